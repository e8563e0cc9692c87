/* SPDX-License-Identifier: MIT */
/* folds.h - which fold of a cross-validation a sequence is in. */
#ifndef RRI_FOLDS_H
#define RRI_FOLDS_H

#include "core/core.h"
#include "rnnrepair/dataset.h"

/* Deal the sequences into folds: each class shuffled with `seed` and dealt out in turn, one class
 * going on where the one before stopped. So the folds differ by at most one sequence, and by at
 * most one of every class.
 * Shapes fold is [N]; folds >= 1; N is below 2^32. Errors NOMEM. */
rr_status rri_folds(const rr_dataset *ds, size_t folds, uint64_t seed, uint32_t *fold,
                    rr_error *err);

#endif
