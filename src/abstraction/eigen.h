/* SPDX-License-Identifier: MIT */
/* eigen.h - the leading eigenvectors of a symmetric matrix. Internal. */
#ifndef RRI_ABSTRACTION_EIGEN_H
#define RRI_ABSTRACTION_EIGEN_H

#include "core/core.h"

/* The P largest eigenvalues of a symmetric matrix, descending, and orthonormal eigenvectors. The
 * bits depend on the matrix alone: not on P, the processor or the number of threads.
 *  Shapes   matrix is [d][d], of which the lower triangle is read; it is overwritten. value is [P],
 *           vector is [P][d], P in 1..d.
 *  Errors   NUMERIC (a value is not finite; no convergence), NOMEM.
 *  Cost     O(d*d*(d + P)) time; 16*d*d bytes.
 *  Source   [GolubVanLoan13] ch. 8.3, with the steps of EISPACK's tred2 and imtql2 [Smith76]. */
rr_status rri_eigen_leading(double *matrix, size_t d, size_t components, double *value,
                            double *vector, rr_error *err);

#endif
