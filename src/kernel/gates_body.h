/* SPDX-License-Identifier: MIT */
/* gates_body.h - the vector form of gates_ref.c, in the words of simd_avx2.h or simd_avx512.h.
 * Included once by gates_avx2.c and once by gates_avx512.c. Equations and shapes: gates_ref.c,
 * gates.h.
 *
 * Each function walks a row in whole vectors and ends it with one partial vector; the two lambdas C
 * lacks are the `n` parameter of get() and put(): n = VF_LANES for a whole vector. */
#include "kernel/gates.h"
#include "kernel/simd_math.h"

#include <math.h>

static inline vf get(const float *p, size_t n)
{
    return n == VF_LANES ? vf_load(p) : vf_load_head(p, n);
}

static inline void put(float *p, vf v, size_t n)
{
    if (n == VF_LANES)
        vf_store(p, v);
    else
        vf_store_head(p, v, n);
}

/* How many lanes the vector at column j of `width` has. */
static inline size_t lanes(size_t j, size_t width)
{
    return width - j < VF_LANES ? width - j : VF_LANES;
}

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
    const vf e = get(dh, n);
    return dh_above != NULL ? vf_add(e, get(dh_above, n)) : e;
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
            const size_t n = lanes(j, H);
            const size_t at = b * H + j;
            float *z = gate + b * 4 * H + j;
            const vf i = vf_sigmoid(vf_add(get(z, n), get(bias + j, n)));
            const vf f = vf_sigmoid(vf_add(get(z + H, n), get(bias + H + j, n)));
            const vf g = vf_tanh(vf_add(get(z + 2 * H, n), get(bias + 2 * H + j, n)));
            const vf o = vf_sigmoid(vf_add(get(z + 3 * H, n), get(bias + 3 * H + j, n)));
            const vf cell = vf_fma(f, get(c_prev + at, n), vf_mul(i, g));
            const vf t = vf_tanh(cell);
            put(z, i, n);
            put(z + H, f, n);
            put(z + 2 * H, g, n);
            put(z + 3 * H, o, n);
            put(c + at, cell, n);
            put(tanh_c + at, t, n);
            put(h + at, vf_mul(o, t), n);
        }
    }
}

static void lstm_backward(size_t B, size_t H, float *gate, const float *c_prev, const float *tanh_c,
                          const float *dh, const float *dh_above, float *dc)
{
    for (size_t b = 0; b < B; b++) {
        for (size_t j = 0; j < H; j += VF_LANES) {
            const size_t n = lanes(j, H);
            const size_t at = b * H + j;
            float *z = gate + b * 4 * H + j;
            const vf i = get(z, n);
            const vf f = get(z + H, n);
            const vf g = get(z + 2 * H, n);
            const vf o = get(z + 3 * H, n);
            const vf t = get(tanh_c + at, n);
            const vf e = gradient(dh + at, at_row(dh_above, at), n);
            const vf d = vf_fma(vf_mul(e, o), tanh_slope(t), get(dc + at, n));
            put(z, vf_mul(vf_mul(d, g), slope(i)), n);
            put(z + H, vf_mul(vf_mul(d, get(c_prev + at, n)), slope(f)), n);
            put(z + 2 * H, vf_mul(vf_mul(d, i), tanh_slope(g)), n);
            put(z + 3 * H, vf_mul(vf_mul(e, t), slope(o)), n);
            put(dc + at, vf_mul(d, f), n);
        }
    }
}

static void gru_forward(size_t B, size_t H, const float *bias, const float *bias_n, float *gate,
                        const float *rec, const float *h_prev, float *hn, float *h)
{
    for (size_t b = 0; b < B; b++) {
        for (size_t j = 0; j < H; j += VF_LANES) {
            const size_t n = lanes(j, H);
            const size_t at = b * H + j;
            float *a = gate + b * 3 * H + j;
            const float *u = rec + b * 3 * H + j;
            const vf r = vf_sigmoid(vf_add(vf_add(get(a, n), get(u, n)), get(bias + j, n)));
            const vf z =
                vf_sigmoid(vf_add(vf_add(get(a + H, n), get(u + H, n)), get(bias + H + j, n)));
            const vf q = vf_add(get(u + 2 * H, n), get(bias_n + j, n));
            const vf m = vf_tanh(vf_fma(r, q, vf_add(get(a + 2 * H, n), get(bias + 2 * H + j, n))));
            put(a, r, n);
            put(a + H, z, n);
            put(a + 2 * H, m, n);
            put(hn + at, q, n);
            put(h + at, vf_fma(z, vf_sub(get(h_prev + at, n), m), m), n);
        }
    }
}

static void gru_backward(size_t B, size_t H, float *gate, float *hn, const float *h_prev, float *dh,
                         const float *dh_above)
{
    const vf one = vf_set(1.0f);
    for (size_t b = 0; b < B; b++) {
        for (size_t j = 0; j < H; j += VF_LANES) {
            const size_t n = lanes(j, H);
            const size_t at = b * H + j;
            float *a = gate + b * 3 * H + j;
            const vf r = get(a, n);
            const vf z = get(a + H, n);
            const vf m = get(a + 2 * H, n);
            const vf e = gradient(dh + at, at_row(dh_above, at), n);
            const vf dm = vf_mul(vf_mul(e, vf_sub(one, z)), tanh_slope(m));
            put(a, vf_mul(vf_mul(dm, get(hn + at, n)), slope(r)), n);
            put(a + H, vf_mul(vf_mul(e, vf_sub(get(h_prev + at, n), m)), slope(z)), n);
            put(a + 2 * H, dm, n);
            put(hn + at, vf_mul(dm, r), n);
            put(dh + at, vf_mul(e, z), n);
        }
    }
}

static void tanh_forward(size_t B, size_t H, const float *bias, const float *gate, float *h)
{
    for (size_t b = 0; b < B; b++)
        for (size_t j = 0; j < H; j += VF_LANES) {
            const size_t n = lanes(j, H);
            const size_t at = b * H + j;
            put(h + at, vf_tanh(vf_add(get(gate + at, n), get(bias + j, n))), n);
        }
}

static void tanh_backward(size_t B, size_t H, float *gate, const float *h, const float *dh,
                          const float *dh_above)
{
    for (size_t at = 0; at < B * H; at += VF_LANES) {
        const size_t n = lanes(at, B * H);
        const vf e = gradient(dh + at, at_row(dh_above, at), n);
        put(gate + at, vf_mul(e, tanh_slope(get(h + at, n))), n);
    }
}

static void relu_forward(size_t B, size_t H, const float *bias, const float *gate, float *h)
{
    const vf zero = vf_set(0.0f);
    for (size_t b = 0; b < B; b++)
        for (size_t j = 0; j < H; j += VF_LANES) {
            const size_t n = lanes(j, H);
            const size_t at = b * H + j;
            /* The second operand is handed on when one is NaN. */
            put(h + at, vf_max(zero, vf_add(get(gate + at, n), get(bias + j, n))), n);
        }
}

static void relu_backward(size_t B, size_t H, float *gate, const float *h, const float *dh,
                          const float *dh_above)
{
    const vf zero = vf_set(0.0f);
    for (size_t at = 0; at < B * H; at += VF_LANES) {
        const size_t n = lanes(at, B * H);
        const vf e = gradient(dh + at, at_row(dh_above, at), n);
        put(gate + at, vf_select(vf_less(zero, get(h + at, n)), e, zero), n);
    }
}

/* exp(x - most) in place; the sum is over whole vectors, so lanes beyond C count nothing. */
static float exponentials(float *x, size_t C, float most)
{
    vf sum = vf_set(0.0f);
    float tail = 0.0f;
    for (size_t c = 0; c < C; c += VF_LANES) {
        const size_t n = lanes(c, C);
        const vf e = vf_exp(vf_sub(get(x + c, n), vf_set(most)));
        put(x + c, e, n);
        if (n == VF_LANES)
            sum = vf_add(sum, e);
        else
            for (size_t k = 0; k < n; k++)
                tail += x[c + k];
    }
    return vf_sum(sum) + tail;
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
            const size_t n = lanes(c, C);
            put(x + c, vf_mul(get(x + c, n), scale), n);
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
