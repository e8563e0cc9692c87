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
} rri_edits;

/* Empty edits with capacity for so many ids and steps; additions are shared. Errors NOMEM. */
rr_status rri_edits_new(size_t removed, size_t relabelled, size_t steps,
                        const rr_dataset *additions, rri_edits **out, rr_error *err);

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
