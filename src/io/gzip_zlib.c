/* SPDX-License-Identifier: MIT */
/* gzip_zlib.c - gzip by zlib. */
#include "io/gzip.h"

#include <zlib.h>

#include <limits.h>

struct rri_inflater {
    z_stream stream;
    bool open; /* inflateEnd() is due */
};

/* zlib allocates through rri_alloc(), too. */
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

rr_status rri_inflater_new(const char *path, rri_inflater **out, rr_error *err)
{
    rri_inflater *f = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_alloc(&f, 1, 1, sizeof *f, err));
    f->stream.zalloc = stream_alloc;
    f->stream.zfree = stream_free;
    f->open = inflateInit2(&f->stream, 15 + 16) == Z_OK; /* 15: largest window, 16: gzip */
    if (!f->open)
        RRI_TRY(rri_fail(err, RR_ERR_NOMEM, -1, "out of memory while unpacking %s", path));
    *out = f;
    f = NULL;

done:
    rri_inflater_free(f);
    return st;
}

void rri_inflater_free(rri_inflater *f)
{
    if (f != NULL && f->open)
        (void)inflateEnd(&f->stream);
    rri_free(f);
}

rri_inflated rri_inflate(rri_inflater *f, rri_inflate_io *io, const char **why)
{
    z_stream *s = &f->stream;
    const unsigned in = (unsigned)rri_min(io->in_left, 1u << 30);
    const unsigned out = (unsigned)rri_min(io->out_left, 1u << 30);

    s->next_in = (z_const Bytef *)(uintptr_t)io->in;
    s->avail_in = in;
    s->next_out = io->out;
    s->avail_out = out;
    const int code = inflate(s, Z_NO_FLUSH);
    io->in += in - s->avail_in;
    io->in_left -= in - s->avail_in;
    io->out += out - s->avail_out;
    io->out_left -= out - s->avail_out;
    *why = s->msg;
    return code == Z_STREAM_END                  ? RRI_INFLATED_END
           : code == Z_OK || code == Z_BUF_ERROR ? RRI_INFLATED_MORE
           : code == Z_MEM_ERROR                 ? RRI_INFLATED_NOMEM
                                                 : RRI_INFLATED_BAD;
}

void rri_inflater_next(rri_inflater *f)
{
    (void)inflateReset(&f->stream);
}

rr_status rri_zlib_pack(const void *data, size_t bytes, unsigned char **out, size_t *packed,
                        rr_error *err)
{
    uLongf n = compressBound(bytes);
    unsigned char *p = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_alloc_raw(&p, n, 1, 1, err));
    if (compress2(p, &n, data, bytes, Z_BEST_SPEED) != Z_OK)
        RRI_TRY(rri_fail(err, RR_ERR_NOMEM, -1, "out of memory while packing %zu bytes", bytes));
    *out = p;
    *packed = n;
    p = NULL;

done:
    rri_free(p);
    return st;
}
