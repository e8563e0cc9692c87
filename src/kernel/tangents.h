/* SPDX-License-Identifier: MIT */
/* tangents.h - the pointwise half of one recurrent step's tangent: how its results change when the
 * weights move along a direction [Pearlmutter94].
 *
 * R x is the derivative of x along the direction; shapes and names are those of gates.h. A forward
 * call follows that of gates.h: it reads activations and turns r_gate from R of the
 * pre-activations, without biases, into R of the activations (Elman: leaves it). A backward call
 * replaces that of gates.h: gate becomes the gradient of the pre-activations, r_gate its tangent;
 * values carried from step to step have their tangents beside them.
 *
 * Outputs agree with the reference within 4e-6 of the largest value, for inputs of magnitude
 * about 1; tests/network/test_tangents.c. */
#ifndef RRI_TANGENTS_H
#define RRI_TANGENTS_H

#include "kernel/isa.h"

#include <stddef.h>

/* One step of B rows. Members that a cell or a call does not use may be NULL. */
typedef struct rri_tangent_step {
    size_t B, H;
    const float *bias, *bias_n; /* of the direction: [G*H], and GRU [H] */
    const float *rec;           /* GRU forward: R of the recurrent products [B][3H] */

    float *gate, *r_gate;           /* [B][G*H] */
    float *extra, *r_extra;         /* [B][H]; LSTM: tanh(c), and nothing; GRU: hn and R hn */
    const float *h_prev, *r_h_prev; /* GRU */
    const float *h;                 /* Elman */
    float *r_h;                     /* written forward */
    const float *c_prev, *r_c_prev; /* LSTM */
    float *r_c;                     /* LSTM; written forward */

    float *dh, *r_dh;             /* backward, as in gates.h */
    const float *above, *r_above; /* or both NULL */
    float *dc, *r_dc;             /* LSTM */
} rri_tangent_step;

typedef void (*rri_tangent_kernel)(const rri_tangent_step *s);

typedef struct rri_tangents_kernels {
    rri_tangent_kernel lstm_forward, lstm_backward;
    rri_tangent_kernel gru_forward, gru_backward;
    rri_tangent_kernel tanh_forward, tanh_backward;
    rri_tangent_kernel relu_forward, relu_backward;
} rri_tangents_kernels;

/* The kernels of an instruction set; those of the compiler's vectors where there are none. */
const rri_tangents_kernels *rri_tangents_kernels_for(rri_isa isa);

extern const rri_tangents_kernels rri_tangents_ref;
extern const rri_tangents_kernels rri_tangents_plain;
#if defined(__x86_64__)
extern const rri_tangents_kernels rri_tangents_avx2;
extern const rri_tangents_kernels rri_tangents_avx512;
#endif

#endif
