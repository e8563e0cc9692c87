/* SPDX-License-Identifier: MIT */
/* explain_training.h - explain in reverse, from a training sequence to the errors it influences. */
#ifndef CLI_EXPLAIN_TRAINING_H
#define CLI_EXPLAIN_TRAINING_H

#include "kit/inputs.h"

/* Put and print the steps of a training sequence, and the errors of the question's split that match
 * it by its key, at most `shown` of them in text.
 * Errors: as rr_session_touched(). */
rr_status cli_explain_training(rr_session *s, const cli_inputs *in, const rr_question *question,
                               size_t training, size_t shown, cli_result *r, rr_error *err);

#endif
