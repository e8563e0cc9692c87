/* SPDX-License-Identifier: MIT */
/* derivatives_shard.c - derivatives of the losses of one shard: what a thread does without the
 * others. Sums of the shard's gradients go to its slot, slopes and losses to their places. */
#include "network/derivatives.h"

#include <math.h>
#include <string.h>

/* ---- derivatives by the logits --------------------------------------------------------------- */

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

/* The class that loss i of the block is about at step t, or none there. */
static uint32_t class_at(const rr_derivatives *d, size_t i, size_t t)
{
    const rri_loss_blocks *b = &d->block;

    if (b->step[i] == RRI_EVERY_STEP)
        return b->sequences[i].step_labels[t];
    return b->step[i] == t ? b->labels[i] : RR_NO_LABEL;
}

/* The loss of the sequence at position b, of one answer or of one a labelled step; its slope. */
static double derive_sequence(const rr_derivatives *d, const rri_along *along, rri_shard *s,
                              float *r_z, size_t begin, size_t b, double *slope)
{
    const size_t C = s->cfg.classes;
    const bool each = s->cfg.output == RR_OUTPUT_STEP;
    const size_t i = begin + s->order[b];
    double loss = 0.0;

    *slope = 0.0;
    for (size_t t = 0; t < (each ? s->length[b] : 1); t++) {
        const size_t row = each ? rri_shard_row(s, t, b) : b;
        const uint32_t truth = each ? class_at(d, i, t) : d->block.labels[i];
        float *p = s->logits + row * C;
        float *r = r_z != NULL ? r_z + row * C : NULL;
        double part = 0.0;
        if (truth == RR_NO_LABEL)
            weigh(C, 0.0f, p, r);
        else
            loss += derive_logits(C, truth, p, r, &part);
        *slope += part;
        if (along->step_slopes != NULL)
            along->step_slopes[d->block.first[i] + t] = part;
        if (along->total != NULL && d->block.losses->weights != NULL)
            weigh(C, d->block.weights[i], p, r);
    }
    return loss;
}

/* Losses, slopes, and the gradients of the logits, of a shard whose first sequence is number
 * `begin` of the block. */
static void derive_outputs(const rr_derivatives *d, const rri_along *along, rri_shard *s,
                           rri_tangent *r, size_t begin)
{
    for (size_t b = 0; b < s->count; b++) {
        const size_t at = d->block.at[begin + s->order[b]];
        double slope = 0.0;
        const double loss =
            derive_sequence(d, along, s, r != NULL ? r->logits : NULL, begin, b, &slope);
        if (d->loss != NULL)
            d->loss[at] = loss;
        if (along->slopes != NULL)
            along->slopes[at] = slope;
    }
}

/* ---- without a direction --------------------------------------------------------------------- */

static void square_shard(const rr_derivatives *d, rri_squares *pairs, rri_shard *s, size_t begin)
{
    rri_shard_backward(s, d->factors, 1.0f, NULL);
    for (size_t b = 0; b < s->count; b++) {
        const size_t i = begin + s->order[b];
        d->squares[d->block.at[i]] =
            rri_squares_of(pairs, s, b, d->block.sequences[i].symbols, d->fixed);
    }
}

static void run_plain(const rr_derivatives *d, rri_shard *s, size_t task, size_t worker,
                      size_t begin)
{
    derive_outputs(d, &d->asked[0], s, NULL, begin);
    if (d->purpose == RRI_SQUARES) {
        square_shard(d, d->pairs[worker], s, begin);
        return;
    }
    rri_shard_backward(s, d->factors, 1.0f, d->slot[task]);
    if (d->vectors[0] != NULL)
        rri_embedding_gradient_put(d->vectors[0], s, begin);
}

/* ---- along directions ------------------------------------------------------------------------ */

/* Between the shard and its copy: what a direction's pass overwrites. */
static void copy_values(const rr_derivatives *d, rri_shard *s, const rri_kept *kept, bool keep)
{
    const size_t H = s->cfg.hidden;
    const size_t gates = s->rows * rri_cell_gates(s->cfg.cell) * H * sizeof(float);
    const size_t logits = rri_shard_answers(s) * s->cfg.classes * sizeof(float);
    const bool backward = d->purpose != RRI_SLOPES;

    memcpy(keep ? kept->logits : s->logits, keep ? s->logits : kept->logits, logits);
    for (size_t l = 0; backward && l < s->cfg.layers; l++) {
        rri_layer_work *w = &s->layer[l];
        memcpy(keep ? kept->gate[l] : w->gate, keep ? w->gate : kept->gate[l], gates);
        if (s->cfg.cell == RR_CELL_GRU)
            memcpy(keep ? kept->extra[l] : w->extra, keep ? w->extra : kept->extra[l],
                   s->rows * H * sizeof(float));
    }
}

/* Results along direction g. */
static void run_tangent(const rr_derivatives *d, rri_shard *s, size_t task, rri_tangent *r,
                        size_t begin, size_t g)
{
    const rri_pair f = { d->factors, d->along[g] };
    float *slot = d->slot[task] + g * d->net->parameters;

    rri_tangent_fill(r, s, d->direction[g], d->block.sequences + begin);
    rri_tangent_forward(r, s, f);
    rri_tangent_outputs(r, s, f);
    derive_outputs(d, &d->asked[g], s, r, begin);
    if (d->purpose == RRI_SLOPES)
        return;
    if (d->purpose == RRI_HESSIAN) {
        rri_tangent_backward(r, s, f, slot);
    } else { /* the gradient for the Gauss-Newton derivatives by the logits */
        memcpy(s->logits, r->logits, rri_shard_answers(s) * s->cfg.classes * sizeof *s->logits);
        rri_shard_backward(s, d->factors, 1.0f, slot);
    }
    if (d->vectors[g] != NULL)
        rri_embedding_gradient_put(d->vectors[g], s, begin);
}

/* The slopes along direction g by the use of the weights at each step, after
 * rri_shard_backward(). */
static void slope_steps(const rr_derivatives *d, rri_shard *s, rri_tangent *r, size_t begin,
                        size_t g)
{
    const size_t D = s->cfg.width;
    const float *embedding = d->vectors[g] != NULL ? d->direction[g] : NULL;

    rri_tangent_uses(r, s, d->along[g]);
    for (size_t b = 0; b < s->count; b++) {
        const size_t i = begin + s->order[b];
        double *to = d->asked[g].step_slopes + d->block.first[i];
        for (size_t t = 0; t < s->length[b]; t++) {
            to[t] = rri_tangent_use(r, s, t, b, d->along[g]);
            if (embedding == NULL)
                continue;
            const float *dx = s->dx + rri_shard_row(s, t, b) * D;
            const float *v = embedding + (size_t)d->block.sequences[i].symbols[t] * D;
            for (size_t j = 0; j < D; j++)
                to[t] += (double)dx[j] * (double)v[j];
        }
    }
}

static void run_directions(const rr_derivatives *d, rri_shard *s, size_t task, size_t worker,
                           size_t begin)
{
    rri_tangent *r = d->tangent[worker];

    if (d->purpose == RRI_STEP_SLOPES) {
        const rri_along none = { .total = NULL };
        derive_outputs(d, &none, s, NULL, begin);
        rri_shard_backward(s, d->factors, 1.0f, NULL);
    }
    for (size_t g = 0; g < d->count; g++) {
        if (d->purpose == RRI_STEP_SLOPES) {
            slope_steps(d, s, r, begin, g);
            continue;
        }
        if (d->count > 1)
            copy_values(d, s, &d->kept[worker], g == 0);
        run_tangent(d, s, task, r, begin, g);
    }
}

void rri_derivatives_shard(void *ctx, size_t task, size_t worker)
{
    const rr_derivatives *d = ctx;
    rri_shard *s = d->work[worker];
    size_t begin = 0;
    size_t end = 0;

    rri_block(d->block.count, d->shard, d->first + task, &begin, &end);
    s->dropout = d->dropout;
    s->dropout.position = d->block.position + begin;
    rri_shard_fill(s, d->net->embedding, d->block.sequences + begin, end - begin);
    rri_shard_forward(s, d->factors);
    rri_shard_classify(s, d->factors);
    if (d->purpose == RRI_GRADIENT || d->purpose == RRI_SQUARES)
        run_plain(d, s, task, worker, begin);
    else
        run_directions(d, s, task, worker, begin);
}
