/* SPDX-License-Identifier: MIT */
/* source_text.c - from a text source to a dataset, whatever its kind. */
#include "data/source_text.h"

#include "io/folder.h"

#include <string.h>

static void count_splits(const rri_corpus *c, bool has[3])
{
    for (size_t i = 0; i < c->count; i++)
        has[c->row[i].split] = true;
}

static rr_status check_any(const rri_spec *spec, const rri_corpus *c, rr_error *err)
{
    if (c->count == 0)
        return rri_fail(err, RR_ERR_FORMAT, -1, "%s:%s holds no text", spec->kind, spec->place);
    return RR_OK;
}

rr_status rri_text_splits(const rri_source *source, const rri_spec *spec, bool has[3],
                          rr_error *err)
{
    static const bool all[3] = { true, true, true };
    rri_text_options options;
    rri_corpus c = { .count = 0 };
    rr_status st = RR_OK;

    RRI_TRY(rri_text_options_read(spec, &options, err));
    if (source->splits != NULL) {
        RRI_TRY(source->splits(spec, has, err));
    } else {
        RRI_TRY(source->read(spec, all, &c, err));
        RRI_TRY(check_any(spec, &c, err));
        count_splits(&c, has);
    }

done:
    rri_corpus_clear(&c);
    return st;
}

/* The split, and the one the vocabulary is made from, must be there. */
static rr_status check_splits(const rri_spec *spec, rr_split split, bool learn, const bool has[3],
                              rr_error *err)
{
    if (!has[split])
        return rri_no_such_split(spec, split, has, err);
    if (learn && !has[RR_SPLIT_TRAIN])
        return rri_fail(err, RR_ERR_ARG, -1,
                        "%s:%s has no train split, from which a vocabulary could be made",
                        spec->kind, spec->place);
    return RR_OK;
}

rr_status rri_text_load(const rri_source *source, const rri_spec *spec, rr_split split,
                        size_t limit, const rr_vocabulary *words, rr_dataset **out, rr_error *err)
{
    bool wanted[3] = { [RR_SPLIT_TRAIN] = words == NULL };
    bool has[3] = { false };
    rri_text_options options;
    rri_corpus c = { .count = 0 };
    rr_status st = RR_OK;

    wanted[split] = true;
    RRI_TRY(rri_text_options_read(spec, &options, err));
    if (source->splits != NULL) {
        RRI_TRY(source->splits(spec, has, err));
        RRI_TRY(check_splits(spec, split, words == NULL, has, err));
        memset(has, 0, sizeof has);
    }
    RRI_TRY(source->read(spec, wanted, &c, err));
    RRI_TRY(check_any(spec, &c, err));
    count_splits(&c, has);
    RRI_TRY(check_splits(spec, split, words == NULL, has, err));
    RRI_TRY(rri_corpus_classes(&c, err));
    RRI_TRY(rri_corpus_dataset(&c, &options, split, limit, words, out, err));

done:
    rri_corpus_clear(&c);
    return st;
}

/* ---- division ------------------------------------------------------------------------------- */

rr_status rri_division_read(const rri_spec *spec, rri_division *d, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(rri_spec_f64(spec, "holdout", 0.0, 1.0, &d->holdout, err));
    RRI_TRY(rri_spec_f64(spec, "dev", 0.0, 1.0, &d->dev, err));
    RRI_TRY(rri_spec_u64(spec, "seed", &d->seed, err));

done:
    return st;
}

rr_status rri_refuse_division(const rri_spec *spec, const char *what, rr_error *err)
{
    static const char *const names[] = { "holdout", "dev" };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (rri_spec_value(spec, names[i]) != NULL)
            return rri_fail(err, RR_ERR_ARG, -1, "%s has %s, which leave nothing to %s=%s",
                            spec->place, what, names[i], rri_spec_value(spec, names[i]));
    return RR_OK;
}

/* ---- files of splits ------------------------------------------------------------------------ */

rr_status rri_split_files(const char *dir, const char *const name[3], char *out[3], rr_error *err)
{
    bool any = false;
    rr_status st = RR_OK;

    for (int s = 0; s < 3; s++)
        out[s] = NULL;
    for (int s = 0; s < 3; s++) {
        if (name[s] != NULL)
            RRI_TRY(rri_find_file(dir, name[s], &out[s], err));
        any = any || out[s] != NULL;
    }
    if (!any)
        RRI_TRY(rri_fail(err, RR_ERR_IO, -1, "%s holds neither %s nor %s, plain or .gz", dir,
                         name[RR_SPLIT_TRAIN], name[RR_SPLIT_TEST]));

done:
    if (st != RR_OK)
        rri_split_files_clear(out);
    return st;
}

void rri_split_files_clear(char *path[3])
{
    for (int s = 0; s < 3; s++) {
        rri_free(path[s]);
        path[s] = NULL;
    }
}
