/* SPDX-License-Identifier: MIT */
/* traces.c - the traces of a whole split, made once: what looks at every step of it shares them. */
#include "workflow/workflow_internal.h"

rr_status rri_session_traces(rr_session *s, rr_split split, const rr_traces **out, rr_error *err)
{
    rr_state_source source = { .ops = NULL };
    const rr_influence *inf = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rr_session_influence(s, &inf, err));
    if (split == RR_SPLIT_TRAIN) {
        *out = rr_influence_training(inf);
        return RR_OK;
    }
    if (s->traces[split] == NULL) {
        RRI_TRY(rri_session_open_states(s, split, s->threads, &source, err));
        RRI_TRY(rr_influence_trace(inf, &source, s->threads, &s->traces[split], err));
    }
    *out = s->traces[split];

done:
    rr_state_source_close(&source);
    return st;
}
