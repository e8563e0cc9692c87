/* SPDX-License-Identifier: MIT */
/* pca.c - principal components from a covariance [Jolliffe02, ch. 2], and projection on them.
 *
 *   cov = V diag(l) V^T,  l_1 >= l_2 >= ...     axes = the first P columns of V, as rows
 *   z = (x - mean) axes^T = x axes^T + offset,  offset = -mean axes^T
 *
 * The eigenproblem is solved by LAPACK's dsyevr in one task of a parallel loop, where BLAS is
 * serial: its bits do not depend on the number of threads. The sign of an eigenvector is arbitrary;
 * here its largest coordinate in magnitude (the first of equals) is positive. */
#include "abstraction/covariance.h"
#include "abstraction/rows.h"

#include <cblas.h>
#include <lapacke.h>
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
    *p = (rri_pca){ .d = d, .p = components, .total = total_variance };
    RRI_TRY(rri_alloc(&p->mean, d, 1, sizeof *p->mean, err));
    RRI_TRY(rri_alloc(&p->axes, components, d, sizeof *p->axes, err));
    RRI_TRY(rri_alloc(&p->variance, components, 1, sizeof *p->variance, err));
    RRI_TRY(rri_alloc(&p->offset, components, 1, sizeof *p->offset, err));
    memcpy(p->mean, mean, d * sizeof *mean);
    memcpy(p->axes, axes, components * d * sizeof *axes);
    memcpy(p->variance, variance, components * sizeof *variance);
    for (size_t j = 0; j < components; j++) {
        double dot = 0.0;
        for (size_t i = 0; i < d; i++)
            dot += (double)mean[i] * (double)axes[j * d + i];
        p->offset[j] = (float)-dot;
    }
    *out = p;
    p = NULL;

done:
    rri_pca_free(p);
    return st;
}

/* ---- fitting -------------------------------------------------------------------------------- */

/* All eigenpairs of a symmetric matrix, by LAPACK's conventions: column-major, ascending. */
typedef struct eigen {
    size_t d;
    double *matrix; /* [d][d], its upper triangle by columns = our lower one by rows; overwritten */
    double *value;  /* [d] */
    double *vector; /* [d][d], one column each */
    lapack_int *support; /* [2d] */
    double *work;
    lapack_int *iwork;
    lapack_int work_size, iwork_size; /* -1: query the sizes */
    lapack_int info;
} eigen;

static void solve(void *ctx, size_t task, size_t worker)
{
    eigen *e = ctx;
    const lapack_int d = (lapack_int)e->d;
    lapack_int found = 0;

    (void)task;
    (void)worker;
    e->info = LAPACKE_dsyevr_work(LAPACK_COL_MAJOR, 'V', 'A', 'U', d, e->matrix, d, 0.0, 0.0, 0, 0,
                                  0.0, &found, e->value, e->vector, d, e->support, e->work,
                                  e->work_size, e->iwork, e->iwork_size);
    if (e->info == 0 && e->work_size != -1 && found != d)
        e->info = 1;
}

static void eigen_release(eigen *e)
{
    rri_free(e->matrix);
    rri_free(e->value);
    rri_free(e->vector);
    rri_free(e->support);
    rri_free(e->work);
    rri_free(e->iwork);
}

static rr_status eigen_init(eigen *e, size_t d, rr_error *err)
{
    rr_status st = RR_OK;
    double work = 0.0;
    lapack_int iwork = 0;

    *e = (eigen){ .d = d };
    RRI_TRY(rri_alloc(&e->matrix, d, d, sizeof *e->matrix, err));
    RRI_TRY(rri_alloc(&e->value, d, 1, sizeof *e->value, err));
    RRI_TRY(rri_alloc(&e->vector, d, d, sizeof *e->vector, err));
    RRI_TRY(rri_alloc(&e->support, d, 2, sizeof *e->support, err));
    e->work = &work;
    e->iwork = &iwork;
    e->work_size = -1;
    e->iwork_size = -1;
    solve(e, 0, 0); /* queries the sizes of the workspaces */
    e->work = NULL;
    e->iwork = NULL;
    e->work_size = (lapack_int)work;
    e->iwork_size = iwork;
    RRI_TRY(rri_alloc(&e->work, (size_t)e->work_size, 1, sizeof *e->work, err));
    RRI_TRY(rri_alloc(&e->iwork, (size_t)e->iwork_size, 1, sizeof *e->iwork, err));

done:
    return st;
}

/* The j-th largest eigenvector, its sign fixed, as floats. */
static void take_axis(const eigen *e, size_t j, float *axis)
{
    const double *v = e->vector + (e->d - 1 - j) * e->d;
    size_t most = 0;

    for (size_t i = 1; i < e->d; i++)
        if (fabs(v[i]) > fabs(v[most]))
            most = i;
    for (size_t i = 0; i < e->d; i++)
        axis[i] = (float)(v[most] < 0.0 ? -v[i] : v[i]);
}

rr_status rri_pca_fit(const rri_covariance *c, size_t components, rri_pca **out, rr_error *err)
{
    rr_status st = RR_OK;
    eigen e = { .d = 0 };
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
    RRI_TRY(eigen_init(&e, d, err));
    RRI_TRY(rri_alloc(&centre, d, 1, sizeof *centre, err));
    RRI_TRY(rri_alloc(&variance, components, 1, sizeof *variance, err));
    RRI_TRY(rri_alloc(&mean, d, 1, sizeof *mean, err));
    RRI_TRY(rri_alloc(&axes, components, d, sizeof *axes, err));
    rri_covariance_result(c, centre, e.matrix);
    for (size_t i = 0; i < d; i++) {
        const double own = e.matrix[i * d + i];
        mean[i] = (float)centre[i];
        total += own < 0.0 ? 0.0 : own; /* not fmax(), which would hide a NaN */
    }
    if (!isfinite(total)) {
        st = rri_fail(err, RR_ERR_NUMERIC, -1, "the covariance of the states overflowed");
        goto done;
    }
    rri_parallel(1, 1, solve, &e);
    if (e.info != 0) {
        st =
            rri_fail(err, RR_ERR_NUMERIC, -1, "the eigenproblem of %zu states did not converge", d);
        goto done;
    }
    for (size_t j = 0; j < components; j++) {
        variance[j] = fmax(0.0, e.value[d - 1 - j]); /* rounding may fall below zero */
        take_axis(&e, j, axes + j * d);
    }
    RRI_TRY(rri_pca_restore(d, components, mean, axes, variance, total, out, err));

done:
    rri_free(axes);
    rri_free(mean);
    rri_free(variance);
    rri_free(centre);
    eigen_release(&e);
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
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)(end - begin), (int)p->p, (int)p->d,
                1.0f, rri_row(job->x, begin), (int)job->x.stride, p->axes, (int)p->d, 1.0f, z,
                (int)p->p);
}

rr_status rri_pca_project(const rri_pca *p, rri_rows x, size_t threads, float *z, rr_error *err)
{
    projection job = { .p = p, .x = x, .z = z };

    if (x.d != p->d || x.stride < x.d || x.stride > INT_MAX)
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
