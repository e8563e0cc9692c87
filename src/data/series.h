/* SPDX-License-Identifier: MIT */
/* series.h - sequences of numbers from text files: what readers of ts and of csv with `frames`
 * share. A reader appends values, step by step, and ends each sequence. */
#ifndef RRI_SERIES_H
#define RRI_SERIES_H

#include "data/frames.h"
#include "data/labels.h"

/* Plain data; all zero is empty. */
typedef struct rri_series {
    rri_frames f;  /* its rows point to the values once all are read */
    size_t *begin; /* [f.count] first value of each row */
    float *value;  /* [used] */
    size_t used, capacity;
    int64_t *tag; /* [used / D] labels of steps, negative for none, where `tagged` is set */
    size_t tag_capacity;
    bool tagged;       /* the reader gives every step of every sequence a label, or none */
    bool by_tags;      /* a sequence has the label of its last labelled step */
    rri_labels labels; /* rri_frame_row.label is a number of them until all is read */
    const char **class_name;
    bool padded;  /* pad=nan */
    bool divided; /* splits come from a column */
} rri_series;

/* Room for n values behind the last, which are to be set. Errors NOMEM. */
rr_status rri_series_add(rri_series *s, size_t n, float **out, rr_error *err);

/* The labels [n] of the steps whose values begin at `begin`: numbers of rri_series.labels, negative
 * for none. Errors NOMEM. */
rr_status rri_series_tag(rri_series *s, size_t begin, const int64_t *label, size_t n,
                         rr_error *err);

/* A number of 32 bits; NaN for what stands for a missing value: nothing, ?, nan, NA. Blanks around
 * it are dropped. False for anything else. */
bool rri_series_number(const char *text, float *out);

/* End a sequence: the values from `begin` on. Without a missing step at the end where pad=nan is
 * given. Errors FORMAT (missing values, a sequence without any), NOMEM. */
rr_status rri_series_end(rri_series *s, rri_frame_row row, size_t begin, rr_error *err);

/* The functions of a kind. `read` reads all files. */
typedef rr_status rri_series_reader(const rri_request *in, rri_series *out, rr_error *err);
rr_status rri_series_open(const rri_request *in, rri_series_reader *read, bool has[3], void **state,
                          rr_error *err);
rr_status rri_series_load(const rri_request *in, rri_series_reader *read, void *state,
                          rr_split split, size_t limit, rr_dataset **out, rr_error *err);
void rri_series_forget(void *state);
void rri_series_close(void *state);

#endif
