/* SPDX-License-Identifier: MIT */
/* repair_quality.c - how good the predictions of a retraining are on what is measured, with its
 * targets and without: a repair that trained on its targets is judged by what it did for others. */
#include "workflow/repairing.h"

#include "data/data_internal.h"

rr_status rri_ground_truths(rri_ground *g, rr_error *err)
{
    const bool steps = rri_session_by_steps(g->s);
    const size_t R = steps ? rr_dataset_steps(g->measured) : rr_dataset_count(g->measured);
    uint32_t *all = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_dataset_truths(g->measured, steps, &all, err));
    RRI_TRY(rri_alloc(&g->truth, R, 1, sizeof *g->truth, err));
    RRI_TRY(rri_alloc(&g->truth_unseen, R, 1, sizeof *g->truth_unseen, err));
    for (size_t i = 0; i < R; i++) {
        g->truth[i] = g->rows == NULL ? all[i] : RR_NO_LABEL;
        g->truth_unseen[i] = RR_NO_LABEL;
    }
    for (size_t i = 0; g->rows != NULL && i < g->count_rows; i++)
        g->truth[g->rows[i]] = all[g->rows[i]];
    for (size_t i = 0; i < g->count_unseen; i++)
        g->truth_unseen[g->unseen[i]] = all[g->unseen[i]];

done:
    rri_free(all);
    return st;
}

/* Class c against the rest, by its probability. Scratch: binary, none and score are [R]. */
static rr_status against_rest(const uint32_t *truth, const rr_predicted *said, size_t R, size_t c,
                              uint32_t *binary, const uint32_t *none, double *score, double *auc,
                              rr_error *err)
{
    rr_quality q = { .count = 0 };
    rr_status st = RR_OK;

    for (size_t i = 0; i < R; i++) {
        binary[i] = truth[i] == RR_NO_LABEL ? RR_NO_LABEL : truth[i] == c;
        score[i] = (double)said->probability[i * said->classes + c];
    }
    RRI_TRY(rr_quality_measure(binary, none, score, R, 2, &q, NULL, err));
    *auc = q.auc;

done:
    return st;
}

/* The mean over the classes that there are; of two classes both are the same. */
static rr_status measure_auc(const uint32_t *truth, const rr_predicted *said, size_t R, double *auc,
                             rr_error *err)
{
    const size_t C = said->classes;
    uint32_t *binary = NULL, *none = NULL;
    double *score = NULL;
    double sum = 0.0;
    size_t classes = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&binary, R, 1, sizeof *binary, err));
    RRI_TRY(rri_alloc(&none, R, 1, sizeof *none, err));
    RRI_TRY(rri_alloc(&score, R, 1, sizeof *score, err));
    for (size_t c = C == 2 ? 1 : 0; c < C; c++) {
        double one = -1.0;
        RRI_TRY(against_rest(truth, said, R, c, binary, none, score, &one, err));
        sum += one >= 0.0 ? one : 0.0;
        classes += one >= 0.0;
    }
    *auc = classes > 0 ? sum / (double)classes : -1.0;

done:
    rri_free(score);
    rri_free(none);
    rri_free(binary);
    return st;
}

rr_status rri_repair_judge(const rri_ground *g, const rr_predicted *said, rr_repair_quality *out,
                           rr_class_quality *by_class, rr_error *err)
{
    const size_t R =
        rri_session_by_steps(g->s) ? rr_dataset_steps(g->measured) : rr_dataset_count(g->measured);
    rr_status st = RR_OK;

    RRI_TRY(rr_quality_measure(g->truth, said->prediction, NULL, R, said->classes, &out->all,
                               by_class, err));
    RRI_TRY(rr_quality_measure(g->truth_unseen, said->prediction, NULL, R, said->classes,
                               &out->unseen, NULL, err));
    RRI_TRY(measure_auc(g->truth, said, R, &out->all.auc, err));
    RRI_TRY(measure_auc(g->truth_unseen, said, R, &out->unseen.auc, err));

done:
    return st;
}
