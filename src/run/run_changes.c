/* SPDX-License-Identifier: MIT */
/* run_changes.c - what a run changes of its source's training set, in this order: other labels,
 * sequences left out, sequences added. Numbers in the lists are of the source. */
#include "run/run_internal.h"

#include "io/io.h"

#include <string.h>

/* ---- the lists ------------------------------------------------------------------------------ */

void rri_run_clear_lists(rri_run_lists *lists)
{
    rri_free(lists->removed);
    rri_free(lists->relabelled);
    rri_free(lists->labels);
    *lists = (rri_run_lists){ .removed = NULL };
}

/* ARG unless the numbers rise and are of the training set. */
static rr_status check_rising(const uint32_t *ids, size_t n, size_t count, const char *what,
                              rr_error *err)
{
    for (size_t i = 0; i < n; i++)
        if (ids[i] >= count || (i > 0 && ids[i] <= ids[i - 1]))
            return rri_fail(err, RR_ERR_ARG, (int64_t)i,
                            "the sequences %s must be rising numbers below %zu; number %zu of the "
                            "list is %u",
                            what, count, i, (unsigned)ids[i]);
    return RR_OK;
}

rr_status rri_run_check_changes(const rr_run_settings *s, rr_error *err)
{
    const size_t count = s->splits[RR_SPLIT_TRAIN].count;
    rr_status st = RR_OK;

    RRI_TRY(check_rising(s->removed, s->count_removed, count, "left out", err));
    RRI_TRY(check_rising(s->relabelled, s->count_relabelled, count, "with other labels", err));
    for (size_t i = 0; i < s->count_relabelled; i++)
        if (s->labels[i] >= s->network.classes)
            RRI_TRY(rri_fail(err, RR_ERR_ARG, (int64_t)i,
                             "the new label of sequence %u is %u, which is outside 0..%zu",
                             (unsigned)s->relabelled[i], (unsigned)s->labels[i],
                             s->network.classes - 1));
    if (s->count_removed > 0 && s->count_removed == count)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "every training sequence of the source would be left out"));

done:
    return st;
}

static rr_status copy_list(const uint32_t *from, size_t n, uint32_t **to, rr_error *err)
{
    if (n == 0)
        return RR_OK;
    const rr_status st = rri_alloc(to, n, 1, sizeof **to, err);
    if (st == RR_OK)
        memcpy(*to, from, n * sizeof *from);
    return st;
}

rr_status rri_run_settle_changes(rr_run *run, const rr_run_settings *s, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(copy_list(s->removed, s->count_removed, &run->removed, err));
    RRI_TRY(copy_list(s->relabelled, s->count_relabelled, &run->relabelled, err));
    RRI_TRY(copy_list(s->labels, s->count_relabelled, &run->labels, err));

done:
    return st;
}

/* ---- run.json ------------------------------------------------------------------------------- */

static rr_status append(json_t *list, uint32_t number, rr_error *err)
{
    if (json_array_append_new(list, json_integer((json_int_t)number)) != 0)
        return rri_fail(err, RR_ERR_NOMEM, -1, "out of memory for run.json");
    return RR_OK;
}

rr_status rri_run_write_changes(const rr_run_settings *s, json_t *root, rr_error *err)
{
    rr_status st = RR_OK;

    if (s->count_removed > 0) {
        json_t *list = json_array();
        RRI_TRY(rri_json_set(root, "removed", list, err));
        for (size_t i = 0; i < s->count_removed; i++)
            RRI_TRY(append(list, s->removed[i], err));
    }
    if (s->count_relabelled > 0) {
        json_t *ids = json_array();
        RRI_TRY(rri_json_set(root, "relabelled", ids, err));
        json_t *labels = json_array();
        RRI_TRY(rri_json_set(root, "labels", labels, err));
        for (size_t i = 0; i < s->count_relabelled; i++) {
            RRI_TRY(append(ids, s->relabelled[i], err));
            RRI_TRY(append(labels, s->labels[i], err));
        }
    }

done:
    return st;
}

/* A list of numbers below `limit`; *out is NULL where the member is missing. Errors FORMAT, NOMEM.
 */
static rr_status read_list(const json_t *root, const char *path, const char *key, size_t limit,
                           bool rising, const char *what, uint32_t **out, size_t *n, rr_error *err)
{
    const json_t *list = json_object_get(root, key);
    rr_status st = RR_OK;

    if (list == NULL)
        return RR_OK;
    if (!json_is_array(list))
        return rri_fail(err, RR_ERR_FORMAT, -1, "%s: '%s' is no list", path, key);
    const size_t count = json_array_size(list);
    RRI_TRY(rri_alloc(out, count, 1, sizeof **out, err));
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(list, i);
        const json_int_t id = json_integer_value(item);
        if (!json_is_integer(item) || id < 0 || (uint64_t)id >= limit || id > UINT32_MAX ||
            (rising && i > 0 && (uint32_t)id <= (*out)[i - 1]))
            RRI_TRY(rri_fail(err, RR_ERR_FORMAT, (int64_t)i, "%s: %s[%zu] is not a %s", path, key,
                             i, what));
        (*out)[i] = (uint32_t)id;
    }
    *n = count;

done:
    return st;
}

rr_status rri_run_read_changes(const json_t *root, const char *path, rr_run_settings *s,
                               rri_run_lists *lists, rr_error *err)
{
    static const char rising[] = "rising number of the training set";
    const size_t count = s->splits[RR_SPLIT_TRAIN].count;
    size_t labels = 0;
    rr_status st = RR_OK;

    RRI_TRY(read_list(root, path, "removed", count, true, rising, &lists->removed,
                      &s->count_removed, err));
    RRI_TRY(read_list(root, path, "relabelled", count, true, rising, &lists->relabelled,
                      &s->count_relabelled, err));
    RRI_TRY(read_list(root, path, "labels", s->network.classes, false, "class", &lists->labels,
                      &labels, err));
    if (s->count_removed > 0 && s->count_removed == count)
        RRI_TRY(rri_fail(err, RR_ERR_FORMAT, -1,
                         "%s: 'removed' names every training sequence of the source", path));
    if (labels != s->count_relabelled)
        RRI_TRY(rri_fail(err, RR_ERR_FORMAT, -1,
                         "%s: 'relabelled' names %zu sequences, but there are %zu 'labels'", path,
                         s->count_relabelled, labels));
    s->removed = lists->removed;
    s->relabelled = lists->relabelled;
    s->labels = lists->labels;

done:
    return st;
}

/* ---- the training set ----------------------------------------------------------------------- */

bool rri_run_shifts(const rr_run *run)
{
    return run->settings.count_removed > 0 || run->settings.count_relabelled > 0;
}

bool rri_run_changes(const rr_run *run)
{
    return rri_run_shifts(run) || run->additions_hash != NULL;
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
    if (strcmp(rr_dataset_hash(*out), run->additions_hash) != 0)
        RRI_TRY(rri_fail(err, RR_ERR_MISMATCH, -1,
                         "%s: the content changed since the run was made (hash %.12s..., expected "
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

static rr_status without_removed(const rr_run *run, const rr_dataset *ds, rr_dataset **out,
                                 rr_error *err)
{
    const rr_run_settings *s = &run->settings;
    const size_t count = rr_dataset_count(ds);
    size_t *left = NULL;
    size_t n = 0;
    size_t next = 0; /* in the list, which rises */
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&left, count, 1, sizeof *left, err));
    for (size_t i = 0; i < count; i++)
        if (next < s->count_removed && s->removed[next] == i)
            next++;
        else
            left[n++] = i;
    RRI_TRY(rr_dataset_select(ds, left, n, out, err));

done:
    rri_free(left);
    return st;
}

/* Put a changed copy in the place of *ds. */
static void replace(rr_dataset **ds, rr_dataset *changed)
{
    rr_dataset_free(*ds);
    *ds = changed;
}

rr_status rri_run_change(const rr_run *run, rr_dataset **ds, rr_error *err)
{
    const rr_run_settings *s = &run->settings;
    rr_dataset *changed = NULL;
    rr_dataset *additions = NULL;
    rr_status st = RR_OK;

    if (s->count_relabelled > 0) {
        RRI_TRY(
            rr_dataset_relabel(*ds, s->relabelled, s->labels, s->count_relabelled, &changed, err));
        replace(ds, changed);
    }
    if (s->count_removed > 0) {
        RRI_TRY(without_removed(run, *ds, &changed, err));
        replace(ds, changed);
    }
    if (run->additions_hash != NULL) {
        RRI_TRY(load_additions(run, &additions, err));
        RRI_TRY(rr_dataset_concat(*ds, additions, &changed, err));
        replace(ds, changed);
    }

done:
    rr_dataset_free(additions);
    if (st != RR_OK)
        replace(ds, NULL);
    return st;
}

/* ---- its name ------------------------------------------------------------------------------- */

static rr_status add_labels(rri_sha256 *h, const rr_run_settings *s, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(rri_sha256_add(h, "labels", 6, err));
    for (size_t i = 0; i < s->count_relabelled; i++) {
        const uint32_t pair[2] = { s->relabelled[i], s->labels[i] };
        RRI_TRY(rri_sha256_add(h, pair, sizeof pair, err));
    }

done:
    return st;
}

rr_status rr_run_data_hash(const rr_run *run, char out[65], rr_error *err)
{
    const rr_run_settings *s = &run->settings;
    const char *base = s->splits[RR_SPLIT_TRAIN].hash;
    rri_sha256 *h = NULL;
    rr_status st = RR_OK;

    if (run->additions_hash == NULL && !rri_run_shifts(run)) {
        memcpy(out, base, 65);
        return RR_OK;
    }
    RRI_TRY(rri_sha256_new(&h, err));
    RRI_TRY(rri_sha256_add(h, base, 64, err));
    if (run->additions_hash != NULL)
        RRI_TRY(rri_sha256_add(h, run->additions_hash, 64, err));
    RRI_TRY(rri_sha256_add(h, run->removed, s->count_removed * sizeof *run->removed, err));
    if (s->count_relabelled > 0)
        RRI_TRY(add_labels(h, s, err));
    RRI_TRY(rri_sha256_hex(h, out, err));

done:
    rri_sha256_free(h);
    return st;
}
