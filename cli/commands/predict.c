/* SPDX-License-Identifier: MIT */
/* predict.c - `rnnrepair predict`: what a run's model makes of a split, and where it errs. */
#include "kit/options.h"
#include "predict_files.h"
#include "training.h"

#include <math.h>
#include <stdlib.h>

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
    { .name = "foreign",
      .kind = CLI_FLAG,
      .offset = offsetof(args, foreign),
      .help = "--data is other data of the same shape" },
    { .name = "output",
      .letter = 'o',
      .kind = CLI_STR,
      .offset = offsetof(args, output),
      .value = "FILE",
      .help = "write FILE.csv, a row a sequence, or FILE.npz, all of every step" },
    { .name = "errors",
      .kind = CLI_SIZE,
      .offset = offsetof(args, shown),
      .value = "N",
      .min = 0,
      .max = 1e9,
      .help = "errors listed in the table; --json lists all" },
    OPT_SEED_UNUSED(args),
};

static void defaults(void *p)
{
    args *a = p;
    a->split = RR_SPLIT_TEST;
    a->shown = 20;
}

/* ---- the document --------------------------------------------------------------------------- */

typedef struct outcome {
    const rr_dataset *ds;
    const uint32_t *prediction; /* [N] */
    const float *probability;   /* [N] */
    size_t classes;             /* of the network */
    size_t *confusion;          /* [C][C], rows are truths */
} outcome;

static rr_status count(outcome *o, rr_error *err)
{
    const rr_status st = rri_alloc(&o->confusion, o->classes * o->classes, 1, sizeof(size_t), err);
    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < rr_dataset_count(o->ds); i++)
        o->confusion[rr_dataset_at(o->ds, i).label * o->classes + o->prediction[i]]++;
    return RR_OK;
}

static rr_status emit(const args *a, const outcome *o, rr_error *err)
{
    const size_t n = rr_dataset_count(o->ds);
    cli_doc doc = cli_doc_new();
    cli_set(&doc, NULL, "run", cli_json_text(a->dir));
    cli_set(&doc, NULL, "split", cli_json_text(rr_enum_name(RR_ENUM_SPLIT, a->split)));
    cli_set(&doc, NULL, "accuracy", cli_json_f64(cli_accuracy(o->ds, o->prediction)));
    cli_set(&doc, NULL, "count", cli_json_size(n));
    json_t *errors = cli_set_array(&doc, NULL, "errors");
    for (size_t i = 0; i < n; i++) {
        const uint32_t truth = rr_dataset_at(o->ds, i).label;
        if (truth != o->prediction[i])
            cli_append(&doc, errors,
                       json_pack("{s:I,s:I,s:I,s:f}", "id", (json_int_t)i, "truth",
                                 (json_int_t)truth, "prediction", (json_int_t)o->prediction[i],
                                 "probability", (double)o->probability[i]));
    }
    json_t *confusion = cli_set_array(&doc, NULL, "confusion");
    for (size_t r = 0; r < o->classes; r++) {
        json_t *row = json_array();
        for (size_t c = 0; c < o->classes; c++)
            cli_append(&doc, row, cli_json_size(o->confusion[r * o->classes + c]));
        cli_append(&doc, confusion, row);
    }
    cli_set(&doc, NULL, "output", cli_json_text(a->output));
    const rr_status st = cli_emit(&a->common, &doc, err);
    cli_doc_free(&doc);
    return st;
}

static void print_tables(const args *a, const outcome *o)
{
    const size_t n = rr_dataset_count(o->ds);
    size_t wrong = 0;
    for (size_t i = 0; i < n; i++)
        wrong += rr_dataset_at(o->ds, i).label != o->prediction[i];
    printf("accuracy  %.4f  (%zu of %zu right, %zu errors)\n\n", cli_accuracy(o->ds, o->prediction),
           n - wrong, n, wrong);
    printf("truth \\ prediction\n%6s", "");
    for (size_t c = 0; c < o->classes; c++)
        printf("  %6zu", c);
    printf("\n");
    for (size_t r = 0; r < o->classes; r++) {
        printf("%6zu", r);
        for (size_t c = 0; c < o->classes; c++)
            printf("  %6zu", o->confusion[r * o->classes + c]);
        printf("\n");
    }
    if (wrong == 0 || a->shown == 0)
        return;
    printf("\n%8s  %6s  %10s  %11s\n", "id", "truth", "prediction", "probability");
    size_t shown = 0;
    for (size_t i = 0; i < n && shown < a->shown; i++) {
        const uint32_t truth = rr_dataset_at(o->ds, i).label;
        if (truth == o->prediction[i])
            continue;
        printf("%8zu  %6u  %10u  %11.4f\n", i, truth, o->prediction[i], (double)o->probability[i]);
        shown++;
    }
    if (shown < wrong)
        printf("... and %zu more; --errors %zu or --json lists them\n", wrong - shown, wrong);
}

/* ---- the command -------------------------------------------------------------------------------
 */

static int run_predict(void *p)
{
    args *a = p;
    rr_error err = { RR_OK, -1, "" };
    rr_run *run = NULL;
    rr_network *net = NULL;
    rr_dataset *ds = NULL;
    uint32_t *prediction = NULL;
    float *probability = NULL;
    outcome o = { .confusion = NULL };
    rr_status st = RR_OK;

    if (a->foreign && a->data == NULL)
        RRI_TRY(rri_fail(&err, RR_ERR_ARG, -1, "--foreign needs --data SPEC: the other data"));
    if (a->output != NULL)
        RRI_TRY(cli_check_predict_file(a->output, &err));
    RRI_TRY(cli_open_run(a->dir, &run, &err));
    RRI_TRY(cli_open_model(run, &net, &err));
    RRI_TRY(a->foreign ? rr_dataset_load(a->data, a->split, &ds, &err)
                       : cli_run_dataset(run, a->split, a->data, &ds, &err));
    RRI_TRY(cli_predict(net, ds, a->common.threads, &prediction, &probability, &err));
    if (a->output != NULL)
        RRI_TRY(cli_is_table(a->output)
                    ? cli_write_predictions(a->output, ds, prediction, probability, &err)
                    : cli_write_steps(&a->common, a->output, net, ds, &err));
    if (cli_interrupted())
        goto done;
    o = (outcome){ ds, prediction, probability, rr_network_config_of(net).classes, NULL };
    RRI_TRY(count(&o, &err));
    if (!a->common.json)
        print_tables(a, &o);
    RRI_TRY(emit(a, &o, &err));

done:
    rri_free(o.confusion);
    rri_free(probability);
    rri_free(prediction);
    rr_dataset_free(ds);
    rr_network_free(net);
    rr_run_free(run);
    return st == RR_OK && cli_interrupted() ? CLI_INTERRUPTED : cli_finish(&a->common, st, &err);
}

const cli_command cli_command_predict = {
    .name = "predict",
    .summary = "predict a split with a run's model and list the errors",
    .about =
        "Prints the accuracy, the confusion matrix and the errors. -o FILE.csv writes a row for\n"
        "every sequence: id, label, prediction, and the probability of that. -o FILE.npz holds\n"
        "the arrays steps [N], label [N], prediction [R], probability [R][C] and state [R][H],\n"
        "where R is the number of steps of all N sequences, one sequence after another: the\n"
        "output layer is applied after every step.\n",
    .members = "accuracy, count\n"
               "errors     [{id, truth, prediction, probability}]\n"
               "confusion  [C][C] counts, rows are truths, columns predictions\n"
               "run, split, output\n",
    .examples = "rnnrepair predict run\n"
                "rnnrepair predict run --split train --json\n"
                "rnnrepair predict run -o predictions.csv\n"
                "rnnrepair predict run -o steps.npz\n"
                "rnnrepair predict run --foreign --data npz:other.npz\n",
    CLI_TABLES(args, operands, opts),
    .defaults = defaults,
    .run = run_predict,
};
