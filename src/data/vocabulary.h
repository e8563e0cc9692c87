/* SPDX-License-Identifier: MIT */
/* vocabulary.h - creates, reads, writes and shares vocabularies. */
#ifndef RRI_VOCABULARY_H
#define RRI_VOCABULARY_H

#include "core/core.h"
#include "rnnrepair/text.h"

/* A vocabulary of given words.
 *  words[0] must be "<pad>" and words[1] "<unk>"; no word may be empty, hold white space of ASCII
 *  or occur twice. fold_case: look words up in lower case, character by character (the words
 *  themselves must be in lower case).
 *  Shapes   words is [n], n >= 2, below 2^32.
 *  Memory   words are copied; on RR_OK *out is owned by the caller: rri_vocabulary_free().
 *           Else *out is NULL.
 *  Errors   FORMAT (a word that breaks the rules; err->where is its number), NOMEM. */
rr_status rri_vocabulary_new(const char *const *words, size_t n, int fold_case, rr_vocabulary **out,
                             rr_error *err);

/* The vocabulary of a network trained elsewhere: any tokens, of which none need be "<pad>" or
 *  "<unk>". White space in a token is replaced by its picture (U+2420, U+2409, ...), an empty token
 *  is "<empty>", and a repeated one gets "#" and its id behind it. A word that none of them is has
 *  the id RR_WORD_UNKNOWN, whatever token that is.
 *  Shapes   tokens is [n][stride], each closed by NUL, n >= 1, below 2^32.
 *  Memory   tokens are copied; on RR_OK *out is owned by the caller: rri_vocabulary_free().
 *           Else *out is NULL.
 *  Errors   FORMAT (a token that is not UTF-8, or that is a repeated one's name; err->where is its
 *           number), NOMEM. */
rr_status rri_vocabulary_of_tokens(const char *tokens, size_t n, size_t stride, rr_vocabulary **out,
                                   rr_error *err);

/* Read vocabulary.txt: one word a line, line number (from 0) = id; first line "<pad>", then
 *  "<unk>". fold_case as above.
 *  Memory   on RR_OK *out is owned by the caller: rri_vocabulary_free(). Else *out is NULL.
 *  Errors   IO, FORMAT (file and line are named), NOMEM. */
rr_status rri_vocabulary_load(const char *path, int fold_case, rr_vocabulary **out, rr_error *err);

/* Write it, atomically: an existing file survives whole on failure.
 *  Errors   IO, NOMEM. */
rr_status rri_vocabulary_save(const rr_vocabulary *v, const char *path, rr_error *err);

/* Which words are marks of punctuation alone, and so have neither a letter, a digit nor a sign like
 *  an emoji: all their characters are of the Unicode categories P and Sk (the grave accent, with
 *  which quotes are written).
 *  Shapes   *out is [V], 1 = a mark.
 *  Memory   on RR_OK *out is owned by the caller: rri_free(). Else it is NULL.
 *  Errors   NOMEM. */
rr_status rri_vocabulary_marks(const rr_vocabulary *v, unsigned char **out, rr_error *err);

/* A second holder of the same vocabulary. NULL gives NULL.
 *  Memory   each holder is owned for itself: rri_vocabulary_free().
 *  Threads  safe, as is freeing. */
rr_vocabulary *rri_vocabulary_share(const rr_vocabulary *v);

/* Release; NULL is allowed. */
void rri_vocabulary_free(rr_vocabulary *v);

#endif
