/* SPDX-License-Identifier: MIT */
/* audit_report.h - the arguments of `rnnrepair audit`, and what it prints. */
#ifndef CLI_AUDIT_REPORT_H
#define CLI_AUDIT_REPORT_H

#include "kit/inputs.h"

/* The arguments. */
typedef struct cli_audit {
    cli_common common;
    const char *dir, *samples, *review, *apply, *output;
    cli_inputs in;
    const char *judged; /* what the split of the labels is called */
    rr_session_audit_config cfg;
    rr_retrain_config how;
    rr_duplicates_config copies;
} cli_audit;

/* The members of a ranking of sequences, and its tables. */
rr_status cli_put_ranking(const cli_audit *a, rr_session *s, const rr_audit_result *x,
                          cli_result *r, rr_error *err);

/* The members of the copies in the data of a run, and their table; --review. */
rr_status cli_put_duplicates(const cli_audit *a, rr_session *s, cli_result *r, rr_error *err);

/* The member `copies`, of equal inputs alone, and a line about them. */
rr_status cli_put_copies(rr_session *s, cli_result *r, rr_error *err);

/* The members of what decisions changed, and its table. */
void cli_put_decisions(const rr_decisions_result *x, cli_result *r);

#endif
