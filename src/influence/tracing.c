/* SPDX-License-Identifier: MIT */
/* tracing.c - traces of other sequences under a finished model: project, assign, encode. */
#include "abstraction/abstraction_internal.h"
#include "influence/novelty.h"

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
    return rri_gmm_assign(inf->gmm, z, threads, q, NULL, err);
}

/* A pass over a source. */
typedef struct pass {
    const rr_influence *inf;
    size_t threads;
    rr_traces *traces;
    rri_measures *measures; /* [N], or NULL */
    rri_filled at;
    float *z;      /* scratch of `rows` rows, grown as needed: components, */
    float *likely; /* and log-likelihoods where there are measures */
    size_t rows;
} pass;

static rr_status grow(pass *p, size_t rows, rr_error *err)
{
    rr_status st = RR_OK;

    if (rows <= p->rows)
        return RR_OK;
    rri_free(p->z);
    rri_free(p->likely);
    p->z = p->likely = NULL;
    p->rows = 0;
    RRI_TRY(rri_alloc(&p->z, rows, p->inf->info.components, sizeof *p->z, err));
    if (p->measures != NULL)
        RRI_TRY(rri_alloc(&p->likely, rows, 1, sizeof *p->likely, err));
    p->rows = rows;

done:
    return st;
}

/* The states of one batch. */
static rr_status assign(pass *p, const rr_state_batch *batch, rr_error *err)
{
    const rr_influence *inf = p->inf;
    const size_t hidden = inf->info.hidden;
    const size_t components = inf->info.components;
    const bool likely = p->measures != NULL && rri_novelty_has(inf, RR_NOVELTY_STATE);
    rr_status st = RR_OK;

    RRI_TRY(grow(p, batch->rows, err));
    RRI_TRY(rri_pca_project(inf->pca, (rri_rows){ batch->states, batch->rows, hidden, hidden },
                            p->threads, p->z, err));
    const size_t i = rri_first_nonfinite(p->z, batch->rows, components, components);
    if (i < batch->rows)
        return rri_fail(err, RR_ERR_NUMERIC, (int64_t)(p->at.rows + i),
                        "the hidden state at step %zu of all holds a value that is not finite",
                        p->at.rows + i);
    RRI_TRY(rri_gmm_assign(inf->gmm, (rri_rows){ p->z, batch->rows, components, components },
                           p->threads, p->traces->own.state + p->at.rows, likely ? p->likely : NULL,
                           err));
    if (likely)
        rri_novelty_states(batch->steps, batch->count, p->likely, p->measures + p->at.sequences);

done:
    return st;
}

static rr_status trace_batch(pass *p, const rr_state_source *source, const rr_state_batch *batch,
                             rr_error *err)
{
    const rri_codebook *book = p->inf->book;
    const rri_filled at = p->at;
    rr_status st = RR_OK;

    RRI_TRY(rri_batch_check(source, &at, batch, book != NULL, err));
    if (book != NULL)
        RRI_TRY(rri_frames_check(source, &at, batch, err));
    RRI_TRY(assign(p, batch, err));
    RRI_TRY(rri_traces_add(p->traces, &p->at, batch, p->inf->info.classes, book, p->threads, err));
    if (p->measures != NULL && book != NULL)
        rri_novelty_inputs(book, batch, p->traces->symbol + at.rows, p->measures + at.sequences);

done:
    return st;
}

static void judge(const pass *p, rr_novelty *novelty)
{
    for (size_t i = 0; i < p->traces->count; i++) {
        const rr_trace trace = rr_traces_at(p->traces, i);
        if (rri_novelty_has(p->inf, RR_NOVELTY_STEP))
            rri_novelty_steps(p->inf, &trace, &p->measures[i]);
        (void)rri_novelty_of(p->inf, &p->measures[i], &novelty[i]);
    }
}

rr_status rri_influence_trace(const rr_influence *inf, rr_state_source *source, size_t threads,
                              rr_traces **out, rr_novelty *novelty, rr_error *err)
{
    pass p = { .inf = inf, .threads = threads };
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(check_source(inf, source, err));
    if (novelty != NULL && inf->novelty == NULL)
        RRI_TRY(rri_fail(err, RR_ERR_UNSUPPORTED, -1,
                         "the influence model has no limits of the novelty: a build of %d training "
                         "sequences or more makes them",
                         (int)RRI_NOVELTY_LEAST));
    RRI_TRY(rri_traces_new(source->sequences, source->steps, inf->training->symbol != NULL,
                           &p.traces, err));
    if (novelty != NULL)
        RRI_TRY(rri_alloc(&p.measures, source->sequences, 1, sizeof *p.measures, err));
    RRI_TRY(source->ops->rewind(source->self, err));
    for (;;) {
        rr_state_batch batch = { 0 };
        RRI_TRY(source->ops->next(source->self, &batch, err));
        if (batch.count == 0)
            break;
        RRI_TRY(trace_batch(&p, source, &batch, err));
    }
    RRI_TRY(rri_pass_check(source, &p.at, err));
    if (novelty != NULL)
        judge(&p, novelty);
    *out = p.traces;
    p.traces = NULL;

done:
    rri_free(p.measures);
    rri_free(p.likely);
    rri_free(p.z);
    rr_traces_free(p.traces);
    return st;
}

rr_status rr_influence_trace(const rr_influence *inf, rr_state_source *source, size_t threads,
                             rr_traces **out, rr_error *err)
{
    return rri_influence_trace(inf, source, threads, out, NULL, err);
}

rr_status rr_influence_novelty(const rr_influence *inf, rr_state_source *source, size_t threads,
                               rr_novelty *out, rr_error *err)
{
    rr_traces *traces = NULL;
    const rr_status st = rri_influence_trace(inf, source, threads, &traces, out, err);

    rr_traces_free(traces);
    return st;
}
