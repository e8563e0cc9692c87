/* SPDX-License-Identifier: MIT */
/* table3_improved_report.c - the table and the picture of table3-improved. */
#include "experiments/curves.h"
#include "experiments/table.h"
#include "experiments/table3_improved.h"

#include <math.h>

static const experiment_summary *find(const experiment_results *r, const improved_plan *p,
                                      const char *metric)
{
    return experiment_results_find(r, p->setting, metric);
}

static rr_status make_table(experiment_context *ctx, const experiment_results *r,
                            const improved_plan *plans, size_t n, rr_error *err)
{
    static const experiment_column columns[] = {
        { "way", "training", 0 },
        { "condition", "condition", 0 },
        { "images", "images", 0 },
        { "errors", "errors", 0 },
        { "fixed", "fixed", 1 },
        { "fixed_percent", "%", 1 },
        { "fixed_percent_sd", "sd", 1 },
        { "accuracy_percent", "test %", 2 },
        { "accuracy_percent_sd", "sd", 2 },
        { "accuracy_change", "against original", 2 },
        { "broken", "broken", 1 },
        { "seeds", "seeds", 0 },
    };
    const experiment_summary *const original =
        experiment_results_find(r, "scratch/none", "accuracy");
    experiment_table *t = NULL;
    rr_status st = RR_OK;

    RRI_TRY(experiment_table_new(columns, sizeof columns / sizeof *columns, &t, err));
    for (size_t k = 0; k < n; k++) {
        const experiment_summary *const fixed = find(r, &plans[k], "fixed");
        const experiment_summary *const accuracy = find(r, &plans[k], "accuracy");
        if (fixed == NULL || accuracy == NULL)
            continue;
        experiment_table_text(t, improved_way_name(plans[k].way));
        experiment_table_text(t, plans[k].budget > 0 ? improved_condition_name(plans[k].condition)
                                                     : "none");
        experiment_table_number(t, experiment_results_mean(r, plans[k].setting, "images"));
        experiment_table_number(t, experiment_results_mean(r, plans[k].setting, "errors"));
        experiment_table_number(t, fixed->mean);
        experiment_add_percent(t, find(r, &plans[k], "share"));
        experiment_add_percent(t, accuracy);
        experiment_table_number(t, original != NULL ? 100.0 * (accuracy->mean - original->mean)
                                                    : (double)NAN);
        experiment_table_number(t, experiment_results_mean(r, plans[k].setting, "broken"));
        experiment_table_number(t, (double)fixed->n);
    }
    RRI_TRY(experiment_publish(ctx, t, "table3-improved.tsv", err));

done:
    experiment_table_free(t);
    return st;
}

/* The lines of the picture: a way with a condition each, over the budgets, from "nothing added" on.
 */
enum { LINES = IMPROVED_WAYS * IMPROVED_CONDITIONS, POINTS = 1 + IMPROVED_BUDGETS, PANELS = 2 };

typedef struct line {
    double x[POINTS], y[POINTS], sd[POINTS];
} line;

static void make_line(const experiment_results *r, const improved_plan *plans, size_t n, size_t way,
                      size_t condition, const char *metric, line *out, size_t *points)
{
    *points = 0;
    for (size_t k = 0; k < n; k++) {
        const experiment_summary *const at = find(r, &plans[k], metric);
        if (plans[k].way != way || (plans[k].budget > 0 && plans[k].condition != condition) ||
            at == NULL)
            continue;
        out->x[*points] = (double)plans[k].budget;
        out->y[*points] = at->mean;
        out->sd[(*points)++] = at->sd;
    }
}

static rr_status draw(experiment_context *ctx, const experiment_results *r,
                      const improved_plan *plans, size_t n, rr_error *err)
{
    static const char *const metrics[PANELS] = { "share", "accuracy" };
    static const char *const names[LINES] = { "guided, going on",      "aligned, going on",
                                              "random, going on",      "guided, from scratch",
                                              "aligned, from scratch", "random, from scratch" };
    line lines[PANELS][LINES];
    experiment_series series[PANELS][LINES];
    const experiment_panel panels[PANELS] = {
        { "Errors fixed", "images added", "share fixed", series[0], LINES, 0.0, 1.0 },
        { "Accuracy", "images added", "test accuracy", series[1], LINES, 0.0, 0.0 },
    };
    experiment_plot plot = { .title = "Repaired MNIST errors and what it costs",
                             .panels = panels,
                             .count = PANELS };

    for (size_t p = 0; p < PANELS; p++)
        for (size_t l = 0; l < LINES; l++) {
            line *const at = &lines[p][l];
            size_t points = 0;
            make_line(r, plans, n, l / IMPROVED_CONDITIONS, l % IMPROVED_CONDITIONS, metrics[p], at,
                      &points);
            series[p][l] = (experiment_series){
                .name = names[l], .x = at->x, .y = at->y, .sd = at->sd, .n = points
            };
        }
    return experiment_publish_plot(ctx, &plot, "table3-improved.svg", err);
}

rr_status improved_report(experiment_context *ctx, const experiment_results *results, rr_error *err)
{
    improved_plan plans[IMPROVED_SETTINGS];
    const size_t n = improved_plans(ctx->quick, plans);
    rr_status st = RR_OK;

    RRI_TRY(make_table(ctx, results, plans, n, err));
    RRI_TRY(draw(ctx, results, plans, n, err));

done:
    return st;
}
