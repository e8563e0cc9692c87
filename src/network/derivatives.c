/* SPDX-License-Identifier: MIT */
/* derivatives.c - derivatives of single losses: slopes, curvature products, gradient norms.
 *
 * Losses are processed in blocks, each sorted by length and divided into shards of a fixed size.
 * Threads take shards; each shard has a slot for its sum over the weights. When all slots of a
 * round are full they are added to the result in the order of the shards, in double. So the bits
 * depend neither on the number of threads nor on that of slots. */
#include "rnnrepair/experimental/derivatives.h"
#include "network/derivatives.h"
#include "network/embedding_gradient.h"
#include "network/losses.h"
#include "network/squares.h"
#include "network/tangent.h"

#include <math.h>
#include <string.h>

enum {
    BLOCK = 512,         /* losses a block, at most */
    BLOCK_SYMBOLS = 128, /* the same where the gradients of the steps' vectors are stored */
    SLOTS = 4,           /* sums over the weights a thread */
    PART = 16384         /* weights one task of the addition works on */
};

/* What a call computes for each shard. */
typedef enum purpose { GRADIENT, SQUARES, SLOPES, HESSIAN, NEWTON } purpose;

struct rr_derivatives {
    const rr_network *net; /* borrowed */
    const rr_dataset *ds;  /* borrowed */
    size_t shard;          /* sequences a shard */
    size_t workers, slots;
    uint32_t fixed; /* symbols below it have no gradient */
    rri_factors *factors, *along;
    rr_network *direction;
    rri_shard **work;                /* [workers] */
    rri_tangent **tangent;           /* [workers] */
    rri_squares **pairs;             /* [workers] */
    float **slot;                    /* [slots], each [parameters] */
    rri_embedding_gradient *vectors; /* NULL unless an embedding is trained */
    rri_dropout dropout;

    rri_loss_blocks block;

    purpose purpose; /* of the call */
    size_t first;    /* shard of the round's first slot */
    double *loss;    /* [n] or NULL */
    double *slopes;  /* [n] or NULL */
    double *squares;
    double *total; /* [rr_network_parameters()] or NULL */
};

/* ---- names ---------------------------------------------------------------------------------- */

rr_losses rr_losses_all(const rr_dataset *ds)
{
    return (rr_losses){ .n = rr_dataset_count(ds) };
}

/* ---- set-up and release
 * -------------------------------------------------------------------------- */

static rr_status alloc_workers(rr_derivatives *d, rr_error *err)
{
    const rr_network_config *cfg = &d->net->cfg;
    const size_t steps = rr_dataset_max_steps(d->ds);
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&d->work, d->workers, 1, sizeof *d->work, err));
    RRI_TRY(rri_alloc(&d->tangent, d->workers, 1, sizeof *d->tangent, err));
    RRI_TRY(rri_alloc(&d->pairs, d->workers, 1, sizeof *d->pairs, err));
    RRI_TRY(rri_alloc(&d->slot, d->slots, 1, sizeof *d->slot, err));
    for (size_t i = 0; i < d->workers; i++) {
        RRI_TRY(rri_shard_new(cfg, d->shard, steps, true, &d->work[i], err));
        RRI_TRY(rri_tangent_new(cfg, d->shard, steps, &d->tangent[i], err));
        RRI_TRY(rri_squares_new(cfg, steps, &d->pairs[i], err));
    }
    for (size_t i = 0; i < d->slots; i++)
        RRI_TRY(rri_alloc(&d->slot[i], d->net->parameters, 1, sizeof(float), err));

done:
    return st;
}

static rr_status alloc_all(rr_derivatives *d, size_t block, rr_error *err)
{
    const rr_network_config *cfg = &d->net->cfg;
    rr_status st = RR_OK;

    RRI_TRY(alloc_workers(d, err));
    RRI_TRY(rri_factors_new(cfg, true, &d->factors, err));
    RRI_TRY(rri_factors_new(cfg, true, &d->along, err));
    RRI_TRY(rri_network_blank(cfg, &d->direction, err));
    if (rri_embedding_trained(cfg))
        RRI_TRY(rri_embedding_gradient_new(d->net, d->ds, block, &d->vectors, err));
    RRI_TRY(rri_loss_blocks_init(&d->block, d->ds, block,
                                 d->vectors != NULL ? d->vectors->rows : SIZE_MAX, err));

done:
    return st;
}

rr_status rr_derivatives_new(const rr_network *net, const rr_dataset *ds, size_t threads,
                             rr_derivatives **out, rr_error *err)
{
    const size_t N = rr_dataset_count(ds);
    rr_derivatives *d = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_network_fits(net, ds, err));
    if (net->cfg.output == RR_OUTPUT_STEP)
        RRI_TRY(rri_fail(err, RR_ERR_UNSUPPORTED, -1,
                         "derivatives of single losses are of networks that answer after the last "
                         "step; this one answers at every step. Influence by the states (build, "
                         "explain) is for both"));
    if (N == 0)
        return rri_fail(err, RR_ERR_SHAPE, -1, "the dataset has no sequence");
    RRI_TRY(rri_alloc(&d, 1, 1, sizeof *d, err));
    d->net = net;
    d->ds = ds;
    d->fixed = rri_symbols_are_words(net) ? RR_WORD_UNKNOWN + 1 : 0;
    const size_t block = rri_embedding_trained(&net->cfg) ? BLOCK_SYMBOLS : BLOCK;
    d->shard = rri_shard_batch_size(&net->cfg, rr_dataset_steps(ds) / N, block);
    d->workers = rri_min(rri_threads(threads), rri_blocks(block, d->shard));
    d->slots = SLOTS * d->workers;
    RRI_TRY(alloc_all(d, block, err));
    *out = d;
    d = NULL;

done:
    rr_derivatives_free(d);
    return st;
}

void rr_derivatives_free(rr_derivatives *d)
{
    if (d == NULL)
        return;
    for (size_t i = 0; d->work != NULL && i < d->workers; i++)
        rri_shard_free(d->work[i]);
    for (size_t i = 0; d->tangent != NULL && i < d->workers; i++)
        rri_tangent_free(d->tangent[i]);
    for (size_t i = 0; d->pairs != NULL && i < d->workers; i++)
        rri_squares_free(d->pairs[i]);
    for (size_t i = 0; d->slot != NULL && i < d->slots; i++)
        rri_free(d->slot[i]);
    rri_free(d->work);
    rri_free(d->tangent);
    rri_free(d->pairs);
    rri_free(d->slot);
    rri_factors_free(d->factors);
    rri_factors_free(d->along);
    rr_network_free(d->direction);
    rri_embedding_gradient_free(d->vectors);
    rri_loss_blocks_clear(&d->block);
    rri_free(d);
}

void rri_derivatives_dropout(rr_derivatives *d, const rr_train_config *cfg, size_t update)
{
    d->dropout = (rri_dropout){ 0 };
    if (cfg != NULL)
        d->dropout = (rri_dropout){ .input = (float)cfg->dropout_input,
                                    .last = (float)cfg->dropout_last,
                                    .seed = cfg->seed,
                                    .step = update };
}

/* ---- one shard ------------------------------------------------------------------------------ */

/* The derivatives of one loss by its logits. p holds probabilities and becomes their gradient
 * p - onehot; r_z (may be NULL) holds R of the logits and becomes R of that gradient,
 *
 *     R p_c = p_c (R z_c - sum_k p_k R z_k),    slope = sum_c (p_c - [c = truth]) R z_c.
 *
 * Computed from the differences to the true class, R z_c - R z_truth, and from the probabilities of
 * the other classes, so that nothing cancels where the network is confident. Returns the loss. */
static double derive_logits(size_t C, size_t truth, float *p, float *r_z, double *slope)
{
    const double origin = r_z != NULL ? (double)r_z[truth] : 0.0;
    const double p_truth = (double)p[truth];
    double others = 0.0;

    *slope = 0.0;
    for (size_t c = 0; c < C; c++) {
        if (c == truth)
            continue;
        others += (double)p[c];
        *slope += r_z != NULL ? (double)p[c] * ((double)r_z[c] - origin) : 0.0;
    }
    for (size_t c = 0; r_z != NULL && c < C; c++)
        r_z[c] = (float)((double)p[c] * ((double)r_z[c] - origin - *slope));
    p[truth] = (float)-others;
    /* A probability that underflowed still has a finite loss; a NaN stays one. */
    return others < 0.5 ? -log1p(-others) : -log(p_truth < 1e-37 ? 1e-37 : p_truth);
}

/* Weigh the derivatives of one loss by its logits. */
static void weigh(size_t C, float weight, float *p, float *r_z)
{
    for (size_t c = 0; c < C; c++) {
        p[c] *= weight;
        if (r_z != NULL)
            r_z[c] *= weight;
    }
}

/* Losses, slopes, and the gradients of the logits, of a shard whose first sequence is number
 * `begin` of the block. */
static void derive_outputs(rr_derivatives *d, rri_shard *s, rri_tangent *r, size_t begin)
{
    const size_t C = s->cfg.classes;

    for (size_t b = 0; b < s->count; b++) {
        const size_t i = begin + s->order[b];
        double slope = 0.0;
        const double loss = derive_logits(C, d->block.labels[i], s->logits + b * C,
                                          r != NULL ? r->logits + b * C : NULL, &slope);
        if (d->loss != NULL)
            d->loss[d->block.at[i]] = loss;
        if (d->slopes != NULL)
            d->slopes[d->block.at[i]] = slope;
        if (d->total != NULL && d->block.losses->weights != NULL)
            weigh(C, d->block.weights[i], s->logits + b * C, r != NULL ? r->logits + b * C : NULL);
    }
}

static void square_shard(rr_derivatives *d, rri_squares *pairs, rri_shard *s, size_t begin)
{
    rri_shard_backward(s, d->factors, 1.0f, NULL);
    for (size_t b = 0; b < s->count; b++) {
        const size_t i = begin + s->order[b];
        d->squares[d->block.at[i]] =
            rri_squares_of(pairs, s, b, d->block.sequences[i].symbols, d->fixed);
    }
}

/* Results that need no direction. */
static void run_plain(rr_derivatives *d, rri_shard *s, size_t task, size_t worker, size_t begin)
{
    derive_outputs(d, s, NULL, begin);
    if (d->purpose == SQUARES)
        square_shard(d, d->pairs[worker], s, begin);
    else
        rri_shard_backward(s, d->factors, 1.0f, d->slot[task]);
}

/* Results along a direction. */
static void run_tangent(rr_derivatives *d, rri_shard *s, size_t task, rri_tangent *r, size_t begin)
{
    const rri_pair f = { d->factors, d->along };

    rri_tangent_fill(r, s, d->direction->embedding, d->block.sequences + begin);
    rri_tangent_forward(r, s, f);
    rri_tangent_outputs(r, s, f);
    derive_outputs(d, s, r, begin);
    if (d->purpose == HESSIAN)
        rri_tangent_backward(r, s, f, d->slot[task]);
    if (d->purpose == NEWTON) { /* the gradient for the Gauss-Newton derivatives by the logits */
        memcpy(s->logits, r->logits, s->count * s->cfg.classes * sizeof *s->logits);
        rri_shard_backward(s, d->factors, 1.0f, d->slot[task]);
    }
}

static void run_shard(void *ctx, size_t task, size_t worker)
{
    rr_derivatives *d = ctx;
    rri_shard *s = d->work[worker];
    size_t begin = 0;
    size_t end = 0;

    rri_block(d->block.count, d->shard, d->first + task, &begin, &end);
    s->dropout = d->dropout;
    s->dropout.position = d->block.position + begin;
    rri_shard_fill(s, d->net->embedding, d->block.sequences + begin, end - begin);
    rri_shard_forward(s, d->factors);
    rri_shard_classify(s, d->factors);
    if (d->purpose == GRADIENT || d->purpose == SQUARES)
        run_plain(d, s, task, worker, begin);
    else
        run_tangent(d, s, task, d->tangent[worker], begin);
    if (d->total != NULL && d->vectors != NULL)
        rri_embedding_gradient_put(d->vectors, s, begin);
}

/* ---- sums ----------------------------------------------------------------------------------- */

typedef struct addition {
    rr_derivatives *d;
    size_t slots; /* that are filled */
} addition;

static void add_part(void *ctx, size_t task, size_t worker)
{
    const addition *job = ctx;
    const rr_derivatives *d = job->d;
    double *restrict total = d->total + rri_embedding_size(&d->net->cfg);
    size_t begin = 0;
    size_t end = 0;

    (void)worker;
    rri_block(d->net->parameters, PART, task, &begin, &end);
    for (size_t k = 0; k < job->slots; k++) {
        const float *restrict slot = d->slot[k];
        for (size_t i = begin; i < end; i++)
            total[i] += (double)slot[i];
    }
}

static void add_vectors(rr_derivatives *d)
{
    const rri_embedding_gradient *g = d->vectors;

    (void)rri_embedding_gradient_sum(d->vectors, d->workers);
    for (size_t i = 0; i < g->count_used; i++) {
        const size_t row = g->used[i] * g->D;
        for (size_t j = row; j < row + g->D; j++)
            d->total[j] += (double)g->sum[j];
    }
}

/* Pack the direction as the weights of a network. It is 0 where there is no gradient. */
static rr_status take_direction(rr_derivatives *d, const float *direction, rr_error *err)
{
    const rr_network_config *cfg = &d->net->cfg;
    const size_t P = rr_network_parameters(d->net);
    const size_t embedding = rri_embedding_size(cfg);
    const size_t bad = rri_first_nonfinite(direction, P, 1, 1);

    if (bad < P)
        return rri_fail(err, RR_ERR_NUMERIC, (int64_t)bad,
                        "number %zu of the direction is not finite", bad);
    memcpy(d->direction->weights, direction + embedding, d->net->parameters * sizeof *direction);
    if (rri_embedding_trained(cfg)) {
        memcpy(d->direction->embedding, direction, embedding * sizeof *direction);
        memset(d->direction->embedding, 0, d->fixed * cfg->width * sizeof *direction);
    }
    rri_factors_fill(d->along, d->direction, d->workers);
    return RR_OK;
}

size_t rri_derivatives_parameters(const rr_derivatives *d)
{
    return rr_network_parameters(d->net);
}

double rri_derivatives_length(const rr_derivatives *d)
{
    const rr_network_config *cfg = &d->net->cfg;
    const size_t embedding = rri_embedding_trained(cfg) ? rri_embedding_size(cfg) : 0;
    double square = 0.0;

    for (size_t i = 0; i < embedding; i++)
        square += (double)d->direction->embedding[i] * (double)d->direction->embedding[i];
    for (size_t i = 0; i < d->net->parameters; i++)
        square += (double)d->direction->weights[i] * (double)d->direction->weights[i];
    return sqrt(square);
}

/* Process all losses with the settings in d. */
static void run_losses(rr_derivatives *d, const rr_losses *losses)
{
    rri_factors_fill(d->factors, d->net, d->workers);
    if (d->total != NULL)
        memset(d->total, 0, rr_network_parameters(d->net) * sizeof *d->total);
    rri_loss_blocks_begin(&d->block, losses);
    for (size_t begin = 0; begin < losses->n; begin += d->block.count) {
        rri_loss_blocks_take(&d->block, begin);
        if (d->vectors != NULL && d->total != NULL)
            rri_embedding_gradient_begin(d->vectors, d->block.sequences, d->block.count);
        const size_t shards = rri_blocks(d->block.count, d->shard);
        for (d->first = 0; d->first < shards; d->first += d->slots) {
            addition job = { d, rri_min(d->slots, shards - d->first) };
            rri_parallel(d->workers, job.slots, run_shard, d);
            if (d->total != NULL)
                rri_parallel(d->workers, rri_blocks(d->net->parameters, PART), add_part, &job);
        }
        if (d->total != NULL && d->vectors != NULL)
            add_vectors(d);
    }
}

/* ---- calls ---------------------------------------------------------------------------------- */

/* NUMERIC for the first number that is not finite. */
static rr_status check_finite(const char *what, const double *x, size_t n, rr_error *err)
{
    for (size_t i = 0; x != NULL && i < n; i++)
        if (!isfinite(x[i]))
            return rri_fail(err, RR_ERR_NUMERIC, (int64_t)i, "%s %zu is not finite", what, i);
    return RR_OK;
}

/* Run the call whose inputs and outputs are set, then clear them. */
static rr_status run_call(rr_derivatives *d, const rr_losses *losses, const float *direction,
                          rr_error *err)
{
    const size_t P = rr_network_parameters(d->net);
    rr_status st = RR_OK;

    RRI_TRY(rri_losses_check(losses, d->ds, d->net->cfg.classes, err));
    if (direction != NULL)
        RRI_TRY(take_direction(d, direction, err));
    run_losses(d, losses);
    RRI_TRY(check_finite("the loss of number", d->loss, losses->n, err));
    RRI_TRY(check_finite("the slope of loss", d->slopes, losses->n, err));
    RRI_TRY(check_finite("the squared gradient of loss", d->squares, losses->n, err));
    RRI_TRY(check_finite(direction != NULL ? "the product's number" : "the gradient's number",
                         d->total, P, err));

done:
    d->loss = d->slopes = d->squares = d->total = NULL;
    return st;
}

rr_status rr_derivatives_gradient(rr_derivatives *d, const rr_losses *losses, double *loss,
                                  double *gradient, rr_error *err)
{
    d->purpose = GRADIENT;
    d->loss = loss;
    d->total = gradient;
    return run_call(d, losses, NULL, err);
}

rr_status rr_derivatives_slopes(rr_derivatives *d, const rr_losses *losses, const float *direction,
                                double *slopes, rr_error *err)
{
    d->purpose = SLOPES;
    d->slopes = slopes;
    return run_call(d, losses, direction, err);
}

rr_status rr_derivatives_product(rr_derivatives *d, const rr_losses *losses, rr_curvature curvature,
                                 const float *direction, double *product, double *slopes,
                                 rr_error *err)
{
    if ((unsigned)curvature > RR_CURVATURE_GAUSS_NEWTON)
        return rri_fail(err, RR_ERR_ARG, -1, "unknown curvature number %d", (int)curvature);
    d->purpose = curvature == RR_CURVATURE_HESSIAN ? HESSIAN : NEWTON;
    d->slopes = slopes;
    d->total = product;
    return run_call(d, losses, direction, err);
}

rr_status rr_derivatives_squares(rr_derivatives *d, const rr_losses *losses, double *squares,
                                 rr_error *err)
{
    d->purpose = SQUARES;
    d->squares = squares;
    return run_call(d, losses, NULL, err);
}
