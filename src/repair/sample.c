/* SPDX-License-Identifier: MIT */
/* sample.c - level sample: variants of whole training images for a misclassified input.
 *
 * For a misclassified input x with truth t and prediction m, over the training sequences the
 * network classifies correctly:
 *
 *     T_t, T_m = the `top` sequences with label t, with label m, by inflscore(., x)
 *     bar      = max over T_m of inflscore(., x), 0 where T_m is empty
 *     r_x      = the best of { x' = aug(x''), x'' in T_t | inflscore(x', x) > bar }, label t
 *
 * or, by the strategy `gradient`, the best of those whose gradient points where that of x does.
 *
 * Either label has its own list: where the wrong prediction's sequences fill the whole
 * neighbourhood of x, the nearest of the truth lie beyond it and are needed all the more.
 * Source: Xie et al. 2021, sec. 4.2; docs/ALGORITHMS.md#repair. */
#include "rnnrepair/experimental/augment.h"
#include "rnnrepair/experimental/derivatives.h"

#include "repair/repair_internal.h"

#include "influence/influence_internal.h"

/* ---- checks --------------------------------------------------------------------------------- */

static rr_status check_images(const rr_dataset *ds, const char *what, rr_error *err)
{
    if (rr_dataset_steps(ds) == rr_dataset_count(ds) * rr_dataset_max_steps(ds))
        return RR_OK;
    return rri_fail(err, RR_ERR_UNSUPPORTED, -1,
                    "the %s holds sequences of different lengths, which are no images of one size; "
                    "vary them as series",
                    what);
}

rr_status rri_sample_check(const rri_search *s, rr_error *err)
{
    const size_t rows = rr_dataset_max_steps(s->test);
    rr_status st = RR_OK;

    RRI_TRY(rri_query_check(s->inf, &s->cfg.sample.query, err));
    if (s->cfg.strategy == RR_STRATEGY_NONE || s->cfg.strategy == RR_STRATEGY_DIRECT ||
        s->cfg.variants == RR_VARIANTS_SERIES)
        return RR_OK;
    RRI_TRY(check_images(s->train, "training set", err));
    RRI_TRY(check_images(s->test, "test set", err));
    if (rr_dataset_count(s->test) > 0 && rows != s->T)
        st = rri_fail(err, RR_ERR_SHAPE, -1,
                      "images have %zu rows in the training set, %zu in the test set", s->T, rows);

done:
    return st;
}

/* ---- one target ----------------------------------------------------------------------------- */

/* The k nearest of one label, -1 = of any; at most N are asked for. Memory: *list is owned. */
static rr_status nearest(const rri_search *s, const rr_trace *x, int label, size_t k,
                         rr_neighbour **list, size_t *found, rr_error *err)
{
    const size_t most = rri_min(k, rr_dataset_count(s->train));
    rr_query q = s->cfg.sample.query;
    rr_status st = RR_OK;

    q.label = label;
    RRI_TRY(rri_alloc(list, most, 1, sizeof **list, err));
    RRI_TRY(rr_influence_nearest(s->inf, &q, x, most, *list, found, err));

done:
    return st;
}

static rr_status count_labels(const rri_search *s, const rr_trace *x, rr_repair_target *t,
                              rr_error *err)
{
    rr_neighbour *list = NULL;
    size_t found = 0;
    rr_status st = RR_OK;

    RRI_TRY(nearest(s, x, -1, s->cfg.sample.top, &list, &found, err));
    for (size_t i = 0; i < found; i++) {
        t->sample.count_truth += list[i].label == t->truth;
        t->sample.count_prediction += list[i].label == t->prediction;
    }

done:
    rri_free(list);
    return st;
}

/* Of T_m only the nearest matters: it is the bar. */
static rr_status find_bar(const rri_search *s, const rr_trace *x, rr_repair_target *t,
                          rr_error *err)
{
    rr_neighbour *list = NULL;
    size_t found = 0;
    rr_status st = RR_OK;

    t->sample.nearest_prediction = UINT32_MAX;
    RRI_TRY(nearest(s, x, (int)t->prediction, 1, &list, &found, err));
    if (found > 0) {
        t->sample.nearest_prediction = list[0].id;
        t->sample.score_prediction = list[0].score;
    }

done:
    rri_free(list);
    return st;
}

/* The nearest members of T_t; none is also an answer. Memory: *sources is owned. */
static rr_status find_sources(const rri_search *s, const rr_trace *x, rr_repair_target *t,
                              uint32_t **sources, size_t *n, rr_error *err)
{
    rr_neighbour *list = NULL;
    rr_status st = RR_OK;

    t->sample.nearest_truth = UINT32_MAX;
    RRI_TRY(nearest(s, x, (int)t->truth, rri_min(s->cfg.sample.sources, s->cfg.sample.top), &list,
                    n, err));
    RRI_TRY(rri_alloc(sources, *n, 1, sizeof **sources, err));
    for (size_t i = 0; i < *n; i++)
        (*sources)[i] = list[i].id;
    if (*n > 0) {
        t->sample.nearest_truth = list[0].id;
        t->sample.score_truth = list[0].score;
    }

done:
    rri_free(list);
    return st;
}

/* The baseline's sources in the place of those found by influence. */
static rr_status random_sources(const rri_search *s, const rr_repair_target *t, uint32_t **sources,
                                size_t *n, rr_error *err)
{
    rri_random stream = rri_random_at(s->cfg.seed, RRI_RANDOM_REPAIR, t->id);
    uint32_t *sampled = NULL;
    const rr_status st =
        rri_sample_correct(s->inf, t->truth, &stream, s->cfg.sample.sources, &sampled, n, err);

    if (st != RR_OK)
        return st;
    rri_free(*sources);
    *sources = sampled;
    return RR_OK;
}

/* ---- variants ------------------------------------------------------------------------------- */

/* The search for one target, and what the network predicts for its variants. */
typedef struct scoring {
    const rri_search *s;
    const rri_target *x;
    float *direction;     /* of x's gradient, owned; NULL where influence scores */
    uint32_t *prediction; /* [variants] by number, owned */
} scoring;

/* Where the loss of a target grows fastest. Memory: *direction is owned. */
static rr_status find_direction(const rri_search *s, size_t id, float **direction, rr_error *err)
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

/* Memory for one varied sequence, of the longest source. All owned. */
typedef struct workspace {
    float *frames;         /* [T][D] */
    double *position;      /* [T] */
    uint32_t *step_labels; /* [T], NULL where the steps have no labels */
    int64_t *parts;        /* [T], the same */
} workspace;

static void clear_workspace(workspace *w)
{
    rri_free(w->frames);
    rri_free(w->position);
    rri_free(w->step_labels);
    rri_free(w->parts);
}

/* On failure *w is to be cleared. */
static rr_status new_workspace(const rri_search *s, workspace *w, rr_error *err)
{
    const rr_dataset_shape shape = rr_dataset_shape_of(s->train);
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&w->frames, s->T, s->D, sizeof *w->frames, err));
    RRI_TRY(rri_alloc(&w->position, s->T, 1, sizeof *w->position, err));
    if (shape.step_labelled)
        RRI_TRY(rri_alloc(&w->step_labels, s->T, 1, sizeof *w->step_labels, err));
    if (shape.parts)
        RRI_TRY(rri_alloc(&w->parts, s->T, 1, sizeof *w->parts, err));

done:
    return st;
}

/* Steps take their labels and parts from the nearest step of the source. */
static void carry_labels(const rr_sequence *from, workspace *w)
{
    for (size_t t = 0; t < from->steps; t++) {
        const size_t step = rri_min((size_t)(w->position[t] + 0.5), from->steps - 1);
        if (w->step_labels != NULL)
            w->step_labels[t] = from->step_labels[step];
        if (w->parts != NULL)
            w->parts[t] = from->parts[step];
    }
}

/* Append a varied training sequence. */
static rr_status add_varied(const rri_search *s, uint32_t source, const rr_affine *transform,
                            const rr_variation *variation, uint32_t label, workspace *w,
                            rr_dataset_builder *b, rr_error *err)
{
    rr_sequence seq = rr_dataset_at(s->train, source);
    rr_status st = RR_OK;

    if (s->cfg.variants == RR_VARIANTS_SERIES) {
        RRI_TRY(rr_variation_apply(variation, seq.frames, seq.steps, s->D, w->position, w->frames,
                                   err));
        carry_labels(&seq, w);
        seq.step_labels = w->step_labels;
        seq.parts = w->parts;
    } else {
        RRI_TRY(rr_affine_apply(transform, seq.frames, seq.steps, s->D, w->frames, err));
    }
    seq.frames = w->frames;
    seq.label = label;
    RRI_TRY(rr_dataset_builder_add(b, seq, err));

done:
    return st;
}

/* The n variants, in the target's class. Memory: rr_dataset_free(). */
static rr_status make_variants(const scoring *with, const rr_variant *v, size_t n, rr_dataset **out,
                               rr_error *err)
{
    const rr_dataset_shape shape = rr_dataset_shape_of(with->s->train);
    rr_dataset_builder *b = NULL;
    workspace w = { .frames = NULL };
    rr_status st = RR_OK;

    RRI_TRY(new_workspace(with->s, &w, err));
    RRI_TRY(rr_dataset_builder_new(&shape, &b, err));
    for (size_t i = 0; i < n; i++)
        RRI_TRY(add_varied(with->s, v[i].source, &v[i].transform, &v[i].variation,
                           with->x->trace.label, &w, b, err));
    RRI_TRY(rr_dataset_builder_finish(b, out, err));

done:
    rr_dataset_builder_free(b);
    clear_workspace(&w);
    return st;
}

/* What the network predicts for the variants, and their influence on x unless gradients score. */
static rr_status score_by_influence(const scoring *with, const rr_dataset *made, rr_variant *v,
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
static rr_status score_by_gradient(const scoring *with, const rr_dataset *made, rr_variant *v,
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

static rr_status score(void *self, rr_variant *v, size_t n, rr_error *err)
{
    const scoring *with = self;
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

/* Copy the first count_kept variants out. */
static rr_status gather(const scoring *with, const rr_variant *v, size_t first,
                        const rr_repair_target *t, rri_kept *kept, rr_error *err)
{
    const rr_status st = rri_alloc(&kept->samples, t->count_kept, 1, sizeof *kept->samples, err);

    for (size_t i = 0; st == RR_OK && i < t->count_kept; i++)
        kept->samples[i] = (rr_repair_sample){ .addition = first + i,
                                               .source = v[i].source,
                                               .transform = v[i].transform,
                                               .score = (float)v[i].score,
                                               .prediction = with->prediction[v[i].number],
                                               .variation = v[i].variation };
    return st;
}

/* How many of the variants, best first, are above the bar. */
static size_t count_above(const rr_variant *v, size_t n, double bar)
{
    size_t above = 0;

    while (above < n && v[above].score > bar)
        above++;
    return above;
}

static rr_status generate(const rri_search *s, const rri_target *x, const uint32_t *sources,
                          size_t n, size_t first, rr_repair_target *t, rri_kept *kept,
                          rr_error *err)
{
    const rr_sample_repair *cfg = &s->cfg.sample;
    const bool random = s->cfg.strategy == RR_STRATEGY_RANDOM;
    const bool gradient = s->cfg.strategy == RR_STRATEGY_GRADIENT;
    scoring with = { .s = s, .x = x };
    /* The baseline keeps the first it samples, so it need not sample more than it keeps. */
    const rr_variant_search search = { .sources = sources,
                                       .n = n,
                                       .variants = random ? rri_min(cfg->variants, cfg->keep)
                                                          : cfg->variants,
                                       .rounds = random ? 1 : cfg->rounds,
                                       .range = cfg->range,
                                       .seed = s->cfg.seed,
                                       .id = x->id,
                                       .score = random ? NULL : score,
                                       .self = &with,
                                       .kind = s->cfg.variants,
                                       .variation = s->cfg.variation };
    rr_variant *v = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&v, search.variants, 1, sizeof *v, err));
    RRI_TRY(rri_alloc(&with.prediction, search.variants, 1, sizeof *with.prediction, err));
    if (gradient)
        RRI_TRY(find_direction(s, x->id, &with.direction, err));
    RRI_TRY(rr_variants_search(&search, v, err));
    t->generated = t->accepted = t->count_kept = search.variants;
    if (random) {
        RRI_TRY(score(&with, v, search.variants, err)); /* they stay as sampled */
    } else {
        const float bar = gradient ? 0.0F : t->sample.score_prediction;
        t->accepted = count_above(v, search.variants, (double)bar);
        t->count_kept = rr_variants_choose(v, t->accepted, cfg->keep, rri_blocks(cfg->keep, 4));
    }
    RRI_TRY(gather(&with, v, first, t, kept, err));

done:
    rri_free(with.direction);
    rri_free(with.prediction);
    rri_free(v);
    return st;
}

/* ---- the level ------------------------------------------------------------------------------ */

rr_status rri_sample_search(const rri_search *s, const rri_target *x, size_t first,
                            rr_repair_target *t, rri_kept *kept, rr_error *err)
{
    uint32_t *sources = NULL;
    size_t n = 0;
    rr_status st = RR_OK;

    RRI_TRY(count_labels(s, &x->trace, t, err));
    RRI_TRY(find_bar(s, &x->trace, t, err));
    RRI_TRY(find_sources(s, &x->trace, t, &sources, &n, err));
    if (s->cfg.strategy == RR_STRATEGY_RANDOM)
        RRI_TRY(random_sources(s, t, &sources, &n, err));
    if (s->cfg.strategy != RR_STRATEGY_NONE && n > 0)
        RRI_TRY(generate(s, x, sources, n, first, t, kept, err));

done:
    rri_free(sources);
    return st;
}

rr_status rri_sample_add(const rri_search *s, const rr_repair_target *t, const rri_kept *kept,
                         rr_dataset_builder *b, rr_error *err)
{
    workspace w = { .frames = NULL };
    rr_status st = RR_OK;

    RRI_TRY(new_workspace(s, &w, err));
    for (size_t i = 0; i < t->count_kept; i++)
        RRI_TRY(add_varied(s, kept->samples[i].source, &kept->samples[i].transform,
                           &kept->samples[i].variation, t->truth, &w, b, err));

done:
    clear_workspace(&w);
    return st;
}
