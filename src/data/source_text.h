/* SPDX-License-Identifier: MIT */
/* source_text.h - what the kinds of text sources share. */
#ifndef RRI_SOURCE_TEXT_H
#define RRI_SOURCE_TEXT_H

#include "data/corpus.h"
#include "data/source.h"

/* One split of a text source; the vocabulary is `words`, or one made from the train split where
 * that is NULL. Errors as rr_dataset_load_words(). */
rr_status rri_text_load(const rri_source *source, const rri_spec *spec, rr_split split,
                        size_t limit, const rr_vocabulary *words, rr_dataset **out, rr_error *err);

/* Which splits a text source has, by reading it. */
rr_status rri_text_splits(const rri_source *source, const rri_spec *spec, bool has[3],
                          rr_error *err);

/* How a source without splits is divided; what is set before is what holds where a parameter is not
 * given. */
typedef struct rri_division {
    double holdout, dev;
    uint64_t seed;
} rri_division;

#define RRI_DIVISION_PARAMETERS "holdout", "dev", "seed"

/* Errors ARG. */
rr_status rri_division_read(const rri_spec *spec, rri_division *d, rr_error *err);

/* ARG where a source that says of each text which split it is of shall be divided as well. */
rr_status rri_refuse_division(const rri_spec *spec, const char *what, rr_error *err);

/* The files NAME[s] of a folder, or NAME[s].gz, by split; NULL where a name is or no file is there.
 * Owned. Errors IO (none is there), NOMEM. */
rr_status rri_split_files(const char *dir, const char *const name[3], char *out[3], rr_error *err);
void rri_split_files_clear(char *path[3]);

#endif
