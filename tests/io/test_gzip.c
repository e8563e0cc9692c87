/* SPDX-License-Identifier: MIT */
/* test_gzip.c - unpacking what zlib has packed, in any pieces, cut and damaged anywhere; packing.
 */
#include "io/gzip.h"
#include "io/scratch.h"

#include "core/core.h"

#include <zlib.h>

enum { MOST = 200000 };

/* Bytes that pack in a way of their own: 0 zeros, 1 noise, 2 few values, 3 repeated pieces. */
static void fill(unsigned char *data, size_t n, int kind)
{
    rri_random r = rri_random_at(7, RRI_RANDOM_PARITY, (uint64_t)kind);

    for (size_t i = 0; i < n; i++)
        data[i] = (unsigned char)(kind == 0                ? 0
                                  : kind == 1              ? rri_random_below(&r, 256)
                                  : kind == 2 || i < 40000 ? rri_random_below(&r, 7)
                                                           : data[i - 33000]);
}

/* A gzip member of these bytes; returns its length. */
static size_t pack(const unsigned char *data, size_t n, int level, int strategy, unsigned char *to,
                   size_t capacity)
{
    z_stream s = { .next_in = (z_const Bytef *)(uintptr_t)data,
                   .avail_in = (unsigned)n,
                   .next_out = to,
                   .avail_out = (unsigned)capacity };

    assert_int_equal(deflateInit2(&s, level, Z_DEFLATED, 15 + 16, 9, strategy), Z_OK);
    assert_int_equal(deflate(&s, Z_FINISH), Z_STREAM_END);
    assert_int_equal(deflateEnd(&s), Z_OK);
    return capacity - s.avail_out;
}

/* Read a file by pieces of this size, and compare it. */
static void check_pieces(const char *path, size_t piece, const unsigned char *data, size_t n)
{
    unsigned char *buffer = malloc(piece);
    rri_reader *r = NULL;
    rr_error err = { 0 };
    size_t at = 0;
    size_t got = 0;

    assert_non_null(buffer);
    CHECK_OK(rri_reader_open(path, &r, &err), err);
    do {
        CHECK_OK(rri_reader_take(r, buffer, piece, &got, &err), err);
        assert_true(got <= n - at);
        assert_memory_equal(buffer, data + at, got);
        at += got;
    } while (got == piece);
    assert_int_equal(at, n);
    rri_reader_close(r);
    free(buffer);
}

static void members_of_any_kind_are_unpacked_in_any_pieces(void **state)
{
    static const size_t pieces[] = { 1, 784, 65536, MOST };
    static unsigned char data[MOST], packed[2 * MOST];

    (void)state;
    for (int kind = 0; kind < 4; kind++) {
        fill(data, MOST, kind);
        for (int level = 0; level <= 9; level += 3) {
            /* Two members, the first of a length that puts its end anywhere. */
            const size_t first = 50000 + 1237 * (size_t)level + (size_t)kind;
            const int strategy = level == 3 ? Z_FIXED : Z_DEFAULT_STRATEGY;
            size_t n = pack(data, first, level, strategy, packed, sizeof packed);
            n += pack(data + first, MOST - first, level, strategy, packed + n, sizeof packed - n);
            put_file("a.gz", packed, n);
            for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++)
                check_pieces("a.gz", pieces[i], data, MOST);
        }
    }
}

/* The members end at every offset within the chunks in which a file is read. */
static void many_short_members_are_unpacked(void **state)
{
    static unsigned char data[MOST], packed[4 * MOST];
    size_t at = 0;
    size_t n = 0;

    (void)state;
    fill(data, MOST, 1);
    for (size_t length = 0; at + length <= MOST / 2; at += length, length = length % 97 + 1)
        n += pack(data + at, length, 6, Z_DEFAULT_STRATEGY, packed + n, sizeof packed - n);
    assert_true(n > 100000);
    put_file("a.gz", packed, n);
    check_pieces("a.gz", 1000, data, at);
}

/* A member whose header has the parts that `parts` names: 1 extra, 2 name, 4 comment, 8 checksum.
 */
static size_t pack_with_header(const unsigned char *data, size_t n, int parts, unsigned char *to,
                               size_t capacity)
{
    static Bytef extra[300];
    Bytef name[] = "a name";
    Bytef comment[] = "some comment";
    gz_header header = { .extra = (parts & 1) != 0 ? extra : NULL,
                         .extra_len = sizeof extra,
                         .name = (parts & 2) != 0 ? name : NULL,
                         .comment = (parts & 4) != 0 ? comment : NULL,
                         .hcrc = (parts & 8) != 0 };
    z_stream s = { .next_in = (z_const Bytef *)(uintptr_t)data,
                   .avail_in = (unsigned)n,
                   .next_out = to,
                   .avail_out = (unsigned)capacity };

    assert_int_equal(deflateInit2(&s, 6, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflateSetHeader(&s, &header), Z_OK);
    assert_int_equal(deflate(&s, Z_FINISH), Z_STREAM_END);
    assert_int_equal(deflateEnd(&s), Z_OK);
    return capacity - s.avail_out;
}

/* Unpack one member that comes by pieces of this size. */
static void check_member(const unsigned char *packed, size_t n, size_t piece,
                         const unsigned char *data, size_t length)
{
    static unsigned char out[MOST];
    rri_inflate_io io = { .in = packed, .out = out, .out_left = sizeof out };
    rri_inflated what = RRI_INFLATED_MORE;
    const char *why = NULL;
    rri_inflater *f = NULL;
    rr_error err = { 0 };

    CHECK_OK(rri_inflater_new("a.gz", &f, &err), err);
    for (size_t at = 0; what == RRI_INFLATED_MORE && at < n; at = (size_t)(io.in - packed)) {
        io.in_left = rri_min(piece, n - at);
        what = rri_inflate(f, &io, &why);
    }
    assert_int_equal(what, RRI_INFLATED_END);
    assert_ptr_equal(io.in, packed + n);
    assert_int_equal(io.out - out, length);
    assert_memory_equal(out, data, length);
    rri_inflater_free(f);
}

static void headers_of_any_kind_are_read_in_any_pieces(void **state)
{
    static const size_t pieces[] = { 1, 2, 11, 300, 4000 };
    static unsigned char data[3000], packed[8000];

    (void)state;
    fill(data, sizeof data, 2);
    for (int parts = 0; parts < 16; parts++) {
        const size_t n = pack_with_header(data, sizeof data, parts, packed, sizeof packed);
        for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++)
            check_member(packed, n, pieces[i], data, sizeof data);
    }
}

static void damaged_headers_are_refused(void **state)
{
    static unsigned char data[3000], packed[8000];
    unsigned char *out = NULL;
    size_t bytes = 0;
    rr_error err = { 0 };

    (void)state;
    fill(data, sizeof data, 2);
    const size_t n = pack_with_header(data, sizeof data, 8 | 2, packed, sizeof packed);
    /* Method, flags with the reserved ones, and all that the header's checksum is for. */
    for (size_t i = 2; i < 10 + sizeof "a name" + 2; i++)
        for (int bit = 0; bit < 8; bit++) {
            packed[i] ^= (unsigned char)(1 << bit);
            put_file("a.gz", packed, n);
            assert_int_equal(rri_file_read("a.gz", 1 << 20, &out, &bytes, &err), RR_ERR_FORMAT);
            packed[i] ^= (unsigned char)(1 << bit);
        }
    /* The reserved flags without a checksum. */
    const size_t plain = pack(data, sizeof data, 6, Z_DEFAULT_STRATEGY, packed, sizeof packed);
    for (int bit = 5; bit < 8; bit++) {
        packed[3] = (unsigned char)(1 << bit);
        put_file("a.gz", packed, plain);
        CHECK_FAILS(rri_file_read("a.gz", 1 << 20, &out, &bytes, &err), RR_ERR_FORMAT, err,
                    "a.gz is corrupt gzip");
    }
}

static void what_is_cut_or_damaged_is_refused(void **state)
{
    static unsigned char data[3000], packed[6000];
    unsigned char *out = NULL;
    size_t bytes = 0;
    rr_error err = { 0 };

    (void)state;
    fill(data, sizeof data, 2);
    const size_t n = pack(data, sizeof data, 6, Z_DEFAULT_STRATEGY, packed, sizeof packed);
    for (size_t cut = 2; cut < n; cut++) {
        put_file("a.gz", packed, cut);
        CHECK_FAILS(rri_file_read("a.gz", 1 << 20, &out, &bytes, &err), RR_ERR_FORMAT, err,
                    "a.gz is truncated");
    }
    /* Behind the header all bits count, but those that fill up the last byte before the checksum.
     */
    for (size_t i = 10; i < n; i++) {
        if (i == n - 9)
            continue;
        packed[i] ^= (unsigned char)(1u << i % 8);
        put_file("a.gz", packed, n);
        assert_int_equal(rri_file_read("a.gz", 1 << 20, &out, &bytes, &err), RR_ERR_FORMAT);
        assert_null(out);
        packed[i] ^= (unsigned char)(1u << i % 8);
    }
}

static void what_is_packed_is_unpacked_by_zlib(void **state)
{
    static unsigned char data[MOST], back[MOST];
    unsigned char *packed = NULL;
    size_t n = 0;
    rr_error err = { 0 };

    (void)state;
    for (int kind = 0; kind < 4; kind++)
        for (size_t length = 0; length <= MOST; length = 10 * length + 1) {
            uLongf got = sizeof back;
            fill(data, length, kind);
            CHECK_OK(rri_zlib_pack(data, length, &packed, &n, &err), err);
            assert_int_equal(uncompress(back, &got, packed, (uLong)n), Z_OK);
            assert_int_equal(got, length);
            assert_memory_equal(back, data, length);
            rri_free(packed);
        }
}

static void every_failed_allocation_is_clean(void **state)
{
    static unsigned char data[MOST];

    (void)state;
    for (failing at = { 0 }; next_allocation_fails(&at, 1);) {
        unsigned char *packed = NULL;
        size_t n = 0;
        at.st = rri_zlib_pack(data, MOST, &packed, &n, NULL);
        assert_int_equal(at.st == RR_OK, packed != NULL);
        rri_free(packed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_SCRATCH(members_of_any_kind_are_unpacked_in_any_pieces),
        TEST_IN_SCRATCH(many_short_members_are_unpacked),
        TEST_IN_SCRATCH(headers_of_any_kind_are_read_in_any_pieces),
        TEST_IN_SCRATCH(damaged_headers_are_refused),
        TEST_IN_SCRATCH(what_is_cut_or_damaged_is_refused),
        TEST_IN_SCRATCH(what_is_packed_is_unpacked_by_zlib),
        TEST_IN_SCRATCH(every_failed_allocation_is_clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
