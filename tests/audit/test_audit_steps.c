/* SPDX-License-Identifier: MIT */
/* test_audit_steps.c - support of labels of steps against its definition, written out again by
 * comparing every pair of steps; rankings of steps; and what is refused. */
#include "influence/fixture.h"

#include "rnnrepair/audit_steps.h"

enum { N = 40, T = 8, K = 5, C = 4, V = 6, NONE = 65535 };

static uint64_t key_of(rr_key kind, const rr_trace *a, size_t t)
{
    return rri_key(kind, a->states, a->predictions, a->symbols, t);
}

/* ---- support --------------------------------------------------------------------------------- */

/* How many other labelled steps have the key, the state and prediction, or are there at all, and
 * how many of these carry label c. */
typedef struct group {
    double all, same;
} group;

static void count_groups(const rr_influence *inf, rr_key kind, size_t i, size_t t, uint32_t c,
                         group g[3])
{
    const rr_traces *all = rr_influence_training(inf);
    const rr_trace own = rr_traces_at(all, i);

    memset(g, 0, 3 * sizeof *g);
    for (size_t j = 0; j < rr_traces_count(all); j++) {
        const rr_trace a = rr_traces_at(all, j);
        for (size_t u = 1; u <= a.steps; u++) {
            if (a.step_labels[u - 1] == NONE || (i == j && t == u))
                continue;
            const bool in[3] = { true,
                                 a.states[u - 1] == own.states[t - 1] &&
                                     a.predictions[u - 1] == own.predictions[t - 1],
                                 key_of(kind, &a, u) == key_of(kind, &own, t) };
            for (size_t k = 0; k < 3; k++) {
                g[k].all += in[k];
                g[k].same += in[k] && a.step_labels[u - 1] == c;
            }
        }
    }
}

static double brute_support(const rr_influence *inf, rr_key kind, size_t i, size_t t, uint32_t c)
{
    group g[3];

    count_groups(inf, kind, i, t, c, g);
    double p = (g[0].same + 1.0) / (g[0].all + C);
    p = (g[1].same + p) / (g[1].all + 1.0);
    p = (g[2].same + p) / (g[2].all + 1.0);
    return log(p);
}

static void check_support(rr_key kind)
{
    rr_influence *inf = random_model(N, T, true, K, C, V, 12);
    const rr_traces *all = rr_influence_training(inf);
    float *support = calloc(inf->info.steps, sizeof *support);
    uint32_t *best = calloc(inf->info.steps, sizeof *best);
    size_t row = 0;
    rr_error err = { 0 };

    CHECK_OK(rr_step_support(inf, kind, support, best, &err), err);
    for (size_t i = 0; i < N; i++) {
        const rr_trace a = rr_traces_at(all, i);
        for (size_t t = 1; t <= a.steps; t++, row++) {
            const uint16_t given = a.step_labels[t - 1];
            if (given == NONE) {
                assert_true(support[row] == 0.0F);
                assert_int_equal(best[row], RR_NO_LABEL);
                continue;
            }
            CHECK_NEAR(support[row], brute_support(inf, kind, i, t, given), 1e-5, 0.0);
            assert_true(best[row] < C && best[row] != given);
            for (uint32_t c = 0; c < C; c++)
                if (c != given)
                    assert_true(brute_support(inf, kind, i, t, c) <=
                                brute_support(inf, kind, i, t, best[row]) + 1e-9);
        }
    }
    free(best);
    free(support);
    rr_influence_free(inf);
}

static void support_follows_its_definition(void **unused)
{
    (void)unused;
    check_support(RR_KEY_TRANSITION);
    check_support(RR_KEY_STATE_SYMBOL);
}

/* ---- rankings -------------------------------------------------------------------------------- */

/* A model of a source whose predictions are right but for a tenth, with labels of steps that are
 * the predictions; some of these are made wrong. */
typedef struct setup {
    rr_state_source source;
    rr_influence *inf;
    unsigned char *wrong; /* [R] */
    size_t count;
} setup;

static setup setup_new(void)
{
    setup s = { .source = synth_source(60, 8, true, false, 21) };
    synth *of = s.source.self;
    rri_random r = rri_random_at(5, RRI_RANDOM_PARITY, 9);
    const rr_influence_config cfg = synth_config();

    of->step_labels = synth_memory(of->rows, sizeof *of->step_labels);
    s.wrong = synth_memory(of->rows, 1);
    for (size_t row = 0; row < of->rows; row++) {
        const uint32_t y = of->predictions[row];
        s.wrong[row] = rri_random_below(&r, 12) == 0;
        of->step_labels[row] = s.wrong[row] ? (y + 1) % SYNTH_C : y;
        s.count += s.wrong[row];
    }
    s.inf = synth_build(&cfg, &s.source);
    return s;
}

static void setup_free(setup *s)
{
    free(s->wrong);
    rr_influence_free(s->inf);
    rr_state_source_close(&s->source);
}

static rr_step_audit *run(setup *s, rr_audit_method method)
{
    rr_step_audit_config cfg = rr_step_audit_config_default();
    rr_step_audit *audit = NULL;
    rr_error err = { 0 };

    cfg.method = method;
    cfg.top = 10;
    CHECK_OK(rr_step_audit_run(&cfg, s->inf, &s->source, s->wrong, NULL, &audit, &err), err);
    return audit;
}

static void wrong_labels_of_steps_come_first(void **unused)
{
    setup s = setup_new();
    static const rr_audit_method methods[] = { RR_AUDIT_COMBINED, RR_AUDIT_INFLUENCE,
                                               RR_AUDIT_SELF_CONFIDENCE };

    (void)unused;
    for (size_t m = 0; m < 3; m++) {
        rr_step_audit *audit = run(&s, methods[m]);
        const rr_step_audit_result *x = rr_step_audit_result_of(audit);
        assert_int_equal(x->steps, s.inf->info.steps);
        assert_int_equal(x->found[RR_AUDIT_FOUND - 1].mislabelled, s.count);
        assert_true(x->average_precision > 0.9);
        for (size_t k = 0; k < x->count_rows; k++) {
            const rr_step_audit_row *row = &x->rows[k];
            const rr_trace a = rr_traces_at(rr_influence_training(s.inf), row->sequence);
            assert_int_equal(row->given, a.step_labels[row->step - 1]);
            assert_int_equal(row->prediction, a.predictions[row->step - 1]);
            assert_int_equal(row->suggested, row->prediction); /* it is not the given one */
            assert_true(row->confidence == 0.125F);
            assert_true(row->score == x->scores[x->order[k]]);
            assert_int_equal(x->places[x->order[k]].step, row->step);
        }
        rr_step_audit_free(audit);
    }
    setup_free(&s);
}

static void combined_is_the_sum_of_both(void **unused)
{
    setup s = setup_new();
    rr_step_audit *a = run(&s, RR_AUDIT_COMBINED);
    rr_step_audit *b = run(&s, RR_AUDIT_INFLUENCE);
    rr_step_audit *c = run(&s, RR_AUDIT_SELF_CONFIDENCE);
    rr_step_audit *r = run(&s, RR_AUDIT_RANDOM);

    (void)unused;
    for (size_t k = 0; k < s.inf->info.steps; k++)
        CHECK_NEAR(rr_step_audit_result_of(a)->scores[k],
                   rr_step_audit_result_of(b)->scores[k] + rr_step_audit_result_of(c)->scores[k],
                   1e-12, 0.0);
    assert_true(rr_step_audit_result_of(r)->average_precision < 0.3);
    rr_step_audit_free(a);
    rr_step_audit_free(b);
    rr_step_audit_free(c);
    rr_step_audit_free(r);
    setup_free(&s);
}

static void states_without_probabilities_leave_support(void **unused)
{
    setup s = setup_new();
    rr_step_audit_config cfg = rr_step_audit_config_default();
    rr_step_audit *audit = NULL;
    rr_error err = { 0 };

    (void)unused;
    CHECK_FAILS(rr_step_audit_run(&cfg, s.inf, NULL, NULL, NULL, &audit, &err), RR_ERR_UNSUPPORTED,
                err, "--method influence");
    ((synth *)s.source.self)->no_softmax = true;
    CHECK_FAILS(rr_step_audit_run(&cfg, s.inf, &s.source, NULL, NULL, &audit, &err),
                RR_ERR_UNSUPPORTED, err, "probabilities");
    cfg.method = RR_AUDIT_INFLUENCE;
    CHECK_OK(rr_step_audit_run(&cfg, s.inf, &s.source, NULL, NULL, &audit, &err), err);
    assert_true(rr_step_audit_result_of(audit)->rows[0].confidence < 0.0F);
    assert_int_equal(rr_step_audit_result_of(audit)->has_found, 0);
    rr_step_audit_free(audit);
    setup_free(&s);
}

static void what_cannot_be_ranked_is_refused(void **unused)
{
    setup s = setup_new();
    rr_influence *plain = random_model(10, 4, false, K, C, 1, 3);
    rr_state_source other = synth_source(59, 8, true, false, 21);
    rr_step_audit_config cfg = rr_step_audit_config_default();
    rr_step_audit *audit = NULL;
    rr_error err = { 0 };

    (void)unused;
    cfg.method = RR_AUDIT_TRACIN;
    CHECK_FAILS(rr_step_audit_run(&cfg, s.inf, &s.source, NULL, NULL, &audit, &err), RR_ERR_ARG,
                err, "tracin ranks sequences");
    cfg = rr_step_audit_config_default();
    cfg.top = 0;
    CHECK_FAILS(rr_step_audit_run(&cfg, s.inf, &s.source, NULL, NULL, &audit, &err), RR_ERR_ARG,
                err, "--top 0");
    cfg.top = 1;
    CHECK_FAILS(rr_step_audit_run(&cfg, s.inf, &other, NULL, NULL, &audit, &err), RR_ERR_MISMATCH,
                err, "of 59 sequences");
    plain->training->step_label = NULL;
    CHECK_FAILS(rr_step_audit_run(&cfg, plain, NULL, NULL, NULL, &audit, &err), RR_ERR_ARG, err,
                "have no labels");
    assert_null(audit);
    rr_state_source_close(&other);
    rr_influence_free(plain);
    setup_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(support_follows_its_definition),
        cmocka_unit_test(wrong_labels_of_steps_come_first),
        cmocka_unit_test(combined_is_the_sum_of_both),
        cmocka_unit_test(states_without_probabilities_leave_support),
        cmocka_unit_test(what_cannot_be_ranked_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
