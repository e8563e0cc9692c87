/* SPDX-License-Identifier: MIT */
/* tangents_ref.c - the specification of tangents.h: plain C, no threads, no intrinsics, never
 * tuned. Each line is the derivative of one in gates_ref.c: u*v there is R(u)*v + u*R(v) here.
 * Slopes of the sigmoid s and the tanh t have the tangents
 *
 *     R(s (1 - s)) = (1 - 2 s) R s,    R(1 - t^2) = -2 t R t. */
#include "kernel/tangents.h"

/* The gradient that reaches h: from the step after, and from the layer above. */
static float sum(const float *dh, const float *above, size_t at)
{
    return dh[at] + (above != NULL ? above[at] : 0.0f);
}

static void lstm_forward(const rri_tangent_step *s)
{
    const size_t H = s->H;

    for (size_t b = 0; b < s->B; b++) {
        const float *z = s->gate + b * 4 * H;
        float *r = s->r_gate + b * 4 * H;
        for (size_t j = 0; j < H; j++) {
            const size_t at = b * H + j;
            const float i = z[0 * H + j];
            const float f = z[1 * H + j];
            const float g = z[2 * H + j];
            const float o = z[3 * H + j];
            const float t = s->extra[at];
            const float ri = r[0 * H + j] = (r[0 * H + j] + s->bias[0 * H + j]) * i * (1.0f - i);
            const float rf = r[1 * H + j] = (r[1 * H + j] + s->bias[1 * H + j]) * f * (1.0f - f);
            const float rg = r[2 * H + j] = (r[2 * H + j] + s->bias[2 * H + j]) * (1.0f - g * g);
            const float ro = r[3 * H + j] = (r[3 * H + j] + s->bias[3 * H + j]) * o * (1.0f - o);
            s->r_c[at] = rf * s->c_prev[at] + f * s->r_c_prev[at] + ri * g + i * rg;
            s->r_h[at] = ro * t + o * (1.0f - t * t) * s->r_c[at];
        }
    }
}

static void lstm_backward(const rri_tangent_step *s)
{
    const size_t H = s->H;

    for (size_t b = 0; b < s->B; b++) {
        float *z = s->gate + b * 4 * H;
        float *r = s->r_gate + b * 4 * H;
        for (size_t j = 0; j < H; j++) {
            const size_t at = b * H + j;
            const float i = z[0 * H + j];
            const float f = z[1 * H + j];
            const float g = z[2 * H + j];
            const float o = z[3 * H + j];
            const float ri = r[0 * H + j];
            const float rf = r[1 * H + j];
            const float rg = r[2 * H + j];
            const float ro = r[3 * H + j];
            const float t = s->extra[at];
            const float k = 1.0f - t * t;
            const float rt = k * s->r_c[at];
            const float cp = s->c_prev[at];
            const float e = sum(s->dh, s->above, at);
            const float re = sum(s->r_dh, s->r_above, at);
            const float d = s->dc[at] + e * o * k;
            const float rd = s->r_dc[at] + re * o * k + e * ro * k - 2.0f * e * o * t * rt;
            z[0 * H + j] = d * g * i * (1.0f - i);
            z[1 * H + j] = d * cp * f * (1.0f - f);
            z[2 * H + j] = d * i * (1.0f - g * g);
            z[3 * H + j] = e * t * o * (1.0f - o);
            r[0 * H + j] = (rd * g + d * rg) * i * (1.0f - i) + d * g * (1.0f - 2.0f * i) * ri;
            r[1 * H + j] =
                (rd * cp + d * s->r_c_prev[at]) * f * (1.0f - f) + d * cp * (1.0f - 2.0f * f) * rf;
            r[2 * H + j] = (rd * i + d * ri) * (1.0f - g * g) - 2.0f * d * i * g * rg;
            r[3 * H + j] = (re * t + e * rt) * o * (1.0f - o) + e * t * (1.0f - 2.0f * o) * ro;
            s->dc[at] = d * f;
            s->r_dc[at] = rd * f + d * rf;
        }
    }
}

static void gru_forward(const rri_tangent_step *s)
{
    const size_t H = s->H;

    for (size_t b = 0; b < s->B; b++) {
        const float *a = s->gate + b * 3 * H;
        const float *u = s->rec + b * 3 * H;
        float *r = s->r_gate + b * 3 * H;
        for (size_t j = 0; j < H; j++) {
            const size_t at = b * H + j;
            const float reset = a[0 * H + j];
            const float z = a[1 * H + j];
            const float n = a[2 * H + j];
            const float rr =
                (r[0 * H + j] + u[0 * H + j] + s->bias[0 * H + j]) * reset * (1.0f - reset);
            const float rz = (r[1 * H + j] + u[1 * H + j] + s->bias[1 * H + j]) * z * (1.0f - z);
            const float rq = u[2 * H + j] + s->bias_n[j];
            const float rn = (r[2 * H + j] + s->bias[2 * H + j] + rr * s->extra[at] + reset * rq) *
                             (1.0f - n * n);
            r[0 * H + j] = rr;
            r[1 * H + j] = rz;
            r[2 * H + j] = rn;
            s->r_extra[at] = rq;
            s->r_h[at] = rn + rz * (s->h_prev[at] - n) + z * (s->r_h_prev[at] - rn);
        }
    }
}

static void gru_backward(const rri_tangent_step *s)
{
    const size_t H = s->H;

    for (size_t b = 0; b < s->B; b++) {
        float *a = s->gate + b * 3 * H;
        float *r = s->r_gate + b * 3 * H;
        for (size_t j = 0; j < H; j++) {
            const size_t at = b * H + j;
            const float reset = a[0 * H + j];
            const float z = a[1 * H + j];
            const float n = a[2 * H + j];
            const float rr = r[0 * H + j];
            const float rz = r[1 * H + j];
            const float rn = r[2 * H + j];
            const float q = s->extra[at];
            const float rq = s->r_extra[at];
            const float e = sum(s->dh, s->above, at);
            const float re = sum(s->r_dh, s->r_above, at);
            const float gap = s->h_prev[at] - n;
            const float r_gap = s->r_h_prev[at] - rn;
            const float k = 1.0f - n * n;
            const float dn = e * (1.0f - z) * k;
            const float r_dn = (re * (1.0f - z) - e * rz) * k - 2.0f * e * (1.0f - z) * n * rn;
            a[0 * H + j] = dn * q * reset * (1.0f - reset);
            a[1 * H + j] = e * gap * z * (1.0f - z);
            a[2 * H + j] = dn;
            s->extra[at] = dn * reset;
            s->dh[at] = e * z;
            r[0 * H + j] =
                (r_dn * q + dn * rq) * reset * (1.0f - reset) + dn * q * (1.0f - 2.0f * reset) * rr;
            r[1 * H + j] =
                (re * gap + e * r_gap) * z * (1.0f - z) + e * gap * (1.0f - 2.0f * z) * rz;
            r[2 * H + j] = r_dn;
            s->r_extra[at] = r_dn * reset + dn * rr;
            s->r_dh[at] = re * z + e * rz;
        }
    }
}

static void tanh_forward(const rri_tangent_step *s)
{
    for (size_t b = 0; b < s->B; b++)
        for (size_t j = 0; j < s->H; j++) {
            const size_t at = b * s->H + j;
            s->r_h[at] = (s->r_gate[at] + s->bias[j]) * (1.0f - s->h[at] * s->h[at]);
        }
}

static void tanh_backward(const rri_tangent_step *s)
{
    for (size_t at = 0; at < s->B * s->H; at++) {
        const float h = s->h[at];
        const float e = sum(s->dh, s->above, at);
        const float re = sum(s->r_dh, s->r_above, at);
        s->gate[at] = e * (1.0f - h * h);
        s->r_gate[at] = re * (1.0f - h * h) - 2.0f * e * h * s->r_h[at];
    }
}

static void relu_forward(const rri_tangent_step *s)
{
    for (size_t b = 0; b < s->B; b++)
        for (size_t j = 0; j < s->H; j++) {
            const size_t at = b * s->H + j;
            s->r_h[at] = s->h[at] > 0.0f ? s->r_gate[at] + s->bias[j] : 0.0f;
        }
}

static void relu_backward(const rri_tangent_step *s)
{
    for (size_t at = 0; at < s->B * s->H; at++) {
        const float e = sum(s->dh, s->above, at);
        const float re = sum(s->r_dh, s->r_above, at);
        s->gate[at] = s->h[at] > 0.0f ? e : 0.0f;
        s->r_gate[at] = s->h[at] > 0.0f ? re : 0.0f;
    }
}

const rri_tangents_kernels rri_tangents_ref = {
    .lstm_forward = lstm_forward,
    .lstm_backward = lstm_backward,
    .gru_forward = gru_forward,
    .gru_backward = gru_backward,
    .tanh_forward = tanh_forward,
    .tanh_backward = tanh_backward,
    .relu_forward = relu_forward,
    .relu_backward = relu_backward,
};

const rri_tangents_kernels *rri_tangents_kernels_for(rri_isa isa)
{
#if defined(__x86_64__)
    if (isa == RRI_ISA_AVX512)
        return &rri_tangents_avx512;
    if (isa == RRI_ISA_AVX2)
        return &rri_tangents_avx2;
#endif
    (void)isa;
    return &rri_tangents_plain;
}
