/* SPDX-License-Identifier: MIT */
/* variants.c - sample, score and choose variants of training sequences, in rounds.
 *
 * The first round samples transformations from the whole range, as the paper does; each later one
 * samples around the best so far of the better half of the sources, in half the range of the round
 * before. On MNIST a variant above the bar of the paper is rare among blind samples, and usual
 * after a few rounds of the same total number (docs/ALGORITHMS.md#repair). */
#include "rnnrepair/experimental/augment.h"

#include "core/core.h"

#include <math.h>
#include <stdlib.h>

static int by_score(const void *a, const void *b)
{
    const rr_variant *x = a;
    const rr_variant *y = b;

    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

/* Sources are halved from round to round, but so many stay: what is kept is to have variety. */
enum { LINES = 4 };

static size_t of_source(const rr_variant *v, size_t n, uint32_t source)
{
    size_t count = 0;

    for (size_t i = 0; i < n; i++)
        count += v[i].source == source;
    return count;
}

/* The best variant so far of each of the `lines` best sources; v is best first. Returns how many
 * there are. */
static size_t find_parents(const rr_variant *v, size_t count, size_t lines, rr_variant *parent)
{
    size_t found = 0;

    for (size_t i = 0; i < count && found < lines; i++)
        if (of_source(parent, found, v[i].source) == 0)
            parent[found++] = v[i];
    return found;
}

static void sample_first(const rr_variant_search *s, uint64_t address, rr_variant *v)
{
    if (s->kind == RR_VARIANTS_WORDS) /* all of one kind: their numbers make the difference */
        v->variation =
            (rr_variation){ .slice = 1.0, .channels = 1.0, .seed = s->seed, .stream = address };
    else if (s->kind == RR_VARIANTS_SERIES)
        v->variation = rr_variation_draw(&s->variation, s->seed, address);
    else
        v->transform = rr_affine_draw(&s->range, s->seed, address);
}

static void sample_near(const rr_variant_search *s, const rr_variant *from, double share,
                        uint64_t address, rr_variant *v)
{
    if (s->kind == RR_VARIANTS_WORDS)
        sample_first(s, address, v);
    else if (s->kind == RR_VARIANTS_SERIES)
        v->variation =
            rr_variation_draw_near(&s->variation, &from->variation, share, s->seed, address);
    else
        v->transform = rr_affine_draw_near(&s->range, &from->transform, share, s->seed, address);
}

/* Variant `number`, of round `round`: from the whole range, or around one of the parents at
 * 2^-round of it. */
static rr_variant sample(const rr_variant_search *s, size_t number, size_t round,
                         const rr_variant *parent, size_t parents)
{
    const uint64_t address = ((uint64_t)s->id << 32) + (uint64_t)number;
    rr_variant v = { .number = number, .parent = SIZE_MAX };

    if (parents == 0) {
        v.source = s->sources[number % s->n];
        sample_first(s, address, &v);
    } else {
        const rr_variant *from = &parent[number % parents];
        v.source = from->source;
        v.parent = from->number;
        sample_near(s, from, ldexp(1.0, -(int)round), address, &v);
    }
    return v;
}

rr_status rr_variants_search(const rr_variant_search *s, rr_variant *out, rr_error *err)
{
    rr_variant *parent = NULL; /* [n] */
    rr_status st = RR_OK;

    if (s->n == 0 || s->variants == 0 || s->rounds == 0)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "a search of %zu variants of %zu images in %zu rounds; each is at least 1",
                        s->variants, s->n, s->rounds);
    const size_t part = rri_blocks(s->variants, s->rounds);
    RRI_TRY(rri_alloc(&parent, s->n, 1, sizeof *parent, err));
    for (size_t round = 0; round * part < s->variants; round++) {
        size_t begin = 0;
        size_t end = 0;
        rri_block(s->variants, part, round, &begin, &end);
        const size_t lines = rri_max(rri_min(s->n, LINES), s->n >> rri_min(round, 63));
        const size_t parents = find_parents(out, begin, lines, parent);
        for (size_t i = begin; i < end; i++)
            out[i] = sample(s, i, round, parent, parents);
        if (s->score != NULL)
            RRI_TRY(s->score(s->self, out + begin, end - begin, err));
        qsort(out, end, sizeof *out, by_score);
    }

done:
    rri_free(parent);
    return st;
}

/* Take variant i out and put it in at `to` <= i; those between move up by one, so the rest stays
 * sorted. */
static void move_forward(rr_variant *v, size_t i, size_t to)
{
    const rr_variant taken = v[i];

    for (; i > to; i--)
        v[i] = v[i - 1];
    v[to] = taken;
}

size_t rr_variants_choose(rr_variant *v, size_t n, size_t keep, size_t most)
{
    size_t chosen = 0;

    for (size_t i = 0; i < n && chosen < keep; i++)
        if (of_source(v, chosen, v[i].source) < most)
            move_forward(v, i, chosen++);
    /* What follows the chosen is still best first: fill up from there where variety ran out. */
    chosen = rri_min(n, keep);
    if (chosen > 0)
        qsort(v, chosen, sizeof *v, by_score);
    return chosen;
}
