/* SPDX-License-Identifier: MIT */
/* tracing.c - traces of other sequences under a finished model: project, assign, encode. */
#include "abstraction/abstraction_internal.h"
#include "influence/model.h"

static rr_status check_source(const rr_influence *inf, const rr_state_source *source, rr_error *err)
{
    const rr_status st = rri_source_check(source, err);

    if (st != RR_OK)
        return st;
    if (source->hidden != inf->info.hidden || source->classes != inf->info.classes)
        return rri_fail(err, RR_ERR_SHAPE, -1,
                        "the state source has H = %zu and C = %zu, the influence model %zu and %zu",
                        source->hidden, source->classes, inf->info.hidden, inf->info.classes);
    if (source->width != inf->width || source->vocabulary != inf->vocabulary)
        return rri_fail(err, RR_ERR_SHAPE, -1,
                        "the state source has frames of width %zu and a vocabulary of %zu, the "
                        "influence model %zu and %zu",
                        source->width, source->vocabulary, inf->width, inf->vocabulary);
    return RR_OK;
}

rr_status rri_influence_project(const rr_influence *inf, rri_rows x, size_t threads, float *z,
                                rr_error *err)
{
    const size_t components = inf->info.components;
    const rr_status st = rri_pca_project(inf->pca, x, threads, z, err);

    if (st != RR_OK)
        return st;
    const size_t i = rri_first_nonfinite(z, x.n, components, components);
    if (i < x.n)
        return rri_fail(err, RR_ERR_NUMERIC, (int64_t)i,
                        "hidden state %zu holds a value that is not finite", i);
    return RR_OK;
}

rr_status rri_influence_assign(const rr_influence *inf, rri_rows z, size_t threads, uint16_t *q,
                               rr_error *err)
{
    return rri_gmm_assign(inf->gmm, z, threads, q, err);
}

/* The states of one batch, into q; *z is scratch of *rows rows, grown as needed. */
static rr_status assign(const rr_influence *inf, const rri_filled *at, const rr_state_batch *batch,
                        size_t threads, float **z, size_t *rows, uint16_t *q, rr_error *err)
{
    const size_t hidden = inf->info.hidden;
    const size_t components = inf->info.components;
    rr_status st = RR_OK;

    if (batch->rows > *rows) {
        rri_free(*z);
        *z = NULL;
        *rows = 0;
        RRI_TRY(rri_alloc(z, batch->rows, components, sizeof **z, err));
        *rows = batch->rows;
    }
    RRI_TRY(rri_pca_project(inf->pca, (rri_rows){ batch->states, batch->rows, hidden, hidden },
                            threads, *z, err));
    const size_t i = rri_first_nonfinite(*z, batch->rows, components, components);
    if (i < batch->rows)
        return rri_fail(err, RR_ERR_NUMERIC, (int64_t)(at->rows + i),
                        "the hidden state at step %zu of all holds a value that is not finite",
                        at->rows + i);
    RRI_TRY(rri_influence_assign(inf, (rri_rows){ *z, batch->rows, components, components },
                                 threads, q, err));

done:
    return st;
}

rr_status rr_influence_trace(const rr_influence *inf, rr_state_source *source, size_t threads,
                             rr_traces **out, rr_error *err)
{
    rri_filled at = { 0 };
    rr_traces *t = NULL;
    float *z = NULL;
    size_t rows = 0;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(check_source(inf, source, err));
    RRI_TRY(
        rri_traces_new(source->sequences, source->steps, inf->training->symbol != NULL, &t, err));
    RRI_TRY(source->ops->rewind(source->self, err));
    for (;;) {
        rr_state_batch batch = { 0 };
        RRI_TRY(source->ops->next(source->self, &batch, err));
        if (batch.count == 0)
            break;
        RRI_TRY(rri_batch_check(source, &at, &batch, inf->book != NULL, err));
        if (inf->book != NULL)
            RRI_TRY(rri_frames_check(source, &at, &batch, err));
        RRI_TRY(assign(inf, &at, &batch, threads, &z, &rows, t->own.state + at.rows, err));
        RRI_TRY(rri_traces_add(t, &at, &batch, inf->info.classes, inf->book, threads, err));
    }
    RRI_TRY(rri_pass_check(source, &at, err));
    *out = t;
    t = NULL;

done:
    rri_free(z);
    rr_traces_free(t);
    return st;
}
