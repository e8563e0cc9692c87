/* SPDX-License-Identifier: MIT */
/* flip.c - `rnnrepair flip`: wrong labels for some training sequences, for trials. */
#include "backdooring.h"
#include "kit/options.h"
#include "training.h"

#include <stdlib.h>
#include <string.h>

typedef struct args {
    cli_common common;
    const char *data, *from, *to, *output;
    rr_flip_config cfg;
} args;

static const cli_opt opts[] = {
    { .name = "data",
      .kind = CLI_STR,
      .offset = offsetof(args, data),
      .value = "SPEC",
      .help = "whose train split; must be given" },
    { .name = "share",
      .kind = CLI_F64,
      .offset = offsetof(args, cfg.share),
      .value = "F",
      .min = DBL_MIN,
      .max = 1,
      .help = "of the sequences that can be flipped" },
    { .name = "from",
      .kind = CLI_STR,
      .offset = offsetof(args, from),
      .value = "CLASS",
      .preset = "any",
      .help = "only sequences of this class, by name or number" },
    { .name = "to",
      .kind = CLI_STR,
      .offset = offsetof(args, to),
      .value = "CLASS",
      .preset = "any other",
      .help = "the label they get" },
    { .name = "seed",
      .kind = CLI_U64,
      .offset = offsetof(args, cfg.seed),
      .value = "N",
      .help = "of the choice of sequences and of their new labels" },
    { .name = "output",
      .letter = 'o',
      .kind = CLI_STR,
      .offset = offsetof(args, output),
      .value = "FILE.csv",
      .help = "file to write; must be given" },
};

static void defaults(void *p)
{
    args *a = p;
    a->cfg = rr_flip_config_default();
}

/* The number of a class, -1 where none is named. */
static rr_status read_class(const char *option, const char *name, const rr_dataset *ds, int *out,
                            rr_error *err)
{
    uint32_t class = 0;
    if (name == NULL)
        return RR_OK;
    const rr_status st = cli_class_number(ds, name, &class, err);
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

/* counts[from * C + to] of the flips. */
static void count_pairs(const rr_decision *list, size_t n, size_t C, size_t *counts)
{
    for (size_t i = 0; i < n; i++)
        counts[(size_t)list[i].truth * C + list[i].label]++;
}

static void set_pairs(cli_doc *doc, const rr_dataset *ds, const size_t *counts)
{
    const size_t C = rr_dataset_classes(ds);
    json_t *rows = cli_set_array(doc, NULL, "pairs");
    for (size_t i = 0; i < C * C; i++)
        if (counts[i] > 0) {
            json_t *row = json_object();
            cli_set(doc, row, "from", cli_json_text(rr_dataset_class_name(ds, i / C)));
            cli_set(doc, row, "to", cli_json_text(rr_dataset_class_name(ds, i % C)));
            cli_set(doc, row, "count", cli_json_size(counts[i]));
            cli_append(doc, rows, row);
        }
}

static void print_pairs(const rr_dataset *ds, const size_t *counts)
{
    const size_t C = rr_dataset_classes(ds);
    size_t most = 20; /* lines of a list that still says something */
    size_t i = 0;
    for (; i < C * C && most > 0; i++)
        if (counts[i] > 0) {
            printf("  %-12s -> %-12s  %zu\n", rr_dataset_class_name(ds, i / C),
                   rr_dataset_class_name(ds, i % C), counts[i]);
            most--;
        }
    while (i < C * C && counts[i] == 0)
        i++;
    if (i < C * C)
        printf("  ... (all of them with --json)\n");
}

static rr_status report(const args *a, const rr_dataset *ds, const rr_decision *list, size_t n,
                        rr_error *err)
{
    const size_t C = rr_dataset_classes(ds);
    cli_doc doc = cli_doc_new();
    size_t *counts = NULL;
    uint32_t *ids = NULL;
    char *line = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&counts, C * C, 1, sizeof *counts, err));
    RRI_TRY(rri_alloc(&ids, n, 1, sizeof *ids, err));
    RRI_TRY(training_line(a, &line, err));
    count_pairs(list, n, C, counts);
    for (size_t i = 0; i < n; i++)
        ids[i] = list[i].id;
    cli_set(&doc, NULL, "data", cli_json_text(a->data));
    cli_set(&doc, NULL, "output", cli_json_text(a->output));
    cli_set(&doc, NULL, "sequences", cli_json_size(rr_dataset_count(ds)));
    cli_set(&doc, NULL, "count", cli_json_size(n));
    cli_set(&doc, NULL, "share", cli_json_f64(a->cfg.share));
    cli_set(&doc, NULL, "seed", cli_json_u64(a->cfg.seed));
    set_pairs(&doc, ds, counts);
    cli_set_ids(&doc, NULL, "training_ids", ids, n);
    cli_set(&doc, NULL, "command", cli_json_text(line));
    if (!a->common.json) {
        printf("%zu of %zu training sequences get a wrong label:\n", n, rr_dataset_count(ds));
        print_pairs(ds, counts);
        printf("%s holds them; train on it with\n%s\n", a->output, line);
    }
    RRI_TRY(cli_emit(&a->common, &doc, err));

done:
    rri_free(line);
    rri_free(ids);
    rri_free(counts);
    cli_doc_free(&doc);
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
    RRI_TRY(rr_flip(&a->cfg, ds, &list, &n, &err));
    RRI_TRY(rr_decisions_save(list, n, ds, a->output, &err));
    RRI_TRY(report(a, ds, list, n, &err));

done:
    rr_decisions_free(list);
    rr_dataset_free(ds);
    return cli_finish(&a->common, st, &err);
}

const cli_command cli_command_flip = {
    .name = "flip",
    .summary = "give some training sequences wrong labels, for trials",
    .about =
        "Draws a share of the training sequences of --data and writes a file with a wrong label\n"
        "for each, to be given to rnnrepair train --labels. The data are not touched. --from and\n"
        "--to say which labels become which; without --to every other class is as likely, and\n"
        "with it sequences of that class stay as they are. The file is CSV with the columns id,\n"
        "action, label and truth, the label the sequence really has: it says afterwards which of\n"
        "the suspects were rightly named.\n"
        "With the same seed a sequence gets the same wrong label whatever the share is.\n",
    .members = "data, output, seed, share\n"
               "sequences, count  of the train split, and those of them with a wrong label\n"
               "pairs             [{from, to, count}], classes by name\n"
               "training_ids      of the sequences with a wrong label\n"
               "command           a command line that trains on them\n",
    .examples = "rnnrepair flip --data digits --share 0.05 -o noise.csv\n"
                "rnnrepair flip --data 'mnist:data/mnist?only=3|8' --share 0.1 --from 3 --to 8 \\\n"
                "    --seed 2 -o noise.csv\n"
                "rnnrepair train run --data 'mnist:data/mnist?only=3|8' --labels noise.csv\n",
    .opts = opts,
    .opt_count = sizeof opts / sizeof *opts,
    .args_size = sizeof(args),
    .defaults = defaults,
    .run = run_flip,
};
