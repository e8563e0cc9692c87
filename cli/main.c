/* SPDX-License-Identifier: MIT */
/* main.c - the verb table, and what is said of the tool as a whole. */
#include "kit/cli.h"
#include "kit/options.h"

#include <stdlib.h>
#include <string.h>

static const cli_verb *const verbs[] = {
    &cli_verb_demo,    &cli_verb_fetch,    &cli_verb_train,  &cli_verb_predict, &cli_verb_build,
    &cli_verb_explain, &cli_verb_localize, &cli_verb_repair, &cli_verb_poison,  &cli_verb_backdoor,
    &cli_verb_flip,    &cli_verb_audit,    &cli_verb_verify, &cli_verb_info,    &cli_verb_reproduce
};
enum { VERB_COUNT = sizeof verbs / sizeof *verbs };

const cli_verb *cli_find_verb(const char *name)
{
    for (size_t i = 0; i < VERB_COUNT; i++)
        if (strcmp(verbs[i]->name, name) == 0)
            return verbs[i];
    return NULL;
}

static int unknown_verb(const char *name)
{
    const char *names[VERB_COUNT];
    for (size_t i = 0; i < VERB_COUNT; i++)
        names[i] = verbs[i]->name;
    const char *near = cli_nearest(name, names, VERB_COUNT);
    if (near != NULL)
        fprintf(stderr, "rnnrepair: unknown command %s; did you mean %s?\n", name, near);
    else
        fprintf(stderr, "rnnrepair: unknown command %s\n", name);
    fprintf(stderr, "rnnrepair: see rnnrepair --help\n");
    return CLI_USAGE;
}

static void help_on_data(void)
{
    printf("Data is written kind:place, with parameters ?name=value&name=value:\n"
           "  mnist:DIR     IDX files, plain or .gz, named as MNIST's; classes=C (the largest\n"
           "                label + 1, at least 10); only=A|B|... keeps these labels\n"
           "  npz:FILE      x [N][T][D], or [R][D] with lengths [N]; y [N], labels from 0;\n"
           "                optional split [N]: 0 train, 1 dev, 2 test; without it holdout=F\n"
           "                sends a share F to test, drawn by seed=N\n"
           "  digits        digits drawn by this program (train=6000, test=1000, seed=1,\n"
           "                only=A|B|...)\n"
           "  limit=N       with any of them: the first N sequences of each split\n"
           "\nText, in files plain or .gz:\n"
           "  sst:DIR       trees of the Stanford Sentiment Treebank: {train,dev,test}.txt\n"
           "  toxic:FILE    CSV of the Jigsaw comments, classes balanced (max-chars=200,\n"
           "                balance=1, holdout=0.1)\n"
           "  csv:FILE      a table with a header: text=COL, label=COL, split=COL (by\n"
           "                default the columns of these names),\n"
           "                where=COL OP VALUE with OP one of = != < <= > >=\n"
           "  jsonl:FILE    an object a line: text or tokens, label, optional split\n"
           "  imdb:DIR      {train,test}/{neg,pos}/*.txt\n"
           "  trec:PLACE    label and text a line, in latin-1: a file, or a folder with\n"
           "                TREC.train.all and TREC.test.all\n"
           "  lower=1, words=25000 (the largest vocabulary), min-count=1, max-steps=N (the\n"
           "                first N words of a text) with any of them; with csv and jsonl\n"
           "                classes=A|B|...; where there are no splits, holdout=F (to test),\n"
           "                dev=F (of the rest), seed=1\n");
}

static void general_help(void)
{
    printf("Usage: rnnrepair COMMAND ... [options]\n\n"
           "Trains a recurrent classifier, builds its influence model, explains a prediction by\n"
           "the training sequences behind it, and repairs errors.\n\n"
           "Commands:\n");
    for (size_t i = 0; i < VERB_COUNT; i++)
        printf("  %-9s  %s\n", verbs[i]->name, verbs[i]->summary);
    printf("  %-9s  print a command's page, as rnnrepair COMMAND --help does\n", "help");
    printf("\nOptions:\n"
           "  -h, --help    print this page\n"
           "  --version     print the version\n\n"
           "stdout is data: tables, or with --json exactly one JSON object. stderr is talk:\n"
           "progress, remarks and errors.\n\n");
    help_on_data();
    printf("\nExit status:\n");
    cli_help_exit_codes("  ");
}

/* The arguments of a verb, filled with its defaults; NULL where there is no memory. */
static void *new_args(const cli_verb *verb)
{
    cli_common *args = calloc(1, verb->args_size);
    if (args == NULL) {
        fprintf(stderr, "rnnrepair %s: no memory for the options\n", verb->name);
        return NULL;
    }
    if (verb->defaults != NULL)
        verb->defaults(args);
    args->verb = verb;
    return args;
}

int cli_dispatch(int argc, char **argv, json_t **capture)
{
    const cli_verb *verb = cli_find_verb(argv[0]);
    if (verb == NULL)
        return unknown_verb(argv[0]);
    void *args = new_args(verb);
    if (args == NULL)
        return CLI_FAILED;
    ((cli_common *)args)->capture = capture;
    int code = cli_parse(verb, args, argc, argv);
    if (code < 0)
        code = verb->run(args);
    free(args);
    return code;
}

/* rnnrepair help [--markdown] [VERB]; --markdown makes the pages of docs/cli. */
static int help_verb(int argc, char **argv)
{
    const int markdown = argc > 1 && strcmp(argv[1], "--markdown") == 0;
    const char *name = argc > 1 + markdown ? argv[1 + markdown] : NULL;
    if (name == NULL) {
        general_help();
        return CLI_DONE;
    }
    const cli_verb *verb = cli_find_verb(name);
    if (verb == NULL)
        return unknown_verb(name);
    void *args = new_args(verb);
    if (args == NULL)
        return CLI_FAILED;
    if (markdown)
        cli_help_markdown(verb, args);
    else
        cli_help(verb, args);
    free(args);
    return CLI_DONE;
}

static int run_main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "rnnrepair: no command given; see rnnrepair --help\n");
        return CLI_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        general_help();
        return CLI_DONE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("rnnrepair %s\n", rr_version());
        return CLI_DONE;
    }
    if (strcmp(argv[1], "help") == 0)
        return help_verb(argc - 1, argv + 1);
    cli_interrupt_install();
    return cli_dispatch(argc - 1, argv + 1, NULL);
}

int main(int argc, char **argv)
{
    const int code = run_main(argc, argv);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "rnnrepair: standard output could not be written whole\n");
        return code != CLI_DONE ? code : CLI_FAILED;
    }
    return code;
}
