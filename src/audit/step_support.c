/* SPDX-License-Identifier: MIT */
/* step_support.c - how well the labels of other training steps support the label of a step.
 *
 * Of the other labelled training steps, n_0 in all, n_1 in the same state with the same prediction
 * and n_2 with the same key, n_i(c) carry label c, of C:
 *
 *     p_0(c) = (n_0(c) + 1) / (n_0 + C)
 *     p_1(c) = (n_1(c) + p_0(c)) / (n_1 + 1)
 *     p_2(c) = (n_2(c) + p_1(c)) / (n_2 + 1)         support = log p_2
 *
 * A key that few other steps have says little, and the wider group decides. Each posting list is
 * tallied once, when its first step comes by; a step's own label is taken out when it is judged. */
#include "rnnrepair/audit_steps.h"

#include "core/core.h"
#include "influence/influence_internal.h"

#include <math.h>
#include <string.h>

/* More counts than this, and the predictions are left out of the state's group: 256 MiB. */
#define MOST_COUNTS ((size_t)1 << 26)

typedef struct work {
    const rr_influence *inf;
    const rr_traces *training;
    rr_key key;
    size_t N, C, Y;   /* Y: predictions told apart, C or 1 */
    uint64_t *offset; /* [N + 1] the first row of each sequence */
    uint32_t *all;    /* [C] */
    uint32_t labelled;
    uint32_t *cell;     /* [K][Y][C] */
    uint32_t *cell_all; /* [K][Y] */
    uint32_t *list;     /* [C] of the posting list at hand */
    float *support;
    uint32_t *best;
} work;

static size_t cell_of(const work *w, const rr_trace *a, size_t t)
{
    return (a->states[t] - 1u) * w->Y + (w->Y > 1 ? a->predictions[t] : 0);
}

static rr_status begin(work *w, const rr_influence *inf, rr_error *err)
{
    const rr_influence_info info = rr_influence_info_of(inf);
    rr_status st = RR_OK;

    w->inf = inf;
    w->training = rr_influence_training(inf);
    w->N = info.sequences;
    w->C = info.classes;
    if (rr_traces_at(w->training, 0).step_labels == NULL)
        return rri_fail(err, RR_ERR_ARG, -1, "the steps of the training set have no labels");
    if (info.steps > UINT32_MAX)
        return rri_fail(err, RR_ERR_UNSUPPORTED, -1, "%zu training steps are above 2^32 - 1",
                        info.steps);
    w->Y = w->C * w->C > MOST_COUNTS / info.states ? 1 : w->C; /* C is below 2^16 */
    RRI_TRY(rri_alloc(&w->offset, w->N + 1, 1, sizeof *w->offset, err));
    RRI_TRY(rri_alloc(&w->all, w->C, 1, sizeof *w->all, err));
    RRI_TRY(rri_alloc(&w->list, w->C, 1, sizeof *w->list, err));
    RRI_TRY(rri_alloc(&w->cell, info.states * w->Y, w->C, sizeof *w->cell, err));
    RRI_TRY(rri_alloc(&w->cell_all, info.states, w->Y, sizeof *w->cell_all, err));
    for (size_t i = 0; i < w->N; i++) {
        const rr_trace a = rr_traces_at(w->training, i);
        w->offset[i + 1] = w->offset[i] + a.steps;
        for (size_t t = 0; t < a.steps; t++) {
            if (a.step_labels[t] == RRI_NO_STEP_LABEL)
                continue;
            w->all[a.step_labels[t]]++;
            w->labelled++;
            w->cell[cell_of(w, &a, t) * w->C + a.step_labels[t]]++;
            w->cell_all[cell_of(w, &a, t)]++;
        }
    }

done:
    return st;
}

static void end(work *w)
{
    rri_free(w->offset);
    rri_free(w->all);
    rri_free(w->list);
    rri_free(w->cell);
    rri_free(w->cell_all);
}

/* p_2 of label c for a step whose own label, which is in all counts, is `given`. */
static double probability(const work *w, size_t cell, uint32_t listed, uint32_t given, uint32_t c)
{
    const double own = c == given ? 1.0 : 0.0;
    const double wide =
        ((double)w->all[c] - own + 1.0) / ((double)w->labelled - 1.0 + (double)w->C);
    const double middle =
        ((double)w->cell[cell * w->C + c] - own + wide) / (double)w->cell_all[cell];

    return ((double)w->list[c] - own + middle) / (double)listed;
}

/* The best supported label other than the given one, ties by lower class. */
static uint32_t best_other(const work *w, size_t cell, uint32_t listed, uint32_t given)
{
    uint32_t best = given == 0;
    double most = -1.0;

    for (uint32_t c = 0; c < w->C; c++) {
        const double p = c != given ? probability(w, cell, listed, given, c) : -1.0;
        if (p > most) {
            most = p;
            best = c;
        }
    }
    return best;
}

static uint32_t tally(work *w, const rr_posting *list, size_t n)
{
    uint32_t listed = 0;

    memset(w->list, 0, w->C * sizeof *w->list);
    for (size_t e = 0; e < n; e++) {
        const rr_trace a = rr_traces_at(w->training, list[e].sequence);
        const uint16_t label = a.step_labels[list[e].step - 1];
        if (label != RRI_NO_STEP_LABEL) {
            w->list[label]++;
            listed++;
        }
    }
    return listed;
}

static void judge_list(work *w, const rr_posting *list, size_t n)
{
    const uint32_t listed = tally(w, list, n);

    for (size_t e = 0; e < n; e++) {
        const rr_trace a = rr_traces_at(w->training, list[e].sequence);
        const size_t t = list[e].step - 1u;
        const size_t row = (size_t)w->offset[list[e].sequence] + t;
        const uint16_t given = a.step_labels[t];
        if (given == RRI_NO_STEP_LABEL)
            continue;
        const size_t cell = cell_of(w, &a, t);
        w->support[row] = (float)log(probability(w, cell, listed, given, given));
        if (w->best != NULL)
            w->best[row] = best_other(w, cell, listed, given);
    }
}

rr_status rr_step_support(const rr_influence *inf, rr_key key, float *support, uint32_t *best,
                          rr_error *err)
{
    work w = { .key = key, .support = support, .best = best };
    rr_status st = RR_OK;

    RRI_TRY(begin(&w, inf, err));
    for (size_t row = 0; row < w.offset[w.N]; row++) {
        support[row] = 0.0F;
        if (best != NULL)
            best[row] = RR_NO_LABEL;
    }
    for (size_t i = 0; i < w.N; i++) {
        const rr_trace a = rr_traces_at(w.training, i);
        for (size_t t = 1; t <= a.steps; t++) {
            const rr_posting *list = NULL;
            size_t n = 0;
            RRI_TRY(rr_influence_segment(inf, key, &a, t, &list, &n, NULL, err));
            if (list[0].sequence == i && list[0].step == t)
                judge_list(&w, list, n);
        }
    }

done:
    end(&w);
    return st;
}
