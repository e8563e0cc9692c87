/* SPDX-License-Identifier: MIT */
/* scaling.c - keeps a scaling of columns and applies it: v becomes (v - offset) / divisor, in 64
 * bits, rounded to 32. */
#include "data/scaling.h"

#include <string.h>

rr_status rri_scaler_new(rr_scale kind, size_t width, rri_scaler *out, rr_error *err)
{
    rr_status st = RR_OK;

    *out = (rri_scaler){ .number = NULL };
    RRI_TRY(rri_alloc(&out->number, 2, width, sizeof *out->number, err));
    out->now = (rr_scaling){
        .kind = kind, .width = width, .offset = out->number, .divisor = out->number + width
    };

done:
    return st;
}

rr_status rri_scaler_copy(const rr_scaling *from, rri_scaler *out, rr_error *err)
{
    rr_status st = RR_OK;

    *out = (rri_scaler){ .number = NULL };
    if (from == NULL || from->kind == RR_SCALE_NONE)
        return RR_OK;
    RRI_TRY(rri_scaler_new(from->kind, from->width, out, err));
    memcpy(out->number, from->offset, from->width * sizeof *out->number);
    memcpy(out->number + from->width, from->divisor, from->width * sizeof *out->number);

done:
    return st;
}

void rri_scaler_clear(rri_scaler *s)
{
    rri_free(s->number);
    *s = (rri_scaler){ .number = NULL };
}

rr_status rri_fail_scaling(const char *place, size_t want, size_t is, rr_error *err)
{
    return rri_fail(err, RR_ERR_MISMATCH, -1,
                    "%s: frames of width %zu, but the network's training data were scaled with %zu "
                    "columns",
                    place, is, want);
}

void rri_scale(const rr_scaling *s, float *frames, size_t steps)
{
    for (size_t t = 0; t < steps; t++, frames += s->width)
        for (size_t d = 0; d < s->width; d++)
            frames[d] = (float)(((double)frames[d] - s->offset[d]) / s->divisor[d]);
}
