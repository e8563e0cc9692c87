/* SPDX-License-Identifier: MIT */
/* trainer.c - epochs of batches of shards.
 *
 * A batch is divided into shards of a fixed size; threads take shards and write each gradient to
 * the shard's own block; the blocks are summed in shard order. The shards and every order of
 * summation depend on data and configuration alone, so the result has the same bits at any number
 * of threads. Ragged batches are sorted by length first, so that shards are nearly uniform. */
#include "network/trainer.h"

#include "core/callbacks.h"
#include "data/data_internal.h"

#include <math.h>
#include <string.h>

/* Weights one task of the reduction and the update works on: 64 KiB. */
enum { BLOCK = 16384 };

rr_train_config rr_train_config_default(void)
{
    return (rr_train_config){ .struct_size = sizeof(rr_train_config),
                              .epochs = 5,
                              .batch = 128,
                              .optimizer = RR_OPT_RMSPROP,
                              .learning_rate = 0.001,
                              .momentum = 0.0,
                              .rho = 0.9,
                              .beta1 = 0.9,
                              .beta2 = 0.999,
                              .epsilon = 1e-7,
                              .dropout_input = 0.0,
                              .dropout_last = 0.0,
                              .clip_norm = 0.0,
                              .order = RR_ORDER_SHUFFLE,
                              .seed = 1,
                              .threads = 0 };
}

/* ---- set-up and release
 * -------------------------------------------------------------------------- */

static rr_status check_dropout(const char *what, double fraction, rr_error *err)
{
    if (!(fraction >= 0.0 && fraction < 1.0))
        return rri_fail(err, RR_ERR_ARG, -1, "dropout (%s) is %g: expected 0 <= rate < 1", what,
                        fraction);
    return RR_OK;
}

/* Where every step has an output there must be labels to compare it with. */
static rr_status check_step_labels(const rr_network *net, const rr_dataset *train, rr_error *err)
{
    if (net->cfg.output == RR_OUTPUT_LAST)
        return RR_OK;
    if (!rr_dataset_step_labelled(train))
        return rri_fail(err, RR_ERR_ARG, -1,
                        "a network with an output at every step needs a label at every step, and "
                        "the data label whole sequences alone");
    if (rr_dataset_labelled_steps(train) == 0)
        return rri_fail(err, RR_ERR_SHAPE, -1, "no step of the training data has a label");
    return RR_OK;
}

static rr_status check(const rr_train_config *cfg, const rr_network *net, const rr_dataset *train,
                       rr_error *err)
{
    rr_status st = RR_OK;

    if (cfg->epochs == 0)
        return rri_fail(err, RR_ERR_ARG, -1, "epochs is 0: expected at least 1");
    if (cfg->batch == 0 || cfg->batch > 1u << 24)
        return rri_fail(err, RR_ERR_ARG, -1, "batch is %zu: expected 1 to %u", cfg->batch,
                        1u << 24);
    if (cfg->order != RR_ORDER_SHUFFLE && cfg->order != RR_ORDER_FILE)
        return rri_fail(err, RR_ERR_ARG, -1, "unknown order number %d", (int)cfg->order);
    RRI_TRY(rri_optimizer_check(cfg, err));
    RRI_TRY(check_dropout("input", cfg->dropout_input, err));
    RRI_TRY(check_dropout("last", cfg->dropout_last, err));
    RRI_TRY(rri_network_fits(net, train, err));
    if (rr_dataset_count(train) == 0)
        st = rri_fail(err, RR_ERR_SHAPE, -1, "there is no sequence to train on");
    else if (rr_dataset_count(train) > UINT32_MAX)
        st = rri_fail(err, RR_ERR_SHAPE, -1, "%zu sequences are too many to train on",
                      rr_dataset_count(train));
    else
        st = check_step_labels(net, train, err);

done:
    return st;
}

/* Allocate the optimiser's arrays for all that is trained. */
static rr_status alloc_trained(rr_trainer *t, rr_error *err)
{
    rr_network *net = t->net;
    rr_status st = RR_OK;

    t->trained[0] = (rri_trained){ .weights = net->weights, .n = net->parameters };
    t->count_trained = 1;
    if (rri_embedding_trained(&net->cfg)) {
        RRI_TRY(rri_embedding_gradient_new(net, t->train, t->cfg.batch, &t->vectors, err));
        t->trained[1] = (rri_trained){ .weights = net->embedding,
                                       .n = rri_embedding_size(&net->cfg),
                                       .gradient = t->vectors->sum };
        t->count_trained = 2;
    }
    for (size_t k = 0; k < t->count_trained; k++) {
        for (size_t i = 0; i < t->slots; i++)
            RRI_TRY(rri_alloc(&t->trained[k].slot[i], t->trained[k].n, 1, sizeof(float), err));
        if (t->cfg.average)
            RRI_TRY(rri_alloc(&t->trained[k].sum, t->trained[k].n, 1, sizeof(double), err));
    }

done:
    return st;
}

static rr_status alloc_all(rr_trainer *t, rr_error *err)
{
    const size_t P = t->net->parameters;
    const size_t B = t->cfg.batch;
    const size_t shards = t->shards_most;
    const size_t steps = rr_dataset_max_steps(t->train);
    rr_status st = RR_OK;

    RRI_TRY(alloc_trained(t, err));
    RRI_TRY(rri_alloc(&t->work, t->workers, 1, sizeof *t->work, err));
    for (size_t i = 0; i < t->workers; i++)
        RRI_TRY(rri_shard_new(&t->net->cfg, t->shard, steps, true, &t->work[i], err));
    RRI_TRY(rri_factors_new(&t->net->cfg, true, &t->factors, err));
    RRI_TRY(rri_alloc(&t->gradient, shards, 1, sizeof *t->gradient, err));
    for (size_t i = 0; i < shards; i++)
        RRI_TRY(rri_alloc(&t->gradient[i], P, 1, sizeof(float), err));
    t->trained[0].gradient = t->gradient[0];
    RRI_TRY(rri_alloc(&t->shard_loss, shards, 1, sizeof *t->shard_loss, err));
    RRI_TRY(rri_alloc(&t->shard_correct, shards, 1, sizeof *t->shard_correct, err));
    RRI_TRY(rri_alloc(&t->square, rri_blocks(P, BLOCK), 1, sizeof *t->square, err));
    RRI_TRY(rri_alloc(&t->order, rr_dataset_count(t->train), 1, sizeof *t->order, err));
    RRI_TRY(rri_alloc(&t->start, steps + 1, 1, sizeof *t->start, err));
    RRI_TRY(rri_alloc(&t->sequences, B, 1, sizeof *t->sequences, err));
    RRI_TRY(rri_alloc(&t->labels, B, 1, sizeof *t->labels, err));

done:
    return st;
}

rr_status rri_trainer_check(const rr_train_config *cfg, const rr_network *net,
                            const rr_dataset *train, rr_error *err)
{
    return check(cfg, net, train, err);
}

rr_status rr_trainer_new(const rr_train_config *cfg, rr_network *net, const rr_dataset *train,
                         rr_trainer **out, rr_error *err)
{
    rr_train_config own = rr_train_config_default();
    rr_trainer *t = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_config_take(&own, sizeof own, cfg, "rr_train_config", err));
    cfg = &own;
    RRI_TRY(check(cfg, net, train, err));
    RRI_TRY(rri_alloc(&t, 1, 1, sizeof *t, err));
    const size_t N = rr_dataset_count(train);
    t->cfg = *cfg;
    t->cfg.batch = rri_min(cfg->batch, N);
    t->net = net;
    t->train = train;
    t->slots = rri_optimizer_slots(cfg);
    t->shard = rri_shard_batch_size(&net->cfg, rr_dataset_steps(train) / N, t->cfg.batch);
    t->shards_most = rri_blocks(t->cfg.batch, t->shard);
    t->workers = rri_min(rri_threads(cfg->threads), t->shards_most);
    RRI_TRY(alloc_all(t, err));
    *out = t;
    t = NULL;

done:
    rr_trainer_free(t);
    return st;
}

rr_status rr_trainer_set_weights(rr_trainer *t, const float *weights, rr_error *err)
{
    const size_t N = rr_dataset_count(t->train);
    rr_status st = RR_OK;

    if (t->updates > 0)
        return rri_fail(err, RR_ERR_ARG, -1, "loss weights are set before the first training step");
    st = rri_loss_weights_check(weights, N, err);
    if (st != RR_OK)
        return st;
    if (t->weight == NULL)
        RRI_TRY(rri_alloc(&t->weight, N, 1, sizeof *t->weight, err));
    if (t->weights == NULL)
        RRI_TRY(rri_alloc(&t->weights, t->cfg.batch, 1, sizeof *t->weights, err));
    memcpy(t->weight, weights, N * sizeof *t->weight);

done:
    if (st != RR_OK) {
        rri_free(t->weight);
        t->weight = NULL;
    }
    return st;
}

rr_status rr_trainer_set_class_weights(rr_trainer *t, const float *weights, rr_error *err)
{
    const size_t C = t->net->cfg.classes;
    float *own = NULL;
    rr_status st = RR_OK;

    if (t->updates > 0)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "class weights are set before the first training step");
    for (size_t c = 0; weights != NULL && c < C; c++)
        if (!isfinite(weights[c]) || weights[c] < 0.0f)
            return rri_fail(err, RR_ERR_ARG, (int64_t)c,
                            "the weight of class %zu is %g: expected a number of at least 0", c,
                            (double)weights[c]);
    if (weights != NULL) {
        RRI_TRY(rri_alloc(&own, C, 1, sizeof *own, err));
        memcpy(own, weights, C * sizeof *own);
    }
    rri_free(t->class_weight);
    t->class_weight = own;

done:
    return st;
}

void rr_trainer_free(rr_trainer *t)
{
    if (t == NULL)
        return;
    for (size_t i = 0; t->work != NULL && i < t->workers; i++)
        rri_shard_free(t->work[i]);
    for (size_t i = 0; t->gradient != NULL && i < t->shards_most; i++)
        rri_free(t->gradient[i]);
    rri_free(t->work);
    rri_factors_free(t->factors);
    rri_free(t->gradient);
    for (size_t k = 0; k < t->count_trained; k++) {
        rri_free(t->trained[k].slot[0]);
        rri_free(t->trained[k].slot[1]);
        rri_free(t->trained[k].sum);
    }
    rri_embedding_gradient_free(t->vectors);
    rri_free(t->shard_loss);
    rri_free(t->shard_correct);
    rri_free(t->square);
    rri_free(t->order);
    rri_free(t->start);
    rri_free(t->sequences);
    rri_free(t->labels);
    rri_free(t->weight);
    rri_free(t->weights);
    rri_free(t->class_weight);
    rri_free(t);
}

rr_status rri_trainer_run_to(rr_trainer *t, size_t batch, const rr_callbacks *callbacks,
                             rr_train_progress *at, rr_error *err)
{
    char phase[64];
    rr_status st = RR_OK;

    (void)rri_snprintf(phase, sizeof phase, "epoch %zu/%zu", t->epoch + 1, t->cfg.epochs);
    do {
        RRI_TRY(rri_check_cancelled(callbacks, err));
        RRI_TRY(rr_trainer_step(t, at, err));
        rri_show(callbacks, phase, "sequences", at->sequences, rr_dataset_count(t->train),
                 "loss %.4f  %.1f %% correct", at->loss, 100.0 * at->accuracy);
    } while (!at->epoch_done && at->batch < batch);

done:
    return st;
}

rr_status rr_trainer_run_epoch(rr_trainer *t, const rr_callbacks *callbacks,
                               rr_train_progress *progress, rr_error *err)
{
    rr_train_progress at = { .epoch_done = 0 };
    rr_status st = RR_OK;

    RRI_TRY(rri_trainer_run_to(t, SIZE_MAX, callbacks, &at, err));
    if (progress != NULL)
        *progress = at;

done:
    rri_show_end(callbacks);
    return st;
}

int rr_trainer_finished(const rr_trainer *t)
{
    return t->epoch >= t->cfg.epochs;
}

size_t rr_trainer_epoch(const rr_trainer *t)
{
    return t->epoch;
}

/* ---- one batch ------------------------------------------------------------------------------ */

static void start_epoch(rr_trainer *t)
{
    const size_t N = rr_dataset_count(t->train);

    t->loss = 0.0;
    t->correct = 0;
    t->answered = 0;
    if (t->cfg.order == RR_ORDER_SHUFFLE) {
        rri_random r = rri_random_at(t->cfg.seed, RRI_RANDOM_SHUFFLE, t->epoch);
        rri_random_permutation(&r, t->order, N);
        return;
    }
    for (size_t i = 0; i < N; i++)
        t->order[i] = (uint32_t)i;
}

/* Longest first by counting; equal lengths keep their order. */
static void sort_batch(rr_trainer *t, const uint32_t *ids)
{
    const size_t longest = rr_dataset_max_steps(t->train);
    size_t *start = t->start; /* by length; then the next free position of that length */
    size_t next = 0;

    memset(start, 0, (longest + 1) * sizeof *start);
    for (size_t i = 0; i < t->count; i++)
        start[rr_dataset_at(t->train, ids[i]).steps]++;
    for (size_t length = longest + 1; length-- > 0;) {
        const size_t many = start[length];
        start[length] = next;
        next += many;
    }
    for (size_t i = 0; i < t->count; i++) {
        const rr_sequence q = rr_dataset_at(t->train, ids[i]);
        const size_t at = start[q.steps]++;
        t->sequences[at] = q;
        t->labels[at] = q.label;
        if (t->weight != NULL)
            t->weights[at] = t->weight[ids[i]];
    }
}

/* The losses of the batch: a sequence each, or a labelled step. */
static size_t count_answers(const rr_trainer *t)
{
    size_t n = 0;

    if (t->net->cfg.output == RR_OUTPUT_LAST)
        return t->count;
    for (size_t i = 0; i < t->count; i++)
        for (size_t step = 0; step < t->sequences[i].steps; step++)
            n += t->sequences[i].step_labels[step] != RR_NO_LABEL;
    return n;
}

static void run_shard(void *ctx, size_t task, size_t worker)
{
    rr_trainer *t = ctx;
    rri_shard *s = t->work[worker];
    size_t begin = 0;
    size_t end = 0;

    rri_block(t->count, t->shard, task, &begin, &end);
    t->shard_correct[task] = 0;
    s->dropout = (rri_dropout){ .input = (float)t->cfg.dropout_input,
                                .last = (float)t->cfg.dropout_last,
                                .seed = t->cfg.seed,
                                .step = t->updates,
                                .first = begin };
    s->weight = t->weight != NULL ? t->weights + begin : NULL;
    s->class_weight = t->class_weight;
    rri_shard_fill(s, t->net->embedding, t->sequences + begin, end - begin);
    rri_shard_forward(s, t->factors);
    t->shard_loss[task] =
        t->net->cfg.output == RR_OUTPUT_STEP
            ? rri_shard_step_loss(s, t->factors, t->sequences + begin, &t->shard_correct[task])
            : rri_shard_loss(s, t->factors, t->labels + begin, &t->shard_correct[task]);
    rri_shard_backward(s, t->factors, 1.0f / (float)rri_max(1, t->answers), t->gradient[task]);
    if (t->vectors != NULL)
        rri_embedding_gradient_put(t->vectors, s, begin);
}

/* Sum the shards' gradients of one block of weights into the first, in shard order. */
static void reduce_block(void *ctx, size_t task, size_t worker)
{
    rr_trainer *t = ctx;
    const size_t shards = rri_blocks(t->count, t->shard);
    double square = 0.0;
    size_t begin = 0;
    size_t end = 0;

    (void)worker;
    rri_block(t->net->parameters, BLOCK, task, &begin, &end);
    float *restrict sum = t->gradient[0];
    for (size_t s = 1; s < shards; s++) {
        const float *restrict g = t->gradient[s];
        for (size_t i = begin; i < end; i++)
            sum[i] += g[i];
    }
    for (size_t i = begin; i < end; i++)
        square += (double)sum[i] * (double)sum[i];
    t->square[task] = square;
}

/* Gradient of the mean loss over the batch into gradient[0]; its summed loss, and the number of
 * correct predictions. False when it is not finite. */
static bool batch_gradient(rr_trainer *t, double *loss, double *square, size_t *correct)
{
    const size_t begin = t->batch * t->cfg.batch;
    const size_t blocks = rri_blocks(t->net->parameters, BLOCK);

    t->count = rri_min(t->cfg.batch, rr_dataset_count(t->train) - begin);
    sort_batch(t, t->order + begin);
    t->answers = count_answers(t);
    const size_t shards = rri_blocks(t->count, t->shard);
    rri_factors_fill(t->factors, t->net->weights, t->workers);
    if (t->vectors != NULL)
        rri_embedding_gradient_begin(t->vectors, t->sequences, t->count);
    rri_parallel(t->workers, shards, run_shard, t);
    rri_parallel(t->workers, blocks, reduce_block, t);
    *loss = 0.0;
    *square = 0.0;
    *correct = 0;
    for (size_t i = 0; i < shards; i++) {
        *loss += t->shard_loss[i];
        *correct += t->shard_correct[i];
    }
    for (size_t i = 0; i < blocks; i++)
        *square += t->square[i];
    if (t->vectors != NULL)
        *square += rri_embedding_gradient_sum(t->vectors, t->workers);
    return isfinite(*loss) && isfinite(*square);
}

typedef struct rri_update {
    rr_trainer *t;
    const rri_trained *part;
} rri_update;

static void update_block(void *ctx, size_t task, size_t worker)
{
    const rri_update *u = ctx;
    const rr_trainer *t = u->t;
    const rri_trained *p = u->part;
    size_t begin = 0;
    size_t end = 0;

    (void)worker;
    rri_block(p->n, BLOCK, task, &begin, &end);
    float *const slot[2] = { t->slots > 0 ? p->slot[0] + begin : NULL,
                             t->slots > 1 ? p->slot[1] + begin : NULL };
    rri_optimizer_step(&t->cfg, t->updates, t->scale, end - begin, p->gradient + begin,
                       p->weights + begin, slot);
}

rr_status rri_trainer_gradient(rr_trainer *t, double *loss, size_t *correct, rr_error *err)
{
    double square = 0.0;

    if (!batch_gradient(t, loss, &square, correct))
        return rri_fail(err, RR_ERR_NUMERIC, (int64_t)t->batch,
                        "the %s is not finite in epoch %zu, batch %zu: try a smaller learning "
                        "rate or a clip norm",
                        isfinite(*loss) ? "gradient" : "loss", t->epoch + 1, t->batch + 1);
    t->norm = sqrt(square);
    const bool clip = t->cfg.clip_norm > 0.0 && t->norm > t->cfg.clip_norm;
    t->scale = clip ? (float)(t->cfg.clip_norm / t->norm) : 1.0f;
    return RR_OK;
}

/* In the last epoch: add the weights up, and behind its last step put the mean in their place. */
static void average(rr_trainer *t, size_t batches)
{
    if (!t->cfg.average || t->epoch + 1 < t->cfg.epochs)
        return;
    for (size_t k = 0; k < t->count_trained; k++) {
        const rri_trained *part = &t->trained[k];
        for (size_t i = 0; i < part->n; i++) {
            part->sum[i] = (t->batch == 0 ? 0.0 : part->sum[i]) + (double)part->weights[i];
            if (t->batch + 1 == batches)
                part->weights[i] = (float)(part->sum[i] / (double)batches);
        }
    }
}

rr_status rr_trainer_step(rr_trainer *t, rr_train_progress *progress, rr_error *err)
{
    const size_t N = rr_dataset_count(t->train);
    const size_t batches = rri_blocks(N, t->cfg.batch);
    double loss = 0.0;
    size_t correct = 0;

    if (rr_trainer_finished(t))
        return rri_fail(err, RR_ERR_ARG, -1, "all %zu epochs are done", t->cfg.epochs);
    if (t->batch == 0)
        start_epoch(t);
    const rr_status st = rri_trainer_gradient(t, &loss, &correct, err);
    if (st != RR_OK)
        return st;
    rri_update u = { .t = t };
    t->updates++;
    for (size_t k = 0; k < t->count_trained; k++) {
        u.part = &t->trained[k];
        rri_parallel(t->workers, rri_blocks(u.part->n, BLOCK), update_block, &u);
    }
    average(t, batches);

    t->loss += loss;
    t->correct += correct;
    t->answered += t->answers;
    const size_t seen = rri_min(N, (t->batch + 1) * t->cfg.batch);
    *progress =
        (rr_train_progress){ .epoch = t->epoch + 1,
                             .batch = t->batch + 1,
                             .batches = batches,
                             .sequences = seen,
                             .loss = t->loss / (double)rri_max(1, t->answered),
                             .accuracy = (double)t->correct / (double)rri_max(1, t->answered),
                             .epoch_done = t->batch + 1 == batches };
    t->batch = progress->epoch_done ? 0 : t->batch + 1;
    t->epoch += (size_t)progress->epoch_done;
    return RR_OK;
}

/* ---- the gradient alone --------------------------------------------------------------------- */

/* Sum over all batches, each weighted by its losses, into total [rr_network_parameters()]. */
static rr_status sum_batches(rr_trainer *t, double *loss, double *total, rr_error *err)
{
    const size_t N = rr_dataset_count(t->train);
    const size_t answers =
        t->net->cfg.output == RR_OUTPUT_STEP ? rr_dataset_labelled_steps(t->train) : N;

    *loss = 0.0;
    start_epoch(t);
    for (t->batch = 0; t->batch < rri_blocks(N, t->cfg.batch); t->batch++) {
        double part = 0.0;
        double square = 0.0;
        size_t correct = 0;
        if (!batch_gradient(t, &part, &square, &correct))
            return rri_fail(err, RR_ERR_NUMERIC, (int64_t)(t->batch * t->cfg.batch),
                            "the gradient over the batch at sequence %zu is not finite",
                            t->batch * t->cfg.batch);
        *loss += part / (double)answers;
        const double fraction = (double)t->answers / (double)answers;
        for (size_t k = 0; k < t->count_trained; k++) {
            double *to = k == 0 ? total + rri_embedding_size(&t->net->cfg) : total;
            for (size_t i = 0; i < t->trained[k].n; i++)
                to[i] += fraction * (double)t->trained[k].gradient[i];
        }
    }
    return RR_OK;
}

rr_status rr_network_gradient(const rr_network *net, const rr_dataset *ds, size_t threads,
                              double *loss, float *gradient, rr_error *err)
{
    rr_train_config cfg = rr_train_config_default();
    rr_network *copy = NULL; /* the trainer takes a writable network, though nothing is written */
    rr_trainer *t = NULL;
    double *total = NULL;
    double mean = 0.0;
    rr_status st = RR_OK;

    cfg.order = RR_ORDER_FILE;
    cfg.optimizer = RR_OPT_SGD;
    cfg.threads = threads;
    RRI_TRY(rr_network_copy(net, &copy, err));
    RRI_TRY(rr_trainer_new(&cfg, copy, ds, &t, err));
    RRI_TRY(rri_alloc(&total, rr_network_parameters(net), 1, sizeof *total, err));
    RRI_TRY(sum_batches(t, &mean, total, err));
    *loss = mean;
    for (size_t i = 0; gradient != NULL && i < rr_network_parameters(net); i++)
        gradient[i] = (float)total[i];

done:
    rri_free(total);
    rr_trainer_free(t);
    rr_network_free(copy);
    return st;
}
