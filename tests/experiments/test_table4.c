/* SPDX-License-Identifier: MIT */
/* test_table4.c - Table 4: the trials, the stable errors, and a small case from end to end. */
#include "scratch.h"

#include "experiments/table4.h"

static rr_error err;

/* ---- which trials ---------------------------------------------------------------------------- */

static void trials_are_all_conditions_and_sizes_cheap_ones_first(void **state)
{
    static const char *const starts[] = { "sst/border",       "sst/continue/none",
                                          "toxic/border",     "toxic/continue/none",
                                          "sst/scratch/none", "toxic/scratch/none" };
    static const size_t places[] = { 0, 1, 22, 23, 44, 54 };
    table4_plan all[TABLE4_PLANS], quick[TABLE4_PLANS];
    (void)state;
    assert_int_equal(table4_plans(0, all), TABLE4_PLANS);
    for (size_t b = 0; b < 6; b++)
        assert_string_equal(all[places[b]].setting, starts[b]);
    for (size_t i = 0; i < TABLE4_PLANS; i++)
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(all[i].setting, all[j].setting);
    assert_string_equal(all[21].setting, "sst/continue/random-balanced-45");
    assert_string_equal(all[57].setting, "toxic/scratch/improved-45");
    assert_int_equal(table4_plans(1, quick), 10);
    for (size_t i = 0; i < 10; i++) {
        size_t same = 0;
        for (size_t j = 0; j < 22; j++)
            same += strcmp(quick[i].setting, all[j].setting) == 0;
        assert_int_equal(same, 1);
        assert_true(quick[i].m == (i < 2 ? 0U : i < 6 ? 5U : 45U));
    }
}

static void published_conditions_have_no_balance(void **state)
{
    static const struct {
        rr_strategy strategy;
        double balance;
    } want[TABLE4_CONDITIONS] = { [TABLE4_RANDOM] = { RR_STRATEGY_RANDOM, 0.0 },
                                  [TABLE4_GUIDED] = { RR_STRATEGY_PAPER, 0.0 },
                                  [TABLE4_IMPROVED] = { RR_STRATEGY_INFLUENCE, 0.5 },
                                  [TABLE4_BALANCED] = { RR_STRATEGY_RANDOM, 0.5 } };
    (void)state;
    for (int a = TABLE4_RANDOM; a <= TABLE4_BALANCED; a++) {
        const table4_plan p = { .condition = (table4_condition)a, .m = 15 };
        const rr_repair_config cfg = table4_repair(&p, 7);
        assert_int_equal(cfg.strategy, want[a].strategy);
        CHECK_NEAR(cfg.segment.balance, want[a].balance, 0, 0);
        assert_int_equal(cfg.segment.insertions, 15);
        assert_int_equal(cfg.seed, 7);
        assert_int_equal(cfg.segment.localize.rules, RR_RULE_FLIP);
    }
}

/* ---- the border alone ------------------------------------------------------------------------ */

/* Three targets, of ten sentences. Two pairs have one margin: they can only turn together. */
static void the_border_turns_sentences_by_their_margin(void **state)
{
    table4_margin s[] = {
        { -0.6F, 1, 1 }, { -0.6F, 0, 0 }, { -0.5F, 0, 0 }, { -0.4F, 1, 0 }, { -0.3F, 1, 1 },
        { -0.2F, 0, 0 }, { -0.2F, 0, 0 }, { -0.1F, 1, 1 }, { 1.0F, 0, 0 },  { 2.0F, 1, 0 },
    };
    double change[TABLE4_PERCENTS];
    (void)state;
    table4_border_curve(s, 10, change);
    for (size_t p = 0; p < TABLE4_PERCENTS; p++) /* two of three are fixed best with one more */
        CHECK_NEAR(change[p], p <= 66 ? 0.1 : 0.0, 1e-12, 0);
    assert_true(s[6].margin < -0.35F && s[6].margin > -0.45F); /* they fall now */
    s[6].of_class = 0;
    table4_border_curve(s, 10, change);
    for (size_t p = 0; p < TABLE4_PERCENTS; p++)
        CHECK_NEAR(change[p], p <= 33 ? 0.1 : p <= 66 ? 0.0 : -0.2, 1e-12, 0);
    table4_border_curve(s, 2, change); /* all are read as the class, and none is a target */
    for (size_t p = 0; p < TABLE4_PERCENTS; p++)
        CHECK_NEAR(change[p], 0.0, 0, 0);
}

/* ---- stable errors --------------------------------------------------------------------------- */

static void stable_errors_are_those_of_every_seed(void **state)
{
    char a[] = "a", b[] = "b", errors[] = "errors";
    char e1[] = "error@1", e4[] = "error@4", e9[] = "error@9", e10[] = "error@10";
    experiment_summary rows[] = {
        { .setting = a, .metric = errors, .n = 3, .mean = 3.0 },
        { .setting = a, .metric = e1, .n = 3, .mean = 1.0 / 3.0 },
        { .setting = a, .metric = e4, .n = 2, .mean = 1.0 }, /* under two seeds of three */
        { .setting = a, .metric = e10, .n = 3, .mean = 1.0 },
        { .setting = b, .metric = errors, .n = 2, .mean = 1.0 },
        { .setting = b, .metric = e9, .n = 1, .mean = 1.0 },
    };
    const experiment_results r = { rows, sizeof rows / sizeof *rows };
    size_t n = 9;
    double share = 0.0;
    (void)state;
    CHECK_OK(table4_stable(&r, "a", &n, &share, &err), err);
    assert_int_equal(n, 2);
    CHECK_NEAR(share, 2.0 / 3.0, 1e-12, 0);
    CHECK_OK(table4_stable(&r, "b", &n, &share, &err), err);
    assert_int_equal(n, 0);
    assert_true(isnan(share));
    CHECK_OK(table4_stable(&r, "not recorded", &n, &share, &err), err);
    assert_int_equal(n, 0);
}

/* ---- a case ---------------------------------------------------------------------------------- */

/* A language of eight glad and eight sad words; the sentence is what most of its words are. One
 * positive test sentence in three ends with sad words, and is misread there. */
enum { WIDTH = 4, TRAIN = 1000, DEV = 60, TESTS = 90 };

static uint32_t draw(uint32_t *state, uint32_t n)
{
    *state = *state * 1664525U + 1013904223U;
    return (*state >> 8) % n;
}

static void add_sentence(FILE *f, uint32_t *random, int positive, int spoilt)
{
    const uint32_t words = spoilt ? 3 : 3 + draw(random, 5);
    (void)fprintf(f, "(%d", positive ? 4 : 0);
    for (uint32_t w = 0; w < words + (spoilt ? 3 : 0); w++) {
        const int strange = w < words && draw(random, 4) == 0;
        const int glad = w < words && positive != strange;
        (void)fprintf(f, " (2 %s%u)", glad ? "glad" : "sad", draw(random, 8));
    }
    (void)fprintf(f, ")\n");
}

static void write_split(const char *name, size_t n, uint32_t random, int spoil)
{
    FILE *f = fopen(scratch(name), "wb");
    assert_non_null(f);
    for (size_t i = 0; i < n; i++)
        add_sentence(f, &random, i % 2 == 0, spoil && i % 6 == 0);
    assert_int_equal(fclose(f), 0);
}

/* sad7 has no vector. */
static void write_vectors(void)
{
    FILE *f = fopen(scratch("words.vec"), "wb");
    uint32_t random = 5;
    assert_non_null(f);
    for (int w = 0; w < 15; w++) {
        (void)fprintf(f, "%s%d", w < 8 ? "glad" : "sad", w % 8);
        for (int e = 0; e < WIDTH; e++)
            (void)fprintf(f, " %g",
                          (e == 0 ? (w < 8 ? 2.0 : -2.0) : 0.0) + 0.002 * draw(&random, 100));
        (void)fprintf(f, "\n");
    }
    assert_int_equal(fclose(f), 0);
}

static void begin(experiment_context *ctx, table4_case *c, const char *name, size_t threads)
{
    static const size_t counts[3] = { TRAIN, DEV, TESTS };
    static const char *const files[3] = { "train.txt", "dev.txt", "test.txt" };
    char spec[300];
    rr_dataset *sets[3];
    write_vectors();
    (void)snprintf(spec, sizeof spec, "sst:%s", scratch_dir);
    for (int s = 0; s < 3; s++)
        write_split(files[s], counts[s], 11U + (uint32_t)s, s == 2);
    CHECK_OK(rr_dataset_load(spec, RR_SPLIT_TRAIN, &sets[0], &err), err);
    CHECK_OK(rr_dataset_load(spec, RR_SPLIT_DEV, &sets[1], &err), err);
    CHECK_OK(rr_dataset_load(spec, RR_SPLIT_TEST, &sets[2], &err), err);
    *ctx = (experiment_context){ .output = scratch_dir, .quick = 1, .threads = threads };
    ctx->which = &experiment_table4;
    *c = (table4_case){ .m = { .task = MODEL_SST } };
    c->m.train = sets[0];
    c->m.dev = sets[1];
    c->m.test = sets[2];
    CHECK_OK(rr_vectors_load(scratch("words.vec"), rr_dataset_words(sets[0]), &c->m.vectors, &err),
             err);
    if (name != NULL)
        CHECK_OK(experiment_database_open(scratch(name), &ctx->database, &err), err);
}

static void end(experiment_context *ctx, table4_case *c)
{
    table4_clear(c);
    experiment_context_clear(ctx);
    experiment_database_close(ctx->database);
}

/* By the prediction after each word: it was the truth, and then was not any more. */
static int turns_at_a_known_word(const table4_case *c, size_t i)
{
    const rr_trace x = rr_traces_at(c->m.traces, i);
    size_t at = 0;
    for (size_t t = 1; t < x.steps; t++)
        if (x.predictions[t - 1] == x.label && x.predictions[t] != x.label)
            at = t;
    return at > 0 && rr_network_knows(c->m.net, x.symbols[at]);
}

static void targets_are_positive_and_turn_at_a_word_with_a_vector(void **state)
{
    experiment_context ctx;
    table4_case c;
    size_t n = 0, unknown = 0;
    (void)state;
    begin(&ctx, &c, "targets", 2);
    CHECK_OK(table4_prepare(&ctx, &c, 1, &err), err);
    for (size_t i = 0; i < TESTS; i++) {
        const uint32_t label = rr_dataset_at(c.m.test, i).label;
        if (label != 1 || c.before[i] == label)
            continue;
        if (turns_at_a_known_word(&c, i))
            assert_int_equal(c.targets[n++], i);
        else
            unknown++;
    }
    assert_int_equal(c.n, n);
    assert_true(n >= 5 && unknown >= 1);
    end(&ctx, &c);
}

static void a_kept_network_is_the_one_trained(void **state)
{
    experiment_context ctx;
    table4_case c;
    char hash[3][65];
    size_t n[3];
    (void)state;
    for (int i = 0; i < 3; i++) {
        begin(&ctx, &c, NULL, 2);
        CHECK_OK(table4_prepare(&ctx, &c, 3, &err), err);
        CHECK_OK(rr_network_hash(c.m.net, hash[i], &err), err);
        n[i] = c.n;
        assert_int_equal(c.m.seconds < 0.0, i == 1); /* the second time it was there */
        if (i == 1) {
            char name[200];
            (void)snprintf(name, sizeof name,
                           "sst-%s-recipe-1-quick-%.12s-%.12s-%.12s-seed-3.safetensors",
                           rr_version(), rr_dataset_hash(c.m.train), rr_dataset_hash(c.m.dev),
                           rr_vectors_hash(c.m.vectors));
            assert_int_equal(truncate(scratch(name), 100), 0);
        }
        end(&ctx, &c);
    }
    assert_string_equal(hash[0], hash[1]);
    assert_string_equal(hash[0], hash[2]);
    assert_true(n[0] == n[1] && n[0] == n[2]);
}

/* The first epoch best on dev, by a training of each length. */
static void check_best_epoch(experiment_context *ctx, table4_case *c, double rate)
{
    rr_network_config network;
    rr_train_config training;
    char got[65], want[65] = "";
    double best = -1.0, now = -1.0;
    rr_network *net = NULL;
    rr_dataset *const dev = c->m.dev;
    model_recipe(ctx, &c->m, &network, &training);
    network.hidden = 6;
    training.learning_rate = rate;
    c->m.dev = NULL;
    for (training.epochs = 1; training.epochs <= 7; training.epochs++) {
        CHECK_OK(model_network(&c->m, &network, &net, &err), err);
        CHECK_OK(model_train(ctx, &c->m, &training, c->m.train, &net, &err), err);
        CHECK_OK(experiment_accuracy(ctx, net, dev, &now, &err), err);
        if (now > best)
            CHECK_OK(rr_network_hash(net, want, &err), err);
        best = fmax(best, now);
        rr_network_free(net);
    }
    c->m.dev = dev;
    training.epochs = 7;
    CHECK_OK(model_network(&c->m, &network, &net, &err), err);
    CHECK_OK(model_train(ctx, &c->m, &training, c->m.train, &net, &err), err);
    CHECK_OK(rr_network_hash(net, got, &err), err);
    assert_string_equal(got, want);
    rr_network_free(net);
}

static void the_network_is_of_the_first_epoch_best_on_dev(void **state)
{
    experiment_context ctx;
    table4_case c;
    (void)state;
    begin(&ctx, &c, "epochs", 2);
    c.m.seed = 4;
    check_best_epoch(&ctx, &c, 0.05); /* it swings */
    check_best_epoch(&ctx, &c, 1e-7); /* all epochs are as good as the first */
    end(&ctx, &c);
}

static double figure(const experiment_results *r, const char *setting, const char *metric)
{
    const experiment_summary *const at = experiment_results_find(r, setting, metric);
    if (at == NULL)
        fail_msg("%s: no %s", setting, metric);
    return at != NULL ? at->mean : -1.0;
}

/* It costs the more the more is fixed, and never more than to read all as the class. */
static void check_border(experiment_context *ctx, const table4_case *c, const experiment_results *r)
{
    double before = 0.0;
    CHECK_OK(experiment_accuracy(ctx, c->m.net, c->m.test, &before, &err), err);
    assert_true(figure(r, "border", "change@0") >= 0.0);
    for (int p = 1; p <= 100; p++) {
        char now[24], last[24];
        (void)snprintf(now, sizeof now, "change@%d", p);
        (void)snprintf(last, sizeof last, "change@%d", p - 1);
        assert_true(figure(r, "border", now) <= figure(r, "border", last));
    }
    assert_true(figure(r, "border", "change@100") >= 0.5 - before);
    CHECK_NEAR(figure(r, "border", "errors"), (double)c->n, 0, 0);
}

enum { PLANS = 4 };
static const table4_plan plans[PLANS] = {
    { .setting = "none", .task = MODEL_SST },
    { .setting = "guided", .task = MODEL_SST, .condition = TABLE4_GUIDED, .m = 5 },
    { .setting = "improved", .task = MODEL_SST, .condition = TABLE4_IMPROVED, .m = 5 },
    { "scratch", MODEL_SST, TABLE4_SCRATCH, TABLE4_RANDOM, 45 },
};

static void run_some(experiment_context *ctx, table4_case *c, size_t n, experiment_results *r)
{
    CHECK_OK(table4_prepare(ctx, c, 1, &err), err);
    for (size_t i = 0; i < n; i++)
        CHECK_OK(table4_trial(ctx, c, &plans[i], &err), err);
    const experiment_key key = experiment_key_of(ctx);
    CHECK_OK(experiment_database_results(ctx->database, &key, r, &err), err);
}

/* The training set of a trial by the library's calls alone. */
static rr_dataset *training_set(const table4_case *c, const table4_plan *p)
{
    const rr_repair_config cfg = table4_repair(p, 1);
    rr_repair *made = NULL;
    rr_dataset *more = NULL, *all = NULL;
    int done = 0;
    CHECK_OK(rr_repair_new(&cfg, c->m.inf, c->m.net, c->m.train, c->m.test, c->targets, c->n, &made,
                           &err),
             err);
    while (!done)
        CHECK_OK(rr_repair_step(made, &done, &err), err);
    CHECK_OK(rr_repair_additions(made, &more, &err), err);
    CHECK_OK(rr_dataset_concat(c->m.train, more, &all, &err), err);
    rr_dataset_free(more);
    rr_repair_free(made);
    return all;
}

/* The network of a trial. */
static rr_network *retrained(experiment_context *ctx, const table4_case *c, const table4_plan *p)
{
    const int scratch_way = p->way == TABLE4_SCRATCH;
    rr_dataset *const set = training_set(c, p);
    rr_network_config network;
    rr_train_config training;
    rr_network *net = NULL;
    table4_recipe(ctx, c, p->way, &network, &training);
    assert_int_equal(training.epochs, scratch_way ? 12 : 2);
    CHECK_NEAR(training.learning_rate, scratch_way ? 0.001 : 0.0001, 1e-12, 0);
    assert_true((training.seed != 1) == scratch_way && (network.seed != 1) == scratch_way);
    if (scratch_way)
        CHECK_OK(model_network(&c->m, &network, &net, &err), err);
    else
        CHECK_OK(rr_network_copy(c->m.net, &net, &err), err);
    CHECK_OK(model_train(ctx, &c->m, &training, set, &net, &err), err);
    rr_dataset_free(set);
    return net;
}

/* Compare the figures with the predictions; returns how many sentences were broken. */
static double check_trial(experiment_context *ctx, const table4_case *c, const table4_plan *p,
                          const experiment_results *r)
{
    rr_network *const net = retrained(ctx, c, p);
    uint32_t after[TESTS];
    double fixed = 0.0, broken = 0.0, right = 0.0;
    CHECK_OK(rr_network_predict(net, c->m.test, 1, after, NULL, &err), err);
    for (size_t i = 0; i < TESTS; i++) {
        const uint32_t label = rr_dataset_at(c->m.test, i).label;
        right += after[i] == label;
        broken += after[i] != label && c->before[i] == label;
    }
    for (size_t e = 0; e < c->n; e++) {
        char name[40];
        const int is_fixed = after[c->targets[e]] == 1;
        (void)snprintf(name, sizeof name, "error@%zu", c->targets[e]);
        CHECK_NEAR(figure(r, p->setting, name), is_fixed, 0, 0);
        fixed += is_fixed;
    }
    CHECK_NEAR(figure(r, p->setting, "fixed"), fixed, 0, 0);
    CHECK_NEAR(figure(r, p->setting, "broken"), broken, 0, 0);
    CHECK_NEAR(figure(r, p->setting, "accuracy"), right / TESTS, 1e-12, 0);
    rr_network_free(net);
    return broken;
}

static void figures_are_those_of_the_network_retrained(void **state)
{
    experiment_context ctx;
    experiment_results r;
    table4_case c;
    (void)state;
    begin(&ctx, &c, "figures", 2);
    const table4_plan border = { .setting = "border", .condition = TABLE4_BORDER };
    CHECK_OK(table4_prepare(&ctx, &c, 1, &err), err);
    CHECK_OK(table4_border(&ctx, &c, &border, &err), err);
    run_some(&ctx, &c, PLANS, &r);
    check_border(&ctx, &c, &r);
    (void)check_trial(&ctx, &c, &plans[0], &r);
    /* What is inserted from scratch moves the border of the classes: there is something to count.
     */
    assert_true(check_trial(&ctx, &c, &plans[3], &r) > 0.0);
    assert_true(figure(&r, "scratch", "fixed") > 0.0);
    CHECK_NEAR(figure(&r, "none", "inserted"), 0, 0, 0);
    const double inserted = figure(&r, "guided", "inserted");
    assert_true(inserted > 0 && inserted <= 5.0 * (double)c.n);
    CHECK_NEAR(figure(&r, "guided", "balance"), 0, 0, 0);
    const double half = figure(&r, "improved", "inserted") / 2.0;
    assert_true(half > 0.0);
    CHECK_NEAR(figure(&r, "improved", "balance"), half, 0.5 * (double)c.n, 0);
    for (size_t i = 0; i < r.count; i++)
        if (strcmp(r.rows[i].metric, "share") == 0) {
            const char *const s = r.rows[i].setting;
            CHECK_NEAR(r.rows[i].mean, figure(&r, s, "fixed") / (double)c.n, 1e-12, 0);
            CHECK_NEAR(figure(&r, s, "change"),
                       figure(&r, s, "accuracy") - figure(&r, s, "accuracy_before"), 1e-12, 0);
        }
    experiment_results_clear(&r);
    end(&ctx, &c);
}

static void threads_do_not_change_figures(void **state)
{
    experiment_context ctx[2];
    experiment_results r[2];
    table4_case c;
    (void)state;
    for (size_t t = 0; t < 2; t++) {
        begin(&ctx[t], &c, t == 0 ? "threads1" : "threads3", 1 + 2 * t);
        run_some(&ctx[t], &c, 3, &r[t]);
        end(&ctx[t], &c);
    }
    assert_int_equal(r[0].count, r[1].count);
    for (size_t i = 0; i < r[0].count; i++) {
        assert_string_equal(r[0].rows[i].metric, r[1].rows[i].metric);
        assert_true(r[0].rows[i].mean == r[1].rows[i].mean);
    }
    experiment_results_clear(&r[0]);
    experiment_results_clear(&r[1]);
}

/* What is reported of a half of the trials. */
static void the_report_shows_what_was_recorded(void **state)
{
    static const experiment_metric none[] = { { "errors", 4.0, -1.0 },   { "share", 0.25, -1.0 },
                                              { "broken", 3.0, -1.0 },   { "accuracy", 0.8, -1.0 },
                                              { "change", -0.01, -1.0 }, { "error@7", 1.0, -1.0 } };
    static const experiment_metric guided[] = { { "errors", 4.0, -1.0 },
                                                { "share", 0.75, -1.0 },
                                                { "change", -0.02, -1.0 } };
    static const experiment_metric border[] = { { "change@25", -0.03, -1.0 },
                                                { "change@75", -0.0625, -1.0 } };
    experiment_context ctx = { .output = scratch_dir, .which = &experiment_table4 };
    experiment_results r;
    (void)state;
    CHECK_OK(experiment_database_open(scratch("report"), &ctx.database, &err), err);
    CHECK_OK(experiment_record(&ctx, "sst/continue/none", 1, none, 6, &err), err);
    CHECK_OK(experiment_record(&ctx, "sst/continue/guided-45", 1, guided, 3, &err), err);
    CHECK_OK(experiment_record(&ctx, "sst/border", 1, border, 2, &err), err);
    const experiment_key key = experiment_key_of(&ctx);
    CHECK_OK(experiment_database_results(ctx.database, &key, &r, &err), err);
    ctx.tables = tmpfile();
    CHECK_OK(table4_report(&ctx, &r, &err), err);
    assert_int_equal(ctx.file_count, 3); /* nothing of Toxic to draw */
    rewind(ctx.tables);
    char *text = scratch_read(ctx.tables);
    assert_non_null(strstr(text, "guided     45       4         -     75.0   -   65.2       0"));
    assert_non_null(strstr(text, "-2.00   -   -6.25      1"));
    assert_null(strstr(text, "toxic"));
    free(text);
    text = scratch_read(fopen(scratch("table4-sst.svg"), "rb"));
    assert_non_null(strstr(text, ">guided<"));
    assert_non_null(strstr(text, ">paper: guided<"));
    assert_null(strstr(text, ">improved<"));
    assert_null(strstr(text, "From scratch: accuracy"));
    free(text);
    text = scratch_read(fopen(scratch("table4-cost.svg"), "rb"));
    assert_non_null(strstr(text, "SST, going on"));
    assert_non_null(strstr(text, ">guided<"));
    assert_non_null(strstr(text, ">border moved<"));
    assert_null(strstr(text, "Toxic"));
    free(text);
    experiment_results_clear(&r);
    experiment_context_clear(&ctx);
    experiment_database_close(ctx.database);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trials_are_all_conditions_and_sizes_cheap_ones_first),
        cmocka_unit_test(published_conditions_have_no_balance),
        cmocka_unit_test(the_border_turns_sentences_by_their_margin),
        cmocka_unit_test(stable_errors_are_those_of_every_seed),
        cmocka_unit_test(targets_are_positive_and_turn_at_a_word_with_a_vector),
        cmocka_unit_test(a_kept_network_is_the_one_trained),
        cmocka_unit_test(the_network_is_of_the_first_epoch_best_on_dev),
        cmocka_unit_test(figures_are_those_of_the_network_retrained),
        cmocka_unit_test(threads_do_not_change_figures),
        cmocka_unit_test(the_report_shows_what_was_recorded),
    };
    return cmocka_run_group_tests(tests, open_scratch, close_scratch);
}
