/* SPDX-License-Identifier: MIT */
/* test_read.c - whole files, plain and gzip, and SHA-256. */
#include "scratch.h"

#include <zlib.h>

/* One gzip member with these bytes; returns its length. */
static size_t pack(const void *data, size_t bytes, unsigned char *out, size_t capacity)
{
    z_stream z = { .avail_in = (unsigned)bytes, .avail_out = (unsigned)capacity, .next_out = out };
    unsigned char *copy = malloc(bytes + 1);

    assert_non_null(copy);
    memcpy(copy, data, bytes);
    z.next_in = copy;
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    (void)deflateEnd(&z);
    free(copy);
    return capacity - z.avail_out;
}

static void check_content(const char *path, const void *want, size_t bytes)
{
    unsigned char *data = NULL;
    size_t got = 0;
    rr_error err = { 0 };

    CHECK_OK(rri_file_read(path, 1 << 20, &data, &got, &err), err);
    assert_int_equal(got, bytes);
    assert_memory_equal(data, want, bytes);
    assert_int_equal(data[got], 0);
    rri_free(data);
}

static void check_refused(const char *path, size_t limit, rr_status code, const char *part)
{
    unsigned char *data = NULL;
    size_t got = 77;
    rr_error err = { 0 };

    CHECK_FAILS(rri_file_read(path, limit, &data, &got, &err), code, err, part);
    assert_null(data);
    assert_int_equal(got, 77);
}

static void plain_files_come_back(void **state)
{
    (void)state;
    unsigned char *big = malloc(200001);

    assert_non_null(big);
    memset(big, 'q', 200001);
    put_file("empty", "", 0);
    put_file("one", "\x1f", 1);
    put_file("big", big, 200001);
    check_content("empty", "", 0);
    check_content("one", "\x1f", 1);
    check_content("big", big, 200001);
    free(big);
}

static void gzip_is_unpacked_under_any_name(void **state)
{
    (void)state;
    unsigned char *text = malloc(500000);
    unsigned char packed[20000];

    assert_non_null(text);
    for (size_t i = 0; i < 500000; i++)
        text[i] = (unsigned char)(i / 1000);
    size_t n = pack(text, 500000, packed, sizeof packed);
    put_file("a.gz", packed, n);
    put_file("a", packed, n);
    check_content("a.gz", text, 500000);
    check_content("a", text, 500000);
    /* Two members count as one text. */
    n = pack("abc", 3, packed, sizeof packed);
    n += pack("defg", 4, packed + n, sizeof packed - n);
    put_file("two.gz", packed, n);
    check_content("two.gz", "abcdefg", 7);
    n = pack("", 0, packed, sizeof packed);
    put_file("none.gz", packed, n);
    check_content("none.gz", "", 0);
    free(text);
}

/* Tools that write whole blocks fill up the last one. */
static void zeros_behind_gzip_are_no_content(void **state)
{
    (void)state;
    enum { MOST = 200000 };
    unsigned char *packed = calloc(MOST, 1);

    assert_non_null(packed);
    const size_t n = pack("abc", 3, packed, MOST);
    for (size_t zeros = 1; n + zeros < MOST; zeros *= 7) {
        put_file("a.gz", packed, n + zeros);
        check_content("a.gz", "abc", 3);
    }
    free(packed);
}

static void broken_gzip_is_refused(void **state)
{
    (void)state;
    unsigned char packed[1000];
    char want[80];
    const size_t n = pack("some text, some text, other text", 32, packed, sizeof packed - 10);

    for (size_t cut = 2; cut < n; cut++) {
        put_file("a.gz", packed, cut);
        check_refused("a.gz", 1000, RR_ERR_FORMAT, "a.gz is truncated");
    }
    packed[n - 6] ^= 1; /* the checksum */
    put_file("a.gz", packed, n);
    check_refused("a.gz", 1000, RR_ERR_FORMAT, "a.gz is corrupt gzip");
    packed[n - 6] ^= 1;
    (void)snprintf(want, sizeof want, "a.gz: at offset %zu, behind its gzip data", n);
    memcpy(packed + n, "trailing", 8);
    put_file("a.gz", packed, n + 8);
    check_refused("a.gz", 1000, RR_ERR_FORMAT, want);
    (void)snprintf(want, sizeof want, "a.gz: at offset %zu, behind its gzip data", n + 3);
    memcpy(packed + n, "\0\0\0\x1f\x8b", 5); /* zeros end the file */
    put_file("a.gz", packed, n + 5);
    check_refused("a.gz", 1000, RR_ERR_FORMAT, want);
    put_file("a.gz", "not gzip", 8);
    check_refused("a.gz", 1000, RR_ERR_FORMAT, "a.gz is not gzip");
    put_file("a.gz", "", 0);
    check_refused("a.gz", 1000, RR_ERR_FORMAT, "a.gz is not gzip");
}

static void the_limit_counts_unpacked_bytes(void **state)
{
    (void)state;
    static const char zeros[100000];
    unsigned char packed[1000];
    const size_t n = pack(zeros, sizeof zeros, packed, sizeof packed);
    unsigned char *data = NULL;
    size_t got = 0;

    put_file("bomb", packed, n);
    check_refused("bomb", sizeof zeros - 1, RR_ERR_FORMAT, "more than 99999 bytes");
    assert_int_equal(rri_file_read("bomb", sizeof zeros, &data, &got, NULL), RR_OK);
    assert_int_equal(got, sizeof zeros);
    rri_free(data);
    put_file("plain", "12345", 5);
    check_refused("plain", 4, RR_ERR_FORMAT, "more than 4 bytes");
}

static void what_cannot_be_read_is_named(void **state)
{
    (void)state;
    check_refused("missing", 10, RR_ERR_IO, "missing: No such file");
    check_refused(".", 10, RR_ERR_IO, "directory");
}

/* Read n bytes at a time up to `most`; the bytes and the hash must be those of the whole. */
static void check_pieces(const char *path, const unsigned char *want, size_t most, size_t n)
{
    rri_reader *r = NULL;
    unsigned char piece[300];
    char hash[65];
    char whole[65];
    size_t used = 0;
    size_t got = n;
    rr_error err = { 0 };

    CHECK_OK(rri_reader_open(path, &r, &err), err);
    while (used < most && got == n) {
        CHECK_OK(rri_reader_take(r, piece, n, &got, &err), err);
        assert_memory_equal(piece, want + used, got);
        used += got;
    }
    CHECK_OK(rri_reader_hash(r, hash, &err), err);
    CHECK_OK(rri_sha256_file(path, whole, &err), err);
    assert_string_equal(hash, whole);
    rri_reader_close(r);
}

static void a_file_comes_in_pieces_and_is_hashed_whole(void **state)
{
    (void)state;
    static unsigned char text[200000];
    static unsigned char packed[300000];

    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (unsigned char)(i * i >> 7);
    const size_t n = pack(text, sizeof text, packed, sizeof packed);
    put_file("plain", text, sizeof text);
    put_file("a.gz", packed, n);
    for (size_t piece = 1; piece <= 300; piece += 100) {
        check_pieces("plain", text, 1000, piece);
        check_pieces("a.gz", text, 1000, piece);
        check_pieces("plain", text, SIZE_MAX, piece);
        check_pieces("a.gz", text, SIZE_MAX, piece);
    }
    check_pieces("a.gz", text, 0, 1);
}

static void every_failed_allocation_is_clean(void **state)
{
    (void)state;
    static const char zeros[400000];
    unsigned char packed[2000];
    const size_t n = pack(zeros, sizeof zeros, packed, sizeof packed);
    unsigned char *data = NULL;
    size_t got = 0;

    put_file("a.gz", packed, n);
    /* Chunk, two of zlib, data, growth. */
    for (failing at = { 0 }; next_allocation_fails(&at, 6);) {
        at.st = rri_file_read("a.gz", 1 << 20, &data, &got, NULL);
        assert_true((at.st == RR_OK) == (data != NULL));
    }
    rri_free(data);
}

/* Vectors of FIPS 180-4: the empty text and "abc". */
static void sha256_gives_the_published_values(void **state)
{
    (void)state;
    rri_sha256 *h = NULL;
    char hex[65];
    rr_error err = { 0 };

    CHECK_OK(rri_sha256_new(&h, &err), err);
    CHECK_OK(rri_sha256_hex(h, hex, &err), err);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    rri_sha256_free(h);
    CHECK_OK(rri_sha256_new(&h, &err), err);
    CHECK_OK(rri_sha256_add(h, "a", 1, &err), err);
    CHECK_OK(rri_sha256_add(h, "bc", 2, &err), err);
    CHECK_OK(rri_sha256_hex(h, hex, &err), err);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_true(rri_is_sha256_hex(hex));
    rri_sha256_free(h);
    rri_sha256_free(NULL);
    put_file("abc", "abc", 3);
    hex[0] = '\0';
    CHECK_OK(rri_sha256_file("abc", hex, &err), err);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    hex[3] = 'G';
    assert_false(rri_is_sha256_hex(hex));
    assert_false(rri_is_sha256_hex("ba78"));
    CHECK_FAILS(rri_sha256_file("none", hex, &err), RR_ERR_IO, err, "none");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_SCRATCH(plain_files_come_back),
        TEST_IN_SCRATCH(gzip_is_unpacked_under_any_name),
        TEST_IN_SCRATCH(zeros_behind_gzip_are_no_content),
        TEST_IN_SCRATCH(broken_gzip_is_refused),
        TEST_IN_SCRATCH(the_limit_counts_unpacked_bytes),
        TEST_IN_SCRATCH(what_cannot_be_read_is_named),
        TEST_IN_SCRATCH(a_file_comes_in_pieces_and_is_hashed_whole),
        TEST_IN_SCRATCH(every_failed_allocation_is_clean),
        TEST_IN_SCRATCH(sha256_gives_the_published_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
