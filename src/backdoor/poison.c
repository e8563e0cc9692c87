/* SPDX-License-Identifier: MIT */
/* poison.c - training sets with a planted trigger, for trials.
 *
 *     clean   `count` sequences of the target class get the trigger; labels stay      [Xie21, B.5]
 *     dirty   `count` sequences of other classes get it, and the target's label
 *
 * Which sequences, and at random positions where in them, depends on the seed and the number of the
 * sequence alone. */
#include "backdoor/backdoor_internal.h"

#include <string.h>

rr_poison_config rr_poison_config_default(void)
{
    return (rr_poison_config){ .struct_size = sizeof(rr_poison_config),
                               .count = 50,
                               .kind = RR_POISON_DIRTY,
                               .position = RR_POSITION_RANDOM,
                               .seed = 1 };
}

/* A word as a vocabulary takes it: something, without white space. */
static bool is_word(const char *word)
{
    return word != NULL && word[0] != '\0' && strpbrk(word, " \t\n\v\f\r") == NULL;
}

static rr_status check_config(const rr_poison_config *cfg, const rr_dataset *train, rr_error *err)
{
    if (rr_dataset_words(train) == NULL)
        return rri_fail(err, RR_ERR_UNSUPPORTED, -1,
                        "the training set is not of words: there is no trigger for it");
    if (cfg->words == 0 || cfg->count == 0)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "a trigger of %zu words for %zu sequences plants nothing", cfg->words,
                        cfg->count);
    for (size_t i = 0; i < cfg->words; i++)
        if (!is_word(cfg->trigger[i]))
            return rri_fail(err, RR_ERR_ARG, (int64_t)i,
                            "word %zu of the trigger, \"%s\", is empty or holds a blank", i,
                            cfg->trigger[i] != NULL ? cfg->trigger[i] : "");
    if (cfg->target >= rr_dataset_classes(train))
        return rri_fail(err, RR_ERR_ARG, -1, "the target %u is outside 0..%zu",
                        (unsigned)cfg->target, rr_dataset_classes(train) - 1);
    if ((size_t)cfg->kind > RR_POISON_DIRTY)
        return rri_fail(err, RR_ERR_ARG, -1, "there is no kind of poison %d", (int)cfg->kind);
    if ((size_t)cfg->position >= RR_POSITION_LEARNED)
        return rri_fail(err, RR_ERR_ARG, -1, "a trigger is planted at start, end or random, not %s",
                        rr_enum_name(RR_ENUM_POSITION, cfg->position));
    return RR_OK;
}

/* The word of step t as the source has it. */
static const char *word_at(const rr_dataset *ds, const rr_sequence *seq, size_t t)
{
    return seq->words != NULL ? seq->words[t]
                              : rr_vocabulary_word(rr_dataset_words(ds), seq->symbols[t]);
}

/* One word of the trigger and one of a text: the same id, or where the vocabulary lacks it the same
 * bytes. */
static bool same_word(const rr_dataset *ds, const rr_sequence *seq, size_t t, const char *word,
                      uint32_t id)
{
    return id != RR_WORD_UNKNOWN ? seq->symbols[t] == id : strcmp(word_at(ds, seq, t), word) == 0;
}

static bool carries(const rr_poison_config *cfg, const uint32_t *ids, const rr_dataset *ds,
                    const rr_sequence *seq)
{
    for (size_t t = 0; t + cfg->words <= seq->steps; t++) {
        size_t i = 0;
        while (i < cfg->words && same_word(ds, seq, t + i, cfg->trigger[i], ids[i]))
            i++;
        if (i == cfg->words)
            return true;
    }
    return false;
}

/* Draw the sequences to poison: marked[i] = 1. trigger: the ids of its words. */
static rr_status choose(const rr_poison_config *cfg, const uint32_t *trigger,
                        const rr_dataset *train, unsigned char *marked, rr_error *err)
{
    const size_t N = rr_dataset_count(train);
    uint32_t *pool = NULL;
    size_t size = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&pool, N, 1, sizeof *pool, err));
    for (size_t i = 0; i < N; i++) {
        const rr_sequence seq = rr_dataset_at(train, i);
        const bool of_target = seq.label == cfg->target;
        if (of_target == (cfg->kind == RR_POISON_CLEAN) && !carries(cfg, trigger, train, &seq))
            pool[size++] = (uint32_t)i;
    }
    if (size < cfg->count) {
        st = rri_fail(err, RR_ERR_ARG, -1,
                      "%zu sequences are to be poisoned, but only %zu %s class %s without the "
                      "trigger",
                      cfg->count, size, cfg->kind == RR_POISON_CLEAN ? "are of" : "are not of",
                      rr_dataset_class_name(train, cfg->target));
        goto done;
    }
    rri_random stream = rri_backdoor_stream(cfg->seed, RRI_BACKDOOR_POISONED, 0);
    rri_random_choose(&stream, pool, size, cfg->count);
    for (size_t i = 0; i < cfg->count; i++)
        marked[pool[i]] = 1;

done:
    rri_free(pool);
    return st;
}

/* What a poisoned sequence is put together in: room for the longest. */
typedef struct bench {
    const char **words; /* [longest + words] */
    uint32_t *symbols;
} bench;

static rr_status add_poisoned(const rr_poison_config *cfg, const uint32_t *trigger,
                              const rr_dataset *train, size_t i, const bench *w,
                              rr_dataset_builder *b, rr_error *err)
{
    const rr_sequence seq = rr_dataset_at(train, i);
    const size_t at = rri_trigger_position(cfg->position, cfg->seed, i, seq.steps);
    size_t n = 0;

    for (size_t t = 0; t <= seq.steps; t++) {
        for (size_t k = 0; t == at && k < cfg->words; k++) {
            w->words[n] = cfg->trigger[k];
            w->symbols[n++] = trigger[k];
        }
        if (t < seq.steps) {
            w->words[n] = word_at(train, &seq, t);
            w->symbols[n++] = seq.symbols[t];
        }
    }
    const rr_sequence poisoned = {
        .symbols = w->symbols, .words = w->words, .steps = n, .label = cfg->target
    };
    return rr_dataset_builder_add(b, poisoned, err);
}

rr_status rr_poison(const rr_poison_config *cfg, const rr_dataset *train, rr_dataset **out,
                    uint32_t *ids, rr_error *err)
{
    rr_poison_config own = rr_poison_config_default();
    const size_t N = rr_dataset_count(train);
    const rr_dataset_shape shape = rr_dataset_shape_of(train);
    uint32_t *trigger = NULL; /* [words] ids */
    unsigned char *marked = NULL;
    bench w = { NULL, NULL };
    rr_dataset_builder *b = NULL;
    size_t n = 0;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_config_take(&own, sizeof own, cfg, "rr_poison_config", err));
    cfg = &own;
    RRI_TRY(check_config(cfg, train, err));
    RRI_TRY(rri_alloc(&trigger, cfg->words, 1, sizeof *trigger, err));
    for (size_t i = 0; i < cfg->words; i++)
        trigger[i] = rr_vocabulary_find(shape.words, cfg->trigger[i]);
    RRI_TRY(rri_alloc(&marked, N, 1, sizeof *marked, err));
    RRI_TRY(choose(cfg, trigger, train, marked, err));
    const size_t longest = rr_dataset_max_steps(train) + cfg->words;
    RRI_TRY(rri_alloc(&w.words, longest, 1, sizeof *w.words, err));
    RRI_TRY(rri_alloc(&w.symbols, longest, 1, sizeof *w.symbols, err));
    RRI_TRY(rr_dataset_builder_new(&shape, &b, err));
    for (size_t i = 0; i < N; i++)
        if (marked[i] != 0)
            RRI_TRY(add_poisoned(cfg, trigger, train, i, &w, b, err));
        else
            RRI_TRY(rr_dataset_builder_add(b, rr_dataset_at(train, i), err));
    RRI_TRY(rr_dataset_builder_finish(b, out, err));
    for (size_t i = 0; i < N; i++)
        if (marked[i] != 0)
            ids[n++] = (uint32_t)i;

done:
    rr_dataset_builder_free(b);
    rri_free(w.symbols);
    rri_free(w.words);
    rri_free(marked);
    rri_free(trigger);
    return st;
}
