/* SPDX-License-Identifier: MIT */
/* jsonl.c - rows of JSON. The first line of an input is the parameters of the source, `?lower=0`,
 * the rest is the file. */
#include "fuzz.h"

#include <stdio.h>

void fuzz_one(const uint8_t *data, size_t size)
{
    fuzz_input in = { data, size };
    const char *line = fuzz_line(&in);
    char spec[400];

    fuzz_declare(fuzz_unpacked(in.data, in.size));
    (void)snprintf(spec, sizeof spec, "jsonl:%s%s%s", fuzz_file("rows.jsonl", in.data, in.size),
                   *line == '\0' || *line == '?' ? "" : "?", line);
    fuzz_use_source(spec);
}
