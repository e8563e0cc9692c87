/* SPDX-License-Identifier: MIT */
/* dataset.h - ragged sets of labelled sequences.
 *
 * A dataset is one split (train, dev or test) of one source. Sequence i has T_i >= 1 steps; a step
 * is either a frame of D floats or one symbol id below V. Sequences are numbered from 0 in the
 * order of the source: that number is the `id` every report prints.
 *
 * A source is written `kind:path`, optionally with parameters `?name=value&name=value`. What
 * follows the colon, up to any '?' or to the end, is the path as it stands if a file has that name;
 * the longest such name counts. Else the first '?' ends the path, and in it, as in every value, %HH
 * is the byte of that hexadecimal number: %3F a '?', %26 a '&', %25 a '%'.
 *
 *     mnist:DIR      IDX files as MNIST and Fashion-MNIST name them, plain or .gz; pixel/255;
 *                    an image of R rows and W columns is a sequence of R frames of width W
 *     npz:FILE       arrays x [N][T][D] (or x [sum T][D] with lengths [N]; floats [N][T]; integer
 *                    x [N][T], or [sum T] with lengths, are symbols), y [N] (numbers or texts),
 *                    optional split [N] (0 train, 1 dev, 2 test), classes, vocabulary (one integer
 *                    each) and class_names; or x_train, y_train, x_test, y_test, x_val, y_val.
 *                    step_label, [N][T] or the sum of all T, labels every step, negative (or an
 *                    empty text) = none; y may then be absent: the last labelled step decides
 *     states:FILE    a states file (states.h), without the states: symbols, whose words are tokens,
 *                    or frames; label, step_label, class_names, split
 *     ts:TRAIN,TEST  time series of the UCR and UEA archives: .ts files, or tables with the class
 *                    first
 *     digits         the digits 0-9, rendered by this library with random pose, thickness and noise
 *     sst:DIR        {train,dev,test}.txt, phrase trees of the Stanford Sentiment Treebank; the
 *                    root's label 0-1 is negative (0), 3-4 positive (1), 2 is dropped; words as in
 *                    the trees
 *     toxic:FILE     CSV, columns `comment_text` and either `toxic` alone or Kaggle's six flags;
 *                    toxic (1) where any flag is set, else clean (0); comments of max-chars
 *                    characters or more are dropped (a column `chars`, if present, is their
 *                    number), the larger class is sampled down to the size of the smaller one
 *     csv:FILE       a table (RFC 4180); tsv:FILE: its columns are separated by tabs
 *     jsonl:FILE     one JSON object a line, or an array of objects; also json:FILE: `tokens` (a
 *                    list of words) or else `text` (segmented into words), `label` (a string, a
 *                    number, true or false), optional `split` in all rows or none; other members
 *                    are ignored
 *     imdb:DIR       {train,test}/{neg,pos}/ *.txt, one review a file
 *     conllu:PATH    sentences in CoNLL-U, a label for every word: a folder with files .conllu of
 *                    train, dev and test (by their names), one file, or TRAIN,DEV,TEST
 *     trec:PATH      `label text` a line, the label up to its first ':', or `__label__x text`; a
 *                    file, or a folder with TREC.train.all and TREC.test.all
 *
 * Kinds from sst on are text, each file plain or .gz: UTF-8, or as a byte-order mark or
 * `encoding=NAME` says (csv, jsonl, trec); a line of trec is latin-1 unless it is UTF-8.
 *
 * Parameters every kind takes: `limit=N` uses the first N sequences of each split.
 * mnist: `classes=C` (the largest label + 1, but 10 at least; a gap from 10 on is an error),
 * `prefix=P` before the names of the files.
 * mnist and digits: `only=A|B|...` selects the images of these labels, two at least, which become
 * the classes 0, 1, ... in the order of the list, named by their labels; not with `classes`.
 * `limit` counts selected images.
 * Frames (npz, ts, and csv with `frames`): `scale=standard` brings every column to mean 0 and
 * deviation 1 over the train split, `scale=minmax` its range to 0..1 (rr_source_scaling());
 * `pad=nan` drops steps at the end of a sequence that are all missing; `holdout=F` (0) and `dev=F`
 * (0) where there is no test or dev split; `image=1` where the frames are the rows of images
 * (rr_dataset_is_image()). Bytes (uint8) are divided by 255.
 * npz: `part=NAME` reads an array of whole numbers of the shape of step_label: which part of the
 * source a step came from, such as a recording.
 * csv: `frames=A,B,FIRST-LAST` reads columns of numbers instead of texts: with `sequence=COL` a row
 * is a step of the sequence of that name, else a sequence, divided into steps of `width=D` (1).
 * The path of ts, csv, tsv, jsonl, json and conllu may be TRAIN,TEST or TRAIN,DEV,TEST.
 * conllu: `column=NAME` (upos) is the column of the labels, by its name in lower case or its
 * number, where `_` is none; `column=feats.Number` the value of a key of FEATS or MISC, where words
 * without it are of the class `_`. Sentences without a labelled word are passed over, with a note.
 * csv with frames and sequence: `tags=COL` names a column with a label for every step, empty for
 * none; without `label=COL` a sequence has that of its last labelled step.
 * jsonl: `tags=NAME` names a list with the label of each of the `tokens`, null for none; rows
 * without a `label` have that of their last labelled word.
 * digits: `train=N` (6000), `test=N` (1000), `seed=S` (1), `noise=F` (0.15, of the range 0..1).
 *
 * Parameters of every kind of text: `lower=B` (1) looks words up in lower case; `words=N` (25000)
 * is the largest vocabulary, special words included; `min-count=N` (1) excludes rarer words. The
 * vocabulary is built from the whole train split, whatever `limit` is: the most frequent words
 * first, equal ones in the order of their bytes. `max-steps=N` (none) uses the first N words of a
 * text; others are not counted. Texts without a word are passed over and not numbered, with a note
 * of how many; `empty=keep` reads each as one unknown word.
 * csv and jsonl: `text=COL` (text), `label=COL` (label), `split=COL` (split where there is such a
 * column; `split=` ignores it) name columns or members, as does `tokens=NAME` (jsonl).
 * csv, also with frames, jsonl and npz: `id=COL` (id where there is such a column, member or array;
 * `id=` ignores it) holds the source's own ids of the sequences (rr_dataset_origin()). With
 * sequence=COL that is its name, of conllu `sent_id`, of toxic a column `id`.
 * csv: `where=COL OP VALUE` with OP one of = != < <= > >= selects the rows for which it is true:
 * compared as numbers if both sides are numbers, else by their bytes. `sep=S` (found), with S one
 * of comma, tab, semicolon, pipe; `header=0`: columns are named 1, 2, ...; `quotes=0`: quotes are
 * characters.
 * Splits are called train or training; dev, development, val, valid or validation; test or
 * testing; in any case.
 * csv and jsonl: `classes=A|B|...` names the classes in order; without it, and for trec, they are
 * the labels found, in numerical order where all are numbers, else in the order of their bytes.
 * Labels are one class if they differ by blanks around them, by a fraction of zeros, or by the
 * case of true or false; a note says so.
 * Without splits (csv, jsonl, trec of a file): `holdout=F` (0) to test, `dev=F` (0) of the rest to
 * dev, sampled class by class with `seed=S` (1).
 * Where sequences need no labels (rr_source_options), `label=` reads texts without them, as do a
 * missing column or member of that name, and imdb:DIR with its texts in DIR itself.
 * toxic: `max-chars=N` (200), `balance=B` (1), `holdout=F` (0.1), `dev=F` (0), `seed=S` (1).
 *
 * Every split of a source has the same C, and V: they come from all splits or from what the source
 * states, not from the labels of one split. */
#ifndef RNNREPAIR_DATASET_H
#define RNNREPAIR_DATASET_H

#include "rnnrepair/enums.h"
#include "rnnrepair/status.h"
#include "rnnrepair/text.h"

RR_BEGIN_DECLS

/** One split. Opaque; immutable, so threads may share it. */
typedef struct rr_dataset rr_dataset;

/** Borrowed view of one sequence; valid as long as its dataset. */
typedef struct rr_sequence {
    const float *frames;     /**< [T][D], NULL for symbol data */
    const uint32_t *symbols; /**< [T], NULL for frame data */
    size_t steps;            /**< T >= 1 */
    uint32_t label;          /**< 0..C-1; of a dataset with labels of steps whose source gives the
                                  sequences none, that of the last labelled step */
    const uint32_t *step_labels; /**< [T] 0..C-1 or RR_NO_LABEL; NULL where only the sequence has a
                                      label */
    const int64_t *parts;        /**< [T] the part of the source a step came from, such as a
                                      recording (npz: parameter `part`); negative = none; NULL where
                                      the source names none */
    const char *const *words;    /**< [T] the words as written in the source; NULL for frames, and
                                      where only ids are known */
} rr_sequence;

/** An open source of data. Opaque; for one thread at a time. */
typedef struct rr_source rr_source;

/** How the columns of frames were scaled: value v of column d became (v - offset[d]) / divisor[d],
 *  rounded to 32 bits. */
typedef struct rr_scaling {
    rr_scale kind;         /**< what the numbers are: mean and standard deviation over all steps of
                                the train split, or its smallest value and its range; the divisor of
                                a constant column is 1 */
    size_t width;          /**< D, 0 where kind is RR_SCALE_NONE */
    const double *offset;  /**< [D] */
    const double *divisor; /**< [D] positive */
} rr_scaling;

/** How a source is opened: as a network needs data other than those it was trained on. All zero
 *  but struct_size opens it as training data. */
typedef struct rr_source_options {
    size_t struct_size;         /**< sizeof(rr_source_options) */
    const rr_vocabulary *words; /**< NULL, or for a source of text a vocabulary to use instead of
                                     one built from the train split, which then need not exist:
                                     words it lacks become RR_WORD_UNKNOWN, and it decides whether
                                     case is folded; shared */
    const char *const *class_names; /**< [classes] NULL, or the classes to which the labels are
                                         matched by name; copied */
    size_t classes;                 /**< C, 0 where class_names is NULL */
    int unlabelled; /**< sequences need no labels: a dataset without is rr_dataset_labelled() 0 */
    const rr_scaling *scaling; /**< NULL, or the scaling of a network's training data, which is used
                                    instead of one by this source's train split, whatever its
                                    parameter `scale` is; copied */
    size_t vocabulary; /**< 0, or V of a source of symbols without words that does not say it: else
                            the largest symbol + 1 */
    int standardise;   /**< 1: frames whose spec has neither `scale` nor `image` are scaled as by
                            scale=standard, where the kind takes it: rr_source_scaling() */
} rr_source_options;

/** The default options: training data. */
RR_API rr_source_options rr_source_options_default(void);

/** Open a source and find which splits it has.
 *  options: NULL for the default. With class names, a label stands for the class of that name, and
 *  numbers that are equal are one name; labels of a source that has no names stand for the class of
 *  that number where no given name is a number.
 *  Memory   on RR_OK *out is owned by the caller: rr_source_close(). Else *out is NULL.
 *  Errors   ARG (unknown kind or parameter; words for a source that is no text; options of another
 *           size), IO, FORMAT (broken file; text that is not UTF-8; a label that is none of the
 *           classes), NOMEM. The message names the file, the value and its position; err->where is
 *           the row, the byte offset or, for text, the line.
 *  Cost     looks for the files (mnist, sst, imdb), reads the split array (npz), nothing (digits),
 *           else reads the file, once for all splits. */
RR_API RR_MUST_USE rr_status rr_source_open(const char *spec, const rr_source_options *options,
                                            rr_source **out, rr_error *err);

/** Another reference to the same source, on the same thread.
 *  Memory   the result is s: rr_source_close() for each reference. NULL for NULL. */
RR_API rr_source *rr_source_share(rr_source *s);

/** Release one reference; NULL is allowed. Datasets that are referenced elsewhere remain. */
RR_API void rr_source_close(rr_source *s);

/** What the user is to be told of how the source was read: rows passed over, labels folded, values
 *  scaled. More may follow as splits are loaded.
 *  Memory   note i, borrowed from s; NULL where there are no more. */
RR_API const char *rr_source_note(const rr_source *s, size_t i);

/** How the frames of its splits are scaled.
 *  Memory   borrowed from s; NULL where they are as the source has them, and before a split is
 *           loaded. */
RR_API const rr_scaling *rr_source_scaling(const rr_source *s);

/** The spec it was opened with. Memory: borrowed from s. */
RR_API const char *rr_source_spec(const rr_source *s);

/** Whether the source has a split: 1 or 0. A split without a sequence does not exist; of sst
 *  and imdb only the existence of files is checked. */
RR_API int rr_source_has(const rr_source *s, rr_split split);

/** One split, loaded by the first call; the same dataset each time.
 *  Memory   on RR_OK *out is shared by the caller and the source: rr_dataset_free(). Else *out is
 *           NULL.
 *  Errors   ARG (no such split, see rr_source_has(); a text source without a train split), IO,
 *           FORMAT (broken file; text that is not UTF-8; label outside 0..C-1 or none of the
 *           classes, symbol outside 0..V-1), SHAPE (zero-length sequence, counts that
 *           disagree), NUMERIC (NaN or Inf in a frame), NOMEM. Messages as by rr_source_open().
 *  Cost     reads the images of this split only (mnist), this split and, for its words, train (sst,
 *           imdb), the rest of the file at the first split (npz). The content is cached until all
 *           splits are loaded or the source is closed. */
RR_API RR_MUST_USE rr_status rr_source_split(rr_source *s, rr_split split, rr_dataset **out,
                                             rr_error *err);

/** Single sequences of a split by number, from the files a dataset was once loaded from.
 *  files_hash is rr_dataset_files_hash() of that dataset: while the files have the same bytes their
 *  content is the same, and only the sequences in `which` are unpacked.
 *  Shapes   which is [n]; sequence i of *out is sequence which[i] of the split.
 *  Memory   on RR_OK *out is owned by the caller: rr_dataset_free(). Else *out is NULL.
 *  Errors   MISMATCH (other files or parameters; a kind of source, or a hash, that names no files:
 *           load the split instead), ARG (a number not below N), else as rr_source_split().
 *  Cost     reads the files, unpacks up to the last image in `which`. */
RR_API RR_MUST_USE rr_status rr_source_select(rr_source *s, rr_split split, const char *files_hash,
                                              const size_t *which, size_t n, rr_dataset **out,
                                              rr_error *err);

/** Open a source, load one split and close it.
 *  Memory   on RR_OK *out is owned by the caller: rr_dataset_free(). Else *out is NULL.
 *  Errors   as rr_source_open() and rr_source_split(). */
RR_API RR_MUST_USE rr_status rr_dataset_load(const char *spec, rr_split split, rr_dataset **out,
                                             rr_error *err);

/** Rewrite a source so that it can be opened from any working directory: a relative path becomes
 *  absolute, with a '?' in it as %3F; all else remains.
 *  Memory   on RR_OK *out is a string owned by the caller: rr_string_free(). Else *out is NULL.
 *  Errors   ARG (unknown kind or parameter), IO (the path does not exist, or is a pipe, which
 *           cannot be read again), NOMEM. */
RR_API RR_MUST_USE rr_status rr_dataset_spec_resolve(const char *spec, char **out, rr_error *err);

/** Check that a file to be written is none of those a source reads, under whatever name: files are
 *  compared by device and inode. One that does not exist passes.
 *  Errors   ARG (it is one; unknown kind or parameter), IO, NOMEM. */
RR_API RR_MUST_USE rr_status rr_dataset_spec_check_output(const char *spec, const char *path,
                                                          rr_error *err);

/** Another reference to the same dataset.
 *  Memory   the result is ds: rr_dataset_free() for each reference. NULL for NULL. */
RR_API rr_dataset *rr_dataset_share(const rr_dataset *ds);

/** Release one reference; NULL is allowed. */
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
/** The words of the ids, of a dataset that came from text.
 *  Memory   borrowed, valid as long as ds; NULL for frames, and where only ids are known. */
RR_API const rr_vocabulary *rr_dataset_words(const rr_dataset *ds);
/** Words that a vocabulary does not have: steps of RR_WORD_UNKNOWN. */
typedef struct rr_unknown_words {
    size_t steps; /**< such steps, of rr_dataset_steps() */
    size_t words; /**< different words among them, in lower case where the vocabulary is */
} rr_unknown_words;

/** Count the words of a dataset from text that its vocabulary does not have: of a train split those
 *  its limits `words` and `min-count` left out. All 0 of a dataset without words.
 *  Errors   NOMEM.
 *  Cost     O(sum of T_i). */
RR_API RR_MUST_USE rr_status rr_dataset_unknown(const rr_dataset *ds, rr_unknown_words *out,
                                                rr_error *err);

/** Whether the sequences have labels: 1, or 0, where every label is 0 and says nothing. */
RR_API int rr_dataset_labelled(const rr_dataset *ds);
/** Whether the frames of a sequence are the rows of an image: 1 of mnist, digits, and other sources
 *  of frames with `image=1`; else 0. */
RR_API int rr_dataset_is_image(const rr_dataset *ds);
/** Whether the steps have labels of their own: 1 or 0. */
RR_API int rr_dataset_step_labelled(const rr_dataset *ds);
/** The number of steps that have a label of their own: not RR_NO_LABEL. Cost: O(sum of T_i). */
RR_API size_t rr_dataset_labelled_steps(const rr_dataset *ds);
/** C, the number of classes. */
RR_API size_t rr_dataset_classes(const rr_dataset *ds);

/** The name of class c, its decimal number where the source has none.
 *  Memory   borrowed, valid as long as ds; "?" for c >= C. */
RR_API const char *rr_dataset_class_name(const rr_dataset *ds, size_t c);

/** Sequence i, 0 <= i < N (asserted).
 *  Memory   the pointers in the view are borrowed from ds. */
RR_API rr_sequence rr_dataset_at(const rr_dataset *ds, size_t i);

/** The row of a sequence that is in none. */
#define RR_NO_ROW UINT64_MAX

/** Where a sequence stands in what was read. Borrowed from its dataset. */
typedef struct rr_origin {
    const char *file; /**< path as the source was given it; NULL where it is in no file: the source
                           makes its sequences, or this one was added to those read (rr_origins) */
    const char *name; /**< the same without its folders; NULL where file is */
    uint64_t row;     /**< the line, from 1, on which it begins; or its index, from 0, in the arrays
                           of npz and states and the images of mnist; RR_NO_ROW where the file is
                           the sequence, or there is none */
    int line;         /**< row is a line: 1 or 0 */
    const char *id;   /**< the source's own id, UTF-8; NULL where it has none */
} rr_origin;

/** What is known of all sequences of a dataset. */
typedef struct rr_origins {
    size_t files; /**< files its source was read from */
    int known;    /**< whether the source is known: sequences without a file were then made, by a
                       repair, and added; else nothing is known of any */
    int ids;      /**< whether sequences have ids */
    int shifted;  /**< whether origins say more than the sequences' numbers do: there are ids,
                       several files, or the rows are not the numbers, nor lines at one distance
                       from them. It is that of the whole where sequences were selected */
} rr_origins;

/** Where sequence i comes from: the file and row it was read from, and its id there. It stays with
 *  the sequence in copies, selections, divisions (holdout) and joined datasets.
 *  Memory   borrowed from ds. Where nothing is known, or i is not below N, file and id are NULL.
 *  Cost     8 bytes a sequence; 8 more, and the texts, where there are ids. */
RR_API rr_origin rr_dataset_origin(const rr_dataset *ds, size_t i);

/** The number of the sequence with an id of the source (rr_origin.id).
 *  Errors   ARG (no sequence has it, or several, or there are no ids). *out is 0 then.
 *  Cost     O(N). */
RR_API RR_MUST_USE rr_status rr_dataset_find_id(const rr_dataset *ds, const char *id, size_t *out,
                                                rr_error *err);

/** The rows of all sequences.
 *  Shapes   row is [N], set. */
RR_API void rr_dataset_rows(const rr_dataset *ds, uint64_t *row);

/** What is known of where they come from. */
RR_API rr_origins rr_dataset_origins(const rr_dataset *ds);

/** SHA-256 over shape, lengths, labels, class names and every frame or symbol, the hash of the
 *  vocabulary where the ids have words, the labels of the steps where they have some, and what
 *  identifies the states of a states file, as 64 hexadecimal digits; the same for the same content
 *  whatever file it came from
 *  (docs/FORMAT.md#content-hash).
 *  Memory   borrowed, valid as long as ds. */
RR_API const char *rr_dataset_hash(const rr_dataset *ds);

/** SHA-256 over the files a split was loaded from, as they are on the disk, and the parameters of
 *  its source, as 64 hexadecimal digits; of a states file, over sizes and checksums of its arrays
 *  (docs/FORMAT.md#files-hash). "" where the dataset did not
 *  come from files, or from a kind (npz) whose sequences cannot be loaded singly.
 *  Memory   borrowed, valid as long as ds. */
RR_API const char *rr_dataset_files_hash(const rr_dataset *ds);

/* ---- building datasets ---------------------------------------------------------------------- */

/** What all sequences of a dataset have in common. Exactly one of width, vocabulary is non-zero. */
typedef struct rr_dataset_shape {
    size_t width;                   /**< D below 2^32, or 0 */
    size_t vocabulary;              /**< V below 2^32, or 0 */
    size_t classes;                 /**< C in 1..65536 */
    const char *const *class_names; /**< [C], copied; NULL for numbers */
    const rr_vocabulary *words;     /**< of the symbols, shared; NULL where there are none; its
                                         size is then `vocabulary` */
    int unlabelled;                 /**< the sequences have no labels: each is stored as 0 */
    int step_labelled;              /**< every step has a label or RR_NO_LABEL; not with
                                         `unlabelled` */
    int parts;                      /**< every step has a part, or -1 */
    int image;                      /**< the frames of a sequence are the rows of an image, which
                                         can be turned and moved; else they are a series. Not part
                                         of the content hash, and not written by
                                         rr_dataset_save() */
} rr_dataset_shape;

/** The shape of a dataset, to build another of the same kind.
 *  Memory   its pointers are borrowed from ds. */
RR_API rr_dataset_shape rr_dataset_shape_of(const rr_dataset *ds);

typedef struct rr_dataset_builder rr_dataset_builder;

/** Begin an empty dataset.
 *  Memory   on RR_OK *out is owned: rr_dataset_builder_free(). Else *out is NULL.
 *  Errors   ARG (shape), NOMEM. */
RR_API RR_MUST_USE rr_status rr_dataset_builder_new(const rr_dataset_shape *shape,
                                                    rr_dataset_builder **out, rr_error *err);

/** Append a copy of one sequence. On failure the builder is unchanged. seq.words is used only if
 *  the dataset has a vocabulary; NULL stands for the vocabulary's words. seq.step_labels is used
 *  only if the shape says step_labelled, and seq.parts only if it has parts; NULL stands for none.
 *  Errors   SHAPE (zero steps, wrong kind, no step_labels where the shape wants them), ARG (label
 *           >= C, of the sequence or a step, symbol >= V, a closed builder, a word that is empty,
 *           not UTF-8 or holds white space), NUMERIC (NaN or Inf; err->where is the step), NOMEM.
 *           The message names the sequence's number.
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

/** Some sequences of a dataset, in the order of the list; one may occur more than once.
 *  Shapes   which is [n].
 *  Memory   on RR_OK *out is owned by the caller: rr_dataset_free(). Else *out is NULL.
 *  Errors   ARG (a number not below N; err->where is its index in the list), NOMEM. */
RR_API RR_MUST_USE rr_status rr_dataset_select(const rr_dataset *ds, const size_t *which, size_t n,
                                               rr_dataset **out, rr_error *err);

/** A copy in which some sequences have other labels; labels of steps stay.
 *  Shapes   ids (ascending) and labels are [n].
 *  Memory   on RR_OK *out is owned by the caller: rr_dataset_free(). Else *out is NULL.
 *  Errors   ARG (ids that do not ascend or are not below N, a label not below C; err->where is the
 *           index in the list), NOMEM. */
RR_API RR_MUST_USE rr_status rr_dataset_relabel(const rr_dataset *ds, const uint32_t *ids,
                                                const uint32_t *labels, size_t n, rr_dataset **out,
                                                rr_error *err);

/** A copy in which some steps have other labels; labels of sequences stay.
 *  Shapes   steps (ascending, numbers in the sum of T_i: step t of sequence i is t plus the lengths
 *           of the sequences before it) and labels (0..C-1 or RR_NO_LABEL) are [n].
 *  Memory   on RR_OK *out is owned by the caller: rr_dataset_free(). Else *out is NULL.
 *  Errors   ARG (a dataset without labels of steps; steps that do not ascend or do not exist, a
 *           label not below C; err->where is the index in the list), NOMEM. */
RR_API RR_MUST_USE rr_status rr_dataset_relabel_steps(const rr_dataset *ds, const uint64_t *steps,
                                                      const uint32_t *labels, size_t n,
                                                      rr_dataset **out, rr_error *err);

/** All sequences of a, then all of b; class names are a's, the vocabulary that of the one that has
 *  words; steps of a dataset without parts have none.
 *  Memory   on RR_OK *out is owned by the caller: rr_dataset_free(). Else *out is NULL.
 *  Errors   SHAPE (width, vocabulary, its words or classes differ; only one has labels of steps),
 *           NOMEM. */
RR_API RR_MUST_USE rr_status rr_dataset_concat(const rr_dataset *a, const rr_dataset *b,
                                               rr_dataset **out, rr_error *err);

/** Write sequences of text as `jsonl:FILE` reads them, one object a line: tokens (seq.words), label
 *  (the class's name), split, and tags where the words have labels; atomically. Without `classes` a
 *  reader orders classes by their names; tags are read with `tags=tags`.
 *  Shapes   sets and splits are [n]; set i is written as split splits[i].
 *  Errors   ARG (a dataset without words, a class name that is not UTF-8), SHAPE (classes differ),
 *           IO, NOMEM. */
RR_API RR_MUST_USE rr_status rr_dataset_save_jsonl(const rr_dataset *const *sets,
                                                   const rr_split *splits, size_t n,
                                                   const char *path, rr_error *err);

/** Write a dataset as an npz file that `npz:FILE` reads back with the same content hash. Words are
 *  not written: of a text only the ids are read back, so its hash differs.
 *  Parts are written as the array `part`.
 *  Errors   SHAPE (no sequences), IO, NOMEM. An existing file survives whole on failure. */
RR_API RR_MUST_USE rr_status rr_dataset_save(const rr_dataset *ds, const char *path, rr_error *err);

RR_END_DECLS

#endif
