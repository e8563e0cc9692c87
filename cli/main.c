/* SPDX-License-Identifier: MIT */
/* main.c - the program rnnrepair: its commands and the page of the program as a whole. */
#include "kit/cli.h"

static const cli_verb *const commands[] = {
    &cli_verb_demo,     &cli_verb_fetch,   &cli_verb_train,    &cli_verb_predict,
    &cli_verb_build,    &cli_verb_explain, &cli_verb_localize, &cli_verb_repair,
    &cli_verb_backdoor, &cli_verb_audit,   &cli_verb_verify,   &cli_verb_info
};

static const char data_help[] =
    "Data is written kind:place, with parameters ?name=value&name=value:\n"
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
    "                dev=F (of the rest), seed=1\n";

const cli_program_info cli_program = {
    .name = "rnnrepair",
    .about = "Trains a recurrent classifier, builds its influence model, explains a prediction by\n"
             "the training sequences behind it, and repairs errors.\n",
    .more = data_help,
    .sources = "cli",
    .commands = commands,
    .count = sizeof commands / sizeof *commands,
};

int main(int argc, char **argv)
{
    return cli_main(argc, argv);
}
