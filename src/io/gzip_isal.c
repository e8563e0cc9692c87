/* SPDX-License-Identifier: MIT */
/* gzip_isal.c - gzip by ISA-L. Its state holds up to 8 bytes that it has read and not yet used;
 * these are the member's own, since a member ends with 8 bytes of checksum and length.
 *
 * A member's header is read apart: isal_inflate() forgets the checksum of a header, where it has
 * one, between two calls, and does not look at the reserved flags. */
#include "io/gzip.h"

#include <isa-l/igzip_lib.h>

enum { RESERVED_FLAGS = 0xe0 };

struct rri_inflater {
    struct inflate_state state;
    struct isal_gzip_header header;
    bool in_header; /* it is not read to its end */
};

rr_status rri_inflater_new(const char *path, rri_inflater **out, rr_error *err)
{
    const rr_status st = rri_alloc(out, 1, 1, sizeof **out, err);

    (void)path;
    if (st == RR_OK)
        rri_inflater_next(*out);
    return st;
}

void rri_inflater_free(rri_inflater *f)
{
    rri_free(f);
}

static const char *reason(int code)
{
    switch (code) {
    case ISAL_INVALID_BLOCK:
        return "invalid block";
    case ISAL_INVALID_SYMBOL:
        return "invalid code";
    case ISAL_INVALID_LOOKBACK:
        return "invalid distance";
    case ISAL_INVALID_WRAPPER:
        return "incorrect header";
    case ISAL_UNSUPPORTED_METHOD:
        return "unknown compression method";
    case ISAL_INCORRECT_CHECKSUM:
        return "incorrect data check";
    default:
        return NULL;
    }
}

/* Go on with the header, and behind it with the data; returns as isal_inflate(). */
static int go_on(rri_inflater *f)
{
    if (f->in_header) {
        const int code = isal_read_gzip_header(&f->state, &f->header);
        if (code != ISAL_DECOMP_OK)
            return code;
        if ((f->header.flags & RESERVED_FLAGS) != 0)
            return ISAL_INVALID_WRAPPER;
        f->in_header = false;
    }
    return isal_inflate(&f->state);
}

rri_inflated rri_inflate(rri_inflater *f, rri_inflate_io *io, const char **why)
{
    struct inflate_state *s = &f->state;
    const uint32_t in = (uint32_t)rri_min(io->in_left, 1u << 30);
    const uint32_t out = (uint32_t)rri_min(io->out_left, 1u << 30);

    s->next_in = (uint8_t *)(uintptr_t)io->in;
    s->avail_in = in;
    s->next_out = io->out;
    s->avail_out = out;
    const int code = go_on(f);
    io->in += in - s->avail_in;
    io->in_left -= in - s->avail_in;
    io->out += out - s->avail_out;
    io->out_left -= out - s->avail_out;
    *why = reason(code);
    if (code < 0)
        return RRI_INFLATED_BAD;
    return s->block_state == ISAL_BLOCK_FINISH ? RRI_INFLATED_END : RRI_INFLATED_MORE;
}

void rri_inflater_next(rri_inflater *f)
{
    isal_inflate_init(&f->state);
    isal_gzip_header_init(&f->header);
    f->state.crc_flag = ISAL_GZIP_NO_HDR_VER; /* of the data alone */
    f->in_header = true;
}

rr_status rri_zlib_pack(const void *data, size_t bytes, unsigned char **out, size_t *packed,
                        rr_error *err)
{
    const size_t most = bytes + bytes / 1024 + 1024; /* what cannot be packed is stored as it is */
    struct isal_zstream *s = NULL;
    unsigned char *level = NULL;
    unsigned char *p = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    if (bytes > UINT32_MAX - bytes / 1024 - 1024)
        return rri_fail(err, RR_ERR_NOMEM, -1, "%zu bytes are too many to pack", bytes);
    RRI_TRY(rri_alloc(&s, 1, 1, sizeof *s, err));
    RRI_TRY(rri_alloc(&level, ISAL_DEF_LVL1_DEFAULT, 1, 1, err));
    RRI_TRY(rri_alloc_raw(&p, most, 1, 1, err));
    isal_deflate_init(s);
    s->level = 1;
    s->level_buf = level;
    s->level_buf_size = ISAL_DEF_LVL1_DEFAULT;
    s->gzip_flag = IGZIP_ZLIB;
    s->end_of_stream = 1;
    s->next_in = (uint8_t *)(uintptr_t)data;
    s->avail_in = (uint32_t)bytes;
    s->next_out = p;
    s->avail_out = (uint32_t)most;
    if (isal_deflate(s) != COMP_OK || s->internal_state.state != ZSTATE_END)
        RRI_TRY(rri_fail(err, RR_ERR_NOMEM, -1, "no memory to pack %zu bytes", bytes));
    *out = p;
    *packed = s->total_out;
    p = NULL;

done:
    rri_free(p);
    rri_free(level);
    rri_free(s);
    return st;
}
