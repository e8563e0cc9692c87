/* SPDX-License-Identifier: MIT */
/* data_internal.h - what the other modules use of src/data beside the public headers. */
#ifndef RRI_DATA_INTERNAL_H
#define RRI_DATA_INTERNAL_H

#include "data/edits.h"       /* edits in the making */
#include "data/phrase_edit.h" /* phrases put into sequences and taken out */
#include "data/vocabulary.h"  /* vocabularies, made, read and written */

/* Let go of the split a source keeps, unless others hold the source as well: it is made again where
 * it is asked for. */
void rri_source_forget(rr_source *s, rr_split split);

#endif
