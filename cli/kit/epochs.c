/* SPDX-License-Identifier: MIT */
/* epochs.c - columns of the epochs of a training and of the outcome of a retraining. */
#include "kit/epochs.h"

static const cli_column epoch_table[] = {
    COL_SIZE(rr_run_epoch, epoch, "epoch", "epoch", 5),
    COL_F64(rr_run_epoch, loss, "loss", "loss", 8, .digits = 4),
    COL_PERCENT(rr_run_epoch, train_accuracy, "train_accuracy", "train %", 8, .digits = 2),
    COL_PERCENT(rr_run_epoch, dev_accuracy, "dev_accuracy", "dev %", 8, .digits = 2),
    COL_PERCENT(rr_run_epoch, test_accuracy, "test_accuracy", "test %", 8, .digits = 2),
    COL_F64(rr_run_epoch, seconds, "seconds", "seconds", 8, .digits = 2),
    COL_F64(rr_run_epoch, sequences_per_second, "sequences_per_second", "sequences/s", 11),
};
const cli_columns cli_epoch_columns = CLI_COLUMNS(rr_run_epoch, epoch_table);

static const cli_column outcome_table[] = {
    COL_DATA(SIZE, rr_outcome, count, "count"),
    COL_DATA(SIZE, rr_outcome, fixed, "fixed"),
    COL_DATA(SIZE, rr_outcome, still_failing, "still_failing"),
    COL_DATA(SIZE, rr_outcome, newly_broken, "newly_broken"),
    COL_DATA(SIZE, rr_outcome, unchanged, "unchanged"),
};
const cli_columns cli_outcome_columns = CLI_COLUMNS(rr_outcome, outcome_table);

void cli_print_epoch(FILE *f, const rr_run_epoch *epoch, int heading)
{
    cli_text_table(f, &cli_epoch_columns, epoch, 1, heading, NULL);
    fflush(f);
}

void cli_put_training(cli_result *r, const rr_run *run, const char *model_hash)
{
    size_t n = 0;
    const rr_run_epoch *rows = rr_run_history(run, &n);
    const size_t kept = rr_run_model_epoch(run);
    cli_put_rows(r, "epochs", &cli_epoch_columns, rows, n);
    /* The accuracy of the model on disk: with --keep best not that of the last epoch. */
    const double test = kept > 0 && kept <= n ? rows[kept - 1].test_accuracy : -1.0;
    cli_put(r, "test_accuracy", cli_json_fraction(test));
    cli_put(r, "model_epoch", cli_json_size(kept));
    cli_put(r, "model_hash", cli_json_text(model_hash));
    cli_put(r, "epochs_planned", cli_json_size(rr_run_settings_of(run).train.epochs));
}
