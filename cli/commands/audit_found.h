/* SPDX-License-Identifier: MIT */
/* audit_found.h - how many known wrong labels a reviewer of a ranking finds, of sequences or of
 * steps. */
#ifndef CLI_AUDIT_FOUND_H
#define CLI_AUDIT_FOUND_H

#include "kit/table.h"

/* Of rr_audit_result or rr_step_audit_result. */
typedef struct cli_found {
    const rr_audit_found *found;   /* [RR_AUDIT_FOUND] */
    const rr_audit_needed *needed; /* [RR_AUDIT_NEEDED] */
    double average_precision, area, area_influential;
} cli_found;

/* The members found, needed, average_precision, area and area_influential, and a table. */
void cli_put_found(const cli_found *x, cli_result *r);

#endif
