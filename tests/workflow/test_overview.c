/* SPDX-License-Identifier: MIT */
/* test_overview.c - the summary of states and what is said of an influence model, against counts
 * made anew, one step after another, from the traces of the same runs. */
#include "overview_runs.h"

#include "make.h"

static void check_near(double got, double want, double apart)
{
    if (!(fabs(got - want) <= apart))
        fail_msg("%.17g, expected %.17g", got, want);
}

/* The traces of a split, made by the public calls. */
static rr_traces *trace_split(rr_session *s, rr_split split)
{
    const rr_influence *inf = NULL;
    const rr_network *net = NULL;
    const rr_dataset *ds = NULL;
    rr_error err = { 0 };

    CHECK_OK(rr_session_influence(s, &inf, &err), err);
    CHECK_OK(rr_session_network(s, &net, &err), err);
    CHECK_OK(rr_session_split(s, split, &ds, &err), err);
    return traces_of(inf, net, ds);
}

static bool wrong_step(const rr_trace *a, size_t t)
{
    return a->step_labels != NULL && a->step_labels[t] != 65535 &&
           a->step_labels[t] != a->predictions[t];
}

static bool is_wrong(const rr_trace *a, bool by_steps)
{
    bool wrong = false;

    for (size_t t = 0; by_steps && t < a->steps; t++)
        wrong = wrong || wrong_step(a, t);
    return by_steps ? wrong : a->prediction != a->label;
}

/* ---- visits --------------------------------------------------------------------------------- */

static void check_visits(const rr_state_visits *got, const rr_traces *traces, size_t q,
                         bool by_steps)
{
    rr_state_visits want = { .steps = 0 };

    for (size_t i = 0; i < rr_traces_count(traces); i++) {
        const rr_trace a = rr_traces_at(traces, i);
        bool passes = false;
        for (size_t t = 0; t < a.steps; t++) {
            if (a.states[t] != q)
                continue;
            passes = true;
            want.steps++;
            want.labelled_steps += by_steps && a.step_labels[t] != 65535;
            want.step_errors += by_steps && wrong_step(&a, t);
        }
        const bool ends = a.states[a.steps - 1] == q;
        want.sequences += passes;
        want.errors += passes && is_wrong(&a, by_steps);
        want.ends += ends;
        want.end_errors += ends && is_wrong(&a, by_steps);
    }
    assert_int_equal(got->steps, want.steps);
    assert_int_equal(got->sequences, want.sequences);
    assert_int_equal(got->errors, want.errors);
    assert_int_equal(got->ends, want.ends);
    assert_int_equal(got->end_errors, want.end_errors);
    assert_int_equal(got->labelled_steps, want.labelled_steps);
    assert_int_equal(got->step_errors, want.step_errors);
    if (want.ends > 0)
        check_near(got->end_accuracy, 1.0 - (double)want.end_errors / (double)want.ends, 1e-12);
    else
        assert_true(got->end_accuracy < 0.0);
}

static void check_errors(const rr_state_card *card, const rr_traces *traces, bool by_steps)
{
    size_t n = 0;

    for (size_t i = 0; i < rr_traces_count(traces); i++) {
        const rr_trace a = rr_traces_at(traces, i);
        bool here = !by_steps && a.states[a.steps - 1] == card->state && a.prediction != a.label;
        for (size_t t = 0; by_steps && t < a.steps; t++)
            here = here || (a.states[t] == card->state && wrong_step(&a, t));
        if (!here)
            continue;
        assert_true(n < card->count_errors);
        assert_int_equal(card->errors[n++], i);
    }
    assert_int_equal(card->count_errors, n);
    assert_int_equal(card->all_errors, n);
}

/* ---- ways, words, labels -------------------------------------------------------------------- */

/* Steps in q that come from, or go on to, another state. */
static size_t count_way(const rr_traces *traces, size_t q, size_t other, bool out)
{
    size_t n = 0;

    for (size_t i = 0; i < rr_traces_count(traces); i++) {
        const rr_trace a = rr_traces_at(traces, i);
        for (size_t t = 0; t < a.steps; t++) {
            const size_t before = t > 0 ? a.states[t - 1] : 0;
            const size_t next = t + 1 < a.steps ? a.states[t + 1] : 0;
            n += a.states[t] == q && (out ? next : before) == other;
        }
    }
    return n;
}

static void check_ways(const rr_state_way *list, size_t n, size_t all, const rr_state_card *card,
                       const rr_traces *traces, size_t K, bool out)
{
    size_t there = 0, sum = 0;

    for (size_t other = 0; other <= K; other++)
        there += count_way(traces, card->state, other, out) > 0;
    assert_int_equal(all, there);
    assert_int_equal(n, there < 3 ? there : 3);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(list[i].count, count_way(traces, card->state, list[i].state, out));
        check_near(list[i].share, (double)list[i].count / (double)card->train.steps, 1e-12);
        assert_true(i == 0 || list[i].count < list[i - 1].count ||
                    (list[i].count == list[i - 1].count && list[i].state > list[i - 1].state));
        sum += list[i].count;
    }
    for (size_t other = 0; other <= K && n > 0;
         other++) { /* none that is more frequent is missing */
        bool listed = false;
        for (size_t i = 0; i < n; i++)
            listed = listed || list[i].state == other;
        assert_true(listed || count_way(traces, card->state, other, out) <= list[n - 1].count);
    }
    assert_true(sum <= card->train.steps);
}

static size_t count_word(const rr_traces *traces, size_t q, uint32_t word)
{
    size_t n = 0;

    for (size_t i = 0; i < rr_traces_count(traces); i++) {
        const rr_trace a = rr_traces_at(traces, i);
        for (size_t t = 0; t < a.steps; t++)
            n += (q == 0 || a.states[t] == q) && a.symbols[t] == word;
    }
    return n;
}

static void check_words(const rr_state_card *card, const rr_traces *traces, size_t steps, size_t V)
{
    size_t typical = 0;

    for (uint32_t x = 0; x < V; x++) {
        const size_t n = count_word(traces, card->state, x);
        if (n < 4)
            continue;
        const double lift = (double)n / (double)card->train.steps /
                            ((double)count_word(traces, 0, x) / (double)steps);
        if (lift <= 1.0)
            continue;
        typical++;
        for (size_t i = 0; i < card->count_words; i++)
            if (card->words[i].symbol == x) {
                assert_int_equal(card->words[i].count, n);
                check_near(card->words[i].lift, lift, 1e-9);
            }
    }
    assert_int_equal(card->count_words, typical < 6 ? typical : 6);
    for (size_t i = 1; i < card->count_words; i++)
        assert_true(card->words[i].lift <= card->words[i - 1].lift);
}

static void check_labels(const rr_state_card *card, const rr_traces *traces, size_t C,
                         bool by_steps)
{
    size_t count[8] = { 0 }, all = 0;

    for (size_t i = 0; i < rr_traces_count(traces); i++) {
        const rr_trace a = rr_traces_at(traces, i);
        for (size_t t = 0; t < a.steps; t++)
            if (a.states[t] == card->state) {
                count[by_steps ? a.step_labels[t] : a.label]++;
                all++;
            }
    }
    for (size_t c = 0; c < C && all > 0; c++)
        check_near(card->labels[c], (double)count[c] / (double)all, 1e-12);
}

static void check_summary(rr_session *s, bool by_steps)
{
    rr_state_summary_config cfg = rr_state_summary_config_default();
    rr_state_summary *x = NULL;
    rr_error err = { 0 };
    rr_traces *train = trace_split(s, RR_SPLIT_TRAIN);
    rr_traces *test = trace_split(s, RR_SPLIT_TEST);
    double share = 0.0;

    cfg.ways = 3;
    cfg.words = 6;
    cfg.least = 4;
    cfg.least_share = 0.0;
    CHECK_OK(rr_session_state_summary(s, &cfg, &x, &err), err);
    assert_int_equal(x->count, 5);
    assert_int_equal(x->by_steps, by_steps);
    assert_int_equal(x->split, RR_SPLIT_TEST);
    for (size_t q = 1; q <= x->count; q++) {
        const rr_state_card *card = &x->states[q - 1];
        assert_int_equal(card->state, q);
        check_near(card->stability, (double)card->confidence[card->likeliest], 1e-7);
        assert_null(card->mean);
        check_visits(&card->train, train, q, by_steps);
        check_visits(&card->split, test, q, by_steps);
        check_errors(card, test, by_steps);
        check_ways(card->in, card->count_in, card->all_in, card, train, x->count, false);
        check_ways(card->out, card->count_out, card->all_out, card, train, x->count, true);
        check_words(card, train, x->steps, rr_dataset_vocabulary(x->train));
        check_labels(card, train, x->classes, by_steps);
        share += card->share;
    }
    check_near(share, 1.0, 1e-12);
    rr_state_summary_free(x);
    rr_traces_free(train);
    rr_traces_free(test);
}

static void states_of_sentences(void **state)
{
    write_texts();
    rr_session *s = make_run("run", SENTENCES, 5);

    (void)state;
    check_summary(s, false);
    rr_session_close(s);
}

static void states_of_labelled_words(void **state)
{
    write_texts();
    rr_session *s = make_run("run", WORDS, 5);

    (void)state;
    check_summary(s, true);
    rr_session_close(s);
}

static void mean_frames_and_lists_that_are_cut(void **state)
{
    rr_session *s = make_run("run", DIGITS, 4);
    rr_state_summary_config cfg = rr_state_summary_config_default();
    rr_traces *train = trace_split(s, RR_SPLIT_TRAIN);
    rr_state_summary *x = NULL;
    rr_error err = { 0 };

    (void)state;
    cfg.errors = 1;
    cfg.ways = 0;
    cfg.split = RR_SPLIT_TRAIN;
    CHECK_OK(rr_session_state_summary(s, &cfg, &x, &err), err);
    for (size_t q = 1; q <= 4; q++) {
        const rr_state_card *card = &x->states[q - 1];
        double sum = 0.0;
        for (size_t i = 0; i < 90; i++) {
            const rr_trace a = rr_traces_at(train, i);
            for (size_t t = 0; t < a.steps; t++)
                if (a.states[t] == q)
                    sum += (double)rr_dataset_at(x->train, i).frames[28 * t + 14];
        }
        check_near((double)card->mean[14], sum / (double)card->train.steps, 1e-6);
        assert_int_equal(card->count_words, 0);
        assert_int_equal(card->count_in, 0);
        assert_true(card->all_in > 0);
        assert_int_equal(card->all_errors, card->train.end_errors);
        assert_int_equal(card->count_errors, card->all_errors > 0);
        assert_memory_equal(&card->train, &card->split, sizeof card->train);
    }
    rr_state_summary_free(x);
    cfg.split = RR_SPLIT_DEV;
    CHECK_FAILS(rr_session_state_summary(s, &cfg, &x, &err), RR_ERR_ARG, err, "no dev split");
    cfg.split = 9;
    CHECK_FAILS(rr_session_state_summary(s, &cfg, &x, &err), RR_ERR_ARG, err,
                "9 is the number of no split");
    assert_null(x);
    rr_traces_free(train);
    rr_session_close(s);
}

/* ---- trust ---------------------------------------------------------------------------------- */

static const rr_finding *find(const rr_trust *x, const char *name)
{
    for (size_t i = 0; i < x->count; i++)
        if (strcmp(x->findings[i].name, name) == 0)
            return &x->findings[i];
    fail_msg("no finding %s", name);
    return NULL;
}

static uint32_t likeliest(const rr_influence *inf, size_t q, double *stability)
{
    const float *c_q = rr_influence_confidence(inf, q);
    uint32_t best = 0;

    for (uint32_t c = 1; c < rr_influence_info_of(inf).classes; c++)
        best = c_q[c] > c_q[best] ? c : best;
    *stability = (double)c_q[best];
    return best;
}

/* Is there a training step that reads the word of step t in the state before it? */
static bool is_seen(const rr_traces *train, const rr_trace *x, size_t t)
{
    for (size_t i = 0; i < rr_traces_count(train); i++) {
        const rr_trace a = rr_traces_at(train, i);
        for (size_t k = 0; k < a.steps; k++)
            if (a.symbols[k] == x->symbols[t] &&
                (k > 0 ? a.states[k - 1] : 0) == (t > 0 ? x->states[t - 1] : 0))
                return true;
    }
    return false;
}

static void check_trust(rr_session *s, bool by_steps)
{
    rr_traces *train = trace_split(s, RR_SPLIT_TRAIN), *test = trace_split(s, RR_SPLIT_TEST);
    const rr_influence *inf = NULL;
    rr_trust *x = NULL;
    rr_error err = { 0 };
    size_t steps = 0, agree = 0, unseen = 0, right[2] = { 0 }, count[2] = { 0 };
    double stability[2] = { 0 }, at = 0.0;

    CHECK_OK(rr_session_influence(s, &inf, &err), err);
    CHECK_OK(rr_session_trust(s, &x, &err), err);
    for (size_t i = 0; i < rr_traces_count(test); i++) {
        const rr_trace a = rr_traces_at(test, i);
        for (size_t t = 0; t < a.steps; t++) {
            const bool seen = is_seen(train, &a, t);
            agree += likeliest(inf, a.states[t], &at) == a.predictions[t];
            unseen += !seen;
            steps++;
            if (by_steps) {
                const bool good = !wrong_step(&a, t);
                count[seen]++;
                right[seen] += good;
                stability[good] += at;
            }
        }
        (void)likeliest(inf, a.states[a.steps - 1], &at);
        if (!by_steps)
            stability[a.prediction == a.label] += at;
    }
    for (size_t i = 0; !by_steps && i < rr_traces_count(test); i++) {
        const rr_trace a = rr_traces_at(test, i);
        size_t n = 0;
        for (size_t t = 0; t < a.steps; t++)
            n += !is_seen(train, &a, t);
        const bool few = n * steps <= unseen * a.steps;
        count[few]++;
        right[few] += a.prediction == a.label;
    }
    const double good = (double)(right[0] + right[1]), all = (double)(count[0] + count[1]);
    assert_true(good > 10.0 && all - good > 10.0 && unseen > 0);
    check_near(find(x, "agreement_test")->value, (double)agree / (double)steps, 1e-12);
    check_near(find(x, "unseen_test")->value, (double)unseen / (double)steps, 1e-12);
    check_near(find(x, "unseen_accuracy")->value,
               (double)right[1] / (double)count[1] - (double)right[0] / (double)count[0], 1e-12);
    check_near(find(x, "error_stability")->value, stability[1] / good - stability[0] / (all - good),
               1e-9);
    check_near(find(x, "stability")->value, rr_influence_info_of(inf).stability_mean, 0.0);
    assert_int_equal(find(x, "agreement_test_last")->level == RR_TRUST_UNKNOWN, by_steps);
    assert_int_equal(find(x, "unseen_dev")->level, RR_TRUST_UNKNOWN);
    assert_true(isnan(find(x, "unseen_dev")->value));
    rr_trust_free(x);
    rr_traces_free(train);
    rr_traces_free(test);
}

static void trust_of_sentences(void **state)
{
    write_texts();
    rr_session *s = make_run("run", SENTENCES, 5);

    (void)state;
    check_trust(s, false);
    rr_session_close(s);
}

static void trust_of_labelled_words(void **state)
{
    write_texts();
    rr_session *s = make_run("run", WORDS, 5);

    (void)state;
    check_trust(s, true);
    rr_session_close(s);
}

/* One state says nothing: it agrees as often as always naming one class, and the level says so. A
 * new model in the same session is measured anew. */
static void one_state_is_not_to_be_relied_on(void **state)
{
    rr_session *s = make_run("run", DIGITS, 1);
    rr_influence_config more = rr_influence_config_default();
    rr_trust *x = NULL;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_session_trust(s, &x, &err), err);
    assert_int_equal(x->level, RR_TRUST_NOT);
    assert_int_equal(find(x, "agreement_train")->level, RR_TRUST_NOT);
    assert_int_equal(find(x, "states_per_class")->level, RR_TRUST_NOT);
    assert_true(find(x, "classes_without_state")->value > 0.0);
    assert_non_null(strstr(x->sentence, "agreement_train"));
    const double before = find(x, "agreement_test")->value;
    rr_trust_free(x);
    more.partition.states = 20;
    CHECK_OK(rr_session_build(s, &more, &err), err);
    CHECK_OK(rr_session_trust(s, &x, &err), err);
    assert_true(find(x, "agreement_test")->value > before + 0.1);
    rr_trust_free(x);
    rr_session_close(s);
}

/* A network with one answer: nothing can be said against the states, nor for them. */
static void one_class_is_looked_at(void **state)
{
    rr_trust *x = NULL;
    rr_error err = { 0 };

    (void)state;
    write_scratch("one.csv", "text,label,split\na b,x,train\nb a c,x,train\nc,x,train\n"
                             "b,y,train\nd a b,x,train\na,x,test\nb c,x,test\n");
    rr_session *s = make_run("run", "csv:one.csv?where=label=x&classes=x|y", 3);
    CHECK_OK(rr_session_trust(s, &x, &err), err);
    assert_int_equal(find(x, "stability")->level, RR_TRUST_LOOK);
    assert_int_equal(find(x, "agreement_test_last")->level, RR_TRUST_LOOK);
    assert_non_null(strstr(find(x, "agreement_test")->sentence, "one prediction for all"));
    assert_int_equal(find(x, "error_stability")->level, RR_TRUST_UNKNOWN);
    rr_trust_free(x);
    rr_session_close(s);
}

/* Of eight answers, a few of them other than most, nobody can tell. */
static void few_answers_say_nothing(void **state)
{
    rr_session *s = make_run("run", FEW_DIGITS, 4);
    rr_trust *x = NULL;
    rr_error err = { 0 };

    (void)state;
    CHECK_OK(rr_session_trust(s, &x, &err), err);
    assert_int_equal(find(x, "agreement_test_last")->level, RR_TRUST_UNKNOWN);
    assert_non_null(strstr(find(x, "agreement_test_last")->sentence, "too few predictions"));
    assert_int_not_equal(find(x, "agreement_train_last")->level, RR_TRUST_UNKNOWN);
    rr_trust_free(x);
    rr_session_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_SCRATCH(states_of_sentences),
        TEST_IN_SCRATCH(states_of_labelled_words),
        TEST_IN_SCRATCH(mean_frames_and_lists_that_are_cut),
        TEST_IN_SCRATCH(trust_of_sentences),
        TEST_IN_SCRATCH(trust_of_labelled_words),
        TEST_IN_SCRATCH(one_state_is_not_to_be_relied_on),
        TEST_IN_SCRATCH(one_class_is_looked_at),
        TEST_IN_SCRATCH(few_answers_say_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
