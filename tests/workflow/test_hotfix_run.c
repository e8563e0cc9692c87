/* SPDX-License-Identifier: MIT */
/* test_hotfix_run.c - runs whose output layer was repaired: what the new network itself does, the
 * certificate and what verify finds when one of its parts is another, conflicts, and what follows.
 */
#include "scratch_folder.h"

#include "rnnrepair/workflow_repair.h"

#include "io/io.h"
#include "make.h"
#include "network/network_internal.h"

static const char child_dir[] = "child";

/* A short training, which makes errors. */
static rr_session *make_run(const char *data, rr_output output)
{
    rr_new_run_config cfg = rr_new_run_config_default();
    rr_session *s = NULL;
    rr_error err = { 0 };

    cfg.data = data;
    cfg.network.hidden = 12;
    cfg.network.output = output;
    cfg.train.epochs = 2;
    CHECK_OK(rr_session_create("run", &cfg, NULL, &s, &err), err);
    CHECK_OK(rr_session_train(s, NULL, &err), err);
    return s;
}

static rr_session *make_digits(void)
{
    return make_run("digits?train=400&test=200", RR_OUTPUT_LAST);
}

static rr_repair_request request_of(const rr_session *s, size_t most)
{
    rr_repair_request q = rr_repair_request_default(s);

    q.search.level = RR_LEVEL_OUTPUT;
    q.search.output.hold = 1e-3;
    q.most = most;
    return q;
}

static rr_repair_result *repair(rr_session *s, const rr_repair_request *q)
{
    rr_repair_result *r = NULL;
    rr_error err = { 0 };

    CHECK_OK(rr_session_repair(s, q, child_dir, &r, &err), err);
    return r;
}

/* The check of that name: its status, and in `detail` why. -1 where there is none. */
static int check_of(rr_session *s, int retrain, const char *name, const char **detail)
{
    static rr_verification v;
    const rr_verify_options options = { .retrain = retrain };
    rr_error err = { 0 };
    int found = -1;

    CHECK_OK(rr_session_verify(s, &options, &v, &err), err);
    for (size_t i = 0; i < v.count; i++)
        if (strcmp(v.checks[i].name, name) == 0) {
            found = (int)v.checks[i].status;
            *detail = v.checks[i].detail;
        }
    return found;
}

static rr_session *open_child(void)
{
    rr_session *s = NULL;
    rr_error err = { 0 };

    CHECK_OK(rr_session_open(child_dir, NULL, &s, &err), err);
    return s;
}

static void check_holds(int retrain)
{
    rr_session *s = open_child();
    const char *detail = "";

    if (check_of(s, retrain, "proof", &detail) != RR_OK)
        fail_msg("the certificate does not hold: %s", detail);
    rr_session_close(s);
}

static void check_broken(const char *part)
{
    rr_session *s = open_child();
    const char *detail = "";

    assert_int_equal(check_of(s, 0, "proof", &detail), RR_ERR_MISMATCH);
    if (strstr(detail, part) == NULL)
        fail_msg("\"%s\" lacks \"%s\"", detail, part);
    rr_session_close(s);
}

/* Right before and wrong after, of the training set. */
static size_t count_broken(rr_session *before, rr_session *after)
{
    rr_predictions x, y;
    rr_outcome o;
    rr_error err = { 0 };

    CHECK_OK(rr_session_predict(before, RR_SPLIT_TRAIN, &x, &err), err);
    CHECK_OK(rr_session_predict(after, RR_SPLIT_TRAIN, &y, &err), err);
    if (x.step_prediction != NULL)
        CHECK_OK(
            rr_outcome_compare_steps(x.ds, x.step_prediction, y.step_prediction, NULL, 0, &o, &err),
            err);
    else
        CHECK_OK(rr_outcome_compare(x.ds, x.prediction, y.prediction, NULL, 0, &o, &err), err);
    return o.newly_broken;
}

static void targets_are_right_nothing_is_broken_and_both_are_certified(void **state)
{
    rr_session *s = make_digits();
    const rr_repair_request q = request_of(s, 5);
    rr_repair_result *r = repair(s, &q);
    rr_influence_config influence = rr_influence_config_default();
    rr_error err = { 0 };

    (void)state;
    assert_int_equal(r->count, 5);
    assert_int_equal(r->of_targets.fixed, 5);
    assert_int_equal(rr_dataset_count(r->additions), 0);
    assert_true(r->hotfix->possible && r->hotfix->binding >= 5);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(r->after[r->targets[i].id], r->targets[i].truth);
    assert_int_equal(count_broken(s, r->child), 0);
    rr_repair_result_free(r);
    rr_session_close(s);
    check_holds(0);
    check_holds(1);
    s = open_child();
    assert_true(rr_run_has_model(rr_session_run(s)));
    assert_int_equal(rr_run_model_epoch(rr_session_run(s)), 0);
    influence.components = 3;
    CHECK_OK(rr_session_build(s, &influence, &err), err);
    rr_session_close(s);
    check_holds(0);
}

/* Write `with` over the first `from` in a file; the length stays. */
static void change_file(const char *path, const char *from, const char *with)
{
    unsigned char *text = NULL;
    size_t bytes = 0;
    rr_error err = { 0 };

    CHECK_OK(rri_file_read(path, 1 << 24, &text, &bytes, &err), err);
    char *at = strstr((char *)text, from);
    assert_non_null(at);
    assert_int_equal(strlen(from), strlen(with));
    memcpy(at, with, strlen(with));
    CHECK_OK(rri_file_write(path, text, bytes, &err), err);
    rri_free(text);
}

/* Record another certificate in run.json, as one who forges it would. */
static void forge(const char *from, const char *with)
{
    char before[65], after[65];
    rr_error err = { 0 };

    CHECK_OK(rri_sha256_file("child/certificate.json", before, &err), err);
    change_file("child/certificate.json", from, with);
    CHECK_OK(rri_sha256_file("child/certificate.json", after, &err), err);
    change_file("child/run.json", before, after);
}

static void what_is_not_as_certified_is_found(void **state)
{
    rr_session *s = make_digits();
    const rr_repair_request q = request_of(s, 3);
    rr_network *net = NULL;
    rr_dataset *other = load_dataset("digits?test=3&seed=5", RR_SPLIT_TEST);
    rr_error err = { 0 };

    (void)state;
    rr_repair_result_free(repair(s, &q));
    change_file("child/certificate.json", "\"fixed\":3", "\"fixed\":4");
    check_broken("not the certificate that the run was made with");
    change_file("child/certificate.json", "\"fixed\":4", "\"fixed\":3");
    check_holds(0);
    forge("\"fixed\":3", "\"fixed\":2");
    check_broken("fixed targets is 3, the certificate says 2");
    forge("\"fixed\":2", "\"fixed\":3");
    forge("\"broken\":0", "\"broken\":1");
    check_broken("broken training inputs is 0, the certificate says 1");
    forge("\"broken\":1", "\"broken\":0");
    check_holds(0);

    CHECK_OK(rr_network_load("child/model.safetensors", &net, &err), err);
    rri_network_output(net).bias[0] += 0.25F;
    CHECK_OK(rr_network_save(net, "child/model.safetensors", &err), err);
    check_broken("the model: content");
    rr_network_free(net);
    CHECK_OK(rr_network_load("run/model.safetensors", &net, &err), err);
    CHECK_OK(rr_network_save(net, "child/model.safetensors", &err), err);
    check_broken("the model: content");
    rr_network_free(net);
    CHECK_OK(rr_dataset_save(other, "child/targets.npz", &err), err);
    check_broken("content");
    rr_dataset_free(other);
    rr_session_close(s);
}

static void such_a_run_is_not_trained_but_has_children(void **state)
{
    rr_session *s = make_digits();
    const rr_repair_request q = request_of(s, 3);
    rr_repair_result *r = repair(s, &q);
    rr_retrain_config cfg = rr_retrain_config_default(r->child);
    rr_session *child = NULL;
    rr_error err = { 0 };

    (void)state;
    CHECK_FAILS(rr_session_train(r->child, NULL, &err), RR_ERR_ARG, err, "output layer");
    cfg.epochs = 1;
    CHECK_OK(rr_session_child(r->child, "grandchild", NULL, &cfg, &child, &err), err);
    assert_null(rr_run_settings_of(rr_session_run(child)).certificate_hash);
    CHECK_NEAR(rr_run_settings_of(rr_session_run(child)).train.learning_rate,
               0.1 * rr_run_settings_of(rr_session_run(s)).train.learning_rate, 0.0, 1e-12);
    rr_session_close(child);
    rr_repair_result_free(r);
    check_holds(0);
    rr_session_close(s);
}

/* Cases: two wrong inputs, and training image 0 with a label it does not have. */
static void save_cases(rr_session *s, rr_split split)
{
    const rr_error_filter filter = { .most = 2 };
    const rr_dataset *train = NULL, *test = NULL;
    rr_ids ids = { NULL, 0 };
    rr_error err = { 0 };

    CHECK_OK(rr_session_split(s, RR_SPLIT_TRAIN, &train, &err), err);
    CHECK_OK(rr_session_split(s, split, &test, &err), err);
    CHECK_OK(rr_session_errors(s, split, &filter, &ids, &err), err);
    const rr_dataset_shape shape = rr_dataset_shape_of(train);
    rr_dataset_builder *b = new_builder(&shape);
    rr_predictions p;
    CHECK_OK(rr_session_predict(s, RR_SPLIT_TRAIN, &p, &err), err);
    size_t right = 0;
    while (p.prediction[right] != rr_dataset_at(train, right).label)
        right++;
    add_sequence(b, rr_dataset_at(test, ids.ids[0]));
    add_sequence(b, rr_dataset_at(test, ids.ids[1]));
    rr_sequence twisted = rr_dataset_at(train, right);
    twisted.label = (twisted.label + 1) % 10;
    add_sequence(b, twisted);
    rr_dataset *ds = finish_dataset(b);
    CHECK_OK(rr_dataset_save(ds, "cases.npz", &err), err);
    rr_dataset_free(ds);
    rr_ids_free(&ids);
}

static void conflicts_with_the_training_set_are_named_and_can_be_left_out(void **state)
{
    rr_session *s = make_digits();
    rr_repair_request q = request_of(s, 10);
    rr_repair_result *r = NULL;
    rr_split taken;
    rr_error err = { 0 };

    (void)state;
    save_cases(s, RR_SPLIT_TEST);
    CHECK_OK(rr_session_other(s, "npz:cases.npz", -1, &taken, &err), err);
    q.split = RR_SPLIT_OTHER;
    CHECK_FAILS(rr_session_repair(s, &q, child_dir, &r, &err), RR_ERR_ARG, err,
                "2 is in conflict with training sequences");
    assert_null(r);
    assert_false(rri_file_exists(child_dir));
    q.search.output.drop_conflicts = 1;
    r = repair(s, &q);
    assert_int_equal(r->hotfix->count_dropped, 1);
    assert_int_equal(r->targets[r->hotfix->dropped[0]].id, 2);
    assert_int_equal(r->of_targets.fixed, 2);
    assert_int_equal(count_broken(s, r->child), 0);
    rr_repair_result_free(r);
    rr_session_close(s);
    check_holds(1);
}

/* ---- an output at every step ---------------------------------------------------------------- */

/* The label of a step is its symbol plus the one before, modulo 3; the first step has none. */
static void save_steps(const char *path, size_t n)
{
    const rr_dataset_shape shape = { .vocabulary = 3, .classes = 3, .step_labelled = 1 };
    rr_dataset_builder *b = new_builder(&shape);
    rri_random r = rri_random_at(1, RRI_RANDOM_SAMPLE, 1);
    rr_error err = { 0 };

    for (size_t i = 0; i < n; i++) {
        uint32_t symbols[8], labels[8];
        const size_t T = 3 + (size_t)rri_random_below(&r, 5);
        for (size_t t = 0; t < T; t++) {
            symbols[t] = (uint32_t)rri_random_below(&r, 3);
            labels[t] = t == 0 ? RR_NO_LABEL : (symbols[t] + symbols[t - 1]) % 3;
        }
        add_sequence(
            b, (rr_sequence){
                   .symbols = symbols, .steps = T, .label = labels[T - 1], .step_labels = labels });
    }
    rr_dataset *ds = finish_dataset(b);
    CHECK_OK(rr_dataset_save(ds, path, &err), err);
    rr_dataset_free(ds);
}

static void single_wrong_steps_are_repaired(void **state)
{
    (void)state;
    save_steps("steps.npz", 120);
    rr_session *s = make_run("npz:steps.npz?holdout=0.25", RR_OUTPUT_STEP);
    rr_repair_request q = request_of(s, 4);
    q.search.output.drop_conflicts = 1;
    rr_repair_result *r = repair(s, &q);
    assert_int_equal(r->steps, 1);
    assert_int_equal(r->count, 4);
    for (size_t i = 0; i < r->count; i++) {
        const rr_repair_target *t = &r->targets[i];
        assert_int_equal(rr_dataset_at(r->ds, t->id).step_labels[t->step - 1], t->truth);
        assert_int_equal(r->before[t->unit], t->prediction);
        assert_true(i == 0 || t->unit > r->targets[i - 1].unit);
    }
    assert_true(r->of_targets.fixed + r->hotfix->count_dropped >= 4 && r->of_targets.fixed > 0);
    assert_int_equal(count_broken(s, r->child), 0);
    rr_repair_result_free(r);
    rr_session_close(s);
    check_holds(1);
}

static void nothing_is_kept_of_what_breaks_more_of_dev_than_is_allowed(void **state)
{
    (void)state;
    save_steps("steps.npz", 160);
    rr_session *s = make_run("npz:steps.npz?holdout=0.25&dev=0.25", RR_OUTPUT_STEP);
    rr_repair_request q = request_of(s, 40);
    q.split = RR_SPLIT_TEST;
    q.search.output.drop_conflicts = 1;
    q.search.output.margin = 3.0;
    q.max_broken = 0;
    rr_repair_result *r = repair(s, &q);
    assert_true(r->guard.on && r->guard.split == RR_SPLIT_DEV);
    assert_true(r->retrainings[0].harmful && r->retrainings[0].guard.newly_broken > 0);
    assert_null(r->child);
    assert_non_null(r->hotfix);
    assert_false(rri_file_exists(child_dir));
    rr_repair_result_free(r);
    q.keep_harmful = 1;
    r = repair(s, &q);
    assert_non_null(r->child);
    rr_repair_result_free(r);
    rr_session_close(s);
    check_holds(0);
}

static void what_cannot_be_asked_is_refused(void **state)
{
    const uint64_t seeds[2] = { 1, 2 };
    rr_session *s = make_digits();
    rr_repair_request q = request_of(s, 5);
    rr_repair_result *r = NULL;
    rr_repair_series *series = NULL;
    rr_predictions p;
    size_t id = 0;
    rr_error err = { 0 };

    (void)state;
    CHECK_FAILS(rr_session_repair(s, &q, NULL, &r, &err), RR_ERR_ARG, err, "needs a directory");
    CHECK_FAILS(rr_session_repair_seeds(s, &q, child_dir, seeds, 2, NULL, NULL, &series, &err),
                RR_ERR_ARG, err, "does not depend on a seed");
    CHECK_OK(rr_session_predict(s, RR_SPLIT_TEST, &p, &err), err);
    while (p.prediction[id] != rr_dataset_at(p.ds, id).label)
        id++;
    q.targets = &id;
    q.count_targets = 1;
    CHECK_FAILS(rr_session_repair(s, &q, child_dir, &r, &err), RR_ERR_ARG, err,
                "it is predicted correctly");
    q.search.output.margin = -1.0;
    CHECK_FAILS(rr_session_repair(s, &q, child_dir, &r, &err), RR_ERR_ARG, err, "the margin is -1");
    assert_false(rri_file_exists(child_dir));
    rr_session_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_SCRATCH(targets_are_right_nothing_is_broken_and_both_are_certified),
        TEST_IN_SCRATCH(what_is_not_as_certified_is_found),
        TEST_IN_SCRATCH(such_a_run_is_not_trained_but_has_children),
        TEST_IN_SCRATCH(conflicts_with_the_training_set_are_named_and_can_be_left_out),
        TEST_IN_SCRATCH(single_wrong_steps_are_repaired),
        TEST_IN_SCRATCH(nothing_is_kept_of_what_breaks_more_of_dev_than_is_allowed),
        TEST_IN_SCRATCH(what_cannot_be_asked_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
