/* SPDX-License-Identifier: MIT */
/* columns.h - the values of a column, for the renderers: table.c (text), separated.c (TSV and CSV)
 * and document.c (JSON). */
#ifndef CLI_COLUMNS_H
#define CLI_COLUMNS_H

#include "kit/table.h"

enum { CLI_CELL = 64 }; /* bytes of a value written as text */

/* Writes a piece of a cell. */
typedef void (*cli_put_function)(FILE *f, const char *text);

/* A column's value in a row; row i of some. */
const void *cli_cell_at(const cli_column *c, const void *row);
const void *cli_row_at(const cli_columns *columns, const void *rows, size_t i);

/* A number with a fraction; NAN where there is none. */
double cli_real(cli_column_kind kind, const void *value);

/* NULL where there is none. */
const char *cli_class_name(const rr_dataset *names, uint32_t label);

/* The word of one step; "" where there is none, or all words are meant. */
const char *cli_one_word(const cli_words *w, char out[CLI_CELL]);

/* The text of a value, in `out` or borrowed; "" of a list, a record and all words. plain: for TSV
 * and CSV, in full precision. */
const char *cli_value_text(const cli_column *c, cli_column_kind kind, const void *value, int plain,
                           const rr_dataset *names, char out[CLI_CELL]);

/* The columns of a SOURCE, as the document has them. */
enum { CLI_SOURCE_ROW, CLI_SOURCE_FILE, CLI_SOURCE_ID, CLI_SOURCE_PARTS };
extern const char *const cli_source_names[CLI_SOURCE_PARTS];

/* The text of one of them, in `out` or borrowed; NULL where there is none. */
const char *cli_source_part(const cli_source *s, int part, char out[CLI_CELL]);

/* The same for a text table, which has two: row and id. */
const char *cli_source_text(const cli_source *s, int part, char out[CLI_CELL]);

/* A text on one line: what would end a cell is a blank. */
void cli_put_plain(FILE *f, const char *text);

/* Item i of a list of numbers; all of them. */
const void *cli_item_at(const cli_column *c, const cli_list *list, size_t i);
void cli_put_items(FILE *f, const cli_column *c, const cli_list *list, const char *between,
                   cli_put_function put);

#endif
