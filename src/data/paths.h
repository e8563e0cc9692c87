/* SPDX-License-Identifier: MIT */
/* paths.h - the path of a source that may name a file for each split: TRAIN, or TRAIN,TEST, or
 * TRAIN,DEV,TEST. */
#ifndef RRI_PATHS_H
#define RRI_PATHS_H

#include "core/core.h"
#include "rnnrepair/enums.h"

enum { RRI_MOST_PATHS = 3 };

/* Plain data; all zero is empty. */
typedef struct rri_paths {
    char *path[RRI_MOST_PATHS]; /* owned */
    size_t count;
} rri_paths;

/* Divide a text at its commas into `most` paths or fewer. A comma in the name of a path that exists
 * does not divide it, unless nothing else makes all parts exist. Errors ARG (more than `most`, an
 * empty one), NOMEM. */
rr_status rri_paths_read(const char *text, size_t most, rri_paths *out, rr_error *err);

/* The split that file i holds where the file does not say so. */
rr_split rri_paths_split(const rri_paths *p, size_t i);

/* The list as one text in which every path is absolute. Memory: owned. Errors IO (a path does not
 * exist), NOMEM. */
rr_status rri_paths_absolute(const rri_paths *p, char **out, rr_error *err);

void rri_paths_clear(rri_paths *p);

#endif
