/* SPDX-License-Identifier: MIT */
/* choice.h - how the number of states of an influence model came about, as a record. */
#ifndef CLI_CHOICE_H
#define CLI_CHOICE_H

#include "kit/table.h"

/* Of rr_choice. */
extern const cli_columns cli_choice_columns;

#endif
