/* SPDX-License-Identifier: MIT */
/* effect.c - an outcome with the probabilities of both models: classes, how far the predictions of
 * what was and stays right have moved, calibration. Equations: docs/ALGORITHMS.md#outcome. */
#include "rnnrepair/outcome.h"

#include "core/core.h"
#include "repair/repair_internal.h"

#include <float.h>
#include <math.h>

enum { BINS = 15 };

/* The sums behind a calibration. */
typedef struct bins {
    size_t count[BINS], correct[BINS];
    double confidence[BINS];
    double loss;
} bins;

/* Everything that is summed over the rows counted. */
typedef struct sums {
    size_t classes;
    rr_effect effect;
    rr_class_outcome *of_class; /* [C] or NULL */
    bins before, after;
    size_t held; /* right before and after */
} sums;

/* A probability that float made 0 stands for the smallest float: its logarithm is finite. */
static double log_of(float p)
{
    return log(fmax((double)p, (double)FLT_MIN));
}

static void add_to_bins(bins *b, const float *p, uint32_t prediction, uint32_t truth)
{
    const double confidence = (double)p[prediction];
    const size_t k = rri_min((size_t)(fmax(confidence, 0.0) * BINS), BINS - 1);

    b->count[k]++;
    b->correct[k] += prediction == truth;
    b->confidence[k] += confidence;
    b->loss -= log_of(p[truth]);
}

static rr_calibration calibration_of(const bins *b, size_t n)
{
    rr_calibration c = { 0.0, 0.0 };

    if (n == 0)
        return c;
    for (size_t k = 0; k < BINS; k++)
        c.error += fabs(b->confidence[k] - (double)b->correct[k]);
    c.error /= (double)n;
    c.loss = b->loss / (double)n;
    return c;
}

/* sum p ln(p / q); the sum is not below 0, but what rounding leaves of it may be. */
static double divergence(const float *p, const float *q, size_t C)
{
    double sum = 0.0;

    for (size_t c = 0; c < C; c++)
        if (p[c] > 0.0F)
            sum += (double)p[c] * (log_of(p[c]) - log_of(q[c]));
    return fmax(sum, 0.0);
}

static void add_row(sums *s, const rr_predicted *before, const rr_predicted *after, size_t row,
                    uint32_t truth)
{
    const float *p = before->probability + row * s->classes;
    const float *q = after->probability + row * s->classes;
    const bool was = before->prediction[row] == truth, is = after->prediction[row] == truth;

    rri_outcome_add(&s->effect.counts, was, is);
    add_to_bins(&s->before, p, before->prediction[row], truth);
    add_to_bins(&s->after, q, after->prediction[row], truth);
    if (was && is) {
        s->held++;
        s->effect.divergence += divergence(p, q, s->classes);
    }
    if (s->of_class != NULL) {
        rr_class_outcome *c = &s->of_class[truth];
        c->count++;
        c->fixed += !was && is;
        c->newly_broken += was && !is;
        c->recall_before += was;
        c->recall_after += is;
    }
}

static void finish(sums *s)
{
    rr_effect *e = &s->effect;
    rr_outcome *o = &e->counts;

    rri_outcome_finish(o);
    if (s->held > 0)
        e->divergence /= (double)s->held;
    e->before = calibration_of(&s->before, o->count);
    e->after = calibration_of(&s->after, o->count);
    for (size_t c = 0; s->of_class != NULL && c < s->classes; c++) {
        rr_class_outcome *of = &s->of_class[c];
        of->recall_before = of->count > 0 ? of->recall_before / (double)of->count : -1.0;
        of->recall_after = of->count > 0 ? of->recall_after / (double)of->count : -1.0;
    }
}

/* The truth of every row, RR_NO_LABEL where it has none. Memory: *out is owned. */
static rr_status list_truths(const rr_dataset *ds, bool steps, size_t R, uint32_t **out,
                             rr_error *err)
{
    size_t at = 0;
    const rr_status st = rri_alloc(out, R, 1, sizeof **out, err);

    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < rr_dataset_count(ds); i++) {
        const rr_sequence x = rr_dataset_at(ds, i);
        if (!steps)
            (*out)[i] = x.label;
        for (size_t t = 0; steps && t < x.steps; t++)
            (*out)[at++] = x.step_labels[t];
    }
    return RR_OK;
}

rr_status rr_effect_measure(const rr_dataset *ds, int steps, const rr_predicted *before,
                            const rr_predicted *after, const size_t *which, size_t n,
                            rr_effect *out, rr_class_outcome *classes, rr_error *err)
{
    const size_t R = steps ? rr_dataset_steps(ds) : rr_dataset_count(ds);
    sums s = { .classes = before->classes, .of_class = classes };
    uint32_t *truth = NULL;
    rr_status st = RR_OK;

    if (after->classes != before->classes || before->classes < rr_dataset_classes(ds))
        return rri_fail(err, RR_ERR_ARG, -1,
                        "probabilities of %zu classes before and of %zu after, of data of %zu",
                        before->classes, after->classes, rr_dataset_classes(ds));
    if (steps && !rr_dataset_step_labelled(ds))
        return rri_fail(err, RR_ERR_ARG, -1,
                        "the steps have no labels to compare predictions with");
    RRI_TRY(list_truths(ds, steps, R, &truth, err));
    for (size_t c = 0; classes != NULL && c < s.classes; c++)
        classes[c] = (rr_class_outcome){ .count = 0 };
    for (size_t i = 0; i < (which != NULL ? n : R); i++) {
        const size_t row = which != NULL ? which[i] : i;
        if (row >= R)
            RRI_TRY(rri_fail(err, RR_ERR_ARG, (int64_t)i,
                             "entry %zu of the list is %s %zu, but there are %zu", i,
                             steps ? "step" : "sequence", row, R));
        if (truth[row] != RR_NO_LABEL)
            add_row(&s, before, after, row, truth[row]);
    }
    finish(&s);
    *out = s.effect;

done:
    rri_free(truth);
    return st;
}
