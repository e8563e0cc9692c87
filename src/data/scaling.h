/* SPDX-License-Identifier: MIT */
/* scaling.h - the scaling of columns: kept, and applied to frames. */
#ifndef RRI_SCALING_H
#define RRI_SCALING_H

#include "core/core.h"
#include "rnnrepair/dataset.h"

/* A scaling and its numbers. Plain data; all zero is none. */
typedef struct rri_scaler {
    rr_scaling now; /* points to the numbers */
    double *number; /* [2][D] owned: offsets, divisors */
    bool given;     /* set from outside: not to be computed */
} rri_scaler;

/* Room for D columns, all zero. Errors NOMEM. */
rr_status rri_scaler_new(rr_scale kind, size_t width, rri_scaler *out, rr_error *err);

/* A copy; none for NULL. Errors NOMEM. */
rr_status rri_scaler_copy(const rr_scaling *from, rri_scaler *out, rr_error *err);

void rri_scaler_clear(rri_scaler *s);

/* MISMATCH: a scaling of `want` columns for frames of width `is`; `place` names the source. */
rr_status rri_fail_scaling(const char *place, size_t want, size_t is, rr_error *err);

/* Scale frames [steps][D] in place; a value may become infinite. */
void rri_scale(const rr_scaling *s, float *frames, size_t steps);

#endif
