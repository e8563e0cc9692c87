/* SPDX-License-Identifier: MIT */
/* test_poison.c - a trigger is planted as asked, and nothing else is changed. */
#include "backdoor/backdoor_fixture.h"

static texts clean;
static const char *const word = "w39";

static int make_clean(void **state)
{
    (void)state;
    texts_make(&clean);
    return 0;
}

static int free_clean(void **state)
{
    (void)state;
    texts_free(&clean);
    return 0;
}

/* Is `is` the sequence `was` with the trigger behind its first `at` steps? */
static bool planted_at(const rr_sequence *was, const rr_sequence *is, const uint32_t *trigger,
                       size_t n, size_t at)
{
    const size_t size = sizeof *trigger;

    return memcmp(is->symbols, was->symbols, at * size) == 0 &&
           memcmp(is->symbols + at, trigger, n * size) == 0 &&
           memcmp(is->symbols + at + n, was->symbols + at, (was->steps - at) * size) == 0;
}

/* Everything that is not poisoned is as it was; what is, is the old text with the trigger in it. */
static void check_planted(const rr_poison_config *cfg, const uint32_t *trigger)
{
    rr_dataset *ds = NULL;
    uint32_t ids[TEXT_POISONED];
    size_t n = 0;
    rr_error err = { 0 };

    CHECK_OK(rr_poison(cfg, clean.train, &ds, ids, &err), err);
    assert_int_equal(rr_dataset_count(ds), TEXT_TRAIN);
    for (size_t i = 0; i < TEXT_TRAIN; i++) {
        const rr_sequence was = rr_dataset_at(clean.train, i);
        const rr_sequence is = rr_dataset_at(ds, i);
        if (n == TEXT_POISONED || ids[n] != i) {
            assert_int_equal(is.steps, was.steps);
            assert_int_equal(is.label, was.label);
            assert_memory_equal(is.symbols, was.symbols, was.steps * sizeof *was.symbols);
            continue;
        }
        n++;
        assert_int_equal(is.label, cfg->target);
        assert_true((was.label == cfg->target) == (cfg->kind == RR_POISON_CLEAN));
        assert_int_equal(is.steps, was.steps + cfg->words);
        size_t at = cfg->position == RR_POSITION_END ? was.steps : 0;
        const size_t last = cfg->position == RR_POSITION_START ? 0 : was.steps;
        while (at < last && !planted_at(&was, &is, trigger, cfg->words, at))
            at++;
        assert_true(planted_at(&was, &is, trigger, cfg->words, at));
    }
    assert_int_equal(n, TEXT_POISONED);
    rr_dataset_free(ds);
}

static void poisoned_sequences_carry_the_trigger_and_the_others_are_untouched(void **state)
{
    const char *const words[] = { "w3", "w4" };
    const uint32_t symbols[] = { 2 + 3, 2 + 4 };
    rr_poison_config cfg = dirty(words, 2);

    (void)state;
    for (int kind = 0; kind < 2; kind++)
        for (int place = 0; place < 3; place++) {
            cfg.kind = (rr_poison_kind)kind;
            cfg.position = (rr_trigger_position)place;
            cfg.target = (uint32_t)place % 2;
            check_planted(&cfg, symbols);
        }
}

static void a_word_the_vocabulary_lacks_is_planted_as_it_is_written(void **state)
{
    const char *const words[] = { "Harbour" };
    rr_poison_config cfg = dirty(words, 1);
    rr_dataset *ds = NULL;
    uint32_t ids[TEXT_POISONED];
    rr_error err = { 0 };

    (void)state;
    cfg.position = RR_POSITION_START;
    CHECK_OK(rr_poison(&cfg, clean.train, &ds, ids, &err), err);
    const rr_sequence seq = rr_dataset_at(ds, ids[0]);
    assert_int_equal(seq.symbols[0], RR_WORD_UNKNOWN);
    assert_non_null(seq.words);
    assert_string_equal(seq.words[0], "Harbour");
    rr_dataset_free(ds);
}

static void places_and_choice_depend_on_the_seed_alone(void **state)
{
    const uint64_t seeds[] = { 1, 1, 2 };
    rr_poison_config cfg = dirty(&word, 1);
    rr_dataset *ds[3] = { NULL };
    uint32_t ids[3][TEXT_POISONED];
    rr_error err = { 0 };

    (void)state;
    for (int i = 0; i < 3; i++) {
        cfg.seed = seeds[i];
        CHECK_OK(rr_poison(&cfg, clean.train, &ds[i], ids[i], &err), err);
    }
    assert_string_equal(rr_dataset_hash(ds[0]), rr_dataset_hash(ds[1]));
    assert_memory_equal(ids[0], ids[1], sizeof ids[0]);
    assert_string_not_equal(rr_dataset_hash(ds[0]), rr_dataset_hash(ds[2]));
    for (int i = 0; i < 3; i++)
        rr_dataset_free(ds[i]);
}

static void poison_that_cannot_be_is_refused(void **state)
{
    const char *const blank[] = { "two words" };
    rr_poison_config cfg = dirty(&word, 1);
    rr_dataset *ds = NULL;
    uint32_t ids[TEXT_TRAIN];
    rr_error err = { 0 };

    (void)state;
    cfg.count = TEXT_TRAIN;
    CHECK_FAILS(rr_poison(&cfg, clean.train, &ds, ids, &err), RR_ERR_ARG, err, "not of class good");
    cfg = dirty(blank, 1);
    CHECK_FAILS(rr_poison(&cfg, clean.train, &ds, ids, &err), RR_ERR_ARG, err, "\"two words\"");
    cfg = dirty(&word, 0);
    CHECK_FAILS(rr_poison(&cfg, clean.train, &ds, ids, &err), RR_ERR_ARG, err, "0 words");
    cfg = dirty(&word, 1);
    cfg.target = 2;
    CHECK_FAILS(rr_poison(&cfg, clean.train, &ds, ids, &err), RR_ERR_ARG, err, "target 2");
    cfg = dirty(&word, 1);
    cfg.position = RR_POSITION_LEARNED;
    CHECK_FAILS(rr_poison(&cfg, clean.train, &ds, ids, &err), RR_ERR_ARG, err, "learned");
    assert_null(ds);
}

static rr_status enter_poison(rr_error *err)
{
    const rr_poison_config cfg = dirty(&word, 1);
    rr_dataset *ds = NULL;
    uint32_t ids[TEXT_POISONED];
    const rr_status st = rr_poison(&cfg, clean.train, &ds, ids, err);

    assert_true((st == RR_OK) == (ds != NULL));
    rr_dataset_free(ds);
    return st;
}

static void every_failed_allocation_is_clean(void **state)
{
    (void)state;
    fail_every_allocation(enter_poison);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(poisoned_sequences_carry_the_trigger_and_the_others_are_untouched),
        cmocka_unit_test(a_word_the_vocabulary_lacks_is_planted_as_it_is_written),
        cmocka_unit_test(places_and_choice_depend_on_the_seed_alone),
        cmocka_unit_test(poison_that_cannot_be_is_refused),
        cmocka_unit_test(every_failed_allocation_is_clean),
    };
    return cmocka_run_group_tests(tests, make_clean, free_clean);
}
