/* SPDX-License-Identifier: MIT */
/* results.c - what a results database holds, over the seeds: means and deviations, and curves. */
#include "experiments/database.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The summaries being made; of the last one the sum of squares is kept until it is closed. */
typedef struct summing {
    experiment_results results;
    size_t room;
    experiment_summary *last; /* of them; NULL before the first */
    double squares;           /* sum of squared deviations from the mean, by Welford's recurrence */
} summing;

/* The last summary has all its values. */
static void close_last(summing *s)
{
    if (s->last != NULL)
        s->last->sd = s->last->n > 1 ? sqrt(s->squares / (double)(s->last->n - 1)) : (double)NAN;
    s->squares = 0.0;
}

/* Room for one more summary. */
static rr_status reserve(summing *s, rr_error *err)
{
    const size_t room = 2 * s->room + 64;
    experiment_summary *rows = NULL;
    if (s->results.count < s->room)
        return RR_OK;
    const rr_status st = rri_alloc(&rows, room, 1, sizeof *rows, err);
    if (st != RR_OK)
        return st;
    if (s->results.rows != NULL)
        memcpy(rows, s->results.rows, s->results.count * sizeof *rows);
    rri_free(s->results.rows);
    s->results.rows = rows;
    s->room = room;
    return RR_OK;
}

static rr_status open_next(summing *s, const char *setting, const char *metric, rr_error *err)
{
    close_last(s);
    s->last = NULL; /* it may move */
    rr_status st = reserve(s, err);
    if (st != RR_OK)
        return st;
    experiment_summary *const next = &s->results.rows[s->results.count++];
    st = rri_format(&next->setting, err, "%s", setting);
    if (st == RR_OK)
        st = rri_format(&next->metric, err, "%s", metric);
    s->last = next;
    return st;
}

static rr_status take(void *self, const char *setting, const char *metric, double value,
                      double seconds, rr_error *err)
{
    summing *const s = self;
    if (s->last == NULL || strcmp(s->last->setting, setting) != 0 ||
        strcmp(s->last->metric, metric) != 0) {
        const rr_status st = open_next(s, setting, metric, err);
        if (st != RR_OK)
            return st;
    }
    experiment_summary *const at = s->last;
    at->n++;
    const double off = value - at->mean;
    at->mean += off / (double)at->n;
    s->squares += off * (value - at->mean);
    at->seconds += ((seconds >= 0.0 ? seconds : (double)NAN) - at->seconds) / (double)at->n;
    return RR_OK;
}

rr_status experiment_database_results(experiment_database *database, const experiment_key *key,
                                      experiment_results *out, rr_error *err)
{
    summing s = { .room = 0 };
    const rr_status st = experiment_database_each(database, key, take, &s, err);
    close_last(&s);
    *out = s.results;
    if (st != RR_OK)
        experiment_results_clear(out);
    return st;
}

void experiment_results_clear(experiment_results *results)
{
    for (size_t i = 0; i < results->count; i++) {
        rri_free(results->rows[i].setting);
        rri_free(results->rows[i].metric);
    }
    rri_free(results->rows);
    *results = (experiment_results){ .rows = NULL };
}

const experiment_summary *experiment_results_find(const experiment_results *results,
                                                  const char *setting, const char *metric)
{
    for (size_t i = 0; i < results->count; i++)
        if (strcmp(results->rows[i].metric, metric) == 0 &&
            strcmp(results->rows[i].setting, setting) == 0)
            return &results->rows[i];
    return NULL;
}

double experiment_results_mean(const experiment_results *results, const char *setting,
                               const char *metric)
{
    const experiment_summary *const at = experiment_results_find(results, setting, metric);
    return at != NULL ? at->mean : (double)NAN;
}

double experiment_results_sd(const experiment_results *results, const char *setting,
                             const char *metric)
{
    const experiment_summary *const at = experiment_results_find(results, setting, metric);
    return at != NULL ? at->sd : (double)NAN;
}

/* ---- curves --------------------------------------------------------------------------------- */

/* Whether a metric is a point of the curve: "NAME@X" with a number for X. */
static int on_curve(const char *metric, const char *name, double *x)
{
    const size_t n = strlen(name);
    char *end = NULL;
    if (strncmp(metric, name, n) != 0 || metric[n] != '@' || metric[n + 1] == '\0')
        return 0;
    *x = rri_strtod(metric + n + 1, &end);
    return *end == '\0' && isfinite(*x);
}

static int by_x(const void *a, const void *b)
{
    const double xa = ((const experiment_point *)a)->x, xb = ((const experiment_point *)b)->x;
    return (xa > xb) - (xa < xb);
}

rr_status experiment_results_curve(const experiment_results *results, const char *setting,
                                   const char *name, experiment_point **out, size_t *n,
                                   rr_error *err)
{
    experiment_point *points = NULL;
    size_t count = 0;
    double x = 0.0;

    *out = NULL;
    *n = 0;
    const rr_status st = rri_alloc(&points, results->count, 1, sizeof *points, err);
    if (st != RR_OK)
        return st;
    for (size_t i = 0; i < results->count; i++) {
        const experiment_summary *const r = &results->rows[i];
        if (strcmp(r->setting, setting) == 0 && on_curve(r->metric, name, &x))
            points[count++] = (experiment_point){ x, r->mean, r->sd, r->n };
    }
    qsort(points, count, sizeof *points, by_x);
    *out = points;
    *n = count;
    return RR_OK;
}

double experiment_interval(const experiment_summary *at)
{
    /* Quantiles 0.975 of Student's distribution, by degrees of freedom. */
    static const double quantiles[] = { 12.706, 4.303, 3.182, 2.776, 2.571,
                                        2.447,  2.365, 2.306, 2.262, 2.228 };
    const size_t most = sizeof quantiles / sizeof *quantiles;

    if (at == NULL || at->n < 2)
        return (double)NAN;
    const double q = at->n - 1 <= most ? quantiles[at->n - 2] : 2.228;
    return q * at->sd / sqrt((double)at->n);
}
