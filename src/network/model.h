/* SPDX-License-Identifier: MIT */
/* model.h - the internals of a network: one block of weights and typed pointers into it.
 *
 * The same view serves weights and gradients: both are blocks of `parameters` floats in tensor
 * order (per layer w_ih, w_hh, b_ih, b_hh; then w_out, b_out). The vectors of symbols lie in a
 * block of their own: they outnumber the weights, and a training may freeze them. */
#ifndef RRI_MODEL_H
#define RRI_MODEL_H

#include "network/network_internal.h"

/* One recurrent layer in a block; G gates, in = D for layer 0, H above. */
typedef struct rri_layer_view {
    float *w_ih; /* [G*H][in] */
    float *w_hh; /* [G*H][H] */
    float *b_ih; /* [G*H] */
    float *b_hh; /* [G*H] */
} rri_layer_view;

typedef struct rri_output_view {
    float *w; /* [O][H] */
    float *b; /* [O] */
} rri_output_view;

enum { RRI_TENSOR_NAME = 40 };

struct rr_network {
    rr_network_config cfg;
    size_t parameters;              /* without the embedding */
    float *weights;                 /* [parameters] */
    float *embedding;               /* [V][D], NULL for a network on frames */
    char vocabulary[65];            /* hash of the vocabulary, or "" */
    char (*names)[RRI_TENSOR_NAME]; /* [rri_network_tensors()] */
};

/* Numbers in the embedding, 0 where there is none. */
static inline size_t rri_embedding_size(const rr_network_config *cfg)
{
    return cfg->vocabulary * cfg->width;
}

/* O, the outputs: a logit a class, or one for both classes. */
static inline size_t rri_outputs(const rr_network_config *cfg)
{
    return cfg->head == RR_HEAD_LOGISTIC ? 1 : cfg->classes;
}

/* The embedding is trained. */
static inline bool rri_embedding_trained(const rr_network_config *cfg)
{
    return cfg->vocabulary > 0 && cfg->embedding == RR_EMBEDDING_TRAINED;
}

/* G: 4 for LSTM, 3 for GRU, 1 for Elman. */
size_t rri_cell_gates(rr_cell cell);

/* Pointers into a block laid out for cfg. */
rri_layer_view rri_layer_at(const rr_network_config *cfg, float *block, size_t layer);
rri_output_view rri_output_at(const rr_network_config *cfg, float *block);

/* Input width of a layer. */
static inline size_t rri_layer_width(const rr_network_config *cfg, size_t layer)
{
    return layer == 0 ? cfg->width : cfg->hidden;
}

/* ARG unless every size is positive and the block can be addressed. */
rr_status rri_network_check(const rr_network_config *cfg, size_t *parameters, rr_error *err);

/* Allocates; weights are zero. */
rr_status rri_network_blank(const rr_network_config *cfg, rr_network **out, rr_error *err);

/* The symbols are words: the first two are special, and their vectors zero. */
static inline bool rri_symbols_are_words(const rr_network *net)
{
    return *net->vocabulary != '\0';
}

/* Initialise the vectors of all symbols at random. */
void rri_embedding_draw(rr_network *net);

/* One named weight array. */
typedef struct rri_tensor {
    const char *name; /* "embedding.weight", "rnn.weight_ih_l0", "output.weight", ... */
    float *data;      /* row-major, borrowed */
    size_t rank;      /* 1 or 2 */
    size_t shape[2];  /* shape[1] is 1 for rank 1 */
} rri_tensor;

/* Number of weight arrays: the embedding where there is one, 4 a layer, 2 for the output layer. */
size_t rri_network_tensors(const rr_network *net);

/* Weight array i in file order: embedding, layers, output.
 *  Memory   name and data are borrowed from net.
 *  Errors   ARG (i out of range). */
rr_status rri_network_tensor(const rr_network *net, size_t i, rri_tensor *out, rr_error *err);

#endif
