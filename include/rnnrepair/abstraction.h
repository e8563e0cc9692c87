/* SPDX-License-Identifier: MIT */
/* abstraction.h - from hidden states to a small set of abstract states.
 *
 *     h in R^H  --principal components-->  z in R^P  --Gaussian mixture-->  q in 1..K
 *
 * q = 0 is reserved for the state before the first step. Each abstract state has a confidence
 * vector C_q[c], the share of its training steps at which the network predicted c so far; its
 * stability is max_c C_q[c]. Method: docs/ALGORITHMS.md#abstraction. */
#ifndef RNNREPAIR_ABSTRACTION_H
#define RNNREPAIR_ABSTRACTION_H

#include "rnnrepair/enums.h"
#include "rnnrepair/states.h"

RR_BEGIN_DECLS

/** Borrowed row-major matrix: row i starts at data + i*stride. */
typedef struct rr_rows {
    const float *data;
    size_t n;      /**< N, rows */
    size_t d;      /**< columns in use */
    size_t stride; /**< floats between row starts, >= d */
} rr_rows;

/* ---- principal components ------------------------------------------------------------------- */

/** Running mean and covariance, in double. Opaque. */
typedef struct rr_covariance rr_covariance;

/** Begin with no rows.
 *  Memory   on RR_OK *out is owned by the caller: rr_covariance_free(). Else *out is NULL.
 *  Errors   ARG (d is 0 or above 32767), NOMEM. */
RR_API RR_MUST_USE rr_status rr_covariance_new(size_t d, rr_covariance **out, rr_error *err);

/** Take in some rows. The result depends on how rows are grouped into calls only by rounding, and
 *  not at all on the number of threads.
 *  Errors   SHAPE (x.d differs, stride < d), ARG (rows without data), NUMERIC (non-finite value;
 *           err->where is the row).
 *  Cost     O(N*d*d). */
RR_API RR_MUST_USE rr_status rr_covariance_add(rr_covariance *c, rr_rows x, size_t threads,
                                               rr_error *err);

/** Release; NULL is allowed. */
RR_API void rr_covariance_free(rr_covariance *c);

/** An orthogonal projection on principal components. Opaque; immutable. */
typedef struct rr_pca rr_pca;

/** The first P principal components of what was taken in. Each component's sign is fixed so that
 *  its largest coordinate in magnitude is positive.
 *  Memory   on RR_OK *out is owned by the caller: rr_pca_free(). Else *out is NULL.
 *  Errors   ARG (P is 0 or > d), SHAPE (fewer than 2 rows), NUMERIC, NOMEM.
 *  Source   [Jolliffe02] ch. 2. */
RR_API RR_MUST_USE rr_status rr_pca_fit(const rr_covariance *c, size_t components, rr_pca **out,
                                        rr_error *err);

/** Rebuild from stored arrays, which are copied.
 *  Shapes   mean [d], axes [P][d], variance [P].
 *  Memory   on RR_OK *out is owned by the caller: rr_pca_free(). Else *out is NULL.
 *  Errors   ARG, NUMERIC, NOMEM. */
RR_API RR_MUST_USE rr_status rr_pca_restore(size_t d, size_t components, const float *mean,
                                            const float *axes, const double *variance,
                                            double total_variance, rr_pca **out, rr_error *err);

/** z = (x - mean) * axes^T.
 *  Shapes   x is [N][d]; z is [N][P], written densely.
 *  Errors   SHAPE (x.d differs, stride < d).
 *  Cost     O(N*d*P). */
RR_API RR_MUST_USE rr_status rr_pca_project(const rr_pca *p, rr_rows x, size_t threads, float *z,
                                            rr_error *err);

RR_API size_t rr_pca_width(const rr_pca *p);      /**< d */
RR_API size_t rr_pca_components(const rr_pca *p); /**< P */
/** [d]. Memory: borrowed from p. */
RR_API const float *rr_pca_mean(const rr_pca *p);
/** [P][d], unit rows. Memory: borrowed from p. */
RR_API const float *rr_pca_axes(const rr_pca *p);
/** [P] variance along each component, squared state units. Memory: borrowed from p. */
RR_API const double *rr_pca_variance(const rr_pca *p);
/** Variance over all d directions. */
RR_API double rr_pca_total_variance(const rr_pca *p);
/** Release; NULL is allowed. */
RR_API void rr_pca_free(rr_pca *p);

/* ---- diagonal Gaussian mixture -------------------------------------------------------------- */

typedef struct rr_gmm_config {
    size_t components; /**< K in 1..65534 */
    size_t max_iter;   /**< EM steps at most, 1..1000000 */
    double tol;     /**< stop below this gain in mean log-likelihood, nats a row; below 0 = never */
    double floor;   /**< added to every variance, squared units, 1e-30..1e30 */
    uint64_t seed;  /**< same seed, data and build give the same bits */
    size_t threads; /**< 0 = every core; the bits do not depend on it */
} rr_gmm_config;

/** K 16, 100 steps, tol 1e-3, floor 1e-6, seed 1. */
RR_API rr_gmm_config rr_gmm_config_default(void);

/** A mixture. Opaque. */
typedef struct rr_gmm rr_gmm;

/** Fit by expectation-maximisation from a seeded k-means++ start.
 *  Shapes   x is [N][d], N >= K, every value finite.
 *  Memory   on RR_OK *out is owned by the caller: rr_gmm_free(). Else *out is NULL.
 *  Errors   ARG (cfg), SHAPE (N < K, d = 0, stride < d), NUMERIC (non-finite input; err->where is
 *           its row; rows too far apart to be squared), NOMEM.
 *  Cost     O(iterations*N*K*d) time; scratch does not grow with N. The start, and first steps, are
 *           found on a sample of 32,768 rows.
 *  Source   [Dempster77]; [Arthur07] for the start; docs/ALGORITHMS.md#mixture. */
RR_API RR_MUST_USE rr_status rr_gmm_fit(const rr_gmm_config *cfg, rr_rows x, rr_gmm **out,
                                        rr_error *err);

/** A mixture with the given parameters, which are copied: a start for rr_gmm_refine(), or a stored
 *  result.
 *  Shapes   weight [K] (> 0, summing to 1), mean [K][d], variance [K][d] (1e-30..1e80).
 *  Memory   on RR_OK *out is owned by the caller: rr_gmm_free(). Else *out is NULL.
 *  Errors   ARG, NUMERIC, NOMEM. */
RR_API RR_MUST_USE rr_status rr_gmm_restore(size_t components, size_t d, const double *weight,
                                            const double *mean, const double *variance,
                                            rr_gmm **out, rr_error *err);

/** Run EM from the mixture's present parameters; cfg->components and cfg->seed are not used.
 *  Errors   as rr_gmm_fit(), and the mixture is then as it was. */
RR_API RR_MUST_USE rr_status rr_gmm_refine(const rr_gmm_config *cfg, rr_rows x, rr_gmm *g,
                                           rr_error *err);

/** The most probable component of each row, counted from 1.
 *  Shapes   x is [N][d]; q is [N].
 *  Errors   SHAPE, NOMEM. */
RR_API RR_MUST_USE rr_status rr_gmm_assign(const rr_gmm *g, rr_rows x, size_t threads, uint16_t *q,
                                           rr_error *err);

/** Mean log-likelihood of the rows under the mixture, nats a row.
 *  Errors   SHAPE, NOMEM. */
RR_API RR_MUST_USE rr_status rr_gmm_score(const rr_gmm *g, rr_rows x, size_t threads, double *out,
                                          rr_error *err);

RR_API size_t rr_gmm_components(const rr_gmm *g); /**< K */
RR_API size_t rr_gmm_width(const rr_gmm *g);      /**< d */
/** [K]. Memory: borrowed from g. */
RR_API const double *rr_gmm_weight(const rr_gmm *g);
/** [K][d]. Memory: borrowed from g. */
RR_API const double *rr_gmm_mean(const rr_gmm *g);
/** [K][d]. Memory: borrowed from g. */
RR_API const double *rr_gmm_variance(const rr_gmm *g);
/** Mean log-likelihood before each EM step of the last fit or refine, oldest first, nats a row.
 *  Memory   borrowed from g until the next refine; *steps is its length, 0 for a restored one. */
RR_API const double *rr_gmm_trace(const rr_gmm *g, size_t *steps);
/** Release; NULL is allowed. */
RR_API void rr_gmm_free(rr_gmm *g);

/* ---- abstract input symbols ----------------------------------------------------------------- */

/** k-means codebook that turns frames into symbols 0..V-1. Opaque. */
typedef struct rr_codebook rr_codebook;

/** Fit on sample frames by Lloyd's algorithm from a seeded k-means++ start.
 *  Shapes   x is [N][D], N >= 1; fewer than V distinct rows give a smaller book.
 *  Memory   on RR_OK *out is owned by the caller: rr_codebook_free(). Else *out is NULL.
 *  Errors   ARG (symbols is 0 or above 2^24), SHAPE, NUMERIC, NOMEM. */
RR_API RR_MUST_USE rr_status rr_codebook_fit(rr_rows x, size_t symbols, uint64_t seed,
                                             size_t threads, rr_codebook **out, rr_error *err);
/** Rebuild from stored centres [V][D], copied.
 *  Memory   on RR_OK *out is owned by the caller: rr_codebook_free(). Else *out is NULL.
 *  Errors   ARG, NUMERIC, NOMEM. */
RR_API RR_MUST_USE rr_status rr_codebook_restore(size_t symbols, size_t width, const float *centres,
                                                 rr_codebook **out, rr_error *err);
/** The nearest centre of each frame; ties go to the lower number.
 *  Errors   SHAPE, NOMEM. */
RR_API RR_MUST_USE rr_status rr_codebook_encode(const rr_codebook *b, rr_rows x, size_t threads,
                                                uint32_t *symbols, rr_error *err);
RR_API size_t rr_codebook_symbols(const rr_codebook *b); /**< V */
RR_API size_t rr_codebook_width(const rr_codebook *b);   /**< D */
/** [V][D]. Memory: borrowed from b. */
RR_API const float *rr_codebook_centres(const rr_codebook *b);
/** Release; NULL is allowed. */
RR_API void rr_codebook_free(rr_codebook *b);

/* ---- choice of K ---------------------------------------------------------------------------- */

typedef struct rr_partition_config {
    size_t states;     /**< a fixed K, up to 65534; 0 = grow from 1 until `stability` is reached */
    size_t max_states; /**< where growing ends at the latest, 1..65534 */
    double stability;  /**< Delta in 0..1: the mean stability to reach */
    rr_search search;
    rr_gmm_config gmm; /**< components is ignored */
} rr_partition_config;

/** Grow to Delta 0.72, at most 100 states, by splitting, gmm defaults. */
RR_API rr_partition_config rr_partition_config_default(void);

/** One row of the recorded curve. */
typedef struct rr_curve_point {
    size_t states;         /**< K */
    double stability_mean; /**< plain mean over the K states */
    double stability_min;
    double log_likelihood; /**< mean, nats a row */
    double bic;            /**< -2*R*log_likelihood + (K - 1 + 2*K*P)*log R; lower is better */
    double seconds;        /**< 0 in a model read from a file */
} rr_curve_point;

/** A search in progress, and then its result. Opaque. */
typedef struct rr_partition rr_partition;

/** Begin. The rows and the predictions are borrowed until the search is freed.
 *  Shapes   z is [R][P]; y is [R], values below classes.
 *  Memory   on RR_OK *out is owned by the caller: rr_partition_free(). Else *out is NULL.
 *  Errors   ARG (cfg, y out of range, more than 65536 classes), SHAPE (no rows, or fewer than the
 *           fixed K), NUMERIC, NOMEM. */
RR_API RR_MUST_USE rr_status rr_partition_new(const rr_partition_config *cfg, rr_rows z,
                                              const uint16_t *y, size_t classes, rr_partition **out,
                                              rr_error *err);

/** Fit the next K. *done is 1 when the threshold, the fixed K or max_states is reached; it is also
 *  1 when K cannot grow because it equals the number of rows, or because no state holds two
 *  different rows to split between. A step after that changes nothing.
 *  Errors   as rr_gmm_fit(); the search is then as it was. */
RR_API RR_MUST_USE rr_status rr_partition_step(rr_partition *p, int *done, rr_error *err);

/** The curve so far, smallest K first. Memory: borrowed from p until its next step. */
RR_API const rr_curve_point *rr_partition_curve(const rr_partition *p, size_t *points);
/** The present mixture. Memory: borrowed from p until its next step. NULL before the first. */
RR_API const rr_gmm *rr_partition_gmm(const rr_partition *p);
/** [R] the present states, 1..K. Memory: borrowed from p until its next step. */
RR_API const uint16_t *rr_partition_states(const rr_partition *p);
/** [K][C] the present confidences, each row summing to 1; a state without rows has the shares of
 * all rows. Memory: borrowed from p until its next step. */
RR_API const float *rr_partition_confidence(const rr_partition *p);
/** Release; NULL is allowed. */
RR_API void rr_partition_free(rr_partition *p);

RR_END_DECLS

#endif
