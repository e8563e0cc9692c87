/* SPDX-License-Identifier: MIT */
/* novelty.h - how unlike the training set a sequence is; see novelty.c. */
#ifndef RRI_INFLUENCE_NOVELTY_H
#define RRI_INFLUENCE_NOVELTY_H

#include "influence/model.h"
#include "rnnrepair/novelty.h"

enum {
    RRI_NOVELTY_PARTS = RR_NOVELTY_LAST + 1,
    RRI_NOVELTY_LEAST = 20, /* training sequences: of fewer no tail can be told */
    RRI_NOVELTY_COLUMNS = 3 /* of array "novelty.parts" */
};

/* The parts of one sequence, by rr_novelty_part; larger is more unlike. */
typedef struct rri_measures {
    double part[RRI_NOVELTY_PARTS];
} rri_measures;

/* One part over the training sequences: its median, the value that a tenth of them exceed, and by
 * how much these do on average. */
typedef struct rri_spread {
    double middle, high, excess;
} rri_spread;

struct rri_novelty {
    rri_spread part[RRI_NOVELTY_PARTS]; /* of the parts that the model has */
    double limit;
    uint64_t *before; /* [K+1] training steps read in each state */
};

/* Whether models of such data have a part. */
bool rri_novelty_has(const rr_influence *inf, rr_novelty_part part);

/* ---- measures, each of `count` sequences ----------------------------------------------------- */

/* Part INPUT, given the codes of the batch's frames. */
void rri_novelty_inputs(const rri_codebook *book, const rr_state_batch *batch,
                        const uint32_t *symbols, rri_measures *out);
/* Part STATE, given the log-likelihoods of all their rows. */
void rri_novelty_states(const uint32_t *steps, size_t count, const float *likely,
                        rri_measures *out);
/* The same of the training set, by its offsets. */
void rri_novelty_training_states(const rr_traces *t, const float *likely, rri_measures *out);
/* Parts STEP and LAST of a trace that is not of the training set. */
void rri_novelty_steps(const rr_influence *inf, const rr_trace *trace, rri_measures *out);

/* ---- limits ---------------------------------------------------------------------------------- */

/* Complete the measures of the training set, [N], by parts STEP and LAST, each sequence against the
 * others, and set inf->novelty from them. Errors: NOMEM. */
rr_status rri_novelty_fit(rr_influence *inf, rri_measures *training, rr_error *err);

/* inf->novelty of stored numbers: parts are [3] for each part that the model has. Errors: ARG (a
 * number that no build gives), NOMEM. */
rr_status rri_novelty_restore(rr_influence *inf, const double *parts, double limit, rr_error *err);

/* The numbers that rri_novelty_restore() takes; returns how many parts there are. */
size_t rri_novelty_table(const rr_influence *inf,
                         double table[RRI_NOVELTY_PARTS][RRI_NOVELTY_COLUMNS]);

/* The novelty of measures, 1 at the limit, and what each part adds to it: out, may be NULL. */
float rri_novelty_of(const rr_influence *inf, const rri_measures *of, rr_novelty *out);

void rri_novelty_free(rri_novelty *n);

#endif
