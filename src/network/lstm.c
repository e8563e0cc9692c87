/* SPDX-License-Identifier: MIT */
/* lstm.c - an LSTM layer over a shard [Hochreiter97; Gers00], gate order i f g o.
 *
 *   a_t = x_t W_ih^T + h_{t-1} W_hh^T + b_ih + b_hh        one product for all x, one a step for h
 *   i,f,o = sigmoid, g = tanh of a_t's parts;  c_t = f c_{t-1} + i g;  h_t = o tanh(c_t)
 *
 * Backward runs the steps in reverse and carries dh and dc; the weights' gradients are single
 * products over all rows at the end. */
#include "network/shard.h"

#include <string.h>

static void lstm_forward(rri_shard *s, rri_layer_work *w, const rri_layer_factors *f)
{
    const size_t H = s->cfg.hidden;

    memset(w->c, 0, s->count * H * sizeof *w->c);
    for (size_t t = 0; t < s->steps; t++) {
        const size_t n = s->active[t];
        const size_t row = s->first[t];
        const size_t before = rri_previous(s, t);
        rri_input_product(s, w, f, t);
        float *gate = rri_gates_of(s, w, t);
        if (t > 0) /* h_0 = 0 */
            rri_product(&f->hh, n, w->h + before * H, H, true, gate, 4 * H);
        s->kernels->lstm_forward(n, H, f->bias, gate, w->c + rri_stored(s, before) * H,
                                 w->c + rri_stored(s, s->count + row) * H,
                                 w->extra + rri_stored(s, row) * H, w->h + (s->count + row) * H);
    }
}

static void lstm_backward(rri_shard *s, rri_layer_work *w, const rri_layer_factors *f,
                          const float *dh_above)
{
    const size_t H = s->cfg.hidden;

    memset(s->dc, 0, s->count * H * sizeof *s->dc);
    for (size_t t = s->steps; t-- > 0;) {
        const size_t n = s->active[t];
        const size_t row = s->first[t];
        float *gate = w->gate + row * 4 * H;
        s->kernels->lstm_backward(n, H, gate, w->c + rri_previous(s, t) * H, w->extra + row * H,
                                  s->dh, dh_above != NULL ? dh_above + row * H : NULL, s->dc);
        if (t > 0)
            rri_product(&f->hh_back, n, gate, 4 * H, false, s->dh, H);
    }
}

static void lstm_weights(rri_shard *s, const rri_layer_work *w, const float *x, size_t width,
                         const float *h_prev, const rri_layer_view *d)
{
    const size_t H = s->cfg.hidden;
    const rri_outer_part parts[] = { { h_prev, H, H, d->w_hh },
                                     { x, width, width, d->w_ih },
                                     { NULL, 1, 0, d->b_ih } };

    rri_outer(s->gemm, 4 * H, s->rows, w->gate, 4 * H, parts, 3, s->scratch);
    memcpy(d->b_hh, d->b_ih, 4 * H * sizeof *d->b_hh);
}

const rri_cell_ops rri_lstm_ops = { lstm_forward, lstm_backward, lstm_weights };
