/* SPDX-License-Identifier: MIT */
/* child.c - a run that names its parent: edits of the parent's training set, and a retraining.
 *
 * run.json comes last: a run directory that names additions or a start holds them, and a call that
 * was killed before that can be given again. */
#include "workflow/workflow_internal.h"

#include "io/io.h"

#include <string.h>

rr_retrain_config rr_retrain_config_default(const rr_session *parent)
{
    return (rr_retrain_config){ .struct_size = sizeof(rr_retrain_config),
                                .start = RR_RETRAIN_CONTINUE,
                                .seed = rr_run_settings_of(parent->run).train.seed };
}

/* ---- edits ---------------------------------------------------------------------------------- */

/* Is training sequence i of the parent left out? */
static bool is_removed(const rr_child_edits *e, size_t i)
{
    return rri_find_u32(e->removed, e->count_removed, (uint32_t)i) < e->count_removed;
}

/* Does training sequence i of the parent get another label? */
static bool is_relabelled(const rr_child_edits *e, size_t i, uint32_t *label)
{
    const size_t at = rri_find_u32(e->relabelled, e->count_relabelled, (uint32_t)i);

    if (at == e->count_relabelled)
        return false;
    *label = e->labels[at];
    return true;
}

/* Lists that do not ascend could not be searched. */
static rr_status check_edits(const rr_dataset *train, const rr_child_edits *e, rr_error *err)
{
    const size_t N = rr_dataset_count(train);

    for (size_t i = 0; i < e->count_removed; i++)
        if (e->removed[i] >= N || (i > 0 && e->removed[i] <= e->removed[i - 1]))
            return rri_fail(err, RR_ERR_ARG, (int64_t)i,
                            "training sequence %u cannot be left out: the list must rise and stay "
                            "below N = %zu",
                            (unsigned)e->removed[i], N);
    for (size_t i = 0; i < e->count_relabelled; i++) {
        if (e->relabelled[i] >= N || (i > 0 && e->relabelled[i] <= e->relabelled[i - 1]))
            return rri_fail(err, RR_ERR_ARG, (int64_t)i,
                            "training sequence %u cannot get another label: the list must rise "
                            "and stay below N = %zu",
                            (unsigned)e->relabelled[i], N);
        if (e->labels[i] >= rr_dataset_classes(train))
            return rri_fail(err, RR_ERR_ARG, (int64_t)i,
                            "training sequence %u cannot get the label %u: there are %zu classes",
                            (unsigned)e->relabelled[i], (unsigned)e->labels[i],
                            rr_dataset_classes(train));
    }
    return RR_OK;
}

/* A child that is being made. Owned but for what is said. */
typedef struct draft {
    rr_session *parent;                      /* borrowed */
    const rr_dataset *train;                 /* of the parent, borrowed */
    const rr_child_edits *edits;             /* borrowed */
    rr_dataset *additions;                   /* of parent and child */
    uint32_t *removed, *relabelled, *labels; /* of parent and child, numbers of the source */
    char *spec, *vectors, *dir; /* the parent's data, vectors and directory, absolute */
    rr_run_settings settings;   /* points into the others */
    char model_hash[65];
} draft;

static void draft_clear(draft *d)
{
    rr_dataset_free(d->additions);
    rri_free(d->removed);
    rri_free(d->relabelled);
    rri_free(d->labels);
    rri_free(d->spec);
    rri_free(d->vectors);
    rri_free(d->dir);
}

/* The parent's additions, which are the sequences of its training set beyond those of the source,
 * and then the new ones. Ids alone: the file they go to holds no words. */
static rr_status join_additions(draft *d, rr_error *err)
{
    const rr_run_settings *s = &d->settings;
    const size_t first = s->splits[RR_SPLIT_TRAIN].count - s->count_removed;
    const rr_dataset *new_ones = d->edits->additions;
    rr_dataset_shape shape = rr_dataset_shape_of(d->train);
    rr_dataset_builder *b = NULL;
    rr_status st = RR_OK;

    shape.words = NULL;
    RRI_TRY(rr_dataset_builder_new(&shape, &b, err));
    for (size_t i = first; i < rr_dataset_count(d->train); i++) {
        rr_sequence seq = rr_dataset_at(d->train, i);
        if (is_removed(d->edits, i))
            continue;
        (void)is_relabelled(d->edits, i, &seq.label);
        RRI_TRY(rr_dataset_builder_add(b, seq, err));
    }
    for (size_t i = 0; new_ones != NULL && i < rr_dataset_count(new_ones); i++)
        RRI_TRY(rr_dataset_builder_add(b, rr_dataset_at(new_ones, i), err));
    RRI_TRY(rr_dataset_builder_finish(b, &d->additions, err));

done:
    rr_dataset_builder_free(b);
    return st;
}

/* The edits of parent and child together, by numbers of the source: the child's are of what the
 * parent has left. New labels win over the parent's. */
static rr_status join_edits(draft *d, rr_error *err)
{
    const rr_run_settings p = d->settings;
    const rr_child_edits *e = d->edits;
    const size_t relabelled = p.count_relabelled + e->count_relabelled;
    size_t removed = 0, changed = 0, left = 0, next = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&d->removed, p.count_removed + e->count_removed, 1, sizeof *d->removed, err));
    RRI_TRY(rri_alloc(&d->relabelled, relabelled, 1, sizeof *d->relabelled, err));
    RRI_TRY(rri_alloc(&d->labels, relabelled, 1, sizeof *d->labels, err));
    for (uint32_t i = 0; i < p.splits[RR_SPLIT_TRAIN].count; i++) {
        const bool gone = next < p.count_removed && p.removed[next] == i;
        const size_t at = rri_find_u32(p.relabelled, p.count_relabelled, i);
        uint32_t label = at < p.count_relabelled ? p.labels[at] : 0;
        if (gone || is_removed(e, left)) {
            d->removed[removed++] = i;
        } else if (is_relabelled(e, left, &label) || at < p.count_relabelled) {
            d->relabelled[changed] = i;
            d->labels[changed++] = label;
        }
        next += gone;
        left += !gone;
    }
    d->settings.removed = d->removed;
    d->settings.count_removed = removed;
    d->settings.relabelled = d->relabelled;
    d->settings.labels = d->labels;
    d->settings.count_relabelled = changed;

done:
    return st;
}

/* ---- settings ------------------------------------------------------------------------------- */

/* Going on with the first training's steps would change the network far from the targets too: on
 * MNIST a tenth of them fixes more and breaks a quarter as much (docs/RESULTS.md). */
static rr_status plan_training(const rr_run *parent, const rr_retrain_config *cfg,
                               rr_train_config *train, rr_error *err)
{
    const bool from_scratch = cfg->start == RR_RETRAIN_SCRATCH;
    int continued = 0;
    const rr_status st = rr_run_continues(parent, &continued, err);

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
        train->learning_rate *= 0.1;
    return RR_OK;
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
    s->additions_hash = rr_dataset_count(d->additions) > 0 ? rr_dataset_hash(d->additions) : NULL;
    s->checkpoints = 0; /* checkpoints are the parent's own */
    RRI_TRY(plan_training(p->run, cfg, &s->train, err));
    s->train.seed = s->network.seed = cfg->seed;

done:
    return st;
}

/* ---- the directory -------------------------------------------------------------------------- */

/* What run.json is about to name. A start that a killed call left is taken away where the new run
 * has none: training would begin with it. */
static rr_status save_beside(const draft *d, const char *dir, const rr_network *start,
                             rr_error *err)
{
    char *path = NULL, *weights = NULL;
    rr_status st = RR_OK;

    if (rr_dataset_count(d->additions) > 0) {
        RRI_TRY(rri_path_join(dir, RR_RUN_ADDITIONS, &path, err));
        RRI_TRY(rr_dataset_save(d->additions, path, err));
    }
    RRI_TRY(rri_path_join(dir, RR_RUN_START, &weights, err));
    st = start != NULL ? rr_network_save(start, weights, err) : rri_remove_file(weights, err);

done:
    rri_free(weights);
    rri_free(path);
    return st;
}

rr_status rr_session_child(rr_session *parent, const char *dir, const rr_child_edits *edits,
                           const rr_retrain_config *cfg, rr_session **out, rr_error *err)
{
    static const rr_child_edits nothing = { .removed = NULL };
    rr_retrain_config own = rr_retrain_config_default(parent);
    draft d = { .parent = parent, .edits = edits != NULL ? edits : &nothing };
    rr_session_config opened = { .struct_size = sizeof(rr_session_config),
                                 .threads = parent->threads,
                                 .callbacks = parent->callbacks };
    const rr_network *net = NULL;
    rr_reservation *reserved = NULL;
    rr_run *run = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_config_take(&own, sizeof own, cfg, "rr_retrain_config", err));
    cfg = &own;
    d.settings = rr_run_settings_of(parent->run);
    RRI_TRY(rr_session_network(parent, &net, err));
    RRI_TRY(rr_session_split(parent, RR_SPLIT_TRAIN, &d.train, err));
    RRI_TRY(check_edits(d.train, d.edits, err));
    RRI_TRY(join_additions(&d, err));
    RRI_TRY(join_edits(&d, err));
    RRI_TRY(settle(&d, cfg, net, err));
    RRI_TRY(rr_run_reserve(dir, &reserved, err));
    RRI_TRY(save_beside(&d, dir, cfg->start == RR_RETRAIN_CONTINUE ? net : NULL, err));
    RRI_TRY(rr_run_create(dir, &d.settings, &run, err));
    RRI_TRY(rri_session_new(run, &opened, out, err));
    run = NULL;
    RRI_TRY(rr_session_train(*out, NULL, err));

done:
    rr_reservation_end(reserved);
    rr_run_free(run);
    draft_clear(&d);
    return st;
}
