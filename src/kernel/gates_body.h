/* SPDX-License-Identifier: MIT */
/* gates_body.h - the vector form of gates_ref.c, written with the operations of simd_avx2.h,
 * simd_avx512.h or simd_plain.h. Included once by gates_avx2.c, gates_avx512.c and gates_plain.c.
 * Equations and shapes: gates_ref.c, gates.h.
 *
 * Each function walks a row in whole vectors and ends it with one partial vector (simd_edge.h). */
#include "kernel/gates.h"
#include "kernel/simd_edge.h"
#include "kernel/simd_math.h"
#include "kernel/simd_sum.h"

#include <math.h>

/* s * (1 - s), the slope of the sigmoid whose value is s. */
static inline vf slope(vf s)
{
    return vf_fnma(s, s, s);
}

/* 1 - t*t, the slope of the tanh whose value is t. */
static inline vf tanh_slope(vf t)
{
    return vf_fnma(t, t, vf_set(1.0f));
}

static inline vf gradient(const float *dh, const float *dh_above, size_t n)
{
    const vf e = vf_get(dh, n);
    return dh_above != NULL ? vf_add(e, vf_get(dh_above, n)) : e;
}

static inline const float *at_row(const float *p, size_t at)
{
    return p != NULL ? p + at : NULL;
}

static void lstm_forward(size_t B, size_t H, const float *bias, float *gate, const float *c_prev,
                         float *c, float *tanh_c, float *h)
{
    for (size_t b = 0; b < B; b++) {
        for (size_t j = 0; j < H; j += VF_LANES) {
            const size_t n = vf_width(j, H);
            const size_t at = b * H + j;
            float *z = gate + b * 4 * H + j;
            const vf half = vf_set(0.5f);
            vf i, f, g, o;
            vf_quotients(vf_sigmoid_ratio(vf_add(vf_get(z, n), vf_get(bias + j, n))),
                         vf_sigmoid_ratio(vf_add(vf_get(z + H, n), vf_get(bias + H + j, n))), &i,
                         &f);
            vf_quotients(
                vf_tanh_ratio(vf_add(vf_get(z + 2 * H, n), vf_get(bias + 2 * H + j, n))),
                vf_sigmoid_ratio(vf_add(vf_get(z + 3 * H, n), vf_get(bias + 3 * H + j, n))), &g,
                &o);
            i = vf_add(half, i);
            f = vf_add(half, f);
            o = vf_add(half, o);
            const vf cell = vf_fma(f, vf_get(c_prev + at, n), vf_mul(i, g));
            const vf t = vf_tanh(cell);
            vf_put(z, i, n);
            vf_put(z + H, f, n);
            vf_put(z + 2 * H, g, n);
            vf_put(z + 3 * H, o, n);
            vf_put(c + at, cell, n);
            vf_put(tanh_c + at, t, n);
            vf_put(h + at, vf_mul(o, t), n);
        }
    }
}

static void lstm_backward(size_t B, size_t H, float *gate, const float *c_prev, const float *tanh_c,
                          const float *dh, const float *dh_above, float *dc)
{
    for (size_t b = 0; b < B; b++) {
        for (size_t j = 0; j < H; j += VF_LANES) {
            const size_t n = vf_width(j, H);
            const size_t at = b * H + j;
            float *z = gate + b * 4 * H + j;
            const vf i = vf_get(z, n);
            const vf f = vf_get(z + H, n);
            const vf g = vf_get(z + 2 * H, n);
            const vf o = vf_get(z + 3 * H, n);
            const vf t = vf_get(tanh_c + at, n);
            const vf e = gradient(dh + at, at_row(dh_above, at), n);
            const vf d = vf_fma(vf_mul(e, o), tanh_slope(t), vf_get(dc + at, n));
            vf_put(z, vf_mul(vf_mul(d, g), slope(i)), n);
            vf_put(z + H, vf_mul(vf_mul(d, vf_get(c_prev + at, n)), slope(f)), n);
            vf_put(z + 2 * H, vf_mul(vf_mul(d, i), tanh_slope(g)), n);
            vf_put(z + 3 * H, vf_mul(vf_mul(e, t), slope(o)), n);
            vf_put(dc + at, vf_mul(d, f), n);
        }
    }
}

static void gru_forward(size_t B, size_t H, const float *bias, const float *bias_n, float *gate,
                        const float *rec, const float *h_prev, float *hn, float *h)
{
    for (size_t b = 0; b < B; b++) {
        for (size_t j = 0; j < H; j += VF_LANES) {
            const size_t n = vf_width(j, H);
            const size_t at = b * H + j;
            float *a = gate + b * 3 * H + j;
            const float *u = rec + b * 3 * H + j;
            vf r, z;
            vf_quotients(
                vf_sigmoid_ratio(vf_add(vf_add(vf_get(a, n), vf_get(u, n)), vf_get(bias + j, n))),
                vf_sigmoid_ratio(
                    vf_add(vf_add(vf_get(a + H, n), vf_get(u + H, n)), vf_get(bias + H + j, n))),
                &r, &z);
            r = vf_add(vf_set(0.5f), r);
            z = vf_add(vf_set(0.5f), z);
            const vf q = vf_add(vf_get(u + 2 * H, n), vf_get(bias_n + j, n));
            const vf m =
                vf_tanh(vf_fma(r, q, vf_add(vf_get(a + 2 * H, n), vf_get(bias + 2 * H + j, n))));
            vf_put(a, r, n);
            vf_put(a + H, z, n);
            vf_put(a + 2 * H, m, n);
            vf_put(hn + at, q, n);
            vf_put(h + at, vf_fma(z, vf_sub(vf_get(h_prev + at, n), m), m), n);
        }
    }
}

static void gru_backward(size_t B, size_t H, float *gate, float *hn, const float *h_prev, float *dh,
                         const float *dh_above)
{
    const vf one = vf_set(1.0f);
    for (size_t b = 0; b < B; b++) {
        for (size_t j = 0; j < H; j += VF_LANES) {
            const size_t n = vf_width(j, H);
            const size_t at = b * H + j;
            float *a = gate + b * 3 * H + j;
            const vf r = vf_get(a, n);
            const vf z = vf_get(a + H, n);
            const vf m = vf_get(a + 2 * H, n);
            const vf e = gradient(dh + at, at_row(dh_above, at), n);
            const vf dm = vf_mul(vf_mul(e, vf_sub(one, z)), tanh_slope(m));
            vf_put(a, vf_mul(vf_mul(dm, vf_get(hn + at, n)), slope(r)), n);
            vf_put(a + H, vf_mul(vf_mul(e, vf_sub(vf_get(h_prev + at, n), m)), slope(z)), n);
            vf_put(a + 2 * H, dm, n);
            vf_put(hn + at, vf_mul(dm, r), n);
            vf_put(dh + at, vf_mul(e, z), n);
        }
    }
}

static void tanh_forward(size_t B, size_t H, const float *bias, const float *gate, float *h)
{
    for (size_t b = 0; b < B; b++)
        for (size_t j = 0; j < H; j += VF_LANES) {
            const size_t n = vf_width(j, H);
            const size_t at = b * H + j;
            vf_put(h + at, vf_tanh(vf_add(vf_get(gate + at, n), vf_get(bias + j, n))), n);
        }
}

static void tanh_backward(size_t B, size_t H, float *gate, const float *h, const float *dh,
                          const float *dh_above)
{
    for (size_t at = 0; at < B * H; at += VF_LANES) {
        const size_t n = vf_width(at, B * H);
        const vf e = gradient(dh + at, at_row(dh_above, at), n);
        vf_put(gate + at, vf_mul(e, tanh_slope(vf_get(h + at, n))), n);
    }
}

static void relu_forward(size_t B, size_t H, const float *bias, const float *gate, float *h)
{
    const vf zero = vf_set(0.0f);
    for (size_t b = 0; b < B; b++)
        for (size_t j = 0; j < H; j += VF_LANES) {
            const size_t n = vf_width(j, H);
            const size_t at = b * H + j;
            /* Returns the second operand when one is NaN. */
            vf_put(h + at, vf_max(zero, vf_add(vf_get(gate + at, n), vf_get(bias + j, n))), n);
        }
}

static void relu_backward(size_t B, size_t H, float *gate, const float *h, const float *dh,
                          const float *dh_above)
{
    const vf zero = vf_set(0.0f);
    for (size_t at = 0; at < B * H; at += VF_LANES) {
        const size_t n = vf_width(at, B * H);
        const vf e = gradient(dh + at, at_row(dh_above, at), n);
        vf_put(gate + at, vf_select(vf_less(zero, vf_get(h + at, n)), e, zero), n);
    }
}

/* exp(x - most) in place, and their sum. */
static float exponentials(float *x, size_t C, float most)
{
    vf_total sum = vf_nothing();
    for (size_t c = 0; c < C; c += VF_LANES) {
        const size_t n = vf_width(c, C);
        const vf e = vf_exp(vf_sub(vf_get(x + c, n), vf_set(most)));
        vf_put(x + c, e, n);
        vf_count(&sum, c, vf_keep(e, n));
    }
    return vf_sum16(sum.part);
}

static void softmax(size_t B, size_t C, const float *bias, float *logits, uint32_t *label)
{
    for (size_t b = 0; b < B; b++) {
        float *x = logits + b * C;
        size_t best = 0;
        for (size_t c = 0; c < C; c++)
            x[c] += bias[c];
        for (size_t c = 1; c < C; c++)
            if (x[c] > x[best])
                best = c;
        const float most = x[best];
        const vf scale = vf_set(1.0f / exponentials(x, C, most));
        for (size_t c = 0; c < C; c += VF_LANES) {
            const size_t n = vf_width(c, C);
            vf_put(x + c, vf_mul(vf_get(x + c, n), scale), n);
        }
        label[b] = (uint32_t)best;
    }
}

#define RRI_GATES_KERNELS                                                                          \
    {                                                                                              \
        .lstm_forward = lstm_forward, .lstm_backward = lstm_backward, .gru_forward = gru_forward,  \
        .gru_backward = gru_backward, .tanh_forward = tanh_forward,                                \
        .tanh_backward = tanh_backward, .relu_forward = relu_forward,                              \
        .relu_backward = relu_backward, .softmax = softmax                                         \
    }
