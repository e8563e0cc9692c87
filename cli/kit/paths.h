/* SPDX-License-Identifier: MIT */
/* paths.h - checks before work starts that output paths are usable, and none is read. */
#ifndef CLI_PATHS_H
#define CLI_PATHS_H

#include "kit/cli.h"

/* Refuse a file to be written (an option that WRITES) that the command reads: by another option, or
 * as part of the session, which may be NULL. Every command passes here: before it begins, and where
 * it opens its run. */
rr_status cli_check_outputs(const cli_common *common, const rr_session *s, rr_error *err);

/* Refuse a run's folder that cannot be written. */
rr_status cli_check_writable(const char *dir, rr_error *err);

/* Refuse a file for the value of an option that does not end in `ending` (".npz"), or whose folder
 * is not there or cannot be written. */
rr_status cli_check_output_file(const char *option, const char *path, const char *ending,
                                rr_error *err);

/* Refuse a file for --review that is there already, or cannot be written. */
rr_status cli_check_review(const char *path, rr_error *err);

#endif
