/* SPDX-License-Identifier: MIT */
/* segment.c - level segment: single suspect words of a misclassified input, inserted into training
 * sequences.
 *
 * For a misclassified input x with truth t, over its suspect steps i that the network knows, with
 * n_i training sequences that pass the context of step i:
 *
 *     budget    = sum over i of min(m, n_i), for every strategy
 *     paper     the min(m, n_i) sequences with the longest suffix
 *     random    min(m, n_i) sequences of the label, whatever their trace
 *     influence candidates: pool * min(m, n_i) of the longest suffix; accepted where the symbol
 *               lowers the probability of the truth; taken in that order. The steps take their
 *               part by turns, flips first, then the rarest, until the budget is used up: what one
 *               step lacks another may use. Where nothing is inserted, the failing input itself
 *               is added, as by strategy direct
 *
 * A share of what all targets may insert bounds the budget. All insertions of a target carry its
 * true label. A training set that grows by one label moves
 * every decision toward it: errors of one kind vanish, and as many of the other kind appear. As
 * many sequences of the label that was predicted, which the network classifies correctly, keep the
 * classes balanced; they teach nothing new. Their random numbers are number id*2^32 of the seed's
 * stream; those of the target's steps begin at id*2^32 + 1 (positions.c).
 * Source: Xie et al. 2021, sec. 3.3.2 and 4.4; docs/ALGORITHMS.md#repair. */
#include "repair/positions.h"

rr_status rri_segment_check(const rri_search *s, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(rri_check_symbols(s->net, s->train, "training set", err));
    RRI_TRY(rri_check_symbols(s->net, s->test, "test set", err));

done:
    return st;
}

/* ---- candidates of one suspect step ---------------------------------------------------------- */

/* Keep those the symbol makes less confident of the truth: there is something to learn in them. */
static void accept(rri_positions *s)
{
    size_t n = 0;

    for (size_t i = 0; i < s->n; i++)
        if (s->list[i].truth < s->list[i].before)
            s->list[n++] = s->list[i];
    s->n = n;
}

/* near: the matching positions, which are used up. */
static rr_status find_harmed(const rri_context *c, rri_positions *near, size_t part,
                             rri_positions *out, size_t *tried, rr_error *err)
{
    rr_status st = RR_OK;

    near->n = rri_min(near->n, c->search->cfg.segment.pool * part);
    *tried = near->n;
    RRI_TRY(rri_positions_measure(c, near, err));
    accept(near);
    *out = *near;
    *near = (rri_positions){ 0 };

done:
    return st;
}

/* The candidates in the order in which they are to be taken; *part is what the budget grows by. */
static rr_status find_candidates(const rri_context *c, rri_positions *out, size_t *part,
                                 size_t *tried, rr_error *err)
{
    rri_positions near = { 0 };
    rr_status st = RR_OK;

    RRI_TRY(rri_positions_matching(c, &near, err));
    *part = rri_min(near.n, c->search->cfg.segment.insertions);
    if (c->search->cfg.strategy == RR_STRATEGY_INFLUENCE) {
        RRI_TRY(find_harmed(c, &near, *part, out, tried, err));
        goto done;
    }
    if (c->search->cfg.strategy == RR_STRATEGY_PAPER) {
        near.n = *part;
        *out = near;
        near = (rri_positions){ 0 };
    } else if (c->search->cfg.strategy == RR_STRATEGY_RANDOM) {
        RRI_TRY(rri_positions_random(c, *part, out, err));
    }
    *tried = out->n;
    RRI_TRY(rri_positions_measure(c, out, err));

done:
    rri_positions_clear(&near);
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
static void order_segments(const rr_repair_target *t, size_t *order)
{
    for (size_t i = 0; i < t->segment.count_segments; i++) {
        size_t at = i;
        for (; at > 0 && sooner(t->segment.segments, i, order[at - 1]); at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
}

/* How many of its candidates each segment may keep: one after the other takes one, until the
 * budget or the candidates are used up. */
static size_t deal(const rr_repair_target *t, const rri_positions *piles, const size_t *order,
                   size_t *take)
{
    size_t kept = 0;
    size_t before = 0;

    do {
        before = kept;
        for (size_t i = 0; i < t->segment.count_segments && kept < t->segment.budget; i++) {
            const size_t k = order[i];
            const size_t one = take[k] < piles[k].n ? 1 : 0;
            take[k] += one;
            kept += one;
        }
    } while (kept > before);
    return kept;
}

static rr_status gather(const rri_positions *piles, size_t first, rr_repair_target *t,
                        rr_insertion **kept, rr_error *err)
{
    const size_t segments = t->segment.count_segments;
    size_t *order = NULL; /* [segments], as take */
    size_t *take = NULL;
    size_t n = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&order, segments, 1, sizeof *order, err));
    RRI_TRY(rri_alloc(&take, segments, 1, sizeof *take, err));
    order_segments(t, order);
    t->count_kept = deal(t, piles, order, take);
    RRI_TRY(rri_alloc(kept, t->count_kept, 1, sizeof **kept, err));
    for (size_t k = 0; k < segments; k++)
        for (size_t i = 0; i < take[k]; i++, n++) {
            (*kept)[n] = piles[k].list[i];
            (*kept)[n].segment = k;
            (*kept)[n].addition = first + n;
        }

done:
    rri_free(take);
    rri_free(order);
    return st;
}

static rr_status insert(const rri_search *s, const rri_target *x, size_t first, rr_repair_target *t,
                        rr_insertion **kept, rr_error *err)
{
    const size_t segments = t->segment.count_segments;
    rri_positions *piles = NULL; /* [segments] */
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&piles, segments, 1, sizeof *piles, err));
    for (size_t k = 0; k < segments; k++) {
        const rri_context c = { .search = s,
                                .input = s->test != NULL ? rr_dataset_at(s->test, x->id)
                                                         : (rr_sequence){ .steps = x->trace.steps },
                                .trace = x->trace,
                                .id = x->id,
                                .t = t->segment.segments[k].t };
        size_t part = 0;
        size_t tried = 0;
        if (!t->segment.segments[k].known)
            continue;
        RRI_TRY(find_candidates(&c, &piles[k], &part, &tried, err));
        t->segment.budget += part;
        t->generated += tried;
        t->accepted += piles[k].n;
    }
    t->segment.wanted = t->segment.budget;
    if (s->budget > 0)
        t->segment.budget = rri_min(t->segment.budget, s->budget);
    RRI_TRY(gather(piles, first, t, kept, err));

done:
    for (size_t k = 0; piles != NULL && k < segments; k++)
        rri_positions_clear(&piles[k]);
    rri_free(piles);
    return st;
}

rr_status rri_segment_search(const rri_search *s, const rri_target *x, size_t first,
                             rr_repair_target *t, rri_kept *kept, rr_error *err)
{
    rri_random stream = rri_random_at(s->cfg.seed, RRI_RANDOM_INSERTION, (uint64_t)x->id << 32);
    rr_status st = RR_OK;

    if (s->cfg.strategy != RR_STRATEGY_NONE)
        RRI_TRY(insert(s, x, first, t, &kept->insertions, err));
    if (s->cfg.strategy == RR_STRATEGY_INFLUENCE && !s->steps && t->count_kept == 0) {
        rri_direct_search(s, t);
        if (s->budget > 0)
            t->copies = rri_min(t->copies, s->budget);
    }
    const double want = s->cfg.segment.balance * (double)(t->count_kept + t->copies);
    if (want > 0.0)
        RRI_TRY(rri_sample_correct(s, t->prediction, &stream, (size_t)(want + 0.5), &kept->balance,
                                   &t->segment.count_balance, err));

done:
    return st;
}

rr_status rri_segment_add(const rri_search *s, const rr_repair_target *t, const rri_kept *kept,
                          rr_dataset_builder *b, rr_error *err)
{
    const rr_sequence x = rr_dataset_at(s->test, t->id);
    rr_status st = RR_OK;

    for (size_t i = 0; i < t->count_kept; i++) {
        const rr_insertion *one = &kept->insertions[i];
        RRI_TRY(rri_insertion_build(s->train, one, &x, t->segment.segments[one->segment].t,
                                    t->truth, b, err));
    }
    for (size_t i = 0; i < t->segment.count_balance; i++)
        RRI_TRY(rr_dataset_builder_add(b, rr_dataset_at(s->train, kept->balance[i]), err));

done:
    return st;
}
