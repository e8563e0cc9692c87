/* SPDX-License-Identifier: MIT */
/* dense.c - small dense networks: forward, backward and Adam, in fixed slices of the rows. */
#include "experiments/dense.h"

#include "kernel/gemm.h"

#include <math.h>
#include <string.h>

/* Rows are cut into up to SLICES, of LEAST rows or more by default where there are several, whose
 * gradients are added in order; a slice goes BLOCK rows at a time, so that what it holds stays in
 * the cache.
 */
enum { SLICES = 16, LEAST = 256, BLOCK = 512, LAYERS = DENSE_HIDDEN_LAYERS + 1 };

typedef struct layer {
    size_t in, out;
    size_t at;       /* its first weight; the bias is at + in*out */
    float *right[2]; /* the weights as right factors: transposed, of a forward pass; as they are */
} layer;

typedef struct slice {
    float *active[DENSE_HIDDEN_LAYERS]; /* [BLOCK][hidden] */
    float *delta[2];                    /* [BLOCK][the widest layer] */
    float *input;                       /* [BLOCK][the widest input] as a right factor */
    float *gradient;                    /* [parameters] */
    double loss;                        /* sum over its rows */
} slice;

struct dense {
    dense_config cfg;
    const rri_gemm_kernels *gemm;
    layer layers[LAYERS];
    size_t count; /* of layers, the output layer included */
    size_t parameters;
    float *weights, *gradient, *mean, *square; /* [parameters] */
    size_t steps;
    slice slices[SLICES];
};

/* ---- making --------------------------------------------------------------------------------- */

static void lay_out(dense *d)
{
    const dense_config *const cfg = &d->cfg;
    size_t below = cfg->width;

    d->count = cfg->layers + 1;
    for (size_t l = 0; l < d->count; l++) {
        const size_t units = l + 1 < d->count ? cfg->hidden : cfg->outputs;
        d->layers[l] = (layer){ .in = below, .out = units, .at = d->parameters };
        d->parameters += (below + 1) * units;
        below = units;
    }
}

static void draw_weights(dense *d)
{
    for (size_t l = 0; l < d->count; l++) {
        const layer *const at = &d->layers[l];
        const double range = 1.0 / sqrt((double)at->in);
        rri_random stream =
            rri_random_at(d->cfg.seed, RRI_RANDOM_EXPERIMENT, ((uint64_t)1 << 32) + l);
        for (size_t i = 0; i < (at->in + 1) * at->out; i++)
            d->weights[at->at + i] = (float)(range * (2.0 * rri_random_uniform(&stream) - 1.0));
    }
}

static rr_status make_factors(const dense *d, layer *at, rr_error *err)
{
    const rri_gemm_kernels *const g = d->gemm;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&at->right[0], rri_gemm_packed(g, at->in, at->out), 1, sizeof(float), err));
    RRI_TRY(rri_alloc(&at->right[1], rri_gemm_packed(g, at->out, at->in), 1, sizeof(float), err));

done:
    return st;
}

static rr_status make_slice(const dense *d, slice *s, rr_error *err)
{
    const size_t hidden = d->count > 1 ? d->cfg.hidden : 0;
    const size_t widest = rri_max(hidden, d->cfg.outputs);
    const size_t input = rri_gemm_packed(d->gemm, BLOCK, rri_max(hidden, d->cfg.width));
    rr_status st = RR_OK;

    for (size_t l = 0; l + 1 < d->count; l++)
        RRI_TRY(rri_alloc(&s->active[l], BLOCK * hidden, 1, sizeof(float), err));
    for (size_t i = 0; i < 2; i++)
        RRI_TRY(rri_alloc(&s->delta[i], BLOCK * widest, 1, sizeof(float), err));
    RRI_TRY(rri_alloc(&s->input, input, 1, sizeof(float), err));
    RRI_TRY(rri_alloc(&s->gradient, d->parameters, 1, sizeof(float), err));

done:
    return st;
}

static rr_status check(const dense_config *cfg, rr_error *err)
{
    if (cfg->width < 1 || cfg->width > 1U << 24)
        return rri_fail(err, RR_ERR_ARG, -1, "dense network: width %zu is outside 1..2^24",
                        cfg->width);
    const int sigmoid = cfg->head == DENSE_SIGMOID;
    if (!sigmoid && cfg->head != DENSE_SOFTMAX)
        return rri_fail(err, RR_ERR_ARG, -1, "dense network: head %d is none", (int)cfg->head);
    if (cfg->outputs < (sigmoid ? 1U : 2U) || cfg->outputs > 65534)
        return rri_fail(err, RR_ERR_ARG, -1, "dense network: %zu %s, not within %d..65534",
                        cfg->outputs, sigmoid ? "outputs" : "classes", sigmoid ? 1 : 2);
    if (cfg->layers > DENSE_HIDDEN_LAYERS)
        return rri_fail(err, RR_ERR_ARG, -1, "dense network: %zu hidden layers, above %d",
                        cfg->layers, (int)DENSE_HIDDEN_LAYERS);
    if (cfg->layers > 0 && (cfg->hidden < 1 || cfg->hidden > 65536))
        return rri_fail(err, RR_ERR_ARG, -1, "dense network: %zu hidden units, not within 1..65536",
                        cfg->hidden);
    if (!(cfg->learning_rate > 0.0 && isfinite(cfg->learning_rate)))
        return rri_fail(err, RR_ERR_ARG, -1, "dense network: learning rate %g is not above 0",
                        cfg->learning_rate);
    return RR_OK;
}

rr_status dense_new(const dense_config *cfg, dense **out, rr_error *err)
{
    dense *d = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(check(cfg, err));
    RRI_TRY(rri_alloc(&d, 1, 1, sizeof *d, err));
    d->cfg = *cfg;
    d->gemm = rri_gemm_kernels_for(rri_isa_best());
    lay_out(d);
    for (size_t l = 0; l < d->count; l++)
        RRI_TRY(make_factors(d, &d->layers[l], err));
    RRI_TRY(rri_alloc(&d->weights, d->parameters, 1, sizeof(float), err));
    RRI_TRY(rri_alloc(&d->gradient, d->parameters, 1, sizeof(float), err));
    RRI_TRY(rri_alloc(&d->mean, d->parameters, 1, sizeof(float), err));
    RRI_TRY(rri_alloc(&d->square, d->parameters, 1, sizeof(float), err));
    for (size_t i = 0; i < SLICES; i++)
        RRI_TRY(make_slice(d, &d->slices[i], err));
    draw_weights(d);
    *out = d;
    d = NULL;

done:
    dense_free(d);
    return st;
}

void dense_free(dense *d)
{
    if (d == NULL)
        return;
    for (size_t i = 0; i < SLICES; i++) {
        for (size_t l = 0; l < DENSE_HIDDEN_LAYERS; l++)
            rri_free(d->slices[i].active[l]);
        rri_free(d->slices[i].delta[0]);
        rri_free(d->slices[i].delta[1]);
        rri_free(d->slices[i].input);
        rri_free(d->slices[i].gradient);
    }
    for (size_t l = 0; l < LAYERS; l++)
        for (size_t i = 0; i < 2; i++)
            rri_free(d->layers[l].right[i]);
    rri_free(d->square);
    rri_free(d->mean);
    rri_free(d->gradient);
    rri_free(d->weights);
    rri_free(d);
}

size_t dense_parameters(const dense *d)
{
    return d->parameters;
}

float *dense_weights(dense *d)
{
    return d->weights;
}

/* ---- a block of rows ------------------------------------------------------------------------ */

/* What goes into layer l: the rows themselves, or what the layer below gave. */
static const float *input_of(const slice *s, const float *x, size_t l)
{
    return l == 0 ? x : s->active[l - 1];
}

/* The weights as right factors: the second one for a backward pass alone. */
static void pack_weights(const dense *d, int backward)
{
    const rri_gemm_kernels *const g = d->gemm;

    for (size_t l = 0; l < d->count; l++) {
        const layer *const at = &d->layers[l];
        const float *const weights = d->weights + at->at;
        rri_gemm_pack(g, at->in, at->out, weights, at->in, true, at->right[0], at->in * g->lanes);
        if (backward && l > 0)
            rri_gemm_pack(g, at->out, at->in, weights, at->in, false, at->right[1],
                          at->out * g->lanes);
    }
}

/* y [n][out] = x W^T + b. */
static void apply_layer(const dense *d, const layer *at, const float *x, size_t n, float *y)
{
    const float *const bias = d->weights + at->at + at->in * at->out;
    for (size_t r = 0; r < n; r++)
        memcpy(y + r * at->out, bias, at->out * sizeof *y);
    d->gemm->multiply(n, at->out, at->in, x, at->in, 1, at->right[0], at->in * d->gemm->lanes, true,
                      y, at->out);
}

/* The logits of n rows, in s->delta[0]. */
static float *forward(const dense *d, slice *s, const float *x, size_t n)
{
    for (size_t l = 0; l + 1 < d->count; l++) {
        float *const y = s->active[l];
        apply_layer(d, &d->layers[l], input_of(s, x, l), n, y);
        for (size_t i = 0; i < n * d->layers[l].out; i++)
            y[i] = y[i] > 0.0F ? y[i] : 0.0F;
    }
    const size_t last = d->count - 1;
    apply_layer(d, &d->layers[last], input_of(s, x, last), n, s->delta[0]);
    return s->delta[0];
}

/* Logits of one row become the loss's gradient by them, `share` that of a row; its loss. */
static double cross_entropy(float *logits, size_t classes, uint32_t label, float share)
{
    float highest = logits[0], total = 0.0F;
    for (size_t c = 1; c < classes; c++)
        highest = logits[c] > highest ? logits[c] : highest;
    const float given = logits[label] - highest;
    for (size_t c = 0; c < classes; c++) {
        logits[c] = expf(logits[c] - highest);
        total += logits[c];
    }
    for (size_t c = 0; c < classes; c++)
        logits[c] *= share / total;
    logits[label] -= share;
    return log((double)total) - (double)given;
}

/* 1 / (1 + exp(-z)); e <= 1 is exp(-|z|), which cannot overflow. */
static float sigmoid_of(float z, float e)
{
    return (z >= 0.0F ? 1.0F : e) / (1.0F + e);
}

/* The same of sigmoids, with a target each. */
static double binary_cross_entropy(float *logits, size_t outputs, const float *targets, float share)
{
    double loss = 0.0;
    for (size_t o = 0; o < outputs; o++) {
        const float z = logits[o], e = expf(-fabsf(z));
        loss += (double)((z > 0.0F ? z : 0.0F) - targets[o] * z + log1pf(e));
        logits[o] = share * (sigmoid_of(z, e) - targets[o]);
    }
    return loss;
}

/* Add the gradient of the weights of layer l, whose outputs have gradient s->delta[0]; that of its
 * inputs comes to be s->delta[0]. */
static void backward(const dense *d, slice *s, const float *x, size_t l, size_t n)
{
    const rri_gemm_kernels *const g = d->gemm;
    const layer *const at = &d->layers[l];
    const float *const input = input_of(s, x, l);
    float *const delta = s->delta[0], *const below = s->delta[1];
    float *const weights = s->gradient + at->at, *const bias = weights + at->in * at->out;

    rri_gemm_pack(g, n, at->in, input, at->in, false, s->input, n * g->lanes);
    g->multiply(at->out, at->in, n, delta, 1, at->out, s->input, n * g->lanes, true, weights,
                at->in);
    for (size_t r = 0; r < n; r++)
        for (size_t u = 0; u < at->out; u++)
            bias[u] += delta[r * at->out + u];
    if (l == 0)
        return;
    g->multiply(n, at->in, at->out, delta, at->out, 1, at->right[1], at->out * g->lanes, false,
                below, at->in);
    for (size_t i = 0; i < n * at->in; i++)
        below[i] = input[i] > 0.0F ? below[i] : 0.0F;
    s->delta[0] = below;
    s->delta[1] = delta;
}

/* ---- all rows ------------------------------------------------------------------------------- */

/* A pass over all rows, a task a slice. One of the four is given: what to learn, or where what is
 * said goes. */
typedef struct pass {
    dense *d;
    const float *x;
    const uint32_t *y;    /* [n] labels to learn */
    const float *targets; /* [n][outputs] to learn */
    uint32_t *labels;     /* [n] */
    float *generated;     /* [n][outputs] */
    size_t n, slices;
} pass;

static int learns(const pass *p)
{
    return p->y != NULL || p->targets != NULL;
}

/* How many slices n rows are cut into: never by the threads. */
static size_t slices_of(const dense *d, size_t n)
{
    const size_t wanted = n / (d->cfg.slice > 0 ? d->cfg.slice : LEAST);
    return wanted < 1 ? 1 : wanted < SLICES ? wanted : SLICES;
}

static uint32_t likeliest(const float *logits, size_t classes)
{
    size_t best = 0;
    for (size_t c = 1; c < classes; c++)
        if (logits[c] > logits[best])
            best = c;
    return (uint32_t)best;
}

/* What row r of the pass, whose logits are given, is there for. */
static void finish_row(const pass *p, slice *s, size_t r, float *logits)
{
    const size_t outputs = p->d->cfg.outputs;
    const float share = 1.0F / (float)p->n;

    if (p->y != NULL)
        s->loss += cross_entropy(logits, outputs, p->y[r], share);
    else if (p->targets != NULL)
        s->loss += binary_cross_entropy(logits, outputs, p->targets + r * outputs, share);
    else if (p->labels != NULL)
        p->labels[r] = likeliest(logits, outputs);
    else
        for (size_t o = 0; o < outputs; o++)
            p->generated[r * outputs + o] = sigmoid_of(logits[o], expf(-fabsf(logits[o])));
}

static void run_block(const pass *p, slice *s, size_t from, size_t n)
{
    const dense *const d = p->d;
    const float *const x = p->x + from * d->cfg.width;
    float *const logits = forward(d, s, x, n);

    for (size_t r = 0; r < n; r++)
        finish_row(p, s, from + r, logits + r * d->cfg.outputs);
    for (size_t l = d->count; learns(p) && l-- > 0;)
        backward(d, s, x, l, n);
}

static void run_slice(void *ctx, size_t i, size_t worker)
{
    const pass *const p = ctx;
    const size_t from = p->n * i / p->slices, to = p->n * (i + 1) / p->slices;
    slice *const s = &p->d->slices[i];

    (void)worker;
    s->loss = 0.0;
    if (learns(p))
        memset(s->gradient, 0, p->d->parameters * sizeof *s->gradient);
    for (size_t at = from; at < to; at += BLOCK)
        run_block(p, s, at, to - at < BLOCK ? to - at : BLOCK);
}

static void run_pass(pass *p)
{
    pack_weights(p->d, learns(p));
    rri_parallel(p->d->cfg.threads, p->slices, run_slice, p);
}

/* The loss and its gradient, added up in order. */
static rr_status learn(pass *p, double *loss, const float **gradient, rr_error *err)
{
    dense *const d = p->d;

    p->slices = slices_of(d, p->n);
    run_pass(p);
    *loss = 0.0;
    memset(d->gradient, 0, d->parameters * sizeof *d->gradient);
    for (size_t s = 0; s < p->slices; s++) {
        *loss += d->slices[s].loss / (double)p->n;
        for (size_t i = 0; i < d->parameters; i++)
            d->gradient[i] += d->slices[s].gradient[i];
    }
    *gradient = d->gradient;
    if (!isfinite(*loss))
        return rri_fail(err, RR_ERR_NUMERIC, -1,
                        "dense network: the loss is not finite after %zu steps", d->steps);
    return RR_OK;
}

static void adam(dense *d)
{
    const float *const gradient = d->gradient;

    d->steps++;
    const double unbias1 = 1.0 - pow(0.9, (double)d->steps);
    const double unbias2 = 1.0 - pow(0.999, (double)d->steps);
    const float rate = (float)(d->cfg.learning_rate / unbias1);
    const float scale = (float)(1.0 / sqrt(unbias2));
    for (size_t i = 0; i < d->parameters; i++) {
        d->mean[i] = 0.9F * d->mean[i] + 0.1F * gradient[i];
        d->square[i] = 0.999F * d->square[i] + 0.001F * gradient[i] * gradient[i];
        d->weights[i] -= rate * d->mean[i] / (scale * sqrtf(d->square[i]) + 1e-8F);
    }
}

static rr_status check_rows(const dense *d, dense_head head, size_t n, rr_error *err)
{
    if (d->cfg.head != head)
        return rri_fail(err, RR_ERR_ARG, -1, "dense network: a %s learns no %s",
                        d->cfg.head == DENSE_SOFTMAX ? "classifier" : "generator",
                        head == DENSE_SOFTMAX ? "labels" : "rows of numbers");
    if (n == 0)
        return rri_fail(err, RR_ERR_SHAPE, -1, "dense network: no rows to train on");
    return RR_OK;
}

/* ---- classifiers ---------------------------------------------------------------------------- */

rr_status dense_gradient(dense *d, const float *x, const uint32_t *y, size_t n, double *loss,
                         const float **gradient, rr_error *err)
{
    pass p = { .d = d, .x = x, .y = y, .n = n };
    const rr_status st = check_rows(d, DENSE_SOFTMAX, n, err);

    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < n; i++)
        if (y[i] >= d->cfg.outputs)
            return rri_fail(err, RR_ERR_ARG, -1,
                            "dense network: label %u of row %zu is outside 0..%zu", (unsigned)y[i],
                            i, d->cfg.outputs - 1);
    return learn(&p, loss, gradient, err);
}

rr_status dense_step(dense *d, const float *x, const uint32_t *y, size_t n, double *loss,
                     rr_error *err)
{
    const float *gradient = NULL;
    const rr_status st = dense_gradient(d, x, y, n, loss, &gradient, err);
    if (st == RR_OK)
        adam(d);
    return st;
}

void dense_predict(dense *d, const float *x, size_t n, uint32_t *labels)
{
    pass p = { .d = d, .x = x, .labels = labels, .n = n, .slices = slices_of(d, n) };
    run_pass(&p);
}

/* ---- generators ----------------------------------------------------------------------------- */

rr_status dense_generator_gradient(dense *d, const float *x, const float *targets, size_t n,
                                   double *loss, const float **gradient, rr_error *err)
{
    pass p = { .d = d, .x = x, .targets = targets, .n = n };
    const rr_status st = check_rows(d, DENSE_SIGMOID, n, err);

    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < n * d->cfg.outputs; i++)
        if (!(targets[i] >= 0.0F && targets[i] <= 1.0F))
            return rri_fail(err, RR_ERR_ARG, -1,
                            "dense network: target %g of row %zu is outside 0..1",
                            (double)targets[i], i / d->cfg.outputs);
    return learn(&p, loss, gradient, err);
}

rr_status dense_generator_step(dense *d, const float *x, const float *targets, size_t n,
                               double *loss, rr_error *err)
{
    const float *gradient = NULL;
    const rr_status st = dense_generator_gradient(d, x, targets, n, loss, &gradient, err);
    if (st == RR_OK)
        adam(d);
    return st;
}

void dense_generate(dense *d, const float *x, size_t n, float *out)
{
    pass p = { .d = d, .x = x, .generated = out, .n = n, .slices = slices_of(d, n) };
    run_pass(&p);
}
