/* SPDX-License-Identifier: MIT */
/* query_lp.c - lp scores of one trace against all training sequences, a block at a time.
 *
 * score = 1 - distance, the distance added up from tables (distance.c): over time-major traces by
 * the scan kernels (kernel/scan.h), else sequence by sequence. Both ways give the same bits. */
#include "influence/query.h"

#include <math.h>
#include <string.h>

enum {
    BLOCK = RRI_SEARCH_BLOCK,
    GLANCE = 256 /* sums compared with one limit before it is set anew */
};

rr_status rri_lp_open(const rr_influence *inf, double p, rri_lp *out, rr_error *err)
{
    rr_status st = RR_OK;

    *out = (rri_lp){ .inf = inf,
                     .distance = inf->l1,
                     .kernels = rri_scan_kernels_for(rri_isa_best()) };
    if (p != 1.0 || inf->l1 == NULL) {
        st = rri_distance_new(p, inf->info.states, inf->info.classes, inf->confidence, &out->own,
                              err);
        out->distance = out->own;
    }
    return st;
}

void rri_lp_close(rri_lp *lp)
{
    rri_distance_free(lp->own);
}

/* ---- the trace ------------------------------------------------------------------------------- */

rr_status rri_lp_trace_new(const rri_lp *lp, rri_lp_trace *out, rr_error *err)
{
    const size_t steps = lp->inf->lanes != NULL ? lp->inf->lanes->steps : 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&out->state, steps, 1, sizeof *out->state, err));
    RRI_TRY(rri_alloc(&out->label, steps, 1, sizeof *out->label, err));

done:
    return st;
}

void rri_lp_trace_free(rri_lp_trace *r)
{
    rri_free(r->state);
    rri_free(r->label);
}

/* Steps beyond the trace's end are padded ones. */
void rri_lp_trace_set(const rri_lp *lp, rri_lp_trace *r, const rr_trace *trace)
{
    const size_t steps = lp->inf->lanes != NULL ? lp->inf->lanes->steps : 0;

    r->trace = *trace;
    for (size_t t = 0; t < steps; t++) {
        const bool there = t < trace->steps;
        r->state[t] = rri_distance_state(lp->distance, there ? trace->states[t] : 0);
        r->label[t] = rri_distance_label(lp->distance, there ? trace->predictions[t] : -1);
    }
}

/* ---- sums ------------------------------------------------------------------------------------ */

/* Sums of steps begin..end-1 of the sequences of a block from `first` on, whole vectors: written.
 */
static void scan_chunk(const rri_lp *lp, const rri_lp_trace *r, size_t first, size_t begin,
                       size_t end, float *sum)
{
    const rri_lanes *l = lp->inf->lanes;
    const rri_scan scan = {
        .steps = end - begin,
        .count = rri_min(l->stride - first, BLOCK),
        .stride = l->stride,
        .state = l->state + begin * l->stride + first,
        .label = l->label + begin * l->stride + first,
        .states = lp->distance->rows,
        .labels = lp->distance->classes,
        .row_state = r->state + begin,
        .row_label = r->label + begin,
    };

    lp->kernels->sum(&scan, sum);
}

/* Chunks run as in rri_distance_pair(): over the common steps, then over the longer one's rest.
 * sum is [BLOCK]. */
static void scan_lanes(const rri_lp *lp, const rri_lp_trace *r, size_t first, float *sum)
{
    const size_t steps = lp->inf->lanes->steps;
    const rr_trace *trace = &r->trace;
    const size_t both = rri_min(trace->steps, steps);
    const size_t n = rri_min(lp->inf->lanes->stride - first, BLOCK);
    float part[BLOCK];
    size_t end = rri_min(both, RRI_DISTANCE_CHUNK);

    scan_chunk(lp, r, first, 0, end, sum);
    while (end < steps) {
        const size_t begin = end;
        end = rri_min(begin < both ? both : steps, begin + RRI_DISTANCE_CHUNK);
        scan_chunk(lp, r, first, begin, end, part);
        for (size_t i = 0; i < n; i++)
            sum[i] += part[i];
    }
    for (size_t begin = both; begin < trace->steps; begin += RRI_DISTANCE_CHUNK) {
        const size_t chunk = rri_min(trace->steps - begin, RRI_DISTANCE_CHUNK);
        const float pad = rri_distance_pad(lp->distance, 0.0f, trace->states + begin,
                                           trace->predictions + begin, chunk);
        for (size_t i = 0; i < n; i++)
            sum[i] += pad;
    }
}

/* ---- scores ---------------------------------------------------------------------------------- */

float rri_lp_pair(const rri_distance *d, const rr_trace *a, const rr_trace *b)
{
    float score = rri_distance_pair(d, a->states, a->predictions, a->steps, b->states,
                                    b->predictions, b->steps);

    rri_distance_score(d, rri_max(a->steps, b->steps), &score, 1);
    return score;
}

static float score_of(const rri_lp *lp, const rri_lp_trace *r, size_t id)
{
    const rr_trace other = rr_traces_at(lp->inf->training, id);

    return rri_lp_pair(lp->distance, &r->trace, &other);
}

void rri_lp_scores(const rri_lp *lp, const rri_lp_trace *r, size_t block, float *scores)
{
    float sum[BLOCK];
    size_t begin = 0;
    size_t end = 0;

    rri_block(lp->inf->info.sequences, BLOCK, block, &begin, &end);
    if (lp->inf->lanes != NULL) {
        scan_lanes(lp, r, begin, sum);
        memcpy(scores + begin, sum, (end - begin) * sizeof *sum);
        rri_distance_score(lp->distance, rri_max(r->trace.steps, lp->inf->lanes->steps),
                           scores + begin, end - begin);
        return;
    }
    for (size_t i = begin; i < end; i++)
        scores[i] = score_of(lp, r, i);
}

/* The n sums of the sequences from `first` on. */
static void take_best(const rri_lp *lp, const rr_query *q, size_t steps, size_t first, size_t n,
                      const float *sum, rri_best *best)
{
    uint32_t near[GLANCE];
    float score[GLANCE];

    for (size_t i = 0; i < n; i += GLANCE) {
        const float limit = best->n == best->k && best->k > 0
                                ? rri_distance_limit(lp->distance, steps, best->heap[0].score)
                                : INFINITY;
        const size_t count = lp->kernels->below(rri_min(n - i, GLANCE), sum + i, limit, near);
        for (size_t j = 0; j < count; j++)
            score[j] = sum[i + near[j]];
        rri_distance_score(lp->distance, steps, score, count);
        for (size_t j = 0; j < count; j++)
            rri_best_offer(best, lp->inf->training, q, first + i + near[j], score[j]);
    }
}

void rri_lp_best(const rri_lp *lp, const rr_query *q, const rri_lp_trace *r, size_t block,
                 rri_best *best)
{
    float sum[BLOCK];
    size_t begin = 0;
    size_t end = 0;

    rri_block(lp->inf->info.sequences, BLOCK, block, &begin, &end);
    if (lp->inf->lanes != NULL) {
        scan_lanes(lp, r, begin, sum);
        take_best(lp, q, rri_max(r->trace.steps, lp->inf->lanes->steps), begin, end - begin, sum,
                  best);
        return;
    }
    for (size_t i = begin; i < end; i++)
        rri_best_offer(best, lp->inf->training, q, i, score_of(lp, r, i));
}
