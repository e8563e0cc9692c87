/* SPDX-License-Identifier: MIT */
/* dnnl_missing.c - in place of dnnl.c where there is no oneDNN. */
#include "dnnl.h"

rr_status bench_dnnl_new(const bench_shape *s, bool training, size_t threads, bool tuned,
                         bench_dnnl **out, rr_error *err)
{
    (void)s, (void)training, (void)threads, (void)tuned;
    *out = NULL;
    return rri_fail(err, RR_ERR_UNSUPPORTED, -1, "oneDNN");
}

void bench_dnnl_free(bench_dnnl *p)
{
    (void)p;
}

bool bench_dnnl_iteration(void *ctx, double slice, double *seconds, char note[BENCH_NOTE])
{
    (void)ctx, (void)slice, (void)seconds, (void)note;
    return false;
}
