/* SPDX-License-Identifier: MIT */
/* io.h - atomic writing, reading, folders and hashing of files. */
#ifndef RRI_IO_H
#define RRI_IO_H

#include "core/core.h"

/* ---- failures of the system -------------------------------------------------------------------
 * "cannot VERB PATH: REASON", REASON being the text of the errno value `code`: NOMEM for ENOMEM,
 * else IO. */
rr_status rri_fail_errno(rr_error *err, int code, const char *verb, const char *path);

/* ---- atomic writing -------------------------------------------------------------------------
 * Bytes go to PATH.tmp.PID.N in the same folder; commit flushes to the disk, renames and flushes
 * the folder. Until the rename an existing file at PATH is untouched, whatever happens. Into a pipe
 * or a device bytes are written as they come; the wait for its reader may end in CANCELLED. */
typedef struct rri_writer rri_writer;

rr_status rri_writer_open(const char *path, rri_writer **out, rr_error *err);
rr_status rri_writer_write(rri_writer *w, const void *data, size_t bytes, rr_error *err);
/* Closes w in every case; on failure the temporary file is removed and PATH is unchanged. */
rr_status rri_writer_commit(rri_writer *w, rr_error *err);
/* Removes the temporary file; NULL is allowed. */
void rri_writer_abandon(rri_writer *w);

/* Write a whole file atomically: to a temporary name beside it, flushed to the disk, renamed.
 *  Until then an existing file at `path` is untouched.
 *  Errors   IO (only where the disk fails after the rename is the new file in place), NOMEM. */
rr_status rri_file_write(const char *path, const void *data, size_t bytes, rr_error *err);

/* The two halves of the above, for files written by another library. Create an empty temporary file
 * beside PATH, which is no pipe or device; *temp is owned, *fd is open for writing. */
rr_status rri_temp_create(const char *path, char **temp, int *fd, rr_error *err);
/* Flush fd, rename *temp to PATH, flush the folder; fd stays open. After the rename *temp is freed
 * and NULL. On failure before that it remains. */
rr_status rri_temp_publish(int fd, char **temp, const char *path, rr_error *err);
/* Write all of data to fd; `path` is for the message. */
rr_status rri_write_all(int fd, const char *path, const void *data, size_t bytes, rr_error *err);

/* For a writer used as scratch: flush its buffer to the file; returns the borrowed name. No commit
 * follows; rri_writer_abandon() removes it. */
rr_status rri_writer_flush(rri_writer *w, const char **temp, rr_error *err);

/* Tests only: system calls that write, flush or rename left before the process kills itself
 * (SIGKILL); negative = never. */
extern long rri_write_kill_at;

/* ---- reading -------------------------------------------------------------------------------- */

/* The whole file, NUL-terminated after *bytes, owned (rri_free). Files with a .gz name or gzip
 * magic are unpacked. limit is the largest unpacked size accepted. */
rr_status rri_file_read(const char *path, size_t limit, unsigned char **out, size_t *bytes,
                        rr_error *err);

/* The same, and the SHA-256 of the bytes on disk. */
rr_status rri_file_read_hashed(const char *path, size_t limit, unsigned char **out, size_t *bytes,
                               char hash[65], rr_error *err);

/* The highest compression ratio of deflate. */
enum { RRI_DEFLATE_RATIO = 1032 };

/* A file piece by piece from the front, unpacked as above. */
typedef struct rri_reader rri_reader;

rr_status rri_reader_open(const char *path, rri_reader **out, rr_error *err);
/* An upper bound of the unpacked size; SIZE_MAX where unknown (a pipe). */
size_t rri_reader_most(const rri_reader *s);
/* An estimate of the unpacked size. */
size_t rri_reader_hint(const rri_reader *s);
/* The next `want` bytes; *got is less at the end of the file only. */
rr_status rri_reader_take(rri_reader *s, void *out, size_t want, size_t *got, rr_error *err);
/* SHA-256 of all bytes on disk; bytes not read yet are hashed without unpacking. Only closing may
 * follow. */
rr_status rri_reader_hash(rri_reader *s, char out[65], rr_error *err);
void rri_reader_close(rri_reader *s); /* NULL is allowed */

bool rri_file_exists(const char *path);
bool rri_file_missing(const char *path); /* there is none: nothing forbids to look */
/* Whether it exists, and why not. */
bool rri_path_reach(const char *path, char reason[128]);

/* Make a folder and its parents; existing ones are fine. */
rr_status rri_make_folder(const char *path, rr_error *err);

/* "DIR/NAME", owned. */
rr_status rri_path_join(const char *dir, const char *name, char **out, rr_error *err);

/* The absolute path without links of an existing path, owned, for a file to be read again later: a
 * pipe is refused. */
rr_status rri_path_absolute(const char *path, char **out, rr_error *err);

/* IO unless the folder is writable. */
rr_status rri_check_writable(const char *dir, rr_error *err);

/* Create the folder and its missing parents; *created counts them, also on failure. */
rr_status rri_make_folders(const char *path, size_t *created, rr_error *err);

/* Remove `created` folders, the last names of the path first, if they are empty. */
void rri_remove_folders(const char *path, size_t created);

/* Remove a file if it exists. Errors IO. */
rr_status rri_remove_file(const char *path, rr_error *err);

/* A new empty folder in `parent`. Owned (rri_free). */
rr_status rri_make_temporary_folder(const char *parent, char **out, rr_error *err);

/* Compare two files byte by byte: *at is the offset of the first difference, -1 where equal. */
rr_status rri_compare_files(const char *a, const char *b, int64_t *at, rr_error *err);

/* ---- SHA-256 -------------------------------------------------------------------------------- */

typedef struct rri_sha256 rri_sha256;

rr_status rri_sha256_new(rri_sha256 **out, rr_error *err);
rr_status rri_sha256_add(rri_sha256 *h, const void *data, size_t bytes, rr_error *err);
/* 64 hexadecimal digits and NUL. Only freeing h may follow. */
rr_status rri_sha256_hex(rri_sha256 *h, char out[65], rr_error *err);
void rri_sha256_free(rri_sha256 *h);
bool rri_is_sha256_hex(const char *s);

/* Of the bytes on disk, not unpacked. Errors IO, NOMEM. */
rr_status rri_sha256_file(const char *path, char out[65], rr_error *err);

#endif
