/* SPDX-License-Identifier: MIT */
/* table.h - the figures of an experiment as a table: on a terminal, and as tab separated values. */
#ifndef EXPERIMENTS_TABLE_H
#define EXPERIMENTS_TABLE_H

#include "experiments/support.h"

#include <stdio.h>

typedef struct experiment_column {
    const char *name;    /* in the file */
    const char *heading; /* on the terminal; NULL = in the file alone */
    int digits;          /* of numbers on the terminal, behind the point */
} experiment_column;

typedef struct experiment_table experiment_table;

/* Begin. The columns are borrowed. Errors ARG (no column), NOMEM. On failure *out is NULL. */
rr_status experiment_table_new(const experiment_column *columns, size_t n, experiment_table **out,
                               rr_error *err);
void experiment_table_free(experiment_table *table); /* NULL is allowed */

/* The next cell, row by row. Failures are noted and told at the end. */
void experiment_table_text(experiment_table *table, const char *text);
/* A number that is not finite is a missing one: "-" on the terminal, nothing in the file. */
void experiment_table_number(experiment_table *table, double value);

/* Print it with headings, texts to the left and numbers to the right.
 *  Errors   SHAPE (the last row is not complete), IO, NOMEM. */
rr_status experiment_table_print(const experiment_table *table, FILE *file, rr_error *err);

/* Write it as tab separated values, atomically: a line of names, numbers with all their digits;
 * tabs, ends of lines and backslashes in a text as \t, \n, \r and \\.
 *  Errors   SHAPE (the last row is not complete), IO, NOMEM. */
rr_status experiment_table_save(const experiment_table *table, const char *path, rr_error *err);

#endif
