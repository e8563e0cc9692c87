/* SPDX-License-Identifier: MIT */
/* memory.c - the allocation gate.
 *
 * Every byte the library holds comes from here, so that sizes are checked once and tests can make
 * each allocation fail in turn; a program may install its own allocator (hooks.h).
 *
 * Blocks are zeroed unless asked for raw. On a virtual machine a fault of a 4 KiB page is
 * expensive (measured: 12 us, 0.1 s for 32 MiB), so large blocks request huge pages and all pages
 * at once. Both are hints: without them the block is only slower. */
#define _DEFAULT_SOURCE /* madvise */

#include "core/core.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

long rri_alloc_fail_at = -1;

static rr_allocator hook; /* alloc is NULL: the default allocator */

rr_status rr_set_allocator(const rr_allocator *allocator, rr_error *err)
{
    if (allocator != NULL && (allocator->alloc == NULL || allocator->free == NULL))
        return rri_fail(err, RR_ERR_ARG, -1, "an allocator needs both alloc and free");
    hook = allocator != NULL ? *allocator : (rr_allocator){ 0 };
    return RR_OK;
}

enum {
    ALIGNMENT = 64, /* a cache line, and an AVX-512 register */
    PAGE = 4096,
    HUGE_PAGE = 1 << 21,
    AT_ONCE = 1 << 18 /* from this size on all pages are requested at once */
};

/* Bytes of n*m*size rounded up to the alignment; false on overflow. */
static bool product(size_t n, size_t m, size_t size, size_t *bytes)
{
    if (m != 0 && n > SIZE_MAX / m)
        return false;
    n *= m;
    if (size != 0 && n > (SIZE_MAX - ALIGNMENT) / size)
        return false;
    n *= size;
    *bytes = n == 0 ? ALIGNMENT : (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    return true;
}

static bool told_to_fail(void)
{
    if (rri_alloc_fail_at < 0)
        return false;
    return rri_alloc_fail_at-- == 0;
}

/* A block whose pages are mapped already, where that is known to be faster: a raw block of huge
 * pages maps them as it is filled, maybe by several threads. */
static void *obtain(size_t bytes, bool raw)
{
    const size_t alignment = bytes >= 2 * (size_t)HUGE_PAGE ? HUGE_PAGE : ALIGNMENT;
    void *p = NULL;

    if (hook.alloc != NULL)
        return hook.alloc(hook.self, bytes, ALIGNMENT);
    if (posix_memalign(&p, alignment, bytes) != 0)
        return NULL;
    if (bytes < AT_ONCE)
        return p;
    const size_t skip = (PAGE - (uintptr_t)p % PAGE) % PAGE; /* madvise() takes whole pages */
    char *const begin = (char *)p + skip;
    const size_t length = (bytes - skip) / PAGE * PAGE;
#ifdef MADV_HUGEPAGE
    if (alignment == HUGE_PAGE)
        (void)madvise(begin, length, MADV_HUGEPAGE);
#endif
#ifdef MADV_POPULATE_WRITE
    if (!raw || alignment < HUGE_PAGE)
        (void)madvise(begin, length, MADV_POPULATE_WRITE);
#endif
    (void)begin;
    (void)length;
    return p;
}

static rr_status allocate(void *out, size_t n, size_t m, size_t size, bool raw, rr_error *err)
{
    void *p = NULL;
    size_t bytes = 0;

    memcpy(out, &p, sizeof p);
    if (!product(n, m, size, &bytes))
        return rri_fail(err, RR_ERR_NOMEM, -1, "%zu x %zu items of %zu bytes are too many to hold",
                        n, m, size);
    if (!told_to_fail())
        p = obtain(bytes, raw);
    if (p == NULL)
        return rri_fail(err, RR_ERR_NOMEM, -1, "out of memory: %zu bytes refused", bytes);
    RRI_FORBID((char *)p + n * m * size, bytes - n * m * size);
    memcpy(out, &p, sizeof p);
    return RR_OK;
}

rr_status rri_alloc_raw(void *out, size_t n, size_t m, size_t size, rr_error *err)
{
    return allocate(out, n, m, size, true, err);
}

rr_status rri_alloc(void *out, size_t n, size_t m, size_t size, rr_error *err)
{
    void *p = NULL;
    const rr_status st = allocate(out, n, m, size, false, err);

    if (st == RR_OK) {
        memcpy(&p, out, sizeof p);
        memset(p, 0, n * m * size);
    }
    return st;
}

rr_status rri_grow(void *array, size_t old_n, size_t new_n, size_t size, rr_error *err)
{
    void *old = NULL;
    void *fresh = NULL;
    const rr_status st = rri_alloc_raw(&fresh, new_n, 1, size, err);

    if (st != RR_OK)
        return st;
    const size_t kept = rri_min(old_n, new_n) * size;
    memcpy(&old, array, sizeof old);
    if (old != NULL)
        memcpy(fresh, old, kept);
    memset((char *)fresh + kept, 0, new_n * size - kept);
    rri_free(old);
    memcpy(array, &fresh, sizeof fresh);
    return RR_OK;
}

bool rri_own_allocator(void)
{
    return hook.alloc != NULL;
}

void rri_free(void *p)
{
    if (hook.alloc == NULL)
        free(p);
    else if (p != NULL)
        hook.free(hook.self, p);
}
