/* SPDX-License-Identifier: MIT */
/* run_states.c - runs a network over a dataset: as a state source, and for predictions.
 *
 * A batch is a fixed number of sequences in dataset order, divided into shards for the threads;
 * each shard scatters its rows to their positions in the batch. The division into shards depends on
 * the dataset alone, so the bits do not depend on the threads. */
#include "network/network_internal.h"
#include "network/shard.h"

#include "core/callbacks.h"

#include <math.h>
#include <string.h>

enum { SHARDS_A_BATCH = 8 };

typedef struct rri_network_source {
    const rr_network *net;
    const rr_dataset *ds;
    size_t workers;
    size_t shard;     /* sequences a shard */
    size_t next;      /* first sequence of the next batch */
    rri_shard **work; /* [workers] */
    rri_factors *factors;
    const rr_callbacks *callbacks; /* may be NULL */
    const rri_last_outputs *last;  /* where alone the last outputs go; NULL: a state source */

    /* The batch: count sequences from `base` on. */
    size_t base, count;
    rr_sequence *sequences; /* [SHARDS_A_BATCH*shard] */
    size_t *offset;         /* [... + 1] first row of each sequence */
    uint32_t *steps, *labels;
    float *states, *probabilities; /* [rows][H], [rows][C] */
    uint32_t *predictions;         /* [rows] */
    size_t broken[SHARDS_A_BATCH]; /* index in the batch of the first sequence not finite */
} rri_network_source;

/* ---- one shard ------------------------------------------------------------------------------ */

/* Copy a shard's rows to the batch; returns the index of the first sequence that is not finite, or
 * SIZE_MAX. States that are not finite make the probabilities so, which are fewer to check. */
static size_t scatter(rri_network_source *n, const rri_shard *s, size_t begin)
{
    const size_t H = s->cfg.hidden;
    const size_t C = s->cfg.classes;
    size_t broken = SIZE_MAX;

    for (size_t b = 0; b < s->count; b++) {
        const size_t index = begin + s->order[b];
        size_t to = n->offset[index];
        for (size_t t = 0; t < s->length[b]; t++, to++) {
            const size_t row = rri_shard_row(s, t, b);
            memcpy(n->states + to * H, rri_shard_state(s, row), H * sizeof *n->states);
            memcpy(n->probabilities + to * C, s->logits + row * C, C * sizeof *n->probabilities);
            n->predictions[to] = s->label[row];
            if (!isfinite(s->logits[row * C]) && index < broken)
                broken = index;
        }
    }
    return broken;
}

/* Store the last outputs of a shard, of which no row is kept; returns as scatter(). */
static size_t take_last(const rri_network_source *n, const rri_shard *s, size_t begin)
{
    const rri_last_outputs *w = n->last;
    const size_t C = s->cfg.classes;
    size_t broken = SIZE_MAX;

    for (size_t b = 0; b < s->count; b++) {
        const size_t index = begin + s->order[b];
        const size_t i = n->base + index;
        const float *p = s->logits + b * C;
        if (w->prediction != NULL)
            w->prediction[i] = s->label[b];
        if (w->probability != NULL)
            w->probability[i] = p[s->label[b]];
        if (w->probabilities != NULL)
            memcpy(w->probabilities + i * C, p, C * sizeof *p);
        if (!isfinite(p[0]) && index < broken)
            broken = index;
    }
    return broken;
}

static void run_shard(void *ctx, size_t task, size_t worker)
{
    rri_network_source *n = ctx;
    rri_shard *s = n->work[worker];
    size_t begin = 0;
    size_t end = 0;

    rri_block(n->count, n->shard, task, &begin, &end);
    rri_shard_fill(s, n->net->embedding, n->sequences + begin, end - begin);
    rri_shard_forward(s, n->factors);
    if (n->last != NULL) {
        rri_shard_last_outputs(s, n->factors);
        n->broken[task] = take_last(n, s, begin);
    } else {
        rri_shard_outputs(s, n->factors);
        n->broken[task] = scatter(n, s, begin);
    }
}

/* ---- the source ----------------------------------------------------------------------------- */

static rr_status source_rewind(void *self, rr_error *err)
{
    (void)err;
    ((rri_network_source *)self)->next = 0;
    return RR_OK;
}

static rr_status source_next(void *self, rr_state_batch *batch, rr_error *err)
{
    rri_network_source *n = self;
    const size_t N = rr_dataset_count(n->ds);

    memset(batch, 0, sizeof *batch);
    if (rri_cancelled(n->callbacks))
        return rri_fail_cancelled(err);
    if (n->next == 0) /* the weights may have changed since the last pass */
        rri_factors_fill(n->factors, n->net->weights, n->workers);
    n->base = n->next;
    n->count = rri_min(N - n->base, SHARDS_A_BATCH * n->shard);
    if (n->count == 0)
        return RR_OK;
    n->offset[0] = 0;
    for (size_t i = 0; i < n->count; i++) {
        n->sequences[i] = rr_dataset_at(n->ds, n->base + i);
        n->steps[i] = (uint32_t)n->sequences[i].steps;
        n->labels[i] = n->sequences[i].label;
        n->offset[i + 1] = n->offset[i] + n->sequences[i].steps;
    }
    const size_t shards = rri_blocks(n->count, n->shard);
    rri_parallel(n->workers, shards, run_shard, n);
    for (size_t i = 0; i < shards; i++)
        if (n->broken[i] != SIZE_MAX)
            return rri_fail(err, RR_ERR_NUMERIC, (int64_t)(n->base + n->broken[i]),
                            "the network's output for sequence %zu is not finite",
                            n->base + n->broken[i]);
    n->next += n->count;
    *batch = (rr_state_batch){ .count = n->count,
                               .rows = n->offset[n->count],
                               .steps = n->steps,
                               .labels = n->labels,
                               .states = n->states,
                               .predictions = n->predictions,
                               .probabilities = n->probabilities,
                               .frames = n->sequences[0].frames,
                               .symbols = n->sequences[0].symbols,
                               .step_labels = n->sequences[0].step_labels };
    return RR_OK;
}

static void source_release(void *self)
{
    rri_network_source *n = self;

    if (n == NULL)
        return;
    for (size_t i = 0; n->work != NULL && i < n->workers; i++)
        rri_shard_free(n->work[i]);
    rri_free(n->work);
    rri_factors_free(n->factors);
    rri_free(n->sequences);
    rri_free(n->offset);
    rri_free(n->steps);
    rri_free(n->labels);
    rri_free(n->states);
    rri_free(n->probabilities);
    rri_free(n->predictions);
    rri_free(n);
}

static const rr_state_ops source_ops = { source_rewind, source_next, source_release };

/* The largest number of rows any batch of the dataset has. */
static size_t largest_batch(const rr_dataset *ds, size_t batch)
{
    const size_t N = rr_dataset_count(ds);
    size_t most = 0;
    size_t rows = 0;

    for (size_t i = 0; i < N; i++) {
        rows = (i % batch == 0 ? 0 : rows) + rr_dataset_at(ds, i).steps;
        most = rri_max(most, rows);
    }
    return most;
}

static rr_status alloc_batch(rri_network_source *n, rr_error *err)
{
    const rr_network_config *cfg = &n->net->cfg;
    const size_t batch = SHARDS_A_BATCH * n->shard;
    const size_t rows = n->last != NULL ? 0 : largest_batch(n->ds, batch);
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&n->sequences, batch, 1, sizeof *n->sequences, err));
    RRI_TRY(rri_alloc(&n->offset, batch + 1, 1, sizeof *n->offset, err));
    RRI_TRY(rri_alloc(&n->steps, batch, 1, sizeof *n->steps, err));
    RRI_TRY(rri_alloc(&n->labels, batch, 1, sizeof *n->labels, err));
    RRI_TRY(rri_alloc(&n->states, rows, cfg->hidden, sizeof *n->states, err));
    RRI_TRY(rri_alloc(&n->probabilities, rows, cfg->classes, sizeof *n->probabilities, err));
    RRI_TRY(rri_alloc(&n->predictions, rows, 1, sizeof *n->predictions, err));
    RRI_TRY(rri_alloc(&n->work, n->workers, 1, sizeof *n->work, err));
    for (size_t i = 0; i < n->workers; i++)
        RRI_TRY(rri_shard_new(cfg, n->shard, rr_dataset_max_steps(n->ds), false, &n->work[i], err));

done:
    return st;
}

static rr_status open_source(const rr_network *net, const rr_dataset *ds, size_t threads,
                             const rr_callbacks *callbacks, const rri_last_outputs *last,
                             rri_network_source **out, rr_error *err)
{
    const size_t N = rr_dataset_count(ds);
    rri_network_source *n = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_network_fits(net, ds, err));
    RRI_TRY(rri_alloc(&n, 1, 1, sizeof *n, err));
    n->net = net;
    n->ds = ds;
    n->callbacks = callbacks;
    n->last = last;
    n->workers = rri_min(rri_threads(threads), SHARDS_A_BATCH);
    n->shard = rri_shard_size(&net->cfg, N == 0 ? 1 : rr_dataset_steps(ds) / N, false);
    if (last != NULL) /* no bit depends on the division: few sequences are divided, too */
        n->shard = rri_min(n->shard, rri_max(8, rri_blocks(N, 4)));
    RRI_TRY(alloc_batch(n, err));
    RRI_TRY(rri_factors_new(&net->cfg, false, &n->factors, err));
    *out = n;
    n = NULL;

done:
    source_release(n);
    return st;
}

rr_status rri_network_states(const rr_network *net, const rr_dataset *ds, size_t threads,
                             const rr_callbacks *callbacks, rr_state_source *out, rr_error *err)
{
    rri_network_source *n = NULL;
    const rr_status st = open_source(net, ds, threads, callbacks, NULL, &n, err);

    memset(out, 0, sizeof *out);
    if (st != RR_OK)
        return st;
    *out = (rr_state_source){ .ops = &source_ops,
                              .self = n,
                              .sequences = rr_dataset_count(ds),
                              .steps = rr_dataset_steps(ds),
                              .hidden = net->cfg.hidden,
                              .classes = net->cfg.classes,
                              .width = rr_dataset_width(ds),
                              .vocabulary = rr_dataset_vocabulary(ds) };
    return RR_OK;
}

rr_status rr_network_states(const rr_network *net, const rr_dataset *ds, size_t threads,
                            rr_state_source *out, rr_error *err)
{
    return rri_network_states(net, ds, threads, NULL, out, err);
}

/* ---- prediction ----------------------------------------------------------------------------- */

rr_status rri_network_last(const rr_network *net, const rr_dataset *ds, size_t threads,
                           const rr_callbacks *callbacks, const rri_last_outputs *w, rr_error *err)
{
    rri_network_source *n = NULL;
    rr_state_batch batch = { 0 };
    rr_status st = RR_OK;

    RRI_TRY(open_source(net, ds, threads, callbacks, w, &n, err));
    do
        RRI_TRY(source_next(n, &batch, err));
    while (batch.count > 0);

done:
    source_release(n);
    return st;
}

rr_status rr_network_predict(const rr_network *net, const rr_dataset *ds, size_t threads,
                             uint32_t *prediction, float *probability, rr_error *err)
{
    const rri_last_outputs w = { .prediction = prediction, .probability = probability };

    return rri_network_last(net, ds, threads, NULL, &w, err);
}

rr_status rr_network_probabilities(const rr_network *net, const rr_dataset *ds, size_t threads,
                                   float *probabilities, rr_error *err)
{
    const rri_last_outputs w = { .probabilities = probabilities };

    return rri_network_last(net, ds, threads, NULL, &w, err);
}
