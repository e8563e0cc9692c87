/* SPDX-License-Identifier: MIT */
/* limits.h - the bound of a path: the least time its work can take here, measured in the same
 * rounds as everything else. */
#ifndef BENCH_LIMITS_H
#define BENCH_LIMITS_H

#include "bench.h"
#include "peak.h"

/* What one unit of work needs. Either operations, one after another at the peaks of loops that stay
 * in registers, or bytes read again and again from a buffer of `footprint` bytes. */
typedef struct bench_bound {
    const bench_peak *peak; /* whose loops */
    size_t threads;
    double flop, exps;
    double bytes;
    size_t footprint;
    float *memory;         /* [footprint] */
    char name[BENCH_NAME]; /* "FMA peak, AVX-512, 2 threads" */
} bench_bound;

/* The loops for the instruction set the library uses, NULL where this processor cannot run them. */
const bench_peak *bench_peak_in_use(void);

/* Add the bound of the operations a unit needs to a comparison, whose rows then carry their share
 * of it. Ours is asked for the share `wanted`; 0 = nothing is asked. *bound lives as long as *r. */
void bench_add_peak(bench_comparison *r, bench_bound *bound, double flop, double exps,
                    double wanted);
/* The same for `bytes` a unit, from as many. Release with bench_close_bound(). */
rr_status bench_add_read(bench_comparison *r, bench_bound *bound, size_t bytes, rr_error *err);
void bench_close_bound(bench_bound *bound);

#endif
