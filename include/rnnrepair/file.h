/* SPDX-License-Identifier: MIT */
/* file.h - writing small files the way the library writes its own. */
#ifndef RNNREPAIR_FILE_H
#define RNNREPAIR_FILE_H

#include "rnnrepair/status.h"

RR_BEGIN_DECLS

/** Write a whole file atomically: to a temporary name beside it, flushed to the disk, renamed.
 *  Until then an existing file at `path` is untouched.
 *  Errors   IO (only where the disk fails after the rename is the new file in place), NOMEM. */
RR_API RR_MUST_USE rr_status rr_file_write(const char *path, const void *data, size_t bytes,
                                           rr_error *err);

RR_END_DECLS

#endif
