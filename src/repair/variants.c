/* SPDX-License-Identifier: MIT */
/* variants.c - sample, score and choose candidates for one misclassified input x.
 *
 *     X' = { aug(x'') | x'' among the sources }
 *     r_x = the best of { x' in X' | inflscore(x', x) > bar }, or
 *           the best of { x' in X' | cos(gradient of x', gradient of x) > 0 }
 *
 * The candidates come in rounds. The first samples transformations from the whole range, as the
 * paper does; each later one samples around the best so far of the better half of the sources, in
 * half the range of the round before. On MNIST a variant above the bar is rare among blind samples,
 * and usual after a few rounds of the same total number (docs/ALGORITHMS.md#repair).
 *
 * The random numbers of variant v of sequence `id` are number id*2^32 + v of the seed's stream and
 * the variants of one target are traced by themselves: what a target gets does not depend on which
 * other targets there are.
 * Source: Xie et al. 2021, sec. 4.2, equation of r_x. */
#include "repair/variants.h"
#include "rnnrepair/experimental/augment.h"

#include "rnnrepair/experimental/derivatives.h"

#include <math.h>
#include <stdlib.h>

static int by_score(const void *a, const void *b)
{
    const rri_candidate *x = a;
    const rri_candidate *y = b;

    if (x->sample.score != y->sample.score)
        return x->sample.score > y->sample.score ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

/* Sources are halved from round to round, but so many stay: what is kept is to have variety. */
enum { LINES = 4 };

/* The best variant so far of each of the `lines` best sources, as indices of the table, which is
 * sorted for it. Returns how many there are. */
static size_t find_parents(rri_candidate *table, size_t count, size_t lines, size_t *parent)
{
    size_t found = 0;

    if (count > 0)
        qsort(table, count, sizeof *table, by_score);
    for (size_t i = 0; i < count && found < lines; i++) {
        bool seen = false;
        for (size_t j = 0; j < found && !seen; j++)
            seen = table[parent[j]].sample.source == table[i].sample.source;
        if (!seen)
            parent[found++] = i;
    }
    return found;
}

/* Sources and transformations of variants begin..end-1. Round 0 samples the whole range, source
 * after source; round k > 0 around the parents, at 2^-k of the range. */
static void plan_round(const rri_search *s, size_t id, const uint32_t *sources, size_t n,
                       size_t round, size_t begin, size_t end, const size_t *parent, size_t parents,
                       rri_candidate *table)
{
    const double fraction = ldexp(1.0, -(int)round);

    for (size_t i = begin; i < end; i++) {
        const uint64_t address = ((uint64_t)id << 32) + (uint64_t)i;
        rr_repair_sample *v = &table[i].sample;
        table[i].number = i;
        if (parents > 0) {
            const rr_repair_sample *from = &table[parent[i % parents]].sample;
            v->source = from->source;
            v->transform = rr_affine_draw_near(&s->cfg.sample.range, &from->transform, fraction,
                                               s->cfg.seed, address);
        } else {
            v->source = sources[i % n];
            v->transform = rr_affine_draw(&s->cfg.sample.range, s->cfg.seed, address);
        }
    }
}

/* Variants begin..end-1 as a dataset of its own. Memory: rr_dataset_free(). */
static rr_status make_round(const rri_search *s, uint32_t truth, size_t begin, size_t end,
                            rri_variants *v, rr_dataset **out, rr_error *err)
{
    const rr_dataset_shape shape = rr_dataset_shape_of(s->train);
    const size_t pixels = s->T * s->D;
    rr_dataset_builder *b = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_dataset_builder_new(&shape, &b, err));
    for (size_t i = begin; i < end; i++) {
        const rr_repair_sample *of = &v->table[i].sample;
        float *image = v->frames + i * pixels;
        RRI_TRY(rr_affine_apply(&of->transform, rr_dataset_at(s->train, of->source).frames, s->T,
                                s->D, image, err));
        const rr_sequence seq = { .frames = image, .steps = s->T, .label = truth };
        RRI_TRY(rr_dataset_builder_add(b, seq, err));
    }
    RRI_TRY(rr_dataset_builder_finish(b, out, err));

done:
    rr_dataset_builder_free(b);
    return st;
}

/* What the network makes of the images, and their influence on x, unless gradients judge them.
 * round is [count of images]. */
static rr_status score_round(const rri_search *s, const rri_target *x, const rr_dataset *images,
                             rri_candidate *round, rr_error *err)
{
    rr_traces *traces = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_trace_dataset(s->inf, s->net, images, s->cfg.threads, &traces, err));
    for (size_t i = 0; i < rr_traces_count(traces); i++) {
        const rr_trace t = rr_traces_at(traces, i);
        round[i].sample.prediction = t.prediction;
        if (x->direction == NULL)
            RRI_TRY(rr_influence_similarity(s->inf, &s->cfg.sample.query, &t, &x->trace,
                                            &round[i].sample.score, err));
    }

done:
    rr_traces_free(traces);
    return st;
}

/* The cosines in the place of the influence. */
static rr_status score_by_gradient(const rri_search *s, const rri_target *x,
                                   const rr_dataset *images, rri_candidate *round, rr_error *err)
{
    const size_t n = rr_dataset_count(images);
    const rr_losses losses = rr_losses_all(images);
    rr_derivatives *d = NULL;
    double *cosines = NULL; /* [n] */
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&cosines, n, 1, sizeof *cosines, err));
    RRI_TRY(rr_derivatives_new(s->net, images, s->cfg.threads, &d, err));
    RRI_TRY(rr_derivatives_cosines(d, &losses, x->direction, cosines, err));
    for (size_t i = 0; i < n; i++)
        round[i].sample.score = (float)cosines[i];

done:
    rr_derivatives_free(d);
    rri_free(cosines);
    return st;
}

rr_status rri_variants_make(const rri_search *s, const rri_target *x, const uint32_t *sources,
                            size_t n, size_t count, size_t rounds, rri_variants *out, rr_error *err)
{
    const size_t part = rri_blocks(count, rounds);
    rri_variants v = { .count = count };
    rr_dataset *images = NULL;
    size_t *parent = NULL; /* [n] */
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&parent, n, 1, sizeof *parent, err));
    RRI_TRY(rri_alloc(&v.table, count, 1, sizeof *v.table, err));
    RRI_TRY(rri_alloc(&v.frames, count, s->T * s->D, sizeof *v.frames, err));
    for (size_t round = 0; round * part < count; round++) {
        size_t begin = 0;
        size_t end = 0;
        rri_block(count, part, round, &begin, &end);
        const size_t lines = rri_max(rri_min(n, LINES), n >> rri_min(round, 63));
        const size_t parents = find_parents(v.table, begin, lines, parent);
        plan_round(s, x->id, sources, n, round, begin, end, parent, parents, v.table);
        RRI_TRY(make_round(s, x->trace.label, begin, end, &v, &images, err));
        RRI_TRY(score_round(s, x, images, v.table + begin, err));
        if (x->direction != NULL)
            RRI_TRY(score_by_gradient(s, x, images, v.table + begin, err));
        rr_dataset_free(images);
        images = NULL;
    }
    *out = v;
    v = (rri_variants){ 0 };

done:
    rr_dataset_free(images);
    rri_free(parent);
    rri_variants_clear(&v);
    return st;
}

static size_t of_source(const rri_candidate *table, size_t n, uint32_t source)
{
    size_t count = 0;

    for (size_t i = 0; i < n; i++)
        count += table[i].sample.source == source;
    return count;
}

/* Take entry i out of the table and put it in at `to` <= i; those between move up by one, so the
 * rest stays sorted. */
static void move_forward(rri_candidate *table, size_t i, size_t to)
{
    const rri_candidate taken = table[i];

    for (; i > to; i--)
        table[i] = table[i - 1];
    table[to] = taken;
}

size_t rri_variants_choose(rri_variants *v, float bar, size_t keep, size_t *accepted)
{
    const size_t most = rri_blocks(keep, 4);
    size_t chosen = 0;
    size_t above = 0;

    qsort(v->table, v->count, sizeof *v->table, by_score);
    while (above < v->count && v->table[above].sample.score > bar)
        above++;
    for (size_t i = 0; i < above && chosen < keep; i++)
        if (of_source(v->table, chosen, v->table[i].sample.source) < most)
            move_forward(v->table, i, chosen++);
    /* What follows the chosen is still best first: fill up from there where variety ran out. */
    chosen = rri_min(above, keep);
    qsort(v->table, chosen, sizeof *v->table, by_score);
    *accepted = above;
    return chosen;
}

void rri_variants_clear(rri_variants *v)
{
    rri_free(v->frames);
    rri_free(v->table);
    *v = (rri_variants){ 0 };
}
