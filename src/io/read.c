/* SPDX-License-Identifier: MIT */
/* read.c - reads files from front to back, and unpacks gzip [RFC 1952].
 *
 * The file is hostile input: the limit applies to the unpacked size, so that a small file cannot
 * fill the memory; every gzip member must end with its checksum; only zeros, with which some tools
 * fill up blocks, may follow the last one. */
#include "io/file.h"
#include "io/gzip.h"
#include "io/io.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK = 1 << 16 };

struct rri_reader {
    char *path;
    int fd;
    bool plain;             /* else a pipe or a terminal, which may let the reader wait */
    bool packed;            /* gzip */
    bool ended;             /* the file has no more bytes */
    bool between;           /* packed: a member has ended, none has begun */
    int64_t offset;         /* bytes read from the file */
    unsigned char *raw;     /* [CHUNK] as on disk */
    size_t begin, end;      /* of raw, not consumed yet */
    size_t hint;            /* estimate of the unpacked size */
    size_t most;            /* upper bound of the unpacked size */
    rri_sha256 *hash;       /* of the bytes read from the file */
    rri_inflater *inflater; /* packed */
};

/* Read on into raw, behind the bytes that are there, until it holds `want` or the file has ended.
 */
static rr_status fill(rri_reader *s, size_t want, rr_error *err)
{
    while (s->end - s->begin < want && !s->ended) {
        const ssize_t n = read(s->fd, s->raw + s->end, CHUNK - s->end);
        if (n < 0 && errno == EINTR && s->plain)
            continue;
        if (n < 0 && errno == EINTR)
            return rri_fail_interrupted(err, s->path);
        if (n < 0)
            return rri_fail_errno(err, errno, "read", s->path);
        const rr_status st = rri_sha256_add(s->hash, s->raw + s->end, (size_t)n, err);
        if (st != RR_OK)
            return st;
        s->end += (size_t)n;
        s->offset += n;
        s->ended = n == 0;
    }
    return RR_OK;
}

/* Ensure there are bytes in raw, unless the file has ended. */
static rr_status refill(rri_reader *s, rr_error *err)
{
    if (s->begin < s->end)
        return RR_OK;
    s->begin = s->end = 0;
    return fill(s, 1, err);
}

static bool has_gzip_name(const char *path)
{
    const size_t n = strlen(path);

    return n > 3 && strcmp(path + n - 3, ".gz") == 0;
}

static rr_status open_file(rri_reader *s, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(rri_open_to_read(s->path, &s->fd, &s->plain, &s->hint, err));
    RRI_TRY(rri_alloc(&s->raw, CHUNK, 1, 1, err));
    RRI_TRY(fill(s, 2, err)); /* a pipe may hand over a byte at a time */
    s->packed = s->end >= 2 && s->raw[0] == 0x1f && s->raw[1] == 0x8b;
    if (!s->packed && has_gzip_name(s->path))
        return rri_fail(err, RR_ERR_FORMAT, 0, "%s is not gzip, as its name says, at offset 0",
                        s->path);
    s->most = s->plain ? s->hint : SIZE_MAX;
    if (s->packed) {
        RRI_TRY(rri_inflater_new(s->path, &s->inflater, err));
        s->hint = s->hint > SIZE_MAX / 4 ? SIZE_MAX : s->hint * 4;
        s->most = s->most > SIZE_MAX / RRI_DEFLATE_RATIO ? SIZE_MAX : s->most * RRI_DEFLATE_RATIO;
    }

done:
    return st;
}

size_t rri_reader_most(const rri_reader *s)
{
    return s->most;
}

size_t rri_reader_hint(const rri_reader *s)
{
    return s->hint;
}

rr_status rri_reader_open(const char *path, rri_reader **out, rr_error *err)
{
    rri_reader *s = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_alloc(&s, 1, 1, sizeof *s, err));
    s->fd = -1;
    RRI_TRY(rri_strdup(path, &s->path, err));
    RRI_TRY(rri_sha256_new(&s->hash, err));
    RRI_TRY(open_file(s, err));
    *out = s;
    s = NULL;

done:
    rri_reader_close(s);
    return st;
}

void rri_reader_close(rri_reader *s)
{
    if (s == NULL)
        return;
    rri_inflater_free(s->inflater);
    if (s->fd >= 0)
        (void)close(s->fd);
    rri_sha256_free(s->hash);
    rri_free(s->raw);
    rri_free(s->path);
    rri_free(s);
}

/* The offset of the first byte that is not consumed. */
static int64_t offset_of(const rri_reader *s)
{
    return s->offset - (int64_t)(s->end - s->begin);
}

static rr_status unpack_failed(const rri_reader *s, rri_inflated what, const char *why,
                               rr_error *err)
{
    const int64_t at = offset_of(s);

    if (what == RRI_INFLATED_NOMEM)
        return rri_fail(err, RR_ERR_NOMEM, -1, "out of memory while unpacking %s", s->path);
    if (why != NULL)
        return rri_fail(err, RR_ERR_FORMAT, at, "%s is corrupt gzip near offset %lld: %s", s->path,
                        (long long)at, why);
    return rri_fail(err, RR_ERR_FORMAT, at, "%s is corrupt gzip near offset %lld", s->path,
                    (long long)at);
}

/* Begin the next gzip member, or pass over the zeros behind the last; s->between stays true at the
 * end of the file. */
static rr_status next_member(rri_reader *s, rr_error *err)
{
    const bool zeros = s->raw[s->begin] == 0;
    rr_status st = RR_OK;

    while (s->begin < s->end && s->raw[s->begin] == 0) {
        s->begin++;
        RRI_TRY(refill(s, err));
    }
    if (s->begin == s->end)
        return RR_OK;
    if (zeros || s->raw[s->begin] != 0x1f)
        return rri_fail(err, RR_ERR_FORMAT, offset_of(s),
                        "%s: at offset %lld, behind its gzip data, there is something else",
                        s->path, (long long)offset_of(s));
    rri_inflater_next(s->inflater);
    s->between = false;

done:
    return st;
}

/* Unpack into out[0..want); *got is 0 at the end only. */
static rr_status unpack(rri_reader *s, unsigned char *out, size_t want, size_t *got, rr_error *err)
{
    *got = 0;
    while (*got == 0) {
        rr_status st = refill(s, err);
        if (st == RR_OK && s->between && s->begin < s->end)
            st = next_member(s, err);
        if (st != RR_OK || s->between)
            return st;
        rri_inflate_io io = { s->raw + s->begin, s->end - s->begin, out, want };
        const char *why = NULL;
        const rri_inflated what = rri_inflate(s->inflater, &io, &why);
        const bool stuck = io.in_left == s->end - s->begin && io.out_left == want;
        s->begin = s->end - io.in_left;
        *got = want - io.out_left;
        s->between = what == RRI_INFLATED_END;
        if (what == RRI_INFLATED_MORE && stuck && s->begin == s->end)
            return rri_fail(err, RR_ERR_FORMAT, s->offset,
                            "%s is truncated: the gzip data stop at offset %lld", s->path,
                            (long long)s->offset);
        if ((what == RRI_INFLATED_MORE && stuck) || what == RRI_INFLATED_BAD ||
            what == RRI_INFLATED_NOMEM)
            return unpack_failed(s, what, why, err);
    }
    return RR_OK;
}

/* As unpack(), for a plain file. */
static rr_status copy(rri_reader *s, unsigned char *out, size_t want, size_t *got, rr_error *err)
{
    const rr_status st = refill(s, err);

    if (st != RR_OK)
        return st;
    assert(s->raw != NULL);
    *got = rri_min(want, s->end - s->begin);
    memcpy(out, s->raw + s->begin, *got);
    s->begin += *got;
    return RR_OK;
}

/* Read some of the next bytes, at most `want`; *got is 0 at the end only. */
static rr_status take_some(rri_reader *s, unsigned char *out, size_t want, size_t *got,
                           rr_error *err)
{
    return s->packed ? unpack(s, out, want, got, err) : copy(s, out, want, got, err);
}

rr_status rri_reader_take(rri_reader *s, void *out, size_t want, size_t *got, rr_error *err)
{
    size_t now = 1;
    rr_status st = RR_OK;

    *got = 0;
    while (st == RR_OK && *got < want && now > 0) {
        st = take_some(s, (unsigned char *)out + *got, want - *got, &now, err);
        *got += now;
    }
    return st;
}

rr_status rri_reader_hash(rri_reader *s, char out[65], rr_error *err)
{
    rr_status st = RR_OK;

    while (!s->ended) {
        s->begin = s->end;
        RRI_TRY(refill(s, err));
    }
    RRI_TRY(rri_sha256_hex(s->hash, out, err));

done:
    return st;
}

rr_status rri_file_read_hashed(const char *path, size_t limit, unsigned char **out, size_t *bytes,
                               char hash[65], rr_error *err)
{
    rri_reader *s = NULL;
    unsigned char *data = NULL;
    size_t used = 0;
    size_t got = 1;
    rr_status st = RR_OK;

    *out = NULL;
    assert(limit < SIZE_MAX - 2);
    RRI_TRY(rri_reader_open(path, &s, err));
    /* One byte beyond the limit detects larger files; one is for the NUL. */
    size_t capacity = rri_min(rri_max(s->hint, CHUNK), limit) + 2;
    RRI_TRY(rri_alloc(&data, capacity, 1, 1, err));
    while (got > 0) {
        if (used == capacity - 1) {
            const size_t wider = rri_min(capacity, limit + 2 - capacity) + capacity;
            RRI_TRY(rri_grow(&data, capacity, wider, 1, err));
            capacity = wider;
        }
        RRI_TRY(take_some(s, data + used, capacity - 1 - used, &got, err));
        used += got;
        if (used > limit) {
            st = rri_fail(err, RR_ERR_FORMAT, -1, "%s holds more than %zu bytes", path, limit);
            goto done;
        }
    }
    RRI_TRY(rri_reader_hash(s, hash, err));
    data[used] = '\0';
    *out = data;
    *bytes = used;
    data = NULL;

done:
    rri_free(data);
    rri_reader_close(s);
    return st;
}

rr_status rri_file_read(const char *path, size_t limit, unsigned char **out, size_t *bytes,
                        rr_error *err)
{
    char hash[65];

    return rri_file_read_hashed(path, limit, out, bytes, hash, err);
}
