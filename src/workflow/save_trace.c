/* SPDX-License-Identifier: MIT */
/* save_trace.c - what explain has of every step of a split, as one compact table. */
#include "rnnrepair/workflow_explain.h"

#include "io/csv.h"
#include "io/io.h"
#include "workflow/workflow_internal.h"

#include <string.h>

static rr_status put_steps(const rr_influence *inf, rr_key key, const rr_dataset *ds, size_t i,
                           const rr_trace *trace, rri_writer *w, rr_error *err)
{
    const rr_sequence q = rr_dataset_at(ds, i);
    char text[96];
    rr_status st = RR_OK;

    for (size_t t = 0; t < trace->steps; t++) {
        const rr_posting *list = NULL;
        size_t count = 0, sequences = 0;
        RRI_TRY(rr_influence_segment(inf, key, trace, t + 1, &list, &count, &sequences, err));
        int n = rri_snprintf(text, sizeof text, "%zu,%zu,%u,%zu,", i, t + 1,
                             (unsigned)trace->states[t], sequences);
        RRI_TRY(rri_writer_write(w, text, (size_t)n, err));
        RRI_TRY(rri_csv_put(w, rr_dataset_class_name(ds, trace->predictions[t]), err));
        n = trace->probabilities != NULL && trace->probabilities[t] >= 0.0F
                ? rri_snprintf(text, sizeof text, ",%.6g", (double)trace->probabilities[t])
                : rri_snprintf(text, sizeof text, ",");
        RRI_TRY(rri_writer_write(w, text, (size_t)n, err));
        if (q.words != NULL) {
            RRI_TRY(rri_writer_write(w, ",", 1, err));
            RRI_TRY(rri_csv_put(w, q.words[t], err));
        }
        RRI_TRY(rri_writer_write(w, "\n", 1, err));
    }

done:
    return st;
}

rr_status rr_session_save_trace(rr_session *s, rr_split split, const char *path, rr_error *err)
{
    const rr_influence *inf = NULL;
    const rr_traces *traces = NULL;
    const rr_dataset *ds = NULL;
    rr_question usual;
    rri_writer *w = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_session_check_output(s, path, err));
    RRI_TRY(rr_session_influence(s, &inf, err));
    RRI_TRY(rr_session_split(s, split, &ds, err));
    RRI_TRY(rri_session_traces(s, split, &traces, err));
    RRI_TRY(rr_session_question(s, &usual, err));
    RRI_TRY(rri_writer_open(path, &w, err));
    const char *head = rr_dataset_words(ds) != NULL
                           ? "id,t,state,matches,prediction,probability,word\n"
                           : "id,t,state,matches,prediction,probability\n";
    RRI_TRY(rri_writer_write(w, head, strlen(head), err));
    for (size_t i = 0; i < rr_traces_count(traces); i++) {
        const rr_trace trace = rr_traces_at(traces, i);
        RRI_TRY(put_steps(inf, usual.cfg.query.key, ds, i, &trace, w, err));
    }
    st = rri_writer_commit(w, err);
    w = NULL;

done:
    rri_writer_abandon(w);
    return st;
}
