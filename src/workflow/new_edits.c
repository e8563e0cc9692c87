/* SPDX-License-Identifier: MIT */
/* new_edits.c - the edits a new run begins with: label decisions and loss weights, from files. */
#include "workflow/workflow_internal.h"

#include "audit/audit_internal.h"
#include "data/data_internal.h"

static rr_status read_labels(const char *path, const rr_dataset *train, rr_edits **out,
                             const rr_callbacks *callbacks, rr_error *err)
{
    rr_decision *list = NULL;
    size_t n = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_decisions_load(path, train, "train", &list, &n, err));
    RRI_TRY(rr_decisions_edits(list, n, train, out, err));
    if ((*out)->count_removed == rr_dataset_count(train))
        RRI_TRY(
            rri_fail(err, RR_ERR_ARG, -1, "%s: every training sequence would be left out", path));
    rri_note(callbacks, "%s: %zu training sequences have other labels, %zu are left out", path,
             (*out)->count_relabelled, (*out)->count_removed);
    if ((*out)->count_steps > 0)
        rri_note(callbacks, "%s: %zu training steps have other labels", path, (*out)->count_steps);

done:
    rr_decisions_free(list);
    return st;
}

static rr_status read_weights(const char *path, const rr_dataset *train, rr_edits **out,
                              const rr_callbacks *callbacks, rr_error *err)
{
    size_t others = 0;
    size_t zeros = 0;
    const rr_status st = rri_weights_load(path, train, out, err);

    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < (*out)->count_weights; i++) {
        others += (*out)->weights[i] != 1.0f;
        zeros += (*out)->weights[i] == 0.0f;
    }
    rri_note(callbacks,
             "%s: the losses of %zu training sequences have other weights, %zu of them 0", path,
             others, zeros);
    return RR_OK;
}

rr_status rri_new_edits(const rr_new_run_config *cfg, const rr_dataset *train,
                        const rr_callbacks *callbacks, rr_edits **out, rr_error *err)
{
    static const rr_edits nothing = { .removed = NULL };
    rr_edits *labels = NULL;
    rr_edits *weights = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    if (cfg->labels == NULL && cfg->weights == NULL)
        return RR_OK;
    if (cfg->labels != NULL)
        RRI_TRY(read_labels(cfg->labels, train, &labels, callbacks, err));
    if (cfg->weights != NULL)
        RRI_TRY(read_weights(cfg->weights, train, &weights, callbacks, err));
    /* The weights are those of the data's own numbers, from which labels may take some. */
    st = rr_edits_compose(weights != NULL ? weights : &nothing, rr_dataset_count(train), train,
                          labels != NULL ? labels : &nothing, out, err);
    if (st == RR_ERR_ARG && cfg->weights != NULL)
        st = rri_prefix(err, st, "%s", cfg->weights);

done:
    rr_edits_free(labels);
    rr_edits_free(weights);
    return st;
}
