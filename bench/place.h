/* SPDX-License-Identifier: MIT */
/* place.h - a run directory to measure on: MNIST, LSTM 28-128 after one epoch, 43 states.
 *
 * It is made once, by the tool itself, in a folder of its own that goes when the program ends; or
 * it is the one --run names. */
#ifndef BENCH_PLACE_H
#define BENCH_PLACE_H

#include "coprocess.h"

/* Whether MNIST lies where RNNREPAIR_DATA, or the build, says. */
bool bench_place_has_data(const bench *b);

/* Whether the toxic comments lie there. */
bool bench_place_has_text(const bench *b);

/* The first `limit` images of a split. */
rr_status bench_place_data(const bench *b, rr_split split, size_t limit, rr_dataset **out,
                           rr_error *err);

/* The run directory, with a model of 43 states. */
rr_status bench_place_run(bench *b, const char **dir, rr_error *err);

/* Train and build a run by the tool in a new folder. Memory: *dir is borrowed from b. */
rr_status bench_place_fresh(bench *b, const char **dir, bench_launched *train,
                            bench_launched *build, rr_error *err);

/* The run --run names, or one of the toxic comments: GRU 300-300 after one epoch, 37 states. */
rr_status bench_place_text_run(bench *b, const char **dir, rr_error *err);

/* Run the tool. */
rr_status bench_place_tool(bench *b, const char *const *words, bench_launched *out, rr_error *err);

/* The path of a file in a folder that goes when the program ends. */
rr_status bench_place_file(bench *b, const char *name, char *out, size_t size, rr_error *err);

void bench_close_place(bench *b);

#endif
