/* SPDX-License-Identifier: MIT */
/* hooks.h - what a program can plug into the library: progress, notes and cancellation of long
 * calls; and, for the whole process, where memory comes from and who runs parallel loops. */
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

/* ---- for the whole process ------------------------------------------------------------------ */

/** Where the library's memory comes from. Both functions get `self`, come from any thread, and must
 *  not call the library. Libraries below it (BLAS, jansson, cairo) keep their own. */
typedef struct rr_allocator {
    void *self;
    /** `bytes` > 0 bytes at a multiple of `alignment`, a power of two; NULL where there are none.
     */
    void *(*alloc)(void *self, size_t bytes, size_t alignment);
    /** Give back what alloc returned; never NULL. */
    void (*free)(void *self, void *block);
} rr_allocator;

/** Take memory from here; NULL goes back to the library's own. Call it before any other function,
 *  or while nothing of the library is held: a block goes back to where it did not come from
 *  otherwise. *allocator is copied.
 *  Errors   ARG (alloc or free is NULL).
 *  Threads  none may be in the library. */
RR_API RR_MUST_USE rr_status rr_set_allocator(const rr_allocator *allocator, rr_error *err);

/** One task of a parallel loop. */
typedef void (*rr_task)(void *context, size_t task, size_t worker);

/** Who runs the library's parallel loops. */
typedef struct rr_executor {
    void *self;
    /** Call task(context, i, worker) once for every i < tasks, in any order, on at most `threads`
     *  threads, and return when all have returned. worker < threads names a workspace: no two calls
     *  at the same time have the same. May be called by several threads at once. */
    void (*run)(void *self, size_t threads, size_t tasks, rr_task task, void *context);
} rr_executor;

/** Have parallel loops run here; NULL goes back to the library's own threads. Results do not depend
 *  on it. *executor is copied.
 *  Errors   ARG (run is NULL).
 *  Threads  none may be in the library. */
RR_API RR_MUST_USE rr_status rr_set_executor(const rr_executor *executor, rr_error *err);

RR_END_DECLS

#endif
