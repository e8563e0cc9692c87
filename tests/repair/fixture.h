/* SPDX-License-Identifier: MIT */
/* fixture.h - a small classifier that errs, its influence model and its errors: what repairs and
 * pictures of them are tested on. Here it reads drawn digits; in text_fixture.h, sentences. */
#ifndef RR_TESTS_REPAIR_FIXTURE_H
#define RR_TESTS_REPAIR_FIXTURE_H

#include "make.h"

#include "data/vocabulary.h"

enum { FIXTURE_TEST = 100 };

typedef struct fixture {
    rr_vocabulary *words; /* NULL for digits */
    rr_dataset *train, *test;
    rr_network *net;
    rr_influence *inf;
    uint32_t before[FIXTURE_TEST];
    size_t errors[FIXTURE_TEST]; /* numbers of the test sequences predicted wrong */
    size_t n;
} fixture;

static fixture world;

static inline void train_small(rr_network *net, const rr_dataset *train, size_t epochs,
                               size_t batch, double rate)
{
    rr_train_config cfg = rr_train_config_default();

    cfg.epochs = epochs;
    cfg.batch = batch;
    cfg.optimizer = RR_OPT_ADAM;
    cfg.learning_rate = rate;
    cfg.threads = 1;
    train_network(&cfg, net, train);
}

static inline void find_errors(void)
{
    rr_error err = { 0 };

    CHECK_OK(rr_network_predict(world.net, world.test, 1, world.before, NULL, &err), err);
    for (size_t i = 0; i < rr_dataset_count(world.test); i++)
        if (world.before[i] != rr_dataset_at(world.test, i).label)
            world.errors[world.n++] = i;
}

static inline int make_digits(void **state)
{
    const rr_network_config shape = { .struct_size = sizeof(rr_network_config),
                                      .cell = RR_CELL_GRU,
                                      .width = 28,
                                      .hidden = 24,
                                      .layers = 1,
                                      .classes = 10,
                                      .seed = 3 };
    rr_influence_config cfg = rr_influence_config_default();

    (void)state;
    world.train = load_dataset("digits?train=300&test=100", RR_SPLIT_TRAIN);
    world.test = load_dataset("digits?train=300&test=100", RR_SPLIT_TEST);
    assert_int_equal(rr_dataset_count(world.test), FIXTURE_TEST);
    world.net = new_network(&shape);
    train_small(world.net, world.train, 8, 10, 0.005);
    find_errors();
    assert_true(world.n >= 8 && world.n < FIXTURE_TEST); /* it errs, and has learned something */
    cfg.components = 6;
    cfg.partition.states = 12;
    cfg.symbols = 1;
    cfg.threads = 1;
    world.inf = build_influence(&cfg, world.net, world.train);
    return 0;
}

static inline int free_world(void **state)
{
    (void)state;
    rr_influence_free(world.inf);
    rr_network_free(world.net);
    rr_dataset_free(world.train);
    rr_dataset_free(world.test);
    rri_vocabulary_free(world.words);
    return 0;
}

/* A repair carried through for these test sequences. */
static inline rr_repair *repaired(const rr_repair_config *cfg, const size_t *targets, size_t n)
{
    rr_repair *r = NULL;
    rr_error err = { 0 };
    int done = 0;

    CHECK_OK(
        rr_repair_new(cfg, world.inf, world.net, world.train, world.test, targets, n, &r, &err),
        err);
    while (!done)
        CHECK_OK(rr_repair_step(r, &done, &err), err);
    return r;
}

/* A repair of the first error from beginning to end, which may fail. */
static inline rr_status try_repair(const rr_repair_config *cfg, rr_dataset **additions)
{
    rr_repair *r = NULL;
    int done = 0;

    rr_status st = rr_repair_new(cfg, world.inf, world.net, world.train, world.test, world.errors,
                                 1, &r, NULL);
    assert_int_equal(st == RR_OK, r != NULL);
    while (st == RR_OK && !done)
        st = rr_repair_step(r, &done, NULL);
    if (st == RR_OK)
        st = rr_repair_additions(r, additions, NULL);
    rr_repair_free(r);
    return st;
}

static inline void check_every_failed_allocation(const rr_repair_config *cfg)
{
    for (failing at = { 0 }; next_allocation_fails(&at, 20);) {
        rr_dataset *additions = NULL;
        at.st = try_repair(cfg, &additions);
        assert_int_equal(at.st == RR_OK, additions != NULL);
        rr_dataset_free(additions);
    }
}

static inline rr_dataset *additions_of(const rr_repair *r)
{
    rr_dataset *ds = NULL;
    rr_error err = { 0 };

    CHECK_OK(rr_repair_additions(r, &ds, &err), err);
    return ds;
}

static inline void check_same_additions(const rr_repair *one, const rr_repair *two)
{
    rr_dataset *a = additions_of(one);
    rr_dataset *b = additions_of(two);

    assert_string_equal(rr_dataset_hash(a), rr_dataset_hash(b));
    rr_dataset_free(a);
    rr_dataset_free(b);
}

/* One step of a repair of the first error, which fails at its allocation `at`, is taken again. */
static inline void check_a_step_can_be_repeated(const rr_repair_config *cfg, long at)
{
    rr_repair *whole = repaired(cfg, world.errors, 1);
    rr_repair *r = NULL;
    rr_error err = { 0 };
    size_t n = 1;
    int done = 0;

    CHECK_OK(rr_repair_new(cfg, world.inf, world.net, world.train, world.test, world.errors, 1, &r,
                           &err),
             err);
    rri_alloc_fail_at = at;
    assert_int_equal(rr_repair_step(r, &done, &err), RR_ERR_NOMEM);
    rri_alloc_fail_at = -1;
    (void)rr_repair_targets(r, &n);
    assert_true(n == 0 && !done);
    CHECK_OK(rr_repair_step(r, &done, &err), err);
    check_same_additions(whole, r);
    rr_repair_free(whole);
    rr_repair_free(r);
}

/* A repair of one test sequence cannot begin. */
static inline void check_refused(const rr_repair_config *cfg, const rr_dataset *train,
                                 const rr_dataset *test, size_t target, rr_status code,
                                 const char *part)
{
    rr_repair *r = NULL;
    rr_error err = { 0 };

    CHECK_FAILS(rr_repair_new(cfg, world.inf, world.net, train, test, &target, 1, &r, &err), code,
                err, part);
    assert_null(r);
    assert_int_equal(rr_repair_new(cfg, world.inf, world.net, train, test, &target, 1, &r, NULL),
                     code);
}

#endif
