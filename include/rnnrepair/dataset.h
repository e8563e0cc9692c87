/* SPDX-License-Identifier: MIT */
/* dataset.h - ragged sets of labelled sequences.
 *
 * A dataset is one split (train, dev or test) of one source. Sequence i has T_i >= 1 steps; a step
 * is either a frame of D floats or one symbol id below V. Sequences are numbered from 0 in the
 * order of the source: that number is the `id` every report prints.
 *
 * A source is written `kind:place`, optionally with parameters `?name=value&name=value`; the first
 * '?' ends the place:
 *
 *     mnist:DIR      IDX files as MNIST and Fashion-MNIST name them, plain or .gz; pixel/255;
 *                    an image of R rows and W columns is a sequence of R frames of width W
 *     npz:FILE       arrays x [N][T][D] (or x [sum T][D] with lengths [N]; integer x [N][T], or
 *                    [sum T] with lengths, are symbols), y [N], optional split [N] (0 train, 1 dev,
 *                    2 test), classes, vocabulary (one integer each) and class_names (UTF-8 bytes,
 *                    each name closed by a 0)
 *     digits         the digits 0-9, drawn by this library with random pose, thickness and noise
 *
 * Parameters every kind takes: `limit=N` keeps the first N sequences of each split.
 * mnist: `classes=C` (the largest label + 1, but 10 at least; a gap from 10 on is an error).
 * npz without a split array: `holdout=F` sends a share F in 0..1 (0) of the rows, drawn with
 * `seed=S` (1), to test.
 * digits: `train=N` (6000), `test=N` (1000), `seed=S` (1), `noise=F` (0.15, of the range 0..1).
 *
 * Every split of a source has the same C, and V: they come from all splits or from the source's own
 * statement, not from the labels of one split. */
#ifndef RNNREPAIR_DATASET_H
#define RNNREPAIR_DATASET_H

#include "rnnrepair/status.h"

RR_BEGIN_DECLS

typedef enum rr_split { RR_SPLIT_TRAIN = 0, RR_SPLIT_DEV = 1, RR_SPLIT_TEST = 2 } rr_split;

/** "train", "dev" or "test".
 *  Memory   a constant string; "unknown" for another value. */
RR_API const char *rr_split_name(rr_split split);

/** Parse a split's name.
 *  Errors   ARG (not one of train, dev, test). */
RR_API RR_MUST_USE rr_status rr_split_parse(const char *name, rr_split *out, rr_error *err);

/** One split. Opaque; immutable once made, so threads may share it. */
typedef struct rr_dataset rr_dataset;

/** Borrowed view of one sequence; valid as long as its dataset. */
typedef struct rr_sequence {
    const float *frames;     /**< [T][D], NULL for symbol data */
    const uint32_t *symbols; /**< [T], NULL for frame data */
    size_t steps;            /**< T >= 1 */
    uint32_t label;          /**< 0..C-1 */
} rr_sequence;

/** Load one split of a source.
 *  Memory   on RR_OK *out is owned by the caller: rr_dataset_free(). Else *out is NULL.
 *  Errors   ARG (unknown kind or parameter; the source has no such split, see
 *           rr_dataset_has_split()), IO, FORMAT (broken file; label outside 0..C-1, symbol outside
 *           0..V-1), SHAPE (zero-length sequence, counts that disagree), NUMERIC (NaN or Inf in a
 *           frame), NOMEM. The message names the file, the value and the place; err->where is the
 *           row or byte offset.
 *  Cost     reads the images of this split only (mnist), else the whole file. */
RR_API RR_MUST_USE rr_status rr_dataset_load(const char *spec, rr_split split, rr_dataset **out,
                                             rr_error *err);

/** Load single sequences of a split by number, from the files a dataset was once loaded from.
 *  files_hash is rr_dataset_files_hash() of that dataset: while the files are the same bytes, so is
 *  what they hold, and only what is asked for is unpacked.
 *  Shapes   which is [n]; sequence i of *out is sequence which[i] of the split.
 *  Memory   on RR_OK *out is owned by the caller: rr_dataset_free(). Else *out is NULL.
 *  Errors   MISMATCH (other files or parameters; a kind of source, or a hash, that names no files:
 *           load the split instead), ARG (a number not below N), else as rr_dataset_load().
 *  Cost     reads the files, unpacks up to the last image asked for. */
RR_API RR_MUST_USE rr_status rr_dataset_load_some(const char *spec, rr_split split,
                                                  const char *files_hash, const size_t *which,
                                                  size_t n, rr_dataset **out, rr_error *err);

/** Whether a source has a split: *out is 1 or 0. A split without a single sequence is not there.
 *  Errors   ARG (unknown kind or parameter), IO, FORMAT (broken file), SHAPE, NOMEM.
 *  Cost     looks for the files (mnist), reads the split array (npz), nothing (digits). */
RR_API RR_MUST_USE rr_status rr_dataset_has_split(const char *spec, rr_split split, int *out,
                                                  rr_error *err);

/** Rewrite a source so that it can be opened from any working directory: a relative place becomes
 *  absolute, all else is kept.
 *  Memory   on RR_OK *out is a string owned by the caller: rr_string_free(). Else *out is NULL.
 *  Errors   ARG (unknown kind or parameter; the absolute place holds a '?'), IO (the place does
 *           not exist), NOMEM. */
RR_API RR_MUST_USE rr_status rr_dataset_spec_resolve(const char *spec, char **out, rr_error *err);

/** Release a string the library handed out; NULL is allowed. */
RR_API void rr_string_free(char *s);

/** Release; NULL is allowed. */
RR_API void rr_dataset_free(rr_dataset *ds);

/** N, the number of sequences. */
RR_API size_t rr_dataset_count(const rr_dataset *ds);
/** The sum of T_i. */
RR_API size_t rr_dataset_steps(const rr_dataset *ds);
/** The largest T_i. */
RR_API size_t rr_dataset_max_steps(const rr_dataset *ds);
/** D for frame data, 0 for symbol data. */
RR_API size_t rr_dataset_width(const rr_dataset *ds);
/** V for symbol data, 0 for frame data. */
RR_API size_t rr_dataset_vocabulary(const rr_dataset *ds);
/** C, the number of classes. */
RR_API size_t rr_dataset_classes(const rr_dataset *ds);

/** The name of class c, its decimal number where the source has none.
 *  Memory   borrowed, valid as long as ds; "?" for c >= C. */
RR_API const char *rr_dataset_class_name(const rr_dataset *ds, size_t c);

/** Sequence i, 0 <= i < N (asserted).
 *  Memory   the pointers in the view are borrowed from ds. */
RR_API rr_sequence rr_dataset_at(const rr_dataset *ds, size_t i);

/** SHA-256 over shape, lengths, labels, class names and every frame or symbol, as 64 hexadecimal
 *  digits; the same for the same content whatever file it came from (docs/FORMAT.md#content-hash).
 *  Memory   borrowed, valid as long as ds. */
RR_API const char *rr_dataset_hash(const rr_dataset *ds);

/** SHA-256 over the files a split was loaded from, as they are on the disk, and the parameters of
 *  its source, as 64 hexadecimal digits (docs/FORMAT.md#files-hash). "" where the dataset did not
 *  come from files, or from a kind (npz) whose sequences cannot be loaded singly.
 *  Memory   borrowed, valid as long as ds. */
RR_API const char *rr_dataset_files_hash(const rr_dataset *ds);

/* ---- making datasets ------------------------------------------------------------------------ */

/** What all sequences of a dataset have in common. Exactly one of width, vocabulary is non-zero. */
typedef struct rr_dataset_shape {
    size_t width;                   /**< D below 2^32, or 0 */
    size_t vocabulary;              /**< V below 2^32, or 0 */
    size_t classes;                 /**< C in 1..65536 */
    const char *const *class_names; /**< [C], copied; NULL for numbers */
} rr_dataset_shape;

typedef struct rr_dataset_builder rr_dataset_builder;

/** Begin an empty dataset.
 *  Memory   on RR_OK *out is owned: rr_dataset_builder_free(). Else *out is NULL.
 *  Errors   ARG (shape), NOMEM. */
RR_API RR_MUST_USE rr_status rr_dataset_builder_new(const rr_dataset_shape *shape,
                                                    rr_dataset_builder **out, rr_error *err);

/** Append a copy of one sequence. On failure the builder is unchanged.
 *  Errors   SHAPE (zero steps, wrong kind), ARG (label >= C, symbol >= V, a closed builder),
 * NUMERIC (NaN or Inf; err->where is the step), NOMEM. The message names the sequence's number.
 *  Cost     amortised O(T*D). */
RR_API RR_MUST_USE rr_status rr_dataset_builder_add(rr_dataset_builder *b, rr_sequence seq,
                                                    rr_error *err);

/** Close the builder and take its dataset; an empty one (N = 0) is valid.
 *  Memory   *out is owned by the caller: rr_dataset_free(). The builder is empty afterwards and
 *           must still be freed.
 *  Errors   ARG (already closed), NOMEM (the builder is as it was). */
RR_API RR_MUST_USE rr_status rr_dataset_builder_finish(rr_dataset_builder *b, rr_dataset **out,
                                                       rr_error *err);

/** Release a builder; NULL is allowed. */
RR_API void rr_dataset_builder_free(rr_dataset_builder *b);

/** All sequences of a, then all of b; class names are a's.
 *  Memory   on RR_OK *out is owned by the caller: rr_dataset_free(). Else *out is NULL.
 *  Errors   SHAPE (width, vocabulary or classes differ), NOMEM. */
RR_API RR_MUST_USE rr_status rr_dataset_concat(const rr_dataset *a, const rr_dataset *b,
                                               rr_dataset **out, rr_error *err);

/** Write a dataset as an npz file that `npz:FILE` reads back with the same content hash.
 *  Errors   SHAPE (no sequences), IO, NOMEM. An existing file survives whole on failure. */
RR_API RR_MUST_USE rr_status rr_dataset_save(const rr_dataset *ds, const char *path, rr_error *err);

RR_END_DECLS

#endif
