/* SPDX-License-Identifier: MIT */
/* test_segment.c - sequences made by inserting misclassified words: where they come from, what was
 * put in, how many, and that a network trained on them reads the word. */
#include "repair/text_fixture.h"

/* Rare steps are many, and among them first ones and unknown words. */
static rr_repair_config small(rr_strategy strategy)
{
    rr_repair_config cfg = rr_repair_config_default();

    cfg.strategy = strategy;
    cfg.segment.localize.rules = RR_RULE_BOTH;
    cfg.segment.localize.gamma = 25;
    cfg.segment.insertions = 6;
    cfg.segment.balance = 0.5;
    cfg.most_insertions = 0.0;
    cfg.threads = 1;
    return cfg;
}

/* Step s of training sequence a is where x is before its step t. */
static bool passes(const rr_trace *a, size_t s, const rr_trace *x, size_t t)
{
    if (s == 0 || t == 1)
        return s == 0 && t == 1;
    return a->states[s - 1] == x->states[t - 2] && a->predictions[s - 1] == x->predictions[t - 2];
}

static size_t suffix(const rr_trace *a, size_t s, const rr_trace *x, size_t t)
{
    size_t n = 0;

    while (n < s && n < t - 1 && a->states[s - 1 - n] == x->states[t - 2 - n])
        n++;
    return n;
}

/* The longest suffix of a matching step, -1 where none matches. */
static long best_suffix(const rr_trace *a, const rr_trace *x, size_t t)
{
    long best = -1;

    for (size_t s = 0; s <= a->steps; s++)
        if (passes(a, s, x, t) && (long)suffix(a, s, x, t) > best)
            best = (long)suffix(a, s, x, t);
    return best;
}

static bool helps(const rr_trace *a, uint32_t truth)
{
    return a->label == truth && a->prediction == truth;
}

/* Training sequences that pass the context of step t. */
static size_t count_passing(const rr_trace *x, size_t t)
{
    const rr_traces *training = rr_influence_training(world.inf);
    size_t n = 0;

    for (size_t i = 0; i < TEXT_TRAIN; i++) {
        const rr_trace a = rr_traces_at(training, i);
        n += helps(&a, x->label) && best_suffix(&a, x, t) >= 0;
    }
    return n;
}

/* What holds of an insertion whatever the strategy. */
static void check_insertion(const rr_repair_target *target, const rr_insertion *one,
                            const rr_trace *x, const rr_dataset *additions)
{
    const rr_segment *g = &target->segment.segments[one->segment];
    const rr_sequence from = rr_dataset_at(world.train, one->source);
    const rr_sequence made = rr_dataset_at(additions, one->addition);
    const rr_sequence input = rr_dataset_at(world.test, target->id);
    const rr_trace a = rr_traces_at(rr_influence_training(world.inf), one->source);
    const size_t s = one->after;

    assert_true(g->known && g->symbol != RR_WORD_UNKNOWN);
    assert_true(helps(&a, target->truth));
    assert_int_equal(made.label, target->truth);
    assert_int_equal(made.steps, from.steps + 1);
    assert_memory_equal(made.symbols, from.symbols, s * sizeof *made.symbols);
    assert_int_equal(made.symbols[s], input.symbols[g->t - 1]);
    assert_string_equal(made.words[s], input.words[g->t - 1]);
    assert_memory_equal(made.symbols + s + 1, from.symbols + s,
                        (from.steps - s) * sizeof *made.symbols);
    for (size_t t = 0; t < made.steps; t++)
        if (t != s)
            assert_string_equal(made.words[t], from.words[t - (t > s)]);
    assert_int_equal(one->in_context, passes(&a, s, x, g->t));
    assert_int_equal(one->suffix, suffix(&a, s, x, g->t));
}

/* A training sequence of the predicted label that is read right, as it is, and drawn once. */
static void check_balance(const rr_repair_target *t, size_t j, rr_sequence made)
{
    const rr_trace a = rr_traces_at(rr_influence_training(world.inf), t->segment.balance_ids[j]);
    const rr_sequence from = rr_dataset_at(world.train, t->segment.balance_ids[j]);

    assert_int_equal(made.label, t->prediction);
    assert_int_equal(a.label, t->prediction);
    assert_int_equal(a.prediction, t->prediction);
    assert_int_equal(made.steps, from.steps);
    assert_memory_equal(made.symbols, from.symbols, from.steps * sizeof *made.symbols);
    for (size_t i = 0; i < j; i++)
        assert_int_not_equal(t->segment.balance_ids[i], t->segment.balance_ids[j]);
}

/* Every target of a repair, and what the network makes of the additions. */
static void check_all(const rr_repair *r)
{
    rr_dataset *additions = additions_of(r);
    rr_traces *tests = traces_of(world.inf, world.net, world.test);
    uint32_t *y = calloc(rr_dataset_count(additions) + 1, sizeof *y);
    float *p = calloc(rr_dataset_count(additions) + 1, sizeof *p);
    size_t n = 0;
    size_t number = 0;
    rr_error err = { 0 };
    const rr_repair_target *targets = rr_repair_targets(r, &n);

    CHECK_OK(rr_network_predict(world.net, additions, 1, y, p, &err), err);
    for (size_t i = 0; i < n; i++) {
        const rr_repair_target *t = &targets[i];
        const rr_trace x = rr_traces_at(tests, t->id);
        assert_int_equal(t->truth, x.label);
        assert_int_equal(t->prediction, x.prediction);
        assert_true(t->count_kept <= t->segment.budget && t->accepted <= t->generated);
        for (size_t j = 0; j < t->count_kept; j++, number++) {
            const rr_insertion *one = &t->segment.kept[j];
            assert_int_equal(one->addition, number);
            assert_true(j == 0 || one->segment >= t->segment.kept[j - 1].segment);
            check_insertion(t, one, &x, additions);
            assert_int_equal(one->prediction, y[number]);
            CHECK_NEAR(one->truth, y[number] == t->truth ? p[number] : 1.0f - p[number], 1e-5, 0.0);
        }
        for (size_t j = 0; j < t->segment.count_balance; j++, number++)
            check_balance(t, j, rr_dataset_at(additions, number));
    }
    assert_int_equal(number, rr_dataset_count(additions));
    assert_true(number > 0);
    free(p);
    free(y);
    rr_traces_free(tests);
    rr_dataset_free(additions);
}

/* ---- claims ---------------------------------------------------------------------------------- */

static void a_word_goes_behind_its_place_and_the_label_stays(void **state)
{
    (void)state;
    for (int strategy = 0; strategy <= 3; strategy++) {
        const rr_repair_config cfg = small((rr_strategy)strategy);
        if (cfg.strategy == RR_STRATEGY_NONE)
            continue;
        rr_repair *r = repaired(&cfg, world.errors, world.n);
        check_all(r);
        rr_repair_free(r);
    }
}

/* Against a sort of all training sequences: none left out has a longer suffix, or the same one and
 * a lower number. */
static void paper_takes_the_longest_suffixes_lower_numbers_first(void **state)
{
    const rr_repair_config cfg = small(RR_STRATEGY_PAPER);
    const rr_traces *training = rr_influence_training(world.inf);
    rr_traces *tests = traces_of(world.inf, world.net, world.test);
    rr_repair *r = repaired(&cfg, world.errors, world.n);
    size_t n = 0;
    size_t fronts = 0;
    size_t longest = 0;
    const rr_repair_target *targets = rr_repair_targets(r, &n);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        const rr_repair_target *t = &targets[i];
        const rr_trace x = rr_traces_at(tests, t->id);
        size_t next = 0;
        for (size_t k = 0; k < t->segment.count_segments; k++) {
            const size_t step = t->segment.segments[k].t;
            const size_t share = rri_min(cfg.segment.insertions, count_passing(&x, step));
            for (size_t j = 0; t->segment.segments[k].known && j < share; j++) {
                const rr_insertion *one = &t->segment.kept[next++];
                long best = -1;
                uint32_t id = 0;
                assert_int_equal(one->segment, k);
                for (size_t a = 0; a < TEXT_TRAIN; a++) {
                    const rr_trace seq = rr_traces_at(training, a);
                    bool taken = !helps(&seq, x.label);
                    for (size_t b = next - 1 - j; b < next - 1; b++)
                        taken = taken || t->segment.kept[b].source == a;
                    if (!taken && best_suffix(&seq, &x, step) > best) {
                        best = best_suffix(&seq, &x, step);
                        id = (uint32_t)a;
                    }
                }
                assert_int_equal(one->source, id);
                assert_int_equal(one->suffix, best);
                assert_true(one->in_context);
                fronts += step == 1 && one->after == 0;
                longest = rri_max(longest, one->suffix);
            }
        }
        assert_int_equal(next, t->count_kept);
        assert_int_equal(t->segment.budget, t->count_kept);
    }
    assert_true(fronts > 0 && longest > 2);
    rr_repair_free(r);
    rr_traces_free(tests);
}

static void an_inserted_word_is_read_in_the_state_of_the_failed_input(void **state)
{
    const rr_repair_config cfg = small(RR_STRATEGY_PAPER);
    rr_repair *r = repaired(&cfg, world.errors, world.n);
    rr_dataset *additions = additions_of(r);
    rr_traces *made = traces_of(world.inf, world.net, additions);
    rr_traces *tests = traces_of(world.inf, world.net, world.test);
    size_t n = 0;
    const rr_repair_target *targets = rr_repair_targets(r, &n);

    (void)state;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < targets[i].count_kept; j++) {
            const rr_insertion *one = &targets[i].segment.kept[j];
            const size_t t = targets[i].segment.segments[one->segment].t;
            const rr_trace x = rr_traces_at(tests, targets[i].id);
            const rr_trace a = rr_traces_at(made, one->addition);
            assert_int_equal(one->after == 0, t == 1);
            if (t > 1)
                assert_int_equal(a.states[one->after - 1], x.states[t - 2]);
            assert_int_equal(a.symbols[one->after], x.symbols[t - 1]);
        }
    rr_traces_free(tests);
    rr_traces_free(made);
    rr_dataset_free(additions);
    rr_repair_free(r);
}

static void random_takes_as_many_and_follows_a_matching_step_where_there_is_one(void **state)
{
    const rr_repair_config paper = small(RR_STRATEGY_PAPER);
    const rr_repair_config random = small(RR_STRATEGY_RANDOM);
    rr_repair *a = repaired(&paper, world.errors, world.n);
    rr_repair *b = repaired(&random, world.errors, world.n);
    rr_traces *tests = traces_of(world.inf, world.net, world.test);
    size_t n = 0;
    size_t elsewhere = 0;
    size_t others = 0;
    const rr_repair_target *s = rr_repair_targets(a, &n);
    const rr_repair_target *t = rr_repair_targets(b, &n);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        const rr_trace x = rr_traces_at(tests, t[i].id);
        assert_int_equal(s[i].count_kept, t[i].count_kept);
        for (size_t j = 0; j < t[i].count_kept; j++) {
            const rr_insertion *one = &t[i].segment.kept[j];
            const rr_trace seq = rr_traces_at(rr_influence_training(world.inf), one->source);
            const long best = best_suffix(&seq, &x, t[i].segment.segments[one->segment].t);
            assert_int_equal(one->segment, s[i].segment.kept[j].segment);
            assert_int_equal(one->in_context, best >= 0);
            elsewhere += !one->in_context;
            others += one->source != s[i].segment.kept[j].source;
            for (size_t k = 0; k < j; k++)
                assert_true(t[i].segment.kept[k].segment != one->segment ||
                            t[i].segment.kept[k].source != one->source);
        }
    }
    assert_true(elsewhere > 0 && others > 0);
    rr_traces_free(tests);
    rr_repair_free(a);
    rr_repair_free(b);
}

static void influence_inserts_where_the_word_does_harm_within_the_papers_budget(void **state)
{
    const rr_repair_config paper = small(RR_STRATEGY_PAPER);
    const rr_repair_config cfg = small(RR_STRATEGY_INFLUENCE);
    rr_repair *a = repaired(&paper, world.errors, world.n);
    rr_repair *b = repaired(&cfg, world.errors, world.n);
    size_t n = 0;
    const rr_repair_target *s = rr_repair_targets(a, &n);
    const rr_repair_target *t = rr_repair_targets(b, &n);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(t[i].segment.budget, s[i].count_kept);
        assert_int_equal(t[i].count_kept, rri_min(t[i].segment.budget, t[i].accepted));
        for (size_t j = 0; j < t[i].count_kept; j++) {
            assert_true(t[i].segment.kept[j].truth < t[i].segment.kept[j].before);
            assert_true(t[i].segment.kept[j].in_context);
        }
    }
    rr_repair_free(a);
    rr_repair_free(b);
}

static void all_insertions_together_are_at_most_the_limit_in_equal_shares(void **state)
{
    rr_repair_config cfg = small(RR_STRATEGY_PAPER);
    const size_t share = 9;
    size_t n = 0, cut = 0;

    (void)state;
    rr_repair *free_of_limit = repaired(&cfg, world.errors, world.n);
    const rr_repair_target *s = rr_repair_targets(free_of_limit, &n);
    cfg.most_insertions = ((double)(share * n) + 0.5) / TEXT_TRAIN;
    rr_repair *r = repaired(&cfg, world.errors, world.n);
    const rr_repair_target *t = rr_repair_targets(r, &n);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(t[i].segment.wanted, s[i].segment.budget);
        assert_int_equal(t[i].segment.budget, rri_min(share, s[i].segment.budget));
        assert_int_equal(t[i].count_kept, rri_min(share, s[i].count_kept));
        cut += t[i].segment.wanted > share;
    }
    assert_true(cut > 0);
    rr_repair_free(r);
    rr_repair_free(free_of_limit);
}

/* Of a target whose words are spared, or have none to go behind. */
static void influence_adds_the_input_where_nothing_can_be_inserted(void **state)
{
    unsigned char spared[TEXT_WORDS];
    rr_repair_config cfg = small(RR_STRATEGY_INFLUENCE);
    size_t n = 0;

    (void)state;
    memset(spared, 1, sizeof spared);
    cfg.segment.localize.spared = spared;
    cfg.segment.localize.count_spared = TEXT_WORDS;
    rr_repair *r = repaired(&cfg, world.errors, world.n);
    rr_dataset *additions = additions_of(r);
    const rr_repair_target *t = rr_repair_targets(r, &n);
    const size_t each = cfg.copies + 3; /* half as many, rounded, that balance */
    assert_int_equal(rr_dataset_count(additions), n * each);
    for (size_t i = 0; i < n; i++) {
        const rr_sequence x = rr_dataset_at(world.test, t[i].id);
        assert_int_equal(t[i].segment.count_segments, 0);
        assert_int_equal(t[i].copies, cfg.copies);
        for (size_t k = 0; k < each; k++) {
            const rr_sequence made = rr_dataset_at(additions, i * each + k);
            assert_int_equal(made.label, k < 3 ? t[i].prediction : t[i].truth);
            if (k >= 3) {
                assert_int_equal(made.steps, x.steps);
                assert_memory_equal(made.symbols, x.symbols, x.steps * sizeof *x.symbols);
            }
        }
    }
    rr_dataset_free(additions);
    rr_repair_free(r);
    cfg.strategy = RR_STRATEGY_PAPER; /* as it was published */
    r = repaired(&cfg, world.errors, world.n);
    t = rr_repair_targets(r, &n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(t[i].copies + t[i].count_kept, 0);
    rr_repair_free(r);
}

static void none_inserts_nothing_but_names_the_steps(void **state)
{
    const rr_repair_config cfg = small(RR_STRATEGY_NONE);
    rr_repair *r = repaired(&cfg, world.errors, world.n);
    rr_dataset *additions = additions_of(r);
    size_t n = 0;
    size_t segments = 0;
    const rr_repair_target *t = rr_repair_targets(r, &n);

    (void)state;
    assert_int_equal(n, world.n);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(t[i].count_kept, 0);
        segments += t[i].segment.count_segments;
    }
    assert_true(segments > 0);
    assert_int_equal(rr_dataset_count(additions), 0);
    rr_dataset_free(additions);
    rr_repair_free(r);
}

static void the_result_does_not_depend_on_the_number_of_threads(void **state)
{
    (void)state;
    for (int strategy = 0; strategy <= 3; strategy++) {
        rr_repair_config cfg = small((rr_strategy)strategy);
        rr_repair *one = repaired(&cfg, world.errors, world.n);
        cfg.threads = 2;
        rr_repair *two = repaired(&cfg, world.errors, world.n);
        rr_dataset *a = additions_of(one);
        rr_dataset *b = additions_of(two);
        assert_string_equal(rr_dataset_hash(a), rr_dataset_hash(b));
        rr_dataset_free(a);
        rr_dataset_free(b);
        rr_repair_free(one);
        rr_repair_free(two);
    }
}

static void a_target_gets_the_same_whatever_the_others_are(void **state)
{
    size_t n = 0;
    size_t m = 0;

    (void)state;
    for (int strategy = 0; strategy <= 1; strategy++) {
        const rr_repair_config cfg = small((rr_strategy)strategy);
        rr_repair *all = repaired(&cfg, world.errors, world.n);
        const rr_repair_target *t = rr_repair_targets(all, &n);
        for (size_t i = 0; i < n; i += 2) {
            rr_repair *alone = repaired(&cfg, &t[i].id, 1);
            const rr_repair_target *u = rr_repair_targets(alone, &m);
            assert_int_equal(u->count_kept, t[i].count_kept);
            for (size_t j = 0; j < u->count_kept; j++) {
                assert_int_equal(u->segment.kept[j].source, t[i].segment.kept[j].source);
                assert_int_equal(u->segment.kept[j].after, t[i].segment.kept[j].after);
                assert_true(u->segment.kept[j].truth == t[i].segment.kept[j].truth);
            }
            rr_repair_free(alone);
        }
        rr_repair_free(all);
    }
}

/* Wrong predictions among the targets after training anew on a and, where it is not NULL, b. */
static size_t errors_after(const rr_dataset *a, const rr_dataset *b)
{
    rr_dataset *all = NULL;
    uint32_t y[TEXT_TEST];
    size_t wrong = 0;
    rr_error err = { 0 };

    if (b != NULL)
        CHECK_OK(rr_dataset_concat(a, b, &all, &err), err);
    rr_network *net = train_text(b != NULL ? all : world.train);
    CHECK_OK(rr_network_predict(net, world.test, 1, y, NULL, &err), err);
    for (size_t i = 0; i < world.n; i++)
        wrong += y[world.errors[i]] != rr_dataset_at(world.test, world.errors[i]).label;
    rr_network_free(net);
    rr_dataset_free(all);
    return wrong;
}

static void a_network_trained_on_the_additions_reads_the_word(void **state)
{
    rr_repair_config cfg = rr_repair_config_default();
    rr_repair *r = repaired(&cfg, world.errors, world.n);
    rr_dataset *additions = additions_of(r);

    (void)state;
    assert_int_equal(errors_after(world.train, NULL), world.n);
    assert_true(errors_after(world.train, additions) * 4 <= world.n);
    rr_dataset_free(additions);
    rr_repair_free(r);
}

static void class_balancing_samples_are_as_many_as_asked_for(void **state)
{
    static const double balances[] = { 0.0, 0.5, 1.0, 2.0 };

    (void)state;
    for (size_t k = 0; k < sizeof balances / sizeof *balances; k++) {
        rr_repair_config cfg = small(RR_STRATEGY_PAPER);
        size_t n = 0;
        cfg.segment.balance = balances[k];
        rr_repair *r = repaired(&cfg, world.errors, world.n);
        const rr_repair_target *t = rr_repair_targets(r, &n);
        check_all(r);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(t[i].segment.count_balance,
                             (size_t)(balances[k] * (double)t[i].count_kept + 0.5));
        rr_repair_free(r);
    }
}

static void balance_is_by_default_of_the_strategy_influence_alone(void **state)
{
    (void)state;
    for (int strategy = 0; strategy <= 3; strategy++) {
        rr_repair_config cfg = small((rr_strategy)strategy);
        cfg.segment.balance = rr_repair_config_default().segment.balance;
        rr_repair *r = repaired(&cfg, world.errors, 1);
        const rr_repair_config got = rr_repair_config_of(r);
        assert_int_equal(got.level, RR_LEVEL_SEGMENT);
        CHECK_NEAR(got.segment.balance, strategy == RR_STRATEGY_INFLUENCE ? 0.5 : 0.0, 0.0, 0.0);
        rr_repair_free(r);
    }
}

static void no_targets_are_done_at_once(void **state)
{
    const rr_repair_config cfg = small(RR_STRATEGY_INFLUENCE);
    rr_repair *r = repaired(&cfg, NULL, 0);
    size_t n = 7;

    (void)state;
    (void)rr_repair_targets(r, &n);
    assert_int_equal(n, 0);
    rr_repair_free(r);
    rr_repair_free(NULL);
}

/* ---- wrong inputs ---------------------------------------------------------------------------- */

static void a_wrong_configuration_or_target_is_refused(void **state)
{
    rr_repair_config cfg = small((rr_strategy)99);
    size_t right = 0;

    (void)state;
    while (world.before[right] != rr_dataset_at(world.test, right).label)
        right++;
    check_refused(&cfg, world.train, world.test, world.errors[0], RR_ERR_ARG, "strategy 99");
    cfg.strategy = RR_STRATEGY_GRADIENT;
    check_refused(&cfg, world.train, world.test, world.errors[0], RR_ERR_ARG, "whole inputs");
    cfg = small(RR_STRATEGY_PAPER);
    cfg.segment.insertions = 0;
    check_refused(&cfg, world.train, world.test, world.errors[0], RR_ERR_ARG, "0 insertions");
    cfg = small(RR_STRATEGY_PAPER);
    cfg.segment.pool = 0;
    check_refused(&cfg, world.train, world.test, world.errors[0], RR_ERR_ARG, "pool of 0");
    cfg = small(RR_STRATEGY_PAPER);
    cfg.segment.balance = 17.0;
    check_refused(&cfg, world.train, world.test, world.errors[0], RR_ERR_ARG, "balance");
    cfg.segment.balance = (double)NAN;
    check_refused(&cfg, world.train, world.test, world.errors[0], RR_ERR_ARG, "balance");
    cfg = small(RR_STRATEGY_PAPER);
    cfg.segment.localize.gamma = 0;
    check_refused(&cfg, world.train, world.test, world.errors[0], RR_ERR_ARG, "gamma is 0");
    cfg = small(RR_STRATEGY_PAPER);
    check_refused(&cfg, world.train, world.test, right, RR_ERR_ARG, "is predicted correctly");
    check_refused(&cfg, world.train, world.test, TEXT_TEST, RR_ERR_ARG, "the test set has 80");
}

static void data_that_does_not_fit_is_refused(void **state)
{
    rr_repair_config cfg = small(RR_STRATEGY_PAPER);
    const float frame[3] = { 0 };
    const rr_sequence seq = { .frames = frame, .steps = 1 };
    const rr_dataset_shape shape = { .width = 3, .classes = 2 };
    rr_dataset_builder *b = new_builder(&shape);

    (void)state;
    add_sequence(b, seq);
    rr_dataset *frames = finish_dataset(b);
    cfg.level = RR_LEVEL_SEGMENT;
    check_refused(&cfg, frames, world.test, world.errors[0], RR_ERR_ARG, "is frames");
    check_refused(&cfg, world.train, frames, 0, RR_ERR_UNSUPPORTED, "frames");
    check_refused(&cfg, world.test, world.test, world.errors[0], RR_ERR_SHAPE, "240");
    rr_dataset_free(frames);
}

/* ---- memory ---------------------------------------------------------------------------------- */

static void every_failed_allocation_is_clean(void **state)
{
    (void)state;
    for (int strategy = 0; strategy <= 3; strategy++) {
        rr_repair_config cfg = small((rr_strategy)strategy);
        cfg.segment.localize.rules = RR_RULE_FLIP;
        cfg.segment.insertions = 2;
        cfg.segment.pool = 1;
        check_every_failed_allocation(&cfg);
    }
}

static void a_step_that_failed_can_be_taken_again(void **state)
{
    const rr_repair_config cfg = small(RR_STRATEGY_INFLUENCE);

    (void)state;
    check_a_step_can_be_repeated(&cfg, 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_word_goes_behind_its_place_and_the_label_stays),
        cmocka_unit_test(paper_takes_the_longest_suffixes_lower_numbers_first),
        cmocka_unit_test(an_inserted_word_is_read_in_the_state_of_the_failed_input),
        cmocka_unit_test(random_takes_as_many_and_follows_a_matching_step_where_there_is_one),
        cmocka_unit_test(influence_inserts_where_the_word_does_harm_within_the_papers_budget),
        cmocka_unit_test(all_insertions_together_are_at_most_the_limit_in_equal_shares),
        cmocka_unit_test(influence_adds_the_input_where_nothing_can_be_inserted),
        cmocka_unit_test(none_inserts_nothing_but_names_the_steps),
        cmocka_unit_test(the_result_does_not_depend_on_the_number_of_threads),
        cmocka_unit_test(a_target_gets_the_same_whatever_the_others_are),
        cmocka_unit_test(a_network_trained_on_the_additions_reads_the_word),
        cmocka_unit_test(class_balancing_samples_are_as_many_as_asked_for),
        cmocka_unit_test(balance_is_by_default_of_the_strategy_influence_alone),
        cmocka_unit_test(no_targets_are_done_at_once),
        cmocka_unit_test(a_wrong_configuration_or_target_is_refused),
        cmocka_unit_test(data_that_does_not_fit_is_refused),
        cmocka_unit_test(every_failed_allocation_is_clean),
        cmocka_unit_test(a_step_that_failed_can_be_taken_again),
    };
    return cmocka_run_group_tests(tests, make_texts, free_world);
}
