/* SPDX-License-Identifier: MIT */
/* test_suspects.c - a trigger is found without being named, with the sequences that hold it, and
 * none is found where none was planted. */
#include "repair/backdoor_fixture.h"

static backdoored world;
static const uint32_t symbol = TEXT_RARE;

static int make_world(void **state)
{
    (void)state;
    backdoored_make(&world);
    return 0;
}

static int free_world(void **state)
{
    (void)state;
    backdoored_free(&world);
    return 0;
}

static rr_scan_config scan_config(void)
{
    rr_scan_config cfg = rr_scan_config_default();

    cfg.neighbours = 5;
    cfg.threads = 1;
    return cfg;
}

static void an_unnamed_trigger_is_candidate_1_with_the_planted_sequences(void **state)
{
    const rr_scan_config cfg = scan_config();
    rr_scan *scan = NULL;
    size_t n = 0;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_backdoor_scan(&cfg, world.reader.inf, world.reader.net, world.train, &scan, &err),
             err);
    const rr_candidate *list = rr_scan_candidates(scan, &n);
    assert_true(n >= 2);
    assert_int_equal(list[0].symbol, symbol);
    assert_int_equal(list[0].target, 0);
    assert_true(list[0].score > RR_BACKDOOR_THRESHOLD);
    assert_true(list[1].score < list[0].score);
    assert_int_equal(list[0].count_ids, list[0].labelled);
    for (size_t i = 0; i < TEXT_POISONED; i++)
        assert_true(holds(list[0].ids, list[0].count_ids, world.planted[i]));
    for (size_t i = 0; i < n; i++) {
        CHECK_NEAR(list[i].purity, (double)list[i].labelled / (double)list[i].support, 1e-12, 0.0);
        assert_true(list[i].score >= 0.0 && list[i].score <= 1.0);
        for (size_t k = 0; k < list[i].count_ids; k++) {
            const rr_sequence seq = rr_dataset_at(world.train, list[i].ids[k]);
            assert_int_equal(seq.label, list[i].target);
            assert_true(occurrences(&seq, list[i].symbol) > 0);
        }
    }
    rr_scan_free(scan);
}

static void a_clean_training_names_no_candidate_above_the_threshold(void **state)
{
    const rr_scan_config cfg = scan_config();
    reader r = reader_make(&world.texts, world.texts.train);
    rr_scan *scan = NULL;
    size_t n = 0;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_backdoor_scan(&cfg, r.inf, r.net, world.texts.train, &scan, &err), err);
    const rr_candidate *list = rr_scan_candidates(scan, &n);
    assert_true(n > 0);
    assert_true(list[0].score <= RR_BACKDOOR_THRESHOLD);
    rr_scan_free(scan);
    reader_free(&r);
}

static void a_scan_does_not_depend_on_the_number_of_threads(void **state)
{
    rr_scan_config cfg = scan_config();
    rr_scan *one = NULL;
    rr_scan *three = NULL;
    size_t n = 0;
    size_t m = 0;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_backdoor_scan(&cfg, world.reader.inf, world.reader.net, world.train, &one, &err),
             err);
    cfg.threads = 3;
    CHECK_OK(rr_backdoor_scan(&cfg, world.reader.inf, world.reader.net, world.train, &three, &err),
             err);
    const rr_candidate *a = rr_scan_candidates(one, &n);
    const rr_candidate *b = rr_scan_candidates(three, &m);
    assert_int_equal(n, m);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(a[i].symbol, b[i].symbol);
        assert_memory_equal(&a[i].score, &b[i].score, sizeof a[i].score);
    }
    rr_scan_free(three);
    rr_scan_free(one);
}

static void a_scan_for_one_class_names_that_class_alone(void **state)
{
    rr_scan_config cfg = scan_config();
    rr_scan *scan = NULL;
    size_t n = 0;
    rr_error err = { 0 };

    (void)state;
    cfg.target = 1;
    cfg.top = 3;
    CHECK_OK(rr_backdoor_scan(&cfg, world.reader.inf, world.reader.net, world.train, &scan, &err),
             err);
    const rr_candidate *list = rr_scan_candidates(scan, &n);
    assert_int_equal(n, 3);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(list[i].target, 1);
    rr_scan_free(scan);
    cfg.target = 2;
    CHECK_FAILS(
        rr_backdoor_scan(&cfg, world.reader.inf, world.reader.net, world.train, &scan, &err),
        RR_ERR_ARG, err, "target 2");
    cfg = scan_config();
    cfg.probes = 0;
    CHECK_FAILS(
        rr_backdoor_scan(&cfg, world.reader.inf, world.reader.net, world.train, &scan, &err),
        RR_ERR_ARG, err, "probes");
}

/* With vectors that make the trigger one of the words that tell its class, it is as they are. */
static void words_are_alike_by_the_vectors_that_are_given(void **state)
{
    rr_scan_config cfg = scan_config();
    float table[TEXT_WORDS][TEXT_WIDTH];
    const float *const given[] = { NULL, &world.texts.table[0][0], &table[0][0] };
    rr_candidate found[3];
    rr_error err = { 0 };

    (void)state;
    cfg.top = 2 * TEXT_WORDS; /* all of them */
    memcpy(table, world.texts.table, sizeof table);
    memcpy(table[symbol], table[2 + TEXT_NEUTRAL], sizeof table[symbol]);
    for (int i = 0; i < 3; i++) {
        rr_scan *scan = NULL;
        size_t n = 0;
        size_t k = 0;
        cfg.vectors = given[i];
        CHECK_OK(
            rr_backdoor_scan(&cfg, world.reader.inf, world.reader.net, world.train, &scan, &err),
            err);
        const rr_candidate *list = rr_scan_candidates(scan, &n);
        while (k < n && !(list[k].symbol == symbol && list[k].target == 0))
            k++;
        assert_true(k < n);
        found[i] = list[k];
        rr_scan_free(scan);
    }
    CHECK_NEAR(found[1].score, found[0].score, 0.0, 0.0);
    assert_true(found[2].expected > found[0].expected + 0.1);
    assert_true(found[2].score < found[0].score);
}

static rr_status enter_scan(rr_error *err)
{
    rr_scan_config cfg = scan_config();
    rr_scan *scan = NULL;

    cfg.shortlist = 2;
    cfg.probes = 4;
    const rr_status st =
        rr_backdoor_scan(&cfg, world.reader.inf, world.reader.net, world.train, &scan, err);
    assert_true((st == RR_OK) == (scan != NULL));
    rr_scan_free(scan);
    return st;
}

static void every_failed_allocation_is_clean(void **state)
{
    (void)state;
    fail_every_allocation(enter_scan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unnamed_trigger_is_candidate_1_with_the_planted_sequences),
        cmocka_unit_test(a_clean_training_names_no_candidate_above_the_threshold),
        cmocka_unit_test(a_scan_does_not_depend_on_the_number_of_threads),
        cmocka_unit_test(a_scan_for_one_class_names_that_class_alone),
        cmocka_unit_test(words_are_alike_by_the_vectors_that_are_given),
        cmocka_unit_test(every_failed_allocation_is_clean),
    };
    return cmocka_run_group_tests(tests, make_world, free_world);
}
