/* SPDX-License-Identifier: MIT */
/* test_failures.c - each use case with a failed allocation at many places, and cancelled at each:
 * what it would have given is NULL, no folder is left empty, and the same session does it right
 * afterwards. */
#include "sentences.h"

#include "core/core.h"
#include "rnnrepair/workflow_compare.h"
#include "rnnrepair/workflow_explain.h"
#include "rnnrepair/workflow_overview.h"
#include "rnnrepair/workflow_repair.h"

#include <unistd.h>

static const char run_dir[] = "run";
static const char child_dir[] = "child";

/* ---- a run on text -------------------------------------------------------------------------- */

static int make_run(void **state)
{
    rr_new_run_config cfg = rr_new_run_config_default();
    rr_influence_config influence = rr_influence_config_default();
    rr_session *s = NULL;
    rr_error err = { 0 };

    assert_int_equal(open_scratch(state), 0);
    write_sentences(50, 40);
    write_scratch("labels.csv", "id,action,label\n0,relabel,positive\n3,drop,\n");
    cfg.data = "jsonl:text.jsonl";
    cfg.network.width = 4;
    cfg.network.hidden = 6;
    cfg.train.epochs = 6;
    cfg.train.optimizer = RR_OPT_ADAM;
    cfg.train.learning_rate = 0.02;
    cfg.train.batch = 8;
    cfg.checkpoints = 1;
    influence.partition.states = 4;
    influence.components = 3;
    CHECK_OK(rr_session_create(run_dir, &cfg, NULL, &s, &err), err);
    CHECK_OK(rr_session_train(s, NULL, &err), err);
    CHECK_OK(rr_session_build(s, &influence, &err), err);
    rr_session_close(s);
    return 0;
}

static size_t asked, cancel_at; /* 0 = never */

static int is_cancelled(void *self)
{
    (void)self;
    return ++asked == cancel_at;
}

static rr_session *open_run(void)
{
    rr_session_config cfg = rr_session_config_default();
    rr_session *s = NULL;
    rr_error err = { 0 };

    cfg.threads = 1;
    cfg.callbacks.cancelled = is_cancelled;
    CHECK_OK(rr_session_open(run_dir, &cfg, &s, &err), err);
    return s;
}

static rr_retrain_config one_epoch(const rr_session *s)
{
    rr_retrain_config cfg = rr_retrain_config_default(s);

    cfg.epochs = 1;
    return cfg;
}

/* ---- use cases ------------------------------------------------------------------------------ */

static rr_status predict_other(rr_session *s)
{
    rr_predictions p = { .ds = NULL };
    rr_status st = rr_session_other(s, "jsonl:text.jsonl?limit=3", -1, NULL, NULL);

    assert_int_equal(rr_session_has_split(s, RR_SPLIT_OTHER), st == RR_OK);
    if (st == RR_OK)
        st = rr_session_predict(s, RR_SPLIT_OTHER, &p, NULL);
    if (st == RR_OK)
        assert_int_equal(rr_dataset_count(p.ds), 3);
    return st;
}

/* A failure before a child is there leaves nothing behind. */
static void check_child(rr_status st, const rr_session *child)
{
    if (st == RR_OK)
        assert_non_null(child);
    if (child == NULL)
        assert_true(access(child_dir, F_OK) != 0);
}

static rr_status make_child(rr_session *s)
{
    static const uint32_t removed[] = { 1, 5 };
    const rr_edits edits = { .removed = removed, .count_removed = 2 };
    const rr_retrain_config cfg = one_epoch(s);
    rr_session *child = NULL;
    const rr_status st = rr_session_child(s, child_dir, &edits, &cfg, &child, NULL);

    check_child(st, child);
    rr_session_close(child);
    return st;
}

static rr_status apply(rr_session *s)
{
    const rr_retrain_config cfg = one_epoch(s);
    rr_session *child = NULL;
    rr_decisions_result result;
    const rr_status st = rr_session_apply_decisions(s, "labels.csv", child_dir, RR_SPLIT_TEST, &cfg,
                                                    &child, &result, NULL);

    check_child(st, child);
    rr_session_close(child);
    return st;
}

static rr_repair_request small_repair(const rr_session *s)
{
    rr_repair_request request = rr_repair_request_default(s);

    request.search.segment.localize.rules = RR_RULE_BOTH;
    request.search.segment.localize.gamma = 100;
    request.search.segment.insertions = 2;
    request.most = 2;
    request.retrain = one_epoch(s);
    return request;
}

static rr_status repair(rr_session *s)
{
    const rr_repair_request request = small_repair(s);
    rr_repair_result *r = NULL;
    const rr_status st = rr_session_repair(s, &request, child_dir, &r, NULL);

    assert_int_equal(st == RR_OK || (st == RR_ERR_CANCELLED && access(child_dir, F_OK) == 0),
                     r != NULL);
    rr_repair_result_free(r);
    return st;
}

static rr_status repair_seeds(rr_session *s)
{
    static const uint64_t seeds[] = { 3, 4 };
    rr_repair_request request = small_repair(s);
    rr_repair_series *series = NULL;

    request.controls = 0; /* repair() has some */
    const rr_status st =
        rr_session_repair_seeds(s, &request, child_dir, seeds, 2, NULL, NULL, &series, NULL);

    assert_int_equal(st == RR_OK, series != NULL);
    rr_repair_series_free(series);
    return st;
}

static rr_status audit(rr_session *s)
{
    rr_session_audit_config cfg = rr_session_audit_config_default();
    rr_audit *a = NULL;
    rr_status st;

    cfg.audit.method = RR_AUDIT_TRACIN;
    cfg.audit.about = RR_AUDIT_ABOUT_ERRORS;
    st = rr_session_audit(s, &cfg, &a, NULL);
    assert_int_equal(st == RR_OK, a != NULL);
    rr_audit_free(a);
    if (st != RR_OK)
        return st;
    cfg = rr_session_audit_config_default();
    cfg.audit.folds = 2;
    a = NULL;
    st = rr_session_audit(s, &cfg, &a, NULL);
    assert_int_equal(st == RR_OK, a != NULL);
    rr_audit_free(a);
    return st;
}

static rr_status remove_trigger(rr_session *s)
{
    const rr_retrain_config retrain = one_epoch(s);
    rr_trace_config cfg = rr_trace_config_default();
    rr_traced_trigger *t = NULL;
    rr_removal *r = NULL;
    rr_status st;

    cfg.words = "good";
    cfg.comparisons = 2;
    st = rr_session_trace_trigger(s, &cfg, &t, NULL);
    assert_int_equal(st == RR_OK, t != NULL);
    if (st == RR_OK)
        st = rr_session_remove_trigger(s, t, 2, child_dir, &retrain, &r, NULL);
    assert_int_equal(st == RR_OK, r != NULL);
    rr_removal_free(r);
    rr_traced_trigger_free(t);
    return st;
}

static rr_status scan(rr_session *s)
{
    const rr_scan_config cfg = rr_scan_config_default();
    rr_scan *found = NULL;
    const rr_status st = rr_session_scan(s, &cfg, &found, NULL);

    assert_int_equal(st == RR_OK, found != NULL);
    rr_scan_free(found);
    return st;
}

static rr_status explain(rr_session *s)
{
    rr_question q;
    rr_answer *x = NULL;
    rr_status st = rr_session_question(s, &q, NULL);

    q.step = 2;
    if (st == RR_OK)
        st = rr_session_explain(s, &q, &x, NULL);
    assert_int_equal(st == RR_OK, x != NULL);
    rr_answer_free(x);
    if (st != RR_OK)
        return st;
    x = NULL;
    q.text = "a good film";
    q.label = "positive";
    st = rr_session_explain(s, &q, &x, NULL);
    assert_int_equal(st == RR_OK, x != NULL);
    rr_answer_free(x);
    return st;
}

static rr_status localize(rr_session *s)
{
    rr_localize_config cfg = rr_localize_config_default();
    rr_localization *l = NULL;
    rr_reach *r = NULL;
    rr_status st;

    cfg.rules = RR_RULE_BOTH;
    st = rr_session_localize(s, RR_SPLIT_TEST, &cfg, NULL, &l, NULL);
    assert_int_equal(st == RR_OK, l != NULL);
    rr_localization_free(l);
    if (st != RR_OK)
        return st;
    st = rr_session_touched(s, RR_SPLIT_TEST, 1, RR_KEY_STATE_SYMBOL, &r, NULL);
    assert_int_equal(st == RR_OK, r != NULL);
    rr_reach_free(r);
    return st;
}

static rr_status overview(rr_session *s)
{
    rr_state_summary *x = NULL;
    rr_trust *t = NULL;
    rr_status st = rr_session_state_summary(s, NULL, &x, NULL);

    assert_int_equal(st == RR_OK, x != NULL);
    rr_state_summary_free(x);
    if (st != RR_OK)
        return st;
    st = rr_session_trust(s, &t, NULL);
    assert_int_equal(st == RR_OK, t != NULL);
    rr_trust_free(t);
    return st;
}

static rr_status compare(rr_session *s)
{
    rr_session *second = NULL;
    rr_comparison *c = NULL;
    rr_status st = rr_session_open("second", NULL, &second, NULL);

    if (st == RR_OK)
        st = rr_session_compare(s, second, NULL, &c, NULL);
    assert_int_equal(st == RR_OK, c != NULL);
    rr_comparison_free(c);
    rr_session_close(second);
    return st;
}

/* ---- failures ------------------------------------------------------------------------------- */

static void remove_children(void)
{
    assert_int_equal(system("test -z \"$(find . -type d -empty)\""), 0);
    assert_int_equal(system("rm -rf child"), 0);
}

/* Every one of the first allocations, and later ones ever farther apart. */
static void sweep_memory(rr_status (*use)(rr_session *))
{
    rr_status st = RR_ERR_NOMEM;

    for (long n = 0; st != RR_OK; n += 1 + n / 12) {
        rr_session *s = open_run();
        rri_alloc_fail_at = n;
        st = use(s);
        const bool struck = rri_alloc_fail_at < 0;
        rri_alloc_fail_at = -1;
        assert_int_equal(st, struck ? RR_ERR_NOMEM : RR_OK);
        remove_children();
        if (n % 7 == 0) { /* what it had loaded is in order */
            assert_int_equal(use(s), RR_OK);
            remove_children();
        }
        rr_session_close(s);
    }
}

static void sweep(rr_status (*use)(rr_session *))
{
    rr_status st = RR_ERR_CANCELLED;

    sweep_memory(use);
    for (cancel_at = 1; st != RR_OK; cancel_at += 1 + cancel_at / 4) {
        rr_session *s = open_run();
        asked = 0;
        st = use(s);
        assert_int_equal(st, asked >= cancel_at ? RR_ERR_CANCELLED : RR_OK);
        remove_children();
        rr_session_close(s);
    }
    cancel_at = 0;
}

static void a_child(void **state)
{
    (void)state;
    sweep(make_child);
}

static void decisions(void **state)
{
    (void)state;
    sweep(apply);
}

static void a_repair(void **state)
{
    (void)state;
    sweep(repair);
}

static void a_repair_with_seeds(void **state)
{
    (void)state;
    sweep(repair_seeds);
}

static void an_audit(void **state)
{
    (void)state;
    sweep(audit);
}

static void a_trigger(void **state)
{
    (void)state;
    sweep(remove_trigger);
}

static void a_scan(void **state)
{
    (void)state;
    sweep(scan);
}

static void an_explanation(void **state)
{
    (void)state;
    sweep(explain);
}

static void suspects(void **state)
{
    (void)state;
    sweep(localize);
}

static void an_overview(void **state)
{
    (void)state;
    sweep(overview);
}

/* With a run whose training set has a sequence more. */
static void a_comparison(void **state)
{
    rr_session *s = open_run();
    rr_session *second = NULL;
    const rr_retrain_config cfg = one_epoch(s);
    const rr_dataset *test = NULL;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_session_split(s, RR_SPLIT_TEST, &test, &err), err);
    rr_dataset *added = NULL;
    CHECK_OK(rr_dataset_select(test, (const size_t[]){ 1 }, 1, &added, &err), err);
    const rr_edits edits = { .additions = added };
    CHECK_OK(rr_session_child(s, "second", &edits, &cfg, &second, &err), err);
    rr_session_close(second);
    rr_session_close(s);
    rr_dataset_free(added);
    sweep(compare);
    assert_int_equal(system("rm -rf second"), 0);
}

static void other_data(void **state)
{
    (void)state;
    sweep(predict_other);
}

/* From scratch with the defaults of a run that went on from another. */
static void a_retraining_that_cannot_be_is_refused_before_the_search(void **state)
{
    rr_influence_config influence = rr_influence_config_default();
    rr_session *s = open_run();
    rr_session *child = NULL;
    rr_repair_result *r = NULL;
    rr_error err = { 0 };

    (void)state;
    const rr_retrain_config cfg = one_epoch(s);
    CHECK_OK(rr_session_child(s, child_dir, NULL, &cfg, &child, &err), err);
    influence.partition.states = 4;
    influence.components = 3;
    CHECK_OK(rr_session_build(child, &influence, &err), err);
    rr_repair_request request = small_repair(child);
    request.retrain.start = RR_RETRAIN_SCRATCH;
    asked = 0;
    CHECK_FAILS(rr_session_repair(child, &request, "again", &r, &err), RR_ERR_ARG, err,
                "give --epochs");
    assert_int_equal(asked, 0);
    assert_true(access("again", F_OK) != 0);
    request.retrain.start = RR_RETRAIN_CONTINUE;
    CHECK_FAILS(rr_session_repair(child, &request, run_dir, &r, &err), RR_ERR_ARG, err,
                "run: already holds a run");
    assert_int_equal(asked, 0);
    rr_session_close(child);
    rr_session_close(s);
    remove_children();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child),
        cmocka_unit_test(decisions),
        cmocka_unit_test(a_repair),
        cmocka_unit_test(a_repair_with_seeds),
        cmocka_unit_test(an_audit),
        cmocka_unit_test(a_trigger),
        cmocka_unit_test(a_scan),
        cmocka_unit_test(an_explanation),
        cmocka_unit_test(suspects),
        cmocka_unit_test(other_data),
        cmocka_unit_test(an_overview),
        cmocka_unit_test(a_comparison),
        cmocka_unit_test(a_retraining_that_cannot_be_is_refused_before_the_search),
    };
    return cmocka_run_group_tests(tests, make_run, close_scratch);
}
