/* SPDX-License-Identifier: MIT */
/* gru.c - a GRU layer over a shard [Cho14], gate order r z n, reset after the recurrent product as
 * in PyTorch.
 *
 *   r,z = sigmoid(x W_ir,z^T + b_ir,z + h_{t-1} W_hr,z^T + b_hr,z)
 *   hn  = h_{t-1} W_hn^T + b_hn;   n = tanh(x W_in^T + b_in + r hn);   h_t = n + z (h_{t-1} - n)
 *
 * The n part has two gradients: of its pre-activation (in gate) for the input side, and of hn (in
 * extra) for the recurrent side. So the products are computed in two pieces. */
#include "network/shard.h"

#include <string.h>

static void gru_forward(rri_shard *s, rri_layer_work *w, const rri_layer_factors *f)
{
    const size_t H = s->cfg.hidden;

    memset(s->rec, 0, s->count * 3 * H * sizeof *s->rec); /* h_0 = 0 */
    for (size_t t = 0; t < s->steps; t++) {
        const size_t n = s->active[t];
        const size_t row = s->first[t];
        const float *h_prev = w->h + rri_previous(s, t) * H;
        rri_input_product(s, w, f, t);
        if (t > 0)
            rri_product(&f->hh, n, h_prev, H, false, s->rec, 3 * H);
        s->kernels->gru_forward(n, H, f->bias, f->bias_n, rri_gates_of(s, w, t), s->rec, h_prev,
                                w->extra + rri_stored(s, row) * H, w->h + (s->count + row) * H);
    }
}

static void gru_backward(rri_shard *s, rri_layer_work *w, const rri_layer_factors *f,
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
        rri_product_part(&f->hh_back, 0, 2 * H, n, gate, 3 * H, true, s->dh, H);
        rri_product_part(&f->hh_back, 2 * H, H, n, dhn, H, true, s->dh, H);
    }
}

static void gru_weights(rri_shard *s, const rri_layer_work *w, const float *x, size_t width,
                        const float *h_prev, const rri_layer_view *d)
{
    const size_t H = s->cfg.hidden;
    const size_t n = 2 * H; /* where the n part begins */
    const rri_outer_part both[] = { { h_prev, H, H, d->w_hh },
                                    { x, width, width, d->w_ih },
                                    { NULL, 1, 0, d->b_ih } };
    const rri_outer_part input[] = { { x, width, width, d->w_ih + n * width },
                                     { NULL, 1, 0, d->b_ih + n } };
    const rri_outer_part recurrent[] = { { h_prev, H, H, d->w_hh + n * H },
                                         { NULL, 1, 0, d->b_hh + n } };

    rri_outer(s->gemm, n, s->rows, w->gate, 3 * H, both, 3, s->scratch);
    rri_outer(s->gemm, H, s->rows, w->gate + n, 3 * H, input, 2, s->scratch);
    rri_outer(s->gemm, H, s->rows, w->extra, H, recurrent, 2, s->scratch);
    memcpy(d->b_hh, d->b_ih, n * sizeof *d->b_hh);
}

const rri_cell_ops rri_gru_ops = { gru_forward, gru_backward, gru_weights };
