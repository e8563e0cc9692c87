/* SPDX-License-Identifier: MIT */
/* frames.h - sequences of numbers as a source has them, those of all splits, and the way from them
 * to the dataset of one split: division, scaling, checks. For npz, ts, and csv with `frames`. */
#ifndef RRI_FRAMES_H
#define RRI_FRAMES_H

#include "data/division.h"
#include "data/source.h"

/* One sequence. Values are borrowed from the reader's arrays. */
typedef struct rri_frame_row {
    const float *frames;    /* [steps][D], or NULL */
    const int64_t *symbols; /* [steps] below V, or NULL */
    const int64_t *labels;  /* [steps] of the steps, below C, negative for none; or NULL */
    const int64_t *sources; /* [steps] where they come from, negative for none; or NULL */
    size_t steps;
    size_t at;           /* its row in the array, or its line in the file, for messages */
    size_t id;           /* the source's own, in rri_frames.ids; 0: none */
    uint32_t label;      /* below C */
    unsigned char split; /* rr_split */
    unsigned char part;  /* of rri_frames.part */
} rri_frame_row;

/* Plain data; all zero is empty. */
typedef struct rri_frames {
    rri_frame_row *row; /* [count] owned */
    size_t count, capacity;
    char *ids; /* [used] the source's own, each closed by NUL; owned */
    size_t used, ids_capacity;
    size_t width, vocabulary;         /* D or V, the other is 0 */
    size_t classes;                   /* C */
    const char *const *class_names;   /* [C] borrowed; NULL for numbers */
    bool unlabelled[3];               /* by rr_split: its rows have no labels; */
    bool step_labelled[3];            /* its rows have labels of steps, */
    bool sourced[3];                  /* and sources of steps */
    const char *path;                 /* borrowed: an archive, NULL where the parts are files */
    const char *part[RRI_MOST_PATHS]; /* borrowed: names of arrays, or files */
} rri_frames;

void rri_frames_clear(rri_frames *f);

/* Append a row. Errors NOMEM. */
rr_status rri_frames_add(rri_frames *f, rri_frame_row row, rr_error *err);

/* Keep an id for a row; an empty one is none. Errors NOMEM. */
rr_status rri_frames_name(rri_frames *f, const char *id, size_t bytes, rri_frame_row *row,
                          rr_error *err);

/* Are frames scaled as by scale=standard although the spec does not say so? */
bool rri_frames_standardised(const rri_request *in);

/* The parameters of all kinds of frames. */
#define RRI_FRAMES_PARAMETERS "limit", "scale", "pad", "image", RRI_DIVISION_PARAMETERS

/* Whether `pad=nan` is given: steps at the end that are nothing but NaN are no part of a sequence.
 * Errors ARG. */
rr_status rri_frames_padded(const rri_spec *spec, bool *padded, rr_error *err);

/* The number of steps up to the last that is not all NaN. */
size_t rri_unpadded(const float *frames, size_t steps, size_t D);

/* How the train split of a source that has these splits is divided. Errors ARG (into a split there
 * is already). */
rr_status rri_frames_division(const rri_spec *spec, const bool has[3], rri_division *out,
                              rr_error *err);

/* The rows of a split have what those of train have. */
void rri_frames_like_train(rri_frames *f, rr_split split);

/* Divide the rows of train. Errors as rri_divide(). */
rr_status rri_frames_divide(rri_frames *f, const rri_division *d, rr_error *err);

/* Set has[] for the splits that have rows. */
void rri_frames_splits(const rri_frames *f, bool has[3]);

/* The first `limit` rows of a split, scaled and sealed. Errors ARG (scale, image), NUMERIC (a value
 * that is not finite, as read or scaled), MISMATCH (another width than the given scaling), NOMEM.
 */
rr_status rri_frames_take(const rri_frames *f, const rri_request *in, rr_split split, size_t limit,
                          rr_dataset **out, rr_error *err);

#endif
