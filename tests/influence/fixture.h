/* SPDX-License-Identifier: MIT */
/* fixture.h - a synthetic state source, and influence models of random traces. */
#ifndef RR_TESTS_INFLUENCE_FIXTURE_H
#define RR_TESTS_INFLUENCE_FIXTURE_H

#include "check.h"

#include "influence/model.h"
#include "io/scratch_array.h"

/* ---- a state source -------------------------------------------------------------------------- */

enum { SYNTH_H = 6, SYNTH_D = 3, SYNTH_CLUSTERS = 5, SYNTH_C = 3, SYNTH_V = 7 };

/* Hidden states jump between five clusters; the prediction follows the cluster, mostly. */
typedef struct synth {
    size_t count, rows, batch; /* sequences, steps, sequences a batch */
    size_t at, row;            /* progress of the pass */
    uint32_t *steps, *labels, *predictions, *symbols;
    uint32_t *step_labels; /* NULL: steps have none; synth_label_steps() */
    float *states, *probabilities, *frames;
    rr_state_batch last;
    bool silent;     /* deliver nothing */
    bool no_softmax; /* no probabilities */
    long fail_at;    /* batch at which next() fails; negative never */
    long batches;    /* delivered in all */
} synth;

static inline rr_status synth_rewind(void *self, rr_error *err)
{
    synth *s = self;
    (void)err;
    s->at = 0;
    s->row = 0;
    return RR_OK;
}

static inline rr_status synth_next(void *self, rr_state_batch *batch, rr_error *err)
{
    synth *s = self;
    const size_t n = s->silent ? 0 : rri_min(s->batch, s->count - s->at);
    size_t rows = 0;

    if (s->fail_at >= 0 && s->batches++ == s->fail_at)
        return rri_fail(err, RR_ERR_IO, -1, "the tape is torn");
    for (size_t i = 0; i < n; i++)
        rows += s->steps[s->at + i];
    *batch = (rr_state_batch){
        .count = n,
        .rows = rows,
        .steps = s->steps + s->at,
        .labels = s->labels + s->at,
        .states = s->states + s->row * SYNTH_H,
        .predictions = s->predictions + s->row,
        .probabilities = s->no_softmax ? NULL : s->probabilities + s->row * SYNTH_C,
        .frames = s->frames != NULL ? s->frames + s->row * SYNTH_D : NULL,
        .symbols = s->symbols != NULL ? s->symbols + s->row : NULL,
        .step_labels = s->step_labels != NULL ? s->step_labels + s->row : NULL,
    };
    s->at += n;
    s->row += rows;
    return RR_OK;
}

static inline void synth_release(void *self)
{
    synth *s = self;
    free(s->steps);
    free(s->labels);
    free(s->predictions);
    free(s->symbols);
    free(s->step_labels);
    free(s->states);
    free(s->probabilities);
    free(s->frames);
    free(s);
}

static const rr_state_ops synth_ops = { synth_rewind, synth_next, synth_release };

static inline void *synth_memory(size_t n, size_t size)
{
    void *p = calloc(n + 1, size);
    assert_non_null(p);
    return p;
}

static inline void synth_fill(synth *s, uint64_t seed, bool frames)
{
    rri_random r = rri_random_at(seed, RRI_RANDOM_PARITY, 1);

    for (size_t row = 0; row < s->rows; row++) {
        const size_t k = (size_t)rri_random_below(&r, SYNTH_CLUSTERS);
        for (size_t j = 0; j < SYNTH_H; j++) {
            const double centre = j == k ? 3.0 : j == 5 ? 0.5 * (double)k : 0.0;
            s->states[row * SYNTH_H + j] = (float)(centre + 0.1 * rri_random_normal(&r));
        }
        const bool noise = rri_random_below(&r, 10) == 0;
        s->predictions[row] = (uint32_t)(noise ? rri_random_below(&r, SYNTH_C) : k % SYNTH_C);
        for (size_t c = 0; c < SYNTH_C; c++)
            s->probabilities[row * SYNTH_C + c] = c == s->predictions[row] ? 0.75f : 0.125f;
        const uint32_t x = (uint32_t)rri_random_below(&r, SYNTH_V);
        for (size_t d = 0; frames && d < SYNTH_D; d++)
            s->frames[row * SYNTH_D + d] =
                (float)((double)((x * (d + 1)) % SYNTH_V) + 0.01 * rri_random_normal(&r));
        if (!frames)
            s->symbols[row] = x;
    }
}

/* N sequences of `steps` steps, or of 1..steps where ragged; frames or symbols. */
static inline rr_state_source synth_source(size_t count, size_t steps, bool ragged, bool frames,
                                           uint64_t seed)
{
    synth *s = synth_memory(1, sizeof *s);
    rri_random r = rri_random_at(seed, RRI_RANDOM_PARITY, 0);

    s->count = count;
    s->batch = 7;
    s->fail_at = -1;
    s->steps = synth_memory(count, sizeof *s->steps);
    s->labels = synth_memory(count, sizeof *s->labels);
    for (size_t i = 0; i < count; i++) {
        s->steps[i] = (uint32_t)(ragged ? 1 + rri_random_below(&r, steps) : steps);
        s->labels[i] = (uint32_t)rri_random_below(&r, SYNTH_C);
        s->rows += s->steps[i];
    }
    s->predictions = synth_memory(s->rows, sizeof *s->predictions);
    s->states = synth_memory(s->rows * SYNTH_H, sizeof *s->states);
    s->probabilities = synth_memory(s->rows * SYNTH_C, sizeof *s->probabilities);
    if (frames)
        s->frames = synth_memory(s->rows * SYNTH_D, sizeof *s->frames);
    else
        s->symbols = synth_memory(s->rows, sizeof *s->symbols);
    synth_fill(s, seed, frames);
    return (rr_state_source){ .ops = &synth_ops,
                              .self = s,
                              .sequences = count,
                              .steps = s->rows,
                              .hidden = SYNTH_H,
                              .classes = SYNTH_C,
                              .width = frames ? SYNTH_D : 0,
                              .vocabulary = frames ? 0 : SYNTH_V };
}

/* A label for a step: runs of equal labels, some steps without one. */
static inline uint32_t synth_step_label(rri_random *r, size_t classes, uint32_t before)
{
    if (rri_random_below(r, 3) > 0)
        return before;
    const size_t c = (size_t)rri_random_below(r, classes + 1);
    return c < classes ? (uint32_t)c : RR_NO_LABEL;
}

/* Give the steps of a source labels. */
static inline void synth_label_steps(rr_state_source *source, uint64_t seed)
{
    synth *s = source->self;
    rri_random r = rri_random_at(seed, RRI_RANDOM_PARITY, 3);

    s->step_labels = synth_memory(s->rows, sizeof *s->step_labels);
    for (size_t row = 0; row < s->rows; row++)
        s->step_labels[row] =
            synth_step_label(&r, source->classes, row > 0 ? s->step_labels[row - 1] : 0);
}

/* Two threads, five states, at most seven symbols. */
static inline rr_influence_config synth_config(void)
{
    rr_influence_config cfg = rr_influence_config_default();

    cfg.components = 4;
    cfg.partition.states = SYNTH_CLUSTERS;
    cfg.symbols = SYNTH_V;
    cfg.threads = 2;
    return cfg;
}

static inline rr_influence *synth_build(const rr_influence_config *cfg, rr_state_source *source)
{
    rr_influence *inf = NULL;
    rr_error err = { 0 };

    CHECK_OK(rr_influence_build(cfg, source, NULL, &inf, &err), err);
    return inf;
}

/* ---- a model of random traces ---------------------------------------------------------------- */

/* Without projection and mixture: enough for every query. Symbol data where V is above 1. Lengths
 * are T, or 1..T where ragged; neighbouring steps tend to stay in a state, and only a part of the
 * states occurs often. */
static inline rr_influence *random_model(size_t N, size_t T, bool ragged, size_t K, size_t C,
                                         size_t V, uint64_t seed)
{
    rri_random r = rri_random_at(seed, RRI_RANDOM_PARITY, 2);
    rr_influence *inf = NULL;
    rr_error err = { 0 };
    size_t *lengths = synth_memory(N, sizeof *lengths);
    size_t steps = 0;

    CHECK_OK(rri_alloc(&inf, 1, 1, sizeof *inf, &err), err);
    for (size_t i = 0; i < N; i++)
        steps += lengths[i] = ragged ? 1 + (size_t)rri_random_below(&r, T) : T;
    inf->info = (rr_influence_info){
        .sequences = N, .steps = steps, .states = K, .classes = C, .symbols = V
    };
    inf->vocabulary = V > 1 ? V : 0;
    CHECK_OK(rri_alloc(&inf->confidence, K + 1, C, sizeof(float), &err), err);
    for (size_t q = 1; q <= K; q++) {
        double sum = 0.0;
        for (size_t c = 0; c < C; c++) {
            inf->confidence[q * C + c] = (float)pow(rri_random_uniform(&r), 4.0);
            sum += (double)inf->confidence[q * C + c];
        }
        for (size_t c = 0; c < C; c++)
            inf->confidence[q * C + c] = (float)((double)inf->confidence[q * C + c] / sum);
    }
    CHECK_OK(rri_traces_new(N, steps, V > 1, &inf->training, &err), err);
    for (size_t i = 0, row = 0; i < N; i++) {
        inf->training->own.offset[i + 1] = inf->training->own.offset[i] + lengths[i];
        inf->training->own.label[i] = (uint32_t)rri_random_below(&r, C);
        for (size_t t = 0; t < lengths[i]; t++, row++) {
            const bool stay = t > 0 && rri_random_below(&r, 2) == 0;
            inf->training->own.state[row] =
                stay ? inf->training->own.state[row - 1]
                     : (uint16_t)(1 + rri_random_below(&r, 1 + rri_random_below(&r, K)));
            inf->training->own.prediction[row] =
                stay ? inf->training->own.prediction[row - 1] : (uint16_t)rri_random_below(&r, C);
            if (V > 1)
                inf->training->own.symbol[row] = (uint32_t)rri_random_below(&r, V);
        }
    }
    free(lengths);
    CHECK_OK(rri_scratch_alloc(&inf->training->own.step_label, steps, 1, sizeof(uint16_t), &err),
             err);
    inf->training->step_label = inf->training->own.step_label;
    for (size_t row = 0, label = 0; row < steps; row++) {
        label = synth_step_label(&r, C, (uint32_t)label);
        inf->training->own.step_label[row] = (uint16_t)(label == RR_NO_LABEL ? 65535 : label);
    }
    for (int kind = V > 1 ? 0 : 1; kind < RRI_STORED_KINDS; kind++)
        CHECK_OK(rri_postings_build(inf->training, (rr_key)kind, &inf->postings[kind], &err), err);
    CHECK_OK(rri_influence_ready(inf, &err), err);
    return inf;
}

#endif
