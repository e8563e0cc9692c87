/* SPDX-License-Identifier: MIT */
/* build.c - builds the influence model of a run, phase by phase, and writes it into the run. */
#include "workflow/workflow_internal.h"

/* The unit of progress in each phase. */
static const char *const units[] = { "sequences", "sequences", "K", "keys", "" };

/* Step until the builder enters another phase than at->phase. */
static rr_status build_phase(const rr_callbacks *cb, rr_influence_builder *builder,
                             rr_build_progress *at, rr_error *err)
{
    const rr_build_phase phase = at->phase;
    const char *name = rr_enum_name(RR_ENUM_BUILD_PHASE, phase);
    const double start = rri_seconds();
    rr_status st = RR_OK;

    while (at->phase == phase) {
        if (rri_cancelled(cb))
            RRI_TRY(rri_fail_cancelled(err));
        RRI_TRY(rr_influence_builder_step(builder, at, err));
        if (phase == RR_BUILD_CLUSTER)
            rri_show(cb, name, units[phase], at->done, at->total, "stability %.3f", at->stability);
        else
            rri_show(cb, name, units[phase], at->done, at->total, "%s", "");
    }

done:
    rri_show_end(cb);
    if (st == RR_OK)
        rri_note(cb, "%-8s %6.2f s", name, rri_seconds() - start);
    return st;
}

rr_status rri_build(const rr_callbacks *cb, const rr_influence_config *cfg, const rr_network *net,
                    const rr_dataset *train, rr_influence **out, rr_error *err)
{
    rr_state_source source = { .ops = NULL };
    rr_influence_builder *builder = NULL;
    rr_build_progress at = { .phase = RR_BUILD_TRACE };
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rr_network_states(net, train, cfg->threads, &source, err));
    RRI_TRY(rr_influence_builder_new(cfg, &source, &builder, err));
    while (at.phase != RR_BUILD_DONE)
        RRI_TRY(build_phase(cb, builder, &at, err));
    RRI_TRY(rr_influence_builder_finish(builder, out, err));

done:
    rr_influence_builder_free(builder);
    rr_state_source_close(&source);
    return st;
}

rr_status rri_save_influence(const rr_run *run, const rr_network *net, const rr_influence *inf,
                             const char *path, rr_error *err)
{
    char model[65], data[65];
    rr_status st = RR_OK;

    RRI_TRY(rr_network_hash(net, model, err));
    RRI_TRY(rr_run_data_hash(run, data, err));
    RRI_TRY(rr_influence_save(inf, path, model, data, err));

done:
    return st;
}

rr_status rr_session_build(rr_session *s, const rr_influence_config *cfg, rr_error *err)
{
    rr_influence_config with_threads = rr_influence_config_default();
    const rr_network *net = NULL;
    const rr_dataset *train = NULL;
    rr_influence *inf = NULL;
    char *path = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_config_take(&with_threads, sizeof with_threads, cfg, "rr_influence_config", err));
    with_threads.threads = s->threads;
    RRI_TRY(rr_session_network(s, &net, err));
    RRI_TRY(rr_session_split(s, RR_SPLIT_TRAIN, &train, err));
    RRI_TRY(rri_build(&s->callbacks, &with_threads, net, train, &inf, err));
    RRI_TRY(rr_run_path(s->run, RR_RUN_INFLUENCE, &path, err));
    RRI_TRY(rri_save_influence(s->run, net, inf, path, err));
    rr_influence_free(s->influence);
    s->influence = inf;
    inf = NULL;

done:
    rri_free(path);
    rr_influence_free(inf);
    return st;
}
