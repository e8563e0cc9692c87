/* SPDX-License-Identifier: MIT */
/* test_repair_shift.c - control shift of a repair, and how good predictions are: against counts
 * that the test makes itself from the probabilities of the run. */
#include "make.h"
#include "scratch_folder.h"

#include "rnnrepair/workflow_repair.h"

#include "data/data_internal.h"
#include "workflow/repairing.h"

#include <math.h>
#include <string.h>

enum { TEST = 120 };

/* Two classes, of which the network takes a part of the second for the first. */
static void write_two(void)
{
    FILE *f = fopen("two.csv", "w");
    rri_random r = rri_random_at(9, RRI_RANDOM_PARITY, 0);

    assert_non_null(f);
    fprintf(f, "id,split,label,a,b\n");
    for (int i = 0; i < 240; i++) {
        const int label = i % 3 == 0;
        for (int t = 0; t < 4; t++)
            fprintf(f, "%d,%s,%d,%.5f,%.5f\n", i, i < 240 - TEST ? "train" : "test", label,
                    1.2 * label + rri_random_normal(&r), rri_random_normal(&r));
    }
    assert_int_equal(fclose(f), 0);
}

static rr_session *new_run(const char *data)
{
    rr_new_run_config cfg = rr_new_run_config_default();
    rr_influence_config inf = rr_influence_config_default();
    rr_session *s = NULL;
    rr_error err = { 0 };

    cfg.data = data;
    cfg.network.hidden = 6;
    cfg.train.epochs = 8;
    cfg.train.batch = 10;
    cfg.train.optimizer = RR_OPT_ADAM;
    cfg.train.learning_rate = 0.01;
    CHECK_OK(rr_session_create("run", &cfg, NULL, &s, &err), err);
    CHECK_OK(rr_session_train(s, NULL, &err), err);
    inf.partition.states = 3;
    inf.components = 2;
    CHECK_OK(rr_session_build(s, &inf, &err), err);
    return s;
}

/* A repair by copies of the failing inputs, with control shift alone. */
static rr_repair_result *repaired(rr_session *s, size_t most, const char *truth, int halves)
{
    rr_repair_request q = rr_repair_request_default(s);
    rr_repair_result *r = NULL;
    rr_error err = { 0 };

    q.search.strategy = RR_STRATEGY_DIRECT;
    q.most = most;
    q.truth = truth;
    q.halves = halves;
    q.keep_harmful = 1;
    q.search.copies = 3;
    q.retrain.learning_rate = 0.01;
    q.controls = RR_CONTROL(RR_STRATEGY_SHIFT);
    CHECK_OK(rr_session_repair(s, &q, "repaired", &r, &err), err);
    assert_int_equal(r->count_retrainings, 2);
    assert_int_equal(r->retrainings[1].strategy, RR_STRATEGY_SHIFT);
    return r;
}

/* Probabilities of the run before, [N][C]. Owned by the caller. */
static float *probabilities(rr_session *s, const rr_dataset *ds)
{
    const rr_network *net = NULL;
    uint32_t *said = NULL;
    float *p = NULL;
    rr_error err = { 0 };

    CHECK_OK(rr_session_network(s, &net, &err), err);
    CHECK_OK(rri_predict_all(net, ds, 1, NULL, &said, &p, &err), err);
    rri_free(said);
    return p;
}

/* What is predicted where `by` is added to the logit of a class. */
static uint32_t shifted(const float *p, size_t C, rr_logit_shift shift)
{
    size_t best = 0;
    double most = -HUGE_VAL;

    for (size_t c = 0; c < C; c++) {
        const double logit = log((double)p[c]) + (c == shift.label ? shift.by : 0.0);
        if (logit > most) {
            most = logit;
            best = c;
        }
    }
    return (uint32_t)best;
}

static size_t targets_fixed(const rr_repair_result *r, const float *p, size_t C, rr_logit_shift by)
{
    size_t n = 0;

    for (size_t i = 0; i < r->count; i++)
        n += shifted(p + r->targets[i].id * C, C, by) == r->targets[i].truth;
    return n;
}

/* The counts are those of the shift; it fixes as many targets as the repair, and no smaller one
 * does. */
static void a_shift_fixes_as_many_targets_as_the_repair(void **state)
{
    (void)state;
    write_two();
    rr_session *s = new_run("csv:two.csv?frames=a,b&sequence=id");
    rr_repair_result *r = repaired(s, 8, "1", 0);
    const rr_retraining *own = &r->retrainings[0], *x = &r->retrainings[1];
    float *p = probabilities(s, r->ds);
    size_t right = 0;

    for (size_t i = 0; i < TEST; i++)
        right += shifted(p + 2 * i, 2, r->shift) == rr_dataset_at(r->ds, i).label;
    assert_int_equal(x->measured.counts.fixed + x->measured.counts.unchanged, right);
    assert_int_equal(x->targets.fixed, targets_fixed(r, p, 2, r->shift));
    assert_int_equal(x->updates, 0);
    assert_int_equal(x->added, 0);
    assert_true(own->targets.fixed >= 1 && own->targets.fixed < r->count);
    assert_int_equal(x->targets.fixed, own->targets.fixed); /* the targets are of one class */
    const rr_logit_shift less = { r->shift.label,
                                  r->shift.by - (r->shift.by > 0.0 ? 2e-4 : -2e-4) };
    assert_true(targets_fixed(r, p, 2, less) < own->targets.fixed);
    /* The order of the inputs, and so the area under the curve, knows no threshold. */
    CHECK_NEAR(r->qualities[1].all.auc, r->quality_before.all.auc, 0.0, 1e-4);
    rri_free(p);
    rr_repair_result_free(r);
    rr_session_close(s);
}

/* Pairs of an input of class 1 and one of class 0 in the right order, ties half. */
static double pairs(const rr_dataset *ds, const float *p, size_t C, uint32_t c,
                    const unsigned char *counted)
{
    double right = 0.0, all = 0.0;

    for (size_t i = 0; i < rr_dataset_count(ds); i++)
        for (size_t j = 0; j < rr_dataset_count(ds); j++) {
            if (!counted[i] || !counted[j] || rr_dataset_at(ds, i).label != c ||
                rr_dataset_at(ds, j).label == c)
                continue;
            const float a = p[i * C + c], b = p[j * C + c];
            right += a > b ? 1.0 : a == b ? 0.5 : 0.0;
            all += 1.0;
        }
    return all > 0.0 ? right / all : -1.0;
}

static void qualities_are_those_of_the_predictions(void **state)
{
    (void)state;
    write_two();
    rr_session *s = new_run("csv:two.csv?frames=a,b&sequence=id");
    rr_repair_result *r = repaired(s, 8, NULL, 1);
    float *before = probabilities(s, r->ds), *after = probabilities(r->child, r->ds);
    unsigned char odd[TEST];
    size_t hits = 0, said = 0, truth = 0;

    for (size_t i = 0; i < TEST; i++)
        odd[i] = i % 2;
    assert_int_equal(r->quality_before.all.count, TEST / 2);
    assert_int_equal(r->quality_before.unseen.count, TEST / 2); /* targets are even */
    CHECK_NEAR(r->quality_before.all.auc, pairs(r->ds, before, 2, 1, odd), 0.0, 1e-12);
    CHECK_NEAR(r->qualities[0].unseen.auc, pairs(r->ds, after, 2, 1, odd), 0.0, 1e-12);
    for (size_t i = 1; i < TEST; i += 2) {
        const uint32_t is = rr_dataset_at(r->ds, i).label;
        hits += is == 1 && r->after[i] == 1;
        said += r->after[i] == 1;
        truth += is == 1;
    }
    const rr_class_quality *of = &r->classes_after[1];
    assert_int_equal(of->correct, hits);
    assert_int_equal(of->predicted, said);
    CHECK_NEAR(of->f1, 2.0 * (double)hits / (double)(said + truth), 0.0, 1e-12);
    rri_free(before);
    rri_free(after);
    rr_repair_result_free(r);
    rr_session_close(s);
}

/* Without the targets, and of ten classes each against the rest. */
static void targets_are_left_out(void **state)
{
    (void)state;
    rr_session *s = new_run("digits?train=120&test=60");
    rr_repair_result *r = repaired(s, 5, NULL, 0);
    float *p = probabilities(s, r->ds);
    unsigned char counted[60];
    double sum = 0.0;
    size_t classes = 0;

    memset(counted, 1, sizeof counted);
    for (size_t i = 0; i < r->count; i++)
        counted[r->targets[i].id] = 0;
    for (uint32_t c = 0; c < 10; c++) {
        const double one = pairs(r->ds, p, 10, c, counted);
        sum += one >= 0.0 ? one : 0.0;
        classes += one >= 0.0;
    }
    assert_int_equal(r->quality_before.unseen.count, 60 - 5);
    CHECK_NEAR(r->quality_before.unseen.auc, sum / (double)classes, 0.0, 1e-12);
    rri_free(p);
    rr_repair_result_free(r);
    rr_session_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_SCRATCH(a_shift_fixes_as_many_targets_as_the_repair),
        TEST_IN_SCRATCH(qualities_are_those_of_the_predictions),
        TEST_IN_SCRATCH(targets_are_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
