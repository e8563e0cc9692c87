/* SPDX-License-Identifier: MIT */
/* parallel.c - the one place that starts threads.
 *
 * Tasks are handed out dynamically; a task's result must depend on its number alone. Inside a task
 * the OpenMP setting of the worker is one thread, which an OpenMP build of OpenBLAS honours:
 * products are single-threaded and give the same bits however many workers there are. */
#include "core/core.h"

#include <omp.h>

#if RRI_TSAN
#include <sanitizer/tsan_interface.h>
/* Its address stands for "everything before the loop" and "everything in the loop". */
static char fork_point;
static char join_point;
#endif

size_t rri_threads(size_t n)
{
    if (n != 0)
        return n;
    const int procs = omp_get_num_procs();
    return procs > 1 ? (size_t)procs : 1;
}

RRI_NO_TSAN void rri_parallel(size_t threads, size_t tasks, rri_task body, void *ctx)
{
    /* NOLINTNEXTLINE(clang-analyzer-deadcode.DeadStores): the pragma uses it */
    const size_t team = rri_max(1, rri_min(rri_threads(threads), tasks));
    const long count = (long)tasks;

#if RRI_TSAN
    __tsan_release(&fork_point);
#endif
#pragma omp parallel num_threads((int)team)
    {
#if RRI_TSAN
        __tsan_acquire(&fork_point);
#endif
        omp_set_num_threads(1); /* of this worker only */
        const size_t worker = (size_t)omp_get_thread_num();
#pragma omp for schedule(dynamic, 1)
        for (long i = 0; i < count; i++)
            body(ctx, (size_t)i, worker);
#if RRI_TSAN
        __tsan_release(&join_point);
#endif
    }
#if RRI_TSAN
    __tsan_acquire(&join_point);
#endif
}
