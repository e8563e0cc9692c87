/* SPDX-License-Identifier: MIT */
/* data_internal.h - what the other modules use of src/data beside the public headers. */
#ifndef RRI_DATA_INTERNAL_H
#define RRI_DATA_INTERNAL_H

#include "data/edits.h"       /* edits in the making */
#include "data/phrase_edit.h" /* phrases put into sequences and taken out */
#include "data/scaling.h"     /* scalings, kept */
#include "data/vocabulary.h"  /* vocabularies, made, read and written */
#include "io/io.h"

/* Release the split a source has cached, unless the source is shared: it is loaded again when
 * needed. */
void rri_source_forget(rr_source *s, rr_split split);

/* Release what splits are made from: it is read again where one more is asked for. */
void rri_source_forget_content(rr_source *s);

/* Where sequences of a split stand, for rr_dataset_origin() alone: a dataset without what is in
 * them, for which nothing is read. *out is NULL where that is not possible. Errors: IO, NOMEM. */
rr_status rri_source_places(rr_source *s, rr_split split, const size_t *which, size_t n,
                            rr_dataset **out, rr_error *err);

/* Drop where the sequences of a dataset that nobody else holds come from. */
void rri_dataset_forget_origins(rr_dataset *ds);

/* The columns of a table that say where a sequence stands, and what is in them: text without a
 * separator at its ends. A sequence that was added to others is of the file "made". */
#define RRI_ORIGIN_COLUMNS "source_row,source_file,source_id"
rr_status rri_origin_put_csv(rri_writer *w, const rr_dataset *ds, size_t i, rr_error *err);

/* The sequences that the rows of a file name: by their number, else by the source's own id.
 * ds may be NULL: only numbers are known then. It is borrowed. Memory: rri_own_ids_free(). */
typedef struct rri_own_ids rri_own_ids;
rr_status rri_own_ids_new(const rr_dataset *ds, size_t sequences, rri_own_ids **out, rr_error *err);

/* number or id may be NULL or empty; the number is taken where both are there. path and line are
 * for messages. Cost: the first id sorts those of all sequences, others are searched for in these.
 * Errors: FORMAT (no number, none below N; an id that no sequence has, or several), NOMEM. */
rr_status rri_own_ids_find(rri_own_ids *x, const char *path, size_t line, const char *number,
                           const char *id, size_t *out, rr_error *err);
void rri_own_ids_free(rri_own_ids *x); /* NULL is allowed */

/* As rr_weights_load(), of the training set ds, whose sequences the file may name by the source's
 * own ids. */
rr_status rri_weights_load(const char *path, const rr_dataset *ds, rr_edits **out, rr_error *err);

/* Words as they are compared for copies: in lower case, numbered as they come, without those that
 * have no letter and no digit; where only ids are known, the ids.
 * Shapes   out is [T]; *n words are written. Memory: rri_plain_words_free(). Errors: NOMEM. */
typedef struct rri_plain_words rri_plain_words;
rr_status rri_plain_words_new(rri_plain_words **out, rr_error *err);
rr_status rri_plain_words_of(rri_plain_words *w, const rr_sequence *s, uint32_t *out, size_t *n,
                             rr_error *err);
void rri_plain_words_free(rri_plain_words *w); /* NULL is allowed */

/* The spec of a states file, which may be given as one or as its path. Memory: rri_free(). */
rr_status rri_states_spec(const char *states, char **out, rr_error *err);

/* The path of the file of states:FILE. Memory: rri_free(). Errors: ARG (another kind). */
rr_status rri_source_file(const char *spec, char **out, rr_error *err);

/* rr_dataset_spec_check_output(); `what` says whose the data are: "the run's data". */
rr_status rri_source_check_output(const char *spec, const char *what, const char *path,
                                  rr_error *err);

/* The labels of the sequences, [N], or with `steps` of all steps, [R], one sequence after another;
 * RR_NO_LABEL where there is none. Memory: rri_free(). Errors: NOMEM. */
rr_status rri_dataset_truths(const rr_dataset *ds, bool steps, uint32_t **out, rr_error *err);

#endif
