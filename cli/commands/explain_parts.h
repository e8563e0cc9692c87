/* SPDX-License-Identifier: MIT */
/* explain_parts.h - the parts of what explain prints of one sequence. */
#ifndef CLI_EXPLAIN_PARTS_H
#define CLI_EXPLAIN_PARTS_H

#include "kit/table.h"

/* An answer, and how it was asked for. Borrowed. */
typedef struct cli_explained {
    const rr_answer *x;
    const rr_network *net; /* NULL: of states alone */
    const rr_query *query;
    size_t N;      /* training sequences */
    size_t shown;  /* most rows printed of a list */
    int all_steps; /* print each step of a long sequence */
} cli_explained;

/* The member `steps` and its table; `labelled` for steps with labels of their own, with the members
 * labelled_steps and step_errors before it. JSON has all steps, text folds a long sequence. */
rr_status cli_put_explained_steps(const cli_explained *of, int labelled, cli_result *r,
                                  rr_error *err);

/* The members from proponents to tied, how the labels of the proponents speak for the prediction,
 * and the tables of T_m and T_t. */
rr_status cli_put_proponents(const cli_explained *of, cli_result *r, rr_error *err);

/* The member `step`, the training sequences that match one step, and its table. */
rr_status cli_put_matches(const cli_explained *of, cli_result *r, rr_error *err);

#endif
