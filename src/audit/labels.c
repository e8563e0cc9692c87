/* SPDX-License-Identifier: MIT */
/* labels.c - how suspect each label is: by its support among the training sequences, and by what
 * networks think of it.
 *
 * s support of the given label and p its probability, the score is
 *
 *     influence -s     self-confidence, dynamics -log p     neighbours -log p of the nearest inputs
 *     combined  -log q,  q(c) = exp(s(c)) p(c) exp(l(c)) / sum over all labels
 *
 * with l the lift of a label among the nearest inputs (inputs.h): independent evidence multiplies
 * odds, and the fractions of the classes, which p has in it, must not count again. dynamics takes
 * the mean probability over the checkpoints of the training: a wrong label is learned late, if at
 * all [Swayamdipta20; Pleiss20].
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

bool rri_audit_by_inputs(const rr_audit_config *cfg)
{
    return cfg->about == RR_AUDIT_ABOUT_LABELS &&
           (cfg->method == RR_AUDIT_COMBINED || cfg->method == RR_AUDIT_NEAREST);
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

/* ---- the nearest inputs --------------------------------------------------------------------- */

/* Their labels for and against each label of the sequences that are judged. */
static rr_status weigh_inputs(rri_audit_work *w, const rri_inputs *x, const uint32_t *label,
                              rr_error *err)
{
    const size_t N = rr_dataset_count(w->data->train);
    rr_audit_result *r = &w->audit->result;
    uint32_t *own = NULL; /* of the training set, where others are judged */
    unsigned char *counts = NULL;
    rri_belief b;
    rr_status st = RR_OK;

    RRI_TRY(rri_inputs_search(x, w->sequences, 1, w->cfg->threads, w->callbacks, !w->other, w->near,
                              w->count_near, err));
    if (w->other) {
        RRI_TRY(rri_alloc(&own, N, RRI_NEAREST, sizeof *own, err));
        RRI_TRY(rri_alloc(&counts, N, 1, 1, err));
        RRI_TRY(rri_inputs_search(x, w->data->train, 1, w->cfg->threads, w->callbacks, true, own,
                                  counts, err));
    }
    RRI_TRY(rri_belief_fit(label, N, w->C, 1, w->other ? own : w->near,
                           w->other ? counts : w->count_near, &b, err));
    if (b.tells || w->cfg->method == RR_AUDIT_NEAREST)
        RRI_TRY(rri_belief_logs(&b, label, N, w->C, w->near, w->count_near, w->N,
                                w->cfg->method == RR_AUDIT_COMBINED, w->lift, err));
    r->inputs_tell = b.tells;
    r->references = rri_inputs_references(x);
    r->parts = rri_inputs_parts(x);
    r->scaled = rri_inputs_scaled(x);
    r->nearest = b.k;
    r->restraint = b.a;
    r->agreement = b.agreement;

done:
    rri_free(counts);
    rri_free(own);
    return st;
}

rr_status rri_audit_inputs(rri_audit_work *w, rr_error *err)
{
    const rr_dataset *train = w->data->train;
    const rr_traces *training = rr_influence_training(w->data->inf);
    rri_inputs *x = NULL;
    uint32_t *label = NULL;
    rr_status st = RR_OK;

    if (train == NULL || w->sequences == NULL) {
        if (w->cfg->method == RR_AUDIT_NEAREST)
            return rri_fail(err, RR_ERR_UNSUPPORTED, -1,
                            "--method neighbours compares inputs, which are not known here; take "
                            "--method influence");
        return RR_OK;
    }
    RRI_TRY(rri_alloc(&label, rr_dataset_count(train), 1, sizeof *label, err));
    for (size_t i = 0; i < rr_dataset_count(train); i++)
        label[i] = rr_traces_at(training, i).label;
    RRI_TRY(rri_alloc(&w->near, w->N, RRI_NEAREST, sizeof *w->near, err));
    RRI_TRY(rri_alloc(&w->count_near, w->N, 1, 1, err));
    RRI_TRY(rri_alloc(&w->lift, w->N, w->C, sizeof *w->lift, err));
    RRI_TRY(rri_inputs_fit(train, label, w->C, w->cfg->threads, w->callbacks, &x, err));
    RRI_TRY(weigh_inputs(w, x, label, err));

done:
    rri_inputs_free(x);
    rri_free(label);
    return st;
}

/* ---- scores --------------------------------------------------------------------------------- */

/* How suspect label c of sequence i is, but for what all its labels have in common. */
static double suspicion(const rri_audit_work *w, size_t i, uint32_t c)
{
    const size_t at = i * w->C + c;
    double score = 0.0;

    if (rri_audit_by_support(w->cfg))
        score -= (double)w->support[at];
    if (rri_audit_by_probability(w->cfg))
        score += rri_doubt(w->probabilities[at]);
    if (rri_audit_by_inputs(w->cfg) && w->lift != NULL)
        score -= (double)w->lift[at];
    return score;
}

/* The combined suspicion of a label as -log of a probability. */
static double normalised(const rri_audit_work *w, size_t i, double score)
{
    double least = suspicion(w, i, 0);
    double sum = 0.0;

    if (w->cfg->method != RR_AUDIT_COMBINED)
        return score;
    for (uint32_t c = 1; c < w->C; c++)
        least = fmin(least, suspicion(w, i, c));
    for (uint32_t c = 0; c < w->C; c++)
        sum += exp(least - suspicion(w, i, c));
    return score - least + log(sum);
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

rr_status rri_audit_score_labels(rri_audit_work *w, rr_error *err)
{
    rr_audit *a = w->audit;
    rr_status st = RR_OK;

    if (rri_audit_by_probability(w->cfg))
        RRI_TRY(rri_audit_probabilities(w, err));
    if (rri_audit_by_support(w->cfg))
        RRI_TRY(rri_audit_support(w, err));
    if (rri_audit_by_inputs(w->cfg))
        RRI_TRY(rri_audit_inputs(w, err));
    RRI_TRY(rri_alloc(&a->likeliest, w->N, 1, sizeof *a->likeliest, err));
    for (size_t i = 0; i < w->N; i++) {
        const uint32_t given = rri_audit_given(w, i);
        a->scores[i] = normalised(w, i, suspicion(w, i, given));
        a->likeliest[i] = least_suspect(w, i, given);
        a->result.flagged += a->likeliest[i] != given;
    }
    a->result.likeliest = a->likeliest;

done:
    return st;
}
