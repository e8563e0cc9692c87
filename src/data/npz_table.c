/* SPDX-License-Identifier: MIT */
/* npz_table.c - reads the small arrays of an npz file: which arrays hold rows, and their labels,
 * lengths, splits and class names. */
#include "data/npz_table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void rri_npz_table_forget(rri_npz_table *t)
{
    for (size_t p = 0; p < t->parts; p++) {
        rri_free(t->part[p].label);
        rri_free(t->part[p].length);
        t->part[p].label = NULL;
        t->part[p].length = NULL;
    }
    rri_free(t->name);
    rri_free(t->bytes);
    rri_labels_clear(&t->labels);
    rri_npy_clear(&t->texts);
    t->name = NULL;
    t->bytes = NULL;
    t->classes = t->vocabulary = 0;
    t->texts_as_labels = false;
}

void rri_npz_table_clear(rri_npz_table *t)
{
    rri_npz_table_forget(t);
    rri_free(t->split);
    *t = (rri_npz_table){ .path = NULL };
}

/* ---- arrays of one dimension ---------------------------------------------------------------- */

/* The array `name` of rank 1 (or [N][1]; or of one item, when `items` is 1). SIZE_MAX accepts any
 * number of items. */
static rr_status read_vector(rri_npz *z, const char *path, const char *name, size_t items,
                             rri_npy *out, rr_error *err)
{
    const rr_status st = rri_npz_read(z, name, out, err);

    if (st != RR_OK)
        return st;
    if (out->rank != 1 && !(out->rank == 2 && out->shape[1] == 1) &&
        !(items == 1 && out->items == 1))
        return rri_fail(err, RR_ERR_SHAPE, -1, "%s: %s has %zu dimensions where 1 is meant", path,
                        name, out->rank);
    if (items != SIZE_MAX && out->items != items)
        return rri_fail(err, RR_ERR_SHAPE, -1, "%s: %s has %zu items where %zu are meant", path,
                        name, out->items, items);
    return RR_OK;
}

/* Whole numbers, whatever their type. */
static rr_status read_integers(rri_npz *z, const char *path, const char *name, size_t items,
                               rri_npy *out, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(read_vector(z, path, name, items, out, err));
    if (out->kind == RRI_NPY_TEXT)
        RRI_TRY(
            rri_fail(err, RR_ERR_FORMAT, -1, "%s: %s holds texts, not whole numbers", path, name));
    if (out->kind == RRI_NPY_INTEGER)
        return RR_OK;
    RRI_TRY(rri_alloc(&out->i64, out->items, 1, sizeof *out->i64, err));
    for (size_t i = 0; i < out->items; i++) {
        const float v = out->f32[i];
        if (!(fabsf(v) < 1e15F) || v != truncf(v))
            RRI_TRY(rri_fail(err, RR_ERR_FORMAT, (int64_t)i,
                             "%s: %g of row %zu of %s is no whole number", path, (double)v, i,
                             name));
        out->i64[i] = (int64_t)v;
    }
    out->kind = RRI_NPY_INTEGER;

done:
    return st;
}

/* One number in 1..max; *value is untouched where the array is not there. */
static rr_status read_scalar(rri_npz *z, const char *path, const char *name, size_t max,
                             size_t *value, rr_error *err)
{
    rri_npy a = { .rank = 0 };
    rr_status st = RR_OK;

    if (!rri_npz_has(z, name))
        return RR_OK;
    RRI_TRY(read_integers(z, path, name, 1, &a, err));
    if (a.i64[0] < 1 || (uint64_t)a.i64[0] > max)
        RRI_TRY(rri_fail(err, RR_ERR_FORMAT, -1, "%s: %s is %lld, outside 1..%zu", path, name,
                         (long long)a.i64[0], max));
    *value = (size_t)a.i64[0];

done:
    rri_npy_clear(&a);
    return st;
}

/* ---- which arrays hold the rows ------------------------------------------------------------- */

/* Add the part whose arrays end in `ending`, if x of it, or X, is there. */
static void find_part(const rri_npz *z, const char *ending, rr_split split, rri_npz_table *t)
{
    rri_npz_part part = { .split = split };

    for (int capital = 0; capital < 2; capital++) {
        (void)rri_snprintf(part.x, sizeof part.x, "%c%s", capital ? 'X' : 'x', ending);
        (void)rri_snprintf(part.y, sizeof part.y, "%c%s", capital ? 'Y' : 'y', ending);
        if (rri_npz_has(z, part.x))
            break;
    }
    if (!rri_npz_has(z, part.x))
        return;
    if (!rri_npz_has(z, part.y))
        (void)rri_snprintf(part.y, sizeof part.y, "y%s", ending);
    if (!rri_npz_has(z, part.y))
        part.y[0] = '\0';
    (void)rri_snprintf(part.lengths, sizeof part.lengths, "lengths%s", ending);
    if (!rri_npz_has(z, part.lengths))
        part.lengths[0] = '\0';
    t->part[t->parts++] = part;
}

static void find_parts(const rri_npz *z, rri_npz_table *t)
{
    static const struct {
        const char *ending;
        rr_split split;
    } of[] = { { "_train", RR_SPLIT_TRAIN },    { "_dev", RR_SPLIT_DEV },
               { "_val", RR_SPLIT_DEV },        { "_valid", RR_SPLIT_DEV },
               { "_validation", RR_SPLIT_DEV }, { "_test", RR_SPLIT_TEST } };

    find_part(z, "", RR_SPLIT_TRAIN, t);
    t->by_split = t->parts == 0;
    for (size_t i = 0; t->by_split && i < sizeof of / sizeof *of; i++)
        if (t->parts == 0 || t->part[t->parts - 1].split != of[i].split)
            find_part(z, of[i].ending, of[i].split, t);
}

static rr_status read_split(rri_npz *z, rri_npz_table *t, rr_error *err)
{
    rri_npy a = { .rank = 0 };
    rr_status st = RR_OK;

    RRI_TRY(rri_npz_peek(z, "split", &a, err));
    const bool words = a.kind == RRI_NPY_TEXT;
    RRI_TRY(words ? read_vector(z, t->path, "split", SIZE_MAX, &a, err)
                  : read_integers(z, t->path, "split", SIZE_MAX, &a, err));
    RRI_TRY(rri_alloc(&t->split, a.items, 1, 1, err));
    for (size_t i = 0; i < a.items; i++) {
        if (words) {
            st = rri_split_find(a.text + i * a.stride, (int64_t)i, &t->split[i], err);
            if (st != RR_OK)
                RRI_TRY(rri_prefix(err, st, "%s: row %zu", t->path, i));
            continue;
        }
        if (a.i64[i] < RR_SPLIT_TRAIN || a.i64[i] > RR_SPLIT_TEST)
            RRI_TRY(rri_fail(err, RR_ERR_FORMAT, (int64_t)i,
                             "%s: split %lld of row %zu is none of 0 (train), 1 (dev), 2 (test)",
                             t->path, (long long)a.i64[i], i));
        t->split[i] = (unsigned char)a.i64[i];
    }
    t->splits = a.items;

done:
    rri_npy_clear(&a);
    return st;
}

rr_status rri_npz_table_open(rri_npz *z, const char *path, rri_npz_table *t, rr_error *err)
{
    rri_npy x = { .rank = 0 };
    rr_status st = RR_OK;

    *t = (rri_npz_table){ .path = path };
    find_parts(z, t);
    if (t->parts == 0)
        RRI_TRY(rri_npz_peek(z, "x", &x, err)); /* says which arrays there are */
    if (!t->by_split && rri_npz_has(z, "split"))
        RRI_TRY(read_split(z, t, err));

done:
    return st;
}

/* ---- labels --------------------------------------------------------------------------------- */

/* The labels of a part as read: numbers, or texts. */
typedef struct column {
    rri_npy y;
    bool one_hot;
} column;

/* Turn rows with a single 1, else 0, into the number of its column; shape[1] remains C. */
static rr_status from_one_hot(const rri_npz_table *t, const rri_npz_part *p, rri_npy *y,
                              rr_error *err)
{
    const size_t C = y->shape[1];
    rri_npy out = { .kind = RRI_NPY_INTEGER, .rank = 1, .shape = { y->shape[0], C } };
    rr_status st = RR_OK;

    out.items = y->shape[0];
    RRI_TRY(rri_alloc(&out.i64, out.items, 1, sizeof *out.i64, err));
    for (size_t i = 0; i < out.items; i++) {
        size_t ones = 0;
        size_t others = 0;
        for (size_t c = 0; c < C; c++) {
            const double v = y->f32 != NULL ? (double)y->f32[i * C + c] : (double)y->i64[i * C + c];
            if (v == 1.0) {
                ones++;
                out.i64[i] = (int64_t)c;
            } else if (v != 0.0) {
                others++;
            }
        }
        if (ones != 1 || others != 0)
            RRI_TRY(rri_fail(err, RR_ERR_FORMAT, (int64_t)i,
                             "%s: %s has 2 dimensions, so a row of it is to hold a single 1, else "
                             "0 (one-hot); row %zu does not",
                             t->path, p->y, i));
    }
    rri_npy_clear(y);
    *y = out;
    out.i64 = NULL;

done:
    rri_free(out.i64);
    return st;
}

static rr_status read_column(rri_npz *z, const rri_npz_table *t, const rri_npz_part *p, column *c,
                             rr_error *err)
{
    rri_npy head = { .rank = 0 };
    rr_status st = RR_OK;

    RRI_TRY(rri_npz_peek(z, p->y, &head, err));
    c->one_hot = head.rank == 2 && head.shape[1] != 1 && head.kind != RRI_NPY_TEXT;
    if (c->one_hot) {
        RRI_TRY(rri_npz_read(z, p->y, &c->y, err));
        RRI_TRY(from_one_hot(t, p, &c->y, err));
    } else if (head.kind == RRI_NPY_TEXT) {
        RRI_TRY(read_vector(z, t->path, p->y, SIZE_MAX, &c->y, err));
    } else {
        RRI_TRY(read_integers(z, t->path, p->y, SIZE_MAX, &c->y, err));
    }
    if (c->y.items == 0)
        RRI_TRY(rri_fail(err, RR_ERR_SHAPE, -1, "%s: %s has no rows", t->path, p->y));

done:
    return st;
}

static rr_status number_labels(rri_npz_table *t, rri_npz_part *p, const rri_npy *y, size_t bound,
                               rr_error *err)
{
    for (size_t i = 0; i < y->items; i++) {
        if (y->i64[i] < 0 || (uint64_t)y->i64[i] >= bound)
            return rri_fail(err, RR_ERR_FORMAT, (int64_t)i,
                            "%s: label %lld of row %zu%s%s is outside 0..%zu", t->path,
                            (long long)y->i64[i], i, t->by_split ? " of " : "",
                            t->by_split ? p->y : "", bound - 1);
        p->label[i] = (uint32_t)y->i64[i];
        t->classes = rri_max(t->classes, (size_t)y->i64[i] + 1);
    }
    return RR_OK;
}

static rr_status text_labels(rri_npz_table *t, rri_npz_part *p, const rri_npy *y, rr_error *err)
{
    char place[400];
    rr_status st = RR_OK;

    (void)rri_snprintf(place, sizeof place, "%s: %s", t->path, p->y);
    for (size_t i = 0; i < y->items; i++) {
        const char *label = y->text + i * y->stride;
        size_t n = 0;
        (void)rri_label_plain(label, strlen(label), &n);
        if (n == 0)
            RRI_TRY(rri_fail(err, RR_ERR_FORMAT, (int64_t)i, "%s, row %zu: there is no label",
                             place, i));
        RRI_TRY(rri_labels_find(&t->labels, place, i, label, strlen(label), &p->label[i], err));
    }

done:
    return st;
}

/* Names of texts in order; labels become their numbers in it. */
static rr_status order_texts(rri_npz_table *t, rri_notes *notes, rr_error *err)
{
    uint32_t *place = NULL;
    rr_status st = RR_OK;

    t->classes = t->labels.plain.count;
    rri_free(t->name);
    t->name = NULL;
    RRI_TRY(rri_alloc(&t->name, t->classes, 1, sizeof *t->name, err));
    RRI_TRY(rri_alloc(&place, t->classes, 1, sizeof *place, err));
    RRI_TRY(rri_labels_order(&t->labels, t->name, place, notes, err));
    for (size_t p = 0; p < t->parts; p++)
        for (size_t i = 0; i < t->part[p].count; i++)
            t->part[p].label[i] = place[t->part[p].label[i]];

done:
    rri_free(place);
    return st;
}

/* The rows of a part that has no labels. */
static rr_status count_rows(rri_npz *z, rri_npz_part *p, rr_error *err)
{
    rri_npy a = { .rank = 0 };
    const char *by = p->lengths[0] != '\0' ? p->lengths : p->x;
    const rr_status st = rri_npz_peek(z, by, &a, err);

    if (st == RR_OK)
        p->count = a.rank > 0 ? a.shape[0] : 0;
    return st;
}

/* ---- class names ---------------------------------------------------------------------------- */

/* The names are bytes, each name closed by a 0. */
static rr_status split_bytes(rri_npz_table *t, const rri_npy *a, size_t *found, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&t->bytes, a->items + 1, 1, 1, err));
    RRI_TRY(rri_alloc(&t->name, a->items + 1, 1, sizeof *t->name, err));
    *found = 0;
    for (size_t i = 0; i < a->items; i++) {
        if (a->i64[i] < 0 || a->i64[i] > 255)
            RRI_TRY(rri_fail(err, RR_ERR_FORMAT, (int64_t)i,
                             "%s: item %zu of class_names is %lld, not a byte", t->path, i,
                             (long long)a->i64[i]));
        t->bytes[i] = (char)(unsigned char)a->i64[i];
        if (i == 0 || t->bytes[i - 1] == '\0')
            t->name[(*found)++] = t->bytes + i;
    }
    if (a->items > 0 && t->bytes[a->items - 1] != '\0')
        RRI_TRY(rri_fail(err, RR_ERR_SHAPE, -1,
                         "%s: the last name of class_names has no 0 behind "
                         "it",
                         t->path));

done:
    return st;
}

/* Read class_names, texts or bytes; *found is 0 without. */
static rr_status read_names(rri_npz *z, rri_npz_table *t, size_t *found, rr_error *err)
{
    rri_npy a = { .rank = 0 };
    rr_status st = RR_OK;

    *found = 0;
    if (!rri_npz_has(z, "class_names"))
        return RR_OK;
    RRI_TRY(rri_npz_peek(z, "class_names", &a, err));
    if (a.kind == RRI_NPY_TEXT) {
        RRI_TRY(read_vector(z, t->path, "class_names", SIZE_MAX, &t->texts, err));
        RRI_TRY(rri_alloc(&t->name, t->texts.items, 1, sizeof *t->name, err));
        for (; *found < t->texts.items; (*found)++)
            t->name[*found] = t->texts.text + *found * t->texts.stride;
    } else {
        RRI_TRY(read_integers(z, t->path, "class_names", SIZE_MAX, &a, err));
        RRI_TRY(split_bytes(t, &a, found, err));
    }

done:
    rri_npy_clear(&a);
    return st;
}

/* Texts are matched with the names given. */
static rr_status close_labels(rri_npz_table *t, size_t found, rr_error *err)
{
    uint32_t number = 0;
    rr_status st = RR_OK;

    for (size_t c = 0; c < found; c++) {
        size_t n = 0;
        (void)rri_label_plain(t->name[c], strlen(t->name[c]), &n);
        if (n > 0)
            RRI_TRY(rri_labels_find(&t->labels, t->path, c, t->name[c], strlen(t->name[c]), &number,
                                    err));
        if (n == 0 || number != c)
            RRI_TRY(rri_fail(err, RR_ERR_FORMAT, (int64_t)c,
                             "%s: class_names[%zu], \"%.60s\", is empty or repeated", t->path, c,
                             t->name[c]));
    }
    t->labels.closed = found > 0;

done:
    return st;
}

/* ---- the table ------------------------------------------------------------------------------ */

static rr_status read_lengths(rri_npz *z, const rri_npz_table *t, rri_npz_part *p, rr_error *err)
{
    rri_npy a = { .rank = 0 };
    rr_status st = RR_OK;

    if (p->lengths[0] == '\0')
        return RR_OK;
    RRI_TRY(read_integers(z, t->path, p->lengths, p->count, &a, err));
    RRI_TRY(rri_alloc(&p->length, p->count, 1, sizeof *p->length, err));
    for (size_t i = 0; i < p->count; i++) {
        if (a.i64[i] < 1 || a.i64[i] > (int64_t)UINT32_MAX)
            RRI_TRY(rri_fail(err, RR_ERR_SHAPE, (int64_t)i, "%s: length %lld of row %zu", t->path,
                             (long long)a.i64[i], i));
        p->length[i] = (size_t)a.i64[i];
    }

done:
    rri_npy_clear(&a);
    return st;
}

/* Read the labels of all parts, or count their rows. */
static rr_status read_columns(rri_npz *z, const rri_request *in, rri_npz_table *t, column c[3],
                              rr_error *err)
{
    rr_status st = RR_OK;

    for (size_t i = 0; i < t->parts; i++) {
        rri_npz_part *p = &t->part[i];
        if (p->y[0] != '\0') {
            RRI_TRY(read_column(z, t, p, &c[i], err));
            p->count = c[i].y.items;
            t->texts_as_labels = t->texts_as_labels || c[i].y.kind == RRI_NPY_TEXT;
        } else if (in->unlabelled) {
            RRI_TRY(count_rows(z, p, err));
        } else {
            char name[16];
            (void)rri_snprintf(name, sizeof name, "y%s", p->x + 1);
            RRI_TRY(rri_npz_peek(z, name, &c[i].y, err)); /* says which arrays there are */
        }
        RRI_TRY(rri_alloc(&p->label, p->count, 1, sizeof *p->label, err));
    }

done:
    return st;
}

/* Turn the labels into classes. `classes` and `names` are 0 where the file does not say. */
static rr_status number_columns(rri_npz_table *t, const column c[3], size_t classes, size_t names,
                                rri_notes *notes, rr_error *err)
{
    const size_t bound = classes != 0 ? classes : RRI_MAX_CLASSES;
    rr_status st = RR_OK;

    t->classes = rri_max(classes, 1);
    if (t->texts_as_labels)
        RRI_TRY(close_labels(t, names, err));
    for (size_t i = 0; i < t->parts; i++) {
        rri_npz_part *p = &t->part[i];
        if (p->y[0] == '\0')
            continue;
        if (t->texts_as_labels != (c[i].y.kind == RRI_NPY_TEXT))
            RRI_TRY(rri_fail(err, RR_ERR_FORMAT, -1, "%s: %s holds numbers where others hold texts",
                             t->path, p->y));
        RRI_TRY(t->texts_as_labels ? text_labels(t, p, &c[i].y, err)
                                   : number_labels(t, p, &c[i].y, bound, err));
        if (c[i].one_hot)
            t->classes = rri_max(t->classes, c[i].y.shape[1]);
    }
    if (t->texts_as_labels)
        return order_texts(t, notes, err);
    if (t->part[0].y[0] == '\0')
        t->classes = rri_max(t->classes, names);
    if (names > 0 && names != t->classes)
        RRI_TRY(rri_fail(err, RR_ERR_SHAPE, -1, "%s: class_names holds %zu names for %zu classes",
                         t->path, names, t->classes));

done:
    return st;
}

static rr_status read_labels(rri_npz *z, const rri_request *in, rri_npz_table *t, rr_error *err)
{
    column c[3] = { { .one_hot = false } };
    size_t classes = 0;
    size_t names = 0;
    rr_status st = RR_OK;

    RRI_TRY(read_scalar(z, t->path, "classes", RRI_MAX_CLASSES, &classes, err));
    RRI_TRY(read_names(z, t, &names, err));
    RRI_TRY(read_columns(z, in, t, c, err));
    RRI_TRY(number_columns(t, c, classes, names, in->notes, err));

done:
    for (size_t i = 0; i < t->parts; i++)
        rri_npy_clear(&c[i].y);
    return st;
}

rr_status rri_npz_table_read(rri_npz *z, const rri_request *in, rri_npz_table *t, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(read_labels(z, in, t, err));
    if (t->split != NULL && t->splits != t->part[0].count)
        RRI_TRY(rri_fail(err, RR_ERR_SHAPE, -1, "%s: split has %zu items where %zu are meant",
                         t->path, t->splits, t->part[0].count));
    for (size_t p = 0; p < t->parts; p++)
        RRI_TRY(read_lengths(z, t, &t->part[p], err));
    RRI_TRY(read_scalar(z, t->path, "vocabulary", UINT32_MAX, &t->vocabulary, err));

done:
    return st;
}
