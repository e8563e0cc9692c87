/* SPDX-License-Identifier: MIT */
/* npz.c - arrays. A part of an input (fuzz.h) is a .npy file, its tag is the name in the list
 * below; tag 0 is the parameters of the source. The parts are packed with their checksums, which no
 * mutation would find. */
#include "fuzz.h"

#include "io/npy.h"

#include <stdio.h>

#include <zlib.h>

static const char *const names[] = {
    "",
    "x",
    "y",
    "lengths",
    "split",
    "classes",
    "vocabulary",
    "class_names",
    "x_train",
    "y_train",
    "x_test",
    "y_test",
    "lengths_train",
    "x_val",
    "y_val",
    "step_label",
    "part",
    "step_label_train",
};
enum { NAMES = sizeof names / sizeof *names, MOST_BYTES = 1 << 18 };

/* ---- packing -------------------------------------------------------------------------------- */

typedef struct archive {
    uint8_t bytes[MOST_BYTES];
    size_t size;
} archive;

static void put(archive *a, uint32_t value, size_t width)
{
    fuzz_require(a->size + width <= MOST_BYTES, "the archive is full");
    for (size_t i = 0; i < width; i++)
        a->bytes[a->size++] = (uint8_t)(value >> 8 * i);
}

static void put_bytes(archive *a, const void *data, size_t n)
{
    fuzz_require(n <= MOST_BYTES - a->size, "the archive is full");
    memcpy(a->bytes + a->size, data, n);
    a->size += n;
}

/* What a local header and an entry of the directory have in common: a stored file of that name. */
static void put_entry(archive *a, fuzz_input part, size_t name_bytes)
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

/* A zip of the parts that are there. */
static void pack(archive *a, const fuzz_input part[NAMES])
{
    uint32_t offset[NAMES];
    uint32_t count = 0;
    char name[24];

    a->size = 0;
    for (size_t i = 1; i < NAMES; i++) {
        if (part[i].data == NULL)
            continue;
        const size_t n = (size_t)snprintf(name, sizeof name, "%s.npy", names[i]);
        offset[i] = (uint32_t)a->size;
        put(a, 0x04034b50, 4);
        put_entry(a, part[i], n);
        put_bytes(a, name, n);
        put_bytes(a, part[i].data, part[i].size);
    }
    const uint32_t directory = (uint32_t)a->size;
    for (size_t i = 1; i < NAMES; i++) {
        if (part[i].data == NULL)
            continue;
        const size_t n = (size_t)snprintf(name, sizeof name, "%s.npy", names[i]);
        put(a, 0x02014b50, 4);
        put(a, 20, 2); /* version made by */
        put_entry(a, part[i], n);
        put(a, 0, 2); /* comment */
        put(a, 0, 2); /* disk */
        put(a, 0, 2); /* attributes */
        put(a, 0, 4);
        put(a, offset[i], 4);
        put_bytes(a, name, n);
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

/* ---- the target ----------------------------------------------------------------------------- */

static void read_arrays(const char *path)
{
    rri_npz *z = NULL;
    rri_npy array;
    rr_error err = { .code = RR_OK };

    if (!fuzz_ok(rri_npz_open(path, &z, &err), &err))
        return;
    for (size_t i = 1; i < NAMES; i++) {
        if (!rri_npz_has(z, names[i]) || !fuzz_ok(rri_npz_read(z, names[i], &array, &err), &err))
            continue;
        fuzz_use(array.f32, array.f32 != NULL ? array.items * sizeof *array.f32 : 0);
        fuzz_use(array.i64, array.i64 != NULL ? array.items * sizeof *array.i64 : 0);
        fuzz_use(array.text, array.text != NULL ? array.items * array.stride : 0);
        fuzz_require((array.f32 != NULL) == (array.kind == RRI_NPY_FLOAT), "no array");
        rri_npy_clear(&array);
    }
    rri_npz_close(z);
}

void fuzz_one(const uint8_t *data, size_t size)
{
    static archive a;
    fuzz_input in = { data, size };
    fuzz_input found[NAMES] = { { NULL, 0 } };
    fuzz_input part;
    unsigned tag = 0;
    char spec[400];
    char parameters[200] = "";

    if (size > MOST_BYTES / 2)
        return;
    while (fuzz_part(&in, &tag, &part)) {
        found[tag % NAMES] = part;
        if (names[tag % NAMES][0] == 'y') /* a row for each byte */
            fuzz_declare(8 * part.size);
    }
    if (found[0].data != NULL)
        (void)snprintf(parameters, sizeof parameters, "?%s", fuzz_line(&found[0]));
    pack(&a, found);
    fuzz_declare(FUZZ_CLASSES);
    const char *path = fuzz_file("arrays.npz", a.bytes, a.size);
    read_arrays(path);
    (void)snprintf(spec, sizeof spec, "npz:%s%s", path, parameters);
    fuzz_use_source(spec);
}
