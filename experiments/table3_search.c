/* SPDX-License-Identifier: MIT */
/* table3_search.c - new images that serve an error under all models at once: see table3.h.
 *
 * r_x of the paper asks a variant to influence the error more than any training image of the label
 * that is predicted. Under one model such variants are rare, and of little use to another network.
 * Here the library's search scores a variant by all models: by how many of them it passes that bar,
 * and by its mean inflscore for the error, which is its nearness to the error's own trace. The
 * states are coarse, and much passes a bar; so in another search the sources come from the
 * influence model, and the variants are scored by gradients. Beyond the library's transformations a
 * variant is deformed: every other one around a parent as its parent was, the others anew, and
 * weaker by the round. */
#include "experiments/table3.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

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

/* The training images of a label that some model predicts correctly. Memory: *out is owned. */
static rr_status find_correct(const table3_case *c, uint32_t label, uint32_t **out, size_t *n,
                              rr_error *err)
{
    const size_t N = rr_dataset_count(c->train);
    const rr_status st = rri_alloc(out, N, 1, sizeof **out, err);

    *n = 0;
    for (size_t i = 0; i < N && st == RR_OK; i++) {
        int correct = 0;
        for (size_t m = 0; m < c->models && rr_dataset_at(c->train, i).label == label; m++)
            correct |= rr_traces_at(rr_influence_training(c->infs[m]), i).prediction == label;
        if (correct)
            (*out)[(*n)++] = (uint32_t)i;
    }
    return st;
}

typedef struct source {
    uint32_t id;
    double score; /* sum of its inflscores under the models that predict it correctly */
} source;

static int by_score(const void *a, const void *b)
{
    const source *const s = a, *const t = b;
    if (s->score != t->score)
        return s->score < t->score ? 1 : -1;
    return s->id < t->id ? -1 : s->id > t->id;
}

/* The images find_correct() gives for an error's label, the largest score first. Memory: *out is
 * owned. */
static rr_status find_sources(const experiment_context *ctx, const table3_case *c, size_t error,
                              uint32_t **out, size_t *n, rr_error *err)
{
    const uint32_t truth = rr_dataset_at(c->test, c->errors[error]).label;
    rr_query query = rr_query_default();
    source *list = NULL;
    float *scores = NULL; /* [N] */
    rr_status st = RR_OK;

    query.threads = ctx->threads;
    RRI_TRY(find_correct(c, truth, out, n, err));
    RRI_TRY(rri_alloc(&list, *n, 1, sizeof *list, err));
    RRI_TRY(rri_alloc(&scores, rr_dataset_count(c->train), 1, sizeof *scores, err));
    for (size_t i = 0; i < *n; i++)
        list[i].id = (*out)[i];
    for (size_t m = 0; m < c->models; m++) {
        const rr_trace x = rr_traces_at(c->traces[m], error);
        RRI_TRY(rr_influence_scores(c->infs[m], &query, &x, scores, err));
        for (size_t i = 0; i < *n; i++)
            if (rr_traces_at(rr_influence_training(c->infs[m]), list[i].id).prediction == truth)
                list[i].score += (double)scores[list[i].id];
    }
    if (*n > 0)
        qsort(list, *n, sizeof *list, by_score);
    for (size_t i = 0; i < *n; i++)
        (*out)[i] = list[i].id;

done:
    rri_free(scores);
    rri_free(list);
    return st;
}

/* ---- variants -------------------------------------------------------------------------------- */

void table3_variants_clear(table3_variants *v)
{
    rri_free(v->list);
    rri_free(v->elastic);
    *v = (table3_variants){ .list = NULL };
}

static rr_status begin_variants(table3_variants *v, size_t n, rr_error *err)
{
    v->n = n;
    const rr_status st = rri_alloc(&v->list, n, 1, sizeof *v->list, err);
    return st == RR_OK ? rri_alloc(&v->elastic, n, 1, sizeof *v->elastic, err) : st;
}

/* A new deformation of variant `number` of test image `id`, of at most a fraction of the whole. */
static experiment_elastic sample_elastic(const table3_search *s, uint64_t stream, size_t id,
                                         size_t number, double fraction)
{
    const uint64_t address = ((uint64_t)id << 32) + number;
    return (experiment_elastic){ .amplitude = fraction * s->amplitude *
                                              experiment_uniform(stream + 1, address),
                                 .seed = address };
}

rr_status table3_add_variants(const table3_case *c, const table3_variants *v, size_t n,
                              rr_dataset_builder *b, rr_error *err)
{
    const size_t width = rr_dataset_width(c->train);
    const size_t size = rr_dataset_max_steps(c->train) * width;
    float *images = NULL; /* one deformed, and transformed as well */
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&images, 2, size, sizeof *images, err));
    for (size_t i = 0; i < n; i++) {
        const rr_variant *const at = &v->list[i];
        rr_sequence seq = rr_dataset_at(c->train, at->source);
        experiment_elastic_apply(&v->elastic[at->number], seq.frames, seq.steps, width, images);
        RRI_TRY(rr_affine_apply(&at->transform, images, seq.steps, width, images + size, err));
        seq.frames = images + size;
        RRI_TRY(rr_dataset_builder_add(b, seq, err));
    }

done:
    rri_free(images);
    return st;
}

/* The bar of a model: the largest inflscore of a training image with the label it predicts. */
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

/* A search for one error. */
typedef struct scoring {
    experiment_context *ctx;
    const table3_case *c;
    const table3_search *search;
    size_t error;
    const table3_variants *all; /* their deformations; the list is that of the search */
    float bars[TABLE3_MODELS];
} scoring;

/* The deformations of a round. The search goes through the parents in turn, and so do these. */
static void deform(const scoring *with, const rr_variant *v, size_t n)
{
    const table3_search *const s = with->search;
    const size_t part = rri_blocks(s->variants, s->rounds), id = with->c->errors[with->error];
    size_t parents = 1;

    while (parents < n && v[parents].parent != v[0].parent)
        parents++;
    for (size_t i = 0; i < n; i++) {
        const size_t number = v[i].number;
        const int as_parent = v[i].parent != SIZE_MAX && number / parents % 2 == 0;
        const double fraction = ldexp(1.0, -(int)(number / part));
        with->all->elastic[number] = as_parent
                                         ? with->all->elastic[v[i].parent]
                                         : sample_elastic(s, SEARCH_STREAM, id, number, fraction);
    }
}

static rr_status score_by_influence(const scoring *with, const rr_dataset *images, rr_variant *v,
                                    size_t n, rr_error *err)
{
    const size_t models = with->c->models;
    float *score = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&score, n, 1, sizeof *score, err));
    for (size_t m = 0; m < models; m++) {
        RRI_TRY(table3_score(with->ctx, with->c, m, with->error, images, score, err));
        for (size_t i = 0; i < n; i++)
            v[i].score += 2.0 * (score[i] > with->bars[m]) + (double)score[i] / (double)models;
    }

done:
    rri_free(score);
    return st;
}

static rr_status score_by_gradient(const scoring *with, const rr_dataset *images, rr_variant *v,
                                   size_t n, rr_error *err)
{
    double *alignment = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&alignment, n, 1, sizeof *alignment, err));
    RRI_TRY(table3_alignment(with->ctx, with->c, with->error, images, alignment, err));
    for (size_t i = 0; i < n; i++)
        v[i].score = alignment[i];

done:
    rri_free(alignment);
    return st;
}

/* Score a round; an interruption ends the search. */
static rr_status score_round(void *self, rr_variant *v, size_t n, rr_error *err)
{
    const scoring *const with = self;
    const rr_dataset_shape shape = rr_dataset_shape_of(with->c->train);
    const table3_variants round = { .list = v, .elastic = with->all->elastic, .n = n };
    rr_dataset_builder *b = NULL;
    rr_dataset *images = NULL;
    rr_status st = RR_OK;

    if (experiment_stopped(with->ctx))
        return rri_fail(err, RR_ERR_CANCELLED, -1, "interrupted");
    deform(with, v, n);
    RRI_TRY(rr_dataset_builder_new(&shape, &b, err));
    RRI_TRY(table3_add_variants(with->c, &round, n, b, err));
    RRI_TRY(rr_dataset_builder_finish(b, &images, err));
    if (with->search->merit == TABLE3_BY_GRADIENT)
        RRI_TRY(score_by_gradient(with, images, v, n, err));
    else
        RRI_TRY(score_by_influence(with, images, v, n, err));

done:
    rr_dataset_free(images);
    rr_dataset_builder_free(b);
    return st;
}

rr_status table3_search_error(experiment_context *ctx, const table3_case *c,
                              const table3_search *search, size_t error, table3_variants *out,
                              rr_error *err)
{
    scoring with = { .ctx = ctx, .c = c, .search = search, .error = error, .all = out };
    rr_variant_search s = { .variants = search->variants,
                            .rounds = search->rounds,
                            .range = search->range,
                            .seed = SEARCH_STREAM,
                            .id = c->errors[error],
                            .score = score_round,
                            .self = &with };
    uint32_t *sources = NULL;
    rr_status st = RR_OK;

    for (size_t m = 0; m < c->models; m++)
        RRI_TRY(find_bar(ctx, c, m, error, &with.bars[m], err));
    RRI_TRY(find_sources(ctx, c, error, &sources, &s.n, err));
    if (s.n == 0)
        goto done;
    s.n = rri_min(s.n, search->sources);
    s.sources = sources;
    RRI_TRY(begin_variants(out, s.variants, err));
    st = rr_variants_search(&s, out->list, err);
    if (st == RR_ERR_CANCELLED) {
        table3_variants_clear(out);
        st = RR_OK;
    }

done:
    rri_free(sources);
    return st;
}

rr_status table3_random(const table3_case *c, const table3_search *search, size_t error,
                        uint64_t seed, size_t n, table3_variants *out, rr_error *err)
{
    const size_t id = c->errors[error];
    const uint32_t truth = rr_dataset_at(c->test, id).label;
    const uint64_t stream = SEARCH_STREAM + 3 * seed; /* of each seed three of its own */
    uint32_t *list = NULL, *sources = NULL;
    rr_variant_search s = {
        .n = n, .variants = n, .rounds = 1, .range = search->range, .seed = stream, .id = id
    };
    size_t many = 0;
    rr_status st = RR_OK;

    RRI_TRY(find_correct(c, truth, &list, &many, err));
    if (many == 0 || n == 0)
        goto done;
    RRI_TRY(rri_alloc(&sources, n, 1, sizeof *sources, err));
    RRI_TRY(begin_variants(out, n, err));
    for (size_t i = 0; i < n; i++) {
        const uint64_t address = ((uint64_t)id << 32) + i;
        sources[i] = list[(size_t)((double)many * experiment_uniform(stream + 2, address))];
        out->elastic[i] = sample_elastic(search, stream, id, i, 1.0);
        out->elastic[i].seed += seed << 48; /* ids are below 2^16 */
    }
    s.sources = sources;
    RRI_TRY(rr_variants_search(&s, out->list, err));

done:
    rri_free(sources);
    rri_free(list);
    return st;
}
