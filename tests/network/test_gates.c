/* SPDX-License-Identifier: MIT */
/* test_gates.c - every vector kernel of gates.h agrees with the reference, and all with each other
 * to the bit, over a table of shapes. */
#include "check.h"
#include "kernel/gates.h"

typedef struct shape {
    size_t B, H;
} shape;

static const shape shapes[] = { { 0, 5 },  { 1, 1 },  { 1, 7 },  { 3, 8 },   { 2, 15 },
                                { 5, 16 }, { 4, 17 }, { 3, 31 }, { 2, 100 }, { 7, 128 } };
enum { SHAPES = sizeof shapes / sizeof *shapes, MOST = 7 * 128 * 4 };

typedef struct arrays {
    float bias[4 * 128], bias_n[128];
    float gate[MOST], rec[MOST], prev[MOST], cell[MOST], extra[MOST], h[MOST];
    float dh[MOST], above[MOST], dc[MOST];
} arrays;

static void fill(rri_random *r, float *x, size_t n, double scale)
{
    for (size_t i = 0; i < n; i++)
        x[i] = (float)(scale * (2.0 * rri_random_uniform(r) - 1.0));
}

static arrays *make_arrays(uint64_t seed)
{
    arrays *a = calloc(1, sizeof *a);
    rri_random r = rri_random_at(seed, RRI_RANDOM_SAMPLE, 0);

    assert_non_null(a);
    fill(&r, a->bias, 4 * 128, 1.0);
    fill(&r, a->bias_n, 128, 1.0);
    fill(&r, a->gate, MOST, 12.0);
    fill(&r, a->rec, MOST, 4.0);
    fill(&r, a->prev, MOST, 1.0);
    fill(&r, a->dh, MOST, 1.0);
    fill(&r, a->above, MOST, 1.0);
    fill(&r, a->dc, MOST, 1.0);
    return a;
}

static void same(const char *what, const float *got, const float *want, size_t n, double tolerance)
{
    for (size_t i = 0; i < n; i++)
        if (!(fabs((double)got[i] - (double)want[i]) <= tolerance))
            fail_msg("%s[%zu] = %.9g, the reference says %.9g", what, i, (double)got[i],
                     (double)want[i]);
}

static const double forward = 1e-6;
static const double backward = 4e-6; /* gradients here are up to about 2 */

static void compare_all(const arrays *a, const arrays *b)
{
    same("gate", a->gate, b->gate, MOST, backward);
    same("cell", a->cell, b->cell, MOST, forward * 12);
    same("extra", a->extra, b->extra, MOST, backward);
    same("h", a->h, b->h, MOST, forward);
    same("dh", a->dh, b->dh, MOST, backward);
    same("dc", a->dc, b->dc, MOST, backward);
}

typedef void (*exercise)(const rri_gates_kernels *k, size_t B, size_t H, arrays *a);

static void lstm(const rri_gates_kernels *k, size_t B, size_t H, arrays *a)
{
    k->lstm_forward(B, H, a->bias, a->gate, a->prev, a->cell, a->extra, a->h);
    k->lstm_backward(B, H, a->gate, a->prev, a->extra, a->dh, NULL, a->dc);
    k->lstm_forward(B, H, a->bias, a->gate, a->prev, a->cell, a->extra, a->h);
    k->lstm_backward(B, H, a->gate, a->prev, a->extra, a->dh, a->above, a->dc);
}

static void gru(const rri_gates_kernels *k, size_t B, size_t H, arrays *a)
{
    k->gru_forward(B, H, a->bias, a->bias_n, a->gate, a->rec, a->prev, a->extra, a->h);
    k->gru_backward(B, H, a->gate, a->extra, a->prev, a->dh, NULL);
    k->gru_forward(B, H, a->bias, a->bias_n, a->gate, a->rec, a->prev, a->extra, a->h);
    k->gru_backward(B, H, a->gate, a->extra, a->prev, a->dh, a->above);
}

static void elman_tanh(const rri_gates_kernels *k, size_t B, size_t H, arrays *a)
{
    k->tanh_forward(B, H, a->bias, a->gate, a->h);
    k->tanh_backward(B, H, a->gate, a->h, a->dh, a->above);
}

static void elman_relu(const rri_gates_kernels *k, size_t B, size_t H, arrays *a)
{
    k->relu_forward(B, H, a->bias, a->gate, a->h);
    k->relu_backward(B, H, a->gate, a->h, a->dh, NULL);
}

static void kernels_agree_with_the_reference(void **state)
{
    const exercise cells[] = { lstm, gru, elman_tanh, elman_relu };

    (void)state;
    for (int isa = RRI_ISA_PLAIN; isa <= (int)rri_isa_best(); isa++) {
        const rri_gates_kernels *k = rri_gates_kernels_for((rri_isa)isa);
        for (size_t c = 0; c < 4; c++) {
            for (size_t i = 0; i < SHAPES; i++) {
                arrays *want = make_arrays(i);
                arrays *plain = make_arrays(i);
                arrays *got = make_arrays(i);
                cells[c](&rri_gates_ref, shapes[i].B, shapes[i].H, want);
                cells[c](&rri_gates_plain, shapes[i].B, shapes[i].H, plain);
                cells[c](k, shapes[i].B, shapes[i].H, got);
                compare_all(got, want);
                assert_memory_equal(got, plain, sizeof *got);
                free(want);
                free(plain);
                free(got);
            }
        }
    }
}

static void softmax_agrees_and_prefers_the_lower_of_equal_classes(void **state)
{
    (void)state;
    for (int isa = RRI_ISA_PLAIN; isa <= (int)rri_isa_best(); isa++) {
        const rri_gates_kernels *k = rri_gates_kernels_for((rri_isa)isa);
        for (size_t C = 1; C <= 40; C++) {
            arrays *want = make_arrays(C);
            arrays *plain = make_arrays(C);
            arrays *got = make_arrays(C);
            uint32_t y[3] = { 0 };
            uint32_t z[3] = { 0 };
            rri_gates_ref.softmax(3, C, want->bias, want->gate, y);
            rri_gates_plain.softmax(3, C, plain->bias, plain->gate, z);
            k->softmax(3, C, got->bias, got->gate, z);
            assert_memory_equal(got, plain, sizeof *got);
            same("probability", got->gate, want->gate, 3 * C, 4e-7);
            for (size_t b = 0; b < 3; b++) {
                double sum = 0.0;
                assert_int_equal(y[b], z[b]);
                for (size_t c = 0; c < C; c++)
                    sum += (double)got->gate[b * C + c];
                CHECK_NEAR(sum, 1.0, 1e-6, 0.0);
            }
            free(want);
            free(plain);
            free(got);
        }
        float equal[3] = { 2.0f, 5.0f, 5.0f };
        const float none[3] = { 0 };
        uint32_t label = 9;
        k->softmax(1, 3, none, equal, &label);
        assert_int_equal(label, 1);
    }
}

static void huge_logits_stay_finite_and_nan_is_not_hidden(void **state)
{
    (void)state;
    for (int isa = RRI_ISA_PLAIN; isa <= (int)rri_isa_best(); isa++) {
        const rri_gates_kernels *k = rri_gates_kernels_for((rri_isa)isa);
        float x[2] = { 3e38f, -3e38f };
        float broken[2] = { 0.0f, NAN };
        const float none[2] = { 0 };
        uint32_t label = 9;
        k->softmax(1, 2, none, x, &label);
        CHECK_NEAR(x[0], 1.0, 1e-6, 0.0);
        CHECK_NEAR(x[1], 0.0, 1e-6, 0.0);
        k->softmax(1, 2, none, broken, &label);
        assert_true(isnan(broken[0]) && isnan(broken[1]));
        float h = 0.0f;
        const float nan = NAN;
        k->relu_forward(1, 1, none, &nan, &h);
        assert_true(isnan(h));
        k->tanh_forward(1, 1, none, &nan, &h);
        assert_true(isnan(h));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels_agree_with_the_reference),
        cmocka_unit_test(softmax_agrees_and_prefers_the_lower_of_equal_classes),
        cmocka_unit_test(huge_logits_stay_finite_and_nan_is_not_hidden),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
