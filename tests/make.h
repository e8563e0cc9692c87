/* SPDX-License-Identifier: MIT */
/* make.h - datasets, networks, influence models and traces. What cannot be made fails the test. */
#ifndef RR_TESTS_MAKE_H
#define RR_TESTS_MAKE_H

#include "check.h"

static inline rr_dataset *load_dataset(const char *spec, rr_split split)
{
    rr_dataset *ds = NULL;
    rr_error err = { 0 };

    CHECK_OK(rr_dataset_load(spec, split, &ds, &err), err);
    return ds;
}

static inline rr_dataset_builder *new_builder(const rr_dataset_shape *shape)
{
    rr_dataset_builder *b = NULL;
    rr_error err = { 0 };

    CHECK_OK(rr_dataset_builder_new(shape, &b, &err), err);
    return b;
}

static inline void add_sequence(rr_dataset_builder *b, rr_sequence seq)
{
    rr_error err = { 0 };

    CHECK_OK(rr_dataset_builder_add(b, seq, &err), err);
}

/* The dataset of a builder, which is freed. */
static inline rr_dataset *finish_dataset(rr_dataset_builder *b)
{
    rr_dataset *ds = NULL;
    rr_error err = { 0 };

    CHECK_OK(rr_dataset_builder_finish(b, &ds, &err), err);
    rr_dataset_builder_free(b);
    return ds;
}

static inline rr_network *new_network(const rr_network_config *cfg)
{
    rr_network *net = NULL;
    rr_error err = { 0 };

    CHECK_OK(rr_network_new(cfg, &net, &err), err);
    return net;
}

/* All epochs of the configuration. */
static inline void train_network(const rr_train_config *cfg, rr_network *net, const rr_dataset *ds)
{
    rr_trainer *t = NULL;
    rr_train_progress progress;
    rr_error err = { 0 };

    CHECK_OK(rr_trainer_new(cfg, net, ds, &t, &err), err);
    while (!rr_trainer_finished(t))
        CHECK_OK(rr_trainer_step(t, &progress, &err), err);
    rr_trainer_free(t);
}

static inline rr_influence *build_influence(const rr_influence_config *cfg, const rr_network *net,
                                            const rr_dataset *train)
{
    rr_state_source source = { 0 };
    rr_influence *inf = NULL;
    rr_error err = { 0 };

    CHECK_OK(rr_network_states(net, train, cfg->threads, &source, &err), err);
    CHECK_OK(rr_influence_build(cfg, &source, NULL, &inf, &err), err);
    rr_state_source_close(&source);
    return inf;
}

/* All sequences of a dataset at once. */
static inline rr_traces *traces_of(const rr_influence *inf, const rr_network *net,
                                   const rr_dataset *ds)
{
    rr_state_source source = { 0 };
    rr_traces *traces = NULL;
    rr_error err = { 0 };

    CHECK_OK(rr_network_states(net, ds, 1, &source, &err), err);
    CHECK_OK(rr_influence_trace(inf, &source, 1, &traces, &err), err);
    rr_state_source_close(&source);
    return traces;
}

#endif
