/* SPDX-License-Identifier: MIT */
/* Properties and closed forms of the geometric transformation of images. */
#include "check.h"

enum { S = 12 };

static void fill(float *image, size_t n)
{
    rri_random r = rri_random_at(7, RRI_RANDOM_SAMPLE, 0);

    for (size_t i = 0; i < n; i++)
        image[i] = (float)rri_random_uniform(&r);
}

static void apply(const rr_affine *a, const float *in, size_t T, size_t D, float *out)
{
    rr_error err = { .msg = "" };

    CHECK_OK(rr_affine_apply(a, in, T, D, out, &err), err);
}

static void identity_returns_the_bits(void **state)
{
    const rr_affine a = rr_affine_identity();
    float in[5 * 8];
    float out[5 * 8];

    (void)state;
    fill(in, 40);
    in[3] = -0.0f;
    in[4] = 1e-40f;
    apply(&a, in, 5, 8, out);
    assert_memory_equal(in, out, sizeof in);
}

static void one_quarter_turn_is_counter_clockwise(void **state)
{
    rr_affine a = rr_affine_identity();
    float in[S][S] = { { 0 } };
    float out[S][S];

    (void)state;
    in[0][S - 1] = 1.0f; /* the right upper corner goes to the left upper one */
    in[5][S - 1] = 0.5f;
    a.rotate = 90.0;
    apply(&a, &in[0][0], S, S, &out[0][0]);
    CHECK_NEAR(out[0][0], 1.0, 1e-6, 0);
    CHECK_NEAR(out[0][5], 0.5, 1e-6, 0);
    CHECK_NEAR(out[0][S - 1], 0.0, 1e-6, 0);
    CHECK_NEAR(out[S - 1][0], 0.0, 1e-6, 0);
}

static void four_quarter_turns_are_the_identity(void **state)
{
    rr_affine a = rr_affine_identity();
    float in[S * S];
    float x[S * S];
    float y[S * S];

    (void)state;
    fill(in, S * S);
    memcpy(x, in, sizeof x);
    a.rotate = 90.0;
    for (int i = 0; i < 4; i++) {
        apply(&a, x, S, S, y);
        memcpy(x, y, sizeof x);
    }
    for (size_t i = 0; i < S * S; i++)
        CHECK_NEAR(x[i], in[i], 1e-5, 0);
}

static void whole_pixel_shifts_move_bits(void **state)
{
    rr_affine a = rr_affine_identity();
    float in[6][9];
    float out[6][9];

    (void)state;
    fill(&in[0][0], 54);
    a.shift_x = 2.0;
    a.shift_y = -1.0;
    apply(&a, &in[0][0], 6, 9, &out[0][0]);
    for (int y = 0; y < 6; y++)
        for (int x = 0; x < 9; x++) {
            const float want = x >= 2 && y + 1 < 6 ? in[y + 1][x - 2] : 0.0f;
            assert_memory_equal(&out[y][x], &want, sizeof want);
        }
}

static void half_pixel_shift_is_the_mean_of_two(void **state)
{
    rr_affine a = rr_affine_identity();
    float in[3][5];
    float out[3][5];

    (void)state;
    fill(&in[0][0], 15);
    a.shift_x = 0.5;
    apply(&a, &in[0][0], 3, 5, &out[0][0]);
    for (int y = 0; y < 3; y++)
        for (int x = 0; x < 5; x++) {
            const float left = x > 0 ? in[y][x - 1] : 0.0f;
            CHECK_NEAR(out[y][x], 0.5 * ((double)left + (double)in[y][x]), 1e-7, 0);
        }
}

static void shift_comes_after_rotation_and_scale(void **state)
{
    rr_affine a = rr_affine_identity();
    float in[7][7] = { { 0 } };
    float out[7][7];

    (void)state;
    in[3][5] = 1.0f; /* 2 right of the centre */
    a.scale = 0.5;   /* 1 right */
    a.rotate = 90.0; /* 1 up */
    a.shift_x = 2.0; /* and 2 right */
    apply(&a, &in[0][0], 7, 7, &out[0][0]);
    CHECK_NEAR(out[2][5], 1.0, 1e-6, 0);
}

static void shear_moves_lower_rows_to_the_right(void **state)
{
    rr_affine a = rr_affine_identity();
    float in[5][7] = { { 0 } };
    float out[5][7];

    (void)state;
    for (int y = 0; y < 5; y++)
        in[y][3] = 1.0f;
    a.shear = 1.0;
    apply(&a, &in[0][0], 5, 7, &out[0][0]);
    for (int y = 0; y < 5; y++)
        CHECK_NEAR(out[y][3 + y - 2], 1.0, 1e-7, 0);
}

/* The sheared image is rotated, not the rotated one sheared. */
static void shear_comes_before_rotation(void **state)
{
    rr_affine a = rr_affine_identity();
    float in[7][7] = { { 0 } };
    float out[7][7];

    (void)state;
    in[5][3] = 1.0f; /* 2 below the centre; shear puts it at (2, 2), the turn at (2, -2) */
    a.shear = 1.0;
    a.rotate = 90.0;
    apply(&a, &in[0][0], 7, 7, &out[0][0]);
    CHECK_NEAR(out[1][5], 1.0, 1e-6, 0);
}

/* Away from the border the sum of a smooth image grows with the square of the scale. */
static void mean_intensity_follows_the_area(void **state)
{
    enum { N = 40 };
    static float in[N][N];
    static float out[N][N];
    double before = 0.0;
    double after = 0.0;
    rr_affine a = rr_affine_identity();

    (void)state;
    for (int y = 0; y < N; y++)
        for (int x = 0; x < N; x++) {
            const double u = x - 19.5;
            const double v = y - 19.5;
            in[y][x] = (float)exp(-(u * u + v * v) / 32.0);
        }
    a.scale = 1.25;
    a.rotate = 33.0;
    a.shear = 0.2;
    a.shift_x = 1.3;
    apply(&a, &in[0][0], N, N, &out[0][0]);
    for (int y = 0; y < N; y++)
        for (int x = 0; x < N; x++) {
            before += (double)in[y][x];
            after += (double)out[y][x];
        }
    CHECK_NEAR(after / before, 1.25 * 1.25, 0, 1e-3);
}

static void draws_are_addressed_and_in_range(void **state)
{
    const rr_affine_range range = rr_affine_range_default();
    double low = 1e9;
    double high = -1e9;

    (void)state;
    for (uint64_t i = 0; i < 1000; i++) {
        const rr_affine a = rr_affine_draw(&range, 5, i);
        const rr_affine again = rr_affine_draw(&range, 5, i);
        assert_true(a.rotate == again.rotate && a.scale == again.scale);
        assert_true(a.rotate >= -20.0 && a.rotate <= 20.0);
        assert_true(a.shift_x >= -2.0 && a.shift_x <= 2.0);
        assert_true(a.shift_y >= -2.0 && a.shift_y <= 2.0);
        assert_true(a.shear >= -0.15 && a.shear <= 0.15);
        assert_true(a.scale >= 0.85 && a.scale <= 1.15);
        low = fmin(low, a.rotate);
        high = fmax(high, a.rotate);
    }
    assert_true(low < -19.5 && high > 19.5);
    assert_true(rr_affine_draw(&range, 5, 0).rotate != rr_affine_draw(&range, 6, 0).rotate);
}

static void draws_near_another_keep_their_share_and_the_range(void **state)
{
    const rr_affine_range range = rr_affine_range_default();
    const rr_affine at = { .rotate = 5.0, .shift_x = 2.0, .shear = -0.1, .scale = 0.9 };

    (void)state;
    for (uint64_t i = 0; i < 1000; i++) {
        const rr_affine far = rr_affine_draw(&range, 5, i);
        const rr_affine a = rr_affine_draw_near(&range, &at, 0.25, 5, i);
        CHECK_NEAR(a.rotate, 5.0 + 0.25 * far.rotate, 1e-12, 0);
        CHECK_NEAR(a.shift_x, fmin(2.0 + 0.25 * far.shift_x, 2.0), 1e-12, 0);
        CHECK_NEAR(a.shift_y, 0.25 * far.shift_y, 1e-12, 0);
        CHECK_NEAR(a.shear, -0.1 + 0.25 * far.shear, 1e-12, 0);
        CHECK_NEAR(a.scale, fmax(0.9 + 0.25 * (far.scale - 1.0), 0.85), 1e-12, 0);
    }
}

static void equal_ends_fix_a_quantity(void **state)
{
    rr_affine_range range = rr_affine_range_default();

    (void)state;
    range.min.rotate = range.max.rotate = 12.5;
    assert_true(rr_affine_draw(&range, 1, 3).rotate == 12.5);
}

static void bad_arguments_are_named(void **state)
{
    rr_affine a = rr_affine_identity();
    float in[4] = { 1, 2, 3, 4 };
    float out[4] = { 0 };
    rr_error err = { .msg = "" };

    (void)state;
    CHECK_FAILS(rr_affine_apply(&a, in, 0, 4, out, &err), RR_ERR_SHAPE, err, "0 rows");
    CHECK_FAILS(rr_affine_apply(&a, in, 4, 0, out, &err), RR_ERR_SHAPE, err, "0 columns");
    a.scale = 0.0;
    CHECK_FAILS(rr_affine_apply(&a, in, 2, 2, out, &err), RR_ERR_ARG, err, "scale 0");
    a.scale = -1.0;
    CHECK_FAILS(rr_affine_apply(&a, in, 2, 2, out, NULL), RR_ERR_ARG, err, "");
    a.scale = 1.0;
    a.shear = (double)NAN;
    CHECK_FAILS(rr_affine_apply(&a, in, 2, 2, out, &err), RR_ERR_ARG, err, "finite");
    a.shear = 0.0;
    a.rotate = (double)INFINITY;
    CHECK_FAILS(rr_affine_apply(&a, in, 2, 2, out, &err), RR_ERR_ARG, err, "finite");
    for (int i = 0; i < 4; i++)
        assert_true(out[i] == 0.0f);
}

static void extreme_scales_stay_finite(void **state)
{
    rr_affine a = rr_affine_identity();
    float in[4] = { 1, 2, 3, 4 };
    float out[4];

    (void)state;
    a.scale = 1e-310;
    apply(&a, in, 2, 2, out);
    for (int i = 0; i < 4; i++)
        assert_true(out[i] == 0.0f);
    a.scale = 1e300;
    apply(&a, in, 2, 2, out);
    for (int i = 0; i < 4; i++)
        CHECK_NEAR(out[i], 2.5, 1e-6, 0); /* the centre everywhere */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(identity_returns_the_bits),
        cmocka_unit_test(one_quarter_turn_is_counter_clockwise),
        cmocka_unit_test(four_quarter_turns_are_the_identity),
        cmocka_unit_test(whole_pixel_shifts_move_bits),
        cmocka_unit_test(half_pixel_shift_is_the_mean_of_two),
        cmocka_unit_test(shift_comes_after_rotation_and_scale),
        cmocka_unit_test(shear_moves_lower_rows_to_the_right),
        cmocka_unit_test(shear_comes_before_rotation),
        cmocka_unit_test(mean_intensity_follows_the_area),
        cmocka_unit_test(draws_are_addressed_and_in_range),
        cmocka_unit_test(draws_near_another_keep_their_share_and_the_range),
        cmocka_unit_test(equal_ends_fix_a_quantity),
        cmocka_unit_test(bad_arguments_are_named),
        cmocka_unit_test(extreme_scales_stay_finite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
