/* SPDX-License-Identifier: MIT */
/* repair_tables.h - the table of the targets of a repair. */
#ifndef CLI_REPAIR_TABLES_H
#define CLI_REPAIR_TABLES_H

#include "commands/repair_report.h"

/* The member per_target, and its table. */
rr_status cli_put_targets(const cli_repair *a, const rr_repair_result *x, cli_result *r,
                          rr_error *err);

#endif
