/* SPDX-License-Identifier: MIT */
/* neighbours.h - the questions of path_query.c for programs that find the nearest of vectors.
 *
 * Where all sequences have T steps, the features of a trace (docs/ALGORITHMS.md#influence, measure
 * lp) are a vector of T*(C+2) numbers, and the order by lp is that by the p-norm of differences. So
 * p = 1 is L1 and p = 2 is L2 on the same vectors, and what a program finds is right if it is no
 * farther than the last one of ours. */
#ifndef BENCH_NEIGHBOURS_H
#define BENCH_NEIGHBOURS_H

#include "coprocess.h"
#include "model.h"

enum { BENCH_NEIGHBOUR_PEERS = 4 };

/* Feature j of step t, counted from 0; 0 where the trace has ended. */
double bench_feature(const rr_influence *inf, const rr_trace *trace, size_t t, size_t j);

typedef struct bench_neighbours {
    bench *b;
    const bench_model *m;
    size_t top, queries;
    size_t width;                   /* of a vector, with zeros up to a multiple of 16 */
    char prefix[BENCH_REQUEST / 2]; /* of the files; "" where the sequences differ in length */
} bench_neighbours;

/* Write the vectors of the training sequences and of the first tests. */
rr_status bench_open_neighbours(bench *b, const bench_model *m, size_t top, bench_neighbours *out,
                                rr_error *err);

/* One peer of a comparison. */
typedef struct bench_neighbour_peer {
    bench_question question;
    double least; /* recall that is asked for */
} bench_neighbour_peer;

/* Add all that know the norm, p = 1 or 2. peers [BENCH_NEIGHBOUR_PEERS] live as long as *r. */
rr_status bench_add_neighbours(const bench_neighbours *n, bench_comparison *r, double p,
                               bench_neighbour_peer *peers, rr_error *err);

#endif
