/* SPDX-License-Identifier: MIT */
/* train.c - `rnnrepair train`: make a run directory and train its network, or go on with one.
 */
#include "kit/options.h"
#include "kit/paths.h"
#include "kit/progress.h"
#include "new_run.h"
#include "training.h"

#include <float.h>
#include <string.h>

typedef struct args {
    cli_common common;
    const char *dir;
    cli_new_run plan;
    double dropout;
    int resume, bidirectional;
} args;

static const cli_operand operands[] = {
    { "RUN", offsetof(args, dir), 0, "run directory to make, or with --resume to go on with" },
};

static const cli_opt opts[] = {
    { .name = "data",
      .kind = CLI_STR,
      .offset = offsetof(args, plan.data),
      .value = "SPEC",
      .help = "what to train on, kind:place; see rnnrepair --help" },
    { .name = "recipe",
      .kind = CLI_ENUM,
      .offset = offsetof(args, plan.recipe),
      .choice = RR_ENUM_RECIPE,
      .help = "the settings of an experiment in the paper; options given beside it win" },
    { .name = "cell",
      .kind = CLI_ENUM,
      .offset = offsetof(args, plan.network.cell),
      .choice = RR_ENUM_CELL,
      .help = "kind of recurrent layer" },
    { .name = "hidden",
      .kind = CLI_SIZE,
      .offset = offsetof(args, plan.network.hidden),
      .value = "H",
      .min = 1,
      .max = 65536,
      .help = "width of the hidden state" },
    { .name = "layers",
      .kind = CLI_SIZE,
      .offset = offsetof(args, plan.network.layers),
      .value = "L",
      .min = 1,
      .max = 64,
      .help = "stacked recurrent layers" },
    { .name = "vectors",
      .kind = CLI_STR,
      .offset = offsetof(args, plan.vectors),
      .value = "FILE",
      .preset = "random ones",
      .help = "text: word vectors to begin with, as GloVe and fastText write them" },
    { .name = "embedding",
      .kind = CLI_ENUM,
      .offset = offsetof(args, plan.network.embedding),
      .choice = RR_ENUM_EMBEDDING,
      .preset = "frozen with --vectors, else trained",
      .help = "text: word vectors stay as they are, or are trained" },
    { .name = "width",
      .kind = CLI_SIZE,
      .offset = offsetof(args, plan.network.width),
      .value = "D",
      .min = 1,
      .max = 1 << 20,
      .preset = "100; that of --vectors",
      .help = "text: numbers a word vector" },
    { .name = "head",
      .kind = CLI_ENUM,
      .offset = offsetof(args, plan.network.head),
      .choice = RR_ENUM_HEAD,
      .help = "output layer: a logit a class, or one logit for two classes" },
    { .name = "bidirectional",
      .kind = CLI_FLAG,
      .offset = offsetof(args, bidirectional),
      .help = "refused, with the reason" },
    { .name = "epochs",
      .kind = CLI_SIZE,
      .offset = offsetof(args, plan.train.epochs),
      .value = "N",
      .min = 1,
      .max = 1e9,
      .help = "epochs altogether" },
    { .name = "batch",
      .kind = CLI_SIZE,
      .offset = offsetof(args, plan.train.batch),
      .value = "B",
      .min = 1,
      .max = 1e9,
      .help = "sequences a batch" },
    { .name = "optimizer",
      .kind = CLI_ENUM,
      .offset = offsetof(args, plan.train.optimizer),
      .choice = RR_ENUM_OPTIMIZER,
      .help = "update rule" },
    { .name = "learning-rate",
      .kind = CLI_F64,
      .offset = offsetof(args, plan.train.learning_rate),
      .value = "F",
      .min = DBL_MIN,
      .max = DBL_MAX,
      .help = "step size" },
    { .name = "momentum",
      .kind = CLI_F64,
      .offset = offsetof(args, plan.train.momentum),
      .value = "F",
      .min = 0,
      .max = 1,
      .help = "sgd: share of the last update kept" },
    { .name = "rho",
      .kind = CLI_F64,
      .offset = offsetof(args, plan.train.rho),
      .value = "F",
      .min = 0,
      .max = 1,
      .help = "rmsprop: decay of the squared gradient" },
    { .name = "beta1",
      .kind = CLI_F64,
      .offset = offsetof(args, plan.train.beta1),
      .value = "F",
      .min = 0,
      .max = 1,
      .help = "adam: decay of the gradient" },
    { .name = "beta2",
      .kind = CLI_F64,
      .offset = offsetof(args, plan.train.beta2),
      .value = "F",
      .min = 0,
      .max = 1,
      .help = "adam: decay of the squared gradient" },
    { .name = "epsilon",
      .kind = CLI_F64,
      .offset = offsetof(args, plan.train.epsilon),
      .value = "F",
      .min = DBL_MIN,
      .max = DBL_MAX,
      .help = "rmsprop, adam: added to the root" },
    { .name = "dropout",
      .kind = CLI_F64,
      .offset = offsetof(args, dropout),
      .value = "F",
      .min = 0,
      .max = 0.999,
      .help = "share of the inputs and of each last state set to 0 in a training step" },
    { .name = "dropout-input",
      .kind = CLI_F64,
      .offset = offsetof(args, plan.train.dropout_input),
      .value = "F",
      .min = 0,
      .max = 0.999,
      .preset = "that of --dropout",
      .help = "of the inputs alone" },
    { .name = "dropout-last",
      .kind = CLI_F64,
      .offset = offsetof(args, plan.train.dropout_last),
      .value = "F",
      .min = 0,
      .max = 0.999,
      .preset = "that of --dropout",
      .help = "of the last states alone" },
    { .name = "clip-norm",
      .kind = CLI_F64,
      .offset = offsetof(args, plan.train.clip_norm),
      .value = "F",
      .min = 0,
      .max = DBL_MAX,
      .preset = "0 = never",
      .help = "scale gradients down to this norm" },
    { .name = "order",
      .kind = CLI_ENUM,
      .offset = offsetof(args, plan.train.order),
      .choice = RR_ENUM_ORDER,
      .help = "order of the sequences: a new one each epoch, or the file's" },
    { .name = "keep",
      .kind = CLI_ENUM,
      .offset = offsetof(args, plan.keep),
      .choice = RR_ENUM_KEEP,
      .help = "which epoch's weights the model file holds" },
    { .name = "labels",
      .kind = CLI_STR,
      .offset = offsetof(args, plan.labels),
      .value = "FILE",
      .preset = "the data's own",
      .help = "other labels for single training sequences, or which to leave out" },
    { .name = "checkpoints",
      .kind = CLI_FLAG,
      .offset = offsetof(args, plan.checkpoints),
      .help = "keep the state of the start and of every epoch in RUN/checkpoints" },
    { .name = "seed",
      .kind = CLI_U64,
      .offset = offsetof(args, plan.train.seed),
      .value = "N",
      .help = "of the first weights, the shuffles and dropout" },
    { .name = "resume",
      .kind = CLI_FLAG,
      .offset = offsetof(args, resume),
      .help =
          "go on with RUN; of the other options only --data, --vectors and --epochs are allowed" },
};

static void defaults(void *p)
{
    args *a = p;
    cli_new_run_defaults(&a->plan);
}

/* ---- a new run ------------------------------------------------------------------------------ */

static rr_status begin(args *a, rr_run **run, rr_error *err)
{
    *run = NULL;
    if (a->bidirectional)
        return rri_fail(err, RR_ERR_UNSUPPORTED, -1,
                        "--bidirectional: the analysis asks what was predicted after each step, "
                        "and a pass from the end has seen the whole sequence by then: it has no "
                        "prefix to explain");
    if (a->plan.data == NULL)
        return rri_fail(err, RR_ERR_ARG, -1, "--data SPEC is missing: what to train on");
    const rr_status free_place = cli_check_run_place(a->dir, err);
    if (free_place != RR_OK)
        return free_place;
    cli_apply_recipe(&a->common, &a->plan);
    if (cli_given(&a->common, "dropout")) {
        if (!cli_given(&a->common, "dropout-input"))
            a->plan.train.dropout_input = a->dropout;
        if (!cli_given(&a->common, "dropout-last"))
            a->plan.train.dropout_last = a->dropout;
    }
    return cli_make_run(&a->common, a->dir, &a->plan, run, err);
}

/* ---- going on ------------------------------------------------------------------------------- */

static rr_status open_for_resume(const args *a, rr_run **run, rr_error *err)
{
    static const char *const allowed[] = { "data", "vectors", "epochs", "resume" };
    *run = NULL;
    for (size_t i = 0; i < sizeof opts / sizeof *opts; i++) {
        int ok = 0;
        for (size_t j = 0; j < sizeof allowed / sizeof *allowed; j++)
            ok |= strcmp(opts[i].name, allowed[j]) == 0;
        if (!ok && cli_given(&a->common, opts[i].name))
            return rri_fail(err, RR_ERR_ARG, -1,
                            "--%s cannot be given with --resume: the run goes on as it began",
                            opts[i].name);
    }
    rr_status st = cli_open_run(a->dir, run, err);
    if (st == RR_OK)
        st = cli_check_writable(a->dir, err);
    if (st == RR_OK)
        st = cli_refuse_idle_vectors(&a->common, *run, err);
    if (st == RR_OK && cli_given(&a->common, "epochs"))
        st = rr_run_extend(*run, a->plan.train.epochs, err);
    return st;
}

/* ---- the command -------------------------------------------------------------------------------
 */

static void say_interrupted(const args *a, const rr_run *run)
{
    size_t n = 0;
    (void)rr_run_history(run, &n);
    fprintf(stderr,
            "rnnrepair train: interrupted; %s holds %zu finished epoch%s.\n"
            "Go on with: rnnrepair train %s --resume\n",
            a->dir, n, n == 1 ? "" : "s", a->dir);
}

static rr_status emit(const args *a, const rr_run *run, int interrupted, rr_error *err)
{
    cli_doc doc = cli_doc_new();
    cli_set(&doc, NULL, "run", cli_json_text(a->dir));
    rr_status st = cli_training_document(&doc, run, err);
    cli_set(&doc, NULL, "interrupted", json_boolean(interrupted));
    if (st == RR_OK)
        st = cli_emit(&a->common, &doc, err);
    cli_doc_free(&doc);
    return st;
}

static int run_train(void *p)
{
    args *a = p;
    rr_error err = { RR_OK, -1, "" };
    rr_run *run = NULL;
    int interrupted = 0;
    rr_status st = RR_OK;

    RRI_TRY(a->resume ? open_for_resume(a, &run, &err) : begin(a, &run, &err));
    const rr_run_settings s = rr_run_settings_of(run);
    cli_say(&a->common, "%s %zu-%zu, %zu layer%s, %zu classes; %zu training sequences",
            rr_enum_name(RR_ENUM_CELL, s.network.cell), s.network.width, s.network.hidden,
            s.network.layers, s.network.layers == 1 ? "" : "s", s.network.classes,
            s.splits[RR_SPLIT_TRAIN].count - s.edits.count_removed);
    const cli_where where = { a->resume ? a->plan.data : NULL, a->plan.vectors };
    FILE *rows = !a->common.json ? stdout : a->common.quiet ? NULL : stderr;
    RRI_TRY(cli_train_run(&a->common, run, &where, s.train.epochs, rows, &interrupted, &err));
    RRI_TRY(emit(a, run, interrupted, &err));
    if (interrupted)
        say_interrupted(a, run);
    else
        cli_say(&a->common, "%s holds the model of epoch %zu", a->dir, rr_run_model_epoch(run));

done:
    rr_run_free(run);
    const int code = cli_finish(&a->common, st, &err);
    return code == CLI_DONE && interrupted ? CLI_INTERRUPTED : code;
}

const cli_command cli_command_train = {
    .name = "train",
    .summary = "train a recurrent classifier into a run directory",
    .about =
        "Reads --data, trains, and after each epoch measures the test split (and dev where there\n"
        "is one) and writes model.safetensors, trainer.safetensors and run.json into RUN.\n"
        "Ctrl-C (or SIGTERM) stops after the present batch: RUN then holds the last finished\n"
        "epoch, and --resume goes on to exactly what an uninterrupted training gives.\n"
        "--resume with a larger --epochs trains on. A resumed run keeps its own options.\n"
        "\n"
        "On text the words of the train split become RUN/vocabulary.txt, and each word a vector:\n"
        "those of --vectors, where words without one and all unknown words get zeros, or random\n"
        "ones that are trained. Recipes: paper-sst is an LSTM of 300, paper-toxic a GRU of 300\n"
        "with a logistic head, both with Adam, batches of 256, dropout 0.8 and 40 epochs;\n"
        "paper-mnist an LSTM of 128 with RMSprop and batches of 128, 15 epochs.\n"
        "\n"
        "--labels names a CSV file with the columns id and label (a class by its name), or with\n"
        "id, action (relabel, drop or keep) and label; or the same as JSON, one object a line.\n"
        "The run records what it changes, and every later command sees the training set so.\n"
        "What is left out moves the numbers of the sequences behind it. rnnrepair flip makes\n"
        "such a file for trials.\n",
    .members =
        "epochs         [{epoch, loss, train_accuracy, dev_accuracy, test_accuracy, seconds,\n"
        "               sequences_per_second}]; accuracies are shares, null = not measured\n"
        "test_accuracy  of the epoch the model file holds\n"
        "model_epoch, model_hash, epochs_planned, interrupted, run\n",
    .examples = "rnnrepair train run --data digits --hidden 64 --epochs 8\n"
                "rnnrepair train run --data mnist:data/mnist --cell lstm --epochs 5 --seed 1\n"
                "rnnrepair train run --data sst:data/sst --vectors glove.txt --recipe paper-sst\n"
                "rnnrepair train run --data 'csv:mail.csv?text=body&holdout=0.1' --epochs 8\n"
                "rnnrepair train run --data digits --labels decisions.csv --checkpoints\n"
                "rnnrepair train run --resume --epochs 10\n",
    CLI_TABLES(args, operands, opts),
    .defaults = defaults,
    .run = run_train,
};
