/* SPDX-License-Identifier: MIT */
/* dataset_save.c - writes a dataset as an npz file, in the format that source_npz.c reads. */
#include "data/dataset_internal.h"
#include "data/origins.h"

#include "io/npz.h"

#include <string.h>

/* Declare an array and give all its elements. */
static rr_status put(rri_npz_writer *w, const char *name, rri_npz_type type, const size_t *shape,
                     size_t rank, const void *data, rr_error *err)
{
    size_t array = 0;
    size_t items = 1;
    rr_status st = RR_OK;

    for (size_t i = 0; i < rank; i++)
        items *= shape[i];
    RRI_TRY(rri_npz_writer_array(w, name, type, shape, rank, &array, err));
    RRI_TRY(rri_npz_writer_append(w, array, data, items, err));

done:
    return st;
}

/* Lengths are written only where the shape of x does not give them. */
static rr_status put_x(rri_npz_writer *w, const rr_dataset *ds, rr_error *err)
{
    const size_t steps = ds->offset[ds->count];
    const rri_npz_type type = ds->frames != NULL ? RRI_NPZ_F32 : RRI_NPZ_U32;
    const void *data = ds->frames != NULL ? (const void *)ds->frames : (const void *)ds->symbols;
    const size_t trailing = ds->frames != NULL ? 1 : 0; /* the dimension D */
    uint32_t *length = NULL;
    rr_status st = RR_OK;

    if (steps == ds->count * ds->max_steps) {
        const size_t even[3] = { ds->count, ds->max_steps, ds->width };
        return put(w, "x", type, even, 2 + trailing, data, err);
    }
    const size_t ragged[2] = { steps, ds->width };
    RRI_TRY(rri_alloc(&length, ds->count, 1, sizeof *length, err));
    for (size_t i = 0; i < ds->count; i++)
        length[i] = (uint32_t)(ds->offset[i + 1] - ds->offset[i]);
    RRI_TRY(put(w, "x", type, ragged, 1 + trailing, data, err));
    RRI_TRY(put(w, "lengths", RRI_NPZ_U32, &ds->count, 1, length, err));

done:
    rri_free(length);
    return st;
}

/* Declare numbers of steps, in the shape of x without its D: [N][T], or [steps]. */
static rr_status declare_steps(rri_npz_writer *w, const rr_dataset *ds, const char *name,
                               size_t *array, rr_error *err)
{
    const size_t steps = ds->offset[ds->count];
    const bool even = steps == ds->count * ds->max_steps;
    const size_t shape[2] = { even ? ds->count : steps, ds->max_steps };

    return rri_npz_writer_array(w, name, RRI_NPZ_I64, shape, even ? 2 : 1, array, err);
}

/* The labels of steps, and the parts of the source they come from, where there are any. */
static rr_status put_steps(rri_npz_writer *w, const rr_dataset *ds, rr_error *err)
{
    const size_t steps = ds->offset[ds->count];
    size_t array = 0;
    rr_status st = RR_OK;

    if (ds->step_label != NULL) {
        RRI_TRY(declare_steps(w, ds, "step_label", &array, err));
        RRI_TRY(rri_npz_writer_labels(w, array, ds->step_label, steps, err));
    }
    if (ds->part != NULL) {
        RRI_TRY(declare_steps(w, ds, "part", &array, err));
        RRI_TRY(rri_npz_writer_append(w, array, ds->part, steps, err));
    }

done:
    return st;
}

/* The sequences' own ids, where they have some. */
static rr_status put_ids(rri_npz_writer *w, const rr_dataset *ds, rr_error *err)
{
    const char **id = NULL;
    rr_status st = RR_OK;

    if (ds->id == NULL)
        return RR_OK;
    RRI_TRY(rri_alloc(&id, ds->count, 1, sizeof *id, err));
    for (size_t i = 0; i < ds->count; i++) {
        id[i] = rr_dataset_origin(ds, i).id;
        id[i] = id[i] != NULL ? id[i] : "";
    }
    RRI_TRY(rri_npz_writer_texts(w, "id", id, ds->count, 1, err));

done:
    rri_free(id);
    return st;
}

/* Where the sequences were read, where that is known: their rows, and the number of their file
 * among the names. */
static rr_status put_origins(rri_npz_writer *w, const rr_dataset *ds, rr_error *err)
{
    const size_t files = rr_dataset_origins(ds).files;
    const char **name = NULL;
    int64_t *row = NULL;
    int64_t *file = NULL;
    rr_status st = RR_OK;

    if (files == 0)
        return RR_OK;
    RRI_TRY(rri_alloc(&name, files, 1, sizeof *name, err));
    RRI_TRY(rri_alloc(&row, ds->count, 1, sizeof *row, err));
    RRI_TRY(rri_alloc(&file, ds->count, 1, sizeof *file, err));
    for (size_t f = 0; f < files; f++)
        name[f] = rri_origins_name(ds, f);
    for (size_t i = 0; i < ds->count; i++) {
        const uint64_t at = rr_dataset_origin(ds, i).row;
        row[i] = at == RR_NO_ROW ? -1 : (int64_t)at;
        file[i] = rri_origins_file_of(ds, i);
    }
    RRI_TRY(put(w, "source_row", RRI_NPZ_I64, &ds->count, 1, row, err));
    RRI_TRY(put(w, "source_file", RRI_NPZ_I64, &ds->count, 1, file, err));
    RRI_TRY(rri_npz_writer_texts(w, "source_files", name, files, 1, err));

done:
    rri_free(name);
    rri_free(row);
    rri_free(file);
    return st;
}

static rr_status put_names(rri_npz_writer *w, const rr_dataset *ds, rr_error *err)
{
    const char *last = ds->name[ds->classes - 1];
    const size_t bytes = (size_t)(last - ds->texts) + strlen(last) + 1;
    uint32_t *wide = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&wide, bytes, 1, sizeof *wide, err));
    for (size_t i = 0; i < bytes; i++)
        wide[i] = (unsigned char)ds->texts[i];
    RRI_TRY(put(w, "class_names", RRI_NPZ_U32, &bytes, 1, wide, err));

done:
    rri_free(wide);
    return st;
}

rr_status rr_dataset_save(const rr_dataset *ds, const char *path, rr_error *err)
{
    const size_t one = 1;
    const int64_t classes = (int64_t)ds->classes;
    const int64_t vocabulary = (int64_t)ds->vocabulary;
    rri_npz_writer *w = NULL;
    rr_status st = RR_OK;

    if (ds->count == 0)
        return rri_fail(err, RR_ERR_SHAPE, -1, "%s: a dataset without sequences is not written",
                        path);
    RRI_TRY(rri_npz_writer_new(path, &w, err));
    RRI_TRY(put_x(w, ds, err));
    RRI_TRY(put(w, "y", RRI_NPZ_U32, &ds->count, 1, ds->label, err));
    RRI_TRY(put(w, "classes", RRI_NPZ_I64, &one, 1, &classes, err));
    if (ds->vocabulary != 0)
        RRI_TRY(put(w, "vocabulary", RRI_NPZ_I64, &one, 1, &vocabulary, err));
    if (ds->named)
        RRI_TRY(put_names(w, ds, err));
    RRI_TRY(put_steps(w, ds, err));
    RRI_TRY(put_ids(w, ds, err));
    RRI_TRY(put_origins(w, ds, err));
    RRI_TRY(rri_npz_writer_close(w, err));

done:
    rri_npz_writer_free(w);
    return st;
}
