/* SPDX-License-Identifier: MIT */
/* sample.c - level sample: variants of whole training sequences for a misclassified input.
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

#include "repair/repair_internal.h"
#include "repair/scoring.h"

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
    if (s->cfg.variants == RR_VARIANTS_WORDS) {
        RRI_TRY(rri_check_symbols(s->net, s->train, "training set", err));
        st = rri_check_symbols(s->net, s->test, "test set", err);
        goto done;
    }
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

/* The k nearest of one label, -1 = of any; at most N are asked for. *tied (may be NULL) score as
 * much as the last of them. Memory: *list is owned. */
static rr_status nearest(const rri_search *s, const rr_trace *x, int label, size_t k,
                         rr_neighbour **list, size_t *found, size_t *tied, rr_error *err)
{
    const size_t most = rri_min(k, rr_dataset_count(s->train));
    rr_query q = s->cfg.sample.query;
    rr_status st = RR_OK;

    q.label = label;
    RRI_TRY(rri_alloc(list, most, 1, sizeof **list, err));
    RRI_TRY(rr_influence_nearest_tied(s->inf, &q, x, most, *list, found, tied, err));

done:
    return st;
}

static rr_status count_labels(const rri_search *s, const rr_trace *x, rr_repair_target *t,
                              rri_kept *kept, rr_error *err)
{
    const rr_traces *training = rr_influence_training(s->inf);
    const rr_query *q = &s->cfg.sample.query;
    const size_t top = s->cfg.sample.top;
    rr_neighbour *list = NULL;
    size_t found = 0;
    rr_status st = RR_OK;

    RRI_TRY(nearest(s, x, -1, top > 0 ? top : rr_influence_top(rr_traces_count(training)), &list,
                    &found, NULL, err));
    for (size_t i = 0; i < found; i++) {
        t->sample.count_truth += list[i].label == t->truth;
        t->sample.count_prediction += list[i].label == t->prediction;
    }
    kept->lift_truth = rri_lift(training, q, t->truth, t->sample.count_truth, found);
    kept->lift_prediction = rri_lift(training, q, t->prediction, t->sample.count_prediction, found);

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
    RRI_TRY(nearest(s, x, (int)t->prediction, 1, &list, &found, NULL, err));
    if (found > 0) {
        t->sample.nearest_prediction = list[0].id;
        t->sample.score_prediction = list[0].score;
    }

done:
    rri_free(list);
    return st;
}

/* The nearest of a label that are not excluded, the score of the first, and how many more score as
 * much as the last (of those excluded some may be counted); none is also an answer. Memory:
 * *sources is owned. */
static rr_status list_nearest(const rri_search *s, const rr_trace *x, uint32_t label,
                              uint32_t **sources, size_t *n, float *score, size_t *tied,
                              rr_error *err)
{
    const size_t top = s->cfg.sample.top;
    const size_t most = top > 0 ? rri_min(s->cfg.sample.sources, top) : s->cfg.sample.sources;
    rr_neighbour *list = NULL;
    size_t found = 0, beyond = 0;
    float last = -1.0F;
    rr_status st = RR_OK;

    *n = *tied = 0;
    *score = 0.0F;
    RRI_TRY(nearest(s, x, (int)label, most + s->count_excluded, &list, &found, &beyond, err));
    RRI_TRY(rri_alloc(sources, most, 1, sizeof **sources, err));
    for (size_t i = 0; i < found; i++) {
        if (rri_excludes(s, list[i].id))
            continue;
        if (*n == most) {
            *tied += list[i].score == last;
            continue;
        }
        last = list[i].score;
        *score = *n == 0 ? last : *score;
        (*sources)[(*n)++] = list[i].id;
    }
    if (found > 0 && list[found - 1].score == last)
        *tied += beyond;

done:
    rri_free(list);
    return st;
}

/* The nearest members of T_t. Memory: *sources is owned. */
static rr_status find_sources(const rri_search *s, const rr_trace *x, rr_repair_target *t,
                              uint32_t **sources, size_t *n, size_t *tied, rr_error *err)
{
    const rr_status st =
        list_nearest(s, x, t->truth, sources, n, &t->sample.score_truth, tied, err);

    t->sample.nearest_truth = st == RR_OK && *n > 0 ? (*sources)[0] : UINT32_MAX;
    return st;
}

/* The baseline's sources in the place of those found by influence. */
static rr_status random_sources(const rri_search *s, const rr_repair_target *t, uint32_t **sources,
                                size_t *n, rr_error *err)
{
    rri_random stream = rri_random_at(s->cfg.seed, RRI_RANDOM_REPAIR, t->id);
    uint32_t *sampled = NULL;
    const rr_status st =
        rri_sample_correct(s, t->truth, &stream, s->cfg.sample.sources, &sampled, n, err);

    if (st != RR_OK)
        return st;
    rri_free(*sources);
    *sources = sampled;
    return RR_OK;
}

/* ---- the search ----------------------------------------------------------------------------- */

/* Variants of some sequences. */
typedef struct part {
    const uint32_t *sources; /* [n] */
    size_t n;
    int of_input;       /* 1: they are in the test set */
    uint32_t label;     /* of the variants */
    rr_strategy choice; /* influence, gradient, or random: as they are sampled */
    size_t variants;    /* that are compared */
    size_t keep;        /* of them, at most */
    size_t id;          /* of the random numbers */
    double weight;
} part;

/* Append the first n variants to what is kept, which has room for them. */
static void gather(const rri_scoring *with, const part *p, const rr_variant *v, size_t n,
                   size_t first, rr_repair_target *t, rri_kept *kept)
{
    for (size_t i = 0; i < n; i++) {
        kept->samples[t->count_kept] =
            (rr_repair_sample){ .addition = first + t->count_kept,
                                .source = v[i].source,
                                .transform = v[i].transform,
                                .score = (float)v[i].score,
                                .prediction = with->prediction[v[i].number],
                                .variation = v[i].variation,
                                .of_input = p->of_input,
                                .label = p->label,
                                .weight = p->weight };
        t->count_kept++;
    }
}

/* How many of the variants, best first, are above the bar. */
static size_t count_above(const rr_variant *v, size_t n, double bar)
{
    size_t above = 0;

    while (above < n && v[above].score > bar)
        above++;
    return above;
}

/* Sample the variants of a part, and keep the best of them. */
static rr_status generate(const rri_search *s, const rri_target *x, const part *p, size_t first,
                          rr_repair_target *t, rri_kept *kept, rr_error *err)
{
    const rr_sample_repair *cfg = &s->cfg.sample;
    const bool random = p->choice == RR_STRATEGY_RANDOM;
    const bool gradient = p->choice == RR_STRATEGY_GRADIENT;
    rri_scoring with = {
        .s = s, .x = x, .from = p->of_input ? s->test : s->train, .label = p->label
    };
    /* What is kept as sampled need not be sampled beyond that. */
    const rr_variant_search search = { .sources = p->sources,
                                       .n = p->n,
                                       .variants =
                                           random ? rri_min(p->variants, p->keep) : p->variants,
                                       .rounds = random ? 1 : cfg->rounds,
                                       .range = cfg->range,
                                       .seed = s->cfg.seed,
                                       .id = p->id,
                                       .score = random ? NULL : rri_score_variants,
                                       .self = &with,
                                       .kind = s->cfg.variants,
                                       .variation = s->cfg.variation };
    size_t accepted = search.variants, keep = search.variants;
    rr_variant *v = NULL;
    rr_status st = RR_OK;

    if (p->n == 0 || p->keep == 0)
        return RR_OK;
    RRI_TRY(rri_alloc(&v, search.variants, 1, sizeof *v, err));
    RRI_TRY(rri_alloc(&with.prediction, search.variants, 1, sizeof *with.prediction, err));
    if (gradient)
        RRI_TRY(rri_find_direction(s, x->id, &with.direction, err));
    RRI_TRY(rr_variants_search(&search, v, err));
    if (random) {
        RRI_TRY(rri_score_variants(&with, v, search.variants, err));
    } else {
        const float bar = gradient ? 0.0F : t->sample.score_prediction;
        accepted = count_above(v, search.variants, (double)bar);
        keep = rr_variants_choose(v, accepted, p->keep, rri_blocks(p->keep, 4));
    }
    t->generated += search.variants;
    t->accepted += accepted;
    gather(&with, p, v, keep, first, t, kept);

done:
    rri_free(with.direction);
    rri_free(with.prediction);
    rri_free(v);
    return st;
}

/* ---- the strategies ------------------------------------------------------------------------- */

/* Variants of the input itself, and of what holds, have random numbers that no target has. */
static const size_t OF_INPUT = (size_t)1 << 31, OF_HELD = (size_t)3 << 30;

/* The input itself, variants of it, and variants of the sequences that influence it most: of those
 * of its own class, and of those that hold the class it is taken for. */
static rr_status mix(const rri_search *s, const rri_target *x, const uint32_t *sources, size_t n,
                     size_t first, rr_repair_target *t, rri_kept *kept, rr_error *err)
{
    const rr_mixed_repair *m = &s->cfg.mixed;
    const uint32_t self = (uint32_t)x->id;
    uint32_t *holding = NULL;
    part own = { .sources = &self, .n = 1, .of_input = 1, .label = t->truth };
    part influential = { .sources = sources, .n = n, .label = t->truth };
    part held = { .label = t->prediction };
    size_t tied = 0;
    float score = 0.0F;
    rr_status st = RR_OK;

    RRI_TRY(list_nearest(s, &x->trace, t->prediction, &holding, &held.n, &score, &tied, err));
    held.sources = holding;
    own.choice = held.choice = RR_STRATEGY_RANDOM;
    influential.choice = m->choice;
    own.variants = own.keep = m->varied;
    held.variants = held.keep = m->held;
    influential.variants = rri_max(s->cfg.sample.variants, m->influential);
    influential.keep = m->influential;
    own.id = x->id + OF_INPUT;
    influential.id = x->id;
    held.id = x->id + OF_HELD;
    own.weight = m->varied_weight;
    influential.weight = m->influential_weight;
    held.weight = m->held_weight;
    RRI_TRY(rri_alloc(&kept->samples, m->varied + m->influential + m->held, 1,
                      sizeof *kept->samples, err));
    RRI_TRY(generate(s, x, &own, first, t, kept, err));
    RRI_TRY(generate(s, x, &influential, first, t, kept, err));
    RRI_TRY(generate(s, x, &held, first, t, kept, err));
    t->copies = m->input_weight > 0.0 ? s->cfg.copies : 0;
    t->copy_weight = m->input_weight;

done:
    rri_free(holding);
    return st;
}

rr_status rri_sample_search(const rri_search *s, const rri_target *x, size_t first,
                            rr_repair_target *t, rri_kept *kept, rr_error *err)
{
    part one = { .choice = s->cfg.strategy,
                 .variants = s->cfg.sample.variants,
                 .keep = s->cfg.sample.keep,
                 .id = x->id,
                 .label = t->truth,
                 .weight = 1.0 };
    uint32_t *sources = NULL;
    size_t tied = 0;
    rr_status st = RR_OK;

    RRI_TRY(count_labels(s, &x->trace, t, kept, err));
    RRI_TRY(find_bar(s, &x->trace, t, err));
    RRI_TRY(find_sources(s, &x->trace, t, &sources, &one.n, &tied, err));
    if (s->cfg.strategy == RR_STRATEGY_NONE)
        goto done;
    if (s->cfg.strategy != RR_STRATEGY_RANDOM)
        kept->tied = tied;
    if (s->cfg.strategy == RR_STRATEGY_MIXED) {
        st = mix(s, x, sources, one.n, first, t, kept, err);
        goto done;
    }
    if (s->cfg.strategy == RR_STRATEGY_RANDOM)
        RRI_TRY(random_sources(s, t, &sources, &one.n, err));
    one.sources = sources;
    RRI_TRY(
        rri_alloc(&kept->samples, rri_min(one.keep, one.variants), 1, sizeof *kept->samples, err));
    RRI_TRY(generate(s, x, &one, first, t, kept, err));

done:
    rri_free(sources);
    return st;
}

rr_status rri_sample_add(const rri_search *s, const rr_repair_target *t, const rri_kept *kept,
                         rr_dataset_builder *b, rr_error *err)
{
    rri_varied w = { .frames = NULL };
    rr_status st = RR_OK;

    for (size_t i = 0; i < t->count_kept; i++) {
        const rr_repair_sample *k = &kept->samples[i];
        const rr_dataset *from = k->of_input ? s->test : s->train;
        RRI_TRY(rri_add_varied(s, rr_dataset_at(from, k->source), &k->transform, &k->variation,
                               k->label, &w, b, err));
    }

done:
    rri_varied_clear(&w);
    return st;
}
