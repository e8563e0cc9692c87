/* SPDX-License-Identifier: MIT */
/* insertion.c - new training sequences for single steps that are misread.
 *
 * For a failed input x with truth t, over its suspect steps i that the network knows, with n_i
 * training sequences that pass the context of step i:
 *
 *     budget    = sum over i of min(m, n_i), for every strategy
 *     paper     the min(m, n_i) sequences with the longest suffix
 *     random    min(m, n_i) sequences of the label, whatever their trace
 *     influence candidates: pool * min(m, n_i) of the longest suffix; accepted where the symbol
 *               lowers the probability of the truth; taken in that order. The steps take their
 *               share by turns, flips first, then the rarest, until the budget is used up: what one
 *               step lacks another may use
 *
 * Invariants: as in sample_level.c - one step is one target; its outcome does not depend on the
 * other targets or the number of threads; a step that fails leaves everything as it was.
 * Source: Xie et al. 2021, sec. 3.3.2 and 4.4; docs/ALGORITHMS.md#repair. */
#include "repair/common.h"
#include "repair/spots.h"

struct rr_insertions {
    rr_insertion_config cfg;
    const rr_influence *inf;
    const rr_network *net;
    const rr_dataset *train, *test;
    size_t n, done, additions;
    rr_insertion_target *targets; /* [n]; [done] are worked on */
    rr_traces **traces;           /* [n], one trace each */
    rr_segments **segments;       /* [n] */
    rr_insertion **kept;          /* [n] */
    uint32_t **weights;           /* [n] */
};

rr_insertion_config rr_insertion_config_default(void)
{
    rr_localize_config localize = rr_localize_config_default();

    localize.rules = RR_RULE_FLIP;
    return (rr_insertion_config){ .struct_size = sizeof(rr_insertion_config),
                                  .strategy = RR_STRATEGY_INFLUENCE,
                                  .localize = localize,
                                  .per_segment = 25,
                                  .correct_only = 1,
                                  .pool = 4,
                                  .counterweight = 0.5,
                                  .seed = 1,
                                  .threads = 0 };
}

/* ---- begin ----------------------------------------------------------------------------------- */

static rr_status check_config(const rr_insertion_config *cfg, rr_error *err)
{
    if (cfg->strategy == RR_STRATEGY_GRADIENT)
        return rri_fail(err, RR_ERR_ARG, -1, "the strategy gradient varies whole inputs");
    if (cfg->strategy < RR_STRATEGY_INFLUENCE || cfg->strategy > RR_STRATEGY_PAPER)
        return rri_fail(err, RR_ERR_ARG, -1, "there is no repair strategy %d", (int)cfg->strategy);
    if (cfg->per_segment == 0 || cfg->per_segment > UINT32_MAX)
        return rri_fail(err, RR_ERR_ARG, -1, "%zu insertions a suspect step: not in 1..2^32-1",
                        cfg->per_segment);
    if (cfg->pool == 0 || cfg->pool > UINT32_MAX)
        return rri_fail(err, RR_ERR_ARG, -1, "a pool of %zu: not in 1..2^32-1", cfg->pool);
    if (!(cfg->counterweight >= 0.0 && cfg->counterweight <= 16.0))
        return rri_fail(err, RR_ERR_ARG, -1, "a counterweight of %g is not in 0..16",
                        cfg->counterweight);
    return RR_OK;
}

static rr_status check_data(const rr_influence *inf, const rr_network *net, const rr_dataset *train,
                            const rr_dataset *test, rr_error *err)
{
    rr_status st = RR_OK;

    if (rr_dataset_vocabulary(train) == 0 || rr_dataset_vocabulary(test) == 0)
        return rri_fail(err, RR_ERR_UNSUPPORTED, -1,
                        "the data are frames; what is inserted are symbols");
    RRI_TRY(rri_check_symbols(net, train, "training set", err));
    RRI_TRY(rri_check_symbols(net, test, "test set", err));
    RRI_TRY(rri_check_model(inf, net, train, err));

done:
    return st;
}

static rr_status take_targets(rr_insertions *r, const size_t *targets, size_t n, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&r->targets, n, 1, sizeof *r->targets, err));
    RRI_TRY(rri_alloc(&r->traces, n, 1, sizeof(rr_traces *), err));
    RRI_TRY(rri_alloc(&r->segments, n, 1, sizeof(rr_segments *), err));
    RRI_TRY(rri_alloc(&r->kept, n, 1, sizeof(rr_insertion *), err));
    RRI_TRY(rri_alloc(&r->weights, n, 1, sizeof(uint32_t *), err));
    r->n = n;
    for (size_t i = 0; i < n; i++) {
        RRI_TRY(rri_trace_target(r->inf, r->net, r->test, i, targets[i], r->cfg.threads,
                                 &r->traces[i], err));
        const rr_trace x = rr_traces_at(r->traces[i], 0);
        r->targets[i].id = targets[i];
        r->targets[i].truth = x.label;
        r->targets[i].prediction = x.prediction;
    }

done:
    return st;
}

/* The rules are checked on the first target, before any long work. */
static rr_status localize_all(rr_insertions *r, rr_error *err)
{
    rr_status st = RR_OK;

    for (size_t i = 0; i < r->n; i++) {
        rr_insertion_target *t = &r->targets[i];
        const rr_trace x = rr_traces_at(r->traces[i], 0);
        RRI_TRY(rr_localize(r->inf, r->net, &r->cfg.localize, &x, &r->segments[i], err));
        t->count_segments = r->segments[i]->count;
        t->known = r->segments[i]->known;
        t->segments = r->segments[i]->segments;
    }

done:
    return st;
}

rr_status rr_insertions_new(const rr_insertion_config *cfg, const rr_influence *inf,
                            const rr_network *net, const rr_dataset *train, const rr_dataset *test,
                            const size_t *targets, size_t n, rr_insertions **out, rr_error *err)
{
    rr_insertion_config own = rr_insertion_config_default();
    rr_insertions *r = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_config_take(&own, sizeof own, cfg, "rr_insertion_config", err));
    RRI_TRY(
        rri_config_same(&own.localize, sizeof own.localize, "rr_insertion_config.localize", err));
    cfg = &own;
    RRI_TRY(check_config(cfg, err));
    RRI_TRY(check_data(inf, net, train, test, err));
    RRI_TRY(rri_alloc(&r, 1, 1, sizeof *r, err));
    r->cfg = *cfg;
    r->inf = inf;
    r->net = net;
    r->train = train;
    r->test = test;
    RRI_TRY(take_targets(r, targets, n, err));
    RRI_TRY(localize_all(r, err));
    *out = r;
    r = NULL;

done:
    rr_insertions_free(r);
    return st;
}

/* ---- candidates of one suspect step ---------------------------------------------------------- */

/* Keep those the symbol makes less sure of the truth: there is something to learn in them. */
static void accept(rri_spots *s)
{
    size_t n = 0;

    for (size_t i = 0; i < s->n; i++)
        if (s->list[i].truth < s->list[i].before)
            s->list[n++] = s->list[i];
    s->n = n;
}

/* near: the matching places, which are used up. */
static rr_status find_harmed(const rri_context *c, rri_spots *near, size_t share, rri_spots *out,
                             size_t *tried, rr_error *err)
{
    rr_status st = RR_OK;

    near->n = rri_min(near->n, c->cfg->pool * share);
    *tried = near->n;
    RRI_TRY(rri_spots_measure(c, near, err));
    accept(near);
    *out = *near;
    *near = (rri_spots){ 0 };

done:
    return st;
}

/* The candidates in the order in which they are to be taken; *share is what the budget grows by. */
static rr_status find_candidates(const rri_context *c, rri_spots *out, size_t *share, size_t *tried,
                                 rr_error *err)
{
    rri_spots near = { 0 };
    rr_status st = RR_OK;

    RRI_TRY(rri_spots_matching(c, &near, err));
    *share = rri_min(near.n, c->cfg->per_segment);
    if (c->cfg->strategy == RR_STRATEGY_INFLUENCE) {
        RRI_TRY(find_harmed(c, &near, *share, out, tried, err));
        goto done;
    }
    if (c->cfg->strategy == RR_STRATEGY_PAPER) {
        near.n = *share;
        *out = near;
        near = (rri_spots){ 0 };
    } else if (c->cfg->strategy == RR_STRATEGY_RANDOM) {
        RRI_TRY(rri_spots_random(c, *share, out, err));
    }
    *tried = out->n;
    RRI_TRY(rri_spots_measure(c, out, err));

done:
    rri_spots_clear(&near);
    return st;
}

/* ---- one target ------------------------------------------------------------------------------ */

/* Is segment a to be served before b? */
static bool sooner(const rr_segment *s, size_t a, size_t b)
{
    const bool flip_a = (s[a].rules & RR_RULE_FLIP) != 0;
    const bool flip_b = (s[b].rules & RR_RULE_FLIP) != 0;

    if (flip_a != flip_b)
        return flip_a;
    return s[a].influencers != s[b].influencers ? s[a].influencers < s[b].influencers : a < b;
}

/* The numbers of a target's segments, flips first, then the rarest. */
static void order_segments(const rr_insertion_target *t, size_t *order)
{
    for (size_t i = 0; i < t->count_segments; i++) {
        size_t at = i;
        for (; at > 0 && sooner(t->segments, i, order[at - 1]); at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
}

/* How many of its candidates each segment may keep: one after the other takes one, until the
 * budget or the candidates are used up. */
static size_t deal(const rr_insertion_target *t, const rri_spots *piles, const size_t *order,
                   size_t *take)
{
    size_t kept = 0;
    size_t before = 0;

    do {
        before = kept;
        for (size_t i = 0; i < t->count_segments && kept < t->budget; i++) {
            const size_t k = order[i];
            const size_t one = take[k] < piles[k].n ? 1 : 0;
            take[k] += one;
            kept += one;
        }
    } while (kept > before);
    return kept;
}

static rr_status gather(const rr_insertions *r, rr_insertion_target *t, const rri_spots *piles,
                        rr_insertion **kept, rr_error *err)
{
    size_t *order = NULL; /* [segments], as take */
    size_t *take = NULL;
    size_t n = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&order, t->count_segments, 1, sizeof *order, err));
    RRI_TRY(rri_alloc(&take, t->count_segments, 1, sizeof *take, err));
    order_segments(t, order);
    t->count_kept = deal(t, piles, order, take);
    RRI_TRY(rri_alloc(kept, t->count_kept, 1, sizeof **kept, err));
    for (size_t k = 0; k < t->count_segments; k++)
        for (size_t i = 0; i < take[k]; i++, n++) {
            (*kept)[n] = piles[k].list[i];
            (*kept)[n].segment = k;
            (*kept)[n].addition = r->additions + n;
        }

done:
    rri_free(take);
    rri_free(order);
    return st;
}

static rr_status insert_all(const rr_insertions *r, rr_insertion_target *t, rr_insertion **kept,
                            rr_error *err)
{
    rri_spots *piles = NULL; /* [segments] */
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&piles, t->count_segments, 1, sizeof *piles, err));
    for (size_t k = 0; k < t->count_segments; k++) {
        const rri_context c = { .cfg = &r->cfg,
                                .inf = r->inf,
                                .net = r->net,
                                .train = r->train,
                                .input = rr_dataset_at(r->test, t->id),
                                .trace = rr_traces_at(r->traces[r->done], 0),
                                .id = t->id,
                                .t = t->segments[k].t };
        size_t share = 0;
        size_t tried = 0;
        if (!t->segments[k].known)
            continue;
        RRI_TRY(find_candidates(&c, &piles[k], &share, &tried, err));
        t->budget += share;
        t->tried += tried;
        t->accepted += piles[k].n;
    }
    RRI_TRY(gather(r, t, piles, kept, err));

done:
    for (size_t k = 0; piles != NULL && k < t->count_segments; k++)
        rri_spots_clear(&piles[k]);
    rri_free(piles);
    return st;
}

rr_status rr_insertions_step(rr_insertions *r, int *done, rr_error *err)
{
    rr_insertion *kept = NULL;
    uint32_t *weights = NULL;
    rr_status st = RR_OK;

    if (r->done == r->n) {
        *done = 1;
        return RR_OK;
    }
    rr_insertion_target t = r->targets[r->done];
    if (r->cfg.strategy != RR_STRATEGY_NONE)
        RRI_TRY(insert_all(r, &t, &kept, err));
    const double want = r->cfg.counterweight * (double)t.count_kept;
    if (want > 0.0)
        RRI_TRY(rri_counterweights(&r->cfg, r->inf, t.id, t.prediction, (size_t)(want + 0.5),
                                   &weights, &t.count_weights, err));
    t.kept = kept;
    t.weights = weights;
    r->targets[r->done] = t;
    r->kept[r->done] = kept;
    r->weights[r->done] = weights;
    kept = NULL;
    weights = NULL;
    r->additions += t.count_kept + t.count_weights;
    r->done++;
    *done = r->done == r->n;

done:
    rri_free(weights);
    rri_free(kept);
    return st;
}

/* ---- result ---------------------------------------------------------------------------------- */

const rr_insertion_target *rr_insertions_targets(const rr_insertions *r, size_t *count)
{
    *count = r->done;
    return r->targets;
}

rr_status rr_insertions_additions(const rr_insertions *r, rr_dataset **out, rr_error *err)
{
    const rr_dataset_shape shape = rr_dataset_shape_of(r->train);
    rr_dataset_builder *b = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rr_dataset_builder_new(&shape, &b, err));
    for (size_t i = 0; i < r->done; i++) {
        const rr_insertion_target *t = &r->targets[i];
        const rr_sequence x = rr_dataset_at(r->test, t->id);
        for (size_t j = 0; j < t->count_kept; j++)
            RRI_TRY(rri_spot_build(r->train, &t->kept[j], &x, t->segments[t->kept[j].segment].t,
                                   t->truth, b, err));
        for (size_t j = 0; j < t->count_weights; j++)
            RRI_TRY(rr_dataset_builder_add(b, rr_dataset_at(r->train, t->weights[j]), err));
    }
    RRI_TRY(rr_dataset_builder_finish(b, out, err));

done:
    rr_dataset_builder_free(b);
    return st;
}

void rr_insertions_free(rr_insertions *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; i < r->n; i++) {
        rr_traces_free(r->traces[i]);
        rr_segments_free(r->segments[i]);
        rri_free(r->kept[i]);
        rri_free(r->weights[i]);
    }
    rri_free(r->targets);
    rri_free(r->traces);
    rri_free(r->segments);
    rri_free(r->kept);
    rri_free(r->weights);
    rri_free(r);
}
