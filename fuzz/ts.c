/* SPDX-License-Identifier: MIT */
/* ts.c - time series, in .ts files or tables. The first line of an input is the parameters of the
 * source, the rest is the train file and, behind a form feed, the test file. */
#include "fuzz.h"

#include <stdio.h>

void fuzz_one(const uint8_t *data, size_t size)
{
    fuzz_input in = { data, size };
    const char *line = fuzz_line(&in);
    const uint8_t *feed = in.size > 0 ? memchr(in.data, '\f', in.size) : NULL;
    const size_t train = feed != NULL ? (size_t)(feed - in.data) : in.size;
    char test[200] = "";
    char spec[600];

    fuzz_declare_text(in.data, train);
    if (feed != NULL) {
        fuzz_declare_text(feed + 1, in.size - train - 1);
        (void)snprintf(test, sizeof test, ",%s",
                       fuzz_file("test.ts", feed + 1, in.size - train - 1));
    }
    (void)snprintf(spec, sizeof spec, "ts:%s%s%s%s", fuzz_file("train.ts", in.data, train), test,
                   *line == '\0' || *line == '?' ? "" : "?", line);
    fuzz_use_source(spec);
}
