/* SPDX-License-Identifier: MIT */
/* cmd_audit.c - `rnnrepair audit`: which training sequences are likely mislabelled, or drive the
 * errors, with the evidence; and a run trained as the reviewer decided. */
#include "auditing.h"
#include "options.h"
#include "progress.h"

#include <float.h>
#include <stdlib.h>

typedef cli_audit_args args;

static const cli_operand operands[] = {
    { "RUN", offsetof(args, dir), 0, "run directory with an influence model" },
};

static const cli_opt opts[] = {
    { .name = "about",
      .kind = CLI_CHOICE,
      .offset = offsetof(args, about),
      .choice = &cli_choice_about,
      .help = "labels that are likely wrong, or sequences that drive the errors of --split" },
    { .name = "method",
      .kind = CLI_CHOICE,
      .offset = offsetof(args, method),
      .choice = &cli_choice_audit_method,
      .preset = "combined about labels, influence about errors",
      .help = "what sequences are ranked by" },
    CLI_OPT_SPLIT(args, "split whose errors are asked about"),
    { .name = "samples",
      .kind = CLI_STR,
      .offset = offsetof(args, samples),
      .value = "LIST",
      .preset = "all errors",
      .help = "only these errors, by number: 3,17,44" },
    { .name = "key",
      .kind = CLI_CHOICE,
      .offset = offsetof(args, key),
      .choice = &cli_choice_key,
      .help = "influence, paper: what two steps share to match" },
    { .name = "folds",
      .kind = CLI_SIZE,
      .offset = offsetof(args, folds),
      .value = "F",
      .min = 0,
      .max = 1e6,
      .preset = "0 = the run's own network",
      .help = "combined, self-confidence: networks trained without a fold judge that fold" },
    { .name = "top",
      .kind = CLI_SIZE,
      .offset = offsetof(args, top),
      .value = "N",
      .min = 1,
      .max = 1e9,
      .help = "sequences listed with their evidence, and written by --review" },
    { .name = "flips",
      .kind = CLI_STR,
      .offset = offsetof(args, flips),
      .value = "FILE",
      .preset = "not known",
      .help = "known wrong labels, as rnnrepair flip writes them: what a reviewer would find" },
    { .name = "review",
      .kind = CLI_STR,
      .offset = offsetof(args, review),
      .value = "FILE.csv",
      .preset = "none",
      .help = "write the first N with their suggested labels, to look through" },
    { .name = "apply",
      .kind = CLI_STR,
      .offset = offsetof(args, apply),
      .value = "FILE",
      .preset = "none",
      .help = "carry out the decisions of a csv or jsonl file (id, action, label) in NEWRUN" },
    { .name = "output",
      .letter = 'o',
      .kind = CLI_STR,
      .offset = offsetof(args, how.dir),
      .value = "NEWRUN",
      .help = "run directory --apply makes" },
    { .name = "retrain",
      .kind = CLI_CHOICE,
      .offset = offsetof(args, how.start),
      .choice = &cli_choice_retrain,
      .help = "--apply: from fresh weights, or going on from RUN's" },
    { .name = "epochs",
      .kind = CLI_SIZE,
      .offset = offsetof(args, how.epochs),
      .value = "N",
      .min = 1,
      .max = 1e9,
      .preset = "as many as RUN; 2 to continue",
      .help = "--apply: epochs of retraining" },
    { .name = "learning-rate",
      .kind = CLI_F64,
      .offset = offsetof(args, how.learning_rate),
      .value = "F",
      .min = DBL_MIN,
      .max = DBL_MAX,
      .preset = "RUN's; a tenth of it to continue",
      .help = "--apply: learning rate of retraining" },
    { .name = "curvature",
      .kind = CLI_CHOICE,
      .offset = offsetof(args, attribution.curvature),
      .choice = &cli_choice_curvature,
      .help = "koh-liang: which second derivatives" },
    { .name = "damping",
      .kind = CLI_F64,
      .offset = offsetof(args, attribution.damping),
      .value = "F",
      .min = 0,
      .max = DBL_MAX,
      .help = "koh-liang: added to the curvature" },
    { .name = "solver",
      .kind = CLI_CHOICE,
      .offset = offsetof(args, attribution.solver),
      .choice = &cli_choice_solver,
      .help = "koh-liang: conjugate gradients, or the stochastic recursion of its authors" },
    { .name = "iterations",
      .kind = CLI_SIZE,
      .offset = offsetof(args, attribution.iterations),
      .value = "N",
      .min = 1,
      .max = 1e9,
      .preset = "200; 5000 of the stochastic solver",
      .help = "koh-liang: steps at most" },
    { .name = "tolerance",
      .kind = CLI_F64,
      .offset = offsetof(args, attribution.tolerance),
      .value = "F",
      .min = DBL_MIN,
      .max = 1,
      .help = "koh-liang, cg: relative residual to stop at" },
    { .name = "seed",
      .kind = CLI_U64,
      .offset = offsetof(args, attribution.seed),
      .value = "N",
      .help = "random, the stochastic solver; --apply: retraining, which else keeps RUN's" },
    CLI_OPT_DATA(args),
    CLI_OPT_VECTORS(args, vectors),
};

static void defaults(void *p)
{
    args *a = p;
    a->split = RR_SPLIT_TEST;
    a->key = RR_KEY_TRANSITION;
    a->top = 20;
    a->attribution = rr_attribution_config_default();
    a->how.start = CLI_RETRAIN_SCRATCH;
}

/* ---- what was asked for --------------------------------------------------------------------- */

static rr_status check_apply(const args *a, rr_error *err)
{
    rr_status st = cli_refuse_given(&a->common,
                                    "about method samples key folds top flips review curvature "
                                    "damping solver iterations tolerance",
                                    "--apply", err);
    if (st == RR_OK && a->how.dir == NULL)
        return cli_error(err, RR_ERR_ARG, "-o NEWRUN is missing: the run directory to make");
    return st;
}

static rr_status check_method(args *a, rr_error *err)
{
    const char *name = NULL;
    rr_status st = RR_OK;

    if (!cli_given(&a->common, "method"))
        a->method = a->about == CLI_ABOUT_LABELS ? CLI_AUDIT_COMBINED : CLI_AUDIT_INFLUENCE;
    if (!cli_given(&a->common, "iterations") && a->attribution.solver == RR_SOLVER_STOCHASTIC)
        a->attribution.iterations = 5000;
    name = cli_choice_audit_method.name(&a->method);
    const int labels_alone =
        a->method == CLI_AUDIT_COMBINED || a->method == CLI_AUDIT_SELF_CONFIDENCE;
    const int errors_alone = a->method == CLI_AUDIT_PAPER || a->method == CLI_AUDIT_KOH_LIANG ||
                             a->method == CLI_AUDIT_SGD;
    if (labels_alone && a->about == CLI_ABOUT_ERRORS)
        st = cli_error(err, RR_ERR_ARG, "--method %s judges labels: it knows nothing of errors",
                       name);
    else if (errors_alone && a->about == CLI_ABOUT_LABELS)
        st = cli_error(err, RR_ERR_ARG,
                       a->method == CLI_AUDIT_PAPER
                           ? "--method %s ranks by errors: say --about errors"
                           : "--method %s would take a whole analysis for every training sequence: "
                             "say --about errors",
                       name);
    else if (!labels_alone)
        st = cli_refuse_given(&a->common, "folds", "a method that trains nothing", err);
    if (st == RR_OK && a->folds == 1)
        st = cli_error(err, RR_ERR_ARG, "--folds 1: expected 0, or 2 and more");
    return st;
}

static rr_status check_args(args *a, rr_error *err)
{
    rr_status st = RR_OK;

    if (a->apply != NULL)
        return check_apply(a, err);
    CLI_TRY(cli_refuse_given(&a->common, "output retrain epochs learning-rate",
                             "a call without --apply", err));
    CLI_TRY(check_method(a, err));
    if (a->method != CLI_AUDIT_KOH_LIANG)
        CLI_TRY(cli_refuse_given(&a->common, "curvature damping solver iterations tolerance",
                                 "another method than koh-liang", err));
    if (a->method != CLI_AUDIT_INFLUENCE && a->method != CLI_AUDIT_PAPER)
        st = cli_refuse_given(&a->common, "key", "a method that matches no steps", err);

done:
    return st;
}

/* Errors are needed for what is about them, and are evidence for what is about labels: of a run
 * without that split there is none. */
static rr_status open_patient(const args *a, cli_patient *out, rr_error *err)
{
    rr_run *run = NULL;
    rr_status st = RR_OK;

    CLI_TRY(cli_open_run(a->dir, &run, err));
    const int has = rr_run_settings_of(run).splits[a->split].count > 0;
    if (has || a->about == CLI_ABOUT_ERRORS || a->apply != NULL)
        CLI_TRY(cli_patient_open(&a->common, a->dir, a->data, a->split, out, err));
    else
        CLI_TRY(cli_patient_open_training(a->dir, a->data, out, err));

done:
    rr_run_free(run);
    return st;
}

/* The errors asked about, in the order of their numbers; listed ones must be errors. */
static rr_status find_errors(const args *a, cli_patient *p, rr_error *err)
{
    size_t errors = 0;
    rr_status st = RR_OK;

    if (p->ds == NULL)
        return RR_OK;
    for (size_t i = 0; i < rr_dataset_count(p->ds); i++)
        errors += p->before[i] != rr_dataset_at(p->ds, i).label;
    if (errors == 0 && a->about == CLI_ABOUT_LABELS)
        return RR_OK;
    CLI_TRY(cli_choose_targets(p, a->samples, errors, err));
    for (size_t e = 0; e < p->n; e++)
        if (p->before[p->targets[e]] == rr_dataset_at(p->ds, p->targets[e]).label)
            CLI_TRY(cli_error(err, RR_ERR_ARG, "--samples %zu: the network reads it right",
                              p->targets[e]));

done:
    return st;
}

static rr_status rank(const args *a, const cli_patient *p, cli_doc *doc, int *interrupted,
                      rr_error *err)
{
    cli_audit audit = { .patient = NULL };
    rr_status st = RR_OK;

    CLI_TRY(cli_audit_rank(a, p, &audit, interrupted, err));
    if (*interrupted)
        goto done;
    CLI_TRY(cli_audit_document(a, &audit, doc, err));
    if (!a->common.json)
        CLI_TRY(cli_print_audit(a, &audit, err));
    if (a->review != NULL)
        CLI_TRY(cli_audit_review(a, &audit, err));

done:
    cli_audit_free(&audit);
    return st;
}

static int run_audit(void *p)
{
    args *a = p;
    rr_error err = { RR_OK, -1, "" };
    cli_patient patient = { .run = NULL };
    cli_doc doc = cli_doc_new();
    int interrupted = 0;
    rr_status st = RR_OK;

    CLI_TRY(check_args(a, &err));
    CLI_TRY(open_patient(a, &patient, &err));
    a->how.data = a->data;
    a->how.vectors = a->vectors;
    a->how.seed = cli_given(&a->common, "seed") ? a->attribution.seed
                                                : rr_run_settings_of(patient.run).train.seed;
    if (a->apply != NULL) {
        CLI_TRY(cli_audit_apply(a, &patient, &doc, &interrupted, &err));
    } else {
        CLI_TRY(find_errors(a, &patient, &err));
        CLI_TRY(rank(a, &patient, &doc, &interrupted, &err));
    }
    if (!interrupted)
        CLI_TRY(cli_emit(&a->common, &doc, &err));

done:
    if (interrupted)
        fprintf(stderr, "rnnrepair audit: interrupted%s\n",
                a->apply != NULL ? "; the new run can be trained to its end with train --resume"
                                 : "; nothing was written");
    cli_doc_free(&doc);
    cli_patient_free(&patient);
    return interrupted ? CLI_INTERRUPTED : cli_finish(&a->common, st, &err);
}

const cli_verb cli_verb_audit = {
    .name = "audit",
    .summary = "find training labels that are likely wrong, and who drives the errors",
    .about =
        "About labels: training sequences ranked by how likely their label is wrong. Method\n"
        "influence asks the influence model how many of the other training sequences in the same\n"
        "states carry the label; self-confidence takes the probability that the network gives\n"
        "the label, with --folds that of networks which have not seen the sequence; combined adds\n"
        "the two. tracin is the norm of each sequence's gradient.\n"
        "\n"
        "About errors: training sequences ranked by how much they drive the errors of a split.\n"
        "influence counts steps that they share with errors, by how much more often errors pass\n"
        "them than right readings do; paper gives one vote a step, as published. koh-liang\n"
        "(influence functions), sgd (the training replayed backwards) and tracin (gradients at "
        "the\n"
        "checkpoints) estimate by gradients how much the wrong predictions owe to each sequence;\n"
        "sgd needs a run trained by SGD with --checkpoints.\n"
        "\n"
        "Larger scores are more suspect. Beside each sequence stand the label it should rather\n"
        "have, its support (mean log share of its label among sequences in the same states) and\n"
        "confidence, the nearest training sequences that are read as they are labelled, and the\n"
        "errors that it drives. --review writes the first ones for a reviewer to look through;\n"
        "--apply carries out what was decided.\n",
    .members =
        "about, method, folds, key, seed, run\n"
        "seconds     the ranking took, with all the method needs itself\n"
        "split, errors   null where the run has no such split\n"
        "sequences   N\n"
        "ranking     [{id, given, suggested, score, drives, prediction, support, confidence,\n"
        "            neighbours: [{id, label, prediction, score}]}], the first --top\n"
        "found       [{reviewed, flips, influential_flips}]; null without --flips, which adds\n"
        "needed      [{share, reviewed}], average_precision, area, area_influential\n"
        "with --apply instead: run, new_run, split, seed, relabelled, dropped, kept,\n"
        "            accuracy_before, accuracy_after, ledger; also in NEWRUN/audit.json\n",
    .examples = "rnnrepair audit run --review suspects.csv --top 200\n"
                "rnnrepair audit run --apply suspects.csv -o relabelled\n"
                "rnnrepair audit run --about errors --method koh-liang --curvature gauss-newton\n"
                "rnnrepair flip --data mnist:data/mnist --share 0.05 -o flips.csv\n"
                "rnnrepair train noisy --data mnist:data/mnist --labels flips.csv\n"
                "rnnrepair build noisy && rnnrepair audit noisy --flips flips.csv --folds 5\n",
    CLI_TABLES(args, operands, opts),
    .defaults = defaults,
    .run = run_audit,
};
