/* SPDX-License-Identifier: MIT */
/* test_simd.c - exp, sigmoid and tanh of src/kernel/simd_math.h against libm in double.
 *
 * Over all floats of [-100, 100] the largest errors, the same for all instruction sets, are
 *
 *     exp       1.26 ulp at -71.0, within -87.33..88.02, the range it does not clamp
 *     sigmoid   1.8e-7 where it is clamped, beyond 15.8
 *     tanh      4.8 ulp at 7.0, up to 7.9; 3.6e-7 where it is clamped, beyond
 *
 * and the bits are those of plain vectors. The test looks at every 509th float; fused
 * multiply-adds are compared with fma() of libm on numbers whose products and sums round in all the
 * ways they can. */
#include "check.h"

#include "kernel/isa.h"
#include "simd_probe.h"

#include <float.h>

enum { LANES = 16, STRIDE = 509, PROBES = 3 };

static const uint32_t hundred = 0x42c80000u; /* the bits of 100.0f */

typedef void (*probe)(probe_op op, const float *x, float *y, size_t n);

/* The probes this machine can run. */
static size_t runnable(probe out[PROBES])
{
    size_t n = 0;

    out[n++] = probe_plain;
#if RR_SIMD_PROBES
    if (rri_isa_best() >= RRI_ISA_AVX2)
        out[n++] = probe_avx2;
    if (rri_isa_best() >= RRI_ISA_AVX512)
        out[n++] = probe_avx512;
#endif
    return n;
}

static float float_of_bits(uint32_t bits)
{
    float x = 0.0f;

    memcpy(&x, &bits, sizeof x);
    return x;
}

static double sigmoid(double x)
{
    return 1.0 / (1.0 + exp(-x));
}

/* |got - want| in units of the last place of a float as large as want. */
static double ulp_error(float got, double want)
{
    int exponent = 0;

    (void)frexp(want, &exponent); /* |want| in [2^(exponent-1), 2^exponent) */
    const int last = exponent - 24 > -149 ? exponent - 24 : -149;
    return fabs((double)got - want) / ldexp(1.0, last);
}

/* The largest error over the sampled floats of [low, high]; stops at a result that is not finite.
 */
static double worst_error(probe run, probe_op op, double (*exact)(double), float low, float high)
{
    double worst = 0.0;

    for (uint32_t sign = 0; sign <= 1; sign++) {
        for (uint32_t bits = 0; bits <= hundred; bits += LANES * STRIDE) {
            float x[LANES];
            float y[LANES];
            for (uint32_t i = 0; i < LANES; i++) {
                x[i] = float_of_bits((bits + i * STRIDE) | sign << 31);
                x[i] = fminf(fmaxf(x[i], low), high);
            }
            run(op, x, y, LANES);
            for (uint32_t i = 0; i < LANES; i++) {
                const double e = ulp_error(y[i], exact((double)x[i]));
                if (!(e < 1e9))
                    fail_msg("op %d of %.9g is %.9g", (int)op, (double)x[i], (double)y[i]);
                worst = fmax(worst, e);
            }
        }
    }
    return worst;
}

static void exp_is_near_libm_within_its_range(void **state)
{
    probe run[PROBES];
    const size_t n = runnable(run);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        const double worst = worst_error(run[i], PROBE_EXP, exp, -87.33f, 88.02f);
        if (worst > 1.3)
            fail_msg("exp is off by %.3f ulp", worst);
    }
}

/* The largest |got - want| over the sampled floats of [-100, 100], which must lie in [low, high].
 */
static double worst_distance(probe run, probe_op op, double (*exact)(double), float low, float high)
{
    double worst = 0.0;

    for (uint32_t sign = 0; sign <= 1; sign++) {
        for (uint32_t bits = 0; bits <= hundred; bits += LANES * STRIDE) {
            float x[LANES];
            float y[LANES];
            for (uint32_t i = 0; i < LANES; i++)
                x[i] = float_of_bits((bits + i * STRIDE) | sign << 31);
            run(op, x, y, LANES);
            for (uint32_t i = 0; i < LANES; i++) {
                if (!(y[i] >= low && y[i] <= high))
                    fail_msg("op %d of %.9g is %.9g", (int)op, (double)x[i], (double)y[i]);
                worst = fmax(worst, fabs((double)y[i] - exact((double)x[i])));
            }
        }
    }
    return worst;
}

static void sigmoid_is_near_libm(void **state)
{
    probe run[PROBES];
    const size_t n = runnable(run);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        const double worst = worst_distance(run[i], PROBE_SIGMOID, sigmoid, 0.0f, 1.0f);
        if (worst > 1.8e-7)
            fail_msg("sigmoid is off by %.3g", worst);
    }
}

static void tanh_is_near_libm(void **state)
{
    probe run[PROBES];
    const size_t n = runnable(run);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        const double worst = worst_error(run[i], PROBE_TANH, tanh, -7.9f, 7.9f);
        const double distance = worst_distance(run[i], PROBE_TANH, tanh, -1.0f, 1.0f);
        if (worst > 4.9 || distance > 3.6e-7)
            fail_msg("tanh is off by %.3f ulp and %.3g", worst, distance);
    }
}

static void far_and_odd_arguments_have_sane_results(void **state)
{
    const float x[LANES] = {
        NAN,   -NAN,   INFINITY, -INFINITY, 0.0f,   -0.0f,   1e-40f,  -1e-40f,
        1e30f, -1e30f, 89.0f,    -88.0f,    200.0f, -104.0f, FLT_MAX, -FLT_MAX
    };
    probe run[PROBES];
    const size_t n = runnable(run);

    (void)state;
    for (size_t p = 0; p < n; p++) {
        float e[LANES];
        float s[LANES];
        float t[LANES];
        run[p](PROBE_EXP, x, e, LANES);
        run[p](PROBE_SIGMOID, x, s, LANES);
        run[p](PROBE_TANH, x, t, LANES);
        for (size_t i = 0; i < 2; i++)
            assert_true(isnan(e[i]) && isnan(s[i]) && isnan(t[i]));
        for (size_t i = 2; i < LANES; i++) {
            const double v = (double)x[i];
            /* exp is clamped: never 0, never infinite. */
            CHECK_NEAR(e[i], fmin(fmax(exp(v), 1.2e-38), 1.685e38), 0.0, 0.02);
            CHECK_NEAR(s[i], sigmoid(v), 1.8e-7, 0.0);
            CHECK_NEAR(t[i], tanh(v), 0.0, 1e-6);
            if (x[i] != 0.0f)
                assert_int_equal(signbit(t[i]) != 0, signbit(x[i]) != 0);
        }
    }
}

static void all_instruction_sets_give_the_same_bits(void **state)
{
    probe run[PROBES];
    const size_t n = runnable(run);

    (void)state;
    for (uint32_t bits = 0; bits < 0x7f800000u - LANES * STRIDE; bits += LANES * STRIDE) {
        float x[LANES];
        for (uint32_t i = 0; i < LANES; i++)
            x[i] = float_of_bits((bits + i * STRIDE) | (i & 1) << 31);
        for (int op = PROBE_EXP; op <= PROBE_TANH; op++) {
            float want[LANES];
            run[0]((probe_op)op, x, want, LANES);
            for (size_t p = 1; p < n; p++) {
                float y[LANES];
                run[p]((probe_op)op, x, y, LANES);
                assert_memory_equal(y, want, sizeof y);
            }
        }
    }
}

/* A float with few or many bits, of any size: so that halves and carries come often. */
static float odd_float(rri_random *r)
{
    const uint32_t keep = rri_random_u32(r) % 24;
    const uint32_t mantissa = (rri_random_u32(r) & 0x7fffffu) >> keep << keep;
    const uint32_t exponent = 97 + rri_random_u32(r) % 60;

    return float_of_bits((rri_random_u32(r) & 0x80000000u) | exponent << 23 | mantissa);
}

static void a_multiply_add_is_rounded_once(void **state)
{
    rri_random r = rri_random_at(3, RRI_RANDOM_SAMPLE, 0);
    probe run[PROBES];
    const size_t n = runnable(run);
    size_t twice = 0;

    (void)state;
    for (size_t round = 0; round < 40000; round++) {
        float x[3 * LANES];
        float y[LANES];
        for (size_t i = 0; i < LANES; i++) {
            x[i] = odd_float(&r);
            x[LANES + i] = odd_float(&r);
            /* Near the product, or half a unit of its last place, or anything. */
            const float product = x[i] * x[LANES + i];
            const uint32_t how = rri_random_u32(&r) % 4;
            x[2 * LANES + i] = how == 0   ? -product
                               : how == 1 ? product * 0x1p-24f
                               : how == 2 ? product * 0x1p25f
                                          : odd_float(&r);
            if (round % 100 == 0) /* results without an exponent */
                x[i] *= 0x1p-70f, x[LANES + i] *= 0x1p-70f, x[2 * LANES + i] *= 0x1p-120f;
            twice += x[i] * x[LANES + i] + x[2 * LANES + i] !=
                     fmaf(x[i], x[LANES + i], x[2 * LANES + i]);
        }
        for (size_t p = 0; p < n; p++) {
            run[p](PROBE_FMA, x, y, LANES);
            for (size_t i = 0; i < LANES; i++)
                assert_true(y[i] == fmaf(x[i], x[LANES + i], x[2 * LANES + i]));
        }
    }
    assert_true(twice > 1000); /* else the numbers would not tell */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exp_is_near_libm_within_its_range),
        cmocka_unit_test(sigmoid_is_near_libm),
        cmocka_unit_test(tanh_is_near_libm),
        cmocka_unit_test(far_and_odd_arguments_have_sane_results),
        cmocka_unit_test(all_instruction_sets_give_the_same_bits),
        cmocka_unit_test(a_multiply_add_is_rounded_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
