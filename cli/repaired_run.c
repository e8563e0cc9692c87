/* SPDX-License-Identifier: MIT */
/* repaired_run.c - the run directory a repair makes. See repairing.h.
 *
 * The folder is made before the long search for samples, so that a place that cannot be written is
 * told at once. */
#include "repairing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Going on with the first training's steps would change the network far from the targets too: on
 * MNIST a tenth of them fixes more and breaks a quarter as much (docs/RESULTS.md). */
static rr_status plan_training(const rr_run *parent, const cli_retraining *how,
                               rr_train_config *train, rr_error *err)
{
    const int from_scratch = how->start == RR_RETRAIN_SCRATCH;
    int child = 0;
    const rr_status st = rr_run_is_warm_started(parent, &child, err);
    if (st != RR_OK)
        return st;
    if (from_scratch && child && !(how->epochs > 0 && how->learning_rate > 0.0))
        return rri_fail(err, RR_ERR_ARG, -1,
                        "--retrain scratch: %s went on from another run's weights, and its few "
                        "epochs with small steps would not train fresh ones: give --epochs and "
                        "--learning-rate",
                        rr_run_dir(parent));
    if (how->epochs > 0)
        train->epochs = how->epochs;
    else if (!from_scratch)
        train->epochs = 2;
    if (how->learning_rate > 0.0)
        train->learning_rate = how->learning_rate;
    else if (!from_scratch && !child)
        train->learning_rate *= 0.1;
    return RR_OK;
}

rr_status cli_make_child(const cli_patient *p, const cli_retraining *how,
                         const rr_dataset *additions, rr_run **out, rr_error *err)
{
    rr_run_settings s = rr_run_settings_of(p->run);
    const size_t count = s.splits[RR_SPLIT_TRAIN].count;
    const rr_edits then = { .removed = how->removed,
                            .count_removed = how->count_removed,
                            .relabelled = how->relabelled,
                            .labels = how->labels,
                            .count_relabelled = how->count_relabelled,
                            .additions = additions };
    rr_edits *edits = NULL;
    char *spec = NULL, *parent = NULL, *vectors = NULL;
    char hash[65];
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rr_edits_compose(&s.edits, count, p->train, &then, &edits, err));
    s.edits = *edits;
    s.checkpoints = 0;
    RRI_TRY(rr_network_hash(p->net, hash, err));
    if (how->data != NULL) {
        RRI_TRY(rr_dataset_spec_resolve(how->data, &spec, err));
        s.data = spec;
    }
    if (how->vectors != NULL && s.vectors != NULL) {
        RRI_TRY(cli_absolute(how->vectors, &vectors, err));
        s.vectors = vectors;
    }
    RRI_TRY(cli_absolute(rr_run_dir(p->run), &parent, err));
    s.parent = parent;
    s.parent_model = hash;
    s.additions_hash = NULL;
    s.start = how->start == RR_RETRAIN_CONTINUE ? p->net : NULL;
    RRI_TRY(plan_training(p->run, how, &s.train, err));
    s.train.seed = how->seed;
    s.network.seed = how->seed;
    RRI_TRY(rr_run_create(how->dir, &s, out, err));

done:
    rri_free(vectors);
    rr_edits_free(edits);
    rri_free(parent);
    rr_string_free(spec);
    return st;
}
