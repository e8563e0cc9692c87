/* SPDX-License-Identifier: MIT */
/* repair_shift.c - control "shift" of a repair: the decision threshold is moved, and nothing else.
 *
 * Adding b to the logit of one class multiplies its probability by e^b before all are divided by
 * their sum; so the probabilities of the run before are enough. With l_j = ln p_j, b > 0 on class c
 * turns an input of truth c right where b > max_{j /= c} l_j - l_c, and b < 0 one of another truth
 * t, which leads among the others, where -b > l_c - l_t. More of the same sign fixes no fewer
 * targets, so the k-th smallest of these bounds is the least shift that fixes k. */
#include "workflow/repairing.h"

#include "data/data_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Beyond its bound a shift goes so far, in logits, that rounding cannot undo it. */
static const double beyond = 1e-4;

/* Rows of probabilities with their truths. Borrowed. */
typedef struct rows {
    const uint32_t *truth; /* of each row; RR_NO_LABEL: passed over */
    const float *p;        /* [n][C] */
    size_t n, C;
} rows;

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* The class with the largest p, class c left out and the lower of equal ones; C where c is the only
 * one. */
static size_t best_other(const float *p, size_t C, size_t c)
{
    size_t best = C;

    for (size_t j = 0; j < C; j++)
        if (j != c && (best == C || p[j] > p[best]))
            best = j;
    return best;
}

/* The bound beyond which a shift of class c up, or down, turns a wrong row right; infinity: none.
 */
static double bound_of(const float *p, size_t C, uint32_t truth, size_t c, bool up)
{
    const size_t other = best_other(p, C, c);

    if (other == C || p[c] <= 0.0F || p[other] <= 0.0F || (up ? truth != c : truth != other))
        return HUGE_VAL;
    const double from = log((double)p[c]), to = log((double)p[other]);
    return up ? to - from : from - to;
}

/* The class that is predicted with a shift: of equal ones the lower, as without. */
static uint32_t shifted(const float *p, size_t C, rr_logit_shift s)
{
    const size_t other = best_other(p, C, s.label);

    if (other == C)
        return s.label;
    const double own = log((double)p[s.label]) + s.by, against = log((double)p[other]);
    return own > against || (own >= against && s.label < other) ? s.label : (uint32_t)other;
}

static size_t count_right(const rows *x, rr_logit_shift s)
{
    size_t n = 0;

    for (size_t i = 0; i < x->n; i++)
        n += x->truth[i] != RR_NO_LABEL && shifted(x->p + i * x->C, x->C, s) == x->truth[i];
    return n;
}

/* The shift of one class and direction: *fixes of the targets; `bounds` is [targets->n]. */
static size_t list_bounds(const rows *targets, size_t c, bool up, double *bounds)
{
    size_t n = 0;

    for (size_t i = 0; i < targets->n; i++) {
        const double b =
            bound_of(targets->p + i * targets->C, targets->C, targets->truth[i], c, up);
        if (b < HUGE_VAL)
            bounds[n++] = b;
    }
    qsort(bounds, n, sizeof *bounds, by_size);
    return n;
}

/* What has been found so far. */
typedef struct search {
    rr_logit_shift best;
    bool reached; /* it fixes as many as are wanted */
    size_t right; /* where none does: targets and guard inputs right by `best` */
} search;

/* Consider the shifts of one class and direction. */
static void consider(search *f, const rows *targets, const rows *guard, size_t wanted, size_t c,
                     bool up, const double *bounds, size_t n)
{
    if (n >= wanted) {
        const double by = bounds[wanted - 1] + beyond;
        if (!f->reached || by < fabs(f->best.by))
            f->best = (rr_logit_shift){ (uint32_t)c, up ? by : -by };
        f->reached = true;
        return;
    }
    for (size_t k = 0; !f->reached && k < n; k++) {
        const double by = bounds[k] + beyond;
        const rr_logit_shift s = { (uint32_t)c, up ? by : -by };
        const size_t right = count_right(targets, s) + count_right(guard, s);
        if (right > f->right) {
            f->right = right;
            f->best = s;
        }
    }
}

static rr_status choose(const rows *targets, const rows *guard, size_t wanted, rr_logit_shift *out,
                        rr_error *err)
{
    search f = { .best = { 0, 0.0 } };
    double *bounds = NULL;
    rr_status st = RR_OK;

    f.right = count_right(targets, f.best) + count_right(guard, f.best);
    wanted = rri_max(wanted, 1);
    RRI_TRY(rri_alloc(&bounds, targets->n, 1, sizeof *bounds, err));
    for (size_t c = 0; c < targets->C; c++)
        for (int up = 0; up < 2; up++) {
            const size_t n = list_bounds(targets, c, up != 0, bounds);
            consider(&f, targets, guard, wanted, c, up != 0, bounds, n);
        }
    *out = f.best;

done:
    rri_free(bounds);
    return st;
}

/* ---- the inputs ----------------------------------------------------------------------------- */

/* Predictions and probabilities before of a set, with the truths. All owned. */
typedef struct before {
    uint32_t *prediction, *truth;
    float *p;
    size_t n;
} before;

static void clear(before *b)
{
    rri_free(b->prediction);
    rri_free(b->truth);
    rri_free(b->p);
}

static rr_status look(const rri_ground *g, const rr_dataset *ds, before *out, rr_error *err)
{
    const bool steps = rri_session_by_steps(g->s);
    rr_status st = RR_OK;

    RRI_TRY(rri_predict_all(g->s->net, ds, g->s->threads, NULL, &out->prediction, &out->p, err));
    RRI_TRY(rri_dataset_truths(ds, steps, &out->truth, err));
    out->n = steps ? rr_dataset_steps(ds) : rr_dataset_count(ds);

done:
    return st;
}

/* The targets alone, of all of their set. Memory: *truth and *p are owned. */
static rr_status take_targets(const rri_ground *g, const before *all, size_t C, uint32_t **truth,
                              float **p, rr_error *err)
{
    const size_t n = g->targets->count;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(truth, n, 1, sizeof **truth, err));
    RRI_TRY(rri_alloc(p, n, C, sizeof **p, err));
    for (size_t i = 0; i < n; i++) {
        const size_t row = g->targets->ids[i];
        (*truth)[i] = all->truth[row];
        memcpy(*p + i * C, all->p + row * C, C * sizeof **p);
    }

done:
    return st;
}

/* What is said with the shift; probability (may be NULL) gets the probabilities with it. */
static rr_status apply(const float *p, size_t n, size_t C, rr_logit_shift s, uint32_t **prediction,
                       float *probability, rr_error *err)
{
    const rr_status st = rri_alloc(prediction, n, 1, sizeof **prediction, err);

    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < n; i++) {
        const float *from = p + i * C;
        const double with = (double)from[s.label] * exp(s.by);
        double sum = with;
        for (size_t j = 0; j < C; j++)
            sum += j != s.label ? (double)from[j] : 0.0;
        (*prediction)[i] = shifted(from, C, s);
        for (size_t j = 0; probability != NULL && j < C; j++)
            probability[i * C + j] = (float)((j == s.label ? with : (double)from[j]) / sum);
    }
    return RR_OK;
}

rr_status rri_shift(const rri_ground *g, size_t fixed, rr_logit_shift *out, rri_told *told,
                    rr_error *err)
{
    const size_t C = g->said.classes;
    const size_t R =
        rri_session_by_steps(g->s) ? rr_dataset_steps(g->measured) : rr_dataset_count(g->measured);
    before own = { .n = 0 }, guard = { .n = 0 };
    uint32_t *truth = NULL;
    float *p = NULL;
    rr_status st = RR_OK;

    RRI_TRY(look(g, g->ds, &own, err));
    if (g->guard->on)
        RRI_TRY(look(g, g->guard_inputs, &guard, err));
    RRI_TRY(take_targets(g, &own, C, &truth, &p, err));
    const rows targets = { truth, p, g->targets->count, C };
    const rows watched = { guard.truth, guard.p, guard.n, C };
    RRI_TRY(choose(&targets, &watched, fixed, out, err));
    RRI_TRY(rri_alloc(&told->probability, R, C, sizeof *told->probability, err));
    RRI_TRY(apply(g->said.probability, R, C, *out, &told->measured, told->probability, err));
    if (g->ds != g->measured)
        RRI_TRY(apply(own.p, own.n, C, *out, &told->own, NULL, err));
    if (g->guard->on)
        RRI_TRY(apply(guard.p, guard.n, C, *out, &told->guard, NULL, err));

done:
    rri_free(p);
    rri_free(truth);
    clear(&guard);
    clear(&own);
    return st;
}
