/* SPDX-License-Identifier: MIT */
/* derivatives.c - derivatives of single losses: slopes, curvature products, gradient norms.
 *
 * Losses are processed in blocks, each sorted by length and divided into shards of a fixed size.
 * Threads take shards; each shard has a slot for its sum over the weights. When all slots of a
 * round are full they are added to the result in the order of the shards, in double. So the bits
 * depend neither on the number of threads nor on that of slots. */
#include "network/derivatives.h"

#include <math.h>
#include <string.h>

enum {
    BLOCK = 512,         /* losses a block, at most */
    BLOCK_SYMBOLS = 128, /* the same where the gradients of the steps' vectors are stored */
    SLOTS = 4,           /* sums over the weights a thread */
    PART = 16384         /* weights one task of the addition works on */
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
    for (size_t i = 0; i < d->workers; i++) {
        RRI_TRY(rri_shard_new(cfg, d->shard, steps, true, &d->work[i], err));
        RRI_TRY(rri_tangent_new(cfg, d->shard, steps, &d->tangent[i], err));
        RRI_TRY(rri_squares_new(cfg, steps, &d->pairs[i], err));
    }

done:
    return st;
}

static void free_group(rr_derivatives *d)
{
    for (size_t g = 0; d->along != NULL && g < d->group; g++)
        rri_factors_free(d->along[g]);
    for (size_t g = 0; d->direction != NULL && g < d->group; g++)
        rri_free(d->direction[g]);
    for (size_t g = 0; d->vectors != NULL && g < d->group; g++)
        rri_embedding_gradient_free(d->vectors[g]);
    for (size_t i = 0; d->slot != NULL && i < d->slots; i++)
        rri_free(d->slot[i]);
    for (size_t i = 0; d->kept != NULL && i < d->workers; i++) {
        for (size_t l = 0; l < d->net->cfg.layers; l++) {
            rri_free(d->kept[i].gate != NULL ? d->kept[i].gate[l] : NULL);
            rri_free(d->kept[i].extra != NULL ? d->kept[i].extra[l] : NULL);
        }
        rri_free(d->kept[i].gate);
        rri_free(d->kept[i].extra);
        rri_free(d->kept[i].logits);
    }
    rri_free(d->along);
    rri_free(d->direction);
    rri_free(d->vectors);
    rri_free(d->slot);
    rri_free(d->kept);
    d->along = NULL;
    d->direction = NULL;
    d->vectors = NULL;
    d->slot = NULL;
    d->kept = NULL;
    d->group = 0;
}

static rr_status alloc_kept(const rr_derivatives *d, rri_kept *kept, rr_error *err)
{
    const rr_network_config *cfg = &d->net->cfg;
    const size_t rows = d->shard * rr_dataset_max_steps(d->ds);
    const size_t GH = rri_cell_gates(cfg->cell) * cfg->hidden;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&kept->logits, cfg->output == RR_OUTPUT_STEP ? rows : d->shard, cfg->classes,
                      sizeof *kept->logits, err));
    RRI_TRY(rri_alloc(&kept->gate, cfg->layers, 1, sizeof *kept->gate, err));
    RRI_TRY(rri_alloc(&kept->extra, cfg->layers, 1, sizeof *kept->extra, err));
    for (size_t l = 0; l < cfg->layers; l++) {
        RRI_TRY(rri_alloc(&kept->gate[l], rows, GH, sizeof(float), err));
        if (cfg->cell == RR_CELL_GRU)
            RRI_TRY(rri_alloc(&kept->extra[l], rows, cfg->hidden, sizeof(float), err));
    }

done:
    return st;
}

/* What is needed to work on `group` directions together. Where it fails there is nothing left. */
static rr_status alloc_group(rr_derivatives *d, size_t group, rr_error *err)
{
    const rr_network_config *cfg = &d->net->cfg;
    rr_status st = RR_OK;

    free_group(d);
    d->group = group;
    d->slots = group > 1 ? d->workers : SLOTS * d->workers;
    RRI_TRY(rri_alloc(&d->along, group, 1, sizeof *d->along, err));
    RRI_TRY(rri_alloc(&d->direction, group, 1, sizeof *d->direction, err));
    RRI_TRY(rri_alloc(&d->vectors, group, 1, sizeof *d->vectors, err));
    RRI_TRY(rri_alloc(&d->slot, d->slots, 1, sizeof *d->slot, err));
    for (size_t g = 0; g < group; g++) {
        RRI_TRY(rri_factors_new(cfg, true, &d->along[g], err));
        RRI_TRY(rri_alloc(&d->direction[g], d->trained, 1, sizeof(float), err));
        if (rri_embedding_trained(cfg))
            RRI_TRY(rri_embedding_gradient_new(d->net, d->ds, BLOCK_SYMBOLS, &d->vectors[g], err));
    }
    for (size_t i = 0; i < d->slots; i++)
        RRI_TRY(rri_alloc(&d->slot[i], group, d->net->parameters, sizeof(float), err));
    if (group > 1) {
        RRI_TRY(rri_alloc(&d->kept, d->workers, 1, sizeof *d->kept, err));
        for (size_t i = 0; i < d->workers; i++)
            RRI_TRY(alloc_kept(d, &d->kept[i], err));
    }

done:
    if (st != RR_OK)
        free_group(d);
    return st;
}

static rr_status alloc_all(rr_derivatives *d, size_t block, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(alloc_workers(d, err));
    RRI_TRY(rri_factors_new(&d->net->cfg, true, &d->factors, err));
    RRI_TRY(alloc_group(d, 1, err));
    RRI_TRY(rri_loss_blocks_init(&d->block, d->ds, block,
                                 d->vectors[0] != NULL ? d->vectors[0]->rows : SIZE_MAX, err));

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
    if (N == 0)
        return rri_fail(err, RR_ERR_SHAPE, -1, "the dataset has no sequence");
    RRI_TRY(rri_alloc(&d, 1, 1, sizeof *d, err));
    d->net = net;
    d->ds = ds;
    d->fixed = rri_symbols_are_words(net) ? RR_WORD_UNKNOWN + 1 : 0;
    const size_t block = rri_embedding_trained(&net->cfg) ? BLOCK_SYMBOLS : BLOCK;
    d->shard = rri_shard_batch_size(&net->cfg, rr_dataset_steps(ds) / N, block);
    d->workers = rri_min(rri_threads(threads), rri_blocks(block, d->shard));
    d->trained =
        net->parameters + (rri_embedding_trained(&net->cfg) ? rri_embedding_size(&net->cfg) : 0);
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
    free_group(d);
    rri_free(d->work);
    rri_free(d->tangent);
    rri_free(d->pairs);
    rri_factors_free(d->factors);
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

/* ---- sums ----------------------------------------------------------------------------------- */

typedef struct addition {
    rr_derivatives *d;
    size_t slots; /* that are filled */
} addition;

/* A part of the weights of one direction's total. */
static void add_part(void *ctx, size_t task, size_t worker)
{
    const addition *job = ctx;
    const rr_derivatives *d = job->d;
    const size_t P = d->net->parameters;
    const size_t parts = rri_blocks(P, PART);
    const size_t g = task / parts;
    double *restrict total = d->asked[g].total + d->trained - P;
    size_t begin = 0;
    size_t end = 0;

    (void)worker;
    rri_block(P, PART, task % parts, &begin, &end);
    for (size_t k = 0; k < job->slots; k++) {
        const float *restrict slot = d->slot[k] + g * P;
        for (size_t i = begin; i < end; i++)
            total[i] += (double)slot[i];
    }
}

static void add_vectors(rr_derivatives *d, size_t g)
{
    const rri_embedding_gradient *sums = d->vectors[g];

    (void)rri_embedding_gradient_sum(d->vectors[g], d->workers);
    for (size_t i = 0; i < sums->count_used; i++) {
        const size_t row = sums->used[i] * sums->D;
        for (size_t j = row; j < row + sums->D; j++)
            d->asked[g].total[j] += (double)sums->sum[j];
    }
}

/* Whether the call adds up gradients, so that every direction has a total. */
static bool sums_up(const rr_derivatives *d)
{
    return d->asked[0].total != NULL;
}

/* Copy and pack a direction. It is 0 where there is no gradient. */
static rr_status take_direction(rr_derivatives *d, size_t g, rr_error *err)
{
    const size_t embedding = d->trained - d->net->parameters;
    const float *direction = d->asked[g].direction;
    const size_t bad = rri_first_nonfinite(direction, d->trained, 1, 1);

    if (bad < d->trained)
        return rri_fail(err, RR_ERR_NUMERIC, (int64_t)bad,
                        "number %zu of the direction is not finite", bad);
    memcpy(d->direction[g], direction, d->trained * sizeof *direction);
    if (embedding > 0)
        memset(d->direction[g], 0, d->fixed * d->net->cfg.width * sizeof *direction);
    rri_factors_fill(d->along[g], d->direction[g] + embedding, d->workers);
    return RR_OK;
}

size_t rri_derivatives_parameters(const rr_derivatives *d)
{
    return rr_network_parameters(d->net);
}

double rri_derivatives_length(const rr_derivatives *d)
{
    double square = 0.0;

    for (size_t i = 0; i < d->trained; i++)
        square += (double)d->direction[0][i] * (double)d->direction[0][i];
    return sqrt(square);
}

/* A round of shards, and the addition of their slots. */
static void run_round(rr_derivatives *d, size_t shards)
{
    addition job = { d, rri_min(d->slots, shards - d->first) };

    rri_parallel(d->workers, job.slots, rri_derivatives_shard, d);
    if (sums_up(d))
        rri_parallel(d->workers, d->count * rri_blocks(d->net->parameters, PART), add_part, &job);
}

/* Process all losses with the settings in d. */
static void run_losses(rr_derivatives *d, const rr_losses *losses)
{
    const bool vectors = d->vectors[0] != NULL && sums_up(d);

    rri_factors_fill(d->factors, d->net->weights, d->workers);
    for (size_t g = 0; sums_up(d) && g < d->count; g++)
        memset(d->asked[g].total, 0, d->trained * sizeof *d->asked[g].total);
    rri_loss_blocks_begin(&d->block, losses);
    for (size_t begin = 0; begin < losses->n; begin += d->block.count) {
        rri_loss_blocks_take(&d->block, begin);
        for (size_t g = 0; vectors && g < d->count; g++)
            rri_embedding_gradient_begin(d->vectors[g], d->block.sequences, d->block.count);
        const size_t shards = rri_blocks(d->block.count, d->shard);
        for (d->first = 0; d->first < shards; d->first += d->slots)
            run_round(d, shards);
        for (size_t g = 0; vectors && g < d->count; g++)
            add_vectors(d, g);
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

/* Run the call whose purpose and outputs are set along at most `group` directions, or none. */
static rr_status run_group(rr_derivatives *d, const rr_losses *losses, const rri_along *asked,
                           size_t count, rr_error *err)
{
    rr_status st = RR_OK;

    d->asked = asked;
    d->count = count;
    for (size_t g = 0; asked[0].direction != NULL && g < count; g++)
        RRI_TRY(take_direction(d, g, err));
    run_losses(d, losses);
    RRI_TRY(check_finite("the loss of number", d->loss, losses->n, err));
    RRI_TRY(check_finite("the squared gradient of loss", d->squares, losses->n, err));
    for (size_t g = 0; g < count; g++) {
        RRI_TRY(check_finite("the slope of loss", asked[g].slopes, losses->n, err));
        RRI_TRY(check_finite(asked[g].direction != NULL ? "the product's number"
                                                        : "the gradient's number",
                             asked[g].total, d->trained, err));
    }

done:
    return st;
}

/* Directions to work on together: what a thread adds up is to stay below 64 MiB. */
static size_t group_of(const rr_derivatives *d, size_t count)
{
    const size_t most = ((size_t)1 << 24) / rri_max(1, d->trained);

    return rri_max(1, rri_min(rri_min(count, 16), most));
}

/* The same along any number of directions, then clear the outputs. */
static rr_status run_call(rr_derivatives *d, const rr_losses *losses, const rri_along *asked,
                          size_t count, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(rri_losses_check(losses, d->ds, &d->net->cfg, err));
    if (group_of(d, count) > d->group || d->along == NULL)
        RRI_TRY(alloc_group(d, group_of(d, count), err));
    for (size_t i = 0; i < count; i += d->group)
        RRI_TRY(run_group(d, losses, asked + i, rri_min(d->group, count - i), err));

done:
    d->loss = d->squares = NULL;
    return st;
}

/* The part of [rr_network_parameters()] that is trained; a frozen embedding's is passed over, or
 * set to 0. */
static size_t skip_frozen(const rr_derivatives *d, double *total)
{
    const size_t frozen = rr_network_parameters(d->net) - d->trained;

    if (total != NULL)
        memset(total, 0, frozen * sizeof *total);
    return frozen;
}

rr_status rri_derivatives_along(rr_derivatives *d, const rr_losses *losses, rri_product_kind kind,
                                const rri_along *asked, size_t count, rr_error *err)
{
    const bool each = d->net->cfg.output == RR_OUTPUT_STEP;

    d->purpose = kind == RRI_PRODUCTS           ? RRI_HESSIAN
                 : kind == RRI_BY_STEP && !each ? RRI_STEP_SLOPES
                                                : RRI_SLOPES;
    return run_call(d, losses, asked, count, err);
}

rr_status rr_derivatives_gradient(rr_derivatives *d, const rr_losses *losses, double *loss,
                                  double *gradient, rr_error *err)
{
    const rri_along asked = { .total = gradient + skip_frozen(d, gradient) };

    d->purpose = RRI_GRADIENT;
    d->loss = loss;
    return run_call(d, losses, &asked, 1, err);
}

rr_status rr_derivatives_slopes(rr_derivatives *d, const rr_losses *losses, const float *direction,
                                double *slopes, rr_error *err)
{
    const rri_along asked = { .direction = direction + skip_frozen(d, NULL), .slopes = slopes };

    d->purpose = RRI_SLOPES;
    return run_call(d, losses, &asked, 1, err);
}

rr_status rr_derivatives_product(rr_derivatives *d, const rr_losses *losses, rr_curvature curvature,
                                 const float *direction, double *product, double *slopes,
                                 rr_error *err)
{
    const rri_along asked = { .direction = direction + skip_frozen(d, NULL),
                              .slopes = slopes,
                              .total = product + skip_frozen(d, product) };

    if ((unsigned)curvature > RR_CURVATURE_GAUSS_NEWTON)
        return rri_fail(err, RR_ERR_ARG, -1, "unknown curvature number %d", (int)curvature);
    d->purpose = curvature == RR_CURVATURE_HESSIAN ? RRI_HESSIAN : RRI_NEWTON;
    return run_call(d, losses, &asked, 1, err);
}

rr_status rr_derivatives_squares(rr_derivatives *d, const rr_losses *losses, double *squares,
                                 rr_error *err)
{
    const rri_along asked = { .total = NULL };

    if (d->net->cfg.output == RR_OUTPUT_STEP)
        return rri_fail(err, RR_ERR_UNSUPPORTED, -1,
                        "norms of single gradients are of networks that answer after the last "
                        "step; this one answers at every step");
    d->purpose = RRI_SQUARES;
    d->squares = squares;
    return run_call(d, losses, &asked, 1, err);
}
