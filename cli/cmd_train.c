/* SPDX-License-Identifier: MIT */
/* cmd_train.c - `rnnrepair train`: make a run directory and train its network, or go on with one.
 */
#include "options.h"
#include "progress.h"
#include "training.h"

#include <float.h>
#include <string.h>

typedef struct args {
    cli_common common;
    const char *dir;
    const char *data;
    rr_network_config network;
    rr_train_config train;
    rr_keep keep;
    int resume;
} args;

static const cli_operand operands[] = {
    { "RUN", offsetof(args, dir), 0, "run directory to make, or with --resume to go on with" },
};

static const cli_opt opts[] = {
    { .name = "data",
      .kind = CLI_STR,
      .offset = offsetof(args, data),
      .value = "SPEC",
      .help = "what to train on: mnist:DIR, npz:FILE or digits; see rnnrepair --help" },
    { .name = "cell",
      .kind = CLI_CHOICE,
      .offset = offsetof(args, network.cell),
      .choice = &cli_choice_cell,
      .help = "kind of recurrent layer" },
    { .name = "hidden",
      .kind = CLI_SIZE,
      .offset = offsetof(args, network.hidden),
      .value = "H",
      .min = 1,
      .max = 65536,
      .help = "width of the hidden state" },
    { .name = "layers",
      .kind = CLI_SIZE,
      .offset = offsetof(args, network.layers),
      .value = "L",
      .min = 1,
      .max = 64,
      .help = "stacked recurrent layers" },
    { .name = "epochs",
      .kind = CLI_SIZE,
      .offset = offsetof(args, train.epochs),
      .value = "N",
      .min = 1,
      .max = 1e9,
      .help = "epochs altogether" },
    { .name = "batch",
      .kind = CLI_SIZE,
      .offset = offsetof(args, train.batch),
      .value = "B",
      .min = 1,
      .max = 1e9,
      .help = "sequences a batch" },
    { .name = "optimizer",
      .kind = CLI_CHOICE,
      .offset = offsetof(args, train.optimizer),
      .choice = &cli_choice_optimizer,
      .help = "update rule" },
    { .name = "learning-rate",
      .kind = CLI_F64,
      .offset = offsetof(args, train.learning_rate),
      .value = "F",
      .min = DBL_MIN,
      .max = DBL_MAX,
      .help = "step size" },
    { .name = "momentum",
      .kind = CLI_F64,
      .offset = offsetof(args, train.momentum),
      .value = "F",
      .min = 0,
      .max = 1,
      .help = "sgd: share of the last update kept" },
    { .name = "rho",
      .kind = CLI_F64,
      .offset = offsetof(args, train.rho),
      .value = "F",
      .min = 0,
      .max = 1,
      .help = "rmsprop: decay of the squared gradient" },
    { .name = "beta1",
      .kind = CLI_F64,
      .offset = offsetof(args, train.beta1),
      .value = "F",
      .min = 0,
      .max = 1,
      .help = "adam: decay of the gradient" },
    { .name = "beta2",
      .kind = CLI_F64,
      .offset = offsetof(args, train.beta2),
      .value = "F",
      .min = 0,
      .max = 1,
      .help = "adam: decay of the squared gradient" },
    { .name = "epsilon",
      .kind = CLI_F64,
      .offset = offsetof(args, train.epsilon),
      .value = "F",
      .min = DBL_MIN,
      .max = DBL_MAX,
      .help = "rmsprop, adam: added to the root" },
    { .name = "clip-norm",
      .kind = CLI_F64,
      .offset = offsetof(args, train.clip_norm),
      .value = "F",
      .min = 0,
      .max = DBL_MAX,
      .preset = "0 = never",
      .help = "scale gradients down to this norm" },
    { .name = "order",
      .kind = CLI_CHOICE,
      .offset = offsetof(args, train.order),
      .choice = &cli_choice_order,
      .help = "order of the sequences: a new one each epoch, or the file's" },
    { .name = "keep",
      .kind = CLI_CHOICE,
      .offset = offsetof(args, keep),
      .choice = &cli_choice_keep,
      .help = "which epoch's weights the model file holds" },
    { .name = "seed",
      .kind = CLI_U64,
      .offset = offsetof(args, train.seed),
      .value = "N",
      .help = "of the first weights and of the shuffles" },
    { .name = "resume",
      .kind = CLI_FLAG,
      .offset = offsetof(args, resume),
      .help = "go on with RUN; of the other options only --data and --epochs are allowed" },
};

static void defaults(void *p)
{
    args *a = p;
    a->network = (rr_network_config){ .cell = RR_CELL_LSTM, .hidden = 128, .layers = 1 };
    a->train = rr_train_config_default();
    a->keep = RR_KEEP_LAST;
}

/* ---- a new run ------------------------------------------------------------------------------ */

/* Complete the network's sizes from the data. */
static rr_status fit_network(args *a, const cli_splits *s, rr_error *err)
{
    const rr_dataset *train = s->of[RR_SPLIT_TRAIN];
    if (rr_dataset_count(train) == 0)
        return cli_error(err, RR_ERR_SHAPE, "%s: the train split holds no sequence", a->data);
    if (rr_dataset_width(train) == 0)
        return cli_error(err, RR_ERR_UNSUPPORTED,
                         "%s: holds symbols; this version trains on frames", a->data);
    a->network.width = rr_dataset_width(train);
    a->network.classes = rr_dataset_classes(train);
    for (int i = 0; i < 3; i++)
        if (s->of[i] != NULL && rr_dataset_classes(s->of[i]) > a->network.classes)
            a->network.classes = rr_dataset_classes(s->of[i]);
    a->network.seed = a->train.seed;
    return RR_OK;
}

static rr_status make_run(args *a, rr_run **run, rr_error *err)
{
    cli_splits splits = { { NULL, NULL, NULL } };
    rr_network *net = NULL;
    rr_trainer *trainer = NULL;
    char *spec = NULL;
    rr_status st = RR_OK;

    *run = NULL;
    CLI_TRY(cli_refuse_given(&a->common, cli_idle_options(a->train.optimizer),
                             rr_optimizer_name(a->train.optimizer), err));
    CLI_TRY(rr_dataset_spec_resolve(a->data, &spec, err));
    CLI_TRY(cli_splits_load(spec, &splits, err));
    CLI_TRY(fit_network(a, &splits, err));
    CLI_TRY(cli_say_classes(&a->common, splits.of[RR_SPLIT_TRAIN], a->network.classes, err));
    rr_run_settings settings = { .data = spec, .network = a->network, .train = a->train };
    settings.keep = a->keep;
    cli_splits_record(&splits, settings.splits);
    /* A configuration the trainer refuses must not leave a directory behind. */
    CLI_TRY(rr_network_new(&a->network, &net, err));
    CLI_TRY(rr_trainer_new(&a->train, net, splits.of[RR_SPLIT_TRAIN], &trainer, err));
    CLI_TRY(rr_run_create(a->dir, &settings, run, err));

done:
    rr_trainer_free(trainer);
    rr_network_free(net);
    cli_splits_free(&splits);
    rr_string_free(spec);
    return st;
}

/* ---- going on ------------------------------------------------------------------------------- */

static rr_status open_for_resume(const args *a, rr_run **run, rr_error *err)
{
    static const char *const allowed[] = { "data", "epochs", "resume" };
    *run = NULL;
    for (size_t i = 0; i < sizeof opts / sizeof *opts; i++) {
        int ok = 0;
        for (size_t j = 0; j < sizeof allowed / sizeof *allowed; j++)
            ok |= strcmp(opts[i].name, allowed[j]) == 0;
        if (!ok && cli_given(&a->common, opts[i].name))
            return cli_error(err, RR_ERR_ARG,
                             "--%s cannot be given with --resume: the run goes on as it began",
                             opts[i].name);
    }
    rr_status st = cli_open_run(a->dir, run, err);
    if (st == RR_OK && cli_given(&a->common, "epochs"))
        st = rr_run_extend(*run, a->train.epochs, err);
    return st;
}

/* ---- the verb ------------------------------------------------------------------------------- */

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

    if (!a->resume && a->data == NULL)
        CLI_TRY(cli_error(&err, RR_ERR_ARG, "--data SPEC is missing: what to train on"));
    CLI_TRY(a->resume ? open_for_resume(a, &run, &err) : make_run(a, &run, &err));
    const rr_run_settings s = rr_run_settings_of(run);
    const size_t epochs =
        cli_given(&a->common, "epochs") || !a->resume ? a->train.epochs : s.train.epochs;
    cli_say(&a->common, "%s %zu-%zu, %zu layer%s, %zu classes; %zu training sequences",
            rr_cell_name(s.network.cell), s.network.width, s.network.hidden, s.network.layers,
            s.network.layers == 1 ? "" : "s", s.network.classes, s.splits[RR_SPLIT_TRAIN].count);
    FILE *rows = !a->common.json ? stdout : a->common.quiet ? NULL : stderr;
    CLI_TRY(cli_train_run(&a->common, run, a->resume ? a->data : NULL, epochs, rows, &interrupted,
                          &err));
    CLI_TRY(emit(a, run, interrupted, &err));
    if (interrupted)
        say_interrupted(a, run);
    else
        cli_say(&a->common, "%s holds the model of epoch %zu", a->dir, rr_run_model_epoch(run));

done:
    rr_run_free(run);
    const int code = cli_finish(&a->common, st, &err);
    return code == CLI_DONE && interrupted ? CLI_INTERRUPTED : code;
}

const cli_verb cli_verb_train = {
    .name = "train",
    .summary = "train a recurrent classifier into a run directory",
    .about =
        "Reads --data, trains, and after each epoch measures the test split (and dev where there\n"
        "is one) and writes model.safetensors, trainer.safetensors and run.json into RUN.\n"
        "Ctrl-C (or SIGTERM) stops after the present batch: RUN then holds the last finished\n"
        "epoch, and --resume goes on to exactly what an uninterrupted training gives.\n"
        "--resume with a larger --epochs trains on. A resumed run keeps its own options.\n",
    .members =
        "epochs         [{epoch, loss, train_accuracy, dev_accuracy, test_accuracy, seconds,\n"
        "               sequences_per_second}]; accuracies are shares, null = not measured\n"
        "test_accuracy  of the epoch the model file holds\n"
        "model_epoch, model_hash, epochs_planned, interrupted, run\n",
    .examples = "rnnrepair train run --data digits --hidden 64 --epochs 8\n"
                "rnnrepair train run --data mnist:data/mnist --cell lstm --epochs 5 --seed 1\n"
                "rnnrepair train run --resume --epochs 10\n",
    CLI_TABLES(args, operands, opts),
    .defaults = defaults,
    .run = run_train,
};
