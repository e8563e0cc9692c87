/* SPDX-License-Identifier: MIT */
/* file.c - what a path leads to: a plain file or a pipe, the same file as another path, a file that
 * has changed; opens files to read so that a signal ends the wait for a pipe's other end. */
#include "io/file.h"

#include "io/io.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

/* ---- plain files ----------------------------------------------------------------------------- */

static const char *kind_of(mode_t mode)
{
    return S_ISFIFO(mode) ? "a pipe" : S_ISSOCK(mode) ? "a socket" : "a device";
}

static bool find_special(const char *path, mode_t *mode)
{
    struct stat info;

    if (stat(path, &info) != 0 || S_ISREG(info.st_mode) || S_ISDIR(info.st_mode))
        return false;
    *mode = info.st_mode;
    return true;
}

bool rri_is_special(const char *path)
{
    mode_t mode = 0;

    return find_special(path, &mode);
}

rr_status rri_check_plain(const char *path, const char *why, rr_error *err)
{
    mode_t mode = 0;

    if (!find_special(path, &mode))
        return RR_OK;
    return rri_fail(err, RR_ERR_IO, -1, "%s is %s: %s; write it to a file first", path,
                    kind_of(mode), why);
}

rr_status rri_open_to_read(const char *path, int *fd, bool *plain, size_t *bytes, rr_error *err)
{
    struct stat info;
    int code = EINTR;

    *fd = -1;
    while (*fd < 0 && code == EINTR) {
        *fd = open(path, O_RDONLY | O_CLOEXEC);
        code = *fd < 0 ? errno : 0;
        if (code == EINTR && stat(path, &info) == 0 && !S_ISREG(info.st_mode))
            return rri_fail_interrupted(err, path);
    }
    if (*fd < 0)
        return rri_fail_errno(err, code, "open", path);
    if (fstat(*fd, &info) != 0)
        return rri_fail_errno(err, errno, "examine", path);
    if (S_ISDIR(info.st_mode))
        return rri_fail_errno(err, EISDIR, "read", path);
    *plain = S_ISREG(info.st_mode);
    *bytes = *plain && info.st_size > 0 ? (size_t)info.st_size : 0;
    return RR_OK;
}

rr_status rri_fail_interrupted(rr_error *err, const char *path)
{
    return rri_fail(err, RR_ERR_CANCELLED, -1, "a signal ended the wait for %s", path);
}

/* ---- the same file --------------------------------------------------------------------------- */

rr_status rri_check_output(const char *path, const char *input, const char *what, rr_error *err)
{
    struct stat out, in;

    if (stat(path, &out) != 0 || stat(input, &in) != 0 || out.st_dev != in.st_dev ||
        out.st_ino != in.st_ino)
        return RR_OK;
    return rri_fail(err, RR_ERR_ARG, -1, "%s is %s, %s: write elsewhere", path, what, input);
}

rri_stamp rri_stamp_of(const char *path)
{
    struct stat info;

    if (stat(path, &info) != 0)
        return (rri_stamp){ .inode = 0 };
    return (rri_stamp){ .inode = (uint64_t)info.st_ino,
                        .bytes = (uint64_t)info.st_size,
                        .seconds = (int64_t)info.st_mtim.tv_sec,
                        .nanoseconds = (int64_t)info.st_mtim.tv_nsec };
}

bool rri_stamp_equal(const rri_stamp *a, const rri_stamp *b)
{
    return a->inode == b->inode && a->bytes == b->bytes && a->seconds == b->seconds &&
           a->nanoseconds == b->nanoseconds;
}
