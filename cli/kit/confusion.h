/* SPDX-License-Identifier: MIT */
/* confusion.h - confusion matrices, printed and put into the document of a result. */
#ifndef CLI_CONFUSION_H
#define CLI_CONFUSION_H

#include "kit/table.h"

/* Zeroed counts [C][C], rows are truths, columns predictions, which live as long as the result.
 * *out is NULL where there are too many classes to print, and no document: a line says so. Errors:
 * NOMEM. */
rr_status cli_confusion_new(cli_result *r, size_t classes, size_t **out, rr_error *err);

/* Print the counts and add them as the member `confusion`. */
void cli_put_confusion(cli_result *r, const size_t *count, size_t classes);

/* Print how often each class was predicted. */
void cli_print_counts(const cli_result *r, const size_t *count, size_t classes);

#endif
