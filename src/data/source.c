/* SPDX-License-Identifier: MIT */
/* source.c - opens a data source by its spec: finds the kind, checks path and parameters, loads
 * splits and caches them; makes the path of a spec absolute, and knows a spec's files. */
#include "data/source.h"

#include "data/data_internal.h"
#include "data/source_text.h"
#include "io/file.h"
#include "io/folder.h"
#include "io/io.h"

#include <string.h>

static const rri_source_kind *const sources[] = {
    &rri_source_mnist,      &rri_source_npz,        &rri_source_digits, &rri_source_sst,
    &rri_source_toxic,      &rri_source_csv,        &rri_source_tsv,    &rri_source_jsonl,
    &rri_source_json,       &rri_source_imdb,       &rri_source_trec,   &rri_source_ts,
    &rri_source_csv_frames, &rri_source_tsv_frames, &rri_source_states, &rri_source_conllu
};
enum { SOURCES = sizeof sources / sizeof *sources, SPLITS = 3 };

/* ---- splits --------------------------------------------------------------------------------- */

static rr_status check_split(rr_split split, rr_error *err)
{
    if ((unsigned)split >= SPLITS)
        return rri_fail(err, RR_ERR_ARG, -1, "%d is no split", (int)split);
    return RR_OK;
}

/* ---- a spec and its kind -------------------------------------------------------------------- */

static bool takes(const rri_source_kind *kind, const char *name)
{
    for (const char *const *p = kind->parameters; *p != NULL; p++)
        if (strcmp(*p, name) == 0)
            return true;
    return false;
}

/* Append a word to a list "a, b, c" as far as it fits. */
static void list_word(char *list, size_t capacity, const char *word)
{
    const size_t n = strlen(list);

    (void)rri_snprintf(list + n, capacity - n, "%s%s", n > 0 ? ", " : "", word);
}

static rr_status check_spec(const rri_spec *spec, const rri_source_kind *kind, rr_error *err)
{
    char list[240] = "";

    if (kind->path != NULL && *spec->path == '\0')
        return rri_fail(err, RR_ERR_ARG, -1, "%s needs a path: %s:%s", spec->kind, spec->kind,
                        kind->path);
    if (kind->path == NULL && *spec->path != '\0')
        return rri_fail(err, RR_ERR_ARG, -1, "%s takes no path, but \"%s\" was given", spec->kind,
                        spec->path);
    for (const char *const *p = kind->parameters; *p != NULL; p++)
        list_word(list, sizeof list, *p);
    for (size_t i = 0; i < spec->count; i++)
        if (!takes(kind, spec->parameter[i].name))
            return rri_fail(err, RR_ERR_ARG, -1, "%s has no parameter \"%s\"; it takes %s",
                            spec->kind, spec->parameter[i].name, list);
    return RR_OK;
}

static rr_status find_kind(const rri_spec *spec, const rri_source_kind **out, rr_error *err)
{
    char list[240] = "";
    *out = NULL;
    for (size_t i = 0; i < SOURCES; i++) {
        const char *needs = sources[i]->needs;
        if (strcmp(spec->kind, sources[i]->kind) == 0 &&
            (needs == NULL ? *out == NULL : rri_spec_value(spec, needs) != NULL))
            *out = sources[i];
    }
    if (*out != NULL)
        return RR_OK;
    for (size_t i = 0; i < SOURCES; i++) {
        if (sources[i]->needs != NULL)
            continue;
        const char *path = sources[i]->path;
        char form[24];
        (void)rri_snprintf(form, sizeof form, "%s%s%s", sources[i]->kind, path != NULL ? ":" : "",
                           path != NULL ? path : "");
        list_word(list, sizeof list, form);
    }
    (void)rri_fail(err, RR_ERR_ARG, -1, "\"%.40s\" is no kind of dataset; there are %s", spec->kind,
                   list);
    return RR_ERR_ARG;
}

/* Parse, find the kind, check path and parameter names. On failure *spec is empty. */
static rr_status open_spec(const char *text, rri_spec *spec, const rri_source_kind **kind,
                           rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(rri_spec_parse(text, spec, err));
    RRI_TRY(find_kind(spec, kind, err));
    RRI_TRY(check_spec(spec, *kind, err));

done:
    if (st != RR_OK)
        rri_spec_clear(spec);
    return st;
}

/* ---- an open source ------------------------------------------------------------------------- */

atomic_size_t rri_source_reads;

struct rr_source {
    size_t holders;
    const rri_source_kind *kind;
    char *whole; /* the spec as given */
    rri_spec spec;
    rri_paths paths;
    rri_request request; /* of spec, paths, notes and scaler */
    rri_notes notes;
    char **class_name; /* [classes] owned: the classes labels are matched with; NULL: as found */
    size_t classes;
    rri_scaler scaler;
    size_t limit;
    bool has[3];
    void *state;          /* the kind's */
    rri_text_source text; /* of a kind of text */
    rr_dataset *of[3];    /* the splits loaded so far, by rr_split */
};

rr_source_options rr_source_options_default(void)
{
    return (rr_source_options){ .struct_size = sizeof(rr_source_options) };
}

static rr_status keep_classes(rr_source *s, const rr_source_options *o, rr_error *err)
{
    rr_status st = RR_OK;

    if (o->class_names == NULL)
        return RR_OK;
    RRI_TRY(rri_alloc(&s->class_name, o->classes, 1, sizeof *s->class_name, err));
    for (; s->classes < o->classes; s->classes++)
        RRI_TRY(rri_strdup(o->class_names[s->classes], &s->class_name[s->classes], err));

done:
    return st;
}

rr_status rr_source_open(const char *spec, const rr_source_options *options, rr_source **out,
                         rr_error *err)
{
    rr_source_options own = rr_source_options_default();
    rr_source *s = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    if (options != NULL)
        RRI_TRY(rri_config_take(&own, sizeof own, options, "rr_source_options", err));
    const rr_vocabulary *words = own.words;
    RRI_TRY(rri_alloc(&s, 1, 1, sizeof *s, err));
    s->holders = 1;
    RRI_TRY(rri_strdup(spec, &s->whole, err));
    RRI_TRY(open_spec(spec, &s->spec, &s->kind, err));
    RRI_TRY(keep_classes(s, &own, err));
    RRI_TRY(rri_scaler_copy(own.scaling, &s->scaler, err));
    s->scaler.given = own.scaling != NULL;
    if (s->kind->path != NULL)
        RRI_TRY(rri_paths_read(s->spec.path, rri_max(s->kind->files, 1), &s->paths, err));
    s->request = (rri_request){ .spec = &s->spec,
                                .paths = &s->paths,
                                .unlabelled = own.unlabelled != 0,
                                .standardise = own.standardise != 0,
                                .vocabulary = own.vocabulary,
                                .notes = &s->notes,
                                .scaler = &s->scaler };
    s->limit = SIZE_MAX;
    RRI_TRY(rri_spec_size(&s->spec, "limit", 1, SIZE_MAX, &s->limit, err));
    if (s->kind->read != NULL) {
        RRI_TRY(rri_text_open(s->kind, &s->request, words, &s->text, s->has, err));
    } else {
        if (words != NULL)
            RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "%s is no text: there are no words to look up",
                             spec));
        RRI_TRY(s->kind->open(&s->request, s->has, &s->state, err));
    }
    *out = s;
    s = NULL;

done:
    rr_source_close(s);
    return st;
}

rr_source *rr_source_share(rr_source *s)
{
    if (s != NULL)
        s->holders++;
    return s;
}

void rr_source_close(rr_source *s)
{
    if (s == NULL || --s->holders > 0)
        return;
    for (int k = 0; k < SPLITS; k++)
        rr_dataset_free(s->of[k]);
    rri_text_close(&s->text);
    if (s->kind != NULL && s->kind->close != NULL)
        s->kind->close(s->state);
    for (size_t i = 0; i < s->classes; i++)
        rri_free(s->class_name[i]);
    rri_free(s->class_name);
    rri_scaler_clear(&s->scaler);
    rri_notes_clear(&s->notes);
    rri_paths_clear(&s->paths);
    rri_spec_clear(&s->spec);
    rri_free(s->whole);
    rri_free(s);
}

const char *rr_source_note(const rr_source *s, size_t i)
{
    return i < s->notes.count ? s->notes.text[i] : NULL;
}

const rr_scaling *rr_source_scaling(const rr_source *s)
{
    return s->scaler.now.kind != RR_SCALE_NONE ? &s->scaler.now : NULL;
}

const char *rr_source_spec(const rr_source *s)
{
    return s->whole;
}

int rr_source_has(const rr_source *s, rr_split split)
{
    return (unsigned)split < SPLITS && s->has[split];
}

rr_status rri_no_such_split(const rri_spec *spec, rr_split split, const bool has[3], rr_error *err)
{
    char list[32] = "";

    for (unsigned k = 0; k < SPLITS; k++)
        if (has[k])
            list_word(list, sizeof list, rr_enum_name(RR_ENUM_SPLIT, k));
    return rri_fail(err, RR_ERR_ARG, -1, "%s%s%s has no %s split; it has %s", spec->kind,
                    *spec->path != '\0' ? ":" : "", spec->path, rr_enum_name(RR_ENUM_SPLIT, split),
                    *list != '\0' ? list : "none");
}

static rr_status load_split(rr_source *s, rr_split split, rr_dataset **out, rr_error *err)
{
    if (s->kind->read != NULL)
        return rri_text_split(&s->text, s->kind, &s->request, s->has, split, s->limit, out, err);
    if (!s->has[split])
        return rri_no_such_split(&s->spec, split, s->has, err);
    return s->kind->load(&s->request, s->state, split, s->limit, out, err);
}

/* Apply a given scaling to frames of a kind that has no parameter for one. */
static rr_status scale(const rr_source *s, rr_dataset *ds, rr_error *err)
{
    const rr_scaling *by = rr_source_scaling(s);

    if (by == NULL || ds->frames == NULL || takes(s->kind, "scale"))
        return RR_OK;
    if (by->width != ds->width)
        return rri_fail_scaling(s->whole, by->width, ds->width, err);
    const size_t rows = ds->offset[ds->count];
    rri_scale(by, ds->frames, rows);
    const size_t bad = rri_first_nonfinite(ds->frames, rows, ds->width, ds->width);
    if (bad < rows)
        return rri_fail(err, RR_ERR_NUMERIC, (int64_t)bad,
                        "%s: step %zu of all, from 0, holds a value that is not finite when scaled",
                        s->whole, bad);
    return rri_dataset_seal(ds, err);
}

/* Bring a dataset to the scaling and the classes the source was opened with. */
static rr_status fit_options(rr_source *s, rr_dataset *ds, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(scale(s, ds, err));
    if (s->class_name != NULL)
        RRI_TRY(rri_dataset_match_classes(ds, (const char *const *)s->class_name, s->classes,
                                          s->whole, &s->notes, err));

done:
    return st;
}

static rr_status create_split(rr_source *s, rr_split split, rr_error *err)
{
    rr_dataset *ds = NULL;
    rr_status st = RR_OK;

    RRI_TRY(load_split(s, split, &ds, err));
    RRI_TRY(fit_options(s, ds, err));
    s->of[split] = ds;
    ds = NULL;

done:
    rr_dataset_free(ds);
    return st;
}

void rri_source_forget_content(rr_source *s)
{
    rri_text_forget(&s->text);
    if (s->kind->forget != NULL)
        s->kind->forget(s->state);
}

static bool all_made(const rr_source *s)
{
    for (int k = 0; k < SPLITS; k++)
        if (s->has[k] && s->of[k] == NULL)
            return false;
    return true;
}

rr_status rr_source_split(rr_source *s, rr_split split, rr_dataset **out, rr_error *err)
{
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(check_split(split, err));
    if (s->of[split] == NULL) {
        RRI_TRY(create_split(s, split, err));
        if (all_made(s))
            rri_source_forget_content(s);
    }
    *out = rr_dataset_share(s->of[split]);

done:
    return st;
}

void rri_source_forget(rr_source *s, rr_split split)
{
    if (s->holders > 1)
        return;
    rr_dataset_free(s->of[split]);
    s->of[split] = NULL;
}

rr_status rr_source_select(rr_source *s, rr_split split, const char *files_hash,
                           const size_t *which, size_t n, rr_dataset **out, rr_error *err)
{
    rr_dataset *ds = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(check_split(split, err));
    if (s->kind->select == NULL || *files_hash == '\0')
        RRI_TRY(rri_fail(err, RR_ERR_MISMATCH, -1,
                         "%s: single sequences cannot be loaded from the files", s->whole));
    if (!s->has[split])
        RRI_TRY(rri_no_such_split(&s->spec, split, s->has, err));
    RRI_TRY(
        s->kind->select(&s->request, s->state, split, s->limit, files_hash, which, n, &ds, err));
    RRI_TRY(fit_options(s, ds, err));
    *out = ds;
    ds = NULL;

done:
    rr_dataset_free(ds);
    return st;
}

rr_status rri_source_places(rr_source *s, rr_split split, const size_t *which, size_t n,
                            rr_dataset **out, rr_error *err)
{
    *out = NULL;
    return s->kind->place != NULL && s->has[split]
               ? s->kind->place(&s->request, split, which, n, out, err)
               : RR_OK;
}

rr_status rr_dataset_load(const char *spec, rr_split split, rr_dataset **out, rr_error *err)
{
    rr_source *s = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(check_split(split, err));
    RRI_TRY(rr_source_open(spec, NULL, &s, err));
    RRI_TRY(rr_source_split(s, split, out, err));

done:
    rr_source_close(s);
    return st;
}

rr_status rr_dataset_spec_resolve(const char *spec, char **out, rr_error *err)
{
    const rri_source_kind *kind = NULL;
    rri_spec s = { .text = NULL };
    rri_paths paths = { .count = 0 };
    char *path = NULL;
    char *escaped = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(open_spec(spec, &s, &kind, err));
    if (kind->path == NULL) {
        RRI_TRY(rri_strdup(spec, out, err));
    } else {
        RRI_TRY(rri_paths_read(s.path, rri_max(kind->files, 1), &paths, err));
        RRI_TRY(rri_paths_absolute(&paths, &path, err));
        RRI_TRY(rri_spec_escape(path, &escaped, err));
        RRI_TRY(rri_format(out, err, "%s:%s%s", s.kind, escaped, spec + s.rest));
    }

done:
    rri_free(path);
    rri_free(escaped);
    rri_paths_clear(&paths);
    rri_spec_clear(&s);
    return st;
}

/* ---- the files of a source ------------------------------------------------------------------ */

/* Compare a file to write with those of a folder whose names hold `part`. */
static rr_status check_folder(const char *folder, const char *part, const char *what,
                              const char *path, rr_error *err)
{
    rri_names found = { .count = 0 };
    char *file = NULL;
    rr_status st = RR_OK;

    if (!rri_is_folder(folder))
        return RR_OK;
    RRI_TRY(rri_folder_names(folder, "", &found, err));
    for (size_t i = 0; i < found.count; i++) {
        if (part != NULL && strstr(found.name[i], part) == NULL)
            continue;
        RRI_TRY(rri_path_join(folder, found.name[i], &file, err));
        RRI_TRY(rri_check_output(path, file, what, err));
        rri_free(file);
        file = NULL;
    }

done:
    rri_free(file);
    rri_names_clear(&found);
    return st;
}

rr_status rri_source_check_output(const char *spec, const char *what, const char *path,
                                  rr_error *err)
{
    const rri_source_kind *kind = NULL;
    rri_spec s = { .text = NULL };
    rri_paths paths = { .count = 0 };
    char *folder = NULL;
    rr_status st = RR_OK;

    if (!rri_file_exists(path))
        return RR_OK;
    RRI_TRY(open_spec(spec, &s, &kind, err));
    if (kind->path == NULL)
        goto done;
    RRI_TRY(rri_paths_read(s.path, rri_max(kind->files, 1), &paths, err));
    for (size_t i = 0; i < paths.count; i++)
        RRI_TRY(rri_check_output(path, paths.path[i], what, err));
    if (kind->folders[0] == NULL)
        RRI_TRY(check_folder(s.path, kind->part, what, path, err));
    for (const char *const *name = kind->folders; *name != NULL; name++) {
        RRI_TRY(rri_path_join(s.path, *name, &folder, err));
        RRI_TRY(check_folder(folder, kind->part, what, path, err));
        rri_free(folder);
        folder = NULL;
    }

done:
    rri_free(folder);
    rri_paths_clear(&paths);
    rri_spec_clear(&s);
    return st;
}

static const char states_kind[] = "states";

rr_status rri_states_spec(const char *states, char **out, rr_error *err)
{
    const size_t n = strlen(states_kind);
    char *path = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    if (strncmp(states, states_kind, n) == 0 && states[n] == ':')
        return rri_strdup(states, out, err);
    RRI_TRY(rri_spec_escape(states, &path, err));
    RRI_TRY(rri_format(out, err, "%s:%s", states_kind, path));

done:
    rri_free(path);
    return st;
}

rr_status rri_source_file(const char *spec, char **out, rr_error *err)
{
    rri_spec s = { .text = NULL };
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_spec_parse(spec, &s, err));
    if (strcmp(s.kind, states_kind) != 0)
        RRI_TRY(rri_fail(
            err, RR_ERR_ARG, -1,
            "%s: the states of a network trained elsewhere are needed, states:FILE.npz", spec));
    if (s.count > 0)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "%s: the parameter %s has no effect on the states; leave it out", spec,
                         s.parameter[0].name));
    st = rri_strdup(s.path, out, err);

done:
    rri_spec_clear(&s);
    return st;
}

rr_status rr_dataset_spec_check_output(const char *spec, const char *path, rr_error *err)
{
    return rri_source_check_output(spec, "read as data", path, err);
}
