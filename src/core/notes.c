/* SPDX-License-Identifier: MIT */
/* notes.c - keeps remarks for the user in the order they were made, each once. */
#include "core/notes.h"

#include <stdarg.h>
#include <string.h>

static bool holds(const rri_notes *notes, const char *text)
{
    for (size_t i = 0; i < notes->count; i++)
        if (strcmp(notes->text[i], text) == 0)
            return true;
    return false;
}

rr_status rri_notes_add(rri_notes *notes, rr_error *err, const char *fmt, ...)
{
    char *text = NULL;
    va_list ap;
    rr_status st = RR_OK;

    if (notes == NULL)
        return RR_OK;
    va_start(ap, fmt);
    st = rri_format_list(&text, err, fmt, ap);
    va_end(ap);
    if (st != RR_OK || holds(notes, text))
        goto done;
    if (notes->count == notes->capacity) {
        const size_t capacity = 2 * notes->capacity + 4;
        RRI_TRY(rri_grow(&notes->text, notes->count, capacity, sizeof *notes->text, err));
        notes->capacity = capacity;
    }
    notes->text[notes->count++] = text;
    text = NULL;

done:
    rri_free(text);
    return st;
}

void rri_notes_clear(rri_notes *notes)
{
    for (size_t i = 0; i < notes->count; i++)
        rri_free(notes->text[i]);
    rri_free(notes->text);
    *notes = (rri_notes){ .count = 0 };
}
