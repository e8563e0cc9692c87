/* SPDX-License-Identifier: MIT */
/* phrase_edit.h - a new dataset of edited sequences: a phrase of symbols inserted, or a symbol
 * removed. */
#ifndef RRI_DATA_PHRASE_EDIT_H
#define RRI_DATA_PHRASE_EDIT_H

#include "rnnrepair/dataset.h"

#include "core/core.h"

/* The first step from `from` (0-based) where the phrase begins, T where there is none. */
size_t rri_phrase_find(const uint32_t *phrase, size_t n, const uint32_t *symbols, size_t T,
                       size_t from);

/* The dataset being built. */
typedef struct rri_phrase_editor {
    rr_dataset_builder *builder;
    uint32_t *symbols; /* [capacity] scratch */
    uint32_t *labels;  /* [capacity] of the steps; NULL where they have none */
    size_t capacity;
} rri_phrase_editor;

/* Begin with no sequences and the shape of `like`, ids alone; longest: steps of the longest result.
 */
rr_status rri_phrase_editor_begin(const rr_dataset *like, size_t longest, rri_phrase_editor *out,
                                  rr_error *err);
/* Append a copy of seq with the phrase inserted after its first `at` steps; where steps have labels
 * those of the phrase have none. */
rr_status rri_phrase_insert(rri_phrase_editor *e, rr_sequence seq, const uint32_t *phrase, size_t n,
                            size_t at, rr_error *err);
/* Append a copy of seq without the steps that hold `symbol`; at least one step must remain. */
rr_status rri_phrase_remove(rri_phrase_editor *e, rr_sequence seq, uint32_t symbol, rr_error *err);
/* Take the dataset: rr_dataset_free(). */
rr_status rri_phrase_editor_finish(rri_phrase_editor *e, rr_dataset **out, rr_error *err);
void rri_phrase_editor_clear(rri_phrase_editor *e); /* a zeroed struct is allowed */

#endif
