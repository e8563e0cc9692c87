/* SPDX-License-Identifier: MIT */
/* hooks.h - callbacks of the library: progress, notes and cancellation of long calls; and, for the
 * whole process, the memory allocator, where large arrays are kept, the executor of parallel loops,
 * and the instruction set. */
#ifndef RNNREPAIR_HOOKS_H
#define RNNREPAIR_HOOKS_H

#include "rnnrepair/status.h"

RR_BEGIN_DECLS

struct rr_run_epoch;

/** Progress of a long call. All pointers are borrowed for the duration of the callback. */
typedef struct rr_progress {
    const char *phase;  /**< "epoch 2/5", "cluster", "variants"; NULL: the last phase has ended */
    const char *unit;   /**< what is counted, "sequences" */
    size_t done, total; /**< total 0 = unknown */
    const char *remark; /**< current figures, "loss 0.2143  93.1 % correct"; may be "" */
    const struct rr_run_epoch *epoch; /**< training: the epoch that has just ended and is recorded;
                                           else NULL */
} rr_progress;

/** Callbacks of a long call. Each may be NULL, and gets `self`. They are called on the thread of
 *  the call, between its steps, and must not call back into the same object. */
typedef struct rr_callbacks {
    void *self;
    /** Show the progress; called often, so it must be quick. */
    void (*progress)(void *self, const rr_progress *at);
    /** One sentence for the user, without a newline. */
    void (*note)(void *self, const char *text);
    /** Not 0: stop. The call then ends with RR_ERR_CANCELLED; finished work remains. */
    int (*cancelled)(void *self);
} rr_callbacks;

/* ---- for the whole process ------------------------------------------------------------------ */

/** A memory allocator. Both functions get `self`, are called from any thread, and must not call the
 *  library. Libraries below it (jansson, cairo) use their own. */
typedef struct rr_allocator {
    void *self;
    /** `bytes` > 0 bytes at a multiple of `alignment`, a power of two; NULL on failure.
     */
    void *(*alloc)(void *self, size_t bytes, size_t alignment);
    /** Free what alloc returned; never NULL. */
    void (*free)(void *self, void *block);
} rr_allocator;

/** Set the allocator; NULL restores the library's own. Call it before any other function, or while
 *  no object of the library exists: otherwise blocks are freed by another allocator than theirs.
 *  *allocator is copied.
 *  Errors   ARG (alloc or free is NULL).
 *  Threads  none may be in the library. */
RR_API RR_MUST_USE rr_status rr_set_allocator(const rr_allocator *allocator, rr_error *err);

/** Where large arrays with a row a step are kept: the projected states of a build, traces, posting
 *  lists, the inputs of a states file. They are maps of temporary files without a name, of which
 *  the system keeps in memory what there is memory for. No result depends on it. Where no such file
 *  can be made, and with an allocator of one's own, they are in ordinary memory.
 *
 *  folder is on a disk with space for them, NULL for /var/tmp; it is copied. `from` is the size in
 *  bytes from which an array is large: 0 for 128 MiB, SIZE_MAX for never.
 *  Errors   ARG (the folder's name is too long).
 *  Threads  none may be in the library. */
RR_API RR_MUST_USE rr_status rr_set_scratch(const char *folder, size_t from, rr_error *err);

/** One task of a parallel loop. */
typedef void (*rr_task)(void *context, size_t task, size_t worker);

/** An executor of parallel loops. */
typedef struct rr_executor {
    void *self;
    /** Call task(context, i, worker) once for every i < tasks, in any order, on at most `threads`
     *  threads, and return when all have returned. worker < threads is the index of a workspace: no
     *  two concurrent calls have the same. May be called by several threads at once. */
    void (*run)(void *self, size_t threads, size_t tasks, rr_task task, void *context);
} rr_executor;

/** Set the executor; NULL restores the library's own threads. Results do not depend on it.
 *  *executor is copied.
 *  Errors   ARG (run is NULL).
 *  Threads  none may be in the library. */
RR_API RR_MUST_USE rr_status rr_set_executor(const rr_executor *executor, rr_error *err);

/** Choose the instruction set of the inner loops: "plain" (vectors of the compiler), "avx2" (with
 *  FMA) or "avx512" (F, DQ, BW, VL); NULL, as at the start, is the best of the machine. Only the
 *  speed depends on it: results have the same bits.
 *  Errors   ARG (an unknown name), UNSUPPORTED (the machine does not run it).
 *  Threads  none may be in the library. */
RR_API RR_MUST_USE rr_status rr_set_instruction_set(const char *name, rr_error *err);

/** The instruction set in use, as rr_set_instruction_set() names it.
 *  Memory   a constant string. */
RR_API const char *rr_instruction_set(void);

RR_END_DECLS

#endif
