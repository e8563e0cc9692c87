/* SPDX-License-Identifier: MIT */
/* export.h - the files of samples to add. Internal to src/workflow. */
#ifndef RRI_WORKFLOW_EXPORT_H
#define RRI_WORKFLOW_EXPORT_H

#include "rnnrepair/workflow_repair.h"

#include "workflow/workflow_internal.h"

/* ARG unless the name ends in .jsonl or .npz. */
rr_status rri_export_check(const char *path, rr_error *err);

/* Write all samples, as the name says. Errors: IO, NOMEM. */
rr_status rri_export_write(const rr_export *x, const char *path, rr_error *err);

#endif
