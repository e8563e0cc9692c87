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
#include <sys/stat.h>
#include <unistd.h>

/* ---- the place ------------------------------------------------------------------------------ */

/* Make every folder above path. Those that cannot be made show when path itself is. */
static void make_parents(char *path)
{
    for (char *p = path + 1; *p != '\0'; p++)
        if (*p == '/') {
            *p = '\0';
            (void)mkdir(path, 0777);
            *p = '/';
        }
}

rr_status cli_reserve_run(const char *dir, int *made, rr_error *err)
{
    struct stat info;
    char *path = NULL;
    rr_status st = RR_OK;

    *made = 0;
    if (dir[0] == '\0')
        CLI_TRY(cli_error(err, RR_ERR_ARG, "-o: an empty name"));
    CLI_TRY(cli_format(&path, err, "%s/run.json", dir));
    if (stat(path, &info) == 0)
        CLI_TRY(cli_error(err, RR_ERR_ARG, "%s: already holds a run; name a new directory", dir));
    path[strlen(dir)] = '\0';
    make_parents(path);
    *made = mkdir(dir, 0777) == 0;
    if (!*made && errno != EEXIST)
        CLI_TRY(cli_error(err, RR_ERR_IO, "%s: cannot be made: %s", dir, strerror(errno)));
    if (stat(dir, &info) != 0 || !S_ISDIR(info.st_mode))
        CLI_TRY(cli_error(err, RR_ERR_IO, "%s: exists and is no folder", dir));
    if (access(dir, W_OK | X_OK) != 0)
        CLI_TRY(cli_error(err, RR_ERR_IO, "%s: cannot be written: %s", dir, strerror(errno)));

done:
    free(path);
    return st;
}

/* ---- the run -------------------------------------------------------------------------------- */

/* Is training sequence i of the parent to be left out? */
static int is_removed(const cli_retraining *how, size_t i)
{
    size_t low = 0;
    for (size_t high = how->count_removed; low < high;) {
        const size_t middle = low + (high - low) / 2;
        if (how->removed[middle] < i)
            low = middle + 1;
        else
            high = middle;
    }
    return low < how->count_removed && how->removed[low] == i;
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
    CLI_TRY(rr_dataset_builder_new(&shape, &b, err));
    for (size_t i = first; i < rr_dataset_count(p->train); i++)
        if (!is_removed(how, i))
            CLI_TRY(rr_dataset_builder_add(b, rr_dataset_at(p->train, i), err));
    for (size_t i = 0; i < count; i++)
        CLI_TRY(rr_dataset_builder_add(b, rr_dataset_at(additions, i), err));
    CLI_TRY(rr_dataset_builder_finish(b, out, err));

done:
    rr_dataset_builder_free(b);
    return st;
}

/* Numbers of the source that the new run leaves out: those its parent does, and those that are
 * removed now, whose numbers are of what the parent has left. */
static rr_status all_removed(const cli_patient *p, const cli_retraining *how, uint32_t **out,
                             size_t *count, rr_error *err)
{
    const rr_run_settings s = rr_run_settings_of(p->run);
    size_t next = 0, left = 0;
    *count = 0;
    const rr_status st =
        cli_alloc(out, s.count_removed + how->count_removed + 1, sizeof **out, err);
    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < s.splits[RR_SPLIT_TRAIN].count; i++) {
        if (next < s.count_removed && s.removed[next] == i) {
            (*out)[(*count)++] = (uint32_t)i;
            next++;
        } else if (is_removed(how, left++)) {
            (*out)[(*count)++] = (uint32_t)i;
        }
    }
    return RR_OK;
}

static rr_status remove_file(const char *path, rr_error *err)
{
    if (unlink(path) != 0 && errno != ENOENT)
        return cli_error(err, RR_ERR_IO, "%s: cannot be removed: %s", path, strerror(errno));
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
        CLI_TRY(cli_format(&path, err, "%s/%s", dir, RR_RUN_ADDITIONS));
        CLI_TRY(rr_dataset_save(additions, path, err));
    }
    CLI_TRY(cli_format(&weights, err, "%s/%s", dir, RR_RUN_START));
    st = start != NULL ? rr_network_save(start, weights, err) : remove_file(weights, err);

done:
    free(weights);
    free(path);
    return st;
}

/* Going on with the first training's steps would change the network far from the targets too: on
 * MNIST a tenth of them fixes more and breaks a quarter as much (docs/RESULTS.md). */
static rr_status plan_training(const rr_run *parent, const cli_retraining *how,
                               rr_train_config *train, rr_error *err)
{
    const int from_scratch = how->start == CLI_RETRAIN_SCRATCH;
    const int child = cli_run_has(parent, RR_RUN_START);
    if (child < 0)
        return cli_error(err, RR_ERR_NOMEM, "out of memory");
    if (from_scratch && child && !(how->epochs > 0 && how->learning_rate > 0.0))
        return cli_error(err, RR_ERR_ARG,
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
    uint32_t *removed = NULL;
    char *spec = NULL, *parent = NULL, *vectors = NULL;
    char hash[65];
    rr_status st = RR_OK;

    *out = NULL;
    CLI_TRY(all_additions(p, how, additions, &all, err));
    CLI_TRY(all_removed(p, how, &removed, &s.count_removed, err));
    s.removed = removed;
    CLI_TRY(rr_network_hash(p->net, hash, err));
    if (how->data != NULL) {
        CLI_TRY(rr_dataset_spec_resolve(how->data, &spec, err));
        s.data = spec;
    }
    if (how->vectors != NULL && s.vectors != NULL) {
        CLI_TRY(cli_absolute(how->vectors, &vectors, err));
        s.vectors = vectors;
    }
    CLI_TRY(cli_absolute(rr_run_dir(p->run), &parent, err));
    s.parent = parent;
    s.parent_model = hash;
    s.additions_hash = rr_dataset_count(all) > 0 ? rr_dataset_hash(all) : NULL;
    CLI_TRY(plan_training(p->run, how, &s.train, err));
    s.train.seed = how->seed;
    s.network.seed = how->seed;
    CLI_TRY(save_beside(how->dir, all, how->start == CLI_RETRAIN_CONTINUE ? p->net : NULL, err));
    CLI_TRY(rr_run_create(how->dir, &s, out, err));

done:
    free(vectors);
    free(removed);
    free(parent);
    rr_string_free(spec);
    rr_dataset_free(all);
    return st;
}
