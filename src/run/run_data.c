/* SPDX-License-Identifier: MIT */
/* run_data.c - the data of an open run. Its source is opened when first needed; splits are
 * loaded, checked against the recorded hash, edited as recorded, and cached. */
#include "run/directory.h"
#include "run/run_internal.h"

#include "data/data_internal.h"
#include "io/io.h"

#include <string.h>

/* ---- the source ----------------------------------------------------------------------------- */

static void clear_data(rri_run_data *d)
{
    for (int k = 0; k < 3; k++)
        rr_dataset_free(d->split[k]);
    rr_source_close(d->source);
    *d = (rri_run_data){ .source = NULL };
}

void rri_run_close_data(rri_run_data *d)
{
    if (d != NULL)
        clear_data(d);
    rri_free(d);
}

void rri_run_forget_content(const rr_run *run)
{
    if (run->loaded->source != NULL)
        rri_source_forget_content(run->loaded->source);
}

rr_source_options rr_run_source_options(const rr_run *run)
{
    rr_source_options options = rr_source_options_default();

    options.words = run->vocabulary;
    options.scaling = run->settings.scaling;
    options.class_names = run->settings.class_names;
    options.classes = options.class_names != NULL ? run->settings.network.classes : 0;
    return options;
}

/* Open the source that `data` or the record names, unless it is the one that is open. */
static rr_status open_source(const rr_run *run, const char *data, rr_error *err)
{
    const char *spec = data != NULL ? data : run->settings.data;
    rri_run_data *d = run->loaded;

    if (d->source != NULL && strcmp(rr_source_spec(d->source), spec) == 0)
        return RR_OK;
    rr_source_options options = rr_run_source_options(run);
    options.class_names = NULL; /* they are the data's own */
    options.classes = 0;
    clear_data(d);
    return rr_source_open(spec, &options, &d->source, err);
}

/* ---- splits --------------------------------------------------------------------------------- */

static rr_status no_split(const rr_run *run, rr_split split, rr_error *err)
{
    char list[32] = "";
    size_t n = 0;

    for (int i = 0; i < 3; i++)
        if (run->settings.splits[i].count > 0)
            n += (size_t)rri_snprintf(list + n, sizeof list - n, "%s%s", n > 0 ? " and " : "",
                                      rr_enum_name(RR_ENUM_SPLIT, (rr_split)i));
    return rri_fail(err, RR_ERR_ARG, -1, "%s: the run's data have no %s split; they have %s%s",
                    run->dir, rr_enum_name(RR_ENUM_SPLIT, split), list,
                    run->settings.states != NULL
                        ? ": take that, or name other states by --states FILE.npz"
                        : "");
}

/* The record of a split that the run's data have. */
static rr_status recorded(const rr_run *run, rr_split split, const rr_run_split **out,
                          rr_error *err)
{
    if ((unsigned)split > RR_SPLIT_TEST)
        return rri_fail(err, RR_ERR_ARG, -1, "%d is no split", (int)split);
    *out = &run->settings.splits[split];
    if ((*out)->count == 0)
        return no_split(run, split, err);
    return RR_OK;
}

/* Whether the run changes labels or numbers of the source's training sequences; and whether it
 * edits the training set at all. */
static bool alters_rows(const rr_run *run)
{
    return run->edits->count_removed > 0 || run->edits->count_relabelled > 0 ||
           run->edits->count_steps > 0;
}

static bool has_edits(const rr_run *run)
{
    return alters_rows(run) || run->additions_hash != NULL || run->weights_hash != NULL;
}

/* The additions as a dataset, checked. */
static rr_status load_additions(const rr_run *run, rr_dataset **out, rr_error *err)
{
    char *path = NULL;
    char *spec = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rr_run_path(run, RR_RUN_ADDITIONS, &path, err));
    RRI_TRY(rri_format(&spec, err, "npz:%s", path));
    RRI_TRY(rr_dataset_load(spec, RR_SPLIT_TRAIN, out, err));
    rri_dataset_forget_origins(*out); /* they were made */
    if (strcmp(rr_dataset_hash(*out), run->additions_hash) != 0)
        RRI_TRY(
            rri_fail(err, RR_ERR_MISMATCH, -1,
                     "%s: the content changed since the run was created (hash %.12s..., expected "
                     "%.12s...)",
                     path, rr_dataset_hash(*out), run->additions_hash));

done:
    if (st != RR_OK) {
        rr_dataset_free(*out);
        *out = NULL;
    }
    rri_free(spec);
    rri_free(path);
    return st;
}

rr_status rri_run_additions(const rr_run *run, rr_dataset **out, rr_error *err)
{
    *out = NULL;
    if (run->additions_hash == NULL)
        return RR_OK;
    if (run->edits->additions == NULL)
        return load_additions(run, out, err);
    *out = rr_dataset_share(run->edits->additions);
    return RR_OK;
}

/* Replace *ds by the edited training set. */
static rr_status edit(const rr_run *run, rr_dataset **ds, rr_error *err)
{
    rr_edits e = *run->edits;
    rr_dataset *loaded = NULL;
    rr_dataset *edited = NULL;
    rr_status st = RR_OK;

    if (run->additions_hash != NULL && e.additions == NULL) {
        RRI_TRY(load_additions(run, &loaded, err));
        e.additions = loaded;
    }
    RRI_TRY(rr_edits_apply(&e, *ds, &edited, err));
    rr_dataset_free(*ds);
    *ds = edited;

done:
    rr_dataset_free(loaded);
    return st;
}

/* Load a split as the source has it and check it. */
static rr_status load_split(const rr_run *run, rr_split split, const char *hash, rr_dataset **out,
                            rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(rr_source_split(run->loaded->source, split, out, err));
    if (strcmp(rr_dataset_hash(*out), hash) != 0)
        st = rri_fail(err, RR_ERR_MISMATCH, -1,
                      "%s: the %s split of %s is not what the run was created from (hash %.12s..., "
                      "expected %.12s...)",
                      run->dir, rr_enum_name(RR_ENUM_SPLIT, split),
                      rr_source_spec(run->loaded->source), rr_dataset_hash(*out), hash);

done:
    return st;
}

rr_status rr_run_dataset(const rr_run *run, rr_split split, const char *data, rr_dataset **out,
                         rr_error *err)
{
    rri_run_data *d = run->loaded;
    const rr_run_split *want = NULL;
    rr_dataset *ds = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(recorded(run, split, &want, err));
    RRI_TRY(open_source(run, data, err));
    if (d->split[split] == NULL) {
        RRI_TRY(load_split(run, split, want->hash, &ds, err));
        if (split == RR_SPLIT_TRAIN && has_edits(run)) {
            rri_source_forget(d->source, split);
            RRI_TRY(edit(run, &ds, err));
        }
        d->split[split] = ds;
        ds = NULL;
    }
    *out = rr_dataset_share(d->split[split]);

done:
    rr_dataset_free(ds);
    return st;
}

/* Load single sequences from the files if the files hash allows it; else *out is NULL. */
static rr_status from_files(const rr_run *run, rr_split split, const rr_run_split *want,
                            const size_t *which, size_t n, rr_dataset **out, rr_error *err)
{
    /* The run must have them unchanged. */
    if (run->loaded->split[split] != NULL || (split == RR_SPLIT_TRAIN && alters_rows(run)))
        return RR_OK;
    for (size_t i = 0; i < n; i++) /* no additions, none out of range */
        if (which[i] >= want->count)
            return RR_OK;
    if (want->files_hash[0] == '\0')
        return RR_OK;
    const rr_status st =
        rr_source_select(run->loaded->source, split, want->files_hash, which, n, out, err);
    return st == RR_ERR_MISMATCH ? RR_OK : st; /* other files may hold the same */
}

rr_status rr_run_sequences(const rr_run *run, rr_split split, const char *data, const size_t *which,
                           size_t n, rr_dataset **out, rr_error *err)
{
    const rr_run_split *want = NULL;
    rr_dataset *ds = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(recorded(run, split, &want, err));
    RRI_TRY(open_source(run, data, err));
    RRI_TRY(from_files(run, split, want, which, n, out, err));
    if (*out != NULL)
        goto done;
    RRI_TRY(rr_run_dataset(run, split, data, &ds, err));
    st = rr_dataset_select(ds, which, n, out, err);
    if (st == RR_ERR_ARG)
        RRI_TRY(rri_prefix(err, st, "%s, %s split", run->dir, rr_enum_name(RR_ENUM_SPLIT, split)));

done:
    rr_dataset_free(ds);
    return st;
}

rr_status rri_run_places(const rr_run *run, rr_split split, const char *data, const size_t *which,
                         size_t n, rr_dataset **out, rr_error *err)
{
    const rr_run_split *want = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(recorded(run, split, &want, err));
    RRI_TRY(open_source(run, data, err));
    if (split == RR_SPLIT_TRAIN && alters_rows(run))
        return RR_OK;
    for (size_t i = 0; i < n; i++) /* no additions */
        if (which[i] >= want->count)
            return RR_OK;
    RRI_TRY(rri_source_places(run->loaded->source, split, which, n, out, err));

done:
    return st;
}

/* ---- hash ----------------------------------------------------------------------------------- */

static rr_status add_labels(rri_sha256 *h, const rr_edits *e, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(rri_sha256_add(h, "labels", 6, err));
    for (size_t i = 0; i < e->count_relabelled; i++) {
        const uint32_t pair[2] = { e->relabelled[i], e->labels[i] };
        RRI_TRY(rri_sha256_add(h, pair, sizeof pair, err));
    }

done:
    return st;
}

static rr_status add_step_labels(rri_sha256 *h, const rr_edits *e, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(rri_sha256_add(h, "steps", 5, err));
    for (size_t i = 0; i < e->count_steps; i++) {
        const uint32_t row[3] = { e->steps[i].sequence, e->steps[i].step, e->steps[i].label };
        RRI_TRY(rri_sha256_add(h, row, sizeof row, err));
    }

done:
    return st;
}

rr_status rr_run_data_hash(const rr_run *run, char out[65], rr_error *err)
{
    const rr_edits *e = run->edits;
    const char *base = run->settings.splits[RR_SPLIT_TRAIN].hash;
    rri_sha256 *h = NULL;
    rr_status st = RR_OK;

    if (!has_edits(run)) {
        memcpy(out, base, 65);
        return RR_OK;
    }
    RRI_TRY(rri_sha256_new(&h, err));
    RRI_TRY(rri_sha256_add(h, base, 64, err));
    if (run->additions_hash != NULL)
        RRI_TRY(rri_sha256_add(h, run->additions_hash, 64, err));
    RRI_TRY(rri_sha256_add(h, e->removed, e->count_removed * sizeof *e->removed, err));
    if (e->count_relabelled > 0)
        RRI_TRY(add_labels(h, e, err));
    if (e->count_steps > 0)
        RRI_TRY(add_step_labels(h, e, err));
    if (run->weights_hash != NULL) {
        RRI_TRY(rri_sha256_add(h, "weights", 7, err));
        RRI_TRY(rri_sha256_add(h, run->weights_hash, 64, err));
    }
    RRI_TRY(rri_sha256_hex(h, out, err));

done:
    rri_sha256_free(h);
    return st;
}
