/* SPDX-License-Identifier: MIT */
/* reference.h - a whole training in double: an Elman network of one layer on the fixture's data,
 * with every update rule, clipping, dropout, loss weights, both heads, an output after the last
 * step or at every one, and vectors of symbols that are trained. Written out plainly, without a
 * line of the library's but for the order of the batches and the masks of dropout. */
#ifndef RR_TESTS_ATTRIBUTION_REFERENCE_H
#define RR_TESTS_ATTRIBUTION_REFERENCE_H

#include "fixture.h"
#include "network/shard.h"

enum { RH = 4, RP = 256 }; /* hidden units; room for the parameters */

typedef struct reference {
    const fixture *f;
    rr_network_config net;
    size_t P;
    double w[RP], first[RP], second[RP]; /* the weights, the optimiser's arrays */
    double g[RP];                        /* of the batch */
    rri_shard *shard;                    /* for masks alone */
    double step_weight[N][LONGEST];      /* beside the sequence's: of the loss at each step, or,
                                            where only the last has one, of the part of the gradient
                                            by the use of the weights there */
} reference;

/* Where each matrix begins, in the order of the library's gradients. */
typedef struct places {
    size_t ih, hh, b_ih, b_hh, out, b_out;
} places;

static inline places places_of(const reference *r)
{
    places p = { .ih = r->net.vocabulary * D };

    p.hh = p.ih + RH * D;
    p.b_ih = p.hh + RH * RH;
    p.b_hh = p.b_ih + RH;
    p.out = p.b_hh + RH;
    p.b_out = p.out + rri_outputs(&r->net) * RH;
    return p;
}

static inline void reference_make(reference *r, const fixture *f)
{
    rr_error err = { 0 };

    *r = (reference){ .f = f, .net = rr_network_config_of(f->net) };
    r->P = rr_network_parameters(f->net);
    assert_true(r->P <= RP && r->net.hidden == RH && r->net.cell == RR_CELL_TANH);
    CHECK_OK(rri_shard_new(&r->net, 1, LONGEST, true, &r->shard, &err), err);
    for (size_t i = 0; i < N; i++)
        for (size_t t = 0; t < LONGEST; t++)
            r->step_weight[i][t] = 1.0;
}

static inline void reference_free(reference *r)
{
    rri_shard_free(r->shard);
}

/* The masks of the sequence at a position of its batch: what each value is multiplied with. */
static inline void masks_of(reference *r, const rr_sequence *q, size_t update, size_t position,
                            double input[LONGEST][D], double last[LONGEST][RH])
{
    const rr_train_config *cfg = &r->f->cfg;
    const bool each = r->net.output == RR_OUTPUT_STEP;
    float x[LONGEST * D];
    float h[LONGEST * RH];
    rri_shard *s = r->shard;

    for (size_t i = 0; i < LONGEST * D; i++)
        x[i] = 1.0f;
    for (size_t i = 0; i < LONGEST * RH; i++)
        h[i] = 1.0f;
    s->dropout = (rri_dropout){ .input = (float)cfg->dropout_input,
                                .last = (float)cfg->dropout_last,
                                .seed = cfg->seed,
                                .step = update,
                                .first = position };
    rri_shard_fill(s, r->f->net->embedding, q, 1);
    if (cfg->dropout_input > 0.0)
        rri_drop_input(s, x);
    if (cfg->dropout_last > 0.0)
        rri_drop_last(s, h);
    for (size_t t = 0; t < q->steps; t++) {
        for (size_t d = 0; d < D; d++)
            input[t][d] = (double)x[t * D + d];
        for (size_t j = 0; j < RH; j++)
            last[t][j] = (double)h[(each ? t : 0) * RH + j];
    }
}

/* The loss of class c at a state; adds its gradients to dh, weighted, and to g, times `use`. */
static inline double answer(const reference *r, const double *h, const double *mask, uint32_t c,
                            double weight, double use, double *g, double *dh)
{
    const places at = places_of(r);
    const size_t O = rri_outputs(&r->net);
    double z[C] = { 0.0 };
    double sum = 0.0;

    for (size_t o = 0; o < O; o++) {
        z[C - O + o] = r->w[at.b_out + o];
        for (size_t j = 0; j < RH; j++)
            z[C - O + o] += r->w[at.out + o * RH + j] * h[j] * mask[j];
    }
    for (size_t k = 0; k < C; k++)
        sum += exp(z[k]);
    for (size_t o = 0; g != NULL && o < O; o++) {
        const double d = weight * (exp(z[C - O + o]) / sum - (C - O + o == c ? 1.0 : 0.0));
        g[at.b_out + o] += use * d;
        for (size_t j = 0; j < RH; j++) {
            g[at.out + o * RH + j] += use * d * h[j] * mask[j];
            dh[j] += d * r->w[at.out + o * RH + j] * mask[j];
        }
    }
    return log(sum) - z[c];
}

/* The loss of one sequence, of `label` after its last step or of its labelled steps, or of `label`
 * at `step`; *answers is how many losses that is. Adds weight times its gradient to g, NULL = none;
 * by_step [steps] as step_weight, not NULL with g. */
static inline double sequence_loss(const reference *r, const rr_sequence *q, uint32_t label,
                                   size_t step, double mask[LONGEST][D], double last[LONGEST][RH],
                                   double weight, const double *by_step, double *g, size_t *answers)
{
    const places at = places_of(r);
    const bool each = r->net.output == RR_OUTPUT_STEP;
    double x[LONGEST][D];
    double h[LONGEST + 1][RH] = { { 0.0 } };
    double dh[LONGEST + 1][RH] = { { 0.0 } };
    double loss = 0.0;

    for (size_t t = 0; t < q->steps; t++) {
        for (size_t d = 0; d < D; d++)
            x[t][d] = (q->frames != NULL ? (double)q->frames[t * D + d]
                                         : r->w[(size_t)q->symbols[t] * D + d]) *
                      mask[t][d];
        for (size_t j = 0; j < RH; j++) {
            double a = r->w[at.b_ih + j] + r->w[at.b_hh + j];
            for (size_t d = 0; d < D; d++)
                a += r->w[at.ih + j * D + d] * x[t][d];
            for (size_t k = 0; k < RH; k++)
                a += r->w[at.hh + j * RH + k] * h[t][k];
            h[t + 1][j] = tanh(a);
        }
        const uint32_t here = step != SIZE_MAX    ? (t == step ? label : RR_NO_LABEL)
                              : each              ? q->step_labels[t]
                              : t + 1 == q->steps ? label
                                                  : RR_NO_LABEL;
        if (here == RR_NO_LABEL)
            continue;
        const double part = by_step != NULL ? by_step[t] : 1.0;
        loss += answer(r, h[t + 1], last[t], here, each ? part * weight : weight, each ? 1.0 : part,
                       g, dh[t + 1]);
        *answers += 1;
    }
    for (size_t t = q->steps; g != NULL && t-- > 0;)
        for (size_t j = 0; j < RH; j++) {
            const double a = dh[t + 1][j] * (1.0 - h[t + 1][j] * h[t + 1][j]);
            const double use = each ? a : by_step[t] * a;
            g[at.b_ih + j] += use;
            g[at.b_hh + j] += use;
            for (size_t d = 0; d < D; d++) {
                g[at.ih + j * D + d] += use * x[t][d];
                if (q->symbols != NULL)
                    g[(size_t)q->symbols[t] * D + d] += use * r->w[at.ih + j * D + d] * mask[t][d];
            }
            for (size_t k = 0; k < RH; k++) {
                g[at.hh + j * RH + k] += use * h[t][k];
                dh[t][k] += a * r->w[at.hh + j * RH + k];
            }
        }
    return loss;
}

/* The update rule, as optimizer.h defines it. */
static inline void reference_update(reference *r, size_t step)
{
    const rr_train_config *c = &r->f->cfg;
    double norm = 0.0;

    for (size_t i = 0; i < r->P; i++)
        norm += r->g[i] * r->g[i];
    norm = sqrt(norm);
    const double scale = c->clip_norm > 0.0 && norm > c->clip_norm ? c->clip_norm / norm : 1.0;
    for (size_t i = 0; i < r->P; i++) {
        const double s = scale * r->g[i];
        double *m = &r->first[i];
        double *v = &r->second[i];
        if (c->optimizer == RR_OPT_SGD) {
            *m = c->momentum * *m + s;
            r->w[i] -= c->learning_rate * *m;
        } else if (c->optimizer == RR_OPT_RMSPROP) {
            *v = c->rho * *v + (1.0 - c->rho) * s * s;
            r->w[i] -= c->learning_rate * s / (sqrt(*v) + c->epsilon);
        } else {
            *m = c->beta1 * *m + (1.0 - c->beta1) * s;
            *v = c->beta2 * *v + (1.0 - c->beta2) * s * s;
            r->w[i] -= c->learning_rate / (1.0 - pow(c->beta1, (double)step)) * *m /
                       (sqrt(*v / (1.0 - pow(c->beta2, (double)step))) + c->epsilon);
        }
    }
}

/* Longest first, equal lengths in their order: the positions of the masks. */
static inline void sort_batch(const rr_dataset *ds, uint32_t *ids, size_t n)
{
    for (size_t i = 1; i < n; i++)
        for (size_t j = i;
             j > 0 && rr_dataset_at(ds, ids[j - 1]).steps < rr_dataset_at(ds, ids[j]).steps; j--) {
            const uint32_t id = ids[j];
            ids[j] = ids[j - 1];
            ids[j - 1] = id;
        }
}

static inline void reference_step(reference *r, uint32_t *ids, size_t n, const double *weights,
                                  size_t update)
{
    double input[LONGEST][D];
    double last[LONGEST][RH];
    size_t answers = 0;

    memset(r->g, 0, sizeof r->g);
    sort_batch(r->f->train, ids, n);
    for (size_t i = 0; i < n; i++) {
        const rr_sequence q = rr_dataset_at(r->f->train, ids[i]);
        masks_of(r, &q, update, i, input, last);
        (void)sequence_loss(r, &q, q.label, SIZE_MAX, input, last, weights[ids[i]],
                            r->step_weight[ids[i]], r->g, &answers);
    }
    for (size_t i = 0; i < r->P; i++)
        r->g[i] /= (double)rri_max(1, answers);
    reference_update(r, update + 1);
}

/* Train from the fixture's start, with these loss weights [N]. */
static inline void reference_train(reference *r, const double *weights)
{
    const rr_train_config *cfg = &r->f->cfg;
    rr_network *start = new_network(&r->net);
    uint32_t order[N];
    double sum[RP] = { 0.0 };
    size_t update = 0;
    size_t last = 0;

    get_weights(start, r->w);
    memset(r->first, 0, sizeof r->first);
    memset(r->second, 0, sizeof r->second);
    for (size_t e = 0; e < cfg->epochs; e++) {
        rri_random stream = rri_random_at(cfg->seed, RRI_RANDOM_SHUFFLE, e);
        rri_random_permutation(&stream, order, N);
        for (size_t i = 0; i < N; i += cfg->batch) {
            reference_step(r, order + i, rri_min(cfg->batch, N - i), weights, update++);
            last += e + 1 == cfg->epochs;
            for (size_t j = 0; e + 1 == cfg->epochs && j < r->P; j++)
                sum[j] += r->w[j];
        }
    }
    for (size_t j = 0; cfg->average && j < r->P; j++)
        r->w[j] = sum[j] / (double)last;
    rr_network_free(start);
}

/* The sum of the losses of some targets at the weights now. */
static inline double reference_loss(const reference *r, const rr_targets *targets)
{
    double input[LONGEST][D];
    double last[LONGEST][RH];
    size_t answers = 0;
    double loss = 0.0;

    for (size_t t = 0; t < LONGEST; t++) {
        for (size_t d = 0; d < D; d++)
            input[t][d] = 1.0;
        for (size_t j = 0; j < RH; j++)
            last[t][j] = 1.0;
    }
    for (size_t i = 0; i < targets->n; i++) {
        const rr_sequence q = rr_dataset_at(targets->ds, targets->which[i]);
        loss += sequence_loss(r, &q, targets->labels[i],
                              targets->steps != NULL ? targets->steps[i] : SIZE_MAX, input, last,
                              1.0, NULL, NULL, &answers);
    }
    return loss;
}

#endif
