/* SPDX-License-Identifier: MIT */
/* path_build.c - whole influence models of the 60,000 training images of MNIST. */
#include "model.h"

#include <math.h>
#include <stdio.h>

typedef struct build_case {
    size_t threads;
    rr_network *net;
    rr_dataset *ds;
    rr_influence_config cfg;
    bool cluster; /* the time of the clustering is asked for, not that of the build */
} build_case;

static bool ours_iteration(void *ctx, double slice, double *seconds, char note[BENCH_NOTE])
{
    const build_case *c = ctx;
    rr_state_source source = { 0 };
    rr_influence *inf = NULL;
    rr_error err = { .code = RR_OK };
    const double begin = rri_seconds();

    (void)slice;
    rr_status st = rr_network_states(c->net, c->ds, c->threads, &source, &err);
    if (st == RR_OK)
        st = rr_influence_build(&c->cfg, &source, NULL, &inf, &err);
    *seconds = rri_seconds() - begin;
    if (st == RR_OK) {
        const rr_influence_info info = rr_influence_info_of(inf);
        snprintf(note, BENCH_NOTE,
                 "trace %.2f, project %.2f, cluster %.2f, index %.2f s; %zu states, stability %.3f",
                 info.seconds[0], info.seconds[1], info.seconds[2], info.seconds[3], info.states,
                 info.stability_mean);
    } else {
        snprintf(note, BENCH_NOTE, "failed: %.200s", err.msg);
    }
    if (st == RR_OK && c->cluster)
        *seconds = rr_influence_info_of(inf).seconds[2];
    rr_influence_free(inf);
    rr_state_source_close(&source);
    return st == RR_OK;
}

/* ---- the check: what a model must satisfy ---------------------------------------------------- */

/* Confidences must be the shares of predictions in each state, as counted from the traces. */
static rr_status check(const build_case *c, double *worst, rr_error *err)
{
    rr_state_source source = { 0 };
    rr_influence *inf = NULL;
    double *counted = NULL; /* [K + 1][C] */
    rr_status st = RR_OK;

    RRI_TRY(rr_network_states(c->net, c->ds, c->threads, &source, err));
    RRI_TRY(rr_influence_build(&c->cfg, &source, NULL, &inf, err));
    const rr_influence_info info = rr_influence_info_of(inf);
    const rr_traces *traces = rr_influence_training(inf);
    const size_t C = info.classes;
    RRI_TRY(rri_alloc(&counted, info.states + 1, C + 1, sizeof *counted, err));
    for (size_t i = 0; i < rr_traces_count(traces); i++) {
        const rr_trace trace = rr_traces_at(traces, i);
        for (size_t t = 0; t < trace.steps; t++) {
            double *row = counted + trace.states[t] * (C + 1);
            row[trace.predictions[t]] += 1.0;
            row[C] += 1.0;
        }
    }
    *worst = 0.0;
    for (size_t q = 1; q <= info.states; q++) {
        const double *row = counted + q * (C + 1);
        for (size_t k = 0; row[C] > 0.0 && k < C; k++)
            *worst =
                fmax(*worst, fabs((double)rr_influence_confidence(inf, q)[k] - row[k] / row[C]));
    }

done:
    rri_free(counted);
    rr_influence_free(inf);
    rr_state_source_close(&source);
    return st;
}

static rr_status open_case(bench *b, build_case *c, rr_error *err)
{
    const char *dir = NULL;
    rr_run *run = NULL;
    rr_status st = RR_OK;

    c->threads = b->options.threads;
    RRI_TRY(bench_fixture_run(b, &dir, err));
    RRI_TRY(rr_run_open(dir, &run, err));
    RRI_TRY(rr_run_network(run, &c->net, err));
    RRI_TRY(rr_run_dataset(run, RR_SPLIT_TRAIN, NULL, &c->ds, err));

done:
    rr_run_free(run);
    return st;
}

/* ---- threads --------------------------------------------------------------------------------- */

rr_status bench_threads_build(bench *b, rr_error *err)
{
    build_case all = { .net = NULL };
    bench_comparison r = { .path = "threads, build",
                           .shape = "MNIST, K 43",
                           .threads = rri_threads(b->options.threads),
                           .work = 1.0,
                           .unit = "builds",
                           .least = 2 };
    rr_status st = RR_OK;

    RRI_TRY(open_case(b, &all, err));
    build_case one = all;
    all.cfg = bench_fixed_work(43, all.threads);
    one.threads = 1;
    one.cfg = bench_fixed_work(43, 1);
    bench_add(&r, "ours", BENCH_OURS, ours_iteration, &all, 0.0);
    bench_add(&r, "one thread", BENCH_OTHER, ours_iteration, &one, BENCH_TWO_THREADS);
    bench_compare(b, &r);

done:
    rr_dataset_free(all.ds);
    rr_network_free(all.net);
    return st;
}

/* ---- comparisons ----------------------------------------------------------------------------- */

/* 43 states at once, or from one state to 43. */
static rr_influence_config choice_of(size_t threads, bool grow)
{
    rr_influence_config cfg = rr_influence_config_default();

    cfg.threads = threads;
    cfg.partition.states = grow ? 0 : 43;
    cfg.partition.max_states = 43;
    cfg.partition.stability = 1.0;
    return cfg;
}

static void compare(bench *b, build_case *c, bool grow, double check_result)
{
    bench_comparison r = { .path = "build",
                           .threads = rri_threads(c->threads),
                           .work = 1.0,
                           .unit = "builds",
                           .least = b->options.quick ? 1 : 3,
                           .check = check_result,
                           .allowed = grow ? 0.0 : 1e-5,
                           .against = "shares counted from its traces" };

    snprintf(r.shape, sizeof r.shape, grow ? "MNIST, K grows to 43" : "MNIST, K 43");
    c->cfg = choice_of(c->threads, grow);
    bench_add(&r, "ours", BENCH_OURS, ours_iteration, c, 0.0);
    bench_add_limit(&r, grow ? "limit 25 s" : "limit 8 s", grow ? 25.0 : 8.0);
    bench_compare(b, &r);
}

/* What the choice of K costs: the clustering alone, grown against one fit. */
static void compare_growth(bench *b, const build_case *c)
{
    build_case fit = *c;
    build_case grown = *c;
    bench_comparison r = { .path = "build, cluster",
                           .shape = "MNIST, K 43",
                           .threads = rri_threads(c->threads),
                           .work = 1.0,
                           .unit = "clusterings",
                           .least = b->options.quick ? 1 : 3 };

    fit.cfg = choice_of(c->threads, false);
    grown.cfg = choice_of(c->threads, true);
    fit.cluster = grown.cluster = true;
    bench_add(&r, "ours", BENCH_OURS, ours_iteration, &fit, 0.0);
    bench_add(&r, "K grows to 43", BENCH_OTHER, ours_iteration, &grown, 3.0)->at_most = true;
    bench_compare(b, &r);
}

static rr_status run(bench *b, rr_error *err)
{
    build_case c = { .net = NULL };
    double worst = 0.0;
    rr_status st = RR_OK;

    RRI_TRY(open_case(b, &c, err));
    c.cfg = bench_fixed_work(43, c.threads);
    RRI_TRY(check(&c, &worst, err));
    compare(b, &c, false, worst);
    compare(b, &c, true, 0.0);
    compare_growth(b, &c);

done:
    rr_dataset_free(c.ds);
    rr_network_free(c.net);
    return st;
}

void bench_build(bench *b)
{
    rr_error err = { .code = RR_OK };

    if (!bench_fixture_has_data(b))
        bench_skip(b, "build", "MNIST", "skipped: no data");
    else if (run(b, &err) != RR_OK)
        bench_failed(b, "build", "MNIST", &err);
}
