/* SPDX-License-Identifier: MIT */
/* ranking.h - an order by score, and how much of what is looked for stands at its head. */
#ifndef RRI_RANKING_H
#define RRI_RANKING_H

#include "core/core.h"

/* Sequences by falling score, ties by rising number.
 *  Shapes   scores and order are [n], n below 2^32.
 *  Errors   NUMERIC (a score is NaN; err->where is its place), NOMEM. */
rr_status rri_ranking(const double *scores, size_t n, uint32_t *order, rr_error *err);

/* How many of the first `reviewed` of a ranking are marked.
 *  Shapes   order is [n]; marked is [n], by sequence, 1 = it is one of those looked for. */
size_t rri_ranking_found(const uint32_t *order, size_t n, const unsigned char *marked,
                         size_t reviewed);

/* Average precision: the mean, over all marked sequences, of the share of marked ones up to and
 *  with it; 0 where none is marked.
 *  Shapes   as rri_ranking_found(). */
double rri_ranking_precision(const uint32_t *order, size_t n, const unsigned char *marked);

/* Area under the curve of found shares over reviewed shares, 0..1: 0.5 is what a random order
 *  gives; 0 where none is marked.
 *  Shapes   as rri_ranking_found(). */
double rri_ranking_area(const uint32_t *order, size_t n, const unsigned char *marked);

#endif
