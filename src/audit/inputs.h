/* SPDX-License-Identifier: MIT */
/* inputs.h - the training sequences whose inputs are nearest, and what their labels say: evidence
 * that owes nothing to a network.
 *
 * Sequences differ in length, so each is brought to one vector.
 *
 * Frames: R steps, step r the mean of the frames over the r-th of R equal parts of the sequence,
 * with fractions of frames (piecewise aggregates [Keogh01]). Columns are as they are, or scaled to
 * mean 0 and deviation 1 over the steps of the training set. Near is a small Euclidean distance.
 *
 * Symbols: tf-idf, how often a symbol occurs times 1 + log((1 + N) / (1 + N_s)), with N_s of the N
 * training sequences that hold symbol s; of length 1. Unknown words and padding do not count. Near
 * is a large cosine; at 0 nothing is near.
 *
 * Of the k nearest other training sequences n have label c. With the fraction P(c) of the class
 * (and half a sequence more of each, so that none is 0),
 *
 *     p(c) = (n + a P(c)) / (k + a)              lift(c) = log(p(c) / P(c)), nats
 *
 * k of {1, 2, 3, 5, 10, 20}, a of 2^-5..2^11, R of {1, 2, 4, 8, 16}, not above the median length,
 * and scaled columns or not make the given labels of the training set most probable, each judged
 * without itself (R and scaling by at most about 2,000 of them, evenly spaced). So the data say how
 * much the neighbours are worth:
 * where they tell nothing a is large, and every lift is nearly 0. Where the gain over P alone is
 * below log N nats in all, what two parameters cost by Schwarz's criterion, they are left out.
 *
 * Above the largest number of multiplications (or words compared), WORK in inputs.c, neighbours are
 * sought among an evenly spaced part of the training set, the references. Internal to src/audit. */
#ifndef RRI_AUDIT_INPUTS_H
#define RRI_AUDIT_INPUTS_H

#include "core/callbacks.h"
#include "core/core.h"
#include "rnnrepair/dataset.h"

enum { RRI_NEAREST = 20 }; /* neighbours kept of a sequence */

/* The training set in comparable form. */
typedef struct rri_inputs rri_inputs;

/* In `parts` parts, R, of scaled columns or not. ds is borrowed for the call; labels are not read.
 * most_work bounds the search over all of its sequences; 0 = the default. Errors: NOMEM. */
rr_status rri_inputs_new(const rr_dataset *ds, size_t parts, bool scaled, size_t most_work,
                         rri_inputs **out, rr_error *err);

/* In the parts and the scaling that suit the given labels best: label is [N] below C. Errors: as
 * rri_inputs_search(). */
rr_status rri_inputs_fit(const rr_dataset *ds, const uint32_t *label, size_t C, size_t threads,
                         const rr_callbacks *cb, rri_inputs **out, rr_error *err);
void rri_inputs_free(rri_inputs *x); /* NULL is allowed */

/* How many training sequences are candidates: N where all are; and R, 0 of symbols. */
size_t rri_inputs_references(const rri_inputs *x);
size_t rri_inputs_parts(const rri_inputs *x);
bool rri_inputs_scaled(const rri_inputs *x);

/* The nearest of each sequence of ds, nearest first, ties by ascending number. ds is of the same
 * kind as that of rri_inputs_new(); inside: it is that one, and a sequence is none of its own.
 * stride   1, or only sequences 0, stride, 2 stride, ...
 * Shapes   ids is [n][RRI_NEAREST], counts [n], n the sequences that are searched for.
 * Errors   SHAPE (another kind of data), CANCELLED, NOMEM.
 * Cost     frames n * references * R * D multiplications; symbols by the lists of the references
 *          that hold a symbol.
 * Threads  the bits do not depend on their number. */
rr_status rri_inputs_search(const rri_inputs *x, const rr_dataset *ds, size_t stride,
                            size_t threads, const rr_callbacks *cb, bool inside, uint32_t *ids,
                            unsigned char *counts, rr_error *err);

/* How much neighbours are worth. */
typedef struct rri_belief {
    size_t k;
    double a;
    bool tells;       /* the gain is worth two parameters */
    double agreement; /* fraction of the training sequences whose given label is the most probable,
                         and no other as much */
    double nats; /* mean log p of the given label, above that of the fractions of the classes */
} rri_belief;

/* Choose k and a by the training set's own neighbours, searched for with the same stride.
 * Shapes   label is [N] below C; ids and counts as by rri_inputs_search() of the training set.
 * Errors   NOMEM. */
rr_status rri_belief_fit(const uint32_t *label, size_t N, size_t C, size_t stride,
                         const uint32_t *ids, const unsigned char *counts, rri_belief *out,
                         rr_error *err);

/* Of n sequences the lifts, or with `lift` false log p.
 * Shapes   label is [N] of the training set; ids [n][RRI_NEAREST], counts [n]; out is [n][C].
 * Errors   NOMEM. */
rr_status rri_belief_logs(const rri_belief *b, const uint32_t *label, size_t N, size_t C,
                          const uint32_t *ids, const unsigned char *counts, size_t n, bool lift,
                          float *out, rr_error *err);

#endif
