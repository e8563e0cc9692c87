/* SPDX-License-Identifier: MIT */
/* building.c - see building.h. */
#include "building.h"

#include "kit/progress.h"

/* What is counted in each phase. */
static const char *const units[] = { "sequences", "sequences", "K", "keys", "" };

rr_status cli_build(const cli_common *common, const rr_influence_config *cfg, const rr_network *net,
                    const rr_dataset *train, rr_influence **out, int *interrupted, rr_error *err)
{
    rr_state_source source = { .ops = NULL };
    rr_influence_builder *builder = NULL;
    rr_build_progress at = { .phase = RR_BUILD_TRACE };
    rr_status st = RR_OK;

    *out = NULL;
    *interrupted = 0;
    RRI_TRY(rr_network_states(net, train, common->threads, &source, err));
    RRI_TRY(rr_influence_builder_new(cfg, &source, &builder, err));
    while (at.phase != RR_BUILD_DONE) {
        const rr_build_phase phase = at.phase;
        const double start = rri_seconds();
        cli_progress bar =
            cli_progress_begin(common, rr_enum_name(RR_ENUM_BUILD_PHASE, phase), units[phase], 0);
        while (at.phase == phase && st == RR_OK && !cli_interrupted()) {
            st = rr_influence_builder_step(builder, &at, err);
            if (phase == RR_BUILD_CLUSTER)
                cli_progress_show(&bar, at.done, at.total, "stability %.3f", at.stability);
            else
                cli_progress_show(&bar, at.done, at.total, "%s", "");
        }
        cli_progress_clear(&bar);
        if (st != RR_OK)
            goto done;
        if (at.phase == phase) {
            *interrupted = 1;
            goto done;
        }
        cli_say(common, "%-8s %6.2f s", rr_enum_name(RR_ENUM_BUILD_PHASE, phase),
                rri_seconds() - start);
    }
    RRI_TRY(rr_influence_builder_finish(builder, out, err));

done:
    rr_influence_builder_free(builder);
    rr_state_source_close(&source);
    return st;
}

rr_status cli_save_influence(const rr_run *run, const rr_network *net, const rr_influence *inf,
                             const char *path, rr_error *err)
{
    char model[65], data[65];
    rr_status st = rr_network_hash(net, model, err);
    if (st == RR_OK)
        st = rr_run_data_hash(run, data, err);
    if (st == RR_OK)
        st = rr_influence_save(inf, path, model, data, err);
    return st;
}
