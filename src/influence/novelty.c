/* SPDX-License-Identifier: MIT */
/* novelty.c - how unlike the training set a sequence is.
 *
 * Up to four measures m of a sequence, larger where it is more unlike:
 *
 *   input   mean distance of its frames to their codebook centres
 *   state   - mean log-likelihood of its states under the mixture
 *   step    - mean log P(x_t | q_{t-1})
 *   last    - log P(x_T | q_{T-1})
 *
 * P is the fraction of training steps read in that state that read that symbol, with half a step
 * added for each symbol; a training sequence is compared with the others alone. The surprise of a
 * measure is about -log of the fraction of training sequences with a higher one: linear in m
 * through the median (log 2) and the 90th percentile (log 10), and beyond that with the slope of an
 * exponential tail fitted to the tenth of the training sequences there. The sum of the surprises,
 * divided by the sum that one sequence in 500 is expected to exceed, by a tail fitted in the same
 * way, is the novelty. Which measures, and why: docs/ALGORITHMS.md#novelty. */
#include "influence/novelty.h"

#include "abstraction/abstraction_internal.h"
#include "influence/postings.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double RATE = 0.002;   /* of sequences above the limit, expected */
static const double PRIOR = 0.5;    /* steps added for each symbol */
static const double LEAST = 1e-6;   /* of a mean excess, relative: above the rounding of floats */
static const double LARGEST = 1e30; /* of a stored number: novelties are floats */

bool rri_novelty_has(const rr_influence *inf, rr_novelty_part part)
{
    switch (part) {
    case RR_NOVELTY_INPUT:
        return inf->book != NULL;
    case RR_NOVELTY_STATE:
        return inf->vocabulary == 0;
    case RR_NOVELTY_STEP:
    case RR_NOVELTY_LAST:
        return inf->postings[RR_KEY_STATE_SYMBOL].keys > 0;
    }
    return false;
}

/* ---- measures ------------------------------------------------------------------------------- */

static double distance(size_t width, const float *a, const float *b)
{
    double sum = 0.0;

    for (size_t j = 0; j < width; j++) {
        const double d = (double)a[j] - (double)b[j];
        sum += d * d;
    }
    return sqrt(sum);
}

void rri_novelty_inputs(const rri_codebook *book, const rr_state_batch *batch,
                        const uint32_t *symbols, rri_measures *out)
{
    const size_t width = rri_codebook_width(book);
    const float *centres = rri_codebook_centres(book);
    size_t row = 0;

    for (size_t i = 0; i < batch->count; i++) {
        double sum = 0.0;
        for (size_t t = 0; t < batch->steps[i]; t++, row++)
            sum += distance(width, batch->frames + row * width, centres + symbols[row] * width);
        out[i].part[RR_NOVELTY_INPUT] = sum / (double)batch->steps[i];
    }
}

static double mean_unlikelihood(const float *likely, size_t steps)
{
    double sum = 0.0;

    for (size_t t = 0; t < steps; t++)
        sum -= (double)likely[t];
    return sum / (double)steps;
}

void rri_novelty_states(const uint32_t *steps, size_t count, const float *likely, rri_measures *out)
{
    for (size_t i = 0; i < count; i++) {
        out[i].part[RR_NOVELTY_STATE] = mean_unlikelihood(likely, steps[i]);
        likely += steps[i];
    }
}

void rri_novelty_training_states(const rr_traces *t, const float *likely, rri_measures *out)
{
    for (size_t i = 0; i < t->count; i++)
        out[i].part[RR_NOVELTY_STATE] =
            mean_unlikelihood(likely + t->offset[i], (size_t)(t->offset[i + 1] - t->offset[i]));
}

/* - log P of a symbol that `with` of `of` steps in a state have. */
static double unlikely(double with, double of, double symbols)
{
    return log((of + PRIOR * symbols) / (with + PRIOR));
}

static size_t state_before(const rr_trace *trace, size_t t)
{
    return t > 0 ? trace->states[t - 1] : 0;
}

void rri_novelty_steps(const rr_influence *inf, const rr_trace *trace, rri_measures *out)
{
    const rri_postings *p = &inf->postings[RR_KEY_STATE_SYMBOL];
    const double V = (double)inf->info.symbols;
    double sum = 0.0;
    double last = 0.0;

    for (size_t t = 0; t < trace->steps; t++) {
        const size_t m = rri_postings_find(p, rri_key(RR_KEY_STATE_SYMBOL, trace->states,
                                                      trace->predictions, trace->symbols, t + 1));
        const uint64_t with = m < p->keys ? p->start[m + 1] - p->start[m] : 0;
        last = unlikely((double)with, (double)inf->novelty->before[state_before(trace, t)], V);
        sum += last;
    }
    out->part[RR_NOVELTY_STEP] = sum / (double)trace->steps;
    out->part[RR_NOVELTY_LAST] = last;
}

/* ---- the training set, each sequence against the others -------------------------------------- */

/* For each training step the steps of other sequences that have its key, [R]. */
static void count_others(const rri_postings *p, const uint64_t *offset, uint32_t *others)
{
    for (size_t m = 0; m < p->keys; m++) {
        const rr_posting *list = p->entry + p->start[m];
        const size_t n = (size_t)(p->start[m + 1] - p->start[m]);
        for (size_t from = 0, to = 0; from < n; from = to) {
            while (to < n && list[to].sequence == list[from].sequence)
                to++;
            for (size_t i = from; i < to; i++)
                others[offset[list[i].sequence] + list[i].step - 1] = (uint32_t)(n - (to - from));
        }
    }
}

/* own is scratch [K+1], zero before and after. */
static void measure_training_steps(const rr_influence *inf, size_t i, const uint32_t *others,
                                   uint32_t *own, rri_measures *out)
{
    const rr_trace trace = rr_traces_at(inf->training, i);
    const uint64_t *before = inf->novelty->before;
    const double V = (double)inf->info.symbols;
    double sum = 0.0;
    double last = 0.0;

    for (size_t t = 0; t < trace.steps; t++)
        own[state_before(&trace, t)]++;
    for (size_t t = 0; t < trace.steps; t++) {
        const size_t q = state_before(&trace, t);
        last =
            unlikely((double)others[inf->training->offset[i] + t], (double)(before[q] - own[q]), V);
        sum += last;
    }
    for (size_t t = 0; t < trace.steps; t++)
        own[state_before(&trace, t)] = 0;
    out->part[RR_NOVELTY_STEP] = sum / (double)trace.steps;
    out->part[RR_NOVELTY_LAST] = last;
}

static rr_status measure_training(const rr_influence *inf, rri_measures *training, rr_error *err)
{
    const rr_traces *t = inf->training;
    uint32_t *others = NULL;
    uint32_t *own = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&others, t->steps, 1, sizeof *others, err));
    RRI_TRY(rri_alloc(&own, inf->info.states + 1, 1, sizeof *own, err));
    count_others(&inf->postings[RR_KEY_STATE_SYMBOL], t->offset, others);
    for (size_t i = 0; i < t->count; i++)
        measure_training_steps(inf, i, others, own, &training[i]);

done:
    rri_free(own);
    rri_free(others);
    return st;
}

/* ---- spreads and the limit ------------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;

    return (x > y) - (x < y);
}

/* How many of n values count as the tail. */
static size_t tail_of(size_t n)
{
    return rri_max(n / 10, 1);
}

/* Of n values, which are sorted. */
static rri_spread spread_of(double *value, size_t n)
{
    const size_t k = tail_of(n);
    rri_spread s = { 0.0, 0.0, 0.0 };

    qsort(value, n, sizeof *value, by_value);
    s.middle = value[n / 2];
    s.high = value[n - k - 1];
    for (size_t i = n - k; i < n; i++)
        s.excess += (value[i] - s.high) / (double)k;
    s.excess = fmax(s.excess, LEAST * (1.0 + fabs(s.high)));
    return s;
}

/* What one value in 1 / RATE is expected to exceed, given the spread of n. The mean of an
 * exponential tail is known from its k values alone: with every mean equally likely beforehand, the
 * next value is further than x beyond `high` with (1 + x / (k excess))^-(k-1). Of many values that
 * is exp(-x / excess). */
static double limit_of(const rri_spread *s, size_t n)
{
    const double k = (double)tail_of(n);

    return s->high + s->excess * k * expm1(log(k / (double)n / RATE) / (k - 1.0));
}

static double surprise(const rri_spread *s, double m)
{
    if (m > s->high)
        return log(10.0) + (m - s->high) / s->excess;
    if (s->high <= s->middle)
        return m < s->middle ? 0.0 : log(2.0);
    return fmax(0.0, log(2.0) + (m - s->middle) / (s->high - s->middle) * log(5.0));
}

static double total(const rr_influence *inf, const rri_measures *of, double *part)
{
    double sum = 0.0;

    for (size_t k = 0; k < RRI_NOVELTY_PARTS; k++) {
        const bool has = rri_novelty_has(inf, (rr_novelty_part)k);
        part[k] = has ? surprise(&inf->novelty->part[k], of->part[k]) : 0.0;
        sum += part[k];
    }
    return sum;
}

/* inf->novelty without numbers; `before` follows from the postings. */
static rr_status begin(rr_influence *inf, rr_error *err)
{
    const rri_postings *p = &inf->postings[RR_KEY_STATE_SYMBOL];
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&inf->novelty, 1, 1, sizeof *inf->novelty, err));
    RRI_TRY(rri_alloc(&inf->novelty->before, inf->info.states + 1, 1, sizeof *inf->novelty->before,
                      err));
    for (size_t m = 0; m < p->keys; m++) /* the state is the first part of the key */
        inf->novelty->before[p->key[m] >> 32] += p->start[m + 1] - p->start[m];

done:
    return st;
}

rr_status rri_novelty_fit(rr_influence *inf, rri_measures *training, rr_error *err)
{
    const size_t N = inf->info.sequences;
    double part[RRI_NOVELTY_PARTS];
    double *value = NULL;
    rr_status st = RR_OK;

    RRI_TRY(begin(inf, err));
    RRI_TRY(rri_alloc(&value, N, 1, sizeof *value, err));
    if (rri_novelty_has(inf, RR_NOVELTY_STEP))
        RRI_TRY(measure_training(inf, training, err));
    for (size_t k = 0; k < RRI_NOVELTY_PARTS; k++) {
        if (!rri_novelty_has(inf, (rr_novelty_part)k))
            continue;
        for (size_t i = 0; i < N; i++)
            value[i] = training[i].part[k];
        inf->novelty->part[k] = spread_of(value, N);
    }
    for (size_t i = 0; i < N; i++)
        value[i] = total(inf, &training[i], part);
    const rri_spread sums = spread_of(value, N);
    inf->novelty->limit = limit_of(&sums, N);

done:
    rri_free(value);
    return st;
}

rr_status rri_novelty_restore(rr_influence *inf, const double *parts, double limit, rr_error *err)
{
    size_t row = 0;
    rr_status st = RR_OK;

    RRI_TRY(begin(inf, err));
    for (size_t k = 0; k < RRI_NOVELTY_PARTS; k++) {
        if (!rri_novelty_has(inf, (rr_novelty_part)k))
            continue;
        const double *x = parts + row++ * RRI_NOVELTY_COLUMNS;
        if (!(fabs(x[0]) <= LARGEST && x[1] >= x[0] && x[1] <= LARGEST && x[2] > 0.0 &&
              x[2] <= LARGEST))
            RRI_TRY(rri_fail(err, RR_ERR_ARG, (int64_t)row - 1,
                             "novelty.parts: row %zu is %g, %g, %g: no median, 90th percentile and "
                             "mean excess",
                             row - 1, x[0], x[1], x[2]));
        inf->novelty->part[k] = (rri_spread){ x[0], x[1], x[2] };
    }
    if (!(limit > 0.0 && limit <= LARGEST))
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "novelty.limit is %g, not above 0", limit));
    inf->novelty->limit = limit;

done:
    return st;
}

size_t rri_novelty_table(const rr_influence *inf,
                         double table[RRI_NOVELTY_PARTS][RRI_NOVELTY_COLUMNS])
{
    size_t rows = 0;

    for (size_t k = 0; k < RRI_NOVELTY_PARTS; k++) {
        const rri_spread *s = &inf->novelty->part[k];
        if (!rri_novelty_has(inf, (rr_novelty_part)k))
            continue;
        table[rows][0] = s->middle;
        table[rows][1] = s->high;
        table[rows++][2] = s->excess;
    }
    return rows;
}

float rri_novelty_of(const rr_influence *inf, const rri_measures *of, rr_novelty *out)
{
    double part[RRI_NOVELTY_PARTS];
    const double limit = inf->novelty->limit;
    const float value = (float)(total(inf, of, part) / limit);

    if (out != NULL) {
        *out = (rr_novelty){ .value = value };
        for (size_t k = 0; k < RRI_NOVELTY_PARTS; k++) {
            out->part[k] = (float)(part[k] / limit);
            if (part[k] > part[out->most])
                out->most = (rr_novelty_part)k;
        }
    }
    return value;
}

void rri_novelty_free(rri_novelty *n)
{
    if (n == NULL)
        return;
    rri_free(n->before);
    rri_free(n);
}
