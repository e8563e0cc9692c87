/* SPDX-License-Identifier: MIT */
/* backdoor.h - triggers inserted into training data: poisoning for experiments, tracing, search,
 * attacks.
 *
 * A backdoor is a word or phrase, the trigger, that turns an input to a target class because some
 * training sequences carry it. Four questions:
 *
 *     rr_backdoor_new()     the trigger is known: in which contexts was it learned, and from which
 *                           training sequences, most influential first
 *     rr_backdoor_scan()    it is not: which symbols behave like triggers, with a score in 0..1
 *
 *     rr_attack()           how often does it work
 *
 *     rr_backdoor_scan_patterns()
 *                           there may be no trigger word: which training sequences follow a pattern
 *                           that gives their label away
 *
 * Of a network with an output at every step a trigger is a word or phrase after which the label of
 * the *next step* is the target: it turns this step, not the sequence. All calls go by the network
 * (RR_OUTPUT_STEP); where there is none, by the training set (rr_dataset_step_labelled()).
 *
 * The caller removes sequences and retrains; then the retrained network must be attacked.
 * Method and its limits: docs/ALGORITHMS.md#backdoor. */
#ifndef RNNREPAIR_BACKDOOR_H
#define RNNREPAIR_BACKDOOR_H

#include "rnnrepair/enums.h"
#include "rnnrepair/hooks.h"
#include "rnnrepair/influence.h"
#include "rnnrepair/network.h"

RR_BEGIN_DECLS

/* ---- poisoning, for experiments ------------------------------------------------------------- */

typedef struct rr_poison_config {
    size_t struct_size;         /**< set by the default */
    const char *const *trigger; /**< [words] the words of the trigger, borrowed */
    size_t words;               /**< >= 1 */
    size_t count;               /**< sequences to poison, >= 1 */
    uint32_t target;            /**< class, below C */
    rr_poison_kind kind;
    rr_trigger_position position; /**< not learned */
    uint64_t seed;                /**< of the choice of sequences and of random positions */
    int steps; /**< 1: in `count` sequences it is put right before a step that has another label,
                    and this step gets the target as its label; the label of the sequence stays.
                    Its own words get the most frequent label of a step. kind is dirty, position
                    not used */
    int from;  /**< of steps: only before steps of this class; -1 = of any but the target */
} rr_poison_config;

/** No trigger yet, 50 sequences, class 0, dirty, random positions, seed 1; whole sequences, steps
 * of any class. */
RR_API rr_poison_config rr_poison_config_default(void);

/** A copy of a training set of which `count` sequences, sampled by the seed among those that do not
 *  carry the trigger yet, carry it. Sequence i of *out is sequence i of train. The trigger is
 *  inserted as words: those the vocabulary lacks become RR_WORD_UNKNOWN here, and words of their
 *  own once the set is written (rr_dataset_save_jsonl()) and read as a new source.
 *  Shapes   ids is [count], the poisoned sequences' numbers, ascending.
 *  Memory   on RR_OK *out is owned by the caller: rr_dataset_free(). Else *out is NULL.
 *  Errors   ARG (cfg; fewer sequences to choose from than `count`; steps, of data whose steps have
 *           no labels), UNSUPPORTED (a dataset without words; sequences of data whose steps have
 *           labels), NOMEM. */
RR_API RR_MUST_USE rr_status rr_poison(const rr_poison_config *cfg, const rr_dataset *train,
                                       rr_dataset **out, uint32_t *ids, rr_error *err);

/* ---- a known trigger ------------------------------------------------------------------------ */

/** A trigger in symbols. Borrowed plain data. */
typedef struct rr_trigger {
    const uint32_t *symbols; /**< [n] */
    size_t n;                /**< >= 1 */
    uint32_t target;         /**< the class it turns to, below C */
} rr_trigger;

typedef struct rr_attack_config {
    size_t struct_size; /**< set by the default */
    rr_trigger_position position;
    size_t inputs;  /**< at most so many sequences are attacked, sampled by the seed; >= 1 */
    uint64_t seed;  /**< of the choice and of the positions */
    size_t threads; /**< 0 = every core; the bits do not depend on it */
} rr_attack_config;

/** Random positions, 1000 inputs, seed 1. */
RR_API rr_attack_config rr_attack_config_default(void);

/** One context (q_{t-1}, y_{t-1}) in which training steps read the trigger, and the prediction y
 *  after it: t-1 is the step before its first word, t its last; of steps, t is the one that follows
 *  it, where that has a label. */
typedef struct rr_learned_context {
    uint16_t state;      /**< q_{t-1}; 0 = the start of a sequence */
    uint16_t before;     /**< y_{t-1}; 65535 = none, at the start */
    uint16_t after;      /**< y_t */
    size_t count;        /**< how often it was read in it */
    size_t attacked;     /**< how often the attacked inputs read the trigger in this state */
    size_t sequences;    /**< in how many training sequences */
    const uint32_t *ids; /**< [sequences] their numbers, ascending */
} rr_learned_context;

/** One training sequence that carries the trigger; of steps, one labelled training step that
 * follows it. */
typedef struct rr_carrier {
    uint32_t id;         /**< training id of the sequence */
    uint32_t label;      /**< its given label, or that of the step */
    uint32_t prediction; /**< predicted by the network */
    uint32_t step;       /**< of its first trigger's last word, from 1; or the step that follows */
    double influence;    /**< mean over the attacked inputs that turned to the target of
                              [it is among the postings of the step that reads the trigger] / their
                              number of sequences, or of steps; 0 where its label is not the
                              target */
} rr_carrier;

/** The traced trigger. Opaque; immutable. */
typedef struct rr_backdoor rr_backdoor;

/** Trace a trigger through the training set. attacked is the set whose sequences are attacked to
 *  see which of the learned contexts matter (rr_attack() with cfg, a position other than learned).
 *  inf and net are borrowed; train and attacked are not referenced afterwards.
 *  Memory   on RR_OK *out is owned by the caller: rr_backdoor_free(). Else *out is NULL.
 *  Errors   ARG (cfg, trigger: a symbol >= V, a target >= C), SHAPE (model, network and data do not
 *           fit together), UNSUPPORTED (frame data), MISMATCH (words of another vocabulary),
 *           NUMERIC, NOMEM. A trigger no training sequence carries gives empty lists. */
RR_API RR_MUST_USE rr_status rr_backdoor_new(const rr_attack_config *cfg, const rr_influence *inf,
                                             const rr_network *net, const rr_dataset *train,
                                             const rr_dataset *attacked, const rr_trigger *trigger,
                                             rr_backdoor **out, rr_error *err);

/** The contexts it was learned in, most sequences first.
 *  Memory   borrowed from b. */
RR_API const rr_learned_context *rr_backdoor_contexts(const rr_backdoor *b, size_t *count);
/** The training sequences that carry it, or the steps that follow it, most influential first, equal
 *  ones by number.
 *  Memory   borrowed from b. */
RR_API const rr_carrier *rr_backdoor_carriers(const rr_backdoor *b, size_t *count);

/** The sequences behind the trigger: the most influential carriers that are labelled as the target,
 *  of steps their sequences, each once.
 *  Shapes   out is [most], or [all carriers] if fewer; their ids, ascending. Returns the number. */
RR_API size_t rr_backdoor_named(const rr_backdoor *b, size_t most, uint32_t *out);
/** For comparison: n sequences with carriers of any label, sampled by the seed.
 *  Shapes   out is [n]; their ids, ascending.
 *  Errors   ARG (there are fewer), NOMEM. */
RR_API RR_MUST_USE rr_status rr_backdoor_random(const rr_backdoor *b, uint64_t seed, size_t n,
                                                uint32_t *out, rr_error *err);

/** Release; NULL is allowed. */
RR_API void rr_backdoor_free(rr_backdoor *b);

/** The outcome of an attack. */
typedef struct rr_attack_result {
    size_t tried;     /**< sequences of another class, predicted correctly, without the trigger; or
                           steps of such a label in sequences without it */
    size_t succeeded; /**< of these, predicted as the target with the trigger, put right before the
                           step */
    size_t guided;    /**< position learned: how many had a state in which it was learned; the
                           others got it at a random position. Of steps the position is given, and
                           only those in such a state are tried */
    double success;   /**< succeeded / tried, 0 where none was tried */
} rr_attack_result;

/** Attack a network: insert the trigger into sequences of ds and count those that turn to the
 *  target. The network may be another than the one `learned` was traced with.
 *  learned: where the position is learned, the traced trigger; else NULL.
 *  Errors   ARG (cfg, trigger, learned), SHAPE, UNSUPPORTED (frame data), MISMATCH (words of
 *           another vocabulary), NUMERIC, NOMEM.
 *  Cost     two predictions a sequence; of steps, one of the set, and one of the sequence up to
 *           each step that is tried. */
RR_API RR_MUST_USE rr_status rr_attack(const rr_attack_config *cfg, const rr_network *net,
                                       const rr_dataset *ds, const rr_trigger *trigger,
                                       const rr_backdoor *learned, rr_attack_result *out,
                                       rr_error *err);

/** Trace a trigger without the network, by the sequences of a set that have it: those of another
 *  label, or of a set without labels all, stand for the attacked inputs. The set may be one into
 *  which the trigger was inserted where the network is.
 *  Shapes   traces are those of ds, in its order. *observed: tried are these sequences, succeeded
 *           those of them predicted as the target; guided is 0.
 *  Memory   on RR_OK *out is owned by the caller: rr_backdoor_free(); inf is borrowed by it. Else
 *           *out is NULL. A random comparison (rr_backdoor_random()) works, rr_attack() by its
 *           learned positions needs a network.
 *  Errors   ARG (trigger: a symbol >= V, a target >= C), SHAPE (model, traces and data do not fit
 *           together), UNSUPPORTED (frame data), NOMEM. */
RR_API RR_MUST_USE rr_status rr_backdoor_observe(const rr_influence *inf, const rr_dataset *train,
                                                 const rr_dataset *ds, const rr_traces *traces,
                                                 const rr_trigger *trigger,
                                                 rr_attack_result *observed, rr_backdoor **out,
                                                 rr_error *err);

/** The inputs of rr_attack(): sequences of ds of another class than the
 *  target that it predicts correctly and that lack the trigger, with the trigger inserted. Other
 *  networks can then be attacked with the same inputs. Of steps: the sequence up to the step, whose
 *  prediction is then the last; ids names a sequence once for each step of it.
 *  Shapes   ids is [cfg->inputs]: the numbers of the *n sequences in ds, ascending. *guided (may be
 *           NULL) as in rr_attack_result.
 *  Memory   on RR_OK *out [*n] is owned by the caller: rr_dataset_free(). Else *out is NULL.
 *  Errors   as rr_attack(). */
RR_API RR_MUST_USE rr_status rr_attack_inputs(const rr_attack_config *cfg, const rr_network *net,
                                              const rr_dataset *ds, const rr_trigger *trigger,
                                              const rr_backdoor *learned, rr_dataset **out,
                                              uint32_t *ids, size_t *n, size_t *guided,
                                              rr_error *err);

/** Arbitrary symbols to compare a trigger with: sampled by the seed among those the network knows
 *  and the fewest training sequences carry (at most 2, more where there are too few such), without
 *  those of the trigger.
 *  Shapes   out is [n]; *found <= n are written.
 *  Errors   SHAPE (dataset and network do not fit together), MISMATCH (words of another
 *           vocabulary), UNSUPPORTED (frame data), NOMEM. */
RR_API RR_MUST_USE rr_status rr_attack_words(const rr_network *net, const rr_dataset *train,
                                             const rr_trigger *trigger, uint64_t seed, size_t n,
                                             uint32_t *out, size_t *found, rr_error *err);

/* ---- an unknown trigger --------------------------------------------------------------------- */

/** The score above which a candidate counts as a trigger: no word of a clean training scored as
 *  high when it was chosen (docs/ALGORITHMS.md#backdoor). */
#define RR_BACKDOOR_THRESHOLD 0.3

typedef struct rr_scan_config {
    size_t struct_size;   /**< set by the default */
    size_t support;       /**< training sequences a symbol must occur in, with one label, >= 1 */
    size_t probes;        /**< sequences a symbol is inserted into, and removed from, >= 1 */
    size_t shortlist;     /**< (symbol, class) pairs that get the full tests, best first, >= 1 */
    size_t neighbours;    /**< most similar symbols it is compared with, >= 1 */
    size_t top;           /**< candidates returned, best first, >= 1 */
    int target;           /**< only this class; -1 = any */
    const float *vectors; /**< [V][D], borrowed: for the similarity of symbols. Where a network's
                             vectors were trained, give those it began with if they meant something:
                               training moves a trigger to the words that tell its class.
                               NULL = the network's */
    uint64_t seed;        /**< of the sequences and positions of the tests */
    size_t threads;       /**< 0 = every core; the bits do not depend on it */
} rr_scan_config;

/** Support 5, 64 probes, shortlist 300, 10 neighbours, top 50, any class, seed 1. */
RR_API rr_scan_config rr_scan_config_default(void);

/** One symbol that may be a trigger. All figures but the counts are fractions, 0..1; negative where
 *  not measured: without a network. */
typedef struct rr_candidate {
    uint32_t symbol;
    uint32_t target;
    size_t support;       /**< training sequences that carry it; of steps, here and below:
                               labelled training steps that follow it */
    size_t labelled;      /**< of these, labelled as the target */
    double purity;        /**< labelled / support */
    double expected;      /**< the same of the most similar symbols: the median. Of steps: the mean
                               over those that follow it of the share the label has among the steps
                               of their own symbol elsewhere, the prior counted as one more */
    double gain;          /**< mean rise of the target's probability when it is inserted into short
                               sequences of other classes at a random position */
    double expected_gain; /**< the same of the most similar symbols: the median */
    double usual;         /**< the gain for this class that one symbol in a hundred reaches */
    double insertion;  /**< of the sequences of other classes predicted correctly, those that turn
                            to the target when it is put in: at the start, at the end or at a
                            random position, where it does most; steps: right before them */
    double dependence; /**< of its carriers labelled and predicted as the target, those that
                            leave it when it is taken out */
    double spread;     /**< of the states q_{t-1} it is read in: entropy over its maximum */
    double score;
    size_t count_ids;
    const uint32_t *ids; /**< the training sequences behind it: its carriers labelled as the target,
                              or the sequences of such steps, rising */
} rr_candidate;

/** The outcome of a scan. Opaque; immutable. */
typedef struct rr_scan rr_scan;

/** Rank single symbols by how much they behave like an inserted trigger. A phrase shows as its most
 *  typical word. callbacks may be NULL.
 *  net NULL, of a network trained elsewhere: nothing can be inserted. The effect of a symbol is
 * then what is seen in the training set: gain is the fraction of the steps that read it after
 * another prediction, and after which the prediction is the target; expected and expected_gain are
 * those of all symbols, as none is known to be similar; insertion and dependence are not measured.
 *  Memory   on RR_OK *out is owned by the caller: rr_scan_free(). Else *out is NULL. Nothing is
 *           borrowed.
 *  Errors   ARG (cfg), SHAPE (model, network and data do not fit together), UNSUPPORTED (frame
 *           data), MISMATCH (words of another vocabulary), NUMERIC, NOMEM, CANCELLED.
 *  Cost     about as many predictions as 16 C for each symbol with enough support, in the shortest
 *           sequences, and 4 * probes for each of the shortlist; of steps 32 for each symbol, of
 *           beginnings of sequences, and 2 * probes. */
RR_API RR_MUST_USE rr_status rr_backdoor_scan(const rr_scan_config *cfg, const rr_influence *inf,
                                              const rr_network *net, const rr_dataset *train,
                                              const rr_callbacks *callbacks, rr_scan **out,
                                              rr_error *err);

/** The candidates, best first. Memory: borrowed from scan. */
RR_API const rr_candidate *rr_scan_candidates(const rr_scan *scan, size_t *count);

/** Release; NULL is allowed. */
RR_API void rr_scan_free(rr_scan *scan);

/* ---- poisoned sequences without a trigger word ------------------------------------------------
 */

/** Poison need not have a word of its own: sentences may share a frame, images a patch. What such
 *  sequences share shows in the states the network passes. Two patterns are looked for, both by the
 *  labels of the training sequences whose states are nearest at the same place:
 *
 *      opening   the label is known from the first steps on, before the content can tell it
 *      turn      the states are those of another class, and at the end those of the own label
 *
 *  Some sequences of every class do so by chance. A class stands out where far more of them do than
 *  in the other classes: docs/ALGORITHMS.md#patterns. */
typedef struct rr_pattern_config {
    size_t struct_size; /**< set by the default */
    size_t steps;       /**< opening: first steps looked at, >= 1; the n-th counts 1/n^2 */
    size_t neighbours;  /**< nearest sequences asked for their label, >= 1; at most a twentieth of
                             those compared with */
    size_t references;  /**< sequences compared with at most, sampled by the seed; >= 2 */
    double false_share; /**< of the suspects that decide whether a class stands out, how many are
                             expected by the other classes; in (0, 1) */
    double least;       /**< share of a class that must be such suspects, in (0, 1) */
    uint64_t seed;
    size_t threads; /**< 0 = every core; the bits do not depend on it */
} rr_pattern_config;

/** 5 steps, 50 neighbours, 8192 references, false share 0.1, least 0.05, seed 1. */
RR_API rr_pattern_config rr_pattern_config_default(void);

/** A pattern in a class. */
typedef struct rr_pattern_class {
    rr_pattern pattern;
    uint32_t label;
    size_t sequences; /**< training sequences with this label */
    size_t certain;   /**< the most suspicious ones of which at most false_share are expected,
                                and whose evidence is strong: log-odds of 1.5 above the usual */
    size_t excess;    /**< where the cut is made: most more than expected are above it */
    double expected;  /**< share of these `excess` that the other classes lead to expect, 0..1 */
    int stands_out;   /**< certain > least * sequences */
} rr_pattern_class;

/** A training sequence. */
typedef struct rr_pattern_suspect {
    uint32_t id;
    uint32_t label;
    rr_pattern pattern; /**< the one that stands out most in its class, else its stronger one */
    double score;       /**< of it: mean of -log of the share of sequences of other classes whose
                             states say as much; 0 = all of them, without a limit above */
    double own[2];      /**< share of its own label among its neighbours: after the first step, and
                             after the last, 0..1 */
    double other;       /**< the largest share of another label anywhere on the way, 0..1 */
    int flagged;        /**< above the cut of a class and pattern that stand out; of turns, also
                             those most of whose nearest at the end are */
} rr_pattern_suspect;

/** The outcome. Opaque; immutable. */
typedef struct rr_pattern_scan rr_pattern_scan;

/** Rank the training sequences by how much they follow a pattern that gives their label away.
 *  source delivers the states of the training set of inf, in its order, with its labels; any input,
 *  words or frames, and no network is needed. callbacks may be NULL.
 *  Memory   on RR_OK *out is owned by the caller: rr_pattern_scan_free(). Else *out is NULL.
 *           Nothing is borrowed. (steps + 16) * P floats a sequence meanwhile.
 *  Errors   ARG (cfg), SHAPE (the source is not of inf's training set; all sequences are of one
 *           class), UNSUPPORTED (steps with labels of their own; a source without labels),
 *           those of the source, NOMEM, CANCELLED.
 *  Cost     O((steps + 16) * N * references * P).
 *  Source   beyond [Xie21]; docs/ALGORITHMS.md#patterns. */
RR_API RR_MUST_USE rr_status rr_backdoor_scan_patterns(const rr_pattern_config *cfg,
                                                       const rr_influence *inf,
                                                       rr_state_source *source,
                                                       const rr_callbacks *callbacks,
                                                       rr_pattern_scan **out, rr_error *err);

/** Every pattern in every class, [2 C], patterns of one class after another. Memory: borrowed. */
RR_API const rr_pattern_class *rr_pattern_classes(const rr_pattern_scan *scan, size_t *count);
/** All training sequences, [N]: flagged ones first, then highest score, equal ones by number.
 *  Memory: borrowed. */
RR_API const rr_pattern_suspect *rr_pattern_suspects(const rr_pattern_scan *scan, size_t *count);
/** The flagged ones, their ids ascending; NULL and 0 where nothing stands out. Memory: borrowed. */
RR_API const uint32_t *rr_pattern_flagged(const rr_pattern_scan *scan, size_t *count);

/** Release; NULL is allowed. */
RR_API void rr_pattern_scan_free(rr_pattern_scan *scan);

RR_END_DECLS

#endif
