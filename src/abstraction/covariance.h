/* SPDX-License-Identifier: MIT */
/* covariance.h - access to a running covariance for the principal components. Internal. */
#ifndef RRI_ABSTRACTION_COVARIANCE_H
#define RRI_ABSTRACTION_COVARIANCE_H

#include "abstraction/abstraction_internal.h"
#include "core/core.h"

size_t rri_covariance_width(const rri_covariance *c);
size_t rri_covariance_rows(const rri_covariance *c);

/* mean [d] and the lower triangle of the covariance [d][d], divided by rows - 1. Needs two rows. */
void rri_covariance_result(const rri_covariance *c, double *mean, double *matrix);

#endif
