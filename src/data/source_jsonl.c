/* SPDX-License-Identifier: MIT */
/* source_jsonl.c - reads jsonl:FILE, one JSON object a line: a text to segment or a list of words;
 * a label; optionally a split. Other members are ignored. */
#include "data/source_text.h"

#include "core/utf8.h"
#include "io/json.h"
#include "io/lines.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

typedef struct reader {
    rri_corpus *corpus;
    size_t line;
    char *words; /* [capacity] the words of the current row, each closed by NUL */
    size_t capacity;
} reader;

static rr_status refuse(const reader *r, const char *what, rr_error *err)
{
    return rri_fail(err, RR_ERR_FORMAT, (int64_t)r->line, "%s, line %zu: %s",
                    rri_corpus_path(r->corpus), r->line, what);
}

/* A label is a string or a whole number. */
static rr_status read_label(const reader *r, const json_t *row, uint32_t *label, rr_error *err)
{
    const json_t *value = json_object_get(row, "label");
    char number[32];

    if (value == NULL)
        return refuse(r, "there is no label", err);
    if (json_is_integer(value)) {
        (void)snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        return rri_corpus_label(r->corpus, r->line, number, strlen(number), label, err);
    }
    if (!json_is_string(value))
        return refuse(r, "the label is neither a string nor a whole number", err);
    return rri_corpus_label(r->corpus, r->line, json_string_value(value), json_string_length(value),
                            label, err);
}

/* The split, which all rows have or none. */
static rr_status read_split(const reader *r, const json_t *row, unsigned char *split, rr_error *err)
{
    rri_corpus *c = r->corpus;
    const json_t *value = json_object_get(row, "split");
    unsigned which = RR_SPLIT_TRAIN;

    if (c->count == 0)
        c->divided = value != NULL;
    if ((value != NULL) != c->divided)
        return refuse(r,
                      c->divided ? "there is no split, though the rows before have one"
                                 : "there is a split, though the rows before have none",
                      err);
    if (value == NULL)
        return RR_OK;
    if (!json_is_string(value))
        return refuse(r, "the split is no string", err);
    if (rr_enum_parse(RR_ENUM_SPLIT, json_string_value(value), &which, err) != RR_OK)
        return rri_prefix(err, RR_ERR_FORMAT, "%s, line %zu", rri_corpus_path(c), r->line);
    *split = (unsigned char)which;
    return RR_OK;
}

/* Whether a word may be in a vocabulary, which is a file of words. */
static bool is_word(const json_t *value)
{
    const char *text = json_string_value(value);

    if (text == NULL || *text == '\0')
        return false;
    while (*text != '\0' && !rri_is_blank(*text))
        text++;
    return *text == '\0';
}

static rr_status read_words(reader *r, const json_t *tokens, size_t *used, rr_error *err)
{
    rr_status st = RR_OK;

    *used = 0;
    if (!json_is_array(tokens))
        return refuse(r, "tokens is no list", err);
    for (size_t i = 0; i < json_array_size(tokens); i++) {
        const json_t *value = json_array_get(tokens, i);
        if (!is_word(value))
            return rri_fail(err, RR_ERR_FORMAT, (int64_t)r->line,
                            "%s, line %zu: token %zu is no word: a string, not empty, without "
                            "white space",
                            rri_corpus_path(r->corpus), r->line, i);
        const size_t n = json_string_length(value) + 1;
        if (n > r->capacity - *used) {
            RRI_TRY(rri_grow(&r->words, *used, 2 * r->capacity + n + 256, 1, err));
            r->capacity = 2 * r->capacity + n + 256;
        }
        assert(r->words != NULL);
        memcpy(r->words + *used, json_string_value(value), n);
        *used += n;
    }

done:
    return st;
}

static rr_status add_row(reader *r, const json_t *json, rr_error *err)
{
    rri_corpus *c = r->corpus;
    rri_text row = { .line = r->line };
    const json_t *tokens = json_object_get(json, "tokens");
    const json_t *text = json_object_get(json, "text");
    size_t used = 0;
    rr_status st = RR_OK;

    if (!json_is_object(json))
        return refuse(r, "there is no JSON object", err);
    RRI_TRY(read_label(r, json, &row.label, err));
    RRI_TRY(read_split(r, json, &row.split, err));
    row.cut = tokens != NULL;
    if (tokens != NULL) {
        RRI_TRY(read_words(r, tokens, &used, err));
        RRI_TRY(rri_corpus_add(c, row, used > 0 ? r->words : "", used, err));
    } else if (json_is_string(text)) {
        RRI_TRY(rri_corpus_add(c, row, json_string_value(text), json_string_length(text), err));
    } else {
        return refuse(r, "there is neither a list of tokens nor a text", err);
    }

done:
    return st;
}

static rr_status read_rows(rri_corpus *c, const char *path, rr_error *err)
{
    reader r = { .corpus = c };
    rri_lines *lines = NULL;
    json_t *row = NULL;
    char *text = NULL;
    size_t bytes = 0;
    rr_status st = RR_OK;

    rri_source_reads++;
    RRI_TRY(rri_lines_open(path, NULL, &lines, err));
    for (;;) {
        RRI_TRY(rri_lines_next(lines, &text, &bytes, err));
        if (text == NULL)
            break;
        r.line = rri_lines_number(lines);
        if (bytes == 0)
            continue;
        RRI_TRY(rri_check_utf8(path, r.line, text, bytes, false, err));
        RRI_TRY(rri_json_parse_line(text, bytes, path, r.line, &row, err));
        RRI_TRY(add_row(&r, row, err));
        json_decref(row);
        row = NULL;
    }

done:
    json_decref(row);
    rri_free(r.words);
    rri_lines_close(lines);
    return st;
}

static rr_status read(const rri_request *in, const bool wanted[3], rri_corpus *out, rr_error *err)
{
    const rri_spec *spec = in->spec;
    const char *classes = rri_spec_value(spec, "classes");
    rri_division division = { .holdout = 0.0, .dev = 0.0, .seed = 1 };
    rr_status st = RR_OK;

    (void)wanted; /* the classes are those of all rows */
    RRI_TRY(rri_division_read(spec, &division, err));
    if (classes != NULL)
        RRI_TRY(rri_corpus_name_classes(out, classes, '|', err));
    RRI_TRY(rri_corpus_file(out, spec->path, err));
    RRI_TRY(read_rows(out, spec->path, err));
    if (out->divided)
        RRI_TRY(rri_refuse_division(spec, "rows with splits", err));
    else
        RRI_TRY(rri_corpus_divide(out, division.holdout, division.dev, division.seed, err));

done:
    return st;
}

const rri_source_kind rri_source_jsonl = {
    .kind = "jsonl",
    .path = "FILE",
    .parameters = { RRI_TEXT_PARAMETERS, "classes", RRI_DIVISION_PARAMETERS, NULL },
    .read = read,
};
