/* SPDX-License-Identifier: MIT */
/* file.h - what a path leads to: a plain file or a pipe, the same file as another path. */
#ifndef RRI_FILE_H
#define RRI_FILE_H

#include "core/core.h"

/* Is `path` a pipe, a socket or a device? False for what is missing. */
bool rri_is_special(const char *path);

/* IO where `path` is a pipe, a socket or a device, for a file that is not read just once from front
 * to back; `why` says so: "it is read twice". What is missing is left to its opening. */
rr_status rri_check_plain(const char *path, const char *why, rr_error *err);

/* Open a file to read; *bytes is its size, 0 where it is not plain. On failure *fd is to be closed
 * unless it is -1.
 * Errors   IO; CANCELLED where a signal came while a pipe had no writer. */
rr_status rri_open_to_read(const char *path, int *fd, bool *plain, size_t *bytes, rr_error *err);

/* CANCELLED: a signal came while `path`, a pipe or a terminal, was waited for. */
rr_status rri_fail_interrupted(rr_error *err, const char *path);

/* ARG where the file to write, `path`, exists and is the file `input`, by whatever name: `what`
 * says what that is, "the run's data". */
rr_status rri_check_output(const char *path, const char *input, const char *what, rr_error *err);

/* Which state of a file a path led to: files are replaced, never changed in place. */
typedef struct rri_stamp {
    uint64_t inode, bytes; /* inode 0: there was no file */
    int64_t seconds, nanoseconds;
} rri_stamp;

rri_stamp rri_stamp_of(const char *path);
bool rri_stamp_equal(const rri_stamp *a, const rri_stamp *b);

#endif
