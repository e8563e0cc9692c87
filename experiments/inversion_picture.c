/* SPDX-License-Identifier: MIT */
/* inversion_picture.c - draws test images beside those generated from their features. */
#include "experiments/inversion.h"

#include <stdlib.h>

enum { COLUMNS = 7, EACH = 5, ROWS = 2 * EACH };

/* Behind the original. */
static const size_t shown[COLUMNS - 1] = { INVERSION_LABEL, INVERSION_R_L, INVERSION_ID,
                                           INVERSION_CS,    INVERSION_ALL, INVERSION_NEAREST };
static const char *const headings[COLUMNS] = { "original",     "mean, as read", "from R_L",
                                               "from ID",      "from CS",       "from all",
                                               "nearest train" };

static const char note[] =
    "Below an image: its squared error per pixel, and what the network reads in it. Orange: "
    "misclassified, or read otherwise than the original.";

int inversion_shown(size_t setting)
{
    for (size_t c = 0; c < COLUMNS - 1; c++)
        if (shown[c] == setting)
            return 1;
    return 0;
}

void inversion_gallery_clear(inversion_gallery *gallery)
{
    for (size_t s = 0; s < INVERSION_SETTINGS; s++) {
        rri_free(gallery->made[s]);
        rri_free(gallery->again[s]);
        gallery->made[s] = NULL;
        gallery->again[s] = NULL;
    }
}

/* A row: image i, and what was made of it. */
typedef struct row {
    const float *images[COLUMNS];
    const char *captions[COLUMNS];
    char text[COLUMNS][64];
    int marks[COLUMNS];
} row;

static void fill_row(const inversion_images *test, const inversion_gallery *gallery,
                     const double *const errors[COLUMNS - 1], size_t i, row *out)
{
    const rr_sequence original = rr_dataset_at(test->ds, i);
    const char *const read = rr_dataset_class_name(test->ds, test->read[i]);

    out->images[0] = original.frames;
    out->marks[0] = test->read[i] != original.label;
    if (out->marks[0])
        (void)snprintf(out->text[0], sizeof out->text[0], "%zu: %s read as %s", i,
                       rr_dataset_class_name(test->ds, original.label), read);
    else
        (void)snprintf(out->text[0], sizeof out->text[0], "%zu: %s", i, read);
    for (size_t c = 1; c < COLUMNS; c++) {
        const size_t s = shown[c - 1];
        const uint32_t again = gallery->again[s][i];
        out->images[c] = gallery->made[s] + i * test->pixels;
        out->marks[c] = again != test->read[i];
        (void)snprintf(out->text[c], sizeof out->text[c], "%.3f, read as %s", errors[c - 1][i],
                       rr_dataset_class_name(test->ds, again));
    }
    for (size_t c = 0; c < COLUMNS; c++)
        out->captions[c] = out->text[c];
}

static rr_status draw_rows(const row *rows, size_t n, const inversion_images *test,
                           const char *title, const char *path, rr_error *err)
{
    const float *images[ROWS * COLUMNS];
    const char *captions[ROWS * COLUMNS];
    int marks[ROWS * COLUMNS];
    const rr_grid grid = { .rows = n,
                           .columns = COLUMNS,
                           .height = rr_dataset_max_steps(test->ds),
                           .width = rr_dataset_width(test->ds),
                           .title = title,
                           .note = note,
                           .headings = headings,
                           .images = images,
                           .captions = captions,
                           .marks = marks };

    for (size_t i = 0; i < n * COLUMNS; i++) {
        images[i] = rows[i / COLUMNS].images[i % COLUMNS];
        captions[i] = rows[i / COLUMNS].captions[i % COLUMNS];
        marks[i] = rows[i / COLUMNS].marks[i % COLUMNS];
    }
    return rr_picture_grid(&grid, path, err);
}

/* The rows are at even ranks of the error of the generator that is given everything. */
rr_status inversion_draw(const inversion_images *test, const inversion_gallery *gallery,
                         const char *title, const char *path, rr_error *err)
{
    double *errors[COLUMNS - 1] = { NULL };
    const double *borrowed[COLUMNS - 1];
    size_t chosen[ROWS], n = 0;
    row *rows = NULL;
    rr_status st = RR_OK;

    for (size_t c = 0; c < COLUMNS - 1; c++) {
        RRI_TRY(rri_alloc(&errors[c], test->n, 1, sizeof(double), err));
        inversion_errors(test, gallery->made[shown[c]], test->pixels, errors[c]);
        borrowed[c] = errors[c];
    }
    RRI_TRY(rri_alloc(&rows, ROWS, 1, sizeof *rows, err));
    for (int misclassified = 0; misclassified < 2; misclassified++) {
        size_t found = 0;
        RRI_TRY(inversion_choose(test, errors[4], misclassified, EACH, chosen + n, &found, err));
        n += found;
    }
    for (size_t r = 0; r < n; r++)
        fill_row(test, gallery, borrowed, chosen[r], &rows[r]);
    RRI_TRY(draw_rows(rows, n, test, title, path, err));

done:
    rri_free(rows);
    for (size_t c = 0; c < COLUMNS - 1; c++)
        rri_free(errors[c]);
    return st;
}
