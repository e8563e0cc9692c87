/* SPDX-License-Identifier: MIT */
/* test_backdoor.c - a planted trigger works, is traced to the contexts and sequences it was learned
 * from, and is gone once these are. */
#include "backdoor/backdoor_fixture.h"

static const uint32_t symbol = TEXT_RARE;

static rr_attack_config attack_config(void)
{
    rr_attack_config cfg = rr_attack_config_default();

    cfg.threads = 1;
    return cfg;
}

static double success_of(const rr_network *net, const rr_trigger *trigger)
{
    const rr_attack_config cfg = attack_config();
    rr_attack_result r;
    rr_error err = { 0 };

    CHECK_OK(rr_attack(&cfg, net, world.texts.test, trigger, NULL, &r, &err), err);
    assert_true(r.tried > 20);
    CHECK_NEAR(r.success, (double)r.succeeded / (double)r.tried, 1e-12, 0.0);
    return r.success;
}

static rr_backdoor *traced(const rr_trigger *trigger)
{
    const rr_attack_config cfg = attack_config();
    rr_backdoor *b = NULL;
    rr_error err = { 0 };

    CHECK_OK(rr_backdoor_new(&cfg, world.reader.inf, world.reader.net, world.train,
                             world.texts.test, trigger, &b, &err),
             err);
    return b;
}

static void a_learned_trigger_turns_inputs_and_an_arbitrary_word_does_not(void **state)
{
    const rr_trigger trigger = { &symbol, 1, 0 };
    uint32_t words[8];
    size_t n = 0;
    double sum = 0.0;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_attack_words(world.reader.net, world.train, &trigger, 1, 8, words, &n, &err), err);
    assert_int_equal(n, 8);
    for (size_t i = 0; i < n; i++) {
        const rr_trigger other = { &words[i], 1, 0 };
        assert_int_not_equal(words[i], symbol);
        assert_true(rr_network_knows(world.reader.net, words[i]));
        sum += success_of(world.reader.net, &other);
    }
    assert_true(success_of(world.reader.net, &trigger) >= 0.8);
    assert_true(sum / 8.0 <= 0.3);
}

static void every_occurrence_is_in_one_context_with_its_state(void **state)
{
    const rr_trigger trigger = { &symbol, 1, 0 };
    const rr_traces *traces = rr_influence_training(world.reader.inf);
    rr_backdoor *b = traced(&trigger);
    size_t contexts = 0;
    size_t all = 0;
    size_t counted = 0;
    const rr_learned_context *list = rr_backdoor_contexts(b, &contexts);

    (void)state;
    for (size_t i = 0; i < TEXT_TRAIN; i++) {
        const rr_sequence seq = rr_dataset_at(world.train, i);
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

static void carriers_are_ranked_by_influence_and_it_is_the_targets(void **state)
{
    const rr_trigger trigger = { &symbol, 1, 0 };
    rr_backdoor *b = traced(&trigger);
    uint32_t named[TEXT_TRAIN];
    uint32_t drawn[TEXT_TRAIN];
    size_t n = 0;
    double sum = 0.0;
    rr_error err = { 0 };
    const rr_carrier *list = rr_backdoor_carriers(b, &n);

    (void)state;
    assert_true(n > TEXT_POISONED && n < TEXT_TRAIN);
    for (size_t i = 0; i < n; i++) {
        const rr_sequence seq = rr_dataset_at(world.train, list[i].id);
        assert_int_equal(seq.symbols[list[i].step - 1], symbol);
        assert_int_equal(seq.label, list[i].label);
        assert_true(i == 0 || list[i].influence <= list[i - 1].influence);
        assert_true(list[i].label == 0 || !(list[i].influence > 0.0));
        sum += list[i].influence;
    }
    /* Each input that turns hands out 1 in all, where its state is one that was learned. */
    assert_true(sum > 0.5 && sum <= 1.0 + 1e-9);
    const size_t all = rr_backdoor_named(b, n, named);
    for (size_t i = 0; i < TEXT_POISONED; i++)
        assert_true(holds(named, all, world.planted[i]));
    assert_int_equal(rr_backdoor_named(b, 10, named), 10);
    CHECK_OK(rr_backdoor_random(b, 1, 10, drawn, &err), err);
    for (size_t i = 0; i < 10; i++) {
        assert_true(holds(named, 10, list[i].id));
        assert_true(i == 0 || (named[i] > named[i - 1] && drawn[i] > drawn[i - 1]));
    }
    CHECK_FAILS(rr_backdoor_random(b, 1, n + 1, drawn, &err), RR_ERR_ARG, err, "cannot be sampled");
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
    CHECK_OK(rr_poison(&cfg, world.texts.train, &ds, ids, &err), err);
    reader r = reader_make(&world.texts, ds);
    CHECK_OK(rr_backdoor_new(&how, r.inf, r.net, ds, world.texts.test, &trigger, &b, &err), err);
    const rr_carrier *list = rr_backdoor_carriers(b, &n);
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
    cfg.position = RR_POSITION_LEARNED;
    CHECK_FAILS(rr_attack(&cfg, world.reader.net, world.texts.test, &trigger, NULL, &r, &err),
                RR_ERR_ARG, err, "not been traced");
    CHECK_OK(rr_attack(&cfg, world.reader.net, world.texts.test, &trigger, b, &r, &err), err);
    assert_true(r.guided > 0 && r.guided <= r.tried);
    assert_true(r.success >= 0.8);
    cfg.inputs = 7;
    CHECK_OK(rr_attack(&cfg, world.reader.net, world.texts.test, &trigger, b, &r, &err), err);
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
        (void)rr_backdoor_carriers(b, &n);
        assert_int_equal(n, 0);
    }
    rr_backdoor_free(b);
}

static void data_that_do_not_fit_are_refused(void **state)
{
    const uint32_t beyond = TEXT_WORDS;
    rr_trigger trigger = { &symbol, 1, 0 };
    const rr_attack_config cfg = attack_config();
    const rr_scan_config scan = rr_scan_config_default();
    rr_backdoor *b = NULL;
    rr_scan *found = NULL;
    rr_attack_result r;
    rr_error err = { 0 };

    (void)state;
    rr_dataset *frames = load_dataset("digits?train=20&test=10", RR_SPLIT_TRAIN);
    CHECK_FAILS(rr_attack(&cfg, world.reader.net, frames, &trigger, NULL, &r, &err),
                RR_ERR_UNSUPPORTED, err, "frames");
    CHECK_FAILS(rr_backdoor_scan(&scan, world.reader.inf, world.reader.net, world.texts.test, NULL,
                                 &found, &err),
                RR_ERR_SHAPE, err, "120 and");
    CHECK_FAILS(rr_backdoor_new(&cfg, world.reader.inf, world.reader.net, world.texts.test,
                                world.texts.test, &trigger, &b, &err),
                RR_ERR_SHAPE, err, "120 and");
    trigger.target = 2;
    CHECK_FAILS(rr_attack(&cfg, world.reader.net, world.texts.test, &trigger, NULL, &r, &err),
                RR_ERR_ARG, err, "target 2");
    trigger = (rr_trigger){ &beyond, 1, 0 };
    CHECK_FAILS(rr_attack(&cfg, world.reader.net, world.texts.test, &trigger, NULL, &r, &err),
                RR_ERR_ARG, err, "symbol 82");
    /* As many sequences and steps, in another order. */
    size_t order[TEXT_TRAIN];
    rr_dataset *turned = NULL;
    for (size_t i = 0; i < TEXT_TRAIN; i++)
        order[i] = TEXT_TRAIN - 1 - i;
    trigger = (rr_trigger){ &symbol, 1, 0 };
    CHECK_OK(rr_dataset_select(world.train, order, TEXT_TRAIN, &turned, &err), err);
    CHECK_FAILS(
        rr_backdoor_scan(&scan, world.reader.inf, world.reader.net, turned, NULL, &found, &err),
        RR_ERR_SHAPE, err, "steps in the influence model");
    CHECK_FAILS(rr_backdoor_new(&cfg, world.reader.inf, world.reader.net, turned, world.texts.test,
                                &trigger, &b, &err),
                RR_ERR_SHAPE, err, "steps in the influence model");
    rr_dataset_free(turned);
    assert_true(b == NULL && found == NULL);
    rr_dataset_free(frames);
}

/* ---- removing ------------------------------------------------------------------------------- */

static rr_dataset *without(const uint32_t *ids, size_t n)
{
    const rr_dataset_shape shape = rr_dataset_shape_of(world.train);
    rr_dataset_builder *b = new_builder(&shape);

    for (size_t i = 0; i < TEXT_TRAIN; i++)
        if (!holds(ids, n, (uint32_t)i))
            add_sequence(b, rr_dataset_at(world.train, i));
    return finish_dataset(b);
}

static double success_without(const uint32_t *ids, size_t n)
{
    const rr_trigger trigger = { &symbol, 1, 0 };
    rr_dataset *ds = without(ids, n);
    reader r = reader_make(&world.texts, ds);
    const double success = success_of(r.net, &trigger);

    reader_free(&r);
    rr_dataset_free(ds);
    return success;
}

static void without_the_named_the_attack_fails_and_without_random_ones_it_works(void **state)
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

/* ---- failures ------------------------------------------------------------------------------ */

static rr_status enter_trace(rr_error *err)
{
    const rr_trigger trigger = { &symbol, 1, 0 };
    const rr_attack_config cfg = attack_config();
    rr_backdoor *b = NULL;
    uint32_t ids[4];
    rr_status st = rr_backdoor_new(&cfg, world.reader.inf, world.reader.net, world.train,
                                   world.texts.test, &trigger, &b, err);

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

    cfg.position = RR_POSITION_LEARNED;
    rr_status st = rr_attack(&cfg, world.reader.net, world.texts.test, &trigger, guide, &r, err);
    if (st == RR_OK)
        st = rr_attack_words(world.reader.net, world.train, &trigger, 1, 4, words, &n, err);
    return st;
}

static void every_failed_allocation_is_clean(void **state)
{
    const rr_trigger trigger = { &symbol, 1, 0 };

    (void)state;
    guide = traced(&trigger);
    fail_every_allocation(enter_trace);
    fail_every_allocation(enter_attack);
    rr_backdoor_free(guide);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_learned_trigger_turns_inputs_and_an_arbitrary_word_does_not),
        cmocka_unit_test(every_occurrence_is_in_one_context_with_its_state),
        cmocka_unit_test(carriers_are_ranked_by_influence_and_it_is_the_targets),
        cmocka_unit_test(a_phrase_is_traced_as_a_whole),
        cmocka_unit_test(a_guided_attack_needs_a_trace_and_says_how_many_it_guided),
        cmocka_unit_test(a_trigger_nobody_bears_has_no_contexts),
        cmocka_unit_test(data_that_do_not_fit_are_refused),
        cmocka_unit_test(without_the_named_the_attack_fails_and_without_random_ones_it_works),
        cmocka_unit_test(every_failed_allocation_is_clean),
    };
    return cmocka_run_group_tests(tests, make_world, free_world);
}
