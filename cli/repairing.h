/* SPDX-License-Identifier: MIT */
/* repairing.h - the parts of a repair that stand between the library's calls. */
#ifndef CLI_REPAIRING_H
#define CLI_REPAIRING_H

#include "kit/options.h"
#include "kit/output.h"
#include "kit/paths.h"
#include "training.h"

/* What a repair starts from. All owned; cli_patient_free(). */
typedef struct cli_patient {
    rr_run *run;
    rr_network *net;
    rr_influence *inf;
    rr_dataset *train; /* with what earlier repairs added */
    rr_dataset *ds;    /* the split whose errors are repaired */
    uint32_t *before;  /* [N of ds] predictions */
    float *probability;
    size_t *targets; /* [n] numbers of sequences of ds */
    size_t n;
    unsigned char *eligible; /* [N of ds] 1 = may be a target by choice; NULL = every error */
} cli_patient;

/* Open all of a run but the targets. */
rr_status cli_patient_open(const cli_common *common, const char *dir, const char *data,
                           rr_split split, cli_patient *out, rr_error *err);
/* The same without a split beside the training set: ds, before and probability stay NULL. */
rr_status cli_patient_open_training(const char *dir, const char *data, cli_patient *out,
                                    rr_error *err);
void cli_patient_free(cli_patient *p);

/* The numbers of --samples, of a split of N sequences. *out as of cli_read_numbers(). */
rr_status cli_read_samples(const char *list, size_t N, uint64_t **out, size_t *n, rr_error *err);

/* Choose the targets: those of a list "3,17,44", or where it is NULL the `count` eligible errors
 * the network is surest of, surest first. ARG where there is none. */
rr_status cli_choose_targets(cli_patient *p, const char *list, size_t count, rr_error *err);

/* object[key] = {count, fixed, still_failing, newly_broken, unchanged} */
void cli_set_outcome(cli_doc *doc, json_t *object, const char *key, const rr_outcome *o);

/* How the repaired run is trained. */
typedef struct cli_retraining {
    const char *dir;  /* of the new run */
    const char *data; /* where the data lies now, NULL = as recorded */
    rr_retrain start;
    size_t epochs;        /* 0 = 2 for CONTINUE, as many as the parent's plan for SCRATCH */
    double learning_rate; /* 0 = the parent's; a tenth of it for CONTINUE from a parent that was
                             itself trained from scratch */
    uint64_t seed;
    const char *vectors;     /* where the word vectors lie now, NULL = as recorded */
    const uint32_t *removed; /* numbers of the parent's training sequences to leave out, rising */
    size_t count_removed;
    const uint32_t *relabelled; /* numbers of the parent's training sequences that get other labels,
                                   rising */
    const uint32_t *labels;     /* [count_relabelled] those labels */
    size_t count_relabelled;
} cli_retraining;

/* Make the new run directory: settings with lineage, the additions (those of the parent first, less
 * the removed; NULL = none), what is left out of the source and what has other labels, and for
 * CONTINUE the weights to start from. Numbers in the lists of `how` are of the parent's training
 * set as it stands, additions included. Checkpoints are the parent's own: the new run keeps none.
 */
rr_status cli_make_child(const cli_patient *p, const cli_retraining *how,
                         const rr_dataset *additions, rr_run **out, rr_error *err);

#endif
