/* SPDX-License-Identifier: MIT */
/* npz_names.c - the names of a dataset's classes and symbols as arrays of an npz. */
#include "workflow/npz_names.h"

rr_status rri_npz_names(rri_npz_writer *w, const rr_dataset *ds, rr_error *err)
{
    const rr_vocabulary *words = rr_dataset_words(ds);
    const size_t C = rr_dataset_classes(ds);
    const size_t V = words != NULL ? rr_vocabulary_size(words) : 0;
    const char **text = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&text, rri_max(C, V), 1, sizeof *text, err));
    for (size_t c = 0; c < C; c++)
        text[c] = rr_dataset_class_name(ds, c);
    RRI_TRY(rri_npz_writer_texts(w, "class_names", text, C, 1, err));
    for (size_t v = 0; v < V; v++)
        text[v] = rr_vocabulary_word(words, (uint32_t)v);
    if (words != NULL)
        RRI_TRY(rri_npz_writer_texts(w, "tokens", text, V, 1, err));

done:
    rri_free(text);
    return st;
}
