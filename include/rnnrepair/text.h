/* SPDX-License-Identifier: MIT */
/* text.h - words: segmentation of text, the vocabulary that numbers them, their vectors.
 *
 *     text -> rr_tokens_split -> words -> rr_vocabulary_find -> ids -> row of rr_vectors_table
 *
 * A vocabulary is built from the train split of a text source (dataset.h) and frozen in the run
 * directory; whatever is read later, a typed sentence or another split, is read with the same one.
 * Two ids are special, and their vectors are zero: RR_WORD_PAD, which no sequence holds, and
 * RR_WORD_UNKNOWN, which stands for every word that is not in the vocabulary. */
#ifndef RNNREPAIR_TEXT_H
#define RNNREPAIR_TEXT_H

#include "rnnrepair/status.h"

RR_BEGIN_DECLS

enum {
    RR_WORD_PAD = 0,    /**< "<pad>" */
    RR_WORD_UNKNOWN = 1 /**< "<unk>" */
};

/* ---- words of a text ------------------------------------------------------------------------ */

/** The words of one text. Opaque. */
typedef struct rr_tokens rr_tokens;

/** Segment text at the word boundaries of Unicode (UAX #29); what is between two words and not
 *  white space, such as punctuation, is a word of its own; so are '@' and ':' with any version of
 *  ICU. Invisible format characters (a byte-order mark, a zero-width space, a soft hyphen, ...) are
 *  no words, and part of a word only in its middle; joiners and tags stay at its end as well.
 *  text is UTF-8 of `bytes` bytes.
 *  Memory   on RR_OK *out is owned by the caller: rr_tokens_free(). Else *out is NULL.
 *  Errors   FORMAT (not UTF-8; err->where is the byte), SHAPE (no word in it; 2^31 bytes or more),
 *           IO (ICU lacks its rules), NOMEM.
 *  Source   Unicode Standard Annex #29, by ICU. */
RR_API RR_MUST_USE rr_status rr_tokens_split(const char *text, size_t bytes, rr_tokens **out,
                                             rr_error *err);

/** The number of words. */
RR_API size_t rr_tokens_count(const rr_tokens *tokens);
/** The words, as written in the text.
 *  Shapes   [rr_tokens_count()], each NUL-terminated UTF-8.
 *  Memory   borrowed from tokens. */
RR_API const char *const *rr_tokens_words(const rr_tokens *tokens);
/** Release; NULL is allowed. */
RR_API void rr_tokens_free(rr_tokens *tokens);

/* ---- vocabulary ----------------------------------------------------------------------------- */

/** Words and their numbers 0..V-1. Opaque; immutable, so threads may share it. */
typedef struct rr_vocabulary rr_vocabulary;

/** V, special words included. */
RR_API size_t rr_vocabulary_size(const rr_vocabulary *v);
/** 1 where words are looked up in lower case. */
RR_API int rr_vocabulary_folds_case(const rr_vocabulary *v);
/** The word of an id. Memory: borrowed; "<unk>" for id >= V. */
RR_API const char *rr_vocabulary_word(const rr_vocabulary *v, uint32_t id);
/** The id of a word, RR_WORD_UNKNOWN where it has none, and for "<pad>".
 *  Cost     O(length). */
RR_API uint32_t rr_vocabulary_find(const rr_vocabulary *v, const char *word);
/** SHA-256 over all words and the case rule, as 64 hexadecimal digits. Memory: borrowed. */
RR_API const char *rr_vocabulary_hash(const rr_vocabulary *v);

/* ---- word vectors --------------------------------------------------------------------------- */

/** Vectors for the words of a vocabulary. Opaque; immutable. */
typedef struct rr_vectors rr_vectors;

/** Read word vectors in the text format of GloVe or fastText: a line a word, the word and E
 *  numbers separated by blanks; an optional first line "words E". Plain or .gz. Words must be
 *  written as in the vocabulary; those it lacks are skipped, their numbers not parsed; of a word
 *  that occurs twice the first counts. A word of several parts, as in GloVe's largest file, is
 *  skipped, and so is a line without a word, as fastText writes it for a blank. E is that of the
 *  first line.
 *  Memory   on RR_OK *out is owned by the caller: rr_vectors_free(). Else *out is NULL.
 *  Errors   IO, FORMAT (a line of another width, a file that is cut off, a number that is none, a
 *           file in binary form, an archive; file and line are named), NUMERIC (not finite),
 *           SHAPE (no word of the vocabulary in it), NOMEM.
 *  Cost     one pass over the file; only the vectors of the vocabulary are stored. */
RR_API RR_MUST_USE rr_status rr_vectors_load(const char *path, const rr_vocabulary *v,
                                             rr_vectors **out, rr_error *err);

/** Release; NULL is allowed. */
RR_API void rr_vectors_free(rr_vectors *vectors);

/** E, numbers a vector. */
RR_API size_t rr_vectors_width(const rr_vectors *vectors);
/** How many of the V - 2 words have a vector. */
RR_API size_t rr_vectors_covered(const rr_vectors *vectors);
/** All vectors, [V][E]; zeros for words without one and for the special words.
 *  Memory   borrowed from vectors. */
RR_API const float *rr_vectors_table(const rr_vectors *vectors);
/** What the user is to be told of how the file was read: a header that announces another number of
 *  words, lines without a word.
 *  Memory   note i, borrowed from vectors; NULL where there are no more. */
RR_API const char *rr_vectors_note(const rr_vectors *vectors, size_t i);
/** SHA-256 of the file's bytes on the disk, as 64 hexadecimal digits. Memory: borrowed. */
RR_API const char *rr_vectors_hash(const rr_vectors *vectors);

RR_END_DECLS

#endif
