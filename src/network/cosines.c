/* SPDX-License-Identifier: MIT */
/* cosines.c - unit directions, and the cosines of sequences' gradients to them. */
#include "network/derivatives.h"
#include "rnnrepair/experimental/derivatives.h"

#include "core/core.h"

#include <math.h>

rr_status rr_derivatives_direction(rr_derivatives *d, const rr_losses *losses, float *direction,
                                   rr_error *err)
{
    const size_t P = rri_derivatives_parameters(d);
    double *gradient = NULL; /* [P] */
    double square = 0.0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&gradient, P, 1, sizeof *gradient, err));
    RRI_TRY(rr_derivatives_gradient(d, losses, NULL, gradient, err));
    for (size_t i = 0; i < P; i++)
        square += gradient[i] * gradient[i];
    const double scale = square > 0.0 ? 1.0 / sqrt(square) : 0.0;
    for (size_t i = 0; i < P; i++)
        direction[i] = (float)(scale * gradient[i]);

done:
    rri_free(gradient);
    return st;
}

rr_status rr_derivatives_cosines(rr_derivatives *d, const rr_losses *losses, const float *direction,
                                 double *cosines, rr_error *err)
{
    double *squares = NULL; /* [n] */
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&squares, losses->n, 1, sizeof *squares, err));
    RRI_TRY(rr_derivatives_slopes(d, losses, direction, cosines, err));
    RRI_TRY(rr_derivatives_squares(d, losses, squares, err));
    const double along = rri_derivatives_length(d);
    for (size_t i = 0; i < losses->n; i++) {
        const double length = along * sqrt(squares[i]);
        cosines[i] = length > 0.0 ? fmax(-1.0, fmin(1.0, cosines[i] / length)) : 0.0;
    }

done:
    rri_free(squares);
    return st;
}
