/* SPDX-License-Identifier: MIT */
/* run_internal.h - an open run directory, shared by run.c and run_json.c. */
#ifndef RRI_RUN_INTERNAL_H
#define RRI_RUN_INTERNAL_H

#include "core/core.h"
#include "rnnrepair/run.h"

struct rr_run {
    char *dir;
    rr_run_settings settings; /* its strings are the four below */
    char *data, *parent, *parent_model, *additions_hash;
    rr_run_epoch *history; /* [epochs] */
    size_t epochs;
    size_t model_epoch;
};

/* Write run.json, atomically. */
rr_status rri_run_write(const rr_run *run, rr_error *err);

/* Fill an empty run (but for dir) from run.json. */
rr_status rri_run_read(rr_run *run, rr_error *err);

/* Copy settings, strings included. */
rr_status rri_run_settle(rr_run *run, const rr_run_settings *settings, rr_error *err);

#endif
