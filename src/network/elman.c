/* SPDX-License-Identifier: MIT */
/* elman.c - an Elman layer over a shard [Elman90]:
 * h_t = f(x_t W_ih^T + h_{t-1} W_hh^T + b_ih + b_hh), f = tanh or max(0, .). */
#include "network/shard.h"

#include <string.h>

static void elman_forward(rri_shard *s, rri_layer_work *w, const rri_layer_factors *f)
{
    const size_t H = s->cfg.hidden;
    const bool relu = s->cfg.cell == RR_CELL_RELU;

    for (size_t t = 0; t < s->steps; t++) {
        const size_t n = s->active[t];
        const size_t row = s->first[t];
        rri_input_product(s, w, f, t);
        float *gate = rri_gates_of(s, w, t);
        if (t > 0) /* h_0 = 0 */
            rri_product(&f->hh, n, w->h + rri_previous(s, t) * H, H, true, gate, H);
        (relu ? s->kernels->relu_forward : s->kernels->tanh_forward)(n, H, f->bias, gate,
                                                                     w->h + (s->count + row) * H);
    }
}

static void elman_backward(rri_shard *s, rri_layer_work *w, const rri_layer_factors *f,
                           const float *dh_above)
{
    const size_t H = s->cfg.hidden;
    const bool relu = s->cfg.cell == RR_CELL_RELU;

    for (size_t t = s->steps; t-- > 0;) {
        const size_t n = s->active[t];
        const size_t row = s->first[t];
        float *gate = w->gate + row * H;
        (relu ? s->kernels->relu_backward
              : s->kernels->tanh_backward)(n, H, gate, w->h + (s->count + row) * H, s->dh,
                                           dh_above != NULL ? dh_above + row * H : NULL);
        if (t > 0)
            rri_product(&f->hh_back, n, gate, H, false, s->dh, H);
    }
}

static void elman_weights(rri_shard *s, const rri_layer_work *w, const float *x, size_t width,
                          const float *h_prev, const rri_layer_view *d)
{
    const size_t H = s->cfg.hidden;
    const rri_outer_part parts[] = { { h_prev, H, H, d->w_hh },
                                     { x, width, width, d->w_ih },
                                     { NULL, 1, 0, d->b_ih } };

    rri_outer(s->gemm, H, s->rows, w->gate, H, parts, 3, s->scratch);
    memcpy(d->b_hh, d->b_ih, H * sizeof *d->b_hh);
}

const rri_cell_ops rri_elman_ops = { elman_forward, elman_backward, elman_weights };
