/* SPDX-License-Identifier: MIT */
/* repair.h - new training samples that pull a misclassified input to its true label. What a
 * retraining on them changes: outcome.h.
 *
 * Level sample (whole inputs): for a misclassified input x with truth t and prediction m, take
 * the training sequences T_t and T_m that influence it most (either label has its own list; only
 * sequences the network classifies correctly count), vary members of T_t, images geometrically,
 * series as sensors vary (rr_variation) and sentences by leaving out words and replacing others by
 * words with a near vector, and keep the variants x' with inflscore(x', x) > max over
 * T_m of inflscore(., x). Or, beyond the paper, those whose gradient has the largest cosine to the
 * gradient of x: a small training step on x' then also reduces the loss of x.
 *
 * Level segment (text): for each suspect, known step x_t of x (localize.h), take training sequences
 * labelled with the truth that pass the context, so have a step s with q'_s = q_{t-1} and
 * y'_s = y_{t-1} (s = 0, their beginning, for t = 1), and insert x_t directly after that step; the
 * label is unchanged.
 *
 * Strategy direct is the simplest thing to do, and what the others are compared with: copies of the
 * failing input itself, with its right label.
 *
 * Strategy mixed adds the failing input, variants of it and variants of members of T_t, each kind
 * with a loss weight of its own (rr_repair_weights()). No other strategy adds or varies the input
 * itself.
 * The caller retrains on the training set and the additions. Method: docs/ALGORITHMS.md#repair. */
#ifndef RNNREPAIR_REPAIR_H
#define RNNREPAIR_REPAIR_H

#include "rnnrepair/enums.h"
#include "rnnrepair/hotfix.h"
#include "rnnrepair/influence.h"
#include "rnnrepair/localize.h"
#include "rnnrepair/network.h"
#include "rnnrepair/outcome.h"

RR_BEGIN_DECLS

/** One transformation, applied in the order scale, shear, rotate, shift. */
typedef struct rr_affine {
    double rotate;  /**< degrees, counter-clockwise as seen on a screen */
    double shift_x; /**< pixels to the right */
    double shift_y; /**< pixels down */
    double shear;   /**< horizontal shear: columns moved per row, 0 = none */
    double scale;   /**< > 0; 1 = none */
} rr_affine;

/** The range each quantity is sampled from, uniformly and independently; min == max fixes it. */
typedef struct rr_affine_range {
    rr_affine min, max;
} rr_affine_range;

enum { RR_WARP_TERMS = 4 };

/** One variation of a series of T steps of D channels, applied in the order slice, warp, amplitude,
 *  noise. T stays. Step t of the variant is the series at position p_t, linear between steps:
 *
 *      p_t = start (T-1) (1 - slice) + (T-1) slice C_t / C_{T-1}
 *      C_t = sum of the speeds exp(g) up to t (trapezoids),  g(u) = sum_k warp_k cos(pi k u),
 *      u = t/(T-1),  k = 1..RR_WARP_TERMS
 *
 *  Then, in some of the channels, v becomes m + f (v - m) + jitter s n, where m and s are the mean
 *  and the standard deviation of the channel in the unvaried series, f is the channel's factor and
 *  n is standard normal. */
typedef struct rr_variation {
    double jitter;              /**< noise, in standard deviations of the channel, >= 0; 0 = none */
    double amplitude;           /**< f lies in 1 - amplitude .. 1 + amplitude; in 0..1; 0 = none */
    double warp[RR_WARP_TERMS]; /**< of the logarithm of the speed, each in -3..3; 0 = none */
    double slice;               /**< fraction of the series that is used, above 0; 1 = all of it */
    double start;               /**< where that part begins: 0 = at the first step, 1 = so that it
                                     ends with the last */
    double channels;            /**< each channel is changed with this probability, but one at
                                     least; above 0; 1 = all */
    uint64_t seed, stream;      /**< address of the random numbers behind channels, f and n */
} rr_variation;

/** The range of each quantity, from which it is sampled uniformly and independently. `start` is
 *  sampled from 0..1. */
typedef struct rr_variation_range {
    double jitter;    /**< 0..jitter; 0 = never, at most 10 */
    double amplitude; /**< 0..amplitude; 0 = never, at most 1 */
    double warp;      /**< each term in -warp..warp; 0 = never, at most 3 */
    double slice;     /**< slice..1; 1 = never, at least 0.01 */
    double channels;  /**< channels..1; 1 = always all, at least 0.01 */
} rr_variation_range;

/** Of the level sample. */
typedef struct rr_sample_repair {
    rr_query query;        /**< must be lp; label, correct_only and threads are set by the method */
    size_t top;            /**< most influential sequences counted by label, and at most varied;
                                0 = as many as rr_influence_top() counts, any number varied */
    size_t sources;        /**< how many of T_t are varied, nearest first, >= 1 */
    size_t variants;       /**< variants sampled a target, spread over the sources, >= 1 */
    size_t rounds;         /**< the variants come in so many rounds, >= 1: the first from the whole
                                range; each later one with the better half of the sources of the
                                one before (never fewer than 4), around the best variant of each, in
                                half its range; 1 is the paper's */
    size_t keep;           /**< accepted variants used a target, most influential first, >= 1; at
                                most a quarter of them (rounded up) from one source unless the others
                                give too few. random: the first sampled, and no more are sampled */
    rr_affine_range range; /**< of the variants of images */
} rr_sample_repair;

/** Of the level segment. */
typedef struct rr_segment_repair {
    rr_localize_config localize; /**< which steps are suspect */
    size_t insertions;           /**< m, a suspect step, >= 1; see rr_segment_target */
    int correct_only;            /**< only training sequences the network classifies correctly */
    size_t pool;                 /**< influence: candidates compared for each insertion, >= 1 */
    double balance; /**< class balancing: training sequences of the predicted label, classified
                         correctly and as they are, added for each insertion, 0..16, as insertions
                         of one label alone move every decision toward it. Negative = 0.5 for
                         influence, 0 for the others, as they were published. Not used where the
                         steps have labels */
} rr_segment_repair;

/** Of strategy mixed: what is added for each target, with which loss weights. */
typedef struct rr_mixed_repair {
    size_t varied;        /**< variants of the failing input itself, as sampled */
    size_t influential;   /**< variants of members of T_t, so many of those compared */
    size_t held;          /**< variants of members of T_m, which keep their label, as sampled: they
                               hold what the network rightly takes for m */
    rr_strategy choice;   /**< how the influential ones are chosen: influence, gradient, or random:
                               as they are sampled, so that no more are compared */
    double input_weight;  /**< of each copy of the failing input; 0 = it is not added */
    double varied_weight; /**< of each of its variants */
    double influential_weight; /**< of each variant of a member of T_t */
    double held_weight;        /**< of each variant of a member of T_m */
} rr_mixed_repair;

/** 10 variants of the input, 10 of members of T_t, at random, and 10 of T_m, of weight 1, and
 * copies of weight 4; of words 10, 5 and 5, all of weight 1. */
RR_API rr_mixed_repair rr_mixed_repair_default(int words);

/** How new training samples are searched for. */
typedef struct rr_repair_config {
    size_t struct_size; /**< set by the default */
    rr_level level;
    rr_strategy strategy; /**< sample: influence, random, gradient or none.
                               segment: which sequences, and where:
                               paper: those whose trace up to s ends with the longest piece of x's
                               up to t-1, lower id first; the longest match of each
                               random: any of the label, behind a random one of their matching
                               steps, or a random step where they have none
                               influence: in the order of paper, those that x_t makes less
                               confident of the truth; where no word can be inserted, since none is
                               suspect or no training sequence fits, copies of the failing input
                               none: nothing is inserted
                               direct, at either level: copies of the failing input itself; of a
                               single wrong step, of the sequence up to it, with the label of this
                               step alone */
    rr_sample_repair sample;
    rr_segment_repair segment;
    uint64_t seed;
    size_t threads;       /**< 0 = every core; the bits do not depend on it */
    rr_variants variants; /**< sample: how sequences are varied. Images that are varied as such have
                               one size */
    rr_variation_range variation; /**< of the variants of series */
    size_t copies;                /**< direct, mixed: copies of each failing input, >= 1 */
    rr_mixed_repair mixed;        /**< mixed */
    rr_output_repair output;      /**< level output: nothing is searched for, and nothing trained */
    const uint32_t *excluded; /**< [count_excluded] training sequences nothing is made from: they
                                   are not varied, repeated or given a symbol. NULL = none.
                                   Borrowed for rr_repair_new() */
    size_t count_excluded;
    double most_insertions; /**< segment: words inserted in all, and copies in their place, at most,
                                 as a fraction of the training sequences, at least 0; each target
                                 has an equal share of it, one at least. 0 = no limit */
} rr_repair_config;

/** The level and the kind of variants by the data, influence, seed 1. Samples: lp, top by the size
 *  of the training set, 10 sources, 1000 variants in 5 rounds, 20 kept, default ranges. Segments:
 *  rule flip, gamma 5, 25 a step, correct ones only, a pool of 4, balance by the strategy, at most
 *  as many insertions as training sequences. 5 copies. Mixed: that of frames. */
RR_API rr_repair_config rr_repair_config_default(void);

/** One varied training sequence. */
typedef struct rr_repair_sample {
    size_t addition;        /**< its index in the additions */
    uint32_t source;        /**< training id it was varied from */
    rr_affine transform;    /**< how, as an image; else zeros */
    float score;            /**< inflscore(x', x); gradient: the cosine of their gradients */
    uint32_t prediction;    /**< predicted by the unrepaired network */
    rr_variation variation; /**< how, as a series; else zeros */
    int of_input;           /**< 1: the source is the misclassified input itself, by its number */
    double weight;          /**< loss weight it is meant for */
    uint32_t label;         /**< that it is added with: the truth, or that of its source */
} rr_repair_sample;

/** One training sequence with an inserted symbol. */
typedef struct rr_insertion {
    size_t addition;     /**< its index in the additions */
    size_t segment;      /**< number of the suspect step in the target's list */
    uint32_t source;     /**< training id of the sequence that got the symbol */
    uint32_t after;      /**< s: the symbol became step s + 1; 0 = the first */
    uint32_t suffix;     /**< steps up to s whose states are those of x up to t-1 */
    int in_context;      /**< 1 where s matches (q_{t-1}, y_{t-1}) */
    float before, truth; /**< the network's probability of the truth without and with the symbol;
                              where the steps have labels: at the inserted step the largest, and
                              that of the truth */
    uint32_t prediction; /**< predicted with it; where the steps have labels, at it */
} rr_insertion;

/** A target at level sample. */
typedef struct rr_sample_target {
    size_t count_truth, count_prediction; /**< of the `top` most influential of any label that are
                                               classified correctly, by label */
    uint32_t nearest_truth;       /**< training id, the first of T_t; UINT32_MAX where none */
    uint32_t nearest_prediction;  /**< training id, the first of T_m; UINT32_MAX where none */
    float score_truth;            /**< its inflscore; 0 where none */
    float score_prediction;       /**< the largest inflscore in T_m; 0 where none. The bar; that of
                                       gradient is 0 */
    const rr_repair_sample *kept; /**< [count_kept], best first; random: as sampled */
} rr_sample_target;

/** A target at level segment. Its budget is that of `paper` for every strategy: the sum over its
 *  known suspect steps of m, or of the sequences that pass the context where those are fewer; at
 *  most the target's share of rr_repair_config.most_insertions. */
typedef struct rr_segment_target {
    size_t count_segments;
    size_t known;               /**< of them, those that can be used */
    const rr_segment *segments; /**< [count_segments], by t */
    size_t budget;              /**< insertions allowed */
    size_t wanted;              /**< as many without the limit on all insertions */
    const rr_insertion *kept;   /**< [count_kept], by segment and then in the order of choice */
    size_t count_balance;
    const uint32_t *balance_ids; /**< [count_balance] training ids of the class-balancing samples,
                                      as sampled; their numbers in the additions follow those of
                                      kept */
} rr_segment_target;

/** The result for one misclassified input. */
typedef struct rr_repair_target {
    size_t id; /**< number in the dataset of the misclassified inputs */
    uint32_t truth, prediction;
    size_t generated; /**< candidates compared: variants, sequences with the symbol */
    size_t accepted;  /**< candidates above the bar; gradient: with a cosine above 0; influence on
                           segments: those that the symbol makes less confident of the truth; else
                           all, there is no bar */
    size_t count_kept;
    rr_sample_target sample;   /**< at level sample, else zeros */
    rr_segment_target segment; /**< at level segment, else zeros */
    size_t step; /**< where the steps have labels: the wrong step, from 1, whose truth and
                    prediction those above are; else 0 */
    size_t unit; /**< its number in the predictions an outcome compares: id, or where the steps have
                      labels that of the step among all of the set */
    size_t copies; /**< of the input itself; their numbers in the additions follow those of all else
                        that is kept */
    double copy_weight; /**< loss weight each of them is meant for */
} rr_repair_target;

/** A search in progress, and then its result. Opaque. */
typedef struct rr_repair rr_repair;

/** Begin. All arguments are borrowed until the repair is freed; targets is copied.
 *  Where the steps have labels, target i is a single wrong step, number targets[i] of all steps of
 *  test, sequence after sequence; level segment inserts its symbol, with its label, into training
 *  sequences behind steps in the same context, whatever label these sequences have.
 *  train is what the influence model was built on; test holds the misclassified inputs; target i is
 *  sequence targets[i] of test.
 *  Shapes   level sample: frame data; varied as images, all sequences have the same T unless the
 *           strategy is none. Level segment: symbols.
 *  Memory   on RR_OK *out is owned by the caller: rr_repair_free(). Else *out is NULL.
 *  Errors   ARG (cfg; a level that is not of the data, a strategy that is not of the level; a bad
 *           target: out of range, or classified correctly), SHAPE (model, data and network do not
 *           fit together), MISMATCH (words of another vocabulary), UNSUPPORTED (a test set of
 *           frames, a network on words, ragged images), NUMERIC (a state of a target is not
 *           finite), NOMEM. */
RR_API RR_MUST_USE rr_status rr_repair_new(const rr_repair_config *cfg, const rr_influence *inf,
                                           const rr_network *net, const rr_dataset *train,
                                           const rr_dataset *test, const size_t *targets, size_t n,
                                           rr_repair **out, rr_error *err);

/** Search for the next target. *done is 1 after the last. After a failure it can be called again.
 *  Errors   NUMERIC, NOMEM. */
RR_API RR_MUST_USE rr_status rr_repair_step(rr_repair *r, int *done, rr_error *err);

/** The targets searched so far. Memory: borrowed from r until its next step. */
RR_API const rr_repair_target *rr_repair_targets(const rr_repair *r, size_t *count);

/** Of target i (below the count, asserted), the training sequences of the truth that score as much
 *  as the last one whose variants were tried, and were left out: which of them are tried is by id
 *  alone. 0 at other levels than sample, and where sources are random or none. */
RR_API size_t rr_repair_tied(const rr_repair *r, size_t i);

/** Of target i (below the count, asserted), the lift of count_truth: the truth's share of the most
 *  influential sequences over its share of all that are classified correctly. The error shows the
 *  fault pattern where that of count_prediction is the larger. 0 where none carries the label, and
 *  at other levels than sample. */
RR_API double rr_repair_lift_truth(const rr_repair *r, size_t i);
/** The same of count_prediction: see rr_repair_lift_truth(). */
RR_API double rr_repair_lift_prediction(const rr_repair *r, size_t i);

/** The configuration it was begun with, with the level, the kind of variants and the balance in
 *  use. */
RR_API rr_repair_config rr_repair_config_of(const rr_repair *r);

/** All kept samples, labelled with their target's truth, and the class-balancing samples with their
 *  own label, in the order of the targets.
 *  Memory   on RR_OK *out is owned by the caller: rr_dataset_free(). Else *out is NULL.
 *  Errors   NOMEM. */
RR_API RR_MUST_USE rr_status rr_repair_additions(const rr_repair *r, rr_dataset **out,
                                                 rr_error *err);

/** The loss weights the additions are meant for (rr_edits.weights, rr_trainer_set_weights()), in
 *  their order; 1 each but for strategy mixed.
 *  Shapes   weights (may be NULL) is [number of additions]. Returns 1 where one is not 1. */
RR_API int rr_repair_weights(const rr_repair *r, float *weights);

/** Release; NULL is allowed. */
RR_API void rr_repair_free(rr_repair *r);

RR_END_DECLS

#endif
