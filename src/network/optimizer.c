/* SPDX-License-Identifier: MIT */
/* optimizer.c - SGD, RMSprop and Adam as optimizer.h defines them. */
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
