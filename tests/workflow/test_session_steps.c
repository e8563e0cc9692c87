/* SPDX-License-Identifier: MIT */
/* test_session_steps.c - a run with an output at every step: its errors, misread spans, what is
 * behind them, an audit of its labels, and decisions carried out in a child run. */
#include "scratch_folder.h"

#include "rnnrepair/decisions.h"
#include "rnnrepair/workflow_explain.h"
#include "rnnrepair/workflow_repair.h"

#include "core/core.h"
#include "io/io.h"
#include "make.h"

enum { TRAIN = 90, V = 3 };

static const char dir[] = "run";

/* Sequences of three to seven symbols; the label of a step is its symbol plus the one before,
 * modulo
 * 3. Of every fifth sequence the first step has no label. */
static void add_sequences(rr_dataset_builder *b, size_t n, uint64_t seed)
{
    rri_random r = rri_random_at(seed, RRI_RANDOM_PARITY, 1);

    for (size_t i = 0; i < n; i++) {
        uint32_t symbols[8];
        uint32_t labels[8];
        const size_t T = 3 + (size_t)rri_random_below(&r, 5);
        for (size_t t = 0; t < T; t++) {
            symbols[t] = (uint32_t)rri_random_below(&r, V);
            labels[t] = t == 0 && i % 5 == 0 ? RR_NO_LABEL
                                             : (symbols[t] + (t > 0 ? symbols[t - 1] : 0)) % V;
        }
        add_sequence(
            b, (rr_sequence){
                   .symbols = symbols, .steps = T, .label = labels[T - 1], .step_labels = labels });
    }
}

static void save(const char *path, size_t n, uint64_t seed)
{
    const rr_dataset_shape shape = { .vocabulary = V, .classes = V, .step_labelled = 1 };
    rr_dataset_builder *b = new_builder(&shape);
    rr_error err = { 0 };

    add_sequences(b, n, seed);
    rr_dataset *ds = finish_dataset(b);
    CHECK_OK(rr_dataset_save(ds, path, &err), err);
    rr_dataset_free(ds);
}

/* A run of few epochs: it makes errors. */
static int make_run(void **state)
{
    const rr_session_config at = rr_session_config_default();
    rr_new_run_config cfg = rr_new_run_config_default();
    rr_influence_config influence = rr_influence_config_default();
    rr_session *s = NULL;
    rr_error err = { 0 };

    assert_int_equal(open_scratch(state), 0);
    save("train.npz", TRAIN, 1);
    cfg.data = "npz:train.npz?holdout=0.25";
    cfg.network.hidden = 8;
    cfg.network.width = 4;
    cfg.train.epochs = 4;
    cfg.train.batch = 8;
    cfg.train.learning_rate = 0.01;
    influence.partition.states = 6;
    CHECK_OK(rr_session_create(dir, &cfg, &at, &s, &err), err);
    CHECK_OK(rr_session_train(s, NULL, &err), err);
    CHECK_OK(rr_session_build(s, &influence, &err), err);
    rr_session_close(s);
    return 0;
}

static rr_session *open_run(void)
{
    const rr_session_config at = rr_session_config_default();
    rr_session *s = NULL;
    rr_error err = { 0 };

    CHECK_OK(rr_session_open(dir, &at, &s, &err), err);
    return s;
}

/* Wrong steps of sequence i, whose predictions begin at y. */
static size_t wrong_steps(const rr_dataset *ds, size_t i, const uint32_t *y)
{
    const rr_sequence q = rr_dataset_at(ds, i);
    size_t n = 0;

    for (size_t t = 0; t < q.steps; t++)
        n += q.step_labels[t] != RR_NO_LABEL && q.step_labels[t] != y[t];
    return n;
}

static void errors_are_sequences_with_a_wrong_step(void **state)
{
    rr_session *s = open_run();
    rr_predictions p;
    rr_ids errors = { NULL, 0 };
    size_t at = 0;
    size_t row = 0;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_session_predict(s, RR_SPLIT_TEST, &p, &err), err);
    CHECK_OK(rr_session_errors(s, RR_SPLIT_TEST, NULL, &errors, &err), err);
    for (size_t i = 0; i < rr_dataset_count(p.ds); i++) {
        if (wrong_steps(p.ds, i, p.step_prediction + row) > 0)
            assert_int_equal(errors.ids[at++], i);
        row += rr_dataset_at(p.ds, i).steps;
    }
    assert_int_equal(at, errors.count);
    assert_int_equal(at, p.errors);
    assert_true(at > 0);
    rr_ids_free(&errors);
    rr_session_close(s);
}

static void misread_spans_hold_their_wrong_steps(void **state)
{
    rr_session *s = open_run();
    rr_localize_config cfg = rr_localize_config_default();
    rr_span_localization *l = NULL;
    rr_predictions p;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_session_predict(s, RR_SPLIT_TEST, &p, &err), err);
    CHECK_OK(rr_session_localize_spans(s, RR_SPLIT_TEST, &cfg, NULL, &l, &err), err);
    assert_int_equal(l->step_errors, p.step_errors);
    assert_int_equal(l->labelled_steps, p.labelled_steps);
    assert_true(l->count > 0 && l->count < l->all);
    for (size_t i = 0; i < l->count; i++) {
        const rr_span *span = &l->spans[i].span;
        const rr_sequence q = rr_dataset_at(p.ds, span->sequence);
        const rr_segments *found = l->spans[i].segments;
        assert_true(2 * span->wrong >= span->last - span->first + 1);
        for (size_t t = span->first; t <= span->last; t++)
            assert_int_equal(q.step_labels[t - 1], span->label);
        for (size_t k = 0; k < found->count; k++)
            assert_in_range(found->segments[k].t, span->first, span->last);
    }
    rr_span_localization_free(l);
    rr_session_close(s);
}

/* Shares add up, and lifts are over the shares of all labelled training steps. */
static void check_labels(rr_session *s, const rr_answer *x)
{
    const rr_influence *inf = NULL;
    rr_error err = { 0 };

    CHECK_OK(rr_session_influence(s, &inf, &err), err);
    const rr_traces *training = rr_influence_training(inf);
    size_t usual[V] = { 0 };
    size_t all = 0;
    size_t matching = 0;
    for (size_t i = 0; i < rr_traces_count(training); i++) {
        const rr_trace a = rr_traces_at(training, i);
        for (size_t t = 0; t < a.steps; t++)
            if (a.step_labels[t] != 65535) {
                usual[a.step_labels[t]]++;
                all++;
            }
    }
    for (size_t k = 0; k < x->count_labels; k++)
        matching += x->labels[k].count;
    for (size_t k = 0; k < x->count_labels; k++) {
        const rr_label_lift *l = &x->labels[k];
        CHECK_NEAR(l->share, (double)l->count / (double)matching, 1e-12, 0.0);
        CHECK_NEAR(l->lift, l->share / ((double)usual[l->label] / (double)all), 1e-12, 0.0);
        assert_true(k == 0 || x->labels[k - 1].count >= l->count);
    }
    assert_true(matching > 0);
}

static void an_explanation_says_what_is_behind_the_first_misread_span(void **state)
{
    rr_session *s = open_run();
    rr_localize_config cfg = rr_localize_config_default();
    rr_span_localization *l = NULL;
    rr_question q;
    rr_answer *x = NULL;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_session_localize_spans(s, RR_SPLIT_TEST, &cfg, NULL, &l, &err), err);
    CHECK_OK(rr_session_question(s, &q, &err), err);
    CHECK_OK(rr_session_explain(s, &q, &x, &err), err);
    assert_int_equal(x->sample, l->spans[0].span.sequence);
    assert_int_equal(x->step, l->spans[0].span.first);
    assert_int_equal(x->last_step, l->spans[0].span.last);
    assert_int_equal(x->count_matches, 0);
    for (size_t t = 0; t < x->explanation->count_steps; t++)
        assert_int_equal(x->explanation->steps[t].label,
                         rr_dataset_at(x->ds, x->at).step_labels[t]);
    check_labels(s, x);
    assert_true(x->count_spans > 0);
    for (size_t k = 0; k < x->count_spans; k++) /* its sequence is there to be printed */
        assert_true(rr_answer_training(x, x->spans[k].span.sequence).steps >=
                    x->spans[k].span.last);
    rr_answer_free(x);
    q.sample = 2;
    q.step = 2;
    q.last_step = 3;
    CHECK_OK(rr_session_explain(s, &q, &x, &err), err);
    assert_int_equal(x->step, 2);
    assert_int_equal(x->last_step, 3);
    rr_answer_free(x);
    q.last_step = 90;
    CHECK_FAILS(rr_session_explain(s, &q, &x, &err), RR_ERR_ARG, err, "the sequence has T =");
    rr_span_localization_free(l);
    rr_session_close(s);
}

static void what_is_of_sequences_is_refused(void **state)
{
    rr_session *s = open_run();
    rr_session_audit_config audit = rr_session_audit_config_default();
    rr_audit *ranking = NULL;
    rr_error err = { 0 };

    (void)state;
    CHECK_FAILS(rr_session_audit(s, &audit, &ranking, &err), RR_ERR_UNSUPPORTED, err,
                "rr_session_audit_steps()");
    rr_session_close(s);
}

/* Every symbol turns the label of the next step here; of the last one nothing is known. */
static void a_trigger_turns_the_next_step(void **state)
{
    const uint32_t symbol = 1;
    rr_session *s = open_run();
    rr_scan_config scan = rr_scan_config_default();
    rr_trace_config cfg = rr_trace_config_default();
    rr_traced_trigger *t = NULL;
    rr_scan *found = NULL;
    rr_predictions p;
    const rr_dataset *train = NULL;
    size_t n = 0, followers = 0;
    rr_error err = { 0 };

    (void)state;
    scan.support = 1;
    CHECK_OK(rr_session_scan(s, &scan, &found, &err), err);
    (void)rr_scan_candidates(found, &n);
    assert_true(n > 0);
    cfg.symbols = &symbol;
    cfg.count_symbols = 1;
    cfg.target = 0;
    cfg.comparisons = 1;
    CHECK_OK(rr_session_trace_trigger(s, &cfg, &t, &err), err);
    const rr_carrier *list = rr_backdoor_carriers(t->backdoor, &n);
    CHECK_OK(rr_session_split(s, RR_SPLIT_TRAIN, &train, &err), err);
    for (size_t i = 0; i < rr_dataset_count(train); i++) {
        const rr_sequence seq = rr_dataset_at(train, i);
        for (size_t u = 1; u < seq.steps; u++)
            followers += seq.symbols[u - 1] == symbol && seq.step_labels[u] != RR_NO_LABEL;
    }
    assert_int_equal(n, followers);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(list[i].label,
                         rr_dataset_at(train, list[i].id).step_labels[list[i].step - 1]);
    CHECK_OK(rr_session_predict(s, RR_SPLIT_TEST, &p, &err), err);
    CHECK_NEAR(t->attack.accuracy, p.step_accuracy, 1e-12, 0.0);
    rr_traced_trigger_free(t);
    rr_scan_free(found);
    rr_session_close(s);
}

/* Addition of an insertion: the source with the target's symbol, and its label, behind a step whose
 * state and prediction are those before the target; all else is as it was. */
static void check_insertion(rr_session *s, const rr_repair_result *x, const rr_repair_target *t,
                            const rr_insertion *one)
{
    const rr_influence *inf = NULL;
    rr_error err = { 0 };

    CHECK_OK(rr_session_influence(s, &inf, &err), err);
    const rr_trace source = rr_traces_at(rr_influence_training(inf), one->source);
    const rr_sequence target = rr_dataset_at(x->ds, t->id);
    const rr_sequence from = rr_dataset_at(x->train, one->source);
    const rr_sequence made = rr_dataset_at(x->additions, one->addition);

    assert_int_equal(made.steps, from.steps + 1);
    assert_true(one->in_context);
    for (size_t k = 0; k < made.steps; k++) {
        const size_t at = k < one->after ? k : k - 1;
        const bool new = k == one->after;
        assert_int_equal(made.symbols[k], new ? target.symbols[t->step - 1] : from.symbols[at]);
        assert_int_equal(made.step_labels[k], new ? t->truth : from.step_labels[at]);
    }
    if (one->after > 0 && from.step_labels[one->after - 1] != RR_NO_LABEL)
        assert_int_equal(source.predictions[one->after - 1], from.step_labels[one->after - 1]);
    assert_true(one->prediction != t->truth && one->truth < one->before);
}

/* Copies of a sequence up to its wrong step, which alone has a label. */
static void direct_copies_have_the_label_of_the_wrong_step_alone(void **state)
{
    rr_session *s = open_run();
    rr_repair_request request = rr_repair_request_default(s);
    rr_repair_result *x = NULL;
    rr_error err = { 0 };

    (void)state;
    request.most = 3;
    request.search.strategy = RR_STRATEGY_DIRECT;
    request.search.copies = 2;
    CHECK_OK(rr_session_repair(s, &request, NULL, &x, &err), err);
    assert_int_equal(x->count, 3);
    assert_int_equal(rr_dataset_count(x->additions), 6);
    for (size_t i = 0; i < 6; i++) {
        const rr_repair_target *t = &x->targets[i / 2];
        const rr_sequence a = rr_dataset_at(x->additions, i), q = rr_dataset_at(x->ds, t->id);
        assert_int_equal(t->copies, 2);
        assert_int_equal(a.steps, t->step);
        assert_memory_equal(a.symbols, q.symbols, t->step * sizeof *a.symbols);
        for (size_t k = 0; k + 1 < a.steps; k++)
            assert_int_equal(a.step_labels[k], RR_NO_LABEL);
        assert_int_equal(a.step_labels[a.steps - 1], t->truth);
    }
    rr_repair_result_free(x);
    rr_session_close(s);
}

static void a_repair_is_of_single_wrong_steps(void **state)
{
    rr_session *s = open_run();
    rr_repair_request request = rr_repair_request_default(s);
    rr_repair_result *x = NULL;
    rr_predictions p;
    rr_error err = { 0 };

    (void)state;
    request.most = 5;
    request.retrain.epochs = 1;
    request.max_broken = 100000; /* the run is looked at */
    CHECK_OK(rr_session_repair(s, &request, "repaired", &x, &err), err);
    CHECK_OK(rr_session_predict(s, RR_SPLIT_TEST, &p, &err), err);
    assert_int_equal(x->steps, 1);
    assert_int_equal(x->count, 5);
    assert_true(rr_dataset_count(x->additions) > 0);
    for (size_t i = 0; i < x->count; i++) {
        const rr_repair_target *t = &x->targets[i];
        assert_int_equal(rr_dataset_at(x->ds, t->id).step_labels[t->step - 1], t->truth);
        assert_int_equal(p.step_prediction[t->unit], t->prediction);
        assert_int_not_equal(t->truth, t->prediction);
        assert_int_equal(t->segment.count_balance, 0);
        if (i > 0)
            assert_true(p.step_probability[t->unit] <= p.step_probability[x->targets[i - 1].unit]);
        for (size_t k = 0; k < t->count_kept; k++)
            check_insertion(s, x, t, &t->segment.kept[k]);
    }
    assert_int_equal(x->all.count, p.labelled_steps);
    assert_int_equal(x->all.fixed + x->all.still_failing, p.step_errors);
    CHECK_NEAR(x->all.accuracy_before, p.step_accuracy, 1e-12, 0.0);
    assert_int_equal(x->of_targets.count, 5);
    assert_int_equal(x->of_targets.fixed + x->of_targets.still_failing, 5);
    rr_repair_result_free(x);
    request.search.level = RR_LEVEL_SAMPLE;
    CHECK_FAILS(rr_session_repair(s, &request, "other", &x, &err), RR_ERR_UNSUPPORTED, err,
                "level sample");
    request.search.level = RR_LEVEL_AUTO;
    request.targets = (const size_t[]){ 4000 };
    request.count_targets = 1;
    CHECK_FAILS(rr_session_repair(s, &request, "other", &x, &err), RR_ERR_ARG, err, "samples 4000");
    assert_false(rri_file_exists("other"));
    rr_session_close(s);
}

static void labels_of_steps_are_audited_and_changed(void **state)
{
    rr_session *s = open_run();
    rr_session_step_audit_config cfg;
    rr_retrain_config how = rr_retrain_config_default(s);
    rr_step_audit *audit = NULL;
    rr_session *child = NULL;
    rr_decisions_result done = { .kept = 9 };
    const rr_dataset *train = NULL;
    const rr_dataset *changed = NULL;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_session_step_audit_question(s, &cfg, &err), err);
    assert_int_equal(cfg.audit.key, RR_KEY_STATE_SYMBOL);
    cfg.audit.top = 3;
    CHECK_OK(rr_session_audit_steps(s, &cfg, &audit, &err), err);
    CHECK_OK(rr_session_split(s, RR_SPLIT_TRAIN, &train, &err), err);
    const rr_step_audit_result *x = rr_step_audit_result_of(audit);
    assert_int_equal(x->steps, rr_dataset_labelled_steps(train));
    CHECK_OK(rr_step_audit_save_review(audit, train, "review.csv", &err), err);
    how.epochs = 1;
    CHECK_OK(rr_session_apply_decisions(s, "review.csv", "child", RR_SPLIT_TEST, &how, &child,
                                        &done, &err),
             err);
    assert_int_equal(done.steps, 3);
    assert_int_equal(done.relabelled + done.dropped + done.kept, 0);
    assert_int_equal(done.outcome.count, done.outcome.fixed + done.outcome.still_failing +
                                             done.outcome.newly_broken + done.outcome.unchanged);
    CHECK_OK(rr_session_split(child, RR_SPLIT_TRAIN, &changed, &err), err);
    for (size_t k = 0; k < 3; k++) {
        const rr_step_audit_row *row = &x->rows[k];
        assert_int_equal(rr_dataset_at(changed, row->sequence).step_labels[row->step - 1],
                         row->suggested);
    }
    rr_session_close(child);
    rr_step_audit_free(audit);
    rr_session_close(s);
}

/* The edits of a run are read from run.json as they were written. */
static void edits_of_steps_survive_in_the_run(void **state)
{
    const rr_session_config at = rr_session_config_default();
    const rr_verify_options options = { .rebuild = 0 };
    rr_session *s = NULL;
    rr_verification v;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_session_open("child", &at, &s, &err), err);
    assert_int_equal(rr_run_settings_of(rr_session_run(s)).edits.count_steps, 3);
    CHECK_OK(rr_session_verify(s, &options, &v, &err), err);
    for (size_t i = 0; i < v.count; i++)
        assert_int_equal(v.checks[i].status, RR_OK);
    rr_session_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_are_sequences_with_a_wrong_step),
        cmocka_unit_test(misread_spans_hold_their_wrong_steps),
        cmocka_unit_test(an_explanation_says_what_is_behind_the_first_misread_span),
        cmocka_unit_test(what_is_of_sequences_is_refused),
        cmocka_unit_test(a_trigger_turns_the_next_step),
        cmocka_unit_test(direct_copies_have_the_label_of_the_wrong_step_alone),
        cmocka_unit_test(a_repair_is_of_single_wrong_steps),
        cmocka_unit_test(labels_of_steps_are_audited_and_changed),
        cmocka_unit_test(edits_of_steps_survive_in_the_run),
    };
    return cmocka_run_group_tests(tests, make_run, close_scratch);
}
