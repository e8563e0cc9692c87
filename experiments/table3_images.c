/* SPDX-License-Identifier: MIT */
/* table3_images.c - the images the paper adds, one for each error and model: see table3.h. */
#include "experiments/table3.h"

#include <stdlib.h>

enum { SHIFTS = 6, FIRST_SHIFT = -3, FIRST_TURN = -180, TURNS = 360 };

/* Degrees between two turns. */
static size_t step(const experiment_context *ctx)
{
    return ctx->quick ? 10 : 1;
}

size_t table3_candidates(const experiment_context *ctx)
{
    return TURNS / step(ctx) * SHIFTS;
}

rr_affine table3_candidate(const experiment_context *ctx, size_t number)
{
    const size_t turn = number / SHIFTS;
    rr_affine a = rr_affine_identity();
    a.rotate = FIRST_TURN + (double)(turn * step(ctx));
    a.shift_x = a.shift_y = FIRST_SHIFT + (double)(number % SHIFTS);
    return a;
}

/* ---- scores ---------------------------------------------------------------------------------- */

rr_status table3_score(const experiment_context *ctx, const table3_case *c, size_t model,
                       size_t error, const rr_dataset *images, float *score, rr_error *err)
{
    const rr_query query = rr_query_default();
    const rr_trace x = rr_traces_at(c->traces[model], error);
    rr_traces *traces = NULL;
    rr_status st = RR_OK;

    RRI_TRY(experiment_trace(ctx, c->infs[model], c->nets[model], images, &traces, err));
    for (size_t i = 0; i < rr_traces_count(traces); i++) {
        const rr_trace t = rr_traces_at(traces, i);
        RRI_TRY(rr_influence_similarity(c->infs[model], &query, &t, &x, &score[i], err));
    }

done:
    rr_traces_free(traces);
    return st;
}

/* ---- pairs ----------------------------------------------------------------------------------- */

static rr_status add_candidate(const experiment_context *ctx, const table3_case *c,
                               const table3_pair *pair, size_t number, float *image,
                               rr_dataset_builder *b, rr_error *err)
{
    const rr_affine affine = table3_candidate(ctx, number);
    const rr_sequence from = rr_dataset_at(c->train, pair->source);
    const rr_sequence seq = { .frames = image, .steps = from.steps, .label = from.label };
    const rr_status st =
        rr_affine_apply(&affine, from.frames, from.steps, rr_dataset_width(c->train), image, err);
    return st == RR_OK ? rr_dataset_builder_add(b, seq, err) : st;
}

/* The candidates of a pair, and the best of them; ties go to the first. */
static rr_status find_best(const experiment_context *ctx, const table3_case *c, table3_pair *pair,
                           rr_error *err)
{
    const size_t candidates = table3_candidates(ctx);
    const rr_dataset_shape shape = rr_dataset_shape_of(c->train);
    rr_dataset_builder *b = NULL;
    rr_dataset *images = NULL;
    float *image = NULL, *score = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&score, candidates, 1, sizeof *score, err));
    RRI_TRY(rri_alloc(&image, rr_dataset_max_steps(c->train) * shape.width, 1, sizeof *image, err));
    RRI_TRY(rr_dataset_builder_new(&shape, &b, err));
    for (size_t k = 0; k < candidates; k++)
        RRI_TRY(add_candidate(ctx, c, pair, k, image, b, err));
    RRI_TRY(rr_dataset_builder_finish(b, &images, err));
    RRI_TRY(table3_score(ctx, c, pair->model, pair->error, images, score, err));
    pair->best = 0;
    for (size_t k = 1; k < candidates; k++)
        if (score[k] > score[pair->best])
            pair->best = k;
    pair->score = score[pair->best];

done:
    rr_dataset_free(images);
    rr_dataset_builder_free(b);
    rri_free(image);
    rri_free(score);
    return st;
}

/* The nearest training image of the true label: *found is 0 where none is predicted correctly. */
static rr_status find_source(const experiment_context *ctx, const table3_case *c, table3_pair *pair,
                             size_t *found, rr_error *err)
{
    const rr_trace x = rr_traces_at(c->traces[pair->model], pair->error);
    rr_query query = rr_query_default();
    rr_neighbour nearest = { .id = 0 };
    query.label = (int)x.label;
    query.correct_only = 1;
    query.threads = ctx->threads;
    const rr_status st =
        rr_influence_nearest(c->infs[pair->model], &query, &x, 1, &nearest, found, err);
    pair->source = nearest.id;
    return st;
}

rr_status table3_pairs(experiment_context *ctx, table3_case *c, table3_pair **out, size_t *n,
                       rr_error *err)
{
    table3_pair *pairs = NULL;
    size_t found = 0;
    rr_status st = RR_OK;

    *out = NULL;
    *n = 0;
    RRI_TRY(table3_abstract(ctx, c, err));
    RRI_TRY(rri_alloc(&pairs, c->n * c->models, 1, sizeof *pairs, err));
    for (size_t e = 0; e < c->n; e++)
        for (size_t m = 0; m < c->models && !experiment_stopped(ctx); m++) {
            table3_pair *const pair = &pairs[*n];
            *pair = (table3_pair){ .error = e, .model = m };
            experiment_show(ctx, "candidates of errors", e, c->n);
            RRI_TRY(find_source(ctx, c, pair, &found, err));
            if (found == 0)
                continue;
            RRI_TRY(find_best(ctx, c, pair, err));
            ++*n;
        }
    *out = pairs;
    pairs = NULL;

done:
    rri_free(pairs);
    return st;
}

rr_status table3_images(const experiment_context *ctx, const table3_case *c,
                        const table3_pair *pairs, size_t n, int random, uint64_t seed,
                        rr_dataset **out, rr_error *err)
{
    const rr_dataset_shape shape = rr_dataset_shape_of(c->train);
    const double candidates = (double)table3_candidates(ctx);
    rr_dataset_builder *b = NULL;
    float *image = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_alloc(&image, rr_dataset_max_steps(c->train) * shape.width, 1, sizeof *image, err));
    RRI_TRY(rr_dataset_builder_new(&shape, &b, err));
    for (size_t i = 0; i < n; i++) {
        const size_t drawn = (size_t)(candidates * experiment_uniform(seed, i));
        RRI_TRY(add_candidate(ctx, c, &pairs[i], random ? drawn : pairs[i].best, image, b, err));
    }
    RRI_TRY(rr_dataset_builder_finish(b, out, err));

done:
    rr_dataset_builder_free(b);
    rri_free(image);
    return st;
}
