/* SPDX-License-Identifier: MIT */
/* class_weights.c - the weight of each class in the loss of a new run: balanced, a list, or a file.
 *
 * balanced is that of scikit-learn's class_weight="balanced": N / (C n_c) of the n_c training
 * sequences, or labelled steps, of class c, C being the number of classes there are. Their mean
 * over the training set is 1, so that the loss keeps its size. */
#include "workflow/workflow_internal.h"

#include "data/data_internal.h"
#include "io/csv.h"
#include "io/file.h"
#include "run/run_internal.h"

#include <math.h>
#include <string.h>

/* Weights in the making. */
typedef struct reader {
    const char *spec;        /* the option's text */
    const rr_dataset *train; /* has the names */
    size_t classes;
    float *weights;       /* [classes] */
    unsigned char *given; /* [classes] */
} reader;

/* `place` names where the class stands. */
static rr_status set_weight(reader *r, const char *place, const char *name, const char *text,
                            rr_error *err)
{
    rr_error why = { RR_OK, -1, "" };
    uint32_t c = 0;
    double w = 0.0;

    if (rr_dataset_class(r->train, name, &c, &why) != RR_OK || c >= r->classes)
        return rri_fail(err, RR_ERR_ARG, -1, "%s: %s", place, why.msg);
    if (r->given[c])
        return rri_fail(err, RR_ERR_ARG, -1, "%s: class %.60s comes twice", place, name);
    if (!rri_parse_f64(text, &w) || !isfinite((float)w) || w < 0.0)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "%s: the weight \"%.60s\" of class %.60s is no number of at least 0", place,
                        text, name);
    r->given[c] = 1;
    r->weights[c] = (float)w;
    return RR_OK;
}

/* NAME=W,NAME=W; a name with a comma or a bar of its own stands in a file. */
static rr_status read_list(reader *r, rr_error *err)
{
    char *copy = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_strdup(r->spec, &copy, err));
    for (char *at = copy, *next = NULL; at != NULL; at = next) {
        next = strchr(at, ',');
        if (next != NULL)
            *next++ = '\0';
        char *equals = strrchr(at, '=');
        if (equals == NULL || equals == at)
            RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "class weights %s: \"%.60s\" is no NAME=WEIGHT",
                             r->spec, at));
        *equals = '\0';
        RRI_TRY(set_weight(r, "class weights", at, equals + 1, err));
    }

done:
    rri_free(copy);
    return st;
}

/* A CSV file with the columns class and weight. */
static rr_status read_file(reader *r, rr_error *err)
{
    rri_csv *csv = NULL;
    char place[400];
    size_t class = 0, weight = 0, bytes = 0;
    bool more = true;
    rr_status st = RR_OK;

    if (rri_file_missing(r->spec))
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "class weights \"%s\": expected none, balanced, NAME=WEIGHT,... or the "
                         "name of a CSV file with the columns class and weight",
                         r->spec));
    RRI_TRY(rri_csv_open(r->spec, NULL, &csv, err));
    RRI_TRY(rri_csv_column(csv, "class", &class, err));
    RRI_TRY(rri_csv_column(csv, "weight", &weight, err));
    for (;;) {
        RRI_TRY(rri_csv_next(csv, &more, err));
        if (!more)
            break;
        (void)rri_snprintf(place, sizeof place, "%.300s, line %zu", r->spec, rri_csv_line(csv));
        st = set_weight(r, place, rri_csv_field(csv, class, &bytes),
                        rri_csv_field(csv, weight, &bytes), err);
        if (st == RR_ERR_ARG)
            st = rri_prefix(err, RR_ERR_FORMAT, "%s", "class weights");
        RRI_TRY(st);
    }

done:
    rri_csv_close(csv);
    return st;
}

/* How many sequences, or labelled steps, each class has: count is [classes], zeros. */
static rr_status count_labels(const rr_dataset *train, bool steps, size_t *count, rr_error *err)
{
    const size_t n = steps ? rr_dataset_steps(train) : rr_dataset_count(train);
    uint32_t *truth = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_dataset_truths(train, steps, &truth, err));
    for (size_t i = 0; i < n; i++)
        if (truth[i] != RR_NO_LABEL)
            count[truth[i]]++;

done:
    rri_free(truth);
    return st;
}

static void balance(const size_t *count, size_t classes, float *weights)
{
    size_t total = 0, present = 0;

    for (size_t c = 0; c < classes; c++) {
        total += count[c];
        present += count[c] > 0;
    }
    for (size_t c = 0; c < classes; c++)
        if (count[c] > 0)
            weights[c] = (float)((double)total / ((double)present * (double)count[c]));
}

/* ARG where nothing would be learned. */
static rr_status check(const reader *r, const size_t *count, rr_error *err)
{
    for (size_t c = 0; c < r->classes; c++)
        if (count[c] > 0 && r->weights[c] > 0.0F)
            return RR_OK;
    return rri_fail(err, RR_ERR_ARG, -1,
                    "class weights %s: that of every class with a training sequence is 0: nothing "
                    "would be learned",
                    r->spec);
}

static bool all_ones(const reader *r)
{
    for (size_t c = 0; c < r->classes; c++)
        if (r->weights[c] != 1.0F)
            return false;
    return true;
}

static void say_weights(const reader *r, const rr_callbacks *callbacks)
{
    size_t least = 0, most = 0;

    for (size_t c = 1; c < r->classes; c++) {
        least = r->weights[c] < r->weights[least] ? c : least;
        most = r->weights[c] > r->weights[most] ? c : most;
    }
    rri_note(callbacks, "class weights: from %.3g of %s to %.3g of %s", (double)r->weights[least],
             rr_dataset_class_name(r->train, least), (double)r->weights[most],
             rr_dataset_class_name(r->train, most));
}

rr_status rri_class_weights(const char *spec, const rr_dataset *train, bool steps, size_t classes,
                            const rr_callbacks *callbacks, float **out, rr_error *err)
{
    reader r = { .spec = spec, .train = train, .classes = classes };
    size_t *count = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    if (spec == NULL || strcmp(spec, "none") == 0)
        return RR_OK;
    RRI_TRY(rri_alloc(&r.weights, classes, 1, sizeof *r.weights, err));
    RRI_TRY(rri_alloc(&r.given, classes, 1, 1, err));
    RRI_TRY(rri_alloc(&count, classes, 1, sizeof *count, err));
    for (size_t c = 0; c < classes; c++)
        r.weights[c] = 1.0F;
    RRI_TRY(count_labels(train, steps, count, err));
    if (strcmp(spec, "balanced") == 0)
        balance(count, classes, r.weights);
    else if (strchr(spec, '=') != NULL && rri_file_missing(spec))
        RRI_TRY(read_list(&r, err));
    else
        RRI_TRY(read_file(&r, err));
    RRI_TRY(check(&r, count, err));
    if (all_ones(&r))
        goto done;
    say_weights(&r, callbacks);
    *out = r.weights;
    r.weights = NULL;

done:
    rri_free(r.weights);
    rri_free(r.given);
    rri_free(count);
    return st;
}

/* ---- of a training set ---------------------------------------------------------------------- */

rr_status rri_session_loss_weights(const rr_session *s, const rr_dataset *train, float **out,
                                   rr_error *err)
{
    const float *own = rr_run_settings_of(s->run).edits.weights;
    const float *of_class = rr_run_class_weights(s->run);
    const size_t N = rr_dataset_count(train);
    rr_status st = RR_OK;

    *out = NULL;
    if (own == NULL && of_class == NULL)
        return RR_OK;
    RRI_TRY(rri_alloc(out, N, 1, sizeof **out, err));
    for (size_t i = 0; i < N; i++)
        (*out)[i] = (own != NULL ? own[i] : 1.0F) *
                    (of_class != NULL ? of_class[rr_dataset_at(train, i).label] : 1.0F);

done:
    return st;
}
