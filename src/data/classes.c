/* SPDX-License-Identifier: MIT */
/* classes.c - matches the labels of a dataset with the classes of a network, by their names. */
#include "data/dataset_internal.h"
#include "data/labels.h"

#include <string.h>

enum { LISTED = 8, NOT_FOUND = -1 };

/* Whether two names mean the same class: by their plain forms (labels.h), or as numbers. */
static bool same(const char *a, const char *b)
{
    double x = 0.0;
    double y = 0.0;
    size_t n = 0;
    size_t m = 0;
    const char *plain_a = rri_label_plain(a, strlen(a), &n);
    const char *plain_b = rri_label_plain(b, strlen(b), &m);

    if (n == m && memcmp(plain_a, plain_b, n) == 0)
        return true;
    return rri_parse_f64(a, &x) && rri_parse_f64(b, &y) && x == y;
}

static int64_t find(const char *name, const char *const *names, size_t classes)
{
    for (size_t c = 0; c < classes; c++)
        if (strcmp(names[c], name) == 0)
            return (int64_t)c;
    for (size_t c = 0; c < classes; c++)
        if (same(names[c], name))
            return (int64_t)c;
    return NOT_FOUND;
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

/* The class to which each label that occurs belongs. A note says that they were matched by number.
 */
static rr_status match(const rr_dataset *ds, const char *const *names, size_t classes,
                       const char *place, rri_notes *notes, int64_t *class_of, rr_error *err)
{
    const bool by_number = !ds->named && !any_number(names, classes);
    char list[200];

    for (uint32_t l = 0; l < ds->classes; l++)
        if (by_number)
            class_of[l] = l < classes ? (int64_t)l : NOT_FOUND;
        else
            class_of[l] = find(ds->name[l], names, classes);
    for (size_t i = 0; i < ds->count; i++)
        if (class_of[ds->label[i]] == NOT_FOUND)
            return refuse(ds, names, classes, place, ds->label[i], err);
    if (!by_number)
        return RR_OK;
    list_names(names, classes, list, sizeof list);
    return rri_notes_add(notes, err,
                         "%s: labels have no names and are matched by number: 0, 1, ... are %s",
                         place, list);
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
    for (size_t i = 0; i < ds->count && class_of != NULL; i++)
        ds->label[i] = (uint32_t)class_of[ds->label[i]];
    RRI_TRY(rri_dataset_seal(ds, err));

done:
    rri_free(class_of);
    return st;
}
