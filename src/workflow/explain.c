/* SPDX-License-Identifier: MIT */
/* explain.c - explains one prediction: loads the sequence, explains its trace, and adds the
 * training sequences behind one step and their texts. Sequences that a question brings: given.c. */
#include "rnnrepair/workflow_explain.h"

#include "influence/influence_internal.h"
#include "run/run_internal.h"
#include "workflow/workflow_internal.h"

#include <stdlib.h>
#include <string.h>

rr_status rr_session_question(rr_session *s, rr_question *out, rr_error *err)
{
    const rr_network *net = NULL;
    const rr_status st = rri_session_foreign(s) ? RR_OK : rr_session_network(s, &net, err);

    *out = (rr_question){ .split = RR_SPLIT_TEST, .sample = RR_FIRST_ERROR };
    out->cfg = rr_explain_config_default();
    out->spans = rr_span_query_default();
    if (st == RR_OK && rr_run_settings_of(s->run).network.vocabulary > 0) {
        out->cfg.query.key = RR_KEY_STATE_SYMBOL;
        out->cfg.query.measure = RR_MEASURE_JACCARD;
    }
    return st;
}

/* ---- the explained sequence ----------------------------------------------------------------- */

static rr_status find_first_error(rr_session *s, rr_split split, size_t *id, rr_error *err)
{
    rr_ids errors = { NULL, 0 };
    rr_status st = RR_OK;

    if (rri_session_by_steps(s)) {
        RRI_TRY(rri_first_misread(s, split, id, err));
        rri_note(&s->callbacks, "explaining sample %zu, the first of %s with a misread span", *id,
                 rri_split_title(split));
        return RR_OK;
    }
    RRI_TRY(rr_session_errors(s, split, NULL, &errors, err));
    if (errors.count == 0)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "no error among the %zu sequences of %s; name one with --sample",
                         rr_dataset_count(s->splits[split]), rri_split_title(split)));
    *id = errors.ids[0];
    rri_note(&s->callbacks, "explaining sample %zu, the first error of %s", *id,
             rri_split_title(split));

done:
    rr_ids_free(&errors);
    return st;
}

/* To find an error the whole split is needed; else only the sample is loaded, unless the split is
 * loaded already, which takes a tenth of the time. */
static rr_status take_sample(rr_session *s, const rr_question *q, rr_answer *x, rr_error *err)
{
    rr_status st = RR_OK;

    x->sample = q->sample;
    x->ds = rri_session_loaded(s, q->split);
    x->truth_known = x->ds == NULL || rr_dataset_labelled(x->ds);
    if (q->sample == RR_FIRST_ERROR && !x->truth_known)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "%s have no labels, so that no error is known; name one with --sample",
                         rri_split_title(q->split)));
    if (q->sample == RR_FIRST_ERROR)
        RRI_TRY(find_first_error(s, q->split, &x->sample, err));
    x->ds = rri_session_loaded(s, q->split);
    if (x->ds == NULL) {
        RRI_TRY(rr_session_sequences(s, q->split, &x->sample, 1, &x->owned, err));
        x->ds = x->owned;
        return RR_OK;
    }
    x->at = x->sample;
    const size_t N = rr_dataset_count(x->ds);
    if (x->sample >= N)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "sample %zu: %s has N = %zu sequences, numbered from 0", x->sample,
                         rri_split_title(q->split), N));

done:
    return st;
}

/* ---- one step ------------------------------------------------------------------------------- */

/* The first of [count] postings, by ascending sequences, that is of this sequence or a later one.
 */
static size_t find_posting(const rr_posting *list, size_t count, uint32_t sequence)
{
    size_t first = 0;

    while (count > 0) {
        const size_t half = count / 2;
        if (list[first + half].sequence < sequence) {
            first += half + 1;
            count -= half + 1;
        } else {
            count = half;
        }
    }
    return first;
}

static rr_step_match match_of(const rr_traces *training, const rr_posting *list, size_t count,
                              const rr_neighbour *best)
{
    const rr_trace of = rr_traces_at(training, best->id);
    const size_t first = find_posting(list, count, best->id);
    size_t end = first;

    while (end < count && list[end].sequence == best->id)
        end++;
    return (rr_step_match){ best->id,    of.label,     of.prediction,
                            best->score, &list[first], end - first };
}

static rr_status match_step(const rr_session *s, const rr_question *q, const rr_query *query,
                            const rr_trace *trace, rr_answer *x, rr_error *err)
{
    const rr_traces *training = rr_influence_training(s->influence);
    const rr_posting *list = NULL;
    rri_best best = { .heap = NULL };
    size_t count = 0;
    float *scores = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_influence_segment(s->influence, query->key, trace, q->step, &list, &count,
                                 &x->influencers, err));
    best.k = rri_min(x->influencers, q->cfg.top);
    RRI_TRY(rri_alloc(&best.heap, best.k, 1, sizeof *best.heap, err));
    RRI_TRY(rri_alloc(&x->matches, best.k, 1, sizeof *x->matches, err));
    RRI_TRY(rri_alloc(&scores, rr_traces_count(training), 1, sizeof *scores, err));
    RRI_TRY(rr_influence_scores(s->influence, query, trace, scores, err));
    for (size_t i = 0; i < count; i++) {
        const uint32_t id = list[i].sequence;
        if (i == 0 || id != list[i - 1].sequence)
            rri_best_add(&best, (rr_neighbour){ .id = id, .score = scores[id] });
    }
    x->count_matches = rri_best_finish(&best);
    x->tied = best.tied;
    for (size_t i = 0; i < x->count_matches; i++)
        x->matches[i] = match_of(training, list, count, &best.heap[i]);

done:
    rri_free(scores);
    rri_free(best.heap);
    return st;
}

/* ---- the training sequences ----------------------------------------------------------------- */

/* Those that are named: of symbols their texts, and where they were read. Frames are not shown, so
 * that their data may have been moved. */
static rr_status load_sources(rr_session *s, rr_answer *x, rr_error *err)
{
    const rr_ids *list = &x->training_ids;
    rr_error own = { .msg = "" };
    rr_status st = RR_OK;

    if (rr_dataset_width(x->ds) == 0) {
        RRI_TRY(rr_session_sequences(s, RR_SPLIT_TRAIN, list->ids, list->count, &x->training, err));
        x->sources = rr_dataset_share(x->training);
        return RR_OK;
    }
    st = rri_run_places(s->run, RR_SPLIT_TRAIN, s->data, list->ids, list->count, &x->sources, &own);
    if (st == RR_OK && x->sources == NULL)
        st = rr_session_sequences(s, RR_SPLIT_TRAIN, list->ids, list->count, &x->sources, &own);
    if (st == RR_ERR_IO || st == RR_ERR_MISMATCH) {
        rri_note(&s->callbacks, "the rows of the training sequences are not known: %s", own.msg);
        return RR_OK;
    }
    if (st != RR_OK && err != NULL)
        *err = own;

done:
    return st;
}

static rr_status load_training(rr_session *s, rr_answer *x, rr_error *err)
{
    const rr_explanation *e = x->explanation;
    const size_t n = e->count_proponents + x->count_matches + x->count_spans;
    rr_ids *list = &x->training_ids;
    size_t *ids = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&ids, n, 1, sizeof *ids, err));
    list->ids = ids;
    for (size_t i = 0; i < e->count_proponents; i++)
        ids[i] = e->proponents[i].id;
    for (size_t i = 0; i < x->count_matches; i++)
        ids[e->count_proponents + i] = x->matches[i].id;
    for (size_t i = 0; i < x->count_spans; i++)
        ids[e->count_proponents + x->count_matches + i] = x->spans[i].span.sequence;
    qsort(ids, n, sizeof *ids, rri_by_size);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || ids[i] != ids[list->count - 1])
            ids[list->count++] = ids[i];
    RRI_TRY(load_sources(s, x, err));

done:
    return st;
}

size_t rr_answer_place(const rr_answer *x, size_t id)
{
    const size_t *at =
        bsearch(&id, x->training_ids.ids, x->training_ids.count, sizeof id, rri_by_size);

    return (size_t)(at - x->training_ids.ids);
}

rr_sequence rr_answer_training(const rr_answer *x, size_t id)
{
    return rr_dataset_at(x->training, rr_answer_place(x, id));
}

/* ---- the whole ------------------------------------------------------------------------------ */

static rr_status answer(rr_session *s, const rr_question *q, rr_answer *x, rr_error *err)
{
    rr_explain_config cfg = q->cfg;
    rr_traces *traces = NULL;
    rr_status st = RR_OK;

    cfg.query.threads = s->threads;
    RRI_TRY(q->text != NULL || q->given.steps > 0 ? rri_take_given(s, q, x, err)
                                                  : take_sample(s, q, x, err));
    RRI_TRY(rri_session_trace_one(s, &(rri_selection){ q->split, &x->sample, x->ds, &x->at, 1 },
                                  &traces, &x->novelty, &x->has_novelty, err));
    rr_trace trace = rr_traces_at(traces, 0);
    if (!x->truth_known)
        trace.label = trace.prediction;
    RRI_TRY(rr_explain(s->influence, &cfg, &trace, &x->explanation, err));
    if (q->step > trace.steps)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "step %zu: the sequence has T = %zu steps, from 1",
                         q->step, trace.steps));
    RRI_TRY(rri_explain_steps(s, q, &trace, x, err));
    if (q->step > 0 && q->last_step <= q->step)
        RRI_TRY(match_step(s, q, &cfg.query, &trace, x, err));
    x->names = x->ds;
    RRI_TRY(load_training(s, x, err));

done:
    rr_traces_free(traces);
    return st;
}

rr_status rr_session_explain(rr_session *s, const rr_question *question, rr_answer **out,
                             rr_error *err)
{
    const rr_influence *inf = NULL;
    rr_question q = *question;
    rr_answer *x = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rr_session_influence(s, &inf, err));
    if (q.cfg.top == 0)
        q.cfg.top = rr_influence_top(rr_influence_info_of(inf).sequences);
    RRI_TRY(rri_alloc(&x, 1, 1, sizeof *x, err));
    RRI_TRY(answer(s, &q, x, err));
    *out = x;
    x = NULL;

done:
    rr_answer_free(x);
    return st;
}

void rr_answer_free(rr_answer *x)
{
    if (x == NULL)
        return;
    rr_ids_free(&x->training_ids);
    rr_dataset_free(x->training);
    rr_dataset_free(x->sources);
    rri_free(x->matches);
    rri_free(x->labels);
    rri_free(x->spans);
    rri_free(x->parts);
    rr_explanation_free(x->explanation);
    rr_dataset_free(x->owned);
    rri_free(x);
}
