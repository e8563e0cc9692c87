/* SPDX-License-Identifier: MIT */
/* simd_sum.h - the sum of a row in an order that does not depend on the width of a vector: lane l
 * of 16 sums x[l], x[l+16], ..., and the lanes are added pair by pair. Built on the simd_*.h that
 * was included before. */
#ifndef RRI_SIMD_SUM_H
#define RRI_SIMD_SUM_H

enum { VF_PARTS = 16 / VF_LANES };

typedef struct vf_total {
    vf part[VF_PARTS];
} vf_total;

static inline vf_total vf_nothing(void)
{
    vf_total t;

    for (size_t i = 0; i < VF_PARTS; i++)
        t.part[i] = vf_set(0.0f);
    return t;
}

/* Add the vector at column j, a multiple of VF_LANES; lanes beyond the row must be 0. */
static inline void vf_count(vf_total *t, size_t j, vf x)
{
    const size_t i = j / VF_LANES % VF_PARTS;

    t->part[i] = vf_add(t->part[i], x);
}

#endif
