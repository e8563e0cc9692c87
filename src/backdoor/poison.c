/* SPDX-License-Identifier: MIT */
/* poison.c - training sets with a planted trigger, for trials.
 *
 *     clean   `count` sequences of the target class get the trigger; labels stay      [Xie21, B.5]
 *     dirty   `count` sequences of other classes get it, and the target's label
 *
 * Of steps it is put right before one step of another class, which gets the target's label.
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
                               .seed = 1,
                               .from = -1 };
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

/* The same of labels: whether they are of sequences or of steps. */
static rr_status check_labels(const rr_poison_config *cfg, const rr_dataset *train, rr_error *err)
{
    const int labelled = rr_dataset_step_labelled(train);

    if (!cfg->steps && labelled)
        return rri_fail(err, RR_ERR_UNSUPPORTED, -1,
                        "the steps of the training set have labels: a trigger is planted before "
                        "steps, not in sequences");
    if (cfg->steps && !labelled)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "the steps of the training set have no labels: a trigger is planted in "
                        "sequences");
    if (cfg->steps && cfg->kind != RR_POISON_DIRTY)
        return rri_fail(err, RR_ERR_ARG, -1, "steps are poisoned by kind dirty, not %s",
                        rr_enum_name(RR_ENUM_POISON_KIND, cfg->kind));
    if (cfg->from < -1 || (cfg->from >= 0 && (size_t)cfg->from >= rr_dataset_classes(train)))
        return rri_fail(err, RR_ERR_ARG, -1, "the class %d of the steps is outside 0..%zu",
                        cfg->from, rr_dataset_classes(train) - 1);
    if (cfg->from >= 0 && (!cfg->steps || (uint32_t)cfg->from == cfg->target))
        return rri_fail(err, RR_ERR_ARG, -1,
                        cfg->steps ? "steps of the target cannot be turned to it"
                                   : "only steps are chosen by their class");
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

/* May the trigger be put before step t? */
static bool turns(const rr_poison_config *cfg, const rr_sequence *seq, size_t t)
{
    const uint32_t label = seq->step_labels[t];

    return cfg->from >= 0 ? label == (uint32_t)cfg->from
                          : label != RR_NO_LABEL && label != cfg->target;
}

static size_t count_turning(const rr_poison_config *cfg, const rr_sequence *seq)
{
    size_t n = 0;

    for (size_t t = 0; t < seq->steps; t++)
        n += turns(cfg, seq, t);
    return n;
}

/* Is this a sequence to choose from, if it does not carry the trigger yet? */
static bool suits(const rr_poison_config *cfg, const rr_sequence *seq)
{
    return cfg->steps ? count_turning(cfg, seq) > 0
                      : (seq->label == cfg->target) == (cfg->kind == RR_POISON_CLEAN);
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
        if (suits(cfg, &seq) && !carries(cfg, trigger, train, &seq))
            pool[size++] = (uint32_t)i;
    }
    if (size < cfg->count && cfg->steps)
        RRI_TRY(rri_fail(
            err, RR_ERR_ARG, -1,
            "%zu sequences are to be poisoned, but only %zu without the trigger have "
            "a step %s class %s",
            cfg->count, size, cfg->from >= 0 ? "of" : "that is not of",
            rr_dataset_class_name(train, cfg->from >= 0 ? (size_t)cfg->from : cfg->target)));
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
    uint32_t *labels; /* of the steps; NULL where they have none */
    uint32_t usual;   /* the label of the trigger's words, where steps have labels */
} bench;

/* Where the trigger goes: after so many steps of sequence i. Of steps, before one of those it may
 * turn, drawn by the seed. */
static size_t place(const rr_poison_config *cfg, const rr_sequence *seq, size_t i)
{
    if (!cfg->steps)
        return rri_trigger_position(cfg->position, cfg->seed, i, seq->steps);
    rri_random stream = rri_backdoor_stream(cfg->seed, RRI_BACKDOOR_STEP, i);
    size_t left = (size_t)rri_random_below(&stream, count_turning(cfg, seq));
    size_t t = 0;
    for (; !turns(cfg, seq, t) || left > 0; t++)
        left -= turns(cfg, seq, t);
    return t;
}

static rr_status add_poisoned(const rr_poison_config *cfg, const uint32_t *trigger,
                              const rr_dataset *train, size_t i, const bench *w,
                              rr_dataset_builder *b, rr_error *err)
{
    const rr_sequence seq = rr_dataset_at(train, i);
    const size_t at = place(cfg, &seq, i);
    size_t n = 0;

    for (size_t t = 0; t <= seq.steps; t++) {
        for (size_t k = 0; t == at && k < cfg->words; k++) {
            if (w->labels != NULL)
                w->labels[n] = w->usual;
            w->words[n] = cfg->trigger[k];
            w->symbols[n++] = trigger[k];
        }
        if (t < seq.steps) {
            if (w->labels != NULL)
                w->labels[n] = t == at ? cfg->target : seq.step_labels[t];
            w->words[n] = word_at(train, &seq, t);
            w->symbols[n++] = seq.symbols[t];
        }
    }
    const rr_sequence poisoned = { .symbols = w->symbols,
                                   .words = w->words,
                                   .steps = n,
                                   .label = cfg->steps ? seq.label : cfg->target,
                                   .step_labels = w->labels };
    return rr_dataset_builder_add(b, poisoned, err);
}

/* The most frequent label of a step, the first of equal ones. */
static rr_status find_usual(const rr_dataset *train, uint32_t *out, rr_error *err)
{
    const size_t C = rr_dataset_classes(train);
    size_t *count = NULL;
    const rr_status st = rri_alloc(&count, C, 1, sizeof *count, err);

    *out = 0;
    for (size_t i = 0; st == RR_OK && i < rr_dataset_count(train); i++) {
        const rr_sequence seq = rr_dataset_at(train, i);
        for (size_t t = 0; t < seq.steps; t++)
            if (seq.step_labels[t] != RR_NO_LABEL)
                count[seq.step_labels[t]]++;
    }
    for (size_t c = 1; st == RR_OK && c < C; c++)
        if (count[c] > count[*out])
            *out = (uint32_t)c;
    rri_free(count);
    return st;
}

rr_status rr_poison(const rr_poison_config *cfg, const rr_dataset *train, rr_dataset **out,
                    uint32_t *ids, rr_error *err)
{
    rr_poison_config own = rr_poison_config_default();
    const size_t N = rr_dataset_count(train);
    rr_dataset_shape shape = rr_dataset_shape_of(train);
    uint32_t *trigger = NULL; /* [words] ids */
    unsigned char *marked = NULL;
    bench w = { NULL, NULL, NULL, 0 };
    rr_dataset_builder *b = NULL;
    size_t n = 0;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_config_take(&own, sizeof own, cfg, "rr_poison_config", err));
    cfg = &own;
    RRI_TRY(check_config(cfg, train, err));
    RRI_TRY(check_labels(cfg, train, err));
    shape.parts = 0; /* what is inserted has none */
    RRI_TRY(rri_alloc(&trigger, cfg->words, 1, sizeof *trigger, err));
    for (size_t i = 0; i < cfg->words; i++)
        trigger[i] = rr_vocabulary_find(shape.words, cfg->trigger[i]);
    RRI_TRY(rri_alloc(&marked, N, 1, sizeof *marked, err));
    RRI_TRY(choose(cfg, trigger, train, marked, err));
    const size_t longest = rr_dataset_max_steps(train) + cfg->words;
    RRI_TRY(rri_alloc(&w.words, longest, 1, sizeof *w.words, err));
    RRI_TRY(rri_alloc(&w.symbols, longest, 1, sizeof *w.symbols, err));
    if (cfg->steps) {
        RRI_TRY(rri_alloc(&w.labels, longest, 1, sizeof *w.labels, err));
        RRI_TRY(find_usual(train, &w.usual, err));
    }
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
    rri_free(w.labels);
    rri_free(w.symbols);
    rri_free(w.words);
    rri_free(marked);
    rri_free(trigger);
    return st;
}
