/* SPDX-License-Identifier: MIT */
/* page_influence.c - the influence model: its states, their plane, and how K was chosen. */
#include "report/page_data.h"

#include "influence/influence_internal.h"
#include "workflow/workflow_internal.h"

#include <math.h>

static void put_curve(rr_page *page, json_t *x, const rr_influence *inf)
{
    size_t n = 0;
    const rr_curve_point *p = rr_influence_curve(inf, &n);
    json_t *list = json_array();

    for (size_t i = 0; i < n; i++) {
        json_t *point = json_object();
        rri_page_put(page, point, "states", rri_page_size(p[i].states));
        rri_page_put(page, point, "stability", rri_page_number(p[i].stability_mean));
        rri_page_put(page, point, "score", rri_page_number(p[i].bic));
        rri_page_append(page, list, point);
    }
    rri_page_put(page, x, "curve", list);
}

static void put_figures(rr_page *page, const rr_influence *inf, const rr_query *query, double plane)
{
    const rr_influence_info info = rr_influence_info_of(inf);
    json_t *x = json_object();

    rri_page_put(page, x, "states", rri_page_size(info.states));
    rri_page_put(page, x, "components", rri_page_size(info.components));
    rri_page_put(page, x, "explained_variance", rri_page_number(info.explained_variance));
    rri_page_put(page, x, "plane_variance", rri_page_fraction(plane));
    rri_page_put(page, x, "stability_mean", rri_page_number(info.stability_mean));
    rri_page_put(page, x, "stability_min", rri_page_number(info.stability_min));
    rri_page_put(page, x, "log_likelihood", rri_page_number(info.log_likelihood));
    put_curve(page, x, inf);
    rri_page_put(page, x, "measure", rri_page_word(RR_ENUM_MEASURE, query->measure));
    rri_page_put(page, x, "key", rri_page_word(RR_ENUM_KEY, query->key));
    rri_page_put(page, page->manifest, "influence", x);
}

static rr_status add_plane(rr_page *page, const rr_influence *inf, double *plane, rr_error *err)
{
    const size_t K = rr_influence_info_of(inf).states;
    float *means = NULL, *covariances = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&means, K, 2, sizeof *means, err));
    RRI_TRY(rri_alloc(&covariances, K, 3, sizeof *covariances, err));
    rri_influence_plane(inf, means, covariances, plane);
    RRI_TRY(rri_page_add_floats(page, means, K, 2, err, "influence.means"));
    RRI_TRY(rri_page_add_floats(page, covariances, K, 3, err, "influence.covariances"));

done:
    rri_free(means);
    rri_free(covariances);
    return st;
}

static rr_status add_points(rr_page *page, const rri_page_points *points, rr_error *err)
{
    rr_status st = RR_OK;

    if (points->count == 0)
        return RR_OK;
    RRI_TRY(rri_page_add_floats(page, points->at, points->count, 2, err, "influence.points"));
    RRI_TRY(rri_page_add_numbers(page, points->step, points->count, 2, UINT32_MAX - 1, err,
                                 "influence.points_at"));

done:
    return st;
}

/* Sums of doubles over steps in their order: the bits are the same whatever the threads. */
static rr_status add_mean_frames(rr_page *page, const rri_page_run *run, rr_error *err)
{
    const rri_page_split *train = &run->splits[RR_SPLIT_TRAIN];
    const size_t K = rr_influence_info_of(run->inf).states;
    const size_t D = run->width;
    double *sum = NULL;
    size_t *count = NULL;
    float *mean = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&sum, K, D, sizeof *sum, err));
    RRI_TRY(rri_alloc(&mean, K, D, sizeof *mean, err));
    RRI_TRY(rri_alloc(&count, K, 1, sizeof *count, err));
    for (size_t i = 0; i < rr_dataset_count(train->ds); i++) {
        const rr_sequence s = rr_dataset_at(train->ds, i);
        for (size_t t = 0; t < s.steps; t++) {
            const size_t q = train->states[train->starts[i] + t] - 1U;
            count[q]++;
            for (size_t d = 0; d < D; d++)
                sum[q * D + d] += (double)s.frames[t * D + d];
        }
    }
    for (size_t q = 0; q < K; q++)
        for (size_t d = 0; d < D; d++)
            mean[q * D + d] = count[q] > 0 ? (float)(sum[q * D + d] / (double)count[q]) : NAN;
    RRI_TRY(rri_page_add_floats(page, mean, K, D, err, "influence.mean_frames"));

done:
    rri_free(sum);
    rri_free(mean);
    rri_free(count);
    return st;
}

rr_status rri_page_put_influence(rr_page *page, const rri_page_run *run, rr_error *err)
{
    const rr_influence *inf = run->inf;
    double plane = -1.0;
    rr_question q;
    rr_status st = RR_OK;

    if (inf == NULL) {
        rri_page_put(page, page->manifest, "influence", json_null());
        rri_page_leave_out(page, "influence",
                           "The run has no influence model, so that there are no states, no "
                           "training sequences behind a step and no map. rnnrepair build makes "
                           "one.");
        return RR_OK;
    }
    RRI_TRY(rr_session_question(run->session, &q, err));
    RRI_TRY(rri_page_add_floats(page, rr_influence_confidence(inf, 1),
                                rr_influence_info_of(inf).states, run->classes, err,
                                "influence.confidence"));
    RRI_TRY(add_plane(page, inf, &plane, err));
    RRI_TRY(add_points(page, &run->points, err));
    if (run->width > 0)
        RRI_TRY(add_mean_frames(page, run, err));
    put_figures(page, inf, &q.cfg.query, plane);

done:
    return st;
}
