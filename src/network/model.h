/* SPDX-License-Identifier: MIT */
/* model.h - the inside of a network: one block of weights and typed pointers into it.
 *
 * The same view serves weights and gradients: both are blocks of rr_network_parameters() floats in
 * tensor order (per layer w_ih, w_hh, b_ih, b_hh; then w_out, b_out). */
#ifndef RRI_MODEL_H
#define RRI_MODEL_H

#include "core/core.h"
#include "rnnrepair/network.h"

/* One recurrent layer in a block; G gates, in = D for layer 0, H above. */
typedef struct rri_layer_view {
    float *w_ih; /* [G*H][in] */
    float *w_hh; /* [G*H][H] */
    float *b_ih; /* [G*H] */
    float *b_hh; /* [G*H] */
} rri_layer_view;

typedef struct rri_output_view {
    float *w; /* [C][H] */
    float *b; /* [C] */
} rri_output_view;

enum { RRI_TENSOR_NAME = 40 };

struct rr_network {
    rr_network_config cfg;
    size_t parameters;
    float *weights;                 /* [parameters] */
    char (*names)[RRI_TENSOR_NAME]; /* [4*L + 2] */
};

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

/* The same cell and sizes, whatever the seed. */
bool rri_same_architecture(const rr_network_config *a, const rr_network_config *b);

/* A network without weights set. */
rr_status rri_network_blank(const rr_network_config *cfg, rr_network **out, rr_error *err);

/* SHAPE or UNSUPPORTED unless the dataset can be run through the network. */
rr_status rri_network_fits(const rr_network *net, const rr_dataset *ds, rr_error *err);

#endif
