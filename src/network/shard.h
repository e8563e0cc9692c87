/* SPDX-License-Identifier: MIT */
/* shard.h - a few sequences processed together by one thread, with all memory for it.
 *
 * A shard is packed time-major: its sequences are sorted, longest first, so that at step t the
 * first active[t] of them are still running, and their rows are adjacent from row first[t] on. Only
 * real steps have rows; nothing is padded. A shard runs through the whole forward and backward pass
 * before the next one, so that its activations stay in cache.
 *
 *     rri_shard_fill -> rri_shard_forward -> rri_shard_outputs            (inference)
 *                                         -> rri_shard_loss -> rri_shard_backward   (training)
 *
 * A network with an output at every step has a loss at every labelled step: rri_shard_step_loss()
 * in place of rri_shard_loss(), and its rows in place of the last ones.
 *
 * None of these allocates or fails. */
#ifndef RRI_SHARD_H
#define RRI_SHARD_H

#include "kernel/gates.h"
#include "network/factors.h"

/* ---- dropout.c: values set to 0 at random, the others scaled up ------------------------------ */

typedef struct rri_dropout {
    float input, last; /* rates, 0 = off */
    uint64_t seed;
    uint64_t step;          /* update number of the masks */
    size_t first;           /* position in the batch of the shard's first sequence */
    const size_t *position; /* of each sequence, where not consecutive; else NULL */
} rri_dropout;

typedef struct rri_shard rri_shard;

/* Apply dropout to the vectors x [rows][D], or, with the same mask, to their gradients. */
void rri_drop_input(const rri_shard *s, float *x);
/* The same for the last states [count][H], or their gradients; where every step has an output, for
 * all states [rows][H]. */
void rri_drop_last(const rri_shard *s, float *last);

/* The values of one layer's forward pass; in training all that backward needs. Inference keeps the
 * states alone: c and extra are those of one step, gate holds a few. */
typedef struct rri_layer_work {
    float *gate;  /* [rows][G*H] activations, then gradients of the pre-activations */
    float *h;     /* [count + rows][H]; the first `count` rows are the zero state before step 1 */
    float *c;     /* LSTM: [count + rows][H], likewise */
    float *extra; /* [rows][H]; LSTM: tanh(c), GRU: hn, then its gradient */
    size_t ready; /* steps whose gate holds x W_ih^T, or what came of it */
    size_t base;  /* row of the first gate; 0 in training */
} rri_layer_work;

struct rri_shard {
    rr_network_config cfg;
    const rri_gates_kernels *kernels;
    const rri_gemm_kernels *gemm;
    size_t most_sequences, most_steps; /* capacity */
    bool training;

    size_t count;    /* sequences */
    size_t steps;    /* of the longest */
    size_t rows;     /* altogether */
    bool uniform;    /* all of one length */
    uint32_t *order; /* [count] index in the list given to rri_shard_fill */
    size_t *length;  /* [count] in sorted order */
    size_t *active;  /* [steps] */
    size_t *first;   /* [steps + 1] */

    float *x;              /* [rows][D] */
    rri_layer_work *layer; /* [L] */
    float *logits;   /* [rows][C], or [count][C] in training after the last step; a logistic head's
                        logit is in the last column, after a 0 */
    uint32_t *label; /* [rows], or [count] */

    float *last;    /* [count][H] the top layer's last states; in training with an output at every
                       step [rows][H] all of them, where dropout changes them */
    float *dh, *dc; /* training: [count][H] gradients carried from step to step */
    float *dx;      /* training: gradient of a layer's input, [rows][H] where L > 1, or of the top
                       layer's states where every step has an output, and at the end [rows][D] of
                       the vectors where an embedding is trained */
    float *shifted; /* training: [rows][H] states one step earlier, for ragged shards */
    float *rec;     /* GRU: [count][3H] recurrent products of one step */
    float *scratch; /* training: for rri_outer() */
    rri_dropout dropout;       /* training: of the current step, set before the shard is filled */
    const float *weight;       /* training: of each sequence's losses, indexed like the list of
                                  rri_shard_fill(); NULL = 1. Borrowed */
    const float *class_weight; /* training: [C] of each class's losses; NULL = 1 */
};

/* Allocate for `sequences` sequences of at most `steps` steps. */
rr_status rri_shard_new(const rr_network_config *cfg, size_t sequences, size_t steps, bool training,
                        rri_shard **out, rr_error *err);
void rri_shard_free(rri_shard *s); /* NULL is allowed */

/* Pack n sequences (at most the capacity) of width D; symbols become rows of embedding [V][D]. */
void rri_shard_fill(rri_shard *s, const float *embedding, const rr_sequence *sequences, size_t n);

/* All layers, all steps. The top layer's states are then in rri_shard_state(). */
void rri_shard_forward(rri_shard *s, const rri_factors *f);

/* Output layer on every row: logits holds probabilities, label the predictions so far. */
void rri_shard_outputs(rri_shard *s, const rri_factors *f);

/* In inference: output layer on the last step of each sequence: logits [count][C], label [count],
 * with the bits of rri_shard_outputs(). */
void rri_shard_last_outputs(rri_shard *s, const rri_factors *f);

/* In training: output layer on the last step of each sequence, or on every step where each has an
 * output. logits holds the probabilities of rri_shard_answers() rows, whose states after dropout
 * are rri_shard_answering() [rows][H]. */
void rri_shard_classify(rri_shard *s, const rri_factors *f);
size_t rri_shard_answers(const rri_shard *s);
const float *rri_shard_answering(const rri_shard *s);

/* The same with losses: logits becomes their gradient. Returns the weighted sum of the
 * cross-entropies in nats and adds the number of correct predictions to *correct. labels is indexed
 * like the list of rri_shard_fill. */
double rri_shard_loss(rri_shard *s, const rri_factors *f, const uint32_t *labels, size_t *correct);

/* The losses of every labelled step, after rri_shard_forward(): logits becomes their gradient, 0
 * where a step has no label. sequences is the list given to rri_shard_fill(). */
double rri_shard_step_loss(rri_shard *s, const rri_factors *f, const rr_sequence *sequences,
                           size_t *correct);

/* Gradient of scale * (sum of the losses), written over gradient [parameters]; NULL computes only
 * those of the pre-activations, in gate (and extra) of each layer. Where the embedding is trained,
 * that of each row's vector is in dx [rows][D]. */
void rri_shard_backward(rri_shard *s, const rri_factors *f, float scale, float *gradient);

/* Input of a layer: [rows][width]. */
const float *rri_shard_input(const rri_shard *s, size_t layer);

/* For every row in order, the state of the step before in h [count + rows][H]: in place, or copied
 * to buffer [rows][H]. */
const float *rri_states_before(const rri_shard *s, const float *h, float *buffer);

/* Row of step t (from 0) of the sequence at sorted position b. */
static inline size_t rri_shard_row(const rri_shard *s, size_t t, size_t b)
{
    return s->first[t] + b;
}

/* h of the top layer at a row. */
static inline const float *rri_shard_state(const rri_shard *s, size_t row)
{
    return s->layer[s->cfg.layers - 1].h + (s->count + row) * s->cfg.hidden;
}

/* Sequences a shard should hold for sequences of about `steps` steps: enough rows for an efficient
 * product, few enough for the caches. The same on every machine. */
size_t rri_shard_size(const rr_network_config *cfg, size_t steps, bool training);

/* The same for a shard of a batch in training: no more than rri_shard_size(), and such that the
 * batch is divided into a power of two of equal shards, an even load for 2, 4, 8, ... threads; a
 * batch of 16 into 2, of 64 or more into 4 at least. */
size_t rri_shard_batch_size(const rr_network_config *cfg, size_t steps, size_t batch);

/* ---- one layer, all steps (lstm.c, gru.c, elman.c) ------------------------------------------ */

/* The rows before step t: the zero state, or the rows of step t-1. */
static inline size_t rri_previous(const rri_shard *s, size_t t)
{
    return t == 0 ? 0 : s->count + s->first[t - 1];
}

/* The gates of step t, of which x W_ih^T has been computed by rri_input_product(). */
static inline float *rri_gates_of(const rri_shard *s, const rri_layer_work *w, size_t t)
{
    return w->gate + (s->first[t] - w->base) * rri_cell_gates(s->cfg.cell) * s->cfg.hidden;
}

/* A row of c or extra: in inference each step overwrites the one before. */
static inline size_t rri_stored(const rri_shard *s, size_t row)
{
    return s->training ? row : 0;
}

/* Before step t: x W_ih^T into the gates of its rows, and of some more steps where it has few rows
 * for their width. The gates are then still in the cache when the recurrent product is added. */
void rri_input_product(rri_shard *s, rri_layer_work *w, const rri_layer_factors *f, size_t t);

typedef struct rri_cell_ops {
    /* Fills gate, h (and c, extra). */
    void (*forward)(rri_shard *s, rri_layer_work *w, const rri_layer_factors *f);
    /* dh holds the gradient of each sequence's last state, or zeros; dh_above [rows][H] or NULL
     * adds to every state. Leaves the gradients of the pre-activations in gate (and extra). */
    void (*backward)(rri_shard *s, rri_layer_work *w, const rri_layer_factors *f,
                     const float *dh_above);
    /* gradients of the layer's weights from gate (and extra); x [rows][width], h_prev [rows][H]. */
    void (*weights)(rri_shard *s, const rri_layer_work *w, const float *x, size_t width,
                    const float *h_prev, const rri_layer_view *d);
} rri_cell_ops;

extern const rri_cell_ops rri_lstm_ops, rri_gru_ops, rri_elman_ops;

#endif
