/* SPDX-License-Identifier: MIT */
/* repair_outcome.h - what the reports of one repair and of a series share. */
#ifndef CLI_REPAIR_OUTCOME_H
#define CLI_REPAIR_OUTCOME_H

#include "commands/repair_report.h"

/* What the columns of the table of retrainings mean. */
extern const char cli_repair_legend[];

/* The members of the settings. */
void cli_put_repair_settings(const cli_repair *a, const char *dir, const uint64_t *seed,
                             cli_result *r);

/* The members and lines about what is measured, and what it was before. */
void cli_put_measured(const cli_repair *a, const rr_effect *before, const rr_repair_quality *was,
                      rr_split split, size_t unseen, int steps, int test_used, cli_result *r);

/* The members and tables of what a repair changed; null where nothing was retrained. */
rr_status cli_put_outcome(const cli_repair *a, const rr_repair_result *x, cli_result *r,
                          rr_error *err);

#endif
