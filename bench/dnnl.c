/* SPDX-License-Identifier: MIT */
/* dnnl.c - oneDNN's primitives for one layer: one set for each worker, their memory, and the choice
 * of how a batch is divided. */
#define _GNU_SOURCE /* RTLD_DEFAULT */

#include "dnnl.h"

#include "dnnl_layer.h"

#include <dlfcn.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

/* How a batch is divided. */
typedef struct division {
    size_t shard;   /* sequences of a primitive */
    size_t workers; /* that have one each */
    size_t inner;   /* threads of a primitive */
    bool any;       /* order of the data */
} division;

struct bench_dnnl {
    bench_shape s;
    bool training;
    size_t threads;
    size_t sequences; /* of one call: a batch, or enough for all workers */
    division how;
    bench_layer **own; /* [workers] */
    atomic_bool failed;
};

/* Threads of OpenMP that primitives made or run by this thread use. oneDNN has no call for it. */
static void set_inner_threads(size_t n)
{
    void (*set)(int) = NULL;
    void *const symbol = dlsym(RTLD_DEFAULT, "omp_set_num_threads");

    memcpy(&set, &symbol, sizeof set);
    if (set != NULL)
        set((int)n);
}

static void close_layers(bench_dnnl *p)
{
    for (size_t i = 0; p->own != NULL && i < p->how.workers; i++)
        bench_layer_free(p->own[i]);
    rri_free(p->own);
    p->own = NULL;
}

void bench_dnnl_free(bench_dnnl *p)
{
    if (p == NULL)
        return;
    close_layers(p);
    rri_free(p);
}

static rr_status open_layers(bench_dnnl *p, const division *how, rr_error *err)
{
    rr_status st = RR_OK;

    close_layers(p);
    p->how = *how;
    set_inner_threads(how->inner);
    RRI_TRY(rri_alloc(&p->own, how->workers, 1, sizeof(bench_layer *), err));
    for (size_t i = 0; i < how->workers; i++)
        RRI_TRY(bench_layer_new(&p->s, how->shard, p->training, how->any, &p->own[i], err));

done:
    return st;
}

/* ---- iterations ------------------------------------------------------------------------------ */

static void run_shard(void *ctx, size_t task, size_t worker)
{
    bench_dnnl *p = ctx;

    (void)task;
    if (!bench_layer_run(p->own[worker]))
        atomic_store(&p->failed, true);
}

static double call(bench_dnnl *p)
{
    const double begin = rri_seconds();

    rri_parallel(p->how.workers, p->sequences / p->how.shard, run_shard, p);
    return rri_seconds() - begin;
}

bool bench_dnnl_iteration(void *ctx, double slice, double *seconds, char note[BENCH_NOTE])
{
    bench_dnnl *p = ctx;
    double spent = 0.0;
    size_t calls = 0;

    while (calls == 0 || spent < slice) {
        spent += call(p);
        calls++;
    }
    *seconds = spent / (double)(calls * p->sequences);
    snprintf(note, BENCH_NOTE, "shards of %zu, %zu x %zu threads, %s, %.0f GFLOP/s%s", p->how.shard,
             p->how.workers, p->how.inner, p->how.any ? "any order" : "steps first",
             1e-9 * bench_flop(&p->s, p->training) / *seconds,
             p->training ? "; forward and backward only" : "");
    if (atomic_load(&p->failed))
        snprintf(note, BENCH_NOTE, "a primitive failed");
    return !atomic_load(&p->failed);
}

/* Seconds a sequence, the best of a few calls. */
static double try_out(bench_dnnl *p)
{
    double best = HUGE_VAL;
    char note[BENCH_NOTE];

    call(p);
    for (int round = 0; round < 2; round++) {
        double seconds = HUGE_VAL;
        bench_dnnl_iteration(p, 0.03, &seconds, note);
        best = fmin(best, seconds);
    }
    return best;
}

/* tuned: all divisions; else the whole batch alone. */
static rr_status choose(bench_dnnl *p, bool tuned, rr_error *err)
{
    const size_t B = p->sequences;
    const size_t shards[] = { B, B / p->threads, 64, 32 };
    division best = { 0 };
    double least = HUGE_VAL;
    rr_status st = RR_OK;

    for (size_t i = 0; i < (tuned ? sizeof shards / sizeof *shards : 1); i++)
        for (int any = 0; any < 2; any++) {
            const size_t workers = i == 0 ? 1 : p->threads;
            const division how = { shards[i], workers, i == 0 ? p->threads : 1, any != 0 };
            if (how.shard == 0 || B % how.shard != 0 || (i > 1 && how.shard * workers >= B))
                continue;
            RRI_TRY(open_layers(p, &how, err));
            const double seconds = try_out(p);
            if (seconds < least) {
                least = seconds;
                best = how;
            }
        }
    RRI_TRY(open_layers(p, &best, err));

done:
    return st;
}

rr_status bench_dnnl_new(const bench_shape *s, bool training, size_t threads, bool tuned,
                         bench_dnnl **out, rr_error *err)
{
    bench_dnnl *p = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_alloc(&p, 1, 1, sizeof *p, err));
    p->s = *s;
    p->training = training;
    p->threads = rri_threads(threads);
    p->sequences = training ? s->B : rri_max(s->B, 512);
    RRI_TRY(choose(p, tuned, err));
    RRI_TRY(bench_layer_check(p->own[0], s, p->how.shard, training, err));
    *out = p;
    p = NULL;

done:
    bench_dnnl_free(p);
    return st;
}
