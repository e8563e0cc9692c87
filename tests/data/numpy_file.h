/* SPDX-License-Identifier: MIT */
/* numpy_file.h - npz files as NumPy writes them, of any element type. */
#ifndef RR_TESTS_DATA_NUMPY_FILE_H
#define RR_TESTS_DATA_NUMPY_FILE_H

#include "scratch.h"

#include <zip.h>

/* One array; a list ends with a NULL name. */
typedef struct numpy_array {
    const char *name;
    const char *descr; /* "<f4" */
    const char *shape; /* "(2, 3)" */
    const void *data;
    size_t bytes;
} numpy_array;

#define NUMPY_END                                                                                  \
    {                                                                                              \
        NULL, NULL, NULL, NULL, 0                                                                  \
    }

/* Write FILE in the scratch folder. */
static inline void write_numpy(const char *file, const numpy_array *arrays)
{
    static unsigned char npy[8][4096];
    int code = 0;
    size_t n = 0;
    zip_t *z = zip_open(in_scratch("", file), ZIP_CREATE | ZIP_TRUNCATE, &code);

    assert_non_null(z);
    for (const numpy_array *a = arrays; a->name != NULL; a++, n++) {
        char text[256];
        char name[64];
        const int bytes =
            snprintf(text, sizeof text, "{'descr': '%s', 'fortran_order': False, 'shape': %s, }\n",
                     a->descr, a->shape);
        unsigned char *p = npy[n];
        assert_true(n < 8 && (size_t)bytes + 10 + a->bytes <= sizeof npy[0]);
        memcpy(p, "\x93NUMPY\x01", 8);
        p[8] = (unsigned char)bytes;
        p[9] = 0;
        memcpy(p + 10, text, (size_t)bytes);
        memcpy(p + 10 + bytes, a->data, a->bytes);
        zip_source_t *source = zip_source_buffer(z, p, 10 + (size_t)bytes + a->bytes, 0);
        assert_non_null(source);
        (void)snprintf(name, sizeof name, "%s.npy", a->name);
        assert_true(zip_file_add(z, name, source, 0) >= 0);
    }
    assert_int_equal(zip_close(z), 0);
}

#endif
