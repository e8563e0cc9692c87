/* SPDX-License-Identifier: MIT */
/* source_states.c - reads states:FILE, a states file (docs/FORMAT.md#states) as a dataset: inputs,
 * labels and splits. Its states are read by rr_states_open(); what identifies them is part of the
 * content hash, since they decide what is concluded from the data. */
#include "data/labels.h"
#include "data/origins.h"
#include "data/source.h"
#include "data/vocabulary.h"

#include "io/states_npz.h"

#include <string.h>

typedef struct states_data {
    rri_states_npz f;
    const char **name;    /* [C] into f.class_names; NULL where it has none */
    rr_vocabulary *words; /* of the tokens; NULL where it has none */
    size_t vocabulary;    /* V, 0 for frames */
} states_data;

static void close_states(void *state)
{
    states_data *s = state;

    if (s == NULL)
        return;
    rri_vocabulary_free(s->words);
    rri_free(s->name);
    rri_states_npz_close(&s->f);
    rri_free(s);
}

/* ---- what all splits have ------------------------------------------------------------------- */

static rr_status read_names(states_data *s, rr_error *err)
{
    const rri_npy *names = &s->f.class_names;
    rri_labels labels = { .rows = true };
    uint32_t number = 0;
    rr_status st = RR_OK;

    if (names->items == 0)
        return RR_OK;
    RRI_TRY(rri_alloc(&s->name, names->items, 1, sizeof *s->name, err));
    for (size_t c = 0; c < names->items; c++) {
        const char *name = names->text + c * names->stride;
        size_t n = 0;
        (void)rri_label_plain(name, strlen(name), &n);
        if (n > 0)
            RRI_TRY(rri_labels_find(&labels, s->f.path, c, name, strlen(name), &number, err));
        if (n == 0 || number != c)
            RRI_TRY(rri_fail(err, RR_ERR_FORMAT, (int64_t)c,
                             "%s: class_names[%zu], \"%.60s\", is empty or repeated", s->f.path, c,
                             name));
        s->name[c] = name;
    }

done:
    rri_labels_clear(&labels);
    return st;
}

/* V as the file says, as the request says, or by the largest symbol. */
static rr_status read_words(states_data *s, const rri_request *in, rr_error *err)
{
    const rri_states_npz *f = &s->f;
    rr_status st = RR_OK;

    s->vocabulary = f->vocabulary;
    if (f->symbol != NULL && !f->vocabulary_given && in->vocabulary > 0) {
        if (f->vocabulary > in->vocabulary)
            return rri_fail(err, RR_ERR_FORMAT, -1,
                            "%s: symbol %zu is outside 0..%zu, the vocabulary of the network",
                            f->path, f->vocabulary - 1, in->vocabulary - 1);
        s->vocabulary = in->vocabulary;
    } else if (f->symbol != NULL && !f->vocabulary_given) {
        RRI_TRY(rri_notes_add(in->notes, err,
                              "%s has neither tokens nor vocabulary: by its largest symbol there "
                              "are %zu",
                              f->path, f->vocabulary));
    }
    if (f->tokens.items == 0)
        return RR_OK;
    st =
        rri_vocabulary_of_tokens(f->tokens.text, f->tokens.items, f->tokens.stride, &s->words, err);
    if (st == RR_ERR_FORMAT)
        st = rri_prefix(err, st, "%s: tokens", f->path);

done:
    return st;
}

static rr_status open_states(const rri_request *in, bool has[3], void **state, rr_error *err)
{
    states_data *s = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&s, 1, 1, sizeof *s, err));
    rri_source_reads++;
    RRI_TRY(rri_states_npz_open(in->spec->path, &s->f, err));
    if (s->f.unlabelled && !in->unlabelled)
        RRI_TRY(rri_fail(err, RR_ERR_FORMAT, -1,
                         "%s has neither label [sequences] nor step_label [steps]: without labels "
                         "its sequences can be asked about, but nothing is learned from them",
                         s->f.path));
    RRI_TRY(read_names(s, err));
    RRI_TRY(read_words(s, in, err));
    has[RR_SPLIT_TRAIN] = s->f.split == NULL;
    for (size_t i = 0; s->f.split != NULL && i < s->f.sequences; i++)
        has[s->f.split[i]] = true;
    *state = s;
    s = NULL;

done:
    close_states(s);
    return st;
}

/* ---- sequences ------------------------------------------------------------------------------ */

/* Rows first .. first+n-1 of the file to step `to` of the dataset. */
static rr_status read_steps(const states_data *s, size_t first, size_t n, size_t to, rr_dataset *ds,
                            rr_error *err)
{
    const rri_states_npz *f = &s->f;
    const size_t D = ds->width;
    rr_status st = RR_OK;

    if (f->frame != NULL) {
        float *x = ds->frames + to * D;
        RRI_TRY(rri_npy_stream_floats(f->frame, first * D, n * D, x, err));
        const size_t bad = rri_first_nonfinite(x, n, D, D);
        if (bad < n)
            RRI_TRY(rri_fail(err, RR_ERR_NUMERIC, (int64_t)(first + bad),
                             "%s: frame[%zu] holds a value that is not finite", f->path,
                             first + bad));
    } else {
        RRI_TRY(rri_states_npz_symbols(f, first, n, ds->symbols + to, err));
    }
    if (f->step_label != NULL)
        RRI_TRY(rri_states_npz_step_labels(f, first, n, ds->step_label + to, err));

done:
    return st;
}

/* The sequences of the split, below `limit`: their numbers in the file, owned; and whether these
 * are the first of the file. */
static rr_status list_split(const states_data *s, rr_split split, size_t limit, uint32_t **out,
                            size_t *count, bool *first, rr_error *err)
{
    const rri_states_npz *f = &s->f;
    const rr_status st = rri_alloc(out, f->sequences, 1, sizeof **out, err);

    *count = 0;
    for (size_t i = 0; st == RR_OK && i < f->sequences && *count < limit; i++)
        if ((f->split != NULL ? f->split[i] : RR_SPLIT_TRAIN) == (unsigned)split)
            (*out)[(*count)++] = (uint32_t)i;
    *first = *count == 0 || (*out)[*count - 1] == *count - 1;
    return st;
}

/* Which sequences of the file they are. */
static rr_status put_origins(const states_data *s, const uint32_t *list, bool first, rr_dataset *ds,
                             rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(rri_origins_begin(ds, false, err));
    RRI_TRY(rri_origins_file(ds, s->f.path, false, err));
    for (size_t i = 0; i < ds->count; i++)
        RRI_TRY(rri_origins_put(ds, i, list[i], NULL, 0, err));
    ds->shifted = !first; /* of the whole split, also where some are selected */

done:
    return st;
}

/* A dataset of these sequences of the file, in this order; neighbours are read at once. */
static rr_status gather(const states_data *s, const uint32_t *list, size_t n, bool first,
                        rr_dataset **out, rr_error *err)
{
    const rri_states_npz *f = &s->f;
    const rr_dataset_shape shape = { .width = f->width,
                                     .vocabulary = s->vocabulary,
                                     .classes = f->classes,
                                     .class_names = s->name,
                                     .words = s->words,
                                     .unlabelled = f->unlabelled,
                                     .step_labelled = f->step_label != NULL };
    rr_dataset *ds = NULL;
    size_t steps = 0;
    rr_status st = RR_OK;

    for (size_t i = 0; i < n; i++)
        steps += f->steps[list[i]];
    RRI_TRY(rri_dataset_new_large(&shape, n, steps, &ds, err));
    for (size_t i = 0; i < n; i++) {
        ds->label[i] = f->label[list[i]];
        ds->offset[i + 1] = ds->offset[i] + f->steps[list[i]];
    }
    for (size_t i = 0; i < n;) {
        size_t run = 1;
        while (i + run < n && list[i + run] == list[i] + run)
            run++;
        const size_t begin = (size_t)f->first[list[i]];
        RRI_TRY(read_steps(s, begin, ds->offset[i + run] - ds->offset[i], ds->offset[i], ds, err));
        i += run;
    }
    if (ds->words != NULL)
        rri_dataset_put_words(ds, 0, NULL, steps);
    RRI_TRY(put_origins(s, list, first, ds, err));
    RRI_TRY(rri_states_npz_hash(f->z, false, ds->states, err));
    RRI_TRY(rri_states_npz_hash(f->z, true, ds->files, err));
    RRI_TRY(rri_dataset_seal(ds, err));
    *out = ds;
    ds = NULL;

done:
    rr_dataset_free(ds);
    return st;
}

static rr_status load(const rri_request *in, void *state, rr_split split, size_t limit,
                      rr_dataset **out, rr_error *err)
{
    const states_data *s = state;
    uint32_t *list = NULL;
    size_t count = 0;
    bool first = false;
    rr_status st = RR_OK;

    (void)in;
    RRI_TRY(list_split(s, split, limit, &list, &count, &first, err));
    RRI_TRY(gather(s, list, count, first, out, err));

done:
    rri_free(list);
    return st;
}

static rr_status select_sequences(const rri_request *in, void *state, rr_split split, size_t limit,
                                  const char *files_hash, const size_t *which, size_t n,
                                  rr_dataset **out, rr_error *err)
{
    const states_data *s = state;
    uint32_t *list = NULL;
    uint32_t *chosen = NULL;
    size_t count = 0;
    bool first = false;
    char hash[65];
    rr_status st = RR_OK;

    RRI_TRY(rri_states_npz_hash(s->f.z, true, hash, err));
    if (strcmp(hash, files_hash) != 0)
        RRI_TRY(rri_fail(err, RR_ERR_MISMATCH, -1,
                         "%s has changed (hash %.12s..., expected %.12s...)", in->spec->path, hash,
                         files_hash));
    RRI_TRY(list_split(s, split, limit, &list, &count, &first, err));
    RRI_TRY(rri_alloc(&chosen, n, 1, sizeof *chosen, err));
    for (size_t i = 0; i < n; i++) {
        if (which[i] >= count)
            RRI_TRY(rri_fail(err, RR_ERR_ARG, (int64_t)i,
                             "%s: there are %zu sequences, numbered from 0, and none of number %zu",
                             in->spec->path, count, which[i]));
        chosen[i] = list[which[i]];
    }
    RRI_TRY(gather(s, chosen, n, first, out, err));

done:
    rri_free(list);
    rri_free(chosen);
    return st;
}

const rri_source_kind rri_source_states = {
    .kind = "states",
    .path = "FILE",
    .parameters = { "limit", NULL },
    .open = open_states,
    .load = load,
    .select = select_sequences,
    .close = close_states,
};
