/* SPDX-License-Identifier: MIT */
/* phrase_edit.c - copies sequences of symbols with a phrase inserted or a symbol removed. */
#include "data/phrase_edit.h"

#include <assert.h>
#include <string.h>

size_t rri_phrase_find(const uint32_t *phrase, size_t n, const uint32_t *symbols, size_t T,
                       size_t from)
{
    for (size_t t = from; n <= T && t <= T - n; t++)
        if (memcmp(symbols + t, phrase, n * sizeof *phrase) == 0)
            return t;
    return T;
}

rr_status rri_phrase_editor_begin(const rr_dataset *like, size_t longest, rri_phrase_editor *out,
                                  rr_error *err)
{
    rr_dataset_shape shape = rr_dataset_shape_of(like);
    rri_phrase_editor p = { .capacity = longest };
    rr_status st = RR_OK;

    *out = p;
    shape.words = NULL; /* ids suffice, and need no copy of every word */
    shape.parts = 0;
    RRI_TRY(rri_alloc(&p.symbols, longest, 1, sizeof *p.symbols, err));
    if (shape.step_labelled)
        RRI_TRY(rri_alloc(&p.labels, longest, 1, sizeof *p.labels, err));
    RRI_TRY(rr_dataset_builder_new(&shape, &p.builder, err));
    *out = p;
    p = (rri_phrase_editor){ 0 };

done:
    rri_phrase_editor_clear(&p);
    return st;
}

rr_status rri_phrase_insert(rri_phrase_editor *e, rr_sequence seq, const uint32_t *phrase, size_t n,
                            size_t at, rr_error *err)
{
    assert(at <= seq.steps && seq.steps + n <= e->capacity);
    memcpy(e->symbols, seq.symbols, at * sizeof *seq.symbols);
    memcpy(e->symbols + at, phrase, n * sizeof *phrase);
    memcpy(e->symbols + at + n, seq.symbols + at, (seq.steps - at) * sizeof *seq.symbols);
    if (e->labels != NULL && seq.step_labels != NULL) {
        memcpy(e->labels, seq.step_labels, at * sizeof *seq.step_labels);
        for (size_t i = 0; i < n; i++)
            e->labels[at + i] = RR_NO_LABEL;
        memcpy(e->labels + at + n, seq.step_labels + at,
               (seq.steps - at) * sizeof *seq.step_labels);
    }
    const rr_sequence put = { .symbols = e->symbols,
                              .steps = seq.steps + n,
                              .label = seq.label,
                              .step_labels = seq.step_labels != NULL ? e->labels : NULL };
    return rr_dataset_builder_add(e->builder, put, err);
}

rr_status rri_phrase_remove(rri_phrase_editor *e, rr_sequence seq, uint32_t symbol, rr_error *err)
{
    size_t left = 0;

    assert(seq.steps <= e->capacity);
    for (size_t t = 0; t < seq.steps; t++) {
        if (seq.symbols[t] == symbol)
            continue;
        if (e->labels != NULL && seq.step_labels != NULL)
            e->labels[left] = seq.step_labels[t];
        e->symbols[left++] = seq.symbols[t];
    }
    const rr_sequence rest = { .symbols = e->symbols,
                               .steps = left,
                               .label = seq.label,
                               .step_labels = seq.step_labels != NULL ? e->labels : NULL };
    return rr_dataset_builder_add(e->builder, rest, err);
}

rr_status rri_phrase_editor_finish(rri_phrase_editor *e, rr_dataset **out, rr_error *err)
{
    return rr_dataset_builder_finish(e->builder, out, err);
}

void rri_phrase_editor_clear(rri_phrase_editor *e)
{
    rr_dataset_builder_free(e->builder);
    rri_free(e->symbols);
    rri_free(e->labels);
    *e = (rri_phrase_editor){ 0 };
}
