/* SPDX-License-Identifier: MIT */
/* labels.c - how suspect each label is: by its support among the training sequences, and by what
 * networks think of it.
 *
 * s support of the given label and p its probability, the score is
 *
 *     influence -s     self-confidence, dynamics -log p     combined -s - log p
 *
 * where dynamics takes the mean probability over the checkpoints of the training: a wrong label is
 * learned late, if at all [Swayamdipta20; Pleiss20].
 *
 * A training sequence counts neither for nor against itself; other sequences have no part in what
 * they are compared with. */
#include "audit/audit_internal.h"

#include "network/network_internal.h"
#include "rnnrepair/crossvalidation.h"

#include <string.h>

bool rri_audit_by_support(const rr_audit_config *cfg)
{
    return cfg->method == RR_AUDIT_COMBINED ||
           (cfg->method == RR_AUDIT_INFLUENCE && cfg->about == RR_AUDIT_ABOUT_LABELS);
}

bool rri_audit_by_probability(const rr_audit_config *cfg)
{
    return cfg->method == RR_AUDIT_COMBINED || cfg->method == RR_AUDIT_SELF_CONFIDENCE ||
           cfg->method == RR_AUDIT_DYNAMICS;
}

/* Train a network for each fold, which then judges what it has not seen. */
static rr_status cross_validate(const rri_audit_work *w, rr_error *err)
{
    rr_train_config training = w->data->training;
    rr_crossvalidation_progress at = { .done = 0 };
    rr_crossvalidation *cv = NULL;
    rr_status st = RR_OK;

    training.threads = w->cfg->threads;
    RRI_TRY(
        rr_crossvalidation_new(&training, w->data->start, w->data->train, w->cfg->folds, &cv, err));
    while (!at.done) {
        RRI_TRY(rri_check_cancelled(w->callbacks, err));
        RRI_TRY(rr_crossvalidation_step(cv, &at, err));
        const rr_train_progress *t = &at.training;
        const size_t fold = training.epochs * t->batches;
        rri_show(w->callbacks, "cross-validation", "batches",
                 (at.fold - 1) * fold + (t->epoch - 1) * t->batches + t->batch, at.folds * fold,
                 "fold %zu/%zu  loss %.4f", at.fold, at.folds, t->loss);
    }
    memcpy(w->probabilities, rr_crossvalidation_probabilities(cv),
           w->N * w->C * sizeof *w->probabilities);

done:
    rri_show_end(w->callbacks);
    rr_crossvalidation_free(cv);
    return st;
}

rr_status rri_audit_trainer(const rri_audit_work *w, rr_network **net, rr_trainer **trainer,
                            rr_error *err)
{
    const rr_attribution_config *a = &w->cfg->attribution;
    rr_train_config training = a->training;
    rr_status st = RR_OK;

    training.threads = w->cfg->threads;
    RRI_TRY(rr_network_copy(w->data->net, net, err));
    RRI_TRY(rr_trainer_new(&training, *net, w->data->train, trainer, err));
    if (a->weights != NULL)
        RRI_TRY(rr_trainer_set_weights(*trainer, a->weights, err));

done:
    return st;
}

/* The mean of what the network said at each checkpoint after the first, of epoch 0. */
static rr_status average_checkpoints(const rri_audit_work *w, rr_error *err)
{
    const rr_attribution_config *a = &w->cfg->attribution;
    const size_t values = w->N * w->C;
    rr_network *net = NULL;
    rr_trainer *trainer = NULL;
    rri_last_outputs now = { .probabilities = NULL }; /* [N][C] */
    rr_status st = RR_OK;

    w->audit->result.checkpoints = a->count_checkpoints;
    RRI_TRY(rri_alloc(&now.probabilities, w->N, w->C, sizeof(float), err));
    RRI_TRY(rri_audit_trainer(w, &net, &trainer, err));
    for (size_t e = 1; e < a->count_checkpoints; e++) {
        RRI_TRY(rri_check_cancelled(w->callbacks, err));
        RRI_TRY(rr_trainer_restore(trainer, a->checkpoints[e], err));
        RRI_TRY(rri_network_last(net, w->sequences, w->cfg->threads, w->callbacks, &now, err));
        for (size_t k = 0; k < values; k++)
            w->probabilities[k] += now.probabilities[k];
        rri_show(w->callbacks, "dynamics", "checkpoints", e, a->count_checkpoints - 1, "%s", "");
    }
    for (size_t k = 0; k < values; k++)
        w->probabilities[k] /= (float)(a->count_checkpoints - 1);

done:
    rri_show_end(w->callbacks);
    rr_trainer_free(trainer);
    rr_network_free(net);
    rri_free(now.probabilities);
    return st;
}

rr_status rri_audit_support(const rri_audit_work *w, rr_error *err)
{
    return rr_label_support_of(w->data->inf, w->judged, w->cfg->threads, w->support, err);
}

rr_status rri_audit_probabilities(const rri_audit_work *w, rr_error *err)
{
    const rri_last_outputs out = { .probabilities = w->probabilities };

    if (w->data->net == NULL) {
        if (w->data->probabilities != NULL)
            memcpy(w->probabilities, w->data->probabilities, w->N * w->C * sizeof(float));
        return RR_OK;
    }
    if (w->cfg->method == RR_AUDIT_DYNAMICS)
        return average_checkpoints(w, err);
    if (w->cfg->folds > 0 && rri_audit_by_probability(w->cfg))
        return cross_validate(w, err);
    return rri_network_last(w->data->net, w->sequences, w->cfg->threads, w->callbacks, &out, err);
}

/* How suspect label c of sequence i is. */
static double suspicion(const rri_audit_work *w, size_t i, uint32_t c)
{
    const size_t at = i * w->C + c;
    double score = 0.0;

    if (rri_audit_by_support(w->cfg))
        score -= (double)w->support[at];
    if (rri_audit_by_probability(w->cfg))
        score += rri_doubt(w->probabilities[at]);
    return score;
}

/* The label that is least so; of equal ones the given, then the first. */
static uint32_t least_suspect(const rri_audit_work *w, size_t i, uint32_t given)
{
    uint32_t best = given;
    double least = suspicion(w, i, given);

    for (uint32_t c = 0; c < w->C; c++) {
        const double score = suspicion(w, i, c);
        if (score < least) {
            best = c;
            least = score;
        }
    }
    return best;
}

rr_status rri_audit_score_labels(const rri_audit_work *w, rr_error *err)
{
    rr_audit *a = w->audit;
    rr_status st = RR_OK;

    if (rri_audit_by_probability(w->cfg))
        RRI_TRY(rri_audit_probabilities(w, err));
    if (rri_audit_by_support(w->cfg))
        RRI_TRY(rri_audit_support(w, err));
    RRI_TRY(rri_alloc(&a->likeliest, w->N, 1, sizeof *a->likeliest, err));
    for (size_t i = 0; i < w->N; i++) {
        const uint32_t given = rri_audit_given(w, i);
        a->scores[i] = suspicion(w, i, given);
        a->likeliest[i] = least_suspect(w, i, given);
        a->result.flagged += a->likeliest[i] != given;
    }
    a->result.likeliest = a->likeliest;

done:
    return st;
}
