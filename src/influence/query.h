/* SPDX-License-Identifier: MIT */
/* query.h - the parts of a sample query: scores of all training sequences, then the best of them.
 */
#ifndef RRI_INFLUENCE_QUERY_H
#define RRI_INFLUENCE_QUERY_H

#include "influence/model.h"

/* The min(k, passing) best sequences by score that pass the query's filters, best first, ties by
 * lower id. score is [N], out has room for k. */
size_t rri_top(const rr_traces *t, const rr_query *q, const float *score, size_t k,
               rr_neighbour *out);

#endif
