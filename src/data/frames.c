/* SPDX-License-Identifier: MIT */
/* frames.c - makes the dataset of a split from sequences of numbers, whose columns are scaled by
 * the train split where `scale` says so.
 *
 *     standard   offset = mean, divisor = sqrt(sum (v - mean)^2 / n), over the n steps of train
 *     minmax     offset = smallest value, divisor = largest - smallest
 *
 * Sums are in 64 bits, in the order of the rows, whatever `limit` is. */
#include "data/frames.h"
#include "data/origins.h"

#include <math.h>
#include <string.h>

void rri_frames_clear(rri_frames *f)
{
    rri_free(f->row);
    rri_free(f->ids);
    *f = (rri_frames){ .row = NULL };
}

rr_status rri_frames_add(rri_frames *f, rri_frame_row row, rr_error *err)
{
    rr_status st = RR_OK;

    if (f->count == f->capacity) {
        const size_t capacity = rri_max(256, 2 * f->capacity);
        RRI_TRY(rri_grow(&f->row, f->count, capacity, sizeof *f->row, err));
        f->capacity = capacity;
    }
    f->row[f->count++] = row;

done:
    return st;
}

rr_status rri_frames_name(rri_frames *f, const char *id, size_t bytes, rri_frame_row *row,
                          rr_error *err)
{
    const size_t begin = rri_max(f->used, 1); /* 0 is no id */
    rr_status st = RR_OK;

    row->id = 0;
    if (bytes == 0)
        return RR_OK;
    if (begin + bytes >= f->ids_capacity) {
        const size_t capacity = rri_max(1024, 2 * f->ids_capacity) + bytes;
        RRI_TRY(rri_grow(&f->ids, f->used, capacity, 1, err));
        f->ids_capacity = capacity;
    }
    memcpy(f->ids + begin, id, bytes);
    f->ids[begin + bytes] = '\0';
    f->used = begin + bytes + 1;
    row->id = begin;

done:
    return st;
}

/* ---- parameters ----------------------------------------------------------------------------- */

rr_status rri_frames_padded(const rri_spec *spec, bool *padded, rr_error *err)
{
    const char *pad = rri_spec_value(spec, "pad");

    *padded = pad != NULL;
    if (pad != NULL && strcmp(pad, "nan") != 0)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "pad=%s of %s: there is only pad=nan, for sequences filled up with NaN",
                        pad, spec->kind);
    return RR_OK;
}

static rr_status read_scale(const rri_spec *spec, rr_scale *out, rr_error *err)
{
    const char *text = rri_spec_value(spec, "scale");
    unsigned value = RR_SCALE_NONE;

    if (text != NULL && rr_enum_parse(RR_ENUM_SCALE, text, &value, err) != RR_OK)
        return rri_prefix(err, RR_ERR_ARG, "scale of %s", spec->kind);
    *out = (rr_scale)value;
    return RR_OK;
}

/* Whether `image=1` says that the frames are the rows of images. */
static rr_status read_image(const rri_frames *f, const rri_request *in, bool *image, rr_error *err)
{
    size_t value = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_spec_size(in->spec, "image", 0, 1, &value, err));
    if (value != 0 && f->width == 0)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "image=1: %s holds symbols, which are no images",
                         in->spec->path));
    *image = value != 0;

done:
    return st;
}

/* ---- splits --------------------------------------------------------------------------------- */

rr_status rri_frames_division(const rri_spec *spec, const bool has[3], rri_division *out,
                              rr_error *err)
{
    rr_status st = RR_OK;

    *out = (rri_division){ .seed = 1 };
    RRI_TRY(rri_division_read(spec, out, err));
    if (has[RR_SPLIT_TEST] && out->holdout > 0.0)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "%s has a test split, which excludes holdout=%s",
                         spec->path, rri_spec_value(spec, "holdout")));
    if (has[RR_SPLIT_DEV] && out->dev > 0.0)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "%s has a dev split, which excludes dev=%s",
                         spec->path, rri_spec_value(spec, "dev")));

done:
    return st;
}

void rri_frames_like_train(rri_frames *f, rr_split split)
{
    f->unlabelled[split] = f->unlabelled[RR_SPLIT_TRAIN];
    f->step_labelled[split] = f->step_labelled[RR_SPLIT_TRAIN];
    f->sourced[split] = f->sourced[RR_SPLIT_TRAIN];
}

rr_status rri_frames_divide(rri_frames *f, const rri_division *d, rr_error *err)
{
    uint32_t *label = NULL; /* of the n rows of train */
    unsigned char *split = NULL;
    size_t n = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&label, f->count, 1, sizeof *label, err));
    RRI_TRY(rri_alloc(&split, f->count, 1, 1, err));
    for (size_t i = 0; i < f->count; i++)
        if (f->row[i].split == RR_SPLIT_TRAIN)
            label[n++] = f->row[i].label;
    RRI_TRY(rri_divide(d, label, n, split, err));
    n = 0;
    for (size_t i = 0; i < f->count; i++)
        if (f->row[i].split == RR_SPLIT_TRAIN)
            f->row[i].split = split[n++];
    if (d->holdout > 0.0)
        rri_frames_like_train(f, RR_SPLIT_TEST);
    if (d->dev > 0.0)
        rri_frames_like_train(f, RR_SPLIT_DEV);

done:
    rri_free(label);
    rri_free(split);
    return st;
}

void rri_frames_splits(const rri_frames *f, bool has[3])
{
    for (size_t i = 0; i < f->count; i++)
        has[f->row[i].split] = true;
}

/* ---- values --------------------------------------------------------------------------------- */

size_t rri_unpadded(const float *frames, size_t steps, size_t D)
{
    size_t n = steps * D;

    while (n > 0 && isnan(frames[n - 1]))
        n--;
    return (n + D - 1) / D;
}

/* NUMERIC: a value of step t of a row, x [D], is not finite. */
static rr_status refuse_value(const rri_frames *f, const rri_frame_row *row, const float *x,
                              size_t t, const char *how, rr_error *err)
{
    const char *part = f->part[row->part];
    size_t k = 0;

    while (isfinite(x[k]))
        k++;
    const char *value = isnan(x[k]) ? "nan" : x[k] > 0.0F ? "inf" : "-inf";
    if (f->path == NULL)
        return rri_fail(err, RR_ERR_NUMERIC, (int64_t)row->at,
                        "%s, line %zu, step %zu, column %zu is %s%s: no finite number of 32 bits",
                        part, row->at, t, k, value, how);
    return rri_fail(err, RR_ERR_NUMERIC, (int64_t)row->at,
                    "%s: row %zu, step %zu, column %zu of %s is %s%s: no finite number of 32 bits",
                    f->path, row->at, t, k, part, value, how);
}

/* Values as they are read must be finite. */
static rr_status check_row(const rri_frames *f, const rri_frame_row *row, rr_error *err)
{
    const size_t D = f->width;
    const size_t bad = rri_first_nonfinite(row->frames, row->steps, D, D);

    if (bad == row->steps)
        return RR_OK;
    if (f->path != NULL && bad > 0 && bad == rri_unpadded(row->frames, row->steps, D))
        return rri_fail(err, RR_ERR_NUMERIC, (int64_t)row->at,
                        "%s: row %zu of %s ends in nan from step %zu on: add pad=nan, or save the "
                        "lengths of the sequences as an array \"lengths\"",
                        f->path, row->at, f->part[row->part], bad);
    return refuse_value(f, row, row->frames + bad * D, bad, "", err);
}

/* ---- scaling -------------------------------------------------------------------------------- */

/* The smallest and the largest value of each column of the train split; *steps counts its steps. */
static void find_range(const rri_frames *f, double *least, double *most, size_t *steps)
{
    const size_t D = f->width;

    *steps = 0;
    for (size_t d = 0; d < D; d++) {
        least[d] = HUGE_VAL;
        most[d] = -HUGE_VAL;
    }
    for (size_t i = 0; i < f->count; i++) {
        if (f->row[i].split != RR_SPLIT_TRAIN)
            continue;
        const float *x = f->row[i].frames;
        for (size_t t = 0; t < f->row[i].steps; t++, x += D)
            for (size_t d = 0; d < D; d++) {
                least[d] = (double)x[d] < least[d] ? (double)x[d] : least[d];
                most[d] = (double)x[d] > most[d] ? (double)x[d] : most[d];
            }
        *steps += f->row[i].steps;
    }
}

/* Add v, or with a mean (v - mean)^2, to the sum of each column, over the train split. */
static void sum_columns(const rri_frames *f, const double *mean, double *sum)
{
    const size_t D = f->width;

    memset(sum, 0, D * sizeof *sum);
    for (size_t i = 0; i < f->count; i++) {
        if (f->row[i].split != RR_SPLIT_TRAIN)
            continue;
        const float *x = f->row[i].frames;
        for (size_t t = 0; t < f->row[i].steps; t++, x += D)
            for (size_t d = 0; d < D; d++) {
                const double v = mean != NULL ? (double)x[d] - mean[d] : (double)x[d];
                sum[d] += mean != NULL ? v * v : v;
            }
    }
}

/* Mean and standard deviation; a constant column keeps its value and the divisor 0. */
static rr_status fit_standard(const rri_frames *f, size_t steps, double *offset, double *divisor,
                              rr_error *err)
{
    double *sum = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&sum, f->width, 1, sizeof *sum, err));
    sum_columns(f, NULL, sum);
    for (size_t d = 0; d < f->width; d++)
        if (divisor[d] > 0.0)
            offset[d] = sum[d] / (double)steps;
    sum_columns(f, offset, sum);
    for (size_t d = 0; d < f->width; d++)
        if (divisor[d] > 0.0)
            divisor[d] = sqrt(sum[d] / (double)steps);

done:
    rri_free(sum);
    return st;
}

/* Columns with the divisor 0 are constant: they are divided by 1, and reported. */
static rr_status settle_constants(rri_scaler *s, rri_notes *notes, rr_error *err)
{
    double *divisor = s->number + s->now.width;
    size_t constant = 0;
    size_t first = 0;

    for (size_t d = s->now.width; d-- > 0;)
        if (divisor[d] <= 0.0) {
            divisor[d] = 1.0;
            constant++;
            first = d;
        }
    if (constant == 0)
        return RR_OK;
    return rri_notes_add(notes, err,
                         "scale=%s: %zu of %zu columns are constant in the train split and become "
                         "0, the first is column %zu (%g)",
                         rr_enum_name(RR_ENUM_SCALE, s->now.kind), constant, s->now.width, first,
                         s->now.offset[first]);
}

bool rri_frames_standardised(const rri_request *in)
{
    return in->standardise && rri_spec_value(in->spec, "scale") == NULL &&
           rri_spec_value(in->spec, "image") == NULL;
}

/* Scale by the train split, where that is asked for and not done. */
static rr_status fit_scaling(const rri_frames *f, const rri_request *in, rr_error *err)
{
    rri_scaler s = { .number = NULL };
    rr_scale kind = RR_SCALE_NONE;
    size_t steps = 0;
    rr_status st = RR_OK;

    RRI_TRY(read_scale(in->spec, &kind, err));
    if (f->width > 0 && rri_frames_standardised(in))
        kind = RR_SCALE_STANDARD;
    if (in->scaler->given && kind != RR_SCALE_NONE && kind != in->scaler->now.kind)
        RRI_TRY(rri_notes_add(in->notes, err,
                              "%s: scale=%s is passed over: columns are scaled as the network's "
                              "training data were",
                              in->spec->path, rr_enum_name(RR_ENUM_SCALE, kind)));
    if (kind == RR_SCALE_NONE || in->scaler->given || in->scaler->number != NULL)
        return RR_OK;
    if (f->width == 0)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "scale=%s: %s holds symbols, which have no scale",
                         rr_enum_name(RR_ENUM_SCALE, kind), in->spec->path));
    for (size_t i = 0; i < f->count; i++)
        if (f->row[i].split == RR_SPLIT_TRAIN)
            RRI_TRY(check_row(f, &f->row[i], err));
    RRI_TRY(rri_scaler_new(kind, f->width, &s, err));
    double *offset = s.number;
    double *divisor = s.number + f->width;
    find_range(f, offset, divisor, &steps);
    if (steps == 0)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "scale=%s: %s has no train split, by which columns are scaled",
                         rr_enum_name(RR_ENUM_SCALE, kind), in->spec->path));
    for (size_t d = 0; d < f->width; d++)
        divisor[d] -= offset[d];
    if (kind == RR_SCALE_STANDARD)
        RRI_TRY(fit_standard(f, steps, offset, divisor, err));
    RRI_TRY(settle_constants(&s, in->notes, err));
    *in->scaler = s;
    s.number = NULL;

done:
    rri_free(s.number);
    return st;
}

/* ---- datasets ------------------------------------------------------------------------------- */

/* Where the rows of a split stand, those that ds has, and their ids. */
static rr_status take_origins(const rri_frames *f, rr_split split, rr_dataset *ds, rr_error *err)
{
    const bool lines = f->path == NULL;
    size_t part = SIZE_MAX;
    size_t n = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_origins_begin(ds, f->used > 0, err));
    for (size_t i = 0; i < f->count && n < ds->count; i++) {
        const rri_frame_row *row = &f->row[i];
        const char *id = row->id != 0 ? f->ids + row->id : "";
        if (row->split != split)
            continue;
        if (row->part != part)
            RRI_TRY(rri_origins_file(ds, lines ? f->part[row->part] : f->path, lines, err));
        part = row->part;
        RRI_TRY(rri_origins_put(ds, n++, row->at, id, strlen(id), err));
    }
    rri_origins_settle(ds);

done:
    return st;
}

/* Copy a row behind the last sequence of ds. */
static rr_status take_row(rr_dataset *ds, const rri_frames *f, const rri_frame_row *row,
                          const rr_scaling *scaling, rr_error *err)
{
    const size_t D = ds->width;
    const size_t T = row->steps;
    const size_t to = ds->offset[ds->count];

    if (ds->frames != NULL) {
        float *x = ds->frames + to * D;
        const rr_status st = check_row(f, row, err);
        if (st != RR_OK)
            return st;
        memcpy(x, row->frames, T * D * sizeof *x);
        if (scaling != NULL) {
            rri_scale(scaling, x, T);
            const size_t bad = rri_first_nonfinite(x, T, D, D);
            if (bad < T)
                return refuse_value(f, row, x + bad * D, bad, " when scaled", err);
        }
    } else {
        for (size_t t = 0; t < T; t++)
            ds->symbols[to + t] = (uint32_t)row->symbols[t];
    }
    for (size_t t = 0; ds->step_label != NULL && t < T; t++)
        ds->step_label[to + t] = row->labels[t] < 0 ? RR_NO_LABEL : (uint32_t)row->labels[t];
    if (ds->part != NULL)
        memcpy(ds->part + to, row->sources, T * sizeof *ds->part);
    ds->label[ds->count++] = row->label;
    ds->offset[ds->count] = to + T;
    return RR_OK;
}

static rr_status take_rows(const rri_frames *f, const rr_scaling *scaling, bool image,
                           rr_split split, size_t limit, rr_dataset **out, rr_error *err)
{
    const rr_dataset_shape shape = { .width = f->width,
                                     .vocabulary = f->vocabulary,
                                     .classes = f->classes,
                                     .class_names = f->class_names,
                                     .unlabelled = f->unlabelled[split],
                                     .step_labelled = f->step_labelled[split],
                                     .parts = f->sourced[split],
                                     .image = image };
    rr_dataset *ds = NULL;
    size_t count = 0;
    size_t steps = 0;
    rr_status st = RR_OK;

    for (size_t i = 0; i < f->count && count < limit; i++)
        if (f->row[i].split == split) {
            count++;
            steps += f->row[i].steps;
        }
    RRI_TRY(rri_dataset_new(&shape, count, steps, &ds, err));
    ds->count = 0;
    for (size_t i = 0; ds->count < count; i++)
        if (f->row[i].split == split)
            RRI_TRY(take_row(ds, f, &f->row[i], scaling, err));
    RRI_TRY(take_origins(f, split, ds, err));
    *out = ds;
    ds = NULL;

done:
    rr_dataset_free(ds);
    return st;
}

rr_status rri_frames_take(const rri_frames *f, const rri_request *in, rr_split split, size_t limit,
                          rr_dataset **out, rr_error *err)
{
    const rr_scaling *scaling = &in->scaler->now;
    rr_dataset *ds = NULL;
    bool image = false;
    rr_status st = RR_OK;

    RRI_TRY(read_image(f, in, &image, err));
    RRI_TRY(fit_scaling(f, in, err));
    if (scaling->kind == RR_SCALE_NONE || f->width == 0)
        scaling = NULL;
    else if (scaling->width != f->width)
        RRI_TRY(rri_fail_scaling(in->spec->path, scaling->width, f->width, err));
    RRI_TRY(take_rows(f, scaling, image, split, limit, &ds, err));
    RRI_TRY(rri_dataset_seal(ds, err));
    *out = ds;
    ds = NULL;

done:
    rr_dataset_free(ds);
    return st;
}
