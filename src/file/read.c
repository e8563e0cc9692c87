/* SPDX-License-Identifier: MIT */
/* read.c - a whole file in memory, unpacked where it is gzip [RFC 1952].
 *
 * The file is hostile input: the limit bounds what is unpacked, not what is on the disk, so that a
 * small file cannot fill the memory; every gzip member must end with its checksum; nothing may
 * follow the last one. */
#include "file/file.h"

#include <zlib.h>

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 1 << 16 };

typedef struct source {
    const char *path;
    int fd;
    bool packed;        /* gzip */
    bool ended;         /* the file has no more bytes */
    bool between;       /* packed: a member has ended, none has begun */
    bool stream_open;   /* packed: inflateEnd() is due */
    int64_t offset;     /* bytes taken from the file */
    unsigned char *raw; /* [CHUNK] as on the disk */
    size_t begin, end;  /* of raw, not used yet */
    z_stream stream;
} source;

/* zlib's memory comes through the gate, too. */
static void *stream_alloc(void *unused, unsigned n, unsigned size)
{
    void *p = NULL;

    (void)unused;
    return rri_alloc(&p, n, size, 1, NULL) == RR_OK ? p : NULL;
}

static void stream_free(void *unused, void *p)
{
    (void)unused;
    rri_free(p);
}

/* Have bytes in raw unless the file has ended. */
static rr_status refill(source *s, rr_error *err)
{
    while (s->begin == s->end && !s->ended) {
        const ssize_t n = read(s->fd, s->raw, CHUNK);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return rri_fail_errno(err, errno, "read", s->path);
        s->begin = 0;
        s->end = (size_t)n;
        s->offset += n;
        s->ended = n == 0;
    }
    return RR_OK;
}

static bool has_gzip_name(const char *path)
{
    const size_t n = strlen(path);

    return n > 3 && strcmp(path + n - 3, ".gz") == 0;
}

static rr_status source_open(source *s, const char *path, size_t *hint, rr_error *err)
{
    struct stat info;
    rr_status st = RR_OK;

    s->path = path;
    s->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (s->fd < 0)
        return rri_fail_errno(err, errno, "open", path);
    if (fstat(s->fd, &info) != 0)
        return rri_fail_errno(err, errno, "examine", path);
    if (S_ISDIR(info.st_mode))
        return rri_fail_errno(err, EISDIR, "read", path);
    RRI_TRY(rri_alloc(&s->raw, CHUNK, 1, 1, err));
    RRI_TRY(refill(s, err));
    s->packed = s->end >= 2 && s->raw[0] == 0x1f && s->raw[1] == 0x8b;
    if (!s->packed && has_gzip_name(path))
        return rri_fail(err, RR_ERR_FORMAT, 0, "%s is not gzip, as its name says, at offset 0",
                        path);
    *hint = info.st_size > 0 ? (size_t)info.st_size : 0;
    if (s->packed) {
        s->stream.zalloc = stream_alloc;
        s->stream.zfree = stream_free;
        if (inflateInit2(&s->stream, 15 + 16) != Z_OK) /* 15: largest window, 16: gzip */
            return rri_fail(err, RR_ERR_NOMEM, -1, "out of memory while unpacking %s", path);
        s->stream_open = true;
        *hint = *hint > SIZE_MAX / 4 ? SIZE_MAX : *hint * 4;
    }

done:
    return st;
}

static void source_close(source *s)
{
    if (s->stream_open)
        (void)inflateEnd(&s->stream);
    if (s->fd >= 0)
        (void)close(s->fd);
    rri_free(s->raw);
}

static rr_status unpack_failed(const source *s, int code, rr_error *err)
{
    const int64_t at = s->offset - (int64_t)(s->end - s->begin);

    if (code == Z_MEM_ERROR)
        return rri_fail(err, RR_ERR_NOMEM, -1, "out of memory while unpacking %s", s->path);
    if (s->stream.msg != NULL)
        return rri_fail(err, RR_ERR_FORMAT, at, "%s is corrupt gzip near offset %lld: %s", s->path,
                        (long long)at, s->stream.msg);
    return rri_fail(err, RR_ERR_FORMAT, at, "%s is corrupt gzip near offset %lld", s->path,
                    (long long)at);
}

/* Unpack into out[0..want); *got is 0 at the end only. */
static rr_status unpack(source *s, unsigned char *out, size_t want, size_t *got, rr_error *err)
{
    *got = 0;
    while (*got == 0) {
        const rr_status st = refill(s, err);
        if (st != RR_OK)
            return st;
        if (s->begin == s->end && s->between)
            return RR_OK;
        if (s->begin == s->end)
            return rri_fail(err, RR_ERR_FORMAT, s->offset,
                            "%s is truncated: the gzip data stop at offset %lld", s->path,
                            (long long)s->offset);
        if (s->between) {
            (void)inflateReset(&s->stream);
            s->between = false;
        }
        s->stream.next_in = s->raw + s->begin;
        s->stream.avail_in = (unsigned)(s->end - s->begin);
        s->stream.next_out = out;
        s->stream.avail_out = (unsigned)rri_min(want, 1u << 30);
        const size_t room = s->stream.avail_out;
        const int code = inflate(&s->stream, Z_NO_FLUSH);
        s->begin = s->end - s->stream.avail_in;
        *got = room - s->stream.avail_out;
        s->between = code == Z_STREAM_END;
        if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
            return unpack_failed(s, code, err);
    }
    return RR_OK;
}

/* As unpack(), for a plain file. */
static rr_status copy(source *s, unsigned char *out, size_t want, size_t *got, rr_error *err)
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

rr_status rri_file_read(const char *path, size_t limit, unsigned char **out, size_t *bytes,
                        rr_error *err)
{
    source s = { .fd = -1 };
    unsigned char *data = NULL;
    size_t room = 0;
    size_t used = 0;
    size_t got = 1;
    rr_status st = RR_OK;

    *out = NULL;
    assert(limit < SIZE_MAX - 2);
    RRI_TRY(source_open(&s, path, &room, err));
    /* One byte beyond the limit shows that there is more; one is for the NUL. */
    room = rri_min(rri_max(room, CHUNK), limit) + 2;
    RRI_TRY(rri_alloc(&data, room, 1, 1, err));
    while (got > 0) {
        if (used == room - 1) {
            const size_t wider = rri_min(room, limit + 2 - room) + room;
            RRI_TRY(rri_grow(&data, room, wider, 1, err));
            room = wider;
        }
        RRI_TRY(s.packed ? unpack(&s, data + used, room - 1 - used, &got, err)
                         : copy(&s, data + used, room - 1 - used, &got, err));
        used += got;
        if (used > limit) {
            st = rri_fail(err, RR_ERR_FORMAT, -1, "%s holds more than %zu bytes", path, limit);
            goto done;
        }
    }
    data[used] = '\0';
    *out = data;
    *bytes = used;
    data = NULL;

done:
    rri_free(data);
    source_close(&s);
    return st;
}
