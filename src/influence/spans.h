/* SPDX-License-Identifier: MIT */
/* spans.h - the spans of a training set, prepared for queries: spans.c, query_spans.c. */
#ifndef RRI_INFLUENCE_SPANS_H
#define RRI_INFLUENCE_SPANS_H

#include "influence/model.h"

#define RRI_NO_SPAN UINT32_MAX

struct rr_spans {
    const rr_influence *inf; /* borrowed */
    rr_key key;
    const rri_postings *postings; /* of the key */
    size_t count;
    rr_span *span;    /* [count] */
    uint32_t *of_row; /* [R] the span of a training step, RRI_NO_SPAN for none */
    double *norm;     /* [count] 2-norm of the weighted numbers of its keys */
};

/* The weight of a key that n of R training steps have, above 0: the rarer, the larger. */
double rri_key_weight(size_t steps, size_t n);

/* The span of an entry of a posting list. */
static inline uint32_t rri_span_of(const rr_spans *s, rr_posting at)
{
    return s->of_row[s->inf->training->offset[at.sequence] + at.step - 1];
}

#endif
