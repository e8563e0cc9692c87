/* SPDX-License-Identifier: MIT */
/* positions.c - where a symbol can be inserted.
 *
 * A sequence helps when it carries the truth's label and, where so configured, is classified
 * correctly. Its step s matches step t of x when q'_s = q_{t-1} and y'_s = y_{t-1}; for t = 1 only
 * its front, s = 0, does. The network reads a sequence from left to right: what stands before the
 * position keeps its states, so a symbol inserted behind a matching step is read in the very state
 * in which x has it.
 *
 *     suffix(s) = the largest L with q'_{s-j} = q_{t-1-j} for all j in 0..L-1
 *
 * The random numbers of step t of sequence `id` are number id*2^32 + t of the seed's stream: what a
 * step gets does not depend on which other targets there are.
 * Source: Xie et al. 2021, sec. 3.3.2; docs/ALGORITHMS.md#repair. */
#include "repair/positions.h"

#include <stdlib.h>
#include <string.h>

/* Where steps have labels the inserted one brings its own: any sequence helps. */
static bool helps(const rri_context *c, size_t source, const rr_trace *a)
{
    if (rri_excludes(c->search, source))
        return false;
    if (c->search->steps)
        return true;
    return a->label == c->trace.label &&
           (!c->search->cfg.segment.correct_only || a->prediction == a->label);
}

static bool matches(const rri_context *c, const rr_trace *a, size_t s)
{
    const size_t before = c->t - 1;

    if (before == 0 || s == 0)
        return before == s;
    if (c->search->steps && c->search->cfg.segment.correct_only &&
        a->step_labels[s - 1] != UINT16_MAX && a->step_labels[s - 1] != a->predictions[s - 1])
        return false;
    return a->states[s - 1] == c->trace.states[before - 1] &&
           a->predictions[s - 1] == c->trace.predictions[before - 1];
}

static size_t suffix_at(const rri_context *c, const rr_trace *a, size_t s)
{
    const size_t most = rri_min(s, c->t - 1);
    size_t n = 0;

    while (n < most && a->states[s - 1 - n] == c->trace.states[c->t - 2 - n])
        n++;
    return n;
}

static rr_insertion position_at(const rri_context *c, size_t source, const rr_trace *a, size_t s)
{
    return (rr_insertion){ .source = (uint32_t)source,
                           .after = (uint32_t)s,
                           .suffix = (uint32_t)suffix_at(c, a, s),
                           .in_context = matches(c, a, s) };
}

/* ---- positions that match -----------------------------------------------------------------------
 */

static int by_suffix(const void *a, const void *b)
{
    const rr_insertion *x = a;
    const rr_insertion *y = b;

    if (x->suffix != y->suffix)
        return x->suffix > y->suffix ? -1 : 1;
    return (x->source > y->source) - (x->source < y->source);
}

rr_status rri_positions_matching(const rri_context *c, rri_positions *out, rr_error *err)
{
    const rr_traces *training = rr_influence_training(c->search->inf);
    const size_t N = rr_traces_count(training);
    rri_positions found = { 0 };
    const rr_status st = rri_alloc(&found.list, N, 1, sizeof *found.list, err);

    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < N; i++) {
        const rr_trace a = rr_traces_at(training, i);
        rr_insertion *best = &found.list[found.n];
        bool any = false;
        for (size_t s = 0; helps(c, i, &a) && s <= a.steps; s++) {
            if (!matches(c, &a, s) || (any && suffix_at(c, &a, s) <= best->suffix))
                continue;
            *best = position_at(c, i, &a, s);
            any = true;
        }
        found.n += any;
    }
    if (found.n > 0)
        qsort(found.list, found.n, sizeof *found.list, by_suffix);
    *out = found;
    return RR_OK;
}

/* ---- positions at random ------------------------------------------------------------------------
 */

/* Steps of a that match; where `which` is below their number, *s is that one of them. */
static size_t nth_match(const rri_context *c, const rr_trace *a, size_t which, size_t *s)
{
    size_t n = 0;

    for (size_t i = 0; i <= a->steps; i++)
        if (matches(c, a, i) && n++ == which)
            *s = i;
    return n;
}

static size_t random_step(const rri_context *c, const rr_trace *a, rri_random *stream)
{
    size_t s = 0;
    const size_t n = nth_match(c, a, SIZE_MAX, &s);

    if (n == 0)
        return (size_t)rri_random_below(stream, a->steps + 1);
    (void)nth_match(c, a, (size_t)rri_random_below(stream, n), &s);
    return s;
}

rr_status rri_positions_random(const rri_context *c, size_t want, rri_positions *out, rr_error *err)
{
    const rr_traces *training = rr_influence_training(c->search->inf);
    const size_t N = rr_traces_count(training);
    rri_random stream =
        rri_random_at(c->search->cfg.seed, RRI_RANDOM_INSERTION, ((uint64_t)c->id << 32) + c->t);
    uint32_t *pool = NULL; /* [N] sequences that help */
    size_t size = 0;
    rri_positions found = { 0 };
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&pool, N, 1, sizeof *pool, err));
    for (size_t i = 0; i < N; i++) {
        const rr_trace a = rr_traces_at(training, i);
        if (helps(c, i, &a))
            pool[size++] = (uint32_t)i;
    }
    found.n = rri_min(want, size);
    RRI_TRY(rri_alloc(&found.list, found.n, 1, sizeof *found.list, err));
    for (size_t i = 0; i < found.n; i++) { /* the first part of a Fisher-Yates shuffle */
        const size_t j = i + (size_t)rri_random_below(&stream, size - i);
        const uint32_t taken = pool[j];
        pool[j] = pool[i];
        const rr_trace a = rr_traces_at(training, taken);
        found.list[i] = position_at(c, taken, &a, random_step(c, &a, &stream));
    }
    *out = found;
    found = (rri_positions){ 0 };

done:
    rri_positions_clear(&found);
    rri_free(pool);
    return st;
}

/* ---- sequences ------------------------------------------------------------------------------- */

/* The n symbols of `from` with one more behind the first `after`. */
static void splice_symbols(uint32_t *to, const uint32_t *from, size_t n, size_t after, uint32_t one)
{
    memcpy(to, from, after * sizeof *to);
    to[after] = one;
    memcpy(to + after + 1, from + after, (n - after) * sizeof *to);
}

static void splice_words(const char **to, const char *const *from, size_t n, size_t after,
                         const char *one)
{
    memcpy(to, from, after * sizeof *to);
    to[after] = one;
    memcpy(to + after + 1, from + after, (n - after) * sizeof *to);
}

rr_status rri_insertion_build(const rr_dataset *train, const rr_insertion *one,
                              const rr_sequence *x, size_t t, uint32_t label, rr_dataset_builder *b,
                              rr_error *err)
{
    const rr_sequence from = rr_dataset_at(train, one->source);
    const size_t s = one->after;
    uint32_t *symbols = NULL;  /* [T+1] */
    const char **words = NULL; /* [T+1], borrowed texts */
    uint32_t *labels = NULL;   /* [T+1] of the steps; NULL where there are none */
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&symbols, from.steps + 1, 1, sizeof *symbols, err));
    splice_symbols(symbols, from.symbols, from.steps, s, x->symbols[t - 1]);
    if (from.words != NULL && x->words != NULL) {
        RRI_TRY(rri_alloc(&words, from.steps + 1, 1, sizeof *words, err));
        splice_words(words, from.words, from.steps, s, x->words[t - 1]);
    }
    if (from.step_labels != NULL) {
        RRI_TRY(rri_alloc(&labels, from.steps + 1, 1, sizeof *labels, err));
        splice_symbols(labels, from.step_labels, from.steps, s, label);
        label = s == from.steps ? label : from.label;
    }
    const rr_sequence made = { .symbols = symbols,
                               .words = words,
                               .step_labels = labels,
                               .steps = from.steps + 1,
                               .label = label };
    RRI_TRY(rr_dataset_builder_add(b, made, err));

done:
    rri_free(labels);
    rri_free(words);
    rri_free(symbols);
    return st;
}

/* ---- what the network makes of them ---------------------------------------------------------- */

/* Sequence 2i is source i as it is, 2i + 1 the same with the symbol. */
static rr_status build_pairs(const rri_context *c, const rri_positions *at, rr_dataset **out,
                             rr_error *err)
{
    const rr_dataset_shape shape = rr_dataset_shape_of(c->search->train);
    rr_dataset_builder *b = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_dataset_builder_new(&shape, &b, err));
    for (size_t i = 0; i < at->n; i++) {
        RRI_TRY(
            rr_dataset_builder_add(b, rr_dataset_at(c->search->train, at->list[i].source), err));
        RRI_TRY(rri_insertion_build(c->search->train, &at->list[i], &c->input, c->t, c->trace.label,
                                    b, err));
    }
    RRI_TRY(rr_dataset_builder_finish(b, out, err));

done:
    rr_dataset_builder_free(b);
    return st;
}

/* Every source with the symbol. */
static rr_status build_inserted(const rri_context *c, const rri_positions *at, rr_dataset **out,
                                rr_error *err)
{
    const rr_dataset_shape shape = rr_dataset_shape_of(c->search->train);
    rr_dataset_builder *b = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_dataset_builder_new(&shape, &b, err));
    for (size_t i = 0; i < at->n; i++)
        RRI_TRY(rri_insertion_build(c->search->train, &at->list[i], &c->input, c->t, c->trace.label,
                                    b, err));
    RRI_TRY(rr_dataset_builder_finish(b, out, err));

done:
    rr_dataset_builder_free(b);
    return st;
}

/* What the network says at the inserted step. */
static rr_status measure_steps(const rri_context *c, rri_positions *at, rr_error *err)
{
    rr_dataset *inserted = NULL;
    rr_state_source source = { 0 };
    rr_state_batch batch = { .count = 1 };
    size_t done = 0;
    rr_status st = RR_OK;

    RRI_TRY(build_inserted(c, at, &inserted, err));
    RRI_TRY(rr_network_states(c->search->net, inserted, c->search->cfg.threads, &source, err));
    while (batch.count > 0) {
        size_t rows = 0;
        RRI_TRY(source.ops->next(source.self, &batch, err));
        for (size_t i = 0; i < batch.count; i++, done++) {
            rr_insertion *one = &at->list[done];
            const size_t row = rows + one->after;
            const float *p = batch.probabilities + row * source.classes;
            one->prediction = batch.predictions[row];
            one->before = p[one->prediction];
            one->truth = p[c->trace.label];
            rows += batch.steps[i];
        }
    }

done:
    rr_state_source_close(&source);
    rr_dataset_free(inserted);
    return st;
}

rr_status rri_positions_measure(const rri_context *c, rri_positions *at, rr_error *err)
{
    rr_dataset *pairs = NULL;
    rr_state_source source = { 0 };
    size_t done = 0;
    rr_status st = RR_OK;

    if (at->n == 0 || c->search->net == NULL)
        return RR_OK;
    if (c->search->steps)
        return measure_steps(c, at, err);
    RRI_TRY(build_pairs(c, at, &pairs, err));
    RRI_TRY(rr_network_states(c->search->net, pairs, c->search->cfg.threads, &source, err));
    for (;;) {
        rr_state_batch batch = { 0 };
        size_t rows = 0;
        RRI_TRY(source.ops->next(source.self, &batch, err));
        if (batch.count == 0)
            break;
        for (size_t i = 0; i < batch.count; i++, done++) {
            rr_insertion *one = &at->list[done / 2];
            rows += batch.steps[i];
            const float p = batch.probabilities[(rows - 1) * source.classes + c->trace.label];
            if (done % 2 == 0) {
                one->before = p;
            } else {
                one->truth = p;
                one->prediction = batch.predictions[rows - 1];
            }
        }
    }

done:
    rr_state_source_close(&source);
    rr_dataset_free(pairs);
    return st;
}

void rri_positions_clear(rri_positions *s)
{
    rri_free(s->list);
    *s = (rri_positions){ 0 };
}
