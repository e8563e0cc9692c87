/* SPDX-License-Identifier: MIT */
/* rows.c - checks rows, divides them into shards and blocks, samples them. */
#include "abstraction/rows.h"

#include <string.h>

enum {
    CHECK_SHARDS = 64,
    MAX_SHARDS = 64,       /* enough tasks for as many cores */
    MIN_SHARD_ROWS = 2048, /* below this, starting a task costs more than it saves */
    MAX_BLOCK_ROWS = 128,
    BLOCK_FLOATS = 8192, /* a block's densities stay in the first-level cache, */
    MAX_BATCH_ROWS = 512,
    BATCH_FLOATS = 65536 /* a batch's in the second */
};

static const size_t shard_bytes = (size_t)64 << 20; /* for the sums of all shards together */

typedef struct check {
    rri_rows x;
    size_t shard_rows;
    bool bad[CHECK_SHARDS];
} check;

/* All exponent bits set: infinite or not a number. An integer loop, which compilers vectorise. */
static bool has_nonfinite(const float *x, size_t n)
{
    const uint32_t exponent = 0x7f800000u;
    uint32_t bad = 0;

    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, x + i, sizeof bits);
        bad |= (bits & exponent) == exponent;
    }
    return bad != 0;
}

static void check_shard(void *ctx, size_t task, size_t worker)
{
    check *c = ctx;
    size_t begin = 0;
    size_t end = 0;

    (void)worker;
    rri_block(c->x.n, c->shard_rows, task, &begin, &end);
    if (c->x.stride == c->x.d) {
        c->bad[task] = has_nonfinite(rri_row(c->x, begin), (end - begin) * c->x.d);
        return;
    }
    for (size_t i = begin; i < end; i++)
        c->bad[task] |= has_nonfinite(rri_row(c->x, i), c->x.d);
}

rr_status rri_rows_check(rri_rows x, size_t threads, const char *what, rr_error *err)
{
    check c = { .x = x };

    if (x.d == 0)
        return rri_fail(err, RR_ERR_SHAPE, -1, "%s have no columns", what);
    if (x.stride < x.d)
        return rri_fail(err, RR_ERR_SHAPE, -1,
                        "%s of %zu columns lie %zu floats apart, which is too close", what, x.d,
                        x.stride);
    if (x.data == NULL && x.n != 0)
        return rri_fail(err, RR_ERR_ARG, -1, "%s: %zu rows, but no data", what, x.n);
    c.shard_rows = rri_max(MIN_SHARD_ROWS, rri_blocks(x.n, CHECK_SHARDS));
    const size_t shards = rri_blocks(x.n, c.shard_rows);
    rri_parallel(threads, shards, check_shard, &c);
    for (size_t s = 0; s < shards; s++) {
        size_t begin = 0;
        size_t end = 0;
        if (!c.bad[s])
            continue;
        rri_block(x.n, c.shard_rows, s, &begin, &end);
        const size_t row =
            begin + rri_first_nonfinite(rri_row(x, begin), end - begin, x.d, x.stride);
        return rri_fail(err, RR_ERR_NUMERIC, (int64_t)row,
                        "%s: row %zu holds a value that is not finite", what, row);
    }
    return RR_OK;
}

rri_cut rri_rows_cut(size_t n, size_t K, size_t sums)
{
    rri_cut cut;
    const size_t most = shard_bytes / sizeof(double) / rri_max(1, sums);
    const size_t shards = rri_max(1, rri_min(MAX_SHARDS, most));

    cut.shard_rows = rri_max(MIN_SHARD_ROWS, rri_blocks(n, shards));
    cut.shards = rri_blocks(n, cut.shard_rows);
    cut.block_rows = MAX_BLOCK_ROWS;
    while (cut.block_rows > RRI_MIXTURE_LANES && cut.block_rows * K > BLOCK_FLOATS)
        cut.block_rows /= 2;
    cut.batch_blocks = MAX_BATCH_ROWS / cut.block_rows;
    while (cut.batch_blocks > 1 && cut.batch_blocks * cut.block_rows * K > BATCH_FLOATS)
        cut.batch_blocks /= 2;
    return cut;
}

void rri_rows_sample(rri_rows x, size_t want, uint64_t seed, rri_purpose purpose, uint64_t a,
                     float *out, size_t *number)
{
    rri_random random = rri_random_at(seed, purpose, a);
    const size_t count = rri_min(x.n, want);

    for (size_t i = 0; i < count; i++) {
        size_t begin = 0;
        size_t end = 0;
        rri_part(x.n, count, i, &begin, &end);
        const size_t row = begin + (size_t)rri_random_below(&random, end - begin);
        number[i] = row;
        memcpy(out + i * x.d, rri_row(x, row), x.d * sizeof *out);
    }
}
