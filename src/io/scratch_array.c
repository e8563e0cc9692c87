/* SPDX-License-Identifier: MIT */
/* scratch_array.c - arrays in unlinked temporary files.
 *
 * In front of each array is a head of HEAD bytes that says where the block begins and, for a map,
 * how long it is. The file is reserved at once, so that a full disk is met here and not by a signal
 * when a page is written. */
#include "io/scratch_array.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { HEAD = 64, PAGE = 4096, MOST_FOLDER = 4000 };

static const size_t default_from = (size_t)128 << 20;

/* Of the whole process (hooks.h): no thread is in the library while it is set. */
static struct {
    char folder[MOST_FOLDER + 1]; /* "" for the default */
    size_t from;                  /* 0 for the default */
} setting;

typedef struct head {
    void *block;  /* of rri_alloc(), or the map */
    size_t bytes; /* of the map, 0 for rri_alloc() */
} head;

rr_status rr_set_scratch(const char *folder, size_t from, rr_error *err)
{
    if (folder != NULL && strlen(folder) > MOST_FOLDER)
        return rri_fail(err, RR_ERR_ARG, -1,
                        "the name of the folder for scratch files has %zu bytes, at most %d",
                        strlen(folder), (int)MOST_FOLDER);
    (void)rri_snprintf(setting.folder, sizeof setting.folder, "%s", folder != NULL ? folder : "");
    setting.from = from;
    return RR_OK;
}

/* A map of a new file without a name; NULL where there can be none. */
static void *map_file(size_t bytes)
{
    char path[MOST_FOLDER + 40];
    void *map = MAP_FAILED;

    (void)rri_snprintf(path, sizeof path, "%s/rnnrepair-XXXXXX",
                       setting.folder[0] != '\0' ? setting.folder : "/var/tmp");
    const int fd = mkstemp(path);
    if (fd < 0)
        return NULL;
    (void)unlink(path);
    if (posix_fallocate(fd, 0, (off_t)bytes) == 0)
        map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    (void)close(fd); /* the map keeps the file */
    return map != MAP_FAILED ? map : NULL;
}

/* Bytes of head and array, in whole pages; 0 where they are too few for a file, or do not fit. */
static size_t map_bytes(size_t n, size_t m, size_t size)
{
    const size_t from = setting.from != 0 ? setting.from : default_from;
    size_t bytes = size;

    if (rri_own_allocator() || (m != 0 && bytes > SIZE_MAX / 4 / m))
        return 0;
    bytes *= m;
    if (n != 0 && bytes > SIZE_MAX / 4 / n)
        return 0;
    bytes *= n;
    return bytes >= from && bytes > 0 ? (bytes + HEAD + PAGE - 1) / PAGE * PAGE : 0;
}

rr_status rri_scratch_alloc(void *out, size_t n, size_t m, size_t size, rr_error *err)
{
    const size_t unit = m != 0 && size != 0 && m <= SIZE_MAX / size ? m * size : 1;
    const size_t heads = HEAD / unit + (HEAD % unit != 0); /* rows that make up a head */
    void *p = NULL;
    head h = { .bytes = map_bytes(n, m, size) };
    rr_status st = RR_OK;

    memcpy(out, &p, sizeof p);
    if (h.bytes > 0)
        h.block = map_file(h.bytes);
    if (h.block == NULL) {
        h.bytes = 0;
        if (n > SIZE_MAX - heads)
            RRI_TRY(rri_fail(err, RR_ERR_NOMEM, -1, "%zu items are too many to hold", n));
        RRI_TRY(rri_alloc(&h.block, n + heads, m, size, err));
    }
    memcpy(h.block, &h, sizeof h);
    p = (char *)h.block + HEAD;
    memcpy(out, &p, sizeof p);

done:
    return st;
}

void rri_scratch_free(void *p)
{
    head h;

    if (p == NULL)
        return;
    memcpy(&h, (char *)p - HEAD, sizeof h);
    if (h.bytes > 0)
        (void)munmap(h.block, h.bytes);
    else
        rri_free(h.block);
}
