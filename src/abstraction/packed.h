/* SPDX-License-Identifier: MIT */
/* packed.h - a mixture's parameters in the form of the kernels: float. */
#ifndef RRI_ABSTRACTION_PACKED_H
#define RRI_ABSTRACTION_PACKED_H

#include "core/core.h"
#include "kernel/mixture.h"

typedef struct rri_packed {
    rri_mixture_params params; /* views of the three arrays below */
    float *scale;              /* [K][P] */
    float *offset;             /* [K][P] */
    float *constant;           /* [K] */
    double *loss;              /* [K] rounding error of each constant */
    double base;               /* subtracted from all constants to keep them small */
} rri_packed;

/* Allocates; *p is a cleared struct after a failure. */
rr_status rri_packed_init(rri_packed *p, size_t k, size_t d, rr_error *err);

/* weight [k], mean [k][d], variance [k][d]. Density constants follow the rounded scale, so that
 * each component stays a density; the mean it represents is -offset/scale. */
void rri_packed_mixture(rri_packed *p, const double *weight, const double *mean,
                        const double *variance);

/* centres [k][d]: the largest "log density" is that of the nearest centre. */
void rri_packed_centres(rri_packed *p, const float *centres);

void rri_packed_release(rri_packed *p);

#endif
