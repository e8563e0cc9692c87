/* SPDX-License-Identifier: MIT */
/* found.h - what a reviewer of a ranking would have found of the known wrong labels. Internal to
 * src/audit. */
#ifndef RRI_AUDIT_FOUND_H
#define RRI_AUDIT_FOUND_H

#include "rnnrepair/audit.h"

typedef struct rri_found {
    rr_audit_found found[RR_AUDIT_FOUND];
    rr_audit_needed needed[RR_AUDIT_NEEDED];
    double average_precision;
    double area, area_influential;
} rri_found;

/* order is [N]; marked and influential are [N], by number: the wrong ones, and of these those that
 * are predicted as labelled. */
void rri_find(const uint32_t *order, size_t N, const unsigned char *marked,
              const unsigned char *influential, rri_found *out);

#endif
