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
#include "repair/common.h"
#include "repair/spots.h"

rr_status rri_counterweights(const rr_insertion_config *cfg, const rr_influence *inf, size_t id,
                             uint32_t label, size_t want, uint32_t **out, size_t *count,
                             rr_error *err)
{
    rri_random stream = rri_random_at(cfg->seed, RRI_RANDOM_INSERTION, (uint64_t)id << 32);

    return rri_draw_right(inf, label, &stream, want, out, count, err);
}
