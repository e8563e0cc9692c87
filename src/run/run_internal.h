/* SPDX-License-Identifier: MIT */
/* run_internal.h - an open run directory, shared by run.c and run_json.c. */
#ifndef RRI_RUN_INTERNAL_H
#define RRI_RUN_INTERNAL_H

#include "core/core.h"
#include "file/json.h"
#include "rnnrepair/run.h"

struct rr_run {
    char *dir;
    rr_run_settings settings; /* what it points to are the copies below */
    char *data, *parent, *parent_model, *additions_hash, *vectors, *vectors_hash;
    rr_vocabulary *vocabulary;
    uint32_t *removed;
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

/* SHAPE or MISMATCH unless a network, read from `path`, is of the run's architecture and reads the
 * words of its vocabulary. */
rr_status rri_run_check_network(const rr_run *run, const char *path, const rr_network *net,
                                rr_error *err);

/* ---- run_text.c ------------------------------------------------------------------------------ */

/* What only runs on text have, into run.json and back; `removed` may stand in any. Strings and
 * numbers that were read are settled by rri_run_settle(), the list *removed is owned (rri_free). */
rr_status rri_run_write_text(const rr_run_settings *s, json_t *root, rr_error *err);
rr_status rri_run_read_text(const json_t *root, const char *path, rr_run_settings *s,
                            const char **vocabulary_hash, bool *fold_case, uint32_t **removed,
                            rr_error *err);

/* Read vocabulary.txt and check it against the hash. */
rr_status rri_run_load_vocabulary(rr_run *run, const char *hash, bool fold_case, rr_error *err);

/* A train split without what the run leaves out. */
rr_status rri_run_without_removed(const rr_run *run, const rr_dataset *ds, rr_dataset **out,
                                  rr_error *err);

#endif
