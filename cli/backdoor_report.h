/* SPDX-License-Identifier: MIT */
/* backdoor_report.h - what is known of triggers as tables and documents. */
#ifndef CLI_BACKDOOR_REPORT_H
#define CLI_BACKDOOR_REPORT_H

#include "backdooring.h"
#include "kit/output.h"

/* The member `candidates` of a scan: at most `top`. */
void cli_scan_document(cli_doc *doc, const rr_scan *scan, const rr_dataset *train, size_t top);
void cli_print_scan(const rr_scan *scan, const rr_dataset *train, size_t top, double threshold);

/* The members of one trigger: trigger, target, contexts, bearers, attack; and where `alone`, a list
 * `candidates` of it alone. */
void cli_case_document(cli_doc *doc, const cli_case *c, const cli_attacks *before, int alone);
void cli_print_case(const cli_case *c, const cli_attacks *before, size_t top);

/* A removal, and the comparison beside it. */
typedef struct cli_removal {
    const cli_retraining *named, *random; /* removed, count_removed, dir */
    cli_attacks before;
    double accuracy_before;
    cli_without after, compared;
} cli_removal;

void cli_removal_document(cli_doc *doc, const cli_removal *r);
void cli_print_removal(const cli_removal *r);

#endif
