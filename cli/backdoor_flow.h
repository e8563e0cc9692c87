/* SPDX-License-Identifier: MIT */
/* backdoor_flow.h - what the command about triggers was asked for, and how it is carried out. */
#ifndef CLI_BACKDOOR_FLOW_H
#define CLI_BACKDOOR_FLOW_H

#include "backdooring.h"

/* The arguments of the command. */
typedef struct cli_backdoor_args {
    cli_common common;
    const char *dir, *trigger, *target, *data, *vectors;
    rr_split split;
    size_t top, words, count;
    rr_attack_config attack;
    rr_scan_config scan;
    double threshold; /* a score above it is called a trigger */
    int remove;
    cli_retraining how;
    cli_pair made; /* --remove: where the runs go */
} cli_backdoor_args;

/* The command, from parsed arguments to the last line. */
int cli_run_backdoor(void *args);

#endif
