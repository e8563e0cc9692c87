/* SPDX-License-Identifier: MIT */
/* hotfix_layer.c - the metric of an output layer, and the margins of all inputs under it. Sums over
 * the inputs are taken in a fixed number of parts, so that the bits do not depend on the threads.
 */
#include "repair/hotfix_work.h"

#include <math.h>
#include <string.h>

enum { PARTS = 8, ROWS_A_TASK = 256, AT_ONCE = 4 };

static bool is_logistic(const rr_hotfix_problem *p)
{
    return p->outputs == 1;
}

/* ---- second moment -------------------------------------------------------------------------- */

typedef struct moment {
    const rri_layer *layer;
    double *sum;  /* [PARTS][width][width], lower triangles */
    double *rows; /* [PARTS][AT_ONCE][width] */
} moment;

/* Add the outer products of four rows, so that each sum is read and written once for all. */
static void add_outer(size_t width, const double *x, double *sum)
{
    const double *x0 = x;
    const double *x1 = x + width;
    const double *x2 = x + 2 * width;
    const double *x3 = x + 3 * width;

    for (size_t i = 0; i < width; i++) {
        double *to = sum + i * width;
        for (size_t j = 0; j <= i; j++)
            to[j] += x0[i] * x0[j] + x1[i] * x1[j] + x2[i] * x2[j] + x3[i] * x3[j];
    }
}

static void add_part(void *ctx, size_t task, size_t worker)
{
    const moment *m = ctx;
    const rr_hotfix_problem *p = m->layer->problem;
    const size_t H = p->hidden;
    const size_t width = H + 1;
    double *x = m->rows + task * AT_ONCE * width;
    size_t begin = 0;
    size_t end = 0;

    (void)worker;
    rri_part(p->count - p->targets, PARTS, task, &begin, &end);
    for (size_t i = begin; i < end; i += AT_ONCE) {
        memset(x, 0, AT_ONCE * width * sizeof *x);
        for (size_t k = 0; k < AT_ONCE && i + k < end; k++) {
            const float *h = p->states + (p->targets + i + k) * H;
            for (size_t j = 0; j < H; j++)
                x[k * width + j] = (double)h[j];
            x[k * width + H] = 1.0;
        }
        add_outer(width, x, m->sum + task * width * width);
    }
}

/* factor = lower triangle of M. Without inputs to hold M is the identity. */
static rr_status fill_moment(rri_layer *l, rr_error *err)
{
    const size_t width = l->width;
    const size_t N = l->problem->count - l->problem->targets;
    moment m = { .layer = l };
    double trace = 0.0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&l->factor, width, width, sizeof *l->factor, err));
    RRI_TRY(rri_alloc(&m.sum, PARTS, width * width, sizeof *m.sum, err));
    RRI_TRY(rri_alloc(&m.rows, PARTS, AT_ONCE * width, sizeof *m.rows, err));
    rri_parallel(l->threads, PARTS, add_part, &m);
    for (size_t i = 0; i < width * width; i++)
        for (size_t k = 0; k < PARTS; k++)
            l->factor[i] += m.sum[k * width * width + i] / (double)rri_max(N, 1);
    for (size_t i = 0; i < width; i++)
        trace += l->factor[i * width + i];
    if (!(trace > 0.0))
        trace = (double)width;
    for (size_t i = 0; i < width; i++)
        l->factor[i * width + i] += l->ridge * trace / (double)width;

done:
    rri_free(m.sum);
    rri_free(m.rows);
    return st;
}

/* M = L L^T, in place. */
static rr_status factorise(rri_layer *l, rr_error *err)
{
    const size_t width = l->width;

    for (size_t i = 0; i < width; i++) {
        double *row = l->factor + i * width;
        for (size_t j = 0; j < i; j++) {
            const double *other = l->factor + j * width;
            row[j] = (row[j] - rri_dot(row, other, j)) / other[j];
        }
        row[i] -= rri_dot(row, row, i);
        if (!(row[i] > 0.0) || !isfinite(row[i]))
            return rri_fail(err, RR_ERR_NUMERIC, -1,
                            "the second moment of the states is not positive: a larger ridge than "
                            "%g is needed",
                            l->ridge);
        row[i] = sqrt(row[i]);
    }
    return RR_OK;
}

void rri_layer_whiten(const rri_layer *l, size_t input, double *z)
{
    const size_t H = l->problem->hidden;
    const float *h = l->problem->states + input * H;

    for (size_t j = 0; j < H; j++)
        z[j] = (double)h[j];
    z[H] = 1.0;
    for (size_t i = 0; i < l->width; i++) {
        const double *row = l->factor + i * l->width;
        z[i] = (z[i] - rri_dot(row, z, i)) / row[i];
    }
}

/* ---- the layer ------------------------------------------------------------------------------ */

static void transpose(rri_layer *l)
{
    const size_t O = l->problem->outputs;

    for (size_t o = 0; o < O; o++)
        for (size_t i = 0; i < l->width; i++)
            l->columns[i * O + o] = l->now[o * l->width + i];
}

void rri_layer_change(rri_layer *l, const double *u)
{
    const size_t width = l->width;

    for (size_t o = 0; o < l->problem->outputs; o++) {
        double *to = l->now + o * width;
        memcpy(to, u + o * width, width * sizeof *to);
        for (size_t i = width; i-- > 0;) {
            const double *row = l->factor + i * width;
            to[i] /= row[i];
            for (size_t j = 0; j < i; j++)
                to[j] -= row[j] * to[i];
        }
        for (size_t i = 0; i < width; i++)
            to[i] += l->before[o * width + i];
    }
    transpose(l);
}

double rri_layer_norm(const rri_layer *l, const double *from)
{
    const size_t width = l->width;
    double sum = 0.0;

    for (size_t o = 0; o < l->problem->outputs; o++)
        for (size_t j = 0; j < width; j++) { /* element j of L^T x */
            double at = 0.0;
            for (size_t i = j; i < width; i++)
                at += l->factor[i * width + j] * from[o * width + i];
            sum += at * at;
        }
    return sqrt(sum);
}

/* ---- margins -------------------------------------------------------------------------------- */

typedef struct margins {
    rri_layer *layer;
    double *logits; /* [workers][O] */
} margins;

/* The least margin of the truth over another class, and that class. */
static double least_margin(const double *logit, size_t classes, uint32_t truth, uint32_t *against)
{
    double most = -HUGE_VAL;

    for (size_t c = 0; c < classes; c++)
        if (c != truth && logit[c] > most) {
            most = logit[c];
            *against = (uint32_t)c;
        }
    return logit[truth] - most;
}

static void measure(rri_layer *l, size_t input, double *logit)
{
    const rr_hotfix_problem *p = l->problem;
    const size_t O = p->outputs;
    const float *h = p->states + input * p->hidden;
    const uint32_t truth = p->labels[input];
    double margin = 0.0;

    memcpy(logit, l->columns + p->hidden * O, O * sizeof *logit);
    for (size_t j = 0; j < p->hidden; j++) {
        const double x = (double)h[j];
        const double *w = l->columns + j * O;
        for (size_t o = 0; o < O; o++)
            logit[o] += x * w[o];
    }
    if (is_logistic(p)) {
        margin = truth == 1 ? logit[0] : -logit[0];
        l->against[input] = 1 - truth;
    } else {
        margin = least_margin(logit, O, truth, &l->against[input]);
    }
    l->slack[input] = margin - l->need[input];
}

static void measure_some(void *ctx, size_t task, size_t worker)
{
    const margins *m = ctx;
    const rr_hotfix_problem *p = m->layer->problem;
    size_t begin = 0;
    size_t end = 0;

    rri_block(p->count, ROWS_A_TASK, task, &begin, &end);
    for (size_t i = begin; i < end; i++)
        measure(m->layer, i, m->logits + worker * p->outputs);
}

rr_status rri_layer_margins(rri_layer *l, rr_error *err)
{
    margins m = { .layer = l };
    rr_status st = RR_OK;

    RRI_TRY(
        rri_alloc(&m.logits, rri_threads(l->threads), l->problem->outputs, sizeof *m.logits, err));
    rri_parallel(l->threads, rri_blocks(l->problem->count, ROWS_A_TASK), measure_some, &m);

done:
    rri_free(m.logits);
    return st;
}

rri_demand rri_layer_demand(const rri_layer *l, size_t input, uint32_t against)
{
    const rr_hotfix_problem *p = l->problem;
    const uint32_t truth = p->labels[input];
    const size_t width = l->width;
    rri_demand d = { .plus = truth, .minus = against, .need = l->need[input] };

    if (is_logistic(p)) {
        d.plus = truth == 1 ? 0 : RRI_NO_OUTPUT;
        d.minus = truth == 1 ? RRI_NO_OUTPUT : 0;
    }
    const float *h = p->states + input * p->hidden;
    for (size_t i = 0; i < width; i++) { /* what the layer before gives already */
        const double x = i < p->hidden ? (double)h[i] : 1.0;
        if (d.plus != RRI_NO_OUTPUT)
            d.need -= x * l->before[d.plus * width + i];
        if (d.minus != RRI_NO_OUTPUT)
            d.need += x * l->before[d.minus * width + i];
    }
    return d;
}

/* ---- life ----------------------------------------------------------------------------------- */

/* now = weights and biases. */
static void take(rri_layer *l, const float *weight, const float *bias)
{
    const size_t H = l->problem->hidden;

    for (size_t o = 0; o < l->problem->outputs; o++) {
        for (size_t j = 0; j < H; j++)
            l->now[o * l->width + j] = (double)weight[o * H + j];
        l->now[o * l->width + H] = (double)bias[o];
    }
    transpose(l);
}

rr_status rri_layer_round(rri_layer *l, const float *weight, const float *bias, rr_error *err)
{
    take(l, weight, bias);
    return rri_layer_margins(l, err);
}

rr_status rri_layer_init(rri_layer *l, const rr_hotfix_problem *problem, size_t threads,
                         rr_error *err)
{
    const size_t width = problem->hidden + 1;
    const size_t O = problem->outputs;
    rr_status st = RR_OK;

    *l = (rri_layer){ .problem = problem, .threads = threads, .width = width };
    RRI_TRY(rri_alloc(&l->before, O, width, sizeof *l->before, err));
    RRI_TRY(rri_alloc(&l->now, O, width, sizeof *l->now, err));
    RRI_TRY(rri_alloc(&l->columns, width, O, sizeof *l->columns, err));
    RRI_TRY(rri_alloc(&l->need, problem->count, 1, sizeof *l->need, err));
    RRI_TRY(rri_alloc(&l->slack, problem->count, 1, sizeof *l->slack, err));
    RRI_TRY(rri_alloc(&l->against, problem->count, 1, sizeof *l->against, err));
    take(l, problem->weight, problem->bias);
    memcpy(l->before, l->now, O * width * sizeof *l->now);
    RRI_TRY(rri_layer_margins(l, err));
    for (size_t i = 0; i < problem->count; i++)
        if (!isfinite(l->slack[i]))
            return rri_fail(err, RR_ERR_NUMERIC, (int64_t)i,
                            "a value of input %zu or of the layer is not finite", i);

done:
    return st;
}

rr_status rri_layer_prepare(rri_layer *l, const rr_output_repair *cfg, rr_error *err)
{
    const rr_hotfix_problem *p = l->problem;
    rr_status st = RR_OK;

    l->ridge = cfg->ridge;
    RRI_TRY(fill_moment(l, err));
    RRI_TRY(factorise(l, err));
    l->hold = cfg->hold > 0.0 ? cfg->hold : rri_layer_norm(l, l->before) / 20.0;
    for (size_t i = 0; i < p->count; i++) {
        l->need[i] = i < p->targets ? cfg->margin : l->hold;
        l->slack[i] -= l->need[i];
    }

done:
    return st;
}

void rri_layer_clear(rri_layer *l)
{
    rri_free(l->factor);
    rri_free(l->before);
    rri_free(l->now);
    rri_free(l->columns);
    rri_free(l->need);
    rri_free(l->slack);
    rri_free(l->against);
    *l = (rri_layer){ .width = 0 };
}
