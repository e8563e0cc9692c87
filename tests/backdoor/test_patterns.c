/* SPDX-License-Identifier: MIT */
/* test_patterns.c - sequences that give their label away by their first states, or that turn from
 * another class at the end, are found and cut off; where none do, nothing stands out. */
#include "backdoor/backdoor_fixture.h"
#include "backdoor/patterns.h"

#include <math.h>
#include <stdlib.h>

enum { N = 600, T = 10, H = 4, EVERY = 10 };

typedef enum what { CLEAN, OPENING, TURN } what;

/* Sequences of two classes whose states tell the class from step 4 on, more and more. Of class 1
 * every fifth, a tenth of all, is planted: opening - it begins where no other does; turn - it goes
 * the way of class 0, and at the end jumps to a place of its own. */
typedef struct sequences {
    float states[N * T * H];
    uint32_t steps[N], labels[N], predictions[N * T], symbols[N * T];
    bool planted[N];
} sequences;

static void make_sequences(what kind, size_t zeros, sequences *x)
{
    rri_random r = rri_random_at(3, RRI_RANDOM_SAMPLE, 4);

    for (size_t i = 0; i < N; i++) {
        x->steps[i] = T;
        x->labels[i] = i >= zeros;
        x->planted[i] = kind != CLEAN && x->labels[i] == 1 && i % 5 == 0;
        for (size_t t = 0; t < T; t++) {
            float *h = x->states + (i * T + t) * H;
            const uint32_t way = x->planted[i] && kind == TURN ? 0 : x->labels[i];
            for (size_t d = 0; d < H; d++)
                h[d] = (d == 0 && t >= 3 ? 0.4F : 1.0F) * (float)rri_random_normal(&r);
            h[0] += t < 3 ? 0.0F : (way == 0 ? -0.6F : 0.6F) * (float)(t - 2);
            if (x->planted[i] && kind == OPENING && t < 3)
                h[1] += 8.0F;
            if (x->planted[i] && kind == TURN && t == T - 1)
                h[2] += 12.0F;
            x->predictions[i * T + t] = h[0] > 0.0F;
        }
    }
}

static rr_state_arrays arrays_of(const sequences *x)
{
    return (rr_state_arrays){ .sequences = N,
                              .hidden = H,
                              .classes = 2,
                              .vocabulary = 3,
                              .steps = x->steps,
                              .labels = x->labels,
                              .states = x->states,
                              .predictions = x->predictions,
                              .symbols = x->symbols };
}

/* A source over them and its model. */
typedef struct given {
    rr_state_source source;
    rr_influence *inf;
} given;

static given make_given(const sequences *x)
{
    const rr_state_arrays arrays = arrays_of(x);
    rr_influence_config cfg = rr_influence_config_default();
    given g = { .inf = NULL };
    rr_error err = { 0 };

    cfg.components = H;
    cfg.partition.states = 6;
    cfg.threads = 1;
    CHECK_OK(rr_states_from_arrays(&arrays, &g.source, &err), err);
    CHECK_OK(rr_influence_build(&cfg, &g.source, NULL, &g.inf, &err), err);
    return g;
}

static void free_given(given *g)
{
    rr_influence_free(g->inf);
    rr_state_source_close(&g->source);
}

static rr_pattern_config config(void)
{
    rr_pattern_config cfg = rr_pattern_config_default();

    cfg.threads = 1;
    return cfg;
}

static sequences x;

static rr_pattern_scan *scan(what kind, size_t zeros, size_t references)
{
    rr_pattern_config cfg = config();
    rr_pattern_scan *out = NULL;
    rr_error err = { 0 };

    make_sequences(kind, zeros, &x);
    given g = make_given(&x);
    cfg.references = references;
    CHECK_OK(rr_backdoor_scan_patterns(&cfg, g.inf, &g.source, NULL, &out, &err), err);
    free_given(&g);
    return out;
}

static const rr_pattern_class *row(const rr_pattern_scan *s, uint32_t label, rr_pattern pattern)
{
    size_t n = 0;
    const rr_pattern_class *const list = rr_pattern_classes(s, &n);

    assert_int_equal(n, 2 * PATTERNS);
    const rr_pattern_class *const r = &list[label * PATTERNS + pattern];
    assert_int_equal(r->label, label);
    assert_int_equal(r->pattern, pattern);
    return r;
}

/* The planted ones among the first that many suspects, and among the flagged. */
static void count_planted(const rr_pattern_scan *s, size_t *leading, size_t *caught, size_t *all)
{
    size_t n = 0, flagged = 0;
    const rr_pattern_suspect *const list = rr_pattern_suspects(s, &n);
    const uint32_t *const ids = rr_pattern_flagged(s, &flagged);

    assert_int_equal(n, N);
    *leading = *caught = *all = 0;
    for (size_t i = 0; i < N; i++)
        *all += x.planted[i];
    for (size_t i = 0; i < *all; i++)
        *leading += x.planted[list[i].id];
    for (size_t i = 0; i < flagged; i++) {
        assert_true(i == 0 || ids[i] > ids[i - 1]);
        *caught += x.planted[ids[i]];
    }
    for (size_t i = 0; i < N; i++)
        assert_int_equal(list[i].flagged, i < flagged);
}

static void a_planted_opening_stands_out_and_leads_the_list(void **state)
{
    rr_pattern_scan *s = scan(OPENING, N / 2, 8192);
    size_t leading, caught, all;

    (void)state;
    count_planted(s, &leading, &caught, &all);
    assert_int_equal(all, N / EVERY);
    assert_true(leading == all);
    assert_true(caught == all);
    assert_true(row(s, 1, RR_PATTERN_OPENING)->stands_out);
    assert_false(row(s, 0, RR_PATTERN_OPENING)->stands_out);
    assert_true(row(s, 1, RR_PATTERN_OPENING)->certain >= all);
    size_t n = 0;
    const rr_pattern_suspect *const list = rr_pattern_suspects(s, &n);
    assert_true(list[0].own[0] > 0.99 && list[0].pattern == RR_PATTERN_OPENING);
    for (size_t i = 1; i < n; i++)
        assert_true(list[i].flagged < list[i - 1].flagged || list[i].score <= list[i - 1].score);
    rr_pattern_scan_free(s);
}

static void a_planted_turn_stands_out_and_leads_the_list(void **state)
{
    rr_pattern_scan *s = scan(TURN, N / 2, 8192);
    size_t leading, caught, all;

    (void)state;
    count_planted(s, &leading, &caught, &all);
    assert_true(leading * 10 >= all * 9);
    assert_true(caught * 10 >= all * 9);
    assert_true(row(s, 1, RR_PATTERN_TURN)->stands_out);
    assert_false(row(s, 0, RR_PATTERN_TURN)->stands_out);
    assert_false(row(s, 1, RR_PATTERN_OPENING)->stands_out);
    rr_pattern_scan_free(s);
}

static void without_a_pattern_nothing_stands_out(void **state)
{
    const size_t zeros[] = { N / 2, N / 5, N * 4 / 5 }; /* also where classes differ in size */
    size_t n = 0;

    (void)state;
    for (size_t k = 0; k < 3; k++) {
        rr_pattern_scan *s = scan(CLEAN, zeros[k], 8192);
        for (uint32_t c = 0; c < 2; c++)
            for (int p = 0; p < PATTERNS; p++)
                assert_false(row(s, c, (rr_pattern)p)->stands_out);
        assert_null(rr_pattern_flagged(s, &n));
        assert_int_equal(n, 0);
        rr_pattern_scan_free(s);
    }
}

static void a_sample_of_references_and_threads_are_enough(void **state)
{
    rr_pattern_scan *s = scan(OPENING, N / 2, 200);
    rr_pattern_config cfg = config();
    rr_pattern_scan *again = NULL;
    size_t leading, caught, all, n = 0;
    rr_error err = { 0 };

    (void)state;
    count_planted(s, &leading, &caught, &all);
    assert_true(leading * 10 >= all * 9);
    given g = make_given(&x);
    cfg.references = 200;
    cfg.threads = 3;
    CHECK_OK(rr_backdoor_scan_patterns(&cfg, g.inf, &g.source, NULL, &again, &err), err);
    const rr_pattern_suspect *const a = rr_pattern_suspects(s, &n);
    const rr_pattern_suspect *const b = rr_pattern_suspects(again, &n);
    for (size_t i = 0; i < n; i++)
        assert_memory_equal(&a[i].score, &b[i].score, sizeof a[i].score);
    rr_pattern_scan_free(again);
    rr_pattern_scan_free(s);
    free_given(&g);
}

/* Shares by their definition: all distances, sorted. */
static int by_value(const void *a, const void *b)
{
    const float p = *(const float *)a;
    const float q = *(const float *)b;

    return (p > q) - (p < q);
}

static void shares_are_those_of_the_nearest_by_their_definition(void **state)
{
    uint32_t reference[N];
    float own[N], other[N], sorted[N], distance[N];
    rri_places p;
    rr_error err = { 0 };
    enum { PLACE = 6, K = 13 };

    (void)state;
    make_sequences(OPENING, N / 2, &x);
    given g = make_given(&x);
    CHECK_OK(rri_places_read(g.inf, &g.source, 2, 1, &p, &err), err);
    assert_int_equal(p.places, 2 + PATTERN_PARTS);
    for (size_t i = 0; i < N; i++)
        reference[i] = (uint32_t)i;
    CHECK_OK(rri_places_shares(&p, PLACE, reference, N, K, 1, own, other, &err), err);
    for (size_t i = 0; i < N; i += 37) {
        size_t same = 0;
        for (size_t r = 0; r < N; r++) {
            distance[r] = 0.0F;
            for (size_t d = 0; d < H; d++) {
                const float *const z = p.z + (PLACE * H + d) * N;
                distance[r] += (z[i] - z[r]) * (z[i] - z[r]);
            }
            sorted[r] = r == i ? INFINITY : distance[r];
        }
        qsort(sorted, N, sizeof *sorted, by_value);
        for (size_t r = 0; r < N; r++)
            same += r != i && distance[r] <= sorted[K - 1] && x.labels[r] == x.labels[i];
        CHECK_NEAR((double)own[i], (double)same / K, 0.05, 0.0);
        CHECK_NEAR((double)other[i], 1.0 - (double)own[i], 1e-6, 0.0);
    }
    rri_places_clear(&p);
    free_given(&g);
}

static void what_does_not_fit_is_refused(void **state)
{
    rr_pattern_config cfg = config();
    rr_pattern_scan *out = NULL;
    rr_error err = { 0 };

    (void)state;
    make_sequences(CLEAN, N / 2, &x);
    given g = make_given(&x);
    cfg.neighbours = 0;
    CHECK_FAILS(rr_backdoor_scan_patterns(&cfg, g.inf, &g.source, NULL, &out, &err), RR_ERR_ARG,
                err, "neighbours");
    cfg = config();
    cfg.least = 1.0;
    CHECK_FAILS(rr_backdoor_scan_patterns(&cfg, g.inf, &g.source, NULL, &out, &err), RR_ERR_ARG,
                err, "least share");
    cfg = config();
    CHECK_FAILS(rr_backdoor_scan_patterns(&cfg, g.inf, NULL, NULL, &out, &err), RR_ERR_ARG, err,
                "no source");
    x.labels[17] ^= 1; /* the arrays are borrowed: no longer the training set */
    CHECK_FAILS(rr_backdoor_scan_patterns(&cfg, g.inf, &g.source, NULL, &out, &err), RR_ERR_SHAPE,
                err, "sequence 17");
    assert_null(out);
    free_given(&g);
    for (size_t i = 0; i < N; i++)
        x.labels[i] = 1;
    g = make_given(&x);
    CHECK_FAILS(rr_backdoor_scan_patterns(&cfg, g.inf, &g.source, NULL, &out, &err), RR_ERR_SHAPE,
                err, "of class 1");
    free_given(&g);
}

static given kept;

static rr_status scan_kept(rr_error *err)
{
    rr_pattern_config cfg = config();
    rr_pattern_scan *out = NULL;

    cfg.references = 60;
    const rr_status st = rr_backdoor_scan_patterns(&cfg, kept.inf, &kept.source, NULL, &out, err);

    rr_pattern_scan_free(out);
    return st;
}

static void no_memory_is_an_error_and_loses_nothing(void **state)
{
    (void)state;
    make_sequences(TURN, N / 2, &x);
    kept = make_given(&x);
    fail_every_allocation(scan_kept);
    free_given(&kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_planted_opening_stands_out_and_leads_the_list),
        cmocka_unit_test(a_planted_turn_stands_out_and_leads_the_list),
        cmocka_unit_test(without_a_pattern_nothing_stands_out),
        cmocka_unit_test(a_sample_of_references_and_threads_are_enough),
        cmocka_unit_test(shares_are_those_of_the_nearest_by_their_definition),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(no_memory_is_an_error_and_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
