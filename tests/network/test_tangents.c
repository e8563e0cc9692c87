/* SPDX-License-Identifier: MIT */
/* test_tangents.c - every vector kernel of tangents.h agrees with the reference, and all with
 * each other to the bit, over a table of shapes. The reference is tested by test_derivatives.c and
 * test_parity.c. */
#include "check.h"
#include "kernel/tangents.h"

typedef struct shape {
    size_t B, H;
} shape;

static const shape shapes[] = { { 0, 5 },  { 1, 1 },  { 1, 7 },  { 3, 8 },   { 2, 15 },
                                { 5, 16 }, { 4, 17 }, { 3, 31 }, { 2, 100 }, { 7, 128 } };
enum { SHAPES = sizeof shapes / sizeof *shapes, WIDE = 128, MOST = 7 * WIDE * 4 };

/* Whatever a step reads or writes; the kernels' names. */
typedef struct arrays {
    float bias[4 * WIDE], bias_n[WIDE];
    float rec[MOST], gate[MOST], r_gate[MOST], extra[MOST], r_extra[MOST];
    float h_prev[MOST], r_h_prev[MOST], h[MOST], r_h[MOST];
    float c_prev[MOST], r_c_prev[MOST], r_c[MOST];
    float dh[MOST], r_dh[MOST], above[MOST], r_above[MOST], dc[MOST], r_dc[MOST];
} arrays;

static arrays *make_arrays(uint64_t seed)
{
    arrays *a = calloc(1, sizeof *a);
    rri_random r = rri_random_at(seed, RRI_RANDOM_SAMPLE, 0);
    float *x = (float *)a;

    assert_non_null(a);
    for (size_t i = 0; i < sizeof *a / sizeof *x; i++) /* activations, too, lie in -1..1 */
        x[i] = (float)(2.0 * rri_random_uniform(&r) - 1.0);
    return a;
}

static rri_tangent_step step_of(arrays *a, size_t B, size_t H, bool above)
{
    return (rri_tangent_step){ .B = B,
                               .H = H,
                               .bias = a->bias,
                               .bias_n = a->bias_n,
                               .rec = a->rec,
                               .gate = a->gate,
                               .r_gate = a->r_gate,
                               .extra = a->extra,
                               .r_extra = a->r_extra,
                               .h_prev = a->h_prev,
                               .r_h_prev = a->r_h_prev,
                               .h = a->h,
                               .r_h = a->r_h,
                               .c_prev = a->c_prev,
                               .r_c_prev = a->r_c_prev,
                               .r_c = a->r_c,
                               .dh = a->dh,
                               .r_dh = a->r_dh,
                               .above = above ? a->above : NULL,
                               .r_above = above ? a->r_above : NULL,
                               .dc = a->dc,
                               .r_dc = a->r_dc };
}

enum { KERNELS = 8 };

static rri_tangent_kernel kernel_at(const rri_tangents_kernels *k, size_t i)
{
    const rri_tangent_kernel all[KERNELS] = { k->lstm_forward, k->lstm_backward, k->gru_forward,
                                              k->gru_backward, k->tanh_forward,  k->tanh_backward,
                                              k->relu_forward, k->relu_backward };
    return all[i];
}

static void kernels_agree_with_the_reference(void **state)
{
    (void)state;
    for (int isa = RRI_ISA_PLAIN; isa <= (int)rri_isa_best(); isa++) {
        const rri_tangents_kernels *k = rri_tangents_kernels_for((rri_isa)isa);
        for (size_t i = 0; i < SHAPES * KERNELS * 2; i++) {
            const shape s = shapes[i / 2 / KERNELS];
            const size_t which = i / 2 % KERNELS;
            arrays *want = make_arrays(i);
            arrays *plain = make_arrays(i);
            arrays *got = make_arrays(i);
            const rri_tangent_step p = step_of(plain, s.B, s.H, i % 2);
            const rri_tangent_step a = step_of(want, s.B, s.H, i % 2);
            const rri_tangent_step b = step_of(got, s.B, s.H, i % 2);
            kernel_at(&rri_tangents_ref, which)(&a);
            kernel_at(&rri_tangents_plain, which)(&p);
            kernel_at(k, which)(&b);
            assert_memory_equal(got, plain, sizeof *got);
            const float *x = (const float *)got;
            const float *y = (const float *)want;
            for (size_t j = 0; j < sizeof *got / sizeof *x; j++) /* what lies beyond B H, too */
                if (!(fabs((double)x[j] - (double)y[j]) <= 4e-6))
                    fail_msg(
                        "kernel %zu, B %zu, H %zu: number %zu is %.9g, the reference says %.9g",
                        which, s.B, s.H, j, (double)x[j], (double)y[j]);
            free(want);
            free(plain);
            free(got);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels_agree_with_the_reference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
