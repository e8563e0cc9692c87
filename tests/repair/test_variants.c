/* SPDX-License-Identifier: MIT */
/* test_variants.c - the choice among scored candidates. */
#include "check.h"

#include "repair/variants.h"

/* Candidates 0..n-1 in the order sampled. */
static void fill(rri_candidate *table, size_t n, const float *scores, const uint32_t *sources)
{
    for (size_t i = 0; i < n; i++)
        table[i] =
            (rri_candidate){ .number = i, .sample = { .score = scores[i], .source = sources[i] } };
}

static void expect(const rri_candidate *table, const size_t *numbers, size_t n)
{
    for (size_t i = 0; i < n; i++)
        assert_int_equal(table[i].number, numbers[i]);
}

static void only_what_is_above_the_bar_is_accepted(void **state)
{
    const float scores[5] = { 0.5F, 0.7F, 0.6F, 0.9F, 0.8F };
    const uint32_t sources[5] = { 1, 2, 3, 4, 5 };
    const size_t best[2] = { 3, 4 };
    rri_candidate table[5];
    rri_variants v = { .table = table, .count = 5 };
    size_t accepted = 0;

    (void)state;
    fill(table, 5, scores, sources);
    assert_int_equal(rri_variants_choose(&v, 0.7F, 4, &accepted), 2); /* 0.7 is not above 0.7 */
    assert_int_equal(accepted, 2);
    expect(table, best, 2);
    fill(table, 5, scores, sources);
    assert_int_equal(rri_variants_choose(&v, 1.0F, 4, &accepted), 0);
    assert_int_equal(accepted, 0);
}

static void ties_go_to_the_variant_sampled_first(void **state)
{
    const float scores[4] = { 0.6F, 0.8F, 0.8F, 0.6F };
    const uint32_t sources[4] = { 1, 2, 3, 4 };
    const size_t best[3] = { 1, 2, 0 };
    rri_candidate table[4];
    rri_variants v = { .table = table, .count = 4 };
    size_t accepted = 0;

    (void)state;
    fill(table, 4, scores, sources);
    assert_int_equal(rri_variants_choose(&v, 0.0F, 3, &accepted), 3);
    assert_int_equal(accepted, 4);
    expect(table, best, 3);
}

static void one_source_gives_at_most_a_quarter_rounded_up(void **state)
{
    const float scores[8] = { 0.99F, 0.98F, 0.97F, 0.96F, 0.95F, 0.50F, 0.40F, 0.30F };
    const uint32_t sources[8] = { 7, 7, 7, 7, 7, 8, 9, 9 };
    const size_t best[5] = { 0, 1, 5, 6, 7 };
    rri_candidate table[8];
    rri_variants v = { .table = table, .count = 8 };
    size_t accepted = 0;

    (void)state;
    fill(table, 8, scores, sources);
    assert_int_equal(rri_variants_choose(&v, 0.1F, 5, &accepted), 5);
    assert_int_equal(accepted, 8);
    expect(table, best, 5);
}

static void one_source_fills_up_where_the_others_are_few(void **state)
{
    const float scores[6] = { 0.99F, 0.98F, 0.97F, 0.96F, 0.95F, 0.50F };
    const uint32_t sources[6] = { 7, 7, 7, 7, 7, 8 };
    const size_t best[5] = { 0, 1, 2, 3, 5 };
    rri_candidate table[6];
    rri_variants v = { .table = table, .count = 6 };
    size_t accepted = 0;

    (void)state;
    fill(table, 6, scores, sources);
    assert_int_equal(rri_variants_choose(&v, 0.1F, 5, &accepted), 5);
    expect(table, best, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_is_above_the_bar_is_accepted),
        cmocka_unit_test(ties_go_to_the_variant_sampled_first),
        cmocka_unit_test(one_source_gives_at_most_a_quarter_rounded_up),
        cmocka_unit_test(one_source_fills_up_where_the_others_are_few),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
