/* SPDX-License-Identifier: MIT */
/* tokens.c - rr_tokens: segments one text into words. */
#include "rnnrepair/text.h"

#include "data/cutter.h"

#include <string.h>

struct rr_tokens {
    size_t count;
    char *texts;        /* the words, each closed by NUL */
    const char **words; /* [count] into texts */
};

/* Copy the words of the cutter's text, at most `bytes` words. */
static rr_status collect(rri_cutter *c, size_t bytes, rr_tokens *t, rr_error *err)
{
    const char *word = NULL;
    size_t n = 0;
    size_t used = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&t->texts, bytes, 2, 1, err)); /* each word has a byte and a NUL at least */
    while (rri_cutter_next(c, &word, &n)) {
        memcpy(t->texts + used, word, n);
        used += n + 1;
        t->count++;
    }
    RRI_TRY(rri_alloc(&t->words, t->count, 1, sizeof *t->words, err));
    word = t->texts;
    for (size_t i = 0; i < t->count; i++) {
        t->words[i] = word;
        word += strlen(word) + 1;
    }

done:
    return st;
}

rr_status rr_tokens_split(const char *text, size_t bytes, rr_tokens **out, rr_error *err)
{
    rri_cutter *c = NULL;
    rr_tokens *t = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_cutter_new(&c, err));
    RRI_TRY(rri_cutter_begin(c, text, bytes, err));
    RRI_TRY(rri_alloc(&t, 1, 1, sizeof *t, err));
    RRI_TRY(collect(c, bytes, t, err));
    if (t->count == 0)
        RRI_TRY(rri_fail(err, RR_ERR_SHAPE, -1, "there is no word in the text"));
    *out = t;
    t = NULL;

done:
    rr_tokens_free(t);
    rri_cutter_free(c);
    return st;
}

size_t rr_tokens_count(const rr_tokens *tokens)
{
    return tokens->count;
}

const char *const *rr_tokens_words(const rr_tokens *tokens)
{
    return tokens->words;
}

void rr_tokens_free(rr_tokens *tokens)
{
    if (tokens == NULL)
        return;
    rri_free(tokens->texts);
    rri_free(tokens->words);
    rri_free(tokens);
}
