/* SPDX-License-Identifier: MIT */
/* path_states.c - what a build asks of a network: all states of MNIST, on ten components. */
#include "abstraction/abstraction_internal.h"
#include "coprocess.h"
#include "fixture.h"
#include "limits.h"
#include "products.h"

#include <math.h>
#include <stdio.h>

enum { P = 10 };

typedef struct extraction {
    size_t threads;
    rr_network *net;
    rr_dataset *ds;
    rr_state_source source;
    rri_pca *pca;
    float *z; /* [rows of a batch][P] */
    double worst;
} extraction;

/* The components of the first few batches: any projection costs the same. */
static rr_status fit(extraction *x, size_t H, rr_error *err)
{
    rri_covariance *c = NULL;
    rr_state_batch batch;
    size_t rows = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_covariance_new(H, &c, err));
    for (int i = 0; i < 4; i++) {
        RRI_TRY(x->source.ops->next(x->source.self, &batch, err));
        if (batch.count == 0)
            break;
        const rri_rows h = { batch.states, batch.rows, H, H };
        RRI_TRY(rri_covariance_add(c, h, x->threads, err));
        rows = rri_max(rows, batch.rows);
    }
    RRI_TRY(rri_pca_fit(c, P, &x->pca, err));
    RRI_TRY(rri_alloc(&x->z, rows, P, sizeof *x->z, err));

done:
    rri_covariance_free(c);
    return st;
}

/* The whole source once; look compares the projection of some rows with plain arithmetic. */
static rr_status pass(extraction *x, bool look, rr_error *err)
{
    const size_t H = x->source.hidden;
    const float *mean = rri_pca_mean(x->pca);
    const float *axes = rri_pca_axes(x->pca);
    rr_state_batch batch;
    rr_status st = RR_OK;

    RRI_TRY(x->source.ops->rewind(x->source.self, err));
    for (;;) {
        RRI_TRY(x->source.ops->next(x->source.self, &batch, err));
        if (batch.count == 0)
            break;
        const rri_rows h = { batch.states, batch.rows, H, H };
        RRI_TRY(rri_pca_project(x->pca, h, x->threads, x->z, err));
        for (size_t i = 0; look && i < batch.rows; i += 97)
            for (size_t p = 0; p < P; p++) {
                double sum = 0.0;
                for (size_t j = 0; j < H; j++)
                    sum += ((double)h.data[i * H + j] - (double)mean[j]) * (double)axes[p * H + j];
                const double off = fabs(sum - (double)x->z[i * P + p]);
                x->worst = off <= x->worst ? x->worst : off;
            }
    }

done:
    return st;
}

static bool ours_iteration(void *ctx, double slice, double *seconds, char note[BENCH_NOTE])
{
    extraction *x = ctx;
    rr_error err = { .code = RR_OK };
    const double begin = rri_seconds();

    (void)slice;
    if (pass(x, false, &err) != RR_OK) {
        snprintf(note, BENCH_NOTE, "failed: %.200s", err.msg);
        return false;
    }
    *seconds = (rri_seconds() - begin) / (double)x->source.sequences;
    return true;
}

static rr_status open_extraction(const bench *b, const bench_shape *s, size_t threads,
                                 extraction *x, rr_error *err)
{
    rr_status st = RR_OK;

    *x = (extraction){ .threads = threads };
    RRI_TRY(bench_fixture_data(b, RR_SPLIT_TRAIN, b->options.quick ? 6000 : 60000, &x->ds, err));
    RRI_TRY(bench_make_network(s, &x->net, err));
    RRI_TRY(rr_network_states(x->net, x->ds, x->threads, &x->source, err));
    RRI_TRY(fit(x, s->H, err));

done:
    return st;
}

static void close_extraction(extraction *x)
{
    rr_state_source_close(&x->source);
    rri_free(x->z);
    rri_pca_free(x->pca);
    rr_dataset_free(x->ds);
    rr_network_free(x->net);
}

static rr_status run(bench *b, const bench_shape *s, const char *name, rr_error *err)
{
    extraction x = { .net = NULL };
    bench_products *products = NULL;
    char words[BENCH_NAME];
    bench_bound bound;
    bench_question best = { .b = b, .server = BENCH_BEST_KERNELS };
    bench_question peer[2] = { { .b = b }, { .b = b } };
    bench_comparison r = { .path = "states",
                           .threads = rri_threads(b->options.threads),
                           .unit = "sequences",
                           .against = "a projection in double",
                           .allowed = 1e-4 };
    rr_status st = RR_OK;

    snprintf(r.shape, sizeof r.shape, "%s", name);
    bench_shape_request(s, words);
    snprintf(best.request, sizeof best.request, "infer %s %zu", words, r.threads);
    snprintf(peer[0].request, sizeof peer[0].request, "states %s tuned", words);
    snprintf(peer[1].request, sizeof peer[1].request, "states %s default", words);
    RRI_TRY(open_extraction(b, s, b->options.threads, &x, err));
    RRI_TRY(pass(&x, true, err));
    r.check = x.worst;
    r.work = (double)x.source.sequences;
    RRI_TRY(bench_products_new(s, false, x.threads, &products, err));
    bench_add(&r, "ours", BENCH_OURS, ours_iteration, &x, 0.0);
    bench_add_peak(&r, &bound, bench_flop(s, false) + 2.0 * P * (double)(s->H * s->T), 0.0, 0.0);
    bench_add(&r, "sgemm", BENCH_CEILING, bench_products_iteration, products, 0.60);
    bench_add(&r, "sgemm, best kernels", BENCH_CEILING, bench_ask_iteration, &best, 0.0);
    bench_add(&r, "torch tuned + sklearn", BENCH_PEER, bench_ask_iteration, &peer[0], 0.0);
    bench_add(&r, "torch default + sklearn", BENCH_PEER, bench_ask_iteration, &peer[1], 5.0);
    bench_compare(b, &r);

done:
    bench_products_free(products);
    close_extraction(&x);
    return st;
}

/* The same on one and on all threads. */
rr_status bench_threads_states(bench *b, rr_error *err)
{
    extraction all = { .net = NULL };
    extraction one = { .net = NULL };
    bench_comparison r = { .path = "threads, states",
                           .shape = "LSTM 28-128 MNIST P10",
                           .threads = rri_threads(b->options.threads),
                           .unit = "sequences" };
    rr_status st = RR_OK;

    RRI_TRY(open_extraction(b, &bench_shapes[0], b->options.threads, &all, err));
    RRI_TRY(open_extraction(b, &bench_shapes[0], 1, &one, err));
    r.work = (double)all.source.sequences;
    bench_add(&r, "ours", BENCH_OURS, ours_iteration, &all, 0.0);
    bench_add(&r, "one thread", BENCH_OTHER, ours_iteration, &one, BENCH_TWO_THREADS);
    bench_compare(b, &r);

done:
    close_extraction(&all);
    close_extraction(&one);
    return st;
}

void bench_states(bench *b)
{
    const char *name = "LSTM 28-128 MNIST P10";
    rr_error err = { .code = RR_OK };

    if (!bench_fixture_has_data(b))
        bench_skip(b, "states", name, "skipped: no data");
    else if (run(b, &bench_shapes[0], name, &err) != RR_OK)
        bench_failed(b, "states", name, &err);
}
