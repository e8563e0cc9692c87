/* SPDX-License-Identifier: MIT */
/* inputs.c - nearest training sequences by their inputs: which are candidates, and the search. */
#include "audit/inputs_internal.h"

#include <stdlib.h>
#include <string.h>

enum {
    BLOCK = 2048, /* sequences between two looks at whether the caller still waits */
    TRIED = 2000, /* sequences by which the number of parts is chosen */
    MOST_PARTS = 16
};

/* Multiplications, or words compared: about ten seconds of one core. */
static const size_t WORK = 300000000000U;

rr_status rri_inputs_median(const rr_dataset *ds, size_t *out, rr_error *err)
{
    const size_t N = rr_dataset_count(ds);
    size_t *steps = NULL;
    const rr_status st = rri_alloc(&steps, N, 1, sizeof *steps, err);

    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < N; i++)
        steps[i] = rr_dataset_at(ds, i).steps;
    qsort(steps, N, sizeof *steps, rri_by_size);
    *out = steps[N / 2];
    rri_free(steps);
    return RR_OK;
}

rr_status rri_inputs_refer(rri_inputs *x, size_t references, rr_error *err)
{
    const rr_status st = rri_alloc(&x->reference, references, 1, sizeof *x->reference, err);

    if (st != RR_OK)
        return st;
    x->references = references;
    for (size_t r = 0; r < references; r++) {
        size_t begin = 0, end = 0;
        rri_part(x->N, references, r, &begin, &end);
        x->reference[r] = (uint32_t)begin;
    }
    return RR_OK;
}

rr_status rri_inputs_new(const rr_dataset *ds, size_t parts, bool scaled, size_t most_work,
                         rri_inputs **out, rr_error *err)
{
    rri_inputs *x = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_alloc(&x, 1, 1, sizeof *x, err));
    x->N = rr_dataset_count(ds);
    if (most_work == 0)
        most_work = WORK;
    x->parts = rr_dataset_width(ds) > 0 ? parts : 0;
    x->scaled = scaled;
    RRI_TRY(rr_dataset_width(ds) > 0 ? rri_input_frames_new(ds, x, most_work, err)
                                     : rri_input_symbols_new(ds, x, most_work, err));
    *out = x;
    x = NULL;

done:
    rri_inputs_free(x);
    return st;
}

void rri_inputs_free(rri_inputs *x)
{
    if (x == NULL)
        return;
    rri_input_frames_free(x->frames);
    rri_input_symbols_free(x->symbols);
    rri_free(x->reference);
    rri_free(x);
}

size_t rri_inputs_parts(const rri_inputs *x)
{
    return x->parts;
}

bool rri_inputs_scaled(const rri_inputs *x)
{
    return x->scaled;
}

size_t rri_inputs_references(const rri_inputs *x)
{
    return x->references;
}

rr_status rri_inputs_search(const rri_inputs *x, const rr_dataset *ds, size_t stride,
                            size_t threads, const rr_callbacks *cb, bool inside, uint32_t *ids,
                            unsigned char *counts, rr_error *err)
{
    const size_t n = rri_blocks(rr_dataset_count(ds), stride);
    rri_nearest *best = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&best, rri_min(n, BLOCK), 1, sizeof *best, err));
    for (size_t begin = 0; begin < n; begin += BLOCK) {
        const size_t end = rri_min(n, begin + BLOCK);
        RRI_TRY(rri_check_cancelled(cb, err));
        memset(best, 0, (end - begin) * sizeof *best);
        RRI_TRY(
            x->frames != NULL
                ? rri_input_frames_search(x, ds, inside, stride, begin, end, threads, best, err)
                : rri_input_symbols_search(x, ds, inside, stride, begin, end, threads, best, err));
        for (size_t i = begin; i < end; i++) {
            memcpy(ids + i * RRI_NEAREST, best[i - begin].id, sizeof best->id);
            counts[i] = (unsigned char)best[i - begin].n;
        }
        rri_show(cb, "neighbours", "sequences", end, n, "%s", "");
    }

done:
    rri_show_end(cb);
    rri_free(best);
    return st;
}

/* How probable the given labels are at best: nats by which sequences 0, stride, ... gain. */
static rr_status try_parts(const rri_inputs *x, const rr_dataset *ds, const uint32_t *label,
                           size_t C, size_t threads, const rr_callbacks *cb, double *nats,
                           rr_error *err)
{
    const size_t stride = rri_max(1, x->N / TRIED);
    const size_t n = rri_blocks(x->N, stride);
    uint32_t *ids = NULL;
    unsigned char *counts = NULL;
    rri_belief b;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&ids, n, RRI_NEAREST, sizeof *ids, err));
    RRI_TRY(rri_alloc(&counts, n, 1, 1, err));
    RRI_TRY(rri_inputs_search(x, ds, stride, threads, cb, true, ids, counts, err));
    RRI_TRY(rri_belief_fit(label, x->N, C, stride, ids, counts, &b, err));
    *nats = b.nats;

done:
    rri_free(counts);
    rri_free(ids);
    return st;
}

rr_status rri_inputs_fit(const rr_dataset *ds, const uint32_t *label, size_t C, size_t threads,
                         const rr_callbacks *cb, rri_inputs **out, rr_error *err)
{
    rri_inputs *x = NULL, *best = NULL;
    size_t most = 1;
    double nats = 0.0, gained = 0.0;
    rr_status st = RR_OK;

    *out = NULL;
    if (rr_dataset_width(ds) == 0)
        return rri_inputs_new(ds, 1, false, 0, out, err);
    RRI_TRY(rri_inputs_median(ds, &most, err));
    most = rri_min(most, MOST_PARTS);
    for (size_t parts = 1, tried = 0; tried < most; parts *= 2) {
        tried = rri_min(parts, most);
        for (int scaled = 0; scaled < 2; scaled++) {
            RRI_TRY(rri_inputs_new(ds, tried, scaled == 1, 0, &x, err));
            RRI_TRY(try_parts(x, ds, label, C, threads, cb, &nats, err));
            if (best == NULL || nats > gained) {
                rri_inputs_free(best);
                best = x;
                gained = nats;
                x = NULL;
            }
            rri_inputs_free(x);
            x = NULL;
        }
    }
    *out = best;
    best = NULL;

done:
    rri_inputs_free(x);
    rri_inputs_free(best);
    return st;
}
