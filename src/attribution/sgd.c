/* SPDX-License-Identifier: MIT */
/* sgd.c - the influence of a sequence through the optimiser steps of the actual training [Hara19],
 * extended to momentum and dropout.
 *
 * Step k of the training, with the batch S of B sequences and the weights w before it:
 *
 *     v' = mu v + (1/B) sum over S of g_i(w)        w' = w - lr v'
 *
 * Weight the loss of sequence i by 1 + e in every batch; leaving it out is e = -1, and to first
 * order in e the steps change by
 *
 *     dv' = mu dv + H_S dw + [i in S] (1/B) g_i     dw' = dw - lr dv'
 *
 * With lambda = d L_target / dw and nu = d L_target / dv behind the last step (nu = 0 there), one
 * step backwards is
 *
 *     nu' = nu - lr lambda                          of v'
 *     score(i) -= (1/B) nu' . g_i                   for i in S, as e = -1 moves -log p(c|x)
 *     lambda += H_S nu'        nu = mu nu'          of w and v
 *
 * H_S nu' and the slopes nu' . g_i come from one pass. Gradients are those of the step: with its
 * dropout, at its weights. */
#include "attribution/replay.h"
#include "attribution/vectors.h"
#include "rnnrepair/experimental/derivatives.h"

#include "network/network_internal.h"

typedef struct backwards {
    rri_replay *replay;
    rr_derivatives *d; /* over the training set, at the replay's network */
    double *lambda;    /* [P] */
    double *nu;        /* [P] */
    double *product;   /* [P] */
    float *direction;  /* [P] */
    double *slopes;    /* [B] */
    size_t *which;     /* [B] */
} backwards;

static void end(void *own)
{
    backwards *b = own;

    rr_derivatives_free(b->d);
    rri_replay_free(b->replay);
    rri_free(b->lambda);
    rri_free(b->nu);
    rri_free(b->product);
    rri_free(b->direction);
    rri_free(b->slopes);
    rri_free(b->which);
    rri_free(b);
}

static rr_status begin(rr_attribution *a, rr_error *err)
{
    const size_t B = rri_min(a->cfg.training.batch, a->N);
    backwards *b = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&b, 1, 1, sizeof *b, err));
    a->own = b; /* from here on owned by the attribution */
    RRI_TRY(rri_alloc(&b->lambda, a->P, 1, sizeof *b->lambda, err));
    RRI_TRY(rri_alloc(&b->nu, a->P, 1, sizeof *b->nu, err));
    RRI_TRY(rri_alloc(&b->product, a->P, 1, sizeof *b->product, err));
    RRI_TRY(rri_alloc(&b->direction, a->P, 1, sizeof *b->direction, err));
    RRI_TRY(rri_alloc(&b->slopes, B, 1, sizeof *b->slopes, err));
    RRI_TRY(rri_alloc(&b->which, B, 1, sizeof *b->which, err));
    RRI_TRY(rri_target_gradient(a, a->net, b->lambda, err));
    RRI_TRY(rri_replay_new(&a->cfg, a->net, a->train, &b->replay, err));
    RRI_TRY(
        rr_derivatives_new(rri_replay_network(b->replay), a->train, a->cfg.threads, &b->d, err));
    a->steps = rri_replay_steps(b->replay);

done:
    return st;
}

/* Update lambda and nu, and the scores of the batch; the first step needs no product. */
static rr_status differentiate(const rr_attribution *a, backwards *b, const rr_losses *batch,
                               size_t update, rr_error *err)
{
    const rr_status st = a->done ? rr_derivatives_slopes(b->d, batch, b->direction, b->slopes, err)
                                 : rr_derivatives_product(b->d, batch, RR_CURVATURE_HESSIAN,
                                                          b->direction, b->product, b->slopes, err);

    if (st == RR_ERR_NUMERIC)
        return rri_prefix(err, st,
                          "the influence of the steps before update %zu overflows: the training is "
                          "not stable enough to be replayed so far",
                          update + 1);
    return st;
}

static rr_status step(rr_attribution *a, rr_error *err)
{
    const rr_train_config *t = &a->cfg.training;
    backwards *b = a->own;
    rri_replay_step at = { .count = 0 };
    rr_losses batch = { .which = b->which };
    rr_status st = RR_OK;

    RRI_TRY(rri_replay_back(b->replay, &at, err));
    const double B = (double)at.count;
    batch.n = at.count;
    for (size_t i = 0; i < at.count; i++)
        b->which[i] = at.ids[i];
    rri_add(a->P, -t->learning_rate, b->lambda, b->nu);
    rri_round(a->P, b->nu, b->direction);
    rri_derivatives_dropout(b->d, t, at.update);
    a->done = at.update == 0; /* nothing depends on values before the first step */
    RRI_TRY(differentiate(a, b, &batch, at.update, err));
    for (size_t i = 0; i < at.count; i++)
        a->scores[at.ids[i]] -= b->slopes[i] / B;
    rri_add(a->P, 1.0 / B, b->product, b->lambda);
    for (size_t i = 0; i < a->P; i++)
        b->nu[i] *= t->momentum;

done:
    return st;
}

const rri_method rri_sgd = { begin, step, end };
