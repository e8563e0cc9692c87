/* SPDX-License-Identifier: MIT */
/* test_scan.c - the scan kernels of every instruction set give the reference's bits. */
#include "check.h"

#include "kernel/scan.h"

typedef struct shape {
    size_t steps, count, stride, states, labels;
} shape;

static const shape shapes[] = {
    { 0, 64, 64, 3, 2 },       { 1, 64, 64, 1, 1 },        { 3, 128, 192, 16, 16 },
    { 28, 192, 192, 44, 10 },  { 5, 64, 128, 64, 17 },     { 7, 64, 64, 65, 64 },
    { 4, 128, 128, 256, 256 }, { 64, 4096, 4096, 44, 10 }, { 2, 64, 64, 33, 65 },
    { 3, 64, 64, 48, 17 },     { 3, 192, 192, 49, 3 },     { 3, 64, 64, 256, 9 },
    { 3, 64, 64, 200, 8 },
};

/* Rows end with their memory block, so that the sanitizer detects reads beyond them. */
static void compare(const rri_scan_kernels *k, const shape *sh, uint64_t seed)
{
    rri_random r = rri_random_at(seed, RRI_RANDOM_PARITY, 0);
    uint8_t *state = calloc(sh->steps * sh->stride + 1, 1);
    uint8_t *label = calloc(sh->steps * sh->stride + 1, 1);
    const float **row_state = calloc(sh->steps + 1, sizeof *row_state);
    const float **row_label = calloc(sh->steps + 1, sizeof *row_label);
    float *pool_state = malloc(sh->states * sizeof *pool_state);
    float *pool_label = malloc(sh->labels * sizeof *pool_label);
    float *got = calloc(sh->count, sizeof *got);
    float *want = calloc(sh->count, sizeof *want);

    for (size_t i = 0; i < sh->states; i++)
        pool_state[i] = (float)rri_random_uniform(&r);
    for (size_t i = 0; i < sh->labels; i++)
        pool_label[i] = (float)rri_random_uniform(&r);
    for (size_t t = 0; t < sh->steps; t++) {
        row_state[t] = pool_state;
        row_label[t] = pool_label;
        for (size_t n = 0; n < sh->count; n++) {
            state[t * sh->stride + n] = (uint8_t)rri_random_below(&r, sh->states);
            label[t * sh->stride + n] = (uint8_t)rri_random_below(&r, sh->labels);
        }
    }
    const rri_scan s = { sh->steps,  sh->count,  sh->stride, state,    label,
                         sh->states, sh->labels, row_state,  row_label };
    rri_scan_ref.sum(&s, want);
    k->sum(&s, got);
    assert_memory_equal(got, want, sh->count * sizeof *got);
    free(state);
    free(label);
    free(row_state);
    free(row_label);
    free(pool_state);
    free(pool_label);
    free(got);
    free(want);
}

static void every_kernel_gives_the_bits_of_the_reference(void **unused)
{
    (void)unused;
    for (rri_isa isa = RRI_ISA_PLAIN; isa <= rri_isa_best(); isa++)
        for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
            compare(rri_scan_kernels_for(isa), &shapes[i], i);
}

static void the_reference_adds_both_terms_of_each_step(void **unused)
{
    const uint8_t state[128] = { [0] = 1, [1] = 2, [64] = 0, [65] = 1 };
    const uint8_t label[128] = { [0] = 1, [65] = 1 };
    const float a[3] = { 1.0f, 10.0f, 100.0f };
    const float b[2] = { 0.25f, 0.5f };
    const float *const row_state[2] = { a, a };
    const float *const row_label[2] = { b, b };
    const rri_scan s = { 2, 64, 64, state, label, 3, 2, row_state, row_label };
    float acc[64];

    (void)unused;
    rri_scan_ref.sum(&s, acc);
    CHECK_NEAR(acc[0], 10.5 + 1.25, 0.0, 0.0);
    CHECK_NEAR(acc[1], 100.25 + 10.5, 0.0, 0.0);
    CHECK_NEAR(acc[2], 1.25 + 1.25, 0.0, 0.0);
}

/* All kernels there are, also those that a better one hides on this machine. */
static size_t all_kernels(const rri_scan_kernels *list[4])
{
    size_t n = 0;

    list[n++] = &rri_scan_ref;
#if defined(__x86_64__)
    if (rri_isa_best() >= RRI_ISA_AVX2)
        list[n++] = &rri_scan_avx2;
    if (rri_isa_best() >= RRI_ISA_AVX512)
        list[n++] = &rri_scan_avx512;
    if (rri_scan_kernels_for(rri_isa_best()) == &rri_scan_vbmi)
        list[n++] = &rri_scan_vbmi;
#endif
    return n;
}

/* Every code occurs. Terms are small, so that many bounds are near the limit, or end at it. */
static void coarse_bounds_are_those_of_the_reference(void **unused)
{
    enum { STEPS = 257 };
    static const size_t steps[] = { 0, 1, 3, 4, 5, 8, 28, STEPS };
    static const uint8_t limits[] = { 0, 1, 60, 200, 250, 254, 255 };
    static uint8_t code[STEPS * RRI_SCAN_LANES];
    static uint8_t row[STEPS * RRI_COARSE_ROW];
    const rri_scan_kernels *kernels[4];
    const size_t count = all_kernels(kernels);
    rri_random r = rri_random_at(4, RRI_RANDOM_PARITY, 0);
    uint64_t seen = 0;
    uint64_t never = 0;

    (void)unused;
    for (size_t i = 0; i < sizeof code; i++)
        code[i] = (uint8_t)rri_random_below(&r, 256);
    for (size_t i = 0; i < sizeof row; i++)
        row[i] = (uint8_t)rri_random_below(&r, i % 11 == 0 ? 256 : 12);
    for (size_t t = 0; t < STEPS; t++)
        for (size_t g = 0; g < RRI_COARSE_LABELS; g++)
            row[t * RRI_COARSE_ROW + RRI_COARSE_STATES + 2 * g] =
                row[t * RRI_COARSE_ROW + RRI_COARSE_STATES + 2 * g + 1];
    for (size_t i = 0; i < 3 * 7 * sizeof steps / sizeof *steps; i++) {
        const rri_coarse s = { .steps = steps[i / 21],
                               .code = code,
                               .row = row,
                               .base = (uint8_t)(i / 7 % 3 * 60),
                               .limit = limits[i % 7] };
        const uint64_t want = rri_scan_ref.coarse(&s);
        seen |= s.limit < UINT8_MAX ? want : 0;
        never |= ~want;
        for (size_t k = 1; k < count; k++)
            assert_true(kernels[k]->coarse(&s) == want);
    }
    assert_true(seen == UINT64_MAX && never == UINT64_MAX);
}

/* 3 + 5 in lane 0; what is beyond a byte is above every limit but the highest. */
static void the_reference_bounds_each_lane(void **unused)
{
    uint8_t code[2 * RRI_SCAN_LANES] = { [0] = 31, [1] = 7 * 32 + 2 };
    uint8_t row[2 * RRI_COARSE_ROW] = { [31] = 3, [RRI_COARSE_STATES + 14] = 200, [2] = 100 };
    rri_coarse s = { .steps = 2, .code = code, .row = row, .base = 5, .limit = 8 };

    (void)unused;
    row[RRI_COARSE_STATES + 15] = 200;
    assert_true(rri_scan_ref.coarse(&s) == (UINT64_MAX ^ 2));
    s.limit = 7;
    assert_true(rri_scan_ref.coarse(&s) == (UINT64_MAX ^ 3));
    s.limit = 254;
    assert_true(rri_scan_ref.coarse(&s) == (UINT64_MAX ^ 2));
    s.limit = 255;
    assert_true(rri_scan_ref.coarse(&s) == UINT64_MAX);
}

/* Lists that add up to 255, from any word on. */
static void marked_sequences_are_counted(void **unused)
{
    enum { WORDS = 9, LISTS = 5 };
    static const uint8_t more[LISTS] = { 1, 200, 3, 50, 1 };
    const rri_scan_kernels *kernels[4];
    const size_t count = all_kernels(kernels);
    uint64_t bits[LISTS][WORDS];
    rri_marked list[LISTS];
    rri_random r = rri_random_at(6, RRI_RANDOM_PARITY, 0);

    (void)unused;
    for (size_t l = 0; l < LISTS; l++) {
        list[l] = (rri_marked){ bits[l], more[l] };
        for (size_t w = 0; w < WORDS; w++)
            bits[l][w] =
                w == 4 ? UINT64_MAX : (uint64_t)rri_random_u32(&r) << 32 | rri_random_u32(&r);
    }
    for (size_t k = 0; k < count; k++)
        for (size_t first = 0; first < WORDS; first++)
            for (size_t lists = 0; lists <= LISTS; lists++) {
                uint8_t got[64 * WORDS];
                kernels[k]->count_marked(first, WORDS - first, list, lists, got);
                for (size_t i = 0; i < 64 * (WORDS - first); i++) {
                    unsigned want = 0;
                    for (size_t l = 0; l < lists; l++)
                        want += bits[l][first + i / 64] >> i % 64 & 1 ? more[l] : 0;
                    assert_int_equal(got[i], want);
                }
            }
}

/* Ties with the limit, infinities and NaN are not below it; lengths end in all ways. */
static void values_below_a_limit_are_found_in_order(void **unused)
{
    enum { MOST = 70 };
    float x[MOST];
    rri_random r = rri_random_at(3, RRI_RANDOM_PARITY, 0);

    (void)unused;
    for (size_t i = 0; i < MOST; i++)
        x[i] = i % 11 == 5 ? NAN : (float)(int)rri_random_below(&r, 9);
    x[40] = INFINITY;
    for (rri_isa isa = RRI_ISA_PLAIN; isa <= rri_isa_best(); isa++) {
        for (size_t n = 0; n <= MOST; n++) {
            const float limits[] = { -1.0f, 4.0f, INFINITY };
            for (size_t l = 0; l < sizeof limits / sizeof *limits; l++) {
                uint32_t index[MOST];
                const size_t count = rri_scan_kernels_for(isa)->below(n, x, limits[l], index);
                size_t next = 0;
                for (size_t i = 0; i < n; i++)
                    if (x[i] < limits[l])
                        assert_int_equal(next < count ? index[next++] : MOST, i);
                assert_int_equal(next, count);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kernel_gives_the_bits_of_the_reference),
        cmocka_unit_test(the_reference_adds_both_terms_of_each_step),
        cmocka_unit_test(coarse_bounds_are_those_of_the_reference),
        cmocka_unit_test(the_reference_bounds_each_lane),
        cmocka_unit_test(marked_sequences_are_counted),
        cmocka_unit_test(values_below_a_limit_are_found_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
