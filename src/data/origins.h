/* SPDX-License-Identifier: MIT */
/* origins.h - where the sequences of a dataset stand in the files they were read from, and the
 * source's own ids.
 *
 * A dataset has one number a sequence, file and row together, and where the source has ids one more
 * for the place of its text. The names of the files and the texts lie in a list that is written
 * once and then shared by all datasets made of it. */
#ifndef RRI_ORIGINS_H
#define RRI_ORIGINS_H

#include "data/dataset_internal.h"

/* The files and ids of a source. Counted references; a reader fills it while it has the only one.
 */
struct rri_origins {
    atomic_size_t holders;
    char **file; /* [files] paths */
    bool *lines; /* [files] rows are lines, from 1; else items of arrays, from 0 */
    size_t files, capacity;
    char *ids; /* [used] texts, each closed by NUL; the first is empty: no id */
    size_t used, ids_capacity;
};

/* Begin the origins of a dataset that has none: each is none. They are in the dataset's memory.
 * Errors NOMEM. */
rr_status rri_origins_begin(rr_dataset *ds, bool ids, rr_error *err);

/* The file of the sequences that follow. Errors NOMEM (also more than 2^24 files). */
rr_status rri_origins_file(rr_dataset *ds, const char *path, bool lines, rr_error *err);

/* Sequence i stands at a row of that file; RR_NO_ROW where it is the file. id may be NULL. Errors
 * NOMEM. */
rr_status rri_origins_put(rr_dataset *ds, size_t i, uint64_t row, const char *id, size_t bytes,
                          rr_error *err);

/* Once all are put: does a row say more than the number of its sequence? */
void rri_origins_settle(rr_dataset *ds);

/* Copy those of n sequences, `which` or from the first on where it is NULL, to a dataset of as many
 * that has none: where `from` has none neither. Errors NOMEM. */
rr_status rri_origins_select(const rr_dataset *from, const size_t *which, size_t n, rr_dataset *to,
                             rr_error *err);

/* Those of a, then those of b. Errors NOMEM. */
rr_status rri_origins_join(const rr_dataset *a, const rr_dataset *b, rr_dataset *to, rr_error *err);

/* For writers, among the files [rr_origins.files]: the number of sequence i's, -1 for none, and the
 * name of one without its folder, "?" where it is not UTF-8. */
int64_t rri_origins_file_of(const rr_dataset *ds, size_t i);
const char *rri_origins_name(const rr_dataset *ds, size_t file);

/* Release those of a dataset. */
void rri_origins_clear(rr_dataset *ds);

#endif
