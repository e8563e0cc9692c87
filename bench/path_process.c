/* SPDX-License-Identifier: MIT */
/* path_process.c - the tool as a person meets it: time and peak memory of whole processes. */
#include "coprocess.h"
#include "fixture.h"

#include <stdio.h>

enum { WORDS = 32 };

/* Run the tool. */
static rr_status launch(bench *b, const char *const *words, bench_launched *out, rr_error *err)
{
    const char *argv[WORDS + 4] = { RR_BENCH_TOOL };
    char threads[32];
    char note[BENCH_NOTE] = "";
    size_t n = 1;

    snprintf(threads, sizeof threads, "%zu", rri_threads(b->options.threads));
    while (words[n - 1] != NULL && n < WORDS) {
        argv[n] = words[n - 1];
        n++;
    }
    argv[n++] = "--quiet";
    argv[n++] = "--threads";
    argv[n++] = threads;
    argv[n] = NULL;
    if (bench_launch(b, argv, out, note))
        return RR_OK;
    return rri_fail(err, RR_ERR_IO, -1, "rnnrepair %s: %s", words[0], note);
}

typedef struct explain_case {
    bench *b;
    const char *dir;     /* NULL: the program starts and ends, nothing else */
    const char *picture; /* file to draw to, NULL for the options as they come */
    double peak_mib;     /* the largest of all iterations */
} explain_case;

static rr_status explain_once(explain_case *c, bench_launched *out, rr_error *err)
{
    const char *const words[] = {
        "explain",  c->dir, "--sample", "8", c->picture != NULL ? "--picture" : NULL,
        c->picture, NULL
    };
    const char *const nothing[] = { "--version", NULL };
    const rr_status st =
        c->dir != NULL ? launch(c->b, words, out, err) : launch(c->b, nothing, out, err);

    if (st == RR_OK && out->peak_mib > c->peak_mib)
        c->peak_mib = out->peak_mib;
    return st;
}

static bool explain_iteration(void *ctx, double slice, double *seconds, char note[BENCH_NOTE])
{
    bench_launched launched;
    rr_error err = { .code = RR_OK };

    (void)slice;
    if (explain_once(ctx, &launched, &err) != RR_OK) {
        snprintf(note, BENCH_NOTE, "failed: %.200s", err.msg);
        return false;
    }
    *seconds = launched.seconds;
    return true;
}

/* A process, and what it may take: NULL where nothing is asked. */
typedef struct process_case {
    const char *path, *shape;
    bool explains, picture;
    const char *limit;
    double seconds;
} process_case;

static const process_case processes[] = {
    { "start", "rnnrepair --version", false, false, NULL, 0.0 },
    { "explain", "MNIST, as it comes", true, false, "limit 60 ms", 0.060 },
    { "explain", "MNIST, --picture", true, true, "limit 150 ms", 0.150 },
};

static rr_status measure(bench *b, const process_case *p, rr_error *err)
{
    char file[600];
    explain_case c = { .b = b };
    bench_comparison r = { .path = p->path,
                           .threads = rri_threads(b->options.threads),
                           .work = 1.0,
                           .unit = "processes" };
    rr_status st = RR_OK;

    if (p->explains)
        RRI_TRY(bench_fixture_run(b, &c.dir, err));
    RRI_TRY(bench_fixture_file(b, "picture.png", file, sizeof file, err));
    c.picture = p->picture ? file : NULL;
    snprintf(r.shape, sizeof r.shape, "%s", p->shape);
    bench_add(&r, "ours", BENCH_OURS, explain_iteration, &c, 0.0);
    if (p->limit != NULL)
        bench_add_limit(&r, p->limit, p->seconds);
    bench_compare(b, &r);
    if (p->explains && c.peak_mib > 0.0)
        bench_quantity(b, "explain, peak memory", r.shape, r.threads, c.peak_mib, "MiB", 0.0, "");

done:
    return st;
}

void bench_explain(bench *b)
{
    const bool there = b->options.run != NULL || bench_fixture_has_data(b);

    for (size_t i = 0; i < sizeof processes / sizeof *processes; i++) {
        const process_case *p = &processes[i];
        rr_error err = { .code = RR_OK };
        if (p->explains && !there)
            bench_skip(b, p->path, p->shape, "skipped: no data");
        else if (measure(b, p, &err) != RR_OK)
            bench_failed(b, p->path, p->shape, &err);
    }
}

/* ---- memory ---------------------------------------------------------------------------------- */

/* Train and build in a new directory. */
static rr_status launch_both(bench *b, const char *dir, bench_launched *train,
                             bench_launched *build, rr_error *err)
{
    char spec[600];
    rr_status st = RR_OK;

    bench_fixture_spec(spec, sizeof spec);
    const char *const train_words[] = { "train",    dir, "--data", spec, "--batch", "128",
                                        "--epochs", "1", "--seed", "1",  NULL };
    const char *const build_words[] = { "build", dir, "--pca", "10", "--states", "43", NULL };
    RRI_TRY(launch(b, train_words, train, err));
    RRI_TRY(launch(b, build_words, build, err));

done:
    return st;
}

static rr_status memory(bench *b, rr_error *err)
{
    char dir[600];
    const size_t threads = rri_threads(b->options.threads);
    bench_launched train;
    bench_launched build;
    explain_case c = { .b = b };
    bench_launched launched;
    char note[BENCH_NOTE];
    rr_status st = RR_OK;

    RRI_TRY(bench_fixture_file(b, "launched", dir, sizeof dir, err));
    c.dir = dir;
    RRI_TRY(launch_both(b, dir, &train, &build, err));
    RRI_TRY(explain_once(&c, &launched, err));
    snprintf(note, sizeof note, "%.2f s, one epoch", train.seconds);
    bench_quantity(b, "memory", "train, MNIST", threads, train.peak_mib, "MiB", 0.0, note);
    snprintf(note, sizeof note, "%.2f s", build.seconds);
    bench_quantity(b, "memory", "build, MNIST K43", threads, build.peak_mib, "MiB", 400.0, note);
    snprintf(note, sizeof note, "%.2f s", launched.seconds);
    bench_quantity(b, "memory", "explain, MNIST", threads, launched.peak_mib, "MiB", 0.0, note);

done:
    return st;
}

void bench_memory(bench *b)
{
    rr_error err = { .code = RR_OK };

    if (!bench_fixture_has_data(b))
        bench_skip(b, "memory", "MNIST", "skipped: no data");
    else if (memory(b, &err) != RR_OK)
        bench_failed(b, "memory", "MNIST", &err);
}
