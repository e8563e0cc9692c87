/* SPDX-License-Identifier: MIT */
/* answers.c - all that a run says of a split: predictions, and probabilities of every class. */
#include "rnnrepair/workflow_explain.h"

#include "workflow/workflow_internal.h"

#include "repair/repair_internal.h"

#include <string.h>

/* Of every step, from a states file. */
static rr_status read_steps(rr_session *s, rr_split split, size_t R, size_t C, rri_said *out,
                            rr_error *err)
{
    rr_state_source source = { .ops = NULL };
    rr_state_batch batch = { .count = 1 };
    size_t done = 0;
    bool known = true;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&out->prediction, R, 1, sizeof *out->prediction, err));
    RRI_TRY(rri_alloc(&out->all, R, C, sizeof *out->all, err));
    RRI_TRY(rri_session_states(s, split, NULL, 0, &source, err));
    while (batch.count > 0) {
        RRI_TRY(rri_check_cancelled(&s->callbacks, err));
        RRI_TRY(source.ops->next(source.self, &batch, err));
        if (batch.count == 0)
            break;
        memcpy(out->prediction + done, batch.predictions, batch.rows * sizeof *out->prediction);
        known = batch.probabilities != NULL;
        if (known)
            memcpy(out->all + done * C, batch.probabilities, batch.rows * C * sizeof *out->all);
        done += batch.rows;
    }
    if (!known) {
        rri_free(out->all);
        out->all = NULL;
    }

done:
    rr_state_source_close(&source);
    return st;
}

static rr_status read_answers(rr_session *s, rr_split split, size_t U, size_t C, rri_said *out,
                              rr_error *err)
{
    float *probability = NULL;
    rr_status st = RR_OK;

    if (rri_session_by_steps(s))
        return read_steps(s, split, U, C, out, err);
    RRI_TRY(rri_session_answers(s, split, U, &out->prediction, &probability, err));
    RRI_TRY(rri_session_probabilities(s, split, U, &out->all, err));

done:
    rri_free(probability);
    return st;
}

rr_status rri_session_say(rr_session *s, rr_split split, const rr_dataset *ds, size_t U, size_t C,
                          rri_said *out, rr_error *err)
{
    const rr_network *net = NULL;
    rr_status st = RR_OK;

    if (rri_session_foreign(s)) {
        RRI_TRY(read_answers(s, split, U, C, out, err));
    } else {
        RRI_TRY(rr_session_network(s, &net, err));
        RRI_TRY(
            rri_predict_all(net, ds, s->threads, &s->callbacks, &out->prediction, &out->all, err));
    }

done:
    if (st != RR_OK) {
        rri_free(out->prediction);
        rri_free(out->all);
        *out = (rri_said){ NULL, NULL };
    }
    return st;
}

rr_status rr_session_probabilities(rr_session *s, rr_split split, float *out, rr_error *err)
{
    const size_t C = rr_run_settings_of(s->run).network.classes;
    const rr_dataset *ds = NULL;
    rri_said own = { NULL, NULL };
    rri_said said = { NULL, NULL };
    rr_status st = RR_OK;

    RRI_TRY(rr_session_split(s, split, &ds, err));
    const size_t U = rri_session_by_steps(s) ? rr_dataset_steps(ds) : rr_dataset_count(ds);
    said = s->said[split];
    if (said.prediction == NULL) {
        RRI_TRY(rri_session_say(s, split, ds, U, C, &own, err));
        said = own;
    }
    if (said.all == NULL)
        RRI_TRY(rri_fail(err, RR_ERR_UNSUPPORTED, -1,
                         "the file of states has no probabilities of %s", rri_split_title(split)));
    memcpy(out, said.all, U * C * sizeof *out);

done:
    rri_free(own.prediction);
    rri_free(own.all);
    return st;
}
