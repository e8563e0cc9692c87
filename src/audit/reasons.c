/* SPDX-License-Identifier: MIT */
/* reasons.c - what the evidence says of the label of a row, and whether that is enough to fill in
 * the decision for a reviewer who may not read it.
 *
 * With support s, probability p and lift l of a label (labels.c), the odds of the suggested label
 * against the given one are
 *
 *     log odds = s' - s + log p' - log p + l' - l
 *
 * A row is filled in where each kind of evidence by itself prefers the suggested label, there are
 * two kinds at least, and the odds are 99 to 1 even after they are divided by how much commoner
 * the suggested class is: s and log p lean towards common classes both, so that labels of rare ones
 * would be the first to go. Of no class more than a tenth is filled in, the best odds first: what
 * happens unread cannot undo a class. Measured in docs/RESULTS.md#label-reviews. */
#include "audit/audit_internal.h"

#include <stdlib.h>
#include <string.h>

static const double ODDS = 99.0;

enum { PART = 10 }; /* one in so many labels of a class */

static float inputs_of(const rri_audit_work *w, size_t at)
{
    return w->lift != NULL ? w->lift[at] : 0.0F;
}

/* The log of how likely a label is, but for what all labels have in common. */
static double belief(const rri_audit_work *w, size_t at)
{
    const double doubt = w->probabilities != NULL ? rri_doubt(w->probabilities[at]) : 0.0;

    return (double)w->support[at] - doubt + (double)inputs_of(w, at);
}

uint32_t rri_audit_suggested(const rri_audit_work *w, size_t i, uint32_t given)
{
    uint32_t best = given == 0;

    for (uint32_t c = best + 1; c < w->C; c++)
        if (c != given && belief(w, i * w->C + c) > belief(w, i * w->C + best))
            best = c;
    return best;
}

/* Has a label the largest of C values? */
static int is_largest(const float *values, size_t C, uint32_t label)
{
    for (size_t c = 0; c < C; c++)
        if (c != label && values[c] >= values[label])
            return 0;
    return 1;
}

static rr_audit_reason reason_of(const rri_audit_work *w, const rr_audit_row *row)
{
    const size_t first = (size_t)row->id * w->C;
    const size_t to = first + row->suggested, from = first + row->given;
    rr_audit_reason r = { .by_confidence = -1, .by_inputs = -1 };

    r.by_support = is_largest(w->support + first, w->C, row->suggested);
    if (w->probabilities != NULL)
        r.by_confidence = is_largest(w->probabilities + first, w->C, row->suggested);
    r.odds = belief(w, to) - belief(w, from);
    if (w->lift == NULL)
        return r;
    if (w->audit->result.inputs_tell)
        r.by_inputs = w->lift[to] > w->lift[from];
    r.lift = w->lift[from];
    r.count_inputs = rri_min(RR_AUDIT_INPUTS, w->count_near[row->id]);
    memcpy(r.inputs, w->near + (size_t)row->id * RRI_NEAREST, r.count_inputs * sizeof *r.inputs);
    return r;
}

/* Does all evidence agree, and is it strong enough? sizes is [C]. */
static bool convinces(const rr_audit_row *row, const rr_audit_reason *r, const size_t *sizes)
{
    const double commoner =
        (double)rri_max(1, sizes[row->suggested]) / (double)rri_max(1, sizes[row->given]);

    if (!r->by_support || r->by_confidence == 0 || r->by_inputs == 0)
        return false;
    if (r->by_confidence < 0 && r->by_inputs < 0)
        return false;
    return r->odds >= log(ODDS) + fmax(0.0, log(commoner));
}

/* A row that convinces. */
typedef struct candidate {
    uint32_t given;
    double odds;
    size_t row;
} candidate;

/* By class, the best odds first, ties by their order in the ranking. */
static int by_odds(const void *a, const void *b)
{
    const candidate *x = a;
    const candidate *y = b;

    if (x->given != y->given)
        return x->given < y->given ? -1 : 1;
    if (x->odds != y->odds)
        return x->odds > y->odds ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

static void prefill(rr_audit *a, candidate *list, size_t n, const size_t *sizes)
{
    size_t taken = 0;

    qsort(list, n, sizeof *list, by_odds);
    for (size_t k = 0; k < n; k++) {
        taken = k > 0 && list[k - 1].given == list[k].given ? taken : 0;
        if (taken == sizes[list[k].given] / PART)
            continue;
        taken++;
        a->reasons[list[k].row].prefilled = 1;
        a->result.prefilled++;
    }
}

rr_status rri_audit_reasons(const rri_audit_work *w, rr_error *err)
{
    rr_audit *a = w->audit;
    const size_t n = a->result.count_rows;
    size_t *sizes = NULL; /* [C] */
    candidate *list = NULL;
    size_t candidates = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&a->reasons, rri_max(1, n), 1, sizeof *a->reasons, err));
    RRI_TRY(rri_alloc(&sizes, w->C, 1, sizeof *sizes, err));
    RRI_TRY(rri_alloc(&list, rri_max(1, n), 1, sizeof *list, err));
    a->result.reasons = a->reasons;
    for (size_t i = 0; i < w->N; i++)
        sizes[rri_audit_given(w, i)]++;
    for (size_t k = 0; k < n; k++) {
        const rr_audit_row *row = &a->rows[k];
        a->reasons[k] = reason_of(w, row);
        if (convinces(row, &a->reasons[k], sizes))
            list[candidates++] =
                (candidate){ .given = row->given, .odds = a->reasons[k].odds, .row = k };
    }
    prefill(a, list, candidates, sizes);

done:
    rri_free(list);
    rri_free(sizes);
    return st;
}

/* ---- the review file ------------------------------------------------------------------------ */

/* What prefers the suggested label. */
static const char *evidence_of(const rr_audit_reason *r)
{
    static const char *const names[] = { "none",           "states",
                                         "network",        "states+network",
                                         "inputs",         "states+inputs",
                                         "network+inputs", "states+network+inputs" };

    return names[(r->by_support > 0) + 2 * (r->by_confidence > 0) + 4 * (r->by_inputs > 0)];
}

rr_status rr_audit_save_review(const rr_audit *audit, const rr_dataset *ds, const char *path,
                               rr_error *err)
{
    const size_t n = audit->result.count_rows;
    rr_decision *decisions = NULL;
    rri_suggestion *suggestions = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&decisions, n, 1, sizeof *decisions, err));
    RRI_TRY(rri_alloc(&suggestions, n, 1, sizeof *suggestions, err));
    for (size_t k = 0; k < n; k++) {
        const rr_audit_row *row = &audit->rows[k];
        decisions[k] = (rr_decision){
            .id = row->id, .action = RR_ACTION_RELABEL, .label = row->suggested, .truth = -1
        };
        suggestions[k] = (rri_suggestion){ .open = !audit->reasons[k].prefilled,
                                           .label = row->suggested,
                                           .evidence = evidence_of(&audit->reasons[k]) };
    }
    RRI_TRY(rri_decisions_save(decisions, n, ds, audit->split, suggestions, path, err));

done:
    rri_free(suggestions);
    rri_free(decisions);
    return st;
}
