/* SPDX-License-Identifier: MIT */
/* test_keys.c - measures that compare the keys of steps, the full key, and the reverse look-up,
 * against their definitions, pair by pair and step by step. */
#include "fixture.h"
#include "scratch_folder.h"

enum { MEASURES = RR_MEASURE_CONTAINMENT + 1 };

/* ---- the definitions ------------------------------------------------------------------------- */

/* A key in parts; those a kind does not have are 0. */
typedef struct parts {
    uint32_t before, label_before, symbol, label, state;
} parts;

static parts parts_of(rr_key kind, const rr_trace *a, size_t t)
{
    parts p = { 0 };

    p.before = t > 1 ? a->states[t - 2] : 0;
    if (kind != RR_KEY_TRANSITION)
        p.symbol = a->symbols[t - 1];
    if (kind != RR_KEY_STATE_SYMBOL) {
        p.label_before = t > 1 ? a->predictions[t - 2] : 99999;
        p.label = a->predictions[t - 1];
        p.state = a->states[t - 1];
    }
    return p;
}

static bool same(rr_key kind, const rr_trace *a, size_t t, const rr_trace *b, size_t s)
{
    const parts p = parts_of(kind, a, t);
    const parts q = parts_of(kind, b, s);

    return memcmp(&p, &q, sizeof p) == 0;
}

/* Steps 1..end of b that have the key of step t of a. */
static size_t times(rr_key kind, const rr_trace *a, size_t t, const rr_trace *b, size_t end)
{
    size_t n = 0;

    for (size_t s = 1; s <= end; s++)
        n += same(kind, a, t, b, s);
    return n;
}

static size_t different(rr_key kind, const rr_trace *a)
{
    size_t n = 0;

    for (size_t t = 1; t <= a->steps; t++)
        n += times(kind, a, t, a, t - 1) == 0;
    return n;
}

static float brute(rr_measure measure, rr_key kind, const rr_trace *a, const rr_trace *b)
{
    size_t votes = 0;
    size_t both = 0;
    size_t held = 0;

    for (size_t t = 1; t <= a->steps; t++) {
        const size_t there = times(kind, a, t, b, b->steps);
        votes += there > 0;
        if (times(kind, a, t, a, t - 1) > 0)
            continue; /* not the first of this key */
        both += there > 0;
        held += rri_min(there, times(kind, a, t, a, a->steps));
    }
    if (measure == RR_MEASURE_VOTES)
        return (float)votes / (float)a->steps;
    if (measure == RR_MEASURE_CONTAINMENT)
        return (float)held / (float)a->steps;
    return (float)both / (float)(different(kind, a) + different(kind, b) - both);
}

/* ---- measures -------------------------------------------------------------------------------- */

/* Of few keys, which come often, and of many; symbols, and a part of frames. */
static rr_influence *model_of(size_t i)
{
    switch (i) {
    case 0:
        return random_model(60, 20, true, 2, 2, 3, 1);
    case 1:
        return random_model(60, 9, true, 5, 3, 40, 2);
    case 2:
        return random_model(50, 12, true, 6, 3, 1, 3); /* no symbols */
    case 3:
        return random_model(5, 400, true, 1, 2, 1, 5); /* keys that come above 255 times */
    default:
        return random_model(1, 1, false, 1, 1, 2, 4);
    }
}

static void scores_by_keys_equal_a_count_pair_by_pair(void **unused)
{
    (void)unused;
    for (size_t m = 0; m < 5; m++) {
        rr_influence *inf = model_of(m);
        const size_t N = inf->info.sequences;
        rr_influence *other =
            random_model(9, m == 3 ? 700 : 15, true, inf->info.states, inf->info.classes,
                         inf->vocabulary > 0 ? 2 * inf->vocabulary : 1, 50 + m);
        float *scores = synth_memory(N, sizeof *scores);
        rr_error err = { 0 };
        for (int kind = inf->vocabulary > 0 ? 0 : 1; kind < (inf->vocabulary > 0 ? 3 : 2); kind++)
            for (int measure = RR_MEASURE_VOTES; measure < MEASURES; measure++)
                for (size_t i = 0; i < 12;
                     i++) { /* foreign traces, with unseen words, and own ones */
                    const rr_trace a = i < 9 ? rr_traces_at(other->training, i)
                                             : rr_traces_at(inf->training, (7 * i) % N);
                    rr_query q = rr_query_default();
                    q.key = (rr_key)kind;
                    q.measure = (rr_measure)measure;
                    CHECK_OK(rr_influence_scores(inf, &q, &a, scores, &err), err);
                    for (size_t k = 0; k < N; k++) {
                        const rr_trace b = rr_traces_at(inf->training, k);
                        const float want = brute(q.measure, q.key, &a, &b);
                        float pair = -1.0f;
                        assert_memory_equal(&scores[k], &want, sizeof want);
                        CHECK_OK(rr_influence_similarity(inf, &q, &a, &b, &pair, &err), err);
                        assert_memory_equal(&pair, &want, sizeof want);
                    }
                }
        free(scores);
        rr_influence_free(other);
        rr_influence_free(inf);
    }
}

/* The first steps, 7 and 8, have no key in common; then 2 2 3 4 are compared with 2 3 3 5. */
static void measures_of_two_small_traces_are_those_on_paper(void **unused)
{
    static const struct {
        rr_measure measure;
        float score;
    } cases[] = { { RR_MEASURE_VOTES, 3.0f / 5.0f },         /* 2, 2 and 3 */
                  { RR_MEASURE_JACCARD, 2.0f / 6.0f },       /* {7 2 3 4} and {8 2 3 5} */
                  { RR_MEASURE_CONTAINMENT, 2.0f / 5.0f } }; /* 2 and 3, once each */
    static const uint16_t states[5] = { 1, 1, 1, 1, 1 };
    static const uint16_t labels[5] = { 0, 0, 0, 0, 0 };
    static const uint32_t first[5] = { 7, 2, 2, 3, 4 };
    static const uint32_t second[5] = { 8, 2, 3, 3, 5 };
    const rr_trace a = { .states = states, .predictions = labels, .symbols = first, .steps = 5 };
    const rr_trace b = { .states = states, .predictions = labels, .symbols = second, .steps = 5 };
    rr_influence *inf = random_model(5, 4, false, 1, 1, 9, 3);
    rr_error err = { 0 };

    (void)unused;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rr_query q = rr_query_default();
        float score = 0.0f;
        q.key = RR_KEY_STATE_SYMBOL;
        q.measure = cases[i].measure;
        CHECK_OK(rr_influence_similarity(inf, &q, &a, &b, &score, &err), err);
        assert_true(score == cases[i].score);
        CHECK_OK(rr_influence_similarity(inf, &q, &a, &a, &score, &err), err);
        assert_true(score == 1.0f);
    }
    rr_influence_free(inf);
}

static void scores_by_keys_do_not_depend_on_threads(void **unused)
{
    enum { N = 3000, K = 25, n = 40 };
    rr_influence *inf = random_model(N, 9, true, 6, 3, 30, 8);
    rr_neighbour *got[2];
    size_t found[2][n];
    size_t which[n];
    rr_error err = { 0 };

    (void)unused;
    for (size_t i = 0; i < n; i++)
        which[i] = (i * 71) % N;
    for (int measure = RR_MEASURE_VOTES; measure < MEASURES; measure++) {
        for (size_t r = 0; r < 2; r++) {
            rr_query q = rr_query_default();
            q.measure = (rr_measure)measure;
            q.key = RR_KEY_STATE_SYMBOL;
            q.threads = r == 0 ? 1 : 3;
            got[r] = synth_memory(n * K, sizeof *got[r]);
            CHECK_OK(rr_influence_nearest_many(inf, &q, inf->training, which, n, K, got[r],
                                               found[r], &err),
                     err);
        }
        assert_memory_equal(found[0], found[1], sizeof found[0]);
        assert_memory_equal(got[0], got[1], n * K * sizeof *got[0]);
        for (size_t i = 0; i < n; i++)
            assert_true(got[0][i * K].score == 1.0f);
        free(got[0]);
        free(got[1]);
    }
    rr_influence_free(inf);
}

/* ---- the full key ---------------------------------------------------------------------------- */

/* Each part once: a step that differs in that part alone is not listed. */
static void a_full_key_tells_every_part_apart(void **unused)
{
    rr_influence *inf = random_model(300, 6, false, 4, 3, 5, 12);
    rr_error err = { 0 };

    (void)unused;
    for (size_t i = 0; i < 300; i += 7) {
        const rr_trace a = rr_traces_at(inf->training, i);
        for (size_t t = 1; t <= a.steps; t++) {
            const rr_posting *list = NULL;
            size_t count = 0;
            size_t want = 0;
            CHECK_OK(rr_influence_segment(inf, RR_KEY_FULL, &a, t, &list, &count, NULL, &err), err);
            for (size_t k = 0; k < 300; k++) {
                const rr_trace b = rr_traces_at(inf->training, k);
                want += times(RR_KEY_FULL, &a, t, &b, b.steps);
            }
            assert_int_equal(count, want);
            for (size_t r = 0; r < count; r++) {
                const rr_trace b = rr_traces_at(inf->training, list[r].sequence);
                assert_true(same(RR_KEY_FULL, &a, t, &b, list[r].step));
            }
        }
    }
    rr_influence_free(inf);
}

/* A part above all that occur must not overflow into another part. */
static void a_part_never_seen_has_no_full_list(void **unused)
{
    rr_influence *inf = random_model(200, 6, false, 2, 2, 3, 13);
    rr_error err = { 0 };

    (void)unused;
    for (size_t i = 0; i < 200; i += 3)
        for (int part = 0; part < 5; part++) {
            const rr_trace own = rr_traces_at(inf->training, i);
            uint16_t states[2] = { own.states[0], own.states[1] };
            uint16_t labels[2] = { own.predictions[0], own.predictions[1] };
            uint32_t symbols[2] = { own.symbols[0], own.symbols[1] };
            const rr_trace a = {
                .states = states, .predictions = labels, .symbols = symbols, .steps = 2
            };
            const rr_posting *list = NULL;
            size_t count = 0;
            CHECK_OK(rr_influence_segment(inf, RR_KEY_FULL, &a, 2, &list, &count, NULL, &err), err);
            assert_true(count > 0);
            states[0] = part == 0 ? 3 : states[0];
            labels[0] = part == 1 ? 2 : labels[0];
            symbols[1] = part == 2 ? 3 : symbols[1];
            labels[1] = part == 3 ? 2 : labels[1];
            states[1] = part == 4 ? 3 : states[1];
            CHECK_OK(rr_influence_segment(inf, RR_KEY_FULL, &a, 2, &list, &count, NULL, &err), err);
            assert_int_equal(count, 0);
            assert_null(list);
        }
    rr_influence_free(inf);
}

static void full_keys_that_do_not_fit_are_refused(void **unused)
{
    rr_influence *inf = random_model(2000, 9, false, 1500, 1000, 4000000000u, 5);
    const rr_trace a = rr_traces_at(inf->training, 3);
    const rr_posting *list = NULL;
    rr_query q = rr_query_default();
    float scores[2000];
    size_t count = 0;
    rr_error err = { 0 };

    (void)unused;
    CHECK_FAILS(rr_influence_segment(inf, RR_KEY_FULL, &a, 1, &list, &count, NULL, &err),
                RR_ERR_UNSUPPORTED, err, "64 bits");
    q.measure = RR_MEASURE_JACCARD;
    q.key = RR_KEY_FULL;
    CHECK_FAILS(rr_influence_scores(inf, &q, &a, scores, &err), RR_ERR_UNSUPPORTED, err, "64 bits");
    CHECK_OK(rr_influence_segment(inf, RR_KEY_TRANSITION, &a, 1, &list, &count, NULL, &err), err);
    assert_true(count > 0);
    rr_influence_free(inf);
}

/* Frames with a codebook have symbols, but no table of full keys. */
static void a_model_of_frames_has_no_full_keys(void **unused)
{
    const rr_influence_config cfg = synth_config();
    rr_state_source source = synth_source(30, 6, true, true, 3);
    rr_influence *inf = synth_build(&cfg, &source);
    const rr_trace a = rr_traces_at(inf->training, 0);
    const rr_posting *list = NULL;
    uint32_t at[6];
    size_t count = 0;
    rr_error err = { 0 };

    (void)unused;
    CHECK_OK(rr_influence_segment(inf, RR_KEY_STATE_SYMBOL, &a, 1, &list, &count, NULL, &err), err);
    CHECK_FAILS(rr_influence_segment(inf, RR_KEY_FULL, &a, 1, &list, &count, NULL, &err),
                RR_ERR_ARG, err, "symbol data");
    CHECK_FAILS(rr_influence_touched(inf, RR_KEY_FULL, 0, &a, at, &count, &err), RR_ERR_ARG, err,
                "symbol data");
    rr_influence_free(inf);
    rr_state_source_close(&source);
}

/* ---- the reverse ----------------------------------------------------------------------------- */

static void influenced_steps_are_those_a_scan_finds(void **unused)
{
    rr_influence *inf = random_model(70, 12, true, 4, 3, 8, 21);
    rr_influence *other = random_model(20, 14, true, 4, 3, 10, 22);
    rr_error err = { 0 };

    (void)unused;
    for (int kind = 0; kind < RRI_KINDS; kind++)
        for (uint32_t id = 0; id < 70; id += 3)
            for (size_t i = 0; i < 20; i++) {
                const rr_trace a = rr_traces_at(other->training, i);
                const rr_trace b = rr_traces_at(inf->training, id);
                uint32_t at[14];
                size_t count = 99;
                size_t want = 0;
                CHECK_OK(rr_influence_touched(inf, (rr_key)kind, id, &a, at, &count, &err), err);
                for (size_t t = 1; t <= a.steps; t++) {
                    uint32_t first = 0;
                    for (size_t s = b.steps; s >= 1; s--)
                        first = same((rr_key)kind, &a, t, &b, s) ? (uint32_t)s : first;
                    assert_int_equal(at[t - 1], first);
                    want += first > 0;
                }
                assert_int_equal(count, want);
            }
    const rr_trace a = rr_traces_at(other->training, 0);
    uint32_t at[14];
    CHECK_OK(rr_influence_touched(inf, RR_KEY_TRANSITION, 69, &a, at, NULL, &err), err);
    CHECK_FAILS(rr_influence_touched(inf, RR_KEY_TRANSITION, 70, &a, at, NULL, &err), RR_ERR_ARG,
                err, "70");
    CHECK_FAILS(rr_influence_touched(inf, (rr_key)7, 0, &a, at, NULL, &err), RR_ERR_ARG, err, "7");
    rr_influence_free(other);
    rr_influence_free(inf);
}

/* ---- files ----------------------------------------------------------------------------------- */

/* The file has no table of full keys: a loaded model builds it. */
static void a_loaded_model_answers_as_the_built_one(void **unused)
{
    static const char hash[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    const rr_influence_config cfg = synth_config();
    rr_state_source source = synth_source(60, 9, true, false, 3);
    rr_influence *built = synth_build(&cfg, &source);
    rr_influence *loaded = NULL;
    rr_error err = { 0 };

    (void)unused;
    CHECK_OK(rr_influence_save(built, "model", hash, hash, &err), err);
    CHECK_OK(rr_influence_load("model", hash, hash, &loaded, &err), err);
    for (int kind = 0; kind < RRI_KINDS; kind++)
        for (int measure = RR_MEASURE_VOTES; measure < MEASURES; measure++) {
            const rr_trace a = rr_traces_at(built->training, 5);
            rr_query q = rr_query_default();
            float scores[2][60];
            q.key = (rr_key)kind;
            q.measure = (rr_measure)measure;
            CHECK_OK(rr_influence_scores(built, &q, &a, scores[0], &err), err);
            CHECK_OK(rr_influence_scores(loaded, &q, &a, scores[1], &err), err);
            assert_memory_equal(scores[0], scores[1], sizeof scores[0]);
            assert_true(scores[0][5] == 1.0f);
        }
    rr_influence_free(loaded);
    rr_influence_free(built);
    rr_state_source_close(&source);
}

/* ---- allocation failures --------------------------------------------------------------------- */

static rr_status all_queries(const rr_influence *inf, const rr_query *q)
{
    const size_t which[2] = { 1, 2 };
    const rr_trace a = rr_traces_at(inf->training, 4);
    rr_explain_config cfg = rr_explain_config_default();
    rr_explanation *e = NULL;
    rr_neighbour near[2][3];
    float scores[20];
    size_t found[2];

    cfg.query = *q;
    rr_status st = rr_influence_scores(inf, q, &a, scores, NULL);
    if (st == RR_OK)
        st = rr_influence_similarity(inf, q, &a, &a, scores, NULL);
    if (st == RR_OK)
        st = rr_influence_nearest(inf, q, &a, 3, near[0], found, NULL);
    if (st == RR_OK)
        st = rr_influence_nearest_many(inf, q, inf->training, which, 2, 3, near[0], found, NULL);
    if (st == RR_OK)
        st = rr_explain(inf, &cfg, &a, &e, NULL);
    assert_int_equal(st == RR_OK, e != NULL);
    rr_explanation_free(e);
    return st;
}

static void every_failed_allocation_of_a_query_is_clean(void **unused)
{
    (void)unused;
    for (int symbols = 0; symbols < 2; symbols++)
        for (int measure = RR_MEASURE_VOTES; measure < MEASURES; measure++) {
            rr_influence *inf = random_model(20, 4, true, 5, 3, symbols ? 5 : 1, 1);
            rr_query q = rr_query_default();
            q.measure = (rr_measure)measure;
            q.threads = 2;
            for (failing at = { 0 }; next_allocation_fails(&at, 9);)
                at.st = all_queries(inf, &q);
            rr_influence_free(inf);
        }
}

static void every_failed_allocation_of_readiness_is_clean(void **unused)
{
    rr_influence *inf = random_model(20, 4, true, 5, 3, 5, 1);

    (void)unused;
    for (failing at = { 0 }; next_allocation_fails(&at, 8);) {
        rri_distance_free(inf->l1);
        rri_tables_free(inf->tables);
        rri_postings_clear(&inf->postings[RR_KEY_FULL]);
        inf->l1 = NULL;
        inf->tables = NULL;
        at.st = rri_influence_ready(inf, NULL);
    }
    rr_influence_free(inf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_by_keys_equal_a_count_pair_by_pair),
        cmocka_unit_test(measures_of_two_small_traces_are_those_on_paper),
        cmocka_unit_test(scores_by_keys_do_not_depend_on_threads),
        cmocka_unit_test(a_full_key_tells_every_part_apart),
        cmocka_unit_test(a_part_never_seen_has_no_full_list),
        cmocka_unit_test(full_keys_that_do_not_fit_are_refused),
        cmocka_unit_test(a_model_of_frames_has_no_full_keys),
        cmocka_unit_test(influenced_steps_are_those_a_scan_finds),
        cmocka_unit_test(a_loaded_model_answers_as_the_built_one),
        cmocka_unit_test(every_failed_allocation_of_a_query_is_clean),
        cmocka_unit_test(every_failed_allocation_of_readiness_is_clean),
    };
    return cmocka_run_group_tests(tests, open_scratch, close_scratch);
}
