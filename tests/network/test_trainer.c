/* SPDX-License-Identifier: MIT */
/* test_trainer.c - training: same bits at any thread count, exact resumption, wrong inputs, failing
 * allocations. */
#include "make.h"
#include "network/trainer.h"
#include "scratch_folder.h"

#include <math.h>
#include <stdlib.h>

enum { D = 4, C = 3 };

/* Ragged sequences whose label is the third of [0, 1) their mean lies in. */
static rr_dataset *make_data(size_t N, uint64_t seed)
{
    const rr_dataset_shape shape = { .width = D, .classes = C };
    rr_dataset_builder *b = new_builder(&shape);

    for (size_t i = 0; i < N; i++) {
        rri_random r = rri_random_at(seed, RRI_RANDOM_SAMPLE, i);
        const size_t T = 1 + (size_t)rri_random_below(&r, 9);
        const uint32_t label = (uint32_t)rri_random_below(&r, C);
        float x[9 * D];
        for (size_t j = 0; j < T * D; j++)
            x[j] = (float)(0.5 * rri_random_uniform(&r)) + (float)label;
        add_sequence(b, (rr_sequence){ .frames = x, .steps = T, .label = label });
    }
    return finish_dataset(b);
}

static rr_network *make_net(rr_cell cell)
{
    const rr_network_config cfg = { .struct_size = sizeof(rr_network_config),
                                    .cell = cell,
                                    .width = D,
                                    .hidden = 19,
                                    .layers = 2,
                                    .classes = C,
                                    .seed = 5 };

    return new_network(&cfg);
}

static rr_train_config recipe(size_t epochs, size_t threads)
{
    rr_train_config cfg = rr_train_config_default();

    cfg.epochs = epochs;
    cfg.batch = 50;
    cfg.optimizer = RR_OPT_ADAM;
    cfg.learning_rate = 0.01;
    cfg.clip_norm = 1.0;
    cfg.threads = threads;
    return cfg;
}

static void train_to_the_end(rr_trainer *t, rr_train_progress *progress)
{
    rr_error err = { 0 };

    while (!rr_trainer_finished(t))
        CHECK_OK(rr_trainer_step(t, progress, &err), err);
}

static void same_weights(const rr_network *a, const rr_network *b)
{
    assert_memory_equal(a->weights, b->weights, a->parameters * sizeof *a->weights);
}

static void thread_count_does_not_change_a_bit(void **state)
{
    rr_dataset *ds = make_data(400, 1);

    (void)state;
    for (int cell = RR_CELL_LSTM; cell <= RR_CELL_RELU; cell++) {
        rr_network *first = NULL;
        for (size_t threads = 1; threads <= 3; threads++) {
            rr_network *net = make_net((rr_cell)cell);
            rr_train_config cfg = recipe(2, threads);
            rr_train_progress progress;
            rr_trainer *t = NULL;
            rr_error err = { 0 };
            cfg.batch = 250;
            CHECK_OK(rr_trainer_new(&cfg, net, ds, &t, &err), err);
            assert_true(t->shards_most > 3); /* else there is nothing to distribute */
            train_to_the_end(t, &progress);
            rr_trainer_free(t);
            if (first == NULL) {
                first = net;
                continue;
            }
            same_weights(first, net);
            rr_network_free(net);
        }
        rr_network_free(first);
    }
    rr_dataset_free(ds);
}

typedef struct watch {
    size_t reports, stop_after;
} watch;

static void count_report(void *self, const rr_progress *at)
{
    watch *w = self;

    w->reports += at->phase != NULL;
}

static int stop(void *self)
{
    const watch *w = self;

    return w->reports >= w->stop_after;
}

static void a_cancelled_epoch_continues_with_the_same_bits(void **state)
{
    rr_dataset *ds = make_data(400, 1);
    rr_network *nets[2];
    rr_train_progress progress;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const rr_train_config cfg = recipe(2, 1);
        watch w = { .stop_after = i == 0 ? SIZE_MAX : 3 };
        const rr_callbacks callbacks = { &w, count_report, NULL, stop };
        rr_trainer *t = NULL;
        rr_error err = { 0 };
        nets[i] = make_net(RR_CELL_GRU);
        CHECK_OK(rr_trainer_new(&cfg, nets[i], ds, &t, &err), err);
        if (i == 1) {
            CHECK_FAILS(rr_trainer_run_epoch(t, &callbacks, &progress, &err), RR_ERR_CANCELLED, err,
                        "cancelled");
            assert_int_equal(rr_trainer_epoch(t), 0);
            w.stop_after = SIZE_MAX;
        }
        CHECK_OK(rr_trainer_run_epoch(t, &callbacks, &progress, &err), err);
        assert_true(progress.epoch_done && progress.epoch == 1 && progress.sequences == 400);
        assert_int_equal(w.reports, 8); /* batches of an epoch */
        CHECK_OK(rr_trainer_run_epoch(t, NULL, NULL, &err), err);
        assert_true(rr_trainer_finished(t));
        rr_trainer_free(t);
    }
    same_weights(nets[0], nets[1]);
    rr_network_free(nets[0]);
    rr_network_free(nets[1]);
    rr_dataset_free(ds);
}

static void every_epoch_is_a_new_permutation_of_all(void **state)
{
    enum { N = 120 };
    rr_dataset *ds = make_data(N, 9);
    rr_network *net = make_net(RR_CELL_TANH);
    const rr_train_config cfg = recipe(3, 1);
    uint32_t before[N] = { 0 };
    rr_trainer *t = NULL;
    rr_train_progress progress;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_trainer_new(&cfg, net, ds, &t, &err), err);
    while (!rr_trainer_finished(t)) {
        size_t seen[N] = { 0 };
        size_t moved = 0;
        CHECK_OK(rr_trainer_step(t, &progress, &err), err);
        if (!progress.epoch_done)
            continue;
        for (size_t i = 0; i < N; i++) {
            seen[t->order[i]]++;
            moved += t->order[i] != before[i];
        }
        for (size_t i = 0; i < N; i++)
            assert_int_equal(seen[i], 1);
        assert_true(moved > N / 2);
        memcpy(before, t->order, sizeof before);
    }
    rr_trainer_free(t);
    rr_network_free(net);
    rr_dataset_free(ds);
}

static void training_learns_and_reports_it(void **state)
{
    rr_dataset *ds = make_data(300, 2);
    rr_network *net = make_net(RR_CELL_GRU);
    const rr_train_config cfg = recipe(12, 2);
    rr_train_progress progress = { 0 };
    rr_trainer *t = NULL;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_trainer_new(&cfg, net, ds, &t, &err), err);
    CHECK_OK(rr_trainer_step(t, &progress, &err), err);
    const double first = progress.loss;
    assert_int_equal(progress.epoch, 1);
    assert_int_equal(progress.batches, 6);
    assert_int_equal(progress.sequences, 50);
    train_to_the_end(t, &progress);
    assert_true(progress.epoch_done);
    assert_int_equal(progress.epoch, 12);
    assert_true(progress.loss < 0.3 * first);
    assert_true(progress.accuracy > 0.95);
    CHECK_FAILS(rr_trainer_step(t, &progress, &err), RR_ERR_ARG, err, "12 epochs");

    uint32_t prediction[300];
    float probability[300];
    size_t correct = 0;
    CHECK_OK(rr_network_predict(net, ds, 2, prediction, probability, &err), err);
    for (size_t i = 0; i < 300; i++) {
        correct += prediction[i] == rr_dataset_at(ds, i).label;
        assert_true(probability[i] > 1.0f / C - 1e-6f && probability[i] <= 1.0f);
    }
    assert_true(correct > 285);
    rr_trainer_free(t);
    rr_network_free(net);
    rr_dataset_free(ds);
}

static void a_resumed_training_gives_the_bits_of_an_uninterrupted_one(void **state)
{
    const char *path = "trainer_resume.safetensors";
    const rr_optimizer optimizers[] = { RR_OPT_SGD, RR_OPT_RMSPROP, RR_OPT_ADAM };
    rr_dataset *ds = make_data(120, 3);

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        rr_network *whole = make_net(RR_CELL_LSTM);
        rr_network *begun = make_net(RR_CELL_LSTM);
        rr_network *resumed = make_net(RR_CELL_GRU);
        rr_train_config cfg = recipe(4, 2);
        rr_train_progress progress;
        rr_trainer *t = NULL;
        rr_error err = { 0 };

        cfg.optimizer = optimizers[i];
        cfg.momentum = 0.5;
        CHECK_OK(rr_trainer_new(&cfg, whole, ds, &t, &err), err);
        train_to_the_end(t, &progress);
        rr_trainer_free(t);

        cfg.epochs = 2;
        CHECK_OK(rr_trainer_new(&cfg, begun, ds, &t, &err), err);
        train_to_the_end(t, &progress);
        CHECK_OK(rr_trainer_save(t, path, &err), err);
        rr_trainer_free(t);

        cfg.epochs = 4;
        cfg.threads = 1;
        CHECK_OK(rr_trainer_new(&cfg, resumed, ds, &t, &err), err);
        CHECK_FAILS(rr_trainer_restore(t, path, &err), RR_ERR_MISMATCH, err, "another network");
        rr_trainer_free(t);
        rr_network_free(resumed);
        resumed = make_net(RR_CELL_LSTM);
        CHECK_OK(rr_trainer_new(&cfg, resumed, ds, &t, &err), err);
        CHECK_OK(rr_trainer_restore(t, path, &err), err);
        assert_int_equal(rr_trainer_epoch(t), 2);
        train_to_the_end(t, &progress);
        same_weights(whole, resumed);
        rr_trainer_free(t);
        rr_network_free(whole);
        rr_network_free(begun);
        rr_network_free(resumed);
    }
    rr_dataset_free(ds);
}

/* The weights after a training by cfg, of which the first `resume` epochs may be another process's.
 */
static rr_network *averaged(rr_train_config cfg, const rr_dataset *ds, size_t resume)
{
    const char *path = "trainer_average.safetensors";
    rr_network *net = make_net(RR_CELL_GRU);
    rr_train_progress progress;
    rr_trainer *t = NULL;
    rr_error err = { 0 };

    cfg.average = 1;
    CHECK_OK(rr_trainer_new(&cfg, net, ds, &t, &err), err);
    if (resume > 0) {
        while (rr_trainer_epoch(t) < resume)
            CHECK_OK(rr_trainer_step(t, &progress, &err), err);
        CHECK_OK(rr_trainer_save(t, path, &err), err);
        rr_trainer_free(t);
        rr_network_free(net);
        net = make_net(RR_CELL_GRU);
        CHECK_OK(rr_trainer_new(&cfg, net, ds, &t, &err), err);
        CHECK_OK(rr_trainer_restore(t, path, &err), err);
    }
    train_to_the_end(t, &progress);
    rr_trainer_free(t);
    return net;
}

/* By steps of a training without: its last epoch has three. */
static void averaged_weights_are_the_mean_of_the_last_epoch(void **state)
{
    rr_dataset *ds = make_data(120, 6);
    rr_network *net = make_net(RR_CELL_GRU);
    double *sum = calloc(net->parameters, sizeof *sum);
    rr_train_config cfg = recipe(2, 1);
    rr_train_progress progress;
    rr_trainer *t = NULL;
    rr_error err = { 0 };
    size_t moved = 0;

    (void)state;
    assert_non_null(sum);
    CHECK_OK(rr_trainer_new(&cfg, net, ds, &t, &err), err);
    for (size_t step = 0; step < 6; step++) {
        CHECK_OK(rr_trainer_step(t, &progress, &err), err);
        for (size_t i = 0; step >= 3 && i < net->parameters; i++)
            sum[i] += (double)net->weights[i];
    }
    rr_network *mean = averaged(cfg, ds, 0);
    for (size_t i = 0; i < net->parameters; i++) {
        assert_true(mean->weights[i] == (float)(sum[i] / 3.0));
        moved += mean->weights[i] != net->weights[i];
    }
    assert_true(moved > net->parameters / 2);
    cfg.threads = 3;
    rr_network *resumed = averaged(cfg, ds, 1);
    same_weights(mean, resumed);
    rr_network_free(resumed);
    rr_network_free(mean);
    rr_trainer_free(t);
    rr_network_free(net);
    free(sum);
    rr_dataset_free(ds);
}

static void an_averaged_training_is_not_prolonged(void **state)
{
    const char *path = "trainer_average.safetensors";
    rr_dataset *ds = make_data(60, 7);
    rr_train_config cfg = recipe(2, 1);
    rr_network *net = averaged(cfg, ds, 1);
    rr_trainer *t = NULL;
    rr_error err = { 0 };

    (void)state;
    cfg.average = 1;
    cfg.epochs = 3;
    CHECK_OK(rr_trainer_new(&cfg, net, ds, &t, &err), err);
    CHECK_FAILS(rr_trainer_restore(t, path, &err), RR_ERR_MISMATCH, err, "another options");
    rr_trainer_free(t);
    rr_network_free(net);
    rr_dataset_free(ds);
}

static void another_configuration_or_data_is_not_resumed(void **state)
{
    const char *path = "trainer_mismatch.safetensors";
    rr_dataset *ds = make_data(60, 4);
    rr_dataset *other = make_data(60, 5);
    rr_network *net = make_net(RR_CELL_TANH);
    rr_train_config cfg = recipe(1, 1);
    rr_train_progress progress;
    rr_trainer *t = NULL;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_trainer_new(&cfg, net, ds, &t, &err), err);
    CHECK_OK(rr_trainer_step(t, &progress, &err), err);
    CHECK_FAILS(rr_trainer_save(t, path, &err), RR_ERR_ARG, err, "between epochs");
    CHECK_OK(rr_trainer_step(t, &progress, &err), err);
    CHECK_OK(rr_trainer_save(t, path, &err), err);
    rr_trainer_free(t);

    cfg.learning_rate = 0.02;
    CHECK_OK(rr_trainer_new(&cfg, net, ds, &t, &err), err);
    CHECK_FAILS(rr_trainer_restore(t, path, &err), RR_ERR_MISMATCH, err, "learning rate");
    rr_trainer_free(t);
    cfg.learning_rate = 0.01;
    CHECK_OK(rr_trainer_new(&cfg, net, other, &t, &err), err);
    CHECK_FAILS(rr_trainer_restore(t, path, &err), RR_ERR_MISMATCH, err, "data_sha256");
    CHECK_FAILS(rr_trainer_restore(t, "nowhere.safetensors", &err), RR_ERR_IO, err, "nowhere");
    rr_trainer_free(t);
    rr_network_free(net);
    rr_dataset_free(ds);
    rr_dataset_free(other);
}

/* Adam divides by 1 - beta^updates: a count that wraps to 0 would make every weight infinite. */
static void a_file_whose_counts_do_not_fit_is_refused(void **state)
{
    const char *path = "trainer_counts.safetensors";
    static const char from[] = "\"updates\":\"2\"";
    static const char to[] = "\"updates\":\"3\"";
    rr_dataset *ds = make_data(60, 4);
    rr_network *net = make_net(RR_CELL_TANH);
    const rr_train_config cfg = recipe(1, 1);
    rr_train_progress progress = { 0 };
    rr_trainer *t = NULL;
    rr_error err = { 0 };
    char text[4096];
    long at = -1;

    (void)state;
    CHECK_OK(rr_trainer_new(&cfg, net, ds, &t, &err), err);
    while (!progress.epoch_done)
        CHECK_OK(rr_trainer_step(t, &progress, &err), err);
    CHECK_OK(rr_trainer_save(t, path, &err), err);
    FILE *f = fopen(path, "r+b");
    assert_non_null(f);
    const size_t n = fread(text, 1, sizeof text, f);
    for (size_t i = 0; i + sizeof from <= n && at < 0; i++)
        if (memcmp(text + i, from, sizeof from - 1) == 0)
            at = (long)i;
    assert_true(at >= 0);
    assert_int_equal(fseek(f, at, SEEK_SET), 0);
    assert_int_equal(fwrite(to, 1, sizeof to - 1, f), sizeof to - 1);
    assert_int_equal(fclose(f), 0);
    CHECK_FAILS(rr_trainer_restore(t, path, &err), RR_ERR_FORMAT, err, "3 updates");
    rr_trainer_free(t);
    rr_network_free(net);
    rr_dataset_free(ds);
}

static void a_training_that_diverges_is_stopped_with_finite_weights(void **state)
{
    rr_dataset *ds = make_data(60, 6);
    rr_network *net = make_net(RR_CELL_RELU);
    rr_train_config cfg = recipe(50, 2);
    rr_train_progress progress;
    rr_trainer *t = NULL;
    rr_error err = { 0 };
    rr_status st = RR_OK;

    (void)state;
    cfg.optimizer = RR_OPT_SGD;
    cfg.learning_rate = 1e6;
    cfg.clip_norm = 0.0;
    CHECK_OK(rr_trainer_new(&cfg, net, ds, &t, &err), err);
    while (st == RR_OK && !rr_trainer_finished(t))
        st = rr_trainer_step(t, &progress, &err);
    CHECK_FAILS(st, RR_ERR_NUMERIC, err, "learning rate");
    assert_int_equal(rri_first_nonfinite(net->weights, net->parameters, 1, 1), net->parameters);
    rr_trainer_free(t);
    rr_network_free(net);
    rr_dataset_free(ds);
}

static void wrong_arguments_are_named(void **state)
{
    rr_dataset *ds = make_data(20, 7);
    rr_network *net = make_net(RR_CELL_LSTM);
    rr_error err = { 0 };
    rr_trainer *t = NULL;
    rr_train_config cfg;

    (void)state;
    cfg = recipe(0, 1);
    CHECK_FAILS(rr_trainer_new(&cfg, net, ds, &t, &err), RR_ERR_ARG, err, "epochs is 0");
    cfg = recipe(1, 1);
    cfg.batch = 0;
    CHECK_FAILS(rr_trainer_new(&cfg, net, ds, &t, &err), RR_ERR_ARG, err, "batch is 0");
    cfg = recipe(1, 1);
    cfg.learning_rate = -0.5;
    CHECK_FAILS(rr_trainer_new(&cfg, net, ds, &t, &err), RR_ERR_ARG, err, "learning rate is -0.5");
    cfg = recipe(1, 1);
    cfg.beta2 = 1.0;
    CHECK_FAILS(rr_trainer_new(&cfg, net, ds, &t, &err), RR_ERR_ARG, err, "beta2 is 1");
    cfg = recipe(1, 1);
    cfg.clip_norm = (double)NAN;
    CHECK_FAILS(rr_trainer_new(&cfg, net, ds, &t, &err), RR_ERR_ARG, err, "clip norm");

    const rr_network_config narrow = { .struct_size = sizeof(rr_network_config),
                                       .cell = RR_CELL_LSTM,
                                       .width = D + 1,
                                       .hidden = 8,
                                       .layers = 1,
                                       .classes = C,
                                       .seed = 1 };
    rr_network *wide = new_network(&narrow);
    cfg = recipe(1, 1);
    CHECK_FAILS(rr_trainer_new(&cfg, wide, ds, &t, &err), RR_ERR_SHAPE, err, "frames are 4 wide");
    assert_null(t);
    rr_network_free(wide);
    rr_network_free(net);
    rr_dataset_free(ds);
}

static rr_status everything(rr_network *net, const rr_dataset *ds, rr_error *err)
{
    const char *path = "trainer_oom.safetensors";
    const rr_train_config cfg = recipe(1, 1);
    rr_trainer *t = NULL;
    rr_train_progress progress;
    uint32_t prediction[60];
    double loss = 0.0;
    rr_status st = RR_OK;

    RRI_TRY(rr_trainer_new(&cfg, net, ds, &t, err));
    while (!rr_trainer_finished(t))
        RRI_TRY(rr_trainer_step(t, &progress, err));
    RRI_TRY(rr_trainer_save(t, path, err));
    RRI_TRY(rr_trainer_restore(t, path, err));
    RRI_TRY(rr_network_predict(net, ds, 1, prediction, NULL, err));
    RRI_TRY(rr_network_gradient(net, ds, 1, &loss, NULL, err));

done:
    rr_trainer_free(t);
    return st;
}

static void every_failed_allocation_is_clean(void **state)
{
    rr_dataset *ds = make_data(60, 8);
    rr_network *net = make_net(RR_CELL_LSTM);
    rr_error err = { 0 };

    (void)state;
    for (failing at = { 0 }; next_allocation_fails(&at, 60);)
        at.st = everything(net, ds, &err);
    rr_network_free(net);
    rr_dataset_free(ds);
}

/* ---- loss weights --------------------------------------------------------------------------- */

static rr_network *train_weighted(const rr_dataset *ds, const float *weights)
{
    rr_network *net = make_net(RR_CELL_LSTM);
    const rr_train_config cfg = recipe(2, 2);
    rr_train_progress progress;
    rr_trainer *t = NULL;
    rr_error err = { 0 };

    CHECK_OK(rr_trainer_new(&cfg, net, ds, &t, &err), err);
    if (weights != NULL)
        CHECK_OK(rr_trainer_set_weights(t, weights, &err), err);
    train_to_the_end(t, &progress);
    rr_trainer_free(t);
    return net;
}

/* One batch: a loss of weight 2 counts as two sequences of weight 1, one of 0 not at all. */
static void a_weight_scales_the_gradient_of_its_sequence(void **state)
{
    enum { N = 40 };
    rr_dataset *ds = make_data(N, 1);
    float weights[N];
    size_t left[N], n = 0;
    rr_train_config cfg = recipe(1, 1);
    rr_train_progress weighted, alone;
    rr_error err = { 0 };

    (void)state;
    for (size_t i = 0; i < N; i++) {
        weights[i] = i % 4 == 0 ? 0.0f : 1.0f;
        if (i % 4 != 0)
            left[n++] = i;
    }
    cfg.optimizer = RR_OPT_SGD;
    cfg.clip_norm = 0.0;
    rr_dataset *some = NULL;
    CHECK_OK(rr_dataset_select(ds, left, n, &some, &err), err);
    rr_network *a = make_net(RR_CELL_GRU), *b = make_net(RR_CELL_GRU);
    rr_trainer *t = NULL;
    CHECK_OK(rr_trainer_new(&cfg, a, ds, &t, &err), err);
    CHECK_OK(rr_trainer_set_weights(t, weights, &err), err);
    CHECK_OK(rr_trainer_step(t, &weighted, &err), err);
    rr_trainer_free(t);
    /* The mean is still over all N: at a rate of n/N the others alone make the same step. */
    cfg.learning_rate *= (double)n / (double)N;
    CHECK_OK(rr_trainer_new(&cfg, b, some, &t, &err), err);
    CHECK_OK(rr_trainer_step(t, &alone, &err), err);
    rr_trainer_free(t);
    assert_true(fabs(weighted.loss - alone.loss * (double)n / (double)N) < 1e-5);
    for (size_t i = 0; i < a->parameters; i++)
        assert_true(fabsf(a->weights[i] - b->weights[i]) < 1e-6f);
    rr_network_free(a);
    rr_network_free(b);
    rr_dataset_free(some);
    rr_dataset_free(ds);
}

static void weights_of_one_change_no_bit(void **state)
{
    enum { N = 120 };
    rr_dataset *ds = make_data(N, 1);
    float weights[N];

    (void)state;
    for (size_t i = 0; i < N; i++)
        weights[i] = 1.0f;
    rr_network *a = train_weighted(ds, NULL), *b = train_weighted(ds, weights);
    same_weights(a, b);
    weights[7] = 0.5f;
    rr_network *c = train_weighted(ds, weights);
    assert_memory_not_equal(a->weights, c->weights, a->parameters * sizeof *a->weights);
    rr_network_free(a);
    rr_network_free(b);
    rr_network_free(c);
    rr_dataset_free(ds);
}

static void weights_are_checked_and_belong_to_the_saved_state(void **state)
{
    enum { N = 60 };
    rr_dataset *ds = make_data(N, 1);
    rr_network *net = make_net(RR_CELL_LSTM);
    const rr_train_config cfg = recipe(2, 1);
    float weights[N] = { 0.0f };
    rr_trainer *t = NULL;
    rr_train_progress progress;
    rr_error err = { 0 };
    const char *path = "trainer_weighted.safetensors";

    (void)state;
    CHECK_OK(rr_trainer_new(&cfg, net, ds, &t, &err), err);
    weights[3] = -1.0f;
    CHECK_FAILS(rr_trainer_set_weights(t, weights, &err), RR_ERR_ARG, err, "sequence 3");
    weights[3] = 1.0f;
    CHECK_OK(rr_trainer_set_weights(t, weights, &err), err);
    CHECK_OK(rr_trainer_run_epoch(t, NULL, &progress, &err), err);
    CHECK_FAILS(rr_trainer_set_weights(t, weights, &err), RR_ERR_ARG, err, "before the first");
    CHECK_OK(rr_trainer_save(t, path, &err), err);
    rr_trainer_free(t);
    CHECK_OK(rr_trainer_new(&cfg, net, ds, &t, &err), err);
    CHECK_FAILS(rr_trainer_restore(t, path, &err), RR_ERR_MISMATCH, err, "loss weights");
    CHECK_OK(rr_trainer_set_weights(t, weights, &err), err);
    CHECK_OK(rr_trainer_restore(t, path, &err), err);
    rr_trainer_free(t);
    rr_network_free(net);
    rr_dataset_free(ds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thread_count_does_not_change_a_bit),
        cmocka_unit_test(a_cancelled_epoch_continues_with_the_same_bits),
        cmocka_unit_test(every_epoch_is_a_new_permutation_of_all),
        cmocka_unit_test(training_learns_and_reports_it),
        cmocka_unit_test(a_resumed_training_gives_the_bits_of_an_uninterrupted_one),
        cmocka_unit_test(averaged_weights_are_the_mean_of_the_last_epoch),
        cmocka_unit_test(an_averaged_training_is_not_prolonged),
        cmocka_unit_test(another_configuration_or_data_is_not_resumed),
        cmocka_unit_test(a_file_whose_counts_do_not_fit_is_refused),
        cmocka_unit_test(a_training_that_diverges_is_stopped_with_finite_weights),
        cmocka_unit_test(wrong_arguments_are_named),
        cmocka_unit_test(a_weight_scales_the_gradient_of_its_sequence),
        cmocka_unit_test(weights_of_one_change_no_bit),
        cmocka_unit_test(weights_are_checked_and_belong_to_the_saved_state),
        cmocka_unit_test(every_failed_allocation_is_clean),
    };
    return cmocka_run_group_tests(tests, open_scratch, close_scratch);
}
