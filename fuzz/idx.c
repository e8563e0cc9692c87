/* SPDX-License-Identifier: MIT */
/* idx.c - a folder of IDX files, as mnist:DIR reads it. A part of an input (fuzz.h) is a file, its
 * tag is the name in the list below; tag 0 is the parameters of the source. */
#include "fuzz.h"

#include <stdio.h>

static const char *const names[] = {
    "",
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels.idx1-ubyte",
};

/* Single images must be those of the whole split. */
static void select_images(const char *spec)
{
    static const size_t which[] = { 1, 0, 1 };
    rr_source *source = NULL;
    rr_dataset *all = NULL;
    rr_dataset *some = NULL;
    rr_error err = { .code = RR_OK };

    if (fuzz_ok(rr_source_open(spec, NULL, &source, &err), &err) &&
        fuzz_ok(rr_source_split(source, RR_SPLIT_TRAIN, &all, &err), &err) &&
        fuzz_ok(rr_source_select(source, RR_SPLIT_TRAIN, rr_dataset_files_hash(all), which, 3,
                                 &some, &err),
                &err)) {
        fuzz_use_dataset(some);
        const rr_sequence a = rr_dataset_at(all, 1);
        const rr_sequence b = rr_dataset_at(some, 2);
        fuzz_require(
            a.label == b.label && a.steps == b.steps &&
                memcmp(a.frames, b.frames, a.steps * rr_dataset_width(all) * sizeof *a.frames) == 0,
            "image 1 differs");
    }
    rr_dataset_free(some);
    rr_dataset_free(all);
    rr_source_close(source);
}

void fuzz_one(const uint8_t *data, size_t size)
{
    fuzz_input in = { data, size };
    fuzz_input part;
    unsigned tag = 0;
    char spec[400];
    char parameters[200] = "";

    while (fuzz_part(&in, &tag, &part)) {
        tag %= sizeof names / sizeof *names;
        if (tag == 0) {
            (void)snprintf(parameters, sizeof parameters, "?%s", fuzz_line(&part));
        } else {
            fuzz_declare_text(part.data, part.size);
            (void)fuzz_file(names[tag], part.data, part.size);
        }
    }
    fuzz_declare(FUZZ_CLASSES);
    (void)snprintf(spec, sizeof spec, "mnist:%s%s", fuzz_folder(), parameters);
    fuzz_use_source(spec);
    select_images(spec);
}
