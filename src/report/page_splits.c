/* SPDX-License-Identifier: MIT */
/* page_splits.c - what the network says of every step of every split, from one pass over its
 * states, and the arrays of it. */
#include "report/page_data.h"

#include "core/callbacks.h"
#include "data/data_internal.h"
#include "influence/influence_internal.h"
#include "io/io.h"
#include "workflow/workflow_internal.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum { POINTS = 4000 };

/* ---- one pass ------------------------------------------------------------------------------- */

static rr_status begin_split(const rri_page_run *run, rri_page_split *p, rr_error *err)
{
    const size_t N = rr_dataset_count(p->ds);
    const size_t R = rr_dataset_steps(p->ds);
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&p->starts, N + 1, 1, sizeof *p->starts, err));
    for (size_t i = 0; i < N; i++)
        p->starts[i + 1] = p->starts[i] + rr_dataset_at(p->ds, i).steps;
    RRI_TRY(rri_alloc(&p->prediction, N, 1, sizeof *p->prediction, err));
    RRI_TRY(rri_alloc(&p->probability, N, 1, sizeof *p->probability, err));
    RRI_TRY(rri_alloc(&p->steps, R, 1, sizeof *p->steps, err));
    RRI_TRY(rri_alloc(&p->chances, R, 1, sizeof *p->chances, err));
    if (run->inf != NULL)
        RRI_TRY(rri_alloc(&p->states, R, 1, sizeof *p->states, err));
    p->known = true;

done:
    return st;
}

/* The states of the training set are those of the model. */
static void copy_training(const rr_influence *inf, rri_page_split *p)
{
    const rr_traces *training = rr_influence_training(inf);

    for (size_t i = 0; i < rr_traces_count(training); i++) {
        const rr_trace x = rr_traces_at(training, i);
        memcpy(p->states + p->starts[i], x.states, x.steps * sizeof *p->states);
    }
}

/* Points are one step of each of so many equal parts of all steps, at random: at equal distances
 * they could be the same step of each sequence. */
static rr_status begin_points(const rri_page_split *p, rri_page_points *points, rr_error *err)
{
    const size_t R = rr_dataset_steps(p->ds);
    rr_status st = RR_OK;

    points->count = rri_min(R, POINTS);
    RRI_TRY(rri_alloc(&points->at, points->count, 2, sizeof *points->at, err));
    RRI_TRY(rri_alloc(&points->step, points->count, 2, sizeof *points->step, err));

done:
    return st;
}

static size_t row_of_point(const rri_page_points *points, size_t R, size_t i)
{
    rri_random stream = rri_random_at(1, RRI_RANDOM_SAMPLE, i);
    size_t begin = 0, end = 0;

    rri_part(R, points->count, i, &begin, &end);
    return begin + (size_t)rri_random_below(&stream, end - begin);
}

/* A pass over the states of a split. */
typedef struct pass {
    const rri_page_run *run;
    rri_page_split *split;
    rri_page_points *points; /* NULL = none are taken */
    size_t next;             /* of the points */
    size_t sequence, row;    /* done */
    float *z;                /* [rows][P] */
    size_t rows;
    size_t threads;
} pass;

/* Components of a batch: the states of all its steps, and sample points. */
static rr_status project(pass *p, const rr_state_batch *b, rr_error *err)
{
    const rr_influence_info info = rr_influence_info_of(p->run->inf);
    const size_t P = info.components;
    const rri_rows h = { b->states, b->rows, info.hidden, info.hidden };
    const size_t R = rr_dataset_steps(p->split->ds);
    rr_status st = RR_OK;

    if (b->rows > p->rows) {
        RRI_TRY(rri_grow(&p->z, p->rows * P, b->rows * P, sizeof *p->z, err));
        p->rows = b->rows;
    }
    RRI_TRY(rri_influence_project(p->run->inf, h, p->threads, p->z, err));
    if (p->split->split != RR_SPLIT_TRAIN)
        RRI_TRY(rri_influence_assign(p->run->inf, (rri_rows){ p->z, b->rows, P, P }, p->threads,
                                     p->split->states + p->row, err));
    for (; p->points != NULL && p->next < p->points->count; p->next++) {
        const size_t row = row_of_point(p->points, R, p->next);
        if (row >= p->row + b->rows)
            break;
        const float *z = p->z + (row - p->row) * P;
        p->points->at[2 * p->next] = z[0];
        p->points->at[2 * p->next + 1] = P > 1 ? z[1] : 0.0F;
    }

done:
    return st;
}

static void take_answers(pass *p, const rr_state_batch *b)
{
    rri_page_split *to = p->split;
    const size_t C = p->run->classes;
    size_t row = 0;

    memcpy(to->steps + p->row, b->predictions, b->rows * sizeof *to->steps);
    to->known = to->known && b->probabilities != NULL;
    for (size_t i = 0; i < b->count; i++) {
        float chance = -1.0F;
        for (size_t t = 0; t < b->steps[i]; t++, row++) {
            if (b->probabilities == NULL)
                continue;
            chance = b->probabilities[row * C + b->predictions[row]];
            to->chances[p->row + row] = (unsigned char)lrintf(255.0F * chance);
        }
        to->prediction[p->sequence + i] = b->predictions[row - 1];
        to->probability[p->sequence + i] = chance;
    }
}

/* The states of the network on the split, which may be of another run. */
static rr_status open_states(const pass *p, rr_state_source *out, rr_error *err)
{
    rr_session *s = p->run->session;
    const rr_network *net = NULL;
    rr_status st = RR_OK;

    if (rri_session_foreign(s))
        return rri_session_states(s, p->split->split, NULL, 0, out, err);
    RRI_TRY(rr_session_network(s, &net, err));
    RRI_TRY(rr_network_states(net, p->split->ds, p->threads, out, err));

done:
    return st;
}

static rr_status run_pass(rr_page *page, pass *p, rr_error *err)
{
    const size_t N = rr_dataset_count(p->split->ds);
    rr_state_source source = { .ops = NULL };
    rr_state_batch b = { .count = 0 };
    char phase[32];
    rr_status st = RR_OK;

    (void)rri_snprintf(phase, sizeof phase, "predict %s", p->split->name);
    RRI_TRY(open_states(p, &source, err));
    RRI_TRY(source.ops->rewind(source.self, err));
    for (;;) {
        RRI_TRY(rri_check_cancelled(page->callbacks, err));
        rri_show(page->callbacks, phase, "sequences", p->sequence, N, "%s", "");
        RRI_TRY(source.ops->next(source.self, &b, err));
        if (b.count == 0)
            break;
        if (b.count > N - p->sequence || b.rows > p->split->starts[N] - p->row)
            RRI_TRY(rri_fail(err, RR_ERR_MISMATCH, -1, "%s has more states than steps",
                             rri_split_title(p->split->split)));
        take_answers(p, &b);
        if (p->run->inf != NULL && (p->points != NULL || p->split->split != RR_SPLIT_TRAIN))
            RRI_TRY(project(p, &b, err));
        p->sequence += b.count;
        p->row += b.rows;
    }
    if (p->sequence < N || p->row < p->split->starts[N])
        RRI_TRY(rri_fail(err, RR_ERR_MISMATCH, -1, "%s has fewer states than steps",
                         rri_split_title(p->split->split)));

done:
    rri_show_end(page->callbacks);
    rr_state_source_close(&source);
    return st;
}

static void name_points(const rri_page_split *p, rri_page_points *points)
{
    size_t sequence = 0;

    for (size_t i = 0; i < points->count; i++) {
        const size_t row = row_of_point(points, rr_dataset_steps(p->ds), i);
        while (p->starts[sequence + 1] <= row)
            sequence++;
        points->step[2 * i] = (uint32_t)sequence;
        points->step[2 * i + 1] = (uint32_t)(row - p->starts[sequence] + 1);
    }
}

static rr_status load_split(rr_page *page, rri_page_run *run, rri_page_split *p,
                            rri_page_points *points, rr_error *err)
{
    pass work = { .run = run, .split = p, .points = points, .threads = page->threads };
    rr_status st = RR_OK;

    RRI_TRY(begin_split(run, p, err));
    assert(p->starts != NULL);
    if (points != NULL)
        RRI_TRY(begin_points(p, points, err));
    if (run->inf != NULL && p->split == RR_SPLIT_TRAIN)
        copy_training(run->inf, p);
    RRI_TRY(run_pass(page, &work, err));
    if (points != NULL)
        name_points(p, points);
    p->of = rri_predictions_of(p->ds, p->prediction, p->probability);
    if (rri_session_by_steps(run->session)) {
        p->of.step_prediction = p->steps;
        rri_compare_steps(&p->of);
    }

done:
    rri_free(work.z);
    return st;
}

rr_status rri_page_influence(rr_session *s, const rr_influence **out, rr_error *err)
{
    char *path = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rr_run_path(s->run, RR_RUN_INFLUENCE, &path, err));
    if (rri_file_exists(path))
        RRI_TRY(rr_session_influence(s, out, err));

done:
    rri_free(path);
    return st;
}

rr_status rri_page_run_load(rr_page *page, rr_session *s, rri_page_run *out, rr_error *err)
{
    rr_status st = RR_OK;

    out->session = s;
    RRI_TRY(rri_page_influence(s, &out->inf, err));
    for (int i = 0; i < 3; i++) {
        rri_page_split *p = &out->splits[i];
        *p = (rri_page_split){ .split = (rr_split)i,
                               .name = rr_enum_name(RR_ENUM_SPLIT, (unsigned)i) };
        if (!rr_session_has_split(s, p->split))
            continue;
        RRI_TRY(rr_session_split(s, p->split, &p->ds, err));
        out->classes = rr_run_settings_of(s->run).network.classes;
        out->width = rr_dataset_width(p->ds);
        out->vocabulary = rr_dataset_vocabulary(p->ds);
        const bool points = i == RR_SPLIT_TRAIN && out->inf != NULL;
        RRI_TRY(load_split(page, out, p, points ? &out->points : NULL, err));
        RRI_TRY(rri_session_keep_answers(s, p->split, rr_dataset_count(p->ds), p->prediction,
                                         p->probability, err));
    }

done:
    return st;
}

rr_status rri_page_run_load_on(rr_page *page, const rri_page_run *run, rr_split split,
                               rri_page_run *out, rr_error *err)
{
    out->classes = run->classes;
    out->width = run->width;
    out->vocabulary = run->vocabulary;
    out->splits[split] = (rri_page_split){ .split = split,
                                           .name = run->splits[split].name,
                                           .ds = run->splits[split].ds };
    return load_split(page, out, &out->splits[split], NULL, err);
}

void rri_page_run_clear(rri_page_run *run)
{
    for (int i = 0; i < 3; i++) {
        rri_page_split *p = &run->splits[i];
        rri_free(p->starts);
        rri_free(p->prediction);
        rri_free(p->probability);
        rri_free(p->steps);
        rri_free(p->chances);
        rri_free(p->states);
    }
    rri_free(run->points.at);
    rri_free(run->points.step);
    *run = (rri_page_run){ .session = NULL };
}

/* ---- arrays of sequences -------------------------------------------------------------------- */

static rr_status add_lengths_and_labels(rr_page *page, const rri_page_split *p, size_t classes,
                                        rr_error *err)
{
    const size_t N = rr_dataset_count(p->ds);
    uint32_t *values = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&values, N, 1, sizeof *values, err));
    for (size_t i = 0; i < N; i++)
        values[i] = (uint32_t)(p->starts[i + 1] - p->starts[i]);
    RRI_TRY(rri_page_add_numbers(page, values, N, 1, rri_max(rr_dataset_max_steps(p->ds), 255), err,
                                 "%s.length", p->name));
    if (!rr_dataset_labelled(p->ds))
        goto done;
    for (size_t i = 0; i < N; i++)
        values[i] = rr_dataset_at(p->ds, i).label;
    RRI_TRY(rri_page_add_numbers(page, values, N, 1, classes - 1, err, "%s.label", p->name));

done:
    rri_free(values);
    return st;
}

/* Of the labelled sequences, or steps where these have labels; negative where there are none. */
static rr_status measure_f1(const rri_page_split *p, size_t classes, double *out, rr_error *err)
{
    const bool steps = p->of.step_prediction != NULL;
    const size_t n = steps ? rr_dataset_steps(p->ds) : rr_dataset_count(p->ds);
    uint32_t *truth = NULL;
    rr_quality q;
    rr_status st = RR_OK;

    RRI_TRY(rri_dataset_truths(p->ds, steps, &truth, err));
    RRI_TRY(rr_quality_measure(truth, steps ? p->steps : p->prediction, NULL, n, classes, &q, NULL,
                               err));
    *out = q.macro_f1;

done:
    rri_free(truth);
    return st;
}

static void put_split(rr_page *page, const rri_page_split *p, double macro_f1)
{
    json_t *splits = json_object_get(page->manifest, "splits");
    const bool labelled = p->of.accuracy >= 0.0;
    json_t *x = json_object();

    rri_page_put(page, x, "count", rri_page_size(rr_dataset_count(p->ds)));
    rri_page_put(page, x, "steps", rri_page_size(rr_dataset_steps(p->ds)));
    rri_page_put(page, x, "longest", rri_page_size(rr_dataset_max_steps(p->ds)));
    rri_page_put(page, x, "labelled", json_boolean(rr_dataset_labelled(p->ds)));
    rri_page_put(page, x, "errors", labelled ? rri_page_size(p->of.errors) : json_null());
    rri_page_put(page, x, "accuracy", rri_page_fraction(p->of.accuracy));
    rri_page_put(page, x, "labelled_steps", rri_page_size(p->of.labelled_steps));
    rri_page_put(page, x, "step_errors", rri_page_size(p->of.step_errors));
    rri_page_put(page, x, "step_accuracy",
                 rri_page_fraction(p->of.step_prediction != NULL ? p->of.step_accuracy : -1.0));
    rri_page_put(page, x, "macro_f1", rri_page_fraction(macro_f1));
    if (splits == NULL) {
        splits = json_object();
        rri_page_put(page, page->manifest, "splits", splits);
    }
    rri_page_put(page, splits, p->name, x);
}

rr_status rri_page_add_split(rr_page *page, const rri_page_split *split, size_t classes,
                             rr_error *err)
{
    const size_t N = rr_dataset_count(split->ds);
    double macro_f1 = -1.0;
    rr_status st = RR_OK;

    RRI_TRY(measure_f1(split, classes, &macro_f1, err));
    put_split(page, split, macro_f1);
    RRI_TRY(add_lengths_and_labels(page, split, classes, err));
    RRI_TRY(rri_page_add_numbers(page, split->prediction, N, 1, classes - 1, err, "%s.prediction",
                                 split->name));
    if (split->known)
        RRI_TRY(rri_page_add_floats(page, split->probability, N, 1, err, "%s.probability",
                                    split->name));

done:
    return st;
}

/* ---- arrays of steps ------------------------------------------------------------------------ */

typedef struct steps {
    const rri_page_split *split;
    rri_page_type type;
} steps;

static void fill_states(const void *from, size_t first, size_t n, unsigned char *out)
{
    const steps *x = from;

    for (size_t i = 0; i < n; i++)
        rri_page_put_number(out, x->type, i, x->split->states[first + i]);
}

static void fill_predictions(const void *from, size_t first, size_t n, unsigned char *out)
{
    const steps *x = from;

    for (size_t i = 0; i < n; i++)
        rri_page_put_number(out, x->type, i, x->split->steps[first + i]);
}

static void fill_chances(const void *from, size_t first, size_t n, unsigned char *out)
{
    const steps *x = from;

    memcpy(out, x->split->chances + first, n);
}

static void fill_labels(const void *from, size_t first, size_t n, unsigned char *out)
{
    const steps *x = from;
    size_t i = rri_page_sequence_of(x->split, first);

    for (size_t done = 0; done < n; i++) {
        const rr_sequence s = rr_dataset_at(x->split->ds, i);
        for (size_t t = 0; t < s.steps; t++, done++)
            rri_page_put_number(out, x->type, done, s.step_labels[t]);
    }
}

size_t rri_page_sequence_of(const rri_page_split *split, size_t row)
{
    size_t low = 0;

    for (size_t high = rr_dataset_count(split->ds); high - low > 1;) {
        const size_t middle = low + (high - low) / 2;
        if (split->starts[middle] <= row)
            low = middle;
        else
            high = middle;
    }
    return low;
}

rri_page_array rri_page_step_array(const rri_page_split *split)
{
    const size_t N = rr_dataset_count(split->ds);

    return (rri_page_array){
        .rows = split->starts[N], .width = 1, .starts = split->starts, .sequences = N
    };
}

rr_status rri_page_add_answers(rr_page *page, const rri_page_run *run, const rri_page_split *split,
                               rr_error *err)
{
    steps x = { .split = split };
    rri_page_array a = rri_page_step_array(split);
    rr_status st = RR_OK;

    a.from = &x;
    if (split->states != NULL) {
        a.type = x.type = rri_page_type_for(rr_influence_info_of(run->inf).states);
        a.fill = fill_states;
        RRI_TRY(rri_page_add_if(page, &a, split->name, "states", err));
    }
    a.type = x.type = rri_page_type_for(run->classes - 1);
    a.fill = fill_predictions;
    RRI_TRY(rri_page_add_if(page, &a, split->name, "predictions", err));

done:
    return st;
}

rr_status rri_page_add_steps(rr_page *page, const rri_page_run *run, const rri_page_split *split,
                             rr_error *err)
{
    steps x = { .split = split, .type = rri_page_type_for(run->classes - 1) };
    rri_page_array a = rri_page_step_array(split);
    rr_status st = RR_OK;

    RRI_TRY(rri_page_add_answers(page, run, split, err));
    a.from = &x;
    a.type = x.type;
    a.fill = fill_labels;
    if (rr_dataset_step_labelled(split->ds))
        RRI_TRY(rri_page_add_if(page, &a, split->name, "step_labels", err));

done:
    return st;
}

rr_status rri_page_add_chances(rr_page *page, const rri_page_split *split, rr_error *err)
{
    steps x = { .split = split, .type = RRI_PAGE_U1 };
    rri_page_array a = rri_page_step_array(split);

    a.from = &x;
    a.fill = fill_chances;
    return split->known ? rri_page_add_if(page, &a, split->name, "probabilities", err) : RR_OK;
}
