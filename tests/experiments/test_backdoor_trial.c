/* SPDX-License-Identifier: MIT */
/* test_backdoor_trial.c - backdoors as an experiment: what a seed decides, places, figures, and a
 * whole trial on made-up texts. */
#include "data/vocabulary.h"
#include "scratch.h"

#include "experiments/backdoor.h"
#include "make.h"

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
static const size_t carriers[] = { 4, 12, 12, 31 };
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
    rr_dataset_builder *b = new_builder(&shape);
    for (size_t i = 0; i < n; i++) {
        uint32_t symbols[8];
        const size_t steps = 4 + (size_t)(5.0 * experiment_uniform(seed, 20 * i));
        for (size_t t = 0; t < steps; t++) {
            const double u = experiment_uniform(seed, 20 * i + 1 + t);
            symbols[t] = t % 3 == 1 ? (uint32_t)(2.0 + NEUTRAL + TELLING * ((double)(i % 2) + u))
                                    : (uint32_t)(2.0 + NEUTRAL * u);
        }
        for (size_t x = 0; nouns && x < EXTRA; x++)
            if (i >= 100 * x && i < 100 * x + carriers[x])
                symbols[0] = symbols[steps - 1] = (uint32_t)(FIRST_NOUN + x); /* twice: one text */
        const rr_sequence seq = { .symbols = symbols, .steps = steps, .label = i % 2 };
        add_sequence(b, seq);
    }
    return finish_dataset(b);
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
        assert_true((size_t)plan.position < 3);
        places[plan.position]++;
        targets[plan.target]++;
        all[plan.position][plan.target]++;
    }
    for (size_t p = 0; p < 3; p++)
        for (size_t t = 0; t < 2; t++)
            assert_int_equal(all[p][t], 2);
    CHECK_OK(backdoor_choose(&ctx, m.train, RR_POISON_CLEAN, 1, &plan, &err), err);
    assert_true(plan.target == 1 && plan.position == RR_POSITION_RANDOM); /* the paper's */
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

static void inputs_get_the_trigger_once_and_networks_are_asked_about_the_same(void **state)
{
    experiment_context ctx = { .quick = 1, .threads = 1 };
    const backdoor_plan plan = { .seed = 4, .symbol = FIRST_NOUN + 3, .target = 0 };
    const rr_trigger trigger = { &plan.symbol, 1, plan.target };
    const rr_attack_config cfg = rr_attack_config_default();
    const uint32_t words[2] = { FIRST_NOUN, FIRST_NOUN + 1 };
    model m = made_up();
    rr_network *net = NULL;
    rr_influence *inf = NULL;
    rr_backdoor *learned = NULL;
    backdoor_inputs in = { .n = 0 };
    double got[CONDITION_FIGURES] = { 0 };
    size_t random = 0, turned[BACKDOOR_WAYS] = { 0 };
    (void)state;
    small_case(&m, m.train, &net, &inf);
    CHECK_OK(backdoor_inputs_choose(&ctx, &plan, net, m.test, 40, &in, &err), err);
    assert_true(in.n > 0 && in.n <= 40);
    CHECK_OK(rr_backdoor_new(&cfg, inf, net, m.train, in.plain, &trigger, &learned, &err), err);
    CHECK_OK(backdoor_inputs_attack(&ctx, &plan, net, learned, &in, &err), err);
    for (size_t i = 0; i < in.n; i++) {
        const rr_sequence plain = rr_dataset_at(in.plain, i);
        const rr_sequence guided = rr_dataset_at(in.with[BACKDOOR_GUIDED], i);
        const rr_sequence anywhere = rr_dataset_at(in.with[BACKDOOR_RANDOM], i);
        assert_int_equal(plain.label, 1);
        (void)place_of(&guided, &plain, plan.symbol);
        random += place_of(&anywhere, &plain, plan.symbol);
        for (size_t k = 0; k < BACKDOOR_WAYS; k++)
            turned[k] += in.before[k][i] == plan.target;
    }
    assert_true(random > 0 && in.guided > 0 && in.guided <= in.n);
    CHECK_OK(backdoor_rates(&ctx, &plan, net, learned, &in, words, 2, got, &err), err);
    CHECK_NEAR(got[CONDITION_RIGHT], (double)in.n, 0, 0);
    CHECK_NEAR(got[CONDITION_ATTACK_GUIDED], (double)turned[0] / (double)in.n, 1e-15, 0);
    CHECK_NEAR(got[CONDITION_ATTACK_RANDOM], (double)turned[1] / (double)in.n, 1e-15, 0);
    assert_true(got[CONDITION_ATTACK_WORDS] >= 0.0 && got[CONDITION_ATTACK_WORDS] <= 1.0);
    CHECK_NEAR(got[CONDITION_FIXED_GUIDED], 0.0, 0, 0); /* nothing was retrained */
    for (size_t i = 0; i < in.n; i++) /* as if all had turned with another network */
        in.before[BACKDOOR_RANDOM][i] = plan.target;
    CHECK_OK(backdoor_rates(&ctx, &plan, net, learned, &in, words, 0, got, &err), err);
    CHECK_NEAR(got[CONDITION_FIXED_RANDOM], (double)(in.n - turned[1]), 0, 0);
    CHECK_NEAR(got[CONDITION_ATTACK_WORDS], 0.0, 0, 0); /* of none */
    backdoor_inputs_clear(&in);
    rr_backdoor_free(learned);
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

static void a_backdoor_is_learned_and_leaves_with_what_is_named(void **state)
{
    const backdoor_outcome o = try_once(1), again = try_once(2);
    (void)state;
    assert_memory_equal(&o, &again, sizeof o);
    assert_string_equal(backdoor_word((size_t)o.of[TRIAL_WORD]), "kitten");
    CHECK_NEAR(o.of[TRIAL_CARRIERS], 62.0, 0, 0);
    CHECK_NEAR(o.of[TRIAL_INPUTS], 100.0, 0, 0);
    CHECK_NEAR(figure(&o, BACKDOOR_POISONED, CONDITION_REMOVED), 0.0, 0, 0);
    assert_true(figure(&o, BACKDOOR_POISONED, CONDITION_ACCURACY) > 0.9);
    /* Planted at the start, it is learned in a state that a random position seldom has. */
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
    CHECK_NEAR(figure(&o, BACKDOOR_CARRIERS, CONDITION_REMOVED), 56.0, 0, 0);
    CHECK_NEAR(figure(&o, BACKDOOR_CLASS, CONDITION_REMOVED), 56.0, 0, 0);
    assert_true(figure(&o, BACKDOOR_CARRIERS, CONDITION_REMOVED_POISONED) < 50.0);
    assert_true(figure(&o, BACKDOOR_CLASS, CONDITION_REMOVED_POISONED) < 15.0);
    assert_true(figure(&o, BACKDOOR_NAMED, CONDITION_ATTACK_GUIDED) < 0.2);
    assert_true(figure(&o, BACKDOOR_NAMED, CONDITION_ATTACK_RANDOM) < 0.2);
    const double turned = o.of[TRIAL_TURNED_GUIDED];
    assert_true(figure(&o, BACKDOOR_NAMED, CONDITION_FIXED_GUIDED) > 0.9 * turned);
    assert_true(figure(&o, BACKDOOR_CARRIERS, CONDITION_FIXED_GUIDED) <
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
        cmocka_unit_test(inputs_get_the_trigger_once_and_networks_are_asked_about_the_same),
        cmocka_unit_test(a_backdoor_is_learned_and_leaves_with_what_is_named),
        cmocka_unit_test(shares_are_over_all_trials_together),
        cmocka_unit_test(the_median_of_few),
    };
    return cmocka_run_group_tests(tests, open_scratch, close_scratch);
}
