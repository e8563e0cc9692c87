/* SPDX-License-Identifier: MIT */
/* weights.c - the loss weights among the edits of a training set: checked, composed, and read from
 * a file. */
#include "data/data_internal.h"
#include "io/csv.h"
#include "io/file.h"
#include "io/json.h"
#include "io/lines.h"

#include <math.h>
#include <string.h>

/* ---- weights of edits ----------------------------------------------------------------------- */

rr_status rri_edits_weigh(rri_edits *e, size_t n, rr_error *err)
{
    const rr_status st = rri_alloc(&e->weights, n, 1, sizeof *e->weights, err);

    if (st != RR_OK)
        return st;
    e->view.weights = e->weights;
    e->view.count_weights = n;
    return RR_OK;
}

void rri_edits_drop_ones(rri_edits *e)
{
    for (size_t i = 0; i < e->view.count_weights; i++)
        if (e->weights[i] != 1.0f)
            return;
    rri_free(e->weights);
    e->weights = NULL;
    e->view.weights = NULL;
    e->view.count_weights = 0;
}

rr_status rri_loss_weights_check(const float *weights, size_t n, rr_error *err)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(weights[i]) || weights[i] < 0.0f)
            return rri_fail(
                err, RR_ERR_ARG, (int64_t)i,
                "the loss weight of sequence %zu is %g: expected a number of at least 0", i,
                (double)weights[i]);
    return RR_OK;
}

rr_status rri_weights_check(const float *weights, size_t n, rr_error *err)
{
    const rr_status st = rri_loss_weights_check(weights, n, err);
    bool any = false;

    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < n; i++)
        any = any || weights[i] > 0.0f;
    return any ? RR_OK
               : rri_fail(err, RR_ERR_ARG, -1,
                          "the loss weight of every training sequence is 0: nothing would be "
                          "learned");
}

rr_status rri_edits_join_weights(const rr_edits *first, size_t n, const rr_edits *then,
                                 rri_edits *out, rr_error *err)
{
    const size_t added = then->additions != NULL ? rr_dataset_count(then->additions) : 0;
    const size_t count = n - then->count_removed + added;
    size_t next = 0; /* removed by `then` */
    size_t at = 0;
    rr_status st = RR_OK;

    if (first->weights == NULL && then->weights == NULL)
        return RR_OK;
    if (first->weights != NULL && first->count_weights != n)
        return rri_fail(err, RR_ERR_ARG, -1, "there are %zu loss weights, but %zu sequences",
                        first->count_weights, n);
    if (then->weights != NULL && then->count_weights != count)
        return rri_fail(err, RR_ERR_ARG, -1, "there are %zu loss weights, but %zu sequences",
                        then->count_weights, count);
    RRI_TRY(rri_edits_weigh(out, count, err));
    for (size_t i = 0; i < n; i++)
        if (next < then->count_removed && then->removed[next] == i)
            next++;
        else
            out->weights[at++] = first->weights != NULL ? first->weights[i] : 1.0f;
    while (at < count)
        out->weights[at++] = 1.0f;
    for (size_t i = 0; then->weights != NULL && i < count; i++)
        out->weights[i] *= then->weights[i];
    RRI_TRY(rri_weights_check(out->weights, count, err));
    rri_edits_drop_ones(out);

done:
    return st;
}

/* ---- a file --------------------------------------------------------------------------------- */

typedef struct reader {
    const char *path;
    size_t line;
    rri_own_ids *ids;
    size_t *seen_on; /* [N] the line that weighs a sequence, 0 where none does */
    float *weights;  /* [N] */
} reader;

static rr_status set_weight(reader *r, const char *number, const char *id, double weight,
                            rr_error *err)
{
    size_t i = 0;
    const rr_status st = rri_own_ids_find(r->ids, r->path, r->line, number, id, &i, err);

    if (st != RR_OK)
        return st;
    if (r->seen_on[i] != 0)
        return rri_fail(err, RR_ERR_FORMAT, (int64_t)r->line,
                        "%s, line %zu: sequence %zu comes twice, first on line %zu", r->path,
                        r->line, i, r->seen_on[i]);
    if (!isfinite((float)weight) || weight < 0.0)
        return rri_fail(err, RR_ERR_FORMAT, (int64_t)r->line,
                        "%s, line %zu: the weight %g is no number of at least 0", r->path, r->line,
                        weight);
    r->seen_on[i] = r->line;
    r->weights[i] = (float)weight;
    return RR_OK;
}

static rr_status read_csv(reader *r, rr_error *err)
{
    rri_csv *csv = NULL;
    size_t id = 0;
    size_t own = 0;
    size_t weight = 0;
    size_t bytes = 0;
    bool has_id = true;
    bool has_own = false;
    bool more = true;
    rr_status st = RR_OK;

    RRI_TRY(rri_csv_open(r->path, NULL, &csv, err));
    RRI_TRY(rri_csv_find(csv, "source_id", &has_own, &own, err));
    RRI_TRY(has_own ? rri_csv_find(csv, "id", &has_id, &id, err)
                    : rri_csv_column(csv, "id", &id, err));
    RRI_TRY(rri_csv_column(csv, "weight", &weight, err));
    for (;;) {
        RRI_TRY(rri_csv_next(csv, &more, err));
        if (!more)
            break;
        r->line = rri_csv_line(csv);
        const char *text = rri_csv_field(csv, weight, &bytes);
        double value = 0.0;
        if (!rri_parse_f64(text, &value))
            RRI_TRY(rri_fail(err, RR_ERR_FORMAT, (int64_t)r->line,
                             "%s, line %zu: the weight \"%.60s\" is no number of at least 0",
                             r->path, r->line, text));
        RRI_TRY(set_weight(r, has_id ? rri_csv_field(csv, id, &bytes) : NULL,
                           has_own ? rri_csv_field(csv, own, &bytes) : NULL, value, err));
    }

done:
    rri_csv_close(csv);
    return st;
}

static rr_status add_object(reader *r, const json_t *object, rr_error *err)
{
    const json_t *id = json_object_get(object, "id");
    const json_t *own = json_object_get(object, "source_id");
    const json_t *weight = json_object_get(object, "weight");
    const bool numbered = json_is_integer(id);
    char room[32] = "";

    if ((!numbered && !json_is_string(own)) || !json_is_number(weight))
        return rri_fail(err, RR_ERR_FORMAT, (int64_t)r->line,
                        "%s, line %zu: expected an object with the numbers id and weight, or with "
                        "the text source_id in the place of id",
                        r->path, r->line);
    if (numbered)
        (void)rri_snprintf(room, sizeof room, "%" JSON_INTEGER_FORMAT, json_integer_value(id));
    return set_weight(r, room, json_string_value(own), json_number_value(weight), err);
}

static rr_status read_json(reader *r, rr_error *err)
{
    rri_json_rows *rows = NULL;
    json_t *row = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_json_rows_open(r->path, NULL, &rows, err));
    for (;;) {
        RRI_TRY(rri_json_rows_next(rows, &row, err));
        if (row == NULL)
            break;
        r->line = rri_json_rows_line(rows);
        RRI_TRY(add_object(r, row, err));
        json_decref(row);
        row = NULL;
    }

done:
    json_decref(row);
    rri_json_rows_close(rows);
    return st;
}

static rr_status load(const char *path, const rr_dataset *ds, size_t count, rr_edits **out,
                      rr_error *err)
{
    reader r = { .path = path };
    rri_edits *e = NULL;
    char first = '\0';
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_check_plain(path, "it is read twice", err));
    RRI_TRY(rri_edits_new(0, 0, 0, NULL, &e, err));
    RRI_TRY(rri_edits_weigh(e, count, err));
    RRI_TRY(rri_own_ids_new(ds, count, &r.ids, err));
    RRI_TRY(rri_alloc(&r.seen_on, count, 1, sizeof *r.seen_on, err));
    r.weights = e->weights;
    for (size_t i = 0; i < count; i++)
        r.weights[i] = 1.0f;
    RRI_TRY(rri_lines_first(path, &first, err));
    RRI_TRY(first == '{' || first == '[' ? read_json(&r, err) : read_csv(&r, err));
    st = rri_weights_check(r.weights, count, err);
    if (st == RR_ERR_ARG)
        st = rri_prefix(err, RR_ERR_FORMAT, "%s", path);
    RRI_TRY(st);
    rri_edits_drop_ones(e);
    *out = &e->view;
    e = NULL;

done:
    rri_free(r.seen_on);
    rri_own_ids_free(r.ids);
    rr_edits_free((rr_edits *)e);
    return st;
}

rr_status rr_weights_load(const char *path, size_t count, rr_edits **out, rr_error *err)
{
    return load(path, NULL, count, out, err);
}

rr_status rri_weights_load(const char *path, const rr_dataset *ds, rr_edits **out, rr_error *err)
{
    return load(path, ds, rr_dataset_count(ds), out, err);
}
