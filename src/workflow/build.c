/* SPDX-License-Identifier: MIT */
/* build.c - builds the influence model of a run and writes it into the run. */
#include "workflow/workflow_internal.h"

#include "run/run_internal.h"

rr_status rri_build(rr_session *s, const rr_influence_config *cfg, rr_influence **out,
                    rr_error *err)
{
    rr_state_source source = { .ops = NULL };
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_session_open_states(s, RR_SPLIT_TRAIN, cfg->threads, &source, err));
    RRI_TRY(rr_influence_build(cfg, &source, &s->callbacks, out, err));

done:
    rr_state_source_close(&source);
    return st;
}

rr_status rri_save_influence(rr_session *s, const rr_influence *inf, const char *path,
                             rr_error *err)
{
    char model[65], data[65];
    rr_status st = RR_OK;

    RRI_TRY(rri_run_model_name(s->run, s->net, model, err));
    RRI_TRY(rr_run_data_hash(s->run, data, err));
    RRI_TRY(rr_influence_save(inf, path, model, data, err));

done:
    return st;
}

rr_status rr_session_build(rr_session *s, const rr_influence_config *cfg, rr_error *err)
{
    rr_influence_config with_threads = rr_influence_config_default();
    const rr_network *net = NULL;
    const rr_dataset *train = NULL;
    const bool foreign = rri_session_foreign(s);
    rr_influence *inf = NULL;
    char *path = NULL;
    bool locked = false;
    rr_status st = RR_OK;

    RRI_TRY(rri_config_take(&with_threads, sizeof with_threads, cfg, "rr_influence_config", err));
    with_threads.threads = s->threads;
    RRI_TRY(rri_run_lock(s->run, err));
    locked = true;
    if (foreign)
        RRI_TRY(rri_session_check_states(s, err));
    else
        RRI_TRY(rr_session_network(s, &net, err));
    if (!foreign) /* it is compared with the record */
        RRI_TRY(rr_session_split(s, RR_SPLIT_TRAIN, &train, err));
    rri_run_forget_content(s->run);
    RRI_TRY(rri_build(s, &with_threads, &inf, err));
    RRI_TRY(rr_run_path(s->run, RR_RUN_INFLUENCE, &path, err));
    RRI_TRY(rri_save_influence(s, inf, path, err));
    rri_session_set_influence(s, inf);
    inf = NULL;

done:
    if (st != RR_OK && foreign && s->created)
        rri_run_remove(s->run); /* of no use without a model */
    if (foreign && s->created)
        rri_run_unlock(s->run); /* what creating it took */
    s->created = s->created && !foreign;
    if (locked)
        rri_run_unlock(s->run);
    rri_free(path);
    rr_influence_free(inf);
    return st;
}
