/* SPDX-License-Identifier: MIT */
/* demo_place.h - the folder a demo works in. */
#ifndef CLI_DEMO_PLACE_H
#define CLI_DEMO_PLACE_H

#include "kit/cli.h"

/* Make dir with the demo's marker in it. A folder that carries the marker is emptied of what a
 * demo makes; any other one that is not empty is refused (ARG). */
rr_status cli_demo_place(const char *dir, rr_error *err);

#endif
