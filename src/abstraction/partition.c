/* SPDX-License-Identifier: MIT */
/* partition.c - the search for the number of abstract states.
 *
 *   C_q[c] = fraction of the rows in state q whose prediction is c
 *   stability of q = max_c C_q[c],  of the partition = the plain mean over its K states
 *
 * A state without rows takes the fractions of all rows together: it gives no evidence for a
 * prediction, and its confidence is still a distribution.
 *
 * Search by splitting: the least stable state (ties: the lowest number) is split (split.c), then EM
 * runs on the sample of the rows for at most SPLIT_STEPS steps, then one step over all rows, so
 * that the recorded mixture is fitted to all of them. Fixed K and restarts are whole fits. */
#include "abstraction/partition.h"

#include "io/scratch_array.h"

#include <math.h>
#include <string.h>

enum { SPLIT_STEPS = 20, MAX_STATES = 65534, MAX_CLASSES = 65536 };

/* The result of one step of the search. */
typedef struct outcome {
    rri_gmm *gmm;      /* NULL before the first step */
    uint16_t *q;       /* [R] */
    size_t *count;     /* [K][C] */
    float *confidence; /* [K][C] */
    size_t weakest;    /* the state to split next, from 0; K where none can be split */
} outcome;

struct rri_partition {
    rr_partition_config cfg;
    rri_rows z;
    const uint16_t *y;
    size_t classes;
    size_t limit; /* the largest K to try */
    float *sample_data;
    rri_rows sample;
    bool done;

    outcome now;
    rr_curve_point *curve; /* [points], capacity [curve_size] */
    size_t points, curve_size;
};

rr_partition_config rri_partition_config_default(void)
{
    return (rr_partition_config){ .struct_size = sizeof(rr_partition_config),
                                  .states = 0,
                                  .max_states = 100,
                                  .stability = 0.72,
                                  .search = RR_SEARCH_SPLIT,
                                  .gmm = rri_gmm_config_default() };
}

static void outcome_release(outcome *o)
{
    rri_gmm_free(o->gmm);
    rri_scratch_free(o->q);
    rri_free(o->count);
    rri_free(o->confidence);
}

void rri_partition_free(rri_partition *p)
{
    if (p == NULL)
        return;
    rri_free(p->sample_data);
    outcome_release(&p->now);
    rri_free(p->curve);
    rri_free(p);
}

/* ---- set-up --------------------------------------------------------------------------------- */

rr_status rri_partition_check_config(const rr_partition_config *cfg, rr_error *err)
{
    const size_t states = cfg->states != 0 ? cfg->states : cfg->max_states;

    if (states == 0 || states > MAX_STATES)
        return rri_fail(err, RR_ERR_ARG, -1, "a search for %zu states: must be 1 to %d", states,
                        (int)MAX_STATES);
    if (!(cfg->stability >= 0.0 && cfg->stability <= 1.0))
        return rri_fail(err, RR_ERR_ARG, -1, "stability threshold %g: must be 0 to 1",
                        cfg->stability);
    if (cfg->search != RR_SEARCH_SPLIT && cfg->search != RR_SEARCH_RESTART)
        return rri_fail(err, RR_ERR_ARG, -1, "unknown kind of search %d", (int)cfg->search);
    return rri_gmm_check_config(&cfg->gmm, err);
}

static rr_status check_predictions(const uint16_t *y, size_t n, size_t classes, rr_error *err)
{
    if (classes == 0 || classes > MAX_CLASSES)
        return rri_fail(err, RR_ERR_ARG, -1, "%zu classes: must be 1 to %d", classes,
                        (int)MAX_CLASSES);
    for (size_t i = 0; i < n; i++)
        if (y[i] >= classes)
            return rri_fail(err, RR_ERR_ARG, (int64_t)i,
                            "row %zu has prediction %u, but there are %zu classes", i,
                            (unsigned)y[i], classes);
    return RR_OK;
}

rr_status rri_partition_new(const rr_partition_config *cfg, rri_rows z, const uint16_t *y,
                            size_t classes, rri_partition **out, rr_error *err)
{
    rr_status st = RR_OK;
    rri_partition *p = NULL;

    *out = NULL;
    RRI_TRY(rri_partition_check_config(cfg, err));
    RRI_TRY(rri_rows_check(z, cfg->gmm.threads, "projected states", err));
    RRI_TRY(check_predictions(y, z.n, classes, err));
    if (z.n == 0 || z.n < cfg->states) {
        st = rri_fail(err, RR_ERR_SHAPE, -1, "%zu rows are too few for %zu states", z.n,
                      rri_max(1, cfg->states));
        goto done;
    }
    RRI_TRY(rri_alloc(&p, 1, 1, sizeof *p, err));
    *p = (rri_partition){ .cfg = *cfg, .z = z, .y = y, .classes = classes };
    p->limit = cfg->states != 0 ? cfg->states : rri_min(cfg->max_states, z.n);
    p->cfg.gmm.components = p->limit; /* determines the size of the sample */
    RRI_TRY(rri_gmm_sample(&p->cfg.gmm, z, &p->sample_data, &p->sample, err));
    *out = p;
    p = NULL;

done:
    rri_partition_free(p);
    return st;
}

/* ---- one step ------------------------------------------------------------------------------- */

static rr_status split_weakest(const rri_partition *p, rri_gmm **out, rr_error *err)
{
    rr_status st = RR_OK;
    rri_gmm *g = NULL;
    rr_gmm_config few = p->cfg.gmm;
    const rri_labelled rows = {
        .z = p->z, .y = p->y, .q = p->now.q, .count = p->now.count, .classes = p->classes
    };

    RRI_TRY(rri_split(p->now.gmm, &rows, p->now.weakest, &g, err));
    few.max_iter = rri_min(SPLIT_STEPS, p->cfg.gmm.max_iter);
    RRI_TRY(rri_gmm_refine_within(&few, p->sample, g, err));
    if (p->sample.n < p->z.n) {
        few.max_iter = 1;
        RRI_TRY(rri_gmm_refine_within(&few, p->z, g, err));
    }
    *out = g;
    g = NULL;

done:
    rri_gmm_free(g);
    return st;
}

/* Fit the mixture of the next K. */
static rr_status next_mixture(const rri_partition *p, rri_gmm **out, rr_error *err)
{
    rr_gmm_config cfg = p->cfg.gmm;

    if (p->now.gmm != NULL && p->cfg.search == RR_SEARCH_SPLIT)
        return split_weakest(p, out, err);
    cfg.components = p->cfg.states != 0 ? p->cfg.states : p->points + 1;
    return rri_gmm_fit_from(&cfg, p->z, p->sample, out, err);
}

/* Confidences and the stability figures of `point`, whose K is set. all is [C] scratch. */
static void judge(const rri_partition *p, const size_t *count, double *all, float *confidence,
                  rr_curve_point *point)
{
    const size_t C = p->classes;
    double sum = 0.0;

    for (size_t c = 0; c < C; c++)
        all[c] = 0.0;
    for (size_t j = 0; j < point->states * C; j++)
        all[j % C] += (double)count[j];
    point->stability_min = 1.0;
    for (size_t k = 0; k < point->states; k++) {
        double rows = 0.0;
        double most = 0.0;
        for (size_t c = 0; c < C; c++)
            rows += (double)count[k * C + c];
        for (size_t c = 0; c < C; c++) {
            const double fraction =
                rows > 0.0 ? (double)count[k * C + c] / rows : all[c] / (double)p->z.n;
            confidence[k * C + c] = (float)fraction;
            most = fmax(most, fraction);
        }
        sum += most;
        point->stability_min = fmin(point->stability_min, most);
    }
    point->stability_mean = sum / (double)point->states;
}

static double max_fraction(const size_t *count, size_t classes)
{
    size_t most = 0;
    size_t rows = 0;

    for (size_t c = 0; c < classes; c++) {
        most = rri_max(most, count[c]);
        rows += count[c];
    }
    return rows > 0 ? (double)most / (double)rows : 1.0;
}

/* The least stable state that can be split: one whose rows are not all the same point. K if there
 * is none. first [K] and mixed [K] are zeroed scratch; first holds a row's number plus one. */
static size_t find_weakest(const rri_partition *p, const outcome *o, size_t *first, bool *mixed)
{
    const size_t K = o->gmm->k;
    size_t weakest = K;
    double least = 2.0;

    for (size_t i = 0; i < p->z.n; i++) {
        const size_t k = (size_t)o->q[i] - 1;
        if (mixed[k])
            continue;
        if (first[k] == 0)
            first[k] = i + 1;
        for (size_t j = 0; j < p->z.d; j++)
            mixed[k] |= rri_row(p->z, i)[j] != rri_row(p->z, first[k] - 1)[j];
    }
    for (size_t k = 0; k < K; k++) {
        const double stability = max_fraction(o->count + k * p->classes, p->classes);
        if (mixed[k] && stability < least) {
            least = stability;
            weakest = k;
        }
    }
    return weakest;
}

/* Make room for one more point. */
static rr_status grow_curve(rri_partition *p, rr_error *err)
{
    if (p->points < p->curve_size)
        return RR_OK;
    const size_t size = 2 * p->curve_size + 8;
    const rr_status st = rri_grow(&p->curve, p->curve_size, size, sizeof *p->curve, err);
    if (st == RR_OK)
        p->curve_size = size;
    return st;
}

static bool finished(const rri_partition *p, const rr_curve_point *point)
{
    if (p->cfg.states != 0 || point->states >= p->limit)
        return true;
    if (point->stability_mean >= p->cfg.stability)
        return true;
    return p->cfg.search == RR_SEARCH_SPLIT && p->now.weakest == point->states;
}

static double information_criterion(const rri_gmm *g, size_t n, double log_likelihood)
{
    const double parameters = (double)(g->k - 1) + 2.0 * (double)g->k * (double)g->d;

    return -2.0 * log_likelihood * (double)n + parameters * log((double)n);
}

/* States, counts and confidences under o->gmm, and the resulting point of the curve. */
static rr_status assess(const rri_partition *p, outcome *o, rr_curve_point *point, rr_error *err)
{
    rr_status st = RR_OK;
    size_t *first = NULL;
    bool *mixed = NULL;
    double *all = NULL;
    const size_t K = o->gmm->k;

    RRI_TRY(rri_scratch_alloc(&o->q, p->z.n, 1, sizeof *o->q, err));
    RRI_TRY(rri_alloc(&o->count, K, p->classes, sizeof *o->count, err));
    RRI_TRY(rri_alloc(&o->confidence, K, p->classes, sizeof *o->confidence, err));
    RRI_TRY(rri_alloc(&first, K, 1, sizeof *first, err));
    RRI_TRY(rri_alloc(&mixed, K, 1, sizeof *mixed, err));
    RRI_TRY(rri_alloc(&all, p->classes, 1, sizeof *all, err));
    RRI_TRY(rri_gmm_pass(o->gmm, p->z, p->cfg.gmm.threads, o->q, &point->log_likelihood, err));
    for (size_t i = 0; i < p->z.n; i++)
        o->count[((size_t)o->q[i] - 1) * p->classes + p->y[i]]++;
    point->states = K;
    point->bic = information_criterion(o->gmm, p->z.n, point->log_likelihood);
    judge(p, o->count, all, o->confidence, point);
    o->weakest = find_weakest(p, o, first, mixed);

done:
    rri_free(all);
    rri_free(mixed);
    rri_free(first);
    return st;
}

rr_status rri_partition_step(rri_partition *p, int *done, rr_error *err)
{
    rr_status st = RR_OK;
    outcome next = { .gmm = NULL };
    rr_curve_point point = { .states = 0 };
    const double start = rri_seconds();

    if (p->done) {
        *done = 1;
        return RR_OK;
    }
    RRI_TRY(grow_curve(p, err));
    RRI_TRY(next_mixture(p, &next.gmm, err));
    RRI_TRY(assess(p, &next, &point, err));
    outcome_release(&p->now); /* nothing can fail from here on */
    p->now = next;
    next = (outcome){ .gmm = NULL };
    point.seconds = rri_seconds() - start;
    p->curve[p->points++] = point;
    p->done = finished(p, &point);
    *done = p->done;

done:
    outcome_release(&next);
    return st;
}

/* ---- results -------------------------------------------------------------------------------- */

const rr_curve_point *rri_partition_curve(const rri_partition *p, size_t *points)
{
    *points = p->points;
    return p->curve;
}

const rri_gmm *rri_partition_gmm(const rri_partition *p)
{
    return p->now.gmm;
}

const uint16_t *rri_partition_states(const rri_partition *p)
{
    return p->now.q;
}

const float *rri_partition_confidence(const rri_partition *p)
{
    return p->now.confidence;
}
