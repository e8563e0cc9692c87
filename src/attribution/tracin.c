/* SPDX-License-Identifier: MIT */
/* tracin.c - first-order traces of training, epoch by epoch [Pruthi20].
 *
 * A step of plain SGD over a batch of B moves the weights by -(lr/B) sum g_i, and so log p(c|x) by
 * (lr/B) g_x . g_i for every i of it. With the gradients of an epoch taken at its end,
 *
 *     score(i) = sum over epochs of (lr/B) g_x . g_i
 *
 * where g_x is the sum over the targets, and all g_x . g_i are slopes along it. */
#include "attribution/attribution.h"
#include "attribution/vectors.h"
#include "rnnrepair/experimental/derivatives.h"

/* The network at the checkpoints of its training. */
typedef struct traces {
    rr_network *net; /* a copy to load checkpoints into, NULL without any */
    rr_trainer *trainer;
    rr_derivatives *d; /* over the training set, at the copy or the network itself */
    double *gradient;  /* [P] */
    float *direction;  /* [P] */
    double *slopes;    /* [N] */
} traces;

static void end(void *own)
{
    traces *t = own;

    rr_derivatives_free(t->d);
    rr_trainer_free(t->trainer);
    rr_network_free(t->net);
    rri_free(t->gradient);
    rri_free(t->direction);
    rri_free(t->slopes);
    rri_free(t);
}

/* Points of the training at which gradients are taken: after epochs 1, 2, ..., or the end. */
static size_t points(const rr_attribution_config *cfg)
{
    return cfg->count_checkpoints > 0 ? cfg->count_checkpoints - 1 : 1;
}

/* lr/B, times the epochs that a point represents. */
static double weight(const rr_attribution_config *cfg, size_t N)
{
    const double epochs = cfg->count_checkpoints > 0 ? 1.0 : (double)cfg->training.epochs;

    return epochs * cfg->training.learning_rate / (double)rri_min(cfg->training.batch, N);
}

/* Make a copy to load checkpoints into, where there are any, and derivatives at it. */
static rr_status prepare(traces *t, const rr_attribution_config *cfg, const rr_network *net,
                         const rr_dataset *train, rr_error *err)
{
    rr_train_config training = cfg->training;
    rr_status st = RR_OK;

    training.threads = cfg->threads;
    if (cfg->count_checkpoints > 0) {
        RRI_TRY(rr_network_copy(net, &t->net, err));
        RRI_TRY(rr_trainer_new(&training, t->net, train, &t->trainer, err));
        if (cfg->weights != NULL)
            RRI_TRY(rr_trainer_set_weights(t->trainer, cfg->weights, err));
    }
    RRI_TRY(rr_derivatives_new(t->net != NULL ? t->net : net, train, cfg->threads, &t->d, err));

done:
    return st;
}

static rr_status go_to(traces *t, const rr_attribution_config *cfg, size_t point, rr_error *err)
{
    return t->trainer == NULL ? RR_OK : rri_take_checkpoint(cfg, point + 1, t->trainer, err);
}

static rr_status begin(rr_attribution *a, rr_error *err)
{
    traces *t = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&t, 1, 1, sizeof *t, err));
    a->own = t; /* from here on owned by the attribution */
    RRI_TRY(rri_alloc(&t->gradient, a->P, 1, sizeof *t->gradient, err));
    RRI_TRY(rri_alloc(&t->direction, a->P, 1, sizeof *t->direction, err));
    RRI_TRY(rri_alloc(&t->slopes, a->N, 1, sizeof *t->slopes, err));
    RRI_TRY(prepare(t, &a->cfg, a->net, a->train, err));
    a->steps = points(&a->cfg);

done:
    return st;
}

static rr_status step(rr_attribution *a, rr_error *err)
{
    const rr_losses all = rr_losses_all(a->train);
    traces *t = a->own;
    rr_status st = RR_OK;

    RRI_TRY(go_to(t, &a->cfg, a->step, err));
    RRI_TRY(rri_query_gradient(a, 0, t->net != NULL ? t->net : a->net, t->gradient, err));
    rri_round(a->P, t->gradient, t->direction);
    RRI_TRY(rr_derivatives_slopes(t->d, &all, t->direction, t->slopes, err));
    rri_add(a->N, weight(&a->cfg, a->N), t->slopes, a->scores);
    a->done = a->step + 1 == a->steps;

done:
    return st;
}

const rri_method rri_tracin = { begin, step, end };

/* ---- self-influence: the squares of the gradients ------------------------------------------- */

/* Sequences whose gradients are taken between two questions for cancellation. */
enum { CHUNK = 2048 };

rr_status rri_tracin_self(const rr_attribution_config *cfg, const rr_network *net,
                          const rr_dataset *train, const uint32_t *ids, size_t n,
                          const rr_callbacks *callbacks, double *scores, rr_error *err)
{
    const size_t all = points(cfg) * n;
    traces *t = NULL;
    size_t *which = NULL;
    double *total = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&t, 1, 1, sizeof *t, err));
    RRI_TRY(rri_alloc(&t->slopes, n, 1, sizeof *t->slopes, err));
    RRI_TRY(rri_alloc(&which, n, 1, sizeof *which, err));
    RRI_TRY(rri_alloc(&total, n, 1, sizeof *total, err));
    RRI_TRY(prepare(t, cfg, net, train, err));
    for (size_t i = 0; i < n; i++)
        which[i] = ids[i];
    for (size_t e = 0; e < points(cfg); e++) {
        RRI_TRY(go_to(t, cfg, e, err));
        for (size_t i = 0; i < n; i += CHUNK) {
            const rr_losses losses = { .which = which + i, .n = rri_min(CHUNK, n - i) };
            RRI_TRY(rri_check_cancelled(callbacks, err));
            RRI_TRY(rr_derivatives_squares(t->d, &losses, t->slopes + i, err));
            rri_show(callbacks, "tracin", "gradients", e * n + i + losses.n, all, "%s", "");
        }
        rri_add(n, weight(cfg, rr_dataset_count(train)), t->slopes, total);
    }
    for (size_t i = 0; i < n; i++)
        scores[i] = total[i];

done:
    rri_show_end(callbacks);
    if (t != NULL)
        end(t);
    rri_free(which);
    rri_free(total);
    return st;
}
