/* SPDX-License-Identifier: MIT */
/* novelty.h - what predict and explain print of inputs that are unlike the training data. */
#ifndef CLI_NOVELTY_H
#define CLI_NOVELTY_H

#include "kit/table.h"

/* The members `novelty` and `novel` of a split, and the remark where sequences are novel. */
rr_status cli_put_novelty(const rr_split_novelty *of, cli_result *r, rr_error *err);

/* The member `novelty` of an explanation, and the sentence where the sequence is novel. */
void cli_put_answer_novelty(const rr_answer *x, cli_result *r);

#define CLI_NOVELTY_MEMBERS                                                                        \
    "novelty      {novel, fraction, chance, unlike, accuracy_novel, accuracy_rest}: sequences\n"   \
    "             unlike the training data; the chance of so many if one in 100 were; unlike:\n"   \
    "             it is below 0.001. null without an influence model that can tell\n"              \
    "novel        [{id, novelty, part}], the sequences above 1, and in what most\n"

#endif
