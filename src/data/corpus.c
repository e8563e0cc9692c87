/* SPDX-License-Identifier: MIT */
/* corpus.c - the texts of a source: stores them, sorts their labels, balances and divides them. */
#include "data/corpus.h"

#include "core/utf8.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void rri_corpus_clear(rri_corpus *c)
{
    rri_words_clear(&c->labels);
    rri_free(c->row);
    rri_free(c->texts);
    rri_free(c->class_name);
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

static bool is_empty(const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        if (!rri_is_blank(text[i]) && text[i] != '\0')
            return false;
    return true;
}

rr_status rri_corpus_add(rri_corpus *c, rri_text row, const char *text, size_t bytes, rr_error *err)
{
    rr_status st = RR_OK;

    if (is_empty(text, bytes)) {
        if (row.line == 0)
            return rri_fail(err, RR_ERR_SHAPE, -1, "%s is empty", rri_corpus_path(c));
        return rri_fail(err, RR_ERR_SHAPE, (int64_t)row.line, "%s, line %zu: the text is empty",
                        rri_corpus_path(c), row.line);
    }
    if (c->count == c->capacity) {
        const size_t capacity = rri_max(256, 2 * c->capacity);
        RRI_TRY(rri_grow(&c->row, c->count, capacity, sizeof *c->row, err));
        c->capacity = capacity;
    }
    RRI_TRY(keep(c, text, bytes, &row.begin, err));
    row.bytes = bytes;
    row.file = c->file;
    c->row[c->count++] = row;

done:
    return st;
}

/* ---- labels --------------------------------------------------------------------------------- */

rr_status rri_corpus_name_classes(rri_corpus *c, const char *names, char separator, rr_error *err)
{
    uint32_t number = 0;
    rr_status st = RR_OK;

    for (const char *at = names;;) {
        const char *end = strchr(at, separator);
        const size_t n = end != NULL ? (size_t)(end - at) : strlen(at);
        const size_t before = c->labels.count;
        if (n == 0)
            return rri_fail(err, RR_ERR_ARG, -1, "classes=%s holds an empty name", names);
        RRI_TRY(rri_words_add(&c->labels, at, n, false, &number, err));
        if (number != before)
            return rri_fail(err, RR_ERR_ARG, -1, "classes=%s names \"%.*s\" twice", names,
                            (int)rri_min(n, 60), at);
        if (end == NULL)
            break;
        at = end + 1;
    }
    c->closed = true;

done:
    return st;
}

rr_status rri_corpus_label(rri_corpus *c, size_t line, const char *name, size_t bytes,
                           uint32_t *label, rr_error *err)
{
    const int shown = (int)rri_min(bytes, 60);

    if (bytes == 0)
        return rri_fail(err, RR_ERR_FORMAT, (int64_t)line, "%s, line %zu: there is no label",
                        rri_corpus_path(c), line);
    *label = rri_words_find(&c->labels, name, bytes, false);
    if (*label != RRI_NO_WORD)
        return RR_OK;
    if (c->closed)
        return rri_fail(err, RR_ERR_FORMAT, (int64_t)line,
                        "%s, line %zu: label \"%.*s\" is none of the %zu classes",
                        rri_corpus_path(c), line, shown, name, c->labels.count);
    if (c->labels.count == RRI_MAX_CLASSES)
        return rri_fail(err, RR_ERR_FORMAT, (int64_t)line,
                        "%s, line %zu: label \"%.*s\" is one class more than %d",
                        rri_corpus_path(c), line, shown, name, RRI_MAX_CLASSES);
    return rri_words_add(&c->labels, name, bytes, false, label, err);
}

/* A label on its way into order. */
typedef struct class_key {
    const char *name;
    double value; /* 0 unless all names are numbers */
    uint32_t label;
} class_key;

static int by_name(const void *a, const void *b)
{
    const class_key *p = a;
    const class_key *q = b;

    if (p->value != q->value)
        return p->value < q->value ? -1 : 1;
    return strcmp(p->name, q->name);
}

/* The keys of all labels, in order. */
static void order_labels(const rri_corpus *c, class_key *key)
{
    const size_t n = c->labels.count;
    bool numbers = true;

    for (size_t i = 0; i < n; i++) {
        key[i] = (class_key){ .name = rri_words_at(&c->labels, i), .label = (uint32_t)i };
        numbers = numbers && rri_parse_f64(key[i].name, &key[i].value);
    }
    for (size_t i = 0; i < n && !numbers; i++)
        key[i].value = 0.0;
    if (!c->closed)
        qsort(key, n, sizeof *key, by_name);
}

rr_status rri_corpus_classes(rri_corpus *c, rr_error *err)
{
    const size_t n = c->labels.count;
    class_key *key = NULL;
    uint32_t *class_of = NULL;
    rr_status st = RR_OK;

    assert(n > 0); /* there is a text */
    RRI_TRY(rri_alloc(&key, n, 1, sizeof *key, err));
    RRI_TRY(rri_alloc(&class_of, n, 1, sizeof *class_of, err));
    RRI_TRY(rri_alloc(&c->class_name, n, 1, sizeof *c->class_name, err));
    order_labels(c, key);
    for (size_t i = 0; i < n; i++) {
        class_of[key[i].label] = (uint32_t)i;
        c->class_name[i] = key[i].name;
    }
    for (size_t i = 0; i < c->count; i++)
        c->row[i].label = class_of[c->row[i].label];

done:
    rri_free(key);
    rri_free(class_of);
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
    const size_t classes = c->labels.count;
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
