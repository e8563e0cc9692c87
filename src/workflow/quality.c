/* SPDX-License-Identifier: MIT */
/* quality.c - how good the predictions of a split are, by class. */
#include "workflow/workflow_internal.h"

#include "data/data_internal.h"

/* The probability of class 1 of two, [n], from that of each prediction; *out stays NULL where one
 * is unknown. */
static rr_status score_second(const uint32_t *prediction, const float *probability, size_t n,
                              double **out, rr_error *err)
{
    double *score = NULL;
    const rr_status st = rri_alloc(&score, n, 1, sizeof *score, err);

    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < n; i++) {
        const double p = (double)probability[i];
        if (p < 0.0) {
            rri_free(score);
            return RR_OK;
        }
        score[i] = prediction[i] == 1 ? p : 1.0 - p;
    }
    *out = score;
    return RR_OK;
}

rr_status rr_session_quality(rr_session *s, rr_split split, rr_quality *out,
                             rr_class_quality *by_class, rr_error *err)
{
    const size_t C = rr_run_settings_of(s->run).network.classes;
    rr_predictions p = { .ds = NULL };
    uint32_t *truth = NULL;
    double *score = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_session_predict(s, split, &p, err));
    const bool steps = p.step_prediction != NULL;
    const uint32_t *prediction = steps ? p.step_prediction : p.prediction;
    const float *probability = steps ? p.step_probability : p.probability;
    const size_t n = steps ? rr_dataset_steps(p.ds) : rr_dataset_count(p.ds);
    RRI_TRY(rri_dataset_truths(p.ds, steps, &truth, err));
    if (C == 2)
        RRI_TRY(score_second(prediction, probability, n, &score, err));
    RRI_TRY(rr_quality_measure(truth, prediction, score, n, C, out, by_class, err));

done:
    rri_free(score);
    rri_free(truth);
    return st;
}
