/* SPDX-License-Identifier: MIT */
/* defaults_novelty.c - how well inputs of another kind are told from those of the test split. */
#include "experiments/defaults.h"

#include "io/io.h"

/* How unlike the training set a split is, two ways for each sequence. */
typedef struct unlike {
    size_t n;
    double *novelty;    /* [n] */
    double *confidence; /* [n] of the prediction, below 0: larger is less sure */
    double share;       /* of sequences that are called novel */
} unlike;

static void unlike_clear(unlike *u)
{
    rri_free(u->novelty);
    rri_free(u->confidence);
}

static rr_status ask(rr_session *s, rr_split split, unlike *out, rr_error *err)
{
    rr_split_novelty of;
    rr_predictions p;
    rr_status st = RR_OK;

    RRI_TRY(rr_session_novelty(s, split, &of, err));
    RRI_TRY(rr_session_predict(s, split, &p, err));
    if (of.sequences == NULL)
        goto done;
    out->n = of.count;
    out->share = of.count > 0 ? (double)of.novel / (double)of.count : 0.0;
    RRI_TRY(rri_alloc(&out->novelty, of.count, 1, sizeof *out->novelty, err));
    RRI_TRY(rri_alloc(&out->confidence, of.count, 1, sizeof *out->confidence, err));
    for (size_t i = 0; i < of.count; i++) {
        out->novelty[i] = (double)of.sequences[i].value;
        out->confidence[i] = -(double)p.probability[i];
    }

done:
    return st;
}

/* The area under the ROC curve: how often one of b has the larger score of the two. */
static rr_status area(const double *a, size_t n, const double *b, size_t m, double *out,
                      rr_error *err)
{
    uint32_t *truth = NULL;
    double *scores = NULL;
    rr_quality q;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&truth, n + m, 1, sizeof *truth, err));
    RRI_TRY(rri_alloc(&scores, n + m, 1, sizeof *scores, err));
    for (size_t i = 0; i < n + m; i++) {
        truth[i] = i >= n;
        scores[i] = i < n ? a[i] : b[i - n];
    }
    RRI_TRY(rr_quality_measure(truth, truth, scores, n + m, 2, &q, NULL, err));
    *out = q.auc;

done:
    rri_free(scores);
    rri_free(truth);
    return st;
}

rr_status defaults_novelty(const experiment_context *ctx, const defaults_set *set, rr_session *run,
                           experiment_figures *f, rr_error *err)
{
    unlike test = { .n = 0 }, other = { .n = 0 };
    char *spec = NULL;
    double novelty = 0.0, confidence = 0.0;
    rr_status st = RR_OK;

    RRI_TRY(ask(run, RR_SPLIT_TEST, &test, err));
    if (test.novelty == NULL)
        goto done; /* too few training sequences for limits */
    experiment_figure(f, "novel", test.share);
    RRI_TRY(defaults_other_spec(ctx, set, &spec, err));
    if (spec == NULL)
        goto done;
    RRI_TRY(rr_session_other(run, spec, -1, NULL, err));
    RRI_TRY(ask(run, RR_SPLIT_OTHER, &other, err));
    RRI_TRY(area(test.novelty, test.n, other.novelty, other.n, &novelty, err));
    RRI_TRY(area(test.confidence, test.n, other.confidence, other.n, &confidence, err));
    experiment_figure(f, "other_novel", other.share);
    experiment_figure(f, "auc_novelty", novelty);
    experiment_figure(f, "auc_confidence", confidence);

done:
    rri_free(spec);
    unlike_clear(&test);
    unlike_clear(&other);
    return st;
}
