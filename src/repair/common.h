/* SPDX-License-Identifier: MIT */
/* common.h - what the kinds of repair share. Internal to src/repair. */
#ifndef RRI_REPAIR_COMMON_H
#define RRI_REPAIR_COMMON_H

#include "diagnosis/diagnosis_internal.h"

/* Draw training sequences labelled `label` and predicted so, `want` of them or all there are, none
 * twice. Memory: *out [*count] is owned, rri_free(); NULL on failure. */
rr_status rri_draw_right(const rr_influence *inf, uint32_t label, rri_random *stream, size_t want,
                         uint32_t **out, size_t *count, rr_error *err);

#endif
