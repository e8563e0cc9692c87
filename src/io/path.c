/* SPDX-License-Identifier: MIT */
/* path.c - creates and removes folders, joins and compares paths. */

/* for realpath(), from the XSI part of POSIX 2008 */
#define _XOPEN_SOURCE 700

#include "io/file.h"
#include "io/io.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool rri_file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

bool rri_file_missing(const char *path)
{
    return access(path, F_OK) != 0 && errno == ENOENT;
}

bool rri_path_reach(const char *path, char reason[128])
{
    if (rri_file_exists(path))
        return true;
    const int code = errno;
    if (strerror_r(code, reason, 128) != 0)
        (void)rri_snprintf(reason, 128, "error %d", code);
    return false;
}

/* Create one folder whose parent exists. */
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
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_check_plain(path, "a run reads it again later", err));
    if (realpath(path, resolved) == NULL)
        return rri_fail_errno(err, errno, "find", path);
    st = rri_strdup(resolved, out, err);

done:
    return st;
}

rr_status rri_check_writable(const char *dir, rr_error *err)
{
    if (access(dir, W_OK | X_OK) != 0)
        return rri_fail_errno(err, errno, "write into", dir);
    return RR_OK;
}

rr_status rri_make_folders(const char *path, size_t *created, rr_error *err)
{
    struct stat info;
    char *copy = NULL;
    rr_status st = RR_OK;

    *created = 0;
    RRI_TRY(rri_strdup(path, &copy, err));
    for (char *p = copy; *p != '\0'; p++) {
        if (*p != '/' || p == copy || p[-1] == '/')
            continue;
        *p = '\0';
        *created += mkdir(copy, 0777) == 0;
        *p = '/';
    }
    if (mkdir(path, 0777) == 0)
        *created += 1;
    else if (errno != EEXIST)
        RRI_TRY(rri_fail_errno(err, errno, "make the folder", path));
    if (stat(path, &info) != 0 || !S_ISDIR(info.st_mode))
        st = rri_fail(err, RR_ERR_IO, -1, "%s: exists and is no folder", path);

done:
    rri_free(copy);
    return st;
}

/* Remove the last name of a path and the slashes before it; false where nothing is left. */
static bool cut_name(char *path)
{
    size_t n = strlen(path);

    while (n > 0 && path[n - 1] == '/')
        n--;
    while (n > 0 && path[n - 1] != '/')
        n--;
    while (n > 0 && path[n - 1] == '/')
        n--;
    path[n] = '\0';
    return n > 0;
}

void rri_remove_folders(const char *path, size_t created)
{
    char copy[PATH_MAX];

    if (rri_snprintf(copy, sizeof copy, "%s", path) >= PATH_MAX)
        return; /* there can be none */
    for (bool more = true; created > 0 && more; created--) {
        if (rmdir(copy) != 0 && errno != ENOENT)
            break;
        more = cut_name(copy);
    }
}

rr_status rri_remove_file(const char *path, rr_error *err)
{
    if (unlink(path) != 0 && errno != ENOENT)
        return rri_fail_errno(err, errno, "remove", path);
    return RR_OK;
}

rr_status rri_make_temporary_folder(const char *parent, char **out, rr_error *err)
{
    rr_status st = rri_format(out, err, "%s/rnnrepair-XXXXXX", parent);

    if (st == RR_OK && mkdtemp(*out) == NULL) {
        st = rri_fail_errno(err, errno, "make the temporary folder", *out);
        rri_free(*out);
        *out = NULL;
    }
    return st;
}

rr_status rri_compare_files(const char *a, const char *b, int64_t *at, rr_error *err)
{
    FILE *fa = fopen(a, "rb");
    FILE *fb = fa != NULL ? fopen(b, "rb") : NULL;
    int ca = 0, cb = 0;
    rr_status st = RR_OK;

    *at = -1;
    if (fb == NULL)
        RRI_TRY(rri_fail_errno(err, errno, "read", fa == NULL ? a : b));
    for (int64_t i = 0; ca != EOF && *at < 0; i++) {
        ca = getc(fa);
        cb = getc(fb);
        if (ca != cb)
            *at = i;
    }
    if (ferror(fa) || ferror(fb))
        st = rri_fail(err, RR_ERR_IO, -1, "%s or %s: cannot be read whole", a, b);

done:
    if (fb != NULL)
        (void)fclose(fb);
    if (fa != NULL)
        (void)fclose(fa);
    return st;
}
