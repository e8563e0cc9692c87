/* SPDX-License-Identifier: MIT */
/* gmm_start.c - initial parameters for EM: k-means on the rows, then each cluster as a component.
 *
 *   w_k = (n_k + 1) / (n + K)      m_k = the cluster's centre
 *   v_k = (sum of squared deviations + v) / (n_k + 1) + floor
 *
 * v, the mean variance within clusters, counts as one more row, so that a cluster of few rows does
 * not start as a narrow spike. */
#include "abstraction/gmm.h"

#include "abstraction/kmeans.h"

enum {
    LLOYD_STEPS = 5,      /* EM does the rest */
    SAMPLE_ROWS = 32768,  /* enough for thousands of components, and 1/50 of MNIST's steps */
    ROWS_A_COMPONENT = 8, /* the sample grows with K beyond 4096 components */
    STREAM_SAMPLE = 1     /* random stream under RRI_RANDOM_MIXTURE; k-means uses 0 */
};

rr_status rri_gmm_sample(const rr_gmm_config *cfg, rri_rows x, rri_sample *out, rr_error *err)
{
    rr_status st = RR_OK;
    const size_t want = rri_max(SAMPLE_ROWS, ROWS_A_COMPONENT * cfg->components);
    const size_t n = rri_min(x.n, want);

    *out = (rri_sample){ .data = NULL };
    RRI_TRY(rri_alloc(&out->data, n, x.d, sizeof *out->data, err));
    RRI_TRY(rri_alloc(&out->number, n, 1, sizeof *out->number, err));
    rri_rows_sample(x, want, cfg->seed, RRI_RANDOM_MIXTURE, STREAM_SAMPLE, out->data, out->number);
    out->rows = (rri_rows){ .data = out->data, .n = n, .d = x.d, .stride = x.d };

done:
    return st;
}

void rri_sample_release(rri_sample *s)
{
    rri_free(s->data);
    rri_free(s->number);
    *s = (rri_sample){ .data = NULL };
}

/* Sums of squared deviations into g->variance, rows of each cluster into count. */
static void measure_clusters(rri_rows x, const uint32_t *labels, rri_gmm *g, size_t *count)
{
    for (size_t i = 0; i < x.n; i++) {
        const size_t k = labels[i];
        count[k]++;
        for (size_t j = 0; j < x.d; j++) {
            const double off = (double)rri_row(x, i)[j] - g->mean[k * x.d + j];
            g->variance[k * x.d + j] += off * off;
        }
    }
}

static void set_parameters(rri_gmm *g, size_t n, const size_t *count, double floor)
{
    for (size_t j = 0; j < g->d; j++) {
        double within = 0.0;
        for (size_t k = 0; k < g->k; k++)
            within += g->variance[k * g->d + j];
        within /= (double)n;
        for (size_t k = 0; k < g->k; k++) {
            double *v = &g->variance[k * g->d + j];
            *v = (*v + within) / ((double)count[k] + 1.0) + floor;
        }
    }
    for (size_t k = 0; k < g->k; k++)
        g->weight[k] = ((double)count[k] + 1.0) / ((double)n + (double)g->k);
}

rr_status rri_gmm_start(const rr_gmm_config *cfg, rri_rows x, rri_gmm **out, rr_error *err)
{
    rr_status st = RR_OK;
    rri_gmm *g = NULL;
    float *centres = NULL;
    uint32_t *labels = NULL;
    size_t *count = NULL;
    size_t found = 0;
    const rri_kmeans_config kmeans = { .centres = cfg->components,
                                       .steps = LLOYD_STEPS,
                                       .repeat = true,
                                       .seed = cfg->seed,
                                       .purpose = RRI_RANDOM_MIXTURE,
                                       .threads = cfg->threads };

    *out = NULL;
    RRI_TRY(rri_gmm_new(cfg->components, x.d, &g, err));
    RRI_TRY(rri_alloc(&centres, g->k, x.d, sizeof *centres, err));
    RRI_TRY(rri_alloc(&labels, x.n, 1, sizeof *labels, err));
    RRI_TRY(rri_alloc(&count, g->k, 1, sizeof *count, err));
    RRI_TRY(rri_kmeans(&kmeans, x, centres, &found, labels, err));
    for (size_t j = 0; j < g->k * x.d; j++)
        g->mean[j] = (double)centres[j];
    measure_clusters(x, labels, g, count);
    set_parameters(g, x.n, count, cfg->floor);
    *out = g;
    g = NULL;

done:
    rri_free(count);
    rri_free(labels);
    rri_free(centres);
    rri_gmm_free(g);
    return st;
}
