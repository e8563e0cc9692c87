/* SPDX-License-Identifier: MIT */
/* path.c - folders and names of files. */

/* realpath() belongs to the XSI part of POSIX 2008; nothing else here needs that part. */
#define _XOPEN_SOURCE 700

#include "io/io.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool rri_file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

/* One folder whose parent exists. */
static rr_status make_one(const char *path, rr_error *err)
{
    struct stat info;

    if (mkdir(path, 0777) == 0)
        return RR_OK;
    const int code = errno;
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode))
        return RR_OK;
    return rri_fail_errno(err, code, "make the folder", path);
}

rr_status rri_make_folder(const char *path, rr_error *err)
{
    char *copy = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_strdup(path, &copy, err));
    for (char *p = copy; *p != '\0'; p++) {
        if (*p != '/' || p == copy)
            continue;
        *p = '\0';
        RRI_TRY(make_one(copy, err));
        *p = '/';
    }
    st = make_one(copy, err);

done:
    rri_free(copy);
    return st;
}

rr_status rri_path_join(const char *dir, const char *name, char **out, rr_error *err)
{
    const size_t n = strlen(dir);

    return rri_format(out, err, "%s%s%s", dir, n > 0 && dir[n - 1] != '/' ? "/" : "", name);
}

rr_status rri_path_absolute(const char *path, char **out, rr_error *err)
{
    char resolved[PATH_MAX];

    *out = NULL;
    if (realpath(path, resolved) == NULL)
        return rri_fail_errno(err, errno, "find", path);
    return rri_strdup(resolved, out, err);
}
