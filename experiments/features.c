/* SPDX-License-Identifier: MIT */
/* features.c - temporal features of traces as rows of numbers, and classifiers on them. */
#include "experiments/features.h"

#include "experiments/dense.h"

#include <stdlib.h>
#include <string.h>

/* ---- rows ----------------------------------------------------------------------------------- */

static size_t step_width(const rr_influence_info *info, unsigned parts)
{
    const int one_hot = (parts & FEATURE_ONE_HOT) != 0;
    return ((parts & FEATURE_LABEL) ? (one_hot ? info->classes : 1) : 0) +
           ((parts & FEATURE_STATE) ? (one_hot ? info->states : 1) : 0) +
           ((parts & FEATURE_CONFIDENCE) ? info->classes : 0);
}

static void write_step(const rr_influence *inf, const rr_influence_info *info, unsigned parts,
                       size_t state, size_t label, float *x)
{
    const int one_hot = (parts & FEATURE_ONE_HOT) != 0;
    if ((parts & FEATURE_STATE) && one_hot) {
        x[state - 1] = 1.0F; /* the initial state 0 is no step */
        x += info->states;
    } else if (parts & FEATURE_STATE) {
        *x++ = (float)(state + 1) / (float)(info->states + 2);
    }
    if ((parts & FEATURE_LABEL) && one_hot) {
        x[label] = 1.0F;
        x += info->classes;
    } else if (parts & FEATURE_LABEL) {
        *x++ = (float)(label + 1) / (float)(info->classes + 1);
    }
    if (parts & FEATURE_CONFIDENCE)
        memcpy(x, rr_influence_confidence(inf, state), info->classes * sizeof *x);
}

size_t feature_width(const rr_influence *inf, unsigned parts, size_t steps)
{
    const rr_influence_info info = rr_influence_info_of(inf);
    return steps * step_width(&info, parts);
}

void feature_fill(const rr_influence *inf, const rr_trace *trace, unsigned parts, size_t steps,
                  float *x)
{
    const rr_influence_info info = rr_influence_info_of(inf);
    const size_t step = step_width(&info, parts);

    memset(x, 0, steps * step * sizeof *x);
    for (size_t t = 0; t < trace->steps && t < steps; t++)
        write_step(inf, &info, parts, trace->states[t], trace->predictions[t], x + t * step);
}

rr_status feature_rows_make(const rr_influence *inf, const rr_traces *traces, unsigned parts,
                            size_t steps, int right_only, feature_rows *out, rr_error *err)
{
    const size_t N = rr_traces_count(traces);
    size_t n = 0;
    rr_status st = RR_OK;

    *out = (feature_rows){ .width = feature_width(inf, parts, steps) };
    for (size_t i = 0; i < N; i++) {
        const rr_trace trace = rr_traces_at(traces, i);
        out->n += !right_only || trace.prediction == trace.label;
    }
    RRI_TRY(rri_alloc(&out->x, out->n, 1, out->width * sizeof *out->x, err));
    RRI_TRY(rri_alloc(&out->labels, out->n, 1, sizeof *out->labels, err));
    for (size_t i = 0; i < N; i++) {
        const rr_trace trace = rr_traces_at(traces, i);
        if (right_only && trace.prediction != trace.label)
            continue;
        feature_fill(inf, &trace, parts, steps, out->x + n * out->width);
        out->labels[n++] = trace.label;
    }

done:
    if (st != RR_OK)
        feature_rows_clear(out);
    return st;
}

void feature_rows_clear(feature_rows *rows)
{
    rri_free(rows->x);
    rri_free(rows->labels);
    *rows = (feature_rows){ .x = NULL };
}

/* ---- classifiers ---------------------------------------------------------------------------- */

feature_classifier feature_linear(const experiment_context *ctx, uint64_t seed)
{
    return (feature_classifier){ .epochs = ctx->quick ? 200 : 500,
                                 .learning_rate = 0.02,
                                 .seed = seed };
}

static size_t longest(const rr_traces *traces)
{
    size_t steps = 0;
    for (size_t i = 0; i < rr_traces_count(traces); i++) {
        const rr_trace trace = rr_traces_at(traces, i);
        steps = trace.steps > steps ? trace.steps : steps;
    }
    return steps;
}

static rr_status train(experiment_context *ctx, dense *d, size_t epochs, const feature_rows *rows,
                       rr_error *err)
{
    double loss = 0.0;
    for (size_t e = 0; e < epochs && !experiment_stopped(ctx); e++) {
        const rr_status st = dense_step(d, rows->x, rows->labels, rows->n, &loss, err);
        if (st != RR_OK)
            return st;
        experiment_show(ctx, "classifier", e + 1, epochs);
    }
    return RR_OK;
}

static rr_status measure(dense *d, const rr_traces *test, const feature_rows *rows,
                         feature_result *out, rr_error *err)
{
    uint32_t *labels = NULL;
    size_t right = 0, agree = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&labels, rows->n, 1, sizeof *labels, err));
    dense_predict(d, rows->x, rows->n, labels);
    for (size_t i = 0; i < rows->n; i++) {
        right += labels[i] == rows->labels[i];
        agree += labels[i] == rr_traces_at(test, i).prediction;
    }
    out->accuracy = rows->n > 0 ? (double)right / (double)rows->n : 0.0;
    out->agreement = rows->n > 0 ? (double)agree / (double)rows->n : 0.0;

done:
    rri_free(labels);
    return st;
}

rr_status feature_try(experiment_context *ctx, const rr_influence *inf, const rr_traces *test,
                      unsigned parts, const feature_classifier *cfg, feature_result *out,
                      rr_error *err)
{
    const rr_traces *const training = rr_influence_training(inf);
    const size_t steps = longest(training);
    feature_rows rows = { .x = NULL };
    dense *d = NULL;
    rr_status st = RR_OK;

    *out = (feature_result){ .accuracy = 0.0 };
    RRI_TRY(feature_rows_make(inf, training, parts, steps, 1, &rows, err));
    const dense_config dense_cfg = { .width = rows.width,
                                     .outputs = rr_influence_info_of(inf).classes,
                                     .layers = cfg->layers,
                                     .hidden = cfg->hidden,
                                     .learning_rate = cfg->learning_rate,
                                     .seed = cfg->seed,
                                     .threads = ctx->threads };
    RRI_TRY(dense_new(&dense_cfg, &d, err));
    if (rows.n > 0) /* a network that predicts nothing correctly leaves first weights */
        RRI_TRY(train(ctx, d, cfg->epochs, &rows, err));
    if (ctx->stopped)
        goto done;
    feature_rows_clear(&rows);
    RRI_TRY(feature_rows_make(inf, test, parts, steps, 0, &rows, err));
    RRI_TRY(measure(d, test, &rows, out, err));

done:
    dense_free(d);
    feature_rows_clear(&rows);
    return st;
}
