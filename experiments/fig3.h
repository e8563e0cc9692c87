/* SPDX-License-Identifier: MIT */
/* fig3.h - the paper's Figure 3: who is responsible for errors that wrong labels caused?
 *
 * MNIST's ones (class 0) and sevens (class 1); 30 % of the training sevens are relabelled as ones.
 * The flipped network is trained on these labels, the clean one on the right ones, from the same
 * first weights with the same batches. Targets: test sevens that the flipped network reads as ones
 * and the clean one does not. Each method ranks the training images by how much they drive the
 * targets; a reviewer goes through the ranking. */
#ifndef EXPERIMENTS_FIG3_H
#define EXPERIMENTS_FIG3_H

#include "experiments/experiment.h"

/* How images are ranked; the names are the settings in the database. */
typedef struct fig3_method {
    const char *name;
    int gradient;                 /* by attribution.h; else by the influence model, or as it says */
    rr_attribution_config config; /* of gradient methods; what a seed decides is filled in later */
    int damp; /* where the curvature is not positive, begin again with twice the damping */
    rr_weighting weighting;
    int confidence; /* by the probability of the given label */
    int repair;     /* fig3-repair follows it, too */
} fig3_method;

enum { FIG3_METHODS = 8 };
void fig3_methods(fig3_method out[FIG3_METHODS]);

/* One seed. Begin with zeros; all is owned: fig3_case_clear(). */
typedef struct fig3_case {
    uint64_t seed;
    rr_train_config training;
    rr_dataset *right;   /* training images with their right labels */
    rr_dataset *flipped; /* and with the wrong ones */
    rr_dataset *test;
    rr_network *start, *net, *clean; /* first weights; the flipped and the clean network */
    rr_influence *inf;
    unsigned char *is_flip, *is_influential; /* [N] */
    size_t flips, influential;
    size_t *targets; /* [n] test numbers */
    size_t n;
    double accuracy, accuracy_clean;
    double train_seconds, build_seconds;
    char **checkpoints; /* [count_checkpoints] of the flipped training, in `folder` */
    size_t count_checkpoints;
    char *folder;
} fig3_case;

/* Load the data, which are the same for every seed, and name them. */
rr_status fig3_load(experiment_context *ctx, fig3_case *c, rr_error *err);
/* Make the networks, the targets and the influence model of a seed; what an earlier seed left is
 * released. Incomplete where ctx->stopped is 1. */
rr_status fig3_prepare(experiment_context *ctx, fig3_case *c, uint64_t seed, rr_error *err);
void fig3_case_clear(fig3_case *c);

/* What a ranking took. */
typedef struct fig3_cost {
    double seconds; /* of what gave the ranking, without attempts with too little damping */
    double damping; /* of the attempt that succeeded; 0 for other methods */
    size_t steps;   /* of a gradient method */
} fig3_cost;

/* Rank by a method: order is [N], the most responsible first. Incomplete where ctx->stopped is 1.
 */
rr_status fig3_rank(experiment_context *ctx, const fig3_case *c, const fig3_method *method,
                    uint32_t *order, fig3_cost *cost, rr_error *err);

/* Steps of 5 % of the training images that are reviewed. */
enum { FIG3_SHARES = 20 };

#endif
