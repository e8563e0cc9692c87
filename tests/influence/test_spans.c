/* SPDX-License-Identifier: MIT */
/* test_spans.c - spans of steps with one label, and the training spans behind some steps, against
 * brute force by the definitions. */
#include "fixture.h"

enum { NONE = 65535 };

/* ---- the spans of a trace -------------------------------------------------------------------- */

static void spans_are_the_longest_runs_with_one_label(void **unused)
{
    static const uint16_t labels[] = { 2, 2, 2, NONE, NONE, 2, 0, 0, 1 };
    static const uint16_t predictions[] = { 2, 1, 1, 0, 0, 1, 2, 0, 1 };
    const rr_trace a = { .predictions = predictions, .step_labels = labels, .steps = 9 };
    const rr_span expected[] = { { .first = 1, .last = 3, .label = 2, .prediction = 1, .wrong = 2 },
                                 { .first = 6, .last = 6, .label = 2, .prediction = 1, .wrong = 1 },
                                 { .first = 7, .last = 8, .label = 0, .prediction = 0, .wrong = 1 },
                                 { .first = 9, .last = 9, .label = 1, .prediction = 1 } };
    rr_span out[9];
    size_t count = 0;
    rr_error err = { 0 };

    (void)unused;
    CHECK_OK(rr_trace_spans(&a, 3, out, &count, &err), err);
    assert_int_equal(count, 4);
    assert_memory_equal(out, expected, sizeof expected);
    CHECK_FAILS(rr_trace_spans(&a, 2, out, &count, &err), RR_ERR_ARG, err, "step 1");
    const rr_trace plain = { .predictions = predictions, .steps = 9 };
    CHECK_OK(rr_trace_spans(&plain, 3, out, &count, &err), err);
    assert_int_equal(count, 0);
}

static rr_spans *spans_of(const rr_influence *inf, rr_key key)
{
    rr_spans *s = NULL;
    rr_error err = { 0 };

    CHECK_OK(rr_spans_new(inf, key, &s, &err), err);
    return s;
}

static void every_labelled_step_of_the_training_set_is_in_one_span(void **unused)
{
    rr_influence *inf = random_model(40, 12, true, 5, 3, 4, 3);
    rr_spans *s = spans_of(inf, RR_KEY_FULL);
    size_t next = 0;

    (void)unused;
    for (size_t i = 0; i < 40; i++) {
        const rr_trace a = rr_traces_at(rr_influence_training(inf), i);
        for (size_t t = 1; t <= a.steps; t++) {
            const size_t at = rr_spans_of_step(s, i, t);
            if (a.step_labels[t - 1] == NONE) {
                assert_true(at == SIZE_MAX);
                continue;
            }
            const rr_span span = rr_spans_at(s, at);
            assert_int_equal(span.sequence, i);
            assert_int_equal(span.label, a.step_labels[t - 1]);
            assert_true(span.first <= t && t <= span.last);
            assert_int_equal(at, t == span.first ? next++ : next - 1);
        }
    }
    assert_int_equal(next, rr_spans_count(s));
    rr_spans_free(s);
    rr_influence_free(inf);
}

/* ---- scores by the definitions --------------------------------------------------------------- */

/* Whether two steps, from 1, have the same key. */
static bool same_key(rr_key kind, const rr_trace *a, size_t t, const rr_trace *b, size_t s)
{
    return rri_key(kind, a->states, a->predictions, a->symbols, t) ==
           rri_key(kind, b->states, b->predictions, b->symbols, s);
}

static size_t times_in(rr_key kind, const rr_trace *a, size_t t, const rr_trace *b, size_t first,
                       size_t last)
{
    size_t n = 0;

    for (size_t s = first; s <= last; s++)
        n += same_key(kind, a, t, b, s);
    return n;
}

static double weight_of(const rr_influence *inf, rr_key kind, const rr_trace *a, size_t t)
{
    const rr_traces *all = rr_influence_training(inf);
    size_t n = 0;

    for (size_t i = 0; i < rr_traces_count(all); i++) {
        const rr_trace b = rr_traces_at(all, i);
        n += times_in(kind, a, t, &b, 1, b.steps);
    }
    return log(((double)inf->info.steps + 2.0) / ((double)n + 1.0));
}

/* sum over the keys of (times * weight)^2, every step giving its share. */
static double norm_of(const rr_influence *inf, rr_key kind, const rr_trace *a, size_t first,
                      size_t last)
{
    double sum = 0.0;

    for (size_t t = first; t <= last; t++) {
        const double w = weight_of(inf, kind, a, t);
        sum += (double)times_in(kind, a, t, a, first, last) * w * w;
    }
    return sqrt(sum);
}

static double brute_score(const rr_influence *inf, rr_span_measure measure, rr_key kind,
                          const rr_trace *a, size_t first, size_t last, const rr_span *span)
{
    const rr_trace b = rr_traces_at(rr_influence_training(inf), span->sequence);
    double common = 0.0;
    double all = 0.0;

    for (size_t t = first; t <= last; t++) {
        const double w = weight_of(inf, kind, a, t);
        const double times = (double)times_in(kind, a, t, &b, span->first, span->last);
        common += measure == RR_SPAN_VOTES ? (times > 0.0 ? w : 0.0) : times * w * w;
        all += w;
    }
    if (measure == RR_SPAN_VOTES)
        return common / all;
    return common /
           (norm_of(inf, kind, a, first, last) * norm_of(inf, kind, &b, span->first, span->last));
}

static void scores_follow_the_definitions(void **unused)
{
    rr_influence *inf = random_model(30, 10, true, 4, 3, 4, 9);
    rr_span_match *found = calloc(400, sizeof *found);
    size_t count = 0;
    rr_error err = { 0 };

    (void)unused;
    for (int kind = 0; kind < 2; kind++) {
        rr_spans *s = spans_of(inf, (rr_key)kind);
        for (int measure = 0; measure < RR_SPAN_LP; measure++)
            for (size_t i = 0; i < 30; i += 7) {
                const rr_trace a = rr_traces_at(rr_influence_training(inf), i);
                rr_span_query q = rr_span_query_default();
                q.measure = (rr_span_measure)measure;
                const size_t first = a.steps / 2 + 1;
                CHECK_OK(rr_spans_nearest(s, &q, &a, first, a.steps, 400, found, &count, &err),
                         err);
                size_t above = 0;
                for (size_t k = 0; k < rr_spans_count(s); k++) {
                    const rr_span span = rr_spans_at(s, k);
                    above +=
                        brute_score(inf, q.measure, (rr_key)kind, &a, first, a.steps, &span) > 0.0;
                }
                assert_int_equal(count, above);
                for (size_t k = 0; k < count; k++) {
                    const rr_span span = rr_spans_at(s, found[k].number);
                    assert_memory_equal(&span, &found[k].span, sizeof span);
                    CHECK_NEAR(found[k].score,
                               brute_score(inf, q.measure, (rr_key)kind, &a, first, a.steps, &span),
                               1e-6, 0.0);
                    assert_true(k == 0 || found[k - 1].score > found[k].score ||
                                (found[k - 1].score == found[k].score &&
                                 found[k - 1].number < found[k].number));
                }
            }
        rr_spans_free(s);
    }
    free(found);
    rr_influence_free(inf);
}

static void lp_compares_the_pieces_as_whole_sequences(void **unused)
{
    rr_influence *inf = random_model(25, 9, true, 6, 3, 1, 4);
    rr_spans *s = spans_of(inf, RR_KEY_TRANSITION);
    rr_span_match found[300];
    size_t count = 0;
    rr_query pair = rr_query_default();
    rr_span_query q = rr_span_query_default();
    rr_error err = { 0 };

    (void)unused;
    q.measure = RR_SPAN_LP;
    q.p = pair.p = 2.0;
    const rr_trace a = rr_traces_at(rr_influence_training(inf), 3);
    const rr_trace asked = { .states = a.states + 1,
                             .predictions = a.predictions + 1,
                             .steps = a.steps - 1 };
    CHECK_OK(rr_spans_nearest(s, &q, &a, 2, a.steps, 300, found, &count, &err), err);
    for (size_t k = 0; k < count; k++) {
        const rr_trace whole = rr_traces_at(rr_influence_training(inf), found[k].span.sequence);
        const rr_trace piece = { .states = whole.states + found[k].span.first - 1,
                                 .predictions = whole.predictions + found[k].span.first - 1,
                                 .steps = found[k].span.last - found[k].span.first + 1 };
        float score = 0.0f;
        CHECK_OK(rr_influence_similarity(inf, &pair, &asked, &piece, &score, &err), err);
        assert_true(found[k].score == score);
    }
    assert_true(count > 0);
    rr_spans_free(s);
    rr_influence_free(inf);
}

/* ---- questions ------------------------------------------------------------------------------- */

static void a_span_of_the_training_set_finds_itself_first(void **unused)
{
    rr_influence *inf = random_model(60, 10, true, 40, 3, 30, 6);
    rr_spans *s = spans_of(inf, RR_KEY_FULL);
    rr_span_match found[3];
    size_t count = 0;
    rr_error err = { 0 };

    (void)unused;
    for (int measure = 0; measure <= RR_SPAN_LP; measure++)
        for (size_t k = 0; k < rr_spans_count(s); k += 5) {
            const rr_span own = rr_spans_at(s, k);
            const rr_trace a = rr_traces_at(rr_influence_training(inf), own.sequence);
            rr_span_query q = rr_span_query_default();
            q.measure = (rr_span_measure)measure;
            CHECK_OK(rr_spans_nearest(s, &q, &a, own.first, own.last, 3, found, &count, &err), err);
            assert_true(found[0].score > 0.999999f);
            assert_true(found[0].number == k || found[0].number < k);
        }
    rr_spans_free(s);
    rr_influence_free(inf);
}

static void a_query_keeps_to_its_label_and_to_correct_spans(void **unused)
{
    rr_influence *inf = random_model(60, 10, true, 4, 3, 1, 6);
    rr_spans *s = spans_of(inf, RR_KEY_TRANSITION);
    const rr_trace a = rr_traces_at(rr_influence_training(inf), 1);
    rr_span_match all[400];
    rr_span_match some[400];
    rr_span_query q = rr_span_query_default();
    size_t count = 0;
    size_t few = 0;
    size_t at = 0;
    rr_error err = { 0 };

    (void)unused;
    CHECK_OK(rr_spans_nearest(s, &q, &a, 1, a.steps, 400, all, &count, &err), err);
    q.label = 1;
    q.correct_only = 1;
    CHECK_OK(rr_spans_nearest(s, &q, &a, 1, a.steps, 400, some, &few, &err), err);
    for (size_t k = 0; k < count; k++)
        if (all[k].span.label == 1 && all[k].span.prediction == 1)
            assert_int_equal(all[k].number, some[at++].number);
    assert_int_equal(at, few);
    assert_true(few > 0 && few < count);
    CHECK_OK(rr_spans_nearest(s, &q, &a, 1, a.steps, 2, some, &few, &err), err);
    assert_int_equal(few, 2);
    rr_spans_free(s);
    rr_influence_free(inf);
}

static void wrong_questions_are_refused(void **unused)
{
    rr_influence *inf = random_model(10, 6, false, 4, 3, 1, 6);
    rr_spans *s = spans_of(inf, RR_KEY_TRANSITION);
    const rr_trace a = rr_traces_at(rr_influence_training(inf), 1);
    rr_span_query q = rr_span_query_default();
    rr_span_match found[1];
    size_t count = 0;
    rr_spans *none = NULL;
    rr_error err = { 0 };

    (void)unused;
    CHECK_FAILS(rr_spans_nearest(s, &q, &a, 0, 3, 1, found, &count, &err), RR_ERR_ARG, err,
                "steps 0-3 are not in 1..6");
    CHECK_FAILS(rr_spans_nearest(s, &q, &a, 4, 3, 1, found, &count, &err), RR_ERR_ARG, err,
                "steps 4-3");
    CHECK_FAILS(rr_spans_nearest(s, &q, &a, 4, 7, 1, found, &count, &err), RR_ERR_ARG, err,
                "steps 4-7");
    q.label = 3;
    CHECK_FAILS(rr_spans_nearest(s, &q, &a, 1, 2, 1, found, &count, &err), RR_ERR_ARG, err,
                "label 3");
    q = rr_span_query_default();
    q.measure = RR_SPAN_LP;
    q.p = 0.5;
    CHECK_FAILS(rr_spans_nearest(s, &q, &a, 1, 2, 1, found, &count, &err), RR_ERR_ARG, err,
                "p = 0.5");
    CHECK_FAILS(rr_spans_new(inf, RR_KEY_STATE_SYMBOL, &none, &err), RR_ERR_ARG, err, "symbols");
    inf->training->step_label = NULL;
    CHECK_FAILS(rr_spans_new(inf, RR_KEY_TRANSITION, &none, &err), RR_ERR_ARG, err,
                "have no labels");
    assert_null(none);
    rr_spans_free(s);
    rr_influence_free(inf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spans_are_the_longest_runs_with_one_label),
        cmocka_unit_test(every_labelled_step_of_the_training_set_is_in_one_span),
        cmocka_unit_test(scores_follow_the_definitions),
        cmocka_unit_test(lp_compares_the_pieces_as_whole_sequences),
        cmocka_unit_test(a_span_of_the_training_set_finds_itself_first),
        cmocka_unit_test(a_query_keeps_to_its_label_and_to_correct_spans),
        cmocka_unit_test(wrong_questions_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
