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
 * of the counts when it is looked up: each r occurs once in a sequence. */
#include "core/core.h"
#include "rnnrepair/audit.h"

#include <math.h>

enum { LAST_STEPS = 64, BLOCK = 512 };

/* More counts than this, and the predictions are left out of the key: 256 MiB. */
#define MOST_COUNTS ((size_t)1 << 26)

typedef struct counting {
    const rr_traces *training;
    size_t K, C;
    size_t Y;        /* predictions told apart: C, or 1 */
    uint32_t *count; /* [steps from the end][K][Y][C] by label */
    uint32_t *all;   /* [steps from the end][K][Y] */
    float *support;  /* [N][C] */
} counting;

/* The place of step t (from 1) of a trace among the counts. */
static size_t cell_of(const counting *c, const rr_trace *a, size_t t)
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

static void count_labels(counting *c)
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

static void support_of(const counting *c, size_t i)
{
    const rr_trace a = rr_traces_at(c->training, i);
    float *out = c->support + i * c->C;
    double weights = 0.0;

    for (size_t t = first_step(&a); t <= a.steps; t++) {
        const size_t cell = cell_of(c, &a, t);
        const uint32_t *n = c->count + cell * c->C;
        const double others = (double)(c->all[cell] - 1) + (double)c->C;
        for (size_t k = 0; k < c->C; k++) {
            const double same = (double)(n[k] - (k == a.label)) + 1.0;
            out[k] += (float)((double)t * log(same / others));
        }
        weights += (double)t;
    }
    for (size_t k = 0; k < c->C; k++)
        out[k] = (float)((double)out[k] / weights);
}

static void support_block(void *ctx, size_t task, size_t worker)
{
    const counting *c = ctx;
    size_t begin = 0;
    size_t end = 0;

    (void)worker;
    rri_block(rr_traces_count(c->training), BLOCK, task, &begin, &end);
    for (size_t i = begin; i < end; i++)
        support_of(c, i);
}

rr_status rr_label_support(const rr_influence *inf, size_t threads, float *support, rr_error *err)
{
    const rr_influence_info info = rr_influence_info_of(inf);
    counting c = { .training = rr_influence_training(inf),
                   .K = info.states,
                   .C = info.classes,
                   .Y = info.classes,
                   .support = support };
    const size_t cells = longest(c.training) * c.K; /* at most 64 * 65535 */
    rr_status st = RR_OK;

    if (c.C * c.C > MOST_COUNTS / cells) /* C is below 2^16 */
        c.Y = 1;
    RRI_TRY(rri_alloc(&c.count, cells * c.Y, c.C, sizeof *c.count, err));
    RRI_TRY(rri_alloc(&c.all, cells, c.Y, sizeof *c.all, err));
    count_labels(&c);
    for (size_t i = 0; i < info.sequences * info.classes; i++)
        support[i] = 0.0f;
    rri_parallel(threads, rri_blocks(info.sequences, BLOCK), support_block, &c);

done:
    rri_free(c.count);
    rri_free(c.all);
    return st;
}
