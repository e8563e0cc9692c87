/* SPDX-License-Identifier: MIT */
/* enums.h - every enumeration of the interface, and the words by which its values are known in
 * command lines and files.
 *
 * One list an enumeration, X(constant, value, word), feeds the type and the table of words. Values
 * and words are frozen once released; new ones go at the end. */
#ifndef RNNREPAIR_ENUMS_H
#define RNNREPAIR_ENUMS_H

#include "rnnrepair/status.h"

RR_BEGIN_DECLS

#define RR_ENUM_VALUE(constant, value, word) constant = value,

/** The parts of a dataset. */
#define RR_SPLIT_LIST(X)                                                                           \
    X(RR_SPLIT_TRAIN, 0, "train")                                                                  \
    X(RR_SPLIT_DEV, 1, "dev")                                                                      \
    X(RR_SPLIT_TEST, 2, "test")
typedef enum rr_split { RR_SPLIT_LIST(RR_ENUM_VALUE) } rr_split;

/** How the columns of frames are scaled, by numbers of the train split. */
#define RR_SCALE_LIST(X)                                                                           \
    X(RR_SCALE_NONE, 0, "none")         /**< as the source has them */                             \
    X(RR_SCALE_STANDARD, 1, "standard") /**< to mean 0 and standard deviation 1 */                 \
    X(RR_SCALE_MINMAX, 2, "minmax")     /**< to the range 0..1 */
typedef enum rr_scale { RR_SCALE_LIST(RR_ENUM_VALUE) } rr_scale;

/** What a recurrent layer computes. */
#define RR_CELL_LIST(X)                                                                            \
    X(RR_CELL_LSTM, 0, "lstm")                                                                     \
    X(RR_CELL_GRU, 1, "gru")                                                                       \
    X(RR_CELL_TANH, 2, "tanh") /**< Elman, h = tanh(...) */                                        \
    X(RR_CELL_RELU, 3, "relu") /**< Elman, h = max(0, ...) */
typedef enum rr_cell { RR_CELL_LIST(RR_ENUM_VALUE) } rr_cell;

/** Where the vectors of symbols come from. */
#define RR_EMBEDDING_LIST(X)                                                                       \
    X(RR_EMBEDDING_FROZEN, 0, "frozen")   /**< given, not trained */                               \
    X(RR_EMBEDDING_TRAINED, 1, "trained") /**< random or given, and trained with the rest */
typedef enum rr_embedding { RR_EMBEDDING_LIST(RR_ENUM_VALUE) } rr_embedding;

/** The output layer. */
#define RR_HEAD_LIST(X)                                                                            \
    X(RR_HEAD_SOFTMAX, 0, "softmax")   /**< a logit a class */                                     \
    X(RR_HEAD_LOGISTIC, 1, "logistic") /**< one logit, class 1 against 0; C is 2 */
typedef enum rr_head { RR_HEAD_LIST(RR_ENUM_VALUE) } rr_head;

/** The label of a step that has none: it is not trained on, and counts neither as right nor as
 *  wrong. */
#define RR_NO_LABEL UINT32_MAX

/** The steps a network answers for, and is trained on. */
#define RR_OUTPUT_LIST(X)                                                                          \
    X(RR_OUTPUT_LAST, 0, "last") /**< the sequence, after its last step */                         \
    X(RR_OUTPUT_STEP, 1, "step") /**< every step has a label of its own */
typedef enum rr_output { RR_OUTPUT_LIST(RR_ENUM_VALUE) } rr_output;

/** What the states of a network trained elsewhere are (states.h). */
#define RR_STATES_KIND_LIST(X)                                                                     \
    X(RR_STATES_ONE_PASS, 0, "one-pass")   /**< h_t and the output layer on it: functions of       \
                                                x_1..x_t */                                        \
    X(RR_STATES_POOLED, 1, "pooled")       /**< what the output layer is given when the steps up   \
                                                to t are pooled */                                 \
    X(RR_STATES_PREFIX, 2, "prefix")       /**< from running the model again on x_1..x_t */        \
    X(RR_STATES_TWO_SIDED, 3, "two-sided") /**< with the whole sequence known */                   \
    X(RR_STATES_PARTIAL, 4, "partial")     /**< of a part of the model; never an output of it */
typedef enum rr_states_kind { RR_STATES_KIND_LIST(RR_ENUM_VALUE) } rr_states_kind;

/** In what a sequence is unlike the training set (novelty.h). */
#define RR_NOVELTY_PART_LIST(X)                                                                    \
    X(RR_NOVELTY_INPUT, 0, "input") /**< frames, by their distance to the codebook */              \
    X(RR_NOVELTY_STATE, 1, "state") /**< hidden states, by the mixture; not of symbol data */      \
    X(RR_NOVELTY_STEP, 2, "step")   /**< inputs, by the states in which they are read */           \
    X(RR_NOVELTY_LAST, 3, "last")   /**< the last of them */
typedef enum rr_novelty_part { RR_NOVELTY_PART_LIST(RR_ENUM_VALUE) } rr_novelty_part;

/** How a span of steps is compared with those of the training set (influence.h). */
#define RR_SPAN_MEASURE_LIST(X)                                                                    \
    X(RR_SPAN_VOTES, 0, "votes")   /**< its steps' keys vote, rare ones with more weight */        \
    X(RR_SPAN_COSINE, 1, "cosine") /**< of the weighted numbers of keys: both lengths count */     \
    X(RR_SPAN_LP, 2, "lp")         /**< 1 - distance of the two pieces of trace */
typedef enum rr_span_measure { RR_SPAN_MEASURE_LIST(RR_ENUM_VALUE) } rr_span_measure;

/** The update rule of training. */
#define RR_OPTIMIZER_LIST(X)                                                                       \
    X(RR_OPT_SGD, 0, "sgd")                                                                        \
    X(RR_OPT_RMSPROP, 1, "rmsprop")                                                                \
    X(RR_OPT_ADAM, 2, "adam")
typedef enum rr_optimizer { RR_OPTIMIZER_LIST(RR_ENUM_VALUE) } rr_optimizer;

/** The order of the sequences of an epoch. */
#define RR_ORDER_LIST(X)                                                                           \
    X(RR_ORDER_SHUFFLE, 0, "shuffle") /**< a new seeded permutation each epoch */                  \
    X(RR_ORDER_FILE, 1, "file")       /**< that of the dataset, every epoch */
typedef enum rr_order { RR_ORDER_LIST(RR_ENUM_VALUE) } rr_order;

/** Which epoch's weights a training keeps. */
#define RR_KEEP_LIST(X)                                                                            \
    X(RR_KEEP_LAST, 0, "last")                                                                     \
    X(RR_KEEP_BEST, 1, "best") /**< most accurate on dev, which the data must have */
typedef enum rr_keep { RR_KEEP_LIST(RR_ENUM_VALUE) } rr_keep;

/** What a retraining starts from. */
#define RR_RETRAIN_LIST(X)                                                                         \
    X(RR_RETRAIN_SCRATCH, 0, "scratch")                                                            \
    X(RR_RETRAIN_CONTINUE, 1, "continue") /**< the weights of the run */
typedef enum rr_retrain { RR_RETRAIN_LIST(RR_ENUM_VALUE) } rr_retrain;

/** Settings of the paper's experiments. */
#define RR_RECIPE_LIST(X)                                                                          \
    X(RR_RECIPE_NONE, 0, "none")                                                                   \
    X(RR_RECIPE_PAPER_MNIST, 1, "paper-mnist")                                                     \
    X(RR_RECIPE_PAPER_SST, 2, "paper-sst")                                                         \
    X(RR_RECIPE_PAPER_TOXIC, 3, "paper-toxic")
typedef enum rr_recipe { RR_RECIPE_LIST(RR_ENUM_VALUE) } rr_recipe;

/** How each mixture of a search for K begins. */
#define RR_SEARCH_LIST(X)                                                                          \
    X(RR_SEARCH_SPLIT, 0, "split")     /**< from the last, its least stable state split */         \
    X(RR_SEARCH_RESTART, 1, "restart") /**< from k-means++, as the paper does */
typedef enum rr_search { RR_SEARCH_LIST(RR_ENUM_VALUE) } rr_search;

/** Why there are as many abstract states as there are. */
#define RR_CHOICE_LIST(X)                                                                          \
    X(RR_CHOICE_GIVEN, 0, "given")     /**< their number was given */                              \
    X(RR_CHOICE_REACHED, 1, "reached") /**< what was to be reached is */                           \
    X(RR_CHOICE_LEAST, 2, "least")     /**< it is, and fewer were not allowed */                   \
    X(RR_CHOICE_MOST, 3, "most")       /**< it is not, and more were not allowed */                \
    X(RR_CHOICE_SPLIT, 4, "unsplit")   /**< it is not, and no state can be split */
typedef enum rr_choice_end { RR_CHOICE_LIST(RR_ENUM_VALUE) } rr_choice_end;

/** The phases of building an influence model. */
#define RR_BUILD_PHASE_LIST(X)                                                                     \
    X(RR_BUILD_TRACE, 0, "trace")     /**< first pass: covariance, frame sample */                 \
    X(RR_BUILD_PROJECT, 1, "project") /**< second: projection, labels, symbols */                  \
    X(RR_BUILD_CLUSTER, 2, "cluster") /**< mixtures, one K a step */                               \
    X(RR_BUILD_INDEX, 3, "index")     /**< postings */                                             \
    X(RR_BUILD_DONE, 4, "done")
typedef enum rr_build_phase { RR_BUILD_PHASE_LIST(RR_ENUM_VALUE) } rr_build_phase;

/** What two steps must have in common to match. */
#define RR_KEY_LIST(X)                                                                             \
    X(RR_KEY_STATE_SYMBOL, 0, "state-symbol") /**< (q_{t-1}, x_t): the paper's */                  \
    X(RR_KEY_TRANSITION, 1, "transition")     /**< (q_{t-1}, y_{t-1}, y_t, q_t): any input */      \
    X(RR_KEY_FULL, 2, "full")                 /**< (q_{t-1}, y_{t-1}, x_t, y_t, q_t): symbols */
typedef enum rr_key { RR_KEY_LIST(RR_ENUM_VALUE) } rr_key;

/** How alike two traces are. */
#define RR_MEASURE_LIST(X)                                                                         \
    X(RR_MEASURE_LP, 0, "lp")                   /**< 1 - p-norm distance of temporal features */   \
    X(RR_MEASURE_VOTES, 1, "votes")             /**< fraction of steps whose key B has */          \
    X(RR_MEASURE_JACCARD, 2, "jaccard")         /**< |A and B| / |A or B| on the sets of keys */   \
    X(RR_MEASURE_CONTAINMENT, 3, "containment") /**< |A and B| / |A|, by multiplicity */
typedef enum rr_measure { RR_MEASURE_LIST(RR_ENUM_VALUE) } rr_measure;

/** The rule by which a step of an error is suspect. */
#define RR_RULE_LIST(X)                                                                            \
    X(RR_RULE_RARE, 1, "rare")                                                                     \
    X(RR_RULE_FLIP, 2, "flip")                                                                     \
    X(RR_RULE_BOTH, 3, "both")
typedef enum rr_rule { RR_RULE_LIST(RR_ENUM_VALUE) } rr_rule;

/** The second derivatives of the loss. */
#define RR_CURVATURE_LIST(X)                                                                       \
    X(RR_CURVATURE_HESSIAN, 0, "hessian")           /**< all; negative away from a minimum */      \
    X(RR_CURVATURE_GAUSS_NEWTON, 1, "gauss-newton") /**< by the logits alone: never negative */
typedef enum rr_curvature { RR_CURVATURE_LIST(RR_ENUM_VALUE) } rr_curvature;

/** Influence by gradients, and its control. */
#define RR_ATTRIBUTION_METHOD_LIST(X)                                                              \
    X(RR_ATTRIBUTION_KOH_LIANG, 0, "koh-liang")                                                    \
    X(RR_ATTRIBUTION_SGD, 1, "sgd")                                                                \
    X(RR_ATTRIBUTION_TRACIN, 2, "tracin")                                                          \
    X(RR_ATTRIBUTION_RANDOM, 3, "random")                                                          \
    X(RR_ATTRIBUTION_REPLAY, 4, "replay") /**< through every step of the training, exactly */      \
    X(RR_ATTRIBUTION_OUTPUT_LAYER, 5, "output-layer") /**< by the output layer's gradients alone   \
                                                       */
typedef enum rr_attribution_method {
    RR_ATTRIBUTION_METHOD_LIST(RR_ENUM_VALUE)
} rr_attribution_method;

/** How the inverse Hessian is applied. */
#define RR_SOLVER_LIST(X)                                                                          \
    X(RR_SOLVER_CG, 0, "cg")                 /**< conjugate gradients, all sequences */            \
    X(RR_SOLVER_STOCHASTIC, 1, "stochastic") /**< s <- g + s - (H_batch + damping) s / scale */
typedef enum rr_solver { RR_SOLVER_LIST(RR_ENUM_VALUE) } rr_solver;

/** How the steps of errors vote for training sequences (audit.h). */
#define RR_WEIGHTING_LIST(X)                                                                       \
    X(RR_WEIGHTING_CONTRAST, 0, "contrast") /**< what errors pass more often, divided up */        \
    X(RR_WEIGHTING_PAPER, 1, "paper")       /**< one vote a step, as published */
typedef enum rr_weighting { RR_WEIGHTING_LIST(RR_ENUM_VALUE) } rr_weighting;

/** The suspicion an audit checks. */
#define RR_AUDIT_ABOUT_LIST(X)                                                                     \
    X(RR_AUDIT_ABOUT_LABELS, 0, "labels")         /**< its label is wrong */                       \
    X(RR_AUDIT_ABOUT_ERRORS, 1, "errors")         /**< it drives the errors of a split */          \
    X(RR_AUDIT_ABOUT_DUPLICATES, 2, "duplicates") /**< its input comes again: duplicates.h */
typedef enum rr_audit_about { RR_AUDIT_ABOUT_LIST(RR_ENUM_VALUE) } rr_audit_about;

/** What an audit ranks training sequences by. */
#define RR_AUDIT_METHOD_LIST(X)                                                                    \
    X(RR_AUDIT_COMBINED, 0, "combined") /**< support, self-confidence and neighbours */            \
    X(RR_AUDIT_INFLUENCE, 1, "influence")                                                          \
    X(RR_AUDIT_PAPER, 2, "paper")                                                                  \
    X(RR_AUDIT_KOH_LIANG, 3, "koh-liang")                                                          \
    X(RR_AUDIT_SGD, 4, "sgd")                                                                      \
    X(RR_AUDIT_TRACIN, 5, "tracin")                                                                \
    X(RR_AUDIT_SELF_CONFIDENCE, 6, "self-confidence")                                              \
    X(RR_AUDIT_RANDOM, 7, "random")                                                                \
    X(RR_AUDIT_REPLAY, 8, "replay")                                                                \
    X(RR_AUDIT_DYNAMICS, 9, "dynamics") /**< mean probability over the checkpoints */              \
    X(RR_AUDIT_OUTPUT_LAYER, 10, "output-layer")                                                   \
    X(RR_AUDIT_NEAREST, 11, "neighbours") /**< labels of the nearest training inputs */
typedef enum rr_audit_method { RR_AUDIT_METHOD_LIST(RR_ENUM_VALUE) } rr_audit_method;

/** The decision about a training sequence. */
#define RR_ACTION_LIST(X)                                                                          \
    X(RR_ACTION_KEEP, 0, "keep")                                                                   \
    X(RR_ACTION_RELABEL, 1, "relabel")                                                             \
    X(RR_ACTION_DROP, 2, "drop")
typedef enum rr_action { RR_ACTION_LIST(RR_ENUM_VALUE) } rr_action;

/** How new training samples are chosen. */
#define RR_STRATEGY_LIST(X)                                                                        \
    X(RR_STRATEGY_INFLUENCE, 0, "influence") /**< what influences x more than all of T_m */        \
    X(RR_STRATEGY_RANDOM, 1, "random")       /**< baseline: random sequences of the label */       \
    X(RR_STRATEGY_NONE, 2, "none")           /**< baseline: what retraining alone repairs */       \
    X(RR_STRATEGY_PAPER, 3, "paper")         /**< segments alone: as the authors choose */         \
    X(RR_STRATEGY_GRADIENT, 4, "gradient")   /**< samples alone: by a training step's effect */    \
    X(RR_STRATEGY_DIRECT, 5, "direct")       /**< baseline: the failing inputs themselves */       \
    X(RR_STRATEGY_MIXED, 6, "mixed")         /**< failing inputs, their variants and those of      \
                                                influential sequences, weighed together */         \
    X(RR_STRATEGY_SHIFT, 7, "shift")         /**< a control alone: one class's logit is shifted,   \
                                                and nothing is trained */
typedef enum rr_strategy { RR_STRATEGY_LIST(RR_ENUM_VALUE) } rr_strategy;

/** How whole inputs are varied. */
#define RR_VARIANTS_LIST(X)                                                                        \
    X(RR_VARIANTS_AUTO, 0, "auto")   /**< by the data: words, rr_dataset_is_image(), or series */  \
    X(RR_VARIANTS_IMAGE, 1, "image") /**< as images: turned, moved, sheared, scaled */             \
    X(RR_VARIANTS_SERIES, 2, "series") /**< as series: cut, warped in time, scaled, with noise */  \
    X(RR_VARIANTS_WORDS, 3, "words")   /**< as sentences: words left out or replaced */
typedef enum rr_variants { RR_VARIANTS_LIST(RR_ENUM_VALUE) } rr_variants;

/** What a repair works on. */
#define RR_LEVEL_LIST(X)                                                                           \
    X(RR_LEVEL_AUTO, 0, "auto") /**< segment for words, unless by strategy mixed; else sample */   \
    X(RR_LEVEL_SAMPLE, 1, "sample")   /**< whole inputs */                                         \
    X(RR_LEVEL_SEGMENT, 2, "segment") /**< single words */                                         \
    X(RR_LEVEL_OUTPUT, 3, "output")   /**< the output layer alone */
typedef enum rr_level { RR_LEVEL_LIST(RR_ENUM_VALUE) } rr_level;

/** What a sample that is added is made from a training sequence by. */
#define RR_ADDITION_LIST(X)                                                                        \
    X(RR_ADDITION_REPEAT, 0, "repeat")   /**< it is added once more */                             \
    X(RR_ADDITION_INSERT, 1, "insert")   /**< with a symbol of the target inserted */              \
    X(RR_ADDITION_BALANCE, 2, "balance") /**< once more, to keep the classes balanced */
typedef enum rr_addition_kind { RR_ADDITION_LIST(RR_ENUM_VALUE) } rr_addition_kind;

/** Where a trigger is put. */
#define RR_POSITION_LIST(X)                                                                        \
    X(RR_POSITION_START, 0, "start")     /**< before the first step */                             \
    X(RR_POSITION_END, 1, "end")         /**< after the last */                                    \
    X(RR_POSITION_RANDOM, 2, "random")   /**< anywhere, each as likely */                          \
    X(RR_POSITION_LEARNED, 3, "learned") /**< attacks alone: after a state it was learned in */
typedef enum rr_trigger_position { RR_POSITION_LIST(RR_ENUM_VALUE) } rr_trigger_position;

/** Which sequences are poisoned. */
#define RR_POISON_KIND_LIST(X)                                                                     \
    X(RR_POISON_CLEAN, 0, "clean") /**< the target class, labels untouched */                      \
    X(RR_POISON_DIRTY, 1, "dirty") /**< other classes, labelled as the target */
typedef enum rr_poison_kind { RR_POISON_KIND_LIST(RR_ENUM_VALUE) } rr_poison_kind;

/** By what a training sequence gives its label away (backdoor.h). */
#define RR_PATTERN_LIST(X)                                                                         \
    X(RR_PATTERN_OPENING, 0, "opening") /**< its first states tell the label */                    \
    X(RR_PATTERN_TURN, 1, "turn")       /**< its states are another class's until late */
typedef enum rr_pattern { RR_PATTERN_LIST(RR_ENUM_VALUE) } rr_pattern;

/** What a scan for a backdoor ranks. */
#define RR_BACKDOOR_SCAN_LIST(X)                                                                   \
    X(RR_BACKDOOR_SCAN_WORDS, 0, "words")   /**< words that behave like a trigger */               \
    X(RR_BACKDOOR_SCAN_TRACES, 1, "traces") /**< training sequences, by their states */
typedef enum rr_backdoor_scan_kind { RR_BACKDOOR_SCAN_LIST(RR_ENUM_VALUE) } rr_backdoor_scan_kind;

/** What follows from a finding about an influence model. */
#define RR_TRUST_LEVEL_LIST(X)                                                                     \
    X(RR_TRUST_GOOD, 0, "good")                                                                    \
    X(RR_TRUST_LOOK, 1, "look-closer") /**< what it is used for may suffer: check that */          \
    X(RR_TRUST_NOT, 2, "do-not-rely")  /**< what rests on it is likely wrong */                    \
    X(RR_TRUST_UNKNOWN, 3, "not-measured")
typedef enum rr_trust_level { RR_TRUST_LEVEL_LIST(RR_ENUM_VALUE) } rr_trust_level;

/** What one run is to another. */
#define RR_RELATION_LIST(X)                                                                        \
    X(RR_RELATION_OTHER, 0, "other")     /**< neither was made from the other */                   \
    X(RR_RELATION_CHILD, 1, "child")     /**< made from the other: a repair, an applied audit */   \
    X(RR_RELATION_PARENT, 2, "parent")   /**< the other was made from it */                        \
    X(RR_RELATION_SIBLING, 3, "sibling") /**< both were made from one run */                       \
    X(RR_RELATION_COPY, 4, "copy")       /**< both have the same weights */
typedef enum rr_relation { RR_RELATION_LIST(RR_ENUM_VALUE) } rr_relation;

/** What became of an input between two runs. */
#define RR_CHANGE_LIST(X)                                                                          \
    X(RR_CHANGE_FIXED, 0, "fixed")                                                                 \
    X(RR_CHANGE_BROKEN, 1, "broken")                                                               \
    X(RR_CHANGE_STILL_WRONG, 2, "still-wrong")                                                     \
    X(RR_CHANGE_OTHER, 3, "changed") /**< without a label: another prediction */
typedef enum rr_change { RR_CHANGE_LIST(RR_ENUM_VALUE) } rr_change;

/** The enumerations themselves: constant, value, its noun in messages, its list. */
#define RR_ENUM_LIST(X)                                                                            \
    X(RR_ENUM_SPLIT, 0, "split", RR_SPLIT_LIST)                                                    \
    X(RR_ENUM_CELL, 1, "cell", RR_CELL_LIST)                                                       \
    X(RR_ENUM_EMBEDDING, 2, "embedding", RR_EMBEDDING_LIST)                                        \
    X(RR_ENUM_HEAD, 3, "head", RR_HEAD_LIST)                                                       \
    X(RR_ENUM_OPTIMIZER, 4, "optimizer", RR_OPTIMIZER_LIST)                                        \
    X(RR_ENUM_ORDER, 5, "order", RR_ORDER_LIST)                                                    \
    X(RR_ENUM_KEEP, 6, "epoch to keep", RR_KEEP_LIST)                                              \
    X(RR_ENUM_RETRAIN, 7, "start", RR_RETRAIN_LIST)                                                \
    X(RR_ENUM_RECIPE, 8, "recipe", RR_RECIPE_LIST)                                                 \
    X(RR_ENUM_SEARCH, 9, "search", RR_SEARCH_LIST)                                                 \
    X(RR_ENUM_BUILD_PHASE, 10, "phase", RR_BUILD_PHASE_LIST)                                       \
    X(RR_ENUM_KEY, 11, "key", RR_KEY_LIST)                                                         \
    X(RR_ENUM_MEASURE, 12, "measure", RR_MEASURE_LIST)                                             \
    X(RR_ENUM_RULE, 13, "rule", RR_RULE_LIST)                                                      \
    X(RR_ENUM_CURVATURE, 14, "curvature", RR_CURVATURE_LIST)                                       \
    X(RR_ENUM_ATTRIBUTION_METHOD, 15, "method", RR_ATTRIBUTION_METHOD_LIST)                        \
    X(RR_ENUM_SOLVER, 16, "solver", RR_SOLVER_LIST)                                                \
    X(RR_ENUM_WEIGHTING, 17, "weighting", RR_WEIGHTING_LIST)                                       \
    X(RR_ENUM_AUDIT_ABOUT, 18, "subject", RR_AUDIT_ABOUT_LIST)                                     \
    X(RR_ENUM_AUDIT_METHOD, 19, "method", RR_AUDIT_METHOD_LIST)                                    \
    X(RR_ENUM_ACTION, 20, "action", RR_ACTION_LIST)                                                \
    X(RR_ENUM_STRATEGY, 21, "strategy", RR_STRATEGY_LIST)                                          \
    X(RR_ENUM_POSITION, 22, "position", RR_POSITION_LIST)                                          \
    X(RR_ENUM_POISON_KIND, 23, "kind of poisoning", RR_POISON_KIND_LIST)                           \
    X(RR_ENUM_LEVEL, 24, "level", RR_LEVEL_LIST)                                                   \
    X(RR_ENUM_SCALE, 25, "scale", RR_SCALE_LIST)                                                   \
    X(RR_ENUM_OUTPUT, 26, "output", RR_OUTPUT_LIST)                                                \
    X(RR_ENUM_STATES_KIND, 27, "kind of states", RR_STATES_KIND_LIST)                              \
    X(RR_ENUM_SPAN_MEASURE, 28, "measure of spans", RR_SPAN_MEASURE_LIST)                          \
    X(RR_ENUM_VARIANTS, 29, "kind of variants", RR_VARIANTS_LIST)                                  \
    X(RR_ENUM_ADDITION, 30, "kind of addition", RR_ADDITION_LIST)                                  \
    X(RR_ENUM_PATTERN, 31, "pattern", RR_PATTERN_LIST)                                             \
    X(RR_ENUM_BACKDOOR_SCAN, 32, "scan", RR_BACKDOOR_SCAN_LIST)                                    \
    X(RR_ENUM_TRUST_LEVEL, 33, "level of trust", RR_TRUST_LEVEL_LIST)                              \
    X(RR_ENUM_RELATION, 34, "relation", RR_RELATION_LIST)                                          \
    X(RR_ENUM_CHANGE, 35, "change", RR_CHANGE_LIST)                                                \
    X(RR_ENUM_CHOICE, 36, "choice", RR_CHOICE_LIST)                                                \
    X(RR_ENUM_NOVELTY_PART, 37, "part of the novelty", RR_NOVELTY_PART_LIST)

#define RR_ENUM_KIND(constant, value, what, list) constant = value,
typedef enum rr_enum { RR_ENUM_LIST(RR_ENUM_KIND) } rr_enum;
#undef RR_ENUM_KIND
#undef RR_ENUM_VALUE

/** The word for a value, for example "lstm" for RR_ENUM_CELL and RR_CELL_LSTM.
 *  Memory   a constant string; "unknown" for a value that is none of the enumeration's. */
RR_API const char *rr_enum_name(rr_enum kind, unsigned value);

/** The value a word stands for. The error message lists the words.
 *  Errors   ARG (NULL, or not one of the words). */
RR_API RR_MUST_USE rr_status rr_enum_parse(rr_enum kind, const char *text, unsigned *value,
                                           rr_error *err);

/** All words, in the order of their values: "lstm|gru|tanh|relu".
 *  Memory   a constant string; "" for an unknown kind. */
RR_API const char *rr_enum_words(rr_enum kind);

RR_END_DECLS

#endif
