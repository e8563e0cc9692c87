/* SPDX-License-Identifier: MIT */
/* test_png.c - PNG files, read back by cairo, which checks their checksums. */
#include "io/scratch.h"
#include "picture_check.h"
#include "report/png.h"

#include "core/core.h"
#include "io/io.h"

enum { MOST = 300 * 70 };

static void every_pixel_is_read_back(const uint32_t *pixels, size_t width, size_t height,
                                     size_t stride)
{
    rr_error err = { 0 };

    CHECK_OK(rri_png_write(pixels, width, height, stride, "a.png", &err), err);
    cairo_surface_t *s = cairo_image_surface_create_from_png("a.png");
    assert_int_equal(cairo_surface_status(s), CAIRO_STATUS_SUCCESS);
    assert_int_equal(cairo_image_surface_get_width(s), width);
    assert_int_equal(cairo_image_surface_get_height(s), height);
    const unsigned char *data = cairo_image_surface_get_data(s);
    for (size_t y = 0; y < height; y++)
        for (size_t x = 0; x < width; x++) {
            uint32_t p = 0;
            memcpy(&p, data + y * (size_t)cairo_image_surface_get_stride(s) + 4 * x, sizeof p);
            assert_int_equal(p & 0xFFFFFF, pixels[y * stride + x] & 0xFFFFFF);
        }
    cairo_surface_destroy(s);
}

static void pictures_of_any_size_are_read_back(void **state)
{
    static const struct {
        size_t width, height, stride;
    } sizes[] = { { 1, 1, 1 }, { 1, 9, 3 }, { 7, 1, 8 }, { 3, 5, 3 }, { 257, 70, 300 } };
    static uint32_t noise[MOST], flat[MOST];
    rri_random r = rri_random_at(3, RRI_RANDOM_PARITY, 0);

    (void)state;
    for (size_t i = 0; i < MOST; i++) { /* the upper byte does not count */
        noise[i] = (uint32_t)rri_random_below(&r, (uint64_t)1 << 32);
        flat[i] = 0x112233;
    }
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        every_pixel_is_read_back(noise, sizes[i].width, sizes[i].height, sizes[i].stride);
        every_pixel_is_read_back(flat, sizes[i].width, sizes[i].height, sizes[i].stride);
    }
}

static void what_a_chunk_cannot_hold_is_refused(void **state)
{
    static const size_t sizes[][2] = {
        { 1, 0x7fffffff }, { 0x7fffffff, 1 }, { 32767, 32767 }, { SIZE_MAX / 2, SIZE_MAX / 2 }
    };
    const uint32_t pixel = 0;
    rr_error err = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        CHECK_FAILS(rri_png_write(&pixel, sizes[i][0], sizes[i][1], sizes[i][0], "a.png", &err),
                    RR_ERR_UNSUPPORTED, err, "pixels is too large");
    assert_false(rri_file_exists("a.png"));
}

static void every_failed_allocation_leaves_no_file(void **state)
{
    static const uint32_t pixels[12];

    (void)state;
    for (failing at = { 0 }; next_allocation_fails(&at, 1);) {
        at.st = rri_png_write(pixels, 3, 4, 3, "a.png", NULL);
        assert_int_equal(at.st == RR_OK, rri_file_exists("a.png"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_SCRATCH(pictures_of_any_size_are_read_back),
        TEST_IN_SCRATCH(what_a_chunk_cannot_hold_is_refused),
        TEST_IN_SCRATCH(every_failed_allocation_leaves_no_file),
    };
    return cmocka_run_group_tests(tests, NULL, forget_fonts);
}
