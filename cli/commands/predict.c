/* SPDX-License-Identifier: MIT */
/* predict.c - `rnnrepair predict`: a model's predictions for a split, and its errors. */
#include "kit/paths.h"
#include "kit/table.h"

typedef struct args {
    cli_common common;
    const char *dir;
    rr_split split;
    const char *data;
    int foreign;
    const char *output;
    size_t shown;
} args;

static const cli_operand operands[] = {
    { "RUN", offsetof(args, dir), 0, "run directory" },
};

static const cli_opt opts[] = {
    OPT_SPLIT(args, "which split"),
    OPT_DATA(args),
    OPT_FLAG(args, foreign, "foreign", "predict other data of the same shape, given by --data"),
    OPT_WRITES(args, output, "output", "FILE",
               "write FILE.csv, one row per sequence, or FILE.npz, arrays of every step",
               .letter = 'o'),
    OPT_SIZE(args, shown, "errors", 0, 1e9, "errors listed in the table; --json lists all"),
    OPT_SEED_UNUSED(args),
};

static void defaults(void *p)
{
    args *a = p;
    a->split = RR_SPLIT_TEST;
    a->shown = 20;
}

typedef struct error_row {
    size_t id;
    uint32_t truth, prediction;
    float probability;
} error_row;

static const cli_column error_table[] = {
    COL_SIZE(error_row, id, "id", "id", 8),
    COL_U32(error_row, truth, "truth", "truth", 6),
    COL_U32(error_row, prediction, "prediction", "prediction", 10),
    COL_F32(error_row, probability, "probability", "probability", 11, .digits = 4),
};
static const cli_columns error_columns = CLI_COLUMNS(error_row, error_table);

/* ---- the file of -o ------------------------------------------------------------------------- */

static rr_status check_file(const char *path, rr_error *err)
{
    const int table = cli_ends_in(path, ".csv");
    if (!table && !cli_ends_in(path, ".npz"))
        return rri_fail(err, RR_ERR_ARG, -1,
                        "-o %s: expected FILE.csv, one row per sequence, or FILE.npz, "
                        "arrays of every step",
                        path);
    return cli_check_output_file("-o", path, table ? ".csv" : ".npz", err);
}

/* ---- the result ----------------------------------------------------------------------------- */

static rr_status list_errors(const rr_predictions *p, cli_result *r, error_row **rows,
                             rr_error *err)
{
    size_t n = 0;
    const rr_status st = cli_result_alloc(r, rows, p->errors, sizeof **rows, err);
    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < rr_dataset_count(p->ds); i++) {
        const uint32_t truth = rr_dataset_at(p->ds, i).label;
        if (truth != p->prediction[i])
            (*rows)[n++] = (error_row){ i, truth, p->prediction[i], p->probability[i] };
    }
    return RR_OK;
}

static void print_errors(const args *a, const cli_result *r, const error_row *rows, size_t n)
{
    char more[64];
    if (n == 0 || a->shown == 0)
        return;
    snprintf(more, sizeof more, "; --errors %zu or --json lists them", n);
    cli_print(r, "\n");
    cli_print_rows(r, &error_columns, rows, n, a->shown, more);
}

static json_t *matrix(const size_t *count, size_t n)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < n * n; i++) {
        if (i % n == 0)
            json_array_append_new(rows, json_array());
        if (json_array_append_new(json_array_get(rows, i / n), cli_json_size(count[i])) != 0) {
            json_decref(rows);
            return NULL;
        }
    }
    return rows;
}

/* [C][C] counts, rows are truths. */
static rr_status put_confusion(const rr_predictions *p, size_t classes, cli_result *r,
                               rr_error *err)
{
    size_t *count = NULL;
    const rr_status st = cli_result_alloc(r, &count, classes * classes, sizeof *count, err);
    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < rr_dataset_count(p->ds); i++)
        count[rr_dataset_at(p->ds, i).label * classes + p->prediction[i]]++;
    cli_put(r, "confusion", matrix(count, classes));
    cli_print(r, "\ntruth \\ prediction\n%6s", "");
    for (size_t c = 0; c < classes; c++)
        cli_print(r, "  %6zu", c);
    for (size_t truth = 0; truth < classes; truth++) {
        cli_print(r, "\n%6zu", truth);
        for (size_t c = 0; c < classes; c++)
            cli_print(r, "  %6zu", count[truth * classes + c]);
    }
    cli_print(r, "\n");
    return RR_OK;
}

/* The predictions for the split, or for other data, then owned by *other. */
static rr_status predict(const args *a, rr_session *s, rr_dataset **other, cli_result *r,
                         rr_predictions *p, rr_error *err)
{
    uint32_t *prediction = NULL;
    float *probability = NULL;
    rr_status st = RR_OK;

    if (!a->foreign)
        return rr_session_predict(s, a->split, p, err);
    RRI_TRY(rr_dataset_load(a->data, a->split, other, err));
    const size_t n = rr_dataset_count(*other);
    RRI_TRY(cli_result_alloc(r, &prediction, n, sizeof *prediction, err));
    RRI_TRY(cli_result_alloc(r, &probability, n, sizeof *probability, err));
    RRI_TRY(rr_session_predict_data(s, *other, prediction, probability, p, err));

done:
    return st;
}

static rr_status put_predictions(const args *a, rr_session *s, const rr_predictions *p,
                                 cli_result *r, rr_error *err)
{
    const size_t n = rr_dataset_count(p->ds);
    const rr_network *net = NULL;
    error_row *rows = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_session_network(s, &net, err));
    RRI_TRY(list_errors(p, r, &rows, err));
    cli_put(r, "run", cli_json_text(a->dir));
    cli_put(r, "split", cli_json_text(rr_enum_name(RR_ENUM_SPLIT, a->split)));
    cli_put(r, "accuracy", cli_json_f64(p->accuracy));
    cli_put(r, "count", cli_json_size(n));
    cli_put_rows(r, "errors", &error_columns, rows, p->errors);
    cli_print(r, "accuracy  %.4f  (%zu of %zu correct, %zu errors)\n", p->accuracy, n - p->errors,
              n, p->errors);
    RRI_TRY(put_confusion(p, rr_network_config_of(net).classes, r, err));
    print_errors(a, r, rows, p->errors);
    cli_put(r, "output", cli_json_text(a->output));

done:
    return st;
}

static int run_predict(void *q)
{
    args *a = q;
    rr_error err = { RR_OK, -1, "" };
    cli_result r = cli_result_begin(&a->common, 0);
    rr_session *s = NULL;
    const rr_network *net = NULL;
    rr_dataset *other = NULL;
    rr_predictions p = { .ds = NULL };
    rr_status st = RR_OK;

    if (a->foreign && a->data == NULL)
        RRI_TRY(rri_fail(&err, RR_ERR_ARG, -1, "--foreign needs --data SPEC: the other data"));
    if (a->output != NULL)
        RRI_TRY(check_file(a->output, &err));
    RRI_TRY(cli_open(&a->common, a->dir, a->foreign ? NULL : a->data, NULL, &s, &err));
    RRI_TRY(rr_session_network(s, &net, &err));
    RRI_TRY(predict(a, s, &other, &r, &p, &err));
    if (a->output != NULL)
        RRI_TRY(cli_ends_in(a->output, ".csv") ? rr_predictions_save(&p, a->output, &err)
                                               : rr_session_save_steps(s, p.ds, a->output, &err));
    RRI_TRY(put_predictions(a, s, &p, &r, &err));
    RRI_TRY(cli_result_end(&r, &err));

done:
    cli_result_free(&r);
    rr_dataset_free(other);
    rr_session_close(s);
    return cli_finish(&a->common, st, &err);
}

const cli_command cli_command_predict = {
    .name = "predict",
    .summary = "predict a split with a run's model and list the errors",
    .about =
        "Prints the accuracy, the confusion matrix and the errors. -o FILE.csv writes one row per\n"
        "sequence: id, label, prediction and its probability. -o FILE.npz writes the arrays\n"
        "steps [N], label [N], prediction [R], probability [R][C] and state [R][H], where R is "
        "the\n"
        "number of steps of all N sequences, one sequence after another: the output layer is\n"
        "applied after every step. Neither replaces a file that is read, whatever its name.\n",
    .members = "accuracy, count\n"
               "errors     [{id, truth, prediction, probability}]\n"
               "confusion  [C][C] counts, rows are truths, columns predictions\n"
               "run, split, output\n",
    .list = "errors",
    .examples = "rnnrepair predict run\n"
                "rnnrepair predict run --split train --json\n"
                "rnnrepair predict run -o predictions.csv\n"
                "rnnrepair predict run -o steps.npz\n"
                "rnnrepair predict run --foreign --data npz:other.npz\n",
    CLI_TABLES(args, operands, opts),
    .defaults = defaults,
    .run = run_predict,
};
