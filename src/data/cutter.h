/* SPDX-License-Identifier: MIT */
/* cutter.h - segments texts into words, one text after another; rules: text.h. */
#ifndef RRI_CUTTER_H
#define RRI_CUTTER_H

#include "core/core.h"

typedef struct rri_cutter rri_cutter;

/* Errors IO (ICU finds no rules for words), NOMEM. */
rr_status rri_cutter_new(rri_cutter **out, rr_error *err);

/* Set the text, which must live until its last word is read. Errors FORMAT (not UTF-8;
 * err->where is the byte), SHAPE (too long: 2^31 bytes or more), NOMEM. */
rr_status rri_cutter_begin(rri_cutter *c, const char *text, size_t bytes, rr_error *err);

/* The next word, which points into the text; false at its end. */
bool rri_cutter_next(rri_cutter *c, const char **word, size_t *bytes);

void rri_cutter_free(rri_cutter *c); /* NULL is allowed */

/* Whether a text, which is UTF-8, has a word. */
bool rri_has_word(const char *text, size_t bytes);

#endif
