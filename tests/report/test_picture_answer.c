/* SPDX-License-Identifier: MIT */
/* test_picture_answer.c - a picture of an answer is that of its explanation with the whole training
 * set; the session loads the images in it alone. */
#include "../workflow/overview_runs.h"
#include "io/io.h"
#include "report/picture_check.h"
#include "workflow/workflow_internal.h"

static rr_answer *explain(rr_session *s, size_t sample)
{
    rr_question q;
    rr_answer *x = NULL;
    rr_error err = { 0 };

    CHECK_OK(rr_session_question(s, &q, &err), err);
    q.sample = sample;
    CHECK_OK(rr_session_explain(s, &q, &x, &err), err);
    return x;
}

static void the_picture_is_that_of_the_whole_sets(void **state)
{
    rr_session *s = NULL;
    const rr_dataset *test = NULL, *train = NULL;
    rr_error err = { 0 };
    int64_t at = 0;

    (void)state;
    rr_session_close(make_run("r", FEW_DIGITS, 4));
    CHECK_OK(rr_session_open("r", NULL, &s, &err), err);
    for (size_t sample = 0; sample < 8; sample += 3) {
        rr_answer *x = explain(s, sample);
        CHECK_OK(rr_picture_answer(s, x, "answer.png", &err), err);
        assert_null(rri_session_loaded(s, RR_SPLIT_TRAIN));
        rr_session *whole = NULL;
        CHECK_OK(rr_session_open("r", NULL, &whole, &err), err);
        CHECK_OK(rr_session_split(whole, RR_SPLIT_TEST, &test, &err), err);
        CHECK_OK(rr_session_split(whole, RR_SPLIT_TRAIN, &train, &err), err);
        CHECK_OK(rr_picture_explanation(x->explanation, test, sample, train, "explained.png", &err),
                 err);
        CHECK_OK(rri_compare_files("answer.png", "explained.png", &at, &err), err);
        assert_int_equal(at, -1);
        rr_session_close(whole);
        rr_answer_free(x);
    }
    rr_session_close(s);
}

static void words_are_refused(void **state)
{
    rr_session *s = NULL;
    rr_error err = { 0 };

    (void)state;
    write_texts();
    s = make_run("t", SENTENCES, 4);
    rr_answer *x = explain(s, 0);
    CHECK_FAILS(rr_picture_answer(s, x, "words.png", &err), RR_ERR_UNSUPPORTED, err, "symbols");
    assert_false(rri_file_exists("words.png"));
    rr_answer_free(x);
    rr_session_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_SCRATCH(the_picture_is_that_of_the_whole_sets),
        TEST_IN_SCRATCH(words_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, forget_fonts);
}
