/* SPDX-License-Identifier: MIT */
/* table4_border.c - what the errors cost without any training: see table4.h.
 *
 * All targets are of one class, and so is what repairs them: retraining may do no more than move
 * the border between the classes. That much is had by adding a constant s to the logit of the
 * class:
 *
 *     a sentence is read as the class where log p(class) - log p(the others) + s > 0
 *
 * For each number of targets there is a cheapest s >= 0. A repair is worth its name where it costs
 * less. The s is chosen on the test set itself, so the border is shown at its best. */
#include "experiments/table4.h"

#include <math.h>
#include <stdlib.h>

static int nearest_first(const void *a, const void *b)
{
    const table4_margin *const x = a, *const y = b;
    return (x->margin < y->margin) - (x->margin > y->margin);
}

void table4_border_curve(table4_margin *sentences, size_t n, double change[TABLE4_PERCENTS])
{
    size_t targets = 0, fixed = 0;
    long gained = 0;

    for (size_t i = 0; i < n; i++)
        targets += sentences[i].is_target != 0;
    for (size_t p = 0; p < TABLE4_PERCENTS; p++)
        change[p] = p * targets == 0 ? 0.0 : -1.0; /* where it is; no other place is worse */
    qsort(sentences, n, sizeof *sentences, nearest_first);
    for (size_t i = 0; i < n; i++) {
        if (sentences[i].margin > 0.0F) /* read as the class already */
            continue;
        gained += sentences[i].of_class ? 1 : -1;
        fixed += sentences[i].is_target != 0;
        if (i + 1 < n && !(sentences[i + 1].margin < sentences[i].margin))
            continue; /* equals turn together */
        for (size_t p = 0; p < TABLE4_PERCENTS && 100 * fixed >= p * targets; p++)
            change[p] = fmax(change[p], (double)gained / (double)n);
    }
}

/* How far each test sentence lies on the side of the class of the targets. */
static rr_status measure(const experiment_context *ctx, const table4_case *c, table4_margin *out,
                         rr_error *err)
{
    const size_t n = rr_dataset_count(c->m.test), C = rr_network_config_of(c->m.net).classes;
    float *probabilities = NULL; /* [n][C] */
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&probabilities, n * C, 1, sizeof *probabilities, err));
    RRI_TRY(rr_network_probabilities(c->m.net, c->m.test, ctx->threads, probabilities, err));
    for (size_t i = 0; i < n; i++) {
        const double p = (double)probabilities[i * C + c->truth];
        out[i].margin = (float)(log(p) - log1p(-p));
        out[i].of_class = rr_dataset_at(c->m.test, i).label == c->truth;
    }
    for (size_t i = 0; i < c->n; i++)
        out[c->targets[i]].is_target = 1;

done:
    rri_free(probabilities);
    return st;
}

rr_status table4_border(experiment_context *ctx, const table4_case *c, const table4_plan *p,
                        rr_error *err)
{
    const size_t n = rr_dataset_count(c->m.test);
    double change[TABLE4_PERCENTS];
    table4_margin *sentences = NULL;
    experiment_figures m = { .n = 0 };
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&sentences, n, 1, sizeof *sentences, err));
    RRI_TRY(measure(ctx, c, sentences, err));
    table4_border_curve(sentences, n, change);
    RRI_TRY(experiment_figures_begin(&m, 1 + TABLE4_PERCENTS, err));
    experiment_figure(&m, "errors", (double)c->n);
    for (size_t percent = 0; percent < TABLE4_PERCENTS; percent++)
        experiment_figure_at(&m, "change", percent, change[percent]);
    RRI_TRY(experiment_record(ctx, p->setting, c->seed, m.list, m.n, err));

done:
    experiment_figures_clear(&m);
    rri_free(sentences);
    return st;
}
