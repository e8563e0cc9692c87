/* SPDX-License-Identifier: MIT */
/* test_variants.c - the search among variants by any score, and the choice among them. */
#include "check.h"

#include "rnnrepair/experimental/augment.h"

#include <math.h>

/* ---- the search ----------------------------------------------------------------------------- */

enum { VARIANTS = 60, ROUNDS = 5, PART = VARIANTS / ROUNDS };

static const uint32_t some[] = { 4, 9, 2, 7, 5, 11, 3, 8 };
enum { SOURCES = sizeof some / sizeof *some };

static rr_variant_search search_of(rr_status (*score)(void *, rr_variant *, size_t, rr_error *),
                                   void *self)
{
    return (rr_variant_search){ .sources = some,
                                .n = SOURCES,
                                .variants = VARIANTS,
                                .rounds = ROUNDS,
                                .range = rr_affine_range_default(),
                                .seed = 1,
                                .id = 3,
                                .score = score,
                                .self = self };
}

/* The nearer to a rotation of 10 degrees the better; *self counts the rounds. */
static rr_status score_rotation(void *self, rr_variant *v, size_t n, rr_error *err)
{
    (void)err;
    assert_int_equal(n, PART);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(v[i].number, *(size_t *)self * PART + i);
        v[i].score = -fabs(v[i].transform.rotate - 10.0);
    }
    ++*(size_t *)self;
    return RR_OK;
}

static rr_status refuse(void *self, rr_variant *v, size_t n, rr_error *err)
{
    (void)self;
    (void)v;
    (void)n;
    if (err != NULL)
        *err = (rr_error){ .code = RR_ERR_CANCELLED };
    return RR_ERR_CANCELLED;
}

static void each_round_is_around_the_best_of_the_ones_before(void **state)
{
    rr_variant v[VARIANTS];
    rr_variant by_number[VARIANTS];
    size_t rounds = 0;
    double mean[ROUNDS] = { 0.0 };
    const rr_variant_search s = search_of(score_rotation, &rounds);

    (void)state;
    assert_int_equal(rr_variants_search(&s, v, NULL), RR_OK);
    assert_int_equal(rounds, ROUNDS);
    for (size_t i = 0; i < VARIANTS; i++) {
        assert_true(i == 0 || v[i].score <= v[i - 1].score);
        by_number[v[i].number] = v[i];
    }
    for (size_t i = 0; i < VARIANTS; i++) {
        const rr_variant *x = &by_number[i];
        mean[i / PART] -= x->score / PART;
        if (i < PART) {
            assert_true(x->parent == SIZE_MAX);
            assert_int_equal(x->source, some[i % SOURCES]);
        } else {
            assert_true(x->parent < i / PART * PART);
            assert_int_equal(x->source, by_number[x->parent].source);
        }
    }
    assert_true(mean[1] < mean[0] && mean[ROUNDS - 1] < 0.5 * mean[1]);
}

static void without_scores_they_stay_as_sampled(void **state)
{
    rr_variant v[VARIANTS];
    rr_variant_search s = search_of(NULL, NULL);

    (void)state;
    s.rounds = 1;
    assert_int_equal(rr_variants_search(&s, v, NULL), RR_OK);
    for (size_t i = 0; i < VARIANTS; i++) {
        assert_int_equal(v[i].number, i);
        assert_int_equal(v[i].source, some[i % SOURCES]);
    }
}

static void a_search_that_fails_says_why(void **state)
{
    rr_variant v[VARIANTS];
    rr_error err = { 0 };
    rr_variant_search s = search_of(refuse, NULL);

    (void)state;
    assert_int_equal(rr_variants_search(&s, v, &err), RR_ERR_CANCELLED);
    s.n = 0;
    assert_int_equal(rr_variants_search(&s, v, &err), RR_ERR_ARG);
    assert_string_equal(err.msg, "a search of 60 variants of 0 images in 5 rounds; each is at "
                                 "least 1");
}

/* ---- the choice ----------------------------------------------------------------------------- */

static void fill(rr_variant *v, size_t n, const uint32_t *sources)
{
    for (size_t i = 0; i < n; i++)
        v[i] = (rr_variant){ .number = i, .score = 1.0 / (double)(i + 1), .source = sources[i] };
}

static void expect(const rr_variant *v, const size_t *numbers, size_t n)
{
    for (size_t i = 0; i < n; i++)
        assert_int_equal(v[i].number, numbers[i]);
}

static void one_source_gives_no_more_than_it_may(void **state)
{
    const uint32_t sources[8] = { 7, 7, 7, 7, 7, 8, 9, 9 };
    const size_t best[8] = { 0, 1, 5, 6, 7, 2, 3, 4 }; /* the rest follows in its order */
    rr_variant v[8];

    (void)state;
    fill(v, 8, sources);
    assert_int_equal(rr_variants_choose(v, 8, 5, 2), 5);
    expect(v, best, 8);
}

static void one_source_fills_up_where_the_others_are_few(void **state)
{
    const uint32_t sources[6] = { 7, 7, 7, 7, 7, 8 };
    const size_t best[5] = { 0, 1, 2, 3, 5 };
    rr_variant v[6];

    (void)state;
    fill(v, 6, sources);
    assert_int_equal(rr_variants_choose(v, 6, 5, 2), 5);
    expect(v, best, 5);
    assert_int_equal(rr_variants_choose(v, 3, 5, 1), 3);
    assert_int_equal(rr_variants_choose(v, 0, 5, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_round_is_around_the_best_of_the_ones_before),
        cmocka_unit_test(without_scores_they_stay_as_sampled),
        cmocka_unit_test(a_search_that_fails_says_why),
        cmocka_unit_test(one_source_gives_no_more_than_it_may),
        cmocka_unit_test(one_source_fills_up_where_the_others_are_few),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
