/* SPDX-License-Identifier: MIT */
/* repair_report.h - what a repair changed, as a document and as tables. */
#ifndef CLI_REPAIR_REPORT_H
#define CLI_REPAIR_REPORT_H

#include "repairing.h"

/* A finished repair; all borrowed. */
typedef struct cli_repair_report {
    const cli_patient *patient;
    const rr_repair *repair;         /* one of these two, the other is NULL */
    const rr_insertions *insertions; /* */
    const rr_dataset *additions;
    const uint32_t *after; /* [N] predictions of the retrained network; NULL where none was made */
} cli_repair_report;

/* The ledger of the whole split and that of the targets alone; after must be there. */
rr_status cli_repair_ledgers(const cli_repair_report *r, rr_ledger *all, rr_ledger *targets,
                             rr_error *err);

/* object[key] = {count, fixed, still_failing, newly_broken, unchanged} */
void cli_set_ledger(cli_doc *doc, json_t *object, const char *key, const rr_ledger *l);

/* Add the result, targets ... per_target as the help of repair lists them, to what doc says
 * already; where there is a new run (else NULL) write repair.json into it, and of images
 * repair.png. */
rr_status cli_repair_complete(const cli_common *common, cli_doc *doc, const cli_repair_report *r,
                              const rr_run *child, rr_error *err);

/* One line a target, then the ledger. */
rr_status cli_print_repair(const cli_repair_report *r, rr_error *err);

#endif
