/* SPDX-License-Identifier: MIT */
/* backdoor.h - what the parts of `rnnrepair backdoor` share: words that may be triggers
 * (backdoor.c), a trigger and its removal (backdoor_trigger.c), patterns of training sequences and
 * their removal (backdoor_patterns.c). */
#ifndef CLI_BACKDOOR_H
#define CLI_BACKDOOR_H

#include "kit/inputs.h"
#include "kit/words.h"

typedef struct backdoor_args {
    cli_common common;
    const char *dir, *trigger, *target, *output, *review;
    cli_inputs in;
    int on_states; /* the run has states in the place of a network */
    int by_steps;  /* it has an output at every step: a trigger turns the next step */
    size_t top, count;
    rr_backdoor_scan_kind kind; /* of a search */
    rr_trace_config cfg;
    rr_scan_config scan;
    rr_pattern_config patterns;
    rr_retrain_config how;
    double threshold; /* a score above it is called a trigger */
    int remove;
} backdoor_args;

/* A word, or the trigger that was named. */
typedef struct backdoor_candidate {
    size_t rank;
    cli_words token;
    rr_candidate of;
    cli_list ids;
} backdoor_candidate;

/* n symbols as words; one of them as a cell of a table. */
cli_words backdoor_phrase(const cli_result *r, const uint32_t *symbols, size_t n);

/* The trigger of the command line, or candidate 1 of scan, traced; and with --remove taken out. */
rr_status backdoor_examine(backdoor_args *a, rr_session *s, const rr_scan *scan, cli_result *r,
                           rr_error *err);

/* The training sequences by their patterns; with --review written, with --remove taken out. */
rr_status backdoor_patterns(backdoor_args *a, rr_session *s, cli_result *r, rr_error *err);

#endif
