/* SPDX-License-Identifier: MIT */
/* classes.c - matches the labels of a dataset with the classes of a network, by their names. */
#include "data/dataset_internal.h"
#include "data/labels.h"

#include <string.h>

enum { LISTED = 8, NOT_FOUND = -1 };

/* The classes of a network by name. Plain data; all zero before build_index(). */
typedef struct name_index {
    const char *const *names; /* [classes] borrowed */
    size_t classes;
    rri_words exact, plain; /* names as they are, and their plain forms (labels.h) */
    uint32_t *class_of[2];  /* of a number in exact, in plain; [classes] */
} name_index;

static void clear_index(name_index *x)
{
    rri_words_clear(&x->exact);
    rri_words_clear(&x->plain);
    rri_free(x->class_of[0]);
    rri_free(x->class_of[1]);
}

/* Add a name, for the class unless an earlier one has it. */
static rr_status add_name(rri_words *w, uint32_t *class_of, const char *name, size_t bytes,
                          size_t class, rr_error *err)
{
    const size_t before = w->count;
    uint32_t number = 0;
    const rr_status st = rri_words_add(w, name, bytes, false, &number, err);

    if (st == RR_OK && number == before)
        class_of[number] = (uint32_t) class;
    return st;
}

static rr_status build_index(name_index *x, const char *const *names, size_t classes, rr_error *err)
{
    rr_status st = RR_OK;

    x->names = names;
    x->classes = classes;
    for (int k = 0; k < 2; k++)
        RRI_TRY(rri_alloc(&x->class_of[k], classes, 1, sizeof *x->class_of[k], err));
    for (size_t c = 0; c < classes; c++) {
        size_t n = 0;
        const char *plain = rri_label_plain(names[c], strlen(names[c]), &n);
        RRI_TRY(add_name(&x->exact, x->class_of[0], names[c], strlen(names[c]), c, err));
        RRI_TRY(add_name(&x->plain, x->class_of[1], plain, n, c, err));
    }

done:
    return st;
}

static int64_t find_number(const name_index *x, double value)
{
    double other = 0.0;

    for (size_t c = 0; c < x->classes; c++)
        if (rri_parse_f64(x->names[c], &other) && other == value)
            return (int64_t)c;
    return NOT_FOUND;
}

/* The class of that name: as it is, by its plain form, or as a number. */
static int64_t find(const name_index *x, const char *name)
{
    size_t n = 0;
    const char *plain = rri_label_plain(name, strlen(name), &n);
    double value = 0.0;
    uint32_t at = rri_words_find(&x->exact, name, strlen(name), false);

    if (at != RRI_NO_WORD)
        return x->class_of[0][at];
    at = rri_words_find(&x->plain, plain, n, false);
    if (at != RRI_NO_WORD)
        return x->class_of[1][at];
    return rri_parse_f64(name, &value) ? find_number(x, value) : NOT_FOUND;
}

static bool any_number(const char *const *names, size_t classes)
{
    double value = 0.0;

    for (size_t c = 0; c < classes; c++)
        if (rri_parse_f64(names[c], &value))
            return true;
    return false;
}

/* The first names of a list: "a, b, ... (12 in all)". */
static void list_names(const char *const *names, size_t classes, char *out, size_t capacity)
{
    size_t used = 0;

    *out = '\0';
    for (size_t c = 0; c < classes && c < LISTED && used < capacity; c++)
        used += (size_t)rri_snprintf(out + used, capacity - used, "%s%.24s", c > 0 ? ", " : "",
                                     names[c]);
    if (classes > LISTED && used < capacity)
        (void)rri_snprintf(out + used, capacity - used, ", ... (%zu in all)", classes);
}

static rr_status refuse(const rr_dataset *ds, const char *const *names, size_t classes,
                        const char *place, uint32_t label, rr_error *err)
{
    char theirs[200];
    char ours[200];

    list_names(ds->name, ds->classes, theirs, sizeof theirs);
    list_names(names, classes, ours, sizeof ours);
    return rri_fail(err, RR_ERR_MISMATCH, -1,
                    "%s: label \"%.40s\" is no class of the network; the data have %s, the network "
                    "%s",
                    place, ds->name[label], theirs, ours);
}

enum { NOT_SOUGHT = -2 };

/* The class of each of n labels. */
static rr_status match_labels(const rr_dataset *ds, const uint32_t *label, size_t n,
                              const name_index *x, const char *place, int64_t *class_of,
                              rr_error *err)
{
    const bool by_number = !ds->named && !any_number(x->names, x->classes);

    for (size_t i = 0; i < n; i++) {
        const uint32_t l = label[i];
        if (l == RR_NO_LABEL)
            continue;
        if (class_of[l] == NOT_SOUGHT && by_number)
            class_of[l] = l < x->classes ? (int64_t)l : NOT_FOUND;
        else if (class_of[l] == NOT_SOUGHT)
            class_of[l] = find(x, ds->name[l]);
        if (class_of[l] == NOT_FOUND)
            return refuse(ds, x->names, x->classes, place, l, err);
    }
    return RR_OK;
}

/* The class of each label that occurs, of sequences and of steps. */
static rr_status match_names(const rr_dataset *ds, const name_index *x, const char *place,
                             int64_t *class_of, rr_error *err)
{
    rr_status st = RR_OK;

    for (size_t l = 0; l < ds->classes; l++)
        class_of[l] = NOT_SOUGHT;
    RRI_TRY(match_labels(ds, ds->label, ds->count, x, place, class_of, err));
    if (ds->step_label != NULL)
        RRI_TRY(match_labels(ds, ds->step_label, ds->offset[ds->count], x, place, class_of, err));

done:
    return st;
}

/* The same; a note says that they were matched by number. */
static rr_status match(const rr_dataset *ds, const char *const *names, size_t classes,
                       const char *place, rri_notes *notes, int64_t *class_of, rr_error *err)
{
    name_index x = { .classes = 0 };
    char list[200];
    rr_status st = RR_OK;

    RRI_TRY(build_index(&x, names, classes, err));
    RRI_TRY(match_names(ds, &x, place, class_of, err));
    list_names(names, classes, list, sizeof list);
    if (!ds->named && !any_number(names, classes))
        RRI_TRY(rri_notes_add(notes, err,
                              "%s: labels have no names and are matched by number: 0, 1, ... are "
                              "%s",
                              place, list));

done:
    clear_index(&x);
    return st;
}

static bool already(const rr_dataset *ds, const char *const *names, size_t classes)
{
    if (ds->classes != classes)
        return false;
    for (size_t c = 0; c < classes; c++)
        if (strcmp(ds->name[c], names[c]) != 0)
            return false;
    return true;
}

rr_status rri_dataset_match_classes(rr_dataset *ds, const char *const *names, size_t classes,
                                    const char *place, rri_notes *notes, rr_error *err)
{
    const rr_dataset_shape shape = { .classes = classes, .class_names = names };
    int64_t *class_of = NULL;
    rr_status st = RR_OK;

    if (already(ds, names, classes))
        return RR_OK;
    if (!ds->unlabelled) {
        RRI_TRY(rri_alloc(&class_of, ds->classes, 1, sizeof *class_of, err));
        RRI_TRY(match(ds, names, classes, place, notes, class_of, err));
    }
    RRI_TRY(rri_dataset_rename(ds, &shape, err));
    for (size_t i = 0; class_of != NULL && i < ds->count; i++)
        ds->label[i] = (uint32_t)class_of[ds->label[i]];
    const bool steps = class_of != NULL && ds->step_label != NULL;
    for (size_t t = 0; steps && t < ds->offset[ds->count]; t++)
        if (ds->step_label[t] != RR_NO_LABEL)
            ds->step_label[t] = (uint32_t)class_of[ds->step_label[t]];
    RRI_TRY(rri_dataset_seal(ds, err));

done:
    rri_free(class_of);
    return st;
}
