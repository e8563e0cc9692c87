/* SPDX-License-Identifier: MIT */
/* dnnl_check.c - whether a layer by oneDNN computes what ours does: its states, and in training the
 * gradient of J, the sum of random numbers times the states of the first sequences. */
#include "dnnl_layer.h"

#include <math.h>

enum { CHECKED = 4 };

typedef struct checking {
    const bench_shape *s;
    size_t S, first; /* sequences of the layer, and of J */
    rr_network *net;
    rr_dataset *ds;
    double *w, *u; /* [n]; u: a direction of random signs */
    double *h;     /* [T][H] */
    float *states; /* [T][S][H] by oneDNN */
    float *weight; /* [T][S][H] of J */
    size_t n;      /* parameters */
} checking;

static void close_checking(checking *c)
{
    rr_network_free(c->net);
    rr_dataset_free(c->ds);
    rri_free(c->w);
    rri_free(c->u);
    rri_free(c->h);
    rri_free(c->states);
    rri_free(c->weight);
}

static rr_status open_checking(checking *c, rr_error *err)
{
    const bench_shape *s = c->s;
    rri_random r = rri_random_at(3, RRI_RANDOM_PARITY, 9);
    rr_status st = RR_OK;

    c->first = rri_min(CHECKED, c->S);
    RRI_TRY(bench_make_network(s, &c->net, err));
    RRI_TRY(bench_make_frames(c->S, s, &c->ds, err));
    RRI_TRY(bench_weights(c->net, &c->w, err));
    c->n = rr_network_parameters(c->net);
    RRI_TRY(rri_alloc(&c->u, c->n, 1, sizeof *c->u, err));
    RRI_TRY(rri_alloc(&c->h, s->T, s->H, sizeof *c->h, err));
    RRI_TRY(rri_alloc(&c->states, s->T * c->S, s->H, sizeof *c->states, err));
    RRI_TRY(rri_alloc(&c->weight, s->T * c->S, s->H, sizeof *c->weight, err));
    for (size_t i = 0; i < c->n; i++)
        c->u[i] = rri_random_below(&r, 2) == 0 ? 1.0 : -1.0;
    for (size_t t = 0; t < s->T; t++)
        for (size_t i = 0; i < c->first * s->H; i++)
            c->weight[t * c->S * s->H + i] = (float)(rri_random_uniform(&r) - 0.5);

done:
    return st;
}

/* J of the reference with weights w, and the largest difference of its states from oneDNN's. */
static rr_status reference(checking *c, const double *w, double *sum, double *worst, rr_error *err)
{
    const rr_network_config cfg = rr_network_config_of(c->net);
    const size_t H = c->s->H;
    rr_status st = RR_OK;

    *sum = 0.0;
    *worst = 0.0;
    for (size_t i = 0; i < c->first; i++) {
        RRI_TRY(bench_reference_states(&cfg, w, rr_dataset_at(c->ds, i), c->h, err));
        for (size_t t = 0; t < c->s->T; t++)
            for (size_t j = 0; j < H; j++) {
                const size_t at = (t * c->S + i) * H + j;
                const double off = fabs(c->h[t * H + j] - (double)c->states[at]);
                *sum += c->h[t * H + j] * (double)c->weight[at];
                *worst = off <= *worst ? *worst : off; /* a NaN is taken */
            }
    }

done:
    return st;
}

/* A gradient with error e is off by about |e| along random signs. */
static rr_status check_gradient(bench_layer *l, checking *c, rr_error *err)
{
    const double step = 1e-3 / sqrt((double)c->n);
    double side[2] = { 0.0, 0.0 };
    double along = 0.0;
    double length = 0.0;
    double unused = 0.0;
    rr_status st = RR_OK;

    RRI_TRY(bench_layer_slope(l, c->weight, c->u, &along, &length, err));
    for (int k = 0; k < 2; k++) {
        for (size_t i = 0; i < c->n; i++)
            c->w[i] += (k == 0 ? 1.0 : -2.0) * step * c->u[i];
        RRI_TRY(reference(c, c->w, &side[k], &unused, err));
    }
    const double off = fabs(along - (side[0] - side[1]) / (2.0 * step)) / length;
    if (!(off <= 1e-3))
        RRI_TRY(rri_fail(err, RR_ERR_NUMERIC, -1,
                         "oneDNN's gradient differs from central differences by %.2g", off));

done:
    return st;
}

rr_status bench_layer_check(bench_layer *l, const bench_shape *s, size_t S, bool training,
                            rr_error *err)
{
    checking c = { .s = s, .S = S };
    double sum = 0.0;
    double worst = 0.0;
    rr_status st = RR_OK;

    RRI_TRY(open_checking(&c, err));
    RRI_TRY(bench_layer_states(l, c.states, err));
    RRI_TRY(reference(&c, c.w, &sum, &worst, err));
    if (!(worst <= 1e-4))
        RRI_TRY(rri_fail(err, RR_ERR_NUMERIC, -1,
                         "oneDNN's states differ from double arithmetic by %.2g", worst));
    if (training)
        RRI_TRY(check_gradient(l, &c, err));

done:
    close_checking(&c);
    return st;
}
