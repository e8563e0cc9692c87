/* SPDX-License-Identifier: MIT */
/* gates_ref.c - the specification of gates.h: plain C, no threads, no intrinsics, never tuned.
 * LSTM [Hochreiter97; Gers00], GRU [Cho14] with the reset after the product, Elman [Elman90]. */
#include "kernel/gates.h"

#include <math.h>

static float sigmoid(float v)
{
    return 1.0f / (1.0f + expf(-v));
}

static float above(const float *dh_above, size_t at)
{
    return dh_above != NULL ? dh_above[at] : 0.0f;
}

static void lstm_forward(size_t B, size_t H, const float *bias, float *gate, const float *c_prev,
                         float *c, float *tanh_c, float *h)
{
    for (size_t b = 0; b < B; b++) {
        float *z = gate + b * 4 * H;
        for (size_t j = 0; j < H; j++) {
            const size_t at = b * H + j;
            const float i = z[0 * H + j] = sigmoid(z[0 * H + j] + bias[0 * H + j]);
            const float f = z[1 * H + j] = sigmoid(z[1 * H + j] + bias[1 * H + j]);
            const float g = z[2 * H + j] = tanhf(z[2 * H + j] + bias[2 * H + j]);
            const float o = z[3 * H + j] = sigmoid(z[3 * H + j] + bias[3 * H + j]);
            c[at] = f * c_prev[at] + i * g;
            tanh_c[at] = tanhf(c[at]);
            h[at] = o * tanh_c[at];
        }
    }
}

static void lstm_backward(size_t B, size_t H, float *gate, const float *c_prev, const float *tanh_c,
                          const float *dh, const float *dh_above, float *dc)
{
    for (size_t b = 0; b < B; b++) {
        float *z = gate + b * 4 * H;
        for (size_t j = 0; j < H; j++) {
            const size_t at = b * H + j;
            const float i = z[0 * H + j];
            const float f = z[1 * H + j];
            const float g = z[2 * H + j];
            const float o = z[3 * H + j];
            const float e = dh[at] + above(dh_above, at);
            const float d = dc[at] + e * o * (1.0f - tanh_c[at] * tanh_c[at]);
            z[0 * H + j] = d * g * i * (1.0f - i);
            z[1 * H + j] = d * c_prev[at] * f * (1.0f - f);
            z[2 * H + j] = d * i * (1.0f - g * g);
            z[3 * H + j] = e * tanh_c[at] * o * (1.0f - o);
            dc[at] = d * f;
        }
    }
}

static void gru_forward(size_t B, size_t H, const float *bias, const float *bias_n, float *gate,
                        const float *rec, const float *h_prev, float *hn, float *h)
{
    for (size_t b = 0; b < B; b++) {
        float *a = gate + b * 3 * H;
        const float *u = rec + b * 3 * H;
        for (size_t j = 0; j < H; j++) {
            const size_t at = b * H + j;
            const float r = a[0 * H + j] = sigmoid(a[0 * H + j] + u[0 * H + j] + bias[0 * H + j]);
            const float z = a[1 * H + j] = sigmoid(a[1 * H + j] + u[1 * H + j] + bias[1 * H + j]);
            hn[at] = u[2 * H + j] + bias_n[j];
            const float n = a[2 * H + j] = tanhf(a[2 * H + j] + bias[2 * H + j] + r * hn[at]);
            h[at] = n + z * (h_prev[at] - n);
        }
    }
}

static void gru_backward(size_t B, size_t H, float *gate, float *hn, const float *h_prev, float *dh,
                         const float *dh_above)
{
    for (size_t b = 0; b < B; b++) {
        float *a = gate + b * 3 * H;
        for (size_t j = 0; j < H; j++) {
            const size_t at = b * H + j;
            const float r = a[0 * H + j];
            const float z = a[1 * H + j];
            const float n = a[2 * H + j];
            const float e = dh[at] + above(dh_above, at);
            const float dn = e * (1.0f - z) * (1.0f - n * n);
            a[0 * H + j] = dn * hn[at] * r * (1.0f - r);
            a[1 * H + j] = e * (h_prev[at] - n) * z * (1.0f - z);
            a[2 * H + j] = dn;
            hn[at] = dn * r;
            dh[at] = e * z;
        }
    }
}

static void tanh_forward(size_t B, size_t H, const float *bias, const float *gate, float *h)
{
    for (size_t b = 0; b < B; b++)
        for (size_t j = 0; j < H; j++)
            h[b * H + j] = tanhf(gate[b * H + j] + bias[j]);
}

static void tanh_backward(size_t B, size_t H, float *gate, const float *h, const float *dh,
                          const float *dh_above)
{
    for (size_t at = 0; at < B * H; at++)
        gate[at] = (dh[at] + above(dh_above, at)) * (1.0f - h[at] * h[at]);
}

static void relu_forward(size_t B, size_t H, const float *bias, const float *gate, float *h)
{
    for (size_t b = 0; b < B; b++)
        for (size_t j = 0; j < H; j++) {
            const float a = gate[b * H + j] + bias[j];
            h[b * H + j] = a < 0.0f ? 0.0f : a; /* a NaN passes through and is reported later */
        }
}

static void relu_backward(size_t B, size_t H, float *gate, const float *h, const float *dh,
                          const float *dh_above)
{
    for (size_t at = 0; at < B * H; at++)
        gate[at] = h[at] > 0.0f ? dh[at] + above(dh_above, at) : 0.0f;
}

static void softmax(size_t B, size_t C, const float *bias, float *logits, uint32_t *label)
{
    for (size_t b = 0; b < B; b++) {
        float *x = logits + b * C;
        size_t best = 0;
        float sum = 0.0f;
        for (size_t c = 0; c < C; c++)
            x[c] += bias[c];
        for (size_t c = 1; c < C; c++)
            if (x[c] > x[best])
                best = c;
        const float most = x[best];
        for (size_t c = 0; c < C; c++)
            sum += x[c] = expf(x[c] - most);
        for (size_t c = 0; c < C; c++)
            x[c] /= sum;
        label[b] = (uint32_t)best;
    }
}

const rri_gates_kernels rri_gates_ref = {
    .lstm_forward = lstm_forward,
    .lstm_backward = lstm_backward,
    .gru_forward = gru_forward,
    .gru_backward = gru_backward,
    .tanh_forward = tanh_forward,
    .tanh_backward = tanh_backward,
    .relu_forward = relu_forward,
    .relu_backward = relu_backward,
    .softmax = softmax,
};

const rri_gates_kernels *rri_gates_kernels_for(rri_isa isa)
{
#if defined(__x86_64__)
    if (isa == RRI_ISA_AVX512)
        return &rri_gates_avx512;
    if (isa == RRI_ISA_AVX2)
        return &rri_gates_avx2;
#endif
    (void)isa;
    return &rri_gates_plain;
}
