/* SPDX-License-Identifier: MIT */
/* test_core.c - statuses, the allocation gate, strings and random numbers. */
#include "check.h"

/* ---- statuses ------------------------------------------------------------------------------- */

static void every_status_keeps_its_value_and_has_a_text(void **state)
{
    (void)state;
#define IS(name, value, text)                                                                      \
    assert_int_equal((int)(name), value);                                                          \
    assert_string_equal(rr_status_text(name), text);
    RR_STATUS_LIST(IS)
#undef IS
    /* Frozen: programs outside compare with these numbers. */
    assert_int_equal((int)RR_OK, 0);
    assert_int_equal((int)RR_ERR_ARG, 1);
    assert_int_equal((int)RR_ERR_NOMEM, 2);
    assert_int_equal((int)RR_ERR_IO, 3);
    assert_int_equal((int)RR_ERR_FORMAT, 4);
    assert_int_equal((int)RR_ERR_SHAPE, 5);
    assert_int_equal((int)RR_ERR_NUMERIC, 6);
    assert_int_equal((int)RR_ERR_MISMATCH, 7);
    assert_int_equal((int)RR_ERR_UNSUPPORTED, 8);
    assert_int_equal((int)RR_ERR_NETWORK, 9);
    assert_string_equal(rr_status_text((rr_status)1000), "unknown status");
    assert_string_equal(rr_version(), RR_VERSION_STRING);
}

static void a_failure_has_code_location_and_sentence(void **state)
{
    rr_error err = { .msg = "old" };

    (void)state;
    assert_int_equal(rri_fail(&err, RR_ERR_FORMAT, 17, "%s: %d is too much", "file", 9),
                     RR_ERR_FORMAT);
    assert_int_equal(err.code, RR_ERR_FORMAT);
    assert_int_equal(err.where, 17);
    assert_string_equal(err.msg, "file: 9 is too much");
    assert_int_equal(rri_prefix(&err, err.code, "run %d", 3), RR_ERR_FORMAT);
    assert_string_equal(err.msg, "run 3: file: 9 is too much");
    assert_int_equal(err.where, 17);
}

static void no_error_struct_is_needed(void **state)
{
    (void)state;
    assert_int_equal(rri_fail(NULL, RR_ERR_IO, 0, "%s", "lost"), RR_ERR_IO);
    assert_int_equal(rri_prefix(NULL, RR_ERR_IO, "%s", "lost"), RR_ERR_IO);
}

static void messages_are_one_line_and_never_overflow(void **state)
{
    rr_error err;
    char text[2 * sizeof err.msg];

    (void)state;
    (void)rri_fail(&err, RR_ERR_ARG, -1, "a\nb\tc\033[2Jd");
    assert_string_equal(err.msg, "a b c [2Jd");

    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    (void)rri_fail(&err, RR_ERR_ARG, -1, "%s", text);
    assert_int_equal(strlen(err.msg), sizeof err.msg - 1);
    (void)rri_prefix(&err, RR_ERR_ARG, "%s", "front");
    assert_int_equal(strlen(err.msg), sizeof err.msg - 1);
    assert_memory_equal(err.msg, "front: xxx", 10);
    (void)rri_prefix(&err, RR_ERR_ARG, "%s", text);
    assert_int_equal(strlen(err.msg), sizeof err.msg - 1);
}

/* ---- memory --------------------------------------------------------------------------------- */

static void blocks_are_zeroed_and_aligned(void **state)
{
    rr_error err = { 0 };

    (void)state;
    for (size_t i = 0; i < 40; i++) {
        const size_t n = 257 * (i / 2); /* twice the same size: the second may reuse the first */
        unsigned char *p = NULL;
        CHECK_OK(rri_alloc(&p, n, 3, 1, &err), err);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % 64, 0);
        for (size_t j = 0; j < 3 * n; j++)
            assert_int_equal(p[j], 0);
        memset(p, 0xff, 3 * n);
        rri_free(p);
    }
    rri_free(NULL);
}

static void a_product_that_overflows_is_refused(void **state)
{
    const size_t cases[][3] = {
        { SIZE_MAX, 2, 1 },     { 2, SIZE_MAX, 1 },           { SIZE_MAX / 2, 1, 4 },
        { SIZE_MAX, 1, 1 },     { SIZE_MAX - 63, 1, 1 },      { SIZE_MAX, SIZE_MAX, SIZE_MAX },
        { 1, 1, SIZE_MAX - 1 }, { SIZE_MAX / 3 + 1, 3, 100 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int here = 0;
        void *p = &here;
        rr_error err = { 0 };
        CHECK_FAILS(rri_alloc(&p, cases[i][0], cases[i][1], cases[i][2], &err), RR_ERR_NOMEM, err,
                    "too many to hold");
        assert_null(p);
    }
}

/* Above 256 KiB pages are requested at once, above 4 MiB as huge ones. */
static void large_blocks_are_zeroed_and_aligned(void **state)
{
    static const size_t sizes[] = { 262143, 262144, 300001, 4194303, 4194304, 9000001 };

    (void)state;
    for (int turn = 0; turn < 2; turn++) /* the second takes what the first gave back */
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            unsigned char *p = NULL;
            unsigned any = 0;
            CHECK_OK(rri_alloc(&p, sizes[i], 1, 1, NULL), (rr_error){ .msg = "no memory" });
            assert_int_equal((uintptr_t)p % 64, 0);
            for (size_t b = 0; b < sizes[i]; b++)
                any |= p[b];
            assert_int_equal(any, 0);
            memset(p, 255, sizes[i]);
            rri_free(p);
        }
}

static void the_nth_allocation_can_be_made_to_fail(void **state)
{
    rr_error err = { 0 };

    (void)state;
    for (long n = 0; n < 4; n++) {
        rri_alloc_fail_at = n;
        for (long i = 0; i < 4; i++) {
            double *p = (double *)&err; /* not NULL, to see it cleared */
            const rr_status st = rri_alloc(&p, 8, 1, sizeof *p, &err);
            assert_int_equal(st, i == n ? RR_ERR_NOMEM : RR_OK);
            assert_int_equal(p == NULL, i == n);
            rri_free(p);
        }
        rri_alloc_fail_at = -1;
    }
    assert_non_null(strstr(err.msg, "64 bytes"));
}

static void growing_keeps_the_items_and_zeroes_the_rest(void **state)
{
    uint32_t *a = NULL;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rri_grow(&a, 0, 3, sizeof *a, &err), err);
    for (uint32_t i = 0; i < 3; i++)
        a[i] = 100 + i;
    CHECK_OK(rri_grow(&a, 3, 1000, sizeof *a, &err), err);
    for (uint32_t i = 0; i < 1000; i++)
        assert_int_equal(a[i], i < 3 ? 100 + i : 0);
    CHECK_OK(rri_grow(&a, 1000, 2, sizeof *a, &err), err);
    assert_int_equal(a[1], 101);
    rri_free(a);
}

static void growing_that_fails_leaves_the_array(void **state)
{
    uint32_t *a = NULL;
    uint32_t *before = NULL;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rri_grow(&a, 0, 4, sizeof *a, &err), err);
    a[3] = 7;
    before = a;
    rri_alloc_fail_at = 0;
    CHECK_FAILS(rri_grow(&a, 4, 8, sizeof *a, &err), RR_ERR_NOMEM, err, "out of memory");
    rri_alloc_fail_at = -1;
    CHECK_FAILS(rri_grow(&a, 4, SIZE_MAX / 2, sizeof *a, &err), RR_ERR_NOMEM, err, "too many");
    assert_ptr_equal(a, before);
    assert_int_equal(a[3], 7);
    rri_free(a);
}

/* ---- strings -------------------------------------------------------------------------------- */

static void copies_and_formatted_strings_are_owned(void **state)
{
    char *s = NULL;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rri_strdup("", &s, &err), err);
    assert_string_equal(s, "");
    rri_free(s);
    CHECK_OK(rri_strdup("seven", &s, &err), err);
    assert_string_equal(s, "seven");
    rri_free(s);
    CHECK_OK(rri_format(&s, &err, "%s/%05d", "dir", 42), err);
    assert_string_equal(s, "dir/00042");
    rri_free(s);
    rri_alloc_fail_at = 0;
    CHECK_FAILS(rri_strdup("seven", &s, &err), RR_ERR_NOMEM, err, "out of memory");
    assert_null(s);
    rri_alloc_fail_at = 0;
    CHECK_FAILS(rri_format(&s, &err, "%d", 1), RR_ERR_NOMEM, err, "out of memory");
    assert_null(s);
    rri_alloc_fail_at = -1;
}

static void integers_are_parsed_whole_or_not_at_all(void **state)
{
    const char *const bad[] = { "",
                                " 1",
                                "1 ",
                                "+1",
                                "-1",
                                "1.0",
                                "1e3",
                                "0x10",
                                "a",
                                "1a",
                                "18446744073709551616",
                                "99999999999999999999" };
    uint64_t u = 5;
    size_t n = 5;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (rri_parse_u64(bad[i], &u) || rri_parse_size(bad[i], &n))
            fail_msg("\"%s\" was taken for a number", bad[i]);
        assert_true(u == 5 && n == 5);
    }
    assert_true(rri_parse_u64("0", &u) && u == 0);
    assert_true(rri_parse_u64("007", &u) && u == 7);
    assert_true(rri_parse_u64("18446744073709551615", &u) && u == UINT64_MAX);
    assert_true(rri_parse_size("4294967296", &n) && n == (size_t)4294967296u);
}

static void reals_are_parsed_whole_or_not_at_all(void **state)
{
    const char *const bad[] = { "",      " 1", "1 ", "+1",  "nan",  "inf", "-inf", "-nan",
                                "1e999", "-",  ".",  "1,5", "1.5x", "e5",  "--1",  "infinity" };
    double v = 5.0;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (rri_parse_f64(bad[i], &v))
            fail_msg("\"%s\" was taken for a number", bad[i]);
        assert_true(v == 5.0);
    }
    assert_true(rri_parse_f64("-0.25", &v) && v == -0.25);
    assert_true(rri_parse_f64(".5", &v) && v == 0.5);
    assert_true(rri_parse_f64("1e-7", &v) && v == 1e-7);
    assert_true(rri_parse_f64("3", &v) && v == 3.0);
}

/* ---- random numbers ------------------------------------------------------------------------- */

/* The known answers of philox4x32, 10 rounds, that come with Random123 (kat_vectors). */
static void blocks_are_philox_4x32_10(void **state)
{
    const struct {
        uint32_t counter[4], key[2], want[4];
    } kat[] = {
        { { 0, 0, 0, 0 }, { 0, 0 }, { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 } },
        { { 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff },
          { 0xffffffff, 0xffffffff },
          { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd } },
        { { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344 },
          { 0xa4093822, 0x299f31d0 },
          { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 } },
    };

    (void)state;
    for (size_t i = 0; i < sizeof kat / sizeof *kat; i++) {
        const uint64_t seed = (uint64_t)kat[i].key[1] << 32 | kat[i].key[0];
        const uint64_t a = (uint64_t)kat[i].counter[3] << 32 | kat[i].counter[2];
        uint32_t got[4];
        rri_random_block(seed, (rri_purpose)kat[i].counter[1], a, kat[i].counter[0], got);
        for (unsigned w = 0; w < 4; w++)
            assert_int_equal(got[w], kat[i].want[w]);
    }
}

static int holds(const uint32_t *words, size_t n, uint32_t word)
{
    int found = 0;

    for (size_t i = 0; i < n; i++)
        found += words[i] == word;
    return found;
}

static void a_stream_is_the_blocks_of_its_address(void **state)
{
    rri_random r = rri_random_at(77, RRI_RANDOM_DIGITS, 1ull << 40);

    (void)state;
    for (uint32_t b = 0; b < 5; b++) {
        uint32_t words[4];
        rri_random_block(77, RRI_RANDOM_DIGITS, 1ull << 40, b, words);
        for (unsigned i = 0; i < 4; i++)
            assert_int_equal(holds(words, 4, rri_random_u32(&r)), 1);
    }
}

static void each_part_of_the_address_matters(void **state)
{
    rri_random base = rri_random_at(1, RRI_RANDOM_WEIGHTS, 0);
    rri_random same = rri_random_at(1, RRI_RANDOM_WEIGHTS, 0);
    rri_random other[] = {
        rri_random_at(2, RRI_RANDOM_WEIGHTS, 0),
        rri_random_at(1ull << 32 | 1, RRI_RANDOM_WEIGHTS, 0),
        rri_random_at(1, RRI_RANDOM_SHUFFLE, 0),
        rri_random_at(1, RRI_RANDOM_WEIGHTS, 1),
        rri_random_at(1, RRI_RANDOM_WEIGHTS, 1ull << 32),
    };
    uint32_t first[8];

    (void)state;
    for (size_t i = 0; i < 8; i++) {
        first[i] = rri_random_u32(&base);
        assert_int_equal(first[i], rri_random_u32(&same));
    }
    for (size_t o = 0; o < sizeof other / sizeof *other; o++)
        for (size_t i = 0; i < 8; i++)
            assert_int_equal(holds(first, 8, rri_random_u32(&other[o])), 0);
}

static void uniform_numbers_fill_their_range(void **state)
{
    enum { SAMPLES = 200000, CELLS = 16 };
    rri_random r = rri_random_at(3, RRI_RANDOM_SAMPLE, 0);
    double count[CELLS] = { 0 };
    double chi2 = 0.0;
    int fine = 0; /* numbers that need more than the 32 bits of one word */

    (void)state;
    for (int i = 0; i < SAMPLES; i++) {
        const double u = rri_random_uniform(&r);
        assert_true(u >= 0.0 && u < 1.0);
        count[(int)(u * CELLS)]++;
        fine += u * 0x1p32 != floor(u * 0x1p32);
    }
    for (int c = 0; c < CELLS; c++)
        chi2 += (count[c] - SAMPLES / CELLS) * (count[c] - SAMPLES / CELLS) / (SAMPLES / CELLS);
    assert_true(chi2 < 37.7); /* 15 degrees of freedom, p = 0.001 */
    assert_true(fine > SAMPLES / 2);
}

static void normal_numbers_have_the_moments_of_the_normal(void **state)
{
    enum { SAMPLES = 200000 };
    rri_random r = rri_random_at(4, RRI_RANDOM_SAMPLE, 0);
    double sum[5] = { 0 };

    (void)state;
    for (int i = 0; i < SAMPLES; i++) {
        const double z = rri_random_normal(&r);
        assert_true(isfinite(z));
        for (int m = 1; m <= 4; m++)
            sum[m] += pow(z, m);
    }
    /* Five standard errors: the variances of z, z^2, z^3, z^4 are 1, 2, 15, 96. */
    CHECK_NEAR(sum[1] / SAMPLES, 0.0, 5.0 * sqrt(1.0 / SAMPLES), 0.0);
    CHECK_NEAR(sum[2] / SAMPLES, 1.0, 5.0 * sqrt(2.0 / SAMPLES), 0.0);
    CHECK_NEAR(sum[3] / SAMPLES, 0.0, 5.0 * sqrt(15.0 / SAMPLES), 0.0);
    CHECK_NEAR(sum[4] / SAMPLES, 3.0, 5.0 * sqrt(96.0 / SAMPLES), 0.0);
}

static void below_is_unbiased(void **state)
{
    enum { SAMPLES = 100000, N = 10 };
    rri_random r = rri_random_at(5, RRI_RANDOM_SAMPLE, 0);
    const uint64_t huge = UINT64_C(3) << 62; /* a bare remainder would favour its lower third */
    double count[N] = { 0 };
    double third[3] = { 0 };
    double chi2 = 0.0;

    (void)state;
    for (int i = 0; i < SAMPLES; i++) {
        const uint64_t v = rri_random_below(&r, N);
        assert_true(v < N);
        count[v]++;
        assert_int_equal(rri_random_below(&r, 1), 0);
    }
    for (int c = 0; c < N; c++)
        chi2 += (count[c] - SAMPLES / N) * (count[c] - SAMPLES / N) / (SAMPLES / N);
    assert_true(chi2 < 27.9); /* 9 degrees of freedom, p = 0.001 */

    for (int i = 0; i < SAMPLES; i++)
        third[rri_random_below(&r, huge) >> 62]++;
    for (int c = 0; c < 3; c++)
        CHECK_NEAR(third[c] / SAMPLES, 1.0 / 3.0, 0.01, 0.0);
}

static void a_permutation_holds_every_number_once(void **state)
{
    const size_t sizes[] = { 0, 1, 2, 3, 1000, 65537 };

    (void)state;
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        const size_t n = sizes[s];
        rri_random r = rri_random_at(6, RRI_RANDOM_SHUFFLE, s);
        uint32_t *perm = NULL;
        unsigned char *seen = NULL;
        assert_int_equal(rri_alloc(&perm, n, 1, sizeof *perm, NULL), RR_OK);
        assert_int_equal(rri_alloc(&seen, n, 1, 1, NULL), RR_OK);
        rri_random_permutation(&r, perm, n);
        for (size_t i = 0; i < n; i++) {
            assert_true(perm[i] < n);
            assert_int_equal(seen[perm[i]]++, 0);
        }
        rri_free(perm);
        rri_free(seen);
    }
}

static void every_permutation_is_as_likely(void **state)
{
    enum { SAMPLES = 60000, KINDS = 6 };
    double count[KINDS] = { 0 };
    double chi2 = 0.0;

    (void)state;
    for (uint64_t i = 0; i < SAMPLES; i++) {
        rri_random r = rri_random_at(7, RRI_RANDOM_SHUFFLE, i);
        uint32_t p[3];
        rri_random_permutation(&r, p, 3);
        count[2 * p[0] + (p[1] > p[2])]++;
    }
    for (int c = 0; c < KINDS; c++)
        chi2 += (count[c] - SAMPLES / KINDS) * (count[c] - SAMPLES / KINDS) / (SAMPLES / KINDS);
    assert_true(chi2 < 20.5); /* 5 degrees of freedom, p = 0.001 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_keeps_its_value_and_has_a_text),
        cmocka_unit_test(a_failure_has_code_location_and_sentence),
        cmocka_unit_test(no_error_struct_is_needed),
        cmocka_unit_test(messages_are_one_line_and_never_overflow),
        cmocka_unit_test(blocks_are_zeroed_and_aligned),
        cmocka_unit_test(a_product_that_overflows_is_refused),
        cmocka_unit_test(large_blocks_are_zeroed_and_aligned),
        cmocka_unit_test(the_nth_allocation_can_be_made_to_fail),
        cmocka_unit_test(growing_keeps_the_items_and_zeroes_the_rest),
        cmocka_unit_test(growing_that_fails_leaves_the_array),
        cmocka_unit_test(copies_and_formatted_strings_are_owned),
        cmocka_unit_test(integers_are_parsed_whole_or_not_at_all),
        cmocka_unit_test(reals_are_parsed_whole_or_not_at_all),
        cmocka_unit_test(blocks_are_philox_4x32_10),
        cmocka_unit_test(a_stream_is_the_blocks_of_its_address),
        cmocka_unit_test(each_part_of_the_address_matters),
        cmocka_unit_test(uniform_numbers_fill_their_range),
        cmocka_unit_test(normal_numbers_have_the_moments_of_the_normal),
        cmocka_unit_test(below_is_unbiased),
        cmocka_unit_test(a_permutation_holds_every_number_once),
        cmocka_unit_test(every_permutation_is_as_likely),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
