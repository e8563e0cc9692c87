/* SPDX-License-Identifier: MIT */
/* audit_internal.h - an audit at work: what audit.c ranks by and evidence.c adds to. */
#ifndef RRI_AUDIT_INTERNAL_H
#define RRI_AUDIT_INTERNAL_H

#include "rnnrepair/audit.h"

#include "core/callbacks.h"
#include "core/core.h"

#include <math.h>

struct rr_audit {
    rr_audit_result result; /* points into the others */
    double *scores;         /* [N] */
    uint32_t *order;        /* [N] */
    uint32_t *likeliest;    /* [N] or NULL */
    rr_audit_row *rows;
    rr_audit_opponent *opponents;
};

/* What is borrowed and computed while the ranking is made. */
typedef struct rri_audit_work {
    const rr_audit_config *cfg;
    const rr_audit_data *data;
    const rr_callbacks *callbacks;
    rr_audit *audit;
    size_t N, C;
    const rr_traces *traces; /* of data->ds; NULL where there is none */
    rr_traces *made;         /* them, where they were made here */
    float *support;          /* [N][C] */
    float *probabilities;    /* [N][C] by the network, or by those that have not seen the sequence;
                                NULL where nobody knows them */
} rri_audit_work;

/* -log p of a label. A probability that underflowed counts as the least there is. */
static inline double rri_doubt(float p)
{
    return -log(p < 1e-37F ? 1e-37 : (double)p);
}

/* The given label of a training sequence. */
static inline uint32_t rri_audit_given(const rri_audit_work *w, size_t i)
{
    return rr_traces_at(rr_influence_training(w->data->inf), i).label;
}

/* Fill the rows, the opponents and what is found of known wrong labels. */
rr_status rri_audit_evidence(rri_audit_work *w, rr_error *err);

#endif
