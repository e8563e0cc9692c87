/* SPDX-License-Identifier: MIT */
/* paths.h - checks that output paths are usable before work starts. */
#ifndef CLI_PLACE_H
#define CLI_PLACE_H

#include "kit/cli.h"

/* Refuse a folder for a new run that holds a run, or files that are no run's: they would be mixed
 * with it, and some could be replaced. What an interrupted command left there is fine. */
rr_status cli_check_run_place(const char *dir, rr_error *err);

/* The same, and refuse what cannot be written, and make the folder; *made says how many folders of
 * its path were not there before. */
rr_status cli_reserve_run(const char *dir, int *made, rr_error *err);

/* Take the `made` folders away again, as far as they are empty. */
void cli_release_run(const char *dir, int made);

/* Refuse a run's folder that cannot be written. */
rr_status cli_check_writable(const char *dir, rr_error *err);

/* Does a path end in `ending` (".npz"), with a name before it? */
int cli_ends_in(const char *path, const char *ending);

/* Refuse a file for the value of an option that does not end in `ending` (".npz"), or whose folder
 * is not there or cannot be written. */
rr_status cli_check_file_place(const char *option, const char *path, const char *ending,
                               rr_error *err);

#endif
