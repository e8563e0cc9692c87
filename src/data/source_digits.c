/* SPDX-License-Identifier: MIT */
/* source_digits.c - digits, images of digits in a handwritten style, rendered here: no download.
 *
 * Sample i of a split depends on the random stream at (seed, split, i) alone:
 *
 *     strokes of a variant of the digit -> smooth warp -> scale, shear, rotate, shift
 *         -> distance of each pixel to the nearest stroke -> ink, anti-aliased -> blot -> noise
 *
 * Labels come in blocks of ten, each block a permutation of the ten digits, so the classes are
 * balanced and sample i does not depend on how many there are. With `only` the samples of the other
 * labels are skipped: the others are the same images. */
#include "data/digit_strokes.h"
#include "data/only.h"
#include "data/source.h"

#include <math.h>
#include <string.h>

enum {
    SIDE = 28, /* rows and columns */
    PIXELS = SIDE * SIDE,
    DIGITS = 10,
    BLOCK = DIGITS,            /* labels permuted together */
    TASK = 16,                 /* samples rendered by one task */
    PIECES = 6,                /* straight pieces of a spline's span */
    SEGMENTS = 3 * 12 * PIECES /* enough for any glyph, and the blot */
};

static const double TWO_PI = 6.283185307179586;

/* ---- geometry ------------------------------------------------------------------------------- */

typedef struct point {
    double x, y;
} point;

typedef struct segment {
    point from, to;
} segment;

/* A glyph's strokes as straight pieces. */
typedef struct drawing {
    segment piece[SEGMENTS];
    size_t count;
} drawing;

/* One call an expression: the order in which arguments are evaluated is the compiler's. */
static double between(rri_random *r, double min, double max)
{
    return min + rri_random_uniform(r) * (max - min);
}

/* Three plane waves in each direction, of 0.5 to 1.3 periods over the glyph's height: an
 * unsteady pen that never tears strokes apart. */
enum { WAVES = 3 };
typedef struct warp {
    double kx[2][WAVES], ky[2][WAVES], phase[2][WAVES], height[2][WAVES];
} warp;

static warp draw_warp(rri_random *r)
{
    warp w;

    for (int axis = 0; axis < 2; axis++)
        for (int i = 0; i < WAVES; i++) {
            const double angle = between(r, 0.0, TWO_PI);
            const double periods = between(r, 0.5, 1.3);
            w.kx[axis][i] = TWO_PI * periods * cos(angle) / 100.0;
            w.ky[axis][i] = TWO_PI * periods * sin(angle) / 100.0;
            w.phase[axis][i] = between(r, 0.0, TWO_PI);
            w.height[axis][i] = 3.0 * rri_random_normal(r); /* glyph units */
        }
    return w;
}

static point bend(const warp *w, point p)
{
    double move[2] = { 0.0, 0.0 };

    for (int axis = 0; axis < 2; axis++)
        for (int i = 0; i < WAVES; i++)
            move[axis] += w->height[axis][i] *
                          sin(w->kx[axis][i] * p.x + w->ky[axis][i] * p.y + w->phase[axis][i]);
    return (point){ p.x + move[0], p.y + move[1] };
}

/* Glyph units about the glyph's centre to pixels. */
typedef struct pose {
    double xx, xy, yx, yy; /* the linear part */
    point at;              /* image of the centre */
} pose;

static pose draw_pose(rri_random *r)
{
    const double angle = between(r, -0.3, 0.3); /* about 17 degrees */
    const double shear = between(r, -0.2, 0.2);
    const double size = between(r, 0.165, 0.205); /* pixels a unit: 16 to 20 pixels high */
    const double wide = size * between(r, 0.85, 1.15);
    const double c = cos(angle);
    const double s = sin(angle);
    const double middle = 0.5 * (SIDE - 1);
    const double x = middle + between(r, -1.5, 1.5);
    const double y = middle + between(r, -1.5, 1.5);
    pose p = { .at = { x, y } };

    /* R S diag(wide, size), with R and S as in affine.c */
    p.xx = c * wide;
    p.xy = (c * shear + s) * size;
    p.yx = -s * wide;
    p.yy = (-s * shear + c) * size;
    return p;
}

static point transform(const pose *p, point q)
{
    const double x = q.x - 30.0;
    const double y = q.y - 50.0;

    return (point){ p->at.x + p->xx * x + p->xy * y, p->at.y + p->yx * x + p->yy * y };
}

/* ---- strokes to pieces ---------------------------------------------------------------------- */

static point control(const rri_stroke *s, ptrdiff_t i)
{
    const ptrdiff_t n = (ptrdiff_t)s->points;

    if (s->kind == RRI_STROKE_LOOP)
        i = (i + n) % n;
    else
        i = i < 0 ? 0 : i >= n ? n - 1 : i;
    return (point){ s->at[i][0], s->at[i][1] };
}

/* Uniform Catmull-Rom between the second and the third point [Catmull74]. */
static double spline(double a, double b, double c, double d, double u)
{
    return 0.5 *
           (2.0 * b +
            u * (c - a + u * (2.0 * a - 5.0 * b + 4.0 * c - d + u * (3.0 * (b - c) + d - a))));
}

/* The point at fraction u of the span that begins at control point i. */
static point along(const rri_stroke *s, ptrdiff_t i, double u)
{
    const point b = control(s, i);
    const point c = control(s, i + 1);

    if (s->kind == RRI_STROKE_LINE)
        return (point){ b.x + u * (c.x - b.x), b.y + u * (c.y - b.y) };
    const point a = control(s, i - 1);
    const point d = control(s, i + 2);
    return (point){ spline(a.x, b.x, c.x, d.x, u), spline(a.y, b.y, c.y, d.y, u) };
}

static void trace_stroke(drawing *d, const rri_stroke *s, const warp *w, const pose *p)
{
    const size_t spans = s->kind == RRI_STROKE_LOOP ? s->points : s->points - 1;
    point last = transform(p, bend(w, control(s, 0)));

    for (size_t i = 0; i < spans; i++)
        for (int k = 1; k <= PIECES; k++) {
            const point next = transform(p, bend(w, along(s, (ptrdiff_t)i, (double)k / PIECES)));
            d->piece[d->count++] = (segment){ last, next };
            last = next;
        }
}

/* ---- pieces to pixels ----------------------------------------------------------------------- */

static double squared_distance(const segment *s, double x, double y)
{
    const double dx = s->to.x - s->from.x;
    const double dy = s->to.y - s->from.y;
    const double length = dx * dx + dy * dy;
    double u = 0.0;

    if (length > 0.0)
        u = fmin(fmax(((x - s->from.x) * dx + (y - s->from.y) * dy) / length, 0.0), 1.0);
    const double ex = x - s->from.x - u * dx;
    const double ey = y - s->from.y - u * dy;
    return ex * ex + ey * ey;
}

/* First and last pixel within reach of a..b along one axis; last < first when there is none. */
static void reach(double a, double b, double radius, int *first, int *last)
{
    *first = (int)fmax(ceil(fmin(a, b) - radius), 0.0);
    *last = (int)fmin(floor(fmax(a, b) + radius), SIDE - 1.0);
}

/* Lay ink of one pen over the image: full within the pen's radius, fading over one pixel. */
static void ink(const drawing *d, double thickness, double darkness, float *image)
{
    const double radius = 0.5 * thickness + 0.5;
    double nearest[PIXELS];

    for (int i = 0; i < PIXELS; i++)
        nearest[i] = radius * radius;
    for (size_t k = 0; k < d->count; k++) {
        const segment *s = &d->piece[k];
        int left = 0, right = 0, top = 0, bottom = 0;
        reach(s->from.x, s->to.x, radius, &left, &right);
        reach(s->from.y, s->to.y, radius, &top, &bottom);
        for (int y = top; y <= bottom; y++)
            for (int x = left; x <= right; x++)
                nearest[y * SIDE + x] =
                    fmin(nearest[y * SIDE + x], squared_distance(s, (double)x, (double)y));
    }
    for (int i = 0; i < PIXELS; i++) {
        const double cover = fmin(radius - sqrt(nearest[i]), 1.0);
        image[i] = (float)fmax((double)image[i], darkness * cover);
    }
}

/* One image in seven has a short stray stroke of another pen. */
static void blot(rri_random *r, float *image)
{
    drawing d = { .count = 1 };

    if (rri_random_below(r, 7) != 0)
        return;
    const double x = between(r, 2.0, SIDE - 3.0);
    const double y = between(r, 2.0, SIDE - 3.0);
    const double angle = between(r, 0.0, TWO_PI);
    const double length = between(r, 0.0, 5.0);
    d.piece[0] = (segment){ { x, y }, { x + length * cos(angle), y + length * sin(angle) } };
    const double darkness = between(r, 0.4, 1.0);
    ink(&d, between(r, 1.2, 2.5), darkness, image);
}

/* Noise of mean 0 and standard deviation 1: the sum of four bytes, which is near enough to normal,
 * costs a quarter of a random block and has the same bits on every machine. */
static double byte_noise(rri_random *r)
{
    const double mean = 510.0;
    const double deviation = 147.80054127099808; /* sqrt(4 * (256^2 - 1) / 12) */
    const uint32_t v = rri_random_u32(r);
    const uint32_t sum = (v & 255) + (v >> 8 & 255) + (v >> 16 & 255) + (v >> 24);

    return ((double)sum - mean) / deviation;
}

static void draw(rri_random *r, unsigned digit, double noise, float *image)
{
    size_t variants = 0;
    const rri_glyph *glyphs = rri_digit_glyphs(digit, &variants);
    const rri_glyph *glyph = &glyphs[rri_random_below(r, variants)];
    const warp w = draw_warp(r);
    const pose p = draw_pose(r);
    drawing d = { .count = 0 };

    for (int s = 0; s < RRI_GLYPH_STROKES && glyph->stroke[s].kind != RRI_STROKE_NONE; s++)
        trace_stroke(&d, &glyph->stroke[s], &w, &p);
    const double darkness = between(r, 0.75, 1.0);
    ink(&d, between(r, 1.5, 3.5), darkness, image);
    blot(r, image);
    for (int i = 0; i < PIXELS; i++)
        image[i] = (float)fmin(fmax((double)image[i] + noise * byte_noise(r), 0.0), 1.0);
}

/* ---- the source ----------------------------------------------------------------------------- */

typedef struct options {
    size_t count[3]; /* by rr_split */
    uint64_t seed;
    double noise; /* standard deviation, of the range 0..1 */
    rri_only only;
} options;

static rr_status read_options(const rri_spec *spec, options *o, rr_error *err)
{
    const size_t most = UINT32_MAX;
    rr_status st = RR_OK;

    *o = (options){ .count = { [RR_SPLIT_TRAIN] = 6000, [RR_SPLIT_TEST] = 1000 },
                    .seed = 1,
                    .noise = 0.15 };
    RRI_TRY(rri_spec_size(spec, "train", 0, most, &o->count[RR_SPLIT_TRAIN], err));
    RRI_TRY(rri_spec_size(spec, "test", 0, most, &o->count[RR_SPLIT_TEST], err));
    RRI_TRY(rri_spec_u64(spec, "seed", &o->seed, err));
    RRI_TRY(rri_spec_f64(spec, "noise", 0.0, 1.0, &o->noise, err));
    RRI_TRY(rri_only_read(spec, DIGITS, &o->only, err));

done:
    return st;
}

/* Addresses of the random streams: the samples of a split, and the order of its label blocks. */
static rri_random sample_stream(const options *o, rr_split split, size_t i)
{
    return rri_random_at(o->seed, RRI_RANDOM_DIGITS, (uint64_t)split << 56 | i);
}

static rri_random label_stream(const options *o, rr_split split, size_t block)
{
    return rri_random_at(o->seed, RRI_RANDOM_DIGITS,
                         (uint64_t)split << 56 | (uint64_t)1 << 48 | block);
}

/* One sample of the split. */
typedef struct sample {
    uint32_t number; /* in the split with every label */
    uint32_t digit;
} sample;

/* The first `limit` samples with labels in use; returns how many. out may be NULL. */
static size_t keep(const options *o, rr_split split, size_t limit, sample *out)
{
    uint32_t order[BLOCK];
    size_t n = 0;

    for (size_t i = 0; i < o->count[split] && n < limit; i++) {
        if (i % BLOCK == 0) {
            rri_random r = label_stream(o, split, i / BLOCK);
            rri_random_permutation(&r, order, BLOCK);
        }
        if (!rri_only_keeps(&o->only, order[i % BLOCK]))
            continue;
        if (out != NULL)
            out[n] = (sample){ .number = (uint32_t)i, .digit = order[i % BLOCK] };
        n++;
    }
    return n;
}

static rr_status count_splits(const rri_request *in, bool has[3], void **state, rr_error *err)
{
    const rri_spec *spec = in->spec;
    options o;
    const rr_status st = read_options(spec, &o, err);

    (void)state;
    for (int s = 0; st == RR_OK && s < 3; s++)
        has[s] = keep(&o, (rr_split)s, 1, NULL) > 0;
    return st;
}

typedef struct job {
    const options *o;
    rr_split split;
    const sample *kept; /* [N of ds] */
    rr_dataset *ds;
} job;

static void draw_some(void *ctx, size_t task, size_t worker)
{
    const job *j = ctx;
    size_t begin = 0;
    size_t end = 0;

    (void)worker;
    rri_block(j->ds->count, TASK, task, &begin, &end);
    for (size_t i = begin; i < end; i++) {
        rri_random r = sample_stream(j->o, j->split, j->kept[i].number);
        j->ds->label[i] = rri_only_class(&j->o->only, j->kept[i].digit);
        j->ds->offset[i + 1] = (i + 1) * SIDE;
        draw(&r, j->kept[i].digit, j->o->noise, j->ds->frames + i * PIXELS);
    }
}

static rr_status load(const rri_request *in, void *state, rr_split split, size_t limit,
                      rr_dataset **out, rr_error *err)
{
    const rri_spec *spec = in->spec;
    options o;
    sample *kept = NULL;
    rr_dataset *ds = NULL;
    rr_status st = RR_OK;

    (void)state;
    RRI_TRY(read_options(spec, &o, err));
    RRI_TRY(rri_alloc(&kept, rri_min(o.count[split], limit), 1, sizeof *kept, err));
    const size_t count = keep(&o, split, limit, kept);
    const rr_dataset_shape shape = rri_only_shape(&o.only, SIDE, DIGITS);
    RRI_TRY(rri_dataset_new(&shape, count, count * SIDE, &ds, err));
    job j = { .o = &o, .split = split, .kept = kept, .ds = ds };
    rri_parallel(0, rri_blocks(count, TASK), draw_some, &j);
    RRI_TRY(rri_dataset_seal(ds, err));
    *out = ds;
    ds = NULL;

done:
    rr_dataset_free(ds);
    rri_free(kept);
    return st;
}

const rri_source_kind rri_source_digits = {
    .kind = "digits",
    .path = NULL,
    .parameters = { "limit", "train", "test", "seed", "noise", "only", NULL },
    .open = count_splits,
    .load = load,
};
