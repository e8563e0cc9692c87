/* SPDX-License-Identifier: MIT */
/* states_origin.c - what states of a network trained elsewhere are, in a user's words. */
#include "core/states_origin.h"

#include "core/core.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

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

rr_status rri_states_origin_check(const rr_states_origin *o, rr_error *err)
{
    if ((unsigned)o->kind > RR_STATES_PARTIAL)
        return rri_fail(err, RR_ERR_ARG, -1, "origin.kind is %d, which is no kind of states",
                        (int)o->kind);
    if (o->disagreements > o->compared)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "origin has %" PRIu64 " disagreements among %" PRIu64 " sequences",
                        o->disagreements, o->compared);
    if (isinf(o->difference))
        return rri_fail(err, RR_ERR_ARG, -1, "origin.difference is not finite");
    if (memchr(o->model, '\0', sizeof o->model) == NULL ||
        (o->model[0] != '\0' && strspn(o->model, "0123456789abcdef") != 64))
        return rri_fail(err, RR_ERR_ARG, -1, "origin.model is not 64 hexadecimal digits");
    return RR_OK;
}

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
    const rr_status st = rri_states_origin_check(origin, err);
    if (st != RR_OK)
        return st;
    describe_parity(origin, parity, sizeof parity);
    return rri_format(out, err, "The states are of a network trained elsewhere, %s. %s",
                      about[origin->kind], parity);
}
