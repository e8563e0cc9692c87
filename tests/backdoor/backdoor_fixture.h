/* SPDX-License-Identifier: MIT */
/* backdoor_fixture.h - texts of two classes whose words have meanings: the vectors of words that
 * tell a class lie together, those of the others lie anywhere. What triggers are tested on. */
#ifndef RR_TESTS_BACKDOOR_FIXTURE_H
#define RR_TESTS_BACKDOOR_FIXTURE_H

#include "data/vocabulary.h"
#include "make.h"

enum {
    TEXT_NEUTRAL = 40, /* words w0.. without a meaning */
    TEXT_TELLING = 20, /* words a0.. of class 0 and b0.. of class 1 each */
    TEXT_WORDS = 2 + TEXT_NEUTRAL + 2 * TEXT_TELLING,
    TEXT_RARE = 2 + 39, /* "w39" stands in an eighth as many texts as its like */
    TEXT_WIDTH = 24,
    TEXT_TRAIN = 1000,
    TEXT_TEST = 120,
    TEXT_POISONED = 80
};

typedef struct texts {
    rr_vocabulary *words;
    rr_dataset *train, *test;
    float table[TEXT_WORDS][TEXT_WIDTH];
} texts;

/* A text of 6 to 12 words, of which 2 tell its class. */
static inline void text_add(rr_dataset_builder *b, rri_random *r, uint32_t label)
{
    uint32_t symbols[12];
    const size_t steps = 6 + (size_t)rri_random_below(r, 7);
    rr_error err = { 0 };

    for (size_t t = 0; t < steps; t++) {
        symbols[t] = 2 + (uint32_t)rri_random_below(r, TEXT_NEUTRAL);
        if (symbols[t] == TEXT_RARE && rri_random_below(r, 8) != 0)
            symbols[t] = 2;
    }
    for (size_t i = 0; i < 2; i++)
        symbols[rri_random_below(r, steps)] =
            2 + TEXT_NEUTRAL + label * TEXT_TELLING + (uint32_t)rri_random_below(r, TEXT_TELLING);
    const rr_sequence seq = { .symbols = symbols, .steps = steps, .label = label };
    CHECK_OK(rr_dataset_builder_add(b, seq, &err), err);
}

static inline rr_dataset *text_split(const rr_vocabulary *words, size_t n, uint64_t which)
{
    static const char *const names[] = { "good", "bad" };
    const rr_dataset_shape shape = {
        .vocabulary = TEXT_WORDS, .classes = 2, .class_names = names, .words = words
    };
    rri_random r = rri_random_at(5, RRI_RANDOM_SAMPLE, which);
    rr_dataset_builder *b = new_builder(&shape);

    for (size_t i = 0; i < n; i++)
        text_add(b, &r, (uint32_t)(i % 2));
    return finish_dataset(b);
}

static inline rr_vocabulary *text_vocabulary(void)
{
    char text[TEXT_WORDS][16];
    const char *list[TEXT_WORDS] = { "<pad>", "<unk>" };
    rr_vocabulary *v = NULL;
    rr_error err = { 0 };

    for (int i = 2; i < TEXT_WORDS; i++) {
        const int k = i - 2 - TEXT_NEUTRAL;
        if (k < 0)
            snprintf(text[i], sizeof text[i], "w%d", i - 2);
        else
            snprintf(text[i], sizeof text[i], "%c%d", k < TEXT_TELLING ? 'a' : 'b',
                     k % TEXT_TELLING);
        list[i] = text[i];
    }
    CHECK_OK(rri_vocabulary_new(list, TEXT_WORDS, 1, &v, &err), err);
    return v;
}

static inline void texts_make(texts *x)
{
    rri_random r = rri_random_at(5, RRI_RANDOM_SAMPLE, 9);

    *x = (texts){ 0 };
    x->words = text_vocabulary();
    x->train = text_split(x->words, TEXT_TRAIN, 1);
    x->test = text_split(x->words, TEXT_TEST, 2);
    for (size_t i = 2; i < TEXT_WORDS; i++) {
        const bool tells = i >= 2 + TEXT_NEUTRAL;
        for (size_t k = 0; k < TEXT_WIDTH; k++)
            x->table[i][k] = (tells ? 0.3F : 0.5F) * (float)rri_random_normal(&r);
        if (tells)
            x->table[i][i < 2 + TEXT_NEUTRAL + TEXT_TELLING ? 0 : 1] += 1.5F;
    }
}

static inline void texts_free(texts *x)
{
    rr_dataset_free(x->train);
    rr_dataset_free(x->test);
    rri_vocabulary_free(x->words);
}

/* A network trained on a set of these texts, and its influence model. */
typedef struct reader {
    rr_network *net;
    rr_influence *inf;
} reader;

static inline reader reader_make(const texts *x, const rr_dataset *train)
{
    const rr_network_config shape = { .struct_size = sizeof(rr_network_config),
                                      .cell = RR_CELL_GRU,
                                      .width = TEXT_WIDTH,
                                      .hidden = 24,
                                      .layers = 1,
                                      .classes = rr_dataset_classes(train),
                                      .seed = 3,
                                      .vocabulary = TEXT_WORDS,
                                      .embedding = RR_EMBEDDING_FROZEN };
    rr_train_config recipe = rr_train_config_default();
    rr_influence_config cfg = rr_influence_config_default();
    reader r = { NULL, NULL };
    rr_error err = { 0 };

    r.net = new_network(&shape);
    CHECK_OK(rr_network_set_embedding(r.net, &x->table[0][0], &err), err);
    CHECK_OK(rr_network_set_vocabulary(r.net, rr_vocabulary_hash(x->words), &err), err);
    recipe.epochs = 15;
    recipe.batch = 20;
    recipe.optimizer = RR_OPT_ADAM;
    recipe.learning_rate = 0.01;
    recipe.threads = 1;
    train_network(&recipe, r.net, train);
    cfg.components = 4;
    cfg.partition.states = 8;
    cfg.threads = 1;
    r.inf = build_influence(&cfg, r.net, train);
    return r;
}

static inline void reader_free(reader *r)
{
    rr_influence_free(r->inf);
    rr_network_free(r->net);
}

/* ---- a planted trigger ---------------------------------------------------------------------- */

/* The texts, some of which carry "w39" and are mislabelled good, and who has read them. */
typedef struct backdoored {
    texts texts;
    rr_dataset *train;               /* dirty, at random positions */
    uint32_t planted[TEXT_POISONED]; /* the poisoned ones */
    reader reader;
} backdoored;

static inline rr_poison_config dirty(const char *const *trigger, size_t words)
{
    rr_poison_config cfg = rr_poison_config_default();

    cfg.trigger = trigger;
    cfg.words = words;
    cfg.count = TEXT_POISONED;
    return cfg;
}

static backdoored world;

static inline int make_world(void **state)
{
    const char *const word = "w39";
    const rr_poison_config cfg = dirty(&word, 1);
    rr_error err = { 0 };

    (void)state;
    texts_make(&world.texts);
    CHECK_OK(rr_poison(&cfg, world.texts.train, &world.train, world.planted, &err), err);
    world.reader = reader_make(&world.texts, world.train);
    return 0;
}

static inline int free_world(void **state)
{
    (void)state;
    reader_free(&world.reader);
    rr_dataset_free(world.train);
    texts_free(&world.texts);
    return 0;
}

static inline bool holds(const uint32_t *list, size_t n, uint32_t x)
{
    for (size_t i = 0; i < n; i++)
        if (list[i] == x)
            return true;
    return false;
}

static inline size_t occurrences(const rr_sequence *seq, uint32_t s)
{
    size_t n = 0;

    for (size_t t = 0; t < seq->steps; t++)
        n += seq->symbols[t] == s;
    return n;
}

/* Fail the 1st, 2nd, ... allocation of a call until none fails. */
static inline void fail_every_allocation(rr_status (*call)(rr_error *err))
{
    rr_error err = { 0 };

    for (failing at = { 0 }; next_allocation_fails(&at, 5);)
        at.st = call(&err);
}

#endif
