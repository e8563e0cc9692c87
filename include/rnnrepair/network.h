/* SPDX-License-Identifier: MIT */
/* network.h - recurrent classifiers: LSTM, GRU and Elman layers under one dense output layer.
 *
 * Layout, gate order (LSTM i f g o, GRU r z n) and the two bias vectors are PyTorch's; the GRU
 * applies its reset gate after the recurrent product. The output layer is applied after every
 * step: the analysis needs the prediction so far. Equations: docs/ALGORITHMS.md#networks. */
#ifndef RNNREPAIR_NETWORK_H
#define RNNREPAIR_NETWORK_H

#include "rnnrepair/dataset.h"
#include "rnnrepair/enums.h"
#include "rnnrepair/states.h"

RR_BEGIN_DECLS

typedef struct rr_network_config {
    size_t struct_size; /**< set by the default */
    rr_cell cell;
    size_t width;           /**< D in 1..2^20, input width; of symbols, that of their vectors */
    size_t hidden;          /**< H in 1..65536; an influence model takes at most 32767 */
    size_t layers;          /**< L in 1..64, stacked */
    size_t classes;         /**< C in 1..65534 */
    uint64_t seed;          /**< of the initial weights: uniform +-1/sqrt(H), as in PyTorch */
    size_t vocabulary;      /**< V below 2^32 where the input are symbols, 0 for frames */
    rr_embedding embedding; /**< symbols: whether their vectors are trained; else 0 */
    rr_head head;
    rr_output output; /**< the steps whose predictions are its answers: what it is trained on */
} rr_network_config;

/** LSTM of H = 128, one layer, seed 1, softmax; width and classes are still to be set. */
RR_API rr_network_config rr_network_config_default(void);

/** A network. Opaque. Calls that only read may share it. */
typedef struct rr_network rr_network;

/** Create a network with fresh weights.
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
 *           those written, or the parity vector gives another result than when the file was
 *           written), UNSUPPORTED, NOMEM. */
RR_API RR_MUST_USE rr_status rr_network_load(const char *path, rr_network **out, rr_error *err);

/** Write the network, atomically: an existing file survives whole on failure.
 *  Errors   IO, NUMERIC (a weight is not finite), NOMEM. */
RR_API RR_MUST_USE rr_status rr_network_save(const rr_network *net, const char *path,
                                             rr_error *err);

/** Release; NULL is allowed. */
RR_API void rr_network_free(rr_network *net);

/** Set the vectors of all symbols; a new network has random ones (normal, variance 1).
 *  Shapes   table is [V][D], copied.
 *  Errors   ARG (a network on frames), NUMERIC (a value is not finite; err->where is the row). */
RR_API RR_MUST_USE rr_status rr_network_set_embedding(rr_network *net, const float *table,
                                                      rr_error *err);

/** The vectors of all symbols, [V][D]. Memory: borrowed; NULL for a network on frames. */
RR_API const float *rr_network_embedding(const rr_network *net);

/** 1 where a symbol's vector holds a value other than 0: the network can distinguish it from
 *  padding. */
RR_API int rr_network_knows(const rr_network *net, uint32_t symbol);

/** Set the vocabulary of which the symbols are words: rr_vocabulary_hash(), saved in the
 * file. The vectors of RR_WORD_PAD and RR_WORD_UNKNOWN become zero, and stay so in training. Errors
 * ARG (not 64 hexadecimal digits; a network on frames). */
RR_API RR_MUST_USE rr_status rr_network_set_vocabulary(rr_network *net, const char *hash,
                                                       rr_error *err);
/** That hash, "" where none was set. Memory: borrowed. */
RR_API const char *rr_network_vocabulary(const rr_network *net);

/** The configuration it was created with. */
RR_API rr_network_config rr_network_config_of(const rr_network *net);

/** The number of weights. */
RR_API size_t rr_network_parameters(const rr_network *net);

/** SHA-256 of all weights in tensor order, as 64 hexadecimal digits: the identity of the model
 *  that influence files and repaired runs name.
 *  Errors   NOMEM. */
RR_API RR_MUST_USE rr_status rr_network_hash(const rr_network *net, char out[65], rr_error *err);

/** The states of every sequence of a dataset, as a source (states.h) with probabilities.
 *  The network and the dataset are borrowed and must outlive the source.
 *  Shapes   the dataset's width must be D (symbols: its vocabulary V); its classes at most C.
 *  Memory   on RR_OK release with rr_state_source_close().
 *  Errors   SHAPE, MISMATCH (words of another vocabulary than the network's), NOMEM. A pass may
 *           fail with NUMERIC (a state is not finite; err->where is the sequence).
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

/** The probability of every class after the last step.
 *  Shapes   probabilities is [N][C], C that of the network.
 *  Errors   as rr_network_states(). */
RR_API RR_MUST_USE rr_status rr_network_probabilities(const rr_network *net, const rr_dataset *ds,
                                                      size_t threads, float *probabilities,
                                                      rr_error *err);

RR_END_DECLS

#endif
