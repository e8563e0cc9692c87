/* SPDX-License-Identifier: MIT */
/* test_inputs.c - the nearest inputs against a search that compares every pair, and what their
 * labels are worth against cases done by hand. */
#include "audit/inputs.h"

#include "make.h"

enum { N = 150, D = 3, V = 40, C = 3, LONGEST = 23 };

/* Sequences of frames or of symbols; every third is like the one before it. */
static rr_dataset *made(bool frames, uint64_t seed)
{
    const rr_dataset_shape shape = { .width = frames ? D : 0,
                                     .vocabulary = frames ? 0 : V,
                                     .classes = C };
    rri_random r = rri_random_at(seed, RRI_RANDOM_EXPERIMENT, 0);
    rr_dataset_builder *b = new_builder(&shape);
    float x[LONGEST * D] = { 0.0F };
    uint32_t word[LONGEST] = { 0 };
    size_t steps = 1;

    for (size_t i = 0; i < N; i++) {
        const bool again = i % 3 == 2;
        steps = again ? steps : 1 + rri_random_below(&r, LONGEST);
        for (size_t k = 0; k < steps * D; k++)
            x[k] = (again ? x[k] : (float)rri_random_normal(&r)) + 0.01F * (float)(i % 5);
        for (size_t t = 0; t < steps && !again; t++)
            word[t] = (uint32_t)rri_random_below(&r, V);
        const rr_sequence s = { .frames = frames ? x : NULL,
                                .symbols = frames ? NULL : word,
                                .steps = steps,
                                .label = (uint32_t)(i % C) };
        add_sequence(b, s);
    }
    return finish_dataset(b);
}

/* ---- every pair ------------------------------------------------------------------------------ */

/* The mean of column d over [begin, end), in steps. */
static double mean_of(const rr_sequence *s, size_t d, double begin, double end)
{
    double sum = 0.0;

    for (size_t t = 0; t < s->steps; t++) {
        const double part = fmin(end, (double)t + 1.0) - fmax(begin, (double)t);
        sum += part > 0.0 ? part * (double)s->frames[t * D + d] : 0.0;
    }
    return sum / (end - begin);
}

/* The squared deviation of a column over all steps. */
static double variance(const rr_dataset *ds, size_t d)
{
    double sum = 0.0, squares = 0.0;

    for (size_t i = 0; i < N; i++) {
        const rr_sequence s = rr_dataset_at(ds, i);
        for (size_t t = 0; t < s.steps; t++) {
            sum += (double)s.frames[t * D + d];
            squares += pow((double)s.frames[t * D + d], 2.0);
        }
    }
    const double n = (double)rr_dataset_steps(ds);
    return squares / n - pow(sum / n, 2.0);
}

static double distance(const rr_dataset *ds, size_t R, const double *var, size_t i, size_t j)
{
    const rr_sequence a = rr_dataset_at(ds, i), b = rr_dataset_at(ds, j);
    double sum = 0.0;

    for (size_t r = 0; r < R; r++)
        for (size_t d = 0; d < D; d++) {
            const double u = (double)a.steps / (double)R, v = (double)b.steps / (double)R;
            const double of_a = mean_of(&a, d, (double)r * u, (double)(r + 1) * u);
            const double of_b = mean_of(&b, d, (double)r * v, (double)(r + 1) * v);
            sum += pow(of_a - of_b, 2.0) / var[d];
        }
    return sum;
}

static double tf_idf(const rr_dataset *ds, size_t i, double *out)
{
    const rr_sequence s = rr_dataset_at(ds, i);
    double squares = 0.0;

    for (uint32_t v = 0; v < V; v++) {
        size_t holds = 0, times = 0;
        for (size_t j = 0; j < N; j++) {
            const rr_sequence o = rr_dataset_at(ds, j);
            bool in = false;
            for (size_t t = 0; t < o.steps; t++)
                in = in || o.symbols[t] == v;
            holds += in;
        }
        for (size_t t = 0; t < s.steps; t++)
            times += s.symbols[t] == v;
        out[v] = (double)times * (1.0 + log((1.0 + N) / (1.0 + (double)holds)));
        squares += out[v] * out[v];
    }
    return sqrt(squares);
}

static double cosine(const rr_dataset *ds, size_t i, size_t j)
{
    double a[V], b[V];
    const double la = tf_idf(ds, i, a), lb = tf_idf(ds, j, b);
    double sum = 0.0;

    for (size_t v = 0; v < V; v++)
        sum += a[v] * b[v];
    return sum / la / lb;
}

/* How near, larger is nearer. */
static double nearness(const rr_dataset *ds, size_t R, const double *var, size_t i, size_t j)
{
    return R > 0 ? -distance(ds, R, var, i, j) : cosine(ds, i, j);
}

/* No one that is left out is nearer than one that is named, but by rounding. */
static void check_search(const rr_dataset *ds, size_t R, bool scaled, size_t threads)
{
    double var[D] = { 1.0, 1.0, 1.0 };
    uint32_t ids[N * RRI_NEAREST];
    unsigned char counts[N];
    rri_inputs *x = NULL;
    rr_error err = { .code = RR_OK };

    for (size_t d = 0; scaled && d < D; d++)
        var[d] = variance(ds, d);
    CHECK_OK(rri_inputs_new(ds, R, scaled, 0, &x, &err), err);
    assert_int_equal(rri_inputs_references(x), N);
    CHECK_OK(rri_inputs_search(x, ds, 1, threads, NULL, true, ids, counts, &err), err);
    for (size_t i = 0; i < N; i += 7) {
        double least = 1e30, before = 1e30;
        bool named[N] = { false };
        assert_true(R == 0 || counts[i] == RRI_NEAREST);
        for (size_t k = 0; k < counts[i]; k++) {
            const double near = nearness(ds, R, var, i, ids[i * RRI_NEAREST + k]);
            assert_true(near <= before + 1e-4);
            before = near;
            least = fmin(least, near);
            named[ids[i * RRI_NEAREST + k]] = true;
        }
        assert_false(named[i]);
        for (size_t j = 0; j < N && counts[i] == RRI_NEAREST; j++)
            if (j != i && !named[j])
                assert_true(nearness(ds, R, var, i, j) <= least + 1e-4);
    }
    rri_inputs_free(x);
}

static void the_nearest_frames_are_those_of_every_pair(void **state)
{
    rr_dataset *ds = made(true, 1);

    (void)state;
    check_search(ds, 1, true, 1);
    check_search(ds, 4, false, 2);
    check_search(ds, 16, true, 3); /* more parts than many sequences have steps */
    rr_dataset_free(ds);
}

static void the_nearest_symbols_are_those_of_every_pair(void **state)
{
    rr_dataset *ds = made(false, 2);

    (void)state;
    check_search(ds, 0, false, 2);
    rr_dataset_free(ds);
}

static void a_search_that_would_take_too_long_compares_a_part(void **state)
{
    rr_dataset *ds = made(true, 3);
    uint32_t ids[N * RRI_NEAREST];
    unsigned char counts[N];
    rri_inputs *x = NULL;
    rr_error err = { .code = RR_OK };

    (void)state;
    CHECK_OK(rri_inputs_new(ds, 2, false, (size_t)N * 50 * 2 * D, &x, &err), err);
    assert_int_equal(rri_inputs_references(x), 50);
    CHECK_OK(rri_inputs_search(x, ds, 1, 2, NULL, true, ids, counts, &err), err);
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < counts[i]; k++)
            assert_true(ids[i * RRI_NEAREST + k] % 3 == 0 && ids[i * RRI_NEAREST + k] != i);
    rri_inputs_free(x);
    rr_dataset_free(ds);
}

/* ---- what labels are worth ------------------------------------------------------------------- */

/* Sequence i has the labels[] of the next 20 ones, around, as neighbours. */
static void ring(uint32_t *ids, unsigned char *counts)
{
    for (size_t i = 0; i < N; i++) {
        counts[i] = RRI_NEAREST;
        for (size_t k = 0; k < RRI_NEAREST; k++)
            ids[i * RRI_NEAREST + k] = (uint32_t)((i + k + 1) % N);
    }
}

static void neighbours_of_one_label_tell(void **state)
{
    uint32_t ids[N * RRI_NEAREST], label[N];
    unsigned char counts[N];
    float lift[N * 2], p[N * 2];
    rri_belief b;
    rr_error err = { .code = RR_OK };

    (void)state;
    ring(ids, counts);
    for (uint32_t i = 0; i < N; i++)
        label[i] = i >= N / 2;
    CHECK_OK(rri_belief_fit(label, N, 2, 1, ids, counts, &b, &err), err);
    assert_true(b.tells && b.k == 1 && b.agreement > 0.98);
    CHECK_OK(rri_belief_logs(&b, label, N, 2, ids, counts, N, true, lift, &err), err);
    CHECK_OK(rri_belief_logs(&b, label, N, 2, ids, counts, N, false, p, &err), err);
    /* one vote for the label itself, of classes as large as each other */
    CHECK_NEAR(p[0], log((1.0 + b.a * 0.5) / (1.0 + b.a)), 1e-6, 0.0);
    CHECK_NEAR(lift[0], (double)p[0] - log(0.5), 1e-6, 0.0);
    CHECK_NEAR(exp((double)p[2]) + exp((double)p[3]), 1.0, 1e-6, 0.0);
}

static void neighbours_of_any_label_tell_nothing(void **state)
{
    rri_random r = rri_random_at(5, RRI_RANDOM_EXPERIMENT, 0);
    uint32_t ids[N * RRI_NEAREST], label[N];
    unsigned char counts[N];
    rri_belief b;
    rr_error err = { .code = RR_OK };

    (void)state;
    ring(ids, counts);
    for (uint32_t i = 0; i < N; i++)
        label[i] = (uint32_t)rri_random_below(&r, C);
    CHECK_OK(rri_belief_fit(label, N, C, 1, ids, counts, &b, &err), err);
    assert_true(!b.tells && b.nats * N < log(N));
}

static void the_number_of_parts_is_the_one_that_predicts_labels(void **state)
{
    const rr_dataset_shape shape = { .width = 1, .classes = 2 };
    rri_random r = rri_random_at(9, RRI_RANDOM_EXPERIMENT, 0);
    rr_dataset_builder *b = new_builder(&shape);
    rri_inputs *x = NULL;
    uint32_t label[N];
    rr_error err = { .code = RR_OK };

    (void)state;
    for (size_t i = 0; i < N; i++) { /* the label is the level, under noise at every step */
        float v[16];
        label[i] = (uint32_t)(i % 2);
        for (size_t t = 0; t < 16; t++)
            v[t] = (float)label[i] + 2.0F * (float)rri_random_normal(&r);
        const rr_sequence s = { .frames = v, .steps = 16, .label = label[i] };
        add_sequence(b, s);
    }
    rr_dataset *ds = finish_dataset(b);
    CHECK_OK(rri_inputs_fit(ds, label, 2, 2, NULL, &x, &err), err);
    assert_true(rri_inputs_parts(x) <= 2);
    rri_inputs_free(x);
    rr_dataset_free(ds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nearest_frames_are_those_of_every_pair),
        cmocka_unit_test(the_nearest_symbols_are_those_of_every_pair),
        cmocka_unit_test(a_search_that_would_take_too_long_compares_a_part),
        cmocka_unit_test(neighbours_of_one_label_tell),
        cmocka_unit_test(neighbours_of_any_label_tell_nothing),
        cmocka_unit_test(the_number_of_parts_is_the_one_that_predicts_labels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
