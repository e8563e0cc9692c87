/* SPDX-License-Identifier: MIT */
/* squares.c - squared norms of the gradients of single sequences. The products of all pairs of
 * steps are symmetric; they are computed in tiles of some steps on the left and all steps up to
 * them on the right. */
#include "network/squares.h"

#include <string.h>

enum { TILE = 64 }; /* steps on the left side of a product */

struct rri_squares {
    float *d, *d_packed; /* [steps][G*H] gradients of one sequence's pre-activations */
    float *y, *y_packed; /* [steps][in + H] its inputs and previous states, side by side */
    float *dd, *yy;      /* [TILE][columns] products of pairs of either */
    size_t columns;      /* steps, in whole panels */
    double *sum;         /* [D] */
};

/* Some columns of rows that lie `ld` floats apart. */
typedef struct part {
    const float *rows;
    size_t n, ld;
} part;

rr_status rri_squares_new(const rr_network_config *cfg, size_t steps, rri_squares **out,
                          rr_error *err)
{
    const rri_gemm_kernels *gemm = rri_gemm_kernels_for(rri_isa_best());
    const size_t GH = rri_cell_gates(cfg->cell) * cfg->hidden;
    const size_t inputs = rri_max(cfg->width, cfg->layers > 1 ? cfg->hidden : 0) + cfg->hidden;
    const size_t columns = rri_blocks(steps, gemm->lanes) * gemm->lanes;
    rri_squares *q = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_alloc(&q, 1, 1, sizeof *q, err));
    q->columns = columns;
    RRI_TRY(rri_alloc(&q->d, steps, GH, sizeof *q->d, err));
    RRI_TRY(rri_alloc(&q->d_packed, columns, GH, sizeof *q->d_packed, err));
    RRI_TRY(rri_alloc(&q->y, steps, inputs, sizeof *q->y, err));
    RRI_TRY(rri_alloc(&q->y_packed, columns, inputs, sizeof *q->y_packed, err));
    RRI_TRY(rri_alloc(&q->dd, TILE, columns, sizeof *q->dd, err));
    RRI_TRY(rri_alloc(&q->yy, TILE, columns, sizeof *q->yy, err));
    RRI_TRY(rri_alloc(&q->sum, cfg->width, 1, sizeof *q->sum, err));
    *out = q;
    q = NULL;

done:
    rri_squares_free(q);
    return st;
}

void rri_squares_free(rri_squares *q)
{
    if (q == NULL)
        return;
    rri_free(q->d);
    rri_free(q->d_packed);
    rri_free(q->y);
    rri_free(q->y_packed);
    rri_free(q->dd);
    rri_free(q->yy);
    rri_free(q->sum);
    rri_free(q);
}

/* sum over pairs of T steps of (d_t . d_t')(y_t . y_t' + constant), the constant standing for
 * bias vectors, whose input is 1. */
static double pairs(rri_squares *q, const rri_gemm_kernels *gemm, size_t T, part d, part y,
                    double constant)
{
    const size_t ld = q->columns;
    double sum = 0.0;

    rri_gemm_pack(gemm, d.n, T, d.rows, d.ld, true, q->d_packed, d.n * gemm->lanes);
    rri_gemm_pack(gemm, y.n, T, y.rows, y.ld, true, q->y_packed, y.n * gemm->lanes);
    for (size_t begin = 0; begin < T; begin += TILE) {
        const size_t rows = rri_min(TILE, T - begin);
        const size_t end = begin + rows;
        gemm->multiply(rows, end, d.n, d.rows + begin * d.ld, d.ld, 1, q->d_packed,
                       d.n * gemm->lanes, false, q->dd, ld);
        gemm->multiply(rows, end, y.n, y.rows + begin * y.ld, y.ld, 1, q->y_packed,
                       y.n * gemm->lanes, false, q->yy, ld);
        for (size_t i = 0; i < rows; i++) {
            const float *dd = q->dd + i * ld;
            const float *yy = q->yy + i * ld;
            for (size_t j = 0; j < begin + i; j++)
                sum += 2.0 * (double)dd[j] * ((double)yy[j] + constant);
            sum += (double)dd[begin + i] * ((double)yy[begin + i] + constant);
        }
    }
    return sum;
}

/* Copy one sequence's rows of p [rows][width], in order of time, into columns of to. */
static void gather(const rri_shard *s, size_t b, const float *p, size_t width, float *to, size_t ld)
{
    for (size_t t = 0; t < s->length[b]; t++)
        memcpy(to + t * ld, p + rri_shard_row(s, t, b) * width, width * sizeof *to);
}

static double layer_square(rri_squares *q, const rri_shard *s, size_t l, size_t b)
{
    const size_t H = s->cfg.hidden;
    const size_t GH = rri_cell_gates(s->cfg.cell) * H;
    const size_t in = rri_layer_width(&s->cfg, l);
    const size_t T = s->length[b];
    const rri_layer_work *w = &s->layer[l];
    const part y = { q->y, in + H, in + H };

    gather(s, b, w->gate, GH, q->d, GH);
    gather(s, b, rri_shard_input(s, l), in, q->y, in + H);
    for (size_t t = 0; t < T; t++)
        memcpy(q->y + t * (in + H) + in, w->h + (rri_previous(s, t) + b) * H, H * sizeof *q->y);
    if (s->cfg.cell != RR_CELL_GRU)
        return pairs(q, s->gemm, T, (part){ q->d, GH, GH }, y, 2.0);
    /* The n gate's gradient differs between its input side and its recurrent side. */
    double sum = pairs(q, s->gemm, T, (part){ q->d, 2 * H, GH }, y, 2.0);
    sum += pairs(q, s->gemm, T, (part){ q->d + 2 * H, H, GH }, (part){ q->y, in, in + H }, 1.0);
    gather(s, b, w->extra, H, q->d, H);
    sum += pairs(q, s->gemm, T, (part){ q->d, H, H }, (part){ q->y + in, H, in + H }, 1.0);
    return sum;
}

/* The steps of one symbol share a row of the embedding: its gradient is the sum of theirs. */
static double embedding_square(rri_squares *q, const rri_shard *s, size_t b,
                               const uint32_t *symbols, uint32_t fixed)
{
    const size_t D = s->cfg.width;
    const size_t T = s->length[b];
    double square = 0.0;

    for (size_t t = 0; t < T; t++) {
        size_t earlier = 0;
        while (symbols[earlier] != symbols[t])
            earlier++;
        if (earlier < t || symbols[t] < fixed)
            continue;
        memset(q->sum, 0, D * sizeof *q->sum);
        for (size_t u = t; u < T; u++) {
            const float *dx = s->dx + rri_shard_row(s, u, b) * D;
            for (size_t d = 0; symbols[u] == symbols[t] && d < D; d++)
                q->sum[d] += (double)dx[d];
        }
        for (size_t d = 0; d < D; d++)
            square += q->sum[d] * q->sum[d];
    }
    return square;
}

double rri_squares_of(rri_squares *q, const rri_shard *s, size_t b, const uint32_t *symbols,
                      uint32_t fixed)
{
    const size_t H = s->cfg.hidden;
    const size_t C = s->cfg.classes;
    const float *dlogit = s->logits + b * C;
    const float *last = s->last + b * H;
    double logits = 0.0;
    double inputs = 1.0; /* of the bias */
    double sum = 0.0;

    for (size_t c = C - rri_outputs(&s->cfg); c < C; c++)
        logits += (double)dlogit[c] * (double)dlogit[c];
    for (size_t j = 0; j < H; j++)
        inputs += (double)last[j] * (double)last[j];
    for (size_t l = 0; l < s->cfg.layers; l++)
        sum += layer_square(q, s, l, b);
    if (rri_embedding_trained(&s->cfg))
        sum += embedding_square(q, s, b, symbols, fixed);
    return sum + logits * inputs;
}
