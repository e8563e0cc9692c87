/* SPDX-License-Identifier: MIT */
/* export.c - the samples to add for errors of a split, for a network that is trained elsewhere:
 * targets, their traces, what to add. The files: export_file.c. */
#include "workflow/export.h"

#include "rnnrepair/workflow_explain.h"

#include <string.h>

rr_export_request rr_export_request_default(const rr_session *s)
{
    rr_export_request request = { .struct_size = sizeof(rr_export_request),
                                  .split = RR_SPLIT_TEST,
                                  .most = 100,
                                  .search = rr_additions_config_default() };

    if (rr_run_settings_of(s->run).network.vocabulary > 0) {
        request.search.query.measure = RR_MEASURE_JACCARD;
        request.search.query.key = RR_KEY_STATE_SYMBOL;
    }
    return request;
}

/* ---- targets -------------------------------------------------------------------------------- */

/* Mark the errors that have a suspect step, as the level segment needs. */
static rr_status mark_localized(rr_session *s, const rr_export_request *q, unsigned char *eligible,
                                rr_error *err)
{
    const rr_error_filter which = { .truth = q->truth };
    rr_localization *found = NULL;
    size_t without = 0;
    rr_status st = RR_OK;

    RRI_TRY(rr_session_localize(s, q->split, &q->search.localize, &which, &found, err));
    for (size_t i = 0; i < found->count; i++) {
        const bool suspect = found->errors[i].segments->count > 0;
        eligible[found->errors[i].id] = suspect;
        without += !suspect;
    }
    if (without > 0)
        rri_note(&s->callbacks, "%zu errors left out: no step of theirs is suspect by rule %s",
                 without, rr_enum_name(RR_ENUM_RULE, q->search.localize.rules));

done:
    rr_localization_free(found);
    return st;
}

static bool by_segments(const rr_session *s, const rr_export_request *q)
{
    if (rr_run_settings_of(s->run).network.output == RR_OUTPUT_STEP)
        return false; /* spans with wrong steps are targets */
    return q->search.level == RR_LEVEL_SEGMENT ||
           (q->search.level == RR_LEVEL_AUTO && rr_run_settings_of(s->run).network.vocabulary > 0);
}

/* Listed targets stay in their order. Memory: out->ids is released by rr_ids_free(). */
static rr_status choose_targets(rr_session *s, const rr_export_request *q, rr_ids *out,
                                rr_error *err)
{
    rr_error_filter which = { .truth = q->truth, .most = q->most };
    const rr_dataset *ds = NULL;
    unsigned char *eligible = NULL;
    rr_ids checked = { NULL, 0 };
    rr_status st = RR_OK;

    RRI_TRY(rr_session_split(s, q->split, &ds, err));
    if (q->targets != NULL) {
        const rr_error_filter listed = { .ids = q->targets, .count = q->count_targets };
        RRI_TRY(rr_session_errors(s, q->split, &listed, &checked, err));
        RRI_TRY(rri_alloc(&out->ids, q->count_targets, 1, sizeof *out->ids, err));
        if (q->count_targets > 0)
            memcpy(out->ids, q->targets, q->count_targets * sizeof *out->ids);
        out->count = q->count_targets;
        goto done;
    }
    if (by_segments(s, q) && rr_dataset_labelled(ds)) {
        RRI_TRY(rri_alloc(&eligible, rr_dataset_count(ds), 1, 1, err));
        RRI_TRY(mark_localized(s, q, eligible, err));
        which.eligible = eligible;
    }
    RRI_TRY(rr_session_errors(s, q->split, &which, out, err));
    if (out->count == 0)
        st = rri_fail(err, RR_ERR_ARG, -1, "no such error to repair among the %zu sequences of %s",
                      rr_dataset_count(ds), rri_split_title(q->split));

done:
    rr_ids_free(&checked);
    rri_free(eligible);
    return st;
}

/* ---- the search ----------------------------------------------------------------------------- */

/* Trace the targets, and find what to add for each. */
static rr_status find(rr_session *s, const rr_export_request *q, rr_export *x, rr_error *err)
{
    const rri_selection some = { q->split, x->targets, x->ds, x->targets, x->count };
    rr_additions_config cfg = q->search;
    rr_traces *traces = NULL;
    unsigned char *marks = NULL;
    size_t *all = NULL;
    rr_status st = RR_OK;

    cfg.threads = s->threads;
    RRI_TRY(rri_spare_marks(x->ds, &cfg.localize, &marks, err));
    RRI_TRY(rri_alloc(&all, x->count, 1, sizeof *all, err));
    for (size_t i = 0; i < x->count; i++)
        all[i] = i;
    RRI_TRY(rri_session_trace(s, &some, &traces, err));
    RRI_TRY(rr_additions_find(&cfg, s->influence, traces, all, x->count, &s->callbacks,
                              &x->additions, err));
    x->without = rr_additions_without(x->additions);
    if (x->without > 0)
        rri_note(&s->callbacks, "%zu of the %zu targets get no sample: no training sequence fits",
                 x->without, x->count);

done:
    rri_free(all);
    rri_free(marks);
    rr_traces_free(traces);
    return st;
}

rr_status rr_session_export(rr_session *s, const rr_export_request *request, rr_export **out,
                            rr_error *err)
{
    rr_export_request q = rr_export_request_default(s);
    const rr_influence *inf = NULL;
    rr_ids targets = { NULL, 0 };
    rr_export *x = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_config_take(&q, sizeof q, request, "rr_export_request", err));
    RRI_TRY(rri_config_same(&q.search, sizeof q.search, "rr_export_request.search", err));
    if (q.path != NULL) {
        RRI_TRY(rri_export_check(q.path, err));
        RRI_TRY(rr_session_check_output(s, q.path, err));
    }
    RRI_TRY(rr_session_influence(s, &inf, err));
    RRI_TRY(choose_targets(s, &q, &targets, err));
    RRI_TRY(rri_alloc(&x, 1, 1, sizeof *x, err));
    x->targets = targets.ids;
    x->count = targets.count;
    targets = (rr_ids){ NULL, 0 };
    RRI_TRY(rr_session_split(s, q.split, &x->ds, err));
    RRI_TRY(rr_session_split(s, RR_SPLIT_TRAIN, &x->train, err));
    RRI_TRY(find(s, &q, x, err));
    if (q.path != NULL)
        RRI_TRY(rri_export_write(x, q.path, err));
    *out = x;
    x = NULL;

done:
    rr_export_free(x);
    rr_ids_free(&targets);
    return st;
}

void rr_export_free(rr_export *x)
{
    if (x == NULL)
        return;
    rr_additions_free(x->additions);
    rri_free(x->targets);
    rri_free(x);
}
