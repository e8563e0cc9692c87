/* SPDX-License-Identifier: MIT */
/* decode.c - converts text files to UTF-8 by ICU's converters, chunk by chunk.
 *
 * The first bytes of a file show its byte-order mark, and whether it is text at all. What is UTF-8
 * is passed on as it is; all else goes through UTF-16. */
#include "io/decode.h"

#include "core/utf8.h"
#include "io/io.h"

#include <unicode/ucnv.h>

#include <string.h>

enum { HEAD = 512, CHUNK = 1 << 15 };

struct rri_decoder {
    rri_reader *file;
    char *path;
    char *encoding;           /* its name */
    unsigned char head[HEAD]; /* the first bytes; [head_at, head_end) are not taken yet */
    size_t head_at, head_end;
    UConverter *from; /* NULL: the file is UTF-8 */
    char *raw;        /* [CHUNK] as on disk; [raw_at, raw_end) are not converted yet */
    size_t raw_at, raw_end;
    bool ended;    /* the file has no more bytes */
    bool finished; /* nor has the converter */
    UChar *wide;   /* [CHUNK] */
    UChar high;    /* the first half of a pair, whose second half follows; 0 if there is none */
    char *text;    /* [3 * CHUNK] in UTF-8; [text_at, text_end) are not taken yet */
    size_t text_at, text_end;
    size_t line; /* on which text ends, from 1 */
};

/* ---- what a file is, by its first bytes ----------------------------------------------------- */

typedef struct signature {
    size_t offset, bytes;
    const char *magic;
    const char *what;
    const char *advice; /* followed by the path where it ends with a blank */
} signature;

static const signature signatures[] = {
    { 0, 4, "PK\3\4", "a zip archive", "unpack it first: unzip " },
    { 0, 6,
      "\xfd"
      "7zXZ\0",
      "packed by xz", "unpack it first: xz -dk " },
    { 0, 3, "BZh", "packed by bzip2", "unpack it first: bzip2 -dk " },
    { 0, 4, "\x28\xb5\x2f\xfd", "packed by zstd", "unpack it first: zstd -d " },
    { 0, 6, "7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it first: 7z x " },
    { 0, 6, "Rar!\x1a\x07", "a rar archive", "unpack it first: unrar x " },
    { 257, 5, "ustar", "a tar archive", "unpack it first: tar xf " },
    { 0, 4, "PAR1", "a Parquet table", "write it as CSV or JSON Lines first" },
    { 0, 6, "\x93NUMPY", "a NumPy array", "it holds no text" },
    { 0, 8, "\x89HDF\r\n\x1a\n", "an HDF5 file", "it holds no text" },
    { 0, 8, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a file of Microsoft Office",
      "save the table as CSV first" },
};
enum { SIGNATURES = sizeof signatures / sizeof *signatures };

/* A text may begin with BZh: bzip2 goes on with a digit and the digits of pi. */
static bool has(const rri_decoder *d, const signature *s)
{
    if (d->head_end < s->offset + s->bytes || memcmp(d->head + s->offset, s->magic, s->bytes) != 0)
        return false;
    return s->magic[0] != 'B' || (d->head_end >= 10 && memcmp(d->head + 4, "1AY&SY", 6) == 0);
}

static rr_status refuse_binary(const rri_decoder *d, rr_error *err)
{
    for (size_t i = 0; i < SIGNATURES; i++) {
        const signature *s = &signatures[i];
        if (!has(d, s))
            continue;
        if (i == 0 && (rri_ends_in(d->path, ".xlsx") || rri_ends_in(d->path, ".ods")))
            return rri_fail(err, RR_ERR_FORMAT, 0,
                            "%s is a spreadsheet; save the table as CSV first", d->path);
        return rri_fail(err, RR_ERR_FORMAT, 0, "%s is %s; %s%s", d->path, s->what, s->advice,
                        rri_ends_in(s->advice, " ") ? d->path : "");
    }
    return RR_OK;
}

/* The encoding a byte-order mark stands for; NULL where there is none. */
static const char *marked(const rri_decoder *d, size_t *bytes)
{
    static const struct {
        size_t bytes;
        const char *mark, *encoding;
    } marks[] = {
        { 3, "\xef\xbb\xbf", "utf-8" },    { 4, "\xff\xfe\0\0", "utf-32le" },
        { 4, "\0\0\xfe\xff", "utf-32be" }, { 2, "\xff\xfe", "utf-16le" },
        { 2, "\xfe\xff", "utf-16be" },
    };

    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (d->head_end >= marks[i].bytes && memcmp(d->head, marks[i].mark, marks[i].bytes) == 0) {
            *bytes = marks[i].bytes;
            return marks[i].encoding;
        }
    *bytes = 0;
    return NULL;
}

/* UTF-16 that the first bytes look like: of letters of most scripts of Europe one byte is NUL. NULL
 * where they do not. */
static const char *likely_utf16(const rri_decoder *d)
{
    size_t nul[2] = { 0, 0 };

    for (size_t i = 0; i < d->head_end; i++)
        nul[i % 2] += d->head[i] == '\0';
    if (4 * nul[1] > d->head_end && 8 * nul[0] < nul[1])
        return "utf-16le";
    if (4 * nul[0] > d->head_end && 8 * nul[1] < nul[0])
        return "utf-16be";
    return NULL;
}

const char *rri_decoder_nul_hint(const rri_decoder *d)
{
    const char *likely = d->from == NULL ? likely_utf16(d) : NULL;

    if (likely == NULL)
        return "";
    return strcmp(likely, "utf-16le") == 0
               ? "; it looks like UTF-16 without a byte-order mark (encoding=utf-16le)"
               : "; it looks like UTF-16 without a byte-order mark (encoding=utf-16be)";
}

/* ---- opening -------------------------------------------------------------------------------- */

static rr_status unknown(const char *encoding, rr_error *err)
{
    return rri_fail(err, RR_ERR_ARG, -1,
                    "encoding=%.40s is unknown; there are utf-8, utf-16le, utf-16be, latin-1, "
                    "cp1252, shift_jis, gb18030 and the others of ICU",
                    encoding);
}

/* Open the converter from an encoding; it stays NULL for UTF-8. */
static rr_status open_converter(rri_decoder *d, const char *encoding, rr_error *err)
{
    UErrorCode code = U_ZERO_ERROR;
    rr_status st = RR_OK;

    if (*encoding == '\0') /* ICU's default */
        return unknown(encoding, err);
    d->from = ucnv_open(encoding, &code);
    if (code == U_MEMORY_ALLOCATION_ERROR)
        return rri_fail(err, RR_ERR_NOMEM, -1, "out of memory while opening %s", d->path);
    if (U_FAILURE(code))
        return unknown(encoding, err);
    const UConverterType type = ucnv_getType(d->from);
    if (type == UCNV_UTF16 || type == UCNV_UTF32) {
        const char *likely = likely_utf16(d);
        return rri_fail(err, RR_ERR_FORMAT, 0,
                        "%s has no byte-order mark: say which encoding=%s it is, %sle or %sbe%s%s",
                        d->path, encoding, encoding, encoding,
                        likely != NULL ? "; it looks like " : "", likely != NULL ? likely : "");
    }
    if (type == UCNV_UTF8) {
        ucnv_close(d->from);
        d->from = NULL;
        return RR_OK;
    }
    ucnv_setToUCallBack(d->from, UCNV_TO_U_CALLBACK_STOP, NULL, NULL, NULL, &code);
    RRI_TRY(rri_alloc(&d->raw, CHUNK, 1, 1, err));
    RRI_TRY(rri_alloc(&d->wide, CHUNK, 1, sizeof *d->wide, err));
    RRI_TRY(rri_alloc(&d->text, 3 * CHUNK, 1, 1, err));

done:
    return st;
}

rr_status rri_decoder_open(const char *path, const char *encoding, rri_decoder **out, rr_error *err)
{
    rri_decoder *d = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_alloc(&d, 1, 1, sizeof *d, err));
    d->line = 1;
    RRI_TRY(rri_strdup(path, &d->path, err));
    RRI_TRY(rri_reader_open(path, &d->file, err));
    RRI_TRY(rri_reader_take(d->file, d->head, HEAD, &d->head_end, err));
    RRI_TRY(refuse_binary(d, err));
    const char *mark = marked(d, &d->head_at);
    RRI_TRY(rri_strdup(mark != NULL       ? mark
                       : encoding != NULL ? encoding
                                          : "utf-8",
                       &d->encoding, err));
    if (mark != NULL || encoding != NULL)
        RRI_TRY(open_converter(d, d->encoding, err));
    *out = d;
    d = NULL;

done:
    rri_decoder_close(d);
    return st;
}

void rri_decoder_close(rri_decoder *d)
{
    if (d == NULL)
        return;
    if (d->from != NULL)
        ucnv_close(d->from);
    rri_reader_close(d->file);
    rri_free(d->path);
    rri_free(d->encoding);
    rri_free(d->raw);
    rri_free(d->wide);
    rri_free(d->text);
    rri_free(d);
}

rr_status rri_decoder_hash(rri_decoder *d, char out[65], rr_error *err)
{
    return rri_reader_hash(d->file, out, err);
}

/* ---- reading -------------------------------------------------------------------------------- */

/* The next `want` bytes on disk. */
static rr_status take_raw(rri_decoder *d, void *out, size_t want, size_t *got, rr_error *err)
{
    const size_t first = rri_min(want, d->head_end - d->head_at);
    size_t rest = 0;

    memcpy(out, d->head + d->head_at, first);
    d->head_at += first;
    const rr_status st = rri_reader_take(d->file, (char *)out + first, want - first, &rest, err);
    *got = first + rest;
    return st;
}

static rr_status no_character(const rri_decoder *d, rr_error *err)
{
    char bytes[8];
    int8_t n = sizeof bytes;
    char list[3 * sizeof bytes + 1] = "";
    UErrorCode code = U_ZERO_ERROR;

    ucnv_getInvalidChars(d->from, bytes, &n, &code);
    for (int i = 0; U_SUCCESS(code) && i < n; i++)
        (void)rri_snprintf(list + 3 * i, 4, " %02x", (unsigned)(unsigned char)bytes[i]);
    return rri_fail(err, RR_ERR_FORMAT, (int64_t)d->line,
                    "%s, line %zu: the bytes%s are no character of %s", d->path, d->line, list,
                    d->encoding);
}

/* Put n units into text, as UTF-8. ICU gives pairs whole, but maybe in two calls. */
static void put_text(rri_decoder *d, size_t n)
{
    d->text_at = d->text_end = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t code = d->wide[i];
        if (code >= 0xd800 && code < 0xdc00) {
            d->high = (UChar)code;
            continue;
        }
        if (code >= 0xdc00 && code < 0xe000)
            code = 0x10000 + ((uint32_t)(d->high - 0xd800) << 10) + (code - 0xdc00);
        d->line += code == '\n';
        if (code < 0x80)
            d->text[d->text_end++] = (char)code;
        else
            d->text_end += rri_utf8_write(code, d->text + d->text_end);
    }
}

/* Convert the next bytes; text may stay empty. */
static rr_status convert(rri_decoder *d, rr_error *err)
{
    UErrorCode code = U_ZERO_ERROR;
    rr_status st = RR_OK;

    if (d->raw_at == d->raw_end && !d->ended) {
        d->raw_at = 0;
        RRI_TRY(take_raw(d, d->raw, CHUNK, &d->raw_end, err));
        d->ended = d->raw_end < CHUNK;
    }
    UChar *target = d->wide;
    const char *source = d->raw + d->raw_at;
    ucnv_toUnicode(d->from, &target, d->wide + CHUNK, &source, d->raw + d->raw_end, NULL, d->ended,
                   &code);
    d->raw_at = (size_t)(source - d->raw);
    put_text(d, (size_t)(target - d->wide));
    if (code == U_MEMORY_ALLOCATION_ERROR)
        return rri_fail(err, RR_ERR_NOMEM, -1, "out of memory while reading %s", d->path);
    if (U_FAILURE(code) && code != U_BUFFER_OVERFLOW_ERROR)
        return no_character(d, err);
    d->finished = d->ended && U_SUCCESS(code);

done:
    return st;
}

rr_status rri_decoder_take(rri_decoder *d, void *out, size_t want, size_t *got, rr_error *err)
{
    rr_status st = RR_OK;

    if (d->from == NULL)
        return take_raw(d, out, want, got, err);
    *got = 0;
    while (*got < want) {
        if (d->text_at == d->text_end && d->finished)
            break;
        if (d->text_at == d->text_end)
            RRI_TRY(convert(d, err));
        const size_t n = rri_min(want - *got, d->text_end - d->text_at);
        memcpy((char *)out + *got, d->text + d->text_at, n);
        d->text_at += n;
        *got += n;
    }

done:
    return st;
}
