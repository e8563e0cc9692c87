/* SPDX-License-Identifier: MIT */
/* audit.c - `rnnrepair audit`: which training sequences are likely mislabelled, or drive the
 * errors, with the evidence; and a run trained as the reviewer decided. */
#include "auditing.h"
#include "kit/options.h"

#include <float.h>

typedef cli_audit_args args;

static const cli_operand operands[] = {
    { "RUN", offsetof(args, dir), 0, "run directory with an influence model" },
};

static const cli_opt opts[] = {
    { .name = "about",
      .kind = CLI_ENUM,
      .offset = offsetof(args, about),
      .choice = RR_ENUM_AUDIT_ABOUT,
      .help = "labels that are likely wrong, or sequences that drive the errors of --split" },
    { .name = "method",
      .kind = CLI_ENUM,
      .offset = offsetof(args, method),
      .choice = RR_ENUM_AUDIT_METHOD,
      .preset = "combined about labels, influence about errors",
      .help = "what sequences are ranked by" },
    OPT_SPLIT(args, "split whose errors are asked about; of train each is also its own driver"),
    { .name = "samples",
      .kind = CLI_STR,
      .offset = offsetof(args, samples),
      .value = "LIST",
      .preset = "all errors",
      .help = "only these errors, by number: 3,17,44" },
    { .name = "key",
      .kind = CLI_ENUM,
      .offset = offsetof(args, key),
      .choice = RR_ENUM_KEY,
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
      .kind = CLI_ENUM,
      .offset = offsetof(args, how.start),
      .choice = RR_ENUM_RETRAIN,
      .help = "--apply: from fresh weights, or going on from RUN's" },
    OPT_EPOCHS(args, how.epochs, "as many as RUN; 2 to continue", "--apply: epochs of retraining"),
    OPT_LEARNING_RATE(args, how.learning_rate, "RUN's; a tenth of it to continue",
                      "--apply: learning rate of retraining"),
    { .name = "curvature",
      .kind = CLI_ENUM,
      .offset = offsetof(args, attribution.curvature),
      .choice = RR_ENUM_CURVATURE,
      .help = "koh-liang: which second derivatives" },
    { .name = "damping",
      .kind = CLI_F64,
      .offset = offsetof(args, attribution.damping),
      .value = "F",
      .min = 0,
      .max = DBL_MAX,
      .help = "koh-liang: added to the curvature" },
    { .name = "solver",
      .kind = CLI_ENUM,
      .offset = offsetof(args, attribution.solver),
      .choice = RR_ENUM_SOLVER,
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
    { .name = "scale",
      .kind = CLI_F64,
      .offset = offsetof(args, attribution.scale),
      .value = "F",
      .min = DBL_MIN,
      .max = DBL_MAX,
      .help = "koh-liang, stochastic: above the largest eigenvalue of the curvature" },
    { .name = "seed",
      .kind = CLI_U64,
      .offset = offsetof(args, attribution.seed),
      .value = "N",
      .help = "random, the stochastic solver; --apply: retraining, which else keeps RUN's" },
    OPT_DATA(args),
    OPT_VECTORS(args, vectors),
};

static void defaults(void *p)
{
    args *a = p;
    a->split = RR_SPLIT_TEST;
    a->key = RR_KEY_TRANSITION;
    a->top = 20;
    a->attribution = rr_attribution_config_default();
    a->how.start = RR_RETRAIN_SCRATCH;
}

const cli_command cli_command_audit = {
    .name = "audit",
    .summary = "find training labels that are likely wrong, and who drives the errors",
    .about =
        "About labels: training sequences ranked by how likely their label is wrong. Method\n"
        "influence asks the influence model how many of the other training sequences in the same\n"
        "states carry the label; self-confidence takes the probability that the network gives\n"
        "the label, with --folds that of networks which have not seen the sequence; combined adds\n"
        "the two. tracin sums the squared norms of each sequence's gradient at the checkpoints.\n"
        "A network that has learnt its wrong labels by heart is sure of them: then give --folds,\n"
        "or take influence alone.\n"
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
        "solution    {steps, checkpoints; of koh-liang solver, curvature, damping, residual} of a\n"
        "            gradient method\n"
        "opponents   [{id, given, score}] with scores below 0, lowest first; about errors alone\n"
        "found       [{reviewed, flips, influential_flips}]; null without --flips, which adds\n"
        "needed      [{share, reviewed}], average_precision, area, area_influential\n"
        "with --apply instead: run, new_run, split, seed, relabelled, dropped, kept,\n"
        "            accuracy_before, accuracy_after, outcome; also in NEWRUN/audit.json\n",
    .examples = "rnnrepair audit run --review suspects.csv --top 200\n"
                "rnnrepair audit run --apply suspects.csv -o relabelled\n"
                "rnnrepair audit run --about errors --method koh-liang --curvature gauss-newton\n"
                "rnnrepair flip --data mnist:data/mnist --share 0.05 -o flips.csv\n"
                "rnnrepair train noisy --data mnist:data/mnist --labels flips.csv\n"
                "rnnrepair build noisy && rnnrepair audit noisy --flips flips.csv --folds 5\n",
    CLI_TABLES(args, operands, opts),
    .defaults = defaults,
    .run = cli_run_audit,
};
