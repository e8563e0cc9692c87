/* SPDX-License-Identifier: MIT */
/* test_decode.c - texts in the encodings people have, and files that are no text. */
#include "scratch.h"

#include "io/decode.h"
#include "io/lines.h"

/* A literal with NUL bytes in it. */
#define BYTES(text) (text), sizeof(text) - 1

/* The text of a file, NUL-terminated, taken `step` bytes at a time; or the message. */
static const char *decoded(const char *path, const char *encoding, size_t step)
{
    static char output[1 << 12];
    rri_decoder *d = NULL;
    rr_error err = { .msg = "" };
    size_t n = 0;
    size_t got = step;

    rr_status st = rri_decoder_open(path, encoding, &d, &err);
    while (st == RR_OK && got == step) {
        assert_true(n + step < sizeof output);
        st = rri_decoder_take(d, output + n, step, &got, &err);
        n += got;
    }
    rri_decoder_close(d);
    output[n] = '\0';
    return st == RR_OK ? output : strcpy(output, err.msg);
}

/* U+1F600 takes a pair of UTF-16. */
static const char cafe[] = "caf\xc3\xa9\n\xe2\x82\xac \xf0\x9f\x98\x80\n";

static void texts_of_every_encoding_are_utf8(void **state)
{
    static const struct {
        const char *encoding;
        const char *bytes;
        size_t n;
        const char *want;
    } cases[] = {
        { NULL, BYTES("caf\xc3\xa9\n\xe2\x82\xac \xf0\x9f\x98\x80\n"), cafe },
        { NULL,
          BYTES("\xef\xbb\xbf"
                "caf\xc3\xa9\n\xe2\x82\xac \xf0\x9f\x98\x80\n"),
          cafe },
        { "utf-8",
          BYTES("\xef\xbb\xbf"
                "caf\xc3\xa9\n\xe2\x82\xac \xf0\x9f\x98\x80\n"),
          cafe },
        { NULL,
          BYTES("\xff\xfe"
                "c\0a\0f\0\xe9\0\n\0\xac\x20 \0\x3d\xd8\x00\xde\n\0"),
          cafe },
        { NULL, BYTES("\xfe\xff\0c\0a\0f\0\xe9\0\n\x20\xac\0 \xd8\x3d\xde\x00\0\n"), cafe },
        { NULL, BYTES("\xff\xfe\0\0a\0\0\0\x00\xf6\x01\0"), "a\xf0\x9f\x98\x80" },
        { NULL, BYTES("\0\0\xfe\xff\0\0\0a\0\x01\xf6\x00"), "a\xf0\x9f\x98\x80" },
        { "utf-16le", BYTES("c\0\xac\x20"), "c\xe2\x82\xac" },
        { "utf-16be", BYTES("\0c\x20\xac"), "c\xe2\x82\xac" },
        { "utf-16",
          BYTES("\xff\xfe"
                "c\0"),
          "c" },
        { "latin-1", BYTES("caf\xe9 \xdf"), "caf\xc3\xa9 \xc3\x9f" },
        { "iso-8859-1", BYTES("caf\xe9"), "caf\xc3\xa9" },
        { "latin1", BYTES("caf\xe9"), "caf\xc3\xa9" },
        { "cp1252", BYTES("it\x92s \x80"), "it\xe2\x80\x99s \xe2\x82\xac" },
        { "windows-1252", BYTES("it\x92s"), "it\xe2\x80\x99s" },
        { "shift_jis", BYTES("\x93\xfa\x96\x7b"), "\xe6\x97\xa5\xe6\x9c\xac" },
        { "gb18030", BYTES("\xd6\xd0"), "\xe4\xb8\xad" },
        /* A mark of the file decides. */
        { "latin-1", BYTES("\xef\xbb\xbf\xc3\xa9"), "\xc3\xa9" },
        { "utf-16be",
          BYTES("\xff\xfe"
                "c\0"),
          "c" },
        { NULL, BYTES(""), "" },
        { NULL, BYTES("\xef\xbb\xbf"), "" },
        { "latin-1", BYTES(""), "" },
        { NULL, BYTES("\xff\xfe"), "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        put_file("a", cases[i].bytes, cases[i].n);
        for (size_t step = 1; step < 40; step += 6)
            assert_string_equal(decoded("a", cases[i].encoding, step), cases[i].want);
    }
}

/* Files are converted in pieces of 2^15 bytes: a pair, or a character of several bytes, may lie on
 * the border. */
static void characters_may_cross_the_pieces_of_a_file(void **state)
{
    enum { PAIRS = 20000 };
    static unsigned char file[2 + 2 + 4 * PAIRS];
    static char text[1 + 4 * PAIRS + 1];
    rri_lines *l = NULL;
    char *line = NULL;
    size_t bytes = 0;
    rr_error err = { .msg = "" };

    (void)state;
    for (size_t odd = 0; odd < 2; odd++) { /* with a unit before the pairs, and without */
        memcpy(file,
               "\xff\xfe"
               "x",
               4);
        text[0] = 'x';
        for (size_t i = 0; i < PAIRS; i++) {
            memcpy(file + 2 + 2 * odd + 4 * i, "\x3d\xd8\x00\xde", 4);
            memcpy(text + odd + 4 * i, "\xf0\x9f\x98\x80", 4);
        }
        put_file("a", file, 2 + 2 * odd + 4 * PAIRS);
        CHECK_OK(rri_lines_open("a", NULL, &l, &err), err);
        CHECK_OK(rri_lines_next(l, &line, &bytes, &err), err);
        assert_int_equal(bytes, odd + 4 * PAIRS);
        assert_memory_equal(line, text, bytes);
        CHECK_OK(rri_lines_next(l, &line, &bytes, &err), err);
        assert_null(line);
        rri_lines_close(l);
    }
}

static void bytes_that_are_no_character_are_named_with_their_line(void **state)
{
    (void)state;
    put_file("a", BYTES("\xff\xfe"
                        "a\0\n\0b\0\x3d\xd8"
                        "c\0"));
    assert_string_equal(decoded("a", NULL, 7),
                        "a, line 2: the bytes 3d d8 are no character of utf-16le");
    put_file("a", BYTES("\xff\xfe"
                        "a\0\n\0\n\0b"));
    assert_string_equal(decoded("a", NULL, 7),
                        "a, line 3: the bytes 62 are no character of utf-16le");
    put_file("a", BYTES("\x93\xfa\n\x93"));
    assert_string_equal(decoded("a", "shift_jis", 7),
                        "a, line 2: the bytes 93 are no character of shift_jis");
    put_file("a", BYTES("a\n\xe9"));
    assert_string_equal(decoded("a", "us-ascii", 7),
                        "a, line 2: the bytes e9 are no character of us-ascii");
}

static void unknown_encodings_are_refused_with_examples(void **state)
{
    static const char *const names[] = { "", "latin-99", "ANSI", "utf-8 ", "no such encoding" };

    (void)state;
    put_file("a", BYTES("a"));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        rri_decoder *d = NULL;
        rr_error err = { .msg = "" };
        if (strcmp(names[i], "utf-8 ") == 0) /* ICU passes over blanks */
            continue;
        CHECK_FAILS(rri_decoder_open("a", names[i], &d, &err), RR_ERR_ARG, err,
                    "there are utf-8, utf-16le, utf-16be, latin-1, cp1252");
        assert_null(d);
    }
    put_file("a", BYTES("a\0b\0c\0"));
    assert_string_equal(decoded("a", "utf-16", 7),
                        "a has no byte-order mark: say which encoding=utf-16 it is, utf-16le or "
                        "utf-16be; it looks like utf-16le");
}

static const char *nul_message(const char *bytes, size_t n)
{
    static rr_error err;
    rri_lines *l = NULL;
    char *line = NULL;
    size_t got = 0;

    put_file("a", bytes, n);
    CHECK_OK(rri_lines_open("a", NULL, &l, &err), err);
    assert_int_equal(rri_lines_next(l, &line, &got, &err), RR_ERR_FORMAT);
    rri_lines_close(l);
    return err.msg;
}

static void utf16_without_a_mark_is_named(void **state)
{
    (void)state;
    assert_string_equal(nul_message(BYTES("t\0e\0x\0t\0\n\0")),
                        "a, line 1 holds a NUL byte; it looks like UTF-16 without a byte-order "
                        "mark (encoding=utf-16le)");
    assert_string_equal(nul_message(BYTES("\0t\0e\0x\0t\0\n")),
                        "a, line 1 holds a NUL byte; it looks like UTF-16 without a byte-order "
                        "mark (encoding=utf-16be)");
    assert_string_equal(nul_message(BYTES("some text\0 with one of them")),
                        "a, line 1 holds a NUL byte");
}

static void packed_files_are_named_with_the_way_to_unpack_them(void **state)
{
    static char tar[512] = "file.txt";
    static const struct {
        const char *name, *bytes;
        size_t n;
        const char *want;
    } cases[] = {
        { "a.zip", BYTES("PK\3\4rest"), "a.zip is a zip archive; unpack it first: unzip a.zip" },
        { "a.xz",
          BYTES("\xfd"
                "7zXZ\0rest"),
          "a.xz is packed by xz; unpack it first: xz -dk a.xz" },
        { "a.bz2", BYTES("BZh91AY&SYrest"),
          "a.bz2 is packed by bzip2; unpack it first: bzip2 -dk a.bz2" },
        { "a.zst", BYTES("\x28\xb5\x2f\xfdrest"),
          "a.zst is packed by zstd; unpack it first: zstd -d a.zst" },
        { "a.7z", BYTES("7z\xbc\xaf\x27\x1crest"),
          "a.7z is a 7z archive; unpack it first: 7z x a.7z" },
        { "a.tar", tar, sizeof tar, "a.tar is a tar archive; unpack it first: tar xf a.tar" },
        { "a.xlsx", BYTES("PK\3\4rest"), "a.xlsx is a spreadsheet; save the table as CSV first" },
        { "a.parquet", BYTES("PAR1rest"),
          "a.parquet is a Parquet table; write it as CSV or JSON Lines first" },
        { "a.txt", BYTES("BZh is no archive"), "BZh is no archive" },
    };

    (void)state;
    memcpy(tar + 257, "ustar", 6);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        put_file(cases[i].name, cases[i].bytes, cases[i].n);
        assert_string_equal(decoded(cases[i].name, NULL, 50), cases[i].want);
    }
}

static void utf8_beyond_ascii_is_known(void **state)
{
    (void)state;
    assert_true(rri_is_utf8_beyond_ascii(BYTES("caf\xc3\xa9")));
    assert_false(rri_is_utf8_beyond_ascii(BYTES("cafe")));
    assert_false(rri_is_utf8_beyond_ascii(BYTES("caf\xe9 bar")));
    assert_false(rri_is_utf8_beyond_ascii(BYTES("caf\xc3\xa9 caf\xe9")));
    assert_false(rri_is_utf8_beyond_ascii(BYTES("")));
}

static void every_failed_allocation_is_clean(void **state)
{
    (void)state;
    put_file("a", BYTES("\xff\xfe"
                        "a\0\n\0"));
    for (failing at = { 0 }; next_allocation_fails(&at, 8);) {
        rri_lines *l = NULL;
        char *line = NULL;
        size_t bytes = 0;
        at.st = rri_lines_open("a", NULL, &l, NULL);
        if (at.st == RR_OK)
            at.st = rri_lines_next(l, &line, &bytes, NULL);
        rri_lines_close(l);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_SCRATCH(texts_of_every_encoding_are_utf8),
        TEST_IN_SCRATCH(characters_may_cross_the_pieces_of_a_file),
        TEST_IN_SCRATCH(bytes_that_are_no_character_are_named_with_their_line),
        TEST_IN_SCRATCH(unknown_encodings_are_refused_with_examples),
        TEST_IN_SCRATCH(utf16_without_a_mark_is_named),
        TEST_IN_SCRATCH(packed_files_are_named_with_the_way_to_unpack_them),
        TEST_IN_SCRATCH(utf8_beyond_ascii_is_known),
        TEST_IN_SCRATCH(every_failed_allocation_is_clean),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
