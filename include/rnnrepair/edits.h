/* SPDX-License-Identifier: MIT */
/* edits.h - changes of a training set: other labels of sequences and of steps, sequences removed,
 * sequences added, applied in this order; and loss weights of what is then there. */
#ifndef RNNREPAIR_EDITS_H
#define RNNREPAIR_EDITS_H

#include "rnnrepair/dataset.h"

RR_BEGIN_DECLS

/** A step with another label. */
typedef struct rr_step_edit {
    uint32_t sequence;
    uint32_t step;  /**< 1..T */
    uint32_t label; /**< 0..C-1, or RR_NO_LABEL to take its label away */
} rr_step_edit;

/** Edits of a dataset of N sequences. All zero changes nothing. Everything is borrowed where the
 *  caller fills it in; what the library returns is owned, and released with rr_edits_free(). */
typedef struct rr_edits {
    const uint32_t *removed; /**< [count_removed] sequences removed, ascending */
    size_t count_removed;
    const uint32_t *relabelled; /**< [count_relabelled] sequences with other labels, ascending */
    const uint32_t *labels;     /**< [count_relabelled] those labels */
    size_t count_relabelled;
    const rr_step_edit *steps; /**< [count_steps] by sequence, then step: labels of steps. The label
                                    of the sequence stays */
    size_t count_steps;
    const rr_dataset *additions; /**< sequences added behind the others, or NULL */
    const float *weights;        /**< [count_weights] the loss weight of each sequence of the
                                      resulting training set, additions included; NULL = 1 each.
                                      Training takes them (rr_trainer_set_weights()) */
    size_t count_weights;
} rr_edits;

/** Check edits of a dataset of `count` sequences and `classes` classes; additions are not
 *  checked, nor what rr_edits_apply() checks: whether a sequence has so many steps, and whether
 *  there are as many weights as sequences.
 *  Errors   ARG (numbers that do not ascend or are not below count, a step 0, a label not below
 *           classes, every sequence removed, a weight that is negative or not finite, no weight
 *           above 0; err->where is the index in the list). */
RR_API RR_MUST_USE rr_status rr_edits_check(const rr_edits *e, size_t count, size_t classes,
                                            rr_error *err);

/** Copy the lists, and share the additions.
 *  Memory   on RR_OK *out is owned by the caller: rr_edits_free(). Else *out is NULL.
 *  Errors   NOMEM. */
RR_API RR_MUST_USE rr_status rr_edits_copy(const rr_edits *e, rr_edits **out, rr_error *err);

/** Release edits that the library returned; NULL is allowed. */
RR_API void rr_edits_free(rr_edits *e);

/** A dataset with the edits, which have been checked; where they change nothing, ds itself, shared.
 *  Weights belong to the training, and change no dataset.
 *  Memory   on RR_OK *out is owned by the caller: rr_dataset_free(). Else *out is NULL.
 *  Errors   as rr_dataset_relabel(), rr_dataset_relabel_steps(), rr_dataset_select(),
 *           rr_dataset_concat(); ARG (a step beyond the end of its sequence; another number of
 *           weights than of sequences in the result). */
RR_API RR_MUST_USE rr_status rr_edits_apply(const rr_edits *e, const rr_dataset *ds,
                                            rr_dataset **out, rr_error *err);

/** Compose two edits into one of the source: `first` of its `count` sequences, `then` of the
 *  result, `train`, additions included. New labels win over earlier ones; weights are
 *  multiplied, so that sequences keep those of `first` where `then` has none. The additions of
 *  the result are those of train, edited, and the new ones, without words: ids alone.
 *  Memory   on RR_OK *out is owned by the caller: rr_edits_free(). Else *out is NULL.
 *  Errors   as rr_edits_check() of `then` and train; ARG (another number of weights than of
 *           sequences, or no product of weights above 0), SHAPE (new additions of another width),
 *           NOMEM. */
RR_API RR_MUST_USE rr_status rr_edits_compose(const rr_edits *first, size_t count,
                                              const rr_dataset *train, const rr_edits *then,
                                              rr_edits **out, rr_error *err);

/** Read a file of loss weights of a training set of `count` sequences: CSV with the columns id and
 *  weight, or one JSON object a line with these members; it may be compressed (.gz). Sequences that
 *  it does not name have weight 1. The edits have these weights and change nothing else.
 *  Memory   on RR_OK *out is owned by the caller: rr_edits_free(). Else *out is NULL.
 *  Errors   IO, FORMAT (broken file; no column id or weight; an id that is no number, is not below
 *           count or occurs twice; a weight that is no number, negative or not finite; no weight
 *           above 0; the line is in the message and in err->where), NOMEM. */
RR_API RR_MUST_USE rr_status rr_weights_load(const char *path, size_t count, rr_edits **out,
                                             rr_error *err);

RR_END_DECLS

#endif
