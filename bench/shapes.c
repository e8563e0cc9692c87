/* SPDX-License-Identifier: MIT */
/* shapes.c - the networks that are measured. */
#include "shapes.h"

#include <stdio.h>

/* MNIST read row by row, and word vectors of sentences, in the widths the literature uses. */
const bench_shape bench_shapes[BENCH_ALL_SHAPES] = {
    { RR_CELL_LSTM, 28, 128, 28, 128 }, { RR_CELL_LSTM, 28, 100, 28, 256 },
    { RR_CELL_GRU, 28, 128, 28, 128 },  { RR_CELL_LSTM, 300, 300, 25, 256 },
    { RR_CELL_GRU, 300, 300, 25, 256 }, { RR_CELL_LSTM, 13, 37, 28, 64 },
    { RR_CELL_GRU, 13, 37, 28, 64 },
};

void bench_shape_name(const bench_shape *s, char out[BENCH_NAME])
{
    snprintf(out, BENCH_NAME, "%s %zu-%zu T%zu B%zu", s->cell == RR_CELL_LSTM ? "LSTM" : "GRU",
             s->D, s->H, s->T, s->B);
}

void bench_shape_request(const bench_shape *s, char out[BENCH_NAME])
{
    snprintf(out, BENCH_NAME, "%s %zu %zu %zu %zu", rr_enum_name(RR_ENUM_CELL, s->cell), s->D, s->H,
             s->T, s->B);
}

size_t bench_gates(const bench_shape *s)
{
    return s->cell == RR_CELL_LSTM ? 4 : 3;
}

double bench_flop(const bench_shape *s, bool training)
{
    const double gates = (double)(bench_gates(s) * s->H);
    const double input = 2.0 * gates * (double)(s->D * s->T);
    const double recurrent = 2.0 * gates * (double)(s->H * (s->T - 1));

    /* Forward; then dh and both weights' gradients, but no gradient of the input. */
    return training ? 2.0 * input + 3.0 * recurrent : input + recurrent;
}

rr_status bench_make_network(const bench_shape *s, rr_network **out, rr_error *err)
{
    const rr_network_config cfg = { .struct_size = sizeof(rr_network_config),
                                    .cell = s->cell,
                                    .width = s->D,
                                    .hidden = s->H,
                                    .layers = 1,
                                    .classes = BENCH_CLASSES,
                                    .seed = 1 };
    return rr_network_new(&cfg, out, err);
}
