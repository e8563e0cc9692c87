/* SPDX-License-Identifier: MIT */
/* quality.c - recall, precision and F1 by class, their means, and the area under the ROC curve.
 *
 *     recall_c = right_c / truth_c,  precision_c = right_c / said_c,
 *     F1_c = 2 right_c / (truth_c + said_c)
 *
 * The area is the Mann-Whitney statistic: of all pairs of an input of each class, the fraction in
 * which that of class 1 has the larger score, where ties count half:
 *
 *     AUC = (sum of the ranks of class 1 - n1 (n1 + 1) / 2) / (n0 n1),
 *
 * ranks from 1, equal scores sharing their mean rank. Twice a rank is whole, and so are the sums.
 */
#include "rnnrepair/quality.h"

#include "core/core.h"
#include "data/data_internal.h"

#include <math.h>
#include <stdlib.h>

/* A score and whether it is of class 1. */
typedef struct scored {
    double score;
    size_t positive;
} scored;

static int compare_scores(const void *a, const void *b)
{
    const double x = ((const scored *)a)->score, y = ((const scored *)b)->score;

    return (x > y) - (x < y);
}

/* Twice the sum of the ranks of class 1; list is ascending. */
static uint64_t rank_sum(const scored *list, size_t n)
{
    uint64_t sum = 0;

    for (size_t i = 0, next = 0; i < n; i = next) {
        size_t positive = 0;
        for (; next < n && list[next].score == list[i].score; next++)
            positive += list[next].positive;
        sum += (uint64_t)positive * (i + 1 + next); /* i+1 .. next: the mean is half of this */
    }
    return sum;
}

static rr_status measure_area(const uint32_t *truth, const double *score, size_t n, double *out,
                              rr_error *err)
{
    scored *list = NULL;
    size_t count = 0;
    size_t positive = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&list, n, 1, sizeof *list, err));
    for (size_t i = 0; i < n; i++) {
        if (truth[i] == RR_NO_LABEL)
            continue;
        if (isnan(score[i]))
            RRI_TRY(rri_fail(err, RR_ERR_NUMERIC, (int64_t)i, "the score of input %zu is NaN", i));
        list[count++] = (scored){ score[i], truth[i] };
        positive += truth[i];
    }
    if (positive == 0 || positive == count)
        goto done;
    qsort(list, count, sizeof *list, compare_scores);
    const uint64_t least = (uint64_t)positive * (positive + 1);
    *out = (double)(rank_sum(list, count) - least) /
           (2.0 * (double)positive * (double)(count - positive));

done:
    rri_free(list);
    return st;
}

static double fraction(size_t part, size_t whole)
{
    return whole > 0 ? (double)part / (double)whole : -1.0;
}

static rr_status count_classes(const uint32_t *truth, const uint32_t *prediction, size_t n,
                               size_t classes, rr_class_quality *by_class, rr_error *err)
{
    for (size_t i = 0; i < n; i++) {
        if (truth[i] == RR_NO_LABEL)
            continue;
        if (truth[i] >= classes || prediction[i] >= classes)
            return rri_fail(err, RR_ERR_ARG, (int64_t)i,
                            "input %zu: its truth is class %u and its prediction class %u, of %zu "
                            "classes",
                            i, (unsigned)truth[i], (unsigned)prediction[i], classes);
        by_class[truth[i]].count++;
        by_class[prediction[i]].predicted++;
        by_class[truth[i]].correct += truth[i] == prediction[i];
    }
    return RR_OK;
}

/* The fractions of each class, and of all. */
static void divide(rr_class_quality *by_class, size_t classes, rr_quality *q)
{
    double recalls = 0.0, f1s = 0.0;
    size_t true_classes = 0, named = 0;

    for (size_t c = 0; c < classes; c++) {
        rr_class_quality *of = &by_class[c];
        of->recall = fraction(of->correct, of->count);
        of->precision = fraction(of->correct, of->predicted);
        of->f1 = fraction(2 * of->correct, of->count + of->predicted);
        q->count += of->count;
        q->correct += of->correct;
        if (of->count > 0) {
            recalls += of->recall;
            true_classes++;
        }
        if (of->count + of->predicted > 0) {
            f1s += of->f1;
            named++;
        }
    }
    q->accuracy = fraction(q->correct, q->count);
    q->macro_recall = true_classes > 0 ? recalls / (double)true_classes : -1.0;
    q->macro_f1 = named > 0 ? f1s / (double)named : -1.0;
}

rr_status rr_quality_measure(const uint32_t *truth, const uint32_t *prediction, const double *score,
                             size_t n, size_t classes, rr_quality *out, rr_class_quality *by_class,
                             rr_error *err)
{
    rr_class_quality *own = NULL;
    rr_quality q = { .auc = -1.0 };
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&own, classes, 1, sizeof *own, err));
    RRI_TRY(count_classes(truth, prediction, n, classes, own, err));
    divide(own, classes, &q);
    if (score != NULL && classes == 2)
        RRI_TRY(measure_area(truth, score, n, &q.auc, err));
    *out = q;
    for (size_t c = 0; by_class != NULL && c < classes; c++)
        by_class[c] = own[c];

done:
    rri_free(own);
    return st;
}

/* ---- the truths of a dataset ---------------------------------------------------------------- */

rr_status rri_dataset_truths(const rr_dataset *ds, bool steps, uint32_t **out, rr_error *err)
{
    const size_t N = rr_dataset_count(ds);
    const bool labelled = rr_dataset_labelled(ds);
    const rr_status st = rri_alloc(out, steps ? rr_dataset_steps(ds) : N, 1, sizeof **out, err);
    size_t at = 0;

    for (size_t i = 0; st == RR_OK && i < N; i++) {
        const rr_sequence q = rr_dataset_at(ds, i);
        if (!steps)
            (*out)[i] = labelled ? q.label : RR_NO_LABEL;
        for (size_t t = 0; steps && t < q.steps; t++)
            (*out)[at++] = q.step_labels != NULL ? q.step_labels[t] : RR_NO_LABEL;
    }
    return st;
}
