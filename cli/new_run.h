/* SPDX-License-Identifier: MIT */
/* new_run.h - what a new run is to be, and the directory made of it. */
#ifndef CLI_NEW_RUN_H
#define CLI_NEW_RUN_H

#include "kit/options.h"
#include "training.h"

/* The settings of train's command line. Widths and classes come from the data. */
typedef struct cli_new_run {
    const char *data;    /* SPEC */
    const char *vectors; /* file of word vectors, or NULL */
    const char *labels;  /* file of decisions about the training set, or NULL */
    rr_recipe recipe;
    rr_network_config network;
    rr_train_config train;
    rr_keep keep;
    int checkpoints;
} cli_new_run;

void cli_new_run_defaults(cli_new_run *plan);

/* Fill in a recipe's settings where the command line gave none. */
void cli_apply_recipe(const cli_common *common, cli_new_run *plan);

/* Load the data, complete the network's sizes, and make the directory. What the trainer would
 * refuse leaves none behind. */
rr_status cli_make_run(const cli_common *common, const char *dir, cli_new_run *plan, rr_run **out,
                       rr_error *err);

#endif
