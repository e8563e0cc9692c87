/* SPDX-License-Identifier: MIT */
/* npz_labels.c - reads the labels of an npz file, which are numbers of any type, rows with a single
 * 1, or texts, the labels of steps, which are numbers or texts, and the names of its classes. */
#include "data/npz_table.h"

#include <string.h>

/* ---- the labels of a part ------------------------------------------------------------------- */

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
        RRI_TRY(rri_npz_vector(z, t->path, p->y, SIZE_MAX, &c->y, err));
    } else {
        RRI_TRY(rri_npz_integers(z, t->path, p->y, SIZE_MAX, &c->y, err));
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
                            "%s: label %lld of row %zu%s%s is outside 0..%zu%s", t->path,
                            (long long)y->i64[i], i, t->by_split ? " of " : "",
                            t->by_split ? p->y : "", bound - 1,
                            y->i64[i] < 0 ? "; texts may be any: y.astype(str)" : "");
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

/* ---- the labels of steps -------------------------------------------------------------------- */

static rr_status number_steps(rri_npz_table *t, const rri_npz_part *p, size_t bound, rr_error *err)
{
    const int64_t *label = p->step.i64;

    for (size_t i = 0; i < p->step.items; i++) {
        if (label[i] >= 0 && (uint64_t)label[i] >= bound)
            return rri_fail(err, RR_ERR_FORMAT, (int64_t)i,
                            "%s: label %lld of item %zu of %s is not below %zu", t->path,
                            (long long)label[i], i, p->steps, bound);
        if (label[i] >= 0)
            t->classes = rri_max(t->classes, (size_t)label[i] + 1);
    }
    return RR_OK;
}

/* Texts become numbers; an empty one is none. */
static rr_status text_steps(rri_npz_table *t, rri_npz_part *p, rr_error *err)
{
    rri_npy *a = &p->step;
    char place[400];
    uint32_t number = 0;
    rr_status st = RR_OK;

    (void)rri_snprintf(place, sizeof place, "%s: %s", t->path, p->steps);
    RRI_TRY(rri_alloc(&a->i64, a->items, 1, sizeof *a->i64, err));
    for (size_t i = 0; i < a->items; i++) {
        const char *label = a->text + i * a->stride;
        size_t n = 0;
        (void)rri_label_plain(label, strlen(label), &n);
        a->i64[i] = -1;
        if (n == 0)
            continue;
        RRI_TRY(rri_labels_find(&t->labels, place, i, label, strlen(label), &number, err));
        a->i64[i] = number;
    }

done:
    return st;
}

/* Read step_label of a part, where there is one. */
static rr_status read_steps(rri_npz *z, const rri_npz_table *t, rri_npz_part *p, rr_error *err)
{
    if (p->steps[0] == '\0')
        return RR_OK;
    return rri_npz_whole(z, t->path, p->steps, true, &p->step, err);
}

/* Labels are all numbers, or all texts. */
static rr_status check_kind(const rri_npz_table *t, const char *name, const rri_npy *a,
                            rr_error *err)
{
    if (t->texts_as_labels != (a->kind == RRI_NPY_TEXT))
        return rri_fail(err, RR_ERR_FORMAT, -1, "%s: %s holds numbers where others hold texts",
                        t->path, name);
    return RR_OK;
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
    for (size_t p = 0; p < t->parts; p++)
        for (size_t i = 0; i < t->part[p].step.items; i++)
            if (t->part[p].step.i64[i] >= 0)
                t->part[p].step.i64[i] = place[t->part[p].step.i64[i]];

done:
    rri_free(place);
    return st;
}

/* The rows of a part that has no labels. */
static rr_status count_rows(rri_npz *z, rri_npz_part *p, rr_error *err)
{
    rri_npy a = { .rank = 0 };
    const rr_status st = rri_npz_peek(z, rri_npz_rows_of(p), &a, err);

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
        RRI_TRY(rri_npz_vector(z, t->path, "class_names", SIZE_MAX, &t->texts, err));
        RRI_TRY(rri_alloc(&t->name, t->texts.items, 1, sizeof *t->name, err));
        for (; *found < t->texts.items; (*found)++)
            t->name[*found] = t->texts.text + *found * t->texts.stride;
    } else {
        RRI_TRY(rri_npz_integers(z, t->path, "class_names", SIZE_MAX, &a, err));
        RRI_TRY(split_bytes(t, &a, found, err));
    }

done:
    rri_npy_clear(&a);
    return st;
}

/* Names are of different classes; texts are matched with them, and a name of a number may be empty.
 */
static rr_status close_labels(rri_npz_table *t, size_t found, rr_error *err)
{
    uint32_t number = 0;
    rr_status st = RR_OK;

    t->labels.rows = true;
    for (size_t c = 0; c < found; c++) {
        const size_t before = t->labels.plain.count;
        size_t n = 0;
        (void)rri_label_plain(t->name[c], strlen(t->name[c]), &n);
        if (n == 0 && !t->texts_as_labels)
            continue;
        if (n > 0)
            RRI_TRY(rri_labels_find(&t->labels, t->path, c, t->name[c], strlen(t->name[c]), &number,
                                    err));
        if (n == 0 || number != before)
            RRI_TRY(rri_fail(err, RR_ERR_FORMAT, (int64_t)c,
                             "%s: class_names[%zu], \"%.60s\", is empty or repeated", t->path, c,
                             t->name[c]));
    }
    t->labels.closed = found > 0;

done:
    return st;
}

/* ---- all parts ------------------------------------------------------------------------------ */

/* Read the labels of all parts, or count their rows. */
static rr_status read_columns(rri_npz *z, const rri_request *in, rri_npz_table *t, column c[3],
                              rr_error *err)
{
    rr_status st = RR_OK;

    for (size_t i = 0; i < t->parts; i++) {
        rri_npz_part *p = &t->part[i];
        RRI_TRY(read_steps(z, t, p, err));
        t->texts_as_labels = t->texts_as_labels || p->step.kind == RRI_NPY_TEXT;
        if (p->y[0] != '\0') {
            RRI_TRY(read_column(z, t, p, &c[i], err));
            p->count = c[i].y.items;
            t->texts_as_labels = t->texts_as_labels || c[i].y.kind == RRI_NPY_TEXT;
        } else if (in->unlabelled || p->steps[0] != '\0') {
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
    RRI_TRY(close_labels(t, names, err));
    for (size_t i = 0; i < t->parts; i++) {
        rri_npz_part *p = &t->part[i];
        if (p->steps[0] != '\0') {
            RRI_TRY(check_kind(t, p->steps, &p->step, err));
            RRI_TRY(t->texts_as_labels ? text_steps(t, p, err) : number_steps(t, p, bound, err));
        }
        if (p->y[0] == '\0')
            continue;
        RRI_TRY(check_kind(t, p->y, &c[i].y, err));
        RRI_TRY(t->texts_as_labels ? text_labels(t, p, &c[i].y, err)
                                   : number_labels(t, p, &c[i].y, bound, err));
        if (c[i].one_hot)
            t->classes = rri_max(t->classes, c[i].y.shape[1]);
    }
    if (t->texts_as_labels)
        return order_texts(t, notes, err);
    if (t->part[0].y[0] == '\0' || t->part[0].steps[0] != '\0')
        t->classes = rri_max(t->classes, names);
    if (names > 0 && names != t->classes)
        RRI_TRY(rri_fail(err, RR_ERR_SHAPE, -1, "%s: class_names holds %zu names for %zu classes",
                         t->path, names, t->classes));

done:
    return st;
}

rr_status rri_npz_labels(rri_npz *z, const rri_request *in, rri_npz_table *t, rr_error *err)
{
    column c[3] = { { .one_hot = false } };
    size_t classes = 0;
    size_t names = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_npz_scalar(z, t->path, "classes", RRI_MAX_CLASSES, &classes, err));
    RRI_TRY(read_names(z, t, &names, err));
    RRI_TRY(read_columns(z, in, t, c, err));
    RRI_TRY(number_columns(t, c, classes, names, in->notes, err));

done:
    for (size_t i = 0; i < t->parts; i++)
        rri_npy_clear(&c[i].y);
    return st;
}
