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
#include "attribution/replay.h"
#include "attribution/vectors.h"
#include "rnnrepair/experimental/derivatives.h"

#include "network/network_internal.h"

#include <math.h>
#include <string.h>

typedef struct backwards {
    rri_replay *replay;
    rr_trainer *trainer; /* borrowed from replay */
    rr_derivatives *d;   /* over the training set, at the replay's network */
    size_t Q, n;         /* queries; trained numbers, the last n of all P */
    size_t slots;        /* arrays of the optimiser */
    double *adjoint;     /* [Q][1 + slots][n] lambda, then alpha */
    double *gamma;       /* [Q][n] */
    double *product;     /* [P] */
    float *direction;    /* [P]; 0 where nothing is trained */
    double *slopes;      /* [B] */
    size_t *which;       /* [B] */
    float *weights;      /* [B] */
} backwards;

static void end(void *own)
{
    backwards *b = own;

    rr_derivatives_free(b->d);
    rri_replay_free(b->replay);
    rri_free(b->adjoint);
    rri_free(b->gamma);
    rri_free(b->product);
    rri_free(b->direction);
    rri_free(b->slopes);
    rri_free(b->which);
    rri_free(b->weights);
    rri_free(b);
}

static double *adjoint_of(const backwards *b, size_t q)
{
    return b->adjoint + q * (1 + b->slots) * b->n;
}

/* lambda behind the last step: the gradient of each query. alpha is 0. */
static rr_status start(const rr_attribution *a, backwards *b, rr_error *err)
{
    rr_status st = RR_OK;

    for (size_t q = 0; q < b->Q; q++) {
        RRI_TRY(rri_query_gradient(a, q, a->net, b->product, err));
        memcpy(adjoint_of(b, q), b->product + a->P - b->n, b->n * sizeof *b->adjoint);
    }

done:
    return st;
}

static rr_status begin(rr_attribution *a, rr_error *err)
{
    const size_t B = rri_min(a->cfg.training.batch, a->N);
    backwards *b = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&b, 1, 1, sizeof *b, err));
    a->own = b; /* from here on owned by the attribution */
    RRI_TRY(rri_replay_new(&a->cfg, a->net, a->train, &b->replay, err));
    b->trainer = rri_replay_trainer(b->replay);
    b->Q = a->count_queries;
    b->n = rri_trainer_trained(b->trainer);
    b->slots = rri_trainer_slots(b->trainer);
    RRI_TRY(rri_alloc(&b->adjoint, b->Q, (1 + b->slots) * b->n, sizeof *b->adjoint, err));
    RRI_TRY(rri_alloc(&b->gamma, b->Q, b->n, sizeof *b->gamma, err));
    RRI_TRY(rri_alloc(&b->product, a->P, 1, sizeof *b->product, err));
    RRI_TRY(rri_alloc(&b->direction, a->P, 1, sizeof *b->direction, err));
    RRI_TRY(rri_alloc(&b->slopes, B, 1, sizeof *b->slopes, err));
    RRI_TRY(rri_alloc(&b->which, B, 1, sizeof *b->which, err));
    RRI_TRY(rri_alloc(&b->weights, B, 1, sizeof *b->weights, err));
    RRI_TRY(start(a, b, err));
    RRI_TRY(
        rr_derivatives_new(rri_replay_network(b->replay), a->train, a->cfg.threads, &b->d, err));
    a->steps = rri_replay_steps(b->replay);

done:
    return st;
}

/* The batch of a step. */
static rr_losses losses_of(const rr_attribution *a, const backwards *b, const rri_replay_step *at)
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

static void update_query(void *ctx, size_t q, size_t worker)
{
    const backwards *b = ctx;

    (void)worker;
    rri_trainer_adjoint(b->trainer, adjoint_of(b, q), b->gamma + q * b->n);
}

/* The direction of a query, and the power of two it is to be multiplied with. */
static double take_direction(const rr_attribution *a, const backwards *b, size_t q)
{
    const double *gamma = b->gamma + q * b->n;
    float *direction = b->direction + a->P - b->n;
    double most = 0.0;
    int exponent = 0;

    for (size_t i = 0; i < b->n; i++)
        most = fmax(most, fabs(gamma[i]));
    if (most > 0.0 && isfinite(most))
        (void)frexp(most, &exponent);
    for (size_t i = 0; i < b->n; i++)
        direction[i] = (float)ldexp(gamma[i], -exponent);
    return ldexp(1.0, exponent);
}

/* Update lambda and the scores of one query; before the first step there is no product. */
static rr_status differentiate(rr_attribution *a, backwards *b, size_t q, const rr_losses *batch,
                               size_t update, rr_error *err)
{
    const double scale = take_direction(a, b, q) / (double)rri_trainer_answers(b->trainer);
    double *scores = a->scores + q * a->N;
    const rr_status st = a->done ? rr_derivatives_slopes(b->d, batch, b->direction, b->slopes, err)
                                 : rr_derivatives_product(b->d, batch, RR_CURVATURE_HESSIAN,
                                                          b->direction, b->product, b->slopes, err);

    if (st == RR_ERR_NUMERIC)
        return rri_prefix(err, st,
                          "the influence of the steps before update %zu overflows: the training is "
                          "not stable enough to be replayed so far",
                          update + 1);
    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < batch->n; i++)
        scores[batch->which[i]] -= scale * b->slopes[i];
    if (!a->done)
        rri_add(b->n, scale, b->product + a->P - b->n, adjoint_of(b, q));
    return RR_OK;
}

static rr_status step(rr_attribution *a, rr_error *err)
{
    backwards *b = a->own;
    rri_replay_step at = { .count = 0 };
    rr_status st = RR_OK;

    RRI_TRY(rri_replay_back(b->replay, &at, err));
    RRI_TRY(rri_trainer_open_step(b->trainer, err));
    const rr_losses batch = losses_of(a, b, &at);
    rri_parallel(rri_threads(a->cfg.threads), b->Q, update_query, b);
    rri_derivatives_dropout(b->d, &a->cfg.training, at.update);
    a->done = at.update == 0; /* nothing depends on values before the first step */
    for (size_t q = 0; q < b->Q; q++)
        RRI_TRY(differentiate(a, b, q, &batch, at.update, err));

done:
    return st;
}

const rri_method rri_backwards = { begin, step, end };
