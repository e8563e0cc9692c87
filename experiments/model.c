/* SPDX-License-Identifier: MIT */
/* model.c - see model.h. */
#include "experiments/model.h"

#include <stdlib.h>
#include <unistd.h>

const char *model_task_name(model_task task)
{
    return task == MODEL_MNIST ? "mnist" : "toxic";
}

/* ---- data ----------------------------------------------------------------------------------- */

/* The paper's vectors are GloVe's; where there is no file, vectors are trained with the rest. */
static rr_status load_vectors(experiment_context *ctx, model *m, rr_error *err)
{
    char *path = NULL;
    rr_status st = RR_OK;

    EXPERIMENT_TRY(experiment_format(&path, err, "%s/wordvec/reviews-300d.vec.gz", ctx->data));
    if (access(path, R_OK) != 0) {
        experiment_say(ctx, "%s is not there: word vectors are trained", path);
        goto done;
    }
    EXPERIMENT_TRY(rr_vectors_load(path, rr_dataset_words(m->train), &m->vectors, err));
    EXPERIMENT_TRY(experiment_use_hash(ctx, rr_vectors_hash(m->vectors), err));

done:
    free(path);
    return st;
}

rr_status model_load(experiment_context *ctx, model_task task, model *m, rr_error *err)
{
    const char *const kind = model_task_name(task);
    const char *const place = task == MODEL_MNIST ? "mnist" : "toxic/comments.csv.gz";
    rr_status st = RR_OK;

    m->task = task;
    EXPERIMENT_TRY(experiment_load(ctx, kind, place, ctx->quick ? "limit=10000" : "",
                                   RR_SPLIT_TRAIN, &m->train, err));
    EXPERIMENT_TRY(experiment_load(ctx, kind, place, ctx->quick ? "limit=2000" : "", RR_SPLIT_TEST,
                                   &m->test, err));
    EXPERIMENT_TRY(experiment_use_data(ctx, m->train, err));
    EXPERIMENT_TRY(experiment_use_data(ctx, m->test, err));
    if (task == MODEL_TOXIC)
        EXPERIMENT_TRY(load_vectors(ctx, m, err));

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
    rr_dataset_free(m->test);
    rr_dataset_free(m->train);
    *m = (model){ .train = NULL };
}

/* ---- a seed --------------------------------------------------------------------------------- */

/* As `train --recipe paper-mnist` and paper-toxic, but for the 100 units the paper names. */
void model_recipe(const experiment_context *ctx, const model *m, rr_network_config *net,
                  rr_train_config *train)
{
    *train = rr_train_config_default(); /* RMSprop 0.001, batch 128 */
    *net = (rr_network_config){ .layers = 1, .classes = rr_dataset_classes(m->train) };
    net->seed = train->seed = m->seed;
    if (m->task == MODEL_MNIST) {
        net->cell = RR_CELL_LSTM;
        net->hidden = 100;
        net->width = rr_dataset_width(m->train);
        train->epochs = 15;
        return;
    }
    net->cell = RR_CELL_GRU;
    net->hidden = 300;
    net->head = RR_HEAD_LOGISTIC;
    net->vocabulary = rr_dataset_vocabulary(m->train);
    net->width = m->vectors != NULL ? rr_vectors_width(m->vectors) : 100;
    net->embedding = m->vectors != NULL ? RR_EMBEDDING_FROZEN : RR_EMBEDDING_TRAINED;
    train->epochs = ctx->quick ? 5 : 40;
    train->batch = 256;
    train->optimizer = RR_OPT_ADAM;
    train->epsilon = 1e-8;
    train->dropout_input = 0.8;
    train->dropout_last = 0.8;
}

static rr_status make_network(experiment_context *ctx, model *m, rr_error *err)
{
    rr_network_config network;
    rr_train_config training;
    rr_status st = RR_OK;

    model_recipe(ctx, m, &network, &training);
    const double start = experiment_now();
    EXPERIMENT_TRY(rr_network_new(&network, &m->net, err));
    if (m->task == MODEL_TOXIC)
        EXPERIMENT_TRY(
            rr_network_set_vocabulary(m->net, rr_vocabulary_hash(rr_dataset_words(m->train)), err));
    if (m->vectors != NULL)
        EXPERIMENT_TRY(rr_network_set_embedding(m->net, rr_vectors_table(m->vectors), err));
    EXPERIMENT_TRY(experiment_train(ctx, &training, m->net, m->train, err));
    if (!ctx->stopped)
        EXPERIMENT_TRY(experiment_accuracy(ctx, m->net, m->test, &m->accuracy, err));
    m->seconds = experiment_now() - start;

done:
    return st;
}

rr_status model_prepare(experiment_context *ctx, model *m, uint64_t seed, rr_error *err)
{
    rr_influence_config cfg = rr_influence_config_default();
    rr_state_source source = { .ops = NULL };
    rr_status st = RR_OK;

    if (m->traces != NULL && m->seed == seed)
        return RR_OK;
    model_release(m);
    m->seed = seed;
    EXPERIMENT_TRY(make_network(ctx, m, err));
    if (ctx->stopped)
        goto done;
    cfg.components = 10;
    cfg.partition.states = m->task == MODEL_MNIST ? 43 : 37;
    cfg.symbols = 1; /* frames need no symbols here, words have theirs */
    cfg.seed = seed;
    EXPERIMENT_TRY(experiment_build(ctx, &cfg, m->net, m->train, &m->inf, err));
    if (ctx->stopped)
        goto done;
    EXPERIMENT_TRY(rr_network_states(m->net, m->test, ctx->threads, &source, err));
    EXPERIMENT_TRY(rr_influence_trace(m->inf, &source, ctx->threads, &m->traces, err));

done:
    rr_state_source_close(&source);
    return st;
}
