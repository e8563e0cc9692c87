/* SPDX-License-Identifier: MIT */
/* fixture.h - a run directory to measure on: MNIST, LSTM 28-128 after one epoch, 43 states.
 *
 * It is made once, in a folder of its own that goes when the program ends; or it is the one --run
 * names. */
#ifndef BENCH_FIXTURE_H
#define BENCH_FIXTURE_H

#include "bench.h"

/* Whether MNIST lies where RNNREPAIR_DATA, or the build, says. */
bool bench_fixture_has_data(const bench *b);

/* MNIST as a dataset spec. */
void bench_fixture_spec(char *out, size_t size);

/* Whether the toxic comments lie there. */
bool bench_fixture_has_text(const bench *b);

/* The first `limit` images of a split. */
rr_status bench_fixture_data(const bench *b, rr_split split, size_t limit, rr_dataset **out,
                             rr_error *err);

/* The run directory, with a model of 43 states. */
rr_status bench_fixture_run(bench *b, const char **dir, rr_error *err);

/* The run --run names, or one of the toxic comments: GRU 300-300 after one epoch, 37 states. */
rr_status bench_fixture_text_run(bench *b, const char **dir, rr_error *err);

/* The path of a file in a folder that goes when the program ends. */
rr_status bench_fixture_file(bench *b, const char *name, char *out, size_t size, rr_error *err);
/* Such a file, for the peers: `bytes` of numbers at PREFIX.name, as they lie in memory. */
rr_status bench_fixture_numbers(const char *prefix, const char *name, const void *data,
                                size_t bytes, rr_error *err);

void bench_close_fixture(bench *b);

#endif
