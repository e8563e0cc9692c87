/* SPDX-License-Identifier: MIT */
/* derivatives_fixture.h - small networks of every kind over small ragged data. */
#ifndef RR_TESTS_DERIVATIVES_FIXTURE_H
#define RR_TESTS_DERIVATIVES_FIXTURE_H

#include "make.h"
#include "network/network_internal.h"
#include "network/trainer.h"

enum { D = 5, H = 9, C = 3, V = 11, LONGEST = 7 };

/* The name of a vocabulary: the symbols are words, and the first two special. */
static const char words[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

typedef enum input { FRAMES, FROZEN, TRAINED, PLAIN_SYMBOLS, INPUTS } input;

typedef struct kind {
    rr_cell cell;
    size_t layers;
    input input;
    rr_head head;
} kind;

static const kind kinds[] = {
    { RR_CELL_LSTM, 1, FRAMES, RR_HEAD_SOFTMAX },
    { RR_CELL_LSTM, 2, FRAMES, RR_HEAD_SOFTMAX },
    { RR_CELL_GRU, 1, FRAMES, RR_HEAD_SOFTMAX },
    { RR_CELL_GRU, 3, FRAMES, RR_HEAD_LOGISTIC },
    { RR_CELL_TANH, 1, FRAMES, RR_HEAD_LOGISTIC },
    { RR_CELL_TANH, 2, FRAMES, RR_HEAD_SOFTMAX },
    { RR_CELL_RELU, 1, FRAMES, RR_HEAD_SOFTMAX },
    { RR_CELL_RELU, 2, FROZEN, RR_HEAD_LOGISTIC },
    { RR_CELL_LSTM, 1, FROZEN, RR_HEAD_LOGISTIC },
    { RR_CELL_LSTM, 2, TRAINED, RR_HEAD_SOFTMAX },
    { RR_CELL_GRU, 2, TRAINED, RR_HEAD_LOGISTIC },
    { RR_CELL_GRU, 1, PLAIN_SYMBOLS, RR_HEAD_SOFTMAX },
    { RR_CELL_TANH, 2, TRAINED, RR_HEAD_SOFTMAX },
    { RR_CELL_RELU, 1, TRAINED, RR_HEAD_SOFTMAX },
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static inline size_t classes_of(const kind *k)
{
    return k->head == RR_HEAD_LOGISTIC ? 2 : C;
}

static inline rr_dataset *make_data(const kind *k, size_t N)
{
    const size_t classes = classes_of(k);
    rr_dataset_shape shape = { .classes = classes };

    if (k->input == FRAMES)
        shape.width = D;
    else
        shape.vocabulary = V;
    rr_dataset_builder *b = new_builder(&shape);
    for (size_t i = 0; i < N; i++) {
        rri_random r = rri_random_at(3, RRI_RANDOM_SAMPLE, i);
        const size_t T = 1 + (size_t)rri_random_below(&r, LONGEST);
        rr_sequence q = { .steps = T, .label = (uint32_t)rri_random_below(&r, classes) };
        float x[LONGEST * D];
        uint32_t symbol[LONGEST];
        for (size_t j = 0; j < T * D; j++)
            x[j] = (float)rri_random_normal(&r);
        for (size_t t = 0; t < T; t++)
            symbol[t] = (uint32_t)rri_random_below(&r, V); /* special words among them */
        if (k->input == FRAMES)
            q.frames = x;
        else
            q.symbols = symbol;
        add_sequence(b, q);
    }
    return finish_dataset(b);
}

static inline rr_network *make_net(const kind *k)
{
    const rr_network_config cfg = { .struct_size = sizeof(rr_network_config),
                                    .cell = k->cell,
                                    .width = D,
                                    .hidden = H,
                                    .layers = k->layers,
                                    .classes = classes_of(k),
                                    .seed = 5,
                                    .vocabulary = k->input == FRAMES ? 0 : V,
                                    .embedding = k->input == TRAINED || k->input == PLAIN_SYMBOLS
                                                     ? RR_EMBEDDING_TRAINED
                                                     : RR_EMBEDDING_FROZEN,
                                    .head = k->head };
    rr_error err = { 0 };

    rr_network *net = new_network(&cfg);
    if (k->input == FROZEN || k->input == TRAINED)
        CHECK_OK(rr_network_set_vocabulary(net, words, &err), err);
    for (size_t i = 0; i < net->parameters; i++) /* far enough from zero for nonlinearity */
        net->weights[i] *= 1.5f;
    return net;
}

typedef struct fixture {
    const kind *kind;
    rr_network *net;
    rr_dataset *ds;
    rr_derivatives *d;
    size_t P, N;
} fixture;

static inline fixture open_fixture(const kind *k, size_t N, size_t threads)
{
    fixture f = { .kind = k, .net = make_net(k), .ds = make_data(k, N), .N = N };
    rr_error err = { 0 };

    f.P = rr_network_parameters(f.net);
    CHECK_OK(rr_derivatives_new(f.net, f.ds, threads, &f.d, &err), err);
    return f;
}

static inline void close_fixture(fixture *f)
{
    rr_derivatives_free(f->d);
    rr_network_free(f->net);
    rr_dataset_free(f->ds);
}

static inline void *zeros(size_t n, size_t size)
{
    void *p = calloc(n, size);

    assert_non_null(p);
    return p;
}

/* A direction of numbers of variance 1, owned by the caller. */
static inline float *make_direction(size_t P, uint64_t seed)
{
    rri_random r = rri_random_at(seed, RRI_RANDOM_SAMPLE, 77);
    float *v = zeros(P, sizeof *v);

    for (size_t i = 0; i < P; i++)
        v[i] = (float)rri_random_normal(&r);
    return v;
}

/* The number of leading values of a direction without a gradient. */
static inline size_t fixed_numbers(const fixture *f)
{
    return f->kind->input == FROZEN ? V * D : f->kind->input == TRAINED ? 2 * D : 0;
}

static inline double *gradient_of(fixture *f, const rr_losses *losses, double *loss)
{
    double *g = zeros(f->P, sizeof *g);
    rr_error err = { 0 };

    CHECK_OK(rr_derivatives_gradient(f->d, losses, loss, g, &err), err);
    return g;
}

static inline double *product_of(fixture *f, const rr_losses *losses, rr_curvature curvature,
                                 const float *v, double *slopes)
{
    double *p = zeros(f->P, sizeof *p);
    rr_error err = { 0 };

    CHECK_OK(rr_derivatives_product(f->d, losses, curvature, v, p, slopes, &err), err);
    return p;
}

static inline double largest(const double *x, size_t n)
{
    double most = 0.0;

    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs(x[i]));
    return most;
}

static inline double dot(const double *a, const double *b, size_t n)
{
    double sum = 0.0;

    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

static inline double dot_direction(const double *a, const float *v, size_t n)
{
    double sum = 0.0;

    for (size_t i = 0; i < n; i++)
        sum += a[i] * (double)v[i];
    return sum;
}

/* All within `tolerance` of the largest expected number. */
static inline void near_all(const fixture *f, const char *what, const double *got,
                            const double *want, size_t n, double tolerance)
{
    const double most = largest(want, n);

    for (size_t i = 0; i < n; i++)
        if (!(fabs(got[i] - want[i]) <= tolerance * most + 1e-9))
            fail_msg("%s of %s, %zu layers, input %d, head %d: number %zu is %.9g, expected %.9g "
                     "(the largest is %.3g)",
                     what, rr_enum_name(RR_ENUM_CELL, f->kind->cell), f->kind->layers,
                     (int)f->kind->input, (int)f->kind->head, i, got[i], want[i], most);
}

#endif
