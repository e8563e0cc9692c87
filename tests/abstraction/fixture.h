/* SPDX-License-Identifier: MIT */
/* fixture.h - rows for the tests of this folder. */
#ifndef RR_TESTS_ABSTRACTION_FIXTURE_H
#define RR_TESTS_ABSTRACTION_FIXTURE_H

#include "abstraction/abstraction_internal.h"
#include "check.h"

static inline float *new_floats(size_t n)
{
    float *x = NULL;
    assert_int_equal(rri_alloc(&x, n, 1, sizeof *x, NULL), RR_OK);
    return x;
}

/* [n][d]: row i is sampled around corner i % clouds, corners 10 apart along the first axis, with
 * the given standard deviation. */
static inline rri_rows new_clouds(size_t n, size_t d, size_t clouds, double spread, uint64_t seed)
{
    rri_random random = rri_random_at(seed, RRI_RANDOM_SAMPLE, n);
    float *x = new_floats(n * d);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < d; j++)
            x[i * d + j] = (float)((j == 0 ? 10.0 * (double)(i % clouds) : 0.0) +
                                   spread * rri_random_normal(&random));
    return (rri_rows){ .data = x, .n = n, .d = d, .stride = d };
}

static inline void free_rows(rri_rows x)
{
    void *p = NULL;
    memcpy(&p, &x.data, sizeof p);
    rri_free(p);
}

#endif
