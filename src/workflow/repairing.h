/* SPDX-License-Identifier: MIT */
/* repairing.h - what the files of a repair share: its settings and targets, and what its
 * retrainings are measured on. */
#ifndef RRI_WORKFLOW_REPAIRING_H
#define RRI_WORKFLOW_REPAIRING_H

#include "rnnrepair/workflow_explain.h"
#include "rnnrepair/workflow_repair.h"

#include "workflow/workflow_internal.h"

/* A repair and every control. */
enum { MOST_RETRAININGS = 5 };

/* A repair, or the repairs of several seeds. */
typedef struct rri_repairing {
    rr_session *s;
    rr_repair_request request; /* settled */
    rr_ids targets;            /* units: sequences, or steps of all */
    size_t repeats;            /* seeds */
    bool decided;              /* the automatic choice of controls has been made */
    unsigned controls;         /* bits of those; not yet decided: of the request */
} rri_repairing;

/* repair_targets.c. Memory: *out is released by rr_ids_free(), also on failure. */
rr_status rri_repair_targets(rr_session *s, const rr_repair_request *request, rr_ids *out,
                             rr_error *err);

/* The targets as they are recorded in the run that is made for them; none of cases. r->targets are
 * set. Memory: out->list is owned, rri_free(). */
rr_status rri_repair_record(const rr_repair_result *r, rr_split split, rr_run_targets *out,
                            rr_error *err);

/* ---- repair_measure.c: what retrainings are measured on ------------------------------------- */

typedef struct rri_ground {
    rr_session *s;
    const rr_ids *targets;
    const rr_dataset *ds; /* of the targets; borrowed, as all but what is marked */
    const uint32_t *before;
    const rr_dataset *measured;
    rr_split measured_split;
    size_t *rows; /* [count_rows] units that are measured; owned, NULL = all */
    size_t count_rows;
    size_t *unseen; /* [count_unseen] those that are no targets; owned */
    size_t count_unseen;
    rr_predicted said; /* before, of `measured`; owned */
    uint32_t *truth;   /* [R] labels of `measured`, RR_NO_LABEL of what is not measured; owned */
    uint32_t *truth_unseen; /* the same without the targets; owned */
    const rr_guard *guard;
    rr_dataset *guard_inputs; /* owned, NULL = none */
    uint32_t *guard_before;   /* owned */
} rri_ground;

/* before: predictions of ds. Errors: as rr_session_split(), rr_session_network(). */
rr_status rri_ground_new(const rri_repairing *p, const rr_dataset *ds, const uint32_t *before,
                         const rr_guard *guard, rri_ground *out, rr_error *err);
void rri_ground_clear(rri_ground *g); /* a zeroed struct is allowed */

/* What a network says of the three. All owned: rri_told_clear(). */
typedef struct rri_told {
    uint32_t *measured; /* [R] */
    float *probability; /* [R][C] */
    uint32_t *own;      /* of ds; NULL: `measured` */
    uint32_t *guard;    /* NULL without */
} rri_told;

rr_status rri_tell(const rri_ground *g, const rr_network *net, rri_told *out, rr_error *err);
void rri_told_clear(rri_told *t); /* a zeroed struct is allowed */

/* Fill in what is counted of retraining k of a result by what it says, and whether it is harmful.
 * after: not NULL: the predictions of ds, which leave `told`. */
rr_status rri_measure(const rri_ground *g, rri_told *told, rr_repair_result *r, size_t k,
                      uint32_t **after, rr_error *err);

/* ---- repair_quality.c ----------------------------------------------------------------------- */

/* The truths that rri_repair_judge() goes by. */
rr_status rri_ground_truths(rri_ground *g, rr_error *err);

/* How good these predictions of `measured` are; by_class is [C]. */
rr_status rri_repair_judge(const rri_ground *g, const rr_predicted *said, rr_repair_quality *out,
                           rr_class_quality *by_class, rr_error *err);

/* ---- repair_shift.c ------------------------------------------------------------------------- */

/* Control shift of a repair that fixed `fixed` targets: what it is, and what it says. */
rr_status rri_shift(const rri_ground *g, size_t fixed, rr_logit_shift *out, rri_told *told,
                    rr_error *err);

/* ---- repair_controls.c ---------------------------------------------------------------------- */

/* Bits that are no controls: ARG. */
rr_status rri_controls_check(unsigned controls, rr_error *err);

/* Search new samples of a strategy for the targets: *r, of which *additions is NULL without any.
 * Memory: both owned. Errors: as rr_repair_new(), rr_repair_step(); CANCELLED. */
rr_status rri_search_samples(const rri_repairing *p, const rr_repair_config *cfg,
                             const rr_dataset *train, const rr_dataset *ds, rr_repair **r,
                             rr_dataset **additions, rr_error *err);

/* Train the controls that are due beside r->retrainings[0], which is measured, with as many
 * updates, from what the child began with; they follow it in r->retrainings. */
rr_status rri_run_controls(rri_repairing *p, const rri_ground *g, rr_repair_result *r,
                           rr_error *err);

/* ---- repair.c ------------------------------------------------------------------------------- */

/* Check and complete a request. */
rr_status rri_repair_begin(rr_session *s, const rr_repair_request *request, rri_repairing *p,
                           rr_error *err);

/* One repair of chosen targets. */
rr_status rri_repair_once(rri_repairing *p, const char *dir, rr_repair_result **out, rr_error *err);

#endif
