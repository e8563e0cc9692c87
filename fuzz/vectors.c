/* SPDX-License-Identifier: MIT */
/* vectors.c - word vectors, for a vocabulary of a few words; and vocabularies. The input is the
 * file. */
#include "fuzz.h"

#include "data/vocabulary.h"

#include <math.h>

static void read_vocabulary(const char *path)
{
    rr_vocabulary *v = NULL;
    rr_error err = { .code = RR_OK };

    for (int fold = 0; fold < 2; fold++) {
        if (fuzz_ok(rri_vocabulary_load(path, fold, &v, &err), &err))
            for (uint32_t id = 2; id < rr_vocabulary_size(v); id++)
                fuzz_require(rr_vocabulary_find(v, rr_vocabulary_word(v, id)) == id,
                             "word %u is not found again", (unsigned)id);
        rri_vocabulary_free(v);
    }
}

void fuzz_one(const uint8_t *data, size_t size)
{
    static const char *const words[] = { "<pad>", "<unk>", "a", "the", ",", "film" };
    enum { WORDS = sizeof words / sizeof *words };
    rr_vocabulary *vocabulary = NULL;
    rr_vectors *vectors = NULL;
    rr_error err = { .code = RR_OK };

    fuzz_declare_text(data, size);
    fuzz_declare(WORDS * sizeof(float) * size / 2 / 10); /* a row for each word of the vocabulary */
    fuzz_require(rri_vocabulary_new(words, WORDS, 1, &vocabulary, &err) == RR_OK, "%s", err.msg);
    if (fuzz_ok(rr_vectors_load(fuzz_file("vectors.txt", data, size), vocabulary, &vectors, &err),
                &err)) {
        const float *table = rr_vectors_table(vectors);
        const size_t width = rr_vectors_width(vectors);
        for (size_t i = 0; i < WORDS * width; i++)
            fuzz_require(isfinite(table[i]), "number %zu is not finite", i);
        fuzz_require(rr_vectors_covered(vectors) <= WORDS - 2, "too many words");
        fuzz_require(strlen(rr_vectors_hash(vectors)) == 64, "no hash");
    }
    rr_vectors_free(vectors);
    read_vocabulary(fuzz_file("vocabulary.txt", data, size));
    rri_vocabulary_free(vocabulary);
}
