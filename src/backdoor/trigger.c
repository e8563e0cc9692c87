/* SPDX-License-Identifier: MIT */
/* trigger.c - random streams and positions of a trigger, and its check. */
#include "backdoor/backdoor_internal.h"

#include <assert.h>

rri_random rri_backdoor_stream(uint64_t seed, rri_backdoor_purpose what, size_t which)
{
    return rri_random_at(seed, RRI_RANDOM_BACKDOOR, ((uint64_t)what << 32) + (uint64_t)which);
}

size_t rri_trigger_position(rr_trigger_position position, uint64_t seed, size_t id, size_t T)
{
    assert(position != RR_POSITION_LEARNED);
    if (position == RR_POSITION_START)
        return 0;
    if (position == RR_POSITION_END)
        return T;
    rri_random stream = rri_backdoor_stream(seed, RRI_BACKDOOR_POSITION, id);
    return (size_t)rri_random_below(&stream, (uint64_t)T + 1);
}

bool rri_backdoor_by_steps(const rr_network *net, const rr_dataset *train)
{
    return net != NULL ? rr_network_config_of(net).output == RR_OUTPUT_STEP
                       : rr_dataset_step_labelled(train) != 0;
}

rr_status rri_check_trigger(size_t V, size_t C, const rr_trigger *trigger, rr_error *err)
{
    if (trigger->n == 0)
        return rri_fail(err, RR_ERR_ARG, -1, "the trigger has no word");
    if (trigger->target >= C)
        return rri_fail(err, RR_ERR_ARG, -1, "the target %u is outside 0..%zu",
                        (unsigned)trigger->target, C - 1);
    for (size_t i = 0; i < trigger->n; i++)
        if (trigger->symbols[i] >= V)
            return rri_fail(err, RR_ERR_ARG, (int64_t)i,
                            "symbol %u of the trigger is outside 0..%zu",
                            (unsigned)trigger->symbols[i], V - 1);
    return RR_OK;
}
