/* SPDX-License-Identifier: MIT */
/* cmd_repair.c - `rnnrepair repair`: generate samples for misread inputs, retrain on them in a new
 * run directory, and account for what changed. */
#include "options.h"
#include "progress.h"
#include "repair_report.h"
#include "repairing.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct args {
    cli_common common;
    const char *dir;
    const char *level;
    const char *data;
    rr_split split;
    const char *samples;
    size_t count;
    rr_repair_config cfg;
    double rotate, shift, shear, scale; /* half-widths of the ranges */
    cli_retraining how;
} args;

static const cli_operand operands[] = {
    { "RUN", offsetof(args, dir), 0, "run directory with an influence model" },
};

static const cli_opt opts[] = {
    { .name = "output",
      .letter = 'o',
      .kind = CLI_STR,
      .offset = offsetof(args, how.dir),
      .value = "NEWRUN",
      .help = "run directory to make; must be given" },
    { .name = "level",
      .kind = CLI_STR,
      .offset = offsetof(args, level),
      .value = "sample",
      .help = "what is repaired: whole inputs" },
    CLI_OPT_SPLIT(args, "split whose errors are repaired"),
    { .name = "samples",
      .kind = CLI_STR,
      .offset = offsetof(args, samples),
      .value = "ID,ID,...",
      .help = "repair these errors" },
    { .name = "count",
      .kind = CLI_SIZE,
      .offset = offsetof(args, count),
      .value = "N",
      .min = 1,
      .max = 1e9,
      .help = "repair the N errors the network is surest of" },
    { .name = "strategy",
      .kind = CLI_CHOICE,
      .offset = offsetof(args, cfg.strategy),
      .choice = &cli_choice_strategy,
      .help = "how samples are found; random and none are baselines" },
    CLI_OPT_TOP(args, cfg.top),
    CLI_OPT_NORM(args, cfg.query.p, "the norm traces are compared by"),
    { .name = "sources",
      .kind = CLI_SIZE,
      .offset = offsetof(args, cfg.sources),
      .value = "N",
      .min = 1,
      .max = 1e9,
      .help = "how many of T_t are varied, nearest first" },
    { .name = "variants",
      .kind = CLI_SIZE,
      .offset = offsetof(args, cfg.variants),
      .value = "N",
      .min = 1,
      .max = 1e9,
      .help = "variants drawn a target" },
    { .name = "rounds",
      .kind = CLI_SIZE,
      .offset = offsetof(args, cfg.rounds),
      .value = "N",
      .min = 1,
      .max = 100,
      .help = "rounds they come in, each nearer the best so far; 1 = blind, as the paper" },
    { .name = "keep-samples",
      .kind = CLI_SIZE,
      .offset = offsetof(args, cfg.keep),
      .value = "N",
      .min = 1,
      .max = 1e9,
      .help = "accepted variants kept a target, best first" },
    { .name = "rotate",
      .kind = CLI_F64,
      .offset = offsetof(args, rotate),
      .value = "DEG",
      .min = 0,
      .max = 180,
      .help = "variants turn by up to this either way" },
    { .name = "shift",
      .kind = CLI_F64,
      .offset = offsetof(args, shift),
      .value = "PIXELS",
      .min = 0,
      .max = 1e4,
      .help = "and move by up to this along each axis" },
    { .name = "shear",
      .kind = CLI_F64,
      .offset = offsetof(args, shear),
      .value = "F",
      .min = 0,
      .max = 10,
      .help = "and slant by up to this many columns a row" },
    { .name = "scale",
      .kind = CLI_F64,
      .offset = offsetof(args, scale),
      .value = "F",
      .min = 0,
      .max = 0.99,
      .help = "and grow or shrink by up to this share" },
    { .name = "retrain",
      .kind = CLI_CHOICE,
      .offset = offsetof(args, how.start),
      .choice = &cli_choice_retrain,
      .help = "from fresh weights, or on from RUN's" },
    { .name = "epochs",
      .kind = CLI_SIZE,
      .offset = offsetof(args, how.epochs),
      .value = "N",
      .min = 1,
      .max = 1e9,
      .preset = "2 for continue, as many as RUN for scratch",
      .help = "epochs of retraining" },
    { .name = "learning-rate",
      .kind = CLI_F64,
      .offset = offsetof(args, how.learning_rate),
      .value = "F",
      .min = DBL_MIN,
      .max = DBL_MAX,
      .preset = "RUN's; a tenth of it where continue leaves a run trained from scratch",
      .help = "learning rate of retraining" },
    { .name = "seed",
      .kind = CLI_U64,
      .offset = offsetof(args, how.seed),
      .value = "N",
      .preset = "RUN's",
      .help = "of the variants and of the retraining" },
    CLI_OPT_DATA(args),
};

static void defaults(void *p)
{
    args *a = p;
    const rr_affine_range range = rr_affine_range_default();
    a->level = "sample";
    a->split = RR_SPLIT_TEST;
    a->count = 100;
    a->cfg = rr_repair_config_default();
    a->rotate = range.max.rotate;
    a->shift = range.max.shift_x;
    a->shear = range.max.shear;
    a->scale = range.max.scale - 1.0;
    a->how.start = CLI_RETRAIN_CONTINUE;
}

/* What can be refused before any work is done. */
static rr_status check_args(args *a, rr_error *err)
{
    if (strcmp(a->level, "sample") != 0)
        return cli_error(err, RR_ERR_ARG, "--level %s: only sample is there", a->level);
    if (a->how.dir == NULL)
        return cli_error(err, RR_ERR_ARG, "-o NEWRUN is missing: the run directory to make");
    if (a->samples != NULL && cli_given(&a->common, "count"))
        return cli_error(err, RR_ERR_ARG, "--samples and --count exclude each other");
    rr_affine_range *r = &a->cfg.range;
    r->min = (rr_affine){ -a->rotate, -a->shift, -a->shift, -a->shear, 1.0 - a->scale };
    r->max = (rr_affine){ a->rotate, a->shift, a->shift, a->shear, 1.0 + a->scale };
    return RR_OK;
}

/* What the command line said, and then the result: to the files and to stdout. */
static rr_status report(const args *a, const cli_repair_report *r, const rr_run *child,
                        rr_error *err)
{
    cli_doc doc = cli_doc_new();
    cli_set(&doc, NULL, "parent", cli_json_text(a->dir));
    cli_set(&doc, NULL, "run", cli_json_text(a->how.dir));
    cli_set(&doc, NULL, "level", cli_json_text(a->level));
    cli_set(&doc, NULL, "split", cli_json_text(rr_split_name(a->split)));
    cli_set(&doc, NULL, "strategy", cli_json_text(rr_strategy_name(a->cfg.strategy)));
    cli_set(&doc, NULL, "retrain", cli_json_text(cli_choice_retrain.name(&a->how.start)));
    cli_set(&doc, NULL, "seed", cli_json_u64(a->how.seed));
    const rr_status st = cli_repair_write(&a->common, &doc, r, child, err);
    cli_doc_free(&doc);
    return st;
}

static void say_interrupted(const args *a, const rr_run *child)
{
    if (child == NULL)
        fprintf(stderr, "rnnrepair repair: interrupted; nothing was written\n");
    else
        fprintf(stderr,
                "rnnrepair repair: interrupted before the account was made. %s can be trained\n"
                "to its end with rnnrepair train %s --resume, which makes no repair.json.\n",
                a->how.dir, a->how.dir);
}

static int run_repair(void *p)
{
    args *a = p;
    rr_error err = { RR_OK, -1, "" };
    cli_patient patient = { .run = NULL };
    rr_repair *repair = NULL;
    rr_dataset *additions = NULL;
    rr_run *child = NULL;
    uint32_t *after = NULL;
    int interrupted = 0, made = 0;
    rr_status st = RR_OK;

    CLI_TRY(check_args(a, &err));
    CLI_TRY(cli_patient_open(&a->common, a->dir, a->data, a->split, &patient, &err));
    CLI_TRY(cli_choose_targets(&patient, a->samples, a->count, &err));
    CLI_TRY(cli_reserve_run(a->how.dir, &made, &err));
    if (!cli_given(&a->common, "seed"))
        a->how.seed = rr_run_settings_of(patient.run).train.seed;
    a->cfg.seed = a->how.seed;
    a->cfg.threads = a->common.threads;
    a->how.data = a->data;
    CLI_TRY(cli_generate(&a->common, &a->cfg, &patient, &repair, &err));
    interrupted = cli_interrupted();
    if (interrupted)
        goto done;
    CLI_TRY(rr_repair_additions(repair, &additions, &err));
    cli_say(&a->common, "%zu targets, %zu samples to add; retraining into %s", patient.n,
            rr_dataset_count(additions), a->how.dir);
    CLI_TRY(cli_make_child(&patient, &a->how, additions, &child, &err));
    CLI_TRY(cli_train_run(&a->common, child, NULL, rr_run_settings_of(child).train.epochs,
                          a->common.quiet ? NULL : stderr, &interrupted, &err));
    if (interrupted)
        goto done;
    CLI_TRY(cli_predict_run(child, patient.ds, a->common.threads, &after, &err));
    CLI_TRY(report(a, &(cli_repair_report){ &patient, repair, additions, after }, child, &err));

done:
    if (interrupted)
        say_interrupted(a, child);
    if (made && child == NULL)
        (void)rmdir(a->how.dir); /* goes only where it is empty */
    free(after);
    rr_run_free(child);
    rr_dataset_free(additions);
    rr_repair_free(repair);
    cli_patient_free(&patient);
    return interrupted ? CLI_INTERRUPTED : cli_finish(&a->common, st, &err);
}

const cli_verb cli_verb_repair = {
    .name = "repair",
    .summary = "repair misread inputs: new samples, retraining, and the account",
    .about =
        "For each misread input x the training sequences T_t (true label) and T_m (predicted\n"
        "label) that influence it most are found. Members of T_t are varied geometrically, as\n"
        "images whose rows are the steps: all sequences must be of one length, and on data that\n"
        "are no images the variants mean little. Variants that influence x more than all of T_m\n"
        "are kept. The network is retrained on the training set and the kept variants, in a new\n"
        "run directory that names its parent; x itself is never trained on. Some errors vanish\n"
        "by retraining alone: compare with --strategy none, and with --strategy random. By\n"
        "default the retraining goes on from RUN's weights with small steps, which leaves the\n"
        "rest of the network as it is; --retrain scratch is the paper's way, and changes other\n"
        "predictions by chance.\n",
    .members = "targets, generated, accepted, kept   how many\n"
               "fixed, still_failing                 of the targets\n"
               "newly_broken                         of the whole split\n"
               "accuracy_before, accuracy_after      of the whole split, shares\n"
               "ledger      {count, fixed, still_failing, newly_broken, unchanged}, whole split\n"
               "per_target  [{id, truth, prediction, after, fixed, generated, accepted,\n"
               "            kept [{source, score}], count_truth, count_prediction, score_truth,\n"
               "            score_prediction}]\n"
               "run, parent, level, split, strategy, retrain, seed, picture\n",
    .examples = "rnnrepair repair run -o repaired\n"
                "rnnrepair repair run -o repaired --samples 445,582 --keep-samples 10\n"
                "rnnrepair repair run -o control --strategy none\n"
                "rnnrepair repair run -o paper --retrain scratch --rounds 1\n",
    CLI_TABLES(args, operands, opts),
    .defaults = defaults,
    .run = run_repair,
};
