/* SPDX-License-Identifier: MIT */
/* backwards.c - the derivative of a prediction by the loss weight of every training sequence,
 * through all steps of the actual training, from the last to the first. Methods sgd and replay:
 * [Hara19] for plain SGD, here extended to every update rule, clipping and dropout.
 *
 * Step k of the training, with the batch S of B losses, the weights w and the optimiser's arrays a
 * before it:
 *
 *     G = (1/B) sum over S of c_i g_i(w)        (w', a') = update(w, a, G)
 *
 * c_i is the loss weight of sequence i. With the derivatives of the target's loss L by w' and a',
 * lambda and alpha, the update gives those by a and G, gamma = dL/dG (network/trainer_adjoint.c),
 * and the gradient gives the rest:
 *
 *     dL/dc_i += (1/B) gamma . g_i              for i in S
 *     lambda  += (1/B) sum over S of c_i H_i gamma
 *
 * Products and slopes come from one pass. Gradients are those of the step: with its dropout, at its
 * weights. The score of i is -dL/dc_i: what one unit less of its loss would cost the target.
 * Several queries, each a sum of targets, have their own derivatives and share the states of the
 * training.
 *
 * Derivatives are in double. A product's direction is float: it is scaled by a power of two to a
 * largest value of about 1, so that neither exponents nor bits are lost to the scale. */
#include "attribution/backwards.h"
#include "attribution/vectors.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void end(void *own)
{
    rri_backwards_state *b = own;

    rr_derivatives_free(b->d);
    rri_replay_free(b->replay);
    rri_free(b->adjoint);
    rri_free(b->averaged);
    rri_free(b->gamma);
    rri_free(b->direction);
    rri_free(b->scale);
    rri_free(b->slopes);
    rri_free(b->step_slopes);
    rri_free(b->first_step);
    rri_free(b->along);
    rri_free(b->which);
    rri_free(b->weights);
    rri_free(b);
}

static double *adjoint_of(const rri_backwards_state *b, size_t q)
{
    return b->adjoint + q * (1 + b->slots) * b->n;
}

/* lambda behind the last step: the gradient of each query. alpha is 0. Where the network is the
 * mean of the weights after the last epoch's steps, each of these steps has its part of the
 * gradient. */
static rr_status start(const rr_attribution *a, rri_backwards_state *b, rr_error *err)
{
    double *gradient = NULL; /* [P] */
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&gradient, a->P, 1, sizeof *gradient, err));
    for (size_t q = 0; q < b->Q; q++) {
        RRI_TRY(rri_query_gradient(a, q, a->net, gradient, err));
        const double *trained = gradient + a->P - b->n;
        if (b->averaged == NULL)
            memcpy(adjoint_of(b, q), trained, b->n * sizeof *trained);
        else
            rri_add(b->n, (double)a->cfg.training.epochs / (double)rri_replay_steps(b->replay),
                    trained, b->averaged + q * b->n);
    }

done:
    rri_free(gradient);
    return st;
}

static rr_status alloc_all(const rr_attribution *a, rri_backwards_state *b, rr_error *err)
{
    const size_t B = rri_min(a->cfg.training.batch, a->N);
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&b->adjoint, b->Q, (1 + b->slots) * b->n, sizeof *b->adjoint, err));
    if (a->cfg.training.average)
        RRI_TRY(rri_alloc(&b->averaged, b->Q, b->n, sizeof *b->averaged, err));
    RRI_TRY(rri_alloc(&b->gamma, b->Q, b->n, sizeof *b->gamma, err));
    RRI_TRY(rri_alloc(&b->direction, b->Q, b->n, sizeof *b->direction, err));
    RRI_TRY(rri_alloc(&b->scale, b->Q, 1, sizeof *b->scale, err));
    RRI_TRY(rri_alloc(&b->slopes, b->Q, B, sizeof *b->slopes, err));
    RRI_TRY(rri_alloc(&b->along, b->Q, 1, sizeof *b->along, err));
    RRI_TRY(rri_alloc(&b->which, B, 1, sizeof *b->which, err));
    RRI_TRY(rri_alloc(&b->weights, B, 1, sizeof *b->weights, err));
    if (a->step_scores == NULL)
        return RR_OK;
    RRI_TRY(rri_alloc(&b->step_slopes, b->Q, B * rr_dataset_max_steps(a->train),
                      sizeof *b->step_slopes, err));
    RRI_TRY(rri_alloc(&b->first_step, a->N, 1, sizeof *b->first_step, err));
    for (size_t i = 1; i < a->N; i++)
        b->first_step[i] = b->first_step[i - 1] + rr_dataset_at(a->train, i - 1).steps;

done:
    return st;
}

/* Continue from the state in the file, where there is one. */
static rr_status resume(rr_attribution *a, rri_backwards_state *b, rr_error *err)
{
    const size_t epochs = a->cfg.training.epochs;
    size_t epoch = epochs;
    rr_status st = RR_OK;

    a->steps = rri_replay_steps(b->replay);
    RRI_TRY(rri_backwards_load(a, b, &epoch, err));
    if (epoch == epochs)
        return RR_OK;
    RRI_TRY(rri_replay_begin_before(b->replay, epoch, err));
    a->step = a->steps / epochs * (epochs - epoch);

done:
    return st;
}

static rr_status begin(rr_attribution *a, rr_error *err)
{
    rri_backwards_state *b = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&b, 1, 1, sizeof *b, err));
    a->own = b; /* from here on owned by the attribution */
    RRI_TRY(rri_replay_new(&a->cfg, a->net, a->train, &b->replay, err));
    b->trainer = rri_replay_trainer(b->replay);
    b->Q = a->count_queries;
    b->n = rri_trainer_trained(b->trainer);
    b->slots = rri_trainer_slots(b->trainer);
    RRI_TRY(alloc_all(a, b, err));
    RRI_TRY(start(a, b, err));
    RRI_TRY(
        rr_derivatives_new(rri_replay_network(b->replay), a->train, a->cfg.threads, &b->d, err));
    RRI_TRY(resume(a, b, err));

done:
    return st;
}

/* The batch of a step. */
static rr_losses losses_of(const rr_attribution *a, const rri_backwards_state *b,
                           const rri_replay_step *at)
{
    const float *weights = a->cfg.weights;

    for (size_t i = 0; i < at->count; i++) {
        b->which[i] = at->ids[i];
        b->weights[i] = weights != NULL ? weights[at->ids[i]] : 1.0f;
    }
    return (rr_losses){ .which = b->which,
                        .n = at->count,
                        .weights = weights != NULL ? b->weights : NULL };
}

/* The direction of a query, and the power of two it is to be multiplied with. */
static double take_direction(const double *gamma, size_t n, float *direction)
{
    double most = 0.0;
    int exponent = 0;

    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs(gamma[i]));
    if (most > 0.0 && isfinite(most))
        (void)frexp(most, &exponent);
    const double down = ldexp(1.0, -exponent);
    for (size_t i = 0; i < n; i++)
        direction[i] = (float)(gamma[i] * down);
    return ldexp(1.0, exponent);
}

/* Through the update: alpha before it, and the direction of query q. */
static void update_query(void *ctx, size_t q, size_t worker)
{
    const rri_backwards_state *b = ctx;
    double *gamma = b->gamma + q * b->n;

    (void)worker;
    rri_trainer_adjoint(b->trainer, b->gradient, adjoint_of(b, q), gamma);
    b->scale[q] =
        take_direction(gamma, b->n, b->direction + q * b->n) / (double)b->gradient->answers;
}

/* Through the gradient: lambda before it, unless this is the first step. */
static void add_product(void *ctx, size_t q, size_t worker)
{
    const rri_backwards_state *b = ctx;

    (void)worker;
    rri_add(b->n, b->scale[q], b->gamma + q * b->n, adjoint_of(b, q));
}

/* The derivatives of one kind along the directions of all queries. */
static rr_status run_along(const rri_backwards_state *b, const rr_losses *batch,
                           rri_product_kind kind, size_t update, rr_error *err)
{
    const rr_status st = rri_derivatives_along(b->d, batch, kind, b->along, b->Q, err);

    if (st == RR_ERR_NUMERIC)
        return rri_prefix(err, st,
                          "the influence of the steps before update %zu overflows: the training is "
                          "not stable enough to be replayed so far",
                          update + 1);
    return st;
}

/* The scores of the batch. */
static rr_status score(const rr_attribution *a, const rri_backwards_state *b,
                       const rr_losses *batch, const rri_replay_step *at, rr_error *err)
{
    const bool first = at->update == 0; /* nothing depends on values before the first step */
    rr_status st = RR_OK;

    for (size_t q = 0; q < b->Q; q++)
        b->along[q] = (rri_along){ .direction = b->direction + q * b->n,
                                   .slopes = b->slopes + q * batch->n,
                                   .total = first ? NULL : b->gamma + q * b->n };
    RRI_TRY(run_along(b, batch, first ? RRI_SLOPES_ONLY : RRI_PRODUCTS, at->update, err));
    for (size_t q = 0; q < b->Q; q++)
        for (size_t i = 0; i < batch->n; i++)
            a->scores[q * a->N + batch->which[i]] -= b->scale[q] * b->slopes[q * batch->n + i];

done:
    return st;
}

/* The scores of its steps. */
static rr_status score_steps(const rr_attribution *a, const rri_backwards_state *b,
                             const rr_losses *batch, const rri_replay_step *at, rr_error *err)
{
    size_t steps = 0;
    rr_status st = RR_OK;

    if (a->step_scores == NULL)
        return RR_OK;
    for (size_t i = 0; i < batch->n; i++)
        steps += rr_dataset_at(a->train, batch->which[i]).steps;
    for (size_t q = 0; q < b->Q; q++)
        b->along[q] = (rri_along){ .direction = b->direction + q * b->n,
                                   .step_slopes = b->step_slopes + q * steps };
    RRI_TRY(run_along(b, batch, RRI_BY_STEP, at->update, err));
    for (size_t q = 0; q < b->Q; q++) {
        const double *from = b->step_slopes + q * steps;
        for (size_t i = 0; i < batch->n; i++) {
            const size_t id = batch->which[i];
            double *to = a->step_scores + q * rr_dataset_steps(a->train) + b->first_step[id];
            for (size_t t = 0; t < rr_dataset_at(a->train, id).steps; t++)
                to[t] -= b->scale[q] * *from++;
        }
    }

done:
    return st;
}

/* What is known after an epoch goes to the file; after the first one there is no more to do. */
static rr_status keep_state(const rr_attribution *a, const rri_backwards_state *b, size_t update,
                            rr_error *err)
{
    const size_t batches = a->steps / a->cfg.training.epochs;

    if (a->cfg.state == NULL || update % batches != 0)
        return RR_OK;
    if (update > 0)
        return rri_backwards_save(a, b, update / batches, err);
    (void)remove(a->cfg.state);
    return RR_OK;
}

static rr_status step(rr_attribution *a, rr_error *err)
{
    const size_t threads = rri_threads(a->cfg.threads);
    rri_backwards_state *b = a->own;
    rri_replay_step at = { .count = 0 };
    rr_status st = RR_OK;

    RRI_TRY(rri_replay_back(b->replay, &at, err));
    b->gradient = at.gradient;
    const rr_losses batch = losses_of(a, b, &at);
    if (b->averaged != NULL && at.update >= a->steps - a->steps / a->cfg.training.epochs)
        for (size_t q = 0; q < b->Q; q++)
            rri_add(b->n, 1.0, b->averaged + q * b->n, adjoint_of(b, q));
    rri_parallel(threads, b->Q, update_query, b);
    rri_derivatives_dropout(b->d, &a->cfg.training, at.update);
    RRI_TRY(score(a, b, &batch, &at, err));
    RRI_TRY(score_steps(a, b, &batch, &at, err));
    if (at.update > 0)
        rri_parallel(threads, b->Q, add_product, b);
    RRI_TRY(keep_state(a, b, at.update, err));
    a->done = at.update == 0;

done:
    return st;
}

const rri_method rri_backwards = { begin, step, end };
