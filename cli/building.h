/* SPDX-License-Identifier: MIT */
/* building.h - building an influence model with a bar, shared by build and verify. */
#ifndef CLI_BUILDING_H
#define CLI_BUILDING_H

#include "kit/cli.h"

/* Build the influence model of a network over its training data. On SIGINT or SIGTERM it stops
 * between two steps with *interrupted = 1 and *out NULL. *out is released with
 * rr_influence_free(). */
rr_status cli_build(const cli_common *common, const rr_influence_config *cfg, const rr_network *net,
                    const rr_dataset *train, rr_influence **out, int *interrupted, rr_error *err);

/* Write it to a path, named after the run's model and data. */
rr_status cli_save_influence(const rr_run *run, const rr_network *net, const rr_influence *inf,
                             const char *path, rr_error *err);

#endif
