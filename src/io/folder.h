/* SPDX-License-Identifier: MIT */
/* folder.h - finds files in folders. */
#ifndef RRI_FOLDER_H
#define RRI_FOLDER_H

#include "core/core.h"

bool rri_is_folder(const char *path);

/* DIR/NAME if it exists, else DIR/NAME.gz if that exists, else NULL. Owned (rri_free). Errors
 * NOMEM. */
rr_status rri_find_file(const char *dir, const char *name, char **out, rr_error *err);

/* Names of files, in byte order. Plain data. */
typedef struct rri_names {
    size_t count;
    char *texts;
    const char **name; /* [count] into texts */
} rri_names;

/* The names in a folder that end with `suffix`. Errors IO, NOMEM. */
rr_status rri_folder_names(const char *dir, const char *suffix, rri_names *out, rr_error *err);
void rri_names_clear(rri_names *n);

#endif
