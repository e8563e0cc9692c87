/* SPDX-License-Identifier: MIT */
/* path_segment.c - segment look-ups: which training steps made this step? */
#include "model.h"

#include <math.h>
#include <stdio.h>

enum { LOOKUPS = 65536, CHECKED = 8 };

typedef struct place_of_step {
    uint32_t trace, step;
} place_of_step;

typedef struct segment_case {
    const bench_model *m;
    rr_key key;
    place_of_step *at; /* [LOOKUPS] random steps of the test traces */
    size_t entries;    /* found, so that no look-up is left out by the compiler */
} segment_case;

static rr_status open_case(segment_case *c, rr_error *err)
{
    const size_t N = rr_traces_count(c->m->tests);
    rri_random r = rri_random_at(1, RRI_RANDOM_PARITY, 77);
    const rr_status st = rri_alloc(&c->at, LOOKUPS, 1, sizeof *c->at, err);

    for (size_t i = 0; st == RR_OK && i < LOOKUPS; i++) {
        c->at[i].trace = (uint32_t)rri_random_below(&r, N);
        const rr_trace trace = rr_traces_at(c->m->tests, c->at[i].trace);
        c->at[i].step = (uint32_t)(1 + rri_random_below(&r, trace.steps));
    }
    return st;
}

static bool look_up(segment_case *c, size_t trace, size_t step, char note[BENCH_NOTE])
{
    const rr_trace t = rr_traces_at(c->m->tests, trace);
    const rr_posting *list = NULL;
    size_t count = 0;
    rr_error err;

    if (rr_influence_segment(c->m->inf, c->key, &t, step, &list, &count, NULL, &err) == RR_OK) {
        c->entries += count;
        return true;
    }
    snprintf(note, BENCH_NOTE, "failed: %.200s", err.msg);
    return false;
}

static bool random_iteration(void *ctx, double slice, double *seconds, char note[BENCH_NOTE])
{
    segment_case *c = ctx;
    const double begin = rri_seconds();
    double spent = 0.0;
    size_t done = 0;

    while (done == 0 || spent < slice) {
        for (size_t i = 0; i < LOOKUPS; i++)
            if (!look_up(c, c->at[i].trace, c->at[i].step, note))
                return false;
        done += LOOKUPS;
        spent = rri_seconds() - begin;
    }
    *seconds = spent / (double)done;
    return true;
}

/* Whole sequences, step by step. */
static bool whole_iteration(void *ctx, double slice, double *seconds, char note[BENCH_NOTE])
{
    segment_case *c = ctx;
    const double begin = rri_seconds();
    double spent = 0.0;
    size_t done = 0;

    while (done == 0 || spent < slice) {
        for (size_t i = 0; i < 1024; i++, done++) {
            const size_t trace = c->at[i].trace;
            const size_t T = rr_traces_at(c->m->tests, trace).steps;
            for (size_t t = 1; t <= T; t++)
                if (!look_up(c, trace, t, note))
                    return false;
        }
        spent = rri_seconds() - begin;
    }
    *seconds = spent / (double)done;
    return true;
}

/* ---- the check: postings by scanning all traces ---------------------------------------------- */

static bool same_key(rr_key key, const rr_trace *a, size_t t, const rr_trace *b, size_t u)
{
    const bool first = t == 0 && u == 0;
    const bool before = first || (t > 0 && u > 0 && a->states[t - 1] == b->states[u - 1]);

    if (key != RR_KEY_TRANSITION && a->symbols[t] != b->symbols[u])
        return false;
    if (key == RR_KEY_STATE_SYMBOL)
        return before;
    return before && (first || a->predictions[t - 1] == b->predictions[u - 1]) &&
           a->states[t] == b->states[u] && a->predictions[t] == b->predictions[u];
}

/* Postings too many or too few, over a few steps. */
static rr_status check(const segment_case *c, double *worst, rr_error *err)
{
    const rr_traces *training = rr_influence_training(c->m->inf);
    rr_status st = RR_OK;

    *worst = 0.0;
    for (size_t i = 0; i < CHECKED; i++) {
        const rr_trace trace = rr_traces_at(c->m->tests, c->at[i].trace);
        const size_t step = c->at[i].step;
        const rr_posting *list = NULL;
        size_t count = 0;
        size_t right = 0;
        RRI_TRY(rr_influence_segment(c->m->inf, c->key, &trace, step, &list, &count, NULL, err));
        for (size_t j = 0; j < rr_traces_count(training); j++) {
            const rr_trace other = rr_traces_at(training, j);
            for (size_t u = 0; u < other.steps; u++)
                if (same_key(c->key, &trace, step - 1, &other, u)) {
                    const bool listed =
                        right < count && list[right].sequence == j && list[right].step == u + 1;
                    *worst += listed ? 0.0 : 1.0;
                    right++;
                }
        }
        *worst += fabs((double)right - (double)count);
    }

done:
    return st;
}

/* ---- comparisons ----------------------------------------------------------------------------- */

static rr_status compare(bench *b, segment_case *c, bool whole, rr_error *err)
{
    bench_comparison r = { .path = whole ? "segment, all steps" : "segment",
                           .threads = 1,
                           .work = 1,
                           .unit = whole ? "sequences" : "look-ups",
                           .against = "a scan of all traces",
                           .allowed = 0.5 };
    rr_status st = RR_OK;

    snprintf(r.shape, sizeof r.shape, "%.40s, %.20s", c->m->what,
             rr_enum_name(RR_ENUM_KEY, c->key));
    RRI_TRY(check(c, &r.check, err));
    bench_add(&r, "ours", BENCH_OURS, whole ? whole_iteration : random_iteration, c, 0.0);
    bench_add_limit(&r, whole ? "limit 100 us" : "limit 100 ns", whole ? 100e-6 : 100e-9);
    bench_compare(b, &r);

done:
    return st;
}

rr_status bench_race_segments(bench *b, const bench_model *m, int keys, rr_error *err)
{
    rr_status st = RR_OK;

    for (int key = 0; st == RR_OK && key < keys; key++) {
        segment_case c = { .m = m, .key = (rr_key)key };
        st = open_case(&c, err);
        if (st == RR_OK)
            st = compare(b, &c, false, err);
        if (st == RR_OK)
            st = compare(b, &c, true, err);
        rri_free(c.at);
    }
    return st;
}

void bench_segment(bench *b)
{
    bench_model m;
    rr_error err = { .code = RR_OK };
    rr_status st = bench_open_model(b, &m, &err);

    if (st == RR_OK)
        st = bench_race_segments(b, &m, 2, &err);
    if (st != RR_OK)
        bench_failed(b, "segment", "look-ups", &err);
    bench_close_model(&m);
}
