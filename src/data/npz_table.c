/* SPDX-License-Identifier: MIT */
/* npz_table.c - reads the small arrays of an npz file: finds which arrays hold rows, and reads
 * their splits and lengths. Labels: npz_labels.c. */
#include "data/npz_table.h"

#include <math.h>
#include <string.h>

void rri_npz_table_forget(rri_npz_table *t)
{
    for (size_t p = 0; p < t->parts; p++) {
        rri_free(t->part[p].label);
        rri_free(t->part[p].length);
        rri_npy_clear(&t->part[p].step);
        rri_npy_clear(&t->part[p].source);
        rri_npy_clear(&t->part[p].id);
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

rr_status rri_npz_vector(rri_npz *z, const char *path, const char *name, size_t items, rri_npy *out,
                         rr_error *err)
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

/* Turn numbers into whole numbers. */
static rr_status make_whole(const char *path, const char *name, rri_npy *out, rr_error *err)
{
    rr_status st = RR_OK;

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

rr_status rri_npz_integers(rri_npz *z, const char *path, const char *name, size_t items,
                           rri_npy *out, rr_error *err)
{
    const rr_status st = rri_npz_vector(z, path, name, items, out, err);

    return st == RR_OK ? make_whole(path, name, out, err) : st;
}

rr_status rri_npz_whole(rri_npz *z, const char *path, const char *name, bool texts, rri_npy *out,
                        rr_error *err)
{
    const rr_status st = rri_npz_read(z, name, out, err);

    if (st != RR_OK || (texts && out->kind == RRI_NPY_TEXT))
        return st;
    return make_whole(path, name, out, err);
}

rr_status rri_npz_scalar(rri_npz *z, const char *path, const char *name, size_t max, size_t *value,
                         rr_error *err)
{
    rri_npy a = { .rank = 0 };
    rr_status st = RR_OK;

    if (!rri_npz_has(z, name))
        return RR_OK;
    RRI_TRY(rri_npz_integers(z, path, name, 1, &a, err));
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
    (void)rri_snprintf(part.steps, sizeof part.steps, "step_label%s", ending);
    if (!rri_npz_has(z, part.steps))
        part.steps[0] = '\0';
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
        find_part(z, of[i].ending, of[i].split, t);
}

static rr_status check_parts(const rri_npz_table *t, rr_error *err)
{
    for (size_t i = 1; i < t->parts; i++)
        if (t->part[i].split == t->part[i - 1].split)
            return rri_fail(err, RR_ERR_FORMAT, -1,
                            "%s: %s and %s both hold the %s split; expected one of them", t->path,
                            t->part[i - 1].x, t->part[i].x,
                            rr_enum_name(RR_ENUM_SPLIT, t->part[i].split));
    return RR_OK;
}

static rr_status read_split(rri_npz *z, rri_npz_table *t, rr_error *err)
{
    rri_npy a = { .rank = 0 };
    rr_status st = RR_OK;

    RRI_TRY(rri_npz_peek(z, "split", &a, err));
    const bool words = a.kind == RRI_NPY_TEXT;
    RRI_TRY(words ? rri_npz_vector(z, t->path, "split", SIZE_MAX, &a, err)
                  : rri_npz_integers(z, t->path, "split", SIZE_MAX, &a, err));
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
    RRI_TRY(check_parts(t, err));
    if (t->parts == 0)
        RRI_TRY(rri_npz_peek(z, "x", &x, err)); /* says which arrays there are */
    if (!t->by_split && rri_npz_has(z, "split"))
        RRI_TRY(read_split(z, t, err));

done:
    return st;
}

/* ---- the table ------------------------------------------------------------------------------ */

const char *rri_npz_rows_of(const rri_npz_part *p)
{
    return p->y[0] != '\0' ? p->y : p->lengths[0] != '\0' ? p->lengths : p->x;
}

static rr_status read_lengths(rri_npz *z, const rri_npz_table *t, rri_npz_part *p, rr_error *err)
{
    rri_npy a = { .rank = 0 };
    rr_status st = RR_OK;

    if (p->lengths[0] == '\0')
        return RR_OK;
    RRI_TRY(rri_npz_integers(z, t->path, p->lengths, p->count, &a, err));
    RRI_TRY(rri_alloc(&p->length, p->count, 1, sizeof *p->length, err));
    for (size_t i = 0; i < p->count; i++) {
        if (a.i64[i] < 1 || a.i64[i] > (int64_t)UINT32_MAX)
            RRI_TRY(rri_fail(err, RR_ERR_SHAPE, (int64_t)i,
                             "%s: length %lld of row %zu of %s is outside 1..%u", t->path,
                             (long long)a.i64[i], i, p->lengths, UINT32_MAX));
        p->length[i] = (size_t)a.i64[i];
    }

done:
    rri_npy_clear(&a);
    return st;
}

/* The array of the parameter `part`, of the rows of p: NAME, or as x_train NAME_train. */
static rr_status read_source(rri_npz *z, const rri_request *in, const rri_npz_table *t,
                             rri_npz_part *p, rr_error *err)
{
    const char *name = rri_spec_value(in->spec, "part");
    char *whole = NULL;
    rr_status st = RR_OK;

    if (name == NULL)
        return RR_OK;
    RRI_TRY(rri_format(&whole, err, "%s%s", name, p->x + 1));
    RRI_TRY(rri_npz_whole(z, t->path, whole, false, &p->source, err));

done:
    rri_free(whole);
    return st;
}

/* The ids of the rows of p, texts or whole numbers: the array that the parameter `id` names, else
 * `id` where it has one for each row; as x_train, id_train. `id=` reads none. */
static rr_status read_ids(rri_npz *z, const rri_request *in, const rri_npz_table *t,
                          rri_npz_part *p, rr_error *err)
{
    const char *name = rri_spec_value(in->spec, "id");
    rri_npy head = { .rank = 0 };
    char *whole = NULL;
    rr_status st = RR_OK;

    if (name != NULL && *name == '\0')
        return RR_OK;
    RRI_TRY(rri_format(&whole, err, "%s%s", name != NULL ? name : "id", p->x + 1));
    if (name == NULL && !rri_npz_has(z, whole))
        goto done;
    if (name == NULL && rri_npz_peek(z, whole, &head, NULL) != RR_OK) {
        RRI_TRY(rri_notes_add(in->notes, err,
                              "%s: the array \"%s\" is passed over: ids are texts or whole numbers",
                              t->path, whole));
        goto done;
    }
    RRI_TRY(rri_npz_peek(z, whole, &head, err));
    if (name == NULL && (head.items != p->count || head.rank != 1 || head.kind == RRI_NPY_FLOAT))
        goto done; /* it is of something else */
    RRI_TRY(head.kind == RRI_NPY_TEXT ? rri_npz_vector(z, t->path, whole, p->count, &p->id, err)
                                      : rri_npz_integers(z, t->path, whole, p->count, &p->id, err));

done:
    rri_free(whole);
    return st;
}

rr_status rri_npz_table_read(rri_npz *z, const rri_request *in, rri_npz_table *t, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(rri_npz_labels(z, in, t, err));
    if (t->split != NULL && t->splits != t->part[0].count)
        RRI_TRY(rri_fail(err, RR_ERR_SHAPE, -1, "%s: split has %zu items, but %s has %zu", t->path,
                         t->splits, rri_npz_rows_of(&t->part[0]), t->part[0].count));
    for (size_t p = 0; p < t->parts; p++) {
        RRI_TRY(read_lengths(z, t, &t->part[p], err));
        RRI_TRY(read_source(z, in, t, &t->part[p], err));
        RRI_TRY(read_ids(z, in, t, &t->part[p], err));
    }
    RRI_TRY(rri_npz_scalar(z, t->path, "vocabulary", UINT32_MAX, &t->vocabulary, err));

done:
    return st;
}
