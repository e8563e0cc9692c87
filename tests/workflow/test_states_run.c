/* SPDX-License-Identifier: MIT */
/* test_states_run.c - runs on the states of a network trained elsewhere: their record, what is
 * asked of them, what needs the network, and the samples to add. */
#include "sentences.h"

#include "io/io.h"

#include <string.h>

static rr_session *open_run(const char *dir)
{
    rr_session *s = NULL;
    rr_error err = { 0 };

    CHECK_OK(rr_session_open(dir, NULL, &s, &err), err);
    return s;
}

static rr_influence_config four_states(void)
{
    rr_influence_config cfg = rr_influence_config_default();

    cfg.partition.states = 4;
    return cfg;
}

/* "run", trained on sentences; the states of its splits in train.npz and test.npz. */
static void make_network(void)
{
    const rr_influence_config influence = four_states();
    rr_new_run_config cfg = rr_new_run_config_default();
    const rr_dataset *ds = NULL;
    rr_session *s = NULL;
    rr_error err = { 0 };

    write_sentences(60, 40);
    cfg.data = "jsonl:text.jsonl";
    cfg.network.hidden = 8;
    cfg.network.width = 8;
    cfg.train.epochs = 20;
    cfg.train.batch = 8;
    cfg.train.optimizer = RR_OPT_ADAM;
    cfg.train.learning_rate = 0.02;
    CHECK_OK(rr_session_create("run", &cfg, NULL, &s, &err), err);
    CHECK_OK(rr_session_train(s, NULL, &err), err);
    CHECK_OK(rr_session_build(s, &influence, &err), err);
    CHECK_OK(rr_session_split(s, RR_SPLIT_TRAIN, &ds, &err), err);
    CHECK_OK(rr_session_save_steps(s, ds, "train.npz", &err), err);
    CHECK_OK(rr_session_split(s, RR_SPLIT_TEST, &ds, &err), err);
    CHECK_OK(rr_session_save_steps(s, ds, "test.npz", &err), err);
    rr_session_close(s);
}

/* "states", with its influence model; test.npz is open as other states. */
static rr_session *make_states(void)
{
    const rr_influence_config influence = four_states();
    rr_session *s = NULL;
    rr_split taken = RR_SPLIT_TEST;
    rr_error err = { 0 };

    make_network();
    CHECK_OK(rr_session_create_states("states", "train.npz", NULL, &s, &err), err);
    CHECK_OK(rr_session_build(s, &influence, &err), err);
    rr_session_close(s);
    s = open_run("states");
    CHECK_OK(rr_session_other(s, "test.npz", -1, &taken, &err), err);
    assert_int_equal(taken, RR_SPLIT_TRAIN); /* the file has no splits */
    return s;
}

static void a_run_records_what_its_states_are(void **state)
{
    rr_session *s = make_states();
    const rr_run_settings run = rr_run_settings_of(rr_session_run(s));
    const rr_states_origin *o = run.states;

    (void)state;
    assert_non_null(o);
    assert_int_equal(o->foreign, 1);
    assert_int_equal(o->kind, RR_STATES_ONE_PASS);
    assert_int_equal(o->compared, 0);
    assert_true(o->difference < 0.0);
    assert_int_equal(strlen(o->model), 64);
    assert_int_equal(run.network.hidden, 8);
    assert_int_equal(run.network.classes, 2);
    assert_true(run.network.vocabulary > 2);
    assert_string_equal(run.class_names[1], "positive");
    assert_string_equal(run.data, in_scratch("states:", "train.npz"));
    assert_int_equal(run.splits[RR_SPLIT_TRAIN].count, 40);
    assert_int_equal(run.splits[RR_SPLIT_TEST].count, 0);
    rr_session_close(s);
}

static void predictions_are_those_of_the_network(void **state)
{
    rr_session *s = make_states();
    rr_session *net = open_run("run");
    rr_predictions p, q;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_session_predict(s, RR_SPLIT_OTHER, &p, &err), err);
    CHECK_OK(rr_session_predict(net, RR_SPLIT_TEST, &q, &err), err);
    assert_true(q.errors > 0);
    assert_int_equal(p.errors, q.errors);
    for (size_t i = 0; i < 20; i++) {
        assert_int_equal(p.prediction[i], q.prediction[i]);
        CHECK_NEAR(p.probability[i], q.probability[i], 1e-6, 0.0);
    }
    rr_session_close(net);
    rr_session_close(s);
}

/* Its arrays would not hold what is in the file now. */
static void a_file_overwritten_under_an_open_run_is_refused(void **state)
{
    rr_session *s = make_states();
    rr_session *net = open_run("run");
    const rr_dataset *ds = NULL;
    rr_predictions p;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_session_split(net, RR_SPLIT_TRAIN, &ds, &err), err);
    CHECK_OK(rr_session_save_steps(net, ds, "test.npz", &err), err);
    CHECK_FAILS(rr_session_predict(s, RR_SPLIT_OTHER, &p, &err), RR_ERR_MISMATCH, err,
                "it has been overwritten");
    rr_session_close(net);
    rr_session_close(s);
}

/* And nothing of the run changes. */
static void what_needs_the_network_is_unsupported(void **state)
{
    rr_session *s = make_states();
    const rr_verify_options again = { .retrain = 1 };
    rr_repair_request request = rr_repair_request_default(s);
    rr_question q;
    const rr_retrain_config how = rr_retrain_config_default(s);
    const rr_network *net = NULL;
    rr_repair_result *result = NULL;
    rr_session *child = NULL;
    rr_answer *x = NULL;
    rr_verification v;
    rr_error err = { 0 };

    (void)state;
    CHECK_FAILS(rr_session_network(s, &net, &err), RR_ERR_UNSUPPORTED, err, "--export FILE.jsonl");
    CHECK_FAILS(rr_session_train(s, NULL, &err), RR_ERR_UNSUPPORTED, err,
                "training needs the network");
    CHECK_FAILS(rr_session_child(s, "child", NULL, &how, &child, &err), RR_ERR_UNSUPPORTED, err,
                "retraining needs the network");
    CHECK_FAILS(rr_session_repair(s, &request, "child", &result, &err), RR_ERR_UNSUPPORTED, err,
                "--export FILE.jsonl");
    CHECK_FAILS(rr_session_verify(s, &again, &v, &err), RR_ERR_UNSUPPORTED, err, "training again");
    CHECK_OK(rr_session_question(s, &q, &err), err);
    q.text = "the film is good";
    CHECK_FAILS(rr_session_explain(s, &q, &x, &err), RR_ERR_UNSUPPORTED, err, "a new text");
    assert_false(rri_file_exists("child"));
    CHECK_OK(rr_session_verify(s, &(rr_verify_options){ .rebuild = 1 }, &v, &err), err);
    assert_int_equal(v.count, 4);
    for (size_t i = 0; i < v.count; i++)
        assert_int_equal(v.checks[i].status, RR_OK);
    rr_session_close(s);
}

/* Nobody could ask it anything. */
static void a_run_whose_model_cannot_be_built_is_removed(void **state)
{
    rr_influence_config cfg = rr_influence_config_default();
    rr_session *s = NULL;
    rr_error err = { 0 };

    (void)state;
    make_network();
    cfg.components = 0;
    CHECK_OK(rr_session_create_states("states", "states:train.npz", NULL, &s, &err), err);
    assert_true(rri_file_exists("states/run.json"));
    CHECK_FAILS(rr_session_build(s, &cfg, &err), RR_ERR_ARG, err, "components");
    assert_false(rri_file_exists("states"));
    rr_session_close(s);
    CHECK_FAILS(rr_session_create_states("states", "missing.npz", NULL, &s, &err), RR_ERR_IO, err,
                "missing.npz");
    CHECK_FAILS(rr_session_create_states("states", "jsonl:text.jsonl", NULL, &s, &err), RR_ERR_IO,
                err, "jsonl:text.jsonl");
    assert_false(rri_file_exists("states"));
}

/* The suspect word of an error is "bad" and the like, read in training too. */
static void samples_to_add_say_why(void **state)
{
    rr_session *s = make_states();
    rr_export_request q = rr_export_request_default(s);
    rr_export *x = NULL;
    size_t n = 0, inserted = 0, balance = 0;
    char *why = NULL;
    rr_error err = { 0 };

    (void)state;
    q.split = RR_SPLIT_OTHER;
    q.search.localize.rules = RR_RULE_RARE; /* an input without any flip has steps that are rare */
    q.search.localize.gamma = 1000;
    q.search.budget = 7;
    q.path = "add.jsonl";
    CHECK_OK(rr_session_export(s, &q, &x, &err), err);
    const rr_addition *list = rr_additions_list(x->additions, &n);
    assert_true(n > 0);
    for (size_t i = 0; i < n; i++) {
        const rr_sequence target = rr_dataset_at(x->ds, x->targets[list[i].target]);
        assert_int_equal(target.label, list[i].truth);
        assert_int_equal(rr_dataset_at(x->train, list[i].source).label, list[i].label);
        assert_int_not_equal(list[i].truth, list[i].prediction);
        balance += list[i].kind == RR_ADDITION_BALANCE;
        if (list[i].kind != RR_ADDITION_INSERT)
            continue;
        inserted++;
        assert_int_equal(list[i].label, list[i].truth);
        assert_int_equal(list[i].symbol, target.symbols[list[i].step - 1]);
        assert_true(list[i].after <= rr_dataset_at(x->train, list[i].source).steps);
    }
    assert_true(inserted > 0 && inserted <= 7 * x->count);
    assert_true(balance > 0);
    CHECK_OK(rr_addition_reason(&list[0], 12, "positive", "negative", "dull", &why, &err), err);
    assert_non_null(strstr(why, "(dull) of sequence 12 is rare in training"));
    rr_string_free(why);
    rr_export_free(x);
    q.path = "test.npz";
    CHECK_FAILS(rr_session_export(s, &q, &x, &err), RR_ERR_ARG, err, "test.npz");
    q.path = "add.csv";
    CHECK_FAILS(rr_session_export(s, &q, &x, &err), RR_ERR_ARG, err, ".jsonl");
    q.path = NULL;
    q.search.level = RR_LEVEL_SAMPLE;
    q.search.budget = 3;
    CHECK_OK(rr_session_export(s, &q, &x, &err), err);
    list = rr_additions_list(x->additions, &n);
    assert_true(n > 0 && n <= 3 * x->count);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(list[i].kind, RR_ADDITION_REPEAT);
    rr_export_free(x);
    rr_session_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_SCRATCH(a_run_records_what_its_states_are),
        TEST_IN_SCRATCH(predictions_are_those_of_the_network),
        TEST_IN_SCRATCH(a_file_overwritten_under_an_open_run_is_refused),
        TEST_IN_SCRATCH(what_needs_the_network_is_unsupported),
        TEST_IN_SCRATCH(a_run_whose_model_cannot_be_built_is_removed),
        TEST_IN_SCRATCH(samples_to_add_say_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
