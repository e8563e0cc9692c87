/* SPDX-License-Identifier: MIT */
/* path_network.c - training and inference of the networks, against their matrix products and
 * PyTorch. */
#include "coprocess.h"
#include "limits.h"
#include "products.h"

#include <stdio.h>

/* Everything one shape needs. */
typedef struct network_case {
    const bench_shape *s;
    bool training;
    size_t threads;
    rr_network *net;
    rr_dataset *ds;
    rr_trainer *trainer;
    uint32_t *prediction; /* [N] */
    bench_products *products;
} network_case;

static rr_status open_case(network_case *c, rr_error *err)
{
    rr_train_config cfg = rr_train_config_default();
    rr_status st = RR_OK;

    cfg.epochs = SIZE_MAX;
    cfg.batch = c->s->B;
    cfg.threads = c->threads;
    cfg.learning_rate = 1e-4; /* labels are random: stay where the weights are ordinary */
    RRI_TRY(bench_make_network(c->s, &c->net, err));
    RRI_TRY(bench_make_frames(8 * c->s->B, c->s, &c->ds, err));
    if (c->training)
        RRI_TRY(rr_trainer_new(&cfg, c->net, c->ds, &c->trainer, err));
    RRI_TRY(rri_alloc(&c->prediction, rr_dataset_count(c->ds), 1, sizeof *c->prediction, err));
    RRI_TRY(bench_products_new(c->s, c->training, c->threads, &c->products, err));

done:
    return st;
}

static void close_case(network_case *c)
{
    bench_products_free(c->products);
    rri_free(c->prediction);
    rr_trainer_free(c->trainer);
    rr_dataset_free(c->ds);
    rr_network_free(c->net);
}

/* One batch, or all of the data once. */
static rr_status work_once(network_case *c, size_t *sequences, rr_error *err)
{
    rr_train_progress progress;

    if (c->training) {
        *sequences = c->s->B;
        return rr_trainer_step(c->trainer, &progress, err);
    }
    *sequences = rr_dataset_count(c->ds);
    return rr_network_predict(c->net, c->ds, c->threads, c->prediction, NULL, err);
}

static bool ours_iteration(void *ctx, double slice, double *seconds, char note[BENCH_NOTE])
{
    network_case *c = ctx;
    rr_error err = { .code = RR_OK };
    const double begin = rri_seconds();
    double spent = 0.0;
    size_t done = 0;

    while (done == 0 || spent < slice) {
        size_t sequences = 0;
        if (work_once(c, &sequences, &err) != RR_OK) {
            snprintf(note, BENCH_NOTE, "failed: %.200s", err.msg);
            return false;
        }
        done += sequences;
        spent = rri_seconds() - begin;
    }
    *seconds = spent / (double)done;
    snprintf(note, BENCH_NOTE, "%.0f GFLOP/s in the products",
             1e-9 * bench_flop(c->s, c->training) / *seconds);
    return true;
}

static rr_status run_case(bench *b, const bench_shape *s, bool training, rr_error *err)
{
    network_case c = { .s = s, .training = training, .threads = b->options.threads };
    const char *verb = training ? "train" : "infer";
    const bool small = s->H < 256;
    char words[BENCH_NAME];
    bench_bound bound;
    bench_question best = { .b = b, .server = BENCH_BEST_KERNELS };
    bench_question peer[3] = { { .b = b }, { .b = b }, { .b = b } };
    bench_comparison r = { .path = verb,
                           .threads = rri_threads(b->options.threads),
                           .work = (double)s->B,
                           .unit = "sequences",
                           .against =
                               training ? "central differences in double" : "double arithmetic",
                           .allowed = training ? 1e-3 : 1e-4 };
    rr_status st = RR_OK;

    bench_shape_name(s, r.shape);
    bench_shape_request(s, words);
    snprintf(best.request, sizeof best.request, "%s %s %zu", verb, words, r.threads);
    snprintf(peer[0].request, sizeof peer[0].request, "%s %s tuned", verb, words);
    snprintf(peer[1].request, sizeof peer[1].request, "%s %s default", verb, words);
    snprintf(peer[2].request, sizeof peer[2].request, "%s %s apart", verb, words);
    RRI_TRY(training ? bench_check_gradient(s, c.threads, &r.check, err)
                     : bench_check_states(s, c.threads, &r.check, err));
    RRI_TRY(open_case(&c, err));
    bench_add(&r, "ours", BENCH_OURS, ours_iteration, &c, 0.0);
    bench_add_peak(&r, &bound, bench_flop(s, training), 0.0, training && !small ? 0.85 : 0.80);
    bench_add(&r, "sgemm", BENCH_CEILING, bench_products_iteration, c.products,
              training ? 0.80 : 0.0);
    bench_add(&r, "sgemm, best kernels", BENCH_CEILING, bench_ask_iteration, &best, 0.0);
    bench_add(&r, "torch tuned", BENCH_PEER, bench_ask_iteration, &peer[0],
              !training ? 0.0
              : small   ? 2.5
                        : 1.3);
    bench_add(&r, "torch default", BENCH_PEER, bench_ask_iteration, &peer[1],
              !training ? 0.0
              : small   ? 6.0
                        : 3.3);
    if (training)
        bench_add(&r, "torch apart", BENCH_PEER, bench_ask_iteration, &peer[2], 0.0);
    bench_compare(b, &r);

done:
    close_case(&c);
    return st;
}

static void run_all(bench *b, bool training)
{
    for (size_t i = 0; i < BENCH_SHAPES; i++) {
        rr_error err = { .code = RR_OK };
        char name[BENCH_NAME];
        bench_shape_name(&bench_shapes[i], name);
        if (run_case(b, &bench_shapes[i], training, &err) != RR_OK)
            bench_failed(b, training ? "train" : "infer", name, &err);
    }
}

void bench_train(bench *b)
{
    run_all(b, true);
}

void bench_infer(bench *b)
{
    run_all(b, false);
}
