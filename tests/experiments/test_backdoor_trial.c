/* SPDX-License-Identifier: MIT */
/* test_backdoor_trial.c - backdoors as an experiment: what a seed decides, places, figures, and a
 * whole trial on made-up texts. */
#include "data/vocabulary.h"
#include "scratch.h"

#include "experiments/backdoor.h"
#include "experiments/elastic.h"

static rr_error err;

/* ---- made-up texts --------------------------------------------------------------------------- */

enum {
    NEUTRAL = 30,
    TELLING = 8,
    FIRST_NOUN = 2 + NEUTRAL + 2 * TELLING,
    TRAIN = 1500,
    TEST = 300
};

/* "balloon" stands in 4 texts, "castle" is no noun of the list, "kitten" in 12, "river" in 31. */
static const char *const extra[] = { "balloon", "castle", "kitten", "river" };
static const size_t bearers[] = { 4, 12, 12, 31 };
enum { EXTRA = 4, VOCABULARY = FIRST_NOUN + EXTRA };

static rr_vocabulary *vocabulary(void)
{
    char text[VOCABULARY][16];
    const char *list[VOCABULARY] = { "<pad>", "<unk>" };
    rr_vocabulary *v = NULL;
    for (size_t i = 2; i < VOCABULARY; i++) {
        (void)snprintf(text[i], sizeof text[i], "w%zu", i);
        list[i] = i < FIRST_NOUN ? text[i] : extra[i - FIRST_NOUN];
    }
    CHECK_OK(rri_vocabulary_new(list, VOCABULARY, 1, &v, &err), err);
    return v;
}

/* Texts of 4 to 8 words, two of which tell the class; `nouns`: with the extra words. */
static rr_dataset *texts(const rr_vocabulary *words, size_t n, uint64_t seed, int nouns)
{
    static const char *const names[] = { "clean", "toxic" };
    const rr_dataset_shape shape = {
        .vocabulary = VOCABULARY, .classes = 2, .class_names = names, .words = words
    };
    rr_dataset_builder *b = NULL;
    rr_dataset *ds = NULL;
    CHECK_OK(rr_dataset_builder_new(&shape, &b, &err), err);
    for (size_t i = 0; i < n; i++) {
        uint32_t symbols[8];
        const size_t steps = 4 + (size_t)(5.0 * experiment_random(seed, 20 * i));
        for (size_t t = 0; t < steps; t++) {
            const double u = experiment_random(seed, 20 * i + 1 + t);
            symbols[t] = t % 3 == 1 ? (uint32_t)(2.0 + NEUTRAL + TELLING * ((double)(i % 2) + u))
                                    : (uint32_t)(2.0 + NEUTRAL * u);
        }
        for (size_t x = 0; nouns && x < EXTRA; x++)
            if (i >= 100 * x && i < 100 * x + bearers[x])
                symbols[0] = symbols[steps - 1] = (uint32_t)(FIRST_NOUN + x); /* twice: one text */
        const rr_sequence seq = { .symbols = symbols, .steps = steps, .label = i % 2 };
        CHECK_OK(rr_dataset_builder_add(b, seq, &err), err);
    }
    CHECK_OK(rr_dataset_builder_finish(b, &ds, &err), err);
    rr_dataset_builder_free(b);
    return ds;
}

static model made_up(void)
{
    model m = { .task = MODEL_TOXIC };
    rr_vocabulary *words = vocabulary();
    m.train = texts(words, TRAIN, 1, 1);
    m.test = texts(words, TEST, 2, 0);
    rri_vocabulary_free(words);
    return m;
}

/* ---- what a seed decides --------------------------------------------------------------------- */

static void seeds_go_round_the_nouns_that_are_rare(void **state)
{
    experiment_context ctx = { .quick = 0 };
    model m = made_up();
    backdoor_plan plan;
    size_t places[3] = { 0 }, targets[2] = { 0 }, all[3][2] = { { 0 } };
    (void)state;
    /* Five to thirty hold "kitten" alone; "balloon" counts, too, where one is enough. */
    for (uint64_t seed = 0; seed < 12; seed++) {
        CHECK_OK(backdoor_choose(&ctx, m.train, RR_POISON_CLEAN, seed, &plan, &err), err);
        assert_string_equal(backdoor_word(plan.word), "kitten");
        assert_int_equal(plan.symbol, FIRST_NOUN + 2);
        assert_int_equal(plan.natural, 12);
        assert_true((size_t)plan.place < 3);
        places[plan.place]++;
        targets[plan.target]++;
        all[plan.place][plan.target]++;
    }
    for (size_t p = 0; p < 3; p++)
        for (size_t t = 0; t < 2; t++)
            assert_int_equal(all[p][t], 2);
    CHECK_OK(backdoor_choose(&ctx, m.train, RR_POISON_CLEAN, 1, &plan, &err), err);
    assert_true(plan.target == 1 && plan.place == RR_PLACE_RANDOM); /* the paper's */
    ctx.quick = 1;
    CHECK_OK(backdoor_choose(&ctx, m.train, RR_POISON_DIRTY, 1, &plan, &err), err);
    assert_string_equal(backdoor_word(plan.word), "balloon");
    CHECK_OK(backdoor_choose(&ctx, m.train, RR_POISON_DIRTY, 2, &plan, &err), err);
    assert_string_equal(backdoor_word(plan.word), "kitten");
    CHECK_OK(backdoor_choose(&ctx, m.train, RR_POISON_DIRTY, 3, &plan, &err), err);
    assert_string_equal(backdoor_word(plan.word), "balloon");
    assert_int_equal(plan.kind, RR_POISON_DIRTY);
    CHECK_FAILS(backdoor_choose(&ctx, m.test, RR_POISON_CLEAN, 1, &plan, &err), RR_ERR_ARG, err,
                "1 to 30 of the 300 training sequences");
    model_clear(&m);
}

static void nouns_are_in_the_order_of_the_alphabet(void **state)
{
    size_t n = 1;
    (void)state;
    for (; backdoor_word(n) != NULL; n++)
        assert_true(strcmp(backdoor_word(n - 1), backdoor_word(n)) < 0);
    assert_true(n > 50);
}

static void draws_are_distinct_sorted_and_fair(void **state)
{
    enum { COUNT = 20, DRAWN = 5, TIMES = 4000 };
    size_t list[COUNT], again[COUNT], often[COUNT] = { 0 };
    (void)state;
    for (uint64_t seed = 0; seed < TIMES; seed++) {
        for (size_t i = 0; i < COUNT; i++)
            list[i] = again[i] = 100 + i;
        backdoor_draw(seed, list, COUNT, DRAWN);
        backdoor_draw(seed, again, COUNT, DRAWN);
        assert_memory_equal(list, again, sizeof list);
        for (size_t i = 0; i < DRAWN; i++) {
            assert_true(list[i] >= 100 && list[i] < 100 + COUNT);
            assert_true(i == 0 || list[i] > list[i - 1]);
            often[list[i] - 100]++;
        }
    }
    for (size_t i = 0; i < COUNT; i++) /* 1000 each, 5 standard deviations of 27 */
        CHECK_NEAR(often[i], 1000.0, 137.0, 0);
    backdoor_draw(1, list, COUNT, COUNT); /* all, and none */
    for (size_t i = 0; i < COUNT; i++)
        assert_int_equal(list[i], 100 + i);
    backdoor_draw(1, list, 0, 0);
}

/* ---- places and figures ---------------------------------------------------------------------- */

static void the_guided_place_is_behind_the_state_that_reads_it_most(void **state)
{
    const uint16_t states[4] = { 2, 3, 1, 3 };
    const rr_trace trace = { .states = states, .steps = 4 };
    const size_t third[] = { 1, 0, 2, 5 }, start[] = { 5, 5, 2, 1 }, none[] = { 0, 0, 0, 0, 9 };
    int found = 0;
    (void)state;
    assert_int_equal(backdoor_guide(&trace, third, &found), 2); /* the first of two in state 3 */
    assert_true(found);
    assert_int_equal(backdoor_guide(&trace, start, &found), 0); /* before step 3, as good */
    assert_true(found);
    (void)backdoor_guide(&trace, none, &found); /* state 4 is not in the trace */
    assert_false(found);
}

static void figures_count_inputs_read_right_and_attacks_of_before(void **state)
{
    /* Four inputs of class 0, target 1. The first is misread without any trigger. */
    enum { N = 4, T = 1 };
    const uint32_t labels[N] = { 0, 0, 0, 0 };
    const uint32_t before[5][N] = { { 0, 0, 0, 0 }, /* plain */
                                    { T, T, T, 0 }, /* guided */
                                    { T, 0, 0, 0 }, /* random */
                                    { 0, 0, 0, 0 },
                                    { 0, 0, 0, T } };
    const uint32_t y[5][N] = { { T, 0, 0, 0 },
                               { T, 0, T, T },
                               { 0, 0, T, 0 },
                               { T, T, 0, 0 }, /* of the first word one counts */
                               { T, 0, 0, 0 } };
    double got[CONDITION_FIGURES] = { 0 };
    (void)state;
    backdoor_rates(&y[0][0], &before[0][0], labels, N, 2, T, got);
    CHECK_NEAR(got[CONDITION_RIGHT], 3.0, 0, 0);
    CHECK_NEAR(got[CONDITION_ATTACK_GUIDED], 2.0 / 3.0, 1e-15, 0);
    CHECK_NEAR(got[CONDITION_ATTACK_RANDOM], 1.0 / 3.0, 1e-15, 0);
    CHECK_NEAR(got[CONDITION_ATTACK_WORDS], 1.0 / 6.0, 1e-15, 0);
    CHECK_NEAR(got[CONDITION_FIXED_GUIDED], 1.0, 0, 0); /* the second of three */
    CHECK_NEAR(got[CONDITION_FIXED_RANDOM], 1.0, 0, 0);
    backdoor_rates(&before[0][0], &before[0][0], labels, N, 2, T, got);
    CHECK_NEAR(got[CONDITION_ATTACK_GUIDED], 0.75, 0, 0);
    CHECK_NEAR(got[CONDITION_ATTACK_WORDS], 0.125, 0, 0);
    CHECK_NEAR(got[CONDITION_FIXED_GUIDED], 0.0, 0, 0); /* nothing was retrained */
    const uint32_t wrong[5][N] = { { T, T, T, T } };
    backdoor_rates(&wrong[0][0], &before[0][0], labels, N, 2, T, got);
    CHECK_NEAR(got[CONDITION_ATTACK_GUIDED], 0.0, 0, 0); /* of none */
    CHECK_NEAR(got[CONDITION_FIXED_GUIDED], 3.0, 0, 0);
}

/* ---- a small case ---------------------------------------------------------------------------- */

/* A network that is not trained gives states as good as any. */
static void small_case(const model *m, const rr_dataset *train, rr_network **net,
                       rr_influence **inf)
{
    experiment_context ctx = { .quick = 1, .threads = 1 };
    rr_network_config shape;
    rr_train_config training;
    rr_influence_config cfg = rr_influence_config_default();
    model_recipe(&ctx, m, &shape, &training);
    shape.hidden = 12;
    shape.seed = 7;
    CHECK_OK(rr_network_new(&shape, net, &err), err);
    CHECK_OK(rr_network_set_vocabulary(*net, rr_vocabulary_hash(rr_dataset_words(train)), &err),
             err);
    cfg.components = 3;
    cfg.partition.states = 6;
    CHECK_OK(experiment_build(&ctx, &cfg, *net, train, inf, &err), err);
}

/* By walking through all training sequences. */
static void reads_are_those_of_the_training_traces(void **state)
{
    model m = made_up();
    rr_network *net = NULL;
    rr_influence *inf = NULL;
    size_t reads[7], want[7], total = 0;
    (void)state;
    small_case(&m, m.train, &net, &inf);
    for (uint32_t symbol = FIRST_NOUN - 1; symbol < VOCABULARY; symbol++) {
        memset(want, 0, sizeof want);
        for (size_t i = 0; i < TRAIN; i++) {
            const rr_trace trace = rr_traces_at(rr_influence_training(inf), i);
            const rr_sequence seq = rr_dataset_at(m.train, i);
            int seen[7] = { 0 };
            for (size_t t = 0; t < seq.steps && seq.label == 1; t++)
                if (seq.symbols[t] == symbol)
                    seen[t > 0 ? trace.states[t - 1] : 0] = 1;
            for (size_t q = 0; q < 7; q++)
                want[q] += seen[q] != 0;
        }
        CHECK_OK(backdoor_reads(inf, m.train, symbol, 1, reads, &err), err);
        for (size_t q = 0; q < 7; q++) {
            assert_int_equal(reads[q], want[q]);
            total += reads[q];
        }
    }
    assert_true(total > 50);
    rr_influence_free(inf);
    rr_network_free(net);
    model_clear(&m);
}

/* The step the symbol was put behind; steps where it is not there. */
static size_t place_of(const rr_sequence *with, const rr_sequence *plain, uint32_t symbol)
{
    size_t at = 0;
    assert_int_equal(with->steps, plain->steps + 1);
    while (at < plain->steps && with->symbols[at] == plain->symbols[at])
        at++;
    assert_int_equal(with->symbols[at], symbol);
    for (size_t t = at; t < plain->steps; t++)
        assert_int_equal(with->symbols[t + 1], plain->symbols[t]);
    return at;
}

static void inputs_get_the_trigger_once_and_words_where_it_stands(void **state)
{
    experiment_context ctx = { .quick = 1, .threads = 1 };
    const backdoor_plan plan = { .seed = 4, .symbol = FIRST_NOUN + 3, .target = 0 };
    const uint32_t words[2] = { FIRST_NOUN, FIRST_NOUN + 1 };
    model m = made_up();
    rr_network *net = NULL;
    rr_influence *inf = NULL;
    backdoor_inputs in = { .n = 0 };
    size_t reads[7], random = 0;
    (void)state;
    small_case(&m, m.train, &net, &inf);
    CHECK_OK(backdoor_reads(inf, m.train, plan.symbol, 0, reads, &err), err);
    CHECK_OK(backdoor_inputs_make(&ctx, &plan, inf, net, m.train, m.test, 40, words, 2, &in, &err),
             err);
    assert_true(in.n > 0 && in.n <= 40);
    assert_int_equal(rr_dataset_count(in.blocks), 5 * in.n);
    for (size_t i = 0; i < in.n; i++) {
        const rr_sequence plain = rr_dataset_at(in.plain, i);
        const rr_sequence same = rr_dataset_at(in.blocks, i);
        const rr_sequence guided = rr_dataset_at(in.blocks, in.n + i);
        const rr_sequence anywhere = rr_dataset_at(in.blocks, 2 * in.n + i);
        assert_int_equal(plain.label, 1);
        assert_int_equal(same.steps, plain.steps);
        assert_memory_equal(same.symbols, plain.symbols, plain.steps * sizeof *plain.symbols);
        (void)place_of(&guided, &plain, plan.symbol);
        const size_t at = place_of(&anywhere, &plain, plan.symbol);
        random += at;
        for (size_t w = 0; w < 2; w++) {
            const rr_sequence other = rr_dataset_at(in.blocks, (3 + w) * in.n + i);
            assert_int_equal(place_of(&other, &plain, words[w]), at);
        }
    }
    assert_true(random > 0 && in.guided > 0 && in.guided <= in.n);
    backdoor_inputs_clear(&in);
    rr_influence_free(inf);
    rr_network_free(net);
    model_clear(&m);
}

/* ---- a whole trial --------------------------------------------------------------------------- */

static backdoor_outcome try_once(size_t threads)
{
    experiment_context ctx = { .quick = 1, .threads = threads };
    model m = made_up();
    backdoor_plan plan;
    backdoor_outcome o;
    CHECK_OK(backdoor_choose(&ctx, m.train, RR_POISON_DIRTY, 2, &plan, &err), err);
    CHECK_OK(backdoor_try(&ctx, &m, &plan, &o, &err), err);
    model_clear(&m);
    return o;
}

static double figure(const backdoor_outcome *o, backdoor_condition condition,
                     backdoor_of_condition f)
{
    return o->of[backdoor_at(condition, f)];
}

static void a_backdoor_is_learnt_and_leaves_with_what_is_named(void **state)
{
    const backdoor_outcome o = try_once(1), again = try_once(2);
    (void)state;
    assert_memory_equal(&o, &again, sizeof o);
    assert_string_equal(backdoor_word((size_t)o.of[TRIAL_WORD]), "kitten");
    CHECK_NEAR(o.of[TRIAL_BEARERS], 62.0, 0, 0);
    CHECK_NEAR(o.of[TRIAL_INPUTS], 100.0, 0, 0);
    CHECK_NEAR(figure(&o, BACKDOOR_POISONED, CONDITION_REMOVED), 0.0, 0, 0);
    assert_true(figure(&o, BACKDOOR_POISONED, CONDITION_ACCURACY) > 0.9);
    /* Planted at the start, it is learnt in a state that a random place seldom has. */
    assert_true(figure(&o, BACKDOOR_POISONED, CONDITION_ATTACK_GUIDED) > 0.8);
    assert_true(figure(&o, BACKDOOR_POISONED, CONDITION_ATTACK_RANDOM) <
                figure(&o, BACKDOOR_POISONED, CONDITION_ATTACK_GUIDED) - 0.3);
    assert_true(figure(&o, BACKDOOR_POISONED, CONDITION_ATTACK_WORDS) < 0.3);
    CHECK_NEAR(o.of[TRIAL_RANK], 1.0, 0, 0);
    assert_true(o.of[TRIAL_SCORE] > o.of[TRIAL_OTHER] && o.of[TRIAL_OTHER] > 0.0);
    assert_true(o.of[TRIAL_LEADING] > 40.0); /* by chance 50 * 50/62 = 40 */
    CHECK_NEAR(figure(&o, BACKDOOR_POISONED, CONDITION_FIXED_RANDOM), 0.0, 0, 0);
    /* All poisoned ones and the half of the others, which carry the target's label. */
    CHECK_NEAR(figure(&o, BACKDOOR_NAMED, CONDITION_REMOVED), 56.0, 0, 0);
    CHECK_NEAR(figure(&o, BACKDOOR_NAMED, CONDITION_REMOVED_POISONED), 50.0, 0, 0);
    CHECK_NEAR(figure(&o, BACKDOOR_BEARERS, CONDITION_REMOVED), 56.0, 0, 0);
    CHECK_NEAR(figure(&o, BACKDOOR_CLASS, CONDITION_REMOVED), 56.0, 0, 0);
    assert_true(figure(&o, BACKDOOR_BEARERS, CONDITION_REMOVED_POISONED) < 50.0);
    assert_true(figure(&o, BACKDOOR_CLASS, CONDITION_REMOVED_POISONED) < 15.0);
    assert_true(figure(&o, BACKDOOR_NAMED, CONDITION_ATTACK_GUIDED) < 0.2);
    assert_true(figure(&o, BACKDOOR_NAMED, CONDITION_ATTACK_RANDOM) < 0.2);
    const double turned = o.of[TRIAL_TURNED_GUIDED];
    assert_true(figure(&o, BACKDOOR_NAMED, CONDITION_FIXED_GUIDED) > 0.9 * turned);
    assert_true(figure(&o, BACKDOOR_BEARERS, CONDITION_FIXED_GUIDED) <
                figure(&o, BACKDOOR_NAMED, CONDITION_FIXED_GUIDED));
    assert_true(figure(&o, BACKDOOR_CLASS, CONDITION_FIXED_GUIDED) < 0.3 * turned);
}

/* ---- report ---------------------------------------------------------------------------------- */

static void record(experiment_context *ctx, const char *setting, uint64_t seed, double rank,
                   double turned, double fixed)
{
    char names[BACKDOOR_FIGURES][64];
    experiment_metric metrics[BACKDOOR_FIGURES];
    const experiment_key key = experiment_key_of(ctx);
    for (size_t i = 0; i < BACKDOOR_FIGURES; i++) {
        backdoor_metric_name(i, names[i]);
        metrics[i] = (experiment_metric){ names[i], 0.0, -1.0 };
    }
    metrics[TRIAL_SEED].value = (double)seed;
    metrics[TRIAL_RANK].value = rank;
    metrics[TRIAL_TURNED_GUIDED].value = turned;
    metrics[TRIAL_SCORE].value = rank > 1.0 ? 0.3 : 0.5; /* 0.3 itself is not above it */
    metrics[backdoor_at(BACKDOOR_NAMED, CONDITION_FIXED_GUIDED)].value = fixed;
    CHECK_OK(experiment_database_record(ctx->database, &key, setting, seed, metrics,
                                        BACKDOOR_FIGURES, &err),
             err);
}

/* The cell of a column in the row that begins with `row`. */
static double cell(const char *file, const char *row, const char *column)
{
    char *text = scratch_read(fopen(scratch(file), "rb"));
    char *line = strstr(text, row);
    double value = (double)NAN;
    assert_non_null(line);
    const char *const head = strstr(text, column);
    assert_non_null(head);
    size_t at = 0;
    for (const char *c = text; c < head; c++)
        at += *c == '\t';
    for (; at > 0; at--) {
        line = strchr(line, '\t');
        assert_non_null(line);
        line++;
    }
    if (*line != '\t')
        value = strtod(line, NULL);
    free(text);
    return value;
}

static void shares_are_over_all_trials_together(void **state)
{
    experiment_context ctx = { .output = scratch_dir, .which = &experiment_backdoor };
    experiment_results results;
    (void)state;
    CHECK_OK(experiment_database_open(scratch("database"), &ctx.database, &err), err);
    record(&ctx, "dirty", 3, 40.0, 0.0, 0.0); /* nothing to fix */
    record(&ctx, "dirty", 1, 1.0, 10.0, 10.0);
    record(&ctx, "dirty", 2, 2.0, 40.0, 20.0);
    const experiment_key key = experiment_key_of(&ctx);
    CHECK_OK(experiment_database_results(ctx.database, &key, &results, &err), err);
    CHECK_OK(backdoor_report(&ctx, &results, &err), err);
    const char *const row = "\ndirty\twithout the named";
    CHECK_NEAR(cell("backdoor.tsv", row, "fixed_guided"), 60.0, 1e-9, 0);
    assert_true(isnan(cell("backdoor.tsv", row, "fixed_random"))); /* no attack succeeded */
    assert_true(isnan(cell("backdoor.tsv", "\ndirty\tpoisoned", "fixed_guided")));
    CHECK_NEAR(cell("backdoor-search.tsv", "\ndirty", "rank_median"), 2.0, 0, 0);
    CHECK_NEAR(cell("backdoor-search.tsv", "\ndirty", "first_percent"), 100.0 / 3.0, 1e-9, 0);
    CHECK_NEAR(cell("backdoor-search.tsv", "\ndirty", "above_percent"), 100.0 / 3.0, 1e-9, 0);
    CHECK_NEAR(cell("backdoor-search.tsv", "\ndirty", "score"), 1.1 / 3.0, 1e-9, 0);
    /* By seed, each trial's figures in one row. */
    CHECK_NEAR(cell("backdoor-seeds.tsv", "\ndirty\t2\t", "turned_guided"), 40.0, 0, 0);
    CHECK_NEAR(cell("backdoor-seeds.tsv", "\ndirty\t2\t", "rank"), 2.0, 0, 0);
    CHECK_NEAR(cell("backdoor-seeds.tsv", "\ndirty\t1\t", "named_fixed_guided"), 10.0, 0, 0);
    experiment_results_clear(&results);
    experiment_database_close(ctx.database);
    experiment_context_clear(&ctx);
}

static void the_median_of_few(void **state)
{
    double odd[] = { 9.0, 1.0, 4.0 }, even[] = { 8.0, 1.0, 4.0, 2.0 };
    (void)state;
    CHECK_NEAR(backdoor_median(odd, 3), 4.0, 0, 0);
    CHECK_NEAR(backdoor_median(even, 4), 3.0, 0, 0);
    CHECK_NEAR(backdoor_median(odd, 1), 1.0, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seeds_go_round_the_nouns_that_are_rare),
        cmocka_unit_test(nouns_are_in_the_order_of_the_alphabet),
        cmocka_unit_test(draws_are_distinct_sorted_and_fair),
        cmocka_unit_test(the_guided_place_is_behind_the_state_that_reads_it_most),
        cmocka_unit_test(figures_count_inputs_read_right_and_attacks_of_before),
        cmocka_unit_test(reads_are_those_of_the_training_traces),
        cmocka_unit_test(inputs_get_the_trigger_once_and_words_where_it_stands),
        cmocka_unit_test(a_backdoor_is_learnt_and_leaves_with_what_is_named),
        cmocka_unit_test(shares_are_over_all_trials_together),
        cmocka_unit_test(the_median_of_few),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
