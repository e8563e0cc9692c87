/* SPDX-License-Identifier: MIT */
/* tangent_cells.c - the tangent of one layer over a shard, for each cell.
 *
 * With W the weights, V the direction, a the pre-activations and d their gradients:
 *
 *   forward    R a_t      = R x_t W_ih^T + x_t V_ih^T + R h_{t-1} W_hh^T + h_{t-1} V_hh^T + V_b
 *   backward   dh_{t-1}   = d_t W_hh
 *              R dh_{t-1} = R d_t W_hh + d_t V_hh
 *   weights    R dW_hh    = sum_t R d_t^T h_{t-1} + d_t^T R h_{t-1},  and alike of W_ih and biases
 *
 * All h are known when the tangent begins, so h_{t-1} V_hh^T is one product over all steps; only
 * that with R h_{t-1} goes step by step. The pointwise rest is in kernel/tangents.h. */
#include "network/tangent.h"

#include <string.h>

static float *row_of(float *p, size_t row, size_t width)
{
    return p != NULL ? p + row * width : NULL;
}

/* Step t of layer l, for the kernels. */
static rri_tangent_step step_at(const rri_tangent *r, const rri_shard *s, size_t l, size_t t)
{
    const size_t H = s->cfg.hidden;
    const size_t GH = rri_cell_gates(s->cfg.cell) * H;
    const rri_layer_work *w = &s->layer[l];
    const rri_layer_work *q = &r->layer[l];
    const size_t row = s->first[t];
    const size_t state = s->count + row;
    const size_t before = rri_previous(s, t);

    return (rri_tangent_step){ .B = s->active[t],
                               .H = H,
                               .gate = row_of(w->gate, row, GH),
                               .r_gate = row_of(q->gate, row, GH),
                               .extra = row_of(w->extra, row, H),
                               .r_extra = row_of(q->extra, row, H),
                               .h_prev = row_of(w->h, before, H),
                               .r_h_prev = row_of(q->h, before, H),
                               .h = row_of(w->h, state, H),
                               .r_h = row_of(q->h, state, H),
                               .c_prev = row_of(w->c, before, H),
                               .r_c_prev = row_of(q->c, before, H),
                               .r_c = row_of(q->c, state, H),
                               .dh = s->dh,
                               .r_dh = r->dh,
                               .dc = s->dc,
                               .r_dc = r->dc };
}

/* The same with the gradient from the layer above. */
static rri_tangent_step step_below(const rri_tangent *r, const rri_shard *s, size_t l, size_t t,
                                   const float *above, const float *r_above)
{
    rri_tangent_step step = step_at(r, s, l, t);

    if (above != NULL) {
        step.above = above + s->first[t] * s->cfg.hidden;
        step.r_above = r_above + s->first[t] * s->cfg.hidden;
    }
    return step;
}

/* ---- LSTM and Elman: all gates add the recurrent product ------------------------------------ */

static rri_tangent_kernel forward_of(const rri_tangent *r, rr_cell cell)
{
    return cell == RR_CELL_LSTM   ? r->kernels->lstm_forward
           : cell == RR_CELL_TANH ? r->kernels->tanh_forward
                                  : r->kernels->relu_forward;
}

static rri_tangent_kernel backward_of(const rri_tangent *r, rr_cell cell)
{
    return cell == RR_CELL_LSTM   ? r->kernels->lstm_backward
           : cell == RR_CELL_TANH ? r->kernels->tanh_backward
                                  : r->kernels->relu_backward;
}

static void plain_forward(rri_tangent *r, rri_shard *s, size_t l, rri_pair f)
{
    const size_t H = s->cfg.hidden;
    const size_t GH = rri_cell_gates(s->cfg.cell) * H;
    const rri_tangent_kernel kernel = forward_of(r, s->cfg.cell);
    const float *h_prev = rri_states_before(s, s->layer[l].h, s->shifted);
    const size_t begin = s->steps > 0 ? s->first[1] : 0; /* h_0 = 0 */
    rri_layer_work *q = &r->layer[l];

    rri_product(&f.along->layer[l].hh, s->rows - begin, h_prev + begin * H, H, true,
                q->gate + begin * GH, GH);
    if (q->c != NULL)
        memset(q->c, 0, s->count * H * sizeof *q->c);
    for (size_t t = 0; t < s->steps; t++) {
        rri_tangent_step step = step_at(r, s, l, t);
        step.bias = f.along->layer[l].bias;
        if (t > 0)
            rri_product(&f.weights->layer[l].hh, step.B, step.r_h_prev, H, true, step.r_gate, GH);
        kernel(&step);
    }
}

static void plain_backward(rri_tangent *r, rri_shard *s, size_t l, rri_pair f, const float *above,
                           const float *r_above)
{
    const size_t H = s->cfg.hidden;
    const size_t GH = rri_cell_gates(s->cfg.cell) * H;
    const rri_tangent_kernel kernel = backward_of(r, s->cfg.cell);
    const rri_factor *weights = &f.weights->layer[l].hh_back;

    memset(s->dc, 0, s->count * H * sizeof *s->dc);
    memset(r->dc, 0, s->count * H * sizeof *r->dc);
    for (size_t t = s->steps; t-- > 0;) {
        const rri_tangent_step step = step_below(r, s, l, t, above, r_above);
        kernel(&step);
        if (t == 0)
            break;
        rri_product(weights, step.B, step.gate, GH, false, s->dh, H);
        rri_product(weights, step.B, step.r_gate, GH, false, r->dh, H);
        rri_product(&f.along->layer[l].hh_back, step.B, step.gate, GH, true, r->dh, H);
    }
}

static void plain_weights(const rri_tangent *r, rri_shard *s, size_t l, const float *x,
                          const float *r_x, const float *h_prev, const float *r_h_prev,
                          const rri_layer_view *d)
{
    const size_t H = s->cfg.hidden;
    const size_t GH = rri_cell_gates(s->cfg.cell) * H;
    const size_t width = rri_layer_width(&s->cfg, l);
    const rri_outer_part parts[] = { { h_prev, H, H, d->w_hh },
                                     { x, width, width, d->w_ih },
                                     { NULL, 1, 0, d->b_ih } };
    const rri_outer_part tangents[] = { { r_h_prev, H, H, NULL }, { r_x, width, width, NULL } };

    rri_outer_both(s->gemm, GH, s->rows, r->layer[l].gate, GH, parts, 3, s->layer[l].gate, GH,
                   tangents, r_x != NULL ? 2 : 1, s->scratch);
    memcpy(d->b_hh, d->b_ih, GH * sizeof *d->b_hh);
}

const rri_tangent_ops rri_lstm_tangent_ops = { plain_forward, plain_backward, plain_weights };
const rri_tangent_ops rri_elman_tangent_ops = { plain_forward, plain_backward, plain_weights };

/* ---- GRU: the n part of the recurrent product passes the reset gate -------------------------- */

static void gru_forward(rri_tangent *r, rri_shard *s, size_t l, rri_pair f)
{
    const size_t H = s->cfg.hidden;

    memset(s->rec, 0, s->count * 3 * H * sizeof *s->rec); /* h_0 = R h_0 = 0 */
    for (size_t t = 0; t < s->steps; t++) {
        rri_tangent_step step = step_at(r, s, l, t);
        step.bias = f.along->layer[l].bias;
        step.bias_n = f.along->layer[l].bias_n;
        step.rec = s->rec;
        if (t > 0) {
            rri_product(&f.along->layer[l].hh, step.B, step.h_prev, H, false, s->rec, 3 * H);
            rri_product(&f.weights->layer[l].hh, step.B, step.r_h_prev, H, true, s->rec, 3 * H);
        }
        r->kernels->gru_forward(&step);
    }
}

/* dh += [r z part of gate, hn's] * W_hh */
static void gru_product(const rri_factor *f, size_t n, const float *gate, const float *hn, size_t H,
                        float *dh)
{
    rri_product_part(f, 0, 2 * H, n, gate, 3 * H, true, dh, H);
    rri_product_part(f, 2 * H, H, n, hn, H, true, dh, H);
}

static void gru_backward(rri_tangent *r, rri_shard *s, size_t l, rri_pair f, const float *above,
                         const float *r_above)
{
    const size_t H = s->cfg.hidden;
    const rri_factor *weights = &f.weights->layer[l].hh_back;

    for (size_t t = s->steps; t-- > 0;) {
        const rri_tangent_step step = step_below(r, s, l, t, above, r_above);
        r->kernels->gru_backward(&step);
        if (t == 0)
            break;
        gru_product(weights, step.B, step.gate, step.extra, H, s->dh);
        gru_product(weights, step.B, step.r_gate, step.r_extra, H, r->dh);
        gru_product(&f.along->layer[l].hh_back, step.B, step.gate, step.extra, H, r->dh);
    }
}

static void gru_weights(const rri_tangent *r, rri_shard *s, size_t l, const float *x,
                        const float *r_x, const float *h_prev, const float *r_h_prev,
                        const rri_layer_view *d)
{
    const size_t H = s->cfg.hidden;
    const size_t n = 2 * H; /* where the n part begins */
    const size_t width = rri_layer_width(&s->cfg, l);
    const size_t given = r_x == NULL;
    const float *gate = s->layer[l].gate;
    const float *r_gate = r->layer[l].gate;
    const rri_outer_part both[] = { { h_prev, H, H, d->w_hh },
                                    { x, width, width, d->w_ih },
                                    { NULL, 1, 0, d->b_ih } };
    const rri_outer_part input[] = { { x, width, width, d->w_ih + n * width },
                                     { NULL, 1, 0, d->b_ih + n } };
    const rri_outer_part recurrent[] = { { h_prev, H, H, d->w_hh + n * H },
                                         { NULL, 1, 0, d->b_hh + n } };
    const rri_outer_part tangents[] = { { r_h_prev, H, H, NULL }, { r_x, width, width, NULL } };

    rri_outer_both(s->gemm, n, s->rows, r_gate, 3 * H, both, 3, gate, 3 * H, tangents, 2 - given,
                   s->scratch);
    rri_outer_both(s->gemm, H, s->rows, r_gate + n, 3 * H, input, 2, gate + n, 3 * H, tangents + 1,
                   1 - given, s->scratch);
    rri_outer_both(s->gemm, H, s->rows, r->layer[l].extra, H, recurrent, 2, s->layer[l].extra, H,
                   tangents, 1, s->scratch);
    memcpy(d->b_hh, d->b_ih, n * sizeof *d->b_hh);
}

const rri_tangent_ops rri_gru_tangent_ops = { gru_forward, gru_backward, gru_weights };
