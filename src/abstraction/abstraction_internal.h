/* SPDX-License-Identifier: MIT */
/* abstraction_internal.h - from hidden states to a small set of abstract states: the parts of an
 * abstraction, for the other modules.
 *
 *     h in R^H  --principal components-->  z in R^P  --Gaussian mixture-->  q in 1..K
 *
 * q = 0 is reserved for the state before the first step. Each abstract state has a confidence
 * vector C_q[c], the fraction of its training steps at which the network predicted c; its stability
 * is max_c C_q[c]. Method: docs/ALGORITHMS.md#abstraction. */
#ifndef RRI_ABSTRACTION_INTERNAL_H
#define RRI_ABSTRACTION_INTERNAL_H

#include "core/core.h"
#include "rnnrepair/abstraction.h"

/* Borrowed row-major matrix: row i starts at data + i*stride. */
typedef struct rri_rows {
    const float *data;
    size_t n;      /* N, rows */
    size_t d;      /* columns in use */
    size_t stride; /* floats between row starts, >= d */
} rri_rows;

/* ---- principal components ------------------------------------------------------------------- */

/* Running mean and covariance, in double. Opaque. */
typedef struct rri_covariance rri_covariance;

/* Create one without rows.
 *  Memory   on RR_OK *out is owned by the caller: rri_covariance_free(). Else *out is NULL.
 *  Errors   ARG (d is 0 or above 32767), NOMEM. */
rr_status rri_covariance_new(size_t d, rri_covariance **out, rr_error *err);

/* Add rows. The grouping of rows into calls changes only the rounding; the number of threads
 * changes nothing.
 *  Errors   SHAPE (x.d differs, stride < d), ARG (rows without data), NUMERIC (non-finite value;
 *           err->where is the row).
 *  Cost     O(N*d*d). */
rr_status rri_covariance_add(rri_covariance *c, rri_rows x, size_t threads, rr_error *err);

/* Release; NULL is allowed. */
void rri_covariance_free(rri_covariance *c);

/* An orthogonal projection on principal components. Opaque; immutable. */
typedef struct rri_pca rri_pca;

/* The first P principal components of the rows added. Each component's sign is fixed so that
 *  its largest coordinate in magnitude is positive.
 *  Memory   on RR_OK *out is owned by the caller: rri_pca_free(). Else *out is NULL.
 *  Errors   ARG (P is 0 or > d), SHAPE (fewer than 2 rows), NUMERIC, NOMEM.
 *  Source   [Jolliffe02] ch. 2. */
rr_status rri_pca_fit(const rri_covariance *c, size_t components, rri_pca **out, rr_error *err);

/* Rebuild from stored arrays, which are copied.
 *  Shapes   mean [d], axes [P][d], variance [P].
 *  Memory   on RR_OK *out is owned by the caller: rri_pca_free(). Else *out is NULL.
 *  Errors   ARG, NUMERIC, NOMEM. */
rr_status rri_pca_restore(size_t d, size_t components, const float *mean, const float *axes,
                          const double *variance, double total_variance, rri_pca **out,
                          rr_error *err);

/* z = (x - mean) * axes^T.
 *  Shapes   x is [N][d]; z is [N][P], written densely.
 *  Errors   SHAPE (x.d differs, stride < d).
 *  Cost     O(N*d*P). */
rr_status rri_pca_project(const rri_pca *p, rri_rows x, size_t threads, float *z, rr_error *err);

/* [d]. Memory: borrowed from p. */
const float *rri_pca_mean(const rri_pca *p);
/* [P][d], unit rows. Memory: borrowed from p. */
const float *rri_pca_axes(const rri_pca *p);
/* [P] variance along each component, squared state units. Memory: borrowed from p. */
const double *rri_pca_variance(const rri_pca *p);
/* Variance over all d directions. */
double rri_pca_total_variance(const rri_pca *p);
/* Release; NULL is allowed. */
void rri_pca_free(rri_pca *p);

/* ---- diagonal Gaussian mixture -------------------------------------------------------------- */

/* K 16, 100 steps, tol 1e-3, floor 1e-6, seed 1. */
rr_gmm_config rri_gmm_config_default(void);

/* A mixture. Opaque. */
typedef struct rri_gmm rri_gmm;

/* A mixture with the given parameters, which are copied: a start for rri_gmm_refine(), or a stored
 *  result.
 *  Shapes   weight [K] (> 0, summing to 1), mean [K][d], variance [K][d] (1e-30..1e80).
 *  Memory   on RR_OK *out is owned by the caller: rri_gmm_free(). Else *out is NULL.
 *  Errors   ARG, NUMERIC, NOMEM. */
rr_status rri_gmm_restore(size_t components, size_t d, const double *weight, const double *mean,
                          const double *variance, rri_gmm **out, rr_error *err);

/* Run EM from the mixture's current parameters; cfg->components and cfg->seed are not used.
 *  Shapes   x is [N][d], N >= K, every value finite.
 *  Errors   ARG (cfg), SHAPE (N < K, another d, stride < d), NUMERIC (non-finite input, err->where
 *           is its row; rows too far apart to be squared), NOMEM. The mixture is then unchanged.
 *  Cost     O(iterations*N*K*d) time; scratch does not grow with N.
 *  Source   [Dempster77]; docs/ALGORITHMS.md#mixture. */
rr_status rri_gmm_refine(const rr_gmm_config *cfg, rri_rows x, rri_gmm *g, rr_error *err);

/* The most probable component of each row, counted from 1, and its log-likelihood in nats; each may
 *  be NULL.
 *  Shapes   x is [N][d]; q and likely are [N].
 *  Errors   SHAPE, NOMEM. */
rr_status rri_gmm_assign(const rri_gmm *g, rri_rows x, size_t threads, uint16_t *q, float *likely,
                         rr_error *err);

size_t rri_gmm_components(const rri_gmm *g); /* K */
size_t rri_gmm_width(const rri_gmm *g);      /* d */
/* [K]. Memory: borrowed from g. */
const double *rri_gmm_weight(const rri_gmm *g);
/* [K][d]. Memory: borrowed from g. */
const double *rri_gmm_mean(const rri_gmm *g);
/* [K][d]. Memory: borrowed from g. */
const double *rri_gmm_variance(const rri_gmm *g);
/* Release; NULL is allowed. */
void rri_gmm_free(rri_gmm *g);

/* ---- abstract input symbols ----------------------------------------------------------------- */

/* k-means codebook that turns frames into symbols 0..V-1. Opaque. */
typedef struct rri_codebook rri_codebook;

/* The largest. The kernels hold centre numbers in floats, which are exact up to this. */
enum { RRI_CODEBOOK_MOST = 1 << 24 };

/* Fit on sample frames by Lloyd's algorithm from a seeded k-means++ start.
 *  Shapes   x is [N][D], N >= 1; fewer than V distinct rows give a smaller codebook.
 *  Memory   on RR_OK *out is owned by the caller: rri_codebook_free(). Else *out is NULL.
 *  Errors   ARG (symbols is 0 or above RRI_CODEBOOK_MOST), SHAPE, NUMERIC, NOMEM. */
rr_status rri_codebook_fit(rri_rows x, size_t symbols, uint64_t seed, size_t threads,
                           rri_codebook **out, rr_error *err);
/* Rebuild from stored centres [V][D], copied.
 *  Memory   on RR_OK *out is owned by the caller: rri_codebook_free(). Else *out is NULL.
 *  Errors   ARG, NUMERIC, NOMEM. */
rr_status rri_codebook_restore(size_t symbols, size_t width, const float *centres,
                               rri_codebook **out, rr_error *err);
/* The nearest centre of each frame; ties go to the lower number.
 *  Errors   SHAPE, NOMEM. */
rr_status rri_codebook_encode(const rri_codebook *b, rri_rows x, size_t threads, uint32_t *symbols,
                              rr_error *err);
size_t rri_codebook_symbols(const rri_codebook *b); /* V */
size_t rri_codebook_width(const rri_codebook *b);   /* D */
/* [V][D]. Memory: borrowed from b. */
const float *rri_codebook_centres(const rri_codebook *b);
/* Release; NULL is allowed. */
void rri_codebook_free(rri_codebook *b);

/* ---- choice of K ---------------------------------------------------------------------------- */

/* The automatic choice, splitting, the mixture's defaults. */
rr_partition_config rri_partition_config_default(void);

/* The gain to reach by the automatic choice: the one at which MNIST, ten classes of one size, has
 * the states that it has at the paper's stability of 0.72. */
#define RRI_CHOICE_AIM 0.65

/* What states agree to, of rows by state and prediction [K][C]; the gain as in rr_choice. */
typedef struct rri_gain {
    double agreement, usual, gain;
    size_t predicted; /* classes that are predicted at all */
} rri_gain;
rr_status rri_gain_of(const size_t *count, size_t states, size_t classes, rri_gain *out,
                      rr_error *err);

/* The least states to choose, for `predicted` classes on R rows, and the most, for N sequences of C
 * classes; both by the settings, whose `states` is 0. */
size_t rri_choice_least(const rr_partition_config *cfg, size_t predicted, size_t rows);
size_t rri_choice_most(const rr_partition_config *cfg, size_t classes, size_t sequences);

/* ARG unless the configuration is valid. */
rr_status rri_partition_check_config(const rr_partition_config *cfg, rr_error *err);

/* A search and its result. Opaque. */
typedef struct rri_partition rri_partition;

/* Begin. By max_states 0 each row counts as a sequence. The rows and the predictions are borrowed
 * until the search is freed.
 *  Shapes   z is [R][P]; y is [R], values below classes.
 *  Memory   on RR_OK *out is owned by the caller: rri_partition_free(). Else *out is NULL.
 *  Errors   ARG (cfg, y out of range, more than 65536 classes), SHAPE (no rows, or fewer than the
 *           fixed K), NUMERIC, NOMEM. */
rr_status rri_partition_new(const rr_partition_config *cfg, rri_rows z, const uint16_t *y,
                            size_t classes, rri_partition **out, rr_error *err);

/* Fit the next K, or check one on all rows. *done is 1 when the threshold, the fixed K or
 * max_states is reached; it is also 1 when K cannot grow because it equals the number of rows, or
 * because no state holds two different rows to split between. A step after that changes nothing.
 *  Errors   as rri_gmm_refine(); the search is then unchanged. */
rr_status rri_partition_step(rri_partition *p, int *done, rr_error *err);

/* The curve so far, smallest K first. In a search by splitting the points of a K that was not
 * checked are of the sample. Memory: borrowed from p until its next step. */
const rr_curve_point *rri_partition_curve(const rri_partition *p, size_t *points);

/* The result, when *done is 1. Memory of these: borrowed from p. */
const rri_gmm *rri_partition_gmm(const rri_partition *p);
/* [R] the states, 1..K. */
const uint16_t *rri_partition_states(const rri_partition *p);
/* [K][C] the confidences, each row summing to 1; a state without rows has the fractions of all
 * rows. */
const float *rri_partition_confidence(const rri_partition *p);
/* Release; NULL is allowed. */
void rri_partition_free(rri_partition *p);

#endif
