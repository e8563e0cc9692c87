/* SPDX-License-Identifier: MIT */
/* inputs_frames.c - nearest sequences of frames: sequences of one length by piecewise aggregates,
 * and their distances by matrix products.
 *
 * |x - y|^2 = |x|^2 - 2 (x y - |y|^2 / 2): the nearest y have the largest x y - |y|^2 / 2, in
 * float. */
#include "audit/inputs_internal.h"

#include "kernel/gemm.h"

#include <math.h>
#include <string.h>

enum {
    ROWS = 32,    /* sequences of a task */
    COLUMNS = 512 /* references of a product; a multiple of the lanes of every kernel */
};

struct rri_input_frames {
    size_t R, D, width;  /* width = R D */
    float *mean, *scale; /* [D] a column v becomes (v - mean) scale */
    const rri_gemm_kernels *gemm;
    size_t step;   /* floats of a panel */
    float *packed; /* the references, as the right factor */
    float *half;   /* [references] |y|^2 / 2 */
};

void rri_input_frames_free(rri_input_frames *f)
{
    if (f == NULL)
        return;
    rri_free(f->mean);
    rri_free(f->scale);
    rri_free(f->packed);
    rri_free(f->half);
    rri_free(f);
}

/* ---- one length ----------------------------------------------------------------------------- */

/* Mean and deviation of the columns over all steps; sum and squares are [D] and 0. */
static void measure_columns(const rr_dataset *ds, rri_input_frames *f, double *sum, double *squares)
{
    const size_t N = rr_dataset_count(ds);
    const double steps = (double)rr_dataset_steps(ds);

    for (size_t i = 0; i < N; i++) {
        const rr_sequence s = rr_dataset_at(ds, i);
        for (size_t t = 0; t < s.steps; t++)
            for (size_t d = 0; d < f->D; d++)
                sum[d] += (double)s.frames[t * f->D + d];
    }
    for (size_t i = 0; i < N; i++) {
        const rr_sequence s = rr_dataset_at(ds, i);
        for (size_t t = 0; t < s.steps; t++)
            for (size_t d = 0; d < f->D; d++) {
                const double v = (double)s.frames[t * f->D + d] - sum[d] / steps;
                squares[d] += v * v;
            }
    }
    for (size_t d = 0; d < f->D; d++) {
        const double deviation = sqrt(squares[d] / steps);
        f->mean[d] = (float)(sum[d] / steps);
        f->scale[d] = deviation > 0.0 ? (float)(1.0 / deviation) : 1.0F;
    }
}

static rr_status scale_columns(const rr_dataset *ds, bool scaled, rri_input_frames *f,
                               rr_error *err)
{
    double *sums = NULL; /* [2][D] */
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&f->mean, f->D, 1, sizeof *f->mean, err));
    RRI_TRY(rri_alloc(&f->scale, f->D, 1, sizeof *f->scale, err));
    for (size_t d = 0; d < f->D; d++)
        f->scale[d] = 1.0F;
    if (!scaled)
        goto done;
    RRI_TRY(rri_alloc(&sums, f->D, 2, sizeof *sums, err));
    measure_columns(ds, f, sums, sums + f->D);

done:
    rri_free(sums);
    return st;
}

/* Part r of a sequence covers [r T / R, (r + 1) T / R) of its steps, in units of 1/R step. */
static void aggregate(const rri_input_frames *f, const rr_sequence *s, float *out)
{
    const size_t R = f->R, T = s->steps;

    for (size_t r = 0; r < R; r++) {
        const size_t begin = r * T, end = begin + T;
        float *to = out + r * f->D;
        memset(to, 0, f->D * sizeof *to);
        for (size_t t = begin / R; t * R < end; t++) {
            const size_t from = rri_max(begin, t * R), until = rri_min(end, (t + 1) * R);
            const float part = (float)(until - from) / (float)T;
            for (size_t d = 0; d < f->D; d++)
                to[d] += part * ((s->frames[t * f->D + d] - f->mean[d]) * f->scale[d]);
        }
    }
}

/* ---- references ----------------------------------------------------------------------------- */

static rr_status pack_references(const rr_dataset *ds, const rri_inputs *x, rri_input_frames *f,
                                 rr_error *err)
{
    float *rows = NULL; /* [COLUMNS][width] */
    rr_status st = RR_OK;

    f->step = f->width * f->gemm->lanes;
    RRI_TRY(rri_alloc(&f->packed, rri_gemm_columns(f->gemm, x->references), f->width, sizeof(float),
                      err));
    RRI_TRY(rri_alloc(&f->half, x->references, 1, sizeof *f->half, err));
    RRI_TRY(rri_alloc(&rows, COLUMNS, f->width, sizeof *rows, err));
    for (size_t begin = 0; begin < x->references; begin += COLUMNS) {
        const size_t n = rri_min(COLUMNS, x->references - begin);
        for (size_t r = 0; r < n; r++) {
            const rr_sequence s = rr_dataset_at(ds, x->reference[begin + r]);
            float *row = rows + r * f->width;
            double squares = 0.0;
            aggregate(f, &s, row);
            for (size_t v = 0; v < f->width; v++)
                squares += (double)row[v] * (double)row[v];
            f->half[begin + r] = (float)(0.5 * squares);
        }
        rri_gemm_pack(f->gemm, f->width, n, rows, f->width, true,
                      f->packed + begin / f->gemm->lanes * f->step, f->step);
    }

done:
    rri_free(rows);
    return st;
}

rr_status rri_input_frames_new(const rr_dataset *ds, rri_inputs *x, size_t most_work, rr_error *err)
{
    rri_input_frames *f = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&x->frames, 1, 1, sizeof *x->frames, err));
    f = x->frames;
    f->gemm = rri_gemm_kernels_for(rri_isa_best());
    f->R = x->parts;
    f->D = rr_dataset_width(ds);
    f->width = f->R * f->D;
    const size_t most = rri_max(RRI_NEAREST + 1, most_work / x->N / f->width);
    RRI_TRY(rri_inputs_refer(x, rri_min(x->N, most), err));
    RRI_TRY(scale_columns(ds, x->scaled, f, err));
    RRI_TRY(pack_references(ds, x, f, err));

done:
    return st;
}

/* ---- search --------------------------------------------------------------------------------- */

typedef struct search {
    const rri_inputs *x;
    const rr_dataset *ds;
    bool inside;
    size_t stride, begin, end;
    float *rows;     /* [workers][ROWS][width] */
    float *products; /* [workers][ROWS][COLUMNS] */
    rri_nearest *best;
} search;

static void take(const search *q, size_t i, size_t first, size_t n, const float *product)
{
    const rri_input_frames *f = q->x->frames;
    const uint32_t *reference = q->x->reference + first;
    rri_nearest *best = &q->best[i - q->begin];

    for (size_t r = 0; r < n; r++)
        if (!(q->inside && reference[r] == i * q->stride))
            rri_nearest_add(best, product[r] - f->half[first + r], reference[r]);
}

static void search_block(void *ctx, size_t task, size_t worker)
{
    const search *q = ctx;
    const rri_input_frames *f = q->x->frames;
    const size_t begin = q->begin + task * ROWS;
    const size_t m = rri_min(ROWS, q->end - begin);
    float *rows = q->rows + worker * ROWS * f->width;
    float *products = q->products + worker * ROWS * COLUMNS;

    for (size_t i = 0; i < m; i++) {
        const rr_sequence s = rr_dataset_at(q->ds, (begin + i) * q->stride);
        aggregate(f, &s, rows + i * f->width);
    }
    for (size_t first = 0; first < q->x->references; first += COLUMNS) {
        const size_t n = rri_min(COLUMNS, q->x->references - first);
        f->gemm->multiply(m, n, f->width, rows, f->width, 1,
                          f->packed + first / f->gemm->lanes * f->step, f->step, false, products,
                          COLUMNS);
        for (size_t i = 0; i < m; i++)
            take(q, begin + i, first, n, products + i * COLUMNS);
    }
}

rr_status rri_input_frames_search(const rri_inputs *x, const rr_dataset *ds, bool inside,
                                  size_t stride, size_t begin, size_t end, size_t threads,
                                  rri_nearest *best, rr_error *err)
{
    const size_t workers = rri_threads(threads);
    search q = { .x = x,
                 .ds = ds,
                 .inside = inside,
                 .stride = stride,
                 .begin = begin,
                 .end = end,
                 .best = best };
    rr_status st = RR_OK;

    if (rr_dataset_width(ds) != x->frames->D)
        return rri_fail(err, RR_ERR_SHAPE, -1,
                        "frames of D = %zu columns, where the training set has D = %zu",
                        rr_dataset_width(ds), x->frames->D);
    RRI_TRY(rri_alloc(&q.rows, workers * ROWS, x->frames->width, sizeof *q.rows, err));
    RRI_TRY(rri_alloc(&q.products, workers * ROWS, COLUMNS, sizeof *q.products, err));
    rri_parallel(threads, rri_blocks(end - begin, ROWS), search_block, &q);

done:
    rri_free(q.rows);
    rri_free(q.products);
    return st;
}
