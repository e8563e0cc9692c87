/* SPDX-License-Identifier: MIT */
/* words.c - a list of distinct words: a hash table with open addressing over one block of texts.
 *
 * A folded word is not copied: its characters are lowered inside the hash and the comparison, so
 * a search needs no memory. */
#include "data/words.h"

#include "core/utf8.h"

#include <unicode/uchar.h>

#include <limits.h>
#include <string.h>

/* ---- the bytes of a word as they are looked up ---------------------------------------------- */

typedef struct letters {
    const char *at, *end;
    bool fold;
    char lower[4]; /* of a character beyond ASCII */
    size_t have, next;
} letters;

/* The next byte, -1 at the end. A byte that is not UTF-8 counts as it is. */
static int next_letter(letters *s)
{
    uint32_t code = 0;

    if (s->next < s->have)
        return (unsigned char)s->lower[s->next++];
    if (s->at == s->end)
        return -1;
    const unsigned char c = (unsigned char)*s->at;
    if (!s->fold || c < 0x80) {
        s->at++;
        return s->fold && c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
    }
    const size_t n = rri_utf8_read(s->at, (size_t)(s->end - s->at), &code);
    if (n == 0) {
        s->at++;
        return c;
    }
    s->at += n;
    s->have = rri_utf8_write((uint32_t)u_tolower((UChar32)code), s->lower);
    s->next = 1;
    return (unsigned char)s->lower[0];
}

static letters letters_of(const char *word, size_t bytes, bool fold)
{
    return (letters){ .at = word, .end = word + bytes, .fold = fold };
}

/* FNV-1a, its bits mixed again, since the table uses the lowest ones. */
static uint64_t hash_of(const char *word, size_t bytes, bool fold)
{
    letters s = letters_of(word, bytes, fold);
    uint64_t h = 0xcbf29ce484222325u;

    for (int c = next_letter(&s); c >= 0; c = next_letter(&s))
        h = (h ^ (uint64_t)c) * 0x100000001b3u;
    return h ^ h >> 32;
}

static bool is_word(const char *have, const char *word, size_t bytes, bool fold)
{
    letters s = letters_of(word, bytes, fold);
    int c = next_letter(&s);

    for (; c >= 0 && (unsigned char)*have == c; have++)
        c = next_letter(&s);
    return c < 0 && *have == '\0';
}

/* ---- the table ------------------------------------------------------------------------------ */

/* The slot of a word, or the free one where it belongs; slots > 0. */
static size_t slot_of(const rri_words *w, const char *word, size_t bytes, bool fold)
{
    size_t i = (size_t)hash_of(word, bytes, fold) & (w->slots - 1);

    while (w->slot[i] != 0 && !is_word(rri_words_at(w, w->slot[i] - 1), word, bytes, fold))
        i = (i + 1) & (w->slots - 1);
    return i;
}

uint32_t rri_words_find(const rri_words *w, const char *word, size_t bytes, bool fold)
{
    if (w->slots == 0)
        return RRI_NO_WORD;
    const uint32_t found = w->slot[slot_of(w, word, bytes, fold)];
    return found == 0 ? RRI_NO_WORD : found - 1;
}

/* Twice the slots, at least 64; the table is never more than half full. */
static rr_status widen_table(rri_words *w, rr_error *err)
{
    const size_t slots = rri_max(64, 2 * w->slots);
    uint32_t *fresh = NULL;
    const rr_status st = rri_alloc(&fresh, slots, 1, sizeof *fresh, err);

    if (st != RR_OK)
        return st;
    rri_free(w->slot);
    w->slot = fresh;
    w->slots = slots;
    for (size_t i = 0; i < w->count; i++) {
        const char *word = rri_words_at(w, i);
        w->slot[slot_of(w, word, strlen(word), false)] = (uint32_t)i + 1;
    }
    return RR_OK;
}

/* Reserve one more word of at most `bytes` bytes and its NUL. */
static rr_status make_room(rri_words *w, size_t bytes, rr_error *err)
{
    rr_status st = RR_OK;

    if (w->count >= UINT32_MAX - 1 || bytes > SIZE_MAX / 4 - w->used)
        return rri_fail(err, RR_ERR_NOMEM, -1, "%zu words are too many to hold", w->count);
    if (w->count == w->capacity) {
        const size_t capacity = rri_max(32, 2 * w->capacity);
        RRI_TRY(rri_grow(&w->offset, w->count, capacity, sizeof *w->offset, err));
        w->capacity = capacity;
    }
    if (bytes >= w->texts_capacity - w->used) {
        const size_t capacity = rri_max(256, 2 * w->texts_capacity) + bytes;
        RRI_TRY(rri_grow(&w->texts, w->used, capacity, 1, err));
        w->texts_capacity = capacity;
    }
    if (2 * (w->count + 1) > w->slots)
        RRI_TRY(widen_table(w, err));

done:
    return st;
}

rr_status rri_words_add(rri_words *w, const char *word, size_t bytes, bool fold, uint32_t *number,
                        rr_error *err)
{
    rr_status st = RR_OK;

    *number = rri_words_find(w, word, bytes, fold);
    if (*number != RRI_NO_WORD)
        return RR_OK;
    /* Lower case of two bytes can have three, as U+023A shows; none grows more. */
    RRI_TRY(make_room(w, bytes + (fold ? bytes / 2 : 0), err));
    letters s = letters_of(word, bytes, fold);
    char *to = w->texts + w->used;
    for (int c = next_letter(&s); c >= 0; c = next_letter(&s))
        *to++ = (char)c;
    *to++ = '\0';
    *number = (uint32_t)w->count;
    w->offset[w->count] = w->used;
    w->used = (size_t)(to - w->texts);
    w->count++;
    w->slot[slot_of(w, rri_words_at(w, *number), strlen(rri_words_at(w, *number)), false)] =
        *number + 1;

done:
    return st;
}

void rri_words_clear(rri_words *w)
{
    rri_free(w->offset);
    rri_free(w->texts);
    rri_free(w->slot);
    *w = (rri_words){ .count = 0 };
}
