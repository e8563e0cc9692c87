/* SPDX-License-Identifier: MIT */
/* child.c - creates and trains a run with a parent: edits of the parent's training set, retraining.
 * What the parent has loaded is shared with the child: nothing is read again. */
#include "workflow/workflow_internal.h"

#include "io/io.h"
#include "run/run_internal.h"

#include <string.h>

rr_retrain_config rr_retrain_config_default(const rr_session *parent)
{
    return (rr_retrain_config){ .struct_size = sizeof(rr_retrain_config),
                                .start = RR_RETRAIN_CONTINUE,
                                .seed = rr_run_settings_of(parent->run).train.seed,
                                .average = -1,
                                .dropout = -1.0 };
}

/* A child run under construction. Owned unless marked. */
typedef struct draft {
    rr_session *parent;         /* borrowed */
    rr_edits *edits;            /* of parent and child, of the source */
    char *spec, *vectors, *dir; /* the parent's data, vectors and directory, absolute */
    rr_run_settings settings;   /* points into the others */
    char model_hash[65];
    rr_dataset *splits[3]; /* as the child has them */
    rr_network *start;     /* what its training begins with; NULL = fresh weights */
} draft;

static void draft_clear(draft *d)
{
    rr_edits_free(d->edits);
    for (int i = 0; i < 3; i++)
        rr_dataset_free(d->splits[i]);
    rr_network_free(d->start);
    rri_free(d->spec);
    rri_free(d->vectors);
    rri_free(d->dir);
}

/* ---- settings ------------------------------------------------------------------------------- */

/* A warm start uses a tenth of the learning rate: with the full one the network changes far from
 * the targets too; on MNIST a tenth fixes more and breaks a quarter as much (docs/RESULTS.md).
 * Averaging smooths what larger steps do. Dropout hides the words in which rewordings differ
 * (docs/RESULTS.md#text-repair-beyond-its-targets). */
static rr_status plan_training(const rr_run *parent, const rr_retrain_config *cfg,
                               rr_train_config *train, rr_error *err)
{
    const bool from_scratch = cfg->start == RR_RETRAIN_SCRATCH;
    int continued = 0;
    const rr_status st = rr_run_is_warm_started(parent, &continued, err);

    if (st != RR_OK)
        return st;
    if (from_scratch && continued && !(cfg->epochs > 0 && cfg->learning_rate > 0.0))
        return rri_fail(err, RR_ERR_ARG, -1,
                        "--retrain scratch: %s went on from another run's weights, and its few "
                        "epochs with small steps would not train fresh ones: give --epochs and "
                        "--learning-rate",
                        rr_run_dir(parent));
    if (cfg->epochs > 0)
        train->epochs = cfg->epochs;
    else if (!from_scratch)
        train->epochs = 2;
    if (cfg->learning_rate > 0.0)
        train->learning_rate = cfg->learning_rate;
    else if (!from_scratch && !continued)
        train->learning_rate *= cfg->average > 0 ? 0.5 : 0.1;
    if (cfg->dropout >= 0.0)
        train->dropout_input = train->dropout_last = cfg->dropout;
    else if (cfg->average > 0 && rr_run_settings_of(parent).network.vocabulary > 0)
        train->dropout_input = train->dropout_last = 0.0;
    return RR_OK;
}

rr_status rri_retrain_plan(const rr_session *parent, const rr_retrain_config *cfg,
                           rr_train_config *out, rr_error *err)
{
    *out = rr_run_settings_of(parent->run).train;
    out->average = cfg->average > 0;
    return plan_training(parent->run, cfg, out, err);
}

rr_status rri_retrain_check(const rr_session *parent, const rr_retrain_config *cfg, rr_error *err)
{
    rr_retrain_config own = rr_retrain_config_default(parent);
    rr_train_config train = rr_train_config_default();
    rr_status st = RR_OK;

    RRI_TRY(rri_config_take(&own, sizeof own, cfg, "rr_retrain_config", err));
    RRI_TRY(plan_training(parent->run, &own, &train, err));

done:
    return st;
}

static rr_status settle(draft *d, const rr_retrain_config *cfg, const rr_network *net,
                        rr_error *err)
{
    const rr_session *p = d->parent;
    rr_run_settings *s = &d->settings;
    rr_status st = RR_OK;

    RRI_TRY(rr_network_hash(net, d->model_hash, err));
    if (p->data != NULL) {
        RRI_TRY(rr_dataset_spec_resolve(p->data, &d->spec, err));
        s->data = d->spec;
    }
    if (p->vectors != NULL && s->vectors != NULL) {
        RRI_TRY(rri_path_absolute(p->vectors, &d->vectors, err));
        s->vectors = d->vectors;
    }
    RRI_TRY(rri_path_absolute(rr_run_dir(p->run), &d->dir, err));
    s->parent = d->dir;
    s->parent_model = d->model_hash;
    s->source = NULL; /* stays with the parent, which another thread may use */
    s->edits = *d->edits;
    s->additions_hash = NULL;
    s->start = cfg->start == RR_RETRAIN_CONTINUE ? net : NULL;
    s->guard = cfg->guard != NULL ? *cfg->guard : (rr_guard){ .on = 0 };
    s->targets = cfg->targets != NULL ? *cfg->targets : (rr_run_targets){ .count = 0 };
    if (s->guard.points > 0 && s->start == NULL)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "a guard compares with the weights training begins with, and from scratch "
                         "there are none"));
    s->checkpoints = 0; /* checkpoints are the parent's own */
    if (s->splits[RR_SPLIT_DEV].count == 0)
        s->keep = RR_KEEP_LAST; /* the best epoch is told by dev alone */
    RRI_TRY(rri_retrain_plan(p, cfg, &s->train, err));
    s->train.seed = s->network.seed = cfg->seed;

done:
    return st;
}

/* ---- what is shared ------------------------------------------------------------------------- */

/* The child's splits, and for continue the weights, from what the parent has. */
static rr_status share(draft *d, const rr_edits *edits, const rr_network *net, rr_error *err)
{
    rr_status st = RR_OK;

    for (int i = 0; i < 3; i++) {
        const rr_dataset *ds = NULL;
        if (!rr_session_has_split(d->parent, (rr_split)i))
            continue;
        RRI_TRY(rr_session_split(d->parent, (rr_split)i, &ds, err));
        if (i == RR_SPLIT_TRAIN)
            RRI_TRY(rr_edits_apply(edits, ds, &d->splits[i], err));
        else
            d->splits[i] = rr_dataset_share(ds);
    }
    if (d->settings.start != NULL)
        RRI_TRY(rr_network_copy(net, &d->start, err));

done:
    return st;
}

/* Hand them over to the child's session. */
static void move_to(draft *d, rr_session *child)
{
    for (int i = 0; i < 3; i++) {
        child->splits[i] = d->splits[i];
        d->splits[i] = NULL;
    }
    child->start = d->start;
    d->start = NULL;
}

/* ---- the child ------------------------------------------------------------------------------ */

/* hotfix: what it has in the place of a training, or NULL. */
static rr_status make(rr_session *parent, const char *dir, const rr_edits *edits,
                      const rr_retrain_config *cfg, const rr_run_hotfix *hotfix, rr_session **out,
                      rr_error *err)
{
    static const rr_edits nothing = { .removed = NULL };
    rr_retrain_config own = rr_retrain_config_default(parent);
    draft d = { .parent = parent, .settings = rr_run_settings_of(parent->run) };
    const size_t count = d.settings.splits[RR_SPLIT_TRAIN].count;
    rr_session_config opened = { .struct_size = sizeof(rr_session_config),
                                 .threads = parent->threads,
                                 .callbacks = parent->callbacks };
    const rr_network *net = NULL;
    const rr_dataset *train = NULL;
    rr_reservation *reserved = NULL;
    rr_run *run = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_config_take(&own, sizeof own, cfg, "rr_retrain_config", err));
    cfg = &own;
    RRI_TRY(rri_session_needs_network(parent, "retraining", NULL, err));
    RRI_TRY(rr_session_network(parent, &net, err));
    RRI_TRY(rr_session_split(parent, RR_SPLIT_TRAIN, &train, err));
    if (edits == NULL)
        edits = &nothing;
    RRI_TRY(rr_edits_compose(&d.settings.edits, count, train, edits, &d.edits, err));
    RRI_TRY(settle(&d, cfg, net, err));
    RRI_TRY(share(&d, edits, net, err));
    d.settings.hotfix = hotfix;
    RRI_TRY(rri_check_new_run(dir, d.settings.data, &d.settings.vectors, 1, err));
    RRI_TRY(rr_run_reserve(dir, &reserved, err));
    RRI_TRY(rri_run_create(dir, &d.settings, rr_run_class_weights(parent->run), &run, err));
    RRI_TRY(rri_session_new(run, &opened, out, err));
    run = NULL;
    move_to(&d, *out);
    if (hotfix == NULL)
        RRI_TRY(rr_session_train(*out, NULL, err));
    else
        rri_run_unlock((*out)->run); /* what creating it took */

done:
    rr_reservation_end(reserved);
    rr_run_free(run);
    draft_clear(&d);
    return st;
}

rr_status rr_session_child(rr_session *parent, const char *dir, const rr_edits *edits,
                           const rr_retrain_config *cfg, rr_session **out, rr_error *err)
{
    return make(parent, dir, edits, cfg, NULL, out, err);
}

rr_status rri_session_hotfixed(rr_session *parent, const char *dir, const rr_run_hotfix *hotfix,
                               const rr_run_targets *targets, rr_session **out, rr_error *err)
{
    rr_retrain_config cfg = rr_retrain_config_default(parent);

    cfg.targets = targets;
    return make(parent, dir, NULL, &cfg, hotfix, out, err);
}
