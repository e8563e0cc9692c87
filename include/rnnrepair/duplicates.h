/* SPDX-License-Identifier: MIT */
/* duplicates.h - sequences whose inputs are equal or nearly so: groups of copies, those with
 * different labels, and inputs of other splits that stand in the training set.
 *
 * Text is compared by its words in lower case, without those of no letter or digit; where only ids
 * are known, by the ids. Two are equal where these are the same in the same order, and near where
 *
 *     |A and B| / |A or B| >= similarity
 *
 * of their words, each occurrence counted (Jaccard). All such pairs are found, by the prefixes of
 * their rarest words [Bayardo07; Xiao08], not a sample. Texts without a word are not compared.
 *
 * Frames are equal where all values are, and near where they have the same length and the root mean
 * square difference of their values is at most `distance` standard deviations: of each column, or,
 * where the frames are rows of an image, of all pixels. Pairs are ruled out by their distances to
 * eight sequences (triangle inequality), else compared.
 *
 * A group holds what is linked by such pairs, so that not all of it need be near each other. */
#ifndef RNNREPAIR_DUPLICATES_H
#define RNNREPAIR_DUPLICATES_H

#include "rnnrepair/dataset.h"

RR_BEGIN_DECLS

typedef struct rr_duplicates_config {
    size_t struct_size; /**< set by the default */
    int near;           /**< 0: equal inputs alone */
    double similarity;  /**< of symbols, above 0 to 1 */
    double distance;    /**< of frames, 0 or more, standard deviations */
} rr_duplicates_config;

/** near, similarity 0.8, distance 0.1. */
RR_API rr_duplicates_config rr_duplicates_config_default(void);

/** A sequence of a group. */
typedef struct rr_duplicate {
    uint32_t set;   /**< which dataset, 0 the training set */
    uint32_t id;    /**< its number there */
    uint32_t label; /**< RR_NO_LABEL where the dataset has none */
    int copy;       /**< 1: equal to an earlier one of the group; 0: the first of its kind */
} rr_duplicate;

typedef struct rr_duplicate_group {
    const rr_duplicate *members; /**< [count], by set, then number */
    size_t count;                /**< >= 2 */
    int equal;                   /**< 1: all are equal */
    int contradictory;           /**< 1: their labels differ */
    int across;                  /**< 1: of the training set and of another */
} rr_duplicate_group;

/** What was found. Plain data. */
typedef struct rr_duplicates_result {
    const rr_duplicate_group *groups; /**< [count] contradictory ones first, then by first member */
    size_t count;
    size_t contradictory; /**< groups whose labels differ */
    size_t equal;         /**< groups whose members are all equal */
    size_t spare;         /**< training sequences that equal an earlier one */
    size_t members;       /**< training sequences in a group */
    size_t copied;        /**< sequences of other sets that equal a training sequence */
    size_t similar;       /**< sequences of other sets in a group with a training sequence */
    double seconds;
} rr_duplicates_result;

/** Groups of copies. Opaque; immutable. */
typedef struct rr_duplicates rr_duplicates;

/** Find them among the sequences of several datasets of one kind; cfg NULL for the default.
 *  Shapes   sets is [n], n >= 1, the first the training set; N in all, below 2^32.
 *  Memory   on RR_OK *out is owned by the caller: rr_duplicates_free(). Else *out is NULL. Nothing
 *           is borrowed.
 *  Errors   ARG (cfg; no dataset), SHAPE (datasets of different kinds), NOMEM.
 *  Cost     equal ones: a sort. Near symbols: by how often the rarest words of texts meet; near
 *           frames: O(N^2) looks at one number, of those of one length. One thread. */
RR_API RR_MUST_USE rr_status rr_duplicates_find(const rr_duplicates_config *cfg,
                                                const rr_dataset *const *sets, size_t n,
                                                rr_duplicates **out, rr_error *err);

/** What was found. Memory: borrowed from d. */
RR_API const rr_duplicates_result *rr_duplicates_result_of(const rr_duplicates *d);

/** Write the training sequences of the groups for a reviewer as decisions (decisions.h): every
 *  action is empty, `suggested` is the commonest label of the group, the given one where there is
 *  no commonest, `evidence` the number of the group from 1 and its kind. train is the first
 *  dataset.
 *  Errors   as rr_decisions_save(). */
RR_API RR_MUST_USE rr_status rr_duplicates_save_review(const rr_duplicates *d,
                                                       const rr_dataset *train, const char *path,
                                                       rr_error *err);

/** Release; NULL is allowed. */
RR_API void rr_duplicates_free(rr_duplicates *d);

RR_END_DECLS

#endif
