/* SPDX-License-Identifier: MIT */
/* affine.c - turned, shifted, sheared and scaled images.
 *
 * With p = (x to the right, y down), measured from the image's centre, the transformation is
 *
 *     p' = R S s p + shift        S = | 1 shear |     R = |  cos  sin |
 *                                     | 0   1   |         | -sin  cos |
 *
 * R turns counter-clockwise on a screen, where y points down. Each output pixel p' takes the value
 * at p = S^-1 R^-1 (p' - shift) / s, bilinear between the four pixels around; beyond the image is
 * 0. A point that falls exactly on a pixel takes its bits, so the identity and whole-pixel shifts
 * are exact. */
#include "rnnrepair/experimental/augment.h"

#include "repair/near.h"

#include <math.h>

rr_affine rr_affine_identity(void)
{
    return (rr_affine){ .scale = 1.0 };
}

rr_affine_range rr_affine_range_default(void)
{
    return (rr_affine_range){
        .min = { .rotate = -20.0, .shift_x = -2.0, .shift_y = -2.0, .shear = -0.15, .scale = 0.85 },
        .max = { .rotate = 20.0, .shift_x = 2.0, .shift_y = 2.0, .shear = 0.15, .scale = 1.15 },
    };
}

rr_affine rr_affine_draw(const rr_affine_range *range, uint64_t seed, uint64_t index)
{
    rri_random r = rri_random_at(seed, RRI_RANDOM_AUGMENT, index);
    rr_affine a = { .scale = 1.0 };

    a.rotate = rri_between(&r, range->min.rotate, range->max.rotate);
    a.shift_x = rri_between(&r, range->min.shift_x, range->max.shift_x);
    a.shift_y = rri_between(&r, range->min.shift_y, range->max.shift_y);
    a.shear = rri_between(&r, range->min.shear, range->max.shear);
    a.scale = rri_between(&r, range->min.scale, range->max.scale);
    return a;
}

rr_affine rr_affine_draw_near(const rr_affine_range *range, const rr_affine *at, double share,
                              uint64_t seed, uint64_t index)
{
    const rr_affine *const lo = &range->min;
    const rr_affine *const hi = &range->max;
    const rr_affine drawn = rr_affine_draw(range, seed, index);

    return (rr_affine){
        .rotate = rri_nudge(at->rotate, drawn.rotate, lo->rotate, hi->rotate, share),
        .shift_x = rri_nudge(at->shift_x, drawn.shift_x, lo->shift_x, hi->shift_x, share),
        .shift_y = rri_nudge(at->shift_y, drawn.shift_y, lo->shift_y, hi->shift_y, share),
        .shear = rri_nudge(at->shear, drawn.shear, lo->shear, hi->shear, share),
        .scale = rri_nudge(at->scale, drawn.scale, lo->scale, hi->scale, share),
    };
}

typedef struct image {
    const float *pixels; /* [T][D] */
    size_t T, D;
} image;

/* The pixel in column x, row y, both whole numbers; 0 outside. */
static double pixel(const image *im, double x, double y)
{
    if (x < 0.0 || y < 0.0 || x > (double)(im->D - 1) || y > (double)(im->T - 1))
        return 0.0;
    return (double)im->pixels[(size_t)y * im->D + (size_t)x];
}

static float sample(const image *im, double x, double y)
{
    if (!(x > -1.0 && y > -1.0 && x < (double)im->D && y < (double)im->T))
        return 0.0f; /* also where a tiny scale sends the point to infinity */
    const double left = floor(x);
    const double top = floor(y);
    const double fx = x - left;
    const double fy = y - top;

    if (fx == 0.0 && fy == 0.0)
        return (float)pixel(im, left, top);
    const double above = (1.0 - fx) * pixel(im, left, top) + fx * pixel(im, left + 1.0, top);
    const double below =
        (1.0 - fx) * pixel(im, left, top + 1.0) + fx * pixel(im, left + 1.0, top + 1.0);
    return (float)((1.0 - fy) * above + fy * below);
}

static rr_status check(const rr_affine *a, size_t T, size_t D, rr_error *err)
{
    if (!(isfinite(a->rotate) && isfinite(a->shift_x) && isfinite(a->shift_y) &&
          isfinite(a->shear) && isfinite(a->scale)))
        return rri_fail(err, RR_ERR_ARG, -1,
                        "rotate %g, shift %g, %g, shear %g, scale %g are not all finite", a->rotate,
                        a->shift_x, a->shift_y, a->shear, a->scale);
    if (a->scale <= 0.0)
        return rri_fail(err, RR_ERR_ARG, -1, "scale %g is not above 0", a->scale);
    if (T == 0 || D == 0)
        return rri_fail(err, RR_ERR_SHAPE, -1, "an image of %zu rows and %zu columns is empty", T,
                        D);
    return RR_OK;
}

rr_status rr_affine_apply(const rr_affine *a, const float *in, size_t T, size_t D, float *out,
                          rr_error *err)
{
    const double radian = 3.14159265358979323846 / 180.0;
    const rr_status st = check(a, T, D, err);

    if (st != RR_OK)
        return st;
    const image im = { .pixels = in, .T = T, .D = D };
    const double c = cos(a->rotate * radian);
    const double s = sin(a->rotate * radian);
    const double middle_x = 0.5 * (double)(D - 1);
    const double middle_y = 0.5 * (double)(T - 1);

    for (size_t row = 0; row < T; row++)
        for (size_t column = 0; column < D; column++) {
            const double u = (double)column - middle_x - a->shift_x;
            const double v = (double)row - middle_y - a->shift_y;
            const double y = s * u + c * v;                /* R^-1 */
            const double x = c * u - s * v - a->shear * y; /* S^-1 R^-1 */
            out[row * D + column] = sample(&im, x / a->scale + middle_x, y / a->scale + middle_y);
        }
    return RR_OK;
}
