/* SPDX-License-Identifier: MIT */
/* derivatives.h - what cosines of gradients need to know of derivatives. Internal to src/network.
 */
#ifndef RRI_NETWORK_DERIVATIVES_H
#define RRI_NETWORK_DERIVATIVES_H

#include "rnnrepair/experimental/derivatives.h"

/* rr_network_parameters() of the network. */
size_t rri_derivatives_parameters(const rr_derivatives *d);
/* The 2-norm of the last direction used, without the values ignored in it. */
double rri_derivatives_length(const rr_derivatives *d);

#endif
