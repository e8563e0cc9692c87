/* SPDX-License-Identifier: MIT */
/* auditing.c - see auditing.h. */
#include "auditing.h"
#include "core/ranking.h"

#include "kit/progress.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- the network's opinion ------------------------------------------------------------------- */

/* Train a network a fold, and let each read what it has not seen. */
static rr_status cross_validate(const cli_audit_args *a, cli_audit *audit, int *interrupted,
                                rr_error *err)
{
    const cli_patient *p = audit->patient;
    rr_train_config training = rr_run_settings_of(p->run).train;
    rr_crossvalidation_progress at = { .done = 0 };
    rr_crossvalidation *cv = NULL;
    rr_network *start = NULL;
    int goes_on = 0;
    cli_progress bar = cli_progress_begin(&a->common, "cross-validation", "batches", 0);
    rr_status st = RR_OK;

    training.threads = a->common.threads;
    RRI_TRY(rr_run_continues(p->run, &goes_on, err));
    if (goes_on)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "--folds: %s went on from another run's weights, which have seen every "
                         "fold; audit a run that was trained from fresh weights, or take --folds 0",
                         rr_run_dir(p->run)));
    RRI_TRY(cli_begin_network(p->run, a->vectors, &start, err));
    RRI_TRY(rr_crossvalidation_new(&training, start, p->train, a->folds, &cv, err));
    while (!at.done && !cli_interrupted()) {
        RRI_TRY(rr_crossvalidation_step(cv, &at, err));
        const rr_train_progress *t = &at.training;
        const size_t fold = training.epochs * t->batches;
        cli_progress_show(&bar, (at.fold - 1) * fold + (t->epoch - 1) * t->batches + t->batch,
                          at.folds * fold, "fold %zu/%zu  loss %.4f", at.fold, at.folds, t->loss);
    }
    *interrupted = !at.done;
    if (at.done)
        memcpy(audit->probabilities, rr_crossvalidation_probabilities(cv),
               audit->N * audit->C * sizeof *audit->probabilities);

done:
    cli_progress_clear(&bar);
    rr_crossvalidation_free(cv);
    rr_network_free(start);
    return st;
}

static rr_status read_training(const cli_audit_args *a, cli_audit *audit, int *interrupted,
                               rr_error *err)
{
    if (a->folds > 0)
        return cross_validate(a, audit, interrupted, err);
    return rr_network_probabilities(audit->patient->net, audit->patient->train, a->common.threads,
                                    audit->probabilities, err);
}

/* -log p of the given label. A probability that underflowed counts as the least there is. */
static double doubt(const cli_audit *audit, size_t i)
{
    const uint32_t given = rr_dataset_at(audit->patient->train, i).label;
    const float p = audit->probabilities[i * audit->C + given];
    return -log(p < 1e-37F ? 1e-37 : (double)p);
}

uint32_t cli_audit_suggested(const cli_audit *audit, uint32_t i)
{
    const uint32_t given = rr_dataset_at(audit->patient->train, i).label;
    const float *p = audit->probabilities + (size_t)i * audit->C;
    const float *s = audit->support + (size_t)i * audit->C;
    uint32_t read = 0, best = given == 0;

    for (uint32_t c = 1; c < audit->C; c++) {
        if (p[c] > p[read])
            read = c;
        if (c != given && s[c] > s[best])
            best = c;
    }
    return read != given ? read : best;
}

/* ---- by gradients ---------------------------------------------------------------------------- */

/* The checkpoints of a run up to its model's epoch, each released with rr_string_free(), the list
 * with rri_free(). *n is 0 where the run has none at all; one that is missing among others is an
 * error.
 */
static rr_status find_checkpoints(const rr_run *run, char ***out, size_t *n, rr_error *err)
{
    rr_error missing = { RR_OK, -1, "" };
    const size_t epochs = rr_run_model_epoch(run);
    rr_status st = RR_OK, first = RR_OK;

    *n = 0;
    RRI_TRY(rri_alloc(out, epochs + 1, 1, sizeof **out, err));
    for (size_t e = 0; e <= epochs; e++) {
        st = rr_run_checkpoint_path(run, e, &(*out)[e], err);
        if (st != RR_OK && st != RR_ERR_IO)
            goto done;
        if (st != RR_OK && first == RR_OK) {
            first = st;
            missing = *err;
        }
        *n += st == RR_OK;
    }
    st = *n > 0 ? first : RR_OK;
    if (st != RR_OK)
        *err = missing;

done:
    return st;
}

static void free_checkpoints(char **paths, size_t epochs)
{
    for (size_t e = 0; paths != NULL && e <= epochs; e++)
        rr_string_free(paths[e]);
    rri_free(paths);
}

/* Larger is more responsible: the scores over the errors. */
static rr_status attribute_errors(const cli_audit_args *a, const rr_attribution_config *cfg,
                                  cli_audit *audit, int *interrupted, rr_error *err)
{
    const cli_patient *p = audit->patient;
    rr_attribution_progress at = { .done = 0 };
    rr_attribution *work = NULL;
    uint32_t *labels = NULL;
    cli_progress bar =
        cli_progress_begin(&a->common, rr_enum_name(RR_ENUM_AUDIT_METHOD, a->method), "steps", 0);
    char residual[32];
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&labels, p->n, 1, sizeof *labels, err));
    for (size_t e = 0; e < p->n; e++)
        labels[e] = p->before[p->targets[e]];
    const rr_targets targets = { .ds = p->ds, .which = p->targets, .labels = labels, .n = p->n };
    RRI_TRY(rr_attribution_new(cfg, p->net, p->train, &targets, &work, err));
    while (!at.done && !cli_interrupted()) {
        RRI_TRY(rr_attribution_step(work, &at, err));
        residual[0] = '\0';
        if (at.residual > 0.0)
            (void)snprintf(residual, sizeof residual, "residual %.1e", at.residual);
        cli_progress_show(&bar, at.step, at.steps, "%s", residual);
    }
    *interrupted = !at.done;
    audit->solved = at;
    if (at.done)
        memcpy(audit->scores, rr_attribution_scores(work), audit->N * sizeof *audit->scores);
    if (at.done && at.residual > cfg->tolerance)
        cli_say(
            &a->common,
            "note: conjugate gradients stopped after %zu steps at a residual of %.2g, above the "
            "tolerance: --iterations gives more",
            at.step, at.residual);

done:
    cli_progress_clear(&bar);
    rr_attribution_free(work);
    rri_free(labels);
    return st;
}

/* Larger is more at odds with the rest: the self-influence of every sequence. */
static rr_status attribute_labels(const rr_attribution_config *cfg, cli_audit *audit, rr_error *err)
{
    uint32_t *ids = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&ids, audit->N, 1, sizeof *ids, err));
    for (size_t i = 0; i < audit->N; i++)
        ids[i] = (uint32_t)i;
    RRI_TRY(rr_attribution_self(cfg, audit->patient->net, audit->patient->train, ids, audit->N,
                                audit->scores, err));

done:
    rri_free(ids);
    return st;
}

static rr_status attribute(const cli_audit_args *a, rr_attribution_method method, cli_audit *audit,
                           int *interrupted, rr_error *err)
{
    const rr_run *run = audit->patient->run;
    const size_t epochs = rr_run_model_epoch(run); /* what made the model: no later ones */
    const rr_train_config training = rr_run_settings_of(run).train;
    const int sgd = method == RR_ATTRIBUTION_SGD;
    rr_attribution_config cfg = a->attribution;
    char **paths = NULL;
    rr_status st = RR_OK;

    cfg.method = method;
    cfg.training = training;
    cfg.training.epochs = epochs;
    cfg.threads = a->common.threads;
    /* Another optimiser than sgd is refused for that, whatever was kept. */
    if (method == RR_ATTRIBUTION_TRACIN || (sgd && training.optimizer == RR_OPT_SGD))
        RRI_TRY(find_checkpoints(run, &paths, &audit->checkpoints, err));
    if (sgd && training.optimizer == RR_OPT_SGD && audit->checkpoints == 0)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "%s holds no checkpoints, which sgd goes back over: train with "
                         "rnnrepair train --checkpoints",
                         rr_run_dir(run)));
    if (method == RR_ATTRIBUTION_TRACIN && audit->checkpoints == 0)
        cli_say(&a->common, "note: %s holds no checkpoints: tracin goes by the network as it is",
                rr_run_dir(run));
    cfg.checkpoints = (const char *const *)paths;
    cfg.count_checkpoints = audit->checkpoints;
    st = a->about == RR_AUDIT_ABOUT_ERRORS ? attribute_errors(a, &cfg, audit, interrupted, err)
                                           : attribute_labels(&cfg, audit, err);

done:
    free_checkpoints(paths, epochs);
    return st;
}

/* ---- the ranking ----------------------------------------------------------------------------- */

static void by_labels(const cli_audit_args *a, cli_audit *audit)
{
    for (size_t i = 0; i < audit->N; i++) {
        const uint32_t given = rr_dataset_at(audit->patient->train, i).label;
        double score = 0.0;
        if (a->method != RR_AUDIT_SELF_CONFIDENCE)
            score -= (double)audit->support[i * audit->C + given];
        if (a->method != RR_AUDIT_INFLUENCE)
            score += doubt(audit, i);
        audit->scores[i] = score;
    }
}

/* The scores, and what they are made of. */
static rr_status score(const cli_audit_args *a, cli_audit *audit, int *interrupted, rr_error *err)
{
    static const rr_attribution_method gradients[] = { [RR_AUDIT_KOH_LIANG] =
                                                           RR_ATTRIBUTION_KOH_LIANG,
                                                       [RR_AUDIT_SGD] = RR_ATTRIBUTION_SGD,
                                                       [RR_AUDIT_TRACIN] = RR_ATTRIBUTION_TRACIN,
                                                       [RR_AUDIT_RANDOM] = RR_ATTRIBUTION_RANDOM };
    const cli_patient *p = audit->patient;
    rr_status st = RR_OK;

    switch (a->method) {
    case RR_AUDIT_COMBINED:
    case RR_AUDIT_SELF_CONFIDENCE:
        RRI_TRY(read_training(a, audit, interrupted, err));
        if (a->method == RR_AUDIT_COMBINED)
            RRI_TRY(rr_label_support(p->inf, a->common.threads, audit->support, err));
        by_labels(a, audit);
        break;
    case RR_AUDIT_INFLUENCE:
    case RR_AUDIT_PAPER:
        if (a->about == RR_AUDIT_ABOUT_ERRORS)
            RRI_TRY(
                rr_drivers(p->inf, a->key,
                           a->method == RR_AUDIT_PAPER ? RR_WEIGHTING_PAPER : RR_WEIGHTING_CONTRAST,
                           audit->traces, p->targets, p->n, audit->scores, err));
        else {
            RRI_TRY(rr_label_support(p->inf, a->common.threads, audit->support, err));
            by_labels(a, audit);
        }
        break;
    default:
        RRI_TRY(attribute(a, gradients[a->method], audit, interrupted, err));
    }

done:
    return st;
}

/* What the evidence needs and the method did not. */
static rr_status complete(const cli_audit_args *a, cli_audit *audit, rr_error *err)
{
    const cli_patient *p = audit->patient;
    const int has_support = a->method == RR_AUDIT_COMBINED ||
                            (a->method == RR_AUDIT_INFLUENCE && a->about == RR_AUDIT_ABOUT_LABELS);
    const int has_probabilities =
        a->method == RR_AUDIT_COMBINED || a->method == RR_AUDIT_SELF_CONFIDENCE;
    rr_status st = RR_OK;

    if (!has_support)
        RRI_TRY(rr_label_support(p->inf, a->common.threads, audit->support, err));
    if (!has_probabilities)
        RRI_TRY(rr_network_probabilities(p->net, p->train, a->common.threads, audit->probabilities,
                                         err));

done:
    return st;
}

/* Known wrong labels: rows of the file whose truth is not the label the run has for them. */
static rr_status load_flips(const char *path, cli_audit *audit, rr_error *err)
{
    const rr_traces *training = rr_influence_training(audit->patient->inf);
    const size_t removed = rr_run_settings_of(audit->patient->run).edits.count_removed;
    rr_decision *rows = NULL;
    size_t n = 0, known = 0;
    rr_status st = RR_OK;

    if (removed > 0)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "--flips: %s leaves out %zu sequences, so that its numbers are not those "
                         "of the source; audit the run it came from",
                         rr_run_dir(audit->patient->run), removed));
    RRI_TRY(rr_decisions_load(path, audit->patient->train, &rows, &n, err));
    RRI_TRY(rri_alloc(&audit->flipped, audit->N, 1, 1, err));
    RRI_TRY(rri_alloc(&audit->influential, audit->N, 1, 1, err));
    for (size_t k = 0; k < n; k++) {
        const rr_trace x = rr_traces_at(training, rows[k].id);
        if (rows[k].truth < 0)
            RRI_TRY(
                rri_fail(err, RR_ERR_FORMAT, -1, "%s: sequence %u has no truth", path, rows[k].id));
        const int flipped = (int64_t)x.label != rows[k].truth;
        audit->flipped[rows[k].id] = (unsigned char)flipped;
        audit->influential[rows[k].id] = (unsigned char)(flipped && x.prediction == x.label);
        known += (size_t)flipped;
    }
    if (known == 0)
        st = rri_fail(err, RR_ERR_ARG, -1,
                      "--flips %s: no sequence of the run is labelled otherwise "
                      "than its truth says",
                      path);

done:
    rr_decisions_free(rows);
    return st;
}

/* The traces of the split with the errors, where there is one. */
static rr_status trace_split(const cli_audit_args *a, cli_audit *audit, rr_error *err)
{
    const cli_patient *p = audit->patient;
    rr_state_source source = { 0 };
    rr_status st = RR_OK;

    if (p->ds == NULL)
        return RR_OK;
    RRI_TRY(rr_network_states(p->net, p->ds, a->common.threads, &source, err));
    st = rr_influence_trace(p->inf, &source, a->common.threads, &audit->traces, err);

done:
    rr_state_source_close(&source);
    return st;
}

/* ---- evidence -------------------------------------------------------------------------------- */

/* The nearest sequences that the network reads as they are labelled, but for the sequence itself.
 */
static rr_status nearest(const cli_audit_args *a, const cli_audit *audit, cli_evidence *e,
                         rr_error *err)
{
    const rr_influence *inf = audit->patient->inf;
    const rr_trace x = rr_traces_at(rr_influence_training(inf), e->id);
    rr_query q = rr_query_default();
    size_t kept = 0;

    q.correct_only = 1;
    q.threads = a->common.threads;
    if (rr_dataset_width(audit->patient->train) == 0)
        q.measure = RR_MEASURE_JACCARD;
    const rr_status st = rr_influence_nearest(inf, &q, &x, CLI_NEIGHBOURS + 1, e->neighbours,
                                              &e->count_neighbours, err);
    if (st != RR_OK)
        return st;
    for (size_t k = 0; k < e->count_neighbours; k++)
        if (e->neighbours[k].id != e->id)
            e->neighbours[kept++] = e->neighbours[k];
    e->count_neighbours = kept < CLI_NEIGHBOURS ? kept : CLI_NEIGHBOURS;
    return RR_OK;
}

static rr_status gather_driven(const cli_audit_args *a, cli_audit *audit, rr_error *err)
{
    const cli_patient *p = audit->patient;
    rr_driven *driven = NULL;
    size_t *counts = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&driven, audit->shown * CLI_DRIVEN, 1, sizeof *driven, err));
    RRI_TRY(rri_alloc(&counts, audit->shown, 1, sizeof *counts, err));
    RRI_TRY(rr_driven_errors(p->inf, a->key, audit->traces, p->targets, p->n, audit->order,
                             audit->shown, CLI_DRIVEN, driven, counts, err));
    for (size_t k = 0; k < audit->shown; k++) {
        audit->evidence[k].count_driven = counts[k];
        memcpy(audit->evidence[k].driven, driven + k * CLI_DRIVEN, CLI_DRIVEN * sizeof *driven);
    }

done:
    rri_free(counts);
    rri_free(driven);
    return st;
}

static rr_status gather_evidence(const cli_audit_args *a, cli_audit *audit, int *interrupted,
                                 rr_error *err)
{
    cli_progress bar = cli_progress_begin(&a->common, "evidence", "sequences", 0);
    rr_status st = RR_OK;

    audit->shown = a->top < audit->N ? a->top : audit->N;
    RRI_TRY(rri_alloc(&audit->evidence, audit->shown, 1, sizeof *audit->evidence, err));
    if (audit->patient->n > 0)
        RRI_TRY(gather_driven(a, audit, err));
    for (size_t k = 0; k < audit->shown && !cli_interrupted(); k++) {
        audit->evidence[k].id = audit->order[k];
        RRI_TRY(nearest(a, audit, &audit->evidence[k], err));
        cli_progress_show(&bar, k + 1, audit->shown, "%s", "");
    }
    *interrupted = cli_interrupted();

done:
    cli_progress_clear(&bar);
    return st;
}

rr_status cli_audit_rank(const cli_audit_args *a, const cli_patient *p, cli_audit *out,
                         int *interrupted, rr_error *err)
{
    rr_status st = RR_OK;

    *interrupted = 0;
    *out = (cli_audit){ .patient = p };
    out->N = rr_dataset_count(p->train);
    out->C = rr_network_config_of(p->net).classes;
    if (a->flips != NULL)
        RRI_TRY(load_flips(a->flips, out, err));
    RRI_TRY(rri_alloc(&out->scores, out->N, 1, sizeof *out->scores, err));
    RRI_TRY(rri_alloc(&out->order, out->N, 1, sizeof *out->order, err));
    RRI_TRY(rri_alloc(&out->support, out->N * out->C, 1, sizeof *out->support, err));
    RRI_TRY(rri_alloc(&out->probabilities, out->N * out->C, 1, sizeof *out->probabilities, err));
    const int traces = a->about == RR_AUDIT_ABOUT_ERRORS &&
                       (a->method == RR_AUDIT_INFLUENCE || a->method == RR_AUDIT_PAPER);
    if (!traces) /* the method does without: evidence alone needs them */
        RRI_TRY(trace_split(a, out, err));
    const double start = rri_seconds();
    if (traces)
        RRI_TRY(trace_split(a, out, err));
    RRI_TRY(score(a, out, interrupted, err));
    out->seconds = rri_seconds() - start;
    if (*interrupted)
        goto done;
    RRI_TRY(complete(a, out, err));
    RRI_TRY(rri_ranking(out->scores, out->N, out->order, err));
    RRI_TRY(gather_evidence(a, out, interrupted, err));

done:
    return st;
}

void cli_audit_free(cli_audit *audit)
{
    rr_traces_free(audit->traces);
    rri_free(audit->evidence);
    rri_free(audit->scores);
    rri_free(audit->order);
    rri_free(audit->support);
    rri_free(audit->probabilities);
    rri_free(audit->flipped);
    rri_free(audit->influential);
    *audit = (cli_audit){ .patient = NULL };
}
