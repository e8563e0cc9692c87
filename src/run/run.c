/* SPDX-License-Identifier: MIT */
/* run.c - opening, recording and loading from a run directory.
 *
 * Order of writing after an epoch: model, run.json, the checkpoint if enabled, the trainer's state.
 * Each is atomic. The state is last: after an interruption in between, resuming repeats the epoch,
 * with the same bits, and records it again. So every epoch of the state has its checkpoint. */
#include "run/directory.h"

#include "io/io.h"
#include "io/json.h"
#include "network/network_internal.h"
#include "run/run_internal.h"

#include <stdio.h>
#include <string.h>

/* ---- open and close ------------------------------------------------------------------------- */

static rr_status copy_text(const char *from, char **to, rr_error *err)
{
    *to = NULL;
    return from == NULL ? RR_OK : rri_strdup(from, to, err);
}

static rr_status copy_names(const char *const *from, size_t n, char ***to, rr_error *err)
{
    rr_status st = RR_OK;

    *to = NULL;
    if (from == NULL)
        return RR_OK;
    RRI_TRY(rri_alloc(to, n, 1, sizeof **to, err));
    for (size_t i = 0; i < n; i++)
        RRI_TRY(rri_strdup(from[i], &(*to)[i], err));

done:
    return st;
}

static rr_status copy_held(const rr_guard *guard, uint32_t **to, rr_error *err)
{
    rr_status st = RR_OK;

    if (guard->count_held == 0)
        return RR_OK;
    RRI_TRY(rri_alloc(to, guard->count_held, 1, sizeof **to, err));
    memcpy(*to, guard->held, guard->count_held * sizeof **to);

done:
    return st;
}

rr_status rri_run_copy_settings(rr_run *run, const rr_run_settings *settings, rr_error *err)
{
    rr_status st = RR_OK;

    run->settings = *settings;
    run->settings.train.threads = 0;
    RRI_TRY(copy_text(settings->data, &run->data, err));
    RRI_TRY(copy_text(settings->parent, &run->parent, err));
    RRI_TRY(copy_text(settings->parent_model, &run->parent_model, err));
    RRI_TRY(copy_text(settings->additions_hash, &run->additions_hash, err));
    RRI_TRY(copy_text(settings->weights_hash, &run->weights_hash, err));
    RRI_TRY(copy_text(settings->certificate_hash, &run->certificate_hash, err));
    RRI_TRY(copy_text(settings->vectors, &run->vectors, err));
    RRI_TRY(copy_text(settings->vectors_hash, &run->vectors_hash, err));
    if (settings->states != NULL)
        run->origin = *settings->states;
    RRI_TRY(rri_scaler_copy(settings->scaling, &run->scaler, err));
    RRI_TRY(copy_held(&settings->guard, &run->held, err));
    RRI_TRY(rri_run_copy_targets(&settings->targets, &run->targets, err));
    RRI_TRY(copy_names(settings->class_names, settings->network.classes, &run->class_names, err));
    if (run->vocabulary == NULL)
        run->vocabulary = rri_vocabulary_share(settings->vocabulary);
    if (run->edits == NULL)
        RRI_TRY(rr_edits_copy(&settings->edits, &run->edits, err));

done:
    run->settings.data = run->data;
    run->settings.parent = run->parent;
    run->settings.parent_model = run->parent_model;
    run->settings.additions_hash = run->additions_hash;
    run->settings.weights_hash = run->weights_hash;
    run->settings.certificate_hash = run->certificate_hash;
    run->settings.vectors = run->vectors;
    run->settings.vectors_hash = run->vectors_hash;
    run->settings.scaling = run->scaler.now.kind != RR_SCALE_NONE ? &run->scaler.now : NULL;
    run->settings.states = settings->states != NULL ? &run->origin : NULL;
    run->settings.class_names = (const char *const *)run->class_names;
    run->settings.vocabulary = run->vocabulary;
    if (run->edits != NULL)
        run->settings.edits = *run->edits;
    run->settings.guard.held = run->held;
    run->settings.targets.list = run->targets;
    run->settings.start = NULL;
    run->settings.hotfix = NULL;
    run->settings.source = NULL;
    return st;
}

/* run.json is UTF-8. */
static rr_status check_guard(const rr_run_settings *s, rr_error *err)
{
    const rr_guard *g = &s->guard;

    if (!g->on)
        return RR_OK;
    if (s->parent == NULL || (g->points > 0 && s->start == NULL))
        return rri_fail(err, RR_ERR_ARG, -1,
                        "a guard compares with the weights a run with a parent begins with");
    if (g->split != RR_SPLIT_TRAIN && (g->split != RR_SPLIT_DEV || g->count_held > 0))
        return rri_fail(err, RR_ERR_ARG, -1,
                        "a guard is dev, or sequences of train that are held back, not %s",
                        g->split == RR_SPLIT_TEST ? "test" : "others");
    for (size_t i = 1; i < g->count_held; i++)
        if (g->held[i] <= g->held[i - 1])
            return rri_fail(err, RR_ERR_ARG, (int64_t)i,
                            "sequence %u is held back after %u: expected ascending numbers",
                            (unsigned)g->held[i], (unsigned)g->held[i - 1]);
    return RR_OK;
}

static rr_status check_settings(const rr_run_settings *s, rr_error *err)
{
    const rr_status guard = check_guard(s, err);

    if (guard != RR_OK)
        return guard;
    if (s->states != NULL && s->splits[RR_SPLIT_TRAIN].files_hash[0] == '\0')
        return rri_fail(err, RR_ERR_ARG, -1, "a run on states needs the hash of their file");
    if (s->keep == RR_KEEP_BEST && s->splits[RR_SPLIT_DEV].count == 0)
        return rri_fail(
            err, RR_ERR_ARG, -1,
            "the best epoch cannot be chosen: the data have no dev split, and a test split "
            "that chooses it is no test any more. Keep the last epoch, or set a part of train "
            "aside: most kinds of data without splits take dev=0.1 beside holdout=0.2");
    if (!rri_is_utf8(s->data))
        return rri_fail(err, RR_ERR_ARG, -1, "the path of the data is not valid UTF-8: %s",
                        s->data);
    if (s->parent != NULL && !rri_is_utf8(s->parent))
        return rri_fail(err, RR_ERR_ARG, -1, "the parent run's path is not valid UTF-8: %s",
                        s->parent);
    if (s->vectors != NULL && !rri_is_utf8(s->vectors))
        return rri_fail(err, RR_ERR_ARG, -1, "the path of the word vectors is not valid UTF-8: %s",
                        s->vectors);
    for (size_t c = 0; s->class_names != NULL && c < s->network.classes; c++)
        if (!rri_is_utf8(s->class_names[c]))
            return rri_fail(err, RR_ERR_ARG, (int64_t)c,
                            "the name of class %zu is not valid UTF-8: %s", c, s->class_names[c]);
    if (s->additions_hash != NULL && s->edits.additions == NULL)
        return rri_fail(err, RR_ERR_ARG, -1, "additions are named, but not given");
    if (s->edits.additions != NULL && rr_dataset_words(s->edits.additions) != NULL)
        return rri_fail(err, RR_ERR_ARG, -1, "additions have words, which %s cannot hold",
                        RR_RUN_ADDITIONS);
    if (s->start != NULL && s->parent == NULL)
        return rri_fail(err, RR_ERR_ARG, -1, "a start belongs to a run with a parent");
    if (s->hotfix != NULL && s->start == NULL)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "a repaired output layer belongs to a run with a start");
    return rr_edits_check(&s->edits, s->splits[RR_SPLIT_TRAIN].count, s->network.classes, err);
}

/* An empty run. On failure *out is to be freed as well. */
static rr_status new_run(const char *dir, rr_run **out, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(out, 1, 1, sizeof **out, err));
    RRI_TRY(rri_strdup(dir, &(*out)->dir, err));
    RRI_TRY(rri_alloc(&(*out)->loaded, 1, 1, sizeof *(*out)->loaded, err));
    RRI_TRY(rri_alloc(&(*out)->hold, 1, 1, sizeof *(*out)->hold, err));

done:
    return st;
}

/* Write the files run.json will name. A start that a killed call left is removed if the new run
 * has none: training would begin with it. */
static rr_status save_files(const rr_run *run, const rr_network *start, rr_error *err)
{
    char *additions = NULL;
    char *weights = NULL;
    char *words = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_run_path(run, RR_RUN_ADDITIONS, &additions, err));
    RRI_TRY(rr_run_path(run, RR_RUN_START, &weights, err));
    RRI_TRY(rr_run_path(run, RR_RUN_VOCABULARY, &words, err));
    if (run->additions_hash != NULL)
        RRI_TRY(rr_dataset_save(run->edits->additions, additions, err));
    if (run->weights_hash != NULL)
        RRI_TRY(rri_run_save_weights(run, err));
    if (start != NULL)
        RRI_TRY(rr_network_save(start, weights, err));
    else if (run->parent != NULL)
        RRI_TRY(rri_remove_file(weights, err));
    if (run->vocabulary != NULL)
        RRI_TRY(rri_vocabulary_save(run->vocabulary, words, err));

done:
    rri_free(additions);
    rri_free(weights);
    rri_free(words);
    return st;
}

/* ARG: the directory holds a run already; IO: which another process is writing. */
static rr_status refuse_run(const rr_run *run, rr_error *err)
{
    char *path = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_lock_check(run->dir, err));
    RRI_TRY(rr_run_path(run, "run.json", &path, err));
    if (rri_file_exists(path))
        st = rri_fail(err, RR_ERR_ARG, -1,
                      "%s already holds a run: name another folder, or remove it first", run->dir);

done:
    rri_free(path);
    return st;
}

rr_status rr_run_create(const char *dir, const rr_run_settings *settings, rr_run **out,
                        rr_error *err)
{
    return rri_run_create(dir, settings, NULL, out, err);
}

rr_status rri_run_create(const char *dir, const rr_run_settings *settings,
                         const float *class_weights, rr_run **out, rr_error *err)
{
    const rr_dataset *additions = settings->edits.additions;
    rr_run_settings s = *settings;
    char weights[65], certificate[65];
    rr_run *run = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(check_settings(settings, err));
    if (additions != NULL && rr_dataset_count(additions) == 0)
        s.edits.additions = NULL;
    s.additions_hash = s.edits.additions != NULL ? rr_dataset_hash(additions) : NULL;
    s.weights_hash = NULL;
    if (s.edits.weights != NULL) {
        RRI_TRY(rri_run_hash_weights(&s.edits, weights, err));
        s.weights_hash = weights;
    }
    s.certificate_hash = NULL;
    if (s.hotfix != NULL) {
        RRI_TRY(rri_run_hash_hotfix(s.hotfix, certificate, err));
        s.certificate_hash = certificate;
    }
    RRI_TRY(new_run(dir, &run, err));
    RRI_TRY(rri_run_copy_settings(run, &s, err));
    RRI_TRY(rri_run_set_class_weights(run, class_weights, err));
    if (s.source != NULL && strcmp(rr_source_spec(s.source), s.data) == 0)
        run->loaded->source = rr_source_share(s.source);
    RRI_TRY(refuse_run(run, err));
    RRI_TRY(rri_make_folders(dir, &run->hold->created, err));
    RRI_TRY(rri_run_lock(run, err));
    RRI_TRY(refuse_run(run, err)); /* another process may have been faster */
    RRI_TRY(save_files(run, s.start, err));
    if (s.hotfix != NULL)
        RRI_TRY(rri_run_save_hotfix(run, s.hotfix, err));
    RRI_TRY(rri_run_write(run, err));
    *out = run;
    run = NULL;

done:
    rr_run_free(run);
    return st;
}

rr_status rr_run_open(const char *dir, rr_run **out, rr_error *err)
{
    rr_run *run = NULL;
    char *path = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(new_run(dir, &run, err));
    RRI_TRY(rr_run_path(run, "run.json", &path, err));
    if (rri_file_missing(path)) /* of others, reading says why they cannot be read */
        RRI_TRY(
            rri_fail(err, RR_ERR_IO, -1, "%s is no run directory: %s does not exist", dir, path));
    RRI_TRY(rri_run_read(run, err));
    *out = run;
    run = NULL;

done:
    rri_free(path);
    rr_run_free(run);
    return st;
}

void rr_run_free(rr_run *run)
{
    if (run == NULL)
        return;
    if (run->hold != NULL)
        rri_lock_release(run->hold->lock);
    rri_free(run->hold);
    rri_free(run->dir);
    rri_free(run->data);
    rri_free(run->parent);
    rri_free(run->parent_model);
    rri_free(run->additions_hash);
    rri_free(run->weights_hash);
    rri_free(run->class_weights);
    rri_free(run->certificate_hash);
    rri_free(run->vectors);
    rri_free(run->vectors_hash);
    rri_scaler_clear(&run->scaler);
    for (size_t i = 0; run->class_names != NULL && i < run->settings.network.classes; i++)
        rri_free(run->class_names[i]);
    rri_free(run->class_names);
    rri_vocabulary_free(run->vocabulary);
    rr_edits_free(run->edits);
    rri_free(run->held);
    rri_free(run->targets);
    rri_free(run->history);
    rri_run_close_data(run->loaded);
    rri_free(run);
}

/* ---- queries -------------------------------------------------------------------------------- */

const char *rr_run_dir(const rr_run *run)
{
    return run->dir;
}

rr_run_settings rr_run_settings_of(const rr_run *run)
{
    rr_run_settings s = run->settings;

    s.source = run->loaded->source;
    return s;
}

const rr_run_epoch *rr_run_history(const rr_run *run, size_t *epochs)
{
    *epochs = run->epochs;
    return run->history;
}

size_t rr_run_model_epoch(const rr_run *run)
{
    return run->model_epoch;
}

int rr_run_has_model(const rr_run *run)
{
    return run->model_epoch > 0 || run->certificate_hash != NULL;
}

rr_guarded rr_run_guarded(const rr_run *run)
{
    return run->guarded;
}

void rri_run_set_guarded(rr_run *run, const rr_guarded *seen)
{
    run->guarded = *seen;
}

rr_status rr_run_path(const rr_run *run, const char *name, char **out, rr_error *err)
{
    return rri_path_join(run->dir, name, out, err);
}

rr_status rr_run_extend(rr_run *run, size_t epochs, rr_error *err)
{
    if (epochs < run->epochs || epochs == 0)
        return rri_fail(err, RR_ERR_ARG, -1, "%zu epochs requested, %zu are done already", epochs,
                        run->epochs);
    run->settings.train.epochs = epochs;
    return RR_OK;
}

/* ---- recording ------------------------------------------------------------------------------ */

/* The accuracy `keep best` compares. Runs made before it was refused without a dev split go on by
 * test. */
static double compared_accuracy(const rr_run_epoch *e)
{
    return e->dev_accuracy >= 0.0 ? e->dev_accuracy : e->test_accuracy;
}

static bool is_kept(const rr_run *run, const rr_run_epoch *epoch)
{
    if (run->settings.keep == RR_KEEP_LAST || run->settings.guard.on)
        return true;
    for (size_t i = 0; i < run->epochs; i++)
        if (compared_accuracy(&run->history[i]) >= compared_accuracy(epoch))
            return false;
    return true;
}

/* Append, or replace the epoch of the same number and drop what follows it. */
static rr_status append(rr_run *run, const rr_run_epoch *epoch, rr_error *err)
{
    if (epoch->epoch == 0 || epoch->epoch > run->epochs + 1)
        return rri_fail(err, RR_ERR_ARG, -1, "epoch %zu cannot follow epoch %zu", epoch->epoch,
                        run->epochs);
    const rr_status st =
        rri_grow(&run->history, run->epochs, epoch->epoch, sizeof *run->history, err);
    if (st != RR_OK)
        return st;
    run->epochs = epoch->epoch;
    run->history[run->epochs - 1] = *epoch;
    return RR_OK;
}

rr_status rr_run_record(rr_run *run, const rr_run_epoch *epoch, const rr_network *net,
                        const rr_trainer *trainer, rr_error *err)
{
    char *model = NULL;
    char *state = NULL;
    rr_status st = rri_run_lock(run, err);

    if (st != RR_OK)
        return st;
    if (epoch->epoch >= 1 && epoch->epoch <= run->epochs)
        run->epochs = epoch->epoch - 1; /* recorded again after an interruption */
    const bool kept = is_kept(run, epoch);
    RRI_TRY(append(run, epoch, err));
    RRI_TRY(rr_run_path(run, RR_RUN_MODEL, &model, err));
    RRI_TRY(rr_run_path(run, RR_RUN_TRAINER, &state, err));
    if (kept) {
        RRI_TRY(rr_network_save(net, model, err));
        run->model_epoch = epoch->epoch;
    }
    RRI_TRY(rri_run_write(run, err));
    if (run->settings.checkpoints)
        RRI_TRY(rr_run_checkpoint(run, trainer, err));
    RRI_TRY(rr_trainer_save(trainer, state, err));

done:
    rri_run_unlock(run);
    rri_free(model);
    rri_free(state);
    return st;
}

rr_status rr_run_resume(const rr_run *run, rr_trainer *trainer, rr_error *err)
{
    char *state = NULL;
    rr_status st = RR_OK;

    if (run->epochs == 0)
        return RR_OK;
    RRI_TRY(rr_run_path(run, RR_RUN_TRAINER, &state, err));
    if (run->epochs > 1 || rri_file_exists(state)) /* else the first epoch is repeated */
        RRI_TRY(rr_trainer_restore(trainer, state, err));

done:
    rri_free(state);
    return st;
}

/* ---- checkpoints ---------------------------------------------------------------------------- */

static const char checkpoint_folder[] = "checkpoints";

static rr_status checkpoint_path(const rr_run *run, size_t epoch, char **out, rr_error *err)
{
    return rri_format(out, err, "%s/%s/epoch-%04zu.safetensors", run->dir, checkpoint_folder,
                      epoch);
}

rr_status rr_run_checkpoint(const rr_run *run, const rr_trainer *trainer, rr_error *err)
{
    char *folder = NULL;
    char *path = NULL;
    rr_status st = rri_run_lock(run, err);

    if (st != RR_OK)
        return st;
    RRI_TRY(rr_run_path(run, checkpoint_folder, &folder, err));
    RRI_TRY(rri_make_folder(folder, err));
    RRI_TRY(checkpoint_path(run, rr_trainer_epoch(trainer), &path, err));
    RRI_TRY(rr_trainer_save(trainer, path, err));

done:
    rri_run_unlock(run);
    rri_free(path);
    rri_free(folder);
    return st;
}

rr_status rr_run_checkpoint_path(const rr_run *run, size_t epoch, char **out, rr_error *err)
{
    char *path = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(checkpoint_path(run, epoch, &path, err));
    if (!rri_file_exists(path))
        RRI_TRY(rri_fail(err, RR_ERR_IO, -1,
                         "%s does not exist: the state of epoch %zu was not kept; train with "
                         "checkpoints (rnnrepair train --checkpoints)",
                         path, epoch));
    *out = path;
    path = NULL;

done:
    rri_free(path);
    return st;
}

/* ---- loading -------------------------------------------------------------------------------- */

rr_status rri_run_check_network(const rr_run *run, const char *path, const rr_network *net,
                                rr_error *err)
{
    const rr_network_config *want = &run->settings.network;
    const rr_network_config got = rr_network_config_of(net);

    if (!rri_same_architecture(&got, want))
        return rri_fail(err, RR_ERR_SHAPE, -1,
                        "%s: is a %s of width %zu, hidden %zu, layers %zu, classes %zu, "
                        "vocabulary %zu; run.json has %s, %zu, %zu, %zu, %zu, %zu",
                        path, rr_enum_name(RR_ENUM_CELL, got.cell), got.width, got.hidden,
                        got.layers, got.classes, got.vocabulary,
                        rr_enum_name(RR_ENUM_CELL, want->cell), want->width, want->hidden,
                        want->layers, want->classes, want->vocabulary);
    if (run->vocabulary != NULL &&
        strcmp(rr_network_vocabulary(net), rr_vocabulary_hash(run->vocabulary)) != 0)
        return rri_fail(err, RR_ERR_MISMATCH, -1,
                        "%s: reads the words of vocabulary %.12s..., the run's %s is %.12s...",
                        path, rr_network_vocabulary(net), RR_RUN_VOCABULARY,
                        rr_vocabulary_hash(run->vocabulary));
    return RR_OK;
}

rr_status rr_run_network(const rr_run *run, rr_network **out, rr_error *err)
{
    rr_network *net = NULL;
    char *path = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    if (run->settings.states != NULL)
        RRI_TRY(
            rri_fail(err, RR_ERR_UNSUPPORTED, -1,
                     "%s: a run on the states of a network trained elsewhere, which it does not "
                     "hold",
                     run->dir));
    RRI_TRY(rr_run_path(run, RR_RUN_MODEL, &path, err));
    RRI_TRY(rr_network_load(path, &net, err));
    RRI_TRY(rri_run_check_network(run, path, net, err));
    *out = net;
    net = NULL;

done:
    rri_free(path);
    rr_network_free(net);
    return st;
}

rr_status rri_run_model_name(const rr_run *run, const rr_network *net, char out[65], rr_error *err)
{
    if (run->settings.states == NULL)
        return rr_network_hash(net, out, err);
    const char *named = run->origin.model;
    memcpy(out, named[0] != '\0' ? named : run->settings.splits[RR_SPLIT_TRAIN].files_hash, 65);
    return RR_OK;
}

rr_status rr_run_influence(const rr_run *run, const rr_network *net, rr_influence **out,
                           rr_error *err)
{
    char model[65];
    char data[65];
    char *path = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_run_model_name(run, net, model, err));
    RRI_TRY(rr_run_data_hash(run, data, err));
    RRI_TRY(rr_run_path(run, RR_RUN_INFLUENCE, &path, err));
    if (!rri_file_exists(path))
        RRI_TRY(rri_fail(err, RR_ERR_IO, -1,
                         "%s does not exist: build the influence model first "
                         "(rnnrepair build %s)",
                         path, run->dir));
    RRI_TRY(rr_influence_load(path, model, data, out, err));

done:
    rri_free(path);
    return st;
}
