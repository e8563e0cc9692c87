/* SPDX-License-Identifier: MIT */
/* defaults_trial.c - a set of data through all commands, by the calls that the commands make and
 * with the settings that they begin with. */
#include "experiments/defaults.h"

#include "core/ranking.h"
#include "io/folder.h"
#include "io/io.h"

#include <math.h>
#include <string.h>

const defaults_way defaults_ways[DEFAULTS_WAYS] = {
    { "ap_combined", "combined", RR_AUDIT_COMBINED },
    { "ap_self", "self-confidence", RR_AUDIT_SELF_CONFIDENCE },
    { "ap_influence", "influence", RR_AUDIT_INFLUENCE },
};

enum { FIGURES = 32, EXPLAINED = 20 };

/* A trial under way. */
typedef struct trial {
    experiment_context *ctx;
    char *spec, *folder;
    uint64_t seed;
    defaults_labels labels;
    rr_session *run, *noisy;
    experiment_figures figures;
} trial;

/* ---- the folder ----------------------------------------------------------------------------- */

/* Remove the files of a folder in the trial's, then the folder; one that is not there is fine. */
static rr_status remove_folder(const char *path, rr_error *err)
{
    rri_names names = { .count = 0 };
    char *file = NULL;
    rr_status st = RR_OK;

    if (!rri_is_folder(path))
        return RR_OK;
    RRI_TRY(rri_folder_names(path, "", &names, err));
    for (size_t i = 0; i < names.count; i++) {
        if (strcmp(names.name[i], ".") == 0 || strcmp(names.name[i], "..") == 0)
            continue;
        RRI_TRY(rri_path_join(path, names.name[i], &file, err));
        RRI_TRY(rri_remove_file(file, err));
        rri_free(file);
        file = NULL;
    }
    rri_remove_folders(path, 1);

done:
    rri_free(file);
    rri_names_clear(&names);
    return st;
}

static rr_status remove_all(trial *t, rr_error *err)
{
    static const char *const parts[] = { "run", "noisy", "repaired" };
    char *path = NULL;
    rr_status st = RR_OK;

    if (t->folder == NULL)
        return RR_OK;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        RRI_TRY(rri_path_join(t->folder, parts[i], &path, err));
        RRI_TRY(remove_folder(path, err));
        rri_free(path);
        path = NULL;
    }
    RRI_TRY(remove_folder(t->folder, err));

done:
    rri_free(path);
    return st;
}

/* ---- train, build --------------------------------------------------------------------------- */

/* As `train RUN --data SPEC --labels LABELS --seed S` and `build RUN`; the seconds of both. */
static rr_status make_run(trial *t, const char *name, const char *labels, rr_session **out,
                          double seconds[2], rr_error *err)
{
    rr_new_run_config cfg = rr_new_run_config_default();
    rr_session_config where = rr_session_config_default();
    const rr_influence_config influence = rr_influence_config_default();
    char *path = NULL;
    rr_status st = RR_OK;

    cfg.data = t->spec;
    cfg.labels = labels;
    cfg.train.seed = t->seed;
    if (t->ctx->quick) { /* else by the data */
        cfg.train.epochs = 10;
        cfg.train.batch = 16;
    }
    where.threads = t->ctx->threads;
    where.callbacks = experiment_callbacks(t->ctx);
    RRI_TRY(rri_path_join(t->folder, name, &path, err));
    const double start = rri_seconds();
    RRI_TRY(rr_session_create(path, &cfg, &where, out, err));
    RRI_TRY(rr_session_train(*out, NULL, err));
    const double trained = rri_seconds();
    RRI_TRY(rr_session_build(*out, &influence, err));
    seconds[0] = trained - start;
    seconds[1] = rri_seconds() - trained;

done:
    rri_free(path);
    return st;
}

/* ---- predict -------------------------------------------------------------------------------- */

static rr_status measure_predictions(trial *t, size_t C, rr_error *err)
{
    experiment_figures *const f = &t->figures;
    rr_class_quality *classes = NULL;
    double least = 1.0;
    rr_quality all;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&classes, C, 1, sizeof *classes, err));
    RRI_TRY(rr_session_quality(t->run, RR_SPLIT_TEST, &all, classes, err));
    for (size_t c = 0; c < C; c++)
        if (classes[c].count > 0)
            least = fmin(least, classes[c].recall);
    experiment_figure(f, "accuracy", all.accuracy);
    experiment_figure(f, "macro_f1", all.macro_f1);
    experiment_figure(f, "least_recall", least);
    experiment_figure(f, "errors", (double)(all.count - all.correct));

done:
    rri_free(classes);
    return st;
}

/* ---- explain -------------------------------------------------------------------------------- */

/* How many states differ among the steps of an explanation: seen is [K + 1], and zero again after.
 */
static size_t count_states(const rr_explanation *x, unsigned char *seen)
{
    size_t n = 0;

    for (size_t i = 0; i < x->count_steps; i++) {
        n += !seen[x->steps[i].state];
        seen[x->steps[i].state] = 1;
    }
    for (size_t i = 0; i < x->count_steps; i++)
        seen[x->steps[i].state] = 0;
    return n;
}

static rr_status explain_errors(trial *t, const rr_ids *errors, rr_error *err)
{
    const double start = rri_seconds();
    const rr_influence *inf = NULL;
    unsigned char *seen = NULL;
    rr_question question;
    rr_answer *x = NULL;
    size_t states = 0, tied = 0;
    rr_status st = RR_OK;

    RRI_TRY(rr_session_influence(t->run, &inf, err));
    RRI_TRY(rri_alloc(&seen, rr_influence_info_of(inf).states + 1, 1, 1, err));
    RRI_TRY(rr_session_question(t->run, &question, err));
    for (size_t i = 0; i < errors->count; i++) {
        question.sample = errors->ids[i];
        RRI_TRY(rr_session_explain(t->run, &question, &x, err));
        states += count_states(x->explanation, seen);
        tied += x->explanation->tied;
        rr_answer_free(x);
        x = NULL;
    }
    experiment_figure(&t->figures, "states_shown", (double)states / (double)errors->count);
    experiment_figure_took(&t->figures, (rri_seconds() - start) / (double)errors->count);
    experiment_figure(&t->figures, "tied", (double)tied / (double)errors->count);

done:
    rr_answer_free(x);
    rri_free(seen);
    return st;
}

/* ---- repair --------------------------------------------------------------------------------- */

static void measure_repair(trial *t, const rr_repair_result *r)
{
    const rr_retraining *const own = &r->retrainings[0];
    const rr_outcome *const all = &own->measured.counts;
    const double after = own->harmful ? all->accuracy_before : all->accuracy_after;
    experiment_figures *const f = &t->figures;

    experiment_figure(f, "repair_targets", (double)r->count);
    experiment_figure(f, "repair_fixed", own->harmful ? 0.0 : (double)own->targets.fixed);
    experiment_figure(f, "repair_kept", own->harmful ? 0.0 : 1.0);
    experiment_figure(f, "repair_accuracy", after);
    experiment_figure(f, "repair_gain", after - all->accuracy_before);
    experiment_figure(f, "repair_harm", after < all->accuracy_before ? 1.0 : 0.0);
    experiment_figure(f, "repair_unseen_fixed", own->harmful ? 0.0 : (double)own->unseen.fixed);
    experiment_figure(f, "repair_broken", own->harmful ? 0.0 : (double)all->newly_broken);
    for (size_t i = 1; i < r->count_retrainings; i++)
        if (r->retrainings[i].strategy == RR_STRATEGY_NONE)
            experiment_figure(f, "repair_none", r->retrainings[i].measured.counts.accuracy_after);
}

/* As `repair RUN -o repaired`. */
static rr_status repair_run(trial *t, rr_error *err)
{
    const rr_repair_request request = rr_repair_request_default(t->run);
    const double start = rri_seconds();
    rr_repair_result *r = NULL;
    char *path = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_path_join(t->folder, "repaired", &path, err));
    RRI_TRY(rr_session_repair(t->run, &request, path, &r, err));
    measure_repair(t, r);
    experiment_figure(&t->figures, "repair", rri_seconds() - start);

done:
    rr_repair_result_free(r);
    rri_free(path);
    return st;
}

/* ---- audit ---------------------------------------------------------------------------------- */

/* As `audit RUN`, by every way. */
static rr_status audit_labels(trial *t, rr_error *err)
{
    rr_session_audit_config cfg = rr_session_audit_config_default();
    rr_audit *audit = NULL;
    rr_status st = RR_OK;

    for (size_t w = 0; w < DEFAULTS_WAYS; w++) {
        cfg.audit.method = defaults_ways[w].method;
        RRI_TRY(rr_session_audit(t->noisy, &cfg, &audit, err));
        const rr_audit_result *const r = rr_audit_result_of(audit);
        experiment_figure(&t->figures, defaults_ways[w].metric,
                          rri_ranking_precision(r->order, t->labels.count, t->labels.wrong));
        experiment_figure_took(&t->figures, r->seconds);
        rr_audit_free(audit);
        audit = NULL;
    }

done:
    rr_audit_free(audit);
    return st;
}

/* ---- a trial -------------------------------------------------------------------------------- */

static rr_status use_run(trial *t, rr_error *err)
{
    const rr_influence *inf = NULL;
    double seconds[2];
    rr_ids errors = { .ids = NULL };
    const rr_error_filter first = { .most = 0 };
    rr_status st = RR_OK;

    RRI_TRY(make_run(t, "run", t->labels.thinned, &t->run, seconds, err));
    experiment_figure(&t->figures, "train", seconds[0]);
    experiment_figure(&t->figures, "build", seconds[1]);
    RRI_TRY(rr_session_influence(t->run, &inf, err));
    experiment_figure(&t->figures, "states", (double)rr_influence_info_of(inf).states);
    experiment_figure(&t->figures, "stability", rr_influence_info_of(inf).stability_mean);
    RRI_TRY(measure_predictions(t, rr_influence_info_of(inf).classes, err));
    RRI_TRY(rr_session_errors(t->run, RR_SPLIT_TEST, &first, &errors, err));
    if (errors.count == 0)
        goto done; /* nothing to explain, or to repair */
    errors.count = rri_min(errors.count, EXPLAINED);
    RRI_TRY(explain_errors(t, &errors, err));
    RRI_TRY(repair_run(t, err));

done:
    rr_ids_free(&errors);
    return st;
}

static rr_status carry_out(trial *t, const defaults_set *set, rr_error *err)
{
    double seconds[2];
    rr_status st = RR_OK;

    RRI_TRY(experiment_figures_begin(&t->figures, FIGURES, err));
    RRI_TRY(rri_make_temporary_folder(experiment_kept(t->ctx), &t->folder, err));
    RRI_TRY(defaults_spec(t->ctx, set, &t->spec, err));
    RRI_TRY(defaults_make_labels(set, t->spec, t->folder, t->seed, &t->labels, err));
    experiment_figure(&t->figures, "train_count", (double)t->labels.count);
    RRI_TRY(use_run(t, err));
    RRI_TRY(make_run(t, "noisy", t->labels.noisy, &t->noisy, seconds, err));
    RRI_TRY(audit_labels(t, err));

done:
    return st;
}

rr_status defaults_trial(experiment_context *ctx, const defaults_set *set, uint64_t seed,
                         rr_error *err)
{
    trial t = { .ctx = ctx, .seed = seed };
    rr_status st = carry_out(&t, set, err);

    rr_session_close(t.run);
    rr_session_close(t.noisy);
    if (st == RR_ERR_CANCELLED && ctx->stopped)
        st = RR_OK;
    if (st == RR_OK && !ctx->stopped)
        st = experiment_record(ctx, set->name, seed, t.figures.list, t.figures.n, err);
    const rr_status removed = remove_all(&t, st == RR_OK ? err : NULL);
    experiment_figures_clear(&t.figures);
    defaults_labels_clear(&t.labels);
    rri_free(t.folder);
    rri_free(t.spec);
    return st == RR_OK ? removed : st;
}
