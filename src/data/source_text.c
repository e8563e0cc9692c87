/* SPDX-License-Identifier: MIT */
/* source_text.c - text sources of any kind: reads the files a split needs, builds the vocabulary
 * and the dataset. */
#include "data/source_text.h"
#include "data/vocabulary.h"

#include "io/folder.h"

#include <string.h>

/* The part of a text source that holds a split: one for each file, or one for all of them. */
static size_t part_of(const rri_source_kind *kind, rr_split split)
{
    return kind->open != NULL ? (size_t)split : 0;
}

static void clear_part(rri_text_part *part)
{
    rri_corpus_clear(&part->corpus);
    *part = (rri_text_part){ .read = false };
}

void rri_text_forget(rri_text_source *t)
{
    for (int s = 0; s < 3; s++)
        clear_part(&t->part[s]);
}

void rri_text_close(rri_text_source *t)
{
    rri_text_forget(t);
    rri_vocabulary_free(t->words);
}

/* Read the part that holds a split, unless it is read already. */
static rr_status read_part(rri_text_source *t, const rri_source_kind *kind, const rri_request *in,
                           rr_split split, rr_error *err)
{
    rri_text_part *part = &t->part[part_of(kind, split)];
    bool wanted[3] = { false };
    rr_status st = RR_OK;

    if (part->read)
        return RR_OK;
    wanted[split] = true;
    part->corpus.notes = in->notes;
    part->corpus.unlabelled = in->unlabelled;
    part->corpus.keep_empty = t->options.keep_empty;
    RRI_TRY(kind->read(in, wanted, &part->corpus, err));
    RRI_TRY(rri_corpus_finish(&part->corpus, err)); /* may pass over all texts of a split */
    for (size_t i = 0; i < part->corpus.count; i++)
        part->has[part->corpus.row[i].split] = true;
    part->read = true;

done:
    if (st != RR_OK)
        clear_part(part);
    return st;
}

static rr_status no_text(const rri_spec *spec, rr_error *err)
{
    return rri_fail(err, RR_ERR_FORMAT, -1, "%s:%s holds no text", spec->kind, spec->path);
}

rr_status rri_text_open(const rri_source_kind *kind, const rri_request *in,
                        const rr_vocabulary *words, rri_text_source *t, bool has[3], rr_error *err)
{
    const rri_spec *spec = in->spec;
    void *state = NULL;
    rr_status st = RR_OK;

    t->words = rri_vocabulary_share(words);
    RRI_TRY(rri_text_options_read(spec, &t->options, err));
    if (kind->open != NULL)
        return kind->open(in, has, &state, err);
    RRI_TRY(read_part(t, kind, in, RR_SPLIT_TRAIN, err));
    if (t->part[0].corpus.count == 0)
        RRI_TRY(no_text(spec, err));
    memcpy(has, t->part[0].has, sizeof t->part[0].has);

done:
    return st;
}

/* The split must exist, and the one the vocabulary is built from. */
static rr_status check_splits(const rri_spec *spec, rr_split split, bool learn, const bool has[3],
                              rr_error *err)
{
    if (!has[split])
        return rri_no_such_split(spec, split, has, err);
    if (learn && !has[RR_SPLIT_TRAIN])
        return rri_fail(err, RR_ERR_ARG, -1,
                        "%s:%s has no train split, from which a vocabulary could be built",
                        spec->kind, spec->path);
    return RR_OK;
}

/* Read what a split needs: a file may turn out to hold no text. */
static rr_status read_parts(rri_text_source *t, const rri_source_kind *kind, const rri_request *in,
                            rr_split split, rr_error *err)
{
    const rri_spec *spec = in->spec;
    const bool learn = t->words == NULL;
    bool has[3] = { false };
    rr_status st = RR_OK;

    if (learn)
        RRI_TRY(read_part(t, kind, in, RR_SPLIT_TRAIN, err));
    RRI_TRY(read_part(t, kind, in, split, err));
    for (int s = 0; s < 3; s++)
        for (int p = 0; p < 3; p++)
            has[s] = has[s] || t->part[p].has[s];
    if (!has[RR_SPLIT_TRAIN] && !has[RR_SPLIT_DEV] && !has[RR_SPLIT_TEST])
        RRI_TRY(no_text(spec, err));
    RRI_TRY(check_splits(spec, split, learn, has, err));

done:
    return st;
}

rr_status rri_text_split(rri_text_source *t, const rri_source_kind *kind, const rri_request *in,
                         const bool has[3], rr_split split, size_t limit, rr_dataset **out,
                         rr_error *err)
{
    const rri_spec *spec = in->spec;
    rr_status st = RR_OK;

    RRI_TRY(check_splits(spec, split, t->words == NULL, has, err));
    RRI_TRY(read_parts(t, kind, in, split, err));
    if (t->words == NULL)
        RRI_TRY(rri_corpus_vocabulary(&t->part[part_of(kind, RR_SPLIT_TRAIN)].corpus, &t->options,
                                      &t->words, err));
    RRI_TRY(rri_corpus_dataset(&t->part[part_of(kind, split)].corpus, &t->options, split, limit,
                               t->words, out, err));

done:
    return st;
}

rr_status rri_label_read(const rri_request *in, const char *standard, const char **name,
                         rr_error *err)
{
    const char *given = rri_spec_value(in->spec, "label");

    *name = given == NULL ? standard : *given != '\0' ? given : NULL;
    if (*name == NULL && !in->unlabelled)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "%s:%s: label= reads texts without labels, but here they need some",
                        in->spec->kind, in->spec->path);
    return RR_OK;
}

/* ---- tables and rows ------------------------------------------------------------------------ */

rr_status rri_text_begin(const rri_request *in, rri_corpus *out, rri_division *d, rr_error *err)
{
    const char *classes = rri_spec_value(in->spec, "classes");
    rr_status st = RR_OK;

    RRI_TRY(rri_division_read(in->spec, d, err));
    if (in->paths->count > 1)
        RRI_TRY(rri_refuse_division(in->spec, "files of splits", err));
    if (classes != NULL)
        RRI_TRY(rri_labels_name(&out->labels, classes, '|', err));

done:
    return st;
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
