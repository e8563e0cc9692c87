/* SPDX-License-Identifier: MIT */
/* simd_math.h - exp, sigmoid and tanh, built on simd_avx2.h, simd_avx512.h or
 * simd_plain.h, whichever was included before.
 *
 *   exp    x = n ln2 + r, |r| <= ln2/2, ln2 split in two; 2^n times a polynomial in r
 *   tanh   |x| < 0.625: x + x^3 P(x^2); else 1 - 2/(exp(2|x|) + 1) with the sign of x
 *
 * Ranges and polynomials are those of Cephes 2.8 (expf.c, tanhf.c, S. Moshier). Largest errors,
 * against double libm over every float in [-100, 100]: exp 1.3 ulp within -87.33..88.02 and clamped
 * outside; tanh 1.4 ulp; sigmoid 3.2 ulp, 1.5 for x >= 0, and below -87.33 it stays near 5.9e-39.
 * NaN stays NaN. tests/kernel/test_simd.c. */
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

/* 1 / (1 + exp(-x)) */
static inline vf vf_sigmoid(vf x)
{
    return vf_div(vf_set(1.0f), vf_add(vf_set(1.0f), vf_exp(vf_sub(vf_set(0.0f), x))));
}

static inline vf vf_tanh(vf x)
{
    const vf a = vf_abs(x);
    const vf s = vf_mul(x, x);
    vf p = vf_set(-5.70498872745e-3f);
    p = vf_fma(p, s, vf_set(2.06390887954e-2f));
    p = vf_fma(p, s, vf_set(-5.37397155531e-2f));
    p = vf_fma(p, s, vf_set(1.33314422036e-1f));
    p = vf_fma(p, s, vf_set(-3.33332819422e-1f));
    const vf small = vf_fma(vf_mul(p, s), x, x);
    const vf e = vf_exp(vf_add(a, a));
    const vf large = vf_sub(vf_set(1.0f), vf_div(vf_set(2.0f), vf_add(e, vf_set(1.0f))));
    return vf_select(vf_less(a, vf_set(0.625f)), small, vf_copysign(large, x));
}

#endif
