/* SPDX-License-Identifier: MIT */
/* builder.c - builds a dataset sequence by sequence, or from two datasets.
 *
 * The arrays grow by doubling and are cut to size at the end. */
#include "core/utf8.h"
#include "data/dataset_internal.h"
#include "data/origins.h"
#include "data/words.h"

#include <string.h>

struct rr_dataset_builder {
    rr_dataset *ds;   /* count is what has been added; NULL once finished */
    size_t sequences; /* capacity of offset (one more) and label */
    size_t steps;     /* capacity of frames or symbols */
};

rr_status rr_dataset_builder_new(const rr_dataset_shape *shape, rr_dataset_builder **out,
                                 rr_error *err)
{
    rr_dataset_builder *b = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_alloc(&b, 1, 1, sizeof *b, err));
    RRI_TRY(rri_dataset_new(shape, 0, 0, &b->ds, err));
    *out = b;
    b = NULL;

done:
    rr_dataset_builder_free(b);
    return st;
}

void rr_dataset_builder_free(rr_dataset_builder *b)
{
    if (b == NULL)
        return;
    rr_dataset_free(b->ds);
    rri_free(b);
}

/* What is wrong with a word that could not be written to a file and read back; NULL: nothing. */
static const char *fault_of(const char *word)
{
    if (word == NULL || *word == '\0')
        return "empty";
    for (const char *p = word; *p != '\0'; p++)
        if (rri_is_blank(*p))
            return "not one word: it holds white space";
    return rri_is_utf8(word) ? NULL : "not UTF-8";
}

static rr_status check_words(const rr_dataset *ds, const rr_sequence *s, rr_error *err)
{
    for (size_t t = 0; t < s->steps; t++) {
        const char *fault = fault_of(s->words[t]);
        if (fault != NULL)
            return rri_fail(err, RR_ERR_ARG, (int64_t)t, "the word of sequence %zu, step %zu is %s",
                            ds->count, t, fault);
    }
    return RR_OK;
}

static rr_status check_step_labels(const rr_dataset *ds, const rr_sequence *s, rr_error *err)
{
    if (s->step_labels == NULL)
        return rri_fail(err, RR_ERR_SHAPE, (int64_t)ds->count,
                        "sequence %zu has no labels of steps, which the others have", ds->count);
    for (size_t t = 0; t < s->steps; t++)
        if (s->step_labels[t] >= ds->classes && s->step_labels[t] != RR_NO_LABEL)
            return rri_fail(err, RR_ERR_ARG, (int64_t)t,
                            "label %u of sequence %zu, step %zu is outside 0..%zu",
                            (unsigned)s->step_labels[t], ds->count, t, ds->classes - 1);
    return RR_OK;
}

static rr_status check_sequence(const rr_dataset *ds, const rr_sequence *s, rr_error *err)
{
    const size_t i = ds->count;

    if (s->steps == 0 || s->steps > UINT32_MAX)
        return rri_fail(err, RR_ERR_SHAPE, (int64_t)i, "sequence %zu has %zu steps", i, s->steps);
    if ((s->frames != NULL) != (ds->width != 0) || (s->symbols != NULL) != (ds->vocabulary != 0))
        return rri_fail(err, RR_ERR_SHAPE, (int64_t)i, "sequence %zu does not consist of %s alone",
                        i, ds->width != 0 ? "frames" : "symbols");
    if (s->label >= ds->classes)
        return rri_fail(err, RR_ERR_ARG, (int64_t)i, "label %u of sequence %zu is outside 0..%zu",
                        (unsigned)s->label, i, ds->classes - 1);
    if (s->frames != NULL) {
        const size_t bad = rri_first_nonfinite(s->frames, s->steps, ds->width, ds->width);
        if (bad < s->steps)
            return rri_fail(err, RR_ERR_NUMERIC, (int64_t)bad,
                            "sequence %zu, step %zu holds a value that is not finite", i, bad);
    }
    for (size_t t = 0; s->symbols != NULL && t < s->steps; t++)
        if (s->symbols[t] >= ds->vocabulary)
            return rri_fail(err, RR_ERR_ARG, (int64_t)t,
                            "symbol %u of sequence %zu, step %zu is outside 0..%zu",
                            (unsigned)s->symbols[t], i, t, ds->vocabulary - 1);
    if (ds->step_label != NULL) {
        const rr_status st = check_step_labels(ds, s, err);
        if (st != RR_OK)
            return st;
    }
    return ds->words != NULL && s->words != NULL ? check_words(ds, s, err) : RR_OK;
}

/* Set the capacity of the arrays; their content is kept. */
static rr_status resize_sequences(rr_dataset_builder *b, size_t n, rr_error *err)
{
    rr_dataset *ds = b->ds;
    rr_status st = RR_OK;

    RRI_TRY(rri_grow(&ds->offset, ds->count + 1, n + 1, sizeof *ds->offset, err));
    RRI_TRY(rri_grow(&ds->label, ds->count, n, sizeof *ds->label, err));
    b->sequences = n;

done:
    return st;
}

static rr_status resize_steps(rr_dataset_builder *b, size_t n, rr_error *err)
{
    rr_dataset *ds = b->ds;
    const size_t used = ds->offset[ds->count];
    rr_status st = RR_OK;

    if (ds->frames != NULL)
        RRI_TRY(rri_grow(&ds->frames, used, n, ds->width * sizeof *ds->frames, err));
    else
        RRI_TRY(rri_grow(&ds->symbols, used, n, sizeof *ds->symbols, err));
    if (ds->words != NULL)
        RRI_TRY(rri_grow(&ds->word, used, n, sizeof *ds->word, err));
    if (ds->step_label != NULL)
        RRI_TRY(rri_grow(&ds->step_label, used, n, sizeof *ds->step_label, err));
    if (ds->part != NULL)
        RRI_TRY(rri_grow(&ds->part, used, n, sizeof *ds->part, err));
    b->steps = n;

done:
    return st;
}

/* Twice the capacity, or what is needed if that is more. */
static size_t more(size_t have, size_t need)
{
    return have > SIZE_MAX / 2 ? need : rri_max(2 * have, need);
}

rr_status rr_dataset_builder_add(rr_dataset_builder *b, rr_sequence seq, rr_error *err)
{
    rr_dataset *ds = b->ds;
    rr_status st = RR_OK;

    if (ds == NULL)
        return rri_fail(err, RR_ERR_ARG, -1, "the builder is closed");
    RRI_TRY(check_sequence(ds, &seq, err));
    const size_t used = ds->offset[ds->count];
    if (seq.steps > SIZE_MAX - used)
        return rri_fail(err, RR_ERR_NOMEM, -1, "%zu and %zu steps are too many to hold", used,
                        seq.steps);
    if (ds->count == b->sequences)
        RRI_TRY(resize_sequences(b, more(b->sequences, 16), err));
    if (used + seq.steps > b->steps)
        RRI_TRY(resize_steps(b, more(b->steps, used + seq.steps), err));
    if (ds->words != NULL)
        RRI_TRY(rri_dataset_text_room(
            ds, rri_dataset_text_bytes(ds, seq.symbols, seq.words, seq.steps), err));

    if (seq.frames != NULL)
        memcpy(ds->frames + used * ds->width, seq.frames,
               seq.steps * ds->width * sizeof *seq.frames);
    else
        memcpy(ds->symbols + used, seq.symbols, seq.steps * sizeof *seq.symbols);
    if (ds->words != NULL)
        rri_dataset_put_words(ds, used, seq.words, seq.steps);
    if (ds->step_label != NULL)
        memcpy(ds->step_label + used, seq.step_labels, seq.steps * sizeof *seq.step_labels);
    for (size_t t = 0; ds->part != NULL && t < seq.steps; t++)
        ds->part[used + t] = seq.parts != NULL ? seq.parts[t] : -1;
    ds->label[ds->count++] = seq.label;
    ds->offset[ds->count] = used + seq.steps;

done:
    return st;
}

rr_status rr_dataset_builder_finish(rr_dataset_builder *b, rr_dataset **out, rr_error *err)
{
    rr_status st = RR_OK;

    *out = NULL;
    if (b->ds == NULL)
        return rri_fail(err, RR_ERR_ARG, -1, "the builder is closed");
    RRI_TRY(resize_sequences(b, b->ds->count, err));
    RRI_TRY(resize_steps(b, b->ds->offset[b->ds->count], err));
    RRI_TRY(rri_dataset_seal(b->ds, err));
    *out = b->ds;
    b->ds = NULL;

done:
    return st;
}

/* ---- two into one --------------------------------------------------------------------------- */

/* Copy all sequences of `from` behind sequence `at` of `to`. Errors NOMEM. */
static rr_status append(rr_dataset *to, size_t at, const rr_dataset *from, rr_error *err)
{
    rr_status st = RR_OK;
    const size_t first = to->offset[at];
    const size_t steps = from->offset[from->count];

    for (size_t i = 0; i < from->count; i++)
        to->offset[at + i + 1] = first + from->offset[i + 1];
    memcpy(to->label + at, from->label, from->count * sizeof *from->label);
    rri_dataset_copy_steps(from, 0, to, first, steps);
    if (to->words != NULL) {
        RRI_TRY(rri_dataset_text_room(
            to, rri_dataset_text_bytes(to, from->symbols, from->word, steps), err));
        rri_dataset_put_words(to, first, from->word, steps);
    }

done:
    return st;
}

rr_status rr_dataset_concat(const rr_dataset *a, const rr_dataset *b, rr_dataset **out,
                            rr_error *err)
{
    rr_dataset *ds = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    if (a->width != b->width || a->vocabulary != b->vocabulary || a->classes != b->classes)
        return rri_fail(err, RR_ERR_SHAPE, -1,
                        "width %zu, vocabulary %zu, classes %zu cannot be joined with width %zu, "
                        "vocabulary %zu, classes %zu",
                        a->width, a->vocabulary, a->classes, b->width, b->vocabulary, b->classes);
    if (a->words != NULL && b->words != NULL &&
        strcmp(rr_vocabulary_hash(a->words), rr_vocabulary_hash(b->words)) != 0)
        return rri_fail(err, RR_ERR_SHAPE, -1,
                        "the vocabularies differ: %zu words each, but not the same ones",
                        a->vocabulary);
    if ((a->step_label != NULL) != (b->step_label != NULL))
        return rri_fail(err, RR_ERR_SHAPE, -1,
                        "sequences whose steps have labels cannot be joined with sequences whose "
                        "steps have none");

    rr_dataset_shape shape = rr_dataset_shape_of(a);
    if (shape.words == NULL)
        shape.words = b->words;
    shape.parts = a->part != NULL || b->part != NULL;
    RRI_TRY(rri_dataset_new(&shape, a->count + b->count, a->offset[a->count] + b->offset[b->count],
                            &ds, err));
    RRI_TRY(append(ds, 0, a, err));
    RRI_TRY(append(ds, a->count, b, err));
    RRI_TRY(rri_origins_join(a, b, ds, err));
    RRI_TRY(rri_dataset_seal(ds, err));
    *out = ds;
    ds = NULL;

done:
    rr_dataset_free(ds);
    return st;
}
