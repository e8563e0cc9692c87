/* SPDX-License-Identifier: MIT */
/* predict.c - `rnnrepair predict`: a model's predictions for a split, and its errors. */
#include "commands/novelty.h"
#include "kit/confusion.h"
#include "kit/inputs.h"
#include "kit/paths.h"

#include <math.h>

enum { MOST_CLASSES = 100 }; /* that are printed */

typedef struct args {
    cli_common common;
    const char *dir;
    rr_split split;
    cli_inputs in;
    const char *output;
    int steps; /* -o: what explain has of every step */
    size_t shown;
} args;

static const cli_operand operands[] = {
    { "RUN", offsetof(args, dir), 0, "run directory" },
};

static const cli_opt opts[] = {
    OPT_SPLIT(args, "which split"),
    OPT_DATA(args, in.data),
    OPT_FOREIGN(args),
    OPT_STATES(args),
    OPT_WRITES(args, output, "output", "FILE",
               "write FILE.csv, one row per sequence, or FILE.npz, arrays of every step",
               .letter = 'o'),
    OPT_FLAG(args, steps, "steps",
             "-o FILE.csv: one row per step, with its abstract state and how many training "
             "sequences match",
             .local = 1),
    OPT_SIZE(args, shown, "errors", 0, 1e9, "errors listed in the table; --json lists all",
             .local = 1),
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
    cli_source from;
    uint32_t truth, prediction;
    float probability;
    float novelty; /* not a number where it is unknown */
} row;

static const cli_column error_table[] = {
    COL_SIZE(row, id, "id", "id", 8),
    COL_SOURCE(row, from, 0),
    COL_CLASS(row, truth, "truth", "truth", 6),
    COL_CLASS(row, prediction, "prediction", "prediction", 10),
    COL_CHANCE(row, probability, "probability", "probability", 11, .digits = 4),
    COL_DATA(F32, row, novelty, "novelty"),
};
static const cli_columns error_columns = CLI_COLUMNS(row, error_table);

static const cli_column unlabelled_table[] = {
    COL_SIZE(row, id, "id", "id", 8),
    COL_SOURCE(row, from, 0),
    COL_CLASS(row, prediction, "prediction", "prediction", 10),
    COL_CHANCE(row, probability, "probability", "probability", 11, .digits = 4),
    COL_DATA(F32, row, novelty, "novelty"),
};
static const cli_columns unlabelled_columns = CLI_COLUMNS(row, unlabelled_table);

/* The same of steps. */
typedef struct step_row {
    size_t id, t;
    cli_source from;
    uint32_t truth, prediction;
    float probability;
    cli_words word;
    size_t part; /* SIZE_MAX = none */
} step_row;

#define STEP_COLUMNS                                                                               \
    COL_CLASS(step_row, prediction, "prediction", "prediction", 10),                               \
        COL_CHANCE(step_row, probability, "probability", "probability", 11, .digits = 4),          \
        COL_WORDS(step_row, word, "word", "word", 0)

static const cli_column step_error_table[] = {
    COL_SIZE(step_row, id, "id", "id", 8),
    COL_SOURCE(step_row, from, 0),
    COL_SIZE(step_row, t, "t", "t", 6),
    COL_CLASS(step_row, truth, "truth", "truth", 6),
    STEP_COLUMNS,
};
static const cli_columns step_error_columns = CLI_COLUMNS(step_row, step_error_table);

static const cli_column step_unlabelled_table[] = {
    COL_SIZE(step_row, id, "id", "id", 8),
    COL_SOURCE(step_row, from, 0),
    COL_SIZE(step_row, t, "t", "t", 6),
    STEP_COLUMNS,
};
static const cli_columns step_unlabelled_columns = CLI_COLUMNS(step_row, step_unlabelled_table);

/* The rows of -o FILE.csv: every sequence, or every step, with its label where there is one. */
static const cli_column all_table[] = {
    COL_DATA(SIZE, row, id, "id"),
    COL_SOURCE(row, from, 0),
    COL_DATA(CLASS, row, truth, "label"),
    COL_DATA(CLASS, row, prediction, "prediction"),
    COL_DATA(CHANCE, row, probability, "probability"),
    COL_DATA(F32, row, novelty, "novelty"),
};
static const cli_columns all_columns = CLI_COLUMNS(row, all_table);

#define ALL_STEP_COLUMNS                                                                           \
    COL_DATA(SIZE, step_row, id, "id"), COL_SOURCE(step_row, from, 0),                             \
        COL_DATA(SIZE, step_row, t, "t"), COL_DATA(CLASS, step_row, truth, "label"),               \
        COL_DATA(CLASS, step_row, prediction, "prediction"),                                       \
        COL_DATA(CHANCE, step_row, probability, "probability")

static const cli_column all_step_table[] = { ALL_STEP_COLUMNS };
static const cli_columns all_step_columns = CLI_COLUMNS(step_row, all_step_table);
static const cli_column all_word_table[] = { ALL_STEP_COLUMNS,
                                             COL_DATA(WORDS, step_row, word, "word") };
static const cli_columns all_word_columns = CLI_COLUMNS(step_row, all_word_table);
static const cli_column all_part_table[] = { ALL_STEP_COLUMNS,
                                             COL_DATA(SIZE, step_row, part, "part") };
static const cli_columns all_part_columns = CLI_COLUMNS(step_row, all_part_table);

/* How good the predictions of one class are. */
typedef struct class_row {
    uint32_t class;
    rr_class_quality of;
} class_row;

#define CLASS_COLUMNS(counted)                                                                     \
    COL_CLASS(class_row, class, "class", "class", -6, .fit = 24),                                  \
        COL_SIZE(class_row, of.count, counted, counted, 9),                                        \
        COL_SIZE(class_row, of.correct, "correct", "correct", 9),                                  \
        COL_SIZE(class_row, of.predicted, "predicted", "predicted", 9),                            \
        COL_FRACTION(class_row, of.recall, "recall", "recall", 7, .digits = 4),                    \
        COL_FRACTION(class_row, of.precision, "precision", "precision", 9, .digits = 4),           \
        COL_FRACTION(class_row, of.f1, "f1", "F1", 7, .digits = 4)

static const cli_column class_table[] = { CLASS_COLUMNS("count") };
static const cli_columns class_columns = CLI_COLUMNS(class_row, class_table);
static const cli_column step_class_table[] = { CLASS_COLUMNS("steps") };
static const cli_columns step_class_columns = CLI_COLUMNS(class_row, step_class_table);

/* ---- the file of -o ------------------------------------------------------------------------- */

static rr_status check_file(void *q, rr_error *err)
{
    const char *path = ((const args *)q)->output;
    const int table = path != NULL && rri_ends_in(path, ".csv");
    if (((const args *)q)->steps && !table)
        return rri_fail(err, RR_ERR_ARG, -1, "--steps is of -o FILE.csv");
    if (path == NULL)
        return RR_OK;
    if (!table && !rri_ends_in(path, ".npz"))
        return rri_fail(err, RR_ERR_ARG, -1,
                        "-o %s: expected FILE.csv, one row per sequence, or FILE.npz, "
                        "arrays of every step",
                        path);
    return cli_check_output_file("-o", path, table ? ".csv" : ".npz", err);
}

/* ---- the result ----------------------------------------------------------------------------- */

static float novelty_of(const rr_split_novelty *of, size_t i)
{
    return of->sequences != NULL ? of->sequences[i].value : NAN;
}

/* The errors, or without labels every prediction. */
static rr_status list_rows(const rr_predictions *p, const rr_split_novelty *novelty, cli_result *r,
                           row **rows, size_t *n, rr_error *err)
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
            (*rows)[(*n)++] = (row){
                i, { p->ds, i }, truth, p->prediction[i], p->probability[i], novelty_of(novelty, i)
            };
    }
    return RR_OK;
}

/* Every sequence, for CSV. */
static rr_status offer_sequences(const rr_predictions *p, const rr_split_novelty *novelty,
                                 cli_result *r, rr_error *err)
{
    const size_t n = rr_dataset_count(p->ds);
    const int labelled = rr_dataset_labelled(p->ds);
    row *rows = NULL;
    rr_status st = RR_OK;

    if (!r->csv)
        return RR_OK;
    RRI_TRY(cli_result_alloc(r, &rows, n, sizeof *rows, err));
    for (size_t i = 0; i < n; i++)
        rows[i] = (row){ i,
                         { p->ds, i },
                         labelled ? rr_dataset_at(p->ds, i).label : UINT32_MAX,
                         p->prediction[i],
                         p->probability[i],
                         novelty_of(novelty, i) };
    cli_offer_rows(r, "predictions", &all_columns, rows, n);

done:
    return st;
}

static void print_rows(const args *a, const cli_columns *columns, const cli_result *r,
                       const void *rows, size_t n)
{
    char more[64];
    if (n == 0 || a->shown == 0)
        return;
    snprintf(more, sizeof more, "; --errors %zu or --json lists them", n);
    cli_print(r, "\n");
    cli_print_rows(r, columns, rows, n, a->shown, more);
}

/* [C][C] counts, rows are truths. */
static rr_status put_confusion(const rr_predictions *p, size_t classes, cli_result *r,
                               rr_error *err)
{
    size_t *count = NULL;
    size_t at = 0;
    const rr_status st = cli_confusion_new(r, classes, &count, err);
    if (st != RR_OK || count == NULL)
        return st;
    for (size_t i = 0; i < rr_dataset_count(p->ds); i++) {
        const rr_sequence q = rr_dataset_at(p->ds, i);
        if (p->step_prediction == NULL)
            count[q.label * classes + p->prediction[i]]++;
        for (size_t t = 0; p->step_prediction != NULL && t < q.steps; t++, at++)
            if (q.step_labels[t] != RR_NO_LABEL)
                count[q.step_labels[t] * classes + p->step_prediction[at]]++;
    }
    cli_put_confusion(r, count, classes);
    return RR_OK;
}

/* Recall, precision and F1 of each class and their means, and the confusion matrix. */
static rr_status put_quality(rr_session *s, rr_split split, const rr_predictions *p, size_t classes,
                             cli_result *r, rr_error *err)
{
    const cli_columns *columns = p->step_prediction != NULL ? &step_class_columns : &class_columns;
    rr_class_quality *by_class = NULL;
    class_row *rows = NULL;
    rr_quality q = { .count = 0 };
    rr_status st = RR_OK;

    RRI_TRY(cli_result_alloc(r, &by_class, classes, sizeof *by_class, err));
    RRI_TRY(cli_result_alloc(r, &rows, classes, sizeof *rows, err));
    RRI_TRY(rr_session_quality(s, split, &q, by_class, err));
    for (size_t c = 0; c < classes; c++)
        rows[c] = (class_row){ (uint32_t)c, by_class[c] };
    cli_put(r, "macro_recall", cli_json_fraction(q.macro_recall));
    cli_put(r, "macro_f1", cli_json_fraction(q.macro_f1));
    cli_put(r, "auc", cli_json_fraction(q.auc));
    cli_put_rows(r, "per_class", columns, rows, classes);
    if (q.count > 0)
        cli_print(r, "macro-F1  %.4f  (mean recall %.4f)\n", q.macro_f1, q.macro_recall);
    if (q.auc >= 0.0)
        cli_print(r, "AUC       %.4f\n", q.auc);
    cli_print(r, "\n");
    cli_print_rows(r, columns, rows, classes, MOST_CLASSES, "; --json has all");
    RRI_TRY(put_confusion(p, classes, r, err));

done:
    return st;
}

/* How many sequences each class was predicted for. */
static rr_status put_counts(const uint32_t *prediction, size_t n, size_t classes, cli_result *r,
                            rr_error *err)
{
    size_t *count = NULL;
    const rr_status st = cli_result_alloc(r, &count, classes, sizeof *count, err);
    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < n; i++)
        count[prediction[i]]++;
    cli_put(r, "confusion", json_null());
    cli_print_counts(r, count, classes);
    return RR_OK;
}

/* ---- an output at every step ---------------------------------------------------------------- */

static step_row row_of(const rr_predictions *p, size_t i, size_t t, size_t at, uint32_t truth)
{
    step_row step = { .id = i,
                      .from = { p->ds, i },
                      .t = t + 1,
                      .truth = truth,
                      .prediction = p->step_prediction[at],
                      .probability = p->step_probability[at],
                      .part = SIZE_MAX };
    if (rr_dataset_words(p->ds) != NULL)
        step.word =
            (cli_words){ .ds = p->ds, .s = rr_dataset_at(p->ds, i), .t = t + 1, .columns = 0 };
    return step;
}

/* The columns of a list of steps: frames have no words, which are the last column. */
static cli_columns columns_of(const rr_predictions *p, const cli_columns *all)
{
    cli_columns some = *all;
    some.count -= rr_dataset_words(p->ds) == NULL;
    return some;
}

/* Every step, for CSV. */
static rr_status offer_steps(const rr_predictions *p, cli_result *r, rr_error *err)
{
    const cli_columns *columns = rr_dataset_words(p->ds) != NULL         ? &all_word_columns
                                 : rr_dataset_shape_of(p->ds).parts != 0 ? &all_part_columns
                                                                         : &all_step_columns;
    const size_t n = rr_dataset_steps(p->ds);
    step_row *rows = NULL;
    size_t at = 0;
    rr_status st = RR_OK;

    if (!r->csv)
        return RR_OK;
    RRI_TRY(cli_result_alloc(r, &rows, n, sizeof *rows, err));
    for (size_t i = 0; i < rr_dataset_count(p->ds); i++) {
        const rr_sequence q = rr_dataset_at(p->ds, i);
        for (size_t t = 0; t < q.steps; t++, at++) {
            const uint32_t label = q.step_labels != NULL ? q.step_labels[t] : RR_NO_LABEL;
            rows[at] = row_of(p, i, t, at, label);
            if (q.parts != NULL && q.parts[t] >= 0)
                rows[at].part = (size_t)q.parts[t];
        }
    }
    cli_offer_rows(r, "predictions", columns, rows, n);

done:
    return st;
}

/* The wrong steps, or where no step has a label all of them. */
static rr_status list_steps(const rr_predictions *p, cli_result *r, step_row **rows, size_t *n,
                            rr_error *err)
{
    const int labelled = rr_dataset_step_labelled(p->ds);
    const size_t most = labelled ? p->step_errors : rr_dataset_steps(p->ds);
    const rr_status st = cli_result_alloc(r, rows, most, sizeof **rows, err);
    size_t at = 0;
    *n = 0;
    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < rr_dataset_count(p->ds); i++) {
        const rr_sequence q = rr_dataset_at(p->ds, i);
        for (size_t t = 0; t < q.steps; t++, at++) {
            const uint32_t truth = labelled ? q.step_labels[t] : RR_NO_LABEL;
            if (!labelled || (truth != RR_NO_LABEL && truth != p->step_prediction[at]))
                (*rows)[(*n)++] = row_of(p, i, t, at, truth);
        }
    }
    return RR_OK;
}

static rr_status put_steps(const args *a, rr_session *s, const rr_predictions *p,
                           const rr_split_novelty *novelty, size_t classes, cli_result *r,
                           rr_error *err)
{
    const int labelled = rr_dataset_step_labelled(p->ds);
    const size_t n = rr_dataset_count(p->ds);
    const cli_columns wrong = columns_of(p, &step_error_columns);
    const cli_columns all = columns_of(p, &step_unlabelled_columns);
    step_row *rows = NULL;
    size_t listed = 0;
    rr_status st = RR_OK;

    RRI_TRY(offer_steps(p, r, err));
    RRI_TRY(list_steps(p, r, &rows, &listed, err));
    cli_put(r, "step_accuracy", cli_json_fraction(p->step_accuracy));
    cli_put(r, "labelled_steps", cli_json_size(p->labelled_steps));
    cli_put_rows(r, "errors", &wrong, rows, labelled ? listed : 0);
    if (labelled) {
        if (p->labelled_steps > 0)
            cli_print(r, "accuracy  %.4f of steps  (%zu of %zu correct, %zu errors)\n",
                      p->step_accuracy, p->labelled_steps - p->step_errors, p->labelled_steps,
                      p->step_errors);
        cli_print(r, "          %.4f of sequences  (%zu of %zu without an error)\n", p->accuracy,
                  n - p->errors, n);
        RRI_TRY(cli_put_novelty(novelty, r, err));
        RRI_TRY(put_quality(s, a->split, p, classes, r, err));
    } else {
        cli_put_rows(r, "predictions", &all, rows, listed);
        cli_print(r, "%zu predictions of steps; there are no labels to compare them with\n",
                  listed);
        RRI_TRY(cli_put_novelty(novelty, r, err));
        RRI_TRY(put_counts(p->step_prediction, listed, classes, r, err));
    }
    print_rows(a, labelled ? &wrong : &all, r, rows, listed);

done:
    return st;
}

/* ---- all of it ------------------------------------------------------------------------------ */

static rr_status put_sequences(const args *a, rr_session *s, const rr_predictions *p,
                               const rr_split_novelty *novelty, size_t classes, cli_result *r,
                               rr_error *err)
{
    const size_t n = rr_dataset_count(p->ds);
    const int labelled = rr_dataset_labelled(p->ds);
    const cli_columns *columns = labelled ? &error_columns : &unlabelled_columns;
    row *rows = NULL;
    size_t listed = 0;
    rr_status st = RR_OK;

    RRI_TRY(offer_sequences(p, novelty, r, err));
    RRI_TRY(list_rows(p, novelty, r, &rows, &listed, err));
    cli_put_rows(r, "errors", &error_columns, rows, labelled ? listed : 0);
    if (labelled) {
        cli_print(r, "accuracy  %.4f  (%zu of %zu correct, %zu errors)\n", p->accuracy,
                  n - p->errors, n, p->errors);
        RRI_TRY(cli_put_novelty(novelty, r, err));
        RRI_TRY(put_quality(s, a->split, p, classes, r, err));
    } else {
        cli_put_rows(r, "predictions", columns, rows, listed);
        cli_print(r, "%zu predictions; there are no labels to compare them with\n", n);
        RRI_TRY(cli_put_novelty(novelty, r, err));
        RRI_TRY(put_counts(p->prediction, n, classes, r, err));
    }
    print_rows(a, columns, r, rows, listed);

done:
    return st;
}

static rr_status put_predictions(const args *a, rr_session *s, const rr_predictions *p,
                                 const rr_split_novelty *novelty, cli_result *r, rr_error *err)
{
    const int steps = p->step_prediction != NULL;
    const int labelled = steps ? rr_dataset_step_labelled(p->ds) : rr_dataset_labelled(p->ds);
    const size_t classes = rr_run_settings_of(rr_session_run(s)).network.classes;
    rr_status st = RR_OK;

    r->names = p->ds;
    r->list = labelled && !r->csv ? "errors" : "predictions";
    cli_put(r, "run", cli_json_text(a->dir));
    cli_put(r, "data", cli_json_text(a->in.other));
    cli_put(r, "split", cli_json_text(a->in.split));
    cli_put(r, "labelled", json_boolean(labelled));
    cli_put(r, "accuracy", cli_json_fraction(p->accuracy));
    cli_put(r, "count", cli_json_size(rr_dataset_count(p->ds)));
    cli_put_class_names(r);
    RRI_TRY(steps ? put_steps(a, s, p, novelty, classes, r, err)
                  : put_sequences(a, s, p, novelty, classes, r, err));
    cli_put(r, "output", cli_json_text(a->output));
    RRI_TRY(cli_put_origin(r, s, err));

done:
    return st;
}

static rr_status open_run(void *q, rr_session **s, rr_error *err)
{
    args *a = q;
    return cli_open_inputs(&a->common, a->dir, &a->in, &a->split, s, err);
}

static rr_status answer_predict(void *q, rr_session *s, cli_result *r, rr_error *err)
{
    const args *a = q;
    rr_split_novelty novelty = { .sequences = NULL };
    rr_predictions p = { .ds = NULL };
    rr_status st = RR_OK;

    RRI_TRY(rr_session_novelty(s, a->split, &novelty, err));
    RRI_TRY(rr_session_predict(s, a->split, &p, err));
    if (a->output != NULL)
        RRI_TRY(a->steps ? rr_session_save_trace(s, a->split, a->output, err)
                : rri_ends_in(a->output, ".csv")
                    ? rr_session_save_predictions(s, a->split, a->output, err)
                    : rr_session_save_steps(s, p.ds, a->output, err));
    RRI_TRY(put_predictions(a, s, &p, &novelty, r, err));

done:
    return st;
}

const cli_command cli_command_predict = {
    .name = "predict",
    .summary = "predict a split with a run's model and list the errors",
    .about =
        "Prints the accuracy; recall, precision and F1 of each class and their means over the\n"
        "classes (macro-F1), which a rare class counts in as much as a common one; of two classes\n"
        "the area under the ROC curve (AUC), which depends on no threshold; the confusion matrix\n"
        "(of 100 classes at most) and the errors. A long name of a class is cut in the heads of\n"
        "the matrix, whose columns stand in the order of its rows.\n"
        "\n"
        "--foreign predicts other data: text is read with the run's vocabulary, labels stand for\n"
        "its classes by name, and data without labels are predicted without an accuracy. Without\n"
        "--split it takes their test split, or the only one there is.\n"
        "\n"
        "Of a network with an output at every step (train --output step) the accuracy, the matrix\n"
        "and the errors are of labelled steps, numbered by t from 1 as by explain.\n"
        "\n"
        "Where the run has an influence model it says how many sequences are unlike the training\n"
        "data: novelty above 1, which at most about one training sequence in 500 has\n"
        "(docs/ALGORITHMS.md#novelty). An input of another kind is often predicted with a high\n"
        "probability.\n"
        "\n"
        "Errors are listed with where they stand in your data: the row (the line of a text\n"
        "file, from 1, or the index in an array, from 0), of several files the file, and your own\n"
        "id where there is one (docs/FORMAT.md#rows-and-ids). The table leaves out what says no\n"
        "more than id.\n"
        "\n"
        "-o FILE.csv writes one row per sequence: id, label (empty without labels), prediction,\n"
        "its probability, novelty and novel (0 or 1) where they are known, the probability of "
        "each\n"
        "class, p(NAME), and source_row, source_file and source_id; with an output at every step\n"
        "one row per step, with t before the label (empty without one), and behind the "
        "probability\n"
        "of text the word, else the part of the source where the data name one. -o FILE.npz\n"
        "writes the arrays steps [N], label [N] (not without labels), prediction [R],\n"
        "probability [R][C] and state [R][H], where R is the number of steps of all N sequences,\n"
        "one sequence after another: the output layer is applied after every step. With inputs\n"
        "and names beside them it is a states file (docs/FORMAT.md), which build --states reads.\n"
        "Neither replaces a file that is read, whatever its name.\n"
        "\n"
        "Of a run on states (build --states), the predictions are those of the file; --states\n"
        "FILE.npz takes another one of the same network.\n",
    .members =
        "accuracy, count\n"
        "labelled     whether there are labels; if not, accuracy and confusion are null\n"
        "class_names  [C]\n"
        "errors       [{id, truth, prediction, probability, novelty}]\n"
        "predictions  without labels: [{id, prediction, probability, novelty}]\n" CLI_SOURCE_MEMBERS
        "macro_recall, macro_f1\n"
        "             means over the classes: of recall over those that are a truth, of F1\n"
        "             over those that are a truth or a prediction\n"
        "auc          of two classes, of the probability of the second; else null\n"
        "per_class    [{class, count, correct, predicted, recall, precision, f1}]\n"
        "confusion    [C][C] counts, rows are truths, columns predictions\n"
        "with an output at every step the rows are steps and have t and word, accuracy is\n"
        "the fraction of sequences without a wrong step, there are step_accuracy and\n"
        "labelled_steps, and per_class has steps in the place of count\n" CLI_NOVELTY_MEMBERS
        "run, data (of --foreign), split, output\n" CLI_ORIGIN_MEMBERS CLI_CLASS_MEMBERS,
    .list = "errors; without labels of predictions",
    .examples = "rnnrepair predict run\n"
                "rnnrepair predict run --split train --json\n"
                "rnnrepair predict run -o predictions.csv\n"
                "rnnrepair predict run -o steps.npz\n"
                "rnnrepair predict run --foreign --data csv:new.csv -o predictions.csv\n"
                "rnnrepair predict mine --states test.npz\n",
    CLI_TABLES(args, operands, opts),
    .defaults = defaults,
    .check = check_file,
    .open = open_run,
    .answer = answer_predict,
};
