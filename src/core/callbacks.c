/* SPDX-License-Identifier: MIT */
/* callbacks.c - optional notes, progress and cancellation of long calls. */
#include "core/callbacks.h"

#include <stdarg.h>

void rri_note(const rr_callbacks *cb, const char *fmt, ...)
{
    char text[512];
    va_list ap;

    if (cb == NULL || cb->note == NULL)
        return;
    va_start(ap, fmt);
    (void)rri_vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    cb->note(cb->self, text);
}

bool rri_cancelled(const rr_callbacks *cb)
{
    return cb != NULL && cb->cancelled != NULL && cb->cancelled(cb->self) != 0;
}

void rri_show(const rr_callbacks *cb, const char *phase, const char *unit, size_t done,
              size_t total, const char *fmt, ...)
{
    char remark[160];
    va_list ap;

    if (cb == NULL || cb->progress == NULL)
        return;
    va_start(ap, fmt);
    (void)rri_vsnprintf(remark, sizeof remark, fmt, ap);
    va_end(ap);
    const rr_progress at = {
        .phase = phase, .unit = unit, .done = done, .total = total, .remark = remark
    };
    cb->progress(cb->self, &at);
}

void rri_show_end(const rr_callbacks *cb)
{
    const rr_progress at = { .unit = "", .remark = "" };

    if (cb != NULL && cb->progress != NULL)
        cb->progress(cb->self, &at);
}

rr_status rri_fail_cancelled(rr_error *err)
{
    return rri_fail(err, RR_ERR_CANCELLED, -1, "cancelled");
}

rr_status rri_check_cancelled(const rr_callbacks *cb, rr_error *err)
{
    return rri_cancelled(cb) ? rri_fail_cancelled(err) : RR_OK;
}
