/* SPDX-License-Identifier: MIT */
/* test_mixture.c - the mixture kernels of every instruction set against the reference, and the
 * reference against doubles. Tolerances: kernel/mixture.h. */
#include "abstraction/packed.h"
#include "fixture.h"

enum { MOST_ROWS = 257, MOST_K = 112, MOST_P = 20, PAD = 3 };

typedef struct bench {
    rri_packed packed;
    float *x; /* [MOST_ROWS][P + PAD] */
    size_t k, P, stride;
} bench;

static void set_up(bench *b, size_t k, size_t P)
{
    rri_random random = rri_random_at(7, RRI_RANDOM_SAMPLE, k * 100 + P);
    double weight[MOST_K];
    double mean[MOST_K * MOST_P];
    double variance[MOST_K * MOST_P];

    *b = (bench){ .k = k, .P = P, .stride = P + PAD };
    assert_int_equal(rri_packed_init(&b->packed, k, P, NULL), RR_OK);
    for (size_t j = 0; j < k; j++)
        weight[j] = 1.0 / (double)k;
    for (size_t j = 0; j < k * P; j++) {
        mean[j] = 2.0 * rri_random_normal(&random);
        variance[j] = 0.05 + rri_random_uniform(&random);
    }
    rri_packed_mixture(&b->packed, weight, mean, variance);
    b->x = new_floats(MOST_ROWS * b->stride);
    for (size_t i = 0; i < MOST_ROWS; i++)
        for (size_t p = 0; p < b->stride; p++) /* values beyond the columns must not matter */
            b->x[i * b->stride + p] = p < P ? (float)(2.0 * rri_random_normal(&random)) : NAN;
}

static void tear_down(bench *b)
{
    rri_packed_release(&b->packed);
    rri_free(b->x);
}

static void compare_density(const bench *b, const rri_mixture_kernels *k, size_t n)
{
    const size_t K = b->packed.params.K;
    float *got = new_floats(n * K);
    float *want = new_floats(n * K);
    uint32_t best[2][MOST_ROWS];
    float top[2][MOST_ROWS];

    k->log_density(&b->packed.params, n, b->x, b->stride, got);
    rri_mixture_ref.log_density(&b->packed.params, n, b->x, b->stride, want);
    for (size_t i = 0; i < n * K; i++)
        CHECK_NEAR(got[i], want[i], 4e-6, 4e-6);
    k->largest(K, n, want, best[0], top[0]);
    rri_mixture_ref.largest(K, n, want, best[1], top[1]);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(best[0][i], best[1][i]);
        assert_true(top[0][i] == top[1][i] && best[0][i] < b->k);
    }
    rri_free(got);
    rri_free(want);
}

static void compare_masses(const bench *b, const rri_mixture_kernels *k, size_t n)
{
    const size_t K = b->packed.params.K;
    float *got = new_floats(n * K);
    float *want = new_floats(n * K);
    float top[2][MOST_ROWS];
    float sum[2][MOST_ROWS];

    rri_mixture_ref.log_density(&b->packed.params, n, b->x, b->stride, want);
    memcpy(got, want, n * K * sizeof *got);
    k->responsibility(K, n, got, top[0], sum[0]);
    rri_mixture_ref.responsibility(K, n, want, top[1], sum[1]);
    for (size_t i = 0; i < n; i++) {
        double total = 0.0;
        assert_true(top[0][i] == top[1][i]);
        CHECK_NEAR(sum[0][i], sum[1][i], 0.0, 1e-6);
        for (size_t j = 0; j < K; j++) {
            CHECK_NEAR(got[i * K + j], want[i * K + j], 1e-6, 0.0);
            assert_true(j < b->k || (got[i * K + j] == 0.0f && want[i * K + j] == 0.0f));
            total += (double)got[i * K + j];
        }
        CHECK_NEAR(total, 1.0, 1e-6, 0.0);
    }
    rri_free(got);
    rri_free(want);
}

/* Sums against the same in double. The deviation d is known to within a rounding of its parts. */
static void compare_moments(const bench *b, const rri_mixture_kernels *k, size_t n)
{
    const rri_mixture_params *m = &b->packed.params;
    const size_t K = m->K;
    float *r = new_floats(n * K + 1);
    float *out = new_floats((1 + 2 * b->P) * K);
    float top[MOST_ROWS];
    float sum[MOST_ROWS];

    rri_mixture_ref.log_density(m, n, b->x, b->stride, r);
    rri_mixture_ref.responsibility(K, n, r, top, sum);
    memset(out, 0x7f, (1 + 2 * b->P) * K * sizeof *out); /* must be overwritten, not added to */
    k->moments(m, n, b->x, b->stride, r, out, out + K, out + (1 + b->P) * K);
    for (size_t j = 0; j < K; j++) {
        double mass = 0.0;
        for (size_t i = 0; i < n; i++)
            mass += (double)r[i * K + j];
        CHECK_NEAR(out[j], mass, 0.0, 1e-5);
        for (size_t p = 0; p < b->P; p++) {
            double s1 = 0.0;
            double s2 = 0.0;
            double slack1 = 0.0;
            double slack2 = 0.0;
            for (size_t i = 0; i < n; i++) {
                const double share_of = (double)r[i * K + j];
                const double product =
                    (double)b->x[i * b->stride + p] * (double)m->scale[p * K + j];
                const double offset = (double)m->offset[p * K + j];
                const double d = product + offset;
                const double parts = fabs(product) + fabs(offset);
                s1 += share_of * d;
                s2 += share_of * d * d;
                slack1 += 2e-6 * share_of * parts;
                slack2 += 2e-6 * share_of * parts * (fabs(d) + 1e-6 * parts);
            }
            CHECK_NEAR(out[(1 + p) * K + j], s1, slack1 + 1e-37, 0.0);
            CHECK_NEAR(out[(1 + b->P + p) * K + j], s2, slack2 + 1e-37, 0.0);
        }
    }
    rri_free(r);
    rri_free(out);
}

static void over_the_shape_table(void (*compare)(const bench *, const rri_mixture_kernels *,
                                                 size_t))
{
    static const size_t ks[] = { 1, 2, 7, 8, 15, 16, 17, 43, 64, 100 };
    static const size_t ps[] = { 1, 2, 3, 5, 10, 20 };
    static const size_t ns[] = { 0, 1, 5, 8, 256, 257 };

    for (int isa = RRI_ISA_PLAIN; isa <= (int)rri_isa_best(); isa++) {
        for (size_t a = 0; a < sizeof ks / sizeof *ks; a++) {
            for (size_t c = 0; c < sizeof ps / sizeof *ps; c++) {
                bench b;
                set_up(&b, ks[a], ps[c]);
                for (size_t e = 0; e < sizeof ns / sizeof *ns; e++)
                    compare(&b, rri_mixture_kernels_for((rri_isa)isa), ns[e]);
                tear_down(&b);
            }
        }
    }
}

static void densities_and_the_largest_agree_with_the_reference(void **state)
{
    (void)state;
    over_the_shape_table(compare_density);
}

static void responsibilities_agree_with_the_reference(void **state)
{
    (void)state;
    over_the_shape_table(compare_masses);
}

static void moments_agree_with_double_sums(void **state)
{
    (void)state;
    over_the_shape_table(compare_moments);
}

/* ld + base is the logarithm of weight times density, written out here in double. */
static void the_reference_is_the_normal_density(void **state)
{
    const double weight[2] = { 0.25, 0.75 };
    const double mean[4] = { 1.0, -2.0, 0.0, 3.0 };
    const double variance[4] = { 0.5, 2.0, 1.0, 0.1 };
    const float x[2] = { 0.3f, 1.7f };
    rri_packed p;
    float ld[RRI_MIXTURE_LANES];

    (void)state;
    assert_int_equal(rri_packed_init(&p, 2, 2, NULL), RR_OK);
    rri_packed_mixture(&p, weight, mean, variance);
    rri_mixture_ref.log_density(&p.params, 1, x, 2, ld);
    for (size_t k = 0; k < 2; k++) {
        double want = log(weight[k]);
        for (size_t j = 0; j < 2; j++) {
            const double off = (double)x[j] - mean[k * 2 + j];
            const double v = variance[k * 2 + j];
            want -= 0.5 * (off * off / v + log(2.0 * 3.14159265358979323846 * v));
        }
        CHECK_NEAR((double)ld[k] + p.base, want, 1e-5, 0.0);
    }
    rri_packed_release(&p);
}

/* A row's result must not depend on the other rows or its position in the block: frames are encoded
 * one sequence at a time and all at once. */
static void a_row_is_computed_the_same_at_every_position(void **state)
{
    (void)state;
    for (int isa = RRI_ISA_PLAIN; isa <= (int)rri_isa_best(); isa++) {
        const rri_mixture_kernels *k = rri_mixture_kernels_for((rri_isa)isa);
        bench b;
        float *ld = NULL;
        float one[MOST_K];
        set_up(&b, 43, 10);
        ld = new_floats(29 * b.packed.params.K);
        k->log_density(&b.packed.params, 29, b.x, b.stride, ld);
        for (size_t i = 0; i < 29; i++) {
            k->log_density(&b.packed.params, 1, b.x + i * b.stride, b.stride, one);
            assert_memory_equal(one, ld + i * b.packed.params.K, 43 * sizeof *one);
        }
        rri_free(ld);
        tear_down(&b);
    }
}

static void a_row_however_far_has_finite_density_and_responsibility_one(void **state)
{
    const double weight[2] = { 0.5, 0.5 };
    const double mean[2] = { 0.0, 1.0 };
    const double variance[2] = { 1e-6, 1e-6 };
    const float x[4] = { 1e10f, -3e25f, 3.4e38f, -3.4e38f };

    (void)state;
    for (int isa = RRI_ISA_PLAIN; isa <= (int)rri_isa_best(); isa++) {
        const rri_mixture_kernels *k = rri_mixture_kernels_for((rri_isa)isa);
        rri_packed p;
        float ld[4 * RRI_MIXTURE_LANES];
        float top[4];
        float sum[4];
        assert_int_equal(rri_packed_init(&p, 2, 1, NULL), RR_OK);
        rri_packed_mixture(&p, weight, mean, variance);
        k->log_density(&p.params, 4, x, 1, ld);
        for (size_t j = 0; j < 4 * RRI_MIXTURE_LANES; j++)
            assert_true(isfinite(ld[j]));
        k->responsibility(RRI_MIXTURE_LANES, 4, ld, top, sum);
        for (size_t i = 0; i < 4; i++) {
            double total = 0.0;
            for (size_t j = 0; j < RRI_MIXTURE_LANES; j++)
                total += (double)ld[i * RRI_MIXTURE_LANES + j];
            CHECK_NEAR(total, 1.0, 1e-6, 0.0);
            assert_true(ld[i * RRI_MIXTURE_LANES + 2] == 0.0f);
        }
        rri_packed_release(&p);
    }
}

static void of_equal_densities_the_first_is_the_largest(void **state)
{
    float ld[48];
    uint32_t best = 99;
    float top = 0.0f;

    (void)state;
    for (int isa = RRI_ISA_PLAIN; isa <= (int)rri_isa_best(); isa++) {
        for (size_t first = 0; first < 47; first++) {
            for (size_t j = 0; j < 48; j++)
                ld[j] = j == first || j > first + 5 || j == 47 ? -2.5f : -3.0f;
            rri_mixture_kernels_for((rri_isa)isa)->largest(48, 1, ld, &best, &top);
            assert_int_equal(best, first);
            assert_true(top == -2.5f);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reference_is_the_normal_density),
        cmocka_unit_test(densities_and_the_largest_agree_with_the_reference),
        cmocka_unit_test(responsibilities_agree_with_the_reference),
        cmocka_unit_test(moments_agree_with_double_sums),
        cmocka_unit_test(a_row_is_computed_the_same_at_every_position),
        cmocka_unit_test(a_row_however_far_has_finite_density_and_responsibility_one),
        cmocka_unit_test(of_equal_densities_the_first_is_the_largest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
