/* SPDX-License-Identifier: MIT */
/* repair_seeds.c - the same targets repaired with several seeds, and means over them. */
#include "workflow/repairing.h"

#include <math.h>

/* The directories of a series: that of all, and one a seed. */
typedef struct folders {
    rr_reservation *all;
    rr_reservation **reserved; /* [n] */
    char **dir;                /* [n] */
    size_t n;
} folders;

static rr_status reserve_all(const char *dir, const uint64_t *seeds, size_t n, folders *f,
                             rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(rr_run_reserve(dir, &f->all, err));
    RRI_TRY(rri_alloc(&f->reserved, n, 1, sizeof(rr_reservation *), err));
    RRI_TRY(rri_alloc(&f->dir, n, 1, sizeof(char *), err));
    f->n = n;
    for (size_t i = 0; i < n; i++) {
        RRI_TRY(rri_format(&f->dir[i], err, "%s/seed-%llu", dir, (unsigned long long)seeds[i]));
        RRI_TRY(rr_run_reserve(f->dir[i], &f->reserved[i], err));
    }

done:
    return st;
}

static void release_all(folders *f)
{
    for (size_t i = 0; i < f->n; i++) {
        rr_reservation_end(f->reserved[i]);
        rri_free(f->dir[i]);
    }
    rri_free(f->reserved);
    rri_free(f->dir);
    rr_reservation_end(f->all);
}

/* Add the outcome of a seed to the means. */
static void add_seed(rr_repair_series *series, const rr_repair_result *r, rr_repair_seed *seed)
{
    const double part = 1.0 / (double)series->count_seeds;

    seed->harmful = r->retrainings[0].harmful;
    seed->kept = rr_dataset_count(r->additions);
    seed->all = r->all;
    seed->of_targets = r->of_targets;
    series->mean_kept += part * (double)seed->kept;
    series->mean_fixed += part * (double)seed->of_targets.fixed;
    series->mean_still_failing += part * (double)seed->of_targets.still_failing;
    series->mean_newly_broken += part * (double)seed->all.newly_broken;
    series->accuracy_before += part * seed->all.accuracy_before;
    series->accuracy_after += part * seed->all.accuracy_after;
    for (size_t i = 0; i < series->count; i++)
        series->targets[i].fixed += r->after[r->targets[i].unit] == r->targets[i].truth;
}

/* Number `unit` of a list of targets. */
static rr_series_target series_target(const rr_predictions *p, size_t unit)
{
    rr_series_target t = { .unit = unit };

    if (p->step_prediction == NULL) {
        t.id = unit;
        t.truth = rr_dataset_at(p->ds, unit).label;
        t.prediction = p->prediction[unit];
        return t;
    }
    size_t at = unit;
    while (at >= rr_dataset_at(p->ds, t.id).steps)
        at -= rr_dataset_at(p->ds, t.id++).steps;
    t.step = at + 1;
    t.truth = rr_dataset_at(p->ds, t.id).step_labels[at];
    t.prediction = p->step_prediction[unit];
    return t;
}

static rr_status new_series(rr_session *s, rr_split split, const rr_ids *targets,
                            const uint64_t *seeds, size_t n, rr_repair_series **out, rr_error *err)
{
    rr_predictions before = { .ds = NULL };
    rr_repair_series *series = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_session_predict(s, split, &before, err));
    RRI_TRY(rri_alloc(&series, 1, 1, sizeof *series, err));
    RRI_TRY(rri_alloc(&series->seeds, n, 1, sizeof *series->seeds, err));
    RRI_TRY(rri_alloc(&series->targets, targets->count, 1, sizeof *series->targets, err));
    for (size_t i = 0; i < n; i++)
        series->seeds[i].seed = seeds[i];
    series->count_seeds = n;
    for (size_t i = 0; i < targets->count; i++)
        series->targets[i] = series_target(&before, targets->ids[i]);
    series->count = targets->count;
    *out = series;
    series = NULL;

done:
    rr_repair_series_free(series);
    return st;
}

/* ---- intervals ------------------------------------------------------------------------------ */

/* The 0.975 quantile of Student's t with n degrees of freedom; behind the table by the first terms
 * of its expansion, to three digits. */
static double t_quantile(size_t n)
{
    static const double table[] = { 12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365,
                                    2.306,  2.262, 2.228, 2.201, 2.179, 2.160, 2.145,
                                    2.131,  2.120, 2.110, 2.101, 2.093, 2.086 };
    const double z = 1.959964;

    return n <= sizeof table / sizeof *table ? table[n - 1]
                                             : z + (z * z * z + z) / (4.0 * (double)n);
}

static rr_interval interval_of(const double *x, size_t n)
{
    rr_interval i = { 0.0, 0.0, 0.0 };
    double square = 0.0;

    for (size_t k = 0; k < n; k++)
        i.mean += x[k] / (double)n;
    i.low = i.high = i.mean;
    if (n < 2)
        return i;
    for (size_t k = 0; k < n; k++)
        square += (x[k] - i.mean) * (x[k] - i.mean);
    const double half = t_quantile(n - 1) * sqrt(square / (double)((n - 1) * n));
    i.low -= half;
    i.high += half;
    return i;
}

/* The numbers of a retraining that means are of, in the order of rr_series_retraining. */
enum { FIGURES = 13 };

/* A retraining of one seed. */
typedef struct seed_row {
    rr_retraining x;
    rr_repair_quality q;
} seed_row;

static void take_figures(const seed_row *row, double out[FIGURES])
{
    const rr_retraining *x = &row->x;
    const double figures[FIGURES] = {
        (double)x->added,
        (double)x->targets.fixed,
        (double)x->unseen.fixed,
        (double)x->unseen.still_failing,
        (double)x->measured.counts.newly_broken,
        x->measured.counts.accuracy_after,
        x->measured.divergence,
        x->measured.after.error,
        x->measured.after.loss,
        x->search_seconds + x->train_seconds,
        row->q.all.macro_f1,
        row->q.all.auc,
        row->q.unseen.auc,
    };

    for (size_t i = 0; i < FIGURES; i++)
        out[i] = figures[i];
}

/* Means over the seeds of each retraining; all is [seeds][MOST_RETRAININGS]. */
static rr_status take_means(rr_repair_series *series, const seed_row *all, rr_error *err)
{
    const size_t n = series->count_seeds;
    double *x = NULL; /* [n] of one figure */
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&x, n, 1, sizeof *x, err));
    RRI_TRY(rri_alloc(&series->retrainings, series->count_retrainings, 1,
                      sizeof *series->retrainings, err));
    RRI_TRY(rri_alloc(&series->qualities, series->count_retrainings, 1, sizeof *series->qualities,
                      err));
    for (size_t k = 0; k < series->count_retrainings; k++) {
        rr_series_retraining *m = &series->retrainings[k];
        rr_series_quality *q = &series->qualities[k];
        rr_interval *const to[FIGURES] = {
            &m->added,    &m->targets_fixed, &m->unseen_fixed,      &m->unseen_left, &m->broken,
            &m->accuracy, &m->divergence,    &m->calibration_error, &m->loss,        &m->seconds,
            &q->macro_f1, &q->auc,           &q->unseen_auc
        };
        m->strategy = all[k].x.strategy;
        for (size_t f = 0; f < FIGURES; f++) {
            for (size_t i = 0; i < n; i++) {
                double figures[FIGURES];
                take_figures(&all[i * MOST_RETRAININGS + k], figures);
                x[i] = figures[f];
            }
            *to[f] = interval_of(x, n);
        }
        for (size_t i = 0; i < n; i++)
            m->harmful += all[i * MOST_RETRAININGS + k].x.harmful != 0;
    }

done:
    rri_free(x);
    return st;
}

/* ---- the series ----------------------------------------------------------------------------- */

/* all: [MOST_RETRAININGS] of this seed. */
static rr_status repair_seed(rri_repairing *p, const char *dir, rr_repair_report report, void *self,
                             rr_repair_series *series, rr_repair_seed *seed, seed_row *all,
                             rr_error *err)
{
    rr_repair_result *r = NULL;
    rr_status st = RR_OK;

    p->request.search.seed = p->request.retrain.seed = seed->seed;
    RRI_TRY(rri_repair_once(p, dir, &r, err));
    if (report != NULL)
        RRI_TRY(report(self, &p->request, dir, r, err));
    add_seed(series, r, seed);
    for (size_t k = 0; k < r->count_retrainings; k++)
        all[k] = (seed_row){ r->retrainings[k], r->qualities[k] };
    series->count_retrainings = r->count_retrainings;
    series->before = r->retrainings[0].measured;
    series->quality_before = r->quality_before;
    series->measured_split = r->measured_split;
    series->test_used = r->test_used;

done:
    rr_repair_result_free(r);
    return st;
}

rr_status rr_session_repair_seeds(rr_session *s, const rr_repair_request *request, const char *dir,
                                  const uint64_t *seeds, size_t n, rr_repair_report report,
                                  void *self, rr_repair_series **out, rr_error *err)
{
    rri_repairing p = { .s = s };
    folders f = { .n = 0 };
    rr_repair_series *series = NULL;
    seed_row *all = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_repair_begin(s, request, &p, err));
    if (p.request.search.level == RR_LEVEL_OUTPUT)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "level output has one solution, which does not depend on a seed"));
    RRI_TRY(rri_retrain_check(s, &p.request.retrain, err));
    RRI_TRY(reserve_all(dir, seeds, n, &f, err));
    RRI_TRY(rri_repair_targets(s, &p.request, &p.targets, err));
    RRI_TRY(new_series(s, p.request.split, &p.targets, seeds, n, &series, err));
    RRI_TRY(rri_alloc(&all, n, MOST_RETRAININGS, sizeof *all, err));
    p.repeats = n;
    for (size_t i = 0; i < n; i++)
        RRI_TRY(repair_seed(&p, f.dir[i], report, self, series, &series->seeds[i],
                            all + i * MOST_RETRAININGS, err));
    for (size_t i = 0; i < series->count; i++)
        series->targets[i].fixed /= (double)n;
    RRI_TRY(take_means(series, all, err));
    *out = series;
    series = NULL;

done:
    rri_free(all);
    rr_repair_series_free(series);
    release_all(&f);
    rr_ids_free(&p.targets);
    return st;
}

void rr_repair_series_free(rr_repair_series *series)
{
    if (series == NULL)
        return;
    rri_free(series->seeds);
    rri_free(series->targets);
    rri_free(series->retrainings);
    rri_free(series->qualities);
    rri_free(series);
}
