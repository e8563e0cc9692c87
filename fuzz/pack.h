/* SPDX-License-Identifier: MIT */
/* pack.h - packs arrays with their checksums, which no mutation would find. */
#ifndef RR_FUZZ_PACK_H
#define RR_FUZZ_PACK_H

#include "fuzz.h"

#include <stdio.h>

#include <zlib.h>

enum { FUZZ_MOST_ARCHIVE = 1 << 18, FUZZ_MOST_ARRAYS = 24 };

typedef struct fuzz_archive {
    uint8_t bytes[FUZZ_MOST_ARCHIVE];
    size_t size;
} fuzz_archive;

static inline void put(fuzz_archive *a, uint32_t value, size_t width)
{
    fuzz_require(a->size + width <= FUZZ_MOST_ARCHIVE, "the archive is full");
    for (size_t i = 0; i < width; i++)
        a->bytes[a->size++] = (uint8_t)(value >> 8 * i);
}

static inline void put_bytes(fuzz_archive *a, const void *data, size_t n)
{
    fuzz_require(n <= FUZZ_MOST_ARCHIVE - a->size, "the archive is full");
    memcpy(a->bytes + a->size, data, n);
    a->size += n;
}

/* What a local header and an entry of the directory have in common: a stored file of that name. */
static inline void put_entry(fuzz_archive *a, fuzz_input part, size_t name_bytes)
{
    put(a, 20, 2);         /* version needed */
    put(a, 0, 2);          /* flags */
    put(a, 0, 2);          /* stored */
    put(a, 0x21 << 16, 4); /* the first day of 1980 */
    put(a, (uint32_t)crc32(0, part.data, (uInt)part.size), 4);
    put(a, (uint32_t)part.size, 4);
    put(a, (uint32_t)part.size, 4);
    put(a, (uint32_t)name_bytes, 2);
    put(a, 0, 2); /* extra */
}

/* A zip of the parts that are there, part i as "NAMES[i].npy"; part 0 is none of them. */
static inline void fuzz_pack(fuzz_archive *a, const char *const *names, const fuzz_input *part,
                             size_t n)
{
    uint32_t offset[FUZZ_MOST_ARRAYS];
    uint32_t count = 0;
    char name[24];

    a->size = 0;
    for (size_t i = 1; i < n; i++) {
        if (part[i].data == NULL)
            continue;
        const size_t bytes = (size_t)snprintf(name, sizeof name, "%s.npy", names[i]);
        offset[i] = (uint32_t)a->size;
        put(a, 0x04034b50, 4);
        put_entry(a, part[i], bytes);
        put_bytes(a, name, bytes);
        put_bytes(a, part[i].data, part[i].size);
    }
    const uint32_t directory = (uint32_t)a->size;
    for (size_t i = 1; i < n; i++) {
        if (part[i].data == NULL)
            continue;
        const size_t bytes = (size_t)snprintf(name, sizeof name, "%s.npy", names[i]);
        put(a, 0x02014b50, 4);
        put(a, 20, 2); /* version made by */
        put_entry(a, part[i], bytes);
        put(a, 0, 2); /* comment */
        put(a, 0, 2); /* disk */
        put(a, 0, 2); /* attributes */
        put(a, 0, 4);
        put(a, offset[i], 4);
        put_bytes(a, name, bytes);
        count++;
    }
    const uint32_t size = (uint32_t)a->size - directory;
    put(a, 0x06054b50, 4);
    put(a, 0, 4); /* disks */
    put(a, count, 2);
    put(a, count, 2);
    put(a, size, 4);
    put(a, directory, 4);
    put(a, 0, 2); /* comment */
}

#endif
