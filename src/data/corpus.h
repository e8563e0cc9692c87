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
#include "data/division.h"
#include "data/labels.h"

/* One text of a source. */
typedef struct rri_text {
    size_t begin, bytes; /* in rri_corpus.texts, set by adding */
    size_t file;         /* its name, in rri_corpus.texts, set by adding */
    size_t line;         /* on which it begins, 0 where the file is the text */
    const char *name;    /* the source's own id, borrowed until it is added; NULL or "": none */
    size_t id;           /* it, in rri_corpus.texts, set by adding; 0: none */
    uint32_t label;
    unsigned char split; /* rr_split */
    bool cut;            /* words, each closed by NUL, instead of a text to cut */
    bool by_tags;        /* it has the label of its last word that has one */
    size_t tag, tags;    /* labels of its words, in rri_corpus.tag: the first, and how many */
} rri_text;

/* Plain data; all zero is an empty corpus. */
typedef struct rri_corpus {
    rri_text *row; /* [count] */
    size_t count, capacity;
    char *texts; /* every text, closed by NUL, and names of files */
    size_t used, texts_capacity;
    size_t file; /* name of the file being read, in texts */
    rri_labels labels;
    uint32_t *tag; /* [tags] classes of words, RR_NO_LABEL for none */
    size_t tags, tag_capacity;
    bool tagged;             /* the words of every text have labels of their own, or none */
    bool divided;            /* the source gives the split of each text */
    bool unlabelled;         /* texts may have no labels, all or none of them */
    bool has_labels;         /* a text has one */
    size_t bare;             /* texts without a label, whose rri_text.label is 0 */
    bool named;              /* a text has an id of its own */
    bool keep_empty;         /* texts without a word are kept, else passed over */
    size_t empty;            /* texts passed over */
    char *first_empty;       /* place of the first of them; owned */
    rri_notes *notes;        /* what the user is to be told; borrowed, may be NULL */
    const char **class_name; /* [labels.plain.count], in order; NULL before rri_corpus_finish(), and
                                without labels */
} rri_corpus;

void rri_corpus_clear(rri_corpus *c);

/* ---- for readers ---------------------------------------------------------------------------- */

/* The file of the texts that follow. Errors NOMEM. */
rr_status rri_corpus_file(rri_corpus *c, const char *path, rr_error *err);
/* Its name, valid until something is added. */
const char *rri_corpus_path(const rri_corpus *c);

/* Add a copy of a text, unless it is to be passed over. Errors NOMEM. */
rr_status rri_corpus_add(rri_corpus *c, rri_text row, const char *text, size_t bytes,
                         rr_error *err);

/* The class of a label found on a line; a name that is NULL or blank is that of a text without one.
 * Errors FORMAT (as rri_labels_find(); no label, where all texts have one), NOMEM. */
rr_status rri_corpus_label(rri_corpus *c, size_t line, const char *name, size_t bytes,
                           uint32_t *label, rr_error *err);

/* The class of a word of the text that is added next, behind those of the words before it; NULL or
 * blank is none. Errors as rri_corpus_label(), but for those about missing labels. */
rr_status rri_corpus_tag(rri_corpus *c, size_t line, const char *name, size_t bytes, rr_error *err);

/* The split a text is in, by any of the names in use. Errors FORMAT (none of them). */
rr_status rri_corpus_split(const rri_corpus *c, size_t line, const char *name, unsigned char *split,
                           rr_error *err);

/* ---- after the last text -----------------------------------------------------------------------
 * Order the classes, pass over texts that should have the label of a word and have none, and note
 * what was read otherwise than it stands in the source. Errors FORMAT (no word has a label), NOMEM.
 */
rr_status rri_corpus_finish(rri_corpus *c, rr_error *err);

/* Reduce every class to the size of the smallest one, by sampling with `seed`. Errors NOMEM. */
rr_status rri_corpus_balance(rri_corpus *c, uint64_t seed, rr_error *err);

/* Divide the texts into train, dev and test (division.h). Errors ARG, NOMEM. */
rr_status rri_corpus_divide(rri_corpus *c, const rri_division *d, rr_error *err);

/* ---- words ---------------------------------------------------------------------------------- */

/* The parameters every text source takes. */
typedef struct rri_text_options {
    bool lower;
    bool keep_empty;  /* texts without a word, as one unknown word */
    size_t words;     /* most words of a vocabulary, special ones included */
    size_t min_count; /* fewest times a word of a vocabulary occurs */
    size_t max_steps; /* longer texts are cut to so many words */
} rri_text_options;

#define RRI_TEXT_PARAMETERS "limit", "lower", "words", "min-count", "max-steps", "empty"

/* Errors ARG. */
rr_status rri_text_options_read(const rri_spec *spec, rri_text_options *out, rr_error *err);

/* The vocabulary of the whole train split. Errors as rri_corpus_dataset(). */
rr_status rri_corpus_vocabulary(const rri_corpus *c, const rri_text_options *options,
                                rr_vocabulary **out, rr_error *err);

/* The first `limit` texts of a split as a dataset. Errors FORMAT, SHAPE (a text too long to cut),
 * NOMEM; file and line are named. */
rr_status rri_corpus_dataset(const rri_corpus *c, const rri_text_options *options, rr_split split,
                             size_t limit, const rr_vocabulary *words, rr_dataset **out,
                             rr_error *err);

#endif
