/* SPDX-License-Identifier: MIT */
/* test_body.c - the body of a POST as a question. */
#include "program.h"

#include "serve/body.h"

static void check_read(const char *text, serve_body *out)
{
    rr_error err = { RR_OK, -1, "" };

    CHECK_OK(serve_body_read(text, strlen(text), out, &err), err);
}

static void check_refused(const char *text, rr_status expected, const char *part)
{
    rr_error err = { RR_OK, -1, "" };
    serve_body b;

    CHECK_FAILS(serve_body_read(text, strlen(text), &b, &err), expected, err, part);
    assert_true(b.document == NULL && b.parameters == NULL && b.given.steps == 0);
}

static void frames_are_a_sequence_row_by_row(void **state)
{
    static const float want[] = { 1, -2.5F, 3, 4, 5, 0.125F };
    serve_body b;

    (void)state;
    check_read("{\"frames\": [[1, -2.5], [3, 4], [5, 0.125]], \"label\": \"x\"}", &b);
    assert_true(b.given.steps == 3 && b.given.width == 2 && b.given.words == NULL);
    assert_memory_equal(b.given.frames, want, sizeof want);
    assert_int_equal(b.count, 1);
    assert_string_equal(b.parameters[0].name, "label");
    serve_body_clear(&b);
}

static void words_are_a_sequence_as_they_stand(void **state)
{
    serve_body b;

    (void)state;
    check_read("{\"words\": [\"A\", \"<b>\", \"\\u00e9\"]}", &b);
    assert_true(b.given.steps == 3 && b.given.width == 0 && b.given.frames == NULL);
    assert_string_equal(b.given.words[1], "<b>");
    assert_string_equal(b.given.words[2], "\xC3\xA9");
    serve_body_clear(&b);
}

static void other_members_are_options(void **state)
{
    static const char *const want[] = { "a b", "3", "1", "0", "0.5", "-7" };
    serve_body b;

    (void)state;
    check_read("{\"text\": \"a b\", \"top\": 3, \"foreign\": true, \"loud\": false, \"norm\": 0.5, "
               "\"step\": -7}",
               &b);
    assert_int_equal(b.count, 6);
    assert_int_equal(b.given.steps, 0);
    for (size_t i = 0; i < b.count; i++)
        assert_string_equal(b.parameters[i].value, want[i]);
    serve_body_clear(&b);
    check_read("{}", &b);
    assert_int_equal(b.count, 0);
    serve_body_clear(&b);
}

static void what_is_no_question_is_refused(void **state)
{
    (void)state;
    check_refused("", RR_ERR_FORMAT, "body");
    check_refused("{\"text\": ", RR_ERR_FORMAT, "body");
    check_refused("[1]", RR_ERR_FORMAT, "object");
    check_refused("{\"text\": \"\xFF\"}", RR_ERR_FORMAT, "body");
    check_refused("{\"text\": \"a\", \"text\": \"b\"}", RR_ERR_FORMAT, "duplicate");
    check_refused("{\"text\": \"a\\u0000b\"}", RR_ERR_FORMAT, "body");
    check_refused("{\"top\": null}", RR_ERR_ARG, "top: must be a text, a number");
    check_refused("{\"top\": [1]}", RR_ERR_ARG, "top");
    check_refused("{\"words\": \"a b\"}", RR_ERR_ARG, "words: must be a list");
    check_refused("{\"words\": []}", RR_ERR_ARG, "words: must be a list");
    check_refused("{\"words\": [\"a\", 2]}", RR_ERR_ARG, "word 2, from 1");
    check_refused("{\"frames\": []}", RR_ERR_ARG, "frames: must be a list");
    check_refused("{\"frames\": [1, 2]}", RR_ERR_SHAPE, "step 1, from 1");
    check_refused("{\"frames\": [[]]}", RR_ERR_SHAPE, "step 1, from 1");
    check_refused("{\"frames\": [[1, 2], [3]]}", RR_ERR_SHAPE, "step 2, from 1");
    check_refused("{\"frames\": [[1, 2], {}]}", RR_ERR_SHAPE, "step 2, from 1");
    check_refused("{\"frames\": [[1, 2], [3, \"4\"]]}", RR_ERR_NUMERIC, "step 2, value 2");
    check_refused("{\"frames\": [[1, 1e39]]}", RR_ERR_NUMERIC, "step 1, value 2");
    check_refused("{\"frames\": [[1]], \"words\": [\"a\"]}", RR_ERR_ARG, "exclude each other");
}

/* A list of n times the item. */
static char *many(const char *name, const char *item, size_t n)
{
    const size_t bytes = strlen(item) + 1;
    char *text = malloc(strlen(name) + n * bytes + 16);
    char *to = text;

    assert_non_null(text);
    to += sprintf(to, "{\"%s\": [", name);
    for (size_t i = 0; i < n; i++)
        to += sprintf(to, "%s%s", i > 0 ? "," : "", item);
    (void)sprintf(to, "]}");
    return text;
}

static void inputs_have_a_limit_of_steps(void **state)
{
    serve_body b;
    char *text = many("frames", "[0]", SERVE_MOST_STEPS);

    (void)state;
    check_read(text, &b);
    assert_int_equal(b.given.steps, SERVE_MOST_STEPS);
    serve_body_clear(&b);
    free(text);
    text = many("frames", "[0]", SERVE_MOST_STEPS + 1);
    check_refused(text, RR_ERR_ARG, "10001 steps");
    free(text);
    text = many("words", "\"a\"", SERVE_MOST_STEPS + 1);
    check_refused(text, RR_ERR_ARG, "10001 steps");
    free(text);
}

static void every_failed_allocation_is_clean(void **state)
{
    static const char *const texts[] = { "{\"frames\": [[1, 2], [3, 4]], \"top\": 3}",
                                         "{\"words\": [\"a\"], \"top\": 3}" };
    rr_error err = { RR_OK, -1, "" };
    serve_body b;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        for (failing at = { 0 }; next_allocation_fails(&at, 2);)
            at.st = serve_body_read(texts[i], strlen(texts[i]), &b, &err);
        serve_body_clear(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_are_a_sequence_row_by_row),
        cmocka_unit_test(words_are_a_sequence_as_they_stand),
        cmocka_unit_test(other_members_are_options),
        cmocka_unit_test(what_is_no_question_is_refused),
        cmocka_unit_test(inputs_have_a_limit_of_steps),
        cmocka_unit_test(every_failed_allocation_is_clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
