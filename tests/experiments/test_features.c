/* SPDX-License-Identifier: MIT */
/* test_features.c - temporal features as rows, and what a classifier reads from them. */
#include "influence/fixture.h"

#include "experiments/features.h"

static rr_error err;

static rr_influence *built(size_t count, size_t steps, bool ragged)
{
    const rr_influence_config cfg = synth_config();
    rr_state_source source = synth_source(count, steps, ragged, true, 11);
    rr_influence *inf = synth_build(&cfg, &source);
    rr_state_source_close(&source);
    return inf;
}

/* The part of a row one step should be, from the definition; returns its width. */
static size_t expected(const rr_influence *inf, const rr_trace *trace, size_t t, unsigned parts,
                       float *out)
{
    const rr_influence_info info = rr_influence_info_of(inf);
    const size_t q = trace->states[t], y = trace->predictions[t];
    size_t n = 0;

    if ((parts & FEATURE_STATE) && (parts & FEATURE_ONE_HOT))
        for (size_t k = 1; k <= info.states; k++)
            out[n++] = k == q ? 1.0f : 0.0f;
    else if (parts & FEATURE_STATE)
        out[n++] = (float)(q + 1) / (float)(info.states + 2);
    if ((parts & FEATURE_LABEL) && (parts & FEATURE_ONE_HOT))
        for (size_t c = 0; c < info.classes; c++)
            out[n++] = c == y ? 1.0f : 0.0f;
    else if (parts & FEATURE_LABEL)
        out[n++] = (float)(y + 1) / (float)(info.classes + 1);
    for (size_t c = 0; (parts & FEATURE_CONFIDENCE) && c < info.classes; c++)
        out[n++] = rr_influence_confidence(inf, q)[c];
    return n;
}

static void a_row_is_its_steps_and_then_zeros(void **state)
{
    rr_influence *const inf = built(40, 6, true);
    const rr_traces *const traces = rr_influence_training(inf);
    float want[64];
    (void)state;
    for (unsigned parts = 1; parts < 16; parts++) {
        feature_rows rows;
        if (parts == FEATURE_ONE_HOT)
            continue;
        CHECK_OK(feature_rows_make(inf, traces, parts, 5, 0, &rows, &err), err); /* 6 are cut */
        assert_int_equal(rows.n, 40);
        for (size_t i = 0; i < rows.n; i++) {
            const rr_trace trace = rr_traces_at(traces, i);
            const float *row = rows.x + i * rows.width;
            assert_int_equal(rows.labels[i], trace.label);
            for (size_t t = 0; t < 5; t++) {
                const rr_trace *const at = &trace;
                const size_t n = expected(inf, at, t < trace.steps ? t : 0, parts, want);
                if (t >= trace.steps)
                    memset(want, 0, sizeof want);
                assert_int_equal(rows.width, 5 * n);
                assert_memory_equal(row, want, n * sizeof *want);
                row += n;
            }
        }
        feature_rows_clear(&rows);
    }
    rr_influence_free(inf);
}

static void only_sequences_read_right_are_kept_where_asked(void **state)
{
    rr_influence *const inf = built(60, 4, false);
    const rr_traces *const traces = rr_influence_training(inf);
    feature_rows rows;
    size_t n = 0;
    (void)state;
    CHECK_OK(feature_rows_make(inf, traces, FEATURE_STATE, 4, 1, &rows, &err), err);
    for (size_t i = 0; i < 60; i++) {
        const rr_trace trace = rr_traces_at(traces, i);
        if (trace.prediction != trace.label)
            continue;
        float want[1];
        assert_true(n < rows.n);
        assert_int_equal(rows.labels[n], trace.label);
        assert_int_equal(expected(inf, &trace, 3, FEATURE_STATE, want), 1);
        assert_memory_equal(&rows.x[n * 4 + 3], want, sizeof want);
        n++;
    }
    assert_int_equal(rows.n, n);
    assert_true(n > 0 && n < 60);
    feature_rows_clear(&rows);
    rr_influence_free(inf);
}

/* The given labels are random: a classifier that learns from the sequences read right comes to
 * agree with the network, and is right as often as it. */
static void a_classifier_of_labels_so_far_agrees_with_the_network(void **state)
{
    rr_influence *const inf = built(900, 4, false);
    rr_state_source source = synth_source(300, 4, false, true, 12);
    experiment_context ctx = { .quick = 1, .threads = 2 };
    const feature_classifier cfg = feature_linear(&ctx, 1);
    rr_traces *test = NULL;
    feature_result got, again;
    size_t right = 0;
    (void)state;
    CHECK_OK(rr_influence_trace(inf, &source, 2, &test, &err), err);
    CHECK_OK(feature_try(&ctx, inf, test, FEATURE_LABEL | FEATURE_ONE_HOT, &cfg, &got, &err), err);
    for (size_t i = 0; i < 300; i++) {
        const rr_trace trace = rr_traces_at(test, i);
        right += trace.prediction == trace.label;
    }
    CHECK_NEAR(got.agreement, 1.0, 1e-12, 0);
    CHECK_NEAR(got.accuracy, (double)right / 300.0, 1e-12, 0);
    ctx.threads = 1;
    CHECK_OK(feature_try(&ctx, inf, test, FEATURE_CONFIDENCE, &cfg, &got, &err), err);
    assert_true(got.agreement > 0.8); /* a tenth of the predictions does not follow the state */
    ctx.threads = 3;
    CHECK_OK(feature_try(&ctx, inf, test, FEATURE_CONFIDENCE, &cfg, &again, &err), err);
    assert_memory_equal(&got, &again, sizeof got);
    rr_traces_free(test);
    rr_state_source_close(&source);
    rr_influence_free(inf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_is_its_steps_and_then_zeros),
        cmocka_unit_test(only_sequences_read_right_are_kept_where_asked),
        cmocka_unit_test(a_classifier_of_labels_so_far_agrees_with_the_network),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
