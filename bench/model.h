/* SPDX-License-Identifier: MIT */
/* model.h - influence models to ask: of the run the benches measure on, or drawn from wandering
 * states where there is no data. */
#ifndef BENCH_MODEL_H
#define BENCH_MODEL_H

#include "fixture.h"
#include "shapes.h"

typedef struct bench_model {
    rr_influence *inf;
    rr_traces *tests;      /* other sequences than those of the model */
    char what[BENCH_NAME]; /* "MNIST N60000 T28 K43" */
    bool real;
} bench_model;

/* K states and a fixed number of EM steps, so that the work depends on the sizes alone. */
rr_influence_config bench_fixed_work(size_t K, size_t threads);

/* The model of the run, or a drawn one of 60,000 sequences of 28 steps; 10,000 other sequences. */
rr_status bench_open_model(bench *b, bench_model *out, rr_error *err);
/* A drawn one of these sizes, with `tests` other sequences. */
rr_status bench_made_model(const bench_wander *w, size_t tests, bench_model *out, rr_error *err);
/* That of the run on text; the sequences of its test split. */
rr_status bench_open_text_model(bench *b, bench_model *out, rr_error *err);
void bench_close_model(bench_model *m);

/* path_segment.c: look-ups in a model by the first `keys` kinds of key. */
rr_status bench_race_segments(bench *b, const bench_model *m, int keys, rr_error *err);

#endif
