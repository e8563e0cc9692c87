/* SPDX-License-Identifier: MIT */
/* states_origin.c - what states of a network trained elsewhere are, in a user's words. */
#include "core/core.h"

#include "rnnrepair/states.h"

#include <inttypes.h>

enum { KINDS = RR_STATES_PARTIAL + 1 };

static const char *const about[KINDS] = {
    [RR_STATES_ONE_PASS] = "collected in one pass: the state and the predicted label of a step "
                           "depend on the steps up to it, not on later ones",
    [RR_STATES_POOLED] = "pooled: the state of a step is what the output layer is given when the "
                         "steps up to it are pooled, and the predicted label is the answer to it",
    [RR_STATES_PREFIX] = "of prefixes: for each step the model was run again on the sequence up to "
                         "it, and the predicted label is its answer to that beginning",
    [RR_STATES_TWO_SIDED] = "two-sided: the state and the predicted label of a step were computed "
                            "with the whole sequence known, so they also depend on later steps",
    [RR_STATES_PARTIAL] = "of a part of the model: the label predicted at a step is that part's, "
                          "not an answer that the whole model ever gives",
};

/* Write what the parity figures say. */
static void describe_parity(const rr_states_origin *o, char *out, size_t capacity)
{
    int n = 0;

    if (o->compared == 0) {
        (void)rri_snprintf(out, capacity,
                           "Whether the last prediction equals the model's own answer was not "
                           "measured.");
        return;
    }
    n = rri_snprintf(out, capacity,
                     "On %" PRIu64 " of %" PRIu64
                     " sequences the last prediction equals the model's own answer",
                     o->compared - o->disagreements, o->compared);
    if (o->difference >= 0.0)
        (void)rri_snprintf(out + n, capacity - (size_t)n,
                           "; the largest difference of an output is %.2g.", o->difference);
    else
        (void)rri_snprintf(out + n, capacity - (size_t)n, ".");
}

rr_status rr_states_sentence(const rr_states_origin *origin, char **out, rr_error *err)
{
    char parity[240];

    *out = NULL;
    if (!origin->foreign)
        return rri_strdup("", out, err);
    if ((unsigned)origin->kind >= KINDS || origin->disagreements > origin->compared)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "states of kind %d, of which %" PRIu64 " of %" PRIu64 " differ",
                        (int)origin->kind, origin->disagreements, origin->compared);
    describe_parity(origin, parity, sizeof parity);
    return rri_format(out, err, "The states are of a network trained elsewhere, %s. %s",
                      about[origin->kind], parity);
}
