/* SPDX-License-Identifier: MIT */
/* compare.c - what two runs answer otherwise on the same split: counts, calibration, classes, the
 * targets of a repair apart from the rest, and the inputs themselves. */
#include "workflow/compare.h"

#include "io/file.h"
#include "repair/repair_internal.h"

#include <string.h>

rr_compare_config rr_compare_config_default(void)
{
    return (rr_compare_config){ .struct_size = sizeof(rr_compare_config), .split = -1 };
}

/* ---- answers -------------------------------------------------------------------------------- */

/* What a run says of the U inputs. Owned but for `all` where it is kept. */
typedef struct answers {
    uint32_t *prediction; /* [U] */
    float *all;           /* [U][C], NULL where unknown */
    float *probability;   /* [U] of the prediction, NULL where unknown */
    bool kept;            /* `all` is the session's */
} answers;

static void drop_all(answers *x)
{
    if (!x->kept)
        rri_free(x->all);
    x->all = NULL;
}

static void answers_clear(answers *x)
{
    drop_all(x);
    rri_free(x->prediction);
    rri_free(x->probability);
}

/* The probability of each prediction. */
static rr_status pick(size_t U, size_t C, answers *x, rr_error *err)
{
    rr_status st = RR_OK;

    rri_free(x->probability);
    x->probability = NULL;
    if (x->all == NULL)
        return RR_OK;
    RRI_TRY(rri_alloc(&x->probability, U, 1, sizeof *x->probability, err));
    for (size_t i = 0; i < U; i++)
        x->probability[i] = x->all[i * C + x->prediction[i]];

done:
    return st;
}

static rr_status copy_predictions(const uint32_t *from, size_t U, uint32_t **to, rr_error *err)
{
    const rr_status st = rri_alloc(to, U, 1, sizeof **to, err);

    if (st == RR_OK)
        memcpy(*to, from, U * sizeof **to);
    return st;
}

/* ds: the inputs where the run has a network. Once a session of dev and test, which are the same in
 * both runs. */
static rr_status answer(rr_session *s, rr_split split, const rr_dataset *ds, size_t U, size_t C,
                        answers *out, rr_error *err)
{
    rri_said *kept = &s->said[split];
    rr_status st = RR_OK;

    if (kept->prediction != NULL) {
        RRI_TRY(copy_predictions(kept->prediction, U, &out->prediction, err));
        out->all = kept->all;
        out->kept = true;
    } else {
        rri_said said = { NULL, NULL };
        RRI_TRY(rri_session_say(s, split, ds, U, C, &said, err));
        out->prediction = said.prediction;
        out->all = said.all;
        if ((split == RR_SPLIT_DEV || split == RR_SPLIT_TEST) && U <= RRI_MOST_SAID / C) {
            RRI_TRY(copy_predictions(out->prediction, U, &kept->prediction, err));
            kept->all = out->all;
            out->kept = true;
        }
    }
    RRI_TRY(pick(U, C, out, err));

done:
    return st;
}

/* ---- a comparison under construction -------------------------------------------------------- */

/* The public part is first. */
typedef struct holder {
    rr_comparison of;
    answers before, after;
    char *note;
} holder;

typedef struct work {
    rr_session *first, *second;
    bool of_second; /* the inputs are the second's */
    const rr_dataset *ds;
    size_t U, C;
    uint32_t *truth;          /* [U], RR_NO_LABEL where there is none */
    size_t *begin;            /* [N + 1] where every step has an output, the first of each */
    unsigned char *is_target; /* [U] or NULL */
    size_t *targets, *rest;   /* units */
    size_t count_targets, count_rest;
    holder *h;
} work;

static void work_clear(work *w)
{
    rri_free(w->truth);
    rri_free(w->begin);
    rri_free(w->is_target);
    rri_free(w->targets);
    rri_free(w->rest);
}

static rr_status list_truths(work *w, rr_error *err)
{
    const size_t N = rr_dataset_count(w->ds);
    const bool steps = w->h->of.by_steps, labelled = w->h->of.labelled;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&w->truth, w->U, 1, sizeof *w->truth, err));
    RRI_TRY(rri_alloc(&w->begin, N + 1, 1, sizeof *w->begin, err));
    for (size_t i = 0; i < N; i++) {
        const rr_sequence x = rr_dataset_at(w->ds, i);
        w->begin[i + 1] = w->begin[i] + (steps ? x.steps : 1);
        for (size_t u = w->begin[i]; u < w->begin[i + 1]; u++)
            w->truth[u] = !labelled ? RR_NO_LABEL
                          : steps   ? x.step_labels[u - w->begin[i]]
                                    : x.label;
    }

done:
    return st;
}

/* ---- the targets of a repair ---------------------------------------------------------------- */

/* Those of the run that was made from the other; none where neither was. */
static rr_run_targets targets_of(const work *w)
{
    if (w->h->of.relation == RR_RELATION_CHILD)
        return rr_run_settings_of(w->second->run).targets;
    if (w->h->of.relation == RR_RELATION_PARENT)
        return rr_run_settings_of(w->first->run).targets;
    return (rr_run_targets){ .count = 0 };
}

static rr_status mark_target(const work *w, const rr_run_target *x, rr_error *err)
{
    const size_t N = rr_dataset_count(w->ds);
    const size_t T = x->id < N ? w->begin[x->id + 1] - w->begin[x->id] : 0;

    if (x->id >= N || (w->h->of.by_steps && (x->step < 1 || x->step > T)))
        return rri_fail(
            err, RR_ERR_FORMAT, -1,
            "%s: run.json names sequence %u, step %u as a target, but %s has %zu "
            "sequences",
            rr_run_dir(w->h->of.relation == RR_RELATION_CHILD ? w->second->run : w->first->run),
            (unsigned)x->id, (unsigned)x->step, rri_split_title(w->h->of.split), N);
    w->is_target[w->begin[x->id] + (w->h->of.by_steps ? x->step - 1 : 0)] = 1;
    return RR_OK;
}

static rr_status find_targets(work *w, rr_error *err)
{
    const rr_run_targets targets = targets_of(w);
    rr_comparison *c = &w->h->of;
    rr_status st = RR_OK;

    if (targets.count == 0)
        return RR_OK;
    if (targets.split != c->split)
        return rri_format(&w->h->note, err,
                          "The repair was made for %zu errors of the %s split: its targets are "
                          "compared there.",
                          targets.count, rr_enum_name(RR_ENUM_SPLIT, targets.split));
    c->has_targets = 1;
    RRI_TRY(rri_alloc(&w->is_target, w->U, 1, 1, err));
    RRI_TRY(rri_alloc(&w->targets, w->U, 1, sizeof *w->targets, err));
    RRI_TRY(rri_alloc(&w->rest, w->U, 1, sizeof *w->rest, err));
    for (size_t i = 0; i < targets.count; i++)
        RRI_TRY(mark_target(w, &targets.list[i], err));
    for (size_t u = 0; u < w->U; u++) {
        if (w->is_target[u])
            w->targets[w->count_targets++] = u;
        else
            w->rest[w->count_rest++] = u;
    }

done:
    return st;
}

/* ---- counts --------------------------------------------------------------------------------- */

/* Without probabilities: the counts, and those of classes. which [n] are units, NULL = all. */
static void count_only(const work *w, const size_t *which, size_t n, rr_effect *out,
                       rr_class_outcome *classes)
{
    rr_outcome o = { .count = 0 };

    for (size_t i = 0; i < (which != NULL ? n : w->U); i++) {
        const size_t u = which != NULL ? which[i] : i;
        const uint32_t truth = w->truth[u];
        if (truth == RR_NO_LABEL)
            continue;
        const bool was = w->h->before.prediction[u] == truth;
        const bool is = w->h->after.prediction[u] == truth;
        rri_outcome_add(&o, was, is);
        if (classes == NULL)
            continue;
        classes[truth].count++;
        classes[truth].fixed += !was && is;
        classes[truth].newly_broken += was && !is;
        classes[truth].recall_before += was;
        classes[truth].recall_after += is;
    }
    rri_outcome_finish(&o);
    *out = (rr_effect){ .counts = o };
    for (size_t c = 0; classes != NULL && c < w->C; c++) {
        rr_class_outcome *x = &classes[c];
        x->recall_before = x->count > 0 ? x->recall_before / (double)x->count : -1.0;
        x->recall_after = x->count > 0 ? x->recall_after / (double)x->count : -1.0;
    }
}

static rr_status measure_part(const work *w, const size_t *which, size_t n, rr_effect *out,
                              rr_class_outcome *classes, rr_error *err)
{
    const answers *a = &w->h->before, *b = &w->h->after;
    const rr_predicted before = { a->prediction, a->all, w->C };
    const rr_predicted after = { b->prediction, b->all, w->C };

    if (w->h->of.probabilities)
        return rr_effect_measure(w->ds, w->h->of.by_steps, &before, &after, which, n, out, classes,
                                 err);
    count_only(w, which, n, out, classes);
    return RR_OK;
}

static rr_status measure(work *w, rr_error *err)
{
    rr_comparison *c = &w->h->of;
    rr_status st = RR_OK;

    c->count_classes = w->C;
    RRI_TRY(rri_alloc(&c->classes, w->C, 1, sizeof *c->classes, err));
    for (size_t u = 0; u < w->U; u++) {
        if (c->labelled && w->truth[u] == RR_NO_LABEL)
            continue;
        c->inputs++;
        c->differ += w->h->before.prediction[u] != w->h->after.prediction[u];
    }
    if (!c->labelled)
        return RR_OK;
    RRI_TRY(measure_part(w, NULL, 0, &c->all, c->classes, err));
    if (c->has_targets) {
        RRI_TRY(measure_part(w, w->targets, w->count_targets, &c->targets, NULL, err));
        RRI_TRY(measure_part(w, w->rest, w->count_rest, &c->unseen, NULL, err));
    }

done:
    return st;
}

/* ---- the inputs ----------------------------------------------------------------------------- */

/* What became of an input; false where nothing did. */
static bool kind_of(const work *w, size_t u, rr_change *kind)
{
    const uint32_t truth = w->truth[u];
    const uint32_t before = w->h->before.prediction[u], after = w->h->after.prediction[u];

    if (truth == RR_NO_LABEL) {
        *kind = RR_CHANGE_OTHER;
        return !w->h->of.labelled && before != after;
    }
    *kind = before != truth ? (after == truth ? RR_CHANGE_FIXED : RR_CHANGE_STILL_WRONG)
                            : RR_CHANGE_BROKEN;
    return before != truth || after != truth;
}

static float probability_of(const answers *x, size_t u, size_t C, uint32_t class_number)
{
    return x->all != NULL && class_number != RR_NO_LABEL ? x->all[u * C + class_number] : -1.0F;
}

static rr_changed describe(const work *w, size_t id, size_t u, rr_change kind)
{
    const answers *a = &w->h->before, *b = &w->h->after;
    const uint32_t truth = w->truth[u];

    return (rr_changed){ .id = id,
                         .step = w->h->of.by_steps ? u - w->begin[id] + 1 : 0,
                         .kind = kind,
                         .truth = truth,
                         .before = a->prediction[u],
                         .after = b->prediction[u],
                         .probability_before = probability_of(a, u, w->C, a->prediction[u]),
                         .probability_after = probability_of(b, u, w->C, b->prediction[u]),
                         .truth_before = probability_of(a, u, w->C, truth),
                         .truth_after = probability_of(b, u, w->C, truth),
                         .target = w->is_target != NULL && w->is_target[u] };
}

/* In order of their kind: counted, then put in place. */
static rr_status list_changed(work *w, rr_error *err)
{
    enum { KINDS = RR_CHANGE_OTHER + 1 };
    rr_comparison *c = &w->h->of;
    size_t at[KINDS + 1] = { 0 };
    rr_change kind = RR_CHANGE_OTHER;
    rr_status st = RR_OK;

    for (size_t u = 0; u < w->U; u++)
        if (kind_of(w, u, &kind))
            at[kind + 1]++;
    for (size_t k = 1; k <= KINDS; k++)
        at[k] += at[k - 1];
    c->count_changed = at[KINDS];
    RRI_TRY(rri_alloc(&c->changed, c->count_changed, 1, sizeof *c->changed, err));
    for (size_t i = 0; i < rr_dataset_count(w->ds); i++)
        for (size_t u = w->begin[i]; u < w->begin[i + 1]; u++)
            if (kind_of(w, u, &kind))
                c->changed[at[kind]++] = describe(w, i, u, kind);

done:
    return st;
}

/* ---- the call ------------------------------------------------------------------------------- */

rr_status rri_check_two_runs(const rr_session *first, const rr_session *second, rr_error *err)
{
    char *a = NULL, *b = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_run_path(first->run, "run.json", &a, err));
    RRI_TRY(rr_run_path(second->run, "run.json", &b, err));
    const rri_stamp x = rri_stamp_of(a), y = rri_stamp_of(b);
    if (first == second || rri_stamp_equal(&x, &y))
        st = rri_fail(err, RR_ERR_ARG, -1, "%s and %s are one run; a comparison needs two",
                      rr_run_dir(first->run), rr_run_dir(second->run));

done:
    rri_free(a);
    rri_free(b);
    return st;
}

/* The inputs, and what both say of them. */
static rr_status ask(work *w, rr_error *err)
{
    rr_comparison *c = &w->h->of;
    rr_session *const owner = w->of_second ? w->second : w->first;
    const rr_dataset *other = NULL;
    bool shared = false;
    rr_status st = RR_OK;

    RRI_TRY(rri_compare_data(w->first, w->second, c->split, &shared, err));
    RRI_TRY(rr_session_split(owner, c->split, &w->ds, err));
    other = w->ds;
    if (!shared)
        RRI_TRY(rr_session_split(w->of_second ? w->first : w->second, c->split, &other, err));
    c->ds = w->ds;
    c->by_steps = rri_session_by_steps(w->first);
    c->labelled = c->by_steps ? rr_dataset_step_labelled(w->ds) : rr_dataset_labelled(w->ds);
    w->U = c->by_steps ? rr_dataset_steps(w->ds) : rr_dataset_count(w->ds);
    w->C = rr_run_settings_of(w->first->run).network.classes;
    RRI_TRY(
        answer(w->first, c->split, w->of_second ? other : w->ds, w->U, w->C, &w->h->before, err));
    RRI_TRY(rri_check_cancelled(&w->first->callbacks, err));
    RRI_TRY(
        answer(w->second, c->split, w->of_second ? w->ds : other, w->U, w->C, &w->h->after, err));
    c->probabilities = w->h->before.all != NULL && w->h->after.all != NULL;
    c->before = w->h->before.prediction;
    c->after = w->h->after.prediction;
    c->probability_before = w->h->before.probability;
    c->probability_after = w->h->after.probability;

done:
    return st;
}

rr_status rri_session_compare(rr_session *first, rr_session *second, const rr_compare_config *cfg,
                              bool of_second, rr_comparison **out, rr_error *err)
{
    rr_compare_config own = rr_compare_config_default();
    work w = { .first = first, .second = second, .of_second = of_second };
    rr_status st = RR_OK;

    *out = NULL;
    if (cfg != NULL)
        RRI_TRY(rri_config_take(&own, sizeof own, cfg, "rr_compare_config", err));
    RRI_TRY(rri_check_two_runs(first, second, err));
    RRI_TRY(rri_alloc(&w.h, 1, 1, sizeof *w.h, err));
    w.h->of.split = (rr_split)rri_session_split_or_default(first, own.split);
    RRI_TRY(ask(&w, err));
    RRI_TRY(rri_compare_relation(first, second, &w.h->of.relation, err));
    RRI_TRY(rri_compare_edits(first, second, &w.h->of.edits, err));
    RRI_TRY(list_truths(&w, err));
    RRI_TRY(find_targets(&w, err));
    RRI_TRY(measure(&w, err));
    RRI_TRY(list_changed(&w, err));
    w.h->of.note = w.h->note != NULL ? w.h->note : "";
    drop_all(&w.h->before);
    drop_all(&w.h->after);
    *out = &w.h->of;
    w.h = NULL;

done:
    work_clear(&w);
    if (w.h != NULL)
        rr_comparison_free(&w.h->of);
    return st;
}

rr_status rr_session_compare(rr_session *first, rr_session *second, const rr_compare_config *cfg,
                             rr_comparison **out, rr_error *err)
{
    return rri_session_compare(first, second, cfg, false, out, err);
}

void rr_comparison_free(rr_comparison *x)
{
    holder *h = (holder *)x;

    if (h == NULL)
        return;
    answers_clear(&h->before);
    answers_clear(&h->after);
    rri_free(x->classes);
    rri_free(x->changed);
    rri_free(h->note);
    rri_free(h);
}
