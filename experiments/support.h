/* SPDX-License-Identifier: MIT */
/* support.h - what every file of the experiments shares: random numbers by address, and subsets of
 * datasets. */
#ifndef EXPERIMENTS_SUPPORT_H
#define EXPERIMENTS_SUPPORT_H

#include "rnnrepair/rnnrepair.h"

#include "core/core.h"

/* Number `index` of the experiments' stream `seed`, uniform in [0, 1). */
double experiment_uniform(uint64_t seed, uint64_t index);

/* A dataset without n of its sequences, whose ids rise. Memory *out is rr_dataset_free()d. */
rr_status experiment_without(const rr_dataset *ds, const uint32_t *ids, size_t n, rr_dataset **out,
                             rr_error *err);
/* Keep one sequence in `every`, from the first on, and `most` of them at most. */
rr_status experiment_thin(rr_dataset **ds, size_t every, size_t most, rr_error *err);

#endif
