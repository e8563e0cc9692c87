/* SPDX-License-Identifier: MIT */
/* time_major.c - a time-major byte copy of the training traces.
 *
 * A scan handles one step of all training sequences before the next step, so the states of a step
 * are adjacent, one byte each, and so are its labels. Sequences are in the order of the sketch. The
 * stride is a multiple of 64, so that kernels run over whole vectors. */
#include "influence/model.h"

#include "io/scratch_array.h"
#include "kernel/scan.h"

enum { ROUND = RRI_SCAN_LANES, AHEAD = 8 };

rr_status rri_time_major_new(const rr_traces *t, const rri_sketch *order, rri_time_major **out,
                             rr_error *err)
{
    rri_time_major *l = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    if (order->padded || order->states > UINT8_MAX || order->classes > UINT8_MAX + 1)
        return RR_OK;
    RRI_TRY(rri_alloc(&l, 1, 1, sizeof *l, err));
    l->steps = order->steps;
    l->stride = rri_blocks(t->count, ROUND) * ROUND;
    RRI_TRY(rri_scratch_alloc(&l->state, l->steps, l->stride, 1, err));
    RRI_TRY(rri_scratch_alloc(&l->label, l->steps, l->stride, 1, err));
    for (size_t i = 0; i < t->count; i++) {
        const rr_trace a = rri_steps_of(t, order->id[i]);
        if (i + AHEAD < t->count)
            rri_steps_prefetch(t, order->id[i + AHEAD]);
        for (size_t s = 0; s < l->steps; s++) {
            l->state[s * l->stride + i] = (uint8_t)a.states[s];
            l->label[s * l->stride + i] = (uint8_t)a.predictions[s];
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
