/* SPDX-License-Identifier: MIT */
/* jsonl.c - rows of JSON. The first line of an input is the parameters of the source, `?lower=0`,
 * the rest is its files (fuzz_text_files()). */
#include "fuzz.h"

#include "io/json.h"

#include <stdio.h>

static void read_rows(const char *path)
{
    rri_json_rows *rows = NULL;
    json_t *row = NULL;
    size_t line = 0;
    rr_error err = { .code = RR_OK };

    if (fuzz_ok(rri_json_rows_open(path, NULL, &rows, &err), &err))
        while (fuzz_ok(rri_json_rows_next(rows, &row, &err), &err) && row != NULL) {
            char *text = NULL;
            fuzz_require(rri_json_rows_line(rows) >= line, "line %zu", rri_json_rows_line(rows));
            line = rri_json_rows_line(rows);
            if (fuzz_ok(rri_json_text(row, &text, &err), &err))
                fuzz_use_text(text);
            rri_free(text);
            json_decref(row);
        }
    rri_json_rows_close(rows);
}

void fuzz_one(const uint8_t *data, size_t size)
{
    fuzz_input in = { data, size };
    const char *line = fuzz_line(&in);
    char spec[600];

    (void)snprintf(spec, sizeof spec, "jsonl:%s%s%s", fuzz_text_files(&in),
                   *line == '\0' || *line == '?' ? "" : "?", line);
    read_rows(fuzz_file("rows.jsonl", in.data, in.size));
    fuzz_use_source(spec);
}
