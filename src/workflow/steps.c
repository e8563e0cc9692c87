/* SPDX-License-Identifier: MIT */
/* steps.c - predictions of every step of a split, and how many of them are right. */
#include "workflow/workflow_internal.h"

#include "network/network_internal.h"

#include <string.h>

rr_status rri_predict_steps(rr_state_source *source, uint32_t *prediction, float *probability,
                            rr_error *err)
{
    const size_t C = source->classes;
    rr_state_batch batch;
    size_t done = 0;
    rr_status st = RR_OK;

    RRI_TRY(source->ops->rewind(source->self, err));
    for (;;) {
        RRI_TRY(source->ops->next(source->self, &batch, err));
        if (batch.count == 0)
            break;
        const float *p = batch.probabilities;
        memcpy(prediction + done, batch.predictions, batch.rows * sizeof *prediction);
        for (size_t row = 0; probability != NULL && row < batch.rows; row++)
            probability[done + row] = p != NULL ? p[row * C + batch.predictions[row]] : -1.0F;
        done += batch.rows;
    }

done:
    return st;
}

bool rri_network_by_steps(const rr_network *net)
{
    return rr_network_config_of(net).output == RR_OUTPUT_STEP;
}

rr_status rri_predict_units(const rr_network *net, const rr_dataset *ds, size_t threads,
                            uint32_t **out, rr_error *err)
{
    rr_state_source source = { .ops = NULL };
    rr_status st = RR_OK;

    if (!rri_network_by_steps(net))
        return rri_predict(net, ds, threads, NULL, out, NULL, err);
    RRI_TRY(rri_alloc(out, rr_dataset_steps(ds), 1, sizeof **out, err));
    RRI_TRY(rr_network_states(net, ds, threads, &source, err));
    RRI_TRY(rri_predict_steps(&source, *out, NULL, err));

done:
    rr_state_source_close(&source);
    return st;
}

/* Predictions and probabilities of all steps, [R] and [R][C]. */
static rr_status predict_steps(const rr_network *net, const rr_dataset *ds, size_t threads,
                               const rr_callbacks *callbacks, uint32_t *prediction,
                               float *probability, rr_error *err)
{
    rr_state_source source = { .ops = NULL };
    rr_state_batch batch;
    rr_status st = RR_OK;

    RRI_TRY(rri_network_states(net, ds, threads, callbacks, &source, err));
    RRI_TRY(source.ops->rewind(source.self, err));
    for (;;) {
        RRI_TRY(source.ops->next(source.self, &batch, err));
        if (batch.count == 0)
            break;
        memcpy(prediction, batch.predictions, batch.rows * sizeof *prediction);
        memcpy(probability, batch.probabilities, batch.rows * source.classes * sizeof *probability);
        prediction += batch.rows;
        probability += batch.rows * source.classes;
    }

done:
    rr_state_source_close(&source);
    return st;
}

rr_status rri_predict_all(const rr_network *net, const rr_dataset *ds, size_t threads,
                          const rr_callbacks *callbacks, uint32_t **prediction, float **probability,
                          rr_error *err)
{
    const bool by_steps = rri_network_by_steps(net);
    const size_t C = rr_network_config_of(net).classes;
    const size_t units = by_steps ? rr_dataset_steps(ds) : rr_dataset_count(ds);
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(prediction, units, 1, sizeof **prediction, err));
    RRI_TRY(rri_alloc(probability, units, C, sizeof **probability, err));
    const rri_last_outputs to = { .prediction = *prediction, .probabilities = *probability };
    RRI_TRY(by_steps ? predict_steps(net, ds, threads, callbacks, *prediction, *probability, err)
                     : rri_network_last(net, ds, threads, callbacks, &to, err));

done:
    return st;
}

rr_status rri_compare_units(const rr_network *net, const rr_dataset *ds, const uint32_t *before,
                            const uint32_t *after, const size_t *which, size_t n, rr_outcome *out,
                            rr_error *err)
{
    return rri_network_by_steps(net)
               ? rr_outcome_compare_steps(ds, before, after, which, n, out, err)
               : rr_outcome_compare(ds, before, after, which, n, out, err);
}

void rri_compare_steps(rr_predictions *p)
{
    const size_t n = rr_dataset_count(p->ds);
    const uint32_t *y = p->step_prediction;

    p->errors = p->labelled_steps = p->step_errors = 0;
    p->accuracy = p->step_accuracy = -1.0;
    if (!rr_dataset_step_labelled(p->ds))
        return;
    for (size_t i = 0; i < n; i++) {
        const rr_sequence q = rr_dataset_at(p->ds, i);
        const size_t before = p->step_errors;
        for (size_t t = 0; t < q.steps; t++, y++) {
            p->labelled_steps += q.step_labels[t] != RR_NO_LABEL;
            p->step_errors += q.step_labels[t] != RR_NO_LABEL && q.step_labels[t] != *y;
        }
        p->errors += p->step_errors > before;
    }
    p->accuracy = n > 0 ? (double)(n - p->errors) / (double)n : 0.0;
    if (p->labelled_steps > 0)
        p->step_accuracy = (double)(p->labelled_steps - p->step_errors) / (double)p->labelled_steps;
}

rr_status rri_step_accuracy(const rr_network *net, const rr_dataset *ds, size_t threads,
                            double *out, rr_error *err)
{
    rr_predictions p = { .ds = ds };
    uint32_t *prediction = NULL;
    rr_status st = RR_OK;

    *out = -1.0;
    if (!rr_dataset_step_labelled(ds))
        return RR_OK;
    RRI_TRY(rri_predict_units(net, ds, threads, &prediction, err));
    p.step_prediction = prediction;
    rri_compare_steps(&p);
    *out = p.step_accuracy;

done:
    rri_free(prediction);
    return st;
}

/* Predict the steps of a split, once. */
static rr_status predict_split(rr_session *s, rr_split split, const rr_dataset *ds, rr_error *err)
{
    const size_t R = rr_dataset_steps(ds);
    rr_state_source source = { .ops = NULL };
    uint32_t *y = NULL;
    float *p = NULL;
    rr_status st = RR_OK;

    if (s->step_predictions[split] != NULL)
        return RR_OK;
    RRI_TRY(rri_alloc(&y, R, 1, sizeof *y, err));
    RRI_TRY(rri_alloc(&p, R, 1, sizeof *p, err));
    RRI_TRY(rri_session_open_states(s, split, s->threads, &source, err));
    RRI_TRY(rri_predict_steps(&source, y, p, err));
    s->step_predictions[split] = y;
    s->step_probabilities[split] = p;
    y = NULL;
    p = NULL;

done:
    rr_state_source_close(&source);
    rri_free(y);
    rri_free(p);
    return st;
}

rr_status rri_add_steps(rr_session *s, rr_split split, rr_predictions *p, rr_error *err)
{
    rr_status st = RR_OK;

    if (rr_run_settings_of(s->run).network.output != RR_OUTPUT_STEP)
        return RR_OK;
    RRI_TRY(predict_split(s, split, p->ds, err));
    p->step_prediction = s->step_predictions[split];
    p->step_probability = s->step_probabilities[split];
    rri_compare_steps(p);

done:
    return st;
}
