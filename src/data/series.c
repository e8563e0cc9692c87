/* SPDX-License-Identifier: MIT */
/* series.c - keeps sequences of numbers as they are read from text files, and makes datasets of
 * them. */
#include "data/series.h"

#include "core/utf8.h"

#include <math.h>
#include <string.h>
#include <strings.h>

void rri_series_forget(void *state)
{
    rri_series *s = state;

    rri_frames_clear(&s->f);
    rri_free(s->begin);
    rri_free(s->value);
    rri_free(s->tag);
    rri_labels_clear(&s->labels);
    rri_free(s->class_name);
    *s = (rri_series){ .value = NULL };
}

void rri_series_close(void *state)
{
    if (state == NULL)
        return;
    rri_series_forget(state);
    rri_free(state);
}

/* ---- values --------------------------------------------------------------------------------- */

rr_status rri_series_add(rri_series *s, size_t n, float **out, rr_error *err)
{
    rr_status st = RR_OK;

    if (n > s->capacity - s->used) {
        const size_t capacity = rri_max(1 << 14, 2 * s->capacity) + n;
        RRI_TRY(rri_grow(&s->value, s->used, capacity, sizeof *s->value, err));
        s->capacity = capacity;
    }
    *out = s->value + s->used;
    s->used += n;

done:
    return st;
}

rr_status rri_series_tag(rri_series *s, size_t begin, const int64_t *label, size_t n, rr_error *err)
{
    const size_t first = begin / s->f.width;
    rr_status st = RR_OK;

    if (first + n > s->tag_capacity) {
        const size_t capacity = rri_max(1 << 12, 2 * s->tag_capacity) + n;
        RRI_TRY(rri_grow(&s->tag, first, capacity, sizeof *s->tag, err));
        s->tag_capacity = capacity;
    }
    memcpy(s->tag + first, label, n * sizeof *label);

done:
    return st;
}

bool rri_series_number(const char *text, float *out)
{
    static const char *const missing[] = { "", "?", "nan", "na", "null" };
    char copy[64];
    double v = 0.0;

    while (rri_is_blank(*text))
        text++;
    size_t n = strlen(text);
    if (n > 0 && rri_is_blank(text[n - 1])) {
        while (n > 0 && rri_is_blank(text[n - 1]))
            n--;
        if (n >= sizeof copy)
            return false;
        memcpy(copy, text, n);
        copy[n] = '\0';
        text = copy;
    }
    if (rri_parse_f64(text, &v)) {
        *out = (float)v;
        return isfinite(*out);
    }
    *out = NAN;
    for (size_t i = 0; i < sizeof missing / sizeof *missing; i++)
        if (strcasecmp(text, missing[i]) == 0)
            return true;
    return false;
}

/* The first missing value of a sequence. */
static rr_status refuse_missing(const rri_series *s, const rri_frame_row *row, const float *x,
                                rr_error *err)
{
    const size_t D = s->f.width;
    const size_t steps = rri_unpadded(x, row->steps, D);
    size_t k = 0;

    while (!isnan(x[k]))
        k++;
    return rri_fail(err, RR_ERR_FORMAT, (int64_t)row->at,
                    "%s, line %zu: value %zu of dimension %zu is missing%s", s->f.part[row->part],
                    row->at, k / D + 1, k % D + 1,
                    !s->padded && k / D >= steps
                        ? "; if sequences are filled up at their ends, add pad=nan"
                        : "; a network needs every value: fill it in, or leave the sequence out");
}

rr_status rri_series_end(rri_series *s, rri_frame_row row, size_t begin, rr_error *err)
{
    const size_t D = s->f.width;
    const size_t before = s->f.count;
    rr_status st = RR_OK;

    row.steps = (s->used - begin) / D;
    if (s->padded && row.steps > 0)
        row.steps = rri_unpadded(s->value + begin, row.steps, D);
    if (row.steps == 0)
        RRI_TRY(rri_fail(err, RR_ERR_SHAPE, (int64_t)row.at,
                         "%s, line %zu: a sequence without a "
                         "value",
                         s->f.part[row.part], row.at));
    const float *x = s->value + begin;
    if (rri_first_nonfinite(x, row.steps, D, D) < row.steps)
        RRI_TRY(refuse_missing(s, &row, x, err));
    s->used = begin + row.steps * D;
    RRI_TRY(rri_frames_add(&s->f, row, err));
    if (before == 0 || (before & (before - 1)) == 0) /* room for a power of two */
        RRI_TRY(rri_grow(&s->begin, before, rri_max(2 * before, 1), sizeof *s->begin, err));
    s->begin[before] = begin;

done:
    return st;
}

/* ---- all of it ------------------------------------------------------------------------------ */

/* The labels of the steps of a row, as numbers of classes in order; and that of the row where they
 * decide. */
static rr_status place_tags(rri_series *s, size_t i, const uint32_t *place, rr_error *err)
{
    rri_frame_row *row = &s->f.row[i];
    int64_t *tag = s->tag + s->begin[i] / s->f.width;
    int64_t last = -1;

    for (size_t t = 0; t < row->steps; t++) {
        tag[t] = tag[t] < 0 ? -1 : (int64_t)place[tag[t]];
        last = tag[t] < 0 ? last : tag[t];
    }
    row->labels = tag;
    if (!s->by_tags)
        return RR_OK;
    if (last < 0)
        return rri_fail(err, RR_ERR_FORMAT, (int64_t)row->at,
                        "%s, line %zu: no step of the sequence that begins here has a label, and "
                        "there is no column of labels of sequences",
                        s->f.part[row->part], row->at);
    row->label = (uint32_t)last;
    return RR_OK;
}

/* Classes in order; labels become their numbers in it. */
static rr_status order_classes(rri_series *s, rri_notes *notes, rr_error *err)
{
    const size_t C = s->labels.plain.count;
    uint32_t *place = NULL;
    rr_status st = RR_OK;

    s->f.classes = rri_max(C, 1);
    if (C == 0 && s->tagged)
        RRI_TRY(rri_fail(err, RR_ERR_FORMAT, -1, "%s: no step has a label", s->f.part[0]));
    if (C == 0) /* without labels */
        return RR_OK;
    RRI_TRY(rri_alloc(&s->class_name, C, 1, sizeof *s->class_name, err));
    RRI_TRY(rri_alloc(&place, C, 1, sizeof *place, err));
    RRI_TRY(rri_labels_order(&s->labels, s->class_name, place, notes, err));
    s->f.class_names = s->class_name;
    for (size_t i = 0; i < s->f.count; i++)
        if (!s->f.unlabelled[s->f.row[i].split] && !s->by_tags)
            s->f.row[i].label = place[s->f.row[i].label];
    for (size_t i = 0; s->tagged && i < s->f.count; i++)
        RRI_TRY(place_tags(s, i, place, err));

done:
    rri_free(place);
    return st;
}

static rr_status divide(rri_series *s, const rri_spec *spec, rr_error *err)
{
    bool has[3] = { false };
    rri_division division;
    rr_status st = RR_OK;

    rri_frames_splits(&s->f, has);
    if (s->divided)
        RRI_TRY(rri_refuse_division(spec, "a column of splits (`split=` passes it over)", err));
    RRI_TRY(rri_frames_division(spec, has, &division, err));
    RRI_TRY(rri_frames_divide(&s->f, &division, err));

done:
    return st;
}

static rr_status read_all(const rri_request *in, rri_series_reader *read, rri_series *s,
                          rr_error *err)
{
    rr_status st = RR_OK;

    for (size_t i = 0; i < in->paths->count; i++)
        s->f.part[i] = in->paths->path[i];
    RRI_TRY(rri_frames_padded(in->spec, &s->padded, err));
    RRI_TRY(read(in, s, err));
    if (s->f.count == 0)
        RRI_TRY(rri_fail(err, RR_ERR_FORMAT, -1, "%s:%s holds no sequence", in->spec->kind,
                         in->spec->path));
    for (size_t i = 0; i < s->f.count; i++)
        s->f.row[i].frames = s->value + s->begin[i];
    RRI_TRY(order_classes(s, in->notes, err));
    RRI_TRY(divide(s, in->spec, err));

done:
    if (st != RR_OK)
        rri_series_forget(s);
    return st;
}

rr_status rri_series_open(const rri_request *in, rri_series_reader *read, bool has[3], void **state,
                          rr_error *err)
{
    rri_series *s = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&s, 1, 1, sizeof *s, err));
    RRI_TRY(read_all(in, read, s, err));
    rri_frames_splits(&s->f, has);
    *state = s;
    s = NULL;

done:
    rri_series_close(s);
    return st;
}

rr_status rri_series_load(const rri_request *in, rri_series_reader *read, void *state,
                          rr_split split, size_t limit, rr_dataset **out, rr_error *err)
{
    rri_series *s = state;
    rr_status st = RR_OK;

    if (s->f.count == 0) /* all splits were loaded before, and forgotten */
        RRI_TRY(read_all(in, read, s, err));
    RRI_TRY(rri_frames_take(&s->f, in, split, limit, out, err));

done:
    return st;
}
