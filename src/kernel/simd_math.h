/* SPDX-License-Identifier: MIT */
/* simd_math.h - exp, sigmoid and tanh, built on simd_avx2.h, simd_avx512.h or simd_plain.h,
 * whichever was included before.
 *
 *   exp      x = n ln2 + r, |r| <= ln2/2, ln2 split in two; 2^n times a polynomial in r
 *   tanh     x P(x^2) / Q(x^2), |x| clamped to 7.9; P and Q of degree 4 with positive coefficients,
 *            fitted to tanh(x)/x, relative error 3e-8 before rounding
 *   sigmoid  1/2 + tanh(x/2)/2
 *
 * The range and polynomial of exp are those of Cephes 2.8 (expf.c, S. Moshier). Largest errors,
 * against double libm over every float in [-100, 100]: exp 1.3 ulp within -87.33..88.02 and clamped
 * outside; tanh 4.8 ulp, and 3.6e-7 where it is clamped; sigmoid 1.8e-7. tanh stays within -1..1
 * and sigmoid within 0..1. NaN stays NaN. tests/kernel/test_simd.c. */
#ifndef RRI_SIMD_MATH_H
#define RRI_SIMD_MATH_H

/* exp(x) for x in -87.33..88.02, else any value. */
static inline vf vf_exp_within(vf x)
{
    const vf n = vf_round(vf_mul(x, vf_set(1.44269504088896341f)));
    vf r = vf_fnma(n, vf_set(0.693359375f), x);
    r = vf_fnma(n, vf_set(-2.12194440e-4f), r);
    vf p = vf_set(1.9875691500e-4f);
    p = vf_fma(p, r, vf_set(1.3981999507e-3f));
    p = vf_fma(p, r, vf_set(8.3334519073e-3f));
    p = vf_fma(p, r, vf_set(4.1665795894e-2f));
    p = vf_fma(p, r, vf_set(1.6666665459e-1f));
    p = vf_fma(p, r, vf_set(5.0000001201e-1f));
    p = vf_fma(p, vf_mul(r, r), vf_add(r, vf_set(1.0f)));
    return vf_scale(p, n);
}

/* exp(x) for any x: below -87.33 the result is about 1.2e-38, above 88.02 about 1.7e38. */
static inline vf vf_exp(vf x)
{
    /* The constant comes first: minps and maxps return their second operand when one is NaN. */
    return vf_exp_within(vf_max(vf_set(-87.33f), vf_min(vf_set(88.02f), x)));
}

/* A quotient that is not divided yet: several share one division. */
typedef struct vf_ratio {
    vf over, under; /* under >= 1 */
} vf_ratio;

/* tanh(x) */
static inline vf_ratio vf_tanh_ratio(vf x)
{
    x = vf_max(vf_set(-7.9f), vf_min(vf_set(7.9f), x));
    const vf s = vf_mul(x, x);
    vf p = vf_set(1.54281903e-08f);
    p = vf_fma(p, s, vf_set(2.20233978e-05f));
    p = vf_fma(p, s, vf_set(3.57900118e-03f));
    p = vf_fma(p, s, vf_set(1.34506285e-01f));
    p = vf_fma(p, s, vf_set(1.00000000e+00f));
    vf q = vf_set(8.59886768e-07f);
    q = vf_fma(q, s, vf_set(3.42366548e-04f));
    q = vf_fma(q, s, vf_set(2.61922721e-02f));
    q = vf_fma(q, s, vf_set(4.67839569e-01f));
    q = vf_fma(q, s, vf_set(1.00000000e+00f));
    return (vf_ratio){ vf_mul(p, x), q };
}

/* sigmoid(x) - 1/2: the same, of x/2, by half. The powers of 2 are in the coefficients. */
static inline vf_ratio vf_sigmoid_ratio(vf x)
{
    x = vf_max(vf_set(-15.8f), vf_min(vf_set(15.8f), x));
    const vf s = vf_mul(x, x);
    vf p = vf_set(1.54281903e-08f * 0x1p-10f);
    p = vf_fma(p, s, vf_set(2.20233978e-05f * 0x1p-8f));
    p = vf_fma(p, s, vf_set(3.57900118e-03f * 0x1p-6f));
    p = vf_fma(p, s, vf_set(1.34506285e-01f * 0x1p-4f));
    p = vf_fma(p, s, vf_set(1.00000000e+00f * 0x1p-2f));
    vf q = vf_set(8.59886768e-07f * 0x1p-8f);
    q = vf_fma(q, s, vf_set(3.42366548e-04f * 0x1p-6f));
    q = vf_fma(q, s, vf_set(2.61922721e-02f * 0x1p-4f));
    q = vf_fma(q, s, vf_set(4.67839569e-01f * 0x1p-2f));
    q = vf_fma(q, s, vf_set(1.00000000e+00f));
    return (vf_ratio){ vf_mul(p, x), q };
}

static inline vf vf_quotient(vf_ratio a)
{
    return vf_div(a.over, a.under);
}

/* Both by one division. */
static inline void vf_quotients(vf_ratio a, vf_ratio b, vf *by_a, vf *by_b)
{
    const vf inverse = vf_div(vf_set(1.0f), vf_mul(a.under, b.under));

    *by_a = vf_mul(vf_mul(a.over, b.under), inverse);
    *by_b = vf_mul(vf_mul(b.over, a.under), inverse);
}

static inline vf vf_sigmoid(vf x)
{
    return vf_add(vf_set(0.5f), vf_quotient(vf_sigmoid_ratio(x)));
}

static inline vf vf_tanh(vf x)
{
    return vf_quotient(vf_tanh_ratio(x));
}

#endif
