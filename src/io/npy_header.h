/* SPDX-License-Identifier: MIT */
/* npy_header.h - the header of a .npy array, parsed. */
#ifndef RRI_NPY_HEADER_H
#define RRI_NPY_HEADER_H

#include "io/npy.h"

enum { RRI_NPY_MOST_RANK = 8, RRI_NPY_MOST_HEADER = 1 << 16, RRI_NPY_MOST_TEXT = 1 << 14 };

typedef struct rri_npy_header {
    char type;    /* 'f', 'i', 'u' or 'b'; 'S' for bytes, 'U' for characters of four bytes */
    bool big;     /* big-endian */
    bool order;   /* Fortran order: the first index runs fastest */
    size_t width; /* bytes of an element */
    size_t rank;
    size_t shape[RRI_NPY_MOST_RANK];
} rri_npy_header;

/* Length of the fixed part for the format version in its first 8 bytes, and of the text after it;
 * false when it is not a header. `fixed` has at least 12 bytes; the version determines how many of
 * them belong to the header. */
bool rri_npy_lengths(const unsigned char fixed[12], size_t *fixed_bytes, size_t *text_bytes);

/* Parse the text, NUL-terminated. FORMAT names the array and the error. */
rr_status rri_npy_parse(const char *text, const char *name, rri_npy_header *out, rr_error *err);

#endif
