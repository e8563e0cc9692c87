/* SPDX-License-Identifier: MIT */
/* main.c - the program rnnrepair-experiments: its commands, and its page as a whole. */
#include "experiments/commands.h"

static const cli_command *const commands[] = {
    &experiment_command_list,
    &experiment_command_run,
    &experiment_command_poison,
    &experiment_command_flip,
};

static void help_on_data(void)
{
    printf("A SPEC of data is written as rnnrepair --help says.\n");
}

const cli_program cli_the_program = {
    .name = "rnnrepair-experiments",
    .about =
        "Carries out the experiments of the paper, over seeds and resumable, and prepares data\n"
        "with a trigger or with wrong labels to try the program rnnrepair on.\n",
    .sources = "experiments/cmd_",
    .commands = commands,
    .count = sizeof commands / sizeof *commands,
    .more_help = help_on_data,
};

int main(int argc, char **argv)
{
    return cli_main(argc, argv);
}
