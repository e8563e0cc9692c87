/* SPDX-License-Identifier: MIT */
/* errors.c - finds the misclassified sequences of a split, and their suspect steps. */
#include "rnnrepair/workflow_explain.h"

#include "data/data_internal.h"
#include "influence/influence_internal.h"
#include "network/network_internal.h"
#include "workflow/workflow_internal.h"

#include <string.h>

/* ---- errors --------------------------------------------------------------------------------- */

/* Mark the misclassified sequences, of data without labels all; of a network with an output at
 * every step those with a labelled step that is. cases is [N]. */
static void mark_cases(const rr_predictions *p, unsigned char *cases)
{
    const uint32_t *y = p->step_prediction;

    for (size_t i = 0; i < rr_dataset_count(p->ds); i++) {
        const rr_sequence s = rr_dataset_at(p->ds, i);
        cases[i] = !rr_dataset_labelled(p->ds) || (y == NULL && p->prediction[i] != s.label);
        for (size_t t = 0; y != NULL && s.step_labels != NULL && t < s.steps; t++)
            if (s.step_labels[t] != RR_NO_LABEL && s.step_labels[t] != y[t])
                cases[i] = 1;
        y = y != NULL ? y + s.steps : NULL;
    }
}

/* Check that a list has such sequences only. */
static rr_status check_list(const rr_predictions *p, const unsigned char *cases,
                            const rr_error_filter *which, rr_error *err)
{
    const size_t N = rr_dataset_count(p->ds);

    for (size_t k = 0; which->ids != NULL && k < which->count; k++) {
        const size_t id = which->ids[k];
        if (id >= N)
            return rri_fail(err, RR_ERR_ARG, -1,
                            "samples %zu: the split has N = %zu sequences, numbered from 0", id, N);
        if (!cases[id])
            return rri_fail(err, RR_ERR_ARG, -1,
                            "samples %zu: no error, it is predicted correctly: %s", id,
                            rr_dataset_class_name(p->ds, p->prediction[id]));
    }
    return RR_OK;
}

static bool is_listed(const rr_error_filter *which, size_t id)
{
    for (size_t k = 0; which->ids != NULL && k < which->count; k++)
        if (which->ids[k] == id)
            return true;
    return which->ids == NULL;
}

/* Is the network more confident of error a than of error b? Ties by lower number. */
static bool is_before(const rr_predictions *p, size_t a, size_t b)
{
    return p->probability[a] > p->probability[b] ||
           (!(p->probability[a] < p->probability[b]) && a < b);
}

/* Insertion into the short list of the most confident errors: `most` is small beside N. */
static void insert(const rr_predictions *p, size_t most, size_t id, rr_ids *list)
{
    if (list->count == most && !is_before(p, id, list->ids[list->count - 1]))
        return;
    size_t at = list->count < most ? list->count++ : list->count - 1;
    for (; at > 0 && is_before(p, id, list->ids[at - 1]); at--)
        list->ids[at] = list->ids[at - 1];
    list->ids[at] = id;
}

static rr_status choose(const rr_predictions *p, const rr_error_filter *which, rr_ids *out,
                        rr_error *err)
{
    const size_t N = rr_dataset_count(p->ds);
    rr_ids list = { NULL, 0 };
    unsigned char *cases = NULL;
    uint32_t truth = 0;
    rr_status st = RR_OK;

    if (which->truth != NULL)
        RRI_TRY(rr_dataset_class(p->ds, which->truth, &truth, err));
    RRI_TRY(rri_alloc(&cases, N, 1, 1, err));
    mark_cases(p, cases);
    RRI_TRY(check_list(p, cases, which, err));
    RRI_TRY(
        rri_alloc(&list.ids, rr_dataset_labelled(p->ds) ? p->errors : N, 1, sizeof *list.ids, err));
    for (size_t i = 0; i < N; i++) {
        if (!cases[i] || !is_listed(which, i) ||
            (which->truth != NULL && rr_dataset_at(p->ds, i).label != truth) ||
            (which->eligible != NULL && !which->eligible[i]))
            continue;
        if (which->most > 0)
            insert(p, which->most, i, &list);
        else
            list.ids[list.count++] = i;
    }
    *out = list;
    list = (rr_ids){ NULL, 0 };

done:
    rr_ids_free(&list);
    rri_free(cases);
    return st;
}

static const rr_error_filter every_error = { .truth = NULL };

rr_status rr_session_errors(rr_session *s, rr_split split, const rr_error_filter *which,
                            rr_ids *out, rr_error *err)
{
    rr_predictions p = { .ds = NULL };
    rr_status st = RR_OK;

    *out = (rr_ids){ NULL, 0 };
    RRI_TRY(rr_session_predict(s, split, &p, err));
    if (!rr_dataset_labelled(p.ds))
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "%s have no labels, so that none is known to be misclassified",
                         rri_split_title(split)));
    RRI_TRY(choose(&p, which != NULL ? which : &every_error, out, err));

done:
    return st;
}

void rr_ids_free(rr_ids *list)
{
    rri_free(list->ids);
    *list = (rr_ids){ NULL, 0 };
}

/* ---- suspect steps -------------------------------------------------------------------------- */

rr_status rri_spare_marks(const rr_dataset *ds, rr_localize_config *cfg, unsigned char **marks,
                          rr_error *err)
{
    const rr_vocabulary *words = rr_dataset_words(ds);
    rr_status st = RR_OK;

    *marks = NULL;
    if (words == NULL || cfg->spared != NULL || cfg->punctuation)
        return RR_OK;
    RRI_TRY(rri_vocabulary_marks(words, marks, err));
    cfg->spared = *marks;
    cfg->count_spared = rr_vocabulary_size(words);

done:
    return st;
}

/* Run some sequences through the network, or read them from the states file. */
static rr_status trace_some(rr_session *s, const rri_selection *some, const rr_influence *inf,
                            rr_traces **out, rr_novelty *novelty, rr_error *err)
{
    rr_dataset *ds = NULL;
    rr_state_source source = { .ops = NULL };
    rr_status st = RR_OK;

    if (rri_session_foreign(s)) {
        RRI_TRY(rri_session_states(s, some->split, some->ids, some->n, &source, err));
    } else {
        RRI_TRY(rr_dataset_select(some->ds, some->at, some->n, &ds, err));
        RRI_TRY(rri_network_states(s->net, ds, s->threads, &s->callbacks, &source, err));
    }
    RRI_TRY(rri_influence_trace(inf, &source, s->threads, out, novelty, err));

done:
    rr_state_source_close(&source);
    rr_dataset_free(ds);
    return st;
}

rr_status rri_session_trace(rr_session *s, const rri_selection *some, rr_traces **out,
                            rr_error *err)
{
    const rr_influence *inf = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rr_session_influence(s, &inf, err));
    if (some->ds == rri_session_loaded(s, some->split) && s->traces[some->split] != NULL)
        return rri_traces_select(s->traces[some->split], some->at, some->n, out, err);
    RRI_TRY(trace_some(s, some, inf, out, NULL, err));

done:
    return st;
}

rr_status rri_session_trace_one(rr_session *s, const rri_selection *one, rr_traces **out,
                                rr_novelty *novelty, int *has, rr_error *err)
{
    const rr_influence *inf = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rr_session_influence(s, &inf, err));
    *has = rr_influence_has_novelty(inf);
    RRI_TRY(trace_some(s, one, inf, out, *has ? novelty : NULL, err));

done:
    return st;
}

static rr_status localize(rr_session *s, rr_split split, const rr_localize_config *cfg,
                          const rr_ids *ids, rr_localization *l, rr_error *err)
{
    const bool labelled = rr_dataset_labelled(l->ds);
    rr_traces *traces = NULL;
    rr_status st = RR_OK;

    if (ids->count == 0)
        return RR_OK;
    const rri_selection some = { split, ids->ids, l->ds, ids->ids, ids->count };
    RRI_TRY(rri_session_trace(s, &some, &traces, err));
    RRI_TRY(rri_alloc(&l->errors, ids->count, 1, sizeof *l->errors, err));
    for (size_t i = 0; i < ids->count; i++) {
        const rr_trace trace = rr_traces_at(traces, i);
        rr_localized_error *e = &l->errors[l->count++];
        *e = (rr_localized_error){ ids->ids[i], labelled ? trace.label : UINT32_MAX,
                                   trace.prediction, NULL };
        RRI_TRY(rr_localize(s->influence, s->net, cfg, &trace, &e->segments, err));
        l->localized += e->segments->known > 0;
        l->unsupported += e->segments->count > 0 && e->segments->known == 0;
    }

done:
    rr_traces_free(traces);
    return st;
}

/* What of the settings needs labels, which the data lack: it is refused, or left out and noted. */
static rr_status without_labels(const rr_session *s, rr_split split, const rr_error_filter *which,
                                rr_localize_config *cfg, rr_error *err)
{
    const char *const title = rri_split_title(split);

    if (cfg->rules == RR_RULE_FLIP)
        return rri_fail(err, RR_ERR_ARG, -1, "rule flip: %s have no labels to flip from", title);
    if (which->truth != NULL)
        return rri_fail(err, RR_ERR_ARG, -1, "truth %s: %s have no labels", which->truth, title);
    cfg->rules = RR_RULE_RARE;
    rri_note(
        &s->callbacks,
        "%s have no labels: every sequence is searched, by the rule rare; flip needs the truth",
        title);
    return RR_OK;
}

rr_status rr_session_localize(rr_session *s, rr_split split, const rr_localize_config *cfg,
                              const rr_error_filter *which, rr_localization **out, rr_error *err)
{
    rr_localize_config own = rr_localize_config_default();
    const rr_influence *inf = NULL;
    rr_predictions p = { .ds = NULL };
    rr_localization *l = NULL;
    rr_ids ids = { NULL, 0 };
    unsigned char *marks = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    which = which != NULL ? which : &every_error;
    RRI_TRY(rri_config_take(&own, sizeof own, cfg, "rr_localize_config", err));
    RRI_TRY(rr_session_influence(s, &inf, err));
    RRI_TRY(rr_session_predict(s, split, &p, err));
    if (!rr_dataset_labelled(p.ds))
        RRI_TRY(without_labels(s, split, which, &own, err));
    RRI_TRY(choose(&p, which, &ids, err));
    RRI_TRY(rri_alloc(&l, 1, 1, sizeof *l, err));
    l->ds = p.ds;
    RRI_TRY(rri_spare_marks(p.ds, &own, &marks, err));
    RRI_TRY(localize(s, split, &own, &ids, l, err));
    *out = l;
    l = NULL;

done:
    rri_free(marks);
    rr_localization_free(l);
    rr_ids_free(&ids);
    return st;
}

void rr_localization_free(rr_localization *l)
{
    if (l == NULL)
        return;
    for (size_t i = 0; i < l->count; i++)
        rr_segments_free(l->errors[i].segments);
    rri_free(l->errors);
    rri_free(l);
}
