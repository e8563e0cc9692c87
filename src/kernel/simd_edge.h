/* SPDX-License-Identifier: MIT */
/* simd_edge.h - rows whose length is no multiple of a vector: whole vectors and one partial at the
 * end. Built on the simd_*.h that was included before. */
#ifndef RRI_SIMD_EDGE_H
#define RRI_SIMD_EDGE_H

/* n lanes, n = VF_LANES for a whole vector. */
static inline vf vf_get(const float *p, size_t n)
{
    return n == VF_LANES ? vf_load(p) : vf_load_head(p, n);
}

static inline void vf_put(float *p, vf v, size_t n)
{
    if (n == VF_LANES)
        vf_store(p, v);
    else
        vf_store_head(p, v, n);
}

/* The number of lanes of the vector at column j of `width`. */
static inline size_t vf_width(size_t j, size_t width)
{
    return width - j < VF_LANES ? width - j : VF_LANES;
}

#endif
