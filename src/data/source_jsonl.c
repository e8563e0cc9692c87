/* SPDX-License-Identifier: MIT */
/* source_jsonl.c - reads jsonl:FILE and json:FILE, one JSON object a line or an array of objects: a
 * text to segment or a list of words; a label; optionally a split. Other members are ignored. */
#include "data/source_text.h"

#include "core/utf8.h"
#include "io/json.h"

#include <assert.h>
#include <string.h>

typedef struct reader {
    rri_corpus *corpus;
    const char *tokens, *text, *label, *split, *tags, *id; /* names of members; NULL: not read */
    bool needs_label, needs_id;
    rr_split file; /* the split of rows that name none */
    size_t line;
    char *words; /* [capacity] the words of the current row, each closed by NUL */
    size_t capacity;
} reader;

static rr_status refuse(const reader *r, const char *what, rr_error *err)
{
    return rri_fail(err, RR_ERR_FORMAT, (int64_t)r->line, "%s, line %zu: %s",
                    rri_corpus_path(r->corpus), r->line, what);
}

/* A member of that name, NULL where the row has none or it is null. */
static const json_t *member(const json_t *row, const char *name)
{
    const json_t *value = name != NULL ? json_object_get(row, name) : NULL;

    return json_is_null(value) ? NULL : value;
}

/* The row lacks what a parameter names; its members are listed. */
static rr_status lacks(const reader *r, json_t *row, const char *name, const char *parameter,
                       rr_error *err)
{
    char list[160] = "";
    size_t n = 0;
    const char *key = NULL;
    json_t *value = NULL;

    json_object_foreach(row, key, value) if (n + 1 < sizeof list) n +=
        (size_t)rri_snprintf(list + n, sizeof list - n, "%s%.40s", n > 0 ? ", " : "", key);
    return rri_fail(err, RR_ERR_FORMAT, (int64_t)r->line,
                    "%s, line %zu: there is no member \"%s\" among %s (%s=NAME names another)",
                    rri_corpus_path(r->corpus), r->line, name, n > 0 ? list : "none", parameter);
}

enum { NUMBER = 64 }; /* bytes of a number as a text */

/* A label is a string, a number, true or false; strings are borrowed, others written to `own`. */
static rr_status label_text(const reader *r, const json_t *value, char own[NUMBER],
                            const char **out, size_t *bytes, rr_error *err)
{
    *out = own;
    if (json_is_object(value) || json_is_array(value))
        return refuse(r, "the label is neither a string nor a number, true or false", err);
    if (json_is_string(value)) {
        *out = json_string_value(value);
        *bytes = json_string_length(value);
    } else {
        void *const locale = rri_c_locale_begin();
        *bytes = json_dumpb(value, own, NUMBER, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
        rri_c_locale_end(locale);
    }
    return RR_OK;
}

static rr_status read_label(const reader *r, json_t *row, rri_text *to, rr_error *err)
{
    const json_t *value = member(row, r->label);
    const char *text = NULL;
    char own[NUMBER];
    size_t bytes = 0;
    rr_status st = RR_OK;

    to->by_tags = r->tags != NULL && value == NULL;
    if (to->by_tags)
        return RR_OK;
    if (value != NULL)
        RRI_TRY(label_text(r, value, own, &text, &bytes, err));
    else if (r->needs_label && json_object_get(row, r->label) != NULL)
        return refuse(r, "the label is null; expected a string, a number, true or false", err);
    else if (r->needs_label)
        RRI_TRY(lacks(r, row, r->label, "label", err));
    RRI_TRY(rri_corpus_label(r->corpus, r->line, text, bytes, &to->label, err));

done:
    return st;
}

/* The split, which all rows have or none. */
static rr_status read_split(const reader *r, const json_t *row, unsigned char *split, rr_error *err)
{
    rri_corpus *c = r->corpus;
    const json_t *value = member(row, r->split);

    if (c->count + c->empty == 0)
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
    return rri_corpus_split(c, r->line, json_string_value(value), split, err);
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

/* The labels of the words. */
static rr_status read_tags(const reader *r, json_t *row, const json_t *tokens, rri_text *to,
                           rr_error *err)
{
    const json_t *tags = member(row, r->tags);
    rr_status st = RR_OK;

    if (tokens == NULL)
        return refuse(r, "there are no tokens which the tags could be of", err);
    if (tags == NULL)
        return lacks(r, row, r->tags, "tags", err);
    if (!json_is_array(tags) || json_array_size(tags) != json_array_size(tokens))
        return rri_fail(err, RR_ERR_FORMAT, (int64_t)r->line,
                        "%s, line %zu: %s is no list of %zu labels, one a token",
                        rri_corpus_path(r->corpus), r->line, r->tags, json_array_size(tokens));
    to->tag = r->corpus->tags;
    to->tags = json_array_size(tags);
    for (size_t i = 0; i < to->tags; i++) {
        const json_t *value = json_array_get(tags, i);
        const char *text = NULL;
        char own[NUMBER];
        size_t bytes = 0;
        if (!json_is_null(value))
            RRI_TRY(label_text(r, value, own, &text, &bytes, err));
        RRI_TRY(rri_corpus_tag(r->corpus, r->line, text, bytes, err));
    }

done:
    return st;
}

/* The row's own id, a string or a number; other values of a member that was not asked for are none.
 * Strings are borrowed, others written to `own`. */
static rr_status read_id(const reader *r, json_t *row, char own[NUMBER], const char **out,
                         rr_error *err)
{
    const json_t *value = member(row, r->id);
    const bool single = json_is_string(value) || json_is_number(value);
    size_t bytes = 0;
    rr_status st = RR_OK;

    *out = NULL;
    if (r->needs_id && value == NULL)
        return lacks(r, row, r->id, "id", err);
    if (r->needs_id && !single)
        return refuse(r, "the id is neither a string nor a number", err);
    if (!single)
        return RR_OK;
    RRI_TRY(label_text(r, value, own, out, &bytes, err));
    if (*out == own)
        own[rri_min(bytes, NUMBER - 1)] = '\0';

done:
    return st;
}

static rr_status add_row(reader *r, json_t *json, rr_error *err)
{
    char id[NUMBER];
    rri_text row = { .line = r->line, .split = (unsigned char)r->file };
    const json_t *tokens = member(json, r->tokens);
    const json_t *text = json_object_get(json, r->text);
    size_t used = 0;
    rr_status st = RR_OK;

    if (!json_is_object(json))
        return refuse(r, "there is no JSON object", err);
    RRI_TRY(read_label(r, json, &row, err));
    RRI_TRY(read_split(r, json, &row.split, err));
    RRI_TRY(read_id(r, json, id, &row.name, err));
    row.cut = tokens != NULL;
    if (r->tags != NULL)
        RRI_TRY(read_tags(r, json, tokens, &row, err));
    if (tokens != NULL) {
        RRI_TRY(read_words(r, tokens, &used, err));
        RRI_TRY(rri_corpus_add(r->corpus, row, used > 0 ? r->words : "", used, err));
    } else if (json_is_string(text)) {
        RRI_TRY(
            rri_corpus_add(r->corpus, row, json_string_value(text), json_string_length(text), err));
    } else if (json_is_null(text)) {
        RRI_TRY(rri_corpus_add(r->corpus, row, "", 0, err));
    } else if (text != NULL) {
        return refuse(r, "the text is no string", err);
    } else {
        return lacks(r, json, r->text, "text", err);
    }

done:
    return st;
}

static rr_status read_rows(reader *r, const char *path, const char *encoding, rr_error *err)
{
    rri_json_rows *rows = NULL;
    json_t *row = NULL;
    rr_status st = RR_OK;

    rri_source_reads++;
    RRI_TRY(rri_corpus_file(r->corpus, path, err));
    RRI_TRY(rri_json_rows_open(path, encoding, &rows, err));
    for (;;) {
        RRI_TRY(rri_json_rows_next(rows, &row, err));
        if (row == NULL)
            break;
        r->line = rri_json_rows_line(rows);
        RRI_TRY(add_row(r, row, err));
        json_decref(row);
        row = NULL;
    }

done:
    json_decref(row);
    rri_json_rows_close(rows);
    return st;
}

/* The names of the members. Where a text is named, a list of words has to be, too. */
static rr_status read_names(const rri_request *in, reader *r, rr_error *err)
{
    const char *text = rri_spec_value(in->spec, "text");
    const char *tokens = rri_spec_value(in->spec, "tokens");
    const char *split = rri_spec_value(in->spec, "split");
    const char *id = rri_spec_value(in->spec, "id");
    const bool label_given = rri_spec_value(in->spec, "label") != NULL;
    rr_status st = RR_OK;

    r->text = text != NULL ? text : "text";
    r->tokens = tokens != NULL ? tokens : text != NULL ? NULL : "tokens";
    r->tags = rri_spec_value(in->spec, "tags");
    r->id = id == NULL ? "id" : *id != '\0' ? id : NULL;
    r->needs_id = id != NULL && *id != '\0';
    r->split = split == NULL ? "split" : *split != '\0' ? split : NULL;
    RRI_TRY(rri_label_read(in, "label", &r->label, err));
    r->needs_label = r->label != NULL && (label_given || !in->unlabelled);

done:
    return st;
}

static rr_status read(const rri_request *in, const bool wanted[3], rri_corpus *out, rr_error *err)
{
    const rri_spec *spec = in->spec;
    rri_division division = { .seed = 1 };
    reader r = { .corpus = out };
    rr_status st = RR_OK;

    (void)wanted; /* the classes are those of all rows */
    RRI_TRY(rri_text_begin(in, out, &division, err));
    RRI_TRY(read_names(in, &r, err));
    out->tagged = r.tags != NULL;
    if (in->paths->count > 1)
        r.split = NULL;
    for (size_t i = 0; i < in->paths->count; i++) {
        r.file = rri_paths_split(in->paths, i);
        RRI_TRY(read_rows(&r, in->paths->path[i], rri_spec_value(spec, "encoding"), err));
    }
    if (out->divided)
        RRI_TRY(rri_refuse_division(spec, "rows with splits (`split=` passes them over)", err));
    RRI_TRY(rri_corpus_divide(out, &division, err));

done:
    rri_free(r.words);
    return st;
}

#define ROW_PARAMETERS                                                                             \
    {                                                                                              \
        RRI_TEXT_PARAMETERS, "text", "tokens", "tags", "label", "split", "id", "classes",          \
            RRI_DIVISION_PARAMETERS, "encoding", NULL                                              \
    }

const rri_source_kind rri_source_jsonl = {
    .kind = "jsonl",
    .path = "FILE",
    .files = RRI_MOST_PATHS,
    .parameters = ROW_PARAMETERS,
    .read = read,
};

const rri_source_kind rri_source_json = {
    .kind = "json",
    .path = "FILE",
    .files = RRI_MOST_PATHS,
    .parameters = ROW_PARAMETERS,
    .read = read,
};
