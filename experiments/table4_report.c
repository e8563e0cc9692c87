/* SPDX-License-Identifier: MIT */
/* table4_report.c - the tables and plots of Table 4: see table4.h. */
#include "experiments/curves.h"
#include "experiments/table.h"
#include "experiments/table4.h"

#include <math.h>
#include <stdlib.h>

/* ---- the paper's ----------------------------------------------------------------------------- */

static const double paper_sizes[TABLE4_SIZES] = { 5, 15, 25, 35, 45 };

/* Percent of the errors fixed at each size, retrained from scratch; 10 seeds. */
static const struct {
    model_task task;
    table4_condition condition;
    double fixed[TABLE4_SIZES];
} paper[] = {
    { MODEL_SST, TABLE4_RANDOM, { 26.09, 21.74, 47.83, 47.83, 60.86 } },
    { MODEL_SST, TABLE4_GUIDED, { 30.43, 52.17, 60.87, 65.22, 65.22 } },
    { MODEL_TOXIC, TABLE4_RANDOM, { 43.63, 63.18, 65.91, 66.36, 61.36 } },
    { MODEL_TOXIC, TABLE4_GUIDED, { 50.00, 65.64, 72.73, 81.82, 81.82 } },
};
enum { PAPERS = sizeof paper / sizeof *paper };

/* NaN where the paper has none. */
static double paper_of(const table4_plan *p)
{
    for (size_t i = 0; i < PAPERS; i++)
        for (size_t s = 0; s < TABLE4_SIZES; s++)
            if (paper[i].task == p->task && paper[i].condition == p->condition &&
                (double)p->m == paper_sizes[s])
                return paper[i].fixed[s];
    return (double)NAN;
}

/* ---- figures --------------------------------------------------------------------------------- */

rr_status table4_stable(const experiment_results *results, const char *setting, size_t *n,
                        double *share, rr_error *err)
{
    const experiment_summary *const errors = experiment_results_find(results, setting, "errors");
    const size_t seeds = errors != NULL ? errors->n : 0;
    experiment_point *points = NULL;
    size_t count = 0;
    double fixed = 0.0;

    *n = 0;
    *share = (double)NAN;
    const rr_status st = experiment_results_curve(results, setting, "error", &points, &count, err);
    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < count; i++)
        if (points[i].n == seeds) {
            fixed += points[i].mean;
            (*n)++;
        }
    if (*n > 0)
        *share = fixed / (double)*n;
    rri_free(points);
    return RR_OK;
}

static rr_status add_row(experiment_table *t, const experiment_results *r, const table4_plan *p,
                         rr_error *err)
{
    const char *const name = p->setting;
    const experiment_summary *const errors = experiment_results_find(r, name, "errors");
    size_t stable = 0;
    double share = 0.0;

    if (errors == NULL || p->condition == TABLE4_BORDER)
        return RR_OK;
    const rr_status st = table4_stable(r, name, &stable, &share, err);
    experiment_table_text(t, model_task_name(p->task));
    experiment_table_text(t, table4_way_name(p->way));
    experiment_table_text(t, table4_condition_name(p->condition));
    experiment_table_number(t, (double)p->m);
    experiment_table_number(t, errors->mean);
    experiment_table_number(t, experiment_results_mean(r, name, "inserted"));
    experiment_table_number(t, experiment_results_mean(r, name, "balance"));
    experiment_add_percent(t, experiment_results_find(r, name, "share"));
    experiment_table_number(t, paper_of(p));
    experiment_table_number(t, (double)stable);
    experiment_table_number(t, 100.0 * share);
    experiment_table_number(t, experiment_results_mean(r, name, "broken"));
    experiment_table_number(t, 100.0 * experiment_results_mean(r, name, "accuracy"));
    experiment_add_percent(t, experiment_results_find(r, name, "change"));
    experiment_table_number(
        t, 100.0 * table4_border_at(r, p->task, experiment_results_mean(r, name, "share")));
    experiment_table_number(t, (double)errors->n);
    return st;
}

static rr_status main_table(experiment_context *ctx, const experiment_results *r,
                            const table4_plan *plans, size_t n, rr_error *err)
{
    static const experiment_column columns[] = {
        { "data", "data", 0 },
        { "retrained", "retrained", 0 },
        { "condition", "condition", 0 },
        { "m", "m", 0 },
        { "errors", "errors", 0 },
        { "inserted", "inserted", 0 },
        { "balance", NULL, 0 },
        { "fixed_percent", "fixed %", 1 },
        { "fixed_percent_sd", "sd", 1 },
        { "paper_percent", "paper", 1 },
        { "stable", "stable", 0 },
        { "stable_fixed_percent", "of them %", 1 },
        { "broken", "broken", 1 },
        { "accuracy_percent", "test %", 2 },
        { "change_points", "change", 2 },
        { "change_points_sd", "sd", 2 },
        { "border_points", "border", 2 },
        { "seeds", "seeds", 0 },
    };
    experiment_table *t = NULL;
    rr_status st = RR_OK;

    RRI_TRY(experiment_table_new(columns, sizeof columns / sizeof *columns, &t, err));
    for (size_t i = 0; i < n; i++)
        RRI_TRY(add_row(t, r, &plans[i], err));
    RRI_TRY(experiment_publish(ctx, t, "table4.tsv", err));
    if (ctx->tables != NULL)
        (void)fprintf(ctx->tables,
                      "\nm: insertions a suspect word; paper: its share fixed, from scratch;\n"
                      "stable: errors to repair under every seed, and how many of them are fixed;\n"
                      "broken: of the whole test set, right before and wrong now; change: of the\n"
                      "accuracy on the test set, in points; border: where as many are fixed by a\n"
                      "constant added to the logit, the best there is, and no training\n\n");

done:
    experiment_table_free(t);
    return st;
}

/* ---- plots ----------------------------------------------------------------------------------- */

enum { SHARE, CHANGE, MEASURES, PANELS = TABLE4_WAYS * MEASURES, DRAWN = TABLE4_BALANCED };
enum { MOST = DRAWN + 1 }; /* series of a panel: a condition each, and the paper's guided */

/* One plot: of a dataset. */
typedef struct drawing {
    experiment_panel panels[PANELS];
    experiment_series series[PANELS][MOST];
    double *room[PANELS][MOST];
    double paper[TABLE4_SIZES];
    size_t n; /* panels */
} drawing;

/* The points of a condition by rising m; the first is m = 0, nothing inserted. */
static size_t condition_points(const experiment_results *r, const table4_plan *plans, size_t n,
                               const table4_plan *of, size_t measure,
                               experiment_point out[TABLE4_SIZES + 1])
{
    const double scale = measure == SHARE ? 1.0 : 100.0;
    size_t count = 0;

    for (size_t i = 0; i < n; i++) {
        const table4_plan *const p = &plans[i];
        if (p->task != of->task || p->way != of->way ||
            (p->condition != of->condition && p->condition != TABLE4_NONE))
            continue;
        const experiment_summary *const at =
            experiment_results_find(r, p->setting, measure == SHARE ? "share" : "change");
        if (at != NULL)
            out[count++] =
                (experiment_point){ (double)p->m, scale * at->mean, scale * at->sd, at->n };
    }
    /* None alone is no curve of the condition. */
    return count > 0 && out[count - 1].x > 0.0 ? count : 0;
}

/* The paper's best condition, behind those measured: its other one would look the same. */
static void add_paper(drawing *d, model_task task, size_t panel, size_t *series)
{
    for (size_t i = 0; i < PAPERS; i++) {
        if (paper[i].task != task || paper[i].condition != TABLE4_GUIDED)
            continue;
        for (size_t s = 0; s < TABLE4_SIZES; s++)
            d->paper[s] = paper[i].fixed[s] / 100.0;
        d->series[panel][(*series)++] = (experiment_series){ .name = "paper: guided",
                                                             .style = EXPERIMENT_REFERENCE,
                                                             .x = paper_sizes,
                                                             .y = d->paper,
                                                             .n = TABLE4_SIZES };
    }
}

static rr_status add_panel(drawing *d, const experiment_results *r, const table4_plan *plans,
                           size_t n, const table4_plan *of, size_t measure, rr_error *err)
{
    static const char *const titles[TABLE4_WAYS][MEASURES] = {
        { "Going on: errors fixed", "Going on: accuracy" },
        { "From scratch: errors fixed", "From scratch: accuracy" },
    };
    experiment_point points[TABLE4_SIZES + 1];
    table4_plan condition = *of;
    size_t series = 0;
    rr_status st = RR_OK;

    for (int a = TABLE4_RANDOM; a <= TABLE4_BALANCED; a++) {
        condition.condition = (table4_condition)a;
        const size_t many = condition_points(r, plans, n, &condition, measure, points);
        if (many == 0)
            continue;
        RRI_TRY(experiment_series_of(table4_condition_name(condition.condition), points, many, 0,
                                     &d->room[d->n][series], &d->series[d->n][series], err));
        series++;
    }
    if (series == 0)
        goto done;
    if (measure == SHARE)
        add_paper(d, of->task, d->n, &series);
    d->panels[d->n] = (experiment_panel){
        .title = titles[of->way][measure],
        .x_label = "insertions a word",
        .y_label = measure == SHARE ? "share fixed" : "change of accuracy, points",
        .series = d->series[d->n],
        .count = series,
        .y_high = measure == SHARE ? 1.0 : 0.0,
    };
    d->n++;

done:
    return st;
}

static rr_status draw(experiment_context *ctx, const experiment_results *r,
                      const table4_plan *plans, size_t n, model_task task, rr_error *err)
{
    const int sst = task == MODEL_SST;
    drawing d = { .n = 0 };
    experiment_plot plot = { .title = sst ? "Table 4: SST" : "Table 4: Toxic", .panels = d.panels };
    rr_status st = RR_OK;

    for (int w = 0; w < TABLE4_WAYS; w++)
        for (size_t m = 0; m < MEASURES; m++) {
            const table4_plan of = { .task = task, .way = (table4_way)w };
            RRI_TRY(add_panel(&d, r, plans, n, &of, m, err));
        }
    if (d.n == 0)
        goto done;
    plot.count = d.n;
    plot.note = "0: nothing inserted. Lines: mean over the seeds; bands: one standard deviation. "
                "The paper retrains from scratch.";
    RRI_TRY(experiment_publish_plot(ctx, &plot, sst ? "table4-sst.svg" : "table4-toxic.svg", err));

done:
    for (size_t p = 0; p < PANELS; p++)
        for (size_t s = 0; s < MOST; s++)
            rri_free(d.room[p][s]);
    return st;
}

rr_status table4_report(experiment_context *ctx, const experiment_results *results, rr_error *err)
{
    table4_plan plans[TABLE4_PLANS];
    const size_t n = table4_plans(0, plans); /* those of a quick trial are among them */
    rr_status st = RR_OK;

    RRI_TRY(main_table(ctx, results, plans, n, err));
    RRI_TRY(draw(ctx, results, plans, n, MODEL_SST, err));
    RRI_TRY(draw(ctx, results, plans, n, MODEL_TOXIC, err));
    RRI_TRY(table4_draw_cost(ctx, results, plans, n, err));

done:
    return st;
}
