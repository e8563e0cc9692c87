/* SPDX-License-Identifier: MIT */
/* support.c - random numbers by address, and subsets of datasets. */
#include "experiments/support.h"

double experiment_uniform(uint64_t seed, uint64_t index)
{
    rri_random stream = rri_random_at(seed, RRI_RANDOM_EXPERIMENT, index);
    return rri_random_uniform(&stream);
}

rr_status experiment_thin(rr_dataset **ds, size_t every, size_t most, rr_error *err)
{
    const size_t N = rr_dataset_count(*ds);
    rr_dataset *some = NULL;
    size_t *which = NULL;
    size_t n = 0;
    rr_status st = RR_OK;

    if (every <= 1 && N <= most)
        return RR_OK;
    RRI_TRY(rri_alloc(&which, N, 1, sizeof *which, err));
    for (size_t i = 0; i < N && n < most; i += every)
        which[n++] = i;
    RRI_TRY(rr_dataset_select(*ds, which, n, &some, err));
    rr_dataset_free(*ds);
    *ds = some;

done:
    rri_free(which);
    return st;
}
