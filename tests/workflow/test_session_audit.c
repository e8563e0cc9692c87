/* SPDX-License-Identifier: MIT */
/* test_session_audit.c - a run on digits with planted wrong labels: they are found, a reviewer's
 * decisions are carried out in a child run, and every long part can be cancelled. */
#include "audit/inputs.h"
#include "scratch_folder.h"

#include "io/io.h"
#include "make.h"

enum { N = 200, C = 10, TEST = 60, WRONG = 16 };

static const char spec[] = "digits?train=200&test=60";
static const char noise[] = "noise.csv";
static const char dir[] = "run";
static const char child_dir[] = "child";

static uint32_t planted[WRONG]; /* rising */

/* Cancels from the question `left` on; counts the notes. */
typedef struct watch {
    long left; /* -1 = never */
    size_t notes;
} watch;
static watch watched = { .left = -1 };

static int cancelled(void *self)
{
    watch *w = self;

    return w->left >= 0 && w->left-- == 0;
}

static void note(void *self, const char *text)
{
    watch *w = self;

    assert_non_null(text);
    w->notes++;
}

static rr_session_config where(void)
{
    rr_session_config cfg = rr_session_config_default();

    watched = (watch){ .left = -1 };
    cfg.callbacks = (rr_callbacks){ .self = &watched, .note = note, .cancelled = cancelled };
    return cfg;
}

static void clear_child(void)
{
    assert_int_equal(system("rm -rf child"), 0);
}

static void plant_labels(void)
{
    rr_label_noise_config cfg = rr_label_noise_config_default();
    rr_decision *list = NULL;
    size_t n = 0;
    rr_error err = { 0 };

    cfg.fraction = (double)WRONG / N;
    rr_dataset *ds = load_dataset(spec, RR_SPLIT_TRAIN);
    CHECK_OK(rr_label_noise(&cfg, ds, &list, &n, &err), err);
    assert_int_equal(n, WRONG);
    for (size_t i = 0; i < n; i++)
        planted[i] = list[i].id;
    CHECK_OK(rr_decisions_save(list, n, ds, noise, &err), err);
    rr_decisions_free(list);
    rr_dataset_free(ds);
}

/* The run of all tests, trained once. */
static int make_run(void **state)
{
    const rr_session_config at = where();
    rr_new_run_config cfg = rr_new_run_config_default();
    rr_influence_config influence = rr_influence_config_default();
    rr_session *s = NULL;
    rr_error err = { 0 };

    assert_int_equal(open_scratch(state), 0);
    plant_labels();
    cfg.data = spec;
    cfg.labels = noise;
    cfg.network.cell = RR_CELL_GRU;
    cfg.network.hidden = 16;
    cfg.train.epochs = 12;
    cfg.train.batch = 10;
    cfg.train.optimizer = RR_OPT_ADAM;
    cfg.train.learning_rate = 0.01;
    cfg.checkpoints = 1;
    influence.partition.states = 12;
    CHECK_OK(rr_session_create(dir, &cfg, &at, &s, &err), err);
    CHECK_OK(rr_session_train(s, NULL, &err), err);
    CHECK_OK(rr_session_build(s, &influence, &err), err);
    rr_session_close(s);
    return 0;
}

static rr_session *open_run(void)
{
    const rr_session_config at = where();
    rr_session *s = NULL;
    rr_error err = { 0 };

    CHECK_OK(rr_session_open(dir, &at, &s, &err), err);
    return s;
}

static bool is_planted(uint32_t id)
{
    for (size_t i = 0; i < WRONG; i++)
        if (planted[i] == id)
            return true;
    return false;
}

static uint32_t given_label(rr_session *s, size_t id)
{
    const rr_dataset *train = NULL;
    rr_error err = { 0 };

    CHECK_OK(rr_session_split(s, RR_SPLIT_TRAIN, &train, &err), err);
    return rr_dataset_at(train, id).label;
}

/* ---- the ranking ------------------------------------------------------------------------------
 */

enum { MOST = N > TEST ? N : TEST };

/* What the labels of the nearest inputs of n sequences add: lift is [n][C]. */
static void nearest_lifts(const rr_dataset *train, const rr_dataset *judged, float *lift)
{
    static uint32_t ids[MOST * RRI_NEAREST], own[N * RRI_NEAREST];
    unsigned char counts[MOST], counts_own[N];
    uint32_t label[N];
    rri_inputs *x = NULL;
    rri_belief b;
    rr_error err = { 0 };

    for (size_t i = 0; i < N; i++)
        label[i] = rr_dataset_at(train, i).label;
    CHECK_OK(rri_inputs_fit(train, label, C, 1, NULL, &x, &err), err);
    CHECK_OK(rri_inputs_search(x, train, 1, 1, NULL, true, own, counts_own, &err), err);
    CHECK_OK(rri_inputs_search(x, judged, 1, 1, NULL, judged == train, ids, counts, &err), err);
    CHECK_OK(rri_belief_fit(label, N, C, 1, own, counts_own, &b, &err), err);
    assert_true(b.tells);
    CHECK_OK(
        rri_belief_logs(&b, label, N, C, ids, counts, rr_dataset_count(judged), true, lift, &err),
        err);
    rri_inputs_free(x);
}

/* -log of the given label's part of exp(s) p exp(l). */
static double combined(const float *support, const float *p, const float *lift, uint32_t given)
{
    double sum = 0.0;

    for (size_t c = 0; c < C; c++)
        sum += exp((double)support[c] + (double)lift[c]) * (double)p[c];
    return log(sum) - (double)support[given] - (double)lift[given] - log((double)p[given]);
}

static void scores_about_labels_are_what_the_definition_says(void **state)
{
    static const rr_audit_method methods[] = { RR_AUDIT_INFLUENCE, RR_AUDIT_SELF_CONFIDENCE,
                                               RR_AUDIT_COMBINED };
    float support[N * C], p[N * C], lift[N * C];
    rr_session *s = open_run();
    rr_session_audit_config cfg = rr_session_audit_config_default();
    const rr_influence *inf = NULL;
    const rr_network *net = NULL;
    const rr_dataset *train = NULL;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_session_influence(s, &inf, &err), err);
    CHECK_OK(rr_session_network(s, &net, &err), err);
    CHECK_OK(rr_session_split(s, RR_SPLIT_TRAIN, &train, &err), err);
    CHECK_OK(rr_label_support(inf, 1, support, &err), err);
    CHECK_OK(rr_network_probabilities(net, train, 1, p, &err), err);
    nearest_lifts(train, train, lift);
    for (size_t m = 0; m < 3; m++) {
        rr_audit *audit = NULL;
        cfg.audit.method = methods[m];
        CHECK_OK(rr_session_audit(s, &cfg, &audit, &err), err);
        const rr_audit_result *r = rr_audit_result_of(audit);
        assert_int_equal(r->sequences, N);
        for (size_t i = 0; i < N; i++) {
            const uint32_t given = rr_dataset_at(train, i).label;
            const size_t at = i * C + given;
            const double want = methods[m] == RR_AUDIT_INFLUENCE ? -(double)support[at]
                                : methods[m] == RR_AUDIT_SELF_CONFIDENCE
                                    ? -log((double)p[at])
                                    : combined(support + i * C, p + i * C, lift + i * C, given);
            CHECK_NEAR(r->scores[i], want, 1e-5, 1e-5);
        }
        rr_audit_free(audit);
    }
    rr_session_close(s);
}

static void planted_labels_are_ranked_first_with_their_evidence(void **state)
{
    rr_session *s = open_run();
    rr_session_audit_config cfg = rr_session_audit_config_default();
    rr_audit *audit = NULL;
    size_t first = 0;
    rr_error err = { 0 };

    (void)state;
    cfg.known = noise;
    cfg.audit.top = WRONG;
    CHECK_OK(rr_session_audit(s, &cfg, &audit, &err), err);
    const rr_audit_result *r = rr_audit_result_of(audit);
    assert_int_equal(r->count_rows, WRONG);
    for (size_t k = 0; k < r->count_rows; k++) {
        const rr_audit_row *row = &r->rows[k];
        assert_int_equal(row->id, r->order[k]);
        assert_true(row->suggested != row->given && row->confidence >= 0.0F && row->support <= 0);
        assert_true(k == 0 || row->score <= r->rows[k - 1].score);
        assert_int_equal(row->count_neighbours, RR_AUDIT_NEIGHBOURS);
        for (size_t i = 0; i < row->count_neighbours; i++) {
            assert_int_not_equal(row->neighbours[i].id, row->id);
            assert_int_equal(row->neighbours[i].label, row->neighbours[i].prediction);
        }
        first += is_planted(row->id);
    }
    assert_true(first > WRONG / 2);
    assert_true(r->has_found && r->average_precision > 0.5);
    assert_int_equal(r->found[RR_AUDIT_FOUND - 1].reviewed, N);
    assert_int_equal(r->found[RR_AUDIT_FOUND - 1].mislabelled, WRONG);
    rr_audit_free(audit);
    rr_session_close(s);
}

/* The flagged ones are those with another likeliest label; F1 written out again. */
static void flagged_labels_are_listed_and_judged(void **state)
{
    rr_session *s = open_run();
    rr_session_audit_config cfg = rr_session_audit_config_default();
    rr_audit *audit = NULL;
    size_t flagged = 0, both = 0;
    rr_error err = { 0 };

    (void)state;
    cfg.known = noise;
    cfg.audit.flagged = 1;
    CHECK_OK(rr_session_audit(s, &cfg, &audit, &err), err);
    const rr_audit_result *r = rr_audit_result_of(audit);
    for (size_t k = 0; k < N; k++) {
        const uint32_t id = r->order[k];
        if (r->likeliest[id] == given_label(s, id))
            continue;
        assert_int_equal(r->rows[flagged].id, id);
        assert_int_equal(r->rows[flagged].flagged, 1);
        flagged++;
        both += is_planted(id);
    }
    assert_true(flagged > 5 && flagged < N / 2);
    assert_int_equal(r->count_rows, flagged);
    assert_int_equal(r->flagged, flagged);
    assert_int_equal(r->flagged_true, both);
    const double wrong = 2.0 * (double)both / (double)(flagged + WRONG);
    const double right =
        2.0 * (double)(N - flagged - WRONG + both) / (double)(N - flagged + N - WRONG);
    CHECK_NEAR(r->weighted_f1, (WRONG * wrong + (N - WRONG) * right) / N, 1e-12, 0.0);
    rr_audit_free(audit);
    rr_session_close(s);
}

/* By the checkpoints: the mean of what the network said at each. */
static void dynamics_average_the_checkpoints(void **state)
{
    static float sum[N * C], p[N * C];
    rr_session *s = open_run();
    rr_session_audit_config cfg = rr_session_audit_config_default();
    const rr_train_config training = rr_run_settings_of(rr_session_run(s)).train;
    const rr_network *net = NULL;
    const rr_dataset *train = NULL;
    rr_network *at = NULL;
    rr_trainer *trainer = NULL;
    rr_audit *audit = NULL;
    char *path = NULL;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_session_network(s, &net, &err), err);
    CHECK_OK(rr_session_split(s, RR_SPLIT_TRAIN, &train, &err), err);
    CHECK_OK(rr_network_copy(net, &at, &err), err);
    CHECK_OK(rr_trainer_new(&training, at, train, &trainer, &err), err);
    for (size_t e = 1; e <= training.epochs; e++) {
        CHECK_OK(rr_run_checkpoint_path(rr_session_run(s), e, &path, &err), err);
        CHECK_OK(rr_trainer_restore(trainer, path, &err), err);
        rr_string_free(path);
        CHECK_OK(rr_network_probabilities(at, train, 1, p, &err), err);
        for (size_t k = 0; k < N * C; k++)
            sum[k] += p[k];
    }
    cfg.audit.method = RR_AUDIT_DYNAMICS;
    cfg.known = noise;
    CHECK_OK(rr_session_audit(s, &cfg, &audit, &err), err);
    const rr_audit_result *r = rr_audit_result_of(audit);
    assert_int_equal(r->checkpoints, training.epochs + 1);
    assert_true(r->average_precision > 0.5);
    for (size_t i = 0; i < N; i++) {
        const double mean = (double)sum[i * C + given_label(s, i)] / (double)training.epochs;
        CHECK_NEAR(r->scores[i], -log(mean), 1e-5, 1e-5);
    }
    rr_audit_free(audit);
    rr_trainer_free(trainer);
    rr_network_free(at);
    rr_session_close(s);
}

/* Labels of test: by the support of the training set and the network, without errors beside them,
 * for a reviewer whose file no training set takes. */
static void labels_of_another_split_are_ranked(void **state)
{
    static float support[TEST * C], p[TEST * C], lift[TEST * C];
    static const char file[] = "test.csv";
    rr_session *s = open_run(), *child = NULL;
    rr_session_audit_config cfg = rr_session_audit_config_default();
    const rr_retrain_config how = rr_retrain_config_default(s);
    rr_decisions_result result;
    const rr_influence *inf = NULL;
    const rr_network *net = NULL;
    const rr_dataset *test = NULL, *train = NULL;
    rr_state_source source = { .ops = NULL };
    rr_traces *traces = NULL;
    rr_audit *audit = NULL;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_session_influence(s, &inf, &err), err);
    CHECK_OK(rr_session_network(s, &net, &err), err);
    CHECK_OK(rr_session_split(s, RR_SPLIT_TEST, &test, &err), err);
    CHECK_OK(rr_network_states(net, test, 1, &source, &err), err);
    CHECK_OK(rr_influence_trace(inf, &source, 1, &traces, &err), err);
    CHECK_OK(rr_label_support_of(inf, traces, 1, support, &err), err);
    CHECK_OK(rr_network_probabilities(net, test, 1, p, &err), err);
    CHECK_OK(rr_session_split(s, RR_SPLIT_TRAIN, &train, &err), err);
    nearest_lifts(train, test, lift);
    cfg.judged = RR_SPLIT_TEST;
    CHECK_OK(rr_session_audit(s, &cfg, &audit, &err), err);
    const rr_audit_result *r = rr_audit_result_of(audit);
    assert_int_equal(r->sequences, TEST);
    assert_int_equal(r->errors, 0);
    for (size_t i = 0; i < TEST; i++) {
        const double want =
            combined(support + i * C, p + i * C, lift + i * C, rr_dataset_at(test, i).label);
        CHECK_NEAR(r->scores[i], want, 1e-5, 1e-5);
    }
    for (size_t k = 0; k < r->count_rows; k++) {
        const rr_audit_row *row = &r->rows[k];
        assert_int_equal(row->given, rr_dataset_at(test, row->id).label);
        assert_int_equal(row->count_driven, 0);
        assert_int_equal(row->count_neighbours, RR_AUDIT_NEIGHBOURS);
    }
    CHECK_OK(rr_audit_save_review(audit, test, file, &err), err);
    clear_child();
    CHECK_FAILS(
        rr_session_apply_decisions(s, file, child_dir, RR_SPLIT_TEST, &how, &child, &result, &err),
        RR_ERR_FORMAT, err, "the split test");
    assert_false(rri_file_exists(child_dir));
    rr_audit_free(audit);
    cfg.audit.method = RR_AUDIT_DYNAMICS;
    CHECK_OK(rr_session_audit(s, &cfg, &audit, &err), err);
    assert_int_equal(rr_audit_result_of(audit)->sequences, TEST);
    rr_audit_free(audit);
    cfg.audit.method = RR_AUDIT_SELF_CONFIDENCE;
    cfg.audit.folds = 2;
    CHECK_FAILS(rr_session_audit(s, &cfg, &audit, &err), RR_ERR_ARG, err, "not trained on these");
    cfg.audit = rr_audit_config_default(RR_AUDIT_ABOUT_ERRORS);
    CHECK_FAILS(rr_session_audit(s, &cfg, &audit, &err), RR_ERR_ARG, err, "labels alone");
    rr_traces_free(traces);
    rr_state_source_close(&source);
    rr_session_close(s);
}

static void errors_are_ranked_by_every_method_that_can(void **state)
{
    static const rr_audit_method methods[] = { RR_AUDIT_INFLUENCE, RR_AUDIT_PAPER, RR_AUDIT_TRACIN,
                                               RR_AUDIT_RANDOM };
    rr_session *s = open_run();
    rr_session_audit_config cfg = rr_session_audit_config_default();
    rr_error err = { 0 };

    (void)state;
    for (size_t m = 0; m < 4; m++) {
        rr_audit *audit = NULL;
        cfg.audit = rr_audit_config_default(RR_AUDIT_ABOUT_ERRORS);
        cfg.audit.method = methods[m];
        CHECK_OK(rr_session_audit(s, &cfg, &audit, &err), err);
        const rr_audit_result *r = rr_audit_result_of(audit);
        assert_true(r->errors > 0 && r->count_rows == 20 && !r->has_found);
        assert_true((r->count_opponents > 0) == (methods[m] == RR_AUDIT_TRACIN));
        assert_int_equal(r->checkpoints, methods[m] == RR_AUDIT_TRACIN ? 13 : 0);
        rr_audit_free(audit);
    }
    rr_session_close(s);
}

static void wrong_requests_are_named(void **state)
{
    const size_t no_error = TEST;
    rr_session *s = open_run();
    rr_session_audit_config cfg = rr_session_audit_config_default();
    rr_audit *audit = NULL;
    rr_error err = { 0 };

    (void)state;
    cfg.audit.method = RR_AUDIT_SGD;
    CHECK_FAILS(rr_session_audit(s, &cfg, &audit, &err), RR_ERR_ARG, err, "use --about errors");
    cfg.audit.method = RR_AUDIT_COMBINED;
    cfg.audit.folds = 1;
    CHECK_FAILS(rr_session_audit(s, &cfg, &audit, &err), RR_ERR_ARG, err, "--folds 1");
    cfg.audit.method = RR_AUDIT_DYNAMICS;
    cfg.audit.folds = 2;
    CHECK_FAILS(rr_session_audit(s, &cfg, &audit, &err), RR_ERR_ARG, err, "own checkpoints");
    cfg.audit.method = RR_AUDIT_TRACIN;
    cfg.audit.folds = 0;
    cfg.audit.flagged = 1;
    CHECK_FAILS(rr_session_audit(s, &cfg, &audit, &err), RR_ERR_ARG, err, "no other label");
    cfg.audit.method = RR_AUDIT_COMBINED;
    cfg.audit.flagged = 0;
    cfg.samples = &no_error;
    cfg.count_samples = 1;
    CHECK_FAILS(rr_session_audit(s, &cfg, &audit, &err), RR_ERR_ARG, err, "N = 60");
    assert_null(audit);
    rr_session_close(s);
}

/* ---- cancelling -------------------------------------------------------------------------------
 */

static void every_long_part_can_be_cancelled(void **state)
{
    static const struct {
        rr_audit_about about;
        rr_audit_method method;
        size_t folds;
        long left;
    } cases[] = { { RR_AUDIT_ABOUT_LABELS, RR_AUDIT_INFLUENCE, 0, 3 }, /* evidence */
                  { RR_AUDIT_ABOUT_LABELS, RR_AUDIT_SELF_CONFIDENCE, 2, 5 },
                  { RR_AUDIT_ABOUT_LABELS, RR_AUDIT_TRACIN, 0, 4 },
                  { RR_AUDIT_ABOUT_LABELS, RR_AUDIT_DYNAMICS, 0, 4 },
                  { RR_AUDIT_ABOUT_ERRORS, RR_AUDIT_TRACIN, 0, 4 } };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rr_session *s = open_run();
        rr_session_audit_config cfg = rr_session_audit_config_default();
        rr_audit *audit = NULL;
        rr_error err = { 0 };
        cfg.audit = rr_audit_config_default(cases[i].about);
        cfg.audit.method = cases[i].method;
        cfg.audit.folds = cases[i].folds;
        watched.left = cases[i].left;
        CHECK_FAILS(rr_session_audit(s, &cfg, &audit, &err), RR_ERR_CANCELLED, err, "cancelled");
        assert_null(audit);
        rr_session_close(s);
    }
}

/* ---- decisions --------------------------------------------------------------------------------
 */

static const char review[] = "review.csv";

static void decisions_are_carried_out_in_a_child(void **state)
{
    rr_session *s = open_run(), *child = NULL;
    rr_session_audit_config cfg = rr_session_audit_config_default();
    rr_retrain_config how = rr_retrain_config_default(s);
    rr_decisions_result result;
    const rr_dataset *train = NULL;
    rr_audit *audit = NULL;
    rr_error err = { 0 };

    (void)state;
    clear_child();
    (void)rri_remove_file(review, NULL);
    cfg.audit.top = 8;
    CHECK_OK(rr_session_audit(s, &cfg, &audit, &err), err);
    CHECK_OK(rr_session_split(s, RR_SPLIT_TRAIN, &train, &err), err);
    CHECK_OK(rr_audit_save_review(audit, train, review, &err), err);
    how.epochs = 1;
    CHECK_OK(rr_session_apply_decisions(s, review, child_dir, RR_SPLIT_TEST, &how, &child, &result,
                                        &err),
             err);
    const rr_audit_result *r = rr_audit_result_of(audit);
    assert_true(r->prefilled > 0 && r->prefilled < 8);
    assert_int_equal(result.relabelled, r->prefilled);
    assert_int_equal(result.dropped, 0);
    assert_int_equal(result.kept, 8 - r->prefilled);
    assert_true(result.compared && result.outcome.count == TEST && watched.notes > 0);
    CHECK_OK(rr_session_split(child, RR_SPLIT_TRAIN, &train, &err), err);
    for (size_t k = 0; k < 8; k++) {
        const rr_audit_row *row = &r->rows[k];
        assert_int_equal(rr_dataset_at(train, row->id).label,
                         r->reasons[k].prefilled ? row->suggested : row->given);
    }
    rr_session_close(child);
    rr_audit_free(audit);
    rr_session_close(s);
}

static void a_refused_or_cancelled_child_is_as_it_says(void **state)
{
    static const char keep[] = "id,action\n1,keep\n";
    static const char drop[] = "id,action\n1,drop\n";
    rr_session *s = open_run(), *child = NULL;
    const rr_retrain_config how = rr_retrain_config_default(s);
    rr_decisions_result result;
    rr_error err = { 0 };

    (void)state;
    clear_child();
    CHECK_OK(rri_file_write(review, keep, strlen(keep), &err), err);
    CHECK_FAILS(rr_session_apply_decisions(s, review, child_dir, RR_SPLIT_TEST, &how, &child,
                                           &result, &err),
                RR_ERR_ARG, err, "change nothing");
    assert_null(child);
    assert_false(rri_file_exists(child_dir));
    CHECK_FAILS(rr_session_apply_decisions(s, review, child_dir, RR_SPLIT_TRAIN, &how, &child,
                                           &result, &err),
                RR_ERR_ARG, err, "--split train");
    CHECK_OK(rri_file_write(review, drop, strlen(drop), &err), err);
    watched.left = 2; /* in the first epoch */
    CHECK_FAILS(rr_session_apply_decisions(s, review, child_dir, RR_SPLIT_TEST, &how, &child,
                                           &result, &err),
                RR_ERR_CANCELLED, err, "cancelled");
    assert_non_null(child);
    CHECK_OK(rr_session_train(child, NULL, &err), err);
    assert_int_equal(rr_run_model_epoch(rr_session_run(child)), 2);
    rr_session_close(child);
    rr_session_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_about_labels_are_what_the_definition_says),
        cmocka_unit_test(planted_labels_are_ranked_first_with_their_evidence),
        cmocka_unit_test(flagged_labels_are_listed_and_judged),
        cmocka_unit_test(dynamics_average_the_checkpoints),
        cmocka_unit_test(labels_of_another_split_are_ranked),
        cmocka_unit_test(errors_are_ranked_by_every_method_that_can),
        cmocka_unit_test(wrong_requests_are_named),
        cmocka_unit_test(every_long_part_can_be_cancelled),
        cmocka_unit_test(decisions_are_carried_out_in_a_child),
        cmocka_unit_test(a_refused_or_cancelled_child_is_as_it_says),
    };
    return cmocka_run_group_tests(tests, make_run, close_scratch);
}
