/* SPDX-License-Identifier: MIT */
/* inversion_images.c - mean images, errors relative to them, and which images are shown. */
#include "experiments/inversion.h"

#include <stdlib.h>

/* ---- images --------------------------------------------------------------------------------- */

rr_status inversion_images_of(const rr_dataset *ds, const rr_traces *traces, inversion_images *out,
                              rr_error *err)
{
    const size_t n = rr_dataset_count(ds), steps = rr_dataset_max_steps(ds);
    rr_status st = RR_OK;

    *out = (inversion_images){ .ds = ds, .n = n, .pixels = steps * rr_dataset_width(ds) };
    if (n == 0 || out->pixels == 0 || rr_traces_count(traces) != n)
        return rri_fail(err, RR_ERR_SHAPE, -1, "inversion: %zu images of %zu pixels and %zu traces",
                        n, out->pixels, rr_traces_count(traces));
    RRI_TRY(rri_alloc(&out->read, n, 1, sizeof *out->read, err));
    for (size_t i = 0; i < n; i++) {
        if (rr_dataset_at(ds, i).steps != steps) {
            st = rri_fail(err, RR_ERR_SHAPE, -1,
                          "inversion: image %zu has %zu rows, others have %zu", i,
                          rr_dataset_at(ds, i).steps, steps);
            goto done;
        }
        out->read[i] = rr_traces_at(traces, i).prediction;
    }

done:
    if (st != RR_OK)
        inversion_images_clear(out);
    return st;
}

void inversion_images_clear(inversion_images *in)
{
    rri_free(in->read);
    *in = (inversion_images){ .ds = NULL };
}

static int is_misclassified(const inversion_images *in, size_t i)
{
    return in->read[i] != rr_dataset_at(in->ds, i).label;
}

rr_status inversion_means(const inversion_images *in, const uint32_t *group, size_t groups,
                          float *means, rr_error *err)
{
    const size_t P = in->pixels;
    double *sums = NULL; /* [groups + 1][P]; the last is of all */
    size_t *counts = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&sums, groups + 1, 1, P * sizeof *sums, err));
    RRI_TRY(rri_alloc(&counts, groups, 1, sizeof *counts, err));
    for (size_t i = 0; i < in->n; i++) {
        const float *const image = rr_dataset_at(in->ds, i).frames;
        double *const of = sums + group[i] * P, *const all = sums + groups * P;
        counts[group[i]]++;
        for (size_t p = 0; p < P; p++) {
            of[p] += (double)image[p];
            all[p] += (double)image[p];
        }
    }
    for (size_t g = 0; g < groups; g++) {
        const double *const from = sums + (counts[g] > 0 ? g : groups) * P;
        const double n = (double)(counts[g] > 0 ? counts[g] : in->n);
        for (size_t p = 0; p < P; p++)
            means[g * P + p] = (float)(from[p] / n);
    }

done:
    rri_free(counts);
    rri_free(sums);
    return st;
}

/* ---- scores --------------------------------------------------------------------------------- */

void inversion_errors(const inversion_images *in, const float *made, size_t stride, double *errors)
{
    for (size_t i = 0; i < in->n; i++) {
        const float *const image = rr_dataset_at(in->ds, i).frames, *const other =
                                                                        made + i * stride;
        double sum = 0.0;
        for (size_t p = 0; p < in->pixels; p++) {
            const double off = (double)other[p] - (double)image[p];
            sum += off * off;
        }
        errors[i] = sum / (double)in->pixels;
    }
}

inversion_score inversion_score_of(const inversion_images *in, const double *errors,
                                   const double *of_mean, const uint32_t *again)
{
    inversion_score s = { .n = { 0, 0 } };
    double mean[2] = { 0.0, 0.0 };

    for (size_t i = 0; i < in->n; i++)
        for (size_t g = 0; g < 2; g++) {
            if (g == 1 && !is_misclassified(in, i))
                continue;
            s.n[g]++;
            s.error[g] += errors[i];
            mean[g] += of_mean[i];
            s.alike[g] += again != NULL && again[i] == in->read[i] ? 1.0 : 0.0;
        }
    for (size_t g = 0; g < 2; g++) {
        const double n = s.n[g] > 0 ? (double)s.n[g] : 1.0;
        s.explained[g] = mean[g] > 0.0 ? 1.0 - s.error[g] / mean[g] : 0.0;
        s.error[g] /= n;
        s.alike[g] /= n;
    }
    return s;
}

/* ---- what the trials of a seed share -------------------------------------------------------- */

rr_status inversion_case_fill(inversion_case *c, rr_error *err)
{
    uint32_t *one = NULL;
    rr_status st = RR_OK;

    inversion_case_release(c);
    RRI_TRY(inversion_images_of(c->m.train, rr_influence_training(c->m.inf), &c->train, err));
    RRI_TRY(inversion_images_of(c->m.test, c->m.traces, &c->test, err));
    if (c->train.pixels != c->test.pixels) {
        st = rri_fail(err, RR_ERR_SHAPE, -1,
                      "inversion: training images of %zu pixels, test images of %zu",
                      c->train.pixels, c->test.pixels);
        goto done;
    }
    RRI_TRY(rri_alloc(&one, c->train.n, 1, sizeof *one, err));
    RRI_TRY(rri_alloc(&c->mean, c->train.pixels, 1, sizeof *c->mean, err));
    RRI_TRY(rri_alloc(&c->of_mean, c->test.n, 1, sizeof *c->of_mean, err));
    RRI_TRY(inversion_means(&c->train, one, 1, c->mean, err));
    inversion_errors(&c->test, c->mean, 0, c->of_mean);

done:
    rri_free(one);
    if (st != RR_OK)
        inversion_case_release(c);
    return st;
}

void inversion_case_release(inversion_case *c)
{
    rri_free(c->of_mean);
    rri_free(c->mean);
    c->of_mean = NULL;
    c->mean = NULL;
    inversion_images_clear(&c->train);
    inversion_images_clear(&c->test);
}

/* ---- who is shown --------------------------------------------------------------------------- */

typedef struct ranked {
    double error;
    size_t i;
} ranked;

static int by_error(const void *a, const void *b)
{
    const ranked *const x = a, *const y = b;
    if (x->error != y->error)
        return x->error < y->error ? -1 : 1;
    return x->i < y->i ? -1 : x->i > y->i;
}

rr_status inversion_choose(const inversion_images *in, const double *errors, int misclassified,
                           size_t wanted, size_t *out, size_t *found, rr_error *err)
{
    ranked *list = NULL;
    size_t n = 0;
    rr_status st = RR_OK;

    *found = 0;
    RRI_TRY(rri_alloc(&list, in->n, 1, sizeof *list, err));
    for (size_t i = 0; i < in->n; i++)
        if (is_misclassified(in, i) == misclassified)
            list[n++] = (ranked){ errors[i], i };
    qsort(list, n, sizeof *list, by_error);
    *found = wanted < n ? wanted : n;
    for (size_t k = 0; k < *found; k++)
        out[k] = list[*found > 1 ? k * (n - 1) / (*found - 1) : 0].i;

done:
    rri_free(list);
    return st;
}

/* Fisher and Yates; where the element itself cannot be drawn, Sattolo: one cycle. */
void inversion_order(uint64_t seed, uint64_t which, int cycle, size_t *order, size_t n)
{
    rri_random stream = rri_random_at(seed, RRI_RANDOM_EXPERIMENT, which);
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    for (size_t i = n; i-- > 1;) {
        const size_t j = (size_t)rri_random_below(&stream, cycle ? i : i + 1);
        const size_t kept = order[i];
        order[i] = order[j];
        order[j] = kept;
    }
}
