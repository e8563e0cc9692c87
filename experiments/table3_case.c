/* SPDX-License-Identifier: MIT */
/* table3_case.c - the seven models of Table 3 and the errors they share: see table3.h. */
#include "experiments/table3.h"

#include <stdlib.h>
#include <string.h>

/* The seed of the models. Trials have other ones: a network of this seed would be one of the seven,
 * which fail by choice. Beyond what anybody gives as --first-seed, and below 2^63. */
static const uint64_t case_seed = UINT64_C(1) << 40;

static const size_t epochs_full[TABLE3_MODELS] = { 5, 8, 10, 12, 15, 18, 20 };
enum { QUICK_MODELS = 3 };
static const size_t epochs_quick[TABLE3_MODELS] = { 2, 3, 4 };

/* So little training leaves hundreds of errors; the quick trial takes the first of them. */
static const size_t errors_quick = 40;

/* ---- data ------------------------------------------------------------------------------------ */

rr_status table3_load(experiment_context *ctx, table3_case *c, rr_error *err)
{
    const char *const train = ctx->quick ? "limit=6000" : "";
    const char *const test = ctx->quick ? "limit=2000" : "";
    rr_status st = RR_OK;

    RRI_TRY(experiment_load(ctx, "mnist", "mnist", train, RR_SPLIT_TRAIN, &c->train, err));
    RRI_TRY(experiment_load(ctx, "mnist", "mnist", test, RR_SPLIT_TEST, &c->test, err));
    RRI_TRY(experiment_use_data(ctx, c->train, err));
    RRI_TRY(experiment_use_data(ctx, c->test, err));
    c->models = ctx->quick ? QUICK_MODELS : TABLE3_MODELS;
    c->first_epoch = ctx->quick ? 3 : 6;
    c->last_epoch = ctx->quick ? 5 : 15;

done:
    return st;
}

rr_network_config table3_network(const table3_case *c, uint64_t seed)
{
    return (rr_network_config){ .struct_size = sizeof(rr_network_config),
                                .cell = RR_CELL_LSTM,
                                .width = rr_dataset_width(c->train),
                                .hidden = 128,
                                .layers = 1,
                                .classes = rr_dataset_classes(c->train),
                                .seed = seed };
}

rr_train_config table3_training(const experiment_context *ctx, size_t epochs, rr_order order,
                                uint64_t seed)
{
    rr_train_config cfg = rr_train_config_default(); /* batch 128, RMSprop 0.001, 0.9, 1e-7 */
    cfg.epochs = epochs;
    cfg.order = order;
    cfg.seed = seed;
    cfg.threads = ctx->threads;
    return cfg;
}

/* ---- the models ------------------------------------------------------------------------------ */

static size_t epoch_of(const experiment_context *ctx, size_t model)
{
    return ctx->quick ? epochs_quick[model] : epochs_full[model];
}

/* How the models are trained, as a number: raised when that changes, so that none kept before is
 * taken for one of now. */
enum { RECIPE = 1 };

/* Where a model is kept. All it depends on is in the name: another library trains other bits. */
static rr_status model_path(const experiment_context *ctx, rr_order order, size_t model, char **out,
                            rr_error *err)
{
    return rri_format(out, err, "%s/table3-%s-recipe-%d-%s-%s-%.12s-epoch-%02zu.safetensors",
                      experiment_kept(ctx), rr_version(), RECIPE, ctx->quick ? "quick" : "full",
                      order == RR_ORDER_FILE ? "file" : "shuffle", ctx->data_hash,
                      epoch_of(ctx, model));
}

static rr_status keep_model(const experiment_context *ctx, table3_case *c, size_t model,
                            const rr_network *net, rr_error *err)
{
    char *path = NULL;
    rr_status st = RR_OK;

    RRI_TRY(model_path(ctx, c->order, model, &path, err));
    RRI_TRY(rr_network_copy(net, &c->nets[model], err));
    RRI_TRY(rr_network_save(net, path, err));

done:
    rri_free(path);
    return st;
}

/* Take the models that an earlier process kept: *all is 1 where none is missing. */
static rr_status find_models(const experiment_context *ctx, table3_case *c, int *all, rr_error *err)
{
    *all = 1;
    for (size_t m = 0; m < c->models && *all; m++) {
        char *path = NULL;
        rr_status st = model_path(ctx, c->order, m, &path, err);
        if (st == RR_OK)
            st = rr_network_load(path, &c->nets[m], err);
        rri_free(path);
        if (st == RR_ERR_NOMEM)
            return st;
        *all = st == RR_OK; /* one that is missing or broken is trained again */
    }
    return RR_OK;
}

static void release_models(table3_case *c)
{
    for (size_t m = 0; m < TABLE3_MODELS; m++) {
        rr_network_free(c->nets[m]);
        c->nets[m] = NULL;
    }
}

/* A training whose models are kept; model is the next of them. */
typedef struct keeping {
    const experiment_context *ctx;
    table3_case *c;
    rr_network *net;
    size_t model;
} keeping;

static rr_status keep_epoch(void *self, const rr_trainer *trainer, size_t epoch, rr_error *err)
{
    keeping *const k = self;

    (void)trainer;
    if (k->model == k->c->models || epoch != epoch_of(k->ctx, k->model))
        return RR_OK;
    return keep_model(k->ctx, k->c, k->model++, k->net, err);
}

static rr_status train_models(experiment_context *ctx, table3_case *c, rr_error *err)
{
    const rr_network_config network = table3_network(c, case_seed);
    const size_t epochs = epoch_of(ctx, c->models - 1);
    const rr_train_config cfg = table3_training(ctx, epochs, c->order, case_seed);
    keeping k = { .ctx = ctx, .c = c };
    rr_status st = RR_OK;

    release_models(c);
    RRI_TRY(rr_network_new(&network, &k.net, err));
    RRI_TRY(experiment_train_by(ctx, &cfg, k.net, c->train, keep_epoch, &k, err));

done:
    rr_network_free(k.net);
    return st;
}

/* ---- the errors ------------------------------------------------------------------------------ */

static rr_status find_errors(const experiment_context *ctx, table3_case *c, rr_error *err)
{
    const size_t count = rr_dataset_count(c->test);
    uint32_t *prediction = NULL;
    size_t *wrong = NULL; /* [count] models that misclassified it */
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&prediction, count, 1, sizeof *prediction, err));
    RRI_TRY(rri_alloc(&wrong, count, 1, sizeof *wrong, err));
    RRI_TRY(rri_alloc(&c->errors, count, 1, sizeof *c->errors, err));
    RRI_TRY(rri_alloc(&c->solid, count, 1, 1, err));
    for (size_t m = 0; m < c->models; m++) {
        RRI_TRY(rr_network_predict(c->nets[m], c->test, ctx->threads, prediction, NULL, err));
        for (size_t i = 0; i < count; i++)
            wrong[i] += prediction[i] != rr_dataset_at(c->test, i).label;
    }
    for (size_t i = 0; i < count; i++) {
        c->solid[i] = wrong[i] == 0;
        if (wrong[i] == c->models && (!ctx->quick || c->n < errors_quick))
            c->errors[c->n++] = i;
    }

done:
    rri_free(wrong);
    rri_free(prediction);
    return st;
}

static void release_order(table3_case *c)
{
    for (size_t m = 0; m < TABLE3_MODELS; m++) {
        rr_traces_free(c->traces[m]);
        rr_influence_free(c->infs[m]);
        c->traces[m] = NULL;
        c->infs[m] = NULL;
    }
    release_models(c);
    rri_free(c->errors);
    rri_free(c->solid);
    c->errors = NULL;
    c->solid = NULL;
    c->n = 0;
    c->ready = 0;
}

rr_status table3_prepare(experiment_context *ctx, table3_case *c, rr_order order, rr_error *err)
{
    int all = 0;
    rr_status st = RR_OK;

    if (c->ready && c->order == order)
        return RR_OK;
    release_order(c);
    c->order = order;
    RRI_TRY(find_models(ctx, c, &all, err));
    if (!all)
        RRI_TRY(train_models(ctx, c, err));
    if (ctx->stopped)
        goto done;
    RRI_TRY(find_errors(ctx, c, err));
    c->ready = 1;

done:
    return st;
}

void table3_case_clear(table3_case *c)
{
    release_order(c);
    rr_dataset_free(c->train);
    rr_dataset_free(c->test);
    *c = (table3_case){ .train = NULL };
}

/* ---- their abstractions ---------------------------------------------------------------------- */

rr_status table3_abstract(experiment_context *ctx, table3_case *c, rr_error *err)
{
    rr_influence_config cfg = rr_influence_config_default();
    rr_dataset *failed = NULL;
    rr_status st = RR_OK;

    if (c->n == 0) /* nothing to trace, nothing to repair */
        return RR_OK;
    cfg.components = 10;
    cfg.partition.states = 43; /* the authors' */
    cfg.symbols = 1;
    cfg.seed = case_seed;
    RRI_TRY(rr_dataset_select(c->test, c->errors, c->n, &failed, err));
    for (size_t m = 0; m < c->models && !ctx->stopped; m++) {
        if (c->infs[m] == NULL)
            RRI_TRY(experiment_build(ctx, &cfg, c->nets[m], c->train, &c->infs[m], err));
        if (c->infs[m] != NULL && c->traces[m] == NULL)
            RRI_TRY(experiment_trace(ctx, c->infs[m], c->nets[m], failed, &c->traces[m], err));
    }

done:
    rr_dataset_free(failed);
    return st;
}
