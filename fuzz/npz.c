/* SPDX-License-Identifier: MIT */
/* npz.c - arrays. A part of an input (fuzz.h) is a .npy file, its tag is the name in the list
 * below; tag 0 is the parameters of the source. The parts are packed (pack.h). */
#include "fuzz.h"

#include "io/npy.h"

#include "pack.h"

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
enum { NAMES = sizeof names / sizeof *names };

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
    static fuzz_archive a;
    fuzz_input in = { data, size };
    fuzz_input found[NAMES] = { { NULL, 0 } };
    fuzz_input part;
    unsigned tag = 0;
    char spec[400];
    char parameters[200] = "";

    if (size > FUZZ_MOST_ARCHIVE / 2)
        return;
    while (fuzz_part(&in, &tag, &part)) {
        found[tag % NAMES] = part;
        if (names[tag % NAMES][0] == 'y') /* a row for each byte */
            fuzz_declare(8 * part.size);
    }
    if (found[0].data != NULL)
        (void)snprintf(parameters, sizeof parameters, "?%s", fuzz_line(&found[0]));
    fuzz_pack(&a, names, found, NAMES);
    fuzz_declare(FUZZ_CLASSES);
    const char *path = fuzz_file("arrays.npz", a.bytes, a.size);
    read_arrays(path);
    (void)snprintf(spec, sizeof spec, "npz:%s%s", path, parameters);
    fuzz_use_source(spec);
}
