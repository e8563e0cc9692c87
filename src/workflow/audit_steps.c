/* SPDX-License-Identifier: MIT */
/* audit_steps.c - collects the inputs of an audit of labels of steps from a run. The ranking:
 * src/audit/steps.c. */
#include "workflow/workflow_internal.h"

#include "audit/audit_internal.h"
#include "run/run_internal.h"

rr_status rr_session_step_audit_question(rr_session *s, rr_session_step_audit_config *out,
                                         rr_error *err)
{
    const rr_influence *inf = NULL;
    const rr_status st = rr_session_influence(s, &inf, err);

    *out = (rr_session_step_audit_config){ .struct_size = sizeof *out,
                                           .audit = rr_step_audit_config_default() };
    if (st == RR_OK && rr_run_settings_of(s->run).network.vocabulary > 0)
        out->audit.key = RR_KEY_STATE_SYMBOL;
    return st;
}

/* The first training step of each sequence. Memory: *out is rri_free()d. */
static rr_status number_steps(const rr_dataset *train, size_t **out, rr_error *err)
{
    const size_t N = rr_dataset_count(train);
    const rr_status st = rri_alloc(out, N + 1, 1, sizeof **out, err);

    for (size_t i = 0; st == RR_OK && i < N; i++)
        (*out)[i + 1] = (*out)[i] + rr_dataset_at(train, i).steps;
    return st;
}

/* Mark the steps whose truth in the file differs from their label in the run. Memory: *out is
 * rri_free()d. */
static rr_status mark_known(const rr_session *s, const rr_dataset *train, const char *path,
                            unsigned char **out, rr_error *err)
{
    const size_t removed = rr_run_settings_of(s->run).edits.count_removed;
    rr_decision *rows = NULL;
    size_t *begin = NULL;
    size_t n = 0, known = 0;
    rr_status st = RR_OK;

    if (removed > 0)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "--flips: %s leaves out %zu sequences, so that its numbers are not those "
                         "of the source; audit the run it came from",
                         rr_run_dir(s->run), removed));
    RRI_TRY(rri_decisions_load(path, train, "train", &rows, &n, err));
    RRI_TRY(number_steps(train, &begin, err));
    RRI_TRY(rri_alloc(out, rr_dataset_steps(train), 1, 1, err));
    for (size_t k = 0; k < n; k++) {
        const rr_sequence q = rr_dataset_at(train, rows[k].id);
        if (rows[k].truth < 0 || rows[k].step == 0)
            RRI_TRY(rri_fail(err, RR_ERR_FORMAT, -1, "%s: a row about sequence %u has no %s", path,
                             (unsigned)rows[k].id, rows[k].step == 0 ? "step" : "truth"));
        const bool wrong = (int64_t)q.step_labels[rows[k].step - 1] != rows[k].truth;
        (*out)[begin[rows[k].id] + rows[k].step - 1] = wrong;
        known += wrong;
    }
    if (known == 0)
        st = rri_fail(err, RR_ERR_ARG, -1,
                      "--flips %s: no step of the run is labelled otherwise than its truth says",
                      path);

done:
    rri_free(begin);
    rr_decisions_free(rows);
    return st;
}

rr_status rr_session_audit_steps(rr_session *s, const rr_session_step_audit_config *cfg,
                                 rr_step_audit **out, rr_error *err)
{
    rr_session_step_audit_config own = { .struct_size = sizeof own,
                                         .audit = rr_step_audit_config_default() };
    rr_state_source source = { .ops = NULL };
    const rr_influence *inf = NULL;
    const rr_dataset *train = NULL;
    unsigned char *mislabelled = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_config_take(&own, sizeof own, cfg, "rr_session_step_audit_config", err));
    RRI_TRY(rr_session_influence(s, &inf, err));
    RRI_TRY(rr_session_split(s, RR_SPLIT_TRAIN, &train, err));
    if (!rr_dataset_step_labelled(train))
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "%s: the steps of the training set have no labels",
                         rr_run_dir(s->run)));
    if (own.known != NULL)
        RRI_TRY(mark_known(s, train, own.known, &mislabelled, err));
    rri_run_forget_content(s->run);
    RRI_TRY(rri_session_open_states(s, RR_SPLIT_TRAIN, s->threads, &source, err));
    RRI_TRY(rr_step_audit_run(&own.audit, inf, &source, mislabelled, &s->callbacks, out, err));

done:
    rr_state_source_close(&source);
    rri_free(mislabelled);
    return st;
}
