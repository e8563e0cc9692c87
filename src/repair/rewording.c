/* SPDX-License-Identifier: MIT */
/* rewording.c - rewordings of a sentence.
 *
 * Each word, independently, is left out with probability 0.1, or replaced with probability 0.3 by
 * one of the NEAR words whose vectors have the largest cosine to its own, if that is at least 0.4;
 * all of them are as likely. A word without a vector, or with none near, stays in the place of
 * being replaced. Where all words would be left out, the sentence stays as it is.
 *
 * Sources: Wang and Yang 2015 (words replaced by near ones), Wei and Zou 2019 (words left out);
 * docs/ALGORITHMS.md#repair. */
#include "repair/rewording.h"

#include <math.h>

enum { NEAR = 10, LANES = 16 };
static const double LEFT_OUT = 0.1, REPLACED = 0.3;
static const float LEAST_COSINE = 0.4F;

/* ---- near words ------------------------------------------------------------------------------ */

/* The words near one word, nearest first. */
typedef struct near_words {
    uint32_t symbol[NEAR];
    float cosine[NEAR];
    size_t n;
    bool known; /* looked up already */
} near_words;

struct rri_thesaurus {
    const rr_vocabulary *words; /* borrowed; NULL where only the symbols are known */
    size_t V, D;
    float *unit;       /* [V][D] vectors of length 1; zeros where a word has none */
    near_words *near;  /* [V] */
    uint32_t *missing; /* [V] words to look up now */
};

/* The product of two vectors, in lanes that fit into registers. */
static float product(const float *restrict a, const float *restrict b, size_t D)
{
    float lane[LANES] = { 0.0F };
    float sum = 0.0F;
    size_t d = 0;

    for (; d + LANES <= D; d += LANES)
        for (size_t j = 0; j < LANES; j++)
            lane[j] += a[d + j] * b[d + j];
    for (; d < D; d++)
        sum += a[d] * b[d];
    for (size_t j = 0; j < LANES; j++)
        sum += lane[j];
    return sum;
}

static void scale_to_unit(const float *table, size_t V, size_t D, float *unit)
{
    for (size_t v = 0; v < V; v++) {
        const float length = sqrtf(product(table + v * D, table + v * D, D));
        for (size_t d = 0; length > 0.0F && d < D; d++)
            unit[v * D + d] = table[v * D + d] / length;
    }
}

rr_status rri_thesaurus_new(const rr_network *net, const rr_dataset *train, rri_thesaurus **out,
                            rr_error *err)
{
    const rr_network_config cfg = rr_network_config_of(net);
    rri_thesaurus *th = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_alloc(&th, 1, 1, sizeof *th, err));
    th->words = rr_dataset_words(train);
    th->V = cfg.vocabulary;
    th->D = cfg.width;
    RRI_TRY(rri_alloc(&th->unit, th->V, th->D, sizeof *th->unit, err));
    RRI_TRY(rri_alloc(&th->near, th->V, 1, sizeof *th->near, err));
    RRI_TRY(rri_alloc(&th->missing, th->V, 1, sizeof *th->missing, err));
    scale_to_unit(rr_network_embedding(net), th->V, th->D, th->unit);
    *out = th;
    th = NULL;

done:
    rri_thesaurus_free(th);
    return st;
}

void rri_thesaurus_free(rri_thesaurus *th)
{
    if (th == NULL)
        return;
    rri_free(th->unit);
    rri_free(th->near);
    rri_free(th->missing);
    rri_free(th);
}

/* Keep the nearest; of equally near ones those kept before. */
static void keep(near_words *near, uint32_t symbol, float cosine)
{
    size_t at = near->n;

    while (at > 0 && near->cosine[at - 1] < cosine)
        at--;
    if (at == NEAR)
        return;
    near->n = rri_min(near->n + 1, NEAR);
    for (size_t i = near->n - 1; i > at; i--) {
        near->symbol[i] = near->symbol[i - 1];
        near->cosine[i] = near->cosine[i - 1];
    }
    near->symbol[at] = symbol;
    near->cosine[at] = cosine;
}

/* A word without a vector has no cosine above 0. */
static void look_up(void *ctx, size_t task, size_t worker)
{
    const rri_thesaurus *th = ctx;
    const uint32_t own = th->missing[task];
    near_words *near = &th->near[own];

    (void)worker;
    for (size_t v = 0; v < th->V; v++) {
        const float cosine = product(th->unit + own * th->D, th->unit + v * th->D, th->D);
        if (v != own && cosine >= LEAST_COSINE)
            keep(near, (uint32_t)v, cosine);
    }
}

static void look_up_all(rri_thesaurus *th, const rr_sequence *x, size_t threads)
{
    size_t n = 0;

    for (size_t t = 0; t < x->steps; t++)
        if (!th->near[x->symbols[t]].known) {
            th->near[x->symbols[t]].known = true;
            th->missing[n++] = x->symbols[t];
        }
    rri_parallel(threads, n, look_up, th);
}

/* ---- rewordings ------------------------------------------------------------------------------ */

/* A sentence in work. Owned but for the texts. */
typedef struct draft {
    uint32_t *symbols;  /* [T] */
    const char **words; /* [T]; NULL where only the symbols are known */
    size_t steps;
} draft;

static void append(draft *d, uint32_t symbol, const char *word)
{
    d->symbols[d->steps] = symbol;
    if (d->words != NULL)
        d->words[d->steps] = word;
    d->steps++;
}

static void append_own(const rr_sequence *x, size_t t, draft *d)
{
    append(d, x->symbols[t], x->words != NULL ? x->words[t] : NULL);
}

/* Append word t of x, or one near it. */
static void append_replaced(const rri_thesaurus *th, const rr_sequence *x, size_t t,
                            rri_random *stream, draft *d)
{
    const near_words *near = &th->near[x->symbols[t]];

    if (near->n == 0) {
        append_own(x, t, d);
        return;
    }
    const uint32_t other = near->symbol[rri_random_below(stream, near->n)];
    append(d, other, d->words != NULL ? rr_vocabulary_word(th->words, other) : NULL);
}

static void reword(const rri_thesaurus *th, const rr_sequence *x, rri_random *stream, draft *d)
{
    for (size_t t = 0; t < x->steps; t++) {
        const double u = rri_random_uniform(stream);
        if (u < LEFT_OUT)
            continue;
        if (u < LEFT_OUT + REPLACED)
            append_replaced(th, x, t, stream, d);
        else
            append_own(x, t, d);
    }
    for (size_t t = 0; d->steps == 0 && t < x->steps; t++)
        append_own(x, t, d);
}

rr_status rri_add_reworded(rri_thesaurus *th, rr_sequence x, const rr_variation *variation,
                           size_t threads, rr_dataset_builder *b, rr_error *err)
{
    rri_random stream = rri_random_at(variation->seed, RRI_RANDOM_REWORDING, variation->stream);
    draft d = { .steps = 0 };
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&d.symbols, x.steps, 1, sizeof *d.symbols, err));
    if (x.words != NULL && th->words != NULL)
        RRI_TRY(rri_alloc(&d.words, x.steps, 1, sizeof *d.words, err));
    look_up_all(th, &x, threads);
    reword(th, &x, &stream, &d);
    x.symbols = d.symbols;
    x.words = d.words;
    x.steps = d.steps;
    RRI_TRY(rr_dataset_builder_add(b, x, err));

done:
    rri_free(d.words);
    rri_free(d.symbols);
    return st;
}
