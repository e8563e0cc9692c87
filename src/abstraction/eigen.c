/* SPDX-License-Identifier: MIT */
/* eigen.c - the leading eigenvectors of a symmetric matrix A [d][d].
 *
 *     A = Q T Q^T       Q = H_{d-1} ... H_1: reflections; T tridiagonal
 *     T = G diag(l) G^T   G = G_1 G_2 ...: the rotations of the implicit QL algorithm
 *
 * The eigenvectors wanted are Q G e_j. The rotations are kept and applied last to first to those
 * P unit vectors, then the reflections first to last: to form G or Q would cost d/P times as much.
 * A product of rotations and reflections is orthogonal to rounding, whatever the eigenvalues are,
 * and the pairs found are those of a matrix within a few d*epsilon*|A| of A.
 *
 * Reflection i zeroes row i left of its subdiagonal: H_i = 1 - tau u u^T, with u[i-1] = 1, maps
 * x = A[i][0..i) to (0, ..., 0, beta). Rows of the lower triangle lie one after another in memory,
 * so i runs from the last row down, as in EISPACK's tred2. With p = tau A u,
 *
 *     w = p - (tau/2 p^T u) u,   A <- A - u w^T - w u^T
 *
 * and the product A u of the next reflection is taken in the same pass over A that subtracts. */
#include "abstraction/eigen.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum {
    LANES = 8,       /* sums side by side, in a fixed order, that a compiler can vectorize */
    BLOCK = 32,      /* eigenvectors found together: [d][BLOCK] stays in a cache */
    MOST_SWEEPS = 30 /* for one eigenvalue; two are the rule */
};

/* Of T's values, the largest of which is near 1, those whose square is below this are zeros. */
static const double negligible = 1e-280;

/* Of rows i and i+1: upper <- c upper + s lower, lower <- c lower - s upper. */
typedef struct rotation {
    double c, s;
} rotation;

/* Rotations of rows i = last-1, last-2, ..., first. */
typedef struct sweep {
    size_t first, last;
} sweep;

typedef struct problem {
    size_t d;
    double *a;           /* [d][d] A, below row i the vectors u of the reflections done */
    double *diagonal;    /* [d] of T, then the eigenvalues */
    double *off;         /* [d] off[i] = T[i][i+1]; the last is 0 */
    double *tau;         /* [d] of the reflection of row i */
    double *work;        /* [2][d] w of the last reflection and p of the next */
    rotation *rotations; /* [capacity] */
    size_t count, capacity;
    sweep *sweeps; /* [MOST_SWEEPS*d] */
    size_t count_sweeps;
} problem;

static void release(problem *e)
{
    rri_free(e->diagonal);
    rri_free(e->off);
    rri_free(e->tau);
    rri_free(e->work);
    rri_free(e->rotations);
    rri_free(e->sweeps);
}

static rr_status init(problem *e, double *matrix, size_t d, rr_error *err)
{
    rr_status st = RR_OK;

    *e = (problem){ .d = d, .a = matrix, .capacity = d * d };
    RRI_TRY(rri_alloc(&e->diagonal, d, 1, sizeof *e->diagonal, err));
    RRI_TRY(rri_alloc(&e->off, d, 1, sizeof *e->off, err));
    RRI_TRY(rri_alloc(&e->tau, d, 1, sizeof *e->tau, err));
    RRI_TRY(rri_alloc(&e->work, d, 2, sizeof *e->work, err));
    RRI_TRY(rri_alloc(&e->rotations, e->capacity, 1, sizeof *e->rotations, err));
    RRI_TRY(rri_alloc(&e->sweeps, d, MOST_SWEEPS, sizeof *e->sweeps, err));

done:
    return st;
}

/* Divide the matrix by a power of two, so that its largest value is in [0.5, 1): squares cannot
 * overflow then, nor matter where they underflow. False where a value is not finite. */
static bool scale(problem *e, int *exponent)
{
    double largest = 0.0;

    for (size_t i = 0; i < e->d; i++)
        for (size_t j = 0; j <= i; j++) {
            const double size = fabs(e->a[i * e->d + j]);
            if (!(size <= DBL_MAX))
                return false;
            largest = size > largest ? size : largest;
        }
    (void)frexp(largest, exponent);
    const double half = ldexp(1.0, -(*exponent / 2)); /* the whole power may overflow */
    const double rest = ldexp(1.0, *exponent / 2 - *exponent);
    for (size_t i = 0; i < e->d; i++)
        for (size_t j = 0; j <= i; j++)
            e->a[i * e->d + j] = e->a[i * e->d + j] * half * rest;
    return true;
}

/* ---- tridiagonal form ----------------------------------------------------------------------- */

static double dot(const double *x, const double *y, size_t n)
{
    double lane[LANES] = { 0.0 };
    double sum = 0.0;
    size_t j = 0;

    for (; j + LANES <= n; j += LANES)
        for (size_t k = 0; k < LANES; k++)
            lane[k] += x[j + k] * y[j + k];
    for (; j < n; j++)
        sum += x[j] * y[j];
    for (size_t k = 0; k < LANES; k++)
        sum += lane[k];
    return sum;
}

/* x [n] becomes the vector u of its reflection; returns tau, 0 for none. */
static double reflect(double *x, size_t n, double *beta)
{
    const double last = x[n - 1];
    const double rest = dot(x, x, n - 1);

    *beta = last;
    x[n - 1] = 1.0;
    if (rest < negligible)
        return 0.0;
    *beta = last > 0.0 ? -sqrt(last * last + rest) : sqrt(last * last + rest);
    for (size_t j = 0; j + 1 < n; j++)
        x[j] /= last - *beta;
    return (*beta - last) / *beta;
}

/* row [n] -= x u + y w */
static void subtract(double *restrict row, size_t n, double x, const double *restrict u, double y,
                     const double *restrict w)
{
    for (size_t j = 0; j < n; j++)
        row[j] -= x * u[j] + y * w[j];
}

/* Row r of A, up to its diagonal: subtract the last reflection (u, w), and add to p = A v what this
 * row and, being symmetric, column give. */
static void pass_row(double *restrict row, size_t r, const double *restrict u,
                     const double *restrict w, const double *restrict v, double *restrict p)
{
    subtract(row, r + 1, w[r], u, u[r], w);
    for (size_t j = 0; j < r; j++)
        p[j] += row[j] * v[r];
    p[r] = dot(row, v, r + 1);
}

static void make_tridiagonal(problem *e)
{
    const size_t d = e->d;
    const double *u = e->work; /* of the last reflection; at first zeros */
    double *w = e->work;
    double *p = e->work + d;

    for (size_t i = d - 1; i > 0; i--) {
        double *row = e->a + i * d;
        subtract(row, i + 1, w[i], u, u[i], w);
        e->diagonal[i] = row[i];
        e->tau[i] = reflect(row, i, &e->off[i - 1]);
        for (size_t r = 0; r < i; r++)
            pass_row(e->a + r * d, r, u, w, row, p);
        const double half = 0.5 * e->tau[i] * e->tau[i] * dot(p, row, i);
        for (size_t j = 0; j < i; j++)
            p[j] = e->tau[i] * p[j] - half * row[j];
        double *const swap = w;
        w = p;
        p = swap;
        u = row;
    }
    e->diagonal[0] = e->a[0];
}

/* ---- eigenvalues ---------------------------------------------------------------------------- */

/* The end of the part of T that begins at `first`: the first off-diagonal below `small`. */
static size_t end_of_part(const problem *e, size_t first, double small)
{
    size_t last = first;

    while (last + 1 < e->d && fabs(e->off[last]) > small)
        last++;
    return last;
}

/* An eigenvalue of the leading 2 x 2 block of the part, the nearer to its corner, less d[last]: the
 * start of a sweep. */
static double start(const problem *e, size_t first, size_t last)
{
    const double *d = e->diagonal;
    const double g = (d[first + 1] - d[first]) / (2.0 * e->off[first]);
    const double r = hypot(g, 1.0);

    return d[last] - d[first] + e->off[first] / (g + (g < 0.0 ? -r : r));
}

/* One sweep over rows first..last, from below. */
static void do_sweep(problem *e, size_t first, size_t last)
{
    double *d = e->diagonal;
    double *off = e->off;
    double g = start(e, first, last);
    double s = 1.0;
    double c = 1.0;
    double p = 0.0;
    size_t i = last;

    while (i > first) {
        const double f = s * off[i - 1];
        const double b = c * off[i - 1];
        const double square = f * f + g * g;
        const double r = square < negligible ? 0.0 : sqrt(square);
        off[i] = r;
        if (r == 0.0)
            break; /* T falls into two parts here */
        s = f / r;
        c = g / r;
        g = d[i] - p;
        const double t = (d[i - 1] - g) * s + 2.0 * c * b;
        p = s * t;
        d[i] = g + p;
        g = c * t - b;
        i--;
        e->rotations[e->count++] = (rotation){ c, s };
    }
    d[i] -= p;
    if (i == first)
        off[first] = g;
    off[last] = 0.0;
    e->sweeps[e->count_sweeps++] = (sweep){ i, last };
}

static rr_status find_values(problem *e, rr_error *err)
{
    double norm = 0.0;

    for (size_t i = 0; i < e->d; i++)
        norm = fmax(norm, fabs(e->diagonal[i]) + fabs(e->off[i]));
    for (size_t first = 0; first < e->d; first++) {
        size_t last;
        for (size_t tries = 0; (last = end_of_part(e, first, DBL_EPSILON * norm)) != first;
             tries++) {
            if (tries == MOST_SWEEPS)
                return rri_fail(err, RR_ERR_NUMERIC, -1,
                                "the eigenproblem of %zu columns did not converge", e->d);
            if (e->capacity - e->count < e->d) {
                const rr_status st =
                    rri_grow(&e->rotations, e->count, 2 * e->capacity, sizeof *e->rotations, err);
                if (st != RR_OK)
                    return st;
                e->capacity *= 2;
            }
            do_sweep(e, first, last);
        }
    }
    return RR_OK;
}

/* ---- eigenvectors --------------------------------------------------------------------------- */

/* order [P]: the largest values first, ties by index. */
static void choose(const double *value, size_t d, size_t components, size_t *order)
{
    for (size_t k = 0; k < components; k++) {
        size_t best = d;
        for (size_t i = 0; i < d; i++) {
            const bool after = k == 0 || value[i] < value[order[k - 1]] ||
                               (value[i] == value[order[k - 1]] && i > order[k - 1]);
            if (after && (best == d || value[i] > value[best]))
                best = i;
        }
        order[k] = best;
    }
}

/* x [d][n] <- G x */
static void rotate(const problem *e, size_t n, double *x)
{
    const rotation *at = e->rotations + e->count;

    for (size_t k = e->count_sweeps; k-- > 0;)
        for (size_t i = e->sweeps[k].first; i < e->sweeps[k].last; i++) {
            double *restrict upper = x + i * n;
            double *restrict lower = upper + n;
            const rotation g = *--at;
            for (size_t j = 0; j < n; j++) {
                const double old = upper[j];
                upper[j] = g.c * old + g.s * lower[j];
                lower[j] = g.c * lower[j] - g.s * old;
            }
        }
}

/* x [d][n] <- Q x */
static void reflect_back(const problem *e, size_t n, double *restrict x)
{
    double product[BLOCK];

    for (size_t i = 1; i < e->d; i++) {
        const double *u = e->a + i * e->d;
        memset(product, 0, sizeof product);
        for (size_t r = 0; r < i; r++)
            for (size_t j = 0; j < n; j++)
                product[j] += u[r] * x[r * n + j];
        for (size_t r = 0; r < i; r++)
            for (size_t j = 0; j < n; j++)
                x[r * n + j] -= e->tau[i] * u[r] * product[j];
    }
}

/* The eigenvectors of n <= BLOCK eigenvalues, by index. vector is [n][d], x is scratch [d][n]. */
static void find_vectors(const problem *e, const size_t *index, size_t n, double *x, double *vector)
{
    memset(x, 0, e->d * n * sizeof *x);
    for (size_t k = 0; k < n; k++)
        x[index[k] * n + k] = 1.0;
    rotate(e, n, x);
    reflect_back(e, n, x);
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < e->d; i++)
            vector[k * e->d + i] = x[i * n + k];
}

rr_status rri_eigen_leading(double *matrix, size_t d, size_t components, double *value,
                            double *vector, rr_error *err)
{
    problem e = { .d = 0 };
    size_t *order = NULL; /* [P] */
    double *x = NULL;     /* [d][BLOCK] */
    int exponent = 0;
    rr_status st = RR_OK;

    RRI_TRY(init(&e, matrix, d, err));
    RRI_TRY(rri_alloc(&order, components, 1, sizeof *order, err));
    RRI_TRY(rri_alloc(&x, d, BLOCK, sizeof *x, err));
    if (!scale(&e, &exponent)) {
        st = rri_fail(err, RR_ERR_NUMERIC, -1,
                      "a symmetric matrix holds a value that is not finite");
        goto done;
    }
    make_tridiagonal(&e);
    RRI_TRY(find_values(&e, err));
    choose(e.diagonal, d, components, order);
    for (size_t k = 0; k < components; k++)
        value[k] = ldexp(e.diagonal[order[k]], exponent);
    for (size_t k = 0; k < components; k += BLOCK)
        find_vectors(&e, order + k, rri_min(BLOCK, components - k), x, vector + k * d);

done:
    rri_free(x);
    rri_free(order);
    release(&e);
    return st;
}
