/* SPDX-License-Identifier: MIT */
/* audit_internal.h - an audit at work: what audit.c ranks by and evidence.c adds to. */
#ifndef RRI_AUDIT_INTERNAL_H
#define RRI_AUDIT_INTERNAL_H

#include "audit/inputs.h"
#include "rnnrepair/audit.h"
#include "rnnrepair/decisions.h"

#include "core/callbacks.h"
#include "core/core.h"

#include <math.h>

struct rr_audit {
    rr_audit_result result; /* points into the others */
    double *scores;         /* [N] */
    uint32_t *order;        /* [N] */
    uint32_t *likeliest;    /* [N] or NULL */
    rr_audit_row *rows;
    size_t *tied;             /* [count_rows] */
    rr_audit_reason *reasons; /* of the rows */
    rr_audit_opponent *opponents;
    char *split; /* of the judged, NULL: the training set */
};

/* What is borrowed and computed while the ranking is made. */
typedef struct rri_audit_work {
    const rr_audit_config *cfg;
    const rr_audit_data *data;
    const rr_callbacks *callbacks;
    rr_audit *audit;
    size_t N, C;                 /* N sequences whose labels are ranked */
    bool other;                  /* they are not those of the training set */
    const rr_traces *judged;     /* their traces */
    const rr_dataset *sequences; /* themselves; NULL where there is no network */
    rr_traces *judged_made;      /* their traces, where they were made here */
    const rr_traces *traces;     /* of data->ds; NULL where there is none */
    rr_traces *made;             /* them, where they were made here */
    float *support;              /* [N][C] */
    float *probabilities; /* [N][C] by the network, or by those that have not seen the sequence;
                         NULL where nobody knows them */
    /* Of the nearest training inputs (inputs.h); NULL where they are not known, or not asked for:
     */
    float *lift;               /* [N][C], of the method neighbours alone log p */
    uint32_t *near;            /* [N][RRI_NEAREST] */
    unsigned char *count_near; /* [N] */
} rri_audit_work;

/* -log p of a label. A probability that underflowed counts as the least there is. */
static inline double rri_doubt(float p)
{
    return -log(p < 1e-37F ? 1e-37 : (double)p);
}

/* Does the method need the network's gradients? */
static inline bool rri_audit_by_gradients(const rr_audit_config *cfg)
{
    return cfg->method == RR_AUDIT_KOH_LIANG || cfg->method == RR_AUDIT_SGD ||
           cfg->method == RR_AUDIT_TRACIN || cfg->method == RR_AUDIT_REPLAY ||
           cfg->method == RR_AUDIT_OUTPUT_LAYER;
}

/* The given label of a sequence. */
static inline uint32_t rri_audit_given(const rri_audit_work *w, size_t i)
{
    return rr_traces_at(w->judged, i).label;
}

/* Is another label likelier, by the method? */
static inline bool rri_audit_flagged(const rri_audit_work *w, size_t i)
{
    return w->audit->likeliest != NULL && w->audit->likeliest[i] != rri_audit_given(w, i);
}

/* ---- labels.c ------------------------------------------------------------------------------- */

/* Does the score go by support, by probability, and by the nearest inputs? */
bool rri_audit_by_support(const rr_audit_config *cfg);
bool rri_audit_by_probability(const rr_audit_config *cfg);
bool rri_audit_by_inputs(const rr_audit_config *cfg);

/* Fill support and probabilities. Errors: as rr_label_support_of(), rr_crossvalidation_step(),
 * rr_network_probabilities(). */
rr_status rri_audit_support(const rri_audit_work *w, rr_error *err);
rr_status rri_audit_probabilities(const rri_audit_work *w, rr_error *err);

/* Find the nearest training inputs and what their labels say; nothing where the inputs are not
 * known. Errors: UNSUPPORTED (the method goes by them alone), CANCELLED, NOMEM. */
rr_status rri_audit_inputs(rri_audit_work *w, rr_error *err);

/* A copy of the network, and a trainer that loads the checkpoints of the training into it. Memory:
 * rr_network_free(), rr_trainer_free(), also on failure. Errors: as rr_trainer_new(), NOMEM. */
rr_status rri_audit_trainer(const rri_audit_work *w, rr_network **net, rr_trainer **trainer,
                            rr_error *err);

/* Scores and likeliest labels by them. Errors: as above. */
rr_status rri_audit_score_labels(rri_audit_work *w, rr_error *err);

/* Beside a decision in a review file. */
typedef struct rri_suggestion {
    bool open; /* action and label are left empty */
    uint32_t label;
    const char *evidence; /* what prefers it; a literal */
} rri_suggestion;

/* ---- review_file.c, review_write.c ---------------------------------------------------------- */

/* As rr_decisions_load() and rr_decisions_save(); split names the sequences, NULL for none.
 * Errors: FORMAT (a row that names another). Written, the column split holds it. suggestions: NULL,
 * or [n], for the columns suggested, evidence and, of words, text. */
rr_status rri_decisions_load(const char *path, const rr_dataset *ds, const char *split,
                             rr_decision **out, size_t *n, rr_error *err);
rr_status rri_decisions_save(const rr_decision *decisions, size_t n, const rr_dataset *ds,
                             const char *split, const rri_suggestion *suggestions, const char *path,
                             rr_error *err);

/* ---- reasons.c ------------------------------------------------------------------------------ */

/* The label a sequence should rather have, another than the given one, by all evidence at hand. */
uint32_t rri_audit_suggested(const rri_audit_work *w, size_t i, uint32_t given);

/* Fill the reasons of the rows, and decide which are filled in for the reviewer. Errors: NOMEM. */
rr_status rri_audit_reasons(const rri_audit_work *w, rr_error *err);

/* ---- evidence.c ----------------------------------------------------------------------------- */

/* Fill the rows, the opponents and what is found of known wrong labels. */
rr_status rri_audit_evidence(rri_audit_work *w, rr_error *err);

#endif
