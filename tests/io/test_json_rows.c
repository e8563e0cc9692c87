/* SPDX-License-Identifier: MIT */
/* test_json_rows.c - JSON Lines, arrays of objects, numbers beyond 64 bits. */
#include "scratch.h"

#include "io/json.h"

/* "LINE:VALUE " for each row of a text, or the message. */
static const char *rows(const char *text)
{
    static char output[1 << 12];
    rri_json_rows *r = NULL;
    json_t *row = NULL;
    rr_error err = { .msg = "" };
    size_t n = 0;

    put_file("f", text, strlen(text));
    output[0] = '\0';
    rr_status st = rri_json_rows_open("f", NULL, &r, &err);
    for (;;) {
        if (st == RR_OK)
            st = rri_json_rows_next(r, &row, &err);
        if (st != RR_OK || row == NULL)
            break;
        char *dump = json_dumps(row, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
        n +=
            (size_t)snprintf(output + n, sizeof output - n, "%zu:%s ", rri_json_rows_line(r), dump);
        free(dump);
        json_decref(row);
    }
    rri_json_rows_close(r);
    return st == RR_OK ? output : strcpy(output, err.msg);
}

static void rows_come_a_line_or_in_one_array(void **state)
{
    static const char *const cases[][2] = {
        { "{\"a\":1}\n{\"a\":2}\n", "1:{\"a\":1} 2:{\"a\":2} " },
        { "\n{\"a\":1}\r\n \t\n{\"a\":2}", "2:{\"a\":1} 4:{\"a\":2} " },
        { "", "" },
        { "\n \n", "" },
        { "[]", "" },
        { "1\n\"x\"\n99999999999999999999", "1:1 2:\"x\" 3:\"99999999999999999999\" " },
        { "[1, [2]]", "1:1 1:[2] " },
        { " [ ]\n", "" },
        { "[{\"a\":1},{\"a\":2}]", "1:{\"a\":1} 1:{\"a\":2} " },
        { "[{\"a\":1},\n{\"a\":2}]\n", "1:{\"a\":1} 2:{\"a\":2} " },
        { "\n[\n {\n  \"a\": 1\n }\n ,\n {\n  \"a\": [2, {\"b\": []}]\n }\n]\n\n",
          "3:{\"a\":1} 7:{\"a\":[2,{\"b\":[]}]} " },
        { "[{\"a\":\"],}[{\\\"\"},{\"a\":\"\\\\\"}]",
          "1:{\"a\":\"],}[{\\\"\"} 1:{\"a\":\"\\\\\"} " },
        { "\xef\xbb\xbf[{\"a\":\"\xc3\xa9\"}]", "1:{\"a\":\"\xc3\xa9\"} " },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(rows(cases[i][0]), cases[i][1]);
}

/* Those of 64 bits stay exact; larger ones, which jansson refuses, come as their characters. */
static void numbers_beyond_64_bits_are_taken_by_their_characters(void **state)
{
    static const char *const cases[][2] = {
        { "{\"a\":9223372036854775807}", "1:{\"a\":9223372036854775807} " },
        { "{\"a\":-9223372036854775808}", "1:{\"a\":-9223372036854775808} " },
        { "{\"a\":9223372036854775808,\"b\":9007199254740993}",
          "1:{\"a\":\"9223372036854775808\",\"b\":9007199254740993} " },
        { "{\"a\":-9223372036854775809}", "1:{\"a\":\"-9223372036854775809\"} " },
        { "{\"id\":10014255632117358197,\"t\":\"x 10014255632117358197 \\\"1e999\"}",
          "1:{\"id\":\"10014255632117358197\",\"t\":\"x 10014255632117358197 \\\"1e999\"} " },
        { "{\"a\":[1e999,-1E+999,0.5]}", "1:{\"a\":[\"1e999\",\"-1E+999\",0.5]} " },
        { "[{\"a\":1},\n{\"a\":99999999999999999999}]",
          "1:{\"a\":1} 2:{\"a\":\"99999999999999999999\"} " },
        { "{\"a\":9223372036854775808,\"b\":099999999999999999999}",
          "f is not JSON at line 1, column 30: invalid token near '0' (expected an object a line, "
          "or one array of objects)" },
        { "[1e999, {\"\xc3\xa9\":9223372036854775808,\"b\":1e309,\"c\":-}]",
          "f is not JSON at line 1, column 48: invalid token near '-'" },
        { "{\"a\":9223372036854775808,\"b\":1.}",
          "f is not JSON at line 1, column 31: invalid token near '1.' (expected an object a line, "
          "or one array of objects)" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(rows(cases[i][0]), cases[i][1]);
}

static void broken_rows_are_refused_with_their_line(void **state)
{
    static const char *const cases[][2] = {
        { "{\"a\":1}\n{\n\"a\":2}\n",
          "f is not JSON at line 2, column 1: string or '}' expected near end of file "
          "(expected an object a line, or one array of objects)" },
        { "[{\"a\":1},\n{\"a\":}]",
          "f is not JSON at line 2, column 6: unexpected token near '}'" },
        { "[{\"a\":1},\n\n{\"a\":2}\n",
          "f, line 3: the file ends in the row that begins here, or behind it without the ] that "
          "closes the array" },
        { "[{\"a\":1},\n", "f, line 2: the file ends before the ] that closes the array" },
        { "[", "f, line 1: the file ends before the ] that closes the array" },
        { "[{\"a\":1},\n]", "f, line 2: a row is missing before or behind a comma of the array" },
        { "[,{\"a\":1}]", "f, line 1: a row is missing before or behind a comma of the array" },
        { "[{\"a\":1}]\nx", "f, line 2: there is text behind the array" },
        { "[]\n\n[]", "f, line 3: there is text behind the array" },
        { "[{\"a\":1}\n{\"a\":2}]",
          "f is not JSON at line 2, column 1: end of file expected near '{'" },
        { " [\n{\"a\":\"\xc3\xa9\"}, {\"b\":\n3},\t{\"c\":]} ]",
          "f is not JSON at line 3, column 10: unexpected token near ']'" },
        { "[{\"a\":\"x\\u0000\"}]",
          "f, line 1, column 15: \\u0000 is in a string, but no text may hold it" },
        { "{\"a\":1}\r{\"a\":2}\r",
          "f has carriage returns, but no line feed; if its lines end so, convert it: tr '\\r' "
          "'\\n'" },
        { "[{\"a\":1},\n{\"a\":\"\xe9\"}]",
          "f, line 2: byte 0xe9 begins no character of UTF-8; if the file is Windows-1252 or "
          "Latin-1, add encoding=cp1252 (or latin-1)" },
        { "x", "f is not JSON at line 1, column 1: invalid token near 'x' (expected an object a "
               "line, or one array of objects)" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(rows(cases[i][0]), cases[i][1]);
    put_file("f", "[{\"a\":\"x\0\"}]", 12);
    rri_json_rows *r = NULL;
    json_t *row = NULL;
    rr_error err = { .msg = "" };
    CHECK_OK(rri_json_rows_open("f", NULL, &r, &err), err);
    CHECK_FAILS(rri_json_rows_next(r, &row, &err), RR_ERR_FORMAT, err, "f holds a NUL byte");
    rri_json_rows_close(r);
}

/* Truncated anywhere, or with any byte changed, a file is read or rejected with a message. */
static void damaged_files_do_no_harm(void **state)
{
    static const char whole[] = "[{\"a\": \"\\\"]\"},\n {\"b\": [1, 99999999999999999999e1]}]\n";
    static const char bytes[] = "[]{}\",\\ 9";
    char text[sizeof whole];

    (void)state;
    for (size_t n = 0; n < sizeof whole; n++) {
        memcpy(text, whole, n);
        text[n] = '\0';
        (void)rows(text);
        for (size_t k = 0; k < sizeof bytes - 1 && n < sizeof whole - 1; k++) {
            memcpy(text, whole, sizeof whole);
            text[n] = bytes[k];
            (void)rows(text);
        }
    }
}

/* An array is read in pieces of about 2^18 bytes. */
static void rows_may_cross_the_pieces_of_a_file(void **state)
{
    enum { ROWS = 40000 };
    FILE *f = fopen("big.json", "wb");
    rri_json_rows *r = NULL;
    json_t *row = NULL;
    rr_error err = { .msg = "" };

    (void)state;
    assert_non_null(f);
    (void)fputc('[', f);
    for (int i = 0; i < ROWS; i++)
        (void)fprintf(f, "%s{\"n\": %d,\n \"t\": \"],\"}", i > 0 ? ",\n" : "", i);
    (void)fputs("]", f);
    assert_int_equal(fclose(f), 0);
    CHECK_OK(rri_json_rows_open("big.json", NULL, &r, &err), err);
    for (int i = 0; i < ROWS; i++) {
        CHECK_OK(rri_json_rows_next(r, &row, &err), err);
        assert_int_equal(json_integer_value(json_object_get(row, "n")), i);
        assert_int_equal(rri_json_rows_line(r), 1 + 2 * (size_t)i);
        json_decref(row);
    }
    CHECK_OK(rri_json_rows_next(r, &row, &err), err);
    assert_null(row);
    rri_json_rows_close(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_SCRATCH(rows_come_a_line_or_in_one_array),
        TEST_IN_SCRATCH(numbers_beyond_64_bits_are_taken_by_their_characters),
        TEST_IN_SCRATCH(broken_rows_are_refused_with_their_line),
        TEST_IN_SCRATCH(damaged_files_do_no_harm),
        TEST_IN_SCRATCH(rows_may_cross_the_pieces_of_a_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
