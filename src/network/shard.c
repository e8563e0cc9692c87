/* SPDX-License-Identifier: MIT */
/* shard.c - a shard's memory, the packing of sequences, forward and backward through all layers. */
#include "network/shard.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static const rri_cell_ops *ops_of(rr_cell cell)
{
    return cell == RR_CELL_LSTM  ? &rri_lstm_ops
           : cell == RR_CELL_GRU ? &rri_gru_ops
                                 : &rri_elman_ops;
}

size_t rri_shard_size(const rr_network_config *cfg, size_t steps, bool training)
{
    const size_t row = (training ? rri_cell_gates(cfg->cell) + 3 : 1) * cfg->hidden * cfg->layers;
    const size_t budget = (size_t)3 << 18; /* floats, 3 MiB */
    const size_t fit = budget / rri_max(1, row * rri_max(1, steps));

    return rri_min(64, rri_max(training ? 32 : 16, fit));
}

size_t rri_shard_batch_size(const rr_network_config *cfg, size_t steps, size_t batch)
{
    const size_t fit = rri_shard_size(cfg, steps, true);
    size_t parts = batch < 16 ? 1 : batch < 64 ? 2 : 4;

    while (parts * fit < batch)
        parts *= 2;
    return rri_blocks(batch, parts);
}

/* Rows whose input products are computed at a time, at least: many enough that reading the weights
 * does not count, few enough for the cache. */
static size_t rows_ahead(size_t width)
{
    return width / 2;
}

/* ---- memory --------------------------------------------------------------------------------- */

static rr_status alloc_layer(rri_shard *s, size_t l, size_t rows, rr_error *err)
{
    rri_layer_work *w = &s->layer[l];
    const size_t B = s->most_sequences;
    const size_t H = s->cfg.hidden;
    const size_t GH = rri_cell_gates(s->cfg.cell) * H;
    const size_t gates = rri_min(rows, B + rows_ahead(rri_layer_width(&s->cfg, l)));
    const size_t kept = s->training ? rows : rri_min(rows, B);
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&w->gate, s->training ? rows : gates, GH, sizeof(float), err));
    RRI_TRY(rri_alloc(&w->h, B + rows, H, sizeof(float), err));
    if (s->cfg.cell == RR_CELL_LSTM)
        RRI_TRY(rri_alloc(&w->c, B + kept, H, sizeof(float), err));
    if (s->cfg.cell == RR_CELL_LSTM || s->cfg.cell == RR_CELL_GRU)
        RRI_TRY(rri_alloc(&w->extra, kept, H, sizeof(float), err));

done:
    return st;
}

static rr_status alloc_training(rri_shard *s, size_t rows, rr_error *err)
{
    const size_t B = s->most_sequences;
    const size_t H = s->cfg.hidden;
    const size_t input = s->cfg.layers > 1 ? rri_max(s->cfg.width, H) : s->cfg.width;
    const size_t most = rri_max(rri_cell_gates(s->cfg.cell) * H, s->cfg.classes);
    const size_t above = s->cfg.layers > 1 ? H : 0; /* dx of the layers above the first */
    const size_t first = rri_embedding_trained(&s->cfg) ? s->cfg.width : 0;
    const bool each = s->cfg.output == RR_OUTPUT_STEP;
    const size_t dx = rri_max(each ? H : above, first);
    rr_status st = RR_OK;

    if (each)
        RRI_TRY(rri_alloc(&s->last, rows, H, sizeof(float), err));
    RRI_TRY(rri_alloc(&s->dh, B, H, sizeof(float), err));
    RRI_TRY(rri_alloc(&s->dc, B, H, sizeof(float), err));
    RRI_TRY(rri_alloc(&s->shifted, rows, H, sizeof(float), err));
    RRI_TRY(rri_alloc(&s->scratch, rri_outer_scratch(s->gemm, most, input + H + 1), 1,
                      sizeof(float), err));
    if (dx > 0)
        RRI_TRY(rri_alloc(&s->dx, rows, dx, sizeof(float), err));

done:
    return st;
}

rr_status rri_shard_new(const rr_network_config *cfg, size_t sequences, size_t steps, bool training,
                        rri_shard **out, rr_error *err)
{
    rri_shard *s = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    if (steps != 0 && sequences > SIZE_MAX / steps)
        return rri_fail(err, RR_ERR_NOMEM, -1, "%zu sequences of %zu steps are too many to hold",
                        sequences, steps);
    const size_t rows = sequences * steps;
    RRI_TRY(rri_alloc(&s, 1, 1, sizeof *s, err));
    s->cfg = *cfg;
    s->kernels = rri_gates_kernels_for(rri_isa_best());
    s->gemm = rri_gemm_kernels_for(rri_isa_best());
    s->most_sequences = sequences;
    s->most_steps = steps;
    s->training = training;
    RRI_TRY(rri_alloc(&s->order, sequences, 1, sizeof *s->order, err));
    RRI_TRY(rri_alloc(&s->length, sequences, 1, sizeof *s->length, err));
    RRI_TRY(rri_alloc(&s->active, steps, 1, sizeof *s->active, err));
    RRI_TRY(rri_alloc(&s->first, steps + 1, 1, sizeof *s->first, err));
    RRI_TRY(rri_alloc(&s->x, rows, cfg->width, sizeof *s->x, err));
    RRI_TRY(rri_alloc(&s->layer, cfg->layers, 1, sizeof *s->layer, err));
    for (size_t l = 0; l < cfg->layers; l++)
        RRI_TRY(alloc_layer(s, l, rows, err));
    if (!training || cfg->output == RR_OUTPUT_LAST)
        RRI_TRY(rri_alloc(&s->last, sequences, cfg->hidden, sizeof *s->last, err));
    const size_t outputs = training && cfg->output == RR_OUTPUT_LAST ? sequences : rows;
    RRI_TRY(rri_alloc(&s->logits, outputs, cfg->classes, sizeof *s->logits, err));
    RRI_TRY(rri_alloc(&s->label, outputs, 1, sizeof *s->label, err));
    if (cfg->cell == RR_CELL_GRU)
        RRI_TRY(rri_alloc(&s->rec, sequences, 3 * cfg->hidden, sizeof *s->rec, err));
    if (training)
        RRI_TRY(alloc_training(s, rows, err));
    *out = s;
    s = NULL;

done:
    rri_shard_free(s);
    return st;
}

void rri_shard_free(rri_shard *s)
{
    if (s == NULL)
        return;
    for (size_t l = 0; s->layer != NULL && l < s->cfg.layers; l++) {
        rri_free(s->layer[l].gate);
        rri_free(s->layer[l].h);
        rri_free(s->layer[l].c);
        rri_free(s->layer[l].extra);
    }
    rri_free(s->order);
    rri_free(s->length);
    rri_free(s->active);
    rri_free(s->first);
    rri_free(s->x);
    rri_free(s->layer);
    rri_free(s->logits);
    rri_free(s->label);
    rri_free(s->last);
    rri_free(s->dh);
    rri_free(s->dc);
    rri_free(s->dx);
    rri_free(s->shifted);
    rri_free(s->rec);
    rri_free(s->scratch);
    rri_free(s);
}

/* ---- packing -------------------------------------------------------------------------------- */

/* Longest first; equal lengths keep their order. Shards are small and mostly sorted already. */
static void sort_by_length(rri_shard *s, const rr_sequence *sequences, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const size_t length = sequences[i].steps;
        size_t j = i;
        for (; j > 0 && s->length[j - 1] < length; j--) {
            s->length[j] = s->length[j - 1];
            s->order[j] = s->order[j - 1];
        }
        s->length[j] = length;
        s->order[j] = (uint32_t)i;
    }
}

/* The vector of step t of a sequence. */
static const float *vector_of(const float *embedding, const rr_sequence *q, size_t t, size_t D)
{
    return q->frames != NULL ? q->frames + t * D : embedding + (size_t)q->symbols[t] * D;
}

void rri_shard_fill(rri_shard *s, const float *embedding, const rr_sequence *sequences, size_t n)
{
    const size_t D = s->cfg.width;
    size_t running = n;

    assert(n >= 1 && n <= s->most_sequences);
    sort_by_length(s, sequences, n);
    assert(s->length[0] <= s->most_steps);
    s->count = n;
    s->steps = s->length[0];
    s->uniform = s->length[n - 1] == s->length[0];
    s->first[0] = 0;
    for (size_t t = 0; t < s->steps; t++) {
        while (s->length[running - 1] <= t)
            running--;
        s->active[t] = running;
        s->first[t + 1] = s->first[t] + running;
        for (size_t b = 0; b < running; b++)
            memcpy(s->x + rri_shard_row(s, t, b) * D,
                   vector_of(embedding, &sequences[s->order[b]], t, D), D * sizeof *s->x);
    }
    s->rows = s->first[s->steps];
    if (s->dropout.input > 0.0f)
        rri_drop_input(s, s->x);
}

/* ---- forward and backward ------------------------------------------------------------------- */

const float *rri_shard_input(const rri_shard *s, size_t layer)
{
    return layer == 0 ? s->x : s->layer[layer - 1].h + s->count * s->cfg.hidden;
}

void rri_input_product(rri_shard *s, rri_layer_work *w, const rri_layer_factors *f, size_t t)
{
    const size_t in = f->ih.k;
    const size_t row = s->first[t];
    const float *x = rri_shard_input(s, (size_t)(w - s->layer)) + row * in;

    if (t < w->ready)
        return;
    w->ready = t + 1;
    while (w->ready < s->steps && s->first[w->ready] - row < rows_ahead(in))
        w->ready++;
    w->base = s->training ? 0 : row;
    rri_product(&f->ih, s->first[w->ready] - row, x, in, false, rri_gates_of(s, w, t), f->ih.n);
}

void rri_shard_forward(rri_shard *s, const rri_factors *f)
{
    const size_t H = s->cfg.hidden;
    const rri_cell_ops *ops = ops_of(s->cfg.cell);

    for (size_t l = 0; l < s->cfg.layers; l++) {
        rri_layer_work *w = &s->layer[l];
        memset(w->h, 0, s->count * H * sizeof *w->h);
        w->ready = w->base = 0;
        ops->forward(s, w, &f->layer[l]);
    }
}

/* Write the probabilities of n states [n][H] into the rows of logits, and set their labels. A
 * logistic head gives the logit of class 1 and a 0 for class 0: their softmax is its sigmoid. */
static void classify(rri_shard *s, const rri_factors *f, size_t n, const float *states)
{
    const size_t C = s->cfg.classes;
    const size_t zeros = C - rri_outputs(&s->cfg);

    for (size_t i = 0; zeros > 0 && i < n; i++)
        s->logits[i * C] = 0.0f;
    rri_product(&f->out, n, states, s->cfg.hidden, false, s->logits + zeros, C);
    s->kernels->softmax(n, C, f->out_bias, s->logits, s->label);
}

/* Copy the last state of every sequence into s->last. */
static void gather_last(rri_shard *s)
{
    const size_t H = s->cfg.hidden;

    for (size_t b = 0; b < s->count; b++)
        memcpy(s->last + b * H, rri_shard_state(s, rri_shard_row(s, s->length[b] - 1, b)),
               H * sizeof *s->last);
}

void rri_shard_last_outputs(rri_shard *s, const rri_factors *f)
{
    gather_last(s);
    classify(s, f, s->count, s->last);
}

void rri_shard_outputs(rri_shard *s, const rri_factors *f)
{
    classify(s, f, s->rows, rri_shard_state(s, 0));
}

const float *rri_shard_answering(const rri_shard *s)
{
    const bool each = s->cfg.output == RR_OUTPUT_STEP;

    return each && s->dropout.last <= 0.0f ? rri_shard_state(s, 0) : s->last;
}

size_t rri_shard_answers(const rri_shard *s)
{
    return s->cfg.output == RR_OUTPUT_STEP ? s->rows : s->count;
}

void rri_shard_classify(rri_shard *s, const rri_factors *f)
{
    const size_t H = s->cfg.hidden;
    const bool each = s->cfg.output == RR_OUTPUT_STEP;

    if (each && s->dropout.last > 0.0f)
        memcpy(s->last, rri_shard_state(s, 0), s->rows * H * sizeof *s->last);
    if (!each)
        gather_last(s);
    if (s->dropout.last > 0.0f)
        rri_drop_last(s, s->last);
    classify(s, f, rri_shard_answers(s), rri_shard_answering(s));
}

/* The loss of one prediction; its probabilities p become the gradient by the logits. */
static double lose(float *p, uint32_t truth)
{
    /* A probability that underflowed still has a finite loss; a NaN stays one. */
    const double loss = -log(p[truth] < 1e-37f ? 1e-37 : (double)p[truth]);

    p[truth] -= 1.0f; /* gradient of the cross-entropy by the logits: p - onehot */
    return loss;
}

/* Weigh the loss of sequence b, or of a step of it, by its class, and its gradient row p. */
static double weigh(const rri_shard *s, size_t b, uint32_t truth, double loss, float *p)
{
    if (s->weight == NULL && s->class_weight == NULL)
        return loss;
    const float w = (s->weight != NULL ? s->weight[s->order[b]] : 1.0f) *
                    (s->class_weight != NULL ? s->class_weight[truth] : 1.0f);
    for (size_t c = 0; c < s->cfg.classes; c++)
        p[c] *= w;
    return (double)w * loss;
}

double rri_shard_loss(rri_shard *s, const rri_factors *f, const uint32_t *labels, size_t *correct)
{
    const size_t C = s->cfg.classes;
    double loss = 0.0;

    rri_shard_classify(s, f);
    for (size_t b = 0; b < s->count; b++) {
        const uint32_t truth = labels[s->order[b]];
        float *p = s->logits + b * C;
        loss += weigh(s, b, truth, lose(p, truth), p);
        *correct += s->label[b] == truth;
    }
    return loss;
}

double rri_shard_step_loss(rri_shard *s, const rri_factors *f, const rr_sequence *sequences,
                           size_t *correct)
{
    const size_t C = s->cfg.classes;
    double loss = 0.0;

    rri_shard_classify(s, f);
    for (size_t b = 0; b < s->count; b++) {
        const uint32_t *labels = sequences[s->order[b]].step_labels;
        for (size_t t = 0; t < s->length[b]; t++) {
            const size_t row = rri_shard_row(s, t, b);
            float *p = s->logits + row * C;
            if (labels[t] == RR_NO_LABEL) {
                memset(p, 0, C * sizeof *p);
                continue;
            }
            loss += weigh(s, b, labels[t], lose(p, labels[t]), p);
            *correct += s->label[row] == labels[t];
        }
    }
    return loss;
}

const float *rri_states_before(const rri_shard *s, const float *h, float *buffer)
{
    const size_t H = s->cfg.hidden;

    if (s->uniform)
        return h; /* rows are already in order, shifted by one step */
    for (size_t t = 0; t < s->steps; t++)
        memcpy(buffer + s->first[t] * H, h + rri_previous(s, t) * H,
               s->active[t] * H * sizeof *buffer);
    return buffer;
}

/* Gradients of the output layer's weights, and of the states before it: of the last ones into dh,
 * or of all, where each has an output, into dx. */
static void output_backward(rri_shard *s, const rri_factors *f, float scale, float *gradient)
{
    const size_t H = s->cfg.hidden;
    const size_t C = s->cfg.classes;
    const size_t O = rri_outputs(&s->cfg);
    const bool each = s->cfg.output == RR_OUTPUT_STEP;
    const size_t n = rri_shard_answers(s);
    const float *states = rri_shard_answering(s);
    float *to = each ? s->dx : s->dh;
    const float *logits =
        s->logits + C - O; /* with respect to the logit of class 1: p_1 - [class is 1] */

    for (size_t i = 0; i < n * C; i++)
        s->logits[i] *= scale;
    if (gradient != NULL) {
        const rri_output_view d = rri_output_at(&s->cfg, gradient);
        const rri_outer_part parts[] = { { states, H, H, d.w }, { NULL, 1, 0, d.b } };
        rri_outer(s->gemm, O, n, logits, C, parts, 2, s->scratch);
    }
    rri_product(&f->out_back, n, logits, C, false, to, H);
    if (s->dropout.last > 0.0f)
        rri_drop_last(s, to);
    if (each) /* no gradient beyond the last steps */
        memset(s->dh, 0, s->count * H * sizeof *s->dh);
}

void rri_shard_backward(rri_shard *s, const rri_factors *f, float scale, float *gradient)
{
    const size_t H = s->cfg.hidden;
    const size_t GH = rri_cell_gates(s->cfg.cell) * H;
    const rri_cell_ops *ops = ops_of(s->cfg.cell);
    const float *dh_above = s->cfg.output == RR_OUTPUT_STEP ? s->dx : NULL;

    output_backward(s, f, scale, gradient);
    for (size_t l = s->cfg.layers; l-- > 0;) {
        rri_layer_work *w = &s->layer[l];
        ops->backward(s, w, &f->layer[l], dh_above);
        if (gradient != NULL) {
            const rri_layer_view d = rri_layer_at(&s->cfg, gradient, l);
            ops->weights(s, w, rri_shard_input(s, l), rri_layer_width(&s->cfg, l),
                         rri_states_before(s, w->h, s->shifted), &d);
        }
        if (l > 0) { /* the layer below has a gradient at every step, none at the end */
            rri_product(&f->layer[l].ih_back, s->rows, w->gate, GH, false, s->dx, H);
            dh_above = s->dx;
            memset(s->dh, 0, s->count * H * sizeof *s->dh);
        }
    }
    if (!rri_embedding_trained(&s->cfg))
        return;
    rri_product(&f->layer[0].ih_back, s->rows, s->layer[0].gate, GH, false, s->dx, s->cfg.width);
    if (s->dropout.input > 0.0f)
        rri_drop_input(s, s->dx);
}
