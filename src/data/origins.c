/* SPDX-License-Identifier: MIT */
/* origins.c - where the sequences of a dataset come from: file, row and the source's own id.
 *
 *     place = (number of the file + 1) << 40 | row      0: in no file
 *
 * Row 2^40 - 1 stands for the whole file. */
#include "data/origins.h"

#include "core/utf8.h"
#include "data/data_internal.h"
#include "io/csv.h"

#include <string.h>

enum { ROW_BITS = 40 };
static const uint64_t whole_file = ((uint64_t)1 << ROW_BITS) - 1;
static const size_t most_files = ((size_t)1 << (64 - ROW_BITS)) - 2;

/* ---- the list of files and ids -------------------------------------------------------------- */

static rri_origins *share(rri_origins *o)
{
    if (o != NULL)
        (void)atomic_fetch_add_explicit(&o->holders, 1, memory_order_relaxed);
    return o;
}

static void release(rri_origins *o)
{
    if (o == NULL || atomic_fetch_sub_explicit(&o->holders, 1, memory_order_acq_rel) > 1)
        return;
    for (size_t i = 0; i < o->files; i++)
        rri_free(o->file[i]);
    rri_free(o->file);
    rri_free(o->lines);
    rri_free(o->ids);
    rri_free(o);
}

static rr_status add_file(rri_origins *o, const char *path, bool lines, rr_error *err)
{
    rr_status st = RR_OK;

    if (o->files == most_files)
        return rri_fail(err, RR_ERR_NOMEM, -1, "%zu files are too many to hold", o->files);
    if (o->files == o->capacity) {
        const size_t capacity = rri_max(4, 2 * o->capacity);
        RRI_TRY(rri_grow(&o->file, o->files, capacity, sizeof *o->file, err));
        RRI_TRY(rri_grow(&o->lines, o->files, capacity, sizeof *o->lines, err));
        o->capacity = capacity;
    }
    RRI_TRY(rri_strdup(path, &o->file[o->files], err));
    o->lines[o->files++] = lines;

done:
    return st;
}

/* Keep an id; *at is where it lies. */
static rr_status add_id(rri_origins *o, const char *id, size_t bytes, size_t *at, rr_error *err)
{
    rr_status st = RR_OK;

    *at = 0;
    if (bytes == 0 && o->used > 0)
        return RR_OK;
    if (bytes >= o->ids_capacity - o->used) {
        const size_t capacity = rri_max(1024, 2 * o->ids_capacity) + bytes;
        RRI_TRY(rri_grow(&o->ids, o->used, capacity, 1, err));
        o->ids_capacity = capacity;
    }
    *at = o->used;
    if (bytes > 0)
        memcpy(o->ids + o->used, id, bytes);
    o->ids[o->used + bytes] = '\0';
    o->used += bytes + 1;

done:
    return st;
}

/* ---- filling -------------------------------------------------------------------------------- */

static rr_status alloc_places(rr_dataset *ds, bool ids, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&ds->place, ds->count, 1, sizeof *ds->place, err));
    if (ids)
        RRI_TRY(rri_alloc(&ds->id, ds->count, 1, sizeof *ds->id, err));

done:
    return st;
}

rr_status rri_origins_begin(rr_dataset *ds, bool ids, rr_error *err)
{
    size_t none = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&ds->origins, 1, 1, sizeof *ds->origins, err));
    atomic_init(&ds->origins->holders, 1);
    RRI_TRY(add_id(ds->origins, "", 0, &none, err));
    RRI_TRY(alloc_places(ds, ids, err));

done:
    return st;
}

rr_status rri_origins_file(rr_dataset *ds, const char *path, bool lines, rr_error *err)
{
    return add_file(ds->origins, path, lines, err);
}

rr_status rri_origins_put(rr_dataset *ds, size_t i, uint64_t row, const char *id, size_t bytes,
                          rr_error *err)
{
    ds->place[i] = (uint64_t)ds->origins->files << ROW_BITS |
                   (row < whole_file ? row : whole_file); /* the last file has this number, + 1 */
    if (ds->id == NULL || id == NULL)
        return RR_OK;
    return add_id(ds->origins, id, bytes, &ds->id[i], err);
}

void rri_origins_settle(rr_dataset *ds)
{
    bool plain = ds->place != NULL && ds->id == NULL && (ds->count == 0 || ds->place[0] != 0);

    for (size_t i = 0; plain && i < ds->count; i++)
        plain = ds->place[i] - ds->place[0] == i;
    if (plain && ds->count > 0 && !ds->origins->lines[(ds->place[0] >> ROW_BITS) - 1])
        plain = (ds->place[0] & whole_file) == 0;
    ds->shifted = ds->place != NULL && !plain;
}

/* ---- copying -------------------------------------------------------------------------------- */

rr_status rri_origins_select(const rr_dataset *from, const size_t *which, size_t n, rr_dataset *to,
                             rr_error *err)
{
    rr_status st = RR_OK;

    if (from->origins == NULL)
        return RR_OK;
    RRI_TRY(alloc_places(to, from->id != NULL, err));
    for (size_t i = 0; i < n; i++) {
        const size_t k = which != NULL ? which[i] : i;
        to->place[i] = from->place[k];
        if (from->id != NULL)
            to->id[i] = from->id[k];
    }
    to->origins = share(from->origins);
    to->shifted = from->shifted;

done:
    return st;
}

/* Copy a list and all of its ids behind those of another. */
static rr_status append(rri_origins *to, const rri_origins *from, rr_error *err)
{
    size_t at = 0;
    rr_status st = RR_OK;

    for (size_t i = 0; i < from->files; i++)
        RRI_TRY(add_file(to, from->file[i], from->lines[i], err));
    RRI_TRY(add_id(to, from->ids, from->used - 1, &at, err)); /* the last NUL is added */

done:
    return st;
}

/* Copy places to `at`: files are numbered from `file` on, ids lie from `id` on. */
static void append_places(const rr_dataset *from, rr_dataset *to, size_t at, size_t file, size_t id)
{
    for (size_t i = 0; from->place != NULL && i < from->count; i++) {
        to->place[at + i] = from->place[i];
        if (from->place[i] != 0)
            to->place[at + i] += (uint64_t)file << ROW_BITS;
        if (from->id != NULL && from->id[i] != 0)
            to->id[at + i] = from->id[i] + id;
    }
}

rr_status rri_origins_join(const rr_dataset *a, const rr_dataset *b, rr_dataset *to, rr_error *err)
{
    size_t none = 0;
    size_t file = 0;
    size_t id = 0;
    rr_status st = RR_OK;

    if (a->origins == NULL && b->origins == NULL)
        return RR_OK;
    RRI_TRY(alloc_places(to, a->id != NULL || b->id != NULL, err));
    if (b->origins == NULL || a->origins == b->origins) {
        to->origins = share(a->origins);
    } else {
        RRI_TRY(rri_alloc(&to->origins, 1, 1, sizeof *to->origins, err));
        atomic_init(&to->origins->holders, 1);
        RRI_TRY(add_id(to->origins, "", 0, &none, err));
        if (a->origins != NULL)
            RRI_TRY(append(to->origins, a->origins, err));
        file = to->origins->files;
        id = to->origins->used;
        RRI_TRY(append(to->origins, b->origins, err));
    }
    append_places(a, to, 0, 0, a->origins != NULL && to->origins != a->origins ? 1 : 0);
    append_places(b, to, a->count, file, id);
    to->shifted = a->shifted || b->shifted || (a->origins != NULL && b->origins != NULL);

done:
    return st;
}

void rri_origins_clear(rr_dataset *ds)
{
    release(ds->origins);
    rri_free(ds->place);
    rri_free(ds->id);
    ds->origins = NULL;
    ds->place = NULL;
    ds->id = NULL;
}

void rri_dataset_forget_origins(rr_dataset *ds)
{
    rri_origins_clear(ds);
    ds->shifted = false;
}

/* ---- queries -------------------------------------------------------------------------------- */

static const char *without_folder(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

rr_origin rr_dataset_origin(const rr_dataset *ds, size_t i)
{
    rr_origin out = { .row = RR_NO_ROW };

    if (ds->place == NULL || i >= ds->count)
        return out;
    if (ds->id != NULL && ds->id[i] != 0)
        out.id = ds->origins->ids + ds->id[i];
    if (ds->place[i] == 0)
        return out;
    const size_t file = (size_t)(ds->place[i] >> ROW_BITS) - 1;
    const uint64_t row = ds->place[i] & whole_file;
    out.file = ds->origins->file[file];
    out.name = without_folder(out.file);
    out.line = ds->origins->lines[file];
    if (row != whole_file)
        out.row = row;
    return out;
}

int64_t rri_origins_file_of(const rr_dataset *ds, size_t i)
{
    return (int64_t)(ds->place[i] >> ROW_BITS) - 1;
}

const char *rri_origins_name(const rr_dataset *ds, size_t file)
{
    const char *name = without_folder(ds->origins->file[file]);

    return rri_is_utf8(name) ? name : "?";
}

rr_status rr_dataset_find_id(const rr_dataset *ds, const char *id, size_t *out, rr_error *err)
{
    size_t found = 0;
    size_t second = 0;

    *out = 0;
    if (ds->id == NULL)
        return rri_fail(
            err, RR_ERR_ARG, -1,
            "\"%.60s\" is no number of a sequence, and the source has no ids of its own", id);
    for (size_t i = 0; i < ds->count; i++) {
        if (ds->id[i] == 0 || strcmp(ds->origins->ids + ds->id[i], id) != 0)
            continue;
        if (found++ == 0)
            *out = i;
        else if (found == 2)
            second = i;
    }
    if (found == 1)
        return RR_OK;
    const size_t first = *out;
    *out = 0;
    if (found == 0)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "no sequence has the id \"%.60s\" among the %zu of this split", id,
                        ds->count);
    return rri_fail(err, RR_ERR_ARG, -1,
                    "%zu sequences have the id \"%.60s\", numbers %zu and %zu among them: name one "
                    "by its number",
                    found, id, first, second);
}

void rr_dataset_rows(const rr_dataset *ds, uint64_t *row)
{
    for (size_t i = 0; i < ds->count; i++)
        row[i] = rr_dataset_origin(ds, i).row;
}

rr_origins rr_dataset_origins(const rr_dataset *ds)
{
    return (rr_origins){ .files = ds->origins != NULL ? ds->origins->files : 0,
                         .known = ds->origins != NULL,
                         .ids = ds->id != NULL,
                         .shifted = ds->shifted };
}

rr_status rri_origin_put_csv(rri_writer *w, const rr_dataset *ds, size_t i, rr_error *err)
{
    const rr_origin o = rr_dataset_origin(ds, i);
    char row[24];
    rr_status st = RR_OK;

    const int n = rri_snprintf(row, sizeof row, "%llu", (unsigned long long)o.row);
    RRI_TRY(rri_writer_write(w, row, o.row != RR_NO_ROW ? (size_t)n : 0, err));
    RRI_TRY(rri_writer_write(w, ",", 1, err));
    if (ds->origins != NULL)
        RRI_TRY(rri_csv_put(w, o.name != NULL ? o.name : "made", err));
    RRI_TRY(rri_writer_write(w, ",", 1, err));
    if (o.id != NULL)
        RRI_TRY(rri_csv_put(w, o.id, err));

done:
    return st;
}
