/* SPDX-License-Identifier: MIT */
/* own_ids.c - finds the sequences that the rows of a file name, by their number or by the source's
 * own id. */
#include "data/data_internal.h"

#include <stdlib.h>
#include <string.h>

typedef struct entry {
    const char *id;
    size_t i;
} entry;

struct rri_own_ids {
    const rr_dataset *ds; /* NULL: it has no ids */
    size_t sequences, count;
    entry *list; /* [count] by id; NULL until one is asked for */
};

rr_status rri_own_ids_new(const rr_dataset *ds, size_t sequences, rri_own_ids **out, rr_error *err)
{
    const rr_status st = rri_alloc(out, 1, 1, sizeof **out, err);

    if (st != RR_OK)
        return st;
    (*out)->ds = ds != NULL && rr_dataset_origins(ds).ids ? ds : NULL;
    (*out)->sequences = sequences;
    return RR_OK;
}

static int by_id(const void *a, const void *b)
{
    const entry *x = a;
    const entry *y = b;
    const int order = strcmp(x->id, y->id);

    return order != 0 ? order : (x->i > y->i) - (x->i < y->i);
}

static rr_status sort_ids(rri_own_ids *x, rr_error *err)
{
    const rr_status st = rri_alloc(&x->list, x->sequences, 1, sizeof *x->list, err);

    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < x->sequences; i++) {
        const char *id = rr_dataset_origin(x->ds, i).id;
        if (id != NULL)
            x->list[x->count++] = (entry){ .id = id, .i = i };
    }
    qsort(x->list, x->count, sizeof *x->list, by_id);
    return RR_OK;
}

/* The first of the list that is not before an id; count where there is none. */
static size_t first_not_before(const rri_own_ids *x, const char *id)
{
    size_t low = 0;
    size_t high = x->count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (strcmp(x->list[middle].id, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static rr_status find_own(rri_own_ids *x, const char *path, size_t line, const char *id,
                          size_t *out, rr_error *err)
{
    if (x->ds == NULL)
        return rri_fail(err, RR_ERR_FORMAT, (int64_t)line,
                        "%s, line %zu: the source_id \"%.60s\" names no sequence: the data have no "
                        "ids of their own",
                        path, line, id);
    if (x->list == NULL) {
        const rr_status st = sort_ids(x, err);
        if (st != RR_OK)
            return st;
    }
    const size_t at = first_not_before(x, id);
    if (at == x->count || strcmp(x->list[at].id, id) != 0)
        return rri_fail(err, RR_ERR_FORMAT, (int64_t)line,
                        "%s, line %zu: no sequence has the source_id \"%.60s\"", path, line, id);
    if (at + 1 < x->count && strcmp(x->list[at + 1].id, id) == 0)
        return rri_fail(err, RR_ERR_FORMAT, (int64_t)line,
                        "%s, line %zu: more than one sequence has the source_id \"%.60s\", numbers "
                        "%zu and %zu among them: name one by its number, as id",
                        path, line, id, x->list[at].i, x->list[at + 1].i);
    *out = x->list[at].i;
    return RR_OK;
}

rr_status rri_own_ids_find(rri_own_ids *x, const char *path, size_t line, const char *number,
                           const char *id, size_t *out, rr_error *err)
{
    const bool numbered = number != NULL && *number != '\0';

    *out = 0;
    if (!numbered && id != NULL && *id != '\0')
        return find_own(x, path, line, id, out, err);
    if (!numbered || !rri_parse_size(number, out))
        return rri_fail(err, RR_ERR_FORMAT, (int64_t)line,
                        "%s, line %zu: the id \"%.60s\" is no number of a sequence%s", path, line,
                        numbered ? number : "",
                        x->ds != NULL ? "; ids of the data are named in a column source_id" : "");
    if (*out >= x->sequences)
        return rri_fail(err, RR_ERR_FORMAT, (int64_t)line,
                        "%s, line %zu: there is no sequence %zu; there are N = %zu, numbered from "
                        "0",
                        path, line, *out, x->sequences);
    return RR_OK;
}

void rri_own_ids_free(rri_own_ids *x)
{
    if (x == NULL)
        return;
    rri_free(x->list);
    rri_free(x);
}
