/* SPDX-License-Identifier: MIT */
/* model.c - trains, keeps and loads the models that several experiments share. */
#include "experiments/model.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

/* What a task is read from, and how much of it in a quick trial: at most so many sequences, of them
 * one in `every`, since SST begins with one class. */
typedef struct origin {
    const char *name, *place;
    const char *quick_train, *quick_test;
    size_t every;
    size_t states; /* K */
    int text, dev; /* 1 = it has words; a dev split */
} origin;

static const origin origins[] = {
    [MODEL_MNIST] = { "mnist", "mnist", "limit=10000", "limit=2000", 1, 43, 0, 0 },
    [MODEL_TOXIC] = { "toxic", "toxic/comments.csv.gz", "limit=10000", "limit=2000", 1, 37, 1, 0 },
    [MODEL_SST] = { "sst", "sst", "", "", 2, 37, 1, 1 },
};

const char *model_task_name(model_task task)
{
    return origins[task].name;
}

/* ---- data ----------------------------------------------------------------------------------- */

/* The paper's vectors are GloVe's; where there is no file, vectors are trained with the rest. */
static rr_status load_vectors(experiment_context *ctx, model *m, rr_error *err)
{
    char *path = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_format(&path, err, "%s/wordvec/reviews-300d.vec.gz", ctx->data));
    if (access(path, R_OK) != 0) {
        experiment_note(ctx, "%s is not there: word vectors are trained", path);
        goto done;
    }
    RRI_TRY(rr_vectors_load(path, rr_dataset_words(m->train), &m->vectors, err));
    RRI_TRY(experiment_use_hash(ctx, rr_vectors_hash(m->vectors), err));

done:
    rri_free(path);
    return st;
}

static rr_status load(experiment_context *ctx, const origin *from, const char *quick,
                      rr_split split, rr_dataset **out, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(
        experiment_load(ctx, from->name, from->place, ctx->quick ? quick : "", split, out, err));
    if (ctx->quick)
        RRI_TRY(experiment_thin(out, from->every, SIZE_MAX, err));
    RRI_TRY(experiment_use_data(ctx, *out, err));

done:
    return st;
}

rr_status model_load(experiment_context *ctx, model_task task, model *m, rr_error *err)
{
    const origin *const from = &origins[task];
    rr_status st = RR_OK;

    m->task = task;
    RRI_TRY(load(ctx, from, from->quick_train, RR_SPLIT_TRAIN, &m->train, err));
    RRI_TRY(load(ctx, from, from->quick_test, RR_SPLIT_TEST, &m->test, err));
    if (from->dev)
        RRI_TRY(load(ctx, from, "", RR_SPLIT_DEV, &m->dev, err));
    if (from->text)
        RRI_TRY(load_vectors(ctx, m, err));

done:
    return st;
}

void model_release(model *m)
{
    rr_traces_free(m->traces);
    rr_influence_free(m->inf);
    rr_network_free(m->net);
    m->traces = NULL;
    m->inf = NULL;
    m->net = NULL;
}

void model_clear(model *m)
{
    model_release(m);
    rr_vectors_free(m->vectors);
    rr_dataset_free(m->dev);
    rr_dataset_free(m->test);
    rr_dataset_free(m->train);
    *m = (model){ .train = NULL };
}

/* ---- networks ------------------------------------------------------------------------------- */

/* As `train --recipe paper-mnist` and paper-toxic, but for the 100 units the paper names; and as
 * paper-sst, but for a dropout of 0.5, which gives the better network (docs/RESULTS.md). */
void model_recipe(const experiment_context *ctx, const model *m, rr_network_config *net,
                  rr_train_config *train)
{
    const int sst = m->task == MODEL_SST;

    *train = rr_train_config_default(); /* RMSprop 0.001, batch 128 */
    *net = (rr_network_config){ .struct_size = sizeof(rr_network_config),
                                .layers = 1,
                                .classes = rr_dataset_classes(m->train) };
    net->seed = train->seed = m->seed;
    if (m->task == MODEL_MNIST) {
        net->cell = RR_CELL_LSTM;
        net->hidden = 100;
        net->width = rr_dataset_width(m->train);
        train->epochs = 15;
        return;
    }
    net->cell = sst ? RR_CELL_LSTM : RR_CELL_GRU;
    net->hidden = ctx->quick ? 100 : 300;
    net->head = sst ? RR_HEAD_SOFTMAX : RR_HEAD_LOGISTIC;
    net->vocabulary = rr_dataset_vocabulary(m->train);
    net->width = m->vectors != NULL ? rr_vectors_width(m->vectors) : 100;
    net->embedding = m->vectors != NULL ? RR_EMBEDDING_FROZEN : RR_EMBEDDING_TRAINED;
    train->epochs = !ctx->quick ? 40 : sst ? 12 : 5;
    train->batch = 256;
    train->optimizer = RR_OPT_ADAM;
    train->epsilon = 1e-8;
    train->dropout_input = train->dropout_last = sst ? 0.5 : 0.8;
}

rr_status model_network(const model *m, const rr_network_config *cfg, rr_network **out,
                        rr_error *err)
{
    rr_network *net = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rr_network_new(cfg, &net, err));
    if (origins[m->task].text)
        RRI_TRY(
            rr_network_set_vocabulary(net, rr_vocabulary_hash(rr_dataset_words(m->train)), err));
    if (m->vectors != NULL)
        RRI_TRY(rr_network_set_embedding(net, rr_vectors_table(m->vectors), err));
    *out = net;
    net = NULL;

done:
    rr_network_free(net);
    return st;
}

/* Which epoch of a training is best on the dev set. */
typedef struct choice {
    const experiment_context *ctx;
    const model *m;
    const rr_network *net;
    rr_network *best; /* a copy, owned; NULL before the first epoch */
    double highest;   /* its accuracy */
} choice;

static rr_status keep_better(void *self, const rr_trainer *trainer, size_t epoch, rr_error *err)
{
    choice *const c = self;
    rr_network *copy = NULL;
    double accuracy = 0.0;
    rr_status st = RR_OK;

    (void)trainer;
    if (epoch == 0)
        return RR_OK;
    RRI_TRY(experiment_accuracy(c->ctx, c->net, c->m->dev, &accuracy, err));
    if (c->best != NULL && accuracy <= c->highest)
        goto done;
    RRI_TRY(rr_network_copy(c->net, &copy, err));
    rr_network_free(c->best);
    c->best = copy;
    c->highest = accuracy;

done:
    return st;
}

rr_status model_train(experiment_context *ctx, const model *m, const rr_train_config *cfg,
                      const rr_dataset *train, rr_network **net, rr_error *err)
{
    choice c = { .ctx = ctx, .m = m, .net = *net };

    if (m->dev == NULL)
        return experiment_train(ctx, cfg, *net, train, err);
    const rr_status st = experiment_train_by(ctx, cfg, *net, train, keep_better, &c, err);
    if (st == RR_OK && c.best != NULL) {
        rr_network_free(*net);
        *net = c.best;
        c.best = NULL;
    }
    rr_network_free(c.best);
    return st;
}

/* ---- networks that are kept ------------------------------------------------------------------ */

/* How networks are trained, as a number: raised when model_recipe() changes, so that none kept
 * before is taken for one of now. */
enum { RECIPE = 1 };

/* Where the network of a seed is kept. All it depends on is in the name: another library trains
 * other bits. */
static rr_status network_path(const experiment_context *ctx, const model *m, char **out,
                              rr_error *err)
{
    return rri_format(out, err,
                      "%s/%s-%s-recipe-%d-%s-%.12s-%.12s-%.12s-seed-%" PRIu64 ".safetensors",
                      experiment_kept(ctx), model_task_name(m->task), rr_version(), RECIPE,
                      ctx->quick ? "quick" : "full", rr_dataset_hash(m->train),
                      m->dev != NULL ? rr_dataset_hash(m->dev) : "last",
                      m->vectors != NULL ? rr_vectors_hash(m->vectors) : "trained", m->seed);
}

/* Take the network that an earlier process kept; one that is missing or broken is trained again. */
static rr_status take_kept(const experiment_context *ctx, model *m, rr_error *err)
{
    char *path = NULL;
    rr_status st = network_path(ctx, m, &path, err);

    if (st == RR_OK && rr_network_load(path, &m->net, err) == RR_ERR_NOMEM)
        st = RR_ERR_NOMEM;
    m->seconds = -1.0;
    rri_free(path);
    return st;
}

static rr_status keep_network(const experiment_context *ctx, const model *m, rr_error *err)
{
    char *path = NULL;
    rr_status st = network_path(ctx, m, &path, err);

    if (st == RR_OK)
        st = rr_network_save(m->net, path, err);
    rri_free(path);
    return st;
}

/* ---- a seed --------------------------------------------------------------------------------- */

static rr_status train_network(experiment_context *ctx, model *m, rr_error *err)
{
    rr_network_config network;
    rr_train_config training;
    rr_status st = RR_OK;

    model_recipe(ctx, m, &network, &training);
    const double start = rri_seconds();
    RRI_TRY(model_network(m, &network, &m->net, err));
    RRI_TRY(model_train(ctx, m, &training, m->train, &m->net, err));
    if (!ctx->stopped)
        RRI_TRY(experiment_accuracy(ctx, m->net, m->test, &m->accuracy, err));
    m->seconds = rri_seconds() - start;
    if (!ctx->stopped)
        RRI_TRY(keep_network(ctx, m, err));

done:
    return st;
}

static rr_status make_network(experiment_context *ctx, model *m, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(take_kept(ctx, m, err));
    if (m->net == NULL)
        RRI_TRY(train_network(ctx, m, err));
    else
        RRI_TRY(experiment_accuracy(ctx, m->net, m->test, &m->accuracy, err));

done:
    return st;
}

rr_status model_prepare(experiment_context *ctx, model *m, uint64_t seed, rr_error *err)
{
    rr_influence_config cfg = rr_influence_config_default();
    rr_status st = RR_OK;

    if (m->traces != NULL && m->seed == seed)
        return RR_OK;
    model_release(m);
    m->seed = seed;
    RRI_TRY(make_network(ctx, m, err));
    if (ctx->stopped)
        goto done;
    cfg.components = 10;
    cfg.partition.states = origins[m->task].states;
    cfg.symbols = 1; /* frames need no symbols here, words have theirs */
    cfg.seed = seed;
    RRI_TRY(experiment_build(ctx, &cfg, m->net, m->train, &m->inf, err));
    if (ctx->stopped)
        goto done;
    RRI_TRY(experiment_trace(ctx, m->inf, m->net, m->test, &m->traces, err));

done:
    return st;
}
