/* SPDX-License-Identifier: MIT */
/* audited.c - trains with checkpoints, and asks the library's audit about labels. */
#include "experiments/audited.h"

#include "core/ranking.h"
#include "io/io.h"

#include <inttypes.h>
#include <math.h>

/* ---- training ------------------------------------------------------------------------------- */

static rr_status name_checkpoints(const experiment_context *ctx, audited *a, const char *name,
                                  rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&a->checkpoints, a->training.epochs + 1, 1, sizeof *a->checkpoints, err));
    for (size_t e = 0; e <= a->training.epochs; e++)
        RRI_TRY(rri_format(&a->checkpoints[e], err, "%s/%s-%" PRIu64 "-%03zu.safetensors",
                           experiment_kept(ctx), name, a->training.seed, e));

done:
    return st;
}

/* The checkpoints there are, from the first on. */
static size_t count_checkpoints(const audited *a)
{
    size_t n = 0;

    while (n <= a->training.epochs && rri_file_exists(a->checkpoints[n]))
        n++;
    return n;
}

/* Train on from the last checkpoint there is. */
static rr_status train(experiment_context *ctx, audited *a, rr_error *err)
{
    const rr_callbacks callbacks = experiment_callbacks(ctx);
    const size_t found = count_checkpoints(a);
    rr_trainer *trainer = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_trainer_new(&a->training, a->net, a->train, &trainer, err));
    if (found > 0)
        RRI_TRY(rr_trainer_restore(trainer, a->checkpoints[found - 1], err));
    else
        RRI_TRY(rr_trainer_save(trainer, a->checkpoints[0], err));
    while (!rr_trainer_finished(trainer)) {
        RRI_TRY(rr_trainer_run_epoch(trainer, &callbacks, NULL, err));
        RRI_TRY(rr_trainer_save(trainer, a->checkpoints[rr_trainer_epoch(trainer)], err));
    }

done:
    rr_trainer_free(trainer);
    return ctx->stopped && st == RR_ERR_CANCELLED ? RR_OK : st;
}

rr_status audited_train(experiment_context *ctx, audited *a, const char *name,
                        const rr_influence_config *influence, rr_error *err)
{
    rr_status st = RR_OK;

    a->training.threads = ctx->threads;
    RRI_TRY(name_checkpoints(ctx, a, name, err));
    RRI_TRY(rr_network_new(&a->network, &a->net, err));
    RRI_TRY(train(ctx, a, err));
    if (!ctx->stopped)
        RRI_TRY(experiment_build(ctx, influence, a->net, a->train, &a->inf, err));

done:
    return st;
}

void audited_clear(audited *a, int remove)
{
    for (size_t e = 0; a->checkpoints != NULL && e <= a->training.epochs; e++) {
        if (remove && a->checkpoints[e] != NULL)
            (void)rri_remove_file(a->checkpoints[e], NULL);
        rri_free(a->checkpoints[e]);
    }
    rri_free(a->checkpoints);
    rr_influence_free(a->inf);
    rr_network_free(a->net);
    *a = (audited){ .train = NULL };
}

/* ---- audits --------------------------------------------------------------------------------- */

rr_status audited_rank(experiment_context *ctx, const audited *a, rr_audit_method method,
                       const rr_dataset *judged, const unsigned char *mislabelled, rr_audit **out,
                       rr_error *err)
{
    const rr_callbacks callbacks = experiment_callbacks(ctx);
    rr_audit_config cfg = rr_audit_config_default(RR_AUDIT_ABOUT_LABELS);
    const rr_audit_data data = { .inf = a->inf,
                                 .net = a->net,
                                 .train = a->train,
                                 .mislabelled = mislabelled,
                                 .judged = judged };

    cfg.method = method;
    cfg.top = 1;
    cfg.threads = ctx->threads;
    cfg.attribution.seed = a->training.seed;
    cfg.attribution.training = a->training;
    if (method == RR_AUDIT_DYNAMICS) {
        cfg.attribution.checkpoints = (const char *const *)a->checkpoints;
        cfg.attribution.count_checkpoints = a->training.epochs + 1;
    }
    const rr_status st = rr_audit_run(&cfg, &data, &callbacks, out, err);
    return ctx->stopped && st == RR_ERR_CANCELLED ? RR_OK : st;
}

rr_status audited_by_votes(const rr_dataset *ds, const float *votes, size_t k, uint32_t *order,
                           unsigned char *flagged, rr_error *err)
{
    const size_t N = rr_dataset_count(ds), C = rr_dataset_classes(ds);
    double *scores = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&scores, N, 1, sizeof *scores, err));
    for (size_t i = 0; i < N; i++) {
        const float *const of = votes + i * C;
        const float given = of[rr_dataset_at(ds, i).label];
        flagged[i] = 0;
        for (size_t c = 0; c < C; c++)
            flagged[i] |= of[c] > given;
        scores[i] = 1.0 - (double)given / (double)k;
    }
    RRI_TRY(rri_ranking(scores, N, order, err));

done:
    rri_free(scores);
    return st;
}

double audited_weighted_f1(const unsigned char *flagged, const unsigned char *wrong, size_t n)
{
    size_t count[2][2] = { { 0 } }; /* [wrong][flagged] */
    double sum = 0.0;

    for (size_t i = 0; i < n; i++)
        count[wrong[i] != 0][flagged[i] != 0]++;
    for (size_t c = 0; c < 2; c++) {
        const size_t are = count[c][0] + count[c][1], named = count[0][c] + count[1][c];
        if (count[c][c] > 0)
            sum += (double)are * 2.0 * (double)count[c][c] / (double)(are + named);
    }
    return n > 0 ? sum / (double)n : 0.0;
}
