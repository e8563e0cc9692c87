/* SPDX-License-Identifier: MIT */
/* states.c - runs on the states of a network trained elsewhere: a new run from a states file, and
 * states, predictions and probabilities of a split from where the run has them, its network or that
 * file. */
#include "workflow/workflow_internal.h"

#include "data/data_internal.h"
#include "io/io.h"
#include "io/states_npz.h"
#include "network/network_internal.h"
#include "run/run_internal.h"

#include <string.h>

bool rri_session_foreign(const rr_session *s)
{
    return rr_run_settings_of(s->run).states != NULL;
}

rr_status rri_session_needs_network(const rr_session *s, const char *what, const char *instead,
                                    rr_error *err)
{
    static const char has[] = "needs the network, and this run has only the states of one that was "
                              "trained elsewhere";
    const char *dir = rr_run_dir(s->run);

    if (!rri_session_foreign(s))
        return RR_OK;
    if (instead != NULL)
        return rri_fail(err, RR_ERR_UNSUPPORTED, -1, "%s: %s %s: %s", dir, what, has, instead);
    return rri_fail(err, RR_ERR_UNSUPPORTED, -1,
                    "%s: %s %s: train it there. rnnrepair repair %s --export FILE.jsonl writes the "
                    "samples to add",
                    dir, what, has, dir);
}

/* ---- the file ------------------------------------------------------------------------------- */

/* The spec of the states of a split, and the split in that file. */
static const char *spec_of(const rr_session *s, rr_split split, rr_split *in_file)
{
    *in_file = split == RR_SPLIT_OTHER ? s->other_split : split;
    if (split == RR_SPLIT_OTHER)
        return s->other;
    return s->data != NULL ? s->data : rr_run_settings_of(s->run).data;
}

/* Memory: *out is owned, rri_free(). */
static rr_status path_of(const rr_session *s, rr_split split, char **out, rr_split *in_file,
                         rr_error *err)
{
    const char *spec = spec_of(s, split, in_file);

    return rri_source_file(spec, out, err);
}

/* The hash by which a run knows its states file. */
static rr_status hash_file(const char *path, char out[65], rr_error *err)
{
    rri_npz *z = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_npz_open(path, &z, err));
    RRI_TRY(rri_states_npz_hash(z, true, out, err));

done:
    rri_npz_close(z);
    return st;
}

rr_status rri_session_check_states(rr_session *s, rr_error *err)
{
    const char *had = rr_run_settings_of(s->run).splits[RR_SPLIT_TRAIN].files_hash;
    rr_split in_file = RR_SPLIT_TRAIN;
    char *path = NULL;
    char is[65];
    rr_status st = RR_OK;

    if (s->states_checked)
        return RR_OK;
    RRI_TRY(path_of(s, RR_SPLIT_TRAIN, &path, &in_file, err));
    RRI_TRY(hash_file(path, is, err));
    if (strcmp(is, had) != 0)
        RRI_TRY(rri_fail(err, RR_ERR_MISMATCH, -1,
                         "%s: its content changed since %s was made from it (hash %.12s..., "
                         "expected %.12s...); make a new run of it",
                         path, rr_run_dir(s->run), is, had));
    s->states_checked = true;

done:
    rri_free(path);
    return st;
}

/* Where the file does not say how many classes and symbols there are, the run does. */
static void widen(const rr_network_config *want, rr_state_source *source)
{
    source->classes = rri_max(source->classes, want->classes);
    if (source->vocabulary > 0)
        source->vocabulary = rri_max(source->vocabulary, want->vocabulary);
}

/* MISMATCH unless all states of a split are those of its dataset, where it has been read. */
static rr_status check_count(const rr_session *s, rr_split split, const char *path,
                             const rr_state_source *source, rr_error *err)
{
    const rr_dataset *ds = s->splits[split];

    if (ds == NULL ||
        (source->sequences == rr_dataset_count(ds) && source->steps == rr_dataset_steps(ds)))
        return RR_OK;
    return rri_fail(err, RR_ERR_MISMATCH, -1,
                    "%s: %zu sequences with %zu steps, but %zu with %zu when %s was opened: it has "
                    "been overwritten",
                    path, source->sequences, source->steps, rr_dataset_count(ds),
                    rr_dataset_steps(ds), rr_run_dir(s->run));
}

/* SHAPE or MISMATCH unless states are of the run's network, as far as the file says. */
static rr_status check_fit(const rr_session *s, const char *path, const rr_state_source *source,
                           rr_error *err)
{
    const rr_run_settings run = rr_run_settings_of(s->run);
    const rr_network_config *want = &run.network;
    const rr_states_origin *is = &source->origin;
    const char *dir = rr_run_dir(s->run);

    if (source->hidden != want->hidden)
        return rri_fail(err, RR_ERR_SHAPE, -1, "%s: states of %zu values, but those of %s have %zu",
                        path, source->hidden, dir, want->hidden);
    if (source->width != want->width || source->vocabulary != want->vocabulary)
        return rri_fail(err, RR_ERR_SHAPE, -1,
                        "%s: inputs of %zu values and %zu symbols, but those of %s have %zu and "
                        "%zu",
                        path, source->width, source->vocabulary, dir, want->width,
                        want->vocabulary);
    if (source->classes != want->classes)
        return rri_fail(err, RR_ERR_SHAPE, -1, "%s: %zu classes, but %s has %zu", path,
                        source->classes, dir, want->classes);
    if (is->kind != run.states->kind)
        return rri_fail(err, RR_ERR_MISMATCH, -1, "%s: states of kind %s, but those of %s are %s",
                        path, rr_enum_name(RR_ENUM_STATES_KIND, is->kind), dir,
                        rr_enum_name(RR_ENUM_STATES_KIND, run.states->kind));
    if (is->model[0] != '\0' && run.states->model[0] != '\0' &&
        strcmp(is->model, run.states->model) != 0)
        return rri_fail(err, RR_ERR_MISMATCH, -1,
                        "%s: states of model %.12s..., but those of %s are of %.12s...", path,
                        is->model, dir, run.states->model);
    return RR_OK;
}

/* ---- states of a split ---------------------------------------------------------------------- */

rr_status rri_session_states(rr_session *s, rr_split split, const size_t *which, size_t n,
                             rr_state_source *out, rr_error *err)
{
    const rr_run_settings run = rr_run_settings_of(s->run);
    rr_state_source source = { .ops = NULL };
    rr_split in_file = split;
    char *path = NULL;
    rr_status st = RR_OK;

    if (split != RR_SPLIT_OTHER)
        RRI_TRY(rri_session_check_states(s, err));
    RRI_TRY(path_of(s, split, &path, &in_file, err));
    RRI_TRY(rr_states_open(path, (int)in_file, which, n, &source, err));
    if (split == RR_SPLIT_OTHER)
        RRI_TRY(rri_states_renumber(&s->numbers, run.network.classes, run.network.vocabulary,
                                    &source, err));
    widen(&run.network, &source);
    RRI_TRY(check_fit(s, path, &source, err));
    if (which == NULL)
        RRI_TRY(check_count(s, split, path, &source, err));
    *out = source;
    source = (rr_state_source){ .ops = NULL };

done:
    rr_state_source_close(&source);
    rri_free(path);
    return st;
}

rr_status rri_session_open_states(rr_session *s, rr_split split, size_t threads,
                                  rr_state_source *out, rr_error *err)
{
    const rr_network *net = NULL;
    const rr_dataset *ds = NULL;
    rr_status st = RR_OK;

    if (rri_session_foreign(s))
        return rri_session_states(s, split, NULL, 0, out, err);
    RRI_TRY(rr_session_network(s, &net, err));
    RRI_TRY(rr_session_split(s, split, &ds, err));
    RRI_TRY(rri_network_states(net, ds, threads, &s->callbacks, out, err));

done:
    return st;
}

/* Give the last row of every sequence of a batch. */
static void take_last(const rr_state_batch *batch, size_t C, size_t first, uint32_t *prediction,
                      float *probability, float *all)
{
    size_t rows = 0;

    for (size_t i = 0; i < batch->count; i++) {
        rows += batch->steps[i];
        const uint32_t y = batch->predictions[rows - 1];
        const float *p = batch->probabilities;
        if (prediction != NULL)
            prediction[first + i] = y;
        if (probability != NULL)
            probability[first + i] = p != NULL ? p[(rows - 1) * C + y] : -1.0F;
        if (all != NULL && p != NULL)
            memcpy(all + (first + i) * C, p + (rows - 1) * C, C * sizeof *all);
    }
}

/* What the network said of every sequence: prediction, probability [N] and all [N][C] may be NULL.
 * *known: whether there are probabilities. */
static rr_status read_answers(rr_session *s, rr_split split, uint32_t *prediction,
                              float *probability, float *all, bool *known, rr_error *err)
{
    rr_state_source source = { .ops = NULL };
    rr_state_batch batch = { .count = 1 };
    size_t done = 0;
    rr_status st = RR_OK;

    *known = false;
    RRI_TRY(rri_session_states(s, split, NULL, 0, &source, err));
    while (batch.count > 0) {
        if (rri_cancelled(&s->callbacks))
            RRI_TRY(rri_fail_cancelled(err));
        RRI_TRY(source.ops->next(source.self, &batch, err));
        take_last(&batch, source.classes, done, prediction, probability, all);
        *known = *known || (batch.count > 0 && batch.probabilities != NULL);
        done += batch.count;
    }

done:
    rr_state_source_close(&source);
    return st;
}

rr_status rri_session_answers(rr_session *s, rr_split split, size_t N, uint32_t **prediction,
                              float **probability, rr_error *err)
{
    uint32_t *y = NULL;
    float *p = NULL;
    bool known = false;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&y, N, 1, sizeof *y, err));
    RRI_TRY(rri_alloc(&p, N, 1, sizeof *p, err));
    RRI_TRY(read_answers(s, split, y, p, NULL, &known, err));
    *prediction = y;
    *probability = p;
    y = NULL;
    p = NULL;

done:
    rri_free(p);
    rri_free(y);
    return st;
}

rr_status rri_session_probabilities(rr_session *s, rr_split split, size_t N, float **out,
                                    rr_error *err)
{
    const size_t C = rr_run_settings_of(s->run).network.classes;
    float *all = NULL;
    bool known = false;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_alloc(&all, N, C, sizeof *all, err));
    RRI_TRY(read_answers(s, split, NULL, NULL, all, &known, err));
    if (known) {
        *out = all;
        all = NULL;
    }

done:
    rri_free(all);
    return st;
}

/* ---- a new run ------------------------------------------------------------------------------ */

/* A run under construction. All owned. */
typedef struct draft {
    char *spec; /* from any working directory */
    char *path;
    rr_source *source;
    rr_dataset *splits[3];
    const char **class_names; /* borrowed from the train split */
    rr_states_origin origin;
    rr_run_settings settings; /* points into the others */
} draft;

static void draft_clear(draft *d)
{
    for (int i = 0; i < 3; i++)
        rr_dataset_free(d->splits[i]);
    rr_source_close(d->source);
    rri_free(d->class_names);
    rri_free(d->path);
    rri_free(d->spec);
}

/* The spec of a states file, which may be given as its path. */
static rr_status resolve(const char *states, draft *d, rr_error *err)
{
    char *spec = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_states_spec(states, &spec, err));
    RRI_TRY(rr_dataset_spec_resolve(spec, &d->spec, err));
    RRI_TRY(rri_source_file(d->spec, &d->path, err));

done:
    rri_free(spec);
    return st;
}

static rr_status load(draft *d, const rr_callbacks *cb, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(rr_source_open(d->spec, NULL, &d->source, err));
    for (int i = 0; i < 3; i++)
        if (i == RR_SPLIT_TRAIN || rr_source_has(d->source, (rr_split)i))
            RRI_TRY(rr_source_split(d->source, (rr_split)i, &d->splits[i], err));
    for (size_t i = 0; rr_source_note(d->source, i) != NULL; i++)
        rri_note(cb, "%s", rr_source_note(d->source, i));
    const rr_dataset *train = d->splits[RR_SPLIT_TRAIN];
    if (!rr_dataset_labelled(train))
        st = rri_fail(err, RR_ERR_ARG, -1,
                      "%s: the training sequences have no labels, on which every explanation "
                      "rests; add the array label or step_label",
                      d->path);
    else if (rr_dataset_step_labelled(train) && rr_dataset_labelled_steps(train) == 0)
        st = rri_fail(err, RR_ERR_ARG, -1,
                      "%s: no training step has a label in step_label, on which every explanation "
                      "of steps rests; leave the array out to ask about whole sequences",
                      d->path);

done:
    return st;
}

/* The sizes, from the states and all splits, and where the states come from. */
static rr_status take_sizes(draft *d, rr_error *err)
{
    const rr_dataset *train = d->splits[RR_SPLIT_TRAIN];
    rr_network_config *net = &d->settings.network;
    rr_state_source source = { .ops = NULL };
    rr_status st = RR_OK;

    RRI_TRY(rr_states_open(d->path, -1, NULL, 0, &source, err));
    d->origin = source.origin;
    *net = (rr_network_config){ .struct_size = sizeof *net,
                                .hidden = source.hidden,
                                .width = source.width,
                                .vocabulary = source.vocabulary,
                                .classes = source.classes };
    for (int i = 0; i < 3; i++)
        if (d->splits[i] != NULL)
            net->classes = rri_max(net->classes, rr_dataset_classes(d->splits[i]));
    net->output = rr_dataset_step_labelled(train) ? RR_OUTPUT_STEP : RR_OUTPUT_LAST;
    net->vocabulary = rri_max(net->vocabulary, rr_dataset_vocabulary(train));

done:
    rr_state_source_close(&source);
    return st;
}

static rr_status settle(draft *d, rr_error *err)
{
    const rr_dataset *train = d->splits[RR_SPLIT_TRAIN];
    rr_run_settings *s = &d->settings;
    char hash[65];
    rr_status st = RR_OK;

    RRI_TRY(take_sizes(d, err));
    RRI_TRY(hash_file(d->path, hash, err));
    RRI_TRY(rri_alloc(&d->class_names, s->network.classes, 1, sizeof *d->class_names, err));
    for (size_t c = 0; c < s->network.classes; c++)
        d->class_names[c] = rr_dataset_class_name(train, c);
    s->data = d->spec;
    s->class_names = d->class_names;
    s->states = &d->origin;
    s->train.struct_size = sizeof s->train;
    for (int i = 0; i < 3; i++) {
        if (d->splits[i] == NULL)
            continue;
        s->splits[i].count = rr_dataset_count(d->splits[i]);
        (void)rri_snprintf(s->splits[i].hash, sizeof s->splits[i].hash, "%s",
                           rr_dataset_hash(d->splits[i]));
        (void)rri_snprintf(s->splits[i].files_hash, sizeof s->splits[i].files_hash, "%s", hash);
    }

done:
    return st;
}

rr_status rr_session_create_states(const char *dir, const char *states,
                                   const rr_session_config *where, rr_session **out, rr_error *err)
{
    rr_session_config opened = rr_session_config_default();
    draft d = { .spec = NULL };
    rr_run *run = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    if (where != NULL)
        RRI_TRY(rri_config_take(&opened, sizeof opened, where, "rr_session_config", err));
    opened.data = opened.vectors = NULL;
    RRI_TRY(rri_run_check_directory(dir, err));
    RRI_TRY(resolve(states, &d, err));
    RRI_TRY(rri_check_new_run(dir, d.spec, NULL, 0, err));
    RRI_TRY(load(&d, &opened.callbacks, err));
    RRI_TRY(settle(&d, err));
    RRI_TRY(rr_run_create(dir, &d.settings, &run, err));
    RRI_TRY(rri_session_new(run, &opened, out, err));
    run = NULL;
    (*out)->created = true; /* the data are let go of: building streams the states alone */
    (*out)->states_checked = true;

done:
    rr_run_free(run);
    draft_clear(&d);
    return st;
}
