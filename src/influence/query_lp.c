/* SPDX-License-Identifier: MIT */
/* query_lp.c - lp scores of one trace against all training sequences, a block at a time.
 *
 * score = 1 - distance, the distance being a sum of table entries (distance.c): over time-major
 * traces by the scan kernels (kernel/scan.h), else sequence by sequence. Both give the same bits.
 *
 * Once k sequences are kept, a coarse scan rejects most others: with every table entry rounded down
 * to a multiple of a unit, a sum of small integers is a lower bound of the distance, up to
 * rounding, for which coarse_limit() allows. Exact sums are computed only where the bound is below
 * the distance of the worst one kept. */
#include "influence/query.h"

#include <math.h>
#include <string.h>

enum {
    BLOCK = RRI_SEARCH_BLOCK,
    PENDING = RRI_SCAN_LANES, /* sequences scored exactly together after a coarse scan */
    FILTER_CHUNK = 256        /* sums compared with one limit before it is updated */
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

static size_t scan_steps(const rri_lp *lp)
{
    return lp->inf->time_major != NULL ? lp->inf->time_major->steps : 0;
}

_Static_assert((int)RRI_DISTANCE_CHUNK <= (int)RRI_COARSE_STEPS, "a coarse scan covers one chunk");

/* A coarse scan requires equal lengths of one chunk, and rows that fit. */
static bool coarse_pays(const rri_lp *lp)
{
    return lp->kernels->coarse != NULL && lp->kernels != &rri_scan_ref && scan_steps(lp) > 0 &&
           scan_steps(lp) <= RRI_DISTANCE_CHUNK && lp->distance->rows <= RRI_COARSE_ROW &&
           lp->distance->classes <= RRI_COARSE_ROW;
}

rr_status rri_lp_trace_new(const rri_lp *lp, rri_lp_trace *out, rr_error *err)
{
    const size_t steps = scan_steps(lp);
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&out->state, steps, 1, sizeof *out->state, err));
    RRI_TRY(rri_alloc(&out->label, steps, 1, sizeof *out->label, err));
    if (coarse_pays(lp)) {
        RRI_TRY(rri_alloc(&out->coarse_state, steps, RRI_COARSE_ROW, 1, err));
        RRI_TRY(rri_alloc(&out->coarse_label, steps, RRI_COARSE_ROW, 1, err));
    }

done:
    return st;
}

void rri_lp_trace_free(rri_lp_trace *r)
{
    rri_free(r->state);
    rri_free(r->label);
    rri_free(r->coarse_state);
    rri_free(r->coarse_label);
}

static float largest_of(const float *row, size_t n)
{
    float most = 0.0f;

    for (size_t i = 0; i < n; i++)
        most = row[i] > most ? row[i] : most;
    return most;
}

static void round_row(const float *row, size_t n, float inverse, uint8_t *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)(row[i] * inverse);
}

/* Rows rounded down: the unit is such that the largest term of a step stays below 255. */
static void make_coarse(const rri_lp *lp, rri_lp_trace *r)
{
    const size_t states = lp->distance->rows;
    const size_t labels = lp->distance->classes;
    float most = 0.0f;

    r->unit = 0.0f;
    if (r->coarse_state == NULL || r->trace.steps != scan_steps(lp))
        return;
    for (size_t t = 0; t < r->trace.steps; t++) {
        const float term = largest_of(r->state[t], states) + largest_of(r->label[t], labels);
        most = term > most ? term : most;
    }
    if (!(most > 0.0f) || !isfinite(most))
        return;
    r->unit = most / 254.0f;
    for (size_t t = 0; t < r->trace.steps; t++) {
        round_row(r->state[t], states, 1.0f / r->unit, r->coarse_state + t * RRI_COARSE_ROW);
        round_row(r->label[t], labels, 1.0f / r->unit, r->coarse_label + t * RRI_COARSE_ROW);
    }
}

/* Steps beyond the trace's end are padding. */
void rri_lp_trace_set(const rri_lp *lp, rri_lp_trace *r, const rr_trace *trace)
{
    r->trace = *trace;
    for (size_t t = 0; t < scan_steps(lp); t++) {
        const bool there = t < trace->steps;
        r->state[t] = rri_distance_state(lp->distance, there ? trace->states[t] : 0);
        r->label[t] = rri_distance_label(lp->distance, there ? trace->predictions[t] : -1);
    }
    make_coarse(lp, r);
}

/* ---- sums ------------------------------------------------------------------------------------ */

/* Write the sums over steps begin..end-1 of the sequences of a block from `first` on, in whole
 * vectors. */
static void scan_chunk(const rri_lp *lp, const rri_lp_trace *r, size_t first, size_t begin,
                       size_t end, float *sum)
{
    const rri_time_major *l = lp->inf->time_major;
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

/* Chunks as in rri_distance_pair(): over the common steps, then over the rest of the longer one.
 * sum is [BLOCK]. */
static void scan_time_major(const rri_lp *lp, const rri_lp_trace *r, size_t first, float *sum)
{
    const size_t steps = lp->inf->time_major->steps;
    const rr_trace *trace = &r->trace;
    const size_t both = rri_min(trace->steps, steps);
    const size_t n = rri_min(lp->inf->time_major->stride - first, BLOCK);
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
    if (lp->inf->time_major != NULL) {
        scan_time_major(lp, r, begin, sum);
        memcpy(scores + begin, sum, (end - begin) * sizeof *sum);
        rri_distance_score(lp->distance, rri_max(r->trace.steps, lp->inf->time_major->steps),
                           scores + begin, end - begin);
        return;
    }
    for (size_t i = begin; i < end; i++)
        scores[i] = score_of(lp, r, i);
}

/* Offer sequences by their sums; score is [n] and holds the sums on entry. */
static void offer(const rri_lp *lp, const rr_query *q, size_t steps, const uint32_t *id, size_t n,
                  float *score, rri_best *best)
{
    rri_distance_score(lp->distance, steps, score, n);
    for (size_t i = 0; i < n; i++)
        rri_best_offer(best, lp->inf->training, q, id[i], score[i]);
}

/* The n sums of the sequences from `first` on. */
static void take_best(const rri_lp *lp, const rr_query *q, size_t steps, size_t first, size_t n,
                      const float *sum, rri_best *best)
{
    uint32_t id[FILTER_CHUNK];
    float score[FILTER_CHUNK];

    for (size_t i = 0; i < n; i += FILTER_CHUNK) {
        const float limit = rri_best_full(best)
                                ? rri_distance_limit(lp->distance, steps, best->heap[0].score)
                                : INFINITY;
        const size_t count = lp->kernels->below(rri_min(n - i, FILTER_CHUNK), sum + i, limit, id);
        for (size_t j = 0; j < count; j++) {
            score[j] = sum[i + id[j]];
            id[j] += (uint32_t)(first + i);
        }
        offer(lp, q, steps, id, count, score, best);
    }
}

/* ---- coarse scan ---------------------------------------------------------------------------- */

/* Score n sequences exactly, at most PENDING, and offer them: their traces are gathered into
 * time-major order. */
static void take_pending(const rri_lp *lp, const rr_query *q, const rri_lp_trace *r,
                         const uint32_t *id, size_t n, rri_best *best)
{
    uint8_t state[RRI_DISTANCE_CHUNK * PENDING];
    uint8_t label[RRI_DISTANCE_CHUNK * PENDING];
    float sum[PENDING];
    const rri_scan scan = {
        .steps = r->trace.steps,
        .count = PENDING,
        .stride = PENDING,
        .state = state,
        .label = label,
        .states = lp->distance->rows,
        .labels = lp->distance->classes,
        .row_state = r->state,
        .row_label = r->label,
    };

    if (n < PENDING) {
        memset(state, 0, r->trace.steps * PENDING);
        memset(label, 0, r->trace.steps * PENDING);
    }
    for (size_t i = 0; i < n; i++) {
        const rr_trace a = rr_traces_at(lp->inf->training, id[i]);
        for (size_t t = 0; t < a.steps; t++) {
            state[t * PENDING + i] = (uint8_t)a.states[t];
            label[t * PENDING + i] = (uint8_t)a.predictions[t];
        }
    }
    lp->kernels->sum(&scan, sum);
    offer(lp, q, r->trace.steps, id, n, sum, best);
}

/* The largest coarse sum possible for a sequence whose score reaches that of the worst one kept.
 * The relative error of the float sums is below 1e-5. */
static uint16_t coarse_limit(const rri_lp *lp, const rri_lp_trace *r, const rri_best *best)
{
    const float limit = rri_distance_limit(lp->distance, r->trace.steps, best->heap[0].score);
    const double units = (double)limit * (1.0 + 1e-5) / (double)r->unit + 1.0;

    return units < (double)UINT16_MAX ? (uint16_t)units : UINT16_MAX;
}

/* *best is full. */
static void take_near(const rri_lp *lp, const rr_query *q, const rri_lp_trace *r, size_t first,
                      size_t n, rri_best *best)
{
    const rri_time_major *l = lp->inf->time_major;
    const rri_coarse scan = { .steps = r->trace.steps,
                              .count = rri_min(l->stride - first, BLOCK),
                              .stride = l->stride,
                              .state = l->state + first,
                              .label = l->label + first,
                              .row_state = r->coarse_state,
                              .row_label = r->coarse_label };
    uint16_t bound[BLOCK];
    uint32_t id[PENDING + FILTER_CHUNK];
    size_t pending = 0;

    lp->kernels->coarse(&scan, bound);
    for (size_t i = 0; i < n; i += FILTER_CHUNK) {
        const size_t count = lp->kernels->up_to(rri_min(n - i, FILTER_CHUNK), bound + i,
                                                coarse_limit(lp, r, best), id + pending);
        for (size_t j = pending; j < pending + count; j++)
            id[j] += (uint32_t)(first + i);
        pending += count;
        size_t done = 0;
        for (; pending - done >= PENDING; done += PENDING)
            take_pending(lp, q, r, id + done, PENDING, best);
        pending -= done;
        memmove(id, id + done, pending * sizeof *id);
    }
    if (pending > 0)
        take_pending(lp, q, r, id, pending, best);
}

void rri_lp_best(const rri_lp *lp, const rr_query *q, const rri_lp_trace *r, size_t block,
                 rri_best *best)
{
    float sum[BLOCK];
    size_t begin = 0;
    size_t end = 0;

    rri_block(lp->inf->info.sequences, BLOCK, block, &begin, &end);
    if (r->unit > 0.0f && rri_best_full(best)) {
        take_near(lp, q, r, begin, end - begin, best);
    } else if (lp->inf->time_major != NULL) {
        scan_time_major(lp, r, begin, sum);
        take_best(lp, q, rri_max(r->trace.steps, lp->inf->time_major->steps), begin, end - begin,
                  sum, best);
    } else {
        for (size_t i = begin; i < end; i++)
            rri_best_offer(best, lp->inf->training, q, i, score_of(lp, r, i));
    }
}
