/* SPDX-License-Identifier: MIT */
/* state_source.c - closing a state source, and a source over arrays of the caller. */
#include "abstraction/state_source.h"

#include "core/core.h"
#include "core/states_origin.h"
#include "rnnrepair/states.h"

#include <math.h>
#include <string.h>

enum { DEFAULT_BATCH = 512 }; /* sequences */

static const size_t most_bytes = (size_t)64 << 20; /* of the floats of a batch */

void rr_state_source_close(rr_state_source *source)
{
    if (source == NULL)
        return;
    if (source->ops != NULL && source->ops->release != NULL)
        source->ops->release(source->self);
    memset(source, 0, sizeof *source);
}

rri_state_batches rri_state_batches_of(size_t batch, size_t hidden, size_t classes, size_t width)
{
    if (batch > 0)
        return (rri_state_batches){ batch, SIZE_MAX };
    return (rri_state_batches){ DEFAULT_BATCH,
                                most_bytes / sizeof(float) / (hidden + classes + width) };
}

size_t rri_state_batch_take(const rri_state_batches *b, const uint32_t *steps, size_t left,
                            size_t *rows)
{
    size_t n = 1;

    *rows = steps[0];
    while (n < rri_min(b->sequences, left) && steps[n] <= b->rows && *rows <= b->rows - steps[n])
        *rows += steps[n++];
    return n;
}

/* ---- checks --------------------------------------------------------------------------------- */

static rr_status check_sizes(const rr_state_arrays *a, rr_error *err)
{
    if (a->sequences == 0 || a->hidden == 0 || a->classes == 0)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "sequences is %zu, hidden %zu, classes %zu: none of them can be 0",
                        a->sequences, a->hidden, a->classes);
    if (a->steps == NULL || a->states == NULL || a->predictions == NULL)
        return rri_fail(err, RR_ERR_ARG, -1, "%s is NULL",
                        a->steps == NULL    ? "steps"
                        : a->states == NULL ? "states"
                                            : "predictions");
    if ((a->frames != NULL) == (a->symbols != NULL))
        return rri_fail(err, RR_ERR_ARG, -1, "either frames or symbols must be given, not %s",
                        a->frames != NULL ? "both" : "neither");
    if ((a->frames != NULL) != (a->width != 0) || (a->symbols != NULL) != (a->vocabulary != 0))
        return rri_fail(err, RR_ERR_ARG, -1,
                        "%s are given, but width is %zu and vocabulary %zu: one must be above 0, "
                        "the other 0",
                        a->frames != NULL ? "frames" : "symbols", a->width, a->vocabulary);
    return RR_OK;
}

/* The sum of all steps. */
static rr_status count_steps(const rr_state_arrays *a, size_t *rows, rr_error *err)
{
    const size_t widest = rri_max(rri_max(a->hidden, a->classes), a->width);

    *rows = 0;
    for (size_t i = 0; i < a->sequences; i++) {
        if (a->steps[i] == 0)
            return rri_fail(err, RR_ERR_ARG, (int64_t)i, "sequence %zu has no step", i);
        if (a->steps[i] > SIZE_MAX / 8 / widest - *rows)
            return rri_fail(err, RR_ERR_SHAPE, (int64_t)i,
                            "the steps up to sequence %zu are too many to hold", i);
        *rows += a->steps[i];
    }
    return RR_OK;
}

static rr_status check_below(const uint32_t *x, size_t n, size_t limit, const char *what,
                             const char *of, rr_error *err)
{
    for (size_t i = 0; i < n; i++)
        if (x[i] >= limit)
            return rri_fail(err, RR_ERR_ARG, (int64_t)i, "%s %zu is %u, not below %s = %zu", what,
                            i, x[i], of, limit);
    return RR_OK;
}

static rr_status check_step_labels(const rr_state_arrays *a, size_t rows, rr_error *err)
{
    for (size_t i = 0; i < rows; i++)
        if (a->step_labels[i] >= a->classes && a->step_labels[i] != RR_NO_LABEL)
            return rri_fail(err, RR_ERR_ARG, (int64_t)i,
                            "step label %zu is %u, not below classes = %zu; RR_NO_LABEL is none", i,
                            a->step_labels[i], a->classes);
    return RR_OK;
}

static rr_status check_finite(const float *x, size_t rows, size_t width, const char *what,
                              rr_error *err)
{
    const size_t i = rri_first_nonfinite(x, rows, width, width);

    if (i < rows)
        return rri_fail(err, RR_ERR_NUMERIC, (int64_t)i,
                        "%s of step %zu of all hold a value that is not finite", what, i);
    return RR_OK;
}

static rr_status check_probabilities(const rr_state_arrays *a, size_t rows, rr_error *err)
{
    for (size_t i = 0; i < rows * a->classes; i++)
        if (!(a->probabilities[i] >= 0.0f && a->probabilities[i] <= 1.0f))
            return rri_fail(err, RR_ERR_ARG, (int64_t)(i / a->classes),
                            "a probability of step %zu of all is %g, not in 0..1", i / a->classes,
                            (double)a->probabilities[i]);
    return RR_OK;
}

static rr_status check_arrays(const rr_state_arrays *a, size_t rows, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(rri_states_origin_check(&a->origin, err));
    if (a->labels != NULL)
        RRI_TRY(check_below(a->labels, a->sequences, a->classes, "label", "classes", err));
    RRI_TRY(check_below(a->predictions, rows, a->classes, "prediction", "classes", err));
    if (a->step_labels != NULL)
        RRI_TRY(check_step_labels(a, rows, err));
    RRI_TRY(check_finite(a->states, rows, a->hidden, "the states", err));
    if (a->probabilities != NULL)
        RRI_TRY(check_probabilities(a, rows, err));
    if (a->frames != NULL)
        RRI_TRY(check_finite(a->frames, rows, a->width, "the frames", err));
    else
        RRI_TRY(check_below(a->symbols, rows, a->vocabulary, "symbol", "vocabulary", err));

done:
    return st;
}

/* ---- the source ----------------------------------------------------------------------------- */

typedef struct arrays {
    rr_state_arrays of;
    rri_state_batches batches;
    uint32_t *label;      /* [N] where the caller gave none */
    size_t sequence, row; /* the first of the next batch */
} arrays;

static rr_status arrays_rewind(void *self, rr_error *err)
{
    arrays *s = self;

    (void)err;
    s->sequence = s->row = 0;
    return RR_OK;
}

static rr_status arrays_next(void *self, rr_state_batch *batch, rr_error *err)
{
    arrays *s = self;
    const rr_state_arrays *a = &s->of;
    const size_t at = s->row;
    size_t rows = 0;

    (void)err;
    memset(batch, 0, sizeof *batch);
    if (s->sequence == a->sequences)
        return RR_OK;
    const size_t count = rri_state_batch_take(&s->batches, a->steps + s->sequence,
                                              a->sequences - s->sequence, &rows);
    *batch = (rr_state_batch){
        .count = count,
        .rows = rows,
        .steps = a->steps + s->sequence,
        .labels = a->labels + s->sequence,
        .states = a->states + at * a->hidden,
        .predictions = a->predictions + at,
        .probabilities = a->probabilities != NULL ? a->probabilities + at * a->classes : NULL,
        .frames = a->frames != NULL ? a->frames + at * a->width : NULL,
        .symbols = a->symbols != NULL ? a->symbols + at : NULL,
        .step_labels = a->step_labels != NULL ? a->step_labels + at : NULL,
    };
    s->sequence += count;
    s->row += rows;
    return RR_OK;
}

static void arrays_release(void *self)
{
    arrays *s = self;

    if (s != NULL)
        rri_free(s->label);
    rri_free(s);
}

static const rr_state_ops arrays_ops = { arrays_rewind, arrays_next, arrays_release };

/* Labels for sequences given without: that of the last labelled step, or 0. */
static rr_status fill_labels(arrays *s, rr_error *err)
{
    const rr_state_arrays *a = &s->of;
    size_t row = 0;
    const rr_status st = rri_alloc(&s->label, a->sequences, 1, sizeof *s->label, err);

    for (size_t i = 0; st == RR_OK && i < a->sequences; i++)
        for (size_t t = 0; t < a->steps[i]; t++, row++)
            if (a->step_labels != NULL && a->step_labels[row] != RR_NO_LABEL)
                s->label[i] = a->step_labels[row];
    if (st == RR_OK)
        s->of.labels = s->label;
    return st;
}

rr_status rr_states_from_arrays(const rr_state_arrays *given, rr_state_source *out, rr_error *err)
{
    arrays *self = NULL;
    size_t rows = 0;
    rr_status st = RR_OK;

    memset(out, 0, sizeof *out);
    RRI_TRY(check_sizes(given, err));
    RRI_TRY(count_steps(given, &rows, err));
    RRI_TRY(check_arrays(given, rows, err));
    RRI_TRY(rri_alloc(&self, 1, 1, sizeof *self, err));
    self->of = *given;
    self->batches =
        rri_state_batches_of(given->batch, given->hidden,
                             given->probabilities != NULL ? given->classes : 0, given->width);
    if (given->labels == NULL)
        RRI_TRY(fill_labels(self, err));
    *out = (rr_state_source){ .ops = &arrays_ops,
                              .self = self,
                              .sequences = given->sequences,
                              .steps = rows,
                              .hidden = given->hidden,
                              .classes = given->classes,
                              .width = given->width,
                              .vocabulary = given->vocabulary,
                              .origin = given->origin,
                              .unlabelled = given->labels == NULL && given->step_labels == NULL };
    out->origin.foreign = 1;
    if (given->origin.compared == 0 || !(given->origin.difference >= 0.0))
        out->origin.difference = -1.0;
    self = NULL;

done:
    arrays_release(self);
    return st;
}
