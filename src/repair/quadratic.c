/* SPDX-License-Identifier: MIT */
/* quadratic.c - the dual active-set method of [Goldfarb83] for the least change of a layer.
 *
 * A row's gradient a_j is z_j in block `plus` and -z_j in block `minus`, so that inner products
 * are those of the z times a number from -2 to 2. The factor L L^T = (a_i a_j) of the active rows
 * grows by a row where one joins, and is restored by rotations where one leaves: O(q^2) a step. */
#include "repair/quadratic.h"

#include <math.h>
#include <string.h>

/* A row is obeyed within this; in units of the outputs. */
static const double TOLERANCE = 1e-8;

/* A row depends on the active ones if less than this fraction of its gradient is left. */
static const double DEPENDENT = 1e-13;

double rri_dot(const double *a, const double *b, size_t n)
{
    double sum[8] = { 0 };
    double all = 0.0;
    size_t i = 0;

    for (; i + 8 <= n; i += 8)
        for (size_t k = 0; k < 8; k++)
            sum[k] += a[i + k] * b[i + k];
    for (; i < n; i++)
        all += a[i] * b[i];
    for (size_t k = 0; k < 8; k++)
        all += sum[k];
    return all;
}

/* ---- the list of rows ----------------------------------------------------------------------- */

rr_status rri_program_init(rri_program *p, size_t outputs, size_t width, double limit,
                           rr_error *err)
{
    rr_status st = RR_OK;

    *p = (rri_program){ .outputs = outputs, .width = width, .limit = limit };
    RRI_TRY(rri_alloc(&p->u, outputs, width, sizeof *p->u, err));
    RRI_TRY(rri_alloc(&p->step, outputs, width, sizeof *p->step, err));

done:
    return st;
}

void rri_program_clear(rri_program *p)
{
    rri_free(p->rows);
    rri_free(p->z);
    rri_free(p->u);
    rri_free(p->active);
    rri_free(p->y);
    rri_free(p->is_active);
    rri_free(p->factor);
    rri_free(p->c);
    rri_free(p->r);
    rri_free(p->step);
    *p = (rri_program){ .outputs = 0 };
}

/* Memory for twice as many rows. */
static rr_status grow(rri_program *p, rr_error *err)
{
    const size_t had = p->capacity;
    const size_t now = had == 0 ? 64 : 2 * had;
    rr_status st = RR_OK;

    RRI_TRY(rri_grow(&p->rows, had, now, sizeof *p->rows, err));
    RRI_TRY(rri_grow(&p->z, had * p->width, now * p->width, sizeof *p->z, err));
    RRI_TRY(rri_grow(&p->active, had, now, sizeof *p->active, err));
    RRI_TRY(rri_grow(&p->y, had, now, sizeof *p->y, err));
    RRI_TRY(rri_grow(&p->is_active, had, now, sizeof *p->is_active, err));
    RRI_TRY(rri_grow(&p->c, had, now, sizeof *p->c, err));
    RRI_TRY(rri_grow(&p->r, had, now, sizeof *p->r, err));
    p->capacity = now;

done:
    return st;
}

rr_status rri_program_add(rri_program *p, const rri_demand *row, const double *z, rr_error *err)
{
    rr_status st = RR_OK;

    if (p->count == p->capacity)
        RRI_TRY(grow(p, err));
    p->rows[p->count] = *row;
    memcpy(p->z + p->count * p->width, z, p->width * sizeof *z);
    p->count++;

done:
    return st;
}

/* ---- gradients ------------------------------------------------------------------------------ */

static double *block(const rri_program *p, double *u, uint32_t output)
{
    return u + output * p->width;
}

/* to += f * a_i */
static void add_gradient(const rri_program *p, size_t i, double f, double *to)
{
    const rri_demand *row = &p->rows[i];
    const double *z = p->z + i * p->width;

    if (row->plus != RRI_NO_OUTPUT)
        for (size_t k = 0; k < p->width; k++)
            block(p, to, row->plus)[k] += f * z[k];
    if (row->minus != RRI_NO_OUTPUT)
        for (size_t k = 0; k < p->width; k++)
            block(p, to, row->minus)[k] -= f * z[k];
}

/* a_i u */
static double value(const rri_program *p, size_t i, double *u)
{
    const rri_demand *row = &p->rows[i];
    const double *z = p->z + i * p->width;
    double sum = 0.0;

    if (row->plus != RRI_NO_OUTPUT)
        sum += rri_dot(block(p, u, row->plus), z, p->width);
    if (row->minus != RRI_NO_OUTPUT)
        sum -= rri_dot(block(p, u, row->minus), z, p->width);
    return sum;
}

static double same(uint32_t a, uint32_t b)
{
    return a == b && a != RRI_NO_OUTPUT ? 1.0 : 0.0;
}

/* a_i a_j */
static double product(const rri_program *p, size_t i, size_t j)
{
    const rri_demand *a = &p->rows[i];
    const rri_demand *b = &p->rows[j];
    const double times = same(a->plus, b->plus) + same(a->minus, b->minus) -
                         same(a->plus, b->minus) - same(a->minus, b->plus);

    if (times == 0.0)
        return 0.0;
    return times * rri_dot(p->z + i * p->width, p->z + j * p->width, p->width);
}

static double squares(const rri_program *p, const double *u)
{
    return rri_dot(u, u, p->outputs * p->width);
}

/* u = sum of y_j a_j over the first n active rows. */
static void combine(const rri_program *p, size_t n, double *u)
{
    memset(u, 0, p->outputs * p->width * sizeof *u);
    for (size_t j = 0; j < n; j++)
        add_gradient(p, p->active[j], p->y[j], u);
}

double rri_program_bound(rri_program *p)
{
    double linear = 0.0;

    combine(p, p->binding, p->step);
    for (size_t j = 0; j < p->binding; j++)
        linear += p->y[j] * p->rows[p->active[j]].need;
    return linear - 0.5 * squares(p, p->step);
}

/* ---- the factor ----------------------------------------------------------------------------- */

static double *factor_row(const rri_program *p, size_t i)
{
    return p->factor + i * (i + 1) / 2;
}

/* x = L^-1 x */
static void solve_lower(const rri_program *p, size_t n, double *x)
{
    for (size_t i = 0; i < n; i++) {
        const double *row = factor_row(p, i);
        x[i] = (x[i] - rri_dot(row, x, i)) / row[i];
    }
}

/* x = L^-T x */
static void solve_upper(const rri_program *p, size_t n, double *x)
{
    for (size_t i = n; i-- > 0;) {
        const double *row = factor_row(p, i);
        x[i] /= row[i];
        for (size_t j = 0; j < i; j++)
            x[j] -= row[j] * x[i];
    }
}

static rr_status join(rri_program *p, size_t row, double y, double length2, rr_error *err)
{
    const size_t q = p->binding;

    if (q == p->factor_rows) {
        const size_t now = q == 0 ? 32 : 2 * q;
        const rr_status st =
            rri_grow(&p->factor, q * (q + 1) / 2, now * (now + 1) / 2, sizeof *p->factor, err);
        if (st != RR_OK)
            return st;
        p->factor_rows = now;
    }
    memcpy(factor_row(p, q), p->c, q * sizeof *p->c);
    factor_row(p, q)[q] = sqrt(length2);
    p->active[q] = row;
    p->y[q] = y;
    p->is_active[row] = true;
    p->binding++;
    p->steps++;
    return RR_OK;
}

/* Turn columns k and k+1 of the rows below k, so that L stays a triangle without row k. */
static void rotate(const rri_program *p, size_t k)
{
    const double a = factor_row(p, k + 1)[k];
    const double b = factor_row(p, k + 1)[k + 1];
    const double length = hypot(a, b);

    for (size_t i = k + 1; i < p->binding; i++) {
        double *row = factor_row(p, i);
        const double x = row[k];
        const double y = row[k + 1];
        row[k] = (a * x + b * y) / length;
        row[k + 1] = (a * y - b * x) / length;
    }
}

static void leave(rri_program *p, size_t at)
{
    p->is_active[p->active[at]] = false;
    for (size_t k = at; k + 1 < p->binding; k++) {
        rotate(p, k);
        memcpy(factor_row(p, k), factor_row(p, k + 1), (k + 1) * sizeof *p->factor);
        p->active[k] = p->active[k + 1];
        p->y[k] = p->y[k + 1];
    }
    p->binding--;
    p->steps++;
}

/* ---- the method ----------------------------------------------------------------------------- */

/* The most violated row, or count where all are obeyed; *by is negative. */
static size_t most_violated(const rri_program *p, double *by)
{
    size_t at = p->count;

    *by = -TOLERANCE;
    for (size_t i = 0; i < p->count; i++) {
        if (p->is_active[i])
            continue;
        const double slack = value(p, i, p->u) - p->rows[i].need;
        if (slack < *by) {
            *by = slack;
            at = i;
        }
    }
    return at;
}

/* The direction of row i: c = L^-1 g, r = G^-1 g with g its products with the active rows, step =
 * what of its gradient is independent of theirs. Returns |step|^2. */
static double direction(rri_program *p, size_t i)
{
    const size_t q = p->binding;

    for (size_t j = 0; j < q; j++)
        p->c[j] = product(p, i, p->active[j]);
    solve_lower(p, q, p->c);
    memcpy(p->r, p->c, q * sizeof *p->r);
    solve_upper(p, q, p->r);
    memset(p->step, 0, p->outputs * p->width * sizeof *p->step);
    add_gradient(p, i, 1.0, p->step);
    for (size_t j = 0; j < q; j++)
        add_gradient(p, p->active[j], -p->r[j], p->step);
    return squares(p, p->step);
}

/* How far the multipliers can go along -r; *which is the one that ends it. */
static double longest(const rri_program *p, size_t *which)
{
    double most = HUGE_VAL;

    for (size_t j = 0; j < p->binding; j++) {
        if (!(p->r[j] > 0.0))
            continue;
        const double t = fmax(p->y[j], 0.0) / p->r[j];
        if (t < most) {
            most = t;
            *which = j;
        }
    }
    return most;
}

/* The multipliers, t further, prove that there is no solution: row i joins their list. */
static void prove(rri_program *p, size_t i, double y, double t)
{
    for (size_t j = 0; j < p->binding; j++)
        p->y[j] -= t * p->r[j];
    p->active[p->binding] = i;
    p->y[p->binding] = y + t;
    p->binding++;
}

/* All active rows hold with equality: multipliers and solution without the errors of the steps. */
static void polish(rri_program *p)
{
    const size_t q = p->binding;

    for (size_t j = 0; j < q; j++)
        p->y[j] = p->rows[p->active[j]].need;
    solve_lower(p, q, p->y);
    solve_upper(p, q, p->y);
    combine(p, q, p->u);
}

/* Make row i bind. *possible is false where the multipliers then prove that there is no solution.
 */
static rr_status bind(rri_program *p, size_t i, bool *possible, rr_error *err)
{
    const double most = 0.5 * p->limit * p->limit;
    const double own = product(p, i, i);
    double y = 0.0;

    *possible = true;
    for (;;) {
        const double left = direction(p, i);
        const double slack = value(p, i, p->u) - p->rows[i].need; /* negative */
        size_t which = 0;
        const double t1 = longest(p, &which);
        const double t2 = left > DEPENDENT * own ? -slack / left : HUGE_VAL;
        if (t1 == HUGE_VAL && t2 == HUGE_VAL) {
            /* Along this ray the bound rises by -slack a unit, but for the rounding errors in
             * what is left of the gradient, which grow with its square. */
            prove(p, i, y, left > 0.0 ? -slack / left : 2.0 * most / -slack);
            *possible = false;
            return RR_OK;
        }
        const double t = t1 < t2 ? t1 : t2;
        if (t2 == t) { /* as the rotations see it, L has this length */
            const double joined = 0.5 * squares(p, p->u) + t * left * (0.5 * t + y);
            if (joined > most) {
                prove(p, i, y, t);
                *possible = false;
                return RR_OK;
            }
        }
        for (size_t j = 0; j < p->binding; j++)
            p->y[j] -= t * p->r[j];
        y += t;
        if (t2 < HUGE_VAL)
            for (size_t k = 0; k < p->outputs * p->width; k++)
                p->u[k] += t * p->step[k];
        if (t2 == t)
            return join(p, i, y, left, err);
        leave(p, which);
    }
}

void rri_program_restart(rri_program *p)
{
    p->binding = 0;
    p->proved = false;
    if (p->count > 0)
        memset(p->is_active, 0, p->count * sizeof *p->is_active);
    memset(p->u, 0, p->outputs * p->width * sizeof *p->u);
}

rr_status rri_program_solve(rri_program *p, bool *feasible, rr_error *err)
{
    const double most = 0.5 * p->limit * p->limit;
    const size_t end = p->steps + 1000 + 100 * (p->count + p->outputs * p->width);
    double by = 0.0;
    rr_status st = RR_OK;

    *feasible = true;
    if (p->proved)
        rri_program_restart(p);
    for (size_t i = most_violated(p, &by); i < p->count; i = most_violated(p, &by)) {
        if (p->steps > end)
            return rri_fail(err, RR_ERR_NUMERIC, -1,
                            "the convex program of %zu rows does not converge: rounding errors; no "
                            "output layer was found, the other levels retrain",
                            p->count);
        RRI_TRY(bind(p, i, feasible, err));
        if (!*feasible)
            break;
        polish(p);
    }
    p->proved = !*feasible;
    if (p->proved && !(rri_program_bound(p) > most * (1.0 - 1e-9)))
        st = rri_fail(err, RR_ERR_NUMERIC, -1,
                      "the convex program seems to have no solution, but rounding errors prevent "
                      "the proof");

done:
    return st;
}
