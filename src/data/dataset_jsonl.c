/* SPDX-License-Identifier: MIT */
/* dataset_jsonl.c - writes sequences of words as JSON lines, in the format that source_jsonl.c
 * reads. The rows are written one by one, so memory does not grow with their number. */
#include "data/dataset_internal.h"
#include "data/origins.h"

#include "io/io.h"
#include "io/json.h"

#include <string.h>

static rr_status check_sets(const rr_dataset *const *sets, const rr_split *splits, size_t n,
                            const char *path, rr_error *err)
{
    for (size_t i = 0; i < n; i++) {
        if (sets[i]->words == NULL)
            return rri_fail(err, RR_ERR_ARG, (int64_t)i,
                            "%s: dataset %zu has no words that could be written", path, i);
        if ((unsigned)splits[i] > RR_SPLIT_TEST)
            return rri_fail(err, RR_ERR_ARG, (int64_t)i, "%d is no split", (int)splits[i]);
        if (sets[i]->classes != sets[0]->classes)
            return rri_fail(err, RR_ERR_SHAPE, (int64_t)i,
                            "%s: %zu and %zu classes cannot be written to one file", path,
                            sets[0]->classes, sets[i]->classes);
        for (size_t c = 0; c < sets[i]->classes; c++)
            if (strcmp(sets[i]->name[c], sets[0]->name[c]) != 0)
                return rri_fail(err, RR_ERR_SHAPE, (int64_t)i,
                                "%s: class %zu is %s in one dataset, %s in another", path, c,
                                sets[0]->name[c], sets[i]->name[c]);
    }
    return RR_OK;
}

/* A text as a JSON string. */
static rr_status write_string(rri_writer *w, const char *text, rr_error *err)
{
    json_t *value = NULL;
    char *json = NULL;
    rr_status st = RR_OK;

    value = json_string(text);
    if (value == NULL)
        RRI_TRY(rri_is_utf8(text) ? rri_fail(err, RR_ERR_NOMEM, -1, "out of memory for a word")
                                  : rri_fail(err, RR_ERR_ARG, -1, "a class name is not UTF-8"));
    RRI_TRY(rri_json_text(value, &json, err));
    RRI_TRY(rri_writer_write(w, json, strlen(json), err));

done:
    rri_free(json);
    json_decref(value);
    return st;
}

static rr_status write_text(rri_writer *w, const char *text, rr_error *err)
{
    return rri_writer_write(w, text, strlen(text), err);
}

/* The labels of the words, null for none. */
static rr_status write_tags(rri_writer *w, const rr_dataset *ds, const rr_sequence *s,
                            rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(write_text(w, ",\"tags\":[", err));
    for (size_t t = 0; t < s->steps; t++) {
        if (t > 0)
            RRI_TRY(write_text(w, ",", err));
        RRI_TRY(s->step_labels[t] == RR_NO_LABEL
                    ? write_text(w, "null", err)
                    : write_string(w, ds->name[s->step_labels[t]], err));
    }
    RRI_TRY(write_text(w, "]", err));

done:
    return st;
}

/* The source's own id, and the file and row of the source, where there are any. */
static rr_status write_origin(rri_writer *w, const rr_dataset *ds, size_t i, rr_error *err)
{
    const rr_origin o = rr_dataset_origin(ds, i);
    char row[48];
    rr_status st = RR_OK;

    if (o.id != NULL) {
        RRI_TRY(write_text(w, ",\"id\":", err));
        RRI_TRY(write_string(w, o.id, err));
    }
    if (o.row != RR_NO_ROW) {
        (void)rri_snprintf(row, sizeof row, ",\"source_row\":%llu", (unsigned long long)o.row);
        RRI_TRY(write_text(w, row, err));
    }
    if (o.file != NULL) {
        RRI_TRY(write_text(w, ",\"source_file\":", err));
        RRI_TRY(write_string(w, rri_origins_name(ds, (size_t)rri_origins_file_of(ds, i)), err));
    }

done:
    return st;
}

static rr_status write_row(rri_writer *w, const rr_dataset *ds, size_t i, rr_split split,
                           rr_error *err)
{
    const rr_sequence s = rr_dataset_at(ds, i);
    rr_status st = RR_OK;

    RRI_TRY(write_text(w, "{\"tokens\":[", err));
    for (size_t t = 0; t < s.steps; t++) {
        if (t > 0)
            RRI_TRY(write_text(w, ",", err));
        RRI_TRY(write_string(w, s.words[t], err));
    }
    RRI_TRY(write_text(w, "],\"label\":", err));
    RRI_TRY(write_string(w, ds->name[s.label], err));
    if (s.step_labels != NULL)
        RRI_TRY(write_tags(w, ds, &s, err));
    RRI_TRY(write_text(w, ",\"split\":\"", err));
    RRI_TRY(write_text(w, rr_enum_name(RR_ENUM_SPLIT, split), err));
    RRI_TRY(write_text(w, "\"", err));
    RRI_TRY(write_origin(w, ds, i, err));
    RRI_TRY(write_text(w, "}\n", err));

done:
    return st;
}

rr_status rr_dataset_save_jsonl(const rr_dataset *const *sets, const rr_split *splits, size_t n,
                                const char *path, rr_error *err)
{
    rri_writer *w = NULL;
    rr_status st = RR_OK;

    RRI_TRY(check_sets(sets, splits, n, path, err));
    RRI_TRY(rri_writer_open(path, &w, err));
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < sets[k]->count; i++)
            RRI_TRY(write_row(w, sets[k], i, splits[k], err));
    st = rri_writer_commit(w, err);
    w = NULL;

done:
    rri_writer_abandon(w);
    return st;
}
