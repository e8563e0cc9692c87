/* SPDX-License-Identifier: MIT */
/* test_session.c - creating, training, building and verifying a run by the session's calls: what
 * they report, that cancelling anywhere loses nothing, and what a failed allocation leaves. */
#include "scratch_folder.h"

#include "io/io.h"
#include "rnnrepair/workflow_repair.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static const char dir[] = "run";
static const char whole[] = "whole";

/* ---- a caller ------------------------------------------------------------------------------- */

/* What the callbacks have been told. */
typedef struct listener {
    size_t shown, ended, notes, asked;
    size_t epochs;    /* finished ones that were handed over */
    size_t cancel_at; /* say stop when asked for the so-manieth time; 0 = never */
    char last_phase[64], first_note[256];
} listener;

static void on_progress(void *self, const rr_progress *at)
{
    listener *l = self;

    assert_non_null(at->unit);
    assert_non_null(at->remark);
    if (at->epoch != NULL)
        assert_int_equal(at->epoch->epoch, ++l->epochs);
    if (at->phase == NULL) {
        l->ended++;
        return;
    }
    l->shown++;
    assert_true(at->total == 0 || at->done <= at->total);
    (void)snprintf(l->last_phase, sizeof l->last_phase, "%s", at->phase);
}

static void on_note(void *self, const char *text)
{
    listener *l = self;

    assert_null(strchr(text, '\n'));
    if (l->notes++ == 0)
        (void)snprintf(l->first_note, sizeof l->first_note, "%s", text);
}

static int on_cancelled(void *self)
{
    listener *l = self;

    return ++l->asked == l->cancel_at;
}

static rr_session_config heard_by(listener *l)
{
    rr_session_config where = rr_session_config_default();

    where.threads = 2;
    where.callbacks = (rr_callbacks){ l, on_progress, on_note, on_cancelled };
    return where;
}

/* ---- runs ----------------------------------------------------------------------------------- */

/* Ten sequences of two classes, three batches an epoch. */
static rr_new_run_config tiny(void)
{
    rr_new_run_config cfg = rr_new_run_config_default();

    cfg.data = "digits?train=20&test=10&only=0|1";
    cfg.network.cell = RR_CELL_GRU;
    cfg.network.hidden = 3;
    cfg.train.epochs = 2;
    cfg.train.batch = 2;
    return cfg;
}

static rr_influence_config three_states(void)
{
    rr_influence_config cfg = rr_influence_config_default();

    cfg.components = 2;
    cfg.partition.states = 3;
    return cfg;
}

static rr_session *create(const char *at, listener *l)
{
    const rr_new_run_config cfg = tiny();
    const rr_session_config where = heard_by(l);
    rr_session *s = NULL;
    rr_error err = { 0 };

    CHECK_OK(rr_session_create(at, &cfg, &where, &s, &err), err);
    return s;
}

static rr_session *open_again(listener *l)
{
    const rr_session_config where = heard_by(l);
    rr_session *s = NULL;
    rr_error err = { 0 };

    CHECK_OK(rr_session_open(dir, &where, &s, &err), err);
    return s;
}

/* A run that was never interrupted, trained and built. */
static void make_whole(void)
{
    const rr_influence_config cfg = three_states();
    listener l = { 0 };
    rr_session *s = create(whole, &l);
    rr_error err = { 0 };

    CHECK_OK(rr_session_train(s, NULL, &err), err);
    CHECK_OK(rr_session_build(s, &cfg, &err), err);
    rr_session_close(s);
}

static bool exists(const char *name)
{
    char path[128];

    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    return access(path, F_OK) == 0;
}

/* Has the run the same bytes in this file as the one that was never interrupted? */
static bool is_same(const char *name)
{
    char a[128], b[128];
    int64_t at = 0;
    rr_error err = { 0 };

    (void)snprintf(a, sizeof a, "%s/%s", dir, name);
    (void)snprintf(b, sizeof b, "%s/%s", whole, name);
    CHECK_OK(rri_compare_files(a, b, &at, &err), err);
    return at < 0;
}

/* ---- what is reported ----------------------------------------------------------------------- */

static void each_call_reports_what_it_does(void **state)
{
    const rr_influence_config cfg = three_states();
    rr_verification v;
    listener l = { 0 };
    rr_error err = { 0 };

    (void)state;
    rr_session *s = create(dir, &l);
    CHECK_OK(rr_session_train(s, NULL, &err), err);
    assert_int_equal(l.epochs, 2);
    assert_true(l.shown > 2 && l.asked > 2 && l.ended > 2);
    assert_string_equal(l.last_phase, "epoch 2/2");
    l = (listener){ 0 };
    CHECK_OK(rr_session_build(s, &cfg, &err), err);
    assert_int_equal(l.notes, 4); /* the seconds of each phase */
    assert_int_equal(strncmp(l.first_note, "trace", 5), 0);
    assert_string_equal(l.last_phase, "index");
    l = (listener){ 0 };
    const rr_verify_options all = { .rebuild = 1, .retrain = 1 };
    CHECK_OK(rr_session_verify(s, &all, &v, &err), err);
    assert_int_equal(v.count, 5);
    for (size_t i = 0; i < v.count; i++)
        assert_int_equal(v.checks[i].status, RR_OK);
    assert_int_equal(l.epochs, 2);
    rr_session_close(s);
}

static void a_trained_run_has_nothing_left_to_do(void **state)
{
    listener l = { 0 };
    rr_error err = { 0 };

    (void)state;
    rr_session *s = create(dir, &l);
    CHECK_OK(rr_session_train(s, NULL, &err), err);
    l = (listener){ 0 };
    CHECK_OK(rr_session_train(s, NULL, &err), err);
    assert_int_equal(l.epochs, 0);
    const rr_train_options fewer = { .epochs = 1 };
    CHECK_FAILS(rr_session_train(s, &fewer, &err), RR_ERR_ARG, err, "epoch");
    rr_session_close(s);
}

static void decisions_about_labels_are_taken_and_noted(void **state)
{
    static const char file[] = "labels.csv";
    rr_new_run_config cfg = tiny();
    listener l = { 0 };
    const rr_session_config where = heard_by(&l);
    rr_session *s = NULL;
    const rr_dataset *train = NULL;
    rr_error err = { 0 };

    (void)state;
    cfg.labels = file;
    assert_int_equal(
        rri_file_write(file, "id,action,label\n0,drop,\n1,relabel,0\n2,keep,\n", 44, NULL), RR_OK);
    CHECK_OK(rr_session_create(dir, &cfg, &where, &s, &err), err);
    CHECK_OK(rr_session_split(s, RR_SPLIT_TRAIN, &train, &err), err);
    const rr_run_settings settings = rr_run_settings_of(rr_session_run(s));
    assert_int_equal(settings.edits.count_removed, 1);
    assert_int_equal(rr_dataset_count(train), settings.splits[RR_SPLIT_TRAIN].count - 1);
    assert_non_null(strstr(l.first_note, "labels.csv: "));
    assert_non_null(strstr(l.first_note, "1 are left out"));
    rr_session_close(s);
}

static void a_recipe_sets_what_the_paper_did(void **state)
{
    rr_new_run_config cfg = rr_new_run_config_default();

    (void)state;
    rr_new_run_recipe(RR_RECIPE_NONE, &cfg);
    assert_int_equal(cfg.network.hidden, 128);
    assert_int_equal(cfg.train.epochs, 0); /* by the data */
    rr_new_run_recipe(RR_RECIPE_PAPER_TOXIC, &cfg);
    assert_int_equal(cfg.network.cell, RR_CELL_GRU);
    assert_int_equal(cfg.network.head, RR_HEAD_LOGISTIC);
    assert_int_equal(cfg.train.optimizer, RR_OPT_ADAM);
    assert_int_equal(cfg.keep, RR_KEEP_LAST);
    rr_new_run_recipe(RR_RECIPE_PAPER_SST, &cfg);
    assert_int_equal(cfg.network.head, RR_HEAD_SOFTMAX);
    assert_int_equal(cfg.keep, RR_KEEP_BEST);
}

static void what_would_have_no_effect_is_refused(void **state)
{
    rr_new_run_config cfg = tiny();
    rr_session *s = NULL;
    rr_error err = { 0 };

    (void)state;
    cfg.vectors = "some.vec";
    CHECK_FAILS(rr_session_create(dir, &cfg, NULL, &s, &err), RR_ERR_ARG, err, "some.vec");
    cfg = tiny();
    cfg.embedding_given = 1;
    CHECK_FAILS(rr_session_create(dir, &cfg, NULL, &s, &err), RR_ERR_ARG, err, "word vectors");
    cfg = tiny();
    cfg.network.width = 5;
    CHECK_FAILS(rr_session_create(dir, &cfg, NULL, &s, &err), RR_ERR_ARG, err, "word vectors");
    cfg.data = NULL;
    CHECK_FAILS(rr_session_create(dir, &cfg, NULL, &s, &err), RR_ERR_ARG, err, "no data");
    assert_null(s);
    assert_true(access(dir, F_OK) != 0);
}

static void a_number_that_is_no_split_is_refused(void **state)
{
    static const rr_split wrong[] = { (rr_split)4, (rr_split)-1, (rr_split)1000000 };
    listener l = { 0 };
    rr_error err = { 0 };

    (void)state;
    rr_session *s = create(dir, &l);
    CHECK_OK(rr_session_train(s, NULL, &err), err);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const size_t first = 0;
        const rr_dataset *ds = NULL;
        rr_dataset *some = NULL;
        rr_predictions p;
        assert_int_equal(rr_session_has_split(s, wrong[i]), 0);
        CHECK_FAILS(rr_session_split(s, wrong[i], &ds, &err), RR_ERR_ARG, err, "is no split");
        CHECK_FAILS(rr_session_sequences(s, wrong[i], &first, 1, &some, &err), RR_ERR_ARG, err,
                    "is no split");
        CHECK_FAILS(rr_session_predict(s, wrong[i], &p, &err), RR_ERR_ARG, err, "is no split");
        assert_null(ds);
        assert_null(some);
    }
    rr_session_close(s);
}

/* Settings inside others cannot be of another version: what follows would lie elsewhere. */
static void settings_inside_others_must_be_of_this_version(void **state)
{
    rr_session_audit_config audit = rr_session_audit_config_default();
    rr_trace_config trace = rr_trace_config_default();
    listener l = { 0 };
    rr_audit *ranked = NULL;
    rr_traced_trigger *traced = NULL;
    rr_repair_result *repaired = NULL;
    rr_error err = { 0 };

    (void)state;
    rr_session *s = create(dir, &l);
    rr_repair_request request = rr_repair_request_default(s);
    audit.audit.struct_size += 8;
    CHECK_FAILS(rr_session_audit(s, &audit, &ranked, &err), RR_ERR_ARG, err,
                "rr_session_audit_config.audit");
    trace.attack.struct_size += 8;
    CHECK_FAILS(rr_session_trace_trigger(s, &trace, &traced, &err), RR_ERR_ARG, err,
                "rr_trace_config.attack");
    request.search.struct_size += 8;
    CHECK_FAILS(rr_session_repair(s, &request, NULL, &repaired, &err), RR_ERR_ARG, err,
                "rr_repair_request.search");
    request = rr_repair_request_default(s);
    request.retrain.struct_size -= 8;
    CHECK_FAILS(rr_session_repair(s, &request, NULL, &repaired, &err), RR_ERR_ARG, err,
                "rr_repair_request.retrain");
    rr_session_close(s);
}

/* ---- cancelling ----------------------------------------------------------------------------- */

static void a_training_cancelled_anywhere_resumes_to_the_same_bits(void **state)
{
    rr_status st = RR_ERR_CANCELLED;
    rr_error err = { 0 };

    (void)state;
    make_whole();
    for (size_t k = 1; st == RR_ERR_CANCELLED; k++) {
        listener l = { .cancel_at = k };
        assert_int_equal(system("rm -rf run"), 0);
        rr_session *s = create(dir, &l);
        st = rr_session_train(s, NULL, &err);
        if (st == RR_ERR_CANCELLED) {
            assert_string_equal(err.msg, "cancelled");
            assert_int_equal(rr_run_model_epoch(rr_session_run(s)), l.epochs);
            if (k % 2 == 0) { /* by a session of its own, as after a kill */
                rr_session_close(s);
                l.cancel_at = 0;
                s = open_again(&l);
            }
            CHECK_OK(rr_session_train(s, NULL, &err), err);
        }
        assert_int_equal(l.epochs, 2);
        rr_session_close(s);
        assert_true(is_same(RR_RUN_MODEL) && is_same(RR_RUN_TRAINER));
        if (st != RR_ERR_CANCELLED)
            assert_true(k > 4);
    }
    CHECK_OK(st, err);
}

static void a_build_cancelled_anywhere_writes_nothing(void **state)
{
    const rr_influence_config cfg = three_states();
    rr_status st = RR_ERR_CANCELLED;
    listener l = { 0 };
    rr_error err = { 0 };

    (void)state;
    make_whole();
    rr_session *s = create(dir, &l);
    CHECK_OK(rr_session_train(s, NULL, &err), err);
    for (size_t k = 1; st == RR_ERR_CANCELLED; k++) {
        l = (listener){ .cancel_at = k };
        st = rr_session_build(s, &cfg, &err);
        assert_true((st == RR_OK) == exists(RR_RUN_INFLUENCE));
        assert_true(st != RR_OK || k > 4);
    }
    CHECK_OK(st, err);
    assert_true(is_same(RR_RUN_INFLUENCE));
    rr_session_close(s);
}

static void a_verification_cancelled_anywhere_tells_what_it_found_before(void **state)
{
    const rr_influence_config cfg = three_states();
    const rr_verify_options all = { .rebuild = 1, .retrain = 1, .temporary = "." };
    rr_status st = RR_ERR_CANCELLED;
    rr_verification v = { .count = 0 };
    listener l = { 0 };
    rr_error err = { 0 };

    (void)state;
    rr_session *s = create(dir, &l);
    CHECK_OK(rr_session_train(s, NULL, &err), err);
    CHECK_OK(rr_session_build(s, &cfg, &err), err);
    for (size_t k = 1; st == RR_ERR_CANCELLED; k++) {
        const size_t before = v.count;
        l = (listener){ .cancel_at = k };
        st = rr_session_verify(s, &all, &v, &err);
        assert_true(v.count >= before && v.count >= 3);
        assert_true((st == RR_OK) == (v.count == 5));
    }
    CHECK_OK(st, err);
    assert_int_equal(system("ls -d rnnrepair-* 2>/dev/null"), 512); /* nothing temporary is left */
    rr_session_close(s);
}

static void a_pass_of_the_network_cancelled_anywhere_can_be_asked_for_again(void **state)
{
    const rr_influence_config cfg = three_states();
    rr_status st = RR_ERR_CANCELLED;
    rr_predictions p = { .ds = NULL };
    listener l = { 0 };
    const rr_session_audit_config every = rr_session_audit_config_default();
    rr_audit *audit = NULL;
    size_t asked = 0;
    rr_error err = { 0 };

    (void)state;
    rr_session *s = create(dir, &l);
    CHECK_OK(rr_session_train(s, NULL, &err), err);
    CHECK_OK(rr_session_build(s, &cfg, &err), err);
    for (; st == RR_ERR_CANCELLED; asked++) {
        l = (listener){ .cancel_at = asked + 1 };
        st = rr_session_predict(s, RR_SPLIT_TEST, &p, &err);
    }
    CHECK_OK(st, err);
    assert_int_equal(asked, 3); /* a batch, its end, and a call that nothing ends */
    assert_non_null(p.prediction);
    for (st = RR_ERR_CANCELLED, asked = 0; st == RR_ERR_CANCELLED; asked++) {
        l = (listener){ .cancel_at = asked + 1 };
        st = rr_session_audit(s, &every, &audit, &err);
        assert_true((st == RR_OK) == (audit != NULL));
    }
    CHECK_OK(st, err);
    assert_true(asked > 2);
    rr_audit_free(audit);
    rr_session_close(s);
}

/* ---- no memory ------------------------------------------------------------------------------ */

static void a_failed_allocation_leaves_no_half_made_run(void **state)
{
    const rr_new_run_config cfg = tiny();
    rr_session *s = NULL;

    (void)state;
    for (failing at = { 0 }; next_allocation_fails(&at, 50);) {
        at.st = rr_session_create(dir, &cfg, NULL, &s, NULL);
        assert_true((at.st == RR_OK) == (s != NULL));
        if (at.st != RR_OK && exists("run.json")) { /* what failed then was opening the session */
            rr_run *run = NULL;
            assert_int_equal(rr_run_open(dir, &run, NULL), RR_OK);
            rr_run_free(run);
            assert_int_equal(system("rm -rf run"), 0);
        }
    }
    rr_session_close(s);
}

static void a_training_without_memory_resumes_to_the_same_bits(void **state)
{
    listener l = { 0 };
    rr_status st = RR_ERR_NOMEM;
    rr_error err = { 0 };
    long n = 0;

    (void)state;
    make_whole();
    rr_session *s = create(dir, &l);
    for (; st != RR_OK; n += 3) {
        rri_alloc_fail_at = n;
        st = rr_session_train(s, NULL, &err);
        rri_alloc_fail_at = -1;
        assert_true(st == RR_OK || st == RR_ERR_NOMEM);
    }
    assert_true(n > 30);
    assert_true(is_same(RR_RUN_MODEL));
    rr_session_close(s);
}

static void a_build_without_memory_writes_nothing(void **state)
{
    const rr_influence_config cfg = three_states();
    listener l = { 0 };
    rr_error err = { 0 };

    (void)state;
    make_whole();
    rr_session *s = create(dir, &l);
    CHECK_OK(rr_session_train(s, NULL, &err), err);
    for (failing at = { 0 }; next_allocation_fails(&at, 50);) {
        at.st = rr_session_build(s, &cfg, &err);
        assert_true((at.st == RR_OK) == exists(RR_RUN_INFLUENCE));
    }
    assert_true(is_same(RR_RUN_INFLUENCE));
    rr_session_close(s);
}

/* ---- silence -------------------------------------------------------------------------------- */

/* Everything on a run, without callbacks: nothing may be printed. */
static void work_in_silence(void)
{
    const rr_new_run_config cfg = tiny();
    const rr_influence_config influence = three_states();
    const rr_verify_options all = { .rebuild = 1, .retrain = 1 };
    rr_verification v;
    rr_session *s = NULL;
    rr_error err = { 0 };

    CHECK_OK(rr_session_create(dir, &cfg, NULL, &s, &err), err);
    CHECK_OK(rr_session_train(s, NULL, &err), err);
    CHECK_OK(rr_session_build(s, &influence, &err), err);
    CHECK_OK(rr_session_verify(s, &all, &v, &err), err);
    rr_session_close(s);
}

static void nothing_is_printed(void **state)
{
    static const char said[] = "said";
    struct stat info;

    (void)state;
    (void)fflush(stdout);
    (void)fflush(stderr);
    const int out = dup(1), errors = dup(2);
    const int file = open(said, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    assert_true(out >= 0 && errors >= 0 && file >= 0);
    assert_true(dup2(file, 1) == 1 && dup2(file, 2) == 2);
    work_in_silence();
    (void)fflush(stdout);
    (void)fflush(stderr);
    assert_true(dup2(out, 1) == 1 && dup2(errors, 2) == 2);
    (void)close(file);
    (void)close(out);
    (void)close(errors);
    assert_int_equal(stat(said, &info), 0);
    assert_int_equal(info.st_size, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_SCRATCH(each_call_reports_what_it_does),
        TEST_IN_SCRATCH(a_trained_run_has_nothing_left_to_do),
        TEST_IN_SCRATCH(decisions_about_labels_are_taken_and_noted),
        TEST_IN_SCRATCH(a_recipe_sets_what_the_paper_did),
        TEST_IN_SCRATCH(what_would_have_no_effect_is_refused),
        TEST_IN_SCRATCH(a_number_that_is_no_split_is_refused),
        TEST_IN_SCRATCH(settings_inside_others_must_be_of_this_version),
        TEST_IN_SCRATCH(a_training_cancelled_anywhere_resumes_to_the_same_bits),
        TEST_IN_SCRATCH(a_build_cancelled_anywhere_writes_nothing),
        TEST_IN_SCRATCH(a_pass_of_the_network_cancelled_anywhere_can_be_asked_for_again),
        TEST_IN_SCRATCH(a_verification_cancelled_anywhere_tells_what_it_found_before),
        TEST_IN_SCRATCH(a_failed_allocation_leaves_no_half_made_run),
        TEST_IN_SCRATCH(a_training_without_memory_resumes_to_the_same_bits),
        TEST_IN_SCRATCH(a_build_without_memory_writes_nothing),
        TEST_IN_SCRATCH(nothing_is_printed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
