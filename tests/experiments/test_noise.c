/* SPDX-License-Identifier: MIT */
/* test_noise.c - the noises of labels by what their definitions promise, nearest inputs by sorting
 * all distances, and F1 by hand. */
#include "make.h"

#include "experiments/audited.h"
#include "experiments/neighbours.h"
#include "experiments/noise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N = 2000, C = 10, SMALL = 60 };

static rr_error err;
static experiment_context ctx = { .threads = 1 };

static rr_network *a_network(const rr_dataset *ds, uint64_t seed)
{
    rr_network_config cfg = rr_network_config_default();
    rr_network *net = NULL;

    cfg.cell = RR_CELL_GRU;
    cfg.hidden = 8;
    cfg.width = rr_dataset_width(ds);
    cfg.classes = rr_dataset_classes(ds);
    cfg.seed = seed;
    CHECK_OK(rr_network_new(&cfg, &net, &err), err);
    return net;
}

static size_t count_changed(const rr_dataset *ds, const uint32_t *labels)
{
    size_t n = 0;

    for (size_t i = 0; i < N; i++) {
        assert_true(labels[i] < C);
        n += labels[i] != rr_dataset_at(ds, i).label;
    }
    return n;
}

/* Within five deviations of what is expected. */
static void check_rate(size_t changed, double rate)
{
    const double deviation = sqrt(N * rate * (1.0 - rate));

    assert_true(fabs((double)changed - N * rate) < 5.0 * deviation);
}

static void every_noise_has_its_rate_and_targets(void **state)
{
    static uint32_t labels[N], again[N];
    rr_dataset *ds = load_dataset("digits?train=2000&test=1", RR_SPLIT_TRAIN);
    rr_network *net = a_network(ds, 3);
    size_t to[C] = { 0 }, used = 0;

    (void)state;
    CHECK_OK(noise_make(&ctx, NOISE_UNIFORM, 0.4, 5, ds, NULL, labels, &err), err);
    check_rate(count_changed(ds, labels), 0.4);
    for (size_t i = 0; i < N; i++)
        if (rr_dataset_at(ds, i).label == 0)
            to[labels[i]]++;
    for (size_t c = 1; c < C; c++)
        used += to[c] > 0;
    assert_int_equal(used, C - 1); /* any other */
    CHECK_OK(noise_make(&ctx, NOISE_UNIFORM, 0.4, 5, ds, NULL, again, &err), err);
    assert_memory_equal(labels, again, sizeof labels);
    CHECK_OK(noise_make(&ctx, NOISE_UNIFORM, 0.4, 6, ds, NULL, again, &err), err);
    assert_memory_not_equal(labels, again, sizeof labels);

    CHECK_OK(noise_make(&ctx, NOISE_ASYMMETRIC, 0.1, 5, ds, NULL, labels, &err), err);
    assert_int_equal(count_changed(ds, labels), 200);
    for (size_t i = 0; i < N; i++) {
        const uint32_t label = rr_dataset_at(ds, i).label;
        assert_true(labels[i] == label || labels[i] == (label + 1) % C);
    }

    CHECK_OK(noise_make(&ctx, NOISE_CLASS, 0.4, 5, ds, net, labels, &err), err);
    check_rate(count_changed(ds, labels), 0.4);
    CHECK_OK(noise_make(&ctx, NOISE_INSTANCE, 0.1, 5, ds, net, labels, &err), err);
    /* The mean of a half normal cut off at 1 is 0.4599. */
    check_rate(count_changed(ds, labels), 0.1 + 0.1 * 0.4599);
    rr_network_free(net);
    rr_dataset_free(ds);
}

/* What the network takes a class for is what its labels become, and nothing else. */
static void class_noise_follows_the_confusions(void **state)
{
    static uint32_t labels[N], prediction[N];
    rr_dataset *ds = load_dataset("digits?train=2000&test=1", RR_SPLIT_TRAIN);
    rr_network *net = a_network(ds, 3); /* untrained: it takes most for a few classes */
    bool taken[C][C] = { { false } };
    size_t others = 0;

    (void)state;
    CHECK_OK(rr_network_predict(net, ds, 1, prediction, NULL, &err), err);
    for (size_t i = 0; i < N; i++)
        taken[rr_dataset_at(ds, i).label][prediction[i]] = true;
    for (int kind = NOISE_CLASS; kind <= NOISE_CONFUSION; kind += NOISE_CONFUSION - NOISE_CLASS) {
        CHECK_OK(noise_make(&ctx, (noise_kind)kind, 0.4, 5, ds, net, labels, &err), err);
        for (size_t i = 0; i < N; i++) {
            const uint32_t label = rr_dataset_at(ds, i).label;
            bool mistaken = false;
            for (size_t c = 0; c < C; c++)
                mistaken |= c != label && taken[label][c];
            if (labels[i] == label || (!mistaken && kind == NOISE_CLASS))
                continue;
            assert_true(taken[label][labels[i]]);
            others++;
        }
    }
    assert_true(others > N / 4);
    rr_network_free(net);
    rr_dataset_free(ds);
}

/* ---- nearest inputs ---------------------------------------------------------------------------
 */

typedef struct far {
    double distance;
    size_t id;
} far;

static int by_distance(const void *a, const void *b)
{
    const far *x = a, *y = b;

    if (x->distance != y->distance)
        return x->distance < y->distance ? -1 : 1;
    return x->id < y->id ? -1 : 1;
}

static void check_votes(const rr_dataset *from, const rr_dataset *ds, size_t k)
{
    static float votes[SMALL * C];
    const size_t values = rr_dataset_at(from, 0).steps * rr_dataset_width(from);

    memset(votes, 0, sizeof votes);
    CHECK_OK(neighbours_count(&ctx, from, ds, k, votes, &err), err);
    for (size_t i = 0; i < rr_dataset_count(ds); i++) {
        far all[SMALL];
        size_t n = 0;
        float want[C] = { 0 };
        for (size_t j = 0; j < rr_dataset_count(from); j++) {
            if (ds == from && i == j)
                continue;
            double sum = 0.0;
            for (size_t v = 0; v < values; v++) {
                const double gap = (double)rr_dataset_at(ds, i).frames[v] -
                                   (double)rr_dataset_at(from, j).frames[v];
                sum += gap * gap;
            }
            all[n++] = (far){ sum, j };
        }
        qsort(all, n, sizeof *all, by_distance);
        for (size_t j = 0; j < k; j++)
            want[rr_dataset_at(from, all[j].id).label] += 1.0F;
        assert_memory_equal(votes + i * C, want, sizeof want);
    }
}

static void nearest_inputs_are_those_of_all_distances(void **state)
{
    rr_dataset *from = load_dataset("digits?train=60&test=20", RR_SPLIT_TRAIN);
    rr_dataset *ds = load_dataset("digits?train=60&test=20", RR_SPLIT_TEST);
    static float votes[SMALL * C];

    (void)state;
    check_votes(from, ds, 5);
    check_votes(from, from, 3);
    CHECK_FAILS(neighbours_count(&ctx, from, ds, SMALL, votes, &err), RR_ERR_SHAPE, err, "60");
    rr_dataset_free(ds);
    rr_dataset_free(from);
}

static void votes_rank_and_flag(void **state)
{
    rr_dataset *ds = load_dataset("digits?train=60&test=20", RR_SPLIT_TRAIN);
    static float votes[SMALL * C];
    uint32_t order[SMALL];
    unsigned char flagged[SMALL];

    (void)state;
    for (size_t i = 0; i < SMALL; i++) {
        const uint32_t given = rr_dataset_at(ds, i).label;
        votes[i * C + given] = i == 7 ? 1.0F : i == 9 ? 2.0F : 5.0F;
        votes[i * C + (given + 1) % C] = i == 7 ? 4.0F : i == 9 ? 2.0F : 0.0F;
    }
    CHECK_OK(audited_by_votes(ds, votes, 5, order, flagged, &err), err);
    assert_int_equal(order[0], 7);
    assert_int_equal(order[1], 9);
    for (size_t i = 0; i < SMALL; i++)
        assert_int_equal(flagged[i], i == 7); /* as many votes for another flag nothing */
    rr_dataset_free(ds);
}

static void f1_is_weighted_as_by_hand(void **state)
{
    const unsigned char wrong[5] = { 1, 1, 0, 0, 0 }, flagged[5] = { 1, 0, 1, 0, 0 };
    const unsigned char none[5] = { 0 };

    (void)state;
    /* Wrong: 1 of 2 named, 1 of 2 found: 1/2. Right: 2 of 3 both ways: 2/3. */
    CHECK_NEAR(audited_weighted_f1(flagged, wrong, 5), (2.0 * 0.5 + 3.0 * 2.0 / 3.0) / 5.0, 1e-15,
               0.0);
    CHECK_NEAR(audited_weighted_f1(none, wrong, 5), 3.0 * 0.75 / 5.0, 1e-15, 0.0);
    CHECK_NEAR(audited_weighted_f1(wrong, wrong, 5), 1.0, 0.0, 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_noise_has_its_rate_and_targets),
        cmocka_unit_test(class_noise_follows_the_confusions),
        cmocka_unit_test(nearest_inputs_are_those_of_all_distances),
        cmocka_unit_test(votes_rank_and_flag),
        cmocka_unit_test(f1_is_weighted_as_by_hand),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
