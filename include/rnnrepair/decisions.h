/* SPDX-License-Identifier: MIT */
/* decisions.h - what is to be done with single training sequences: other labels, or leave them out.
 *
 * One file format serves three ends: a reviewer's decisions after an audit, the labels a training
 * is given in place of its source's, and the noise that `rnnrepair flip` makes for trials.
 *
 *     id,label            CSV with a header (RFC 4180); or one JSON object a line, the same members
 *     17,7
 *     44,1
 *     {"id": 17, "action": "relabel", "label": "7"}
 *     {"id": 44, "action": "drop"}
 *
 * id: the number of the training sequence. label: a class by its name, or by its number where no
 * class has a number for a name. action: relabel, drop or keep (changes nothing); left out or empty
 * it is relabel where there is a label, else keep. truth (optional): the class the sequence really
 * has, where that is known. given (optional): the label it has now; a list made for other labels or
 * numbers is refused. A label beside drop or keep, and other columns and members, are passed
 * over. Files may be packed (.gz). */
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
    int64_t truth;  /**< the class it is known to have; -1 = not said */
} rr_decision;

/** Read a file of decisions about a dataset's sequences.
 *  Memory   on RR_OK *out is [*n], by rising id, owned by the caller: rr_decisions_free(). Else
 *           *out is NULL.
 *  Errors   IO, FORMAT (broken file; no column id; an id that is no number, is not below N or comes
 *           twice; an unknown action; relabel without a label; a label that is no class; a given
 *           label that the sequence has not; the line is in the message and in err->where), NOMEM.
 */
RR_API RR_MUST_USE rr_status rr_decisions_load(const char *path, const rr_dataset *ds,
                                               rr_decision **out, size_t *n, rr_error *err);

/** Write decisions as CSV with columns id, action, label (the class's name) and truth, where any is
 *  known, else given, the label of ds; atomically.
 *  Errors   ARG (an id, an action or a class out of range; a class that could not be told from
 *           others when read), IO, NOMEM. */
RR_API RR_MUST_USE rr_status rr_decisions_save(const rr_decision *decisions, size_t n,
                                               const rr_dataset *ds, const char *path,
                                               rr_error *err);

/** The edits of ds that decisions come to. A label that a sequence has already is no change.
 *  Memory   on RR_OK *out is owned by the caller: rr_edits_free(). Else *out is NULL.
 *  Errors   ARG (an id not below N), NOMEM. */
RR_API RR_MUST_USE rr_status rr_decisions_edits(const rr_decision *decisions, size_t n,
                                                const rr_dataset *ds, rr_edits **out,
                                                rr_error *err);

/** Release; NULL is allowed. */
RR_API void rr_decisions_free(rr_decision *decisions);

/** Which labels are made wrong, and how. */
typedef struct rr_label_noise_config {
    size_t struct_size; /**< set by the default */
    double fraction;    /**< of the sequences that can be flipped, 0 < fraction <= 1; rounded to a
                           number */
    int from;           /**< only sequences of this class; -1 = of any */
    int to; /**< the class they get, and sequences of it stay; -1 = any other, sampled evenly */
    uint64_t seed;
} rr_label_noise_config;

/** 5 % of all, any to any other, seed 1. */
RR_API rr_label_noise_config rr_label_noise_config_default(void);

/** Sample wrong labels for trials: decisions to relabel, each with the truth.
 *  Memory   on RR_OK *out is [*n], by rising id, owned by the caller: rr_decisions_free(). Else
 *           *out is NULL.
 *  Errors   ARG (cfg; one class alone; from equals to; nothing to flip), NOMEM. */
RR_API RR_MUST_USE rr_status rr_label_noise(const rr_label_noise_config *cfg, const rr_dataset *ds,
                                            rr_decision **out, size_t *n, rr_error *err);

RR_END_DECLS

#endif
