/* SPDX-License-Identifier: MIT */
/* counterweights.c - what keeps the balance of the classes.
 *
 * All insertions of a target carry its true label. A training set that grows by one label moves
 * every decision toward it: errors of one kind vanish, and as many of the other kind appear. As
 * many sequences of the label that was predicted, which the network has right, hold the scales;
 * they teach nothing new.
 *
 * The random numbers of target `id` are number id*2^32 of the seed's stream; its steps begin at
 * number id*2^32 + 1 (spots.c). */
#include "repair/spots.h"

rr_status rri_counterweights(const rr_insertion_config *cfg, const rr_influence *inf, size_t id,
                             uint32_t label, size_t want, uint32_t **out, size_t *count,
                             rr_error *err)
{
    const rr_traces *training = rr_influence_training(inf);
    const size_t N = rr_traces_count(training);
    rri_random stream = rri_random_at(cfg->seed, RRI_RANDOM_INSERTION, (uint64_t)id << 32);
    uint32_t *pool = NULL; /* [N] */
    size_t size = 0;
    const rr_status st = rri_alloc(&pool, N, 1, sizeof *pool, err);

    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < N; i++) {
        const rr_trace a = rr_traces_at(training, i);
        if (a.label == label && a.prediction == label)
            pool[size++] = (uint32_t)i;
    }
    *count = rri_min(want, size);
    for (size_t i = 0; i < *count; i++) { /* the first places of a Fisher-Yates shuffle */
        const size_t j = i + (size_t)rri_random_below(&stream, size - i);
        const uint32_t taken = pool[j];
        pool[j] = pool[i];
        pool[i] = taken;
    }
    *out = pool;
    return RR_OK;
}
