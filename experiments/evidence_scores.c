/* SPDX-License-Identifier: MIT */
/* evidence_scores.c - what each method says about the queries; gradients' scores are kept in files,
 * since they take as long as some trainings. */
#include "experiments/evidence.h"

#include "io/npy.h"
#include "io/npz.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

static const char *const names[] = {
    [BY_REPLAY] = "replay",
    [BY_KOH_LIANG] = "koh-liang",
    [BY_TRACIN] = "tracin",
    [BY_LP] = "influence model, lp",
    [BY_VOTES] = "influence model, votes",
    [BY_LP_LABEL] = "lp, same label",
    [BY_LP_RESIDUAL] = "lp x residuals",
    [BY_COSINE] = "cosine of last states",
    [BY_COSINE_LABEL] = "cosine, same label",
    [BY_OUTPUT_LAYER] = "output layer's gradient",
    [BY_OUTPUT_COSINE] = "cosine x residuals",
    [BY_UNTRAINED] = "lp of the untrained network",
    [BY_CLASS] = "class alone",
    [BY_RANDOM] = "random",
};

const char *evidence_method_name(evidence_method method)
{
    return names[method];
}

/* ---- files ---------------------------------------------------------------------------------- */

/* All they depend on is in the name. */
static rr_status kept_path(const experiment_context *ctx, const evidence *e, evidence_method method,
                           char **out, rr_error *err)
{
    char hash[65];
    rr_status st = RR_OK;

    RRI_TRY(rr_network_hash(e->m.net, hash, err));
    RRI_TRY(rri_format(out, err, "%s/scores-%s-%s-%.12s-%.12s-%zu-%.12s.npz", experiment_kept(ctx),
                       rr_version(), names[method], hash, rr_dataset_hash(e->queries), e->count,
                       rr_dataset_hash(e->train)));

done:
    return st;
}

static rr_status keep(const char *path, const double *scores, size_t Q, size_t N, rr_error *err)
{
    const size_t shape[2] = { Q, N };
    rri_npz_writer *w = NULL;
    size_t array = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_npz_writer_new(path, &w, err));
    RRI_TRY(rri_npz_writer_array(w, "scores", RRI_NPZ_F64, shape, 2, &array, err));
    RRI_TRY(rri_npz_writer_append(w, array, scores, Q * N, err));
    RRI_TRY(rri_npz_writer_close(w, err));

done:
    rri_npz_writer_free(w);
    return st;
}

static rr_status take(const char *path, double *scores, size_t items, rr_error *err)
{
    rri_npz *z = NULL;
    rri_npy_stream *s = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_npz_open(path, &z, err));
    RRI_TRY(rri_npy_stream_open(z, "scores", &s, err));
    RRI_TRY(rri_npy_stream_doubles(s, 0, items, scores, err));

done:
    rri_npy_stream_close(s);
    rri_npz_close(z);
    return st;
}

/* ---- by gradients --------------------------------------------------------------------------- */

static rr_attribution_config configure(const experiment_context *ctx, const evidence *e,
                                       evidence_method method)
{
    rr_attribution_config cfg = rr_attribution_config_default();

    cfg.method = method == BY_REPLAY      ? RR_ATTRIBUTION_REPLAY
                 : method == BY_KOH_LIANG ? RR_ATTRIBUTION_KOH_LIANG
                                          : RR_ATTRIBUTION_TRACIN;
    cfg.training = e->training;
    cfg.checkpoints = (const char *const *)e->checkpoints;
    cfg.count_checkpoints = e->count_checkpoints;
    if (method == BY_REPLAY)
        cfg.count_checkpoints = e->training.epochs;
    cfg.iterations = 3; /* each takes 5/3 of an epoch, for each query */
    cfg.threads = ctx->threads;
    return cfg;
}

/* Carry out an attribution of n queries, whose scores follow each other. */
static rr_status attribute(experiment_context *ctx, const evidence *e, evidence_method method,
                           const rr_targets *queries, size_t n, double *scores, rr_error *err)
{
    const rr_attribution_config cfg = configure(ctx, e, method);
    const size_t N = rr_dataset_count(e->train);
    rr_attribution_progress at = { .done = 0 };
    rr_attribution *a = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_attribution_new_queries(&cfg, e->m.net, e->train, queries, n, &a, err));
    while (!at.done && !experiment_stopped(ctx)) {
        RRI_TRY(rr_attribution_step(a, &at, err));
        experiment_show(ctx, names[method], at.step, at.steps);
    }
    for (size_t q = 0; at.done && q < n; q++)
        memcpy(scores + q * N, rr_attribution_query_scores(a, q), N * sizeof *scores);

done:
    rr_attribution_free(a);
    return st;
}

/* Replay takes all queries at once, the others one after the other. */
static rr_status score_gradients(experiment_context *ctx, const evidence *e, evidence_method method,
                                 double *scores, rr_error *err)
{
    const size_t N = rr_dataset_count(e->train);
    const size_t at_once = method == BY_REPLAY ? e->count : 1;
    rr_targets *queries = NULL;
    size_t *which = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&queries, e->count, 1, sizeof *queries, err));
    RRI_TRY(rri_alloc(&which, e->count, 1, sizeof *which, err));
    for (size_t q = 0; q < e->count; q++) {
        which[q] = q;
        queries[q] =
            (rr_targets){ .ds = e->queries, .which = &which[q], .labels = &e->labels[q], .n = 1 };
    }
    for (size_t q = 0; q < e->count && !ctx->stopped; q += at_once)
        RRI_TRY(attribute(ctx, e, method, queries + q, at_once, scores + q * N, err));

done:
    rri_free(which);
    rri_free(queries);
    return st;
}

rr_status evidence_score(experiment_context *ctx, evidence *e, evidence_method method,
                         double *scores, double *seconds, rr_error *err)
{
    const size_t N = rr_dataset_count(e->train);
    const double start = rri_seconds();
    char *path = NULL;
    rr_status st = RR_OK;

    if (method > BY_TRACIN) {
        st = evidence_score_states(ctx, e, method, scores, err);
        *seconds = rri_seconds() - start;
        return st;
    }
    *seconds = -1.0;
    RRI_TRY(kept_path(ctx, e, method, &path, err));
    if (access(path, R_OK) == 0) {
        RRI_TRY(take(path, scores, e->count * N, err));
        goto done;
    }
    RRI_TRY(score_gradients(ctx, e, method, scores, err));
    if (ctx->stopped)
        goto done;
    *seconds = rri_seconds() - start;
    RRI_TRY(keep(path, scores, e->count, N, err));

done:
    rri_free(path);
    return st;
}
