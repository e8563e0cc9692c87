/* SPDX-License-Identifier: MIT */
/* gates.h - the pointwise half of one recurrent step, forward and backward; src/network computes
 * the products.
 *
 * B rows, H hidden, row-major and dense. "gate" arrays hold G*H values a row: pre-activations on
 * entry, activations after the forward call, gradients of the pre-activations after the backward
 * call; nothing is copied. dh is the gradient of h that comes from the next step; dh_above (NULL
 * for the top layer) is what the layer above adds.
 *
 * Forward outputs agree with the reference within 1e-6 absolute for |pre-activation| <= 20,
 * backward outputs within 2e-6 of the largest gradient; tests/kernel/test_gates.c. */
#ifndef RRI_GATES_H
#define RRI_GATES_H

#include "kernel/isa.h"

#include <stddef.h>
#include <stdint.h>

typedef struct rri_gates_kernels {
    /* i,f,o = sigmoid, g = tanh of gate + bias; c = f*c_prev + i*g; h = o*tanh(c).
     * bias [4H], gate [B][4H] in order i f g o, all others [B][H]. */
    void (*lstm_forward)(size_t B, size_t H, const float *bias, float *gate, const float *c_prev,
                         float *c, float *tanh_c, float *h);
    /* dc is the gradient of c from the next step and becomes that for the step before. */
    void (*lstm_backward)(size_t B, size_t H, float *gate, const float *c_prev, const float *tanh_c,
                          const float *dh, const float *dh_above, float *dc);

    /* r,z = sigmoid(gate + rec + bias); hn = rec_n + bias_n; n = tanh(gate_n + bias_xn + r*hn);
     * h = n + z*(h_prev - n). bias [3H], bias_n [H], gate and rec [B][3H] in order r z n. */
    void (*gru_forward)(size_t B, size_t H, const float *bias, const float *bias_n, float *gate,
                        const float *rec, const float *h_prev, float *hn, float *h);
    /* hn becomes the gradient of hn itself, which the recurrent product needs in place of the n
     * part of gate; dh becomes the part of the gradient of h_prev that does not pass the products.
     */
    void (*gru_backward)(size_t B, size_t H, float *gate, float *hn, const float *h_prev, float *dh,
                         const float *dh_above);

    /* h = tanh(gate + bias), or max(0, .); gate becomes the gradient in the backward call. */
    void (*tanh_forward)(size_t B, size_t H, const float *bias, const float *gate, float *h);
    void (*tanh_backward)(size_t B, size_t H, float *gate, const float *h, const float *dh,
                          const float *dh_above);
    void (*relu_forward)(size_t B, size_t H, const float *bias, const float *gate, float *h);
    void (*relu_backward)(size_t B, size_t H, float *gate, const float *h, const float *dh,
                          const float *dh_above);

    /* logits + bias [B][C] become their softmax; label [B] is the lower of equal maxima. */
    void (*softmax)(size_t B, size_t C, const float *bias, float *logits, uint32_t *label);
} rri_gates_kernels;

/* The kernels of an instruction set; those of the compiler's vectors where there are none. */
const rri_gates_kernels *rri_gates_kernels_for(rri_isa isa);

extern const rri_gates_kernels rri_gates_ref;
extern const rri_gates_kernels rri_gates_plain;
#if defined(__x86_64__)
extern const rri_gates_kernels rri_gates_avx2;
extern const rri_gates_kernels rri_gates_avx512;
#endif

#endif
