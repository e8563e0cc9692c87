/* SPDX-License-Identifier: MIT */
/* table3_align.c - how well training on an image serves an error: see table3_alignment(). */
#include "experiments/table3.h"

#include <math.h>
#include <stdlib.h>

/* The gradient of the error's loss, of length 1; zeros where it vanishes. direction is
 * [parameters]. */
static rr_status find_direction(const experiment_context *ctx, const table3_case *c, size_t model,
                                size_t error, double *gradient, float *direction, rr_error *err)
{
    const size_t P = rr_network_parameters(c->nets[model]);
    const rr_losses loss = { .which = &c->errors[error], .n = 1 };
    rr_derivatives *d = NULL;
    double square = 0.0;
    rr_status st = RR_OK;

    EXPERIMENT_TRY(rr_derivatives_new(c->nets[model], c->test, ctx->threads, &d, err));
    EXPERIMENT_TRY(rr_derivatives_gradient(d, &loss, NULL, gradient, err));
    for (size_t i = 0; i < P; i++)
        square += gradient[i] * gradient[i];
    const double scale = square > 0.0 ? 1.0 / sqrt(square) : 0.0;
    for (size_t i = 0; i < P; i++)
        direction[i] = (float)(scale * gradient[i]);

done:
    rr_derivatives_free(d);
    return st;
}

/* Add the cosines under one model, divided by the number of models. slopes and squares are [n]. */
static rr_status add_model(const experiment_context *ctx, const table3_case *c, size_t model,
                           const float *direction, const rr_dataset *images, double *slopes,
                           double *squares, double *alignment, rr_error *err)
{
    const size_t n = rr_dataset_count(images);
    const rr_losses losses = rr_losses_all(images);
    rr_derivatives *d = NULL;
    rr_status st = RR_OK;

    EXPERIMENT_TRY(rr_derivatives_new(c->nets[model], images, ctx->threads, &d, err));
    EXPERIMENT_TRY(rr_derivatives_slopes(d, &losses, direction, slopes, err));
    EXPERIMENT_TRY(rr_derivatives_squares(d, &losses, squares, err));
    for (size_t i = 0; i < n; i++)
        if (squares[i] > 0.0) /* else it is read so surely that nothing is learnt from it */
            alignment[i] += slopes[i] / sqrt(squares[i]) / (double)c->models;

done:
    rr_derivatives_free(d);
    return st;
}

rr_status table3_alignment(const experiment_context *ctx, const table3_case *c, size_t error,
                           const rr_dataset *images, double *alignment, rr_error *err)
{
    const size_t n = rr_dataset_count(images), P = rr_network_parameters(c->nets[0]);
    double *gradient = NULL, *slopes = NULL, *squares = NULL;
    float *direction = NULL;
    rr_status st = RR_OK;

    EXPERIMENT_TRY(experiment_alloc(&gradient, P, sizeof *gradient, err));
    EXPERIMENT_TRY(experiment_alloc(&direction, P, sizeof *direction, err));
    EXPERIMENT_TRY(experiment_alloc(&slopes, n, sizeof *slopes, err));
    EXPERIMENT_TRY(experiment_alloc(&squares, n, sizeof *squares, err));
    for (size_t i = 0; i < n; i++)
        alignment[i] = 0.0;
    for (size_t m = 0; m < c->models && n > 0; m++) {
        EXPERIMENT_TRY(find_direction(ctx, c, m, error, gradient, direction, err));
        EXPERIMENT_TRY(add_model(ctx, c, m, direction, images, slopes, squares, alignment, err));
    }

done:
    free(squares);
    free(slopes);
    free(direction);
    free(gradient);
    return st;
}
