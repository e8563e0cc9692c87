/* SPDX-License-Identifier: MIT */
/* Word vectors: both forms of the file, which words count, every way to be wrong. */
#include "data/vocabulary.h"
#include "scratch.h"

static const char *const words[] = { "<pad>", "<unk>", "the", "good", "film" };

static rr_vocabulary *vocabulary(void)
{
    rr_vocabulary *v = NULL;
    rr_error err = { .msg = "" };

    CHECK_OK(rri_vocabulary_new(words, 5, 1, &v, &err), err);
    return v;
}

/* Vectors from a file of this text. */
static rr_vectors *load(const char *text)
{
    rr_vocabulary *v = vocabulary();
    rr_vectors *x = NULL;
    rr_error err = { .msg = "" };

    write_scratch("a.vec", text);
    CHECK_OK(rr_vectors_load(in_scratch("", "a.vec"), v, &x, &err), err);
    rri_vocabulary_free(v);
    return x;
}

static void wanted_words_get_their_vectors_and_others_zeros(void **state)
{
    static const float want[5][2] = {
        { 0, 0 }, { 0, 0 }, { 1.5f, -2 }, { 0, 0 }, { 0.25f, 1e-3f }
    };
    static const char *const forms[] = {
        "the 1.5 -2\nfilm .25 1e-3\nother 1 2\n",           /* GloVe */
        "3 2\nthe 1.5 -2 \nfilm 0.25 0.001 \nother 1 2 \n", /* fastText, with its last blank */
        "the\t1.5\t-2.0\r\nfilm 25e-2 +0.001", /* tabs, carriage returns, no last end */
    };

    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        rr_vectors *x = load(forms[i]);
        assert_int_equal(rr_vectors_width(x), 2);
        assert_int_equal(rr_vectors_covered(x), 2);
        assert_memory_equal(rr_vectors_table(x), want, sizeof want);
        rr_vectors_free(x);
    }
}

static void of_a_word_that_comes_twice_the_first_counts(void **state)
{
    rr_vectors *x = load("the 1 2\nthe 3 4\nThe 5 6\n<unk> 7 8\n");

    (void)state;
    assert_int_equal(rr_vectors_covered(x), 1);
    assert_true(rr_vectors_table(x)[4] == 1.0f && rr_vectors_table(x)[2] == 0.0f);
    rr_vectors_free(x);
}

static void words_of_several_parts_are_passed_over(void **state)
{
    rr_vectors *x = load("the 1 2\n. . . 3 4\nat home 5 6\ngood 7 8\n");

    (void)state;
    assert_int_equal(rr_vectors_covered(x), 2);
    assert_true(rr_vectors_table(x)[6] == 7.0f && rr_vectors_table(x)[7] == 8.0f);
    rr_vectors_free(x);
}

/* The first line may be such a word: the width is that of its numbers. */
static void the_first_word_may_have_blanks(void **state)
{
    static const char *const forms[] = { ". . . 1 2\ngood 7 8\n", "\t 1 2\ngood 7 8\n",
                                         " 1 2\ngood 7 8\n" };

    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        rr_vectors *x = load(forms[i]);
        assert_int_equal(rr_vectors_width(x), 2);
        assert_int_equal(rr_vectors_covered(x), 1);
        assert_true(rr_vectors_table(x)[6] == 7.0f && rr_vectors_table(x)[7] == 8.0f);
        rr_vectors_free(x);
    }
}

/* The message behind the name of the file, NULL where there is none. */
static const char *note(const rr_vectors *x, size_t i)
{
    const char *text = rr_vectors_note(x, i);

    return text != NULL ? strstr(text, "a.vec") : NULL;
}

static void what_is_not_as_announced_is_noted(void **state)
{
    (void)state;
    rr_vectors *x = load("2 2\nthe 1 2\ngood 3 4\n");
    assert_null(note(x, 0));
    rr_vectors_free(x);

    x = load("6 2\nthe 1 2\n");
    assert_string_equal(note(x, 0), "a.vec: the first line announces 6 words, but 1 follow");
    assert_null(note(x, 1));
    rr_vectors_free(x);

    /* A blank, a tab, nothing: the numbers of other words are those of their lines. */
    x = load("4 2\n  5 6\n\t 5 6\nthe 1 2\n 5 6\n");
    assert_string_equal(note(x, 0),
                        "a.vec: 3 lines without a word are passed over, the first is line 2");
    assert_null(note(x, 1));
    assert_int_equal(rr_vectors_covered(x), 1);
    assert_true(rr_vectors_table(x)[4] == 1.0f && rr_vectors_table(x)[5] == 2.0f);
    rr_vectors_free(x);

    x = load("the 1 2\n\t 5 6\n");
    assert_string_equal(note(x, 0),
                        "a.vec: 1 line without a word is passed over, the first is line 2");
    rr_vectors_free(x);
}

static void binary_vectors_are_named(void **state)
{
    static const char bytes[] = "2 2\nthe \0\0\x80\x3f\0\0\0\x40\n";
    rr_vocabulary *v = vocabulary();
    rr_vectors *x = NULL;
    rr_error err = { .msg = "" };
    FILE *f = fopen(in_scratch("", "a.bin"), "wb");

    (void)state;
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, sizeof bytes - 1, f), sizeof bytes - 1);
    assert_int_equal(fclose(f), 0);
    CHECK_FAILS(rr_vectors_load(in_scratch("", "a.bin"), v, &x, &err), RR_ERR_FORMAT, err,
                "a.bin, line 2 holds a NUL byte: vectors in binary form");
    rri_vocabulary_free(v);
}

static void numbers_are_the_nearest_floats(void **state)
{
    static const char *const numbers[] = { "0.1",
                                           "-0.33333333333333333333",
                                           "123456789012345",
                                           "0.000123456789012",
                                           "3.4028e38",
                                           "1.17549435e-38",
                                           "-0",
                                           "16777217",
                                           "0.100000001490116119384765625" };
    char text[256];

    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        (void)snprintf(text, sizeof text, "the %s\ngood 1\n", numbers[i]);
        rr_vectors *x = load(text);
        const float want = (float)strtod(numbers[i], NULL);
        assert_memory_equal(&rr_vectors_table(x)[2], &want, sizeof want);
        rr_vectors_free(x);
    }
}

static void the_hash_is_that_of_the_file(void **state)
{
    rr_vectors *x = load("the 1 2\n");

    (void)state; /* printf 'the 1 2\n' | sha256sum */
    assert_string_equal(rr_vectors_hash(x),
                        "d68c6c84e76300559fa666b42481b62433845ce72cf89937b2fee0372e900a9d");
    rr_vectors_free(x);
}

static void broken_files_are_refused_with_their_line(void **state)
{
    static const struct {
        const char *text;
        rr_status code;
        int64_t where;
        const char *part;
    } bad[] = {
        { "the 1 2\ngood 1\n", RR_ERR_FORMAT, 2,
          "line 2 has 1 number behind its word, expected 2" },
        { "the 1 2\ngood 1", RR_ERR_FORMAT, 2, "is cut off: line 2, the last, has 1 of 2 numbers" },
        { "2 2\nthe 1 2\ngo", RR_ERR_FORMAT, 3,
          "is cut off: line 3, the last, has 0 of 2 numbers" },
        { "the 1 2\n 1\n", RR_ERR_FORMAT, 2, "line 2 has 0 numbers" },
        { "the 1 2\n\tgood 1\n", RR_ERR_FORMAT, 2, "line 2 has 1 number behind its word" },
        { "the 1 2\nother 1 2 3\n", RR_ERR_FORMAT, 2, "line 2 has 3 numbers" },
        { "2 3\nthe 1 2\n", RR_ERR_FORMAT, 2, "expected 3" },
        { "the,1,2\n", RR_ERR_FORMAT, 1,
          "line 1: \"the,1,2\" is one field; expected a word and its numbers, separated" },
        { "5 0\n", RR_ERR_FORMAT, 1, "vectors of 0 numbers" },
        { "the 1 2\ngood 1 x2\n", RR_ERR_FORMAT, 2, "line 2: \"x2\" is no number" },
        { "the 1 2,5\n", RR_ERR_FORMAT, 1, "\"2,5\" is no number" },
        { "the 1 2-\n", RR_ERR_FORMAT, 1, "no number" },
        { "the 1 nan\n", RR_ERR_NUMERIC, 1, "line 1: \"nan\"" },
        { "the 1 -inf\n", RR_ERR_NUMERIC, 1, "no finite number" },
        { "the 1 1e39\n", RR_ERR_NUMERIC, 1, "1e39" },
        { "the 1 1e999\n", RR_ERR_NUMERIC, 1, "1e999" },
        { "other 1 2\n", RR_ERR_SHAPE, -1, "none of the 3 words" },
        { "", RR_ERR_SHAPE, -1, "none of the 3 words" },
        { "0 2\n", RR_ERR_SHAPE, -1, "none of the 3 words" },
    };
    rr_vocabulary *v = vocabulary();
    rr_vectors *x = NULL;
    rr_error err = { .msg = "" };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        write_scratch("a.vec", bad[i].text);
        CHECK_FAILS(rr_vectors_load(in_scratch("", "a.vec"), v, &x, &err), bad[i].code, err,
                    bad[i].part);
        assert_non_null(strstr(err.msg, "a.vec"));
        assert_int_equal(err.where, bad[i].where);
        assert_null(x);
    }
    CHECK_FAILS(rr_vectors_load(in_scratch("", "none"), v, &x, &err), RR_ERR_IO, err, "none");
    rri_vocabulary_free(v);
}

static void every_failed_allocation_is_clean(void **state)
{
    rr_vocabulary *v = vocabulary();

    (void)state;
    write_scratch("a.vec", "3 2\nthe 1 2\ngood 3 4\n 5 6\n\t 7 8\n");
    for (failing at = { 0 }; next_allocation_fails(&at, 6);) {
        rr_vectors *x = NULL;
        at.st = rr_vectors_load(in_scratch("", "a.vec"), v, &x, NULL);
        assert_true((at.st == RR_OK) == (x != NULL));
        rr_vectors_free(x);
    }
    rri_vocabulary_free(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wanted_words_get_their_vectors_and_others_zeros),
        cmocka_unit_test(of_a_word_that_comes_twice_the_first_counts),
        cmocka_unit_test(words_of_several_parts_are_passed_over),
        cmocka_unit_test(the_first_word_may_have_blanks),
        cmocka_unit_test(what_is_not_as_announced_is_noted),
        cmocka_unit_test(binary_vectors_are_named),
        cmocka_unit_test(numbers_are_the_nearest_floats),
        cmocka_unit_test(the_hash_is_that_of_the_file),
        cmocka_unit_test(broken_files_are_refused_with_their_line),
        cmocka_unit_test(every_failed_allocation_is_clean),
    };
    return cmocka_run_group_tests(tests, open_scratch, close_scratch);
}
