/* SPDX-License-Identifier: MIT */
/* output_layer.c - the gradients of the output layer alone, at the trained weights.
 *
 * With h the state the output layer is given and r = p - onehot(c) what its answer still misses,
 * the gradient of -log p(c|x) by the layer's weights and biases is r h' and r, and so
 *
 *     score(i) = (r_x . r_i) (h_x . h_i + 1)
 *
 * summed over the targets: a last term of tracin. It is the slope of i's loss along the gradient
 * g_x with all other weights set to 0. */
#include "attribution/attribution.h"
#include "attribution/vectors.h"
#include "rnnrepair/experimental/derivatives.h"

#include "network/network_internal.h"

#include <string.h>

static rr_status begin(rr_attribution *a, rr_error *err)
{
    (void)err;
    a->steps = 1;
    return RR_OK;
}

static rr_status step(rr_attribution *a, rr_error *err)
{
    const rr_losses all = rr_losses_all(a->train);
    const rr_network_config net = rr_network_config_of(a->net);
    const size_t own = rri_network_output(a->net).outputs * (net.hidden + 1); /* the last ones */
    rr_derivatives *d = NULL;
    double *gradient = NULL; /* [P] */
    float *direction = NULL; /* [P] */
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&gradient, a->P, 1, sizeof *gradient, err));
    RRI_TRY(rri_alloc(&direction, a->P, 1, sizeof *direction, err));
    RRI_TRY(rri_query_gradient(a, 0, a->net, gradient, err));
    memset(gradient, 0, (a->P - own) * sizeof *gradient);
    rri_round(a->P, gradient, direction);
    RRI_TRY(rr_derivatives_new(a->net, a->train, a->cfg.threads, &d, err));
    RRI_TRY(rr_derivatives_slopes(d, &all, direction, a->scores, err));
    a->done = true;

done:
    rr_derivatives_free(d);
    rri_free(gradient);
    rri_free(direction);
    return st;
}

const rri_method rri_output_gradients = { begin, step, rri_free };
