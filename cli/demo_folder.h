/* SPDX-License-Identifier: MIT */
/* demo_folder.h - the output folder of a demo. */
#ifndef CLI_DEMO_FOLDER_H
#define CLI_DEMO_FOLDER_H

#include "kit/cli.h"

/* Create dir with the demo's marker file. From a folder with the marker the runs of an earlier
 * demo are removed; any other folder that is not empty is refused (ARG). */
rr_status cli_demo_folder(const char *dir, rr_error *err);

#endif
