/* SPDX-License-Identifier: MIT */
/* duplicates.c - copies among the splits of a run, the training set first. */
#include "workflow/workflow_internal.h"

rr_status rr_session_duplicates(rr_session *s, const rr_duplicates_config *cfg, rr_duplicates **out,
                                rr_error *err)
{
    static const rr_split splits[] = { RR_SPLIT_TRAIN, RR_SPLIT_DEV, RR_SPLIT_TEST };
    const rr_dataset *sets[RR_DUPLICATES_SETS] = { NULL };
    size_t n = 0;
    rr_status st = RR_OK;

    *out = NULL;
    for (size_t k = 0; k < RR_DUPLICATES_SETS; k++) {
        const bool has = k == 0 || rr_session_has_split(s, splits[k]);
        if (has)
            RRI_TRY(rr_session_split(s, splits[k], &sets[n], err));
        n += has;
    }
    RRI_TRY(rr_duplicates_find(cfg, sets, n, out, err));

done:
    return st;
}
