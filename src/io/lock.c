/* SPDX-License-Identifier: MIT */
/* lock.c - the lock file of a directory, DIR/lock, by flock().
 *
 * The file says who holds it: pid, host, since, use and command, a line each. It is removed before
 * the lock is released, so that one that is locked but no longer under its name is of the past: who
 * gets such a lock tries again. */

/* for flock(), which POSIX lacks */
#define _DEFAULT_SOURCE

#include "io/lock.h"

#include "io/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { MOST_TEXT = 1024, MOST_COMMAND = 200 };

static const char *const uses[] = { [RRI_LOCK_WRITE] = "write", [RRI_LOCK_RESERVE] = "reserve" };

struct rri_lock {
    int fd;
    char *path;
};

/* ---- the text in the file -------------------------------------------------------------------- */

/* Read at most `capacity` - 1 bytes; "" where nothing can be read. */
static size_t read_text(int fd, char *text, size_t capacity)
{
    const ssize_t n = pread(fd, text, capacity - 1, 0);
    const size_t used = n > 0 ? (size_t)n : 0;

    text[used] = '\0';
    return used;
}

/* No byte of a command or a file may move the cursor of a terminal. */
static void make_printable(char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)text[i] < ' ' || text[i] == 127)
            text[i] = text[i] == '\0' ? ' ' : '?';
}

/* The command line of this process, as far as the system tells it. */
static void find_command(char out[MOST_COMMAND])
{
    const int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    size_t n = 0;

    if (fd >= 0) {
        n = read_text(fd, out, MOST_COMMAND);
        (void)close(fd);
    }
    while (n > 0 && out[n - 1] == '\0')
        n--;
    make_printable(out, n);
    out[n] = '\0';
}

/* Say who holds the lock. A full disk is no reason to go without it. */
static void write_text(int fd, rri_lock_use use)
{
    char host[128] = "", command[MOST_COMMAND] = "", since[32] = "", text[MOST_TEXT];
    const time_t now = time(NULL);
    struct tm utc;

    (void)gethostname(host, sizeof host - 1);
    if (gmtime_r(&now, &utc) != NULL)
        (void)strftime(since, sizeof since, "%Y-%m-%dT%H:%M:%SZ", &utc);
    find_command(command);
    const int n =
        rri_snprintf(text, sizeof text, "pid %ld\nhost %s\nsince %s\nuse %s\ncommand %s\n",
                     (long)getpid(), host, since, uses[use], command);
    if (ftruncate(fd, 0) == 0)
        (void)rri_write_all(fd, "", text, rri_min((size_t)n, sizeof text - 1), NULL);
}

/* The value of a line "NAME VALUE" of the text, "?" where there is none. */
static const char *line_of(const char *text, const char *name, char out[MOST_COMMAND])
{
    const size_t n = strlen(name);
    const char *at = text;

    while (at != NULL && (strncmp(at, name, n) != 0 || at[n] != ' ')) {
        at = strchr(at, '\n');
        at = at != NULL ? at + 1 : NULL;
    }
    const size_t bytes = at != NULL ? strcspn(at + n + 1, "\n") : 0;
    (void)rri_snprintf(out, MOST_COMMAND, "%.*s", (int)rri_min(bytes, MOST_COMMAND - 1),
                       bytes > 0 ? at + n + 1 : "");
    make_printable(out, strlen(out));
    return bytes > 0 ? out : "?";
}

typedef struct holder {
    char text[MOST_TEXT], pid[MOST_COMMAND], host[MOST_COMMAND];
} holder;

static void read_holder(int fd, holder *h)
{
    (void)read_text(fd, h->text, sizeof h->text);
    (void)line_of(h->text, "pid", h->pid);
    (void)line_of(h->text, "host", h->host);
}

/* Does this process hold the lock itself? */
static bool is_own(const holder *h)
{
    char host[128] = "", pid[32];

    (void)gethostname(host, sizeof host - 1);
    (void)rri_snprintf(pid, sizeof pid, "%ld", (long)getpid());
    return strcmp(h->pid, pid) == 0 && strcmp(h->host, host) == 0;
}

static rr_status fail_held(const holder *h, const char *dir, rr_error *err)
{
    char pid[MOST_COMMAND], host[MOST_COMMAND], since[MOST_COMMAND], command[MOST_COMMAND];

    return rri_fail(err, RR_ERR_IO, -1,
                    "%s: is being written by process %s on %s since %s (%s): wait until it has "
                    "ended, or name another directory",
                    dir, line_of(h->text, "pid", pid), line_of(h->text, "host", host),
                    line_of(h->text, "since", since), line_of(h->text, "command", command));
}

/* ---- the lock -------------------------------------------------------------------------------- */

/* Does the path still lead to the open file? */
static bool is_in_place(int fd, const char *path)
{
    struct stat open_file, named;

    return fstat(fd, &open_file) == 0 && stat(path, &named) == 0 &&
           open_file.st_dev == named.st_dev && open_file.st_ino == named.st_ino;
}

/* One try: *fd is the locked file, or -1 where there can be no lock or none is needed. */
static rr_status try_lock(const char *dir, const char *path, int *fd, rr_error *err)
{
    char value[MOST_COMMAND];
    holder h;
    rr_status st = RR_OK;

    *fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (*fd < 0)
        return rri_fail_errno(err, errno, "create the lock", path);
    if (flock(*fd, LOCK_EX | LOCK_NB) == 0)
        return RR_OK;
    if (errno == EWOULDBLOCK) {
        read_holder(*fd, &h);
        if (!is_own(&h) || strcmp(line_of(h.text, "use", value), uses[RRI_LOCK_RESERVE]) != 0)
            st = fail_held(&h, dir, err);
    }
    (void)close(*fd);
    *fd = -1;
    return st;
}

rr_status rri_lock_take(const char *dir, rri_lock_use use, rri_lock **out, rr_error *err)
{
    rri_lock *lock = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_alloc(&lock, 1, 1, sizeof *lock, err));
    lock->fd = -1;
    RRI_TRY(rri_path_join(dir, "lock", &lock->path, err));
    RRI_TRY(try_lock(dir, lock->path, &lock->fd, err));
    while (lock->fd >= 0 && !is_in_place(lock->fd, lock->path)) {
        (void)close(lock->fd);
        RRI_TRY(try_lock(dir, lock->path, &lock->fd, err));
    }
    if (lock->fd < 0)
        goto done;
    write_text(lock->fd, use);
    *out = lock;
    lock = NULL;

done:
    rri_lock_release(lock);
    return st;
}

rr_status rri_lock_check(const char *dir, rr_error *err)
{
    char *path = NULL;
    holder h;
    int fd = -1;
    rr_status st = RR_OK;

    RRI_TRY(rri_path_join(dir, "lock", &path, err));
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        read_holder(fd, &h);
        if (!is_own(&h))
            st = fail_held(&h, dir, err);
    }

done:
    if (fd >= 0)
        (void)close(fd);
    rri_free(path);
    return st;
}

void rri_lock_release(rri_lock *lock)
{
    if (lock == NULL)
        return;
    if (lock->fd >= 0) {
        if (is_in_place(lock->fd, lock->path))
            (void)unlink(lock->path);
        (void)close(lock->fd);
    }
    rri_free(lock->path);
    rri_free(lock);
}
