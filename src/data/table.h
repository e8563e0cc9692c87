/* SPDX-License-Identifier: MIT */
/* table.h - what the readers of tables, of texts and of frames, share: how the file is written, and
 * which column is which. */
#ifndef RRI_TABLE_H
#define RRI_TABLE_H

#include "data/source_text.h"
#include "io/csv.h"

/* How a table is written. */
#define RRI_TABLE_PARAMETERS "sep", "encoding", "header", "quotes"

/* Errors ARG. */
rr_status rri_table_options(const rri_spec *spec, rri_csv_options *out, rr_error *err);

/* The column that a parameter names, or the usual one; what it is for, and how to name it, goes
 * before the message. Errors FORMAT. */
rr_status rri_table_column(const rri_csv *csv, const char *parameter, const char *name, bool given,
                           size_t *column, rr_error *err);

/* The column of labels. There need be none where that is allowed: by `label=`, or where the usual
 * column is missing. Errors ARG, FORMAT. */
rr_status rri_table_label(const rri_request *in, const rri_csv *csv, bool *has, size_t *column,
                          rr_error *err);

/* The column of splits, if there is one; there is none where files are splits. Errors ARG, FORMAT.
 */
rr_status rri_table_split(const rri_request *in, const rri_csv *csv, bool *has, size_t *column,
                          rr_error *err);

/* The column of the source's own ids: `id=COL`, or the usual one where there is one; none by `id=`.
 * Errors FORMAT. */
rr_status rri_table_id(const rri_request *in, const rri_csv *csv, bool *has, size_t *column,
                       rr_error *err);

#endif
