/* SPDX-License-Identifier: MIT */
/* edits.c - checks, copies, applies and composes edits of a training set. */
#include "data/edits.h"
#include "data/origins.h"

#include <string.h>

/* ---- allocation ----------------------------------------------------------------------------- */

rr_status rri_edits_new(size_t removed, size_t relabelled, size_t steps,
                        const rr_dataset *additions, rri_edits **out, rr_error *err)
{
    rri_edits *e = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_alloc(&e, 1, 1, sizeof *e, err));
    RRI_TRY(rri_alloc(&e->removed, removed, 1, sizeof *e->removed, err));
    RRI_TRY(rri_alloc(&e->relabelled, relabelled, 1, sizeof *e->relabelled, err));
    RRI_TRY(rri_alloc(&e->labels, relabelled, 1, sizeof *e->labels, err));
    RRI_TRY(rri_alloc(&e->steps, steps, 1, sizeof *e->steps, err));
    e->additions = rr_dataset_share(additions);
    e->view = (rr_edits){ .removed = e->removed,
                          .relabelled = e->relabelled,
                          .labels = e->labels,
                          .steps = e->steps,
                          .additions = e->additions };
    *out = e;
    e = NULL;

done:
    rr_edits_free((rr_edits *)e);
    return st;
}

void rr_edits_free(rr_edits *edits)
{
    rri_edits *e = (rri_edits *)edits;

    if (e == NULL)
        return;
    rri_free(e->removed);
    rri_free(e->relabelled);
    rri_free(e->labels);
    rri_free(e->steps);
    rri_free(e->weights);
    rr_dataset_free(e->additions);
    rri_free(e);
}

rr_status rr_edits_copy(const rr_edits *from, rr_edits **out, rr_error *err)
{
    rri_edits *e = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_edits_new(from->count_removed, from->count_relabelled, from->count_steps,
                          from->additions, &e, err));
    for (size_t i = 0; i < from->count_removed; i++)
        rri_edits_remove(e, from->removed[i]);
    for (size_t i = 0; i < from->count_relabelled; i++)
        rri_edits_relabel(e, from->relabelled[i], from->labels[i]);
    for (size_t i = 0; i < from->count_steps; i++)
        rri_edits_relabel_step(e, from->steps[i]);
    if (from->weights != NULL) {
        RRI_TRY(rri_edits_weigh(e, from->count_weights, err));
        memcpy(e->weights, from->weights, from->count_weights * sizeof *e->weights);
    }
    *out = &e->view;
    e = NULL;

done:
    rr_edits_free((rr_edits *)e);
    return st;
}

/* ---- check ---------------------------------------------------------------------------------- */

static rr_status check_ascending(const uint32_t *ids, size_t n, size_t count, const char *what,
                                 rr_error *err)
{
    for (size_t i = 0; i < n; i++)
        if (ids[i] >= count || (i > 0 && ids[i] <= ids[i - 1]))
            return rri_fail(err, RR_ERR_ARG, (int64_t)i,
                            "the sequences %s must be rising numbers below %zu; number %zu of the "
                            "list is %u",
                            what, count, i, (unsigned)ids[i]);
    return RR_OK;
}

/* Is step edit a before b? */
static bool is_before(const rr_step_edit *a, const rr_step_edit *b)
{
    return a->sequence < b->sequence || (a->sequence == b->sequence && a->step < b->step);
}

static rr_status check_steps(const rr_edits *e, size_t count, size_t classes, rr_error *err)
{
    for (size_t i = 0; i < e->count_steps; i++) {
        const rr_step_edit *s = &e->steps[i];
        if (s->sequence >= count || s->step == 0 || (i > 0 && !is_before(s - 1, s)))
            return rri_fail(err, RR_ERR_ARG, (int64_t)i,
                            "the steps with other labels must rise by sequence, below %zu, then "
                            "step, from 1; number %zu of the list is step %u of sequence %u",
                            count, i, (unsigned)s->step, (unsigned)s->sequence);
        if (s->label >= classes && s->label != RR_NO_LABEL)
            return rri_fail(err, RR_ERR_ARG, (int64_t)i,
                            "the new label of step %u of sequence %u is %u, which is outside "
                            "0..%zu",
                            (unsigned)s->step, (unsigned)s->sequence, (unsigned)s->label,
                            classes - 1);
    }
    return RR_OK;
}

rr_status rr_edits_check(const rr_edits *e, size_t count, size_t classes, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(check_ascending(e->removed, e->count_removed, count, "left out", err));
    RRI_TRY(check_ascending(e->relabelled, e->count_relabelled, count, "with other labels", err));
    for (size_t i = 0; i < e->count_relabelled; i++)
        if (e->labels[i] >= classes)
            RRI_TRY(rri_fail(err, RR_ERR_ARG, (int64_t)i,
                             "the new label of sequence %u is %u, which is outside 0..%zu",
                             (unsigned)e->relabelled[i], (unsigned)e->labels[i], classes - 1));
    RRI_TRY(check_steps(e, count, classes, err));
    if (e->weights != NULL)
        RRI_TRY(rri_weights_check(e->weights, e->count_weights, err));
    if (e->count_removed > 0 && e->count_removed == count)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "every training sequence of the source would be left out"));

done:
    return st;
}

/* ---- apply ---------------------------------------------------------------------------------- */

static rr_status without_removed(const rr_edits *e, const rr_dataset *ds, rr_dataset **out,
                                 rr_error *err)
{
    const size_t count = rr_dataset_count(ds);
    size_t *left = NULL;
    size_t n = 0;
    size_t next = 0; /* in the list, which ascends */
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&left, count, 1, sizeof *left, err));
    for (size_t i = 0; i < count; i++)
        if (next < e->count_removed && e->removed[next] == i)
            next++;
        else
            left[n++] = i;
    RRI_TRY(rr_dataset_select(ds, left, n, out, err));
    rri_origins_settle(*out);

done:
    rri_free(left);
    return st;
}

/* The number of a step among those of all sequences, the edits' sequences being checked. */
static rr_status number_of_step(const rr_dataset *ds, const rr_step_edit *e, size_t *sequence,
                                uint64_t *before, uint64_t *out, rr_error *err)
{
    for (; *sequence < e->sequence; ++*sequence) /* edits ascend: each sequence is passed once */
        *before += rr_dataset_at(ds, *sequence).steps;
    const size_t T = rr_dataset_at(ds, e->sequence).steps;
    if (e->step > T)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "there is no step %u of sequence %u, which has T = %zu", (unsigned)e->step,
                        (unsigned)e->sequence, T);
    *out = *before + e->step - 1;
    return RR_OK;
}

static rr_status with_other_steps(const rr_edits *e, const rr_dataset *ds, rr_dataset **out,
                                  rr_error *err)
{
    uint64_t *numbers = NULL;
    uint32_t *labels = NULL;
    size_t sequence = 0;
    uint64_t before = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&numbers, e->count_steps, 1, sizeof *numbers, err));
    RRI_TRY(rri_alloc(&labels, e->count_steps, 1, sizeof *labels, err));
    for (size_t i = 0; i < e->count_steps; i++) {
        RRI_TRY(number_of_step(ds, &e->steps[i], &sequence, &before, &numbers[i], err));
        labels[i] = e->steps[i].label;
    }
    RRI_TRY(rr_dataset_relabel_steps(ds, numbers, labels, e->count_steps, out, err));

done:
    rri_free(numbers);
    rri_free(labels);
    return st;
}

/* Replace *ds by a changed copy. */
static void replace(rr_dataset **ds, rr_dataset *changed)
{
    rr_dataset_free(*ds);
    *ds = changed;
}

rr_status rr_edits_apply(const rr_edits *e, const rr_dataset *from, rr_dataset **out, rr_error *err)
{
    rr_dataset *ds = rr_dataset_share(from);
    rr_dataset *changed = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    if (e->count_relabelled > 0) {
        RRI_TRY(
            rr_dataset_relabel(ds, e->relabelled, e->labels, e->count_relabelled, &changed, err));
        replace(&ds, changed);
    }
    if (e->count_steps > 0) {
        RRI_TRY(with_other_steps(e, ds, &changed, err));
        replace(&ds, changed);
    }
    if (e->count_removed > 0) {
        RRI_TRY(without_removed(e, ds, &changed, err));
        replace(&ds, changed);
    }
    if (e->additions != NULL) {
        RRI_TRY(rr_dataset_concat(ds, e->additions, &changed, err));
        replace(&ds, changed);
    }
    if (e->weights != NULL && e->count_weights != rr_dataset_count(ds))
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "there are %zu loss weights, but %zu sequences",
                         e->count_weights, rr_dataset_count(ds)));
    *out = ds;
    ds = NULL;

done:
    rr_dataset_free(ds);
    return st;
}

/* ---- compose -------------------------------------------------------------------------------- */

/* Is sequence i left out? */
static bool is_removed(const rr_edits *e, size_t i)
{
    return rri_find_u32(e->removed, e->count_removed, (uint32_t)i) < e->count_removed;
}

/* Does sequence i get another label? *label stays where it does not. */
static bool is_relabelled(const rr_edits *e, size_t i, uint32_t *label)
{
    const size_t at = rri_find_u32(e->relabelled, e->count_relabelled, (uint32_t)i);

    if (at < e->count_relabelled)
        *label = e->labels[at];
    return at < e->count_relabelled;
}

/* The step edits of sequence i, [*n]; they are sorted by sequence. */
static const rr_step_edit *steps_of(const rr_edits *e, size_t i, size_t *n)
{
    size_t low = 0;
    size_t high = e->count_steps;

    while (low < high) { /* finds the first that is not before i */
        const size_t middle = low + (high - low) / 2;
        if (e->steps[middle].sequence < i)
            low = middle + 1;
        else
            high = middle;
    }
    for (*n = 0; low + *n < e->count_steps && e->steps[low + *n].sequence == i;)
        ++*n;
    return e->steps + low;
}

/* Put the step edits of a sequence of the source, `number` in train: those of `then` win. */
static void join_steps(const rr_edits *first, size_t sequence, const rr_edits *then, size_t number,
                       rri_edits *out)
{
    size_t n = 0;
    size_t m = 0;
    const rr_step_edit *a = steps_of(first, sequence, &n);
    const rr_step_edit *b = steps_of(then, number, &m);

    for (size_t i = 0, j = 0; i < n || j < m;) {
        const bool earlier = i < n && (j == m || a[i].step < b[j].step);
        rr_step_edit e = earlier ? a[i] : b[j];
        e.sequence = (uint32_t)sequence;
        rri_edits_relabel_step(out, e);
        i += earlier || (i < n && a[i].step == e.step);
        j += !earlier;
    }
}

/* Add sequence i of train as `then` edits it. labels is scratch, [longest T], of data with labels
 * of steps. */
static rr_status add_edited(const rr_dataset *train, size_t i, const rr_edits *then,
                            uint32_t *labels, rr_dataset_builder *b, rr_error *err)
{
    rr_sequence seq = rr_dataset_at(train, i);
    size_t n = 0;
    const rr_step_edit *steps = steps_of(then, i, &n);

    (void)is_relabelled(then, i, &seq.label);
    if (n > 0 && seq.step_labels == NULL)
        return rri_fail(err, RR_ERR_ARG, -1, "the steps of the data have no labels to change");
    if (n > 0) {
        memcpy(labels, seq.step_labels, seq.steps * sizeof *labels);
        for (size_t k = 0; k < n; k++) {
            if (steps[k].step > seq.steps)
                return rri_fail(err, RR_ERR_ARG, -1,
                                "there is no step %u of sequence %zu, which has T = %zu",
                                (unsigned)steps[k].step, i, seq.steps);
            labels[steps[k].step - 1] = steps[k].label;
        }
        seq.step_labels = labels;
    }
    return rr_dataset_builder_add(b, seq, err);
}

/* Sequences of another kind cannot be added: their rows have another width. */
static rr_status check_additions(const rr_dataset *train, const rr_dataset *additions,
                                 rr_error *err)
{
    const size_t width = rr_dataset_width(train);
    const size_t vocabulary = rr_dataset_vocabulary(train);

    if (additions == NULL ||
        (rr_dataset_width(additions) == width && rr_dataset_vocabulary(additions) == vocabulary))
        return RR_OK;
    return rri_fail(err, RR_ERR_SHAPE, -1,
                    "additions of width %zu, vocabulary %zu cannot be added to sequences of width "
                    "%zu, vocabulary %zu",
                    rr_dataset_width(additions), rr_dataset_vocabulary(additions), width,
                    vocabulary);
}

/* The earlier additions, which are the sequences of train from `begin` on, and then the new ones.
 * NULL where there are none. */
static rr_status join_additions(const rr_dataset *train, size_t begin, const rr_edits *then,
                                rr_dataset **out, rr_error *err)
{
    const size_t added = then->additions != NULL ? rr_dataset_count(then->additions) : 0;
    rr_dataset_shape shape = rr_dataset_shape_of(train);
    rr_dataset_builder *b = NULL;
    rr_dataset *all = NULL;
    uint32_t *labels = NULL;
    rr_status st = RR_OK;

    shape.words = NULL;
    RRI_TRY(rri_alloc(&labels, rr_dataset_max_steps(train), 1, sizeof *labels, err));
    RRI_TRY(rr_dataset_builder_new(&shape, &b, err));
    for (size_t i = begin; i < rr_dataset_count(train); i++)
        if (!is_removed(then, i))
            RRI_TRY(add_edited(train, i, then, labels, b, err));
    for (size_t i = 0; i < added; i++)
        RRI_TRY(rr_dataset_builder_add(b, rr_dataset_at(then->additions, i), err));
    RRI_TRY(rr_dataset_builder_finish(b, &all, err));
    if (rr_dataset_count(all) > 0)
        *out = rr_dataset_share(all);

done:
    rr_dataset_free(all);
    rr_dataset_builder_free(b);
    rri_free(labels);
    return st;
}

rr_status rr_edits_compose(const rr_edits *first, size_t count, const rr_dataset *train,
                           const rr_edits *then, rr_edits **out, rr_error *err)
{
    rr_dataset *additions = NULL;
    rri_edits *e = NULL;
    size_t left = 0; /* number in train */
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rr_edits_check(then, rr_dataset_count(train), rr_dataset_classes(train), err));
    RRI_TRY(check_additions(train, then->additions, err));
    RRI_TRY(join_additions(train, count - first->count_removed, then, &additions, err));
    RRI_TRY(rri_edits_new(first->count_removed + then->count_removed,
                          first->count_relabelled + then->count_relabelled,
                          first->count_steps + then->count_steps, additions, &e, err));
    for (size_t i = 0; i < count; i++) {
        uint32_t label = 0;
        const bool before = is_relabelled(first, i, &label);
        const bool gone = is_removed(first, i);
        if (gone || is_removed(then, left)) {
            rri_edits_remove(e, (uint32_t)i);
            left += !gone;
            continue;
        }
        join_steps(first, i, then, left, e);
        if (is_relabelled(then, left, &label) || before)
            rri_edits_relabel(e, (uint32_t)i, label);
        left++;
    }
    RRI_TRY(rri_edits_join_weights(first, rr_dataset_count(train), then, e, err));
    *out = &e->view;
    e = NULL;

done:
    rr_edits_free((rr_edits *)e);
    rr_dataset_free(additions);
    return st;
}
