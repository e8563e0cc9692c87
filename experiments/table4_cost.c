/* SPDX-License-Identifier: MIT */
/* table4_cost.c - what repairs cost, beside what moving the border alone costs: see table4.h. */
#include "experiments/curves.h"
#include "experiments/table4.h"

#include <math.h>

double table4_border_at(const experiment_results *r, model_task task, double share)
{
    char setting[48], metric[24];

    if (isnan(share))
        return (double)NAN;
    (void)snprintf(setting, sizeof setting, "%s/%s", model_task_name(task),
                   table4_condition_name(TABLE4_BORDER));
    (void)snprintf(metric, sizeof metric, "change@%d", (int)(100.0 * share + 1e-9));
    return experiment_results_mean(r, setting, metric);
}

/* ---- plot ------------------------------------------------------------------------------------ */

enum { PANELS = 2 * TABLE4_WAYS, DRAWN = TABLE4_BORDER, MOST = DRAWN + 1 };

/* A condition by rising m, nothing inserted first; or the border by percent. */
typedef struct line {
    double x[TABLE4_PERCENTS], y[TABLE4_PERCENTS];
} line;

typedef struct drawing {
    experiment_panel panels[PANELS];
    experiment_series series[PANELS][MOST];
    line lines[PANELS][MOST];
    size_t n; /* panels */
} drawing;

static size_t draw_condition(const experiment_results *r, const table4_plan *plans, size_t n,
                             const table4_plan *of, line *out)
{
    size_t count = 0;
    double m = 0.0;

    for (size_t i = 0; i < n; i++) {
        const table4_plan *const p = &plans[i];
        const double share = experiment_results_mean(r, p->setting, "share");
        if (p->task != of->task || p->way != of->way || isnan(share) ||
            (p->condition != of->condition && p->condition != TABLE4_NONE))
            continue;
        m = (double)p->m;
        out->x[count] = share;
        out->y[count++] = 100.0 * experiment_results_mean(r, p->setting, "change");
    }
    return m > 0.0 ? count : 0; /* none alone is no curve of the condition */
}

/* As far as the conditions come, for beyond that it falls steeply. */
static size_t draw_border(const experiment_results *r, model_task task, double end, line *out)
{
    size_t count = 0;

    for (size_t p = 0; p < TABLE4_PERCENTS && (double)p <= 100.0 * end; p++) {
        const double share = (double)p / 100.0;
        const double change = table4_border_at(r, task, share);
        if (isnan(change))
            continue;
        out->x[count] = share;
        out->y[count++] = 100.0 * change;
    }
    return count;
}

static void add_series(drawing *d, size_t *count, const char *name, experiment_style style,
                       size_t points)
{
    const line *const at = &d->lines[d->n][*count];

    if (points > 0)
        d->series[d->n][(*count)++] = (experiment_series){
            .name = name, .style = style, .x = at->x, .y = at->y, .n = points
        };
}

static void add_panel(drawing *d, const experiment_results *r, const table4_plan *plans, size_t n,
                      const table4_plan *of)
{
    static const char *const titles[2][TABLE4_WAYS] = {
        { "SST, going on", "SST, from scratch" },
        { "Toxic, going on", "Toxic, from scratch" },
    };
    table4_plan condition = *of;
    size_t series = 0;
    double end = 0.0;

    for (int a = TABLE4_RANDOM; a < DRAWN; a++) {
        line *const at = &d->lines[d->n][series];
        condition.condition = (table4_condition)a;
        const size_t points = draw_condition(r, plans, n, &condition, at);
        for (size_t i = 0; i < points; i++)
            end = fmax(end, at->x[i]);
        add_series(d, &series, table4_condition_name(condition.condition), EXPERIMENT_MEASURED,
                   points);
    }
    if (series == 0)
        return;
    add_series(d, &series, "border moved", EXPERIMENT_REFERENCE,
               draw_border(r, of->task, end, &d->lines[d->n][series]));
    d->panels[d->n] = (experiment_panel){
        .title = titles[of->task == MODEL_TOXIC][of->way],
        .x_label = "share fixed",
        .y_label = "change of accuracy, points",
        .series = d->series[d->n],
        .count = series,
    };
    d->n++;
}

rr_status table4_draw_cost(experiment_context *ctx, const experiment_results *r,
                           const table4_plan *plans, size_t n, rr_error *err)
{
    static const model_task tasks[] = { MODEL_SST, MODEL_TOXIC };
    drawing d = { .n = 0 };
    experiment_plot plot = { .title = "Table 4: what repairs cost", .panels = d.panels };

    for (int w = 0; w < TABLE4_WAYS; w++)
        for (size_t t = 0; t < 2; t++) {
            const table4_plan of = { .task = tasks[t], .way = (table4_way)w };
            add_panel(&d, r, plans, n, &of);
        }
    if (d.n == 0)
        return RR_OK;
    plot.count = d.n;
    plot.note = "Each line begins where nothing is inserted; m rises along it. Border moved: a "
                "constant added to the logit, no training.";
    return experiment_publish_plot(ctx, &plot, "table4-cost.svg", err);
}
