/* SPDX-License-Identifier: MIT */
/* certificate.h - certificate.json: what a repaired output layer is proved to do. */
#ifndef RRI_CERTIFICATE_H
#define RRI_CERTIFICATE_H

#include "core/core.h"
#include "rnnrepair/hotfix.h"

/* A target, as it is written. */
typedef struct rri_proved {
    size_t id, step;             /* step from 1, where the steps have outputs; else 0 */
    size_t truth, before, after; /* classes; after: predicted by the new network itself */
    double margin;               /* after, in logits, in double */
    int dropped;                 /* 1: left as it was */
} rri_proved;

/* Strings are owned by root where it was read, else borrowed; the lists are owned. */
typedef struct rri_certificate {
    char model[65], parent[65], data[65]; /* hashes: of the networks after and before, and of the
                                             training data */
    rr_output_repair program;
    double change, layer, bound; /* as rr_hotfix */
    size_t rounds, rows, binding;
    size_t inputs, held, broken; /* of the training set, by the networks themselves */
    double worst_held;           /* least margin of those held; 0 where there is none */
    const char *split;           /* whose inputs the targets are */
    char targets_hash[65];
    size_t count, fixed;
    double worst_target; /* of those not dropped; 0 where there is none */
    rri_proved *targets; /* [count] */
    size_t *conflict;    /* [count_conflict] target numbers from 0, where some were dropped */
    size_t count_conflict;
    size_t *opposed; /* [count_opposed] training inputs */
    size_t count_opposed;
    void *root;
} rri_certificate;

void rri_certificate_clear(rri_certificate *c);

/* As JSON. Memory: *out is a string, rri_free(). Errors: NOMEM. */
rr_status rri_certificate_text(const rri_certificate *c, char **out, rr_error *err);

/* Read it; `name` is for messages. Errors: FORMAT, UNSUPPORTED, NOMEM. */
rr_status rri_certificate_parse(const char *text, const char *name, rri_certificate *out,
                                rr_error *err);

/* MISMATCH unless it is a proof: every target that is not dropped is right, and nothing that was
 * right is wrong. */
rr_status rri_certificate_check(const rri_certificate *c, rr_error *err);

/* MISMATCH unless it is a proof, and says what is: the counts, margins and hashes that can be
 * evaluated. */
rr_status rri_certificate_compare(const rri_certificate *is, const rri_certificate *claimed,
                                  rr_error *err);

#endif
