/* SPDX-License-Identifier: MIT */
/* npz_write.c - writes arrays for NumPy: .npy files of version 1, spooled beside the target, then
 * stored uncompressed in one zip by libzip.
 *
 * libzip writes the archive through the callback below into a temporary file, which is flushed and
 * renamed like all others (io.h). The entries have a fixed time stamp, so that the same arrays give
 * the same bytes. */
#include "core/utf8.h"
#include "io/io.h"
#include "io/npz.h"
#include "rnnrepair/enums.h"

#include <zip.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    MOST_RANK = 4,
    MOST_NAME = 240,
    ALIGNMENT = 64,
    PREFIX = 10,
    MOST_TEXT = 256,
    MOST_CHARACTERS = 1 << 14 /* of an item that is a text; npy_header.h reads no more */
};

static const struct {
    const char *letters;
    size_t width;
} types[] = {
    [RRI_NPZ_F32] = { "f4", 4 },
    [RRI_NPZ_F64] = { "f8", 8 },
    [RRI_NPZ_U32] = { "u4", 4 },
    [RRI_NPZ_I64] = { "i8", 8 },
};

typedef struct spool {
    char *name; /* with ".npy" */
    rri_writer *file;
    size_t width;
    size_t items, written;
} spool;

struct rri_npz_writer {
    char *path;
    char *temp;    /* temporary name; NULL once the archive has its final name */
    int fd;        /* of temp, -1 before */
    rr_error met;  /* error in the callback, or code RR_OK */
    spool *spools; /* [capacity], count in use */
    size_t count, capacity;
};

rr_status rri_npz_writer_new(const char *path, rri_npz_writer **out, rr_error *err)
{
    rri_npz_writer *w = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_alloc(&w, 1, 1, sizeof *w, err));
    w->fd = -1;
    RRI_TRY(rri_strdup(path, &w->path, err));
    RRI_TRY(rri_temp_create(path, &w->temp, &w->fd, err));
    *out = w;
    w = NULL;

done:
    rri_npz_writer_free(w);
    return st;
}

void rri_npz_writer_free(rri_npz_writer *w)
{
    if (w == NULL)
        return;
    for (size_t i = 0; i < w->count; i++) {
        rri_writer_abandon(w->spools[i].file);
        rri_free(w->spools[i].name);
    }
    rri_free(w->spools);
    if (w->fd >= 0)
        (void)close(w->fd);
    if (w->temp != NULL)
        (void)unlink(w->temp);
    rri_free(w->temp);
    rri_free(w->path);
    rri_free(w);
}

static rr_status check_array(const rri_npz_writer *w, const char *name, size_t rank, rr_error *err)
{
    const size_t n = strlen(name);

    if (n == 0 || n > MOST_NAME)
        return rri_fail(err, RR_ERR_ARG, -1, "the name of array %zu has %zu bytes, not 1 to %d",
                        w->count, n, MOST_NAME);
    if (rank > MOST_RANK)
        return rri_fail(err, RR_ERR_ARG, -1, "array \"%s\" has %zu dimensions, at most %d", name,
                        rank, MOST_RANK);
    for (size_t i = 0; i < w->count; i++)
        if (strncmp(w->spools[i].name, name, n) == 0 && strcmp(w->spools[i].name + n, ".npy") == 0)
            return rri_fail(err, RR_ERR_ARG, -1, "two arrays are named \"%s\"", name);
    return RR_OK;
}

static rr_status count_items(const char *name, const size_t *shape, size_t rank, size_t width,
                             size_t *items, rr_error *err)
{
    size_t bytes = width;

    for (size_t i = 0; i < rank; i++) {
        if (shape[i] != 0 && bytes > INT64_MAX / shape[i])
            return rri_fail(err, RR_ERR_SHAPE, -1, "the size of array \"%s\" overflows", name);
        bytes *= shape[i];
    }
    *items = bytes / width;
    return RR_OK;
}

/* Magic, version 1.0, length, dictionary padded with blanks to a multiple of 64 and a newline. */
static rr_status write_header(spool *s, const char *letters, const size_t *shape, size_t rank,
                              rr_error *err)
{
    char text[MOST_TEXT];
    unsigned char prefix[PREFIX] = { 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0 };
    size_t n = 0;
    rr_status st = RR_OK;

    n += (size_t)rri_snprintf(text, sizeof text,
                              "{'descr': '<%s', 'fortran_order': False, 'shape': (", letters);
    for (size_t i = 0; i < rank; i++)
        n += (size_t)rri_snprintf(text + n, sizeof text - n, "%s%zu", i > 0 ? ", " : "", shape[i]);
    n += (size_t)rri_snprintf(text + n, sizeof text - n, "%s), }", rank == 1 ? "," : "");
    const size_t total = (PREFIX + n + 1 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    memset(text + n, ' ', total - PREFIX - n);
    n = total - PREFIX;
    text[n - 1] = '\n';
    prefix[8] = (unsigned char)(n & 255);
    prefix[9] = (unsigned char)(n >> 8);
    RRI_TRY(rri_writer_write(s->file, prefix, sizeof prefix, err));
    st = rri_writer_write(s->file, text, n, err);

done:
    return st;
}

/* Declare an array of elements of `width` bytes, which NumPy calls `letters`. */
static rr_status declare(rri_npz_writer *w, const char *name, const char *letters, size_t width,
                         const size_t *shape, size_t rank, size_t *array, rr_error *err)
{
    spool s = { .width = width };
    rr_status st = RR_OK;

    RRI_TRY(check_array(w, name, rank, err));
    RRI_TRY(count_items(name, shape, rank, s.width, &s.items, err));
    if (w->count == w->capacity) {
        const size_t wider = 2 * w->capacity + 8;
        RRI_TRY(rri_grow(&w->spools, w->capacity, wider, sizeof *w->spools, err));
        w->capacity = wider;
    }
    RRI_TRY(rri_format(&s.name, err, "%s.npy", name));
    RRI_TRY(rri_writer_open(w->path, &s.file, err));
    RRI_TRY(write_header(&s, letters, shape, rank, err));
    *array = w->count;
    w->spools[w->count++] = s;
    memset(&s, 0, sizeof s);

done:
    rri_writer_abandon(s.file);
    rri_free(s.name);
    return st;
}

rr_status rri_npz_writer_array(rri_npz_writer *w, const char *name, rri_npz_type type,
                               const size_t *shape, size_t rank, size_t *array, rr_error *err)
{
    if ((size_t)type >= sizeof types / sizeof *types)
        return rri_fail(err, RR_ERR_ARG, -1, "array \"%s\" has the unknown type %d", name,
                        (int)type);
    return declare(w, name, types[type].letters, types[type].width, shape, rank, array, err);
}

rr_status rri_npz_writer_append(rri_npz_writer *w, size_t array, const void *data, size_t count,
                                rr_error *err)
{
    if (array >= w->count)
        return rri_fail(err, RR_ERR_ARG, -1, "there is no array %zu, only %zu", array, w->count);
    spool *s = &w->spools[array];
    if (count > s->items - s->written)
        return rri_fail(err, RR_ERR_SHAPE, -1,
                        "array %s takes %zu elements, %zu after the first %zu are too many",
                        s->name, s->items, count, s->written);
    const rr_status st = rri_writer_write(s->file, data, count * s->width, err);
    if (st == RR_OK)
        s->written += count;
    return st;
}

rr_status rri_npz_writer_labels(rri_npz_writer *w, size_t array, const uint32_t *labels, size_t n,
                                rr_error *err)
{
    int64_t piece[512];
    rr_status st = RR_OK;

    for (size_t at = 0; at < n;) {
        const size_t now = rri_min(sizeof piece / sizeof *piece, n - at);
        for (size_t i = 0; i < now; i++)
            piece[i] = labels[at + i] == RR_NO_LABEL ? -1 : (int64_t)labels[at + i];
        RRI_TRY(rri_npz_writer_append(w, array, piece, now, err));
        at += now;
    }

done:
    return st;
}

/* ---- texts ---------------------------------------------------------------------------------- */

/* Characters of the longest text, 1 at least: NumPy has no items without. */
static rr_status longest(const char *name, const char *const *texts, size_t n, size_t *out,
                         rr_error *err)
{
    *out = 1;
    for (size_t i = 0; i < n; i++) {
        const size_t bytes = strlen(texts[i]);
        size_t characters = 0;
        if (rri_utf8_check(texts[i], bytes, &characters) < bytes || characters > MOST_CHARACTERS)
            return rri_fail(err, RR_ERR_ARG, (int64_t)i,
                            "text %zu of array \"%s\" is not UTF-8 of at most %d characters", i,
                            name, MOST_CHARACTERS);
        *out = rri_max(*out, characters);
    }
    return RR_OK;
}

rr_status rri_npz_writer_texts(rri_npz_writer *w, const char *name, const char *const *texts,
                               size_t n, size_t rank, rr_error *err)
{
    uint32_t *item = NULL;
    char letters[16];
    size_t characters = 0;
    size_t array = 0;
    rr_status st = RR_OK;

    RRI_TRY(longest(name, texts, n, &characters, err));
    (void)rri_snprintf(letters, sizeof letters, "U%zu", characters);
    RRI_TRY(declare(w, name, letters, 4 * characters, &n, rank, &array, err));
    RRI_TRY(rri_alloc(&item, characters, 1, sizeof *item, err));
    for (size_t i = 0; i < n; i++) {
        const size_t bytes = strlen(texts[i]);
        size_t c = 0;
        memset(item, 0, characters * sizeof *item);
        for (size_t at = 0; at < bytes; c++)
            at += rri_utf8_read(texts[i] + at, bytes - at, &item[c]);
        RRI_TRY(rri_npz_writer_append(w, array, item, 1, err));
    }

done:
    rri_free(item);
    return st;
}

/* ---- the archive ---------------------------------------------------------------------------- */

static rr_status zip_failed(const rri_npz_writer *w, zip_error_t *e, rr_error *err)
{
    const int code = zip_error_code_zip(e);
    /* libzip reports some failed allocations as success. */
    const bool memory =
        code == ZIP_ER_MEMORY || code == ZIP_ER_OK || zip_error_code_system(e) == ENOMEM;

    if (w->met.code != RR_OK)
        return rri_fail(err, w->met.code, w->met.where, "%s", w->met.msg);
    if (memory)
        return rri_fail(err, RR_ERR_NOMEM, -1, "out of memory while writing %s", w->path);
    return rri_fail(err, RR_ERR_IO, -1, "cannot write %s: %s", w->path, zip_error_strerror(e));
}

/* Add the spool file to the archive, which reads its content on closing. */
static rr_status add_entry(rri_npz_writer *w, zip_t *zip, spool *s, rr_error *err)
{
    const zip_uint16_t midnight = 0;
    const zip_uint16_t first_of_1980 = 1 << 5 | 1; /* the zero of the format's dates */
    const char *temp = NULL;
    const rr_status st = rri_writer_flush(s->file, &temp, err);

    if (st != RR_OK)
        return st;
    zip_source_t *source = zip_source_file(zip, temp, 0, -1);
    if (source == NULL)
        return zip_failed(w, zip_get_error(zip), err);
    const zip_int64_t number = zip_file_add(zip, s->name, source, ZIP_FL_ENC_GUESS);
    if (number < 0) {
        zip_source_free(source); /* else the archive owns it */
        return zip_failed(w, zip_get_error(zip), err);
    }
    if (zip_set_file_compression(zip, (zip_uint64_t)number, ZIP_CM_STORE, 0) != 0 ||
        zip_file_set_dostime(zip, (zip_uint64_t)number, midnight, first_of_1980, 0) != 0)
        return zip_failed(w, zip_get_error(zip), err);
    return RR_OK;
}

static zip_int64_t move(rri_npz_writer *w, void *data, zip_uint64_t bytes)
{
    zip_error_t fault;

    zip_error_init(&fault);
    const zip_source_args_seek_t *to =
        ZIP_SOURCE_GET_ARGS(zip_source_args_seek_t, data, bytes, &fault);
    zip_error_fini(&fault);
    if (to != NULL && lseek(w->fd, (off_t)to->offset, to->whence) >= 0)
        return 0;
    (void)rri_fail(&w->met, RR_ERR_IO, -1, "cannot seek in the file for %s", w->path);
    return -1;
}

/* The output for libzip: w->fd, a new and empty file. libzip requires a readable source, but does
 * not read it. */
static zip_int64_t on_archive(void *context, void *data, zip_uint64_t bytes, zip_source_cmd_t what)
{
    rri_npz_writer *w = context;
    /* Reports to ZIP_SOURCE_STAT that there is no archive yet. */
    static const int none_yet[2] = { ZIP_ER_READ, ENOENT };
    static const int broken[2] = { ZIP_ER_WRITE, 0 };

    switch (what) {
    case ZIP_SOURCE_SUPPORTS:
        return zip_source_make_command_bitmap(
            ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR,
            ZIP_SOURCE_FREE, ZIP_SOURCE_SEEK, ZIP_SOURCE_TELL, ZIP_SOURCE_SUPPORTS,
            ZIP_SOURCE_BEGIN_WRITE, ZIP_SOURCE_WRITE, ZIP_SOURCE_SEEK_WRITE, ZIP_SOURCE_TELL_WRITE,
            ZIP_SOURCE_COMMIT_WRITE, ZIP_SOURCE_ROLLBACK_WRITE, ZIP_SOURCE_REMOVE, -1);
    case ZIP_SOURCE_WRITE:
        if (rri_write_all(w->fd, w->path, data, (size_t)bytes, &w->met) != RR_OK)
            return -1;
        return (zip_int64_t)bytes;
    case ZIP_SOURCE_SEEK_WRITE:
        return move(w, data, bytes);
    case ZIP_SOURCE_TELL_WRITE:
        return lseek(w->fd, 0, SEEK_CUR);
    case ZIP_SOURCE_BEGIN_WRITE:
    case ZIP_SOURCE_COMMIT_WRITE:
    case ZIP_SOURCE_ROLLBACK_WRITE:
    case ZIP_SOURCE_FREE:
        return 0;
    case ZIP_SOURCE_ERROR:
        memcpy(data, w->met.code == RR_OK ? none_yet : broken, sizeof broken);
        return sizeof broken;
    default:
        return -1;
    }
}

/* An archive to be written to w->fd. */
static rr_status open_archive(rri_npz_writer *w, zip_t **out, rr_error *err)
{
    zip_error_t fault;
    rr_status st = RR_OK;

    zip_error_init(&fault);
    zip_source_t *target = zip_source_function_create(on_archive, w, &fault);
    if (target != NULL)
        *out = zip_open_from_source(target, ZIP_CREATE | ZIP_TRUNCATE, &fault);
    if (target == NULL || *out == NULL) {
        st = zip_failed(w, &fault, err);
        zip_source_free(target); /* else the archive owns it */
    }
    zip_error_fini(&fault);
    return st;
}

/* Make the archive in w->fd. */
static rr_status assemble(rri_npz_writer *w, rr_error *err)
{
    zip_t *zip = NULL;
    rr_status st = RR_OK;

    RRI_TRY(open_archive(w, &zip, err));
    for (size_t i = 0; i < w->count; i++)
        RRI_TRY(add_entry(w, zip, &w->spools[i], err));
    if (zip_close(zip) != 0)
        st = zip_failed(w, zip_get_error(zip), err);
    else
        zip = NULL;

done:
    if (zip != NULL)
        zip_discard(zip);
    return st;
}

/* An empty archive is only its end record, which libzip does not write. */
static rr_status write_end(rri_npz_writer *w, rr_error *err)
{
    static const unsigned char end_record[22] = { 'P', 'K', 5, 6 };

    return rri_write_all(w->fd, w->path, end_record, sizeof end_record, err);
}

rr_status rri_npz_writer_close(rri_npz_writer *w, rr_error *err)
{
    rr_status st = RR_OK;

    for (size_t i = 0; i < w->count; i++) {
        const spool *s = &w->spools[i];
        if (s->written < s->items)
            return rri_fail(err, RR_ERR_SHAPE, -1, "array %s has %zu elements, declared were %zu",
                            s->name, s->written, s->items);
    }
    if (w->temp == NULL)
        return rri_fail(err, RR_ERR_ARG, -1, "%s is closed already", w->path);
    RRI_TRY(w->count == 0 ? write_end(w, err) : assemble(w, err));
    st = rri_temp_publish(w->fd, &w->temp, w->path, err);

done:
    return st;
}
