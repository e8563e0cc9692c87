/* SPDX-License-Identifier: MIT */
/* tangents_body.h - the vector form of tangents_ref.c, in the words of simd_avx2.h,
 * simd_avx512.h or simd_plain.h. Included once by tangents_avx2.c, tangents_avx512.c and
 * tangents_plain.c. Equations and shapes: tangents_ref.c, tangents.h. */
#include "kernel/simd_edge.h"
#include "kernel/tangents.h"

/* A value and its tangent. */
typedef struct dual {
    vf v, r;
} dual;

static inline dual dual_get(const float *v, const float *r, size_t n)
{
    return (dual){ vf_get(v, n), vf_get(r, n) };
}

static inline void dual_put(float *v, float *r, dual x, size_t n)
{
    vf_put(v, x.v, n);
    vf_put(r, x.r, n);
}

static inline dual dual_add(dual a, dual b)
{
    return (dual){ vf_add(a.v, b.v), vf_add(a.r, b.r) };
}

static inline dual dual_sub(dual a, dual b)
{
    return (dual){ vf_sub(a.v, b.v), vf_sub(a.r, b.r) };
}

static inline dual dual_mul(dual a, dual b)
{
    return (dual){ vf_mul(a.v, b.v), vf_fma(a.r, b.v, vf_mul(a.v, b.r)) };
}

/* s (1 - s), the slope of the sigmoid whose value is s. */
static inline vf slope(vf s)
{
    return vf_fnma(s, s, s);
}

/* 1 - t*t, the slope of the tanh whose value is t. */
static inline vf tanh_slope(vf t)
{
    return vf_fnma(t, t, vf_set(1.0f));
}

static inline dual dual_slope(dual s)
{
    return (dual){ slope(s.v), vf_fnma(vf_add(s.v, s.v), s.r, s.r) };
}

static inline dual dual_tanh_slope(dual t)
{
    return (dual){ tanh_slope(t.v), vf_mul(vf_mul(vf_set(-2.0f), t.v), t.r) };
}

/* The gradient that reaches h at `at`. */
static inline dual gradient(const rri_tangent_step *s, size_t at, size_t n)
{
    const dual e = dual_get(s->dh + at, s->r_dh + at, n);

    return s->above != NULL ? dual_add(e, dual_get(s->above + at, s->r_above + at, n)) : e;
}

static void lstm_forward(const rri_tangent_step *s)
{
    const size_t H = s->H;

    for (size_t b = 0; b < s->B; b++) {
        for (size_t j = 0; j < H; j += VF_LANES) {
            const size_t n = vf_width(j, H);
            const size_t at = b * H + j;
            const float *z = s->gate + b * 4 * H + j;
            float *r = s->r_gate + b * 4 * H + j;
            const vf i = vf_get(z, n);
            const vf f = vf_get(z + H, n);
            const vf g = vf_get(z + 2 * H, n);
            const vf o = vf_get(z + 3 * H, n);
            const vf t = vf_get(s->extra + at, n);
            const vf ri = vf_mul(vf_add(vf_get(r, n), vf_get(s->bias + j, n)), slope(i));
            const vf rf = vf_mul(vf_add(vf_get(r + H, n), vf_get(s->bias + H + j, n)), slope(f));
            const vf rg =
                vf_mul(vf_add(vf_get(r + 2 * H, n), vf_get(s->bias + 2 * H + j, n)), tanh_slope(g));
            const vf ro =
                vf_mul(vf_add(vf_get(r + 3 * H, n), vf_get(s->bias + 3 * H + j, n)), slope(o));
            const vf kept =
                vf_fma(rf, vf_get(s->c_prev + at, n), vf_mul(f, vf_get(s->r_c_prev + at, n)));
            const vf rc = vf_add(kept, vf_fma(ri, g, vf_mul(i, rg)));
            vf_put(r, ri, n);
            vf_put(r + H, rf, n);
            vf_put(r + 2 * H, rg, n);
            vf_put(r + 3 * H, ro, n);
            vf_put(s->r_c + at, rc, n);
            vf_put(s->r_h + at, vf_fma(ro, t, vf_mul(vf_mul(o, tanh_slope(t)), rc)), n);
        }
    }
}

static void lstm_backward(const rri_tangent_step *s)
{
    const size_t H = s->H;

    for (size_t b = 0; b < s->B; b++) {
        for (size_t j = 0; j < H; j += VF_LANES) {
            const size_t n = vf_width(j, H);
            const size_t at = b * H + j;
            float *z = s->gate + b * 4 * H + j;
            float *r = s->r_gate + b * 4 * H + j;
            const dual i = dual_get(z, r, n);
            const dual f = dual_get(z + H, r + H, n);
            const dual g = dual_get(z + 2 * H, r + 2 * H, n);
            const dual o = dual_get(z + 3 * H, r + 3 * H, n);
            const dual before = dual_get(s->c_prev + at, s->r_c_prev + at, n);
            const vf tanh_c = vf_get(s->extra + at, n);
            const dual t = { tanh_c, vf_mul(tanh_slope(tanh_c), vf_get(s->r_c + at, n)) };
            const dual e = gradient(s, at, n);
            const dual d = dual_add(dual_get(s->dc + at, s->r_dc + at, n),
                                    dual_mul(dual_mul(e, o), dual_tanh_slope(t)));
            dual_put(z, r, dual_mul(dual_mul(d, g), dual_slope(i)), n);
            dual_put(z + H, r + H, dual_mul(dual_mul(d, before), dual_slope(f)), n);
            dual_put(z + 2 * H, r + 2 * H, dual_mul(dual_mul(d, i), dual_tanh_slope(g)), n);
            dual_put(z + 3 * H, r + 3 * H, dual_mul(dual_mul(e, t), dual_slope(o)), n);
            dual_put(s->dc + at, s->r_dc + at, dual_mul(d, f), n);
        }
    }
}

static void gru_forward(const rri_tangent_step *s)
{
    const size_t H = s->H;

    for (size_t b = 0; b < s->B; b++) {
        for (size_t j = 0; j < H; j += VF_LANES) {
            const size_t n = vf_width(j, H);
            const size_t at = b * H + j;
            const float *a = s->gate + b * 3 * H + j;
            const float *u = s->rec + b * 3 * H + j;
            float *r = s->r_gate + b * 3 * H + j;
            const vf reset = vf_get(a, n);
            const vf z = vf_get(a + H, n);
            const vf m = vf_get(a + 2 * H, n);
            const vf rr = vf_mul(vf_add(vf_add(vf_get(r, n), vf_get(u, n)), vf_get(s->bias + j, n)),
                                 slope(reset));
            const vf rz = vf_mul(
                vf_add(vf_add(vf_get(r + H, n), vf_get(u + H, n)), vf_get(s->bias + H + j, n)),
                slope(z));
            const vf rq = vf_add(vf_get(u + 2 * H, n), vf_get(s->bias_n + j, n));
            const vf inner = vf_fma(rr, vf_get(s->extra + at, n), vf_mul(reset, rq));
            const vf rm =
                vf_mul(vf_add(vf_add(vf_get(r + 2 * H, n), vf_get(s->bias + 2 * H + j, n)), inner),
                       tanh_slope(m));
            const vf kept = vf_fma(z, vf_sub(vf_get(s->r_h_prev + at, n), rm), rm);
            vf_put(r, rr, n);
            vf_put(r + H, rz, n);
            vf_put(r + 2 * H, rm, n);
            vf_put(s->r_extra + at, rq, n);
            vf_put(s->r_h + at, vf_fma(rz, vf_sub(vf_get(s->h_prev + at, n), m), kept), n);
        }
    }
}

static void gru_backward(const rri_tangent_step *s)
{
    const size_t H = s->H;
    const dual one = { vf_set(1.0f), vf_set(0.0f) };

    for (size_t b = 0; b < s->B; b++) {
        for (size_t j = 0; j < H; j += VF_LANES) {
            const size_t n = vf_width(j, H);
            const size_t at = b * H + j;
            float *a = s->gate + b * 3 * H + j;
            float *r = s->r_gate + b * 3 * H + j;
            const dual reset = dual_get(a, r, n);
            const dual z = dual_get(a + H, r + H, n);
            const dual m = dual_get(a + 2 * H, r + 2 * H, n);
            const dual q = dual_get(s->extra + at, s->r_extra + at, n);
            const dual gap = dual_sub(dual_get(s->h_prev + at, s->r_h_prev + at, n), m);
            const dual e = gradient(s, at, n);
            const dual dm = dual_mul(dual_mul(e, dual_sub(one, z)), dual_tanh_slope(m));
            dual_put(a, r, dual_mul(dual_mul(dm, q), dual_slope(reset)), n);
            dual_put(a + H, r + H, dual_mul(dual_mul(e, gap), dual_slope(z)), n);
            dual_put(a + 2 * H, r + 2 * H, dm, n);
            dual_put(s->extra + at, s->r_extra + at, dual_mul(dm, reset), n);
            dual_put(s->dh + at, s->r_dh + at, dual_mul(e, z), n);
        }
    }
}

static void tanh_forward(const rri_tangent_step *s)
{
    for (size_t b = 0; b < s->B; b++)
        for (size_t j = 0; j < s->H; j += VF_LANES) {
            const size_t n = vf_width(j, s->H);
            const size_t at = b * s->H + j;
            const vf ra = vf_add(vf_get(s->r_gate + at, n), vf_get(s->bias + j, n));
            vf_put(s->r_h + at, vf_mul(ra, tanh_slope(vf_get(s->h + at, n))), n);
        }
}

static void tanh_backward(const rri_tangent_step *s)
{
    for (size_t at = 0; at < s->B * s->H; at += VF_LANES) {
        const size_t n = vf_width(at, s->B * s->H);
        const dual h = dual_get(s->h + at, s->r_h + at, n);
        dual_put(s->gate + at, s->r_gate + at, dual_mul(gradient(s, at, n), dual_tanh_slope(h)), n);
    }
}

static void relu_forward(const rri_tangent_step *s)
{
    const vf zero = vf_set(0.0f);

    for (size_t b = 0; b < s->B; b++)
        for (size_t j = 0; j < s->H; j += VF_LANES) {
            const size_t n = vf_width(j, s->H);
            const size_t at = b * s->H + j;
            const vf ra = vf_add(vf_get(s->r_gate + at, n), vf_get(s->bias + j, n));
            vf_put(s->r_h + at, vf_select(vf_less(zero, vf_get(s->h + at, n)), ra, zero), n);
        }
}

static void relu_backward(const rri_tangent_step *s)
{
    const vf zero = vf_set(0.0f);

    for (size_t at = 0; at < s->B * s->H; at += VF_LANES) {
        const size_t n = vf_width(at, s->B * s->H);
        const vmask on = vf_less(zero, vf_get(s->h + at, n));
        const dual e = gradient(s, at, n);
        dual_put(s->gate + at, s->r_gate + at,
                 (dual){ vf_select(on, e.v, zero), vf_select(on, e.r, zero) }, n);
    }
}

#define RRI_TANGENTS_KERNELS                                                                       \
    {                                                                                              \
        .lstm_forward = lstm_forward, .lstm_backward = lstm_backward, .gru_forward = gru_forward,  \
        .gru_backward = gru_backward, .tanh_forward = tanh_forward,                                \
        .tanh_backward = tanh_backward, .relu_forward = relu_forward,                              \
        .relu_backward = relu_backward                                                             \
    }
