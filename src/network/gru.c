/* SPDX-License-Identifier: MIT */
/* gru.c - a GRU layer over a shard [Cho14], gate order r z n, reset after the recurrent product as
 * in PyTorch.
 *
 *   r,z = sigmoid(x W_ir,z^T + b_ir,z + h_{t-1} W_hr,z^T + b_hr,z)
 *   hn  = h_{t-1} W_hn^T + b_hn;   n = tanh(x W_in^T + b_in + r hn);   h_t = n + z (h_{t-1} - n)
 *
 * The n part meets two gradients: that of its pre-activation (in gate) for the input side, and that
 * of hn (in extra) for the recurrent side; hence the products in two pieces. */
#include "network/shard.h"

#include <string.h>

static void gru_forward(rri_shard *s, rri_layer_work *w, const rri_layer_view *v)
{
    const size_t H = s->cfg.hidden;
    const float *bias_n = v->b_hh + 2 * H;

    memset(s->rec, 0, s->count * 3 * H * sizeof *s->rec); /* h_0 = 0 */
    for (size_t t = 0; t < s->steps; t++) {
        const size_t n = s->active[t];
        const size_t row = s->first[t];
        const float *h_prev = w->h + rri_previous(s, t) * H;
        if (t > 0)
            rri_gemm_nt(n, 3 * H, H, h_prev, H, v->w_hh, H, 0.0f, s->rec, 3 * H);
        s->kernels->gru_forward(n, H, w->bias, bias_n, w->gate + row * 3 * H, s->rec, h_prev,
                                w->extra + row * H, w->h + (s->count + row) * H);
    }
}

static void gru_backward(rri_shard *s, rri_layer_work *w, const rri_layer_view *v,
                         const float *dh_above)
{
    const size_t H = s->cfg.hidden;

    for (size_t t = s->steps; t-- > 0;) {
        const size_t n = s->active[t];
        const size_t row = s->first[t];
        float *gate = w->gate + row * 3 * H;
        float *dhn = w->extra + row * H;
        s->kernels->gru_backward(n, H, gate, dhn, w->h + rri_previous(s, t) * H, s->dh,
                                 dh_above != NULL ? dh_above + row * H : NULL);
        if (t == 0)
            break;
        rri_gemm_nn(n, H, 2 * H, gate, 3 * H, v->w_hh, H, 1.0f, s->dh, H);
        rri_gemm_nn(n, H, H, dhn, H, v->w_hh + 2 * H * H, H, 1.0f, s->dh, H);
    }
}

static void gru_weights(const rri_shard *s, const rri_layer_work *w, const float *h_prev,
                        const rri_layer_view *d)
{
    const size_t H = s->cfg.hidden;

    rri_gemm_tn(2 * H, H, s->rows, w->gate, 3 * H, h_prev, H, 0.0f, d->w_hh, H);
    rri_gemm_tn(H, H, s->rows, w->extra, H, h_prev, H, 0.0f, d->w_hh + 2 * H * H, H);
    rri_column_sums(s->rows, 3 * H, w->gate, 3 * H, s->ones, d->b_ih);
    memcpy(d->b_hh, d->b_ih, 2 * H * sizeof *d->b_hh);
    rri_column_sums(s->rows, H, w->extra, H, s->ones, d->b_hh + 2 * H);
}

/* The n part of b_hh stays apart: the reset gate scales it. */
static void gru_bias(const rri_layer_view *v, size_t H, float *bias)
{
    for (size_t j = 0; j < 2 * H; j++)
        bias[j] = v->b_ih[j] + v->b_hh[j];
    for (size_t j = 2 * H; j < 3 * H; j++)
        bias[j] = v->b_ih[j];
}

const rri_cell_ops rri_gru_ops = { gru_forward, gru_backward, gru_weights, gru_bias };
