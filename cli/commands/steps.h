/* SPDX-License-Identifier: MIT */
/* steps.h - what explain, localize and audit print of runs with an output at every step. */
#ifndef CLI_STEPS_H
#define CLI_STEPS_H

#include "kit/table.h"
#include "kit/words.h"

/* Has the run an output at every step? */
int cli_by_steps(const rr_session *s);

/* A suspect step, and its columns. */
typedef struct cli_segment_row {
    rr_segment of;
    cli_words token;
    const char *remark;
} cli_segment_row;
extern const cli_columns cli_segment_columns;

/* The suspect steps of a sequence as rows of these columns, owned by the result; words is NULL for
 * frames. */
rr_status cli_take_segments(const rr_segments *from, const rr_dataset *words, rr_sequence s,
                            cli_result *r, cli_list *out, rr_error *err);

/* The members of misread spans, and their table: those of the text up to `shown` spans. */
rr_status cli_put_misread(const rr_span_localization *l, size_t shown, cli_result *r,
                          rr_error *err);

/* The member `behind` of an explanation, the labels and spans behind some steps, and its tables: up
 * to `most` rows of each. */
rr_status cli_put_behind(const rr_answer *x, const rr_question *q, size_t most, cli_result *r,
                         rr_error *err);

/* The members of a ranking of steps, and its table. train has the words of the steps. */
rr_status cli_put_step_ranking(const rr_step_audit_result *x, const rr_dataset *train,
                               cli_result *r, rr_error *err);

#endif
