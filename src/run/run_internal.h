/* SPDX-License-Identifier: MIT */
/* run_internal.h - an open run directory, shared by run.c and run_json.c. */
#ifndef RRI_RUN_INTERNAL_H
#define RRI_RUN_INTERNAL_H

#include "core/core.h"
#include "io/json.h"
#include "rnnrepair/run.h"

/* What has been loaded of the data. */
typedef struct rri_run_data {
    rr_source *source;    /* NULL until it is needed */
    rr_dataset *split[3]; /* by rr_split, as the run has them; NULL until they are asked for */
} rri_run_data;

struct rr_run {
    char *dir;
    rr_run_settings settings; /* what it points to are the copies below */
    char *data, *parent, *parent_model, *additions_hash, *vectors, *vectors_hash;
    rr_vocabulary *vocabulary;
    rr_edits *edits;
    rr_run_epoch *history; /* [epochs] */
    size_t epochs;
    size_t model_epoch;
    rri_run_data *loaded; /* no part of what the run is: it changes behind a const run */
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

/* ARG: dir holds a run, or files that are no run's. */
rr_status rri_run_check_place(const char *dir, rr_error *err);

/* ---- run_text.c ------------------------------------------------------------------------------ */

/* What only runs on text have, into run.json and back. Strings and numbers that were read are
 * settled by rri_run_settle(). */
rr_status rri_run_write_text(const rr_run_settings *s, json_t *root, rr_error *err);
rr_status rri_run_read_text(const json_t *root, const char *path, rr_run_settings *s,
                            const char **vocabulary_hash, bool *fold_case, rr_error *err);

/* Read vocabulary.txt and check it against the hash. */
rr_status rri_run_load_vocabulary(rr_run *run, const char *hash, bool fold_case, rr_error *err);

/* ---- run_data.c ------------------------------------------------------------------------------ */

void rri_run_close_data(rri_run_data *d);

/* What was read for splits to come may go: before long work that needs no other. */
void rri_run_forget_content(const rr_run *run);

#endif
