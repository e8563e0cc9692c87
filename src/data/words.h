/* SPDX-License-Identifier: MIT */
/* words.h - a growing list of distinct words with a search by spelling. */
#ifndef RRI_WORDS_H
#define RRI_WORDS_H

#include "core/core.h"

/* Plain data; all zero is an empty list. Words are numbered in the order they were added. */
typedef struct rri_words {
    size_t count;
    size_t capacity; /* of offset */
    size_t *offset;  /* [count] of a word in texts */
    char *texts;     /* the words, each closed by NUL */
    size_t used;     /* bytes of texts */
    size_t texts_capacity;
    uint32_t *slot; /* [slots] number of a word + 1, 0 where free */
    size_t slots;   /* a power of two, or 0 */
} rri_words;

#define RRI_NO_WORD UINT32_MAX /* the number of no word */

/* The number of a word of `bytes` bytes, RRI_NO_WORD where it is not in the list. With `fold` the
 * word is looked up in lower case: character by character, by the simple mapping of Unicode. */
uint32_t rri_words_find(const rri_words *w, const char *word, size_t bytes, bool fold);

/* Its number; it is added if it is new. The word is UTF-8 without NUL; with `fold` its
 * lower case is stored. Errors NOMEM (also 2^32 - 1 words). */
rr_status rri_words_add(rri_words *w, const char *word, size_t bytes, bool fold, uint32_t *number,
                        rr_error *err);

/* Word `i` < count; valid until a word is added. */
static inline const char *rri_words_at(const rri_words *w, size_t i)
{
    return w->texts + w->offset[i];
}

void rri_words_clear(rri_words *w);

#endif
