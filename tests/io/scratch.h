/* SPDX-License-Identifier: MIT */
/* scratch.h - a temporary folder for each test, raw files, kills, and a full disk. */
#ifndef RR_TESTS_FILE_SCRATCH_H
#define RR_TESTS_FILE_SCRATCH_H

#include "check.h"
#include "io/io.h"
#include "scratch_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct scratch {
    char dir[64];
    char path[12][128]; /* a few names at a time */
    size_t next;
} scratch;

static inline scratch scratch_new(void)
{
    scratch s = { .dir = "/tmp/rnnrepair-test-XXXXXX" };

    assert_non_null(mkdtemp(s.dir));
    return s;
}

/* "DIR/NAME", good for the next eleven calls. */
static inline const char *in(scratch *s, const char *name)
{
    char *path = s->path[s->next++ % 12];

    assert_true(strlen(s->dir) + strlen(name) + 2 <= sizeof s->path[0]);
    strcpy(path, s->dir);
    strcat(path, "/");
    strcat(path, name);
    return path;
}

/* Files in the folder. */
static inline size_t count_files(const char *dir)
{
    DIR *d = opendir(dir);
    size_t n = 0;

    assert_non_null(d);
    for (const struct dirent *e = readdir(d); e != NULL; e = readdir(d))
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    (void)closedir(d);
    return n;
}

/* Remove all files whose name is not `keep`; folders inside must be empty. */
static inline void clear_folder(const char *dir, const char *keep)
{
    DIR *d = opendir(dir);
    char path[512];

    assert_non_null(d);
    for (const struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
            (keep != NULL && strcmp(e->d_name, keep) == 0))
            continue;
        (void)snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
        (void)remove(path);
    }
    (void)closedir(d);
}

static inline void scratch_free(scratch *s)
{
    clear_folder(s->dir, NULL);
    assert_int_equal(rmdir(s->dir), 0);
}

static inline void put_file(const char *path, const void *data, size_t bytes)
{
    FILE *f = fopen(path, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, bytes, f), bytes);
    assert_int_equal(fclose(f), 0);
}

/* The whole file, owned by the caller: free(). */
static inline unsigned char *get_file(const char *path, size_t *bytes)
{
    FILE *f = fopen(path, "rb");
    struct stat info;

    assert_non_null(f);
    assert_int_equal(fstat(fileno(f), &info), 0);
    *bytes = (size_t)info.st_size;
    unsigned char *data = malloc(*bytes + 1);
    assert_non_null(data);
    assert_int_equal(fread(data, 1, *bytes, f), *bytes);
    (void)fclose(f);
    return data;
}

static inline bool file_is(const char *path, const void *want, size_t bytes)
{
    size_t n = 0;
    unsigned char *data = get_file(path, &n);
    const bool same = n == bytes && memcmp(data, want, n) == 0;

    free(data);
    return same;
}

/* Something that writes a file. */
typedef rr_status (*writing)(const char *path, rr_error *err);

/* Run it in a child that is killed at its n-th write, flush or rename. True when it was. */
static inline bool killed_at(long n, writing write_it, const char *path)
{
    int how = 0;
    const pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        rri_write_kill_at = n;
        _exit(write_it(path, NULL) == RR_OK ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &how, 0), child);
    if (WIFSIGNALED(how)) {
        assert_int_equal(WTERMSIG(how), SIGKILL);
        return true;
    }
    assert_int_equal(WEXITSTATUS(how), 0);
    return false;
}

/* Kill it at each step in turn: DIR/NAME is the old file, byte for byte, or the new one. */
static inline void survives_every_kill(writing write_it, long least_steps)
{
    static const char old[] = "the old file, which must survive";
    scratch s = scratch_new();
    const char *path = in(&s, "target");
    size_t bytes = 0;
    size_t kept_old = 0;
    long n = 0;

    assert_int_equal(write_it(path, NULL), RR_OK);
    unsigned char *fresh = get_file(path, &bytes);
    put_file(path, old, sizeof old);
    while (killed_at(n++, write_it, path)) {
        const bool is_old = file_is(path, old, sizeof old);
        if (!is_old && !file_is(path, fresh, bytes))
            fail_msg("killed at step %ld: neither the old file nor the new one", n - 1);
        kept_old += is_old;
        put_file(path, old, sizeof old);
        clear_folder(s.dir, "target");
        assert_true(n < 1000);
    }
    assert_true(file_is(path, fresh, bytes));
    assert_true(n > least_steps && kept_old + 1 >= (size_t)least_steps);
    free(fresh);
    scratch_free(&s);
}

/* Where files may not grow beyond 4 KiB the old file survives and nothing else is left. */
static inline void survives_a_size_limit(writing write_it)
{
    static const char old[] = "old";
    scratch s = scratch_new();
    const char *path = in(&s, "target");
    struct rlimit before;
    struct rlimit small;
    rr_error err = { 0 };

    put_file(path, old, sizeof old);
    void (*const handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 4096;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    const rr_status st = write_it(path, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    (void)signal(SIGXFSZ, handler);
    CHECK_FAILS(st, RR_ERR_IO, err, "target");
    assert_true(file_is(path, old, sizeof old));
    assert_int_equal(count_files(s.dir), 1);
    scratch_free(&s);
}

/* The same on a disk of 64 KiB; skipped where no disk can be mounted. */
static inline void survives_a_full_disk(writing write_it)
{
    static const char old[] = "old";
    scratch s = scratch_new();
    const char *path = in(&s, "target");
    rr_error err = { 0 };

    if (mount("none", s.dir, "tmpfs", 0, "size=64k") != 0) {
        print_message("no small disk: mounting a tmpfs was refused, so a full one is not tested\n");
        scratch_free(&s);
        skip();
    }
    put_file(path, old, sizeof old);
    const rr_status st = write_it(path, &err);
    const bool same = file_is(path, old, sizeof old);
    const size_t left = count_files(s.dir);
    clear_folder(s.dir, NULL);
    assert_int_equal(umount(s.dir), 0);
    scratch_free(&s);
    CHECK_FAILS(st, RR_ERR_IO, err, "No space left");
    assert_true(same);
    assert_int_equal(left, 1);
}

/* In a missing folder, and on a name that is a folder. */
static inline void names_what_cannot_be_written(writing write_it)
{
    scratch s = scratch_new();
    rr_error err = { 0 };

    CHECK_FAILS(write_it(in(&s, "missing/target"), &err), RR_ERR_IO, err, "missing/target");
    assert_int_equal(mkdir(in(&s, "folder"), 0700), 0);
    CHECK_FAILS(write_it(in(&s, "folder"), &err), RR_ERR_IO, err, "folder");
    assert_int_equal(count_files(s.dir), 1);
    scratch_free(&s);
}

/* Fail the first, second, ... allocation until none fails. */
static inline void survives_every_failed_allocation(writing write_it, long least)
{
    scratch s = scratch_new();
    const char *path = in(&s, "target");

    for (failing at = { 0 }; next_allocation_fails(&at, least);) {
        assert_int_equal(count_files(s.dir), 0);
        at.st = write_it(path, NULL);
    }
    assert_int_equal(count_files(s.dir), 1);
    scratch_free(&s);
}

#endif
