/* SPDX-License-Identifier: MIT */
/* run_internal.h - what the other modules use of src/run beside the public header. */
#ifndef RRI_RUN_INTERNAL_H
#define RRI_RUN_INTERNAL_H

#include "core/core.h"
#include "rnnrepair/run.h"

/* ARG: dir has an empty name, or holds a run, or files that do not belong to one. */
rr_status rri_run_check_directory(const char *dir, rr_error *err);

/* Lock the directory for writing; locks nest. Errors: IO (another process writes it; the message
 * says which), MISMATCH (it has been written since the run was opened). */
rr_status rri_run_lock(const rr_run *run, rr_error *err);
void rri_run_unlock(const rr_run *run);

/* Remove a run that this one created, with every file of it, folders included. */
void rri_run_remove(const rr_run *run);

/* The i-th name of those commands write into a run directory, from 0; NULL behind the last. */
const char *rri_run_file(size_t i);

/* The name of the model in the influence file: the network's hash; of a run on states, where net is
 * NULL, what the states file calls the model, else the hash of that file. */
rr_status rri_run_model_name(const rr_run *run, const rr_network *net, char out[65], rr_error *err);

/* Of a run whose output layer was repaired: the text of certificate.json, owned (rri_free), checked
 * against the recorded hash; and targets.npz. Errors: IO, FORMAT, MISMATCH, NOMEM. */
rr_status rri_run_certificate(const rr_run *run, char **out, rr_error *err);
rr_status rri_run_targets(const rr_run *run, rr_dataset **out, rr_error *err);

/* The samples added to the training set, checked; NULL where there are none. Memory: *out is owned,
 * rr_dataset_free(). Errors: as rr_dataset_load(), MISMATCH. */
rr_status rri_run_additions(const rr_run *run, rr_dataset **out, rr_error *err);

/* rr_run_create() with the weight of each class in the loss, [C of the network], copied; NULL = 1
 * each. */
rr_status rri_run_create(const char *dir, const rr_run_settings *settings,
                         const float *class_weights, rr_run **out, rr_error *err);

/* Note what the guard of a training has seen, for the next rr_run_record(). */
void rri_run_set_guarded(rr_run *run, const rr_guarded *seen);

/* What was read for splits to come may go: before long work that needs no other. */
void rri_run_forget_content(const rr_run *run);

/* Where sequences of a split stand, as rri_source_places(): *out is NULL where that is not known
 * without reading them. Errors as rr_run_sequences(). */
rr_status rri_run_places(const rr_run *run, rr_split split, const char *data, const size_t *which,
                         size_t n, rr_dataset **out, rr_error *err);

#endif
