/* SPDX-License-Identifier: MIT */
/* audited.h - a training whose labels are audited: with the checkpoints that dynamics goes by, and
 * an influence model. */
#ifndef EXPERIMENTS_AUDITED_H
#define EXPERIMENTS_AUDITED_H

#include "experiments/experiment.h"

typedef struct audited {
    rr_network_config network;
    rr_train_config training;
    const rr_dataset *train; /* borrowed */
    rr_network *net;
    rr_influence *inf;
    char **checkpoints; /* [epochs + 1] */
} audited;

/* Train, keeping a checkpoint of each epoch in a file of the folder for networks, and build the
 * influence model; network, training and train are set by the caller. From checkpoints that are
 * there under this name the training goes on; those of another training are an error.
 *  Memory   release with audited_clear(). Returns early where the context is stopped. */
rr_status audited_train(experiment_context *ctx, audited *a, const char *name,
                        const rr_influence_config *influence, rr_error *err);
/* remove: the files of the checkpoints, too. */
void audited_clear(audited *a, int remove);

/* Rank labels: of judged, or where that is NULL of the training set; mislabelled is theirs, or
 * NULL. Memory   *out is rr_audit_free()d; NULL where the context is stopped. */
rr_status audited_rank(experiment_context *ctx, const audited *a, rr_audit_method method,
                       const rr_dataset *judged, const unsigned char *mislabelled, rr_audit **out,
                       rr_error *err);

/* Rank labels by votes [N][C] of k neighbours, the fewest for the given label first, and flag those
 * that have fewer than another: order and flagged are [N]. */
rr_status audited_by_votes(const rr_dataset *ds, const float *votes, size_t k, uint32_t *order,
                           unsigned char *flagged, rr_error *err);

/* The F1 of flagged against wrong, of both classes, weighted by how many are of each: 0..1. */
double audited_weighted_f1(const unsigned char *flagged, const unsigned char *wrong, size_t n);

#endif
