/* SPDX-License-Identifier: MIT */
/* decisions.h - decisions about single training sequences, or steps of them: relabel, drop or keep.
 *
 * One file format serves three purposes: a reviewer's decisions after an audit, labels that replace
 * those of the source, and label noise for experiments (`rnnrepair-experiments flip`).
 *
 *     id,label            CSV with a header (RFC 4180); or one JSON object a line, the same members
 *     17,7
 *     44,1
 *     {"id": 17, "action": "relabel", "label": "7"}
 *     {"id": 44, "action": "drop"}
 *
 * id: the number of the training sequence. source_id: its id in the source (rr_dataset_origin()),
 * in the place of id: where a row has both, id counts. step (optional): the step the row is about,
 * from 1, of data whose steps have labels; absent, empty or 0 it is about the sequence. label: a
 * class by its name, or by its number if no class is named by a number. action: relabel, drop or
 * keep (changes nothing); absent or empty it is relabel if there is a label, else keep. suggested
 * (optional): the label of relabel where none is said. truth (optional): the true class, if known.
 * given (optional): the label it has now; a list for other labels or numbers is an error. split
 * (optional): whose sequences the numbers are; train --labels and audit --apply refuse another than
 * train. A single step cannot be dropped. A label of drop or keep, and other columns and members,
 * are ignored. Files may be compressed (.gz). */
#ifndef RNNREPAIR_DECISIONS_H
#define RNNREPAIR_DECISIONS_H

#include "rnnrepair/edits.h"
#include "rnnrepair/enums.h"

RR_BEGIN_DECLS

/** One decision. */
typedef struct rr_decision {
    uint32_t id;
    rr_action action;
    uint32_t label; /**< relabel: the new one; else 0 */
    int64_t truth;  /**< the true class; -1 = unknown */
    uint32_t step;  /**< 1..T of the sequence; 0 = the sequence */
} rr_decision;

/** Read a file of decisions about a dataset's sequences and steps.
 *  Memory   on RR_OK *out is [*n], by ascending id, then step, owned by the caller:
 *           rr_decisions_free(). Else *out is NULL.
 *  Errors   IO, FORMAT (broken file; neither column id nor source_id; an id that is no number or
 *           not below N; a source_id that no sequence has, or several; a sequence that comes
 *           twice; a step that is not in 1..T, occurs twice or is to be dropped, or of data whose
 *           steps have no labels; an unknown action; relabel without a label; a label that is no
 *           class; a wrong given label; the line is in the message and in err->where), NOMEM. */
RR_API RR_MUST_USE rr_status rr_decisions_load(const char *path, const rr_dataset *ds,
                                               rr_decision **out, size_t *n, rr_error *err);

/** Write decisions as CSV with columns id, step (where any is about one), action, label (the
 *  class's name) and truth, where any is known, else given, the label of ds; where there are steps
 *  of words also token; atomically.
 *  Errors   ARG (an id, a step, an action or a class out of range; a class name that could not be
 *           read back), IO, NOMEM. */
RR_API RR_MUST_USE rr_status rr_decisions_save(const rr_decision *decisions, size_t n,
                                               const rr_dataset *ds, const char *path,
                                               rr_error *err);

/** The edits of ds that decisions amount to. A label equal to the present one is no edit.
 *  Memory   on RR_OK *out is owned by the caller: rr_edits_free(). Else *out is NULL.
 *  Errors   ARG (an id not below N), NOMEM. */
RR_API RR_MUST_USE rr_status rr_decisions_edits(const rr_decision *decisions, size_t n,
                                                const rr_dataset *ds, rr_edits **out,
                                                rr_error *err);

/** Release; NULL is allowed. */
RR_API void rr_decisions_free(rr_decision *decisions);

/** Label noise: which labels are replaced, and by what. */
typedef struct rr_label_noise_config {
    size_t struct_size; /**< set by the default */
    double fraction;    /**< of the sequences that can be flipped, 0 < fraction <= 1; rounded to a
                           number */
    int from;           /**< only sequences of this class; -1 = of any */
    int to; /**< the class they get; its own sequences are not flipped; -1 = any other, sampled
               evenly */
    uint64_t seed;
    int steps; /**< 1: of single steps that have a label, instead of sequences */
} rr_label_noise_config;

/** 5 % of all, any to any other, seed 1. */
RR_API rr_label_noise_config rr_label_noise_config_default(void);

/** Sample wrong labels for trials: decisions to relabel, each with the truth.
 *  Memory   on RR_OK *out is [*n], by ascending id, then step, owned by the caller:
 *           rr_decisions_free(). Else *out is NULL.
 *  Errors   ARG (cfg; one class alone; from equals to; nothing to flip; steps of data whose steps
 *           have no labels), UNSUPPORTED (more than 2^32 - 2 steps), NOMEM. */
RR_API RR_MUST_USE rr_status rr_label_noise(const rr_label_noise_config *cfg, const rr_dataset *ds,
                                            rr_decision **out, size_t *n, rr_error *err);

RR_END_DECLS

#endif
