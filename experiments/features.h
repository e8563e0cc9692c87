/* SPDX-License-Identifier: MIT */
/* features.h - temporal features as rows of numbers, and what a classifier reads from them.
 *
 * A step of a trace has three parts: the label so far y (R_L), the state q (ID), and the state's
 * confidences C_q (CS). Steps lie one after another; a short trace ends in zeros. Labels and states
 * are numbers within 0..1, as the lp similarity takes them, or one-hot. */
#ifndef EXPERIMENTS_FEATURES_H
#define EXPERIMENTS_FEATURES_H

#include "experiments/experiment.h"

enum {
    FEATURE_LABEL = 1,      /* (y + 1)/(C + 1), or [C] */
    FEATURE_STATE = 2,      /* (q + 1)/(K + 2), or [K] */
    FEATURE_CONFIDENCE = 4, /* C_q, [C] */
    FEATURE_ONE_HOT = 8     /* the first two as vectors with a single 1 */
};

/* The numbers of a row of so many steps; and the row of one trace, x is [feature_width()]. */
size_t feature_width(const rr_influence *inf, unsigned parts, size_t steps);
void feature_fill(const rr_influence *inf, const rr_trace *trace, unsigned parts, size_t steps,
                  float *x);

/* Rows of n traces, with the labels of these. Plain data. */
typedef struct feature_rows {
    float *x; /* [n][width] */
    uint32_t *labels;
    size_t n, width;
} feature_rows;

/* The rows of traces of a model; those the network predicts wrong are left out where `right_only`.
 * A row holds `steps` steps: a longer trace is cut.
 *  Memory   released with feature_rows_clear(). */
rr_status feature_rows_make(const rr_influence *inf, const rr_traces *traces, unsigned parts,
                            size_t steps, int right_only, feature_rows *out, rr_error *err);
void feature_rows_clear(feature_rows *rows);

/* A classifier of features (dense.h). */
typedef struct feature_classifier {
    size_t layers, hidden; /* 0 layers = linear */
    size_t epochs;         /* of all rows at a time */
    double learning_rate;
    uint64_t seed;
} feature_classifier;

/* The paper's: linear, Adam 0.02, 500 epochs; 200 where quick. */
feature_classifier feature_linear(const experiment_context *ctx, uint64_t seed);

/* What a classifier gives on test traces. Shares, 0..1. */
typedef struct feature_result {
    double accuracy;  /* the label predicted */
    double agreement; /* what the network predicts predicted */
} feature_result;

/* Train on the model's training traces that the network predicts right, and try on others. Nothing
 * is measured where ctx->stopped is 1 afterwards. */
rr_status feature_try(experiment_context *ctx, const rr_influence *inf, const rr_traces *test,
                      unsigned parts, const feature_classifier *cfg, feature_result *out,
                      rr_error *err);

#endif
