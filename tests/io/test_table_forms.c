/* SPDX-License-Identifier: MIT */
/* test_table_forms.c - tables with other separators, without a header, with columns of one name. */
#include "scratch.h"

#include "io/csv.h"

/* Every record with a bar behind each field, a line a record; or the message. */
static const char *table(const char *text, const rri_csv_options *options)
{
    static char output[1 << 12];
    rri_csv *c = NULL;
    rr_error err = { .msg = "" };
    bool more = true;
    bool has = true;
    size_t columns = 0;
    size_t at = 0;
    size_t bytes = 0;
    size_t n = 0;

    put_file("t.csv", text, strlen(text));
    output[0] = '\0';
    rr_status st = rri_csv_open("t.csv", options, &c, &err);
    for (; st == RR_OK && has && columns < 4; columns += has) {
        char number[2] = { (char)('1' + columns), '\0' };
        char letter[2] = { (char)('a' + columns), '\0' };
        st = rri_csv_find(c, options->headerless ? number : letter, &has, &at, &err);
        assert_true(st != RR_OK || !has || at == columns);
    }
    while (st == RR_OK) {
        st = rri_csv_next(c, &more, &err);
        if (st != RR_OK || !more)
            break;
        n += (size_t)snprintf(output + n, sizeof output - n, "%zu:", rri_csv_line(c));
        for (size_t i = 0; i < columns; i++)
            n +=
                (size_t)snprintf(output + n, sizeof output - n, "%s|", rri_csv_field(c, i, &bytes));
    }
    rri_csv_close(c);
    return st == RR_OK ? output : strcpy(output, err.msg);
}

static void the_separator_is_found(void **state)
{
    static const char *const cases[][2] = {
        { "a,b\n1;x,2\n", "2:1;x|2|" },
        { "a\tb\n1, x\t2\n", "2:1, x|2|" },
        { "a;b\n1,5;2\n", "2:1,5|2|" },
        { "a|b\n1,5|2\n", "2:1,5|2|" },
        { "a\tb\r\n1\t2\r\n", "2:1|2|" },
        { "a;b;c;\"d,,,,,\"\n1;2;3;4\n", "2:1|2|3|" }, /* d is named otherwise */
        { "\n\na;b\n\"x;y\n\";2\n", "4:x;y\n|2|" },
        { "a\nx y\n", "2:x y|" },
        { "sep=;\na;b\n1,5;2\n", "3:1,5|2|" },
        { "sep=\t\r\na\tb\r\n1,5\t2\r\n", "3:1,5|2|" },
        { "\xef\xbb\xbf"
          "a;b\n1;2\n",
          "2:1|2|" },
        /* Lone quotes are text where tabs separate. */
        { "a\tb\nsay \"so\"\t2\n\"x\ty\"\t3\n", "2:say \"so\"|2|3:x\ty|3|" },
    };
    const rri_csv_options none = { .encoding = NULL };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(table(cases[i][0], &none), cases[i][1]);
}

static void the_separator_is_given_by_character_or_name(void **state)
{
    static const char *const names[] = { ";", "semicolon" };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const rri_csv_options o = { .separator = names[i] };
        assert_string_equal(table("a;b;c,d,e,f\n1;2;3\n", &o), "2:1|2|");
    }
    assert_string_equal(table("a\tb\n1\t2\n", &(rri_csv_options){ .separator = "tab" }), "2:1|2|");
    assert_string_equal(table("a\tb\n1\t2\n", &(rri_csv_options){ .separator = "\t" }), "2:1|2|");
    assert_string_equal(table("a,b;\n1,2\n", &(rri_csv_options){ .separator = "comma" }), "2:1|");
    assert_string_equal(table("a|b\n1|2\n", &(rri_csv_options){ .separator = "pipe" }), "2:1|2|");
    assert_string_equal(table("a b\n", &(rri_csv_options){ .separator = "blank" }),
                        "separator \"blank\" is none of comma, tab, semicolon, pipe");
    assert_string_equal(table("a b\n", &(rri_csv_options){ .separator = "" }),
                        "separator \"\" is none of comma, tab, semicolon, pipe");
}

/* The first line is data there, and may hold more commas than tabs. */
static void without_a_header_columns_have_numbers(void **state)
{
    const rri_csv_options o = { .headerless = true };

    (void)state;
    assert_string_equal(table("x,1\ny,2\n", &o), "1:x|1|2:y|2|");
    assert_string_equal(table("\n\"0\",\"a, b\"\n\"4\",\"c\"\n", &o), "2:0|a, b|3:4|c|");
    assert_string_equal(table("ham\tgo, well, on\nspam\twin it\n", &o),
                        "1:ham|go, well, on|2:spam|win it|");
    assert_string_equal(table("x\n", &o), "1:x|");
    assert_string_equal(table("x,1\ny\n", &o),
                        "t.csv, line 2: the record that begins here has 1 field, the first 2 "
                        "(separator comma)");
    assert_string_equal(table("\n", &o), "t.csv is empty: there is no record");
}

static void quotes_may_be_characters(void **state)
{
    const rri_csv_options o = { .unquoted = true };

    (void)state;
    assert_string_equal(table("a\tb\n\"x\" said\t\"2\n", &o), "2:\"x\" said|\"2|");
    assert_string_equal(table("a,b\n\"x\" said,\"2\"\n", &o), "2:\"x\" said|\"2\"|");
}

static void texts_may_have_other_encodings(void **state)
{
    (void)state;
    assert_string_equal(table("a;b\nit\x92s;2\n", &(rri_csv_options){ .encoding = "cp1252" }),
                        "2:it\xe2\x80\x99s|2|");
    assert_string_equal(table("a;b\nx;1\nit\x92s;2\n", &(rri_csv_options){ .encoding = NULL }),
                        "t.csv, line 3: byte 0x92 begins no character of UTF-8; if the file is "
                        "Windows-1252 or Latin-1, add encoding=cp1252 (or latin-1)");
    assert_string_equal(table("a\n", &(rri_csv_options){ .encoding = "none" }),
                        "encoding=none is unknown; there are utf-8, utf-16le, utf-16be, latin-1, "
                        "cp1252, shift_jis, gb18030 and the others of ICU");
}

static void columns_that_are_asked_for_have_one_name(void **state)
{
    rri_csv *c = NULL;
    bool has = true;
    size_t at = 9;
    rr_error err = { .msg = "" };

    (void)state;
    put_file("t.csv", "v1,v2,,,v1\n1,2,,,\n", 18);
    CHECK_OK(rri_csv_open("t.csv", NULL, &c, &err), err);
    CHECK_OK(rri_csv_column(c, "v2", &at, &err), err);
    assert_int_equal(at, 1);
    CHECK_FAILS(rri_csv_column(c, "v1", &at, &err), RR_ERR_FORMAT, err,
                "t.csv: columns 1 and 5 are both named \"v1\"");
    CHECK_FAILS(rri_csv_find(c, "", &has, &at, &err), RR_ERR_FORMAT, err,
                "t.csv: columns 3 and 4 are both named \"\"");
    CHECK_OK(rri_csv_find(c, "v3", &has, &at, &err), err);
    assert_false(has);
    rri_csv_close(c);
}

static const char *missing(const char *text, const rri_csv_options *options)
{
    static rr_error err;
    rri_csv *c = NULL;
    size_t at = 0;

    put_file("t.csv", text, strlen(text));
    CHECK_OK(rri_csv_open("t.csv", options, &c, &err), err);
    assert_int_equal(rri_csv_column(c, "text", &at, &err), RR_ERR_FORMAT);
    rri_csv_close(c);
    return err.msg;
}

static void a_missing_column_is_named_with_the_separator(void **state)
{
    (void)state;
    assert_string_equal(
        missing("sentence\tlabel\n", &(rri_csv_options){ .separator = "," }),
        "t.csv has no column \"text\"; with separator comma it has sentence\\tlabel "
        "(if the first line is no header, add header=0)");
    assert_string_equal(missing("a;b\x1b\n", NULL),
                        "t.csv has no column \"text\"; with separator semicolon it has a, b?");
    assert_string_equal(missing("a;b;c\n", &(rri_csv_options){ .headerless = true }),
                        "t.csv has no column \"text\"; with separator semicolon and without a "
                        "header its columns are named 1 to 3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_SCRATCH(the_separator_is_found),
        TEST_IN_SCRATCH(the_separator_is_given_by_character_or_name),
        TEST_IN_SCRATCH(without_a_header_columns_have_numbers),
        TEST_IN_SCRATCH(quotes_may_be_characters),
        TEST_IN_SCRATCH(texts_may_have_other_encodings),
        TEST_IN_SCRATCH(columns_that_are_asked_for_have_one_name),
        TEST_IN_SCRATCH(a_missing_column_is_named_with_the_separator),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
