/* SPDX-License-Identifier: MIT */
/* quadratic.h - the least change of a linear layer that obeys a list of demands on its outputs.
 *
 *     min 1/2 |u|^2   with   (u[plus] - u[minus]) z_j >= need_j   for every row j
 *
 * u [outputs][width]. It is solved by the dual active-set method [Goldfarb83]: from u = 0 on, the
 * most violated row is made to bind, rows whose multiplier would become negative leave, and the
 * dual value rises with every step. So either all rows are obeyed, and u is the least change; or
 * the multipliers y >= 0 prove that there is none within the limit, since every change that obeys
 * the rows has
 *
 *     1/2 |u|^2 >= sum_j y_j need_j - 1/2 |sum_j y_j a_j|^2,   a_j = the gradient of row j.
 *
 * All in double, on one thread. */
#ifndef RRI_QUADRATIC_H
#define RRI_QUADRATIC_H

#include "core/core.h"

#define RRI_NO_OUTPUT UINT32_MAX

/* A demand; either output may be RRI_NO_OUTPUT, which is 0. */
typedef struct rri_demand {
    uint32_t plus, minus;
    double need;
} rri_demand;

typedef struct rri_program {
    size_t outputs, width;
    double limit; /* largest |u|: beyond it there is no solution */
    size_t count, capacity;
    rri_demand *rows; /* [capacity] */
    double *z;        /* [capacity][width] */

    double *u;       /* [outputs][width] the solution */
    size_t binding;  /* rows with a multiplier */
    size_t *active;  /* [capacity] these rows; without a solution those of the proof */
    double *y;       /* [capacity] their multipliers */
    bool *is_active; /* [capacity] by row */
    bool proved;     /* the multipliers are those of a proof */
    size_t steps;    /* rows that joined or left, over all calls */

    double *factor;       /* packed lower triangle: Cholesky factor of the rows' inner products */
    size_t factor_rows;   /* its capacity */
    double *c, *r, *step; /* [capacity], [capacity], [outputs][width]: of one step */
} rri_program;

/* On failure, too, the program is to be cleared. */
rr_status rri_program_init(rri_program *p, size_t outputs, size_t width, double limit,
                           rr_error *err);
void rri_program_clear(rri_program *p); /* a zeroed struct is allowed */

/* Append a row; z [width] is copied. */
rr_status rri_program_add(rri_program *p, const rri_demand *row, const double *z, rr_error *err);

/* Begin anew at u = 0: where rows have changed that were solved before. */
void rri_program_restart(rri_program *p);

/* Solve, from the solution of the rows there were before; after a proof, anew. *feasible is false
 * where the multipliers prove that no |u| within the limit obeys the rows. Errors: NOMEM, NUMERIC
 * (rounding errors prevent the proof of either). */
rr_status rri_program_solve(rri_program *p, bool *feasible, rr_error *err);

/* The lower bound of 1/2 |u|^2 that the multipliers prove, computed anew. */
double rri_program_bound(rri_program *p);

/* Sum of products, in a fixed order. */
double rri_dot(const double *a, const double *b, size_t n);

#endif
