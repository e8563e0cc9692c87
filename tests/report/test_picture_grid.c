/* SPDX-License-Identifier: MIT */
/* test_picture_grid.c - grids of images, read back. */
#include "report/picture_check.h"
#include "scratch_folder.h"

enum { ROWS = 2, COLUMNS = 3, IMAGES = ROWS * COLUMNS, SIDE = 28 };

static const char *const path = "grid_test.png";
static rr_error err;

static float white[SIDE * SIDE], black[SIDE * SIDE];

static rr_grid grid_of(const float *const *images)
{
    return (rr_grid){
        .rows = ROWS, .columns = COLUMNS, .height = SIDE, .width = SIDE, .images = images
    };
}

static seen draw(const rr_grid *g)
{
    CHECK_OK(rr_picture_grid(g, path, &err), err);
    const seen s = look(path);
    assert_int_equal(remove(path), 0);
    return s;
}

static int make_images(void **state)
{
    (void)state;
    for (size_t i = 0; i < SIDE * SIDE; i++)
        black[i] = 1.0F;
    return 0;
}

/* A value takes 4 points, a point two pixels: 8 x 8 pixels a value. */
static void an_image_is_in_its_cell_and_an_empty_cell_is_white(void **state)
{
    const float *images[IMAGES] = { NULL };
    rr_grid g = grid_of(images);
    const seen none = draw(&g);
    (void)state;
    assert_int_equal(none.ink, 0);
    images[4] = white;
    const size_t frame = draw(&g).ink; /* two pixels wide, around 224 */
    assert_int_equal(frame, 228 * 228 - 224 * 224);
    images[4] = black;
    assert_int_equal(draw(&g).ink, frame + SIDE * SIDE * 8 * 8);
    images[0] = black;
    assert_int_equal(draw(&g).ink, 2 * (frame + SIDE * SIDE * 8 * 8));
}

static void the_sheet_grows_by_rows_columns_and_headings(void **state)
{
    static const char *const headings[COLUMNS] = { "one", "two", "three" };
    const float *images[IMAGES] = { NULL };
    rr_grid g = grid_of(images);
    const seen all = draw(&g);
    (void)state;
    g.rows = 1;
    const seen row = draw(&g);
    g.columns = 2;
    const seen two = draw(&g);
    g.columns = 1;
    const seen one = draw(&g);
    assert_int_equal(all.width, row.width);
    assert_int_equal(all.height - row.height, 300);
    assert_int_equal(row.width - two.width, two.width - one.width);
    assert_true(two.width > one.width && one.height == row.height);
    g = grid_of(images);
    g.headings = headings;
    const seen headed = draw(&g);
    g.title = "A title";
    const seen titled = draw(&g);
    assert_true(headed.height > all.height && headed.ink > 100);
    assert_true(titled.height > headed.height && titled.ink > headed.ink + 100);
    g.note = "a note";
    const seen noted = draw(&g);
    assert_true(noted.height > titled.height && noted.ink > titled.ink + 50);
}

static void captions_and_marks_are_drawn_where_they_are_given(void **state)
{
    const float *images[IMAGES] = { white, white, white, white, white, white };
    const char *captions[IMAGES] = { NULL, "a caption" };
    int marks[IMAGES] = { 0 };
    rr_grid g = grid_of(images);
    const seen bare = draw(&g);
    (void)state;
    g.captions = captions;
    const seen captioned = draw(&g);
    assert_true(captioned.ink > bare.ink + 100);
    captions[1] = "a \xFF caption";
    assert_true(draw(&g).ink > bare.ink + 100);
    g.marks = marks;
    const seen unmarked = draw(&g);
    assert_int_equal(unmarked.orange, 0);
    marks[5] = 1;
    const seen once = draw(&g);
    marks[2] = 1;
    assert_true(once.orange > 4 * 224);
    assert_int_equal(draw(&g).orange, 2 * once.orange);
}

static void wrong_inputs_are_refused(void **state)
{
    float broken[SIDE * SIDE] = { 0.0F };
    const float *images[IMAGES] = { white, NULL, NULL, NULL, broken };
    const rr_grid good = grid_of(images);
    rr_grid g = good;
    (void)state;
    g.rows = 0;
    CHECK_FAILS(rr_picture_grid(&g, path, &err), RR_ERR_ARG, err, "0 rows and 3 columns");
    g = good;
    g.columns = 1025;
    CHECK_FAILS(rr_picture_grid(&g, path, &err), RR_ERR_ARG, err, "1025 columns");
    g = good;
    g.width = 0;
    CHECK_FAILS(rr_picture_grid(&g, path, &err), RR_ERR_ARG, err, "28 x 0 values");
    g = good;
    g.images = NULL;
    CHECK_FAILS(rr_picture_grid(&g, path, &err), RR_ERR_ARG, err, "no images");
    g = good;
    g.height = 32768;
    CHECK_FAILS(rr_picture_grid(&g, path, &err), RR_ERR_UNSUPPORTED, err, "32768 x 28 values");
    broken[9] = NAN;
    CHECK_FAILS(rr_picture_grid(&good, path, &err), RR_ERR_NUMERIC, err,
                "value 9 of the image in row 1, column 1");
    assert_int_equal(err.where, 4);
    broken[9] = 0.0F;
    CHECK_FAILS(rr_picture_grid(&good, "no/such/folder/g.png", &err), RR_ERR_IO, err,
                "no/such/folder/g.png");
}

static void a_sheet_beyond_a_png_is_unsupported(void **state)
{
    const float **const images = calloc(1024, sizeof *images);
    (void)state;
    assert_non_null(images);
    rr_grid g = grid_of(images);
    g.rows = 1024;
    g.columns = 1;
    CHECK_FAILS(rr_picture_grid(&g, path, &err), RR_ERR_UNSUPPORTED, err, "could not be drawn");
    free(images);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_SCRATCH(an_image_is_in_its_cell_and_an_empty_cell_is_white),
        TEST_IN_SCRATCH(the_sheet_grows_by_rows_columns_and_headings),
        TEST_IN_SCRATCH(captions_and_marks_are_drawn_where_they_are_given),
        TEST_IN_SCRATCH(wrong_inputs_are_refused),
        TEST_IN_SCRATCH(a_sheet_beyond_a_png_is_unsupported),
    };
    return cmocka_run_group_tests(tests, make_images, forget_fonts);
}
