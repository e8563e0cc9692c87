/* SPDX-License-Identifier: MIT */
/* repair_measure.c - what the retrainings of a repair are measured on: its targets, a split they
 * are not of or the other half of it, and the guard. */
#include "workflow/guard.h"
#include "workflow/repairing.h"

#include <string.h>

/* ---- what is measured ----------------------------------------------------------------------- */

static size_t count_units(const rri_ground *g, const rr_dataset *ds)
{
    return rri_session_by_steps(g->s) ? rr_dataset_steps(ds) : rr_dataset_count(ds);
}

/* The units of the sequences with odd numbers. */
static rr_status take_odd(rri_ground *g, rr_error *err)
{
    const bool steps = rri_session_by_steps(g->s);
    size_t at = 0;
    const rr_status st = rri_alloc(&g->rows, count_units(g, g->measured), 1, sizeof *g->rows, err);

    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < rr_dataset_count(g->measured); i++) {
        const size_t n = steps ? rr_dataset_at(g->measured, i).steps : 1;
        for (size_t k = 0; k < n; k++, at++)
            if (i % 2 == 1)
                g->rows[g->count_rows++] = at;
    }
    return RR_OK;
}

/* What is measured, but for the targets. */
static rr_status take_unseen(rri_ground *g, rr_error *err)
{
    const size_t R = count_units(g, g->measured);
    unsigned char *is_target = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&is_target, R, 1, 1, err));
    RRI_TRY(rri_alloc(&g->unseen, R, 1, sizeof *g->unseen, err));
    for (size_t i = 0; g->measured == g->ds && i < g->targets->count; i++)
        is_target[g->targets->ids[i]] = 1;
    for (size_t i = 0; i < (g->rows != NULL ? g->count_rows : R); i++) {
        const size_t row = g->rows != NULL ? g->rows[i] : i;
        if (!is_target[row])
            g->unseen[g->count_unseen++] = row;
    }

done:
    rri_free(is_target);
    return st;
}

/* Errors of test, or of a run without one those that are no targets: the split itself. */
static rr_split choose_measured(const rri_repairing *p)
{
    return p->request.halves || !rr_session_has_split(p->s, RR_SPLIT_TEST) ? p->request.split
                                                                           : RR_SPLIT_TEST;
}

rr_status rri_ground_new(const rri_repairing *p, const rr_dataset *ds, const uint32_t *before,
                         const rr_guard *guard, rri_ground *out, rr_error *err)
{
    rri_ground g = { .s = p->s,
                     .targets = &p->targets,
                     .ds = ds,
                     .before = before,
                     .guard = guard,
                     .measured_split = choose_measured(p) };
    const rr_network *net = NULL;
    const rr_dataset *train = NULL;
    uint32_t *prediction = NULL;
    float *probability = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_session_network(p->s, &net, err));
    RRI_TRY(rr_session_split(p->s, g.measured_split, &g.measured, err));
    RRI_TRY(rr_session_split(p->s, RR_SPLIT_TRAIN, &train, err));
    if (p->request.halves)
        RRI_TRY(take_odd(&g, err));
    RRI_TRY(take_unseen(&g, err));
    RRI_TRY(rri_predict_all(net, g.measured, p->s->threads, NULL, &prediction, &probability, err));
    g.said = (rr_predicted){ prediction, probability, rr_network_config_of(net).classes };
    prediction = NULL;
    probability = NULL;
    RRI_TRY(rri_ground_truths(&g, err));
    if (guard->on) {
        RRI_TRY(rri_guard_inputs(p->s, guard, train, &g.guard_inputs, err));
        RRI_TRY(rri_predict_units(net, g.guard_inputs, p->s->threads, &g.guard_before, err));
    }
    *out = g;
    g = (rri_ground){ .s = NULL };

done:
    rri_free(prediction);
    rri_free(probability);
    rri_ground_clear(&g);
    return st;
}

void rri_ground_clear(rri_ground *g)
{
    rri_free(g->rows);
    rri_free(g->unseen);
    rri_free((void *)(uintptr_t)g->said.prediction);
    rri_free((void *)(uintptr_t)g->said.probability);
    rri_free(g->truth);
    rri_free(g->truth_unseen);
    rr_dataset_free(g->guard_inputs);
    rri_free(g->guard_before);
    *g = (rri_ground){ .s = NULL };
}

/* ---- measuring ------------------------------------------------------------------------------ */

rr_status rri_tell(const rri_ground *g, const rr_network *net, rri_told *out, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(rri_predict_all(net, g->measured, g->s->threads, NULL, &out->measured,
                            &out->probability, err));
    if (g->ds != g->measured)
        RRI_TRY(rri_predict_units(net, g->ds, g->s->threads, &out->own, err));
    if (g->guard->on)
        RRI_TRY(rri_predict_units(net, g->guard_inputs, g->s->threads, &out->guard, err));

done:
    return st;
}

void rri_told_clear(rri_told *t)
{
    rri_free(t->measured);
    rri_free(t->probability);
    rri_free(t->own);
    rri_free(t->guard);
    *t = (rri_told){ .measured = NULL };
}

static rr_status measure_guard(const rri_ground *g, const uint32_t *after, rr_retraining *x,
                               rr_error *err)
{
    bool obeyed = true;
    rr_status st = RR_OK;

    if (!g->guard->on)
        return RR_OK;
    RRI_TRY(rri_guard_judge(g->s, g->guard, g->guard_inputs, g->guard_before, after, &x->guard,
                            &obeyed, err));
    x->harmful = !g->guard->anyway && !obeyed;

done:
    return st;
}

rr_status rri_measure(const rri_ground *g, rri_told *told, rr_repair_result *r, size_t k,
                      uint32_t **after, rr_error *err)
{
    const bool steps = rri_session_by_steps(g->s);
    const size_t C = g->said.classes;
    const rr_predicted said = { told->measured, told->probability, C };
    uint32_t *own = g->ds == g->measured ? told->measured : told->own;
    rr_retraining *x = &r->retrainings[k];
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&x->classes, C, 1, sizeof *x->classes, err));
    RRI_TRY(rr_effect_measure(g->measured, steps, &g->said, &said, g->rows, g->count_rows,
                              &x->measured, x->classes, err));
    RRI_TRY(rri_compare_units(g->s->net, g->measured, g->said.prediction, told->measured, g->unseen,
                              g->count_unseen, &x->unseen, err));
    RRI_TRY(rri_compare_units(g->s->net, g->ds, g->before, own, g->targets->ids, g->targets->count,
                              &x->targets, err));
    RRI_TRY(rri_repair_judge(g, &said, &r->qualities[k], r->classes_after + k * C, err));
    RRI_TRY(measure_guard(g, told->guard, x, err));
    if (after != NULL) {
        *after = own;
        *(own == told->measured ? &told->measured : &told->own) = NULL;
    }

done:
    return st;
}
