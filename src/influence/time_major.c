/* SPDX-License-Identifier: MIT */
/* time_major.c - a time-major byte copy of the training traces.
 *
 * A scan handles one step of all training sequences before the next step, so the states of a step
 * are adjacent, one byte each, and so are its labels. The stride is a multiple of 64, so that
 * kernels run over whole vectors. */
#include "influence/model.h"

#include "io/scratch_array.h"
#include "kernel/scan.h"

enum { ROUND = RRI_SCAN_LANES };

static bool equal_lengths(const rr_traces *t)
{
    for (size_t i = 1; i < t->count; i++)
        if (t->offset[i + 1] - t->offset[i] != t->offset[1])
            return false;
    return true;
}

rr_status rri_time_major_new(const rr_traces *t, size_t states, size_t classes,
                             rri_time_major **out, rr_error *err)
{
    rri_time_major *l = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    if (states > UINT8_MAX || classes > UINT8_MAX + 1 || !equal_lengths(t))
        return RR_OK;
    RRI_TRY(rri_alloc(&l, 1, 1, sizeof *l, err));
    l->steps = (size_t)t->offset[1];
    l->stride = rri_blocks(t->count, ROUND) * ROUND;
    RRI_TRY(rri_scratch_alloc(&l->state, l->steps, l->stride, 1, err));
    RRI_TRY(rri_scratch_alloc(&l->label, l->steps, l->stride, 1, err));
    for (size_t i = 0; i < t->count; i++) {
        const size_t first = (size_t)t->offset[i];
        for (size_t s = 0; s < l->steps; s++) {
            l->state[s * l->stride + i] = (uint8_t)t->state[first + s];
            l->label[s * l->stride + i] = (uint8_t)t->prediction[first + s];
        }
    }
    *out = l;
    l = NULL;

done:
    rri_time_major_free(l);
    return st;
}

void rri_time_major_free(rri_time_major *l)
{
    if (l == NULL)
        return;
    rri_scratch_free(l->state);
    rri_scratch_free(l->label);
    rri_free(l);
}
