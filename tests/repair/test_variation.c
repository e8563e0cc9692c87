/* SPDX-License-Identifier: MIT */
/* test_variation.c - series varied in time and value: exact where nothing is asked for, of the size
 * that is asked for elsewhere. */
#include "check.h"

#include "rnnrepair/experimental/augment.h"

#include <math.h>

enum { T = 41, D = 3, LONG = 4000 };

static float series[LONG * D];
static float out[LONG * D];
static double position[LONG];

/* Column 0 is the number of the step, so that a varied one shows the positions; column 1 is a wave;
 * column 2 is constant. */
static int make_series(void **state)
{
    (void)state;
    for (size_t t = 0; t < LONG; t++) {
        series[t * D] = (float)t;
        series[t * D + 1] = (float)sin(0.4 * (double)t);
        series[t * D + 2] = 7.0F;
    }
    return 0;
}

static void apply(const rr_variation *v, size_t steps)
{
    rr_error err = { 0 };

    CHECK_OK(rr_variation_apply(v, series, steps, D, position, out, &err), err);
}

static double mean_of(const float *x, size_t steps, size_t d)
{
    double sum = 0.0;

    for (size_t t = 0; t < steps; t++)
        sum += (double)x[t * D + d];
    return sum / (double)steps;
}

static double deviation_of(const float *x, size_t steps, size_t d)
{
    const double mean = mean_of(x, steps, d);
    double sum = 0.0;

    for (size_t t = 0; t < steps; t++)
        sum += ((double)x[t * D + d] - mean) * ((double)x[t * D + d] - mean);
    return sqrt(sum / (double)steps);
}

/* ---- time ----------------------------------------------------------------------------------- */

static void nothing_is_changed_by_the_identity(void **state)
{
    const rr_variation v = rr_variation_identity();

    (void)state;
    apply(&v, T);
    assert_memory_equal(out, series, T * D * sizeof *out);
    apply(&v, 1);
    assert_memory_equal(out, series, D * sizeof *out);
}

/* Half of 40 intervals from the middle of those possible: steps 10 to 30. */
static void a_slice_is_stretched_to_the_whole(void **state)
{
    rr_variation v = rr_variation_identity();

    (void)state;
    v.slice = 0.5;
    v.start = 0.5;
    apply(&v, T);
    for (size_t t = 0; t < T; t++) {
        CHECK_NEAR(position[t], 10.0 + 0.5 * (double)t, 1e-12, 0.0);
        CHECK_NEAR(out[t * D], 10.0 + 0.5 * (double)t, 1e-5, 0.0);
    }
    v.start = 1.0;
    apply(&v, T);
    CHECK_NEAR(position[0], 20.0, 1e-12, 0.0);
    assert_true(out[(T - 1) * D] == 40.0F);
}

/* g = w cos(pi u): the integral of exp(g) is w's series in Bessel functions; here by the sum over
 * many steps. */
static void time_runs_as_the_speed_says(void **state)
{
    rr_variation v = rr_variation_identity();
    double whole = 0.0;
    double half = 0.0;
    const size_t fine = 200000;

    (void)state;
    v.warp[0] = 0.7;
    for (size_t i = 0; i < fine; i++) {
        const double s = exp(0.7 * cos(3.14159265358979 * ((double)i + 0.5) / (double)fine));
        whole += s;
        half += i < fine / 2 ? s : 0.0;
    }
    apply(&v, LONG - 1); /* step 1999 is the middle of 0..3998 */
    assert_true(position[0] == 0.0 && position[LONG - 2] == (double)(LONG - 2));
    CHECK_NEAR(position[(LONG - 2) / 2] / (double)(LONG - 2), half / whole, 1e-6, 0.0);
    assert_true(half / whole > 0.6);
}

static void time_never_runs_backwards(void **state)
{
    const rr_variation_range wild = { .warp = 3.0, .slice = 0.01, .channels = 1.0 };

    (void)state;
    for (uint64_t i = 0; i < 200; i++) {
        const rr_variation v = rr_variation_draw(&wild, 3, i);
        apply(&v, T);
        assert_true(position[0] >= 0.0 && position[T - 1] <= (double)(T - 1));
        for (size_t t = 1; t < T; t++)
            assert_true(position[t] > position[t - 1]);
    }
}

/* ---- values --------------------------------------------------------------------------------- */

static void channels_are_scaled_about_their_mean(void **state)
{
    rr_variation v = rr_variation_identity();
    double least = 2.0;
    double most = 0.0;

    (void)state;
    v.amplitude = 0.5;
    for (v.stream = 0; v.stream < 100; v.stream++) {
        apply(&v, T);
        const double f = deviation_of(out, T, 1) / deviation_of(series, T, 1);
        const double first = deviation_of(out, T, 0) / deviation_of(series, T, 0);
        assert_true(f > 0.499 && f < 1.501 && fabs(f - first) > 1e-9); /* factors of their own */
        CHECK_NEAR(mean_of(out, T, 1), mean_of(series, T, 1), 1e-6, 0.0);
        assert_true(out[2] == 7.0F); /* a constant has no amplitude */
        least = fmin(least, f);
        most = fmax(most, f);
    }
    assert_true(least < 0.55 && most > 1.45);
}

static void noise_is_relative_to_the_deviation_of_the_channel(void **state)
{
    rr_variation v = rr_variation_identity();
    double squares[2] = { 0.0, 0.0 };

    (void)state;
    v.jitter = 0.2;
    v.seed = 5;
    apply(&v, LONG);
    for (size_t t = 0; t < LONG; t++) {
        for (size_t d = 0; d < 2; d++) {
            const double off = (double)out[t * D + d] - (double)series[t * D + d];
            squares[d] += off * off / LONG;
        }
        assert_true(out[t * D + 2] == 7.0F);
    }
    for (size_t d = 0; d < 2; d++) /* 4000 numbers: 5 deviations of the estimate are 6 % */
        CHECK_NEAR(sqrt(squares[d]) / deviation_of(series, LONG, d), 0.2, 0.012, 0.0);
}

/* The channels of ten that a variation changes; the others keep their bits. */
static size_t changed_channels(const rr_variation *v)
{
    float in[T * 10];
    float varied[T * 10];
    size_t changed = 0;
    rr_error err = { 0 };

    for (size_t i = 0; i < T * 10; i++)
        in[i] = (float)((i * 7919) % 101);
    CHECK_OK(rr_variation_apply(v, in, T, 10, position, varied, &err), err);
    for (size_t d = 0; d < 10; d++) {
        size_t same = 0;
        for (size_t t = 0; t < T; t++)
            same += in[t * 10 + d] == varied[t * 10 + d];
        assert_true(same == T || same < 3);
        changed += same < T;
    }
    return changed;
}

/* Each channel with its probability, but one at least. */
static void some_of_the_channels_are_changed(void **state)
{
    rr_variation v = rr_variation_identity();
    size_t changed = 0;

    (void)state;
    v.jitter = 0.1;
    v.channels = 0.4;
    for (v.stream = 0; v.stream < 300; v.stream++)
        changed += changed_channels(&v);
    CHECK_NEAR((double)changed / 300.0, 4.0, 0.45, 0.0); /* 5 deviations */
    v.channels = 1e-9;
    for (v.stream = 0; v.stream < 20; v.stream++)
        assert_int_equal(changed_channels(&v), 1);
    v.channels = 1.0;
    assert_int_equal(changed_channels(&v), 10);
}

/* ---- sampling ------------------------------------------------------------------------------- */

static void check_within(const rr_variation_range *range, const rr_variation *v)
{
    assert_true(v->jitter >= 0.0 && v->jitter <= range->jitter);
    assert_true(v->amplitude >= 0.0 && v->amplitude <= range->amplitude);
    for (size_t k = 0; k < RR_WARP_TERMS; k++)
        assert_true(fabs(v->warp[k]) <= range->warp);
    assert_true(v->slice >= range->slice && v->slice <= 1.0);
    assert_true(v->start >= 0.0 && v->start <= 1.0);
    assert_true(v->channels >= range->channels && v->channels <= 1.0);
}

static void samples_lie_in_the_range_and_depend_on_their_address_alone(void **state)
{
    const rr_variation_range range = rr_variation_range_default();
    double jitter = 0.0;

    (void)state;
    for (uint64_t i = 0; i < 500; i++) {
        const rr_variation v = rr_variation_draw(&range, 9, i);
        const rr_variation again = rr_variation_draw(&range, 9, i);
        const rr_variation near = rr_variation_draw_near(&range, &v, 0.5, 9, i + 1000);
        assert_memory_equal(&v, &again, sizeof v);
        check_within(&range, &v);
        check_within(&range, &near);
        assert_true(near.stream == v.stream && near.seed == v.seed);
        assert_true(fabs(near.jitter - v.jitter) <= 0.25 * range.jitter);
        assert_true(fabs(near.warp[1] - v.warp[1]) <= 0.5 * range.warp);
        jitter += v.jitter / 500.0;
    }
    CHECK_NEAR(jitter, 0.5 * range.jitter, 0.1 * range.jitter, 0.0);
}

/* What is near shares noise and factors: it differs from its parent by the sizes alone. */
static void noise_and_factors_are_those_of_the_parent(void **state)
{
    rr_variation v = rr_variation_identity();
    float first[T * D];

    (void)state;
    v.jitter = 0.1;
    v.seed = 2;
    v.stream = 77;
    apply(&v, T);
    memcpy(first, out, sizeof first);
    v.jitter = 0.2;
    apply(&v, T);
    for (size_t i = 0; i < T * D; i++)
        CHECK_NEAR((double)out[i] - (double)series[i], 2.0 * ((double)first[i] - (double)series[i]),
                   2e-5, 0.0);
    v.stream = 78;
    apply(&v, T);
    assert_memory_not_equal(out, first, sizeof first);
}

/* ---- errors --------------------------------------------------------------------------------- */

static void what_is_out_of_range_is_refused(void **state)
{
    rr_error err = { 0 };
    rr_variation v = rr_variation_identity();

    (void)state;
    CHECK_FAILS(rr_variation_apply(&v, series, 0, D, position, out, &err), RR_ERR_SHAPE, err,
                "0 steps");
    CHECK_FAILS(rr_variation_apply(&v, series, T, 0, position, out, &err), RR_ERR_SHAPE, err,
                "0 channels");
    v.slice = 0.0;
    CHECK_FAILS(rr_variation_apply(&v, series, T, D, position, out, &err), RR_ERR_ARG, err,
                "slice of a variation is 0, not in 0..1");
    v = rr_variation_identity();
    v.warp[2] = (double)NAN;
    CHECK_FAILS(rr_variation_positions(&v, T, position, &err), RR_ERR_ARG, err, "warp 2");
    v = rr_variation_identity();
    v.jitter = -0.1;
    CHECK_FAILS(rr_variation_apply(&v, series, T, D, position, out, NULL), RR_ERR_ARG, err, "");
    v = rr_variation_identity();
    v.amplitude = 1.5;
    CHECK_FAILS(rr_variation_apply(&v, series, T, D, position, out, &err), RR_ERR_ARG, err,
                "amplitude");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_changed_by_the_identity),
        cmocka_unit_test(a_slice_is_stretched_to_the_whole),
        cmocka_unit_test(time_runs_as_the_speed_says),
        cmocka_unit_test(time_never_runs_backwards),
        cmocka_unit_test(channels_are_scaled_about_their_mean),
        cmocka_unit_test(noise_is_relative_to_the_deviation_of_the_channel),
        cmocka_unit_test(some_of_the_channels_are_changed),
        cmocka_unit_test(samples_lie_in_the_range_and_depend_on_their_address_alone),
        cmocka_unit_test(noise_and_factors_are_those_of_the_parent),
        cmocka_unit_test(what_is_out_of_range_is_refused),
    };
    return cmocka_run_group_tests(tests, make_series, NULL);
}
