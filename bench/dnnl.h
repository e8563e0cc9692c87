/* SPDX-License-Identifier: MIT */
/* dnnl.h - the layer of a network by oneDNN's LSTM and GRU primitives (a peer), where it was found
 * when this program was built.
 *
 * Inference is the primitive for inference, with the weights in whatever form it likes; the GRU is
 * its linear_before_reset form, which is ours. Training is forward and backward without loss,
 * output layer, or update; the primitive forms the gradient of the inputs, too, and cannot leave it
 * out. Reordering weights between the two, which each batch would need, is not counted.
 *
 * As it comes the whole batch is given to one primitive with all threads. Tuned is the fastest of
 * that and of shards of several sizes, each worker with a primitive of one thread, whose gradients
 * are not added up; steps first, or any order of data. */
#ifndef BENCH_DNNL_H
#define BENCH_DNNL_H

#include "shapes.h"

typedef struct bench_dnnl bench_dnnl;

/* States, and in training gradients, are compared with the reference in double.
 *  Errors   UNSUPPORTED (built without oneDNN), NUMERIC (it failed, or the results differ). */
rr_status bench_dnnl_new(const bench_shape *s, bool training, size_t threads, bool tuned,
                         bench_dnnl **out, rr_error *err);
void bench_dnnl_free(bench_dnnl *p); /* NULL is allowed */

/* Seconds a sequence. ctx is a bench_dnnl. */
bool bench_dnnl_iteration(void *ctx, double slice, double *seconds, char note[BENCH_NOTE]);

#endif
