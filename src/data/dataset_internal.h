/* SPDX-License-Identifier: MIT */
/* dataset_internal.h - struct rr_dataset, for the sources and the builder that fill it.
 *
 * One block holds all frames (or symbols) of all sequences, one after another; offset[i] is the
 * first step of sequence i and offset[N] the sum of all T_i. A source that knows its size allocates
 * the dataset with rri_dataset_new(), fills its arrays, and seals it. */
#ifndef RRI_DATASET_INTERNAL_H
#define RRI_DATASET_INTERNAL_H

#include "core/core.h"
#include "core/notes.h"
#include "rnnrepair/dataset.h"

#include <stdatomic.h>

/* The trace store has 16 bits for a label. */
enum { RRI_MAX_CLASSES = 65536 };

typedef struct rri_text_block rri_text_block;
typedef struct rri_origins rri_origins;

struct rr_dataset {
    atomic_size_t holders;
    size_t count;         /* N */
    size_t max_steps;     /* the largest T_i, set by sealing */
    size_t width;         /* D, 0 for symbol data */
    size_t vocabulary;    /* V, 0 for frame data */
    size_t classes;       /* C */
    size_t *offset;       /* [N + 1] */
    uint32_t *label;      /* [N] */
    float *frames;        /* [sum T][D], NULL for symbol data */
    uint32_t *symbols;    /* [sum T], NULL for frame data */
    uint32_t *step_label; /* [sum T] below C or RR_NO_LABEL; NULL where steps have none */
    int64_t *part;        /* [sum T] negative: none; NULL where the source names none */
    rr_vocabulary *words; /* shared; NULL where the ids have no words */
    const char **word;    /* [sum T] into words or own; NULL where words is */
    rri_text_block *own;  /* texts of words that are written otherwise than in the vocabulary */
    bool named;           /* the source gave class names */
    bool large;           /* the arrays [sum T] are scratch blocks */
    bool unlabelled;      /* every label is 0 and says nothing */
    bool image;           /* the frames of a sequence are the rows of an image */
    rri_origins *origins; /* files and ids (origins.h), shared; NULL where no file is known */
    uint64_t *place;      /* [N] file and row; NULL where origins is */
    size_t *id;           /* [N] the source's own, in origins; NULL where it has none */
    bool shifted;         /* a row says more than the number of its sequence */
    char *texts;          /* C names, each closed by NUL */
    const char **name;    /* [C] into texts */
    char states[65];      /* what identifies states that belong to it, "" without; copies of its
                             sequences keep it */
    char hash[65];        /* set by sealing */
    char files[65];       /* rr_dataset_files_hash(), set by the source; "" at first */
};

/* A dataset of exactly `count` sequences of `steps` steps altogether; everything is zero
 * but the class names. Errors ARG (shape), NOMEM. */
rr_status rri_dataset_new(const rr_dataset_shape *shape, size_t count, size_t steps,
                          rr_dataset **out, rr_error *err);

/* The same of frames with any content, which the caller sets. */
rr_status rri_dataset_new_raw(const rr_dataset_shape *shape, size_t count, size_t steps,
                              rr_dataset **out, rr_error *err);

/* The same with the arrays of steps in scratch blocks (io/scratch_array.h), for data that are not
 * trained on; it cannot grow. */
rr_status rri_dataset_new_large(const rr_dataset_shape *shape, size_t count, size_t steps,
                                rr_dataset **out, rr_error *err);

/* The words of symbols (dataset_words.c), for a dataset with a vocabulary. First get the bytes
 * to store of a sequence's words, which may be NULL for those of the vocabulary; then reserve
 * them; then, when the symbols are set, put the words, which cannot fail. rri_dataset_keep() copies
 * one text into reserved memory. Errors NOMEM. */
size_t rri_dataset_text_bytes(const rr_dataset *ds, const uint32_t *symbols,
                              const char *const *words, size_t steps);
rr_status rri_dataset_text_room(rr_dataset *ds, size_t bytes, rr_error *err);
void rri_dataset_put_words(rr_dataset *ds, size_t first, const char *const *words, size_t steps);
const char *rri_dataset_keep(rr_dataset *ds, const char *text);
void rri_dataset_clear_words(rr_dataset *ds);

/* Tests only: how many times a file of a source was opened, and a file of word vectors. */
extern atomic_size_t rri_source_reads, rri_vectors_reads;

/* Give a dataset the classes and class names of a shape; its labels stay. Errors NOMEM: nothing has
 * changed. */
rr_status rri_dataset_rename(rr_dataset *ds, const rr_dataset_shape *shape, rr_error *err);

/* Replace the classes of a dataset that nobody else holds by those given, matching its labels by
 * name, or by number where neither list has others, which a note says; `place` names the source in
 * messages. Errors MISMATCH (a label that is none of them; both lists are named), NOMEM; the
 * dataset is then as it was. */
rr_status rri_dataset_match_classes(rr_dataset *ds, const char *const *names, size_t classes,
                                    const char *place, rri_notes *notes, rr_error *err);

/* Copy `steps` steps from `begin` of a dataset to `at` of another of the same kind and width, all
 * but their words: the input, and labels and parts where `to` has them. Parts that `from` lacks
 * are none; labels of steps it must have. */
void rri_dataset_copy_steps(const rr_dataset *from, size_t begin, rr_dataset *to, size_t at,
                            size_t steps);

/* The label of a sequence that has none of its own: that of its last labelled step; RR_NO_LABEL
 * where there is none. */
uint32_t rri_last_label(const uint32_t *step_labels, size_t steps);

/* Once the arrays are filled with valid values: the largest length and the content hash. */
rr_status rri_dataset_seal(rr_dataset *ds, rr_error *err);

#endif
