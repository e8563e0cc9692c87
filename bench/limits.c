/* SPDX-License-Identifier: MIT */
/* limits.c - bounds as implementations of a comparison, and the path `limits`: what this machine
 * can do at most, for each width of vectors, on one and on all threads. */
#include "limits.h"

#include <stdio.h>
#include <string.h>

enum {
    ROUNDS = 8192,   /* of a task: some 40 microseconds */
    TASKS = 64,      /* a thread and call */
    BLOCK = 4 << 20, /* bytes that a task reads at most */
    STEP = 512,      /* a block has a multiple of these */
    SHARE = 4        /* a bound takes so small a part of a slice */
};

static const bench_peak *const peaks[] = {
#if defined(__x86_64__)
    &bench_peak_avx512, &bench_peak_avx2,
#endif
    &bench_peak_plain
};
enum { PEAKS = sizeof peaks / sizeof *peaks };

static bool runs_here(const bench_peak *peak)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma"))
        return false; /* peak_plain.c, too, is compiled for processors with multiply-add */
    if (peak == &bench_peak_avx512)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
#else
    (void)peak;
#endif
    return true;
}

const bench_peak *bench_peak_in_use(void)
{
    for (size_t i = 0; i < PEAKS; i++)
        if (strcmp(peaks[i]->isa, rr_instruction_set()) == 0 && runs_here(peaks[i]))
            return peaks[i];
    return NULL;
}

/* ---- loops in registers ---------------------------------------------------------------------- */

typedef void (*register_loop)(size_t rounds, float *out);

static void run_rounds(void *ctx, size_t task, size_t worker)
{
    const register_loop *loop = ctx;
    float out[BENCH_PEAK_OUT];

    (void)task;
    (void)worker;
    (*loop)(ROUNDS, out);
}

/* Rounds a second on all threads together. */
static double rounds_a_second(register_loop loop, size_t threads, double slice)
{
    const double begin = rri_seconds();
    double spent = 0.0;
    double rounds = 0.0;

    while (rounds == 0.0 || spent < slice) {
        rri_parallel(threads, TASKS * threads, run_rounds, &loop);
        rounds += (double)ROUNDS * TASKS * (double)threads;
        spent = rri_seconds() - begin;
    }
    return rounds / spent;
}

static bool peak_iteration(void *ctx, double slice, double *seconds, char note[BENCH_NOTE])
{
    const bench_bound *d = ctx;
    const bench_peak *p = d->peak;
    double flop_rate = BENCH_UNKNOWN;
    double exp_rate = BENCH_UNKNOWN;

    *seconds = 0.0;
    if (d->flop > 0.0) {
        flop_rate = p->flop * rounds_a_second(p->fma, d->threads, slice / SHARE);
        *seconds += d->flop / flop_rate;
    }
    if (d->exps > 0.0) {
        exp_rate = p->exps * rounds_a_second(p->exp, d->threads, slice / SHARE);
        *seconds += d->exps / exp_rate;
    }
    if (d->exps <= 0.0)
        snprintf(note, BENCH_NOTE, "%.0f GFLOP/s", 1e-9 * flop_rate);
    else if (d->flop <= 0.0)
        snprintf(note, BENCH_NOTE, "%.2f G exp/s", 1e-9 * exp_rate);
    else
        snprintf(note, BENCH_NOTE, "%.0f GFLOP/s, %.2f G exp/s", 1e-9 * flop_rate, 1e-9 * exp_rate);
    return true;
}

/* ---- loops through memory -------------------------------------------------------------------- */

typedef struct walk {
    const bench_bound *d;
    size_t block, blocks; /* bytes; of the buffer */
    bool triad;
} walk;

static void run_block(void *ctx, size_t task, size_t worker)
{
    const walk *w = ctx;
    const size_t n = w->block / sizeof(float);
    float *x = w->d->memory + task % w->blocks * n;
    float out[BENCH_PEAK_OUT];

    (void)worker;
    if (w->triad)
        w->d->peak->triad(x, x + n / 3 / 128 * 128, n / 3 / 128 * 128, x + n / 3 / 128 * 256);
    else
        w->d->peak->read(x, n, out);
}

static double bytes_a_second(const bench_bound *d, bool triad, double slice)
{
    walk w = { .d = d, .block = rri_min(d->footprint, BLOCK) / STEP * STEP, .triad = triad };
    const double begin = rri_seconds();
    double spent = 0.0;
    double bytes = 0.0;

    w.blocks = d->footprint / w.block;
    const size_t tasks = rri_max(w.blocks, 8 * d->threads) / w.blocks * w.blocks;
    while (bytes == 0.0 || spent < slice) {
        rri_parallel(d->threads, tasks, run_block, &w);
        bytes += (double)tasks * (double)w.block;
        spent = rri_seconds() - begin;
    }
    return bytes / spent;
}

static bool read_iteration(void *ctx, double slice, double *seconds, char note[BENCH_NOTE])
{
    const bench_bound *d = ctx;
    const double rate = bytes_a_second(d, false, slice / SHARE);

    *seconds = d->bytes / rate;
    snprintf(note, BENCH_NOTE, "%.1f GB/s", 1e-9 * rate);
    return true;
}

/* As STREAM counts: two numbers read and one written; that a line is read before it is written is
 * not counted. */
static bool triad_iteration(void *ctx, double slice, double *seconds, char note[BENCH_NOTE])
{
    const bench_bound *d = ctx;
    const double rate = bytes_a_second(d, true, slice / SHARE);

    *seconds = d->bytes / rate;
    snprintf(note, BENCH_NOTE, "%.1f GB/s", 1e-9 * rate);
    return true;
}

static rr_status open_memory(bench_bound *d, size_t bytes, rr_error *err)
{
    const rr_status st = rri_alloc(&d->memory, rri_max(bytes, STEP), 1, 1, err);

    d->footprint = rri_max(bytes, STEP);
    if (st == RR_OK) /* written, so that every page is there; 0x3f3f3f3f is 0.75 */
        memset(d->memory, 0x3f, d->footprint);
    return st;
}

void bench_close_bound(bench_bound *d)
{
    rri_free(d->memory);
    d->memory = NULL;
}

/* ---- bounds of comparisons ------------------------------------------------------------------- */

static const char *plural(size_t threads)
{
    return threads == 1 ? "" : "s";
}

static void add(bench_comparison *r, bench_bound *d, const char *name, bench_iteration iterate,
                double wanted)
{
    d->peak = bench_peak_in_use();
    d->threads = r->threads;
    if (d->peak == NULL)
        return; /* the rows have no bound */
    snprintf(d->name, sizeof d->name, "%s, %s, %zu thread%s", name, d->peak->name, d->threads,
             plural(d->threads));
    bench_add(r, name, BENCH_BOUND, iterate, d, wanted);
    r->bound = d->name;
}

void bench_add_peak(bench_comparison *r, bench_bound *d, double flop, double exps, double wanted)
{
    *d = (bench_bound){ .flop = flop, .exps = exps };
    add(r, d, exps > 0.0 ? "FMA and exp peak" : "FMA peak", peak_iteration, wanted);
}

rr_status bench_add_read(bench_comparison *r, bench_bound *d, size_t bytes, rr_error *err)
{
    *d = (bench_bound){ .bytes = (double)bytes };
    const rr_status st = open_memory(d, bytes, err);

    if (st == RR_OK)
        add(r, d, "memory read", read_iteration, 0.0);
    return st;
}

/* ---- the path -------------------------------------------------------------------------------- */

/* One loop by all widths, the widest first: the others' ratio is how many times it is as fast. */
static void compare_widths(bench *b, const char *loop, const char *unit, size_t threads,
                           bench_bound need, bench_iteration iterate)
{
    bench_bound each[PEAKS];
    bench_comparison r = { .path = "limits", .threads = threads, .work = 1e9, .unit = unit };

    snprintf(r.shape, sizeof r.shape, "%s", loop);
    for (size_t i = 0; i < PEAKS; i++) {
        if (!runs_here(peaks[i]))
            continue;
        each[i] = need;
        each[i].peak = peaks[i];
        each[i].threads = threads;
        bench_add(&r, peaks[i]->name, BENCH_CEILING, iterate, &each[i], 0.0);
    }
    if (r.count > 0)
        bench_compare(b, &r);
    else
        bench_skip(b, "limits", loop, "skipped: this processor has no multiply-add");
}

void bench_limits(bench *b)
{
    const size_t most = rri_threads(b->options.threads);
    const size_t MiB = (size_t)1 << 20;
    bench_bound memory = { .bytes = 1.0 };
    rr_error err = { .code = RR_OK };

    /* Larger than the caches of most processors. */
    if (open_memory(&memory, (b->options.quick ? 256 : 1024) * MiB, &err) != RR_OK) {
        bench_failed(b, "limits", "memory", &err);
        return;
    }
    for (int all = 0; all < (most > 1 ? 2 : 1); all++) {
        const size_t threads = all != 0 ? most : 1;
        char read[BENCH_NAME];
        char triad[BENCH_NAME];
        snprintf(read, sizeof read, "read %zu MiB", memory.footprint / MiB);
        snprintf(triad, sizeof triad, "triad %zu MiB", memory.footprint / MiB);
        compare_widths(b, "FMA", "FLOP", threads, (bench_bound){ .flop = 1.0 }, peak_iteration);
        compare_widths(b, "exp", "exps", threads, (bench_bound){ .exps = 1.0 }, peak_iteration);
        compare_widths(b, read, "bytes", threads, memory, read_iteration);
        compare_widths(b, triad, "bytes", threads, memory, triad_iteration);
    }
    bench_close_bound(&memory);
}
