/* SPDX-License-Identifier: MIT */
/* factors.c - packing a network's weights, a panel a task. */
#include "network/factors.h"

#include <string.h>

/* ---- memory --------------------------------------------------------------------------------- */

static rr_status factor_new(const rri_gemm_kernels *gemm, size_t k, size_t n, rri_factor *out,
                            rr_error *err)
{
    *out = (rri_factor){ .gemm = gemm, .k = k, .n = n, .step = k * gemm->lanes };
    return rri_alloc(&out->packed, rri_gemm_packed(gemm, k, n), 1, sizeof *out->packed, err);
}

static rr_status layer_new(rri_factors *f, size_t l, rr_error *err)
{
    rri_layer_factors *w = &f->layer[l];
    const size_t H = f->cfg.hidden;
    const size_t GH = rri_cell_gates(f->cfg.cell) * H;
    const size_t in = rri_layer_width(&f->cfg, l);
    rr_status st = RR_OK;

    RRI_TRY(factor_new(f->gemm, in, GH, &w->ih, err));
    RRI_TRY(factor_new(f->gemm, H, GH, &w->hh, err));
    if (f->training)
        RRI_TRY(factor_new(f->gemm, GH, H, &w->hh_back, err));
    if (f->training && (l > 0 || rri_embedding_trained(&f->cfg)))
        RRI_TRY(factor_new(f->gemm, GH, in, &w->ih_back, err));
    RRI_TRY(rri_alloc(&w->bias, GH, 1, sizeof *w->bias, err));
    RRI_TRY(rri_alloc(&w->bias_n, H, 1, sizeof *w->bias_n, err));

done:
    return st;
}

rr_status rri_factors_new(const rr_network_config *cfg, bool training, rri_factors **out,
                          rr_error *err)
{
    rri_factors *f = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_alloc(&f, 1, 1, sizeof *f, err));
    f->gemm = rri_gemm_kernels_for(rri_isa_best());
    f->cfg = *cfg;
    f->training = training;
    RRI_TRY(rri_alloc(&f->layer, cfg->layers, 1, sizeof *f->layer, err));
    for (size_t l = 0; l < cfg->layers; l++)
        RRI_TRY(layer_new(f, l, err));
    RRI_TRY(factor_new(f->gemm, cfg->hidden, rri_outputs(cfg), &f->out, err));
    if (training)
        RRI_TRY(factor_new(f->gemm, rri_outputs(cfg), cfg->hidden, &f->out_back, err));
    RRI_TRY(rri_alloc(&f->out_bias, cfg->classes, 1, sizeof *f->out_bias, err));
    *out = f;
    f = NULL;

done:
    rri_factors_free(f);
    return st;
}

void rri_factors_free(rri_factors *f)
{
    if (f == NULL)
        return;
    for (size_t l = 0; f->layer != NULL && l < f->cfg.layers; l++) {
        rri_free(f->layer[l].ih.packed);
        rri_free(f->layer[l].hh.packed);
        rri_free(f->layer[l].ih_back.packed);
        rri_free(f->layer[l].hh_back.packed);
        rri_free(f->layer[l].bias);
        rri_free(f->layer[l].bias_n);
    }
    rri_free(f->layer);
    rri_free(f->out.packed);
    rri_free(f->out_back.packed);
    rri_free(f->out_bias);
    rri_free(f);
}

/* ---- packing -------------------------------------------------------------------------------- */

typedef struct filling {
    rri_factors *f;
    float *weights; /* read */
} filling;

/* Pack one panel of a factor, if it exists. */
static void pack_panel(const rri_factors *f, const rri_factor *to, size_t panel, const float *w,
                       size_t ldw, bool transposed)
{
    const size_t column = panel * f->gemm->lanes;

    if (to->packed == NULL || column >= to->n)
        return;
    rri_gemm_pack(f->gemm, to->k, rri_min(to->n - column, f->gemm->lanes),
                  w + column * (transposed ? ldw : 1), ldw, transposed,
                  to->packed + panel * to->step, to->step);
}

/* Panel `panel` of every matrix. Wider matrices have more of them. */
static void fill_panel(void *ctx, size_t panel, size_t worker)
{
    const filling *job = ctx;
    const rri_factors *f = job->f;
    const size_t H = f->cfg.hidden;
    const rri_output_view v = rri_output_at(&f->cfg, job->weights);

    (void)worker;
    for (size_t l = 0; l < f->cfg.layers; l++) {
        const rri_layer_view lv = rri_layer_at(&f->cfg, job->weights, l);
        const rri_layer_factors *w = &f->layer[l];
        const size_t in = rri_layer_width(&f->cfg, l);
        pack_panel(f, &w->ih, panel, lv.w_ih, in, true);
        pack_panel(f, &w->hh, panel, lv.w_hh, H, true);
        pack_panel(f, &w->ih_back, panel, lv.w_ih, in, false);
        pack_panel(f, &w->hh_back, panel, lv.w_hh, H, false);
    }
    pack_panel(f, &f->out, panel, v.w, H, true);
    pack_panel(f, &f->out_back, panel, v.w, H, false);
}

/* Set the vectors added to the pre-activations. A GRU keeps the n part of b_hh apart, which its
 * reset gate scales. */
static void fill_bias(const rri_factors *f, const rri_layer_view *v, rri_layer_factors *w)
{
    const size_t H = f->cfg.hidden;
    const size_t GH = rri_cell_gates(f->cfg.cell) * H;
    const size_t both = f->cfg.cell == RR_CELL_GRU ? 2 * H : GH;

    for (size_t j = 0; j < GH; j++)
        w->bias[j] = v->b_ih[j] + (j < both ? v->b_hh[j] : 0.0f);
    if (both < GH)
        memcpy(w->bias_n, v->b_hh + both, H * sizeof *w->bias_n);
}

void rri_factors_fill(rri_factors *f, float *weights, size_t threads)
{
    filling job = { f, weights };
    const size_t GH = rri_cell_gates(f->cfg.cell) * f->cfg.hidden;
    const size_t in = rri_max(f->cfg.width, f->cfg.hidden);
    const size_t widest = rri_max(rri_max(GH, in), f->cfg.classes);

    rri_parallel(threads, rri_blocks(widest, f->gemm->lanes), fill_panel, &job);
    for (size_t l = 0; l < f->cfg.layers; l++) {
        const rri_layer_view v = rri_layer_at(&f->cfg, weights, l);
        fill_bias(f, &v, &f->layer[l]);
    }
    memcpy(f->out_bias + f->cfg.classes - rri_outputs(&f->cfg), rri_output_at(&f->cfg, weights).b,
           rri_outputs(&f->cfg) * sizeof *f->out_bias);
}
