/* SPDX-License-Identifier: MIT */
/* lines.c - a file, plain or gzip, line by line in an encoding, piece by piece, and whole. The
 * first line of an input is the encoding, empty for UTF-8, the rest is the file. */
#include "fuzz.h"

#include "io/io.h"
#include "io/lines.h"

/* Whether the bytes are not passed on as they are: for some encodings, without a byte-order mark.
 */
static bool is_converted(const fuzz_input *in, const char *encoding)
{
    static const char *const names[] = { "latin-1", "utf-16be", "utf-16le", "shift_jis" };

    if (in->size == 0 || in->data[0] == 0xef || in->data[0] == 0x1f)
        return false;
    for (size_t i = 0; encoding != NULL && i < sizeof names / sizeof *names; i++)
        if (strcmp(encoding, names[i]) == 0)
            return true;
    return false;
}

static void read_lines(const char *path, const char *encoding, bool converted)
{
    rri_lines *lines = NULL;
    char *line = NULL;
    char first = '\0';
    size_t bytes = 0;
    size_t number = 0;
    char hash[65];
    rr_error err = { .code = RR_OK };

    if (fuzz_ok(rri_lines_open(path, encoding, &lines, &err), &err) &&
        fuzz_ok(rri_lines_peek(lines, &first, &err), &err)) {
        while (fuzz_ok(rri_lines_next(lines, &line, &bytes, &err), &err) && line != NULL) {
            fuzz_require(strlen(line) == bytes, "a line of %zu bytes, not %zu", strlen(line),
                         bytes);
            number++;
            fuzz_require(rri_lines_number(lines) == number, "line %zu", number);
            fuzz_require(fuzz_ok(rri_check_utf8(path, number, line, bytes, false, &err), &err) ||
                             !converted,
                         "line %zu is converted to what is not UTF-8", number);
        }
        if (fuzz_ok(rri_lines_hash(lines, hash, &err), &err))
            fuzz_require(rri_is_sha256_hex(hash), "no hash");
    }
    rri_lines_close(lines);
}

static void read_pieces(const char *path, const char *encoding)
{
    rri_lines *lines = NULL;
    const char *piece = NULL;
    size_t bytes = 0;
    rr_error err = { .code = RR_OK };

    if (fuzz_ok(rri_lines_open(path, encoding, &lines, &err), &err))
        while (fuzz_ok(rri_lines_piece(lines, &piece, &bytes, &err), &err) && piece != NULL)
            fuzz_use(piece, bytes);
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
    fuzz_input in = { data, size };
    const char *line = fuzz_line(&in);
    const char *encoding = *line != '\0' ? line : NULL;
    const char *path = fuzz_file("lines.txt", in.data, in.size);

    fuzz_declare_text(in.data, in.size);
    read_lines(path, encoding, is_converted(&in, encoding));
    read_pieces(path, encoding);
    read_whole(path, 1 << 20);
    read_whole(path, in.size / 2);
}
