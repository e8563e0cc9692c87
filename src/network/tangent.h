/* SPDX-License-Identifier: MIT */
/* tangent.h - a shard's tangent: the derivative of all its values when the weights move along a
 * direction. R x is the derivative of x along it [Pearlmutter94].
 *
 *     rri_shard_fill -> rri_shard_forward -> rri_tangent_fill -> rri_tangent_forward
 *                    -> rri_shard_classify, rri_tangent_outputs    R of the logits
 *                    -> rri_tangent_backward                       R of the weights' gradient
 *
 * Every array of a shard has its tangent here in an array of the same shape. None of the calls
 * allocates or fails. Equations: docs/ALGORITHMS.md#derivatives. */
#ifndef RRI_TANGENT_H
#define RRI_TANGENT_H

#include "kernel/tangents.h"
#include "network/shard.h"

typedef struct rri_tangent {
    const rri_tangents_kernels *kernels;
    size_t layers;
    rri_layer_work *layer; /* [L]; extra only for GRU */
    float *x;              /* [rows][D] where an embedding is trained, else NULL */
    float *last;           /* [answers][H]; [count], or [rows] where every step has an output */
    float *logits;         /* [answers][C] */
    float *dh, *dc;        /* [count][H] */
    float *dx;             /* [rows][H] where L > 1 or every step has an output, else NULL */
    float *shifted;        /* [rows][H] */
} rri_tangent;

/* Weights and direction, both packed. */
typedef struct rri_pair {
    const rri_factors *weights, *along;
} rri_pair;

/* Allocate for shards of `sequences` sequences of at most `steps` steps. */
rr_status rri_tangent_new(const rr_network_config *cfg, size_t sequences, size_t steps,
                          rri_tangent **out, rr_error *err);
void rri_tangent_free(rri_tangent *r); /* NULL is allowed */

/* Fill in the tangents of the vectors: the sequences' rows of the direction's embedding [V][D],
 * where one is trained. sequences are those rri_shard_fill() had. */
void rri_tangent_fill(rri_tangent *r, const rri_shard *s, const float *embedding,
                      const rr_sequence *sequences);

/* All layers, all steps, after rri_shard_forward(). */
void rri_tangent_forward(rri_tangent *r, rri_shard *s, rri_pair f);

/* R of the logits and of the states they come from, after rri_shard_classify(). */
void rri_tangent_outputs(rri_tangent *r, rri_shard *s, rri_pair f);

/* s->logits holds the gradients of the logits and r->logits their tangents. R of the gradient of
 * all weights, written over gradient [parameters]; where the embedding is trained, that of each
 * row's vector is in s->dx [rows][D]. */
void rri_tangent_backward(rri_tangent *r, rri_shard *s, rri_pair f, float *gradient);

/* ---- the parts of a slope, step by step (tangent_uses.c) --------------------------------------
 */

/* What the direction adds at each use of the weights, after rri_shard_backward() with scale 1; of a
 * network with one output, after the last step. */
void rri_tangent_uses(rri_tangent *r, rri_shard *s, const rri_factors *along);

/* The part of the slope by the use of the weights at step t of the sequence at sorted position b,
 * without that of its symbol's vector. */
double rri_tangent_use(const rri_tangent *r, const rri_shard *s, size_t t, size_t b,
                       const rri_factors *along);

/* ---- one layer, all steps (tangent_cells.c) -------------------------------------------------- */

typedef struct rri_tangent_ops {
    /* r->layer[l].gate holds R x W_ih^T + x V_ih^T, V being the direction; fills the layer. */
    void (*forward)(rri_tangent *r, rri_shard *s, size_t l, rri_pair f);
    /* As rri_cell_ops.backward and its tangent. above, r_above [rows][H] or both NULL. */
    void (*backward)(rri_tangent *r, rri_shard *s, size_t l, rri_pair f, const float *above,
                     const float *r_above);
    /* R of the gradient of the layer's weights. x, r_x [rows][width], r_x NULL where x is given;
     * h_prev, r_h_prev [rows][H]. */
    void (*weights)(const rri_tangent *r, rri_shard *s, size_t l, const float *x, const float *r_x,
                    const float *h_prev, const float *r_h_prev, const rri_layer_view *d);
} rri_tangent_ops;

extern const rri_tangent_ops rri_lstm_tangent_ops, rri_gru_tangent_ops, rri_elman_tangent_ops;

#endif
