/* SPDX-License-Identifier: MIT */
/* gmm.h - the internals of a mixture: parameters, one pass over the rows, one EM step. */
#ifndef RRI_ABSTRACTION_GMM_H
#define RRI_ABSTRACTION_GMM_H

#include "abstraction/packed.h"
#include "abstraction/rows.h"

struct rri_gmm {
    size_t k, d;
    double *weight;   /* [K] */
    double *mean;     /* [K][d] */
    double *variance; /* [K][d] */
    double *trace;    /* [steps] mean log-likelihood before each EM step of the last refinement */
    size_t steps;
};

rr_status rri_gmm_new(size_t k, size_t d, rri_gmm **out, rr_error *err);
rr_status rri_gmm_check_config(const rr_gmm_config *cfg, rr_error *err);

/* Fit by expectation-maximisation from a seeded k-means++ start [Dempster77, Arthur07]; x is
 * [N][d], N >= K, checked as cfg is. `sample`, dense, holds the rows for the initial fit, sampled
 * from x by rri_gmm_sample(). */
rr_status rri_gmm_fit_from(const rr_gmm_config *cfg, rri_rows x, rri_rows sample, rri_gmm **out,
                           rr_error *err);

/* Some of the rows of x. Free with rri_sample_release(), after a failure too. */
typedef struct rri_sample {
    rri_rows rows;  /* dense */
    size_t *number; /* [rows.n] which row of x each is */
    float *data;
} rri_sample;

rr_status rri_gmm_sample(const rr_gmm_config *cfg, rri_rows x, rri_sample *out, rr_error *err);
void rri_sample_release(rri_sample *s);

/* rri_gmm_refine() on checked rows. */
rr_status rri_gmm_refine_within(const rr_gmm_config *cfg, rri_rows x, rri_gmm *g, rr_error *err);

/* First parameters for EM from k-means on the rows, all of them. */
rr_status rri_gmm_start(const rr_gmm_config *cfg, rri_rows x, rri_gmm **out, rr_error *err);

/* Most probable components (q, from 1), the mean log-likelihood, and that of each row, [N]; each
 * may be NULL. */
rr_status rri_gmm_pass(const rri_gmm *g, rri_rows x, size_t threads, uint16_t *q, double *score,
                       float *row, rr_error *err);

/* The sum of top + log(sum) over n rows. */
double rri_log_likelihood(size_t n, const float *top, const float *sum);

/* ---- expectation-maximisation, one step at a time ------------------------------------------- */

/* Workspace of an EM run over some rows. Plain data. */
typedef struct rri_em {
    const rri_mixture_kernels *kernels;
    rri_rows x;
    rri_cut cut;
    rri_packed packed;
    size_t threads;
    double floor;
    double *sums;     /* [shards][K][1 + 2d] mass, s1, s2 */
    double *score;    /* [shards] sum of log-likelihoods above the base */
    double *least;    /* [shards] the lowest log-likelihood of a row, above the base */
    size_t *least_at; /* [shards] that row */
    float *scratch;   /* [workers] of scratch_floats */
    size_t scratch_floats;
    double *weight, *mean, *variance; /* [K], [K][d], [K][d] the current parameters */
    size_t reseeds_left;
} rri_em;

rr_status rri_em_init(rri_em *em, const rr_gmm_config *cfg, rri_rows x, const rri_gmm *g,
                      rr_error *err);

/* One E and one M step. *score is the mean log-likelihood before it; *reseeded is set when an empty
 * component was moved. */
rr_status rri_em_step(rri_em *em, double *score, bool *reseeded, rr_error *err);

/* Copy the current parameters into g. */
void rri_em_finish(const rri_em *em, rri_gmm *g);

void rri_em_release(rri_em *em);

#endif
