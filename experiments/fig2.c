/* SPDX-License-Identifier: MIT */
/* fig2.c - Figure 2 (b): failed images, their nearest training images, and those made for them. */
#include "experiments/pictured.h"

#include <stdlib.h>

enum { EXAMPLES = 4 };

static rr_status one(experiment_context *ctx, const model *m, const char *path, int done,
                     rr_error *err);
static const pictured fig2 = { "examples", "fig2.tsv", NULL, one };

/* Going on from the network, as the tool repairs: a few epochs of small steps. */
static const size_t going_on_epochs = 2;
static const double going_on_rate = 0.1; /* of the training's */

/* ---- examples ------------------------------------------------------------------------------- */

typedef struct candidate {
    size_t id;
    uint32_t truth;
    size_t accepted;
    double margin; /* of the best image made for it, above the bar */
} candidate;

static int by_margin(const void *a, const void *b)
{
    const candidate *const s = a, *const t = b;
    if (s->margin != t->margin)
        return s->margin < t->margin ? 1 : -1;
    return s->id < t->id ? -1 : s->id > t->id;
}

/* Make images for each of the targets; NULL where stopped. Memory *out is rr_repair_free()d. */
static rr_status generate(experiment_context *ctx, const model *m, const size_t *targets, size_t n,
                          rr_repair **out, rr_error *err)
{
    rr_repair_config cfg = rr_repair_config_default();
    rr_repair *r = NULL;
    int done = 0;
    rr_status st = RR_OK;

    *out = NULL;
    cfg.seed = m->seed;
    cfg.threads = ctx->threads;
    RRI_TRY(rr_repair_new(&cfg, m->inf, m->net, m->train, m->test, targets, n, &r, err));
    for (size_t i = 0; !done && !experiment_stopped(ctx); i++) {
        experiment_show(ctx, "images for the errors", i, n);
        RRI_TRY(rr_repair_step(r, &done, err));
    }
    if (!ctx->stopped) {
        *out = r;
        r = NULL;
    }

done:
    rr_repair_free(r);
    return st;
}

/* The errors whose best image is farthest above the bar, no two of one label while others have one;
 * in the order of the test images. chosen is [EXAMPLES]. */
static size_t choose(candidate *c, size_t n, size_t chosen[EXAMPLES])
{
    size_t taken[EXAMPLES], found = 0;

    if (n > 0)
        qsort(c, n, sizeof *c, by_margin);
    for (int alike = 0; alike <= 1; alike++)
        for (size_t i = 0; i < n && found < EXAMPLES; i++) {
            int refused = 0;
            for (size_t k = 0; k < found; k++)
                refused |= taken[k] == i || (!alike && c[taken[k]].truth == c[i].truth);
            if (!refused)
                taken[found++] = i;
        }
    for (size_t i = 0; i < found; i++) {
        size_t k = i;
        for (; k > 0 && chosen[k - 1] > c[taken[i]].id; k--)
            chosen[k] = chosen[k - 1];
        chosen[k] = c[taken[i]].id;
    }
    return found;
}

/* The test errors of the network. Memory *out is released with rri_free(). */
static rr_status find_errors(const model *m, size_t **out, size_t *n, rr_error *err)
{
    const size_t N = rr_traces_count(m->traces);
    const rr_status st = rri_alloc(out, N, 1, sizeof **out, err);

    *n = 0;
    for (size_t i = 0; st == RR_OK && i < N; i++) {
        const rr_trace trace = rr_traces_at(m->traces, i);
        if (trace.prediction != trace.label)
            (*out)[(*n)++] = i;
    }
    return st;
}

/* Figures of all errors, and which of them are the examples. */
typedef struct account {
    size_t errors, accepted, made; /* errors with an image above the bar; images above it */
    size_t chosen[EXAMPLES], n;
} account;

static rr_status look_at_errors(experiment_context *ctx, const model *m, account *a, rr_error *err)
{
    rr_repair *r = NULL;
    size_t *errors = NULL;
    candidate *c = NULL;
    size_t n = 0;
    rr_status st = RR_OK;

    RRI_TRY(find_errors(m, &errors, &a->errors, err));
    RRI_TRY(generate(ctx, m, errors, a->errors, &r, err));
    if (ctx->stopped)
        goto done;
    const rr_repair_target *const targets = rr_repair_targets(r, &n);
    RRI_TRY(rri_alloc(&c, n, 1, sizeof *c, err));
    for (size_t i = 0; i < n; i++) {
        a->made += targets[i].accepted;
        if (targets[i].count_kept > 0)
            c[a->accepted++] = (candidate){ targets[i].id, targets[i].truth, targets[i].accepted,
                                            (double)targets[i].sample.kept[0].score -
                                                (double)targets[i].sample.score_prediction };
    }
    a->n = choose(c, a->accepted, a->chosen);

done:
    rri_free(c);
    rri_free(errors);
    rr_repair_free(r);
    return st;
}

/* ---- the picture ---------------------------------------------------------------------------- */

/* What the network reads after going on with the images of the examples. */
static rr_status retrain(experiment_context *ctx, const model *m, const rr_dataset *additions,
                         uint32_t *after, double *accuracy, rr_error *err)
{
    rr_train_config cfg = rr_train_config_default();
    rr_dataset *set = NULL;
    rr_network *net = NULL;
    rr_status st = RR_OK;

    cfg.epochs = going_on_epochs;
    cfg.learning_rate *= going_on_rate;
    cfg.seed = m->seed;
    RRI_TRY(rr_dataset_concat(m->train, additions, &set, err));
    RRI_TRY(rr_network_copy(m->net, &net, err));
    RRI_TRY(experiment_train(ctx, &cfg, net, set, err));
    if (ctx->stopped)
        goto done;
    RRI_TRY(rr_network_predict(net, m->test, ctx->threads, after, NULL, err));
    RRI_TRY(experiment_accuracy(ctx, net, m->test, accuracy, err));

done:
    rr_network_free(net);
    rr_dataset_free(set);
    return st;
}

static rr_status record(experiment_context *ctx, const model *m, const account *a, size_t images,
                        const uint32_t *after, double accuracy, rr_error *err)
{
    size_t fixed = 0;
    for (size_t i = 0; i < a->n; i++)
        fixed += after[a->chosen[i]] == rr_dataset_at(m->test, a->chosen[i]).label;
    const experiment_metric metrics[] = {
        { "errors", (double)a->errors, -1.0 },
        { "errors_with_images", (double)a->accepted, -1.0 },
        { "images_above_bar", (double)a->made, -1.0 },
        { "examples", (double)a->n, -1.0 },
        { "examples_images", (double)images, -1.0 },
        { "examples_fixed", (double)fixed, -1.0 },
        { "network", m->accuracy, m->seconds },
        { "network_after", accuracy, -1.0 },
    };
    return experiment_record(ctx, fig2.setting, m->seed, metrics, sizeof metrics / sizeof *metrics,
                             err);
}

static rr_status one(experiment_context *ctx, const model *m, const char *path, int done,
                     rr_error *err)
{
    account a = { .n = 0 };
    rr_repair *r = NULL;
    rr_dataset *additions = NULL;
    uint32_t *after = NULL;
    double accuracy = 0.0;
    rr_status st = RR_OK;

    RRI_TRY(look_at_errors(ctx, m, &a, err));
    if (!ctx->stopped)
        RRI_TRY(generate(ctx, m, a.chosen, a.n, &r, err));
    if (ctx->stopped)
        goto done;
    RRI_TRY(rr_repair_additions(r, &additions, err));
    RRI_TRY(rri_alloc(&after, rr_dataset_count(m->test), 1, sizeof *after, err));
    RRI_TRY(retrain(ctx, m, additions, after, &accuracy, err));
    if (ctx->stopped)
        goto done;
    if (path != NULL)
        RRI_TRY(rr_picture_repair(r, m->test, m->train, additions, after, path, err));
    if (!done)
        RRI_TRY(record(ctx, m, &a, rr_dataset_count(additions), after, accuracy, err));

done:
    rri_free(after);
    rr_dataset_free(additions);
    rr_repair_free(r);
    return st;
}

static rr_status run(experiment_context *ctx, rr_error *err)
{
    return pictured_run(ctx, &fig2, err);
}

static rr_status report(experiment_context *ctx, const experiment_results *results, rr_error *err)
{
    return pictured_report(ctx, &fig2, results, err);
}

const experiment experiment_fig2 = {
    .id = "fig2",
    .summary = "picture of misclassified MNIST images and of the new ones made to repair them",
    .about =
        "Figure 2 (b). table1's LSTM-100 on MNIST (P = 10, K = 43): for every test error the\n"
        "nearest training images T_m of what it is predicted as and T_t of its label, and\n"
        "variants of T_t that influence it more than all of T_m. Drawn are four errors of\n"
        "different labels, those whose best variant is farthest above that bar, and whether the\n"
        "network predicts them correctly after 2 more epochs with their variants at a tenth of\n"
        "the learning rate. The picture is of the first seed. Needs mnist/. Quick: 10,000 + 2,000\n"
        "images.\n",
    .revision = 1,
    .seeds = 1,
    .quick_seeds = 1,
    .run = run,
    .report = report,
};
