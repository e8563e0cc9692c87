/* SPDX-License-Identifier: MIT */
/* repair_targets.c - chooses the errors a repair works on: sequences, or single steps. */
#include "workflow/repairing.h"

#include <stdlib.h>
#include <string.h>

/* ---- sequences ------------------------------------------------------------------------------ */

/* May sequence i be a target? With halves those with odd numbers are only measured. */
static bool is_allowed(const rr_repair_request *request, size_t i)
{
    return !request->halves || i % 2 == 0;
}

static rr_status check_listed(const rr_repair_request *request, size_t N, rr_error *err)
{
    for (size_t i = 0; request->targets != NULL && i < request->count_targets; i++) {
        if (request->targets[i] >= N)
            return rri_fail(err, RR_ERR_ARG, (int64_t)i,
                            "samples %zu: the split has N = %zu sequences, numbered from 0",
                            request->targets[i], N);
        if (!is_allowed(request, request->targets[i]))
            return rri_fail(err, RR_ERR_ARG, (int64_t)i,
                            "samples %zu: with halves, targets have even numbers, and those with "
                            "odd ones are only measured",
                            request->targets[i]);
    }
    return RR_OK;
}

/* Mark the errors with a usable suspect step, and note how many have none. */
static rr_status mark_localized(rr_session *s, const rr_repair_request *request,
                                unsigned char *eligible, rr_error *err)
{
    const rr_localize_config *cfg = &request->search.segment.localize;
    const char *rule = rr_enum_name(RR_ENUM_RULE, cfg->rules);
    const rr_error_filter which = { .truth = request->truth };
    rr_localization *found = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_session_localize(s, request->split, cfg, &which, &found, err));
    for (size_t i = 0; i < found->count; i++)
        eligible[found->errors[i].id] = found->errors[i].segments->known > 0;
    const size_t without = found->count - found->localized - found->unsupported;
    if (found->unsupported > 0)
        rri_note(&s->callbacks, "%zu errors left out: their suspect words have no vector",
                 found->unsupported);
    if (without > 0)
        rri_note(&s->callbacks, "%zu errors left out: no word of theirs is suspect by rule %s",
                 without, rule);
    if (found->count > 0 && found->localized == 0)
        st = rri_fail(err, RR_ERR_ARG, -1,
                      "%zu errors, and none has a known suspect word by rule %s: nothing to repair",
                      found->count, rule);

done:
    rr_localization_free(found);
    return st;
}

/* Listed targets, in the order in which chosen ones are: the result depends on which there are, not
 * on how they were named. A correct one is an error. */
static rr_status take_list(rr_session *s, const rr_repair_request *request, const rr_dataset *ds,
                           rr_ids *out, rr_error *err)
{
    const rr_error_filter which = { .ids = request->targets,
                                    .count = request->count_targets,
                                    .most = rri_max(request->count_targets, 1) };
    rr_status st = RR_OK;

    RRI_TRY(check_listed(request, rr_dataset_count(ds), err));
    RRI_TRY(rr_session_errors(s, request->split, &which, out, err));

done:
    return st;
}

/* ---- single steps, of a network with an output at each -------------------------------------- */

/* A wrong step that can be repaired. */
typedef struct wrong_step {
    size_t number; /* of all steps of the split */
    float probability;
} wrong_step;

static int most_confident_first(const void *a, const void *b)
{
    const wrong_step *x = a;
    const wrong_step *y = b;

    if (x->probability > y->probability || x->probability < y->probability)
        return x->probability > y->probability ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

/* Is sequence i in the list of targets, or is there none? */
static bool is_listed(const rr_repair_request *request, size_t i)
{
    for (size_t k = 0; request->targets != NULL && k < request->count_targets; k++)
        if (request->targets[k] == i)
            return true;
    return request->targets == NULL;
}

/* The wrong steps the request allows; list has room for all. *unknown counts those of symbols the
 * network does not know. */
static size_t list_wrong(const rr_session *s, const rr_repair_request *request,
                         const rr_predictions *p, int64_t truth, wrong_step *list, size_t *unknown)
{
    size_t n = 0, at = 0;

    for (size_t i = 0; i < rr_dataset_count(p->ds); i++) {
        const rr_sequence q = rr_dataset_at(p->ds, i);
        const bool named = is_listed(request, i);
        for (size_t t = 0; t < q.steps; t++, at++) {
            const uint32_t is = q.step_labels[t];
            if (!named || !is_allowed(request, i) || is == RR_NO_LABEL ||
                is == p->step_prediction[at] || (truth >= 0 && is != (uint32_t)truth))
                continue;
            if (rr_network_knows(s->net, q.symbols[t]))
                list[n++] = (wrong_step){ at, p->step_probability[at] };
            else
                ++*unknown;
        }
    }
    return n;
}

static rr_status choose_steps(rr_session *s, const rr_repair_request *request, rr_ids *out,
                              rr_error *err)
{
    rr_predictions p = { .ds = NULL };
    wrong_step *list = NULL;
    uint32_t class = 0;
    size_t unknown = 0;
    rr_status st = RR_OK;

    RRI_TRY(rr_session_predict(s, request->split, &p, err));
    RRI_TRY(check_listed(request, rr_dataset_count(p.ds), err));
    if (request->truth != NULL)
        RRI_TRY(rr_dataset_class(p.ds, request->truth, &class, err));
    RRI_TRY(rri_alloc(&list, p.step_errors, 1, sizeof *list, err));
    size_t n =
        list_wrong(s, request, &p, request->truth != NULL ? (int64_t) class : -1, list, &unknown);
    if (unknown > 0)
        rri_note(&s->callbacks, "%zu wrong steps left out: their words have no vector", unknown);
    if (p.step_errors == 0)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "no errors to repair: every step of %s is predicted correctly",
                         rri_split_title(request->split)));
    if (n == 0)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "no such wrong step among the %zu of %s",
                         p.step_errors, rri_split_title(request->split)));
    qsort(list, n, sizeof *list, most_confident_first);
    n = request->targets == NULL ? rri_min(n, request->most) : n;
    RRI_TRY(rri_alloc(&out->ids, n, 1, sizeof *out->ids, err));
    for (size_t i = 0; i < n; i++)
        out->ids[i] = list[i].number;
    out->count = n;

done:
    rri_free(list);
    return st;
}

/* Memory: *out is released by rr_ids_free(), also on failure. */
rr_status rri_repair_targets(rr_session *s, const rr_repair_request *request, rr_ids *out,
                             rr_error *err)
{
    rr_error_filter which = { .truth = request->truth, .most = request->most };
    rr_predictions said = { .ds = NULL };
    const rr_dataset *ds = NULL;
    unsigned char *eligible = NULL;
    rr_status st = RR_OK;

    if (rri_session_by_steps(s))
        return choose_steps(s, request, out, err);
    RRI_TRY(rr_session_split(s, request->split, &ds, err));
    RRI_TRY(rr_session_predict(s, request->split, &said, err));
    if (said.errors == 0)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "no errors to repair: all %zu sequences of %s are predicted correctly",
                         rr_dataset_count(ds), rri_split_title(request->split)));
    if (request->targets != NULL)
        return take_list(s, request, ds, out, err);
    RRI_TRY(rri_alloc(&eligible, rr_dataset_count(ds), 1, 1, err));
    which.eligible = eligible;
    if (request->search.level == RR_LEVEL_SEGMENT &&
        request->search.strategy != RR_STRATEGY_DIRECT &&
        request->search.strategy != RR_STRATEGY_INFLUENCE) /* it adds the input itself instead */
        RRI_TRY(mark_localized(s, request, eligible, err));
    else
        memset(eligible, 1, rr_dataset_count(ds));
    for (size_t i = 0; i < rr_dataset_count(ds); i++)
        eligible[i] = eligible[i] && is_allowed(request, i);
    RRI_TRY(rr_session_errors(s, request->split, &which, out, err));
    if (out->count == 0)
        st = rri_fail(err, RR_ERR_ARG, -1, "no such error to repair among the %zu sequences of %s",
                      rr_dataset_count(ds), rri_split_title(request->split));

done:
    rri_free(eligible);
    return st;
}

rr_status rri_repair_record(const rr_repair_result *r, rr_split split, rr_run_targets *out,
                            rr_error *err)
{
    rr_run_target *list = NULL;
    rr_status st = RR_OK;

    *out = (rr_run_targets){ .count = 0 };
    if (split == RR_SPLIT_OTHER)
        return RR_OK;
    RRI_TRY(rri_alloc(&list, r->count, 1, sizeof *list, err));
    for (size_t i = 0; i < r->count; i++)
        list[i] = (rr_run_target){ (uint32_t)r->targets[i].id, (uint32_t)r->targets[i].step };
    *out = (rr_run_targets){ split, list, r->count };

done:
    return st;
}
