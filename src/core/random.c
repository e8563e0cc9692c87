/* SPDX-License-Identifier: MIT */
/* random.c - addressed random numbers: Philox 4x32-10 [Salmon11] as Random123 has it.
 *
 * counter = (b, purpose, low a, high a), key = seed. The only state is the caller's rri_random, so
 * numbers depend on their address alone. */
#include "core/core.h"

#include <math.h>

#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wundef"
#pragma GCC diagnostic ignored "-Wpedantic"
#endif
#include <Random123/philox.h>
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

void rri_random_block(uint64_t seed, rri_purpose purpose, uint64_t a, uint32_t b, uint32_t out[4])
{
    const philox4x32_ctr_t counter = { { b, (uint32_t)purpose, (uint32_t)a, (uint32_t)(a >> 32) } };
    const philox4x32_key_t key = { { (uint32_t)seed, (uint32_t)(seed >> 32) } };
    const philox4x32_ctr_t bits = philox4x32(counter, key);

    for (unsigned i = 0; i < 4; i++)
        out[i] = bits.v[i];
}

rri_random rri_random_at(uint64_t seed, rri_purpose purpose, uint64_t a)
{
    return (rri_random){ .seed = seed, .a = a, .purpose = purpose };
}

uint32_t rri_random_u32(rri_random *r)
{
    if (r->left == 0) {
        rri_random_block(r->seed, r->purpose, r->a, r->b++, r->word);
        r->left = 4;
    }
    return r->word[--r->left];
}

double rri_random_uniform(rri_random *r)
{
    const uint64_t high = rri_random_u32(r) >> 5; /* 27 bits */
    const uint64_t low = rri_random_u32(r) >> 6;  /* 26 bits */

    return (double)(high << 26 | low) * 0x1p-53;
}

double rri_random_normal(rri_random *r)
{
    const double two_pi = 6.283185307179586;
    const double u = 1.0 - rri_random_uniform(r); /* (0, 1] */
    const double v = rri_random_uniform(r);

    return sqrt(-2.0 * log(u)) * cos(two_pi * v); /* Box and Muller */
}

uint64_t rri_random_below(rri_random *r, uint64_t n)
{
    const uint64_t limit = UINT64_MAX - UINT64_MAX % n; /* a multiple of n */
    uint64_t v = 0;

    do {
        v = (uint64_t)rri_random_u32(r) << 32;
        v |= rri_random_u32(r);
    } while (v >= limit);
    return v % n;
}

void rri_random_permutation(rri_random *r, uint32_t *perm, size_t n)
{
    for (size_t i = 0; i < n; i++)
        perm[i] = (uint32_t)i;
    for (size_t i = n; i > 1; i--) {
        const size_t j = (size_t)rri_random_below(r, i);
        const uint32_t swap = perm[i - 1];
        perm[i - 1] = perm[j];
        perm[j] = swap;
    }
}

void rri_random_choose(rri_random *stream, uint32_t *list, size_t size, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const size_t j = i + (size_t)rri_random_below(stream, size - i);
        const uint32_t taken = list[j];
        list[j] = list[i];
        list[i] = taken;
    }
}
