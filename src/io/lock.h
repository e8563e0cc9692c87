/* SPDX-License-Identifier: MIT */
/* lock.h - a lock file: one process writes a directory, others are told which. */
#ifndef RRI_LOCK_H
#define RRI_LOCK_H

#include "core/core.h"

/* What a lock is for. A process that has reserved a directory may write it: RRI_LOCK_WRITE under
 * its own RRI_LOCK_RESERVE is granted. */
typedef enum rri_lock_use { RRI_LOCK_WRITE, RRI_LOCK_RESERVE } rri_lock_use;

typedef struct rri_lock rri_lock;

/* Take the lock of an existing directory, the file DIR/lock. The system releases it when the
 * process ends, so that the file of one that was killed blocks nobody. *out is NULL where the
 * process has reserved the directory already, and on a file system without locks.
 * Errors   IO (held, by whom is named; the file cannot be created), NOMEM. */
rr_status rri_lock_take(const char *dir, rri_lock_use use, rri_lock **out, rr_error *err);

/* IO, as above, where another process holds the lock. Nothing is created. */
rr_status rri_lock_check(const char *dir, rr_error *err);

/* Release, and remove the file; NULL is allowed. */
void rri_lock_release(rri_lock *lock);

#endif
