/* SPDX-License-Identifier: MIT */
/* writer.c - atomic writing: a file appears under its name whole or not at all. A pipe or a device
 * stays what it is: bytes go into it.
 *
 * Bytes go to a temporary file beside the target, since a rename is atomic only within one file
 * system. Order matters: the data are flushed before the rename, or a power cut could leave the new
 * name on an empty file; the folder is flushed after it, or the rename itself could be lost. The
 * folder is opened before the rename, so that the common errors occur while the old file still
 * exists. The remaining case is a disk error while flushing the folder: then commit fails although
 * the new file is in place, and the message says so. */
#include "io/file.h"
#include "io/io.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { BUFFER = 1 << 16 };
enum { MOST_TEMPORARIES = 100000 }; /* of one process for one target */

struct rri_writer {
    int fd;
    char *path;
    char *temp;            /* NULL for a pipe or a device */
    unsigned char *buffer; /* [BUFFER] */
    size_t used;           /* bytes in buffer */
};

long rri_write_kill_at = -1;

/* Counts one system call. */
static void count_step(void)
{
    if (rri_write_kill_at >= 0 && rri_write_kill_at-- == 0)
        (void)raise(SIGKILL);
}

rr_status rri_fail_errno(rr_error *err, int code, const char *verb, const char *path)
{
    char reason[128];

    if (strerror_r(code, reason, sizeof reason) != 0)
        (void)rri_snprintf(reason, sizeof reason, "error %d", code);
    return rri_fail(err, code == ENOMEM ? RR_ERR_NOMEM : RR_ERR_IO, -1, "cannot %s %s: %s", verb,
                    path, reason);
}

rr_status rri_write_all(int fd, const char *path, const void *data, size_t bytes, rr_error *err)
{
    const size_t most = (size_t)1 << 30; /* one call may write less than 2 GiB */
    const unsigned char *p = data;

    while (bytes > 0) {
        count_step();
        const ssize_t n = write(fd, p, rri_min(bytes, most));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return rri_fail_errno(err, errno, "write", path);
        if (n == 0)
            return rri_fail_errno(err, ENOSPC, "write", path);
        p += n;
        bytes -= (size_t)n;
    }
    return RR_OK;
}

rr_status rri_temp_create(const char *path, char **temp, int *fd, rr_error *err)
{
    char *name = NULL;
    rr_status st = RR_OK;

    *temp = NULL;
    *fd = -1;
    if (rri_is_special(path))
        RRI_TRY(rri_fail(err, RR_ERR_IO, -1,
                         "%s is a pipe or a device, where a file would replace it: name a file",
                         path));
    for (int n = 0; n < MOST_TEMPORARIES; n++) {
        RRI_TRY(rri_format(&name, err, "%s.tmp.%ld.%d", path, (long)getpid(), n));
        const int got = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (got >= 0) {
            *fd = got;
            *temp = name;
            name = NULL;
            goto done;
        }
        if (errno != EEXIST && errno != EINTR)
            break;
        rri_free(name);
        name = NULL;
    }
    st = rri_fail_errno(err, errno, "create a file to write", path);

done:
    rri_free(name);
    return st;
}

/* Open the folder that holds `path`. */
static rr_status open_folder(const char *path, int *fd, rr_error *err)
{
    const char *slash = strrchr(path, '/');
    char *folder = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_strdup(slash == NULL ? "." : path, &folder, err));
    if (slash != NULL)
        folder[slash == path ? 1 : slash - path] = '\0';
    *fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*fd < 0)
        st = rri_fail_errno(err, errno, "open the folder", folder);

done:
    rri_free(folder);
    return st;
}

/* fsync(), whatever signals come. */
static int flush_to_disk(int fd)
{
    int failed = fsync(fd);

    while (failed != 0 && errno == EINTR)
        failed = fsync(fd);
    return failed;
}

rr_status rri_temp_publish(int fd, char **temp, const char *path, rr_error *err)
{
    int folder = -1;
    rr_status st = RR_OK;

    RRI_TRY(open_folder(path, &folder, err));
    count_step();
    if (flush_to_disk(fd) != 0) {
        st = rri_fail_errno(err, errno, "flush to the disk", path);
        goto done;
    }
    count_step();
    if (rename(*temp, path) != 0) {
        st = rri_fail_errno(err, errno, "put in place", path);
        goto done;
    }
    rri_free(*temp);
    *temp = NULL;
    count_step();
    /* Some file systems cannot flush a folder and return EINVAL; they have nothing to flush. */
    if (flush_to_disk(folder) != 0 && errno != EINVAL)
        st = rri_fail_errno(err, errno, "flush the folder of the new file", path);

done:
    if (folder >= 0)
        (void)close(folder);
    return st;
}

/* Open a pipe or a device to write; a signal ends the wait for its reader. */
static rr_status open_special(const char *path, int *fd, rr_error *err)
{
    *fd = open(path, O_WRONLY | O_CLOEXEC);
    if (*fd >= 0)
        return RR_OK;
    return errno == EINTR ? rri_fail_interrupted(err, path)
                          : rri_fail_errno(err, errno, "write", path);
}

rr_status rri_writer_open(const char *path, rri_writer **out, rr_error *err)
{
    rri_writer *w = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_alloc(&w, 1, 1, sizeof *w, err));
    w->fd = -1;
    RRI_TRY(rri_alloc(&w->buffer, BUFFER, 1, 1, err));
    RRI_TRY(rri_strdup(path, &w->path, err));
    RRI_TRY(rri_is_special(path) ? open_special(path, &w->fd, err)
                                 : rri_temp_create(path, &w->temp, &w->fd, err));
    *out = w;
    w = NULL;

done:
    rri_writer_abandon(w);
    return st;
}

rr_status rri_writer_flush(rri_writer *w, const char **temp, rr_error *err)
{
    const rr_status st = rri_write_all(w->fd, w->path, w->buffer, w->used, err);

    if (st != RR_OK)
        return st;
    w->used = 0;
    if (temp != NULL)
        *temp = w->temp;
    return RR_OK;
}

rr_status rri_writer_write(rri_writer *w, const void *data, size_t bytes, rr_error *err)
{
    rr_status st = RR_OK;

    if (bytes > BUFFER - w->used)
        st = rri_writer_flush(w, NULL, err);
    if (st != RR_OK)
        return st;
    if (bytes >= BUFFER)
        return rri_write_all(w->fd, w->path, data, bytes, err);
    if (bytes > 0)
        memcpy(w->buffer + w->used, data, bytes);
    w->used += bytes;
    return RR_OK;
}

rr_status rri_writer_commit(rri_writer *w, rr_error *err)
{
    rr_status st = rri_writer_flush(w, NULL, err);

    if (st == RR_OK && w->temp != NULL)
        st = rri_temp_publish(w->fd, &w->temp, w->path, err);
    rri_writer_abandon(w);
    return st;
}

void rri_writer_abandon(rri_writer *w)
{
    if (w == NULL)
        return;
    if (w->fd >= 0)
        (void)close(w->fd);
    if (w->temp != NULL)
        (void)unlink(w->temp);
    rri_free(w->temp);
    rri_free(w->path);
    rri_free(w->buffer);
    rri_free(w);
}

rr_status rri_file_write(const char *path, const void *data, size_t bytes, rr_error *err)
{
    rri_writer *w = NULL;
    rr_status st = rri_writer_open(path, &w, err);

    if (st != RR_OK)
        return st;
    st = rri_writer_write(w, data, bytes, err);
    if (st == RR_OK)
        return rri_writer_commit(w, err);
    rri_writer_abandon(w);
    return st;
}
