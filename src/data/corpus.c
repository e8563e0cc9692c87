/* SPDX-License-Identifier: MIT */
/* corpus.c - the texts of a source: stores them with their classes and splits, balances and divides
 * them. */
#include "data/corpus.h"

#include "data/cutter.h"

#include <stdlib.h>
#include <string.h>

void rri_corpus_clear(rri_corpus *c)
{
    rri_labels_clear(&c->labels);
    rri_free(c->row);
    rri_free(c->tag);
    rri_free(c->texts);
    rri_free(c->class_name);
    rri_free(c->first_empty);
    *c = (rri_corpus){ .count = 0 };
}

/* ---- texts ---------------------------------------------------------------------------------- */

/* Copy bytes and a NUL to the end of the texts; *begin is where they lie. */
static rr_status keep(rri_corpus *c, const char *text, size_t bytes, size_t *begin, rr_error *err)
{
    rr_status st = RR_OK;

    if (bytes >= c->texts_capacity - c->used) {
        if (bytes > SIZE_MAX / 4 - c->texts_capacity)
            return rri_fail(err, RR_ERR_NOMEM, -1, "%zu bytes of text are too many to hold", bytes);
        const size_t capacity = rri_max(1 << 16, 2 * c->texts_capacity) + bytes;
        RRI_TRY(rri_grow(&c->texts, c->used, capacity, 1, err));
        c->texts_capacity = capacity;
    }
    *begin = c->used;
    memcpy(c->texts + c->used, text, bytes);
    c->texts[c->used + bytes] = '\0';
    c->used += bytes + 1;

done:
    return st;
}

rr_status rri_corpus_file(rri_corpus *c, const char *path, rr_error *err)
{
    return keep(c, path, strlen(path), &c->file, err);
}

const char *rri_corpus_path(const rri_corpus *c)
{
    return c->texts + c->file;
}

/* Where a text stands: its file, and its line if it has one. Owned. */
static rr_status place_of(const rri_corpus *c, size_t line, char **out, rr_error *err)
{
    if (line == 0)
        return rri_strdup(rri_corpus_path(c), out, err);
    return rri_format(out, err, "%s, line %zu", rri_corpus_path(c), line);
}

rr_status rri_corpus_add(rri_corpus *c, rri_text row, const char *text, size_t bytes, rr_error *err)
{
    const bool empty = row.cut ? bytes == 0 : !rri_has_word(text, bytes);
    rr_status st = RR_OK;

    if (empty && !c->keep_empty) {
        if (c->empty++ == 0)
            RRI_TRY(place_of(c, row.line, &c->first_empty, err));
        return RR_OK;
    }
    if (c->count == c->capacity) {
        const size_t capacity = rri_max(256, 2 * c->capacity);
        RRI_TRY(rri_grow(&c->row, c->count, capacity, sizeof *c->row, err));
        c->capacity = capacity;
    }
    RRI_TRY(keep(c, text, bytes, &row.begin, err));
    row.bytes = bytes;
    row.file = c->file;
    row.id = 0;
    if (row.name != NULL && *row.name != '\0') {
        RRI_TRY(keep(c, row.name, strlen(row.name), &row.id, err));
        c->named = true;
    }
    row.name = NULL;
    c->row[c->count++] = row;

done:
    return st;
}

/* ---- labels and splits ---------------------------------------------------------------------- */

/* A text without a label, which is an error unless no text has one. */
static rr_status add_bare(rri_corpus *c, size_t line, rr_error *err)
{
    c->bare++;
    if (c->unlabelled && !c->has_labels)
        return RR_OK;
    return rri_fail(err, RR_ERR_FORMAT, (int64_t)line, "%s, line %zu: there is no label%s",
                    rri_corpus_path(c), line,
                    c->unlabelled ? ", though texts before have one; label= reads all texts "
                                    "without their labels"
                                  : "");
}

rr_status rri_corpus_label(rri_corpus *c, size_t line, const char *name, size_t bytes,
                           uint32_t *label, rr_error *err)
{
    size_t n = 0;

    *label = 0;
    if (name != NULL)
        (void)rri_label_plain(name, bytes, &n);
    if (n == 0)
        return add_bare(c, line, err);
    if (c->bare > 0)
        return rri_fail(err, RR_ERR_FORMAT, (int64_t)line,
                        "%s, line %zu: there is a label, though texts before have none; label= "
                        "reads all texts without their labels",
                        rri_corpus_path(c), line);
    c->has_labels = true;
    return rri_labels_find(&c->labels, rri_corpus_path(c), line, name, bytes, label, err);
}

rr_status rri_corpus_tag(rri_corpus *c, size_t line, const char *name, size_t bytes, rr_error *err)
{
    uint32_t label = RR_NO_LABEL;
    size_t n = 0;
    rr_status st = RR_OK;

    if (name != NULL)
        (void)rri_label_plain(name, bytes, &n);
    if (n > 0)
        RRI_TRY(rri_labels_find(&c->labels, rri_corpus_path(c), line, name, bytes, &label, err));
    if (c->tags == c->tag_capacity) {
        const size_t capacity = rri_max(4096, 2 * c->tag_capacity);
        RRI_TRY(rri_grow(&c->tag, c->tags, capacity, sizeof *c->tag, err));
        c->tag_capacity = capacity;
    }
    c->tag[c->tags++] = label;

done:
    return st;
}

rr_status rri_corpus_split(const rri_corpus *c, size_t line, const char *name, unsigned char *split,
                           rr_error *err)
{
    const rr_status st = rri_split_find(name, (int64_t)line, split, err);

    return st == RR_OK ? st : rri_prefix(err, st, "%s, line %zu", rri_corpus_path(c), line);
}

static rr_status note_empty(rri_corpus *c, rr_error *err)
{
    if (c->empty == 0)
        return RR_OK;
    return rri_notes_add(c->notes, err,
                         "%zu text%s empty and passed over, the first at %s; empty=keep reads each "
                         "as one unknown word",
                         c->empty, c->empty == 1 ? " is" : "s are", c->first_empty);
}

/* The label of a text by its words; RR_NO_LABEL where none of them has one. */
static uint32_t label_of_words(const rri_corpus *c, const rri_text *row)
{
    return row->tags > 0 ? rri_last_label(c->tag + row->tag, row->tags) : RR_NO_LABEL;
}

/* Pass over the texts that should have the label of a word and have none. */
static rr_status drop_untagged(rri_corpus *c, rr_error *err)
{
    char *first = NULL;
    size_t kept = 0;
    rr_status st = RR_OK;

    for (size_t i = 0; i < c->count; i++) {
        const bool none = c->row[i].by_tags && label_of_words(c, &c->row[i]) == RR_NO_LABEL;
        if (none && first == NULL)
            RRI_TRY(
                rri_format(&first, err, "%s, line %zu", c->texts + c->row[i].file, c->row[i].line));
        if (!none)
            c->row[kept++] = c->row[i];
    }
    if (kept < c->count)
        RRI_TRY(rri_notes_add(c->notes, err,
                              "%zu text%s no word with a label and %s passed over, the first at %s",
                              c->count - kept, c->count - kept == 1 ? " has" : "s have",
                              c->count - kept == 1 ? "is" : "are", first));
    c->count = kept;

done:
    rri_free(first);
    return st;
}

/* Words have labels all or none of them may be missing. */
static rr_status settle_tags(rri_corpus *c, rr_error *err)
{
    const bool some = c->tags > 0 && rri_last_label(c->tag, c->tags) != RR_NO_LABEL;

    if (!c->tagged || some)
        return c->tagged ? drop_untagged(c, err) : RR_OK;
    if (!c->unlabelled && c->count > 0)
        return rri_fail(err, RR_ERR_FORMAT, -1, "%s: no word has a label", rri_corpus_path(c));
    c->tagged = false; /* texts without labels */
    c->bare = c->count;
    return RR_OK;
}

/* Number the classes of texts and words in their order. */
static void place_labels(rri_corpus *c, const uint32_t *place)
{
    for (size_t t = 0; t < c->tags; t++)
        if (c->tag[t] != RR_NO_LABEL)
            c->tag[t] = place[c->tag[t]];
    for (size_t i = 0; i < c->count && c->bare == 0; i++)
        c->row[i].label =
            c->row[i].by_tags ? label_of_words(c, &c->row[i]) : place[c->row[i].label];
}

rr_status rri_corpus_finish(rri_corpus *c, rr_error *err)
{
    const size_t n = c->labels.plain.count;
    uint32_t *place = NULL;
    rr_status st = RR_OK;

    RRI_TRY(note_empty(c, err));
    RRI_TRY(settle_tags(c, err));
    if (n == 0)
        return RR_OK;
    RRI_TRY(rri_alloc(&place, n, 1, sizeof *place, err));
    RRI_TRY(rri_alloc(&c->class_name, n, 1, sizeof *c->class_name, err));
    RRI_TRY(rri_labels_order(&c->labels, c->class_name, place, c->notes, err));
    place_labels(c, place);

done:
    rri_free(place);
    return st;
}

/* ---- balancing and division ----------------------------------------------------------------- */

/* The size of the smallest class, not counting those without a text. */
static size_t smallest_class(const size_t *texts, size_t classes)
{
    size_t least = SIZE_MAX;

    for (size_t k = 0; k < classes; k++)
        if (texts[k] > 0)
            least = rri_min(least, texts[k]);
    return least;
}

/* Mark which of the texts of class k stay: `stay` of the `n` there are. */
static rr_status draw_class(const rri_corpus *c, uint32_t k, size_t n, size_t stay, uint64_t seed,
                            bool *stays, rr_error *err)
{
    rri_random r = rri_random_at(seed, RRI_RANDOM_BALANCE, k);
    uint32_t *order = NULL;
    size_t *member = NULL;
    size_t found = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&order, n, 1, sizeof *order, err));
    RRI_TRY(rri_alloc(&member, n, 1, sizeof *member, err));
    for (size_t i = 0; i < c->count; i++)
        if (c->row[i].label == k)
            member[found++] = i;
    rri_random_permutation(&r, order, n);
    for (size_t i = 0; i < stay; i++)
        stays[member[order[i]]] = true;

done:
    rri_free(order);
    rri_free(member);
    return st;
}

rr_status rri_corpus_balance(rri_corpus *c, uint64_t seed, rr_error *err)
{
    const size_t classes = c->labels.plain.count;
    size_t *texts = NULL;
    bool *stays = NULL;
    size_t kept = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&texts, classes, 1, sizeof *texts, err));
    RRI_TRY(rri_alloc(&stays, c->count, 1, sizeof *stays, err));
    for (size_t i = 0; i < c->count; i++)
        texts[c->row[i].label]++;
    const size_t stay = smallest_class(texts, classes);
    for (uint32_t k = 0; k < classes; k++)
        if (texts[k] > 0)
            RRI_TRY(draw_class(c, k, texts[k], stay, seed, stays, err));
    for (size_t i = 0; i < c->count; i++)
        if (stays[i])
            c->row[kept++] = c->row[i];
    c->count = kept;

done:
    rri_free(texts);
    rri_free(stays);
    return st;
}

rr_status rri_corpus_divide(rri_corpus *c, const rri_division *d, rr_error *err)
{
    uint32_t *label = NULL;
    unsigned char *split = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&label, c->count, 1, sizeof *label, err));
    RRI_TRY(rri_alloc(&split, c->count, 1, 1, err));
    for (size_t i = 0; i < c->count; i++) {
        label[i] = c->row[i].label;
        split[i] = c->row[i].split;
    }
    RRI_TRY(rri_divide(d, label, c->count, split, err));
    for (size_t i = 0; i < c->count; i++)
        c->row[i].split = split[i];

done:
    rri_free(label);
    rri_free(split);
    return st;
}
