/* SPDX-License-Identifier: MIT */
/* digit_strokes.c - the table of pen strokes behind `digits`.
 *
 * Several variants of each digit: a one with or without its serif and base, a seven with or without
 * a bar, a four open or closed. Strokes that meet share a point, so that they still meet after any
 * continuous distortion. */
#include "data/digit_strokes.h"

#include <assert.h>

#define LINE(n, ...)                                                                               \
    {                                                                                              \
        RRI_STROKE_LINE, n,                                                                        \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define CURVE(n, ...)                                                                              \
    {                                                                                              \
        RRI_STROKE_CURVE, n,                                                                       \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define LOOP(n, ...)                                                                               \
    {                                                                                              \
        RRI_STROKE_LOOP, n,                                                                        \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }

static const rri_glyph zero[] = {
    { { LOOP(8, { 30, 0 }, { 8, 16 }, { 0, 50 }, { 8, 84 }, { 30, 100 }, { 52, 84 }, { 60, 50 },
             { 52, 16 }) } },
    { { LOOP(8, { 38, 0 }, { 18, 14 }, { 8, 48 }, { 10, 84 }, { 26, 100 }, { 44, 86 }, { 53, 50 },
             { 52, 14 }) } },
    { { CURVE(10, { 44, 8 }, { 24, 2 }, { 6, 22 }, { 1, 52 }, { 10, 86 }, { 32, 100 }, { 52, 82 },
              { 58, 46 }, { 48, 14 }, { 30, 4 }) } },
};
static const rri_glyph one[] = {
    { { LINE(2, { 30, 0 }, { 30, 100 }) } },
    { { LINE(3, { 14, 24 }, { 32, 0 }, { 32, 100 }) } },
    { { LINE(3, { 14, 22 }, { 32, 0 }, { 32, 100 }), LINE(2, { 12, 100 }, { 52, 100 }) } },
    { { CURVE(3, { 40, 0 }, { 32, 50 }, { 20, 100 }) } },
};
static const rri_glyph two[] = {
    { { CURVE(7, { 4, 22 }, { 14, 5 }, { 34, 0 }, { 54, 14 }, { 52, 38 }, { 32, 66 }, { 2, 100 }),
        LINE(2, { 2, 100 }, { 58, 100 }) } },
    { { CURVE(11, { 4, 20 }, { 22, 2 }, { 46, 4 }, { 55, 24 }, { 44, 54 }, { 20, 88 }, { 6, 96 },
              { 2, 86 }, { 14, 79 }, { 34, 92 }, { 60, 95 }) } },
    { { CURVE(6, { 6, 16 }, { 28, 0 }, { 53, 14 }, { 49, 44 }, { 26, 74 }, { 2, 98 }),
        CURVE(4, { 2, 98 }, { 22, 91 }, { 42, 99 }, { 60, 90 }) } },
};
static const rri_glyph three[] = {
    { { CURVE(6, { 5, 14 }, { 26, 0 }, { 51, 10 }, { 51, 34 }, { 36, 45 }, { 20, 47 }),
        CURVE(6, { 20, 47 }, { 44, 50 }, { 58, 72 }, { 46, 94 }, { 24, 100 }, { 2, 88 }) } },
    { { LINE(3, { 4, 0 }, { 54, 0 }, { 26, 40 }),
        CURVE(5, { 26, 40 }, { 50, 48 }, { 58, 72 }, { 40, 97 }, { 4, 91 }) } },
    { { CURVE(8, { 6, 8 }, { 34, 0 }, { 52, 18 }, { 38, 42 }, { 54, 62 }, { 50, 86 }, { 28, 100 },
              { 4, 90 }) } },
};
static const rri_glyph four[] = {
    { { LINE(3, { 10, 4 }, { 4, 58 }, { 58, 56 }), LINE(2, { 46, 2 }, { 44, 100 }) } },
    { { LINE(4, { 44, 100 }, { 44, 0 }, { 0, 68 }, { 60, 68 }) } },
    { { CURVE(5, { 10, 2 }, { 4, 30 }, { 8, 52 }, { 28, 57 }, { 52, 46 }),
        LINE(2, { 52, 4 }, { 46, 100 }) } },
};
static const rri_glyph five[] = {
    { { LINE(3, { 54, 0 }, { 12, 0 }, { 8, 42 }),
        CURVE(6, { 8, 42 }, { 30, 35 }, { 54, 48 }, { 55, 76 }, { 34, 99 }, { 2, 91 }) } },
    { { CURVE(7, { 12, 4 }, { 8, 42 }, { 30, 38 }, { 54, 54 }, { 52, 84 }, { 28, 100 }, { 2, 88 }),
        LINE(2, { 12, 4 }, { 58, 0 }) } },
    { { CURVE(9, { 56, 4 }, { 26, 2 }, { 14, 16 }, { 14, 38 }, { 34, 44 }, { 54, 58 }, { 52, 84 },
              { 28, 100 }, { 2, 90 }) } },
};
static const rri_glyph six[] = {
    { { CURVE(10, { 48, 2 }, { 20, 22 }, { 3, 60 }, { 8, 90 }, { 30, 100 }, { 54, 86 }, { 54, 62 },
              { 34, 51 }, { 12, 62 }, { 5, 78 }) } },
    { { CURVE(9, { 36, 0 }, { 14, 34 }, { 4, 72 }, { 18, 98 }, { 44, 95 }, { 56, 76 }, { 42, 57 },
              { 18, 62 }, { 5, 84 }) } },
    { { CURVE(9, { 54, 10 }, { 34, 0 }, { 10, 20 }, { 1, 60 }, { 12, 96 }, { 44, 97 }, { 56, 74 },
              { 36, 54 }, { 6, 70 }) } },
};
static const rri_glyph seven[] = {
    { { LINE(3, { 2, 0 }, { 58, 0 }, { 24, 100 }) } },
    { { LINE(3, { 2, 0 }, { 58, 0 }, { 22, 100 }), LINE(2, { 14, 52 }, { 54, 50 }) } },
    { { LINE(3, { 3, 16 }, { 4, 2 }, { 57, 0 }),
        CURVE(4, { 57, 0 }, { 40, 34 }, { 29, 66 }, { 25, 100 }) } },
    { { CURVE(4, { 2, 6 }, { 18, 0 }, { 38, 6 }, { 58, 0 }),
        CURVE(3, { 58, 0 }, { 36, 44 }, { 24, 100 }), LINE(2, { 18, 48 }, { 52, 46 }) } },
};
static const rri_glyph eight[] = {
    { { LOOP(6, { 30, 0 }, { 11, 8 }, { 9, 32 }, { 30, 46 }, { 51, 32 }, { 49, 8 }),
        LOOP(6, { 30, 46 }, { 7, 60 }, { 4, 86 }, { 30, 100 }, { 56, 86 }, { 53, 60 }) } },
    { { LOOP(10, { 52, 14 }, { 30, 0 }, { 9, 14 }, { 20, 38 }, { 42, 56 }, { 55, 80 }, { 32, 100 },
             { 6, 84 }, { 17, 58 }, { 40, 38 }) } },
    { { CURVE(11, { 54, 8 }, { 28, 0 }, { 9, 16 }, { 20, 40 }, { 46, 60 }, { 52, 86 }, { 28, 100 },
              { 6, 84 }, { 18, 58 }, { 42, 36 }, { 54, 8 }) } },
};
static const rri_glyph nine[] = {
    { { LOOP(6, { 30, 0 }, { 9, 12 }, { 6, 34 }, { 26, 50 }, { 49, 38 }, { 53, 12 }),
        LINE(2, { 53, 12 }, { 50, 100 }) } },
    { { CURVE(10, { 52, 32 }, { 32, 50 }, { 9, 42 }, { 5, 18 }, { 26, 1 }, { 48, 7 }, { 54, 32 },
              { 50, 66 }, { 34, 93 }, { 8, 99 }) } },
    { { CURVE(8, { 50, 12 }, { 32, 0 }, { 10, 12 }, { 7, 36 }, { 24, 50 }, { 43, 40 }, { 53, 18 },
              { 54, 4 }),
        LINE(2, { 54, 4 }, { 36, 100 }) } },
};

#undef LINE
#undef CURVE
#undef LOOP

static const struct {
    const rri_glyph *glyphs;
    size_t count;
} digits[10] = {
#define ENTRY(name)                                                                                \
    {                                                                                              \
        name, sizeof(name) / sizeof *(name)                                                        \
    }
    ENTRY(zero), ENTRY(one), ENTRY(two),   ENTRY(three), ENTRY(four),
    ENTRY(five), ENTRY(six), ENTRY(seven), ENTRY(eight), ENTRY(nine),
#undef ENTRY
};

const rri_glyph *rri_digit_glyphs(unsigned digit, size_t *count)
{
    assert(digit < 10);
    *count = digits[digit].count;
    return digits[digit].glyphs;
}
