/* SPDX-License-Identifier: MIT */
/* scoring.c - variants of whole sequences for one misclassified input: made, and scored by
 * influence or by the direction of their gradients. */
#include "repair/scoring.h"

#include "rnnrepair/experimental/derivatives.h"

#include "influence/influence_internal.h"
#include "repair/rewording.h"

/* ---- one varied sequence -------------------------------------------------------------------- */

void rri_varied_clear(rri_varied *w)
{
    rri_free(w->frames);
    rri_free(w->position);
    rri_free(w->step_labels);
    rri_free(w->parts);
    *w = (rri_varied){ .frames = NULL };
}

/* Room for T steps. On failure *w is empty. */
static rr_status reserve(const rri_search *s, size_t T, rri_varied *w, rr_error *err)
{
    rr_status st = RR_OK;

    if (T <= w->capacity)
        return RR_OK;
    rri_varied_clear(w);
    RRI_TRY(rri_alloc(&w->frames, T, s->D, sizeof *w->frames, err));
    RRI_TRY(rri_alloc(&w->position, T, 1, sizeof *w->position, err));
    RRI_TRY(rri_alloc(&w->step_labels, T, 1, sizeof *w->step_labels, err));
    RRI_TRY(rri_alloc(&w->parts, T, 1, sizeof *w->parts, err));
    w->capacity = T;

done:
    if (st != RR_OK)
        rri_varied_clear(w);
    return st;
}

/* Steps take their labels and parts from the nearest step of the source. */
static void carry_labels(rr_sequence *seq, rri_varied *w)
{
    for (size_t t = 0; t < seq->steps; t++) {
        const size_t step = rri_min((size_t)(w->position[t] + 0.5), seq->steps - 1);
        if (seq->step_labels != NULL)
            w->step_labels[t] = seq->step_labels[step];
        if (seq->parts != NULL)
            w->parts[t] = seq->parts[step];
    }
    if (seq->step_labels != NULL)
        seq->step_labels = w->step_labels;
    if (seq->parts != NULL)
        seq->parts = w->parts;
}

rr_status rri_add_varied(const rri_search *s, rr_sequence seq, const rr_affine *transform,
                         const rr_variation *variation, uint32_t label, rri_varied *w,
                         rr_dataset_builder *b, rr_error *err)
{
    rr_status st = RR_OK;

    if (s->cfg.variants == RR_VARIANTS_WORDS) {
        seq.label = label;
        return rri_add_reworded(s->thesaurus, seq, variation, s->cfg.threads, b, err);
    }
    RRI_TRY(reserve(s, rri_max(seq.steps, s->T), w, err));
    if (s->cfg.variants == RR_VARIANTS_SERIES) {
        RRI_TRY(rr_variation_apply(variation, seq.frames, seq.steps, s->D, w->position, w->frames,
                                   err));
        carry_labels(&seq, w);
    } else {
        RRI_TRY(rr_affine_apply(transform, seq.frames, seq.steps, s->D, w->frames, err));
    }
    seq.frames = w->frames;
    seq.label = label;
    RRI_TRY(rr_dataset_builder_add(b, seq, err));

done:
    return st;
}

/* ---- scores --------------------------------------------------------------------------------- */

rr_status rri_find_direction(const rri_search *s, size_t id, float **direction, rr_error *err)
{
    const rr_losses loss = { .which = &id, .n = 1 };
    rr_derivatives *d = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(direction, rr_network_parameters(s->net), 1, sizeof **direction, err));
    RRI_TRY(rr_derivatives_new(s->net, s->test, s->cfg.threads, &d, err));
    RRI_TRY(rr_derivatives_direction(d, &loss, *direction, err));

done:
    rr_derivatives_free(d);
    return st;
}

/* The n variants. Memory: rr_dataset_free(). */
static rr_status make_variants(const rri_scoring *with, const rr_variant *v, size_t n,
                               rr_dataset **out, rr_error *err)
{
    const rr_dataset_shape shape = rr_dataset_shape_of(with->s->train);
    rr_dataset_builder *b = NULL;
    rri_varied w = { .frames = NULL };
    rr_status st = RR_OK;

    RRI_TRY(rr_dataset_builder_new(&shape, &b, err));
    for (size_t i = 0; i < n; i++)
        RRI_TRY(rri_add_varied(with->s, rr_dataset_at(with->from, v[i].source), &v[i].transform,
                               &v[i].variation, with->label, &w, b, err));
    RRI_TRY(rr_dataset_builder_finish(b, out, err));

done:
    rr_dataset_builder_free(b);
    rri_varied_clear(&w);
    return st;
}

/* What the network predicts for the variants, and their influence on x unless gradients score. */
static rr_status score_by_influence(const rri_scoring *with, const rr_dataset *made, rr_variant *v,
                                    rr_error *err)
{
    const rri_search *s = with->s;
    rr_traces *traces = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_trace_dataset(s->inf, s->net, made, s->cfg.threads, &traces, err));
    for (size_t i = 0; i < rr_traces_count(traces); i++) {
        const rr_trace t = rr_traces_at(traces, i);
        float score = 0.0F;
        with->prediction[v[i].number] = t.prediction;
        if (with->direction == NULL)
            RRI_TRY(rr_influence_similarity(s->inf, &s->cfg.sample.query, &t, &with->x->trace,
                                            &score, err));
        v[i].score = (double)score;
    }

done:
    rr_traces_free(traces);
    return st;
}

/* The cosines of the variants' gradients to that of x. */
static rr_status score_by_gradient(const rri_scoring *with, const rr_dataset *made, rr_variant *v,
                                   rr_error *err)
{
    const size_t n = rr_dataset_count(made);
    const rr_losses losses = rr_losses_all(made);
    rr_derivatives *d = NULL;
    double *cosines = NULL; /* [n] */
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&cosines, n, 1, sizeof *cosines, err));
    RRI_TRY(rr_derivatives_new(with->s->net, made, with->s->cfg.threads, &d, err));
    RRI_TRY(rr_derivatives_cosines(d, &losses, with->direction, cosines, err));
    for (size_t i = 0; i < n; i++)
        v[i].score = (double)(float)cosines[i]; /* as reported */

done:
    rr_derivatives_free(d);
    rri_free(cosines);
    return st;
}

rr_status rri_score_variants(void *self, rr_variant *v, size_t n, rr_error *err)
{
    const rri_scoring *with = self;
    rr_dataset *made = NULL;
    rr_status st = RR_OK;

    RRI_TRY(make_variants(with, v, n, &made, err));
    RRI_TRY(score_by_influence(with, made, v, err));
    if (with->direction != NULL)
        RRI_TRY(score_by_gradient(with, made, v, err));

done:
    rr_dataset_free(made);
    return st;
}
