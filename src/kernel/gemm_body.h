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

enum {
    TILE_ROWS = VF_ROWS, /* 2*14 or 2*6 sums, 2 of B and 1 of A in 32 or 16 registers */
    PANEL = 2 * VF_LANES,
    K_BLOCK = 256,
    BLOCK_TILES = 8
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

static inline void put_sum(const tile_target *to, float *c, vf sum, size_t lanes)
{
    vf_put(c, to->add ? vf_add(vf_get(c, lanes), sum) : sum, lanes);
}

/* `rows` and `vectors` are constants wherever this is called, so that the sums stay in
 * registers. */
static inline __attribute__((always_inline)) void tile(size_t rows, size_t vectors, size_t k,
                                                       left l, const float *panel, tile_target to)
{
    vf sum[TILE_ROWS][2];

#pragma GCC unroll 16
    for (size_t i = 0; i < rows; i++)
        sum[i][0] = sum[i][1] = vf_set(0.0f);
    for (size_t p = 0; p < k; p++) {
        const float *a = l.a + p * l.k_step;
        const vf b0 = vf_load(panel + p * PANEL);
        const vf b1 = vectors > 1 ? vf_load(panel + p * PANEL + VF_LANES) : b0;
#pragma GCC unroll 16
        for (size_t i = 0; i < rows; i++) {
            const vf x = vf_set(a[i * l.row_step]);
            sum[i][0] = vf_fma(x, b0, sum[i][0]);
            if (vectors > 1)
                sum[i][1] = vf_fma(x, b1, sum[i][1]);
        }
    }
#pragma GCC unroll 16
    for (size_t i = 0; i < rows; i++) {
        float *c = to.c + i * to.ldc;
        put_sum(&to, c, sum[i][0], vectors > 1 ? VF_LANES : to.last);
        if (vectors > 1)
            put_sum(&to, c + VF_LANES, sum[i][1], to.last);
    }
}

static inline __attribute__((always_inline)) void
tile_of(size_t rows, size_t vectors, size_t k, left l, const float *panel, tile_target to)
{
    switch (rows) {
    case 1:
        tile(1, vectors, k, l, panel, to);
        break;
    case 2:
        tile(2, vectors, k, l, panel, to);
        break;
    case 3:
        tile(3, vectors, k, l, panel, to);
        break;
    case 4:
        tile(4, vectors, k, l, panel, to);
        break;
    case 5:
        tile(5, vectors, k, l, panel, to);
        break;
    case 6:
        tile(6, vectors, k, l, panel, to);
        break;
#if VF_ROWS > 6
    case 7:
        tile(7, vectors, k, l, panel, to);
        break;
    case 8:
        tile(8, vectors, k, l, panel, to);
        break;
    case 9:
        tile(9, vectors, k, l, panel, to);
        break;
    case 10:
        tile(10, vectors, k, l, panel, to);
        break;
    case 11:
        tile(11, vectors, k, l, panel, to);
        break;
    case 12:
        tile(12, vectors, k, l, panel, to);
        break;
    case 13:
        tile(13, vectors, k, l, panel, to);
        break;
    case 14:
        tile(14, vectors, k, l, panel, to);
        break;
#endif
    default:
        break;
    }
}

/* One panel against `tiles` tiles that share m rows. */
static void run_panel(size_t m, size_t tiles, size_t width, size_t k, left l, const float *panel,
                      tile_target to)
{
    const size_t vectors = width > VF_LANES ? 2 : 1;
    const size_t low = m / tiles;
    const size_t high_tiles = m % tiles; /* these first tiles have one row more */

    to.last = width - (vectors - 1) * VF_LANES;
    for (size_t i = 0; i < tiles; i++) {
        const size_t rows = low + (i < high_tiles);
        if (vectors == 2)
            tile_of(rows, 2, k, l, panel, to);
        else
            tile_of(rows, 1, k, l, panel, to);
        l.a += rows * l.row_step;
        to.c += rows * to.ldc;
    }
}

static void multiply(size_t m, size_t n, size_t k, const float *a, size_t row_step, size_t k_step,
                     const float *packed, size_t step, bool add, float *c, size_t ldc)
{
    const size_t tiles = (m + TILE_ROWS - 1) / TILE_ROWS;
    const size_t blocks = (tiles + BLOCK_TILES - 1) / BLOCK_TILES;
    const size_t depths = k > K_BLOCK ? (k + K_BLOCK - 1) / K_BLOCK : 1;

    for (size_t d = 0, p = 0; d < depths; d++) {
        const size_t depth = k / depths + (d < k % depths);
        size_t row = 0;
        for (size_t b = 0; b < blocks; b++) {
            const size_t rows = m / blocks + (b < m % blocks);
            const left l = { a + row * row_step + p * k_step, row_step, k_step };
            for (size_t j = 0; j < n; j += PANEL)
                run_panel(rows, (rows + TILE_ROWS - 1) / TILE_ROWS, n - j < PANEL ? n - j : PANEL,
                          depth, l, packed + j / PANEL * step + p * PANEL,
                          (tile_target){ c + row * ldc + j, ldc, 0, add || p > 0 });
            row += rows;
        }
        p += depth;
    }
}

#define RRI_GEMM_KERNELS                                                                           \
    {                                                                                              \
        .lanes = PANEL, .multiply = multiply                                                       \
    }
