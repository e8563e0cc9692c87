/* SPDX-License-Identifier: MIT */
/* noise.h - the label noises of AQuA, a benchmark of finding label errors [Goswami23]. */
#ifndef EXPERIMENTS_NOISE_H
#define EXPERIMENTS_NOISE_H

#include "experiments/experiment.h"

typedef enum noise_kind {
    NOISE_UNIFORM,    /* each label becomes any other with the rate as probability */
    NOISE_ASYMMETRIC, /* so many labels of all, at random, become the next class */
    NOISE_CLASS,    /* each becomes, with the rate as probability, what the network takes its class
                       for, as often as it does; a class it never mistakes, any other */
    NOISE_INSTANCE, /* its own probability, the rate and up to 0.1 more; to which, by a random
                       linear function of the network's last state */
    NOISE_CONFUSION /* as the network's confusions are: its own rate, in thousandths */
} noise_kind;

/* Labels with noise. The last three kinds read the sequences by a network that was trained on the
 * right labels.
 *  Shapes   labels is [N].
 *  Errors   as rr_network_states(); NOMEM. */
rr_status noise_make(const experiment_context *ctx, noise_kind kind, double rate, uint64_t seed,
                     const rr_dataset *ds, const rr_network *net, uint32_t *labels, rr_error *err);

#endif
