/* SPDX-License-Identifier: MIT */
/* packed.c - converts mixture parameters and k-means centres to the kernels' float arrays
 * (equations: kernel/mixture.h). */
#include "abstraction/packed.h"

#include <math.h>

rr_status rri_packed_init(rri_packed *p, size_t k, size_t d, rr_error *err)
{
    rr_status st = RR_OK;

    *p = (rri_packed){ .base = 0.0 };
    RRI_TRY(rri_alloc(&p->scale, k, d, sizeof *p->scale, err));
    RRI_TRY(rri_alloc(&p->offset, k, d, sizeof *p->offset, err));
    RRI_TRY(rri_alloc(&p->constant, k, 1, sizeof *p->constant, err));
    RRI_TRY(rri_alloc(&p->loss, k, 1, sizeof *p->loss, err));
    p->params = (rri_mixture_params){
        .K = k, .P = d, .scale = p->scale, .offset = p->offset, .constant = p->constant
    };

done:
    if (st != RR_OK)
        rri_packed_release(p);
    return st;
}

void rri_packed_mixture(rri_packed *p, const double *weight, const double *mean,
                        const double *variance)
{
    const double half_log_two_pi = 0.91893853320467274178;
    const size_t d = p->params.P;
    const size_t K = p->params.K;

    p->base = -HUGE_VAL;
    for (size_t j = 0; j < K; j++) {
        double constant = log(weight[j]) - (double)d * half_log_two_pi;
        for (size_t i = 0; i < d; i++) {
            const float scale = (float)(1.0 / sqrt(variance[j * d + i]));
            p->scale[j * d + i] = scale;
            p->offset[j * d + i] = (float)(-mean[j * d + i] * (double)scale);
            constant += log((double)scale);
        }
        p->loss[j] = constant;
        p->base = fmax(p->base, constant);
    }
    for (size_t j = 0; j < K; j++) {
        const double constant = p->loss[j] - p->base;
        p->constant[j] = (float)constant;
        p->loss[j] = constant - (double)p->constant[j];
    }
}

void rri_packed_centres(rri_packed *p, const float *centres)
{
    const size_t d = p->params.P;
    const size_t K = p->params.K;

    p->base = 0.0;
    for (size_t j = 0; j < K; j++) {
        for (size_t i = 0; i < d; i++) {
            p->scale[j * d + i] = 1.0f;
            p->offset[j * d + i] = -centres[j * d + i];
        }
        p->constant[j] = 0.0f;
        p->loss[j] = 0.0;
    }
}

void rri_packed_release(rri_packed *p)
{
    rri_free(p->scale);
    rri_free(p->offset);
    rri_free(p->constant);
    rri_free(p->loss);
    *p = (rri_packed){ .base = 0.0 };
}
