/* SPDX-License-Identifier: MIT */
/* evidence_states.c - scores that read what the trained network makes of the training set: traces,
 * last states, outputs, labels. */
#include "experiments/evidence.h"

#include <math.h>
#include <string.h>

/* What a network ends in. The residual of a class is what its output misses: [label] - p. */
typedef struct ends {
    size_t n, hidden, classes;
    float *state;     /* [n][H] the last states */
    float *residual;  /* [n][C] */
    uint32_t *labels; /* [n] */
} ends;

static void ends_clear(ends *x)
{
    rri_free(x->state);
    rri_free(x->residual);
    rri_free(x->labels);
}

/* labels: what the residuals are about; NULL = the given labels. */
static rr_status ends_read(const experiment_context *ctx, const rr_network *net,
                           const rr_dataset *ds, const uint32_t *labels, ends *x, rr_error *err)
{
    rr_state_source source = { .ops = NULL };
    rr_state_batch batch;
    size_t at = 0;
    rr_status st = RR_OK;

    RRI_TRY(rr_network_states(net, ds, ctx->threads, &source, err));
    x->n = source.sequences;
    x->hidden = source.hidden;
    x->classes = source.classes;
    RRI_TRY(rri_alloc(&x->state, x->n, x->hidden, sizeof *x->state, err));
    RRI_TRY(rri_alloc(&x->residual, x->n, x->classes, sizeof *x->residual, err));
    RRI_TRY(rri_alloc(&x->labels, x->n, 1, sizeof *x->labels, err));
    for (;;) {
        RRI_TRY(source.ops->next(source.self, &batch, err));
        if (batch.count == 0)
            break;
        const float *state = batch.states;
        const float *p = batch.probabilities;
        for (size_t i = 0; i < batch.count; i++, at++) {
            state += batch.steps[i] * x->hidden;
            p += batch.steps[i] * x->classes;
            x->labels[at] = labels != NULL ? labels[at] : batch.labels[i];
            memcpy(x->state + at * x->hidden, state - x->hidden, x->hidden * sizeof *state);
            for (size_t c = 0; c < x->classes; c++)
                x->residual[at * x->classes + c] =
                    (c == x->labels[at] ? 1.0f : 0.0f) - (p - x->classes)[c];
        }
    }

done:
    rr_state_source_close(&source);
    return st;
}

static double dot(const float *a, const float *b, size_t n)
{
    double sum = 0.0;

    for (size_t i = 0; i < n; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

static double cosine(const float *a, const float *b, size_t n)
{
    const double length = sqrt(dot(a, a, n) * dot(b, b, n));

    return length > 0.0 ? dot(a, b, n) / length : 0.0;
}

/* The score of training sequence i for query q; lp is that of the influence model. */
static double score_ends(evidence_method method, const ends *train, const ends *queries, size_t i,
                         size_t q, double lp)
{
    const size_t H = train->hidden;
    const size_t C = train->classes;
    const float *a = train->state + i * H;
    const float *b = queries->state + q * H;
    const double missing = dot(train->residual + i * C, queries->residual + q * C, C);
    const int same = train->labels[i] == queries->labels[q];

    switch (method) {
    case BY_LP_LABEL:
        return same ? lp : 0.0;
    case BY_LP_RESIDUAL:
        return lp * missing;
    case BY_COSINE:
        return cosine(a, b, H);
    case BY_COSINE_LABEL:
        return same ? cosine(a, b, H) + 1.0 : 0.0;
    case BY_OUTPUT_LAYER: /* of weights and bias */
        return (dot(a, b, H) + 1.0) * missing;
    case BY_OUTPUT_COSINE:
        return cosine(a, b, H) * missing;
    default:
        return lp;
    }
}

/* lp or votes of one influence model, [N]. */
static rr_status score_traces(const experiment_context *ctx, const rr_influence *inf,
                              const rr_traces *traces, rr_measure measure, size_t q, float *scores,
                              rr_error *err)
{
    const rr_trace trace = rr_traces_at(traces, q);
    rr_query query = rr_query_default();

    query.measure = measure;
    query.threads = ctx->threads;
    return rr_influence_scores(inf, &query, &trace, scores, err);
}

static rr_status score_all(const experiment_context *ctx, evidence *e, evidence_method method,
                           double *scores, rr_error *err)
{
    const size_t N = rr_dataset_count(e->train);
    const int untrained = method == BY_UNTRAINED;
    const rr_measure measure = method == BY_VOTES ? RR_MEASURE_VOTES : RR_MEASURE_LP;
    ends train = { .n = 0 };
    ends queries = { .n = 0 };
    float *lp = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&lp, N, 1, sizeof *lp, err));
    RRI_TRY(ends_read(ctx, e->m.net, e->train, NULL, &train, err));
    RRI_TRY(ends_read(ctx, e->m.net, e->queries, e->labels, &queries, err));
    for (size_t q = 0; q < e->count; q++) {
        RRI_TRY(score_traces(ctx, untrained ? e->untrained : e->m.inf,
                             untrained ? e->untrained_traces : e->m.traces, measure, q, lp, err));
        for (size_t i = 0; i < N; i++)
            scores[q * N + i] = score_ends(method, &train, &queries, i, q, (double)lp[i]);
    }

done:
    ends_clear(&queries);
    ends_clear(&train);
    rri_free(lp);
    return st;
}

rr_status evidence_score_states(experiment_context *ctx, evidence *e, evidence_method method,
                                double *scores, rr_error *err)
{
    enum { TIES = 5, SAMPLE = 6 }; /* streams of random numbers */
    const size_t N = rr_dataset_count(e->train);

    if (method != BY_CLASS && method != BY_RANDOM)
        return score_all(ctx, e, method, scores, err);
    for (size_t q = 0; q < e->count; q++)
        for (size_t i = 0; i < N; i++) {
            const int same = rr_dataset_at(e->train, i).label == e->labels[q];
            const int by_class = method == BY_CLASS;
            const double number =
                experiment_uniform(e->seed, ((uint64_t)(by_class ? TIES : SAMPLE) << 48) + i +
                                                (by_class ? 0 : (uint64_t)q * N));
            /* A class gives ties alone: which come first is drawn. */
            scores[q * N + i] = by_class ? same + 1e-9 * number : number;
        }
    return RR_OK;
}
