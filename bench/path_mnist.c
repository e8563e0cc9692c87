/* SPDX-License-Identifier: MIT */
/* path_mnist.c - from nothing to a network that reads 97 % of MNIST's test images: whole processes
 * that read the data, train, measure and save. */
#include "coprocess.h"
#include "fixture.h"
#include "io/json.h"

#include <stdio.h>
#include <string.h>

enum { PATH = 600 };

/* Two epochs of Adam with this step reach the goal, here and in PyTorch. */
#define GOAL 0.97
#define HIDDEN "128"
#define BATCH "128"
#define EPOCHS "2"
#define RATE "0.003"

typedef struct mnist_case {
    bench *b;
    const char *how;   /* of the script; NULL for ours */
    char limit[32];    /* images of a split in a trial; "" for all */
    char folder[PATH]; /* of the data */
    char threads[32];
    size_t next; /* a new run each time */
} mnist_case;

/* The share of the test images after the last epoch of ours. */
static rr_status read_run(const char *dir, double *accuracy, size_t *epochs, rr_error *err)
{
    rr_run *run = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_run_open(dir, &run, err));
    const rr_run_epoch *history = rr_run_history(run, epochs);
    *accuracy = *epochs > 0 ? history[*epochs - 1].test_accuracy : 0.0;

done:
    rr_run_free(run);
    return st;
}

static rr_status read_script(const char *out, double *accuracy, size_t *epochs, rr_error *err)
{
    char path[PATH + 8];
    json_t *o = NULL;
    rr_status st = RR_OK;

    snprintf(path, sizeof path, "%s.json", out);
    RRI_TRY(rri_json_read(path, &o, err));
    RRI_TRY(rri_json_f64(o, path, "test_accuracy", accuracy, err));
    RRI_TRY(rri_json_size(o, path, "epochs", epochs, err));

done:
    json_decref(o);
    return st;
}

/* Run ours, or the script, to its end. `out` is what it writes. */
static bool launch(const mnist_case *c, const char *out, double *seconds, char note[BENCH_NOTE])
{
    char spec[PATH + 64];
    bench_launched launched;
    const char *const ours[] = { RR_BENCH_TOOL, "train",           out,    "--data",
                                 spec,          "--hidden",        HIDDEN, "--batch",
                                 BATCH,         "--epochs",        EPOCHS, "--optimizer",
                                 "adam",        "--learning-rate", RATE,   "--threads",
                                 c->threads,    "--quiet",         NULL };
    const char *const script[] = { bench_python(),
                                   RR_BENCH_SCRIPT,
                                   c->folder,
                                   out,
                                   HIDDEN,
                                   BATCH,
                                   EPOCHS,
                                   RATE,
                                   "0.97",
                                   c->how,
                                   c->limit[0] != '\0' ? c->limit : NULL,
                                   NULL };

    snprintf(spec, sizeof spec, "mnist:%s%s%s", c->folder, c->limit[0] != '\0' ? "?limit=" : "",
             c->limit);
    const bool done = bench_launch(c->b, c->how != NULL ? script : ours, &launched, note);
    *seconds = launched.seconds;
    if (!done && strstr(note, "ended with 69") != NULL)
        snprintf(note, BENCH_NOTE, "not installed: python3-torch");
    return done;
}

static bool iterate(void *ctx, double slice, double *seconds, char note[BENCH_NOTE])
{
    mnist_case *c = ctx;
    char name[64];
    char out[PATH];
    double accuracy = 0.0;
    size_t epochs = 0;
    rr_error err = { .code = RR_OK };

    (void)slice;
    snprintf(name, sizeof name, "mnist-%s-%zu", c->how != NULL ? c->how : "ours", c->next++);
    if (bench_fixture_file(c->b, name, out, sizeof out, &err) != RR_OK) {
        snprintf(note, BENCH_NOTE, "failed: %.200s", err.msg);
        return false;
    }
    if (!launch(c, out, seconds, note))
        return false;
    const rr_status st = c->how != NULL ? read_script(out, &accuracy, &epochs, &err)
                                        : read_run(out, &accuracy, &epochs, &err);
    if (st != RR_OK) {
        snprintf(note, BENCH_NOTE, "failed: %.200s", err.msg);
        return false;
    }
    snprintf(note, BENCH_NOTE, "%.2f %% of the test images after %zu epochs", 100.0 * accuracy,
             epochs);
    if (c->how == NULL && c->limit[0] == '\0' && accuracy < GOAL) {
        snprintf(note + strlen(note), BENCH_NOTE - strlen(note), ": below the goal");
        return false;
    }
    return true;
}

void bench_mnist(bench *b)
{
    mnist_case c[3] = { { .b = b }, { .b = b, .how = "tuned" }, { .b = b, .how = "default" } };
    bench_comparison r = { .path = "mnist",
                           .shape = "train to 97 %, whole process",
                           .threads = rri_threads(b->options.threads),
                           .work = 1.0,
                           .unit = "trainings",
                           .least = b->options.quick ? 1 : 2 };
    char spec[PATH];

    if (!bench_fixture_has_data(b)) {
        bench_skip(b, r.path, r.shape, "skipped: no data");
        return;
    }
    bench_fixture_spec(spec, sizeof spec);
    for (size_t i = 0; i < 3; i++) {
        snprintf(c[i].folder, sizeof c[i].folder, "%s", strchr(spec, ':') + 1);
        snprintf(c[i].limit, sizeof c[i].limit, "%s", b->options.quick ? "6000" : "");
        snprintf(c[i].threads, sizeof c[i].threads, "%zu", r.threads);
    }
    bench_add(&r, "ours", BENCH_OURS, iterate, &c[0], 0.0);
    if (!b->options.quick)
        bench_add_limit(&r, "limit 10 s", 10.0);
    bench_add(&r, "torch tuned", BENCH_PEER, iterate, &c[1], b->options.quick ? 0.0 : 3.0);
    bench_add(&r, "torch default", BENCH_PEER, iterate, &c[2], b->options.quick ? 0.0 : 3.0);
    bench_compare(b, &r);
}
