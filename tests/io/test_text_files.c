/* SPDX-License-Identifier: MIT */
/* test_text_files.c - lines, tables (RFC 4180), phrase trees, folders. */
#include "scratch.h"

#include "data/treebank.h"
#include "io/csv.h"
#include "io/folder.h"
#include "io/lines.h"

#include <zlib.h>

static const char *put_text(const char *name, const char *text)
{
    put_file(name, text, strlen(text));
    return name;
}

/* ---- lines ---------------------------------------------------------------------------------- */

static void lines_end_with_a_line_feed_or_the_file(void **state)
{
    static const char *const want[] = { "one", "", "two", "last" };
    rri_lines *l = NULL;
    char *line = NULL;
    size_t bytes = 0;
    rr_error err = { .msg = "" };

    (void)state;
    CHECK_OK(rri_lines_open(put_text("a", "\xef\xbb\xbfone\n\r\ntwo\r\nlast"), NULL, &l, &err),
             err);
    for (size_t i = 0; i < 4; i++) {
        CHECK_OK(rri_lines_next(l, &line, &bytes, &err), err);
        assert_non_null(line);
        assert_string_equal(line, want[i]);
        assert_int_equal(bytes, strlen(want[i]));
        assert_int_equal(rri_lines_number(l), i + 1);
    }
    for (int i = 0; i < 2; i++) {
        CHECK_OK(rri_lines_next(l, &line, &bytes, &err), err);
        assert_null(line);
    }
    rri_lines_close(l);
}

static void lines_longer_than_the_buffer_are_whole(void **state)
{
    enum { LONG = 1000000 };
    char *text = malloc(2 * LONG + 3);
    rri_lines *l = NULL;
    char *line = NULL;
    size_t bytes = 0;
    rr_error err = { .msg = "" };

    (void)state;
    assert_non_null(text);
    memset(text, 'a', LONG);
    memset(text + LONG + 1, 'b', LONG);
    text[LONG] = text[2 * LONG + 1] = '\n';
    text[2 * LONG + 2] = '\0';
    CHECK_OK(rri_lines_open(put_text("a", text), NULL, &l, &err), err);
    CHECK_OK(rri_lines_next(l, &line, &bytes, &err), err);
    assert_true(bytes == LONG && memcmp(line, text, LONG) == 0);
    CHECK_OK(rri_lines_next(l, &line, &bytes, &err), err);
    assert_true(bytes == LONG && memcmp(line, text + LONG + 1, LONG) == 0);
    CHECK_OK(rri_lines_next(l, &line, &bytes, &err), err);
    assert_null(line);
    rri_lines_close(l);
    free(text);
}

/* The file is read in pieces of about 2^18 bytes: the line feed may be the last of one, or the
 * first of the next. */
static void lines_may_end_where_a_piece_ends(void **state)
{
    enum { PIECE = 1 << 18 };
    char *text = malloc(PIECE + 16);
    rri_lines *l = NULL;
    char *line = NULL;
    size_t bytes = 0;
    rr_error err = { .msg = "" };

    (void)state;
    assert_non_null(text);
    for (size_t n = PIECE - 4; n < PIECE + 4; n++) {
        memset(text, 'a', n);
        memcpy(text + n, "\nb\n", 4);
        CHECK_OK(rri_lines_open(put_text("a", text), NULL, &l, &err), err);
        CHECK_OK(rri_lines_next(l, &line, &bytes, &err), err);
        assert_int_equal(bytes, n);
        CHECK_OK(rri_lines_next(l, &line, &bytes, &err), err);
        assert_string_equal(line, "b");
        rri_lines_close(l);
    }
    free(text);
}

static void a_nul_in_a_line_is_refused(void **state)
{
    rri_lines *l = NULL;
    char *line = NULL;
    size_t bytes = 0;
    rr_error err = { .msg = "" };

    (void)state;
    put_file("a", "x\na\0b\n", 6);
    CHECK_OK(rri_lines_open("a", NULL, &l, &err), err);
    CHECK_OK(rri_lines_next(l, &line, &bytes, &err), err);
    CHECK_FAILS(rri_lines_next(l, &line, &bytes, &err), RR_ERR_FORMAT, err, "line 2 holds a NUL");
    rri_lines_close(l);
}

/* ---- tables --------------------------------------------------------------------------------- */

/* All records with a bar behind each field and a line number before each record, or the message. */
static const char *table(const char *path)
{
    static char output[2048];
    rri_csv *c = NULL;
    rr_error err = { .msg = "" };
    bool more = true;
    size_t n = 0;
    size_t bytes = 0;

    output[0] = '\0';
    rr_status st = rri_csv_open(path, NULL, &c, &err);
    size_t columns = 0;
    size_t ignored = 0;
    bool has = st == RR_OK;
    while (st == RR_OK && has && columns < 3) {
        st = rri_csv_find(c, (const char *[]){ "a", "b", "c" }[columns], &has, &ignored, &err);
        columns += has;
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
    if (st != RR_OK)
        (void)snprintf(output, sizeof output, "%s", err.msg + strlen(path));
    return output;
}

static void fields_are_read_as_rfc_4180_has_them(void **state)
{
    static const char *const cases[][2] = {
        { "a,b\n1,2\n3,4\n", "2:1|2|3:3|4|" },
        { "a,b\r\n1,2\r\n3,4", "2:1|2|3:3|4|" },
        { "\xef\xbb\xbf"
          "a,b\n1,\n,2\n,\n",
          "2:1||3:|2|4:||" },
        { "a,b\n\"x, y\",\"say \"\"so\"\"\"\n", "2:x, y|say \"so\"|" },
        { "a,b\n\"two\nlines\",1\n\"\",\"\"\"\"\n", "2:two\nlines|1|4:|\"|" },
        { "a,b\n\"cr\r\nlf\",1\r\n2,3\r\n", "2:cr\r\nlf|1|4:2|3|" },
        { "\n\na,b\n\n1,2\n\n", "5:1|2|" },
        { "\"a\",\"b\",c\n 1 ,2,3", "2: 1 |2|3|" },
        { "a\nx\n", "2:x|" },
        { "a,b\n", "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(table(put_text("t.csv", cases[i][0])), cases[i][1]);
}

static void broken_tables_are_refused_with_their_line(void **state)
{
    static const char *const cases[][2] = {
        { "a,b\n1\n", ", line 2: the record that begins here has 1 field, the header 2 "
                      "(separator comma)" },
        { "a,b\n1,2\n\n1,2,3\n",
          ", line 4: the record that begins here has 3 fields, the header 2 (separator comma)" },
        { "a,b\n1,2\n\"x\ny,2\n", ", line 3: the quote opened here is never closed" },
        { "a,b\n\"x\"y,2\n",
          ", line 2: text behind a closing quote (a quote inside quotes is doubled)" },
        { "a,b\nx\"y\",2\n", ", line 2: a quote inside a field that does not begin with one" },
        { "a,b\n1\r2,3\n",
          ", line 2: a carriage return without a line feed outside quotes; if its lines end so, "
          "convert it: tr '\\r' '\\n'" },
        { "a,b\n\"x\n\xff\",2\n",
          ", line 3: byte 0xff begins no character of UTF-8; if the file is Windows-1252 or "
          "Latin-1, convert it: iconv -f cp1252 -t utf-8" },
        { "", " is empty: there is no header" },
        { "\n\r\n", " is empty: there is no header" },
    };
    rri_csv *c = NULL;
    rr_error err = { .msg = "" };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(table(put_text("t.csv", cases[i][0])), cases[i][1]);
    put_file("t.csv", "a,b\n1,x\0y\n", 10);
    assert_string_equal(table("t.csv"), ", line 2: a field holds a NUL byte");
    CHECK_FAILS(rri_csv_open("none", NULL, &c, &err), RR_ERR_IO, err, "none");
}

static void a_missing_column_is_named_with_those_there_are(void **state)
{
    rri_csv *c = NULL;
    size_t column = 9;
    rr_error err = { .msg = "" };

    (void)state;
    CHECK_OK(rri_csv_open(put_text("t.csv", "a,b\n"), NULL, &c, &err), err);
    CHECK_OK(rri_csv_column(c, "b", &column, &err), err);
    assert_int_equal(column, 1);
    CHECK_FAILS(rri_csv_column(c, "x", &column, &err), RR_ERR_FORMAT, err,
                "no column \"x\"; with separator comma it has a, b");
    rri_csv_close(c);
}

/* Records that cross the chunks a file is read in, plain and packed. */
static void records_may_cross_the_pieces_of_a_file(void **state)
{
    enum { ROWS = 20000 };
    rri_csv *c = NULL;
    bool more = true;
    size_t bytes = 0;
    char want[64];
    rr_error err = { .msg = "" };
    gzFile f = gzopen("big.csv.gz", "wb");

    (void)state;
    assert_non_null(f);
    assert_true(gzputs(f, "a,b\n") > 0);
    for (int i = 0; i < ROWS; i++)
        assert_true(gzprintf(f, "\"%d, \"\"x\"\"\n\",%d\n", i, 2 * i) > 0);
    assert_int_equal(gzclose(f), Z_OK);
    CHECK_OK(rri_csv_open("big.csv.gz", NULL, &c, &err), err);
    for (int i = 0; i < ROWS; i++) {
        CHECK_OK(rri_csv_next(c, &more, &err), err);
        assert_true(more);
        (void)snprintf(want, sizeof want, "%d, \"x\"\n", i);
        assert_string_equal(rri_csv_field(c, 0, &bytes), want);
        assert_int_equal(bytes, strlen(want));
        assert_int_equal(rri_csv_line(c), 2 + 2 * (size_t)i);
    }
    CHECK_OK(rri_csv_next(c, &more, &err), err);
    assert_false(more);
    rri_csv_close(c);
}

/* Truncated anywhere, or with any byte changed, a table is read or rejected with a message. */
static void damaged_tables_do_no_harm(void **state)
{
    static const char whole[] =
        "a,b\r\n\"x, \"\"y\"\"\n\xc3\xa9\",2\r\n,\"\"\r\nz,\xf0\x9f\x98\x80";
    static const char bytes[] = "\",\r\n\xff\xc3 a";
    char text[sizeof whole];

    (void)state;
    for (size_t n = 0; n < sizeof whole; n++) {
        memcpy(text, whole, n);
        text[n] = '\0';
        (void)table(put_text("t.csv", text));
        for (size_t k = 0; k < sizeof bytes - 1 && n < sizeof whole - 1; k++) {
            memcpy(text, whole, sizeof whole);
            text[n] = bytes[k];
            (void)table(put_text("t.csv", text));
        }
    }
}

/* ---- trees ---------------------------------------------------------------------------------- */

/* Label and words of a tree, or the message without file and line. */
static const char *tree(const char *text)
{
    static char output[512];
    char *words = malloc(strlen(text) + (*text == 0)); /* no more than is asked for */
    rr_error err = { .msg = "" };
    unsigned label = 9;
    size_t bytes = 0;

    assert_non_null(words);
    if (rri_tree_read("f", 3, text, strlen(text), words, &bytes, &label, &err) == RR_OK) {
        size_t n = (size_t)snprintf(output, sizeof output, "%u", label);
        for (size_t at = 0; at < bytes; at += strlen(words + at) + 1)
            n += (size_t)snprintf(output + n, sizeof output - n, " %s", words + at);
    } else {
        assert_memory_equal(err.msg, "f, line 3, ", 11);
        assert_int_equal(err.where, 3);
        (void)snprintf(output, sizeof output, "%s", err.msg + 11);
    }
    free(words);
    return output;
}

static void trees_give_label_and_words(void **state)
{
    (void)state;
    assert_string_equal(tree("(3 (2 The) (4 (2 big) (2 Rock)))"), "3 The big Rock");
    assert_string_equal(tree("(0 x)"), "0 x");
    assert_string_equal(tree("  (4  (2 (1 a)) \t(2 -LRB-) ) "), "4 a -LRB-");
    assert_string_equal(tree("(1 (2 co\\/op)(2 '') (2 \xc3\xa9))"), "1 co\\/op '' \xc3\xa9");
}

static void broken_trees_are_refused_with_their_column(void **state)
{
    static const char *const cases[][2] = {
        { "", "column 1: there is no tree" },
        { "(3 (2 a)", "column 9: the tree is not closed" },
        { "(3 a))", "column 6: text behind the tree" },
        { ")", "column 1: a closing bracket too many" },
        { "a", "column 1: a word outside brackets" },
        { "(3 a b)", "column 6: a second word, or a word beside a tree" },
        { "(3 (2 a) b)", "column 10: a second word, or a word beside a tree" },
        { "(3 a (2 b))", "column 6: a tree beside a word" },
        { "(3 )", "column 4: a node without a word" },
        { "(5 a)", "column 1: a label 0..4 and a blank must follow the bracket" },
        { "(33 a)", "column 1: a label 0..4 and a blank must follow the bracket" },
        { "(x a)", "column 1: a label 0..4 and a blank must follow the bracket" },
        { "(", "column 1: a label 0..4 and a blank must follow the bracket" },
        { "(3", "column 1: a label 0..4 and a blank must follow the bracket" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(tree(cases[i][0]), cases[i][1]);
}

static void damaged_trees_do_no_harm(void **state)
{
    static const char whole[] = "(3 (2 The) (4 (2 big) (2 Rock)))";
    static const char bytes[] = "() 3x";
    char text[sizeof whole];

    (void)state;
    for (size_t n = 0; n < sizeof whole; n++) {
        memcpy(text, whole, n);
        text[n] = '\0';
        (void)tree(text);
        for (size_t k = 0; k < sizeof bytes - 1 && n < sizeof whole - 1; k++) {
            memcpy(text, whole, sizeof whole);
            text[n] = bytes[k];
            (void)tree(text);
        }
    }
    /* Depth costs nothing: a hundred thousand brackets are no recursion. */
    char *deep = malloc(300001);
    assert_non_null(deep);
    for (size_t i = 0; i < 100000; i++)
        memcpy(deep + 3 * i, "(2 ", 3);
    deep[300000] = '\0';
    assert_string_equal(tree(deep), "column 300001: the tree is not closed");
    free(deep);
}

/* ---- folders -------------------------------------------------------------------------------- */

static void names_come_in_the_order_of_their_bytes(void **state)
{
    rri_names names = { .count = 9 };
    char *path = NULL;
    rr_error err = { .msg = "" };

    (void)state;
    (void)put_text("b.txt", "");
    (void)put_text("10.txt", "");
    (void)put_text("2.txt", "");
    (void)put_text("x.csv.gz", "");
    (void)put_text(".txt", "");
    CHECK_OK(rri_folder_names(scratch_dir, ".txt", &names, &err), err);
    assert_int_equal(names.count, 3);
    assert_string_equal(names.name[0], "10.txt");
    assert_string_equal(names.name[2], "b.txt");
    rri_names_clear(&names);
    CHECK_FAILS(rri_folder_names("/nowhere", ".txt", &names, &err), RR_ERR_IO, err, "/nowhere");
    CHECK_OK(rri_find_file(scratch_dir, "x.csv", &path, &err), err);
    assert_string_equal(path, in_scratch("", "x.csv.gz"));
    rri_free(path);
    CHECK_OK(rri_find_file(scratch_dir, "y.csv", &path, &err), err);
    assert_null(path);
    assert_true(rri_is_folder(scratch_dir));
    assert_false(rri_is_folder(in_scratch("", "b.txt")));
}

static rr_status use_all(void)
{
    rri_csv *c = NULL;
    rri_lines *l = NULL;
    rri_names names = { .count = 0 };
    char *path = NULL;
    char *line = NULL;
    size_t bytes = 0;
    bool more = true;
    rr_status st = RR_OK;

    RRI_TRY(rri_csv_open("t.csv", NULL, &c, NULL));
    while (more)
        RRI_TRY(rri_csv_next(c, &more, NULL));
    RRI_TRY(rri_lines_open("t.csv", NULL, &l, NULL));
    do
        RRI_TRY(rri_lines_next(l, &line, &bytes, NULL));
    while (line != NULL);
    RRI_TRY(rri_folder_names(".", ".csv", &names, NULL));
    RRI_TRY(rri_find_file(".", "t.csv", &path, NULL));

done:
    rri_csv_close(c);
    rri_lines_close(l);
    rri_names_clear(&names);
    rri_free(path);
    return st;
}

static void every_failed_allocation_is_clean(void **state)
{
    (void)state;
    (void)put_text("t.csv", "a,b\n\"1\n2\",a longer field that makes the record grow\n");
    for (failing at = { 0 }; next_allocation_fails(&at, 15);)
        at.st = use_all();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_SCRATCH(lines_end_with_a_line_feed_or_the_file),
        TEST_IN_SCRATCH(lines_longer_than_the_buffer_are_whole),
        TEST_IN_SCRATCH(lines_may_end_where_a_piece_ends),
        TEST_IN_SCRATCH(a_nul_in_a_line_is_refused),
        TEST_IN_SCRATCH(fields_are_read_as_rfc_4180_has_them),
        TEST_IN_SCRATCH(broken_tables_are_refused_with_their_line),
        TEST_IN_SCRATCH(a_missing_column_is_named_with_those_there_are),
        TEST_IN_SCRATCH(records_may_cross_the_pieces_of_a_file),
        TEST_IN_SCRATCH(damaged_tables_do_no_harm),
        TEST_IN_SCRATCH(trees_give_label_and_words),
        TEST_IN_SCRATCH(broken_trees_are_refused_with_their_column),
        TEST_IN_SCRATCH(damaged_trees_do_no_harm),
        TEST_IN_SCRATCH(names_come_in_the_order_of_their_bytes),
        TEST_IN_SCRATCH(every_failed_allocation_is_clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
