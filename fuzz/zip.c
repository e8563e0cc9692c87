/* SPDX-License-Identifier: MIT */
/* zip.c - the container of .npz. The input is the file. */
#include "fuzz.h"

#include "io/io.h"

#include <stdio.h>

#include <zip.h>

/* What the entries declare to unpack to, as far as their bytes can; a byte may be a row. */
static void declare_entries(const char *path)
{
    zip_t *z = zip_open(path, ZIP_RDONLY, NULL);
    const zip_int64_t n = z != NULL ? zip_get_num_entries(z, 0) : 0;
    zip_stat_t info;

    for (zip_int64_t i = 0; i < n; i++)
        if (zip_stat_index(z, (zip_uint64_t)i, 0, &info) == 0)
            fuzz_declare(8 * rri_min(info.size, info.comp_size * RRI_DEFLATE_RATIO));
    if (z != NULL)
        zip_discard(z);
}

void fuzz_one(const uint8_t *data, size_t size)
{
    const char *path = fuzz_file("arrays.npz", data, size);
    char spec[200];

    fuzz_declare(FUZZ_CLASSES);
    declare_entries(path);
    (void)snprintf(spec, sizeof spec, "npz:%s", path);
    fuzz_use_source(spec);
}
