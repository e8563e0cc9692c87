/* SPDX-License-Identifier: MIT */
/* test_gemm.c - every product kernel agrees with the reference, and the reference with a sum in
 * double, over a table of shapes that ends in all the ways a tile, a panel or a block can end. */
#include "check.h"
#include "kernel/gemm.h"

#include <float.h>

typedef struct shape {
    size_t m, n, k;
} shape;

static const shape shapes[] = {
    { 0, 5, 3 },     { 3, 0, 3 },     { 3, 5, 0 },     { 1, 1, 1 },     { 1, 16, 2 },
    { 2, 17, 3 },    { 5, 31, 7 },    { 6, 32, 8 },    { 7, 33, 9 },    { 13, 15, 28 },
    { 14, 64, 28 },  { 15, 10, 128 }, { 29, 48, 64 },  { 113, 40, 20 }, { 127, 129, 31 },
    { 16, 36, 256 }, { 3, 20, 257 },  { 30, 12, 600 }, { 54, 9, 256 },  { 112, 9, 512 }
};
enum { SHAPES = sizeof shapes / sizeof *shapes, MOST_M = 127, MOST_N = 129, MOST_K = 600, PAD = 3 };

typedef struct case_of {
    const rri_gemm_kernels *kernels;
    shape s;
    bool transposed; /* layout of A and B */
    bool add;
    size_t pad; /* between rows */
} case_of;

typedef struct arrays {
    float a[MOST_M * (MOST_K + PAD)];
    float b[MOST_N * (MOST_K + PAD)];
    float packed[(MOST_N + 128) * MOST_K];
    float c[MOST_M * (MOST_N + PAD)], start[MOST_M * (MOST_N + PAD)];
} arrays;

static const rri_gemm_kernels *all[4];
static size_t count;

/* Those the machine can run. */
static int find_kernels(void **state)
{
    const rri_isa best = rri_isa_best();

    (void)state;
    all[count++] = &rri_gemm_ref;
    all[count++] = &rri_gemm_plain;
#if defined(__x86_64__)
    if (best >= RRI_ISA_AVX2)
        all[count++] = &rri_gemm_avx2;
    if (best >= RRI_ISA_AVX512)
        all[count++] = &rri_gemm_avx512;
#endif
    (void)best;
    return 0;
}

static void fill(float *x, size_t n, uint64_t what)
{
    rri_random r = rri_random_at(7, RRI_RANDOM_SAMPLE, what);

    for (size_t i = 0; i < n; i++)
        x[i] = (float)(2.0 * rri_random_uniform(&r) - 1.0);
}

static void run(const case_of *t, arrays *x)
{
    const size_t lda = (t->transposed ? t->s.m : t->s.k) + t->pad;
    const size_t ldb = (t->transposed ? t->s.k : t->s.n) + t->pad;
    const size_t step = t->s.k * t->kernels->lanes;

    fill(x->a, sizeof x->a / sizeof *x->a, 0);
    fill(x->b, sizeof x->b / sizeof *x->b, 1);
    fill(x->start, sizeof x->start / sizeof *x->start, 2);
    memcpy(x->c, x->start, sizeof x->c);
    rri_gemm_pack(t->kernels, t->s.k, t->s.n, x->b, ldb, t->transposed, x->packed, step);
    t->kernels->multiply(t->s.m, t->s.n, t->s.k, x->a, t->transposed ? 1 : lda,
                         t->transposed ? lda : 1, x->packed, step, t->add, x->c, t->s.n + PAD);
}

/* Element (i, j) in double, and the sum of the magnitudes that go into it. */
static double exact(const case_of *t, const arrays *x, size_t i, size_t j, double *magnitude)
{
    const size_t lda = (t->transposed ? t->s.m : t->s.k) + t->pad;
    const size_t ldb = (t->transposed ? t->s.k : t->s.n) + t->pad;
    double sum = t->add ? (double)x->start[i * (t->s.n + PAD) + j] : 0.0;

    *magnitude = fabs(sum);
    for (size_t p = 0; p < t->s.k; p++) {
        const double a = (double)x->a[t->transposed ? p * lda + i : i * lda + p];
        const double b = (double)x->b[t->transposed ? j * ldb + p : p * ldb + j];
        sum += a * b;
        *magnitude += fabs(a * b);
    }
    return sum;
}

static void check(const case_of *t, arrays *x)
{
    run(t, x);
    for (size_t i = 0; i < t->s.m; i++) {
        const float *row = x->c + i * (t->s.n + PAD);
        for (size_t j = 0; j < t->s.n; j++) {
            double magnitude = 0.0;
            const double want = exact(t, x, i, j, &magnitude);
            const double tolerance = 1e-6 * (2.0 + sqrt((double)t->s.k)) * magnitude;
            if (!(fabs((double)row[j] - want) <= tolerance))
                fail_msg("%zux%zux%zu, lanes %zu%s%s: C[%zu][%zu] = %.9g, expected %.9g", t->s.m,
                         t->s.n, t->s.k, t->kernels->lanes, t->transposed ? ", transposed" : "",
                         t->add ? ", added" : "", i, j, (double)row[j], want);
        }
        for (size_t j = t->s.n; j < t->s.n + PAD; j++)
            assert_true(row[j] == x->start[i * (t->s.n + PAD) + j]); /* beyond n: untouched */
    }
}

static void every_kernel_agrees_with_a_sum_in_double(void **state)
{
    arrays *x = calloc(1, sizeof *x);

    (void)state;
    assert_non_null(x);
    for (size_t k = 0; k < count; k++)
        for (size_t s = 0; s < SHAPES; s++)
            for (unsigned flags = 0; flags < 8; flags++)
                check(&(case_of){ all[k], shapes[s], (flags & 1) != 0, (flags & 2) != 0,
                                  (flags & 4) != 0 ? PAD : 0 },
                      x);
    free(x);
}

/* A matrix and a column of ones go where the header says, from an odd column on; all else stays. */
static void parts_are_packed_side_by_side(void **state)
{
    enum { K = 7, N = 45, LD = 50, AT = 5, MOST = 128 };
    float b[K * LD];
    float packed[K * MOST];

    (void)state;
    fill(b, K * LD, 3);
    for (size_t g = 0; g < count; g++) {
        const size_t lanes = all[g]->lanes;
        const size_t step = K * lanes;
        for (size_t i = 0; i < K * MOST; i++)
            packed[i] = -5.0f;
        all[g]->pack(K, N, b, LD, 0.0f, AT, packed, step);
        all[g]->pack(K, 1, NULL, 0, 1.0f, AT + N, packed, step);
        for (size_t p = 0; p < K; p++)
            for (size_t j = 0; j < MOST / lanes * lanes; j++) {
                const bool inside = j >= AT && j < AT + N;
                const float want = inside ? b[p * LD + j - AT] : j == AT + N ? 1.0f : -5.0f;
                assert_true(packed[j / lanes * step + p * lanes + j % lanes] == want);
            }
    }
}

/* This makes results independent of the division of a batch into shards. */
static void an_element_does_not_depend_on_its_position(void **state)
{
    arrays *x = calloc(1, sizeof *x);
    float alone[MOST_N];

    (void)state;
    assert_non_null(x);
    for (size_t k = 1; k < count; k++) {
        const case_of whole = { all[k], { 127, 129, 300 }, false, false, PAD };
        const size_t step = whole.s.k * all[k]->lanes;
        run(&whole, x);
        for (size_t i = 0; i < whole.s.m; i += 9) {
            all[k]->multiply(1, 129, 300, x->a + i * (300 + PAD), 300 + PAD, 1, x->packed, step,
                             false, alone, 129);
            assert_memory_equal(alone, x->c + i * (129 + PAD), sizeof alone);
        }
    }
    free(x);
}

/* The reference sums without parts, and is left out. */
static void all_kernels_give_the_same_bits(void **state)
{
    arrays *x = calloc(1, sizeof *x);
    float *want = calloc(MOST_M * (MOST_N + PAD), sizeof *want);

    (void)state;
    assert_non_null(x);
    assert_non_null(want);
    for (size_t s = 0; s < SHAPES; s++)
        for (unsigned flags = 0; flags < 4; flags++)
            for (size_t k = 1; k < count; k++) {
                const case_of t = { all[k], shapes[s], (flags & 1) != 0, (flags & 2) != 0, PAD };
                run(&t, x);
                if (k == 1)
                    memcpy(want, x->c, sizeof x->c);
                assert_memory_equal(x->c, want, sizeof x->c);
            }
    free(want);
    free(x);
}

static void a_product_over_some_rows_starts_inside_the_panels(void **state)
{
    arrays *x = calloc(1, sizeof *x);

    (void)state;
    assert_non_null(x);
    for (size_t k = 0; k < count; k++) {
        const case_of whole = { all[k], { 20, 70, 40 }, false, false, PAD };
        const size_t step = 40 * all[k]->lanes;
        float *want = calloc(20 * 73, sizeof *want);
        assert_non_null(want);
        run(&whole, x);
        memcpy(want, x->c, 20 * 73 * sizeof *want);
        all[k]->multiply(20, 70, 15, x->a, 43, 1, x->packed, step, false, x->c, 73);
        all[k]->multiply(20, 70, 25, x->a + 15, 43, 1, x->packed + 15 * all[k]->lanes, step, true,
                         x->c, 73);
        for (size_t i = 0; i < 20; i++)
            for (size_t j = 0; j < 70; j++)
                CHECK_NEAR(x->c[i * 73 + j], want[i * 73 + j], 1e-5, 0.0);
        free(want);
    }
    free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kernel_agrees_with_a_sum_in_double),
        cmocka_unit_test(parts_are_packed_side_by_side),
        cmocka_unit_test(an_element_does_not_depend_on_its_position),
        cmocka_unit_test(all_kernels_give_the_same_bits),
        cmocka_unit_test(a_product_over_some_rows_starts_inside_the_panels),
    };
    return cmocka_run_group_tests(tests, find_kernels, NULL);
}
