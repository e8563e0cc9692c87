/* SPDX-License-Identifier: MIT */
/* neighbours.c - vectors for the programs that find the nearest of them, and who is asked. */
#include "neighbours.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { QUERIES = 1000, FEW = 100, LANES = 16 };

double bench_feature(const rr_influence *inf, const rr_trace *trace, size_t t, size_t j)
{
    const rr_influence_info info = rr_influence_info_of(inf);

    if (t >= trace->steps)
        return 0.0;
    if (j == 0)
        return (trace->states[t] + 1.0) / ((double)info.states + 2.0);
    if (j == 1)
        return (trace->predictions[t] + 1.0) / ((double)info.classes + 1.0);
    return (double)rr_influence_confidence(inf, trace->states[t])[j - 2];
}

/* ---- the files ------------------------------------------------------------------------------- */

/* Whether the first n traces have `steps` steps each. */
static bool equally_long(const rr_traces *traces, size_t n, size_t steps)
{
    for (size_t i = 0; i < n; i++)
        if (rr_traces_at(traces, i).steps != steps)
            return false;
    return true;
}

static rr_status write_traces(const bench_neighbours *n, const rr_traces *traces, size_t count,
                              const char *name, rr_error *err)
{
    const size_t features = rr_influence_info_of(n->m->inf).classes + 2;
    float *all = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&all, count, n->width, sizeof *all, err));
    for (size_t i = 0; i < count; i++) {
        const rr_trace trace = rr_traces_at(traces, i);
        for (size_t j = 0; j < trace.steps * features; j++)
            all[i * n->width + j] =
                (float)bench_feature(n->m->inf, &trace, j / features, j % features);
    }
    RRI_TRY(bench_fixture_numbers(n->prefix, name, all, count * n->width * sizeof *all, err));

done:
    rri_free(all);
    return st;
}

rr_status bench_open_neighbours(bench *b, const bench_model *m, size_t top, bench_neighbours *out,
                                rr_error *err)
{
    const rr_traces *training = rr_influence_training(m->inf);
    const rr_influence_info info = rr_influence_info_of(m->inf);
    const size_t T = rr_traces_at(training, 0).steps;
    rr_status st = RR_OK;

    *out = (bench_neighbours){ .b = b, .m = m, .top = top };
    out->queries = rri_min(b->options.quick ? FEW : QUERIES, rr_traces_count(m->tests));
    if (!equally_long(training, info.sequences, T) || !equally_long(m->tests, out->queries, T))
        return RR_OK;
    out->width = (T * (info.classes + 2) + LANES - 1) / LANES * LANES;
    RRI_TRY(bench_fixture_file(b, "traces", out->prefix, sizeof out->prefix, err));
    RRI_TRY(write_traces(out, training, info.sequences, "base", err));
    RRI_TRY(write_traces(out, m->tests, out->queries, "query", err));

done:
    return st;
}

/* How far the last of the nearest is, as the sum of |difference|^p, by what ours finds. */
static rr_status write_reach(const bench_neighbours *n, double p, const char *norm, rr_error *err)
{
    const double margin = 2e-6; /* rounding of a score */
    const rr_influence_info info = rr_influence_info_of(n->m->inf);
    const double numbers =
        (double)info.steps / (double)info.sequences * ((double)info.classes + 2.0);
    rr_query q = rr_query_default();
    rr_neighbour *out = NULL;
    size_t *which = NULL;
    size_t *found = NULL;
    double *reach = NULL;
    rr_status st = RR_OK;

    q.p = p;
    RRI_TRY(rri_alloc(&out, n->queries, n->top, sizeof *out, err));
    RRI_TRY(rri_alloc(&which, n->queries, 1, sizeof *which, err));
    RRI_TRY(rri_alloc(&found, n->queries, 1, sizeof *found, err));
    RRI_TRY(rri_alloc(&reach, n->queries, 1, sizeof *reach, err));
    for (size_t i = 0; i < n->queries; i++)
        which[i] = i;
    RRI_TRY(rr_influence_nearest_many(n->m->inf, &q, n->m->tests, which, n->queries, n->top, out,
                                      found, err));
    for (size_t i = 0; i < n->queries; i++) {
        const double last = (double)out[i * n->top + found[i] - 1].score;
        reach[i] = pow(1.0 - last + margin, p) * numbers;
    }
    RRI_TRY(bench_fixture_numbers(n->prefix, norm, reach, n->queries * sizeof *reach, err));

done:
    rri_free(out);
    rri_free(which);
    rri_free(found);
    rri_free(reach);
    return st;
}

/* ---- who is asked ---------------------------------------------------------------------------- */

/* A figure counts if enough of what was found belongs to the nearest. */
static bool iterate(void *ctx, double slice, double *seconds, char note[BENCH_NOTE])
{
    static const char word[] = "recall ";
    const bench_neighbour_peer *peer = ctx;

    if (!bench_ask_iteration(ctx, slice, seconds, note))
        return false;
    const char *at = strstr(note, word);
    if (at != NULL && rri_strtod(at + strlen(word), NULL) >= peer->least)
        return true;
    char all[BENCH_NOTE];
    snprintf(all, sizeof all, "error: too little found: %.200s", note);
    snprintf(note, BENCH_NOTE, "%s", all);
    return false;
}

rr_status bench_add_neighbours(const bench_neighbours *n, bench_comparison *r, double p,
                               bench_neighbour_peer *peers, rr_error *err)
{
    static const struct {
        const char *name, *verb;
        bench_server server;
        double least, wanted[2]; /* for p = 1 and p = 2 */
        bool knows_l1, knows_many;
    } list[BENCH_NEIGHBOUR_PEERS] = {
        { "NumPy", "query", BENCH_PEERS, 0.999, { 250.0, 0.0 }, true, false },
        { "FAISS exact", "faiss-exact", BENCH_NATIVE, 0.999, { 5.0, 5.0 }, true, true },
        { "FAISS IVF", "faiss-ivf", BENCH_NATIVE, 0.95, { 0.0 }, false, true },
        { "hnswlib", "hnswlib", BENCH_NATIVE, 0.95, { 0.0 }, true, true },
    };
    const char *norm = p == 1.0 ? "l1" : "l2";
    const size_t N = rr_influence_info_of(n->m->inf).sequences;
    rr_status st = RR_OK;

    if (n->prefix[0] == '\0')
        return RR_OK;
    RRI_TRY(write_reach(n, p, norm, err));
    for (size_t i = 0; i < BENCH_NEIGHBOUR_PEERS; i++) {
        bench_question *q = &peers[i].question;
        if ((p == 1.0 && !list[i].knows_l1) || (r->threads > 1 && !list[i].knows_many))
            continue;
        peers[i] = (bench_neighbour_peer){ .question = { .b = n->b, .server = list[i].server },
                                           .least = list[i].least };
        snprintf(q->request, sizeof q->request, "%s %s %s %zu %zu %zu %zu %zu", list[i].verb, norm,
                 n->prefix, N, n->width, n->queries, n->top, r->threads);
        bench_add(r, list[i].name, BENCH_PEER, iterate, &peers[i],
                  list[i].wanted[p == 1.0 ? 0 : 1]);
    }

done:
    return st;
}
