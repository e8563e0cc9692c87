/* SPDX-License-Identifier: MIT */
/* test_build.c - building from a state source, and tracing through the finished model. */
#include "abstraction/abstraction_internal.h"
#include "fixture.h"
#include "scratch_folder.h"

#include "io/io.h"

static synth *synth_of(rr_state_source *source)
{
    return source->self;
}

/* ---- what a build holds ---------------------------------------------------------------------- */

static void a_build_holds_what_the_source_delivered(void **unused)
{
    (void)unused;
    for (int kind = 0; kind < 4; kind++) {
        const bool frames = kind & 1;
        rr_state_source source = synth_source(50, 9, kind & 2, frames, 4);
        const rr_influence_config cfg = synth_config();
        rr_influence *inf = synth_build(&cfg, &source);
        const synth *s = synth_of(&source);
        const rr_influence_info info = rr_influence_info_of(inf);
        const rr_traces *t = rr_influence_training(inf);
        size_t row = 0;
        assert_int_equal(info.sequences, 50);
        assert_int_equal(info.steps, s->rows);
        assert_int_equal(info.hidden, SYNTH_H);
        assert_int_equal(info.components, 4);
        assert_int_equal(info.states, SYNTH_CLUSTERS);
        assert_int_equal(info.classes, SYNTH_C);
        assert_int_equal(info.symbols, SYNTH_V);
        assert_true(info.explained_variance > 0.9 && info.explained_variance <= 1.0);
        assert_true(info.seconds[RR_BUILD_CLUSTER] >= 0.0);
        assert_int_equal(rr_traces_count(t), 50);
        for (size_t i = 0; i < 50; i++) {
            const rr_trace a = rr_traces_at(t, i);
            assert_int_equal(a.steps, s->steps[i]);
            assert_int_equal(a.label, s->labels[i]);
            assert_int_equal(a.prediction, s->predictions[row + a.steps - 1]);
            assert_null(a.probabilities);
            for (size_t k = 0; k < a.steps; k++) {
                assert_int_equal(a.predictions[k], s->predictions[row + k]);
                if (!frames)
                    assert_int_equal(a.symbols[k], s->symbols[row + k]);
            }
            row += a.steps;
        }
        rr_influence_free(inf);
        rr_state_source_close(&source);
    }
}

/* The synthetic clusters are far apart: states and symbols of frames must equal them up to
 * numbering. */
static void states_and_symbols_are_the_clusters_of_the_source(void **unused)
{
    rr_state_source source = synth_source(60, 10, true, true, 8);
    const rr_influence_config cfg = synth_config();
    rr_influence *inf = synth_build(&cfg, &source);
    const synth *s = synth_of(&source);
    const rr_traces *t = rr_influence_training(inf);
    int state_of[SYNTH_CLUSTERS] = { 0 };
    int symbol_of[SYNTH_V];

    (void)unused;
    memset(symbol_of, -1, sizeof symbol_of);
    for (size_t row = 0; row < s->rows; row++) {
        size_t k = 0;
        for (size_t j = 1; j < SYNTH_CLUSTERS; j++)
            if (s->states[row * SYNTH_H + j] > s->states[row * SYNTH_H + k])
                k = j;
        const size_t x = (size_t)lroundf(s->frames[row * SYNTH_D]);
        if (state_of[k] == 0)
            state_of[k] = t->state[row];
        if (symbol_of[x] < 0)
            symbol_of[x] = (int)t->symbol[row];
        assert_int_equal(t->state[row], state_of[k]);
        assert_int_equal(t->symbol[row], symbol_of[x]);
    }
    rr_influence_free(inf);
    rr_state_source_close(&source);
}

static void confidence_is_the_fraction_of_labels_in_a_state(void **unused)
{
    rr_state_source source = synth_source(60, 10, true, false, 8);
    const rr_influence_config cfg = synth_config();
    rr_influence *inf = synth_build(&cfg, &source);
    const rr_traces *t = rr_influence_training(inf);
    double mean = 0.0;

    (void)unused;
    for (size_t q = 1; q <= SYNTH_CLUSTERS; q++) {
        double most = 0.0;
        for (size_t c = 0; c < SYNTH_C; c++) {
            size_t all = 0;
            size_t with = 0;
            for (size_t row = 0; row < t->steps; row++) {
                all += t->state[row] == q;
                with += t->state[row] == q && t->prediction[row] == c;
            }
            const double fraction = (double)with / (double)all;
            CHECK_NEAR(rr_influence_confidence(inf, q)[c], fraction, 1e-6, 0.0);
            most = fmax(most, fraction);
        }
        mean += most / SYNTH_CLUSTERS;
    }
    CHECK_NEAR(rr_influence_info_of(inf).stability_mean, mean, 1e-6, 0.0);
    for (size_t c = 0; c < SYNTH_C; c++)
        assert_true(rr_influence_confidence(inf, 0)[c] == 0.0f);
    assert_null(rr_influence_confidence(inf, SYNTH_CLUSTERS + 1));
    rr_influence_free(inf);
    rr_state_source_close(&source);
}

static void without_symbols_there_is_no_state_symbol_key(void **unused)
{
    rr_state_source source = synth_source(20, 5, false, true, 2);
    rr_influence_config cfg = synth_config();
    rr_error err = { 0 };
    const rr_posting *list = NULL;
    size_t count = 0;

    (void)unused;
    cfg.symbols = 1;
    rr_influence *inf = synth_build(&cfg, &source);
    const rr_trace a = rr_traces_at(rr_influence_training(inf), 0);
    assert_int_equal(rr_influence_info_of(inf).symbols, 1);
    assert_null(a.symbols);
    CHECK_FAILS(rr_influence_segment(inf, RR_KEY_STATE_SYMBOL, &a, 1, &list, &count, NULL, &err),
                RR_ERR_ARG, err, "build it again");
    CHECK_OK(rr_influence_segment(inf, RR_KEY_TRANSITION, &a, 1, &list, &count, NULL, &err), err);
    assert_true(count > 0);
    rr_influence_free(inf);
    rr_state_source_close(&source);
}

static void components_are_capped_at_the_width_of_the_states(void **unused)
{
    rr_state_source source = synth_source(20, 5, false, true, 2);
    rr_influence_config cfg = synth_config();

    (void)unused;
    cfg.components = 100;
    rr_influence *inf = synth_build(&cfg, &source);
    assert_int_equal(rr_influence_info_of(inf).components, SYNTH_H);
    assert_int_equal(rr_influence_config_of(inf).components, SYNTH_H);
    CHECK_NEAR(rr_influence_info_of(inf).explained_variance, 1.0, 1e-6, 0.0);
    rr_influence_free(inf);
    rr_state_source_close(&source);
}

static void the_search_records_its_curve_and_phases_follow_each_other(void **unused)
{
    rr_state_source source = synth_source(80, 8, false, false, 6);
    rr_influence_config cfg = synth_config();
    rr_influence_builder *b = NULL;
    rr_influence *inf = NULL;
    rr_influence *none = NULL;
    rr_build_progress progress = { .phase = RR_BUILD_TRACE };
    rr_build_phase before = RR_BUILD_TRACE;
    size_t points = 0;
    rr_error err = { 0 };

    (void)unused;
    cfg.partition.states = 0;
    cfg.partition.stability = 0.85;
    cfg.partition.max_states = 12;
    CHECK_OK(rr_influence_builder_new(&cfg, &source, &b, &err), err);
    CHECK_FAILS(rr_influence_builder_finish(b, &inf, &err), RR_ERR_ARG, err, "phase trace");
    while (progress.phase != RR_BUILD_DONE) {
        CHECK_OK(rr_influence_builder_step(b, &progress, &err), err);
        assert_true(progress.phase == before || progress.phase == before + 1);
        assert_true(progress.done <= progress.total);
        before = progress.phase;
    }
    CHECK_OK(rr_influence_builder_finish(b, &inf, &err), err);
    CHECK_FAILS(rr_influence_builder_finish(b, &none, &err), RR_ERR_ARG, err, "taken already");
    CHECK_OK(rr_influence_builder_step(b, &progress, &err), err);
    const rr_curve_point *curve = rr_influence_curve(inf, &points);
    const rr_influence_info info = rr_influence_info_of(inf);
    assert_true(points >= 2);
    for (size_t i = 0; i < points; i++) {
        assert_int_equal(curve[i].states, i + 1);
        assert_int_equal(curve[i].stability_mean >= 0.85, i + 1 == points);
    }
    assert_int_equal(info.states, points);
    assert_int_equal(rr_influence_choice(inf)->end, RR_CHOICE_REACHED);
    assert_true(rr_influence_choice(inf)->aim == 0.85 && rr_influence_choice(inf)->most == 12);
    assert_true(info.stability_mean == curve[points - 1].stability_mean);
    assert_true(info.log_likelihood == curve[points - 1].log_likelihood);
    rr_influence_builder_free(b);
    rr_influence_free(inf);
    rr_state_source_close(&source);
}

/* ---- the call that does it all --------------------------------------------------------------- */

typedef struct watch {
    size_t reports, notes, stop_after;
} watch;

static void count_report(void *self, const rr_progress *at)
{
    watch *w = self;

    w->reports += at->phase != NULL;
}

static void count_note(void *self, const char *text)
{
    watch *w = self;

    assert_non_null(text);
    w->notes++;
}

static int stop(void *self)
{
    const watch *w = self;

    return w->reports >= w->stop_after;
}

static void one_call_reports_its_phases_and_can_be_cancelled(void **unused)
{
    rr_state_source source = synth_source(60, 9, true, true, 8);
    const rr_influence_config cfg = synth_config();
    watch w = { .stop_after = SIZE_MAX };
    const rr_callbacks callbacks = { &w, count_report, count_note, stop };
    rr_influence *inf = NULL;
    rr_error err = { 0 };

    (void)unused;
    CHECK_OK(rr_influence_build(&cfg, &source, &callbacks, &inf, &err), err);
    assert_non_null(inf);
    assert_true(w.reports > 4);
    assert_int_equal(w.notes, 4); /* the seconds of each phase */
    rr_influence_free(inf);
    w = (watch){ .stop_after = 3 };
    CHECK_FAILS(rr_influence_build(&cfg, &source, &callbacks, &inf, &err), RR_ERR_CANCELLED, err,
                "cancelled");
    assert_null(inf);
    assert_int_equal(w.reports, 3);
    rr_state_source_close(&source);
}

/* ---- same bits ------------------------------------------------------------------------------- */

static void save(const rr_influence *inf, const char *path)
{
    const char hash[65] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    rr_error err = { 0 };

    CHECK_OK(rr_influence_save(inf, path, hash, hash, &err), err);
}

static void assert_same_files(const char *a, const char *b)
{
    unsigned char *x = NULL;
    unsigned char *y = NULL;
    size_t nx = 0;
    size_t ny = 0;
    rr_error err = { 0 };

    CHECK_OK(rri_file_read(a, (size_t)1 << 28, &x, &nx, &err), err);
    CHECK_OK(rri_file_read(b, (size_t)1 << 28, &y, &ny, &err), err);
    assert_int_equal(nx, ny);
    assert_memory_equal(x, y, nx);
    rri_free(x);
    rri_free(y);
}

static void threads_do_not_change_a_bit_of_the_file(void **unused)
{
    rr_state_source source = synth_source(300, 12, true, true, 12);
    rr_influence_config cfg = synth_config();

    (void)unused;
    for (cfg.threads = 1; cfg.threads <= 3; cfg.threads++) {
        rr_influence *inf = synth_build(&cfg, &source);
        save(inf, cfg.threads == 1 ? "build_one.safetensors" : "build_more.safetensors");
        if (cfg.threads > 1)
            assert_same_files("build_one.safetensors", "build_more.safetensors");
        rr_influence_free(inf);
    }
    rr_state_source_close(&source);
}

static void the_codebook_does_not_depend_on_batch_sizes(void **unused)
{
    rr_state_source source = synth_source(5000, 9, false, true, 12);
    rr_influence_config cfg = synth_config();
    rr_influence *first = NULL;

    (void)unused;
    cfg.partition.states = 2;
    cfg.partition.gmm.max_iter = 2;
    for (size_t batch = 1; batch <= 1024; batch *= 32) {
        synth_of(&source)->batch = batch;
        rr_influence *inf = synth_build(&cfg, &source);
        assert_true(inf->info.steps > 32768); /* more than the sample */
        if (first != NULL)
            assert_memory_equal(rri_codebook_centres(inf->book), rri_codebook_centres(first->book),
                                SYNTH_V * SYNTH_D * sizeof(float));
        if (first == NULL)
            first = inf;
        else
            rr_influence_free(inf);
    }
    rr_influence_free(first);
    rr_state_source_close(&source);
}

/* ---- tracing --------------------------------------------------------------------------------- */

static void tracing_the_training_set_gives_the_training_traces(void **unused)
{
    (void)unused;
    for (int kind = 0; kind < 4; kind++) {
        rr_state_source source = synth_source(40, 8, kind & 1, kind & 2, 5);
        const rr_influence_config cfg = synth_config();
        synth_label_steps(&source, 6);
        rr_influence *inf = synth_build(&cfg, &source);
        const rr_traces *t = rr_influence_training(inf);
        rr_traces *again = NULL;
        rr_error err = { 0 };
        synth_of(&source)->batch = 11;
        CHECK_OK(rr_influence_trace(inf, &source, 2, &again, &err), err);
        assert_int_equal(again->count, t->count);
        assert_int_equal(again->steps, t->steps);
        assert_memory_equal(again->offset, t->offset, (t->count + 1) * sizeof *t->offset);
        assert_memory_equal(again->label, t->label, t->count * sizeof *t->label);
        assert_memory_equal(again->state, t->state, t->steps * sizeof *t->state);
        assert_memory_equal(again->prediction, t->prediction, t->steps * sizeof *t->prediction);
        assert_memory_equal(again->symbol, t->symbol, t->steps * sizeof *t->symbol);
        assert_memory_equal(again->step_label, t->step_label, t->steps * sizeof *t->step_label);
        for (size_t row = 0; row < t->steps; row++)
            assert_true(again->probability[row] == 0.75f);
        rr_traces_free(again);
        synth_of(&source)->no_softmax = true;
        CHECK_OK(rr_influence_trace(inf, &source, 2, &again, &err), err);
        assert_null(rr_traces_at(again, 0).probabilities);
        rr_traces_free(again);
        rr_influence_free(inf);
        rr_state_source_close(&source);
    }
}

static void tracing_refuses_a_source_of_other_sizes(void **unused)
{
    rr_state_source source = synth_source(10, 4, false, true, 5);
    const rr_influence_config cfg = synth_config();
    rr_influence *inf = synth_build(&cfg, &source);
    rr_traces *t = NULL;
    rr_error err = { 0 };
    rr_state_source other = source;

    (void)unused;
    other.hidden = 7;
    CHECK_FAILS(rr_influence_trace(inf, &other, 1, &t, &err), RR_ERR_SHAPE, err, "H = 7");
    other = source;
    other.classes = 4;
    CHECK_FAILS(rr_influence_trace(inf, &other, 1, &t, &err), RR_ERR_SHAPE, err, "C = 4");
    other = source;
    other.width = 9;
    CHECK_FAILS(rr_influence_trace(inf, &other, 1, &t, &err), RR_ERR_SHAPE, err, "width 9");
    other = source;
    other.steps = 41;
    CHECK_FAILS(rr_influence_trace(inf, &other, 1, &t, &err), RR_ERR_MISMATCH, err, "10 and 41");
    synth_of(&source)->states[8] = INFINITY;
    CHECK_FAILS(rr_influence_trace(inf, &source, 1, &t, &err), RR_ERR_NUMERIC, err, "step 1 ");
    assert_null(t);
    rr_influence_free(inf);
    rr_state_source_close(&source);
}

/* ---- wrong inputs ---------------------------------------------------------------------------- */

static void check_refused(const rr_influence_config *cfg, rr_state_source *source, rr_status code,
                          const char *part)
{
    rr_influence *inf = NULL;
    rr_error err = { 0 };

    CHECK_FAILS(rr_influence_build(cfg, source, NULL, &inf, &err), code, err, part);
    assert_null(inf);
}

static void wrong_configurations_are_refused_before_the_first_pass(void **unused)
{
    rr_state_source source = synth_source(10, 4, false, true, 5);
    rr_influence_config cfg = synth_config();

    (void)unused;
    synth_of(&source)->fail_at = 0; /* the source must not be used */
    cfg.components = 0;
    check_refused(&cfg, &source, RR_ERR_ARG, "0 principal");
    cfg = synth_config();
    cfg.symbols = 0;
    check_refused(&cfg, &source, RR_ERR_ARG, "0 symbols");
    cfg = synth_config();
    cfg.partition.states = 41;
    check_refused(&cfg, &source, RR_ERR_SHAPE, "41 states");
    cfg.partition.states = 70000;
    check_refused(&cfg, &source, RR_ERR_ARG, "70000");
    cfg = synth_config();
    cfg.partition.stability = (double)NAN;
    check_refused(&cfg, &source, RR_ERR_ARG, "nan");
    cfg = synth_config();
    cfg.partition.gmm.max_iter = 0;
    check_refused(&cfg, &source, RR_ERR_ARG, "0 EM steps");
    cfg = synth_config();
    cfg.partition.gmm.floor = 1e-31; /* above 0, and still too small for the mixture */
    check_refused(&cfg, &source, RR_ERR_ARG, "floor 1e-31");
    cfg = synth_config();
    cfg.partition.search = (rr_search)9;
    check_refused(&cfg, &source, RR_ERR_ARG, "search 9");
    cfg = synth_config();
    cfg.symbols = ((size_t)1 << 24) + 1;
    check_refused(&cfg, &source, RR_ERR_ARG, "16777217 symbols");
    cfg = synth_config();
    check_refused(&cfg, NULL, RR_ERR_ARG, "no state source");
    rr_state_source bad = source;
    bad.sequences = 0;
    check_refused(&cfg, &bad, RR_ERR_SHAPE, "no sequences");
    bad = source;
    bad.classes = 65535;
    check_refused(&cfg, &bad, RR_ERR_SHAPE, "65535 classes");
    bad = source;
    bad.sequences = (size_t)UINT32_MAX + 1;
    check_refused(&cfg, &bad, RR_ERR_SHAPE, "4294967296");
    rr_state_source_close(&source);
}

/* A source that delivers other sizes than it announces. */
static void a_source_that_does_not_keep_its_word_is_refused(void **unused)
{
    rr_state_source source = synth_source(10, 4, false, true, 5);
    const rr_influence_config cfg = synth_config();
    synth *s = synth_of(&source);
    rr_state_source bad = source;

    (void)unused;
    bad.sequences = 9;
    check_refused(&cfg, &bad, RR_ERR_MISMATCH, "more than the 9");
    bad = source;
    bad.steps = 41;
    check_refused(&cfg, &bad, RR_ERR_MISMATCH, "40 steps but announced 10 and 41");
    s->silent = true;
    check_refused(&cfg, &source, RR_ERR_MISMATCH, "delivers 0 sequences");
    s->silent = false;
    s->labels[9] = SYNTH_C;
    check_refused(&cfg, &source, RR_ERR_SHAPE, "label 3 of sequence 9");
    s->labels[9] = 0;
    s->predictions[30] = 5;
    check_refused(&cfg, &source, RR_ERR_SHAPE, "prediction 5 at step 30");
    s->predictions[30] = 0;
    synth_label_steps(&source, 5);
    s->step_labels[17] = SYNTH_C;
    check_refused(&cfg, &source, RR_ERR_SHAPE, "label 3 of step 17");
    s->step_labels[17] = RR_NO_LABEL;
    s->frames[33 * SYNTH_D] = NAN;
    check_refused(&cfg, &source, RR_ERR_NUMERIC, "frame at step 33");
    s->frames[33 * SYNTH_D] = 0.0f;
    s->states[12] = NAN;
    check_refused(&cfg, &source, RR_ERR_NUMERIC, "hidden states");
    s->states[12] = 0.0f;
    s->steps[3] = 0;
    check_refused(&cfg, &source, RR_ERR_SHAPE, "sequence 3 has no steps");
    s->steps[3] = 4;
    s->fail_at = 1;
    check_refused(&cfg, &source, RR_ERR_IO, "tape is torn");
    rr_state_source_close(&source);
    source = synth_source(10, 4, false, false, 5);
    synth_of(&source)->symbols[7] = SYNTH_V;
    check_refused(&cfg, &source, RR_ERR_SHAPE, "symbol 7 at step 7");
    rr_state_source_close(&source);
}

static void after_a_failure_a_builder_only_refuses(void **unused)
{
    rr_state_source source = synth_source(10, 4, false, true, 5);
    const rr_influence_config cfg = synth_config();
    rr_influence_builder *b = NULL;
    rr_influence *inf = NULL;
    rr_error err = { 0 };

    (void)unused;
    synth_of(&source)->fail_at = 0;
    CHECK_OK(rr_influence_builder_new(&cfg, &source, &b, &err), err);
    CHECK_FAILS(rr_influence_builder_step(b, NULL, &err), RR_ERR_IO, err, "torn");
    CHECK_FAILS(rr_influence_builder_step(b, NULL, &err), RR_ERR_ARG, err, "has failed before");
    CHECK_FAILS(rr_influence_builder_finish(b, &inf, &err), RR_ERR_ARG, err, "phase trace");
    rr_influence_builder_free(b);
    rr_influence_builder_free(NULL);
    rr_state_source_close(&source);
}

static void every_failed_allocation_of_a_build_is_clean(void **unused)
{
    rr_state_source source = synth_source(12, 4, true, true, 5);
    rr_influence_config cfg = synth_config();

    (void)unused;
    cfg.partition.states = 2;
    cfg.threads = 1;
    for (failing at = { 0 }; next_allocation_fails(&at, 40);) {
        rr_influence *inf = NULL;
        rr_traces *t = NULL;
        at.st = rr_influence_build(&cfg, &source, NULL, &inf, NULL);
        assert_int_equal(at.st == RR_OK, inf != NULL);
        if (at.st == RR_OK) {
            at.st = rr_influence_trace(inf, &source, 1, &t, NULL);
            assert_int_equal(at.st == RR_OK, t != NULL);
        }
        rr_traces_free(t);
        rr_influence_free(inf);
    }
    rr_state_source_close(&source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_build_holds_what_the_source_delivered),
        cmocka_unit_test(states_and_symbols_are_the_clusters_of_the_source),
        cmocka_unit_test(confidence_is_the_fraction_of_labels_in_a_state),
        cmocka_unit_test(without_symbols_there_is_no_state_symbol_key),
        cmocka_unit_test(components_are_capped_at_the_width_of_the_states),
        cmocka_unit_test(the_search_records_its_curve_and_phases_follow_each_other),
        cmocka_unit_test(one_call_reports_its_phases_and_can_be_cancelled),
        cmocka_unit_test(threads_do_not_change_a_bit_of_the_file),
        cmocka_unit_test(the_codebook_does_not_depend_on_batch_sizes),
        cmocka_unit_test(tracing_the_training_set_gives_the_training_traces),
        cmocka_unit_test(tracing_refuses_a_source_of_other_sizes),
        cmocka_unit_test(wrong_configurations_are_refused_before_the_first_pass),
        cmocka_unit_test(a_source_that_does_not_keep_its_word_is_refused),
        cmocka_unit_test(after_a_failure_a_builder_only_refuses),
        cmocka_unit_test(every_failed_allocation_of_a_build_is_clean),
    };
    return cmocka_run_group_tests(tests, open_scratch, close_scratch);
}
