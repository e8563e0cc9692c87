/* SPDX-License-Identifier: MIT */
/* run_internal.h - what the other modules use of src/run beside the public header. */
#ifndef RRI_RUN_INTERNAL_H
#define RRI_RUN_INTERNAL_H

#include "core/core.h"
#include "rnnrepair/run.h"

/* ARG: dir has an empty name, or holds a run, or files that do not belong to one. */
rr_status rri_run_check_directory(const char *dir, rr_error *err);

/* What was read for splits to come may go: before long work that needs no other. */
void rri_run_forget_content(const rr_run *run);

#endif
