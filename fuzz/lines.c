/* SPDX-License-Identifier: MIT */
/* lines.c - a file, plain or gzip, line by line, and whole: both must see the same bytes. The input
 * is the file. */
#include "fuzz.h"

#include "io/io.h"
#include "io/lines.h"

/* Reads on behind a failure of one line, which must not end in another fault. */
static void read_lines(const char *path)
{
    rri_lines *lines = NULL;
    char *line = NULL;
    size_t bytes = 0;
    size_t number = 0;
    char hash[65];
    rr_error err = { .code = RR_OK };

    if (fuzz_ok(rri_lines_open(path, &lines, &err), &err)) {
        while (fuzz_ok(rri_lines_next(lines, &line, &bytes, &err), &err) && line != NULL) {
            fuzz_require(strlen(line) == bytes, "a line of %zu bytes, not %zu", strlen(line),
                         bytes);
            number++;
            fuzz_require(rri_lines_number(lines) == number, "line %zu", number);
            (void)fuzz_ok(rri_check_utf8(path, number, line, bytes, &err), &err);
        }
        if (fuzz_ok(rri_lines_hash(lines, hash, &err), &err))
            fuzz_require(rri_is_sha256_hex(hash), "no hash");
    }
    rri_lines_close(lines);
}

static void read_whole(const char *path, size_t limit)
{
    unsigned char *whole = NULL;
    size_t bytes = 0;
    char hash[65];
    rr_error err = { .code = RR_OK };

    if (fuzz_ok(rri_file_read_hashed(path, limit, &whole, &bytes, hash, &err), &err)) {
        fuzz_require(bytes <= limit && whole[bytes] == 0, "%zu bytes", bytes);
        fuzz_use(whole, bytes + 1);
    }
    rri_free(whole);
}

void fuzz_one(const uint8_t *data, size_t size)
{
    const char *path = fuzz_file("lines.txt", data, size);

    fuzz_declare(fuzz_unpacked(data, size));
    read_lines(path);
    read_whole(path, 1 << 20);
    read_whole(path, size / 2);
}
