/* SPDX-License-Identifier: MIT */
/* test_codebook.c - k-means codes of frames. */
#include "abstraction/abstraction_internal.h"
#include "fixture.h"

static void planted_clouds_get_a_symbol_each(void **state)
{
    const rri_rows x = new_clouds(1200, 6, 8, 0.4, 21);
    rri_codebook *b = NULL;
    rr_error err = { 0 };
    uint32_t symbols[1200];
    bool seen[8] = { false };

    (void)state;
    CHECK_OK(rri_codebook_fit(x, 8, 1, 2, &b, &err), err);
    assert_int_equal(rri_codebook_symbols(b), 8);
    assert_int_equal(rri_codebook_width(b), 6);
    CHECK_OK(rri_codebook_encode(b, x, 2, symbols, &err), err);
    for (size_t i = 0; i < 8; i++) {
        assert_in_range(symbols[i], 0, 7);
        assert_false(seen[symbols[i]]);
        seen[symbols[i]] = true;
    }
    for (size_t i = 8; i < 1200; i++)
        assert_int_equal(symbols[i], symbols[i % 8]);
    rri_codebook_free(b);
    free_rows(x);
}

/* Against a search in double; frames within rounding of the boundary may have either code. */
static void a_frame_gets_its_nearest_centre(void **state)
{
    const rri_rows x = new_clouds(3000, 5, 1, 1.0, 22);
    rri_codebook *b = NULL;
    rr_error err = { 0 };
    uint32_t *symbols = NULL;

    (void)state;
    assert_int_equal(rri_alloc(&symbols, x.n, 1, sizeof *symbols, NULL), RR_OK);
    CHECK_OK(rri_codebook_fit(x, 37, 3, 2, &b, &err), err);
    CHECK_OK(rri_codebook_encode(b, x, 2, symbols, &err), err);
    for (size_t i = 0; i < x.n; i++) {
        double least = HUGE_VAL;
        double chosen = 0.0;
        for (size_t k = 0; k < 37; k++) {
            double sum = 0.0;
            for (size_t j = 0; j < 5; j++)
                sum += pow((double)x.data[i * 5 + j] - (double)rri_codebook_centres(b)[k * 5 + j],
                           2.0);
            least = fmin(least, sum);
            if (k == symbols[i])
                chosen = sum;
        }
        CHECK_NEAR(chosen, least, 1e-6, 1e-6);
    }
    rri_free(symbols);
    rri_codebook_free(b);
    free_rows(x);
}

static void centres_are_the_means_of_their_frames(void **state)
{
    const rri_rows x = new_clouds(600, 2, 5, 0.3, 23);
    rri_codebook *b = NULL;
    rr_error err = { 0 };
    uint32_t symbols[600];
    double sum[5][2] = { { 0.0 } };
    double count[5] = { 0.0 };

    (void)state;
    CHECK_OK(rri_codebook_fit(x, 5, 4, 1, &b, &err), err);
    CHECK_OK(rri_codebook_encode(b, x, 1, symbols, &err), err);
    for (size_t i = 0; i < 600; i++) {
        count[symbols[i]] += 1.0;
        for (size_t j = 0; j < 2; j++)
            sum[symbols[i]][j] += (double)x.data[2 * i + j];
    }
    for (size_t k = 0; k < 5; k++)
        for (size_t j = 0; j < 2; j++)
            CHECK_NEAR(rri_codebook_centres(b)[2 * k + j], sum[k][j] / count[k], 1e-5, 1e-6);
    rri_codebook_free(b);
    free_rows(x);
}

static void few_distinct_frames_give_a_small_book(void **state)
{
    float rows[90];
    const rri_rows x = { .data = rows, .n = 90, .d = 1, .stride = 1 };
    rri_codebook *b = NULL;
    rr_error err = { 0 };
    uint32_t symbols[90];

    (void)state;
    for (size_t i = 0; i < 90; i++)
        rows[i] = (float)(i % 3);
    CHECK_OK(rri_codebook_fit(x, 50, 1, 1, &b, &err), err);
    assert_int_equal(rri_codebook_symbols(b), 3);
    CHECK_OK(rri_codebook_encode(b, x, 1, symbols, &err), err);
    for (size_t i = 0; i < 90; i++)
        assert_true(rri_codebook_centres(b)[symbols[i]] == rows[i]);
    rri_codebook_free(b);
}

static void one_symbol_codes_everything_alike(void **state)
{
    const rri_rows x = new_clouds(50, 3, 4, 1.0, 24);
    rri_codebook *b = NULL;
    rr_error err = { 0 };
    uint32_t symbols[50];

    (void)state;
    CHECK_OK(rri_codebook_fit(x, 1, 1, 1, &b, &err), err);
    CHECK_OK(rri_codebook_encode(b, x, 1, symbols, &err), err);
    for (size_t i = 0; i < 50; i++)
        assert_int_equal(symbols[i], 0);
    rri_codebook_free(b);
    free_rows(x);
}

static void ties_go_to_the_lower_number(void **state)
{
    const float centres[4] = { 2.0f, 1.0f, 3.0f, 1.0f };
    const float frames[3] = { 2.5f, 1.0f, 1.5f };
    const rri_rows x = { .data = frames, .n = 3, .d = 1, .stride = 1 };
    rri_codebook *b = NULL;
    rr_error err = { 0 };
    uint32_t symbols[3];

    (void)state;
    CHECK_OK(rri_codebook_restore(4, 1, centres, &b, &err), err);
    CHECK_OK(rri_codebook_encode(b, x, 1, symbols, &err), err);
    assert_int_equal(symbols[0], 0);
    assert_int_equal(symbols[1], 1);
    assert_int_equal(symbols[2], 0);
    rri_codebook_free(b);
}

static void the_bits_do_not_depend_on_the_threads(void **state)
{
    const rri_rows x = new_clouds(9000, 4, 3, 2.0, 25);
    rri_codebook *b[3] = { NULL };
    rr_error err = { 0 };

    (void)state;
    for (size_t t = 0; t < 3; t++) {
        CHECK_OK(rri_codebook_fit(x, 20, 5, t + 1, &b[t], &err), err);
        assert_memory_equal(rri_codebook_centres(b[t]), rri_codebook_centres(b[0]),
                            20 * 4 * sizeof(float));
    }
    for (size_t t = 0; t < 3; t++)
        rri_codebook_free(b[t]);
    free_rows(x);
}

static void wrong_input_is_named(void **state)
{
    float rows[4] = { 0.0f, 1.0f, NAN, 2.0f };
    const rri_rows x = { .data = rows, .n = 4, .d = 1, .stride = 1 };
    const rri_rows none = { .data = rows, .n = 0, .d = 1, .stride = 1 };
    const rri_rows wide = { .data = rows, .n = 2, .d = 2, .stride = 2 };
    rri_codebook *b = NULL;
    rr_error err = { 0 };
    uint32_t symbols[2];

    (void)state;
    CHECK_FAILS(rri_codebook_fit(x, 0, 1, 1, &b, &err), RR_ERR_ARG, err, "0 symbols");
    CHECK_FAILS(rri_codebook_fit(x, (size_t)1 << 25, 1, 1, &b, &err), RR_ERR_ARG, err, "33554432");
    CHECK_FAILS(rri_codebook_fit(none, 2, 1, 1, &b, &err), RR_ERR_SHAPE, err, "there are 0");
    CHECK_FAILS(rri_codebook_fit(x, 2, 1, 1, &b, &err), RR_ERR_NUMERIC, err, "row 2");
    assert_int_equal(err.where, 2);
    CHECK_FAILS(rri_codebook_restore(0, 1, rows, &b, &err), RR_ERR_ARG, err, "0 symbols");
    CHECK_FAILS(rri_codebook_restore(1, 0, rows, &b, &err), RR_ERR_ARG, err, "without values");
    CHECK_FAILS(rri_codebook_restore(4, 1, rows, &b, &err), RR_ERR_NUMERIC, err, "centre 2");
    assert_null(b);
    CHECK_OK(rri_codebook_restore(2, 1, rows, &b, &err), err);
    CHECK_FAILS(rri_codebook_encode(b, wide, 1, symbols, &err), RR_ERR_SHAPE, err, "2 values");
    rri_codebook_free(b);
}

static void every_failed_allocation_is_clean(void **state)
{
    const rri_rows x = new_clouds(50, 2, 3, 1.0, 26);
    uint32_t symbols[50];

    (void)state;
    for (failing at = { 0 }; next_allocation_fails(&at, 9);) {
        rri_codebook *b = NULL;
        at.st = rri_codebook_fit(x, 4, 1, 1, &b, NULL);
        assert_int_equal(at.st == RR_OK, b != NULL);
        if (at.st == RR_OK)
            at.st = rri_codebook_encode(b, x, 1, symbols, NULL);
        rri_codebook_free(b);
    }
    free_rows(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(planted_clouds_get_a_symbol_each),
        cmocka_unit_test(a_frame_gets_its_nearest_centre),
        cmocka_unit_test(centres_are_the_means_of_their_frames),
        cmocka_unit_test(few_distinct_frames_give_a_small_book),
        cmocka_unit_test(one_symbol_codes_everything_alike),
        cmocka_unit_test(ties_go_to_the_lower_number),
        cmocka_unit_test(the_bits_do_not_depend_on_the_threads),
        cmocka_unit_test(wrong_input_is_named),
        cmocka_unit_test(every_failed_allocation_is_clean),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
