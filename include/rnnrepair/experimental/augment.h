/* SPDX-License-Identifier: MIT */
/* augment.h - geometric variants of images that are read row by row.
 *
 * An image is a frame sequence: T rows of D columns, row 0 on top. A variant is computed by mapping
 * every output pixel back through the inverse transformation about the image's centre and sampling
 * bilinearly; outside the image is 0. */
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

RR_END_DECLS

#endif
