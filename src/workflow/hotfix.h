/* SPDX-License-Identifier: MIT */
/* hotfix.h - what the repair of an output layer and the check of its certificate share: answers of
 * a network, the inputs of the program, and what a changed network does, by running it. */
#ifndef RRI_WORKFLOW_HOTFIX_H
#define RRI_WORKFLOW_HOTFIX_H

#include "network/network_internal.h"
#include "rnnrepair/hotfix.h"
#include "workflow/certificate.h"
#include "workflow/workflow_internal.h"

/* The answers of a network, [count] each: after the last step of every sequence, or of the labelled
 * steps where every step has an output. */
typedef struct rri_answers {
    size_t count;
    uint32_t *labels, *predictions;
    uint32_t *sequence; /* whose answer it is */
    float *states;      /* [count][H] */
} rri_answers;

/* What a network is measured against: the answers before. Owned but for the datasets. */
typedef struct rri_before {
    const rr_dataset *train, *targets;
    rri_answers of_train, of_targets;
} rri_before;

void rri_before_clear(rri_before *b);

/* Run the network before over b->train and b->targets. */
rr_status rri_answer_before(const rr_network *net, const rr_session *s, rri_before *b,
                            rr_error *err);

/* The inputs of the program. All owned. */
typedef struct rri_hotfix_inputs {
    rr_hotfix_problem p;
    float *states;
    uint32_t *labels;
    size_t *number; /* [held] of each input to hold in the training set's answers */
} rri_hotfix_inputs;

/* The targets, then the training answers that were right. `before` [train->count] are the
 * predictions of the network that is repaired. On failure, too, *out is to be cleared. */
rr_status rri_hotfix_inputs_new(const rr_network *net, const rri_answers *targets,
                                const rri_answers *train, const uint32_t *before,
                                rri_hotfix_inputs *out, rr_error *err);
void rri_hotfix_inputs_clear(rri_hotfix_inputs *p);

/* A copy of the network with another output layer. Memory: rr_network_free(). */
rr_status rri_with_layer(const rr_network *net, const rr_hotfix *h, rr_network **out,
                         rr_error *err);

/* Fill in what the new network does, by running it; ids of the targets and what was dropped are
 * set.
 */
rr_status rri_evaluate(const rr_network *net, const rr_session *s, const rri_before *b,
                       rri_certificate *c, rr_error *err);

#endif
