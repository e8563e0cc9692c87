/* SPDX-License-Identifier: MIT */
/* tangent_uses.c - how much of a loss's slope along a direction is by the use of the weights at
 * each step. A recurrent network uses the same weights at every step, and the gradient is the sum
 * over the uses: with d_t the gradient of the pre-activations of step t and V the direction,
 *
 *     g . V = sum_t d_t . (x_t V_ih^T + h_{t-1} V_hh^T + V_b)  +  dx_t . V_symbol(t)
 *
 * over all layers; the output layer is used after the last step. */
#include "network/tangent.h"

#include <string.h>

/* h_{t-1} V_hh^T of a GRU: its n part, which the reset gate scales, goes apart into extra. */
static void gru_recurrent(rri_tangent *r, rri_shard *s, size_t l, const rri_factors *along)
{
    const size_t H = s->cfg.hidden;
    rri_layer_work *q = &r->layer[l];

    memset(q->extra, 0, s->count * H * sizeof *q->extra); /* h_0 = 0 */
    for (size_t t = 1; t < s->steps; t++) {
        const float *h = s->layer[l].h + rri_previous(s, t) * H;
        rri_product(&along->layer[l].hh, s->active[t], h, H, false, s->rec, 3 * H);
        for (size_t b = 0; b < s->active[t]; b++) {
            const float *rec = s->rec + b * 3 * H;
            float *gate = q->gate + rri_shard_row(s, t, b) * 3 * H;
            for (size_t j = 0; j < 2 * H; j++)
                gate[j] += rec[j];
            memcpy(q->extra + rri_shard_row(s, t, b) * H, rec + 2 * H, H * sizeof *rec);
        }
    }
}

void rri_tangent_uses(rri_tangent *r, rri_shard *s, const rri_factors *along)
{
    const size_t H = s->cfg.hidden;
    const size_t C = s->cfg.classes;
    const size_t GH = rri_cell_gates(s->cfg.cell) * H;
    const size_t zeros = C - rri_outputs(&s->cfg);

    for (size_t l = 0; l < s->cfg.layers; l++) {
        const size_t width = rri_layer_width(&s->cfg, l);
        float *gate = r->layer[l].gate;
        rri_product(&along->layer[l].ih, s->rows, rri_shard_input(s, l), width, false, gate, GH);
        if (s->cfg.cell == RR_CELL_GRU)
            gru_recurrent(r, s, l, along);
        else
            rri_product(&along->layer[l].hh, s->rows,
                        rri_states_before(s, s->layer[l].h, s->shifted), H, true, gate, GH);
    }
    for (size_t b = 0; b < s->count; b++)
        memcpy(r->logits + b * C, along->out_bias, C * sizeof *r->logits);
    rri_product(&along->out, s->count, s->last, H, true, r->logits + zeros, C);
}

static double dot(size_t n, const float *x, const float *y, const float *added)
{
    double sum = 0.0;

    for (size_t i = 0; i < n; i++)
        sum += (double)x[i] * ((double)y[i] + (double)added[i]);
    return sum;
}

double rri_tangent_use(const rri_tangent *r, const rri_shard *s, size_t t, size_t b,
                       const rri_factors *along)
{
    const size_t H = s->cfg.hidden;
    const size_t C = s->cfg.classes;
    const size_t GH = rri_cell_gates(s->cfg.cell) * H;
    const size_t row = rri_shard_row(s, t, b);
    double sum = 0.0;

    for (size_t l = 0; l < s->cfg.layers; l++) {
        const rri_layer_factors *v = &along->layer[l];
        sum += dot(GH, s->layer[l].gate + row * GH, r->layer[l].gate + row * GH, v->bias);
        if (s->cfg.cell == RR_CELL_GRU)
            sum += dot(H, s->layer[l].extra + row * H, r->layer[l].extra + row * H, v->bias_n);
    }
    for (size_t c = C - rri_outputs(&s->cfg); t + 1 == s->length[b] && c < C; c++)
        sum += (double)s->logits[b * C + c] * (double)r->logits[b * C + c];
    return sum;
}
