/* SPDX-License-Identifier: MIT */
/* test_localize.c - suspect steps: by hand for given predictions, and against a scan of all
 * training steps for a trained network. */
#include "repair/text_fixture.h"

#include "influence/model.h"

static rr_segments *localize(const rr_localize_config *cfg, const rr_trace *x)
{
    rr_segments *s = NULL;
    rr_error err = { 0 };

    CHECK_OK(rr_localize(world.inf, world.net, cfg, x, &s, &err), err);
    return s;
}

/* |I| by looking at every training step. */
static size_t count_by_scan(const rr_trace *x, size_t t)
{
    const rr_traces *training = rr_influence_training(world.inf);
    const uint16_t before = t > 1 ? x->states[t - 2] : 0;
    size_t n = 0;

    for (size_t i = 0; i < rr_traces_count(training); i++) {
        const rr_trace a = rr_traces_at(training, i);
        bool any = false;
        for (size_t s = 1; s <= a.steps && !any; s++)
            any = (s > 1 ? a.states[s - 2] : 0) == before && a.symbols[s - 1] == x->symbols[t - 1];
        n += any;
    }
    return n;
}

/* ---- claims ---------------------------------------------------------------------------------- */

/* Labels of the steps, the label of the input, and where the last turn from it is. */
static void the_flip_is_the_last_turn_away_from_the_truth(void **state)
{
    static const struct {
        uint16_t y[6];
        size_t steps, flip;
    } cases[] = {
        { { 1, 1, 0, 0 }, 4, 3 }, { { 1, 0, 1, 0, 0 }, 5, 4 },
        { { 1, 0 }, 2, 2 },       { { 0, 0, 0 }, 3, 0 }, /* never correct */
        { { 1, 0, 1 }, 3, 0 },                           /* correct in the end: no suspect step */
        { { 0 }, 1, 0 },          { { 0, 1, 1, 1, 1, 0 }, 6, 6 },
    };
    const uint16_t states[6] = { 1, 2, 3, 4, 5, 6 };
    const uint32_t symbols[6] = { 2, 3, 4, 5, 6, 7 };
    rr_localize_config cfg = rr_localize_config_default();

    (void)state;
    cfg.rules = RR_RULE_FLIP;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const rr_trace x = { .states = states,
                             .predictions = cases[i].y,
                             .symbols = symbols,
                             .steps = cases[i].steps,
                             .label = 1,
                             .prediction = cases[i].y[cases[i].steps - 1] };
        rr_segments *s = localize(&cfg, &x);
        assert_int_equal(s->count, cases[i].flip != 0);
        if (cases[i].flip != 0) {
            assert_int_equal(s->segments[0].t, cases[i].flip);
            assert_int_equal(s->segments[0].rules, RR_RULE_FLIP);
            assert_int_equal(s->segments[0].symbol, symbols[cases[i].flip - 1]);
        }
        rr_segments_free(s);
    }
}

static void a_spared_symbol_is_never_suspect(void **state)
{
    const uint16_t y[4] = { 1, 1, 0, 0 };
    const uint16_t states[4] = { 1, 2, 3, 4 };
    const uint32_t symbols[4] = { 2, 3, 4, 5 };
    const rr_trace x = { .states = states,
                         .predictions = y,
                         .symbols = symbols,
                         .steps = 4,
                         .label = 1,
                         .prediction = 0 };
    unsigned char spared[TEXT_WORDS] = { 0 };
    rr_localize_config cfg = rr_localize_config_default();
    rr_segments *s = NULL;
    rr_error err = { 0 };

    (void)state;
    cfg.gamma = 1000000; /* every step is rare */
    cfg.spared = spared;
    cfg.count_spared = TEXT_WORDS;
    for (uint32_t k = 0; k < 4; k++) {
        memset(spared, 0, sizeof spared);
        spared[symbols[k]] = 1;
        s = localize(&cfg, &x);
        assert_int_equal(s->count, 3);
        for (size_t i = 0; i < 3; i++)
            assert_int_not_equal(s->segments[i].symbol, symbols[k]);
        rr_segments_free(s);
    }
    cfg.count_spared = TEXT_WORDS - 1;
    assert_int_equal(rr_localize(world.inf, world.net, &cfg, &x, &s, &err), RR_ERR_ARG);
    assert_null(s);
}

static void rare_steps_are_those_a_scan_counts_fewer_than_gamma_of(void **state)
{
    rr_localize_config cfg = rr_localize_config_default();
    rr_traces *traces = traces_of(world.inf, world.net, world.test);
    size_t found = 0;

    (void)state;
    cfg.rules = RR_RULE_RARE;
    for (cfg.gamma = 1; cfg.gamma <= 25; cfg.gamma += 8)
        for (size_t i = 0; i < world.n; i++) {
            const rr_trace x = rr_traces_at(traces, world.errors[i]);
            rr_segments *s = localize(&cfg, &x);
            size_t k = 0;
            for (size_t t = 1; t <= x.steps; t++) {
                const size_t n = count_by_scan(&x, t);
                if (n >= cfg.gamma)
                    continue;
                assert_true(k < s->count);
                assert_int_equal(s->segments[k].t, t);
                assert_int_equal(s->segments[k].influencers, n);
                assert_int_equal(s->segments[k].rules, RR_RULE_RARE);
                k++;
            }
            assert_int_equal(k, s->count);
            found += k;
            rr_segments_free(s);
        }
    assert_true(found > 10);
    rr_traces_free(traces);
}

static void both_rules_give_the_union_with_both_bits_where_both_hold(void **state)
{
    rr_localize_config cfg = rr_localize_config_default();
    rr_traces *traces = traces_of(world.inf, world.net, world.test);
    size_t both = 0;
    size_t flips = 0;

    (void)state;
    for (size_t i = 0; i < world.n; i++) {
        const rr_trace x = rr_traces_at(traces, world.errors[i]);
        rr_segments *of[4];
        for (int rule = 1; rule <= 3; rule++) {
            cfg.rules = (rr_rule)rule;
            of[rule] = localize(&cfg, &x);
        }
        for (size_t k = 0; k < of[3]->count; k++) {
            unsigned rules = 0;
            for (unsigned rule = 1; rule <= 2; rule++)
                for (size_t j = 0; j < of[rule]->count; j++)
                    if (of[rule]->segments[j].t == of[3]->segments[k].t)
                        rules |= rule;
            assert_int_equal(of[3]->segments[k].rules, rules);
            both += rules == 3;
        }
        flips += of[2]->count;
        assert_true(of[3]->count >= of[1]->count && of[3]->count >= of[2]->count);
        for (int rule = 1; rule <= 3; rule++)
            rr_segments_free(of[rule]);
    }
    assert_true(flips > 0 && both > 0);
    rr_traces_free(traces);
}

static void unknown_words_are_named_but_marked(void **state)
{
    rr_localize_config cfg = rr_localize_config_default();
    rr_traces *traces = traces_of(world.inf, world.net, world.test);
    size_t unknown = 0;
    size_t unseen = 0;

    (void)state;
    for (size_t i = 0; i < TEXT_TEST; i++) {
        const rr_trace x = rr_traces_at(traces, i);
        rr_segments *s = localize(&cfg, &x);
        size_t known = 0;
        for (size_t k = 0; k < s->count; k++) {
            const rr_segment *g = &s->segments[k];
            assert_int_equal(g->known, g->symbol != RR_WORD_UNKNOWN);
            known += g->known != 0;
            unknown += g->symbol == RR_WORD_UNKNOWN;
            unseen += g->symbol == WORD_NEW && g->influencers == 0;
        }
        assert_int_equal(known, s->known);
        rr_segments_free(s);
    }
    assert_int_equal(unknown, TEXT_TEST / 8); /* training has none: all are rare */
    assert_int_equal(unseen, TEXT_TEST / 8);
    rr_traces_free(traces);
}

/* ---- wrong inputs ---------------------------------------------------------------------------- */

static void refused(const rr_localize_config *cfg, const rr_trace *x, rr_status code,
                    const char *part)
{
    rr_segments *s = NULL;
    rr_error err = { 0 };

    CHECK_FAILS(rr_localize(world.inf, world.net, cfg, x, &s, &err), code, err, part);
    assert_null(s);
}

static void a_wrong_question_is_refused(void **state)
{
    rr_traces *traces = traces_of(world.inf, world.net, world.test);
    rr_trace x = rr_traces_at(traces, world.errors[0]);
    rr_localize_config cfg = rr_localize_config_default();

    (void)state;
    cfg.gamma = 0;
    refused(&cfg, &x, RR_ERR_ARG, "gamma is 0");
    cfg = rr_localize_config_default();
    cfg.rules = (rr_rule)0;
    refused(&cfg, &x, RR_ERR_ARG, "unknown rule number 0");
    cfg.rules = (rr_rule)4;
    refused(&cfg, &x, RR_ERR_ARG, "unknown rule number 4");
    cfg = rr_localize_config_default();
    x.symbols = NULL;
    refused(&cfg, &x, RR_ERR_ARG, "symbols");
    x.steps = 0;
    refused(&cfg, &x, RR_ERR_SHAPE, "");
    rr_segments_free(NULL);
    rr_traces_free(traces);
}

static void every_failed_allocation_is_clean(void **state)
{
    const rr_localize_config cfg = rr_localize_config_default();
    rr_traces *traces = traces_of(world.inf, world.net, world.test);
    const rr_trace x = rr_traces_at(traces, world.errors[0]);

    (void)state;
    for (failing at = { 0 }; next_allocation_fails(&at, 2);) {
        rr_segments *s = NULL;
        at.st = rr_localize(world.inf, world.net, &cfg, &x, &s, NULL);
        assert_int_equal(at.st == RR_OK, s != NULL);
        rr_segments_free(s);
    }
    rr_traces_free(traces);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_flip_is_the_last_turn_away_from_the_truth),
        cmocka_unit_test(a_spared_symbol_is_never_suspect),
        cmocka_unit_test(rare_steps_are_those_a_scan_counts_fewer_than_gamma_of),
        cmocka_unit_test(both_rules_give_the_union_with_both_bits_where_both_hold),
        cmocka_unit_test(unknown_words_are_named_but_marked),
        cmocka_unit_test(a_wrong_question_is_refused),
        cmocka_unit_test(every_failed_allocation_is_clean),
    };
    return cmocka_run_group_tests(tests, make_texts, free_world);
}
