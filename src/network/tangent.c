/* SPDX-License-Identifier: MIT */
/* tangent.c - a tangent's memory, forward and backward through all layers. */
#include "network/tangent.h"

#include <string.h>

static const rri_tangent_ops *ops_of(rr_cell cell)
{
    return cell == RR_CELL_LSTM  ? &rri_lstm_tangent_ops
           : cell == RR_CELL_GRU ? &rri_gru_tangent_ops
                                 : &rri_elman_tangent_ops;
}

/* ---- memory --------------------------------------------------------------------------------- */

static rr_status alloc_layer(const rr_network_config *cfg, size_t sequences, size_t rows,
                             rri_layer_work *w, rr_error *err)
{
    const size_t H = cfg->hidden;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&w->gate, rows, rri_cell_gates(cfg->cell) * H, sizeof(float), err));
    RRI_TRY(rri_alloc(&w->h, sequences + rows, H, sizeof(float), err));
    if (cfg->cell == RR_CELL_LSTM)
        RRI_TRY(rri_alloc(&w->c, sequences + rows, H, sizeof(float), err));
    if (cfg->cell == RR_CELL_GRU)
        RRI_TRY(rri_alloc(&w->extra, rows, H, sizeof(float), err));

done:
    return st;
}

rr_status rri_tangent_new(const rr_network_config *cfg, size_t sequences, size_t steps,
                          rri_tangent **out, rr_error *err)
{
    const size_t H = cfg->hidden;
    const bool each = cfg->output == RR_OUTPUT_STEP;
    rri_tangent *r = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    if (steps != 0 && sequences > SIZE_MAX / steps)
        return rri_fail(err, RR_ERR_NOMEM, -1, "%zu sequences of %zu steps are too many to hold",
                        sequences, steps);
    const size_t rows = sequences * steps;
    RRI_TRY(rri_alloc(&r, 1, 1, sizeof *r, err));
    r->layers = cfg->layers;
    r->kernels = rri_tangents_kernels_for(rri_isa_best());
    RRI_TRY(rri_alloc(&r->layer, cfg->layers, 1, sizeof *r->layer, err));
    for (size_t l = 0; l < cfg->layers; l++)
        RRI_TRY(alloc_layer(cfg, sequences, rows, &r->layer[l], err));
    if (rri_embedding_trained(cfg))
        RRI_TRY(rri_alloc(&r->x, rows, cfg->width, sizeof *r->x, err));
    const size_t answers = each ? rows : sequences;
    RRI_TRY(rri_alloc(&r->last, answers, H, sizeof *r->last, err));
    RRI_TRY(rri_alloc(&r->logits, answers, cfg->classes, sizeof *r->logits, err));
    RRI_TRY(rri_alloc(&r->dh, sequences, H, sizeof *r->dh, err));
    RRI_TRY(rri_alloc(&r->dc, sequences, H, sizeof *r->dc, err));
    if (cfg->layers > 1 || each)
        RRI_TRY(rri_alloc(&r->dx, rows, H, sizeof *r->dx, err));
    RRI_TRY(rri_alloc(&r->shifted, rows, H, sizeof *r->shifted, err));
    *out = r;
    r = NULL;

done:
    rri_tangent_free(r);
    return st;
}

void rri_tangent_free(rri_tangent *r)
{
    if (r == NULL)
        return;
    for (size_t l = 0; r->layer != NULL && l < r->layers; l++) {
        rri_free(r->layer[l].gate);
        rri_free(r->layer[l].h);
        rri_free(r->layer[l].c);
        rri_free(r->layer[l].extra);
    }
    rri_free(r->layer);
    rri_free(r->x);
    rri_free(r->last);
    rri_free(r->logits);
    rri_free(r->dh);
    rri_free(r->dc);
    rri_free(r->dx);
    rri_free(r->shifted);
    rri_free(r);
}

/* ---- forward -------------------------------------------------------------------------------- */

void rri_tangent_fill(rri_tangent *r, const rri_shard *s, const float *embedding,
                      const rr_sequence *sequences)
{
    const size_t D = s->cfg.width;

    if (r->x == NULL)
        return;
    for (size_t b = 0; b < s->count; b++) {
        const uint32_t *symbol = sequences[s->order[b]].symbols;
        for (size_t t = 0; t < s->length[b]; t++)
            memcpy(r->x + rri_shard_row(s, t, b) * D, embedding + (size_t)symbol[t] * D,
                   D * sizeof *r->x);
    }
    if (s->dropout.input > 0.0f)
        rri_drop_input(s, r->x);
}

/* R of a layer's input, NULL where it is given. */
static const float *input_of(const rri_tangent *r, const rri_shard *s, size_t layer)
{
    return layer == 0 ? r->x : r->layer[layer - 1].h + s->count * s->cfg.hidden;
}

void rri_tangent_forward(rri_tangent *r, rri_shard *s, rri_pair f)
{
    const size_t H = s->cfg.hidden;
    const size_t GH = rri_cell_gates(s->cfg.cell) * H;
    const rri_tangent_ops *ops = ops_of(s->cfg.cell);

    for (size_t l = 0; l < s->cfg.layers; l++) {
        const size_t width = rri_layer_width(&s->cfg, l);
        const float *r_x = input_of(r, s, l);
        float *gate = r->layer[l].gate;
        memset(r->layer[l].h, 0, s->count * H * sizeof *r->layer[l].h);
        rri_product(&f.along->layer[l].ih, s->rows, rri_shard_input(s, l), width, false, gate, GH);
        if (r_x != NULL)
            rri_product(&f.weights->layer[l].ih, s->rows, r_x, width, true, gate, GH);
        ops->forward(r, s, l, f);
    }
}

void rri_tangent_outputs(rri_tangent *r, rri_shard *s, rri_pair f)
{
    const size_t H = s->cfg.hidden;
    const size_t C = s->cfg.classes;
    const size_t n = rri_shard_answers(s);
    const size_t zeros = C - rri_outputs(&s->cfg);
    const bool each = s->cfg.output == RR_OUTPUT_STEP;
    const float *h = r->layer[s->cfg.layers - 1].h + s->count * H;

    if (each)
        memcpy(r->last, h, s->rows * H * sizeof *r->last);
    for (size_t b = 0; !each && b < s->count; b++)
        memcpy(r->last + b * H, h + rri_shard_row(s, s->length[b] - 1, b) * H, H * sizeof *r->last);
    for (size_t i = 0; i < n; i++)
        memcpy(r->logits + i * C, f.along->out_bias, C * sizeof *r->logits);
    if (s->dropout.last > 0.0f)
        rri_drop_last(s, r->last);
    rri_product(&f.along->out, n, rri_shard_answering(s), H, true, r->logits + zeros, C);
    rri_product(&f.weights->out, n, r->last, H, true, r->logits + zeros, C);
}

/* ---- backward ------------------------------------------------------------------------------- */

/* R of the gradient of the output layer's weights; of the states before it the gradient and R of
 * it, into dh of the shard and of the tangent, or into their dx where every step has an output. */
static void output_backward(rri_tangent *r, rri_shard *s, rri_pair f, float *gradient)
{
    const size_t H = s->cfg.hidden;
    const size_t C = s->cfg.classes;
    const size_t O = rri_outputs(&s->cfg);
    const size_t n = rri_shard_answers(s);
    const bool each = s->cfg.output == RR_OUTPUT_STEP;
    const rri_output_view d = rri_output_at(&s->cfg, gradient);
    const rri_outer_part parts[] = { { rri_shard_answering(s), H, H, d.w }, { NULL, 1, 0, d.b } };
    const rri_outer_part tangents[] = { { r->last, H, H, NULL } };
    const float *logits = s->logits + C - O;
    const float *r_logits = r->logits + C - O;
    float *to = each ? s->dx : s->dh;
    float *r_to = each ? r->dx : r->dh;

    rri_outer_both(s->gemm, O, n, r_logits, C, parts, 2, logits, C, tangents, 1, s->scratch);
    rri_product(&f.weights->out_back, n, logits, C, false, to, H);
    rri_product(&f.weights->out_back, n, r_logits, C, false, r_to, H);
    rri_product(&f.along->out_back, n, logits, C, true, r_to, H);
    if (s->dropout.last > 0.0f) {
        rri_drop_last(s, to);
        rri_drop_last(s, r_to);
    }
    if (each) { /* no gradient beyond the last steps */
        memset(s->dh, 0, s->count * H * sizeof *s->dh);
        memset(r->dh, 0, s->count * H * sizeof *r->dh);
    }
}

/* R of the gradient of layer l's input [rows][width]. */
static void input_backward(const rri_tangent *r, const rri_shard *s, size_t l, rri_pair f,
                           float *r_dx)
{
    const size_t width = rri_layer_width(&s->cfg, l);
    const size_t GH = rri_cell_gates(s->cfg.cell) * s->cfg.hidden;

    rri_product(&f.weights->layer[l].ih_back, s->rows, r->layer[l].gate, GH, false, r_dx, width);
    rri_product(&f.along->layer[l].ih_back, s->rows, s->layer[l].gate, GH, true, r_dx, width);
}

void rri_tangent_backward(rri_tangent *r, rri_shard *s, rri_pair f, float *gradient)
{
    const size_t H = s->cfg.hidden;
    const size_t GH = rri_cell_gates(s->cfg.cell) * H;
    const rri_tangent_ops *ops = ops_of(s->cfg.cell);
    const bool each = s->cfg.output == RR_OUTPUT_STEP;
    const float *above = each ? s->dx : NULL;
    const float *r_above = each ? r->dx : NULL;

    output_backward(r, s, f, gradient);
    for (size_t l = s->cfg.layers; l-- > 0;) {
        const rri_layer_view d = rri_layer_at(&s->cfg, gradient, l);
        ops->backward(r, s, l, f, above, r_above);
        ops->weights(r, s, l, rri_shard_input(s, l), input_of(r, s, l),
                     rri_states_before(s, s->layer[l].h, s->shifted),
                     rri_states_before(s, r->layer[l].h, r->shifted), &d);
        if (l == 0)
            break;
        rri_product(&f.weights->layer[l].ih_back, s->rows, s->layer[l].gate, GH, false, s->dx, H);
        input_backward(r, s, l, f, r->dx);
        above = s->dx;
        r_above = r->dx;
        memset(s->dh, 0, s->count * H * sizeof *s->dh);
        memset(r->dh, 0, s->count * H * sizeof *r->dh);
    }
    if (!rri_embedding_trained(&s->cfg))
        return;
    input_backward(r, s, 0, f, s->dx);
    if (s->dropout.input > 0.0f)
        rri_drop_input(s, s->dx);
}
