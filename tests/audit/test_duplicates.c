/* SPDX-License-Identifier: MIT */
/* test_duplicates.c - groups of copies against a comparison of every pair, and against cases done
 * by hand. */
#include "make.h"

enum { N = 120, V = 30, MOST = 14 };

static rr_duplicates *find(const rr_duplicates_config *cfg, const rr_dataset *const *sets, size_t n)
{
    rr_duplicates *d = NULL;
    rr_error err = { 0 };

    CHECK_OK(rr_duplicates_find(cfg, sets, n, &d, &err), err);
    return d;
}

/* ---- every pair ------------------------------------------------------------------------------ */

static double jaccard(const rr_sequence *a, const rr_sequence *b)
{
    size_t both = 0;

    for (uint32_t v = 0; v < V; v++) {
        size_t in_a = 0, in_b = 0;
        for (size_t t = 0; t < a->steps; t++)
            in_a += a->symbols[t] == v;
        for (size_t t = 0; t < b->steps; t++)
            in_b += b->symbols[t] == v;
        both += rri_min(in_a, in_b);
    }
    return (double)both / (double)(a->steps + b->steps - both);
}

/* Root mean square difference; one column of deviation s. */
static double difference(const rr_sequence *a, const rr_sequence *b, double s)
{
    double sum = 0.0;

    if (a->steps != b->steps)
        return 1e9;
    for (size_t t = 0; t < a->steps; t++)
        sum += pow(((double)a->frames[t] - (double)b->frames[t]) / s, 2.0);
    return sqrt(sum / (double)a->steps);
}

static double deviation(const rr_dataset *ds)
{
    double n = 0.0, sum = 0.0, squares = 0.0;

    for (size_t i = 0; i < N; i++)
        for (size_t t = 0; t < rr_dataset_at(ds, i).steps; t++, n += 1.0) {
            const double v = (double)rr_dataset_at(ds, i).frames[t];
            sum += v;
            squares += v * v;
        }
    return sqrt(squares / n - pow(sum / n, 2.0));
}

/* Every third sequence is the one before it with a few changes. */
static rr_dataset *made(bool frames)
{
    const rr_dataset_shape shape = { .width = frames, .vocabulary = frames ? 0 : V, .classes = 2 };
    rri_random r = rri_random_at(3, RRI_RANDOM_EXPERIMENT, 0);
    rr_dataset_builder *b = new_builder(&shape);
    float x[MOST] = { 0.0F };
    uint32_t word[MOST] = { 0 };
    size_t steps = 1;

    for (size_t i = 0; i < N; i++) {
        if (i % 3 != 1) /* 3k + 1 and 3k + 2 differ in the changes alone */
            steps = i % 3 == 0 ? 3 + rri_random_below(&r, MOST - 2) : steps;
        for (size_t t = 0; t < steps; t++) {
            if (i % 3 == 0 || rri_random_below(&r, 8) == 0)
                word[t] = (uint32_t)rri_random_below(&r, V);
            x[t] = i % 3 == 0 ? (float)rri_random_normal(&r)
                              : x[t] + 0.1F * (float)(i % 5) * (float)rri_random_normal(&r);
        }
        add_sequence(b, (rr_sequence){ .frames = frames ? x : NULL,
                                       .symbols = frames ? NULL : word,
                                       .steps = steps,
                                       .label = (uint32_t)(i % 2) });
    }
    return finish_dataset(b);
}

/* The components by all pairs are the groups. */
static void check_groups(bool frames, double limit)
{
    rr_dataset *ds = made(frames);
    const rr_dataset *const sets[] = { ds };
    rr_duplicates_config cfg = rr_duplicates_config_default();
    size_t root[N], of[N], grouped = 0;
    const double s = frames ? deviation(ds) : 1.0;

    cfg.similarity = limit;
    cfg.distance = limit;
    for (size_t i = 0; i < N; i++)
        root[i] = of[i] = i;
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < i; j++) {
            const rr_sequence a = rr_dataset_at(ds, i), b = rr_dataset_at(ds, j);
            const bool near = frames ? difference(&a, &b, s) <= limit : jaccard(&a, &b) >= limit;
            const size_t from = root[i], to = root[j];
            for (size_t k = 0; k < N && near; k++)
                root[k] = root[k] == from ? to : root[k];
        }
    rr_duplicates *d = find(&cfg, sets, 1);
    const rr_duplicates_result *r = rr_duplicates_result_of(d);
    for (size_t g = 0; g < r->count; g++)
        for (size_t k = 0; k < r->groups[g].count; k++) {
            of[r->groups[g].members[k].id] = r->groups[g].members[0].id;
            grouped++;
        }
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < i; j++)
            assert_int_equal(root[i] == root[j], of[i] == of[j]);
    assert_true(r->count > 10 && grouped > 25 && grouped < N && r->members == grouped);
    rr_duplicates_free(d);
    rr_dataset_free(ds);
}

static void near_symbols_are_those_of_every_pair(void **state)
{
    (void)state;
    check_groups(false, 0.8);
    check_groups(false, 0.6);
}

static void near_frames_are_those_of_every_pair(void **state)
{
    (void)state;
    check_groups(true, 0.1);
    check_groups(true, 0.2);
}

/* ---- by hand --------------------------------------------------------------------------------- */

static rr_dataset *of_symbols(const uint32_t *label, const char *const *text, size_t n)
{
    const rr_dataset_shape shape = { .vocabulary = 128, .classes = 2 };
    rr_dataset_builder *b = new_builder(&shape);

    for (size_t i = 0; i < n; i++) {
        uint32_t word[16];
        const size_t steps = strlen(text[i]);
        for (size_t t = 0; t < steps; t++)
            word[t] = (uint32_t)text[i][t];
        add_sequence(b, (rr_sequence){ .symbols = word, .steps = steps, .label = label[i] });
    }
    return finish_dataset(b);
}

static void contradictions_come_first_and_copies_are_counted(void **state)
{
    static const char *const train[] = { "abcde", "xyz", "abcde", "abcdef", "xyz", "q" };
    static const uint32_t train_label[] = { 0, 1, 0, 0, 0, 1 };
    static const char *const test[] = { "abcde", "edcba", "q", "new" };
    static const uint32_t test_label[] = { 0, 0, 1, 1 };
    rr_dataset *a = of_symbols(train_label, train, 6), *b = of_symbols(test_label, test, 4);
    const rr_dataset *const sets[] = { a, b };
    rr_duplicates_config cfg = rr_duplicates_config_default();
    rr_duplicates *d = find(NULL, sets, 2);
    const rr_duplicates_result *r = rr_duplicates_result_of(d);

    (void)state;
    assert_int_equal(r->count, 3);
    assert_int_equal(r->contradictory, 1);
    assert_int_equal(r->spare, 2);
    assert_int_equal(r->copied, 2);
    assert_int_equal(r->similar, 3); /* and edcba, of the same letters */
    const rr_duplicate_group *g = &r->groups[0];
    assert_true(g->contradictory && g->equal && !g->across && g->count == 2);
    assert_true(g->members[0].id == 1 && g->members[1].id == 4 && g->members[1].copy);
    g = &r->groups[1];
    assert_true(!g->equal && g->across && g->count == 5 && g->members[1].copy);
    assert_true(!g->members[2].copy && g->members[3].set == 1 && g->members[3].copy);
    rr_duplicates_free(d);
    cfg.near = 0;
    d = find(&cfg, sets, 2);
    r = rr_duplicates_result_of(d);
    assert_int_equal(r->count, 3);
    assert_int_equal(r->equal, 3);
    assert_int_equal(r->members, 5);
    rr_duplicates_free(d);
    rr_dataset_free(a);
    rr_dataset_free(b);
}

static void wrong_settings_are_named(void **state)
{
    rr_dataset *a = made(true), *b = made(false);
    const rr_dataset *const sets[] = { a, b };
    rr_duplicates_config cfg = rr_duplicates_config_default();
    rr_duplicates *d = NULL;
    rr_error err = { 0 };

    (void)state;
    CHECK_FAILS(rr_duplicates_find(&cfg, sets, 2, &d, &err), RR_ERR_SHAPE, err, "columns");
    cfg.similarity = 1.5;
    CHECK_FAILS(rr_duplicates_find(&cfg, sets, 1, &d, &err), RR_ERR_ARG, err, "1.5");
    assert_null(d);
    rr_dataset_free(a);
    rr_dataset_free(b);
}

static void a_failed_allocation_leaves_nothing(void **state)
{
    rr_dataset *a = made(true), *b = made(false);
    rr_duplicates *d = NULL;

    (void)state;
    for (int symbols = 0; symbols < 2; symbols++) {
        const rr_dataset *const sets[] = { symbols ? b : a };
        for (failing at = { 0 }; next_allocation_fails(&at, 5);) {
            at.st = rr_duplicates_find(NULL, sets, 1, &d, NULL);
            rr_duplicates_free(d);
            d = NULL;
        }
    }
    rr_dataset_free(a);
    rr_dataset_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(near_symbols_are_those_of_every_pair),
        cmocka_unit_test(near_frames_are_those_of_every_pair),
        cmocka_unit_test(contradictions_come_first_and_copies_are_counted),
        cmocka_unit_test(wrong_settings_are_named),
        cmocka_unit_test(a_failed_allocation_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
