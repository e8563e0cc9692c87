/* SPDX-License-Identifier: MIT */
/* builder.c - builds an influence model from a state source, step by step.
 *
 *   trace     first pass: covariance of the hidden states, a sample of the frames;
 *             at its end the principal components and the codebook
 *   project   second pass: z = P floats a step, labels, symbols
 *   cluster   mixtures on z, one K a step, until the search has converged
 *   index     the posting tables, one a step; at its end the tables that queries need
 *
 * Only one batch of hidden states is in memory at a time; z exists from project to cluster. After a
 * failure a builder can only be freed. */
#include "abstraction/abstraction_internal.h"
#include "influence/novelty.h"

#include "core/callbacks.h"
#include "io/scratch_array.h"

#include <string.h>

/* Frames the codebook is fitted on; enough for a few hundred centres. */
enum { SAMPLE_FRAMES = 32768 };

struct rr_influence_builder {
    rr_influence_config cfg;
    rr_state_source *source;
    rr_build_phase phase;
    bool failed;
    bool opened;   /* the source is rewound for this pass */
    rri_filled at; /* rows read in this pass */
    rri_covariance *covariance;
    float *sample; /* [sample_size][D] */
    size_t sample_size, sampled;
    float *z;               /* [R][P] */
    rri_measures *measures; /* [N], or NULL where they are too few */
    rri_partition *partition;
    size_t tables;       /* posting tables handled, including skipped ones */
    rr_influence *model; /* NULL once taken */
};

rr_influence_config rr_influence_config_default(void)
{
    return (rr_influence_config){ .struct_size = sizeof(rr_influence_config),
                                  .components = 10,
                                  .partition = rri_partition_config_default(),
                                  .symbols = 64,
                                  .seed = 1,
                                  .threads = 0 };
}

/* Whether frames are turned into symbols. */
static bool encodes(const rr_influence_builder *b)
{
    return b->source->width > 0 && b->cfg.symbols > 1;
}

/* ---- set-up --------------------------------------------------------------------------------- */

/* Validate the configuration before the first pass. */
static rr_status check_config(const rr_influence_config *cfg, const rr_state_source *source,
                              rr_error *err)
{
    const rr_partition_config *p = &cfg->partition;

    if (cfg->components == 0)
        return rri_fail(err, RR_ERR_ARG, -1, "0 principal components are too few");
    if (cfg->symbols == 0 || cfg->symbols > RRI_CODEBOOK_MOST)
        return rri_fail(err, RR_ERR_ARG, -1, "%zu symbols are not in 1..%d", cfg->symbols,
                        (int)RRI_CODEBOOK_MOST);
    const rr_status st = rri_partition_check_config(p, err);
    if (st != RR_OK)
        return st;
    if (p->states > source->steps)
        return rri_fail(err, RR_ERR_SHAPE, -1, "%zu states are more than the %zu steps there are",
                        p->states, source->steps);
    return RR_OK;
}

/* Set the model's sizes, known before the first batch. */
static void describe(rr_influence *inf, const rr_influence_config *cfg,
                     const rr_state_source *source)
{
    inf->config = *cfg;
    inf->width = source->width;
    inf->vocabulary = source->vocabulary;
    inf->info.sequences = source->sequences;
    inf->info.steps = source->steps;
    inf->info.hidden = source->hidden;
    inf->info.components = cfg->components;
    inf->info.classes = source->classes;
    inf->info.symbols = source->vocabulary > 0 ? source->vocabulary : 1;
    inf->info.seed = cfg->seed;
    if (source->origin.foreign)
        inf->origin = source->origin;
}

rr_status rr_influence_builder_new(const rr_influence_config *cfg, rr_state_source *source,
                                   rr_influence_builder **out, rr_error *err)
{
    rr_influence_config own = rr_influence_config_default();
    rr_influence_builder *b = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_config_take(&own, sizeof own, cfg, "rr_influence_config", err));
    RRI_TRY(rri_config_same(&own.partition, sizeof own.partition, "rr_influence_config.partition",
                            err));
    RRI_TRY(rri_config_same(&own.partition.gmm, sizeof own.partition.gmm,
                            "rr_influence_config.partition.gmm", err));
    cfg = &own;
    RRI_TRY(rri_source_check(source, err));
    if (source->unlabelled)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "the sequences have no labels: an influence model is built from labelled "
                         "ones"));
    RRI_TRY(check_config(cfg, source, err));
    RRI_TRY(rri_alloc(&b, 1, 1, sizeof *b, err));
    b->source = source;
    b->cfg = *cfg;
    b->cfg.components = rri_min(cfg->components, source->hidden);
    b->cfg.partition.gmm.components = rri_gmm_config_default().components;
    b->cfg.partition.gmm.seed = cfg->seed;
    b->cfg.partition.gmm.threads = cfg->threads;
    RRI_TRY(rri_alloc(&b->model, 1, 1, sizeof *b->model, err));
    describe(b->model, &b->cfg, source);
    b->cfg.partition.max_states =
        rri_choice_most(&cfg->partition, source->classes, source->sequences);
    *out = b;
    b = NULL;

done:
    rr_influence_builder_free(b);
    return st;
}

void rr_influence_builder_free(rr_influence_builder *b)
{
    if (b == NULL)
        return;
    rri_covariance_free(b->covariance);
    rri_free(b->sample);
    rri_partition_free(b->partition);
    rri_scratch_free(b->z);
    rri_free(b->measures);
    rr_influence_free(b->model);
    rri_free(b);
}

/* ---- the two passes -------------------------------------------------------------------------- */

static rr_status open_pass(rr_influence_builder *b, rr_error *err)
{
    const rr_status st = b->source->ops->rewind(b->source->self, err);

    if (st == RR_OK) {
        b->opened = true;
        b->at = (rri_filled){ 0 };
    }
    return st;
}

/* The next batch, checked; count 0 at the end of a complete pass. */
static rr_status next_batch(rr_influence_builder *b, rr_state_batch *batch, rr_error *err)
{
    *batch = (rr_state_batch){ 0 };
    const rr_status st = b->source->ops->next(b->source->self, batch, err);
    if (st != RR_OK)
        return st;
    if (batch->count == 0)
        return rri_pass_check(b->source, &b->at, err);
    return rri_batch_check(b->source, &b->at, batch, encodes(b), err);
}

/* Row s of the sample, 0 <= s < sample_size: sampled from the s-th of as many equal stretches of
 * all rows. It depends on the seed alone, not on the division into batches. */
static size_t sample_row(const rr_influence_builder *b, size_t s)
{
    rri_random random = rri_random_at(b->cfg.seed, RRI_RANDOM_SAMPLE, s);
    size_t begin = 0;
    size_t end = 0;

    rri_part(b->source->steps, b->sample_size, s, &begin, &end);
    return begin + (size_t)rri_random_below(&random, end - begin);
}

static void sample_frames(rr_influence_builder *b, const rr_state_batch *batch)
{
    const size_t width = b->source->width;

    while (b->sampled < b->sample_size) {
        const size_t row = sample_row(b, b->sampled);
        if (row >= b->at.rows + batch->rows)
            break;
        memcpy(b->sample + b->sampled * width, batch->frames + (row - b->at.rows) * width,
               width * sizeof *b->sample);
        b->sampled++;
    }
}

static rr_status begin_trace(rr_influence_builder *b, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(open_pass(b, err));
    RRI_TRY(rri_covariance_new(b->source->hidden, &b->covariance, err));
    if (encodes(b)) {
        b->sample_size = rri_min(b->source->steps, SAMPLE_FRAMES);
        RRI_TRY(rri_alloc(&b->sample, b->sample_size, b->source->width, sizeof *b->sample, err));
    }

done:
    return st;
}

static rr_status end_trace(rr_influence_builder *b, rr_error *err)
{
    rr_influence *inf = b->model;
    rr_status st = RR_OK;

    RRI_TRY(rri_pca_fit(b->covariance, b->cfg.components, &inf->pca, err));
    rri_covariance_free(b->covariance);
    b->covariance = NULL;
    double kept = 0.0;
    for (size_t c = 0; c < b->cfg.components; c++)
        kept += rri_pca_variance(inf->pca)[c];
    const double total = rri_pca_total_variance(inf->pca);
    inf->info.explained_variance = total > 0.0 ? kept / total : 1.0;
    if (encodes(b)) {
        const size_t width = b->source->width;
        const rri_rows x = { b->sample, b->sample_size, width, width };
        RRI_TRY(rri_codebook_fit(x, b->cfg.symbols, b->cfg.seed, b->cfg.threads, &inf->book, err));
        inf->info.symbols = rri_codebook_symbols(inf->book);
        if (inf->info.symbols == 1) { /* all frames are equal: symbols would carry no information */
            rri_codebook_free(inf->book);
            inf->book = NULL;
        }
    }
    rri_free(b->sample);
    b->sample = NULL;
    b->opened = false;
    b->phase = RR_BUILD_PROJECT;

done:
    return st;
}

static rr_status trace_batch(rr_influence_builder *b, rr_error *err)
{
    const size_t hidden = b->source->hidden;
    rr_state_batch batch;
    rr_status st = RR_OK;

    if (!b->opened)
        RRI_TRY(begin_trace(b, err));
    RRI_TRY(next_batch(b, &batch, err));
    if (batch.count == 0)
        return end_trace(b, err);
    st = rri_covariance_add(b->covariance, (rri_rows){ batch.states, batch.rows, hidden, hidden },
                            b->cfg.threads, err);
    if (st != RR_OK)
        return rri_prefix(err, st, "hidden states from step %zu of all on", b->at.rows);
    if (encodes(b)) {
        RRI_TRY(rri_frames_check(b->source, &b->at, &batch, err));
        sample_frames(b, &batch);
    }
    b->at.sequences += batch.count;
    b->at.rows += batch.rows;

done:
    return st;
}

static rr_status begin_project(rr_influence_builder *b, rr_error *err)
{
    const bool symbols = b->source->vocabulary > 0 || b->model->book != NULL;
    rr_status st = RR_OK;

    RRI_TRY(open_pass(b, err));
    RRI_TRY(
        rri_traces_new(b->source->sequences, b->source->steps, symbols, &b->model->training, err));
    RRI_TRY(rri_scratch_alloc(&b->z, b->source->steps, b->cfg.components, sizeof *b->z, err));
    if (b->source->sequences >= RRI_NOVELTY_LEAST)
        RRI_TRY(rri_alloc(&b->measures, b->source->sequences, 1, sizeof *b->measures, err));

done:
    return st;
}

static rr_status end_project(rr_influence_builder *b, rr_error *err)
{
    const size_t components = b->cfg.components;
    const rri_rows z = { b->z, b->source->steps, components, components };
    const rr_status st = rri_partition_new(&b->cfg.partition, z, b->model->training->prediction,
                                           b->source->classes, &b->partition, err);

    if (st == RR_OK)
        b->phase = RR_BUILD_CLUSTER;
    return st;
}

static rr_status project_batch(rr_influence_builder *b, rr_error *err)
{
    const size_t hidden = b->source->hidden;
    rr_influence *inf = b->model;
    rr_state_batch batch;
    rr_status st = RR_OK;

    if (!b->opened)
        RRI_TRY(begin_project(b, err));
    RRI_TRY(next_batch(b, &batch, err));
    if (batch.count == 0)
        return end_project(b, err);
    batch.probabilities = NULL; /* training traces do not store them */
    RRI_TRY(rri_pca_project(inf->pca, (rri_rows){ batch.states, batch.rows, hidden, hidden },
                            b->cfg.threads, b->z + b->at.rows * b->cfg.components, err));
    const rri_filled at = b->at;
    RRI_TRY(rri_traces_add(inf->training, &b->at, &batch, b->source->classes, inf->book,
                           b->cfg.threads, err));
    if (b->measures != NULL && inf->book != NULL)
        rri_novelty_inputs(inf->book, &batch, inf->training->symbol + at.rows,
                           b->measures + at.sequences);

done:
    return st;
}

/* ---- clustering ------------------------------------------------------------------------------ */

/* Copy the result of the search into the model. */
static rr_status take_partition(rr_influence_builder *b, rr_error *err)
{
    rr_influence *inf = b->model;
    const size_t classes = inf->info.classes;
    const rri_gmm *g = rri_partition_gmm(b->partition);
    const size_t states = rri_gmm_components(g);
    size_t points = 0;
    const rr_curve_point *curve = rri_partition_curve(b->partition, &points);
    rr_status st = RR_OK;

    RRI_TRY(rri_gmm_restore(states, rri_gmm_width(g), rri_gmm_weight(g), rri_gmm_mean(g),
                            rri_gmm_variance(g), &inf->gmm, err));
    RRI_TRY(rri_alloc(&inf->confidence, states + 1, classes, sizeof *inf->confidence, err));
    memcpy(inf->confidence + classes, rri_partition_confidence(b->partition),
           states * classes * sizeof *inf->confidence);
    RRI_TRY(rri_alloc(&inf->curve, points, 1, sizeof *inf->curve, err));
    memcpy(inf->curve, curve, points * sizeof *inf->curve);
    memcpy(inf->training->own.state, rri_partition_states(b->partition),
           inf->info.steps * sizeof *inf->training->own.state);
    inf->points = points;
    inf->info.states = states;
    inf->info.stability_mean = curve[points - 1].stability_mean;
    inf->info.stability_min = curve[points - 1].stability_min;
    inf->info.log_likelihood = curve[points - 1].log_likelihood;

done:
    return st;
}

/* How likely the states of each training sequence are. */
static rr_status measure_states(rr_influence_builder *b, rr_error *err)
{
    const rr_influence *inf = b->model;
    const size_t P = b->cfg.components;
    float *likely = NULL;
    rr_status st = RR_OK;

    if (b->measures == NULL || !rri_novelty_has(inf, RR_NOVELTY_STATE))
        return RR_OK;
    RRI_TRY(rri_scratch_alloc(&likely, inf->info.steps, 1, sizeof *likely, err));
    RRI_TRY(rri_gmm_assign(inf->gmm, (rri_rows){ b->z, inf->info.steps, P, P }, b->cfg.threads,
                           NULL, likely, err));
    rri_novelty_training_states(inf->training, likely, b->measures);

done:
    rri_scratch_free(likely);
    return st;
}

static rr_status fit_next(rr_influence_builder *b, rr_error *err)
{
    int last = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_partition_step(b->partition, &last, err));
    if (!last)
        return RR_OK;
    RRI_TRY(take_partition(b, err));
    RRI_TRY(measure_states(b, err));
    rri_partition_free(b->partition);
    b->partition = NULL;
    rri_scratch_free(b->z);
    b->z = NULL;
    b->phase = RR_BUILD_INDEX;

done:
    return st;
}

/* ---- indexing -------------------------------------------------------------------------------- */

static rr_status index_table(rr_influence_builder *b, rr_error *err)
{
    rr_influence *inf = b->model;
    rr_status st = RR_OK;

    if (b->tables == RR_KEY_STATE_SYMBOL && inf->training->symbol == NULL)
        b->tables++;
    RRI_TRY(rri_postings_build(inf->training, (rr_key)b->tables, &inf->postings[b->tables], err));
    b->tables++;
    if (b->tables == RRI_STORED_KINDS) {
        RRI_TRY(rri_influence_ready(inf, err));
        if (b->measures != NULL)
            RRI_TRY(rri_novelty_fit(inf, b->measures, err));
        b->phase = RR_BUILD_DONE;
    }

done:
    return st;
}

/* ---- the caller's loop ----------------------------------------------------------------------- */

static rr_build_progress progress_of(const rr_influence_builder *b)
{
    const rr_partition_config *p = &b->cfg.partition;
    rr_build_progress progress = { .phase = b->phase };

    switch (b->phase) {
    case RR_BUILD_TRACE:
    case RR_BUILD_PROJECT:
        progress.done = b->opened ? b->at.sequences : 0;
        progress.total = b->source->sequences;
        break;
    case RR_BUILD_CLUSTER: {
        size_t points = 0;
        const rr_curve_point *curve = rri_partition_curve(b->partition, &points);
        progress.done = points > 0 ? curve[points - 1].states : 0;
        progress.total = p->states != 0 ? p->states : p->max_states;
        progress.stability = points > 0 ? curve[points - 1].stability_mean : 0.0;
        break;
    }
    case RR_BUILD_INDEX:
    case RR_BUILD_DONE:
        progress.done = b->tables;
        progress.total = RRI_STORED_KINDS;
        progress.stability = b->model != NULL ? b->model->info.stability_mean : 0.0;
        break;
    }
    return progress;
}

rr_status rr_influence_builder_step(rr_influence_builder *b, rr_build_progress *progress,
                                    rr_error *err)
{
    static rr_status (*const work[])(
        rr_influence_builder *, rr_error *) = { trace_batch, project_batch, fit_next, index_table };

    if (b->failed)
        return rri_fail(err, RR_ERR_ARG, -1, "this build has failed before; begin a new one");
    if (b->phase != RR_BUILD_DONE) {
        const rr_build_phase phase = b->phase;
        const double began = rri_seconds();
        const rr_status st = work[phase](b, err);
        b->model->info.seconds[phase] += rri_seconds() - began;
        if (st != RR_OK) {
            b->failed = true;
            return st;
        }
    }
    if (progress != NULL)
        *progress = progress_of(b);
    return RR_OK;
}

rr_status rr_influence_builder_finish(rr_influence_builder *b, rr_influence **out, rr_error *err)
{
    *out = NULL;
    if (b->phase != RR_BUILD_DONE)
        return rri_fail(err, RR_ERR_ARG, -1, "the build is still in phase %s",
                        rr_enum_name(RR_ENUM_BUILD_PHASE, b->phase));
    if (b->model == NULL)
        return rri_fail(err, RR_ERR_ARG, -1, "the model has been taken already");
    *out = b->model;
    b->model = NULL;
    return RR_OK;
}

/* ---- all of it ------------------------------------------------------------------------------ */

/* What is counted in each phase. */
static const char *const units[] = { "sequences", "sequences", "K", "keys", "" };

/* Work until the builder enters another phase than at->phase. */
static rr_status build_phase(const rr_callbacks *cb, rr_influence_builder *builder,
                             rr_build_progress *at, rr_error *err)
{
    const rr_build_phase phase = at->phase;
    const char *name = rr_enum_name(RR_ENUM_BUILD_PHASE, phase);
    const double start = rri_seconds();
    rr_status st = RR_OK;

    while (at->phase == phase) {
        RRI_TRY(rri_check_cancelled(cb, err));
        RRI_TRY(rr_influence_builder_step(builder, at, err));
        if (phase == RR_BUILD_CLUSTER)
            rri_show(cb, name, units[phase], at->done, at->total, "stability %.3f", at->stability);
        else
            rri_show(cb, name, units[phase], at->done, at->total, "%s", "");
    }

done:
    rri_show_end(cb);
    if (st == RR_OK)
        rri_note(cb, "%-8s %6.2f s", name, rri_seconds() - start);
    return st;
}

rr_status rr_influence_build(const rr_influence_config *cfg, rr_state_source *source,
                             const rr_callbacks *callbacks, rr_influence **out, rr_error *err)
{
    rr_influence_builder *builder = NULL;
    rr_build_progress at = { .phase = RR_BUILD_TRACE };
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rr_influence_builder_new(cfg, source, &builder, err));
    while (at.phase != RR_BUILD_DONE)
        RRI_TRY(build_phase(callbacks, builder, &at, err));
    RRI_TRY(rr_influence_builder_finish(builder, out, err));

done:
    rr_influence_builder_free(builder);
    return st;
}
