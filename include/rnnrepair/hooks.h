/* SPDX-License-Identifier: MIT */
/* hooks.h - what a program can plug into the library: progress, notes and cancellation of long
 * calls. */
#ifndef RNNREPAIR_HOOKS_H
#define RNNREPAIR_HOOKS_H

#include "rnnrepair/status.h"

RR_BEGIN_DECLS

struct rr_run_epoch;

/** Where a long call stands. All pointers are borrowed for the duration of the callback. */
typedef struct rr_progress {
    const char *phase;  /**< "epoch 2/5", "cluster", "variants"; NULL: the last phase has ended */
    const char *unit;   /**< what is counted, "sequences" */
    size_t done, total; /**< total 0 = unknown */
    const char *remark; /**< figures of this moment, "loss 0.2143  93.1 % correct"; may be "" */
    const struct rr_run_epoch *epoch; /**< training: the epoch that has just ended and is recorded;
                                           else NULL */
} rr_progress;

/** Callbacks of a long call. Each may be NULL, and gets `self`. They are called on the thread of
 *  the call, between its steps, and must not call back into the object that is at work. */
typedef struct rr_callbacks {
    void *self;
    /** Show where the call stands; often, so it must be quick. */
    void (*progress)(void *self, const rr_progress *at);
    /** One sentence for the user, without a newline. */
    void (*note)(void *self, const char *text);
    /** Not 0: stop. The call then ends with RR_ERR_CANCELLED; finished work is kept. */
    int (*cancelled)(void *self);
} rr_callbacks;

RR_END_DECLS

#endif
