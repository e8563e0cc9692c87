/* SPDX-License-Identifier: MIT */
/* test_audit.c - drivers of errors and support of labels against their definitions, written out
 * again by comparing every pair of steps; and rankings against small cases done by hand. */
#include "core/ranking.h"
#include "influence/fixture.h"

#include "rnnrepair/audit.h"

enum { N = 90, T = 7, K = 5, C = 3 };

/* A model, and other traces through the same states, of which some are errors. */
typedef struct setup {
    rr_influence *inf;
    rr_influence *other; /* holds the traces asked about */
    const rr_traces *traces;
    size_t errors[N], n;
} setup;

static setup setup_new(bool ragged, size_t V)
{
    setup s = { .inf = random_model(N, T, ragged, K, C, V, 1),
                .other = random_model(N / 3, T, ragged, K, C, V, 2) };

    s.traces = rr_influence_training(s.other);
    for (size_t i = 0; i < rr_traces_count(s.traces); i++) {
        const rr_trace x = rr_traces_at(s.traces, i);
        if (x.label != x.prediction)
            s.errors[s.n++] = i;
    }
    assert_true(s.n > 5);
    return s;
}

static void setup_free(setup *s)
{
    rr_influence_free(s->inf);
    rr_influence_free(s->other);
}

/* ---- drivers by definition ------------------------------------------------------------------- */

/* Have step t of a and step u of b the same key? Steps from 1. */
static bool same_step(rr_key key, const rr_trace *a, size_t t, const rr_trace *b, size_t u)
{
    const int qa = t > 1 ? a->states[t - 2] : 0;
    const int qb = u > 1 ? b->states[u - 2] : 0;
    const int ya = t > 1 ? a->predictions[t - 2] : -1;
    const int yb = u > 1 ? b->predictions[u - 2] : -1;

    if (key == RR_KEY_STATE_SYMBOL)
        return qa == qb && a->symbols[t - 1] == b->symbols[u - 1];
    return qa == qb && ya == yb && a->states[t - 1] == b->states[u - 1] &&
           a->predictions[t - 1] == b->predictions[u - 1];
}

static bool passes(rr_key key, const rr_trace *a, const rr_trace *b, size_t u)
{
    for (size_t t = 1; t <= a->steps; t++)
        if (same_step(key, a, t, b, u))
            return true;
    return false;
}

/* Training sequences that pass step u of x: all; labelled m; labelled and read as m. */
static void count_passing(const setup *s, rr_key key, const rr_trace *x, size_t u, size_t out[3])
{
    const rr_traces *training = rr_influence_training(s->inf);

    out[0] = out[1] = out[2] = 0;
    for (size_t i = 0; i < N; i++) {
        const rr_trace a = rr_traces_at(training, i);
        const bool passing = passes(key, &a, x, u);
        out[0] += passing;
        out[1] += passing && a.label == x->prediction;
        out[2] += passing && a.label == x->prediction && a.prediction == x->prediction;
    }
}

/* log(e/r) where positive, over |I_m|. */
static double worth(const setup *s, rr_key key, const rr_trace *x, size_t u)
{
    const rr_traces *training = rr_influence_training(s->inf);
    size_t passing[3];
    size_t errors = 0, through = 0, right = 0;

    count_passing(s, key, x, u, passing);
    for (size_t e = 0; e < s->n; e++) {
        const rr_trace y = rr_traces_at(s->traces, s->errors[e]);
        errors += y.prediction == x->prediction;
        through += y.prediction == x->prediction && passes(key, &y, x, u);
    }
    for (size_t i = 0; i < N; i++) {
        const rr_trace a = rr_traces_at(training, i);
        right += a.label == x->prediction && a.prediction == x->prediction;
    }
    const double share = ((double)through + 0.5) / ((double)errors + 1.0);
    const double usual = ((double)passing[2] + 0.5) / ((double)right + 1.0);
    return passing[1] > 0 && share > usual ? log(share / usual) / (double)passing[1] : 0.0;
}

static double supported(const rr_traces *training, size_t i, uint32_t label);

/* What training sequence i gets for error x. */
static double driving(const setup *s, rr_key key, rr_weighting weighting, size_t i,
                      const rr_trace *x)
{
    const rr_trace a = rr_traces_at(rr_influence_training(s->inf), i);
    double sum = 0.0;

    for (size_t u = 1; u <= x->steps; u++) {
        if (!passes(key, &a, x, u))
            continue;
        if (weighting == RR_WEIGHTING_PAPER)
            sum += 1.0 / (double)x->steps;
        else if (a.label == x->prediction)
            sum += worth(s, key, x, u) / (double)x->steps;
    }
    if (weighting == RR_WEIGHTING_CONTRAST)
        sum *= -supported(rr_influence_training(s->inf), i, a.label) *
               (a.prediction == a.label ? 1.0 : 0.01);
    return sum;
}

static void check_drivers(bool ragged, size_t V, rr_key key)
{
    setup s = setup_new(ragged, V);
    rr_error err = { 0 };

    for (int w = 0; w < 2; w++) {
        double scores[N];
        double largest = 0.0;
        CHECK_OK(rr_drivers(s.inf, key, (rr_weighting)w, s.traces, s.errors, s.n, scores, &err),
                 err);
        for (size_t i = 0; i < N; i++) {
            double want = 0.0;
            for (size_t e = 0; e < s.n; e++) {
                const rr_trace x = rr_traces_at(s.traces, s.errors[e]);
                want += driving(&s, key, (rr_weighting)w, i, &x);
            }
            CHECK_NEAR(scores[i], want, 1e-12, 1e-12);
            largest = fmax(largest, scores[i]);
        }
        assert_true(largest > 0.0);
    }
    setup_free(&s);
}

static void drivers_are_what_the_definition_says(void **state)
{
    (void)state;
    check_drivers(false, 1, RR_KEY_TRANSITION);
    check_drivers(true, 1, RR_KEY_TRANSITION);
    check_drivers(true, 6, RR_KEY_STATE_SYMBOL);
}

static void driven_errors_add_up_to_the_score(void **state)
{
    setup s = setup_new(true, 1);
    static rr_driven lists[N * N];
    uint32_t ids[N];
    size_t counts[N];
    double scores[N];
    rr_driven first;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_drivers(s.inf, RR_KEY_TRANSITION, RR_WEIGHTING_CONTRAST, s.traces, s.errors, s.n,
                        scores, &err),
             err);
    for (uint32_t i = 0; i < N; i++)
        ids[i] = N - 1 - i;
    CHECK_OK(rr_driven_errors(s.inf, RR_KEY_TRANSITION, s.traces, s.errors, s.n, ids, N, N, lists,
                              counts, &err),
             err);
    for (uint32_t i = 0; i < N; i++) {
        const rr_driven *driven = lists + (size_t)(N - 1 - i) * N;
        size_t count = counts[N - 1 - i];
        double sum = 0.0;
        for (size_t k = 0; k < count; k++) {
            const rr_trace x = rr_traces_at(s.traces, driven[k].trace);
            CHECK_NEAR(driven[k].score,
                       driving(&s, RR_KEY_TRANSITION, RR_WEIGHTING_CONTRAST, i, &x), 1e-12, 1e-12);
            assert_true(driven[k].score > 0.0);
            assert_true(k == 0 || driven[k].score <= driven[k - 1].score);
            sum += driven[k].score;
        }
        CHECK_NEAR(sum, scores[i], 1e-12, 1e-12);
        CHECK_OK(rr_driven_errors(s.inf, RR_KEY_TRANSITION, s.traces, s.errors, s.n, &i, 1, 1,
                                  &first, &count, &err),
                 err);
        assert_int_equal(count, driven[0].score > 0.0 && counts[N - 1 - i] > 0);
        assert_true(count == 0 || first.trace == driven[0].trace);
    }
    setup_free(&s);
}

/* ---- support by definition ------------------------------------------------------------------- */

static double supported(const rr_traces *training, size_t i, uint32_t label)
{
    const rr_trace a = rr_traces_at(training, i);
    double sum = 0.0, weights = 0.0;

    for (size_t t = 1; t <= a.steps; t++) {
        const size_t left = a.steps - t; /* steps to the end */
        double same = 1.0, all = C;
        for (size_t j = 0; j < rr_traces_count(training); j++) {
            const rr_trace b = rr_traces_at(training, j);
            if (j == i || b.steps <= left)
                continue;
            const size_t u = b.steps - left;
            if (b.states[u - 1] != a.states[t - 1] || b.predictions[u - 1] != a.predictions[t - 1])
                continue;
            all += 1.0;
            same += b.label == label;
        }
        sum += (double)t * log(same / all);
        weights += (double)t;
    }
    return sum / weights;
}

static void support_is_what_the_definition_says(void **state)
{
    (void)state;
    for (int ragged = 0; ragged < 2; ragged++) {
        rr_influence *inf = random_model(N, T, ragged, K, C, 1, 3);
        float support[N * C], again[N * C];
        rr_error err = { 0 };
        CHECK_OK(rr_label_support(inf, 1, support, &err), err);
        for (size_t i = 0; i < N; i++)
            for (uint32_t c = 0; c < C; c++)
                CHECK_NEAR((double)support[i * C + c], supported(rr_influence_training(inf), i, c),
                           1e-6, 1e-6);
        CHECK_OK(rr_label_support(inf, 3, again, &err), err);
        assert_memory_equal(support, again, sizeof support);
        rr_influence_free(inf);
    }
}

/* Of other sequences all training sequences count; those longer than any have steps that none
 * passes. */
static void support_of_others_counts_all(void **state)
{
    rr_influence *inf = random_model(N, T, true, K, C, 1, 3);
    rr_influence *other = random_model(N / 3, T + 4, true, K, C, 1, 5);
    const rr_traces *training = rr_influence_training(inf), *traces = rr_influence_training(other);
    float support[N * C], same[N * C];
    size_t beyond = 0;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_label_support_of(inf, traces, 1, support, &err), err);
    for (size_t i = 0; i < N / 3; i++) {
        const rr_trace a = rr_traces_at(traces, i);
        for (uint32_t c = 0; c < C; c++) {
            double sum = 0.0, weights = 0.0;
            for (size_t t = 1; t <= a.steps; t++) {
                double with = 1.0, all = C;
                size_t long_enough = 0;
                for (size_t j = 0; j < N; j++) {
                    const rr_trace b = rr_traces_at(training, j);
                    if (b.steps <= a.steps - t)
                        continue;
                    const size_t u = b.steps - (a.steps - t) - 1;
                    const bool met =
                        b.states[u] == a.states[t - 1] && b.predictions[u] == a.predictions[t - 1];
                    long_enough++;
                    all += met;
                    with += met && b.label == c;
                }
                beyond += long_enough == 0;
                sum += (double)t * log(with / all);
                weights += (double)t;
            }
            CHECK_NEAR((double)support[i * C + c], sum / weights, 1e-6, 1e-6);
        }
    }
    assert_true(beyond > 0);
    CHECK_OK(rr_label_support(inf, 1, support, &err), err);
    CHECK_OK(rr_label_support_of(inf, training, 1, same, &err), err);
    assert_memory_equal(support, same, sizeof support);
    uint16_t *const last = &other->training->own.prediction[0];
    *last = 77;
    assert_int_equal(rr_label_support_of(inf, traces, 1, support, &err), RR_ERR_SHAPE);
    rr_influence_free(inf);
    rr_influence_free(other);
}

/* Steps far from the end of long sequences play no part. */
static void support_looks_at_the_last_64_steps(void **state)
{
    rr_influence *inf = random_model(20, 70, false, K, C, 1, 4);
    float before[20 * C], after[20 * C];
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_label_support(inf, 1, before, &err), err);
    for (size_t i = 0; i < 20; i++)
        for (size_t t = 0; t < 6; t++)
            inf->training->own.state[inf->training->own.offset[i] + t] = (uint16_t)(1 + i % K);
    CHECK_OK(rr_label_support(inf, 1, after, &err), err);
    assert_memory_equal(before, after, sizeof before);
    for (size_t i = 0; i < 20; i++) { /* all share the 64th step from the end */
        inf->training->own.state[inf->training->own.offset[i] + 6] = 1;
        inf->training->own.prediction[inf->training->own.offset[i] + 6] = 0;
    }
    CHECK_OK(rr_label_support(inf, 1, after, &err), err);
    assert_memory_not_equal(before, after, sizeof before);
    rr_influence_free(inf);
}

/* ---- rankings -------------------------------------------------------------------------------- */

static void rankings_are_by_score_then_number(void **state)
{
    const double scores[5] = { 1.0, 3.0, 1.0, -2.0, 3.0 };
    const uint32_t want[5] = { 1, 4, 0, 2, 3 };
    const double broken[2] = { 0.0, (double)NAN };
    uint32_t order[5];
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rri_ranking(scores, 5, order, &err), err);
    assert_memory_equal(order, want, sizeof want);
    assert_int_equal(rri_ranking(broken, 2, order, &err), RR_ERR_NUMERIC);
    assert_int_equal(err.where, 1);
}

static void a_ranking_is_measured_as_by_hand(void **state)
{
    const uint32_t order[5] = { 4, 2, 0, 1, 3 };
    const unsigned char marked[5] = { 1, 0, 0, 0, 1 }; /* at places 1 and 3 */
    const unsigned char none[5] = { 0 };

    (void)state;
    assert_int_equal(rri_ranking_found(order, 5, marked, 0), 0);
    assert_int_equal(rri_ranking_found(order, 5, marked, 2), 1);
    assert_int_equal(rri_ranking_found(order, 5, marked, 99), 2);
    CHECK_NEAR(rri_ranking_precision(order, 5, marked), (1.0 + 2.0 / 3.0) / 2.0, 1e-15, 0.0);
    /* The curve rises to 1/2 in the first fifth, to 1 in the third: 1/20 + 1/10 + 3/20 + 2/5. */
    CHECK_NEAR(rri_ranking_area(order, 5, marked), 0.7, 1e-15, 0.0);
    CHECK_NEAR(rri_ranking_precision(order, 5, none), 0.0, 0.0, 0.0);
    CHECK_NEAR(rri_ranking_area(order, 5, none), 0.0, 0.0, 0.0);
}

/* ---- audits of states, without a network ------------------------------------------------------
 */

/* By each method that judges labels: the lowest score of all labels, written out again. */
static void the_likeliest_label_is_the_least_suspect(void **state)
{
    static const rr_audit_method methods[] = { RR_AUDIT_COMBINED, RR_AUDIT_INFLUENCE,
                                               RR_AUDIT_SELF_CONFIDENCE, RR_AUDIT_RANDOM };
    static float support[N * C], p[N * C];
    setup s = setup_new(true, 4);
    rr_audit_config cfg = rr_audit_config_default(RR_AUDIT_ABOUT_LABELS);
    rr_error err = { 0 };

    (void)state;
    for (size_t i = 0; i < N; i++)
        for (size_t c = 0; c < C; c++)
            p[i * C + c] = (c == i % C ? 0.6F : 0.2F) + (i % 7 == 0 ? -0.2F : 0.0F);
    CHECK_OK(rr_label_support(s.inf, 1, support, &err), err);
    for (size_t m = 0; m < 4; m++) {
        const rr_audit_data data = { .inf = s.inf, .probabilities = p };
        rr_audit *audit = NULL;
        size_t others = 0, flagged = 0;
        cfg.method = methods[m];
        CHECK_OK(rr_audit_run(&cfg, &data, NULL, &audit, &err), err);
        const uint32_t *likeliest = rr_audit_result_of(audit)->likeliest;
        assert_true((likeliest == NULL) == (methods[m] == RR_AUDIT_RANDOM));
        for (size_t i = 0; likeliest != NULL && i < N; i++) {
            uint32_t best = rr_traces_at(rr_influence_training(s.inf), i).label;
            double least = HUGE_VAL;
            for (uint32_t round = 0; round <= C; round++) { /* the given one is tried first */
                const uint32_t c = round == 0 ? best : round - 1;
                double score =
                    methods[m] == RR_AUDIT_SELF_CONFIDENCE ? 0.0 : -(double)support[i * C + c];
                if (methods[m] != RR_AUDIT_INFLUENCE)
                    score -= log(p[i * C + c] < 1e-37F ? 1e-37 : (double)p[i * C + c]);
                if (score < least) {
                    least = score;
                    others += round > 0;
                    best = c;
                }
            }
            assert_int_equal(likeliest[i], best);
            flagged += best != rr_traces_at(rr_influence_training(s.inf), i).label;
        }
        assert_int_equal(rr_audit_result_of(audit)->flagged, flagged);
        assert_true(likeliest == NULL || (others > 5 && others < 2 * N));
        rr_audit_free(audit);
    }
    setup_free(&s);
}

/* ---- errors ---------------------------------------------------------------------------------- */

static void wrong_arguments_are_named(void **state)
{
    setup s = setup_new(false, 1);
    const size_t far[1] = { 1000 };
    const uint32_t beyond = N;
    size_t right[1] = { 0 };
    size_t count = 0;
    double scores[N];
    rr_driven driven[1];
    rr_weighting weighting = RR_WEIGHTING_PAPER;
    rr_error err = { 0 };
    const rr_key key = RR_KEY_TRANSITION;

    (void)state;
    while (rr_traces_at(s.traces, right[0]).label != rr_traces_at(s.traces, right[0]).prediction)
        right[0]++;
    assert_int_equal(rr_drivers(s.inf, key, weighting, s.traces, NULL, 0, scores, &err),
                     RR_ERR_ARG);
    assert_non_null(strstr(err.msg, "no error"));
    assert_int_equal(rr_drivers(s.inf, key, weighting, s.traces, far, 1, scores, &err), RR_ERR_ARG);
    assert_non_null(strstr(err.msg, "1000"));
    assert_int_equal(rr_drivers(s.inf, key, weighting, s.traces, right, 1, scores, &err),
                     RR_ERR_ARG);
    assert_non_null(strstr(err.msg, "no error"));
    assert_int_equal(
        rr_drivers(s.inf, RR_KEY_STATE_SYMBOL, weighting, s.traces, s.errors, s.n, scores, &err),
        RR_ERR_ARG);
    assert_int_equal(
        rr_driven_errors(s.inf, key, s.traces, s.errors, s.n, &beyond, 1, 1, driven, &count, &err),
        RR_ERR_ARG);
    /* The traces of a network with more classes. */
    uint16_t *const last = &s.traces->own.prediction[s.traces->offset[s.errors[0] + 1] - 1];
    const uint16_t was = *last;
    *last = 77;
    assert_int_equal(rr_drivers(s.inf, key, weighting, s.traces, s.errors, 1, scores, &err),
                     RR_ERR_SHAPE);
    assert_non_null(strstr(err.msg, "prediction 77"));
    assert_int_equal(
        rr_driven_errors(s.inf, key, s.traces, s.errors, 1, &beyond, 0, 1, driven, &count, &err),
        RR_ERR_SHAPE);
    *last = was;
    setup_free(&s);
}

static void every_failed_allocation_is_an_error(void **state)
{
    setup s = setup_new(false, 1);
    float support[N * C];
    double scores[N];
    uint32_t order[N] = { 0 };
    rr_driven driven[3];
    size_t count = 0;
    rr_error err = { 0 };
    const rr_key key = RR_KEY_TRANSITION;

    (void)state;
    for (int call = 0; call < 4; call++) {
        for (failing at = { 0 }; next_allocation_fails(&at, 1);)
            at.st = call == 0   ? rr_drivers(s.inf, key, RR_WEIGHTING_CONTRAST, s.traces, s.errors,
                                             s.n, scores, &err)
                    : call == 1 ? rr_driven_errors(s.inf, key, s.traces, s.errors, s.n, order, 1, 3,
                                                   driven, &count, &err)
                    : call == 2 ? rr_label_support(s.inf, 1, support, &err)
                                : rri_ranking(scores, N, order, &err);
    }
    setup_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drivers_are_what_the_definition_says),
        cmocka_unit_test(driven_errors_add_up_to_the_score),
        cmocka_unit_test(support_is_what_the_definition_says),
        cmocka_unit_test(support_of_others_counts_all),
        cmocka_unit_test(support_looks_at_the_last_64_steps),
        cmocka_unit_test(rankings_are_by_score_then_number),
        cmocka_unit_test(a_ranking_is_measured_as_by_hand),
        cmocka_unit_test(the_likeliest_label_is_the_least_suspect),
        cmocka_unit_test(wrong_arguments_are_named),
        cmocka_unit_test(every_failed_allocation_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
