/* SPDX-License-Identifier: MIT */
/* repair.c - repairs the errors of a split: search, retrained child run, outcome.
 *
 * The directory is reserved before the long search, so that one that cannot be written is reported
 * at once; an unused reservation is released. */
#include "rnnrepair/workflow_repair.h"

#include "rnnrepair/workflow_explain.h"

#include "repair/repair_internal.h"
#include "workflow/workflow_internal.h"

#include <stdlib.h>
#include <string.h>

rr_repair_request rr_repair_request_default(const rr_session *s)
{
    return (rr_repair_request){ .struct_size = sizeof(rr_repair_request),
                                .split = rr_session_has_split(s, RR_SPLIT_DEV) ? RR_SPLIT_DEV
                                                                               : RR_SPLIT_TEST,
                                .most = 100,
                                .search = rr_repair_config_default(),
                                .retrain = rr_retrain_config_default(s),
                                .controls = RR_CONTROLS_AUTO,
                                .max_broken = SIZE_MAX,
                                .guard_points = 8 };
}

/* ---- targets -------------------------------------------------------------------------------- */

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

/* Listed targets stay in the order of the list; a correct one is an error of the search. */
static rr_status copy_list(const rr_repair_request *request, const rr_dataset *ds, rr_ids *out,
                           rr_error *err)
{
    rr_status st = RR_OK;

    for (size_t i = 0; i < request->count_targets; i++)
        if (request->targets[i] >= rr_dataset_count(ds))
            RRI_TRY(rri_fail(err, RR_ERR_ARG, (int64_t)i,
                             "samples %zu: the split has N = %zu sequences, numbered from 0",
                             request->targets[i], rr_dataset_count(ds)));
    RRI_TRY(rri_alloc(&out->ids, request->count_targets, 1, sizeof *out->ids, err));
    if (request->count_targets > 0)
        memcpy(out->ids, request->targets, request->count_targets * sizeof *out->ids);
    out->count = request->count_targets;

done:
    return st;
}

/* Complete the settings of the search. */
static rr_status settle(rr_session *s, const rr_repair_request *given, rr_repair_request *request,
                        rr_error *err)
{
    const bool symbols = rr_run_settings_of(s->run).network.vocabulary > 0;
    rr_status st = RR_OK;

    *request = rr_repair_request_default(s);
    RRI_TRY(rri_config_take(request, sizeof *request, given, "rr_repair_request", err));
    RRI_TRY(
        rri_config_same(&request->search, sizeof request->search, "rr_repair_request.search", err));
    RRI_TRY(rri_config_same(&request->retrain, sizeof request->retrain, "rr_repair_request.retrain",
                            err));
    request->search.seed = request->retrain.seed;
    request->search.threads = s->threads;
    RRI_TRY(rri_repair_settle(&request->search, symbols, &request->search, err));
    if (request->search.level == RR_LEVEL_SAMPLE)
        RRI_TRY(rri_session_needs_sequences(
            s, "level sample repairs",
            "--export alone writes training sequences to add for its wrong steps, audit --review "
            "the labels of steps to correct",
            err));

done:
    return st;
}

/* ---- targets of a network with an output at every step ----------------------------------------
 */

/* A wrong step that can be repaired. */
typedef struct wrong_step {
    size_t number; /* of all steps of the split */
    size_t order;  /* of its sequence in the list, or 0 */
    float probability;
} wrong_step;

static int most_confident_first(const void *a, const void *b)
{
    const wrong_step *x = a;
    const wrong_step *y = b;

    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    if (x->probability > y->probability || x->probability < y->probability)
        return x->probability > y->probability ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

/* Where sequence i stands in the list of targets, SIZE_MAX where it does not; 0 without a list. */
static size_t listed(const rr_repair_request *request, size_t i)
{
    for (size_t k = 0; request->targets != NULL && k < request->count_targets; k++)
        if (request->targets[k] == i)
            return k;
    return request->targets == NULL ? 0 : SIZE_MAX;
}

/* The wrong steps the request allows; list has room for all. *unknown counts those of symbols the
 * network does not know. */
static size_t list_wrong(const rr_session *s, const rr_repair_request *request,
                         const rr_predictions *p, int64_t truth, wrong_step *list, size_t *unknown)
{
    size_t n = 0, at = 0;

    for (size_t i = 0; i < rr_dataset_count(p->ds); i++) {
        const rr_sequence q = rr_dataset_at(p->ds, i);
        const size_t order = listed(request, i);
        for (size_t t = 0; t < q.steps; t++, at++) {
            const uint32_t is = q.step_labels[t];
            if (order == SIZE_MAX || is == RR_NO_LABEL || is == p->step_prediction[at] ||
                (truth >= 0 && is != (uint32_t)truth))
                continue;
            if (rr_network_knows(s->net, q.symbols[t]))
                list[n++] = (wrong_step){ at, order, p->step_probability[at] };
            else
                ++*unknown;
        }
    }
    return n;
}

static rr_status check_listed(const rr_repair_request *request, size_t N, rr_error *err)
{
    for (size_t i = 0; request->targets != NULL && i < request->count_targets; i++)
        if (request->targets[i] >= N)
            return rri_fail(err, RR_ERR_ARG, (int64_t)i,
                            "samples %zu: the split has N = %zu sequences, numbered from 0",
                            request->targets[i], N);
    return RR_OK;
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
    if (n == 0)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "no such wrong step among the %zu of the split",
                         p.step_errors));
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
static rr_status choose_targets(rr_session *s, const rr_repair_request *request, rr_ids *out,
                                rr_error *err)
{
    rr_error_filter which = { .truth = request->truth, .most = request->most };
    const rr_dataset *ds = NULL;
    unsigned char *eligible = NULL;
    rr_status st = RR_OK;

    if (rri_session_by_steps(s))
        return choose_steps(s, request, out, err);
    RRI_TRY(rr_session_split(s, request->split, &ds, err));
    if (request->targets != NULL)
        return copy_list(request, ds, out, err);
    if (request->search.level == RR_LEVEL_SEGMENT &&
        request->search.strategy != RR_STRATEGY_DIRECT) {
        RRI_TRY(rri_alloc(&eligible, rr_dataset_count(ds), 1, 1, err));
        RRI_TRY(mark_localized(s, request, eligible, err));
        which.eligible = eligible;
    }
    RRI_TRY(rr_session_errors(s, request->split, &which, out, err));
    if (out->count == 0)
        st = rri_fail(err, RR_ERR_ARG, -1, "no such error among the %zu sequences of the split",
                      rr_dataset_count(ds));

done:
    rri_free(eligible);
    return st;
}

/* ---- one repair ----------------------------------------------------------------------------- */

/* Search for every target. */
static rr_status search(rr_session *s, const rr_repair_request *request, const rr_ids *targets,
                        rr_repair_result *r, rr_error *err)
{
    const rr_callbacks *cb = &s->callbacks;
    const bool segment = request->search.level == RR_LEVEL_SEGMENT;
    int finished = 0;
    rr_status st = RR_OK;

    RRI_TRY(rr_repair_new(&request->search, s->influence, s->net, r->train, r->ds, targets->ids,
                          targets->count, &r->search, err));
    while (!finished) {
        if (rri_cancelled(cb))
            RRI_TRY(rri_fail_cancelled(err));
        RRI_TRY(rr_repair_step(r->search, &finished, err));
        r->targets = rr_repair_targets(r->search, &r->count);
        rri_show(cb, segment ? "insertions" : "variants", "targets", r->count, targets->count, "%s",
                 "");
    }
    RRI_TRY(rr_repair_additions(r->search, &r->additions, err));
    for (size_t i = 0; i < r->count; i++) {
        r->generated += r->targets[i].generated;
        r->accepted += r->targets[i].accepted;
    }

done:
    rri_show_end(cb);
    return st;
}

/* Predict the steps of the split with the retrained network, and count. */
static rr_status compare_steps(rr_session *s, const rr_network *net, const rr_ids *targets,
                               rr_repair_result *r, rr_error *err)
{
    rr_state_source source = { .ops = NULL };
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&r->after, rr_dataset_steps(r->ds), 1, sizeof *r->after, err));
    RRI_TRY(rr_network_states(net, r->ds, s->threads, &source, err));
    RRI_TRY(rri_predict_steps(&source, r->after, NULL, err));
    RRI_TRY(rr_outcome_compare_steps(r->ds, r->before, r->after, NULL, 0, &r->all, err));
    RRI_TRY(rr_outcome_compare_steps(r->ds, r->before, r->after, targets->ids, targets->count,
                                     &r->of_targets, err));

done:
    rr_state_source_close(&source);
    return st;
}

/* The loss weights of the training set with the additions; NULL where all are 1. Memory: owned. */
static rr_status weigh(const rr_repair_result *r, float **out, size_t *n, rr_error *err)
{
    const size_t N = rr_dataset_count(r->train);

    *n = 0;
    if (!rr_repair_weights(r->search, NULL))
        return RR_OK;
    *n = N + rr_dataset_count(r->additions);
    const rr_status st = rri_alloc(out, *n, 1, sizeof **out, err);
    for (size_t i = 0; st == RR_OK && i < N; i++)
        (*out)[i] = 1.0F;
    if (st == RR_OK)
        (void)rr_repair_weights(r->search, *out + N);
    return st;
}

/* Retrain, predict the split, and count. */
static rr_status retrain(rr_session *s, const rr_repair_request *request, const rr_ids *targets,
                         const char *dir, rr_repair_result *r, rr_error *err)
{
    rr_edits edits = { .additions = r->additions };
    const rr_network *net = NULL;
    const size_t n = rr_dataset_count(r->additions);
    float *weights = NULL;
    rr_status st = RR_OK;

    RRI_TRY(weigh(r, &weights, &edits.count_weights, err));
    edits.weights = weights;
    rri_note(&s->callbacks, "%zu targets, %zu samples to add; retraining into %s", r->count, n,
             dir);
    if (n == 0 && request->search.strategy != RR_STRATEGY_NONE)
        rri_note(&s->callbacks,
                 "note: no sample could be made for any target, so that what follows is training "
                 "alone, as with --strategy none");
    RRI_TRY(rr_session_child(s, dir, &edits, &request->retrain, &r->child, err));
    RRI_TRY(rr_session_network(r->child, &net, err));
    if (r->steps) {
        st = compare_steps(s, net, targets, r, err);
        goto done;
    }
    RRI_TRY(rri_predict(net, r->ds, s->threads, &r->after, NULL, err));
    RRI_TRY(rr_outcome_compare(r->ds, r->before, r->after, NULL, 0, &r->all, err));
    RRI_TRY(rr_outcome_compare(r->ds, r->before, r->after, targets->ids, targets->count,
                               &r->of_targets, err));

done:
    rri_free(weights);
    return st;
}

static rr_status export_all(rr_session *s, const char *path, const rr_repair_result *r,
                            rr_error *err)
{
    const rr_dataset *const sets[] = { r->train, r->additions };
    const rr_split splits[] = { RR_SPLIT_TRAIN, RR_SPLIT_TRAIN };
    const rr_status st = rr_dataset_save_jsonl(sets, splits, 2, path, err);

    if (st == RR_OK)
        rri_note(&s->callbacks, "%zu training sequences and %zu new ones written to %s",
                 rr_dataset_count(r->train), rr_dataset_count(r->additions), path);
    return st;
}

/* The request is complete. */
static rr_status repair(rr_session *s, const rr_repair_request *request, const rr_ids *targets,
                        const char *dir, rr_repair_result **out, rr_error *err)
{
    rr_predictions before = { .ds = NULL };
    rr_repair_result *r = NULL;
    const rr_influence *inf = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_alloc(&r, 1, 1, sizeof *r, err));
    RRI_TRY(rr_session_influence(s, &inf, err));
    RRI_TRY(rri_session_load_splits(s, err));
    RRI_TRY(rr_session_split(s, RR_SPLIT_TRAIN, &r->train, err));
    RRI_TRY(rr_session_predict(s, request->split, &before, err));
    r->ds = before.ds;
    r->steps = rri_session_by_steps(s);
    r->before = r->steps ? before.step_prediction : before.prediction;
    RRI_TRY(search(s, request, targets, r, err));
    if (dir != NULL)
        RRI_TRY(retrain(s, request, targets, dir, r, err));
    if (request->export_path != NULL)
        RRI_TRY(export_all(s, request->export_path, r, err));

done:
    if (st == RR_OK || (st == RR_ERR_CANCELLED && r->child != NULL)) {
        *out = r;
        r = NULL;
    }
    rr_repair_result_free(r);
    return st;
}

rr_status rr_session_repair(rr_session *s, const rr_repair_request *request, const char *dir,
                            rr_repair_result **out, rr_error *err)
{
    rr_repair_request settled;
    rr_reservation *reserved = NULL;
    rr_ids targets = { NULL, 0 };
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_session_needs_network(s, "repair", NULL, err));
    RRI_TRY(settle(s, request, &settled, err));
    if (settled.export_path != NULL)
        RRI_TRY(rr_session_check_output(s, settled.export_path, err));
    if (dir != NULL) {
        RRI_TRY(rri_retrain_check(s, &settled.retrain, err));
        RRI_TRY(rr_run_reserve(dir, &reserved, err));
    }
    RRI_TRY(choose_targets(s, &settled, &targets, err));
    RRI_TRY(repair(s, &settled, &targets, dir, out, err));

done:
    rr_reservation_end(reserved);
    rr_ids_free(&targets);
    return st;
}

void rr_repair_result_free(rr_repair_result *r)
{
    if (r == NULL)
        return;
    rr_repair_free(r->search);
    rr_dataset_free(r->additions);
    rr_session_close(r->child);
    rri_free(r->after);
    rri_free(r);
}

/* ---- several seeds -------------------------------------------------------------------------- */

/* The directories of a series: that of all, and one a seed. */
typedef struct folders {
    rr_reservation *all;
    rr_reservation **reserved; /* [n] */
    char **dir;                /* [n] */
    size_t n;
} folders;

static rr_status reserve_all(const char *dir, const uint64_t *seeds, size_t n, folders *f,
                             rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(rr_run_reserve(dir, &f->all, err));
    RRI_TRY(rri_alloc(&f->reserved, n, 1, sizeof(rr_reservation *), err));
    RRI_TRY(rri_alloc(&f->dir, n, 1, sizeof(char *), err));
    f->n = n;
    for (size_t i = 0; i < n; i++) {
        RRI_TRY(rri_format(&f->dir[i], err, "%s/seed-%llu", dir, (unsigned long long)seeds[i]));
        RRI_TRY(rr_run_reserve(f->dir[i], &f->reserved[i], err));
    }

done:
    return st;
}

static void release_all(folders *f)
{
    for (size_t i = 0; i < f->n; i++) {
        rr_reservation_end(f->reserved[i]);
        rri_free(f->dir[i]);
    }
    rri_free(f->reserved);
    rri_free(f->dir);
    rr_reservation_end(f->all);
}

/* Add the outcome of a seed to the means. */
static void add_seed(rr_repair_series *series, const rr_repair_result *r, rr_repair_seed *seed)
{
    const double part = 1.0 / (double)series->count_seeds;

    seed->kept = rr_dataset_count(r->additions);
    seed->all = r->all;
    seed->of_targets = r->of_targets;
    series->mean_kept += part * (double)seed->kept;
    series->mean_fixed += part * (double)seed->of_targets.fixed;
    series->mean_still_failing += part * (double)seed->of_targets.still_failing;
    series->mean_newly_broken += part * (double)seed->all.newly_broken;
    series->accuracy_before += part * seed->all.accuracy_before;
    series->accuracy_after += part * seed->all.accuracy_after;
    for (size_t i = 0; i < series->count; i++)
        series->targets[i].fixed += r->after[r->targets[i].unit] == r->targets[i].truth;
}

/* Number `unit` of a list of targets. */
static rr_series_target series_target(const rr_predictions *p, size_t unit)
{
    rr_series_target t = { .unit = unit };

    if (p->step_prediction == NULL) {
        t.id = unit;
        t.truth = rr_dataset_at(p->ds, unit).label;
        t.prediction = p->prediction[unit];
        return t;
    }
    size_t at = unit;
    while (at >= rr_dataset_at(p->ds, t.id).steps)
        at -= rr_dataset_at(p->ds, t.id++).steps;
    t.step = at + 1;
    t.truth = rr_dataset_at(p->ds, t.id).step_labels[at];
    t.prediction = p->step_prediction[unit];
    return t;
}

static rr_status new_series(rr_session *s, rr_split split, const rr_ids *targets,
                            const uint64_t *seeds, size_t n, rr_repair_series **out, rr_error *err)
{
    rr_predictions before = { .ds = NULL };
    rr_repair_series *series = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_session_predict(s, split, &before, err));
    RRI_TRY(rri_alloc(&series, 1, 1, sizeof *series, err));
    RRI_TRY(rri_alloc(&series->seeds, n, 1, sizeof *series->seeds, err));
    RRI_TRY(rri_alloc(&series->targets, targets->count, 1, sizeof *series->targets, err));
    for (size_t i = 0; i < n; i++)
        series->seeds[i].seed = seeds[i];
    series->count_seeds = n;
    for (size_t i = 0; i < targets->count; i++)
        series->targets[i] = series_target(&before, targets->ids[i]);
    series->count = targets->count;
    *out = series;
    series = NULL;

done:
    rr_repair_series_free(series);
    return st;
}

static rr_status repair_seed(rr_session *s, const rr_repair_request *request, const rr_ids *targets,
                             const char *dir, rr_repair_report report, void *self,
                             rr_repair_series *series, rr_repair_seed *seed, rr_error *err)
{
    rr_repair_request with_seed = *request;
    rr_repair_result *r = NULL;
    rr_status st = RR_OK;

    with_seed.search.seed = with_seed.retrain.seed = seed->seed;
    RRI_TRY(repair(s, &with_seed, targets, dir, &r, err));
    if (report != NULL)
        RRI_TRY(report(self, &with_seed, dir, r, err));
    add_seed(series, r, seed);

done:
    rr_repair_result_free(r);
    return st;
}

rr_status rr_session_repair_seeds(rr_session *s, const rr_repair_request *request, const char *dir,
                                  const uint64_t *seeds, size_t n, rr_repair_report report,
                                  void *self, rr_repair_series **out, rr_error *err)
{
    rr_repair_request settled;
    folders f = { .n = 0 };
    rr_ids targets = { NULL, 0 };
    rr_repair_series *series = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_session_needs_network(s, "repair", NULL, err));
    RRI_TRY(settle(s, request, &settled, err));
    RRI_TRY(rri_retrain_check(s, &settled.retrain, err));
    RRI_TRY(reserve_all(dir, seeds, n, &f, err));
    RRI_TRY(choose_targets(s, &settled, &targets, err));
    RRI_TRY(new_series(s, settled.split, &targets, seeds, n, &series, err));
    for (size_t i = 0; i < n; i++)
        RRI_TRY(repair_seed(s, &settled, &targets, f.dir[i], report, self, series,
                            &series->seeds[i], err));
    for (size_t i = 0; i < series->count; i++)
        series->targets[i].fixed /= (double)n;
    *out = series;
    series = NULL;

done:
    rr_repair_series_free(series);
    release_all(&f);
    rr_ids_free(&targets);
    return st;
}

void rr_repair_series_free(rr_repair_series *series)
{
    if (series == NULL)
        return;
    rri_free(series->seeds);
    rri_free(series->targets);
    rri_free(series);
}
