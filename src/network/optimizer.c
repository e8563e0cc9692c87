/* SPDX-License-Identifier: MIT */
/* optimizer.c - SGD, RMSprop and Adam as optimizer.h defines them, forwards and backwards. */
#include "network/optimizer.h"

#include <math.h>

rr_status rri_optimizer_check(const rr_train_config *cfg, rr_error *err)
{
    const struct {
        const char *name;
        double value;
    } decays[] = { { "momentum", cfg->momentum },
                   { "rho", cfg->rho },
                   { "beta1", cfg->beta1 },
                   { "beta2", cfg->beta2 } };

    if ((unsigned)cfg->optimizer > RR_OPT_ADAM)
        return rri_fail(err, RR_ERR_ARG, -1, "unknown optimizer number %d", (int)cfg->optimizer);
    if (!(cfg->learning_rate > 0.0) || !isfinite(cfg->learning_rate))
        return rri_fail(err, RR_ERR_ARG, -1, "learning rate is %g: expected a positive number",
                        cfg->learning_rate);
    if (!(cfg->epsilon > 0.0) || !isfinite(cfg->epsilon))
        return rri_fail(err, RR_ERR_ARG, -1, "epsilon is %g: expected a positive number",
                        cfg->epsilon);
    if (!(cfg->clip_norm >= 0.0) || !isfinite(cfg->clip_norm))
        return rri_fail(err, RR_ERR_ARG, -1, "clip norm is %g: expected 0 or a positive number",
                        cfg->clip_norm);
    for (size_t i = 0; i < sizeof decays / sizeof *decays; i++)
        if (!(decays[i].value >= 0.0 && decays[i].value < 1.0))
            return rri_fail(err, RR_ERR_ARG, -1, "%s is %g: expected 0 <= value < 1",
                            decays[i].name, decays[i].value);
    return RR_OK;
}

size_t rri_optimizer_slots(const rr_train_config *cfg)
{
    if (cfg->optimizer == RR_OPT_ADAM)
        return 2;
    return cfg->optimizer == RR_OPT_RMSPROP || cfg->momentum > 0.0 ? 1 : 0;
}

static void sgd(float lr, float momentum, float scale, size_t n, const float *restrict g,
                float *restrict w, float *restrict v)
{
    if (v == NULL) {
        for (size_t i = 0; i < n; i++)
            w[i] -= lr * (scale * g[i]);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        v[i] = momentum * v[i] + scale * g[i];
        w[i] -= lr * v[i];
    }
}

static void rmsprop(float lr, float rho, float eps, float scale, size_t n, const float *restrict g,
                    float *restrict w, float *restrict v)
{
    for (size_t i = 0; i < n; i++) {
        const float s = scale * g[i];
        v[i] = rho * v[i] + (1.0f - rho) * (s * s);
        w[i] -= lr * s / (sqrtf(v[i]) + eps);
    }
}

static void adam(float lr, float root2, float b1, float b2, float eps, float scale, size_t n,
                 const float *restrict g, float *restrict w, float *restrict m, float *restrict v)
{
    for (size_t i = 0; i < n; i++) {
        const float s = scale * g[i];
        m[i] = b1 * m[i] + (1.0f - b1) * s;
        v[i] = b2 * v[i] + (1.0f - b2) * (s * s);
        w[i] -= lr * m[i] / (sqrtf(v[i]) / root2 + eps);
    }
}

void rri_optimizer_step(const rr_train_config *cfg, size_t step, float scale, size_t n,
                        const float *g, float *w, float *const slot[2])
{
    const double lr = cfg->learning_rate;

    switch (cfg->optimizer) {
    case RR_OPT_SGD:
        sgd((float)lr, (float)cfg->momentum, scale, n, g, w, slot[0]);
        break;
    case RR_OPT_RMSPROP:
        rmsprop((float)lr, (float)cfg->rho, (float)cfg->epsilon, scale, n, g, w, slot[0]);
        break;
    case RR_OPT_ADAM:
        adam((float)(lr / (1.0 - pow(cfg->beta1, (double)step))),
             (float)sqrt(1.0 - pow(cfg->beta2, (double)step)), (float)cfg->beta1, (float)cfg->beta2,
             (float)cfg->epsilon, scale, n, g, w, slot[0], slot[1]);
        break;
    }
}

/* ---- backwards ------------------------------------------------------------------------------
 *
 * The constants are those of the steps, rounded as there; all else is in double, so that
 * g / sqrt(v) of a v which is little but g^2 itself cancels to what it is. */

static void sgd_adjoint(double lr, double momentum, size_t n, const double *restrict by_w,
                        double *restrict by_v, double *restrict by_g)
{
    for (size_t i = 0; i < n; i++) {
        by_g[i] = -lr * by_w[i];
        if (by_v == NULL)
            continue;
        by_g[i] += by_v[i];
        by_v[i] = momentum * by_g[i];
    }
}

static void rmsprop_adjoint(double lr, float rho, double eps, float scale, size_t n,
                            const float *restrict g, const float *restrict v,
                            const double *restrict by_w, double *restrict by_v,
                            double *restrict by_g)
{
    const double keep = (double)rho;
    const double take = (double)(1.0f - rho);

    for (size_t i = 0; i < n; i++) {
        const double s = (double)(scale * g[i]);
        const double root = sqrt(keep * (double)v[i] + take * (s * s));
        const double below = root + eps;
        const double by_new =
            by_v[i] + (root > 0.0 ? lr * by_w[i] * s / (below * below) / (2.0 * root) : 0.0);
        by_g[i] = -lr * by_w[i] / below + 2.0 * take * s * by_new;
        by_v[i] = keep * by_new;
    }
}

/* Decays and corrections of an Adam step. */
typedef struct adam_step {
    double lr, root2, keep1, take1, keep2, take2, eps;
} adam_step;

static void adam_adjoint(const adam_step *c, float scale, size_t n, const float *restrict g,
                         const float *restrict m, const float *restrict v,
                         const double *restrict by_w, double *restrict by_m, double *restrict by_v,
                         double *restrict by_g)
{
    for (size_t i = 0; i < n; i++) {
        const double s = (double)(scale * g[i]);
        const double first = c->keep1 * (double)m[i] + c->take1 * s;
        const double root = sqrt(c->keep2 * (double)v[i] + c->take2 * (s * s));
        const double below = root / c->root2 + c->eps;
        const double pull = c->lr * by_w[i] / below;
        const double by_first = by_m[i] - pull;
        const double by_second =
            by_v[i] + (root > 0.0 ? pull * (first / below) / (2.0 * c->root2 * root) : 0.0);
        by_g[i] = c->take1 * by_first + 2.0 * c->take2 * s * by_second;
        by_m[i] = c->keep1 * by_first;
        by_v[i] = c->keep2 * by_second;
    }
}

void rri_optimizer_adjoint(const rr_train_config *cfg, size_t step, float scale, size_t n,
                           const float *g, const float *const slot[2], const double *by_w,
                           double *const by_slot[2], double *by_g)
{
    const double lr = cfg->learning_rate;
    const float b1 = (float)cfg->beta1;
    const float b2 = (float)cfg->beta2;
    adam_step adam;

    switch (cfg->optimizer) {
    case RR_OPT_SGD:
        sgd_adjoint((double)(float)lr, (double)(float)cfg->momentum, n, by_w, by_slot[0], by_g);
        break;
    case RR_OPT_RMSPROP:
        rmsprop_adjoint((double)(float)lr, (float)cfg->rho, (double)(float)cfg->epsilon, scale, n,
                        g, slot[0], by_w, by_slot[0], by_g);
        break;
    case RR_OPT_ADAM:
        adam = (adam_step){ .lr = (double)(float)(lr / (1.0 - pow(cfg->beta1, (double)step))),
                            .root2 = (double)(float)sqrt(1.0 - pow(cfg->beta2, (double)step)),
                            .keep1 = (double)b1,
                            .take1 = (double)(1.0f - b1),
                            .keep2 = (double)b2,
                            .take2 = (double)(1.0f - b2),
                            .eps = (double)(float)cfg->epsilon };
        adam_adjoint(&adam, scale, n, g, slot[0], slot[1], by_w, by_slot[0], by_slot[1], by_g);
        break;
    }
}
