/* SPDX-License-Identifier: MIT */
/* ranking.h - ranking by score, and measures of it: hits, average precision, area under the
 * curve. */
#ifndef RRI_RANKING_H
#define RRI_RANKING_H

#include "core/core.h"

/* Sequences by descending score, ties by ascending number.
 *  Shapes   scores and order are [n], n below 2^32.
 *  Errors   NUMERIC (a score is NaN; err->where is its index), NOMEM. */
rr_status rri_ranking(const double *scores, size_t n, uint32_t *order, rr_error *err);

/* How many of the first `reviewed` of a ranking are marked.
 *  Shapes   order is [n]; marked is [n], by sequence, 1 = to be found. */
size_t rri_ranking_found(const uint32_t *order, size_t n, const unsigned char *marked,
                         size_t reviewed);

/* Average precision: the mean, over all marked sequences, of the fraction of marked ones up to and
 * including it; 0 if none is marked.
 *  Shapes   as rri_ranking_found(). */
double rri_ranking_precision(const uint32_t *order, size_t n, const unsigned char *marked);

/* Area under the curve of the fraction found over the fraction reviewed, 0..1: 0.5 for a random
 * order; 0 if none is marked.
 *  Shapes   as rri_ranking_found(). */
double rri_ranking_area(const uint32_t *order, size_t n, const unsigned char *marked);

#endif
