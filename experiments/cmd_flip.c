/* SPDX-License-Identifier: MIT */
/* cmd_flip.c - `rnnrepair-experiments flip`: wrong labels for some training sequences, for trials.
 */
#include "experiments/commands.h"

#include "kit/table.h"

#include <stdlib.h>
#include <string.h>

typedef struct args {
    cli_common common;
    const char *data, *from, *to, *output;
    rr_label_noise_config cfg;
} args;

static const cli_opt opts[] = {
    OPT_READS_DATA(args, data, "data", "whose train split; must be given"),
    OPT_F64(args, cfg.fraction, "fraction", DBL_MIN, 1, "of the sequences that can be flipped"),
    OPT_STR(args, from, "from", "CLASS", "only sequences of this class, by name or number",
            .preset = "any"),
    OPT_STR(args, to, "to", "CLASS", "the label they get", .preset = "any other"),
    OPT_FLAG(args, cfg.steps, "steps", "labels of single steps, of data whose steps have some"),
    OPT_U64(args, cfg.seed, "seed", "of the choice of sequences and of their new labels"),
    OPT_WRITES(args, output, "output", "FILE.csv", "file to write; must be given", .letter = 'o'),
};

static void defaults(void *p)
{
    args *a = p;
    a->cfg = rr_label_noise_config_default();
}

/* The number of a class, -1 where none is named. */
static rr_status read_class(const char *option, const char *name, const rr_dataset *ds, int *out,
                            rr_error *err)
{
    uint32_t class = 0;
    if (name == NULL)
        return RR_OK;
    const rr_status st = rr_dataset_class(ds, name, &class, err);
    if (st != RR_OK) {
        char text[sizeof err->msg];
        snprintf(text, sizeof text, "%s", err->msg);
        return rri_fail(err, st, -1, "--%s: %.200s", option, text);
    }
    *out = (int)class;
    return RR_OK;
}

/* ---- what is said --------------------------------------------------------------------------- */

/* A word of a command line, quoted for sh. Released with rri_free(). */
static rr_status quote(const char *word, char **out, rr_error *err)
{
    const rr_status st = rri_alloc(out, 4 * strlen(word) + 3, 1, 1, err);
    if (st != RR_OK)
        return st;
    char *to = *out;
    *to++ = '\'';
    for (; *word != '\0'; word++) {
        if (*word == '\'') /* close, a quote by itself, open again */
            for (const char *c = "'\\'"; *c != '\0'; c++)
                *to++ = *c;
        *to++ = *word;
    }
    *to++ = '\'';
    return RR_OK;
}

static rr_status training_line(const args *a, char **out, rr_error *err)
{
    char *data = NULL, *labels = NULL;
    rr_status st = RR_OK;

    RRI_TRY(quote(a->data, &data, err));
    RRI_TRY(quote(a->output, &labels, err));
    RRI_TRY(rri_format(out, err, "rnnrepair train RUN --data %s --labels %s", data, labels));

done:
    rri_free(labels);
    rri_free(data);
    return st;
}

/* How many labels of one class become those of another. */
typedef struct pair {
    const char *from, *to;
    size_t count;
} pair;
static const cli_column pair_table[] = {
    COL_TEXT(pair, from, "from", NULL, 0),
    COL_TEXT(pair, to, "to", NULL, 0),
    COL_SIZE(pair, count, "count", NULL, 0),
};
static const cli_columns pair_columns = CLI_COLUMNS(pair, pair_table);

/* The pairs that occur, by class; *n is how many. */
static rr_status count_pairs(cli_result *r, const rr_dataset *ds, const rr_decision *list,
                             size_t count, pair **out, size_t *n, rr_error *err)
{
    const size_t C = rr_dataset_classes(ds);
    pair *pairs = NULL;
    const rr_status st = cli_result_alloc(r, &pairs, C * C, sizeof *pairs, err);

    *n = 0;
    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < count; i++)
        pairs[(size_t)list[i].truth * C + list[i].label].count++;
    for (size_t i = 0; i < C * C; i++)
        if (pairs[i].count > 0)
            pairs[(*n)++] = (pair){ rr_dataset_class_name(ds, i / C),
                                    rr_dataset_class_name(ds, i % C), pairs[i].count };
    *out = pairs;
    return RR_OK;
}

/* What is printed. */
typedef struct summary {
    const char *data, *output;
    size_t sequences, steps, count;
    double fraction;
    uint64_t seed;
    cli_list pairs, training_ids;
    const char *command;
} summary;
static const cli_column summary_table[] = {
    COL_DATA(TEXT, summary, data, "data"),
    COL_DATA(TEXT, summary, output, "output"),
    COL_DATA(SIZE, summary, sequences, "sequences"),
    COL_DATA(SIZE, summary, count, "count"),
    COL_DATA(F64, summary, fraction, "fraction"),
    COL_DATA(U64, summary, seed, "seed"),
    COL_ROWS(summary, pairs, "pairs", pair_columns),
    COL_NUMBERS(U32, summary, training_ids, "training_ids", NULL, 0),
    COL_DATA(TEXT, summary, command, "command"),
};
static const cli_columns summary_columns = CLI_COLUMNS(summary, summary_table);
static const cli_column steps_table[] = { COL_DATA(SIZE, summary, steps, "steps") };
static const cli_columns steps_columns = CLI_COLUMNS(summary, steps_table);

static rr_status report(const args *a, const rr_dataset *ds, const rr_decision *list, size_t n,
                        rr_error *err)
{
    enum { SHOWN = 20 }; /* lines of a list that still says something */
    cli_result r = cli_result_begin(&a->common, 0);
    summary s = { .data = a->data,
                  .output = a->output,
                  .sequences = rr_dataset_count(ds),
                  .steps = rr_dataset_labelled_steps(ds),
                  .count = n,
                  .fraction = a->cfg.fraction,
                  .seed = a->cfg.seed };
    pair *pairs = NULL;
    uint32_t *ids = NULL;
    char *line = NULL;
    rr_status st = RR_OK;

    RRI_TRY(training_line(a, &line, err));
    RRI_TRY(count_pairs(&r, ds, list, n, &pairs, &s.pairs.count, err));
    RRI_TRY(cli_result_alloc(&r, &ids, n, sizeof *ids, err));
    for (size_t i = 0; i < n; i++)
        ids[i] = list[i].id;
    s.pairs.items = pairs;
    s.training_ids = (cli_list){ .items = ids, .count = n };
    s.command = line;
    cli_put_record(&r, NULL, &summary_columns, &s);
    if (a->cfg.steps)
        cli_put_record(&r, NULL, &steps_columns, &s);
    cli_print(&r, "%zu of %zu training %s get a wrong label:\n", n,
              a->cfg.steps ? s.steps : s.sequences, a->cfg.steps ? "steps" : "sequences");
    for (size_t i = 0; i < s.pairs.count && i < SHOWN; i++)
        cli_print(&r, "  %-12s -> %-12s  %zu\n", pairs[i].from, pairs[i].to, pairs[i].count);
    if (s.pairs.count > SHOWN)
        cli_print(&r, "  ... (all of them with --json)\n");
    cli_print(&r, "%s holds them; train on it with\n%s\n", a->output, line);
    RRI_TRY(cli_result_end(&r, err));

done:
    rri_free(line);
    cli_result_free(&r);
    return st;
}

/* ---- the command -------------------------------------------------------------------------------
 */

static int run_flip(void *p)
{
    args *a = p;
    rr_error err = { RR_OK, -1, "" };
    rr_dataset *ds = NULL;
    rr_decision *list = NULL;
    size_t n = 0;
    rr_status st = RR_OK;

    if (a->data == NULL || a->output == NULL)
        RRI_TRY(rri_fail(&err, RR_ERR_ARG, -1, "%s is missing",
                         a->data == NULL ? "--data SPEC" : "-o FILE.csv"));
    RRI_TRY(rr_dataset_load(a->data, RR_SPLIT_TRAIN, &ds, &err));
    RRI_TRY(read_class("from", a->from, ds, &a->cfg.from, &err));
    RRI_TRY(read_class("to", a->to, ds, &a->cfg.to, &err));
    RRI_TRY(rr_label_noise(&a->cfg, ds, &list, &n, &err));
    RRI_TRY(rr_decisions_save(list, n, ds, a->output, &err));
    RRI_TRY(report(a, ds, list, n, &err));

done:
    rr_decisions_free(list);
    rr_dataset_free(ds);
    return cli_finish(&a->common, st, &err);
}

const cli_command experiment_command_flip = {
    .name = "flip",
    .summary = "give some training sequences wrong labels, for trials",
    .about =
        "Samples a fraction of the training sequences of --data and writes a file with a wrong "
        "label\n"
        "for each, to be given to rnnrepair train --labels. The data are not touched. --from and\n"
        "--to say which labels become which; without --to every other class is as likely, and\n"
        "with it sequences of that class stay as they are. The file is CSV with the columns id,\n"
        "action, label and truth, the label the sequence really has: it says afterwards which of\n"
        "the suspects were rightly named.\n"
        "With the same seed a sequence gets the same wrong label whatever the fraction is.\n"
        "--steps flips labels of single steps, of data such as conllu: that have some: the file\n"
        "has a column step, from 1, and on words token.\n",
    .members = "data, output, seed, fraction\n"
               "sequences, count  of the train split, and those of them with a wrong label\n"
               "pairs             [{from, to, count}], classes by name\n"
               "training_ids      of the sequences with a wrong label, one for each label\n"
               "steps             with --steps: labelled steps of the train split\n"
               "command           a command line that trains on them\n",
    .examples =
        "rnnrepair-experiments flip --data digits --fraction 0.05 -o noise.csv\n"
        "rnnrepair-experiments flip --data 'mnist:data/mnist?only=3|8' --fraction 0.1 --from "
        "3 --to 8 \\\n"
        "    --seed 2 -o noise.csv\n"
        "rnnrepair train run --data 'mnist:data/mnist?only=3|8' --labels noise.csv\n",
    .opts = opts,
    .opt_count = sizeof opts / sizeof *opts,
    .args_size = sizeof(args),
    .defaults = defaults,
    .run = run_flip,
};
