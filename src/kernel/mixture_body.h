/* SPDX-License-Identifier: MIT */
/* mixture_body.h - the vector form of mixture_ref.c, written with the operations of simd_*.h.
 * Included once by each of mixture_plain.c, mixture_avx2.c and mixture_avx512.c. Equations and
 * order of sums: mixture.h.
 *
 * A vector holds neighbouring rows of one component, so that nothing is padded but the last rows,
 * and nothing is added across lanes. The loops that carry the work keep their sums in registers:
 * log_density, looping over dimensions, those of VECTORS vectors of rows for COMPONENTS components;
 * moments, looping over rows, those of DIMS dimensions. Deviations are computed twice rather than
 * stored: one instruction is cheaper than a store and a load. */
#include "kernel/mixture.h"
#include "kernel/simd_math.h"
#include "kernel/simd_sum.h"

enum {
    LANES = RRI_MIXTURE_LANES,
    VECTORS = 4,
    COMPONENTS = VF_LANES == 16 ? 4 : 2, /* VECTORS*COMPONENTS sums in 32 or 16 registers */
    MOST_DIMS = 5,
    DIMS = VF_LANES == 16 ? MOST_DIMS : 3, /* 2*DIMS sums and 2*DIMS parameters */
    LIST = 64                              /* groups of rows looked at together */
};

/* x * scale + offset */
static inline vf deviation(const float *x, vf scale, vf offset)
{
    return vf_fma(vf_load(x), scale, offset);
}

static void columns(size_t n, const float *rows, size_t stride, size_t P, size_t B, float *x)
{
    size_t i = 0;

    for (; i + VF_LANES <= n; i += VF_LANES) {
        for (size_t p = 0; p < P; p += 4) {
            const size_t width = P - p < 4 ? P - p : 4;
            vf column[4];
            vf_columns(rows + i * stride + p, stride, width, column);
            for (size_t j = 0; j < width; j++)
                vf_store(x + (p + j) * B + i, column[j]);
        }
    }
    for (; i < B; i++)
        for (size_t p = 0; p < P; p++)
            x[p * B + i] = i < n ? rows[i * stride + p] : 0.0f;
}

/* `vectors` and `components` are constants wherever this is called, so that the sums stay in
 * registers. */
static inline __attribute__((always_inline)) void density_of(const rri_mixture_params *m,
                                                             size_t vectors, size_t components,
                                                             size_t k, size_t B, const float *x,
                                                             float *ld)
{
    const float *scale = m->scale + k * m->P;
    const float *offset = m->offset + k * m->P;
    vf sum[COMPONENTS][VECTORS];

    for (size_t c = 0; c < components; c++)
        for (size_t i = 0; i < vectors; i++)
            sum[c][i] = vf_set(0.0f);
    for (size_t p = 0; p < m->P; p++) {
        for (size_t c = 0; c < components; c++) {
            const vf s = vf_set(scale[c * m->P + p]);
            const vf o = vf_set(offset[c * m->P + p]);
            for (size_t i = 0; i < vectors; i++) {
                const vf d = deviation(x + p * B + i * VF_LANES, s, o);
                sum[c][i] = vf_fma(d, d, sum[c][i]);
            }
        }
    }
    for (size_t c = 0; c < components; c++) {
        const vf constant = vf_set(m->constant[k + c]);
        for (size_t i = 0; i < vectors; i++) /* vf_min returns its second operand for NaN */
            vf_store(ld + (k + c) * B + i * VF_LANES,
                     vf_fnma(vf_min(sum[c][i], vf_set(RRI_MIXTURE_FAR)), vf_set(0.5f), constant));
    }
}

static inline __attribute__((always_inline)) void
density_of_all(const rri_mixture_params *m, size_t vectors, size_t B, const float *x, float *ld)
{
    size_t k = 0;

    for (; k + COMPONENTS <= m->K; k += COMPONENTS)
        density_of(m, vectors, COMPONENTS, k, B, x, ld);
    for (; k + 2 <= m->K; k += 2)
        density_of(m, vectors, 2, k, B, x, ld);
    if (k < m->K)
        density_of(m, vectors, 1, k, B, x, ld);
}

static void log_density(const rri_mixture_params *m, size_t B, const float *x, float *ld)
{
    size_t i = 0;

    for (; i + VECTORS * VF_LANES <= B; i += VECTORS * VF_LANES)
        density_of_all(m, VECTORS, B, x + i, ld + i);
    for (; i < B; i += VF_LANES)
        density_of_all(m, 1, B, x + i, ld + i);
}

/* The sum of a column over components, by 16 virtual lanes. */
static inline vf lane_sum(size_t K, size_t B, const float *r, size_t lane)
{
    vf sum = vf_set(0.0f);

    for (size_t k = lane; k < K; k += LANES)
        sum = vf_add(sum, vf_load(r + k * B));
    return sum;
}

static inline vf sum_over_components(size_t K, size_t B, const float *r)
{
    vf sum[8];

    for (size_t l = 0; l < 8; l++)
        sum[l] = vf_add(lane_sum(K, B, r, l), lane_sum(K, B, r, l + 8));
    for (size_t half = 4; half > 0; half /= 2)
        for (size_t l = 0; l < half; l++)
            sum[l] = vf_add(sum[l], sum[l + half]);
    return sum[0];
}

/* Four maxima, since a single one is bound by the latency of the comparisons. */
static inline vf column_largest(size_t K, size_t B, const float *ld)
{
    vf most[4];
    size_t k = 0;

    for (size_t j = 0; j < 4; j++)
        most[j] = vf_load(ld);
    for (; k + 4 <= K; k += 4)
        for (size_t j = 0; j < 4; j++)
            most[j] = vf_max(most[j], vf_load(ld + (k + j) * B));
    for (; k < K; k++)
        most[0] = vf_max(most[0], vf_load(ld + k * B));
    return vf_max(vf_max(most[0], most[1]), vf_max(most[2], most[3]));
}

static void responsibility(size_t K, size_t n, size_t B, float *ld, float *top, float *sum)
{
    for (size_t i = 0; i < B; i += VF_LANES) {
        float *column = ld + i;
        const vf most = column_largest(K, B, column);
        for (size_t k = 0; k < K; k++) {
            const vf below = vf_sub(vf_load(column + k * B), most);
            const vf e = vf_select(vf_less(below, vf_set(RRI_MIXTURE_LEAST)), vf_set(0.0f),
                                   vf_exp_within(vf_max(below, vf_set(RRI_MIXTURE_LEAST))));
            vf_store(column + k * B, e);
        }
        const vf total = sum_over_components(K, B, column);
        const vf inverse = vf_div(vf_set(1.0f), total);
        for (size_t k = 0; k < K; k++)
            vf_store(column + k * B, vf_mul(vf_load(column + k * B), inverse));
        vf_store(top + i, most);
        vf_store(sum + i, total);
    }
    for (size_t i = n; i < B; i++)
        for (size_t k = 0; k < K; k++)
            ld[k * B + i] = 0.0f;
}

static void largest(size_t K, size_t B, const float *ld, uint32_t *best, float *top)
{
    for (size_t i = 0; i < B; i += VF_LANES) {
        float number[VF_LANES];
        vf most = vf_load(ld + i);
        vf at = vf_set(0.0f); /* a component: below 2^24 */
        for (size_t k = 1; k < K; k++) {
            const vf v = vf_load(ld + k * B + i);
            const vmask more = vf_less(most, v);
            most = vf_select(more, v, most);
            at = vf_select(more, vf_set((float)k), at);
        }
        vf_store(top + i, most);
        vf_store(number, at);
        for (size_t j = 0; j < VF_LANES; j++)
            best[i + j] = (uint32_t)number[j];
    }
}

/* Groups of 16 rows, by where their r of a component and their x begin. */
typedef struct groups {
    size_t count;
    uint32_t r[LIST];
    uint32_t x[LIST];
} groups;

/* Moments of `dims` neighbouring dimensions. scale, offset, x
 * and the sums are those of the first dimension. */
static inline __attribute__((always_inline)) void moments_of(size_t dims, const groups *at,
                                                             size_t B, const float *scale,
                                                             const float *offset, const float *x,
                                                             const float *r, float *s1, float *s2)
{
    for (size_t part = 0; part < LANES; part += VF_LANES) {
        vf s[MOST_DIMS];
        vf o[MOST_DIMS];
        vf first[MOST_DIMS];
        vf second[MOST_DIMS];
        for (size_t j = 0; j < dims; j++) {
            s[j] = vf_set(scale[j]);
            o[j] = vf_set(offset[j]);
            first[j] = vf_load(s1 + j * LANES + part);
            second[j] = vf_load(s2 + j * LANES + part);
        }
        for (size_t g = 0; g < at->count; g++) {
            const vf weight = vf_load(r + at->r[g] + part);
            const float *row = x + at->x[g] + part;
            for (size_t j = 0; j < dims; j++) {
                const vf d = deviation(row + j * B, s[j], o[j]);
                const vf t = vf_mul(weight, d);
                first[j] = vf_add(first[j], t);
                second[j] = vf_fma(t, d, second[j]);
            }
        }
        for (size_t j = 0; j < dims; j++) {
            vf_store(s1 + j * LANES + part, first[j]);
            vf_store(s2 + j * LANES + part, second[j]);
        }
    }
}

/* Of rows begin .. end - 1 those groups in which a responsibility is above 0; their r is added to
 * the mass. */
static inline void find_groups(const rri_mixture_params *m, size_t B, size_t begin, size_t end,
                               const float *r, float *mass, groups *at)
{
    vf sum[VF_PARTS];

    for (size_t part = 0; part < VF_PARTS; part++)
        sum[part] = vf_load(mass + part * VF_LANES);
    at->count = 0;
    for (size_t block = begin / B, i = begin % B, row = begin; row < end; row += LANES) {
        const size_t from = block * m->K * B + i;
        vf any = vf_set(0.0f);
        for (size_t part = 0; part < VF_PARTS; part++) {
            const vf weight = vf_load(r + from + part * VF_LANES);
            sum[part] = vf_add(sum[part], weight);
            any = vf_max(any, weight);
        }
        at->r[at->count] = (uint32_t)from;
        at->x[at->count] = (uint32_t)(block * m->P * B + i);
        at->count += vf_positive(any);
        i += LANES;
        block += i == B;
        i = i == B ? 0 : i;
    }
    for (size_t part = 0; part < VF_PARTS; part++)
        vf_store(mass + part * VF_LANES, sum[part]);
}

/* The dimensions in as few parts as registers allow, of nearly equal size. */
static void moments_of_component(const rri_mixture_params *m, size_t k, const groups *at, size_t B,
                                 const float *x, const float *r, float *s1, float *s2)
{
    const float *scale = m->scale + k * m->P;
    const float *offset = m->offset + k * m->P;

    for (size_t p = 0, dims; p < m->P; p += dims) {
        const size_t left = m->P - p;
        const size_t parts = (left + DIMS - 1) / DIMS;
        dims = (left + parts - 1) / parts;
        /* Each a constant, so that the sums stay in registers. */
        if (dims == 1)
            moments_of(1, at, B, scale + p, offset + p, x + p * B, r, s1 + p * LANES,
                       s2 + p * LANES);
        else if (dims == 2)
            moments_of(2, at, B, scale + p, offset + p, x + p * B, r, s1 + p * LANES,
                       s2 + p * LANES);
        else if (dims == 3)
            moments_of(3, at, B, scale + p, offset + p, x + p * B, r, s1 + p * LANES,
                       s2 + p * LANES);
        else if (DIMS > 3 && dims == 4)
            moments_of(4, at, B, scale + p, offset + p, x + p * B, r, s1 + p * LANES,
                       s2 + p * LANES);
        else if (DIMS > 3)
            moments_of(5, at, B, scale + p, offset + p, x + p * B, r, s1 + p * LANES,
                       s2 + p * LANES);
    }
}

static void moments(const rri_mixture_params *m, size_t blocks, size_t B, const float *x,
                    const float *r, float *sums)
{
    groups at;

    for (size_t k = 0; k < m->K; k++) {
        float *mass = sums + k * (1 + 2 * m->P) * LANES;
        for (size_t begin = 0; begin < blocks * B; begin += LIST * LANES) {
            const size_t end =
                blocks * B - begin < LIST * LANES ? blocks * B : begin + LIST * LANES;
            find_groups(m, B, begin, end, r + k * B, mass, &at);
            if (at.count > 0 && m->P > 0)
                moments_of_component(m, k, &at, B, x, r + k * B, mass + LANES,
                                     mass + (1 + m->P) * LANES);
        }
    }
}

static void add_lanes(size_t n, float *lanes, double *sums)
{
    for (size_t j = 0; j < n; j++) {
        vf part[VF_PARTS];
        for (size_t i = 0; i < VF_PARTS; i++) {
            part[i] = vf_load(lanes + j * LANES + i * VF_LANES);
            vf_store(lanes + j * LANES + i * VF_LANES, vf_set(0.0f));
        }
        sums[j] += (double)vf_sum16(part);
    }
}

#define RRI_MIXTURE_KERNELS                                                                        \
    {                                                                                              \
        .columns = columns, .log_density = log_density, .responsibility = responsibility,          \
        .moments = moments, .add_lanes = add_lanes, .largest = largest                             \
    }
