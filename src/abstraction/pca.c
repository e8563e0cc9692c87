/* SPDX-License-Identifier: MIT */
/* pca.c - principal components from a covariance [Jolliffe02, ch. 2], and projection on them.
 *
 *   cov = V diag(l) V^T,  l_1 >= l_2 >= ...     axes = the first P columns of V, as rows
 *   z = (x - mean) axes^T = x axes^T + offset,  offset = -mean axes^T
 *
 * The axes are packed for kernel/gemm.h as columns. The sign of an eigenvector is arbitrary; here
 * its largest coordinate in magnitude (the first of equals) is positive. */
#include "abstraction/covariance.h"
#include "abstraction/eigen.h"
#include "abstraction/rows.h"
#include "kernel/gemm.h"

#include <limits.h>
#include <math.h>
#include <string.h>

enum { BLOCK_ROWS = 512 };

struct rri_pca {
    size_t d, p;
    float *mean;      /* [d] */
    float *axes;      /* [P][d] */
    double *variance; /* [P] */
    double total;
    float *offset; /* [P] */
    const rri_gemm_kernels *gemm;
    float *packed; /* axes^T as panels */
};

/* ---- the object ----------------------------------------------------------------------------- */

void rri_pca_free(rri_pca *p)
{
    if (p == NULL)
        return;
    rri_free(p->mean);
    rri_free(p->axes);
    rri_free(p->variance);
    rri_free(p->offset);
    rri_free(p->packed);
    rri_free(p);
}

static rr_status check_arrays(size_t d, size_t components, const float *mean, const float *axes,
                              const double *variance, double total, rr_error *err)
{
    if (rri_first_nonfinite(mean, 1, d, d) != 1)
        return rri_fail(err, RR_ERR_NUMERIC, -1, "the mean of a projection is not finite");
    for (size_t j = 0; j < components; j++) {
        if (rri_first_nonfinite(axes + j * d, 1, d, d) != 1)
            return rri_fail(err, RR_ERR_NUMERIC, (int64_t)j,
                            "principal axis %zu holds a value that is not finite", j);
        if (!(variance[j] >= 0.0 && isfinite(variance[j])))
            return rri_fail(err, RR_ERR_NUMERIC, (int64_t)j,
                            "the variance along principal axis %zu is %g", j, variance[j]);
    }
    if (!(total >= 0.0 && isfinite(total)))
        return rri_fail(err, RR_ERR_NUMERIC, -1, "the total variance of a projection is %g", total);
    return RR_OK;
}

rr_status rri_pca_restore(size_t d, size_t components, const float *mean, const float *axes,
                          const double *variance, double total_variance, rri_pca **out,
                          rr_error *err)
{
    rr_status st = RR_OK;
    rri_pca *p = NULL;

    *out = NULL;
    if (components == 0 || components > d || d > SHRT_MAX)
        return rri_fail(err, RR_ERR_ARG, -1, "%zu principal components of %zu columns", components,
                        d);
    RRI_TRY(check_arrays(d, components, mean, axes, variance, total_variance, err));
    RRI_TRY(rri_alloc(&p, 1, 1, sizeof *p, err));
    *p = (rri_pca){ .d = d,
                    .p = components,
                    .total = total_variance,
                    .gemm = rri_gemm_kernels_for(rri_isa_best()) };
    RRI_TRY(rri_alloc(&p->mean, d, 1, sizeof *p->mean, err));
    RRI_TRY(rri_alloc(&p->axes, components, d, sizeof *p->axes, err));
    RRI_TRY(rri_alloc(&p->variance, components, 1, sizeof *p->variance, err));
    RRI_TRY(rri_alloc(&p->offset, components, 1, sizeof *p->offset, err));
    RRI_TRY(
        rri_alloc(&p->packed, rri_gemm_packed(p->gemm, d, components), 1, sizeof *p->packed, err));
    memcpy(p->mean, mean, d * sizeof *mean);
    memcpy(p->axes, axes, components * d * sizeof *axes);
    memcpy(p->variance, variance, components * sizeof *variance);
    for (size_t j = 0; j < components; j++) {
        double dot = 0.0;
        for (size_t i = 0; i < d; i++)
            dot += (double)mean[i] * (double)axes[j * d + i];
        p->offset[j] = (float)-dot;
    }
    rri_gemm_pack(p->gemm, d, components, axes, d, true, p->packed, d * p->gemm->lanes);
    *out = p;
    p = NULL;

done:
    rri_pca_free(p);
    return st;
}

/* ---- fitting -------------------------------------------------------------------------------- */

/* An eigenvector [d], its sign fixed, as floats. */
static void take_axis(const double *vector, size_t d, float *axis)
{
    size_t most = 0;

    for (size_t i = 1; i < d; i++)
        if (fabs(vector[i]) > fabs(vector[most]))
            most = i;
    for (size_t i = 0; i < d; i++)
        axis[i] = (float)(vector[most] < 0.0 ? -vector[i] : vector[i]);
}

rr_status rri_pca_fit(const rri_covariance *c, size_t components, rri_pca **out, rr_error *err)
{
    rr_status st = RR_OK;
    double *matrix = NULL;
    double *vector = NULL;
    double *centre = NULL;
    double *variance = NULL;
    float *mean = NULL;
    float *axes = NULL;
    double total = 0.0;
    const size_t d = rri_covariance_width(c);

    *out = NULL;
    if (components == 0 || components > d)
        return rri_fail(err, RR_ERR_ARG, -1, "%zu principal components of %zu columns", components,
                        d);
    if (rri_covariance_rows(c) < 2)
        return rri_fail(err, RR_ERR_SHAPE, -1, "principal components need 2 rows, there are %zu",
                        rri_covariance_rows(c));
    RRI_TRY(rri_alloc(&matrix, d, d, sizeof *matrix, err));
    RRI_TRY(rri_alloc(&vector, components, d, sizeof *vector, err));
    RRI_TRY(rri_alloc(&centre, d, 1, sizeof *centre, err));
    RRI_TRY(rri_alloc(&variance, components, 1, sizeof *variance, err));
    RRI_TRY(rri_alloc(&mean, d, 1, sizeof *mean, err));
    RRI_TRY(rri_alloc(&axes, components, d, sizeof *axes, err));
    rri_covariance_result(c, centre, matrix);
    for (size_t i = 0; i < d; i++) {
        const double own = matrix[i * d + i];
        mean[i] = (float)centre[i];
        total += own < 0.0 ? 0.0 : own; /* not fmax(), which would hide a NaN */
    }
    if (!isfinite(total)) {
        st = rri_fail(err, RR_ERR_NUMERIC, -1, "the covariance of the states overflowed");
        goto done;
    }
    RRI_TRY(rri_eigen_leading(matrix, d, components, variance, vector, err));
    for (size_t j = 0; j < components; j++) {
        variance[j] = fmax(0.0, variance[j]); /* rounding may fall below zero */
        take_axis(vector + j * d, d, axes + j * d);
    }
    RRI_TRY(rri_pca_restore(d, components, mean, axes, variance, total, out, err));

done:
    rri_free(axes);
    rri_free(mean);
    rri_free(variance);
    rri_free(centre);
    rri_free(vector);
    rri_free(matrix);
    return st;
}

/* ---- projection ----------------------------------------------------------------------------- */

typedef struct projection {
    const rri_pca *p;
    rri_rows x;
    float *z;
} projection;

static void project_block(void *ctx, size_t task, size_t worker)
{
    const projection *job = ctx;
    const rri_pca *p = job->p;
    size_t begin = 0;
    size_t end = 0;

    (void)worker;
    rri_block(job->x.n, BLOCK_ROWS, task, &begin, &end);
    float *z = job->z + begin * p->p;
    for (size_t i = 0; i < end - begin; i++)
        memcpy(z + i * p->p, p->offset, p->p * sizeof *z);
    p->gemm->multiply(end - begin, p->p, p->d, rri_row(job->x, begin), job->x.stride, 1, p->packed,
                      p->d * p->gemm->lanes, true, z, p->p);
}

rr_status rri_pca_project(const rri_pca *p, rri_rows x, size_t threads, float *z, rr_error *err)
{
    projection job = { .p = p, .x = x, .z = z };

    if (x.d != p->d || x.stride < x.d)
        return rri_fail(err, RR_ERR_SHAPE, -1,
                        "rows of %zu columns, %zu apart, for a projection of %zu", x.d, x.stride,
                        p->d);
    rri_parallel(threads, rri_blocks(x.n, BLOCK_ROWS), project_block, &job);
    return RR_OK;
}

const float *rri_pca_mean(const rri_pca *p)
{
    return p->mean;
}

const float *rri_pca_axes(const rri_pca *p)
{
    return p->axes;
}

const double *rri_pca_variance(const rri_pca *p)
{
    return p->variance;
}

double rri_pca_total_variance(const rri_pca *p)
{
    return p->total;
}
