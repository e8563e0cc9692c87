/* SPDX-License-Identifier: MIT */
/* places.c - finds where sequences stand in the user's data by their numbers in a split. */
#include "kit/places.h"

#include "kit/progress.h"

#include <stdlib.h>

rr_status cli_places_add(cli_places *p, size_t id, rr_error *err)
{
    rr_status st = RR_OK;

    if (p->count == p->capacity) {
        const size_t capacity = rri_max(64, 2 * p->capacity);
        RRI_TRY(rri_grow(&p->id, p->count, capacity, sizeof *p->id, err));
        p->capacity = capacity;
    }
    p->id[p->count++] = id;

done:
    return st;
}

rr_status cli_places_open(cli_places *p, const cli_result *r, rr_session *s, rr_split split,
                          rr_error *err)
{
    rr_error own = { .msg = "" };
    size_t n = 0;

    if (p->count == 0)
        return RR_OK;
    qsort(p->id, p->count, sizeof *p->id, rri_by_size);
    for (size_t i = 0; i < p->count; i++)
        if (i == 0 || p->id[i] != p->id[n - 1])
            p->id[n++] = p->id[i];
    p->count = n;
    const rr_status st = rr_session_sequences(s, split, p->id, n, &p->ds, &own);
    if (st == RR_ERR_IO || st == RR_ERR_MISMATCH) {
        cli_say(r->common, "the rows of the %s split are not shown: %s",
                rr_enum_name(RR_ENUM_SPLIT, split), own.msg);
        return RR_OK;
    }
    if (st != RR_OK && err != NULL)
        *err = own;
    return st;
}

cli_source cli_place(const cli_places *p, size_t id)
{
    const size_t *at = p->ds == NULL ? NULL : bsearch(&id, p->id, p->count, sizeof id, rri_by_size);

    return at == NULL ? (cli_source){ .ds = NULL }
                      : (cli_source){ .ds = p->ds, .i = (size_t)(at - p->id) };
}

void cli_places_close(cli_places *p)
{
    rr_dataset_free(p->ds);
    rri_free(p->id);
    *p = (cli_places){ .ds = NULL };
}
