/* SPDX-License-Identifier: MIT */
/* main.c - the program rnnrepair-experiments: its commands and the page of the program as a whole.
 */
#include "experiments/commands.h"

static const cli_verb *const commands[] = { &experiment_command_list, &experiment_command_run,
                                            &experiment_command_poison, &experiment_command_flip };

const cli_program_info cli_program = {
    .name = "rnnrepair-experiments",
    .about =
        "Carries out the experiments of the paper, over seeds and resumable, and prepares data\n"
        "with a trigger or with wrong labels to try the program rnnrepair on.\n",
    .more = "A SPEC of data is written as rnnrepair --help says.\n",
    .sources = "experiments",
    .commands = commands,
    .count = sizeof commands / sizeof *commands,
};

int main(int argc, char **argv)
{
    return cli_main(argc, argv);
}
