/* SPDX-License-Identifier: MIT */
/* csv.c - tables of text. The first line of an input is the kind of source and its parameters,
 * `csv?label=l`, the rest is its files (fuzz_text_files()). */
#include "fuzz.h"

#include <stdio.h>

void fuzz_one(const uint8_t *data, size_t size)
{
    static const char *const kinds[] = { "csv", "tsv", "toxic", "trec" };
    fuzz_input in = { data, size };
    const char *line = fuzz_line(&in);
    const size_t n = strcspn(line, "?");
    char spec[600];

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strlen(kinds[i]) == n && strncmp(line, kinds[i], n) == 0) {
            (void)snprintf(spec, sizeof spec, "%s:%s%s", kinds[i], fuzz_text_files(&in), line + n);
            fuzz_use_source(spec);
        }
}
