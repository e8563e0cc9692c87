/* SPDX-License-Identifier: MIT */
/* trees.c - phrase trees. The first line of an input is the parameters of the source, the rest is
 * train.txt; dev.txt is fixed. */
#include "fuzz.h"

#include <stdio.h>

void fuzz_one(const uint8_t *data, size_t size)
{
    static const char dev[] = "(3 (2 a) (4 (2 good) (2 film)))\n(0 bad)\n";
    fuzz_input in = { data, size };
    const char *line = fuzz_line(&in);
    char spec[400];

    fuzz_declare_text(in.data, in.size);
    (void)fuzz_file("train.txt", in.data, in.size);
    (void)fuzz_file("dev.txt", dev, sizeof dev - 1);
    (void)snprintf(spec, sizeof spec, "sst:%s%s%s", fuzz_folder(),
                   *line == '\0' || *line == '?' ? "" : "?", line);
    fuzz_use_source(spec);
}
