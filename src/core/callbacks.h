/* SPDX-License-Identifier: MIT */
/* callbacks.h - optional notes, progress and cancellation of a long call. cb may be NULL
 * everywhere: nothing is reported, and nothing cancels. */
#ifndef RRI_CALLBACKS_H
#define RRI_CALLBACKS_H

#include "core/core.h"
#include "rnnrepair/hooks.h"

void rri_note(const rr_callbacks *cb, const char *fmt, ...) RRI_PRINTF(2, 3);
bool rri_cancelled(const rr_callbacks *cb);

/* Report the progress of a phase, with a remark; "" = none. */
void rri_show(const rr_callbacks *cb, const char *phase, const char *unit, size_t done,
              size_t total, const char *fmt, ...) RRI_PRINTF(6, 7);
/* The phase has ended. */
void rri_show_end(const rr_callbacks *cb);

/* RR_ERR_CANCELLED with its message. */
rr_status rri_fail_cancelled(rr_error *err);
/* The same where the caller asks for it, else RR_OK: between the steps of a loop. */
rr_status rri_check_cancelled(const rr_callbacks *cb, rr_error *err);

#endif
