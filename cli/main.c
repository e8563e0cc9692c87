/* SPDX-License-Identifier: MIT */
/* main.c - the table of commands, and the help on data specifications. */
#include "kit/cli.h"

static const cli_command *const commands[] = {
    &cli_command_demo,     &cli_command_fetch,  &cli_command_train,   &cli_command_predict,
    &cli_command_build,    &cli_command_trust,  &cli_command_states,  &cli_command_explain,
    &cli_command_localize, &cli_command_repair, &cli_command_compare, &cli_command_backdoor,
    &cli_command_audit,    &cli_command_verify, &cli_command_info,    &cli_command_report,
    &cli_command_serve
};

static void help_on_data(void)
{
    printf("Data is written kind:path, with parameters ?name=value&name=value;\n"
           "a '?' in a path is %%3F, unless a file has the name as it stands; in a value a '&'\n"
           "is %%26:\n"
           "  mnist:DIR     IDX files, plain or .gz, named as MNIST's; classes=C (the largest\n"
           "                label + 1, at least 10); only=A|B|... keeps these labels;\n"
           "                prefix=P before the names\n"
           "  npz:FILE      x [N][T][D], or [R][D] with lengths [N]; y [N], numbers or texts;\n"
           "                optional split [N]: 0 train, 1 dev, 2 test; or x_train, y_train,\n"
           "                x_test, ...; bytes are divided by 255; step_label [N][T] or [R], a\n"
           "                label for every step, negative for none; part=NAME, an array of\n"
           "                numbers of the recording that each step comes from\n"
           "  states:FILE   states of a network trained elsewhere (docs/FORMAT.md): its inputs\n"
           "                and labels\n"
           "  ts:TRAIN,TEST time series of the UCR and UEA archives: .ts, or tables with the\n"
           "                class first\n"
           "  csv:FILE?frames=A,B,FIRST-LAST   columns of numbers; sequence=COL joins rows to\n"
           "                sequences, else a row is one, in steps of width=D values; label=COL,\n"
           "                tags=COL (a label for every row of a sequence), split=COL and the\n"
           "                parameters of tables below\n"
           "  scale=standard|minmax (by the train split), pad=nan (sequences are filled up with\n"
           "                NaN), image=1 (frames are the rows of images, which repair varies as\n"
           "                such), holdout=F (to test), dev=F, seed=1 with npz, ts, csv:...frames\n"
           "  digits        synthetic digits (train=6000, test=1000, seed=1,\n"
           "                only=A|B|...)\n"
           "  limit=N       with any of them: the first N sequences of each split\n"
           "  TRAIN,TEST or TRAIN,DEV,TEST   files of splits, for ts, csv, tsv, jsonl, json,\n"
           "                conllu\n"
           "\nText, in files plain or .gz:\n"
           "  sst:DIR       trees of the Stanford Sentiment Treebank: {train,dev,test}.txt\n"
           "  toxic:FILE    CSV of the Jigsaw comments, classes balanced (max-chars=200,\n"
           "                balance=1, holdout=0.1)\n"
           "  csv:FILE      a table: text=COL, label=COL, split=COL (by default the columns\n"
           "                of these names), where=COL OP VALUE with OP one of = != < <= > >=,\n"
           "                sep=comma|tab|semicolon|pipe (found), encoding=cp1252 and the like\n"
           "                (UTF-8), header=0 (columns are then named 1, 2, ...), quotes=0 (they\n"
           "                are characters); tsv:FILE is the same with sep=tab\n"
           "  jsonl:FILE    one object a line, or an array of objects (json:FILE): text=NAME or\n"
           "                tokens=NAME (a list of words), label=NAME, split=NAME, encoding=;\n"
           "                tags=NAME (a list, the label of each of the tokens)\n"
           "  conllu:DIR    sentences whose words have labels, a file or a folder of them, as\n"
           "                Universal Dependencies has them: column=upos|xpos|feats.KEY|...\n"
           "  imdb:DIR      {train,test}/{neg,pos}/*.txt\n"
           "  trec:PATH     a label and a text a line, or __label__x and a text, encoding=\n"
           "                (UTF-8 or latin-1, found): a file, or a folder with\n"
           "                TREC.train.all and TREC.test.all\n"
           "  lower=1, words=25000 (the largest vocabulary), min-count=1, max-steps=N (the\n"
           "                first N words of a text), empty=keep (texts without a word, which\n"
           "                are else passed over) with any of them; with csv and jsonl\n"
           "                classes=A|B|...; where there are no splits, holdout=F (to test),\n"
           "                dev=F (of the rest), class by class, seed=1; for new texts label=\n"
           "                (they have no labels)\n");
}

const cli_program cli_the_program = {
    .name = "rnnrepair",
    .about =
        "Trains a recurrent classifier, builds its influence model, explains a prediction by its\n"
        "most influential training sequences, and repairs errors.\n",
    .sources = "cli/commands/",
    .commands = commands,
    .count = sizeof commands / sizeof *commands,
    .more_help = help_on_data,
};

int main(int argc, char **argv)
{
    const char *const folder = getenv("TMPDIR");
    rr_error err = { RR_OK, -1, "" };

    if (folder != NULL && folder[0] != '\0' && rr_set_scratch(folder, 0, &err) != RR_OK) {
        fprintf(stderr, "rnnrepair: TMPDIR: %s\n", err.msg);
        return CLI_USAGE;
    }
    return cli_main(argc, argv);
}
