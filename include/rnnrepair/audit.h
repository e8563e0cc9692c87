/* SPDX-License-Identifier: MIT */
/* audit.h - likely mislabelled training sequences: rankings, what a reviewer finds who goes through
 * one, and the evidence beside each. */
#ifndef RNNREPAIR_AUDIT_H
#define RNNREPAIR_AUDIT_H

#include "rnnrepair/influence.h"

RR_BEGIN_DECLS

/* ---- how good a ranking is ------------------------------------------------------------------- */

/** Sequences by falling score, ties by rising number.
 *  Shapes   scores and order are [n], n below 2^32.
 *  Errors   NUMERIC (a score is NaN; err->where is its place), NOMEM. */
RR_API RR_MUST_USE rr_status rr_ranking(const double *scores, size_t n, uint32_t *order,
                                        rr_error *err);

/** How many of the first `reviewed` of a ranking are marked.
 *  Shapes   order is [n]; marked is [n], by sequence, 1 = it is one of those looked for. */
RR_API size_t rr_ranking_found(const uint32_t *order, size_t n, const unsigned char *marked,
                               size_t reviewed);

/** Average precision: the mean, over all marked sequences, of the share of marked ones up to and
 *  with it; 0 where none is marked.
 *  Shapes   as rr_ranking_found(). */
RR_API double rr_ranking_precision(const uint32_t *order, size_t n, const unsigned char *marked);

/** Area under the curve of found shares over reviewed shares, 0..1: 0.5 is what a random order
 *  gives; 0 where none is marked.
 *  Shapes   as rr_ranking_found(). */
RR_API double rr_ranking_area(const uint32_t *order, size_t n, const unsigned char *marked);

RR_END_DECLS

#endif
