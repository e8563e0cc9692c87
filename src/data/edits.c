/* SPDX-License-Identifier: MIT */
/* edits.c - checks, copies, applies and composes edits of a training set. */
#include "data/edits.h"

#include <string.h>

/* ---- allocation ----------------------------------------------------------------------------- */

rr_status rri_edits_new(size_t removed, size_t relabelled, const rr_dataset *additions,
                        rri_edits **out, rr_error *err)
{
    rri_edits *e = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_alloc(&e, 1, 1, sizeof *e, err));
    RRI_TRY(rri_alloc(&e->removed, removed, 1, sizeof *e->removed, err));
    RRI_TRY(rri_alloc(&e->relabelled, relabelled, 1, sizeof *e->relabelled, err));
    RRI_TRY(rri_alloc(&e->labels, relabelled, 1, sizeof *e->labels, err));
    e->additions = rr_dataset_share(additions);
    e->view = (rr_edits){ .removed = e->removed,
                          .relabelled = e->relabelled,
                          .labels = e->labels,
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
    rr_dataset_free(e->additions);
    rri_free(e);
}

rr_status rr_edits_copy(const rr_edits *from, rr_edits **out, rr_error *err)
{
    rri_edits *e = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_edits_new(from->count_removed, from->count_relabelled, from->additions, &e, err));
    for (size_t i = 0; i < from->count_removed; i++)
        rri_edits_remove(e, from->removed[i]);
    for (size_t i = 0; i < from->count_relabelled; i++)
        rri_edits_relabel(e, from->relabelled[i], from->labels[i]);
    *out = &e->view;

done:
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

done:
    rri_free(left);
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
    if (e->count_removed > 0) {
        RRI_TRY(without_removed(e, ds, &changed, err));
        replace(&ds, changed);
    }
    if (e->additions != NULL) {
        RRI_TRY(rr_dataset_concat(ds, e->additions, &changed, err));
        replace(&ds, changed);
    }
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
    rr_status st = RR_OK;

    shape.words = NULL;
    RRI_TRY(rr_dataset_builder_new(&shape, &b, err));
    for (size_t i = begin; i < rr_dataset_count(train); i++) {
        rr_sequence seq = rr_dataset_at(train, i);
        if (is_removed(then, i))
            continue;
        (void)is_relabelled(then, i, &seq.label);
        RRI_TRY(rr_dataset_builder_add(b, seq, err));
    }
    for (size_t i = 0; i < added; i++)
        RRI_TRY(rr_dataset_builder_add(b, rr_dataset_at(then->additions, i), err));
    RRI_TRY(rr_dataset_builder_finish(b, &all, err));
    if (rr_dataset_count(all) > 0)
        *out = rr_dataset_share(all);

done:
    rr_dataset_free(all);
    rr_dataset_builder_free(b);
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
                          first->count_relabelled + then->count_relabelled, additions, &e, err));
    for (size_t i = 0; i < count; i++) {
        uint32_t label = 0;
        const bool before = is_relabelled(first, i, &label);
        const bool gone = is_removed(first, i);
        if (gone || is_removed(then, left))
            rri_edits_remove(e, (uint32_t)i);
        else if (is_relabelled(then, left, &label) || before)
            rri_edits_relabel(e, (uint32_t)i, label);
        left += !gone;
    }
    *out = &e->view;

done:
    rr_dataset_free(additions);
    return st;
}
