/* SPDX-License-Identifier: MIT */
/* evidence.c - what stands beside a ranking: for its first sequences the label each should rather
 * have, its neighbours and the errors it drives; the other end of a signed ranking; and what a
 * reviewer would have found where wrong labels are known. */
#include "audit/audit_internal.h"

#include "audit/found.h"

#include <string.h>

/* ---- a sequence -------------------------------------------------------------------------------
 */

/* The nearest training sequences that are predicted as labelled, but for the sequence itself; *tied
 * are as near as the last of them and not named. */
static rr_status find_neighbours(const rri_audit_work *w, rr_audit_row *row, size_t *tied,
                                 rr_error *err)
{
    const rr_influence *inf = w->data->inf;
    const rr_trace x = rr_traces_at(w->judged, row->id);
    rr_neighbour found[RR_AUDIT_NEIGHBOURS + 1];
    rr_query q = rr_query_default();
    size_t n = 0, beyond = 0;
    bool itself = w->other || x.label != x.prediction; /* else it is one of those found or tied */

    q.correct_only = 1;
    q.threads = w->cfg->threads;
    if (rr_influence_info_of(inf).vocabulary > 0)
        q.measure = RR_MEASURE_JACCARD;
    const rr_status st =
        rr_influence_nearest_tied(inf, &q, &x, RR_AUDIT_NEIGHBOURS + 1, found, &n, &beyond, err);
    if (st != RR_OK || n == 0)
        return st;
    const float least = found[n - 1].score;
    size_t others = 0;
    for (size_t k = 0; k < n; k++) {
        if (!w->other && found[k].id == row->id)
            itself = true;
        else if (row->count_neighbours < RR_AUDIT_NEIGHBOURS)
            row->neighbours[row->count_neighbours++] = found[k];
        else
            others++;
    }
    if (row->count_neighbours > 0 && row->neighbours[row->count_neighbours - 1].score == least)
        *tied = others + beyond - !itself;
    return RR_OK;
}

static rr_status fill_row(const rri_audit_work *w, rr_audit_row *row, size_t *tied, uint32_t id,
                          rr_error *err)
{
    const rr_trace x = rr_traces_at(w->judged, id);
    const size_t at = (size_t)id * w->C + x.label;

    row->id = id;
    row->given = x.label;
    row->suggested = rri_audit_suggested(w, id, x.label);
    row->prediction = x.prediction;
    row->score = w->audit->scores[id];
    row->flagged = w->audit->likeliest != NULL ? (int)rri_audit_flagged(w, id) : -1;
    row->support = w->support[at];
    row->confidence = w->probabilities != NULL ? w->probabilities[at] : -1.0F;
    return find_neighbours(w, row, tied, err);
}

/* The errors that the first n sequences drive. */
static rr_status find_driven(const rri_audit_work *w, const uint32_t *ids, size_t n, rr_error *err)
{
    const rr_audit_data *d = w->data;
    rr_driven *driven = NULL;
    size_t *counts = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&driven, n * RR_AUDIT_DRIVEN, 1, sizeof *driven, err));
    RRI_TRY(rri_alloc(&counts, n, 1, sizeof *counts, err));
    RRI_TRY(rr_driven_errors(d->inf, w->cfg->key, w->traces, d->errors, d->count_errors, ids, n,
                             RR_AUDIT_DRIVEN, driven, counts, err));
    for (size_t k = 0; k < n; k++) {
        rr_audit_row *row = &w->audit->rows[k];
        row->count_driven = counts[k];
        memcpy(row->driven, driven + k * RR_AUDIT_DRIVEN, sizeof row->driven);
    }

done:
    rri_free(counts);
    rri_free(driven);
    return st;
}

/* The sequences whose evidence is gathered, in their order: the first ones, or the flagged. */
static size_t choose_rows(const rri_audit_work *w, uint32_t *ids)
{
    const rr_audit *a = w->audit;
    size_t n = 0;

    for (size_t k = 0; k < w->N; k++) {
        if (w->cfg->flagged ? !rri_audit_flagged(w, a->order[k]) : n == w->cfg->top)
            continue;
        ids[n++] = a->order[k];
    }
    return n;
}

static rr_status fill_rows(const rri_audit_work *w, rr_error *err)
{
    rr_audit *a = w->audit;
    uint32_t *ids = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&ids, w->N, 1, sizeof *ids, err));
    const size_t n = choose_rows(w, ids);
    RRI_TRY(rri_alloc(&a->rows, rri_max(1, n), 1, sizeof *a->rows, err));
    RRI_TRY(rri_alloc(&a->tied, n, 1, sizeof *a->tied, err));
    a->result.rows = a->rows;
    a->result.count_rows = n;
    a->result.tied = a->tied;
    if (w->data->count_errors > 0 && n > 0)
        RRI_TRY(find_driven(w, ids, n, err));
    for (size_t k = 0; k < n; k++) {
        RRI_TRY(rri_check_cancelled(w->callbacks, err));
        RRI_TRY(fill_row(w, &a->rows[k], &a->tied[k], ids[k], err));
        rri_show(w->callbacks, "evidence", "sequences", k + 1, n, "%s", "");
    }

done:
    rri_show_end(w->callbacks);
    rri_free(ids);
    return st;
}

/* ---- the other end ----------------------------------------------------------------------------
 */

/* Do the scores have a sign that means something? */
static bool is_signed(const rr_audit_config *cfg)
{
    return cfg->about == RR_AUDIT_ABOUT_ERRORS && rri_audit_by_gradients(cfg);
}

/* As many as there are rows at most. */
static rr_status fill_opponents(const rri_audit_work *w, rr_error *err)
{
    rr_audit *a = w->audit;
    rr_audit_result *r = &a->result;
    rr_status st = RR_OK;

    if (!is_signed(w->cfg))
        return RR_OK;
    RRI_TRY(rri_alloc(&a->opponents, r->count_rows, 1, sizeof *a->opponents, err));
    r->opponents = a->opponents;
    while (r->count_opponents < r->count_rows) {
        const uint32_t id = a->order[w->N - 1 - r->count_opponents];
        if (!(a->scores[id] < 0.0))
            break;
        a->opponents[r->count_opponents++] = (rr_audit_opponent){ .id = id,
                                                                  .given = rri_audit_given(w, id),
                                                                  .score = a->scores[id] };
    }

done:
    return st;
}

/* ---- known wrong labels -----------------------------------------------------------------------
 */

/* The F1 of a class of which `both` are named and are it, `named` named and `are` it. */
static double f1(size_t both, size_t named, size_t are)
{
    return both > 0 ? 2.0 * (double)both / (double)(named + are) : 0.0;
}

/* How right it is to flag those that are flagged. */
static void judge_flags(const rri_audit_work *w, rr_audit_result *r)
{
    size_t wrong = 0;

    r->weighted_f1 = -1.0;
    for (size_t i = 0; i < w->N; i++) {
        wrong += w->data->mislabelled[i];
        r->flagged_true += w->data->mislabelled[i] && rri_audit_flagged(w, i);
    }
    if (r->likeliest == NULL)
        return;
    const size_t right = w->N - wrong;
    const size_t kept = w->N - r->flagged;
    const size_t kept_true = kept - (wrong - r->flagged_true);
    r->weighted_f1 = ((double)wrong * f1(r->flagged_true, r->flagged, wrong) +
                      (double)right * f1(kept_true, kept, right)) /
                     (double)w->N;
}

static rr_status fill_found(const rri_audit_work *w, rr_error *err)
{
    const unsigned char *marked = w->data->mislabelled;
    rr_audit_result *r = &w->audit->result;
    unsigned char *influential = NULL; /* [N] marked ones that are predicted as labelled */
    rri_found found = { .average_precision = 0.0 };
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&influential, w->N, 1, 1, err));
    for (size_t i = 0; i < w->N; i++) {
        const rr_trace x = rr_traces_at(w->judged, i);
        influential[i] = marked[i] && x.prediction == x.label;
    }
    rri_find(w->audit->order, w->N, marked, influential, &found);
    memcpy(r->found, found.found, sizeof r->found);
    memcpy(r->needed, found.needed, sizeof r->needed);
    r->average_precision = found.average_precision;
    r->area = found.area;
    r->area_influential = found.area_influential;
    judge_flags(w, r);
    r->has_found = 1;

done:
    rri_free(influential);
    return st;
}

rr_status rri_audit_evidence(rri_audit_work *w, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(fill_rows(w, err));
    RRI_TRY(rri_audit_reasons(w, err));
    RRI_TRY(fill_opponents(w, err));
    if (w->data->mislabelled != NULL)
        RRI_TRY(fill_found(w, err));

done:
    return st;
}
