/* SPDX-License-Identifier: MIT */
/* directory.h - struct rr_run, an open run directory, and what the files of src/run share. */
#ifndef RRI_RUN_DIRECTORY_H
#define RRI_RUN_DIRECTORY_H

#include "core/core.h"
#include "data/data_internal.h"
#include "io/file.h"
#include "io/json.h"
#include "io/lock.h"
#include "rnnrepair/run.h"

/* The data loaded so far. */
typedef struct rri_run_data {
    rr_source *source;    /* NULL until it is needed */
    rr_dataset *split[3]; /* by rr_split, edits applied; NULL until needed */
} rri_run_data;

/* What a writer holds. */
typedef struct rri_run_hold {
    size_t depth;   /* calls that hold the lock */
    rri_lock *lock; /* NULL also where the process has reserved the directory */
    rri_stamp json; /* of run.json as it was read or written here */
    size_t created; /* folders of dir that rr_run_create() made */
} rri_run_hold;

struct rr_run {
    char *dir;
    rr_run_settings settings; /* points to the copies below */
    char *data, *parent, *parent_model, *additions_hash, *weights_hash, *certificate_hash, *vectors,
        *vectors_hash;
    rri_scaler scaler;
    rr_states_origin origin; /* of a run on states */
    char **class_names;      /* [settings.network.classes], or NULL */
    rr_vocabulary *vocabulary;
    rr_edits *edits;
    rr_run_epoch *history; /* [epochs] */
    size_t epochs;
    size_t model_epoch;
    rr_guarded guarded;
    uint32_t *held;         /* [settings.guard.count_held] */
    rr_run_target *targets; /* [settings.targets.count] */
    float *class_weights;   /* [settings.network.classes], or NULL */
    rri_run_data *loaded;   /* a cache: changes behind a const run */
    rri_run_hold *hold;     /* the same */
};

/* Write run.json, atomically. */
rr_status rri_run_write(const rr_run *run, rr_error *err);

/* Fill an empty run (but for dir) from run.json. */
rr_status rri_run_read(rr_run *run, rr_error *err);

/* Copy settings, strings included. */
rr_status rri_run_copy_settings(rr_run *run, const rr_run_settings *settings, rr_error *err);

/* SHAPE or MISMATCH unless a network, read from `path`, is of the run's architecture and reads the
 * words of its vocabulary. */
rr_status rri_run_check_network(const rr_run *run, const char *path, const rr_network *net,
                                rr_error *err);

/* The guard as a member of run.json, and back; where there is none, nothing changes. Memory: *held
 * is owned, rri_free(), also on failure. */
rr_status rri_run_put_guard(json_t *root, const rr_guard *guard, const rr_guarded *seen,
                            rr_error *err);
rr_status rri_run_get_guard(const json_t *root, const char *path, rr_guard *guard, rr_guarded *seen,
                            uint32_t **held, rr_error *err);

/* The targets as a member of run.json, and back; where there are none, nothing changes. Memory:
 * *list is owned, rri_free(), also on failure. */
rr_status rri_run_put_targets(json_t *root, const rr_run_targets *targets, rr_error *err);
rr_status rri_run_get_targets(const json_t *root, const char *path, rr_run_targets *targets,
                              rr_run_target **list, rr_error *err);
rr_status rri_run_copy_targets(const rr_run_targets *targets, rr_run_target **to, rr_error *err);

/* Read vocabulary.txt and check it against the hash. */
rr_status rri_run_load_vocabulary(rr_run *run, const char *hash, bool fold_case, rr_error *err);

/* weights.npz: SHA-256 of the weights of edits, which have some; write those of the run; read them
 * and check them against the hash: *out is owned, [*n]. Errors IO, FORMAT, MISMATCH, NOMEM. */
rr_status rri_run_hash_weights(const rr_edits *e, char out[65], rr_error *err);
rr_status rri_run_save_weights(const rr_run *run, rr_error *err);
rr_status rri_run_load_weights(const rr_run *run, const char *hash, float **out, size_t *n,
                               rr_error *err);

/* certificate.json: SHA-256 of its text; write it, the model and targets.npz. */
rr_status rri_run_hash_hotfix(const rr_run_hotfix *h, char out[65], rr_error *err);
rr_status rri_run_save_hotfix(const rr_run *run, const rr_run_hotfix *h, rr_error *err);

/* Release the cache; NULL is allowed. */
void rri_run_close_data(rri_run_data *d);

/* Copy weights [C] of the classes; NULL = none. Errors: NOMEM. */
rr_status rri_run_set_class_weights(rr_run *run, const float *weights, rr_error *err);

/* The class weights as a member of run.json, and back; where there are none, nothing changes. */
rr_status rri_run_put_class_weights(json_t *root, const rr_run *run, rr_error *err);
rr_status rri_run_get_class_weights(const json_t *root, const char *path, rr_run *run,
                                    rr_error *err);

#endif
