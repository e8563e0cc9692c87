/* SPDX-License-Identifier: MIT */
/* table3_search.c - new images that serve an error under all models at once: see table3.h.
 *
 * r_x of the paper asks a variant to influence the error more than any training image of the label
 * that is read. Under one model such variants are rare, and of little use to another network. Here
 * a variant is judged by all models: by how many of them it passes that bar, and by its mean
 * inflscore for the error, which is its nearness to the error's own trace. The states are coarse,
 * and much passes a bar; so in another search the sources come from the influence model, and what
 * is made of them is judged by the gradients. It is found in rounds, each around the best of the
 * last, as rr_repair does under one model. */
#include "experiments/table3.h"
#include "rnnrepair/experimental/augment.h"

#include <math.h>
#include <stdlib.h>

/* Sources that later rounds go on with at least, as in rr_repair. */
enum { LINES = 4 };

/* The first stream of random numbers of a search. */
enum { SEARCH_STREAM = 1 };

table3_search table3_search_default(const experiment_context *ctx)
{
    table3_search s = { .sources = 48, .variants = ctx->quick ? 250 : 4000, .rounds = 8 };
    s.range = rr_affine_range_default();
    s.range.min.rotate = -45.0;
    s.range.max.rotate = 45.0;
    s.range.min.shear = -0.6;
    s.range.max.shear = 0.6;
    s.range.min.scale = 0.6;
    s.range.max.scale = 1.4;
    s.range.min.shift_x = s.range.min.shift_y = -5.0;
    s.range.max.shift_x = s.range.max.shift_y = 5.0;
    s.amplitude = 2.0;
    return s;
}

/* ---- sources --------------------------------------------------------------------------------- */

typedef struct origin {
    uint32_t id;
    double score;
} origin;

static int by_source(const void *a, const void *b)
{
    const origin *const s = a, *const t = b;
    if (s->score != t->score)
        return s->score < t->score ? 1 : -1;
    return s->id < t->id ? -1 : s->id > t->id;
}

/* Whether some model reads a training image right that has this label. */
static int serves(const table3_case *c, size_t i, uint32_t label)
{
    if (rr_dataset_at(c->train, i).label != label)
        return 0;
    for (size_t m = 0; m < c->models; m++)
        if (rr_traces_at(rr_influence_training(c->infs[m]), i).prediction == label)
            return 1;
    return 0;
}

/* The training images that serve an error, by the sum of their inflscores under the models
 * that read them right, the largest first. Memory: *out is owned, [N]. */
static rr_status find_sources(const experiment_context *ctx, const table3_case *c, size_t error,
                              origin **out, size_t *n, rr_error *err)
{
    const size_t N = rr_dataset_count(c->train);
    const uint32_t truth = rr_dataset_at(c->test, c->errors[error]).label;
    rr_query query = rr_query_default();
    origin *list = NULL;
    float *scores = NULL; /* [models][N] */
    size_t found = 0;
    rr_status st = RR_OK;

    *out = NULL;
    query.threads = ctx->threads;
    RRI_TRY(rri_alloc(&list, N, 1, sizeof *list, err));
    RRI_TRY(rri_alloc(&scores, c->models * N, 1, sizeof *scores, err));
    for (size_t m = 0; m < c->models; m++) {
        const rr_trace x = rr_traces_at(c->traces[m], error);
        RRI_TRY(rr_influence_scores(c->infs[m], &query, &x, scores + m * N, err));
    }
    for (size_t i = 0; i < N; i++) {
        double sum = 0.0;
        if (!serves(c, i, truth))
            continue;
        for (size_t m = 0; m < c->models; m++)
            if (rr_traces_at(rr_influence_training(c->infs[m]), i).prediction == truth)
                sum += (double)scores[m * N + i];
        list[found++] = (origin){ (uint32_t)i, sum };
    }
    if (found > 0)
        qsort(list, found, sizeof *list, by_source);
    *n = found;
    *out = list;
    list = NULL;

done:
    rri_free(scores);
    rri_free(list);
    return st;
}

/* ---- variants -------------------------------------------------------------------------------- */

static int by_influence(const void *a, const void *b)
{
    const table3_variant *const v = a, *const w = b;
    if (v->accepted != w->accepted)
        return v->accepted < w->accepted ? 1 : -1;
    if (v->score != w->score)
        return v->score < w->score ? 1 : -1;
    return v->number < w->number ? -1 : v->number > w->number;
}

static int by_gradient(const void *a, const void *b)
{
    const table3_variant *const v = a, *const w = b;
    if (v->alignment != w->alignment)
        return v->alignment < w->alignment ? 1 : -1;
    return v->number < w->number ? -1 : v->number > w->number;
}

/* The best variant of each source, of at most `lines`; the table is sorted. */
static size_t find_parents(const table3_variant *table, size_t n, size_t lines,
                           table3_variant *parents)
{
    size_t found = 0;
    for (size_t i = 0; i < n && found < lines; i++) {
        int seen = 0;
        for (size_t k = 0; k < found && !seen; k++)
            seen = parents[k].source == table[i].source;
        if (!seen)
            parents[found++] = table[i];
    }
    return found;
}

/* A variant from the whole range, or from a share of its deformation. The draws are those of
 * `address` in two streams. */
static table3_variant draw_variant(const table3_search *s, uint64_t stream, uint64_t address,
                                   double share)
{
    table3_variant v = { .affine = rr_affine_draw(&s->range, stream, address) };

    v.elastic.amplitude = share * s->amplitude * experiment_uniform(stream + 1, address);
    v.elastic.seed = address;
    return v;
}

/* Variant `number` of an error: from the whole range, or around a parent. Every other variant
 * around a parent keeps its deformation; the others try a new one, weaker by the round. */
static table3_variant plan(const table3_search *s, size_t id, size_t number, const origin *sources,
                           size_t n, const table3_variant *parents, size_t count, size_t round)
{
    const uint64_t address = ((uint64_t)id << 32) + number;
    const double share = ldexp(1.0, -(int)round);
    table3_variant v = draw_variant(s, SEARCH_STREAM, address, share);

    v.source = sources[number % n].id;
    v.number = number;
    if (count > 0) {
        const table3_variant *const from = &parents[number % count];
        v.source = from->source;
        v.affine = rr_affine_draw_near(&s->range, &from->affine, share, SEARCH_STREAM, address);
        if (number / count % 2 == 0)
            v.elastic = from->elastic;
    }
    return v;
}

rr_status table3_draw(const table3_case *c, const table3_variant *v, float *scratch, float *image,
                      rr_error *err)
{
    const rr_sequence from = rr_dataset_at(c->train, v->source);
    const size_t width = rr_dataset_width(c->train);
    experiment_elastic_apply(&v->elastic, from.frames, from.steps, width, scratch);
    return rr_affine_apply(&v->affine, scratch, from.steps, width, image, err);
}

static rr_status draw_all(const table3_case *c, const table3_variant *v, size_t n, rr_dataset **out,
                          rr_error *err)
{
    const rr_dataset_shape shape = rr_dataset_shape_of(c->train);
    const size_t steps = rr_dataset_max_steps(c->train);
    rr_dataset_builder *b = NULL;
    float *room = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_alloc(&room, 2 * steps * shape.width, 1, sizeof *room, err));
    RRI_TRY(rr_dataset_builder_new(&shape, &b, err));
    for (size_t i = 0; i < n; i++) {
        const rr_sequence from = rr_dataset_at(c->train, v[i].source);
        const rr_sequence seq = { .frames = room, .steps = from.steps, .label = from.label };
        RRI_TRY(table3_draw(c, &v[i], room + steps * shape.width, room, err));
        RRI_TRY(rr_dataset_builder_add(b, seq, err));
    }
    RRI_TRY(rr_dataset_builder_finish(b, out, err));

done:
    rr_dataset_builder_free(b);
    rri_free(room);
    return st;
}

/* The bar of a model: the largest inflscore of a training image with the label it reads. */
static rr_status find_bar(const experiment_context *ctx, const table3_case *c, size_t model,
                          size_t error, float *bar, rr_error *err)
{
    const rr_trace x = rr_traces_at(c->traces[model], error);
    rr_query query = rr_query_default();
    rr_neighbour nearest = { .score = 0.0F };
    size_t found = 0;
    query.label = (int)x.prediction;
    query.correct_only = 1;
    query.threads = ctx->threads;
    const rr_status st = rr_influence_nearest(c->infs[model], &query, &x, 1, &nearest, &found, err);
    *bar = found > 0 ? nearest.score : 0.0F;
    return st;
}

static rr_status judge(const experiment_context *ctx, const table3_case *c, const float *bars,
                       size_t error, table3_merit merit, table3_variant *v, size_t n, rr_error *err)
{
    rr_dataset *images = NULL;
    float *score = NULL;
    double *alignment = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&score, n, 1, sizeof *score, err));
    RRI_TRY(rri_alloc(&alignment, n, 1, sizeof *alignment, err));
    RRI_TRY(draw_all(c, v, n, &images, err));
    for (size_t m = 0; m < c->models; m++) {
        RRI_TRY(table3_score(ctx, c, m, error, images, score, err));
        for (size_t i = 0; i < n; i++) {
            v[i].accepted += score[i] > bars[m];
            v[i].score += (double)score[i] / (double)c->models;
        }
    }
    if (merit == TABLE3_BY_GRADIENT)
        RRI_TRY(table3_alignment(ctx, c, error, images, alignment, err));
    for (size_t i = 0; i < n; i++)
        v[i].alignment = alignment[i];

done:
    rr_dataset_free(images);
    rri_free(alignment);
    rri_free(score);
    return st;
}

rr_status table3_search_error(experiment_context *ctx, const table3_case *c,
                              const table3_search *search, size_t error, table3_variant **out,
                              size_t *n, rr_error *err)
{
    const size_t part = (search->variants + search->rounds - 1) / search->rounds;
    float bars[TABLE3_MODELS] = { 0.0F };
    origin *sources = NULL;
    table3_variant *table = NULL, *parents = NULL;
    size_t many = 0, count = 0;
    rr_status st = RR_OK;

    *out = NULL;
    *n = 0;
    for (size_t m = 0; m < c->models; m++)
        RRI_TRY(find_bar(ctx, c, m, error, &bars[m], err));
    RRI_TRY(find_sources(ctx, c, error, &sources, &many, err));
    if (many > search->sources)
        many = search->sources;
    RRI_TRY(rri_alloc(&table, search->variants, 1, sizeof *table, err));
    RRI_TRY(rri_alloc(&parents, many, 1, sizeof *parents, err));
    for (size_t round = 0; many > 0 && count < search->variants && !experiment_stopped(ctx);
         round++) {
        const size_t end = count + part < search->variants ? count + part : search->variants;
        const size_t half = many >> round, least = many < LINES ? many : LINES;
        const size_t lines = find_parents(table, count, half > least ? half : least, parents);
        for (size_t i = count; i < end; i++)
            table[i] = plan(search, c->errors[error], i, sources, many, parents, lines, round);
        RRI_TRY(judge(ctx, c, bars, error, search->merit, table + count, end - count, err));
        count = end;
        qsort(table, count, sizeof *table,
              search->merit == TABLE3_BY_GRADIENT ? by_gradient : by_influence);
    }
    *n = count;
    *out = table;
    table = NULL;

done:
    rri_free(parents);
    rri_free(table);
    rri_free(sources);
    return st;
}

rr_status table3_random(const table3_case *c, const table3_search *search, size_t error,
                        uint64_t seed, size_t n, table3_variant *out, size_t *found, rr_error *err)
{
    const size_t N = rr_dataset_count(c->train), id = c->errors[error];
    const uint32_t truth = rr_dataset_at(c->test, id).label;
    const uint64_t stream = SEARCH_STREAM + 3 * seed; /* of each seed three of its own */
    uint32_t *list = NULL;
    size_t many = 0;
    const rr_status st = rri_alloc(&list, N, 1, sizeof *list, err);

    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < N; i++)
        if (serves(c, i, truth))
            list[many++] = (uint32_t)i;
    *found = many > 0 ? n : 0;
    for (size_t i = 0; i < *found; i++) {
        const uint64_t address = ((uint64_t)id << 32) + i;
        out[i] = draw_variant(search, stream, address, 1.0);
        out[i].elastic.seed += seed << 48; /* ids are below 2^16 */
        out[i].source = list[(size_t)((double)many * experiment_uniform(stream + 2, address))];
        out[i].number = i;
    }
    rri_free(list);
    return RR_OK;
}

/* ---- choice ---------------------------------------------------------------------------------- */

static size_t of_source(const table3_variant *v, size_t n, uint32_t source)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += v[i].source == source;
    return count;
}

size_t table3_choose(table3_variant *variants, size_t n, size_t keep)
{
    const size_t share = (keep + 7) / 8;
    size_t chosen = 0;

    for (size_t i = 0; i < n && chosen < keep; i++) {
        if (of_source(variants, chosen, variants[i].source) >= share)
            continue;
        const table3_variant taken = variants[i];
        for (size_t k = i; k > chosen; k--) /* the rest stays in its order */
            variants[k] = variants[k - 1];
        variants[chosen++] = taken;
    }
    return n < keep ? n : keep; /* where variety ran out, the next best follow by themselves */
}
