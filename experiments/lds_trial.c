/* SPDX-License-Identifier: MIT */
/* lds_trial.c - trains again without some sequences, and compares with what each method predicts.
 */
#include "experiments/correlate.h"
#include "experiments/lds.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const evidence_method lds_methods[LDS_METHODS] = {
    BY_REPLAY, BY_LP, BY_VOTES, BY_UNTRAINED, BY_CLASS, BY_RANDOM, BY_TRACIN, BY_KOH_LIANG,
};

size_t lds_count_methods(evidence_scope scope)
{
    return scope == ASK_REPLAY ? 1 : scope == ASK_STATES ? 6 : LDS_METHODS;
}

/* How much is left out how often: `wholes` subsets, of which the first `split` also half by half.
 */
typedef struct plan {
    double share;
    size_t wholes, split;
} plan;

static const plan plans[] = {
    [LDS_1] = { 0.01, 8, 3 }, [LDS_5] = { 0.05, 8, 3 }, [LDS_50] = { 0.5, 6, 0 }
};
static const plan quick_plans[] = {
    [LDS_1] = { 0.01, 3, 2 }, [LDS_5] = { 0.05, 3, 2 }, [LDS_50] = { 0.5, 3, 2 }
};

/* ---- subsets -------------------------------------------------------------------------------- */

rr_status lds_sample(size_t N, double share, uint64_t seed, size_t number, unsigned char *out,
                     rr_error *err)
{
    const size_t n = (size_t)lround(share * (double)N);
    const uint64_t at = ((uint64_t)1 << 40) * (number / 2 + 1);
    uint32_t *order = NULL;
    double *key = NULL;
    rr_status st = RR_OK;

    memset(out, 0, N);
    RRI_TRY(rri_alloc(&key, N, 1, sizeof *key, err));
    RRI_TRY(rri_alloc(&order, N, 1, sizeof *order, err));
    for (size_t i = 0; i < N; i++)
        key[i] = experiment_uniform(seed, at + i);
    RRI_TRY(experiment_rank(key, N, order, err));
    for (size_t i = 0; i < n && n * (number % 2) + i < N; i++)
        out[order[n * (number % 2) + i]] = 1;

done:
    rri_free(order);
    rri_free(key);
    return st;
}

/* ---- a share left out ----------------------------------------------------------------------- */

/* Actual and predicted changes of each query. */
typedef struct changes {
    const plan *plan;
    size_t Q, N;
    unsigned char *out, *half; /* [N] */
    double *loss, *margin;     /* [Q][wholes] */
    double *halves;            /* [Q][split] the sum of the halves' changes */
    double *scores;            /* [Q][N] of a method */
    double *predicted;         /* [wholes] */
    double *each;              /* [Q] */
} changes;

static void changes_clear(changes *c)
{
    rri_free(c->out);
    rri_free(c->half);
    rri_free(c->loss);
    rri_free(c->margin);
    rri_free(c->halves);
    rri_free(c->scores);
    rri_free(c->predicted);
    rri_free(c->each);
}

static rr_status changes_begin(changes *c, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&c->out, c->N, 1, 1, err));
    RRI_TRY(rri_alloc(&c->half, c->N, 1, 1, err));
    RRI_TRY(rri_alloc(&c->loss, c->Q, c->plan->wholes, sizeof *c->loss, err));
    RRI_TRY(rri_alloc(&c->margin, c->Q, c->plan->wholes, sizeof *c->margin, err));
    RRI_TRY(rri_alloc(&c->halves, c->Q, c->plan->split, sizeof *c->halves, err));
    RRI_TRY(rri_alloc(&c->scores, c->Q, c->N, sizeof *c->scores, err));
    RRI_TRY(rri_alloc(&c->predicted, c->plan->wholes, 1, sizeof *c->predicted, err));
    RRI_TRY(rri_alloc(&c->each, c->Q, 1, sizeof *c->each, err));

done:
    return st;
}

/* A whole is its two halves, which are subsets 2m and 2m + 1 of half the share. */
static rr_status mark_whole(changes *c, uint64_t seed, size_t m, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(lds_sample(c->N, 0.5 * c->plan->share, seed, 2 * m, c->out, err));
    RRI_TRY(lds_sample(c->N, 0.5 * c->plan->share, seed, 2 * m + 1, c->half, err));
    for (size_t i = 0; i < c->N; i++)
        c->out[i] |= c->half[i];

done:
    return st;
}

static rr_status leave_halves(experiment_context *ctx, const evidence *e, changes *c, size_t m,
                              rr_error *err)
{
    evidence_outcome o = { .loss = NULL };
    rr_status st = RR_OK;

    for (size_t k = 0; k < 2 && !ctx->stopped; k++) {
        RRI_TRY(lds_sample(c->N, 0.5 * c->plan->share, e->seed, 2 * m + k, c->half, err));
        RRI_TRY(evidence_without(ctx, e, c->half, &o, err));
        for (size_t q = 0; q < c->Q; q++)
            c->halves[q * c->plan->split + m] += o.loss[q] - e->before.loss[q];
        evidence_outcome_clear(&o);
    }

done:
    evidence_outcome_clear(&o);
    return st;
}

static rr_status leave_wholes(experiment_context *ctx, const evidence *e, changes *c, rr_error *err)
{
    const size_t M = c->plan->wholes;
    evidence_outcome o = { .loss = NULL };
    rr_status st = RR_OK;

    for (size_t m = 0; m < M && !experiment_stopped(ctx); m++) {
        experiment_show(ctx, "trainings without some", m, M);
        RRI_TRY(mark_whole(c, e->seed, m, err));
        RRI_TRY(evidence_without(ctx, e, c->out, &o, err));
        for (size_t q = 0; q < c->Q; q++) {
            c->loss[q * M + m] = o.loss[q] - e->before.loss[q];
            c->margin[q * M + m] = e->before.margin[q] - o.margin[q];
        }
        evidence_outcome_clear(&o);
        if (m < c->plan->split)
            RRI_TRY(leave_halves(ctx, e, c, m, err));
    }

done:
    evidence_outcome_clear(&o);
    return st;
}

/* ---- scores --------------------------------------------------------------------------------- */

/* Mean over the queries of the correlation between predicted and actual changes. */
static rr_status correlate(const evidence *e, changes *c, const double *actual, rr_error *err,
                           experiment_mean *out)
{
    const size_t M = c->plan->wholes;
    double *sums = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&sums, c->Q, M, sizeof *sums, err));
    for (size_t m = 0; m < M; m++) {
        RRI_TRY(mark_whole(c, e->seed, m, err));
        for (size_t q = 0; q < c->Q; q++)
            for (size_t i = 0; i < c->N; i++)
                sums[q * M + m] += c->out[i] ? c->scores[q * c->N + i] : 0.0;
    }
    for (size_t q = 0; q < c->Q; q++)
        RRI_TRY(experiment_spearman(sums + q * M, actual + q * M, M, &c->each[q], err));
    RRI_TRY(experiment_mean_of(c->each, c->Q, e->seed, out, err));

done:
    rri_free(sums);
    return st;
}

static rr_status add_method(experiment_context *ctx, evidence *e, changes *c,
                            evidence_method method, experiment_figures *f, rr_error *err)
{
    const char *name = evidence_method_name(method);
    experiment_mean loss, margin;
    double seconds = 0.0;
    rr_status st = RR_OK;

    RRI_TRY(evidence_score(ctx, e, method, c->scores, &seconds, err));
    if (ctx->stopped)
        goto done;
    RRI_TRY(correlate(e, c, c->loss, err, &loss));
    RRI_TRY(correlate(e, c, c->margin, err, &margin));
    experiment_figure_at(f, name, LDS_MEAN, loss.mean);
    experiment_figure_took(f, seconds);
    experiment_figure_at(f, name, LDS_LOW, loss.low);
    experiment_figure_at(f, name, LDS_HIGH, loss.high);
    experiment_figure_at(f, name, LDS_MARGIN, margin.mean);

done:
    return st;
}

/* How far the changes add up: the correlation of the halves' with the wholes'. */
static rr_status add_smoothness(const evidence *e, changes *c, experiment_figures *f, rr_error *err)
{
    const size_t M = c->plan->wholes;
    const size_t S = c->plan->split;
    experiment_mean mean;
    double size = 0.0;
    rr_status st = RR_OK;

    for (size_t q = 0; q < c->Q; q++) {
        c->each[q] = experiment_pearson(c->halves + q * S, c->loss + q * M, S);
        for (size_t m = 0; m < M; m++)
            size += fabs(c->loss[q * M + m]) / (double)(c->Q * M);
    }
    RRI_TRY(experiment_mean_of(c->each, c->Q, e->seed, &mean, err));
    if (S > 0) {
        experiment_figure_at(f, LDS_HALVES, LDS_MEAN, mean.mean);
        experiment_figure_at(f, LDS_HALVES, LDS_LOW, mean.low);
        experiment_figure_at(f, LDS_HALVES, LDS_HIGH, mean.high);
    }
    experiment_figure(f, "mean change", size);
    experiment_figure(f, "test accuracy", e->m.accuracy);
    experiment_figure(f, "training seconds", e->m.seconds);

done:
    return st;
}

static rr_status leave_out(experiment_context *ctx, evidence *e, lds_kind kind,
                           experiment_figures *f, rr_error *err)
{
    changes c = { .plan = ctx->quick ? &quick_plans[kind] : &plans[kind],
                  .Q = e->count,
                  .N = rr_dataset_count(e->train) };
    rr_status st = RR_OK;

    RRI_TRY(changes_begin(&c, err));
    RRI_TRY(leave_wholes(ctx, e, &c, err));
    RRI_TRY(add_smoothness(e, &c, f, err));
    const size_t methods = lds_count_methods(e->setting->scope);
    for (size_t i = 0; i < methods && !ctx->stopped; i++)
        RRI_TRY(add_method(ctx, e, &c, lds_methods[i], f, err));

done:
    changes_clear(&c);
    return st;
}

/* ---- removal -------------------------------------------------------------------------------- */

/* Mark the first hundredth by the sum of the scores over all queries. */
static rr_status mark_first(const evidence *e, const double *scores, unsigned char *out,
                            rr_error *err)
{
    const size_t N = rr_dataset_count(e->train);
    double *sums = NULL;
    uint32_t *order = NULL;
    rr_status st = RR_OK;

    memset(out, 0, N);
    RRI_TRY(rri_alloc(&sums, N, 1, sizeof *sums, err));
    RRI_TRY(rri_alloc(&order, N, 1, sizeof *order, err));
    for (size_t q = 0; q < e->count; q++)
        for (size_t i = 0; i < N; i++)
            sums[i] += scores[q * N + i];
    RRI_TRY(experiment_rank(sums, N, order, err));
    for (size_t i = 0; i < (N + 50) / 100; i++)
        out[order[i]] = 1;

done:
    rri_free(order);
    rri_free(sums);
    return st;
}

static rr_status remove_by(experiment_context *ctx, evidence *e, evidence_method method,
                           double *scores, unsigned char *out, experiment_figures *f, rr_error *err)
{
    const char *name = evidence_method_name(method);
    evidence_outcome o = { .loss = NULL };
    double seconds = 0.0, flips = 0.0, change = 0.0;
    rr_status st = RR_OK;

    RRI_TRY(evidence_score(ctx, e, method, scores, &seconds, err));
    if (ctx->stopped)
        goto done;
    RRI_TRY(mark_first(e, scores, out, err));
    RRI_TRY(evidence_without(ctx, e, out, &o, err));
    for (size_t q = 0; q < e->count; q++) {
        flips += o.prediction[q] != e->labels[q];
        change += o.loss[q] - e->before.loss[q];
    }
    experiment_figure_at(f, name, LDS_FLIPS, flips / (double)e->count);
    experiment_figure_at(f, name, LDS_CHANGE, change / (double)e->count);

done:
    evidence_outcome_clear(&o);
    return st;
}

static rr_status remove_first(experiment_context *ctx, evidence *e, experiment_figures *f,
                              rr_error *err)
{
    const size_t N = rr_dataset_count(e->train);
    unsigned char *out = NULL;
    double *scores = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&out, N, 1, 1, err));
    RRI_TRY(rri_alloc(&scores, e->count, N, sizeof *scores, err));
    for (size_t i = 0; i < LDS_METHODS && !experiment_stopped(ctx); i++)
        RRI_TRY(remove_by(ctx, e, lds_methods[i], scores, out, f, err));

done:
    rri_free(scores);
    rri_free(out);
    return st;
}

rr_status lds_trial(experiment_context *ctx, evidence *e, lds_kind kind, const char *name,
                    rr_error *err)
{
    experiment_figures f = { .n = 0 };
    rr_status st = RR_OK;

    RRI_TRY(experiment_figures_begin(&f, 4 * LDS_METHODS + 8, err));
    RRI_TRY(kind == LDS_REMOVAL ? remove_first(ctx, e, &f, err) : leave_out(ctx, e, kind, &f, err));
    if (!experiment_stopped(ctx))
        RRI_TRY(experiment_record(ctx, name, e->seed, f.list, f.n, err));

done:
    experiment_figures_clear(&f);
    return st;
}
