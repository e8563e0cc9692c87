/* SPDX-License-Identifier: MIT */
/* compare.c - implementations one after another, round by round, and what is made of their times.
 *
 * After a warm-up every implementation has one iteration a round, until the budget is spent.
 * Between them the program rests for a moment: worker threads that wait actively would disturb the
 * next one. */
#define _POSIX_C_SOURCE 200809L

#include "bench.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 40, USUAL_LEAST = 5 };

double bench_slice(const bench *b)
{
    return b->options.quick ? 0.05 : 0.2;
}

bench_implementation *bench_add(bench_comparison *r, const char *name, bench_kind kind,
                                bench_iteration iterate, void *ctx, double wanted)
{
    bench_implementation *c = &r->who[r->count++];

    *c = (bench_implementation){ .name = name,
                                 .kind = kind,
                                 .iterate = iterate,
                                 .ctx = ctx,
                                 .seconds = BENCH_UNKNOWN,
                                 .wanted = wanted };
    return c;
}

void bench_add_limit(bench_comparison *r, const char *name, double seconds_for_the_work)
{
    bench_add(r, name, BENCH_LIMIT, NULL, NULL, 1.0)->seconds = seconds_for_the_work / r->work;
}

/* ---- figures --------------------------------------------------------------------------------- */

static int rising(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(const double *x, size_t n)
{
    double sorted[ROUNDS];

    if (n == 0)
        return BENCH_UNKNOWN;
    memcpy(sorted, x, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, rising);
    return n % 2 == 1 ? sorted[n / 2] : 0.5 * (sorted[n / 2 - 1] + sorted[n / 2]);
}

static double extreme(const double *x, size_t n, bool largest)
{
    double best = n > 0 ? x[0] : BENCH_UNKNOWN;

    for (size_t i = 1; i < n; i++)
        best = largest ? fmax(best, x[i]) : fmin(best, x[i]);
    return best;
}

/* ---- rows ------------------------------------------------------------------------------------ */

static bench_row *new_row(bench *b)
{
    if (rri_grow(&b->rows, b->count, b->count + 1, sizeof *b->rows, NULL) != RR_OK) {
        fprintf(stderr, "bench: out of memory\n");
        exit(1);
    }
    bench_row *row = &b->rows[b->count++];
    row->median = row->least = row->most = row->work = row->rate = BENCH_UNKNOWN;
    row->ratio = row->share = row->wanted = BENCH_UNKNOWN;
    return row;
}

static void name_row(bench_row *row, const char *path, const char *shape,
                     const char *implementation)
{
    snprintf(row->path, sizeof row->path, "%s", path);
    snprintf(row->shape, sizeof row->shape, "%s", shape);
    snprintf(row->implementation, sizeof row->implementation, "%s", implementation);
}

bool bench_row_met(const bench_row *row)
{
    if (isnan(row->wanted))
        return !row->failed;
    if (isnan(row->ratio))
        return false;
    return row->at_most ? row->ratio <= row->wanted : row->ratio >= row->wanted;
}

void bench_quantity(bench *b, const char *path, const char *shape, size_t threads, double value,
                    const char *unit, double limit, const char *note)
{
    bench_row *row = new_row(b);

    name_row(row, path, shape, "ours");
    snprintf(row->unit, sizeof row->unit, "%s", unit);
    snprintf(row->note, sizeof row->note, "%s", note);
    row->threads = threads;
    row->repeats = 1;
    row->work = value;
    bench_print_row(b, row);
    if (limit <= 0.0)
        return;
    row = new_row(b);
    name_row(row, path, shape, "limit");
    snprintf(row->unit, sizeof row->unit, "%s", unit);
    row->kind = BENCH_LIMIT;
    row->threads = threads;
    row->work = limit;
    row->ratio = limit / value;
    row->wanted = 1.0;
    bench_print_row(b, row);
}

void bench_skip(bench *b, const char *path, const char *shape, const char *why)
{
    bench_row *row = new_row(b);

    name_row(row, path, shape, "ours");
    snprintf(row->note, sizeof row->note, "%s", why);
    bench_print_row(b, row);
}

void bench_failed(bench *b, const char *path, const char *shape, const rr_error *err)
{
    bench_row *row = new_row(b);

    name_row(row, path, shape, "ours");
    snprintf(row->note, sizeof row->note, "failed: %.200s", err->msg);
    row->failed = true;
    b->broken = true;
    fprintf(stderr, "bench: %s %s: %s\n", path, shape, err->msg);
    bench_print_row(b, row);
}

/* ---- the comparison -------------------------------------------------------------------------- */

typedef struct outcome {
    double seconds[ROUNDS]; /* a unit, by round */
    bool there;
    char note[BENCH_NOTE];
} outcome;

static void rest(void)
{
    const struct timespec moment = { 0, 10000000 };
    nanosleep(&moment, NULL);
}

static void run_iteration(const bench *b, const bench_implementation *c, outcome *o, size_t round)
{
    double seconds = c->seconds;

    if (c->iterate != NULL && o->there) { /* who could not once is not asked again */
        o->note[0] = '\0';
        o->there = c->iterate(c->ctx, bench_slice(b), &seconds, o->note);
        rest();
    }
    o->seconds[round] = seconds;
}

/* Returns the number of rounds. */
static size_t run_iterations(const bench *b, const bench_comparison *r, outcome *o)
{
    const size_t usual = b->options.quick ? 3 : USUAL_LEAST;
    const size_t least = r->least > 0 ? rri_min(r->least, usual) : usual;
    const size_t most = b->options.quick ? least : ROUNDS;
    size_t round = 0;

    for (size_t i = 0; i < r->count; i++) {
        o[i].there = true;
        if (r->least != 1) /* a comparison of one round is too long for a warm-up */
            run_iteration(b, &r->who[i], &o[i], 0);
    }
    const double begin = rri_seconds();
    while (round < most && (round < least || rri_seconds() - begin < b->options.seconds)) {
        for (size_t i = 0; i < r->count; i++)
            run_iteration(b, &r->who[i], &o[i], round);
        round++;
    }
    return round;
}

static void add_note(bench_row *row, const char *text)
{
    const size_t used = strlen(row->note);

    if (text[0] != '\0')
        snprintf(row->note + used, sizeof row->note - used, "%s%s", used > 0 ? "; " : "", text);
}

/* What the check gave, in the note of ours. */
static void add_check(bench *b, const bench_comparison *r, bench_row *row)
{
    char text[BENCH_NOTE];
    const bool right = r->check <= r->allowed; /* NaN is wrong */

    if (r->allowed <= 0.0)
        return;
    snprintf(text, sizeof text, "%s: differs from %s by %.2g, %.2g allowed",
             right ? "checked" : "CHECK FAILED", r->against, r->check, r->allowed);
    add_note(row, text);
    if (!right) {
        row->failed = true;
        b->broken = true;
        fprintf(stderr, "bench: %s %s: %s\n", r->path, r->shape, text);
    }
}

/* The median over the rounds of one implementation's times over another's. */
static double quotient(const outcome *above, const outcome *below, size_t rounds)
{
    double each[ROUNDS];

    for (size_t i = 0; i < rounds; i++)
        each[i] = above->seconds[i] / below->seconds[i];
    return median(each, rounds);
}

static void fill_times(bench_row *row, const bench_comparison *r, const outcome *o,
                       const outcome *ours, size_t rounds)
{

    row->repeats = row->kind == BENCH_LIMIT ? 0 : rounds;
    row->median = median(o->seconds, rounds) * r->work;
    row->least = extreme(o->seconds, rounds, false) * r->work;
    row->most = extreme(o->seconds, rounds, true) * r->work;
    row->rate = r->work / row->median;
    if (ours->there)
        row->ratio = quotient(o, ours, rounds);
}

/* The share of the bound that implementation i reaches. */
static void fill_share(bench_row *row, const bench_comparison *r, size_t i, const outcome *all,
                       size_t rounds)
{
    const bench_implementation *c = &r->who[i];

    if (!all[i].there || c->kind == BENCH_LIMIT || c->other_work)
        return;
    for (size_t k = 0; k < r->count; k++)
        if (r->who[k].kind == BENCH_BOUND && all[k].there) {
            snprintf(row->bound, sizeof row->bound, "%s", r->bound);
            row->share = quotient(&all[k], &all[i], rounds);
        }
}

void bench_compare(bench *b, const bench_comparison *r)
{
    outcome *o = NULL;

    fprintf(stderr, "bench: %s, %s ...\n", r->path, r->shape);
    if (rri_alloc(&o, r->count, 1, sizeof *o, NULL) != RR_OK)
        return;
    const size_t rounds = run_iterations(b, r, o);
    for (size_t i = 0; i < r->count; i++) {
        const bench_implementation *c = &r->who[i];
        bench_row *row = new_row(b);
        name_row(row, r->path, r->shape, c->name);
        snprintf(row->unit, sizeof row->unit, "%s", r->unit);
        row->kind = c->kind;
        row->threads = r->threads;
        row->work = r->work;
        row->at_most = c->at_most;
        if (o[i].there)
            fill_times(row, r, &o[i], &o[0], rounds);
        fill_share(row, r, i, o, rounds);
        if (c->wanted > 0.0 && o[i].there)
            row->wanted = c->wanted;
        if (i == 0) {
            row->failed = !o[i].there;
            b->broken = b->broken || !o[i].there;
            add_check(b, r, row);
            add_note(row, r->remark);
        }
        add_note(row, o[i].note);
        bench_print_row(b, row);
    }
    rri_free(o);
}
