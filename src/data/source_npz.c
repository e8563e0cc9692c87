/* SPDX-License-Identifier: MIT */
/* source_npz.c - reads npz:FILE, datasets in NumPy's container. Written by dataset_save.c.
 *
 *     x            frames: float [N][T][D], or float [sum T][D] with lengths
 *                  symbols: integer [N][T], or integer [sum T] with lengths
 *     y            integer [N], 0..C-1
 *     lengths      integer [N], each at least 1 (only with the second form of x)
 *     split        integer [N], 0 train, 1 dev, 2 test; without it all rows are train, less the
 *                  fraction that `holdout` moves to test
 *     classes      one integer, C; without it the largest label of the file + 1
 *     vocabulary   one integer, V; without it the largest symbol of the file + 1
 *     class_names  integers: UTF-8 bytes, each of C names closed by a 0 */
#include "data/source.h"

#include "io/npy.h"

#include <math.h>
#include <string.h>

/* The small arrays of one file, checked; x is read last, since it is the large one. */
typedef struct table {
    const char *path;     /* borrowed */
    size_t count;         /* N, rows of all splits */
    size_t classes;       /* C */
    size_t vocabulary;    /* V, 0 if absent in the file */
    int64_t *label;       /* [N] */
    size_t *length;       /* [N], NULL without the array */
    unsigned char *split; /* [N] rr_split */
    char *names;          /* class names, each closed by NUL; NULL for numbers */
    const char **name;    /* [C] into names */
} table;

static void clear_table(table *t)
{
    rri_free(t->label);
    rri_free(t->length);
    rri_free(t->split);
    rri_free(t->names);
    rri_free(t->name);
}

/* ---- reading the small arrays --------------------------------------------------------------- */

/* The integer array `name` of rank 1 (or of one item, when `items` is 1). SIZE_MAX accepts any
 * number of items. */
static rr_status read_integers(rri_npz *z, const char *path, const char *name, size_t items,
                               rri_npy *out, rr_error *err)
{
    const rr_status st = rri_npz_read(z, name, out, err);

    if (st != RR_OK)
        return st;
    if (out->kind != RRI_NPY_INTEGER)
        return rri_fail(err, RR_ERR_FORMAT, -1, "%s: %s does not hold integers", path, name);
    if (out->rank != 1 && !(items == 1 && out->items == 1))
        return rri_fail(err, RR_ERR_SHAPE, -1, "%s: %s has %zu dimensions where 1 is meant", path,
                        name, out->rank);
    if (items != SIZE_MAX && out->items != items)
        return rri_fail(err, RR_ERR_SHAPE, -1, "%s: %s has %zu items where %zu are meant", path,
                        name, out->items, items);
    return RR_OK;
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

static rr_status read_labels(rri_npz *z, table *t, rr_error *err)
{
    rri_npy y = { .rank = 0 };
    size_t classes = 0;
    rr_status st = RR_OK;

    RRI_TRY(read_integers(z, t->path, "y", SIZE_MAX, &y, err));
    if (y.items == 0)
        RRI_TRY(rri_fail(err, RR_ERR_SHAPE, -1, "%s: y has no rows", t->path));
    RRI_TRY(read_scalar(z, t->path, "classes", RRI_MAX_CLASSES, &classes, err));
    const size_t bound = classes != 0 ? classes : RRI_MAX_CLASSES;
    for (size_t i = 0; i < y.items; i++) {
        if (y.i64[i] < 0 || (uint64_t)y.i64[i] >= bound)
            RRI_TRY(rri_fail(err, RR_ERR_FORMAT, (int64_t)i,
                             "%s: label %lld of row %zu is outside 0..%zu", t->path,
                             (long long)y.i64[i], i, bound - 1));
        t->classes = rri_max(t->classes, (size_t)y.i64[i] + 1);
    }
    t->classes = rri_max(t->classes, classes);
    t->count = y.items;
    t->label = y.i64;
    y.i64 = NULL;

done:
    rri_npy_clear(&y);
    return st;
}

static rr_status read_lengths(rri_npz *z, table *t, rr_error *err)
{
    rri_npy a = { .rank = 0 };
    rr_status st = RR_OK;

    if (!rri_npz_has(z, "lengths"))
        return RR_OK;
    RRI_TRY(read_integers(z, t->path, "lengths", t->count, &a, err));
    RRI_TRY(rri_alloc(&t->length, t->count, 1, sizeof *t->length, err));
    for (size_t i = 0; i < t->count; i++) {
        if (a.i64[i] < 1 || a.i64[i] > (int64_t)UINT32_MAX)
            RRI_TRY(rri_fail(err, RR_ERR_SHAPE, (int64_t)i, "%s: length %lld of row %zu", t->path,
                             (long long)a.i64[i], i));
        t->length[i] = (size_t)a.i64[i];
    }

done:
    rri_npy_clear(&a);
    return st;
}

/* The names are bytes, each name closed by a 0, C of them. */
static rr_status read_names(rri_npz *z, table *t, rr_error *err)
{
    rri_npy a = { .rank = 0 };
    size_t found = 0;
    rr_status st = RR_OK;

    if (!rri_npz_has(z, "class_names"))
        return RR_OK;
    RRI_TRY(read_integers(z, t->path, "class_names", SIZE_MAX, &a, err));
    RRI_TRY(rri_alloc(&t->names, a.items + 1, 1, 1, err));
    RRI_TRY(rri_alloc(&t->name, t->classes, 1, sizeof *t->name, err));
    for (size_t i = 0; i < a.items; i++) {
        if (a.i64[i] < 0 || a.i64[i] > 255)
            RRI_TRY(rri_fail(err, RR_ERR_FORMAT, (int64_t)i,
                             "%s: item %zu of class_names is %lld, not a byte", t->path, i,
                             (long long)a.i64[i]));
        t->names[i] = (char)(unsigned char)a.i64[i];
        if ((i == 0 || t->names[i - 1] == '\0') && found < t->classes)
            t->name[found] = t->names + i;
        found += a.i64[i] == 0;
    }
    if (found != t->classes || t->names[a.items - 1] != '\0')
        RRI_TRY(rri_fail(err, RR_ERR_SHAPE, -1, "%s: class_names holds %zu names for %zu classes",
                         t->path, found, t->classes));

done:
    rri_npy_clear(&a);
    return st;
}

/* ---- splits --------------------------------------------------------------------------------- */

static rr_status read_split_array(rri_npz *z, const char *path, size_t items, unsigned char **out,
                                  size_t *count, rr_error *err)
{
    rri_npy a = { .rank = 0 };
    rr_status st = RR_OK;

    RRI_TRY(read_integers(z, path, "split", items, &a, err));
    RRI_TRY(rri_alloc(out, a.items, 1, 1, err));
    for (size_t i = 0; i < a.items; i++) {
        if (a.i64[i] < RR_SPLIT_TRAIN || a.i64[i] > RR_SPLIT_TEST)
            RRI_TRY(rri_fail(err, RR_ERR_FORMAT, (int64_t)i,
                             "%s: split %lld of row %zu is none of 0 (train), 1 (dev), 2 (test)",
                             path, (long long)a.i64[i], i));
        (*out)[i] = (unsigned char)a.i64[i];
    }
    *count = a.items;

done:
    rri_npy_clear(&a);
    return st;
}

/* Move round(fraction * count) rows to test, at least one, and leave at least one: the first ones
 * of a seeded permutation, so that a larger fraction includes a smaller one. */
static rr_status hold_out(double fraction, uint64_t seed, size_t count, unsigned char *split,
                          rr_error *err)
{
    rri_random r = rri_random_at(seed, RRI_RANDOM_HOLDOUT, 0);
    uint32_t *order = NULL;
    rr_status st = RR_OK;

    if (count < 2 || count > UINT32_MAX)
        return rri_fail(err, RR_ERR_ARG, -1, "holdout cannot divide %zu rows", count);
    RRI_TRY(rri_alloc(&order, count, 1, sizeof *order, err));
    rri_random_permutation(&r, order, count);
    size_t test = (size_t)round(fraction * (double)count);
    test = rri_min(rri_max(test, 1), count - 1);
    for (size_t i = 0; i < test; i++)
        split[order[i]] = RR_SPLIT_TEST;

done:
    rri_free(order);
    return st;
}

typedef struct division {
    double holdout; /* fraction of the rows for test */
    uint64_t seed;
} division;

static rr_status read_division(rri_npz *z, const rri_spec *spec, division *d, rr_error *err)
{
    rr_status st = RR_OK;

    *d = (division){ .holdout = 0.0, .seed = 1 };
    RRI_TRY(rri_spec_f64(spec, "holdout", 0.0, 1.0, &d->holdout, err));
    RRI_TRY(rri_spec_u64(spec, "seed", &d->seed, err));
    if (d->holdout > 0.0 && rri_npz_has(z, "split"))
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "%s has a split array, which excludes holdout=%s",
                         spec->path, rri_spec_value(spec, "holdout")));

done:
    return st;
}

/* An open file, of which the split array is read first, and all else once a split is requested
 * for. */
typedef struct archive {
    rri_npz *z; /* NULL once all is read */
    table t;
    rri_npy x;
} archive;

static void forget(void *state)
{
    archive *a = state;

    clear_table(&a->t);
    rri_npy_clear(&a->x);
    a->t = (table){ .path = NULL };
    a->x = (rri_npy){ .rank = 0 };
}

static void close_archive(void *state)
{
    archive *a = state;

    if (a == NULL)
        return;
    forget(a);
    rri_npz_close(a->z);
    rri_free(a);
}

static rr_status open_file(const rri_spec *spec, rri_npz **z, rr_error *err)
{
    rri_source_reads++;
    return rri_npz_open(spec->path, z, err);
}

static rr_status open_archive(const rri_request *in, bool has[3], void **state, rr_error *err)
{
    const rri_spec *spec = in->spec;
    archive *a = NULL;
    unsigned char *split = NULL;
    size_t count = 0;
    division d;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&a, 1, 1, sizeof *a, err));
    RRI_TRY(open_file(spec, &a->z, err));
    RRI_TRY(read_division(a->z, spec, &d, err));
    if (rri_npz_has(a->z, "split")) {
        RRI_TRY(read_split_array(a->z, spec->path, SIZE_MAX, &split, &count, err));
        for (size_t i = 0; i < count; i++)
            has[split[i]] = true;
    } else {
        has[RR_SPLIT_TRAIN] = true;
        has[RR_SPLIT_TEST] = d.holdout > 0.0;
    }
    *state = a;
    a = NULL;

done:
    rri_free(split);
    close_archive(a);
    return st;
}

static rr_status read_table(rri_npz *z, const rri_spec *spec, table *t, rr_error *err)
{
    size_t count = 0;
    division d;
    rr_status st = RR_OK;

    RRI_TRY(read_division(z, spec, &d, err));
    RRI_TRY(read_labels(z, t, err));
    RRI_TRY(read_lengths(z, t, err));
    RRI_TRY(read_scalar(z, t->path, "vocabulary", UINT32_MAX, &t->vocabulary, err));
    RRI_TRY(read_names(z, t, err));
    if (rri_npz_has(z, "split")) {
        RRI_TRY(read_split_array(z, t->path, t->count, &t->split, &count, err));
    } else {
        RRI_TRY(rri_alloc(&t->split, t->count, 1, 1, err));
        if (d.holdout > 0.0)
            RRI_TRY(hold_out(d.holdout, d.seed, t->count, t->split, err));
    }

done:
    return st;
}

/* ---- x -------------------------------------------------------------------------------------- */

/* x and the lengths must agree; afterwards every row has a length. */
static rr_status check_x(table *t, const rri_npy *x, rr_error *err)
{
    const bool frames = x->kind == RRI_NPY_FLOAT;
    const size_t rank = (frames ? 3u : 2u) - (t->length != NULL ? 1u : 0u);
    size_t steps = 0;
    rr_status st = RR_OK;

    if (x->rank != rank)
        return rri_fail(err, RR_ERR_SHAPE, -1, "%s: x has %zu dimensions; %s, %s lengths, need %zu",
                        t->path, x->rank, frames ? "frames (floats)" : "symbols (integers)",
                        t->length != NULL ? "with" : "without", rank);
    if (frames && (x->shape[rank - 1] == 0 || x->shape[rank - 1] > UINT32_MAX))
        return rri_fail(err, RR_ERR_SHAPE, -1, "%s: x has frames of width %zu", t->path,
                        x->shape[rank - 1]);
    if (t->length != NULL) {
        size_t i = 0;
        while (i < t->count && t->length[i] <= x->shape[0] - steps)
            steps += t->length[i++];
        if (i < t->count)
            return rri_fail(err, RR_ERR_SHAPE, (int64_t)i,
                            "%s: x has %zu steps, which end within row %zu of %zu", t->path,
                            x->shape[0], i, t->count);
        if (x->shape[0] != steps)
            return rri_fail(err, RR_ERR_SHAPE, -1, "%s: x has %zu steps, but lengths add up to %zu",
                            t->path, x->shape[0], steps);
        return RR_OK;
    }
    if (x->shape[0] != t->count)
        return rri_fail(err, RR_ERR_SHAPE, -1, "%s: x has %zu rows, but y has %zu", t->path,
                        x->shape[0], t->count);
    if (x->shape[1] == 0 || x->shape[1] > UINT32_MAX)
        return rri_fail(err, RR_ERR_SHAPE, 0, "%s: length %zu of row 0", t->path, x->shape[1]);
    RRI_TRY(rri_alloc(&t->length, t->count, 1, sizeof *t->length, err));
    for (size_t i = 0; i < t->count; i++)
        t->length[i] = x->shape[1];

done:
    return st;
}

/* Every symbol of every split must be below V; without a given V the largest decides. */
static rr_status check_symbols(table *t, const rri_npy *x, rr_error *err)
{
    const size_t bound = t->vocabulary != 0 ? t->vocabulary : UINT32_MAX;
    size_t largest = 0;
    size_t at = 0;

    for (size_t i = 0; i < t->count; i++)
        for (size_t s = 0; s < t->length[i]; s++, at++) {
            const int64_t v = x->i64[at];
            if (v < 0 || (uint64_t)v >= bound)
                return rri_fail(err, RR_ERR_FORMAT, (int64_t)i,
                                "%s: symbol %lld of row %zu, step %zu is outside 0..%zu", t->path,
                                (long long)v, i, s, bound - 1);
            largest = rri_max(largest, (size_t)v);
        }
    if (t->vocabulary == 0)
        t->vocabulary = largest + 1;
    return RR_OK;
}

/* At least one of the values x [D] of a step is not finite, as the file has it or in 32 bits. */
static rr_status refuse_value(const table *t, const float *x, size_t i, size_t step, rr_error *err)
{
    size_t k = 0;

    while (isfinite(x[k]))
        k++;
    return rri_fail(err, RR_ERR_NUMERIC, (int64_t)i,
                    "%s: row %zu, step %zu, column %zu of x is %s: no finite number of 32 bits",
                    t->path, i, step, k,
                    isnan(x[k])   ? "nan"
                    : x[k] > 0.0F ? "inf"
                                  : "-inf");
}

/* Copy row i of the file, which begins at step `at` of x, behind the last sequence of ds. */
static rr_status take_row(rr_dataset *ds, const table *t, const rri_npy *x, size_t i, size_t at,
                          rr_error *err)
{
    const size_t T = t->length[i];
    const size_t D = ds->width;
    const size_t to = ds->offset[ds->count];

    if (ds->frames != NULL) {
        const float *row = x->f32 + at * D;
        const size_t bad = rri_first_nonfinite(row, T, D, D);
        if (bad < T)
            return refuse_value(t, row + bad * D, i, bad, err);
        memcpy(ds->frames + to * D, row, T * D * sizeof *row);
    } else {
        for (size_t s = 0; s < T; s++)
            ds->symbols[to + s] = (uint32_t)x->i64[at + s];
    }
    ds->label[ds->count++] = (uint32_t)t->label[i];
    ds->offset[ds->count] = to + T;
    return RR_OK;
}

/* The first `limit` rows of one split. */
static rr_status select_rows(const table *t, const rri_npy *x, rr_split split, size_t limit,
                             rr_dataset **out, rr_error *err)
{
    const bool frames = x->kind == RRI_NPY_FLOAT;
    const rr_dataset_shape shape = { .width = frames ? x->shape[x->rank - 1] : 0,
                                     .vocabulary = frames ? 0 : t->vocabulary,
                                     .classes = t->classes,
                                     .class_names = t->name };
    rr_dataset *ds = NULL;
    size_t count = 0;
    size_t steps = 0;
    size_t at = 0;
    rr_status st = RR_OK;

    for (size_t i = 0; i < t->count && count < limit; i++)
        if (t->split[i] == split) {
            count++;
            steps += t->length[i];
        }
    RRI_TRY(rri_dataset_new(&shape, count, steps, &ds, err));
    ds->count = 0;
    for (size_t i = 0; ds->count < count; at += t->length[i], i++)
        if (t->split[i] == split)
            RRI_TRY(take_row(ds, t, x, i, at, err));
    *out = ds;
    ds = NULL;

done:
    rr_dataset_free(ds);
    return st;
}

/* Read and check all arrays, unless they are there. */
static rr_status read_archive(archive *a, const rri_spec *spec, rr_error *err)
{
    rr_status st = RR_OK;

    if (a->t.path != NULL)
        return RR_OK;
    if (a->z == NULL)
        RRI_TRY(open_file(spec, &a->z, err));
    a->t.path = spec->path;
    RRI_TRY(read_table(a->z, spec, &a->t, err));
    RRI_TRY(rri_npz_read(a->z, "x", &a->x, err));
    RRI_TRY(check_x(&a->t, &a->x, err));
    if (a->x.kind == RRI_NPY_INTEGER)
        RRI_TRY(check_symbols(&a->t, &a->x, err));
    rri_npz_close(a->z);
    a->z = NULL;

done:
    if (st != RR_OK)
        forget(a);
    return st;
}

static rr_status load(const rri_request *in, void *state, rr_split split, size_t limit,
                      rr_dataset **out, rr_error *err)
{
    const rri_spec *spec = in->spec;
    archive *a = state;
    rr_dataset *ds = NULL;
    rr_status st = RR_OK;

    RRI_TRY(read_archive(a, spec, err));
    RRI_TRY(select_rows(&a->t, &a->x, split, limit, &ds, err));
    RRI_TRY(rri_dataset_seal(ds, err));
    *out = ds;
    ds = NULL;

done:
    rr_dataset_free(ds);
    return st;
}

const rri_source_kind rri_source_npz = {
    .kind = "npz",
    .path = "FILE",
    .parameters = { "limit", "holdout", "seed", NULL },
    .open = open_archive,
    .load = load,
    .forget = forget,
    .close = close_archive,
};
