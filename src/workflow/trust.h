/* SPDX-License-Identifier: MIT */
/* trust.h - what is measured of an influence model and the data it is asked about, before anything
 * is concluded. */
#ifndef RRI_TRUST_H
#define RRI_TRUST_H

#include "workflow/workflow_internal.h"

/* How often the likeliest class of a state by C_q is the network's prediction. */
typedef struct rri_agreement {
    size_t count, agree;
    double usual; /* fraction of the most frequent prediction: what agreement is without states */
} rri_agreement;

/* Right and wrong answers. */
typedef struct rri_answered {
    size_t count, right;
    double stability_right, stability_wrong; /* mean of the state answered in; 0 without one */
} rri_answered;

/* Of a split. Answers are of sequences after their last step, or of labelled steps. */
typedef struct rri_trust_split {
    bool has, labelled;
    size_t sequences, steps;
    size_t unseen; /* steps whose key no training step has */
    rri_agreement at_steps, at_last;
    rri_answered seen, not_seen; /* labelled steps with a seen key, and without; or sequences with
                                    no more unseen steps than usual in the split, and with more */
    rri_answered all;
} rri_trust_split;

/* Of an influence model. */
typedef struct rri_trust_figures {
    rr_influence_info info;
    bool short_of; /* K is the most that was allowed, or possible, and less than enough */
    rr_key key;    /* the default of the data */
    bool by_steps;
    rri_trust_split of[3]; /* by rr_split; of train only the agreement */
    size_t silent;         /* classes predicted at a training step that are no state's likeliest */
    size_t predicted;      /* classes predicted at a training step */
    size_t thin;           /* states with less than RRI_THIN training steps */
    size_t weakest;        /* the least stable state */
} rri_trust_figures;

/* With 30 steps a fraction in C_q is known to a tenth (the standard error of one half). */
enum { RRI_THIN = 30 };

/* Measure. Errors: as rri_session_traces(), rr_influence_segment(); CANCELLED. */
rr_status rri_trust_measure(rr_session *s, rri_trust_figures *out, rr_error *err);

#endif
