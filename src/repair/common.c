/* SPDX-License-Identifier: MIT */
/* common.c - class-balanced random choice of training sequences. */
#include "repair/common.h"

rr_status rri_draw_right(const rr_influence *inf, uint32_t label, rri_random *stream, size_t want,
                         uint32_t **out, size_t *count, rr_error *err)
{
    const rr_traces *training = rr_influence_training(inf);
    const size_t N = rr_traces_count(training);
    size_t size = 0;
    const rr_status st = rri_alloc(out, N, 1, sizeof **out, err);

    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < N; i++) {
        const rr_trace a = rr_traces_at(training, i);
        if (a.label == label && a.prediction == label)
            (*out)[size++] = (uint32_t)i;
    }
    *count = rri_min(want, size);
    rri_random_choose(stream, *out, size, *count);
    return RR_OK;
}
