/* SPDX-License-Identifier: MIT */
/* source_text.h - what all kinds of text sources use: open, split, find files. */
#ifndef RRI_SOURCE_TEXT_H
#define RRI_SOURCE_TEXT_H

#include "data/corpus.h"
#include "data/division.h"
#include "data/source.h"

/* What has been read of one file, or of all. */
typedef struct rri_text_part {
    rri_corpus corpus;
    bool read;
    bool has[3]; /* the splits its texts are of */
} rri_text_part;

/* An open text source. Plain data; all zero before it is opened. */
typedef struct rri_text_source {
    rri_text_options options;
    rr_vocabulary *words; /* shared; NULL until they are learned from the train split */
    rri_text_part part[3];
} rri_text_source;

/* Find which splits exist, by reading the source if its kind has one file for all. words may
 * be NULL. Errors as rr_source_open(); closed by the caller also on failure. */
rr_status rri_text_open(const rri_source_kind *kind, const rri_request *in,
                        const rr_vocabulary *words, rri_text_source *t, bool has[3], rr_error *err);

/* One split. Errors as rr_source_split(). */
rr_status rri_text_split(rri_text_source *t, const rri_source_kind *kind, const rri_request *in,
                         const bool has[3], rr_split split, size_t limit, rr_dataset **out,
                         rr_error *err);

void rri_text_forget(rri_text_source *t); /* release the texts; they are read again when needed */
void rri_text_close(rri_text_source *t);

/* The parameter `label`: what names the labels, `standard` where it is not given; NULL where it is
 * given as empty: labels are not read. Errors ARG (the latter, for data that need labels). */
rr_status rri_label_read(const rri_request *in, const char *standard, const char **name,
                         rr_error *err);

/* What a table, or rows, of text begin with: how the source is divided, which files that are splits
 * exclude, and the classes it names. Errors ARG, NOMEM. */
rr_status rri_text_begin(const rri_request *in, rri_corpus *out, rri_division *d, rr_error *err);

/* The files NAME[s] of a folder, or NAME[s].gz, by split; NULL where a name is NULL or its file is
 * missing. Owned. Errors IO (all are missing), NOMEM. */
rr_status rri_split_files(const char *dir, const char *const name[3], char *out[3], rr_error *err);
void rri_split_files_clear(char *path[3]);

#endif
