/* SPDX-License-Identifier: MIT */
/* table4_trial.c - the targets of a network, and their repair: see table4.h. */
#include "experiments/table4.h"

#include <stdlib.h>
#include <string.h>

/* ---- targets --------------------------------------------------------------------------------- */

/* The class whose errors are repaired, of each task. */
static const char *const truths[] = { [MODEL_TOXIC] = "clean", [MODEL_SST] = "positive" };

static rr_status find_truth(const model *m, uint32_t *out, rr_error *err)
{
    const char *const name = truths[m->task];

    for (size_t c = 0; c < rr_dataset_classes(m->train); c++)
        if (strcmp(rr_dataset_class_name(m->train, c), name) == 0) {
            *out = (uint32_t)c;
            return RR_OK;
        }
    return rri_fail(err, RR_ERR_ARG, -1, "%s has no class %s", model_task_name(m->task), name);
}

/* Whether a misclassified sentence has a suspect word that something can be taught about. */
static rr_status has_known(const model *m, size_t i, int *out, rr_error *err)
{
    const rr_localize_config cfg = rr_repair_config_default().segment.localize; /* rule flip */
    const rr_trace trace = rr_traces_at(m->traces, i);
    rr_segments *segments = NULL;
    rr_status st = RR_OK;

    *out = 0;
    RRI_TRY(rr_localize(m->inf, m->net, &cfg, &trace, &segments, err));
    *out = segments->known > 0;

done:
    rr_segments_free(segments);
    return st;
}

static rr_status find_targets(const experiment_context *ctx, table4_case *c, rr_error *err)
{
    const model *const m = &c->m;
    const size_t count = rr_dataset_count(m->test);
    size_t right = 0;
    rr_status st = RR_OK;

    RRI_TRY(find_truth(m, &c->truth, err));
    RRI_TRY(rri_alloc(&c->before, count, 1, sizeof *c->before, err));
    RRI_TRY(rri_alloc(&c->targets, count, 1, sizeof *c->targets, err));
    RRI_TRY(rr_network_predict(m->net, m->test, ctx->threads, c->before, NULL, err));
    for (size_t i = 0; i < count; i++) {
        const uint32_t label = rr_dataset_at(m->test, i).label;
        int known = 0;
        right += c->before[i] == label;
        if (label != c->truth || c->before[i] == label ||
            rr_traces_at(m->traces, i).prediction == label)
            continue;
        RRI_TRY(has_known(m, i, &known, err));
        if (known)
            c->targets[c->n++] = i;
    }
    c->accuracy = count > 0 ? (double)right / (double)count : 0.0;

done:
    return st;
}

static void release_targets(table4_case *c)
{
    rri_free(c->before);
    rri_free(c->targets);
    c->before = NULL;
    c->targets = NULL;
    c->n = 0;
}

void table4_release(table4_case *c)
{
    release_targets(c);
    model_release(&c->m);
}

void table4_clear(table4_case *c)
{
    release_targets(c);
    model_clear(&c->m);
}

rr_status table4_prepare(experiment_context *ctx, table4_case *c, uint64_t seed, rr_error *err)
{
    rr_status st = RR_OK;

    if (c->targets != NULL && c->seed == seed)
        return RR_OK;
    release_targets(c);
    c->seed = seed;
    RRI_TRY(model_prepare(ctx, &c->m, seed, err));
    if (ctx->stopped)
        goto done;
    RRI_TRY(find_targets(ctx, c, err));
    experiment_note(
        ctx, "table4: %s, seed %llu: %zu errors to repair, %.2f %% of the test set right",
        model_task_name(c->m.task), (unsigned long long)seed, c->n, 100.0 * c->accuracy);

done:
    if (st != RR_OK)
        release_targets(c);
    return st;
}

/* ---- new sentences --------------------------------------------------------------------------- */

rr_repair_config table4_repair(const table4_plan *p, uint64_t seed)
{
    static const rr_strategy strategies[TABLE4_CONDITIONS] = {
        [TABLE4_NONE] = RR_STRATEGY_NONE,       [TABLE4_RANDOM] = RR_STRATEGY_RANDOM,
        [TABLE4_GUIDED] = RR_STRATEGY_PAPER,    [TABLE4_IMPROVED] = RR_STRATEGY_INFLUENCE,
        [TABLE4_BALANCED] = RR_STRATEGY_RANDOM,
    };
    rr_repair_config cfg = rr_repair_config_default();

    cfg.strategy = strategies[p->condition];
    cfg.segment.balance = /* the published conditions have none */
        p->condition == TABLE4_IMPROVED || p->condition == TABLE4_BALANCED ? 0.5 : 0.0;
    if (p->m > 0)
        cfg.segment.insertions = p->m;
    cfg.seed = seed;
    return cfg;
}

/* What a trial adds; the counts are kept for its figures. */
typedef struct added {
    rr_dataset *set; /* NULL = nothing */
    size_t inserted, balance;
} added;

static rr_status insert(experiment_context *ctx, const table4_case *c, const table4_plan *p,
                        added *out, rr_error *err)
{
    rr_repair_config cfg = table4_repair(p, c->seed);
    rr_repair *made = NULL;
    size_t n = 0;
    int done = 0;
    rr_status st = RR_OK;

    if (p->condition == TABLE4_NONE || c->n == 0)
        return RR_OK;
    cfg.threads = ctx->threads;
    RRI_TRY(rr_repair_new(&cfg, c->m.inf, c->m.net, c->m.train, c->m.test, c->targets, c->n, &made,
                          err));
    while (!done && !experiment_stopped(ctx)) {
        RRI_TRY(rr_repair_step(made, &done, err));
        (void)rr_repair_targets(made, &n);
        experiment_show(ctx, "insertions", n, c->n);
    }
    if (ctx->stopped)
        goto done;
    const rr_repair_target *const targets = rr_repair_targets(made, &n);
    for (size_t i = 0; i < n; i++) {
        out->inserted += targets[i].count_kept;
        out->balance += targets[i].segment.count_balance;
    }
    RRI_TRY(rr_repair_additions(made, &out->set, err));

done:
    rr_repair_free(made);
    return st;
}

/* ---- retraining ------------------------------------------------------------------------------ */

/* The first weights and the shuffles of retraining from scratch: of another seed than the network
 * with the errors, the same for all conditions. Beyond what anybody gives as --first-seed. */
static const uint64_t scratch_seed = UINT64_C(1) << 40;

void table4_recipe(const experiment_context *ctx, const table4_case *c, table4_way way,
                   rr_network_config *network, rr_train_config *training)
{
    model_recipe(ctx, &c->m, network, training);
    if (way == TABLE4_SCRATCH) {
        network->seed += scratch_seed;
        training->seed += scratch_seed;
        return;
    }
    /* Small steps hardly move a network trained on Toxic for 40 epochs; on SST, whose network is
     * that of its best epoch, larger ones break more than they fix (docs/RESULTS.md). */
    const int toxic = c->m.task == MODEL_TOXIC;
    training->epochs = toxic ? 4 : 2;
    training->learning_rate *= toxic ? 1.0 : 0.1;
}

static rr_status retrain(experiment_context *ctx, const table4_case *c, const table4_plan *p,
                         const rr_dataset *more, rr_network **out, rr_error *err)
{
    rr_network_config network;
    rr_train_config training;
    rr_dataset *all = NULL;
    rr_status st = RR_OK;

    table4_recipe(ctx, c, p->way, &network, &training);
    if (more != NULL)
        RRI_TRY(rr_dataset_concat(c->m.train, more, &all, err));
    if (p->way == TABLE4_SCRATCH)
        RRI_TRY(model_network(&c->m, &network, out, err));
    else
        RRI_TRY(rr_network_copy(c->m.net, out, err));
    RRI_TRY(model_train(ctx, &c->m, &training, all != NULL ? all : c->m.train, out, err));

done:
    rr_dataset_free(all);
    return st;
}

/* ---- its figures ----------------------------------------------------------------------------- */

static rr_status record(experiment_context *ctx, const table4_case *c, const table4_plan *p,
                        const added *more, const uint32_t *after, double seconds, rr_error *err)
{
    enum { SINGLE = 9 };
    rr_outcome all, targets;
    experiment_figures m = { .n = 0 };
    rr_status st = RR_OK;

    RRI_TRY(rr_outcome_compare(c->m.test, c->before, after, NULL, 0, &all, err));
    RRI_TRY(rr_outcome_compare(c->m.test, c->before, after, c->targets, c->n, &targets, err));
    RRI_TRY(experiment_figures_begin(&m, SINGLE + c->n, err));
    experiment_figure(&m, "errors", (double)c->n);
    experiment_figure(&m, "inserted", (double)more->inserted);
    experiment_figure(&m, "balance", (double)more->balance);
    experiment_figure(&m, "fixed", (double)targets.fixed);
    experiment_figure_took(&m, seconds);
    if (c->n > 0)
        experiment_figure(&m, "share", (double)targets.fixed / (double)c->n);
    experiment_figure(&m, "broken", (double)all.newly_broken);
    experiment_figure(&m, "accuracy", all.accuracy_after);
    experiment_figure(&m, "accuracy_before", all.accuracy_before);
    experiment_figure(&m, "change", all.accuracy_after - all.accuracy_before);
    for (size_t i = 0; i < c->n; i++) {
        const size_t id = c->targets[i];
        experiment_figure_at(&m, "error", id, after[id] == rr_dataset_at(c->m.test, id).label);
    }
    RRI_TRY(experiment_record(ctx, p->setting, c->seed, m.list, m.n, err));

done:
    experiment_figures_clear(&m);
    return st;
}

rr_status table4_trial(experiment_context *ctx, const table4_case *c, const table4_plan *p,
                       rr_error *err)
{
    added more = { .set = NULL };
    rr_network *net = NULL;
    uint32_t *after = NULL;
    rr_status st = RR_OK;

    const double start = rri_seconds();
    RRI_TRY(insert(ctx, c, p, &more, err));
    if (!ctx->stopped)
        RRI_TRY(retrain(ctx, c, p, more.set, &net, err));
    if (ctx->stopped)
        goto done;
    RRI_TRY(rri_alloc(&after, rr_dataset_count(c->m.test), 1, sizeof *after, err));
    RRI_TRY(rr_network_predict(net, c->m.test, ctx->threads, after, NULL, err));
    RRI_TRY(record(ctx, c, p, &more, after, rri_seconds() - start, err));

done:
    rri_free(after);
    rr_network_free(net);
    rr_dataset_free(more.set);
    return st;
}
