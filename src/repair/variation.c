/* SPDX-License-Identifier: MIT */
/* variation.c - series with another course in time, other amplitudes and noise.
 *
 * The variations and their usual sizes are those of [Um17] (noise, amplitude of a channel, a smooth
 * curve of the speed), [LeGuennec16] (a part of the series) and the survey [Iwana21] (the part
 * stretched to the length of the whole). Differences: noise and amplitude are relative to the
 * deviation and the mean of the channel in the series itself, so that they do not depend on its
 * units; the logarithm of the speed is a cosine series instead of a spline, so that time never runs
 * backwards.
 *
 * The equations are in repair.h. A position that is a step takes the bits of that step, so that the
 * identity is exact. */
#include "rnnrepair/experimental/augment.h"

#include "repair/near.h"

#include <float.h>
#include <math.h>
#include <string.h>

static const double MOST_WARP = 3.0;
static const double MOST_JITTER = 10.0;

rr_variation rr_variation_identity(void)
{
    return (rr_variation){ .slice = 1.0, .channels = 1.0 };
}

/* Chosen on development splits (docs/RESULTS.md#series-repair); results are not sensitive to them.
 */
rr_variation_range rr_variation_range_default(void)
{
    return (rr_variation_range){
        .jitter = 0.2, .amplitude = 0.2, .warp = 0.5, .slice = 0.8, .channels = 0.5
    };
}

/* ---- sampling ------------------------------------------------------------------------------- */

rr_variation rr_variation_draw(const rr_variation_range *range, uint64_t seed, uint64_t index)
{
    rri_random r = rri_random_at(seed, RRI_RANDOM_AUGMENT, index);
    rr_variation v = { .seed = seed, .stream = index };

    v.jitter = rri_between(&r, 0.0, range->jitter);
    v.amplitude = rri_between(&r, 0.0, range->amplitude);
    for (size_t k = 0; k < RR_WARP_TERMS; k++)
        v.warp[k] = rri_between(&r, -range->warp, range->warp);
    v.slice = rri_between(&r, range->slice, 1.0);
    v.start = rri_between(&r, 0.0, 1.0);
    v.channels = rri_between(&r, range->channels, 1.0);
    return v;
}

rr_variation rr_variation_draw_near(const rr_variation_range *range, const rr_variation *at,
                                    double share, uint64_t seed, uint64_t index)
{
    const rr_variation drawn = rr_variation_draw(range, seed, index);
    rr_variation v = *at;

    v.jitter = rri_nudge(at->jitter, drawn.jitter, 0.0, range->jitter, share);
    v.amplitude = rri_nudge(at->amplitude, drawn.amplitude, 0.0, range->amplitude, share);
    for (size_t k = 0; k < RR_WARP_TERMS; k++)
        v.warp[k] = rri_nudge(at->warp[k], drawn.warp[k], -range->warp, range->warp, share);
    v.slice = rri_nudge(at->slice, drawn.slice, range->slice, 1.0, share);
    v.start = rri_nudge(at->start, drawn.start, 0.0, 1.0, share);
    v.channels = rri_nudge(at->channels, drawn.channels, range->channels, 1.0, share);
    return v;
}

/* ---- checks --------------------------------------------------------------------------------- */

static rr_status check(const rr_variation *v, size_t T, rr_error *err)
{
    const struct {
        const char *name;
        double value, min, max;
    } quantities[] = {
        { "jitter", v->jitter, 0.0, MOST_JITTER }, { "amplitude", v->amplitude, 0.0, 1.0 },
        { "slice", v->slice, DBL_MIN, 1.0 },       { "start", v->start, 0.0, 1.0 },
        { "channels", v->channels, DBL_MIN, 1.0 },
    };

    for (size_t i = 0; i < sizeof quantities / sizeof *quantities; i++)
        if (!(quantities[i].value >= quantities[i].min && quantities[i].value <= quantities[i].max))
            return rri_fail(err, RR_ERR_ARG, -1, "%s of a variation is %g, not in %.0f..%.0f",
                            quantities[i].name, quantities[i].value, quantities[i].min,
                            quantities[i].max);
    for (size_t k = 0; k < RR_WARP_TERMS; k++)
        if (!(fabs(v->warp[k]) <= MOST_WARP))
            return rri_fail(err, RR_ERR_ARG, -1,
                            "warp %zu of a variation is %g, not in -%.0f..%.0f", k, v->warp[k],
                            MOST_WARP, MOST_WARP);
    if (T == 0)
        return rri_fail(err, RR_ERR_SHAPE, -1, "a series of 0 steps is empty");
    return RR_OK;
}

/* ---- time ----------------------------------------------------------------------------------- */

static bool is_warped(const rr_variation *v)
{
    for (size_t k = 0; k < RR_WARP_TERMS; k++)
        if (v->warp[k] != 0.0)
            return true;
    return false;
}

static double speed(const rr_variation *v, double u)
{
    const double pi = 3.14159265358979323846;
    double g = 0.0;

    for (size_t k = 0; k < RR_WARP_TERMS; k++)
        g += v->warp[k] * cos(pi * (double)(k + 1) * u);
    return exp(g);
}

/* C_t; T is 2 at least. Without a warp it is t, without an error of rounding. */
static void sum_speeds(const rr_variation *v, size_t T, double *sum)
{
    const double last = (double)(T - 1);
    double before = speed(v, 0.0);

    sum[0] = 0.0;
    for (size_t t = 1; t < T; t++) {
        const double now = speed(v, (double)t / last);
        sum[t] = sum[t - 1] + 0.5 * (before + now);
        before = now;
    }
}

rr_status rr_variation_positions(const rr_variation *v, size_t T, double *position, rr_error *err)
{
    const rr_status st = check(v, T, err);

    if (st != RR_OK)
        return st;
    position[0] = 0.0;
    if (T == 1)
        return RR_OK;
    const double last = (double)(T - 1);
    const double begin = v->start * last * (1.0 - v->slice);
    if (is_warped(v)) {
        sum_speeds(v, T, position);
        const double whole = position[T - 1];
        for (size_t t = 0; t < T; t++)
            position[t] = t + 1 == T ? last : last * (position[t] / whole);
    } else {
        for (size_t t = 0; t < T; t++)
            position[t] = (double)t;
    }
    for (size_t t = 0; t < T; t++) {
        const double at = begin + v->slice * position[t];
        position[t] = at < last ? at : last;
    }
    return RR_OK;
}

/* One step of the series at a position. */
static void resample(const float *in, size_t T, size_t D, double position, float *out)
{
    const size_t step = rri_min((size_t)position, T - 1);
    const double part = position - (double)step;
    const float *a = in + step * D;

    if (part == 0.0 || step == T - 1) {
        memcpy(out, a, D * sizeof *out);
        return;
    }
    for (size_t d = 0; d < D; d++)
        out[d] = (float)((1.0 - part) * (double)a[d] + part * (double)a[D + d]);
}

/* ---- values --------------------------------------------------------------------------------- */

/* The channel that is changed if the probability leaves out all. */
static size_t first_channel(const rr_variation *v, size_t D)
{
    rri_random r = rri_random_at(v->seed, RRI_RANDOM_VARIATION, v->stream);
    size_t first = 0;
    double least = 2.0;

    for (size_t d = 0; d < D; d++) {
        const double u = rri_random_uniform(&r);
        if (u < least) {
            least = u;
            first = d;
        }
        (void)rri_random_uniform(&r);
    }
    return first;
}

static void find_moments(const float *in, size_t T, size_t D, size_t d, double *mean,
                         double *deviation)
{
    double sum = 0.0;
    double squares = 0.0;

    for (size_t t = 0; t < T; t++)
        sum += (double)in[t * D + d];
    *mean = sum / (double)T;
    for (size_t t = 0; t < T; t++) {
        const double off = (double)in[t * D + d] - *mean;
        squares += off * off;
    }
    *deviation = sqrt(squares / (double)T);
}

static void change_channel(const rr_variation *v, const float *in, size_t T, size_t D, size_t d,
                           double factor, float *out)
{
    double mean = 0.0;
    double deviation = 0.0;
    rri_random r = rri_random_at(v->seed, RRI_RANDOM_NOISE, v->stream);

    r.b = (uint32_t)(d * T); /* a normal number takes one block */
    find_moments(in, T, D, d, &mean, &deviation);
    for (size_t t = 0; t < T; t++) {
        float *x = &out[t * D + d];
        double value = factor != 1.0 ? mean + factor * ((double)*x - mean) : (double)*x;
        if (v->jitter > 0.0)
            value += v->jitter * deviation * rri_random_normal(&r);
        *x = (float)value;
    }
}

rr_status rr_variation_apply(const rr_variation *v, const float *in, size_t T, size_t D,
                             double *position, float *out, rr_error *err)
{
    rri_random r = rri_random_at(v->seed, RRI_RANDOM_VARIATION, v->stream);
    rr_status st = RR_OK;

    if (D == 0)
        return rri_fail(err, RR_ERR_SHAPE, -1, "a series of 0 channels is empty");
    RRI_TRY(rr_variation_positions(v, T, position, err));
    for (size_t t = 0; t < T; t++)
        resample(in, T, D, position[t], out + t * D);
    if (v->amplitude == 0.0 && v->jitter == 0.0)
        return RR_OK;
    const size_t first = first_channel(v, D);
    for (size_t d = 0; d < D; d++) {
        const double u = rri_random_uniform(&r);
        const double factor = 1.0 + v->amplitude * (2.0 * rri_random_uniform(&r) - 1.0);
        if (u < v->channels || d == first)
            change_channel(v, in, T, D, d, factor, out);
    }

done:
    return st;
}
