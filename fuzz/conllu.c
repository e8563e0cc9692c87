/* SPDX-License-Identifier: MIT */
/* conllu.c - sentences whose words have labels. The first line of an input is the parameters of the
 * source, the rest is its files (fuzz_text_files()). */
#include "fuzz.h"

#include <stdio.h>

void fuzz_one(const uint8_t *data, size_t size)
{
    fuzz_input in = { data, size };
    const char *line = fuzz_line(&in);
    char spec[600];

    (void)snprintf(spec, sizeof spec, "conllu:%s%s%s", fuzz_text_files(&in),
                   *line == '\0' || *line == '?' ? "" : "?", line);
    fuzz_use_source(spec);
}
