/* SPDX-License-Identifier: MIT */
/* audit.h - rank sequences: whose label is likely wrong, and which training sequences are behind
 * errors.
 *
 *     rr_audit_run()      ranks by one of several methods, with the evidence
 *
 * and its parts that use the influence model:
 *
 *     rr_drivers()        which training sequences passed the states of the errors?
 *     rr_label_support()  whose label differs from those of the sequences that pass the same
 *                         steps? the self-influence of this model: low support, high score
 *
 * and of labels by the nearest training inputs, which owe nothing to the network.
 *
 * These are two different questions. A mislabelled sequence that the network has
 * learned drives errors and is well supported in its new class; one that it has not learned lacks
 * support and drives none. The scores of the gradient methods are those of attribution.h,
 * with the same sign: larger drives the errors more, is more likely wrong. Of a run directory:
 * rr_session_audit(). Definitions: docs/ALGORITHMS.md#audit. */
#ifndef RNNREPAIR_AUDIT_H
#define RNNREPAIR_AUDIT_H

#include "rnnrepair/attribution.h"
#include "rnnrepair/enums.h"
#include "rnnrepair/hooks.h"
#include "rnnrepair/influence.h"
#include "rnnrepair/network.h"
#include "rnnrepair/train.h"

RR_BEGIN_DECLS

/* ---- rankings by the influence model -------------------------------------------------------- */

/** How much each training sequence drives a set of errors, the sum over all of them.
 *  Shapes   which is [n], numbers of traces, each predicted otherwise than labelled; scores is [N],
 *           0 or more.
 *  Errors   ARG (no error; a number out of range; a sequence that is no error, err->where is its
 *           index; a key as in rr_influence_segment()), SHAPE (a trace that is not of this model),
 *           UNSUPPORTED, NOMEM.
 *  Cost     a look-up for every step, and two passes over the posting lists of the keys of the
 *           errors, each once for all errors. */
RR_API RR_MUST_USE rr_status rr_drivers(const rr_influence *inf, rr_key key, rr_weighting weighting,
                                        const rr_traces *traces, const size_t *which, size_t n,
                                        double *scores, rr_error *err);

/** How well other training sequences support each label of each training sequence: the mean, over
 *  the last 64 steps, step t of T weighing t/T, of the logarithm of the fraction of label c among
 * the *other* training sequences that are in the same state with the same prediction as many steps
 * before their end. Nats, at most 0.
 *
 *  Shapes   support is [N][C].
 *  Errors   NOMEM.
 *  Cost     two passes over all steps, C values each; a table of at most 64*K*C*C counts. Where
 *           that is more than 2^26 the prediction is not compared.
 *  Threads  threads = 0 uses every core; the bits do not depend on it. */
RR_API RR_MUST_USE rr_status rr_label_support(const rr_influence *inf, size_t threads,
                                              float *support, rr_error *err);

/** The same of other sequences, which have no part in what they are compared with: all training
 *  sequences count, and at a step further from the end than any training sequence is long, none.
 *
 *  Shapes   traces is of M sequences of this model; NULL = the training set, as above; support is
 *           [M][C].
 *  Errors, cost and threads as above; SHAPE (traces that are not of this model). */
RR_API RR_MUST_USE rr_status rr_label_support_of(const rr_influence *inf, const rr_traces *traces,
                                                 size_t threads, float *support, rr_error *err);

/* ---- evidence ------------------------------------------------------------------------------- */

/** An error a training sequence drives. */
typedef struct rr_driven {
    size_t trace; /**< number of the error among the traces */
    double score; /**< the sequence's rr_drivers() score for this error */
} rr_driven;

/** The errors that some training sequences drive most by RR_WEIGHTING_CONTRAST, each list by
 * descending score, ties by ascending number; errors a sequence does not drive are not listed.
 *
 *  Shapes   which is [n], the same errors as for rr_drivers(); ids is [m], training sequences; out
 *           is [m][most]; counts is [m], each at most `most`.
 *  Errors   as rr_drivers(); ARG (an id is not below N).
 *  Cost     as rr_drivers() once, and a binary search in each key's list for every id. */
RR_API RR_MUST_USE rr_status rr_driven_errors(const rr_influence *inf, rr_key key,
                                              const rr_traces *traces, const size_t *which,
                                              size_t n, const uint32_t *ids, size_t m, size_t most,
                                              rr_driven *out, size_t *counts, rr_error *err);

/* ---- an audit ------------------------------------------------------------------------------- */

/** The method of a ranking. */
typedef struct rr_audit_config {
    size_t struct_size; /**< set by the default */
    rr_audit_about about;
    rr_audit_method method; /**< combined, self-confidence, dynamics and neighbours judge labels
                                 alone; paper,
                                 koh-liang, sgd and replay errors alone */
    rr_key key;   /**< about errors, influence and paper: what two steps must have in common */
    size_t folds; /**< combined, self-confidence: networks trained without a fold judge that fold;
                       0 = the network itself judges, else 2 or more */
    size_t top;   /**< sequences whose evidence is gathered, >= 1 */
    rr_attribution_config attribution; /**< of the gradient methods; `method` and `threads` are set
                                            by those here */
    size_t threads;                    /**< 0 = every core; the bits do not depend on it */
    int flagged; /**< 1: about labels, evidence of all flagged sequences alone, whatever top is */
} rr_audit_config;

/** combined about labels, influence about errors; key transition, no folds, top 20. */
RR_API rr_audit_config rr_audit_config_default(rr_audit_about about);

/** Check a configuration; it needs no data, so it can be called before they are loaded.
 *  Errors   ARG. */
RR_API RR_MUST_USE rr_status rr_audit_check(const rr_audit_config *cfg, rr_error *err);

/** The model and data of an audit. Borrowed for the call. */
typedef struct rr_audit_data {
    const rr_influence *inf;
    const rr_network *net;   /**< NULL: of a network trained elsewhere there are only states. Then
                                  methods that run or train it, and folds, are UNSUPPORTED */
    const rr_dataset *train; /**< the training set of both, N sequences; may be NULL without net */
    const rr_dataset *ds;    /**< whose errors are targets or evidence; may be NULL, without net
                                  in any case */
    const uint32_t *prediction; /**< [N of ds] */
    const size_t *errors;       /**< [count_errors] numbers of sequences of ds that are errors */
    size_t count_errors;        /**< >= 1 about errors */
    const rr_network *start;    /**< folds: the network every training begins with; else NULL */
    rr_train_config training;   /**< folds: how they are trained */
    const unsigned char *mislabelled; /**< [N] 1 = its label is known to be wrong; NULL = unknown */
    /* Without net: */
    const rr_traces *traces;    /**< of the set with the errors; NULL without errors */
    const float *probabilities; /**< [N][C] of the sequences judged, after the last step; NULL =
                                     unknown: combined and self-confidence are UNSUPPORTED, and no
                                     row has a confidence */
    /* About the labels of other sequences than the training set; both NULL = of the training set.
     * Then N are their number, mislabelled is theirs, and there are neither errors nor folds. */
    const rr_dataset *judged;       /**< with net; without it for their inputs alone */
    const rr_traces *judged_traces; /**< without net */
    const char *judged_name; /**< a word for them in a review file, such as test; NULL = none */
} rr_audit_data;

enum { RR_AUDIT_DRIVEN = 10, RR_AUDIT_NEIGHBOURS = 3 };

/** A sequence whose label is judged, or a training sequence behind errors, and the evidence. */
typedef struct rr_audit_row {
    uint32_t id;
    uint32_t given;      /**< its label */
    uint32_t suggested;  /**< the more likely label */
    uint32_t prediction; /**< by the network */
    double score;        /**< larger is more suspect */
    float support;       /**< rr_label_support() of its label, nats */
    float confidence;    /**< probability of its label, 0..1; negative where unknown; by dynamics
                              the mean over the checkpoints */
    int flagged;         /**< 1: by the method another label is likelier than the given one;
                              negative where the method knows no other */
    rr_driven driven[RR_AUDIT_DRIVEN]; /**< [count_driven] errors it drives most */
    size_t count_driven;
    rr_neighbour neighbours[RR_AUDIT_NEIGHBOURS]; /**< [count_neighbours] the nearest that are
                                                       predicted as labelled */
    size_t count_neighbours;
} rr_audit_row;

enum { RR_AUDIT_INPUTS = 5 };

/** More about a row: what the evidence says of its label. Rows of one audit stand at the same place
 *  in both lists. */
typedef struct rr_audit_reason {
    int prefilled;     /**< 1: the review file says relabel; 0: it leaves the decision open */
    int by_support;    /**< 1: of all labels the suggested one has the best support */
    int by_confidence; /**< 1: the network gives it the largest probability; negative = unknown */
    int by_inputs;     /**< 1: more of the nearest training inputs have it, by the fractions of the
                            classes, than have the given one; negative = not known or not asked */
    double odds;       /**< by all evidence at hand, of the suggested label against the given one,
                            as a logarithm, nats */
    float lift;        /**< of the given label among the nearest inputs, nats: 0 = as common there
                            as in the training set; 0 where they are not known */
    uint32_t inputs[RR_AUDIT_INPUTS]; /**< [count_inputs] training sequences with the nearest
                                           inputs, nearest first; a copy is the first */
    size_t count_inputs;
} rr_audit_reason;

/** A training sequence at the low end of a signed ranking. */
typedef struct rr_audit_opponent {
    uint32_t id;
    uint32_t given;
    double score; /**< below 0: it prevents the errors */
} rr_audit_opponent;

/** What a reviewer of the first `reviewed` sequences would have found. */
typedef struct rr_audit_found {
    size_t reviewed;
    unsigned percent;   /**< of all sequences */
    size_t mislabelled; /**< known wrong labels among them */
    size_t influential; /**< of these, those predicted as labelled */
} rr_audit_found;

/** How many have to be reviewed to find a fraction of the known wrong labels. */
typedef struct rr_audit_needed {
    double fraction;
    size_t reviewed;
} rr_audit_needed;

enum { RR_AUDIT_FOUND = 16, RR_AUDIT_NEEDED = 5 };

/** A finished ranking. Plain data. */
typedef struct rr_audit_result {
    size_t sequences;          /**< N */
    size_t errors;             /**< targets, or evidence */
    double seconds;            /**< of the ranking, with all that the method computes */
    const double *scores;      /**< [N] */
    const uint32_t *order;     /**< [N] by descending score */
    const uint32_t *likeliest; /**< [N] about labels: the label with the lowest score by the method,
                                    the given one unless another is better; a sequence whose
                                    likeliest label is another is flagged. NULL where the method
                                    scores the given label alone: tracin, random, and all about
                                    errors */
    const rr_audit_row *rows;  /**< [count_rows] the first ones */
    size_t count_rows;
    const rr_audit_opponent *opponents; /**< [count_opponents] lowest score first */
    size_t count_opponents;
    size_t checkpoints;               /**< used by a gradient method */
    rr_attribution_progress solution; /**< final state of a gradient method */
    int has_found;                    /**< 1: wrong labels are known, and the rest is filled in */
    rr_audit_found found[RR_AUDIT_FOUND]; /**< the last one is of all sequences */
    rr_audit_needed needed[RR_AUDIT_NEEDED];
    double average_precision;
    double area, area_influential; /**< under the curve of found against reviewed fractions, 0..1;
                                        0.5 for a random order */
    size_t flagged;      /**< sequences whose likeliest label is another; 0 without likeliest */
    size_t flagged_true; /**< has_found: of these the known wrong labels */
    double weighted_f1;  /**< has_found, with likeliest: of flagged against known wrong, the F1 of
                              both classes weighted by their numbers, 0..1; else negative */
    const size_t *tied;  /**< [count_rows] training sequences predicted as labelled that are as near
                              as the last of the row's neighbours, and not among them: which are
                              named is by id alone */
    const rr_audit_reason *reasons; /**< [count_rows] */
    size_t prefilled;               /**< how many of the rows are */
    size_t references; /**< training sequences among which the nearest inputs were sought, evenly
                            spaced where they are fewer than all; 0 = the inputs had no part */
    int inputs_tell;   /**< 1: what their labels say of the given ones is more than chance, else the
                            method combined leaves them out */
    size_t parts;      /**< R, of frames: equal parts of a sequence whose means are compared */
    int scaled;        /**< of frames: 1 = columns of mean 0 and deviation 1 are compared */
    size_t nearest;    /**< k, the neighbours whose labels count */
    double restraint;  /**< a, how many sequences by the fractions of the classes count beside
                            them: small where neighbours tell much, large where little */
    double agreement;  /**< fraction of the training sequences whose given label is the most
                            probable by their neighbours */
} rr_audit_result;

/** An audit. Opaque; immutable. */
typedef struct rr_audit rr_audit;

/** Rank, and gather the evidence. callbacks may be NULL.
 *  Memory   on RR_OK *out is owned by the caller: rr_audit_free(). Else *out is NULL. Nothing is
 *           borrowed.
 *  Errors   ARG (cfg; one class alone; no error), UNSUPPORTED (what needs the network, without it),
 *           as rr_crossvalidation_step(),
 *           rr_attribution_step(), rr_drivers(), rr_influence_nearest(); CANCELLED, NOMEM. */
RR_API RR_MUST_USE rr_status rr_audit_run(const rr_audit_config *cfg, const rr_audit_data *data,
                                          const rr_callbacks *callbacks, rr_audit **out,
                                          rr_error *err);

/** The ranking. Memory: borrowed from audit. */
RR_API const rr_audit_result *rr_audit_result_of(const rr_audit *audit);

/** Write the rows for a reviewer as decisions (decisions.h) with the columns suggested, evidence
 *  (what prefers it: states, network, inputs) and, of words, text. Only where a row is `prefilled`
 *  the action is to relabel; else it is empty, and so changes nothing until someone decides. ds is
 *  what was audited; of other sequences than the training set the column split names them.
 *  Errors   as rr_decisions_save(). */
RR_API RR_MUST_USE rr_status rr_audit_save_review(const rr_audit *audit, const rr_dataset *ds,
                                                  const char *path, rr_error *err);

/** Release; NULL is allowed. */
RR_API void rr_audit_free(rr_audit *audit);

RR_END_DECLS

#endif
