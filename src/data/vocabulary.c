/* SPDX-License-Identifier: MIT */
/* vocabulary.c - words and their ids; reads and writes vocabulary.txt, one word a line.
 *
 * A vocabulary is immutable; its reference count is atomic, so that datasets sharing one may be
 * freed on different threads. The hash is the SHA-256 of "rnnrepair vocabulary 1\n", the case rule
 * ("lower\n" or "exact\n") and the words, each closed by a line feed (docs/FORMAT.md#vocabulary).
 */
#include "data/vocabulary.h"
#include "rnnrepair/text.h"

#include "core/utf8.h"
#include "data/words.h"
#include "io/io.h"

#include <unicode/uchar.h>

#include <stdatomic.h>
#include <string.h>

enum { MOST_BYTES = 1 << 30 }; /* of vocabulary.txt */

struct rr_vocabulary {
    atomic_size_t holders;
    rri_words words;
    bool fold;
    char hash[65];
};

/* Check and append a word; err->where of a failure is its id. */
static rr_status add_word(rr_vocabulary *v, const char *word, size_t bytes, rr_error *err)
{
    static const char *const special[] = { "<pad>", "<unk>" };
    const size_t i = v->words.count;
    const int64_t where = (int64_t)i;
    const int shown = (int)rri_min(bytes, 60);
    uint32_t number = 0;
    rr_status st = RR_OK;

    if (i < 2 && (bytes != strlen(special[i]) || memcmp(word, special[i], bytes) != 0))
        return rri_fail(err, RR_ERR_FORMAT, where, "word %zu is \"%.*s\", not \"%s\"", i, shown,
                        word, special[i]);
    if (bytes == 0)
        return rri_fail(err, RR_ERR_FORMAT, where, "word %zu is empty", i);
    if (memchr(word, '\0', bytes) != NULL || rri_utf8_check(word, bytes, NULL) < bytes)
        return rri_fail(err, RR_ERR_FORMAT, where, "word %zu is not UTF-8", i);
    for (size_t k = 0; k < bytes; k++)
        if (rri_is_blank(word[k]))
            return rri_fail(err, RR_ERR_FORMAT, where, "word %zu, \"%.*s\", holds white space", i,
                            shown, word);
    RRI_TRY(rri_words_add(&v->words, word, bytes, false, &number, err));
    if (number != i)
        return rri_fail(err, RR_ERR_FORMAT, where, "word %zu, \"%.*s\", is word %zu as well", i,
                        shown, word, (size_t)number);
    if (v->fold && rri_words_find(&v->words, word, bytes, true) != number)
        return rri_fail(err, RR_ERR_FORMAT, where, "word %zu, \"%.*s\", is not in lower case", i,
                        shown, word);

done:
    return st;
}

/* The picture of white space of ASCII. */
static const char *picture_of(char c)
{
    switch (c) {
    case '\t':
        return "\xe2\x90\x89";
    case '\n':
        return "\xe2\x90\xa4";
    case '\v':
        return "\xe2\x90\x8b";
    case '\f':
        return "\xe2\x90\x8c";
    case '\r':
        return "\xe2\x90\x8d";
    default:
        return "\xe2\x90\xa0";
    }
}

/* A token as a word: without white space, and not empty. Owned. */
static rr_status word_of(const char *token, char **out, rr_error *err)
{
    size_t n = 0;
    rr_status st = RR_OK;

    if (*token == '\0')
        return rri_strdup("<empty>", out, err);
    RRI_TRY(rri_alloc(out, strlen(token) + 1, 3, 1, err)); /* a picture has three bytes */
    for (const char *c = token; *c != '\0'; c++) {
        if (rri_is_blank(*c)) {
            memcpy(*out + n, picture_of(*c), 3);
            n += 3;
        } else {
            (*out)[n++] = *c;
        }
    }

done:
    return st;
}

/* Append a token; a repeated one is given its id as well. */
static rr_status add_token(rr_vocabulary *v, const char *token, rr_error *err)
{
    const size_t i = v->words.count;
    char *word = NULL;
    char *numbered = NULL;
    uint32_t number = 0;
    rr_status st = RR_OK;

    if (!rri_is_utf8(token))
        return rri_fail(err, RR_ERR_FORMAT, (int64_t)i, "token %zu is not UTF-8", i);
    RRI_TRY(word_of(token, &word, err));
    RRI_TRY(rri_words_add(&v->words, word, strlen(word), false, &number, err));
    if (number != i) {
        RRI_TRY(rri_format(&numbered, err, "%s#%zu", word, i));
        RRI_TRY(rri_words_add(&v->words, numbered, strlen(numbered), false, &number, err));
    }
    if (number != i)
        RRI_TRY(rri_fail(err, RR_ERR_FORMAT, (int64_t)i,
                         "token %zu, \"%.60s\", is token %zu as well", i, word, (size_t)number));

done:
    rri_free(word);
    rri_free(numbered);
    return st;
}

static rr_status begin(int fold_case, rr_vocabulary **out, rr_error *err)
{
    const rr_status st = rri_alloc(out, 1, 1, sizeof **out, err);

    if (st == RR_OK) {
        atomic_init(&(*out)->holders, 1);
        (*out)->fold = fold_case != 0;
    }
    return st;
}

/* Compute the hash, after the last word. */
static rr_status seal(rr_vocabulary *v, rr_error *err)
{
    rri_sha256 *hash = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_sha256_new(&hash, err));
    const char *head =
        v->fold ? "rnnrepair vocabulary 1\nlower\n" : "rnnrepair vocabulary 1\nexact\n";
    RRI_TRY(rri_sha256_add(hash, head, strlen(head), err));
    for (size_t i = 0; i < v->words.count; i++) {
        const char *word = rri_words_at(&v->words, i);
        RRI_TRY(rri_sha256_add(hash, word, strlen(word), err));
        RRI_TRY(rri_sha256_add(hash, "\n", 1, err));
    }
    RRI_TRY(rri_sha256_hex(hash, v->hash, err));

done:
    rri_sha256_free(hash);
    return st;
}

/* After the last of given words. */
static rr_status finish(rr_vocabulary *v, rr_error *err)
{
    if (v->words.count < 2)
        return rri_fail(err, RR_ERR_FORMAT, (int64_t)v->words.count,
                        "%zu words: \"<pad>\" and \"<unk>\" must be there", v->words.count);
    return seal(v, err);
}

rr_status rri_vocabulary_of_tokens(const char *tokens, size_t n, size_t stride, rr_vocabulary **out,
                                   rr_error *err)
{
    rr_vocabulary *v = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(begin(0, &v, err));
    for (size_t i = 0; i < n; i++)
        RRI_TRY(add_token(v, tokens + i * stride, err));
    RRI_TRY(seal(v, err));
    *out = v;
    v = NULL;

done:
    rri_vocabulary_free(v);
    return st;
}

rr_status rri_vocabulary_new(const char *const *words, size_t n, int fold_case, rr_vocabulary **out,
                             rr_error *err)
{
    rr_vocabulary *v = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(begin(fold_case, &v, err));
    for (size_t i = 0; i < n; i++)
        RRI_TRY(add_word(v, words[i], strlen(words[i]), err));
    RRI_TRY(finish(v, err));
    *out = v;
    v = NULL;

done:
    rri_vocabulary_free(v);
    return st;
}

rr_status rri_vocabulary_load(const char *path, int fold_case, rr_vocabulary **out, rr_error *err)
{
    rr_vocabulary *v = NULL;
    unsigned char *data = NULL;
    size_t bytes = 0;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_file_read(path, MOST_BYTES, &data, &bytes, err));
    RRI_TRY(begin(fold_case, &v, err));
    const char *const text = (const char *)data;
    for (size_t at = 0; at < bytes;) {
        const char *end = memchr(text + at, '\n', bytes - at);
        const size_t n = end != NULL ? (size_t)(end - text) - at : bytes - at;
        st = add_word(v, text + at, n, err);
        if (st == RR_ERR_FORMAT)
            st = rri_prefix(err, st, "%s, line %zu", path, v->words.count + 1);
        RRI_TRY(st);
        at += n + 1;
    }
    st = finish(v, err);
    if (st == RR_ERR_FORMAT)
        st = rri_prefix(err, st, "%s", path);
    RRI_TRY(st);
    *out = v;
    v = NULL;

done:
    rri_free(data);
    rri_vocabulary_free(v);
    return st;
}

rr_status rri_vocabulary_save(const rr_vocabulary *v, const char *path, rr_error *err)
{
    rri_writer *w = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_writer_open(path, &w, err));
    for (size_t i = 0; i < v->words.count; i++) {
        const char *word = rri_words_at(&v->words, i);
        RRI_TRY(rri_writer_write(w, word, strlen(word), err));
        RRI_TRY(rri_writer_write(w, "\n", 1, err));
    }
    st = rri_writer_commit(w, err);
    w = NULL;

done:
    rri_writer_abandon(w);
    return st;
}

/* The holders are counted inside, so a view that may not change the words may still count. */
static rr_vocabulary *writable(const rr_vocabulary *v)
{
    rr_vocabulary *same = NULL;

    memcpy(&same, &v, sizeof same);
    return same;
}

rr_vocabulary *rri_vocabulary_share(const rr_vocabulary *v)
{
    rr_vocabulary *same = writable(v);

    if (same != NULL)
        (void)atomic_fetch_add_explicit(&same->holders, 1, memory_order_relaxed);
    return same;
}

void rri_vocabulary_free(rr_vocabulary *v)
{
    if (v == NULL || atomic_fetch_sub_explicit(&v->holders, 1, memory_order_acq_rel) > 1)
        return;
    rri_words_clear(&v->words);
    rri_free(v);
}

static bool is_mark(const char *word)
{
    const uint32_t marks = U_GC_P_MASK | U_GC_SK_MASK;
    size_t left = strlen(word);
    uint32_t code = 0;

    while (left > 0) {
        const size_t n = rri_utf8_read(word, left, &code);
        if (n == 0 || (U_GET_GC_MASK((UChar32)code) & marks) == 0)
            return false;
        word += n;
        left -= n;
    }
    return true;
}

rr_status rri_vocabulary_marks(const rr_vocabulary *v, unsigned char **out, rr_error *err)
{
    const rr_status st = rri_alloc(out, v->words.count, 1, 1, err);

    for (size_t i = 0; st == RR_OK && i < v->words.count; i++)
        (*out)[i] = is_mark(rri_words_at(&v->words, i));
    return st;
}

size_t rr_vocabulary_size(const rr_vocabulary *v)
{
    return v->words.count;
}

int rr_vocabulary_folds_case(const rr_vocabulary *v)
{
    return v->fold ? 1 : 0;
}

const char *rr_vocabulary_word(const rr_vocabulary *v, uint32_t id)
{
    return rri_words_at(&v->words, id < v->words.count ? id : RR_WORD_UNKNOWN);
}

uint32_t rr_vocabulary_find(const rr_vocabulary *v, const char *word)
{
    const uint32_t id = rri_words_find(&v->words, word, strlen(word), v->fold);

    return id == RRI_NO_WORD || id == RR_WORD_PAD ? RR_WORD_UNKNOWN : id;
}

const char *rr_vocabulary_hash(const rr_vocabulary *v)
{
    return v->hash;
}
