/* SPDX-License-Identifier: MIT */
/* tables.c - what queries need and the file does not hold, made when first asked for.
 *
 * A process that asks one question makes what that needs, one that asks none makes nothing. Any
 * thread may be the first; where two are, one result is kept. Tables do not change once they are
 * there, so that readers share them as they do the rest of the model. */
#include "influence/model.h"

#include <stdatomic.h>

struct rri_tables {
    _Atomic(rri_sketch *) sketch;
    _Atomic(rri_time_major *) time_major;
    _Atomic(rri_marks *) marks[RRI_KINDS];
    _Atomic(uint32_t *) sizes[RRI_KINDS];
};

rr_status rri_tables_new(rri_tables **out, rr_error *err)
{
    return rri_alloc(out, 1, 1, sizeof **out, err);
}

void rri_tables_free(rri_tables *t)
{
    if (t == NULL)
        return;
    rri_sketch_free(atomic_load(&t->sketch));
    rri_time_major_free(atomic_load(&t->time_major));
    for (size_t k = 0; k < RRI_KINDS; k++) {
        rri_marks_free(atomic_load(&t->marks[k]));
        rri_free(atomic_load(&t->sizes[k]));
    }
    rri_free(t);
}

rr_status rri_tables_sketch(const rr_influence *inf, const rri_sketch **out, rr_error *err)
{
    rri_sketch *found = atomic_load(&inf->tables->sketch);
    rri_sketch *own = NULL;
    rr_status st = RR_OK;

    if (found == NULL) {
        RRI_TRY(rri_sketch_new(inf->training, inf->info.states, inf->info.classes, inf->confidence,
                               &own, err));
        if (atomic_compare_exchange_strong(&inf->tables->sketch, &found, own)) {
            found = own;
            own = NULL;
        }
    }
    *out = found;

done:
    rri_sketch_free(own);
    return st;
}

rr_status rri_tables_time_major(const rr_influence *inf, const rri_time_major **out, rr_error *err)
{
    rri_time_major *found = atomic_load(&inf->tables->time_major);
    rri_time_major *own = NULL;
    const rri_sketch *order = NULL;
    rr_status st = RR_OK;

    if (found == NULL) {
        RRI_TRY(rri_tables_sketch(inf, &order, err));
        RRI_TRY(rri_time_major_new(inf->training, order, &own, err));
        if (atomic_compare_exchange_strong(&inf->tables->time_major, &found, own)) {
            found = own;
            own = NULL;
        }
    }
    *out = found;

done:
    rri_time_major_free(own);
    return st;
}

rr_status rri_tables_marks(const rr_influence *inf, rr_key kind, const rri_marks **out,
                           rr_error *err)
{
    rri_marks *found = atomic_load(&inf->tables->marks[kind]);
    rri_marks *own = NULL;
    rr_status st = RR_OK;

    if (found == NULL) {
        RRI_TRY(rri_marks_new(&inf->postings[kind], inf->info.sequences, &own, err));
        if (atomic_compare_exchange_strong(&inf->tables->marks[kind], &found, own)) {
            found = own;
            own = NULL;
        }
    }
    *out = found;

done:
    rri_marks_free(own);
    return st;
}

rr_status rri_tables_sizes(const rr_influence *inf, rr_key kind, const uint32_t **out,
                           rr_error *err)
{
    uint32_t *found = atomic_load(&inf->tables->sizes[kind]);
    uint32_t *own = NULL;
    rr_status st = RR_OK;

    if (found == NULL) {
        RRI_TRY(rri_postings_sizes(&inf->postings[kind], inf->info.sequences, &own, err));
        if (atomic_compare_exchange_strong(&inf->tables->sizes[kind], &found, own)) {
            found = own;
            own = NULL;
        }
    }
    *out = found;

done:
    rri_free(own);
    return st;
}
