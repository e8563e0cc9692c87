/* SPDX-License-Identifier: MIT */
/* products.c - the ceilings' products, and the choice of the shard size. */
#include "products.h"

#include "xsmm.h"

#include <cblas.h>
#include <math.h>
#include <stdio.h>

enum { LARGEST = 64, ROWS = 256, BLOCKS = 256 };

/* Of one worker; a mixture uses x, gate and d_ih. */
typedef struct buffers {
    float *x, *gate, *h, *dh, *d_ih, *d_hh;
} buffers;

struct bench_products {
    bench_shape s;
    bool training, mixture, xsmm;
    size_t P, K; /* of a mixture */
    size_t threads;
    size_t shard;                   /* sequences */
    size_t columns;                 /* of a kernel of libxsmm */
    size_t sequences;               /* of one call: a batch, or enough for all workers */
    float *w_ih, *w_hh, *w_hh_back; /* the last for libxsmm: not transposed */
    buffers *own;                   /* [threads] */
};

/* ---- memory ---------------------------------------------------------------------------------- */

void bench_products_free(bench_products *p)
{
    if (p == NULL)
        return;
    for (size_t i = 0; p->own != NULL && i < p->threads; i++) {
        rri_free(p->own[i].x);
        rri_free(p->own[i].gate);
        rri_free(p->own[i].h);
        rri_free(p->own[i].dh);
        rri_free(p->own[i].d_ih);
        rri_free(p->own[i].d_hh);
    }
    rri_free(p->own);
    rri_free(p->w_ih);
    rri_free(p->w_hh);
    rri_free(p->w_hh_back);
    rri_free(p);
}

/* n numbers of the size weights have; zeros could be cheaper than what a network multiplies. */
static rr_status new_numbers(size_t rows, size_t width, float **out, rr_error *err)
{
    rri_random r = rri_random_at(1, RRI_RANDOM_PARITY, rows * width);
    const rr_status st = rri_alloc(out, rows, width, sizeof **out, err);

    for (size_t i = 0; st == RR_OK && i < rows * width; i++)
        (*out)[i] = (float)(0.2 * (rri_random_uniform(&r) - 0.5));
    return st;
}

static rr_status new_buffers(const bench_products *p, buffers *b, rr_error *err)
{
    const bench_shape *s = &p->s;
    const size_t rows = s->T * LARGEST;
    const size_t GH = bench_gates(s) * s->H;
    rr_status st = RR_OK;

    RRI_TRY(new_numbers(rows, s->D, &b->x, err));
    RRI_TRY(new_numbers(rows, GH, &b->gate, err));
    RRI_TRY(new_numbers(rows, s->H, &b->h, err));
    RRI_TRY(new_numbers(LARGEST, s->H, &b->dh, err));
    RRI_TRY(new_numbers(GH, s->D, &b->d_ih, err));
    RRI_TRY(new_numbers(GH, s->H, &b->d_hh, err));

done:
    return st;
}

/* ---- one shard ------------------------------------------------------------------------------- */

static void product(const bench_products *p, CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, size_t m,
                    size_t n, size_t k, const float *a, size_t lda, const float *b, size_t ldb,
                    float beta, float *c)
{
    if (p->xsmm) { /* its right factors are there as it takes them */
        bench_xsmm_product(ta == CblasTrans, m, n, k, a, lda, b, beta, c, p->columns);
        return;
    }
    cblas_sgemm(CblasRowMajor, ta, tb, (int)m, (int)n, (int)k, 1.0f, a, (int)lda, b, (int)ldb, beta,
                c, (int)n);
}

static void backward(const bench_products *p, const buffers *b, size_t S)
{
    const bench_shape *s = &p->s;
    const size_t GH = bench_gates(s) * s->H;
    const float *w_back = p->xsmm ? p->w_hh_back : p->w_hh;

    for (size_t t = s->T; t-- > 1;)
        product(p, CblasNoTrans, CblasNoTrans, S, s->H, GH, b->gate + t * S * GH, GH, w_back, s->H,
                0.0f, b->dh);
    product(p, CblasTrans, CblasNoTrans, GH, s->D, s->T * S, b->gate, GH, b->x, s->D, 0.0f,
            b->d_ih);
    product(p, CblasTrans, CblasNoTrans, GH, s->H, (s->T - 1) * S, b->gate + S * GH, GH, b->h, s->H,
            0.0f, b->d_hh);
}

static void run_shard(void *ctx, size_t task, size_t worker)
{
    const bench_products *p = ctx;
    const bench_shape *s = &p->s;
    const size_t GH = bench_gates(s) * s->H;
    const buffers *b = &p->own[worker];
    size_t begin = 0;
    size_t end = 0;

    rri_block(p->sequences, p->shard, task, &begin, &end);
    const size_t S = end - begin;
    product(p, CblasNoTrans, CblasTrans, s->T * S, GH, s->D, b->x, s->D, p->w_ih, s->D, 0.0f,
            b->gate);
    for (size_t t = 1; t < s->T; t++)
        product(p, CblasNoTrans, CblasTrans, S, GH, s->H, b->h + (t - 1) * S * s->H, s->H, p->w_hh,
                s->H, 1.0f, b->gate + t * S * GH);
    if (p->training)
        backward(p, b, S);
}

/* ---- one block of a mixture's rows ----------------------------------------------------------- */

static void run_rows(void *ctx, size_t task, size_t worker)
{
    const bench_products *p = ctx;
    const buffers *b = &p->own[worker];

    (void)task;
    product(p, CblasNoTrans, CblasNoTrans, ROWS, p->K, 2 * p->P, b->x, 2 * p->P, p->w_ih, p->K,
            0.0f, b->gate);
    product(p, CblasTrans, CblasNoTrans, p->K, 2 * p->P, ROWS, b->gate, p->K, b->x, 2 * p->P, 0.0f,
            b->d_ih);
}

/* ---- iterations ------------------------------------------------------------------------------ */

static double call(bench_products *p)
{
    const double begin = rri_seconds();

    if (p->mixture)
        rri_parallel(p->threads, BLOCKS, run_rows, p);
    else
        rri_parallel(p->threads, rri_blocks(p->sequences, p->shard), run_shard, p);
    return rri_seconds() - begin;
}

bool bench_products_iteration(void *ctx, double slice, double *seconds, char note[BENCH_NOTE])
{
    bench_products *p = ctx;

    if (p == NULL) {
        snprintf(note, BENCH_NOTE, "not installed: libxsmm");
        return false;
    }
    const size_t units = p->mixture ? BLOCKS * ROWS : p->sequences;
    double spent = 0.0;
    size_t calls = 0;

    while (calls == 0 || spent < slice) {
        spent += call(p);
        calls++;
    }
    *seconds = spent / (double)(calls * units);
    const double flop = p->mixture ? 8.0 * (double)(p->P * p->K) : bench_flop(&p->s, p->training);
    if (p->mixture)
        snprintf(note, BENCH_NOTE, "%.0f GFLOP/s", 1e-9 * flop / *seconds);
    else
        snprintf(note, BENCH_NOTE, "shards of %zu, %.0f GFLOP/s", p->shard, 1e-9 * flop / *seconds);
    return true;
}

static void choose(bench_products *p)
{
    const size_t columns[] = { 128, 64, 256 };
    double best = HUGE_VAL;
    size_t shard = 16;
    size_t width = columns[0];
    char note[BENCH_NOTE];

    for (size_t i = 0; i < (p->xsmm ? sizeof columns / sizeof *columns : 1); i++)
        for (p->shard = 16; p->shard <= LARGEST; p->shard *= 2) {
            p->columns = columns[i];
            call(p); /* warm up */
            for (int round = 0; round < 3; round++) {
                double seconds = 0.0;
                bench_products_iteration(p, 0.02, &seconds, note);
                if (seconds < best) {
                    best = seconds;
                    shard = p->shard;
                    width = p->columns;
                }
            }
        }
    p->shard = shard;
    p->columns = width;
}

/* ---- making them ----------------------------------------------------------------------------- */

static rr_status new_products(size_t threads, bench_products **out, rr_error *err)
{
    rr_status st = rri_alloc(out, 1, 1, sizeof **out, err);

    if (st != RR_OK)
        return st;
    (*out)->threads = rri_threads(threads);
    return rri_alloc(&(*out)->own, (*out)->threads, 1, sizeof *(*out)->own, err);
}

static rr_status new_network(const bench_shape *s, bool training, size_t threads, bool xsmm,
                             bench_products **out, rr_error *err)
{
    const size_t GH = bench_gates(s) * s->H;
    bench_products *p = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(new_products(threads, &p, err));
    p->s = *s;
    p->xsmm = xsmm;
    p->training = training;
    /* A training step ends with its batch; a forward pass can take many batches at a time. */
    p->sequences = training ? s->B : rri_max(s->B, 512);
    RRI_TRY(new_numbers(GH, s->D, &p->w_ih, err));
    RRI_TRY(new_numbers(GH, s->H, &p->w_hh, err));
    if (xsmm)
        RRI_TRY(new_numbers(GH, s->H, &p->w_hh_back, err));
    for (size_t i = 0; i < p->threads; i++)
        RRI_TRY(new_buffers(p, &p->own[i], err));
    choose(p);
    *out = p;
    p = NULL;

done:
    bench_products_free(p);
    return st;
}

rr_status bench_products_new(const bench_shape *s, bool training, size_t threads,
                             bench_products **out, rr_error *err)
{
    return new_network(s, training, threads, false, out, err);
}

rr_status bench_products_xsmm(const bench_shape *s, bool training, size_t threads,
                              bench_products **out, rr_error *err)
{
    rr_status st = RR_OK;

    *out = NULL;
    if (!bench_xsmm_built())
        return RR_OK;
    RRI_TRY(bench_xsmm_check(err));
    RRI_TRY(new_network(s, training, threads, true, out, err));

done:
    return st;
}

rr_status bench_products_mixture(size_t P, size_t K, size_t threads, bench_products **out,
                                 rr_error *err)
{
    bench_products *p = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(new_products(threads, &p, err));
    p->mixture = true;
    p->P = P;
    p->K = K;
    RRI_TRY(new_numbers(2 * P, K, &p->w_ih, err));
    for (size_t i = 0; i < p->threads; i++) {
        RRI_TRY(new_numbers(ROWS, 2 * P, &p->own[i].x, err));
        RRI_TRY(new_numbers(ROWS, K, &p->own[i].gate, err));
        RRI_TRY(new_numbers(2 * P, K, &p->own[i].d_ih, err));
    }
    *out = p;
    p = NULL;

done:
    bench_products_free(p);
    return st;
}
