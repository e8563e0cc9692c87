/* SPDX-License-Identifier: MIT */
/* dataset_words.c - the words of a dataset as they were written, beside their ids.
 *
 * A step has one pointer: to the vocabulary's word of its id where the source has the same
 * spelling, else to a copy in the dataset. Copies are stored in blocks that never move; a block is
 * allocated before words are put into it, so that putting cannot fail. */
#include "data/dataset_internal.h"
#include "data/vocabulary.h"
#include "data/words.h"

#include <string.h>

struct rri_text_block {
    rri_text_block *next;
    size_t used, capacity;
    char text[];
};

enum { FIRST_CAPACITY = 4096, MOST_CAPACITY = 1 << 20 };

rr_status rri_dataset_text_room(rr_dataset *ds, size_t bytes, rr_error *err)
{
    rri_text_block *last = ds->own;
    rri_text_block *fresh = NULL;

    if (bytes == 0 || (last != NULL && bytes <= last->capacity - last->used))
        return RR_OK;
    if (bytes > SIZE_MAX - sizeof *fresh)
        return rri_fail(err, RR_ERR_NOMEM, -1, "%zu bytes of text are too many to hold", bytes);
    const size_t more = last == NULL ? FIRST_CAPACITY : rri_min(2 * last->capacity, MOST_CAPACITY);
    const size_t capacity = rri_max(bytes, more);
    const rr_status st = rri_alloc(&fresh, sizeof *fresh + capacity, 1, 1, err);
    if (st != RR_OK)
        return st;
    fresh->capacity = capacity;
    fresh->next = last;
    ds->own = fresh;
    return RR_OK;
}

const char *rri_dataset_keep(rr_dataset *ds, const char *text)
{
    rri_text_block *block = ds->own;
    const size_t n = strlen(text) + 1;
    char *to = block->text + block->used;

    memcpy(to, text, n);
    block->used += n;
    return to;
}

/* Whether the vocabulary writes a word as the source did. */
static bool as_listed(const rr_dataset *ds, uint32_t id, const char *word)
{
    const char *listed = rr_vocabulary_word(ds->words, id);

    return word == listed || strcmp(word, listed) == 0;
}

size_t rri_dataset_text_bytes(const rr_dataset *ds, const uint32_t *symbols,
                              const char *const *words, size_t steps)
{
    size_t bytes = 0;

    for (size_t t = 0; words != NULL && t < steps; t++)
        if (!as_listed(ds, symbols[t], words[t]))
            bytes += strlen(words[t]) + 1;
    return bytes;
}

void rri_dataset_put_words(rr_dataset *ds, size_t first, const char *const *words, size_t steps)
{
    for (size_t t = 0; t < steps; t++) {
        const uint32_t id = ds->symbols[first + t];
        ds->word[first + t] = words == NULL || as_listed(ds, id, words[t])
                                  ? rr_vocabulary_word(ds->words, id)
                                  : rri_dataset_keep(ds, words[t]);
    }
}

void rri_dataset_clear_words(rr_dataset *ds)
{
    while (ds->own != NULL) {
        rri_text_block *next = ds->own->next;
        rri_free(ds->own);
        ds->own = next;
    }
    rri_vocabulary_free(ds->words);
}

rr_status rr_dataset_unknown(const rr_dataset *ds, rr_unknown_words *out, rr_error *err)
{
    const bool fold = ds->words != NULL && rr_vocabulary_folds_case(ds->words) != 0;
    rri_words found = { .count = 0 };
    uint32_t number = 0;
    rr_status st = RR_OK;

    *out = (rr_unknown_words){ .steps = 0 };
    for (size_t t = 0; ds->words != NULL && t < ds->offset[ds->count]; t++) {
        if (ds->symbols[t] != RR_WORD_UNKNOWN)
            continue;
        out->steps++;
        RRI_TRY(rri_words_add(&found, ds->word[t], strlen(ds->word[t]), fold, &number, err));
    }
    out->words = found.count;

done:
    rri_words_clear(&found);
    return st;
}
