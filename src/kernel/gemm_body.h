/* SPDX-License-Identifier: MIT */
/* gemm_body.h - the vector form of gemm_ref.c, written with the operations of simd_avx2.h,
 * simd_avx512.h or simd_plain.h. Included once by gemm_avx2.c, gemm_avx512.c and gemm_plain.c.
 *
 * A tile is TILE_ROWS rows by two vectors of C whose sums fill the registers while p runs; each
 * step of p loads two vectors of a panel and broadcasts one value of A a row. The rows are cut into
 * tiles of nearly equal height, so that no tile has too few rows to keep the multipliers busy. A
 * block of K_BLOCK rows of a panel stays in the first-level cache while BLOCK_TILES tiles pass over
 * it, and the rows of A of so many tiles stay in the second. */
#include "kernel/gemm.h"
#include "kernel/simd_edge.h"

#include <string.h>

enum {
    TILE_ROWS = VF_ROWS, /* 2*14 or 2*6 sums, 2 of B and 1 of A in 32 or 16 registers */
    PANEL = 2 * VF_LANES,
    K_BLOCK = 256,
    BLOCK_TILES = 8,
    PACKED_TILES = 56 / TILE_ROWS,
#if defined(__SANITIZE_ADDRESS__)
    UNROLL = 1 /* the checks of four steps take gcc two minutes to compile */
#else
    UNROLL = VF_UNROLL
#endif
};

typedef struct left {
    const float *a;
    size_t row_step, k_step;
} left;

/* Where the result of a tile goes. */
typedef struct tile_target {
    float *c;
    size_t ldc;
    size_t last; /* lanes of the last vector */
    bool add;
} tile_target;

/* Store or add the sums of a tile; `last` lanes of the last vector. */
static inline __attribute__((always_inline)) void put_sums(size_t rows, size_t vectors, bool add,
                                                           size_t last, const tile_target *to,
                                                           vf sum[TILE_ROWS][2])
{
#pragma GCC unroll 16
    for (size_t i = 0; i < rows; i++) {
        float *c = to->c + i * to->ldc;
        if (vectors > 1) {
            vf_store(c, add ? vf_add(vf_load(c), sum[i][0]) : sum[i][0]);
            c += VF_LANES;
        }
        const vf x = sum[i][vectors - 1];
        vf_put(c, add ? vf_add(vf_get(c, last), x) : x, last);
    }
}

/* Rows are addressed from one pointer for every five, as x86 adds a multiple 1, 2 or 4 of one
 * register to another: 0, 1, 2, 4 times the step, and once three times it. */
enum { BASES = (TILE_ROWS + 4) / 5 };

typedef struct cursor {
    const char *base[BASES]; /* of every fifth row */
    const float *panel;
    size_t step, step3; /* bytes between rows */
    size_t advance;     /* bytes between steps of p */
} cursor;

static inline __attribute__((always_inline)) float value(const cursor *at, size_t i, size_t p,
                                                         bool packed)
{
    const char *base = at->base[packed ? 0 : i / 5];
    const size_t row = i % 5;
    float x;

    base += packed ? i * sizeof x : row == 3 ? at->step3 : row * at->step;
    memcpy(&x, base + p * (packed ? at->advance : sizeof x), sizeof x);
    return x;
}

/* `count` steps of p. */
static inline __attribute__((always_inline)) void
steps(size_t rows, size_t vectors, bool packed, size_t count, cursor *at, vf sum[TILE_ROWS][2])
{
#pragma GCC unroll 16
    for (size_t p = 0; p < count; p++) {
        const vf b0 = vf_load(at->panel + p * PANEL);
        const vf b1 = vectors > 1 ? vf_load(at->panel + p * PANEL + VF_LANES) : b0;
#pragma GCC unroll 16
        for (size_t i = 0; i < rows; i++) {
            const vf x = vf_set(value(at, i, packed ? 0 : p, packed));
            sum[i][0] = vf_fma(x, b0, sum[i][0]);
            if (vectors > 1)
                sum[i][1] = vf_fma(x, b1, sum[i][1]);
        }
        if (packed)
            at->base[0] += at->advance;
        else
            __asm__("" : "+r"(at->step), "+r"(at->step3)); /* no register for each sum of them */
    }
    at->panel += count * PANEL;
    if (!packed)
#pragma GCC unroll 16
        for (size_t i = 0; i < BASES; i++)
            if (i * 5 < rows) {
                at->base[i] += count * sizeof(float);
                __asm__("" : "+r"(at->base[i])); /* one pointer, not one for every row */
            }
}

/* `rows`, `vectors` and `packed` are constants wherever this is called, so that the sums stay in
 * registers. */
static inline __attribute__((always_inline)) void
tile(size_t rows, size_t vectors, bool packed, size_t k, left l, const float *panel, tile_target to)
{
    vf sum[TILE_ROWS][2];
    cursor at = { .panel = panel,
                  .step = l.row_step * sizeof(float),
                  .step3 = 3 * l.row_step * sizeof(float),
                  .advance = l.k_step * sizeof(float) };

#pragma GCC unroll 16
    for (size_t i = 0; i < rows; i++) {
        sum[i][0] = sum[i][1] = vf_set(0.0f);
        __builtin_prefetch(to.c + i * to.ldc, 1);
        if (vectors > 1)
            __builtin_prefetch(to.c + i * to.ldc + VF_LANES, 1);
    }
#pragma GCC unroll 16
    for (size_t i = 0; i < BASES; i++)
        at.base[i] = (const char *)(l.a + (i * 5 < rows ? i * 5 * l.row_step : 0));
    for (; k >= UNROLL; k -= UNROLL)
        steps(rows, vectors, packed, UNROLL, &at, sum);
    for (; k > 0; k--)
        steps(rows, vectors, packed, 1, &at, sum);
    if (to.last < VF_LANES)
        put_sums(rows, vectors, to.add, to.last, &to, sum);
    else if (to.add)
        put_sums(rows, vectors, true, VF_LANES, &to, sum);
    else
        put_sums(rows, vectors, false, VF_LANES, &to, sum);
}

static inline __attribute__((always_inline)) void tile_of(size_t rows, size_t vectors, bool packed,
                                                          size_t k, left l, const float *panel,
                                                          tile_target to)
{
    switch (rows) {
    case 1:
        tile(1, vectors, packed, k, l, panel, to);
        break;
    case 2:
        tile(2, vectors, packed, k, l, panel, to);
        break;
    case 3:
        tile(3, vectors, packed, k, l, panel, to);
        break;
    case 4:
        tile(4, vectors, packed, k, l, panel, to);
        break;
    case 5:
        tile(5, vectors, packed, k, l, panel, to);
        break;
    case 6:
        tile(6, vectors, packed, k, l, panel, to);
        break;
#if VF_ROWS > 6
    case 7:
        tile(7, vectors, packed, k, l, panel, to);
        break;
    case 8:
        tile(8, vectors, packed, k, l, panel, to);
        break;
    case 9:
        tile(9, vectors, packed, k, l, panel, to);
        break;
    case 10:
        tile(10, vectors, packed, k, l, panel, to);
        break;
    case 11:
        tile(11, vectors, packed, k, l, panel, to);
        break;
    case 12:
        tile(12, vectors, packed, k, l, panel, to);
        break;
    case 13:
        tile(13, vectors, packed, k, l, panel, to);
        break;
    case 14:
        tile(14, vectors, packed, k, l, panel, to);
        break;
#endif
    default:
        break;
    }
}

/* The rows of a block divided into tiles of nearly equal height. */
typedef struct division {
    size_t tiles, low;
    size_t high; /* the first tiles have one row more */
} division;

static division divide(size_t rows)
{
    const size_t tiles = (rows + TILE_ROWS - 1) / TILE_ROWS;

    return (division){ tiles, rows / tiles, rows % tiles };
}

/* One panel against all tiles of a block. */
static void run_panel(division d, size_t width, bool packed, size_t k, left l, const float *panel,
                      tile_target to)
{
    const size_t vectors = width > VF_LANES ? 2 : 1;

    to.last = width - (vectors - 1) * VF_LANES;
    for (size_t i = 0; i < d.tiles; i++) {
        const size_t rows = d.low + (i < d.high);
        if (vectors == 2 && packed)
            tile_of(rows, 2, true, k, l, panel, to);
        else if (vectors == 2)
            tile_of(rows, 2, false, k, l, panel, to);
        else if (packed)
            tile_of(rows, 1, true, k, l, panel, to);
        else
            tile_of(rows, 1, false, k, l, panel, to);
        l.a += rows * l.row_step;
        to.c += rows * to.ldc;
    }
}

/* Copy k rows of `width` values, so that they lie side by side. Whole vectors are written: `to`
 * needs one of slack. */
static void gather(size_t k, size_t width, const float *a, size_t k_step, float *to)
{
    const size_t whole = width / VF_LANES * VF_LANES;

    for (size_t p = 0; p < k; p++, a += k_step, to += width) {
        for (size_t j = 0; j < whole; j += VF_LANES)
            vf_store(to + j, vf_load(a + j));
        if (whole < width)
            vf_store(to + whole, vf_load_head(a + whole, width - whole));
    }
}

/* One part of the sum over p, for all rows and columns. */
static void multiply_part(size_t m, size_t n, size_t k, left l, const float *panels, size_t step,
                          tile_target to)
{
    const bool packed = l.row_step == 1 && l.k_step > 1;
    float block[PACKED_TILES * TILE_ROWS * K_BLOCK + VF_LANES];
    const size_t tiles = (m + TILE_ROWS - 1) / TILE_ROWS;
    const size_t most = packed ? PACKED_TILES : BLOCK_TILES;
    const size_t blocks = (tiles + most - 1) / most;

    for (size_t b = 0; b < blocks; b++) {
        const size_t rows = m / blocks + (b < m % blocks);
        const division d = divide(rows);
        if (packed)
            gather(k, rows, l.a, l.k_step, block);
        for (size_t j = 0; j < n; j += PANEL)
            run_panel(d, n - j < PANEL ? n - j : PANEL, packed, k,
                      packed ? (left){ block, 1, rows } : l, panels + j / PANEL * step,
                      (tile_target){ to.c + j, to.ldc, 0, to.add });
        l.a += rows * l.row_step;
        to.c += rows * to.ldc;
    }
}

static void multiply(size_t m, size_t n, size_t k, const float *a, size_t row_step, size_t k_step,
                     const float *packed, size_t step, bool add, float *c, size_t ldc)
{
    const size_t depths = k > K_BLOCK ? (k + K_BLOCK - 1) / K_BLOCK : 1;

    for (size_t d = 0, p = 0; d < depths; d++) {
        const size_t depth = k / depths + (d < k % depths);
        multiply_part(m, n, depth, (left){ a + p * k_step, row_step, k_step }, packed + p * PANEL,
                      step, (tile_target){ c, ldc, 0, add || p > 0 });
        p += depth;
    }
}

/* A vector of a panel at a time, down all rows. */
static void pack(size_t k, size_t n, const float *b, size_t ldb, float fill, size_t at,
                 float *packed, size_t step)
{
    for (size_t done = 0; done < n;) {
        const size_t lane = (at + done) % PANEL;
        const size_t room = VF_LANES - lane % VF_LANES;
        const size_t count = n - done < room ? n - done : room;
        float *to = packed + (at + done) / PANEL * step + lane;
        if (b != NULL)
            for (size_t p = 0; p < k; p++)
                vf_put(to + p * PANEL, vf_get(b + p * ldb + done, count), count);
        else
            for (size_t p = 0; p < k; p++)
                vf_put(to + p * PANEL, vf_set(fill), count);
        done += count;
    }
}

#define RRI_GEMM_KERNELS                                                                           \
    {                                                                                              \
        .lanes = PANEL, .multiply = multiply, .pack = pack                                         \
    }
