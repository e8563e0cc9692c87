/* SPDX-License-Identifier: MIT */
/* support.c - how well the labels of other training sequences support each label of each sequence.
 *
 * Step t of sequence i lies r = T_i - t steps before its end, in state q with prediction y. Of the
 * other training sequences that are in (q, y) at the same r, n carry label c, of n_all:
 *
 *     support(i, c) = sum_t t log((n + 1) / (n_all + C)) / sum_t t,     the last 64 steps
 *
 * Steps are compared from the end on, since that is where a reading is made; early steps, which
 * most classes share, weigh less. Counting is one pass, and the sequence's own label is taken out
 * of the counts when it is looked up: each r occurs once in a sequence. All logarithms are of whole
 * numbers up to N + C, and are looked up. */
#include "audit/support.h"

#include "influence/influence_internal.h"

#include <math.h>

enum { LAST_STEPS = 64, BLOCK = 512 };

/* More counts than this, and the predictions are left out of the key: 256 MiB. */
#define MOST_COUNTS ((size_t)1 << 26)

struct rri_support {
    const rr_traces *training; /* borrowed */
    size_t K, C;
    size_t longest;    /* steps of the longest training sequence, at most LAST_STEPS */
    size_t Y;          /* predictions told apart: C, or 1 */
    uint32_t *count;   /* [steps from the end][K][Y][C] by label */
    uint32_t *all;     /* [steps from the end][K][Y] */
    double *logarithm; /* [N + C + 1], of 0 unused */
};

/* The place of step t (from 1) of a trace among the counts. */
static size_t cell_of(const rri_support *c, const rr_trace *a, size_t t)
{
    const size_t y = c->Y > 1 ? a->predictions[t - 1] : 0;

    return ((a->steps - t) * c->K + (a->states[t - 1] - 1u)) * c->Y + y;
}

static size_t first_step(const rr_trace *a)
{
    return a->steps > LAST_STEPS ? a->steps - LAST_STEPS + 1 : 1;
}

static size_t longest(const rr_traces *t)
{
    size_t most = 0;

    for (size_t i = 0; i < rr_traces_count(t); i++)
        most = rri_max(most, rr_traces_at(t, i).steps);
    return rri_min(most, LAST_STEPS);
}

static void count_labels(rri_support *c)
{
    for (size_t i = 0; i < rr_traces_count(c->training); i++) {
        const rr_trace a = rr_traces_at(c->training, i);
        for (size_t t = first_step(&a); t <= a.steps; t++) {
            const size_t cell = cell_of(c, &a, t);
            c->count[cell * c->C + a.label]++;
            c->all[cell]++;
        }
    }
}

rr_status rri_support_new(const rr_influence *inf, rri_support **out, rr_error *err)
{
    const rr_influence_info info = rr_influence_info_of(inf);
    rri_support *c = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_alloc(&c, 1, 1, sizeof *c, err));
    c->training = rr_influence_training(inf);
    c->K = info.states;
    c->C = info.classes;
    c->longest = longest(c->training);
    const size_t cells = rri_max(1, c->longest * c->K);  /* at most 64 * 65535 */
    c->Y = c->C * c->C > MOST_COUNTS / cells ? 1 : c->C; /* C is below 2^16 */
    RRI_TRY(rri_alloc(&c->count, cells * c->Y, c->C, sizeof *c->count, err));
    RRI_TRY(rri_alloc(&c->all, cells, c->Y, sizeof *c->all, err));
    RRI_TRY(rri_alloc(&c->logarithm, info.sequences + c->C + 1, 1, sizeof(double), err));
    for (size_t n = 1; n <= info.sequences + c->C; n++)
        c->logarithm[n] = log((double)n);
    count_labels(c);
    *out = c;
    c = NULL;

done:
    rri_support_free(c);
    return st;
}

void rri_support_free(rri_support *c)
{
    if (c == NULL)
        return;
    rri_free(c->count);
    rri_free(c->all);
    rri_free(c->logarithm);
    rri_free(c);
}

double rri_support_at(const rri_support *c, const rr_trace *a, bool inside, uint32_t label)
{
    const uint32_t own = inside && a->label == label;
    double sum = 0.0;
    double weights = 0.0;

    for (size_t t = first_step(a); t <= a->steps; t++) {
        size_t same = 1;
        size_t others = c->C;
        if (a->steps - t < c->longest) {
            const size_t cell = cell_of(c, a, t);
            same += c->count[cell * c->C + label] - own;
            others += c->all[cell] - (size_t)inside;
        }
        sum += (double)t * (c->logarithm[same] - c->logarithm[others]);
        weights += (double)t;
    }
    return sum / weights;
}

double rri_support_of(const rri_support *c, size_t i, uint32_t label)
{
    const rr_trace a = rr_traces_at(c->training, i);

    return rri_support_at(c, &a, true, label);
}

/* ---- of every label -------------------------------------------------------------------------- */

typedef struct filling {
    const rri_support *counts;
    const rr_traces *traces;
    bool inside;    /* they are those that are counted */
    float *support; /* [N][C] */
} filling;

static void support_block(void *ctx, size_t task, size_t worker)
{
    const filling *f = ctx;
    const size_t C = f->counts->C;
    size_t begin = 0;
    size_t end = 0;

    (void)worker;
    rri_block(rr_traces_count(f->traces), BLOCK, task, &begin, &end);
    for (size_t i = begin; i < end; i++) {
        const rr_trace a = rr_traces_at(f->traces, i);
        for (uint32_t c = 0; c < C; c++)
            f->support[i * C + c] = (float)rri_support_at(f->counts, &a, f->inside, c);
    }
}

rr_status rr_label_support_of(const rr_influence *inf, const rr_traces *traces, size_t threads,
                              float *support, rr_error *err)
{
    filling f = { .traces = rr_influence_training(inf), .inside = true, .support = support };
    rri_support *counts = NULL;
    rr_status st = RR_OK;

    if (traces != NULL && traces != f.traces) {
        f.traces = traces;
        f.inside = false;
    }
    for (size_t i = 0; !f.inside && i < rr_traces_count(f.traces); i++) {
        const rr_trace a = rr_traces_at(f.traces, i);
        RRI_TRY(rri_trace_check(inf, &a, err));
    }
    RRI_TRY(rri_support_new(inf, &counts, err));
    f.counts = counts;
    rri_parallel(threads, rri_blocks(rr_traces_count(f.traces), BLOCK), support_block, &f);

done:
    rri_support_free(counts);
    return st;
}

rr_status rr_label_support(const rr_influence *inf, size_t threads, float *support, rr_error *err)
{
    return rr_label_support_of(inf, NULL, threads, support, err);
}
