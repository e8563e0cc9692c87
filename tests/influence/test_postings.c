/* SPDX-License-Identifier: MIT */
/* test_postings.c - posting tables: building by counting and by sorting, the directory by which a
 * key is found, and the check of tables that come from a file. */
#include "fixture.h"

#include "influence/postings.h"

/* ---- a reference: sort all steps by key ------------------------------------------------------ */

typedef struct step_of_all {
    uint64_t key;
    rr_posting entry;
} step_of_all;

static int by_key_then_position(const void *left, const void *right)
{
    const step_of_all *a = left;
    const step_of_all *b = right;

    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    if (a->entry.sequence != b->entry.sequence)
        return a->entry.sequence < b->entry.sequence ? -1 : 1;
    return (a->entry.step > b->entry.step) - (a->entry.step < b->entry.step);
}

static void assert_table_is_that_of_a_sort(const rr_traces *t, rr_key kind, const rri_postings *p)
{
    step_of_all *all = synth_memory(t->steps, sizeof *all);
    const rri_key_space space = rri_key_space_of(t, kind);
    size_t n = 0;
    size_t m = 0;
    uint32_t distinct = 0;

    for (size_t i = 0; i < t->count; i++) {
        const rr_trace a = rr_traces_at(t, i);
        for (size_t s = 1; s <= a.steps; s++)
            all[n++] =
                (step_of_all){ rri_key_of_step(&space, &a, s), { (uint32_t)i, (uint32_t)s } };
    }
    qsort(all, n, sizeof *all, by_key_then_position);
    for (size_t r = 0; r < n; r++) {
        const bool begins = r == 0 || all[r].key != all[r - 1].key;
        if (begins && r > 0)
            assert_int_equal(p->distinct[m - 1], distinct);
        if (begins) {
            assert_true(m < p->keys);
            assert_true(p->key[m] == all[r].key && p->start[m] == r);
            m++;
            distinct = 0;
        }
        distinct += begins || all[r].entry.sequence != all[r - 1].entry.sequence;
        assert_memory_equal(&p->entry[r], &all[r].entry, sizeof p->entry[r]);
    }
    assert_int_equal(m, p->keys);
    assert_int_equal(p->distinct[m - 1], distinct);
    assert_int_equal(p->start[m], n);
    free(all);
}

/* Sizes with few ranks, so that steps are counted, and with many, so that they are sorted; and with
 * one rank or many in a bucket of the directory. */
typedef struct sizes {
    size_t N, T, K, C, V;
    bool counts[RRI_KINDS]; /* by kind */
    bool direct[RRI_KINDS]; /* a bucket is one rank */
} sizes;

static const sizes models[] = {
    { 1, 1, 1, 1, 2, { true, true, true }, { true, true, true } },
    { 7, 5, 3, 2, 3, { true, true, true }, { true, true, true } },
    { 300, 28, 5, 3, 64, { true, true, false }, { true, true, true } },
    { 200, 9, 43, 10, 64, { true, false, false }, { true, true, false } },
    { 100, 6, 400, 20, 3, { true, false, false }, { true, false, false } },
    { 50, 4, 9000, 1000, 60000, { false, false, false }, { false, false, false } },
};
enum { MODELS = sizeof models / sizeof *models };

static rr_influence *model_of(const sizes *z, uint64_t seed)
{
    return random_model(z->N, z->T, seed % 2 == 0, z->K, z->C, z->V, seed);
}

static void both_ways_of_building_give_what_a_sort_gives(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < MODELS; i++)
        for (uint64_t seed = 0; seed < 4; seed++) {
            rr_influence *inf = model_of(&models[i], seed);
            const rr_traces *t = inf->training;
            for (int kind = 0; kind < RRI_KINDS; kind++) {
                const rri_postings *p = &inf->postings[kind];
                assert_int_equal(p->space.count <= rri_max(t->steps, 4096), models[i].counts[kind]);
                assert_table_is_that_of_a_sort(t, (rr_key)kind, p);
            }
            rr_influence_free(inf);
        }
}

/* ---- ranks and the directory ---------------------------------------------------------------- */

static void cells_number_the_keys_in_their_order(void **unused)
{
    static const uint64_t counts[RRI_KINDS] = { 5 * 5, 5 * 4 * 3 * 5, 5 * 5 * 4 * 3 * 5 };
    rr_influence *inf = random_model(40, 9, false, 4, 3, 5, 3);

    (void)unused;
    for (int kind = 0; kind < RRI_KINDS; kind++) {
        const rri_key_space c = rri_key_space_of(inf->training, (rr_key)kind);
        uint64_t last = 0;
        assert_int_equal(c.count, counts[kind]);
        for (uint64_t rank = 0; rank < c.count; rank++) {
            const uint64_t key = rri_key_at_rank(&c, rank);
            assert_true(rank == 0 || key > last);
            assert_int_equal(rri_key_rank(&c, key), rank);
            last = key;
        }
    }
    rr_influence_free(inf);
}

/* K = 4, C = 3, V = 5: one more of each part is a key without a rank. */
static void a_part_that_does_not_occur_has_no_cell(void **unused)
{
    static const uint64_t symbols[] = { UINT64_C(5) << 32 | 1, 5, UINT64_C(4) << 32 | UINT32_MAX };
    static const uint64_t transitions[] = { UINT64_C(5) << 48 | 1, UINT64_C(3) << 32,
                                            UINT64_C(65534) << 32, UINT64_C(3) << 16, 5 };
    rr_influence *inf = random_model(40, 9, false, 4, 3, 5, 3);
    const rri_key_space a = rri_key_space_of(inf->training, RR_KEY_STATE_SYMBOL);
    const rri_key_space b = rri_key_space_of(inf->training, RR_KEY_TRANSITION);

    (void)unused;
    for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++)
        assert_int_equal(rri_key_rank(&a, symbols[i]), a.count);
    for (size_t i = 0; i < sizeof transitions / sizeof *transitions; i++)
        assert_int_equal(rri_key_rank(&b, transitions[i]), b.count);
    rr_influence_free(inf);
}

static size_t find_slowly(const rri_postings *p, uint64_t key)
{
    size_t m = 0;

    while (m < p->keys && p->key[m] != key)
        m++;
    return m;
}

/* Also keys none of whose parts occur: they come from the traces of callers. */
static void every_key_is_found_and_no_other(void **unused)
{
    rri_random r = rri_random_at(5, RRI_RANDOM_PARITY, 0);

    (void)unused;
    for (size_t i = 0; i < MODELS; i++) {
        rr_influence *inf = model_of(&models[i], 8);
        for (int kind = 0; kind < RRI_KINDS; kind++) {
            const rri_postings *p = &inf->postings[kind];
            assert_int_equal(p->shift == 0, models[i].direct[kind]);
            for (size_t m = 0; m < p->keys; m++) {
                assert_int_equal(rri_postings_find(p, p->key[m]), m);
                for (int bit = 0; bit < 64; bit += 3) {
                    const uint64_t other = p->key[m] ^ UINT64_C(1) << bit;
                    assert_int_equal(rri_postings_find(p, other), find_slowly(p, other));
                }
            }
            for (size_t n = 0; n < 1000; n++) {
                const uint64_t key = (uint64_t)rri_random_u32(&r) << 32 | rri_random_u32(&r);
                assert_int_equal(rri_postings_find(p, key), find_slowly(p, key));
            }
        }
        rr_influence_free(inf);
    }
}

/* ---- tables from a file ---------------------------------------------------------------------- */

/* A table in memory of its own, as a file would hold it. */
static rri_postings copy_of(const rri_postings *p)
{
    rri_postings c = { .keys = p->keys };
    const size_t steps = (size_t)p->start[p->keys];
    rr_error err = { 0 };

    CHECK_OK(rri_scratch_alloc(&c.own.key, p->keys, 1, sizeof *c.own.key, &err), err);
    CHECK_OK(rri_scratch_alloc(&c.own.start, p->keys + 1, 1, sizeof *c.own.start, &err), err);
    CHECK_OK(rri_scratch_alloc(&c.own.entry, steps, 1, sizeof *c.own.entry, &err), err);
    CHECK_OK(rri_scratch_alloc(&c.own.distinct, p->keys, 1, sizeof *c.own.distinct, &err), err);
    memcpy(c.own.key, p->key, p->keys * sizeof *c.own.key);
    memcpy(c.own.start, p->start, (p->keys + 1) * sizeof *c.own.start);
    memcpy(c.own.entry, p->entry, steps * sizeof *c.own.entry);
    memcpy(c.own.distinct, p->distinct, p->keys * sizeof *c.own.distinct);
    c.key = c.own.key;
    c.start = c.own.start;
    c.entry = c.own.entry;
    c.distinct = c.own.distinct;
    return c;
}

static rr_status check(const rr_traces *t, int kind, rri_postings *c, rr_error *err)
{
    const rr_status st = rri_postings_check(t, (rr_key)kind, c, err);

    rri_scratch_free(c->first);
    rri_scratch_free(c->list);
    c->first = NULL;
    c->list = NULL;
    return st;
}

static void a_table_that_was_built_passes_the_check(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < MODELS; i++)
        for (uint64_t seed = 0; seed < 4; seed++) {
            rr_influence *inf = model_of(&models[i], seed);
            for (int kind = 0; kind < RRI_STORED_KINDS; kind++) {
                rri_postings c = copy_of(&inf->postings[kind]);
                rr_error err = { 0 };
                CHECK_OK(check(inf->training, kind, &c, &err), err);
                rri_postings_clear(&c);
            }
            rr_influence_free(inf);
        }
}

/* Change one number of the table: near by, to an edge, or to anything. Returns whether it did. */
static bool change(rri_postings *c, size_t steps, rri_random *r)
{
    const uint64_t values[] = { 0,
                                1,
                                UINT32_MAX,
                                UINT64_MAX,
                                rri_random_u32(r),
                                (uint64_t)rri_random_u32(r) << 32 | rri_random_u32(r),
                                rri_random_below(r, steps + 2) };
    const uint64_t to = values[rri_random_below(r, sizeof values / sizeof *values)];
    const size_t m = (size_t)rri_random_below(r, c->keys);
    rr_posting *e = &c->own.entry[rri_random_below(r, steps)];
    uint32_t *words[] = { &c->own.distinct[m], &e->sequence, &e->step };
    uint64_t *wide[] = { &c->own.key[m], &c->own.start[rri_random_below(r, c->keys + 1)] };
    const size_t which = (size_t)rri_random_below(r, 5);
    const bool near = rri_random_below(r, 2) == 0;

    if (which < 3) {
        const uint32_t old = *words[which];
        *words[which] = near ? old + 1 : (uint32_t)to;
        return *words[which] != old;
    }
    const uint64_t old = *wide[which - 3];
    *wide[which - 3] = near ? old + 1 : to;
    return *wide[which - 3] != old;
}

/* No two tables pass for the same traces, so that every change is detected. */
static void any_change_of_a_table_is_refused(void **unused)
{
    rri_random r = rri_random_at(9, RRI_RANDOM_PARITY, 0);

    (void)unused;
    for (size_t i = 1; i < MODELS; i++) {
        rr_influence *inf = model_of(&models[i], i);
        const rr_traces *t = inf->training;
        for (int n = 0; n < 1000; n++) {
            const int kind = n % RRI_STORED_KINDS;
            rri_postings c = copy_of(&inf->postings[kind]);
            rr_error err = { 0 };
            if (change(&c, t->steps, &r))
                CHECK_FAILS(check(t, kind, &c, &err), RR_ERR_FORMAT, err, "array postings.");
            else
                CHECK_OK(check(t, kind, &c, &err), err);
            rri_postings_clear(&c);
        }
        rr_influence_free(inf);
    }
}

/* Every number in range and every list sorted, but steps in each other's lists. */
static void swapped_entries_are_refused(void **unused)
{
    rri_random r = rri_random_at(10, RRI_RANDOM_PARITY, 0);
    rr_influence *inf = model_of(&models[2], 2);
    const rr_traces *t = inf->training;

    (void)unused;
    for (int n = 0; n < 1000; n++) {
        rri_postings c = copy_of(&inf->postings[n % RRI_STORED_KINDS]);
        rr_posting *a = &c.own.entry[rri_random_below(&r, t->steps)];
        rr_posting *b = &c.own.entry[rri_random_below(&r, t->steps)];
        const rr_posting keep = *a;
        rr_error err = { 0 };
        *a = *b;
        *b = keep;
        if (a == b)
            CHECK_OK(check(t, n % RRI_STORED_KINDS, &c, &err), err);
        else
            CHECK_FAILS(check(t, n % RRI_STORED_KINDS, &c, &err), RR_ERR_FORMAT, err, ".entry");
        rri_postings_clear(&c);
    }
    rr_influence_free(inf);
}

/* Lists that are sound in themselves, but of which the last lacks a step, or goes on. */
static void a_table_that_ends_elsewhere_is_refused(void **unused)
{
    (void)unused;
    for (size_t i = 2; i < MODELS; i++)
        for (int kind = 0; kind < RRI_STORED_KINDS; kind++) {
            rr_influence *inf = model_of(&models[i], i);
            rri_postings c = copy_of(&inf->postings[kind]);
            const size_t R = inf->info.steps;
            rr_error err = { 0 };
            c.own.start[c.keys] = R + 1;
            CHECK_FAILS(check(inf->training, kind, &c, &err), RR_ERR_FORMAT, err, ".start");
            c.own.start[c.keys] = R - 1;
            if (c.own.start[c.keys - 1] + 1 < R) /* else the list is empty, which is detected */
                c.own.distinct[c.keys - 1] -=
                    c.own.entry[R - 1].sequence != c.own.entry[R - 2].sequence;
            CHECK_FAILS(check(inf->training, kind, &c, &err), RR_ERR_FORMAT, err, ".start");
            rri_postings_clear(&c);
            rr_influence_free(inf);
        }
}

/* ---- allocation failures --------------------------------------------------------------------- */

static void every_failed_allocation_is_clean(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < MODELS; i++) {
        rr_influence *inf = model_of(&models[i], 1);
        for (int kind = 0; kind < RRI_STORED_KINDS; kind++) {
            rri_postings c = copy_of(&inf->postings[kind]);
            rri_postings built = { 0 };
            for (failing at = { 0 }; next_allocation_fails(&at, 5);) {
                at.st = rri_postings_build(inf->training, (rr_key)kind, &built, NULL);
                assert_int_equal(at.st == RR_OK, built.keys > 0);
            }
            rri_alloc_fail_at = 0;
            assert_int_equal(check(inf->training, kind, &c, NULL), RR_ERR_NOMEM);
            rri_alloc_fail_at = -1;
            rri_postings_clear(&built);
            rri_postings_clear(&c);
        }
        rr_influence_free(inf);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ways_of_building_give_what_a_sort_gives),
        cmocka_unit_test(cells_number_the_keys_in_their_order),
        cmocka_unit_test(a_part_that_does_not_occur_has_no_cell),
        cmocka_unit_test(every_key_is_found_and_no_other),
        cmocka_unit_test(a_table_that_was_built_passes_the_check),
        cmocka_unit_test(any_change_of_a_table_is_refused),
        cmocka_unit_test(swapped_entries_are_refused),
        cmocka_unit_test(a_table_that_ends_elsewhere_is_refused),
        cmocka_unit_test(every_failed_allocation_is_clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
