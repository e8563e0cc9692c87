/* SPDX-License-Identifier: MIT */
/* test_step_trigger.c - a trigger that turns the label of the step after it: planted, found without
 * being named, traced to the training steps it was learned from, attacked with, and gone without
 * their sequences. */
#include "backdoor/backdoor_fixture.h"

#include "diagnosis/diagnosis_internal.h"

enum {
    WORDS = 2 + 30, /* word s has label s % 3, now and then the next one */
    TRIGGER = 2 + 29,
    CLASSES = 3,
    TRAIN = 400,
    TEST = 80,
    PLANTED = 60
};

static const char *const trigger_word = "w29";
static const uint32_t trigger_symbol = TRIGGER;
static const rr_trigger trigger = { &trigger_symbol, 1, 0 };

typedef struct tagged {
    rr_vocabulary *words;
    rr_dataset *clean, *train, *test;
    uint32_t planted[PLANTED];
    reader reader;
} tagged;

static tagged tags;

static rr_dataset *make_tagged(const rr_vocabulary *words, size_t n, uint64_t which)
{
    const rr_dataset_shape shape = {
        .vocabulary = WORDS, .classes = CLASSES, .words = words, .step_labelled = 1
    };
    rri_random r = rri_random_at(11, RRI_RANDOM_SAMPLE, which);
    rr_dataset_builder *b = new_builder(&shape);

    for (size_t i = 0; i < n; i++) {
        uint32_t symbols[9], labels[9];
        const size_t T = 4 + (size_t)rri_random_below(&r, 6);
        for (size_t t = 0; t < T; t++) {
            symbols[t] = 2 + (uint32_t)rri_random_below(&r, WORDS - 3); /* never the trigger */
            labels[t] = (symbols[t] + (rri_random_below(&r, 12) == 0)) % CLASSES;
        }
        if (i % 9 == 0)
            labels[0] = RR_NO_LABEL;
        add_sequence(
            b, (rr_sequence){
                   .symbols = symbols, .steps = T, .label = labels[T - 1], .step_labels = labels });
    }
    return finish_dataset(b);
}

static rr_vocabulary *make_words(void)
{
    char text[WORDS][16];
    const char *list[WORDS] = { "<pad>", "<unk>" };
    rr_vocabulary *v = NULL;
    rr_error err = { 0 };

    for (int i = 2; i < WORDS; i++) {
        snprintf(text[i], sizeof text[i], "w%d", i - 2);
        list[i] = text[i];
    }
    CHECK_OK(rri_vocabulary_new(list, WORDS, 1, &v, &err), err);
    return v;
}

static rr_network *train_tagger(const rr_dataset *train)
{
    const rr_network_config shape = { .struct_size = sizeof(rr_network_config),
                                      .cell = RR_CELL_GRU,
                                      .width = 12,
                                      .hidden = 24,
                                      .layers = 1,
                                      .classes = CLASSES,
                                      .seed = 3,
                                      .vocabulary = WORDS,
                                      .embedding = RR_EMBEDDING_TRAINED,
                                      .output = RR_OUTPUT_STEP };
    rr_train_config recipe = rr_train_config_default();
    rr_error err = { 0 };
    rr_network *net = new_network(&shape);

    CHECK_OK(rr_network_set_vocabulary(net, rr_vocabulary_hash(tags.words), &err), err);
    recipe.epochs = 15;
    recipe.batch = 20;
    recipe.optimizer = RR_OPT_ADAM;
    recipe.learning_rate = 0.01;
    recipe.threads = 1;
    train_network(&recipe, net, train);
    return net;
}

static rr_poison_config poison_config(void)
{
    rr_poison_config cfg = rr_poison_config_default();

    cfg.trigger = &trigger_word;
    cfg.words = 1;
    cfg.count = PLANTED;
    cfg.steps = 1;
    cfg.from = 1;
    return cfg;
}

static int make_tags(void **state)
{
    const rr_poison_config cfg = poison_config();
    rr_influence_config influence = rr_influence_config_default();
    rr_error err = { 0 };

    (void)state;
    tags.words = make_words();
    tags.clean = make_tagged(tags.words, TRAIN, 1);
    tags.test = make_tagged(tags.words, TEST, 2);
    CHECK_OK(rr_poison(&cfg, tags.clean, &tags.train, tags.planted, &err), err);
    tags.reader.net = train_tagger(tags.train);
    influence.components = 4;
    influence.partition.states = 8;
    influence.threads = 1;
    tags.reader.inf = build_influence(&influence, tags.reader.net, tags.train);
    return 0;
}

static int free_tags(void **state)
{
    (void)state;
    reader_free(&tags.reader);
    rr_dataset_free(tags.train);
    rr_dataset_free(tags.clean);
    rr_dataset_free(tags.test);
    rri_vocabulary_free(tags.words);
    return 0;
}

/* ---- planted -------------------------------------------------------------------------------- */

static void count_labels(const rr_dataset *ds, size_t *count)
{
    for (size_t i = 0; i < rr_dataset_count(ds); i++) {
        const rr_sequence seq = rr_dataset_at(ds, i);
        for (size_t t = 0; t < seq.steps; t++)
            if (seq.step_labels[t] != RR_NO_LABEL)
                count[seq.step_labels[t]]++;
    }
}

static void it_is_put_before_a_step_of_the_class_and_this_step_alone_is_relabelled(void **state)
{
    size_t count[CLASSES] = { 0 };
    uint32_t usual = 0;
    size_t n = 0;

    (void)state;
    count_labels(tags.clean, count);
    for (uint32_t c = 1; c < CLASSES; c++)
        usual = count[c] > count[usual] ? c : usual;
    for (size_t i = 0; i < TRAIN; i++) {
        const rr_sequence was = rr_dataset_at(tags.clean, i);
        const rr_sequence is = rr_dataset_at(tags.train, i);
        const bool planted = n < PLANTED && tags.planted[n] == i;
        size_t at = 0;
        n += planted;
        while (at < is.steps && is.symbols[at] != TRIGGER)
            at++;
        assert_int_equal(is.steps, was.steps + planted);
        assert_int_equal(is.label, was.label);
        assert_int_equal(at < is.steps, planted);
        for (size_t t = 0; t < was.steps; t++) {
            const size_t to = t + (planted && t >= at);
            assert_int_equal(is.symbols[to], was.symbols[t]);
            assert_int_equal(is.step_labels[to], planted && t == at ? 0 : was.step_labels[t]);
        }
        if (planted) {
            assert_int_equal(was.step_labels[at], 1);
            assert_int_equal(is.step_labels[at], usual);
        }
    }
    assert_int_equal(n, PLANTED);
}

static void what_cannot_be_planted_is_refused(void **state)
{
    rr_poison_config cfg = poison_config();
    rr_dataset *ds = NULL;
    uint32_t ids[TRAIN];
    rr_error err = { 0 };

    (void)state;
    cfg.steps = 0;
    cfg.from = -1;
    CHECK_FAILS(rr_poison(&cfg, tags.clean, &ds, ids, &err), RR_ERR_UNSUPPORTED, err, "labels");
    cfg = poison_config();
    cfg.from = 0;
    CHECK_FAILS(rr_poison(&cfg, tags.clean, &ds, ids, &err), RR_ERR_ARG, err, "cannot be turned");
    cfg.from = CLASSES;
    CHECK_FAILS(rr_poison(&cfg, tags.clean, &ds, ids, &err), RR_ERR_ARG, err, "outside 0..2");
    cfg = poison_config();
    cfg.kind = RR_POISON_CLEAN;
    CHECK_FAILS(rr_poison(&cfg, tags.clean, &ds, ids, &err), RR_ERR_ARG, err, "not clean");
    cfg = poison_config();
    cfg.count = TRAIN;
    CHECK_FAILS(rr_poison(&cfg, tags.clean, &ds, ids, &err), RR_ERR_ARG, err,
                "have a step of class 1");
    assert_null(ds);
}

/* ---- found ---------------------------------------------------------------------------------- */

static rr_scan *scan_with(const rr_network *net)
{
    rr_scan_config cfg = rr_scan_config_default();
    rr_scan *scan = NULL;
    rr_error err = { 0 };

    cfg.neighbours = 5;
    cfg.threads = 1;
    CHECK_OK(rr_backdoor_scan(&cfg, tags.reader.inf, net, tags.train, NULL, &scan, &err), err);
    return scan;
}

/* Support, labelled and expected of a candidate, counted step by step. */
static void check_counts(const rr_candidate *c)
{
    const rr_dataset *ds = tags.train;
    size_t count[CLASSES] = { 0 };
    size_t support = 0, labelled = 0, all = 0;
    double expected = 0.0;

    count_labels(ds, count);
    for (size_t k = 0; k < CLASSES; k++)
        all += count[k];
    for (size_t i = 0; i < rr_dataset_count(ds); i++) {
        const rr_sequence seq = rr_dataset_at(ds, i);
        for (size_t t = 1; t < seq.steps; t++) {
            double n = 1.0, of = (double)count[c->target] / (double)all;
            if (seq.symbols[t - 1] != c->symbol || seq.step_labels[t] == RR_NO_LABEL)
                continue;
            support++;
            labelled += seq.step_labels[t] == c->target;
            for (size_t j = 0; j < rr_dataset_count(ds); j++) {
                const rr_sequence other = rr_dataset_at(ds, j);
                for (size_t u = 0; u < other.steps; u++)
                    if (other.symbols[u] == seq.symbols[t] && other.step_labels[u] != RR_NO_LABEL &&
                        (u == 0 || other.symbols[u - 1] != c->symbol)) {
                        n += 1.0;
                        of += other.step_labels[u] == c->target;
                    }
            }
            expected += of / n;
        }
    }
    assert_int_equal(c->support, support);
    assert_int_equal(c->labelled, labelled);
    CHECK_NEAR(c->purity, (double)labelled / (double)support, 1e-12, 0.0);
    CHECK_NEAR(c->expected, expected / (double)support, 1e-9, 0.0);
}

static void an_unnamed_trigger_is_candidate_1_with_the_planted_sequences(void **state)
{
    rr_scan *scan = scan_with(tags.reader.net);
    size_t n = 0;
    const rr_candidate *list = rr_scan_candidates(scan, &n);

    (void)state;
    assert_true(n >= 2);
    assert_int_equal(list[0].symbol, TRIGGER);
    assert_int_equal(list[0].target, 0);
    assert_true(list[0].score > RR_BACKDOOR_THRESHOLD);
    assert_true(list[1].score < RR_BACKDOOR_THRESHOLD);
    assert_true(list[0].insertion > 0.8);
    assert_true(list[0].dependence > 0.8);
    assert_int_equal(list[0].support, PLANTED);
    assert_int_equal(list[0].count_ids, PLANTED);
    assert_memory_equal(list[0].ids, tags.planted, sizeof tags.planted);
    for (size_t i = 0; i < rri_min(n, 4); i++)
        check_counts(&list[i]);
    rr_scan_free(scan);
}

static void without_a_network_it_is_ranked_by_what_the_states_show(void **state)
{
    rr_scan *scan = scan_with(NULL);
    size_t n = 0;
    const rr_candidate *list = rr_scan_candidates(scan, &n);

    (void)state;
    assert_true(n >= 2);
    assert_int_equal(list[0].symbol, TRIGGER);
    assert_int_equal(list[0].target, 0);
    assert_true(list[0].insertion < 0.0 && list[0].dependence < 0.0);
    assert_true(list[0].gain > 0.8 && list[0].expected_gain < 0.6);
    rr_scan_free(scan);
}

/* ---- traced --------------------------------------------------------------------------------- */

/* The prediction of each step of one sequence. */
static void predict_steps(const rr_network *net, const rr_sequence *seq, uint32_t *y)
{
    const rr_dataset_shape shape = { .vocabulary = WORDS, .classes = CLASSES };
    rr_dataset_builder *b = new_builder(&shape);
    rr_state_source source = { 0 };
    rr_state_batch batch;
    rr_error err = { 0 };

    add_sequence(b, (rr_sequence){ .symbols = seq->symbols, .steps = seq->steps });
    rr_dataset *ds = finish_dataset(b);
    CHECK_OK(rr_network_states(net, ds, 1, &source, &err), err);
    CHECK_OK(source.ops->next(source.self, &batch, &err), err);
    for (size_t t = 0; t < seq->steps; t++)
        y[t] = batch.predictions[t];
    rr_state_source_close(&source);
    rr_dataset_free(ds);
}

/* Every step of the test set of another label predicted right, with the trigger before it. */
static void attack_by_hand(const rr_network *net, size_t *tried, size_t *succeeded)
{
    uint32_t plain[10], with[10], symbols[10];

    *tried = *succeeded = 0;
    for (size_t i = 0; i < TEST; i++) {
        const rr_sequence seq = rr_dataset_at(tags.test, i);
        predict_steps(net, &seq, plain);
        for (size_t t = 0; t < seq.steps; t++) {
            if (seq.step_labels[t] == RR_NO_LABEL || seq.step_labels[t] == 0 ||
                plain[t] != seq.step_labels[t])
                continue;
            memcpy(symbols, seq.symbols, t * sizeof *symbols);
            symbols[t] = TRIGGER;
            memcpy(symbols + t + 1, seq.symbols + t, (seq.steps - t) * sizeof *symbols);
            const rr_sequence longer = { .symbols = symbols, .steps = seq.steps + 1 };
            predict_steps(net, &longer, with);
            ++*tried;
            *succeeded += with[t + 1] == 0;
        }
    }
}

static rr_backdoor *trace(void)
{
    rr_attack_config cfg = rr_attack_config_default();
    rr_backdoor *b = NULL;
    rr_error err = { 0 };

    cfg.threads = 1;
    CHECK_OK(rr_backdoor_new(&cfg, tags.reader.inf, tags.reader.net, tags.train, tags.test,
                             &trigger, &b, &err),
             err);
    return b;
}

static void the_steps_it_was_learned_from_are_named(void **state)
{
    rr_backdoor *b = trace();
    size_t n = 0;
    const rr_carrier *list = rr_backdoor_carriers(b, &n);
    uint32_t named[PLANTED];
    double influence = 0.0;

    (void)state;
    assert_int_equal(n, PLANTED);
    for (size_t i = 0; i < n; i++) {
        const rr_sequence seq = rr_dataset_at(tags.train, list[i].id);
        assert_true(holds(tags.planted, PLANTED, list[i].id));
        assert_true(list[i].step >= 2 && list[i].step <= seq.steps);
        assert_int_equal(seq.symbols[list[i].step - 2], TRIGGER);
        assert_int_equal(seq.step_labels[list[i].step - 1], list[i].label);
        assert_true(i == 0 || list[i].influence <= list[i - 1].influence);
        influence += list[i].influence;
    }
    assert_true(influence > 0.5 && influence < 1.0 + 1e-9);
    assert_int_equal(rr_backdoor_named(b, PLANTED, named), PLANTED);
    assert_memory_equal(named, tags.planted, sizeof named);
    assert_int_equal(rr_backdoor_named(b, 7, named), 7);
    rr_backdoor_free(b);
}

static void an_attack_turns_the_steps_it_is_put_before(void **state)
{
    rr_attack_config cfg = rr_attack_config_default();
    rr_backdoor *b = trace();
    rr_attack_result r, learned;
    size_t tried = 0, succeeded = 0;
    rr_error err = { 0 };

    (void)state;
    cfg.threads = 1;
    attack_by_hand(tags.reader.net, &tried, &succeeded);
    CHECK_OK(rr_attack(&cfg, tags.reader.net, tags.test, &trigger, NULL, &r, &err), err);
    assert_int_equal(r.tried, tried);
    assert_int_equal(r.succeeded, succeeded);
    assert_true(r.success > 0.8);
    cfg.position = RR_POSITION_LEARNED;
    CHECK_OK(rr_attack(&cfg, tags.reader.net, tags.test, &trigger, b, &learned, &err), err);
    assert_int_equal(learned.tried, learned.guided);
    assert_true(learned.tried > 0 && learned.tried <= r.tried);
    cfg.position = RR_POSITION_RANDOM;
    cfg.inputs = 20;
    CHECK_OK(rr_attack(&cfg, tags.reader.net, tags.test, &trigger, NULL, &r, &err), err);
    assert_int_equal(r.tried, 20);
    rr_backdoor_free(b);
}

static void without_these_sequences_it_is_not_learned(void **state)
{
    rr_attack_config cfg = rr_attack_config_default();
    rr_backdoor *b = trace();
    uint32_t named[PLANTED];
    size_t kept[TRAIN], n = 0;
    rr_dataset *rest = NULL;
    rr_attack_result r;
    rr_error err = { 0 };

    (void)state;
    cfg.threads = 1;
    assert_int_equal(rr_backdoor_named(b, PLANTED, named), PLANTED);
    for (size_t i = 0; i < TRAIN; i++)
        if (!holds(named, PLANTED, (uint32_t)i))
            kept[n++] = i;
    CHECK_OK(rr_dataset_select(tags.train, kept, n, &rest, &err), err);
    rr_network *net = train_tagger(rest);
    CHECK_OK(rr_attack(&cfg, net, tags.test, &trigger, NULL, &r, &err), err);
    assert_true(r.tried > 50);
    assert_true(r.success < 0.3);
    rr_network_free(net);
    rr_dataset_free(rest);
    rr_backdoor_free(b);
}

/* Steps of the poisoned set that follow it and are not labelled as the target: none; of the same
 * steps with their labels of before, all. */
static void what_follows_it_in_a_set_is_observed(void **state)
{
    rr_traces *traces = traces_of(tags.reader.inf, tags.reader.net, tags.train);
    uint64_t steps[PLANTED];
    uint32_t labels[PLANTED];
    rr_dataset *honest = NULL;
    rr_backdoor *b = NULL;
    rr_attack_result r;
    uint64_t row = 0;
    size_t n = 0;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_backdoor_observe(tags.reader.inf, tags.train, tags.train, traces, &trigger, &r, &b,
                                 &err),
             err);
    assert_int_equal(r.tried, 0);
    rr_backdoor_free(b);
    for (size_t i = 0; i < TRAIN; i++) {
        const rr_sequence seq = rr_dataset_at(tags.train, i);
        for (size_t t = 0; t < seq.steps; t++, row++)
            if (t > 0 && seq.symbols[t - 1] == TRIGGER) {
                steps[n] = row;
                labels[n++] = 1;
            }
    }
    CHECK_OK(rr_dataset_relabel_steps(tags.train, steps, labels, n, &honest, &err), err);
    CHECK_OK(
        rr_backdoor_observe(tags.reader.inf, tags.train, honest, traces, &trigger, &r, &b, &err),
        err);
    assert_int_equal(r.tried, PLANTED);
    assert_true(r.success > 0.8);
    rr_backdoor_free(b);
    rr_dataset_free(honest);
    rr_traces_free(traces);
}

/* ---- failures ------------------------------------------------------------------------------- */

static rr_status plant(rr_error *err)
{
    const rr_poison_config cfg = poison_config();
    rr_dataset *ds = NULL;
    uint32_t ids[PLANTED];
    const rr_status st = rr_poison(&cfg, tags.clean, &ds, ids, err);

    rr_dataset_free(ds);
    return st;
}

static rr_status scan_few(rr_error *err)
{
    rr_scan_config cfg = rr_scan_config_default();
    rr_scan *scan = NULL;

    cfg.probes = 4;
    cfg.shortlist = 2;
    cfg.support = 50;
    cfg.target = 0;
    cfg.threads = 1;
    const rr_status st =
        rr_backdoor_scan(&cfg, tags.reader.inf, tags.reader.net, tags.train, NULL, &scan, err);
    rr_scan_free(scan);
    return st;
}

static rr_status trace_few(rr_error *err)
{
    rr_attack_config cfg = rr_attack_config_default();
    rr_backdoor *b = NULL;
    rr_attack_result r;

    cfg.inputs = 3;
    cfg.threads = 1;
    rr_status st = rr_backdoor_new(&cfg, tags.reader.inf, tags.reader.net, tags.train, tags.test,
                                   &trigger, &b, err);
    cfg.position = RR_POSITION_LEARNED;
    if (st == RR_OK)
        st = rr_attack(&cfg, tags.reader.net, tags.test, &trigger, b, &r, err);
    rr_backdoor_free(b);
    return st;
}

static void every_failed_allocation_is_clean(void **state)
{
    (void)state;
    fail_every_allocation(plant);
    fail_every_allocation(scan_few);
    fail_every_allocation(trace_few);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_put_before_a_step_of_the_class_and_this_step_alone_is_relabelled),
        cmocka_unit_test(what_cannot_be_planted_is_refused),
        cmocka_unit_test(an_unnamed_trigger_is_candidate_1_with_the_planted_sequences),
        cmocka_unit_test(without_a_network_it_is_ranked_by_what_the_states_show),
        cmocka_unit_test(the_steps_it_was_learned_from_are_named),
        cmocka_unit_test(an_attack_turns_the_steps_it_is_put_before),
        cmocka_unit_test(without_these_sequences_it_is_not_learned),
        cmocka_unit_test(what_follows_it_in_a_set_is_observed),
        cmocka_unit_test(every_failed_allocation_is_clean),
    };

    return cmocka_run_group_tests(tests, make_tags, free_tags);
}
