/* SPDX-License-Identifier: MIT */
/* derivatives.h - the workspace of derivatives.c, and what is computed for one shard of it.
 * Internal to src/network. */
#ifndef RRI_NETWORK_DERIVATIVES_H
#define RRI_NETWORK_DERIVATIVES_H

#include "network/embedding_gradient.h"
#include "network/losses.h"
#include "network/squares.h"
#include "network/tangent.h"

/* What a call computes for each shard. */
typedef enum rri_derivative {
    RRI_GRADIENT,
    RRI_SQUARES,
    RRI_SLOPES,
    RRI_STEP_SLOPES,
    RRI_HESSIAN,
    RRI_NEWTON
} rri_derivative;

/* A shard's values that a product overwrites, for the next direction. */
typedef struct rri_kept {
    float **gate;  /* [L] */
    float **extra; /* [L], GRU */
    float *logits;
} rri_kept;

struct rr_derivatives {
    const rr_network *net; /* borrowed */
    const rr_dataset *ds;  /* borrowed */
    size_t shard;          /* sequences a shard */
    size_t workers, slots;
    size_t trained; /* numbers: the embedding where it is trained, then the weights */
    uint32_t fixed; /* symbols below it have no gradient */
    rri_factors *factors;
    rri_shard **work;      /* [workers] */
    rri_tangent **tangent; /* [workers] */
    rri_squares **pairs;   /* [workers] */
    rri_dropout dropout;
    rri_loss_blocks block;

    /* Directions worked on together; 1 until a call brings more. */
    size_t group;
    rri_factors **along;              /* [group] */
    float **direction;                /* [group], each [trained] */
    rri_embedding_gradient **vectors; /* [group], each NULL unless an embedding is trained */
    float **slot;                     /* [slots], each [group][parameters] */
    rri_kept *kept;                   /* [workers] where group > 1, else NULL */

    rri_derivative purpose; /* of the call */
    size_t first;           /* shard of the round's first slot */
    double *loss;           /* [n] or NULL */
    double *squares;        /* [n] or NULL */
    const rri_along *asked; /* [count] */
    size_t count;           /* of the call's directions, at most group; 1 without any */
};

/* ---- derivatives_shard.c: one shard ---------------------------------------------------------- */

/* Task `task` of the round: rri_parallel()'s function, ctx is the workspace. */
void rri_derivatives_shard(void *ctx, size_t task, size_t worker);

/* ---- derivatives.c: what cosines of gradients need ------------------------------------------- */

/* rr_network_parameters() of the network. */
size_t rri_derivatives_parameters(const rr_derivatives *d);
/* The 2-norm of the last direction used, without the values ignored in it. */
double rri_derivatives_length(const rr_derivatives *d);

#endif
