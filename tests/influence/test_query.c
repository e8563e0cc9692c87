/* SPDX-License-Identifier: MIT */
/* test_query.c - sample and segment queries against brute force by the definitions. */
#include "fixture.h"

enum { MEASURES = RR_MEASURE_CONTAINMENT + 1 };

/* ---- the definitions, in double -------------------------------------------------------------- */

/* Entry j of the temporal feature of step t (from 0) of a trace; beyond its end all are zero. */
static double feature(const rr_influence *inf, const rr_trace *a, size_t t, size_t j)
{
    const size_t K = inf->info.states;
    const size_t C = inf->info.classes;

    if (t >= a->steps)
        return 0.0;
    if (j == 0)
        return ((double)a->states[t] + 1.0) / ((double)K + 2.0);
    if (j == 1)
        return ((double)a->predictions[t] + 1.0) / ((double)C + 1.0);
    return (double)rr_influence_confidence(inf, a->states[t])[j - 2];
}

static double brute_lp(const rr_influence *inf, double p, const rr_trace *a, const rr_trace *b)
{
    const size_t T = rri_max(a->steps, b->steps);
    const size_t width = inf->info.classes + 2;
    double sum = 0.0;

    for (size_t t = 0; t < T; t++)
        for (size_t j = 0; j < width; j++)
            sum += pow(fabs(feature(inf, a, t, j) - feature(inf, b, t, j)), p);
    return 1.0 - pow(sum / (double)(T * width), 1.0 / p);
}

/* Whether step t of a and step s of b (from 1) share a key. */
static bool same_key(rr_key kind, const rr_trace *a, size_t t, const rr_trace *b, size_t s)
{
    const uint16_t qa = t > 1 ? a->states[t - 2] : 0;
    const uint16_t qb = s > 1 ? b->states[s - 2] : 0;

    if (qa != qb)
        return false;
    if (kind != RR_KEY_TRANSITION && a->symbols[t - 1] != b->symbols[s - 1])
        return false;
    if (kind == RR_KEY_STATE_SYMBOL)
        return true;
    const int ya = t > 1 ? a->predictions[t - 2] : -1;
    const int yb = s > 1 ? b->predictions[s - 2] : -1;
    return ya == yb && a->states[t - 1] == b->states[s - 1] &&
           a->predictions[t - 1] == b->predictions[s - 1];
}

static double brute_votes(rr_key kind, const rr_trace *a, const rr_trace *b)
{
    size_t votes = 0;

    for (size_t t = 1; t <= a->steps; t++) {
        bool any = false;
        for (size_t s = 1; s <= b->steps; s++)
            any = any || same_key(kind, a, t, b, s);
        votes += any;
    }
    return (double)votes / (double)a->steps;
}

/* ---- scores ---------------------------------------------------------------------------------- */

typedef struct sizes {
    size_t N, T;
    bool ragged;
    size_t K, C;
} sizes;

/* Scanned and paired, held in registers and gathered, more than a block, more than a chunk. */
static const sizes models[] = {
    { 90, 12, false, 43, 10 }, { 70, 12, true, 43, 10 }, { 50, 5, false, 70, 20 },
    { 40, 6, false, 300, 3 },  { 20, 9, true, 3, 70 },   { 4200, 3, false, 9, 2 },
    { 30, 150, false, 5, 4 },  { 1, 1, false, 1, 1 },    { 30, 140, true, 5, 4 },
    { 2, 4, false, 255, 3 },   { 2, 4, false, 256, 3 },  { 3, 3, true, 1100, 2 },
    { 3, 3, false, 4, 1000 },
};

static void lp_scores_equal_the_formula_in_double(void **unused)
{
    static const double norms[] = { 1.0, 2.0, 3.0, 16.0 };

    (void)unused;
    for (size_t m = 0; m < sizeof models / sizeof *models; m++) {
        const sizes *z = &models[m];
        rr_influence *inf = random_model(z->N, z->T, z->ragged, z->K, z->C, 1, m);
        rr_influence *other = random_model(5, z->T * 2, true, z->K, z->C, 1, 100 + m);
        float *scores = calloc(z->N, sizeof *scores);
        rr_error err = { 0 };
        for (size_t i = 0; i < 6; i++) { /* five foreign lengths, then one of the model's own */
            const rr_trace a =
                i < 5 ? rr_traces_at(other->training, i) : rr_traces_at(inf->training, z->N / 2);
            for (size_t n = 0; n < sizeof norms / sizeof *norms; n++) {
                rr_query q = rr_query_default();
                q.p = norms[n];
                q.threads = 2;
                CHECK_OK(rr_influence_scores(inf, &q, &a, scores, &err), err);
                for (size_t k = 0; k<z->N; k += z->N> 100 ? 41 : 1) {
                    const rr_trace b = rr_traces_at(inf->training, k);
                    float pair = 0.0f;
                    CHECK_NEAR(scores[k], brute_lp(inf, q.p, &a, &b), 1e-6, 0.0);
                    CHECK_OK(rr_influence_similarity(inf, &q, &a, &b, &pair, &err), err);
                    assert_memory_equal(&pair, &scores[k], sizeof pair);
                }
            }
        }
        free(scores);
        rr_influence_free(other);
        rr_influence_free(inf);
    }
}

static void identical_traces_score_one_and_only_they(void **unused)
{
    rr_influence *inf = random_model(200, 6, false, 12, 4, 1, 3);
    float scores[200];
    rr_error err = { 0 };
    rr_query q = rr_query_default();

    (void)unused;
    for (double p = 1.0; p <= 16.0; p += 5.0) {
        q.p = p;
        for (size_t i = 0; i < 200; i += 17) {
            const rr_trace a = rr_traces_at(inf->training, i);
            CHECK_OK(rr_influence_scores(inf, &q, &a, scores, &err), err);
            for (size_t k = 0; k < 200; k++) {
                const rr_trace b = rr_traces_at(inf->training, k);
                const bool same = memcmp(a.states, b.states, 12) == 0 &&
                                  memcmp(a.predictions, b.predictions, 12) == 0;
                assert_int_equal(scores[k] == 1.0f, same);
                assert_true(scores[k] >= 0.0f && scores[k] <= 1.0f);
            }
            assert_true(scores[i] == 1.0f);
        }
    }
    rr_influence_free(inf);
}

static void votes_equal_a_count_by_hand(void **unused)
{
    rr_influence *inf = random_model(120, 9, true, 4, 3, 5, 7);
    float scores[120];
    rr_error err = { 0 };
    rr_query q = rr_query_default();

    (void)unused;
    q.measure = RR_MEASURE_VOTES;
    for (int kind = 0; kind < RRI_KINDS; kind++) {
        q.key = (rr_key)kind;
        for (size_t i = 0; i < 120; i += 11) {
            const rr_trace a = rr_traces_at(inf->training, i);
            CHECK_OK(rr_influence_scores(inf, &q, &a, scores, &err), err);
            for (size_t k = 0; k < 120; k++) {
                const rr_trace b = rr_traces_at(inf->training, k);
                CHECK_NEAR(scores[k], brute_votes(q.key, &a, &b), 1e-7, 0.0);
            }
            assert_true(scores[i] == 1.0f);
        }
    }
    rr_influence_free(inf);
}

/* ---- the nearest ----------------------------------------------------------------------------- */

static const float *sorted_by; /* for qsort */

static int by_score_then_id(const void *a, const void *b)
{
    const uint32_t i = *(const uint32_t *)a;
    const uint32_t j = *(const uint32_t *)b;

    if (sorted_by[i] != sorted_by[j])
        return sorted_by[i] > sorted_by[j] ? -1 : 1;
    return i < j ? -1 : i > j;
}

/* The nearest k by sorting all scores and leaving out what the filters forbid; *tied counts those
 * after them that score as much as the last. */
static size_t sorted_nearest(const rr_influence *inf, const rr_query *q, const float *scores,
                             size_t k, uint32_t *ids, size_t *tied)
{
    const size_t N = inf->info.sequences;
    uint32_t *order = calloc(N, sizeof *order);
    size_t n = 0;

    for (size_t i = 0; i < N; i++)
        order[i] = (uint32_t)i;
    sorted_by = scores;
    qsort(order, N, sizeof *order, by_score_then_id);
    *tied = 0;
    for (size_t i = 0; i < N; i++) {
        const rr_trace t = rr_traces_at(inf->training, order[i]);
        if ((q->label >= 0 && t.label != (uint32_t)q->label) ||
            (q->correct_only && t.label != t.prediction))
            continue;
        if (n < k)
            ids[n++] = order[i];
        else
            *tied += k > 0 && scores[order[i]] == scores[ids[k - 1]];
    }
    free(order);
    return n;
}

static void check_nearest(const rr_influence *inf, const rr_query *q, const rr_trace *a, size_t k)
{
    const size_t N = inf->info.sequences;
    float *scores = calloc(N, sizeof *scores);
    uint32_t *ids = calloc(k + 1, sizeof *ids);
    rr_neighbour *got = calloc(k + 1, sizeof *got);
    size_t found = 0;
    size_t tied = 0;
    size_t tied_by_count = 0;
    rr_error err = { 0 };

    CHECK_OK(rr_influence_scores(inf, q, a, scores, &err), err);
    CHECK_OK(rr_influence_nearest_tied(inf, q, a, k, got, &found, &tied, &err), err);
    assert_int_equal(found, sorted_nearest(inf, q, scores, k, ids, &tied_by_count));
    assert_int_equal(tied, tied_by_count);
    for (size_t i = 0; i < found; i++) {
        const rr_trace t = rr_traces_at(inf->training, ids[i]);
        assert_int_equal(got[i].id, ids[i]);
        assert_int_equal(got[i].label, t.label);
        assert_int_equal(got[i].prediction, t.prediction);
        assert_true(got[i].score == scores[ids[i]]);
    }
    free(scores);
    free(ids);
    free(got);
}

/* Few states and short traces: many ties. */
static void the_nearest_are_the_first_of_all_sorted(void **unused)
{
    rr_influence *inf = random_model(500, 3, false, 3, 3, 4, 9);
    static const size_t many[] = { 0, 1, 2, 33, 100, 500, 700 };

    (void)unused;
    for (int measure = 0; measure < MEASURES; measure++)
        for (int label = -1; label < 3; label++)
            for (int correct = 0; correct < 2; correct++)
                for (size_t k = 0; k < sizeof many / sizeof *many; k++) {
                    const rr_trace a = rr_traces_at(inf->training, 17 * (k + 1));
                    rr_query q = rr_query_default();
                    q.measure = (rr_measure)measure;
                    q.label = label;
                    q.correct_only = correct;
                    check_nearest(inf, &q, &a, many[k]);
                }
    rr_influence_free(inf);
}

/* Of 1 and more blocks, tasks and steps; states and labels that have groups of their own or share
 * them; queries as long as the sequences, shorter and longer. */
static void the_nearest_of_many_blocks_are_the_first_of_all_sorted(void **unused)
{
    static const struct {
        size_t N, T;
        bool ragged;
        size_t K, C, k;
        double p;
        int label, correct;
    } cases[] = {
        { 5000, 28, false, 43, 10, 100, 1.0, -1, 0 }, { 3000, 28, false, 43, 10, 1, 1.0, 3, 0 },
        { 3000, 28, false, 63, 10, 100, 2.0, -1, 1 }, { 2000, 64, false, 20, 3, 40, 16.0, -1, 0 },
        { 3000, 1, false, 5, 3, 100, 1.0, -1, 0 },    { 2000, 9, false, 70, 10, 20, 1.0, 2, 1 },
        { 1500, 65, false, 12, 4, 30, 1.0, -1, 0 },   { 2000, 5, false, 43, 80, 50, 3.0, -1, 0 },
        { 3001, 19, true, 30, 2, 100, 1.0, -1, 0 },   { 2000, 140, true, 5, 4, 20, 1.0, 1, 0 },
        { 63, 3, false, 1, 1, 10, 1.0, -1, 0 },       { 700, 6, false, 16, 8, 10, 1.0, -1, 0 },
        { 700, 6, true, 17, 9, 10, 1.0, -1, 0 },      { 700, 6, false, 31, 7, 10, 1.0, -1, 0 },
        { 700, 6, true, 31, 8, 10, 1.0, -1, 0 },      { 700, 6, false, 32, 8, 10, 1.0, -1, 0 },
        { 700, 6, true, 32, 8, 10, 1.0, -1, 0 },      { 700, 6, false, 33, 16, 10, 1.0, -1, 0 },
        { 700, 6, false, 64, 17, 10, 2.0, -1, 0 },    { 700, 6, true, 65, 63, 10, 1.0, -1, 0 },
        { 700, 6, false, 128, 64, 10, 1.0, -1, 0 },   { 700, 6, false, 255, 65, 10, 1.0, -1, 0 },
        { 700, 6, true, 256, 100, 10, 1.0, -1, 0 },   { 500, 6, false, 257, 256, 10, 1.0, -1, 0 },
        { 300, 6, false, 1000, 10, 10, 1.0, -1, 0 },  { 300, 6, true, 20, 1000, 10, 1.0, -1, 0 },
        { 300, 6, true, 2000, 3, 10, 1.0, -1, 0 },
    };
    static const char *const sets[] = { "plain", "avx2", "avx512" };

    (void)unused;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rr_influence *inf = random_model(cases[i].N, cases[i].T, cases[i].ragged, cases[i].K,
                                         cases[i].C, 1, 40 + (unsigned)i);
        rr_influence *other =
            random_model(4, 3 * cases[i].T, true, cases[i].K, cases[i].C, 1, 90 + (unsigned)i);
        rr_query q = rr_query_default();
        q.p = cases[i].p;
        q.label = cases[i].label;
        q.correct_only = cases[i].correct;
        for (size_t set = 0; set < 3; set++) {
            if (rr_set_instruction_set(sets[set], NULL) != RR_OK) /* not of this machine */
                continue;
            q.threads = 1 + set;
            const rr_trace a = rr_traces_at(inf->training, cases[i].N / (2 + set));
            const rr_trace b = rr_traces_at(other->training, set);
            check_nearest(inf, &q, &a, cases[i].k);
            check_nearest(inf, &q, &b, cases[i].k);
        }
        assert_int_equal(rr_set_instruction_set(NULL, NULL), RR_OK);
        rr_influence_free(other);
        rr_influence_free(inf);
    }
}

/* Some lists are marked, others read. */
static void the_nearest_by_keys_of_many_blocks_are_the_first_of_all_sorted(void **unused)
{
    static const char *const sets[] = { "plain", "avx2", "avx512" };
    rr_influence *inf = random_model(9000, 5, true, 5, 3, 4, 77);

    (void)unused;
    for (size_t set = 0; set < 3; set++) {
        if (rr_set_instruction_set(sets[set], NULL) != RR_OK) /* not of this machine */
            continue;
        for (int kind = 0; kind < RRI_KINDS; kind++)
            for (int measure = RR_MEASURE_VOTES; measure < MEASURES; measure++) {
                const rr_trace a = rr_traces_at(inf->training, 100 * (size_t)kind + set);
                rr_query q = rr_query_default();
                q.measure = (rr_measure)measure;
                q.key = (rr_key)kind;
                q.threads = 1 + set;
                check_nearest(inf, &q, &a, 100);
            }
    }
    assert_int_equal(rr_set_instruction_set(NULL, NULL), RR_OK);
    rr_influence_free(inf);
}

static void many_traces_at_once_answer_as_one_by_one(void **unused)
{
    enum { N = 4500, K = 20 };
    static const size_t which[] = { 5, 4499, 0, 5, 77, 123, 13 };
    const size_t n = sizeof which / sizeof *which;
    rr_neighbour many[7][K];
    rr_neighbour one[K];
    size_t found[7], tied[7];
    size_t found_one = 0, tied_one = 0, ties = 0;
    rr_error err = { 0 };

    (void)unused;
    for (int kind = 0; kind < 2 * MEASURES; kind++) {
        rr_influence *inf = random_model(N, 8, kind & 1, 12, 4, 3, 21);
        rr_query q = rr_query_default();
        q.measure = (rr_measure)(kind / 2);
        for (q.threads = 1; q.threads <= 3; q.threads++) {
            CHECK_OK(rr_influence_nearest_many_tied(inf, &q, inf->training, which, n, K,
                                                    &many[0][0], found, tied, &err),
                     err);
            for (size_t i = 0; i < n; i++) {
                const rr_trace a = rr_traces_at(inf->training, which[i]);
                CHECK_OK(
                    rr_influence_nearest_tied(inf, &q, &a, K, one, &found_one, &tied_one, &err),
                    err);
                assert_int_equal(found[i], found_one);
                assert_memory_equal(many[i], one, found_one * sizeof *one);
                assert_int_equal(tied[i], tied_one);
                ties += tied_one;
            }
        }
        rr_influence_free(inf);
    }
    assert_true(ties > 0);
}

/* ---- segments -------------------------------------------------------------------------------- */

/* The same list by the parts of the key. */
static void by_parts(rr_key kind, const rr_influence *inf, const rr_trace *a, size_t t,
                     const rr_posting *want, size_t want_count, size_t want_sequences)
{
    const rr_key_value key = { .state_before = t > 1 ? a->states[t - 2] : 0,
                               .label_before = t > 1 ? a->predictions[t - 2] : 65535,
                               .symbol = a->symbols != NULL ? a->symbols[t - 1] : 0,
                               .label = a->predictions[t - 1],
                               .state = a->states[t - 1] };
    rr_error err = { 0 };
    const rr_posting *list = NULL;
    size_t count = 0;
    size_t sequences = 0;

    CHECK_OK(rr_influence_postings(inf, kind, &key, &list, &count, &sequences, &err), err);
    assert_ptr_equal(list, want);
    assert_int_equal(count, want_count);
    assert_int_equal(sequences, want_sequences);
}

static void postings_equal_a_scan_over_all_steps(void **unused)
{
    rr_influence *inf = random_model(60, 7, true, 5, 3, 4, 31);
    rr_error err = { 0 };

    (void)unused;
    for (int kind = 0; kind < RRI_KINDS; kind++)
        for (size_t i = 0; i < 60; i++) {
            const rr_trace a = rr_traces_at(inf->training, i);
            for (size_t t = 1; t <= a.steps; t++) {
                const rr_posting *list = NULL;
                size_t count = 0;
                size_t sequences = 0;
                size_t at = 0;
                size_t distinct = 0;
                CHECK_OK(
                    rr_influence_segment(inf, (rr_key)kind, &a, t, &list, &count, &sequences, &err),
                    err);
                for (size_t k = 0; k < 60; k++) {
                    const rr_trace b = rr_traces_at(inf->training, k);
                    const size_t before = at;
                    for (size_t s = 1; s <= b.steps; s++) {
                        if (!same_key((rr_key)kind, &a, t, &b, s))
                            continue;
                        assert_true(at < count);
                        assert_int_equal(list[at].sequence, k);
                        assert_int_equal(list[at].step, s);
                        at++;
                    }
                    distinct += at > before;
                }
                assert_int_equal(at, count);
                assert_int_equal(distinct, sequences);
                by_parts((rr_key)kind, inf, &a, t, list, count, sequences);
            }
        }
    rr_influence_free(inf);
}

static void symbols_above_16_bits_are_kept_apart(void **unused)
{
    rr_influence *inf = random_model(40, 20, false, 2, 2, 200000, 5);
    rr_error err = { 0 };
    const rr_trace a = rr_traces_at(inf->training, 3);
    const rr_posting *list = NULL;
    size_t count = 0;

    (void)unused;
    for (size_t t = 1; t <= a.steps; t++) {
        CHECK_OK(rr_influence_segment(inf, RR_KEY_STATE_SYMBOL, &a, t, &list, &count, NULL, &err),
                 err);
        for (size_t i = 0; i < count; i++) {
            const rr_trace b = rr_traces_at(inf->training, list[i].sequence);
            assert_int_equal(b.symbols[list[i].step - 1], a.symbols[t - 1]);
        }
        assert_true(count >= 1);
    }
    rr_influence_free(inf);
}

static void a_key_never_seen_has_no_list(void **unused)
{
    rr_influence *inf = random_model(10, 4, false, 5, 3, 4, 1);
    const uint16_t states[2] = { 5, 5 };
    const uint16_t predictions[2] = { 2, 2 };
    const uint32_t symbols[2] = { 4000000000u, 4000000000u };
    const rr_trace a = { .states = states,
                         .predictions = predictions,
                         .symbols = symbols,
                         .steps = 2,
                         .prediction = 2 };
    const rr_posting *list = inf->postings[0].entry;
    size_t count = 9;
    size_t sequences = 9;
    rr_error err = { 0 };

    (void)unused;
    CHECK_OK(rr_influence_segment(inf, RR_KEY_STATE_SYMBOL, &a, 2, &list, &count, &sequences, &err),
             err);
    assert_null(list);
    assert_int_equal(count, 0);
    assert_int_equal(sequences, 0);
    rr_influence_free(inf);
}

/* ---- explanations ---------------------------------------------------------------------------- */

static void check_selection(const rr_explanation *e, uint32_t label, const rr_neighbour *rows,
                            size_t count)
{
    size_t n = 0;

    for (size_t i = 0; i < e->count_proponents; i++)
        if (e->proponents[i].label == label)
            assert_memory_equal(&rows[n++], &e->proponents[i], sizeof *rows);
    assert_int_equal(n, count);
}

/* The lift by its definition, a quotient of shares. */
static double lift_of(const rr_traces *training, const rr_explanation *e, uint32_t label)
{
    double among = 0.0;
    double all = 0.0;

    for (size_t i = 0; i < e->count_proponents; i++)
        among += e->proponents[i].label == label;
    for (size_t i = 0; i < rr_traces_count(training); i++)
        all += rr_traces_at(training, i).label == label;
    return among > 0.0
               ? (among / (double)e->count_proponents) / (all / (double)rr_traces_count(training))
               : 0.0;
}

static void check_lifts(const rr_traces *training, const rr_explanation *e)
{
    CHECK_NEAR(e->lift_truth, lift_of(training, e, e->truth), 1e-12, 1e-12);
    CHECK_NEAR(e->lift_prediction, lift_of(training, e, e->prediction), 1e-12, 1e-12);
    assert_int_equal(e->fault, e->truth != e->prediction && e->lift_prediction > e->lift_truth);
}

/* Of a training set with more sequences of one label than of the other, most proponents carry the
 * common label, and the rare one has the larger lift. */
static void a_common_label_is_judged_by_its_lift(void **unused)
{
    enum { N = 60, RARE = 6 };
    rr_influence *inf = random_model(N, 1, false, 1, 2, 1, 1);
    rr_explain_config cfg = rr_explain_config_default();
    rr_explanation *e = NULL;
    const uint16_t state[1] = { 1 };
    const uint16_t common[1] = { 0 };
    rr_trace a = { .states = state, .predictions = common, .steps = 1, .label = 1 };
    rr_error err = { 0 };

    (void)unused;
    for (size_t i = 0; i < N; i++) { /* all alike: ties go to the lower ids */
        inf->training->own.label[i] = i < RARE ? 1 : 0;
        inf->training->own.state[i] = 1;
        inf->training->own.prediction[i] = 0;
    }
    cfg.top = 20;
    CHECK_OK(rr_explain(inf, &cfg, &a, &e, &err), err);
    assert_int_equal(e->count_truth, RARE);
    assert_int_equal(e->count_prediction, 20 - RARE);
    CHECK_NEAR(e->lift_truth, 3.0, 1e-12, 0.0);
    CHECK_NEAR(e->lift_prediction, 14.0 / 20.0 / (54.0 / 60.0), 1e-12, 0.0);
    assert_int_equal(e->fault, 0);
    rr_explanation_free(e);
    rr_influence_free(inf);
}

static void so_many_are_most_influential_by_default(void **unused)
{
    static const size_t N[] = { 1, 9, 10, 11, 200, 201, 270, 1999, 2001, 60000 };
    static const size_t top[] = { 1, 9, 10, 10, 10, 11, 14, 100, 100, 100 };
    rr_influence *inf = random_model(40, 4, false, 6, 3, 1, 1);
    rr_explain_config cfg = rr_explain_config_default();
    const rr_trace a = rr_traces_at(inf->training, 0);
    rr_explanation *e = NULL;
    rr_error err = { 0 };

    (void)unused;
    for (size_t i = 0; i < sizeof N / sizeof *N; i++)
        assert_int_equal(rr_influence_top(N[i]), top[i]);
    CHECK_OK(rr_explain(inf, &cfg, &a, &e, &err), err);
    assert_int_equal(e->top, 10);
    assert_int_equal(e->count_proponents, 10);
    rr_explanation_free(e);
    cfg.top = 50; /* as asked, and not beyond N */
    CHECK_OK(rr_explain(inf, &cfg, &a, &e, &err), err);
    assert_int_equal(e->top, 40);
    rr_explanation_free(e);
    rr_influence_free(inf);
}

/* Of 80 sequences over 6 symbols, few share a key of every measure with one of a single step. */
static void who_shares_nothing_is_no_proponent(void **unused)
{
    static const rr_measure measures[] = { RR_MEASURE_VOTES, RR_MEASURE_JACCARD,
                                           RR_MEASURE_CONTAINMENT };
    rr_influence *inf = random_model(80, 6, true, 6, 3, 4, 15);
    const uint16_t states[] = { 1 };
    const uint16_t predictions[] = { 0 };
    const uint32_t symbols[] = { 2 };
    const uint32_t unknown[] = { 1000 };
    rr_trace a = { .states = states, .predictions = predictions, .symbols = symbols, .steps = 1 };
    rr_explain_config cfg = rr_explain_config_default();
    rr_explanation *e = NULL;
    float scores[80];
    rr_error err = { 0 };

    (void)unused;
    cfg.top = 80;
    cfg.query.key = RR_KEY_STATE_SYMBOL;
    for (size_t i = 0; i < 3; i++) {
        size_t above = 0;
        cfg.query.measure = measures[i];
        a.symbols = symbols;
        CHECK_OK(rr_influence_scores(inf, &cfg.query, &a, scores, &err), err);
        for (size_t k = 0; k < 80; k++)
            above += scores[k] > 0.0f;
        assert_true(above > 0 && above < 80);
        CHECK_OK(rr_explain(inf, &cfg, &a, &e, &err), err);
        assert_int_equal(e->count_proponents, above);
        assert_true(e->proponents[above - 1].score > 0.0f);
        rr_explanation_free(e);
        a.symbols = unknown;
        CHECK_OK(rr_explain(inf, &cfg, &a, &e, &err), err);
        assert_int_equal(e->count_proponents, 0);
        assert_int_equal(e->count_truth, 0);
        assert_int_equal(e->count_for_prediction, 0);
        rr_explanation_free(e);
    }
    rr_influence_free(inf);
}

static void an_explanation_holds_steps_proponents_and_their_labels(void **unused)
{
    rr_influence *inf = random_model(80, 6, false, 6, 3, 4, 15);
    rr_explain_config cfg = rr_explain_config_default();
    rr_explanation *e = NULL;
    rr_neighbour nearest[30];
    size_t found = 0;
    size_t tied = 0;
    rr_error err = { 0 };

    (void)unused;
    cfg.top = 30;
    cfg.query.label = 1; /* ignored */
    for (size_t i = 0; i < 80; i += 9) {
        rr_query all = rr_query_default();
        const float probability[6] = { 0.5f, 0.25f, 1.0f, 0.75f, 0.5f, 0.125f };
        rr_trace a = rr_traces_at(inf->training, i);
        a.probabilities = i % 2 ? probability : NULL;
        CHECK_OK(rr_explain(inf, &cfg, &a, &e, &err), err);
        assert_int_equal(e->truth, a.label);
        assert_int_equal(e->prediction, a.predictions[5]);
        assert_int_equal(e->classes, 3);
        assert_int_equal(e->count_steps, 6);
        for (size_t t = 1; t <= 6; t++) {
            const rr_explain_step *s = &e->steps[t - 1];
            const rr_posting *list = NULL;
            size_t count = 0;
            size_t sequences = 0;
            CHECK_OK(rr_influence_segment(inf, RR_KEY_TRANSITION, &a, t, &list, &count, &sequences,
                                          &err),
                     err);
            assert_int_equal(s->t, t);
            assert_int_equal(s->state, a.states[t - 1]);
            assert_int_equal(s->prediction, a.predictions[t - 1]);
            assert_true(i % 2 ? s->probability == probability[t - 1] : s->probability < 0.0f);
            assert_ptr_equal(s->confidence, rr_influence_confidence(inf, s->state));
            assert_int_equal(s->influencers, sequences);
        }
        CHECK_OK(rr_influence_nearest_tied(inf, &all, &a, 30, nearest, &found, &tied, &err), err);
        assert_int_equal(e->count_proponents, found);
        assert_int_equal(e->tied, tied);
        assert_memory_equal(e->proponents, nearest, found * sizeof *nearest);
        check_selection(e, e->truth, e->for_truth, e->count_for_truth);
        check_selection(e, e->prediction, e->for_prediction, e->count_for_prediction);
        assert_int_equal(e->count_truth, e->count_for_truth);
        assert_int_equal(e->count_prediction, e->count_for_prediction);
        assert_int_equal(e->top, 30);
        check_lifts(inf->training, e);
        rr_explanation_free(e);
    }
    rr_influence_free(inf);
}

/* ---- wrong inputs ---------------------------------------------------------------------------- */

static void wrong_queries_are_refused_with_the_value(void **unused)
{
    rr_influence *inf = random_model(10, 4, false, 5, 3, 1, 1);
    const uint16_t high[1] = { 6 };
    const uint16_t zero[1] = { 0 };
    const uint16_t fine[1] = { 1 };
    const uint16_t label[1] = { 3 };
    const uint16_t fine_label[1] = { 0 };
    const rr_trace good = rr_traces_at(inf->training, 0);
    const rr_trace empty = { .steps = 0 };
    const rr_trace bad_state = { .states = high, .predictions = fine_label, .steps = 1 };
    const rr_trace no_state = { .states = zero, .predictions = fine_label, .steps = 1 };
    const rr_trace bad_label = { .states = fine, .predictions = label, .steps = 1 };
    const rr_posting *list = NULL;
    size_t count = 0;
    float scores[10];
    rr_neighbour near[3];
    size_t found = 0;
    rr_explanation *e = NULL;
    rr_explain_config cfg = rr_explain_config_default();
    rr_error err = { 0 };

    (void)unused;
    rr_query q = rr_query_default();
    CHECK_FAILS(rr_influence_scores(inf, &q, &empty, scores, &err), RR_ERR_SHAPE, err, "no steps");
    CHECK_FAILS(rr_influence_scores(inf, &q, &bad_state, scores, &err), RR_ERR_SHAPE, err,
                "state 6");
    CHECK_FAILS(rr_influence_scores(inf, &q, &no_state, scores, &err), RR_ERR_SHAPE, err,
                "state 0");
    CHECK_FAILS(rr_influence_scores(inf, &q, &bad_label, scores, &err), RR_ERR_SHAPE, err,
                "prediction 3");
    q.p = 0.5;
    CHECK_FAILS(rr_influence_scores(inf, &q, &good, scores, &err), RR_ERR_ARG, err, "0.5");
    q.p = (double)NAN;
    CHECK_FAILS(rr_influence_scores(inf, &q, &good, scores, &err), RR_ERR_ARG, err, "nan");
    q.p = 17.0;
    CHECK_FAILS(rr_influence_scores(inf, &q, &good, scores, &err), RR_ERR_ARG, err, "17");
    q = rr_query_default();
    q.label = 3;
    CHECK_FAILS(rr_influence_nearest(inf, &q, &good, 3, near, &found, &err), RR_ERR_ARG, err,
                "label 3");
    q = rr_query_default();
    q.measure = (rr_measure)9;
    CHECK_FAILS(rr_influence_scores(inf, &q, &good, scores, &err), RR_ERR_ARG, err, "9");
    q.measure = RR_MEASURE_VOTES;
    q.key = RR_KEY_STATE_SYMBOL;
    CHECK_FAILS(rr_influence_similarity(inf, &q, &good, &good, scores, &err), RR_ERR_ARG, err,
                "symbols");
    CHECK_FAILS(rr_influence_scores(inf, &q, &good, scores, &err), RR_ERR_ARG, err, "symbols");
    q.key = (rr_key)5;
    CHECK_FAILS(rr_influence_scores(inf, &q, &good, scores, &err), RR_ERR_ARG, err, "5");
    q = rr_query_default();
    const size_t far_away = 10;
    CHECK_FAILS(
        rr_influence_nearest_many(inf, &q, inf->training, &far_away, 1, 3, near, &found, &err),
        RR_ERR_ARG, err, "trace 10");
    CHECK_FAILS(rr_influence_segment(inf, RR_KEY_TRANSITION, &good, 0, &list, &count, NULL, &err),
                RR_ERR_ARG, err, "step 0");
    CHECK_FAILS(rr_influence_segment(inf, RR_KEY_TRANSITION, &good, 5, &list, &count, NULL, &err),
                RR_ERR_ARG, err, "step 5");
    CHECK_FAILS(rr_influence_segment(inf, RR_KEY_STATE_SYMBOL, &good, 1, &list, &count, NULL, &err),
                RR_ERR_ARG, err, "build it again");
    cfg.top = 5;
    CHECK_FAILS(rr_explain(inf, &cfg, &bad_state, &e, &err), RR_ERR_SHAPE, err, "state 6");
    cfg.query.key = RR_KEY_STATE_SYMBOL;
    CHECK_FAILS(rr_explain(inf, &cfg, &good, &e, &err), RR_ERR_ARG, err, "symbols");
    assert_null(e);
    rr_influence_free(inf);
}

/* ---- allocation failures --------------------------------------------------------------------- */

static rr_status all_queries(const rr_influence *inf, double p)
{
    const size_t which[2] = { 1, 2 };
    const rr_trace a = rr_traces_at(inf->training, 4);
    rr_explain_config cfg = rr_explain_config_default();
    rr_explanation *e = NULL;
    rr_neighbour near[2][3];
    float scores[20];
    size_t found[2];
    rr_query q = rr_query_default();

    q.p = p;
    q.threads = 2;
    cfg.query = q;
    rr_status st = rr_influence_scores(inf, &q, &a, scores, NULL);
    if (st == RR_OK)
        st = rr_influence_similarity(inf, &q, &a, &a, scores, NULL);
    if (st == RR_OK)
        st = rr_influence_nearest(inf, &q, &a, 3, near[0], found, NULL);
    if (st == RR_OK)
        st = rr_influence_nearest_many(inf, &q, inf->training, which, 2, 3, near[0], found, NULL);
    if (st == RR_OK)
        st = rr_explain(inf, &cfg, &a, &e, NULL);
    assert_int_equal(st == RR_OK, e != NULL);
    rr_explanation_free(e);
    return st;
}

static void every_failed_allocation_of_a_query_is_clean(void **unused)
{
    rr_influence *inf = random_model(20, 4, false, 5, 3, 1, 1);

    (void)unused;
    for (double p = 1.0; p < 3.0; p += 1.0) {
        for (failing at = { 0 }; next_allocation_fails(&at, 10);)
            at.st = all_queries(inf, p);
    }
    rr_influence_free(inf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lp_scores_equal_the_formula_in_double),
        cmocka_unit_test(identical_traces_score_one_and_only_they),
        cmocka_unit_test(votes_equal_a_count_by_hand),
        cmocka_unit_test(the_nearest_are_the_first_of_all_sorted),
        cmocka_unit_test(the_nearest_of_many_blocks_are_the_first_of_all_sorted),
        cmocka_unit_test(the_nearest_by_keys_of_many_blocks_are_the_first_of_all_sorted),
        cmocka_unit_test(many_traces_at_once_answer_as_one_by_one),
        cmocka_unit_test(postings_equal_a_scan_over_all_steps),
        cmocka_unit_test(symbols_above_16_bits_are_kept_apart),
        cmocka_unit_test(a_key_never_seen_has_no_list),
        cmocka_unit_test(who_shares_nothing_is_no_proponent),
        cmocka_unit_test(a_common_label_is_judged_by_its_lift),
        cmocka_unit_test(so_many_are_most_influential_by_default),
        cmocka_unit_test(an_explanation_holds_steps_proponents_and_their_labels),
        cmocka_unit_test(wrong_queries_are_refused_with_the_value),
        cmocka_unit_test(every_failed_allocation_of_a_query_is_clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
