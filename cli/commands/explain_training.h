/* SPDX-License-Identifier: MIT */
/* explain_training.h - the reverse of an explanation: `rnnrepair explain --training`. */
#ifndef CLI_EXPLAIN_TRAINING_H
#define CLI_EXPLAIN_TRAINING_H

#include "kit/table.h"

/* Print which errors of a split training sequence `id` touches; of text the first `shown`. */
rr_status cli_explain_training(rr_session *s, rr_split which, size_t id, rr_key key, size_t shown,
                               cli_result *r, rr_error *err);

#endif
