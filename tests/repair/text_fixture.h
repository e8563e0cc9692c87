/* SPDX-License-Identifier: MIT */
/* text_fixture.h - a small classifier of made-up sentences that errs for one reason: "odd" means
 * nothing, but training has it in negative sentences only. */
#ifndef RR_TESTS_REPAIR_TEXT_FIXTURE_H
#define RR_TESTS_REPAIR_TEXT_FIXTURE_H

#include "repair/fixture.h"

enum {
    TEXT_TRAIN = 240,
    TEXT_TEST = 80,
    WORD_GOOD = 2, /* four of them, as of the bad */
    WORD_BAD = 6,
    WORD_PLAIN = 10, /* six of them */
    WORD_ODD = 16,
    WORD_NEW = 17, /* in the vocabulary, not in the training set */
    TEXT_WORDS = 18
};

static const char *const text_words[TEXT_WORDS] = { "<pad>", "<unk>", "good",  "fine", "nice",
                                                    "great", "bad",   "poor",  "dull", "awful",
                                                    "a",     "the",   "film",  "is",   "and",
                                                    "it",    "odd",   "unseen" };

/* A sentence of 5..9 words, of which 2 or 3 say what it is; returns its length. */
static inline size_t text_sentence(rri_random *r, uint32_t label, uint32_t x[12])
{
    const size_t T = 5 + (size_t)rri_random_below(r, 5);
    const uint32_t telling = label == 1 ? WORD_GOOD : WORD_BAD;

    for (size_t t = 0; t < T; t++)
        x[t] = WORD_PLAIN + (uint32_t)rri_random_below(r, 6);
    for (size_t i = 0; i < 3; i++)
        x[rri_random_below(r, T)] = telling + (uint32_t)rri_random_below(r, 4);
    return T;
}

/* In training "odd" stands in every third negative sentence. In testing it stands near the end of
 * every other positive one, twice; every eighth sentence has an unknown word, and the one behind it
 * a word that training never showed. */
static inline rr_dataset *text_sentences(const rr_vocabulary *words, size_t n, bool test)
{
    static const char *const names[] = { "negative", "positive" };
    const rr_dataset_shape shape = {
        .vocabulary = TEXT_WORDS, .classes = 2, .class_names = names, .words = words
    };
    rr_dataset_builder *b = new_builder(&shape);

    for (size_t i = 0; i < n; i++) {
        rri_random r = rri_random_at(test ? 8 : 7, RRI_RANDOM_PARITY, i);
        const char *as_written[12];
        uint32_t x[12];
        rr_sequence seq = { .symbols = x, .words = as_written, .label = (uint32_t)(i % 2) };
        size_t T = text_sentence(&r, seq.label, x);
        if (!test && i % 6 == 0)
            x[rri_random_below(&r, T)] = WORD_ODD;
        if (test && i % 4 == 1)
            x[T - 1] = x[T - 2] = WORD_ODD;
        if (test && i % 8 == 1)
            x[T++] = RR_WORD_UNKNOWN;
        if (test && i % 8 == 5)
            x[T++] = WORD_NEW;
        for (size_t t = 0; t < T; t++)
            as_written[t] = x[t] == WORD_ODD ? "Odd" : text_words[x[t]];
        seq.steps = T;
        add_sequence(b, seq);
    }
    return finish_dataset(b);
}

/* A network trained on sentences, which are of world.words. */
static inline rr_network *train_text(const rr_dataset *train)
{
    const rr_network_config shape = { .struct_size = sizeof(rr_network_config),
                                      .cell = RR_CELL_GRU,
                                      .width = 8,
                                      .hidden = 12,
                                      .layers = 1,
                                      .classes = 2,
                                      .seed = 3,
                                      .vocabulary = TEXT_WORDS };
    rr_network *net = new_network(&shape);
    rr_error err = { 0 };

    CHECK_OK(rr_network_set_vocabulary(net, rr_vocabulary_hash(world.words), &err), err);
    train_small(net, train, 12, 16, 0.01);
    return net;
}

static inline int make_texts(void **state)
{
    rr_influence_config cfg = rr_influence_config_default();
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rri_vocabulary_new(text_words, TEXT_WORDS, 1, &world.words, &err), err);
    world.train = text_sentences(world.words, TEXT_TRAIN, false);
    world.test = text_sentences(world.words, TEXT_TEST, true);
    world.net = train_text(world.train);
    find_errors();
    assert_true(world.n >= 5 && world.n < TEXT_TEST / 2); /* it errs, and has learned something */
    cfg.components = 5;
    cfg.partition.states = 7;
    cfg.threads = 1;
    world.inf = build_influence(&cfg, world.net, world.train);
    return 0;
}

#endif
