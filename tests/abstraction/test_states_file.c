/* SPDX-License-Identifier: MIT */
/* A states file: what was written is delivered, in any order and division; what cannot be is
 * refused by name. */
#include "scratch_folder.h"

#include "states_fixture.h"

static rr_state_source open_small(const small *s, int split, const size_t *which, size_t n)
{
    rr_state_source source = { 0 };
    rr_error err = { 0 };

    write_small(s, "s.npz");
    CHECK_OK(rr_states_open("s.npz", split, which, n, &source, &err), err);
    return source;
}

/* Check that the source delivers these sequences of the file, in two passes. */
static void delivers(rr_state_source *source, const small *s, const size_t *list, size_t n)
{
    rr_state_batch b;
    rr_error err = { 0 };
    size_t first[N + 1] = { 0 };

    for (size_t i = 0; i < N; i++)
        first[i + 1] = first[i] + s->steps[i];
    assert_int_equal(source->sequences, n);
    for (int pass = 0; pass < 2; pass++) {
        size_t at = 0;
        CHECK_OK(source->ops->rewind(source->self, &err), err);
        for (;;) {
            CHECK_OK(source->ops->next(source->self, &b, &err), err);
            if (b.count == 0)
                break;
            size_t row = 0;
            for (size_t i = 0; i < b.count; i++, at++) {
                const size_t q = list[at];
                const size_t T = s->steps[q];
                assert_true(at < n);
                assert_int_equal(b.steps[i], T);
                assert_int_equal(b.labels[i], s->labelled ? s->label[q] : b.labels[i]);
                assert_memory_equal(b.states + row * H, s->state + first[q] * H,
                                    T * H * sizeof(float));
                assert_memory_equal(b.predictions + row, s->prediction + first[q],
                                    T * sizeof(uint32_t));
                if (s->probable)
                    assert_memory_equal(b.probabilities + row * C, s->probability + first[q] * C,
                                        T * C * sizeof(float));
                if (s->frames)
                    assert_memory_equal(b.frames + row * D, s->frame + first[q] * D,
                                        T * D * sizeof(float));
                else
                    assert_memory_equal(b.symbols + row, s->symbol + first[q],
                                        T * sizeof(uint32_t));
                for (size_t t = 0; s->steps_labelled && t < T; t++)
                    assert_int_equal(b.step_labels[row + t],
                                     s->step_label[first[q] + t] < 0
                                         ? RR_NO_LABEL
                                         : (uint32_t)s->step_label[first[q] + t]);
                row += T;
            }
            assert_int_equal(b.rows, row);
        }
        assert_int_equal(at, n);
    }
}

static const size_t all[N] = { 0, 1, 2, 3, 4 };

/* ---- reading -------------------------------------------------------------------------------- */

static void all_arrays_are_delivered_batch_by_batch(void **state)
{
    small s;

    (void)state;
    for (uint32_t batch = 0; batch < 4; batch++)
        for (int frames = 0; frames < 2; frames++) {
            fill(&s);
            s.batch = batch;
            s.frames = frames != 0;
            rr_state_source source = open_small(&s, -1, NULL, 0);
            assert_int_equal(source.steps, R);
            assert_int_equal(source.hidden, H);
            assert_int_equal(source.classes, C);
            assert_int_equal(source.width, frames ? D : 0);
            assert_int_equal(source.vocabulary, frames ? 0 : V);
            assert_false(source.unlabelled);
            delivers(&source, &s, all, N);
            rr_state_source_close(&source);
        }
}

static void a_split_and_a_list_in_any_order_select_sequences(void **state)
{
    static const size_t test[3] = { 1, 3, 4 };
    static const size_t list[4] = { 2, 0, 2, 1 };
    static const size_t listed[4] = { 4, 1, 4, 3 };
    small s;

    (void)state;
    for (int compressed = 0; compressed < 2; compressed++)
        for (uint32_t batch = 0; batch < 3; batch++) {
            rr_state_source source = { 0 };
            rr_error err = { 0 };
            fill(&s);
            s.batch = batch;
            write_small(&s, "s.npz");
            if (compressed)
                compress_entries("s.npz");
            CHECK_OK(rr_states_open("s.npz", RR_SPLIT_TEST, NULL, 0, &source, &err), err);
            delivers(&source, &s, test, 3);
            rr_state_source_close(&source);
            CHECK_OK(rr_states_open("s.npz", RR_SPLIT_TEST, list, 4, &source, &err), err);
            delivers(&source, &s, listed, 4);
            rr_state_source_close(&source);
            CHECK_OK(rr_states_open("s.npz", -1, NULL, 0, &source, &err), err);
            delivers(&source, &s, all, N);
            rr_state_source_close(&source);
        }
}

static void what_the_states_are_stands_in_the_file(void **state)
{
    static const char model[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    small s;

    (void)state;
    fill(&s), s.model = model;
    rr_state_source source = open_small(&s, -1, NULL, 0);
    assert_int_equal(source.origin.foreign, 1);
    assert_int_equal(source.origin.kind, RR_STATES_POOLED);
    assert_int_equal(source.origin.compared, 5);
    assert_int_equal(source.origin.disagreements, 1);
    assert_true(source.origin.difference == 0.25);
    assert_string_equal(source.origin.model, model);
    rr_state_source_close(&source);
    fill(&s), s.measured = false;
    source = open_small(&s, -1, NULL, 0);
    assert_int_equal(source.origin.compared, 0);
    assert_true(source.origin.difference < 0.0);
    assert_string_equal(source.origin.model, "");
    rr_state_source_close(&source);
}

static void what_the_file_does_not_say_follows_from_its_numbers(void **state)
{
    small s;

    (void)state;
    fill(&s), s.named = s.probable = false;
    s.label[4] = 7;
    rr_state_source source = open_small(&s, -1, NULL, 0);
    assert_int_equal(source.classes, 8);
    assert_int_equal(source.vocabulary, 6);
    rr_state_source_close(&source);
    fill(&s), s.labelled = false;
    source = open_small(&s, -1, NULL, 0);
    rr_state_batch b;
    assert_int_equal(source.ops->next(source.self, &b, NULL), RR_OK);
    static const uint32_t last[N] = { 0, 1, 0, 1, 2 };
    assert_memory_equal(b.labels, last, sizeof last);
    assert_false(source.unlabelled);
    rr_state_source_close(&source);
    s.steps_labelled = false;
    source = open_small(&s, -1, NULL, 0);
    assert_true(source.unlabelled);
    delivers(&source, &s, all, N);
    rr_state_source_close(&source);
}

/* ---- what is refused ------------------------------------------------------------------------ */

static void refused(const small *s, rr_status code, const char *part)
{
    rr_state_source source = { .hidden = 7 };
    rr_error err = { 0 };

    write_small(s, "s.npz");
    CHECK_FAILS(rr_states_open("s.npz", -1, NULL, 0, &source, &err), code, err, part);
    assert_non_null(strstr(err.msg, "s.npz"));
    assert_null(source.ops);
}

static void files_that_cannot_be_are_refused(void **state)
{
    small s;

    (void)state;
    fill(&s), s.kind = NULL;
    refused(&s, RR_ERR_FORMAT, "one of the texts one-pass|pooled");
    fill(&s), s.kind = "stream";
    refused(&s, RR_ERR_FORMAT, "stream");
    fill(&s), s.model = "abc";
    refused(&s, RR_ERR_FORMAT, "model is \"abc\"");
    fill(&s), s.parity[1] = 6;
    refused(&s, RR_ERR_FORMAT, "parity is 5, 6, 0.25");
    fill(&s), s.batch = 513;
    refused(&s, RR_ERR_FORMAT, "batch is 513, outside 1..512");
    fill(&s), s.steps[3] = 0;
    refused(&s, RR_ERR_FORMAT, "steps[3] is 0");
    fill(&s), s.steps[3] = 2;
    refused(&s, RR_ERR_SHAPE, "has 9 rows, but steps add up to 10");
    fill(&s), s.rows = R - 1;
    refused(&s, RR_ERR_SHAPE, "state has 8 rows");
    fill(&s), s.label[2] = 3;
    refused(&s, RR_ERR_FORMAT, "label[2] is 3, outside 0..2");
    fill(&s), s.split[1] = 3;
    refused(&s, RR_ERR_FORMAT, "split[1] is 3");
    fill(&s), s.prediction[8] = 9;
    refused(&s, RR_ERR_FORMAT, "prediction[8] is 9, outside 0..2");
    fill(&s), s.step_label[6] = 3;
    refused(&s, RR_ERR_FORMAT, "step_label[6] is 3");
    fill(&s), s.symbol[7] = V;
    refused(&s, RR_ERR_FORMAT, "symbol[7] is 6, outside 0..5");
}

static void what_is_asked_for_must_be_there(void **state)
{
    static const size_t beyond[2] = { 1, 3 };
    rr_state_source source = { 0 };
    rr_error err = { 0 };
    small s;

    (void)state;
    fill(&s);
    write_small(&s, "s.npz");
    CHECK_FAILS(rr_states_open("s.npz", RR_SPLIT_DEV, NULL, 0, &source, &err), RR_ERR_ARG, err,
                "no dev split");
    CHECK_FAILS(rr_states_open("s.npz", 5, NULL, 0, &source, &err), RR_ERR_ARG, err, "no split");
    CHECK_FAILS(rr_states_open("s.npz", RR_SPLIT_TEST, beyond, 2, &source, &err), RR_ERR_ARG, err,
                "no sequence 3 among 3");
    assert_int_equal(err.where, 1);
    CHECK_FAILS(rr_states_open("none.npz", -1, NULL, 0, &source, &err), RR_ERR_IO, err, "none.npz");
    assert_null(source.ops);
}

static void values_are_checked_as_they_are_read(void **state)
{
    static const char *const part[3] = { "state[4][1], step 1 of sequence 2, is nan",
                                         "probability[4][2], step 1 of sequence 2, is 1.5",
                                         "frame[4][0], step 1 of sequence 2, is inf" };
    (void)state;
    for (int k = 0; k < 3; k++) {
        rr_state_batch b;
        rr_error err = { 0 };
        small s;
        fill(&s);
        s.frames = true;
        if (k == 0)
            s.state[4 * H + 1] = NAN;
        else if (k == 1)
            s.probability[4 * C + 2] = 1.5F;
        else
            s.frame[4 * D] = INFINITY;
        rr_state_source source = open_small(&s, -1, NULL, 0);
        CHECK_FAILS(source.ops->next(source.self, &b, &err), RR_ERR_NUMERIC, err, part[k]);
        assert_int_equal(err.where, 4);
        rr_state_source_close(&source);
    }
}

static void every_failed_allocation_is_reported(void **state)
{
    rr_state_source source = { 0 };
    small s;

    (void)state;
    fill(&s);
    write_small(&s, "s.npz");
    for (failing at = { 0 }; next_allocation_fails(&at, 30);) {
        at.st = rr_states_open("s.npz", -1, all, N, &source, NULL);
        rr_state_source_close(&source);
    }
}

/* ---- the sentence --------------------------------------------------------------------------- */

static void the_sentence_names_kind_and_parity(void **state)
{
    rr_states_origin o = { .foreign = 1, .compared = 500, .difference = 1.2e-7 };
    char *text = NULL;
    rr_error err = { 0 };

    (void)state;
    for (int kind = RR_STATES_ONE_PASS; kind <= RR_STATES_PARTIAL; kind++) {
        static const char *const part[] = { "one pass", "pooled", "of prefixes", "two-sided",
                                            "of a part" };
        o.kind = (rr_states_kind)kind;
        CHECK_OK(rr_states_sentence(&o, &text, &err), err);
        assert_non_null(strstr(text, part[kind]));
        assert_non_null(strstr(text, "On 500 of 500 sequences the last prediction equals the "
                                     "model's own answer; the largest difference of an output is "
                                     "1.2e-07."));
        rr_string_free(text);
    }
    o.compared = 0;
    CHECK_OK(rr_states_sentence(&o, &text, &err), err);
    assert_non_null(strstr(text, "was not measured"));
    rr_string_free(text);
    o.kind = (rr_states_kind)9;
    CHECK_FAILS(rr_states_sentence(&o, &text, &err), RR_ERR_ARG, err, "kind is 9");
    o = (rr_states_origin){ .foreign = 0 };
    CHECK_OK(rr_states_sentence(&o, &text, &err), err);
    assert_string_equal(text, "");
    rr_string_free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_arrays_are_delivered_batch_by_batch),
        cmocka_unit_test(a_split_and_a_list_in_any_order_select_sequences),
        cmocka_unit_test(what_the_states_are_stands_in_the_file),
        cmocka_unit_test(what_the_file_does_not_say_follows_from_its_numbers),
        cmocka_unit_test(files_that_cannot_be_are_refused),
        cmocka_unit_test(what_is_asked_for_must_be_there),
        cmocka_unit_test(values_are_checked_as_they_are_read),
        cmocka_unit_test(every_failed_allocation_is_reported),
        cmocka_unit_test(the_sentence_names_kind_and_parity),
    };
    return cmocka_run_group_tests(tests, open_scratch, close_scratch);
}
