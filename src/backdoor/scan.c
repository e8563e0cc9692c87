/* SPDX-License-Identifier: MIT */
/* scan.c - symbols that behave like a planted trigger, without knowing which it is.
 *
 *     pool         symbols the network knows, with enough support
 *     gain         each is put into 16 short sequences of other classes        scan_probe.c
 *     neighbours   and compared with the symbols most like it                  scan_score.c
 *     shortlist    the pairs (symbol, class) whose score is best so far ...
 *     insertion    ... are put into sequences of any length,
 *     dependence   taken out of those that carry them, and scored again
 *
 * Where every step has an output the same is asked of the steps that follow a symbol: scan_steps.c.
 *
 * Source: beyond [Xie21], which takes the trigger as known; docs/ALGORITHMS.md#backdoor. */
#include "backdoor/scan.h"

#include <stdlib.h>

enum { SHORT_PROBES = 16 };

struct rr_scan {
    rr_candidate *list;
    size_t n;
    uint32_t *ids; /* what the candidates' ids point into */
};

rr_scan_config rr_scan_config_default(void)
{
    return (rr_scan_config){ .struct_size = sizeof(rr_scan_config),
                             .support = 5,
                             .probes = 64,
                             .shortlist = 300,
                             .neighbours = 10,
                             .top = 50,
                             .target = -1,
                             .seed = 1 };
}

static rr_status check_config(const rr_scan_config *cfg, const rr_dataset *train, rr_error *err)
{
    const struct {
        const char *name;
        size_t value;
    } counts[] = { { "support", cfg->support },
                   { "probes", cfg->probes },
                   { "shortlist", cfg->shortlist },
                   { "neighbours", cfg->neighbours },
                   { "top", cfg->top } };

    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        if (counts[i].value == 0)
            return rri_fail(err, RR_ERR_ARG, -1, "%s is 0; a scan needs at least 1",
                            counts[i].name);
    if (cfg->target < -1 || (cfg->target >= 0 && (size_t)cfg->target >= rr_dataset_classes(train)))
        return rri_fail(err, RR_ERR_ARG, -1, "the target %d is outside 0..%zu", cfg->target,
                        rr_dataset_classes(train) - 1);
    return RR_OK;
}

/* ---- who carries what -------------------------------------------------------------------------
 */

/* One pass over the training set. Each pair (symbol, sequence) is met once: with ids NULL they are
 * counted into start[symbol + 1], else stored at next[symbol]++. last is [V], zeroed. */
static void pass(const rr_dataset *train, rri_carriers *b, uint32_t *last, size_t *next)
{
    for (size_t i = 0; i < rr_dataset_count(train); i++) {
        const rr_sequence seq = rr_dataset_at(train, i);
        for (size_t t = 0; t < seq.steps; t++) {
            const uint32_t s = seq.symbols[t];
            if (last[s] == (uint32_t)i + 1)
                continue;
            last[s] = (uint32_t)i + 1;
            if (next == NULL) {
                b->start[s + 1]++;
                b->labelled[s * b->C + seq.label]++;
            } else {
                b->id[next[s]++] = (uint32_t)i;
            }
        }
    }
}

static void clear_carriers(rri_carriers *b)
{
    rri_free(b->start);
    rri_free(b->id);
    rri_free(b->labelled);
    rri_free(b->prior);
    rri_free(b->place);
    rri_free(b->own);
    *b = (rri_carriers){ 0 };
}

static rr_status find_carriers(const rr_dataset *train, rri_carriers *b, rr_error *err)
{
    const size_t V = rr_dataset_vocabulary(train);
    const size_t N = rr_dataset_count(train);
    uint32_t *last = NULL;
    size_t *next = NULL;
    rr_status st = RR_OK;

    *b = (rri_carriers){ .V = V, .C = rr_dataset_classes(train) };
    RRI_TRY(rri_alloc(&b->start, V + 1, 1, sizeof *b->start, err));
    RRI_TRY(rri_alloc(&b->labelled, V, b->C, sizeof *b->labelled, err));
    RRI_TRY(rri_alloc(&b->prior, b->C, 1, sizeof *b->prior, err));
    RRI_TRY(rri_alloc(&last, V, 1, sizeof *last, err));
    RRI_TRY(rri_alloc(&next, V, 1, sizeof *next, err));
    pass(train, b, last, NULL);
    for (size_t s = 0; s < V; s++) {
        next[s] = b->start[s];
        b->start[s + 1] += b->start[s];
        last[s] = 0;
    }
    RRI_TRY(rri_alloc(&b->id, b->start[V], 1, sizeof *b->id, err));
    pass(train, b, last, next);
    for (size_t i = 0; i < N; i++)
        b->prior[rr_dataset_at(train, i).label] += 1.0 / (double)N;

done:
    rri_free(next);
    rri_free(last);
    return st;
}

/* ---- the pool ------------------------------------------------------------------------------- */

static void clear_pool(rri_pool *pool)
{
    rri_free(pool->symbol);
    rri_free(pool->effect);
    rri_free(pool->expected);
    rri_free(pool->gain);
    rri_free(pool->usual);
    *pool = (rri_pool){ 0 };
}

static bool wanted(const rri_search *s, size_t c)
{
    return s->cfg->target < 0 || (size_t)s->cfg->target == c;
}

/* The gain of every symbol of the pool for class c. */
static rr_status measure_gain(const rri_search *s, rri_pool *pool, uint32_t c, rr_error *err)
{
    const size_t C = s->carriers->C;
    rri_probe_set probes = { 0 };
    rri_effect *effect = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&effect, pool->m, 1, sizeof *effect, err));
    RRI_TRY(rri_probes_draw(s, c, SHORT_PROBES, true, &probes, err));
    RRI_TRY(
        rri_probes_insert(s, &probes, RR_POSITION_RANDOM, c, pool->symbol, pool->m, effect, err));
    for (size_t k = 0; k < pool->m; k++)
        pool->effect[k * C + c] = effect[k];

done:
    rri_probes_clear(&probes);
    rri_free(effect);
    return st;
}

static rr_status make_pool(const rri_search *s, rri_pool *pool, rr_error *err)
{
    const rri_carriers *b = s->carriers;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&pool->symbol, b->V, 1, sizeof *pool->symbol, err));
    for (size_t v = 0; v < b->V; v++)
        if (rri_support(b, v) >= s->cfg->support &&
            (s->net == NULL || rr_network_knows(s->net, (uint32_t)v)))
            pool->symbol[pool->m++] = (uint32_t)v;
    RRI_TRY(rri_alloc(&pool->effect, pool->m, b->C, sizeof *pool->effect, err));
    RRI_TRY(rri_alloc(&pool->expected, pool->m, b->C, sizeof *pool->expected, err));
    RRI_TRY(rri_alloc(&pool->gain, pool->m, b->C, sizeof *pool->gain, err));
    RRI_TRY(rri_alloc(&pool->usual, b->C, 1, sizeof *pool->usual, err));
    if (s->net == NULL)
        return s->by_steps ? rri_steps_observe(s, pool, err) : rri_pool_observe(s, pool, err);
    if (s->by_steps)
        return rri_steps_measure(s, pool, err);
    for (size_t c = 0; c < b->C; c++)
        if (wanted(s, c))
            RRI_TRY(measure_gain(s, pool, (uint32_t)c, err));
    RRI_TRY(rri_pool_compare(s, pool, err));

done:
    return st;
}

/* ---- candidates ----------------------------------------------------------------------------- */

static int by_score(const void *a, const void *b)
{
    const rr_candidate *x = a;
    const rr_candidate *y = b;

    if (x->score > y->score || x->score < y->score)
        return x->score > y->score ? -1 : 1;
    if (x->symbol != y->symbol)
        return x->symbol < y->symbol ? -1 : 1;
    return (x->target > y->target) - (x->target < y->target);
}

static rr_candidate candidate_of(const rri_search *s, const rri_pool *pool, size_t k, uint32_t c)
{
    const rri_carriers *b = s->carriers;
    const size_t pair = k * b->C + c;
    rr_candidate x = { .symbol = pool->symbol[k], .target = c };

    x.support = rri_support(b, x.symbol);
    x.labelled = b->labelled[(size_t)x.symbol * b->C + c];
    x.purity = (double)x.labelled / (double)x.support;
    x.expected = pool->expected[pair];
    x.gain = (double)pool->effect[pair].gain;
    x.expected_gain = pool->gain[pair];
    x.usual = pool->usual[c];
    x.score = rri_scan_score(&x, b->prior[c], false);
    return x;
}

/* All pairs with enough support, best first; the best of them are kept. Memory: *list is owned. */
static rr_status make_shortlist(const rri_search *s, const rri_pool *pool, rr_candidate **list,
                                size_t *n, rr_error *err)
{
    const size_t C = s->carriers->C;
    const rr_status st = rri_alloc(list, pool->m, C, sizeof **list, err);

    *n = 0;
    if (st != RR_OK)
        return st;
    for (size_t k = 0; k < pool->m; k++)
        for (size_t c = 0; c < C; c++) {
            const rr_candidate x = candidate_of(s, pool, k, (uint32_t)c);
            if (wanted(s, c) && x.labelled >= s->cfg->support)
                (*list)[(*n)++] = x;
        }
    if (*n > 0)
        qsort(*list, *n, sizeof **list, by_score);
    *n = rri_min(*n, s->cfg->shortlist);
    return RR_OK;
}

/* The insertion of all candidates of class c: where they do most. What was planted at one end of
 * its sequences may do little elsewhere. */
static rr_status measure_insertion(const rri_search *s, rr_candidate *list, size_t n, uint32_t c,
                                   rr_error *err)
{
    const rr_trigger_position positions[] = { RR_POSITION_START, RR_POSITION_END,
                                              RR_POSITION_RANDOM };
    rri_probe_set probes = { 0 };
    uint32_t *symbols = NULL;
    rri_effect *effect = NULL;
    size_t m = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&symbols, n, 1, sizeof *symbols, err));
    RRI_TRY(rri_alloc(&effect, n, 1, sizeof *effect, err));
    for (size_t i = 0; i < n; i++)
        if (list[i].target == c)
            symbols[m++] = list[i].symbol;
    if (m == 0)
        goto done;
    RRI_TRY(rri_probes_draw(s, c, s->cfg->probes, false, &probes, err));
    for (size_t p = 0; p < sizeof positions / sizeof *positions; p++) {
        RRI_TRY(rri_probes_insert(s, &probes, positions[p], c, symbols, m, effect, err));
        for (size_t i = 0, k = 0; i < n; i++)
            if (list[i].target == c && (double)effect[k++].turned > list[i].insertion)
                list[i].insertion = (double)effect[k - 1].turned;
    }

done:
    rri_probes_clear(&probes);
    rri_free(effect);
    rri_free(symbols);
    return st;
}

/* The training sequences behind each candidate; those of the last list are dropped. */
static rr_status name_ids(const rri_search *s, rr_scan *scan, rr_error *err)
{
    const rri_carriers *b = s->carriers;
    size_t all = 0;
    size_t n = 0;

    for (size_t i = 0; i < scan->n; i++)
        all += scan->list[i].labelled;
    const rr_status st = rri_alloc(&scan->ids, all, 1, sizeof *scan->ids, err);
    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < scan->n; i++) {
        rr_candidate *c = &scan->list[i];
        c->ids = scan->ids + n;
        if (s->by_steps) {
            c->count_ids = rri_steps_name(s, c, scan->ids + n);
            n += c->count_ids;
            continue;
        }
        for (size_t j = b->start[c->symbol]; j < b->start[c->symbol + 1]; j++)
            if (rr_dataset_at(s->train, b->id[j]).label == c->target)
                scan->ids[n++] = b->id[j];
        c->count_ids = c->labelled;
    }
    return RR_OK;
}

/* Without a network there are no tests: what was seen decides. */
static rr_status look_at_shortlist(const rri_search *s, rr_scan *scan, rr_error *err)
{
    rr_status st = RR_OK;

    for (size_t i = 0; i < scan->n; i++) {
        rr_candidate *c = &scan->list[i];
        c->insertion = c->dependence = -1.0;
        RRI_TRY(rri_check_cancelled(s->callbacks, err));
        RRI_TRY(rri_scan_spread(s, c, err));
    }
    scan->n = rri_min(scan->n, s->cfg->top);

done:
    return st;
}

/* Put the shortlist to the full tests, and score it again. */
static rr_status test_shortlist(const rri_search *s, rr_scan *scan, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(name_ids(s, scan, err));
    if (s->net == NULL)
        return look_at_shortlist(s, scan, err);
    for (size_t c = 0; c < s->carriers->C; c++)
        RRI_TRY(s->by_steps ? rri_steps_insertion(s, scan->list, scan->n, (uint32_t)c, err)
                            : measure_insertion(s, scan->list, scan->n, (uint32_t)c, err));
    for (size_t i = 0; i < scan->n; i++) {
        rr_candidate *c = &scan->list[i];
        RRI_TRY(rri_check_cancelled(s->callbacks, err));
        RRI_TRY(s->by_steps ? rri_steps_delete(s, c, err) : rri_probes_delete(s, c, err));
        RRI_TRY(rri_scan_spread(s, c, err));
        c->score = rri_scan_score(c, s->carriers->prior[c->target], true);
    }
    if (scan->n > 0)
        qsort(scan->list, scan->n, sizeof *scan->list, by_score);
    scan->n = rri_min(scan->n, s->cfg->top);

done:
    return st;
}

rr_status rr_backdoor_scan(const rr_scan_config *cfg, const rr_influence *inf,
                           const rr_network *net, const rr_dataset *train,
                           const rr_callbacks *callbacks, rr_scan **out, rr_error *err)
{
    rr_scan_config own = rr_scan_config_default();
    rri_carriers carriers = { 0 };
    rri_pool pool = { 0 };
    rr_scan *scan = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_config_take(&own, sizeof own, cfg, "rr_scan_config", err));
    cfg = &own;
    RRI_TRY(rri_check_symbols(net, train, "training set", err));
    RRI_TRY(rri_check_model(inf, net, train, err));
    RRI_TRY(check_config(cfg, train, err));
    const bool by_steps = rri_backdoor_by_steps(net, train);
    if (by_steps && !rr_dataset_step_labelled(train))
        RRI_TRY(rri_fail(err, RR_ERR_SHAPE, -1,
                         "the training steps have no labels, those of the network do"));
    const rri_search s = { .cfg = cfg,
                           .inf = inf,
                           .net = net,
                           .train = train,
                           .carriers = &carriers,
                           .callbacks = callbacks,
                           .by_steps = by_steps };
    RRI_TRY(by_steps ? rri_steps_find(train, &carriers, err)
                     : find_carriers(train, &carriers, err));
    RRI_TRY(rri_alloc(&scan, 1, 1, sizeof *scan, err));
    RRI_TRY(make_pool(&s, &pool, err));
    RRI_TRY(make_shortlist(&s, &pool, &scan->list, &scan->n, err));
    RRI_TRY(test_shortlist(&s, scan, err));
    *out = scan;
    scan = NULL;

done:
    rr_scan_free(scan);
    clear_pool(&pool);
    clear_carriers(&carriers);
    return st;
}

const rr_candidate *rr_scan_candidates(const rr_scan *scan, size_t *count)
{
    *count = scan->n;
    return scan->list;
}

void rr_scan_free(rr_scan *scan)
{
    if (scan == NULL)
        return;
    rri_free(scan->list);
    rri_free(scan->ids);
    rri_free(scan);
}
