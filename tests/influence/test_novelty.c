/* SPDX-License-Identifier: MIT */
/* test_novelty.c - sequences like the training set are not novel, others are, and in what; limits
 * survive a file. */
#include "fixture.h"

#include "influence/novelty.h"
#include "io/io.h"

enum { N = 300, T = 12 };

static const char hash[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
static const char *const path = "test_novelty.safetensors";

static rr_influence *trained(bool frames, size_t count)
{
    rr_state_source source = synth_source(count, T, true, frames, 3);
    rr_influence_config cfg = synth_config();
    rr_influence *inf = synth_build(&cfg, &source);

    rr_state_source_close(&source);
    return inf;
}

static rr_novelty *judge(const rr_influence *inf, rr_state_source *source, size_t threads)
{
    rr_novelty *of = synth_memory(source->sequences, sizeof *of);
    rr_error err = { 0 };

    CHECK_OK(rr_influence_novelty(inf, source, threads, of, &err), err);
    return of;
}

static size_t count_novel(const rr_novelty *of, size_t n)
{
    size_t novel = 0;

    for (size_t i = 0; i < n; i++)
        novel += of[i].value > 1.0F;
    return novel;
}

/* How many of a source are novel, and in what most of these are. */
static size_t novel_in(const rr_influence *inf, rr_state_source *source, rr_novelty_part *part)
{
    rr_novelty *of = judge(inf, source, 2);
    size_t in[RRI_NOVELTY_PARTS] = { 0 };
    const size_t novel = count_novel(of, source->sequences);

    for (size_t i = 0; i < source->sequences; i++)
        in[of[i].most] += of[i].value > 1.0F;
    *part = RR_NOVELTY_INPUT;
    for (size_t k = 1; k < RRI_NOVELTY_PARTS; k++)
        if (in[k] > in[*part])
            *part = (rr_novelty_part)k;
    free(of);
    rr_state_source_close(source);
    return novel;
}

/* ---- what is novel -------------------------------------------------------------------------- */

static void sequences_like_the_training_set_are_not_novel(void **state)
{
    (void)state;
    for (int frames = 0; frames < 2; frames++) {
        rr_influence *inf = trained(frames, N);
        rr_state_source others = synth_source(N, T, true, frames, 11);
        rr_novelty_part part = RR_NOVELTY_INPUT;
        assert_int_equal(rr_influence_has_novelty(inf), 1);
        assert_in_range(novel_in(inf, &others, &part), 0, N / 100);
        rr_influence_free(inf);
    }
}

static void frames_far_from_the_training_set_are_novel_as_inputs(void **state)
{
    (void)state;
    rr_influence *inf = trained(true, N);
    rr_state_source far = synth_source(N, T, true, true, 11);
    synth *s = far.self;
    rr_novelty_part part = RR_NOVELTY_LAST;

    for (size_t i = 0; i < s->rows * SYNTH_D; i++)
        s->frames[i] += 0.4F;
    assert_int_equal(novel_in(inf, &far, &part), N);
    assert_int_equal(part, RR_NOVELTY_INPUT);
    rr_influence_free(inf);
}

static void states_the_mixture_does_not_know_are_novel_as_states(void **state)
{
    (void)state;
    rr_influence *inf = trained(true, N);
    rr_state_source far = synth_source(N, T, true, true, 11);
    synth *s = far.self;
    rr_novelty_part part = RR_NOVELTY_LAST;

    for (size_t i = 0; i < s->rows; i++)
        s->states[i * SYNTH_H] += 9.0F;
    assert_int_equal(novel_in(inf, &far, &part), N);
    assert_int_equal(part, RR_NOVELTY_STATE);
    rr_influence_free(inf);
}

/* In the training set each symbol has its own cluster; here no step keeps to that. */
static void known_symbols_in_other_states_are_novel_as_steps(void **state)
{
    (void)state;
    rr_state_source source = synth_source(N, T, false, false, 3);
    rr_state_source other = synth_source(N, T, false, false, 11);
    synth *const both[] = { source.self, other.self };
    const rr_influence_config cfg = synth_config();
    rr_novelty_part part = RR_NOVELTY_INPUT;

    for (int k = 0; k < 2; k++)
        for (size_t i = 0; i < both[k]->rows; i++)
            both[k]->symbols[i] = (uint32_t)((i % T + (k == 0 ? 0 : i % 5 + 1)) % SYNTH_V);
    for (int k = 0; k < 2; k++) /* the cluster follows the position */
        for (size_t i = 0; i < both[k]->rows; i++)
            for (size_t j = 0; j < SYNTH_H; j++)
                both[k]->states[i * SYNTH_H + j] =
                    (j == i % T % SYNTH_CLUSTERS ? 3.0F : 0.0F) + 0.001F * (float)((i * 7 + j) % 9);
    rr_influence *inf = synth_build(&cfg, &source);
    assert_in_range(novel_in(inf, &other, &part), N * 9 / 10, N);
    assert_true(part == RR_NOVELTY_STEP || part == RR_NOVELTY_LAST);
    rr_state_source_close(&source);
    rr_influence_free(inf);
}

/* ---- numbers -------------------------------------------------------------------------------- */

/* Half a step is added for each of the six symbols; a training sequence does not count itself. */
static void a_step_is_as_unlikely_as_the_counts_say(void **state)
{
    (void)state;
    rr_influence *inf = random_model(40, 5, false, 3, 2, 6, 5);
    const rr_trace trace = rr_traces_at(inf->training, 7);
    const rri_postings *p = &inf->postings[RR_KEY_STATE_SYMBOL];
    rri_measures *training = synth_memory(40, sizeof *training);
    rri_measures measured = { { 0 } };
    rr_error err = { 0 };
    double others = 0.0, all = 0.0, with_others = 0.0, with_all = 0.0;

    CHECK_OK(rri_novelty_fit(inf, training, &err), err);
    const uint16_t q = trace.states[3];
    for (size_t i = 0; i < 40; i++) {
        const rr_trace x = rr_traces_at(inf->training, i);
        for (size_t t = 1; t < x.steps; t++) {
            const bool same = x.states[t - 1] == q;
            all += same;
            with_all += same && x.symbols[t] == trace.symbols[4];
            others += same && i != 7;
            with_others += same && i != 7 && x.symbols[t] == trace.symbols[4];
        }
    }
    assert_true(p->keys > 0 && with_all > with_others);
    CHECK_NEAR(training[7].part[RR_NOVELTY_LAST], log((others + 3.0) / (with_others + 0.5)), 1e-12,
               0.0);
    rri_novelty_steps(inf, &trace, &measured);
    CHECK_NEAR(measured.part[RR_NOVELTY_LAST], log((all + 3.0) / (with_all + 0.5)), 1e-12, 0.0);
    free(training);
    rr_influence_free(inf);
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Mean excesses from the 90th percentile of a model's training sequences to its limit. */
static double excesses_to_the_limit(size_t n)
{
    rr_influence *inf = random_model(n, 5, false, 3, 2, 6, 5);
    rri_measures *training = synth_memory(n, sizeof *training);
    double *sum = synth_memory(n, sizeof *sum);
    const size_t k = n / 10;
    rr_error err = { 0 };
    double excess = 0.0;

    CHECK_OK(rri_novelty_fit(inf, training, &err), err);
    const double limit = inf->novelty->limit;
    for (size_t i = 0; i < n; i++)
        sum[i] = (double)rri_novelty_of(inf, &training[i], NULL) * limit;
    qsort(sum, n, sizeof *sum, by_value);
    const double high = sum[n - k - 1];
    for (size_t i = n - k; i < n; i++)
        excess += (sum[i] - high) / (double)k;
    free(sum);
    free(training);
    rr_influence_free(inf);
    return (limit - high) / excess;
}

/* A tail of 4 or 27 values leaves its mean open, one of 400 does not: log 50 = 3.91. */
static void the_limit_is_further_where_few_sequences_tell_it(void **state)
{
    (void)state;
    CHECK_NEAR(excesses_to_the_limit(40), 4.0 * (cbrt(50.0) - 1.0), 1e-4, 0.0);
    CHECK_NEAR(excesses_to_the_limit(270), 4.385, 1e-3, 0.0);
    CHECK_NEAR(excesses_to_the_limit(4000), log(50.0), 0.04, 0.0);
}

static void the_bits_do_not_depend_on_threads(void **state)
{
    (void)state;
    rr_influence *inf = trained(true, N);
    rr_state_source source = synth_source(N, T, true, true, 11);
    rr_novelty *one = judge(inf, &source, 1);
    rr_novelty *three = judge(inf, &source, 3);

    assert_memory_equal(one, three, N * sizeof *one);
    free(one);
    free(three);
    rr_state_source_close(&source);
    rr_influence_free(inf);
}

/* ---- without limits ------------------------------------------------------------------------- */

static void a_small_training_set_gives_no_limits(void **state)
{
    (void)state;
    rr_influence *inf = trained(true, RRI_NOVELTY_LEAST - 1);
    rr_state_source source = synth_source(3, T, true, true, 11);
    rr_novelty of[3];
    rr_error err = { 0 };

    assert_int_equal(rr_influence_has_novelty(inf), 0);
    CHECK_FAILS(rr_influence_novelty(inf, &source, 1, of, &err), RR_ERR_UNSUPPORTED, err,
                "no limits of the novelty");
    rr_state_source_close(&source);
    rr_influence_free(inf);
}

/* A number a file cannot have from a build. */
static void other_numbers_than_a_build_gives_are_refused(void **state)
{
    (void)state;
    const double good[] = { 1, 2, 1, 1, 2, 1, 1, 2, 1, 1, 2, 1 };
    for (int change = 0; change < 5; change++) {
        rr_influence *inf = trained(true, 10);
        double parts[12];
        rr_error err = { 0 };
        memcpy(parts, good, sizeof parts);
        parts[4] = change == 0 ? 0.0 : change == 1 ? (double)NAN : 2.0;
        parts[5] = change == 2 ? 0.0 : 1.0;
        const double limit = change == 3 ? 0.0 : change == 4 ? (double)INFINITY : 2.0;
        CHECK_FAILS(rri_novelty_restore(inf, parts, limit, &err), RR_ERR_ARG, err,
                    change < 3 ? "novelty.parts: row 1" : "novelty.limit");
        rr_influence_free(inf);
    }
}

/* ---- files ---------------------------------------------------------------------------------- */

static void limits_survive_a_file(void **state)
{
    (void)state;
    for (int frames = 0; frames < 2; frames++) {
        rr_influence *inf = trained(frames, N);
        rr_influence *loaded = NULL;
        rr_state_source source = synth_source(N, T, true, frames, 12);
        rr_error err = { 0 };
        CHECK_OK(rr_influence_save(inf, path, hash, hash, &err), err);
        CHECK_OK(rr_influence_load(path, NULL, NULL, &loaded, &err), err);
        rr_novelty *a = judge(inf, &source, 2);
        rr_novelty *b = judge(loaded, &source, 2);
        assert_memory_equal(a, b, N * sizeof *a);
        free(a);
        free(b);
        rr_state_source_close(&source);
        rr_influence_free(loaded);
        rr_influence_free(inf);
    }
}

/* As earlier versions wrote them. */
static void a_file_without_limits_loads(void **state)
{
    (void)state;
    rr_influence *inf = trained(true, N);
    rr_influence *loaded = NULL;
    rr_error err = { 0 };

    rri_novelty_free(inf->novelty);
    inf->novelty = NULL;
    CHECK_OK(rr_influence_save(inf, path, hash, hash, &err), err);
    CHECK_OK(rr_influence_load(path, NULL, NULL, &loaded, &err), err);
    assert_int_equal(rr_influence_has_novelty(loaded), 0);
    rr_influence_free(loaded);
    rr_influence_free(inf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sequences_like_the_training_set_are_not_novel),
        cmocka_unit_test(frames_far_from_the_training_set_are_novel_as_inputs),
        cmocka_unit_test(states_the_mixture_does_not_know_are_novel_as_states),
        cmocka_unit_test(known_symbols_in_other_states_are_novel_as_steps),
        cmocka_unit_test(a_step_is_as_unlikely_as_the_counts_say),
        cmocka_unit_test(the_limit_is_further_where_few_sequences_tell_it),
        cmocka_unit_test(the_bits_do_not_depend_on_threads),
        cmocka_unit_test(a_small_training_set_gives_no_limits),
        cmocka_unit_test(other_numbers_than_a_build_gives_are_refused),
        cmocka_unit_test(limits_survive_a_file),
        cmocka_unit_test(a_file_without_limits_loads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
