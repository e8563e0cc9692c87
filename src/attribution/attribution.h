/* SPDX-License-Identifier: MIT */
/* attribution.h - the interface of a method, shared helpers, and the methods' own data. */
#ifndef RRI_ATTRIBUTION_H
#define RRI_ATTRIBUTION_H

#include "core/callbacks.h"
#include "core/core.h"
#include "rnnrepair/attribution.h"
#include "rnnrepair/experimental/derivatives.h"

/* One method. `own` is its private data, allocated by begin and released by end. A step does step
 * number a->step and sets a->done after the last. */
typedef struct rri_method {
    rr_status (*begin)(rr_attribution *a, rr_error *err);
    rr_status (*step)(rr_attribution *a, rr_error *err);
    void (*end)(void *own); /* never NULL */
} rri_method;

extern const rri_method rri_koh_liang, rri_backwards, rri_tracin, rri_random_method,
    rri_output_gradients;

struct rr_attribution {
    rr_attribution_config cfg;
    const rri_method *method;
    const rr_network *net;   /* borrowed */
    const rr_dataset *train; /* borrowed */
    rr_targets *queries; /* [count_queries], their lists borrowed; only backwards takes several */
    size_t count_queries;
    size_t N, P;
    size_t step, steps;
    double residual;
    bool done, failed;
    double *scores;      /* [count_queries][N] */
    double *step_scores; /* [count_queries][steps of train]; NULL unless asked for */
    void *own;           /* private data of the method, may be NULL */
};

/* ---- checks.c ------------------------------------------------------------------------------- */

/* ARG where a setting used by the method is out of range, UNSUPPORTED where the method does not
 * apply to the training. */
rr_status rri_attribution_check(const rr_attribution_config *cfg, rr_error *err);
rr_status rri_targets_check(const rr_targets *targets, const rr_network *net, rr_error *err);

/* ---- attribution.c -------------------------------------------------------------------------- */

/* The sum of the gradients [P] of the losses of a query's targets at the weights of net. */
rr_status rri_query_gradient(const rr_attribution *a, size_t q, const rr_network *net,
                             double *gradient, rr_error *err);

/* Load checkpoint e into the trainer. MISMATCH where it is of another epoch. */
rr_status rri_take_checkpoint(const rr_attribution_config *cfg, size_t e, rr_trainer *trainer,
                              rr_error *err);

/* ---- koh_liang.c ---------------------------------------------------------------------------- */

typedef struct rri_solution {
    rr_derivatives *d; /* over the training set */
    double *g;         /* [P] gradient of the targets */
    double *s;     /* [P] (H + damping)^-1 g so far; stochastic: the sum over the repeats done */
    double *r, *p; /* [P] cg: residual and direction; stochastic: p is the recursion's s */
    double *product, *slopes; /* [P], [N] */
    float *direction;         /* [P] */
    size_t *which;            /* [batch] stochastic */
    double norm;              /* of g */
    double rr;                /* cg: r.r */
} rri_solution;

/* ---- tracin.c ------------------------------------------------------------------------------- */

/* Self-influence of all ids, checkpoint by checkpoint. */
rr_status rri_tracin_self(const rr_attribution_config *cfg, const rr_network *net,
                          const rr_dataset *train, const uint32_t *ids, size_t n,
                          const rr_callbacks *callbacks, double *scores, rr_error *err);

#endif
