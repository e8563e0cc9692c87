/* SPDX-License-Identifier: MIT */
/* reference.c - one recurrent layer and its output in double, as docs/ALGORITHMS.md#networks has
 * it, and the two checks that stand on it. Written to be read, not to be fast. */
#include "network/model.h"
#include "shapes.h"

#include <math.h>

/* Pointers into a block of weights in tensor order. */
typedef struct layer {
    const double *w_ih, *w_hh, *b_ih, *b_hh, *w_out, *b_out;
} layer;

static layer layer_of(const rr_network_config *cfg, const double *w)
{
    const size_t H = cfg->hidden;
    const size_t GH = (cfg->cell == RR_CELL_LSTM ? 4 : 3) * H;
    layer l = { .w_ih = w };

    l.w_hh = l.w_ih + GH * cfg->width;
    l.b_ih = l.w_hh + GH * H;
    l.b_hh = l.b_ih + GH;
    l.w_out = l.b_hh + GH;
    l.b_out = l.w_out + cfg->classes * H;
    return l;
}

static double logistic(double v)
{
    return 1.0 / (1.0 + exp(-v));
}

/* Row j of the input and of the recurrent side: W x + b. */
static double input_side(const layer *l, size_t D, size_t j, const float *x)
{
    double sum = l->b_ih[j];

    for (size_t d = 0; d < D; d++)
        sum += l->w_ih[j * D + d] * (double)x[d];
    return sum;
}

static double recurrent_side(const layer *l, size_t H, size_t j, const double *h)
{
    double sum = l->b_hh[j];

    for (size_t k = 0; h != NULL && k < H; k++) /* h_0 = 0 */
        sum += l->w_hh[j * H + k] * h[k];
    return sum;
}

static void lstm_step(const layer *l, size_t D, size_t H, const float *x, const double *before,
                      double *c, double *h)
{
    for (size_t j = 0; j < H; j++) {
        double a[4];
        for (size_t g = 0; g < 4; g++)
            a[g] = input_side(l, D, g * H + j, x) + recurrent_side(l, H, g * H + j, before);
        c[j] = logistic(a[1]) * c[j] + logistic(a[0]) * tanh(a[2]);
        h[j] = logistic(a[3]) * tanh(c[j]);
    }
}

static void gru_step(const layer *l, size_t D, size_t H, const float *x, const double *before,
                     double *h)
{
    for (size_t j = 0; j < H; j++) {
        const double r = logistic(input_side(l, D, j, x) + recurrent_side(l, H, j, before));
        const double z = logistic(input_side(l, D, H + j, x) + recurrent_side(l, H, H + j, before));
        const double n =
            tanh(input_side(l, D, 2 * H + j, x) + r * recurrent_side(l, H, 2 * H + j, before));
        h[j] = (1.0 - z) * n + (before != NULL ? z * before[j] : 0.0);
    }
}

rr_status bench_reference_states(const rr_network_config *cfg, const double *w, rr_sequence seq,
                                 double *h, rr_error *err)
{
    const layer l = layer_of(cfg, w);
    const size_t H = cfg->hidden;
    double *c = NULL;
    const rr_status st = rri_alloc(&c, H, 1, sizeof *c, err);

    for (size_t t = 0; st == RR_OK && t < seq.steps; t++) {
        const float *x = seq.frames + t * cfg->width;
        const double *before = t > 0 ? h + (t - 1) * H : NULL;
        if (cfg->cell == RR_CELL_LSTM)
            lstm_step(&l, cfg->width, H, x, before, c, h + t * H);
        else
            gru_step(&l, cfg->width, H, x, before, h + t * H);
    }
    rri_free(c);
    return st;
}

static double cross_entropy(const rr_network_config *cfg, const layer *l, const double *h,
                            size_t label)
{
    double top = -HUGE_VAL;
    double sum = 0.0;
    double own = 0.0;

    for (int pass = 0; pass < 2; pass++)
        for (size_t c = 0; c < cfg->classes; c++) {
            double logit = l->b_out[c];
            for (size_t j = 0; j < cfg->hidden; j++)
                logit += l->w_out[c * cfg->hidden + j] * h[j];
            if (pass == 0)
                top = fmax(top, logit);
            else
                sum += exp(logit - top);
            if (c == label)
                own = logit;
        }
    return log(sum) + top - own;
}

rr_status bench_reference_loss(const rr_network_config *cfg, const double *w, const rr_dataset *ds,
                               double *loss, rr_error *err)
{
    const layer l = layer_of(cfg, w);
    const size_t N = rr_dataset_count(ds);
    double *h = NULL;
    rr_status st = RR_OK;

    *loss = 0.0;
    RRI_TRY(rri_alloc(&h, rr_dataset_max_steps(ds), cfg->hidden, sizeof *h, err));
    for (size_t i = 0; i < N; i++) {
        const rr_sequence seq = rr_dataset_at(ds, i);
        RRI_TRY(bench_reference_states(cfg, w, seq, h, err));
        *loss += cross_entropy(cfg, &l, h + (seq.steps - 1) * cfg->hidden, seq.label) / (double)N;
    }

done:
    rri_free(h);
    return st;
}

rr_status bench_weights(const rr_network *net, double **out, rr_error *err)
{
    size_t at = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(out, rr_network_parameters(net), 1, sizeof **out, err));
    for (size_t i = 0; i < rri_network_tensors(net); i++) {
        rri_tensor tensor;
        RRI_TRY(rri_network_tensor(net, i, &tensor, err));
        for (size_t j = 0; j < tensor.shape[0] * tensor.shape[1]; j++)
            (*out)[at++] = (double)tensor.data[j];
    }

done:
    return st;
}

/* ---- checks ---------------------------------------------------------------------------------- */

enum { SEQUENCES = 7, DIRECTIONS = 3 };

static double largest_difference(const rr_state_batch *batch, size_t first_row, size_t steps,
                                 const double *h, size_t H)
{
    double worst = 0.0;

    for (size_t i = 0; i < steps * H; i++) {
        const double off = fabs((double)batch->states[first_row * H + i] - h[i]);
        worst = off <= worst ? worst : off; /* a NaN is taken */
    }
    return worst;
}

rr_status bench_check_states(const bench_shape *s, size_t threads, double *worst, rr_error *err)
{
    rr_network *net = NULL;
    rr_dataset *ds = NULL;
    rr_state_source source = { 0 };
    rr_state_batch batch = { 0 };
    double *w = NULL;
    double *h = NULL;
    rr_status st = RR_OK;

    *worst = BENCH_UNKNOWN;
    RRI_TRY(bench_make_network(s, &net, err));
    RRI_TRY(bench_make_frames(SEQUENCES, s, &ds, err));
    RRI_TRY(bench_weights(net, &w, err));
    RRI_TRY(rri_alloc(&h, s->T, s->H, sizeof *h, err));
    RRI_TRY(rr_network_states(net, ds, threads, &source, err));
    RRI_TRY(source.ops->next(source.self, &batch, err)); /* holds all of so few */
    *worst = batch.count == SEQUENCES ? 0.0 : BENCH_UNKNOWN;
    const rr_network_config cfg = rr_network_config_of(net);
    for (size_t i = 0; i < batch.count; i++) {
        RRI_TRY(bench_reference_states(&cfg, w, rr_dataset_at(ds, i), h, err));
        const double off = largest_difference(&batch, i * s->T, s->T, h, s->H);
        *worst = off <= *worst ? *worst : off;
    }

done:
    rr_state_source_close(&source);
    rri_free(w);
    rri_free(h);
    rr_dataset_free(ds);
    rr_network_free(net);
    return st;
}

/* (L(w + step u) - L(w - step u)) / (2 step) for a direction u of +-1/sqrt(n). */
static rr_status slope(const rr_network_config *cfg, const double *w, const double *u, size_t n,
                       const rr_dataset *ds, double *moved, double *out, rr_error *err)
{
    const double step = 1e-3; /* of all weights together; truncation is about its square */
    double loss[2] = { 0.0, 0.0 };
    rr_status st = RR_OK;

    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i < n; i++)
            moved[i] = w[i] + (side == 0 ? step : -step) * u[i];
        RRI_TRY(bench_reference_loss(cfg, moved, ds, &loss[side], err));
    }
    *out = (loss[0] - loss[1]) / (2.0 * step);

done:
    return st;
}

/* Along a direction of random signs a gradient with error e is off by about |e|/sqrt(n). */
static rr_status check_directions(const rr_network *net, const rr_dataset *ds, const double *w,
                                  const float *gradient, double *work, double *worst, rr_error *err)
{
    const rr_network_config cfg = rr_network_config_of(net);
    const size_t n = rr_network_parameters(net);
    double length = 0.0;
    rr_status st = RR_OK;

    *worst = 0.0;
    for (size_t i = 0; i < n; i++)
        length += (double)gradient[i] * (double)gradient[i];
    for (uint64_t d = 0; d < DIRECTIONS; d++) {
        rri_random r = rri_random_at(d, RRI_RANDOM_PARITY, 9);
        double expected = 0.0;
        double along = 0.0;
        for (size_t i = 0; i < n; i++) {
            work[i] = (rri_random_below(&r, 2) == 0 ? 1.0 : -1.0) / sqrt((double)n);
            along += work[i] * (double)gradient[i];
        }
        RRI_TRY(slope(&cfg, w, work, n, ds, work + n, &expected, err));
        const double off = fabs(along - expected) * sqrt((double)n / length);
        *worst = off <= *worst ? *worst : off;
    }

done:
    return st;
}

rr_status bench_check_gradient(const bench_shape *s, size_t threads, double *worst, rr_error *err)
{
    rr_network *net = NULL;
    rr_dataset *ds = NULL;
    double *w = NULL;
    double *work = NULL;
    float *gradient = NULL;
    double loss = 0.0;
    rr_status st = RR_OK;

    *worst = BENCH_UNKNOWN;
    RRI_TRY(bench_make_network(s, &net, err));
    RRI_TRY(bench_make_frames(SEQUENCES, s, &ds, err));
    RRI_TRY(bench_weights(net, &w, err));
    const size_t n = rr_network_parameters(net);
    RRI_TRY(rri_alloc(&gradient, n, 1, sizeof *gradient, err));
    RRI_TRY(rri_alloc(&work, 2, n, sizeof *work, err));
    RRI_TRY(rr_network_gradient(net, ds, threads, &loss, gradient, err));
    RRI_TRY(check_directions(net, ds, w, gradient, work, worst, err));

done:
    rri_free(w);
    rri_free(work);
    rri_free(gradient);
    rr_dataset_free(ds);
    rr_network_free(net);
    return st;
}
