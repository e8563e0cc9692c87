/* SPDX-License-Identifier: MIT */
/* repair_report.h - what a repair changed, as a document and as tables. */
#ifndef CLI_REPAIR_REPORT_H
#define CLI_REPAIR_REPORT_H

#include "repairing.h"

/* A finished repair; all borrowed. */
typedef struct cli_repair_report {
    const cli_patient *patient;
    const rr_repair *repair;
    const rr_dataset *additions;
    const uint32_t *after; /* [N] predictions of the retrained network */
} cli_repair_report;

/* targets ... per_target, as the help of repair lists them. */
rr_status cli_repair_document(cli_doc *doc, const cli_repair_report *r, rr_error *err);

/* Add the result to what doc says already; write repair.json and repair.png into the new run; print
 * the tables or the document. */
rr_status cli_repair_write(const cli_common *common, cli_doc *doc, const cli_repair_report *r,
                           const rr_run *child, rr_error *err);

/* One line a target, then the ledger. */
rr_status cli_print_repair(const cli_repair_report *r, rr_error *err);

#endif
