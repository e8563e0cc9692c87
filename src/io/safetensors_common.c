/* SPDX-License-Identifier: MIT */
/* safetensors_common.c - element types and sizes of arrays. */
#include "io/safetensors_common.h"

#include <string.h>

static const struct {
    const char *name;
    size_t width;
} dtypes[] = {
    [RRI_U8] = { "U8", 1 },   [RRI_U16] = { "U16", 2 }, [RRI_U32] = { "U32", 4 },
    [RRI_U64] = { "U64", 8 }, [RRI_I32] = { "I32", 4 }, [RRI_I64] = { "I64", 8 },
    [RRI_F32] = { "F32", 4 }, [RRI_F64] = { "F64", 8 },
};

size_t rri_dtype_width(rri_dtype dtype)
{
    return dtypes[dtype].width;
}

const char *rri_dtype_name(rri_dtype dtype)
{
    return dtypes[dtype].name;
}

bool rri_dtype_find(const char *name, rri_dtype *out)
{
    for (size_t i = 0; i < sizeof dtypes / sizeof *dtypes; i++) {
        if (strcmp(dtypes[i].name, name) == 0) {
            *out = (rri_dtype)i;
            return true;
        }
    }
    return false;
}

bool rri_array_size(const size_t *shape, size_t rank, size_t width, size_t *items, size_t *bytes)
{
    size_t product = width;
    bool empty = false;

    for (size_t i = 0; i < rank; i++) {
        if (shape[i] == 0) {
            empty = true;
            continue;
        }
        if (product > SIZE_MAX / shape[i])
            return false;
        product *= shape[i];
    }
    *bytes = empty ? 0 : product;
    *items = *bytes / width;
    return true;
}
