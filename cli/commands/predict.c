/* SPDX-License-Identifier: MIT */
/* predict.c - `rnnrepair predict`: a model's predictions for a split, and its errors. */
#include "kit/paths.h"
#include "kit/states.h"
#include "kit/words.h"

/* Of the confusion matrix: the widths of the names of classes, the most classes it is printed of.
 */
enum { WIDEST_ROW = 24, WIDEST_COLUMN = 10, MOST_CLASSES = 100 };

typedef struct args {
    cli_common common;
    const char *dir;
    rr_split split;
    const char *data, *states;
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
    OPT_FOREIGN(args),
    OPT_STATES(args),
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

/* A prediction that is listed: an error, or one without a truth. */
typedef struct row {
    size_t id;
    uint32_t truth, prediction;
    float probability;
} row;

static const cli_column error_table[] = {
    COL_SIZE(row, id, "id", "id", 8),
    COL_CLASS(row, truth, "truth", "truth", 6),
    COL_CLASS(row, prediction, "prediction", "prediction", 10),
    COL_CHANCE(row, probability, "probability", "probability", 11, .digits = 4),
};
static const cli_columns error_columns = CLI_COLUMNS(row, error_table);

static const cli_column unlabelled_table[] = {
    COL_SIZE(row, id, "id", "id", 8),
    COL_CLASS(row, prediction, "prediction", "prediction", 10),
    COL_CHANCE(row, probability, "probability", "probability", 11, .digits = 4),
};
static const cli_columns unlabelled_columns = CLI_COLUMNS(row, unlabelled_table);

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

/* The errors, or without labels every prediction. */
static rr_status list_rows(const rr_predictions *p, cli_result *r, row **rows, size_t *n,
                           rr_error *err)
{
    const int labelled = rr_dataset_labelled(p->ds);
    const size_t most = labelled ? p->errors : rr_dataset_count(p->ds);
    const rr_status st = cli_result_alloc(r, rows, most, sizeof **rows, err);
    *n = 0;
    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < rr_dataset_count(p->ds); i++) {
        const uint32_t truth = rr_dataset_at(p->ds, i).label;
        if (!labelled || truth != p->prediction[i])
            (*rows)[(*n)++] = (row){ i, truth, p->prediction[i], p->probability[i] };
    }
    return RR_OK;
}

static void print_rows(const args *a, const cli_columns *columns, const cli_result *r,
                       const row *rows, size_t n)
{
    char more[64];
    if (n == 0 || a->shown == 0)
        return;
    snprintf(more, sizeof more, "; --errors %zu or --json lists them", n);
    cli_print(r, "\n");
    cli_print_rows(r, columns, rows, n, a->shown, more);
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

/* A class in a column of `width`: a long name is cut, "mountai..". */
static void print_name(const cli_result *r, size_t c, size_t width)
{
    const char *name = rr_dataset_class_name(r->names, c);
    const size_t taken = cli_word_width(name);
    const size_t blanks = taken < width ? width - taken : 0;
    if (!r->text)
        return;
    printf("%*s", (int)blanks, "");
    if (taken > width) {
        cli_put_characters(stdout, name, width - 2);
        printf("..");
    } else {
        cli_put_word(stdout, name, 0);
    }
}

/* The width of the columns of classes, at least 6. */
static size_t name_width(const cli_result *r, size_t classes, size_t most)
{
    size_t width = 6;
    for (size_t c = 0; c < classes; c++) {
        const size_t taken = cli_word_width(rr_dataset_class_name(r->names, c));
        width = taken > width ? taken : width;
    }
    return width < most ? width : most;
}

static void print_confusion(const cli_result *r, const size_t *count, size_t classes)
{
    const size_t first = name_width(r, classes, WIDEST_ROW);
    const size_t width = name_width(r, classes, WIDEST_COLUMN);
    cli_print(r, "\ntruth \\ prediction\n%*s", (int)first, "");
    for (size_t c = 0; c < classes; c++) {
        cli_print(r, "  ");
        print_name(r, c, width);
    }
    for (size_t truth = 0; truth < classes; truth++) {
        cli_print(r, "\n");
        print_name(r, truth, first);
        for (size_t c = 0; c < classes; c++)
            cli_print(r, "  %*zu", (int)width, count[truth * classes + c]);
    }
    cli_print(r, "\n");
}

/* [C][C] counts, rows are truths. */
static rr_status put_confusion(const rr_predictions *p, size_t classes, cli_result *r,
                               rr_error *err)
{
    size_t *count = NULL;
    if (r->root == NULL && classes > MOST_CLASSES) {
        cli_print(r, "\nthe confusion matrix of %zu classes is in --json\n", classes);
        return RR_OK;
    }
    const rr_status st = cli_result_alloc(r, &count, classes * classes, sizeof *count, err);
    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < rr_dataset_count(p->ds); i++)
        count[rr_dataset_at(p->ds, i).label * classes + p->prediction[i]]++;
    cli_put(r, "confusion", matrix(count, classes));
    print_confusion(r, count, classes);
    return RR_OK;
}

/* How many sequences each class was predicted for. */
static rr_status put_counts(const rr_predictions *p, size_t classes, cli_result *r, rr_error *err)
{
    const size_t first = name_width(r, classes, WIDEST_ROW);
    size_t *count = NULL;
    const rr_status st = cli_result_alloc(r, &count, classes, sizeof *count, err);
    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < rr_dataset_count(p->ds); i++)
        count[p->prediction[i]]++;
    cli_put(r, "confusion", json_null());
    cli_print(r, "\n%*s  predicted\n", (int)first, "class");
    for (size_t c = 0; c < classes; c++) {
        print_name(r, c, first);
        cli_print(r, "  %9zu\n", count[c]);
    }
    return RR_OK;
}

static rr_status put_predictions(const args *a, rr_session *s, const char *split,
                                 const rr_predictions *p, cli_result *r, rr_error *err)
{
    const size_t n = rr_dataset_count(p->ds);
    const int labelled = rr_dataset_labelled(p->ds);
    const cli_columns *columns = labelled ? &error_columns : &unlabelled_columns;
    const size_t classes = rr_run_settings_of(rr_session_run(s)).network.classes;
    row *rows = NULL;
    size_t listed = 0;
    rr_status st = RR_OK;

    RRI_TRY(list_rows(p, r, &rows, &listed, err));
    r->names = p->ds;
    r->list = labelled ? "errors" : "predictions";
    cli_put(r, "run", cli_json_text(a->dir));
    cli_put(r, "data", cli_json_text(a->foreign ? a->data : NULL));
    cli_put(r, "split", cli_json_text(split));
    cli_put(r, "labelled", json_boolean(labelled));
    cli_put(r, "accuracy", cli_json_fraction(p->accuracy));
    cli_put(r, "count", cli_json_size(n));
    cli_put_class_names(r);
    cli_put_rows(r, "errors", &error_columns, rows, labelled ? listed : 0);
    if (labelled) {
        cli_print(r, "accuracy  %.4f  (%zu of %zu correct, %zu errors)\n", p->accuracy,
                  n - p->errors, n, p->errors);
        RRI_TRY(put_confusion(p, classes, r, err));
    } else {
        cli_put_rows(r, "predictions", columns, rows, listed);
        cli_print(r, "%zu predictions; there are no labels to compare them with\n", n);
        RRI_TRY(put_counts(p, classes, r, err));
    }
    print_rows(a, columns, r, rows, listed);
    cli_put(r, "output", cli_json_text(a->output));
    RRI_TRY(cli_put_origin(r, s, err));

done:
    return st;
}

static int run_predict(void *q)
{
    args *a = q;
    rr_error err = { RR_OK, -1, "" };
    cli_result r = cli_result_begin(&a->common, 0);
    rr_session *s = NULL;
    const char *split = NULL;
    rr_predictions p = { .ds = NULL };
    rr_status st = RR_OK;

    if (a->output != NULL)
        RRI_TRY(check_file(a->output, &err));
    RRI_TRY(cli_take_states(&r, a->states, &a->data, &a->foreign, &err));
    RRI_TRY(cli_open_foreign(&a->common, a->dir, a->data, a->foreign, &a->split, &split, &s, &err));
    RRI_TRY(rr_session_predict(s, a->split, &p, &err));
    if (a->output != NULL)
        RRI_TRY(cli_ends_in(a->output, ".csv") ? rr_predictions_save(&p, a->output, &err)
                                               : rr_session_save_steps(s, p.ds, a->output, &err));
    RRI_TRY(put_predictions(a, s, split, &p, &r, &err));
    RRI_TRY(cli_result_end(&r, &err));

done:
    cli_result_free(&r);
    rr_session_close(s);
    return cli_finish(&a->common, st, &err);
}

const cli_command cli_command_predict = {
    .name = "predict",
    .summary = "predict a split with a run's model and list the errors",
    .about =
        "Prints the accuracy, the confusion matrix (of 100 classes at most) and the errors. A "
        "long\n"
        "name of a class is cut in the heads of the matrix, whose columns stand in the order of\n"
        "its rows.\n"
        "\n"
        "--foreign predicts other data: text is read with the run's vocabulary, labels stand for\n"
        "its classes by name, and data without labels are predicted without an accuracy. Without\n"
        "--split it takes their test split, or the only one there is.\n"
        "\n"
        "-o FILE.csv writes one row per sequence: id, label (empty without labels), prediction\n"
        "and its probability. -o FILE.npz writes the arrays steps [N], label [N] (not without\n"
        "labels), prediction [R], probability [R][C] and state [R][H], where R is the number of\n"
        "steps of all N sequences, one sequence after another: the output layer is applied after\n"
        "every step. Neither replaces a file that is read, whatever its name.\n",
    .members = "accuracy, count\n"
               "labelled     whether there are labels; if not, accuracy and confusion are null\n"
               "class_names  [C]\n"
               "errors       [{id, truth, prediction, probability}]\n"
               "predictions  without labels: [{id, prediction, probability}]\n"
               "confusion    [C][C] counts, rows are truths, columns predictions\n"
               "run, data (of --foreign), split, output\n" CLI_ORIGIN_MEMBERS CLI_CLASS_MEMBERS,
    .list = "errors; without labels of predictions",
    .examples = "rnnrepair predict run\n"
                "rnnrepair predict run --split train --json\n"
                "rnnrepair predict run -o predictions.csv\n"
                "rnnrepair predict run -o steps.npz\n"
                "rnnrepair predict run --foreign --data csv:new.csv -o predictions.csv\n",
    CLI_TABLES(args, operands, opts),
    .defaults = defaults,
    .run = run_predict,
};
