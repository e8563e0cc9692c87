/* SPDX-License-Identifier: MIT */
/* sample_level.c - new training samples for whole inputs that are misread.
 *
 * For a failed input x with truth t and prediction m, over the training sequences the network
 * predicts right:
 *
 *     T_t, T_m = the `top` sequences with label t, with label m, by inflscore(., x)
 *     bar      = max over T_m of inflscore(., x), 0 where T_m is empty
 *     r_x      = the best of { x' = aug(x''), x'' in T_t | inflscore(x', x) > bar }, label t
 *
 * or, by the strategy `gradient`, the best of those whose gradient points where that of x does.
 *
 * Either label has its own list: where the wrong prediction's sequences fill the whole
 * neighbourhood of x, the nearest of the truth lie beyond it and are needed all the more. The test
 * input itself is never varied.
 *
 * Invariants: one step is one target; a target's outcome depends on the target, the model and the
 * configuration only, not on the other targets or the number of threads; a step that fails leaves
 * everything as it was.
 * Source: Xie et al. 2021, sec. 4.2; docs/ALGORITHMS.md#repair. */
#include "rnnrepair/experimental/derivatives.h"

#include "repair/common.h"
#include "repair/variants.h"

#include "influence/influence_internal.h"

#include <string.h>

/* The samples kept for one target. */
typedef struct harvest {
    rr_repair_sample *samples; /* [count_kept] */
    float *frames;             /* [count_kept][T][D] */
} harvest;

struct rr_repair {
    rr_repair_config cfg; /* query.label, correct_only and threads as the method sets them */
    rri_workshop shop;
    const rr_dataset *test;
    size_t n, done, additions;
    rr_repair_target *targets; /* [n]; [done] are worked on */
    rr_traces **traces;        /* [n], one trace each */
    harvest *harvests;         /* [n] */
};

/* ---- checks --------------------------------------------------------------------------------- */

static rr_status check_images(const rr_dataset *ds, const char *what, rr_error *err)
{
    if (rr_dataset_width(ds) == 0)
        return rri_fail(err, RR_ERR_UNSUPPORTED, -1,
                        "the %s holds symbols; samples are made by varying images", what);
    if (rr_dataset_steps(ds) != rr_dataset_count(ds) * rr_dataset_max_steps(ds))
        return rri_fail(err, RR_ERR_UNSUPPORTED, -1,
                        "the %s holds sequences of different lengths; samples are made from images "
                        "of one size",
                        what);
    return RR_OK;
}

/* Two sizes that must agree. */
static rr_status check_fit(const char *what, const char *a, size_t in_a, const char *b, size_t in_b,
                           rr_error *err)
{
    if (in_a == in_b)
        return RR_OK;
    return rri_fail(err, RR_ERR_SHAPE, -1, "%s differ: %zu in %s, %zu in %s", what, in_a, a, in_b,
                    b);
}

static rr_status check_all_images(const rr_dataset *train, const rr_dataset *test, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(check_images(train, "training set", err));
    RRI_TRY(check_images(test, "test set", err));
    if (rr_dataset_count(test) > 0)
        RRI_TRY(check_fit("rows of an image", "the training set", rr_dataset_max_steps(train),
                          "the test set", rr_dataset_max_steps(test), err));

done:
    return st;
}

static rr_status check_shapes(const rr_influence *inf, const rr_network *net,
                              const rr_dataset *train, const rr_dataset *test, rr_error *err)
{
    const rr_influence_info info = rr_influence_info_of(inf);
    const rr_network_config n = rr_network_config_of(net);
    const char *const model = "the influence model";
    const char *const network = "the network";
    const char *const in_train = "the training set";
    const char *const in_test = "the test set";
    rr_status st = RR_OK;

    RRI_TRY(check_fit("hidden units", model, info.hidden, network, n.hidden, err));
    RRI_TRY(check_fit("classes", model, info.classes, network, n.classes, err));
    RRI_TRY(check_fit("classes", in_train, rr_dataset_classes(train), in_test,
                      rr_dataset_classes(test), err));
    RRI_TRY(check_fit("sequences", model, info.sequences, in_train, rr_dataset_count(train), err));
    RRI_TRY(check_fit("steps", model, info.steps, in_train, rr_dataset_steps(train), err));
    RRI_TRY(check_fit("columns", network, n.width, in_train, rr_dataset_width(train), err));
    RRI_TRY(check_fit("columns", network, n.width, in_test, rr_dataset_width(test), err));
    if (rr_dataset_classes(train) > n.classes)
        RRI_TRY(check_fit("classes", network, n.classes, in_train, rr_dataset_classes(train), err));

done:
    return st;
}

/* ---- begin ---------------------------------------------------------------------------------- */

static rr_status take_targets(rr_repair *r, const size_t *targets, size_t n, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&r->targets, n, 1, sizeof *r->targets, err));
    RRI_TRY(rri_alloc(&r->traces, n, 1, sizeof(rr_traces *), err));
    RRI_TRY(rri_alloc(&r->harvests, n, 1, sizeof *r->harvests, err));
    r->n = n;
    for (size_t i = 0; i < n; i++) {
        RRI_TRY(rri_trace_target(r->shop.inf, r->shop.net, r->test, i, targets[i], r->cfg.threads,
                                 &r->traces[i], err));
        const rr_trace x = rr_traces_at(r->traces[i], 0);
        r->targets[i].id = targets[i];
        r->targets[i].truth = x.label;
        r->targets[i].prediction = x.prediction;
    }

done:
    return st;
}

rr_status rr_repair_new(const rr_repair_config *cfg, const rr_influence *inf, const rr_network *net,
                        const rr_dataset *train, const rr_dataset *test, const size_t *targets,
                        size_t n, rr_repair **out, rr_error *err)
{
    rr_repair_config own = rr_repair_config_default();
    rr_repair *r = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_config_take(&own, sizeof own, cfg, "rr_repair_config", err));
    RRI_TRY(rri_config_same(&own.query, sizeof own.query, "rr_repair_config.query", err));
    cfg = &own;
    RRI_TRY(rri_repair_check_config(cfg, err));
    if (cfg->strategy != RR_STRATEGY_NONE)
        RRI_TRY(check_all_images(train, test, err));
    RRI_TRY(check_shapes(inf, net, train, test, err));
    RRI_TRY(rri_alloc(&r, 1, 1, sizeof *r, err));
    r->cfg = *cfg;
    r->cfg.query.label = -1;
    r->cfg.query.correct_only = 1;
    r->cfg.query.threads = cfg->threads;
    RRI_TRY(rri_query_check(inf, &r->cfg.query, err));
    r->shop = (rri_workshop){ .cfg = &r->cfg,
                              .inf = inf,
                              .net = net,
                              .train = train,
                              .T = rr_dataset_max_steps(train),
                              .D = rr_dataset_width(train) };
    r->test = test;
    RRI_TRY(take_targets(r, targets, n, err));
    *out = r;
    r = NULL;

done:
    rr_repair_free(r);
    return st;
}

/* ---- one target ----------------------------------------------------------------------------- */

/* The k nearest of one label, -1 = of any; at most N are asked for. Memory: *list is owned. */
static rr_status nearest(const rr_repair *r, const rr_trace *x, int label, size_t k,
                         rr_neighbour **list, size_t *found, rr_error *err)
{
    const size_t most = rri_min(k, rr_dataset_count(r->shop.train));
    rr_query q = r->cfg.query;
    rr_status st = RR_OK;

    q.label = label;
    RRI_TRY(rri_alloc(list, most, 1, sizeof **list, err));
    RRI_TRY(rr_influence_nearest(r->shop.inf, &q, x, most, *list, found, err));

done:
    return st;
}

static rr_status count_labels(const rr_repair *r, const rr_trace *x, rr_repair_target *t,
                              rr_error *err)
{
    rr_neighbour *list = NULL;
    size_t found = 0;
    rr_status st = RR_OK;

    RRI_TRY(nearest(r, x, -1, r->cfg.top, &list, &found, err));
    for (size_t i = 0; i < found; i++) {
        t->count_truth += list[i].label == t->truth;
        t->count_prediction += list[i].label == t->prediction;
    }

done:
    rri_free(list);
    return st;
}

/* Of T_m only the nearest matters: it is the bar. */
static rr_status find_bar(const rr_repair *r, const rr_trace *x, rr_repair_target *t, rr_error *err)
{
    rr_neighbour *list = NULL;
    size_t found = 0;
    rr_status st = RR_OK;

    t->nearest_prediction = UINT32_MAX;
    RRI_TRY(nearest(r, x, (int)t->prediction, 1, &list, &found, err));
    if (found > 0) {
        t->nearest_prediction = list[0].id;
        t->score_prediction = list[0].score;
    }

done:
    rri_free(list);
    return st;
}

/* The nearest members of T_t; none is also an answer. Memory: *sources is owned. */
static rr_status find_sources(const rr_repair *r, const rr_trace *x, rr_repair_target *t,
                              uint32_t **sources, size_t *n, rr_error *err)
{
    rr_neighbour *list = NULL;
    rr_status st = RR_OK;

    t->nearest_truth = UINT32_MAX;
    RRI_TRY(nearest(r, x, (int)t->truth, rri_min(r->cfg.sources, r->cfg.top), &list, n, err));
    RRI_TRY(rri_alloc(sources, *n, 1, sizeof **sources, err));
    for (size_t i = 0; i < *n; i++)
        (*sources)[i] = list[i].id;
    if (*n > 0) {
        t->nearest_truth = list[0].id;
        t->score_truth = list[0].score;
    }

done:
    rri_free(list);
    return st;
}

/* The baseline's sources in the place of those found by influence. */
static rr_status random_sources(const rr_repair *r, const rr_repair_target *t, uint32_t **sources,
                                size_t *n, rr_error *err)
{
    rri_random stream = rri_random_at(r->cfg.seed, RRI_RANDOM_REPAIR, t->id);
    uint32_t *drawn = NULL;
    const rr_status st =
        rri_draw_right(r->shop.inf, t->truth, &stream, r->cfg.sources, &drawn, n, err);

    if (st != RR_OK)
        return st;
    rri_free(*sources);
    *sources = drawn;
    return RR_OK;
}

/* Copy the first `keep` variants of the table out. */
static rr_status gather(const rr_repair *r, const rri_variants *v, size_t keep, harvest *h,
                        rr_error *err)
{
    const size_t pixels = r->shop.T * r->shop.D;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&h->samples, keep, 1, sizeof *h->samples, err));
    RRI_TRY(rri_alloc(&h->frames, keep, pixels, sizeof *h->frames, err));
    for (size_t i = 0; i < keep; i++) {
        h->samples[i] = v->table[i].sample;
        h->samples[i].addition = r->additions + i;
        memcpy(h->frames + i * pixels, v->frames + v->table[i].number * pixels,
               pixels * sizeof *h->frames);
    }

done:
    return st;
}

/* Where the loss of a target grows fastest. Memory: *direction is owned. */
static rr_status find_direction(const rr_repair *r, size_t id, float **direction, rr_error *err)
{
    const rr_losses loss = { .which = &id, .n = 1 };
    rr_derivatives *d = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(direction, rr_network_parameters(r->shop.net), 1, sizeof **direction, err));
    RRI_TRY(rr_derivatives_new(r->shop.net, r->test, r->cfg.threads, &d, err));
    RRI_TRY(rr_derivatives_direction(d, &loss, *direction, err));

done:
    rr_derivatives_free(d);
    return st;
}

static rr_status generate(const rr_repair *r, const rr_trace *x, const uint32_t *sources, size_t n,
                          rr_repair_target *t, harvest *h, rr_error *err)
{
    const bool random = r->cfg.strategy == RR_STRATEGY_RANDOM;
    /* The baseline keeps the first it draws, so it need not draw more than it keeps. */
    const size_t count = random ? rri_min(r->cfg.variants, r->cfg.keep) : r->cfg.variants;
    const size_t rounds = random ? 1 : r->cfg.rounds; /* later rounds follow the scores */
    const bool gradient = r->cfg.strategy == RR_STRATEGY_GRADIENT;
    const float bar = gradient ? 0.0F : t->score_prediction;
    float *direction = NULL;
    rri_variants v = { 0 };
    rr_status st = RR_OK;

    if (gradient)
        RRI_TRY(find_direction(r, t->id, &direction, err));
    const rri_patient patient = { .id = t->id, .trace = *x, .direction = direction };
    RRI_TRY(rri_variants_draw(&r->shop, &patient, sources, n, count, rounds, &v, err));
    t->generated = count;
    t->accepted = count;
    t->count_kept = count;
    if (!random)
        t->count_kept = rri_variants_choose(&v, bar, r->cfg.keep, &t->accepted);
    RRI_TRY(gather(r, &v, t->count_kept, h, err));

done:
    rri_free(direction);
    rri_variants_clear(&v);
    return st;
}

static void clear_harvest(harvest *h)
{
    rri_free(h->samples);
    rri_free(h->frames);
    *h = (harvest){ 0 };
}

rr_status rr_repair_step(rr_repair *r, int *done, rr_error *err)
{
    uint32_t *sources = NULL;
    size_t n = 0;
    harvest h = { 0 };
    rr_status st = RR_OK;

    if (r->done == r->n) {
        *done = 1;
        return RR_OK;
    }
    const rr_trace x = rr_traces_at(r->traces[r->done], 0);
    rr_repair_target t = r->targets[r->done];
    RRI_TRY(count_labels(r, &x, &t, err));
    RRI_TRY(find_bar(r, &x, &t, err));
    RRI_TRY(find_sources(r, &x, &t, &sources, &n, err));
    if (r->cfg.strategy == RR_STRATEGY_RANDOM)
        RRI_TRY(random_sources(r, &t, &sources, &n, err));
    if (r->cfg.strategy != RR_STRATEGY_NONE && n > 0)
        RRI_TRY(generate(r, &x, sources, n, &t, &h, err));
    t.kept = h.samples;
    r->targets[r->done] = t;
    r->harvests[r->done] = h;
    h = (harvest){ 0 };
    r->additions += t.count_kept;
    r->done++;
    *done = r->done == r->n;

done:
    clear_harvest(&h);
    rri_free(sources);
    return st;
}

/* ---- result --------------------------------------------------------------------------------- */

const rr_repair_target *rr_repair_targets(const rr_repair *r, size_t *count)
{
    *count = r->done;
    return r->targets;
}

rr_strategy rr_repair_strategy(const rr_repair *r)
{
    return r->cfg.strategy;
}

rr_status rr_repair_additions(const rr_repair *r, rr_dataset **out, rr_error *err)
{
    const rr_dataset_shape shape = rr_dataset_shape_of(r->shop.train);
    const size_t pixels = r->shop.T * r->shop.D;
    rr_dataset_builder *b = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rr_dataset_builder_new(&shape, &b, err));
    for (size_t i = 0; i < r->done; i++)
        for (size_t j = 0; j < r->targets[i].count_kept; j++) {
            const rr_sequence seq = { .frames = r->harvests[i].frames + j * pixels,
                                      .steps = r->shop.T,
                                      .label = r->targets[i].truth };
            RRI_TRY(rr_dataset_builder_add(b, seq, err));
        }
    RRI_TRY(rr_dataset_builder_finish(b, out, err));

done:
    rr_dataset_builder_free(b);
    return st;
}

void rr_repair_free(rr_repair *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; i < r->n; i++) {
        rr_traces_free(r->traces[i]);
        clear_harvest(&r->harvests[i]);
    }
    rri_free(r->targets);
    rri_free(r->traces);
    rri_free(r->harvests);
    rri_free(r);
}
