/* SPDX-License-Identifier: MIT */
/* test_mixture.c - the mixture kernels of every instruction set against the reference and, to the
 * bit, against each other; and the reference against doubles. Tolerances: kernel/mixture.h. */
#include "abstraction/packed.h"
#include "fixture.h"

enum { MOST_ROWS = 272, MOST_K = 100, MOST_P = 20, PAD = 3, LANES = RRI_MIXTURE_LANES };

typedef struct bench {
    rri_packed packed;
    float *rows; /* [MOST_ROWS][P + PAD] */
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
    b->rows = new_floats(MOST_ROWS * b->stride);
    for (size_t i = 0; i < MOST_ROWS; i++)
        for (size_t p = 0; p < b->stride; p++) /* values beyond the columns must not matter */
            b->rows[i * b->stride + p] = p < P ? (float)(2.0 * rri_random_normal(&random)) : NAN;
}

static void tear_down(bench *b)
{
    rri_packed_release(&b->packed);
    rri_free(b->rows);
}

/* All that the kernels compute of n rows in blocks of B. */
typedef struct result {
    size_t n, B, blocks;
    float *x;        /* [blocks][P][B] */
    float *ld;       /* [blocks][K][B] */
    float *r;        /* [blocks][K][B] */
    float *top;      /* [blocks][B] */
    float *sum;      /* [blocks][B] */
    uint32_t *best;  /* [blocks][B] */
    float *lanes;    /* [K][1 + 2P][16] */
    double *moments; /* [K][1 + 2P] */
} result;

/* With the responsibilities of `given` where it is not NULL, else with its own of its own ld. */
static result compute(const bench *b, const rri_mixture_kernels *k, size_t n, size_t B,
                      const result *given)
{
    const rri_mixture_params *m = &b->packed.params;
    const size_t count = m->K * (1 + 2 * m->P);
    result o = { .n = n, .B = B, .blocks = rri_blocks(n, B) };
    const size_t rows = o.blocks * B;
    float *drained = new_floats(count * LANES);

    o.x = new_floats(rows * m->P + 1);
    o.ld = new_floats(rows * m->K + 1);
    o.r = new_floats(rows * m->K + 1);
    o.top = new_floats(rows + 1);
    o.sum = new_floats(rows + 1);
    o.lanes = new_floats(count * LANES);
    assert_int_equal(rri_alloc(&o.best, rows + 1, 1, sizeof *o.best, NULL), RR_OK);
    assert_int_equal(rri_alloc(&o.moments, count, 1, sizeof *o.moments, NULL), RR_OK);
    for (size_t a = 0; a < o.blocks; a++) {
        const size_t some = rri_min(B, n - a * B);
        float *x = o.x + a * m->P * B;
        float *ld = o.ld + a * m->K * B;
        float *r = o.r + a * m->K * B;
        k->columns(some, b->rows + a * B * b->stride, b->stride, m->P, B, x);
        k->log_density(m, B, x, ld);
        memcpy(r, given != NULL ? given->ld + a * m->K * B : ld, m->K * B * sizeof *r);
        k->largest(m->K, B, r, o.best + a * B, o.top + a * B);
        k->responsibility(m->K, some, B, r, o.top + a * B, o.sum + a * B);
    }
    k->moments(m, o.blocks, B, o.x, given != NULL ? given->r : o.r, o.lanes);
    memcpy(drained, o.lanes, count * LANES * sizeof *drained);
    for (size_t j = 0; j < count; j++)
        o.moments[j] = 1024.0; /* must be added to */
    k->add_lanes(count, drained, o.moments);
    for (size_t j = 0; j < count * LANES; j++)
        assert_true(drained[j] == 0.0f);
    for (size_t j = 0; j < count; j++)
        o.moments[j] -= 1024.0;
    rri_free(drained);
    return o;
}

static void release(result *o)
{
    rri_free(o->x);
    rri_free(o->ld);
    rri_free(o->r);
    rri_free(o->top);
    rri_free(o->sum);
    rri_free(o->best);
    rri_free(o->lanes);
    rri_free(o->moments);
}

/* Where row i of component k, or of dimension k, is in an array of `rows` rows in a block. */
static size_t at(const result *o, size_t rows, size_t k, size_t i)
{
    return (i / o->B * rows + k) * o->B + i % o->B;
}

static void check_rows(const bench *b, const result *got, const result *want)
{
    const size_t K = b->k;

    for (size_t i = 0; i < got->n; i++) {
        double total = 0.0;
        for (size_t p = 0; p < b->P; p++)
            assert_true(got->x[at(got, b->P, p, i)] == b->rows[i * b->stride + p]);
        assert_int_equal(got->best[i], want->best[i]);
        assert_true(got->top[i] == want->top[i] && got->best[i] < K);
        CHECK_NEAR(got->sum[i], want->sum[i], 0.0, 1e-6);
        for (size_t k = 0; k < K; k++) {
            const size_t j = at(got, K, k, i);
            CHECK_NEAR(got->ld[j], want->ld[j], 4e-6, 4e-6);
            CHECK_NEAR(got->r[j], want->r[j], 1e-6, 0.0);
            total += (double)got->r[j];
        }
        CHECK_NEAR(total, 1.0, 1e-6, 0.0);
    }
    for (size_t i = got->n; i < got->blocks * got->B; i++) {
        for (size_t p = 0; p < b->P; p++)
            assert_true(got->x[at(got, b->P, p, i)] == 0.0f);
        for (size_t k = 0; k < K; k++)
            assert_true(got->r[at(got, K, k, i)] == 0.0f);
    }
}

/* Sums against the same in double. The deviation d is known to within a rounding of its parts. */
static void check_moments(const bench *b, const result *got, const float *r)
{
    const rri_mixture_params *m = &b->packed.params;

    for (size_t k = 0; k < m->K; k++) {
        const double *sums = got->moments + k * (1 + 2 * m->P);
        double mass = 0.0;
        for (size_t i = 0; i < got->n; i++)
            mass += (double)r[at(got, m->K, k, i)];
        CHECK_NEAR(sums[0], mass, 1e-12, 1e-5);
        for (size_t p = 0; p < m->P; p++) {
            double s1 = 0.0;
            double s2 = 0.0;
            double slack1 = 1e-12; /* of the 1024 that was added to */
            double slack2 = 1e-12;
            for (size_t i = 0; i < got->n; i++) {
                const double weight = (double)r[at(got, m->K, k, i)];
                const double product =
                    (double)b->rows[i * b->stride + p] * (double)m->scale[k * m->P + p];
                const double offset = (double)m->offset[k * m->P + p];
                const double d = product + offset;
                const double parts = fabs(product) + fabs(offset);
                s1 += weight * d;
                s2 += weight * d * d;
                slack1 += 2e-6 * weight * parts;
                slack2 += 2e-6 * weight * parts * (fabs(d) + 1e-6 * parts);
            }
            CHECK_NEAR(sums[1 + p], s1, slack1, 0.0);
            CHECK_NEAR(sums[1 + m->P + p], s2, slack2, 0.0);
        }
    }
}

static void check_bits(const bench *b, const result *got, const result *want)
{
    const size_t rows = want->blocks * want->B;
    const size_t count = b->k * (1 + 2 * b->P);

    assert_memory_equal(got->x, want->x, rows * b->P * sizeof *got->x);
    assert_memory_equal(got->ld, want->ld, rows * b->k * sizeof *got->ld);
    assert_memory_equal(got->r, want->r, rows * b->k * sizeof *got->r);
    assert_memory_equal(got->top, want->top, rows * sizeof *got->top);
    assert_memory_equal(got->sum, want->sum, rows * sizeof *got->sum);
    assert_memory_equal(got->best, want->best, rows * sizeof *got->best);
    assert_memory_equal(got->lanes, want->lanes, count * LANES * sizeof *got->lanes);
    assert_memory_equal(got->moments, want->moments, count * sizeof *got->moments);
}

static void over_the_shape_table(void (*check)(const bench *, size_t))
{
    static const size_t ks[] = { 1, 2, 7, 16, 17, 43, 100 };
    static const size_t ps[] = { 1, 2, 3, 4, 5, 6, 7, 10, 20 };
    static const size_t ns[] = { 0, 1, 5, 16, 100, 257 };

    for (size_t a = 0; a < sizeof ks / sizeof *ks; a++) {
        for (size_t c = 0; c < sizeof ps / sizeof *ps; c++) {
            bench b;
            set_up(&b, ks[a], ps[c]);
            for (size_t e = 0; e < sizeof ns / sizeof *ns; e++)
                check(&b, ns[e]);
            tear_down(&b);
        }
    }
}

static void compare_with_reference(const bench *b, size_t n)
{
    result want = compute(b, &rri_mixture_ref, n, 64, NULL);

    check_moments(b, &want, want.r);
    for (int isa = RRI_ISA_PLAIN; isa <= (int)rri_isa_best(); isa++) {
        result got = compute(b, rri_mixture_kernels_for((rri_isa)isa), n, 64, &want);
        check_rows(b, &got, &want);
        check_moments(b, &got, want.r);
        release(&got);
    }
    release(&want);
}

static void every_form_agrees_with_the_reference(void **state)
{
    (void)state;
    over_the_shape_table(compare_with_reference);
}

static void compare_bits(const bench *b, size_t n)
{
    result want = compute(b, &rri_mixture_plain, n, 128, NULL);

    for (int isa = RRI_ISA_PLAIN + 1; isa <= (int)rri_isa_best(); isa++) {
        result got = compute(b, rri_mixture_kernels_for((rri_isa)isa), n, 128, NULL);
        check_bits(b, &got, &want);
        release(&got);
    }
    release(&want);
}

static void every_form_gives_the_same_bits(void **state)
{
    (void)state;
    over_the_shape_table(compare_bits);
}

/* Frames are encoded one sequence at a time and all at once; and blocks are as large as K allows.
 */
static void the_division_into_blocks_changes_nothing(void **state)
{
    enum { N = 260 };

    (void)state;
    for (int isa = RRI_ISA_PLAIN; isa <= (int)rri_isa_best(); isa++) {
        const rri_mixture_kernels *k = rri_mixture_kernels_for((rri_isa)isa);
        bench b;
        set_up(&b, 43, 10);
        result want = compute(&b, k, N, 272, NULL);
        for (size_t B = LANES; B <= 256; B *= 2) {
            result got = compute(&b, k, N, B, NULL);
            for (size_t i = 0; i < N; i++) {
                for (size_t j = 0; j < 43; j++) {
                    assert_true(got.ld[at(&got, 43, j, i)] == want.ld[at(&want, 43, j, i)]);
                    assert_true(got.r[at(&got, 43, j, i)] == want.r[at(&want, 43, j, i)]);
                }
                assert_true(got.sum[i] == want.sum[i] && got.best[i] == want.best[i]);
            }
            assert_memory_equal(got.lanes, want.lanes, 43 * 21 * LANES * sizeof *got.lanes);
            release(&got);
        }
        release(&want);
        for (size_t i = 0; i < 29; i++) { /* one row alone, anywhere */
            float x[10 * LANES];
            float one[43 * LANES];
            float all[43 * LANES];
            k->columns(1, b.rows + i * b.stride, b.stride, 10, LANES, x);
            k->log_density(&b.packed.params, LANES, x, one);
            k->columns(LANES, b.rows + (i - i % 7) * b.stride, b.stride, 10, LANES, x);
            k->log_density(&b.packed.params, LANES, x, all);
            for (size_t j = 0; j < 43; j++)
                assert_true(one[j * LANES] == all[j * LANES + i % 7]);
        }
        tear_down(&b);
    }
}

/* ld + base is the logarithm of weight times density, written out here in double. */
static void the_reference_is_the_normal_density(void **state)
{
    const double weight[2] = { 0.25, 0.75 };
    const double mean[4] = { 1.0, -2.0, 0.0, 3.0 };
    const double variance[4] = { 0.5, 2.0, 1.0, 0.1 };
    const float row[2] = { 0.3f, 1.7f };
    rri_packed p;
    float x[2 * LANES];
    float ld[2 * LANES];

    (void)state;
    assert_int_equal(rri_packed_init(&p, 2, 2, NULL), RR_OK);
    rri_packed_mixture(&p, weight, mean, variance);
    rri_mixture_ref.columns(1, row, 2, 2, LANES, x);
    rri_mixture_ref.log_density(&p.params, LANES, x, ld);
    for (size_t k = 0; k < 2; k++) {
        double want = log(weight[k]);
        for (size_t j = 0; j < 2; j++) {
            const double off = (double)row[j] - mean[k * 2 + j];
            const double v = variance[k * 2 + j];
            want -= 0.5 * (off * off / v + log(2.0 * 3.14159265358979323846 * v));
        }
        CHECK_NEAR((double)ld[k * LANES] + p.base, want, 1e-5, 0.0);
    }
    rri_packed_release(&p);
}

static void a_row_however_far_has_finite_density_and_responsibility_one(void **state)
{
    const double weight[2] = { 0.5, 0.5 };
    const double mean[2] = { 0.0, 1.0 };
    const double variance[2] = { 1e-6, 1e-6 };
    const float rows[4] = { 1e10f, -3e25f, 3.4e38f, -3.4e38f };

    (void)state;
    for (int isa = RRI_ISA_PLAIN; isa <= (int)rri_isa_best(); isa++) {
        const rri_mixture_kernels *k = rri_mixture_kernels_for((rri_isa)isa);
        rri_packed p;
        float x[LANES];
        float ld[2 * LANES];
        float top[LANES];
        float sum[LANES];
        assert_int_equal(rri_packed_init(&p, 2, 1, NULL), RR_OK);
        rri_packed_mixture(&p, weight, mean, variance);
        k->columns(4, rows, 1, 1, LANES, x);
        k->log_density(&p.params, LANES, x, ld);
        for (size_t j = 0; j < 2 * LANES; j++)
            assert_true(isfinite(ld[j]));
        k->responsibility(2, 4, LANES, ld, top, sum);
        for (size_t i = 0; i < 4; i++)
            CHECK_NEAR((double)ld[i] + (double)ld[LANES + i], 1.0, 1e-6, 0.0);
        rri_packed_release(&p);
    }
}

/* Left out of the moments or not: a responsibility far below the others is exactly 0, one just
 * above the limit is not. */
static void a_responsibility_below_the_limit_is_zero(void **state)
{
    (void)state;
    for (int isa = RRI_ISA_PLAIN; isa <= (int)rri_isa_best(); isa++) {
        float ld[2 * LANES];
        float top[LANES];
        float sum[LANES];
        for (size_t i = 0; i < LANES; i++) {
            ld[i] = 3.0f;
            ld[LANES + i] = 3.0f + RRI_MIXTURE_LEAST + (i % 2 == 0 ? 0.125f : -0.125f);
        }
        rri_mixture_kernels_for((rri_isa)isa)->responsibility(2, LANES, LANES, ld, top, sum);
        for (size_t i = 0; i < LANES; i++) {
            assert_true(ld[i] == 1.0f);
            assert_true((ld[LANES + i] > 0.0f) == (i % 2 == 0));
        }
    }
}

static void of_equal_densities_the_first_is_the_largest(void **state)
{
    float ld[48 * LANES];
    uint32_t best[LANES];
    float top[LANES];

    (void)state;
    for (int isa = RRI_ISA_PLAIN; isa <= (int)rri_isa_best(); isa++) {
        for (size_t first = 0; first < 47; first++) {
            for (size_t j = 0; j < 48; j++)
                for (size_t i = 0; i < LANES; i++)
                    ld[j * LANES + i] = j == first || j > first + 5 || j == 47 ? -2.5f : -3.0f;
            rri_mixture_kernels_for((rri_isa)isa)->largest(48, LANES, ld, best, top);
            for (size_t i = 0; i < LANES; i++) {
                assert_int_equal(best[i], first);
                assert_true(top[i] == -2.5f);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reference_is_the_normal_density),
        cmocka_unit_test(every_form_agrees_with_the_reference),
        cmocka_unit_test(every_form_gives_the_same_bits),
        cmocka_unit_test(the_division_into_blocks_changes_nothing),
        cmocka_unit_test(a_row_however_far_has_finite_density_and_responsibility_one),
        cmocka_unit_test(a_responsibility_below_the_limit_is_zero),
        cmocka_unit_test(of_equal_densities_the_first_is_the_largest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
