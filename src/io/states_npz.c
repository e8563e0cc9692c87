/* SPDX-License-Identifier: MIT */
/* states_npz.c - opens and checks a states file.
 *
 * The file is hostile input, or one that was put together by hand: what is wrong is named by array,
 * index and value. Arrays of whole numbers with a row a step are read once, to check their range
 * and, where the file does not say C or V, to find the largest. */
#include "io/states_npz.h"

#include "io/io.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { PIECE = 1 << 14, MOST_CLASSES = 65534 };

/* ---- small arrays --------------------------------------------------------------------------- */

static rr_status wrong_items(const rri_states_npz *f, const char *name, const rri_npy *a,
                             size_t items, const char *what, rr_error *err)
{
    return rri_fail(err, RR_ERR_SHAPE, -1,
                    "%s: %s has %zu dimensions and %zu items where %zu are meant: one a %s",
                    f->path, name, a->rank, a->items, items, what);
}

/* One dimension, or a second one of 1. */
static bool is_vector(const rri_npy *a)
{
    return a->rank == 1 || (a->rank == 2 && a->shape[1] == 1);
}

/* Numbers 0..limit-1 of `n` items ("sequence" says of what), [n] owned. */
static rr_status read_numbers(rri_states_npz *f, const char *name, size_t n, uint64_t least,
                              uint64_t limit, uint32_t **out, rr_error *err)
{
    rri_npy_stream *s = NULL;
    int64_t piece[256];
    rr_status st = RR_OK;

    RRI_TRY(rri_npy_stream_open(f->z, name, &s, err));
    const rri_npy *a = rri_npy_stream_about(s);
    if (!is_vector(a) || a->items != n)
        RRI_TRY(wrong_items(f, name, a, n, "sequence", err));
    RRI_TRY(rri_alloc(out, n, 1, sizeof **out, err));
    for (size_t at = 0; at < n;) {
        const size_t now = rri_min(sizeof piece / sizeof *piece, n - at);
        RRI_TRY(rri_npy_stream_integers(s, at, now, piece, err));
        for (size_t i = 0; i < now; i++) {
            if (piece[i] < (int64_t)least || (uint64_t)piece[i] >= limit)
                RRI_TRY(rri_fail(err, RR_ERR_FORMAT, (int64_t)(at + i),
                                 "%s: %s[%zu] is %" PRId64 ", outside %" PRIu64 "..%" PRIu64,
                                 f->path, name, at + i, piece[i], least, limit - 1));
            (*out)[at + i] = (uint32_t)piece[i];
        }
        at += now;
    }

done:
    rri_npy_stream_close(s);
    return st;
}

/* One number in 1..most; 0 where the array is not there. */
static rr_status read_size(rri_states_npz *f, const char *name, size_t most, size_t *out,
                           rr_error *err)
{
    rri_npy a = { .rank = 0 };
    rr_status st = RR_OK;

    *out = 0;
    if (!rri_npz_has(f->z, name))
        return RR_OK;
    RRI_TRY(rri_npz_read(f->z, name, &a, err));
    if (a.kind != RRI_NPY_INTEGER || a.items != 1)
        RRI_TRY(
            rri_fail(err, RR_ERR_FORMAT, -1, "%s: %s is not a single whole number", f->path, name));
    if (a.i64[0] < 1 || (uint64_t)a.i64[0] > most)
        RRI_TRY(rri_fail(err, RR_ERR_FORMAT, -1, "%s: %s is %" PRId64 ", outside 1..%zu", f->path,
                         name, a.i64[0], most));
    *out = (size_t)a.i64[0];

done:
    rri_npy_clear(&a);
    return st;
}

/* A single text, borrowed from *a; NULL where the array is not there. */
static rr_status read_text(rri_states_npz *f, const char *name, rri_npy *a, const char **out,
                           rr_error *err)
{
    *out = NULL;
    if (!rri_npz_has(f->z, name))
        return RR_OK;
    const rr_status st = rri_npz_read(f->z, name, a, err);
    if (st != RR_OK)
        return st;
    if (a->kind != RRI_NPY_TEXT || a->items != 1)
        return rri_fail(err, RR_ERR_FORMAT, -1, "%s: %s is not a single text", f->path, name);
    *out = a->text;
    return RR_OK;
}

/* A list of texts, one a `what`; no items where the array is not there. */
static rr_status read_texts(rri_states_npz *f, const char *name, const char *what, size_t most,
                            rri_npy *a, rr_error *err)
{
    if (!rri_npz_has(f->z, name))
        return RR_OK;
    const rr_status st = rri_npz_read(f->z, name, a, err);
    if (st != RR_OK)
        return st;
    if (a->kind != RRI_NPY_TEXT || !is_vector(a))
        return rri_fail(err, RR_ERR_FORMAT, -1, "%s: %s is not a list of texts, one a %s", f->path,
                        name, what);
    if (a->items == 0 || a->items > most)
        return rri_fail(err, RR_ERR_SHAPE, -1, "%s: %s has %zu items, not 1 to %zu", f->path, name,
                        a->items, most);
    return RR_OK;
}

/* ---- where the states come from -------------------------------------------------------------- */

static rr_status read_kind(rri_states_npz *f, rr_error *err)
{
    rri_npy a = { .rank = 0 };
    const char *word = NULL;
    unsigned kind = 0;
    rr_status st = RR_OK;

    RRI_TRY(read_text(f, "kind", &a, &word, err));
    if (word == NULL)
        RRI_TRY(rri_fail(err, RR_ERR_FORMAT, -1,
                         "%s has no array \"kind\", which says what the states are: one of the "
                         "texts %s",
                         f->path, rr_enum_words(RR_ENUM_STATES_KIND)));
    st = rr_enum_parse(RR_ENUM_STATES_KIND, word, &kind, err);
    if (st != RR_OK)
        RRI_TRY(rri_prefix(err, RR_ERR_FORMAT, "%s: kind", f->path));
    f->origin.kind = (rr_states_kind)kind;

done:
    rri_npy_clear(&a);
    return st;
}

static rr_status read_parity(rri_states_npz *f, rr_error *err)
{
    rri_npy_stream *s = NULL;
    double v[3] = { 0.0, 0.0, -1.0 };
    rr_status st = RR_OK;

    f->origin.difference = -1.0;
    if (!rri_npz_has(f->z, "parity"))
        return RR_OK;
    RRI_TRY(rri_npy_stream_open(f->z, "parity", &s, err));
    if (rri_npy_stream_about(s)->items != 3)
        RRI_TRY(rri_fail(err, RR_ERR_SHAPE, -1,
                         "%s: parity has %zu items, not 3: sequences compared, those that "
                         "disagree, the largest difference",
                         f->path, rri_npy_stream_about(s)->items));
    RRI_TRY(rri_npy_stream_doubles(s, 0, 3, v, err));
    if (!(v[0] >= 0.0 && v[0] < 0x1p53 && v[0] == trunc(v[0]) && v[1] >= 0.0 && v[1] <= v[0] &&
          v[1] == trunc(v[1])) ||
        isinf(v[2]))
        RRI_TRY(rri_fail(err, RR_ERR_FORMAT, -1,
                         "%s: parity is %g, %g, %g: not numbers of sequences compared, of those "
                         "that disagree, and a difference",
                         f->path, v[0], v[1], v[2]));
    f->origin.compared = (uint64_t)v[0];
    f->origin.disagreements = (uint64_t)v[1];
    if (v[0] > 0.0 && v[2] >= 0.0)
        f->origin.difference = v[2];

done:
    rri_npy_stream_close(s);
    return st;
}

static rr_status read_origin(rri_states_npz *f, rr_error *err)
{
    rri_npy a = { .rank = 0 };
    const char *model = NULL;
    rr_status st = RR_OK;

    f->origin.foreign = 1;
    RRI_TRY(read_kind(f, err));
    RRI_TRY(read_parity(f, err));
    RRI_TRY(read_text(f, "model", &a, &model, err));
    if (model != NULL && !rri_is_sha256_hex(model))
        RRI_TRY(rri_fail(err, RR_ERR_FORMAT, -1,
                         "%s: model is \"%.70s\", not 64 hexadecimal digits", f->path, model));
    if (model != NULL)
        memcpy(f->origin.model, model, sizeof f->origin.model);

done:
    rri_npy_clear(&a);
    return st;
}

/* ---- arrays with a row a step ---------------------------------------------------------------- */

/* Open an array of R rows and *columns columns: 0 for one dimension, SIZE_MAX for any number, which
 * it then is. */
static rr_status open_rows(rri_states_npz *f, const char *name, size_t *columns,
                           rri_npy_stream **out, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(rri_npy_stream_open(f->z, name, out, err));
    const rri_npy *a = rri_npy_stream_about(*out);
    if (*columns == 0 ? !is_vector(a) : a->rank != 2)
        RRI_TRY(rri_fail(err, RR_ERR_SHAPE, -1, "%s: %s has %zu dimension%s, not %d: %s", f->path,
                         name, a->rank, a->rank == 1 ? "" : "s", *columns == 0 ? 1 : 2,
                         *columns == 0 ? "a number a step" : "a row a step"));
    if (a->shape[0] != f->rows)
        RRI_TRY(rri_fail(err, RR_ERR_SHAPE, -1, "%s: %s has %zu rows, but steps add up to %zu",
                         f->path, name, a->shape[0], f->rows));
    if (*columns != 0 && (a->shape[1] == 0 || (*columns != SIZE_MAX && a->shape[1] != *columns)))
        RRI_TRY(rri_fail(err, RR_ERR_SHAPE, -1, "%s: %s has %zu columns, not %s%zu", f->path, name,
                         a->shape[1], *columns == SIZE_MAX ? "at least " : "",
                         *columns == SIZE_MAX ? (size_t)1 : *columns));
    if (*columns == SIZE_MAX)
        *columns = a->shape[1];

done:
    return st;
}

/* Rows first .. first+n-1 of a whole number each, all below `limit`; negative ones, which only
 * step_label may have, become RR_NO_LABEL. */
static rr_status read_rows(const rri_states_npz *f, const char *name, rri_npy_stream *s,
                           size_t limit, size_t first, size_t n, uint32_t *out, rr_error *err)
{
    int64_t piece[512];
    rr_status st = RR_OK;

    for (size_t at = 0; at < n;) {
        const size_t now = rri_min(sizeof piece / sizeof *piece, n - at);
        RRI_TRY(rri_npy_stream_integers(s, first + at, now, piece, err));
        for (size_t i = 0; i < now; i++) {
            const bool none = piece[i] < 0 && s == f->step_label;
            if (!none && (piece[i] < 0 || (uint64_t)piece[i] >= limit))
                RRI_TRY(rri_fail(err, RR_ERR_FORMAT, (int64_t)(first + at + i),
                                 "%s: %s[%zu] is %" PRId64 ", outside 0..%zu", f->path, name,
                                 first + at + i, piece[i], limit - 1));
            out[at + i] = none ? RR_NO_LABEL : (uint32_t)piece[i];
        }
        at += now;
    }

done:
    return st;
}

/* Check that all numbers are below `limit`; *largest is raised to the largest of them. */
static rr_status scan(const rri_states_npz *f, const char *name, rri_npy_stream *s, size_t limit,
                      size_t *largest, rr_error *err)
{
    uint32_t *piece = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&piece, PIECE, 1, sizeof *piece, err));
    for (size_t at = 0; at < f->rows;) {
        const size_t now = rri_min(PIECE, f->rows - at);
        RRI_TRY(read_rows(f, name, s, limit, at, now, piece, err));
        for (size_t i = 0; i < now; i++)
            if (piece[i] != RR_NO_LABEL)
                *largest = rri_max(*largest, piece[i]);
        at += now;
    }

done:
    rri_free(piece);
    return st;
}

rr_status rri_states_npz_predictions(const rri_states_npz *f, size_t first, size_t n, uint32_t *out,
                                     rr_error *err)
{
    return read_rows(f, "prediction", f->prediction, f->classes, first, n, out, err);
}

rr_status rri_states_npz_symbols(const rri_states_npz *f, size_t first, size_t n, uint32_t *out,
                                 rr_error *err)
{
    return read_rows(f, "symbol", f->symbol, f->vocabulary, first, n, out, err);
}

rr_status rri_states_npz_step_labels(const rri_states_npz *f, size_t first, size_t n, uint32_t *out,
                                     rr_error *err)
{
    return read_rows(f, "step_label", f->step_label, f->classes, first, n, out, err);
}

/* ---- sizes ---------------------------------------------------------------------------------- */

/* N, R, lengths and splits. */
static rr_status read_sequences(rri_states_npz *f, rr_error *err)
{
    rri_npy a = { .rank = 0 };
    uint32_t *split = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_npz_peek(f->z, "steps", &a, err));
    if (!is_vector(&a) || a.items == 0 || a.items > UINT32_MAX)
        RRI_TRY(rri_fail(err, RR_ERR_SHAPE, -1,
                         "%s: steps has %zu dimensions and %zu items: it is to hold the number of "
                         "steps of each sequence",
                         f->path, a.rank, a.items));
    f->sequences = a.items;
    RRI_TRY(read_numbers(f, "steps", f->sequences, 1, (uint64_t)UINT32_MAX + 1, &f->steps, err));
    RRI_TRY(rri_alloc(&f->first, f->sequences + 1, 1, sizeof *f->first, err));
    for (size_t i = 0; i < f->sequences; i++)
        f->first[i + 1] = f->first[i] + f->steps[i];
    f->rows = (size_t)f->first[f->sequences];
    if (f->rows != f->first[f->sequences])
        RRI_TRY(rri_fail(err, RR_ERR_SHAPE, -1, "%s: steps add up to %" PRIu64 ", too many to hold",
                         f->path, f->first[f->sequences]));
    if (!rri_npz_has(f->z, "split"))
        return RR_OK;
    RRI_TRY(read_numbers(f, "split", f->sequences, 0, RR_SPLIT_TEST + 1, &split, err));
    RRI_TRY(rri_alloc(&f->split, f->sequences, 1, 1, err));
    for (size_t i = 0; i < f->sequences; i++)
        f->split[i] = (unsigned char)split[i];

done:
    rri_free(split);
    return st;
}

static rr_status agree(const rri_states_npz *f, const char *name, size_t value, const char *other,
                       size_t *known, rr_error *err)
{
    if (value == 0 || *known == 0 || value == *known) {
        *known = *known != 0 ? *known : value;
        return RR_OK;
    }
    return rri_fail(err, RR_ERR_SHAPE, -1, "%s: %zu by %s, but %zu by %s", f->path, value, name,
                    *known, other);
}

static rr_status open_streams(rri_states_npz *f, size_t *probabilities, rr_error *err)
{
    size_t one = 0;
    rr_status st = RR_OK;

    f->hidden = f->width = *probabilities = SIZE_MAX;
    RRI_TRY(open_rows(f, "state", &f->hidden, &f->state, err));
    RRI_TRY(open_rows(f, "prediction", &one, &f->prediction, err));
    if (rri_npz_has(f->z, "frame") && rri_npz_has(f->z, "symbol"))
        RRI_TRY(rri_fail(err, RR_ERR_FORMAT, -1,
                         "%s has both frame and symbol; a step is one or the other", f->path));
    if (rri_npz_has(f->z, "frame")) {
        RRI_TRY(open_rows(f, "frame", &f->width, &f->frame, err));
    } else if (rri_npz_has(f->z, "symbol")) {
        f->width = 0;
        RRI_TRY(open_rows(f, "symbol", &one, &f->symbol, err));
    } else {
        RRI_TRY(rri_fail(err, RR_ERR_FORMAT, -1,
                         "%s has neither symbol [steps] nor frame [steps][D]: the inputs are "
                         "missing",
                         f->path));
    }
    if (rri_npz_has(f->z, "probability"))
        RRI_TRY(open_rows(f, "probability", probabilities, &f->probability, err));
    else
        *probabilities = 0;
    if (rri_npz_has(f->z, "step_label"))
        RRI_TRY(open_rows(f, "step_label", &one, &f->step_label, err));

done:
    return st;
}

/* A sequence without a label has that of its last labelled step, 0 where no step has one. */
static rr_status labels_of_steps(rri_states_npz *f, size_t limit, rr_error *err)
{
    uint32_t *piece = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&piece, PIECE, 1, sizeof *piece, err));
    RRI_TRY(rri_alloc(&f->label, f->sequences, 1, sizeof *f->label, err));
    size_t i = 0;
    for (size_t at = 0; at < f->rows;) {
        const size_t now = rri_min(PIECE, f->rows - at);
        RRI_TRY(read_rows(f, "step_label", f->step_label, limit, at, now, piece, err));
        for (size_t r = 0; r < now; r++) {
            while (at + r >= f->first[i + 1])
                i++;
            if (piece[r] != RR_NO_LABEL)
                f->label[i] = piece[r];
        }
        at += now;
    }

done:
    rri_free(piece);
    return st;
}

static rr_status read_labels(rri_states_npz *f, size_t limit, size_t *largest, rr_error *err)
{
    rr_status st = RR_OK;

    if (rri_npz_has(f->z, "label")) {
        RRI_TRY(read_numbers(f, "label", f->sequences, 0, limit, &f->label, err));
        for (size_t i = 0; i < f->sequences; i++)
            *largest = rri_max(*largest, f->label[i]);
    } else if (f->step_label != NULL) {
        RRI_TRY(labels_of_steps(f, limit, err));
    } else {
        f->unlabelled = true;
        RRI_TRY(rri_alloc(&f->label, f->sequences, 1, sizeof *f->label, err));
    }

done:
    return st;
}

/* C: of class_names, `classes`, the columns of the probabilities, or the largest number. */
static rr_status read_classes(rri_states_npz *f, size_t probabilities, rr_error *err)
{
    size_t given = 0;
    size_t largest = 0;
    rr_status st = RR_OK;

    RRI_TRY(read_texts(f, "class_names", "class", MOST_CLASSES, &f->class_names, err));
    RRI_TRY(read_size(f, "classes", MOST_CLASSES, &f->classes, err));
    given = f->class_names.items;
    RRI_TRY(agree(f, "classes", f->classes, "class_names", &given, err));
    RRI_TRY(agree(f, "the columns of probability", probabilities, "class_names or classes", &given,
                  err));
    f->classes_given = given != 0;
    const size_t limit = given != 0 ? given : MOST_CLASSES;
    RRI_TRY(scan(f, "prediction", f->prediction, limit, &largest, err));
    if (f->step_label != NULL)
        RRI_TRY(scan(f, "step_label", f->step_label, limit, &largest, err));
    RRI_TRY(read_labels(f, limit, &largest, err));
    f->classes = given != 0 ? given : largest + 1;

done:
    return st;
}

/* V: of tokens, `vocabulary`, or the largest number. */
static rr_status read_vocabulary(rri_states_npz *f, rr_error *err)
{
    size_t given = 0;
    size_t largest = 0;
    rr_status st = RR_OK;

    if (f->symbol == NULL)
        return RR_OK;
    RRI_TRY(read_texts(f, "tokens", "symbol", UINT32_MAX - 1, &f->tokens, err));
    RRI_TRY(read_size(f, "vocabulary", UINT32_MAX - 1, &f->vocabulary, err));
    given = f->tokens.items;
    RRI_TRY(agree(f, "vocabulary", f->vocabulary, "tokens", &given, err));
    f->vocabulary_given = given != 0;
    RRI_TRY(scan(f, "symbol", f->symbol, given != 0 ? given : UINT32_MAX - 1, &largest, err));
    f->vocabulary = given != 0 ? given : largest + 1;

done:
    return st;
}

rr_status rri_states_npz_open(const char *path, rri_states_npz *f, rr_error *err)
{
    size_t probabilities = 0;
    rr_status st = RR_OK;

    *f = (rri_states_npz){ .path = NULL };
    RRI_TRY(rri_strdup(path, &f->path, err));
    RRI_TRY(rri_npz_open(path, &f->z, err));
    RRI_TRY(read_sequences(f, err));
    RRI_TRY(open_streams(f, &probabilities, err));
    RRI_TRY(read_origin(f, err));
    RRI_TRY(read_size(f, "batch", RRI_STATES_BATCH, &f->batch, err));
    RRI_TRY(read_classes(f, probabilities, err));
    RRI_TRY(read_vocabulary(f, err));

done:
    return st;
}

/* The states first. */
static const char *const arrays[] = { "state",      "prediction", "probability", "batch",
                                      "steps",      "label",      "symbol",      "frame",
                                      "step_label", "split",      "class_names", "tokens",
                                      "kind",       "parity",     "model",       "classes",
                                      "vocabulary" };
enum { ARRAYS = sizeof arrays / sizeof *arrays, OF_STATES = 4 };

rr_status rri_states_npz_hash(const rri_npz *z, bool whole, char out[65], rr_error *err)
{
    static const char head[] = "rnnrepair states 1\n";
    rri_sha256 *h = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_sha256_new(&h, err));
    RRI_TRY(rri_sha256_add(h, head, strlen(head), err));
    for (size_t i = 0; i < (whole ? (size_t)ARRAYS : (size_t)OF_STATES); i++) {
        char line[80];
        uint64_t bytes = 0;
        uint32_t crc = 0;
        if (!rri_npz_checksum(z, arrays[i], &bytes, &crc))
            continue;
        const int n = rri_snprintf(line, sizeof line, "%s %" PRIu64 " %08" PRIx32 "\n", arrays[i],
                                   bytes, crc);
        RRI_TRY(rri_sha256_add(h, line, (size_t)n, err));
    }
    RRI_TRY(rri_sha256_hex(h, out, err));

done:
    rri_sha256_free(h);
    return st;
}

void rri_states_npz_close(rri_states_npz *f)
{
    rri_npy_stream_close(f->state);
    rri_npy_stream_close(f->prediction);
    rri_npy_stream_close(f->probability);
    rri_npy_stream_close(f->frame);
    rri_npy_stream_close(f->symbol);
    rri_npy_stream_close(f->step_label);
    rri_npy_clear(&f->class_names);
    rri_npy_clear(&f->tokens);
    rri_npz_close(f->z);
    rri_free(f->steps);
    rri_free(f->first);
    rri_free(f->label);
    rri_free(f->split);
    rri_free(f->path);
    *f = (rri_states_npz){ .path = NULL };
}
