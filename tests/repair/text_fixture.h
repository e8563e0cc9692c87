/* SPDX-License-Identifier: MIT */
/* text_fixture.h - a small classifier of made-up sentences that errs for one reason: "odd" means
 * nothing, but training has it in negative sentences only. */
#ifndef RR_TESTS_REPAIR_TEXT_FIXTURE_H
#define RR_TESTS_REPAIR_TEXT_FIXTURE_H

#include "check.h"
#include "data/vocabulary.h"

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

typedef struct text_fixture {
    rr_vocabulary *words;
    rr_dataset *train, *test;
    rr_network *net;
    rr_influence *inf;
    uint32_t before[TEXT_TEST];
    size_t errors[TEXT_TEST]; /* numbers of the test sequences predicted wrong */
    size_t n;
} text_fixture;

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
    rr_dataset_builder *b = NULL;
    rr_dataset *ds = NULL;
    rr_error err = { 0 };

    CHECK_OK(rr_dataset_builder_new(&shape, &b, &err), err);
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
        CHECK_OK(rr_dataset_builder_add(b, seq, &err), err);
    }
    CHECK_OK(rr_dataset_builder_finish(b, &ds, &err), err);
    rr_dataset_builder_free(b);
    return ds;
}

static inline void text_train(text_fixture *f)
{
    const rr_network_config shape = { .struct_size = sizeof(rr_network_config),
                                      .cell = RR_CELL_GRU,
                                      .width = 8,
                                      .hidden = 12,
                                      .layers = 1,
                                      .classes = 2,
                                      .seed = 3,
                                      .vocabulary = TEXT_WORDS };
    rr_train_config cfg = rr_train_config_default();
    rr_trainer *t = NULL;
    rr_train_progress progress;
    rr_error err = { 0 };

    cfg.epochs = 12;
    cfg.batch = 16;
    cfg.optimizer = RR_OPT_ADAM;
    cfg.learning_rate = 0.01;
    cfg.threads = 1;
    CHECK_OK(rr_network_new(&shape, &f->net, &err), err);
    CHECK_OK(rr_network_set_vocabulary(f->net, rr_vocabulary_hash(f->words), &err), err);
    CHECK_OK(rr_trainer_new(&cfg, f->net, f->train, &t, &err), err);
    while (!rr_trainer_finished(t))
        CHECK_OK(rr_trainer_step(t, &progress, &err), err);
    rr_trainer_free(t);
}

static inline void text_build(text_fixture *f)
{
    rr_influence_config cfg = rr_influence_config_default();
    rr_state_source source = { 0 };
    rr_error err = { 0 };

    cfg.components = 5;
    cfg.partition.states = 7;
    cfg.threads = 1;
    CHECK_OK(rr_network_states(f->net, f->train, 1, &source, &err), err);
    CHECK_OK(rr_influence_build(&cfg, &source, NULL, &f->inf, &err), err);
    rr_state_source_close(&source);
}

static inline void text_make(text_fixture *f)
{
    rr_error err = { 0 };

    *f = (text_fixture){ 0 };
    CHECK_OK(rri_vocabulary_new(text_words, TEXT_WORDS, 1, &f->words, &err), err);
    f->train = text_sentences(f->words, TEXT_TRAIN, false);
    f->test = text_sentences(f->words, TEXT_TEST, true);
    text_train(f);
    CHECK_OK(rr_network_predict(f->net, f->test, 1, f->before, NULL, &err), err);
    for (size_t i = 0; i < TEXT_TEST; i++)
        if (f->before[i] != rr_dataset_at(f->test, i).label)
            f->errors[f->n++] = i;
    assert_true(f->n >= 5 && f->n < TEXT_TEST / 2); /* it errs, and it has learned something */
    text_build(f);
}

static inline void text_free(text_fixture *f)
{
    rr_influence_free(f->inf);
    rr_network_free(f->net);
    rr_dataset_free(f->train);
    rr_dataset_free(f->test);
    rri_vocabulary_free(f->words);
}

/* The traces of a dataset, all sequences at once. */
static inline rr_traces *text_traces(const text_fixture *f, const rr_dataset *ds)
{
    rr_state_source source = { 0 };
    rr_traces *traces = NULL;
    rr_error err = { 0 };

    CHECK_OK(rr_network_states(f->net, ds, 1, &source, &err), err);
    CHECK_OK(rr_influence_trace(f->inf, &source, 1, &traces, &err), err);
    rr_state_source_close(&source);
    return traces;
}

#endif
