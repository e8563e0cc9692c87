/* SPDX-License-Identifier: MIT */
/* folder.c - finds files in folders; lists them in an order independent of the file system. */
#include "io/folder.h"

#include "io/io.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

bool rri_is_folder(const char *path)
{
    struct stat info;

    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

rr_status rri_find_file(const char *dir, const char *name, char **out, rr_error *err)
{
    char *path = NULL;
    char *packed = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_path_join(dir, name, &path, err));
    RRI_TRY(rri_format(&packed, err, "%s.gz", path));
    if (rri_file_exists(path)) {
        *out = path;
        path = NULL;
    } else if (rri_file_exists(packed)) {
        *out = packed;
        packed = NULL;
    }

done:
    rri_free(path);
    rri_free(packed);
    return st;
}

/* Collect all names that end with the suffix, each NUL-terminated, in the system's order. */
static rr_status collect(DIR *dir, const char *path, const char *suffix, rri_names *out,
                         rr_error *err)
{
    size_t used = 0;
    size_t capacity = 0;

    for (;;) {
        errno = 0;
        const struct dirent *e = readdir(dir);
        if (e == NULL)
            return errno == 0 ? RR_OK : rri_fail_errno(err, errno, "list", path);
        if (!rri_ends_in(e->d_name, suffix))
            continue;
        const size_t n = strlen(e->d_name) + 1;
        if (n > capacity - used) {
            const rr_status st = rri_grow(&out->texts, used, 2 * capacity + n + 4096, 1, err);
            if (st != RR_OK)
                return st;
            capacity = 2 * capacity + n + 4096;
        }
        memcpy(out->texts + used, e->d_name, n);
        used += n;
        out->count++;
    }
}

static int by_bytes(const void *a, const void *b)
{
    const char *const *p = a;
    const char *const *q = b;

    return strcmp(*p, *q);
}

rr_status rri_folder_names(const char *dir, const char *suffix, rri_names *out, rr_error *err)
{
    DIR *open = NULL;
    rr_status st = RR_OK;

    *out = (rri_names){ .count = 0 };
    open = opendir(dir);
    if (open == NULL)
        return rri_fail_errno(err, errno, "open", dir);
    RRI_TRY(collect(open, dir, suffix, out, err));
    RRI_TRY(rri_alloc(&out->name, out->count, 1, sizeof *out->name, err));
    const char *at = out->texts;
    for (size_t i = 0; i < out->count; i++) {
        out->name[i] = at;
        at += strlen(at) + 1;
    }
    qsort(out->name, out->count, sizeof *out->name, by_bytes);

done:
    (void)closedir(open);
    if (st != RR_OK)
        rri_names_clear(out);
    return st;
}

void rri_names_clear(rri_names *n)
{
    rri_free(n->texts);
    rri_free(n->name);
    *n = (rri_names){ .count = 0 };
}
