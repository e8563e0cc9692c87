/* SPDX-License-Identifier: MIT */
/* spans.c - finds the runs of steps with one label: of a trace, and of the whole training set.
 *
 * A key that n of the R training steps have weighs w = log((R + 2) / (n + 1)), above 0 for every n:
 * the inverse document frequency of text retrieval [Sparck72]. */
#include "influence/spans.h"

#include <assert.h>
#include <math.h>

double rri_key_weight(size_t steps, size_t n)
{
    return log(((double)steps + 2.0) / ((double)n + 1.0));
}

/* ---- the spans of a trace -------------------------------------------------------------------- */

/* The last step, from 0, of the run that begins at `first`. */
static size_t end_of_run(const rr_trace *a, size_t first)
{
    size_t t = first;

    while (t + 1 < a->steps && a->step_labels[t + 1] == a->step_labels[first])
        t++;
    return t;
}

/* The run of steps first..last, from 0. count is [C], all zero, and left so. */
static rr_span span_of_run(const rr_trace *a, size_t first, size_t last, uint32_t *count)
{
    rr_span s = { .first = (uint32_t)first + 1,
                  .last = (uint32_t)last + 1,
                  .label = a->step_labels[first],
                  .prediction = a->predictions[first] };

    for (size_t t = first; t <= last; t++) {
        count[a->predictions[t]]++;
        s.wrong += a->predictions[t] != s.label;
    }
    for (size_t t = first; t <= last; t++) {
        const uint32_t y = a->predictions[t];
        if (count[y] > count[s.prediction] || (count[y] == count[s.prediction] && y < s.prediction))
            s.prediction = y;
    }
    for (size_t t = first; t <= last; t++)
        count[a->predictions[t]] = 0;
    return s;
}

/* Write the spans of a checked trace; returns their number. */
static size_t spans_of(const rr_trace *a, uint32_t *count, rr_span *out)
{
    size_t n = 0;

    for (size_t t = 0; t < a->steps;) {
        const size_t last = end_of_run(a, t);
        if (a->step_labels[t] != RRI_NO_STEP_LABEL)
            out[n++] = span_of_run(a, t, last, count);
        t = last + 1;
    }
    return n;
}

rr_status rr_trace_spans(const rr_trace *trace, size_t classes, rr_span *out, size_t *count,
                         rr_error *err)
{
    uint32_t *numbers = NULL;
    rr_status st = RR_OK;

    *count = 0;
    if (trace->step_labels == NULL)
        return RR_OK;
    for (size_t t = 0; t < trace->steps; t++)
        if (trace->predictions[t] >= classes ||
            (trace->step_labels[t] >= classes && trace->step_labels[t] != RRI_NO_STEP_LABEL))
            return rri_fail(err, RR_ERR_ARG, (int64_t)t + 1,
                            "step %zu has the label %u and the prediction %u, of %zu classes",
                            t + 1, trace->step_labels[t], trace->predictions[t], classes);
    RRI_TRY(rri_alloc(&numbers, classes, 1, sizeof *numbers, err));
    *count = spans_of(trace, numbers, out);

done:
    rri_free(numbers);
    return st;
}

/* ---- the spans of a training set ------------------------------------------------------------- */

static size_t count_spans(const rr_traces *t)
{
    size_t n = 0;

    for (size_t i = 0; i < t->count; i++) {
        const rr_trace a = rr_traces_at(t, i);
        for (size_t s = 0; s < a.steps; s = end_of_run(&a, s) + 1)
            n += a.step_labels[s] != RRI_NO_STEP_LABEL;
    }
    return n;
}

static rr_status find_spans(rr_spans *s, rr_error *err)
{
    const rr_traces *t = s->inf->training;
    uint32_t *numbers = NULL;
    size_t n = 0;
    rr_status st = RR_OK;

    if (count_spans(t) >= RRI_NO_SPAN)
        RRI_TRY(rri_fail(err, RR_ERR_UNSUPPORTED, -1, "more than %u spans of labels",
                         (unsigned)RRI_NO_SPAN - 1));
    RRI_TRY(rri_alloc(&numbers, s->inf->info.classes, 1, sizeof *numbers, err));
    RRI_TRY(rri_alloc(&s->span, count_spans(t), 1, sizeof *s->span, err));
    RRI_TRY(rri_alloc(&s->of_row, t->steps, 1, sizeof *s->of_row, err));
    for (size_t r = 0; r < t->steps; r++)
        s->of_row[r] = RRI_NO_SPAN;
    for (size_t i = 0; i < t->count; i++) {
        const rr_trace a = rr_traces_at(t, i);
        const size_t end = n + spans_of(&a, numbers, s->span + n);
        for (; n < end; n++) {
            s->span[n].sequence = (uint32_t)i;
            for (size_t step = s->span[n].first; step <= s->span[n].last; step++)
                s->of_row[t->offset[i] + step - 1] = (uint32_t)n;
        }
    }
    s->count = n;

done:
    rri_free(numbers);
    return st;
}

/* The sums of (times in the span * weight)^2. A list has the entries of a span one after another.
 */
static rr_status find_norms(rr_spans *s, rr_error *err)
{
    const rri_postings *p = s->postings;
    const rr_status st = rri_alloc(&s->norm, s->count, 1, sizeof *s->norm, err);

    if (st != RR_OK)
        return st;
    for (size_t m = 0; m < p->keys; m++) {
        const size_t end = (size_t)p->start[m + 1];
        const double w = rri_key_weight(s->inf->info.steps, end - (size_t)p->start[m]);
        for (size_t e = (size_t)p->start[m]; e < end;) {
            const uint32_t span = rri_span_of(s, p->entry[e]);
            double times = 0.0;
            for (; e < end && rri_span_of(s, p->entry[e]) == span; e++)
                times += 1.0;
            if (span != RRI_NO_SPAN)
                s->norm[span] += times * w * times * w;
        }
    }
    for (size_t i = 0; i < s->count; i++)
        s->norm[i] = sqrt(s->norm[i]);
    return RR_OK;
}

rr_status rr_spans_new(const rr_influence *inf, rr_key key, rr_spans **out, rr_error *err)
{
    const rr_trace first = rr_traces_at(inf->training, 0);
    rr_spans *s = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    if (inf->training->step_label == NULL)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "the steps of the training set have no labels, so that there are no spans");
    RRI_TRY(rri_trace_key_check(inf, key, &first, err));
    RRI_TRY(rri_alloc(&s, 1, 1, sizeof *s, err));
    s->inf = inf;
    s->key = key;
    s->postings = &inf->postings[key];
    RRI_TRY(find_spans(s, err));
    RRI_TRY(find_norms(s, err));
    *out = s;
    s = NULL;

done:
    rr_spans_free(s);
    return st;
}

void rr_spans_free(rr_spans *spans)
{
    if (spans == NULL)
        return;
    rri_free(spans->span);
    rri_free(spans->of_row);
    rri_free(spans->norm);
    rri_free(spans);
}

size_t rr_spans_count(const rr_spans *spans)
{
    return spans->count;
}

rr_span rr_spans_at(const rr_spans *spans, size_t i)
{
    assert(i < spans->count);
    return spans->span[i];
}

size_t rr_spans_of_step(const rr_spans *spans, size_t sequence, size_t t)
{
    const rr_traces *all = spans->inf->training;

    assert(sequence < all->count && t >= 1 &&
           t <= all->offset[sequence + 1] - all->offset[sequence]);
    const uint32_t span = spans->of_row[all->offset[sequence] + t - 1];
    return span != RRI_NO_SPAN ? span : SIZE_MAX;
}
