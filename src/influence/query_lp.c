/* SPDX-License-Identifier: MIT */
/* query_lp.c - lp scores of one trace against the training sequences.
 *
 * score = 1 - distance, the distance being a sum of table entries (distance.c). All scores come
 * from the scan kernels (kernel/scan.h) over time-major traces, or pair by pair; both give the same
 * bits.
 *
 * The nearest: once k sequences are kept, most others are rejected by a lower bound of their
 * distance, a sum of small integers over the sketch (sketch.c). The smallest terms of each step are
 * rounded down to multiples of a unit, chosen such that the distance of the worst one kept is some
 * 250 units: what saturates a byte is beyond it. Exact scores are computed only where the bound is
 * not. */
#include "influence/query.h"

#include <math.h>
#include <string.h>

enum {
    BLOCK = RRI_SEARCH_BLOCK,
    LANES = RRI_SCAN_LANES,
    LIKE = 8,         /* blocks searched first */
    TASK = 16,        /* blocks of a task */
    MANY_LANES = 10,  /* of a block, for which its sums take less time than theirs alone */
    MOST_UNITS = 250, /* the limit in units: between these two, else the unit is changed */
    LEAST_UNITS = 125
};

_Static_assert((int)RRI_SKETCH_ROW == (int)RRI_COARSE_STATES + (int)RRI_COARSE_LABELS,
               "a row of the sketch has the terms of a coarse row");

rr_status rri_lp_open(const rr_influence *inf, double p, rri_lp *out, rr_error *err)
{
    rr_status st = RR_OK;

    *out = (rri_lp){ .inf = inf,
                     .distance = inf->l1,
                     .kernels = rri_scan_kernels_for(rri_isa_best()) };
    if (p != 1.0) {
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

rr_status rri_lp_trace_new(const rri_lp *lp, size_t steps, rri_lp_trace *out, rr_error *err)
{
    const size_t all = rri_max(steps, lp->sketch->steps);
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&out->state, all, 1, sizeof *out->state, err));
    RRI_TRY(rri_alloc(&out->label, all, 1, sizeof *out->label, err));
    if (lp->distance->state == NULL)
        RRI_TRY(rri_alloc(&out->own, steps + 1, lp->distance->rows, sizeof *out->own, err));
    RRI_TRY(rri_alloc(&out->low, steps + 1, RRI_SKETCH_ROW, sizeof *out->low, err));
    RRI_TRY(rri_alloc(&out->rest, steps + 1, 1, sizeof *out->rest, err));

done:
    return st;
}

void rri_lp_trace_free(rri_lp_trace *r)
{
    rri_free(r->state);
    rri_free(r->label);
    rri_free(r->own);
    rri_free(r->low);
    rri_free(r->rest);
}

/* The smallest terms of each step, of padding, and of the steps from each on against padding. */
static void set_low(const rri_lp *lp, rri_lp_trace *r)
{
    const size_t T = r->trace.steps;
    const float *padding =
        rri_distance_row(lp->distance, 0, r->own != NULL ? r->own + T * lp->distance->rows : NULL);

    rri_sketch_row(lp->sketch, padding, rri_distance_label(lp->distance, -1),
                   r->low + T * RRI_SKETCH_ROW);
    r->rest[T] = 0.0;
    for (size_t t = T; t-- > 0;) {
        rri_sketch_row(lp->sketch, r->state[t], r->label[t], r->low + t * RRI_SKETCH_ROW);
        r->rest[t] = r->rest[t + 1] + (double)r->state[t][0] + (double)r->label[t][-1];
    }
    const size_t like = rri_sketch_find(lp->sketch, rri_sketch_key(lp->sketch, &r->trace));
    r->begin = like > LIKE / 2 ? like - LIKE / 2 : 0;
    r->end = rri_min(r->begin + LIKE, lp->sketch->blocks);
}

/* Steps beyond the trace's end are padding. */
void rri_lp_trace_set(const rri_lp *lp, rri_lp_trace *r, const rr_trace *trace)
{
    const size_t all = rri_max(trace->steps, lp->sketch->steps);
    const size_t rows = lp->distance->rows;

    r->trace = *trace;
    for (size_t t = 0; t < all; t++) {
        const bool there = t < trace->steps;
        const size_t row = rri_min(t, trace->steps); /* that of padding is the last */
        r->state[t] = t > trace->steps
                          ? r->state[t - 1]
                          : rri_distance_row(lp->distance, there ? trace->states[t] : 0,
                                             r->own != NULL ? r->own + row * rows : NULL);
        r->label[t] = rri_distance_label(lp->distance, there ? trace->predictions[t] : -1);
    }
    set_low(lp, r);
}

/* ---- sums ------------------------------------------------------------------------------------ */

/* Write the sums over steps begin..end-1 of n sequences from `first` on, whole vectors of them. */
static void scan_chunk(const rri_lp *lp, const rri_lp_trace *r, size_t first, size_t n,
                       size_t begin, size_t end, float *sum)
{
    const rri_time_major *l = lp->time_major;
    const rri_scan scan = {
        .steps = end - begin,
        .count = n,
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
 * n is at most BLOCK. */
static void scan_time_major(const rri_lp *lp, const rri_lp_trace *r, size_t first, size_t n,
                            float *sum)
{
    const size_t steps = lp->time_major->steps;
    const rr_trace *trace = &r->trace;
    const size_t both = rri_min(trace->steps, steps);
    float part[BLOCK];
    size_t end = rri_min(both, RRI_DISTANCE_CHUNK);

    scan_chunk(lp, r, first, n, 0, end, sum);
    while (end < steps) {
        const size_t begin = end;
        end = rri_min(begin < both ? both : steps, begin + RRI_DISTANCE_CHUNK);
        scan_chunk(lp, r, first, n, begin, end, part);
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

/* The scores of n training sequences, at most LANES; those of equal lengths that follow each other
 * are computed together. */
static void score_sequences(const rri_lp *lp, const rri_lp_trace *r, const uint32_t *id, size_t n,
                            float *score)
{
    rr_trace b[LANES];

    for (size_t i = 0; i < n; i++) {
        rri_steps_prefetch(lp->inf->training, id[i]);
        b[i] = rri_steps_of(lp->inf->training, id[i]);
    }
    for (size_t i = 0; i < n;) {
        size_t count = 1;
        while (count < RRI_DISTANCE_PAIRS && i + count < n && b[i + count].steps == b[i].steps)
            count++;
        rri_distance_pairs(lp->distance, r->state, r->label, &r->trace, b + i, count, score + i);
        rri_distance_score(lp->distance, rri_max(r->trace.steps, b[i].steps), score + i, count);
        i += count;
    }
}

/* Scores of n sequences of the sketch from `first` on, by the sums of all. */
static void score_together(const rri_lp *lp, const rri_lp_trace *r, size_t first, size_t n,
                           float *score)
{
    scan_time_major(lp, r, first, rri_min(rri_blocks(n, LANES) * LANES, BLOCK), score);
    rri_distance_score(lp->distance, rri_max(r->trace.steps, lp->time_major->steps), score, n);
}

void rri_lp_scores(const rri_lp *lp, const rri_lp_trace *r, size_t block, float *scores)
{
    float score[BLOCK];
    size_t begin = 0;
    size_t end = 0;

    rri_block(lp->inf->info.sequences, BLOCK, block, &begin, &end);
    if (lp->time_major != NULL)
        score_together(lp, r, begin, end - begin, score);
    else
        for (size_t i = begin; i < end; i += LANES)
            score_sequences(lp, r, lp->sketch->id + i, rri_min(end - i, LANES), score + i - begin);
    for (size_t i = begin; i < end; i++)
        scores[lp->sketch->id[i]] = score[i - begin];
}

/* ---- bounds ---------------------------------------------------------------------------------- */

rr_status rri_lp_bounds_new(const rri_lp *lp, size_t steps, rri_lp_bounds *out, rr_error *err)
{
    const size_t all = rri_max(steps, lp->sketch->steps);

    return rri_alloc(&out->row, all, RRI_COARSE_ROW, 1, err);
}

void rri_lp_bounds_free(rri_lp_bounds *w)
{
    rri_free(w->row);
}

void rri_lp_bounds_reset(rri_lp_bounds *w)
{
    w->unit = 0.0f;
    w->filled = 0;
    w->longer = 0;
}

static void round_row(const float *low, float inverse, uint8_t *row)
{
    uint8_t terms[RRI_SKETCH_ROW];

    for (size_t g = 0; g < RRI_SKETCH_ROW; g++) {
        const float units = low[g] * inverse;
        terms[g] = (uint8_t)(int)(units < 255.0f ? units : 255.0f);
    }
    memcpy(row, terms, RRI_COARSE_STATES);
    for (size_t g = 0; g < RRI_COARSE_LABELS; g++)
        row[RRI_COARSE_STATES + 2 * g] = row[RRI_COARSE_STATES + 2 * g + 1] =
            terms[RRI_COARSE_STATES + g];
}

/* The rows of the first `steps` steps, of which those beyond the trace are alike. */
static void fill_rows(const rri_lp_trace *r, size_t steps, rri_lp_bounds *w)
{
    const size_t T = r->trace.steps;

    for (; w->filled < steps; w->filled++) {
        uint8_t *row = w->row + w->filled * RRI_COARSE_ROW;
        if (w->filled > T)
            memcpy(row, row - RRI_COARSE_ROW, RRI_COARSE_ROW);
        else
            round_row(r->low + w->filled * RRI_SKETCH_ROW, 1.0f / w->unit, row);
    }
}

/* The limit for scores of `least` where the longer trace has `longer` steps. The errors of float
 * sums and of rounded terms are below the allowances for them. */
static void set_limit(const rri_lp *lp, size_t longer, float least, rri_lp_bounds *w)
{
    const double limit = (double)rri_distance_limit(lp->distance, longer, least) *
                         (1.0 + 1e-5 + 1e-8 * (double)longer);

    if (!(w->unit > 0.0f) || limit > MOST_UNITS * (double)w->unit ||
        limit < LEAST_UNITS * (double)w->unit) {
        w->unit = fmaxf((float)(limit / (MOST_UNITS - 1)), 1e-30f);
        w->filled = 0;
    }
    const double units = limit / (double)w->unit + 1.0 + 2e-4 * (double)longer;
    w->limit = (uint8_t)(units < 255.0 ? units : 255.0);
    w->longer = longer;
    w->least = least;
}

/* Of the lanes of block b, those that may have a score of `least` or above. */
static uint64_t lanes_near(const rri_lp *lp, const rri_lp_trace *r, rri_lp_bounds *w, size_t b,
                           float least)
{
    const rri_sketch *s = lp->sketch;
    const size_t steps = s->row[b + 1] - s->row[b];
    const size_t longer = rri_max(steps, r->trace.steps);
    double base = 0.0;

    if (longer != w->longer || least != w->least)
        set_limit(lp, longer, least, w);
    fill_rows(r, steps, w);
    if (steps < r->trace.steps)
        base = r->rest[steps] / (double)w->unit;
    const rri_coarse scan = { .steps = steps,
                              .code = s->code + s->row[b] * LANES,
                              .row = w->row,
                              .base = (uint8_t)(base < 255.0 ? base : 255.0),
                              .limit = w->limit };
    return lp->kernels->coarse(&scan);
}

/* ---- the nearest ----------------------------------------------------------------------------- */

/* The lanes of block b that may be among the best; those without a bound all are. */
static size_t candidates(const rri_lp *lp, const rr_query *q, const rri_lp_trace *r,
                         rri_lp_bounds *w, size_t b, const rri_best *best, uint8_t lane[LANES])
{
    const rri_sketch *s = lp->sketch;
    const size_t first = s->first[b];
    const float least = rri_best_least(best);
    uint64_t near = UINT64_MAX >> (LANES - (s->first[b + 1] - first));
    size_t n = 0;

    if (least > 0.0f)
        near &= lanes_near(lp, r, w, b, least);
    for (; near != 0; near &= near - 1) {
        const size_t i = (size_t)__builtin_ctzll(near);
        if (rri_best_wants(lp->inf->training, q, s->id[first + i]))
            lane[n++] = (uint8_t)i;
    }
    return n;
}

/* Exact scores of some lanes of block b, into score [LANES] in their order; id are their sequences.
 * Many are scored with the whole block. */
static void score_lanes(const rri_lp *lp, const rri_lp_trace *r, size_t b, const uint8_t *lane,
                        const uint32_t *id, size_t n, float *score)
{
    float all[LANES];

    if (lp->time_major == NULL || n < MANY_LANES) {
        score_sequences(lp, r, id, n, score);
        return;
    }
    score_together(lp, r, lp->sketch->first[b], LANES, all);
    for (size_t i = 0; i < n; i++)
        score[i] = all[lane[i]];
}

/* The best of blocks begin..end-1. */
static void search_blocks(const rri_lp *lp, const rr_query *q, const rri_lp_trace *r,
                          rri_lp_bounds *w, size_t begin, size_t end, rri_best *best)
{
    uint8_t lane[LANES];
    uint32_t id[LANES];
    float score[LANES];

    for (size_t b = begin; b < end; b++) {
        const size_t n = candidates(lp, q, r, w, b, best, lane);
        for (size_t i = 0; i < n; i++)
            id[i] = lp->sketch->id[lp->sketch->first[b] + lane[i]];
        score_lanes(lp, r, b, lane, id, n, score);
        for (size_t i = 0; i < n; i++)
            rri_best_offer(best, lp->inf->training, q, id[i], score[i]);
    }
}

size_t rri_lp_tasks(const rri_lp *lp)
{
    return rri_blocks(lp->sketch->blocks, TASK);
}

void rri_lp_best_like(const rri_lp *lp, const rr_query *q, const rri_lp_trace *r, rri_lp_bounds *w,
                      rri_best *best)
{
    search_blocks(lp, q, r, w, r->begin, r->end, best);
}

void rri_lp_best(const rri_lp *lp, const rr_query *q, const rri_lp_trace *r, rri_lp_bounds *w,
                 size_t task, rri_best *best)
{
    size_t begin = 0;
    size_t end = 0;

    rri_block(lp->sketch->blocks, TASK, task, &begin, &end);
    search_blocks(lp, q, r, w, begin, rri_min(end, r->begin), best);
    search_blocks(lp, q, r, w, rri_max(begin, r->end), end, best);
}
