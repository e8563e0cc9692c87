/* SPDX-License-Identifier: MIT */
/* dataset.c - the dataset object: allocation, content hash, queries.
 *
 * The content hash identifies the data a model was trained on, so it must not depend on the file
 * the data came from. It is the SHA-256 of these bytes, all numbers little-endian:
 *
 *     "rnnrepair dataset 1\n"          20 bytes of ASCII
 *     N, D, V, C                       u64 each; D is 0 for symbol data, V is 0 for frame data
 *     T_0 .. T_{N-1}                   u32 each
 *     label_0 .. label_{N-1}           u32 each
 *     C times: n, then n bytes         u32 length and UTF-8 text of a class name (the decimal
 *                                      number of the class where the source has no names)
 *     frames [sum T][D] as f32 bits, or symbols [sum T] as u32
 *     where the ids have words: the hash of the vocabulary, 64 bytes of ASCII
 *     where steps have labels: "step labels\n", then [sum T] u32, 4294967295 for none
 *     where states belong to it: "states\n", then 64 bytes of ASCII that identify them
 *
 * How the source spelt a word beside the vocabulary's spelling (capitals, the words that are
 * unknown) is no part of it: the ids are what a model sees. Nor are the parts of the source, and
 * where the sequences stand in it. */
#include "data/dataset_internal.h"
#include "data/origins.h"
#include "data/vocabulary.h"

#include "io/io.h"
#include "io/scratch_array.h"

#include <assert.h>
#include <string.h>

/* ---- life ----------------------------------------------------------------------------------- */

static rr_status check_shape(const rr_dataset_shape *s, rr_error *err)
{
    if ((s->width == 0) == (s->vocabulary == 0))
        return rri_fail(err, RR_ERR_ARG, -1,
                        "a dataset has either a frame width or a vocabulary, not width %zu and "
                        "vocabulary %zu",
                        s->width, s->vocabulary);
    if (s->width > UINT32_MAX || s->vocabulary > UINT32_MAX)
        return rri_fail(err, RR_ERR_ARG, -1, "width %zu or vocabulary %zu is not below 2^32",
                        s->width, s->vocabulary);
    if (s->classes == 0 || s->classes > RRI_MAX_CLASSES)
        return rri_fail(err, RR_ERR_ARG, -1, "%zu classes are outside 1..%d", s->classes,
                        RRI_MAX_CLASSES);
    if (s->image != 0 && s->width == 0)
        return rri_fail(err, RR_ERR_ARG, -1, "sequences of symbols are no images");
    if (s->unlabelled && s->step_labelled)
        return rri_fail(err, RR_ERR_ARG, -1, "a dataset without labels has none of steps either");
    if (s->words != NULL && rr_vocabulary_size(s->words) != s->vocabulary)
        return rri_fail(err, RR_ERR_ARG, -1, "%zu words for a vocabulary of %zu",
                        rr_vocabulary_size(s->words), s->vocabulary);
    for (size_t c = 0; s->class_names != NULL && c < s->classes; c++)
        if (s->class_names[c] == NULL)
            return rri_fail(err, RR_ERR_ARG, (int64_t)c, "class %zu has no name", c);
    return RR_OK;
}

/* The name of class c; `number` holds a decimal number of 65535 or less. */
static const char *name_of(const rr_dataset_shape *s, size_t c, char number[24])
{
    if (s->class_names != NULL)
        return s->class_names[c];
    (void)rri_snprintf(number, 24, "%zu", c);
    return number;
}

rr_status rri_dataset_rename(rr_dataset *ds, const rr_dataset_shape *s, rr_error *err)
{
    const char **names = NULL;
    char *texts = NULL;
    char number[24];
    size_t bytes = 0;
    rr_status st = RR_OK;

    for (size_t c = 0; c < s->classes; c++)
        bytes += strlen(name_of(s, c, number)) + 1;
    RRI_TRY(rri_alloc(&names, s->classes, 1, sizeof *names, err));
    RRI_TRY(rri_alloc(&texts, bytes, 1, 1, err));
    char *to = texts;
    for (size_t c = 0; c < s->classes; c++) {
        const char *name = name_of(s, c, number);
        const size_t n = strlen(name) + 1;
        memcpy(to, name, n);
        names[c] = to;
        to += n;
    }
    rri_free(ds->name);
    rri_free(ds->texts);
    ds->name = names;
    ds->texts = texts;
    ds->classes = s->classes;
    ds->named = s->class_names != NULL;
    names = NULL;

done:
    rri_free(names);
    if (st != RR_OK)
        rri_free(texts);
    return st;
}

/* An array of n*m items of a dataset's steps. */
static rr_status alloc_steps(const rr_dataset *ds, void *out, size_t n, size_t m, size_t size,
                             rr_error *err)
{
    return ds->large ? rri_scratch_alloc(out, n, m, size, err) : rri_alloc(out, n, m, size, err);
}

static void free_steps(const rr_dataset *ds, void *p)
{
    if (ds->large)
        rri_scratch_free(p);
    else
        rri_free(p);
}

/* What the arrays of steps are made of. */
typedef enum memory { ZEROED, RAW_FRAMES, SCRATCH } memory;

static rr_status create(const rr_dataset_shape *shape, size_t count, size_t steps, memory of,
                        rr_dataset **out, rr_error *err)
{
    rr_dataset *ds = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(check_shape(shape, err));
    RRI_TRY(rri_alloc(&ds, 1, 1, sizeof *ds, err));
    atomic_init(&ds->holders, 1);
    ds->large = of == SCRATCH;
    ds->count = count;
    ds->width = shape->width;
    ds->vocabulary = shape->vocabulary;
    ds->unlabelled = shape->unlabelled != 0;
    ds->image = shape->image != 0;
    RRI_TRY(rri_dataset_rename(ds, shape, err));
    RRI_TRY(rri_alloc(&ds->offset, count + 1, 1, sizeof *ds->offset, err));
    RRI_TRY(rri_alloc(&ds->label, count, 1, sizeof *ds->label, err));
    if (shape->width != 0 && of == RAW_FRAMES)
        RRI_TRY(rri_alloc_raw(&ds->frames, steps, shape->width, sizeof *ds->frames, err));
    else if (shape->width != 0)
        RRI_TRY(alloc_steps(ds, &ds->frames, steps, shape->width, sizeof *ds->frames, err));
    else
        RRI_TRY(alloc_steps(ds, &ds->symbols, steps, 1, sizeof *ds->symbols, err));
    if (shape->words != NULL)
        RRI_TRY(alloc_steps(ds, &ds->word, steps, 1, sizeof *ds->word, err));
    if (shape->step_labelled)
        RRI_TRY(alloc_steps(ds, &ds->step_label, steps, 1, sizeof *ds->step_label, err));
    if (shape->parts)
        RRI_TRY(alloc_steps(ds, &ds->part, steps, 1, sizeof *ds->part, err));
    ds->words = rri_vocabulary_share(shape->words);
    *out = ds;
    ds = NULL;

done:
    rr_dataset_free(ds);
    return st;
}

rr_status rri_dataset_new(const rr_dataset_shape *shape, size_t count, size_t steps,
                          rr_dataset **out, rr_error *err)
{
    return create(shape, count, steps, ZEROED, out, err);
}

rr_status rri_dataset_new_raw(const rr_dataset_shape *shape, size_t count, size_t steps,
                              rr_dataset **out, rr_error *err)
{
    return create(shape, count, steps, RAW_FRAMES, out, err);
}

rr_status rri_dataset_new_large(const rr_dataset_shape *shape, size_t count, size_t steps,
                                rr_dataset **out, rr_error *err)
{
    return create(shape, count, steps, SCRATCH, out, err);
}

rr_dataset *rr_dataset_share(const rr_dataset *ds)
{
    rr_dataset *same = NULL;

    memcpy(&same, &ds, sizeof same); /* the holders are counted inside: the rest stays as it is */
    if (same != NULL)
        (void)atomic_fetch_add_explicit(&same->holders, 1, memory_order_relaxed);
    return same;
}

void rr_dataset_free(rr_dataset *ds)
{
    if (ds == NULL || atomic_fetch_sub_explicit(&ds->holders, 1, memory_order_acq_rel) > 1)
        return;
    rri_free(ds->offset);
    rri_free(ds->label);
    free_steps(ds, ds->frames);
    free_steps(ds, ds->symbols);
    free_steps(ds, ds->step_label);
    free_steps(ds, ds->part);
    free_steps(ds, ds->word);
    rri_dataset_clear_words(ds);
    rri_origins_clear(ds);
    rri_free(ds->texts);
    rri_free(ds->name);
    rri_free(ds);
}

void rr_string_free(char *s)
{
    rri_free(s);
}

/* ---- steps ---------------------------------------------------------------------------------- */

void rri_dataset_copy_steps(const rr_dataset *from, size_t begin, rr_dataset *to, size_t at,
                            size_t steps)
{
    if (from->frames != NULL)
        memcpy(to->frames + at * to->width, from->frames + begin * from->width,
               steps * from->width * sizeof *from->frames);
    else
        memcpy(to->symbols + at, from->symbols + begin, steps * sizeof *from->symbols);
    if (to->step_label != NULL)
        memcpy(to->step_label + at, from->step_label + begin, steps * sizeof *from->step_label);
    for (size_t t = 0; to->part != NULL && t < steps; t++)
        to->part[at + t] = from->part != NULL ? from->part[begin + t] : -1;
}

uint32_t rri_last_label(const uint32_t *step_labels, size_t steps)
{
    while (steps > 0 && step_labels[steps - 1] == RR_NO_LABEL)
        steps--;
    return steps > 0 ? step_labels[steps - 1] : RR_NO_LABEL;
}

/* ---- content hash --------------------------------------------------------------------------- */

/* Little-endian bytes on their way into the hash. */
typedef struct sink {
    rri_sha256 *hash;
    size_t used;
    unsigned char bytes[16384];
} sink;

static rr_status flush(sink *s, rr_error *err)
{
    const size_t n = s->used;

    s->used = 0;
    return rri_sha256_add(s->hash, s->bytes, n, err);
}

/* Items of four bytes whose bits are those of a u32: labels, symbols, f32. */
static rr_status put_words(sink *s, const void *items, size_t n, rr_error *err)
{
    const unsigned char *from = items;
    rr_status st = RR_OK;

    if (n >= sizeof s->bytes / 4) { /* they lie as they are hashed */
        RRI_TRY(flush(s, err));
        return rri_sha256_add(s->hash, items, 4 * n, err);
    }
    while (st == RR_OK && n > 0) {
        const size_t now = rri_min(n, (sizeof s->bytes - s->used) / 4);
        memcpy(s->bytes + s->used, from, 4 * now);
        from += 4 * now;
        n -= now;
        s->used += 4 * now;
        if (s->used == sizeof s->bytes)
            st = flush(s, err);
    }

done:
    return st;
}

static rr_status put_u32(sink *s, uint32_t v, rr_error *err)
{
    return put_words(s, &v, 1, err);
}

static rr_status put_u64(sink *s, uint64_t v, rr_error *err)
{
    const rr_status st = put_u32(s, (uint32_t)v, err);

    return st == RR_OK ? put_u32(s, (uint32_t)(v >> 32), err) : st;
}

/* Text is added past the word buffer, so that the buffer always fills up exactly. */
static rr_status put_text(sink *s, const char *text, rr_error *err)
{
    const rr_status st = flush(s, err);

    return st == RR_OK ? rri_sha256_add(s->hash, text, strlen(text), err) : st;
}

static rr_status put_content(sink *s, const rr_dataset *ds, rr_error *err)
{
    const size_t steps = ds->offset[ds->count];
    rr_status st = RR_OK;

    RRI_TRY(put_text(s, "rnnrepair dataset 1\n", err));
    RRI_TRY(put_u64(s, ds->count, err));
    RRI_TRY(put_u64(s, ds->width, err));
    RRI_TRY(put_u64(s, ds->vocabulary, err));
    RRI_TRY(put_u64(s, ds->classes, err));
    for (size_t i = 0; i < ds->count; i++)
        RRI_TRY(put_u32(s, (uint32_t)(ds->offset[i + 1] - ds->offset[i]), err));
    RRI_TRY(put_words(s, ds->label, ds->count, err));
    for (size_t c = 0; c < ds->classes; c++) {
        RRI_TRY(put_u32(s, (uint32_t)strlen(ds->name[c]), err));
        RRI_TRY(put_text(s, ds->name[c], err));
    }
    if (ds->frames != NULL)
        RRI_TRY(put_words(s, ds->frames, steps * ds->width, err));
    else
        RRI_TRY(put_words(s, ds->symbols, steps, err));
    if (ds->words != NULL)
        RRI_TRY(put_text(s, rr_vocabulary_hash(ds->words), err));
    if (ds->step_label != NULL) {
        RRI_TRY(put_text(s, "step labels\n", err));
        RRI_TRY(put_words(s, ds->step_label, steps, err));
    }
    if (ds->states[0] != '\0') {
        RRI_TRY(put_text(s, "states\n", err));
        RRI_TRY(put_text(s, ds->states, err));
    }
    RRI_TRY(flush(s, err));

done:
    return st;
}

rr_status rri_dataset_seal(rr_dataset *ds, rr_error *err)
{
    sink *s = NULL;
    rr_status st = RR_OK;

    ds->max_steps = 0;
    for (size_t i = 0; i < ds->count; i++)
        ds->max_steps = rri_max(ds->max_steps, ds->offset[i + 1] - ds->offset[i]);
    RRI_TRY(rri_alloc(&s, 1, 1, sizeof *s, err));
    RRI_TRY(rri_sha256_new(&s->hash, err));
    RRI_TRY(put_content(s, ds, err));
    RRI_TRY(rri_sha256_hex(s->hash, ds->hash, err));

done:
    if (s != NULL)
        rri_sha256_free(s->hash);
    rri_free(s);
    return st;
}

/* ---- queries -------------------------------------------------------------------------------- */

size_t rr_dataset_count(const rr_dataset *ds)
{
    return ds->count;
}

size_t rr_dataset_steps(const rr_dataset *ds)
{
    return ds->offset[ds->count];
}

size_t rr_dataset_max_steps(const rr_dataset *ds)
{
    return ds->max_steps;
}

size_t rr_dataset_width(const rr_dataset *ds)
{
    return ds->width;
}

size_t rr_dataset_vocabulary(const rr_dataset *ds)
{
    return ds->vocabulary;
}

const rr_vocabulary *rr_dataset_words(const rr_dataset *ds)
{
    return ds->words;
}

rr_dataset_shape rr_dataset_shape_of(const rr_dataset *ds)
{
    return (rr_dataset_shape){ .width = ds->width,
                               .vocabulary = ds->vocabulary,
                               .classes = ds->classes,
                               .class_names = ds->named ? ds->name : NULL,
                               .words = ds->words,
                               .unlabelled = ds->unlabelled,
                               .step_labelled = ds->step_label != NULL,
                               .parts = ds->part != NULL,
                               .image = ds->image };
}

int rr_dataset_labelled(const rr_dataset *ds)
{
    return !ds->unlabelled;
}

int rr_dataset_is_image(const rr_dataset *ds)
{
    return ds->image;
}

int rr_dataset_step_labelled(const rr_dataset *ds)
{
    return ds->step_label != NULL;
}

size_t rr_dataset_labelled_steps(const rr_dataset *ds)
{
    size_t n = 0;

    for (size_t t = 0; ds->step_label != NULL && t < ds->offset[ds->count]; t++)
        n += ds->step_label[t] != RR_NO_LABEL;
    return n;
}

size_t rr_dataset_classes(const rr_dataset *ds)
{
    return ds->classes;
}

const char *rr_dataset_class_name(const rr_dataset *ds, size_t c)
{
    return c < ds->classes ? ds->name[c] : "?";
}

rr_sequence rr_dataset_at(const rr_dataset *ds, size_t i)
{
    assert(i < ds->count);
    const size_t first = ds->offset[i];

    return (rr_sequence){
        .frames = ds->frames == NULL ? NULL : ds->frames + first * ds->width,
        .symbols = ds->symbols == NULL ? NULL : ds->symbols + first,
        .steps = ds->offset[i + 1] - first,
        .label = ds->label[i],
        .step_labels = ds->step_label == NULL ? NULL : ds->step_label + first,
        .parts = ds->part == NULL ? NULL : ds->part + first,
        .words = ds->word == NULL ? NULL : ds->word + first,
    };
}

const char *rr_dataset_files_hash(const rr_dataset *ds)
{
    return ds->files;
}

const char *rr_dataset_hash(const rr_dataset *ds)
{
    return ds->hash;
}
