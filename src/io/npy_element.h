/* SPDX-License-Identifier: MIT */
/* npy_element.h - one element of a .npy array, converted from the bytes of the file. */
#ifndef RRI_NPY_ELEMENT_H
#define RRI_NPY_ELEMENT_H

#include "core/core.h"

#include <assert.h>
#include <string.h>

/* The bits of one element, converted from the file's byte order. */
static inline uint64_t rri_npy_bits(const unsigned char *p, size_t width, bool big)
{
    uint64_t bits = 0;

    for (size_t i = 0; i < width; i++)
        bits |= (uint64_t)p[big ? width - 1 - i : i] << (8 * i);
    return bits;
}

/* IEEE 754 binary16 (1 sign, 5 exponent of bias 15, 10 fraction bits) to binary32, which holds
 * every value of it: the exponent and fraction of a normal number are moved and its bias is
 * corrected by a product with 2^-112; those of a subnormal one become the fraction of 1/2. Without
 * branches, so that it can be vectorized. */
static inline float rri_npy_half(uint16_t bits)
{
    const uint32_t wide = (uint32_t)bits << 16;
    const uint32_t sign = wide & 0x80000000U;
    const uint32_t magnitude = wide << 1;
    const uint32_t normal_bits = (magnitude >> 4) + (0xE0U << 23);
    const uint32_t tiny_bits = (magnitude >> 17) | (126U << 23);
    uint32_t result = 0;
    float normal = 0;
    float tiny = 0;
    float value = 0;

    memcpy(&normal, &normal_bits, sizeof normal);
    memcpy(&tiny, &tiny_bits, sizeof tiny);
    normal *= 0x1p-112F;
    tiny -= 0.5F;
    memcpy(&result, magnitude < 1U << 27 ? &tiny : &normal, sizeof result);
    result |= sign;
    memcpy(&value, &result, sizeof value);
    return value;
}

/* A value outside the range of float becomes infinite, which users of the array reject. */
static inline float rri_npy_to_float(uint64_t bits, size_t width)
{
    const uint32_t low = (uint32_t)bits;
    double wide = 0;
    float value = 0;

    if (width == 2)
        return rri_npy_half((uint16_t)bits);
    if (width == 4) {
        memcpy(&value, &low, sizeof value);
        return value;
    }
    memcpy(&wide, &bits, sizeof wide);
    return (float)wide;
}

/* An element of 1 to 8 bytes. False for a value above INT64_MAX. */
static inline bool rri_npy_to_integer(uint64_t bits, char type, size_t width, int64_t *out)
{
    assert(width >= 1 && width <= 8);
    if (type == 'b') {
        *out = bits != 0;
        return true;
    }
    if (type == 'u') {
        *out = (int64_t)(bits & INT64_MAX);
        return bits <= INT64_MAX;
    }
    /* Sign extension by arithmetic: a value v from 2^(8 width - 1) on represents v - 2^(8
     * width). */
    const uint64_t half = (uint64_t)1 << (8 * width - 1);
    *out = bits < half ? (int64_t)bits : (int64_t)(bits - half) - (int64_t)(half - 1) - 1;
    return true;
}

#endif
