/* SPDX-License-Identifier: MIT */
/* test_evidence.c - correlations and their intervals, what is left out, trainings without it, and
 * what each method says. */
#include "scratch.h"

#include "experiments/correlate.h"
#include "experiments/lds.h"

static rr_error err;

/* ---- numbers -------------------------------------------------------------------------------- */

static void correlations_are_of_values_and_of_ranks(void **state)
{
    static const double a[] = { 1, 2, 3, 4, 5 };
    static const double b[] = { 2, 4, 6, 8, 1000 };
    static const double back[] = { 5, 4, 3, 2, 1 };
    static const double ties[] = { 1, 1, 2, 2, 2 };
    static const double flat[] = { 7, 7, 7, 7, 7 };
    double r = 0.0;

    (void)state;
    CHECK_NEAR(experiment_pearson(a, a, 5), 1.0, 1e-12, 0);
    CHECK_NEAR(experiment_pearson(a, back, 5), -1.0, 1e-12, 0);
    CHECK_NEAR(experiment_pearson(a, b, 5), 0.7105, 1e-3, 0);
    CHECK_NEAR(experiment_pearson(a, flat, 5), 0.0, 0, 0);
    CHECK_OK(experiment_spearman(a, b, 5, &r, &err), err);
    CHECK_NEAR(r, 1.0, 1e-12, 0);
    CHECK_OK(experiment_spearman(back, b, 5, &r, &err), err);
    CHECK_NEAR(r, -1.0, 1e-12, 0);
    CHECK_OK(experiment_spearman(a, ties, 5, &r, &err), err); /* ranks 1.5 1.5 4 4 4 */
    CHECK_NEAR(r, 7.5 / sqrt(10.0 * 7.5), 1e-12, 0);
}

static void ranks_are_highest_first_and_ties_by_number(void **state)
{
    static const double scores[] = { 1, 3, 2, 3, -1 };
    uint32_t order[5];

    (void)state;
    CHECK_OK(experiment_rank(scores, 5, order, &err), err);
    assert_memory_equal(order, ((const uint32_t[]){ 1, 3, 2, 0, 4 }), sizeof order);
}

static void the_interval_of_a_mean_holds_it(void **state)
{
    static const double flat[] = { 2, 2, 2, 2 };
    double values[100];
    experiment_mean m, again;

    (void)state;
    CHECK_OK(experiment_mean_of(flat, 4, 1, &m, &err), err);
    CHECK_NEAR(m.low, 2.0, 1e-12, 0);
    CHECK_NEAR(m.high, 2.0, 1e-12, 0);
    for (size_t i = 0; i < 100; i++)
        values[i] = (double)(i % 2); /* its error is a twentieth */
    CHECK_OK(experiment_mean_of(values, 100, 3, &m, &err), err);
    CHECK_NEAR(m.mean, 0.5, 1e-12, 0);
    CHECK_NEAR(m.low, 0.5 - 0.098, 0.03, 0);
    CHECK_NEAR(m.high, 0.5 + 0.098, 0.03, 0);
    CHECK_OK(experiment_mean_of(values, 100, 3, &again, &err), err);
    assert_memory_equal(&m, &again, sizeof m);
}

static void samples_have_their_size_and_halves_nothing_in_common(void **state)
{
    enum { N = 200 };
    unsigned char out[4][N];

    (void)state;
    for (size_t k = 0; k < 4; k++)
        CHECK_OK(lds_sample(N, 0.25, 5, k, out[k], &err), err);
    for (size_t k = 0; k < 4; k++) {
        size_t n = 0;
        for (size_t i = 0; i < N; i++)
            n += out[k][i];
        assert_int_equal(n, 50);
        assert_int_equal(memcmp(out[k], out[(k + 1) % 4], N) == 0, 0);
    }
    for (size_t i = 0; i < N; i++) {
        assert_true(out[0][i] + out[1][i] < 2);
        assert_true(out[2][i] + out[3][i] < 2);
    }
}

/* ---- a small case --------------------------------------------------------------------------- */

enum { TRAIN = 200, TEST = 40 };

/* Images whose bright stripes say what they are, more or less; every second one is trained on. */
static void write_images(const char *name, size_t n, uint64_t seed)
{
    const unsigned char head[] = { 0, 0, 8, 3, 0, 0, 0, 0, 0, 0, 0, 28, 0, 0, 0, 28 };
    const unsigned char label_head[] = { 0, 0, 8, 1, 0, 0, 0, 0 };
    char path[64];
    uint64_t at = 0;
    FILE *files[2];

    for (int k = 0; k < 2; k++) {
        (void)snprintf(path, sizeof path, "sets/mnist/%s-%s", name,
                       k == 0 ? "images-idx3-ubyte" : "labels-idx1-ubyte");
        files[k] = fopen(scratch(path), "wb");
        assert_non_null(files[k]);
        const unsigned char *h = k == 0 ? head : label_head;
        for (size_t i = 0; i < (k == 0 ? sizeof head : sizeof label_head); i++)
            (void)fputc(i == 6 ? (int)(n / 256) : i == 7 ? (int)(n % 256) : h[i], files[k]);
    }
    for (size_t i = 0; i < n; i++) {
        const size_t label = i / 2 % 10;
        (void)fputc((int)label, files[1]);
        for (size_t y = 0; y < 28 * 28; y++) {
            const double noise = 90.0 * experiment_uniform(seed, at++);
            (void)fputc((int)(noise + (y % 28 / 3 % 10 == label ? 90.0 : 0.0)), files[0]);
        }
    }
    for (int k = 0; k < 2; k++)
        assert_int_equal(fclose(files[k]), 0);
}

static const evidence_setting setting = { "tiny",      MODEL_MNIST, TRAIN, 16, 64,     0,
                                          RR_OPT_ADAM, 0.003,       1e-2,  20, ASK_ALL };
static experiment_context ctx;
static evidence e;

static int prepare(void **state)
{
    if (open_scratch(state) != 0 || system("mkdir -p sets/mnist") != 0)
        return -1;
    write_images("train", 2 * TRAIN + 1, 1); /* every second one is trained on */
    write_images("t10k", TEST, 2);
    ctx = (experiment_context){
        .data = "sets", .output = ".", .quick = 1, .threads = 1, .which = &experiment_lds
    };
    if (evidence_load(&ctx, &e, MODEL_MNIST, &err) != RR_OK ||
        evidence_prepare(&ctx, &e, &setting, 1, &err) != RR_OK)
        fail_msg("%s", err.msg);
    return 0;
}

static int clear(void **state)
{
    evidence_clear(&e);
    experiment_context_clear(&ctx);
    return close_scratch(state);
}

static void queries_are_about_what_is_predicted(void **state)
{
    (void)state;
    assert_int_equal(rr_dataset_count(e.train), TRAIN);
    assert_int_equal(e.count, 4);
    for (size_t q = 0; q < e.count; q++) {
        assert_int_equal(e.before.prediction[q], e.labels[q]);
        assert_true(e.before.margin[q] > 0.0);
        assert_true(e.before.loss[q] > 0.0);
    }
}

static void a_training_without_nothing_is_the_same(void **state)
{
    unsigned char out[TRAIN] = { 0 };
    evidence_outcome o = { .loss = NULL };

    (void)state;
    CHECK_OK(evidence_without(&ctx, &e, out, &o, &err), err);
    for (size_t q = 0; q < e.count; q++)
        assert_true(o.loss[q] == e.before.loss[q] && o.margin[q] == e.before.margin[q]);
    evidence_outcome_clear(&o);
}

/* Without its class a query's loss grows, and the class's scores said so. */
static void a_class_left_out_is_missed(void **state)
{
    double scores[4 * TRAIN];
    double seconds = 0.0;

    (void)state;
    CHECK_OK(evidence_score(&ctx, &e, BY_CLASS, scores, &seconds, &err), err);
    for (size_t q = 0; q < e.count; q++) {
        unsigned char out[TRAIN];
        evidence_outcome o = { .loss = NULL };
        size_t n = 0;
        for (size_t i = 0; i < TRAIN; i++) {
            out[i] = scores[q * TRAIN + i] > 0.5;
            assert_int_equal(out[i], rr_dataset_at(e.train, i).label == e.labels[q]);
            n += out[i];
        }
        assert_int_equal(n, TRAIN / 10);
        CHECK_OK(evidence_without(&ctx, &e, out, &o, &err), err);
        assert_true(o.loss[q] > e.before.loss[q] + 0.2);
        evidence_outcome_clear(&o);
    }
}

/* Exact scores predict what leaving out a few of them does; kept ones are the same bits. */
static void exact_scores_predict_what_happens(void **state)
{
    enum { SUBSETS = 10 };
    double scores[4 * TRAIN], again[4 * TRAIN], predicted[4][SUBSETS], actual[4][SUBSETS];
    double seconds = 0.0, r = 0.0, mean = 0.0;

    (void)state;
    CHECK_OK(evidence_score(&ctx, &e, BY_REPLAY, scores, &seconds, &err), err);
    assert_true(seconds >= 0.0);
    CHECK_OK(evidence_score(&ctx, &e, BY_REPLAY, again, &seconds, &err), err);
    assert_true(seconds < 0.0);
    assert_memory_equal(scores, again, sizeof scores);
    for (size_t m = 0; m < SUBSETS; m++) {
        unsigned char out[TRAIN];
        evidence_outcome o = { .loss = NULL };
        CHECK_OK(lds_sample(TRAIN, 0.02, 1, m, out, &err), err);
        CHECK_OK(evidence_without(&ctx, &e, out, &o, &err), err);
        for (size_t q = 0; q < e.count; q++) {
            predicted[q][m] = 0.0;
            actual[q][m] = o.loss[q] - e.before.loss[q];
            for (size_t i = 0; i < TRAIN; i++)
                predicted[q][m] += out[i] ? scores[q * TRAIN + i] : 0.0;
        }
        evidence_outcome_clear(&o);
    }
    for (size_t q = 0; q < e.count; q++) {
        CHECK_OK(experiment_spearman(predicted[q], actual[q], SUBSETS, &r, &err), err);
        mean += r / (double)e.count;
    }
    assert_true(mean > 0.8);
}

/* Each method gives finite scores that are not all the same; those by label are 0 elsewhere. */
static void every_method_has_scores(void **state)
{
    double scores[4 * TRAIN];
    double seconds = 0.0;

    (void)state;
    for (int method = 0; method < EVIDENCE_METHODS; method++) {
        CHECK_OK(evidence_score(&ctx, &e, (evidence_method)method, scores, &seconds, &err), err);
        for (size_t q = 0; q < e.count; q++) {
            int varies = 0;
            for (size_t i = 0; i < TRAIN; i++) {
                const double s = scores[q * TRAIN + i];
                assert_true(isfinite(s));
                varies |= s != scores[q * TRAIN];
                if (method == BY_LP_LABEL || method == BY_COSINE_LABEL)
                    assert_true(s == 0.0 || rr_dataset_at(e.train, i).label == e.labels[q]);
            }
            assert_true(varies);
        }
    }
}

int main(void)
{
    const struct CMUnitTest alone[] = {
        cmocka_unit_test(correlations_are_of_values_and_of_ranks),
        cmocka_unit_test(ranks_are_highest_first_and_ties_by_number),
        cmocka_unit_test(the_interval_of_a_mean_holds_it),
        cmocka_unit_test(samples_have_their_size_and_halves_nothing_in_common),
    };
    const struct CMUnitTest trained[] = {
        cmocka_unit_test(queries_are_about_what_is_predicted),
        cmocka_unit_test(a_training_without_nothing_is_the_same),
        cmocka_unit_test(a_class_left_out_is_missed),
        cmocka_unit_test(exact_scores_predict_what_happens),
        cmocka_unit_test(every_method_has_scores),
    };
    const int failed = cmocka_run_group_tests(alone, NULL, NULL);

    return failed + cmocka_run_group_tests(trained, prepare, clear);
}
