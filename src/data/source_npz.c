/* SPDX-License-Identifier: MIT */
/* source_npz.c - reads npz:FILE, datasets in NumPy's container. Written by dataset_save.c.
 *
 *     x            frames: [N][T][D]; or with lengths [sum T][D], or [N][T][D] filled up to T.
 *                  Floats may lack the D, which is then 1
 *                  symbols: integers [N][T]; or with lengths [sum T], or [N][T] filled up
 *     y            [N] whole numbers 0..C-1, of any type, or texts; or [N][C] with a single 1 a row
 *     lengths      [N], each at least 1
 *     step_label   labels of steps, classes of the same names as y: [N][T], or [sum T]; whole
 *                  numbers, negative for none, or texts, empty for none. y may be absent then: a
 *                  sequence has the label of its last labelled step
 *     id           [N] the rows' own ids, texts or whole numbers; or the array the parameter `id`
 *                  names
 *     (part)       the array the parameter `part` names, of the shape of step_label
 *     split        [N], 0 train, 1 dev, 2 test, or these words; without it all rows are train, less
 *                  what `holdout` and `dev` move
 *     classes      one integer, C; without it the largest label of the file + 1
 *     vocabulary   one integer, V; without it the largest symbol of the file + 1
 *     class_names  C texts; or integers: UTF-8 bytes, each of C names closed by a 0
 *
 * Instead of x, y, lengths and split there may be x_train, y_train, lengths_train, and the same for
 * _test and _val (_dev, _valid, _validation). The letters may be capitals. npz_table.c reads all
 * but x. */
#include "data/frames.h"
#include "data/npz_table.h"

#include <string.h>

/* An open file. What says which splits there are is read first, all else once a split is requested.
 */
typedef struct archive {
    rri_npz *z; /* NULL once all is read */
    rri_npz_table t;
    rri_division division;
    rri_npy x[3]; /* by part */
    rri_frames f; /* points into the others; its path is NULL until they are read */
} archive;

static void forget(void *state)
{
    archive *a = state;

    for (size_t p = 0; p < a->t.parts; p++)
        rri_npy_clear(&a->x[p]);
    rri_npz_table_forget(&a->t);
    rri_frames_clear(&a->f);
}

static void close_archive(void *state)
{
    archive *a = state;

    if (a == NULL)
        return;
    forget(a);
    rri_npz_table_clear(&a->t);
    rri_npz_close(a->z);
    rri_free(a);
}

static rr_status open_file(const rri_spec *spec, rri_npz **z, rr_error *err)
{
    rri_source_reads++;
    return rri_npz_open(spec->path, z, err);
}

/* ---- splits --------------------------------------------------------------------------------- */

static void find_splits(const rri_npz_table *t, bool has[3])
{
    for (size_t i = 0; i < t->splits; i++)
        has[t->split[i]] = true;
    for (size_t p = 0; t->split == NULL && p < t->parts; p++)
        has[t->part[p].split] = true;
}

static rr_status open_archive(const rri_request *in, bool has[3], void **state, rr_error *err)
{
    archive *a = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&a, 1, 1, sizeof *a, err));
    RRI_TRY(open_file(in->spec, &a->z, err));
    RRI_TRY(rri_npz_table_open(a->z, in->spec->path, &a->t, err));
    find_splits(&a->t, has);
    RRI_TRY(rri_frames_division(in->spec, has, &a->division, err));
    has[RR_SPLIT_TEST] = has[RR_SPLIT_TEST] || a->division.holdout > 0.0;
    has[RR_SPLIT_DEV] = has[RR_SPLIT_DEV] || a->division.dev > 0.0;
    *state = a;
    a = NULL;

done:
    close_archive(a);
    return st;
}

/* ---- the form of x -------------------------------------------------------------------------- */

/* How the rows of a part lie in its x. */
typedef struct layout {
    bool frames;  /* else symbols */
    bool ragged;  /* one after another, else each in T steps */
    size_t steps; /* T */
    size_t width; /* D, 1 for symbols */
} layout;

static rr_status wrong_rank(const rri_npz_table *t, const rri_npz_part *p, const rri_npy *x,
                            rr_error *err)
{
    return rri_fail(
        err, RR_ERR_SHAPE, -1,
        "%s: %s has %zu dimensions; frames need [N][T][D] or, with lengths, [steps][D]; "
        "symbols (integers) [N][T] or, with lengths, [steps]",
        t->path, p->x, x->rank);
}

static size_t sum_lengths(const rri_npz_part *p)
{
    size_t steps = 0;

    for (size_t i = 0; p->length != NULL && i < p->count; i++)
        steps += p->length[i]; /* below 2^32 each */
    return steps;
}

/* Rank and type decide what the rows are: integers of two dimensions are symbols, unless lengths
 * say that the rows lie one after another. */
static rr_status find_form(const rri_npz_table *t, const rri_npz_part *p, const rri_npy *x,
                           layout *out, rr_error *err)
{
    const size_t rank = x->rank == 4 && x->shape[3] == 1 ? 3 : x->rank; /* images of one channel */
    const bool integers = x->kind == RRI_NPY_INTEGER;
    const bool lengths = p->length != NULL;

    if (rank == 0 || rank > 3 || (rank == 1 && !lengths))
        return wrong_rank(t, p, x, err);
    out->ragged = lengths && rank < 3 &&
                  (rank == 1 || x->shape[0] == sum_lengths(p) || x->shape[0] != p->count);
    out->frames = !integers || rank == 3 || (rank == 2 && out->ragged);
    out->steps = out->ragged ? 0 : x->shape[1];
    out->width = rank == 3 ? x->shape[2] : rank == 2 && out->ragged ? x->shape[1] : 1;
    if (out->width == 0 || out->width > UINT32_MAX)
        return rri_fail(err, RR_ERR_SHAPE, -1, "%s: %s has frames of width %zu", t->path, p->x,
                        out->width);
    if (!out->ragged && (out->steps == 0 || out->steps > UINT32_MAX))
        return rri_fail(err, RR_ERR_SHAPE, 0, "%s: length %zu of row 0 of %s", t->path, out->steps,
                        p->x);
    return RR_OK;
}

/* x has as many rows, or steps, as y and the lengths say. */
static rr_status check_rows(const rri_npz_table *t, const rri_npz_part *p, const rri_npy *x,
                            const layout *form, rr_error *err)
{
    size_t steps = 0;
    size_t i = 0;

    if (!form->ragged) {
        if (x->shape[0] != p->count)
            return rri_fail(err, RR_ERR_SHAPE, -1, "%s: %s has %zu rows, but %s has %zu", t->path,
                            p->x, x->shape[0], rri_npz_rows_of(p), p->count);
        for (; p->length != NULL && i < p->count; i++)
            if (p->length[i] > form->steps)
                return rri_fail(err, RR_ERR_SHAPE, (int64_t)i,
                                "%s: length %zu of row %zu, but %s has %zu steps a row", t->path,
                                p->length[i], i, p->x, form->steps);
        return RR_OK;
    }
    while (i < p->count && p->length[i] <= x->shape[0] - steps)
        steps += p->length[i++];
    if (i < p->count)
        return rri_fail(err, RR_ERR_SHAPE, (int64_t)i,
                        "%s: %s has %zu steps, which end within row %zu of %zu", t->path, p->x,
                        x->shape[0], i, p->count);
    if (x->shape[0] != steps)
        return rri_fail(err, RR_ERR_SHAPE, -1, "%s: %s has %zu steps, but lengths add up to %zu",
                        t->path, p->x, x->shape[0], steps);
    return RR_OK;
}

/* How an array of one number a step lies: the steps of a row `stride` after those of the row
 * before, or where it is 0 right after them. SHAPE: it has not a number for each step. */
static rr_status step_stride(const rri_npz_table *t, const rri_npz_part *p, const layout *form,
                             const char *name, const rri_npy *a, size_t *stride, rr_error *err)
{
    const size_t rank = a->rank == 3 && a->shape[2] == 1 ? 2 : a->rank;
    size_t steps = 0; /* of all rows */

    for (size_t i = 0; i < p->count; i++)
        steps += p->length != NULL ? p->length[i] : form->steps;
    *stride = 0;
    if (rank == 1 && !form->ragged && a->items != steps && a->items == p->count * form->steps)
        *stride = form->steps; /* without its dimensions, filled up as x is */
    if (rank == 2 && a->shape[1] != 1)
        *stride = a->shape[1];
    if (rank == 0 || rank > 2 || (*stride == 0 && a->items != steps) ||
        (*stride != 0 && a->items != p->count * *stride))
        return rri_fail(err, RR_ERR_SHAPE, -1,
                        "%s: %s has %zu items in %zu dimension%s where a number for each of %zu "
                        "steps of %zu rows is meant: [%zu], or [%zu][T]",
                        t->path, name, a->items, a->rank, a->rank == 1 ? "" : "s", steps, p->count,
                        steps, p->count);
    for (size_t i = 0; *stride != 0 && i < p->count; i++)
        if ((p->length != NULL ? p->length[i] : form->steps) > *stride)
            return rri_fail(err, RR_ERR_SHAPE, (int64_t)i,
                            "%s: %s has %zu items for row %zu, which has %zu steps", t->path, name,
                            *stride, i, p->length != NULL ? p->length[i] : form->steps);
    return RR_OK;
}

/* ---- values --------------------------------------------------------------------------------- */

/* Note what is made of integers: bytes are grey levels, as mnist reads them, others stay. */
static rr_status convert_integers(const rri_npz_table *t, const rri_npz_part *p,
                                  const rri_request *in, rri_npy *x, rr_error *err)
{
    if (strcmp(x->type, "uint8") != 0 && rri_frames_standardised(in))
        return RR_OK; /* scaled soon */
    if (strcmp(x->type, "uint8") != 0)
        return rri_notes_add(in->notes, err,
                             "%s: %s holds integers (%s), which are taken as they are; "
                             "scale=standard or scale=minmax would scale them",
                             t->path, p->x, x->type);
    for (size_t i = 0; i < x->items; i++)
        x->f32[i] /= 255.0F;
    return rri_notes_add(in->notes, err,
                         "%s: %s holds bytes (uint8): grey levels, divided by 255 as mnist does",
                         t->path, p->x);
}

/* Every symbol must be below V; where neither the file nor the request says it, the largest of all
 * parts decides, and a note says that the integers are taken for symbols. */
static rr_status check_symbols(const rri_npz_table *t, rri_frames *f, const rri_request *in,
                               rr_error *err)
{
    static const char as_frames[] = "; save frames of one column as floats, or as [N][T][1]";
    const size_t given = t->vocabulary != 0 ? t->vocabulary : in->vocabulary;
    const size_t bound = given != 0 ? given : UINT32_MAX;
    size_t largest = 0;

    for (size_t i = 0; i < f->count; i++)
        for (size_t s = 0; s < f->row[i].steps; s++) {
            const int64_t v = f->row[i].symbols[s];
            if (v < 0 || (uint64_t)v >= bound)
                return rri_fail(err, RR_ERR_FORMAT, (int64_t)f->row[i].at,
                                "%s: symbol %lld of row %zu, step %zu of %s is outside 0..%zu%s",
                                t->path, (long long)v, f->row[i].at, s, f->part[f->row[i].part],
                                bound - 1, given != 0 ? "" : as_frames);
            largest = rri_max(largest, (size_t)v);
        }
    f->vocabulary = given != 0 ? given : largest + 1;
    if (given != 0)
        return RR_OK;
    return rri_notes_add(in->notes, err, "%s: %s holds integers, taken for %zu symbols%s", t->path,
                         f->part[0], f->vocabulary, as_frames);
}

/* The label of a row without one of its own is that of its last labelled step. */
static rr_status label_row(const rri_npz_table *t, const rri_npz_part *p, rri_frame_row *row,
                           rr_error *err)
{
    size_t n = row->steps;

    if (p->y[0] != '\0' || row->labels == NULL)
        return RR_OK;
    while (n > 0 && row->labels[n - 1] < 0)
        n--;
    if (n == 0)
        return rri_fail(err, RR_ERR_FORMAT, (int64_t)row->at,
                        "%s: no step of row %zu has a label in %s, and there is no y to label the "
                        "row",
                        t->path, row->at, p->steps);
    row->label = (uint32_t)row->labels[n - 1];
    return RR_OK;
}

/* Give a row its id, as a text. */
static rr_status name_row(archive *a, const rri_npy *id, size_t i, rri_frame_row *row,
                          rr_error *err)
{
    char digits[24];
    const char *text = digits;

    if (id->items == 0)
        return RR_OK;
    if (id->text != NULL)
        text = id->text + i * id->stride;
    else
        (void)rri_snprintf(digits, sizeof digits, "%lld", (long long)id->i64[i]);
    return rri_frames_name(&a->f, text, strlen(text), row, err);
}

/* Append the rows of a part. */
static rr_status add_rows(archive *a, size_t part, const layout *form, bool padded, rr_error *err)
{
    const rri_npz_part *p = &a->t.part[part];
    const rri_npy *x = &a->x[part];
    size_t at = 0;               /* first step of the row in x, */
    size_t among = 0;            /* and where rows lie one after another */
    size_t stride[2] = { 0, 0 }; /* of step_label and the array of sources */
    rr_status st = RR_OK;

    if (p->step.i64 != NULL)
        RRI_TRY(step_stride(&a->t, p, form, p->steps, &p->step, &stride[0], err));
    if (p->source.i64 != NULL)
        RRI_TRY(step_stride(&a->t, p, form, "the array of part=", &p->source, &stride[1], err));
    for (size_t i = 0; i < p->count; i++) {
        rri_frame_row row = { .at = i,
                              .part = (unsigned char)part,
                              .steps = p->length != NULL ? p->length[i] : form->steps,
                              .label = p->label[i] };
        row.split = (unsigned char)(a->t.split != NULL ? a->t.split[i] : p->split);
        if (form->frames)
            row.frames = x->f32 + at * form->width;
        else
            row.symbols = x->i64 + at;
        if (p->step.i64 != NULL)
            row.labels = p->step.i64 + (stride[0] != 0 ? i * stride[0] : among);
        if (p->source.i64 != NULL)
            row.sources = p->source.i64 + (stride[1] != 0 ? i * stride[1] : among);
        at += form->ragged ? row.steps : form->steps;
        among += row.steps;
        if (form->frames && padded)
            row.steps = rri_unpadded(row.frames, row.steps, form->width);
        if (row.steps == 0)
            RRI_TRY(rri_fail(err, RR_ERR_SHAPE, (int64_t)i, "%s: row %zu of %s is nothing but nan",
                             a->t.path, i, p->x));
        RRI_TRY(label_row(&a->t, p, &row, err));
        RRI_TRY(name_row(a, &p->id, i, &row, err));
        RRI_TRY(rri_frames_add(&a->f, row, err));
    }

done:
    return st;
}

/* The parts are of one kind and width. */
static rr_status same_form(const archive *a, size_t part, const layout *form, rr_error *err)
{
    const rri_npz_part *p = a->t.part;
    const size_t width = form->frames ? form->width : 0;

    if (part > 0 && width != a->f.width)
        return rri_fail(err, RR_ERR_SHAPE, -1,
                        "%s: %s has frames of width %zu, but %s of %zu (0: it holds symbols)",
                        a->t.path, p[part].x, width, p[0].x, a->f.width);
    return RR_OK;
}

static rr_status read_part(archive *a, const rri_request *in, size_t part, rr_error *err)
{
    rri_npz_part *p = &a->t.part[part];
    rri_npy *x = &a->x[part];
    layout form = { .width = 0 };
    bool padded = false;
    rr_status st = RR_OK;

    RRI_TRY(rri_frames_padded(in->spec, &padded, err));
    RRI_TRY(rri_npz_peek(a->z, p->x, x, err));
    if (x->kind == RRI_NPY_TEXT)
        RRI_TRY(
            rri_fail(err, RR_ERR_FORMAT, -1, "%s: %s holds texts, not numbers", a->t.path, p->x));
    RRI_TRY(find_form(&a->t, p, x, &form, err));
    RRI_TRY(check_rows(&a->t, p, x, &form, err));
    RRI_TRY(same_form(a, part, &form, err));
    RRI_TRY(form.frames ? rri_npz_read_floats(a->z, p->x, x, err)
                        : rri_npz_read(a->z, p->x, x, err));
    if (form.frames && x->kind == RRI_NPY_INTEGER)
        RRI_TRY(convert_integers(&a->t, p, in, x, err));
    a->f.width = form.frames ? form.width : 0;
    a->f.part[part] = p->x;
    a->f.unlabelled[p->split] = p->y[0] == '\0' && p->step.i64 == NULL;
    a->f.step_labelled[p->split] = p->step.i64 != NULL;
    a->f.sourced[p->split] = p->source.i64 != NULL;
    RRI_TRY(add_rows(a, part, &form, padded, err));

done:
    return st;
}

/* Read and check all arrays, unless they are there. */
static rr_status read_archive(archive *a, const rri_request *in, rr_error *err)
{
    rr_status st = RR_OK;

    if (a->f.path != NULL)
        return RR_OK;
    if (a->z == NULL)
        RRI_TRY(open_file(in->spec, &a->z, err));
    a->f.path = in->spec->path;
    RRI_TRY(rri_npz_table_read(a->z, in, &a->t, err));
    for (size_t p = 0; p < a->t.parts; p++)
        RRI_TRY(read_part(a, in, p, err));
    if (!a->t.by_split) { /* its splits are all of one array */
        rri_frames_like_train(&a->f, RR_SPLIT_DEV);
        rri_frames_like_train(&a->f, RR_SPLIT_TEST);
    }
    if (a->f.width == 0)
        RRI_TRY(check_symbols(&a->t, &a->f, in, err));
    a->f.classes = a->t.classes;
    a->f.class_names = a->t.name;
    RRI_TRY(rri_frames_divide(&a->f, &a->division, err));
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
    archive *a = state;
    rr_status st = RR_OK;

    RRI_TRY(read_archive(a, in, err));
    RRI_TRY(rri_frames_take(&a->f, in, split, limit, out, err));

done:
    return st;
}

const rri_source_kind rri_source_npz = {
    .kind = "npz",
    .path = "FILE",
    .parameters = { RRI_FRAMES_PARAMETERS, "part", "id", NULL },
    .open = open_archive,
    .load = load,
    .forget = forget,
    .close = close_archive,
};
