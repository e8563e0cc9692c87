/* SPDX-License-Identifier: MIT */
/* verify.c - compares the recorded hashes of a run with its files, and on request repeats the build
 * of the influence model and the training. The run is not changed. */
#include "workflow/workflow_internal.h"

#include "io/io.h"

#include <string.h>

static void add(rr_verification *v, const char *name, rr_status st, const rr_error *err)
{
    rr_check *c = &v->checks[v->count++];

    c->name = name;
    c->status = st;
    (void)rri_snprintf(c->detail, sizeof c->detail, "%s", st != RR_OK ? err->msg : "");
}

/* Build with the recorded configuration into `again`, and compare with the run's file. */
static rr_status rebuild_into(rr_session *s, const char *again, rr_error *err)
{
    rr_influence_config cfg = rr_influence_config_of(s->influence);
    rr_influence *inf = NULL;
    char *path = NULL;
    int64_t at = -1;
    rr_status st = RR_OK;

    cfg.threads = s->threads;
    RRI_TRY(rr_run_path(s->run, RR_RUN_INFLUENCE, &path, err));
    RRI_TRY(rri_build(s, &cfg, &inf, err));
    RRI_TRY(rri_save_influence(s, inf, again, err));
    RRI_TRY(rri_compare_files(path, again, &at, err));
    if (at >= 0)
        st = rri_fail(err, RR_ERR_MISMATCH, -1, "%s: built again, byte %lld differs", path,
                      (long long)at);

done:
    rri_free(path);
    rr_influence_free(inf);
    return st;
}

static rr_status check_rebuild(rr_session *s, const char *temporary, rr_error *err)
{
    char *dir = NULL, *again = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_make_temporary_folder(temporary != NULL ? temporary : "/tmp", &dir, err));
    st = rri_path_join(dir, "influence", &again, err);
    if (st == RR_OK)
        st = rebuild_into(s, again, err);
    if (again != NULL)
        (void)rri_remove_file(again, NULL);
    rri_remove_folders(dir, 1);

done:
    rri_free(again);
    rri_free(dir);
    return st;
}

static rr_status check_training(rr_session *s, rr_error *err)
{
    rri_training t = { .session = s, .config = rr_run_settings_of(s->run).train };
    char had[65], got[65];
    rri_trained_run result = { .kept = NULL };
    rr_guard guard;
    rr_network *net = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_session_begin(s, &net, err));
    t.net = net;
    t.config.threads = s->threads;
    t.stop_after = rr_run_model_epoch(s->run);
    t.guard = rri_session_guard(s, &guard);
    RRI_TRY(rri_train(&t, &result, err));
    RRI_TRY(rr_network_hash(s->net, had, err));
    RRI_TRY(rr_network_hash(result.kept != NULL ? result.kept : net, got, err));
    if (strcmp(had, got) != 0)
        st = rri_fail(err, RR_ERR_MISMATCH, -1,
                      "trained again to epoch %zu, the model is %.12s, not %.12s", t.stop_after,
                      got, had);

done:
    rr_network_free(result.kept);
    rr_network_free(net);
    return st;
}

/* The weights, or of a run on states their file. */
static bool check_model(rr_session *s, rr_verification *v, rr_error *e)
{
    const rr_network *net = NULL;
    rr_status st = RR_OK;

    if (rri_session_foreign(s)) {
        s->states_checked = false;
        st = rri_session_check_states(s, e);
        add(v, "states", st, e);
    } else {
        st = rr_session_network(s, &net, e);
        add(v, "model", st, e);
    }
    return st == RR_OK;
}

rr_status rr_session_verify(rr_session *s, const rr_verify_options *options, rr_verification *out,
                            rr_error *err)
{
    const rr_influence *inf = NULL;
    rr_error e = { .where = -1 };
    rr_status st = RR_OK;

    *out = (rr_verification){ .count = 0 };
    if (options->retrain && rri_session_foreign(s))
        return rri_session_needs_network(s, "training again", "check the rest without it", err);
    st = rri_session_load_splits(s, &e);
    if (st == RR_ERR_CANCELLED)
        return rri_fail(err, st, -1, "%s", e.msg);
    add(out, "data", st, &e);
    st = RR_OK;
    const rr_dataset *train = s->splits[RR_SPLIT_TRAIN];
    const bool model = check_model(s, out, &e);
    if (model && rr_session_has_influence(s))
        add(out, "influence", rr_session_influence(s, &inf, &e), &e);
    if (model && train != NULL && rr_run_settings_of(s->run).certificate_hash != NULL) {
        st = rri_hotfix_verify(s, options->retrain, &e);
        if (st != RR_ERR_CANCELLED)
            add(out, "proof", st, &e);
    }
    if (st != RR_ERR_CANCELLED && options->rebuild && inf != NULL && train != NULL) {
        st = check_rebuild(s, options->temporary, &e);
        if (st != RR_ERR_CANCELLED)
            add(out, "rebuild", st, &e);
    }
    if (options->retrain && st != RR_ERR_CANCELLED && model && train != NULL &&
        rr_run_settings_of(s->run).certificate_hash == NULL) {
        st = check_training(s, &e);
        if (st != RR_ERR_CANCELLED)
            add(out, "training", st, &e);
    }
    return st == RR_ERR_CANCELLED ? rri_fail_cancelled(err) : RR_OK;
}
