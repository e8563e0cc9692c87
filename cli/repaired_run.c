/* SPDX-License-Identifier: MIT */
/* repaired_run.c - the run directory a repair makes. See repairing.h.
 *
 * The folder is made before the long search for samples, so that a place that cannot be written is
 * told at once. run.json comes last: a run directory that names additions or a start holds them,
 * and a repair that was killed before that can be given again. */
#include "repairing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- the run -------------------------------------------------------------------------------- */

/* The place of i in a rising list; n where it is not in it. */
static size_t place_of(const uint32_t *list, size_t n, size_t i)
{
    size_t low = 0;
    for (size_t high = n; low < high;) {
        const size_t middle = low + (high - low) / 2;
        if (list[middle] < i)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n && list[low] == i ? low : n;
}

/* Is training sequence i of the parent to be left out? */
static int is_removed(const cli_retraining *how, size_t i)
{
    return place_of(how->removed, how->count_removed, i) < how->count_removed;
}

/* Does training sequence i of the parent get another label? */
static int is_relabelled(const cli_retraining *how, size_t i, uint32_t *label)
{
    const size_t at = place_of(how->relabelled, how->count_relabelled, i);
    if (at == how->count_relabelled)
        return 0;
    *label = how->labels[at];
    return 1;
}

/* Lists that do not rise could not be searched. */
static rr_status check_lists(const cli_patient *p, const cli_retraining *how, rr_error *err)
{
    const size_t N = rr_dataset_count(p->train);
    for (size_t i = 0; i < how->count_removed; i++)
        if (how->removed[i] >= N || (i > 0 && how->removed[i] <= how->removed[i - 1]))
            return rri_fail(err, RR_ERR_ARG, -1,
                            "training sequence %u cannot be left out: the list must rise and stay "
                            "below N = %zu",
                            (unsigned)how->removed[i], N);
    for (size_t i = 0; i < how->count_relabelled; i++) {
        if (how->relabelled[i] >= N || (i > 0 && how->relabelled[i] <= how->relabelled[i - 1]))
            return rri_fail(err, RR_ERR_ARG, -1,
                            "training sequence %u cannot get another label: the list must rise "
                            "and stay below N = %zu",
                            (unsigned)how->relabelled[i], N);
        if (how->labels[i] >= rr_dataset_classes(p->train))
            return rri_fail(err, RR_ERR_ARG, -1,
                            "training sequence %u cannot get the label %u: there are %zu classes",
                            (unsigned)how->relabelled[i], (unsigned)how->labels[i],
                            rr_dataset_classes(p->train));
    }
    return RR_OK;
}

/* The parent's additions, which are the sequences of its training set beyond those of the source,
 * and then the new ones. Ids alone: the file they go to holds no words, and is checked by the hash
 * of what is in it. */
static rr_status all_additions(const cli_patient *p, const cli_retraining *how,
                               const rr_dataset *additions, rr_dataset **out, rr_error *err)
{
    const rr_run_settings s = rr_run_settings_of(p->run);
    const size_t first = s.splits[RR_SPLIT_TRAIN].count - s.count_removed;
    const size_t count = additions != NULL ? rr_dataset_count(additions) : 0;
    rr_dataset_shape shape = rr_dataset_shape_of(p->train);
    rr_dataset_builder *b = NULL;
    rr_status st = RR_OK;

    shape.words = NULL;
    RRI_TRY(rr_dataset_builder_new(&shape, &b, err));
    for (size_t i = first; i < rr_dataset_count(p->train); i++) {
        rr_sequence seq = rr_dataset_at(p->train, i);
        if (is_removed(how, i))
            continue;
        (void)is_relabelled(how, i, &seq.label);
        RRI_TRY(rr_dataset_builder_add(b, seq, err));
    }
    for (size_t i = 0; i < count; i++)
        RRI_TRY(rr_dataset_builder_add(b, rr_dataset_at(additions, i), err));
    RRI_TRY(rr_dataset_builder_finish(b, out, err));

done:
    rr_dataset_builder_free(b);
    return st;
}

/* What the new run changes of the source, by the source's numbers. All owned. */
typedef struct changes {
    uint32_t *removed, *relabelled, *labels;
    size_t count_removed, count_relabelled;
} changes;

static void clear_changes(changes *c)
{
    rri_free(c->removed);
    rri_free(c->relabelled);
    rri_free(c->labels);
}

/* Sequence i of the source, which is number `left` of the parent's training set. New labels win
 * over the parent's. */
static void take_up(const rr_run_settings *parent, const cli_retraining *how, size_t i, size_t left,
                    changes *c)
{
    const size_t at = place_of(parent->relabelled, parent->count_relabelled, i);
    uint32_t label = at < parent->count_relabelled ? parent->labels[at] : 0;
    if (is_removed(how, left)) {
        c->removed[c->count_removed++] = (uint32_t)i;
    } else if (is_relabelled(how, left, &label) || at < parent->count_relabelled) {
        c->relabelled[c->count_relabelled] = (uint32_t)i;
        c->labels[c->count_relabelled++] = label;
    }
}

/* Merge what the parent changes with what is changed now, whose numbers are of what the parent has
 * left. */
static rr_status all_changes(const cli_patient *p, const cli_retraining *how, changes *c,
                             rr_error *err)
{
    const rr_run_settings s = rr_run_settings_of(p->run);
    const size_t relabelled = s.count_relabelled + how->count_relabelled + 1;
    size_t next = 0, left = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&c->removed, s.count_removed + how->count_removed + 1, 1, sizeof *c->removed,
                      err));
    RRI_TRY(rri_alloc(&c->relabelled, relabelled, 1, sizeof *c->relabelled, err));
    RRI_TRY(rri_alloc(&c->labels, relabelled, 1, sizeof *c->labels, err));
    for (size_t i = 0; i < s.splits[RR_SPLIT_TRAIN].count; i++)
        if (next < s.count_removed && s.removed[next] == i) {
            c->removed[c->count_removed++] = (uint32_t)i;
            next++;
        } else {
            take_up(&s, how, i, left++, c);
        }

done:
    return st;
}

static rr_status remove_file(const char *path, rr_error *err)
{
    if (unlink(path) != 0 && errno != ENOENT)
        return rri_fail(err, RR_ERR_IO, -1, "%s: cannot be removed: %s", path, strerror(errno));
    return RR_OK;
}

/* What run.json is about to name. A start that a killed repair left is taken away where the new run
 * has none: training would begin with it. */
static rr_status save_beside(const char *dir, const rr_dataset *additions, const rr_network *start,
                             rr_error *err)
{
    char *path = NULL, *weights = NULL;
    rr_status st = RR_OK;
    if (rr_dataset_count(additions) > 0) {
        RRI_TRY(rri_format(&path, err, "%s/%s", dir, RR_RUN_ADDITIONS));
        RRI_TRY(rr_dataset_save(additions, path, err));
    }
    RRI_TRY(rri_format(&weights, err, "%s/%s", dir, RR_RUN_START));
    st = start != NULL ? rr_network_save(start, weights, err) : remove_file(weights, err);

done:
    rri_free(weights);
    rri_free(path);
    return st;
}

/* Going on with the first training's steps would change the network far from the targets too: on
 * MNIST a tenth of them fixes more and breaks a quarter as much (docs/RESULTS.md). */
static rr_status plan_training(const rr_run *parent, const cli_retraining *how,
                               rr_train_config *train, rr_error *err)
{
    const int from_scratch = how->start == RR_RETRAIN_SCRATCH;
    int child = 0;
    const rr_status st = rr_run_continues(parent, &child, err);
    if (st != RR_OK)
        return st;
    if (from_scratch && child && !(how->epochs > 0 && how->learning_rate > 0.0))
        return rri_fail(err, RR_ERR_ARG, -1,
                        "--retrain scratch: %s went on from another run's weights, and its few "
                        "epochs with small steps would not train fresh ones: give --epochs and "
                        "--learning-rate",
                        rr_run_dir(parent));
    if (how->epochs > 0)
        train->epochs = how->epochs;
    else if (!from_scratch)
        train->epochs = 2;
    if (how->learning_rate > 0.0)
        train->learning_rate = how->learning_rate;
    else if (!from_scratch && !child)
        train->learning_rate *= 0.1;
    return RR_OK;
}

rr_status cli_make_child(const cli_patient *p, const cli_retraining *how,
                         const rr_dataset *additions, rr_run **out, rr_error *err)
{
    rr_run_settings s = rr_run_settings_of(p->run);
    rr_dataset *all = NULL;
    changes c = { .removed = NULL };
    char *spec = NULL, *parent = NULL, *vectors = NULL;
    char hash[65];
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(check_lists(p, how, err));
    RRI_TRY(all_additions(p, how, additions, &all, err));
    RRI_TRY(all_changes(p, how, &c, err));
    s.removed = c.removed;
    s.count_removed = c.count_removed;
    s.relabelled = c.relabelled;
    s.labels = c.labels;
    s.count_relabelled = c.count_relabelled;
    s.checkpoints = 0;
    RRI_TRY(rr_network_hash(p->net, hash, err));
    if (how->data != NULL) {
        RRI_TRY(rr_dataset_spec_resolve(how->data, &spec, err));
        s.data = spec;
    }
    if (how->vectors != NULL && s.vectors != NULL) {
        RRI_TRY(cli_absolute(how->vectors, &vectors, err));
        s.vectors = vectors;
    }
    RRI_TRY(cli_absolute(rr_run_dir(p->run), &parent, err));
    s.parent = parent;
    s.parent_model = hash;
    s.additions_hash = rr_dataset_count(all) > 0 ? rr_dataset_hash(all) : NULL;
    RRI_TRY(plan_training(p->run, how, &s.train, err));
    s.train.seed = how->seed;
    s.network.seed = how->seed;
    RRI_TRY(save_beside(how->dir, all, how->start == RR_RETRAIN_CONTINUE ? p->net : NULL, err));
    RRI_TRY(rr_run_create(how->dir, &s, out, err));

done:
    rri_free(vectors);
    clear_changes(&c);
    rri_free(parent);
    rr_string_free(spec);
    rr_dataset_free(all);
    return st;
}
