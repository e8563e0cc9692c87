/* SPDX-License-Identifier: MIT */
/* commands.h - the commands of the program rnnrepair-experiments. */
#ifndef EXPERIMENTS_COMMANDS_H
#define EXPERIMENTS_COMMANDS_H

#include "kit/cli.h"

extern const cli_command experiment_command_list;
extern const cli_command experiment_command_run;
extern const cli_command experiment_command_poison;
extern const cli_command experiment_command_flip;

#endif
