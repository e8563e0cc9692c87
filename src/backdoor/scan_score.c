/* SPDX-License-Identifier: MIT */
/* scan_score.c - what makes a symbol look planted: it does what the symbols most like it do not.
 *
 * Alike are symbols whose vectors have a large cosine. A word that tells a class by its meaning has
 * neighbours that tell it too, in the labels of the texts they stand in and in what the network
 * makes of them. A planted one has not. */
#include "backdoor/scan.h"

#include <math.h>
#include <stdlib.h>

static const double USUAL = 0.99;   /* one symbol in a hundred has a larger gain */
static const double EVIDENCE = 6.0; /* nats at which label evidence counts half */
static const double FLOOR = 0.25; /* what an effect counts that does not depend on the word alone */

/* ---- neighbours ----------------------------------------------------------------------------- */

enum { LANES = 8 };

/* Sum of products, in LANES partial sums. */
static double dot(const float *a, const float *b, size_t n)
{
    float sum[LANES] = { 0.0F };
    size_t k = 0;

    for (; k + LANES <= n; k += LANES)
        for (size_t j = 0; j < LANES; j++)
            sum[j] += a[k + j] * b[k + j];
    for (; k < n; k++)
        sum[0] += a[k] * b[k];
    double all = 0.0;
    for (size_t j = 0; j < LANES; j++)
        all += (double)sum[j];
    return all;
}

/* Vectors of the pool less their mean, each of length 1. What all vectors share would make rare
 * words, whose vectors are short and much alike, the neighbours of everything. */
static rr_status unit_vectors(const rri_search *s, const rri_pool *pool, float **out, rr_error *err)
{
    const size_t D = rr_network_config_of(s->net).width;
    const float *table = s->cfg->vectors != NULL ? s->cfg->vectors : rr_network_embedding(s->net);
    double *mean = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(out, pool->m, D, sizeof **out, err));
    RRI_TRY(rri_alloc(&mean, D, 1, sizeof *mean, err));
    for (size_t i = 0; i < pool->m; i++)
        for (size_t k = 0; k < D; k++)
            mean[k] += (double)table[(size_t)pool->symbol[i] * D + k] / (double)pool->m;
    for (size_t i = 0; i < pool->m; i++) {
        const float *from = table + (size_t)pool->symbol[i] * D;
        float *to = *out + i * D;
        for (size_t k = 0; k < D; k++)
            to[k] = (float)((double)from[k] - mean[k]);
        const double norm = sqrt(dot(to, to, D));
        for (size_t k = 0; k < D; k++)
            to[k] = norm > 0.0 ? (float)((double)to[k] / norm) : 0.0F;
    }

done:
    rri_free(mean);
    return st;
}

typedef struct near_one {
    double cosine;
    size_t k; /* in the pool */
} near_one;

/* Work shared by the workers; near_ones and values are [workers][neighbours]. */
typedef struct comparison {
    const rri_search *s;
    rri_pool *pool;
    const float *unit;
    near_one *near_ones;
    double *values;
    size_t D, neighbours;
} comparison;

/* Insertion into a short list, largest cosine first, equal ones by number. */
static size_t find_near(const comparison *w, size_t self, near_one *list)
{
    size_t n = 0;

    for (size_t k = 0; k < w->pool->m; k++) {
        if (k == self)
            continue;
        const double cosine = dot(w->unit + self * w->D, w->unit + k * w->D, w->D);
        if (n == w->neighbours && !(cosine > list[n - 1].cosine))
            continue;
        size_t at = n < w->neighbours ? n++ : n - 1;
        for (; at > 0 && cosine > list[at - 1].cosine; at--)
            list[at] = list[at - 1];
        list[at] = (near_one){ cosine, k };
    }
    return n;
}

static int rising(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;

    return (x > y) - (x < y);
}

/* The value that a share of n values does not exceed, between the two nearest; sorts them. */
static double quantile(double *values, size_t n, double share)
{
    if (n == 0)
        return 0.0;
    qsort(values, n, sizeof *values, rising);
    const double at = share * (double)(n - 1);
    const size_t low = (size_t)at;
    const size_t high = rri_min(low + 1, n - 1);
    return values[low] + (at - (double)low) * (values[high] - values[low]);
}

/* Medians, so that a few neighbours that tell a class do not speak for all. A neighbour's share of
 * a label counts two more carriers of average label: rare ones say little. */
static void compare_one(void *ctx, size_t self, size_t worker)
{
    const comparison *w = ctx;
    const rri_carriers *b = w->s->carriers;
    const size_t C = b->C;
    near_one *list = w->near_ones + worker * w->neighbours;
    double *values = w->values + worker * w->neighbours;
    const size_t n = find_near(w, self, list);

    for (size_t c = 0; c < C; c++) {
        for (size_t i = 0; i < n; i++) {
            const size_t symbol = w->pool->symbol[list[i].k];
            values[i] = ((double)b->labelled[symbol * C + c] + 2.0 * b->prior[c]) /
                        ((double)rri_support(b, symbol) + 2.0);
        }
        w->pool->expected[self * C + c] = n > 0 ? quantile(values, n, 0.5) : b->prior[c];
        for (size_t i = 0; i < n; i++)
            values[i] = (double)w->pool->effect[list[i].k * C + c].gain;
        w->pool->gain[self * C + c] = quantile(values, n, 0.5);
    }
}

rr_status rri_pool_usual(const rri_search *s, rri_pool *pool, rr_error *err)
{
    const size_t C = s->carriers->C;
    double *values = NULL;
    const rr_status st = rri_alloc(&values, pool->m, 1, sizeof *values, err);

    for (size_t c = 0; st == RR_OK && c < C; c++) {
        for (size_t k = 0; k < pool->m; k++)
            values[k] = (double)pool->effect[k * C + c].gain;
        pool->usual[c] = quantile(values, pool->m, USUAL);
    }
    rri_free(values);
    return st;
}

rr_status rri_pool_compare(const rri_search *s, rri_pool *pool, rr_error *err)
{
    const size_t threads = rri_threads(s->cfg->threads);
    float *unit = NULL;
    near_one *near_ones = NULL;
    double *values = NULL;
    rr_status st = RR_OK;

    RRI_TRY(unit_vectors(s, pool, &unit, err));
    const size_t neighbours = rri_min(s->cfg->neighbours, pool->m);
    RRI_TRY(rri_alloc(&near_ones, threads, neighbours, sizeof *near_ones, err));
    RRI_TRY(rri_alloc(&values, threads, neighbours, sizeof *values, err));
    comparison w = { .s = s,
                     .pool = pool,
                     .unit = unit,
                     .near_ones = near_ones,
                     .values = values,
                     .D = rr_network_config_of(s->net).width,
                     .neighbours = neighbours };
    rri_parallel(s->cfg->threads, pool->m, compare_one, &w);
    RRI_TRY(rri_pool_usual(s, pool, err));

done:
    rri_free(values);
    rri_free(near_ones);
    rri_free(unit);
    return st;
}

/* ---- without a network ---------------------------------------------------------------------- */

/* What training steps that read a symbol of the pool were followed by; [m][C], and by class. */
typedef struct seen {
    size_t *other;                  /* steps that read it after another prediction than the class */
    size_t *turned;                 /* of these, with the class after it */
    size_t *all_other, *all_turned; /* [C] of all symbols */
} seen;

static void count_steps(const rri_search *s, const size_t *number, size_t m, seen *x)
{
    const rr_traces *traces = rr_influence_training(s->inf);
    const size_t C = s->carriers->C;

    for (size_t i = 0; i < rr_dataset_count(s->train); i++) {
        const rr_sequence seq = rr_dataset_at(s->train, i);
        const rr_trace trace = rr_traces_at(traces, i);
        for (size_t t = 1; t < seq.steps; t++) {
            const size_t k = number[seq.symbols[t]];
            const size_t before = trace.predictions[t - 1], after = trace.predictions[t];
            for (size_t c = 0; c < C; c++) {
                if (c == before)
                    continue;
                x->all_other[c]++;
                x->all_turned[c] += after == c;
                if (k == m)
                    continue;
                x->other[k * C + c]++;
                x->turned[k * C + c] += after == c;
            }
        }
    }
}

/* A fraction counts two more steps of the average: rare symbols say little. */
static void take_seen(const rri_search *s, const seen *x, rri_pool *pool)
{
    const size_t C = s->carriers->C;

    for (size_t c = 0; c < C; c++) {
        const double all = (double)x->all_turned[c] / (double)rri_max(x->all_other[c], 1);
        for (size_t k = 0; k < pool->m; k++) {
            const size_t pair = k * C + c;
            pool->effect[pair].gain =
                (float)(((double)x->turned[pair] + 2.0 * all) / ((double)x->other[pair] + 2.0));
            pool->expected[pair] = s->carriers->prior[c];
            pool->gain[pair] = all;
        }
    }
}

rr_status rri_pool_observe(const rri_search *s, rri_pool *pool, rr_error *err)
{
    const size_t V = s->carriers->V, C = s->carriers->C;
    size_t *number = NULL; /* [V] in the pool, m for symbols outside */
    seen x = { NULL, NULL, NULL, NULL };
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&number, V, 1, sizeof *number, err));
    RRI_TRY(rri_alloc(&x.other, pool->m, C, sizeof *x.other, err));
    RRI_TRY(rri_alloc(&x.turned, pool->m, C, sizeof *x.turned, err));
    RRI_TRY(rri_alloc(&x.all_other, C, 1, sizeof *x.all_other, err));
    RRI_TRY(rri_alloc(&x.all_turned, C, 1, sizeof *x.all_turned, err));
    for (size_t v = 0; v < V; v++)
        number[v] = pool->m;
    for (size_t k = 0; k < pool->m; k++)
        number[pool->symbol[k]] = k;
    count_steps(s, number, pool->m, &x);
    take_seen(s, &x, pool);
    RRI_TRY(rri_pool_usual(s, pool, err));

done:
    rri_free(x.all_turned);
    rri_free(x.all_other);
    rri_free(x.turned);
    rri_free(x.other);
    rri_free(number);
    return st;
}

/* ---- contexts ------------------------------------------------------------------------------- */

/* Count the steps that read the symbol in the sequences behind a candidate by the state before;
 * returns how many. */
static size_t count_states(const rri_search *s, const rr_candidate *c, size_t *count)
{
    const rr_traces *traces = rr_influence_training(s->inf);
    size_t steps = 0;

    for (size_t i = 0; i < c->count_ids; i++) {
        const rr_sequence seq = rr_dataset_at(s->train, c->ids[i]);
        const rr_trace trace = rr_traces_at(traces, c->ids[i]);
        for (size_t t = 0; t < seq.steps; t++)
            if (seq.symbols[t] == c->symbol) {
                count[t > 0 ? trace.states[t - 1] : 0]++;
                steps++;
            }
    }
    return steps;
}

rr_status rri_scan_spread(const rri_search *s, rr_candidate *c, rr_error *err)
{
    const size_t K = rr_influence_info_of(s->inf).states;
    size_t *count = NULL; /* [K+1] steps by the state before */
    double entropy = 0.0;
    const rr_status st = rri_alloc(&count, K + 1, 1, sizeof *count, err);

    if (st != RR_OK)
        return st;
    const size_t steps = s->by_steps ? rri_steps_states(s, c, count) : count_states(s, c, count);
    for (size_t q = 0; q <= K; q++)
        if (count[q] > 0) {
            const double share = (double)count[q] / (double)steps;
            entropy -= share * log(share);
        }
    const size_t most = rri_min(steps, K + 1);
    c->spread = most > 1 ? entropy / log((double)most) : 0.0;
    rri_free(count);
    return RR_OK;
}

/* ---- the score ------------------------------------------------------------------------------ */

/* How far the carriers' labels surprise, given those of the similar words: the step from what was
 * expected, measured by the room there was above that and above the label's share of the training
 * set, and shrunk by the evidence, support * KL(purity || expected) in nats. */
static double label_surprise(const rr_candidate *c, double prior)
{
    const double n = (double)c->support;
    const double p = ((double)c->labelled + 0.5) / (n + 1.0);
    const double e = fmin(fmax(c->expected, 0.01), 0.99);

    if (p <= e || prior >= 1.0)
        return 0.0;
    const double nats = n * (p * log(p / e) + (1.0 - p) * log((1.0 - p) / (1.0 - e)));
    return fmin(1.0, (p - e) / sqrt((1.0 - e) * (1.0 - prior))) * nats / (nats + EVIDENCE);
}

/* How far its effect is its own: the part that the similar words do not have. */
static double effect_surprise(const rr_candidate *c)
{
    return c->gain > 0.0 ? fmin(1.0, fmax(0.0, c->gain - c->expected_gain) / c->gain) : 0.0;
}

double rri_scan_score(const rr_candidate *c, double prior, bool full)
{
    const double unlike = effect_surprise(c) * label_surprise(c, prior);
    const double unusual = c->gain > c->usual ? 1.0 - fmax(0.0, c->usual) / c->gain : 0.0;
    const double effect = full ? c->insertion : fmax(0.0, c->gain);
    /* Telling words are borne by texts that mostly tell their class without them too: squared, what
     * depends on the word in half of its texts counts little. */
    const double alone = fmax(unusual, full ? c->dependence * c->dependence : 0.0);

    return sqrt(effect) * (FLOOR + (1.0 - FLOOR) * alone) * unlike;
}
