/* SPDX-License-Identifier: MIT */
/* duplicates_internal.h - sequences that are linked where they are equal or near. Internal to
 * duplicates*.c. */
#ifndef RRI_DUPLICATES_INTERNAL_H
#define RRI_DUPLICATES_INTERNAL_H

#include "core/core.h"
#include "rnnrepair/duplicates.h"

/* The sequences of all sets, one after another. */
typedef struct rri_items {
    size_t n;
    rr_sequence *of;  /* [n] */
    uint32_t *parent; /* [n] links to an earlier member of the group, itself at its root */
    uint32_t *first;  /* [n] the first item that is equal, itself where there is no earlier one */
} rri_items;

/* The root of an item; paths are halved. */
static inline uint32_t rri_items_root(rri_items *x, uint32_t i)
{
    while (x->parent[i] != i) {
        x->parent[i] = x->parent[x->parent[i]];
        i = x->parent[i];
    }
    return i;
}

/* The earlier root remains. */
static inline void rri_items_link(rri_items *x, uint32_t a, uint32_t b)
{
    a = rri_items_root(x, a);
    b = rri_items_root(x, b);
    if (a < b)
        x->parent[b] = a;
    else
        x->parent[a] = b;
}

/* Items with equal bytes get the same `first` and are linked; those without a byte are left alone.
 * Shapes: data and bytes are [n]. Errors: NOMEM. */
rr_status rri_items_link_equal(rri_items *x, const unsigned char *const *data, const size_t *bytes,
                               rr_error *err);

/* Link equal and, with `near`, near ones. Errors: NOMEM. */
rr_status rri_items_link_symbols(rri_items *x, bool near, double similarity, rr_error *err);
rr_status rri_items_link_frames(rri_items *x, size_t D, bool image, bool near, double distance,
                                rr_error *err);

#endif
