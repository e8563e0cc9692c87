/* SPDX-License-Identifier: MIT */
/* support.h - what every file of the experiments shares: random numbers by address, and subsets of
 * datasets. */
#ifndef EXPERIMENTS_SUPPORT_H
#define EXPERIMENTS_SUPPORT_H

#include "rnnrepair/rnnrepair.h"

#include "core/core.h"

/* Number `index` of the experiments' stream `seed`, uniform in [0, 1). */
double experiment_uniform(uint64_t seed, uint64_t index);

/* Keep one sequence in `every`, from the first on, and `most` of them at most. */
rr_status experiment_thin(rr_dataset **ds, size_t every, size_t most, rr_error *err);

#endif
