/* SPDX-License-Identifier: MIT */
/* sentences.h - a file of sentences of two classes, which a small network learns in a few epochs.
 */
#ifndef RR_TESTS_WORKFLOW_SENTENCES_H
#define RR_TESTS_WORKFLOW_SENTENCES_H

#include "scratch_folder.h"

static const char *const telling_words[2][3] = { { "bad", "dull", "poor" },
                                                 { "good", "fine", "nice" } };

/* text.jsonl: `count` sentences, from the `first_test`-th on those of the split test, of which
 * every other positive one has negative words. */
static inline void write_sentences(unsigned count, unsigned first_test)
{
    FILE *f = fopen("text.jsonl", "w");

    assert_non_null(f);
    for (unsigned i = 0; i < count; i++) {
        const bool test = i >= first_test;
        const unsigned label = i % 2;
        const char *const *words = telling_words[test && i % 4 == 1 ? 0 : label];
        fprintf(f, "{\"split\": \"%s\", \"label\": \"%s\", \"text\": \"the film is %s and %s\"}\n",
                test ? "test" : "train", label == 1 ? "positive" : "negative", words[i % 3],
                words[i / 3 % 3]);
    }
    assert_int_equal(fclose(f), 0);
}

#endif
