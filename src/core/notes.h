/* SPDX-License-Identifier: MIT */
/* notes.h - a list of remarks for the user: what a reader took otherwise than it stands in the file
 * (rows passed over, labels folded), each said once. */
#ifndef RRI_NOTES_H
#define RRI_NOTES_H

#include "core/core.h"

/* Plain data; all zero is an empty list. */
typedef struct rri_notes {
    char **text; /* [count] owned */
    size_t count, capacity;
} rri_notes;

/* Add a remark, unless the list holds it already. notes may be NULL: it is dropped.
 * Errors NOMEM. */
rr_status rri_notes_add(rri_notes *notes, rr_error *err, const char *fmt, ...) RRI_PRINTF(3, 4);

void rri_notes_clear(rri_notes *notes);

#endif
