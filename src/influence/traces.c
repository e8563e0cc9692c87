/* SPDX-License-Identifier: MIT */
/* traces.c - stores traces, and checks the batches of a state source.
 *
 * A source may be foreign code, so every batch is checked against the announced sizes before use:
 * nothing is written beyond the arrays, and nothing out of range is stored. */
#include "abstraction/abstraction_internal.h"
#include "influence/model.h"

#include "core/states_origin.h"
#include "io/scratch_array.h"

#include <assert.h>
#include <string.h>

rr_status rri_traces_new(size_t count, size_t steps, bool symbols, rr_traces **out, rr_error *err)
{
    rr_traces *t = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_alloc(&t, 1, 1, sizeof *t, err));
    RRI_TRY(rri_scratch_alloc(&t->own.offset, count + 1, 1, sizeof *t->own.offset, err));
    RRI_TRY(rri_scratch_alloc(&t->own.label, count, 1, sizeof *t->own.label, err));
    RRI_TRY(rri_scratch_alloc(&t->own.state, steps, 1, sizeof *t->own.state, err));
    RRI_TRY(rri_scratch_alloc(&t->own.prediction, steps, 1, sizeof *t->own.prediction, err));
    if (symbols)
        RRI_TRY(rri_scratch_alloc(&t->own.symbol, steps, 1, sizeof *t->own.symbol, err));
    t->count = count;
    t->steps = steps;
    t->offset = t->own.offset;
    t->label = t->own.label;
    t->state = t->own.state;
    t->prediction = t->own.prediction;
    t->symbol = t->own.symbol;
    *out = t;
    t = NULL;

done:
    rr_traces_free(t);
    return st;
}

void rr_traces_free(rr_traces *traces)
{
    if (traces == NULL)
        return;
    rri_scratch_free(traces->own.offset);
    rri_scratch_free(traces->own.label);
    rri_scratch_free(traces->own.state);
    rri_scratch_free(traces->own.prediction);
    rri_scratch_free(traces->own.symbol);
    rri_scratch_free(traces->own.probability);
    rri_scratch_free(traces->own.step_label);
    rri_free(traces);
}

size_t rr_traces_count(const rr_traces *traces)
{
    return traces->count;
}

rr_trace rr_traces_at(const rr_traces *traces, size_t i)
{
    assert(i < traces->count);
    const size_t first = (size_t)traces->offset[i];

    return (rr_trace){
        .states = traces->state + first,
        .predictions = traces->prediction + first,
        .symbols = traces->symbol != NULL ? traces->symbol + first : NULL,
        .probabilities = traces->probability != NULL ? traces->probability + first : NULL,
        .step_labels = traces->step_label != NULL ? traces->step_label + first : NULL,
        .steps = (size_t)(traces->offset[i + 1] - first),
        .label = traces->label[i],
        .prediction = rri_traces_prediction(traces, i),
    };
}

/* ---- some of them ---------------------------------------------------------------------------- */

static void copy_trace(const rr_trace *from, size_t first, rr_traces *to)
{
    const size_t T = from->steps;

    memcpy(to->own.state + first, from->states, T * sizeof *from->states);
    memcpy(to->own.prediction + first, from->predictions, T * sizeof *from->predictions);
    if (from->symbols != NULL)
        memcpy(to->own.symbol + first, from->symbols, T * sizeof *from->symbols);
    if (from->probabilities != NULL)
        memcpy(to->own.probability + first, from->probabilities, T * sizeof *from->probabilities);
    if (from->step_labels != NULL)
        memcpy(to->own.step_label + first, from->step_labels, T * sizeof *from->step_labels);
}

rr_status rri_traces_select(const rr_traces *all, const size_t *which, size_t n, rr_traces **out,
                            rr_error *err)
{
    rr_traces *t = NULL;
    size_t steps = 0;
    rr_status st = RR_OK;

    *out = NULL;
    for (size_t i = 0; i < n; i++)
        steps += rr_traces_at(all, which[i]).steps;
    RRI_TRY(rri_traces_new(n, steps, all->symbol != NULL, &t, err));
    if (all->probability != NULL)
        RRI_TRY(rri_scratch_alloc(&t->own.probability, steps, 1, sizeof(float), err));
    if (all->step_label != NULL)
        RRI_TRY(rri_scratch_alloc(&t->own.step_label, steps, 1, sizeof(uint16_t), err));
    t->probability = t->own.probability;
    t->step_label = t->own.step_label;
    for (size_t i = 0; i < n; i++) {
        const rr_trace trace = rr_traces_at(all, which[i]);
        copy_trace(&trace, (size_t)t->own.offset[i], t);
        t->own.label[i] = trace.label;
        t->own.offset[i + 1] = t->own.offset[i] + trace.steps;
    }
    *out = t;
    t = NULL;

done:
    rr_traces_free(t);
    return st;
}

/* ---- sources --------------------------------------------------------------------------------- */

rr_status rri_source_check(const rr_state_source *source, rr_error *err)
{
    if (source == NULL || source->ops == NULL)
        return rri_fail(err, RR_ERR_ARG, -1, "there is no state source");
    if (source->origin.foreign) {
        const rr_status st = rri_states_origin_check(&source->origin, err);
        if (st != RR_OK)
            return st;
    }
    if (source->sequences == 0)
        return rri_fail(err, RR_ERR_SHAPE, -1, "the state source has no sequences");
    if (source->sequences > UINT32_MAX)
        return rri_fail(err, RR_ERR_SHAPE, -1, "%zu sequences are more than 4294967295",
                        source->sequences);
    if (source->steps < source->sequences)
        return rri_fail(err, RR_ERR_SHAPE, -1, "%zu steps are too few for %zu sequences",
                        source->steps, source->sequences);
    if (source->hidden == 0)
        return rri_fail(err, RR_ERR_SHAPE, -1, "the state source has states of width 0");
    if (source->classes == 0 || source->classes > 65534)
        return rri_fail(err, RR_ERR_SHAPE, -1, "%zu classes are not in 1..65534", source->classes);
    if (source->vocabulary > UINT32_MAX || (source->vocabulary != 0 && source->width != 0))
        return rri_fail(err, RR_ERR_SHAPE, -1,
                        "a state source cannot have frames of width %zu and a vocabulary of %zu",
                        source->width, source->vocabulary);
    return RR_OK;
}

/* The first of n values that is not below limit, or n. */
static size_t first_above(const uint32_t *value, size_t n, size_t limit)
{
    size_t i = 0;

    while (i < n && value[i] < limit)
        i++;
    return i;
}

/* The first of n labels of steps that is neither below limit nor missing, or n. */
static size_t first_step_label_above(const uint32_t *label, size_t n, size_t limit)
{
    size_t i = 0;

    while (i < n && (label[i] < limit || label[i] == RR_NO_LABEL))
        i++;
    return i;
}

static rr_status check_sizes(const rr_state_source *source, const rri_filled *at,
                             const rr_state_batch *batch, rr_error *err)
{
    size_t rows = 0;

    if (batch->count > source->sequences - at->sequences || batch->rows > source->steps - at->rows)
        return rri_fail(err, RR_ERR_MISMATCH, (int64_t)at->sequences,
                        "the state source delivers more than the %zu sequences and %zu steps it "
                        "announced",
                        source->sequences, source->steps);
    if (batch->steps == NULL || batch->labels == NULL || batch->states == NULL ||
        batch->predictions == NULL)
        return rri_fail(err, RR_ERR_ARG, (int64_t)at->sequences,
                        "the batch at sequence %zu lacks steps, labels, states or predictions",
                        at->sequences);
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->steps[i] == 0)
            return rri_fail(err, RR_ERR_SHAPE, (int64_t)(at->sequences + i),
                            "sequence %zu has no steps", at->sequences + i);
        rows += batch->steps[i];
    }
    if (rows != batch->rows)
        return rri_fail(err, RR_ERR_SHAPE, (int64_t)at->sequences,
                        "the batch at sequence %zu has %zu rows for %zu steps", at->sequences,
                        batch->rows, rows);
    return RR_OK;
}

rr_status rri_batch_check(const rr_state_source *source, const rri_filled *at,
                          const rr_state_batch *batch, bool frames, rr_error *err)
{
    const rr_status st = check_sizes(source, at, batch, err);
    size_t i = 0;

    if (st != RR_OK)
        return st;
    i = first_above(batch->labels, batch->count, source->classes);
    if (i < batch->count)
        return rri_fail(err, RR_ERR_SHAPE, (int64_t)(at->sequences + i),
                        "the label %u of sequence %zu is not below %zu", batch->labels[i],
                        at->sequences + i, source->classes);
    i = first_above(batch->predictions, batch->rows, source->classes);
    if (i < batch->rows)
        return rri_fail(err, RR_ERR_SHAPE, (int64_t)(at->rows + i),
                        "the prediction %u at step %zu of all is not below %zu",
                        batch->predictions[i], at->rows + i, source->classes);
    if (batch->step_labels != NULL) {
        i = first_step_label_above(batch->step_labels, batch->rows, source->classes);
        if (i < batch->rows)
            return rri_fail(err, RR_ERR_SHAPE, (int64_t)(at->rows + i),
                            "the label %u of step %zu of all is not below %zu",
                            batch->step_labels[i], at->rows + i, source->classes);
    }
    if (source->vocabulary != 0) {
        if (batch->symbols == NULL)
            return rri_fail(err, RR_ERR_ARG, (int64_t)at->sequences,
                            "the batch at sequence %zu lacks symbols", at->sequences);
        i = first_above(batch->symbols, batch->rows, source->vocabulary);
        if (i < batch->rows)
            return rri_fail(err, RR_ERR_SHAPE, (int64_t)(at->rows + i),
                            "the symbol %u at step %zu of all is not below %zu", batch->symbols[i],
                            at->rows + i, source->vocabulary);
    }
    if (frames && batch->frames == NULL)
        return rri_fail(err, RR_ERR_ARG, (int64_t)at->sequences,
                        "the batch at sequence %zu lacks frames", at->sequences);
    return RR_OK;
}

rr_status rri_frames_check(const rr_state_source *source, const rri_filled *at,
                           const rr_state_batch *batch, rr_error *err)
{
    const size_t i = rri_first_nonfinite(batch->frames, batch->rows, source->width, source->width);

    if (i < batch->rows)
        return rri_fail(err, RR_ERR_NUMERIC, (int64_t)(at->rows + i),
                        "the frame at step %zu of all holds a value that is not finite",
                        at->rows + i);
    return RR_OK;
}

rr_status rri_pass_check(const rr_state_source *source, const rri_filled *at, rr_error *err)
{
    if (at->sequences != source->sequences || at->rows != source->steps)
        return rri_fail(err, RR_ERR_MISMATCH, (int64_t)at->sequences,
                        "the state source delivers %zu sequences and %zu steps but announced %zu "
                        "and %zu",
                        at->sequences, at->rows, source->sequences, source->steps);
    return RR_OK;
}

/* ---- storing --------------------------------------------------------------------------------- */

/* Steps of batches without labels of steps, before or after one that has them, have none. */
static rr_status add_step_labels(rr_traces *t, size_t row, const rr_state_batch *batch,
                                 rr_error *err)
{
    if (batch->step_labels != NULL && t->own.step_label == NULL) {
        const rr_status st =
            rri_scratch_alloc(&t->own.step_label, t->steps, 1, sizeof(uint16_t), err);
        if (st != RR_OK)
            return st;
        for (size_t r = 0; r < row; r++)
            t->own.step_label[r] = RRI_NO_STEP_LABEL;
        t->step_label = t->own.step_label;
    }
    if (t->own.step_label == NULL)
        return RR_OK;
    for (size_t r = 0; r < batch->rows; r++) {
        const uint32_t label = batch->step_labels != NULL ? batch->step_labels[r] : RR_NO_LABEL;
        t->own.step_label[row + r] =
            label != RR_NO_LABEL ? (uint16_t)label : (uint16_t)RRI_NO_STEP_LABEL;
    }
    return RR_OK;
}

rr_status rri_traces_add(rr_traces *t, rri_filled *at, const rr_state_batch *batch, size_t classes,
                         const rri_codebook *book, size_t threads, rr_error *err)
{
    const size_t row = at->rows;
    rr_status st = RR_OK;

    if (batch->probabilities != NULL && t->own.probability == NULL && row == 0) {
        RRI_TRY(
            rri_scratch_alloc(&t->own.probability, t->steps, 1, sizeof *t->own.probability, err));
        t->probability = t->own.probability;
    }
    if (t->own.probability != NULL && batch->probabilities == NULL) { /* unknown from here on */
        rri_scratch_free(t->own.probability);
        t->own.probability = NULL;
        t->probability = NULL;
    }
    if (t->own.symbol != NULL && book != NULL) {
        const size_t width = rri_codebook_width(book);
        const rri_rows x = { batch->frames, batch->rows, width, width };
        RRI_TRY(rri_codebook_encode(book, x, threads, t->own.symbol + row, err));
    } else if (t->own.symbol != NULL) {
        memcpy(t->own.symbol + row, batch->symbols, batch->rows * sizeof *batch->symbols);
    }
    for (size_t i = 0; i < batch->count; i++) {
        t->own.label[at->sequences + i] = batch->labels[i];
        t->own.offset[at->sequences + i + 1] = t->own.offset[at->sequences + i] + batch->steps[i];
    }
    for (size_t r = 0; r < batch->rows; r++)
        t->own.prediction[row + r] = (uint16_t)batch->predictions[r];
    if (t->own.probability != NULL)
        for (size_t r = 0; r < batch->rows; r++)
            t->own.probability[row + r] = batch->probabilities[r * classes + batch->predictions[r]];
    RRI_TRY(add_step_labels(t, row, batch, err));
    at->sequences += batch->count;
    at->rows += batch->rows;

done:
    return st;
}
