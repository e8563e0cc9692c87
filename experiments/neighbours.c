/* SPDX-License-Identifier: MIT */
/* neighbours.c - nearest inputs by brute force: |x - t|^2 = |x|^2 - 2 x t + |t|^2, the products a
 * block of sequences at a time. */
#include "experiments/neighbours.h"

#include "kernel/gemm.h"

#include <math.h>
#include <string.h>

enum { BLOCK = 64, PART = 2048 };

/* Sequences as rows. */
typedef struct rows {
    size_t n, width;
    float *x;       /* [n][width] */
    double *length; /* [n] squared */
} rows;

static void rows_clear(rows *r)
{
    rri_free(r->x);
    rri_free(r->length);
}

static rr_status take_rows(const rr_dataset *ds, rows *out, rr_error *err)
{
    const size_t D = rr_dataset_width(ds);
    rr_status st = RR_OK;

    out->n = rr_dataset_count(ds);
    out->width = rr_dataset_at(ds, 0).steps * D;
    RRI_TRY(rri_alloc(&out->x, out->n, out->width, sizeof *out->x, err));
    RRI_TRY(rri_alloc(&out->length, out->n, 1, sizeof *out->length, err));
    for (size_t i = 0; i < out->n; i++) {
        const rr_sequence s = rr_dataset_at(ds, i);
        if (s.frames == NULL || s.steps * D != out->width)
            RRI_TRY(rri_fail(err, RR_ERR_SHAPE, (int64_t)i,
                             "sequence %zu has no frames, or other than %zu values", i,
                             out->width));
        float *const x = out->x + i * out->width;
        memcpy(x, s.frames, out->width * sizeof *x);
        for (size_t d = 0; d < out->width; d++)
            out->length[i] += (double)x[d] * (double)x[d];
    }

done:
    return st;
}

/* The k nearest so far of one sequence, by rising distance. */
typedef struct nearest {
    double distance;
    uint32_t id;
} nearest;

static void take(nearest *list, size_t k, double distance, uint32_t id)
{
    size_t at = k;

    if (!(distance < list[k - 1].distance))
        return;
    while (--at > 0 && distance < list[at - 1].distance)
        list[at] = list[at - 1];
    list[at] = (nearest){ distance, id };
}

/* A comparison of all of `of` with all of `from`. */
typedef struct search {
    experiment_context *ctx;
    const rows *from, *of;
    bool same; /* they are the same sequences */
    size_t k;
    nearest *best; /* [N of `of`][k] */
    float *packed, *products;
} search;

/* Compare with sequences begin .. begin + n of `from`. */
static void compare_part(const search *s, const rri_gemm_kernels *g, size_t begin, size_t n)
{
    const size_t width = s->from->width;

    rri_gemm_pack(g, width, n, s->from->x + begin * width, width, true, s->packed,
                  width * g->lanes);
    for (size_t i = 0; i < s->of->n && !experiment_stopped(s->ctx); i += BLOCK) {
        const size_t m = rri_min(BLOCK, s->of->n - i);
        g->multiply(m, n, width, s->of->x + i * width, width, 1, s->packed, width * g->lanes, false,
                    s->products, n);
        for (size_t a = 0; a < m; a++)
            for (size_t b = 0; b < n; b++)
                if (!s->same || i + a != begin + b)
                    take(s->best + (i + a) * s->k, s->k,
                         s->from->length[begin + b] - 2.0 * (double)s->products[a * n + b],
                         (uint32_t)(begin + b));
    }
    experiment_show(s->ctx, "nearest inputs", begin + n, s->from->n);
}

static rr_status search_all(search *s, rr_error *err)
{
    const rri_gemm_kernels *const g = rri_gemm_kernels_for(rri_isa_best());
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&s->best, s->of->n, s->k, sizeof *s->best, err));
    RRI_TRY(rri_alloc(&s->packed, rri_gemm_packed(g, s->from->width, PART), 1, sizeof(float), err));
    RRI_TRY(rri_alloc(&s->products, BLOCK, PART, sizeof(float), err));
    for (size_t i = 0; i < s->of->n * s->k; i++)
        s->best[i].distance = HUGE_VAL;
    for (size_t begin = 0; begin < s->from->n && !experiment_stopped(s->ctx); begin += PART)
        compare_part(s, g, begin, rri_min(PART, s->from->n - begin));

done:
    return st;
}

rr_status neighbours_count(experiment_context *ctx, const rr_dataset *from, const rr_dataset *ds,
                           size_t k, float *votes, rr_error *err)
{
    const size_t C = rr_dataset_classes(from);
    rows all = { .x = NULL }, some = { .x = NULL };
    search s = {
        .ctx = ctx, .from = &all, .of = ds == from ? &all : &some, .same = ds == from, .k = k
    };
    rr_status st = RR_OK;

    RRI_TRY(take_rows(from, &all, err));
    if (!s.same)
        RRI_TRY(take_rows(ds, &some, err));
    if (s.of->width != all.width || all.n < k + 1)
        RRI_TRY(rri_fail(err, RR_ERR_SHAPE, -1,
                         "%zu neighbours among %zu sequences of %zu values, for one of %zu", k,
                         all.n, all.width, s.of->width));
    RRI_TRY(search_all(&s, err));
    if (experiment_stopped(ctx))
        goto done;
    for (size_t i = 0; i < s.of->n; i++)
        for (size_t j = 0; j < k; j++)
            votes[i * C + rr_dataset_at(from, s.best[i * k + j].id).label] += 1.0F;

done:
    rri_free(s.best);
    rri_free(s.packed);
    rri_free(s.products);
    rows_clear(&all);
    rows_clear(&some);
    return st;
}
