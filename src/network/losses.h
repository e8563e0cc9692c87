/* SPDX-License-Identifier: MIT */
/* losses.h - a list of losses, taken block by block: each block's sequences, longest first. */
#ifndef RRI_LOSSES_H
#define RRI_LOSSES_H

#include "network/model.h"
#include "rnnrepair/experimental/derivatives.h"

/* In place of a step: the losses of all labelled steps, added up. */
#define RRI_EVERY_STEP SIZE_MAX

typedef struct rri_loss_blocks {
    const rr_dataset *ds;    /* borrowed */
    const rr_losses *losses; /* current list; borrowed */
    size_t most;             /* limit of losses a block */
    size_t most_steps;       /* limit of their total steps */

    size_t count;           /* losses in the block */
    rr_sequence *sequences; /* [most] longest first */
    uint32_t *labels;       /* [most] */
    size_t *at;             /* [most] index in the list */
    float *weights;         /* [most] */
    size_t *step;           /* [most] the step it is about, or RRI_EVERY_STEP */
    size_t *first;          /* [most] steps of the losses before it in the list */
    size_t steps_before;    /* steps of the losses before the next block */
    size_t *position;       /* [most] position in the whole list sorted by length, longest first */
    size_t *begin;          /* [longest + 1] scratch of the sort */
    size_t *next;           /* [longest + 1] next position in the whole list, by length */
} rri_loss_blocks;

/* most_steps must not be below the longest sequence's. */
rr_status rri_loss_blocks_init(rri_loss_blocks *b, const rr_dataset *ds, size_t most,
                               size_t most_steps, rr_error *err);
void rri_loss_blocks_clear(rri_loss_blocks *b);

/* ARG unless the list is about sequences, and steps, of the dataset and classes of the network. */
rr_status rri_losses_check(const rr_losses *losses, const rr_dataset *ds,
                           const rr_network_config *net, rr_error *err);

/* Begin a checked list; then take the block that starts at its loss `begin`, for 0, count, ... */
void rri_loss_blocks_begin(rri_loss_blocks *b, const rr_losses *losses);
void rri_loss_blocks_take(rri_loss_blocks *b, size_t begin);

#endif
