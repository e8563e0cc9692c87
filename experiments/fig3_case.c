/* SPDX-License-Identifier: MIT */
/* fig3_case.c - one seed of Figure 3: labels, networks, targets, influence model. */
#include "experiments/fig3.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- data ------------------------------------------------------------------------------------ */

rr_status fig3_load(experiment_context *ctx, fig3_case *c, rr_error *err)
{
    static const char only[] = "only=1|7";
    rr_status st = RR_OK;

    RRI_TRY(experiment_load(ctx, "mnist", "mnist", only, RR_SPLIT_TRAIN, &c->right, err));
    RRI_TRY(experiment_load(ctx, "mnist", "mnist", only, RR_SPLIT_TEST, &c->test, err));
    RRI_TRY(experiment_use_data(ctx, c->right, err));
    RRI_TRY(experiment_use_data(ctx, c->test, err));

done:
    return st;
}

/* Relabel 30 % of the sevens. */
static rr_status flip(fig3_case *c, rr_error *err)
{
    const size_t N = rr_dataset_count(c->right);
    rr_label_noise_config cfg = rr_label_noise_config_default();
    rr_decision *rows = NULL;
    uint32_t *ids = NULL, *labels = NULL;
    rr_status st = RR_OK;

    cfg.fraction = 0.3;
    cfg.from = 1;
    cfg.to = 0;
    cfg.seed = c->seed;
    RRI_TRY(rr_label_noise(&cfg, c->right, &rows, &c->flips, err));
    RRI_TRY(rri_alloc(&ids, c->flips, 1, sizeof *ids, err));
    RRI_TRY(rri_alloc(&labels, c->flips, 1, sizeof *labels, err));
    RRI_TRY(rri_alloc(&c->is_flip, N, 1, 1, err));
    RRI_TRY(rri_alloc(&c->is_influential, N, 1, 1, err));
    for (size_t k = 0; k < c->flips; k++) {
        ids[k] = rows[k].id;
        labels[k] = rows[k].label;
        c->is_flip[ids[k]] = 1;
    }
    RRI_TRY(rr_dataset_relabel(c->right, ids, labels, c->flips, &c->flipped, err));

done:
    rri_free(labels);
    rri_free(ids);
    rr_decisions_free(rows);
    return st;
}

/* ---- the flipped network, with the states of its training ------------------------------------ */

static rr_status keep_state(void *self, const rr_trainer *trainer, size_t epoch, rr_error *err)
{
    fig3_case *const c = self;
    char **const place = &c->checkpoints[c->count_checkpoints];
    const rr_status st = rri_format(place, err, "%s/epoch-%04zu.safetensors", c->folder, epoch);
    if (st != RR_OK)
        return st;
    c->count_checkpoints++;
    return rr_trainer_save(trainer, *place, err);
}

static rr_status make_folder(experiment_context *ctx, fig3_case *c, rr_error *err)
{
    /* Processes that share a results database may be at the same seed. */
    const rr_status st = rri_format(&c->folder, err, "%s/fig3-states-%llu-%ld", ctx->output,
                                    (unsigned long long)c->seed, (long)getpid());
    if (st != RR_OK)
        return st;
    if (mkdir(c->folder, 0777) != 0 && errno != EEXIST)
        return rri_fail(err, RR_ERR_IO, -1, "%s: cannot be made: %s", c->folder, strerror(errno));
    return rri_alloc(&c->checkpoints, c->training.epochs + 1, 1, sizeof *c->checkpoints, err);
}

static rr_status train_flipped(experiment_context *ctx, fig3_case *c, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(make_folder(ctx, c, err));
    RRI_TRY(rr_network_copy(c->start, &c->net, err));
    const double start = rri_seconds();
    RRI_TRY(experiment_train_by(ctx, &c->training, c->net, c->flipped, keep_state, c, err));
    c->train_seconds = rri_seconds() - start;

done:
    return st;
}

static void remove_states(fig3_case *c)
{
    for (size_t e = 0; e < c->count_checkpoints; e++) {
        if (c->checkpoints[e] != NULL)
            (void)unlink(c->checkpoints[e]);
        rri_free(c->checkpoints[e]);
    }
    if (c->folder != NULL)
        (void)rmdir(c->folder);
    rri_free(c->checkpoints);
    rri_free(c->folder);
    c->checkpoints = NULL;
    c->folder = NULL;
    c->count_checkpoints = 0;
}

/* ---- targets --------------------------------------------------------------------------------- */

static rr_status find_targets(const experiment_context *ctx, fig3_case *c, rr_error *err)
{
    const size_t n = rr_dataset_count(c->test), N = rr_dataset_count(c->flipped);
    uint32_t *flipped = NULL, *clean = NULL, *training = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&flipped, n, 1, sizeof *flipped, err));
    RRI_TRY(rri_alloc(&clean, n, 1, sizeof *clean, err));
    RRI_TRY(rri_alloc(&training, N, 1, sizeof *training, err));
    RRI_TRY(rri_alloc(&c->targets, n, 1, sizeof *c->targets, err));
    RRI_TRY(rr_network_predict(c->net, c->test, ctx->threads, flipped, NULL, err));
    RRI_TRY(rr_network_predict(c->clean, c->test, ctx->threads, clean, NULL, err));
    RRI_TRY(rr_network_predict(c->net, c->flipped, ctx->threads, training, NULL, err));
    c->n = 0;
    for (size_t i = 0; i < n; i++)
        if (rr_dataset_at(c->test, i).label == 1 && flipped[i] == 0 && clean[i] == 1)
            c->targets[c->n++] = i;
    c->influential = 0;
    for (size_t i = 0; i < N; i++) {
        c->is_influential[i] = c->is_flip[i] && training[i] == 0;
        c->influential += c->is_influential[i];
    }
    c->accuracy = experiment_accuracy_of(c->test, flipped);
    c->accuracy_clean = experiment_accuracy_of(c->test, clean);

done:
    rri_free(training);
    rri_free(clean);
    rri_free(flipped);
    return st;
}

/* ---- a seed ---------------------------------------------------------------------------------- */

static void release_seed(fig3_case *c)
{
    remove_states(c);
    rr_influence_free(c->inf);
    rr_network_free(c->clean);
    rr_network_free(c->net);
    rr_network_free(c->start);
    rr_dataset_free(c->flipped);
    rri_free(c->is_flip);
    rri_free(c->is_influential);
    rri_free(c->targets);
    *c = (fig3_case){ .right = c->right, .test = c->test };
}

void fig3_case_clear(fig3_case *c)
{
    release_seed(c);
    rr_dataset_free(c->right);
    rr_dataset_free(c->test);
    *c = (fig3_case){ .right = NULL };
}

/* METHOD of the paper: LSTM 28-100, batches of 256, SGD 0.1, 30 epochs. */
static rr_status begin(const experiment_context *ctx, fig3_case *c, uint64_t seed, rr_error *err)
{
    const rr_network_config network = { .struct_size = sizeof(rr_network_config),
                                        .cell = RR_CELL_LSTM,
                                        .width = rr_dataset_width(c->right),
                                        .hidden = 100,
                                        .layers = 1,
                                        .classes = 2,
                                        .seed = seed };
    c->seed = seed;
    c->training = rr_train_config_default();
    c->training.epochs = ctx->quick ? 15 : 30;
    c->training.batch = 256;
    c->training.optimizer = RR_OPT_SGD;
    c->training.learning_rate = 0.1;
    c->training.seed = seed;
    c->training.threads = ctx->threads;
    return rr_network_new(&network, &c->start, err);
}

rr_status fig3_prepare(experiment_context *ctx, fig3_case *c, uint64_t seed, rr_error *err)
{
    rr_influence_config abstraction = rr_influence_config_default();
    rr_status st = RR_OK;

    release_seed(c);
    RRI_TRY(begin(ctx, c, seed, err));
    RRI_TRY(flip(c, err));
    RRI_TRY(train_flipped(ctx, c, err));
    if (ctx->stopped)
        goto done;
    RRI_TRY(rr_network_copy(c->start, &c->clean, err));
    RRI_TRY(experiment_train(ctx, &c->training, c->clean, c->right, err));
    if (ctx->stopped)
        goto done;
    RRI_TRY(find_targets(ctx, c, err));
    abstraction.components = 10;
    abstraction.partition.states = 32;
    abstraction.symbols = 1;
    abstraction.seed = seed;
    const double start = rri_seconds();
    RRI_TRY(experiment_build(ctx, &abstraction, c->net, c->flipped, &c->inf, err));
    c->build_seconds = rri_seconds() - start;

done:
    return st;
}
