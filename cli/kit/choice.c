/* SPDX-License-Identifier: MIT */
/* choice.c - how the number of states of an influence model came about, as a record. */
#include "kit/choice.h"

#include "rnnrepair/influence.h"

static const cli_column choice_table[] = {
    COL_ENUM(rr_choice, end, "end", RR_ENUM_CHOICE, NULL, 0),
    COL_DATA(F64, rr_choice, gain, "gain"),
    COL_DATA(F64, rr_choice, agreement, "agreement"),
    COL_DATA(F64, rr_choice, usual, "usual"),
    COL_DATA(F64, rr_choice, aim, "aim"),
    COL_DATA(SIZE, rr_choice, least, "least"),
    COL_DATA(SIZE, rr_choice, most, "most"),
};
const cli_columns cli_choice_columns = CLI_COLUMNS(rr_choice, choice_table);
