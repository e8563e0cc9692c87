/* SPDX-License-Identifier: MIT */
/* augment.h - variants of images that are read row by row and of series, and the search among them.
 *
 * An image is a frame sequence: T rows of D columns, row 0 on top. A variant is computed by mapping
 * every output pixel back through the inverse transformation about the image's centre and sampling
 * bilinearly; outside the image is 0. A series is varied in time and in the values of its channels
 * (rr_variation in repair.h). */
#ifndef RNNREPAIR_EXPERIMENTAL_AUGMENT_H
#define RNNREPAIR_EXPERIMENTAL_AUGMENT_H

#ifndef RR_EXPERIMENTAL
#error "this interface may change at any time: define RR_EXPERIMENTAL to use it"
#endif

#include "rnnrepair/repair.h"

RR_BEGIN_DECLS

/** The identity transformation. */
RR_API rr_affine rr_affine_identity(void);

/** Ranges that keep a digit a digit: rotate +-20 degrees, shift +-2 pixels, shear +-0.15,
 *  scale 0.85 to 1.15. */
RR_API rr_affine_range rr_affine_range_default(void);

/** Sample transformation `index` of the stream (seed). The same arguments give the same result. */
RR_API rr_affine rr_affine_draw(const rr_affine_range *range, uint64_t seed, uint64_t index);

/** The same sample, around another transformation: each quantity is `at` plus `share` times the
 *  distance of the sampled one from the middle of the range, clamped to the range. */
RR_API rr_affine rr_affine_draw_near(const rr_affine_range *range, const rr_affine *at,
                                     double share, uint64_t seed, uint64_t index);

/** Transform one image.
 *  Shapes   in and out are [T][D], row-major; out must not overlap in.
 *  Errors   ARG (scale <= 0 or a value that is not finite), SHAPE (T or D is 0).
 *  Cost     O(T*D). */
RR_API RR_MUST_USE rr_status rr_affine_apply(const rr_affine *a, const float *in, size_t T,
                                             size_t D, float *out, rr_error *err);

/* ---- series --------------------------------------------------------------------------------- */

/** No variation. */
RR_API rr_variation rr_variation_identity(void);

/** Noise to 0.2 deviations, amplitude +-0.2, warp +-0.5, slices of 0.8 and more, half of the
 *  channels and more. */
RR_API rr_variation_range rr_variation_range_default(void);

/** Sample variation `index` of the stream (seed). The same arguments give the same result. */
RR_API rr_variation rr_variation_draw(const rr_variation_range *range, uint64_t seed,
                                      uint64_t index);

/** The same sample, around another variation: each quantity is `at` plus `share` times the distance
 *  of the sampled one from the middle of the range, kept in the range. Noise, factors and the order
 *  in which channels are taken remain those of `at`. */
RR_API rr_variation rr_variation_draw_near(const rr_variation_range *range, const rr_variation *at,
                                           double share, uint64_t seed, uint64_t index);

/** Where step t of a varied series of T steps lies in the series it is made from: 0 <= position <=
 *  T - 1, increasing.
 *  Shapes   position is [T].
 *  Errors   ARG (a quantity out of its range or not finite), SHAPE (T is 0). */
RR_API RR_MUST_USE rr_status rr_variation_positions(const rr_variation *v, size_t T,
                                                    double *position, rr_error *err);

/** Vary one series.
 *  Shapes   in and out are [T][D], row-major; out must not overlap in. position is [T], workspace:
 *           what rr_variation_positions() gives.
 *  Errors   ARG (a quantity out of its range or not finite), SHAPE (T or D is 0).
 *  Cost     O(T*D). */
RR_API RR_MUST_USE rr_status rr_variation_apply(const rr_variation *v, const float *in, size_t T,
                                                size_t D, double *position, float *out,
                                                rr_error *err);

/* ---- the search ----------------------------------------------------------------------------- */

/** A variant of a training sequence. */
typedef struct rr_variant {
    uint32_t source;        /**< training id of the sequence */
    size_t number;          /**< in the order of sampling */
    size_t parent;          /**< number of the variant it was sampled around; SIZE_MAX = of none */
    rr_affine transform;    /**< how the image is transformed */
    double score;           /**< the larger, the better; 0 where nothing scores */
    rr_variation variation; /**< how a series is varied */
} rr_variant;

/** A search, in `rounds` rounds of about the same size: the first samples the whole range, source
 *  after source; each later one around the best variant so far of each of the best sources, half as
 *  many as in the round before (never fewer than 4, if there are as many) in half its range. This
 *  is how rr_repair searches, under one model and one image's score. */
typedef struct rr_variant_search {
    const uint32_t *sources; /**< [n] training ids, borrowed */
    size_t n;                /**< >= 1 */
    size_t variants;         /**< of all rounds, >= 1 */
    size_t rounds;           /**< >= 1 */
    rr_affine_range range;   /**< of the first round */
    uint64_t seed;
    size_t id; /**< of what the variants are made for: the random numbers of variant v are number
                    id * 2^32 + v of the seed's stream */
    /** Set the scores of v[0..n-1], the variants of one round. Gets `self`; NULL = no scores. */
    rr_status (*score)(void *self, rr_variant *v, size_t n, rr_error *err);
    void *self;
    rr_variants kind;             /**< series are varied by `variation`, images by `range`; of words
                                       the variation has nothing but the address of its numbers */
    rr_variation_range variation; /**< of the first round */
} rr_variant_search;

/** Sample variants and score them.
 *  Shapes   out is [variants]: best first, of the same score the one sampled first.
 *  Errors   ARG (no source, variant or round), what `score` returns, NOMEM. On failure out is
 *           unspecified. */
RR_API RR_MUST_USE rr_status rr_variants_search(const rr_variant_search *s, rr_variant *out,
                                                rr_error *err);

/** Move `keep` of the variants v[0..n-1], which are best first, to the front, still best first;
 *  one source gives more than `most` only where the others have too few. Returns how many they are,
 *  keep or n. */
RR_API size_t rr_variants_choose(rr_variant *v, size_t n, size_t keep, size_t most);

RR_END_DECLS

#endif
