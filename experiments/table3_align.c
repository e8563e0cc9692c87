/* SPDX-License-Identifier: MIT */
/* table3_align.c - how well training on an image serves an error: see table3_alignment(). */
#include "experiments/table3.h"
#include "rnnrepair/experimental/derivatives.h"

#include <stdlib.h>

/* Add the cosines under one model, divided by the number of models. cosines is [n]. */
static rr_status add_model(const experiment_context *ctx, const table3_case *c, size_t model,
                           size_t error, const rr_dataset *images, float *direction,
                           double *cosines, double *alignment, rr_error *err)
{
    const size_t n = rr_dataset_count(images);
    const rr_losses of_error = { .which = &c->errors[error], .n = 1 };
    const rr_losses of_images = rr_losses_all(images);
    rr_derivatives *test = NULL;
    rr_derivatives *d = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_derivatives_new(c->nets[model], c->test, ctx->threads, &test, err));
    RRI_TRY(rr_derivatives_direction(test, &of_error, direction, err));
    RRI_TRY(rr_derivatives_new(c->nets[model], images, ctx->threads, &d, err));
    RRI_TRY(rr_derivatives_cosines(d, &of_images, direction, cosines, err));
    for (size_t i = 0; i < n; i++)
        alignment[i] += cosines[i] / (double)c->models;

done:
    rr_derivatives_free(d);
    rr_derivatives_free(test);
    return st;
}

rr_status table3_alignment(const experiment_context *ctx, const table3_case *c, size_t error,
                           const rr_dataset *images, double *alignment, rr_error *err)
{
    const size_t n = rr_dataset_count(images), P = rr_network_parameters(c->nets[0]);
    double *cosines = NULL;
    float *direction = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&direction, P, 1, sizeof *direction, err));
    RRI_TRY(rri_alloc(&cosines, n, 1, sizeof *cosines, err));
    for (size_t i = 0; i < n; i++)
        alignment[i] = 0.0;
    for (size_t m = 0; m < c->models && n > 0; m++)
        RRI_TRY(add_model(ctx, c, m, error, images, direction, cosines, alignment, err));

done:
    rri_free(cosines);
    rri_free(direction);
    return st;
}
