/* SPDX-License-Identifier: MIT */
/* postings.h - ranks of keys and look-up by rank, for building, checking and querying posting
 * lists; see keys.c. */
#ifndef RRI_INFLUENCE_POSTINGS_H
#define RRI_INFLUENCE_POSTINGS_H

#include "influence/model.h"

enum { RRI_NO_LABEL = 65535 }; /* y_0 */

/* The ranges of values in the traces, which determine all ranks. */
rri_key_space rri_key_space_of(const rr_traces *t, rr_key kind);

/* The rank of a key, c->count where a part of it does not occur; and the inverse. */
uint64_t rri_key_rank(const rri_key_space *c, uint64_t key);
uint64_t rri_key_at_rank(const rri_key_space *c, uint64_t rank);

/* label_before is c->labels for "none": it comes last, as 65535 does in the key. */
static inline uint64_t rri_transition_rank(const rri_key_space *c, uint64_t before,
                                           uint64_t label_before, uint64_t label, uint64_t state)
{
    return ((before * (c->labels + 1) + label_before) * c->labels + label) * c->states + state;
}

/* The rank of step t of one of these traces: all parts are known to occur. */
static inline uint64_t rri_step_rank(const rri_key_space *c, const rr_trace *a, size_t t)
{
    const uint64_t before = t > 1 ? a->states[t - 2] : 0;
    const uint64_t label_before = t > 1 ? a->predictions[t - 2] : c->labels;

    if (c->kind == RR_KEY_STATE_SYMBOL)
        return before * c->symbols + a->symbols[t - 1];
    if (c->kind == RR_KEY_FULL) /* lists of a state-symbol key are adjacent */
        return rri_transition_rank(c, before * c->symbols + a->symbols[t - 1], label_before,
                                   a->predictions[t - 1], a->states[t - 1]);
    return rri_transition_rank(c, before, label_before, a->predictions[t - 1], a->states[t - 1]);
}

/* The list of a key of known rank, p->keys where there is none. */
static inline size_t rri_postings_at(const rri_postings *p, uint64_t rank, uint64_t key)
{
    size_t low = p->first != NULL ? p->first[rank >> p->shift] : 0;
    size_t high = p->first != NULL ? p->first[(rank >> p->shift) + 1] : p->keys;

    while (high > low + 1) { /* finds the last key that is not above */
        const size_t middle = low + (high - low) / 2;
        if (p->list[middle].key <= key)
            low = middle;
        else
            high = middle;
    }
    return low < high && p->list[low].key == key ? low : p->keys;
}

#endif
