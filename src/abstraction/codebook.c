/* SPDX-License-Identifier: MIT */
/* codebook.c - abstract input symbols: a frame's symbol is the number of its nearest k-means
 * centre. The centres are kept packed for the kernels, so that encoding needs only one block of
 * scratch a worker. */
#include "abstraction/kmeans.h"

#include <math.h>
#include <string.h>

enum { LLOYD_STEPS = 25 };

struct rri_codebook {
    size_t symbols; /* V */
    size_t width;   /* D */
    float *centres; /* [V][D] */
    rri_packed packed;
};

static rr_status check_sizes(size_t symbols, size_t width, rr_error *err)
{
    if (symbols == 0 || symbols > RRI_CODEBOOK_MOST)
        return rri_fail(err, RR_ERR_ARG, -1, "a codebook of %zu symbols: must be 1 to %d", symbols,
                        (int)RRI_CODEBOOK_MOST);
    if (width == 0)
        return rri_fail(err, RR_ERR_ARG, -1, "a codebook for frames without values");
    return RR_OK;
}

rr_status rri_codebook_restore(size_t symbols, size_t width, const float *centres,
                               rri_codebook **out, rr_error *err)
{
    rr_status st = RR_OK;
    rri_codebook *b = NULL;

    *out = NULL;
    RRI_TRY(check_sizes(symbols, width, err));
    const size_t bad = rri_first_nonfinite(centres, symbols, width, width);
    if (bad < symbols) {
        st = rri_fail(err, RR_ERR_NUMERIC, (int64_t)bad,
                      "codebook centre %zu holds a value that is not finite", bad);
        goto done;
    }
    RRI_TRY(rri_alloc(&b, 1, 1, sizeof *b, err));
    b->symbols = symbols;
    b->width = width;
    RRI_TRY(rri_alloc(&b->centres, symbols, width, sizeof *b->centres, err));
    memcpy(b->centres, centres, symbols * width * sizeof *centres);
    RRI_TRY(rri_packed_init(&b->packed, symbols, width, err));
    rri_packed_centres(&b->packed, b->centres);
    *out = b;
    b = NULL;

done:
    rri_codebook_free(b);
    return st;
}

rr_status rri_codebook_fit(rri_rows x, size_t symbols, uint64_t seed, size_t threads,
                           rri_codebook **out, rr_error *err)
{
    rr_status st = RR_OK;
    float *centres = NULL;
    uint32_t *labels = NULL;
    size_t found = 0;
    const rri_kmeans_config cfg = { .centres = rri_min(symbols, x.n),
                                    .steps = LLOYD_STEPS,
                                    .repeat = false,
                                    .seed = seed,
                                    .purpose = RRI_RANDOM_CODEBOOK,
                                    .threads = threads };

    *out = NULL;
    RRI_TRY(check_sizes(symbols, 1, err));
    RRI_TRY(rri_rows_check(x, threads, "codebook frames", err));
    if (x.n == 0) {
        st = rri_fail(err, RR_ERR_SHAPE, -1, "a codebook needs frames, there are 0");
        goto done;
    }
    RRI_TRY(rri_alloc(&centres, cfg.centres, x.d, sizeof *centres, err));
    RRI_TRY(rri_alloc(&labels, x.n, 1, sizeof *labels, err));
    RRI_TRY(rri_kmeans(&cfg, x, centres, &found, labels, err));
    RRI_TRY(rri_codebook_restore(found, x.d, centres, out, err));

done:
    rri_free(labels);
    rri_free(centres);
    return st;
}

rr_status rri_codebook_encode(const rri_codebook *b, rri_rows x, size_t threads, uint32_t *symbols,
                              rr_error *err)
{
    if (x.d != b->width || x.stride < x.d)
        return rri_fail(err, RR_ERR_SHAPE, -1,
                        "frames of %zu values, %zu apart, do not fit a codebook of width %zu", x.d,
                        x.stride, b->width);
    return rri_nearest(&b->packed, x, threads, symbols, err);
}

size_t rri_codebook_symbols(const rri_codebook *b)
{
    return b->symbols;
}

size_t rri_codebook_width(const rri_codebook *b)
{
    return b->width;
}

const float *rri_codebook_centres(const rri_codebook *b)
{
    return b->centres;
}

void rri_codebook_free(rri_codebook *b)
{
    if (b == NULL)
        return;
    rri_packed_release(&b->packed);
    rri_free(b->centres);
    rri_free(b);
}
