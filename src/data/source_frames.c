/* SPDX-License-Identifier: MIT */
/* source_frames.c - reads csv:FILE?frames=COLUMNS, tables of numbers.
 *
 * With `sequence=ID` a row is one step, of the values in the columns of `frames`; the rows with one
 * ID are one sequence, in the order of the file, also where others stand between them. Without it a
 * row is a whole sequence: its values are divided into steps of `width` values. The label, and the
 * split, must be the same in all rows of a sequence; `tags` names a column with a label for each
 * row. */
#include "data/series.h"
#include "data/table.h"

#include "data/words.h"

#include <math.h>
#include <string.h>

/* The columns in use, by their numbers. */
typedef struct columns {
    size_t *frame; /* [frames] */
    size_t frames, capacity;
    size_t label, split, sequence, tag, id;
    bool has_label, has_split, has_sequence, has_tag, has_id;
} columns;

/* A sequence of the file being read, whose rows may be anywhere in it. */
typedef struct sequence {
    rri_frame_row row;
    size_t rows;
    size_t begin; /* of its rows, among those of all sequences */
} sequence;

/* A file being read. */
typedef struct file {
    const rri_request *in;
    rri_series *out;
    const char *path;
    unsigned char number; /* in the list */
    rri_csv *csv;
    columns at;
    size_t width; /* D */
    /* with `sequence`: the steps of all sequences, in the order of the file */
    float *value;     /* [rows][D] */
    uint32_t *member; /* [rows] of a sequence */
    int64_t *tag;     /* [rows] labels of the steps where there is a column of them */
    size_t rows, capacity;
    sequence *list; /* [ids.count] */
    size_t list_capacity;
    rri_words ids;
    size_t returned, first_returned; /* sequences that go on after others, and the line */
} file;

static void close_file(file *f)
{
    rri_csv_close(f->csv);
    rri_free(f->at.frame);
    rri_free(f->value);
    rri_free(f->member);
    rri_free(f->tag);
    rri_free(f->list);
    rri_words_clear(&f->ids);
}

/* ---- columns -------------------------------------------------------------------------------- */

static rr_status add_columns(columns *at, size_t first, size_t last, rr_error *err)
{
    rr_status st = RR_OK;

    for (size_t c = first; c <= last; c++) {
        if (at->frames == at->capacity) {
            const size_t capacity = rri_max(32, 2 * at->capacity);
            RRI_TRY(rri_grow(&at->frame, at->frames, capacity, sizeof *at->frame, err));
            at->capacity = capacity;
        }
        at->frame[at->frames++] = c;
    }

done:
    return st;
}

/* A column, or all from one to another: FIRST-LAST, where no column is called so. */
static rr_status add_item(file *f, char *item, rr_error *err)
{
    bool has = false;
    size_t first = 0;
    size_t last = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_csv_find(f->csv, item, &has, &first, err));
    if (has)
        return add_columns(&f->at, first, first, err);
    for (char *dash = strchr(item, '-'); dash != NULL && !has; dash = strchr(dash + 1, '-')) {
        *dash = '\0';
        RRI_TRY(rri_csv_find(f->csv, item, &has, &first, err));
        if (has)
            RRI_TRY(rri_csv_find(f->csv, dash + 1, &has, &last, err));
        *dash = '-';
    }
    if (!has)
        RRI_TRY(rri_table_column(f->csv, "frames", item, true, &first, err)); /* fails */
    if (last < first)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "frames=%s: the last column stands before the first",
                         item));
    RRI_TRY(add_columns(&f->at, first, last, err));

done:
    return st;
}

static rr_status find_frames(file *f, rr_error *err)
{
    char *list = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_strdup(rri_spec_value(f->in->spec, "frames"), &list, err));
    for (char *item = list; item != NULL;) {
        char *next = strchr(item, ',');
        if (next != NULL)
            *next++ = '\0';
        RRI_TRY(add_item(f, item, err));
        item = next;
    }

done:
    rri_free(list);
    return st;
}

/* D: the columns of a step, or `width` of those of a whole sequence. */
static rr_status find_width(file *f, rr_error *err)
{
    const bool given = rri_spec_value(f->in->spec, "width") != NULL;
    size_t width = 1;

    if (f->at.has_sequence && given)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "width=%s beside sequence=: a row is then one step, as wide as `frames`",
                        rri_spec_value(f->in->spec, "width"));
    const rr_status st = rri_spec_size(f->in->spec, "width", 1, UINT32_MAX, &width, err);
    if (st != RR_OK)
        return st;
    f->width = f->at.has_sequence ? f->at.frames : width;
    if (f->at.frames % f->width != 0)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "width=%zu does not divide the %zu columns of frames=%s", width,
                        f->at.frames, rri_spec_value(f->in->spec, "frames"));
    if (f->out->f.width != 0 && f->out->f.width != f->width)
        return rri_fail(err, RR_ERR_SHAPE, -1, "%s: frames of width %zu, but %s has %zu", f->path,
                        f->width, f->out->f.part[0], f->out->f.width);
    f->out->f.width = f->width;
    return RR_OK;
}

/* The column of labels of steps; that of labels of sequences need not be there then. */
static rr_status find_tags(file *f, rr_error *err)
{
    const char *name = rri_spec_value(f->in->spec, "tags");
    rr_status st = RR_OK;

    f->at.has_tag = name != NULL;
    if (name == NULL)
        return rri_table_label(f->in, f->csv, &f->at.has_label, &f->at.label, err);
    if (rri_spec_value(f->in->spec, "sequence") == NULL)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "tags=%s labels steps: it takes sequence=COLUMN, where a row is a step",
                         name));
    RRI_TRY(rri_table_column(f->csv, "tags", name, true, &f->at.tag, err));
    f->out->tagged = true;
    f->out->by_tags = rri_spec_value(f->in->spec, "label") == NULL;
    if (!f->out->by_tags)
        RRI_TRY(rri_table_label(f->in, f->csv, &f->at.has_label, &f->at.label, err));

done:
    return st;
}

static rr_status find_columns(file *f, rr_error *err)
{
    const rri_spec *spec = f->in->spec;
    const char *name = rri_spec_value(spec, "sequence");
    rr_status st = RR_OK;

    RRI_TRY(find_frames(f, err));
    RRI_TRY(find_tags(f, err));
    f->at.has_sequence = name != NULL;
    if (name != NULL)
        RRI_TRY(rri_table_column(f->csv, "sequence", name, true, &f->at.sequence, err));
    RRI_TRY(rri_table_split(f->in, f->csv, &f->at.has_split, &f->at.split, err));
    f->out->divided = f->out->divided || f->at.has_split;
    if (name == NULL)
        RRI_TRY(rri_table_id(f->in, f->csv, &f->at.has_id, &f->at.id, err));
    else if (rri_spec_value(spec, "id") != NULL)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "id=%s beside sequence=%s: the name of a sequence is its id",
                         rri_spec_value(spec, "id"), name));
    RRI_TRY(find_width(f, err));

done:
    return st;
}

/* ---- rows ----------------------------------------------------------------------------------- */

/* The values of the row in the columns of frames, x [frames]. */
static rr_status read_values(const file *f, float *x, rr_error *err)
{
    for (size_t k = 0; k < f->at.frames; k++) {
        size_t bytes = 0;
        const char *field = rri_csv_field(f->csv, f->at.frame[k], &bytes);
        const size_t line = rri_csv_line(f->csv);
        if (!rri_series_number(field, &x[k]))
            return rri_fail(err, RR_ERR_FORMAT, (int64_t)line,
                            "%s, line %zu: \"%.40s\" in column %zu is no finite number of 32 bits",
                            f->path, line, field, f->at.frame[k] + 1);
        if (isnan(x[k]) && !f->out->padded)
            return rri_fail(err, RR_ERR_FORMAT, (int64_t)line,
                            "%s, line %zu: column %zu has no value (\"%.40s\"); if sequences are "
                            "filled up at their ends, add pad=nan",
                            f->path, line, f->at.frame[k] + 1, field);
    }
    return RR_OK;
}

/* What the row says of its sequence: label and split. */
static rr_status read_row(const file *f, rri_frame_row *row, rr_error *err)
{
    size_t bytes = 0;
    rr_status st = RR_OK;

    *row = (rri_frame_row){ .at = rri_csv_line(f->csv), .part = f->number };
    row->split = (unsigned char)rri_paths_split(f->in->paths, f->number);
    if (f->at.has_split) {
        const char *name = rri_csv_field(f->csv, f->at.split, &bytes);
        st = rri_split_find(name, (int64_t)row->at, &row->split, err);
        if (st != RR_OK)
            return rri_prefix(err, st, "%s, line %zu", f->path, row->at);
    }
    if (f->at.has_label) {
        const char *label = rri_csv_field(f->csv, f->at.label, &bytes);
        size_t n = 0;
        (void)rri_label_plain(label, bytes, &n);
        if (n == 0)
            RRI_TRY(rri_fail(err, RR_ERR_FORMAT, (int64_t)row->at,
                             "%s, line %zu: there is no label", f->path, row->at));
        RRI_TRY(rri_labels_find(&f->out->labels, f->path, row->at, label, bytes, &row->label, err));
    }

done:
    return st;
}

/* The id of the row's sequence, in a column. */
static rr_status name_row(const file *f, size_t column, rri_frame_row *row, rr_error *err)
{
    size_t bytes = 0;
    const char *id = rri_csv_field(f->csv, column, &bytes);

    return rri_frames_name(&f->out->f, id, bytes, row, err);
}

/* A row that is a whole sequence. */
static rr_status read_whole(file *f, rr_error *err)
{
    const size_t begin = f->out->used;
    rri_frame_row row;
    float *x = NULL;
    rr_status st = RR_OK;

    RRI_TRY(read_row(f, &row, err));
    if (f->at.has_id)
        RRI_TRY(name_row(f, f->at.id, &row, err));
    RRI_TRY(rri_series_add(f->out, f->at.frames, &x, err));
    RRI_TRY(read_values(f, x, err));
    RRI_TRY(rri_series_end(f->out, row, begin, err));

done:
    return st;
}

/* ---- rows that are steps -------------------------------------------------------------------- */

/* A later row must say the same of its sequence as the first. */
static rr_status check_same(const file *f, const char *id, const rri_frame_row *first,
                            const rri_frame_row *row, rr_error *err)
{
    const bool label = first->label != row->label;
    size_t bytes = 0;

    if (!label && first->split == row->split)
        return RR_OK;
    return rri_fail(err, RR_ERR_FORMAT, (int64_t)row->at,
                    "%s, line %zu: sequence \"%.40s\" has another %s here, \"%.40s\", than on "
                    "line %zu%s",
                    f->path, row->at, id, label ? "label" : "split",
                    rri_csv_field(f->csv, label ? f->at.label : f->at.split, &bytes), first->at,
                    label ? "; tags=COLUMN reads a label for each row" : "");
}

/* The sequence of the row, which is new or must agree with it. */
static rr_status find_sequence(file *f, const rri_frame_row *row, uint32_t *out, rr_error *err)
{
    size_t bytes = 0;
    const char *id = rri_csv_field(f->csv, f->at.sequence, &bytes);
    const size_t before = f->ids.count;
    rr_status st = RR_OK;

    if (bytes == 0)
        RRI_TRY(rri_fail(err, RR_ERR_FORMAT, (int64_t)row->at,
                         "%s, line %zu: the column of sequences is empty", f->path, row->at));
    RRI_TRY(rri_words_add(&f->ids, id, bytes, false, out, err));
    if (*out < before) {
        if (*out != f->member[f->rows - 1] && f->returned++ == 0)
            f->first_returned = row->at;
        RRI_TRY(check_same(f, id, &f->list[*out].row, row, err));
    } else {
        if (before == f->list_capacity) {
            const size_t capacity = rri_max(256, 2 * before);
            RRI_TRY(rri_grow(&f->list, before, capacity, sizeof *f->list, err));
            f->list_capacity = capacity;
        }
        f->list[*out] = (sequence){ .row = *row };
        RRI_TRY(name_row(f, f->at.sequence, &f->list[*out].row, err));
    }
    f->list[*out].rows++;

done:
    return st;
}

/* The label of the row, a step; an empty one is none. */
static rr_status read_tag(const file *f, size_t line, int64_t *out, rr_error *err)
{
    size_t bytes = 0;
    size_t n = 0;
    uint32_t number = 0;
    rr_status st = RR_OK;

    *out = -1;
    if (!f->at.has_tag)
        return RR_OK;
    const char *label = rri_csv_field(f->csv, f->at.tag, &bytes);
    (void)rri_label_plain(label, bytes, &n);
    if (n == 0)
        return RR_OK;
    RRI_TRY(rri_labels_find(&f->out->labels, f->path, line, label, bytes, &number, err));
    *out = number;

done:
    return st;
}

/* A row that is a step of a sequence. */
static rr_status read_step(file *f, rr_error *err)
{
    rri_frame_row row;
    uint32_t number = 0;
    rr_status st = RR_OK;

    if (f->rows == f->capacity) {
        const size_t capacity = rri_max(1024, 2 * f->capacity);
        if (capacity > SIZE_MAX / sizeof *f->value / f->width)
            return rri_fail(err, RR_ERR_NOMEM, -1, "%s has too many values", f->path);
        RRI_TRY(
            rri_grow(&f->value, f->rows * f->width, capacity * f->width, sizeof *f->value, err));
        RRI_TRY(rri_grow(&f->member, f->rows, capacity, sizeof *f->member, err));
        RRI_TRY(rri_grow(&f->tag, f->rows, capacity, sizeof *f->tag, err));
        f->capacity = capacity;
    }
    RRI_TRY(read_row(f, &row, err));
    RRI_TRY(find_sequence(f, &row, &number, err));
    RRI_TRY(read_values(f, f->value + f->rows * f->width, err));
    RRI_TRY(read_tag(f, row.at, &f->tag[f->rows], err));
    f->member[f->rows++] = number;

done:
    return st;
}

/* The labels of the steps of a sequence, whose rows are listed and whose values begin at `first`;
 * label is scratch. */
static rr_status gather_tags(file *f, const size_t *rows, size_t n, size_t first, int64_t *label,
                             rr_error *err)
{
    for (size_t r = 0; r < n; r++)
        label[r] = f->tag[rows[r]];
    return rri_series_tag(f->out, first, label, n, err);
}

/* Bring the steps together by sequence. */
static rr_status gather(file *f, rr_error *err)
{
    const size_t D = f->width;
    size_t *order = NULL;  /* the rows, sequence by sequence */
    int64_t *label = NULL; /* scratch */
    size_t begin = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&order, f->rows, 1, sizeof *order, err));
    RRI_TRY(rri_alloc(&label, f->rows, 1, sizeof *label, err));
    for (size_t i = 0; i < f->ids.count; i++) {
        f->list[i].begin = begin;
        begin += f->list[i].rows;
        f->list[i].rows = 0;
    }
    for (size_t r = 0; r < f->rows; r++) {
        sequence *s = &f->list[f->member[r]];
        order[s->begin + s->rows++] = r;
    }
    for (size_t i = 0; i < f->ids.count; i++) {
        const sequence *s = &f->list[i];
        const size_t first = f->out->used;
        float *x = NULL;
        RRI_TRY(rri_series_add(f->out, s->rows * D, &x, err));
        for (size_t r = 0; r < s->rows; r++)
            memcpy(x + r * D, f->value + order[s->begin + r] * D, D * sizeof *x);
        if (f->at.has_tag)
            RRI_TRY(gather_tags(f, order + s->begin, s->rows, first, label, err));
        st = rri_series_end(f->out, s->row, first, err);
        if (st != RR_OK)
            RRI_TRY(rri_prefix(err, st, "sequence \"%.40s\"", rri_words_at(&f->ids, i)));
    }
    if (f->returned > 0)
        RRI_TRY(rri_notes_add(f->in->notes, err,
                              "%s: rows of one sequence stand apart %zu times, the first on line "
                              "%zu; they are joined in the order of the file",
                              f->path, f->returned, f->first_returned));

done:
    rri_free(order);
    rri_free(label);
    return st;
}

/* ---- the source ----------------------------------------------------------------------------- */

static rr_status read_file(const rri_request *in, size_t i, const rri_csv_options *options,
                           rri_series *out, rr_error *err)
{
    file f = { .in = in, .out = out, .path = in->paths->path[i], .number = (unsigned char)i };
    bool more = true;
    rr_status st = RR_OK;

    rri_source_reads++;
    RRI_TRY(rri_csv_open(f.path, options, &f.csv, err));
    RRI_TRY(find_columns(&f, err));
    for (;;) {
        RRI_TRY(rri_csv_next(f.csv, &more, err));
        if (!more)
            break;
        RRI_TRY(f.at.has_sequence ? read_step(&f, err) : read_whole(&f, err));
    }
    RRI_TRY(gather(&f, err));
    for (size_t s = 0; s < 3; s++)
        out->f.step_labelled[s] = out->tagged;
    if (!f.at.has_label && !f.at.has_tag)
        for (size_t s = 0; s < 3; s++)
            out->f.unlabelled[s] =
                out->f.unlabelled[s] || in->paths->count == 1 || s == rri_paths_split(in->paths, i);

done:
    close_file(&f);
    return st;
}

static rr_status read(const rri_request *in, rri_series *out, rr_error *err)
{
    const char *classes = rri_spec_value(in->spec, "classes");
    rri_csv_options options = { .encoding = NULL };
    rr_status st = RR_OK;

    RRI_TRY(rri_table_options(in->spec, &options, err));
    if (classes != NULL)
        RRI_TRY(rri_labels_name(&out->labels, classes, '|', err));
    for (size_t i = 0; i < in->paths->count; i++)
        RRI_TRY(read_file(in, i, &options, out, err));

done:
    return st;
}

static rr_status open_table(const rri_request *in, bool has[3], void **state, rr_error *err)
{
    return rri_series_open(in, read, has, state, err);
}

static rr_status load(const rri_request *in, void *state, rr_split split, size_t limit,
                      rr_dataset **out, rr_error *err)
{
    return rri_series_load(in, read, state, split, limit, out, err);
}

#define FRAMES_KIND(name)                                                                          \
    {                                                                                              \
        .kind = (name), .path = "FILE", .files = RRI_MOST_PATHS, .needs = "frames",                \
        .parameters = { RRI_FRAMES_PARAMETERS,                                                     \
                        RRI_TABLE_PARAMETERS,                                                      \
                        "frames",                                                                  \
                        "sequence",                                                                \
                        "id",                                                                      \
                        "width",                                                                   \
                        "label",                                                                   \
                        "tags",                                                                    \
                        "split",                                                                   \
                        "classes",                                                                 \
                        NULL },                                                                    \
        .open = open_table, .load = load, .forget = rri_series_forget, .close = rri_series_close   \
    }

const rri_source_kind rri_source_csv_frames = FRAMES_KIND("csv");
const rri_source_kind rri_source_tsv_frames = FRAMES_KIND("tsv");
