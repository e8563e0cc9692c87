/* SPDX-License-Identifier: MIT */
/* explaining_training.c - the reverse of an explanation: what one training sequence touches among
 * the errors of a split. See explaining.h.
 *
 * A training sequence touches a step of another where it is in I(key) of that step. */
#include "explaining.h"

#include <stdlib.h>

/* One error that is touched. */
typedef struct touched {
    size_t sample;      /* its number in the split */
    size_t trace;       /* and among the errors */
    const uint32_t *at; /* [T] the first matching step of the training sequence, 0 = none */
    size_t count;       /* steps that are touched */
    double share;       /* of its T steps */
} touched;

typedef struct reverse {
    size_t id;
    rr_trace own;       /* of the training sequence */
    cli_sentences self; /* its words, where it has some */
    rr_dataset *ds;     /* the split */
    size_t *wrong;      /* [errors] */
    size_t errors;
    rr_traces *traces; /* of the errors */
    uint32_t *at;      /* of all steps of all errors */
    touched *rows;     /* [count] of the largest share first */
    size_t count;
    uint32_t *first; /* [T] the first step of the training sequence that has the same key */
    size_t *touches; /* [T] errors a step touches; the first step of a key holds it */
} reverse;

static void free_reverse(reverse *r)
{
    cli_sentences_free(&r->self);
    rr_traces_free(r->traces);
    rr_dataset_free(r->ds);
    rri_free(r->wrong);
    rri_free(r->at);
    rri_free(r->rows);
    rri_free(r->first);
    rri_free(r->touches);
}

/* ---- the work ------------------------------------------------------------------------------- */

static rr_status find_errors(const cli_view *v, rr_split split, reverse *r, rr_error *err)
{
    uint32_t *prediction = NULL;
    rr_status st = RR_OK;

    RRI_TRY(cli_run_dataset(v->run, split, v->data, &r->ds, err));
    const size_t n = rr_dataset_count(r->ds);
    RRI_TRY(cli_predict(v->net, r->ds, v->cfg.query.threads, &prediction, NULL, err));
    RRI_TRY(rri_alloc(&r->wrong, n, 1, sizeof *r->wrong, err));
    for (size_t i = 0; i < n; i++)
        if (prediction[i] != rr_dataset_at(r->ds, i).label)
            r->wrong[r->errors++] = i;
    if (r->errors > 0)
        RRI_TRY(cli_trace(v, r->ds, r->wrong, r->errors, &r->traces, err));

done:
    rri_free(prediction);
    return st;
}

static int largest_share_first(const void *a, const void *b)
{
    const touched *x = a;
    const touched *y = b;
    if (x->share != y->share)
        return x->share > y->share ? -1 : 1;
    return (x->sample > y->sample) - (x->sample < y->sample);
}

/* Count an error for each key of the training sequence that is among its steps, once. seen is [T],
 * the number of the error a step was last seen in, from 1. */
static void count_touches(reverse *r, const touched *row, size_t steps, size_t *seen)
{
    for (size_t t = 0; t < steps; t++) {
        const uint32_t step = row->at[t];
        if (step > 0 && seen[step - 1] != row->trace + 1) {
            seen[step - 1] = row->trace + 1;
            r->touches[step - 1]++;
        }
    }
}

static rr_status touch_errors(const cli_view *v, reverse *r, rr_error *err)
{
    const rr_key key = v->cfg.query.key;
    size_t *seen = NULL;
    size_t steps = 0;
    rr_status st = RR_OK;

    for (size_t i = 0; i < r->errors; i++)
        steps += rr_traces_at(r->traces, i).steps;
    RRI_TRY(rri_alloc(&r->at, steps, 1, sizeof *r->at, err));
    RRI_TRY(rri_alloc(&r->rows, r->errors, 1, sizeof *r->rows, err));
    RRI_TRY(rri_alloc(&r->first, r->own.steps, 1, sizeof *r->first, err));
    RRI_TRY(rri_alloc(&r->touches, r->own.steps, 1, sizeof *r->touches, err));
    RRI_TRY(rri_alloc(&seen, r->own.steps, 1, sizeof *seen, err));
    RRI_TRY(rr_influence_touched(v->inf, key, (uint32_t)r->id, &r->own, r->first, NULL, err));
    steps = 0;
    for (size_t i = 0; i < r->errors; i++) {
        const rr_trace trace = rr_traces_at(r->traces, i);
        touched row = { .sample = r->wrong[i], .trace = i, .at = r->at + steps };
        RRI_TRY(rr_influence_touched(v->inf, key, (uint32_t)r->id, &trace, r->at + steps,
                                     &row.count, err));
        steps += trace.steps;
        if (row.count == 0)
            continue;
        row.share = (double)row.count / (double)trace.steps;
        count_touches(r, &row, trace.steps, seen);
        r->rows[r->count++] = row;
    }
    qsort(r->rows, r->count, sizeof *r->rows, largest_share_first);

done:
    rri_free(seen);
    return st;
}

static size_t errors_of_step(const reverse *r, size_t t)
{
    return r->first[t - 1] > 0 ? r->touches[r->first[t - 1] - 1] : 0;
}

/* ---- tables --------------------------------------------------------------------------------- */

static void print_own_steps(const reverse *r)
{
    printf("%4s  %10s  %5s  %8s  %s\n", "t", "prediction", "state", "errors",
           r->self.ds != NULL ? "token" : "");
    for (size_t t = 1; t <= r->own.steps; t++) {
        printf("%4zu  %10u  %5u  %8zu  ", t, r->own.predictions[t - 1], r->own.states[t - 1],
               errors_of_step(r, t));
        if (r->self.ds != NULL) {
            const rr_sequence s = cli_sentence(&r->self, r->id);
            char number[CLI_TOKEN];
            cli_put_word(stdout, cli_token(r->self.ds, &s, t, number), 0);
        }
        printf("\n");
    }
}

static rr_status print_touched(const reverse *r, const touched *row, rr_error *err)
{
    const rr_sequence s = rr_dataset_at(r->ds, row->sample);
    unsigned char *marked = NULL;

    printf("%8zu  %6u  %10u  %5.3f  ", row->sample, s.label,
           rr_traces_at(r->traces, row->trace).prediction, row->share);
    if (s.symbols == NULL) {
        for (size_t t = 1, k = 0; t <= s.steps; t++)
            if (row->at[t - 1] > 0)
                printf("%s%zu", k++ > 0 ? " " : "", t);
        printf("\n");
        return RR_OK;
    }
    const rr_status st = rri_alloc(&marked, s.steps, 1, 1, err);
    if (st != RR_OK)
        return st;
    for (size_t t = 0; t < s.steps; t++)
        marked[t] = row->at[t] > 0;
    cli_put_sentence(stdout, r->ds, &s, marked);
    printf("\n");
    rri_free(marked);
    return RR_OK;
}

static rr_status print_reverse(const cli_view *v, rr_split split, const reverse *r, rr_error *err)
{
    printf("training sequence %zu: label %s, predicted %s\n\n", r->id,
           rr_dataset_class_name(r->ds, r->own.label),
           rr_dataset_class_name(r->ds, r->own.prediction));
    print_own_steps(r);
    printf(
        "\nIt touches %zu of the %zu errors of the %s split, by %s keys; the share of their steps "
        "that it touches:\n",
        r->count, r->errors, rr_enum_name(RR_ENUM_SPLIT, split),
        rr_enum_name(RR_ENUM_KEY, v->cfg.query.key));
    printf("%8s  %6s  %10s  %5s  %s\n", "id", "label", "prediction", "share",
           rr_dataset_width(r->ds) == 0 ? "text" : "steps");
    for (size_t i = 0; i < r->count && i < v->shown; i++) {
        const rr_status st = print_touched(r, &r->rows[i], err);
        if (st != RR_OK)
            return st;
    }
    if (r->count > v->shown)
        printf("... and %zu more\n", r->count - v->shown);
    return RR_OK;
}

/* ---- the document --------------------------------------------------------------------------- */

static void set_own_steps(const reverse *r, cli_doc *doc)
{
    json_t *steps = cli_set_array(doc, NULL, "steps");
    for (size_t t = 1; t <= r->own.steps; t++) {
        json_t *row = json_object();
        cli_set(doc, row, "t", cli_json_size(t));
        cli_set(doc, row, "state", cli_json_size(r->own.states[t - 1]));
        cli_set(doc, row, "prediction", cli_json_size(r->own.predictions[t - 1]));
        cli_set(doc, row, "errors", cli_json_size(errors_of_step(r, t)));
        if (r->self.ds != NULL) {
            const rr_sequence s = cli_sentence(&r->self, r->id);
            char number[CLI_TOKEN];
            cli_set(doc, row, "token", cli_json_text(cli_token(r->self.ds, &s, t, number)));
        }
        cli_append(doc, steps, row);
    }
}

static void set_touched(const reverse *r, cli_doc *doc)
{
    json_t *list = cli_set_array(doc, NULL, "touched");
    for (size_t i = 0; i < r->count; i++) {
        const touched *row = &r->rows[i];
        const rr_sequence s = rr_dataset_at(r->ds, row->sample);
        json_t *object = json_object();
        cli_set(doc, object, "sample", cli_json_size(row->sample));
        cli_set(doc, object, "truth", cli_json_size(s.label));
        cli_set(doc, object, "prediction",
                cli_json_size(rr_traces_at(r->traces, row->trace).prediction));
        cli_set(doc, object, "share", cli_json_f64(row->share));
        json_t *steps = cli_set_array(doc, object, "steps");
        for (size_t t = 1; t <= s.steps; t++)
            if (row->at[t - 1] > 0) {
                json_t *step = json_object();
                cli_set(doc, step, "t", cli_json_size(t));
                cli_set(doc, step, "training_step", cli_json_size(row->at[t - 1]));
                cli_append(doc, steps, step);
            }
        cli_append(doc, list, object);
    }
}

static void set_reverse(const reverse *r, cli_doc *doc)
{
    cli_set(doc, NULL, "training", cli_json_size(r->id));
    cli_set(doc, NULL, "label", cli_json_size(r->own.label));
    cli_set(doc, NULL, "prediction", cli_json_size(r->own.prediction));
    set_own_steps(r, doc);
    cli_set(doc, NULL, "errors", cli_json_size(r->errors));
    set_touched(r, doc);
}

/* ---- both ----------------------------------------------------------------------------------- */

rr_status cli_explain_training(const cli_view *v, rr_split split, size_t id, int print,
                               cli_doc *doc, rr_error *err)
{
    const rr_traces *training = rr_influence_training(v->inf);
    reverse r = { .id = id };
    rr_status st = RR_OK;

    if (id >= rr_traces_count(training))
        return rri_fail(err, RR_ERR_ARG, -1, "--training %zu: there are N = %zu, numbered from 0",
                        id, rr_traces_count(training));
    r.own = rr_traces_at(training, id);
    RRI_TRY(find_errors(v, split, &r, err));
    RRI_TRY(touch_errors(v, &r, err));
    if (rr_dataset_width(r.ds) == 0)
        RRI_TRY(cli_sentences_load(v->run, v->data, &id, 1, &r.self, err));
    if (print)
        RRI_TRY(print_reverse(v, split, &r, err));
    set_reverse(&r, doc);

done:
    free_reverse(&r);
    return st;
}
