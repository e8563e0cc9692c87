/* SPDX-License-Identifier: MIT */
/* evidence.h - is what is called influential really so? A network whose training can be repeated
 * with some sequences left out, queries about it, and what each method says about them.
 *
 * Leaving out is a loss weight of 0: same initial weights, same batches, same order. A query is a
 * test sequence and the class the network predicts for it; half of the queries are errors, where
 * there are as many. */
#ifndef EXPERIMENTS_EVIDENCE_H
#define EXPERIMENTS_EVIDENCE_H

#include "experiments/model.h"

enum { EVIDENCE_TASKS = 3 };

/* What is asked of a setting: replay alone, for how smooth it is; what reads states, too; and the
 * other gradients and what is removed or left out by halves, too. */
typedef enum evidence_scope { ASK_REPLAY = 0, ASK_STATES, ASK_ALL } evidence_scope;

/* What is trained, and how. */
typedef struct evidence_setting {
    const char *name;
    model_task task;
    size_t most; /* training sequences at most, spread over all */
    size_t hidden, batch;
    size_t before; /* epochs of a training before it, by RMSprop 0.001, on as many other sequences;
                      0 = it begins with fresh weights */
    rr_optimizer optimizer;
    double learning_rate, epsilon;
    size_t epochs;
    evidence_scope scope;
} evidence_setting;

/* What a network says about the queries. */
typedef struct evidence_outcome {
    double *loss;         /* [Q] -log p(c|x), nats */
    double *margin;       /* [Q] log p(c|x) - log of the most probable other class */
    uint32_t *prediction; /* [Q] */
} evidence_outcome;

/* Of one setting and seed. Begin with zeros; all is owned: evidence_clear(). */
typedef struct evidence {
    const evidence_setting *setting;
    model m;           /* all data; m.net is the trained network */
    rr_dataset *train; /* N of the training sequences */
    rr_dataset *other; /* what was trained on before */
    uint64_t seed;
    rr_train_config training;
    rr_network *fresh; /* the untrained network */
    rr_network *start; /* the one the training begins with */
    char **checkpoints;
    size_t count_checkpoints;
    char *folder; /* of the checkpoints */
    rr_dataset *queries;
    uint32_t *labels; /* [count] the class each query is about */
    size_t count;     /* Q */
    evidence_outcome before;
    rr_influence *untrained; /* the influence model of `fresh` */
    rr_traces *untrained_traces;
} evidence;

/* Load the data of a task, unless they are there. Train a network and choose queries; what another
 * setting or seed left is released. Quick: fewer and smaller. Incomplete where ctx->stopped is 1.
 */
rr_status evidence_load(experiment_context *ctx, evidence *e, model_task task, rr_error *err);
rr_status evidence_prepare(experiment_context *ctx, evidence *e, const evidence_setting *setting,
                           uint64_t seed, rr_error *err);
void evidence_clear(evidence *e);

/* The outcome of the same training without the sequences marked in out [N].
 *  Memory   evidence_outcome_clear(), also after a failure. */
rr_status evidence_without(experiment_context *ctx, const evidence *e, const unsigned char *out,
                           evidence_outcome *outcome, rr_error *err);
void evidence_outcome_clear(evidence_outcome *o);

/* ---- scores: evidence_scores.c, evidence_states.c -------------------------------------------- */

typedef enum evidence_method {
    BY_REPLAY = 0,
    BY_KOH_LIANG,
    BY_TRACIN,
    BY_LP,            /* the influence model: distance of traces */
    BY_VOTES,         /* the influence model: shared steps */
    BY_LP_LABEL,      /* lp, among the sequences labelled with the class asked about */
    BY_LP_RESIDUAL,   /* lp times the product of what the outputs miss */
    BY_COSINE,        /* of the last states */
    BY_COSINE_LABEL,  /* the same, among those of the class */
    BY_OUTPUT_LAYER,  /* product of the gradients of the output layer */
    BY_OUTPUT_COSINE, /* cosine of the last states, times the product of what the outputs miss */
    BY_UNTRAINED,     /* lp, by the influence model of the untrained network */
    BY_CLASS,         /* 1 where the label is the class asked about */
    BY_RANDOM,
    EVIDENCE_METHODS
} evidence_method;

/* "replay", "lp", ... */
const char *evidence_method_name(evidence_method method);

/* What a method says each training sequence does for each query: positive drives the network
 * towards the class asked about. The scores of replay, koh-liang and tracin are kept
 * (experiment_kept()), and taken from there.
 *  Shapes   scores is [Q][N]. *seconds is below 0 where they were kept.
 *  Errors   those of the method. Incomplete where ctx->stopped is 1. */
rr_status evidence_score(experiment_context *ctx, evidence *e, evidence_method method,
                         double *scores, double *seconds, rr_error *err);
/* Its part: methods that read states, traces and labels. */
rr_status evidence_score_states(experiment_context *ctx, evidence *e, evidence_method method,
                                double *scores, rr_error *err);

#endif
