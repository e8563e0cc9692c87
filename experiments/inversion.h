/* SPDX-License-Identifier: MIT */
/* inversion.h - images made again from temporal features: what the files of `inversion` share. */
#ifndef EXPERIMENTS_INVERSION_H
#define EXPERIMENTS_INVERSION_H

#include "experiments/model.h"

/* What images are made from. Generators get features; the others are what these compare with. */
enum {
    INVERSION_MEAN,     /* nothing: the mean training image */
    INVERSION_LABEL,    /* the label read: the mean of the training images read so */
    INVERSION_NEAREST,  /* the training image with the highest inflscore */
    INVERSION_R_L,      /* labels so far, one-hot */
    INVERSION_ID,       /* states, one-hot */
    INVERSION_CS,       /* confidences */
    INVERSION_ALL,      /* all three */
    INVERSION_SHUFFLED, /* all three, but another image's, in training as in the test */
    INVERSION_SETTINGS
};

typedef struct inversion_setting {
    const char *name;
    unsigned parts; /* of features.h; 0 = no generator */
} inversion_setting;

extern const inversion_setting inversion_settings[INVERSION_SETTINGS];

/* ---- inversion_images.c: images, their means, errors and order ------------------------------- */

/* Images of `pixels` values each, and what the network reads them as. */
typedef struct inversion_images {
    const rr_dataset *ds; /* borrowed */
    size_t n, pixels;
    uint32_t *read; /* [n], owned */
} inversion_images;

/* Of a dataset and its traces. Errors SHAPE (images of several sizes, no image, other traces),
 * NOMEM. */
rr_status inversion_images_of(const rr_dataset *ds, const rr_traces *traces, inversion_images *out,
                              rr_error *err);
void inversion_images_clear(inversion_images *in);

/* The mean of the images of each group: group is [n], means is [groups][pixels]. A group without
 * an image gets the mean of all. */
rr_status inversion_means(const inversion_images *in, const uint32_t *group, size_t groups,
                          float *means, rr_error *err);

/* The mean squared error per pixel of each image against what was made: made is [n][pixels] at a
 * distance of `stride`, which may be 0 (one image for all); errors is [n]. */
void inversion_errors(const inversion_images *in, const float *made, size_t stride, double *errors);

/* Of all images [0], and of those misclassified [1]. */
typedef struct inversion_score {
    double error[2];     /* mean over the images */
    double explained[2]; /* 1 - error / error of the mean training image */
    double alike[2];     /* share that is read as the original was */
    size_t n[2];         /* images; where there are none the rest is 0 */
} inversion_score;

/* From the errors of what was made and of the mean image, [n] each, and what the network reads in
 * what was made, [n]; NULL = not asked. */
inversion_score inversion_score_of(const inversion_images *in, const double *errors,
                                   const double *of_mean, const uint32_t *again);

/* Up to `wanted` images that are misclassified, or predicted correctly, at even ranks from the
 * least error to the largest: *found numbers go to out. */
rr_status inversion_choose(const inversion_images *in, const double *errors, int misclassified,
                           size_t wanted, size_t *out, size_t *found, rr_error *err);

/* 0..n-1 in the order drawn by a seed, number `which` of its orders; where `cycle` in one cycle, so
 * that order[i] is never i but where n is 1. */
void inversion_order(uint64_t seed, uint64_t which, int cycle, size_t *order, size_t n);

/* What the trials of a seed share; all owned, zeros at first. */
typedef struct inversion_case {
    model m;
    inversion_images train, test; /* of the seed's network */
    float *mean;                  /* [pixels] the mean training image */
    double *of_mean;              /* [n of test] its errors */
} inversion_case;

/* Fill in the rest from the model, which is there. Errors SHAPE (images of several sizes), NOMEM.
 */
rr_status inversion_case_fill(inversion_case *c, rr_error *err);
void inversion_case_release(inversion_case *c); /* all but the model */

/* ---- inversion_generator.c ------------------------------------------------------------------- */

enum { INVERSION_EPOCHS = 64 }; /* at most */

/* What a generator gives by epoch on the test images. */
typedef struct inversion_curve {
    size_t epochs;
    double loss[INVERSION_EPOCHS]; /* of training, nats a pixel */
    inversion_score score[INVERSION_EPOCHS];
} inversion_curve;

typedef struct inversion_recipe {
    size_t layers, hidden, epochs, batch;
    double learning_rate;
} inversion_recipe;

inversion_recipe inversion_recipe_of(const experiment_context *ctx);

/* Train a generator on a case's training images, from the mean image on, and let it make the test
 * images after each epoch: made is [n][pixels], of the last. Where ctx->stopped is 1 it is not
 * finished. */
rr_status inversion_generate(experiment_context *ctx, const inversion_case *c, size_t setting,
                             const inversion_recipe *recipe, float *made, inversion_curve *curve,
                             rr_error *err);

/* ---- inversion_picture.c --------------------------------------------------------------------- */

/* What was made of all test images and what the network reads in it; owned, NULLs at first. */
typedef struct inversion_gallery {
    float *made[INVERSION_SETTINGS];     /* [n][pixels] */
    uint32_t *again[INVERSION_SETTINGS]; /* [n] */
} inversion_gallery;

/* Whether the picture shows a setting. */
int inversion_shown(size_t setting);
rr_status inversion_draw(const inversion_images *test, const inversion_gallery *gallery,
                         const char *title, const char *path, rr_error *err);
void inversion_gallery_clear(inversion_gallery *gallery);

/* ---- inversion_report.c ---------------------------------------------------------------------- */

rr_status inversion_report(experiment_context *ctx, const experiment_results *results,
                           rr_error *err);

#endif
