/* SPDX-License-Identifier: MIT */
/* path_derivatives.c - products with the Hessian and slopes along a direction, against PyTorch's
 * double backward pass and against our own training step. */
#include "coprocess.h"
#include "limits.h"
#include "rnnrepair/experimental/derivatives.h"
#include "shapes.h"

#include <stdio.h>

typedef enum what { PRODUCT, SLOPES, NEWTON, STEP } what;

/* Everything one shape needs. */
typedef struct derivatives_case {
    size_t threads, count; /* sequences of a call: a batch */
    rr_network *net;
    rr_dataset *ds;
    rr_derivatives *d;
    rr_network *trained; /* a copy, for the steps */
    rr_trainer *trainer;
    float *direction; /* [parameters] +-1/sqrt(parameters) */
    double *product;  /* [parameters] */
    double *slopes;   /* [count] */
} derivatives_case;

/* One implementation of a case. */
typedef struct implementation {
    derivatives_case *c;
    what what;
} implementation;

static rr_status open_case(derivatives_case *c, const bench_shape *s, rr_error *err)
{
    rr_train_config cfg = rr_train_config_default();
    rr_status st = RR_OK;

    cfg.epochs = SIZE_MAX;
    cfg.batch = c->count;
    cfg.threads = c->threads;
    cfg.learning_rate = 1e-4;
    RRI_TRY(bench_make_network(s, &c->net, err));
    RRI_TRY(bench_make_frames(c->count, s, &c->ds, err));
    RRI_TRY(rr_derivatives_new(c->net, c->ds, c->threads, &c->d, err));
    RRI_TRY(rr_network_copy(c->net, &c->trained, err));
    RRI_TRY(rr_trainer_new(&cfg, c->trained, c->ds, &c->trainer, err));
    const size_t n = rr_network_parameters(c->net);
    rri_random r = rri_random_at(1, RRI_RANDOM_PARITY, 9);
    RRI_TRY(rri_alloc(&c->direction, n, 1, sizeof *c->direction, err));
    RRI_TRY(rri_alloc(&c->product, n, 1, sizeof *c->product, err));
    RRI_TRY(rri_alloc(&c->slopes, c->count, 1, sizeof *c->slopes, err));
    for (size_t i = 0; i < n; i++)
        c->direction[i] = (float)((rri_random_below(&r, 2) == 0 ? 1.0 : -1.0) / sqrt((double)n));

done:
    return st;
}

static void close_case(derivatives_case *c)
{
    rri_free(c->direction);
    rri_free(c->product);
    rri_free(c->slopes);
    rr_trainer_free(c->trainer);
    rr_network_free(c->trained);
    rr_derivatives_free(c->d);
    rr_dataset_free(c->ds);
    rr_network_free(c->net);
}

static rr_status work_once(const implementation *w, rr_error *err)
{
    derivatives_case *c = w->c;
    const rr_losses all = rr_losses_all(c->ds);
    rr_train_progress progress;

    if (w->what == STEP)
        return rr_trainer_step(c->trainer, &progress, err);
    if (w->what == SLOPES)
        return rr_derivatives_slopes(c->d, &all, c->direction, c->slopes, err);
    return rr_derivatives_product(
        c->d, &all, w->what == PRODUCT ? RR_CURVATURE_HESSIAN : RR_CURVATURE_GAUSS_NEWTON,
        c->direction, c->product, c->slopes, err);
}

static bool iterate(void *ctx, double slice, double *seconds, char note[BENCH_NOTE])
{
    const implementation *w = ctx;
    rr_error err = { .code = RR_OK };
    const double begin = rri_seconds();
    double spent = 0.0;
    size_t calls = 0;

    while (calls == 0 || spent < slice) {
        if (work_once(w, &err) != RR_OK) {
            snprintf(note, BENCH_NOTE, "failed: %.200s", err.msg);
            return false;
        }
        calls++;
        spent = rri_seconds() - begin;
    }
    *seconds = spent / (double)(calls * w->c->count);
    return true;
}

/* ---- the check ------------------------------------------------------------------------------- */

/* How far slopes.1 and v.Hv are from first and second differences of the reference loss along the
 * direction, as a share of either; the larger one. */
static rr_status check(derivatives_case *c, const bench_shape *s, double *worst, rr_error *err)
{
    const size_t some = 8;        /* the reference takes its time */
    const double step = 1.0 / 64; /* of all weights together */
    const rr_network_config cfg = rr_network_config_of(c->net);
    const size_t n = rr_network_parameters(c->net);
    const rr_losses first = { .n = some };
    rr_dataset *few = NULL;
    double *w = NULL;
    double *moved = NULL;
    double loss[3] = { 0.0 };
    double along = 0.0;
    double bend = 0.0;
    rr_status st = RR_OK;

    RRI_TRY(bench_make_frames(some, s, &few, err));
    RRI_TRY(bench_weights(c->net, &w, err));
    RRI_TRY(rri_alloc(&moved, n, 1, sizeof *moved, err));
    for (int k = 0; k < 3; k++) {
        for (size_t i = 0; i < n; i++)
            moved[i] = w[i] + (k - 1) * step * (double)c->direction[i];
        RRI_TRY(bench_reference_loss(&cfg, moved, few, &loss[k], err));
    }
    RRI_TRY(rr_derivatives_product(c->d, &first, RR_CURVATURE_HESSIAN, c->direction, c->product,
                                   c->slopes, err));
    for (size_t i = 0; i < some; i++)
        along += c->slopes[i] / (double)some;
    for (size_t i = 0; i < n; i++)
        bend += c->product[i] * (double)c->direction[i] / (double)some;
    const double want_along = (loss[2] - loss[0]) / (2.0 * step);
    const double want_bend = (loss[2] - 2.0 * loss[1] + loss[0]) / (step * step);
    *worst = fmax(fabs(along / want_along - 1.0), fabs(bend / want_bend - 1.0));

done:
    rri_free(w);
    rri_free(moved);
    rr_dataset_free(few);
    return st;
}

/* ---- comparisons ----------------------------------------------------------------------------- */

/* FLOP of the products of one sequence. Slopes: forward, W on the tangent of h, the direction on h
 * and x. A product with the Hessian: these, backward and its tangent, and both sides' part of the
 * weights' tangents. */
static double flop(const bench_shape *s, what which)
{
    const double gates = (double)(bench_gates(s) * s->H);
    const double input = 2.0 * gates * (double)(s->D * s->T);
    const double recurrent = 2.0 * gates * (double)(s->H * (s->T - 1));

    return which == PRODUCT ? 3.0 * input + 8.0 * recurrent : 2.0 * input + 3.0 * recurrent;
}

static rr_status run_case(bench *b, const bench_shape *s, what which, rr_error *err)
{
    derivatives_case c = { .threads = b->options.threads, .count = s->B };
    const char *verb = which == PRODUCT ? "product" : "slopes";
    implementation ours = { &c, which };
    implementation newton = { &c, NEWTON };
    implementation step = { &c, STEP };
    char words[BENCH_NAME];
    bench_bound bound;
    bench_question peer[2] = { { .b = b }, { .b = b } };
    bench_comparison r = { .path = verb,
                           .threads = rri_threads(b->options.threads),
                           .work = (double)s->B,
                           .unit = "sequences",
                           .against = "differences in double",
                           .allowed = 1e-3 };
    rr_status st = RR_OK;

    bench_shape_name(s, r.shape);
    bench_shape_request(s, words);
    snprintf(peer[0].request, sizeof peer[0].request, "%s %s tuned", verb, words);
    snprintf(peer[1].request, sizeof peer[1].request, "%s %s default", verb, words);
    RRI_TRY(open_case(&c, s, err));
    RRI_TRY(check(&c, s, &r.check, err));
    bench_add(&r, "ours", BENCH_OURS, iterate, &ours, 0.0);
    bench_add_peak(&r, &bound, flop(s, which), 0.0, 0.0);
    if (which == PRODUCT)
        bench_add(&r, "ours, Gauss-Newton", BENCH_OTHER, iterate, &newton, 0.0)->other_work = true;
    bench_add(&r, "a training step", BENCH_OTHER, iterate, &step, which == PRODUCT ? 1.0 / 3 : 0.5)
        ->other_work = true;
    bench_add(&r, "torch tuned", BENCH_PEER, bench_ask_iteration, &peer[0], 2.0);
    bench_add(&r, "torch default", BENCH_PEER, bench_ask_iteration, &peer[1], 4.0);
    bench_compare(b, &r);

done:
    close_case(&c);
    return st;
}

void bench_derivatives(bench *b)
{
    for (size_t i = 0; i < BENCH_SHAPES; i++) {
        rr_error err = { .code = RR_OK };
        char name[BENCH_NAME];
        bench_shape_name(&bench_shapes[i], name);
        for (int which = PRODUCT; which <= SLOPES; which++)
            if (run_case(b, &bench_shapes[i], (what)which, &err) != RR_OK)
                bench_failed(b, which == PRODUCT ? "product" : "slopes", name, &err);
    }
}
