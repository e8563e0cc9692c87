/* SPDX-License-Identifier: MIT */
/* fixture.h - a run on a few digits, in the folder "run" of a test's temporary folder. */
#ifndef RR_TESTS_RUN_FIXTURE_H
#define RR_TESTS_RUN_FIXTURE_H

#include "io/io.h"
#include "make.h"
#include "scratch_folder.h"

static const char data_spec[] = "digits?train=60&test=20";
static const char dir[] = "run";

static inline void clear(void)
{
    assert_int_equal(system("rm -rf run"), 0);
}

static rr_dataset *train_set, *test_set;

/* Set-up and tear-down of all tests. */
static inline int load_sets(void **state)
{
    (void)state;
    train_set = load_dataset(data_spec, RR_SPLIT_TRAIN);
    test_set = load_dataset(data_spec, RR_SPLIT_TEST);
    return 0;
}

static inline int free_sets(void **state)
{
    (void)state;
    rr_dataset_free(train_set);
    rr_dataset_free(test_set);
    return 0;
}

static inline rr_run_settings settings_for(const rr_dataset *train, const rr_dataset *test,
                                           size_t epochs)
{
    rr_run_settings s = { .data = data_spec,
                          .network = { .struct_size = sizeof(rr_network_config),
                                       .cell = RR_CELL_LSTM,
                                       .width = 28,
                                       .hidden = 8,
                                       .layers = 1,
                                       .classes = 10,
                                       .seed = 3 },
                          .train = rr_train_config_default(),
                          .keep = RR_KEEP_LAST };

    s.train.epochs = epochs;
    s.train.batch = 16;
    s.train.seed = UINT64_MAX; /* a number JSON integers do not hold */
    s.train.learning_rate = 0.1 + 0.2;
    s.splits[RR_SPLIT_TRAIN].count = rr_dataset_count(train);
    s.splits[RR_SPLIT_TEST].count = rr_dataset_count(test);
    (void)snprintf(s.splits[RR_SPLIT_TRAIN].hash, 65, "%s", rr_dataset_hash(train));
    (void)snprintf(s.splits[RR_SPLIT_TEST].hash, 65, "%s", rr_dataset_hash(test));
    return s;
}

static inline void make_run(const rr_run_settings *s, rr_run **run)
{
    rr_error err = { 0 };

    clear();
    CHECK_OK(rr_run_create(dir, s, run, &err), err);
}

/* Train `until` epochs, recording each with the given accuracies. One thread: a forked child has
 * not inherited the workers of its parent. */
static inline rr_status train(rr_run *run, const rr_dataset *ds, size_t until,
                              const double *accuracy, rr_error *err)
{
    rr_run_settings s = rr_run_settings_of(run);
    rr_network *net = NULL;
    rr_trainer *t = NULL;
    rr_train_progress p;
    rr_status st = RR_OK;

    s.train.threads = 1;
    RRI_TRY(rr_network_new(&s.network, &net, err));
    RRI_TRY(rr_trainer_new(&s.train, net, ds, &t, err));
    RRI_TRY(rr_run_resume(run, t, err));
    if (s.checkpoints && rr_trainer_epoch(t) == 0)
        RRI_TRY(rr_run_checkpoint(run, t, err));
    while (rr_trainer_epoch(t) < until) {
        RRI_TRY(rr_trainer_step(t, &p, err));
        if (!p.epoch_done)
            continue;
        const rr_run_epoch e = { .epoch = p.epoch,
                                 .loss = p.loss,
                                 .train_accuracy = p.accuracy,
                                 .dev_accuracy =
                                     rr_run_settings_of(run).splits[RR_SPLIT_DEV].count > 0
                                         ? accuracy[p.epoch - 1]
                                         : -1.0,
                                 .test_accuracy = accuracy[p.epoch - 1],
                                 .seconds = 0.25,
                                 .sequences_per_second = 240.0 };
        RRI_TRY(rr_run_record(run, &e, net, t, err));
    }

done:
    rr_trainer_free(t);
    rr_network_free(net);
    return st;
}

/* Replace `from` by `to` in run.json. */
static inline void rewrite(const char *from, const char *to)
{
    unsigned char *text = NULL;
    size_t bytes = 0;
    rr_error err = { 0 };

    CHECK_OK(rri_file_read("run/run.json", 1 << 20, &text, &bytes, &err), err);
    char *at = strstr((char *)text, from);
    assert_non_null(at);
    char *fresh = malloc(bytes + strlen(to) + 1);
    assert_non_null(fresh);
    const size_t head = (size_t)(at - (char *)text);
    (void)sprintf(fresh, "%.*s%s%s", (int)head, (char *)text, to, at + strlen(from));
    CHECK_OK(rri_file_write("run/run.json", fresh, strlen(fresh), &err), err);
    free(fresh);
    rri_free(text);
}

/* A change to run.json, and what the message of opening the run then says. */
typedef struct breakage {
    const char *from, *to, *message;
} breakage;

static inline void check_broken(const rr_run_settings *s, const breakage *cases, size_t n)
{
    rr_error err = { 0 };

    for (size_t i = 0; i < n; i++) {
        rr_run *run = NULL;
        make_run(s, &run);
        rr_run_free(run);
        rewrite(cases[i].from, cases[i].to);
        CHECK_FAILS(rr_run_open(dir, &run, &err), RR_ERR_FORMAT, err, cases[i].message);
        assert_null(run);
    }
}

#endif
