/* SPDX-License-Identifier: MIT */
/* bench.h - comparisons: what they measure, what is compared, and the rows they leave behind.
 *
 * A comparison is one case (path and shape) in which several implementations do the same work,
 * round by round, so that all of them see the same state of the machine. Each iteration says how
 * many seconds one unit of work took; the rows give medians over the rounds, and ratios are medians
 * of the ratios within a round. */
#ifndef BENCH_H
#define BENCH_H

#include "core/core.h"
#include "rnnrepair/rnnrepair.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#define BENCH_UNKNOWN ((double)NAN)

enum { BENCH_NAME = 64, BENCH_NOTE = 256, BENCH_MOST = 12 };

typedef struct bench_options {
    const char *only; /* names of paths with commas between, NULL for all */
    const char *json; /* file to write, or NULL */
    const char *run;  /* an existing run directory with an influence model, or NULL */
    const char *isa;  /* an instruction set to keep to, or NULL */
    bool quick;       /* few rounds, less work */
    bool markdown;    /* a short table in place of the long one */
    size_t threads;
    double seconds; /* budget of one comparison, warm-up not counted */
} bench_options;

typedef enum bench_kind {
    BENCH_OURS,
    BENCH_BOUND,   /* what the processor or its memory allows: limits.h */
    BENCH_CEILING, /* a part of the work, by another program */
    BENCH_PEER,    /* another program */
    BENCH_LIMIT,   /* a figure that was asked for */
    BENCH_OTHER    /* ours under other conditions */
} bench_kind;

/* One line of the result. Times are seconds for `work` units; NaN stands for unknown. */
typedef struct bench_row {
    char path[BENCH_NAME], shape[BENCH_NAME], implementation[BENCH_NAME], unit[BENCH_NAME];
    char bound[BENCH_NAME]; /* whose share it is, "" = none is known */
    char note[BENCH_NOTE];
    bench_kind kind;
    size_t threads, repeats;
    double median, least, most;
    double work, rate; /* rate: units a second */
    double ratio;      /* this implementation's time over ours */
    double share;      /* the bound's time over this implementation's */
    double wanted;     /* of the ratio */
    bool at_most;      /* the ratio must not be above `wanted`; else not below */
    bool failed;       /* a check of ours failed */
} bench_row;

/* Who a request goes to; each is started when first asked. */
typedef enum bench_server {
    BENCH_PEERS,        /* peers.py */
    BENCH_NATIVE,       /* native/: libraries of C and C++ */
    BENCH_BEST_KERNELS, /* this program's products, OpenBLAS told to use its AVX-512 kernels */
    BENCH_DNNL,         /* this program with oneDNN */
    BENCH_LAUNCHER,     /* this program as a small starter of other programs */
    BENCH_SERVERS
} bench_server;

typedef struct bench_line bench_line;       /* coprocess.h */
typedef struct bench_fixture bench_fixture; /* fixture.h */

typedef struct bench {
    bench_options options;
    const char *program; /* path of this program */
    bench_row *rows;
    size_t count;
    bool broken; /* something failed that should not */
    bench_line *servers[BENCH_SERVERS];
    bench_fixture *fixture;
} bench;

/* ---- a comparison ---------------------------------------------------------------------------- */

/* Work for about `slice` seconds, or once where that is more, and say what one unit took. False
 * when it could not be done; note says why, and may say more about a success. */
typedef bool (*bench_iteration)(void *ctx, double slice, double *seconds, char note[BENCH_NOTE]);

typedef struct bench_implementation {
    const char *name;
    bench_kind kind;
    bench_iteration iterate; /* NULL: `seconds` is given */
    void *ctx;
    double seconds; /* a unit */
    double wanted;  /* of the ratio; 0 = nothing is asked */
    bool at_most;
    bool other_work; /* than ours: it has no share of the bound */
} bench_implementation;

typedef struct bench_comparison {
    const char *path;
    char shape[BENCH_NAME];
    size_t threads;
    double work;      /* units the times are given for */
    const char *unit; /* "sequences" */
    size_t least;     /* rounds, whatever the budget says; 0 = the usual */
    double check;     /* the largest difference found, and what is allowed; */
    double allowed;   /* 0 = nothing was checked */
    const char *against;
    const char *bound; /* what the one of kind BENCH_BOUND is in words; NULL = there is none */
    char remark[BENCH_NOTE]; /* added to the note of ours */
    bench_implementation who[BENCH_MOST];
    size_t count;
} bench_comparison;

/* Implementations; the first one must be ours. The result may be changed until the comparison. */
bench_implementation *bench_add(bench_comparison *r, const char *name, bench_kind kind,
                                bench_iteration iterate, void *ctx, double wanted);
/* A given time for all the work; ours is wanted to take no longer. */
void bench_add_limit(bench_comparison *r, const char *name, double seconds_for_the_work);

void bench_compare(bench *b, const bench_comparison *r);

/* Seconds an iteration should last. */
double bench_slice(const bench *b);

/* ---- rows without a comparison --------------------------------------------------------------- */

/* A quantity, for example MiB; limit 0 = nothing is asked. */
void bench_quantity(bench *b, const char *path, const char *shape, size_t threads, double value,
                    const char *unit, double limit, const char *note);
/* A case that cannot be measured here. */
void bench_skip(bench *b, const char *path, const char *shape, const char *why);
/* A failure that should not be: goes to stderr and to a row, and the program ends with 1. */
void bench_failed(bench *b, const char *path, const char *shape, const rr_error *err);

bool bench_row_met(const bench_row *row);

/* ---- report.c -------------------------------------------------------------------------------- */

void bench_print_head(const bench *b);
void bench_print_row(const bench *b, const bench_row *row);
void bench_print_markdown(const bench *b);
rr_status bench_write_json(const bench *b, const char *path, rr_error *err);

/* ---- the paths ------------------------------------------------------------------------------- */

void bench_limits(bench *b);
void bench_train(bench *b);
void bench_infer(bench *b);
void bench_derivatives(bench *b);
void bench_states(bench *b);
void bench_em(bench *b);
void bench_build(bench *b);
void bench_query(bench *b);
void bench_segment(bench *b);
void bench_text(bench *b);
void bench_explain(bench *b);
void bench_mnist(bench *b);
void bench_scaling(bench *b);
void bench_threads(bench *b);
void bench_memory(bench *b);

/* The parts of bench_threads() that want MNIST, and what two threads should bring. */
rr_status bench_threads_states(bench *b, rr_error *err);
rr_status bench_threads_build(bench *b, rr_error *err);
#define BENCH_TWO_THREADS 1.9

#endif
