/* SPDX-License-Identifier: MIT */
/* corpus.h - what all text sources have in common:
 *
 *     a source's reader -> corpus: texts, labels, splits -> vocabulary -> dataset
 *
 * A reader adds its texts in the order of the source; sequences are numbered in that order. */
#ifndef RRI_CORPUS_H
#define RRI_CORPUS_H

#include "data/dataset_internal.h"
#include "data/spec.h"
#include "data/words.h"

/* One text, from whichever file. */
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
    size_t count, room;
    char *texts; /* every text, closed by NUL, and names of files */
    size_t used, texts_room;
    size_t file;             /* name of the file being read, in texts */
    rri_words labels;        /* names of classes by their number in rri_text.label */
    bool closed;             /* no other labels may come */
    bool divided;            /* the source says of each text which split it is of */
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

/* The classes, given as names one behind the other with `separator` between. Errors ARG (an empty
 * name, one that comes twice), NOMEM. */
rr_status rri_corpus_name_classes(rri_corpus *c, const char *names, char separator, rr_error *err);

/* The number of a label found on a line. Errors FORMAT (empty; not among the classes where they are
 * given; too many of them), NOMEM. */
rr_status rri_corpus_label(rri_corpus *c, size_t line, const char *name, size_t bytes,
                           uint32_t *label, rr_error *err);

/* ---- once all texts are there ----------------------------------------------------------------
 * Put the labels in order, unless classes were given: by number where all are numbers, else by
 * their bytes. There must be a text. Errors NOMEM. */
rr_status rri_corpus_classes(rri_corpus *c, rr_error *err);

/* Thin every class to the size of the smallest one; who stays is drawn with `seed`. Errors NOMEM.
 */
rr_status rri_corpus_balance(rri_corpus *c, uint64_t seed, rr_error *err);

/* Send a share `holdout` of the texts to test, and a share `dev` of the rest to dev, drawn with
 * `seed`; of none nothing is sent. Errors ARG (too few texts), NOMEM. */
rr_status rri_corpus_divide(rri_corpus *c, double holdout, double dev, uint64_t seed,
                            rr_error *err);

/* ---- words ---------------------------------------------------------------------------------- */

/* The parameters every text source takes. */
typedef struct rri_text_options {
    bool lower;
    size_t words;     /* most words of a vocabulary, special ones included */
    size_t min_count; /* fewest times a word of a vocabulary occurs */
    size_t max_steps; /* words of a text that are kept */
} rri_text_options;

#define RRI_TEXT_PARAMETERS "limit", "lower", "words", "min-count", "max-steps"

/* Errors ARG. */
rr_status rri_text_options_read(const rri_spec *spec, rri_text_options *out, rr_error *err);

/* A vocabulary of the words of the train split, all of it. Errors as rri_corpus_dataset(). */
rr_status rri_corpus_vocabulary(const rri_corpus *c, const rri_text_options *options,
                                rr_vocabulary **out, rr_error *err);

/* The first `limit` texts of a split as a dataset. Errors FORMAT, SHAPE (a text without a word),
 * NOMEM; file and line are named. */
rr_status rri_corpus_dataset(const rri_corpus *c, const rri_text_options *options, rr_split split,
                             size_t limit, const rr_vocabulary *words, rr_dataset **out,
                             rr_error *err);

#endif
