/* SPDX-License-Identifier: MIT */
/* halves_case.c - the networks whose errors experiment halves repairs. */
#include "experiments/halves.h"

#include <inttypes.h>
#include <string.h>

/* What a task is, and how its network is trained and built on. */
typedef struct recipe {
    const char *name, *kind;
    const char *train, *test; /* files; test NULL = the first names all splits */
    const char *parameters, *quick;
    rr_cell cell;
    size_t hidden, epochs, batch;
    rr_optimizer optimizer;
    double rate, clip;
    size_t components, states;
} recipe;

static const recipe recipes[HALVES_TASKS] = {
    [HALVES_MNIST] = { "mnist", "mnist", "mnist", NULL, "", "limit=4000", RR_CELL_LSTM, 128, 5, 128,
                       RR_OPT_RMSPROP, 0.001, 0.0, 10, 43 },
    [HALVES_PEN] = { "pendigits", "csv", "timeseries/pendigits_tra.csv.gz",
                     "timeseries/pendigits_tes.csv.gz",
                     "header=0&frames=1-16&width=2&label=17&scale=standard", "limit=2000",
                     RR_CELL_GRU, 16, 20, 64, RR_OPT_ADAM, 0.003, 0.0, 8, 30 },
    [HALVES_VOWELS] = { "vowels", "ts", "timeseries/JapaneseVowels_TRAIN.ts.gz",
                        "timeseries/JapaneseVowels_TEST.ts.gz", "scale=standard", "", RR_CELL_GRU,
                        8, 40, 16, RR_OPT_ADAM, 0.005, 0.0, 8, 20 },
    [HALVES_MOTIONS] = { "motions", "ts", "timeseries/BasicMotions_TRAIN.ts.gz",
                         "timeseries/BasicMotions_TEST.ts.gz", "scale=standard", "", RR_CELL_GRU, 8,
                         60, 4, RR_OPT_ADAM, 0.003, 1.0, 5, 12 },
};

const char *halves_task_name(halves_task task)
{
    return recipes[task].name;
}

/* ---- data ----------------------------------------------------------------------------------- */

static rr_status load(const experiment_context *ctx, const recipe *r, rr_split split,
                      rr_dataset **out, rr_error *err)
{
    const char *quick = ctx->quick ? r->quick : "";
    const char *join = r->parameters[0] != '\0' && quick[0] != '\0' ? "&" : "";
    char *parameters = NULL, *place = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_format(&parameters, err, "%s%s%s", r->parameters, join, quick));
    if (r->test == NULL)
        RRI_TRY(rri_format(&place, err, "%s", r->train));
    else
        RRI_TRY(rri_format(&place, err, "%s,%s/%s", r->train, ctx->data, r->test));
    RRI_TRY(experiment_load(ctx, r->kind, place, parameters, split, out, err));

done:
    rri_free(parameters);
    rri_free(place);
    return st;
}

rr_status halves_load(experiment_context *ctx, halves_task task, halves_case *c, rr_error *err)
{
    const recipe *r = &recipes[task];
    rr_status st = RR_OK;

    c->task = task;
    RRI_TRY(load(ctx, r, RR_SPLIT_TRAIN, &c->train, err));
    RRI_TRY(load(ctx, r, RR_SPLIT_TEST, &c->test, err));
    RRI_TRY(experiment_use_data(ctx, c->train, err));
    RRI_TRY(experiment_use_data(ctx, c->test, err));

done:
    return st;
}

static void release(halves_case *c)
{
    rr_influence_free(c->inf);
    rr_network_free(c->net);
    rri_free(c->before);
    rri_free(c->probabilities);
    rri_free(c->targets);
    rri_free(c->half);
    *c = (halves_case){ .task = c->task, .train = c->train, .test = c->test };
}

void halves_clear(halves_case *c)
{
    release(c);
    rr_dataset_free(c->test);
    rr_dataset_free(c->train);
    *c = (halves_case){ .train = NULL };
}

/* ---- networks ------------------------------------------------------------------------------- */

static rr_status network_path(const experiment_context *ctx, const halves_case *c, char **out,
                              rr_error *err)
{
    return rri_format(out, err, "%s/halves-%s-%s-%s-%.12s-seed-%" PRIu64 ".safetensors",
                      experiment_kept(ctx), recipes[c->task].name, rr_version(),
                      ctx->quick ? "quick" : "full", rr_dataset_hash(c->train), c->seed);
}

static rr_status train_network(experiment_context *ctx, halves_case *c, const char *path,
                               rr_error *err)
{
    const recipe *r = &recipes[c->task];
    rr_network_config cfg = rr_network_config_default();
    rr_status st = RR_OK;

    cfg.cell = r->cell;
    cfg.hidden = r->hidden;
    cfg.width = rr_dataset_width(c->train);
    cfg.classes = rr_dataset_classes(c->train);
    cfg.seed = c->seed;
    RRI_TRY(rr_network_new(&cfg, &c->net, err));
    RRI_TRY(experiment_train(ctx, &c->training, c->net, c->train, err));
    if (!ctx->stopped)
        RRI_TRY(rr_network_save(c->net, path, err));

done:
    return st;
}

static rr_status make_network(experiment_context *ctx, halves_case *c, rr_error *err)
{
    const recipe *r = &recipes[c->task];
    char *path = NULL;
    rr_status st = RR_OK;

    c->training = rr_train_config_default();
    c->training.epochs = r->epochs;
    c->training.batch = r->batch;
    c->training.optimizer = r->optimizer;
    c->training.learning_rate = r->rate;
    c->training.clip_norm = r->clip;
    c->training.seed = c->seed;
    RRI_TRY(network_path(ctx, c, &path, err));
    if (rr_network_load(path, &c->net, err) == RR_ERR_NOMEM)
        RRI_TRY(RR_ERR_NOMEM);
    if (c->net == NULL) /* one that is missing or broken is trained */
        RRI_TRY(train_network(ctx, c, path, err));

done:
    rri_free(path);
    return st;
}

/* ---- errors --------------------------------------------------------------------------------- */

static rr_status divide(const experiment_context *ctx, halves_case *c, rr_error *err)
{
    const size_t N = rr_dataset_count(c->test);
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&c->before, N, 1, sizeof *c->before, err));
    RRI_TRY(rri_alloc(&c->probabilities, N, rr_dataset_classes(c->train), sizeof *c->probabilities,
                      err));
    RRI_TRY(rri_alloc(&c->targets, N, 1, sizeof *c->targets, err));
    RRI_TRY(rri_alloc(&c->half, N, 1, sizeof *c->half, err));
    RRI_TRY(rr_network_predict(c->net, c->test, ctx->threads, c->before, NULL, err));
    RRI_TRY(rr_network_probabilities(c->net, c->test, ctx->threads, c->probabilities, err));
    for (size_t i = 0; i < N; i++) {
        const int wrong = c->before[i] != rr_dataset_at(c->test, i).label;
        if (i % 2 == 1)
            c->half[c->rest++] = i;
        else if (wrong)
            c->targets[c->n++] = i;
        c->unseen += i % 2 == 1 && wrong;
    }

done:
    return st;
}

rr_status halves_prepare(experiment_context *ctx, halves_case *c, uint64_t seed, rr_error *err)
{
    const recipe *r = &recipes[c->task];
    rr_influence_config cfg = rr_influence_config_default();
    rr_status st = RR_OK;

    if (c->half != NULL && c->seed == seed)
        return RR_OK;
    release(c);
    c->seed = seed;
    RRI_TRY(make_network(ctx, c, err));
    if (ctx->stopped)
        goto done;
    cfg.components = r->components;
    cfg.partition.states = r->states;
    cfg.seed = seed;
    RRI_TRY(experiment_build(ctx, &cfg, c->net, c->train, &c->inf, err));
    if (ctx->stopped)
        goto done;
    RRI_TRY(divide(ctx, c, err));

done:
    return st;
}
