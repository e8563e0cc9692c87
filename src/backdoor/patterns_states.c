/* SPDX-License-Identifier: MIT */
/* patterns_states.c - the states of the training sequences at the places where they are compared,
 * read in one pass. */
#include "backdoor/patterns.h"

#include <assert.h>

void rri_places_clear(rri_places *p)
{
    rri_free(p->z);
    rri_free(p->label);
    *p = (rri_places){ 0 };
}

/* The step, from 0, that a sequence of T steps is looked at in. */
static size_t step_of(const rri_places *p, size_t place, size_t T)
{
    if (place < p->opening)
        return rri_min(place, T - 1);
    const size_t part = place - p->opening + 1;
    return rri_max(part * T / PATTERN_PARTS, 1) - 1;
}

/* Sequence `id`, of T steps whose projections are z [T][P]. */
static void put(rri_places *p, size_t id, const float *z, size_t T)
{
    assert(z != NULL);
    for (size_t place = 0; place < p->places; place++) {
        const float *const from = z + step_of(p, place, T) * p->P;
        for (size_t d = 0; d < p->P; d++)
            p->z[(place * p->P + d) * p->N + id] = from[d];
    }
}

/* The source must deliver the training set. */
static rr_status check_batch(const rr_influence *inf, const rr_state_batch *b, size_t first,
                             rr_error *err)
{
    const rr_traces *const training = rr_influence_training(inf);
    size_t rows = 0;

    for (size_t i = 0; i < b->count; i++) {
        const size_t id = first + i;
        if (id >= rr_traces_count(training) || b->steps[i] != rr_traces_at(training, id).steps ||
            b->labels[i] != rr_traces_at(training, id).label)
            return rri_fail(err, RR_ERR_SHAPE, (int64_t)id,
                            "sequence %zu of the states is not that of the training set the model "
                            "was built from",
                            id);
        rows += b->steps[i];
    }
    if (rows != b->rows)
        return rri_fail(err, RR_ERR_SHAPE, (int64_t)first,
                        "the source announces %zu rows for sequences of %zu steps", b->rows, rows);
    return RR_OK;
}

static rr_status check_source(const rr_influence *inf, const rr_state_source *source, rr_error *err)
{
    const rr_influence_info info = rr_influence_info_of(inf);

    if (source == NULL || source->ops == NULL)
        return rri_fail(err, RR_ERR_ARG, -1, "no source of states");
    if (source->unlabelled)
        return rri_fail(err, RR_ERR_UNSUPPORTED, -1, "the sequences of the source have no labels");
    if (source->sequences != info.sequences || source->hidden != info.hidden ||
        source->classes != info.classes)
        return rri_fail(err, RR_ERR_SHAPE, -1,
                        "the source has %zu sequences, %zu units and %zu classes; the model was "
                        "built from %zu, %zu and %zu",
                        source->sequences, source->hidden, source->classes, info.sequences,
                        info.hidden, info.classes);
    if (rr_traces_at(rr_influence_training(inf), 0).step_labels != NULL)
        return rri_fail(
            err, RR_ERR_UNSUPPORTED, -1,
            "the steps have labels of their own: patterns are those of whole sequences");
    return RR_OK;
}

/* One batch; *z is scratch of *room rows, grown as needed. */
static rr_status take(rri_places *p, const rr_influence *inf, const rr_state_batch *b, size_t first,
                      size_t threads, float **z, size_t *room, rr_error *err)
{
    const size_t H = rr_influence_info_of(inf).hidden;
    const float *at = NULL;
    rr_status st = RR_OK;

    RRI_TRY(check_batch(inf, b, first, err));
    if (b->rows > *room) {
        rri_free(*z);
        *z = NULL;
        *room = 0;
        RRI_TRY(rri_alloc(z, b->rows, p->P, sizeof **z, err));
        *room = b->rows;
    }
    RRI_TRY(rri_influence_project(inf, (rri_rows){ b->states, b->rows, H, H }, threads, *z, err));
    at = *z;
    for (size_t i = 0; i < b->count; i++) {
        put(p, first + i, at, b->steps[i]);
        p->label[first + i] = b->labels[i];
        at += (size_t)b->steps[i] * p->P;
    }

done:
    return st;
}

rr_status rri_places_read(const rr_influence *inf, rr_state_source *source, size_t opening,
                          size_t threads, rri_places *out, rr_error *err)
{
    const rr_influence_info info = rr_influence_info_of(inf);
    size_t n = 0, room = 0;
    float *z = NULL;
    rr_status st = RR_OK;

    *out = (rri_places){ .N = info.sequences,
                         .P = info.components,
                         .C = info.classes,
                         .opening = opening,
                         .places = opening + PATTERN_PARTS };
    RRI_TRY(check_source(inf, source, err));
    RRI_TRY(rri_alloc(&out->z, out->places * out->P, out->N, sizeof *out->z, err));
    RRI_TRY(rri_alloc(&out->label, out->N, 1, sizeof *out->label, err));
    RRI_TRY(source->ops->rewind(source->self, err));
    for (;;) {
        rr_state_batch batch = { 0 };
        RRI_TRY(source->ops->next(source->self, &batch, err));
        if (batch.count == 0)
            break;
        RRI_TRY(take(out, inf, &batch, n, threads, &z, &room, err));
        n += batch.count;
    }
    if (n != out->N)
        RRI_TRY(rri_fail(err, RR_ERR_SHAPE, -1,
                         "the source delivers %zu sequences of the %zu it announces", n, out->N));

done:
    rri_free(z);
    return st;
}
