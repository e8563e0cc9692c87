/* SPDX-License-Identifier: MIT */
/* corpus_words.c - segments the texts of a corpus into words, builds the vocabulary of the train
 * split, and builds datasets.
 *
 * Every spelling is stored once and numbered. A word of the vocabulary is a spelling, or the lower
 * case of several. So the vocabulary is searched once per spelling, and a dataset needs one copy of
 * each spelling that differs from its word. */
#include "data/corpus.h"
#include "data/origins.h"
#include "data/vocabulary.h"

#include "data/cutter.h"

#include <stdlib.h>
#include <string.h>

/* Spellings, and the texts of one split as their numbers. */
typedef struct cutting {
    const rri_corpus *corpus;
    const rri_text_options *options;
    rri_cutter *cutter;
    rri_words spelling;
    uint64_t *times; /* [capacity] how often a spelling occurs in the texts counted so far */
    size_t capacity;
    uint32_t *step; /* [steps] spellings of the current texts */
    size_t steps, step_capacity;
} cutting;

static void clear_cutting(cutting *k)
{
    rri_cutter_free(k->cutter);
    rri_words_clear(&k->spelling);
    rri_free(k->times);
    rri_free(k->step);
}

rr_status rri_text_options_read(const rri_spec *spec, rri_text_options *out, rr_error *err)
{
    const char *empty = rri_spec_value(spec, "empty");
    size_t lower = 1;
    rr_status st = RR_OK;

    *out = (rri_text_options){ .words = 25000, .min_count = 1, .max_steps = SIZE_MAX };
    RRI_TRY(rri_spec_size(spec, "lower", 0, 1, &lower, err));
    RRI_TRY(rri_spec_size(spec, "words", 2, UINT32_MAX - 1, &out->words, err));
    RRI_TRY(rri_spec_size(spec, "min-count", 1, SIZE_MAX, &out->min_count, err));
    RRI_TRY(rri_spec_size(spec, "max-steps", 1, SIZE_MAX, &out->max_steps, err));
    out->lower = lower != 0;
    out->keep_empty = empty != NULL && strcmp(empty, "keep") == 0;
    if (empty != NULL && !out->keep_empty && strcmp(empty, "drop") != 0)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "empty=%s of %s: expected drop or keep", empty,
                         spec->kind));

done:
    return st;
}

/* ---- segmentation --------------------------------------------------------------------------- */

/* Append a word to the steps and count it. */
static rr_status add_word(cutting *k, const char *word, size_t bytes, rr_error *err)
{
    uint32_t number = 0;
    rr_status st = RR_OK;

    if (k->steps == k->step_capacity) {
        const size_t capacity = rri_max(4096, 2 * k->step_capacity);
        RRI_TRY(rri_grow(&k->step, k->steps, capacity, sizeof *k->step, err));
        k->step_capacity = capacity;
    }
    RRI_TRY(rri_words_add(&k->spelling, word, bytes, false, &number, err));
    if (number >= k->capacity) {
        const size_t capacity = rri_max(1024, 2 * k->capacity);
        RRI_TRY(rri_grow(&k->times, k->capacity, capacity, sizeof *k->times, err));
        k->capacity = capacity;
    }
    k->times[number]++;
    k->step[k->steps++] = number;

done:
    return st;
}

/* The next word of a text given as words; *at moves behind it. */
static bool next_cut(const char *text, size_t bytes, size_t *at, const char **word, size_t *n)
{
    if (*at >= bytes)
        return false;
    *word = text + *at;
    *n = strlen(*word);
    *at += *n + 1;
    return true;
}

/* Append the words of a text; one without a word is one unknown word. */
static rr_status cut_text(cutting *k, const rri_text *row, rr_error *err)
{
    const char *text = k->corpus->texts + row->begin;
    const char *path = k->corpus->texts + row->file;
    const size_t before = k->steps;
    const char *word = NULL;
    size_t at = 0;
    size_t n = 0;
    rr_status st = RR_OK;

    if (!row->cut)
        RRI_TRY(rri_cutter_begin(k->cutter, text, row->bytes, err));
    while (k->steps - before < k->options->max_steps &&
           (row->cut ? next_cut(text, row->bytes, &at, &word, &n)
                     : rri_cutter_next(k->cutter, &word, &n)))
        RRI_TRY(add_word(k, word, n, err));
    if (k->steps == before)
        RRI_TRY(add_word(k, "<unk>", strlen("<unk>"), err));

done:
    if (st == RR_ERR_SHAPE || st == RR_ERR_FORMAT)
        return row->line != 0 ? rri_prefix(err, st, "%s, line %zu", path, row->line)
                              : rri_prefix(err, st, "%s", path);
    return st;
}

/* ---- the vocabulary ------------------------------------------------------------------------- */

typedef struct frequency {
    const char *word;
    uint64_t times;
} frequency;

static int most_frequent_first(const void *a, const void *b)
{
    const frequency *p = a;
    const frequency *q = b;

    if (p->times != q->times)
        return p->times > q->times ? -1 : 1;
    return strcmp(p->word, q->word);
}

/* How often each word occurs, special words excluded. The words point
 * into `words`. */
static rr_status count_words(const cutting *k, rri_words *words, frequency **out, size_t *count,
                             rr_error *err)
{
    frequency *f = NULL;
    uint32_t number = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&f, k->spelling.count, 1, sizeof *f, err));
    for (size_t i = 0; i < k->spelling.count; i++) {
        const char *spelling = rri_words_at(&k->spelling, i);
        RRI_TRY(rri_words_add(words, spelling, strlen(spelling), k->options->lower, &number, err));
        f[number].times += k->times[i];
    }
    *count = 0;
    for (size_t i = 0; i < words->count; i++) {
        const char *word = rri_words_at(words, i);
        if (f[i].times >= k->options->min_count && strcmp(word, "<pad>") != 0 &&
            strcmp(word, "<unk>") != 0)
            f[(*count)++] = (frequency){ .word = word, .times = f[i].times };
    }
    *out = f;
    f = NULL;

done:
    rri_free(f);
    return st;
}

static rr_status make_vocabulary(const cutting *k, rr_vocabulary **out, rr_error *err)
{
    rri_words words = { .count = 0 };
    frequency *f = NULL;
    const char **list = NULL;
    size_t count = 0;
    rr_status st = RR_OK;

    RRI_TRY(count_words(k, &words, &f, &count, err));
    qsort(f, count, sizeof *f, most_frequent_first);
    count = rri_min(count, k->options->words - 2);
    RRI_TRY(rri_alloc(&list, count + 2, 1, sizeof *list, err));
    list[RR_WORD_PAD] = "<pad>";
    list[RR_WORD_UNKNOWN] = "<unk>";
    for (size_t i = 0; i < count; i++)
        list[i + 2] = f[i].word;
    RRI_TRY(rri_vocabulary_new(list, count + 2, k->options->lower ? 1 : 0, out, err));

done:
    rri_free(list);
    rri_free(f);
    rri_words_clear(&words);
    return st;
}

rr_status rri_corpus_vocabulary(const rri_corpus *c, const rri_text_options *options,
                                rr_vocabulary **out, rr_error *err)
{
    cutting k = { .corpus = c, .options = options };
    rr_status st = RR_OK;

    RRI_TRY(rri_cutter_new(&k.cutter, err));
    for (size_t i = 0; i < c->count; i++)
        if (c->row[i].split == RR_SPLIT_TRAIN) {
            k.steps = 0;
            RRI_TRY(cut_text(&k, &c->row[i], err));
        }
    RRI_TRY(make_vocabulary(&k, out, err));

done:
    clear_cutting(&k);
    return st;
}

/* ---- the dataset ---------------------------------------------------------------------------- */

/* The id of each spelling that occurs in the steps, and the word it is shown as. */
typedef struct meaning {
    const char *word; /* NULL where it does not occur */
    uint32_t id;
} meaning;

/* Look up every spelling in the steps; those that differ from their word are copied to the dataset.
 */
static rr_status look_up(const cutting *k, rr_dataset *ds, meaning *m, rr_error *err)
{
    size_t bytes = 0;
    rr_status st = RR_OK;

    for (size_t t = 0; t < k->steps; t++) {
        const uint32_t s = k->step[t];
        if (m[s].word != NULL)
            continue;
        m[s].word = rri_words_at(&k->spelling, s);
        m[s].id = rr_vocabulary_find(ds->words, m[s].word);
        if (strcmp(rr_vocabulary_word(ds->words, m[s].id), m[s].word) == 0)
            m[s].word = rr_vocabulary_word(ds->words, m[s].id);
        else
            bytes += strlen(m[s].word) + 1;
    }
    RRI_TRY(rri_dataset_text_room(ds, bytes, err));
    for (size_t s = 0; s < k->spelling.count; s++)
        if (m[s].word != NULL && m[s].word != rr_vocabulary_word(ds->words, m[s].id))
            m[s].word = rri_dataset_keep(ds, m[s].word);

done:
    return st;
}

static rr_status fill_dataset(const cutting *k, rr_dataset *ds, rr_error *err)
{
    meaning *m = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&m, k->spelling.count, 1, sizeof *m, err));
    RRI_TRY(look_up(k, ds, m, err));
    for (size_t t = 0; t < k->steps; t++) {
        ds->symbols[t] = m[k->step[t]].id;
        ds->word[t] = m[k->step[t]].word;
    }

done:
    rri_free(m);
    return st;
}

/* Cut the first `limit` texts of a split; their lengths go to `offset`, their labels to `label`. */
static rr_status cut_split(cutting *k, rr_split split, size_t limit, size_t *offset,
                           uint32_t *label, rr_error *err)
{
    const rri_corpus *c = k->corpus;
    size_t n = 0;
    rr_status st = RR_OK;

    k->steps = 0;
    for (size_t i = 0; i < c->count && n < limit; i++)
        if (c->row[i].split == split) {
            RRI_TRY(cut_text(k, &c->row[i], err));
            label[n++] = c->row[i].label;
            offset[n] = k->steps;
        }

done:
    return st;
}

/* Copy the labels of the words of those texts, of which the dataset has the first. */
static void fill_tags(const rri_corpus *c, rr_split split, rr_dataset *ds)
{
    size_t n = 0;

    for (size_t i = 0; i < c->count && n < ds->count; i++) {
        const rri_text *row = &c->row[i];
        if (row->split != split)
            continue;
        uint32_t *to = ds->step_label + ds->offset[n];
        const size_t steps = ds->offset[n + 1] - ds->offset[n];
        for (size_t t = 0; t < steps; t++)
            to[t] = t < row->tags ? c->tag[row->tag + t] : RR_NO_LABEL;
        n++;
    }
}

/* Where those texts stand, and their ids. */
static rr_status fill_origins(const rri_corpus *c, rr_split split, rr_dataset *ds, rr_error *err)
{
    size_t file = SIZE_MAX;
    size_t n = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_origins_begin(ds, c->named, err));
    for (size_t i = 0; i < c->count && n < ds->count; i++) {
        const rri_text *row = &c->row[i];
        const char *id = row->id != 0 ? c->texts + row->id : NULL;
        if (row->split != split)
            continue;
        if (row->file != file)
            RRI_TRY(rri_origins_file(ds, c->texts + row->file, true, err));
        file = row->file;
        RRI_TRY(rri_origins_put(ds, n++, row->line != 0 ? row->line : RR_NO_ROW, id,
                                id != NULL ? strlen(id) : 0, err));
    }
    rri_origins_settle(ds);

done:
    return st;
}

static size_t count_split(const rri_corpus *c, rr_split split, size_t limit)
{
    size_t n = 0;

    for (size_t i = 0; i < c->count && n < limit; i++)
        n += c->row[i].split == split;
    return n;
}

rr_status rri_corpus_dataset(const rri_corpus *c, const rri_text_options *options, rr_split split,
                             size_t limit, const rr_vocabulary *words, rr_dataset **out,
                             rr_error *err)
{
    const size_t n = count_split(c, split, limit);
    cutting k = { .corpus = c, .options = options };
    rr_dataset *ds = NULL;
    size_t *offset = NULL;
    uint32_t *label = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_cutter_new(&k.cutter, err));
    RRI_TRY(rri_alloc(&offset, n + 1, 1, sizeof *offset, err));
    RRI_TRY(rri_alloc(&label, n, 1, sizeof *label, err));
    RRI_TRY(cut_split(&k, split, limit, offset, label, err));
    const rr_dataset_shape shape = { .vocabulary = rr_vocabulary_size(words),
                                     .classes = rri_max(c->labels.plain.count, 1),
                                     .class_names = c->class_name,
                                     .words = words,
                                     .unlabelled = c->bare > 0,
                                     .step_labelled = c->tagged };
    RRI_TRY(rri_dataset_new(&shape, n, k.steps, &ds, err));
    memcpy(ds->offset, offset, (n + 1) * sizeof *offset);
    memcpy(ds->label, label, n * sizeof *label);
    RRI_TRY(fill_dataset(&k, ds, err));
    if (c->tagged)
        fill_tags(c, split, ds);
    RRI_TRY(fill_origins(c, split, ds, err));
    RRI_TRY(rri_dataset_seal(ds, err));
    *out = ds;
    ds = NULL;

done:
    rr_dataset_free(ds);
    rri_free(offset);
    rri_free(label);
    clear_cutting(&k);
    return st;
}
