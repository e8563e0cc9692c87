/* SPDX-License-Identifier: MIT */
/* influence_internal.h - traces, and checks of what a caller hands to an influence model, for the
 * other modules. */
#ifndef RRI_INFLUENCE_INTERNAL_H
#define RRI_INFLUENCE_INTERNAL_H

#include "abstraction/abstraction_internal.h"
#include "core/core.h"
#include "rnnrepair/influence.h"
#include "rnnrepair/novelty.h"

/* RR_NO_LABEL in a trace. */
enum { RRI_NO_STEP_LABEL = 65535 };

/* A trace given by the caller: steps, states in 1..K, predictions below C. SHAPE. And for a kind of
 * key: ARG where the model has no such table, or the trace has no symbols for it. */
rr_status rri_trace_check(const rr_influence *inf, const rr_trace *trace, rr_error *err);
rr_status rri_trace_key_check(const rr_influence *inf, rr_key kind, const rr_trace *trace,
                              rr_error *err);

/* As rr_influence_trace(), and in the same pass the novelty of each sequence, [N], where it is not
 * NULL: UNSUPPORTED without limits. */
rr_status rri_influence_trace(const rr_influence *inf, rr_state_source *source, size_t threads,
                              rr_traces **out, rr_novelty *novelty, rr_error *err);

/* The traces of sequences `which` [n], each below the count. Memory: *out is rr_traces_free(). */
rr_status rri_traces_select(const rr_traces *all, const size_t *which, size_t n, rr_traces **out,
                            rr_error *err);

/* The k best of the sequences offered: highest score first, ties by lower id. The result does not
 * depend on the order of the offers. */
typedef struct rri_best {
    rr_neighbour *heap; /* [k], borrowed; the root is the worst of those kept */
    size_t k, n;        /* n of k slots are used */
    float floor;        /* k better than this are known elsewhere; 0 where none are */
    size_t tied;        /* offers as good as the worst of those kept that are not kept */
} rri_best;

/* Offer an item: it is kept if it is better than the worst of those kept. */
void rri_best_add(rri_best *b, rr_neighbour item);

/* Sort, best first; returns the number kept. No heap afterwards. */
size_t rri_best_finish(rri_best *b);

/* The principal components of the model of hidden states x, [N][P] into z. NUMERIC (a value that is
 * not finite; err->where is its row), SHAPE. */
rr_status rri_influence_project(const rr_influence *inf, rri_rows x, size_t threads, float *z,
                                rr_error *err);

/* The states, 1..K, of such components z, [N][P], into q [N]. SHAPE, NOMEM. */
rr_status rri_influence_assign(const rr_influence *inf, rri_rows z, size_t threads, uint16_t *q,
                               rr_error *err);

/* The mixture in the plane of the first two components: means [K][2], covariances [K][3] (xx, xy,
 * yy; the mixture is diagonal), and the fraction of the variance that lies there. With one
 * component the second coordinate is 0. */
void rri_influence_plane(const rr_influence *inf, float *means, float *covariances,
                         double *variance);

/* The lift of a label that `count` of the `of` most influential sequences of a query carry: its
 * share of them over its share of all that the query may find, whatever label it asks for. 0 where
 * none carries it. One rounding: equal lifts are equal. */
double rri_lift(const rr_traces *t, const rr_query *q, uint32_t label, size_t count, size_t of);

/* ARG unless the query is valid. */
rr_status rri_query_check(const rr_influence *inf, const rr_query *q, rr_error *err);

#endif
