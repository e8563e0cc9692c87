/* SPDX-License-Identifier: MIT */
/* audit.c - the ranking of an audit: a score for every sequence, and their order.
 *
 * About labels the score is what labels.c makes of support and probability, or by tracin the
 * squared norms of the sequence's gradient at the checkpoints; about errors what drivers.c counts
 * (influence, paper) or attribution.h estimates. */
#include "audit/audit_internal.h"

#include "core/ranking.h"
#include "diagnosis/diagnosis_internal.h"

#include <math.h>
#include <string.h>

rr_audit_config rr_audit_config_default(rr_audit_about about)
{
    return (rr_audit_config){ .struct_size = sizeof(rr_audit_config),
                              .about = about,
                              .method = about == RR_AUDIT_ABOUT_LABELS ? RR_AUDIT_COMBINED
                                                                       : RR_AUDIT_INFLUENCE,
                              .key = RR_KEY_TRANSITION,
                              .top = 20,
                              .attribution = rr_attribution_config_default() };
}

rr_status rr_audit_check(const rr_audit_config *cfg, rr_error *err)
{
    const char *name = rr_enum_name(RR_ENUM_AUDIT_METHOD, cfg->method);
    const bool labels = cfg->about == RR_AUDIT_ABOUT_LABELS;
    const bool labels_alone = rri_audit_by_probability(cfg) || rri_audit_by_inputs(cfg);

    if ((unsigned)cfg->method > RR_AUDIT_NEAREST ||
        (unsigned)cfg->about > RR_AUDIT_ABOUT_DUPLICATES)
        return rri_fail(err, RR_ERR_ARG, -1, "there is no audit by method %d about subject %d",
                        (int)cfg->method, (int)cfg->about);
    if (cfg->about == RR_AUDIT_ABOUT_DUPLICATES)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "an audit ranks by labels or errors; copies are found by "
                        "rr_duplicates_find()");
    if (labels_alone && !labels)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "--method %s judges labels: it knows nothing of errors", name);
    if (cfg->method == RR_AUDIT_PAPER && labels)
        return rri_fail(err, RR_ERR_ARG, -1, "--method %s ranks by errors: use --about errors",
                        name);
    if (labels && (cfg->method == RR_AUDIT_KOH_LIANG || cfg->method == RR_AUDIT_SGD ||
                   cfg->method == RR_AUDIT_REPLAY || cfg->method == RR_AUDIT_OUTPUT_LAYER))
        return rri_fail(err, RR_ERR_ARG, -1,
                        "--method %s would take a whole analysis for every training sequence: use "
                        "--about errors",
                        name);
    if (cfg->folds > 0 && cfg->method == RR_AUDIT_DYNAMICS)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "--folds %zu: --method %s goes by the run's own checkpoints", cfg->folds,
                        name);
    if (cfg->flagged && !labels)
        return rri_fail(err, RR_ERR_ARG, -1, "--flagged is about labels: use --about labels");
    if (cfg->flagged && (cfg->method == RR_AUDIT_TRACIN || cfg->method == RR_AUDIT_RANDOM))
        return rri_fail(err, RR_ERR_ARG, -1,
                        "--flagged: --method %s knows no other label that could be likelier", name);
    if (cfg->folds == 1)
        return rri_fail(err, RR_ERR_ARG, -1, "--folds 1: expected 0, or 2 and more");
    if (cfg->top == 0)
        return rri_fail(err, RR_ERR_ARG, -1, "--top 0: there would be nothing to look at");
    return RR_OK;
}

/* ---- by gradients -----------------------------------------------------------------------------
 */

/* How much the wrong predictions owe to each training sequence. */
static rr_status attribute_errors(const rri_audit_work *w, const rr_attribution_config *cfg,
                                  rr_error *err)
{
    const rr_audit_data *d = w->data;
    const char *name = rr_enum_name(RR_ENUM_AUDIT_METHOD, w->cfg->method);
    rr_attribution_progress *at = &w->audit->result.solution;
    rr_attribution *work = NULL;
    uint32_t *labels = NULL;
    char residual[32];
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&labels, d->count_errors, 1, sizeof *labels, err));
    for (size_t e = 0; e < d->count_errors; e++)
        labels[e] = d->prediction[d->errors[e]];
    const rr_targets targets = {
        .ds = d->ds, .which = d->errors, .labels = labels, .n = d->count_errors
    };
    RRI_TRY(rr_attribution_new(cfg, d->net, d->train, &targets, &work, err));
    while (!at->done) {
        RRI_TRY(rri_check_cancelled(w->callbacks, err));
        RRI_TRY(rr_attribution_step(work, at, err));
        residual[0] = '\0';
        if (at->residual > 0.0)
            (void)rri_snprintf(residual, sizeof residual, "residual %.1e", at->residual);
        rri_show(w->callbacks, name, "steps", at->step, at->steps, "%s", residual);
    }
    rri_show_end(w->callbacks);
    memcpy(w->audit->scores, rr_attribution_scores(work), w->N * sizeof *w->audit->scores);
    if (at->residual > cfg->tolerance)
        rri_note(w->callbacks,
                 "note: conjugate gradients stopped after %zu steps at a residual of %.2g, above "
                 "the tolerance: --iterations gives more",
                 at->step, at->residual);

done:
    rri_show_end(w->callbacks);
    rr_attribution_free(work);
    rri_free(labels);
    return st;
}

/* The self-influence at the checkpoints of sequences that the network was not trained on, added up:
 * checkpoints are of the training set. ids is [N]. */
static rr_status attribute_others(const rri_audit_work *w, const rr_attribution_config *cfg,
                                  const uint32_t *ids, rr_error *err)
{
    rr_attribution_config one = *cfg;
    rr_network *net = NULL;
    rr_trainer *trainer = NULL;
    double *now = NULL; /* [N] */
    rr_status st = RR_OK;

    one.checkpoints = NULL;
    one.count_checkpoints = 0;
    one.weights = NULL;
    one.training.epochs = 1;
    RRI_TRY(rri_alloc(&now, w->N, 1, sizeof *now, err));
    RRI_TRY(rri_audit_trainer(w, &net, &trainer, err));
    for (size_t e = 1; e < cfg->count_checkpoints; e++) {
        RRI_TRY(rr_trainer_restore(trainer, cfg->checkpoints[e], err));
        RRI_TRY(rr_attribution_self(&one, net, w->sequences, ids, w->N, w->callbacks, now, err));
        for (size_t i = 0; i < w->N; i++)
            w->audit->scores[i] += now[i];
    }

done:
    rr_trainer_free(trainer);
    rr_network_free(net);
    rri_free(now);
    return st;
}

/* The self-influence of every sequence that is judged. */
static rr_status attribute_labels(const rri_audit_work *w, const rr_attribution_config *cfg,
                                  rr_error *err)
{
    uint32_t *ids = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&ids, w->N, 1, sizeof *ids, err));
    for (size_t i = 0; i < w->N; i++)
        ids[i] = (uint32_t)i;
    if (w->other && cfg->count_checkpoints > 1)
        RRI_TRY(attribute_others(w, cfg, ids, err));
    else
        RRI_TRY(rr_attribution_self(cfg, w->data->net, w->sequences, ids, w->N, w->callbacks,
                                    w->audit->scores, err));

done:
    rri_free(ids);
    return st;
}

static rr_status score_by_gradients(const rri_audit_work *w, rr_attribution_method method,
                                    rr_error *err)
{
    rr_attribution_config cfg = w->cfg->attribution;

    cfg.method = method;
    cfg.threads = w->cfg->threads;
    w->audit->result.checkpoints = cfg.count_checkpoints;
    return w->cfg->about == RR_AUDIT_ABOUT_ERRORS ? attribute_errors(w, &cfg, err)
                                                  : attribute_labels(w, &cfg, err);
}

/* ---- the ranking ------------------------------------------------------------------------------
 */

static bool by_drivers(const rr_audit_config *cfg)
{
    return cfg->about == RR_AUDIT_ABOUT_ERRORS &&
           (cfg->method == RR_AUDIT_INFLUENCE || cfg->method == RR_AUDIT_PAPER);
}

static rr_status trace(rri_audit_work *w, rr_error *err)
{
    const rr_audit_data *d = w->data;
    rr_status st = RR_OK;

    if (d->count_errors == 0)
        return RR_OK;
    if (d->net != NULL)
        RRI_TRY(rri_trace_dataset(d->inf, d->net, d->ds, w->cfg->threads, &w->made, err));
    w->traces = d->net != NULL ? w->made : d->traces;

done:
    return st;
}

/* Normal scores, as rr_attribution_self() gives them. */
static void score_at_random(const rri_audit_work *w)
{
    rri_random r = rri_random_at(w->cfg->attribution.seed, RRI_RANDOM_ATTRIBUTION, 0);

    for (size_t i = 0; i < w->N; i++)
        w->audit->scores[i] = rri_random_normal(&r);
}

static rr_status score(rri_audit_work *w, rr_error *err)
{
    const rr_audit_data *d = w->data;
    rr_status st = RR_OK;

    switch (w->cfg->method) {
    case RR_AUDIT_KOH_LIANG:
        return score_by_gradients(w, RR_ATTRIBUTION_KOH_LIANG, err);
    case RR_AUDIT_SGD:
        return score_by_gradients(w, RR_ATTRIBUTION_SGD, err);
    case RR_AUDIT_REPLAY:
        return score_by_gradients(w, RR_ATTRIBUTION_REPLAY, err);
    case RR_AUDIT_TRACIN:
        return score_by_gradients(w, RR_ATTRIBUTION_TRACIN, err);
    case RR_AUDIT_OUTPUT_LAYER:
        return score_by_gradients(w, RR_ATTRIBUTION_OUTPUT_LAYER, err);
    case RR_AUDIT_RANDOM:
        if (d->net != NULL)
            return score_by_gradients(w, RR_ATTRIBUTION_RANDOM, err);
        score_at_random(w);
        return RR_OK;
    default:
        break;
    }
    if (!by_drivers(w->cfg))
        return rri_audit_score_labels(w, err);
    RRI_TRY(trace(w, err));
    RRI_TRY(
        rr_drivers(d->inf, w->cfg->key,
                   w->cfg->method == RR_AUDIT_PAPER ? RR_WEIGHTING_PAPER : RR_WEIGHTING_CONTRAST,
                   w->traces, d->errors, d->count_errors, w->audit->scores, err));

done:
    return st;
}

/* Score and order all sequences; the seconds count what the method itself needs. */
static rr_status rank(rri_audit_work *w, rr_error *err)
{
    rr_audit *a = w->audit;
    const double start = rri_seconds();
    rr_status st = RR_OK;

    RRI_TRY(score(w, err));
    a->result.seconds = rri_seconds() - start;
    st = rri_ranking(a->scores, w->N, a->order, err);

done:
    return st;
}

/* What the evidence needs and the method did not. */
static rr_status complete(rri_audit_work *w, rr_error *err)
{
    rr_status st = RR_OK;

    if (!by_drivers(w->cfg))
        RRI_TRY(trace(w, err));
    if (!rri_audit_by_support(w->cfg))
        RRI_TRY(rri_audit_support(w, err));
    if (!rri_audit_by_probability(w->cfg))
        RRI_TRY(rri_audit_probabilities(w, err));

done:
    return st;
}

/* What there is no network for. */
static rr_status check_without(const rr_audit_config *cfg, const rr_audit_data *d, rr_error *err)
{
    const char *name = rr_enum_name(RR_ENUM_AUDIT_METHOD, cfg->method);
    const bool gradients = rri_audit_by_gradients(cfg);

    if (d->net != NULL)
        return RR_OK;
    if (cfg->method == RR_AUDIT_DYNAMICS)
        return rri_fail(err, RR_ERR_UNSUPPORTED, -1,
                        "--method dynamics needs the checkpoints of a training, and there are only "
                        "states here; take --method influence or self-confidence");
    if (gradients)
        return rri_fail(err, RR_ERR_UNSUPPORTED, -1,
                        "--method %s needs the gradients of the network, of which there are only "
                        "states here; take --method influence",
                        name);
    if (cfg->folds > 0)
        return rri_fail(err, RR_ERR_UNSUPPORTED, -1,
                        "--folds trains networks, and there are only states of one here; take "
                        "--folds 0");
    if (rri_audit_by_probability(cfg) && d->probabilities == NULL)
        return rri_fail(err, RR_ERR_UNSUPPORTED, -1,
                        "--method %s needs the probabilities of the classes, which the states file "
                        "does not have; add the array probability, or take --method influence",
                        name);
    return RR_OK;
}

/* What other labels than those of the training set are not judged by. */
static rr_status check_other(const rr_audit_config *cfg, const rr_audit_data *d, rr_error *err)
{
    if (cfg->about == RR_AUDIT_ABOUT_ERRORS)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "about errors the training sequences are ranked, and no others");
    if (d->count_errors > 0)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "errors are evidence about training sequences: others drive none");
    if (cfg->folds > 0)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "--folds %zu: the network was not trained on these sequences, so that it "
                        "judges them as it is; take --folds 0",
                        cfg->folds);
    return RR_OK;
}

/* The sequences whose labels are ranked, and their traces. */
static rr_status choose_judged(rri_audit_work *w, rr_error *err)
{
    const rr_audit_data *d = w->data;
    rr_status st = RR_OK;

    w->other = d->judged != NULL || d->judged_traces != NULL;
    w->sequences = w->other ? d->judged : d->train;
    w->judged = w->other ? d->judged_traces : rr_influence_training(d->inf);
    if (w->other)
        RRI_TRY(check_other(w->cfg, d, err));
    if (w->other && d->net != NULL) {
        RRI_TRY(
            rri_trace_dataset(d->inf, d->net, d->judged, w->cfg->threads, &w->judged_made, err));
        w->judged = w->judged_made;
    }
    w->N = rr_traces_count(w->judged);
    for (size_t i = 0; i < w->N; i++)
        if (rri_audit_given(w, i) >= w->C)
            RRI_TRY(rri_fail(err, RR_ERR_ARG, (int64_t)i,
                             "sequence %zu has no label that could be wrong", i));

done:
    return st;
}

static rr_status begin(rri_audit_work *w, rr_error *err)
{
    const bool known = w->data->net != NULL || w->data->probabilities != NULL;
    rr_audit *a = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&a, 1, 1, sizeof *a, err));
    w->audit = a;
    if (w->data->judged_name != NULL)
        RRI_TRY(rri_strdup(w->data->judged_name, &a->split, err));
    RRI_TRY(rri_alloc(&a->scores, w->N, 1, sizeof *a->scores, err));
    RRI_TRY(rri_alloc(&a->order, w->N, 1, sizeof *a->order, err));
    RRI_TRY(rri_alloc(&w->support, w->N, w->C, sizeof *w->support, err));
    if (known)
        RRI_TRY(rri_alloc(&w->probabilities, w->N, w->C, sizeof *w->probabilities, err));
    a->result = (rr_audit_result){
        .sequences = w->N, .errors = w->data->count_errors, .scores = a->scores, .order = a->order
    };

done:
    return st;
}

rr_status rr_audit_run(const rr_audit_config *cfg, const rr_audit_data *data,
                       const rr_callbacks *callbacks, rr_audit **out, rr_error *err)
{
    rr_audit_config own = rr_audit_config_default(RR_AUDIT_ABOUT_LABELS);
    rri_audit_work w = { .cfg = &own, .data = data, .callbacks = callbacks };
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_config_take(&own, sizeof own, cfg, "rr_audit_config", err));
    RRI_TRY(rri_config_same(&own.attribution, sizeof own.attribution, "rr_audit_config.attribution",
                            err));
    RRI_TRY(rr_audit_check(&own, err));
    RRI_TRY(check_without(&own, data, err));
    if (own.method == RR_AUDIT_DYNAMICS && own.attribution.count_checkpoints < 2)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "--method dynamics needs checkpoints, of epoch 0 and of later ones"));
    w.C = rr_influence_info_of(data->inf).classes;
    if (w.C < 2)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "with one class no label can be another"));
    if (own.about == RR_AUDIT_ABOUT_ERRORS && data->count_errors == 0)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "there is no error to ask about"));
    RRI_TRY(choose_judged(&w, err));
    RRI_TRY(begin(&w, err));
    RRI_TRY(rank(&w, err));
    RRI_TRY(complete(&w, err));
    RRI_TRY(rri_audit_evidence(&w, err));
    *out = w.audit;
    w.audit = NULL;

done:
    rr_traces_free(w.made);
    rr_traces_free(w.judged_made);
    rri_free(w.support);
    rri_free(w.lift);
    rri_free(w.near);
    rri_free(w.count_near);
    rri_free(w.probabilities);
    rr_audit_free(w.audit);
    return st;
}

const rr_audit_result *rr_audit_result_of(const rr_audit *audit)
{
    return &audit->result;
}

void rr_audit_free(rr_audit *audit)
{
    if (audit == NULL)
        return;
    rri_free(audit->scores);
    rri_free(audit->order);
    rri_free(audit->likeliest);
    rri_free(audit->rows);
    rri_free(audit->tied);
    rri_free(audit->reasons);
    rri_free(audit->opponents);
    rri_free(audit->split);
    rri_free(audit);
}
