/* SPDX-License-Identifier: MIT */
/* gzip.h - unpacking gzip and packing by zlib's format: by ISA-L (gzip_isal.c) where the library is
 * built with it, else by zlib (gzip_zlib.c). ISA-L unpacks MNIST's images in 0.4 of zlib's time. */
#ifndef RRI_GZIP_H
#define RRI_GZIP_H

#include "core/core.h"

/* One gzip member after another [RFC 1952]. */
typedef struct rri_inflater rri_inflater;

typedef enum rri_inflated {
    RRI_INFLATED_MORE, /* it goes on with more bytes, or more room for them */
    RRI_INFLATED_END,  /* the member has ended, its checksum is right; begin the next */
    RRI_INFLATED_BAD,  /* it is corrupt */
    RRI_INFLATED_NOMEM
} rri_inflated;

/* What a call has still to read and to write; it advances all four. */
typedef struct rri_inflate_io {
    const unsigned char *in;
    size_t in_left;
    unsigned char *out;
    size_t out_left;
} rri_inflate_io;

/* `path` is for the message. Memory: *out is owned, rri_inflater_free(). */
rr_status rri_inflater_new(const char *path, rri_inflater **out, rr_error *err);
void rri_inflater_free(rri_inflater *f); /* NULL is allowed */

/* Go on with a member. A call that can neither read nor write is MORE. *why of BAD: what is wrong,
 * NULL where unknown; a constant. */
rri_inflated rri_inflate(rri_inflater *f, rri_inflate_io *io, const char **why);

/* Begin the next member, after END. */
void rri_inflater_next(rri_inflater *f);

/* Pack bytes as a zlib stream [RFC 1950], fast rather than small. Which bytes it gives depends on
 * the library. Memory: *out is owned, rri_free(). */
rr_status rri_zlib_pack(const void *data, size_t bytes, unsigned char **out, size_t *packed,
                        rr_error *err);

#endif
