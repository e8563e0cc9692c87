/* SPDX-License-Identifier: MIT */
/* koh_liang.c - influence functions at the trained weights [Koh17].
 *
 * With g the gradient of the targets' losses, H the mean curvature of the training losses, and
 * A = H + damping,
 *
 *     s = A^-1 g,    score(i) = (1/N) g_i . s
 *
 * by conjugate gradients [Hestenes52], r_0 = p_0 = g, s_0 = 0:
 *
 *     alpha = r.r / p.Ap    s += alpha p    r -= alpha Ap    p <- r + (r'.r' / r.r) p
 *
 * A product A p gives the slopes g_i . p in the same pass. As s is a sum of directions p, the
 * scores are sums of these slopes: they need no pass of their own.
 *
 * Alternatively by the recursion u <- g + u - A_batch u / scale on random batches, whose mean tends
 * to scale A^-1 g; s is u / scale, averaged over repeats [Koh17, sec. 3; Agarwal17].
 *
 * Directions are rounded to float for a product; the sums here are double. */
#include "attribution/attribution.h"
#include "attribution/vectors.h"
#include "rnnrepair/experimental/derivatives.h"

#include <math.h>
#include <string.h>

static void end(void *own)
{
    rri_solution *k = own;

    rr_derivatives_free(k->d);
    rri_free(k->g);
    rri_free(k->s);
    rri_free(k->r);
    rri_free(k->p);
    rri_free(k->product);
    rri_free(k->slopes);
    rri_free(k->direction);
    rri_free(k->which);
    rri_free(k);
}

static rr_status begin(rr_attribution *a, rr_error *err)
{
    const bool cg = a->cfg.solver == RR_SOLVER_CG;
    rri_solution *k = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&k, 1, 1, sizeof *k, err));
    a->own = k; /* from here on owned by the attribution */
    RRI_TRY(rri_alloc(&k->g, a->P, 1, sizeof *k->g, err));
    RRI_TRY(rri_alloc(&k->s, a->P, 1, sizeof *k->s, err));
    RRI_TRY(rri_alloc(&k->p, a->P, 1, sizeof *k->p, err));
    RRI_TRY(rri_alloc(&k->product, a->P, 1, sizeof *k->product, err));
    RRI_TRY(rri_alloc(&k->slopes, a->N, 1, sizeof *k->slopes, err));
    RRI_TRY(rri_alloc(&k->direction, a->P, 1, sizeof *k->direction, err));
    if (cg)
        RRI_TRY(rri_alloc(&k->r, a->P, 1, sizeof *k->r, err));
    else
        RRI_TRY(rri_alloc(&k->which, a->cfg.batch, 1, sizeof *k->which, err));
    RRI_TRY(rri_query_gradient(a, 0, a->net, k->g, err));
    RRI_TRY(rr_derivatives_new(a->net, a->train, a->cfg.threads, &k->d, err));
    k->rr = rri_dot(a->P, k->g, k->g);
    k->norm = sqrt(k->rr);
    memcpy(k->p, k->g, a->P * sizeof *k->p);
    if (cg)
        memcpy(k->r, k->g, a->P * sizeof *k->r);
    a->steps = cg ? a->cfg.iterations : a->cfg.repeats * a->cfg.iterations + 1;
    a->residual = cg ? 1.0 : 0.0;

done:
    return st;
}

/* ---- conjugate gradients -------------------------------------------------------------------- */

/* product = A p, and the slopes along p. p is rounded to the floats used in the product. */
static rr_status apply_all(rr_attribution *a, rri_solution *k, rr_error *err)
{
    const rr_losses all = rr_losses_all(a->train);
    rr_status st = RR_OK;

    rri_round(a->P, k->p, k->direction);
    RRI_TRY(rr_derivatives_product(k->d, &all, a->cfg.curvature, k->direction, k->product,
                                   k->slopes, err));
    for (size_t i = 0; i < a->P; i++) {
        k->p[i] = (double)k->direction[i];
        k->product[i] = k->product[i] / (double)a->N + a->cfg.damping * k->p[i];
    }

done:
    return st;
}

/* p.Ap <= 0: the quadratic has no minimum, and A^-1 g is meaningless. */
static rr_status not_positive(const rr_attribution *a, const rri_solution *k, double curvature,
                              rr_error *err)
{
    const double least = a->cfg.damping - curvature / rri_dot(a->P, k->p, k->p);
    const bool hessian = a->cfg.curvature == RR_CURVATURE_HESSIAN;

    return rri_fail(err, RR_ERR_NUMERIC, (int64_t)a->step,
                    "the %s with damping %g is not positive along direction %zu of conjugate "
                    "gradients: raise the damping above %.3g%s",
                    rr_enum_name(RR_ENUM_CURVATURE, a->cfg.curvature), a->cfg.damping, a->step + 1,
                    least, hessian ? ", or take the gauss-newton curvature" : "");
}

static rr_status cg_step(rr_attribution *a, rri_solution *k, rr_error *err)
{
    rr_status st = RR_OK;

    if (k->norm == 0.0) { /* the targets' losses are stationary */
        a->residual = 0.0;
        a->done = true;
        return RR_OK;
    }
    RRI_TRY(apply_all(a, k, err));
    const double curvature = rri_dot(a->P, k->p, k->product);
    if (!(curvature > 0.0))
        return not_positive(a, k, curvature, err);
    /* In exact arithmetic p.r is r.r; with p rounded, p.r gives the minimum along p. */
    const double alpha = rri_dot(a->P, k->p, k->r) / curvature;
    rri_add(a->P, alpha, k->p, k->s);
    rri_add(a->P, -alpha, k->product, k->r);
    rri_add(a->N, alpha / (double)a->N, k->slopes, a->scores);
    const double before = k->rr;
    k->rr = rri_dot(a->P, k->r, k->r);
    for (size_t i = 0; i < a->P; i++)
        k->p[i] = k->r[i] + k->rr / before * k->p[i];
    a->residual = sqrt(k->rr) / k->norm;
    a->done = a->residual <= a->cfg.tolerance || a->step + 1 == a->steps;

done:
    return st;
}

/* ---- the recursion -------------------------------------------------------------------------- */

/* The batch of a step, sampled with replacement: every batch's mean curvature is H in
 * expectation. */
static void draw(const rr_attribution *a, size_t *which)
{
    const uint64_t repeat = a->step / a->cfg.iterations;
    const uint64_t iteration = a->step % a->cfg.iterations;
    rri_random r =
        rri_random_at(a->cfg.seed, RRI_RANDOM_ATTRIBUTION, (repeat + 1) << 32 | iteration);

    for (size_t i = 0; i < a->cfg.batch; i++)
        which[i] = (size_t)rri_random_below(&r, a->N);
}

/* While the eigenvalues of every A_batch lie in 0..2 scale, no step makes u longer than by |g|. A
 * few negative ones do no harm; beyond ten times that length the recursion counts as divergent. */
static bool grew(const rr_attribution *a, const rri_solution *k)
{
    const double length = sqrt(rri_dot(a->P, k->p, k->p));
    const double iteration = (double)(a->step % a->cfg.iterations + 1);

    return !(length <= 10.0 * (iteration + 1.0) * k->norm);
}

static rr_status recursion_step(rr_attribution *a, rri_solution *k, rr_error *err)
{
    const rr_losses batch = { .which = k->which, .labels = NULL, .n = a->cfg.batch };
    const double scale = a->cfg.scale;
    rr_status st = RR_OK;

    draw(a, k->which);
    rri_round(a->P, k->p, k->direction);
    RRI_TRY(rr_derivatives_product(k->d, &batch, a->cfg.curvature, k->direction, k->product, NULL,
                                   err));
    for (size_t i = 0; i < a->P; i++) {
        const double Au = k->product[i] / (double)batch.n + a->cfg.damping * k->p[i];
        k->p[i] = k->g[i] + k->p[i] - Au / scale;
    }
    if (grew(a, k))
        return rri_fail(err, RR_ERR_NUMERIC, (int64_t)a->step,
                        "the recursion grows without bound, after %zu steps: raise the scale, now "
                        "%g%s",
                        a->step % a->cfg.iterations + 1, scale,
                        a->cfg.curvature == RR_CURVATURE_HESSIAN && a->cfg.damping < 2.0 * scale
                            ? ", or the damping, or take the gauss-newton curvature"
                            : "");
    if ((a->step + 1) % a->cfg.iterations == 0) { /* a repeat ends, the next starts at g */
        rri_add(a->P, 1.0 / (scale * (double)a->cfg.repeats), k->p, k->s);
        memcpy(k->p, k->g, a->P * sizeof *k->p);
    }

done:
    return st;
}

static rr_status recursion_end(rr_attribution *a, rri_solution *k, rr_error *err)
{
    const rr_losses all = rr_losses_all(a->train);
    rr_status st = RR_OK;

    rri_round(a->P, k->s, k->direction);
    RRI_TRY(rr_derivatives_slopes(k->d, &all, k->direction, k->slopes, err));
    for (size_t i = 0; i < a->N; i++)
        a->scores[i] = k->slopes[i] / (double)a->N;
    a->done = true;

done:
    return st;
}

static rr_status step(rr_attribution *a, rr_error *err)
{
    rri_solution *k = a->own;

    if (a->cfg.solver == RR_SOLVER_CG)
        return cg_step(a, k, err);
    return a->step + 1 < a->steps ? recursion_step(a, k, err) : recursion_end(a, k, err);
}

const rri_method rri_koh_liang = { begin, step, end };
