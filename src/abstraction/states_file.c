/* SPDX-License-Identifier: MIT */
/* states_file.c - a state source over a states file: one batch at a time is in memory.
 *
 * The sequences of a batch are read in the order of the file, neighbours at once, each to its
 * position in the batch. */
#include "abstraction/state_source.h"

#include "io/states_npz.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A sequence of the batch. */
typedef struct piece {
    uint32_t sequence; /* of the file */
    uint32_t index;    /* in the batch */
} piece;

typedef struct states_source {
    rri_states_npz f;
    rri_state_batches batches;
    uint32_t *pick;  /* [count] sequences of the file, in the order to deliver */
    uint32_t *steps; /* [count] of these */
    size_t count, next;
    /* The batch. */
    piece *order; /* [sequences] */
    size_t *row;  /* [sequences] the first row of each */
    uint32_t *labels, *predictions, *symbols, *step_labels;
    float *states, *probabilities, *frames;
} states_source;

/* ---- reading one run of neighbours ----------------------------------------------------------- */

static rr_status not_finite(const states_source *s, const char *name, size_t row, size_t column,
                            double value, const char *what, rr_error *err)
{
    const rri_states_npz *f = &s->f;
    size_t i = 0;

    for (size_t high = f->sequences; high - i > 1;) { /* first[i] <= row */
        const size_t middle = i + (high - i) / 2;
        if (f->first[middle] <= row)
            i = middle;
        else
            high = middle;
    }
    return rri_fail(err, RR_ERR_NUMERIC, (int64_t)row,
                    "%s: %s[%zu][%zu], step %zu of sequence %zu, is %g, not %s", f->path, name, row,
                    column, row - (size_t)f->first[i], i, value, what);
}

/* Read n rows of `width` floats from row `first` of the file on. */
static rr_status read_floats(const states_source *s, const char *name, rri_npy_stream *from,
                             size_t width, size_t first, size_t n, float *out, rr_error *err)
{
    const rr_status st = rri_npy_stream_floats(from, first * width, n * width, out, err);

    if (st != RR_OK)
        return st;
    const size_t bad = rri_first_nonfinite(out, n, width, width);
    for (size_t c = 0; bad < n && c < width; c++)
        if (!isfinite(out[bad * width + c]))
            return not_finite(s, name, first + bad, c, (double)out[bad * width + c],
                              "a finite number", err);
    return RR_OK;
}

static rr_status read_probabilities(states_source *s, size_t first, size_t n, float *out,
                                    rr_error *err)
{
    const size_t C = s->f.classes;
    const rr_status st = read_floats(s, "probability", s->f.probability, C, first, n, out, err);

    for (size_t i = 0; st == RR_OK && i < n * C; i++)
        if (!(out[i] >= 0.0F && out[i] <= 1.0F))
            return not_finite(s, "probability", first + i / C, i % C, (double)out[i], "in 0..1",
                              err);
    return st;
}

/* Rows first .. first+n-1 of the file to row `to` of the batch. */
static rr_status read_run(states_source *s, size_t first, size_t n, size_t to, rr_error *err)
{
    const rri_states_npz *f = &s->f;
    rr_status st = RR_OK;

    RRI_TRY(
        read_floats(s, "state", f->state, f->hidden, first, n, s->states + to * f->hidden, err));
    RRI_TRY(rri_states_npz_predictions(f, first, n, s->predictions + to, err));
    if (f->probability != NULL)
        RRI_TRY(read_probabilities(s, first, n, s->probabilities + to * f->classes, err));
    if (f->frame != NULL)
        RRI_TRY(
            read_floats(s, "frame", f->frame, f->width, first, n, s->frames + to * f->width, err));
    if (f->symbol != NULL)
        RRI_TRY(rri_states_npz_symbols(f, first, n, s->symbols + to, err));
    if (f->step_label != NULL)
        RRI_TRY(rri_states_npz_step_labels(f, first, n, s->step_labels + to, err));

done:
    return st;
}

/* ---- a batch --------------------------------------------------------------------------------- */

static int by_sequence(const void *a, const void *b)
{
    const piece *x = a;
    const piece *y = b;

    if (x->sequence != y->sequence)
        return x->sequence < y->sequence ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

/* List the next `count` sequences in the order of the file; set their labels and rows. */
static void plan(states_source *s, size_t count)
{
    size_t row = 0;

    for (size_t i = 0; i < count; i++) {
        const uint32_t sequence = s->pick[s->next + i];
        s->order[i] = (piece){ sequence, (uint32_t)i };
        s->labels[i] = s->f.label[sequence];
        s->row[i] = row;
        row += s->steps[s->next + i];
    }
    qsort(s->order, count, sizeof *s->order, by_sequence);
}

/* Read the sequences planned, neighbours that stay neighbours at once. */
static rr_status read_batch(states_source *s, size_t count, rr_error *err)
{
    const uint64_t *first = s->f.first;
    rr_status st = RR_OK;

    for (size_t i = 0; i < count;) {
        const piece from = s->order[i];
        size_t n = 1;
        while (i + n < count && s->order[i + n].sequence == from.sequence + n &&
               s->order[i + n].index == from.index + n)
            n++;
        const size_t begin = (size_t)first[from.sequence];
        RRI_TRY(
            read_run(s, begin, (size_t)first[from.sequence + n] - begin, s->row[from.index], err));
        i += n;
    }

done:
    return st;
}

static rr_status source_rewind(void *self, rr_error *err)
{
    (void)err;
    ((states_source *)self)->next = 0;
    return RR_OK;
}

static rr_status source_next(void *self, rr_state_batch *batch, rr_error *err)
{
    states_source *s = self;
    size_t rows = 0;
    rr_status st = RR_OK;

    memset(batch, 0, sizeof *batch);
    if (s->next == s->count)
        return RR_OK;
    const size_t count =
        rri_state_batch_take(&s->batches, s->steps + s->next, s->count - s->next, &rows);
    plan(s, count);
    RRI_TRY(read_batch(s, count, err));
    *batch = (rr_state_batch){ .count = count,
                               .rows = rows,
                               .steps = s->steps + s->next,
                               .labels = s->labels,
                               .states = s->states,
                               .predictions = s->predictions,
                               .probabilities = s->probabilities,
                               .frames = s->frames,
                               .symbols = s->symbols,
                               .step_labels = s->step_labels };
    s->next += count;

done:
    return st;
}

static void source_release(void *self)
{
    states_source *s = self;

    if (s == NULL)
        return;
    rri_states_npz_close(&s->f);
    rri_free(s->pick);
    rri_free(s->steps);
    rri_free(s->order);
    rri_free(s->row);
    rri_free(s->labels);
    rri_free(s->predictions);
    rri_free(s->symbols);
    rri_free(s->step_labels);
    rri_free(s->states);
    rri_free(s->probabilities);
    rri_free(s->frames);
    rri_free(s);
}

static const rr_state_ops source_ops = { source_rewind, source_next, source_release };

/* ---- opening ----------------------------------------------------------------------------------
 */

static bool in_split(const rri_states_npz *f, int split, size_t i)
{
    return split < 0 || (f->split != NULL ? f->split[i] : RR_SPLIT_TRAIN) == split;
}

static rr_status no_such_split(const rri_states_npz *f, int split, rr_error *err)
{
    if (split < -1 || split > RR_SPLIT_TEST)
        return rri_fail(err, RR_ERR_ARG, -1, "%d is no split", split);
    return rri_fail(err, RR_ERR_ARG, -1, "%s has no %s split%s", f->path,
                    rr_enum_name(RR_ENUM_SPLIT, (unsigned)split),
                    f->split == NULL ? ": without the array split all its sequences are train"
                                     : "");
}

/* The sequences of the split, or some of them. */
static rr_status choose(states_source *s, int split, const size_t *which, size_t n, rr_error *err)
{
    const rri_states_npz *f = &s->f;
    uint32_t *all = NULL;
    size_t count = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&all, f->sequences, 1, sizeof *all, err));
    for (size_t i = 0; i < f->sequences; i++)
        if (in_split(f, split, i))
            all[count++] = (uint32_t)i;
    if (count == 0 || split < -1)
        RRI_TRY(no_such_split(f, split, err));
    s->count = which != NULL ? n : count;
    if (which == NULL) {
        s->pick = all;
        all = NULL;
    } else {
        RRI_TRY(rri_alloc(&s->pick, n, 1, sizeof *s->pick, err));
        for (size_t i = 0; i < n; i++) {
            if (which[i] >= count)
                RRI_TRY(rri_fail(err, RR_ERR_ARG, (int64_t)i,
                                 "%s: there is no sequence %zu among %zu of the split", f->path,
                                 which[i], count));
            s->pick[i] = all[which[i]];
        }
    }
    RRI_TRY(rri_alloc(&s->steps, s->count, 1, sizeof *s->steps, err));
    for (size_t i = 0; i < s->count; i++)
        s->steps[i] = f->steps[s->pick[i]];

done:
    rri_free(all);
    return st;
}

/* Memory for the largest batch; *steps is the sum of all. */
static rr_status alloc_batch(states_source *s, size_t *steps, rr_error *err)
{
    const rri_states_npz *f = &s->f;
    size_t most = 0;
    size_t rows = 0;
    size_t sequences = 0;
    rr_status st = RR_OK;

    *steps = 0;
    for (size_t i = 0; i < s->count;) {
        const size_t n = rri_state_batch_take(&s->batches, s->steps + i, s->count - i, &rows);
        most = rri_max(most, rows);
        sequences = rri_max(sequences, n);
        *steps += rows;
        i += n;
    }
    RRI_TRY(rri_alloc(&s->order, sequences, 1, sizeof *s->order, err));
    RRI_TRY(rri_alloc(&s->row, sequences, 1, sizeof *s->row, err));
    RRI_TRY(rri_alloc(&s->labels, sequences, 1, sizeof *s->labels, err));
    RRI_TRY(rri_alloc(&s->states, most, f->hidden, sizeof *s->states, err));
    RRI_TRY(rri_alloc(&s->predictions, most, 1, sizeof *s->predictions, err));
    if (f->probability != NULL)
        RRI_TRY(rri_alloc(&s->probabilities, most, f->classes, sizeof *s->probabilities, err));
    if (f->frame != NULL)
        RRI_TRY(rri_alloc(&s->frames, most, f->width, sizeof *s->frames, err));
    if (f->symbol != NULL)
        RRI_TRY(rri_alloc(&s->symbols, most, 1, sizeof *s->symbols, err));
    if (f->step_label != NULL)
        RRI_TRY(rri_alloc(&s->step_labels, most, 1, sizeof *s->step_labels, err));

done:
    return st;
}

rr_status rr_states_open(const char *path, int split, const size_t *which, size_t n,
                         rr_state_source *out, rr_error *err)
{
    states_source *s = NULL;
    size_t steps = 0;
    rr_status st = RR_OK;

    memset(out, 0, sizeof *out);
    RRI_TRY(rri_alloc(&s, 1, 1, sizeof *s, err));
    RRI_TRY(rri_states_npz_open(path, &s->f, err));
    const rri_states_npz *f = &s->f;
    s->batches = rri_state_batches_of(f->batch, f->hidden, f->probability != NULL ? f->classes : 0,
                                      f->width);
    RRI_TRY(choose(s, split, which, n, err));
    RRI_TRY(alloc_batch(s, &steps, err));
    *out = (rr_state_source){ .ops = &source_ops,
                              .self = s,
                              .sequences = s->count,
                              .steps = steps,
                              .hidden = f->hidden,
                              .classes = f->classes,
                              .width = f->width,
                              .vocabulary = f->vocabulary,
                              .origin = f->origin,
                              .unlabelled = f->unlabelled };
    s = NULL;

done:
    source_release(s);
    return st;
}
