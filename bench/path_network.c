/* SPDX-License-Identifier: MIT */
/* path_network.c - training and inference of the networks, against the peak, their matrix products,
 * oneDNN and PyTorch; training on one thread, and batches of 16. */
#include "coprocess.h"
#include "limits.h"
#include "products.h"

#include <stdio.h>

/* Everything one shape needs. */
typedef struct network_case {
    const bench_shape *s;
    bool training;
    size_t threads;
    size_t sequences; /* of the data */
    rr_network *net;
    rr_dataset *ds;
    rr_trainer *trainer;
    uint32_t *prediction;            /* [N] */
    bench_products *products, *xsmm; /* for the comparison with others */
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
    RRI_TRY(bench_make_frames(c->sequences, c->s, &c->ds, err));
    if (c->training)
        RRI_TRY(rr_trainer_new(&cfg, c->net, c->ds, &c->trainer, err));
    RRI_TRY(rri_alloc(&c->prediction, rr_dataset_count(c->ds), 1, sizeof *c->prediction, err));

done:
    return st;
}

static void close_case(network_case *c)
{
    bench_products_free(c->products);
    bench_products_free(c->xsmm);
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

/* ---- against others -------------------------------------------------------------------------- */

/* The other programs of a comparison, and what they are asked. */
typedef struct others {
    bench_question best, dnnl[2], torch[3];
} others;

static void add_others(bench *b, bench_comparison *r, const network_case *c, others *o)
{
    static const char *const setting[] = { "tuned", "default", "apart" };
    const bool training = c->training;
    const bool small = c->s->H < 256;
    const double wanted[] = { small ? 2.5 : 1.3, small ? 6.0 : 3.3, 0.0 };
    const char *verb = training ? "train" : "infer";
    static const char *const names[] = { "torch tuned", "torch default", "torch apart" };
    char words[BENCH_NAME];

    bench_shape_request(c->s, words);
    o->best = (bench_question){ .b = b, .server = BENCH_BEST_KERNELS };
    snprintf(o->best.request, sizeof o->best.request, "%s %s %zu", verb, words, r->threads);
    bench_add(r, "sgemm", BENCH_CEILING, bench_products_iteration, c->products,
              training ? 0.80 : 0.0);
    bench_add(r, "sgemm, best kernels", BENCH_CEILING, bench_ask_iteration, &o->best, 0.0);
    bench_add(r, "libxsmm", BENCH_CEILING, bench_products_iteration, c->xsmm, 0.0);
    for (int tuned = 1; tuned >= 0; tuned--) {
        bench_question *q = &o->dnnl[tuned];
        *q = (bench_question){ .b = b, .server = BENCH_DNNL };
        snprintf(q->request, sizeof q->request, "%s %s %s %zu", tuned != 0 ? "tuned" : "own", verb,
                 words, r->threads);
        bench_add(r, tuned != 0 ? "oneDNN tuned" : "oneDNN default", BENCH_PEER,
                  bench_ask_iteration, q, training && tuned != 0 ? 2.0 : 0.0);
    }
    for (size_t i = 0; i < (training ? 3 : 2); i++) {
        o->torch[i] = (bench_question){ .b = b };
        snprintf(o->torch[i].request, sizeof o->torch[i].request, "%s %s %s", verb, words,
                 setting[i]);
        bench_add(r, names[i], BENCH_PEER, bench_ask_iteration, &o->torch[i],
                  training ? wanted[i] : 0.0);
    }
}

static rr_status run_case(bench *b, const bench_shape *s, bool training, rr_error *err)
{
    network_case c = {
        .s = s, .training = training, .threads = b->options.threads, .sequences = 8 * s->B
    };
    network_case one = { .s = s, .training = training, .threads = 1, .sequences = 8 * s->B };
    bench_comparison r = { .path = training ? "train" : "infer",
                           .threads = rri_threads(b->options.threads),
                           .work = (double)s->B,
                           .unit = "sequences",
                           .against =
                               training ? "central differences in double" : "double arithmetic",
                           .allowed = training ? 1e-3 : 1e-4 };
    const bool odd = s >= bench_shapes + BENCH_SHAPES;
    const double share = odd ? 0.0 : training && s->H >= 256 ? 0.85 : 0.80;
    bench_bound bound;
    others o;
    rr_status st = RR_OK;

    bench_shape_name(s, r.shape);
    RRI_TRY(training ? bench_check_gradient(s, c.threads, &r.check, err)
                     : bench_check_states(s, c.threads, &r.check, err));
    RRI_TRY(open_case(&c, err));
    RRI_TRY(bench_products_new(s, training, c.threads, &c.products, err));
    RRI_TRY(bench_products_xsmm(s, training, c.threads, &c.xsmm, err));
    bench_add(&r, "ours", BENCH_OURS, ours_iteration, &c, 0.0);
    bench_add_peak(&r, &bound, bench_flop(s, training), 0.0, share);
    if (training && r.threads == 2) {
        RRI_TRY(open_case(&one, err));
        bench_add(&r, "ours, one thread", BENCH_OTHER, ours_iteration, &one,
                  odd ? 0.0 : BENCH_TWO_THREADS);
    }
    add_others(b, &r, &c, &o);
    bench_compare(b, &r);

done:
    close_case(&one);
    close_case(&c);
    return st;
}

/* ---- small batches --------------------------------------------------------------------------- */

/* Batches of 16, or a dataset of so many, beside 256. */
static rr_status run_small(bench *b, const bench_shape *s, bool training, rr_error *err)
{
    bench_shape small = *s;
    bench_shape large = *s;
    network_case few = { .s = &small, .training = training, .threads = b->options.threads };
    network_case many = { .s = &large, .training = training, .threads = b->options.threads };
    bench_comparison r = { .path = training ? "train" : "infer",
                           .threads = rri_threads(b->options.threads),
                           .unit = "sequences" };
    bench_bound bound;
    rr_status st = RR_OK;

    small.B = 16;
    large.B = 256;
    few.sequences = training ? 8 * small.B : small.B;
    many.sequences = training ? 8 * large.B : large.B;
    r.work = (double)small.B;
    bench_shape_name(&small, r.shape);
    RRI_TRY(open_case(&few, err));
    RRI_TRY(open_case(&many, err));
    bench_add(&r, "ours", BENCH_OURS, ours_iteration, &few, 0.0);
    bench_add_peak(&r, &bound, bench_flop(s, training), 0.0, 0.0);
    bench_add(&r, "batches of 256", BENCH_OTHER, ours_iteration, &many, 0.8);
    bench_compare(b, &r);

done:
    close_case(&few);
    close_case(&many);
    return st;
}

static void run_all(bench *b, bool training)
{
    for (size_t i = 0; i < BENCH_ALL_SHAPES + BENCH_SHAPES; i++) {
        const bool small = i >= BENCH_ALL_SHAPES;
        const bench_shape *s = &bench_shapes[small ? i - BENCH_ALL_SHAPES : i];
        rr_error err = { .code = RR_OK };
        char name[BENCH_NAME];
        bench_shape_name(s, name);
        if ((small ? run_small : run_case)(b, s, training, &err) != RR_OK)
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
