/* SPDX-License-Identifier: MIT */
/* plain_words.c - the words of a text as they are compared for copies: in lower case, without those
 * that have no letter and no digit. */
#include "data/data_internal.h"

#include "core/utf8.h"
#include "data/words.h"

#include <string.h>
#include <unicode/uchar.h>

struct rri_plain_words {
    rri_words list;
};

rr_status rri_plain_words_new(rri_plain_words **out, rr_error *err)
{
    return rri_alloc(out, 1, 1, sizeof **out, err);
}

void rri_plain_words_free(rri_plain_words *w)
{
    if (w == NULL)
        return;
    rri_words_clear(&w->list);
    rri_free(w);
}

static bool says_something(const char *word)
{
    const size_t bytes = strlen(word);
    uint32_t code = 0;

    for (size_t at = 0; at < bytes;) {
        const size_t n = rri_utf8_read(word + at, bytes - at, &code);
        if (n == 0 || u_isalnum((UChar32)code))
            return true;
        at += n;
    }
    return false;
}

rr_status rri_plain_words_of(rri_plain_words *w, const rr_sequence *s, uint32_t *out, size_t *n,
                             rr_error *err)
{
    rr_status st = RR_OK;

    *n = 0;
    for (size_t t = 0; t < s->steps; t++) {
        if (s->words == NULL) {
            out[(*n)++] = s->symbols[t];
            continue;
        }
        if (!says_something(s->words[t]))
            continue;
        RRI_TRY(rri_words_add(&w->list, s->words[t], strlen(s->words[t]), true, &out[(*n)++], err));
    }

done:
    return st;
}
