/* SPDX-License-Identifier: MIT */
/* predict.c - predicts a dataset, and writes predictions and states to files. */
#include "rnnrepair/workflow_explain.h"

#include "io/csv.h"
#include "io/io.h"
#include "io/npz.h"
#include "workflow/workflow_internal.h"

#include <string.h>

/* ---- the table ------------------------------------------------------------------------------ */

static rr_status put_row(rri_writer *w, const rr_predictions *p, size_t i, rr_error *err)
{
    char number[40];
    rr_status st = RR_OK;

    int n = rri_snprintf(number, sizeof number, "%zu,", i);
    RRI_TRY(rri_writer_write(w, number, (size_t)n, err));
    if (rr_dataset_labelled(p->ds))
        RRI_TRY(rri_csv_put(w, rr_dataset_class_name(p->ds, rr_dataset_at(p->ds, i).label), err));
    RRI_TRY(rri_writer_write(w, ",", 1, err));
    RRI_TRY(rri_csv_put(w, rr_dataset_class_name(p->ds, p->prediction[i]), err));
    n = rri_snprintf(number, sizeof number, ",%.9g\n", (double)p->probability[i]);
    RRI_TRY(rri_writer_write(w, number, (size_t)n, err));

done:
    return st;
}

/* A row for each step of sequence i, whose first is row `first` of the predictions. */
static rr_status put_steps(rri_writer *w, const rr_predictions *p, size_t i, size_t first,
                           rr_error *err)
{
    const rr_sequence q = rr_dataset_at(p->ds, i);
    char number[64];
    rr_status st = RR_OK;

    for (size_t t = 0; t < q.steps; t++) {
        const float probability = p->step_probability[first + t];
        int n = rri_snprintf(number, sizeof number, "%zu,%zu,", i, t + 1);
        RRI_TRY(rri_writer_write(w, number, (size_t)n, err));
        if (q.step_labels != NULL && q.step_labels[t] != RR_NO_LABEL)
            RRI_TRY(rri_csv_put(w, rr_dataset_class_name(p->ds, q.step_labels[t]), err));
        RRI_TRY(rri_writer_write(w, ",", 1, err));
        RRI_TRY(rri_csv_put(w, rr_dataset_class_name(p->ds, p->step_prediction[first + t]), err));
        n = probability >= 0.0F ? rri_snprintf(number, sizeof number, ",%.9g", (double)probability)
                                : rri_snprintf(number, sizeof number, ",");
        RRI_TRY(rri_writer_write(w, number, (size_t)n, err));
        if (q.words != NULL) {
            RRI_TRY(rri_writer_write(w, ",", 1, err));
            RRI_TRY(rri_csv_put(w, q.words[t], err));
        } else if (q.parts != NULL) {
            n = rri_snprintf(number, sizeof number, ",%lld", (long long)q.parts[t]);
            RRI_TRY(rri_writer_write(w, number, q.parts[t] < 0 ? 1 : (size_t)n, err));
        }
        RRI_TRY(rri_writer_write(w, "\n", 1, err));
    }

done:
    return st;
}

static rr_status save_steps(const rr_predictions *p, rri_writer *w, rr_error *err)
{
    const char *more = rr_dataset_words(p->ds) != NULL         ? ",word\n"
                       : rr_dataset_shape_of(p->ds).parts != 0 ? ",part\n"
                                                               : "\n";
    size_t first = 0;
    char header[64];
    rr_status st = RR_OK;

    const int n = rri_snprintf(header, sizeof header, "id,t,label,prediction,probability%s", more);
    RRI_TRY(rri_writer_write(w, header, (size_t)n, err));
    for (size_t i = 0; i < rr_dataset_count(p->ds); i++) {
        RRI_TRY(put_steps(w, p, i, first, err));
        first += rr_dataset_at(p->ds, i).steps;
    }

done:
    return st;
}

static rr_status save_sequences(const rr_predictions *p, rri_writer *w, rr_error *err)
{
    static const char header[] = "id,label,prediction,probability\n";
    rr_status st = RR_OK;

    RRI_TRY(rri_writer_write(w, header, strlen(header), err));
    for (size_t i = 0; i < rr_dataset_count(p->ds); i++)
        RRI_TRY(put_row(w, p, i, err));

done:
    return st;
}

rr_status rr_predictions_save(const rr_predictions *p, const char *path, rr_error *err)
{
    rri_writer *w = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_writer_open(path, &w, err));
    RRI_TRY(p->step_prediction != NULL ? save_steps(p, w, err) : save_sequences(p, w, err));
    st = rri_writer_commit(w, err);
    w = NULL;

done:
    rri_writer_abandon(w);
    return st;
}

/* ---- the arrays of every step --------------------------------------------------------------- */

/* Read the states once and append each batch to the arrays of the open file. */
static rr_status write_batches(const rr_callbacks *cb, rr_state_source *source, bool labelled,
                               rri_npz_writer *w, rr_error *err)
{
    const size_t N = source->sequences, R = source->steps, H = source->hidden, C = source->classes;
    size_t steps = 0, label = 0, prediction = 0, probability = 0, state = 0, seen = 0;
    rr_state_batch batch = { .count = 1 };
    rr_status st = RR_OK;

    RRI_TRY(rri_npz_writer_array(w, "steps", RRI_NPZ_U32, &N, 1, &steps, err));
    if (labelled)
        RRI_TRY(rri_npz_writer_array(w, "label", RRI_NPZ_U32, &N, 1, &label, err));
    RRI_TRY(rri_npz_writer_array(w, "prediction", RRI_NPZ_U32, &R, 1, &prediction, err));
    RRI_TRY(rri_npz_writer_array(w, "probability", RRI_NPZ_F32, (size_t[]){ R, C }, 2, &probability,
                                 err));
    RRI_TRY(rri_npz_writer_array(w, "state", RRI_NPZ_F32, (size_t[]){ R, H }, 2, &state, err));
    RRI_TRY(source->ops->rewind(source->self, err));
    while (batch.count > 0) {
        if (rri_cancelled(cb))
            RRI_TRY(rri_fail_cancelled(err));
        RRI_TRY(source->ops->next(source->self, &batch, err));
        if (batch.count == 0)
            break;
        RRI_TRY(rri_npz_writer_append(w, steps, batch.steps, batch.count, err));
        if (labelled)
            RRI_TRY(rri_npz_writer_append(w, label, batch.labels, batch.count, err));
        RRI_TRY(rri_npz_writer_append(w, prediction, batch.predictions, batch.rows, err));
        RRI_TRY(rri_npz_writer_append(w, probability, batch.probabilities, batch.rows * C, err));
        RRI_TRY(rri_npz_writer_append(w, state, batch.states, batch.rows * H, err));
        seen += batch.count;
        rri_show(cb, "states", "sequences", seen, N, "%s", "");
    }
    RRI_TRY(rri_npz_writer_close(w, err));

done:
    rri_show_end(cb);
    return st;
}

rr_status rr_session_save_steps(rr_session *s, const rr_dataset *ds, const char *path,
                                rr_error *err)
{
    const rr_network *net = NULL;
    rr_state_source source = { .ops = NULL };
    rri_npz_writer *w = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_session_check_output(s, path, err));
    RRI_TRY(rr_session_network(s, &net, err));
    RRI_TRY(rr_network_states(net, ds, s->threads, &source, err));
    RRI_TRY(rri_npz_writer_new(path, &w, err));
    RRI_TRY(write_batches(&s->callbacks, &source, rr_dataset_labelled(ds), w, err));

done:
    rri_npz_writer_free(w);
    rr_state_source_close(&source);
    return st;
}
