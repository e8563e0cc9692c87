/* SPDX-License-Identifier: MIT */
/* trust_measure.c - figures about an influence model: what it says of the network's own answers, in
 * the training set and in others, and how much of what others do the training set has. */
#include "workflow/trust.h"

#include "influence/influence_internal.h"

/* What all splits are measured with. Owned: likeliest, stability, count. */
typedef struct gauge {
    rr_session *s;
    const rr_influence *inf;
    rri_trust_figures *x;
    uint32_t *likeliest; /* [K + 1] class of the largest C_q */
    double *stability;   /* [K + 1] that fraction */
    size_t *count;       /* [C] */
} gauge;

static rr_status gauge_fill(gauge *g, rr_error *err)
{
    const size_t K = g->x->info.states, C = g->x->info.classes;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&g->likeliest, K + 1, 1, sizeof *g->likeliest, err));
    RRI_TRY(rri_alloc(&g->stability, K + 1, 1, sizeof *g->stability, err));
    RRI_TRY(rri_alloc(&g->count, C, 1, sizeof *g->count, err));
    for (size_t q = 1; q <= K; q++) {
        const float *c_q = rr_influence_confidence(g->inf, q);
        for (uint32_t c = 1; c < C; c++)
            if (c_q[c] > c_q[g->likeliest[q]])
                g->likeliest[q] = c;
        g->stability[q] = (double)c_q[g->likeliest[q]];
        if (g->x->weakest == 0 || g->stability[q] < g->stability[g->x->weakest])
            g->x->weakest = q;
    }

done:
    return st;
}

static void gauge_clear(gauge *g)
{
    rri_free(g->likeliest);
    rri_free(g->stability);
    rri_free(g->count);
}

/* ---- agreement ------------------------------------------------------------------------------ */

static double usual(size_t *count, size_t C, size_t of)
{
    size_t most = 0;

    for (size_t c = 0; c < C; c++) {
        most = rri_max(most, count[c]);
        count[c] = 0;
    }
    return of > 0 ? (double)most / (double)of : 0.0;
}

/* Over every step, or over the last ones. */
static rri_agreement measure_agreement(gauge *g, const rr_traces *traces, bool last)
{
    rri_agreement x = { .count = 0 };

    for (size_t i = 0; i < rr_traces_count(traces); i++) {
        const rr_trace a = rr_traces_at(traces, i);
        for (size_t t = last ? a.steps - 1 : 0; t < a.steps; t++) {
            x.count++;
            x.agree += g->likeliest[a.states[t]] == a.predictions[t];
            g->count[a.predictions[t]]++;
        }
    }
    x.usual = usual(g->count, g->x->info.classes, x.count);
    return x;
}

/* Classes that the network predicts and the states cannot, and states that hardly occur. */
static rr_status count_states(gauge *g, const rr_traces *training, rr_error *err)
{
    const size_t K = g->x->info.states, C = g->x->info.classes;
    size_t *steps = NULL;
    unsigned char *spoken = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&steps, K + 1, 1, sizeof *steps, err));
    RRI_TRY(rri_alloc(&spoken, C, 1, 1, err));
    for (size_t i = 0; i < rr_traces_count(training); i++) {
        const rr_trace a = rr_traces_at(training, i);
        for (size_t t = 0; t < a.steps; t++) {
            steps[a.states[t]]++;
            g->count[a.predictions[t]]++;
        }
    }
    for (size_t q = 1; q <= K; q++) {
        spoken[g->likeliest[q]] = 1;
        g->x->thin += steps[q] < RRI_THIN;
    }
    for (size_t c = 0; c < C; c++) {
        g->x->predicted += g->count[c] > 0;
        g->x->silent += g->count[c] > 0 && !spoken[c];
        g->count[c] = 0;
    }

done:
    rri_free(steps);
    rri_free(spoken);
    return st;
}

/* ---- a split that was not trained on -------------------------------------------------------- */

static void add_answer(rri_answered *to, bool right, double stability)
{
    to->count++;
    to->right += right;
    *(right ? &to->stability_right : &to->stability_wrong) += stability;
}

static void finish_answers(rri_answered *x)
{
    if (x->right > 0)
        x->stability_right /= (double)x->right;
    if (x->count > x->right)
        x->stability_wrong /= (double)(x->count - x->right);
}

/* The steps of a sequence that no training step is like; of a network with an output at each their
 * answers. */
static rr_status look_up(gauge *g, const rr_trace *a, rri_trust_split *x, size_t *unseen,
                         rr_error *err)
{
    rr_status st = RR_OK;

    *unseen = 0;
    for (size_t t = 1; t <= a->steps; t++) {
        const rr_posting *list = NULL;
        size_t n = 0;
        RRI_TRY(rr_influence_segment(g->inf, g->x->key, a, t, &list, &n, NULL, err));
        *unseen += n == 0;
        if (!g->x->by_steps || a->step_labels == NULL || a->step_labels[t - 1] == RRI_NO_STEP_LABEL)
            continue;
        const bool right = a->step_labels[t - 1] == a->predictions[t - 1];
        add_answer(n == 0 ? &x->not_seen : &x->seen, right, g->stability[a->states[t - 1]]);
        add_answer(&x->all, right, g->stability[a->states[t - 1]]);
    }

done:
    return st;
}

/* The answers of whole sequences; unseen [N] counts of steps. */
static void add_answers(gauge *g, const rr_traces *traces, const size_t *unseen, rri_trust_split *x)
{
    for (size_t i = 0; i < x->sequences; i++) {
        const rr_trace a = rr_traces_at(traces, i);
        const bool right = a.prediction == a.label;
        const bool more =
            (double)unseen[i] * (double)x->steps > (double)x->unseen * (double)a.steps;
        const double stability = g->stability[a.states[a.steps - 1]];
        add_answer(more ? &x->not_seen : &x->seen, right, stability);
        add_answer(&x->all, right, stability);
    }
}

static rr_status measure_split(gauge *g, rr_split split, rri_trust_split *x, rr_error *err)
{
    const rr_traces *traces = NULL;
    const rr_dataset *ds = NULL;
    size_t *unseen = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_session_split(g->s, split, &ds, err));
    RRI_TRY(rri_session_traces(g->s, split, &traces, err));
    x->has = true;
    x->labelled = g->x->by_steps ? rr_dataset_step_labelled(ds) : rr_dataset_labelled(ds);
    x->sequences = rr_traces_count(traces);
    x->at_steps = measure_agreement(g, traces, false);
    x->at_last = measure_agreement(g, traces, true);
    RRI_TRY(rri_alloc(&unseen, x->sequences, 1, sizeof *unseen, err));
    for (size_t i = 0; i < x->sequences; i++) {
        const rr_trace a = rr_traces_at(traces, i);
        RRI_TRY(rri_check_cancelled(&g->s->callbacks, err));
        RRI_TRY(look_up(g, &a, x, &unseen[i], err));
        x->unseen += unseen[i];
        x->steps += a.steps;
    }
    if (x->labelled && !g->x->by_steps)
        add_answers(g, traces, unseen, x);
    finish_answers(&x->seen);
    finish_answers(&x->not_seen);
    finish_answers(&x->all);

done:
    rri_free(unseen);
    return st;
}

rr_status rri_trust_measure(rr_session *s, rri_trust_figures *out, rr_error *err)
{
    gauge g = { .s = s, .x = out };
    rr_status st = RR_OK;

    *out = (rri_trust_figures){ .by_steps = rri_session_by_steps(s) };
    RRI_TRY(rr_session_influence(s, &g.inf, err));
    out->info = rr_influence_info_of(g.inf);
    const rr_choice_end end = rr_influence_choice(g.inf)->end;
    out->short_of = end == RR_CHOICE_MOST || end == RR_CHOICE_SPLIT;
    out->key = out->info.vocabulary > 0 ? RR_KEY_STATE_SYMBOL : RR_KEY_TRANSITION;
    RRI_TRY(gauge_fill(&g, err));
    const rr_traces *training = rr_influence_training(g.inf);
    RRI_TRY(count_states(&g, training, err));
    out->of[RR_SPLIT_TRAIN] = (rri_trust_split){ .has = true,
                                                 .sequences = out->info.sequences,
                                                 .steps = out->info.steps,
                                                 .at_steps = measure_agreement(&g, training, false),
                                                 .at_last = measure_agreement(&g, training, true) };
    for (int i = RR_SPLIT_DEV; i <= RR_SPLIT_TEST; i++)
        if (rr_session_has_split(s, (rr_split)i))
            RRI_TRY(measure_split(&g, (rr_split)i, &out->of[i], err));

done:
    gauge_clear(&g);
    return st;
}
