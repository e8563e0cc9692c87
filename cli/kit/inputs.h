/* SPDX-License-Identifier: MIT */
/* inputs.h - what the commands that look at errors read beside the run: where its own data are now,
 * cases, other data, other states; and what is said of the states of a network trained elsewhere.
 */
#ifndef CLI_INPUTS_H
#define CLI_INPUTS_H

#include "kit/table.h"

/* The options, as a member `in` of a command's arguments, and what became of them. */
typedef struct cli_inputs {
    const char *data, *vectors; /* where the run's own are now; NULL = as recorded */
    const char *cases, *states; /* other data with labels; other states */
    int foreign;                /* data is other data */
    const char *other;          /* set by cli_open_inputs(): the data in the place of the run's own,
                                   NULL for its own */
    const char *split;          /* set: what the split is called */
} cli_inputs;

/* Inputs with their right labels, in the place of a split of the run. */
#define OPT_CASES(args)                                                                            \
    OPT_READS_DATA(                                                                                \
        args, in.cases, "cases",                                                                   \
        "look at the errors among these labelled inputs, read with the run's words and "           \
        "classes; of a run on states a states file",                                               \
        .preset = "a split of the run")
#define OPT_FOREIGN(args)                                                                          \
    OPT_FLAG(args, in.foreign, "foreign",                                                          \
             "--data is other data, read with the run's words and classes; labels are optional",   \
             .local = 1)
#define OPT_STATES(args)                                                                           \
    OPT_READS(args, in.states, "states", "FILE.npz",                                               \
              "other states of the network of a run on states; labels are optional",               \
              .preset = "none")

/* Open a run as cli_open() does, and the other data the options name: *split becomes
 * RR_SPLIT_OTHER then. --split is the split of the other data, by default test or the only one.
 * *out is to be closed also on failure, unless it is NULL.
 * Errors: ARG (options that exclude each other; states of a run with a network, or other data of
 * one on states; cases without labels), as cli_open() and rr_session_other(). */
rr_status cli_open_inputs(cli_common *common, const char *dir, cli_inputs *in, rr_split *split,
                          rr_session **out, rr_error *err);

/* A second run to show beside one: named, or the run it was retrained from; `alone` = none. */
typedef struct cli_beside {
    const char *with; /* NULL = the parent, if it is still there and has a model, else a note */
    int alone;
    const char *data, *vectors; /* of both runs */
} cli_beside;

/* The options of the commands that show a page. */
#define OPT_ALONE(args, member) OPT_FLAG(args, member, "alone", "compare with no other run")
#define OPT_AUDITED(args, member)                                                                  \
    OPT_SIZE(args, member, "audit", 0, 1e9, "labels listed by the audit, 0 = no audit")
#define OPT_NO_TRIGGERS(args, member)                                                              \
    OPT_FLAG(args, member, "no-triggers", "do not search for triggers")

/* Open it. *out is NULL where there is none, and to be closed also on failure.
 * Errors: ARG (alone, beside --with), as cli_open(). */
rr_status cli_open_beside(cli_common *common, const rr_session *s, const cli_beside *beside,
                          rr_session **out, rr_error *err);

/* Of a run on states: print what they are, and how far they are the model's own, as a last
 * paragraph; and put it as the member `origin`. Of other runs nothing. */
rr_status cli_put_origin(cli_result *r, const rr_session *s, rr_error *err);

/* What the member is, for the commands' help. */
#define CLI_ORIGIN_MEMBERS                                                                         \
    "origin       of a run on states: {kind, compared, disagreements, difference, model,\n"        \
    "             sentence}\n"

#endif
