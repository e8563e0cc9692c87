/* SPDX-License-Identifier: MIT */
/* train.c - `rnnrepair train`: create a run directory and train its network, or resume one. */
#include "kit/epochs.h"
#include "kit/paths.h"

#include <string.h>

typedef struct args {
    cli_common common;
    const char *dir;
    rr_new_run_config cfg;
    rr_recipe recipe;
    double dropout;
    int resume, bidirectional;
} args;

static const cli_operand operands[] = {
    { "RUN", offsetof(args, dir), 0, "run directory to create, or with --resume to continue" },
};

static const cli_opt opts[] = {
    OPT_READS_DATA(args, cfg.data, "data", "what to train on, kind:path; see rnnrepair --help"),
    OPT_ENUM(args, recipe, "recipe", RR_ENUM_RECIPE,
             "the settings of an experiment in the paper; other options override them"),
    OPT_ENUM(args, cfg.network.cell, "cell", RR_ENUM_CELL, "kind of recurrent layer"),
    OPT_SIZE(args, cfg.network.hidden, "hidden", 1, 65536, "width of the hidden state",
             .value = "H"),
    OPT_SIZE(args, cfg.network.layers, "layers", 1, 64, "stacked recurrent layers", .value = "L"),
    OPT_READS(args, cfg.vectors, "vectors", "FILE",
              "text: initial word vectors, in the format of GloVe and fastText",
              .preset = "random ones"),
    OPT_ENUM(args, cfg.network.embedding, "embedding", RR_ENUM_EMBEDDING,
             "text: keep the word vectors fixed, or train them",
             .preset = "frozen with --vectors, else trained"),
    OPT_SIZE(args, cfg.network.width, "width", 1, 1 << 20, "text: numbers per word vector",
             .value = "D", .preset = "100; that of --vectors"),
    OPT_ENUM(args, cfg.network.head, "head", RR_ENUM_HEAD,
             "output layer: one logit per class, or one logit for two classes"),
    OPT_ENUM(args, cfg.network.output, "output", RR_ENUM_OUTPUT,
             "what is trained: the prediction after the last step, or that of every step",
             .preset = "step where the data label every step, else last"),
    OPT_FLAG(args, bidirectional, "bidirectional", "not supported; prints the reason"),
    OPT_SIZE(args, cfg.train.epochs, "epochs", 1, 1e9, "total number of epochs",
             .preset = "2,000 updates, 200 at most"),
    OPT_SIZE(args, cfg.train.batch, "batch", 1, 1e9, "sequences per batch", .value = "B",
             .preset = "N / 64, from 8 to 128; with --epochs 128"),
    OPT_ENUM(args, cfg.train.optimizer, "optimizer", RR_ENUM_OPTIMIZER, "update rule"),
    OPT_F64(args, cfg.train.learning_rate, "learning-rate", DBL_MIN, DBL_MAX, "step size"),
    OPT_F64(args, cfg.train.momentum, "momentum", 0, 1, "sgd: fraction of the last update kept"),
    OPT_F64(args, cfg.train.rho, "rho", 0, 1, "rmsprop: decay of the squared gradient"),
    OPT_F64(args, cfg.train.beta1, "beta1", 0, 1, "adam: decay of the gradient"),
    OPT_F64(args, cfg.train.beta2, "beta2", 0, 1, "adam: decay of the squared gradient"),
    OPT_F64(args, cfg.train.epsilon, "epsilon", DBL_MIN, DBL_MAX,
            "rmsprop, adam: added to the root"),
    OPT_F64(args, dropout, "dropout", 0, 0.999,
            "fraction of the inputs and of each last state set to 0 in a training step"),
    OPT_F64(args, cfg.train.dropout_input, "dropout-input", 0, 0.999, "of the inputs alone",
            .preset = "that of --dropout"),
    OPT_F64(args, cfg.train.dropout_last, "dropout-last", 0, 0.999, "of the last states alone",
            .preset = "that of --dropout"),
    OPT_F64(args, cfg.train.clip_norm, "clip-norm", 0, DBL_MAX, "scale gradients down to this norm",
            .preset = "0 = never"),
    OPT_ENUM(args, cfg.train.order, "order", RR_ENUM_ORDER,
             "order of the sequences: shuffled each epoch, or as in the file"),
    OPT_ENUM(args, cfg.keep, "keep", RR_ENUM_KEEP,
             "which epoch's weights the model file holds: the last, or the best on dev",
             .preset = "last; without --epochs best where there is a dev split"),
    OPT_READS(args, cfg.labels, "labels", "FILE",
              "changed labels and removals of single training sequences",
              .preset = "the data's own"),
    OPT_READS(args, cfg.weights, "weights", "FILE", "loss weights of single training sequences",
              .preset = "1 each"),
    OPT_STR(args, cfg.class_weights, "class-weights", "WEIGHTS",
            "loss weights of the classes: none, balanced, NAME=W,..., or a FILE", .preset = "none"),
    OPT_FLAG(args, cfg.checkpoints, "checkpoints",
             "keep the state of the start and of every epoch in RUN/checkpoints"),
    OPT_U64(args, cfg.train.seed, "seed", "of the first weights, the shuffles and dropout"),
    OPT_FLAG(args, resume, "resume",
             "resume RUN; only --data, --vectors and --epochs are allowed beside it"),
};

static void defaults(void *p)
{
    ((args *)p)->cfg = rr_new_run_config_default();
}

/* ---- a new run ------------------------------------------------------------------------------ */

/* The options that an update rule does not read. */
static const char *idle_options(rr_optimizer optimizer)
{
    switch (optimizer) {
    case RR_OPT_SGD:
        return "rho beta1 beta2 epsilon";
    case RR_OPT_RMSPROP:
        return "momentum beta1 beta2";
    case RR_OPT_ADAM:
        return "momentum rho";
    }
    return "";
}

/* Put the recipe under the options that were given. */
static void apply_recipe(args *a)
{
    args given = *a;

    a->cfg = rr_new_run_config_default();
    rr_new_run_recipe(a->recipe, &a->cfg);
    cli_copy_given(&given.common, a, &given);
    if (cli_given(&a->common, "dropout") && !cli_given(&a->common, "dropout-input"))
        a->cfg.train.dropout_input = a->dropout;
    if (cli_given(&a->common, "dropout") && !cli_given(&a->common, "dropout-last"))
        a->cfg.train.dropout_last = a->dropout;
    a->cfg.embedding_given = cli_given(&a->common, "embedding");
    a->cfg.output_given = cli_given(&a->common, "output");
    a->cfg.keep_given = cli_given(&a->common, "keep");
}

static rr_status create(args *a, const rr_session_config *where, rr_session **out, rr_error *err)
{
    rr_status st = RR_OK;

    if (a->bidirectional)
        return rri_fail(err, RR_ERR_UNSUPPORTED, -1,
                        "--bidirectional: not supported: the analysis needs the prediction after "
                        "each step, and a backward pass starts from the end of the sequence: it "
                        "has no prefix to explain");
    if (a->cfg.data == NULL)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "--data SPEC is missing: what to train on. A run that is there is "
                        "continued by --resume");
    apply_recipe(a);
    const rr_optimizer optimizer = a->cfg.train.optimizer;
    RRI_TRY(cli_refuse_given(&a->common, idle_options(optimizer),
                             rr_enum_name(RR_ENUM_OPTIMIZER, optimizer), err));
    RRI_TRY(rr_session_create(a->dir, &a->cfg, where, out, err));

done:
    return st;
}

/* ---- resuming ------------------------------------------------------------------------------ */

static rr_status resume(const args *a, const rr_session_config *where, rr_session **out,
                        rr_error *err)
{
    static const char *const allowed[] = { "data", "vectors", "epochs", "resume" };
    rr_status st = RR_OK;

    for (size_t i = 0; i < sizeof opts / sizeof *opts; i++) {
        int ok = 0;
        for (size_t j = 0; j < sizeof allowed / sizeof *allowed; j++)
            ok |= strcmp(opts[i].name, allowed[j]) == 0;
        if (!ok && cli_given(&a->common, opts[i].name))
            return rri_fail(err, RR_ERR_ARG, -1,
                            "--%s cannot be given with --resume: the run keeps its settings",
                            opts[i].name);
    }
    RRI_TRY(rr_session_open(a->dir, where, out, err));
    if (rr_run_settings_of(rr_session_run(*out)).states != NULL) {
        const rr_network *net = NULL;
        RRI_TRY(rr_session_network(*out, &net, err)); /* says why not */
    }
    RRI_TRY(cli_check_writable(a->dir, err));
    if (rr_run_settings_of(rr_session_run(*out)).vectors == NULL)
        RRI_TRY(cli_refuse_given(&a->common, "vectors", "a run that names no file of word vectors",
                                 err));

done:
    return st;
}

/* ---- the command ---------------------------------------------------------------------------- */

static void say_network(const args *a, const rr_run *run)
{
    const rr_run_settings s = rr_run_settings_of(run);

    cli_say(&a->common, "%s %zu-%zu, %zu layer%s, %zu classes%s; %zu training sequences",
            rr_enum_name(RR_ENUM_CELL, s.network.cell), s.network.width, s.network.hidden,
            s.network.layers, s.network.layers == 1 ? "" : "s", s.network.classes,
            s.network.output == RR_OUTPUT_STEP ? " at every step" : "",
            s.splits[RR_SPLIT_TRAIN].count - s.edits.count_removed);
}

static void say_interrupted(const args *a, const rr_run *run)
{
    size_t n = 0;

    (void)rr_run_history(run, &n);
    fprintf(stderr,
            "rnnrepair train: interrupted; %s holds %zu finished epoch%s.\n"
            "Resume with: rnnrepair train %s --resume\n",
            a->dir, n, n == 1 ? "" : "s", a->dir);
}

/* Of classes so unequal an accuracy says little: the most common one has so many times the inputs
 * of the rarest. */
enum { UNEQUAL = 2 };

/* Where the classes of the test split are unequal, what becomes of them. */
static void say_quality(const args *a, rr_session *s, const rr_quality *q,
                        const rr_class_quality *by_class, size_t classes)
{
    const rr_dataset *ds = NULL;
    const rr_class_quality *worst = NULL;
    size_t most = 0, least = SIZE_MAX;

    for (size_t c = 0; c < classes; c++) {
        const size_t n = by_class[c].count;
        most = n > most ? n : most;
        least = n < least ? n : least;
        if (n > 0 && (worst == NULL || by_class[c].recall < worst->recall))
            worst = &by_class[c];
    }
    if (worst == NULL || most < UNEQUAL * least ||
        rr_session_split(s, RR_SPLIT_TEST, &ds, NULL) != RR_OK)
        return;
    cli_say(&a->common,
            "the classes are unequal: macro-F1 of the test split %.4f; the least recall is of "
            "class %s: "
            "%.4f of its %zu",
            q->macro_f1, rr_dataset_class_name(ds, (size_t)(worst - by_class)), worst->recall,
            worst->count);
}

/* How good the model is on the test split, by class; nothing without one, nor after a
 * cancellation, which ends a prediction as well. */
static rr_status put_quality(cli_result *r, const args *a, rr_session *s, int interrupted,
                             rr_error *err)
{
    const size_t classes = rr_run_settings_of(rr_session_run(s)).network.classes;
    rr_class_quality *by_class = NULL;
    rr_quality q = { .macro_f1 = -1.0 };
    rr_status st = RR_OK;

    if (!interrupted && rr_run_model_epoch(rr_session_run(s)) > 0 &&
        rr_session_has_split(s, RR_SPLIT_TEST)) {
        RRI_TRY(cli_result_alloc(r, &by_class, classes, sizeof *by_class, err));
        RRI_TRY(rr_session_quality(s, RR_SPLIT_TEST, &q, by_class, err));
        say_quality(a, s, &q, by_class, classes);
    }
    cli_put(r, "test_macro_f1", cli_json_fraction(q.macro_f1));

done:
    return st;
}

/* Of a split of text what the vocabulary does not have. */
typedef struct unknown_row {
    const char *split;
    rr_unknown_words of;
    double share;
} unknown_row;

static const cli_column unknown_table[] = {
    COL_DATA(TEXT, unknown_row, split, "split"),
    COL_DATA(SIZE, unknown_row, of.steps, "steps"),
    COL_DATA(SIZE, unknown_row, of.words, "words"),
    COL_DATA(F64, unknown_row, share, "share"),
};
static const cli_columns unknown_columns = CLI_COLUMNS(unknown_row, unknown_table);

/* The vocabulary of a run on text, and the words of each split that it lacks; else null. */
static rr_status put_words(cli_result *r, rr_session *s, rr_error *err)
{
    unknown_row rows[3];
    const rr_vocabulary *words = NULL;
    size_t n = 0;
    rr_status st = RR_OK;

    for (int i = 0; i < 3; i++) {
        const rr_dataset *ds = NULL;
        if (!rr_session_has_split(s, (rr_split)i) || r->root == NULL)
            continue;
        RRI_TRY(rr_session_split(s, (rr_split)i, &ds, err));
        words = rr_dataset_words(ds);
        if (words == NULL)
            break;
        unknown_row *row = &rows[n++];
        row->split = rr_enum_name(RR_ENUM_SPLIT, (unsigned)i);
        RRI_TRY(rr_dataset_unknown(ds, &row->of, err));
        row->share = (double)row->of.steps / (double)rri_max(rr_dataset_steps(ds), 1);
    }
    cli_put(r, "words", words != NULL ? cli_json_size(rr_vocabulary_size(words)) : json_null());
    cli_put_rows(r, "unknown", &unknown_columns, rows, n);

done:
    return st;
}

static rr_status put_all(cli_result *r, const args *a, rr_session *s, int interrupted,
                         rr_error *err)
{
    const rr_run *run = rr_session_run(s);
    const rr_network *net = NULL;
    char hash[65];
    rr_status st = RR_OK;

    if (rr_run_model_epoch(run) > 0) {
        RRI_TRY(rr_session_network(s, &net, err));
        RRI_TRY(rr_network_hash(net, hash, err));
    }
    cli_put(r, "run", cli_json_text(a->dir));
    cli_put_training(r, run, net != NULL ? hash : NULL);
    RRI_TRY(put_quality(r, a, s, interrupted, err));
    RRI_TRY(put_words(r, s, err));
    cli_put(r, "interrupted", json_boolean(interrupted));
    RRI_TRY(cli_result_end(r, err));

done:
    return st;
}

/* A repair that was interrupted, and whose guard no weights obey. */
static int did_harm(const rr_run *run)
{
    const rr_guard guard = rr_run_settings_of(run).guard;
    return guard.on && guard.points > 0 && rr_run_guarded(run).kept == 0;
}

static int run_train(void *p)
{
    args *a = p;
    rr_error err = { RR_OK, -1, "" };
    cli_result r = cli_result_begin(&a->common, 0);
    rr_session_config where = rr_session_config_default();
    const rr_train_options options = { .epochs = cli_given(&a->common, "epochs") && a->resume
                                                     ? a->cfg.train.epochs
                                                     : 0 };
    rr_session *s = NULL;
    int interrupted = 0;
    rr_status st = RR_OK;

    where.data = a->cfg.data;
    where.vectors = a->cfg.vectors;
    where.threads = a->common.threads;
    where.callbacks = cli_callbacks(&a->common);
    a->common.watch.epochs = r.text ? stdout : a->common.quiet ? NULL : stderr;
    RRI_TRY(a->resume ? resume(a, &where, &s, &err) : create(a, &where, &s, &err));
    say_network(a, rr_session_run(s));
    const rr_status trained = rr_session_train(s, &options, &err);
    interrupted = trained == RR_ERR_CANCELLED;
    if (!interrupted)
        RRI_TRY(trained);
    RRI_TRY(put_all(&r, a, s, interrupted, &err));
    if (interrupted)
        say_interrupted(a, rr_session_run(s));
    else if (did_harm(rr_session_run(s)))
        cli_say(&a->common,
                "%s holds the last weights: none along the way obey its guard, of which they break "
                "%zu and fix %zu; repair would have kept nothing",
                a->dir, rr_run_guarded(rr_session_run(s)).broken,
                rr_run_guarded(rr_session_run(s)).fixed);
    else
        cli_say(&a->common, "%s holds the model of epoch %zu", a->dir,
                rr_run_model_epoch(rr_session_run(s)));

done:
    rr_session_close(s);
    cli_result_free(&r);
    const int code = cli_finish(&a->common, st, &err);
    return code == CLI_DONE && interrupted ? CLI_INTERRUPTED : code;
}

const cli_command cli_command_train = {
    .name = "train",
    .summary = "train a recurrent classifier into a run directory",
    .about =
        "Reads --data and trains. After each epoch it measures the test split (and dev where\n"
        "there is one) and writes model.safetensors, trainer.safetensors and run.json into RUN.\n"
        "Ctrl-C (or SIGTERM) stops after the current batch: RUN then holds the last finished\n"
        "epoch, and --resume gives exactly the result of an uninterrupted training. --resume with\n"
        "a larger --epochs trains longer. A resumed run keeps its own options. While RUN is "
        "written,\n"
        "another command that would write it is refused, and told which one does. A training that\n"
        "diverges in its first epoch leaves no RUN: begin anew with a smaller --learning-rate, or\n"
        "with --clip-norm.\n"
        "\n"
        "Without --epochs the length of the training is left to its N sequences: batches of the\n"
        "power of two below N / 64, from 8 to 128, and as many epochs as give 2,000 updates, at\n"
        "most 200; a line says what was chosen. So 60,000 sequences take 5 epochs, 300 take 53.\n"
        "The columns of series and of other frames are brought to mean 0 and deviation 1 by the\n"
        "train split, unless the data say scale=none or another scale; those of images stay.\n"
        "\n"
        "On text, the words of the train split become RUN/vocabulary.txt, each with a vector:\n"
        "from --vectors, where words without one and unknown words get zeros, or random and\n"
        "trained. Recipes: paper-sst is an LSTM of 300, paper-toxic a GRU of 300 with a logistic\n"
        "head, both with Adam, batches of 256, dropout 0.8 and 40 epochs; paper-mnist an LSTM of\n"
        "128 with RMSprop, batches of 128 and 15 epochs.\n"
        "\n"
        "Where the data label every step (tags of words, sounds of a recording), the loss is the\n"
        "mean over the labelled steps of a batch, and loss and accuracies are those of steps;\n"
        "--output last trains on the labels of whole sequences instead.\n"
        "\n"
        "--labels reads a CSV file with the columns id and label (a class by its name), or id,\n"
        "action (relabel, drop or keep) and label; or the same as JSON, one object per line. The\n"
        "run records the changes, and every later command applies them to the training set.\n"
        "Dropping a sequence renumbers the sequences after it. A column source_id in the place of\n"
        "id names sequences by the data's own ids, here and in --weights. rnnrepair-experiments\n"
        "flip creates such a file for experiments.\n"
        "\n"
        "--weights reads a CSV file with the columns id and weight, or the same as JSON: the loss\n"
        "of a training sequence is multiplied by its weight, of those not named by 1. Batches and\n"
        "their order stay as they are, and a batch is divided by its number of sequences as\n"
        "before, so that weight 0 leaves a sequence out of a training that is otherwise the same.\n"
        "Numbers are those of the data, before --labels drops any. The run keeps the weights.\n"
        "\n"
        "--class-weights balanced multiplies the loss of each sequence, or with --output step of\n"
        "each labelled step, by N / (C n_c), n_c of the N being of its class: each of the C\n"
        "classes then counts as much. It raises the recall of rare classes, mostly at the cost of\n"
        "the accuracy and of the calibration. NAME=2,OTHER=0.5 gives classes weights of their\n"
        "own, as does a CSV file with the columns class and weight; what is not named has 1. They\n"
        "multiply with those of --weights. The run keeps them, and a retraining of it (repair,\n"
        "audit --apply) takes them: by the labels as they are then, added samples included.\n",
    .members =
        "epochs         [{epoch, loss, train_accuracy, dev_accuracy, test_accuracy, seconds,\n"
        "               sequences_per_second}]; accuracies are fractions, of sequences or, with\n"
        "               --output step, of labelled steps; null = not measured\n"
        "test_accuracy, test_macro_f1\n"
        "               of the epoch the model file holds; test_macro_f1: of test's sequences, or\n"
        "               steps, the mean F1 over the classes (predict has them one by one)\n"
        "words          of the vocabulary of a text, the two special ones included; else null\n"
        "unknown        of a text [{split, steps, words, share}]: words that the vocabulary does\n"
        "               not have: how often they occur, how many there are, and the share of all\n"
        "model_epoch, model_hash, epochs_planned, interrupted, run\n",
    .list = "epochs",
    .examples = "rnnrepair train run --data digits --hidden 64 --epochs 8\n"
                "rnnrepair train run --data mnist:data/mnist --cell lstm --epochs 5 --seed 1\n"
                "rnnrepair train run --data sst:data/sst --vectors glove.txt --recipe paper-sst\n"
                "rnnrepair train run --data 'csv:mail.csv?text=body&holdout=0.1' --epochs 8\n"
                "rnnrepair train tagger --data conllu:data/pos --optimizer adam --batch 32\n"
                "rnnrepair train run --data digits --labels decisions.csv --checkpoints\n"
                "rnnrepair train run --resume --epochs 10\n",
    CLI_TABLES(args, operands, opts),
    .defaults = defaults,
    .run = run_train,
};
