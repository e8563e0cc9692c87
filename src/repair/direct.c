/* SPDX-License-Identifier: MIT */
/* direct.c - strategy direct: copies of the failing inputs themselves. */
#include "repair/repair_internal.h"

void rri_direct_search(const rri_search *s, rr_repair_target *t)
{
    t->sample.nearest_truth = t->sample.nearest_prediction = UINT32_MAX;
    t->copies = s->cfg.copies;
    t->copy_weight = 1.0;
}

/* The sequence up to the step, in which that step alone has a label. Memory: *labels is owned. */
static rr_status cut_behind(const rr_repair_target *t, rr_sequence *x, uint32_t **labels,
                            rr_error *err)
{
    const rr_status st = rri_alloc(labels, t->step, 1, sizeof **labels, err);

    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < t->step; i++)
        (*labels)[i] = RR_NO_LABEL;
    (*labels)[t->step - 1] = t->truth;
    x->steps = t->step;
    x->step_labels = *labels;
    return RR_OK;
}

rr_status rri_direct_add(const rri_search *s, const rr_repair_target *t, rr_dataset_builder *b,
                         rr_error *err)
{
    rr_sequence x = rr_dataset_at(s->test, t->id);
    uint32_t *labels = NULL;
    rr_status st = RR_OK;

    if (t->copies == 0)
        return RR_OK;
    x.label = t->truth;
    if (s->steps)
        RRI_TRY(cut_behind(t, &x, &labels, err));
    for (size_t i = 0; i < t->copies; i++)
        RRI_TRY(rr_dataset_builder_add(b, x, err));

done:
    rri_free(labels);
    return st;
}
