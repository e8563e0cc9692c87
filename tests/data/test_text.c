/* SPDX-License-Identifier: MIT */
/* Words: how a text is cut, what a vocabulary knows, and the file it is kept in. */
#include "data/vocabulary.h"
#include "scratch.h"

#include "data/words.h"

#include <pthread.h>

/* The words of a text with a bar behind each. */
static const char *cut(const char *text)
{
    static char joined[512];
    rr_tokens *t = NULL;
    rr_error err = { .msg = "" };

    CHECK_OK(rr_tokens_split(text, strlen(text), &t, &err), err);
    joined[0] = '\0';
    for (size_t i = 0; i < rr_tokens_count(t); i++) {
        (void)strncat(joined, rr_tokens_words(t)[i], sizeof joined - strlen(joined) - 2);
        (void)strcat(joined, "|");
    }
    rr_tokens_free(t);
    return joined;
}

static void a_text_is_cut_at_word_boundaries(void **state)
{
    (void)state;
    assert_string_equal(cut("It isn't so, is it?"), "It|isn't|so|,|is|it|?|");
    assert_string_equal(cut("  3,000.5 (v1.2)...\n\tend"), "3,000.5|(|v1.2|)|.|.|.|end|");
    assert_string_equal(cut("one"), "one|");
}

static void characters_beyond_ascii_are_counted_in_bytes(void **state)
{
    (void)state;
    assert_string_equal(cut("\xc3\x85ngstr\xc3\xb6m, na\xc3\xafve"),
                        "\xc3\x85ngstr\xc3\xb6m|,|na\xc3\xafve|");
    /* Beyond the sixteen bits of a UTF-16 unit: a face, then a word. */
    assert_string_equal(cut("\xf0\x9f\x98\x80 smile \xf0\x9f\x98\x80!"),
                        "\xf0\x9f\x98\x80|smile|\xf0\x9f\x98\x80|!|");
    /* A no-break space and a line separator are white space as well. */
    assert_string_equal(cut("a\xc2\xa0"
                            "b\xe2\x80\xa8"
                            "c"),
                        "a|b|c|");
    /* A combining mark behind a blank sticks to it; the blank is no part of a word. */
    assert_string_equal(cut("a \xcc\x88 b"), "a|\xcc\x88|b|");
}

/* Whatever the version of ICU takes them for. */
static void at_signs_and_colons_are_words(void **state)
{
    (void)state;
    assert_string_equal(cut("@user thanks"), "@|user|thanks|");
    assert_string_equal(cut("me@mail.org, x@ 1@2 @@"), "me|@|mail.org|,|x|@|1|@|2|@|@|");
    assert_string_equal(cut("a.@b a'@b"), "a|.|@|b|a|'|@|b|");
    assert_string_equal(cut("note:this 12:30 a::b"), "note|:|this|12|:|30|a|:|:|b|");
    assert_string_equal(cut("a\xef\xbc\x9a"
                            "b a\xef\xb9\x95"
                            "b"),
                        "a|\xef\xbc\x9a|b|a|\xef\xb9\x95|b|");
}

static void invisible_characters_are_no_words(void **state)
{
    (void)state;
    /* A byte-order mark, a mark of direction, a zero-width space, a soft hyphen. */
    assert_string_equal(cut("\xef\xbb\xbfhello world"), "hello|world|");
    assert_string_equal(cut("hello \xef\xbb\xbfworld"), "hello|world|");
    assert_string_equal(cut("hello\xef\xbb\xbf world\xe2\x80\x8e"), "hello|world|");
    assert_string_equal(cut("\xe2\x80\x8e\xe2\x80\x8fx\xe2\x80\x8e\xef\xbb\xbf \xc2\xad y"),
                        "x|y|");
    assert_string_equal(cut("foo\xe2\x80\x8b"
                            "bar"),
                        "foo|bar|");
    assert_string_equal(cut("co\xc2\xadop"), "co\xc2\xadop|");
    assert_string_equal(cut("\xe2\x80\x8d \xf3\xa0\x81\xbf x"), "x|");
    /* What follows a joiner at a word's end is white space; the flag of Scotland ends with a tag.
     */
    assert_string_equal(cut("\xe0\xb4\xa8\xe0\xb5\x8d\xe2\x80\x8d x"),
                        "\xe0\xb4\xa8\xe0\xb5\x8d\xe2\x80\x8d|x|");
    assert_string_equal(cut("\xf0\x9f\x8f\xb4\xf3\xa0\x81\xa7\xf3\xa0\x81\xbf!"),
                        "\xf0\x9f\x8f\xb4\xf3\xa0\x81\xa7\xf3\xa0\x81\xbf|!|");
    /* An Arabic number sign is a format character that is seen. */
    assert_string_equal(cut("\xd8\x80"), "\xd8\x80|");
}

static void a_text_without_words_is_refused(void **state)
{
    static const char *const blank[] = { "", "   ", "\n\t \xc2\xa0", "\xef\xbb\xbf \xe2\x80\x8b" };
    rr_error err = { .msg = "" };
    rr_tokens *t = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof blank / sizeof *blank; i++) {
        CHECK_FAILS(rr_tokens_split(blank[i], strlen(blank[i]), &t, &err), RR_ERR_SHAPE, err,
                    "no word");
        assert_null(t);
    }
}

static void what_is_not_utf8_is_refused_with_its_byte(void **state)
{
    static const char *const bad[] = { "ab\xff", "ab\xc3", "ab\xc0\x80", "ab\xed\xa0\x80 c",
                                       "ab\xf4\x90\x80\x80" };
    rr_error err = { .msg = "" };
    rr_tokens *t = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK_FAILS(rr_tokens_split(bad[i], strlen(bad[i]), &t, &err), RR_ERR_FORMAT, err,
                    "byte 2");
        assert_int_equal(err.where, 2);
    }
}

/* ---- vocabulary ----------------------------------------------------------------------------- */

static const char *const words[] = { "<pad>", "<unk>", "the", "isn't", "\xc3\xa5ngstr\xc3\xb6m" };
enum { WORDS = sizeof words / sizeof *words };

static rr_vocabulary *vocabulary(int fold)
{
    rr_vocabulary *v = NULL;
    rr_error err = { .msg = "" };

    CHECK_OK(rri_vocabulary_new(words, WORDS, fold, &v, &err), err);
    return v;
}

static void marks_are_words_of_punctuation_alone(void **state)
{
    /* ASCII, dashes and quotes of Unicode, and quotes of treebanks; not currency, arithmetic,
     * emoji, a word with an apostrophe or a hyphen. */
    static const char *const some[] = { "<pad>",
                                        "<unk>",
                                        "?",
                                        "!?",
                                        "``",
                                        "''",
                                        "\xe2\x80\x94",
                                        "\xe2\x80\x9c",
                                        "isn't",
                                        "well-made",
                                        "$",
                                        "+",
                                        "7",
                                        "\xf0\x9f\x98\x80",
                                        ":d" };
    enum { SOME = sizeof some / sizeof *some, FIRST = 2, MARKS = 6 };
    rr_vocabulary *v = NULL;
    unsigned char *marks = NULL;
    rr_error err = { .msg = "" };

    (void)state;
    CHECK_OK(rri_vocabulary_new(some, SOME, 0, &v, &err), err);
    CHECK_OK(rri_vocabulary_marks(v, &marks, &err), err);
    for (size_t i = 0; i < SOME; i++)
        assert_int_equal(marks[i], i >= FIRST && i < FIRST + MARKS);
    rri_free(marks);
    rri_vocabulary_free(v);
}

static void words_are_found_by_their_letters(void **state)
{
    rr_vocabulary *v = vocabulary(0);

    (void)state;
    assert_int_equal(rr_vocabulary_size(v), WORDS);
    assert_int_equal(rr_vocabulary_folds_case(v), 0);
    for (uint32_t i = 1; i < WORDS; i++) {
        assert_int_equal(rr_vocabulary_find(v, words[i]), i);
        assert_string_equal(rr_vocabulary_word(v, i), words[i]);
    }
    assert_int_equal(rr_vocabulary_find(v, "The"), RR_WORD_UNKNOWN);
    assert_int_equal(rr_vocabulary_find(v, "th"), RR_WORD_UNKNOWN);
    assert_int_equal(rr_vocabulary_find(v, "then"), RR_WORD_UNKNOWN);
    assert_int_equal(rr_vocabulary_find(v, ""), RR_WORD_UNKNOWN);
    assert_int_equal(rr_vocabulary_find(v, "<pad>"), RR_WORD_UNKNOWN);
    assert_string_equal(rr_vocabulary_word(v, WORDS), "<unk>");
    rri_vocabulary_free(v);
}

static void case_is_folded_beyond_ascii_too(void **state)
{
    rr_vocabulary *v = vocabulary(1);

    (void)state;
    assert_int_equal(rr_vocabulary_find(v, "THE"), 2);
    assert_int_equal(rr_vocabulary_find(v, "Isn't"), 3);
    assert_int_equal(rr_vocabulary_find(v, "\xc3\x85NGSTR\xc3\x96M"), 4);
    rri_vocabulary_free(v);
}

static void words_that_break_the_rules_are_refused(void **state)
{
    static const struct {
        const char *words[4];
        size_t n;
        int64_t where;
        const char *part;
    } bad[] = {
        { { "<pad>" }, 1, 1, "must be there" },
        { { "<unk>", "<pad>" }, 2, 0, "not \"<pad>\"" },
        { { "<pad>", "a" }, 2, 1, "not \"<unk>\"" },
        { { "<pad>", "<unk>", "" }, 3, 2, "is empty" },
        { { "<pad>", "<unk>", "a b" }, 3, 2, "white space" },
        { { "<pad>", "<unk>", "a\r" }, 3, 2, "white space" },
        { { "<pad>", "<unk>", "a", "a" }, 4, 3, "is word 2 as well" },
        { { "<pad>", "<unk>", "\xff" }, 3, 2, "not UTF-8" },
        { { "<pad>", "<unk>", "A" }, 3, 2, "not in lower case" },
    };
    rr_error err = { .msg = "" };
    rr_vocabulary *v = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK_FAILS(rri_vocabulary_new(bad[i].words, bad[i].n, 1, &v, &err), RR_ERR_FORMAT, err,
                    bad[i].part);
        assert_int_equal(err.where, bad[i].where);
        assert_null(v);
    }
}

static void a_saved_vocabulary_comes_back_the_same(void **state)
{
    const char *path = in_scratch("", "vocabulary.txt");
    rr_vocabulary *v = vocabulary(1);
    rr_vocabulary *back = NULL;
    rr_error err = { .msg = "" };

    (void)state;
    CHECK_OK(rri_vocabulary_save(v, path, &err), err);
    check_content("vocabulary.txt", "<pad>\n<unk>\nthe\nisn't\n\xc3\xa5ngstr\xc3\xb6m\n");
    CHECK_OK(rri_vocabulary_load(path, 1, &back, &err), err);
    assert_string_equal(rr_vocabulary_hash(back), rr_vocabulary_hash(v));
    rri_vocabulary_free(back);
    CHECK_OK(rri_vocabulary_load(path, 0, &back, &err), err);
    assert_string_not_equal(rr_vocabulary_hash(back), rr_vocabulary_hash(v));
    rri_vocabulary_free(back);
    rri_vocabulary_free(v);
}

/* The bytes are spelt out in docs/FORMAT.md; the digest is from sha256sum. */
static void the_hash_of_a_vocabulary_is_frozen(void **state)
{
    rr_vocabulary *v = vocabulary(1);

    (void)state;
    assert_string_equal(rr_vocabulary_hash(v),
                        "f59e6f7cf40d59f14e4a554261b56410f9a2127c42721cbe924c95dc1db10b30");
    rri_vocabulary_free(v);
}

static void a_broken_vocabulary_file_is_refused_with_its_line(void **state)
{
    static const struct {
        const char *text, *part;
    } bad[] = {
        { "", "must be there" },
        { "<pad>\n", "must be there" },
        { "<unk>\n<pad>\n", "line 1" },
        { "<pad>\n<unk>\na\n\nb\n", "line 4: word 3 is empty" },
        { "<pad>\n<unk>\na\na\n", "line 4" },
        { "<pad>\r\n<unk>\r\n", "line 1" },
        { "<pad>\n<unk>\na\xff\n", "line 3: word 2 is not UTF-8" },
    };
    rr_error err = { .msg = "" };
    rr_vocabulary *v = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        write_scratch("vocabulary.txt", bad[i].text);
        CHECK_FAILS(rri_vocabulary_load(in_scratch("", "vocabulary.txt"), 1, &v, &err),
                    RR_ERR_FORMAT, err, bad[i].part);
        assert_non_null(strstr(err.msg, "vocabulary.txt"));
        assert_null(v);
    }
    assert_int_equal(rri_vocabulary_load(in_scratch("", "none"), 1, &v, NULL), RR_ERR_IO);
}

/* Sharing is counted atomically: the sanitizers see a race or a leak. */
static void *hold_and_let_go(void *shared)
{
    for (int i = 0; i < 1000; i++)
        rri_vocabulary_free(rri_vocabulary_share(shared));
    rri_vocabulary_free(shared);
    return NULL;
}

static void a_vocabulary_lives_as_long_as_its_last_holder(void **state)
{
    rr_vocabulary *v = vocabulary(0);
    pthread_t other[2];

    (void)state;
    assert_null(rri_vocabulary_share(NULL));
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&other[i], NULL, hold_and_let_go, rri_vocabulary_share(v)),
                         0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_join(other[i], NULL), 0);
    assert_int_equal(rr_vocabulary_find(v, "the"), 2);
    rri_vocabulary_free(v);
}

static void thousands_of_words_keep_their_numbers(void **state)
{
    rri_words w = { .count = 0 };
    rr_error err = { .msg = "" };
    char word[32];
    uint32_t number = 0;

    (void)state;
    for (uint32_t round = 0; round < 2; round++)
        for (uint32_t i = 0; i < 5000; i++) {
            const int n = snprintf(word, sizeof word, "Word%u", (unsigned)(i * 7919u));
            CHECK_OK(rri_words_add(&w, word, (size_t)n, true, &number, &err), err);
            assert_int_equal(number, i);
        }
    assert_int_equal(w.count, 5000);
    assert_string_equal(rri_words_at(&w, 3), "word23757");
    /* U+023A grows from two bytes to three in lower case. */
    CHECK_OK(rri_words_add(&w, "\xc8\xba\xc8\xba\xc8\xba", 6, true, &number, &err), err);
    assert_string_equal(rri_words_at(&w, number), "\xe2\xb1\xa5\xe2\xb1\xa5\xe2\xb1\xa5");
    rri_words_clear(&w);
}

/* In a table of 64 slots many of these begin their search at the one word that is there. */
static void the_beginning_of_a_word_is_another_word(void **state)
{
    rri_words w = { .count = 0 };
    rr_error err = { .msg = "" };
    char word[1000];
    uint32_t number = 0;

    (void)state;
    memset(word, 'a', sizeof word);
    CHECK_OK(rri_words_add(&w, word, 500, false, &number, &err), err);
    for (size_t n = 1; n < sizeof word; n++)
        assert_true(rri_words_find(&w, word, n, false) == (n == 500 ? 0 : RRI_NO_WORD));
    rri_words_clear(&w);
}

static rr_status use_all(const char *path)
{
    static const char text[] = "It isn't so";
    rr_tokens *t = NULL;
    rr_vocabulary *v = NULL;
    rr_vocabulary *back = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rr_tokens_split(text, sizeof text - 1, &t, NULL));
    RRI_TRY(rri_vocabulary_new(words, WORDS, 1, &v, NULL));
    RRI_TRY(rri_vocabulary_save(v, path, NULL));
    RRI_TRY(rri_vocabulary_load(path, 1, &back, NULL));

done:
    rr_tokens_free(t);
    rri_vocabulary_free(v);
    rri_vocabulary_free(back);
    return st;
}

static void every_failed_allocation_is_clean(void **state)
{
    (void)state;
    for (failing at = { 0 }; next_allocation_fails(&at, 15);)
        at.st = use_all(in_scratch("", "oom.txt"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_is_cut_at_word_boundaries),
        cmocka_unit_test(characters_beyond_ascii_are_counted_in_bytes),
        cmocka_unit_test(at_signs_and_colons_are_words),
        cmocka_unit_test(invisible_characters_are_no_words),
        cmocka_unit_test(a_text_without_words_is_refused),
        cmocka_unit_test(what_is_not_utf8_is_refused_with_its_byte),
        cmocka_unit_test(marks_are_words_of_punctuation_alone),
        cmocka_unit_test(words_are_found_by_their_letters),
        cmocka_unit_test(case_is_folded_beyond_ascii_too),
        cmocka_unit_test(words_that_break_the_rules_are_refused),
        cmocka_unit_test(a_saved_vocabulary_comes_back_the_same),
        cmocka_unit_test(the_hash_of_a_vocabulary_is_frozen),
        cmocka_unit_test(a_broken_vocabulary_file_is_refused_with_its_line),
        cmocka_unit_test(a_vocabulary_lives_as_long_as_its_last_holder),
        cmocka_unit_test(thousands_of_words_keep_their_numbers),
        cmocka_unit_test(the_beginning_of_a_word_is_another_word),
        cmocka_unit_test(every_failed_allocation_is_clean),
    };
    return cmocka_run_group_tests(tests, open_scratch, close_scratch);
}
