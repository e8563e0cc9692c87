/* SPDX-License-Identifier: MIT */
/* scratch_array.h - large arrays that need not be in memory as a whole. */
#ifndef RRI_SCRATCH_ARRAY_H
#define RRI_SCRATCH_ARRAY_H

#include "core/core.h"

/* As rri_alloc(), for an array with a row a step of a training set. From rr_set_scratch()'s size on
 * it is a map of an unlinked temporary file, of which the kernel keeps in memory what there is
 * memory for; where no such file can be made, it is ordinary memory. The content is the same either
 * way. Not for rri_grow(). */
rr_status rri_scratch_alloc(void *out, size_t n, size_t m, size_t size, rr_error *err);

void rri_scratch_free(void *p); /* of rri_scratch_alloc() alone; NULL is allowed */

#endif
