/* SPDX-License-Identifier: MIT */
/* audit.c - collects the inputs of an audit from a run (errors, folds, checkpoints, known wrong
 * labels), and applies a reviewer's decisions in a child run. The ranking: src/audit/audit.c.
 */
#include "workflow/workflow_internal.h"

#include "audit/audit_internal.h"
#include "run/run_internal.h"

rr_session_audit_config rr_session_audit_config_default(void)
{
    return (rr_session_audit_config){ .struct_size = sizeof(rr_session_audit_config),
                                      .audit = rr_audit_config_default(RR_AUDIT_ABOUT_LABELS),
                                      .split = RR_SPLIT_TEST,
                                      .judged = RR_SPLIT_TRAIN };
}

/* The inputs of rr_audit_run(). All owned. */
typedef struct material {
    rr_audit_config cfg;
    rr_audit_data data; /* points into the session and the others */
    size_t *errors;
    rr_network *start;
    char **checkpoints; /* [epochs + 1], NULL where missing */
    size_t epochs;      /* of the model */
    float *weights;     /* [N] of the losses, or NULL */
    unsigned char *mislabelled;
    /* Of a run on states: */
    rr_traces *traces;        /* of data.ds */
    rr_traces *judged_traces; /* of judged, where that is not the training set */
    float *probabilities;     /* [N][C] of judged */

    const rr_dataset *judged; /* whose labels or influence is ranked */
    const char *name;         /* of their split; NULL of other data */
} material;

static void material_clear(material *m)
{
    rri_free(m->errors);
    rr_network_free(m->start);
    for (size_t e = 0; m->checkpoints != NULL && e <= m->epochs; e++)
        rr_string_free(m->checkpoints[e]);
    rri_free(m->checkpoints);
    rri_free(m->mislabelled);
    rr_traces_free(m->traces);
    rr_traces_free(m->judged_traces);
    rri_free(m->probabilities);
    rri_free(m->weights);
}

/* ---- errors --------------------------------------------------------------------------------- */

static rr_status take_samples(material *m, const rr_session_audit_config *cfg, rr_error *err)
{
    const rr_dataset *ds = m->data.ds;
    const size_t N = rr_dataset_count(ds);

    for (size_t e = 0; e < cfg->count_samples; e++) {
        const size_t id = cfg->samples[e];
        if (id >= N)
            return rri_fail(err, RR_ERR_ARG, -1,
                            "--samples %zu: the split has N = %zu sequences, numbered from 0", id,
                            N);
        if (m->data.prediction[id] == rr_dataset_at(ds, id).label)
            return rri_fail(err, RR_ERR_ARG, -1,
                            "--samples %zu: no error, it is predicted correctly", id);
        m->errors[m->data.count_errors++] = id;
    }
    return RR_OK;
}

/* The errors: targets, or for an audit of labels evidence, which a run without that split lacks. */
static rr_status find_errors(rr_session *s, material *m, const rr_session_audit_config *cfg,
                             rr_error *err)
{
    const bool about_errors = cfg->audit.about == RR_AUDIT_ABOUT_ERRORS;
    rr_predictions p;
    rr_status st = RR_OK;

    if (cfg->judged != RR_SPLIT_TRAIN)
        return RR_OK;
    if (!about_errors && cfg->samples == NULL && !rr_session_has_split(s, cfg->split))
        return RR_OK;
    RRI_TRY(rr_session_predict(s, cfg->split, &p, err));
    const size_t N = rr_dataset_count(p.ds);
    if (!rr_dataset_labelled(p.ds) && !about_errors && cfg->samples == NULL)
        return RR_OK;
    if (!rr_dataset_labelled(p.ds))
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "%s have no labels, so that no error is known",
                         rri_split_title(cfg->split)));
    m->data.ds = p.ds;
    m->data.prediction = p.prediction;
    RRI_TRY(rri_alloc(&m->errors, cfg->samples != NULL ? cfg->count_samples : p.errors, 1,
                      sizeof *m->errors, err));
    m->data.errors = m->errors;
    if (cfg->samples != NULL)
        return take_samples(m, cfg, err);
    for (size_t i = 0; i < N; i++)
        if (p.prediction[i] != rr_dataset_at(p.ds, i).label)
            m->errors[m->data.count_errors++] = i;
    if (m->data.count_errors == 0 && about_errors)
        st = rri_fail(err, RR_ERR_ARG, -1, "no error among the %zu sequences of %s to ask about", N,
                      cfg->split == RR_SPLIT_OTHER ? rri_split_title(cfg->split)
                                                   : rr_enum_name(RR_ENUM_SPLIT, cfg->split));

done:
    return st;
}

/* ---- folds and checkpoints ------------------------------------------------------------------ */

/* Weights of another run were trained on every fold. */
static rr_status begin_folds(rr_session *s, material *m, rr_error *err)
{
    int continued = 0;
    rr_status st = RR_OK;

    RRI_TRY(rr_run_is_warm_started(s->run, &continued, err));
    if (continued)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "--folds: %s went on from another run's weights, which have seen every "
                         "fold; audit a run that was trained from fresh weights, or take --folds 0",
                         rr_run_dir(s->run)));
    const rr_run_settings run = rr_run_settings_of(s->run);
    if (run.edits.weights != NULL || rr_run_class_weights(s->run) != NULL ||
        run.guard.count_held > 0) /* held back by weights of 0 */
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "--folds: %s was trained with loss weights, which the networks of the "
                         "folds would not have; take --folds 0",
                         rr_run_dir(s->run)));
    RRI_TRY(rri_session_begin(s, &m->start, err));
    m->data.start = m->start;

done:
    return st;
}

/* The checkpoints up to the model's epoch. Having none at all is no error, a gap is one. */
static rr_status list_checkpoints(const rr_run *run, material *m, size_t *n, rr_error *err)
{
    rr_error missing = { RR_OK, -1, "" };
    rr_status st = RR_OK, first = RR_OK;

    *n = 0;
    RRI_TRY(rri_alloc(&m->checkpoints, m->epochs + 1, 1, sizeof *m->checkpoints, err));
    for (size_t e = 0; e <= m->epochs; e++) {
        rr_error why = { RR_OK, -1, "" };
        st = rr_run_checkpoint_path(run, e, &m->checkpoints[e], &why);
        if (st == RR_ERR_IO && first == RR_OK) {
            first = st;
            missing = why;
        } else if (st != RR_OK && st != RR_ERR_IO) {
            first = st;
            missing = why;
            break;
        }
        *n += st == RR_OK;
    }
    st = *n > 0 || first != RR_ERR_IO ? first : RR_OK;
    if (st != RR_OK && err != NULL)
        *err = missing;

done:
    return st;
}

/* The checkpoints of the gradients: none later than the model. */
static rr_status choose_checkpoints(rr_session *s, material *m, rr_error *err)
{
    const char *dir = rr_run_dir(s->run);
    rr_attribution_config *a = &m->cfg.attribution;
    const bool tracin = m->cfg.method == RR_AUDIT_TRACIN;
    const bool replay = m->cfg.method == RR_AUDIT_REPLAY || m->cfg.method == RR_AUDIT_SGD;
    const bool dynamics = m->cfg.method == RR_AUDIT_DYNAMICS;
    rr_status st = RR_OK;

    a->training = m->data.training;
    a->training.epochs = m->epochs;
    a->checkpoints = NULL;
    a->count_checkpoints = 0;
    RRI_TRY(rri_session_loss_weights(s, m->data.train, &m->weights, err));
    a->weights = m->weights;
    /* Another optimiser than sgd is the error then, with or without checkpoints. */
    const bool other = m->cfg.method == RR_AUDIT_SGD && a->training.optimizer != RR_OPT_SGD;
    if (other || !(tracin || dynamics || replay))
        return RR_OK;
    if (m->epochs == 0) /* another output layer alone */
        return rri_fail(err, RR_ERR_ARG, -1,
                        "%s: its output layer was repaired, and nothing was trained: there are no "
                        "steps for --method %s; audit the run it came from",
                        dir, rr_enum_name(RR_ENUM_AUDIT_METHOD, m->cfg.method));
    RRI_TRY(list_checkpoints(s->run, m, &a->count_checkpoints, err));
    a->checkpoints = (const char *const *)m->checkpoints;
    if ((replay || dynamics) && a->count_checkpoints == 0)
        st = rri_fail(err, RR_ERR_ARG, -1,
                      "%s holds no checkpoints, which %s %s: train with rnnrepair train "
                      "--checkpoints",
                      dir, rr_enum_name(RR_ENUM_AUDIT_METHOD, m->cfg.method),
                      replay ? "goes back over" : "goes by");
    else if (tracin && a->count_checkpoints == 0)
        rri_note(&s->callbacks,
                 "note: %s holds no checkpoints: tracin goes by the network as it is", dir);

done:
    return st;
}

/* ---- known wrong labels --------------------------------------------------------------------- */

/* Mark the sequences whose truth in the file differs from their label in the run. */
static rr_status mark_known(const rr_session *s, material *m, const char *path, rr_error *err)
{
    const size_t removed = rr_run_settings_of(s->run).edits.count_removed;
    rr_decision *rows = NULL;
    size_t n = 0, known = 0;
    rr_status st = RR_OK;

    if (m->judged == m->data.train && removed > 0)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "--flips: %s leaves out %zu sequences, so that its numbers are not those "
                         "of the source; audit the run it came from",
                         rr_run_dir(s->run), removed));
    RRI_TRY(rri_decisions_load(path, m->judged, m->name, &rows, &n, err));
    RRI_TRY(rri_alloc(&m->mislabelled, rr_dataset_count(m->judged), 1, 1, err));
    for (size_t k = 0; k < n; k++) {
        if (rows[k].truth < 0)
            RRI_TRY(rri_fail(err, RR_ERR_FORMAT, -1, "%s: sequence %u has no truth", path,
                             (unsigned)rows[k].id));
        const bool wrong = rr_dataset_at(m->judged, rows[k].id).label != rows[k].truth;
        m->mislabelled[rows[k].id] = wrong;
        known += wrong;
    }
    if (known == 0)
        st = rri_fail(err, RR_ERR_ARG, -1,
                      "--flips %s: no sequence of the run is labelled otherwise than its truth "
                      "says",
                      path);
    m->data.mislabelled = m->mislabelled;

done:
    rr_decisions_free(rows);
    return st;
}

/* ---- the audit ------------------------------------------------------------------------------ */

/* What a run on states has in the place of a network. */
static rr_status trace_states(rr_session *s, const material *m, rr_split split, rr_traces **out,
                              rr_error *err)
{
    rr_state_source source = { .ops = NULL };
    rr_status st = RR_OK;

    RRI_TRY(rri_session_states(s, split, NULL, 0, &source, err));
    RRI_TRY(rr_influence_trace(m->data.inf, &source, s->threads, out, err));

done:
    rr_state_source_close(&source);
    return st;
}

static rr_status take_states(rr_session *s, material *m, const rr_session_audit_config *cfg,
                             rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(rri_session_probabilities(s, cfg->judged, rr_dataset_count(m->judged),
                                      &m->probabilities, err));
    m->data.probabilities = m->probabilities;
    if (m->data.count_errors > 0)
        RRI_TRY(trace_states(s, m, cfg->split, &m->traces, err));
    m->data.traces = m->traces;
    if (cfg->judged != RR_SPLIT_TRAIN)
        RRI_TRY(trace_states(s, m, cfg->judged, &m->judged_traces, err));
    m->data.judged_traces = m->judged_traces;

done:
    return st;
}

/* The sequences that are ranked. */
static rr_status take_judged(rr_session *s, material *m, const rr_session_audit_config *cfg,
                             rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(rr_session_split(s, RR_SPLIT_TRAIN, &m->data.train, err));
    m->judged = m->data.train;
    m->name = rr_enum_name(RR_ENUM_SPLIT, RR_SPLIT_TRAIN);
    if (cfg->judged == RR_SPLIT_TRAIN)
        return RR_OK;
    if (cfg->audit.about == RR_AUDIT_ABOUT_ERRORS || cfg->samples != NULL)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "errors are about the training set: of %s the labels alone are ranked, "
                         "without --samples",
                         rri_split_title(cfg->judged)));
    RRI_TRY(rr_session_split(s, cfg->judged, &m->judged, err));
    m->name = cfg->judged == RR_SPLIT_OTHER ? NULL : rr_enum_name(RR_ENUM_SPLIT, cfg->judged);
    m->data.judged_name = m->name != NULL ? m->name : "other";
    if (!rr_dataset_labelled(m->judged))
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "%s have no labels that could be wrong",
                         rri_split_title(cfg->judged)));
    m->data.judged = m->judged;

done:
    return st;
}

rr_status rr_session_audit(rr_session *s, const rr_session_audit_config *cfg, rr_audit **out,
                           rr_error *err)
{
    rr_session_audit_config own = rr_session_audit_config_default();
    material m = { .epochs = rr_run_model_epoch(s->run) };
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_config_take(&own, sizeof own, cfg, "rr_session_audit_config", err));
    RRI_TRY(rri_config_same(&own.audit, sizeof own.audit, "rr_session_audit_config.audit", err));
    m.cfg = own.audit;
    m.cfg.threads = s->threads;
    m.data.training = rr_run_settings_of(s->run).train;
    RRI_TRY(rr_audit_check(&m.cfg, err));
    RRI_TRY(rri_session_needs_sequences(
        s, "this audit judges", "audit the labels of its steps (rr_session_audit_steps())", err));
    if (!rri_session_foreign(s))
        RRI_TRY(rr_session_network(s, &m.data.net, err));
    RRI_TRY(rr_session_influence(s, &m.data.inf, err));
    RRI_TRY(take_judged(s, &m, &own, err));
    if (rr_run_settings_of(s->run).network.classes < 2)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "%s: with one class no label can be another",
                         rr_run_dir(s->run)));
    RRI_TRY(find_errors(s, &m, &own, err));
    if (own.known != NULL)
        RRI_TRY(mark_known(s, &m, own.known, err));
    if (rri_session_foreign(s))
        RRI_TRY(take_states(s, &m, &own, err));
    else if (m.cfg.folds > 0)
        RRI_TRY(begin_folds(s, &m, err));
    if (!rri_session_foreign(s))
        RRI_TRY(choose_checkpoints(s, &m, err));
    rri_run_forget_content(s->run);
    RRI_TRY(rr_audit_run(&m.cfg, &m.data, &s->callbacks, out, err));

done:
    material_clear(&m);
    return st;
}

/* ---- decisions ------------------------------------------------------------------------------ */

/* A file of decisions as edits; those without effect are counted in *kept. */
static rr_status read_edits(const char *path, const rr_dataset *train, rr_edits **out, size_t *kept,
                            rr_error *err)
{
    rr_decision *rows = NULL;
    size_t n = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_decisions_load(path, train, "train", &rows, &n, err));
    RRI_TRY(rr_decisions_edits(rows, n, train, out, err));
    *kept = n - (*out)->count_removed - (*out)->count_relabelled - (*out)->count_steps;
    if (*kept == n)
        st = rri_fail(
            err, RR_ERR_ARG, -1,
            "--apply %s: its %zu decisions change nothing; the column action takes relabel, "
            "drop or keep",
            path, n);

done:
    rr_decisions_free(rows);
    return st;
}

/* What changed, of sequences or of steps; nothing where no step of the split has a label. */
static rr_status compare(const rr_session *s, const rr_predictions *before,
                         const rr_predictions *after, rr_outcome *out, rr_error *err)
{
    *out = (rr_outcome){ .count = 0 };
    if (!rri_session_by_steps(s))
        return rr_outcome_compare(before->ds, before->prediction, after->prediction, NULL, 0, out,
                                  err);
    if (!rr_dataset_step_labelled(before->ds))
        return RR_OK;
    return rr_outcome_compare_steps(before->ds, before->step_prediction, after->step_prediction,
                                    NULL, 0, out, err);
}

rr_status rr_session_apply_decisions(rr_session *s, const char *path, const char *dir,
                                     rr_split split, const rr_retrain_config *cfg,
                                     rr_session **child, rr_decisions_result *out, rr_error *err)
{
    rr_decisions_result result = { .compared = rr_session_has_split(s, split) };
    rr_predictions before, after;
    const rr_dataset *train = NULL;
    rr_reservation *reserved = NULL;
    rr_edits *edits = NULL;
    rr_status st = RR_OK;

    *child = NULL;
    RRI_TRY(rri_session_needs_network(s, "retraining",
                                      "change the labels of its "
                                      "training set, train it there, and collect the states again",
                                      err));
    if (split == RR_SPLIT_TRAIN)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "--split train: what changes is counted on labels that --apply replaces; "
                         "take dev or test"));
    RRI_TRY(rr_session_split(s, RR_SPLIT_TRAIN, &train, err));
    if (result.compared)
        RRI_TRY(rr_session_predict(s, split, &before, err));
    RRI_TRY(read_edits(path, train, &edits, &result.kept, err));
    result.relabelled = edits->count_relabelled;
    result.steps = edits->count_steps;
    result.dropped = edits->count_removed;
    RRI_TRY(rri_check_new_run(dir, rr_run_settings_of(s->run).data, &path, 1, err));
    RRI_TRY(rr_run_reserve(dir, &reserved, err));
    rri_note(&s->callbacks, "%zu labels replaced, %zu sequences left out; retraining into %s",
             result.relabelled + result.steps, result.dropped, dir);
    RRI_TRY(rr_session_child(s, dir, edits, cfg, child, err));
    if (result.compared) {
        RRI_TRY(rr_session_predict(*child, split, &after, err));
        RRI_TRY(compare(s, &before, &after, &result.outcome, err));
    }
    *out = result;

done:
    rr_reservation_end(reserved);
    rr_edits_free(edits);
    return st;
}
