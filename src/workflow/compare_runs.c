/* SPDX-License-Identifier: MIT */
/* compare_runs.c - two runs beside each other, before their answers are compared: which was made
 * from which, what their training sets differ in, and whether a split is the same in both. */
#include "workflow/compare.h"

#include "run/run_internal.h"

#include <stdlib.h>
#include <string.h>

/* ---- which was made from which -------------------------------------------------------------- */

static rr_status name_model(rr_session *s, char out[65], rr_error *err)
{
    const rr_network *net = NULL;
    rr_status st = RR_OK;

    if (!rri_session_foreign(s))
        RRI_TRY(rr_session_network(s, &net, err));
    RRI_TRY(rri_run_model_name(s->run, net, out, err));

done:
    return st;
}

static bool equal(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

rr_status rri_compare_relation(rr_session *first, rr_session *second, rr_relation *out,
                               rr_error *err)
{
    const char *parent = rr_run_settings_of(first->run).parent_model;
    const char *parent_of_second = rr_run_settings_of(second->run).parent_model;
    char a[65], b[65];
    rr_status st = RR_OK;

    RRI_TRY(name_model(first, a, err));
    RRI_TRY(name_model(second, b, err));
    *out = strcmp(a, b) == 0                 ? RR_RELATION_COPY
           : equal(parent_of_second, a)      ? RR_RELATION_CHILD
           : equal(parent, b)                ? RR_RELATION_PARENT
           : equal(parent, parent_of_second) ? RR_RELATION_SIBLING
                                             : RR_RELATION_OTHER;

done:
    return st;
}

/* ---- edits ---------------------------------------------------------------------------------- */

/* Numbers of the ascending list a that are not in b. */
static size_t count_missing(const uint32_t *a, size_t n, const uint32_t *b, size_t m)
{
    size_t missing = 0;

    for (size_t i = 0; i < n; i++)
        missing += rri_find_u32(b, m, a[i]) == m;
    return missing;
}

static bool is_removed(const rr_edits *a, const rr_edits *b, uint32_t id)
{
    return rri_find_u32(a->removed, a->count_removed, id) < a->count_removed ||
           rri_find_u32(b->removed, b->count_removed, id) < b->count_removed;
}

/* Sequences that both have, with a label in one of them that the other does not give. */
static size_t count_relabelled(const rr_edits *a, const rr_edits *b)
{
    size_t n = 0;

    for (size_t i = 0; i < a->count_relabelled; i++) {
        const uint32_t id = a->relabelled[i];
        const size_t at = rri_find_u32(b->relabelled, b->count_relabelled, id);
        n += (at == b->count_relabelled || b->labels[at] != a->labels[i]) && !is_removed(a, b, id);
    }
    for (size_t i = 0; i < b->count_relabelled; i++) {
        const uint32_t id = b->relabelled[i];
        n += rri_find_u32(a->relabelled, a->count_relabelled, id) == a->count_relabelled &&
             !is_removed(a, b, id);
    }
    return n;
}

static int by_place(const rr_step_edit *a, const rr_step_edit *b)
{
    if (a->sequence != b->sequence)
        return a->sequence < b->sequence ? -1 : 1;
    return (a->step > b->step) - (a->step < b->step);
}

/* The same of steps: a walk along both lists, which are in order. */
static size_t count_relabelled_steps(const rr_edits *a, const rr_edits *b)
{
    size_t i = 0, k = 0, n = 0;

    while (i < a->count_steps || k < b->count_steps) {
        const int order = i == a->count_steps   ? 1
                          : k == b->count_steps ? -1
                                                : by_place(&a->steps[i], &b->steps[k]);
        const rr_step_edit *x = order <= 0 ? &a->steps[i] : &b->steps[k];
        const bool differs = order != 0 || a->steps[i].label != b->steps[k].label;
        n += differs && !is_removed(a, b, x->sequence);
        i += order <= 0;
        k += order >= 0;
    }
    return n;
}

/* ---- samples added -------------------------------------------------------------------------- */

/* A total order of sequences, 0 for equal ones. */
static int compare_sequences(const rr_sequence *a, const rr_sequence *b, size_t width)
{
    if (a->steps != b->steps)
        return a->steps < b->steps ? -1 : 1;
    if (a->label != b->label)
        return a->label < b->label ? -1 : 1;
    const int labels =
        a->step_labels != NULL && b->step_labels != NULL
            ? memcmp(a->step_labels, b->step_labels, a->steps * sizeof *a->step_labels)
            : 0;
    if (labels != 0)
        return labels;
    return width > 0 ? memcmp(a->frames, b->frames, a->steps * width * sizeof *a->frames)
                     : memcmp(a->symbols, b->symbols, a->steps * sizeof *a->symbols);
}

typedef struct item {
    rr_sequence of;
    size_t width;
} item;

static int in_order(const void *a, const void *b)
{
    const item *x = a;
    const item *y = b;

    return compare_sequences(&x->of, &y->of, x->width);
}

/* Memory: *out is [count of ds], rri_free(). ds NULL is empty. */
static rr_status sort_sequences(const rr_dataset *ds, item **out, size_t *n, rr_error *err)
{
    *n = ds != NULL ? rr_dataset_count(ds) : 0;
    const rr_status st = rri_alloc(out, *n, 1, sizeof **out, err);

    for (size_t i = 0; st == RR_OK && i < *n; i++)
        (*out)[i] = (item){ rr_dataset_at(ds, i), rr_dataset_width(ds) };
    if (st == RR_OK && *n > 1)
        qsort(*out, *n, sizeof **out, in_order);
    return st;
}

/* The samples of each that the other does not have; of repeated ones as many as it has more. */
static rr_status compare_additions(rr_session *first, rr_session *second, rr_edit_difference *out,
                                   rr_error *err)
{
    rr_dataset *a = NULL, *b = NULL;
    item *x = NULL, *y = NULL;
    size_t n = 0, m = 0, i = 0, k = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_run_additions(first->run, &a, err));
    RRI_TRY(rri_run_additions(second->run, &b, err));
    RRI_TRY(sort_sequences(a, &x, &n, err));
    RRI_TRY(sort_sequences(b, &y, &m, err));
    while (i < n || k < m) {
        const int order = i == n ? 1 : k == m ? -1 : in_order(&x[i], &y[k]);
        out->taken_back += order < 0;
        out->added += order > 0;
        i += order <= 0;
        k += order >= 0;
    }

done:
    rri_free(x);
    rri_free(y);
    rr_dataset_free(a);
    rr_dataset_free(b);
    return st;
}

static bool weighs_classes_otherwise(const rr_run *first, const rr_run *second)
{
    const float *a = rr_run_class_weights(first), *b = rr_run_class_weights(second);
    const size_t C = rr_run_settings_of(first).network.classes;

    if (C != rr_run_settings_of(second).network.classes)
        return false; /* other data */
    for (size_t c = 0; (a != NULL || b != NULL) && c < C; c++)
        if ((a != NULL ? a[c] : 1.0F) != (b != NULL ? b[c] : 1.0F))
            return true;
    return false;
}

rr_status rri_compare_edits(rr_session *first, rr_session *second, rr_edit_difference *out,
                            rr_error *err)
{
    const rr_run_settings a = rr_run_settings_of(first->run);
    const rr_run_settings b = rr_run_settings_of(second->run);
    rr_status st = RR_OK;

    *out = (rr_edit_difference){ .known = 0 };
    if (a.states != NULL || b.states != NULL ||
        strcmp(a.splits[RR_SPLIT_TRAIN].hash, b.splits[RR_SPLIT_TRAIN].hash) != 0)
        return RR_OK;
    out->known = 1;
    out->removed = count_missing(b.edits.removed, b.edits.count_removed, a.edits.removed,
                                 a.edits.count_removed);
    out->restored = count_missing(a.edits.removed, a.edits.count_removed, b.edits.removed,
                                  b.edits.count_removed);
    out->relabelled = count_relabelled(&a.edits, &b.edits);
    out->relabelled_steps = count_relabelled_steps(&a.edits, &b.edits);
    out->reweighted = ((a.weights_hash != NULL || b.weights_hash != NULL) &&
                       !equal(a.weights_hash, b.weights_hash)) ||
                      weighs_classes_otherwise(first->run, second->run);
    if (!equal(a.additions_hash, b.additions_hash))
        RRI_TRY(compare_additions(first, second, out, err));

done:
    return st;
}

/* ---- the same data -------------------------------------------------------------------------- */

/* MISMATCH unless both name their classes alike. */
static rr_status check_classes(const rr_session *first, const rr_session *second, rr_error *err)
{
    const rr_run_settings a = rr_run_settings_of(first->run);
    const rr_run_settings b = rr_run_settings_of(second->run);

    if (a.network.classes != b.network.classes)
        return rri_fail(err, RR_ERR_MISMATCH, -1, "%s has %zu classes, but %s has %zu",
                        rr_run_dir(first->run), a.network.classes, rr_run_dir(second->run),
                        b.network.classes);
    for (size_t c = 0; a.class_names != NULL && b.class_names != NULL && c < a.network.classes; c++)
        if (strcmp(a.class_names[c], b.class_names[c]) != 0)
            return rri_fail(err, RR_ERR_MISMATCH, (int64_t)c,
                            "class %zu is \"%s\" of %s, but \"%s\" of %s", c, a.class_names[c],
                            rr_run_dir(first->run), b.class_names[c], rr_run_dir(second->run));
    if (a.network.output != b.network.output)
        return rri_fail(err, RR_ERR_MISMATCH, -1,
                        "one of %s and %s has an output at every step, the other for the sequence "
                        "alone: their answers cannot be compared",
                        rr_run_dir(first->run), rr_run_dir(second->run));
    return RR_OK;
}

static rr_status differ(const rr_session *first, const rr_session *second, rr_split split,
                        const char *what, rr_error *err)
{
    return rri_fail(err, RR_ERR_MISMATCH, -1,
                    "%s and %s were not made from the same data: %s of %s; only runs on the same "
                    "inputs can be compared",
                    rr_run_dir(first->run), rr_run_dir(second->run), what, rri_split_title(split));
}

/* MISMATCH unless two datasets have the same inputs with the same labels. */
static rr_status check_contents(rr_session *first, rr_session *second, rr_split split,
                                rr_error *err)
{
    const rr_dataset *a = NULL, *b = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_session_split(first, split, &a, err));
    RRI_TRY(rr_session_split(second, split, &b, err));
    if (rr_dataset_count(a) != rr_dataset_count(b) || rr_dataset_steps(a) != rr_dataset_steps(b))
        return differ(first, second, split, "another number of sequences, or of steps,", err);
    if (rr_dataset_width(a) != rr_dataset_width(b) ||
        rr_dataset_labelled(a) != rr_dataset_labelled(b) ||
        rr_dataset_step_labelled(a) != rr_dataset_step_labelled(b))
        return differ(first, second, split, "another kind of inputs or labels", err);
    for (size_t i = 0; i < rr_dataset_count(a); i++) {
        const rr_sequence x = rr_dataset_at(a, i), y = rr_dataset_at(b, i);
        if (compare_sequences(&x, &y, rr_dataset_width(a)) != 0)
            return rri_fail(err, RR_ERR_MISMATCH, (int64_t)i,
                            "%s and %s were not made from the same data: sequence %zu of %s "
                            "differs; only runs on the same inputs can be compared",
                            rr_run_dir(first->run), rr_run_dir(second->run), i,
                            rri_split_title(split));
    }

done:
    return st;
}

rr_status rri_compare_data(rr_session *first, rr_session *second, rr_split split, bool *shared,
                           rr_error *err)
{
    const rr_run_settings a = rr_run_settings_of(first->run);
    const rr_run_settings b = rr_run_settings_of(second->run);
    rr_status st = RR_OK;

    *shared = false;
    RRI_TRY(rri_session_needs_split(first, (int)split, err));
    RRI_TRY(rri_session_needs_split(second, (int)split, err));
    RRI_TRY(check_classes(first, second, err));
    *shared = a.states == NULL && b.states == NULL && split != RR_SPLIT_OTHER;
    if (*shared && strcmp(a.splits[split].hash, b.splits[split].hash) != 0)
        RRI_TRY(differ(first, second, split, "the content hash differs", err));
    if (!*shared) /* the hash of states covers these, too */
        RRI_TRY(check_contents(first, second, split, err));

done:
    return st;
}
