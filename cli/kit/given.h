/* SPDX-License-Identifier: MIT */
/* given.h - a sequence that a user gives instead of a number in a split. */
#ifndef CLI_GIVEN_H
#define CLI_GIVEN_H

#include "kit/table.h"

/* Read the steps of one sequence from a table, a row a step, each of the same number of numbers; a
 * first row with a field that is none is a line of names. The separator is found. What *out points
 * to lives as long as the result.
 * Errors: IO, FORMAT (no row of numbers; a row that is cut short; a field that is no number; the
 * file and the line are named), NOMEM. */
rr_status cli_read_frames(cli_result *r, const char *path, rr_given *out, rr_error *err);

#endif
