/* SPDX-License-Identifier: MIT */
/* network.h - recurrent classifiers: LSTM, GRU and Elman layers under one dense output layer.
 *
 * Layout, gate order (LSTM i f g o, GRU r z n) and the two bias vectors are PyTorch's; the GRU
 * applies its reset gate after the recurrent product. The output layer is applied after every
 * step: the analysis needs the prediction so far. Equations: docs/ALGORITHMS.md#networks. */
#ifndef RNNREPAIR_NETWORK_H
#define RNNREPAIR_NETWORK_H

#include "rnnrepair/dataset.h"
#include "rnnrepair/states.h"

RR_BEGIN_DECLS

typedef enum rr_cell {
    RR_CELL_LSTM = 0,
    RR_CELL_GRU = 1,
    RR_CELL_TANH = 2, /**< Elman, h = tanh(...) */
    RR_CELL_RELU = 3  /**< Elman, h = max(0, ...) */
} rr_cell;

/** "lstm", "gru", "tanh" or "relu".
 *  Memory   a constant string; "unknown" for another value. */
RR_API const char *rr_cell_name(rr_cell cell);

/** Parse a cell's name.
 *  Errors   ARG (not one of the four). */
RR_API RR_MUST_USE rr_status rr_cell_parse(const char *name, rr_cell *out, rr_error *err);

typedef struct rr_network_config {
    rr_cell cell;
    size_t width;   /**< D in 1..2^20, input width */
    size_t hidden;  /**< H in 1..65536; an influence model takes at most 32767 */
    size_t layers;  /**< L in 1..64, stacked */
    size_t classes; /**< C in 1..65534 */
    uint64_t seed;  /**< of the initial weights: uniform +-1/sqrt(H), as PyTorch draws them */
} rr_network_config;

/** A network. Opaque. Reading calls may share it; rr_network_tensor() gives write access. */
typedef struct rr_network rr_network;

/** Make a network with fresh weights.
 *  Memory   on RR_OK *out is owned by the caller: rr_network_free(). Else *out is NULL.
 *  Errors   ARG (cfg), NOMEM. */
RR_API RR_MUST_USE rr_status rr_network_new(const rr_network_config *cfg, rr_network **out,
                                            rr_error *err);

/** A copy with its own weights.
 *  Memory   on RR_OK *out is owned by the caller: rr_network_free(). Else *out is NULL.
 *  Errors   NOMEM. */
RR_API RR_MUST_USE rr_status rr_network_copy(const rr_network *net, rr_network **out,
                                             rr_error *err);

/** Read model.safetensors: checks every tensor's shape, then re-runs the parity vector.
 *  Memory   on RR_OK *out is owned by the caller: rr_network_free(). Else *out is NULL.
 *  Errors   IO, FORMAT, SHAPE, NUMERIC (a weight is not finite), MISMATCH (the weights are not
 * those written, or the parity vector gives another result than when the file was written),
 * UNSUPPORTED, NOMEM. */
RR_API RR_MUST_USE rr_status rr_network_load(const char *path, rr_network **out, rr_error *err);

/** Write the network, atomically: an existing file survives whole on failure.
 *  Errors   IO, NUMERIC (a weight is not finite), NOMEM. */
RR_API RR_MUST_USE rr_status rr_network_save(const rr_network *net, const char *path,
                                             rr_error *err);

/** Release; NULL is allowed. */
RR_API void rr_network_free(rr_network *net);

/** The configuration it was made with. */
RR_API rr_network_config rr_network_config_of(const rr_network *net);

/** The number of weights. */
RR_API size_t rr_network_parameters(const rr_network *net);

/** SHA-256 of all weights in tensor order, as 64 hexadecimal digits: the identity of the model
 *  that influence files and repaired runs name.
 *  Errors   NOMEM. */
RR_API RR_MUST_USE rr_status rr_network_hash(const rr_network *net, char out[65], rr_error *err);

/** One named weight array. */
typedef struct rr_tensor {
    const char *name; /**< "rnn.weight_ih_l0", "rnn.bias_hh_l1", "output.weight", ... */
    float *data;      /**< row-major, borrowed */
    size_t rank;      /**< 1 or 2 */
    size_t shape[2];  /**< shape[1] is 1 for rank 1 */
} rr_tensor;

/** Number of weight arrays: 4 a layer and 2 for the output layer. */
RR_API size_t rr_network_tensors(const rr_network *net);

/** Weight array i in file order.
 *  Memory   name and data are borrowed from net.
 *  Errors   ARG (i out of range). */
RR_API RR_MUST_USE rr_status rr_network_tensor(const rr_network *net, size_t i, rr_tensor *out,
                                               rr_error *err);

/** The states of every sequence of a dataset, as a source (states.h) with probabilities.
 *  The network and the dataset are borrowed and must outlive the source.
 *  Shapes   the dataset's width must be D; its classes at most C.
 *  Memory   on RR_OK release with rr_state_source_close().
 *  Errors   SHAPE, UNSUPPORTED (symbol data), NOMEM. A pass may fail with NUMERIC (a state is not
 *           finite; err->where is the sequence).
 *  Cost     a batch holds at most 512 sequences; memory does not grow with N.
 *  Threads  threads = 0 uses every core; the bits do not depend on it. */
RR_API RR_MUST_USE rr_status rr_network_states(const rr_network *net, const rr_dataset *ds,
                                               size_t threads, rr_state_source *out, rr_error *err);

/** Prediction and probability after the last step, for every sequence.
 *  Shapes   prediction, probability (of the predicted class; may be NULL) are [N].
 *  Errors   as rr_network_states(). */
RR_API RR_MUST_USE rr_status rr_network_predict(const rr_network *net, const rr_dataset *ds,
                                                size_t threads, uint32_t *prediction,
                                                float *probability, rr_error *err);

RR_END_DECLS

#endif
