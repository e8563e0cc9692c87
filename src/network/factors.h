/* SPDX-License-Identifier: MIT */
/* factors.h - the weights of a network as right factors of products, packed (kernel/gemm.h).
 *
 * Packing reads the weights once; every step of every shard then reads them in sequence. To be
 * repeated whenever the weights have changed: once a batch in training, once a pass elsewhere. */
#ifndef RRI_FACTORS_H
#define RRI_FACTORS_H

#include "kernel/gemm.h"
#include "network/model.h"

/* B [k][n], packed for the kernels it names. */
typedef struct rri_factor {
    const rri_gemm_kernels *gemm;
    size_t k, n;
    size_t step; /* floats between panels */
    float *packed;
} rri_factor;

typedef struct rri_layer_factors {
    rri_factor ih;      /* [in][G*H] W_ih^T */
    rri_factor hh;      /* [H][G*H]  W_hh^T */
    rri_factor ih_back; /* [G*H][in] W_ih; training, above the first layer or an embedding */
    rri_factor hh_back; /* [G*H][H]  W_hh; training */
    float *bias;        /* [G*H] added to the pre-activations */
    float *bias_n;      /* [H] GRU: the bias that the reset gate scales */
} rri_layer_factors;

typedef struct rri_factors {
    const rri_gemm_kernels *gemm;
    rr_network_config cfg;
    bool training;
    rri_layer_factors *layer; /* [L] */
    rri_factor out;           /* [H][O] W_out^T */
    rri_factor out_back;      /* [O][H] W_out; training */
    float *out_bias;          /* [C]; 0 where no logit is computed */
} rri_factors;

/* Allocate for networks of this architecture. */
rr_status rri_factors_new(const rr_network_config *cfg, bool training, rri_factors **out,
                          rr_error *err);
void rri_factors_free(rri_factors *f); /* NULL is allowed */

/* Pack a network's weights as they are now; they are read. */
void rri_factors_fill(rri_factors *f, float *weights, size_t threads);

/* C [m][f->n] = A [m][f->k] * f, or C += ...; lda, ldc are the row strides. */
void rri_product(const rri_factor *f, size_t m, const float *a, size_t lda, bool add, float *c,
                 size_t ldc);

/* The same with rows k0 .. k0+k of f alone. */
void rri_product_part(const rri_factor *f, size_t k0, size_t k, size_t m, const float *a,
                      size_t lda, bool add, float *c, size_t ldc);

/* ---- gradients of weights -------------------------------------------------------------------- */

/* One matrix of the right side of an outer product, and its part of the result. */
typedef struct rri_outer_part {
    const float *b; /* [k][n] with row stride ldb; NULL stands for one column of ones */
    size_t n, ldb;
    float *c; /* [m][n], dense */
} rri_outer_part;

/* Scratch of rri_outer(): how many floats for products up to m rows and n columns, all parts
 * together. */
size_t rri_outer_scratch(const rri_gemm_kernels *gemm, size_t m, size_t n);

/* For every part: c = A^T b, with A [k][m] of row stride lda. All parts are computed in one pass
 * through A. */
void rri_outer(const rri_gemm_kernels *gemm, size_t m, size_t k, const float *a, size_t lda,
               const rri_outer_part *parts, size_t count, float *scratch);

/* For every part: c = A^T b + A2^T b2, where the second sum has but the first count2 parts; of
 * parts2 only b and ldb are read. */
void rri_outer_both(const rri_gemm_kernels *gemm, size_t m, size_t k, const float *a, size_t lda,
                    const rri_outer_part *parts, size_t count, const float *a2, size_t lda2,
                    const rri_outer_part *parts2, size_t count2, float *scratch);

#endif
