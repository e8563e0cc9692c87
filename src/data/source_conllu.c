/* SPDX-License-Identifier: MIT */
/* source_conllu.c - reads conllu:PATH, sentences whose words have labels, as treebanks in CoNLL-U
 * have them: a file, files of splits, or a folder with a file of each split.
 *
 *     # sent_id = ...                      the sentence's own id
 *     # text = ...                         other comments, passed over
 *     1-2  dont  _  _ ...                  a token that is several words: its words follow
 *     1    do    do AUX  VBP Mood=Ind ...  a word: ID FORM LEMMA UPOS XPOS FEATS HEAD DEPREL DEPS
 *     1.1  ...                             MISC; a word that is not written is passed over
 *
 * Columns are separated by tabs, and a sentence ends with an empty line. The label of a word is
 * what stands in a column, `_` for none; or the value of a key in FEATS or MISC, where a word
 * without the key is of the class `_`. */
#include "data/source_text.h"

#include "core/utf8.h"
#include "io/folder.h"
#include "io/io.h"
#include "io/lines.h"

#include <string.h>

enum { ID, FORM, UPOS = 3, FEATS = 5, MISC = 9, COLUMNS = 10 };

static const char *const column_names[COLUMNS] = { "id",    "form", "lemma",  "upos", "xpos",
                                                   "feats", "head", "deprel", "deps", "misc" };
static const char missing[] = "_";
static const char *const split_names[3] = { "train", "dev", "test" };

typedef struct reader {
    rri_corpus *corpus;
    size_t column;
    const char *key; /* in FEATS or MISC; NULL: the whole column */
    rri_text row;    /* the sentence being read */
    char *id;        /* [id_capacity] its sent_id, "" without */
    size_t id_capacity;
    size_t next; /* the number of its next word */
    char *words; /* [capacity] each closed by NUL */
    size_t used, capacity;
    size_t blanks; /* words written with white space inside */
    size_t keyed;  /* words with the key */
    size_t count;  /* words */
} reader;

/* ---- the column ----------------------------------------------------------------------------- */

static rr_status find_column(const char *given, reader *r, rr_error *err)
{
    const char *dot = strchr(given, '.');
    const size_t n = dot != NULL ? (size_t)(dot - given) : strlen(given);
    size_t number = 0;

    if (dot == NULL && rri_parse_size(given, &number) && number >= 1 && number <= COLUMNS) {
        r->column = number - 1;
        return RR_OK;
    }
    for (size_t c = 0; c < COLUMNS; c++)
        if (strlen(column_names[c]) == n && memcmp(column_names[c], given, n) == 0 &&
            (dot == NULL || ((c == FEATS || c == MISC) && dot[1] != '\0'))) {
            r->column = c;
            r->key = dot != NULL ? dot + 1 : NULL;
            return RR_OK;
        }
    return rri_fail(err, RR_ERR_ARG, -1,
                    "column=%s of conllu: expected id, form, lemma, upos, xpos, feats, head, "
                    "deprel, deps or misc, its number 1 to 10, or as feats.Number a key of feats "
                    "or misc",
                    given);
}

/* The value of a key in "Case=Nom|Number=Sing"; `missing` itself where it is missing. */
static const char *value_of(const char *list, const char *key, size_t *bytes)
{
    const size_t n = strlen(key);

    for (;;) {
        const size_t part = strcspn(list, "|");
        if (part > n && memcmp(list, key, n) == 0 && list[n] == '=') {
            *bytes = part - n - 1;
            return list + n + 1;
        }
        if (list[part] == '\0')
            break;
        list += part + 1;
    }
    *bytes = 1;
    return missing;
}

/* ---- words ---------------------------------------------------------------------------------- */

static rr_status refuse(const reader *r, size_t line, const char *what, const char *value,
                        rr_error *err)
{
    return rri_fail(err, RR_ERR_FORMAT, (int64_t)line, "%s, line %zu: %s \"%.40s\"",
                    rri_corpus_path(r->corpus), line, what, value);
}

/* Cut a line at its tabs. */
static rr_status cut_columns(const reader *r, size_t line, char *text, char *column[COLUMNS],
                             rr_error *err)
{
    size_t n = 0;

    for (char *at = text; at != NULL; n++) {
        char *tab = strchr(at, '\t');
        if (n < COLUMNS)
            column[n] = at;
        if (tab != NULL)
            *tab++ = '\0';
        at = tab;
    }
    if (n == COLUMNS)
        return RR_OK;
    return rri_fail(err, RR_ERR_FORMAT, (int64_t)line,
                    "%s, line %zu: %zu column%s separated by tabs, where CoNLL-U has %d",
                    rri_corpus_path(r->corpus), line, n, n == 1 ? "" : "s", COLUMNS);
}

/* Whether an ID is of a token of several words (3-4), or of a word that is not written (3.1). */
static bool is_beside(const char *id)
{
    const size_t n = strspn(id, "0123456789");
    const char *rest = id + n + 1;

    return n > 0 && (id[n] == '-' || id[n] == '.') && *rest != '\0' &&
           rest[strspn(rest, "0123456789")] == '\0';
}

/* Append a word; white space in it, which CoNLL-U allows, becomes '_'. */
static rr_status keep_word(reader *r, char *form, rr_error *err)
{
    const size_t n = strlen(form) + 1;
    bool blank = false;
    rr_status st = RR_OK;

    for (char *p = form; *p != '\0'; p++)
        if (rri_is_blank(*p)) {
            *p = '_';
            blank = true;
        }
    r->blanks += blank;
    if (n > r->capacity - r->used) {
        RRI_TRY(rri_grow(&r->words, r->used, 2 * r->capacity + n + 1024, 1, err));
        r->capacity = 2 * r->capacity + n + 1024;
    }
    memcpy(r->words + r->used, form, n);
    r->used += n;

done:
    return st;
}

static rr_status add_word(reader *r, size_t line, char *text, rr_error *err)
{
    char *column[COLUMNS] = { NULL };
    size_t id = 0;
    size_t n = 0;
    rr_status st = RR_OK;

    RRI_TRY(cut_columns(r, line, text, column, err));
    if (is_beside(column[ID]))
        return RR_OK;
    if (!rri_parse_size(column[ID], &id) || id != r->next)
        return rri_fail(err, RR_ERR_FORMAT, (int64_t)line,
                        "%s, line %zu: the number of the word is \"%.20s\", expected %zu",
                        rri_corpus_path(r->corpus), line, column[ID], r->next);
    if (*column[FORM] == '\0')
        return refuse(r, line, "there is no word beside the number", column[ID], err);
    const char *label = column[r->column];
    r->count++;
    if (r->key != NULL) {
        label = value_of(label, r->key, &n);
        r->keyed += label != missing;
    } else {
        n = strcmp(label, missing) == 0 ? 0 : strlen(label);
    }
    RRI_TRY(rri_corpus_tag(r->corpus, line, n > 0 ? label : NULL, n, err));
    RRI_TRY(keep_word(r, column[FORM], err));
    r->next++;

done:
    return st;
}

/* Take the id of the sentence that follows from a comment that has it. */
static rr_status read_comment(reader *r, const char *text, rr_error *err)
{
    static const char name[] = "sent_id";
    const char *at = text + 1;
    rr_status st = RR_OK;

    at += strspn(at, " \t");
    if (strncmp(at, name, sizeof name - 1) != 0)
        return RR_OK;
    at += sizeof name - 1;
    at += strspn(at, " \t");
    if (*at != '=')
        return RR_OK;
    at++;
    at += strspn(at, " \t");
    size_t n = strlen(at);
    while (n > 0 && rri_is_blank(at[n - 1]))
        n--;
    if (n >= r->id_capacity) {
        RRI_TRY(rri_grow(&r->id, 0, 2 * n + 64, 1, err));
        r->id_capacity = 2 * n + 64;
    }
    memcpy(r->id, at, n);
    r->id[n] = '\0';
    r->row.name = r->id;

done:
    return st;
}

/* Add the sentence that ends here, if there is one, and begin another. */
static rr_status end_sentence(reader *r, rr_error *err)
{
    rr_status st = RR_OK;

    r->row.tags = r->corpus->tags - r->row.tag;
    if (r->used > 0)
        RRI_TRY(rri_corpus_add(r->corpus, r->row, r->words, r->used, err));
    r->row.tag = r->corpus->tags;
    r->row.name = NULL;
    r->used = 0;
    r->next = 1;

done:
    return st;
}

/* ---- files ---------------------------------------------------------------------------------- */

static rr_status read_file(reader *r, const rri_spec *spec, const char *path, rr_split split,
                           rr_error *err)
{
    rri_lines *lines = NULL;
    char *text = NULL;
    size_t bytes = 0;
    rr_status st = RR_OK;

    rri_source_reads++;
    RRI_TRY(rri_corpus_file(r->corpus, path, err));
    RRI_TRY(rri_lines_open(path, rri_spec_value(spec, "encoding"), &lines, err));
    r->row = (rri_text){
        .split = (unsigned char)split, .cut = true, .by_tags = true, .tag = r->corpus->tags
    };
    r->next = 1;
    for (;;) {
        RRI_TRY(rri_lines_next(lines, &text, &bytes, err));
        if (text == NULL)
            break;
        const size_t line = rri_lines_number(lines);
        RRI_TRY(rri_check_utf8(path, line, text, bytes, true, err));
        if (bytes == 0)
            RRI_TRY(end_sentence(r, err));
        if (bytes > 0 && *text == '#')
            RRI_TRY(read_comment(r, text, err));
        if (bytes == 0 || *text == '#')
            continue;
        if (r->used == 0)
            r->row.line = line;
        RRI_TRY(add_word(r, line, text, err));
    }
    RRI_TRY(end_sentence(r, err));

done:
    rri_lines_close(lines);
    return st;
}

/* The names in a folder that hold those of the splits. Errors FORMAT (two of one split), IO. */
static rr_status find_files(const char *dir, const rri_names *names, const char *found[3],
                            rr_error *err)
{
    for (size_t i = 0; i < names->count; i++) {
        const char *name = names->name[i];
        if (*name == '.' || (!rri_ends_in(name, ".conllu") && !rri_ends_in(name, ".conllu.gz")))
            continue;
        for (int s = 0; s < 3; s++) {
            if (strstr(name, split_names[s]) == NULL)
                continue;
            if (found[s] != NULL)
                return rri_fail(err, RR_ERR_FORMAT, -1,
                                "%s: %s and %s are both named %s: name the files, TRAIN,DEV,TEST",
                                dir, found[s], name, split_names[s]);
            found[s] = name;
        }
    }
    if (found[0] == NULL && found[1] == NULL && found[2] == NULL)
        return rri_fail(
            err, RR_ERR_IO, -1,
            "%s holds no file .conllu or .conllu.gz with train, dev or test in its name", dir);
    return RR_OK;
}

static rr_status read_folder(reader *r, const rri_spec *spec, rr_error *err)
{
    const char *found[3] = { NULL };
    rri_names names = { .count = 0 };
    char *path = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_refuse_division(spec, "files of its splits", err));
    RRI_TRY(rri_folder_names(spec->path, "", &names, err));
    RRI_TRY(find_files(spec->path, &names, found, err));
    for (int s = 0; s < 3; s++) {
        if (found[s] == NULL)
            continue;
        RRI_TRY(rri_path_join(spec->path, found[s], &path, err));
        RRI_TRY(read_file(r, spec, path, (rr_split)s, err));
        rri_free(path);
        path = NULL;
    }

done:
    rri_free(path);
    rri_names_clear(&names);
    return st;
}

static rr_status read(const rri_request *in, const bool wanted[3], rri_corpus *out, rr_error *err)
{
    const char *column = rri_spec_value(in->spec, "column");
    rri_division division = { .seed = 1 };
    reader r = { .corpus = out, .column = UPOS };
    rr_status st = RR_OK;

    (void)wanted; /* the classes are those of all files */
    RRI_TRY(rri_text_begin(in, out, &division, err));
    if (column != NULL)
        RRI_TRY(find_column(column, &r, err));
    out->tagged = true;
    if (rri_is_folder(in->spec->path))
        RRI_TRY(read_folder(&r, in->spec, err));
    else
        for (size_t i = 0; i < in->paths->count; i++)
            RRI_TRY(
                read_file(&r, in->spec, in->paths->path[i], rri_paths_split(in->paths, i), err));
    if (r.key != NULL && r.keyed == 0 && r.count > 0 && !out->unlabelled)
        RRI_TRY(rri_fail(err, RR_ERR_FORMAT, -1, "%s: no word has the key %s in its %s",
                         in->spec->path, r.key, column_names[r.column]));
    if (r.blanks > 0)
        RRI_TRY(rri_notes_add(out->notes, err,
                              "%s: %zu word%s white space inside, which is read as _",
                              in->spec->path, r.blanks, r.blanks == 1 ? " has" : "s have"));
    RRI_TRY(rri_corpus_divide(out, &division, err));

done:
    rri_free(r.words);
    rri_free(r.id);
    return st;
}

const rri_source_kind rri_source_conllu = {
    .kind = "conllu",
    .path = "DIR",
    .files = RRI_MOST_PATHS,
    .parameters = { RRI_TEXT_PARAMETERS, "column", "classes", RRI_DIVISION_PARAMETERS, "encoding",
                    NULL },
    .part = ".conllu",
    .read = read,
};
