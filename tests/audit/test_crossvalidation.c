/* SPDX-License-Identifier: MIT */
/* test_crossvalidation.c - folds are even, each is read by the network trained on the others and by
 * no other, at any number of threads with the same bits. */
#include "audit/folds.h"
#include "make.h"

enum { D = 4, C = 3, N = 61 };

/* Ragged sequences of very unequal classes, which a network can tell apart. */
static rr_dataset *make_data(size_t count)
{
    const rr_dataset_shape shape = { .width = D, .classes = C };
    rr_dataset_builder *b = new_builder(&shape);

    for (size_t i = 0; i < count; i++) {
        rri_random r = rri_random_at(9, RRI_RANDOM_SAMPLE, i);
        const size_t T = 1 + (size_t)rri_random_below(&r, 7);
        const uint32_t label = i % 10 == 0 ? 2 : i % 3 == 0;
        float x[7 * D];
        for (size_t j = 0; j < T * D; j++)
            x[j] = (float)(0.5 * rri_random_uniform(&r)) + (float)label;
        add_sequence(b, (rr_sequence){ .frames = x, .steps = T, .label = label });
    }
    return finish_dataset(b);
}

static rr_network *make_net(void)
{
    const rr_network_config cfg = { .struct_size = sizeof(rr_network_config),
                                    .cell = RR_CELL_GRU,
                                    .width = D,
                                    .hidden = 8,
                                    .layers = 1,
                                    .classes = C,
                                    .seed = 5 };

    return new_network(&cfg);
}

static rr_train_config recipe(size_t threads)
{
    rr_train_config cfg = rr_train_config_default();

    cfg.epochs = 3;
    cfg.batch = 10;
    cfg.optimizer = RR_OPT_ADAM;
    cfg.learning_rate = 0.02;
    cfg.threads = threads;
    cfg.seed = 4;
    return cfg;
}

/* Run to the end; the number of steps taken. */
static size_t finish(rr_crossvalidation *cv, size_t folds)
{
    rr_crossvalidation_progress p = { .done = 0 };
    rr_error err = { 0 };
    size_t steps = 0;
    size_t fold = 1;

    while (!p.done) {
        assert_null(rr_crossvalidation_probabilities(cv));
        CHECK_OK(rr_crossvalidation_step(cv, &p, &err), err);
        assert_int_equal(p.folds, folds);
        assert_in_range(p.fold, fold, fold + 1);
        fold = p.fold;
        steps++;
    }
    assert_int_equal(fold, folds);
    assert_non_null(rr_crossvalidation_probabilities(cv));
    CHECK_FAILS(rr_crossvalidation_step(cv, &p, &err), RR_ERR_ARG, err, "done");
    return steps;
}

static void folds_are_even_in_all_and_in_every_class(void **state)
{
    rr_dataset *ds = make_data(N);
    uint32_t fold[N];
    uint32_t other[N];
    rr_error err = { 0 };

    (void)state;
    for (size_t folds = 2; folds <= N; folds += 7) {
        size_t size[N] = { 0 };
        size_t of_class[N][C] = { { 0 } };
        size_t all[C] = { 0 };
        CHECK_OK(rri_folds(ds, folds, 3, fold, &err), err);
        for (size_t i = 0; i < N; i++) {
            const uint32_t label = rr_dataset_at(ds, i).label;
            assert_true(fold[i] < folds);
            size[fold[i]]++;
            of_class[fold[i]][label]++;
            all[label]++;
        }
        for (size_t f = 0; f < folds; f++) {
            assert_in_range(size[f], N / folds, (N + folds - 1) / folds);
            for (size_t c = 0; c < C; c++)
                assert_in_range(of_class[f][c], all[c] / folds, (all[c] + folds - 1) / folds);
        }
    }
    CHECK_OK(rri_folds(ds, 5, 3, fold, &err), err);
    CHECK_OK(rri_folds(ds, 5, 4, other, &err), err);
    assert_memory_not_equal(fold, other, sizeof fold);
    rr_dataset_free(ds);
}

/* What a network trained without fold f says of sequence i, by other means. */
static void check_fold(const rr_dataset *ds, const uint32_t *fold, uint32_t f, const float *got)
{
    const rr_train_config cfg = recipe(1);
    size_t which[N];
    size_t n = 0;
    uint32_t prediction[N];
    float probability[N];
    rr_dataset *rest = NULL;
    rr_network *net = make_net();
    rr_error err = { 0 };

    for (size_t i = 0; i < N; i++)
        if (fold[i] != f)
            which[n++] = i;
    CHECK_OK(rr_dataset_select(ds, which, n, &rest, &err), err);
    train_network(&cfg, net, rest);
    CHECK_OK(rr_network_predict(net, ds, 1, prediction, probability, &err), err);
    for (size_t i = 0; i < N; i++)
        if (fold[i] == f)
            CHECK_NEAR(got[i * C + prediction[i]], probability[i], 1e-6, 0.0);
    rr_network_free(net);
    rr_dataset_free(rest);
}

static void each_fold_is_read_by_the_network_that_has_not_seen_it(void **state)
{
    const rr_train_config cfg = recipe(1);
    rr_dataset *ds = make_data(N);
    rr_network *start = make_net();
    rr_crossvalidation *cv = NULL;
    uint32_t fold[N];
    char before[65];
    char after[65];
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_network_hash(start, before, &err), err);
    CHECK_OK(rr_crossvalidation_new(&cfg, start, ds, 4, &cv, &err), err);
    /* 61 in folds of 16, 15, 15, 15: five batches of 45 or 46, three epochs, four folds. */
    assert_int_equal(finish(cv, 4), 4 * 3 * 5);
    CHECK_OK(rr_network_hash(start, after, &err), err);
    assert_string_equal(before, after);
    const float *p = rr_crossvalidation_probabilities(cv);
    for (size_t i = 0; i < N; i++)
        CHECK_NEAR((double)p[i * C] + (double)p[i * C + 1] + (double)p[i * C + 2], 1.0, 1e-5, 0.0);
    CHECK_OK(rri_folds(ds, 4, cfg.seed, fold, &err), err);
    for (uint32_t f = 0; f < 4; f++)
        check_fold(ds, fold, f, p);
    rr_crossvalidation_free(cv);
    rr_network_free(start);
    rr_dataset_free(ds);
}

static void a_wrong_label_has_the_least_self_confidence(void **state)
{
    const uint32_t ids[] = { 7 }; /* of class 0 */
    const uint32_t labels[] = { 1 };
    rr_dataset *ds = make_data(N);
    rr_dataset *noisy = NULL;
    rr_network *start = make_net();
    rr_crossvalidation *cv = NULL;
    rr_train_config cfg = recipe(1);
    rr_error err = { 0 };
    size_t least = 0;

    (void)state;
    cfg.epochs = 20;
    CHECK_OK(rr_dataset_relabel(ds, ids, labels, 1, &noisy, &err), err);
    CHECK_OK(rr_crossvalidation_new(&cfg, start, noisy, 5, &cv, &err), err);
    (void)finish(cv, 5);
    const float *p = rr_crossvalidation_probabilities(cv);
    for (size_t i = 1; i < N; i++)
        if (p[i * C + rr_dataset_at(noisy, i).label] <
            p[least * C + rr_dataset_at(noisy, least).label])
            least = i;
    assert_int_equal(least, 7);
    rr_crossvalidation_free(cv);
    rr_network_free(start);
    rr_dataset_free(noisy);
    rr_dataset_free(ds);
}

static void the_bits_do_not_depend_on_the_threads(void **state)
{
    rr_dataset *ds = make_data(N);
    rr_network *start = make_net();
    float want[N * C];
    rr_error err = { 0 };

    (void)state;
    for (size_t threads = 1; threads <= 3; threads++) {
        const rr_train_config cfg = recipe(threads);
        rr_crossvalidation *cv = NULL;
        CHECK_OK(rr_crossvalidation_new(&cfg, start, ds, 3, &cv, &err), err);
        (void)finish(cv, 3);
        if (threads == 1)
            memcpy(want, rr_crossvalidation_probabilities(cv), sizeof want);
        else
            assert_memory_equal(want, rr_crossvalidation_probabilities(cv), sizeof want);
        rr_crossvalidation_free(cv);
    }
    rr_network_free(start);
    rr_dataset_free(ds);
}

static void wrong_inputs_are_refused(void **state)
{
    rr_train_config cfg = recipe(1);
    rr_dataset *ds = make_data(5);
    rr_network *start = make_net();
    rr_crossvalidation *cv = NULL;
    rr_error err = { 0 };

    (void)state;
    CHECK_FAILS(rr_crossvalidation_new(&cfg, start, ds, 1, &cv, &err), RR_ERR_ARG, err, "1 folds");
    CHECK_FAILS(rr_crossvalidation_new(&cfg, start, ds, 6, &cv, &err), RR_ERR_ARG, err, "N = 5");
    assert_null(cv);
    cfg.batch = 0;
    CHECK_FAILS(rr_crossvalidation_new(&cfg, start, ds, 2, &cv, &err), RR_ERR_ARG, err, "batch");
    assert_null(cv);
    rr_crossvalidation_free(NULL);
    rr_network_free(start);
    rr_dataset_free(ds);
}

static void every_failed_allocation_is_clean(void **state)
{
    const rr_train_config cfg = recipe(1);
    rr_dataset *ds = make_data(12);
    rr_network *start = make_net();

    (void)state;
    for (failing at = { 0 }; next_allocation_fails(&at, 50);) {
        rr_crossvalidation *cv = NULL;
        rr_crossvalidation_progress p = { .done = 0 };
        at.st = rr_crossvalidation_new(&cfg, start, ds, 2, &cv, NULL);
        while (at.st == RR_OK && !p.done)
            at.st = rr_crossvalidation_step(cv, &p, NULL);
        rr_crossvalidation_free(cv);
    }
    rr_network_free(start);
    rr_dataset_free(ds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folds_are_even_in_all_and_in_every_class),
        cmocka_unit_test(each_fold_is_read_by_the_network_that_has_not_seen_it),
        cmocka_unit_test(a_wrong_label_has_the_least_self_confidence),
        cmocka_unit_test(the_bits_do_not_depend_on_the_threads),
        cmocka_unit_test(wrong_inputs_are_refused),
        cmocka_unit_test(every_failed_allocation_is_clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
