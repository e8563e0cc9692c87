/* SPDX-License-Identifier: MIT */
/* picture.h - PNG pictures: explanations and repairs of images read row by row, grids of images. */
#ifndef RNNREPAIR_PICTURE_H
#define RNNREPAIR_PICTURE_H

#include "rnnrepair/dataset.h"
#include "rnnrepair/influence.h"
#include "rnnrepair/repair.h"
#include "rnnrepair/workflow_explain.h"

RR_BEGIN_DECLS

/** Draw an explanation in the style of the paper's Figure 1: the image growing step by step, the
 *  abstract state, its highest confidences and the prediction so far; next to it the nearest
 *  proponents of the truth and of the prediction. Frames that are not the rows of images
 *  (rr_dataset_is_image()) are drawn as series: up to 16 channels a curve each, more as a
 *  spectrogram, beside the best matching training sequences on the same scales, over the abstract
 *  states and the predictions on the way. Written atomically.
 *  Shapes   test is frame data; its sequence `id` is the one explained; train holds the
 *           proponents.
 *  Errors   ARG (id out of range; the explanation is not of this sequence or these proponents are
 *           not in train), UNSUPPORTED (symbol data, more than 32767 rows or columns), IO, NOMEM.
 */
RR_API RR_MUST_USE rr_status rr_picture_explanation(const rr_explanation *e, const rr_dataset *test,
                                                    size_t id, const rr_dataset *train,
                                                    const char *path, rr_error *err);

/** The same picture of an answer of this session. Of the training set only the images it shows are
 *  loaded, where the source allows it.
 *  Errors   UNSUPPORTED, IO, NOMEM, and as rr_session_sequences(). */
RR_API RR_MUST_USE rr_status rr_picture_answer(rr_session *session, const rr_answer *x,
                                               const char *path, rr_error *err);

/** Draw a repair in the style of the paper's Figure 2(b), one row a target: the failed input x,
 *  the nearest of T_m, the nearest of T_t, the samples r_x, and whether the retrained network
 *  predicts x correctly. Written atomically.
 *  Shapes   after is [N of test], predictions of the retrained network; additions as from
 *           rr_repair_additions(); at most 24 targets are drawn.
 *  Errors   UNSUPPORTED (symbol data, more than 32767 rows or columns), SHAPE (a dataset is not the
 *           repair's), IO, NOMEM. */
RR_API RR_MUST_USE rr_status rr_picture_repair(const rr_repair *r, const rr_dataset *test,
                                               const rr_dataset *train, const rr_dataset *additions,
                                               const uint32_t *after, const char *path,
                                               rr_error *err);

/** Images in rows and columns, with texts. Plain data; all is borrowed. */
typedef struct rr_grid {
    size_t rows, columns;        /**< 1..1024 each */
    size_t height, width;        /**< values of every image, 1 at least each */
    const char *title;           /**< NULL = none */
    const char *note;            /**< a line of small type below the title; NULL = none */
    const char *const *headings; /**< [columns]; NULL = none */
    const float *const *images;  /**< [rows][columns] of [height][width]; NULL = an empty cell */
    const char *const *captions; /**< [rows][columns], a line below each; NULL = none, of one or
                                      of all */
    const int *marks;            /**< [rows][columns], not 0 = framed in orange; NULL = none */
} rr_grid;

/** Draw images side by side, to be compared: 0 white, 1 black, an image with values beyond is
 *  scaled to its own range. Texts wider than their column end in an ellipsis. Written atomically.
 *  Errors   ARG (a size beyond those above, no images), NUMERIC (a value that is not finite;
 *           err->where is the image's index), UNSUPPORTED (more than 32767 rows or columns of
 *           values, or of the picture), IO, NOMEM. */
RR_API RR_MUST_USE rr_status rr_picture_grid(const rr_grid *grid, const char *path, rr_error *err);

RR_END_DECLS

#endif
