/* SPDX-License-Identifier: MIT */
/* gmm.c - the calls of the diagonal mixture: fit, refine, restore, assign.
 *
 * Fitting starts with k-means and EM on a sample of the rows (its size: gmm_start.c) and continues
 * with EM over all rows. The full run thus starts near convergence and needs few of the expensive
 * steps. A set no larger than the sample is fitted in one run. */
#include "abstraction/gmm.h"

#include <float.h>
#include <math.h>
#include <string.h>

static const size_t max_components = 65534; /* states are 16-bit, and 0 is the initial state */
static const size_t max_steps = 1000000;    /* bounds the trace */
/* Between these 1/sd is a float above 0; rows of finite floats have no variance beyond 1e78. */
static const double least_variance = 1e-30;
static const double most_variance = 1e80;
static const double most_floor = 1e30;

/* ---- the object ----------------------------------------------------------------------------- */

rr_status rri_gmm_new(size_t k, size_t d, rri_gmm **out, rr_error *err)
{
    rr_status st = RR_OK;
    rri_gmm *g = NULL;

    *out = NULL;
    RRI_TRY(rri_alloc(&g, 1, 1, sizeof *g, err));
    g->k = k;
    g->d = d;
    RRI_TRY(rri_alloc(&g->weight, k, 1, sizeof *g->weight, err));
    RRI_TRY(rri_alloc(&g->mean, k, d, sizeof *g->mean, err));
    RRI_TRY(rri_alloc(&g->variance, k, d, sizeof *g->variance, err));
    *out = g;
    g = NULL;

done:
    rri_gmm_free(g);
    return st;
}

void rri_gmm_free(rri_gmm *g)
{
    if (g == NULL)
        return;
    rri_free(g->weight);
    rri_free(g->mean);
    rri_free(g->variance);
    rri_free(g->trace);
    rri_free(g);
}

static rr_status check_components(size_t k, rr_error *err)
{
    if (k == 0 || k > max_components)
        return rri_fail(err, RR_ERR_ARG, -1, "a mixture of %zu components: must be 1 to %zu", k,
                        max_components);
    return RR_OK;
}

static rr_status check_parameters(size_t k, size_t d, const double *weight, const double *mean,
                                  const double *variance, rr_error *err)
{
    double sum = 0.0;

    for (size_t j = 0; j < k; j++) {
        if (!(weight[j] > 0.0 && weight[j] <= 1.0 + 1e-6))
            return rri_fail(err, RR_ERR_ARG, (int64_t)j, "mixture weight %zu is %g, not in (0, 1]",
                            j, weight[j]);
        sum += weight[j];
    }
    if (!(fabs(sum - 1.0) <= 1e-6))
        return rri_fail(err, RR_ERR_ARG, -1, "mixture weights sum to %.9g, not to 1", sum);
    for (size_t j = 0; j < k * d; j++) {
        if (!isfinite(mean[j]))
            return rri_fail(err, RR_ERR_NUMERIC, (int64_t)(j / d),
                            "mixture mean %zu is not finite in dimension %zu", j / d, j % d);
        if (!(variance[j] >= least_variance && variance[j] <= most_variance))
            return rri_fail(err, RR_ERR_ARG, (int64_t)(j / d),
                            "mixture variance %zu is %g in dimension %zu: must be %g to %g", j / d,
                            variance[j], j % d, least_variance, most_variance);
    }
    return RR_OK;
}

rr_status rri_gmm_restore(size_t components, size_t d, const double *weight, const double *mean,
                          const double *variance, rri_gmm **out, rr_error *err)
{
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(check_components(components, err));
    if (d == 0)
        return rri_fail(err, RR_ERR_ARG, -1, "a mixture over no dimensions");
    RRI_TRY(check_parameters(components, d, weight, mean, variance, err));
    RRI_TRY(rri_gmm_new(components, d, out, err));
    memcpy((*out)->weight, weight, components * sizeof *weight);
    memcpy((*out)->mean, mean, components * d * sizeof *mean);
    memcpy((*out)->variance, variance, components * d * sizeof *variance);

done:
    return st;
}

/* ---- fitting -------------------------------------------------------------------------------- */

rr_gmm_config rri_gmm_config_default(void)
{
    return (rr_gmm_config){ .struct_size = sizeof(rr_gmm_config),
                            .components = 16,
                            .max_iter = 100,
                            .tol = 1e-3,
                            .floor = 1e-6,
                            .seed = 1,
                            .threads = 0 };
}

rr_status rri_gmm_check_config(const rr_gmm_config *cfg, rr_error *err)
{
    if (cfg->max_iter == 0 || cfg->max_iter > max_steps)
        return rri_fail(err, RR_ERR_ARG, -1, "%zu EM steps: must be 1 to %zu", cfg->max_iter,
                        max_steps);
    if (!isfinite(cfg->tol))
        return rri_fail(err, RR_ERR_ARG, -1, "EM tolerance %g is not finite", cfg->tol);
    if (!(cfg->floor >= least_variance && cfg->floor <= most_floor))
        return rri_fail(err, RR_ERR_ARG, -1, "variance floor %g: must be %g to %g", cfg->floor,
                        least_variance, most_floor);
    return RR_OK;
}

/* Tested after step `i`. A step that moved a component, and the step after it, are no evidence of
 * convergence. */
static bool converged(const double *trace, size_t i, size_t quiet, double tol)
{
    return i > 0 && quiet > 1 && trace[i] - trace[i - 1] < tol;
}

rr_status rri_gmm_refine_within(const rr_gmm_config *cfg, rri_rows x, rri_gmm *g, rr_error *err)
{
    rr_status st = RR_OK;
    rri_em em = { .kernels = NULL };
    double *trace = NULL;
    size_t steps = 0;
    size_t quiet = 0; /* steps since a component was moved */

    RRI_TRY(rri_em_init(&em, cfg, x, g, err));
    RRI_TRY(rri_alloc(&trace, cfg->max_iter, 1, sizeof *trace, err));
    while (steps < cfg->max_iter) {
        bool reseeded = false;
        RRI_TRY(rri_em_step(&em, &trace[steps], &reseeded, err));
        quiet = reseeded ? 0 : quiet + 1;
        steps++;
        if (converged(trace, steps - 1, quiet, cfg->tol))
            break;
    }
    rri_em_finish(&em, g);
    rri_free(g->trace);
    g->trace = trace;
    g->steps = steps;
    trace = NULL;

done:
    rri_free(trace);
    rri_em_release(&em);
    return st;
}

rr_status rri_gmm_refine(const rr_gmm_config *cfg, rri_rows x, rri_gmm *g, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(rri_gmm_check_config(cfg, err));
    RRI_TRY(rri_rows_check(x, cfg->threads, "mixture rows", err));
    if (x.d != g->d)
        return rri_fail(err, RR_ERR_SHAPE, -1, "rows of %zu columns for a mixture over %zu", x.d,
                        g->d);
    if (x.n < g->k)
        return rri_fail(err, RR_ERR_SHAPE, -1, "%zu rows are too few for %zu components", x.n,
                        g->k);
    RRI_TRY(rri_gmm_refine_within(cfg, x, g, err));

done:
    return st;
}

rr_status rri_gmm_fit_from(const rr_gmm_config *cfg, rri_rows x, rri_rows sample, rri_gmm **out,
                           rr_error *err)
{
    rr_status st = RR_OK;
    rri_gmm *g = NULL;

    *out = NULL;
    RRI_TRY(rri_gmm_start(cfg, sample, &g, err));
    if (sample.n < x.n)
        RRI_TRY(rri_gmm_refine_within(cfg, sample, g, err));
    RRI_TRY(rri_gmm_refine_within(cfg, x, g, err));
    *out = g;
    g = NULL;

done:
    rri_gmm_free(g);
    return st;
}

/* ---- evaluation ----------------------------------------------------------------------------- */

static rr_status check_width(const rri_gmm *g, rri_rows x, rr_error *err)
{
    if (x.d != g->d || x.stride < x.d)
        return rri_fail(err, RR_ERR_SHAPE, -1,
                        "rows of %zu columns, %zu apart, for a mixture over %zu", x.d, x.stride,
                        g->d);
    return RR_OK;
}

rr_status rri_gmm_assign(const rri_gmm *g, rri_rows x, size_t threads, uint16_t *q, float *likely,
                         rr_error *err)
{
    const rr_status st = check_width(g, x, err);

    return st == RR_OK ? rri_gmm_pass(g, x, threads, q, NULL, likely, err) : st;
}

size_t rri_gmm_components(const rri_gmm *g)
{
    return g->k;
}

size_t rri_gmm_width(const rri_gmm *g)
{
    return g->d;
}

const double *rri_gmm_weight(const rri_gmm *g)
{
    return g->weight;
}

const double *rri_gmm_mean(const rri_gmm *g)
{
    return g->mean;
}

const double *rri_gmm_variance(const rri_gmm *g)
{
    return g->variance;
}
