/* SPDX-License-Identifier: MIT */
/* states.h - the option --states, and what is said of the states of a network trained elsewhere. */
#ifndef CLI_STATES_H
#define CLI_STATES_H

#include "kit/table.h"

/* Other states of the network of a run on states; `states` is a member of the arguments. */
#define OPT_STATES(args)                                                                           \
    OPT_READS(args, states, "states", "FILE.npz",                                                  \
              "other states of the network of a run on states; labels are optional",               \
              .preset = "none")

/* The value of `foreign` that --states sets; --foreign sets 1. */
enum { CLI_STATES = 2 };

/* --states FILE takes the place of --foreign --data SPEC. Nothing is done where states is NULL.
 * Errors: ARG (beside these two). */
rr_status cli_take_states(const cli_common *common, const char *states, const char **data,
                          int *foreign, rr_error *err);

/* Whether other data fit the kind of run: ARG of --states where the run has a network, and of
 * --foreign --data where it has states. `foreign` is 1 or CLI_STATES. */
rr_status cli_check_other(const cli_common *common, int foreign, const char *data,
                          const rr_session *s, rr_error *err);

/* Of a run on states: print what they are, and how far they are the model's own, as a last
 * paragraph; and put it as the member `origin`. Of other runs nothing. */
rr_status cli_put_origin(cli_result *r, const rr_session *s, rr_error *err);

/* What the member is, for the commands' help. */
#define CLI_ORIGIN_MEMBERS                                                                         \
    "origin       of a run on states: {kind, compared, disagreements, difference, model,\n"        \
    "             sentence}\n"

#endif
