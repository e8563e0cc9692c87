/* SPDX-License-Identifier: MIT */
/* labels.c - numbers the labels of a corpus: folds those that are written in different ways, and
 * orders the classes. */
#include "data/labels.h"

#include "core/utf8.h"
#include "data/dataset_internal.h"

#include <stdlib.h>
#include <string.h>

enum { SHOWN = 60, LISTED = 8 };

void rri_labels_clear(rri_labels *l)
{
    rri_words_clear(&l->spelling);
    rri_words_clear(&l->plain);
    rri_free(l->class_of);
    rri_free(l->shown);
    rri_free(l->example);
    *l = (rri_labels){ .room = 0 };
}

/* ---- plain forms ---------------------------------------------------------------------------- */

/* The bytes of a number without its fraction of zeros; all bytes of anything else. */
static size_t without_zeros(const char *label, size_t bytes)
{
    size_t whole = bytes > 0 && label[0] == '-' ? 1 : 0;
    const size_t first = whole;

    while (whole < bytes && label[whole] >= '0' && label[whole] <= '9')
        whole++;
    if (whole == first || whole == bytes || label[whole] != '.')
        return bytes;
    for (size_t i = whole + 1; i < bytes; i++)
        if (label[i] != '0')
            return bytes;
    return whole;
}

const char *rri_label_plain(const char *label, size_t bytes, size_t *n)
{
    static const char *const booleans[][3] = { { "true", "True", "TRUE" },
                                               { "false", "False", "FALSE" } };

    for (; bytes > 0 && rri_is_blank(*label); label++)
        bytes--;
    while (bytes > 0 && rri_is_blank(label[bytes - 1]))
        bytes--;
    *n = without_zeros(label, bytes);
    for (int b = 0; b < 2; b++)
        for (int k = 1; k < 3; k++)
            if (strlen(booleans[b][0]) == bytes && memcmp(label, booleans[b][k], bytes) == 0)
                return booleans[b][0];
    return label;
}

/* ---- numbers -------------------------------------------------------------------------------- */

/* What a class is called so far. */
static const char *name_of(const rri_labels *l, size_t class)
{
    return l->shown[class] == RRI_NO_WORD ? rri_words_at(&l->plain, class)
                                          : rri_words_at(&l->spelling, l->shown[class]);
}

/* Add a spelling of a class. A new class is called by it, unless blanks stand around it. */
static rr_status add_spelling(rri_labels *l, const char *label, size_t bytes, uint32_t class,
                              bool new, rr_error *err)
{
    uint32_t number = 0;
    rr_status st = RR_OK;

    if (l->spelling.count == l->room) {
        const size_t room = rri_max(64, 2 * l->room);
        RRI_TRY(rri_grow(&l->class_of, l->room, room, sizeof *l->class_of, err));
        RRI_TRY(rri_grow(&l->shown, l->room, room, sizeof *l->shown, err));
        l->room = room;
    }
    RRI_TRY(rri_words_add(&l->spelling, label, bytes, false, &number, err));
    l->class_of[number] = class;
    if (new)
        l->shown[class] =
            rri_is_blank(label[0]) || rri_is_blank(label[bytes - 1]) ? RRI_NO_WORD : number;

done:
    return st;
}

rr_status rri_labels_name(rri_labels *l, const char *names, char separator, rr_error *err)
{
    uint32_t class = 0;
    rr_status st = RR_OK;

    for (const char *at = names;;) {
        const char *end = strchr(at, separator);
        const size_t bytes = end != NULL ? (size_t)(end - at) : strlen(at);
        const size_t before = l->plain.count;
        size_t n = 0;
        const char *plain = rri_label_plain(at, bytes, &n);
        if (n == 0)
            return rri_fail(err, RR_ERR_ARG, -1, "classes=%s holds an empty name", names);
        RRI_TRY(rri_words_add(&l->plain, plain, n, false, &class, err));
        if (class != before)
            return rri_fail(err, RR_ERR_ARG, -1, "classes=%s names \"%.*s\" twice", names,
                            (int)rri_min(bytes, SHOWN), at);
        RRI_TRY(add_spelling(l, at, bytes, class, true, err));
        if (end == NULL)
            break;
        at = end + 1;
    }
    l->closed = true;

done:
    return st;
}

static rr_status none_of_the_classes(const rri_labels *l, const char *path, size_t line,
                                     const char *label, size_t bytes, rr_error *err)
{
    const size_t n = l->plain.count;
    char list[200] = "";
    size_t used = 0;

    for (size_t i = 0; i < n && i < LISTED && used < sizeof list; i++)
        used += (size_t)rri_snprintf(list + used, sizeof list - used, "%s%.24s", i > 0 ? ", " : "",
                                     name_of(l, i));
    return rri_fail(err, RR_ERR_FORMAT, (int64_t)line,
                    "%s, line %zu: label \"%.*s\" is none of the %zu classes: %s%s", path, line,
                    (int)rri_min(bytes, SHOWN), label, n, list, n > LISTED ? ", ..." : "");
}

static const char *first_spelling(const rri_labels *l, uint32_t class)
{
    uint32_t i = 0;

    while (l->class_of[i] != class)
        i++;
    return rri_words_at(&l->spelling, i);
}

/* Remember that a spelling is of a class that was written in another way before. */
static rr_status note_spelling(rri_labels *l, const char *path, size_t line, const char *label,
                               size_t bytes, uint32_t class, rr_error *err)
{
    const char *called = l->closed ? name_of(l, class) : rri_words_at(&l->plain, class);

    if (l->folded++ > 0)
        return RR_OK;
    return rri_format(&l->example, err,
                      "%s, line %zu: labels \"%.*s\" and \"%.*s\" are one class, \"%.*s\"", path,
                      line, SHOWN, first_spelling(l, class), (int)rri_min(bytes, SHOWN), label,
                      SHOWN, called);
}

rr_status rri_labels_find(rri_labels *l, const char *path, size_t line, const char *label,
                          size_t bytes, uint32_t *number, rr_error *err)
{
    const uint32_t known = rri_words_find(&l->spelling, label, bytes, false);
    size_t n = 0;
    rr_status st = RR_OK;

    if (known != RRI_NO_WORD) {
        *number = l->class_of[known];
        return RR_OK;
    }
    const char *plain = rri_label_plain(label, bytes, &n);
    *number = rri_words_find(&l->plain, plain, n, false);
    const bool new = *number == RRI_NO_WORD;
    if (new && l->closed)
        return none_of_the_classes(l, path, line, label, bytes, err);
    if (new && l->plain.count == RRI_MAX_CLASSES)
        return rri_fail(err, RR_ERR_FORMAT, (int64_t)line,
                        "%s, line %zu: label \"%.*s\" is one class more than %d", path, line,
                        (int)rri_min(bytes, SHOWN), label, RRI_MAX_CLASSES);
    if (new)
        RRI_TRY(rri_words_add(&l->plain, plain, n, false, number, err));
    else
        RRI_TRY(note_spelling(l, path, line, label, bytes, *number, err));
    RRI_TRY(add_spelling(l, label, bytes, *number, new, err));
    if (!new && !l->closed)
        l->shown[*number] = RRI_NO_WORD;

done:
    return st;
}

/* ---- order ---------------------------------------------------------------------------------- */

/* A class on its way into order. */
typedef struct class_key {
    const char *name;
    double value; /* 0 unless all names are numbers */
    uint32_t class;
} class_key;

static int by_name(const void *a, const void *b)
{
    const class_key *p = a;
    const class_key *q = b;

    if (p->value != q->value)
        return p->value < q->value ? -1 : 1;
    return strcmp(p->name, q->name);
}

/* The keys of all classes, in order. */
static void order_keys(const rri_labels *l, class_key *key)
{
    const size_t n = l->plain.count;
    bool numbers = true;

    for (size_t i = 0; i < n; i++) {
        key[i] = (class_key){ .name = name_of(l, i), .class = (uint32_t)i };
        numbers = numbers && rri_parse_f64(key[i].name, &key[i].value);
    }
    for (size_t i = 0; i < n && !numbers; i++)
        key[i].value = 0.0;
    if (!l->closed)
        qsort(key, n, sizeof *key, by_name);
}

/* Note two classes whose names differ in case only, if there are any. */
static rr_status note_case(const char *const *name, size_t n, rri_notes *notes, rr_error *err)
{
    rri_words lower = { .count = 0 };
    uint32_t number = 0;
    rr_status st = RR_OK;

    for (size_t i = 0; i < n && lower.count == i; i++) {
        RRI_TRY(rri_words_add(&lower, name[i], strlen(name[i]), true, &number, err));
        if (number < i)
            RRI_TRY(rri_notes_add(notes, err,
                                  "labels \"%.*s\" and \"%.*s\" differ in case only; they are two "
                                  "classes",
                                  SHOWN, name[number], SHOWN, name[i]));
    }

done:
    rri_words_clear(&lower);
    return st;
}

rr_status rri_labels_order(const rri_labels *l, const char **name, uint32_t *place,
                           rri_notes *notes, rr_error *err)
{
    const size_t n = l->plain.count;
    class_key *key = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&key, n, 1, sizeof *key, err));
    order_keys(l, key);
    for (size_t i = 0; i < n; i++) {
        place[key[i].class] = (uint32_t)i;
        name[i] = key[i].name;
    }
    if (l->folded > 0)
        RRI_TRY(rri_notes_add(notes, err, "%s%s", l->example,
                              l->folded > 1 ? "; others likewise" : ""));
    RRI_TRY(note_case(name, n, notes, err));

done:
    rri_free(key);
    return st;
}
