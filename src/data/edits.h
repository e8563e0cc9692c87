/* SPDX-License-Identifier: MIT */
/* edits.h - an rr_edits (rnnrepair/edits.h) under construction: lists filled one by one. */
#ifndef RRI_EDITS_H
#define RRI_EDITS_H

#include "core/core.h"
#include "rnnrepair/edits.h"

/* rr_edits_free() releases it by the address of its view. */
typedef struct rri_edits {
    rr_edits view; /* of the lists below */
    uint32_t *removed, *relabelled, *labels;
    rr_step_edit *steps;
    rr_dataset *additions;
    float *weights;
} rri_edits;

/* Empty edits with capacity for so many ids and steps; additions are shared. Errors NOMEM. */
rr_status rri_edits_new(size_t removed, size_t relabelled, size_t steps,
                        const rr_dataset *additions, rri_edits **out, rr_error *err);

/* Give edits without weights room for n of them: all 0. Errors NOMEM. */
rr_status rri_edits_weigh(rri_edits *e, size_t n, rr_error *err);

/* Take away weights that are all 1: they say nothing. */
void rri_edits_drop_ones(rri_edits *e);

/* ARG unless each weight is a finite number of at least 0; err->where is the first that is not. */
rr_status rri_loss_weights_check(const float *weights, size_t n, rr_error *err);

/* ARG unless each weight is finite and not negative, and one is above 0. */
rr_status rri_weights_check(const float *weights, size_t n, rr_error *err);

/* Compose the weights, where there are any, as rr_edits_compose() does; n sequences of train. */
rr_status rri_edits_join_weights(const rr_edits *first, size_t n, const rr_edits *then,
                                 rri_edits *out, rr_error *err);

static inline void rri_edits_remove(rri_edits *e, uint32_t id)
{
    e->removed[e->view.count_removed++] = id;
}

static inline void rri_edits_relabel(rri_edits *e, uint32_t id, uint32_t label)
{
    e->relabelled[e->view.count_relabelled] = id;
    e->labels[e->view.count_relabelled++] = label;
}

static inline void rri_edits_relabel_step(rri_edits *e, rr_step_edit step)
{
    e->steps[e->view.count_steps++] = step;
}

#endif
