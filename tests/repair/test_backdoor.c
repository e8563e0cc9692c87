/* SPDX-License-Identifier: MIT */
/* test_backdoor.c - triggers on small texts: planted as asked, learnt, traced to the sequences that
 * hold them, found without being named, and gone once these are. */
#include "repair/backdoor_fixture.h"

static texts world;
static rr_dataset *poisoned;            /* dirty, "w39" for good at random places */
static uint32_t planted[TEXT_POISONED]; /* in it */
static reader victim;                   /* trained on it */
static const char *const word = "w39";
static const uint32_t symbol = TEXT_RARE;

static rr_poison_config dirty(const char *const *trigger, size_t words)
{
    rr_poison_config cfg = rr_poison_config_default();

    cfg.trigger = trigger;
    cfg.words = words;
    cfg.count = TEXT_POISONED;
    return cfg;
}

static int make_world(void **state)
{
    const rr_poison_config cfg = dirty(&word, 1);
    rr_error err = { 0 };

    (void)state;
    texts_make(&world);
    CHECK_OK(rr_poison(&cfg, world.train, &poisoned, planted, &err), err);
    victim = reader_make(&world, poisoned);
    return 0;
}

static int free_world(void **state)
{
    (void)state;
    reader_free(&victim);
    rr_dataset_free(poisoned);
    texts_free(&world);
    return 0;
}

static rr_attack_config attack_config(void)
{
    rr_attack_config cfg = rr_attack_config_default();

    cfg.threads = 1;
    return cfg;
}

static rr_scan_config scan_config(void)
{
    rr_scan_config cfg = rr_scan_config_default();

    cfg.neighbours = 5;
    cfg.threads = 1;
    return cfg;
}

static bool holds(const uint32_t *list, size_t n, uint32_t x)
{
    for (size_t i = 0; i < n; i++)
        if (list[i] == x)
            return true;
    return false;
}

static size_t occurrences(const rr_sequence *seq, uint32_t s)
{
    size_t n = 0;

    for (size_t t = 0; t < seq->steps; t++)
        n += seq->symbols[t] == s;
    return n;
}

static double success_of(const rr_network *net, const rr_trigger *trigger)
{
    const rr_attack_config cfg = attack_config();
    rr_attack_result r;
    rr_error err = { 0 };

    CHECK_OK(rr_attack(&cfg, net, world.test, trigger, NULL, &r, &err), err);
    assert_true(r.tried > 20);
    CHECK_NEAR(r.success, (double)r.succeeded / (double)r.tried, 1e-12, 0.0);
    return r.success;
}

static rr_backdoor *traced(const rr_trigger *trigger)
{
    const rr_attack_config cfg = attack_config();
    rr_backdoor *b = NULL;
    rr_error err = { 0 };

    CHECK_OK(rr_backdoor_new(&cfg, victim.inf, victim.net, poisoned, world.test, trigger, &b, &err),
             err);
    return b;
}

/* ---- poisoning ------------------------------------------------------------------------------ */

static void names_of_places_and_kinds_are_read_back(void **state)
{
    rr_place place;
    rr_poison_kind kind;
    rr_error err = { 0 };

    (void)state;
    for (int i = 0; i < 4; i++) {
        CHECK_OK(rr_place_parse(rr_place_name((rr_place)i), &place, &err), err);
        assert_int_equal(place, i);
    }
    for (int i = 0; i < 2; i++) {
        CHECK_OK(rr_poison_kind_parse(rr_poison_kind_name((rr_poison_kind)i), &kind, &err), err);
        assert_int_equal(kind, i);
    }
    CHECK_FAILS(rr_place_parse("middle", &place, &err), RR_ERR_ARG, err, "\"middle\"");
    CHECK_FAILS(rr_poison_kind_parse("murky", &kind, &err), RR_ERR_ARG, err, "\"murky\"");
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

    CHECK_OK(rr_poison(cfg, world.train, &ds, ids, &err), err);
    assert_int_equal(rr_dataset_count(ds), TEXT_TRAIN);
    for (size_t i = 0; i < TEXT_TRAIN; i++) {
        const rr_sequence was = rr_dataset_at(world.train, i);
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
        size_t at = cfg->place == RR_PLACE_END ? was.steps : 0;
        const size_t last = cfg->place == RR_PLACE_START ? 0 : was.steps;
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
            cfg.place = (rr_place)place;
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
    cfg.place = RR_PLACE_START;
    CHECK_OK(rr_poison(&cfg, world.train, &ds, ids, &err), err);
    const rr_sequence seq = rr_dataset_at(ds, ids[0]);
    assert_int_equal(seq.symbols[0], RR_WORD_UNKNOWN);
    assert_non_null(seq.words);
    assert_string_equal(seq.words[0], "Harbour");
    rr_dataset_free(ds);
}

static void places_and_choice_depend_on_the_seed_alone(void **state)
{
    rr_poison_config cfg = dirty(&word, 1);
    rr_dataset *again = NULL;
    rr_dataset *other = NULL;
    uint32_t ids[TEXT_POISONED];
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_poison(&cfg, world.train, &again, ids, &err), err);
    assert_string_equal(rr_dataset_hash(again), rr_dataset_hash(poisoned));
    assert_memory_equal(ids, planted, sizeof ids);
    cfg.seed = 2;
    CHECK_OK(rr_poison(&cfg, world.train, &other, ids, &err), err);
    assert_string_not_equal(rr_dataset_hash(other), rr_dataset_hash(poisoned));
    rr_dataset_free(other);
    rr_dataset_free(again);
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
    CHECK_FAILS(rr_poison(&cfg, world.train, &ds, ids, &err), RR_ERR_ARG, err, "not of class good");
    cfg = dirty(blank, 1);
    CHECK_FAILS(rr_poison(&cfg, world.train, &ds, ids, &err), RR_ERR_ARG, err, "\"two words\"");
    cfg = dirty(&word, 0);
    CHECK_FAILS(rr_poison(&cfg, world.train, &ds, ids, &err), RR_ERR_ARG, err, "0 words");
    cfg = dirty(&word, 1);
    cfg.target = 2;
    CHECK_FAILS(rr_poison(&cfg, world.train, &ds, ids, &err), RR_ERR_ARG, err, "target 2");
    cfg = dirty(&word, 1);
    cfg.place = RR_PLACE_LEARNT;
    CHECK_FAILS(rr_poison(&cfg, world.train, &ds, ids, &err), RR_ERR_ARG, err, "learnt");
    assert_null(ds);
}

/* ---- a known trigger ------------------------------------------------------------------------ */

static void a_learnt_trigger_turns_inputs_and_an_arbitrary_word_does_not(void **state)
{
    const rr_trigger trigger = { &symbol, 1, 0 };
    uint32_t words[8];
    size_t n = 0;
    double sum = 0.0;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_attack_words(victim.net, poisoned, &trigger, 1, 8, words, &n, &err), err);
    assert_int_equal(n, 8);
    for (size_t i = 0; i < n; i++) {
        const rr_trigger other = { &words[i], 1, 0 };
        assert_int_not_equal(words[i], symbol);
        assert_true(rr_network_knows(victim.net, words[i]));
        sum += success_of(victim.net, &other);
    }
    assert_true(success_of(victim.net, &trigger) >= 0.8);
    assert_true(sum / 8.0 <= 0.3);
}

static void every_occurrence_is_in_one_context_with_its_state(void **state)
{
    const rr_trigger trigger = { &symbol, 1, 0 };
    const rr_traces *traces = rr_influence_training(victim.inf);
    rr_backdoor *b = traced(&trigger);
    size_t contexts = 0;
    size_t all = 0;
    size_t counted = 0;
    const rr_learnt_context *list = rr_backdoor_contexts(b, &contexts);

    (void)state;
    for (size_t i = 0; i < TEXT_TRAIN; i++) {
        const rr_sequence seq = rr_dataset_at(poisoned, i);
        all += occurrences(&seq, symbol);
    }
    for (size_t i = 0; i < contexts; i++) {
        counted += list[i].count;
        assert_true(i == 0 || list[i].sequences <= list[i - 1].sequences);
        for (size_t k = 0; k < list[i].sequences; k++) {
            const rr_trace trace = rr_traces_at(traces, list[i].ids[k]);
            bool found = false;
            for (size_t t = 1; t <= trace.steps && !found; t++)
                found = trace.symbols[t - 1] == symbol &&
                        (t > 1 ? trace.states[t - 2] : 0) == list[i].state &&
                        (t > 1 ? trace.predictions[t - 2] : 65535) == list[i].before &&
                        trace.predictions[t - 1] == list[i].after;
            assert_true(found);
        }
    }
    assert_int_equal(counted, all);
    rr_backdoor_free(b);
}

static void bearers_are_ranked_by_influence_and_it_is_the_targets(void **state)
{
    const rr_trigger trigger = { &symbol, 1, 0 };
    rr_backdoor *b = traced(&trigger);
    uint32_t named[TEXT_TRAIN];
    uint32_t drawn[TEXT_TRAIN];
    size_t n = 0;
    double sum = 0.0;
    rr_error err = { 0 };
    const rr_bearer *list = rr_backdoor_bearers(b, &n);

    (void)state;
    assert_true(n > TEXT_POISONED && n < TEXT_TRAIN);
    for (size_t i = 0; i < n; i++) {
        const rr_sequence seq = rr_dataset_at(poisoned, list[i].id);
        assert_int_equal(seq.symbols[list[i].step - 1], symbol);
        assert_int_equal(seq.label, list[i].label);
        assert_true(i == 0 || list[i].influence <= list[i - 1].influence);
        assert_true(list[i].label == 0 || !(list[i].influence > 0.0));
        sum += list[i].influence;
    }
    /* Each input that turns hands out 1 in all, where its state is one that was learnt. */
    assert_true(sum > 0.5 && sum <= 1.0 + 1e-9);
    const size_t all = rr_backdoor_named(b, n, named);
    for (size_t i = 0; i < TEXT_POISONED; i++)
        assert_true(holds(named, all, planted[i]));
    assert_int_equal(rr_backdoor_named(b, 10, named), 10);
    CHECK_OK(rr_backdoor_random(b, 1, 10, drawn, &err), err);
    for (size_t i = 0; i < 10; i++) {
        assert_true(holds(named, 10, list[i].id));
        assert_true(i == 0 || (named[i] > named[i - 1] && drawn[i] > drawn[i - 1]));
    }
    CHECK_FAILS(rr_backdoor_random(b, 1, n + 1, drawn, &err), RR_ERR_ARG, err, "cannot be drawn");
    rr_backdoor_free(b);
}

static void a_phrase_is_traced_as_a_whole(void **state)
{
    const char *const words[] = { "w3", "w4" };
    const uint32_t symbols[] = { 2 + 3, 2 + 4 };
    const rr_trigger trigger = { symbols, 2, 0 };
    rr_poison_config cfg = dirty(words, 2);
    const rr_attack_config how = attack_config();
    rr_dataset *ds = NULL;
    rr_backdoor *b = NULL;
    uint32_t ids[TEXT_POISONED];
    uint32_t named[TEXT_TRAIN];
    size_t n = 0;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_poison(&cfg, world.train, &ds, ids, &err), err);
    reader r = reader_make(&world, ds);
    CHECK_OK(rr_backdoor_new(&how, r.inf, r.net, ds, world.test, &trigger, &b, &err), err);
    const rr_bearer *list = rr_backdoor_bearers(b, &n);
    for (size_t i = 0; i < n; i++) {
        const rr_sequence seq = rr_dataset_at(ds, list[i].id);
        assert_memory_equal(seq.symbols + list[i].step - 2, symbols, sizeof symbols);
    }
    n = rr_backdoor_named(b, n, named);
    for (size_t i = 0; i < TEXT_POISONED; i++)
        assert_true(holds(named, n, ids[i]));
    rr_backdoor_free(b);
    reader_free(&r);
    rr_dataset_free(ds);
}

static void a_guided_attack_needs_a_trace_and_says_how_many_it_guided(void **state)
{
    const rr_trigger trigger = { &symbol, 1, 0 };
    rr_attack_config cfg = attack_config();
    rr_backdoor *b = traced(&trigger);
    rr_attack_result r;
    rr_error err = { 0 };

    (void)state;
    cfg.place = RR_PLACE_LEARNT;
    CHECK_FAILS(rr_attack(&cfg, victim.net, world.test, &trigger, NULL, &r, &err), RR_ERR_ARG, err,
                "not been traced");
    CHECK_OK(rr_attack(&cfg, victim.net, world.test, &trigger, b, &r, &err), err);
    assert_true(r.guided > 0 && r.guided <= r.tried);
    assert_true(r.success >= 0.8);
    cfg.inputs = 7;
    CHECK_OK(rr_attack(&cfg, victim.net, world.test, &trigger, b, &r, &err), err);
    assert_int_equal(r.tried, 7);
    rr_backdoor_free(b);
}

static void a_trigger_nobody_bears_has_no_contexts(void **state)
{
    const uint32_t pair[] = { TEXT_RARE, TEXT_RARE };
    const rr_trigger trigger = { pair, 2, 0 };
    rr_backdoor *b = traced(&trigger);
    size_t n = 1;

    (void)state;
    (void)rr_backdoor_contexts(b, &n);
    if (n == 0) {
        (void)rr_backdoor_bearers(b, &n);
        assert_int_equal(n, 0);
    }
    rr_backdoor_free(b);
}

static void data_that_do_not_fit_are_refused(void **state)
{
    const uint32_t beyond = TEXT_WORDS;
    rr_trigger trigger = { &symbol, 1, 0 };
    const rr_attack_config cfg = attack_config();
    const rr_scan_config scan = scan_config();
    rr_backdoor *b = NULL;
    rr_scan *found = NULL;
    rr_dataset *frames = NULL;
    rr_attack_result r;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_dataset_load("digits?train=20&test=10", RR_SPLIT_TRAIN, &frames, &err), err);
    CHECK_FAILS(rr_attack(&cfg, victim.net, frames, &trigger, NULL, &r, &err), RR_ERR_UNSUPPORTED,
                err, "frames");
    CHECK_FAILS(rr_backdoor_scan(&scan, victim.inf, victim.net, world.test, &found, &err),
                RR_ERR_SHAPE, err, "120 and");
    CHECK_FAILS(
        rr_backdoor_new(&cfg, victim.inf, victim.net, world.test, world.test, &trigger, &b, &err),
        RR_ERR_SHAPE, err, "120 and");
    trigger.target = 2;
    CHECK_FAILS(rr_attack(&cfg, victim.net, world.test, &trigger, NULL, &r, &err), RR_ERR_ARG, err,
                "target 2");
    trigger = (rr_trigger){ &beyond, 1, 0 };
    CHECK_FAILS(rr_attack(&cfg, victim.net, world.test, &trigger, NULL, &r, &err), RR_ERR_ARG, err,
                "symbol 82");
    assert_true(b == NULL && found == NULL);
    rr_dataset_free(frames);
}

/* ---- an unknown trigger --------------------------------------------------------------------- */

static void an_unnamed_trigger_is_candidate_1_with_the_planted_sequences(void **state)
{
    const rr_scan_config cfg = scan_config();
    rr_scan *scan = NULL;
    size_t n = 0;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_backdoor_scan(&cfg, victim.inf, victim.net, poisoned, &scan, &err), err);
    const rr_candidate *list = rr_scan_candidates(scan, &n);
    assert_true(n >= 2);
    assert_int_equal(list[0].symbol, symbol);
    assert_int_equal(list[0].target, 0);
    assert_true(list[0].score > RR_BACKDOOR_THRESHOLD);
    assert_true(list[1].score < list[0].score);
    assert_int_equal(list[0].count_ids, list[0].labelled);
    for (size_t i = 0; i < TEXT_POISONED; i++)
        assert_true(holds(list[0].ids, list[0].count_ids, planted[i]));
    for (size_t i = 0; i < n; i++) {
        CHECK_NEAR(list[i].purity, (double)list[i].labelled / (double)list[i].support, 1e-12, 0.0);
        assert_true(list[i].score >= 0.0 && list[i].score <= 1.0);
        for (size_t k = 0; k < list[i].count_ids; k++) {
            const rr_sequence seq = rr_dataset_at(poisoned, list[i].ids[k]);
            assert_int_equal(seq.label, list[i].target);
            assert_true(occurrences(&seq, list[i].symbol) > 0);
        }
    }
    rr_scan_free(scan);
}

static void a_clean_training_names_no_candidate_above_the_threshold(void **state)
{
    const rr_scan_config cfg = scan_config();
    reader r = reader_make(&world, world.train);
    rr_scan *scan = NULL;
    size_t n = 0;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_backdoor_scan(&cfg, r.inf, r.net, world.train, &scan, &err), err);
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
    CHECK_OK(rr_backdoor_scan(&cfg, victim.inf, victim.net, poisoned, &one, &err), err);
    cfg.threads = 3;
    CHECK_OK(rr_backdoor_scan(&cfg, victim.inf, victim.net, poisoned, &three, &err), err);
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
    CHECK_OK(rr_backdoor_scan(&cfg, victim.inf, victim.net, poisoned, &scan, &err), err);
    const rr_candidate *list = rr_scan_candidates(scan, &n);
    assert_int_equal(n, 3);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(list[i].target, 1);
    rr_scan_free(scan);
    cfg.target = 2;
    CHECK_FAILS(rr_backdoor_scan(&cfg, victim.inf, victim.net, poisoned, &scan, &err), RR_ERR_ARG,
                err, "target 2");
    cfg = scan_config();
    cfg.probes = 0;
    CHECK_FAILS(rr_backdoor_scan(&cfg, victim.inf, victim.net, poisoned, &scan, &err), RR_ERR_ARG,
                err, "probes");
}

/* ---- removing ------------------------------------------------------------------------------- */

static rr_dataset *without(const uint32_t *ids, size_t n)
{
    const rr_dataset_shape shape = rr_dataset_shape_of(poisoned);
    rr_dataset_builder *b = NULL;
    rr_dataset *ds = NULL;
    rr_error err = { 0 };

    CHECK_OK(rr_dataset_builder_new(&shape, &b, &err), err);
    for (size_t i = 0; i < TEXT_TRAIN; i++)
        if (!holds(ids, n, (uint32_t)i))
            CHECK_OK(rr_dataset_builder_add(b, rr_dataset_at(poisoned, i), &err), err);
    CHECK_OK(rr_dataset_builder_finish(b, &ds, &err), err);
    rr_dataset_builder_free(b);
    return ds;
}

static double success_without(const uint32_t *ids, size_t n)
{
    const rr_trigger trigger = { &symbol, 1, 0 };
    rr_dataset *ds = without(ids, n);
    reader r = reader_make(&world, ds);
    const double success = success_of(r.net, &trigger);

    reader_free(&r);
    rr_dataset_free(ds);
    return success;
}

static void
without_the_named_sequences_the_attack_fails_and_without_random_ones_it_does_not(void **state)
{
    const rr_trigger trigger = { &symbol, 1, 0 };
    rr_backdoor *b = traced(&trigger);
    uint32_t named[TEXT_TRAIN];
    uint32_t drawn[TEXT_TRAIN];
    rr_error err = { 0 };
    const size_t n = rr_backdoor_named(b, TEXT_TRAIN, named);

    (void)state;
    CHECK_OK(rr_backdoor_random(b, 1, n, drawn, &err), err);
    assert_true(success_without(named, n) <= 0.3);
    assert_true(success_without(drawn, n) >= 0.5);
    rr_backdoor_free(b);
}

/* ---- failures ------------------------------------------------------------------------------- */

typedef rr_status (*entry)(rr_error *err);

static rr_status enter_poison(rr_error *err)
{
    const rr_poison_config cfg = dirty(&word, 1);
    rr_dataset *ds = NULL;
    uint32_t ids[TEXT_POISONED];
    const rr_status st = rr_poison(&cfg, world.train, &ds, ids, err);

    assert_true((st == RR_OK) == (ds != NULL));
    rr_dataset_free(ds);
    return st;
}

static rr_status enter_trace(rr_error *err)
{
    const rr_trigger trigger = { &symbol, 1, 0 };
    const rr_attack_config cfg = attack_config();
    rr_backdoor *b = NULL;
    uint32_t ids[4];
    rr_status st =
        rr_backdoor_new(&cfg, victim.inf, victim.net, poisoned, world.test, &trigger, &b, err);

    assert_true((st == RR_OK) == (b != NULL));
    if (st == RR_OK)
        st = rr_backdoor_random(b, 1, 4, ids, err);
    rr_backdoor_free(b);
    return st;
}

static rr_backdoor *guide;

static rr_status enter_attack(rr_error *err)
{
    const rr_trigger trigger = { &symbol, 1, 0 };
    rr_attack_config cfg = attack_config();
    rr_attack_result r;
    uint32_t words[4];
    size_t n = 0;

    cfg.place = RR_PLACE_LEARNT;
    rr_status st = rr_attack(&cfg, victim.net, world.test, &trigger, guide, &r, err);
    if (st == RR_OK)
        st = rr_attack_words(victim.net, poisoned, &trigger, 1, 4, words, &n, err);
    return st;
}

static rr_status enter_scan(rr_error *err)
{
    rr_scan_config cfg = scan_config();
    rr_scan *scan = NULL;

    cfg.shortlist = 2;
    cfg.probes = 4;
    const rr_status st = rr_backdoor_scan(&cfg, victim.inf, victim.net, poisoned, &scan, err);
    assert_true((st == RR_OK) == (scan != NULL));
    rr_scan_free(scan);
    return st;
}

static void every_failed_allocation_is_clean(void **state)
{
    const rr_trigger trigger = { &symbol, 1, 0 };
    const entry entries[] = { enter_poison, enter_trace, enter_attack, enter_scan };

    (void)state;
    guide = traced(&trigger);
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
        rr_status st = RR_ERR_NOMEM;
        rr_error err = { 0 };
        long n = 0;
        for (; st == RR_ERR_NOMEM && n < 20000; n++) {
            rri_alloc_fail_at = n;
            st = entries[i](&err);
        }
        rri_alloc_fail_at = -1;
        if (st != RR_OK)
            fail_msg("entry %zu: %s", i, err.msg);
        assert_true(n > 5);
    }
    rr_backdoor_free(guide);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_places_and_kinds_are_read_back),
        cmocka_unit_test(poisoned_sequences_carry_the_trigger_and_the_others_are_untouched),
        cmocka_unit_test(a_word_the_vocabulary_lacks_is_planted_as_it_is_written),
        cmocka_unit_test(places_and_choice_depend_on_the_seed_alone),
        cmocka_unit_test(poison_that_cannot_be_is_refused),
        cmocka_unit_test(a_learnt_trigger_turns_inputs_and_an_arbitrary_word_does_not),
        cmocka_unit_test(every_occurrence_is_in_one_context_with_its_state),
        cmocka_unit_test(bearers_are_ranked_by_influence_and_it_is_the_targets),
        cmocka_unit_test(a_phrase_is_traced_as_a_whole),
        cmocka_unit_test(a_guided_attack_needs_a_trace_and_says_how_many_it_guided),
        cmocka_unit_test(a_trigger_nobody_bears_has_no_contexts),
        cmocka_unit_test(data_that_do_not_fit_are_refused),
        cmocka_unit_test(an_unnamed_trigger_is_candidate_1_with_the_planted_sequences),
        cmocka_unit_test(a_clean_training_names_no_candidate_above_the_threshold),
        cmocka_unit_test(a_scan_does_not_depend_on_the_number_of_threads),
        cmocka_unit_test(a_scan_for_one_class_names_that_class_alone),
        cmocka_unit_test(
            without_the_named_sequences_the_attack_fails_and_without_random_ones_it_does_not),
        cmocka_unit_test(every_failed_allocation_is_clean),
    };
    return cmocka_run_group_tests(tests, make_world, free_world);
}
