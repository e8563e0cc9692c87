/* SPDX-License-Identifier: MIT */
/* repair_series.c - what `rnnrepair repair --seeds` prints: means over seeds. */
#include "commands/repair_outcome.h"
#include "kit/epochs.h"

/* ---- columns -------------------------------------------------------------------------------- */

static const cli_column seed_table[] = {
    COL_U64(rr_repair_seed, seed, "seed", "seed", 20),
    COL_SIZE(rr_repair_seed, kept, "kept", "kept", 8),
    COL_SIZE(rr_repair_seed, of_targets.fixed, "fixed", "fixed", 8),
    COL_SIZE(rr_repair_seed, of_targets.still_failing, "still_failing", "still failing", 13),
    COL_SIZE(rr_repair_seed, all.newly_broken, "newly_broken", "newly broken", 12),
    COL_F64(rr_repair_seed, all.accuracy_after, "accuracy_after", "accuracy after", 14,
            .digits = 4),
    COL_DATA(FLAG, rr_repair_seed, harmful, "harmful"),
    COL_RECORD(rr_repair_seed, all, "outcome", cli_outcome_columns),
};
static const cli_columns seed_columns = CLI_COLUMNS(rr_repair_seed, seed_table);

static const cli_column mean_table[] = {
    COL_DATA(SIZE, rr_series_target, id, "id"),
    COL_DATA(CLASS, rr_series_target, truth, "truth"),
    COL_DATA(CLASS, rr_series_target, prediction, "prediction"),
    COL_DATA(F64, rr_series_target, fixed, "fixed"),
};
static const cli_columns mean_columns = CLI_COLUMNS(rr_series_target, mean_table);

static const cli_column series_table[] = {
    COL_DATA(SIZE, rr_repair_series, count, "targets"),
    COL_DATA(F64, rr_repair_series, mean_kept, "kept"),
    COL_DATA(F64, rr_repair_series, mean_fixed, "fixed"),
    COL_DATA(F64, rr_repair_series, mean_still_failing, "still_failing"),
    COL_DATA(F64, rr_repair_series, mean_newly_broken, "newly_broken"),
    COL_DATA(F64, rr_repair_series, accuracy_before, "accuracy_before"),
    COL_DATA(F64, rr_repair_series, accuracy_after, "accuracy_after"),
};
static const cli_columns series_columns = CLI_COLUMNS(rr_repair_series, series_table);

static const cli_column interval_table[] = {
    COL_DATA(F64, rr_interval, mean, "mean"),
    COL_DATA(F64, rr_interval, low, "low"),
    COL_DATA(F64, rr_interval, high, "high"),
};
static const cli_columns interval_columns = CLI_COLUMNS(rr_interval, interval_table);

#define COL_INTERVAL(member, name) COL_DOTTED(mean_row, of.member, name, interval_columns)

/* A retraining over all seeds; the texts are "mean +- half of the interval". */
typedef struct mean_row {
    rr_series_retraining of;
    rr_series_quality quality;
    const char *added, *targets, *unseen, *left, *broken, *accuracy, *f1, *auc, *divergence, *error,
        *loss;
    const char *remark;
} mean_row;

static const cli_column mean_retraining_table[] = {
    COL_ENUM(mean_row, of.strategy, "strategy", RR_ENUM_STRATEGY, "strategy", -10),
    COL_TEXT(mean_row, added, NULL, "added", 7),
    COL_TEXT(mean_row, targets, NULL, "targets", 12),
    COL_TEXT(mean_row, unseen, NULL, "unseen", 12),
    COL_TEXT(mean_row, left, NULL, "left", 13),
    COL_TEXT(mean_row, broken, NULL, "broken", 12),
    COL_TEXT(mean_row, accuracy, NULL, "accuracy", 16),
    COL_TEXT(mean_row, f1, NULL, "F1", 7),
    COL_TEXT(mean_row, auc, NULL, "AUC", 7),
    COL_TEXT(mean_row, divergence, NULL, "KL", 7),
    COL_TEXT(mean_row, error, NULL, "ECE", 7),
    COL_TEXT(mean_row, loss, NULL, "loss", 7),
    COL_TEXT(mean_row, remark, NULL, "", 0),
    COL_DATA(SIZE, mean_row, of.harmful, "harmful"),
    COL_INTERVAL(added, "added"),
    COL_INTERVAL(targets_fixed, "targets_fixed"),
    COL_INTERVAL(unseen_fixed, "unseen_fixed"),
    COL_INTERVAL(unseen_left, "unseen_left"),
    COL_INTERVAL(broken, "broken"),
    COL_INTERVAL(accuracy, "accuracy"),
    COL_INTERVAL(divergence, "divergence"),
    COL_INTERVAL(calibration_error, "calibration_error"),
    COL_INTERVAL(loss, "loss"),
    COL_INTERVAL(seconds, "seconds"),
    COL_DOTTED(mean_row, quality.macro_f1, "macro_f1", interval_columns),
    COL_DOTTED(mean_row, quality.auc, "auc", interval_columns),
    COL_DOTTED(mean_row, quality.unseen_auc, "unseen_auc", interval_columns),
};
static const cli_columns mean_retraining_columns = CLI_COLUMNS(mean_row, mean_retraining_table);

/* ---- the table ------------------------------------------------------------------------------ */

/* "mean +- half of the interval" as a text of the result. */
static rr_status write_interval(cli_result *r, const rr_interval *x, int digits, int with,
                                const char **out, rr_error *err)
{
    char *text = NULL;
    const rr_status st = cli_result_alloc(r, &text, 48, 1, err);
    if (st != RR_OK)
        return st;
    if (with)
        snprintf(text, 48, "%.*f +-%.*f", digits, x->mean, digits, x->high - x->mean);
    else
        snprintf(text, 48, "%.*f", digits, x->mean);
    *out = text;
    return RR_OK;
}

static rr_status take_means(const rr_repair_series *x, size_t k, cli_result *r, mean_row *row,
                            rr_error *err)
{
    const rr_series_retraining *of = &x->retrainings[k];
    const rr_series_quality *q = &x->qualities[k];
    char *remark = NULL;
    rr_status st = RR_OK;

    *row = (mean_row){ .of = *of, .quality = *q, .auc = "-", .remark = "" };
    RRI_TRY(write_interval(r, &q->macro_f1, 4, 0, &row->f1, err));
    if (q->unseen_auc.mean >= 0.0)
        RRI_TRY(write_interval(r, &q->unseen_auc, 4, 0, &row->auc, err));
    RRI_TRY(write_interval(r, &of->added, 0, 0, &row->added, err));
    RRI_TRY(write_interval(r, &of->targets_fixed, 1, 1, &row->targets, err));
    RRI_TRY(write_interval(r, &of->unseen_fixed, 1, 1, &row->unseen, err));
    RRI_TRY(write_interval(r, &of->unseen_left, 1, 1, &row->left, err));
    RRI_TRY(write_interval(r, &of->broken, 1, 1, &row->broken, err));
    RRI_TRY(write_interval(r, &of->accuracy, 4, 1, &row->accuracy, err));
    RRI_TRY(write_interval(r, &of->divergence, 4, 0, &row->divergence, err));
    RRI_TRY(write_interval(r, &of->calibration_error, 4, 0, &row->error, err));
    RRI_TRY(write_interval(r, &of->loss, 4, 0, &row->loss, err));
    if (of->harmful > 0) {
        RRI_TRY(cli_result_alloc(r, &remark, 48, 1, err));
        snprintf(remark, 48, "harmful: %zu of %zu", of->harmful, x->count_seeds);
        row->remark = remark;
    }

done:
    return st;
}

rr_status cli_put_series(const cli_repair *a, const rr_repair_series *x, cli_result *r,
                         rr_error *err)
{
    const size_t n = x->count_retrainings;
    mean_row *rows = NULL;
    rr_status st = RR_OK;

    cli_put_repair_settings(a, a->new_dir, NULL, r);
    cli_put_record(r, NULL, &series_columns, x);
    cli_put_rows(r, "per_seed", &seed_columns, x->seeds, x->count_seeds);
    cli_put_rows(r, "per_target", &mean_columns, x->targets, x->count);
    cli_print_rows(r, &seed_columns, x->seeds, x->count_seeds, x->count_seeds, "");
    cli_print(r, "%20s  %8.1f  %8.2f  %13.2f  %12.2f  %14.4f\n", "mean", x->mean_kept,
              x->mean_fixed, x->mean_still_failing, x->mean_newly_broken, x->accuracy_after);
    cli_print(r, "\n%zu targets; accuracy before %.4f\n", x->count, x->accuracy_before);
    RRI_TRY(cli_result_alloc(r, &rows, n, sizeof *rows, err));
    for (size_t i = 0; i < n; i++)
        RRI_TRY(take_means(x, i, r, &rows[i], err));
    cli_put_measured(a, &x->before, &x->quality_before, x->measured_split,
                     (size_t)(rows[0].of.unseen_fixed.mean + rows[0].of.unseen_left.mean + 0.5), 0,
                     x->test_used, r);
    cli_put_rows(r, "retrainings", &mean_retraining_columns, rows, n);
    cli_print_rows(r, &mean_retraining_columns, rows, n, n, "");
    cli_print(r, "%s", cli_repair_legend);
    if (x->count_seeds > 1)
        cli_print(r, "+-: half of the 95 %% interval of the mean over %zu seeds\n", x->count_seeds);
    if (rows[0].of.harmful > 0)
        cli_print(r,
                  "Nothing is kept of %zu of %zu repairs, which did harm: their figures are those "
                  "of the last\nweights.\n",
                  rows[0].of.harmful, x->count_seeds);

done:
    return st;
}
