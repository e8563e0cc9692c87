/* SPDX-License-Identifier: MIT */
/* dnnl_layer.c - one LSTM or GRU layer by oneDNN.
 *
 * Ours keeps W_ih [G*H][D], W_hh [G*H][H] and two biases [G*H]; oneDNN takes [D][G][H], [H][G][H]
 * and one bias [G][H]. Its gates of a GRU are update, reset, new, ours reset, update, new; and the
 * bias of a GRU has a fourth row, that of W_hh h in the new gate. The map from ours to its numbers
 * is linear, so the slope along a direction of ours is its gradient times the mapped direction.
 *
 * The first states are left out, which is cheapest; but then oneDNN 2.6.3 has a wrong gradient of
 * an LSTM's W_hh, so that its training is given zeros. */
#include "dnnl_layer.h"

#include <math.h>
#include <oneapi/dnnl/dnnl.h>
#include <stdio.h>
#include <string.h>

enum { MOST = 24 };

/* The numbers of oneDNN in plain order, one after another. */
typedef struct numbers {
    float *w_layer; /* [D][G][H] */
    float *w_iter;  /* [H][G][H] */
    float *bias;    /* [G or 4][H] */
} numbers;

/* Arguments of a primitive. */
typedef struct arguments {
    dnnl_exec_arg_t list[MOST];
    int count;
} arguments;

struct bench_layer {
    bench_shape s;
    size_t S;
    bool training, any;
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    dnnl_primitive_attr_t attributes;
    dnnl_primitive_desc_t forward_desc, backward_desc;
    dnnl_primitive_t forward, backward;
    arguments in, back;
    dnnl_memory_t own[2 * MOST];
    size_t owned;
};

static rr_status told(dnnl_status_t status, const char *what, rr_error *err)
{
    if (status == dnnl_success)
        return RR_OK;
    return rri_fail(err, RR_ERR_NUMERIC, (int64_t)status, "oneDNN: %s: status %d", what,
                    (int)status);
}

static size_t bias_rows(const bench_shape *s)
{
    return s->cell == RR_CELL_LSTM ? bench_gates(s) : bench_gates(s) + 1;
}

void bench_layer_free(bench_layer *l)
{
    if (l == NULL)
        return;
    for (size_t i = 0; i < l->owned; i++)
        dnnl_memory_destroy(l->own[i]);
    if (l->forward != NULL)
        dnnl_primitive_destroy(l->forward);
    if (l->backward != NULL)
        dnnl_primitive_destroy(l->backward);
    if (l->forward_desc != NULL)
        dnnl_primitive_desc_destroy(l->forward_desc);
    if (l->backward_desc != NULL)
        dnnl_primitive_desc_destroy(l->backward_desc);
    if (l->attributes != NULL)
        dnnl_primitive_attr_destroy(l->attributes);
    if (l->stream != NULL)
        dnnl_stream_destroy(l->stream);
    if (l->engine != NULL)
        dnnl_engine_destroy(l->engine);
    rri_free(l);
}

/* ---- numbers --------------------------------------------------------------------------------- */

static rr_status new_numbers(const bench_shape *s, numbers *out, rr_error *err)
{
    const size_t GH = bench_gates(s) * s->H;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&out->w_layer, s->D, GH, sizeof(float), err));
    RRI_TRY(rri_alloc(&out->w_iter, s->H, GH, sizeof(float), err));
    RRI_TRY(rri_alloc(&out->bias, bias_rows(s), s->H, sizeof(float), err));

done:
    return st;
}

static void free_numbers(numbers *n)
{
    rri_free(n->w_layer);
    rri_free(n->w_iter);
    rri_free(n->bias);
}

/* Numbers of ours, in tensor order, as oneDNN's. */
static void map(const bench_shape *s, const double *w, numbers *out)
{
    static const size_t gru[] = { 1, 0, 2 };
    const size_t G = bench_gates(s);
    const size_t H = s->H;
    const double *w_ih = w;
    const double *w_hh = w_ih + G * H * s->D;
    const double *b_ih = w_hh + G * H * H;
    const double *b_hh = b_ih + G * H;

    for (size_t g = 0; g < G; g++)
        for (size_t j = 0; j < H; j++) {
            const size_t to = g * H + j;
            const size_t from = (s->cell == RR_CELL_LSTM ? g : gru[g]) * H + j;
            for (size_t d = 0; d < s->D; d++)
                out->w_layer[d * G * H + to] = (float)w_ih[from * s->D + d];
            for (size_t k = 0; k < H; k++)
                out->w_iter[k * G * H + to] = (float)w_hh[from * H + k];
            const bool apart = s->cell == RR_CELL_GRU && g == 2;
            out->bias[to] = (float)(b_ih[from] + (apart ? 0.0 : b_hh[from]));
            if (apart)
                out->bias[to + H] = (float)b_hh[from];
        }
}

/* ---- descriptions ---------------------------------------------------------------------------- */

typedef struct descriptions {
    dnnl_memory_desc_t x, h, first, w_layer, w_iter, bias;
} descriptions;

/* plain: as the numbers above lie; else weights, and data if the layer says so, in any order. */
static descriptions describe(const bench_layer *l, bool plain)
{
    const dnnl_dim_t T = (dnnl_dim_t)l->s.T;
    const dnnl_dim_t S = (dnnl_dim_t)l->S;
    const dnnl_dim_t D = (dnnl_dim_t)l->s.D;
    const dnnl_dim_t H = (dnnl_dim_t)l->s.H;
    const dnnl_dim_t G = (dnnl_dim_t)bench_gates(&l->s);
    const dnnl_dims_t x = { T, S, D };
    const dnnl_dims_t h = { T, S, H };
    const dnnl_dims_t first = { 1, 1, S, H };
    const dnnl_dims_t w_layer = { 1, 1, D, G, H };
    const dnnl_dims_t w_iter = { 1, 1, H, G, H };
    const dnnl_dims_t bias = { 1, 1, (dnnl_dim_t)bias_rows(&l->s), H };
    const dnnl_format_tag_t data = plain || !l->any ? dnnl_tnc : dnnl_format_tag_any;
    const dnnl_format_tag_t weights = plain ? dnnl_ldigo : dnnl_format_tag_any;
    descriptions d;

    /* Sizes are positive and tags fit them: these cannot fail. */
    (void)dnnl_memory_desc_init_by_tag(&d.x, 3, x, dnnl_f32, data);
    (void)dnnl_memory_desc_init_by_tag(&d.h, 3, h, dnnl_f32, data);
    (void)dnnl_memory_desc_init_by_tag(&d.first, 4, first, dnnl_f32, dnnl_ldnc);
    (void)dnnl_memory_desc_init_by_tag(&d.w_layer, 5, w_layer, dnnl_f32, weights);
    (void)dnnl_memory_desc_init_by_tag(&d.w_iter, 5, w_iter, dnnl_f32, weights);
    (void)dnnl_memory_desc_init_by_tag(&d.bias, 4, bias, dnnl_f32, dnnl_ldgo);
    return d;
}

static rr_status make_forward(bench_layer *l, rr_error *err)
{
    const descriptions d = describe(l, false);
    const dnnl_prop_kind_t kind = l->training ? dnnl_forward_training : dnnl_forward_inference;
    const dnnl_rnn_direction_t way = dnnl_unidirectional_left2right;
    const dnnl_memory_desc_t *first = l->training ? &d.first : NULL; /* of an LSTM */
    dnnl_rnn_desc_t op;
    rr_status st = RR_OK;

    RRI_TRY(told(l->s.cell == RR_CELL_LSTM
                     ? dnnl_lstm_forward_desc_init(&op, kind, way, &d.x, first, first, &d.w_layer,
                                                   &d.w_iter, &d.bias, &d.h, NULL, NULL, 0)
                     : dnnl_lbr_gru_forward_desc_init(&op, kind, way, &d.x, NULL, &d.w_layer,
                                                      &d.w_iter, &d.bias, &d.h, NULL, 0),
                 "forward", err));
    RRI_TRY(told(dnnl_primitive_desc_create(&l->forward_desc, &op, l->attributes, l->engine, NULL),
                 "forward", err));
    RRI_TRY(told(dnnl_primitive_create(&l->forward, l->forward_desc), "forward", err));

done:
    return st;
}

static rr_status make_backward(bench_layer *l, rr_error *err)
{
    const descriptions d = describe(l, false);
    const dnnl_rnn_direction_t way = dnnl_unidirectional_left2right;
    dnnl_rnn_desc_t op;
    rr_status st = RR_OK;

    RRI_TRY(told(l->s.cell == RR_CELL_LSTM
                     ? dnnl_lstm_backward_desc_init(
                           &op, dnnl_backward, way, &d.x, &d.first, &d.first, &d.w_layer, &d.w_iter,
                           &d.bias, &d.h, NULL, NULL, &d.x, &d.first, &d.first, &d.w_layer,
                           &d.w_iter, &d.bias, &d.h, NULL, NULL, 0)
                     : dnnl_lbr_gru_backward_desc_init(
                           &op, dnnl_backward, way, &d.x, NULL, &d.w_layer, &d.w_iter, &d.bias,
                           &d.h, NULL, &d.x, NULL, &d.w_layer, &d.w_iter, &d.bias, &d.h, NULL, 0),
                 "backward", err));
    RRI_TRY(told(dnnl_primitive_desc_create(&l->backward_desc, &op, l->attributes, l->engine,
                                            l->forward_desc),
                 "backward", err));
    RRI_TRY(told(dnnl_primitive_create(&l->backward, l->backward_desc), "backward", err));

done:
    return st;
}

/* ---- memory ---------------------------------------------------------------------------------- */

static dnnl_memory_t memory_of(const arguments *a, int arg)
{
    for (int i = 0; i < a->count; i++)
        if (a->list[i].arg == arg)
            return a->list[i].memory;
    return NULL;
}

/* The memory an argument needs: that of `shared` if it has one in the same form, or zeros. */
static rr_status add_argument(bench_layer *l, dnnl_primitive_desc_t desc, int arg,
                              const arguments *shared, arguments *out, rr_error *err)
{
    const dnnl_memory_desc_t *form =
        dnnl_primitive_desc_query_md(desc, dnnl_query_exec_arg_md, arg);
    dnnl_memory_t memory = shared != NULL ? memory_of(shared, arg) : NULL;
    const dnnl_memory_desc_t *there = NULL;
    void *bytes = NULL;
    rr_status st = RR_OK;

    if (form == NULL || dnnl_memory_desc_get_size(form) == 0)
        return RR_OK;
    if (memory != NULL)
        RRI_TRY(told(dnnl_memory_get_memory_desc(memory, &there), "a memory's form", err));
    if (memory == NULL || dnnl_memory_desc_equal(form, there) == 0) {
        RRI_TRY(told(dnnl_memory_create(&memory, form, l->engine, DNNL_MEMORY_ALLOCATE), "memory",
                     err));
        l->own[l->owned++] = memory;
        RRI_TRY(told(dnnl_memory_get_data_handle(memory, &bytes), "memory", err));
        memset(bytes, 0, dnnl_memory_desc_get_size(form));
    }
    out->list[out->count++] = (dnnl_exec_arg_t){ arg, memory };

done:
    return st;
}

static rr_status make_arguments(bench_layer *l, rr_error *err)
{
    static const int forward[] = { DNNL_ARG_SRC_LAYER,    DNNL_ARG_SRC_ITER,
                                   DNNL_ARG_SRC_ITER_C,   DNNL_ARG_WEIGHTS_LAYER,
                                   DNNL_ARG_WEIGHTS_ITER, DNNL_ARG_BIAS,
                                   DNNL_ARG_DST_LAYER,    DNNL_ARG_SCRATCHPAD };
    static const int both[] = { DNNL_ARG_SRC_LAYER,         DNNL_ARG_SRC_ITER,
                                DNNL_ARG_SRC_ITER_C,        DNNL_ARG_WEIGHTS_LAYER,
                                DNNL_ARG_WEIGHTS_ITER,      DNNL_ARG_BIAS,
                                DNNL_ARG_DST_LAYER,         DNNL_ARG_WORKSPACE,
                                DNNL_ARG_DIFF_SRC_LAYER,    DNNL_ARG_DIFF_SRC_ITER,
                                DNNL_ARG_DIFF_SRC_ITER_C,   DNNL_ARG_DIFF_WEIGHTS_LAYER,
                                DNNL_ARG_DIFF_WEIGHTS_ITER, DNNL_ARG_DIFF_BIAS,
                                DNNL_ARG_DIFF_DST_LAYER,    DNNL_ARG_SCRATCHPAD };
    rr_status st = RR_OK;

    for (size_t i = 0; i < sizeof forward / sizeof *forward; i++)
        RRI_TRY(add_argument(l, l->forward_desc, forward[i], NULL, &l->in, err));
    if (l->training)
        RRI_TRY(add_argument(l, l->forward_desc, DNNL_ARG_WORKSPACE, NULL, &l->in, err));
    for (size_t i = 0; l->training && i < sizeof both / sizeof *both; i++)
        RRI_TRY(add_argument(l, l->backward_desc, both[i], &l->in, &l->back, err));

done:
    return st;
}

/* Copy between an argument and plain numbers; to: into the argument. NULL is left alone. */
static rr_status copy(bench_layer *l, dnnl_memory_t memory, const dnnl_memory_desc_t *plain,
                      float *x, bool to, rr_error *err)
{
    dnnl_primitive_desc_t desc = NULL;
    dnnl_primitive_t reorder = NULL;
    dnnl_memory_t outside = NULL;
    const dnnl_memory_desc_t *form = NULL;
    rr_status st = RR_OK;

    if (memory == NULL)
        return RR_OK;
    RRI_TRY(told(dnnl_memory_create(&outside, plain, l->engine, x), "numbers", err));
    RRI_TRY(told(dnnl_memory_get_memory_desc(memory, &form), "a memory's form", err));
    RRI_TRY(told(dnnl_reorder_primitive_desc_create(&desc, to ? plain : form, l->engine,
                                                    to ? form : plain, l->engine, NULL),
                 "reorder", err));
    RRI_TRY(told(dnnl_primitive_create(&reorder, desc), "reorder", err));
    const dnnl_exec_arg_t list[] = { { DNNL_ARG_FROM, to ? outside : memory },
                                     { DNNL_ARG_TO, to ? memory : outside } };
    RRI_TRY(told(dnnl_primitive_execute(reorder, l->stream, 2, list), "reorder", err));
    RRI_TRY(told(dnnl_stream_wait(l->stream), "reorder", err));

done:
    if (reorder != NULL)
        dnnl_primitive_destroy(reorder);
    if (desc != NULL)
        dnnl_primitive_desc_destroy(desc);
    if (outside != NULL)
        dnnl_memory_destroy(outside);
    return st;
}

/* ---- filling --------------------------------------------------------------------------------- */

static rr_status set_weights(bench_layer *l, const double *w, rr_error *err)
{
    const descriptions plain = describe(l, true);
    const arguments *all[] = { &l->in, &l->back };
    numbers n = { 0 };
    rr_status st = RR_OK;

    RRI_TRY(new_numbers(&l->s, &n, err));
    map(&l->s, w, &n);
    for (size_t i = 0; i < 2; i++) {
        const arguments *a = all[i];
        RRI_TRY(
            copy(l, memory_of(a, DNNL_ARG_WEIGHTS_LAYER), &plain.w_layer, n.w_layer, true, err));
        RRI_TRY(copy(l, memory_of(a, DNNL_ARG_WEIGHTS_ITER), &plain.w_iter, n.w_iter, true, err));
        RRI_TRY(copy(l, memory_of(a, DNNL_ARG_BIAS), &plain.bias, n.bias, true, err));
    }

done:
    free_numbers(&n);
    return st;
}

static rr_status set_inputs(bench_layer *l, const rr_dataset *ds, rr_error *err)
{
    const descriptions plain = describe(l, true);
    const size_t D = l->s.D;
    float *x = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&x, l->s.T * l->S, D, sizeof *x, err));
    for (size_t i = 0; i < l->S; i++) {
        const rr_sequence seq = rr_dataset_at(ds, i);
        for (size_t t = 0; t < l->s.T; t++)
            for (size_t d = 0; d < D; d++)
                x[(t * l->S + i) * D + d] = seq.frames[t * D + d];
    }
    RRI_TRY(copy(l, memory_of(&l->in, DNNL_ARG_SRC_LAYER), &plain.x, x, true, err));
    if (memory_of(&l->back, DNNL_ARG_SRC_LAYER) != memory_of(&l->in, DNNL_ARG_SRC_LAYER))
        RRI_TRY(copy(l, memory_of(&l->back, DNNL_ARG_SRC_LAYER), &plain.x, x, true, err));

done:
    rri_free(x);
    return st;
}

rr_status bench_layer_new(const bench_shape *s, size_t S, bool training, bool any,
                          bench_layer **out, rr_error *err)
{
    bench_layer *l = NULL;
    rr_network *net = NULL;
    rr_dataset *ds = NULL;
    double *w = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_alloc(&l, 1, 1, sizeof *l, err));
    l->s = *s;
    l->S = S;
    l->training = training;
    l->any = any;
    RRI_TRY(told(dnnl_engine_create(&l->engine, dnnl_cpu, 0), "engine", err));
    RRI_TRY(
        told(dnnl_stream_create(&l->stream, l->engine, dnnl_stream_default_flags), "stream", err));
    /* Its own scratch memory would belong to the thread that makes the primitive. */
    RRI_TRY(told(dnnl_primitive_attr_create(&l->attributes), "attributes", err));
    RRI_TRY(told(dnnl_primitive_attr_set_scratchpad_mode(l->attributes, dnnl_scratchpad_mode_user),
                 "attributes", err));
    RRI_TRY(make_forward(l, err));
    if (training)
        RRI_TRY(make_backward(l, err));
    RRI_TRY(make_arguments(l, err));
    RRI_TRY(bench_make_network(s, &net, err));
    RRI_TRY(bench_weights(net, &w, err));
    RRI_TRY(bench_make_frames(S, s, &ds, err));
    RRI_TRY(set_weights(l, w, err));
    RRI_TRY(set_inputs(l, ds, err));
    *out = l;
    l = NULL;

done:
    bench_layer_free(l);
    rr_network_free(net);
    rr_dataset_free(ds);
    rri_free(w);
    return st;
}

bool bench_layer_run(bench_layer *l)
{
    return dnnl_primitive_execute(l->forward, l->stream, l->in.count, l->in.list) == dnnl_success &&
           (!l->training || dnnl_primitive_execute(l->backward, l->stream, l->back.count,
                                                   l->back.list) == dnnl_success) &&
           dnnl_stream_wait(l->stream) == dnnl_success;
}

/* ---- what came out --------------------------------------------------------------------------- */

rr_status bench_layer_states(bench_layer *l, float *states, rr_error *err)
{
    const descriptions plain = describe(l, true);

    if (!bench_layer_run(l))
        return rri_fail(err, RR_ERR_NUMERIC, -1, "oneDNN: a run failed");
    return copy(l, memory_of(&l->in, DNNL_ARG_DST_LAYER), &plain.h, states, false, err);
}

static double dot(const float *a, const float *b, size_t n)
{
    double sum = 0.0;

    for (size_t i = 0; i < n; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

rr_status bench_layer_slope(bench_layer *l, float *weight, const double *direction, double *along,
                            double *length, rr_error *err)
{
    const descriptions plain = describe(l, true);
    const size_t GH = bench_gates(&l->s) * l->s.H;
    const size_t bias = bias_rows(&l->s) * l->s.H;
    const arguments *a = &l->back;
    numbers u = { 0 };
    numbers g = { 0 };
    rr_status st = RR_OK;

    RRI_TRY(new_numbers(&l->s, &u, err));
    RRI_TRY(new_numbers(&l->s, &g, err));
    map(&l->s, direction, &u);
    /* Gradients are added to what is there: zeros first. */
    RRI_TRY(
        copy(l, memory_of(a, DNNL_ARG_DIFF_WEIGHTS_LAYER), &plain.w_layer, g.w_layer, true, err));
    RRI_TRY(copy(l, memory_of(a, DNNL_ARG_DIFF_WEIGHTS_ITER), &plain.w_iter, g.w_iter, true, err));
    RRI_TRY(copy(l, memory_of(a, DNNL_ARG_DIFF_BIAS), &plain.bias, g.bias, true, err));
    RRI_TRY(copy(l, memory_of(a, DNNL_ARG_DIFF_DST_LAYER), &plain.h, weight, true, err));
    if (!bench_layer_run(l))
        RRI_TRY(rri_fail(err, RR_ERR_NUMERIC, -1, "oneDNN: a run failed"));
    RRI_TRY(
        copy(l, memory_of(a, DNNL_ARG_DIFF_WEIGHTS_LAYER), &plain.w_layer, g.w_layer, false, err));
    RRI_TRY(copy(l, memory_of(a, DNNL_ARG_DIFF_WEIGHTS_ITER), &plain.w_iter, g.w_iter, false, err));
    RRI_TRY(copy(l, memory_of(a, DNNL_ARG_DIFF_BIAS), &plain.bias, g.bias, false, err));
    *along = dot(u.w_layer, g.w_layer, l->s.D * GH) + dot(u.w_iter, g.w_iter, l->s.H * GH) +
             dot(u.bias, g.bias, bias);
    *length = sqrt(dot(g.w_layer, g.w_layer, l->s.D * GH) + dot(g.w_iter, g.w_iter, l->s.H * GH) +
                   dot(g.bias, g.bias, bias));

done:
    free_numbers(&u);
    free_numbers(&g);
    return st;
}
