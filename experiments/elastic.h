/* SPDX-License-Identifier: MIT */
/* elastic.h - smooth random deformations of an image. */
#ifndef EXPERIMENTS_ELASTIC_H
#define EXPERIMENTS_ELASTIC_H

#include <stddef.h>
#include <stdint.h>

/* A field of displacements: 4 by 4 points over the image are moved by up to `amplitude` pixels in
 * either direction, drawn from `seed`; what is between them follows, bilinearly. */
typedef struct experiment_elastic {
    double amplitude; /* pixels, >= 0; 0 = nothing moves */
    uint64_t seed;
} experiment_elastic;

/* Deform an image: pixel (r, c) of out is in at the place it is moved to, bilinearly sampled;
 * beyond the edge is 0. in and out are [T][D], and do not overlap. */
void experiment_elastic_apply(const experiment_elastic *e, const float *in, size_t T, size_t D,
                              float *out);

#endif
