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
#include "rnnrepair/experimental/derivatives.h"

#include "repair/variants.h"

#include "influence/influence_internal.h"

#include <string.h>

/* ---- checks --------------------------------------------------------------------------------- */

static rr_status check_images(const rr_dataset *ds, const char *what, rr_error *err)
{
    if (rr_dataset_steps(ds) == rr_dataset_count(ds) * rr_dataset_max_steps(ds))
        return RR_OK;
    return rri_fail(err, RR_ERR_UNSUPPORTED, -1,
                    "the %s holds sequences of different lengths; samples are made from images of "
                    "one size",
                    what);
}

rr_status rri_sample_check(const rri_search *s, rr_error *err)
{
    const size_t rows = rr_dataset_max_steps(s->test);
    rr_status st = RR_OK;

    RRI_TRY(rri_query_check(s->inf, &s->cfg.sample.query, err));
    if (s->cfg.strategy == RR_STRATEGY_NONE)
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

/* Copy the first count_kept variants of the table out. */
static rr_status gather(const rri_search *s, const rri_variants *v, size_t first,
                        const rr_repair_target *t, rri_kept *kept, rr_error *err)
{
    const size_t pixels = s->T * s->D;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&kept->samples, t->count_kept, 1, sizeof *kept->samples, err));
    RRI_TRY(rri_alloc(&kept->frames, t->count_kept, pixels, sizeof *kept->frames, err));
    for (size_t i = 0; i < t->count_kept; i++) {
        kept->samples[i] = v->table[i].sample;
        kept->samples[i].addition = first + i;
        memcpy(kept->frames + i * pixels, v->frames + v->table[i].number * pixels,
               pixels * sizeof *kept->frames);
    }

done:
    return st;
}

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

static rr_status generate(const rri_search *s, const rri_target *x, const uint32_t *sources,
                          size_t n, size_t first, rr_repair_target *t, rri_kept *kept,
                          rr_error *err)
{
    const rr_sample_repair *cfg = &s->cfg.sample;
    const bool random = s->cfg.strategy == RR_STRATEGY_RANDOM;
    const bool gradient = s->cfg.strategy == RR_STRATEGY_GRADIENT;
    /* The baseline keeps the first it samples, so it need not sample more than it keeps. */
    const size_t count = random ? rri_min(cfg->variants, cfg->keep) : cfg->variants;
    const size_t rounds = random ? 1 : cfg->rounds; /* later rounds follow the scores */
    const float bar = gradient ? 0.0F : t->sample.score_prediction;
    rri_target aim = *x;
    float *direction = NULL;
    rri_variants v = { 0 };
    rr_status st = RR_OK;

    if (gradient)
        RRI_TRY(find_direction(s, x->id, &direction, err));
    aim.direction = direction;
    RRI_TRY(rri_variants_make(s, &aim, sources, n, count, rounds, &v, err));
    t->generated = count;
    t->accepted = count;
    t->count_kept = count;
    if (!random)
        t->count_kept = rri_variants_choose(&v, bar, cfg->keep, &t->accepted);
    RRI_TRY(gather(s, &v, first, t, kept, err));

done:
    rri_free(direction);
    rri_variants_clear(&v);
    return st;
}

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
    rr_status st = RR_OK;

    for (size_t i = 0; i < t->count_kept && st == RR_OK; i++) {
        const rr_sequence seq = { .frames = kept->frames + i * s->T * s->D,
                                  .steps = s->T,
                                  .label = t->truth };
        st = rr_dataset_builder_add(b, seq, err);
    }
    return st;
}
