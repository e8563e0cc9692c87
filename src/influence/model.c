/* SPDX-License-Identifier: MIT */
/* model.c - creates and frees influence models, gives access to their parts, and checks queries. */
#include "influence/model.h"
#include "abstraction/abstraction_internal.h"
#include "influence/novelty.h"

#include <math.h>

rr_status rri_influence_ready(rr_influence *inf, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(
        rri_distance_new(1.0, inf->info.states, inf->info.classes, inf->confidence, &inf->l1, err));
    RRI_TRY(rri_tables_new(&inf->tables, err));
    RRI_TRY(rri_influence_choose(inf, err));
    if (inf->vocabulary > 0)
        RRI_TRY(rri_postings_build(inf->training, RR_KEY_FULL, &inf->postings[RR_KEY_FULL], err));

done:
    return st;
}

void rr_influence_free(rr_influence *inf)
{
    if (inf == NULL)
        return;
    rri_pca_free(inf->pca);
    rri_gmm_free(inf->gmm);
    rri_codebook_free(inf->book);
    rri_free(inf->confidence);
    rri_free(inf->curve);
    rr_traces_free(inf->training);
    for (size_t k = 0; k < RRI_KINDS; k++)
        rri_postings_clear(&inf->postings[k]);
    rri_distance_free(inf->l1);
    rri_novelty_free(inf->novelty);
    rri_tables_free(inf->tables);
    rri_safetensors_close(inf->file);
    rri_free(inf);
}

rr_influence_info rr_influence_info_of(const rr_influence *inf)
{
    rr_influence_info info = inf->info;

    info.width = inf->width;
    info.vocabulary = inf->vocabulary;
    return info;
}

void rri_influence_plane(const rr_influence *inf, float *means, float *covariances,
                         double *variance)
{
    const size_t K = inf->info.states;
    const size_t P = inf->info.components;
    const double *mean = rri_gmm_mean(inf->gmm);
    const double *spread = rri_gmm_variance(inf->gmm);
    const double total = rri_pca_total_variance(inf->pca);
    const double *along = rri_pca_variance(inf->pca);

    for (size_t k = 0; k < K; k++) {
        means[2 * k] = (float)mean[k * P];
        means[2 * k + 1] = P > 1 ? (float)mean[k * P + 1] : 0.0F;
        covariances[3 * k] = (float)spread[k * P];
        covariances[3 * k + 1] = 0.0F;
        covariances[3 * k + 2] = P > 1 ? (float)spread[k * P + 1] : 0.0F;
    }
    *variance = total > 0.0 ? (along[0] + (P > 1 ? along[1] : 0.0)) / total : -1.0;
}

const rr_states_origin *rr_influence_origin(const rr_influence *inf)
{
    return &inf->origin;
}

rr_influence_config rr_influence_config_of(const rr_influence *inf)
{
    return inf->config;
}

const rr_curve_point *rr_influence_curve(const rr_influence *inf, size_t *points)
{
    *points = inf->points;
    return inf->curve;
}

const float *rr_influence_confidence(const rr_influence *inf, size_t q)
{
    return q <= inf->info.states ? inf->confidence + q * inf->info.classes : NULL;
}

const rr_traces *rr_influence_training(const rr_influence *inf)
{
    return inf->training;
}

int rr_influence_has_novelty(const rr_influence *inf)
{
    return inf->novelty != NULL;
}

/* ---- checks ---------------------------------------------------------------------------------- */

/* Whether the model has what `kind` of key needs; the message says how to obtain it. */
static rr_status check_key(const rr_influence *inf, rr_key kind, rr_error *err)
{
    if ((size_t)kind >= RRI_KINDS)
        return rri_fail(err, RR_ERR_ARG, -1, "%d is not a kind of key", (int)kind);
    if (kind == RR_KEY_FULL && inf->vocabulary == 0)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "the model is not of symbol data, which a full key is for; use the "
                        "transition or the state-symbol key");
    if (kind == RR_KEY_FULL && inf->postings[kind].keys == 0)
        return rri_fail(err, RR_ERR_UNSUPPORTED, -1,
                        "full keys of %zu states, %zu classes and %zu symbols do not fit 64 bits",
                        inf->info.states, inf->info.classes, inf->info.symbols);
    if (inf->postings[kind].keys == 0)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "the model has no input symbols, which a %s key needs; build it again "
                        "with at least 2 symbols, or use the transition key",
                        rr_enum_name(RR_ENUM_KEY, kind));
    return RR_OK;
}

rr_status rri_trace_check(const rr_influence *inf, const rr_trace *trace, rr_error *err)
{
    if (trace->steps == 0)
        return rri_fail(err, RR_ERR_SHAPE, -1, "the trace has no steps");
    for (size_t t = 0; t < trace->steps; t++) {
        if (trace->states[t] < 1 || trace->states[t] > inf->info.states)
            return rri_fail(err, RR_ERR_SHAPE, (int64_t)t + 1,
                            "state %u at step %zu of the trace is not in 1..%zu", trace->states[t],
                            t + 1, inf->info.states);
        if (trace->predictions[t] >= inf->info.classes)
            return rri_fail(err, RR_ERR_SHAPE, (int64_t)t + 1,
                            "prediction %u at step %zu of the trace is not below %zu",
                            trace->predictions[t], t + 1, inf->info.classes);
    }
    return RR_OK;
}

rr_status rri_trace_key_check(const rr_influence *inf, rr_key kind, const rr_trace *trace,
                              rr_error *err)
{
    const rr_status st = check_key(inf, kind, err);

    if (st == RR_OK && kind != RR_KEY_TRANSITION && trace->symbols == NULL)
        return rri_fail(err, RR_ERR_ARG, -1, "the trace has no symbols, which a %s key needs",
                        rr_enum_name(RR_ENUM_KEY, kind));
    return st;
}

rr_status rri_query_check(const rr_influence *inf, const rr_query *q, rr_error *err)
{
    const rr_status st = rri_config_same(q, sizeof *q, "rr_query", err);

    if (st != RR_OK)
        return st;
    if ((size_t)q->measure > RR_MEASURE_CONTAINMENT)
        return rri_fail(err, RR_ERR_ARG, -1, "%d is not a measure", (int)q->measure);
    if (q->label < -1 || (q->label >= 0 && (size_t)q->label >= inf->info.classes))
        return rri_fail(err, RR_ERR_ARG, -1, "label %d is neither -1 nor below %zu", q->label,
                        inf->info.classes);
    if (q->measure != RR_MEASURE_LP)
        return check_key(inf, q->key, err);
    if (!(q->p >= 1.0 && q->p <= RRI_DISTANCE_MAX_P))
        return rri_fail(err, RR_ERR_ARG, -1, "p = %g is not in 1..%g", q->p, RRI_DISTANCE_MAX_P);
    return RR_OK;
}
