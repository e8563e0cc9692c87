/* SPDX-License-Identifier: MIT */
/* compare.h - what the files of a comparison of two runs share. */
#ifndef RRI_COMPARE_H
#define RRI_COMPARE_H

#include "workflow/workflow_internal.h"

/* What the edits of the second change beside those of the first. Errors: as rri_run_additions(). */
rr_status rri_compare_edits(rr_session *first, rr_session *second, rr_edit_difference *out,
                            rr_error *err);

#endif
