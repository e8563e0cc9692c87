/* SPDX-License-Identifier: MIT */
/* export_file.c - writes samples to add, a line of JSON each or as arrays for NumPy
 * (docs/FORMAT.md#samples-to-add). */
#include "workflow/export.h"

#include "io/io.h"
#include "io/json.h"
#include "io/npz.h"
#include "workflow/npz_names.h"

#include <string.h>

rr_status rri_export_check(const char *path, rr_error *err)
{
    if (rri_ends_in(path, ".jsonl") || rri_ends_in(path, ".npz"))
        return RR_OK;
    return rri_fail(err, RR_ERR_ARG, -1,
                    "%s: the name of the file must end in .jsonl, a line a sample, or .npz, arrays",
                    path);
}

/* ---- one sample ----------------------------------------------------------------------------- */

/* A sample as it is written. Buffers are owned and have room for the longest sample; the rest is
 * borrowed. */
typedef struct sample {
    const rr_addition *of;
    rr_sequence s;         /* points into the buffers where a symbol was inserted */
    uint32_t *symbols;     /* [most] */
    uint32_t *step_labels; /* [most] */
    const char **words;    /* [most] of s, NULL where there are none */
    char *reason;          /* owned */
    size_t id;             /* of the target in the split */
    const char *token;     /* the inserted one, NULL = none */
} sample;

static void sample_clear(sample *x)
{
    rri_free(x->symbols);
    rri_free(x->step_labels);
    rri_free(x->words);
    rr_string_free(x->reason);
}

static rr_status sample_begin(const rr_export *e, sample *x, rr_error *err)
{
    const size_t most = rr_dataset_max_steps(e->train) + 1;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&x->symbols, most, 1, sizeof *x->symbols, err));
    RRI_TRY(rri_alloc(&x->step_labels, most, 1, sizeof *x->step_labels, err));
    if (rr_dataset_words(e->train) != NULL)
        RRI_TRY(rri_alloc(&x->words, most, 1, sizeof *x->words, err));

done:
    return st;
}

/* Put the symbol behind step `after`; a new step has no label of its own. */
static void insert(sample *x, const rr_sequence *from)
{
    const size_t s = x->of->after;

    for (size_t t = 0; t <= from->steps; t++) {
        const size_t at = t < s ? t : t - 1;
        x->symbols[t] = t == s ? x->of->symbol : from->symbols[at];
        if (from->step_labels != NULL)
            x->step_labels[t] = t == s ? RR_NO_LABEL : from->step_labels[at];
    }
    x->s.symbols = x->symbols;
    x->s.step_labels = from->step_labels != NULL ? x->step_labels : NULL;
    x->s.steps = from->steps + 1;
}

/* Words as they are written in the source. */
static void spell(const rr_export *e, sample *x, const rr_sequence *from)
{
    const rr_vocabulary *v = rr_dataset_words(e->train);
    const bool inserted = x->of->kind == RR_ADDITION_INSERT;
    const size_t s = x->of->after;

    for (size_t t = 0; x->words != NULL && t < x->s.steps; t++) {
        const size_t at = inserted && t > s ? t - 1 : t;
        x->words[t] = inserted && t == s    ? x->token
                      : from->words != NULL ? from->words[at]
                                            : rr_vocabulary_word(v, from->symbols[at]);
    }
}

static rr_status sample_take(const rr_export *e, const rr_addition *of, sample *x, rr_error *err)
{
    const rr_vocabulary *v = rr_dataset_words(e->train);
    const rr_sequence from = rr_dataset_at(e->train, of->source);
    rr_status st = RR_OK;

    x->of = of;
    x->id = e->targets[of->target];
    x->s = from;
    x->token = NULL;
    if (of->kind == RR_ADDITION_INSERT) {
        const rr_sequence target = rr_dataset_at(e->ds, x->id);
        insert(x, &from);
        if (target.words != NULL)
            x->token = target.words[of->step - 1];
        else if (v != NULL)
            x->token = rr_vocabulary_word(v, of->symbol);
    }
    spell(e, x, &from);
    rr_string_free(x->reason);
    x->reason = NULL;
    RRI_TRY(rr_addition_reason(of, x->id, rr_dataset_class_name(e->train, of->truth),
                               rr_dataset_class_name(e->train, of->prediction), x->token,
                               &x->reason, err));

done:
    return st;
}

/* ---- jsonl ---------------------------------------------------------------------------------- */

/* A list of n values; NULL where there is no memory. */
static json_t *list_symbols(const uint32_t *value, size_t n)
{
    json_t *list = json_array();

    for (size_t i = 0; list != NULL && i < n; i++)
        if (json_array_append_new(list, value[i] == RR_NO_LABEL ? json_null()
                                                                : json_integer(value[i])) != 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

static json_t *list_words(const char *const *words, size_t n)
{
    json_t *list = json_array();

    for (size_t i = 0; list != NULL && i < n; i++)
        if (json_array_append_new(list, json_string(words[i])) != 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

static json_t *list_frames(const float *frame, size_t T, size_t D)
{
    json_t *list = json_array();

    for (size_t t = 0; list != NULL && t < T; t++) {
        json_t *row = json_array();
        int failed = json_array_append_new(list, row) != 0;
        for (size_t d = 0; !failed && d < D; d++)
            failed = json_array_append_new(row, json_real((double)frame[t * D + d])) != 0;
        if (failed) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

/* What the sample is: its inputs and labels. */
static rr_status put_sequence(json_t *row, const rr_export *e, const sample *x, rr_error *err)
{
    const size_t T = x->s.steps;
    rr_status st = RR_OK;

    if (x->words != NULL)
        RRI_TRY(rri_json_set(row, "tokens", list_words(x->words, T), err));
    if (x->s.symbols != NULL)
        RRI_TRY(rri_json_set(row, "symbol", list_symbols(x->s.symbols, T), err));
    else
        RRI_TRY(rri_json_set(row, "frame", list_frames(x->s.frames, T, rr_dataset_width(e->train)),
                             err));
    if (x->s.step_labels != NULL)
        RRI_TRY(rri_json_set(row, "step_label", list_symbols(x->s.step_labels, T), err));

done:
    return st;
}

static rr_status put_row(const rr_export *e, const sample *x, json_t *row, rr_error *err)
{
    const rr_addition *of = x->of;
    rr_status st = RR_OK;

    RRI_TRY(rri_json_set(row, "target", json_integer((json_int_t)x->id), err));
    RRI_TRY(
        rri_json_set(row, "truth", json_string(rr_dataset_class_name(e->train, of->truth)), err));
    RRI_TRY(rri_json_set(row, "prediction",
                         json_string(rr_dataset_class_name(e->train, of->prediction)), err));
    RRI_TRY(rri_json_set(row, "how", json_string(rr_enum_name(RR_ENUM_ADDITION, of->kind)), err));
    RRI_TRY(rri_json_set(row, "source", json_integer(of->source), err));
    RRI_TRY(
        rri_json_set(row, "label", json_string(rr_dataset_class_name(e->train, of->label)), err));
    RRI_TRY(rri_json_set(row, "class", json_integer(of->label), err));
    if (of->kind == RR_ADDITION_REPEAT)
        RRI_TRY(rri_json_set(row, "score", json_real((double)of->score), err));
    if (of->last > 0) {
        RRI_TRY(rri_json_set(row, "step", json_integer(of->step), err));
        RRI_TRY(rri_json_set(row, "last", json_integer(of->last), err));
        RRI_TRY(rri_json_set(row, "source_first", json_integer(of->source_first), err));
        RRI_TRY(rri_json_set(row, "source_last", json_integer(of->source_last), err));
    }
    if (of->kind == RR_ADDITION_INSERT) {
        RRI_TRY(rri_json_set(row, "step", json_integer(of->step), err));
        RRI_TRY(rri_json_set(row, "after", json_integer(of->after), err));
    }
    RRI_TRY(put_sequence(row, e, x, err));
    RRI_TRY(rri_json_set(row, "reason", json_string(x->reason), err));

done:
    return st;
}

static rr_status write_row(const rr_export *e, const sample *x, rri_writer *w, rr_error *err)
{
    json_t *row = json_object();
    char *text = NULL;
    rr_status st = RR_OK;

    RRI_TRY(put_row(e, x, row, err));
    RRI_TRY(rri_json_text(row, &text, err));
    RRI_TRY(rri_writer_write(w, text, strlen(text), err));
    RRI_TRY(rri_writer_write(w, "\n", 1, err));

done:
    rri_free(text);
    json_decref(row);
    return st;
}

static rr_status write_jsonl(const rr_export *e, const char *path, rr_error *err)
{
    size_t n = 0;
    const rr_addition *list = rr_additions_list(e->additions, &n);
    sample x = { .of = NULL };
    rri_writer *w = NULL;
    rr_status st = RR_OK;

    RRI_TRY(sample_begin(e, &x, err));
    RRI_TRY(rri_writer_open(path, &w, err));
    for (size_t i = 0; i < n; i++) {
        RRI_TRY(sample_take(e, &list[i], &x, err));
        RRI_TRY(write_row(e, &x, w, err));
    }
    st = rri_writer_commit(w, err);
    w = NULL;

done:
    rri_writer_abandon(w);
    sample_clear(&x);
    return st;
}

/* ---- npz ------------------------------------------------------------------------------------ */

/* The arrays, by their numbers in the open file. */
typedef struct arrays {
    size_t steps, label, target, truth, prediction, source, score, step, after, input, step_label;
    size_t last, source_first, source_last;
} arrays;

static rr_status declare(const rr_export *e, size_t M, size_t R, rri_npz_writer *w, arrays *a,
                         rr_error *err)
{
    const size_t D = rr_dataset_width(e->train);
    const struct {
        const char *name;
        size_t *to;
    } whole[] = { { "steps", &a->steps },
                  { "label", &a->label },
                  { "target", &a->target },
                  { "truth", &a->truth },
                  { "source", &a->source },
                  { "prediction", &a->prediction },
                  { "step", &a->step },
                  { "after", &a->after },
                  { "last", &a->last },
                  { "source_first", &a->source_first },
                  { "source_last", &a->source_last } };
    rr_status st = RR_OK;

    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
        RRI_TRY(rri_npz_writer_array(w, whole[i].name, RRI_NPZ_U32, &M, 1, whole[i].to, err));
    RRI_TRY(rri_npz_writer_array(w, "score", RRI_NPZ_F32, &M, 1, &a->score, err));
    if (D > 0)
        RRI_TRY(
            rri_npz_writer_array(w, "frame", RRI_NPZ_F32, (size_t[]){ R, D }, 2, &a->input, err));
    else
        RRI_TRY(rri_npz_writer_array(w, "symbol", RRI_NPZ_U32, &R, 1, &a->input, err));
    if (rr_dataset_step_labelled(e->train))
        RRI_TRY(rri_npz_writer_array(w, "step_label", RRI_NPZ_I64, &R, 1, &a->step_label, err));

done:
    return st;
}

static rr_status append(const rr_export *e, const sample *x, rri_npz_writer *w, const arrays *a,
                        rr_error *err)
{
    const size_t T = x->s.steps, D = rr_dataset_width(e->train);
    const rr_addition *of = x->of;
    const struct {
        size_t array;
        uint32_t value;
    } whole[] = { { a->steps, (uint32_t)T },
                  { a->label, of->label },
                  { a->target, (uint32_t)x->id },
                  { a->truth, of->truth },
                  { a->source, of->source },
                  { a->prediction, of->prediction },
                  { a->step, of->step },
                  { a->after, of->after },
                  { a->last, of->last },
                  { a->source_first, of->source_first },
                  { a->source_last, of->source_last } };
    rr_status st = RR_OK;

    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
        RRI_TRY(rri_npz_writer_append(w, whole[i].array, &whole[i].value, 1, err));
    RRI_TRY(rri_npz_writer_append(w, a->score, &of->score, 1, err));
    if (D > 0)
        RRI_TRY(rri_npz_writer_append(w, a->input, x->s.frames, T * D, err));
    else
        RRI_TRY(rri_npz_writer_append(w, a->input, x->s.symbols, T, err));
    if (x->s.step_labels != NULL)
        RRI_TRY(rri_npz_writer_labels(w, a->step_label, x->s.step_labels, T, err));

done:
    return st;
}

/* Why and how each of n samples is added. */
static rr_status append_texts(const rr_addition *list, char *const *reason, size_t n,
                              rri_npz_writer *w, rr_error *err)
{
    const char **text = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&text, n, 1, sizeof *text, err));
    for (size_t i = 0; i < n; i++)
        text[i] = rr_enum_name(RR_ENUM_ADDITION, list[i].kind);
    RRI_TRY(rri_npz_writer_texts(w, "how", text, n, 1, err));
    for (size_t i = 0; i < n; i++)
        text[i] = reason[i];
    RRI_TRY(rri_npz_writer_texts(w, "reason", text, n, 1, err));

done:
    rri_free(text);
    return st;
}

static rr_status write_npz(const rr_export *e, const char *path, rr_error *err)
{
    size_t n = 0, R = 0;
    const rr_addition *list = rr_additions_list(e->additions, &n);
    sample x = { .of = NULL };
    char **reason = NULL; /* [n] */
    rri_npz_writer *w = NULL;
    arrays a = { 0 };
    rr_status st = RR_OK;

    for (size_t i = 0; i < n; i++)
        R += rr_dataset_at(e->train, list[i].source).steps + (list[i].kind == RR_ADDITION_INSERT);
    RRI_TRY(sample_begin(e, &x, err));
    RRI_TRY(rri_alloc(&reason, n, 1, sizeof *reason, err));
    RRI_TRY(rri_npz_writer_new(path, &w, err));
    RRI_TRY(declare(e, n, R, w, &a, err));
    for (size_t i = 0; i < n; i++) {
        RRI_TRY(sample_take(e, &list[i], &x, err));
        RRI_TRY(append(e, &x, w, &a, err));
        reason[i] = x.reason;
        x.reason = NULL;
    }
    RRI_TRY(append_texts(list, reason, n, w, err));
    RRI_TRY(rri_npz_names(w, e->train, err));
    RRI_TRY(rri_npz_writer_close(w, err));

done:
    rri_npz_writer_free(w);
    for (size_t i = 0; reason != NULL && i < n; i++)
        rr_string_free(reason[i]);
    rri_free(reason);
    sample_clear(&x);
    return st;
}

rr_status rri_export_write(const rr_export *x, const char *path, rr_error *err)
{
    return rri_ends_in(path, ".npz") ? write_npz(x, path, err) : write_jsonl(x, path, err);
}
