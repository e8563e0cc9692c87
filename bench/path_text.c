/* SPDX-License-Identifier: MIT */
/* path_text.c - a model of sentences: look-ups by all kinds of key, and explanations of whole
 * sentences whose traces are known: |I| of every step, and the 100 nearest by a measure of keys. */
#include "model.h"

#include <math.h>
#include <stdio.h>

enum { TOP = 100 };

typedef struct text_case {
    const bench_model *m;
    rr_explain_config cfg;
    size_t next; /* test trace to explain */
} text_case;

static bool explain_iteration(void *ctx, double slice, double *seconds, char note[BENCH_NOTE])
{
    text_case *c = ctx;
    rr_error err = { .code = RR_OK };
    const size_t n = rr_traces_count(c->m->tests);
    const double begin = rri_seconds();
    double spent = 0.0;
    size_t done = 0;

    while (done == 0 || spent < slice) {
        const rr_trace trace = rr_traces_at(c->m->tests, c->next++ % n);
        rr_explanation *e = NULL;
        if (rr_explain(c->m->inf, &c->cfg, &trace, &e, &err) != RR_OK) {
            snprintf(note, BENCH_NOTE, "failed: %.200s", err.msg);
            return false;
        }
        rr_explanation_free(e);
        done++;
        spent = rri_seconds() - begin;
    }
    *seconds = spent / (double)done;
    return true;
}

/* ---- the check: sets of keys, pair by pair --------------------------------------------------- */

static bool same_key(rr_key key, const rr_trace *a, size_t t, const rr_trace *b, size_t u)
{
    if ((t == 0) != (u == 0) || (t > 0 && a->states[t - 1] != b->states[u - 1]))
        return false;
    if (key == RR_KEY_STATE_SYMBOL)
        return a->symbols[t] == b->symbols[u];
    return (t == 0 || a->predictions[t - 1] == b->predictions[u - 1]) &&
           a->states[t] == b->states[u] && a->predictions[t] == b->predictions[u];
}

/* Whether one of the first n steps of b has the key of step t of a. */
static bool has(rr_key key, const rr_trace *a, size_t t, const rr_trace *b, size_t n)
{
    bool found = false;

    for (size_t u = 0; u < n && !found; u++)
        found = same_key(key, a, t, b, u);
    return found;
}

static double jaccard(rr_key key, const rr_trace *a, const rr_trace *b)
{
    size_t all = 0;
    size_t both = 0;

    for (size_t t = 0; t < a->steps; t++)
        if (!has(key, a, t, a, t)) {
            all++;
            both += has(key, a, t, b, b->steps);
        }
    for (size_t u = 0; u < b->steps; u++)
        all += !has(key, b, u, b, u) && !has(key, b, u, a, a->steps);
    return (double)both / (double)all;
}

/* The proponents carry their scores, and fewer than TOP sequences lie above the last of them. */
static rr_status check(const text_case *c, size_t traces, double *worst, rr_error *err)
{
    const rr_traces *training = rr_influence_training(c->m->inf);
    rr_status st = RR_OK;

    *worst = 0.0;
    for (size_t i = 0; i < traces; i++) {
        const rr_trace trace = rr_traces_at(c->m->tests, i * 7);
        rr_explanation *e = NULL;
        size_t above = 0;
        RRI_TRY(rr_explain(c->m->inf, &c->cfg, &trace, &e, err));
        for (size_t k = 0; k < e->count_proponents; k++) {
            const rr_trace other = rr_traces_at(training, e->proponents[k].id);
            *worst = fmax(*worst, fabs(jaccard(c->cfg.query.key, &trace, &other) -
                                       (double)e->proponents[k].score));
        }
        const size_t n = e->count_proponents; /* less than TOP: all that share a key */
        const double last = n == TOP ? (double)e->proponents[n - 1].score : 0.0;
        for (size_t j = 0; j < rr_traces_count(training); j++) {
            const rr_trace other = rr_traces_at(training, j);
            above += jaccard(c->cfg.query.key, &trace, &other) > last + 1e-6;
        }
        if (n == TOP ? above >= TOP : above != n)
            *worst = BENCH_UNKNOWN;
        rr_explanation_free(e);
    }

done:
    return st;
}

/* ---- comparisons ----------------------------------------------------------------------------- */

static rr_status compare(bench *b, const bench_model *m, rr_key key, rr_error *err)
{
    text_case c = { .m = m, .cfg = rr_explain_config_default() };
    bench_comparison r = { .path = "explain a sentence",
                           .threads = 1,
                           .work = 1,
                           .unit = "explanations",
                           .against = "sets of keys, pair by pair",
                           .allowed = 1e-6 };
    rr_status st = RR_OK;

    c.cfg.top = TOP;
    c.cfg.query.key = key;
    c.cfg.query.measure = RR_MEASURE_JACCARD;
    c.cfg.query.threads = 1;
    snprintf(r.shape, sizeof r.shape, "%.32s, jaccard %.20s", m->what,
             rr_enum_name(RR_ENUM_KEY, key));
    RRI_TRY(check(&c, b->options.quick ? 1 : 5, &r.check, err));
    bench_add(&r, "ours", BENCH_OURS, explain_iteration, &c, 0.0);
    bench_add_limit(&r, "limit 1 ms", 1e-3);
    bench_compare(b, &r);

done:
    return st;
}

void bench_text(bench *b)
{
    bench_model m;
    rr_error err = { .code = RR_OK };

    if (b->options.run == NULL && !bench_fixture_has_text(b)) {
        bench_skip(b, "text", "toxic", "skipped: no data");
        return;
    }
    rr_status st = bench_open_text_model(b, &m, &err);
    if (st == RR_OK)
        st = bench_race_segments(b, &m, 3, &err);
    for (int key = 0; st == RR_OK && key < 2; key++)
        st = compare(b, &m, (rr_key)key, &err);
    if (st != RR_OK)
        bench_failed(b, "text", "sentences", &err);
    bench_close_model(&m);
}
