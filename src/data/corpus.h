/* SPDX-License-Identifier: MIT */
/* corpus.h - the texts of a source, and the way from them to a dataset:
 *
 *     a source's reader -> corpus: texts, labels, splits -> vocabulary -> dataset
 *
 * A reader adds its texts in the order of the source; sequences are numbered in that order. */
#ifndef RRI_CORPUS_H
#define RRI_CORPUS_H

#include "core/notes.h"
#include "data/dataset_internal.h"
#include "data/spec.h"
#include "data/words.h"

/* One text of a source. */
typedef struct rri_text {
    size_t begin, bytes; /* in rri_corpus.texts, set by adding */
    size_t file;         /* its name, in rri_corpus.texts, set by adding */
    size_t line;         /* on which it begins, 0 where the file is the text */
    uint32_t label;
    unsigned char split; /* rr_split */
    bool cut;            /* words, each closed by NUL, instead of a text to cut */
} rri_text;

/* Plain data; all zero is an empty corpus. */
typedef struct rri_corpus {
    rri_text *row; /* [count] */
    size_t count, capacity;
    char *texts; /* every text, closed by NUL, and names of files */
    size_t used, texts_capacity;
    size_t file;             /* name of the file being read, in texts */
    rri_words labels;        /* names of classes by their number in rri_text.label */
    bool closed;             /* other labels are an error */
    bool divided;            /* the source gives the split of each text */
    bool unlabelled;         /* texts need no labels; rri_text.label is 0 without */
    rri_notes *notes;        /* what the user is to be told; borrowed, may be NULL */
    const char **class_name; /* [labels.count], in order: set by rri_corpus_classes() */
} rri_corpus;

void rri_corpus_clear(rri_corpus *c);

/* ---- for readers ---------------------------------------------------------------------------- */

/* The file of the texts that follow. Errors NOMEM. */
rr_status rri_corpus_file(rri_corpus *c, const char *path, rr_error *err);
/* Its name, valid until something is added. */
const char *rri_corpus_path(const rri_corpus *c);

/* Add a copy of a text. Errors SHAPE (it is blank), NOMEM. */
rr_status rri_corpus_add(rri_corpus *c, rri_text row, const char *text, size_t bytes,
                         rr_error *err);

/* Set the classes: names separated by `separator`. Errors ARG (an empty or repeated name), NOMEM.
 */
rr_status rri_corpus_name_classes(rri_corpus *c, const char *names, char separator, rr_error *err);

/* The number of a label found on a line. Errors FORMAT (empty; not among the classes where they are
 * given; too many of them), NOMEM. */
rr_status rri_corpus_label(rri_corpus *c, size_t line, const char *name, size_t bytes,
                           uint32_t *label, rr_error *err);

/* ---- after the last text -----------------------------------------------------------------------
 * Sort the labels, unless classes were given: by number where all are numbers, else by
 * their bytes. There must be a text. Errors NOMEM. */
rr_status rri_corpus_classes(rri_corpus *c, rr_error *err);

/* Reduce every class to the size of the smallest one, by sampling with `seed`. Errors NOMEM. */
rr_status rri_corpus_balance(rri_corpus *c, uint64_t seed, rr_error *err);

/* Move a fraction `holdout` of the texts to test, and a fraction `dev` of the rest to dev, sampled
 * with `seed`; a fraction of 0 moves none. Errors ARG (too few texts), NOMEM. */
rr_status rri_corpus_divide(rri_corpus *c, double holdout, double dev, uint64_t seed,
                            rr_error *err);

/* ---- words ---------------------------------------------------------------------------------- */

/* The parameters every text source takes. */
typedef struct rri_text_options {
    bool lower;
    size_t words;     /* most words of a vocabulary, special ones included */
    size_t min_count; /* fewest times a word of a vocabulary occurs */
    size_t max_steps; /* longer texts are cut to so many words */
} rri_text_options;

#define RRI_TEXT_PARAMETERS "limit", "lower", "words", "min-count", "max-steps"

/* Errors ARG. */
rr_status rri_text_options_read(const rri_spec *spec, rri_text_options *out, rr_error *err);

/* The vocabulary of the whole train split. Errors as rri_corpus_dataset(). */
rr_status rri_corpus_vocabulary(const rri_corpus *c, const rri_text_options *options,
                                rr_vocabulary **out, rr_error *err);

/* The first `limit` texts of a split as a dataset. Errors FORMAT, SHAPE (a text without a word),
 * NOMEM; file and line are named. */
rr_status rri_corpus_dataset(const rri_corpus *c, const rri_text_options *options, rr_split split,
                             size_t limit, const rr_vocabulary *words, rr_dataset **out,
                             rr_error *err);

#endif
