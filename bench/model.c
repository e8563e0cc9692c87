/* SPDX-License-Identifier: MIT */
/* model.c - influence models to ask. */
#include "model.h"

#include <stdio.h>
#include <string.h>

rr_influence_config bench_fixed_work(size_t K, size_t threads)
{
    rr_influence_config cfg = rr_influence_config_default();

    cfg.partition.states = K;
    cfg.partition.gmm.max_iter = 8;
    cfg.partition.gmm.tol = -1.0;
    cfg.threads = threads;
    return cfg;
}

/* ---- drawn ----------------------------------------------------------------------------------- */

rr_status bench_made_model(const bench_wander *w, size_t tests, bench_model *out, rr_error *err)
{
    const rr_influence_config cfg = bench_fixed_work(w->K, w->threads);
    bench_wander other = *w;
    rr_state_source source = { 0 };
    rr_state_source test_source = { 0 };
    rr_status st = RR_OK;

    memset(out, 0, sizeof *out);
    other.N = tests;
    other.seed = w->seed + 1;
    RRI_TRY(bench_make_states(w, &source, err));
    RRI_TRY(bench_make_states(&other, &test_source, err));
    RRI_TRY(rr_influence_build(&cfg, &source, NULL, &out->inf, err));
    RRI_TRY(rr_influence_trace(out->inf, &test_source, w->threads, &out->tests, err));
    snprintf(out->what, sizeof out->what, "made N%zu T%zu K%zu", w->N, w->T, w->K);

done:
    rr_state_source_close(&source);
    rr_state_source_close(&test_source);
    if (st != RR_OK)
        bench_close_model(out);
    return st;
}

/* ---- of the run ------------------------------------------------------------------------------ */

static rr_status open_run(bench *b, const char *dir, const char *what, bench_model *out,
                          rr_error *err)
{
    rr_run *run = NULL;
    rr_network *net = NULL;
    rr_dataset *ds = NULL;
    rr_state_source source = { 0 };
    rr_status st = RR_OK;

    RRI_TRY(rr_run_open(dir, &run, err));
    RRI_TRY(rr_run_network(run, &net, err));
    RRI_TRY(rr_run_influence(run, net, &out->inf, err));
    RRI_TRY(rr_run_dataset(run, RR_SPLIT_TEST, NULL, &ds, err));
    RRI_TRY(rr_network_states(net, ds, b->options.threads, &source, err));
    RRI_TRY(rr_influence_trace(out->inf, &source, b->options.threads, &out->tests, err));
    const rr_influence_info info = rr_influence_info_of(out->inf);
    snprintf(out->what, sizeof out->what, "%s N%zu T%zu K%zu", what, info.sequences,
             info.steps / info.sequences, info.states);
    out->real = true;

done:
    rr_state_source_close(&source);
    rr_dataset_free(ds);
    rr_network_free(net);
    rr_run_free(run);
    return st;
}

rr_status bench_open_model(bench *b, bench_model *out, rr_error *err)
{
    const bench_wander w = { .N = 60000,
                             .T = 28,
                             .H = 32,
                             .K = 43,
                             .C = BENCH_CLASSES,
                             .threads = b->options.threads,
                             .seed = 1 };

    memset(out, 0, sizeof *out);
    if (b->options.run == NULL && !bench_fixture_has_data(b))
        return bench_made_model(&w, 10000, out, err);
    const char *dir = NULL;
    rr_status st = bench_fixture_run(b, &dir, err);
    if (st == RR_OK)
        st = open_run(b, dir, "MNIST", out, err);
    if (st != RR_OK)
        bench_close_model(out);
    return st;
}

rr_status bench_open_text_model(bench *b, bench_model *out, rr_error *err)
{
    const char *dir = NULL;
    rr_status st = RR_OK;

    memset(out, 0, sizeof *out);
    st = bench_fixture_text_run(b, &dir, err);
    if (st == RR_OK)
        st = open_run(b, dir, "text", out, err);
    if (st != RR_OK)
        bench_close_model(out);
    return st;
}

void bench_close_model(bench_model *m)
{
    rr_traces_free(m->tests);
    rr_influence_free(m->inf);
    memset(m, 0, sizeof *m);
}
