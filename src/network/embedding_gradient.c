/* SPDX-License-Identifier: MIT */
/* embedding_gradient.c - collects the gradients of symbol vectors and sums them by symbol. */
#include "network/embedding_gradient.h"

#include <stdlib.h>
#include <string.h>

enum {
    BLOCK = 64 /* symbols a task of the sum */
};
static const uint32_t none = UINT32_MAX;

static int longer_first(const void *a, const void *b)
{
    const size_t x = *(const size_t *)a;
    const size_t y = *(const size_t *)b;

    return (x < y) - (x > y);
}

/* Steps of the B longest sequences. */
static rr_status most_steps(const rr_dataset *ds, size_t B, size_t *out, rr_error *err)
{
    const size_t N = rr_dataset_count(ds);
    size_t *length = NULL;
    const rr_status st = rri_alloc(&length, N, 1, sizeof *length, err);

    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < N; i++)
        length[i] = rr_dataset_at(ds, i).steps;
    qsort(length, N, sizeof *length, longer_first);
    *out = 0;
    for (size_t i = 0; i < rri_min(B, N); i++)
        *out += length[i];
    rri_free(length);
    return *out < none ? RR_OK
                       : rri_fail(err, RR_ERR_SHAPE, -1, "a batch of %zu steps is too large", *out);
}

rr_status rri_embedding_gradient_new(const rr_network *net, const rr_dataset *ds, size_t B,
                                     rri_embedding_gradient **out, rr_error *err)
{
    const rr_network_config *cfg = &net->cfg;
    rri_embedding_gradient *g = NULL;
    size_t rows = 0;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(most_steps(ds, B, &rows, err));
    RRI_TRY(rri_alloc(&g, 1, 1, sizeof *g, err));
    g->D = cfg->width;
    g->rows = rows;
    g->fixed = rri_symbols_are_words(net) ? RR_WORD_UNKNOWN + 1 : 0;
    RRI_TRY(rri_alloc(&g->sum, cfg->vocabulary, cfg->width, sizeof *g->sum, err));
    RRI_TRY(rri_alloc(&g->row, rows, cfg->width, sizeof *g->row, err));
    RRI_TRY(rri_alloc(&g->symbol, rows, 1, sizeof *g->symbol, err));
    RRI_TRY(rri_alloc(&g->offset, B + 1, 1, sizeof *g->offset, err));
    RRI_TRY(rri_alloc(&g->next, rows, 1, sizeof *g->next, err));
    RRI_TRY(rri_alloc(&g->first, cfg->vocabulary, 1, sizeof *g->first, err));
    RRI_TRY(rri_alloc(&g->last, cfg->vocabulary, 1, sizeof *g->last, err));
    RRI_TRY(rri_alloc(&g->used, rows, 1, sizeof *g->used, err));
    RRI_TRY(rri_alloc(&g->square, rri_blocks(rows, BLOCK), 1, sizeof *g->square, err));
    for (size_t v = 0; v < cfg->vocabulary; v++)
        g->first[v] = none;
    *out = g;
    g = NULL;

done:
    rri_embedding_gradient_free(g);
    return st;
}

void rri_embedding_gradient_free(rri_embedding_gradient *g)
{
    if (g == NULL)
        return;
    rri_free(g->sum);
    rri_free(g->row);
    rri_free(g->symbol);
    rri_free(g->offset);
    rri_free(g->next);
    rri_free(g->first);
    rri_free(g->last);
    rri_free(g->used);
    rri_free(g->square);
    rri_free(g);
}

/* Append row r to the list of its symbol. */
static void chain(rri_embedding_gradient *g, uint32_t r)
{
    const uint32_t v = g->symbol[r];

    g->next[r] = none;
    if (v < g->fixed)
        return;
    if (g->first[v] == none) {
        g->first[v] = r;
        g->used[g->count_used++] = v;
    } else {
        g->next[g->last[v]] = r;
    }
    g->last[v] = r;
}

void rri_embedding_gradient_begin(rri_embedding_gradient *g, const rr_sequence *sequences,
                                  size_t count)
{
    for (size_t i = 0; i < g->count_used; i++) { /* clear the previous batch */
        memset(g->sum + g->used[i] * g->D, 0, g->D * sizeof *g->sum);
        g->first[g->used[i]] = none;
    }
    g->count_used = 0;
    g->offset[0] = 0;
    for (size_t i = 0; i < count; i++) {
        const rr_sequence *q = &sequences[i];
        memcpy(g->symbol + g->offset[i], q->symbols, q->steps * sizeof *q->symbols);
        g->offset[i + 1] = g->offset[i] + q->steps;
    }
    for (size_t r = 0; r < g->offset[count]; r++)
        chain(g, (uint32_t)r);
}

void rri_embedding_gradient_put(rri_embedding_gradient *g, const rri_shard *s, size_t begin)
{
    for (size_t b = 0; b < s->count; b++) {
        float *to = g->row + g->offset[begin + s->order[b]] * g->D;
        for (size_t t = 0; t < s->length[b]; t++, to += g->D)
            memcpy(to, s->dx + rri_shard_row(s, t, b) * g->D, g->D * sizeof *to);
    }
}

static void sum_block(void *ctx, size_t task, size_t worker)
{
    rri_embedding_gradient *g = ctx;
    double square = 0.0;
    size_t begin = 0;
    size_t end = 0;

    (void)worker;
    rri_block(g->count_used, BLOCK, task, &begin, &end);
    for (size_t i = begin; i < end; i++) {
        float *restrict sum = g->sum + g->used[i] * g->D;
        for (uint32_t r = g->first[g->used[i]]; r != none; r = g->next[r]) {
            const float *restrict row = g->row + r * g->D;
            for (size_t d = 0; d < g->D; d++)
                sum[d] += row[d];
        }
        for (size_t d = 0; d < g->D; d++)
            square += (double)sum[d] * (double)sum[d];
    }
    g->square[task] = square;
}

double rri_embedding_gradient_sum(rri_embedding_gradient *g, size_t threads)
{
    const size_t blocks = rri_blocks(g->count_used, BLOCK);
    double square = 0.0;

    rri_parallel(threads, blocks, sum_block, g);
    for (size_t i = 0; i < blocks; i++)
        square += g->square[i];
    return square;
}
