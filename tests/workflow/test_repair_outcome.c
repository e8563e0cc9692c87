/* SPDX-License-Identifier: MIT */
/* test_repair_outcome.c - what a repair reports and keeps: its targets, what is measured, the guard
 * and the run it leaves, controls with as many updates, means over seeds. */
#include "make.h"
#include "scratch_folder.h"

#include "rnnrepair/workflow_repair.h"

#include <math.h>
#include <string.h>

enum { TRAIN = 120, TEST = 60, BATCH = 10 };

/* A network that has learned something and errs, with its influence model. */
static rr_session *run_keeping(const char *dir, const char *data, rr_keep keep)
{
    rr_new_run_config cfg = rr_new_run_config_default();
    rr_influence_config inf = rr_influence_config_default();
    rr_session *s = NULL;
    rr_error err = { 0 };

    cfg.data = data;
    cfg.network.hidden = 8;
    cfg.train.epochs = 12;
    cfg.train.batch = BATCH;
    cfg.train.optimizer = RR_OPT_ADAM;
    cfg.train.learning_rate = 0.01;
    cfg.keep = keep;
    CHECK_OK(rr_session_create(dir, &cfg, NULL, &s, &err), err);
    CHECK_OK(rr_session_train(s, NULL, &err), err);
    inf.partition.states = 4;
    inf.components = 3;
    CHECK_OK(rr_session_build(s, &inf, &err), err);
    return s;
}

static rr_session *new_run(const char *dir, const char *data)
{
    return run_keeping(dir, data, RR_KEEP_LAST);
}

static rr_session *digits(void)
{
    return new_run("run", "digits?train=120&test=60");
}

/* Three classes of waves with noise, 120 of them to train with, 40 dev and 60 test. */
static void write_waves(void)
{
    FILE *f = fopen("waves.csv", "w");
    rri_random r = rri_random_at(5, RRI_RANDOM_PARITY, 0);

    assert_non_null(f);
    fprintf(f, "id,split,label,a,b\n");
    for (int i = 0; i < TRAIN + 40 + TEST; i++) {
        const char *split = i < TRAIN ? "train" : i < TRAIN + 40 ? "dev" : "test";
        const double at = 6.0 * rri_random_uniform(&r);
        for (int t = 0; t < 8; t++) {
            const double u = (0.5 + 0.35 * (i % 3)) * t + at;
            fprintf(f, "%d,%s,%d,%.5f,%.5f\n", i, split, i % 3,
                    sin(u) + 0.7 * rri_random_normal(&r), cos(u) + 0.7 * rri_random_normal(&r));
        }
    }
    assert_int_equal(fclose(f), 0);
}

static rr_session *waves(void)
{
    write_waves();
    return new_run("run", "csv:waves.csv?frames=a,b&sequence=id");
}

/* Copies of the failing inputs: nothing is searched. */
static rr_repair_request direct(const rr_session *s)
{
    rr_repair_request q = rr_repair_request_default(s);

    q.search.strategy = RR_STRATEGY_DIRECT;
    q.search.copies = 2;
    q.most = 6;
    q.controls = 0;
    return q;
}

static rr_repair_result *repaired(rr_session *s, const rr_repair_request *q, const char *dir)
{
    rr_repair_result *r = NULL;
    rr_error err = { 0 };

    CHECK_OK(rr_session_repair(s, q, dir, &r, &err), err);
    return r;
}

static void model_hash(rr_session *s, char out[65])
{
    const rr_network *net = NULL;
    rr_error err = { 0 };

    CHECK_OK(rr_session_network(s, &net, &err), err);
    CHECK_OK(rr_network_hash(net, out, &err), err);
}

/* ---- what is added, and measured ------------------------------------------------------------ */

static void direct_adds_the_failing_inputs_with_their_labels(void **state)
{
    rr_session *s = digits();
    const rr_repair_request q = direct(s);
    rr_repair_result *r = repaired(s, &q, NULL);

    (void)state;
    assert_int_equal(r->count, 6);
    assert_int_equal(rr_dataset_count(r->additions), 12);
    assert_int_equal(r->count_retrainings, 0);
    for (size_t i = 0; i < 12; i++) {
        const rr_repair_target *t = &r->targets[i / 2];
        const rr_sequence a = rr_dataset_at(r->additions, i), x = rr_dataset_at(r->ds, t->id);
        assert_int_equal(t->copies, 2);
        assert_int_equal(a.label, x.label);
        assert_int_equal(a.steps, x.steps);
        assert_memory_equal(a.frames, x.frames, a.steps * 28 * sizeof(float));
    }
    rr_repair_result_free(r);
    rr_session_close(s);
}

static void test_is_measured_and_the_rest_of_it_unseen(void **state)
{
    rr_session *s = digits();
    const rr_repair_request q = direct(s);
    rr_repair_result *r = repaired(s, &q, "repaired");
    const rr_retraining *x = &r->retrainings[0];
    size_t errors = 0, of_classes = 0;

    (void)state;
    for (size_t i = 0; i < TEST; i++)
        errors += r->before[i] != rr_dataset_at(r->ds, i).label;
    assert_int_equal(q.split, RR_SPLIT_TEST); /* there is no dev */
    assert_true(r->test_used);
    assert_int_equal(r->measured_split, RR_SPLIT_TEST);
    assert_int_equal(x->targets.count, 6);
    assert_int_equal(x->unseen.count, TEST - 6);
    assert_int_equal(x->unseen.fixed + x->unseen.still_failing, errors - 6);
    assert_int_equal(x->measured.counts.count, TEST);
    assert_int_equal(x->measured.counts.fixed, x->unseen.fixed + x->targets.fixed);
    assert_int_equal(x->measured.counts.newly_broken, r->all.newly_broken);
    assert_true(x->measured.divergence > 0.0 && x->measured.after.loss > 0.0);
    for (size_t c = 0; c < 10; c++)
        of_classes += x->classes[c].count;
    assert_int_equal(of_classes, TEST);
    rr_repair_result_free(r);
    rr_session_close(s);
}

static void halves_repair_even_numbers_and_measure_odd_ones(void **state)
{
    rr_session *s = digits();
    rr_repair_request q = direct(s);
    const size_t odd[] = { 1 };
    rr_repair_result *r = NULL;
    rr_error err = { 0 };

    (void)state;
    q.halves = 1;
    r = repaired(s, &q, "repaired");
    for (size_t i = 0; i < r->count; i++)
        assert_int_equal(r->targets[i].id % 2, 0);
    assert_int_equal(r->retrainings[0].measured.counts.count, TEST / 2);
    assert_int_equal(r->retrainings[0].unseen.count, TEST / 2);
    rr_repair_result_free(r);
    q.targets = odd;
    q.count_targets = 1;
    CHECK_FAILS(rr_session_repair(s, &q, "other", &r, &err), RR_ERR_ARG, err,
                "samples 1: with halves, targets have even numbers");
    rr_session_close(s);
}

/* Targets of dev: test is only measured, and what is held back is of the training set. */
static void errors_of_dev_leave_test_a_test(void **state)
{
    rr_session *s = waves();
    const rr_repair_request q = direct(s);
    rr_repair_result *r = repaired(s, &q, "repaired");

    (void)state;
    assert_int_equal(q.split, RR_SPLIT_DEV);
    assert_false(r->test_used);
    assert_int_equal(r->measured_split, RR_SPLIT_TEST);
    assert_int_equal(r->retrainings[0].unseen.count, TEST);
    assert_int_equal(r->guard.split, RR_SPLIT_TRAIN);
    assert_int_equal(r->guard.count_held, TRAIN / 4);
    rr_repair_result_free(r);
    rr_session_close(s);
}

static void cases_are_repaired_under_the_guard_of_dev(void **state)
{
    rr_session *s = waves();
    rr_repair_request q = direct(s);
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(
        rr_session_other(s, "csv:waves.csv?frames=a,b&sequence=id", RR_SPLIT_TRAIN, NULL, &err),
        err);
    q.split = RR_SPLIT_OTHER;
    rr_repair_result *r = repaired(s, &q, "repaired");
    assert_int_equal(rr_dataset_count(r->ds), TRAIN);
    assert_int_equal(r->retrainings[0].unseen.count, TEST);
    assert_int_equal(r->guard.split, RR_SPLIT_DEV);
    assert_int_equal(r->guard.count_held, 0);
    assert_int_equal(r->retrainings[0].guard.count, 40);
    assert_int_equal(r->retrainings[0].targets.count, r->count);
    rr_repair_result_free(r);
    rr_session_close(s);
}

/* ---- the guard ------------------------------------------------------------------------------ */

static void what_is_held_back_is_of_every_class_and_is_not_trained_on(void **state)
{
    rr_session *s = digits();
    const rr_repair_request q = direct(s);
    rr_repair_result *r = repaired(s, &q, "repaired");
    const rr_guard kept = rr_run_settings_of(rr_session_run(r->child)).guard;
    size_t of[10] = { 0 };

    (void)state;
    assert_true(kept.on && kept.split == RR_SPLIT_TRAIN && kept.points == 8);
    assert_int_equal(kept.count_held, 30);
    assert_memory_equal(kept.held, r->guard.held, 30 * sizeof *kept.held);
    for (size_t i = 0; i < kept.count_held; i++) {
        assert_true(i == 0 || kept.held[i] > kept.held[i - 1]);
        of[rr_dataset_at(r->train, kept.held[i]).label]++;
    }
    for (size_t c = 0; c < 10; c++)
        assert_int_equal(of[c], 3);
    rr_repair_result_free(r);
    rr_session_close(s);
}

/* How many kept samples are made of a sequence in the list. */
static size_t made_of(const rr_repair_result *r, const uint32_t *held, size_t n)
{
    size_t found = 0;

    for (size_t i = 0; i < r->count; i++)
        for (size_t k = 0; k < r->targets[i].count_kept; k++) {
            const rr_repair_sample *x = &r->targets[i].sample.kept[k];
            for (size_t j = 0; j < n; j++)
                found += !x->of_input && x->source == held[j];
        }
    return found;
}

/* By every strategy that makes samples; without a guard they are made of these as of others. */
static void no_sample_is_made_of_what_is_held_back(void **state)
{
    static const rr_strategy strategies[] = { RR_STRATEGY_MIXED, RR_STRATEGY_INFLUENCE,
                                              RR_STRATEGY_RANDOM };
    rr_session *s = digits();
    rr_repair_request q = rr_repair_request_default(s);
    size_t unguarded = 0;

    (void)state;
    q.controls = 0;
    q.search.sample.variants = 40;
    q.search.sample.rounds = 1;
    q.retrain.epochs = 1;
    for (size_t i = 0; i < 3; i++) {
        q.search.strategy = strategies[i];
        q.guard_points = 1;
        rr_repair_result *r = repaired(s, &q, "repaired");
        assert_true(r->guard.count_held > 0 && rr_dataset_count(r->additions) > 0);
        assert_int_equal(made_of(r, r->guard.held, r->guard.count_held), 0);
        q.guard_points = 0;
        rr_repair_result *all = repaired(s, &q, NULL);
        unguarded += made_of(all, r->guard.held, r->guard.count_held);
        rr_repair_result_free(all);
        rr_repair_result_free(r);
        assert_int_equal(system("rm -rf repaired"), 0);
    }
    assert_true(unguarded > 0);
    rr_session_close(s);
}

/* Large steps break inputs of the guard from the first comparison on, and none may be broken. */
static rr_repair_request harmful(const rr_session *s)
{
    rr_repair_request q = direct(s);

    q.retrain.learning_rate = 1.0;
    q.max_broken = 0;
    return q;
}

/* A rate and a budget that are kept to along the way, but not at the end: which, depends on the
 * processor. The repair is in "repaired". */
static rr_repair_result *stopped_early(rr_session *s, rr_repair_request *q)
{
    static const double rates[] = { 0.03, 0.05, 0.1, 0.3 };

    for (size_t i = 0; i < 4; i++)
        for (q->max_broken = 0; q->max_broken < 20; q->max_broken++) {
            q->retrain.learning_rate = rates[i];
            rr_repair_result *r = repaired(s, q, "repaired");
            if (r->child != NULL && r->retrainings[0].kept < r->retrainings[0].updates)
                return r;
            rr_repair_result_free(r);
            assert_int_equal(system("rm -rf repaired"), 0);
        }
    fail_msg("%s", "no rate and budget stop along the way");
    return NULL;
}

static void a_harmful_repair_leaves_no_run(void **state)
{
    rr_session *s = digits();
    rr_repair_request q = harmful(s);
    rr_repair_result *r = repaired(s, &q, "new/repaired");

    (void)state;
    assert_true(r->retrainings[0].harmful);
    assert_true(r->retrainings[0].guard.newly_broken > 0);
    assert_null(r->child);
    assert_non_null(r->after);
    assert_int_not_equal(access("new", F_OK), 0);
    rr_repair_result_free(r);

    q.keep_harmful = 1;
    r = repaired(s, &q, "new/repaired");
    assert_false(r->retrainings[0].harmful);
    assert_non_null(r->child);
    assert_int_equal(r->retrainings[0].kept, r->retrainings[0].updates);
    assert_int_equal(access("new/repaired/model.safetensors", F_OK), 0);
    rr_repair_result_free(r);
    rr_session_close(s);
}

static void from_scratch_the_last_weights_are_judged(void **state)
{
    rr_session *s = digits();
    rr_repair_request q = direct(s);

    (void)state;
    q.retrain.start = RR_RETRAIN_SCRATCH;
    q.retrain.epochs = 1;
    q.max_broken = 0;
    rr_repair_result *r = repaired(s, &q, "repaired");
    assert_true(r->retrainings[0].harmful && r->child == NULL);
    assert_int_not_equal(access("repaired", F_OK), 0);
    rr_repair_result_free(r);
    rr_session_close(s);
}

/* The weights kept are those of the update noted: a training that ends there has the same. */
static void a_budget_keeps_weights_along_the_way(void **state)
{
    const rr_verify_options options = { .retrain = 1 };
    rr_session *s = digits();
    rr_repair_request q = direct(s);
    rr_verification v;
    rr_error err = { 0 };

    (void)state;
    rr_repair_result *r = stopped_early(s, &q);
    const rr_retraining *x = &r->retrainings[0];
    assert_true(x->kept > 0 && x->guard.newly_broken <= q.max_broken);
    const rr_guarded seen = rr_run_guarded(rr_session_run(r->child));
    assert_int_equal(seen.kept, x->kept);
    assert_int_equal(seen.updates, x->updates);
    assert_int_equal(seen.broken, x->guard.newly_broken);
    rr_repair_result_free(r);

    rr_session *again = NULL;
    CHECK_OK(rr_session_open("repaired", NULL, &again, &err), err);
    CHECK_OK(rr_session_verify(again, &options, &v, &err), err);
    assert_string_equal(v.checks[v.count - 1].name, "training");
    assert_string_equal(v.checks[v.count - 1].detail, "");
    rr_session_close(again);
    rr_session_close(s);
}

/* Cancelled in the second epoch, and resumed by a session of its own. */
static int cancel_after;
static int on_cancelled(void *self)
{
    (void)self;
    return cancel_after > 0 && --cancel_after == 0;
}

static void a_resumed_repair_keeps_the_same_weights(void **state)
{
    rr_session_config where = rr_session_config_default();
    rr_session *s = NULL, *rest = NULL;
    rr_repair_result *r = NULL;
    char whole[65], resumed[65];
    size_t epochs = 0;
    rr_error err = { 0 };

    (void)state;
    rr_session_close(digits());
    where.callbacks.cancelled = on_cancelled;
    CHECK_OK(rr_session_open("run", &where, &s, &err), err);
    rr_repair_request q = direct(s);
    r = stopped_early(s, &q);
    model_hash(r->child, whole);
    rr_repair_result_free(r);

    cancel_after = 6 + 14 + 4; /* targets searched, an epoch of 14 batches, some of the next */
    assert_int_equal(rr_session_repair(s, &q, "parts", &r, &err), RR_ERR_CANCELLED);
    assert_non_null(r);
    (void)rr_run_history(rr_session_run(r->child), &epochs);
    assert_int_equal(epochs, 1);
    rr_repair_result_free(r);
    CHECK_OK(rr_session_open("parts", NULL, &rest, &err), err);
    CHECK_OK(rr_session_train(rest, NULL, &err), err);
    model_hash(rest, resumed);
    assert_string_equal(whole, resumed);
    rr_session_close(rest);
    rr_session_close(s);
}

/* Interrupted in its controls, a harmful repair is known to be one. */
static void a_harmful_repair_is_dropped_though_its_controls_are_cancelled(void **state)
{
    rr_session_config where = rr_session_config_default();
    const int most = 1000000;
    rr_session *s = NULL;
    rr_repair_result *r = NULL;
    rr_error err = { 0 };

    (void)state;
    rr_session_close(digits());
    where.callbacks.cancelled = on_cancelled;
    CHECK_OK(rr_session_open("run", &where, &s, &err), err);
    rr_repair_request q = harmful(s);
    cancel_after = most;
    r = repaired(s, &q, "repaired");
    assert_true(r->retrainings[0].harmful);
    rr_repair_result_free(r);

    q.controls = RR_CONTROL(RR_STRATEGY_NONE);
    cancel_after = most - cancel_after + 3; /* in the training of the control */
    assert_int_equal(rr_session_repair(s, &q, "repaired", &r, &err), RR_ERR_CANCELLED);
    cancel_after = 0;
    assert_null(r);
    assert_int_not_equal(access("repaired", F_OK), 0);
    rr_session_close(s);
}

/* Without a guard a run that keeps its best epoch does so in retraining, too. */
static void the_best_epoch_is_what_was_kept(void **state)
{
    static const double rates[] = { 1.0, 0.3, 0.1, 0.03 };
    size_t epochs = 0;
    bool early = false;

    (void)state;
    write_waves();
    rr_session *s = run_keeping("run", "csv:waves.csv?frames=a,b&sequence=id", RR_KEEP_BEST);
    rr_repair_request q = direct(s);
    q.keep_harmful = 1;
    q.retrain.epochs = 3;
    for (size_t i = 0; i < 4 && !early; i++) {
        q.retrain.learning_rate = rates[i];
        rr_repair_result *r = repaired(s, &q, "repaired");
        const size_t best = rr_run_model_epoch(rr_session_run(r->child));
        (void)rr_run_history(rr_session_run(r->child), &epochs);
        assert_int_equal(r->retrainings[0].kept, r->retrainings[0].updates / epochs * best);
        early = best < epochs;
        rr_repair_result_free(r);
        assert_int_equal(system("rm -rf repaired"), 0);
    }
    assert_true(early);
    rr_session_close(s);
}

static void a_mean_of_weights_cannot_be_trained_on(void **state)
{
    const rr_train_options more = { .epochs = 3 };
    rr_session *s = digits();
    rr_repair_request q = direct(s);
    rr_error err = { 0 };

    (void)state;
    q.keep_harmful = 1;
    q.retrain.average = 1;
    rr_repair_result *r = repaired(s, &q, "repaired");
    CHECK_FAILS(rr_session_train(r->child, &more, &err), RR_ERR_ARG, err,
                "the mean of the weights in its last epoch, 2");
    rr_repair_result_free(r);
    rr_session_close(s);
}

static void a_guard_that_no_run_could_have_is_refused(void **state)
{
    static const uint32_t falling[] = { 7, 5 };
    rr_session *s = digits(), *child = NULL;
    rr_retrain_config cfg = rr_retrain_config_default(s);
    rr_guard g = { .on = 1, .split = RR_SPLIT_TRAIN, .held = falling, .count_held = 2 };
    rr_error err = { 0 };

    (void)state;
    cfg.guard = &g;
    CHECK_FAILS(rr_session_child(s, "child", NULL, &cfg, &child, &err), RR_ERR_ARG, err,
                "sequence 5 is held back after 7");
    g = (rr_guard){ .on = 1, .split = RR_SPLIT_TEST };
    CHECK_FAILS(rr_session_child(s, "child", NULL, &cfg, &child, &err), RR_ERR_ARG, err,
                "a guard is dev");
    assert_int_not_equal(access("child", F_OK), 0);
    rr_session_close(s);
}

static void without_a_guard_everything_is_trained_on(void **state)
{
    rr_session *s = digits();
    rr_repair_request q = direct(s);

    (void)state;
    q.guard_points = 0;
    rr_repair_result *r = repaired(s, &q, "repaired");
    assert_false(r->guard.on);
    assert_false(rr_run_settings_of(rr_session_run(r->child)).guard.on);
    assert_int_equal(r->retrainings[0].guard.count, 0);
    rr_repair_result_free(r);
    rr_session_close(s);
}

/* ---- which errors ---------------------------------------------------------------------------- */

/* The errors that are chosen, named in another order, are the same repair. */
static void listed_targets_are_the_chosen_ones(void **state)
{
    rr_session *s = digits();
    rr_repair_request q = direct(s);
    char chosen[65], listed[65];
    size_t ids[6];

    (void)state;
    q.keep_harmful = 1;
    rr_repair_result *a = repaired(s, &q, "a");
    assert_int_equal(a->count, 6);
    for (size_t i = 0; i < 6; i++)
        ids[i] = a->targets[5 - i].id;
    q.targets = ids;
    q.count_targets = 6;
    rr_repair_result *b = repaired(s, &q, "b");
    assert_int_equal(b->count, 6);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(a->targets[i].id, b->targets[i].id);
    model_hash(a->child, chosen);
    model_hash(b->child, listed);
    assert_string_equal(chosen, listed);
    rr_repair_result_free(a);
    rr_repair_result_free(b);
    rr_session_close(s);
}

/* ---- controls ------------------------------------------------------------------------------- */

static void controls_have_as_many_updates(void **state)
{
    static const rr_strategy order[] = { RR_STRATEGY_DIRECT, RR_STRATEGY_NONE, RR_STRATEGY_RANDOM };
    rr_session *s = digits();
    rr_repair_request q = direct(s);

    (void)state;
    q.search.copies = 7;
    q.search.sample.variants = 20;
    q.search.sample.keep = 3;
    q.controls = RR_CONTROL(RR_STRATEGY_NONE) | RR_CONTROL(RR_STRATEGY_RANDOM) |
                 RR_CONTROL(RR_STRATEGY_DIRECT); /* that is the repair itself */
    q.keep_harmful = 1;
    rr_repair_result *r = repaired(s, &q, "repaired");
    assert_int_equal(r->count_retrainings, 3);
    assert_int_equal(r->retrainings[0].updates, 2 * ((TRAIN + 42 + BATCH - 1) / BATCH));
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(r->retrainings[i].strategy, order[i]);
        assert_int_equal(r->retrainings[i].updates, r->retrainings[0].updates);
        assert_int_equal(r->retrainings[i].targets.count, 6);
    }
    assert_int_equal(r->retrainings[1].added, 0);
    assert_true(r->retrainings[2].added > 0);
    rr_repair_result_free(r);
    rr_session_close(s);
}

/* 13 epochs of 12 batches are as many updates as 12 epochs of 13. */
static void a_control_is_the_repair_by_its_strategy(void **state)
{
    rr_session *s = digits();
    rr_repair_request q = direct(s);

    (void)state;
    q.most = 1;
    q.search.copies = 10;
    q.guard_points = 0;
    q.retrain.epochs = 12;
    rr_repair_result *alone = repaired(s, &q, "alone");
    q.search.strategy = RR_STRATEGY_NONE;
    q.retrain.epochs = 13;
    q.controls = RR_CONTROL(RR_STRATEGY_DIRECT);
    rr_repair_result *beside = repaired(s, &q, "beside");
    const rr_retraining *a = &alone->retrainings[0], *b = &beside->retrainings[1];
    assert_int_equal(a->updates, 156);
    assert_int_equal(b->updates, 156);
    assert_int_equal(b->added, 10);
    assert_int_equal(a->measured.counts.fixed, b->measured.counts.fixed);
    CHECK_NEAR(a->measured.after.loss, b->measured.after.loss, 0.0, 0.0);
    CHECK_NEAR(a->measured.divergence, b->measured.divergence, 0.0, 0.0);
    rr_repair_result_free(alone);
    rr_repair_result_free(beside);
    rr_session_close(s);
}

static void another_control_is_refused(void **state)
{
    rr_session *s = digits();
    rr_repair_request q = direct(s);
    rr_repair_result *r = NULL;
    rr_error err = { 0 };

    (void)state;
    q.controls = RR_CONTROL(RR_STRATEGY_GRADIENT);
    CHECK_FAILS(rr_session_repair(s, &q, "x", &r, &err), RR_ERR_ARG, err, "controls");
    q.controls = RR_CONTROLS_AUTO | RR_CONTROL(RR_STRATEGY_NONE);
    CHECK_FAILS(rr_session_repair(s, &q, "x", &r, &err), RR_ERR_ARG, err, "automatic");
    assert_int_not_equal(access("x", F_OK), 0);
    rr_session_close(s);
}

/* ---- several seeds -------------------------------------------------------------------------- */

/* Two seeds: the interval is the mean and 12.706 standard errors, half their distance. */
static void means_have_intervals(void **state)
{
    static const uint64_t seeds[] = { 3, 4 };
    rr_session *s = digits();
    rr_repair_request q = direct(s);
    rr_repair_series *x = NULL;
    rr_error err = { 0 };

    (void)state;
    q.controls = RR_CONTROL(RR_STRATEGY_NONE);
    q.keep_harmful = 1;
    CHECK_OK(rr_session_repair_seeds(s, &q, "series", seeds, 2, NULL, NULL, &x, &err), err);
    assert_int_equal(x->count_retrainings, 2);
    const rr_interval *a = &x->retrainings[0].accuracy;
    const double one = x->seeds[0].all.accuracy_after, two = x->seeds[1].all.accuracy_after;
    CHECK_NEAR(a->mean, (one + two) / 2.0, 1e-12, 0.0);
    CHECK_NEAR(a->high - a->mean, 12.706 * fabs(one - two) / 2.0, 1e-9, 0.0);
    CHECK_NEAR(a->mean - a->low, a->high - a->mean, 1e-12, 0.0);
    CHECK_NEAR(x->retrainings[0].targets_fixed.mean, x->mean_fixed, 1e-12, 0.0);
    assert_int_equal(x->retrainings[1].strategy, RR_STRATEGY_NONE);
    assert_int_equal(x->retrainings[0].harmful, 0);
    assert_true(x->test_used);
    rr_repair_series_free(x);
    rr_session_close(s);
}

static void of_harmful_seeds_nothing_is_kept(void **state)
{
    static const uint64_t seeds[] = { 3, 4 };
    rr_session *s = digits();
    rr_repair_request q = harmful(s);
    rr_repair_series *x = NULL;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_session_repair_seeds(s, &q, "series", seeds, 2, NULL, NULL, &x, &err), err);
    assert_int_equal(x->retrainings[0].harmful, 2);
    assert_true(x->seeds[0].harmful && x->seeds[1].harmful);
    assert_int_not_equal(access("series/seed-3", F_OK), 0);
    rr_repair_series_free(x);
    rr_session_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_SCRATCH(direct_adds_the_failing_inputs_with_their_labels),
        TEST_IN_SCRATCH(test_is_measured_and_the_rest_of_it_unseen),
        TEST_IN_SCRATCH(halves_repair_even_numbers_and_measure_odd_ones),
        TEST_IN_SCRATCH(errors_of_dev_leave_test_a_test),
        TEST_IN_SCRATCH(cases_are_repaired_under_the_guard_of_dev),
        TEST_IN_SCRATCH(what_is_held_back_is_of_every_class_and_is_not_trained_on),
        TEST_IN_SCRATCH(no_sample_is_made_of_what_is_held_back),
        TEST_IN_SCRATCH(a_harmful_repair_leaves_no_run),
        TEST_IN_SCRATCH(from_scratch_the_last_weights_are_judged),
        TEST_IN_SCRATCH(a_budget_keeps_weights_along_the_way),
        TEST_IN_SCRATCH(a_resumed_repair_keeps_the_same_weights),
        TEST_IN_SCRATCH(a_harmful_repair_is_dropped_though_its_controls_are_cancelled),
        TEST_IN_SCRATCH(the_best_epoch_is_what_was_kept),
        TEST_IN_SCRATCH(a_mean_of_weights_cannot_be_trained_on),
        TEST_IN_SCRATCH(a_guard_that_no_run_could_have_is_refused),
        TEST_IN_SCRATCH(without_a_guard_everything_is_trained_on),
        TEST_IN_SCRATCH(listed_targets_are_the_chosen_ones),
        TEST_IN_SCRATCH(controls_have_as_many_updates),
        TEST_IN_SCRATCH(a_control_is_the_repair_by_its_strategy),
        TEST_IN_SCRATCH(another_control_is_refused),
        TEST_IN_SCRATCH(means_have_intervals),
        TEST_IN_SCRATCH(of_harmful_seeds_nothing_is_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
