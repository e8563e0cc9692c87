/* SPDX-License-Identifier: MIT */
/* safetensors_common.h - element types and sizes, shared by the reader and the writer of
 * safetensors. */
#ifndef RRI_SAFETENSORS_COMMON_H
#define RRI_SAFETENSORS_COMMON_H

#include "io/safetensors.h"

#define RRI_SAFETENSORS_METADATA "__metadata__"

enum { RRI_SAFETENSORS_PREFIX = 8, RRI_SAFETENSORS_MOST_HEADER = 100000000 };

/* Bytes of one element. */
size_t rri_dtype_width(rri_dtype dtype);
/* The name in the header: "F32". */
const char *rri_dtype_name(rri_dtype dtype);
bool rri_dtype_find(const char *name, rri_dtype *out);

/* Items and bytes of an array; false when they overflow, even where another extent is 0. */
bool rri_array_size(const size_t *shape, size_t rank, size_t width, size_t *items, size_t *bytes);

#endif
