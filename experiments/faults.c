/* SPDX-License-Identifier: MIT */
/* faults.c - the fault pattern (supplement A.3.2): whose labels do the training sequences carry
 * that influence a test image most?
 *
 * T_t are those of the 1..100 nearest (lp) labelled as the image is, T_m those labelled as what it
 * is mistaken for: of a failed image its prediction, of a benign one, which is mistaken for
 * nothing, the runner-up of the prediction. Beside their shares stand the lifts, the shares over
 * those of the labels among all training images that are compared. */
#include "experiments/curves.h"
#include "experiments/model.h"
#include "experiments/table.h"

#include <math.h>
#include <stdlib.h>

enum { TOP = 100, BENIGN = 200, INPUTS = 2, GROUPS = 4, CURVES = 6 };

/* The settings: failed and benign images, compared with all training images, and with those alone
 * that the network predicts correctly, as repair does. */
static const char *const groups[GROUPS] = { "failed", "benign", "failed correct-only",
                                            "benign correct-only" };

static int is_failed(size_t group)
{
    return group % INPUTS == 0;
}

static int correct_only(size_t group)
{
    return group >= INPUTS;
}

static const char *const curve_names[CURVES] = { "share_truth",      "share_mistaken",
                                                 "similarity_truth", "similarity_mistaken",
                                                 "lift_truth",       "lift_mistaken" };

/* ---- the images ----------------------------------------------------------------------------- */

/* Images of a group. All owned. */
typedef struct inputs {
    size_t *which;      /* [n] test numbers */
    uint32_t *mistaken; /* [n] */
    size_t n;
} inputs;

static void inputs_clear(inputs *in)
{
    rri_free(in->which);
    rri_free(in->mistaken);
    *in = (inputs){ .which = NULL };
}

/* The likeliest class but `label`. */
static uint32_t runner_up(const float *p, size_t classes, uint32_t label)
{
    size_t best = label == 0 ? 1 : 0;
    for (size_t c = best + 1; c < classes; c++)
        if (c != label && p[c] > p[best])
            best = c;
    return (uint32_t)best;
}

/* All test errors; or BENIGN of the images predicted correctly, spread over all of them. */
static rr_status choose(const experiment_context *ctx, const model *m, size_t group, inputs *out,
                        rr_error *err)
{
    const size_t N = rr_traces_count(m->traces), C = rr_dataset_classes(m->train);
    float *p = NULL;
    size_t members = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&p, N, 1, C * sizeof *p, err));
    RRI_TRY(rr_network_probabilities(m->net, m->test, ctx->threads, p, err));
    RRI_TRY(rri_alloc(&out->which, N, 1, sizeof *out->which, err));
    RRI_TRY(rri_alloc(&out->mistaken, N, 1, sizeof *out->mistaken, err));
    for (size_t i = 0; i < N; i++) {
        const rr_trace trace = rr_traces_at(m->traces, i);
        if ((trace.prediction != trace.label) == is_failed(group))
            out->which[members++] = i;
    }
    out->n = is_failed(group) || members < BENIGN ? members : BENIGN;
    for (size_t i = 0; i < out->n; i++) {
        const size_t id = out->which[i * members / out->n];
        const rr_trace trace = rr_traces_at(m->traces, id);
        out->which[i] = id;
        out->mistaken[i] =
            is_failed(group) ? trace.prediction : runner_up(p + id * C, C, trace.label);
    }

done:
    rri_free(p);
    return st;
}

/* ---- trials --------------------------------------------------------------------------------- */

/* Sums over the images, for each n: shares of the first n; mean similarities of those that carry
 * the label, of the `with` images that have one. [0] the truth, [1] the mistaken label. */
typedef struct sums {
    double share[2][TOP], similarity[2][TOP], lift[2][TOP];
    size_t with[2][TOP];
} sums;

/* usual: the share of each class among all that could be found. */
static void add_image(sums *s, const rr_neighbour *nearest, size_t found, const uint32_t labels[2],
                      const double *usual)
{
    for (size_t side = 0; side < 2; side++) {
        size_t count = 0;
        double total = 0.0;
        for (size_t k = 0; k < found; k++) {
            if (nearest[k].label == labels[side]) {
                count++;
                total += (double)nearest[k].score;
            }
            s->share[side][k] += (double)count / (double)(k + 1);
            if (count > 0)
                s->lift[side][k] += (double)count / (double)(k + 1) / usual[labels[side]];
            if (count > 0) {
                s->similarity[side][k] += total / (double)count;
                s->with[side][k]++;
            }
        }
    }
}

/* Of a trial. */
enum { FIGURES = CURVES * TOP + 2 };

static void add_figures(experiment_figures *f, const sums *s, size_t images, size_t top)
{
    for (size_t k = 0; images > 0 && k < top; k++)
        for (size_t side = 0; side < 2; side++) {
            experiment_figure_at(f, curve_names[side], k + 1, s->share[side][k] / (double)images);
            experiment_figure_at(f, curve_names[4 + side], k + 1,
                                 s->lift[side][k] / (double)images);
            if (s->with[side][k] > 0)
                experiment_figure_at(f, curve_names[2 + side], k + 1,
                                     s->similarity[side][k] / (double)s->with[side][k]);
        }
}

/* The share of each class among the training sequences that the query may find; usual is [C]. */
static void find_usual(const rr_traces *training, bool correct, size_t classes, double *usual)
{
    double all = 0.0;

    for (size_t i = 0; i < rr_traces_count(training); i++) {
        const rr_trace a = rr_traces_at(training, i);
        if (correct && a.prediction != a.label)
            continue;
        usual[a.label] += 1.0;
        all += 1.0;
    }
    for (size_t c = 0; c < classes; c++)
        usual[c] /= all;
}

static rr_status run_trial(experiment_context *ctx, void *self, size_t group, uint64_t seed,
                           rr_error *err)
{
    model *const m = self;
    const size_t N = rr_dataset_count(m->train), top = N < TOP ? N : TOP;
    rr_query query = rr_query_default();
    rr_neighbour *nearest = NULL;
    size_t *found = NULL;
    double *usual = NULL;
    inputs in = { .which = NULL };
    sums *s = NULL;
    experiment_figures f = { .n = 0 };
    rr_status st = RR_OK;

    query.threads = ctx->threads;
    query.correct_only = correct_only(group);
    RRI_TRY(model_prepare(ctx, m, seed, err));
    if (ctx->stopped)
        goto done;
    RRI_TRY(choose(ctx, m, group, &in, err));
    RRI_TRY(rri_alloc(&nearest, in.n, 1, top * sizeof *nearest, err));
    RRI_TRY(rri_alloc(&found, in.n, 1, sizeof *found, err));
    RRI_TRY(rri_alloc(&s, 1, 1, sizeof *s, err));
    RRI_TRY(rri_alloc(&usual, rr_dataset_classes(m->train), 1, sizeof *usual, err));
    find_usual(rr_influence_training(m->inf), query.correct_only, rr_dataset_classes(m->train),
               usual);
    RRI_TRY(experiment_figures_begin(&f, FIGURES, err));
    experiment_show(ctx, "nearest training sequences", 0, 0);
    const double start = rri_seconds();
    if (in.n > 0)
        RRI_TRY(rr_influence_nearest_many(m->inf, &query, m->traces, in.which, in.n, top, nearest,
                                          found, err));
    const double seconds = rri_seconds() - start;
    size_t least = top; /* so many were there for every image */
    for (size_t i = 0; i < in.n; i++) {
        least = found[i] < least ? found[i] : least;
        const uint32_t labels[2] = { rr_traces_at(m->traces, in.which[i]).label, in.mistaken[i] };
        add_image(s, nearest + i * top, found[i], labels, usual);
    }
    add_figures(&f, s, in.n, least);
    experiment_figure(&f, "images", (double)in.n);
    experiment_figure_took(&f, seconds);
    experiment_figure(&f, "network", m->accuracy);
    experiment_figure_took(&f, m->seconds);
    RRI_TRY(experiment_record(ctx, groups[group], m->seed, f.list, f.n, err));

done:
    experiment_figures_clear(&f);
    rri_free(s);
    rri_free(usual);
    inputs_clear(&in);
    rri_free(found);
    rri_free(nearest);
    return st;
}

static rr_status run(experiment_context *ctx, rr_error *err)
{
    model m = { .train = NULL };
    rr_status st = RR_OK;

    RRI_TRY(model_load(ctx, MODEL_MNIST, &m, err));
    RRI_TRY(experiment_plan(ctx, groups, GROUPS, err));
    RRI_TRY(experiment_each_trial(ctx, groups, GROUPS, run_trial, &m, err));

done:
    model_clear(&m);
    return st;
}

/* ---- report --------------------------------------------------------------------------------- */

/* Every figure by group, curve and n; NaN where none was recorded. */
typedef struct figures {
    double mean[GROUPS][CURVES][TOP], sd[GROUPS][CURVES][TOP], x[TOP];
    size_t seeds[GROUPS][TOP];
} figures;

static rr_status read_figures(const experiment_results *results, figures *f, rr_error *err)
{
    for (size_t k = 0; k < TOP; k++) {
        f->x[k] = (double)(k + 1);
        for (size_t g = 0; g < GROUPS; g++)
            for (size_t c = 0; c < CURVES; c++)
                f->mean[g][c][k] = f->sd[g][c][k] = (double)NAN;
    }
    for (size_t g = 0; g < GROUPS; g++)
        for (size_t c = 0; c < CURVES; c++) {
            experiment_point *points = NULL;
            size_t n = 0;
            const rr_status st =
                experiment_results_curve(results, groups[g], curve_names[c], &points, &n, err);
            if (st != RR_OK)
                return st;
            for (size_t i = 0; i < n; i++) {
                if (!(points[i].x >= 1.0 && points[i].x <= TOP))
                    continue;
                const size_t k = (size_t)points[i].x - 1;
                f->mean[g][c][k] = points[i].mean;
                f->sd[g][c][k] = points[i].sd;
                f->seeds[g][k] = c == 0 ? points[i].n : f->seeds[g][k];
            }
            rri_free(points);
        }
    return RR_OK;
}

static const experiment_column columns[] = {
    { "inputs", "inputs", 0 },
    { "nearest", "n", 0 },
    { "share_truth_mean", "share T_t", 3 },
    { "share_truth_sd", "sd", 3 },
    { "share_mistaken_mean", "share T_m", 3 },
    { "share_mistaken_sd", "sd", 3 },
    { "count_truth", "T_t", 1 },
    { "count_mistaken", "T_m", 1 },
    { "similarity_truth_mean", "similarity T_t", 4 },
    { "similarity_truth_sd", NULL, 4 },
    { "similarity_mistaken_mean", "similarity T_m", 4 },
    { "similarity_mistaken_sd", NULL, 4 },
    { "lift_truth_mean", "lift T_t", 2 },
    { "lift_truth_sd", NULL, 2 },
    { "lift_mistaken_mean", "lift T_m", 2 },
    { "lift_mistaken_sd", NULL, 2 },
    { "seeds", "seeds", 0 },
};
enum { COLUMNS = sizeof columns / sizeof *columns };

static void add_row(experiment_table *t, const figures *f, size_t g, size_t k)
{
    experiment_table_text(t, groups[g]);
    experiment_table_number(t, f->x[k]);
    for (size_t c = 0; c < CURVES; c++) {
        if (c == 2)
            for (size_t side = 0; side < 2; side++)
                experiment_table_number(t, f->x[k] * f->mean[g][side][k]);
        experiment_table_number(t, f->mean[g][c][k]);
        experiment_table_number(t, f->sd[g][c][k]);
    }
    experiment_table_number(t, (double)f->seeds[g][k]);
}

static rr_status tables(experiment_context *ctx, const figures *f, rr_error *err)
{
    static const size_t shown[] = { 1, 2, 5, 10, 20, 50, 100 };
    experiment_table *whole = NULL, *some = NULL;
    rr_status st = RR_OK;

    RRI_TRY(experiment_table_new(columns, COLUMNS, &whole, err));
    RRI_TRY(experiment_table_new(columns, COLUMNS, &some, err));
    for (size_t g = 0; g < GROUPS; g++) {
        for (size_t k = 0; k < TOP; k++)
            if (f->seeds[g][k] > 0)
                add_row(whole, f, g, k);
        for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
            if (f->seeds[g][shown[i] - 1] > 0)
                add_row(some, f, g, shown[i] - 1);
    }
    RRI_TRY(experiment_publish_some(ctx, whole, some, "faults.tsv", err));

done:
    experiment_table_free(some);
    experiment_table_free(whole);
    return st;
}

/* The paper's claim, n by n. */
static void summarise(const experiment_context *ctx, const figures *f)
{
    for (size_t g = 0; g < GROUPS && ctx->tables != NULL; g++) {
        const int failed = is_failed(g);
        size_t holds = 0, lifted = 0, n = 0;
        for (size_t k = 0; k < TOP; k++) {
            const double truth = f->mean[g][0][k], mistaken = f->mean[g][1][k];
            n += f->seeds[g][k] > 0;
            holds += f->seeds[g][k] > 0 && (failed ? mistaken > truth : truth > mistaken);
            const double lift_truth = f->mean[g][4][k], lift_mistaken = f->mean[g][5][k];
            lifted += f->seeds[g][k] > 0 &&
                      (failed ? lift_mistaken > lift_truth : lift_truth > lift_mistaken);
        }
        if (n > 0)
            (void)fprintf(ctx->tables, "%s%s: %s at %zu of %zu n%s; by lift at %zu\n",
                          g == 0 ? "\n" : "", groups[g],
                          failed ? "more T_m than T_t" : "more T_t than T_m", holds, n,
                          holds == n ? ", as in the paper" : "", lifted);
        else
            (void)fprintf(ctx->tables, "%s%s: no such test image\n", g == 0 ? "\n" : "", groups[g]);
    }
}

/* The four lines of a panel: `first` is the curve of the truth, that of the mistaken label follows
 * it. */
static void make_panel(const figures *f, size_t kind, size_t first, experiment_series series[4])
{
    static const char *const names[4] = { "T_t, labelled as the image is",
                                          "T_m, as what it is mistaken for",
                                          "T_t, of images predicted correctly",
                                          "T_m, of images predicted correctly" };
    for (size_t i = 0; i < 4; i++) {
        const size_t g = kind + (i / 2) * INPUTS, curve = first + i % 2;
        series[i] = (experiment_series){
            .name = names[i], .x = f->x, .y = f->mean[g][curve], .sd = f->sd[g][curve], .n = TOP
        };
    }
}

static rr_status draw(experiment_context *ctx, const figures *f, rr_error *err)
{
    static const char *const titles[4] = { "Failed: shares", "Benign: shares", "Failed: similarity",
                                           "Benign: similarity" };
    experiment_series series[4][4];
    experiment_panel panels[4];
    experiment_plot plot = { .title = "Labels of the nearest training images, MNIST",
                             .panels = panels,
                             .count = 4 };

    for (size_t p = 0; p < 4; p++) {
        const size_t first = p / INPUTS * 2;
        make_panel(f, p % INPUTS, first, series[p]);
        panels[p] = (experiment_panel){
            .title = titles[p],
            .x_label = "nearest n",
            .y_label = first == 0 ? "share of the nearest" : "mean similarity",
            .series = series[p],
            .count = 4,
            .y_high = first == 0 ? 1.0 : 0.0, /* similarities are all close to 1 */
        };
    }
    return experiment_publish_plot(ctx, &plot, "faults.svg", err);
}

static rr_status report(experiment_context *ctx, const experiment_results *results, rr_error *err)
{
    figures *f = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&f, 1, 1, sizeof *f, err));
    RRI_TRY(read_figures(results, f, err));
    RRI_TRY(tables(ctx, f, err));
    summarise(ctx, f);
    RRI_TRY(draw(ctx, f, err));

done:
    rri_free(f);
    return st;
}

const experiment experiment_faults = {
    .id = "faults",
    .summary = "labels of the training images nearest to misclassified and to benign test images",
    .about =
        "Supplement A.3.2. table1's LSTM-100 on MNIST (P = 10, K = 43): among the 1..100 nearest\n"
        "training images (lp) of all test errors and of 200 test images predicted correctly, the\n"
        "fraction, count and mean similarity of T_t, labelled as the image is, and of T_m,\n"
        "labelled as what it is mistaken for; of an image predicted correctly that is the\n"
        "runner-up of the prediction. Among all training images, and (correct-only) among those\n"
        "predicted correctly, as repair has it. In the paper T_m outnumbers T_t for errors, and\n"
        "T_t dominates for benign inputs. Needs mnist/. Quick: 10,000 + 2,000 images, one seed.\n",
    .revision = 1,
    .seeds = 5,
    .quick_seeds = 1,
    .run = run,
    .report = report,
};
