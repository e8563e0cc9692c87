/* SPDX-License-Identifier: MIT */
/* repair_controls.c - the controls of a repair: retrainings in memory with other samples or none,
 * with as many updates of the weights and under the same guard. */
#include "workflow/repairing.h"

/* Those there are, in the order in which they are shown. */
static const rr_strategy strategies[] = { RR_STRATEGY_NONE, RR_STRATEGY_DIRECT, RR_STRATEGY_RANDOM,
                                          RR_STRATEGY_SHIFT };
enum { STRATEGIES = sizeof strategies / sizeof *strategies };

/* Automatic controls may take so many seconds altogether. */
static const double most_seconds = 60.0;

rr_status rri_controls_check(unsigned controls, rr_error *err)
{
    unsigned known = RR_CONTROLS_AUTO;

    for (size_t i = 0; i < STRATEGIES; i++)
        known |= RR_CONTROL(strategies[i]);
    if ((controls & ~known) != 0 || (controls & (controls - 1) & RR_CONTROLS_AUTO) != 0)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "controls: expected none, direct, random, shift, or automatic ones alone");
    return RR_OK;
}

rr_status rri_search_samples(const rri_repairing *p, const rr_repair_config *cfg,
                             const rr_dataset *train, const rr_dataset *ds, rr_repair **r,
                             rr_dataset **additions, rr_error *err)
{
    const rr_callbacks *cb = &p->s->callbacks;
    const bool segment = cfg->level == RR_LEVEL_SEGMENT;
    rr_repair_config own = *cfg;
    unsigned char *marks = NULL;
    size_t count = 0;
    int finished = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_spare_marks(train, &own.segment.localize, &marks, err));
    RRI_TRY(rr_repair_new(&own, p->s->influence, p->s->net, train, ds, p->targets.ids,
                          p->targets.count, r, err));
    while (!finished) {
        RRI_TRY(rri_check_cancelled(cb, err));
        RRI_TRY(rr_repair_step(*r, &finished, err));
        (void)rr_repair_targets(*r, &count);
        rri_show(cb, segment ? "insertions" : "variants", "targets", count, p->targets.count, "%s",
                 "");
    }
    RRI_TRY(rr_repair_additions(*r, additions, err));

done:
    rri_free(marks);
    rri_show_end(cb);
    return st;
}

/* The training set of a control. Memory: *out is rr_dataset_free(). */
static rr_status add_samples(rri_repairing *p, const rr_repair_result *r, rr_retraining *x,
                             rr_dataset **out, rr_error *err)
{
    rr_repair_config cfg = p->request.search;
    rr_repair *search = NULL;
    rr_dataset *additions = NULL;
    const double start = rri_seconds();
    rr_status st = RR_OK;

    cfg.strategy = x->strategy;
    if (cfg.strategy != RR_STRATEGY_NONE)
        RRI_TRY(rri_search_samples(p, &cfg, r->train, r->ds, &search, &additions, err));
    x->search_seconds = rri_seconds() - start;
    x->added = additions != NULL ? rr_dataset_count(additions) : 0;
    const rr_edits edits = { .additions = x->added > 0 ? additions : NULL };
    RRI_TRY(rr_edits_apply(&edits, r->train, out, err));

done:
    rr_dataset_free(additions);
    rr_repair_free(search);
    return st;
}

/* Nothing is trained: the decision threshold alone is moved. */
static rr_status run_shift(const rri_ground *g, rr_repair_result *r, size_t k, rr_error *err)
{
    rr_retraining *x = &r->retrainings[k];
    rri_told told = { .measured = NULL };
    const double start = rri_seconds();
    rr_status st = RR_OK;

    RRI_TRY(rri_shift(g, r->retrainings[0].targets.fixed, &r->shift, &told, err));
    x->search_seconds = rri_seconds() - start;
    RRI_TRY(rri_measure(g, &told, r, k, NULL, err));

done:
    rri_told_clear(&told);
    return st;
}

static rr_status run_control(rri_repairing *p, const rri_ground *g, rr_repair_result *r, size_t k,
                             rr_error *err)
{
    const rr_retraining *own = &r->retrainings[0];
    rr_retraining *x = &r->retrainings[k];
    rri_told told = { .measured = NULL };
    rri_training t = { .session = r->child,
                       .guard = r->guard.on ? &r->guard : NULL,
                       .stop_updates = own->updates };
    rr_retrain_config plain = p->request.retrain;
    rri_trained_run result = { .kept = NULL };
    rr_network *net = NULL;
    rr_dataset *train = NULL;
    rr_status st = RR_OK;

    plain.average = 0; /* as it is without strategy mixed */
    RRI_TRY(rri_retrain_plan(p->s, &plain, &t.config, err));
    t.config.seed = p->request.retrain.seed;
    RRI_TRY(add_samples(p, r, x, &train, err));
    RRI_TRY(rri_session_begin(r->child, &net, err));
    t.net = net;
    t.train = train;
    t.shared = rr_dataset_count(r->train);
    t.guard_batches = own->updates / rr_run_settings_of(r->child->run).train.epochs;
    t.config.threads = p->s->threads;
    t.config.epochs = rri_blocks(own->updates, rri_blocks(rr_dataset_count(train), t.config.batch));
    const double start = rri_seconds();
    rri_note(&p->s->callbacks, "control %s: %zu samples to add",
             rr_enum_name(RR_ENUM_STRATEGY, x->strategy), x->added);
    RRI_TRY(rri_train(&t, &result, err));
    x->train_seconds = rri_seconds() - start;
    x->updates = result.updates;
    x->kept = r->guard.on ? result.seen.kept : result.updates;
    RRI_TRY(rri_tell(g, result.kept != NULL ? result.kept : net, &told, err));
    RRI_TRY(rri_measure(g, &told, r, k, NULL, err));
    x->kept = x->kept > 0 ? x->kept : x->updates;

done:
    rri_told_clear(&told);
    rr_network_free(result.kept);
    rr_network_free(net);
    rr_dataset_free(train);
    return st;
}

/* Which controls are due: the automatic ones by the time that the repair itself took. */
static void decide(rri_repairing *p, const rr_retraining *own)
{
    const unsigned both = RR_CONTROL(RR_STRATEGY_NONE) | RR_CONTROL(RR_STRATEGY_DIRECT);
    const unsigned free = RR_CONTROL(RR_STRATEGY_SHIFT);
    const double each = own->train_seconds * (double)p->repeats;

    p->decided = true;
    if (p->controls == RR_CONTROLS_AUTO) {
        const bool trained = 2.0 * each < most_seconds;
        p->controls = free | (trained ? both : 0);
        if (!trained)
            rri_note(&p->s->callbacks,
                     "control shift alone: others would take about %.0f s each; --controls "
                     "none,direct,shift trains them",
                     each);
    }
    p->controls &= ~RR_CONTROL(own->strategy); /* that is what the repair itself is */
}

rr_status rri_run_controls(rri_repairing *p, const rri_ground *g, rr_repair_result *r,
                           rr_error *err)
{
    rr_status st = RR_OK;

    if (!p->decided)
        decide(p, &r->retrainings[0]);
    for (size_t i = 0; i < STRATEGIES; i++) {
        if ((p->controls & RR_CONTROL(strategies[i])) == 0)
            continue;
        const size_t k = r->count_retrainings++;
        r->retrainings[k].strategy = strategies[i];
        RRI_TRY(strategies[i] == RR_STRATEGY_SHIFT ? run_shift(g, r, k, err)
                                                   : run_control(p, g, r, k, err));
    }

done:
    return st;
}
