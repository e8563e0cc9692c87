/* SPDX-License-Identifier: MIT */
/* dataset_select.c - copies of a dataset: some of its sequences, or all with other labels. The
 * content is checked already, so contiguous steps are copied at once. */
#include "data/dataset_internal.h"
#include "data/origins.h"

#include <string.h>

/* `steps` steps from `begin` of one dataset to `at` of another of the same shape, in which
 * memory for the words is reserved. */
static void copy_steps(const rr_dataset *from, size_t begin, rr_dataset *to, size_t at,
                       size_t steps)
{
    rri_dataset_copy_steps(from, begin, to, at, steps);
    if (to->words != NULL)
        rri_dataset_put_words(to, at, from->word + begin, steps);
}

/* Steps of all listed sequences, and the bytes of words stored beside the vocabulary. Errors
 * ARG (a number), NOMEM (the sum does not fit). */
static rr_status measure(const rr_dataset *ds, const size_t *which, size_t n, size_t *steps,
                         size_t *bytes, rr_error *err)
{
    for (size_t i = 0; i < n; i++) {
        if (which[i] >= ds->count)
            return rri_fail(err, RR_ERR_ARG, (int64_t)i,
                            "there are N = %zu sequences, numbered from 0; there is no %zu",
                            ds->count, which[i]);
        const size_t begin = ds->offset[which[i]];
        const size_t T = ds->offset[which[i] + 1] - begin;
        if (T > SIZE_MAX - *steps)
            return rri_fail(err, RR_ERR_NOMEM, (int64_t)i, "%zu and %zu steps are too many to hold",
                            *steps, T);
        *steps += T;
        if (ds->words != NULL)
            *bytes += rri_dataset_text_bytes(ds, ds->symbols + begin, ds->word + begin, T);
    }
    return RR_OK;
}

rr_status rr_dataset_select(const rr_dataset *ds, const size_t *which, size_t n, rr_dataset **out,
                            rr_error *err)
{
    const rr_dataset_shape shape = rr_dataset_shape_of(ds);
    rr_dataset *some = NULL;
    size_t steps = 0;
    size_t bytes = 0;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(measure(ds, which, n, &steps, &bytes, err));
    RRI_TRY(rri_dataset_new(&shape, n, steps, &some, err));
    memcpy(some->states, ds->states, sizeof some->states);
    RRI_TRY(rri_dataset_text_room(some, bytes, err));
    for (size_t i = 0; i < n; i++) {
        const size_t begin = ds->offset[which[i]];
        const size_t T = ds->offset[which[i] + 1] - begin;
        copy_steps(ds, begin, some, some->offset[i], T);
        some->offset[i + 1] = some->offset[i] + T;
        some->label[i] = ds->label[which[i]];
    }
    RRI_TRY(rri_origins_select(ds, which, n, some, err));
    RRI_TRY(rri_dataset_seal(some, err));
    *out = some;
    some = NULL;

done:
    rr_dataset_free(some);
    return st;
}

static rr_status check_labels(const rr_dataset *ds, const uint32_t *ids, const uint32_t *labels,
                              size_t n, rr_error *err)
{
    for (size_t i = 0; i < n; i++) {
        if (ids[i] >= ds->count || (i > 0 && ids[i] <= ids[i - 1]))
            return rri_fail(err, RR_ERR_ARG, (int64_t)i,
                            "the sequences with other labels must be rising numbers below %zu; "
                            "number %zu of the list is %u",
                            ds->count, i, (unsigned)ids[i]);
        if (labels[i] >= ds->classes)
            return rri_fail(err, RR_ERR_ARG, (int64_t)i,
                            "the new label of sequence %u is %u, which is outside 0..%zu",
                            (unsigned)ids[i], (unsigned)labels[i], ds->classes - 1);
    }
    return RR_OK;
}

/* A copy of the whole, not yet sealed. */
static rr_status copy_all(const rr_dataset *ds, rr_dataset **out, rr_error *err)
{
    const rr_dataset_shape shape = rr_dataset_shape_of(ds);
    const size_t steps = ds->offset[ds->count];
    rr_dataset *copy = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_dataset_new(&shape, ds->count, steps, &copy, err));
    if (ds->words != NULL)
        RRI_TRY(rri_dataset_text_room(
            copy, rri_dataset_text_bytes(ds, ds->symbols, ds->word, steps), err));
    memcpy(copy->states, ds->states, sizeof copy->states);
    memcpy(copy->offset, ds->offset, (ds->count + 1) * sizeof *ds->offset);
    memcpy(copy->label, ds->label, ds->count * sizeof *ds->label);
    copy_steps(ds, 0, copy, 0, steps);
    RRI_TRY(rri_origins_select(ds, NULL, ds->count, copy, err));
    *out = copy;
    copy = NULL;

done:
    rr_dataset_free(copy);
    return st;
}

rr_status rr_dataset_relabel(const rr_dataset *ds, const uint32_t *ids, const uint32_t *labels,
                             size_t n, rr_dataset **out, rr_error *err)
{
    rr_dataset *copy = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(check_labels(ds, ids, labels, n, err));
    RRI_TRY(copy_all(ds, &copy, err));
    for (size_t i = 0; i < n; i++)
        copy->label[ids[i]] = labels[i];
    RRI_TRY(rri_dataset_seal(copy, err));
    *out = copy;
    copy = NULL;

done:
    rr_dataset_free(copy);
    return st;
}

static rr_status check_step_labels(const rr_dataset *ds, const uint64_t *steps,
                                   const uint32_t *labels, size_t n, rr_error *err)
{
    const size_t total = ds->offset[ds->count];

    if (ds->step_label == NULL)
        return rri_fail(err, RR_ERR_ARG, -1, "the steps of the data have no labels to change");
    for (size_t i = 0; i < n; i++) {
        if (steps[i] >= total || (i > 0 && steps[i] <= steps[i - 1]))
            return rri_fail(err, RR_ERR_ARG, (int64_t)i,
                            "the steps with other labels must be rising numbers below %zu; number "
                            "%zu of the list is %llu",
                            total, i, (unsigned long long)steps[i]);
        if (labels[i] >= ds->classes && labels[i] != RR_NO_LABEL)
            return rri_fail(err, RR_ERR_ARG, (int64_t)i,
                            "the new label of step %llu is %u, which is outside 0..%zu",
                            (unsigned long long)steps[i], (unsigned)labels[i], ds->classes - 1);
    }
    return RR_OK;
}

rr_status rr_dataset_relabel_steps(const rr_dataset *ds, const uint64_t *steps,
                                   const uint32_t *labels, size_t n, rr_dataset **out,
                                   rr_error *err)
{
    rr_dataset *copy = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(check_step_labels(ds, steps, labels, n, err));
    RRI_TRY(copy_all(ds, &copy, err));
    for (size_t i = 0; i < n; i++)
        copy->step_label[steps[i]] = labels[i];
    RRI_TRY(rri_dataset_seal(copy, err));
    *out = copy;
    copy = NULL;

done:
    rr_dataset_free(copy);
    return st;
}
