/* SPDX-License-Identifier: MIT */
/* epochs.h - the epochs of a training and the outcome of a retraining, as rows and as members of a
 * document. */
#ifndef CLI_EPOCHS_H
#define CLI_EPOCHS_H

#include "kit/table.h"

/* Of an rr_run_epoch. */
extern const cli_columns cli_epoch_columns;

/* Of an rr_outcome, its counts. */
extern const cli_columns cli_outcome_columns;

/* One row, with the heading line before it where `heading` is set. */
void cli_print_epoch(FILE *f, const rr_run_epoch *epoch, int heading);

/* The members epochs, test_accuracy, model_epoch, model_hash, epochs_planned. model_hash: of the
 * model on disk, NULL where no epoch is finished. */
void cli_put_training(cli_result *r, const rr_run *run, const char *model_hash);

#endif
