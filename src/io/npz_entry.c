/* SPDX-License-Identifier: MIT */
/* npz_entry.c - an archive of arrays and the bytes of one of them, by libzip.
 *
 * The file is hostile input. Before memory is allocated for an array its size must be consistent in
 * three ways: the header's shape times the width equals the entry's size exactly; that size is at
 * most what the entry's packed bytes can unpack to; the packed bytes fit in the file. So a small
 * file cannot cause large allocations. libzip checks the CRC when the last byte is read. */
#include "io/npz_entry.h"

#include "io/file.h"
#include "io/io.h"

#include <zip.h>

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

enum { MOST_NAME = 240 };

struct rri_npz {
    char *path;
    uint64_t bytes; /* of the file */
    zip_t *zip;
};

/* libzip reports an error as a code of its own and one of the system. */
static rr_status zip_failed(zip_error_t *e, const char *path, const char *doing, rr_error *err)
{
    const int code = zip_error_code_zip(e);
    rr_status st = RR_ERR_FORMAT;

    if (code == ZIP_ER_MEMORY || zip_error_code_system(e) == ENOMEM)
        st = RR_ERR_NOMEM;
    else if (code == ZIP_ER_OPEN || code == ZIP_ER_READ || code == ZIP_ER_NOENT ||
             code == ZIP_ER_SEEK)
        st = RR_ERR_IO;
    return rri_fail(err, st, -1, "%s: cannot %s: %s", path, doing, zip_error_strerror(e));
}

rr_status rri_npz_open(const char *path, rri_npz **out, rr_error *err)
{
    rri_npz *z = NULL;
    struct stat info;
    int code = 0;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_check_plain(path, "an archive is not read from front to back", err));
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode))
        RRI_TRY(rri_fail(err, RR_ERR_IO, -1, "%s is a folder, not an .npz file", path));
    RRI_TRY(rri_alloc(&z, 1, 1, sizeof *z, err));
    RRI_TRY(rri_strdup(path, &z->path, err));
    z->zip = zip_open(path, ZIP_RDONLY, &code);
    if (z->zip == NULL) {
        zip_error_t fault;
        zip_error_init_with_code(&fault, code); /* takes the system's code from errno */
        if (code == ZIP_ER_NOZIP || code == ZIP_ER_INCONS)
            st = rri_fail(
                err, RR_ERR_FORMAT, -1,
                "%s is no .npz: not a zip archive, or one that is truncated (a single .npy "
                "becomes one by numpy.savez)",
                path);
        else
            st = zip_failed(&fault, path, "open it as a zip archive", err);
        zip_error_fini(&fault);
        goto done;
    }
    if (stat(path, &info) != 0) {
        st = rri_fail(err, RR_ERR_IO, -1, "cannot examine %s", path);
        goto done;
    }
    z->bytes = (uint64_t)info.st_size;
    *out = z;
    z = NULL;

done:
    rri_npz_close(z);
    return st;
}

void rri_npz_close(rri_npz *z)
{
    if (z == NULL)
        return;
    if (z->zip != NULL)
        zip_discard(z->zip);
    rri_free(z->path);
    rri_free(z);
}

/* The number of "NAME.npy" in the archive, or -1. */
static int64_t locate(const rri_npz *z, const char *name)
{
    char file[MOST_NAME + 8];

    if (strlen(name) > MOST_NAME)
        return -1;
    (void)rri_snprintf(file, sizeof file, "%s.npy", name);
    return zip_name_locate(z->zip, file, 0);
}

bool rri_npz_has(const rri_npz *z, const char *name)
{
    return locate(z, name) >= 0;
}

bool rri_npz_checksum(const rri_npz *z, const char *name, uint64_t *bytes, uint32_t *crc)
{
    const int64_t number = locate(z, name);
    zip_stat_t info;

    if (number < 0 || zip_stat_index(z->zip, (zip_uint64_t)number, 0, &info) != 0 ||
        (info.valid & ZIP_STAT_SIZE) == 0 || (info.valid & ZIP_STAT_CRC) == 0)
        return false;
    *bytes = info.size;
    *crc = info.crc;
    return true;
}

static rr_status check_entry(const rri_npz *z, const char *name, const zip_stat_t *info,
                             uint64_t most, rr_error *err)
{
    const uint64_t needed = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD;

    if ((info->valid & needed) != needed ||
        (info->comp_method != ZIP_CM_STORE && info->comp_method != ZIP_CM_DEFLATE))
        return rri_fail(err, RR_ERR_FORMAT, -1,
                        "%s: array \"%s\" is compressed by an unsupported method", z->path, name);
    if (info->size > most)
        return rri_fail(err, RR_ERR_FORMAT, -1,
                        "%s: array \"%s\" claims %" PRIu64 " bytes, more than %" PRIu64, z->path,
                        name, info->size, most);
    if (info->comp_size > z->bytes ||
        (info->comp_method == ZIP_CM_STORE ? info->size != info->comp_size
                                           : info->size / RRI_DEFLATE_RATIO > info->comp_size))
        return rri_fail(err, RR_ERR_FORMAT, -1,
                        "%s: array \"%s\" claims %" PRIu64
                        " bytes, which its packed data cannot give",
                        z->path, name, info->size);
    return RR_OK;
}

/* Names the arrays there are, as far as they fit. */
static rr_status missing(const rri_npz *z, const char *name, rr_error *err)
{
    const zip_int64_t entries = zip_get_num_entries(z->zip, 0);
    char list[160] = "";
    size_t used = 0;

    for (zip_int64_t i = 0; i < entries && used < sizeof list; i++) {
        const char *file = zip_get_name(z->zip, (zip_uint64_t)i, 0);
        const size_t n = file != NULL ? strlen(file) : 0;
        if (n > 4 && strcmp(file + n - 4, ".npy") == 0)
            used += (size_t)rri_snprintf(list + used, sizeof list - used, "%s%.*s",
                                         used > 0 ? ", " : "", (int)rri_min(n - 4, 40), file);
    }
    return rri_fail(err, RR_ERR_FORMAT, -1, "%s has no array \"%s\"; it has %s", z->path, name,
                    *list != '\0' ? list : "none");
}

rr_status rri_npz_entry_open(rri_npz *z, const char *name, uint64_t most, rri_npz_entry *s,
                             rr_error *err)
{
    const int64_t number = locate(z, name);
    zip_stat_t info;
    rr_status st = RR_OK;

    s->path = z->path;
    s->name = name;
    if (number < 0)
        return missing(z, name, err);
    if (zip_stat_index(z->zip, (zip_uint64_t)number, 0, &info) != 0)
        return zip_failed(zip_get_error(z->zip), z->path, "look up an array", err);
    RRI_TRY(check_entry(z, name, &info, most, err));
    s->left = info.size;
    s->most = most;
    s->stored = info.comp_method == ZIP_CM_STORE;
    s->file = zip_fopen_index(z->zip, (zip_uint64_t)number, 0);
    if (s->file == NULL)
        return zip_failed(zip_get_error(z->zip), z->path, "open an array", err);

done:
    return st;
}

static rr_status entry_failed(rri_npz_entry *s, rr_error *err)
{
    char doing[80];

    (void)rri_snprintf(doing, sizeof doing, "read array \"%s\"", s->name);
    return zip_failed(zip_file_get_error(s->file), s->path, doing, err);
}

rr_status rri_npz_entry_read(rri_npz_entry *s, void *out, size_t n, rr_error *err)
{
    unsigned char *p = out;

    while (n > 0) {
        const zip_int64_t got = zip_fread(s->file, p, n);
        if (got < 0)
            return entry_failed(s, err);
        if (got == 0)
            return rri_fail(err, RR_ERR_FORMAT, -1, "%s: array \"%s\" is truncated", s->path,
                            s->name);
        p += got;
        n -= (size_t)got;
        s->left -= rri_min((size_t)got, s->left);
    }
    return RR_OK;
}

rr_status rri_npz_entry_end(rri_npz_entry *s, rr_error *err)
{
    char more = 0;
    const zip_int64_t got = zip_fread(s->file, &more, 1);

    if (got < 0)
        return entry_failed(s, err);
    if (got > 0)
        return rri_fail(err, RR_ERR_FORMAT, -1, "%s: array \"%s\" has trailing bytes", s->path,
                        s->name);
    return RR_OK;
}

rr_status rri_npz_entry_header(rri_npz_entry *s, rri_npy_header *h, rr_error *err)
{
    unsigned char fixed[12] = { 0 };
    char *text = NULL;
    size_t fixed_bytes = 0;
    size_t text_bytes = 0;
    rr_status st = RR_OK;

    RRI_TRY(rri_npz_entry_read(s, fixed, 10, err));
    if (fixed[6] > 1)
        RRI_TRY(rri_npz_entry_read(s, fixed + 10, 2, err));
    if (!rri_npy_lengths(fixed, &fixed_bytes, &text_bytes)) {
        st = rri_fail(err, RR_ERR_FORMAT, 0, "%s: array \"%s\" is not .npy of version 1, 2 or 3",
                      s->path, s->name);
        goto done;
    }
    RRI_TRY(rri_alloc(&text, text_bytes + 1, 1, 1, err));
    RRI_TRY(rri_npz_entry_read(s, text, text_bytes, err));
    if (strlen(text) != text_bytes) {
        st = rri_fail(err, RR_ERR_FORMAT, 0, "%s: array \"%s\" has a NUL in its header", s->path,
                      s->name);
        goto done;
    }
    st = rri_npy_parse(text, s->name, h, err);
    if (st != RR_OK)
        st = rri_prefix(err, st, "%s", s->path);

done:
    rri_free(text);
    return st;
}

rr_status rri_npz_entry_items(const rri_npz_entry *s, const rri_npy_header *h, size_t *items,
                              rr_error *err)
{
    size_t product = h->width;
    bool empty = false;

    assert(h->width > 0);
    for (size_t i = 0; i < h->rank; i++) {
        empty = empty || h->shape[i] == 0;
        if (h->shape[i] != 0 && product > SIZE_MAX / h->shape[i])
            return rri_fail(err, RR_ERR_FORMAT, -1,
                            "%s: array \"%s\": the product of its shape overflows", s->path,
                            s->name);
        product *= h->shape[i] != 0 ? h->shape[i] : 1;
    }
    if (empty)
        product = 0;
    if (product != s->left)
        return rri_fail(err, RR_ERR_FORMAT, -1,
                        "%s: array \"%s\" has the wrong size: %" PRIu64
                        " bytes of data, its shape needs %zu",
                        s->path, s->name, s->left, product);
    if (product / h->width > s->most / sizeof(int64_t))
        return rri_fail(err, RR_ERR_FORMAT, -1,
                        "%s: array \"%s\" has %zu elements, more than supported", s->path, s->name,
                        product / h->width);
    *items = product / h->width;
    return RR_OK;
}

rr_status rri_npz_entry_seek(rri_npz_entry *s, uint64_t at, rr_error *err)
{
    if (zip_fseek(s->file, (zip_int64_t)at, SEEK_SET) != 0)
        return entry_failed(s, err);
    return RR_OK;
}

void rri_npz_entry_close(rri_npz_entry *s)
{
    if (s->file != NULL)
        (void)zip_fclose(s->file);
    s->file = NULL;
}
