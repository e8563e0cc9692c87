/* SPDX-License-Identifier: MIT */
/* trainer_adjoint.c - one step of a training backwards: the update rule, and the clipping before
 * it.
 *
 * With G the gradient of the batch's mean loss, n = |G| and c the clip norm, the rule is given
 *
 *     s = G                       where n <= c, or nothing is clipped
 *     s = (c/n) G                 else, so that for a direction x of G
 *     ds = (c/n) (x - G (G.x) / n^2)
 *
 * which is its own transpose. */
#include "network/trainer.h"

#include <string.h>

size_t rri_trainer_trained(const rr_trainer *t)
{
    return rri_trainer_numbers(t) / (1 + t->slots);
}

size_t rri_trainer_slots(const rr_trainer *t)
{
    return t->slots;
}

rr_status rri_trainer_open_step(rr_trainer *t, rr_error *err)
{
    double loss = 0.0;
    size_t correct = 0;

    return rri_trainer_gradient(t, &loss, &correct, err);
}

void rri_trainer_keep_gradient(const rr_trainer *t, rri_step_gradient *out)
{
    float *to = out->gradient; /* the embedding is last in trained[], and first here */

    for (size_t k = t->count_trained; k-- > 0; to += t->trained[k].n)
        memcpy(to, t->trained[k].gradient, t->trained[k].n * sizeof *to);
    out->norm = t->norm;
    out->scale = t->scale;
    out->answers = rri_max(1, t->answers);
}

/* From the derivative by s to that by G. */
static void unclip(const rri_step_gradient *g, size_t n, double *by_gradient)
{
    const double scale = (double)g->scale;
    double along = 0.0;

    for (size_t i = 0; i < n; i++)
        along += (double)g->gradient[i] * by_gradient[i];
    along /= g->norm * g->norm;
    for (size_t i = 0; i < n; i++)
        by_gradient[i] = scale * (by_gradient[i] - along * (double)g->gradient[i]);
}

void rri_trainer_adjoint(const rr_trainer *t, const rri_step_gradient *g, double *adjoint,
                         double *by_gradient)
{
    const size_t n = rri_trainer_trained(t);
    size_t at = 0;

    for (size_t k = t->count_trained; k-- > 0; at += t->trained[k].n) {
        const rri_trained *part = &t->trained[k];
        const float *const slot[2] = { part->slot[0], part->slot[1] };
        double *const by_slot[2] = { t->slots > 0 ? adjoint + n + at : NULL,
                                     t->slots > 1 ? adjoint + 2 * n + at : NULL };
        rri_optimizer_adjoint(&t->cfg, t->updates + 1, g->scale, part->n, g->gradient + at, slot,
                              adjoint + at, by_slot, by_gradient + at);
    }
    if (t->cfg.clip_norm > 0.0 && g->norm > t->cfg.clip_norm)
        unclip(g, n, by_gradient);
}
