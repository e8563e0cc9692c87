/* SPDX-License-Identifier: MIT */
/* fixture.h - a small classifier that errs, its influence model and its errors: what repairs and
 * pictures of them are tested on. */
#ifndef RR_TESTS_REPAIR_FIXTURE_H
#define RR_TESTS_REPAIR_FIXTURE_H

#include "check.h"

enum { FIXTURE_TEST = 100 };

typedef struct fixture {
    rr_dataset *train, *test;
    rr_network *net;
    rr_influence *inf;
    uint32_t before[FIXTURE_TEST];
    size_t errors[FIXTURE_TEST]; /* numbers of the test sequences predicted wrong */
    size_t n;
} fixture;

static inline void fixture_train(fixture *f)
{
    rr_train_config cfg = rr_train_config_default();
    rr_network_config shape = { .struct_size = sizeof(rr_network_config),
                                .cell = RR_CELL_GRU,
                                .width = 28,
                                .hidden = 24,
                                .layers = 1,
                                .classes = 10,
                                .seed = 3 };
    rr_trainer *t = NULL;
    rr_train_progress progress;
    rr_error err = { 0 };

    cfg.epochs = 8;
    cfg.batch = 10;
    cfg.optimizer = RR_OPT_ADAM;
    cfg.learning_rate = 0.005;
    cfg.threads = 1;
    CHECK_OK(rr_network_new(&shape, &f->net, &err), err);
    CHECK_OK(rr_trainer_new(&cfg, f->net, f->train, &t, &err), err);
    while (!rr_trainer_finished(t))
        CHECK_OK(rr_trainer_step(t, &progress, &err), err);
    rr_trainer_free(t);
}

static inline void fixture_build(fixture *f)
{
    rr_influence_config cfg = rr_influence_config_default();
    rr_state_source source = { 0 };
    rr_error err = { 0 };

    cfg.components = 6;
    cfg.partition.states = 12;
    cfg.symbols = 1;
    cfg.threads = 1;
    CHECK_OK(rr_network_states(f->net, f->train, 1, &source, &err), err);
    CHECK_OK(rr_influence_build(&cfg, &source, NULL, &f->inf, &err), err);
    rr_state_source_close(&source);
}

static inline void fixture_make(fixture *f)
{
    rr_error err = { 0 };

    *f = (fixture){ 0 };
    CHECK_OK(rr_dataset_load("digits?train=300&test=100", RR_SPLIT_TRAIN, &f->train, &err), err);
    CHECK_OK(rr_dataset_load("digits?train=300&test=100", RR_SPLIT_TEST, &f->test, &err), err);
    assert_int_equal(rr_dataset_count(f->test), FIXTURE_TEST);
    fixture_train(f);
    CHECK_OK(rr_network_predict(f->net, f->test, 1, f->before, NULL, &err), err);
    for (size_t i = 0; i < FIXTURE_TEST; i++)
        if (f->before[i] != rr_dataset_at(f->test, i).label)
            f->errors[f->n++] = i;
    assert_true(f->n >= 8 && f->n < FIXTURE_TEST); /* it errs, and it has learned something */
    fixture_build(f);
}

static inline void fixture_free(fixture *f)
{
    rr_influence_free(f->inf);
    rr_network_free(f->net);
    rr_dataset_free(f->train);
    rr_dataset_free(f->test);
}

/* A repair carried through for the first n errors. */
static inline rr_repair *fixture_repair(const fixture *f, const rr_repair_config *cfg,
                                        const size_t *targets, size_t n)
{
    rr_repair *r = NULL;
    rr_error err = { 0 };
    int done = 0;

    CHECK_OK(rr_repair_new(cfg, f->inf, f->net, f->train, f->test, targets, n, &r, &err), err);
    while (!done)
        CHECK_OK(rr_repair_step(r, &done, &err), err);
    return r;
}

#endif
