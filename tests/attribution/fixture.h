/* SPDX-License-Identifier: MIT */
/* fixture.h - a small noisy problem, a network trained on it with a checkpoint of every epoch, and
 * reference computations. */
#ifndef RR_TESTS_ATTRIBUTION_FIXTURE_H
#define RR_TESTS_ATTRIBUTION_FIXTURE_H

#include "make.h"
#include "network/model.h"

#include <unistd.h>

enum { N = 40, M = 10, D = 3, C = 2, V = 10, LONGEST = 5, EPOCHS_MOST = 8 };

typedef struct fixture {
    rr_dataset *train, *test; /* N and M sequences */
    rr_network *net;          /* trained */
    const float *weights; /* loss weights of the training, or NULL: set before fixture_train() */
    bool symbols;         /* of a vocabulary of V with a trained embedding, not frames */
    rr_train_config cfg;
    char dir[64];
    char path[EPOCHS_MOST + 1][96];
    const char *checkpoints[EPOCHS_MOST + 1];
} fixture;

/* Ragged sequences round -0.4 or 0.4, or of symbols from the lower or upper half of the vocabulary
 * and some from anywhere, and one label in eight wrong. Sequence 1 is sequence 0 again
 * with its label, sequence 2 the same with the other label. */
static inline rr_dataset *fixture_steps(bool symbols, bool step_labels, size_t n, uint64_t seed)
{
    const rr_dataset_shape shape = { .width = symbols ? 0 : D,
                                     .vocabulary = symbols ? V : 0,
                                     .classes = C,
                                     .step_labelled = step_labels };
    rr_dataset_builder *b = new_builder(&shape);

    for (size_t i = 0; i < n; i++) {
        rri_random r = rri_random_at(seed, RRI_RANDOM_SAMPLE, i < 3 ? 0 : i);
        const size_t T = 2 + (size_t)rri_random_below(&r, LONGEST - 1);
        const uint32_t side = (uint32_t)rri_random_below(&r, C);
        const bool wrong = i >= 3 && rri_random_below(&r, 8) == 0;
        const uint32_t label = (wrong || i == 2) ? 1 - side : side;
        float x[LONGEST * D];
        uint32_t word[LONGEST];
        for (size_t j = 0; j < T * D; j++)
            x[j] = (float)(0.5 * rri_random_normal(&r) + (side == 1 ? 0.4 : -0.4));
        for (size_t t = 0; t < T; t++)
            word[t] = rri_random_below(&r, 3) == 0
                          ? (uint32_t)rri_random_below(&r, V)
                          : side * (V / 2) + (uint32_t)rri_random_below(&r, V / 2);
        uint32_t at[LONGEST];
        for (size_t t = 0; t < T; t++) /* not each step has a label */
            at[t] = (i + t) % 4 == 3 ? RR_NO_LABEL : (uint32_t)((label + t / 3) % C);
        const rr_sequence q = { .frames = symbols ? NULL : x,
                                .symbols = symbols ? word : NULL,
                                .steps = T,
                                .label = label,
                                .step_labels = step_labels ? at : NULL };
        add_sequence(b, q);
    }
    return finish_dataset(b);
}

static inline rr_dataset *fixture_data(bool symbols, size_t n, uint64_t seed)
{
    return fixture_steps(symbols, false, n, seed);
}

static inline rr_train_config fixture_recipe(void)
{
    rr_train_config cfg = rr_train_config_default();

    cfg.epochs = 4;
    cfg.batch = 6; /* the last of an epoch has 4 */
    cfg.optimizer = RR_OPT_SGD;
    cfg.learning_rate = 0.1;
    cfg.seed = 3;
    cfg.threads = 1;
    return cfg;
}

static inline rr_network_config fixture_shape(bool symbols, rr_cell cell, size_t H)
{
    return (rr_network_config){ .struct_size = sizeof(rr_network_config),
                                .cell = cell,
                                .width = D,
                                .hidden = H,
                                .layers = 1,
                                .classes = C,
                                .seed = 7,
                                .vocabulary = symbols ? V : 0,
                                .embedding = symbols ? RR_EMBEDDING_TRAINED : RR_EMBEDDING_FROZEN };
}

static inline rr_network *fixture_network(bool symbols, rr_cell cell, size_t H)
{
    const rr_network_config shape = fixture_shape(symbols, cell, H);

    return new_network(&shape);
}

/* A network as that of the fixture was before its training. */
static inline rr_network *fixture_network_like(const fixture *f)
{
    const rr_network_config cfg = rr_network_config_of(f->net);

    return new_network(&cfg);
}

static inline void fixture_train(fixture *f)
{
    rr_trainer *t = NULL;
    rr_train_progress progress;
    rr_error err = { 0 };

    CHECK_OK(rr_trainer_new(&f->cfg, f->net, f->train, &t, &err), err);
    if (f->weights != NULL)
        CHECK_OK(rr_trainer_set_weights(t, f->weights, &err), err);
    CHECK_OK(rr_trainer_save(t, f->path[0], &err), err);
    while (!rr_trainer_finished(t)) {
        CHECK_OK(rr_trainer_step(t, &progress, &err), err);
        if (progress.epoch_done)
            CHECK_OK(rr_trainer_save(t, f->path[progress.epoch], &err), err);
    }
    rr_trainer_free(t);
}

static inline void fixture_make_of(fixture *f, const rr_network_config *shape,
                                   const rr_train_config *cfg)
{
    const bool symbols = shape->vocabulary > 0;
    const bool each = shape->output == RR_OUTPUT_STEP;

    *f = (fixture){ .cfg = *cfg, .symbols = symbols, .dir = "/tmp/rnnrepair-attribution-XXXXXX" };
    assert_non_null(mkdtemp(f->dir));
    for (size_t e = 0; e <= EPOCHS_MOST; e++) {
        (void)snprintf(f->path[e], sizeof f->path[e], "%s/%zu", f->dir, e);
        f->checkpoints[e] = f->path[e];
    }
    f->train = fixture_steps(symbols, each, N, 1);
    f->test = fixture_steps(symbols, each, M, 2);
    f->net = new_network(shape);
    fixture_train(f);
}

static inline void fixture_make(fixture *f, bool symbols, rr_cell cell, size_t H,
                                const rr_train_config *cfg)
{
    const rr_network_config shape = fixture_shape(symbols, cell, H);

    fixture_make_of(f, &shape, cfg);
}

static inline void fixture_free(fixture *f)
{
    for (size_t e = 0; e <= EPOCHS_MOST; e++)
        (void)unlink(f->path[e]);
    (void)rmdir(f->dir);
    rr_network_free(f->net);
    rr_dataset_free(f->train);
    rr_dataset_free(f->test);
}

/* An attribution by one method, set up for the fixture's training. */
static inline rr_attribution_config fixture_config(const fixture *f, rr_attribution_method method)
{
    rr_attribution_config cfg = rr_attribution_config_default();

    cfg.method = method;
    cfg.training = f->cfg;
    cfg.checkpoints = f->checkpoints;
    cfg.count_checkpoints = f->cfg.epochs + 1;
    cfg.weights = f->weights;
    cfg.curvature = RR_CURVATURE_GAUSS_NEWTON;
    cfg.tolerance = 1e-6;
    cfg.threads = 1;
    return cfg;
}

/* Run an attribution to its end; its scores [N]. */
static inline rr_status attribute(const rr_attribution_config *cfg, const fixture *f,
                                  const rr_targets *targets, double *scores, rr_error *err)
{
    rr_attribution_progress progress = { .done = 0 };
    rr_attribution *a = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_attribution_new(cfg, f->net, f->train, targets, &a, err));
    while (!progress.done) {
        assert_null(rr_attribution_scores(a));
        RRI_TRY(rr_attribution_step(a, &progress, err));
    }
    assert_true(progress.step <= progress.steps);
    memcpy(scores, rr_attribution_scores(a), N * sizeof *scores);

done:
    rr_attribution_free(a);
    return st;
}

/* Scores for one sequence of a dataset and one class. */
static inline void attribute_one(const rr_attribution_config *cfg, const fixture *f,
                                 const rr_dataset *ds, size_t id, uint32_t label, double *scores)
{
    const rr_targets target = { .ds = ds, .which = &id, .labels = &label, .n = 1 };
    rr_error err = { 0 };

    CHECK_OK(attribute(cfg, f, &target, scores, &err), err);
}

/* ---- reference computations
 * -------------------------------------------------------------------------------- */

/* All weights in the order of a gradient: the embedding, then the others. */
static inline void put_weights(rr_network *net, const double *w)
{
    const size_t first = rri_embedding_size(&net->cfg);

    for (size_t i = 0; i < first; i++)
        net->embedding[i] = (float)w[i];
    for (size_t i = 0; i < net->parameters; i++)
        net->weights[i] = (float)w[first + i];
}

static inline void get_weights(const rr_network *net, double *w)
{
    const size_t first = rri_embedding_size(&net->cfg);

    for (size_t i = 0; i < first; i++)
        w[i] = (double)net->embedding[i];
    for (size_t i = 0; i < net->parameters; i++)
        w[first + i] = (double)net->weights[i];
}

static inline double dot(size_t n, const double *x, const double *y)
{
    double sum = 0.0;

    for (size_t i = 0; i < n; i++)
        sum += x[i] * y[i];
    return sum;
}

/* The gradient of one loss. */
static inline double gradient_of(rr_derivatives *d, size_t id, uint32_t label, double *gradient)
{
    const rr_losses one = { .which = &id, .labels = &label, .n = 1 };
    double loss = 0.0;
    rr_error err = { 0 };

    CHECK_OK(rr_derivatives_gradient(d, &one, &loss, gradient, &err), err);
    return loss;
}

/* Loss of one sequence of another dataset. */
static inline double loss_of(const rr_network *net, const rr_dataset *ds, size_t id, uint32_t label)
{
    double gradient[4096];
    rr_derivatives *d = NULL;
    rr_error err = { 0 };

    assert_true(rr_network_parameters(net) <= 4096);
    CHECK_OK(rr_derivatives_new(net, ds, 1, &d, &err), err);
    const double loss = gradient_of(d, id, label, gradient);
    rr_derivatives_free(d);
    return loss;
}

/* Spearman's rank correlation of values without ties. */
static inline double rank_correlation(const double *x, const double *y, size_t n)
{
    double sum = 0.0;

    for (size_t i = 0; i < n; i++) {
        double rx = 0.0;
        double ry = 0.0;
        for (size_t j = 0; j < n; j++) {
            rx += x[j] < x[i];
            ry += y[j] < y[i];
        }
        sum += (rx - ry) * (rx - ry);
    }
    return 1.0 - 6.0 * sum / ((double)n * ((double)n * (double)n - 1.0));
}

/* |x - y| / |y| */
static inline double off_by(const double *x, const double *y, size_t n)
{
    double off = 0.0;

    for (size_t i = 0; i < n; i++)
        off += (x[i] - y[i]) * (x[i] - y[i]);
    return sqrt(off / dot(n, y, y));
}

#endif
