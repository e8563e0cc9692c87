/* SPDX-License-Identifier: MIT */
/* source.c - the kinds of sources, and what is the same for all of them: the names of splits,
 * checking a spec against its kind, the first N sequences, absolute places. */
#include "data/source.h"

#include "data/source_text.h"
#include "io/io.h"

#include <stdio.h>
#include <string.h>

static const rri_source *const sources[] = {
    &rri_source_mnist, &rri_source_npz,   &rri_source_digits, &rri_source_sst, &rri_source_toxic,
    &rri_source_csv,   &rri_source_jsonl, &rri_source_imdb,   &rri_source_trec
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

static bool takes(const rri_source *source, const char *name)
{
    for (const char *const *p = source->parameters; *p != NULL; p++)
        if (strcmp(*p, name) == 0)
            return true;
    return false;
}

/* Append a word to a list "a, b, c" as far as there is room. */
static void list_word(char *list, size_t room, const char *word)
{
    const size_t n = strlen(list);

    (void)snprintf(list + n, room - n, "%s%s", n > 0 ? ", " : "", word);
}

static rr_status check_spec(const rri_spec *spec, const rri_source *source, rr_error *err)
{
    char list[160] = "";

    if (source->place != NULL && *spec->place == '\0')
        return rri_fail(err, RR_ERR_ARG, -1, "%s needs a place: %s:%s", spec->kind, spec->kind,
                        source->place);
    if (source->place == NULL && *spec->place != '\0')
        return rri_fail(err, RR_ERR_ARG, -1, "%s takes no place, but \"%s\" was given", spec->kind,
                        spec->place);
    for (const char *const *p = source->parameters; *p != NULL; p++)
        list_word(list, sizeof list, *p);
    for (size_t i = 0; i < spec->count; i++)
        if (!takes(source, spec->parameter[i].name))
            return rri_fail(err, RR_ERR_ARG, -1, "%s has no parameter \"%s\"; it takes %s",
                            spec->kind, spec->parameter[i].name, list);
    return RR_OK;
}

static rr_status find_kind(const rri_spec *spec, const rri_source **out, rr_error *err)
{
    char list[128] = "";
    for (size_t i = 0; i < SOURCES; i++)
        if (strcmp(spec->kind, sources[i]->kind) == 0) {
            *out = sources[i];
            return RR_OK;
        }
    for (size_t i = 0; i < SOURCES; i++) {
        const char *place = sources[i]->place;
        char form[24];
        (void)snprintf(form, sizeof form, "%s%s%s", sources[i]->kind, place != NULL ? ":" : "",
                       place != NULL ? place : "");
        list_word(list, sizeof list, form);
    }
    (void)rri_fail(err, RR_ERR_ARG, -1, "\"%.40s\" is no kind of dataset; there are %s", spec->kind,
                   list);
    return RR_ERR_ARG;
}

/* Parse, find the kind, check place and parameter names. On failure *spec is empty. */
static rr_status open_spec(const char *text, rri_spec *spec, const rri_source **source,
                           rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(rri_spec_parse(text, spec, err));
    RRI_TRY(find_kind(spec, source, err));
    RRI_TRY(check_spec(spec, *source, err));

done:
    if (st != RR_OK)
        rri_spec_clear(spec);
    return st;
}

/* ---- the public calls ----------------------------------------------------------------------- */

static rr_status splits_of(const rri_source *source, const rri_spec *s, bool has[3], rr_error *err)
{
    return source->read != NULL ? rri_text_splits(source, s, has, err)
                                : source->splits(s, has, err);
}

rr_status rr_dataset_has_split(const char *spec, rr_split split, int *out, rr_error *err)
{
    const rri_source *source = NULL;
    rri_spec s = { .text = NULL };
    bool has[3] = { false };
    rr_status st = RR_OK;

    RRI_TRY(check_split(split, err));
    RRI_TRY(open_spec(spec, &s, &source, err));
    RRI_TRY(splits_of(source, &s, has, err));
    *out = has[split];

done:
    rri_spec_clear(&s);
    return st;
}

rr_status rri_no_such_split(const rri_spec *spec, rr_split split, const bool has[3], rr_error *err)
{
    char list[32] = "";

    for (unsigned k = 0; k < SPLITS; k++)
        if (has[k])
            list_word(list, sizeof list, rr_enum_name(RR_ENUM_SPLIT, (int)k));
    return rri_fail(err, RR_ERR_ARG, -1, "%s%s%s has no %s split; it has %s", spec->kind,
                    *spec->place != '\0' ? ":" : "", spec->place,
                    rr_enum_name(RR_ENUM_SPLIT, split), *list != '\0' ? list : "none");
}

/* What every load begins with; *s is cleared by the caller, whatever the outcome. */
static rr_status open_split(const char *spec, rr_split split, rri_spec *s,
                            const rri_source **source, size_t *limit, rr_error *err)
{
    rr_status st = RR_OK;

    *limit = SIZE_MAX;
    RRI_TRY(check_split(split, err));
    RRI_TRY(open_spec(spec, s, source, err));
    RRI_TRY(rri_spec_size(s, "limit", 1, SIZE_MAX, limit, err));

done:
    return st;
}

/* ARG, with the splits there are, unless the source has this one. */
static rr_status require_split(const rri_spec *s, const rri_source *source, rr_split split,
                               rr_error *err)
{
    bool has[3] = { false };
    const rr_status st = splits_of(source, s, has, err);

    return st != RR_OK || has[split] ? st : rri_no_such_split(s, split, has, err);
}

rr_status rr_dataset_load(const char *spec, rr_split split, rr_dataset **out, rr_error *err)
{
    return rr_dataset_load_words(spec, split, NULL, out, err);
}

rr_status rr_dataset_load_words(const char *spec, rr_split split, const rr_vocabulary *words,
                                rr_dataset **out, rr_error *err)
{
    const rri_source *source = NULL;
    rri_spec s = { .text = NULL };
    size_t limit = 0;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(open_split(spec, split, &s, &source, &limit, err));
    if (source->read != NULL) {
        RRI_TRY(rri_text_load(source, &s, split, limit, words, out, err));
    } else {
        if (words != NULL)
            RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "%s is no text: there are no words to look up",
                             spec));
        RRI_TRY(require_split(&s, source, split, err));
        RRI_TRY(source->load(&s, split, limit, out, err));
    }

done:
    rri_spec_clear(&s);
    return st;
}

rr_status rr_dataset_load_some(const char *spec, rr_split split, const char *files_hash,
                               const size_t *which, size_t n, rr_dataset **out, rr_error *err)
{
    const rri_source *source = NULL;
    rri_spec s = { .text = NULL };
    size_t limit = 0;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(open_split(spec, split, &s, &source, &limit, err));
    if (source->load_some == NULL || *files_hash == '\0')
        RRI_TRY(rri_fail(err, RR_ERR_MISMATCH, -1,
                         "%s: single sequences cannot be told from the files", spec));
    RRI_TRY(require_split(&s, source, split, err));
    RRI_TRY(source->load_some(&s, split, limit, files_hash, which, n, out, err));

done:
    rri_spec_clear(&s);
    return st;
}

rr_status rr_dataset_spec_resolve(const char *spec, char **out, rr_error *err)
{
    const rri_source *source = NULL;
    rri_spec s = { .text = NULL };
    char *place = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(open_spec(spec, &s, &source, err));
    if (source->place == NULL) {
        RRI_TRY(rri_strdup(spec, out, err));
    } else {
        const char *rest = strchr(spec, '?');
        RRI_TRY(rri_path_absolute(s.place, &place, err));
        if (strchr(place, '?') != NULL)
            RRI_TRY(
                rri_fail(err, RR_ERR_ARG, -1, "%s holds a '?', which would end the place", place));
        RRI_TRY(rri_format(out, err, "%s:%s%s", s.kind, place, rest != NULL ? rest : ""));
    }

done:
    rri_free(place);
    rri_spec_clear(&s);
    return st;
}
