/* SPDX-License-Identifier: MIT */
/* page_audit.c - the labels of the training set that are most likely wrong: of sequences, or where
 * every step has an output, of steps. */
#include "report/page_data.h"

#include "workflow/workflow_internal.h"

/* The arrays of n rows, each [n]; neighbours is [n][RR_AUDIT_NEIGHBOURS]. */
typedef struct table {
    size_t n;
    uint32_t *id, *given, *suggested, *prediction, *flagged;
    uint32_t *step, *neighbours; /* of one of them NULL */
    float *score, *support, *confidence;
} table;

enum { FLAGGED_UNKNOWN = 2 };

static rr_status new_table(size_t n, bool steps, table *t, rr_error *err)
{
    rr_status st = RR_OK;

    t->n = n;
    RRI_TRY(rri_alloc(&t->id, n, 1, sizeof *t->id, err));
    RRI_TRY(rri_alloc(&t->given, n, 1, sizeof *t->given, err));
    RRI_TRY(rri_alloc(&t->suggested, n, 1, sizeof *t->suggested, err));
    RRI_TRY(rri_alloc(&t->prediction, n, 1, sizeof *t->prediction, err));
    RRI_TRY(rri_alloc(&t->flagged, n, 1, sizeof *t->flagged, err));
    if (steps)
        RRI_TRY(rri_alloc(&t->step, n, 1, sizeof *t->step, err));
    else
        RRI_TRY(rri_alloc(&t->neighbours, n, RR_AUDIT_NEIGHBOURS, sizeof *t->neighbours, err));
    RRI_TRY(rri_alloc(&t->score, n, 1, sizeof *t->score, err));
    RRI_TRY(rri_alloc(&t->support, n, 1, sizeof *t->support, err));
    RRI_TRY(rri_alloc(&t->confidence, n, 1, sizeof *t->confidence, err));

done:
    return st;
}

static void clear_table(table *t)
{
    rri_free(t->id);
    rri_free(t->given);
    rri_free(t->suggested);
    rri_free(t->prediction);
    rri_free(t->flagged);
    rri_free(t->step);
    rri_free(t->neighbours);
    rri_free(t->score);
    rri_free(t->support);
    rri_free(t->confidence);
}

static rr_status add_table(rr_page *page, const table *t, rr_error *err)
{
    const size_t id = UINT32_MAX - 1; /* of the type u4 */
    const size_t label = 65534;       /* of the type u2 */
    rr_status st = RR_OK;

    RRI_TRY(rri_page_add_numbers(page, t->id, t->n, 1, id, err, "audit.id"));
    if (t->step != NULL)
        RRI_TRY(rri_page_add_numbers(page, t->step, t->n, 1, id, err, "audit.step"));
    RRI_TRY(rri_page_add_numbers(page, t->given, t->n, 1, label, err, "audit.given"));
    RRI_TRY(rri_page_add_numbers(page, t->suggested, t->n, 1, label, err, "audit.suggested"));
    RRI_TRY(rri_page_add_numbers(page, t->prediction, t->n, 1, label, err, "audit.prediction"));
    RRI_TRY(rri_page_add_floats(page, t->score, t->n, 1, err, "audit.score"));
    RRI_TRY(rri_page_add_floats(page, t->support, t->n, 1, err, "audit.support"));
    RRI_TRY(rri_page_add_floats(page, t->confidence, t->n, 1, err, "audit.confidence"));
    RRI_TRY(rri_page_add_numbers(page, t->flagged, t->n, 1, FLAGGED_UNKNOWN, err, "audit.flagged"));
    if (t->neighbours != NULL)
        RRI_TRY(rri_page_add_numbers(page, t->neighbours, t->n, RR_AUDIT_NEIGHBOURS, id, err,
                                     "audit.neighbours"));

done:
    return st;
}

static void put_info(rr_page *page, rr_audit_method method, size_t rows, size_t judged,
                     size_t flagged)
{
    json_t *x = json_object();

    rri_page_put(page, x, "method", rri_page_word(RR_ENUM_AUDIT_METHOD, method));
    rri_page_put(page, x, "rows", rri_page_size(rows));
    rri_page_put(page, x, "sequences", rri_page_size(judged));
    rri_page_put(page, x, "flagged", rri_page_size(flagged));
    rri_page_put(page, x, "split", rri_page_text("train"));
    rri_page_put(page, page->manifest, "audit", x);
}

/* ---- sequences ------------------------------------------------------------------------------ */

static void copy_row(table *t, size_t i, const rr_audit_row *row)
{
    t->id[i] = row->id;
    t->given[i] = row->given;
    t->suggested[i] = row->suggested;
    t->prediction[i] = row->prediction;
    t->flagged[i] = row->flagged < 0 ? FLAGGED_UNKNOWN : row->flagged > 0;
    t->score[i] = (float)row->score;
    t->support[i] = row->support;
    t->confidence[i] = row->confidence;
    for (size_t k = 0; k < RR_AUDIT_NEIGHBOURS; k++)
        t->neighbours[i * RR_AUDIT_NEIGHBOURS + k] =
            k < row->count_neighbours ? row->neighbours[k].id : UINT32_MAX;
}

/* The default method needs probabilities, which states from elsewhere may lack. */
static rr_status audit(rr_session *s, rr_session_audit_config *cfg, rr_audit **out, rr_error *err)
{
    const rr_status st = rr_session_audit(s, cfg, out, err);

    if (st != RR_ERR_UNSUPPORTED)
        return st;
    cfg->audit.method = RR_AUDIT_INFLUENCE;
    return rr_session_audit(s, cfg, out, err);
}

static rr_status put_sequences(rr_page *page, const rri_page_run *run, size_t rows, rr_error *err)
{
    rr_session_audit_config cfg = rr_session_audit_config_default();
    rr_error why = { RR_OK, -1, "" };
    rr_audit *a = NULL;
    table t = { .n = 0 };
    rr_status st = RR_OK;

    cfg.audit.top = rri_min(rows, rr_dataset_count(run->splits[RR_SPLIT_TRAIN].ds));
    st = audit(run->session, &cfg, &a, &why);
    RRI_TRY(rri_page_settle(page, "audit", st, &why, err));
    if (a == NULL)
        goto done;
    const rr_audit_result *r = rr_audit_result_of(a);
    RRI_TRY(new_table(r->count_rows, false, &t, err));
    for (size_t i = 0; i < t.n; i++)
        copy_row(&t, i, &r->rows[i]);
    RRI_TRY(add_table(page, &t, err));
    put_info(page, cfg.audit.method, t.n, r->sequences, r->flagged);

done:
    clear_table(&t);
    rr_audit_free(a);
    return st;
}

/* ---- steps ---------------------------------------------------------------------------------- */

static void copy_step(table *t, size_t i, const rr_step_audit_row *row)
{
    t->id[i] = row->sequence;
    t->step[i] = row->step;
    t->given[i] = row->given;
    t->suggested[i] = row->suggested;
    t->prediction[i] = row->prediction;
    t->flagged[i] = FLAGGED_UNKNOWN;
    t->score[i] = (float)row->score;
    t->support[i] = row->support;
    t->confidence[i] = row->confidence;
}

static rr_status audit_steps(rr_session *s, rr_session_step_audit_config *cfg, rr_step_audit **out,
                             rr_error *err)
{
    const rr_status st = rr_session_audit_steps(s, cfg, out, err);

    if (st != RR_ERR_UNSUPPORTED)
        return st;
    cfg->audit.method = RR_AUDIT_INFLUENCE;
    return rr_session_audit_steps(s, cfg, out, err);
}

static rr_status put_steps(rr_page *page, const rri_page_run *run, size_t rows, rr_error *err)
{
    const size_t labelled = rr_dataset_labelled_steps(run->splits[RR_SPLIT_TRAIN].ds);
    rr_session_step_audit_config cfg;
    rr_error why = { RR_OK, -1, "" };
    rr_step_audit *a = NULL;
    table t = { .n = 0 };
    rr_status st = RR_OK;

    RRI_TRY(rr_session_step_audit_question(run->session, &cfg, err));
    cfg.audit.top = rri_max(rri_min(rows, labelled), 1);
    st = audit_steps(run->session, &cfg, &a, &why);
    RRI_TRY(rri_page_settle(page, "audit", st, &why, err));
    if (a == NULL)
        goto done;
    const rr_step_audit_result *r = rr_step_audit_result_of(a);
    RRI_TRY(new_table(r->count_rows, true, &t, err));
    for (size_t i = 0; i < t.n; i++)
        copy_step(&t, i, &r->rows[i]);
    RRI_TRY(add_table(page, &t, err));
    put_info(page, cfg.audit.method, t.n, r->steps, 0);

done:
    clear_table(&t);
    rr_step_audit_free(a);
    return st;
}

rr_status rri_page_put_audit(rr_page *page, const rri_page_run *run, size_t rows, rr_error *err)
{
    rri_page_put(page, page->manifest, "audit", json_null());
    if (rows == 0)
        rri_page_leave_out(page, "audit", "The audit was not asked for.");
    else if (run->inf == NULL)
        rri_page_leave_out(page, "audit",
                           "The audit compares labels by the states of the training set: it needs "
                           "the influence model that rnnrepair build makes.");
    else
        return rri_session_by_steps(run->session) ? put_steps(page, run, rows, err)
                                                  : put_sequences(page, run, rows, err);
    return RR_OK;
}
