/* SPDX-License-Identifier: MIT */
/* verifying.h - the checks of `rnnrepair verify`. Each notes its outcome (and without --json
 * prints a row on stdout); one that finds a
 * difference does not keep the others from being made. A check whose ground is missing (no model,
 * no influence file) notes nothing. Nothing in the run is changed. */
#ifndef CLI_VERIFYING_H
#define CLI_VERIFYING_H

#include "kit/cli.h"

enum { CLI_MAX_CHECKS = 8 };

/* The outcome of one check. */
typedef struct cli_check {
    const char *name;
    rr_status status; /* MISMATCH: it differs; another failure: it could not be made */
    char detail[512];
} cli_check;

typedef struct cli_verification {
    const cli_common *common;
    const char *data;    /* where the data lies now, NULL = as recorded */
    const char *vectors; /* and the word vectors */
    rr_run *run;         /* this and the next three are owned by the command */
    rr_network *net;
    rr_influence *inf;
    rr_dataset *train;
    cli_check checks[CLI_MAX_CHECKS];
    size_t n;
    int interrupted;
} cli_verification;

/* "ok", "differs" or "failed". */
const char *cli_check_word(rr_status st);

void cli_check_data(cli_verification *v);      /* the content hash of every split */
void cli_check_model(cli_verification *v);     /* loads, with its parity vector */
void cli_check_influence(cli_verification *v); /* loads, and names this model and data */
void cli_check_rebuild(cli_verification *v);   /* built again it has the same bytes */
void cli_check_training(cli_verification *v);  /* trained again it has the same weights */

#endif
