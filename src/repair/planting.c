/* SPDX-License-Identifier: MIT */
/* planting.c - see planting.h. */
#include "repair/planting.h"

#include <assert.h>
#include <string.h>

/* ---- what is drawn -------------------------------------------------------------------------- */

rri_random rri_draw(uint64_t seed, rri_drawn what, size_t which)
{
    return rri_random_at(seed, RRI_RANDOM_BACKDOOR, ((uint64_t)what << 32) + (uint64_t)which);
}

size_t rri_draw_place(rr_place place, uint64_t seed, size_t id, size_t T)
{
    assert(place != RR_PLACE_LEARNT);
    if (place == RR_PLACE_START)
        return 0;
    if (place == RR_PLACE_END)
        return T;
    rri_random stream = rri_draw(seed, RRI_DRAWN_PLACE, id);
    return (size_t)rri_random_below(&stream, (uint64_t)T + 1);
}

/* ---- sequences ------------------------------------------------------------------------------ */

size_t rri_phrase_find(const uint32_t *phrase, size_t n, const uint32_t *symbols, size_t T,
                       size_t from)
{
    for (size_t t = from; n <= T && t <= T - n; t++)
        if (memcmp(symbols + t, phrase, n * sizeof *phrase) == 0)
            return t;
    return T;
}

rr_status rri_planter_begin(const rr_dataset *like, size_t longest, rri_planter *out, rr_error *err)
{
    rr_dataset_shape shape = rr_dataset_shape_of(like);
    rri_planter p = { .room = longest };
    rr_status st = RR_OK;

    *out = p;
    shape.words = NULL; /* ids suffice, and need no copy of every word */
    RRI_TRY(rri_alloc(&p.symbols, longest, 1, sizeof *p.symbols, err));
    RRI_TRY(rr_dataset_builder_new(&shape, &p.builder, err));
    *out = p;
    p = (rri_planter){ 0 };

done:
    rri_planter_clear(&p);
    return st;
}

rr_status rri_planter_put(rri_planter *p, rr_sequence seq, const uint32_t *phrase, size_t n,
                          size_t at, rr_error *err)
{
    assert(at <= seq.steps && seq.steps + n <= p->room);
    memcpy(p->symbols, seq.symbols, at * sizeof *seq.symbols);
    memcpy(p->symbols + at, phrase, n * sizeof *phrase);
    memcpy(p->symbols + at + n, seq.symbols + at, (seq.steps - at) * sizeof *seq.symbols);
    const rr_sequence put = { .symbols = p->symbols, .steps = seq.steps + n, .label = seq.label };
    return rr_dataset_builder_add(p->builder, put, err);
}

rr_status rri_planter_without(rri_planter *p, rr_sequence seq, uint32_t symbol, rr_error *err)
{
    size_t left = 0;

    assert(seq.steps <= p->room);
    for (size_t t = 0; t < seq.steps; t++)
        if (seq.symbols[t] != symbol)
            p->symbols[left++] = seq.symbols[t];
    const rr_sequence rest = { .symbols = p->symbols, .steps = left, .label = seq.label };
    return rr_dataset_builder_add(p->builder, rest, err);
}

rr_status rri_planter_finish(rri_planter *p, rr_dataset **out, rr_error *err)
{
    return rr_dataset_builder_finish(p->builder, out, err);
}

void rri_planter_clear(rri_planter *p)
{
    rr_dataset_builder_free(p->builder);
    rri_free(p->symbols);
    *p = (rri_planter){ 0 };
}

/* ---- checks --------------------------------------------------------------------------------- */

rr_status rri_check_symbols(const rr_network *net, const rr_dataset *ds, const char *what,
                            rr_error *err)
{
    const rr_network_config n = rr_network_config_of(net);

    if (rr_dataset_vocabulary(ds) == 0)
        return rri_fail(err, RR_ERR_UNSUPPORTED, -1,
                        "the %s holds frames; a trigger is made of words", what);
    if (n.vocabulary != rr_dataset_vocabulary(ds))
        return rri_fail(err, RR_ERR_SHAPE, -1, "symbols differ: %zu in the network, %zu in the %s",
                        n.vocabulary, rr_dataset_vocabulary(ds), what);
    if (n.classes < rr_dataset_classes(ds))
        return rri_fail(err, RR_ERR_SHAPE, -1, "classes differ: %zu in the network, %zu in the %s",
                        n.classes, rr_dataset_classes(ds), what);
    const rr_vocabulary *words = rr_dataset_words(ds);
    const char *known = rr_network_vocabulary(net);
    if (words != NULL && known[0] != '\0' && strcmp(known, rr_vocabulary_hash(words)) != 0)
        return rri_fail(err, RR_ERR_MISMATCH, -1,
                        "the %s is of another vocabulary than the network's", what);
    return RR_OK;
}

rr_status rri_check_model(const rr_influence *inf, const rr_network *net, const rr_dataset *train,
                          rr_error *err)
{
    const rr_influence_info info = rr_influence_info_of(inf);
    const rr_network_config n = rr_network_config_of(net);

    if (info.hidden != n.hidden || info.classes != n.classes)
        return rri_fail(err, RR_ERR_SHAPE, -1,
                        "the influence model is of %zu hidden units and %zu classes, the network "
                        "of %zu and %zu",
                        info.hidden, info.classes, n.hidden, n.classes);
    if (info.sequences != rr_dataset_count(train) || info.steps != rr_dataset_steps(train))
        return rri_fail(err, RR_ERR_SHAPE, -1,
                        "the influence model is of %zu sequences and %zu steps, the training set "
                        "of %zu and %zu",
                        info.sequences, info.steps, rr_dataset_count(train),
                        rr_dataset_steps(train));
    for (size_t i = 0; i < info.sequences; i++) {
        const size_t in_model = rr_traces_at(rr_influence_training(inf), i).steps;
        const size_t in_train = rr_dataset_at(train, i).steps;
        if (in_model != in_train)
            return rri_fail(err, RR_ERR_SHAPE, (int64_t)i,
                            "sequence %zu has %zu steps in the influence model, %zu in the "
                            "training set",
                            i, in_model, in_train);
    }
    return RR_OK;
}

rr_status rri_check_trigger(const rr_network *net, const rr_trigger *trigger, rr_error *err)
{
    const rr_network_config n = rr_network_config_of(net);

    if (trigger->n == 0)
        return rri_fail(err, RR_ERR_ARG, -1, "the trigger has no word");
    if (trigger->target >= n.classes)
        return rri_fail(err, RR_ERR_ARG, -1, "the target %u is outside 0..%zu",
                        (unsigned)trigger->target, n.classes - 1);
    for (size_t i = 0; i < trigger->n; i++)
        if (trigger->symbols[i] >= n.vocabulary)
            return rri_fail(err, RR_ERR_ARG, (int64_t)i,
                            "symbol %u of the trigger is outside 0..%zu",
                            (unsigned)trigger->symbols[i], n.vocabulary - 1);
    return RR_OK;
}
